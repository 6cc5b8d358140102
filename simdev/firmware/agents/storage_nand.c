/* SPDX-License-Identifier: Apache-2.0 */
/* NAND under an agent: every operation on the chip can fail, and a block that fails is replaced while there are any. */
#include <string.h>

#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/storage_internal.h"

uint16_t *ag_nand_map(struct mtksim *p)
{
    struct ag_store *s = ag_store_of(p);
    struct board *b = phone_board(p);
    if (!s->map) {
        s->map = phone_alloc(p, (nand_usable_blocks(b) + NAND_TABLE_BLOCKS) * sizeof(*s->map));
        nand_map_scan(b, s->map, true);
    }
    return s->map;
}

/* A piece of one block. */
struct piece {
    uint32_t logical; /* NAND_NO_BLOCK: by physical address */
    uint32_t block;   /* physical, NAND_NO_BLOCK: bad and nothing in its place */
    size_t at, len;
};

/* The piece at an offset; false: behind the end of what can be addressed so. */
static bool cut(struct mtksim *p, bool physical, uint64_t offset, uint64_t len, struct piece *out)
{
    const struct board *b = phone_board(p);
    uint32_t bytes = nand_block_bytes(b);
    uint64_t block = offset / bytes;
    uint32_t blocks = physical ? nand_blocks(b) : nand_usable_blocks(b) + NAND_TABLE_BLOCKS;
    if (block >= blocks)
        return false;
    out->logical = physical ? NAND_NO_BLOCK : (uint32_t)block;
    out->block = physical ? (uint32_t)block : ag_nand_map(p)[block];
    out->at = (size_t)(offset % bytes);
    out->len = bytes - out->at < len ? bytes - out->at : (size_t)len;
    return true;
}

static uint64_t place_of(struct mtksim *p, const struct piece *k)
{
    return (uint64_t)k->block * nand_block_bytes(phone_board(p)) + k->at;
}

/* Takes the block out of use and another one in, with what had been programmed in front of the piece. */
static enum ag_result replace(struct mtksim *p, struct piece *k)
{
    struct board *b = phone_board(p);
    struct ag_store *s = ag_store_of(p);
    uint32_t bytes = nand_block_bytes(b), old = k->block;
    if (b->emmc.write_protected)
        return AG_MEDIA; /* it is not the block that is at fault */
    if (k->logical == NAND_NO_BLOCK)
        return old == NAND_NO_BLOCK ? AG_BAD_BLOCK : AG_MEDIA;
    if (old != NAND_NO_BLOCK && nand_mark_bad(b, old) != 0)
        return AG_MEDIA;
    k->block = nand_map_replace(b, s->map, k->logical);
    phone_log(p, "[NAND] block 0x%X is bad, 0x%X in its place", old, k->block);
    if (k->block == NAND_NO_BLOCK) {
        s->map[k->logical] = NAND_NO_BLOCK;
        return AG_BAD_BLOCK;
    }
    if (old == NAND_NO_BLOCK || !k->at)
        return AG_OK;
    if (!s->block)
        s->block = phone_buffer(p, bytes);
    if (flash_read(b->area[BOARD_USER], (uint64_t)old * bytes, s->block, k->at) != 0 ||
        flash_write(b->area[BOARD_USER], (uint64_t)k->block * bytes, s->block, k->at) != 0)
        return AG_MEDIA;
    return AG_OK;
}

static int erase_block(struct mtksim *p, uint32_t block)
{
    struct board *b = phone_board(p);
    uint32_t bytes = nand_block_bytes(b);
    if (phone_flash_erase(p, BOARD_USER, (uint64_t)block * bytes, bytes) != 0)
        return -1;
    return nand_erase_spare(b, block);
}

/* Programs a piece: what is there already keeps its zeros. */
static int program(struct mtksim *p, const struct piece *k, const uint8_t *data)
{
    struct board *b = phone_board(p);
    struct ag_store *s = ag_store_of(p);
    uint64_t at = place_of(p, k);
    if (!k->at) { /* the block has just been erased */
        if (erase_block(p, k->block) != 0)
            return -1;
        return phone_flash_write(p, BOARD_USER, at, data, k->len);
    }
    if (!s->block)
        s->block = phone_buffer(p, nand_block_bytes(b));
    if (flash_read(b->area[BOARD_USER], at, s->block, k->len) != 0)
        return -1;
    for (size_t i = 0; i < k->len; i++)
        s->block[i] &= data[i];
    return phone_flash_write(p, BOARD_USER, at, s->block, k->len);
}

enum ag_result ag_nand_read(struct mtksim *p, bool physical, uint64_t offset, void *buf, size_t len)
{
    uint8_t *out = buf;
    while (len) {
        struct piece k;
        if (!cut(p, physical, offset, len, &k))
            return AG_OUT_OF_RANGE;
        if (k.block == NAND_NO_BLOCK)
            return AG_BAD_BLOCK;
        if (phone_flash_read(p, BOARD_USER, place_of(p, &k), out, k.len) != 0)
            return AG_MEDIA;
        out += k.len;
        offset += k.len;
        len -= k.len;
    }
    return AG_OK;
}

enum ag_result ag_nand_write(struct mtksim *p, bool physical, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *data = buf;
    while (len) {
        struct piece k;
        if (!cut(p, physical, offset, len, &k))
            return AG_OUT_OF_RANGE;
        if (physical && nand_is_bad(phone_board(p), k.block))
            return AG_BAD_BLOCK;
        while (k.block == NAND_NO_BLOCK || program(p, &k, data) != 0) {
            enum ag_result r = replace(p, &k);
            if (r != AG_OK)
                return r;
        }
        data += k.len;
        offset += k.len;
        len -= k.len;
    }
    return AG_OK;
}

enum ag_result ag_nand_erase(struct mtksim *p, bool physical, uint64_t offset, uint64_t len)
{
    uint32_t bytes = nand_block_bytes(phone_board(p));
    if (offset % bytes || len % bytes)
        return AG_UNALIGNED;
    while (len) {
        struct piece k;
        if (!cut(p, physical, offset, len, &k))
            return AG_OUT_OF_RANGE;
        bool skip = physical && nand_is_bad(phone_board(p), k.block);
        while (!skip && (k.block == NAND_NO_BLOCK || erase_block(p, k.block) != 0)) {
            enum ag_result r = replace(p, &k);
            if (r != AG_OK)
                return r;
        }
        offset += bytes;
        len -= bytes;
    }
    return AG_OK;
}
