/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole packages: the scatter file that the host gives, compared with the table of this phone, and the table that
 * follows from it. da-xml.md 4 (FLASH-ALL), 6.8; formats.md 3, 4.2, 4.6.
 *
 * Parsers here have memory of their own. They are called and released without waiting in between, and what they give
 * goes into phone memory that was taken before.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/gpt.h"
#include "formats/scatter.h"
#include "simdev/firmware/agents/xml.h"

#define GPT_MAX 0x10000u /* a table in either place, of any block size */

static bool is_table_itself(const char *name)
{
    return !strcasecmp(name, "pgpt") || !strcasecmp(name, "sgpt");
}

/* In the user area, and an entry of its table? A NAND has its preloader there. */
static bool in_user(const struct board *b, const struct mtk_scatter_row *row)
{
    const char *area = mtk_region_area(row->region), *user = board_area_name(b->storage, BOARD_USER);
    return area && user && strcmp(area, user) == 0 && !is_table_itself(row->name) &&
           (row->operation != MTK_OP_BOOTLOADERS || b->storage == BOARD_NAND);
}

static bool copy_row(struct xm *x, const struct mtk_scatter *s, const struct mtk_scatter_row *row,
                     struct xm_row *to)
{
    *to = (struct xm_row){0};
    struct xm_out name = xm_out_init(to->name, sizeof(to->name)),
                  file = xm_out_init(to->file, sizeof(to->file));
    xm_put(&name, "%s", row->name);
    if (row->is_download)
        xm_put(&file, "%s", row->file_name);
    to->user = in_user(phone_board(x->p), row);
    to->protect = row->operation == MTK_OP_PROTECTED;
    to->reserved = row->is_reserved;
    to->grows = row->operation == MTK_OP_NEEDRESIZE;
    if (name.over || file.over)
        return false;
    if (to->user &&
        mtk_scatter_resolve(s, row, ag_area_size(x->p, BOARD_USER), &to->start, &to->size, NULL) != 0)
        return false;
    to->full = to->size;
    return true;
}

/* The last row before the reserved ones has all the space there is. */
static void let_the_last_grow(struct xm_package *pk)
{
    struct xm_row *last = NULL;
    for (size_t i = 0; i < pk->n; i++) {
        struct xm_row *row = &pk->rows[i];
        if (!row->user)
            continue;
        if (!row->reserved) {
            last = row;
        } else {
            if (last && row->start > last->start + last->size) {
                last->full = row->start - last->start;
                last->grows = true;
            }
            return;
        }
    }
}

static bool convert(struct xm *x, const struct mtk_scatter *s, struct xm_package *out)
{
    for (out->n = 0; out->n < s->n_rows; out->n++) {
        if (out->n == MTK_SCATTER_MAX_ROWS || !copy_row(x, s, &s->rows[out->n], &out->rows[out->n]))
            return false;
    }
    let_the_last_grow(out);
    return true;
}

bool xm_get_scatter(struct xm *x, const char *source, struct xm_package *out)
{
    static const char *const words[] = {[BOARD_EMMC] = "EMMC", [BOARD_UFS] = "UFS", [BOARD_NAND] = "NAND"};
    size_t len;
    *out = (struct xm_package){0};
    if (xm_get_file(x, "scatter-file", source, MTK_SCATTER_MAX_BYTES, &x->file, &len) != XM_GOT_IT)
        return false;
    out->rows = phone_alloc(x->p, MTK_SCATTER_MAX_ROWS * sizeof(*out->rows));
    struct mtk_scatter *s = phone_alloc(x->p, sizeof(*s));
    bool good = mtk_scatter_parse((const char *)x->file.data, len, "scatter-file",
                                  words[phone_board(x->p)->storage], s, NULL) == 0;
    if (good) {
        good = convert(x, s, out);
        mtk_scatter_release(s);
    }
    phone_release(x->p, s);
    if (!good)
        xm_fail(x, "Scatter file is invalid.");
    return good;
}

/* ---- the phone's table ---- */

bool xm_read_table(struct xm *x, struct xm_package *pk)
{
    pk->table = phone_alloc(x->p, AG_PARTITIONS_MAX * sizeof(*pk->table));
    return ag_table(x->p, pk->table, AG_PARTITIONS_MAX, &pk->n_table) == AG_OK && pk->n_table;
}

const struct ag_partition *xm_table_row(const struct xm_package *pk, const char *name)
{
    for (size_t i = 0; i < pk->n_table; i++) {
        if (!pk->table[i].boot && strcmp(pk->table[i].name, name) == 0)
            return &pk->table[i];
    }
    return NULL;
}

bool xm_same_layout(const struct xm_package *pk)
{
    size_t n = 0;
    for (size_t i = 0; i < pk->n_table; i++)
        n += pk->table[i].boot; /* a PMT lists the preloader too */
    for (size_t i = 0; i < pk->n; i++) {
        const struct xm_row *row = &pk->rows[i];
        if (!row->user)
            continue;
        const struct ag_partition *have = xm_table_row(pk, row->name);
        if (!have || have->start != row->start ||
            (row->grows ? have->size < row->size : have->size != row->size))
            return false;
        n++;
    }
    return n == pk->n_table;
}

