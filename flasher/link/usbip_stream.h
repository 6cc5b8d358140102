/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traffic of one imported device: which transfers are under way, what is to be sent, what the next bytes from the
 * server belong to. A state machine without I/O: whoever owns the socket sends what mtk_usbip_stream_out() shows and
 * puts what it receives where mtk_usbip_stream_room() says. Payloads go from and to the callers' memory directly.
 */
#ifndef FLASHER_LINK_USBIP_STREAM_H
#define FLASHER_LINK_USBIP_STREAM_H

#include <sys/uio.h>

#include "flasher/link/usbip_wire.h"

/* Twice what can be under way at a time: a transfer may wait to be sent while its predecessor's end still does. */
#define MTK_USBIP_QUEUE 64
/* Pieces of memory that one call of stream_out gives at most. */
#define MTK_USBIP_PIECES 32

struct mtk_usbip_message {
    uint8_t head[MTK_USBIP_HEADER_LEN];
    const struct mtk_urb *urb; /* whose payload follows; NULL: no transfer is bound to this message */
    size_t payload;
};

struct mtk_usbip_stream {
    uint32_t devid, seq;
    struct mtk_urb *flying; /* oldest first */
    unsigned landed;        /* counts transfers that have landed */
    unsigned
        late_unlinks; /* transfers that landed on their own after UNLINK was sent: its answer is still due */
    const char *broken; /* what the server did wrong, NULL if nothing */
    bool gone;          /* the server says that the device has left */
    /* To the server. */
    struct mtk_usbip_message queue[MTK_USBIP_QUEUE];
    unsigned first, count;
    size_t sent; /* bytes of the first message */
    /* From the server. */
    uint8_t head[MTK_USBIP_HEADER_LEN];
    size_t have;             /* bytes of head */
    struct mtk_urb *filling; /* whose payload comes now */
    struct mtk_usbip_ret ret;
    size_t filled;
};

/* A device has just been imported. */
void mtk_usbip_stream_init(struct mtk_usbip_stream *s, uint32_t devid);
/* mtk_usb_host_ops.submit; setup for control transfers, else NULL. */
bool mtk_usbip_stream_submit(struct mtk_usbip_stream *s, struct mtk_urb *u, const uint8_t *setup);
/* mtk_usb_host_ops.cancel. What was not sent at all lands at once. */
void mtk_usbip_stream_cancel(struct mtk_usbip_stream *s, struct mtk_urb *u);
/* What is to be sent: pieces of memory in order; returns how many, 0 if there is nothing. */
int mtk_usbip_stream_out(const struct mtk_usbip_stream *s, struct iovec iov[MTK_USBIP_PIECES]);
/* n bytes of that have been sent. */
void mtk_usbip_stream_sent(struct mtk_usbip_stream *s, size_t n);
/* Where the next bytes from the server go, in order; returns how many pieces, 1 or 2. Not once it is broken. */
int mtk_usbip_stream_room(struct mtk_usbip_stream *s, struct iovec iov[2]);
/* n bytes, at least 1, have been put there. False if the server broke the protocol: s->broken says how. */
bool mtk_usbip_stream_got(struct mtk_usbip_stream *s, size_t n);
/* The connection is lost: lands everything with MTK_URB_GONE. */
void mtk_usbip_stream_abort(struct mtk_usbip_stream *s);

#endif
