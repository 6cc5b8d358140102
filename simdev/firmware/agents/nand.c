/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/agents/nand.h"

#include <string.h>

#include "base/cursor.h"
#include "formats/pmt.h"

/* Where a block of the pool says which logical block it replaces; firmware of the time used the same bytes. */
#define SPARE_INDEX     29u
#define SPARE_INDEX_LEN 2u

uint32_t nand_block_bytes(const struct board *b)
{
    return b->nand.page_size * b->nand.pages_per_block;
}

uint32_t nand_blocks(const struct board *b)
{
    uint64_t n = b->area[BOARD_USER] ? flash_size(b->area[BOARD_USER]) / nand_block_bytes(b) : 0;
    return n < NAND_BLOCKS_MAX ? (uint32_t)n : NAND_BLOCKS_MAX;
}

uint32_t nand_usable_blocks(const struct board *b)
{
    uint32_t all = nand_blocks(b), kept = b->nand.pool_blocks + NAND_TABLE_BLOCKS;
    return all > kept ? all - kept : 0;
}

uint64_t nand_usable_bytes(const struct board *b)
{
    return (uint64_t)nand_usable_blocks(b) * nand_block_bytes(b);
}

/* ---- spare bytes ---- */

static uint64_t spare_of_page(const struct board *b, uint64_t page)
{
    return page * b->nand.spare_size;
}

static uint64_t spare_of_block(const struct board *b, uint32_t block)
{
    return spare_of_page(b, (uint64_t)block * b->nand.pages_per_block);
}

bool nand_is_bad(struct board *b, uint32_t block)
{
    uint8_t mark = 0;
    return flash_read(b->area[BOARD_OOB], spare_of_block(b, block), &mark, 1) != 0 || mark != 0xFF;
}

int nand_mark_bad(struct board *b, uint32_t block)
{
    return flash_write(b->area[BOARD_OOB], spare_of_block(b, block), "", 1);
}

/* Logical block that a block of the pool replaces, NAND_NO_BLOCK if none. */
static uint16_t replaced_by(struct board *b, uint32_t block)
{
    uint8_t index[SPARE_INDEX_LEN];
    if (flash_read(b->area[BOARD_OOB], spare_of_block(b, block) + SPARE_INDEX, index, sizeof(index)) != 0)
        return NAND_NO_BLOCK;
    return get_le16(index);
}

int nand_erase_spare(struct board *b, uint32_t block)
{
    bool in_pool = block >= nand_usable_blocks(b) + NAND_TABLE_BLOCKS;
    uint16_t index = in_pool ? replaced_by(b, block) : NAND_NO_BLOCK;
    uint8_t raw[SPARE_INDEX_LEN];
    put_le16(raw, index);
    if (flash_erase(b->area[BOARD_OOB], spare_of_block(b, block),
                    (uint64_t)b->nand.spare_size * b->nand.pages_per_block) != 0)
        return -1;
    if (index == NAND_NO_BLOCK)
        return 0;
    return flash_write(b->area[BOARD_OOB], spare_of_block(b, block) + SPARE_INDEX, raw, sizeof(raw));
}

/* Erases a physical block with its spare bytes. */
static int erase_block(struct board *b, uint32_t block)
{
    uint32_t bytes = nand_block_bytes(b);
    int rc = flash_erase(b->area[BOARD_USER], (uint64_t)block * bytes, bytes);
    return rc ? rc : nand_erase_spare(b, block);
}

/* ---- the map ---- */

void nand_map_scan(struct board *b, uint16_t *map, bool assign)
{
    uint32_t mapped = nand_usable_blocks(b) + NAND_TABLE_BLOCKS, all = nand_blocks(b);
    for (uint32_t i = 0; i < mapped; i++)
        map[i] = nand_is_bad(b, i) ? NAND_NO_BLOCK : (uint16_t)i;
    for (uint32_t i = mapped; i < all; i++) {
        uint16_t logical = replaced_by(b, i);
        if (logical < mapped && !nand_is_bad(b, i))
            map[logical] = (uint16_t)i;
    }
    for (uint32_t i = 0; assign && i < mapped; i++) {
        if (map[i] == NAND_NO_BLOCK)
            nand_map_replace(b, map, i);
    }
}

uint32_t nand_map_replace(struct board *b, uint16_t *map, uint32_t logical)
{
    uint8_t index[SPARE_INDEX_LEN];
    put_le16(index, (uint16_t)logical);
    for (uint32_t i = nand_usable_blocks(b) + NAND_TABLE_BLOCKS; i < nand_blocks(b); i++) {
        if (nand_is_bad(b, i) || replaced_by(b, i) != NAND_NO_BLOCK)
            continue;
        if (erase_block(b, i) != 0 ||
            flash_write(b->area[BOARD_OOB], spare_of_block(b, i) + SPARE_INDEX, index, sizeof(index)) != 0)
            return NAND_NO_BLOCK;
        map[logical] = (uint16_t)i;
        return i;
    }
    return NAND_NO_BLOCK;
}

/* ---- bytes through the map ---- */

/* Physical offset of a logical one, and how many bytes follow it in the same block. False: there is nothing. */
static bool locate(const struct board *b, const uint16_t *map, uint64_t offset, uint64_t *at, size_t *run)
{
    uint32_t bytes = nand_block_bytes(b);
    uint64_t logical = offset / bytes;
    if (logical >= (uint64_t)nand_usable_blocks(b) + NAND_TABLE_BLOCKS || map[logical] == NAND_NO_BLOCK)
        return false;
    *at = (uint64_t)map[logical] * bytes + offset % bytes;
    *run = (size_t)(bytes - offset % bytes);
    return true;
}

