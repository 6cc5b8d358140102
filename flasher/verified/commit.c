/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/commit.h"

#include <string.h>

#include "flasher/verified/extent.h"
#include "flasher/verified/flow.h"
#include "flasher/verified/proof.h"
#include "protocol/error_index.h"

/* What is being sent: the image's bytes in order, hashed as they leave. */
struct sending {
    struct mtk_bytes bytes;
    struct sha256 *sha;
};

/* One packet's worth at most, and never across the end of a run, because a run is a command. */
static ssize_t produce(void *ctx, uint8_t *buf, size_t max, struct mtk_error *err)
{
    struct sending *w = ctx;
    uint64_t left = mtk_bytes_run_left(&w->bytes);
    size_t n = left < max ? (size_t)left : max;
    if (mtk_bytes_read(&w->bytes, buf, n, err) < 0)
        return -1;
    sha256_update(w->sha, buf, n);
    return (ssize_t)n;
}

/*
 * Plain images go by name, as the field's tools send them, so that the agent can add what only it knows (the header
 * block of a preloader). What has holes, or no name, goes by address.
 */
static bool by_name(const struct mtk_item *it)
{
    return it->boot_region || (it->named && !it->image.sparse);
}

static int send_runs(struct mtk_session *s, const struct mtk_item *it, struct mtk_flow *flow,
                     struct mtk_error *err)
{
    const struct mtk_agent_ops *ops = s->agent->ops;
    struct mtk_run run;
    if (by_name(it))
        return ops->write_named(s->agent, it->name, it->image.defined, &flow->source, err);
    for (size_t next = 0; mtk_run_next(&it->image, &next, &run);) {
        if (mtk_session_check_cancel(s, err) < 0 ||
            ops->write(s->agent, it->area, it->start + run.start, run.size, &flow->source, err) < 0)
            return -1;
        mtk_step_advance(s, run.size);
    }
    return 0;
}

/* The phone counts as changed from just before the first command that can change it is sent. */
struct mark {
    bool changed;
    enum mtk_item_state state;
};

static struct mark mark_changed(struct mtk_session *s, struct mtk_item *it)
{
    struct mark before = {.changed = s->changed, .state = it->state};
    s->changed = true;
    it->state = MTK_ITEM_UNKNOWN;
    s->agent->touched = false;
    return before;
}

/* A command that failed before anything went out that could change the flash, and of which the agent says so itself. */
static void unmark(struct mtk_session *s, struct mtk_item *it, struct mark before,
                   const struct mtk_error *err)
{
    if (s->agent->touched || (!s->agent->usable && err->evidence != MTK_EV_REFUSED))
        return;
    s->changed = before.changed;
    it->state = before.state;
}

static int send_item(struct mtk_session *s, struct mtk_item *it, uint8_t sent[SHA256_LEN],
                     struct mtk_error *err)
{
    struct sending w = {.bytes = {.img = &it->image}};
    struct mtk_flow flow;
    if (s->sha_sent)
        sha256_reset(s->sha_sent);
    else
        s->sha_sent = sha256_new();
    if (!s->sha_sent)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    w.sha = s->sha_sent;
    if (mtk_flow_send(&flow, s, it->image.defined, produce, &w, err) < 0)
        return -1;
    struct mark before = mark_changed(s, it);
    int rc = send_runs(s, it, &flow, err);
    if (rc < 0)
        unmark(s, it, before, err);
    rc = mtk_flow_end(&flow, rc == 0, err);
    sha256_final(s->sha_sent, sent);
    return rc;
}

int mtk_commit_item(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    uint8_t sent[SHA256_LEN];
    struct mtk_samples samples;
    if (mtk_session_check_cancel(s, err) < 0 || mtk_samples_take(s, it, &samples, err) < 0) {
        mtk_error_step(err, NULL, it->name);
        return -1;
    }
    mtk_step_begin(s, "write", it->name, it->image.defined, it->why);
    int rc = send_item(s, it, sent, err);
    if (rc == 0) {
        mtk_step_end(s);
        rc = mtk_proof_item(s, it, sent, &samples, err);
    }
    mtk_samples_release(&samples);
    if (rc < 0)
        mtk_error_step(err, NULL, it->name);
    return rc;
}

int mtk_commit_erase(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    if (mtk_session_check_cancel(s, err) < 0)
        return -1;
    mtk_step_begin(s, "erase", it->name, it->size, it->why);
    struct mark before = mark_changed(s, it);
    if (s->agent->ops->erase(s->agent, it->area, it->start, it->size, err) < 0) {
        unmark(s, it, before, err);
        return -1;
    }
    mtk_step_end(s);
    return mtk_proof_erased(s, it, err);
}
