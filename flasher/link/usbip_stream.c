/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usbip_stream.h"

#include <string.h>

#define DIRECTION_IN 0x80u

void mtk_usbip_stream_init(struct mtk_usbip_stream *s, uint32_t devid)
{
    memset(s, 0, sizeof(*s));
    s->devid = devid;
}

static uint32_t next_seq(struct mtk_usbip_stream *s)
{
    s->seq += s->seq == UINT32_MAX ? 2 : 1; /* 0 stands for "none" */
    return s->seq;
}

static struct mtk_usbip_message *message_at(struct mtk_usbip_stream *s, unsigned i)
{
    return &s->queue[(s->first + i) % MTK_USBIP_QUEUE];
}

/* ---- landing ---- */

static void land(struct mtk_usbip_stream *s, struct mtk_urb *u, enum mtk_urb_result result, size_t actual)
{
    struct mtk_urb **at = &s->flying;
    while (*at && *at != u)
        at = &(*at)->next;
    if (*at)
        *at = u->next;
    u->next = NULL;
    u->flying = false;
    u->result = result;
    u->actual = actual;
    s->landed++;
    s->gone |= result == MTK_URB_GONE;
}

void mtk_usbip_stream_abort(struct mtk_usbip_stream *s)
{
    while (s->flying)
        land(s, s->flying, MTK_URB_GONE, s->flying == s->filling ? s->filled : 0);
    s->filling = NULL;
    s->count = 0;
    s->sent = 0;
    s->gone = true;
}

/* ---- to the server ---- */

bool mtk_usbip_stream_submit(struct mtk_usbip_stream *s, struct mtk_urb *u, const uint8_t *setup)
{
    struct mtk_urb **last = &s->flying;
    u->actual = 0;
    u->result = s->gone ? MTK_URB_GONE : MTK_URB_ERROR;
    if (s->gone || s->broken || s->count == MTK_USBIP_QUEUE || u->len > MTK_USBIP_MAX_TRANSFER)
        return false;
    u->seq = next_seq(s);
    u->unlink_seq = 0;
    u->flying = true;
    u->next = NULL;
    while (*last)
        last = &(*last)->next;
    *last = u;
    struct mtk_usbip_message *m = message_at(s, s->count++);
    mtk_usbip_put_submit(m->head, s->devid, u, setup);
    m->urb = u;
    m->payload = u->endpoint & DIRECTION_IN ? 0 : u->len;
    return true;
}

/* Place in the queue of the message that submits u, or the length of the queue if it has been sent. */
static unsigned find_unsent(struct mtk_usbip_stream *s, const struct mtk_urb *u)
{
    unsigned i = 0;
    while (i < s->count && message_at(s, i)->urb != u)
        i++;
    return i;
}

void mtk_usbip_stream_cancel(struct mtk_usbip_stream *s, struct mtk_urb *u)
{
    if (!u->flying || u->unlink_seq || s->gone)
        return;
    unsigned i = find_unsent(s, u);
    if (i < s->count && (i > 0 || s->sent == 0)) {
        for (; i + 1 < s->count; i++)
            *message_at(s, i) = *message_at(s, i + 1);
        s->count--;
        land(s, u, MTK_URB_CANCELLED, 0);
        return;
    }
    if (s->count == MTK_USBIP_QUEUE)
        return;
    u->unlink_seq = next_seq(s);
    struct mtk_usbip_message *m = message_at(s, s->count++);
    mtk_usbip_put_unlink(m->head, s->devid, u->unlink_seq, u->seq);
    m->urb = NULL;
    m->payload = 0;
}

