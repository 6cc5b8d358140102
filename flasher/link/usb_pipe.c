/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads are asked for ahead, in two sizes. A phone ends an answer with a short packet, but with none where the answer
 * fills its last packet (brom-preloader.md 1.5): a transfer that asks for more would wait for ever. So what is asked for
 * without knowing is one packet each; long transfers are asked for only while the caller wants that many bytes, and
 * taken back as soon as it does not.
 */
#include "flasher/link/usb_pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

enum { GET_DESCRIPTOR = 6, DEVICE_TO_HOST = 0x80, DESC_CONFIG = 2 };

/* One control request; standard requests are answered by interrupt handlers, within a frame or two. */
#define CONTROL_NS NS_PER_S
/* How long a cancelled transfer may take to land. */
#define CANCEL_NS NS_PER_S
/* A bus error is often the first that is heard of an unplugged phone; its departure is known this much later. */
#define SETTLE_NS (300 * NS_PER_MS)
#define PROBE_NS  (10 * NS_PER_MS)

static int64_t now_of(const struct mtk_usb_host *h)
{
    return h->clock.now(h->clock.ctx);
}

void mtk_usb_setup(uint8_t setup[MTK_USB_SETUP_LEN], uint8_t request_type, uint8_t request, uint16_t value,
                   uint16_t index, uint16_t length)
{
    setup[0] = request_type;
    setup[1] = request;
    put_le16(setup + 2, value);
    put_le16(setup + 4, index);
    put_le16(setup + 6, length);
}

/* ---- opening ---- */

static int get_config(struct mtk_usb_host *h, uint8_t *buf, uint16_t len)
{
    uint8_t setup[MTK_USB_SETUP_LEN];
    mtk_usb_setup(setup, DEVICE_TO_HOST, GET_DESCRIPTOR, DESC_CONFIG << 8, 0, len);
    return h->ops->control(h, setup, buf, now_of(h) + CONTROL_NS);
}

static int no_descriptors(const struct mtk_usb_host *h, int result, struct mtk_error *err)
{
    if (h->gone || result == -MTK_URB_GONE)
        return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER,
                        "the phone left the bus while its descriptors were read");
    return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER,
                    "the phone does not give its descriptors: a bad cable, port or hub, or a flat battery");
}

int mtk_usb_pipe_find(struct mtk_usb_pipe *p, uint16_t packet, struct mtk_error *err)
{
    uint8_t config[MTK_USB_CONFIG_MAX] = {0};
    int n = get_config(p->host, config, MTK_USB_CONFIG_LEN);
    if (n < (int)MTK_USB_CONFIG_LEN)
        return no_descriptors(p->host, n, err);
    uint16_t total = get_le16(config + 2);
    if (total > MTK_USB_CONFIG_LEN)
        n = get_config(p->host, config, total < sizeof(config) ? total : (uint16_t)sizeof(config));
    if (n < 0)
        return no_descriptors(p->host, n, err);
    if (!mtk_usb_find_pipe(config, (size_t)n, packet, &p->ends))
        return mtk_fail(err, MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER,
                        "USB device %04x:%04x has no pair of bulk endpoints", p->id.vid, p->id.pid);
    if (!p->memory && !(p->memory = malloc(MTK_USB_FLIGHT * MTK_USB_CHUNK)))
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    p->first = p->count = 0;
    return 0;
}

/* ---- transfers in general ---- */

/* Lets a cancelled transfer land. False: the host did not give it back by then. */
static bool settle(struct mtk_usb_host *h, const struct mtk_urb *u, int64_t deadline)
{
    while (u->flying && now_of(h) < deadline)
        h->ops->run(h, deadline);
    return !u->flying;
}

/* ---- reads in flight ---- */

static struct mtk_usb_slot *slot_at(struct mtk_usb_pipe *p, unsigned i)
{
    return &p->slots[(p->first + i) % MTK_USB_FLIGHT];
}

