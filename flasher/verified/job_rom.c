/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about a whole ROM: plan, flash, verify. */
#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/preflight.h"
#include "flasher/verified/proof.h"
#include "protocol/error_index.h"

/* Everything that can be known from the files. */
static int prepare_files(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                         struct mtk_error *err)
{
    if (mtk_session_rom(s, a->rom, err) < 0 ||
        mtk_plan_select(&s->rom.scatter, a->sel, s->sink, &s->plan, err) < 0)
        return -1;
    return mtk_preflight_files(s, facts, err);
}

/* Everything that must be known from the phone: the chip before an agent is sent to it, the rest from the agent. */
static int prepare_phone(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err)
{
    if (mtk_session_files(s, err) < 0 || mtk_session_connect(s, err) < 0 ||
        mtk_preflight_chip(&s->rom.scatter, &s->id, err) < 0)
        return -1;
    if (mtk_session_agent(s, err) < 0)
        return -1;
    return mtk_preflight_phone(s, facts, err);
}

static int prepare(struct mtk_session *s, const struct mtk_rom_args *a, struct mtk_risk_facts *facts,
                   struct mtk_error *err)
{
    memset(facts, 0, sizeof(*facts));
    if (prepare_files(s, a, facts, err) < 0)
        return -1;
    return prepare_phone(s, facts, err);
}

int mtk_job_plan(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_rom_args *a = arg;
    struct mtk_risk_facts facts = {0};
    if (prepare_files(s, a, &facts, err) < 0)
        return -1;
    if (a->offline)
        mtk_note(s->sink, 1, "no port was given: the plan is made from the files alone, no phone was asked");
    else if (prepare_phone(s, &facts, err) < 0)
        return -1;
    mtk_risk_emit(&facts, s->sink);
    s->step.of = (unsigned)(2 * s->plan.n);
    for (size_t i = 0; i < s->plan.n; i++) {
        const struct mtk_item *it = &s->plan.items[i];
        mtk_step_begin(s, "write", it->name, it->image.defined, it->why);
        mtk_step_begin(s, "verify", it->name, mtk_proof_bytes(it), MTK_PROOF_WHY);
    }
    return 0;
}

int mtk_job_flash(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    struct mtk_risk_facts facts;
    if (prepare(s, arg, &facts, err) < 0)
        return -1;
    mtk_risk_emit(&facts, s->sink);
    s->step.of = (unsigned)(2 * s->plan.n);
    for (size_t i = 0; i < s->plan.n; i++)
        if (mtk_commit_item(s, &s->plan.items[i], err) < 0)
            return -1;
    return 0;
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
