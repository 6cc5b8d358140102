/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places on storage: by number (FlashOp, da-xflash.md 7.5) and by name (8.3). The partition table is read as the
 * device's firmware reads it (formats.md 4.2): primary, then the last block of the user area.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/firmware/agents/xflash.h"

#define BLOCK          512u
#define GPT_SIGNATURE  "EFI PART"
#define GPT_HEADER_MIN 92u
#define GPT_ENTRY_LEN  128u
#define GPT_NAME_UNITS 36u
#define PGPT_LEN       0x8000u /* what agents give and take under these names [8.4] */
#define SGPT_LEN       0x4200u

bool xf_has_storage(const struct xf *x)
{
    return !phone_settings(x->p)->hide_emmc;
}

/* ---- by number ---- */

/* Sections of eMMC. Areas that this card does not have are known, but empty. */
static const struct section {
    uint32_t number;
    unsigned n_areas;
    enum board_area area[2];
} sections[] = {
    {XF_EMMC_BOOT1, 1, {BOARD_BOOT1, BOARD_BOOT1}},       {XF_EMMC_BOOT2, 1, {BOARD_BOOT2, BOARD_BOOT2}},
    {XF_EMMC_RPMB, 1, {BOARD_RPMB, BOARD_RPMB}},          {XF_EMMC_GP1, 0, {BOARD_USER, BOARD_USER}},
    {XF_EMMC_GP1 + 1, 0, {BOARD_USER, BOARD_USER}},       {XF_EMMC_GP1 + 2, 0, {BOARD_USER, BOARD_USER}},
    {XF_EMMC_GP4, 0, {BOARD_USER, BOARD_USER}},           {XF_EMMC_USER, 1, {BOARD_USER, BOARD_USER}},
    {XF_EMMC_BOOT1_BOOT2, 2, {BOARD_BOOT1, BOARD_BOOT2}},
};

static const struct section *find_section(uint32_t number)
{
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (sections[i].number == number)
            return &sections[i];
    }
    return NULL;
}

static uint64_t area_size(const struct xf *x, enum board_area a)
{
    return flash_size(phone_board(x->p)->area[a]);
}

uint32_t xf_place_from_flashop(struct xf *x, const uint8_t op[XFLASH_FLASHOP_LEN], struct xf_place *out)
{
    const struct section *s = find_section(get_le32(op + 4));
    *out = (struct xf_place){.start = get_le64(op + 8), .size = get_le64(op + 16)};
    if (get_le32(op) != XF_STORAGE_EMMC || !xf_has_storage(x))
        return XF_STORAGE_MISMATCH;
    if (!s)
        return XF_UNKNOWN_SECTION;
    if (s->number == XF_EMMC_RPMB)
        return XF_UNSUPPORTED_OP; /* needs authenticated frames */
    if (!s->n_areas || !range_fits(out->start, out->size, area_size(x, s->area[0])))
        return XF_OUT_OF_RANGE;
    memcpy(out->area, s->area, sizeof(out->area));
    out->n_areas = s->n_areas;
    return XF_OK;
}

/* ---- by name ---- */

struct table {
    const uint8_t *entries; /* in the session's scratch memory */
    uint32_t count, entry_len;
};

/* Reads and checks one of the two tables. Entries end up in scratch memory, so a second call replaces the first. */
static bool read_table(struct xf *x, uint64_t lba, struct table *out)
{
    uint8_t h[BLOCK];
    if (phone_flash_read(x->p, BOARD_USER, lba * BLOCK, h, sizeof(h)) != 0 ||
        memcmp(h, GPT_SIGNATURE, sizeof(GPT_SIGNATURE) - 1) != 0)
        return false;
    uint32_t header_len = get_le32(h + 12), header_crc = get_le32(h + 16), entries_crc = get_le32(h + 88);
    uint64_t my_lba = get_le64(h + 24), entries_lba = get_le64(h + 72), at;
    if (header_len < GPT_HEADER_MIN || header_len > BLOCK || my_lba != lba)
        return false;
    put_le32(h + 16, 0);
    if (crc32_buf(0, h, header_len) != header_crc)
        return false;
    out->count = get_le32(h + 80);
    out->entry_len = get_le32(h + 84);
    uint64_t bytes = (uint64_t)out->count * out->entry_len;
    if (out->entry_len < GPT_ENTRY_LEN || !bytes || bytes > XF_SCRATCH_LEN ||
        !mul_u64(entries_lba, BLOCK, &at))
        return false;
    uint8_t *buf = xf_scratch(x);
    out->entries = buf;
    return phone_flash_read(x->p, BOARD_USER, at, buf, (size_t)bytes) == 0 &&
           crc32_buf(0, buf, (size_t)bytes) == entries_crc;
}

