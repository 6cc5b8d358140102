/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --mode upgrade: the decision table of formats.md 8.4, phases in its order: check everything, save, erase, table, write,
 * restore. Two things are stricter than there, by its own warnings (section 10): names are exact, and partitions with data
 * of this one phone are kept whatever the scatter calls them.
 */
#include <inttypes.h>
#include <string.h>

#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

#define WHY_SAVE     "holds data of this one phone"
#define WHY_MOVED    "lies elsewhere in the new layout"
#define WHY_BACK     "what was saved belongs to its new place"
#define WHY_CONTENT  "is erased before it is written"
#define WHY_INVIS    "the firmware makes it anew at its first start"
#define WHY_NEW      "is not on the phone yet: its place is cleared"
#define WHY_OLD      "its old place"
#define WHY_STRANGER "the scatter does not have it"
#define WHY_TABLE    "the layout of the scatter is not that of the phone"
#define WHY_LOST     "it lies among what is erased"

struct upgrade {
    const struct mtk_plan_input *in;
    struct mtk_plan *p;
    const char *user;
    bool new_layout;
};

/* What one row is about. */
struct place {
    const struct mtk_gpt_entry *dev, *want; /* on the phone, in the target table; NULL if not there */
    bool enabled;                           /* its image is written */
    bool changed;
};

/* How a row is treated: by its operation, unless its name says that it must be kept. */
enum treatment { LEAVE, BOOT, UPDATE, CLEAR, KEEP, UNKNOWN };

static enum treatment treatment_of(const struct upgrade *u, const struct mtk_scatter_row *row)
{
    static const enum treatment by_operation[] = {
        [MTK_OP_BOOTLOADERS] = BOOT,  [MTK_OP_UPDATE] = UPDATE,   [MTK_OP_INVISIBLE] = CLEAR,
        [MTK_OP_PROTECTED] = KEEP,    [MTK_OP_RESERVED] = LEAVE,  [MTK_OP_BINREGION] = KEEP,
        [MTK_OP_NEEDRESIZE] = UPDATE, [MTK_OP_UNKNOWN] = UNKNOWN,
    };
    if (!row->name[0] || mtk_policy_table(row->name))
        return LEAVE;
    if (mtk_row_is_boot(row) || row->operation == MTK_OP_BOOTLOADERS)
        return BOOT;
    if (!mtk_row_in_table(row, u->user))
        return LEAVE; /* rpmb and general purpose areas: nothing in them is ever touched */
    if (row->operation == MTK_OP_RESERVED || row->is_reserved)
        return LEAVE;
    return mtk_policy_identity(row->name) ? KEEP : by_operation[row->operation];
}

static struct place place_of(const struct upgrade *u, const char *name)
{
    struct place at = {.dev = mtk_gpt_find(u->in->phone.table, name),
                       .want = mtk_gpt_find(&u->p->table, name)};
    size_t k = mtk_plan_find(u->p, name);
    at.enabled = k != MTK_NO_ITEM && u->p->items[k].row;
    at.changed = at.dev && (!at.want || at.dev->start != at.want->start || at.dev->size != at.want->size);
    return at;
}

/* ---- phase 0: every row is checked before anything is done ---- */

static int must_enable(const char *name, const char *why, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_ERROR_ROM_MUST_ENABLE, MTK_EV_POLICY,
                    "%s is not written by this upgrade, but %s", name, why);
}

static int check_update(const struct mtk_scatter_row *row, const struct place *at, struct mtk_error *err)
{
    if (at->enabled)
        return 0;
    if (!at->dev)
        return must_enable(row->name, "the phone does not have it", err);
    return at->changed ? must_enable(row->name, "its place on the phone changes", err) : 0;
}

static int check_keep(const struct upgrade *u, const struct mtk_scatter_row *row, const struct place *at,
                      struct mtk_error *err)
{
    if (!at->dev || !at->dev->size || !at->changed)
        return 0;
    if (!at->want || at->want->size != at->dev->size)
        return mtk_fail(err, MTK_E_ERROR_DATA_LOST, MTK_EV_POLICY,
                        "%s has 0x%" PRIX64 " bytes on the phone and 0x%" PRIX64
                        " in the scatter: what is in it would be lost",
                        row->name, at->dev->size, at->want ? at->want->size : 0);
    if (u->in->backup.named)
        return 0;
    return mtk_fail(err, MTK_E_MTK_BACKUP_NEEDED, MTK_EV_POLICY,
                    "%s has to move from 0x%" PRIX64 " to 0x%" PRIX64 ": name a folder with --backup",
                    row->name, at->dev->start, at->want->start);
}

