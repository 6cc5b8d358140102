/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop between one phone and one host at a time, see port.h for its rules. */
#include "simdev/port/port.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "simdev/port/listener.h"
#include "simdev/port/plug.h"

enum {
    BUFFER = 256 * 1024, /* each way: stays in the processor's cache, and system calls are few */
    PASSES = 64,         /* moves between two looks at the other files */
    FLUSH_MS = 2000,     /* for a host to take what the phone had sent before it left */
};

enum ending { GOING_ON, HOST_GONE, PHONE_LEFT, PHONE_ABSENT, STOPPED };

/* Bytes on their way: [pos, len) are waiting. */
struct queue {
    uint8_t *data;
    size_t pos, len;
};

struct session {
    struct port *port;
    struct mtksim *phone;
    const struct port_options *opt;
    struct mtk_clock clock;
    int fd;
    int64_t offset;      /* real clock minus the phone's */
    int64_t wake;        /* when the phone wants to run, its clock */
    unsigned generation; /* of the device that this host has opened */
    bool readable, writable, busy;
    struct queue to_host, to_phone;
};

static void say(const struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct session *s, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    if (!s->opt->log)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    s->opt->log(s->opt->log_ctx, line);
}

static int64_t phone_time(const struct session *s)
{
    return s->clock.now(s->clock.ctx) - s->offset;
}

static void run_phone(struct session *s)
{
    s->wake = mtksim_run_until(s->phone, phone_time(s));
}

static bool left_bus(const struct session *s)
{
    struct mtksim_usb_id id;
    return mtksim_identity(s->phone, &id) != 0 || id.generation != s->generation;
}

/* ---- moving bytes; each returns true if it moved any ---- */

/* Collects what the phone has sent. Each transfer that is collected may let it send the next: it is run. */
static bool collect(struct session *s)
{
    struct queue *q = &s->to_host;
    bool moved = false;
    while (q->len < BUFFER && mtksim_pending(s->phone) > 0) {
        ssize_t n = mtksim_read(s->phone, q->data + q->len, BUFFER - q->len, 0);
        if (n <= 0)
            break;
        q->len += (size_t)n;
        moved = true;
        run_phone(s);
    }
    return moved;
}

static bool deliver(struct session *s, enum ending *end)
{
    struct queue *q = &s->to_host;
    if (q->pos == q->len || !s->writable)
        return false;
    ssize_t n = s->port->kind->send(s->fd, q->data + q->pos, q->len - q->pos);
    if (n < 0) {
        s->writable = false;
        if (errno != EAGAIN && errno != EINTR)
            *end = HOST_GONE;
        return false;
    }
    q->pos += (size_t)n;
    if (q->pos == q->len)
        q->pos = q->len = 0;
    return true;
}

/* Takes from the host what the phone has room for, so that a phone which takes nothing stops the host as a
 * NAK would. */
static void fetch(struct session *s, enum ending *end)
{
    struct queue *q = &s->to_phone;
    size_t want = mtksim_room(s->phone);
    if (q->pos < q->len || !s->readable || want == 0)
        return;
    if (want > BUFFER)
        want = BUFFER;
    ssize_t n = s->port->kind->recv(s->fd, q->data, want);
    /* Less than was asked for: the rest has not come yet, and poll will tell when it does. */
    s->readable = n == (ssize_t)want;
    q->pos = 0;
    q->len = n > 0 ? (size_t)n : 0;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        *end = HOST_GONE;
}

static bool feed(struct session *s)
{
    struct queue *q = &s->to_phone;
    if (q->pos == q->len)
        return false;
    mtksim_write(s->phone, q->data + q->pos, q->len - q->pos, 0);
    size_t taken = mtksim_taken(s->phone);
    q->pos += taken;
    return taken > 0;
}

