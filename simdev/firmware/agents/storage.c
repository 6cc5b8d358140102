/* SPDX-License-Identifier: Apache-2.0 */
/* The storage engine's ground floor: what there is, and bytes in and out of places. */
#include "simdev/firmware/agents/storage_internal.h"

#include "base/cursor.h"
#include "simdev/firmware/agents/nand.h"

struct ag_store *ag_store_of(struct mtksim *p)
{
    void **slot = phone_storage_slot(p);
    if (!*slot)
        *slot = phone_alloc(p, sizeof(struct ag_store));
    return *slot;
}

uint8_t *ag_scratch(struct mtksim *p)
{
    struct ag_store *s = ag_store_of(p);
    if (!s->scratch)
        s->scratch = phone_buffer(p, AG_SCRATCH_LEN);
    return s->scratch;
}

static bool is_nand(struct mtksim *p)
{
    return phone_board(p)->storage == BOARD_NAND;
}

bool ag_has_storage(struct mtksim *p)
{
    return !phone_settings(p)->hide_storage;
}

uint64_t ag_area_size(struct mtksim *p, enum board_area a)
{
    const struct board *b = phone_board(p);
    if (!ag_has_storage(p) || a == BOARD_OOB || !b->area[a])
        return 0;
    return is_nand(p) ? nand_usable_bytes(b) : flash_size(b->area[a]);
}

/* ---- bytes ---- */

/* Part of a place, as an offset in its areas. */
static bool locate(const struct ag_place *place, uint64_t offset, uint64_t len, uint64_t *at)
{
    return place->n_areas && range_fits(offset, len, place->size) && add_u64(place->start, offset, at);
}

enum ag_result ag_read(struct mtksim *p, const struct ag_place *place, uint64_t offset, void *buf, size_t len)
{
    uint64_t at;
    if (!locate(place, offset, len, &at))
        return AG_OUT_OF_RANGE;
    if (is_nand(p))
        return ag_nand_read(p, place->physical, at, buf, len);
    return phone_flash_read(p, place->area[0], at, buf, len) ? AG_MEDIA : AG_OK;
}

enum ag_result ag_write(struct mtksim *p, const struct ag_place *place, uint64_t offset, const void *buf,
                        size_t len)
{
    uint64_t at;
    if (!locate(place, offset, len, &at))
        return AG_OUT_OF_RANGE;
    if (is_nand(p))
        return ag_nand_write(p, place->physical, at, buf, len);
    for (unsigned i = 0; i < place->n_areas; i++) {
        if (phone_flash_write(p, place->area[i], at, buf, len) != 0)
            return AG_MEDIA;
    }
    return AG_OK;
}

enum ag_result ag_erase(struct mtksim *p, const struct ag_place *place, uint64_t offset, uint64_t len)
{
    uint64_t at;
    if (!locate(place, offset, len, &at))
        return AG_OUT_OF_RANGE;
    if (is_nand(p))
        return ag_nand_erase(p, place->physical, at, len);
    if (place->area[0] == BOARD_RPMB)
        return AG_OK; /* only authenticated frames change it */
    for (unsigned i = 0; i < place->n_areas; i++) {
        if (phone_flash_erase(p, place->area[i], at, len) != 0)
            return AG_MEDIA;
    }
    return AG_OK;
}

/* ---- NAND as it is ---- */

enum ag_result ag_read_raw_page(struct mtksim *p, uint64_t page, uint8_t *data, uint8_t *spare)
{
    const struct board *b = phone_board(p);
    if (!is_nand(p) || !ag_has_storage(p))
        return AG_NO_STORAGE;
    if (page >= (uint64_t)nand_blocks(b) * b->nand.pages_per_block)
        return AG_OUT_OF_RANGE;
    if (phone_flash_read(p, BOARD_USER, page * b->nand.page_size, data, b->nand.page_size) != 0 ||
        phone_flash_read(p, BOARD_OOB, page * b->nand.spare_size, spare, b->nand.spare_size) != 0)
        return AG_MEDIA;
    return AG_OK;
}

bool ag_block_is_bad(struct mtksim *p, uint64_t block)
{
    struct board *b = phone_board(p);
    return !is_nand(p) || block >= nand_blocks(b) || nand_is_bad(b, (uint32_t)block);
}