static bool ask_for(struct mtk_usb_pipe *p, size_t len)
{
    unsigned index = (p->first + p->count) % MTK_USB_FLIGHT;
    struct mtk_usb_slot *s = &p->slots[index];
    s->given = 0;
    s->urb.endpoint = p->ends.in;
    s->urb.data = p->memory + index * MTK_USB_CHUNK;
    s->urb.len = len;
    if (!p->host->ops->submit(p->host, &s->urb))
        return false;
    p->count++;
    return true;
}

/* Bytes that reads in flight may bring; *large gets those of the ones that ask for more than a packet. */
static size_t asked_for(struct mtk_usb_pipe *p, size_t *large)
{
    size_t all = 0;
    *large = 0;
    for (unsigned i = 0; i < p->count; i++) {
        const struct mtk_urb *u = &slot_at(p, i)->urb;
        if (!u->flying)
            continue;
        all += u->len;
        *large += u->len > p->ends.in_packet ? u->len : 0;
    }
    return all;
}

/* Takes back the reads that ask for more than a packet. What they have brought by then stays. */
static void take_back(struct mtk_usb_pipe *p)
{
    int64_t deadline = now_of(p->host) + CANCEL_NS;
    for (unsigned i = 0; i < p->count; i++) {
        struct mtk_urb *u = &slot_at(p, i)->urb;
        if (u->flying && u->len > p->ends.in_packet)
            p->host->ops->cancel(p->host, u);
    }
    for (unsigned i = 0; i < p->count; i++) {
        struct mtk_urb *u = &slot_at(p, i)->urb;
        if (u->len > p->ends.in_packet)
            settle(p->host, u, deadline);
    }
}

/* Asks for what a caller who wants `want` bytes may be given, never for more than that in long transfers. */
static bool ask_ahead(struct mtk_usb_pipe *p, size_t want)
{
    size_t packet = p->ends.in_packet, large;
    size_t asked = asked_for(p, &large);
    if (large > want) {
        take_back(p);
        asked = asked_for(p, &large);
    }
    while (p->count < MTK_USB_FLIGHT && (asked < want || asked == 0)) {
        size_t left = want > asked ? want - asked : 0;
        size_t n = left < MTK_USB_CHUNK ? left - left % packet : MTK_USB_CHUNK - MTK_USB_CHUNK % packet;
        if (n < packet)
            n = packet;
        if (!ask_for(p, n))
            return false;
        asked += n;
    }
    return true;
}

/* The oldest read, if it has landed. */
static struct mtk_usb_slot *landed(struct mtk_usb_pipe *p)
{
    return p->count && !p->slots[p->first].urb.flying ? &p->slots[p->first] : NULL;
}

static void drop_oldest(struct mtk_usb_pipe *p)
{
    p->first = (p->first + 1) % MTK_USB_FLIGHT;
    p->count--;
}

/* ---- failures ---- */

static ssize_t gone(struct mtk_usb_pipe *p)
{
    p->base.ops->close(&p->base);
    return MTK_LINK_GONE;
}

/* After a bus error: has the phone left? Reads of one packet each find out, for a while. */
static bool departed(struct mtk_usb_pipe *p)
{
    struct mtk_usb_host *h = p->host;
    int64_t deadline = now_of(h) + SETTLE_NS;
    while (!h->gone && now_of(h) < deadline) {
        if (!ask_ahead(p, 0))
            break;
        h->ops->run(h, deadline);
        const struct mtk_usb_slot *s = landed(p);
        if (s && (s->urb.actual || s->urb.result == MTK_URB_OK))
            return false;
        if (s && s->urb.result != MTK_URB_GONE) {
            drop_oldest(p);
            h->clock.sleep_ns(h->clock.ctx, PROBE_NS);
        }
    }
    return h->gone;
}