/* ---- a new table ---- */

/* What stands in front of the user area in the linear addresses of an eMMC's PMT (formats.md 3.5). */
static uint64_t linear_base(struct xm *x)
{
    static const enum board_area front[] = {BOARD_BOOT1, BOARD_BOOT2, BOARD_RPMB};
    const struct board *b = phone_board(x->p);
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(front) / sizeof(front[0]); i++)
        sum += b->storage == BOARD_EMMC && b->area[front[i]] ? flash_size(b->area[front[i]]) : 0;
    return sum;
}

/* Rows of the old table keep their ids; those in front of the user area stay as they are. */
static enum xm_result write_pmt(struct xm *x, const struct xm_package *pk)
{
    struct xm_package old = {0};
    struct ag_partition *rows = phone_alloc(x->p, AG_PARTITIONS_MAX * sizeof(*rows));
    size_t n = 0;
    xm_read_table(x, &old); /* none is as good as an empty one */
    for (size_t i = 0; i < old.n_table; i++) {
        if (old.table[i].boot)
            rows[n++] = old.table[i];
    }
    for (size_t i = 0; i < pk->n && n < AG_PARTITIONS_MAX; i++) {
        const struct xm_row *row = &pk->rows[i];
        if (!row->user)
            continue;
        const struct ag_partition *before = xm_table_row(&old, row->name);
        if (before)
            rows[n] = *before;
        struct xm_out name = xm_out_init(rows[n].name, sizeof(rows[n].name));
        xm_put(&name, "%s", row->name);
        rows[n].start = row->start;
        rows[n].linear = row->start + linear_base(x);
        rows[n++].size = row->full;
    }
    enum ag_result r = ag_table_write_pmt(x->p, rows, n);
    phone_release(x->p, rows);
    phone_release(x->p, old.table);
    return r == AG_OK ? XM_OK : xm_fail_storage(x, r, "PMT");
}

/* Both tables of a scatter into two pieces of phone memory of GPT_MAX bytes each. */
static bool make_gpt(struct xm *x, const struct xm_package *pk, struct mtk_gpt *g, uint8_t *to[2],
                     size_t len[2])
{
    uint8_t *made[2];
    for (size_t i = 0; i < pk->n; i++) {
        const struct xm_row *row = &pk->rows[i];
        if (!row->user)
            continue;
        if (g->n_entries == MTK_GPT_MAX_ENTRIES)
            return false;
        struct mtk_gpt_entry *e = &g->entries[g->n_entries++];
        struct xm_out name = xm_out_init(e->name, sizeof(e->name));
        xm_put(&name, "%s", row->name);
        e->start = row->start;
        e->size = row->full;
    }
    if (mtk_gpt_write(g, phone_board(x->p)->seed, &made[0], &len[0], &made[1], &len[1], NULL) != 0)
        return false;
    bool fits = len[0] <= GPT_MAX && len[1] <= GPT_MAX;
    for (size_t i = 0; i < 2; i++) {
        if (fits)
            memcpy(to[i], made[i], len[i]);
        free(made[i]);
    }
    return fits;
}

static enum xm_result store_table(struct xm *x, const char *name, uint64_t at, const uint8_t *data,
                                  size_t len)
{
    struct ag_place place;
    enum ag_result r = ag_place_range(x->p, BOARD_USER, at, len, &place);
    if (r != AG_OK)
        return xm_fail_storage(x, r, name);
    if (xm_erase_place(x, name, &place, len) != XM_OK)
        return XM_ERR;
    r = ag_write(x->p, &place, 0, data, len);
    return r == AG_OK ? XM_OK : xm_fail_storage(x, r, name);
}

enum xm_result xm_write_table(struct xm *x, const struct xm_package *pk)
{
    if (ag_table_is_pmt(x->p))
        return write_pmt(x, pk);
    uint64_t disk = ag_area_size(x->p, BOARD_USER);
    struct mtk_gpt g = {.block_size = board_block_size(phone_board(x->p)), .disk_size = disk};
    uint8_t *data[2] = {phone_buffer(x->p, GPT_MAX), phone_buffer(x->p, GPT_MAX)};
    size_t len[2];
    g.entries = phone_alloc(x->p, MTK_GPT_MAX_ENTRIES * sizeof(*g.entries));
    enum xm_result result = XM_ERR;
    if (!make_gpt(x, pk, &g, data, len))
        xm_fail(x, "Scatter file gives no valid partition table.");
    else if (store_table(x, "PGPT", 0, data[0], len[0]) == XM_OK)
        result = store_table(x, "SGPT", disk - len[1], data[1], len[1]);
    phone_release(x->p, g.entries);
    phone_release(x->p, data[0]);
    phone_release(x->p, data[1]);
    return result;
}
