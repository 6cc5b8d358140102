/* SPDX-License-Identifier: Apache-2.0 */
/* The partition table of a new phone: GPT, PMT on eMMC, PMT on NAND (formats.md 3.4, 3.5, 4.2, 4.3, 4.6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/gpt.h"
#include "formats/pmt.h"
#include "protocol/error_index.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/rom/factory.h"

#define PMT_AT         MTK_PMT_SEARCH_FROM /* of the user area; the mirror stands behind it */
#define PMT_BOOT_PART  1                   /* part ids of eMMC (4.1) */
#define PMT_USER_PART  8
#define FIRST_SEQUENCE 1

/* ---- where everything goes ---- */

/* The name of the user area's rows that are no partitions. NAND's pool is no place for anybody's data. */
static bool in_table(const struct factory *f, const struct mtk_scatter_row *row)
{
    static const char *const others[] = {"pgpt", "sgpt"};
    const char *area = mtk_scatter_row_area(&f->rom.scatter, row);
    if (!area || strcmp(area, boot_user_name(&f->flash)) != 0)
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (!strcmp(row->name, others[i]))
            return false;
    return f->board->storage != BOARD_NAND || !row->is_reserved;
}

static int outside(struct factory *f, const struct mtk_scatter_row *row)
{
    return mtk_fail_file(f->err, MTK_E_MTK_OUT_OF_RANGE, f->rom.scatter.path, row->line,
                         "partition %s does not fit on the phone's %s", row->name, boot_user_name(&f->flash));
}

/* The last partition before the reserved ones takes all the space that the storage has (4.6). */
static void grow_last(struct boot_flash *flash, size_t n_plain)
{
    if (!n_plain)
        return;
    struct boot_part *last = &flash->part[n_plain - 1];
    uint64_t end = n_plain < flash->n_parts ? flash->part[n_plain].start : 0;
    if (n_plain == flash->n_parts && flash->map)
        end = flash->user_size;
    if (end > last->start + last->size)
        last->size = end - last->start;
}

static int lay_out(struct factory *f)
{
    const struct mtk_scatter *scatter = &f->rom.scatter;
    /* Reserved rows count from the end of the whole chip, the pool of a NAND included. */
    uint64_t disk = flash_size(f->board->area[BOARD_USER]);
    size_t n_plain = 0;
    f->flash.part = calloc(scatter->n_rows ? scatter->n_rows : 1, sizeof(*f->flash.part));
    if (!f->flash.part)
        return factory_no_memory(f->err);
    for (size_t i = 0; i < scatter->n_rows; i++) {
        const struct mtk_scatter_row *row = &scatter->rows[i];
        if (!in_table(f, row))
            continue;
        struct boot_part *p = &f->flash.part[f->flash.n_parts];
        if (mtk_scatter_resolve(scatter, row, disk, &p->start, &p->size, f->err))
            return -1;
        if (p->start > f->flash.user_size || p->size > f->flash.user_size - p->start)
            return outside(f, row);
        snprintf(p->name, sizeof(p->name), "%s", row->name);
        f->flash.n_parts++;
        if (!row->is_reserved)
            n_plain = f->flash.n_parts;
    }
    grow_last(&f->flash, n_plain);
    return 0;
}

/* ---- GPT ---- */

static int write_gpt(struct factory *f)
{
    struct mtk_gpt table = {.block_size = board_block_size(f->board), .disk_size = f->flash.user_size};
    uint8_t *primary, *backup;
    size_t primary_len, backup_len;
    table.entries = calloc(f->flash.n_parts ? f->flash.n_parts : 1, sizeof(*table.entries));
    if (!table.entries)
        return factory_no_memory(f->err);
    for (size_t i = 0; i < f->flash.n_parts; i++) {
        struct mtk_gpt_entry *e = &table.entries[table.n_entries++];
        memcpy(e->name, f->flash.part[i].name, sizeof(e->name));
        e->start = f->flash.part[i].start;
        e->size = f->flash.part[i].size;
    }
    int rc = mtk_gpt_write(&table, f->board->seed, &primary, &primary_len, &backup, &backup_len, f->err);
    free(table.entries);
    if (rc)
        return -1;
    rc = factory_put(f, BOARD_USER, 0, primary, primary_len);
    if (!rc)
        rc = factory_put(f, BOARD_USER, table.disk_size - backup_len, backup, backup_len);
    free(primary);
    free(backup);
    return rc;
}

