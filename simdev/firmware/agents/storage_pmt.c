/* SPDX-License-Identifier: Apache-2.0 */
/* MediaTek's own partition table, on eMMC and NAND, as agents read and write it. formats.md 4.3. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/pmt.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/storage_internal.h"

#define SEARCH_PIECE (MTK_PMT_SEARCH_END / 10) /* what is fetched from eMMC at a time */
#define BLOCKS_BYTES (MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK)

/* Offset at which a PMT has the user area begin: what eMMC phones have in front of it (3.5). */
static uint64_t linear_base(const struct board *b)
{
    uint64_t base = 0;
    for (enum board_area a = BOARD_BOOT1; b->storage == BOARD_EMMC && a < BOARD_USER; a++)
        base += b->area[a] ? flash_size(b->area[a]) : 0;
    return base;
}

/* Rows of a parsed table. The last one may say 0 for "the rest"; what leaves the storage is passed over. */
static size_t take_rows(struct mtksim *p, const struct mtk_pmt *t, struct ag_partition *rows, size_t max)
{
    uint64_t base = linear_base(phone_board(p)), user = ag_area_size(p, BOARD_USER);
    size_t n = 0;
    for (size_t i = 0; i < t->n && n < max; i++) {
        const struct mtk_pmt_entry *e = &t->entries[i];
        struct ag_partition row = {.linear = e->offset, .part_id = e->part_id, .mask = e->mask};
        row.boot = e->offset < base;
        row.start = row.boot ? e->offset : e->offset - base;
        uint64_t end = row.boot ? base : user;
        row.rest = !e->size && i + 1 == t->n && row.start <= end;
        row.size = row.rest ? end - row.start : e->size;
        if (!row.size || !range_fits(row.start, row.size, end))
            continue;
        memcpy(row.name, e->name, sizeof(e->name));
        rows[n++] = row;
    }
    return n;
}

/* ---- eMMC ---- */

/* What of the user area has been fetched. The parser works on that, so that no fault can happen in the middle of it. */
struct window {
    const uint8_t *data;
    uint64_t len;
    bool missed;
};

static int read_window(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct window *w = ctx;
    (void)err;
    w->missed = !range_fits(offset, len, w->len);
    if (w->missed)
        return -1;
    memcpy(buf, w->data + offset, len);
    return 0;
}

/* Fetches as much of the user area as is needed to find the table, which mostly stands at its beginning. */
static enum ag_result find_emmc(struct mtksim *p, struct mtk_pmt *out)
{
    uint64_t user = ag_area_size(p, BOARD_USER);
    uint64_t end = user < MTK_PMT_SEARCH_END ? user : MTK_PMT_SEARCH_END;
    uint8_t *data = phone_buffer(p, (size_t)end);
    struct window w = {.data = data, .missed = true};
    enum ag_result r = AG_NO_TABLE;
    while (w.missed && w.len < end) {
        size_t n = end - w.len < SEARCH_PIECE ? (size_t)(end - w.len) : SEARCH_PIECE;
        if (phone_flash_read(p, BOARD_USER, w.len, data + w.len, n) != 0)
            break;
        w.len += n;
        w.missed = false;
        if (mtk_pmt_read_emmc(read_window, &w, user, out, NULL) == 0)
            r = AG_OK;
    }
    phone_release(p, data);
    return r;
}

static enum ag_result read_emmc(struct mtksim *p, struct ag_partition *rows, size_t max, size_t *n,
                                uint64_t *at)
{
    struct mtk_pmt t;
    enum ag_result r = find_emmc(p, &t);
    if (r != AG_OK)
        return r;
    *n = take_rows(p, &t, rows, max);
    *at = t.from_mirror ? MTK_PMT_SEARCH_FROM : t.at;
    mtk_pmt_release(&t);
    return AG_OK;
}

/* Mirror first: whoever is cut off in between has one of the two. */
static enum ag_result write_emmc(struct mtksim *p, const struct mtk_pmt *t)
{
    struct ag_partition *rows = phone_alloc(p, AG_PARTITIONS_MAX * sizeof(*rows));
    uint64_t at = MTK_PMT_SEARCH_FROM;
    size_t n;
    read_emmc(p, rows, AG_PARTITIONS_MAX, &n, &at);
    phone_release(p, rows);
    uint8_t *blocks = phone_buffer(p, BLOCKS_BYTES);
    enum ag_result r = AG_OK;
    for (int mirror = 1; mirror >= 0 && r == AG_OK; mirror--) {
        int k = mtk_pmt_blocks_emmc(t, mirror, 1, blocks);
        size_t len = k > 0 ? (size_t)k * MTK_PMT_BLOCK : 0;
        if (!len)
            r = AG_TOO_LARGE;
        else if (phone_flash_write(p, BOARD_USER, at + (mirror ? len : 0), blocks, len) != 0)
            r = AG_MEDIA;
    }
    phone_release(p, blocks);
    return r;
}

/* ---- NAND ---- */

