/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clients of a USB/IP server with two phones, and whatever they send. Records of two bytes: what happens (bits 0 and 1:
 * bytes come, time passes, output is taken, the client hangs up and another connects; bit 2: which client), and a number n.
 * Behind "bytes come" follow n of them. Sockets are left out; everything behind them is here.
 */
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "simdev/port/usbip_conn.h"

enum { PHONES = 2, CLIENTS = 2, PIECES = 6, RUNS = 64 };

struct world {
    struct usbip_exports exports;
    struct usbip_conn *client[CLIENTS];
    int64_t now;
    uint8_t sum; /* of what was sent: every byte of it must be there */
};

/* Made once, to be copied. */
static struct mtksim *prototype(size_t i)
{
    static struct mtksim *made[PHONES];
    static const char *const chips[PHONES] = {"mt6765", "mt6580"};
    if (!made[i]) {
        struct mtksim_config cfg = {.chip = chips[i]};
        made[i] = mtksim_new(&cfg, NULL, 0);
        EXPECT(made[i]);
    }
    return made[i];
}

static void feed(struct world *w, struct usbip_conn *c, const uint8_t *bytes, size_t n)
{
    void *where;
    for (size_t at = 0; at < n;) {
        size_t room = port_usbip_space(c, &where);
        if (room == 0)
            return; /* over, or the client has to read first */
        room = room < n - at ? room : n - at;
        memcpy(where, bytes + at, room);
        port_usbip_received(c, room, w->now);
        at += room;
    }
}

static void take_output(struct world *w, struct usbip_conn *c, size_t max)
{
    struct iovec piece[PIECES];
    size_t n, total = 0;
    while (total < max && (n = port_usbip_output(c, piece, PIECES)) > 0) {
        size_t sent = 0;
        for (size_t i = 0; i < n && total + sent < max; i++) {
            EXPECT(piece[i].iov_len > 0);
            size_t len = piece[i].iov_len < max - total - sent ? piece[i].iov_len : max - total - sent;
            for (size_t k = 0; k < len; k++)
                w->sum ^= ((const uint8_t *)piece[i].iov_base)[k];
            sent += len;
        }
        port_usbip_sent(c, sent);
        total += sent;
    }
}

static void pass_time(struct world *w, unsigned ms)
{
    w->now += ms * NS_PER_MS;
    for (size_t i = 0; i < CLIENTS; i++)
        for (int k = 0; k < RUNS && port_usbip_run(w->client[i], w->now); k++)
            ;
}

static void happen(struct world *w, uint8_t what, uint8_t n, struct rd *in)
{
    struct usbip_conn **c = &w->client[what >> 2 & 1];
    const uint8_t *bytes;
    size_t len = n < rd_left(in) ? n : rd_left(in);
    switch (what & 3) {
    case 0:
        if (rd_view(in, &bytes, len))
            feed(w, *c, bytes, len);
        break;
    case 1:
        pass_time(w, n);
        break;
    case 2:
        take_output(w, *c, n * 8u);
        break;
    default:
        port_usbip_conn_free(*c);
        *c = port_usbip_conn_new(&w->exports);
        EXPECT(*c);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.now = NS_PER_S};
    struct mtksim *phone[PHONES];
    struct rd in = rd_init(data, size);
    uint8_t what, n;
    for (size_t i = 0; i < PHONES; i++) {
        phone[i] = mtksim_clone(prototype(i));
        EXPECT(phone[i]);
    }
    port_usbip_exports_init(&w.exports, phone, PHONES);
    for (size_t i = 0; i < CLIENTS; i++) {
        w.client[i] = port_usbip_conn_new(&w.exports);
        EXPECT(w.client[i]);
    }
    while (rd_left(&in) >= 2 && rd_u8(&in, &what) && rd_u8(&in, &n))
        happen(&w, what, n, &in);
    pass_time(&w, 1);
    for (size_t i = 0; i < CLIENTS; i++) {
        take_output(&w, w.client[i], SIZE_MAX);
        port_usbip_conn_free(w.client[i]);
    }
    for (size_t i = 0; i < PHONES; i++) {
        EXPECT(!w.exports.export[i].bus); /* who has gone holds no phone */
        mtksim_free(phone[i]);
    }
    return 0;
}
