/* SPDX-License-Identifier: Apache-2.0 */
/* Where faults act on the phone as a whole: the bus, the pipes, the chip. The firmware asks phone_fault for the rest. */
#include <string.h>

#include "protocol/brom.h"
#include "simdev/firmware/phone_internal.h"

#define ACTIONS           8
#define EMERGENCY_SECONDS 5 /* USB download after a fatal error (brom-preloader.md 2.1) */

static int64_t until(const struct mtksim *p, int64_t ns)
{
    return ns > 0 ? mtk_deadline(p->now, ns) : NS_NEVER;
}

/* The phone leaves the bus; what becomes of it is settled in phone_fault_return. */
static void drop(struct mtksim *p, const struct fault_action *a, bool in_program)
{
    p->usb.return_as = a->value;
    p->usb.return_at = a->value == FAULT_RETURN_NEVER ? NS_NEVER : mtk_deadline(p->now, a->delay_ns);
    phone_log(p, "(the phone leaves the bus)");
    if (a->value == FAULT_RETURN_NEVER || a->value == FAULT_RETURN_SAME) {
        phone_cable_out(p);
        return;
    }
    phone_usb_disconnect(p);
    if (a->value == FAULT_RETURN_OFF)
        p->usb.return_at = p->now;
    p->board.wdt_enabled = false;
    if (in_program)
        phone_hang(p, "brown-out");
    phone_hang_now(p, "brown-out");
}

void phone_fault_return(struct mtksim *p)
{
    p->usb.return_at = NS_NEVER;
    switch (p->usb.return_as) {
    case FAULT_RETURN_SAME:
        phone_cable_in(p);
        break;
    case FAULT_RETURN_BROM:
        p->board.usbdl_flag = BROM_USBDL_MAGIC | EMERGENCY_SECONDS << 2 | 1;
        p->board.usbdl_flag_kept = true;
        phone_reset_now(p);
        break;
    case FAULT_RETURN_RESET:
        phone_reset_now(p);
        break;
    case FAULT_RETURN_OFF:
        phone_halt(p, "off");
        break;
    default:
        break;
    }
}

bool phone_fault_common(struct mtksim *p, const struct fault_action *a, bool in_program)
{
    switch (a->kind) {
    case FAULT_SILENCE:
        p->tx.silent_until = until(p, a->delay_ns);
        return true;
    case FAULT_NAK_OUT:
        p->rx.nak_until = until(p, a->delay_ns);
        return true;
    case FAULT_DROP:
        drop(p, a, in_program);
        return true;
    default:
        return false;
    }
}

/* Extra bytes do not count, so that offsets of other faults stay put. */
static void inject(struct mtksim *p, const struct fault_action *a)
{
    uint64_t total = p->tx.total;
    phone_tx_send(p, a->bytes, (size_t)a->count);
    p->tx.total = total;
}

/* Asks at a point of the running program and carries out what can be carried out here. */
struct fault_action phone_fault(struct mtksim *p, enum fault_point point, const char *name, uint32_t value)
{
    struct fault_action act[ACTIONS], rest = {.kind = FAULT_NONE};
    if (!(p->fault_points & 1u << point))
        return rest;
    struct fault_event ev = {.point = point, .stage = p->stage, .name = name, .value = value};
    size_t n = fault_ask_all(p->faults, &ev, act, ACTIONS);
    for (size_t i = 0; i < n; i++) {
        if (act[i].kind == FAULT_DELAY)
            phone_wait(p, act[i].delay_ns);
        else if (act[i].kind == FAULT_INJECT)
            inject(p, &act[i]);
        else if (!phone_fault_common(p, &act[i], true))
            rest = act[i];
    }
    return rest;
}

void phone_stage_faults(struct mtksim *p)
{
    if (phone_fault(p, FAULT_AT_STAGE, p->stage, 0).kind == FAULT_FAIL)
        phone_hang(p, "fault");
}

/* ---- bytes that leave ---- */

static bool splits(enum fault_kind k)
{
    return k == FAULT_INJECT || k == FAULT_SHORT || k == FAULT_SILENCE || k == FAULT_NAK_OUT ||
           k == FAULT_DROP;
}

/* A changed copy, or NULL if no byte is to be changed. */
static uint8_t *flipped(struct mtksim *p, const uint8_t *data, size_t len, const struct fault_action *act,
                        size_t n)
{
    uint8_t *copy = NULL;
    for (size_t i = 0; i < n; i++) {
        if (act[i].kind != FAULT_FLIP || act[i].offset >= len)
            continue;
        if (!copy) {
            copy = phone_buffer(p, len);
            memcpy(copy, data, len);
        }
        copy[act[i].offset] ^= act[i].mask;
    }
    return copy;
}

void phone_tx_faulty(struct mtksim *p, const uint8_t *data, size_t len)
{
    struct fault_action act[ACTIONS];
    struct fault_event ev = {
        .point = FAULT_AT_TX, .stage = p->stage, .offset = p->tx.total, .length = len, .value = 1};
    size_t n = fault_ask_all(p->faults, &ev, act, ACTIONS), pos = 0;
    uint64_t end = p->tx.total + len;
    uint8_t *copy = flipped(p, data, len, act, n);
    if (copy)
        data = copy;
    for (size_t i = 0; i < n; i++) {
        if (act[i].kind == FAULT_DELAY)
            phone_wait(p, act[i].delay_ns);
        if (!splits(act[i].kind))
            continue;
        size_t at = act[i].offset < len ? (size_t)act[i].offset : len;
        if (at > pos)
            phone_tx_send(p, data + pos, at - pos);
        pos = at;
        if (act[i].kind == FAULT_SHORT)
            pos = len;
        if (act[i].kind == FAULT_INJECT)
            inject(p, &act[i]);
        phone_fault_common(p, &act[i], true);
    }
    if (pos < len)
        phone_tx_send(p, data + pos, len - pos);
    phone_release(p, copy);
    p->tx.total = end; /* as if nothing had been cut or added, so that offsets of later faults stay put */
}

/* ---- bytes that arrive ---- */

void phone_rx_begin(struct mtksim *p, size_t len)
{
    struct phone_rx *rx = &p->rx;
    struct fault_event ev = {
        .point = FAULT_AT_RX, .stage = p->stage, .offset = rx->total, .length = len, .value = 1};
    struct fault_action *fresh = rx->due + rx->n_due;
    size_t n = fault_ask_all(p->faults, &ev, fresh, PHONE_RX_DUE - rx->n_due);
    for (size_t i = 0; i < n; i++)
        fresh[i].offset += rx->total;
    rx->n_due += n;
}

size_t phone_rx_free(const struct mtksim *p, size_t n)
{
    uint64_t ahead = p->rx.due[0].offset - p->rx.total;
    return p->rx.due[0].offset <= p->rx.total ? 0 : ahead < n ? (size_t)ahead : n;
}

uint8_t phone_rx_due(struct mtksim *p)
{
    struct fault_action a = p->rx.due[0];
    p->rx.n_due--;
    memmove(p->rx.due, p->rx.due + 1, p->rx.n_due * sizeof a);
    switch (a.kind) {
    case FAULT_FLIP:
        return a.mask;
    case FAULT_SHORT:
        p->rx.discard = true;
        return 0;
    case FAULT_DELAY:
        p->rx.nak_until = mtk_deadline(p->now, a.delay_ns);
        return 0;
    default:
        phone_fault_common(p, &a, false);
        return 0;
    }
}
