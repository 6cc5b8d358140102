/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/flow.h"

#include <errno.h>
#include <string.h>

#include "protocol/error_index.h"

/* Towards the phone a buffer is one packet, which the agent can sum and send without copying. */
#define SEND_BUFFERS 3u
#define SEND_MIN     (64u << 10)
#define SEND_MAX     (2u << 20)
/* From the phone, small pieces keep the hash close behind the wire and inside the processor's cache. */
#define RECEIVE_BUFFERS 8u
#define RECEIVE_SIZE    (256u << 10)

static int no_memory(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

/* Copies the flow's own error out, if there is one. */
static int own_error(const struct mtk_flow *f, struct mtk_error *err)
{
    if (f->err.row) {
        if (err)
            *err = f->err;
        return -1;
    }
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_NONE,
                    "a transfer asked for more bytes than it was made for");
}

/* ---- helper threads ---- */

static void producer(void *ctx)
{
    struct mtk_flow *f = ctx;
    uint8_t *buf;
    while ((buf = mtk_pipe_reserve(f->pipe))) {
        ssize_t n = f->produce(f->ctx, buf, mtk_pipe_buffer_size(f->pipe), &f->err);
        if (n <= 0)
            break;
        mtk_pipe_push(f->pipe, (size_t)n);
    }
    mtk_pipe_end(f->pipe);
}

static void consumer(void *ctx)
{
    struct mtk_flow *f = ctx;
    const uint8_t *data;
    size_t n;
    while ((data = mtk_pipe_peek(f->pipe, &n))) {
        if (f->consume(f->ctx, data, n, &f->err) < 0) {
            mtk_pipe_close(f->pipe);
            return;
        }
        mtk_pipe_pop(f->pipe);
    }
}

/* ---- the agent's side ---- */

/* Makes sure that f->buf holds bytes to send. 0 at the end, 1 if there are some, -1 and *err. */
static int refill(struct mtk_flow *f, struct mtk_error *err)
{
    if (f->pos < f->len)
        return 1;
    if (f->pipe) {
        if (f->buf)
            mtk_pipe_pop(f->pipe);
        f->buf = (uint8_t *)mtk_pipe_peek(f->pipe, &f->len);
        if (!f->buf) /* the helper is at its end: what it says of an error is complete once it has returned */
            mtk_pipe_join(f->pipe);
    } else {
        ssize_t n = f->produce(f->ctx, f->buf, f->size, &f->err);
        f->len = n > 0 ? (size_t)n : 0;
    }
    f->pos = 0;
    return f->len ? 1 : own_error(f, err);
}

static ssize_t source_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct mtk_flow *f = ctx;
    if (refill(f, err) < 0)
        return -1;
    size_t n = f->len - f->pos < want ? f->len - f->pos : want;
    *data = f->buf + f->pos;
    f->pos += n;
    return (ssize_t)n;
}

int mtk_flow_flush(struct mtk_flow *f, struct mtk_error *err)
{
    if (!f->len)
        return 0;
    size_t n = f->len;
    f->len = 0;
    if (f->pipe) {
        mtk_pipe_push(f->pipe, n);
        f->buf = NULL;
        return 0;
    }
    return f->consume(f->ctx, f->buf, n, &f->err) < 0 ? own_error(f, err) : 0;
}

static uint8_t *drain_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct mtk_flow *f = ctx;
    if (f->pipe && !f->buf)
        f->buf = mtk_pipe_reserve(f->pipe);
    if (!f->buf) { /* the helper has closed the pipe: its error is complete */
        mtk_pipe_join(f->pipe);
        own_error(f, err);
        return NULL;
    }
    *room = f->size - f->len < want ? f->size - f->len : want;
    return f->buf + f->len;
}

static int drain_commit(void *ctx, size_t len, struct mtk_error *err)
{
    struct mtk_flow *f = ctx;
    f->len += len;
    return f->len == f->size ? mtk_flow_flush(f, err) : 0;
}

/* ---- beginning and end ---- */

static void init(struct mtk_flow *f, void *ctx)
{
    memset(f, 0, sizeof(*f));
    f->ctx = ctx;
    f->source = (struct mtk_source){.next = source_next, .ctx = f};
    f->drain = (struct mtk_drain){.buffer = drain_buffer, .commit = drain_commit, .ctx = f};
}

/* In place: one buffer for everything, because it is little. */
static int init_in_place(struct mtk_flow *f, struct mtk_session *s, uint64_t total, struct mtk_error *err)
{
    f->size = total ? (size_t)total : 1;
    f->buf = mtk_session_scratch(s, f->size, err);
    return f->buf ? 0 : -1;
}

static int start(struct mtk_flow *f, void (*helper)(void *ctx), struct mtk_error *err)
{
    f->size = mtk_pipe_buffer_size(f->pipe);
    if (mtk_pipe_start(f->pipe, helper, f) < 0)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "no thread: %s", strerror(errno));
    return 0;
}

int mtk_flow_send(struct mtk_flow *f, struct mtk_session *s, uint64_t total, mtk_produce_fn produce,
                  void *ctx, struct mtk_error *err)
{
    init(f, ctx);
    f->produce = produce;
    if (total < MTK_FLOW_THREADED)
        return init_in_place(f, s, total, err);
    if (!s->out_pipe) {
        size_t packet = s->agent_info.max_write;
        packet = packet < SEND_MIN ? SEND_MIN : packet > SEND_MAX ? SEND_MAX : packet;
        s->out_pipe = mtk_pipe_new(SEND_BUFFERS, packet);
    }
    f->pipe = s->out_pipe;
    return f->pipe ? start(f, producer, err) : no_memory(err);
}

int mtk_flow_receive(struct mtk_flow *f, struct mtk_session *s, uint64_t total, mtk_consume_fn consume,
                     void *ctx, struct mtk_error *err)
{
    init(f, ctx);
    f->consume = consume;
    if (total < MTK_FLOW_THREADED)
        return init_in_place(f, s, total, err);
    if (!s->in_pipe)
        s->in_pipe = mtk_pipe_new(RECEIVE_BUFFERS, RECEIVE_SIZE);
    f->pipe = s->in_pipe;
    return f->pipe ? start(f, consumer, err) : no_memory(err);
}

int mtk_flow_end(struct mtk_flow *f, bool ok, struct mtk_error *err)
{
    if (ok && f->consume && mtk_flow_flush(f, err) < 0)
        ok = false;
    if (f->pipe) {
        if (ok && f->consume)
            mtk_pipe_end(f->pipe);
        else
            mtk_pipe_close(f->pipe);
        mtk_pipe_join(f->pipe);
    }
    if (!ok)
        return -1;
    return f->err.row ? own_error(f, err) : 0;
}
