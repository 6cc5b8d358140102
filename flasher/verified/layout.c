/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

struct compare {
    const struct mtk_scatter *s;
    const struct mtk_gpt *gpt;
    const char *area;
    const struct mtk_sink *sink;
    struct mtk_layout_result *out;
    const struct mtk_scatter_row *last; /* the partition that grows */
};

static bool in_area(const struct mtk_scatter_row *row, const char *area)
{
    const char *a = mtk_region_area(row->region);
    return a && strcmp(a, area) == 0;
}

/* The row that takes what is left of the storage: the last one that is not reserved, or one that says so itself. */
static const struct mtk_scatter_row *growable(const struct mtk_scatter *s, const char *area)
{
    const struct mtk_scatter_row *last = NULL;
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *r = &s->rows[i];
        if (r->is_reserved || !in_area(r, area))
            continue;
        if (r->operation == MTK_OP_NEEDRESIZE)
            return r;
        if (!last || r->physical_start >= last->physical_start)
            last = r;
    }
    return last;
}

static void differs(struct compare *c, const char *partition, const char *field, uint64_t scatter,
                    uint64_t phone, bool fatal)
{
    struct mtk_event ev = {
        .kind = MTK_EVENT_DIFFERENCE,
        .u.difference = {
            .partition = partition, .field = field, .scatter = scatter, .phone = phone, .fatal = fatal}};
    if (fatal && !c->out->fatal)
        snprintf(c->out->first, sizeof(c->out->first), "%s", partition);
    c->out->fatal += fatal;
    c->out->harmless += !fatal;
    mtk_emit(c->sink, &ev);
}

static void compare_row(struct compare *c, const struct mtk_scatter_row *row)
{
    const struct mtk_gpt_entry *e = mtk_gpt_find(c->gpt, row->name);
    bool harmless = row->is_reserved || row->operation == MTK_OP_RESERVED;
    uint64_t start = 0, size = 0;
    if (mtk_scatter_resolve(c->s, row, c->gpt->disk_size, &start, &size, NULL) < 0) {
        /* It does not fit on this storage at all. A reserved row only says how much the others leave free. */
        differs(c, row->name, "size", row->size, e ? e->size : 0, !harmless);
        return;
    }
    if (!e) {
        /* otp, flashinfo and the like need not be in the phone's table: nothing is amiss if they are not. */
        if (!harmless)
            differs(c, row->name, "missing", start, 0, true);
        return;
    }
    if (e->start != start)
        differs(c, row->name, "start", start, e->start, !harmless);
    /* A size of 0 stands for the rest of the storage, and the phone decides how much that is. */
    if (e->size == size || (row->size == 0 && row == c->last))
        return;
    bool grown = row == c->last && e->size > size;
    c->out->grown |= grown;
    differs(c, row->name, "size", size, e->size, !harmless && !grown);
}

void mtk_layout_compare(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                        const struct mtk_sink *sink, struct mtk_layout_result *out)
{
    struct compare c = {
        .s = s, .gpt = gpt, .area = area, .sink = sink, .out = out, .last = growable(s, area)};
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->rows[i].name[0] && in_area(&s->rows[i], area) && !mtk_policy_table(s->rows[i].name))
            compare_row(&c, &s->rows[i]);
    for (size_t i = 0; i < gpt->n_entries; i++)
        if (!mtk_policy_table(gpt->entries[i].name) && !mtk_scatter_find(s, gpt->entries[i].name))
            differs(&c, gpt->entries[i].name, "extra", 0, gpt->entries[i].start, true);
}

/* ---- the corrected scatter ---- */

/* Makes a partition that only the phone has into a row: visible in the table, never written. */
static void extra_row(const struct mtk_scatter *s, const struct mtk_gpt_entry *e, const char *region,
                      struct mtk_scatter_row *row)
{
    memset(row, 0, sizeof(*row));
    snprintf(row->name, sizeof(row->name), "%.63s", e->name);
    strcpy(row->type, "NORMAL_ROM");
    row->linear_start = row->physical_start = e->start;
    row->size = e->size;
    snprintf(row->region, sizeof(row->region), "%s", region);
    snprintf(row->storage, sizeof(row->storage), "HW_STORAGE_%.12s", s->storage);
    row->boundary_check = true;
    row->operation = MTK_OP_INVISIBLE;
    strcpy(row->operation_text, "INVISIBLE");
}

/* Where a row of a region belongs if nothing of it lies lower: before its reserved rows. */
static size_t first_place(const struct mtk_scatter *out, const char *region)
{
    size_t k = 0;
    while (k < out->n_rows && !(out->rows[k].is_reserved && strcmp(out->rows[k].region, region) == 0))
        k++;
    return k;
}

/* Puts a row where its address belongs: behind the last row of its region that lies lower. */
static void insert(struct mtk_scatter *out, const struct mtk_scatter_row *row)
{
    size_t k = first_place(out, row->region);
    for (size_t i = 0; i < out->n_rows; i++)
        if (strcmp(out->rows[i].region, row->region) == 0 && !out->rows[i].is_reserved &&
            out->rows[i].physical_start <= row->physical_start)
            k = i + 1;
    memmove(&out->rows[k + 1], &out->rows[k], (out->n_rows - k) * sizeof(*row));
    out->rows[k] = *row;
    out->n_rows++;
}

/* Rows that stay in their order; those of the user area get the phone's places and are inserted by them. */
static void correct_rows(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                         struct mtk_scatter *out)
{
    const char *region = strcmp(area, "lu2") == 0 ? "UFS_LU2" : "EMMC_USER";
    for (size_t i = 0; i < s->n_rows; i++)
        if (!in_area(&s->rows[i], area) || s->rows[i].is_reserved || mtk_policy_table(s->rows[i].name))
            out->rows[out->n_rows++] = s->rows[i];
    for (size_t i = 0; i < gpt->n_entries; i++) {
        const struct mtk_scatter_row *had = mtk_scatter_find(s, gpt->entries[i].name);
        struct mtk_scatter_row row;
        if (had && (had->is_reserved || mtk_policy_table(had->name)))
            continue;
        if (had) {
            row = *had;
            row.linear_start = row.physical_start = gpt->entries[i].start;
            row.size = gpt->entries[i].size;
        } else {
            extra_row(s, &gpt->entries[i], region, &row);
        }
        insert(out, &row);
    }
}

int mtk_layout_correct(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                       struct mtk_scatter *out, struct mtk_error *err)
{
    *out = *s;
    out->n_rows = 0;
    out->rows = calloc(s->n_rows + gpt->n_entries + 1, sizeof(*out->rows));
    if (!out->rows)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    correct_rows(s, gpt, area, out);
    if (out->n_rows <= MTK_SCATTER_MAX_ROWS)
        return 0;
    mtk_scatter_release(out);
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                    "the phone has more partitions than a scatter can name");
}
