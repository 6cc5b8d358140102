/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/session/flash/urb_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/link/usb_pipe.h"
#include "protocol/error_index.h"

#define MAX_FLYING 64

struct urb_link {
    struct mtk_usb_pipe pipe;
    struct mtk_usb_host host;
    struct mtksim *phone;
    struct mtksim_usb_id id;
    struct mtk_urb *flying[MAX_FLYING];
    size_t n;
};

static struct urb_link *of_host(struct mtk_usb_host *h)
{
    return (struct urb_link *)((char *)h - offsetof(struct urb_link, host));
}

static int64_t phone_now(void *ctx)
{
    return mtksim_now(ctx);
}

static void phone_sleep(void *ctx, int64_t ns)
{
    mtksim_sleep(ctx, ns);
}

static void land(struct urb_link *k, struct mtk_urb *u, enum mtk_urb_result result)
{
    size_t i = 0;
    while (k->flying[i] != u)
        i++;
    memmove(&k->flying[i], &k->flying[i + 1], (--k->n - i) * sizeof(k->flying[0]));
    u->flying = false;
    u->result = result;
    k->host.gone |= result == MTK_URB_GONE;
}

static bool there(struct urb_link *k)
{
    struct mtksim_usb_id now;
    if (mtksim_identity(k->phone, &now) != 0 || now.generation != k->id.generation)
        k->host.gone = true;
    return !k->host.gone;
}

static bool urb_submit(struct mtk_usb_host *h, struct mtk_urb *u)
{
    struct urb_link *k = of_host(h);
    u->actual = 0;
    u->result = there(k) ? MTK_URB_ERROR : MTK_URB_GONE;
    if (h->gone || k->n == MAX_FLYING)
        return false;
    u->flying = true;
    k->flying[k->n++] = u;
    return true;
}

static void urb_cancel(struct mtk_usb_host *h, struct mtk_urb *u)
{
    if (u->flying)
        land(of_host(h), u, MTK_URB_CANCELLED);
}

static struct mtk_urb *oldest(const struct urb_link *k, uint8_t direction)
{
    for (size_t i = 0; i < k->n; i++)
        if ((k->flying[i]->endpoint & 0x80) == direction)
            return k->flying[i];
    return NULL;
}

/* Moves what there is for one transfer; false if the deadline passed meanwhile. */
static bool carry(struct urb_link *k, struct mtk_urb *u, int64_t left)
{
    bool in = u->endpoint & 0x80;
    uint8_t *at = u->data + u->actual;
    size_t rest = u->len - u->actual;
    ssize_t n = in ? mtksim_read(k->phone, at, rest, left) : mtksim_write(k->phone, at, rest, left);
    if (n < 0 && !in)
        u->actual += mtksim_taken(k->phone);
    if (n == MTKSIM_TIMEOUT)
        return false;
    if (n < 0) {
        land(k, u, n == MTKSIM_GONE ? MTK_URB_GONE : MTK_URB_STALL);
        return true;
    }
    u->actual += (size_t)n;
    if (!in || u->actual == u->len || (size_t)n % k->pipe.ends.in_packet != 0)
        land(k, u, MTK_URB_OK);
    return true;
}

static void urb_run(struct mtk_usb_host *h, int64_t deadline)
{
    struct urb_link *k = of_host(h);
    size_t before = k->n;
    while (k->n == before && there(k)) {
        struct mtk_urb *u = oldest(k, 0) ? oldest(k, 0) : oldest(k, 0x80);
        int64_t left = deadline == NS_NEVER ? -1 : deadline - mtksim_now(k->phone);
        left = deadline != NS_NEVER && left < 0 ? 0 : left;
        if (!u)
            mtksim_sleep(k->phone, left);
        if (!u || !carry(k, u, left))
            break;
    }
    while (h->gone && k->n)
        land(k, k->flying[0], MTK_URB_GONE);
}

static int urb_control(struct mtk_usb_host *h, const uint8_t setup[MTK_USB_SETUP_LEN], uint8_t *data,
                       int64_t deadline)
{
    struct urb_link *k = of_host(h);
    (void)deadline;
    if (!there(k))
        return -MTK_URB_GONE;
    int n = mtksim_control(k->phone, setup[0], setup[1], get_le16(setup + 2), get_le16(setup + 4), data,
                           get_le16(setup + 6));
    return n >= 0 ? n : n == MTKSIM_GONE ? -MTK_URB_GONE : -MTK_URB_STALL;
}

static void urb_clear_halt(struct mtk_usb_host *h, uint8_t endpoint)
{
    (void)h;
    (void)endpoint;
}

static void urb_forget(struct mtk_usb_host *h, struct mtk_urb *u)
{
    (void)h;
    (void)u;
}

static const struct mtk_usb_host_ops host_ops = {
    .submit = urb_submit,
    .cancel = urb_cancel,
    .run = urb_run,
    .control = urb_control,
    .clear_halt = urb_clear_halt,
    .forget = urb_forget,
};

static int urb_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct urb_link *k = (struct urb_link *)l;
    if (k->pipe.host)
        return 0;
    mtksim_plug(k->phone);
    if (mtksim_attach(k->phone, timeout_ns, &k->id) != 0)
        return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "the phone is not on the bus");
    k->host.gone = false;
    k->pipe.host = &k->host;
    k->pipe.id = (struct mtk_link_identity){k->id.vid, k->id.pid, k->id.generation};
    if (mtk_usb_pipe_find(&k->pipe, 512, err) == 0)
        return 0;
    l->ops->close(l);
    return -1;
}

static void urb_close(struct mtk_link *l)
{
    struct urb_link *k = (struct urb_link *)l;
    if (k->pipe.host)
        mtk_usb_pipe_stop(&k->pipe);
    k->pipe.host = NULL;
}

static void urb_destroy(struct mtk_link *l)
{
    mtk_usb_pipe_release((struct mtk_usb_pipe *)l);
    free(l);
}

static const struct mtk_link_ops urb_ops = {
    .name = "urb",
    .open = urb_open,
    .read = mtk_usb_pipe_read,
    .write = mtk_usb_pipe_write,
    .control = mtk_usb_pipe_control,
    .identity = mtk_usb_pipe_identity,
    .close = urb_close,
    .destroy = urb_destroy,
};

struct mtk_link *urb_link_new(struct mtksim *phone)
{
    struct urb_link *k = calloc(1, sizeof(*k));
    if (!k)
        return NULL;
    k->phone = phone;
    k->host.ops = &host_ops;
    k->host.clock = (struct mtk_clock){.now = phone_now, .sleep_ns = phone_sleep, .ctx = phone};
    k->pipe.base = (struct mtk_link){.ops = &urb_ops, .clock = k->host.clock};
    return &k->pipe.base;
}
