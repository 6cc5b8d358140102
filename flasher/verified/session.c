/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/boot/sla_key.h"
#include "flasher/verified/credentials.h"
#include "flasher/verified/exitcode.h"
#include "flasher/verified/preloaders.h"
#include "flasher/verified/store.h"
#include "formats/da.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* Both bits of the agent's checksum level (start.h): packets on the wire and what storage took are summed by the phone. */
#define CHECKSUM_ALL 3u

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

int mtk_session_rom(struct mtk_session *s, const char *path, struct mtk_error *err)
{
    if (s->has_rom)
        return 0;
    if (mtk_rom_open(path, &s->rom, err) < 0)
        return -1;
    s->has_rom = true;
    return 0;
}

/* The ROM of the options serves jobs that have none of their own. */
static int default_rom(struct mtk_session *s, struct mtk_error *err)
{
    return s->has_rom || !s->opt->rom ? 0 : mtk_session_rom(s, s->opt->rom, err);
}

int mtk_session_has_agent_file(struct mtk_session *s, struct mtk_error *err)
{
    if (s->da.data || s->opt->da)
        return 1;
    if (default_rom(s, err) < 0)
        return -1;
    return s->has_rom && s->rom.da_path[0];
}

static int read_file(const char *path, size_t limit, struct mtk_blob *out, char *name, size_t name_len,
                     struct mtk_error *err)
{
    if (mtk_file_read(path, limit, out, err) < 0)
        return -1;
    snprintf(name, name_len, "%.200s", base_name(path));
    return 0;
}

/* A damaged preloader would bring DRAM up with damaged settings; a patched one may be meant. So: a warning. */
static void check_preloader(struct mtk_session *s)
{
    struct mtk_preloader p;
    if (mtk_preloader_parse(s->preloader.data, s->preloader.len, s->preloader_name, &p, NULL) == 0 &&
        p.has_hash && !p.hash_good)
        mtk_note(s->sink, 2, "the hash inside %s is wrong: the file was changed or is damaged",
                 s->preloader_name);
}

int mtk_session_files(struct mtk_session *s, struct mtk_error *err)
{
    if (default_rom(s, err) < 0)
        return -1;
    const char *da = s->opt->da ? s->opt->da : s->has_rom ? s->rom.da_path : "";
    const char *preloader = s->opt->preloader ? s->opt->preloader : s->has_rom ? s->rom.preloader_path : "";
    if (!s->da.data) {
        if (!*da)
            return mtk_fail(err, MTK_E_MTK_NO_AGENT, MTK_EV_FILE, "no Download Agent was given%s%s",
                            s->has_rom ? " and there is none in " : "", s->has_rom ? s->rom.dir : "");
        if (read_file(da, MTK_DA_MAX_BYTES, &s->da, s->da_name, sizeof(s->da_name), err) < 0)
            return -1;
        s->own_da = true;
    }
    if (!s->preloader.data && *preloader) {
        if (read_file(preloader, MTK_PRELOADER_MAX_BYTES, &s->preloader, s->preloader_name,
                      sizeof(s->preloader_name), err) < 0)
            return -1;
        s->own_preloader = true;
        check_preloader(s);
    }
    return 0;
}

static int make_link(struct mtk_session *s, struct mtk_error *err)
{
    if (s->link)
        return 0;
    struct mtk_link *l = mtk_link_new(s->opt->port ? s->opt->port : "usb", err);
    if (!l)
        return -1;
    s->own_link = true;
    s->link = l;
    if (!s->opt->record)
        return 0;
    struct mtk_link *tap = mtk_link_tap(l, s->opt->record, err);
    if (!tap)
        return -1;
    s->link = tap;
    return 0;
}

int mtk_session_connect(struct mtk_session *s, struct mtk_error *err)
{
    if (s->identified)
        return 0;
    if (mtk_credentials_read(s, err) < 0 || make_link(s, err) < 0)
        return -1;
    if (mtk_boot_connect(s->link, &s->boot, &s->id, err) < 0)
        return -1;
    s->identified = true;
    return mtk_credentials_for_phone(s, err);
}

static void step_progress(void *ctx, uint64_t done);

