/* SPDX-License-Identifier: Apache-2.0 */
/* Images of the PMT era: DOS partition tables, and UBI images for NAND (both public formats). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "protocol/error_index.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

/* ---- MBR, EBR1 ---- */

#define SECTOR       512u
#define MBR_ENTRIES  0x1BEu
#define MBR_ENTRY    16u
#define TYPE_LINUX   0x83
#define TYPE_OTHERS  0x05 /* the chain of extended tables */
#define NEXT_TABLE   "EBR1"
#define MBR_SIG_LOW  0x55
#define MBR_SIG_HIGH 0xAA

static void put_dos_entry(uint8_t *p, uint8_t type, uint64_t start, uint64_t size)
{
    p[4] = type;
    put_le32(p + 8, (uint32_t)(start / SECTOR));
    put_le32(p + 12, (uint32_t)(size / SECTOR));
}

int rom_write_mbr(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    uint8_t table[SECTOR] = {0};
    uint64_t own = 0, start, size;
    unsigned n = 0;
    rom_layout_find(job, img->file, &own, &size);
    for (; n < ROM_PARTS && img->part[n].name; n++)
        if (rom_layout_find(job, img->part[n].name, &start, &size))
            put_dos_entry(table + MBR_ENTRIES + n * MBR_ENTRY, TYPE_LINUX, start - own, size);
    if (strcmp(img->file, NEXT_TABLE) && rom_layout_find(job, NEXT_TABLE, &start, &size))
        put_dos_entry(table + MBR_ENTRIES + n * MBR_ENTRY, TYPE_OTHERS, start - own, size);
    table[SECTOR - 2] = MBR_SIG_LOW;
    table[SECTOR - 1] = MBR_SIG_HIGH;
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, table, sizeof(table));
    return rom_out_close(&out);
}

/* ---- UBI ---- */

#define EC_LEN         64u
#define LAYOUT_VOLUME  0x7FFFEFFFu
#define LAYOUT_COMPAT  5 /* "reject": who does not know this volume must not touch it */
#define LAYOUT_BLOCKS  2u
#define VTBL_RECORDS   128u
#define VTBL_RECORD    172u
#define VOLUME_DYNAMIC 1

struct ubi {
    const struct rom_job *job;
    uint32_t block, data_offset;
    uint32_t image_seq, blocks;
    struct prng prng;
};

/* UBI leaves out the inversion at the end. */
static void seal(uint8_t *p, size_t len)
{
    put_be32(p + len - 4, ~crc32_buf(0, p, len - 4));
}

static void put_headers(const struct ubi *u, uint8_t *block, uint32_t volume, uint32_t lnum, uint64_t number)
{
    uint32_t page = u->job->nand.page_size;
    struct wr w = wr_init(block, EC_LEN);
    wr_str(&w, "UBI#", 4);
    wr_u8(&w, 1); /* version */
    wr_fill(&w, 0, 3);
    wr_be64(&w, 0); /* never erased */
    wr_be32(&w, page);
    wr_be32(&w, u->data_offset);
    wr_be32(&w, u->image_seq);
    wr_fill(&w, 0, EC_LEN - w.pos);
    seal(block, EC_LEN);
    w = wr_init(block + page, EC_LEN);
    wr_str(&w, "UBI!", 4);
    wr_u8(&w, 1);
    wr_u8(&w, VOLUME_DYNAMIC);
    wr_u8(&w, 0);
    wr_u8(&w, volume == LAYOUT_VOLUME ? LAYOUT_COMPAT : 0);
    wr_be32(&w, volume);
    wr_be32(&w, lnum);
    wr_fill(&w, 0, 5 * 4);
    wr_be64(&w, number);
    wr_fill(&w, 0, EC_LEN - w.pos);
    seal(block + page, EC_LEN);
}

/* The volume table: one volume of that name, the other records empty but for their CRC. */
static void put_volume_table(const struct ubi *u, uint8_t *data, const char *name)
{
    for (unsigned i = 0; i < VTBL_RECORDS; i++) {
        uint8_t *r = data + i * VTBL_RECORD;
        struct wr w = wr_init(r, VTBL_RECORD);
        if (!i) {
            wr_be32(&w, u->blocks - LAYOUT_BLOCKS);
            wr_be32(&w, 1); /* alignment */
            wr_be32(&w, 0);
            wr_u8(&w, VOLUME_DYNAMIC);
            wr_u8(&w, 0);
            wr_be16(&w, (uint16_t)strlen(name));
            wr_str(&w, name, 128);
            wr_u8(&w, 1); /* grows to fill the partition */
        }
        wr_fill(&w, 0, VTBL_RECORD - w.pos);
        seal(r, VTBL_RECORD);
    }
}

int rom_write_ubi(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct ubi u = {.job = job, .prng = rom_prng(job, img->file)};
    u.block = job->nand.page_size * job->nand.pages_per_block;
    u.data_offset = 2 * job->nand.page_size;
    u.blocks = img->part[0].size[job->size] / u.block;
    u.image_seq = (uint32_t)prng_u64(&u.prng);
    uint8_t *block = malloc(u.block);
    if (!block)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s: out of memory", img->file);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    for (uint32_t i = 0; i < u.blocks; i++) {
        memset(block, 0xFF, u.block);
        if (i < LAYOUT_BLOCKS) {
            put_headers(&u, block, LAYOUT_VOLUME, i, i);
            put_volume_table(&u, block + u.data_offset, img->part[0].name);
        } else {
            put_headers(&u, block, 0, i - LAYOUT_BLOCKS, i);
            prng_bytes(&u.prng, block + u.data_offset, u.block - u.data_offset);
        }
        rom_out_bytes(&out, block, u.block);
    }
    free(block);
    return rom_out_close(&out);
}