/* Moves what can be moved without waiting for anybody; s->busy tells whether there may be more of it. */
static enum ending pump(struct session *s)
{
    enum ending end = GOING_ON;
    s->busy = true;
    for (int i = 0; i < PASSES && s->busy && end == GOING_ON; i++) {
        run_phone(s);
        s->busy = collect(s);
        s->busy |= deliver(s, &end);
        if (left_bus(s))
            return PHONE_LEFT;
        fetch(s, &end);
        s->busy |= feed(s);
    }
    return end;
}

/* ---- waiting ---- */

enum { WATCH_STOP, WATCH_LISTEN, WATCH_HOST, WATCHES };

static int wait_for(struct pollfd *fds, nfds_t n, int64_t ns)
{
    struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    for (nfds_t i = 0; i < n; i++)
        fds[i].revents = 0;
    int rc = ppoll(fds, n, ns == NS_NEVER ? NULL : &t, NULL);
    return rc < 0 && errno != EINTR && errno != EAGAIN ? -1 : 0;
}

/* How long nothing happens unless a file says so. */
static int64_t quiet_time(const struct session *s)
{
    if (s->wake == NS_NEVER)
        return NS_NEVER;
    int64_t ns = s->wake - phone_time(s);
    return ns > 0 ? ns : 0;
}

/* Waits until the host, the phone's clock or the user wants something. */
static enum ending await(struct session *s)
{
    bool can_take = s->to_phone.pos == s->to_phone.len && mtksim_room(s->phone) > 0;
    bool can_give = s->to_host.pos < s->to_host.len;
    struct pollfd fds[WATCHES] = {
        [WATCH_STOP] = {.fd = s->opt->stop_fd, .events = POLLIN},
        [WATCH_LISTEN] = {.fd = s->port->kind->refuse ? s->port->listen_fd : -1, .events = POLLIN},
        [WATCH_HOST] = {.fd = s->fd, .events = POLLRDHUP},
    };
    short *events = &fds[WATCH_HOST].events, *seen = &fds[WATCH_HOST].revents;
    *events = (short)(*events | (can_take ? POLLIN : 0) | (can_give ? POLLOUT : 0));
    if (wait_for(fds, WATCHES, s->busy ? 0 : quiet_time(s)) != 0)
        return HOST_GONE;
    if (fds[WATCH_STOP].revents)
        return STOPPED;
    if (fds[WATCH_LISTEN].revents && s->port->kind->refuse(s->port))
        say(s, "another host was turned away, one is connected");
    if (*seen & POLLOUT)
        s->writable = true;
    if (*seen & (POLLHUP | POLLERR | POLLRDHUP)) {
        /* What the host sent before it left is still read, as long as the phone takes it. A phone that takes
         * nothing does not keep a host that has gone. */
        if (!can_take)
            return HOST_GONE;
        s->readable = true;
    } else if (*seen & POLLIN) {
        s->readable = true;
    }
    return GOING_ON;
}

/* ---- a connection ---- */

/* What cdc-acm does when a program opens the tty: 921600 8N1, then DTR and RTS. A refusal changes nothing. */
static void open_serial(struct mtksim *phone)
{
    uint8_t line_coding[7] = {0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08};
    mtksim_control(phone, 0x21, 0x20, 0, 0, line_coding, sizeof(line_coding));
    mtksim_control(phone, 0x21, 0x22, 3, 0, NULL, 0);
}

static int plug_in(struct session *s)
{
    struct mtksim_usb_id id = {0};
    if (port_plug_in(s->phone, mtksim_attach, &id) != 0) {
        say(s, "host connected, but the phone does not show up on the bus (stage %s)",
            mtksim_stage(s->phone));
        return -1;
    }
    s->generation = id.generation;
    s->offset = s->clock.now(s->clock.ctx) - mtksim_now(s->phone);
    open_serial(s->phone);
    say(s, "host connected to %04x:%04x (stage %s)", id.vid, id.pid, mtksim_stage(s->phone));
    return 0;
}

