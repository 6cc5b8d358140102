/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --mode format-all: every region but RPMB is erased, the table and the images are written, and what belongs to this one
 * phone comes back from a backup (formats.md 8.3, with the last column of the planner's table in 8.4). The boot areas come
 * last, right before the boot loader is written: up to then an interrupted session leaves a phone that can be talked to.
 */
#include <inttypes.h>
#include <string.h>

#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

#define WHY_SAVE  "holds data of this one phone, which is about to be erased"
#define WHY_ERASE "everything is erased"
#define WHY_BOOT  "erased right before its boot loader is written"
#define WHY_TABLE "the erased storage has no table"
#define WHY_BACK  "data of this one phone, from the backup"

struct format {
    const struct mtk_plan_input *in;
    struct mtk_plan *p;
    const struct mtk_area *user;
    bool boot; /* boot loaders are written */
};

/* ---- may it be done? ---- */

/* What has to come back must find a place of its own size. */
static int check_room(const struct format *f, const char *name, uint64_t size, struct mtk_error *err)
{
    const struct mtk_gpt_entry *e = mtk_gpt_find(&f->p->table, name);
    if (e && e->size == size)
        return 0;
    return mtk_fail(err, MTK_E_ERROR_DATA_LOST, MTK_EV_POLICY,
                    "%s has 0x%" PRIX64 " bytes that are only on this phone, the scatter gives it 0x%" PRIX64,
                    name, size, e ? e->size : 0);
}

static int check_identity(const struct format *f, struct mtk_error *err)
{
    const struct mtk_gpt *t = f->in->phone.table;
    const struct mtk_plan_backup *b = &f->in->backup;
    for (size_t i = 0; t && i < t->n_entries; i++)
        if (mtk_policy_identity(t->entries[i].name) && !mtk_plan_backed_up(b, t->entries[i].name, NULL) &&
            check_room(f, t->entries[i].name, t->entries[i].size, err) < 0)
            return -1;
    for (size_t i = 0; i < b->n; i++)
        if (mtk_policy_identity(b->names[i]) && check_room(f, b->names[i], b->sizes[i], err) < 0)
            return -1;
    return 0;
}

static int check(struct format *f, struct mtk_error *err)
{
    const struct mtk_plan_phone *ph = &f->in->phone;
    if (!f->in->backup.named)
        return mtk_fail(err, MTK_E_MTK_BACKUP_NEEDED, MTK_EV_POLICY,
                        "--mode format-all erases nvram and everything else that is only on this phone: name "
                        "a folder with --backup");
    if (!ph->table && !ph->blank && !f->in->backup.n)
        return mtk_fail(
            err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
            "the phone's partition table is damaged, so nothing says where nvram is and it cannot "
            "be saved; a backup from before would do");
    return mtk_plan_check_boots(f->in->scatter, f->p, &f->boot, err) < 0 ? -1 : check_identity(f, err);
}

/* ---- steps ---- */

static int step(struct format *f, enum mtk_action action, const char *name, const char *area, uint64_t start,
                uint64_t size, const char *why, struct mtk_error *err)
{
    struct mtk_plan_step s = {.action = action, .area = area, .start = start, .size = size, .why = why};
    if (mtk_plan_item_for(f->in, f->p, name, &s.item, err) < 0)
        return -1;
    if (action == MTK_DO_RESTORE) {
        f->p->items[s.item].start = start;
        f->p->items[s.item].size = size;
    }
    return mtk_plan_add_step(f->p, s, err);
}

static int saves(struct format *f, struct mtk_error *err)
{
    const struct mtk_gpt *t = f->in->phone.table;
    for (size_t i = 0; t && i < t->n_entries; i++) {
        const struct mtk_gpt_entry *e = &t->entries[i];
        if (mtk_policy_identity(e->name) && !mtk_plan_backed_up(&f->in->backup, e->name, NULL) &&
            step(f, MTK_DO_SAVE, e->name, f->user->name, e->start, e->size, WHY_SAVE, err) < 0)
            return -1;
    }
    return 0;
}

/* First byte behind the boot loader's own partition of a NAND; 0 where boot loaders have areas of their own. */
static uint64_t boot_end(const struct format *f)
{
    uint64_t end = 0;
    for (size_t i = 0; strcmp(f->user->name, "nand") == 0 && i < f->in->scatter->n_rows; i++) {
        const struct mtk_scatter_row *row = &f->in->scatter->rows[i];
        uint64_t start, size;
        if (mtk_row_is_boot(row) &&
            mtk_scatter_resolve(f->in->scatter, row, f->user->size, &start, &size, NULL) == 0 &&
            start + size > end)
            end = start + size;
    }
    return end;
}

static int erase_boots(struct format *f, struct mtk_error *err)
{
    static const char *const areas[] = {"boot1", "boot2", "lu0", "lu1"};
    uint64_t end = boot_end(f);
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        const struct mtk_area *a = mtk_plan_area(&f->in->phone, areas[i]);
        if (a && a->size && step(f, MTK_DO_ERASE, areas[i], areas[i], 0, a->size, WHY_BOOT, err) < 0)
            return -1;
    }
    return end ? step(f, MTK_DO_ERASE, "preloader-area", f->user->name, 0, end, WHY_BOOT, err) : 0;
}

