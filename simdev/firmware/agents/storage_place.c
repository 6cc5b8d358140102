/* SPDX-License-Identifier: Apache-2.0 */
/* Places on storage: ranges of areas, and names (da-xflash.md 8.3). */
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/storage_internal.h"

#define NAND_LOADER_LEN 0x80000u /* room for the preloader of a NAND whose table does not say */

/* What agents give and take under these names, by storage (da-xflash.md 8.4, formats.md 4.2). */
static const struct {
    uint32_t pgpt, sgpt;
} gpt_lengths[] = {[BOARD_EMMC] = {0x8000, 0x4200}, [BOARD_UFS] = {0x8000, 0x8000}, [BOARD_NAND] = {0, 0}};

/* ---- by number ---- */

/* Ranges are in whole blocks on storage that has larger ones than eMMC. */
static bool is_aligned(struct mtksim *p, uint64_t start, uint64_t size)
{
    const struct board *b = phone_board(p);
    uint32_t block = board_block_size(b);
    return b->storage == BOARD_EMMC || phone_settings(p)->unaligned == UNALIGNED_ACCEPT ||
           (start % block == 0 && size % block == 0);
}

static enum ag_result check_range(struct mtksim *p, uint64_t start, uint64_t size, uint64_t room)
{
    if (!range_fits(start, size, room))
        return AG_OUT_OF_RANGE;
    return is_aligned(p, start, size) ? AG_OK : AG_UNALIGNED;
}

enum ag_result ag_place_range(struct mtksim *p, enum board_area a, uint64_t start, uint64_t size,
                              struct ag_place *out)
{
    *out = (struct ag_place){.area = {a, a}, .n_areas = 1, .start = start, .size = size};
    if (!ag_has_storage(p))
        return AG_NO_STORAGE;
    if (!phone_board(p)->area[a] || a == BOARD_OOB)
        return AG_NO_AREA;
    if (a == BOARD_RPMB)
        return AG_NOT_ALLOWED;
    return check_range(p, start, size, ag_area_size(p, a));
}

enum ag_result ag_place_to_erase(struct mtksim *p, const struct ag_place *place, enum ag_result refusal)
{
    if (refusal != AG_NOT_ALLOWED || phone_settings(p)->rpmb_format == RPMB_FORMAT_REFUSE)
        return refusal;
    return check_range(p, place->start, place->size, ag_area_size(p, BOARD_RPMB));
}

enum ag_result ag_place_boots(struct mtksim *p, uint64_t start, uint64_t size, struct ag_place *out)
{
    enum ag_result r = ag_place_range(p, BOARD_BOOT1, start, size, out);
    out->area[1] = BOARD_BOOT2;
    out->n_areas = 2;
    return r;
}

enum ag_result ag_place_physical(struct mtksim *p, uint64_t start, uint64_t size, struct ag_place *out)
{
    const struct board *b = phone_board(p);
    *out = (struct ag_place){
        .area = {BOARD_USER, BOARD_USER}, .n_areas = 1, .start = start, .size = size, .physical = true};
    if (!ag_has_storage(p) || b->storage != BOARD_NAND)
        return AG_NO_STORAGE;
    return check_range(p, start, size, (uint64_t)nand_blocks(b) * nand_block_bytes(b));
}

/* ---- by name ---- */

static const struct ag_partition *find_row(struct mtksim *p, const char *name, enum ag_result *r)
{
    struct ag_store *s = ag_store_of(p);
    size_t n = 0;
    if (!s->rows)
        s->rows = phone_buffer(p, AG_PARTITIONS_MAX * sizeof(*s->rows));
    *r = ag_table(p, s->rows, AG_PARTITIONS_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        if (!s->rows[i].boot && strcmp(s->rows[i].name, name) == 0)
            return &s->rows[i];
    }
    if (*r == AG_OK)
        *r = AG_NO_PARTITION;
    return NULL;
}

/* On NAND the preloader has the first blocks; the table says how many. */
static struct ag_place nand_loader(struct mtksim *p)
{
    enum ag_result r;
    const struct ag_partition *row = find_row(p, "PRELOADER", &r);
    uint64_t user = ag_area_size(p, BOARD_USER);
    struct ag_place place = {.area = {BOARD_USER, BOARD_USER}, .n_areas = 1, .preloader = true};
    if (row) {
        place.start = row->start;
        place.size = row->size;
    } else {
        place.size = NAND_LOADER_LEN < user ? NAND_LOADER_LEN : user;
    }
    return place;
}

/* Names that are in no table. A table of the PMT era writes its names in capitals, and so do its hosts. */
static bool special_name(struct mtksim *p, const char *name, struct ag_place *out)
{
    enum board_storage storage = phone_board(p)->storage;
    bool pmt = ag_table_is_pmt(p);
    uint64_t user = ag_area_size(p, BOARD_USER), boot = ag_area_size(p, BOARD_BOOT1);
    uint32_t pgpt = gpt_lengths[storage].pgpt, sgpt = gpt_lengths[storage].sgpt;
    bool loader = pmt ? !strcasecmp(name, "preloader") : !strcmp(name, "preloader");
    if (loader && storage == BOARD_NAND) {
        *out = nand_loader(p);
        return true;
    }
    if (loader)
        *out = (struct ag_place){{BOARD_BOOT1, BOARD_BOOT2}, 2, 0, boot, true, false, ""};
    else if (strcmp(name, "preloader_backup") == 0)
        *out = (struct ag_place){{BOARD_BOOT2, BOARD_BOOT2}, 1, 0, boot, true, false, ""};
    else if (strcmp(name, "PGPT") == 0 && !pmt && user >= pgpt)
        *out = (struct ag_place){{BOARD_USER, BOARD_USER}, 1, 0, pgpt, false, false, ""};
    else if (strcmp(name, "SGPT") == 0 && !pmt && user >= sgpt)
        *out = (struct ag_place){{BOARD_USER, BOARD_USER}, 1, user - sgpt, sgpt, false, false, ""};
    else
        return false;
    return out->size != 0;
}

enum ag_result ag_place_name(struct mtksim *p, const char *name, struct ag_place *out)
{
    enum ag_result r = AG_OK;
    *out = (struct ag_place){.n_areas = 0};
    if (!ag_has_storage(p))
        return AG_NO_STORAGE;
    if (!special_name(p, name, out)) {
        const struct ag_partition *row = *name ? find_row(p, name, &r) : NULL;
        if (!row)
            return r == AG_OK ? AG_NO_PARTITION : r;
        *out = (struct ag_place){
            .area = {BOARD_USER, BOARD_USER}, .n_areas = 1, .start = row->start, .size = row->size};
    }
    size_t n = strnlen(name, sizeof(out->name) - 1);
    memcpy(out->name, name, n);
    return AG_OK;
}