/* Hands over what the phone had sent before it left the bus, to a host that may be slow. */
static void flush(struct session *s)
{
    int64_t deadline = mtk_deadline(s->clock.now(s->clock.ctx), FLUSH_MS * NS_PER_MS);
    enum ending end = GOING_ON;
    s->writable = true;
    while (end == GOING_ON) {
        struct pollfd fds[] = {{.fd = s->fd, .events = POLLOUT}, {.fd = s->opt->stop_fd, .events = POLLIN}};
        if (!deliver(s, &end) && end == GOING_ON) {
            int64_t left = deadline - s->clock.now(s->clock.ctx);
            if (s->to_host.len == 0 || left <= 0 || wait_for(fds, 2, left) != 0 || fds[1].revents)
                break;
            s->writable = true;
        }
    }
}

static enum ending serve_host(struct session *s)
{
    enum ending end = GOING_ON;
    s->to_host.pos = s->to_host.len = s->to_phone.pos = s->to_phone.len = 0;
    s->readable = s->writable = true;
    if (plug_in(s) != 0)
        return PHONE_ABSENT;
    while (end == GOING_ON) {
        end = pump(s);
        if (end == GOING_ON)
            end = await(s);
    }
    if (end == PHONE_LEFT)
        flush(s);
    else
        mtksim_unplug(s->phone);
    return end;
}

static void report(const struct session *s, enum ending end)
{
    static const char *const words[] = {
        [HOST_GONE] = "host disconnected",
        [PHONE_LEFT] = "the phone left the bus",
        [PHONE_ABSENT] = "a host connected, but the phone does not show up on the bus",
        [STOPPED] = "stopped",
    };
    say(s, "%s (stage %s)", words[end], mtksim_stage(s->phone));
}

/* Waits for a host and serves it. 1 to go on, 0 to stop, -1 and err. */
static int next_host(struct session *s, char *err, size_t err_len)
{
    struct pollfd fds[] = {{.fd = s->opt->stop_fd, .events = POLLIN},
                           {.fd = s->port->listen_fd, .events = POLLIN}};
    if (wait_for(fds, 2, NS_NEVER) != 0)
        return mtk_why(err, err_len, "%s: %s", s->port->address, strerror(errno));
    if (fds[0].revents)
        return 0;
    s->fd = s->port->kind->accept(s->port);
    if (s->fd < 0)
        return errno == EAGAIN ? 1 : mtk_why(err, err_len, "%s: %s", s->port->address, strerror(errno));

    enum ending end = serve_host(s);
    int rc = s->port->kind->hang_up(s->port, s->fd);
    if (rc != 0)
        mtk_why(err, err_len, "%s cannot be opened again: %s", s->port->address, strerror(errno));
    if (mtksim_sync(s->phone) != 0)
        say(s, "the state folder cannot be written: %s", strerror(errno));
    report(s, end); /* only now: who reads this may connect again */
    return rc != 0 ? -1 : end != STOPPED && !s->opt->once;
}

static int serve_bytes(struct port *port, struct mtksim *phone, const struct port_options *opt, char *err,
                       size_t err_len)
{
    struct session s = {.port = port, .phone = phone, .opt = opt, .clock = mtk_clock_real(), .fd = -1};
    int rc = -1;
    s.to_host.data = malloc(BUFFER);
    s.to_phone.data = malloc(BUFFER);
    if (!s.to_host.data || !s.to_phone.data)
        mtk_why(err, err_len, "%s", strerror(ENOMEM));
    else
        do
            rc = next_host(&s, err, err_len);
        while (rc > 0);
    free(s.to_host.data);
    free(s.to_phone.data);
    return rc;
}

size_t port_capacity(const struct port *port)
{
    return port->kind->phones ? port->kind->phones : 1;
}

int port_serve(struct port *port, struct mtksim *const *phones, size_t count, const struct port_options *opt,
               char *err, size_t err_len)
{
    size_t most = port_capacity(port);
    if (count == 0 || count > most)
        return mtk_why(err, err_len, "%s can serve 1 to %zu phones, not %zu", port->address, most, count);
    if (port->kind->serve)
        return port->kind->serve(port, phones, count, opt, err, err_len);
    return serve_bytes(port, phones[0], opt, err, err_len);
}
