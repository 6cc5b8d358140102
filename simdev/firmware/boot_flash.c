/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/boot_flash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/gpt.h"
#include "formats/pmt.h"
#include "protocol/error_index.h"
#include "simdev/firmware/agents/nand.h"

#define GFH_MAGIC     0x4d4d4du
#define GFH_FILE_LEN  0x20u /* of FILE_INFO (2.3) */
#define GFH_FILE_INFO 0x38u

int boot_flash_open(struct boot_flash *f, struct board *b)
{
    *f = (struct boot_flash){.board = b};
    if (!b->area[BOARD_USER])
        return -1;
    f->user_size = flash_size(b->area[BOARD_USER]);
    if (b->storage != BOARD_NAND)
        return 0;
    f->user_size = nand_usable_bytes(b);
    f->map = calloc(nand_usable_blocks(b) + NAND_TABLE_BLOCKS, sizeof(*f->map));
    if (!f->map)
        return -1;
    nand_map_scan(b, f->map, false);
    return 0;
}

void boot_flash_close(struct boot_flash *f)
{
    free(f->map);
    free(f->part);
    f->map = NULL;
    f->part = NULL;
    f->n_parts = 0;
}

const char *boot_user_name(const struct boot_flash *f)
{
    return board_area_name(f->board->storage, BOARD_USER);
}

int boot_read(struct boot_flash *f, uint64_t offset, void *buf, size_t len)
{
    return f->map ? nand_read(f->board, f->map, offset, buf, len)
                  : flash_read(f->board->area[BOARD_USER], offset, buf, len);
}

/* ---- partition table ---- */

static int read_for_table(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct boot_flash *f = ctx;
    if (boot_read(f, offset, buf, len))
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "%s 0x%" PRIx64 " cannot be read",
                        boot_user_name(f), offset);
    return 0;
}

static int make_parts(struct boot_flash *f, size_t n, struct mtk_error *err)
{
    f->part = calloc(n ? n : 1, sizeof(*f->part));
    f->n_parts = 0;
    return f->part ? 0 : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

static void add_part(struct boot_flash *f, const char *name, uint64_t start, uint64_t size)
{
    struct boot_part *p = &f->part[f->n_parts++];
    snprintf(p->name, sizeof(p->name), "%s", name);
    p->start = start;
    p->size = size;
}

static int read_gpt(struct boot_flash *f, struct mtk_error *err)
{
    struct mtk_gpt g;
    if (mtk_gpt_read(read_for_table, f, f->user_size, board_block_size(f->board), &g, err))
        return -1;
    int rc = make_parts(f, g.n_entries, err);
    for (size_t i = 0; i < g.n_entries && !rc; i++)
        add_part(f, g.entries[i].name, g.entries[i].start, g.entries[i].size);
    f->from_backup = g.from_backup;
    mtk_gpt_release(&g);
    return rc;
}

uint64_t boot_linear_base(const struct board *b)
{
    uint64_t base = 0;
    for (enum board_area a = BOARD_BOOT1; b->storage == BOARD_EMMC && a < BOARD_USER; a++)
        base += b->area[a] ? flash_size(b->area[a]) : 0;
    return base;
}

/* Entries of a PMT count from the first boot area; what lies in front of the user area is the preloader's. */
static int take_pmt(struct boot_flash *f, struct mtk_pmt *t, struct mtk_error *err)
{
    uint64_t base = boot_linear_base(f->board);
    int rc = make_parts(f, t->n, err);
    for (size_t i = 0; i < t->n && !rc; i++) {
        const struct mtk_pmt_entry *e = &t->entries[i];
        uint64_t start = e->offset - base;
        uint64_t rest = e->offset >= base && start < f->user_size ? f->user_size - start : 0;
        uint64_t size = !e->size && i + 1 == t->n ? rest : e->size;
        if (rest && size && size <= rest)
            add_part(f, e->name, start, size);
    }
    f->from_backup = t->from_mirror;
    mtk_pmt_release(t);
    return rc;
}

static int read_pmt_emmc(struct boot_flash *f, struct mtk_error *err)
{
    struct mtk_pmt t;
    if (mtk_pmt_read_emmc(read_for_table, f, f->user_size, &t, err))
        return -1;
    return take_pmt(f, &t, err);
}

/* One copy of a NAND's table. 0, or -1: it is not there or makes no sense. */
static int read_nand_copy(struct boot_flash *f, bool mirror, struct mtk_pmt *out)
{
    struct board *b = f->board;
    uint32_t page, pages;
    uint8_t sequence;
    if (!nand_table_find(b, f->map, mirror, &page, &pages, &sequence))
        return -1;
    size_t len = (size_t)pages * b->nand.page_size;
    uint64_t at =
        (uint64_t)nand_table_block(b, mirror) * nand_block_bytes(b) + (uint64_t)page * b->nand.page_size;
    uint8_t *data = malloc(len);
    int rc = !data || nand_read(b, f->map, at, data, len) ? -1 : 0;
    size_t entries = (len - NAND_TABLE_HEAD) / MTK_PMT_STRIDE_V3 * MTK_PMT_STRIDE_V3;
    if (!rc)
        rc = mtk_pmt_parse(data + NAND_TABLE_HEAD, entries, MTK_PMT_STRIDE_V3, 0, out, NULL);
    free(data);
    return rc;
}

static int read_pmt_nand(struct boot_flash *f, struct mtk_error *err)
{
    struct mtk_pmt t;
    bool mirror = false;
    int rc = read_nand_copy(f, false, &t);
    if (rc) {
        mirror = true;
        rc = read_nand_copy(f, true, &t);
    }
    if (rc)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "neither block 0x%x nor its mirror 0x%x holds a partition table (PMT)",
                        nand_table_block(f->board, false), nand_table_block(f->board, true));
    t.from_mirror = mirror;
    return take_pmt(f, &t, err);
}

