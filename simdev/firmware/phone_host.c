/* SPDX-License-Identifier: Apache-2.0 */
/* The host's end of the cable: the part of the public interface that moves bytes and time. */
#include <string.h>

#include "simdev/firmware/phone_internal.h"

static void fill_id(const struct mtksim *p, struct mtksim_usb_id *id)
{
    if (id)
        *id = (struct mtksim_usb_id){p->usb.vid, p->usb.pid, p->usb.generation};
}

static bool gone(const struct mtksim *p)
{
    return !p->usb.configured || !phone_on_bus(p);
}

int mtksim_address(struct mtksim *p, int64_t timeout_ns, struct mtksim_usb_id *id)
{
    int64_t deadline = mtk_deadline(p->now, timeout_ns);
    phone_run(p);
    while (!phone_on_bus(p))
        if (!phone_advance(p, deadline) && !phone_on_bus(p))
            return MTKSIM_TIMEOUT;
    p->usb.addressed = true;
    fill_id(p, id);
    return 0;
}

int mtksim_attach(struct mtksim *p, int64_t timeout_ns, struct mtksim_usb_id *id)
{
    int rc = mtksim_address(p, timeout_ns, id);
    if (rc == 0)
        p->usb.configured = true;
    return rc;
}

int mtksim_identity(const struct mtksim *p, struct mtksim_usb_id *id)
{
    if (!phone_on_bus(p))
        return MTKSIM_GONE;
    fill_id(p, id);
    return 0;
}

/* ---- OUT ---- */

/* Gives the phone what it takes without time passing. False if it has to wait. */
static bool push(struct mtksim *p, const uint8_t *data, size_t len, size_t *taken)
{
    while (*taken < len && !gone(p)) {
        size_t n;
        if (p->rx.discard) {
            n = len - *taken;
            p->rx.under_way = 0;
        } else {
            size_t due = p->rx.n_due;
            n = phone_feed(p, data + *taken, len - *taken);
            if (!n && !p->ready && due == p->rx.n_due && !p->rx.discard)
                return false;
        }
        *taken += n;
        phone_run(p);
    }
    return true;
}

void mtksim_out_begin(struct mtksim *p, size_t len)
{
    phone_run(p);
    if (gone(p))
        return;
    p->rx.under_way = len;
    p->rx.begun = false;
    p->rx.discard = false;
    if (p->rx.count && phone_strict(p))
        p->rx.fifo_closed = true;
    if (p->fault_points & 1u << FAULT_AT_RX)
        phone_rx_begin(p, len);
}

ssize_t mtksim_out(struct mtksim *p, const void *buf, size_t len)
{
    size_t taken = 0;
    phone_run(p);
    if (gone(p))
        return MTKSIM_GONE;
    push(p, buf, len, &taken);
    return taken < len && gone(p) ? MTKSIM_GONE : (ssize_t)taken;
}

void mtksim_out_end(struct mtksim *p, const void *buf, size_t taken)
{
    bool whole = p->rx.under_way == 0;
    p->rx.under_way = 0;
    p->rx.discard = false;
    if (taken || (whole && !gone(p)))
        phone_tap_transfer(p, 0x01, buf, taken);
}

ssize_t mtksim_write(struct mtksim *p, const void *buf, size_t len, int64_t timeout_ns)
{
    int64_t deadline = mtk_deadline(p->now, timeout_ns);
    p->taken = 0;
    mtksim_out_begin(p, len);
    if (gone(p))
        return MTKSIM_GONE;
    while (!push(p, buf, len, &p->taken))
        if (!phone_advance(p, deadline))
            break;
    bool lost = p->taken < len && gone(p);
    p->rx.under_way = len - p->taken;
    mtksim_out_end(p, buf, p->taken);
    if (lost)
        return MTKSIM_GONE;
    return p->taken == len ? (ssize_t)len : MTKSIM_TIMEOUT;
}

size_t mtksim_taken(const struct mtksim *p)
{
    return p->taken;
}

size_t mtksim_room(const struct mtksim *p)
{
    size_t direct = p->alive && p->rx.dst ? p->rx.need - p->rx.got : 0;
    if (gone(p) || p->rx.nak_until > p->now)
        return 0;
    if (phone_strict(p) && p->rx.count)
        return 0;
    return direct + (PHONE_RX_FIFO - p->rx.count);
}

/* ---- IN ---- */

size_t mtksim_pending(const struct mtksim *p)
{
    if (gone(p))
        return 0;
    if (p->tx.stale_len)
        return p->tx.stale_len - p->tx.stale_pos;
    return p->tx.data ? p->tx.len - p->tx.pos : 0;
}

static size_t collect_stale(struct mtksim *p, uint8_t *out, size_t max)
{
    struct phone_tx *tx = &p->tx;
    size_t n = tx->stale_len - tx->stale_pos < max ? tx->stale_len - tx->stale_pos : max;
    memcpy(out, tx->stale + tx->stale_pos, n);
    tx->stale_pos += n;
    if (tx->stale_pos == tx->stale_len) {
        phone_tap_transfer(p, 0x81, tx->stale, tx->stale_len);
        tx->stale_len = tx->stale_pos = 0;
    }
    return n;
}

static size_t collect(struct mtksim *p, uint8_t *out, size_t max)
{
    struct phone_tx *tx = &p->tx;
    size_t n = tx->len - tx->pos < max ? tx->len - tx->pos : max;
    memcpy(out, tx->data + tx->pos, n);
    tx->pos += n;
    if (tx->pos == tx->len) {
        phone_tap_transfer(p, 0x81, tx->data, tx->len);
        tx->data = NULL;
        p->ready = true;
        phone_run(p);
    }
    return n;
}

ssize_t mtksim_read(struct mtksim *p, void *buf, size_t len, int64_t timeout_ns)
{
    int64_t deadline = mtk_deadline(p->now, timeout_ns);
    phone_run(p);
    for (;;) {
        if (gone(p))
            return MTKSIM_GONE;
        if (len && p->tx.stale_len)
            return (ssize_t)collect_stale(p, buf, len);
        if (len && p->tx.data)
            return (ssize_t)collect(p, buf, len);
        if (!phone_advance(p, deadline))
            return gone(p) ? MTKSIM_GONE : MTKSIM_TIMEOUT;
    }
}

/* ---- time ---- */

int64_t mtksim_now(const struct mtksim *p)
{
    return p->now;
}

void mtksim_sleep(struct mtksim *p, int64_t ns)
{
    if (ns >= 0)
        mtksim_run_until(p, mtk_deadline(p->now, ns));
}

int64_t mtksim_run_until(struct mtksim *p, int64_t now_ns)
{
    phone_run(p);
    while (phone_advance(p, now_ns))
        ;
    return phone_next_event(p);
}
