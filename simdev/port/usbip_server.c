/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port that is a USB/IP server: usbip[:ADDR:PORT]. One event loop for its sockets and its phones. What a connection
 * says is usbip_conn.c's business; here are sockets, time, and how many there may be.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "simdev/port/listener.h"
#include "simdev/port/usbip_conn.h"

#define DEFAULT_PLACE "127.0.0.1:3240"
#define ASK_TIME      (5 * NS_PER_S)    /* for a client to say what it wants */
#define FLUSH_TIME    (2 * NS_PER_S)    /* for a client to take the last answers */
#define BREATH        (100 * NS_PER_MS) /* before another try when the system has no file for a client */

enum {
    CLIENTS_MAX = 64, /* at a time; of those that have imported nothing the oldest makes room for the next */
    MOVES = 16,       /* receive calls for one client before the others have their turn */
    PIECES = 32,
    KEEPALIVE_IDLE_S =
        10, /* a client whose machine has vanished gives its phone back after about half a minute */
    KEEPALIVE_STEP_S = 5,
    KEEPALIVE_STEPS = 4,
};

_Static_assert((int)CLIENTS_MAX > (int)USBIP_EXPORTS_MAX, "imports alone must not fill the server");

struct client {
    int fd;
    struct usbip_conn *conn;
    int64_t deadline; /* NS_NEVER while it has imported a phone */
    bool readable, writable, gone, closing;
};

struct server {
    struct port *port;
    const struct port_options *opt;
    struct mtk_clock clock;
    struct usbip_exports exports;
    struct client client[CLIENTS_MAX]; /* oldest first */
    size_t clients;
    int64_t accept_after;
};

static int64_t now(const struct server *s)
{
    return s->clock.now(s->clock.ctx);
}

/* ---- clients come and go ---- */

static void drop(struct server *s, size_t i)
{
    struct client *c = &s->client[i];
    port_usbip_conn_free(c->conn);
    port_stream_hang_up(s->port, c->fd);
    s->clients--;
    memmove(c, c + 1, (s->clients - i) * sizeof(*c));
}

static void make_room(struct server *s)
{
    size_t i = 0;
    while (i < s->clients && port_usbip_imported(s->client[i].conn))
        i++;
    if (s->clients == CLIENTS_MAX)
        drop(s, i);
}

/* So that a client whose machine has vanished does not keep a phone for ever. A system that cannot do it does no harm. */
static void keep_alive(int fd)
{
    int on = 1, idle = KEEPALIVE_IDLE_S, step = KEEPALIVE_STEP_S, steps = KEEPALIVE_STEPS;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &step, sizeof(step));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &steps, sizeof(steps));
}

static void accept_client(struct server *s)
{
    int fd = port_stream_accept(s->port);
    if (fd < 0) {
        if (errno != EAGAIN)
            s->accept_after = now(s) + BREATH;
        return;
    }
    struct usbip_conn *conn = port_usbip_conn_new(&s->exports);
    if (!conn) {
        close(fd);
        return;
    }
    keep_alive(fd);
    make_room(s);
    s->client[s->clients++] = (struct client){
        .fd = fd, .conn = conn, .deadline = now(s) + ASK_TIME, .readable = true, .writable = true};
}

/* ---- moving bytes ---- */

static void receive(struct server *s, struct client *c)
{
    void *where;
    for (int i = 0; i < MOVES && c->readable && !c->gone; i++) {
        size_t want = port_usbip_space(c->conn, &where);
        if (want == 0)
            return;
        ssize_t n = recv(c->fd, where, want, 0);
        /* Less than was asked for: the rest has not come yet, and poll will tell when it does. */
        c->readable = n == (ssize_t)want;
        if (n > 0)
            port_usbip_received(c->conn, (size_t)n, now(s));
        else
            c->gone = n == 0 || (errno != EAGAIN && errno != EINTR);
    }
}

static void transmit(struct client *c)
{
    struct iovec pieces[PIECES];
    while (c->writable && !c->gone) {
        struct msghdr m = {.msg_iov = pieces};
        m.msg_iovlen = port_usbip_output(c->conn, pieces, PIECES);
        if (m.msg_iovlen == 0)
            return;
        ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
        if (n >= 0) {
            port_usbip_sent(c->conn, (size_t)n);
        } else {
            c->writable = false;
            c->gone = errno != EAGAIN && errno != EINTR;
        }
    }
}

static bool has_output(const struct client *c)
{
    struct iovec pieces[2];
    return port_usbip_output(c->conn, pieces, 2) > 0;
}

