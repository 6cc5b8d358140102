/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/run.h"

#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/erased.h"
#include "flasher/verified/proof.h"
#include "flasher/verified/store.h"
#include "protocol/error_index.h"

/* Why there is a verify step behind a step, and how much it reads. */
static void show_proof(struct mtk_session *s, const struct mtk_plan_step *st)
{
    static const char *const why[] = {[MTK_DO_SAVE] = "the phone is read again and compared with the file",
                                      [MTK_DO_TABLE] = "the table is read again",
                                      [MTK_DO_WRITE] = MTK_PROOF_WHY,
                                      [MTK_DO_RESTORE] = MTK_PROOF_WHY};
    const struct mtk_item *it = &s->plan.items[st->item];
    if (st->action == MTK_DO_ERASE) {
        mtk_step_begin(s, "verify", it->name, mtk_erased_bytes(st->size), mtk_proof_erased_why(st->size));
        return;
    }
    uint64_t bytes = st->action == MTK_DO_WRITE ? mtk_proof_bytes(it) : st->size;
    mtk_step_begin(s, "verify", it->name, bytes, why[st->action]);
}

void mtk_run_show(struct mtk_session *s)
{
    s->step.of = (unsigned)(2 * s->plan.n_steps);
    for (size_t i = 0; i < s->plan.n_steps; i++) {
        const struct mtk_plan_step *st = &s->plan.steps[i];
        mtk_step_begin(s, mtk_action_word(st->action), s->plan.items[st->item].name, st->size, st->why);
        show_proof(s, st);
    }
}

/* Is there a later step about the same item? Then what was proven so far is not yet what it is going to be. */
static bool comes_again(const struct mtk_plan *p, size_t i)
{
    for (size_t k = i + 1; k < p->n_steps; k++)
        if (p->steps[k].item == p->steps[i].item && p->steps[k].action != MTK_DO_SAVE)
            return true;
    return false;
}

/* An item that stands for the range of a step; what becomes known of it is noted in the item of the plan. */
static struct mtk_item range_of(const struct mtk_item *it, const struct mtk_plan_step *st)
{
    struct mtk_item range = *it;
    memset(&range.image, 0, sizeof(range.image));
    range.image.fd = -1;
    range.area = st->area;
    range.second = NULL;
    range.boot_region = false;
    range.header = 0;
    range.start = st->start;
    range.size = st->size;
    range.why = st->why;
    return range;
}

static int erase(struct mtk_session *s, const struct mtk_plan_step *st, struct mtk_error *err)
{
    struct mtk_item range = range_of(&s->plan.items[st->item], st);
    int rc = mtk_commit_erase(s, &range, err);
    s->plan.items[st->item].state = range.state;
    return rc;
}

static int run_step(struct mtk_session *s, size_t i, struct mtk_error *err)
{
    const struct mtk_plan_step *st = &s->plan.steps[i];
    struct mtk_item *it = &s->plan.items[st->item];
    struct mtk_item range;
    int rc = -1;
    it->why = st->why;
    switch (st->action) {
    case MTK_DO_SAVE:
        range = range_of(it, st);
        return mtk_commit_save(s, &range, st->why, false, err);
    case MTK_DO_ERASE:
        rc = erase(s, st, err);
        break;
    case MTK_DO_TABLE:
        rc = mtk_commit_table(s, it, st->after, st->why, err);
        break;
    case MTK_DO_WRITE:
        rc = mtk_commit_item(s, it, "write", err);
        break;
    case MTK_DO_RESTORE:
        rc = mtk_commit_item(s, it, "restore", err);
        break;
    }
    if (rc == 0 && comes_again(&s->plan, i))
        it->state = MTK_ITEM_UNKNOWN;
    return rc;
}

/* SAVE steps stand at the beginning of every plan. */
static int run_saves(struct mtk_session *s, size_t *next, struct mtk_error *err)
{
    size_t i = 0;
    for (; i < s->plan.n_steps && s->plan.steps[i].action == MTK_DO_SAVE; i++)
        if (run_step(s, i, err) < 0)
            return -1;
    *next = i;
    if (!s->store || !s->store->collecting)
        return 0;
    if (mtk_store_commit(s->store, err) < 0)
        return -1;
    mtk_note(s->sink, 1, "the backup is complete: %s", s->store->dir);
    return 0;
}

/* Nothing may be changed before it is certain that what must come back can. */
static int open_saved(struct mtk_session *s, struct mtk_error *err)
{
    for (size_t i = 0; i < s->plan.n_steps; i++)
        if (s->plan.steps[i].action == MTK_DO_RESTORE &&
            mtk_commit_take_saved(s, &s->plan.items[s->plan.steps[i].item], err) < 0)
            return -1;
    return 0;
}

/* What is only on this phone may be gone from it now, but not from the world. */
static void say_where_backup_is(struct mtk_session *s)
{
    if (s->changed && s->store && s->store->exists)
        mtk_note(s->sink, 3, "what belongs to this phone is in %s: mtkflash restore %s", s->store->dir,
                 s->store->dir);
}

int mtk_run_plan(struct mtk_session *s, struct mtk_error *err)
{
    size_t next = 0;
    s->step.of = (unsigned)(2 * s->plan.n_steps);
    if (run_saves(s, &next, err) < 0 || open_saved(s, err) < 0)
        return -1;
    for (size_t i = next; i < s->plan.n_steps; i++) {
        if (run_step(s, i, err) < 0) {
            say_where_backup_is(s);
            return -1;
        }
    }
    return 0;
}
