/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How firmware uses a NAND: blocks that went bad are replaced from a pool at the end of the chip, so that everybody
 * else sees logical blocks without holes; the partition table and its mirror have a block each behind those that hosts
 * see (formats.md 4.3). Physical layout, in blocks:
 *
 *     [0, usable)          what hosts see
 *     usable, usable + 1   partition table, mirror
 *     the rest             replacement pool
 *
 * A block is bad if the first spare byte of its first page is not FF. A block of the pool that replaces another one has
 * that one's logical number in its spare bytes, so that the map can be found again. Works on the board alone: agents
 * go through storage.h, which puts faults and errors around this.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_NAND_H
#define SIMDEV_FIRMWARE_AGENTS_NAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simdev/board/board.h"

#define NAND_NO_BLOCK     0xFFFFu
#define NAND_BLOCKS_MAX   0x8000u /* of a chip; larger ones are not modelled */
#define NAND_SPARE_USER   1u      /* where spare bytes of firmware's own begin: behind the bad-block mark */
#define NAND_TABLE_BLOCKS 2u

/* Geometry in bytes and blocks. */
uint32_t nand_block_bytes(const struct board *b);
uint32_t nand_blocks(const struct board *b);
uint32_t nand_usable_blocks(const struct board *b);
uint64_t nand_usable_bytes(const struct board *b);

/* Is this physical block marked bad? A block that cannot be read is. */
bool nand_is_bad(struct board *b, uint32_t block);
/* 0, or -1: the file fails. */
int nand_mark_bad(struct board *b, uint32_t block);

/* Makes the spare bytes of a physical block FF, but for the note which block it replaces. 0 or -1. */
int nand_erase_spare(struct board *b, uint32_t block);

/*
 * Finds the map: map[logical] = physical for nand_usable_blocks + NAND_TABLE_BLOCKS logical blocks. NAND_NO_BLOCK: bad,
 * and nothing replaces it. `assign` gives such blocks a replacement while the pool lasts, as firmware does when it
 * starts; without it the chip is only looked at.
 */
void nand_map_scan(struct board *b, uint16_t *map, bool assign);
/* Gives a logical block another physical one, which is erased. NAND_NO_BLOCK: the pool is empty. */
uint32_t nand_map_replace(struct board *b, uint16_t *map, uint32_t logical);

/* Reads through the map. -1: outside, or a block without a replacement. Offsets may reach into the table's blocks. */
int nand_read(struct board *b, const uint16_t *map, uint64_t offset, void *buf, size_t len);
/*
 * Erases every block that begins in the range and programs the bytes; the factory's way to fill a new chip. -1: as
 * above, or the pool is empty.
 */
int nand_fill(struct board *b, uint16_t *map, uint64_t offset, const void *buf, size_t len);
/* Writes spare bytes of a logical page from NAND_SPARE_USER on. 0 or -1. */
int nand_write_spare(struct board *b, const uint16_t *map, uint64_t page, const uint8_t *buf, size_t len);

/*
 * The partition table in its page form: signature in 8 bytes, then entries of MTK_PMT_STRIDE_V3, as many pages as it
 * takes; each page's spare bytes are mtk_pmt_spare(). Versions follow one another: the table's from page 0 up, the
 * mirror's from the last page down; the highest sequence number counts.
 */
#define NAND_TABLE_HEAD 8u
/* Logical block of the table or its mirror. */
uint32_t nand_table_block(const struct board *b, bool mirror);
/*
 * Page (in that block) at which the newest version of the table, or mirror, begins and how many pages it has; false:
 * there is none.
 */
bool nand_table_find(struct board *b, const uint16_t *map, bool mirror, uint32_t *page, uint32_t *pages,
                     uint8_t *sequence);
/* Where a version of that many pages goes if it is the only one: page in the block of the table or its mirror. */
uint32_t nand_table_page(const struct board *b, bool mirror, size_t pages);
/* Pages that so many bytes of entries take. */
size_t nand_table_pages(const struct board *b, size_t len);
/* What stands in front of the entries. */
void nand_table_head(bool mirror, uint8_t out[NAND_TABLE_HEAD]);
/* Stores entries (n * MTK_PMT_STRIDE_V3 bytes) as the only version of table or mirror. 0 or -1. */
int nand_table_store(struct board *b, uint16_t *map, bool mirror, uint8_t sequence, const uint8_t *entries,
                     size_t len);

#endif