/* Starts the agent. A folder may bring preloaders of several boards; who names one means that one. */
static int start_agent(struct mtk_session *s, struct mtk_error *err)
{
    struct mtk_preloaders more = {.n = 0};
    if (s->id.brom && s->has_rom && !s->opt->preloader)
        mtk_preloaders_read(&s->rom, s->sink, &more);
    const struct mtk_start_options start = {
        .boot = s->boot,
        .da = s->da.data,
        .da_len = s->da.len,
        .da_name = s->da_name,
        .preloader = s->preloader.data,
        .preloader_len = s->preloader.len,
        .preloader_name = s->preloader_name,
        .more_preloaders = more.files,
        .n_more_preloaders = more.n,
        .checksum_level = CHECKSUM_ALL,
        .system_os = s->opt->linux_packets ? 1 : 0,
        .da_sla_sign = s->da_sla_key ? mtk_da_sla_sign_pem : NULL,
        .da_sla_ctx = s->da_sla_key,
        .da_sla_asked = &s->agent_asked,
    };
    int rc =
        mtk_agent_start(s->link, &start, &s->id, s->agent_choice, sizeof(s->agent_choice), &s->agent, err);
    if (rc < 0)
        s->agent = NULL;
    if (s->agent_asked)
        mtk_credentials_of_agent(s);
    mtk_preloaders_release(&more);
    return rc;
}

int mtk_session_agent(struct mtk_session *s, struct mtk_error *err)
{
    if (s->agent)
        return 0;
    if (mtk_session_files(s, err) < 0 || mtk_session_connect(s, err) < 0 || start_agent(s, err) < 0)
        return -1;
    s->agent->sink = s->sink;
    s->agent->cancelled = s->opt->cancelled;
    s->agent->cancelled_ctx = s->opt->cancelled_ctx;
    s->agent->progress = step_progress;
    s->agent->progress_ctx = s;
    s->agent->ops->info(s->agent, &s->agent_info);
    if (!s->hold_info)
        mtk_session_info(s);
    return 0;
}

int mtk_session_check_cancel(struct mtk_session *s, struct mtk_error *err)
{
    if (s->opt->cancelled && s->opt->cancelled(s->opt->cancelled_ctx))
        return mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "cancelled");
    return 0;
}

uint8_t *mtk_session_scratch(struct mtk_session *s, size_t size, struct mtk_error *err)
{
    if (s->scratch_size >= size)
        return s->scratch;
    free(s->scratch);
    s->scratch = malloc(size);
    s->scratch_size = s->scratch ? size : 0;
    if (!s->scratch)
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    return s->scratch;
}

/* ---- steps and progress ---- */

/* A bar does not need more than this many events a second. */
#define PROGRESS_INTERVAL (NS_PER_S / 20)

static int64_t now(struct mtk_session *s)
{
    return s->link->clock.now(s->link->clock.ctx);
}

static void emit_progress(struct mtk_session *s, uint64_t done, int64_t t)
{
    double seconds = (double)(t - s->step.began) / (double)NS_PER_S;
    struct mtk_event ev = {.kind = MTK_EVENT_PROGRESS,
                           .u.progress = {.step = s->step.n,
                                          .done = done,
                                          .total = s->step.total,
                                          .rate = seconds > 0 ? (double)done / seconds : 0}};
    s->step.shown = t;
    mtk_emit(s->sink, &ev);
}

static void step_progress(void *ctx, uint64_t done)
{
    struct mtk_session *s = ctx;
    if (!s->step.total || !s->sink->fn)
        return;
    int64_t t = now(s);
    if (t - s->step.shown >= PROGRESS_INTERVAL)
        emit_progress(s, s->step.base + done, t);
}

void mtk_step_begin(struct mtk_session *s, const char *action, const char *partition, uint64_t bytes,
                    const char *why)
{
    s->step.n++;
    if (s->step.of < s->step.n)
        s->step.of = s->step.n;
    s->step.base = 0;
    s->step.total = bytes;
    s->step.began = s->step.shown = s->link ? now(s) : 0;
    struct mtk_event ev = {.kind = MTK_EVENT_STEP,
                           .u.step = {.n = s->step.n,
                                      .of = s->step.of,
                                      .action = action,
                                      .partition = partition,
                                      .size = bytes,
                                      .why = why}};
    mtk_emit(s->sink, &ev);
}

void mtk_step_advance(struct mtk_session *s, uint64_t bytes)
{
    s->step.base += bytes;
}

void mtk_step_end(struct mtk_session *s)
{
    if (s->step.total)
        emit_progress(s, s->step.total, now(s));
    s->step.total = 0;
}

/* ---- the end ---- */

/*
 * "Abort clean" (errors.md section 6), which is also how a good session ends: an agent that still answers is told to
 * finish, so that the phone is not left hanging. What it was asked to prove is proven by then: a silence here is worth
 * a warning, not a failure (errors.md section 6, class "finish").
 */
static void end_agent(struct mtk_session *s, struct mtk_error *result)
{
    if (!s->agent)
        return;
    struct mtk_error err = {0};
    const char *mode = s->ending && !result->row ? s->ending : "none";
    if (s->agent->usable && s->agent->ops->reboot(s->agent, mode, &err) < 0) {
        if (s->ending && !result->row) /* the reboot itself was the job */
            *result = err;
        else
            mtk_note(s->sink, 2, "the agent did not confirm the end of the session (%s): unplug the phone",
                     err.what);
    }
    s->agent->ops->destroy(s->agent);
    s->agent = NULL;
}

