/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MediaTek's own partition tables from before GPT: entries as agents exchange them, and the blocks on eMMC and NAND.
 * Specification: formats.md 4.3, da-legacy.md 5.8. Everything is little-endian.
 */
#ifndef FORMATS_PMT_H
#define FORMATS_PMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MTK_PMT_MAX_ENTRIES 128u /* a GPT build sends 128; a real PMT has at most 40 */
#define MTK_PMT_FLASH_MAX   40u
#define MTK_PMT_BLOCK       2048u /* of an eMMC PMT */
#define MTK_PMT_BLOCKS_MAX  2u    /* of one copy: a second block goes on where the first is full */
#define MTK_PMT_SEARCH_FROM 0x400u
#define MTK_PMT_SEARCH_END  0xA00000u

enum mtk_pmt_stride { MTK_PMT_STRIDE_32 = 0x4C, MTK_PMT_STRIDE_64 = 0x58, MTK_PMT_STRIDE_V3 = 0x60 };

struct mtk_pmt_entry {
    char name[65];
    uint64_t size;    /* bytes; 0 in the last one: rest of the device */
    uint64_t part_id; /* stride 0x60 only */
    uint64_t offset;  /* bytes; on eMMC linear (formats.md 3.5) */
    uint64_t mask;
};

struct mtk_pmt {
    enum mtk_pmt_stride stride;
    struct mtk_pmt_entry *entries; /* owned */
    size_t n;
    bool from_mirror; /* the primary block was damaged */
    uint64_t at;      /* where the block that was used begins, in the user area */
};

/*
 * Entries as on the wire. stride 0: found out by what fits (length divisible, names printable, values in range).
 * An empty entry (name[0] 0x00 or 0xFF) ends the list. disk_size is that of the space in which offsets count (on eMMC
 * the linear one); 0: not checked. Rejects names without end, impossible counts (none, or more than
 * MTK_PMT_MAX_ENTRIES), ranges that overlap or leave the disk: MTK_GPT_INVALID. Entries of different eMMC regions
 * (part_id 1 to 8) do not overlap, nor does a BMTPOOL that is given as 0xFFFFnnnn. Release with mtk_pmt_release.
 */
int mtk_pmt_parse(const uint8_t *data, size_t len, unsigned stride, uint64_t disk_size, struct mtk_pmt *out,
                  struct mtk_error *err);
/*
 * The entries as bytes of that stride, then empty ones up to `count` (0: none). malloc'd; NULL: memory, or a number that
 * does not fit into the 32-bit form.
 */
uint8_t *mtk_pmt_write(const struct mtk_pmt *t, enum mtk_pmt_stride stride, size_t count, size_t *len);
void mtk_pmt_release(struct mtk_pmt *t);
const struct mtk_pmt_entry *mtk_pmt_find(const struct mtk_pmt *t, const char *name);

/* Reads len bytes at offset of the area; 0 or -1 with *err. */
typedef int (*mtk_pmt_read_fn)(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err);
/*
 * Finds and reads the PMT of an eMMC user area as firmware does: PTv1 or PTv3 block with head and tail signature, else
 * its mirror; chained second page. MTK_GPT_INVALID if there is none, or if the one found makes no sense: then without a
 * look at the mirror, because the phone would use the primary. If `read` fails its error is passed on.
 */
int mtk_pmt_read_emmc(mtk_pmt_read_fn read, void *ctx, uint64_t user_size, struct mtk_pmt *out,
                      struct mtk_error *err);
/*
 * An eMMC PMT, primary or mirror, as version 3: one block of 21 entries or, with more, two. The primary goes to
 * MTK_PMT_SEARCH_FROM of the user area, the mirror right behind it. Returns the number of blocks; -1: more than
 * MTK_PMT_FLASH_MAX entries.
 */
int mtk_pmt_blocks_emmc(const struct mtk_pmt *t, bool mirror, uint8_t sequence,
                        uint8_t out[MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK]);
/* The same for a table of one block. 0; -1: more entries than fit. */
int mtk_pmt_block_emmc(const struct mtk_pmt *t, bool mirror, uint8_t sequence, uint8_t out[MTK_PMT_BLOCK]);

/* Where a NAND has its PMT: behind the blocks that hold data, by physical address. */
struct mtk_pmt_nand {
    uint64_t from, end;   /* end of the data, a multiple of block; end of the chip */
    uint32_t page, block; /* bytes, without the spare ones */
};
/*
 * Finds and reads the PMT of a NAND (4.3), whose table and mirror have the first two blocks behind the data. Sequence
 * numbers stand in spare bytes, which not everybody can read, so the newest version is told by its place in the block.
 * Unless both copies agree, the blocks that replace bad ones are looked through too: what is there stands for a block
 * that failed, and counts more. A page is a signature in 8 bytes and entries, which may go on in the next page. `read`
 * gives FF for a block that cannot be read; if it fails its error is passed on. MTK_GPT_INVALID: there is no table, or
 * the one found makes no sense, or the geometry is none. Release with mtk_pmt_release.
 */
int mtk_pmt_read_nand(mtk_pmt_read_fn read, void *ctx, const struct mtk_pmt_nand *where, struct mtk_pmt *out,
                      struct mtk_error *err);

/* Spare bytes of a NAND PMT page: signature and info word (4.3). */
#define MTK_PMT_SPARE_LEN 12u
void mtk_pmt_spare(bool mirror, uint8_t sequence, uint8_t out[MTK_PMT_SPARE_LEN]);
/* True and *sequence if the spare bytes of a page mark it as a table (or mirror). */
bool mtk_pmt_spare_check(const uint8_t *spare, size_t len, bool mirror, uint8_t *sequence);

#endif