/* A boot loader that is not written must be at home already. */
static int check_boot(const struct upgrade *u, const struct mtk_scatter_row *row, const struct place *at,
                      struct mtk_error *err)
{
    const char *area = mtk_region_area(row->region);
    if (at->enabled)
        return 0;
    if (!mtk_plan_area(&u->in->phone, area) || row->physical_start)
        return must_enable(row->name, "the phone does not have its place", err);
    return at->changed ? must_enable(row->name, "its place on the phone changes", err) : 0;
}

static int check_row(const struct upgrade *u, const struct mtk_scatter_row *row, struct mtk_error *err)
{
    const struct place at = place_of(u, row->name);
    switch (treatment_of(u, row)) {
    case BOOT:
        return check_boot(u, row, &at, err);
    case UPDATE:
        return check_update(row, &at, err);
    case KEEP:
        return check_keep(u, row, &at, err);
    case UNKNOWN:
        return mtk_fail(err, MTK_E_ERROR_UNKNOWN_ROM, MTK_EV_POLICY,
                        "nobody knows what operation %s of %s (line %u of the scatter) is",
                        row->operation_text, row->name, row->line);
    case LEAVE:
    case CLEAR:
        break;
    }
    return 0;
}

int mtk_plan_check_boots(const struct mtk_scatter *s, const struct mtk_plan *p, bool *enabled,
                         struct mtk_error *err)
{
    unsigned n = 0, on = 0;
    for (size_t i = 0; i < s->n_rows; i++) {
        if (!s->rows[i].name[0] ||
            !(mtk_row_is_boot(&s->rows[i]) || s->rows[i].operation == MTK_OP_BOOTLOADERS))
            continue;
        size_t k = mtk_plan_find(p, s->rows[i].name);
        n++;
        on += k != MTK_NO_ITEM;
        if (n > 2)
            return mtk_fail(err, MTK_E_ERROR_UNKNOWN_ROM, MTK_EV_POLICY,
                            "%s is the third boot loader of the scatter; a phone has two at most",
                            s->rows[i].name);
    }
    *enabled = on > 0;
    if (on == 0 || on == n)
        return 0;
    return mtk_fail(err, MTK_E_ERROR_BL_INCONSISTENT, MTK_EV_POLICY,
                    "one boot loader would be written and the other one not: both copies must match");
}

static int check_rows(const struct upgrade *u, struct mtk_error *err)
{
    bool boot;
    if (mtk_plan_check_boots(u->in->scatter, u->p, &boot, err) < 0)
        return -1;
    for (size_t i = 0; i < u->in->scatter->n_rows; i++)
        if (check_row(u, &u->in->scatter->rows[i], err) < 0)
            return -1;
    return 0;
}

/* ---- phases 1 and 2: save, erase ---- */

static int step(struct upgrade *u, enum mtk_action action, const char *name, uint64_t start, uint64_t size,
                const char *why, struct mtk_error *err)
{
    struct mtk_plan_step s = {.action = action, .area = u->user, .start = start, .size = size, .why = why};
    if (mtk_plan_item_for(u->in, u->p, name, &s.item, err) < 0)
        return -1;
    return mtk_plan_add_step(u->p, s, err);
}

static bool must_move(const struct upgrade *u, const char *name)
{
    const struct mtk_scatter_row *row = mtk_scatter_find(u->in->scatter, name);
    const struct place at = place_of(u, name);
    return row && treatment_of(u, row) == KEEP && at.changed && at.dev->size;
}

/* What moves is read now, whatever a backup has. With a folder at hand everything else of its kind is saved as well. */
static int saves(struct upgrade *u, struct mtk_error *err)
{
    const struct mtk_gpt *t = u->in->phone.table;
    for (size_t i = 0; i < t->n_entries; i++) {
        const struct mtk_gpt_entry *e = &t->entries[i];
        bool move = must_move(u, e->name);
        bool more = u->in->backup.named && mtk_policy_identity(e->name) &&
                    !mtk_plan_backed_up(&u->in->backup, e->name, NULL);
        if ((move || more) &&
            step(u, MTK_DO_SAVE, e->name, e->start, e->size, move ? WHY_MOVED : WHY_SAVE, err) < 0)
            return -1;
    }
    return 0;
}

/* The place on the phone is erased; where the row moves, so is the place that it moves to. */
static int erase_places(struct upgrade *u, const struct mtk_scatter_row *row, const struct place *at,
                        const char *why, struct mtk_error *err)
{
    bool old = at->dev && at->dev->size;
    if (old &&
        step(u, MTK_DO_ERASE, row->name, at->dev->start, at->dev->size, at->changed ? WHY_OLD : why, err) < 0)
        return -1;
    if (!at->want || (old && !at->changed))
        return 0;
    return step(u, MTK_DO_ERASE, row->name, at->want->start, at->want->size, old ? why : WHY_NEW, err);
}