static enum ag_result read_nand(struct mtksim *p, bool mirror, struct ag_partition *rows, size_t max,
                                size_t *n, uint8_t *sequence)
{
    struct board *b = phone_board(p);
    uint32_t page, pages;
    struct mtk_pmt t;
    if (!nand_table_find(b, ag_nand_map(p), mirror, &page, &pages, sequence))
        return AG_NO_TABLE;
    uint64_t at =
        (uint64_t)nand_table_block(b, mirror) * nand_block_bytes(b) + (uint64_t)page * b->nand.page_size;
    size_t len = (size_t)pages * b->nand.page_size;
    size_t entries = (len - NAND_TABLE_HEAD) / MTK_PMT_STRIDE_V3 * MTK_PMT_STRIDE_V3;
    uint8_t *data = phone_buffer(p, len);
    enum ag_result r = ag_nand_read(p, false, at, data, len);
    if (r == AG_OK && mtk_pmt_parse(data + NAND_TABLE_HEAD, entries, MTK_PMT_STRIDE_V3, 0, &t, NULL) == 0) {
        *n = take_rows(p, &t, rows, max);
        mtk_pmt_release(&t);
    } else {
        r = AG_NO_TABLE;
    }
    phone_release(p, data);
    return r;
}

/* One copy: its block is erased and holds the new version alone. */
static enum ag_result write_nand_copy(struct mtksim *p, bool mirror, uint8_t sequence, const uint8_t *entries,
                                      size_t len)
{
    struct board *b = phone_board(p);
    uint32_t block = nand_table_block(b, mirror), bytes = nand_block_bytes(b);
    size_t pages = nand_table_pages(b, len);
    uint64_t page = (uint64_t)block * b->nand.pages_per_block + nand_table_page(b, mirror, pages);
    uint8_t head[NAND_TABLE_HEAD], spare[MTK_PMT_SPARE_LEN];
    nand_table_head(mirror, head);
    mtk_pmt_spare(mirror, sequence, spare);
    enum ag_result r = ag_nand_erase(p, false, (uint64_t)block * bytes, bytes);
    if (r == AG_OK)
        r = ag_nand_write(p, false, page * b->nand.page_size, head, sizeof(head));
    if (r == AG_OK)
        r = ag_nand_write(p, false, page * b->nand.page_size + sizeof(head), entries, len);
    for (size_t i = 0; i < pages && r == AG_OK; i++) {
        if (nand_write_spare(b, ag_nand_map(p), page + i, spare, sizeof(spare)) != 0)
            r = AG_MEDIA;
    }
    return r;
}

static enum ag_result write_nand(struct mtksim *p, const struct mtk_pmt *t)
{
    struct ag_partition *rows = phone_alloc(p, AG_PARTITIONS_MAX * sizeof(*rows));
    uint8_t sequence = 0;
    size_t n, len;
    if (read_nand(p, false, rows, AG_PARTITIONS_MAX, &n, &sequence) != AG_OK)
        read_nand(p, true, rows, AG_PARTITIONS_MAX, &n, &sequence);
    phone_release(p, rows);
    uint8_t *made = mtk_pmt_write(t, MTK_PMT_STRIDE_V3, 0, &len);
    if (!made)
        return AG_TOO_LARGE;
    uint8_t *entries = phone_buffer(p, len); /* the phone's memory: what comes now may never return */
    memcpy(entries, made, len);
    free(made);
    enum ag_result r = AG_OK;
    for (int mirror = 1; mirror >= 0 && r == AG_OK; mirror--)
        r = write_nand_copy(p, mirror, (uint8_t)(sequence + 1), entries, len);
    phone_release(p, entries);
    return r;
}

/* ---- either ---- */

enum ag_result ag_pmt_read(struct mtksim *p, struct ag_partition *rows, size_t max, size_t *n)
{
    uint64_t at;
    uint8_t sequence;
    *n = 0;
    if (phone_board(p)->storage == BOARD_EMMC)
        return read_emmc(p, rows, max, n, &at);
    if (read_nand(p, false, rows, max, n, &sequence) == AG_OK)
        return AG_OK;
    return read_nand(p, true, rows, max, n, &sequence);
}

enum ag_result ag_table_write_pmt(struct mtksim *p, const struct ag_partition *rows, size_t n)
{
    if (!ag_has_storage(p))
        return AG_NO_STORAGE;
    if (!ag_table_is_pmt(p))
        return AG_NO_TABLE;
    if (!n || n > MTK_PMT_FLASH_MAX)
        return AG_TOO_LARGE;
    struct mtk_pmt t = {.stride = MTK_PMT_STRIDE_V3, .n = n};
    t.entries = phone_alloc(p, n * sizeof(*t.entries));
    for (size_t i = 0; i < n; i++) {
        struct mtk_pmt_entry *e = &t.entries[i];
        memcpy(e->name, rows[i].name, strnlen(rows[i].name, sizeof(e->name) - 1));
        e->size = rows[i].size;
        e->offset = rows[i].linear;
        e->part_id = rows[i].part_id;
        e->mask = rows[i].mask;
    }
    enum ag_result r = phone_board(p)->storage == BOARD_NAND ? write_nand(p, &t) : write_emmc(p, &t);
    phone_release(p, t.entries);
    return r;
}
