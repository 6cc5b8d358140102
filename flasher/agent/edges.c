/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/agent/edges.h"

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

static ssize_t pad_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct agent_pad *p = ctx;
    if (p->left) {
        ssize_t n = p->from->next(p->from->ctx, want < p->left ? want : (size_t)p->left, data, err);
        p->left -= n > 0 && (uint64_t)n <= p->left ? (uint64_t)n : 0;
        return n;
    }
    *data = p->tail;
    p->tail += want;
    return (ssize_t)want;
}

void agent_pad_init(struct agent_pad *p, const struct mtk_source *from, uint64_t len, const uint8_t *tail)
{
    *p = (struct agent_pad){.from = from, .left = len, .tail = tail};
    p->source = (struct mtk_source){.next = pad_next, .ctx = p};
}
