/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a USB/IP server, and the phone behind it, may send to the client: replies and devices before an import, the
 * answers to transfers after it, and the descriptors from which the byte pipe is found. The first byte chooses which.
 * For answers, each step is a byte that says what the client does (submits or cancels, and how much it sends), a length,
 * and so many bytes of the server's.
 */
#include <string.h>

#include "flasher/link/usb_descriptor.h"
#include "flasher/link/usbip_stream.h"
#include "fuzz/fuzz.h"

#define URBS    6
#define URB_LEN 192

struct client {
    struct mtk_usbip_stream s;
    struct mtk_urb urbs[URBS];
    uint8_t memory[URBS][URB_LEN];
    unsigned submitted, landed;
};

static void check(struct client *c)
{
    unsigned flying = 0;
    for (struct mtk_urb *u = c->s.flying; u; u = u->next) {
        EXPECT(u->flying && ++flying <= URBS);
        EXPECT(u->actual <= u->len);
    }
    for (size_t i = 0; i < URBS; i++)
        EXPECT(c->urbs[i].flying || c->urbs[i].actual <= c->urbs[i].len);
    EXPECT(c->submitted == c->s.landed + flying); /* none is lost, none lands twice */
    EXPECT(c->s.count <= MTK_USBIP_QUEUE);
}

/* Sends what is due, up to n bytes. */
static void send_some(struct client *c, size_t n)
{
    struct iovec iov[MTK_USBIP_PIECES];
    int pieces = mtk_usbip_stream_out(&c->s, iov);
    size_t sum = 0, have = 0;
    for (int i = 0; i < pieces; i++) {
        have += iov[i].iov_len;
        for (size_t k = 0; k < iov[i].iov_len; k++)
            sum += ((const uint8_t *)iov[i].iov_base)[k]; /* every byte must be there to be read */
    }
    EXPECT(sum <= 255 * have);
    mtk_usbip_stream_sent(&c->s, n < have ? n : have);
}

static bool receive(struct client *c, const uint8_t *data, size_t len)
{
    while (len) {
        struct iovec iov[2];
        size_t done = 0;
        int pieces = mtk_usbip_stream_room(&c->s, iov);
        for (int i = 0; i < pieces && done < len; i++) {
            size_t n = iov[i].iov_len < len - done ? iov[i].iov_len : len - done;
            memcpy(iov[i].iov_base, data + done, n);
            done += n;
        }
        EXPECT(done > 0);
        if (!mtk_usbip_stream_got(&c->s, done)) {
            EXPECT(c->s.broken);
            return false;
        }
        data += done;
        len -= done;
    }
    return true;
}

static void act(struct client *c, uint8_t what)
{
    struct mtk_urb *u = &c->urbs[what % URBS];
    if (what & 0x40) {
        mtk_usbip_stream_cancel(&c->s, u);
    } else if (!u->flying) {
        u->endpoint = what & 0x20 ? 0x81 : 0x01;
        u->data = c->memory[what % URBS];
        u->len = what & 0x10 ? URB_LEN : 64;
        c->submitted += mtk_usbip_stream_submit(&c->s, u, NULL);
    }
    if (what & 0x80)
        send_some(c, SIZE_MAX);
    else
        send_some(c, 20);
}

static void answers(const uint8_t *data, size_t size)
{
    struct client *c = calloc(1, sizeof(*c));
    EXPECT(c);
    mtk_usbip_stream_init(&c->s, 0x00010002);
    while (size >= 2) {
        size_t n = data[1] < size - 2 ? data[1] : size - 2;
        act(c, data[0]);
        check(c);
        if (!receive(c, data + 2, n))
            break;
        check(c);
        data += n + 2;
        size -= n + 2;
    }
    mtk_usbip_stream_abort(&c->s);
    check(c);
    EXPECT(!c->s.flying);
    free(c);
}

static void replies(const uint8_t *data, size_t size)
{
    struct mtk_usbip_device d;
    uint16_t version;
    if (size < MTK_USBIP_OP_LEN)
        return;
    mtk_usbip_get_reply(data, MTK_USBIP_REP_DEVLIST, &version);
    mtk_usbip_get_reply(data, MTK_USBIP_REP_IMPORT, &version);
    if (size >= MTK_USBIP_OP_LEN + MTK_USBIP_DEVICE_LEN &&
        mtk_usbip_get_device(data + MTK_USBIP_OP_LEN, &d)) {
        uint8_t request[MTK_USBIP_IMPORT_LEN];
        EXPECT(mtk_usbip_put_import(request, d.busid)); /* what a list names can be asked for */
    }
}

static void descriptors(const uint8_t *data, size_t size)
{
    struct mtk_usb_pipe_ends e;
    uint8_t *exact = malloc(size ? size : 1);
    EXPECT(exact);
    memcpy(exact, data, size);
    if (mtk_usb_find_pipe(exact, size, 64, &e)) {
        EXPECT(e.in & 0x80 && e.in & 0x0F && !(e.out & 0x80) && e.out & 0x0F);
        EXPECT(e.in_packet && e.in_packet <= 1024 && e.out_packet && e.out_packet <= 1024);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(const uint8_t *, size_t) = {answers, replies, descriptors};
    if (size)
        parsers[data[0] % 3](data + 1, size - 1);
    return 0;
}
