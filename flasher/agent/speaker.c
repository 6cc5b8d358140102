/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/agent/speaker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/edges.h"
#include "protocol/error_index.h"

void agent_speaker_init(struct agent_speaker *s, const struct mtk_agent_ops *ops, const char *generation,
                        struct mtk_link *l, const struct mtk_boot_options *opt)
{
    s->agent.ops = ops;
    s->agent.usable = true;
    s->agent.sink = opt->sink;
    s->agent.cancelled = opt->cancelled;
    s->agent.cancelled_ctx = opt->cancelled_ctx;
    s->link = l;
    s->timeouts = opt->timeouts ? *opt->timeouts : mtk_timeouts_default();
    s->stage = "da1";
    s->command = "";
    s->info.generation = generation;
}

void agent_info(struct mtk_agent *a, struct mtk_agent_info *out)
{
    *out = ((struct agent_speaker *)a)->info;
}

int64_t agent_timeout(const struct agent_speaker *s, enum mtk_timeout_op op, uint64_t bytes)
{
    return mtk_timeout_ns(&s->timeouts, op, bytes);
}

/* ---- failing ---- */

int agent_failed(const struct agent_speaker *s, struct mtk_error *err)
{
    mtk_error_step(err, s->stage, s->command);
    return -1;
}

int agent_lost(struct agent_speaker *s, struct mtk_error *err)
{
    s->agent.usable = false;
    return agent_failed(s, err);
}

int agent_fail(struct agent_speaker *s, int row, enum mtk_evidence evidence, struct mtk_error *err,
               const char *fmt, ...)
{
    char text[sizeof(err->what)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    mtk_fail(err, row, evidence, "%s", text);
    return agent_failed(s, err);
}

int agent_out_of_step(struct agent_speaker *s, const void *got, size_t n_got, struct mtk_error *err,
                      const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "%s", text);
    mtk_error_bytes(err, NULL, 0, got, n_got);
    return agent_lost(s, err);
}

int agent_no_way_to_end(struct agent_speaker *s, const char *agent, const char *mode, bool known,
                        struct mtk_error *err)
{
    if (known)
        return agent_fail(s, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, err, "%s cannot boot into %s", agent, mode);
    return agent_fail(s, MTK_E_MTK_USAGE, MTK_EV_HOST, err, "no such way to end a session: %s", mode);
}

/* ---- commands ---- */

void agent_step(struct agent_speaker *s, const char *command)
{
    s->command = command;
}

int agent_begin(struct agent_speaker *s, const char *command, struct mtk_error *err)
{
    agent_step(s, command);
    if (s->agent.usable)
        return 0;
    return agent_fail(s, MTK_E_MTK_LINK_LOST, MTK_EV_HOST, err,
                      "the agent was lost by an earlier failure; start a new session");
}

static int find_area(struct agent_speaker *s, const char *area, struct mtk_error *err)
{
    if (!s->info.storage[0])
        return agent_fail(s, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY, err,
                          "the agent has found no storage on this phone");
    for (size_t i = 0; i < s->info.n_areas; i++)
        if (strcmp(s->info.areas[i].name, area) == 0)
            return (int)i;
    return agent_fail(s, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err, "the phone's %s has no area %s",
                      s->info.storage, area);
}

int agent_begin_range(struct agent_speaker *s, const char *command, const char *area, uint64_t addr,
                      uint64_t len, struct mtk_error *err)
{
    int i = agent_begin(s, command, err) < 0 ? -1 : find_area(s, area, err);
    if (i < 0)
        return -1;
    const struct mtk_area *a = &s->info.areas[i];
    if (!a->readable)
        return agent_fail(s, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err,
                          "area %s cannot be accessed through this agent", area);
    if (!range_fits(addr, len, a->size))
        return agent_fail(s, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY, err,
                          "0x%" PRIX64 " bytes at 0x%" PRIX64 " do not fit into %s of 0x%" PRIX64 " bytes",
                          len, addr, area, a->size);
    return agent_cancelled(s, 0, err) ? -1 : i;
}

int agent_check_erase(struct agent_speaker *s, uint64_t addr, uint64_t len, uint32_t unit,
                      struct mtk_error *err)
{
    unit = s->info.erase_size ? s->info.erase_size : unit ? unit : 1;
    if (addr % unit == 0 && len % unit == 0)
        return 0;
    return agent_fail(s, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY, err,
                      "0x%" PRIX64 "+0x%" PRIX64 " is not in whole units of %" PRIu32 " bytes", addr, len,
                      unit);
}

bool agent_cancelled(struct agent_speaker *s, uint64_t acked, struct mtk_error *err)
{
    if (s->internal || !s->agent.cancelled || !s->agent.cancelled(s->agent.cancelled_ctx))
        return false;
    mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "ended on request");
    err->acked = acked;
    agent_failed(s, err);
    return true;
}

void agent_progress(struct agent_speaker *s, uint64_t done)
{
    if (!s->internal && s->agent.progress)
        s->agent.progress(s->agent.progress_ctx, done);
}

static int never_came_back(struct agent_speaker *s, int row, enum mtk_evidence evidence, int64_t waited_ns,
                           const char *what, struct mtk_error *err)
{
    s->agent.usable = false;
    agent_fail(s, row, evidence, err, "%s; start again without the speed switch", what);
    err->waited_ns = waited_ns;
    return -1;
}

int agent_reenumerate(struct agent_speaker *s, int row, struct mtk_error *err)
{
    uint8_t stray = 0;
    struct mtk_error why = {0};
    int64_t patience = agent_timeout(s, MTK_T_REENUMERATE, 0);
    ssize_t n = s->link->ops->read(s->link, &stray, 1, patience);
    if (n > 0)
        return agent_out_of_step(s, &stray, 1, err, "the agent sent data where it should have left the bus");
    if (n != MTK_LINK_GONE)
        return never_came_back(s, row, MTK_EV_NO_ANSWER, patience,
                               "the agent did not leave the bus to change its speed", err);
    if (s->link->ops->open(s->link, patience, &why) < 0)
        return never_came_back(s, row, MTK_EV_LEFT_BUS, patience,
                               "the phone left the bus to change its speed and did not come back", err);
    return 0;
}

/* ---- what start-up learns ---- */

int agent_add_area(struct agent_speaker *s, const char *name, uint64_t size, bool accessible)
{
    struct mtk_agent_info *info = &s->info;
    if (!size || info->n_areas == MTK_AREA_MAX)
        return -1;
    struct mtk_area *a = &info->areas[info->n_areas];
    snprintf(a->name, sizeof(a->name), "%s", name);
    a->size = size;
    a->readable = a->writable = accessible;
    return (int)info->n_areas++;
}

/* ---- the caller's data ---- */

int agent_staging(struct agent_speaker *s, size_t room, struct mtk_error *err)
{
    if (s->staging || (s->staging = malloc(room)))
        return 0;
    return agent_fail(s, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for a packet of %zu bytes",
                      room);
}

int agent_gather(struct agent_speaker *s, const struct mtk_source *from, size_t n, size_t room,
                 const uint8_t **data, struct mtk_error *err)
{
    size_t part = 0;
    if (agent_source_next(from, n, data, &part, err) < 0)
        return -1;
    if (part == n)
        return 0;
    if (agent_staging(s, room, err) < 0)
        return -1;
    memcpy(s->staging, *data, part);
    *data = s->staging;
    return agent_source_copy(from, s->staging + part, n - part, err);
}