int mtk_usbip_stream_out(const struct mtk_usbip_stream *s, struct iovec iov[MTK_USBIP_PIECES])
{
    int n = 0;
    size_t skip = s->sent;
    for (unsigned i = 0; i < s->count && n + 2 <= MTK_USBIP_PIECES; i++, skip = 0) {
        const struct mtk_usbip_message *m = &s->queue[(s->first + i) % MTK_USBIP_QUEUE];
        size_t done = skip < MTK_USBIP_HEADER_LEN ? 0 : skip - MTK_USBIP_HEADER_LEN;
        if (skip < MTK_USBIP_HEADER_LEN)
            iov[n++] = (struct iovec){.iov_base = (void *)(uintptr_t)(m->head + skip),
                                      .iov_len = MTK_USBIP_HEADER_LEN - skip};
        if (m->payload > done)
            iov[n++] = (struct iovec){.iov_base = m->urb->data + done, .iov_len = m->payload - done};
    }
    return n;
}

void mtk_usbip_stream_sent(struct mtk_usbip_stream *s, size_t n)
{
    s->sent += n;
    while (s->count && s->sent >= MTK_USBIP_HEADER_LEN + message_at(s, 0)->payload) {
        s->sent -= MTK_USBIP_HEADER_LEN + message_at(s, 0)->payload;
        s->first = (s->first + 1) % MTK_USBIP_QUEUE;
        s->count--;
    }
}

/* ---- from the server ---- */

static bool broken(struct mtk_usbip_stream *s, const char *how)
{
    s->broken = how;
    return false;
}

/* The end of a transfer. Its memory is the caller's afterwards, so nothing of it may wait to be sent any more. */
static bool take_submit(struct mtk_usbip_stream *s)
{
    struct mtk_urb *u = s->flying;
    while (u && u->seq != s->ret.seq)
        u = u->next;
    if (!u)
        return broken(s, "it ends a transfer that is not under way");
    if (find_unsent(s, u) < s->count)
        return broken(s, "it ends a transfer that it has not got yet");
    if (s->ret.actual > u->len)
        return broken(s, "it moved more bytes than were asked for");
    if (u->unlink_seq)
        s->late_unlinks++;
    if (u->endpoint & DIRECTION_IN && s->ret.actual) {
        s->filling = u;
        s->filled = 0;
    } else {
        land(s, u, s->ret.result, s->ret.actual);
    }
    return true;
}

/* The end of a transfer that was to be cancelled, or of the attempt to cancel one that had ended by itself. */
static bool take_unlink(struct mtk_usbip_stream *s)
{
    struct mtk_urb *u = s->flying;
    while (u && (u->unlink_seq != s->ret.seq || !u->unlink_seq))
        u = u->next;
    if (u && find_unsent(s, u) < s->count)
        return broken(s, "it cancels a transfer that it has not got yet");
    if (u) {
        land(s, u, MTK_URB_CANCELLED, 0);
        return true;
    }
    if (!s->late_unlinks)
        return broken(s, "it answers a request to cancel that was never made");
    s->late_unlinks--;
    return true;
}

static bool take_head(struct mtk_usbip_stream *s)
{
    s->have = 0;
    if (!mtk_usbip_get_ret(s->head, &s->ret))
        return broken(s, "it sent what is no answer");
    return s->ret.command == MTK_USBIP_RET_SUBMIT ? take_submit(s) : take_unlink(s);
}

int mtk_usbip_stream_room(struct mtk_usbip_stream *s, struct iovec iov[2])
{
    int n = 0;
    if (s->filling)
        iov[n++] =
            (struct iovec){.iov_base = s->filling->data + s->filled, .iov_len = s->ret.actual - s->filled};
    iov[n++] = (struct iovec){.iov_base = s->head + s->have, .iov_len = MTK_USBIP_HEADER_LEN - s->have};
    return n;
}

bool mtk_usbip_stream_got(struct mtk_usbip_stream *s, size_t n)
{
    if (s->filling) {
        size_t left = s->ret.actual - s->filled, part = n < left ? n : left;
        s->filled += part;
        n -= part;
        if (s->filled < s->ret.actual)
            return true;
        struct mtk_urb *u = s->filling;
        s->filling = NULL;
        land(s, u, s->ret.result, s->ret.actual);
    }
    s->have += n;
    return s->have < MTK_USBIP_HEADER_LEN || take_head(s);
}
