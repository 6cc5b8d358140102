/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/port/fake_phone.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct mtksim fake_phone(void)
{
    return (struct mtksim){.stage = "off", .room = 1024};
}

uint8_t fake_byte(size_t i)
{
    return (uint8_t)(i * 31 + i / 253);
}

static void put(struct mtksim *p, const void *data, size_t len)
{
    if (len > sizeof(p->out) - p->out_len)
        len = sizeof(p->out) - p->out_len;
    memcpy(p->out + p->out_len, data, len);
    p->out_len += len;
}

void mtksim_plug(struct mtksim *p)
{
    p->plugs++;
    p->plugged = true;
    if (strcmp(p->stage, "off") == 0)
        p->stage = "brom";
}

void mtksim_unplug(struct mtksim *p)
{
    p->unplugs++;
    p->plugged = p->on_bus = false;
}

void mtksim_power_cycle(struct mtksim *p)
{
    p->power_cycles++;
    p->stage = "brom";
    p->on_bus = false;
}

int mtksim_attach(struct mtksim *p, int64_t timeout_ns, struct mtksim_usb_id *id)
{
    if (p->absent) {
        p->now += timeout_ns;
        return MTKSIM_TIMEOUT;
    }
    if (!p->on_bus)
        p->generation++;
    p->on_bus = true;
    p->now += 100 * NS_PER_MS;
    return mtksim_identity(p, id);
}

int mtksim_address(struct mtksim *p, int64_t timeout_ns, struct mtksim_usb_id *id)
{
    return mtksim_attach(p, timeout_ns, id);
}

/* High speed, one pair of bulk endpoints and an interrupt endpoint. */
size_t mtksim_descriptor(const struct mtksim *p, uint16_t value, void *out, size_t max)
{
    static const uint8_t device[18] = {18, 1, 0, 2, 2, 0, 0, 64, 0x8D, 0x0E, 3, 0, 0, 1, 0, 0, 0, 1};
    static const uint8_t config[] = {9, 2, 39, 0, 1, 1, 0, 0xC0, 0xFA, 9, 4, 0, 0, 3, 0x0A, 0, 0, 0, 7, 5,
                                     1, 2, 0,  2, 0, 7, 5, 0x81, 2,    0, 2, 0, 7, 5, 0x82, 3, 8, 0, 9};
    const uint8_t *from = value == 0x0100 ? device : config;
    size_t len = value == 0x0100 ? sizeof(device) : sizeof(config);
    if (!p->on_bus)
        return 0;
    memcpy(out, from, len < max ? len : max);
    return len;
}

int mtksim_identity(const struct mtksim *p, struct mtksim_usb_id *id)
{
    *id = (struct mtksim_usb_id){.vid = 0x0E8D, .pid = 0x0003, .generation = p->generation};
    return p->on_bus ? 0 : MTKSIM_GONE;
}

/* What one byte does. The ones that end the session are only seen when what was sent before has been
 * collected. */
static void take(struct mtksim *p, uint8_t c)
{
    uint8_t answer = (uint8_t)~c;
    if (c == 'T')
        p->tick = p->now + 10 * NS_PER_MS;
    else if (c == 'N')
        p->room = 0;
    else if (c == '>')
        p->long_left = FAKE_LONG;
    else if (c == 'B')
        put(p, "bye", 3), p->stage = "leaving";
    else if (c == 'R')
        put(p, "again", 5), p->stage = "resetting";
    else
        put(p, &answer, 1);
}

ssize_t mtksim_write(struct mtksim *p, const void *buf, size_t len, int64_t timeout_ns)
{
    (void)timeout_ns;
    p->taken = len < p->room ? len : p->room;
    for (size_t i = 0; i < p->taken; i++)
        take(p, ((const uint8_t *)buf)[i]);
    p->in_total += p->taken;
    return p->taken == len ? (ssize_t)len : MTKSIM_TIMEOUT;
}

void mtksim_out_begin(struct mtksim *p, size_t len)
{
    p->begun++;
    p->empty += len == 0;
}

ssize_t mtksim_out(struct mtksim *p, const void *buf, size_t len)
{
    mtksim_write(p, buf, len, 0);
    return (ssize_t)p->taken;
}

void mtksim_out_end(struct mtksim *p, const void *buf, size_t taken)
{
    (void)buf;
    p->ended++;
    p->end_total += taken;
}

size_t mtksim_taken(const struct mtksim *p)
{
    return p->taken;
}

size_t mtksim_room(const struct mtksim *p)
{
    /* A phone that has an answer to give takes no further command. */
    return p->out_len || p->long_left ? 0 : p->room;
}

size_t mtksim_pending(const struct mtksim *p)
{
    if (p->out_len)
        return p->out_len;
    return p->long_left < FAKE_TRANSFER ? p->long_left : FAKE_TRANSFER;
}

ssize_t mtksim_read(struct mtksim *p, void *buf, size_t len, int64_t timeout_ns)
{
    (void)timeout_ns;
    size_t n = mtksim_pending(p);
    if (n == 0)
        return MTKSIM_TIMEOUT;
    if (n > len)
        n = len;
    if (p->out_len) {
        memcpy(buf, p->out, n);
        memmove(p->out, p->out + n, p->out_len - n);
        p->out_len -= n;
    } else {
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)buf)[i] = fake_byte(p->long_pos + i);
        p->long_pos += n;
        p->long_left -= n;
    }
    return (ssize_t)n;
}

int mtksim_control(struct mtksim *p, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index,
                   void *buf, uint16_t length)
{
    (void)index;
    if (request == FAKE_STALL)
        return MTKSIM_STALL;
    if (request_type & 0x80 && length)
        memset(buf, request, length);
    p->line_codings +=
        request_type == 0x21 && request == 0x20 && length == 7 && memcmp(buf, "\x00\x10\x0E", 3) == 0;
    p->control_lines += request_type == 0x21 && request == 0x22 && value == 3 && length == 0;
    return length;
}

int64_t mtksim_now(const struct mtksim *p)
{
    return p->now;
}

int64_t mtksim_run_until(struct mtksim *p, int64_t now_ns)
{
    if (now_ns > p->now)
        p->now = now_ns;
    if (p->tick && p->now >= p->tick) {
        p->tick = 0;
        put(p, "tick", 4);
    }
    if (p->out_len == 0 && strcmp(p->stage, "leaving") == 0) {
        p->stage = "boot";
        p->on_bus = false;
    } else if (p->out_len == 0 && strcmp(p->stage, "resetting") == 0) {
        p->stage = "brom";
        p->generation++;
    }
    return p->tick ? p->tick : INT64_MAX;
}

const char *mtksim_stage(const struct mtksim *p)
{
    return p->stage;
}

struct mtksim *mtksim_clone(const struct mtksim *p)
{
    struct mtksim *copy = malloc(sizeof(*copy));
    if (copy)
        *copy = *p;
    return copy;
}

void mtksim_free(struct mtksim *p)
{
    free(p);
}

int mtksim_sync(struct mtksim *p)
{
    p->syncs++;
    return 0;
}

void mtksim_set_tap(struct mtksim *p, mtksim_tap_fn fn, void *ctx)
{
    (void)p;
    (void)fn;
    (void)ctx;
}
