/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of MediaTek's own partition tables, see pmt.h. The blocks that hold them on flash are in pmt_flash.c. */
#include "formats/pmt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/pmt_layout.h"
#include "protocol/error_index.h"

/* Where the fields of an entry are, behind its name (4.3; da-legacy.md 5.8). */
static const struct layout {
    enum mtk_pmt_stride stride;
    unsigned width;                       /* of each number */
    unsigned size, part_id, offset, mask; /* 0: not there */
} layouts[] = {
    {MTK_PMT_STRIDE_V3, 8, 0x40, 0x48, 0x50, 0x58},
    {MTK_PMT_STRIDE_64, 8, 0x40, 0, 0x48, 0x50},
    {MTK_PMT_STRIDE_32, 4, 0x40, 0, 0x44, 0x48},
};
#define N_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* Part ids of eMMC regions (4.1). Entries of two regions do not share storage, whatever their offsets. */
#define EMMC_PART_FIRST 1
#define EMMC_PART_LAST  8

static int bad(struct mtk_error *err, const char *name, const char *why)
{
    return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                    "partition table (PMT): partition \"%s\" %s", name, why);
}

static int bad_length(struct mtk_error *err, size_t len)
{
    return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                    "partition table (PMT): %zu bytes are no possible number of entries", len);
}

static const struct layout *find_layout(unsigned stride)
{
    for (size_t i = 0; i < N_LAYOUTS; i++)
        if ((unsigned)layouts[i].stride == stride)
            return &layouts[i];
    return NULL;
}

static bool is_end(const uint8_t *p)
{
    return p[0] == 0x00 || p[0] == 0xFF;
}

static uint64_t get_number(const uint8_t *p, const struct layout *l, unsigned at)
{
    if (!at)
        return 0;
    return l->width == 8 ? get_le64(p + at) : get_le32(p + at);
}

static void put_number(uint8_t *p, const struct layout *l, unsigned at, uint64_t v)
{
    if (!at)
        return;
    if (l->width == 8)
        put_le64(p + at, v);
    else
        put_le32(p + at, (uint32_t)v);
}

/* False if the name has no end, or bytes that no name has. padded: there is nothing behind its end either. */
static bool get_name(const uint8_t *p, bool padded, char out[65])
{
    size_t n = strnlen((const char *)p, PMT_NAME_LEN);
    bool good = n < PMT_NAME_LEN;
    for (size_t i = n; padded && i < PMT_NAME_LEN; i++)
        good = good && !p[i];
    for (size_t i = 0; i < n; i++) {
        bool printable = p[i] > 0x20 && p[i] < 0x7F;
        good = good && printable;
        out[i] = printable ? (char)p[i] : '?';
    }
    out[n] = 0;
    return good;
}

/* The pool of spare blocks is given as 0xFFFFnnnn, blocks from the end, as in scatters (3.4): it has no place here. */
static bool placed(const struct mtk_pmt_entry *e)
{
    return !(strcasecmp(e->name, "BMTPOOL") == 0 && e->offset >> 16 == 0xFFFF);
}

static int get_entry(const uint8_t *p, const struct layout *l, bool padded, uint64_t disk_size,
                     struct mtk_pmt_entry *e, struct mtk_error *err)
{
    uint64_t end;
    if (!get_name(p, padded, e->name))
        return bad(err, e->name, "has an impossible name");
    e->size = get_number(p, l, l->size);
    e->part_id = get_number(p, l, l->part_id);
    e->offset = get_number(p, l, l->offset);
    e->mask = get_number(p, l, l->mask);
    if (!placed(e))
        return 0;
    if (!add_u64(e->offset, e->size, &end) || (disk_size && end > disk_size))
        return bad(err, e->name, "lies outside the storage");
    return 0;
}

static bool other_region(const struct mtk_pmt_entry *a, const struct mtk_pmt_entry *b)
{
    return a->part_id != b->part_id && a->part_id >= EMMC_PART_FIRST && a->part_id <= EMMC_PART_LAST &&
           b->part_id >= EMMC_PART_FIRST && b->part_id <= EMMC_PART_LAST;
}

static bool overlap(const struct mtk_pmt_entry *a, const struct mtk_pmt_entry *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static int check_overlaps(const struct mtk_pmt *t, struct mtk_error *err)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct mtk_pmt_entry *a = &t->entries[k], *b = &t->entries[i];
            if (placed(a) && placed(b) && !other_region(a, b) && overlap(a, b))
                return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                                "partition table (PMT): partitions \"%s\" and \"%s\" overlap", a->name,
                                b->name);
        }
    return 0;
}