static int erase_kept(struct upgrade *u, const struct mtk_scatter_row *row, const struct place *at,
                      struct mtk_error *err)
{
    if (!at->dev)
        return at->want ? step(u, MTK_DO_ERASE, row->name, at->want->start, at->want->size, WHY_NEW, err) : 0;
    if (at->changed && at->dev->size)
        return step(u, MTK_DO_ERASE, row->name, at->dev->start, at->dev->size, WHY_OLD, err);
    if (mtk_policy_identity(row->name))
        mtk_note(u->in->sink, 1, "%s is kept: it holds data of this one phone", row->name);
    return 0;
}

static int erase_row(struct upgrade *u, const struct mtk_scatter_row *row, struct mtk_error *err)
{
    const struct place at = place_of(u, row->name);
    switch (treatment_of(u, row)) {
    case UPDATE:
        return at.enabled ? erase_places(u, row, &at, WHY_CONTENT, err) : 0;
    case CLEAR:
        return erase_places(u, row, &at, WHY_INVIS, err);
    case KEEP:
        return erase_kept(u, row, &at, err);
    case LEAVE:
    case BOOT: /* a preloader is never erased on its own */
    case UNKNOWN:
        break;
    }
    return 0;
}

static int erases(struct upgrade *u, struct mtk_error *err)
{
    const struct mtk_scatter *s = u->in->scatter;
    const struct mtk_gpt *t = u->in->phone.table;
    for (size_t i = 0; i < s->n_rows; i++)
        if (erase_row(u, &s->rows[i], err) < 0)
            return -1;
    for (size_t i = 0; i < t->n_entries; i++) {
        const struct mtk_gpt_entry *e = &t->entries[i];
        if (mtk_scatter_find(s, e->name) || mtk_policy_table(e->name) || mtk_policy_preloader(e->name))
            continue;
        if (mtk_policy_identity(e->name))
            mtk_note(u->in->sink, 2, "%s is kept although the scatter does not have it", e->name);
        else if (step(u, MTK_DO_ERASE, e->name, e->start, e->size, WHY_STRANGER, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- phases 3 and 4 ---- */

static int restores(struct upgrade *u, struct mtk_error *err)
{
    const struct mtk_gpt *t = u->in->phone.table;
    for (size_t i = 0; i < t->n_entries; i++) {
        const struct place at = place_of(u, t->entries[i].name);
        size_t k;
        if (!must_move(u, t->entries[i].name))
            continue;
        if (step(u, MTK_DO_RESTORE, at.want->name, at.want->start, at.want->size, WHY_BACK, err) < 0)
            return -1;
        k = mtk_plan_find(u->p, at.want->name);
        u->p->items[k].start = at.want->start;
        u->p->items[k].size = at.want->size;
    }
    return 0;
}

static int all_steps(struct upgrade *u, struct mtk_error *err)
{
    if (saves(u, err) < 0 || erases(u, err) < 0)
        return -1;
    /* A PMT is in the partition of the MBR, which scatters have as one to be updated (formats.md 4.3, 4.4). */
    bool table = u->new_layout || mtk_plan_erases_pmt(u->in, u->p);
    const char *why = u->new_layout ? WHY_TABLE : WHY_LOST;
    if (table && mtk_plan_table_step(u->in, u->p, false, why, err) < 0)
        return -1;
    if (mtk_plan_places(u->in, u->p, &u->p->table, table, err) < 0 || mtk_plan_writes(u->p, err) < 0 ||
        restores(u, err) < 0)
        return -1;
    return table ? mtk_plan_table_step(u->in, u->p, true, why, err) : 0;
}

int mtk_plan_upgrade(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err)
{
    struct upgrade u = {.in = in, .p = p, .user = mtk_storage_user_area(in->phone.storage)};
    const struct mtk_plan_phone *ph = &in->phone;
    const struct mtk_area *area = mtk_plan_area(ph, u.user);
    if (!ph->table || !area)
        return mtk_fail(err, MTK_E_ERROR_PMT_UNAVAILABLE, MTK_EV_POLICY,
                        "the phone has no partition table, so nothing can be kept: --mode format-all is for "
                        "such phones");
    if (mtk_layout_target(in->scatter, u.user, area->size, ph->block, ph->erase, ph->table, &p->table, err) <
        0)
        return -1;
    u.new_layout = !mtk_layout_same(&p->table, ph->table);
    if (check_rows(&u, err) < 0)
        return -1;
    return all_steps(&u, err);
}