/* ---- PMT ---- */

static void add_entry(struct mtk_pmt *t, const char *name, uint64_t offset, uint64_t size, uint64_t part_id)
{
    struct mtk_pmt_entry *e = &t->entries[t->n++];
    snprintf(e->name, sizeof(e->name), "%s", name);
    e->offset = offset;
    e->size = size;
    e->part_id = part_id;
}

/* The entries as the phone's programs keep them: on eMMC linear, with the preloader in front (3.5). */
static int make_pmt(struct factory *f, struct mtk_pmt *t)
{
    bool emmc = f->board->storage == BOARD_EMMC;
    uint64_t base = boot_linear_base(f->board);
    *t = (struct mtk_pmt){.stride = MTK_PMT_STRIDE_V3};
    t->entries = calloc(f->flash.n_parts + 1, sizeof(*t->entries));
    if (!t->entries)
        return factory_no_memory(f->err);
    const struct mtk_scatter *scatter = &f->rom.scatter;
    for (size_t i = 0; i < scatter->n_rows && emmc && !t->n; i++)
        if (scatter->rows[i].operation == MTK_OP_BOOTLOADERS)
            add_entry(t, scatter->rows[i].name, 0, scatter->rows[i].size, PMT_BOOT_PART);
    for (size_t i = 0; i < f->flash.n_parts; i++)
        add_entry(t, f->flash.part[i].name, f->flash.part[i].start + base, f->flash.part[i].size,
                  emmc ? PMT_USER_PART : 0);
    return 0;
}

/* The table and behind it the mirror; each takes one block or two. */
static int write_pmt_emmc(struct factory *f, const struct mtk_pmt *t)
{
    uint8_t blocks[2 * MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK];
    int n = mtk_pmt_blocks_emmc(t, false, FIRST_SEQUENCE, blocks);
    if (n < 0 || mtk_pmt_blocks_emmc(t, true, FIRST_SEQUENCE, blocks + n * (int)MTK_PMT_BLOCK) < 0)
        return mtk_fail_file(f->err, MTK_E_MTK_UNSUPPORTED, f->rom.scatter.path, 0,
                             "%zu partitions are more than a PMT holds", t->n);
    return factory_put(f, BOARD_USER, PMT_AT, blocks, 2 * (size_t)n * MTK_PMT_BLOCK);
}

static int write_pmt_nand(struct factory *f, const struct mtk_pmt *t)
{
    size_t len;
    uint8_t *entries = mtk_pmt_write(t, MTK_PMT_STRIDE_V3, 0, &len);
    if (!entries)
        return factory_no_memory(f->err);
    int rc = 0;
    for (int mirror = 1; mirror >= 0 && !rc; mirror--)
        rc = nand_table_store(f->board, f->flash.map, mirror, FIRST_SEQUENCE, entries, len);
    free(entries);
    return rc ? mtk_fail(f->err, MTK_E_MTK_HOST_IO, MTK_EV_HOST,
                         "the phone's partition table cannot be written")
              : 0;
}

int factory_make_table(struct factory *f)
{
    const struct board *b = f->board;
    struct mtk_pmt t = {.n = 0};
    f->flash.pmt = b->storage == BOARD_NAND || (b->storage == BOARD_EMMC && b->table_pmt);
    if (lay_out(f))
        return -1;
    if (!f->flash.pmt)
        return write_gpt(f);
    int rc = make_pmt(f, &t);
    if (!rc)
        rc = b->storage == BOARD_NAND ? write_pmt_nand(f, &t) : write_pmt_emmc(f, &t);
    free(t.entries);
    return rc;
}
