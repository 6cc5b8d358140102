/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs backup and restore: what is only on this one phone, out of it and back into it. formats.md 5.6. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/device.h"
#include "flasher/verified/identity.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/policy.h"
#include "flasher/verified/run.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/store.h"
#include "protocol/error_index.h"

#define WHY_SAVE    "holds data of this one phone"
#define WHY_NAMED   "was asked for by name"
#define WHY_RESTORE "from the backup of this phone"

void mtk_identity_of(const struct mtk_session *s, struct mtk_backup_phone *out)
{
    memset(out, 0, sizeof(*out));
    snprintf(out->chip, sizeof(out->chip), "%s", s->id.chip_name);
    out->hw_code = s->id.hw_code;
    snprintf(out->storage, sizeof(out->storage), "%s", s->agent_info.storage);
    mtk_backup_set_id(out, MTK_BACKUP_ID_STORAGE, s->agent_info.storage_id, s->agent_info.storage_id_len);
    mtk_backup_set_id(out, MTK_BACKUP_ID_RANDOM, s->agent_info.random_id, s->agent_info.random_id_len);
    mtk_backup_set_id(out, MTK_BACKUP_ID_ME, s->id.me_id, s->id.me_id_len);
    mtk_backup_set_id(out, MTK_BACKUP_ID_SOC, s->id.soc_id, s->id.soc_id_len);
}

static bool names_any(const char *list)
{
    char name[64];
    return mtk_names_next(&list, name, sizeof(name));
}

/* Opens the folder, then the phone, and sees that they belong together. */
static int begin(struct mtk_session *s, const struct mtk_backup_args *a, bool must_exist,
                 struct mtk_error *err)
{
    struct mtk_backup_phone phone;
    if (a->parts && !names_any(a->parts))
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "--parts names no partition");
    if (mtk_store_open(a->dir, must_exist, &s->store, err) < 0 || mtk_session_agent(s, err) < 0 ||
        mtk_device_supported(s, err) < 0)
        return -1;
    mtk_identity_of(s, &phone);
    if (mtk_store_phone(s->store, &phone, err) < 0)
        return -1;
    return mtk_device_table(s, err);
}

static int add_step(struct mtk_session *s, enum mtk_action action, const struct mtk_gpt_entry *e,
                    const char *why, struct mtk_error *err)
{
    struct mtk_plan_step st = {
        .action = action, .area = mtk_device_user_area(s), .start = e->start, .size = e->size, .why = why};
    if (mtk_plan_add_item(&s->plan, e->name, NULL, &st.item, err) < 0)
        return -1;
    struct mtk_item *it = &s->plan.items[st.item];
    it->area = st.area;
    it->start = e->start;
    it->size = e->size;
    it->why = why;
    return mtk_plan_add_step(&s->plan, st, err);
}

/* ---- backup ---- */

static int choose_named(struct mtk_session *s, const char *parts, struct mtk_error *err)
{
    char name[64];
    while (mtk_names_next(&parts, name, sizeof(name))) {
        const struct mtk_gpt_entry *e = mtk_gpt_find(&s->table, name);
        if (!e || !e->size)
            return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_HOST, "the phone has no partition %s",
                            name);
        if (!mtk_backup_name_ok(name))
            return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                            "partition \"%s\" cannot be saved: its name cannot be that of a file", name);
        if (mtk_plan_find(&s->plan, name) == MTK_NO_ITEM && add_step(s, MTK_DO_SAVE, e, WHY_NAMED, err) < 0)
            return -1;
    }
    return 0;
}

static int choose_identity(struct mtk_session *s, struct mtk_error *err)
{
    if (s->table.n_hidden)
        return mtk_fail(
            err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
            "the phone's partition table goes on behind an empty entry, so a backup might lack what is "
            "most needed: name what is to be saved with --parts");
    for (size_t i = 0; i < s->table.n_entries; i++)
        if (mtk_policy_identity(s->table.entries[i].name) && s->table.entries[i].size &&
            add_step(s, MTK_DO_SAVE, &s->table.entries[i], WHY_SAVE, err) < 0)
            return -1;
    if (s->plan.n_steps)
        return 0;
    return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY,
                    "the phone has none of the partitions that are saved by default: name some with --parts");
}

int mtk_job_backup(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_backup_args *a = arg;
    if (begin(s, a, false, err) < 0 ||
        (a->parts ? choose_named(s, a->parts, err) : choose_identity(s, err)) < 0)
        return -1;
    s->step.of = (unsigned)(2 * s->plan.n_steps);
    for (size_t i = 0; i < s->plan.n; i++)
        if (mtk_commit_save(s, &s->plan.items[i], s->plan.items[i].why, true, err) < 0)
            return -1;
    /* Nothing on the phone was changed: how the job ends says nothing about its partitions. */
    mtk_plan_release(&s->plan);
    if (mtk_store_commit(s->store, err) < 0)
        return -1;
    mtk_note(s->sink, 1, "the backup is complete: %s", s->store->dir);
    return 0;
}

/* ---- restore ---- */

/*
 * A partition that has moved is restored to its new place. One that has another size now is not the same any more: what
 * is in it was made for the old one.
 */
static int choose_entry(struct mtk_session *s, const struct mtk_backup_entry *e, struct mtk_error *err)
{
    const struct mtk_gpt_entry *at = mtk_gpt_find(&s->table, e->name);
    if (strcmp(e->area, mtk_device_user_area(s)) != 0)
        return mtk_fail(err, MTK_E_MTK_BACKUP_INVALID, MTK_EV_POLICY,
                        "the backup has %s from area %s, where this phone has no partitions", e->name,
                        e->area);
    if (mtk_policy_table(e->name))
        return mtk_fail(err, MTK_E_MTK_BACKUP_INVALID, MTK_EV_POLICY,
                        "a partition table is not restored from a backup");
    if (!at)
        return mtk_fail(
            err, MTK_E_STATUS_LAYOUT_CHANGED, MTK_EV_POLICY,
            "the phone has no partition %s any more: its layout is another than when it was saved", e->name);
    if (at->size != e->size)
        return mtk_fail(err, MTK_E_ERROR_DATA_LOST, MTK_EV_POLICY,
                        "%s had 0x%" PRIX64 " bytes when it was saved and has 0x%" PRIX64 " now", e->name,
                        e->size, at->size);
    if (at->start != e->start)
        mtk_note(s->sink, 2,
                 "%s was at 0x%" PRIX64 " when it was saved; it is restored to where it is now, 0x%" PRIX64,
                 e->name, e->start, at->start);
    return add_step(s, MTK_DO_RESTORE, at, WHY_RESTORE, err);
}

static int choose_saved(struct mtk_session *s, const char *parts, struct mtk_error *err)
{
    const struct mtk_backup *b = &s->store->had;
    char name[64];
    for (const char *list = parts; mtk_names_next(&list, name, sizeof(name));)
        if (!mtk_backup_find(b, name))
            return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_HOST, "the backup has no partition %s",
                            name);
    for (size_t i = 0; i < b->n; i++)
        if ((!parts || mtk_names_have(parts, b->entries[i].name)) && choose_entry(s, &b->entries[i], err) < 0)
            return -1;
    if (s->plan.n_steps)
        return 0;
    return mtk_fail(err, MTK_E_MTK_BACKUP_INVALID, MTK_EV_POLICY, "there is nothing in this backup");
}

int mtk_job_restore(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_backup_args *a = arg;
    if (begin(s, a, true, err) < 0 || choose_saved(s, a->parts, err) < 0)
        return -1;
    return mtk_run_plan(s, err);
}