/* Entry names are UTF-16, or raw 8-bit text if the high byte of the first unit is not zero. */
static bool name_is(const uint8_t *raw, const char *name)
{
    size_t step = raw[1] == 0 ? 2 : 1, n = strlen(name), units = GPT_NAME_UNITS * 2 / step;
    if (!n || n > units) /* no name is the name of nothing, not of an entry without one */
        return false;
    for (size_t i = 0; i < n; i++) {
        if (raw[i * step] != (uint8_t)name[i])
            return false;
    }
    return n == units || raw[n * step] == 0;
}

/* Looks a partition up in a table; the scan ends at the first entry without a start, as in the preloader. */
static bool look_up(const struct xf *x, const struct table *t, const char *name, struct xf_place *out)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const uint8_t *e = t->entries + (size_t)i * t->entry_len;
        uint64_t first = get_le64(e + 32), last = get_le64(e + 40), blocks = area_size(x, BOARD_USER) / BLOCK;
        if (!first)
            return false;
        if (!name_is(e + 56, name))
            continue;
        if (last < first || last >= blocks)
            return false;
        *out = (struct xf_place){.area = {BOARD_USER}, .n_areas = 1};
        out->start = first * BLOCK;
        out->size = (last - first + 1) * BLOCK;
        return true;
    }
    return false;
}

/* Names that are not in any table. */
static bool special_name(const struct xf *x, const char *name, struct xf_place *out)
{
    uint64_t user = area_size(x, BOARD_USER), boot = area_size(x, BOARD_BOOT1);
    const struct {
        const char *name;
        struct xf_place place;
    } names[] = {
        {"PGPT", {{BOARD_USER}, 1, 0, PGPT_LEN, false}},
        {"SGPT", {{BOARD_USER}, 1, user - SGPT_LEN, SGPT_LEN, false}},
        {"preloader", {{BOARD_BOOT1, BOARD_BOOT2}, 2, 0, boot, true}},
        {"preloader_backup", {{BOARD_BOOT2}, 1, 0, boot, true}},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].place;
            return user >= PGPT_LEN + SGPT_LEN;
        }
    }
    return false;
}

uint32_t xf_place_from_name(struct xf *x, const char *name, struct xf_place *out)
{
    struct table t;
    if (!xf_has_storage(x))
        return XF_PARTITION_TABLE_FAIL;
    if (special_name(x, name, out))
        return XF_OK;
    uint64_t blocks = area_size(x, BOARD_USER) / BLOCK;
    if (!read_table(x, 1, &t) && (blocks < 2 || !read_table(x, blocks - 1, &t)))
        return XF_PARTITION_TABLE_FAIL;
    return look_up(x, &t, name, out) ? (uint32_t)XF_OK : XF_PARTITION_NOT_FOUND;
}

void xf_receive_name(struct xf *x, char name[65])
{
    memset(name, 0, 65);
    xf_param(x, name, 64, NULL); /* too long: no name, which no partition has */
}

/* ---- image security ---- */

static bool overlaps(const struct xf_place *a, const struct xf_place *b)
{
    return a->area[0] == b->area[0] && a->start < b->start + b->size && b->start < a->start + a->size;
}

/*
 * With secure boot fused, agents keep a policy by partition [7.7]. Modelled of it: the boot areas and the lock state
 * in seccfg are nothing a host may change directly. Without the fuse there is no policy.
 */
bool xf_is_protected(struct xf *x, const struct xf_place *place)
{
    struct xf_place seccfg;
    if (!phone_board(x->p)->fuses.sbc)
        return false;
    if (place->area[0] == BOARD_BOOT1 || place->area[0] == BOARD_BOOT2)
        return true;
    return xf_place_from_name(x, "seccfg", &seccfg) == XF_OK && overlaps(place, &seccfg);
}
