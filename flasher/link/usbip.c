/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone that a USB/IP server exports: the simulated phone's, or any usbipd on the machine into which a real phone is
 * plugged. This end is a client in user space; no kernel takes part.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "flasher/link/backends.h"
#include "flasher/link/fd.h"
#include "flasher/link/usb_known.h"
#include "flasher/link/usb_pipe.h"
#include "flasher/link/usbip_net.h"
#include "flasher/link/usbip_stream.h"
#include "protocol/error_index.h"

enum { SET_CONFIGURATION = 9, CLEAR_FEATURE = 1, TO_ENDPOINT = 0x02, ENDPOINT_HALT = 0 };
enum { SPEED_FULL = 2 };

#define CONTROL_NS NS_PER_S

struct usbip_link {
    struct mtk_usb_pipe pipe;
    struct mtk_usb_host host;
    struct mtk_usbip_stream stream;
    int fd;
    struct mtk_urb control;
    char where[160]; /* the PORT string without its scheme, for errors */
    struct mtk_net_host server;
    char wanted[MTK_USBIP_BUSID_LEN + 1]; /* bus id of the user's choice, "" for none */
    char busid[MTK_USBIP_BUSID_LEN + 1];  /* where the phone was last; it comes back there */
    char why[240];                        /* what keeps the phone from being used */
};

static struct usbip_link *of_host(struct mtk_usb_host *h)
{
    return (struct usbip_link *)((char *)h - offsetof(struct usbip_link, host));
}

/* ---- the host ---- */

static void lose(struct usbip_link *u, const char *why)
{
    snprintf(u->why, sizeof(u->why), "%s", why);
    mtk_usbip_stream_abort(&u->stream);
    u->host.gone = true;
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void send_out(struct usbip_link *u)
{
    struct iovec iov[MTK_USBIP_PIECES];
    for (int n; u->fd >= 0 && (n = mtk_usbip_stream_out(&u->stream, iov)) > 0;) {
        struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)n};
        ssize_t sent = sendmsg(u->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return; /* of a closed connection, what came before its end is still to be read: reading finds the end */
        mtk_usbip_stream_sent(&u->stream, (size_t)sent);
    }
}

static void take_in(struct usbip_link *u)
{
    struct iovec iov[2];
    while (u->fd >= 0) {
        struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)mtk_usbip_stream_room(&u->stream, iov)};
        ssize_t n = recvmsg(u->fd, &m, MSG_DONTWAIT);
        if (n < 0 && would_block())
            return;
        if (n <= 0)
            lose(u, "the server closed the connection");
        else if (!mtk_usbip_stream_got(&u->stream, (size_t)n))
            lose(u, u->stream.broken);
        else if (u->stream.gone)
            lose(u, "the server says that the phone has left");
    }
}

static void usbip_run(struct mtk_usb_host *h, int64_t deadline)
{
    struct usbip_link *u = of_host(h);
    unsigned landed = u->stream.landed;
    struct iovec iov[MTK_USBIP_PIECES];
    while (u->fd >= 0) {
        send_out(u);
        take_in(u);
        if (u->stream.landed != landed || u->fd < 0)
            return;
        bool blocked = mtk_usbip_stream_out(&u->stream, iov) > 0;
        if (h->clock.now(h->clock.ctx) >= deadline ||
            mtk_fd_wait(u->fd, blocked ? POLLIN | POLLOUT : POLLIN, deadline) == 0)
            return;
    }
}

static bool usbip_submit(struct mtk_usb_host *h, struct mtk_urb *urb)
{
    return mtk_usbip_stream_submit(&of_host(h)->stream, urb, NULL);
}

static void usbip_cancel(struct mtk_usb_host *h, struct mtk_urb *urb)
{
    mtk_usbip_stream_cancel(&of_host(h)->stream, urb);
}