/* A recording that is not complete is worth a warning; what happened on the phone happened all the same. */
static void end_recording(struct mtk_session *s)
{
    struct mtk_error err = {0};
    if (s->own_link && s->opt->record && s->link && mtk_link_tap_finish(s->link, &err) < 0)
        mtk_note(s->sink, 2, "the recording is not complete: %s", err.what);
}

static void note_list(struct mtk_session *s, int level, const char *what, const char *names)
{
    if (names && *names)
        mtk_note(s->sink, level, "%s: %s", what, names);
}

/* The one place from which a session says how it ended. */
static int report(struct mtk_session *s, const struct mtk_error *err)
{
    bool ok = !err->row;
    char *verified = NULL, *unknown = NULL, *untouched = NULL;
    if (s->plan.n) {
        verified = mtk_plan_names(&s->plan, MTK_ITEM_VERIFIED);
        unknown = mtk_plan_names(&s->plan, MTK_ITEM_UNKNOWN);
        untouched = mtk_plan_names(&s->plan, MTK_ITEM_UNTOUCHED);
        /* In words only for a phone that was changed: else the one word "unchanged" says it all. */
        if (!ok && s->changed) {
            note_list(s, 2, "not proven, content unknown", unknown);
            note_list(s, 1, "proven", verified);
            note_list(s, 1, "untouched", untouched);
        }
    }
    int code = mtk_exit_code(err, s->changed);
    struct mtk_event ev = {.kind = MTK_EVENT_RESULT,
                           .u.result = {.ok = ok,
                                        .exit_code = code,
                                        .error = ok ? NULL : err,
                                        .phone = s->changed ? MTK_PHONE_CHANGED : MTK_PHONE_UNCHANGED,
                                        .verified = verified,
                                        .unknown = unknown,
                                        .untouched = untouched}};
    mtk_emit(s->sink, &ev);
    free(verified);
    free(unknown);
    free(untouched);
    return code;
}

static void release(struct mtk_session *s)
{
    if (s->link) {
        s->link->ops->close(s->link);
        if (s->own_link)
            mtk_link_free(s->link);
    }
    mtk_plan_release(&s->plan);
    mtk_gpt_release(&s->table);
    mtk_store_free(s->store);
    if (s->has_rom)
        mtk_rom_release(&s->rom);
    if (s->own_da)
        mtk_blob_release(&s->da);
    if (s->own_preloader)
        mtk_blob_release(&s->preloader);
    mtk_credentials_release(s);
    sha256_free(s->sha_sent);
    sha256_free(s->sha_read);
    mtk_pipe_free(s->out_pipe);
    mtk_pipe_free(s->in_pipe);
    free(s->scratch);
    free(s);
}

static struct mtk_session *session_new(const struct mtkflash_options *opt, struct mtk_link *link)
{
    struct mtk_session *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->opt = opt;
    s->sink = &opt->sink;
    s->link = link;
    s->timeouts = mtk_timeouts_default();
    s->timeouts.scale_percent = opt->timeout_percent;
    s->boot = (struct mtk_boot_options){.timeouts = &s->timeouts,
                                        .wait_ns = opt->wait_ns,
                                        .sink = s->sink,
                                        .cancelled = opt->cancelled,
                                        .cancelled_ctx = opt->cancelled_ctx};
    return s;
}

/* Without memory there is no session to ask; the result still comes, and is still the last event. */
static int no_session(const struct mtkflash_options *opt)
{
    struct mtk_error err = {0};
    mtk_fail(&err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    struct mtk_event ev = {.kind = MTK_EVENT_RESULT,
                           .u.result = {.exit_code = mtk_exit_code(&err, false), .error = &err}};
    mtk_emit(&opt->sink, &ev);
    return MTK_EXIT_FAILED;
}

int mtk_session_run(const struct mtkflash_options *opt, struct mtk_link *link, mtk_job_fn job,
                    const void *arg)
{
    struct mtk_session *s = session_new(opt, link);
    if (!s)
        return no_session(opt);
    struct mtk_error err = {0};
    if (job(s, arg, &err) == 0)
        err = (struct mtk_error){0};
    else if (!err.row)
        mtk_fail(&err, MTK_E_MTK_INTERNAL, MTK_EV_NONE, "a job failed without saying why");
    if (s->identified)
        mtk_session_info(s); /* what is known of the phone helps most when the session failed early */
    end_agent(s, &err);
    end_recording(s);
    int code = report(s, &err);
    release(s);
    return code;
}