int nand_read(struct board *b, const uint16_t *map, uint64_t offset, void *buf, size_t len)
{
    uint8_t *out = buf;
    while (len) {
        uint64_t at;
        size_t run;
        if (!locate(b, map, offset, &at, &run))
            return -1;
        size_t n = run < len ? run : len;
        if (flash_read(b->area[BOARD_USER], at, out, n) != 0)
            return -1;
        out += n;
        offset += n;
        len -= n;
    }
    return 0;
}

int nand_fill(struct board *b, uint16_t *map, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    while (len) {
        uint64_t at;
        size_t run;
        uint32_t bytes = nand_block_bytes(b);
        uint64_t logical = offset / bytes;
        if (logical < (uint64_t)nand_usable_blocks(b) + NAND_TABLE_BLOCKS && map[logical] == NAND_NO_BLOCK)
            nand_map_replace(b, map, (uint32_t)logical);
        if (!locate(b, map, offset, &at, &run))
            return -1;
        size_t n = run < len ? run : len;
        if ((run == bytes && erase_block(b, (uint32_t)(at / bytes)) != 0) ||
            flash_write(b->area[BOARD_USER], at, p, n) != 0)
            return -1;
        p += n;
        offset += n;
        len -= n;
    }
    return 0;
}

/* Offset of the firmware's spare bytes of a logical page; false: no such page, or not so many bytes. */
static bool locate_spare(const struct board *b, const uint16_t *map, uint64_t page, size_t len, uint64_t *at)
{
    size_t run;
    if (len > b->nand.spare_size - NAND_SPARE_USER || !locate(b, map, page * b->nand.page_size, at, &run))
        return false;
    *at = spare_of_page(b, *at / b->nand.page_size) + NAND_SPARE_USER;
    return true;
}

static int read_spare(struct board *b, const uint16_t *map, uint64_t page, uint8_t *buf, size_t len)
{
    uint64_t at;
    return locate_spare(b, map, page, len, &at) ? flash_read(b->area[BOARD_OOB], at, buf, len) : -1;
}

int nand_write_spare(struct board *b, const uint16_t *map, uint64_t page, const uint8_t *buf, size_t len)
{
    uint64_t at;
    return locate_spare(b, map, page, len, &at) ? flash_write(b->area[BOARD_OOB], at, buf, len) : -1;
}

/* ---- the partition table ---- */

uint32_t nand_table_block(const struct board *b, bool mirror)
{
    return nand_usable_blocks(b) + mirror;
}

static uint64_t first_page(const struct board *b, bool mirror)
{
    return (uint64_t)nand_table_block(b, mirror) * b->nand.pages_per_block;
}

/* Sequence number of a page of the table; false: it is none. */
static bool table_page(struct board *b, const uint16_t *map, bool mirror, uint32_t page, uint8_t *sequence)
{
    uint8_t spare[MTK_PMT_SPARE_LEN];
    return read_spare(b, map, first_page(b, mirror) + page, spare, sizeof(spare)) == 0 &&
           mtk_pmt_spare_check(spare, sizeof(spare), mirror, sequence);
}

bool nand_table_find(struct board *b, const uint16_t *map, bool mirror, uint32_t *page, uint32_t *pages,
                     uint8_t *sequence)
{
    uint8_t seq, last = 0;
    *pages = 0;
    for (uint32_t i = 0; i < b->nand.pages_per_block; i++) {
        if (!table_page(b, map, mirror, i, &seq))
            continue;
        if (*pages && seq == last && *page + *pages == i) {
            ++*pages;
        } else if (!*pages || seq > last) {
            *page = i;
            *pages = 1;
            last = seq;
        }
    }
    *sequence = last;
    return *pages != 0;
}

size_t nand_table_pages(const struct board *b, size_t len)
{
    return (NAND_TABLE_HEAD + len + b->nand.page_size - 1) / b->nand.page_size;
}

uint32_t nand_table_page(const struct board *b, bool mirror, size_t pages)
{
    return mirror ? b->nand.pages_per_block - (uint32_t)pages : 0;
}

void nand_table_head(bool mirror, uint8_t out[NAND_TABLE_HEAD])
{
    uint8_t spare[MTK_PMT_SPARE_LEN];
    mtk_pmt_spare(mirror, 0, spare);
    memcpy(out, spare, NAND_TABLE_HEAD);
}

int nand_table_store(struct board *b, uint16_t *map, bool mirror, uint8_t sequence, const uint8_t *entries,
                     size_t len)
{
    size_t pages = nand_table_pages(b, len);
    uint8_t spare[MTK_PMT_SPARE_LEN], head[NAND_TABLE_HEAD];
    if (pages > b->nand.pages_per_block)
        return -1;
    uint32_t logical = nand_table_block(b, mirror), block = map[logical];
    uint64_t first = first_page(b, mirror) + nand_table_page(b, mirror, pages);
    if (block == NAND_NO_BLOCK)
        block = nand_map_replace(b, map, logical);
    if (block == NAND_NO_BLOCK || erase_block(b, block) != 0)
        return -1;
    nand_table_head(mirror, head);
    mtk_pmt_spare(mirror, sequence, spare);
    uint64_t at =
        (uint64_t)block * nand_block_bytes(b) + (first % b->nand.pages_per_block) * b->nand.page_size;
    int rc = flash_write(b->area[BOARD_USER], at, head, sizeof(head));
    if (!rc)
        rc = flash_write(b->area[BOARD_USER], at + sizeof(head), entries, len);
    for (size_t i = 0; i < pages && !rc; i++)
        rc = nand_write_spare(b, map, first + i, spare, sizeof(spare));
    return rc;
}