static int usbip_control(struct mtk_usb_host *h, const uint8_t setup[MTK_USB_SETUP_LEN], uint8_t *data,
                         int64_t deadline)
{
    struct usbip_link *u = of_host(h);
    struct mtk_urb *c = &u->control;
    c->endpoint = setup[0] & 0x80; /* endpoint 0 in the direction of the data stage */
    c->data = data;
    c->len = get_le16(setup + 6);
    if (!mtk_usbip_stream_submit(&u->stream, c, setup))
        return -(int)c->result;
    while (c->flying && h->clock.now(h->clock.ctx) < deadline)
        usbip_run(h, deadline);
    if (c->flying) {
        usbip_cancel(h, c);
        int64_t patience = h->clock.now(h->clock.ctx) + CONTROL_NS;
        while (c->flying && h->clock.now(h->clock.ctx) < patience)
            usbip_run(h, patience);
        if (c->flying)
            lose(u, "the server does not give a transfer back");
    }
    return c->result == MTK_URB_OK ? (int)c->actual : -(int)c->result;
}

static void usbip_clear_halt(struct mtk_usb_host *h, uint8_t endpoint)
{
    uint8_t setup[MTK_USB_SETUP_LEN];
    mtk_usb_setup(setup, TO_ENDPOINT, CLEAR_FEATURE, ENDPOINT_HALT, endpoint, 0);
    usbip_control(h, setup, NULL, h->clock.now(h->clock.ctx) + CONTROL_NS);
}

static void usbip_forget(struct mtk_usb_host *h, struct mtk_urb *urb)
{
    (void)h;
    (void)urb; /* nothing is kept */
}

static const struct mtk_usb_host_ops host_ops = {
    .submit = usbip_submit,
    .cancel = usbip_cancel,
    .run = usbip_run,
    .control = usbip_control,
    .clear_halt = usbip_clear_halt,
    .forget = usbip_forget,
};

/* ---- opening ---- */

/* Chooses the first phone that listens; says what is there instead if none does. */
static bool choose(struct usbip_link *u, const struct mtk_usbip_device *d, size_t n)
{
    const struct mtk_usb_known *other = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct mtk_usb_known *k = mtk_usb_known(d[i].vid, d[i].pid);
        if (k && k->kind != MTK_USB_WRONG_MODE) {
            memcpy(u->busid, d[i].busid, sizeof(u->busid));
            return true;
        }
        other = k ? k : other;
    }
    if (other)
        snprintf(u->why, sizeof(u->why), "the server exports a %s: " MTK_USB_OFF, other->what);
    else if (n)
        snprintf(u->why, sizeof(u->why),
                 "none of the %zu devices that the server exports is known as a phone", n);
    else
        snprintf(u->why, sizeof(u->why), "the server exports no device");
    return false;
}

/* A configuration must be set for the phone to listen; a server that has done so already may refuse. */
static int configure(struct usbip_link *u, uint32_t speed, struct mtk_error *err)
{
    uint8_t setup[MTK_USB_SETUP_LEN];
    if (mtk_usb_pipe_find(&u->pipe, speed <= SPEED_FULL ? 64 : 512, err) != 0)
        return -1;
    mtk_usb_setup(setup, 0, SET_CONFIGURATION, u->pipe.ends.configuration, 0, 0);
    u->host.ops->control(&u->host, setup, NULL, u->host.clock.now(u->host.clock.ctx) + CONTROL_NS);
    if (!u->host.gone)
        return 0;
    return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "the phone left the bus at once");
}

static enum mtk_usbip_result take(struct usbip_link *u, const struct mtk_usbip_device *d,
                                  struct mtk_error *err)
{
    struct mtk_error why = {0};
    u->host.gone = false;
    mtk_usbip_stream_init(&u->stream, mtk_usbip_devid(d));
    u->pipe.id.vid = d->vid;
    u->pipe.id.pid = d->pid;
    u->pipe.host = &u->host;
    if (configure(u, d->speed, &why) == 0) {
        u->pipe.id.generation++;
        return MTK_USBIP_DONE;
    }
    u->pipe.base.ops->close(&u->pipe.base);
    snprintf(u->why, sizeof(u->why), "%.200s", why.what);
    if (mtk_error_is(&why, MTK_E_MTK_NO_PHONE))
        return MTK_USBIP_NOT_YET;
    if (err)
        *err = why;
    return MTK_USBIP_NEVER;
}

