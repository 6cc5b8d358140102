/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "protocol/error_index.h"

short mtk_fd_wait(int fd, short events, int64_t deadline)
{
    struct mtk_clock clock = mtk_clock_real();
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = deadline == NS_NEVER ? NS_PER_S : deadline - clock.now(clock.ctx);
        if (left < 0)
            left = 0;
        struct timespec ts = {.tv_sec = (time_t)(left / NS_PER_S), .tv_nsec = (long)(left % NS_PER_S)};
        int n = ppoll(&p, 1, &ts, NULL);
        if (n > 0)
            return p.revents;
        if (n < 0 && errno != EINTR)
            return POLLERR;
        if (deadline != NS_NEVER && clock.now(clock.ctx) >= deadline)
            return 0;
    }
}

/* The ways in which a kernel says that the other end is not there any more. */
static bool peer_left(int error)
{
    return error == ECONNRESET || error == EPIPE || error == ENOTCONN || error == ETIMEDOUT || error == EIO ||
           error == ENXIO || error == ENODEV;
}

static ssize_t gone(struct mtk_fd_link *f)
{
    mtk_fd_close(&f->base);
    return MTK_LINK_GONE;
}

/*
 * After EAGAIN: 0 when the call is worth repeating, else a negative result. A descriptor that is hung up polls ready
 * for ever; *hung remembers that one more attempt was made after the hang-up, to fetch what came before it.
 */
static ssize_t wait_ready(struct mtk_fd_link *f, short events, int64_t deadline, bool *hung)
{
    if (*hung)
        return gone(f);
    short got = mtk_fd_wait(f->fd, events, deadline);
    if (got == 0)
        return MTK_LINK_TIMEOUT;
    *hung = (got & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    return 0;
}

ssize_t mtk_fd_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct mtk_fd_link *f = (struct mtk_fd_link *)l;
    int64_t deadline = mtk_deadline(l->clock.now(l->clock.ctx), timeout_ns);
    bool hung = false;
    if (len == 0) {
        errno = EINVAL;
        return MTK_LINK_IO;
    }
    while (f->fd >= 0) {
        ssize_t n = f->socket ? recv(f->fd, buf, len, MSG_DONTWAIT) : read(f->fd, buf, len);
        if (n > 0)
            return n;
        if (n == 0)
            return gone(f);
        if (errno == EINTR)
            continue;
        if (peer_left(errno))
            return gone(f);
        if (errno != EAGAIN)
            return MTK_LINK_IO;
        n = wait_ready(f, POLLIN, deadline, &hung);
        if (n < 0)
            return n;
    }
    return MTK_LINK_GONE;
}

ssize_t mtk_fd_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct mtk_fd_link *f = (struct mtk_fd_link *)l;
    int64_t deadline = mtk_deadline(l->clock.now(l->clock.ctx), timeout_ns);
    const uint8_t *p = buf;
    bool hung = false;
    l->taken = 0;
    while (f->fd >= 0) {
        if (l->taken == len)
            return (ssize_t)len;
        size_t left = len - l->taken;
        ssize_t n = f->socket ? send(f->fd, p + l->taken, left, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : write(f->fd, p + l->taken, left);
        if (n > 0) {
            l->taken += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && peer_left(errno))
            return gone(f);
        if (n < 0 && errno != EAGAIN)
            return MTK_LINK_IO;
        n = wait_ready(f, POLLOUT, deadline, &hung);
        if (n < 0)
            return n;
    }
    return MTK_LINK_GONE;
}

void mtk_fd_close(struct mtk_link *l)
{
    struct mtk_fd_link *f = (struct mtk_fd_link *)l;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

bool mtk_fd_retry(const struct mtk_link *l, int64_t deadline)
{
    int64_t left = deadline - l->clock.now(l->clock.ctx);
    if (left <= 0)
        return false;
    l->clock.sleep_ns(l->clock.ctx, left < MTK_OPEN_POLL_NS ? left : MTK_OPEN_POLL_NS);
    return true;
}

int mtk_fd_no_phone(const struct mtk_link *l, int64_t start, const char *where, int why,
                    struct mtk_error *err)
{
    int64_t waited = l->clock.now(l->clock.ctx) - start;
    mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "no phone on %s: %s", where,
             why ? strerror(why) : "the other end closes at once; another program may be using the phone");
    if (err)
        err->waited_ns = waited;
    return -1;
}
