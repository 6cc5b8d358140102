/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about a whole ROM: plan, flash, verify. */
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/identity.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/plan_offline.h"
#include "flasher/verified/preflight.h"
#include "flasher/verified/proof.h"
#include "flasher/verified/run.h"
#include "flasher/verified/store.h"
#include "protocol/error_index.h"

static enum mtkflash_mode mode_of(const struct mtk_rom_args *a)
{
    return a->sel ? a->sel->mode : MTKFLASH_DOWNLOAD;
}

/* ---- from the files ---- */

static int choose_images(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                         struct mtk_error *err)
{
    mtk_plan_release(&s->plan);
    if (mtk_plan_select(&s->rom.scatter, a->sel, s->sink, &s->plan, err) < 0)
        return -1;
    return mtk_preflight_files(s, facts, err);
}

/* Everything that can be known from the files. */
static int prepare_files(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                         struct mtk_error *err)
{
    const char *backup = a->sel ? a->sel->backup : NULL;
    memset(facts, 0, sizeof(*facts));
    facts->format_all = mode_of(a) == MTKFLASH_FORMAT_ALL;
    if (mtk_session_rom(s, a->rom, err) < 0 || choose_images(s, a, facts, err) < 0)
        return -1;
    return backup ? mtk_store_open(backup, false, &s->store, err) : 0;
}

/* ---- the plan ---- */

/* What the backup folder has, as the planner wants it. The lists are malloc'd. */
static int backup_facts(const struct mtk_session *s, struct mtk_plan_backup *out, struct mtk_error *err)
{
    size_t n = s->store && s->store->exists ? s->store->had.n : 0;
    const char **names = calloc(n + 1, sizeof(*names));
    uint64_t *sizes = calloc(n + 1, sizeof(*sizes));
    *out = (struct mtk_plan_backup){.named = s->store, .names = names, .sizes = sizes, .n = n};
    for (size_t i = 0; names && sizes && i < n; i++) {
        names[i] = s->store->had.entries[i].name;
        sizes[i] = s->store->had.entries[i].size;
    }
    return names && sizes ? 0 : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

static int make_steps(struct mtk_session *s, const struct mtk_rom_args *a, const struct mtk_plan_phone *phone,
                      struct mtk_risk_facts *facts, struct mtk_error *err)
{
    struct mtk_plan_input in = {.scatter = &s->rom.scatter, .sel = a->sel, .phone = *phone, .sink = s->sink};
    int rc = backup_facts(s, &in.backup, err);
    if (rc == 0)
        rc = mtk_plan_steps(&in, &s->plan, err);
    free((void *)in.backup.names);
    free((void *)in.backup.sizes);
    for (size_t i = 0; rc == 0 && i < s->plan.n_steps; i++)
        facts->new_layout |= s->plan.steps[i].action == MTK_DO_TABLE;
    if (rc < 0)
        mtk_error_step(err, "check", "plan");
    return rc;
}

static int make_offline(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                        struct mtk_error *err)
{
    struct mtk_offline imagined;
    mtk_note(s->sink, 1, "no port was given: the plan is made from the files alone, no phone was asked");
    if (mtk_plan_offline(&s->rom.scatter, &imagined, err) < 0)
        return -1;
    int rc = make_steps(s, a, &imagined.phone, facts, err);
    mtk_gpt_release(&imagined.table);
    return rc;
}

/* ---- from the phone ---- */

/*
 * A download needs a table that agrees; an upgrade needs one; format-all makes its own, but what is on the phone has to
 * be saved by the one that is there.
 */
static int read_table(struct mtk_session *s, enum mtkflash_mode mode, struct mtk_plan_phone *phone,
                      struct mtk_risk_facts *facts, struct mtk_error *err)
{
    struct mtk_error why = {0};
    if (mode == MTKFLASH_DOWNLOAD) {
        if (mtk_preflight_table(s, facts, err) < 0)
            return -1;
    } else if (mtk_device_table(s, &why) < 0) {
        int blank =
            mtk_error_is(&why, MTK_E_MTK_GPT_INVALID) ? mtk_device_blank(s, &s->rom.scatter, &why) : -1;
        if (blank < 0) {
            *err = why;
            return -1;
        }
        mtk_device_facts(s, phone);
        phone->blank = blank;
        return 0;
    }
    mtk_device_facts(s, phone);
    facts->table_from_backup = s->table.from_backup;
    return 0;
}

/* Everything that must be known from the phone: the chip before an agent is sent to it, the rest from the agent. */
static int prepare_phone(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                         struct mtk_error *err)
{
    struct mtk_plan_phone phone;
    struct mtk_backup_phone ids;
    bool changed;
    if (mtk_session_files(s, err) < 0 || mtk_session_connect(s, err) < 0 ||
        mtk_preflight_chip(&s->rom.scatter, &s->id, err) < 0)
        return -1;
    if (mtk_session_agent(s, err) < 0 || mtk_preflight_storage(s, &changed, err) < 0)
        return -1;
    if (changed && choose_images(s, a, facts, err) < 0)
        return -1;
    mtk_preflight_facts(s, facts);
    mtk_identity_of(s, &ids);
    if (s->store && mtk_store_phone(s->store, &ids, err) < 0)
        return -1;
    if (read_table(s, mode_of(a), &phone, facts, err) < 0 || make_steps(s, a, &phone, facts, err) < 0)
        return -1;
    return mtk_preflight_rooms(s, err);
}

static int prepare(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                   struct mtk_error *err)
{
    if (prepare_files(s, a, facts, err) < 0)
        return -1;
    return prepare_phone(s, a, facts, err);
}

/* ---- jobs ---- */

int mtk_job_plan(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_rom_args *a = arg;
    struct mtk_risk_facts facts;
    if (prepare_files(s, a, &facts, err) < 0)
        return -1;
    if ((a->offline ? make_offline(s, a, &facts, err) : prepare_phone(s, a, &facts, err)) < 0)
        return -1;
    mtk_risk_emit(&facts, s->sink);
    mtk_run_show(s);
    return 0;
}

int mtk_job_flash(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    struct mtk_risk_facts facts;
    if (prepare(s, arg, &facts, err) < 0)
        return -1;
    mtk_risk_emit(&facts, s->sink);
    return mtk_run_plan(s, err);
}

int mtk_job_verify(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    struct mtk_risk_facts facts;
    struct mtk_error first = {0};
    if (prepare(s, arg, &facts, err) < 0)
        return -1;
    s->step.of = (unsigned)s->plan.n;
    for (size_t i = 0; i < s->plan.n; i++) {
        struct mtk_error e = {0};
        int rc = mtk_session_check_cancel(s, &e);
        if (rc == 0)
            rc = mtk_proof_item(s, &s->plan.items[i], NULL, NULL, &e);
        if (rc == 0)
            continue;
        if (!first.row)
            first = e;
        /* One partition that differs says nothing about the next; a lost phone does. */
        if (!mtk_error_is(&e, MTK_E_MTK_VERIFY_MISMATCH)) {
            *err = e;
            return -1;
        }
    }
    if (!first.row)
        return 0;
    *err = first;
    return -1;
}
