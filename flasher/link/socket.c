/* SPDX-License-Identifier: Apache-2.0 */
/* A phone behind a unix or TCP stream socket. There is no USB in between: no transfers, no control requests. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "flasher/link/backends.h"
#include "flasher/link/fd.h"
#include "flasher/link/net.h"
#include "protocol/error_index.h"

/* A server whose phone is not on its bus closes right after it has accepted; it gets this long to do so. */
#define SETTLE_NS (20 * NS_PER_MS)

struct socket_link {
    struct mtk_fd_link fd;
    char where[160];          /* the PORT string without its scheme, for errors */
    struct sockaddr_un un;    /* unix only */
    struct mtk_net_host host; /* tcp only */
};

/* What one attempt came to. */
enum attempt { OPEN, NOT_YET, NEVER };

/* Did the server close at once? Data or silence both mean that a phone is there. */
static bool closed_at_once(int fd, int64_t now)
{
    char peek;
    if (mtk_fd_wait(fd, POLLIN, now + SETTLE_NS) == 0)
        return false;
    return recv(fd, &peek, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* One attempt at one address; *why becomes the errno value of a failure, 0 for "closes at once". */
static enum attempt try_address(struct socket_link *s, const struct sockaddr *sa, socklen_t sa_len,
                                int64_t deadline, int *why)
{
    s->fd.fd = mtk_net_dial(sa, sa_len, deadline, why);
    if (s->fd.fd >= 0 && !closed_at_once(s->fd.fd, s->fd.base.clock.now(s->fd.base.clock.ctx)))
        return OPEN;
    mtk_fd_close(&s->fd.base);
    return !*why || mtk_net_not_yet(*why) ? NOT_YET : NEVER;
}

static int unreadable(const struct socket_link *s, const char *why, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "port %s:%s: %s", s->fd.base.ops->name,
                    s->where, why);
}

static enum attempt try_unix(struct socket_link *s, int64_t deadline, int *why, struct mtk_error *err)
{
    struct stat st;
    /* The kernel refuses a connection to a plain file as it does to a socket without a server: look first. */
    if (stat(s->un.sun_path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        unreadable(s, "it is not a socket", err);
        return NEVER;
    }
    enum attempt a = try_address(s, (const struct sockaddr *)&s->un, sizeof(s->un), deadline, why);
    if (a == NEVER)
        unreadable(s, *why == EPROTOTYPE ? "it is not a stream socket" : strerror(*why), err);
    return a;
}

static enum attempt try_tcp(struct socket_link *s, int64_t deadline, int *why, struct mtk_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int r = getaddrinfo(s->host.name, s->host.service, &hints, &list);
    if (r != 0) {
        unreadable(s, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r), err);
        return NEVER;
    }
    enum attempt best = NEVER;
    for (struct addrinfo *ai = list; ai && best != OPEN; ai = ai->ai_next) {
        int one = 1;
        enum attempt a = try_address(s, ai->ai_addr, ai->ai_addrlen, deadline, why);
        best = a < best ? a : best;
        if (a == OPEN) /* commands are a few bytes each and every one waits for its answer */
            setsockopt(s->fd.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
    freeaddrinfo(list);
    if (best == NEVER)
        unreadable(s, strerror(*why), err);
    return best;
}

static int socket_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct socket_link *s = (struct socket_link *)l;
    int64_t start = l->clock.now(l->clock.ctx);
    int64_t deadline = mtk_deadline(start, timeout_ns);
    int why = 0;
    if (s->fd.fd >= 0)
        return 0;
    do {
        enum attempt a =
            s->un.sun_family ? try_unix(s, deadline, &why, err) : try_tcp(s, deadline, &why, err);
        if (a == OPEN)
            s->fd.generation++;
        if (a != NOT_YET)
            return a == OPEN ? 0 : -1;
    } while (mtk_fd_retry(l, deadline));
    return mtk_fd_no_phone(l, start, s->where, why, err);
}

static void socket_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    *id = (struct mtk_link_identity){.generation = ((struct socket_link *)l)->fd.generation};
}

static void socket_destroy(struct mtk_link *l)
{
    free(l);
}

static const struct mtk_link_ops unix_ops = {
    .name = "unix",
    .open = socket_open,
    .read = mtk_fd_read,
    .write = mtk_fd_write,
    .identity = socket_identity,
    .close = mtk_fd_close,
    .destroy = socket_destroy,
};

static const struct mtk_link_ops tcp_ops = {
    .name = "tcp",
    .open = socket_open,
    .read = mtk_fd_read,
    .write = mtk_fd_write,
    .identity = socket_identity,
    .close = mtk_fd_close,
    .destroy = socket_destroy,
};

static struct socket_link *new_socket(const struct mtk_link_ops *ops, const char *where)
{
    struct socket_link *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->fd = (struct mtk_fd_link){.base = {.ops = ops, .clock = mtk_clock_real()}, .fd = -1, .socket = true};
    snprintf(s->where, sizeof(s->where), "%s", where);
    return s;
}

struct mtk_link *mtk_link_unix_new(const char *path, struct mtk_error *err)
{
    size_t len = strlen(path);
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (len == 0 || len >= sizeof(un.sun_path)) {
        mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "port unix:%.80s: a socket path has 1 to %zu bytes", path,
                 sizeof(un.sun_path) - 1);
        return NULL;
    }
    struct socket_link *s = new_socket(&unix_ops, path);
    if (!s)
        return mtk_link_no_memory(err);
    memcpy(un.sun_path, path, len + 1);
    s->un = un;
    return &s->fd.base;
}

struct mtk_link *mtk_link_tcp_new(const char *host_port, struct mtk_error *err)
{
    struct socket_link *s = new_socket(&tcp_ops, host_port);
    if (!s)
        return mtk_link_no_memory(err);
    if (mtk_net_split(host_port, strlen(host_port), 0, &s->host))
        return &s->fd.base;
    mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
             "port tcp:%.80s: expected tcp:HOST:PORT with a port of 1 to 65535", host_port);
    free(s);
    return NULL;
}
