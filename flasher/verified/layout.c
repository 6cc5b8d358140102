/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/layout.h"

#include <stdio.h>
#include <string.h>

#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"

struct compare {
    const struct mtk_scatter *s;
    const struct mtk_gpt *gpt;
    const char *area;
    const struct mtk_sink *sink;
    struct mtk_layout_result *out;
    const struct mtk_scatter_row *last; /* the partition that grows */
};

const struct mtk_scatter_row *mtk_layout_growable(const struct mtk_scatter *s, const char *area)
{
    const struct mtk_scatter_row *last = NULL;
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *r = &s->rows[i];
        if (r->is_reserved || !mtk_row_in_table(r, area))
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
        /* otp, flashinfo and the like need not be in the phone's table, nor the boot loader of a NAND. */
        if (!harmless && !mtk_row_is_boot(row))
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
        .s = s, .gpt = gpt, .area = area, .sink = sink, .out = out, .last = mtk_layout_growable(s, area)};
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < s->n_rows; i++)
        if (mtk_row_in_table(&s->rows[i], area))
            compare_row(&c, &s->rows[i]);
    for (size_t i = 0; i < gpt->n_entries; i++)
        if (!mtk_policy_table(gpt->entries[i].name) && !mtk_scatter_find(s, gpt->entries[i].name))
            differs(&c, gpt->entries[i].name, "extra", 0, gpt->entries[i].start, true);
}
