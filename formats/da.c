/* SPDX-License-Identifier: Apache-2.0 */
/* Download Agent containers, see da.h. */
#include "formats/da.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

/* File header (1.1). */
#define MAGIC_TEXT     "MTK_DOWNLOAD_AGENT"
#define OFF_IDENTIFIER 0x20
#define IDENTIFIER_LEN 64
#define OFF_INFO_VER   0x60
#define OFF_INFO_MAGIC 0x64
#define OFF_COUNT      0x68
#define OFF_ENTRIES    0x6Cu
#define INFO_MAGIC     0x22668899u
#define V6_TEXT        "MTK_DA_v6"

/* Entries (1.2): a head, then ten slots of 20 bytes, of which V6 files hold only the used ones. */
#define ENTRY_MAGIC  0xDADA
#define REGION_LEN   20u
#define STRIDE       0xDCu
#define HEAD_LEN     20u
#define OLD_STRIDE   0xD8u
#define OLD_HEAD_LEN 16u

/* What mtk_da_write and mtk_da_write_v6 make. */
#define WRITE_CAPACITY  64u
#define WRITE_FIRST     (OFF_ENTRIES + WRITE_CAPACITY * STRIDE)
#define WRITE_FEATURES  0x1000
#define REGIONS_WRITTEN 3
#define V6_FIRST        (OFF_ENTRIES + HEAD_LEN + REGIONS_WRITTEN * REGION_LEN)

static int bad(struct mtk_error *err, const char *name, uint64_t offset, const char *why)
{
    mtk_fail_file(err, MTK_E_S_INVALID_DA_FILE, name, 0, "not a usable Download Agent: %s", why);
    mtk_error_offset(err, offset);
    return -1;
}

/* True if every entry has its magic at that stride. */
static bool stride_fits(const uint8_t *data, size_t len, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = OFF_ENTRIES + i * stride;
        if (!range_fits(at, 2, len) || get_le16(data + at) != ENTRY_MAGIC)
            return false;
    }
    return true;
}

static void read_head(const uint8_t *p, bool old, struct mtk_da_entry *e)
{
    e->hw_code = get_le16(p + 2);
    e->hw_sub_code = get_le16(p + 4);
    e->hw_version = get_le16(p + 6);
    e->sw_version = old ? 0 : get_le16(p + 8);
    const uint8_t *tail = p + (old ? 8 : 12);
    e->feature_set = get_le32(tail);
    e->entry_region = get_le16(tail + 4);
    e->n_regions = get_le16(tail + 6);
}

/* sig_offset is relative to the region in V3 to V5 and absolute in V6; unsigned regions carry 0 or len (1.3). */
static bool sig_offset_good(const struct mtk_da_region *r)
{
    uint32_t code = r->len - r->sig_len;
    return r->sig_offset == 0 || r->sig_offset == r->len || r->sig_offset == code ||
           r->sig_offset == r->offset + (uint64_t)code;
}

static int check_region(const struct mtk_da *da, const struct mtk_da_region *r, size_t at, const char *name,
                        struct mtk_error *err)
{
    if (!r->len)
        return 0; /* IoT files keep regions without data that only carry an address */
    if (!range_fits(r->offset, r->len, da->len)) {
        mtk_fail_file(err, MTK_E_S_INVALID_DA_FILE, name, 0,
                      "truncated Download Agent: a region ends at 0x%" PRIx64 ", the file at 0x%zx",
                      (uint64_t)r->offset + r->len, da->len);
        mtk_error_offset(err, at);
        return -1;
    }
    if (r->sig_len > r->len)
        return bad(err, name, at + 16, "a signature is longer than its region");
    if (!sig_offset_good(r))
        return bad(err, name, at + 12, "sig_offset fits neither the region nor the file");
    return 0;
}

/* Reads entry i at position `at`; *used grows to the end of the slots that are in use. */
static int read_entry(struct mtk_da *da, size_t i, size_t at, bool old, size_t *used, const char *name,
                      struct mtk_error *err)
{
    struct mtk_da_entry *e = &da->entries[i];
    size_t head = old ? OLD_HEAD_LEN : HEAD_LEN;
    if (!range_fits(at, head, da->len))
        return bad(err, name, at, "the table of entries is cut off");
    read_head(da->data + at, old, e);
    if (!e->n_regions || e->n_regions > MTK_DA_MAX_REGIONS)
        return bad(err, name, at + head - 2, "an entry does not have 1 to 10 regions");
    if (e->entry_region >= e->n_regions)
        return bad(err, name, at + head - 4, "an entry starts in a region that it does not have");
    size_t slots = at + head;
    if (!range_fits(slots, e->n_regions * REGION_LEN, da->len))
        return bad(err, name, slots, "the table of entries is cut off");
    for (size_t k = 0; k < e->n_regions; k++) {
        const uint8_t *p = da->data + slots + k * REGION_LEN;
        e->region[k] = (struct mtk_da_region){.offset = get_le32(p),
                                              .len = get_le32(p + 4),
                                              .address = get_le32(p + 8),
                                              .sig_offset = get_le32(p + 12),
                                              .sig_len = get_le32(p + 16)};
        if (check_region(da, &e->region[k], slots + k * REGION_LEN, name, err))
            return -1;
    }
    size_t end = slots + e->n_regions * REGION_LEN;
    if (end > *used)
        *used = end;
    return 0;
}

