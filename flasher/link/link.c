/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes over any link, and the three errors that must never be mixed up. */
#include "flasher/link/backends.h"

#include <errno.h>
#include <string.h>

#include "protocol/error_index.h"

/* A drain must end even if the other end never stops talking: after so many reads, or so many times its quiet time. */
#define DRAIN_READS  4096
#define DRAIN_QUIETS 64

struct mtk_link *mtk_link_no_memory(struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    return NULL;
}

void mtk_link_free(struct mtk_link *l)
{
    if (!l)
        return;
    l->ops->close(l);
    l->ops->destroy(l);
}

static int64_t now_of(const struct mtk_link *l)
{
    return l->clock.now(l->clock.ctx);
}

static int64_t left_of(const struct mtk_link *l, int64_t deadline)
{
    if (deadline == NS_NEVER)
        return -1;
    int64_t left = deadline - now_of(l);
    return left > 0 ? left : 0;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* The read ended with `result` when `got` of `len` bytes of `what` had come. */
static int read_failed(ssize_t result, const char *what, const void *buf, size_t got, size_t len,
                       int64_t waited, struct mtk_error *err)
{
    int saved = errno;
    if (result == MTK_LINK_GONE)
        mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS,
                 "the phone left the bus after %zu of %zu bytes of %s", got, len, what);
    else if (result == MTK_LINK_IO)
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "reading %s from the port failed: %s", what,
                 strerror(saved));
    else if (got == 0)
        mtk_fail(err, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER,
                 "the phone stayed silent for %.2f s where %s was due", seconds(waited), what);
    else
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "the phone stopped after %zu of %zu bytes of %s", got, len, what);
    if (err)
        err->waited_ns = waited;
    mtk_error_bytes(err, NULL, 0, buf, got);
    return -1;
}

static size_t give_peeked(struct mtk_link *l, uint8_t *to, size_t room)
{
    if (!l->has_peeked || !room)
        return 0;
    l->has_peeked = false;
    *to = l->peeked;
    return 1;
}

int mtk_link_read_named(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns, const char *what,
                        struct mtk_error *err)
{
    uint8_t *p = buf;
    int64_t start = now_of(l);
    int64_t deadline = mtk_deadline(start, timeout_ns);
    size_t got = give_peeked(l, p, len);
    while (got < len) {
        ssize_t n = l->ops->read(l, p + got, len - got, left_of(l, deadline));
        if (n < 0)
            return read_failed(n, what, buf, got, len, now_of(l) - start, err);
        got += (size_t)n;
    }
    return 0;
}

int mtk_link_read_full(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns, struct mtk_error *err)
{
    return mtk_link_read_named(l, buf, len, timeout_ns, "an answer", err);
}

int mtk_link_peek(struct mtk_link *l, uint8_t *byte, int64_t timeout_ns, struct mtk_error *err)
{
    if (!l->has_peeked && mtk_link_read_full(l, &l->peeked, 1, timeout_ns, err) < 0)
        return -1;
    l->has_peeked = true;
    *byte = l->peeked;
    return 0;
}

int mtk_link_write_full(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns,
                        struct mtk_error *err)
{
    int64_t start = now_of(l);
    ssize_t n = l->ops->write(l, buf, len, timeout_ns);
    int saved = errno;
    if (n >= 0 && (size_t)n == len)
        return 0;
    if (n == MTK_LINK_GONE)
        mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS,
                 "the phone left the bus after it had taken %zu of %zu bytes", l->taken, len);
    else if (n == MTK_LINK_IO)
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "writing to the port failed: %s", strerror(saved));
    else
        mtk_fail(err, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, "the phone took only %zu of %zu bytes in %.2f s",
                 l->taken, len, seconds(now_of(l) - start));
    if (err) {
        err->waited_ns = now_of(l) - start;
        err->acked = l->taken;
    }
    return -1;
}

size_t mtk_link_drain(struct mtk_link *l, int64_t quiet_ns)
{
    uint8_t scrap[4096];
    size_t dropped = give_peeked(l, scrap, sizeof(scrap));
    int64_t limit = quiet_ns > NS_NEVER / DRAIN_QUIETS ? NS_NEVER : quiet_ns * DRAIN_QUIETS;
    int64_t deadline = mtk_deadline(now_of(l), limit);
    for (int reads = 0; reads < DRAIN_READS && now_of(l) <= deadline; reads++) {
        ssize_t n = l->ops->read(l, scrap, sizeof(scrap), quiet_ns);
        if (n < 0)
            break;
        dropped += (size_t)n;
    }
    return dropped;
}
