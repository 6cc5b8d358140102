/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two bulk endpoints. A read of the firmware that waits is filled straight from the host's buffer, a write lends
 * its buffer to the host's read: large packets are copied once. What arrives with no read waiting goes into a small
 * FIFO, and behind that the host has to wait, as a NAKing controller makes it (brom-preloader.md 1.5).
 */
#include <string.h>

#include "simdev/firmware/phone_internal.h"

void phone_tap_transfer(struct mtksim *p, uint8_t endpoint, const void *data, size_t len)
{
    if (!p->tap)
        return;
    struct mtksim_transfer t = {
        .time_ns = p->now,
        .endpoint = endpoint,
        .vid = p->usb.vid,
        .pid = p->usb.pid,
        .generation = p->usb.generation,
        .data = data,
        .len = len,
    };
    p->tap(p->tap_ctx, &t);
}

bool phone_strict(const struct mtksim *p)
{
    return p->settings.strict_transfers && p->stage[0] == 'd' && p->stage[1] == 'a';
}

void phone_pipe_clear(struct mtksim *p)
{
    p->rx.count = 0;
    p->rx.fifo_closed = false;
    p->rx.discard = false;
    p->rx.under_way = 0;
    p->rx.n_due = 0;
    p->tx.stale_len = p->tx.stale_pos = 0;
    phone_pipe_unplugged(p);
}

void phone_pipe_unplugged(struct mtksim *p)
{
    p->tx.stale_len = p->tx.stale_pos = 0;
    if (p->tx.data) {
        p->tx.data = NULL;
        p->ready = true;
    }
}

/* ---- firmware side: reading ---- */

static size_t fifo_take(struct mtksim *p, uint8_t *out, size_t max)
{
    struct phone_rx *rx = &p->rx;
    size_t n = rx->count < max ? rx->count : max;
    size_t first = PHONE_RX_FIFO - rx->head < n ? PHONE_RX_FIFO - rx->head : n;
    memcpy(out, rx->fifo + rx->head, first);
    memcpy(out + first, rx->fifo, n - first);
    rx->head = (rx->head + n) % PHONE_RX_FIFO;
    rx->count -= n;
    if (!rx->count)
        rx->fifo_closed = false;
    return n;
}

static size_t fifo_put(struct mtksim *p, const uint8_t *data, size_t n)
{
    struct phone_rx *rx = &p->rx;
    size_t room = PHONE_RX_FIFO - rx->count;
    if (n > room)
        n = room;
    size_t tail = (rx->head + rx->count) % PHONE_RX_FIFO;
    size_t first = PHONE_RX_FIFO - tail < n ? PHONE_RX_FIFO - tail : n;
    memcpy(rx->fifo + tail, data, first);
    memcpy(rx->fifo, data + first, n - first);
    rx->count += n;
    return n;
}

/* Strict transfers: what is left of the transfer in which a read of exact length ended is dropped. The FIFO holds bytes
 * of one transfer only then; the transfer under way is another one if none of it was taken yet. */
static void drop_rest(struct mtksim *p)
{
    p->rx.count = 0;
    p->rx.fifo_closed = false;
    if (p->rx.under_way && p->rx.begun)
        p->rx.discard = true;
}

static ssize_t read_into(struct mtksim *p, uint8_t *buf, size_t need, bool some, int64_t timeout_ns)
{
    struct phone_rx *rx = &p->rx;
    size_t got = fifo_take(p, buf, need);
    if (got == need || (some && got))
        return (ssize_t)got;
    if (timeout_ns == 0)
        return PHONE_TIMEOUT;
    rx->dst = buf;
    rx->need = need;
    rx->got = got;
    rx->some = some;
    phone_block(p, mtk_deadline(p->now, timeout_ns));
    rx->dst = NULL;
    return rx->got == need || (some && rx->got) ? (ssize_t)rx->got : PHONE_TIMEOUT;
}

int phone_read(struct mtksim *p, void *buf, size_t len, int64_t timeout_ns)
{
    if (!len)
        return PHONE_OK;
    if (read_into(p, buf, len, false, timeout_ns) < 0)
        return PHONE_TIMEOUT;
    if (phone_strict(p) && (p->rx.count || p->rx.under_way))
        drop_rest(p);
    return PHONE_OK;
}

ssize_t phone_read_some(struct mtksim *p, void *buf, size_t max, int64_t timeout_ns)
{
    return max ? read_into(p, buf, max, true, timeout_ns) : 0;
}

/* ---- host side: feeding ---- */

/* Straight into the read that waits, else into the FIFO. */
static size_t feed_plain(struct mtksim *p, const uint8_t *data, size_t n)
{
    struct phone_rx *rx = &p->rx;
    if (rx->dst && p->alive && rx->got < rx->need && !p->ready) {
        size_t k = rx->need - rx->got < n ? rx->need - rx->got : n;
        memcpy(rx->dst + rx->got, data, k);
        rx->got += k;
        p->ready = rx->got == rx->need || rx->some;
        return k;
    }
    if (p->ready || rx->fifo_closed)
        return 0;
    return fifo_put(p, data, n);
}

/* Would feed_plain take a byte? A fault that is due at a byte waits with it. */
static bool has_room(const struct mtksim *p)
{
    const struct phone_rx *rx = &p->rx;
    if (p->ready)
        return false;
    bool waited_for = rx->dst && p->alive && rx->got < rx->need;
    return waited_for || (!rx->fifo_closed && rx->count < PHONE_RX_FIFO);
}

size_t phone_feed(struct mtksim *p, const uint8_t *data, size_t n)
{
    uint8_t changed;
    if (p->rx.nak_until > p->now)
        return 0;
    if (p->rx.n_due) {
        n = phone_rx_free(p, n);
        if (!n) {
            if (!has_room(p))
                return 0;
            uint8_t mask = phone_rx_due(p);
            if (!mask)
                return 0;
            changed = *data ^ mask;
            data = &changed;
            n = 1;
        }
    }
    size_t k = feed_plain(p, data, n);
    p->rx.total += k;
    p->rx.under_way -= k;
    p->rx.begun |= k > 0;
    return k;
}

/* ---- firmware side: writing ---- */

/* What nobody collected in time stays in the controller, glued to earlier leftovers, as far as there is room. */
static void keep_leftover(struct phone_tx *tx)
{
    size_t room = PHONE_TX_STALE - tx->stale_len;
    size_t n = tx->len - tx->pos < room ? tx->len - tx->pos : room;
    memcpy(tx->stale + tx->stale_len, tx->data + tx->pos, n);
    tx->stale_len += n;
}

void phone_tx_send(struct mtksim *p, const uint8_t *data, size_t len)
{
    struct phone_tx *tx = &p->tx;
    tx->total += len;
    if (!len || tx->silent_until > p->now)
        return;
    tx->data = data;
    tx->len = len;
    tx->pos = 0;
    phone_block(p, mtk_deadline(p->now, tx->patience));
    if (tx->data && p->usb.configured)
        keep_leftover(tx);
    tx->data = NULL;
}

void phone_write(struct mtksim *p, const void *buf, size_t len)
{
    if (p->fault_points & 1u << FAULT_AT_TX)
        phone_tx_faulty(p, buf, len);
    else
        phone_tx_send(p, buf, len);
}

void phone_tx_patience(struct mtksim *p, int64_t ns)
{
    p->tx.patience = ns;
}