static int read_entries(struct mtk_da *da, const char *name, struct mtk_error *err)
{
    size_t stride = STRIDE;
    if (!stride_fits(da->data, da->len, da->n_entries, STRIDE)) {
        stride = OLD_STRIDE;
        if (da->n_entries == 1 || !stride_fits(da->data, da->len, da->n_entries, OLD_STRIDE))
            return bad(err, name, OFF_ENTRIES, "its entries do not all begin with DADA at one distance");
    }
    size_t used = OFF_ENTRIES;
    for (size_t i = 0; i < da->n_entries; i++)
        if (read_entry(da, i, OFF_ENTRIES + i * stride, stride == OLD_STRIDE, &used, name, err))
            return -1;
    /* Code may begin where an unused slot would be (V6), but not inside one that is used. */
    for (size_t i = 0; i < da->n_entries; i++)
        for (size_t k = 0; k < da->entries[i].n_regions; k++)
            if (da->entries[i].region[k].len && da->entries[i].region[k].offset < used)
                return bad(err, name, da->entries[i].region[k].offset,
                           "a region lies inside the table of entries");
    return 0;
}

int mtk_da_parse(const uint8_t *data, size_t len, const char *name, struct mtk_da *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    out->data = data;
    out->len = len;
    if (len > MTK_DA_MAX_BYTES)
        return bad(err, name, 0, "the file is too large");
    if (len < OFF_ENTRIES + HEAD_LEN)
        return bad(err, name, 0, "the file is too short");
    if (memcmp(data, MAGIC_TEXT, sizeof(MAGIC_TEXT)) != 0)
        return bad(err, name, 0, "it does not begin with " MAGIC_TEXT);
    if (get_le32(data + OFF_INFO_MAGIC) != INFO_MAGIC)
        return bad(err, name, OFF_INFO_MAGIC, "info_magic is wrong");
    uint32_t n = get_le32(data + OFF_COUNT);
    if (!n || n > MTK_DA_MAX_ENTRIES)
        return bad(err, name, OFF_COUNT, "the number of entries is impossible");
    for (size_t i = 0; i < IDENTIFIER_LEN && data[OFF_IDENTIFIER + i]; i++) {
        uint8_t c = data[OFF_IDENTIFIER + i];
        out->identifier[i] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    out->v6 = strstr(out->identifier, V6_TEXT) != NULL;
    out->entries = calloc(n, sizeof(*out->entries));
    if (!out->entries)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    out->n_entries = n;
    int r = read_entries(out, name, err);
    if (r)
        mtk_da_release(out);
    return r;
}

void mtk_da_release(struct mtk_da *da)
{
    free(da->entries);
    da->entries = NULL;
    da->n_entries = 0;
}

/* The best entry for one hardware code. sub: hw_sub_code that decides between equals, 0 if unknown. */
static const struct mtk_da_entry *best_entry(const struct mtk_da *da, uint32_t code, uint32_t sub,
                                             uint32_t hw_version, uint32_t sw_version)
{
    const struct mtk_da_entry *best = NULL;
    for (size_t i = 0; i < da->n_entries; i++) {
        const struct mtk_da_entry *e = &da->entries[i];
        if (e->hw_code != code || (hw_version && e->hw_version > hw_version) ||
            (sw_version && e->sw_version > sw_version))
            continue;
        if (!best || e->hw_version > best->hw_version ||
            (e->hw_version == best->hw_version && e->sw_version > best->sw_version)) {
            best = e;
            continue;
        }
        bool equal = e->hw_version == best->hw_version && e->sw_version == best->sw_version;
        if (equal && sub && e->hw_sub_code == sub && best->hw_sub_code != sub)
            best = e;
    }
    return best;
}

const struct mtk_da_entry *mtk_da_choose(const struct mtk_da *da, uint32_t da_code, uint32_t hw_version,
                                         uint32_t sw_version)
{
    return best_entry(da, da_code, 0, hw_version, sw_version);
}

const struct mtk_da_entry *mtk_da_choose_for(const struct mtk_da *da, const struct mtk_da_target *target)
{
    const uint32_t codes[2] = {da->v6 ? target->hw_code : target->da_code,
                               da->v6 ? target->da_code : target->hw_code};
    const struct mtk_da_entry *e = NULL;
    for (size_t i = 0; i < 2 && !e; i++)
        if (codes[i])
            e = best_entry(da, codes[i], target->hw_sub_code, target->hw_version, target->sw_version);
    return e;
}

static int bad_stage(struct mtk_error *err, const struct mtk_da *da, const struct mtk_da_entry *e,
                     const char *why)
{
    return mtk_fail(err, MTK_E_STATUS_DA_SECTION_NOT_FOUND, MTK_EV_FILE,
                    "entry 0x%04x of the Download Agent \"%s\" %s", e->hw_code, da->identifier, why);
}

int mtk_da_stages(const struct mtk_da *da, const struct mtk_da_entry *e, const struct mtk_da_region **stage1,
                  const struct mtk_da_region **stage2, struct mtk_error *err)
{
    if (e->n_regions < 2)
        return bad_stage(err, da, e, "has only one region, two stages are needed");
    /* With three regions the first is a stub (V3 to V5) or names stage 1 a second time (V6). */
    size_t first = e->n_regions >= 3 ? 1 : 0;
    const struct mtk_da_region *s[2] = {&e->region[first], &e->region[first + 1]};
    for (size_t i = 0; i < 2; i++) {
        if (s[i]->len <= s[i]->sig_len)
            return bad_stage(err, da, e, i ? "has an empty stage 2" : "has an empty stage 1");
        if (s[i]->address % 4)
            return bad_stage(err, da, e,
                             i ? "loads stage 2 at an odd address" : "loads stage 1 at an odd address");
        if ((uint64_t)s[i]->address + s[i]->len > UINT64_C(1) << 32)
            return bad_stage(err, da, e, "runs past the end of the address space");
    }
    *stage1 = s[0];
    *stage2 = s[1];
    return 0;
}

/* One slot of an entry whose data is at `offset`. sig_offset counts from there, but from the file's start in V6 (1.3). */
static void put_region(uint8_t *p, const struct mtk_da_build_region *r, uint32_t offset, bool v6)
{
    put_le32(p, offset);
    put_le32(p + 4, r->len);
    put_le32(p + 8, r->address);
    put_le32(p + 12, r->sig_len ? (v6 ? offset : 0) + r->len - r->sig_len : 0);
    put_le32(p + 16, r->sig_len);
}

static void put_entry(uint8_t *p, const struct mtk_da_build_entry *e, uint32_t features)
{
    put_le16(p, ENTRY_MAGIC);
    put_le16(p + 2, e->hw_code);
    put_le16(p + 4, e->hw_sub_code);
    put_le16(p + 6, e->hw_version);
    put_le16(p + 8, e->sw_version);
    put_le32(p + 12, features);
    put_le16(p + 16, 0); /* entry region */
    put_le16(p + 18, REGIONS_WRITTEN);
}

static void put_header(uint8_t *out, const char *identifier, size_t n)
{
    memcpy(out, MAGIC_TEXT, sizeof(MAGIC_TEXT));
    memcpy(out + OFF_IDENTIFIER, identifier, strlen(identifier));
    put_le32(out + OFF_INFO_VER, 4);
    put_le32(out + OFF_INFO_MAGIC, INFO_MAGIC);
    put_le32(out + OFF_COUNT, (uint32_t)n);
}

uint8_t *mtk_da_write(const char *identifier, const struct mtk_da_build_entry *entries, size_t n, size_t *len)
{
    if (!n || n > WRITE_CAPACITY || strlen(identifier) > IDENTIFIER_LEN)
        return NULL;
    uint64_t total = WRITE_FIRST;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < REGIONS_WRITTEN; k++)
            total += entries[i].region[k].len;
    if (total > MTK_DA_MAX_BYTES)
        return NULL;
    uint8_t *out = calloc(1, (size_t)total);
    if (!out)
        return NULL;
    put_header(out, identifier, n);
    uint32_t at = WRITE_FIRST;
    for (size_t i = 0; i < n; i++) {
        uint8_t *e = out + OFF_ENTRIES + i * STRIDE;
        put_entry(e, &entries[i], WRITE_FEATURES);
        for (size_t k = 0; k < REGIONS_WRITTEN; k++) {
            const struct mtk_da_build_region *r = &entries[i].region[k];
            put_region(e + HEAD_LEN + k * REGION_LEN, r, at, false);
            if (r->len)
                memcpy(out + at, r->data, r->len);
            at += r->len;
        }
    }
    *len = (size_t)total;
    return out;
}