static enum mtk_usbip_result attempt(struct usbip_link *u, int64_t deadline, struct mtk_error *err)
{
    struct mtk_usbip_server server = {.host = &u->server, .deadline = deadline};
    struct mtk_usbip_device *list = NULL, device;
    enum mtk_usbip_result r = MTK_USBIP_DONE;
    size_t n = 0;
    if (!u->busid[0]) {
        r = mtk_usbip_list(&server, &list, &n);
        bool chosen = r == MTK_USBIP_DONE && choose(u, list, n);
        free(list);
        if (r == MTK_USBIP_DONE && !chosen)
            return MTK_USBIP_NOT_YET;
    }
    if (r == MTK_USBIP_DONE)
        r = mtk_usbip_import(&server, u->busid, &device, &u->fd);
    if (r == MTK_USBIP_DONE)
        return take(u, &device, err);
    if (!u->pipe.id.generation) /* a phone that was never held may be another one the next time */
        memcpy(u->busid, u->wanted, sizeof(u->busid));
    snprintf(u->why, sizeof(u->why), "%s", server.why);
    if (r == MTK_USBIP_NEVER)
        mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "port usbip:%s: %s", u->where, server.why);
    return r;
}

static int usbip_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct usbip_link *u = (struct usbip_link *)l;
    int64_t start = l->clock.now(l->clock.ctx);
    int64_t deadline = mtk_deadline(start, timeout_ns);
    if (u->pipe.host)
        return 0;
    do {
        enum mtk_usbip_result r = attempt(u, deadline, err);
        if (r != MTK_USBIP_NOT_YET)
            return r == MTK_USBIP_DONE ? 0 : -1;
    } while (mtk_fd_retry(l, deadline));
    mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "no phone on usbip:%s: %s", u->where, u->why);
    if (err)
        err->waited_ns = l->clock.now(l->clock.ctx) - start;
    return -1;
}

static void usbip_hint(struct mtk_link *l, char *text, size_t len)
{
    snprintf(text, len, "%s", ((struct usbip_link *)l)->why);
}

static void usbip_close(struct mtk_link *l)
{
    struct usbip_link *u = (struct usbip_link *)l;
    if (u->pipe.host)
        lose(u, "closed"); /* the server gives back what is under way when the connection ends */
    if (u->pipe.host)
        mtk_usb_pipe_stop(&u->pipe);
    u->pipe.host = NULL;
}

static void usbip_destroy(struct mtk_link *l)
{
    mtk_usb_pipe_release((struct mtk_usb_pipe *)l);
    free(l);
}

static const struct mtk_link_ops usbip_ops = {
    .name = "usbip",
    .open = usbip_open,
    .read = mtk_usb_pipe_read,
    .write = mtk_usb_pipe_write,
    .control = mtk_usb_pipe_control,
    .identity = mtk_usb_pipe_identity,
    .hint = usbip_hint,
    .close = usbip_close,
    .destroy = usbip_destroy,
};

struct mtk_link *mtk_link_usbip_new(const char *where, struct mtk_error *err)
{
    size_t len = strcspn(where, "/");
    const char *busid = where[len] ? where + len + 1 : "";
    struct usbip_link *u = calloc(1, sizeof(*u));
    if (!u)
        return mtk_link_no_memory(err);
    u->host = (struct mtk_usb_host){.ops = &host_ops, .clock = mtk_clock_real()};
    u->pipe.base = (struct mtk_link){.ops = &usbip_ops, .clock = u->host.clock};
    u->fd = -1;
    snprintf(u->where, sizeof(u->where), "%s", where);
    snprintf(u->wanted, sizeof(u->wanted), "%s", busid);
    memcpy(u->busid, u->wanted, sizeof(u->busid));
    if (mtk_net_split(where, len, MTK_USBIP_PORT, &u->server) && strlen(busid) < MTK_USBIP_BUSID_LEN &&
        (!where[len] || *busid))
        return &u->pipe.base;
    mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
             "port usbip:%.80s: expected usbip:HOST[:PORT][/BUSID], as in usbip:localhost/1-1", where);
    free(u);
    return NULL;
}