int pmt_decode(const uint8_t *data, size_t count, unsigned stride, bool padded, uint64_t disk_size,
               struct mtk_pmt *out, struct mtk_error *err)
{
    const struct layout *l = find_layout(stride);
    memset(out, 0, sizeof(*out));
    out->stride = l->stride;
    size_t n = 0;
    while (n < count && !is_end(data + n * stride))
        n++;
    if (!n || n > MTK_PMT_MAX_ENTRIES)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "partition table (PMT) with %zu partitions", n);
    out->entries = calloc(n, sizeof(*out->entries));
    if (!out->entries)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    int r = 0;
    for (; out->n < n && !r; out->n++)
        r = get_entry(data + out->n * stride, l, padded, disk_size, &out->entries[out->n], err);
    if (!r)
        r = check_overlaps(out, err);
    if (r)
        mtk_pmt_release(out);
    return r;
}

void pmt_keep_better(struct mtk_pmt *best, struct mtk_pmt *t)
{
    struct mtk_pmt worse = *t;
    if (t->n > best->n) {
        worse = *best;
        *best = *t;
    }
    mtk_pmt_release(&worse);
    memset(t, 0, sizeof(*t));
}

/* Tries every stride that divides the length; names with something behind their end only if there are no others. */
static int decode_any(const uint8_t *data, size_t len, uint64_t disk_size, struct mtk_pmt *out,
                      struct mtk_error *err)
{
    struct mtk_error why = {0};
    for (size_t i = 0; i < 2 * N_LAYOUTS && !(i == N_LAYOUTS && out->n); i++) {
        struct mtk_pmt t;
        unsigned stride = layouts[i % N_LAYOUTS].stride;
        struct mtk_error *e = i >= N_LAYOUTS && !why.row ? &why : NULL;
        if (len % stride == 0 && pmt_decode(data, len / stride, stride, i < N_LAYOUTS, disk_size, &t, e) == 0)
            pmt_keep_better(out, &t);
    }
    if (out->n)
        return 0;
    if (!why.row)
        return bad_length(err, len);
    if (err)
        *err = why;
    return -1;
}

int mtk_pmt_parse(const uint8_t *data, size_t len, unsigned stride, uint64_t disk_size, struct mtk_pmt *out,
                  struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (!len || len > MTK_PMT_MAX_ENTRIES * (size_t)MTK_PMT_STRIDE_V3)
        return bad_length(err, len);
    if (!stride)
        return decode_any(data, len, disk_size, out, err);
    if (!find_layout(stride) || len % stride)
        return bad_length(err, len);
    return pmt_decode(data, len / stride, stride, false, disk_size, out, err);
}

int pmt_encode(const struct mtk_pmt_entry *entries, size_t n, unsigned stride, uint8_t *out)
{
    const struct layout *l = find_layout(stride);
    for (size_t i = 0; i < n; i++) {
        const struct mtk_pmt_entry *e = &entries[i];
        uint8_t *p = out + i * stride;
        if (l->width == 4 && (e->size | e->offset | e->mask) >> 32)
            return -1;
        memcpy(p, e->name, strnlen(e->name, PMT_NAME_LEN - 1));
        put_number(p, l, l->size, e->size);
        put_number(p, l, l->part_id, e->part_id);
        put_number(p, l, l->offset, e->offset);
        put_number(p, l, l->mask, e->mask);
    }
    return 0;
}

uint8_t *mtk_pmt_write(const struct mtk_pmt *t, enum mtk_pmt_stride stride, size_t count, size_t *len)
{
    size_t bytes = (count > t->n ? count : t->n) * stride;
    uint8_t *out = calloc(1, bytes ? bytes : 1);
    if (!out || pmt_encode(t->entries, t->n, stride, out)) {
        free(out);
        return NULL;
    }
    *len = bytes;
    return out;
}

void mtk_pmt_release(struct mtk_pmt *t)
{
    free(t->entries);
    t->entries = NULL;
    t->n = 0;
}

const struct mtk_pmt_entry *mtk_pmt_find(const struct mtk_pmt *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->entries[i].name, name) == 0)
            return &t->entries[i];
    return NULL;
}
