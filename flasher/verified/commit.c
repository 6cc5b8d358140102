/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/commit.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "flasher/verified/device.h"
#include "flasher/verified/extent.h"
#include "flasher/verified/flow.h"
#include "flasher/verified/proof.h"
#include "protocol/error_index.h"

/* What is being sent: the image's bytes in order, hashed as they leave, up to the padding. */
struct sending {
    struct mtk_bytes bytes;
    struct sha256 *sha;
    uint64_t to_hash;
};

/* One packet's worth at most, and never across the end of a run, because a run is a command. */
static ssize_t produce(void *ctx, uint8_t *buf, size_t max, struct mtk_error *err)
{
    struct sending *w = ctx;
    uint64_t left = mtk_bytes_run_left(&w->bytes);
    size_t n = left < max ? (size_t)left : max;
    if (mtk_bytes_read(&w->bytes, buf, n, err) < 0)
        return -1;
    size_t own = w->to_hash < n ? (size_t)w->to_hash : n;
    sha256_update(w->sha, buf, own);
    w->to_hash -= own;
    return (ssize_t)n;
}

/*
 * Plain images go by name, as the field's tools send them, so that the agent can add what only it knows (the header
 * block of a preloader). What has holes, or no name, or a block to be erased first, goes by address.
 */
static bool by_name(const struct mtk_session *s, const struct mtk_item *it)
{
    return it->boot_region || (it->named && !it->image.sparse && !mtk_device_erases_first(s));
}

/* Agents look a boot loader up by the name that the field's tools use, whatever a scatter calls it. */
static const char *name_for_agent(const struct mtk_item *it)
{
    static const char *const known[] = {"preloader", "preloader_backup"};
    for (size_t i = 0; it->boot_region && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(it->name, known[i]) == 0)
            return known[i];
    return it->name;
}

/* NAND: the blocks that the write is going to touch, for a boot loader with those of its header page. */
static int erase_first(struct mtk_session *s, const struct mtk_item *it, struct mtk_error *err)
{
    uint64_t unit = mtk_device_erase_unit(s), from = it->start - it->header;
    uint64_t len = (it->header + it->image.expanded_size + unit - 1) / unit * unit;
    return s->agent->ops->erase(s->agent, it->area, from, len, err);
}

static int send_runs(struct mtk_session *s, const struct mtk_item *it, struct mtk_flow *flow,
                     struct mtk_error *err)
{
    const struct mtk_agent_ops *ops = s->agent->ops;
    struct mtk_run run;
    if (mtk_device_erases_first(s) && erase_first(s, it, err) < 0)
        return -1;
    if (by_name(s, it))
        return ops->write_named(s->agent, name_for_agent(it), it->image.defined, &flow->source, err);
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
    struct sending w = {.bytes = {.img = &it->image}, .to_hash = it->image.defined - it->padding};
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

/*
 * Where blocks are erased before they are written, an image is filled up to whole blocks, and so are the holes of a
 * sparse one: with FF, which is what an erased block holds.
 */
static int fill_up(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    uint64_t unit = mtk_device_erase_unit(s), len = it->image.expanded_size,
             full = (len + unit - 1) / unit * unit;
    if (!mtk_device_erases_first(s) || it->boot_region || it->padding)
        return 0;
    if (full < len || full > it->size)
        return mtk_fail_file(err, MTK_E_MTK_IMAGE_TOO_LARGE, it->image.path, 0,
                             "the image for %s takes 0x%" PRIX64
                             " bytes in whole blocks, the phone has 0x%" PRIX64 " there",
                             it->name, full, it->size);
    it->padding = full - len;
    return mtk_image_fill(&it->image, full, UINT32_MAX, true, err);
}

/* What came from a backup must still be what its manifest says, to the last byte that was sent. */
static int check_digest(const struct mtk_item *it, const uint8_t sent[SHA256_LEN], struct mtk_error *err)
{
    if (!it->has_digest || memcmp(sent, it->digest, SHA256_LEN) == 0)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, it->image.path, 0,
                         "the file changed while it was being written to %s", it->name);
}

int mtk_commit_item(struct mtk_session *s, struct mtk_item *it, const char *action, struct mtk_error *err)
{
    uint8_t sent[SHA256_LEN];
    struct mtk_samples samples;
    if (mtk_session_check_cancel(s, err) < 0 || fill_up(s, it, err) < 0 ||
        mtk_samples_take(s, it, &samples, err) < 0) {
        mtk_error_step(err, NULL, it->name);
        return -1;
    }
    mtk_step_begin(s, action, it->name, it->image.defined, it->why);
    int rc = send_item(s, it, sent, err);
    if (rc == 0) {
        mtk_step_end(s);
        rc = check_digest(it, sent, err);
    }
    if (rc == 0)
        rc = mtk_proof_item(s, it, sent, &samples, err);
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