/* What a transfer that failed means for the link. */
static ssize_t failed(struct mtk_usb_pipe *p, enum mtk_urb_result result, uint8_t endpoint)
{
    struct mtk_usb_host *h = p->host;
    if (h->gone || result == MTK_URB_GONE || (result == MTK_URB_ERROR && departed(p)))
        return gone(p);
    if (result == MTK_URB_STALL || result == MTK_URB_BABBLE)
        h->ops->clear_halt(h, endpoint);
    errno = result == MTK_URB_STALL ? EPIPE : result == MTK_URB_BABBLE ? EOVERFLOW : EPROTO;
    return MTK_LINK_IO;
}

/* ---- the caller's reads ---- */

/*
 * Gives what the oldest read has brought, at most len bytes: how many, 0 if there is nothing yet (or it was empty, as a
 * zero-length packet is), or a negative result.
 */
static ssize_t give(struct mtk_usb_pipe *p, void *buf, size_t len)
{
    struct mtk_usb_slot *s = landed(p);
    if (!s)
        return 0;
    size_t n = s->urb.actual - s->given;
    if (n > len)
        n = len;
    memcpy(buf, s->urb.data + s->given, n);
    s->given += n;
    if (s->given < s->urb.actual)
        return (ssize_t)n;
    enum mtk_urb_result result = s->urb.result;
    if (n && result != MTK_URB_OK && result != MTK_URB_CANCELLED)
        return (ssize_t)n; /* the failure is told when there is nothing left to give */
    drop_oldest(p);
    if (n || result == MTK_URB_OK || result == MTK_URB_CANCELLED)
        return (ssize_t)n;
    return failed(p, result, p->ends.in);
}

ssize_t mtk_usb_pipe_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct mtk_usb_pipe *p = (struct mtk_usb_pipe *)l;
    int64_t deadline = mtk_deadline(l->clock.now(l->clock.ctx), timeout_ns);
    bool looked = false, last = false;
    if (len == 0) {
        errno = EINVAL;
        return MTK_LINK_IO;
    }
    for (; p->host; looked = true) {
        while (p->host && landed(p)) {
            ssize_t n = give(p, buf, len);
            if (n > 0 && p->count == 0)
                ask_ahead(p, 0); /* the next packet, before the caller looks at this one */
            if (n != 0)
                return n;
        }
        if (last)
            return MTK_LINK_TIMEOUT;
        if (looked && l->clock.now(l->clock.ctx) >= deadline) {
            take_back(p); /* which may bring something after all */
            last = true;
            continue;
        }
        if (!ask_ahead(p, len) && p->count == 0)
            return failed(p, p->slots[p->first].urb.result, p->ends.in);
        p->host->ops->run(p->host, deadline);
    }
    return MTK_LINK_GONE;
}

/* ---- writing ---- */

/* One write: chunks of the caller's memory, of which those from `landed` to `sent` are in flight. */
struct sending {
    const uint8_t *data;
    size_t len, done; /* done: bytes put into transfers */
    size_t sent, landed;
    bool empty; /* a zero-length packet is still to be sent */
};

static bool more_to_send(const struct sending *s)
{
    return s->done < s->len || s->empty;
}

static bool send_more(struct mtk_usb_pipe *p, struct sending *s)
{
    while (more_to_send(s) && s->sent - s->landed < MTK_USB_FLIGHT) {
        struct mtk_urb *u = &p->out[s->sent % MTK_USB_FLIGHT];
        size_t left = s->len - s->done, most = MTK_USB_CHUNK - MTK_USB_CHUNK % p->ends.out_packet;
        u->endpoint = p->ends.out;
        u->data = (uint8_t *)(uintptr_t)(s->data + s->done); /* only read from */
        u->len = left < most ? left : most;
        if (!p->host->ops->submit(p->host, u))
            return false;
        s->done += u->len;
        s->empty = false;
        s->sent++;
    }
    return true;
}

/* Ends what is still in flight. The memory is the caller's again after this, whatever it takes. */
static void abandon(struct mtk_usb_pipe *p, struct sending *s)
{
    int64_t deadline = now_of(p->host) + CANCEL_NS;
    bool stuck = false;
    for (size_t i = s->landed; i < s->sent; i++)
        p->host->ops->cancel(p->host, &p->out[i % MTK_USB_FLIGHT]);
    for (; s->landed < s->sent; s->landed++) {
        struct mtk_urb *u = &p->out[s->landed % MTK_USB_FLIGHT];
        if (settle(p->host, u, deadline))
            p->base.taken += u->actual;
        else
            stuck = true;
    }
    if (stuck)
        p->base.ops->close(&p->base);
}