uint8_t *mtk_da_write_v6(const char *identifier, const struct mtk_da_build_entry *entry, size_t *len)
{
    const struct mtk_da_build_region *stage1 = &entry->region[1], *stage2 = &entry->region[2];
    uint64_t total = V6_FIRST + (uint64_t)stage1->len + stage2->len;
    if (strlen(identifier) > IDENTIFIER_LEN || !strstr(identifier, V6_TEXT) || !stage1->len || !stage2->len ||
        stage1->sig_len > stage1->len || stage2->sig_len > stage2->len || total > MTK_DA_MAX_BYTES)
        return NULL;
    uint8_t *out = calloc(1, (size_t)total);
    if (!out)
        return NULL;
    put_header(out, identifier, 1);
    uint8_t *e = out + OFF_ENTRIES, *slots = e + HEAD_LEN;
    uint32_t second = V6_FIRST + stage1->len;
    put_entry(e, entry, 0);
    put_region(slots, stage1, V6_FIRST, true);
    put_region(slots + REGION_LEN, stage1, V6_FIRST, true);
    put_region(slots + 2 * REGION_LEN, stage2, second, true);
    memcpy(out + V6_FIRST, stage1->data, stage1->len);
    memcpy(out + second, stage2->data, stage2->len);
    *len = (size_t)total;
    return out;
}
