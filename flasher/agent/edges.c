/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/agent/edges.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/error_index.h"

/* ---- ranges ---- */

struct agent_span agent_span_of(uint64_t addr, uint64_t len, uint32_t unit)
{
    uint32_t before = unit > 1 ? (uint32_t)(addr % unit) : 0;
    uint64_t moved = before + len, fill = unit > 1 ? (unit - moved % unit) % unit : 0;
    if (fill > UINT64_MAX - (addr + len))
        fill = 0; /* no storage ends there, and whoever is asked will say so */
    return (struct agent_span){.addr = addr - before, .len = moved + fill, .own = len, .before = before};
}

uint64_t agent_span_done(const struct agent_span *s, uint64_t moved)
{
    uint64_t done = moved < s->before ? 0 : moved - s->before;
    return done < s->own ? done : s->own;
}

/* ---- sources and drains as they come ---- */

int agent_source_next(const struct mtk_source *from, size_t want, const uint8_t **data, size_t *n,
                      struct mtk_error *err)
{
    ssize_t got = from->next(from->ctx, want, data, err);
    if (got > 0 && (size_t)got <= want) {
        *n = (size_t)got;
        return 0;
    }
    if (got >= 0)
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST,
                 "the source of a write gave %zd bytes where 1 to %zu were due", got, want);
    return -1;
}

int agent_source_copy(const struct mtk_source *from, uint8_t *to, size_t n, struct mtk_error *err)
{
    while (n) {
        const uint8_t *data = NULL;
        size_t part = 0;
        if (agent_source_next(from, n, &data, &part, err) < 0)
            return -1;
        memcpy(to, data, part);
        to += part;
        n -= part;
    }
    return 0;
}

uint8_t *agent_drain_room(const struct mtk_drain *to, size_t n, size_t *room, struct mtk_error *err)
{
    *room = 0;
    uint8_t *buf = to->buffer(to->ctx, n, room, err);
    if (buf && !*room) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "the reader gave a buffer without room");
        return NULL;
    }
    *room = *room < n ? *room : n;
    return buf;
}

int agent_drain_copy(const struct mtk_drain *to, const uint8_t *data, size_t n, struct mtk_error *err)
{
    while (n) {
        size_t part = 0;
        uint8_t *buf = agent_drain_room(to, n, &part, err);
        if (!buf)
            return -1;
        memcpy(buf, data, part);
        if (to->commit(to->ctx, part, err) < 0)
            return -1;
        data += part;
        n -= part;
    }
    return 0;
}

/* ---- reading ---- */

static uint8_t *trim_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct agent_trim *t = ctx;
    t->passing = !t->skip && t->take;
    if (t->passing) {
        uint8_t *buf = t->to->buffer(t->to->ctx, want < t->take ? want : (size_t)t->take, room, err);
        *room = *room < t->take ? *room : (size_t)t->take;
        return buf;
    }
    *room = want < sizeof(t->scrap) ? want : sizeof(t->scrap);
    if (t->skip && t->skip < *room)
        *room = (size_t)t->skip;
    return t->scrap;
}

static int trim_commit(void *ctx, size_t len, struct mtk_error *err)
{
    struct agent_trim *t = ctx;
    if (t->passing) {
        t->take -= len;
        return t->to->commit(t->to->ctx, len, err);
    }
    t->skip -= len < t->skip ? len : t->skip;
    return 0;
}

void agent_trim_init(struct agent_trim *t, const struct mtk_drain *to, uint64_t skip, uint64_t take)
{
    *t = (struct agent_trim){.to = to, .skip = skip, .take = take};
    t->drain = (struct mtk_drain){.buffer = trim_buffer, .commit = trim_commit, .ctx = t};
}

static uint8_t *memory_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct agent_memory *m = ctx;
    (void)want, (void)err;
    *room = m->left;
    return m->at;
}

static int memory_commit(void *ctx, size_t len, struct mtk_error *err)
{
    struct agent_memory *m = ctx;
    (void)err;
    m->at += len;
    m->left -= len;
    return 0;
}

void agent_memory_init(struct agent_memory *m, void *buf, size_t len)
{
    *m = (struct agent_memory){.at = buf, .left = len};
    m->drain = (struct mtk_drain){.buffer = memory_buffer, .commit = memory_commit, .ctx = m};
}

/* ---- writing ---- */

/* A read of the host's own, about which nobody wants to hear. */
static int read_unit(struct mtk_agent *a, const char *area, uint64_t addr, uint8_t *buf, uint32_t unit,
                     struct mtk_error *err)
{
    struct agent_memory m;
    struct mtk_agent was = *a;
    agent_memory_init(&m, buf, unit);
    a->progress = NULL;
    a->cancelled = NULL;
    int r = a->ops->read(a, area, addr, unit, &m.drain, err);
    a->progress = was.progress;
    a->cancelled = was.cancelled;
    return r;
}

int agent_edges_get(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, uint32_t unit,
                    bool keep, struct agent_edges *out, struct mtk_error *err)
{
    out->span = agent_span_of(addr, len, unit);
    const struct agent_span *s = &out->span;
    size_t behind = (size_t)(s->len - s->before - len);
    if (unit > AGENT_UNIT_MAX || (s->before && !keep))
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                        "0x%" PRIX64 " is no multiple of the %" PRIu32 " bytes that are written at a time",
                        addr, unit);
    if (!keep) {
        memset(out->tail, 0xFF, behind);
        return 0;
    }
    if (s->before && read_unit(a, area, s->addr, out->head, unit, err) < 0)
        return -1;
    if (behind && read_unit(a, area, s->addr + s->len - unit, out->tail, unit, err) < 0)
        return -1;
    memmove(out->tail, out->tail + (behind ? unit - behind : 0), behind);
    return 0;
}

static ssize_t pad_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct agent_pad *p = ctx;
    if (p->head_left) {
        size_t part = want < p->head_left ? want : p->head_left;
        *data = p->head;
        p->head += part;
        p->head_left -= part;
        return (ssize_t)part;
    }
    if (p->left) {
        ssize_t n = p->from->next(p->from->ctx, want < p->left ? want : (size_t)p->left, data, err);
        p->left -= n > 0 && (uint64_t)n <= p->left ? (uint64_t)n : 0;
        return n;
    }
    *data = p->tail;
    p->tail += want;
    return (ssize_t)want;
}

void agent_pad_init(struct agent_pad *p, const struct mtk_source *from, const struct agent_edges *e)
{
    *p = (struct agent_pad){
        .from = from, .head = e->head, .tail = e->tail, .head_left = e->span.before, .left = e->span.own};
    p->source = (struct mtk_source){.next = pad_next, .ctx = p};
}
