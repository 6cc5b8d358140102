/* SPDX-License-Identifier: Apache-2.0 */
/* The partition table that a scatter asks for on a phone, see layout.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

struct target {
    const struct mtk_scatter *s;
    const char *area;
    const struct mtk_gpt *now;
    struct mtk_gpt *out;
    uint32_t unit;
    bool gpt;  /* its second copy takes the last blocks of the storage */
    bool lean; /* without reserved rows that the phone's table does not have */
};

static bool overlap(const struct mtk_gpt_entry *a, const struct mtk_gpt_entry *b)
{
    return a->start < b->start + b->size && b->start < a->start + a->size;
}

static void add(struct target *t, const char *name, uint64_t start, uint64_t size)
{
    const struct mtk_gpt_entry *had = t->now ? mtk_gpt_find(t->now, name) : NULL;
    struct mtk_gpt_entry *e = &t->out->entries[t->out->n_entries++];
    *e = (struct mtk_gpt_entry){.start = start, .size = size, .attributes = had ? had->attributes : 0};
    snprintf(e->name, sizeof(e->name), "%s", name);
}

static int add_row(struct target *t, const struct mtk_scatter_row *row, struct mtk_error *err)
{
    const struct mtk_gpt_entry *had = t->now ? mtk_gpt_find(t->now, row->name) : NULL;
    uint64_t start, size;
    if (had && (row->is_reserved || row->operation == MTK_OP_RESERVED)) {
        add(t, row->name, had->start, had->size);
        return 0;
    }
    if (t->lean && !had && (row->is_reserved || row->operation == MTK_OP_RESERVED))
        return 0;
    if (mtk_scatter_resolve(t->s, row, t->out->disk_size, &start, &size, err) < 0)
        return -1;
    if (size)
        add(t, row->name, start, size);
    return 0;
}

/*
 * Where the partition that grows has to end: at the next one, or where a table's second copy begins, and before rows that
 * the scatter reserves (reserved) although no table has them.
 */
static uint64_t room_end(const struct target *t, const struct mtk_gpt_entry *e, bool reserved)
{
    uint64_t end = t->out->disk_size;
    if (t->gpt && end > mtk_table_bytes(t->out->block_size))
        end -= mtk_table_bytes(t->out->block_size) - t->out->block_size;
    for (size_t i = 0; reserved && i < t->s->n_rows; i++) {
        const struct mtk_scatter_row *row = &t->s->rows[i];
        const char *a = mtk_region_area(row->region);
        uint64_t start, size;
        if (row->is_reserved && a && strcmp(a, t->area) == 0 &&
            mtk_scatter_resolve(t->s, row, t->out->disk_size, &start, &size, NULL) == 0 && start < end)
            end = start;
    }
    for (size_t i = 0; i < t->out->n_entries; i++)
        if (t->out->entries[i].start > e->start && t->out->entries[i].start < end)
            end = t->out->entries[i].start;
    return end;
}

static void grow(struct target *t)
{
    const struct mtk_scatter_row *row = mtk_layout_growable(t->s, t->area);
    struct mtk_gpt_entry *e = row ? (struct mtk_gpt_entry *)mtk_gpt_find(t->out, row->name) : NULL;
    const struct mtk_gpt_entry *had = row && t->now ? mtk_gpt_find(t->now, row->name) : NULL;
    if (!e)
        return;
    /*
     * The phone has grown it already: the same partition. What is reserved behind it is the phone's business then: the
     * size that an agent reports of a NAND may leave out the pool of blocks that a scatter reserves at its end.
     */
    if (had && had->start == e->start && had->size >= e->size &&
        had->start + had->size <= room_end(t, e, false)) {
        e->size = had->size;
        return;
    }
    uint64_t end = room_end(t, e, true);
    end -= end % (t->unit ? t->unit : 1);
    if (end > e->start + e->size)
        e->size = end - e->start;
}

/* Nobody can make again what is only on this phone, so a scatter that has forgotten it does not remove it. */
static int keep_strangers(struct target *t, struct mtk_error *err)
{
    size_t known = t->out->n_entries;
    for (size_t i = 0; t->now && i < t->now->n_entries; i++) {
        const struct mtk_gpt_entry *e = &t->now->entries[i];
        if (!mtk_policy_identity(e->name) || mtk_gpt_find(t->out, e->name))
            continue;
        for (size_t k = 0; k < known; k++)
            if (overlap(e, &t->out->entries[k]))
                return mtk_fail(err, MTK_E_ERROR_DATA_LOST, MTK_EV_POLICY,
                                "the scatter does not have %s, which holds data of this one phone, and puts "
                                "%s where it is",
                                e->name, t->out->entries[k].name);
        add(t, e->name, e->start, e->size);
    }
    return 0;
}

static int by_start(const void *a, const void *b)
{
    uint64_t x = ((const struct mtk_gpt_entry *)a)->start, y = ((const struct mtk_gpt_entry *)b)->start;
    return x < y ? -1 : x > y;
}

static int check_overlap(const struct mtk_gpt *g, struct mtk_error *err)
{
    for (size_t i = 1; i < g->n_entries; i++)
        if (overlap(&g->entries[i - 1], &g->entries[i]))
            return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                            "%s and %s would overlap on this phone", g->entries[i - 1].name,
                            g->entries[i].name);
    return 0;
}

static int fill(struct target *t, struct mtk_error *err)
{
    for (size_t i = 0; i < t->s->n_rows; i++)
        if (mtk_row_in_table(&t->s->rows[i], t->area) && add_row(t, &t->s->rows[i], err) < 0)
            return -1;
    grow(t);
    if (keep_strangers(t, err) < 0)
        return -1;
    if (t->out->n_entries)
        qsort(t->out->entries, t->out->n_entries, sizeof(*t->out->entries), by_start);
    return check_overlap(t->out, err);
}

int mtk_layout_target(const struct mtk_scatter *s, const char *area, uint64_t size, uint32_t block,
                      uint32_t unit, const struct mtk_gpt *now, struct mtk_gpt *out, struct mtk_error *err)
{
    struct target t = {.s = s, .area = area, .now = now, .out = out, .unit = unit};
    t.gpt = strcmp(area, "nand") != 0;
    t.lean = now && now->n_entries;
    *out = (struct mtk_gpt){.block_size = block, .disk_size = size};
    out->entries = calloc(s->n_rows + (now ? now->n_entries : 0) + 1, sizeof(*out->entries));
    if (!out->entries)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    /* What a scatter reserves and a phone's table leaves out is no reason to make a new table. */
    if (t.lean && fill(&t, NULL) == 0 && mtk_layout_same(out, now))
        return 0;
    t.lean = false;
    out->n_entries = 0;
    if (fill(&t, err) == 0)
        return 0;
    mtk_gpt_release(out);
    return -1;
}

bool mtk_layout_same(const struct mtk_gpt *a, const struct mtk_gpt *b)
{
    if (a->n_entries != b->n_entries)
        return false;
    for (size_t i = 0; i < a->n_entries; i++) {
        const struct mtk_gpt_entry *e = mtk_gpt_find(b, a->entries[i].name);
        if (!e || e->start != a->entries[i].start || e->size != a->entries[i].size)
            return false;
    }
    return true;
}