/* Everything of this one phone comes back as soon as the table says where to. */
static int restores(struct format *f, struct mtk_error *err)
{
    for (size_t i = 0; i < f->p->table.n_entries; i++) {
        const struct mtk_gpt_entry *e = &f->p->table.entries[i];
        const struct mtk_gpt *t = f->in->phone.table;
        bool had = mtk_plan_backed_up(&f->in->backup, e->name, NULL) || (t && mtk_gpt_find(t, e->name));
        if (mtk_policy_identity(e->name) && had &&
            step(f, MTK_DO_RESTORE, e->name, f->user->name, e->start, e->size, WHY_BACK, err) < 0)
            return -1;
    }
    return 0;
}

/* Images in their order; before the first boot loader the boot areas are erased. */
static int writes(struct format *f, struct mtk_error *err)
{
    struct mtk_plan rest = {0};
    if (mtk_plan_writes(f->p, err) < 0)
        return -1;
    size_t first = f->p->n_steps;
    while (first > 0 && f->p->steps[first - 1].action == MTK_DO_WRITE &&
           f->p->items[f->p->steps[first - 1].item].boot_region)
        first--;
    for (size_t i = first; i < f->p->n_steps; i++) {
        if (mtk_plan_add_step(&rest, f->p->steps[i], err) < 0) {
            mtk_plan_release(&rest);
            return -1;
        }
    }
    f->p->n_steps = first;
    int rc = f->boot ? erase_boots(f, err) : 0;
    for (size_t i = 0; rc == 0 && i < rest.n_steps; i++)
        rc = mtk_plan_add_step(f->p, rest.steps[i], err);
    mtk_plan_release(&rest);
    return rc;
}

static int all_steps(struct format *f, struct mtk_error *err)
{
    uint64_t from = boot_end(f);
    if (from > f->user->size)
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                        "the boot loader's partition does not fit");
    if (saves(f, err) < 0 ||
        step(f, MTK_DO_ERASE, f->user->name, f->user->name, from, f->user->size - from, WHY_ERASE, err) < 0 ||
        mtk_plan_table_step(f->in, f->p, false, WHY_TABLE, err) < 0 || restores(f, err) < 0 ||
        mtk_plan_places(f->in, f->p, &f->p->table, true, err) < 0 || writes(f, err) < 0)
        return -1;
    return mtk_plan_table_step(f->in, f->p, true, WHY_TABLE, err);
}

int mtk_plan_format_all(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err)
{
    struct format f = {.in = in, .p = p};
    const char *user = mtk_storage_user_area(in->phone.storage);
    f.user = mtk_plan_area(&in->phone, user);
    if (!f.user)
        return mtk_fail(err, MTK_E_ERROR_PMT_UNAVAILABLE, MTK_EV_POLICY, "the phone has no area %s", user);
    if (mtk_layout_target(in->scatter, user, f.user->size, in->phone.block, in->phone.erase, in->phone.table,
                          &p->table, err) < 0 ||
        check(&f, err) < 0)
        return -1;
    return all_steps(&f, err);
}