int boot_table_read(struct boot_flash *f, struct mtk_error *err)
{
    bool nand = f->board->storage == BOARD_NAND;
    f->pmt = nand || (f->board->storage == BOARD_EMMC && f->board->table_pmt);
    if (!f->pmt)
        return read_gpt(f, err);
    return nand ? read_pmt_nand(f, err) : read_pmt_emmc(f, err);
}

const struct boot_part *boot_part_find(const struct boot_flash *f, const char *name)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (!strcmp(f->part[i].name, name))
            return &f->part[i];
    return NULL;
}

/* ---- the preloader ---- */

enum mtk_boot_device boot_device(const struct board *b)
{
    static const enum mtk_boot_device devices[] = {
        [BOARD_EMMC] = MTK_BOOT_EMMC, [BOARD_UFS] = MTK_BOOT_UFS, [BOARD_NAND] = MTK_BOOT_NAND};
    return devices[b->storage];
}

size_t boot_header_len(const struct board *b)
{
    return mtk_preloader_header_len(boot_device(b), b->nand.page_size);
}

static enum board_area first_area(const struct board *b)
{
    return b->storage == BOARD_NAND ? BOARD_USER : BOARD_BOOT1;
}

const char *boot_area_name(const struct board *b)
{
    return board_area_name(b->storage, first_area(b));
}

int boot_preloader_read(struct boot_flash *f, uint64_t offset, void *buf, size_t len)
{
    struct flash_area *area = f->board->area[first_area(f->board)];
    if (f->map)
        return boot_read(f, offset, buf, len);
    return area ? flash_read(area, offset, buf, len) : -1;
}

uint8_t *boot_preloader_image(struct boot_flash *f, uint32_t *claim)
{
    uint8_t info[GFH_FILE_INFO];
    uint64_t at = boot_header_len(f->board);
    *claim = 0;
    if (boot_preloader_read(f, at, info, sizeof(info)) || (get_le32(info) & 0xffffff) != GFH_MAGIC)
        return NULL;
    uint32_t len = *claim = get_le32(info + GFH_FILE_LEN);
    if (len < sizeof(info) || len > MTK_PRELOADER_MAX_BYTES)
        return NULL;
    uint8_t *image = malloc(len);
    if (!image || !boot_preloader_read(f, at, image, len))
        return image;
    free(image);
    return NULL;
}