/* Bytes that a landed write has moved; a success that did not move all of them is none. */
static enum mtk_urb_result account(struct mtk_usb_pipe *p, const struct mtk_urb *u)
{
    p->base.taken += u->actual;
    return u->result == MTK_URB_OK && u->actual != u->len ? MTK_URB_ERROR : u->result;
}

ssize_t mtk_usb_pipe_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct mtk_usb_pipe *p = (struct mtk_usb_pipe *)l;
    int64_t deadline = mtk_deadline(l->clock.now(l->clock.ctx), timeout_ns);
    struct sending s = {.data = buf, .len = len, .empty = len == 0};
    enum mtk_urb_result result = MTK_URB_OK;
    l->taken = 0;
    if (!p->host)
        return MTK_LINK_GONE;
    for (;;) {
        const struct mtk_urb *oldest = &p->out[s.landed % MTK_USB_FLIGHT];
        if (s.landed < s.sent && !oldest->flying) {
            result = account(p, oldest);
            s.landed++;
            if (result != MTK_URB_OK)
                break;
        } else if (more_to_send(&s) && s.sent - s.landed < MTK_USB_FLIGHT) {
            if (!send_more(p, &s)) {
                result = p->out[s.sent % MTK_USB_FLIGHT].result;
                break;
            }
        } else if (s.landed == s.sent) {
            return (ssize_t)len;
        } else if (l->clock.now(l->clock.ctx) >= deadline) {
            break;
        } else {
            p->host->ops->run(p->host, deadline);
        }
    }
    abandon(p, &s);
    if (result == MTK_URB_OK || result == MTK_URB_CANCELLED)
        return l->taken == len && !more_to_send(&s) && len ? (ssize_t)len : MTK_LINK_TIMEOUT;
    return p->host ? failed(p, result, p->ends.out) : MTK_LINK_GONE;
}

/* ---- the rest ---- */

int mtk_usb_pipe_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                         uint16_t index, void *buf, uint16_t length)
{
    struct mtk_usb_pipe *p = (struct mtk_usb_pipe *)l;
    uint8_t setup[MTK_USB_SETUP_LEN];
    if (!p->host || p->host->gone)
        return MTK_LINK_GONE;
    mtk_usb_setup(setup, request_type, request, value, index, length);
    int n = p->host->ops->control(p->host, setup, buf, now_of(p->host) + CONTROL_NS);
    if (n >= 0)
        return n;
    if (n == -MTK_URB_CANCELLED)
        return MTK_LINK_TIMEOUT;
    errno = n == -MTK_URB_STALL ? EPIPE : EPROTO;
    return n == -MTK_URB_GONE ? MTK_LINK_GONE : MTK_LINK_IO;
}

void mtk_usb_pipe_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    *id = ((struct mtk_usb_pipe *)l)->id;
}

void mtk_usb_pipe_stop(struct mtk_usb_pipe *p)
{
    struct mtk_usb_host *h = p->host;
    int64_t deadline = now_of(h) + CANCEL_NS;
    for (unsigned i = 0; i < p->count; i++)
        if (slot_at(p, i)->urb.flying)
            h->ops->cancel(h, &slot_at(p, i)->urb);
    for (unsigned i = 0; i < p->count; i++)
        settle(h, &slot_at(p, i)->urb, deadline);
    p->first = p->count = 0;
    for (unsigned i = 0; i < MTK_USB_FLIGHT; i++) {
        h->ops->forget(h, &p->slots[i].urb);
        h->ops->forget(h, &p->out[i]);
    }
}

void mtk_usb_pipe_release(struct mtk_usb_pipe *p)
{
    free(p->memory);
    p->memory = NULL;
}