/* Serves one client as far as nobody has to wait. True if there may be more to do at once. */
static bool serve_client(struct server *s, struct client *c)
{
    receive(s, c);
    bool busy = port_usbip_run(c->conn, now(s));
    transmit(c);
    if (port_usbip_over(c->conn)) {
        if (!c->closing)
            c->deadline = now(s) + FLUSH_TIME;
        c->closing = true;
        c->gone |= !has_output(c);
        return false;
    }
    if (port_usbip_imported(c->conn))
        c->deadline = NS_NEVER;
    void *where;
    return busy || (c->readable && port_usbip_space(c->conn, &where) > 0);
}

static bool serve_clients(struct server *s)
{
    bool busy = false;
    for (size_t i = 0; i < s->clients;) {
        struct client *c = &s->client[i];
        busy |= serve_client(s, c);
        if (c->gone || now(s) >= c->deadline)
            drop(s, i);
        else
            i++;
    }
    return busy;
}

/* ---- waiting ---- */

enum { WATCH_STOP, WATCH_LISTEN, WATCH_CLIENTS };

static void earlier(int64_t *t, int64_t other)
{
    if (other < *t)
        *t = other;
}

/* Until when nothing happens by itself. */
static int64_t quiet_until(const struct server *s)
{
    int64_t t = s->accept_after > now(s) ? s->accept_after : NS_NEVER;
    for (size_t i = 0; i < s->clients; i++) {
        earlier(&t, s->client[i].deadline);
        earlier(&t, port_usbip_wake(s->client[i].conn));
    }
    return t;
}

static short events_of(struct client *c)
{
    void *where;
    int events = has_output(c) ? POLLOUT : 0;
    if (port_usbip_space(c->conn, &where) > 0)
        events |= POLLIN | POLLRDHUP;
    return (short)events;
}

static int wait_for(struct pollfd *fds, size_t n, int64_t ns)
{
    struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    int rc = ppoll(fds, n, ns == NS_NEVER ? NULL : &t, NULL);
    if (rc >= 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        fds[i].revents = 0;
    return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

/* 1 to go on, 0 to stop, -1 with errno. */
static int await(struct server *s, bool busy)
{
    struct pollfd fds[WATCH_CLIENTS + CLIENTS_MAX] = {
        [WATCH_STOP] = {.fd = s->opt->stop_fd, .events = POLLIN},
        [WATCH_LISTEN] = {.fd = now(s) < s->accept_after ? -1 : s->port->listen_fd, .events = POLLIN},
    };
    size_t n = s->clients;
    for (size_t i = 0; i < n; i++)
        fds[WATCH_CLIENTS + i] = (struct pollfd){.fd = s->client[i].fd, .events = events_of(&s->client[i])};
    int64_t until = quiet_until(s), ns = busy ? 0 : until == NS_NEVER ? NS_NEVER : until - now(s);
    if (wait_for(fds, WATCH_CLIENTS + n, ns < 0 ? 0 : ns) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct client *c = &s->client[i];
        short seen = fds[WATCH_CLIENTS + i].revents;
        c->readable |= (seen & (POLLIN | POLLRDHUP)) != 0;
        c->writable |= (seen & POLLOUT) != 0;
        c->gone |= (seen & (POLLERR | POLLHUP)) != 0 && !(seen & POLLIN);
    }
    if (fds[WATCH_LISTEN].revents)
        accept_client(s);
    return fds[WATCH_STOP].revents ? 0 : 1;
}

/* With `once`: the first import has ended and its last answers are delivered. */
static bool finished(const struct server *s)
{
    if (!s->opt->once || s->exports.ended == 0)
        return false;
    for (size_t i = 0; i < s->clients; i++)
        if (s->client[i].closing)
            return false;
    return true;
}

static int usbip_serve(struct port *p, struct mtksim *const *phones, size_t count,
                       const struct port_options *opt, char *err, size_t err_len)
{
    struct server *s = calloc(1, sizeof(*s));
    int rc = 1;
    if (!s)
        return mtk_why(err, err_len, "%s", strerror(ENOMEM));
    s->port = p;
    s->opt = opt;
    s->clock = mtk_clock_real();
    port_usbip_exports_init(&s->exports, phones, count);
    s->exports.log = opt->log;
    s->exports.log_ctx = opt->log_ctx;
    while (rc > 0) {
        bool busy = serve_clients(s);
        rc = finished(s) ? 0 : await(s, busy);
    }
    if (rc < 0)
        mtk_why(err, err_len, "%s: %s", p->address, strerror(errno));
    while (s->clients > 0)
        drop(s, s->clients - 1);
    free(s);
    return rc < 0 ? -1 : 0;
}

static int usbip_open(struct port *p, const char *arg, bool expose, char *err, size_t err_len)
{
    return port_stream_listen(p, "usbip", *arg ? arg : DEFAULT_PLACE, expose, err, err_len);
}

const struct port_kind port_usbip = {
    .scheme = "usbip",
    .phones = USBIP_EXPORTS_MAX,
    .open = usbip_open,
    .serve = usbip_serve,
    .close = port_stream_close,
};
