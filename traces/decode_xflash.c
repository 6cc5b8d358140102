/* SPDX-License-Identifier: Apache-2.0 */
/* XFlash frames (da-xflash.md sections 2 to 9). */
#include "traces/decode_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "protocol/xflash.h"

enum { SMALL = 64 }; /* payloads up to this length are looked into */

static const char *context(struct decoder *d)
{
    const char *name = d->control ? decode_xflash_control(d->control) : decode_xflash_command(d->command);
    if (name || (!d->control && !d->command))
        return name ? name : "";
    snprintf(d->name, sizeof(d->name), "%s 0x%06X", d->control ? "control" : "command",
             d->control ? d->control : d->command);
    return d->name;
}

static void say_operation(struct decoder *d, const uint8_t *p)
{
    decode_say(d, true, XFLASH_FLASHOP_LEN, context(d),
               "storage 0x%X, section %u, address 0x%" PRIX64 ", length 0x%" PRIX64, get_le32(p),
               get_le32(p + 4), get_le64(p + 8), get_le64(p + 16));
}

static void say_bytes(struct decoder *d, bool from_host, const char *what, const uint8_t *p, uint64_t n,
                      size_t known)
{
    char hex[2 * SMALL + 1];
    hex_str(p, known, hex);
    decode_say(d, from_host, n, context(d), "%s, %" PRIu64 " bytes%s%s%s", what, n, n ? ": " : "", hex,
               n > known ? "..." : "");
}

/*
 * A word of the host is a command when its value is one. Acks are 0, lengths and 16-bit sums are below 0x010000, so in
 * practice nothing else looks like a command.
 */
static void host_word(struct decoder *d, uint32_t v)
{
    if (d->command == XF_DEVICE_CTRL && !d->control && decode_xflash_control(v)) {
        d->control = v;
        decode_say(d, true, 4, context(d), "control code 0x%06X", v);
        return;
    }
    if (v == XFLASH_SYNC || (v >> 16 == 1 && v)) {
        d->command = v;
        d->control = 0;
        decode_say(d, true, 4, context(d), "command 0x%06X", v);
        return;
    }
    decode_say(d, true, 4, context(d), v ? "0x%08X" : "0x%08X (ack or zero)", v);
}

static void device_word(struct decoder *d, uint32_t v)
{
    if (v == XFLASH_SYNC) {
        decode_say(d, false, 4, "", "SYNC: the agent is in its command loop");
        d->command = d->control = 0;
        return;
    }
    bool error = v >> 30 == 3;
    if (v == 0 || error || v >> 24 == 0x40)
        decode_say_status(d, 4, context(d), "xflash_status", v, error);
    else
        decode_say(d, false, 4, context(d), "0x%08X", v);
}

static bool printable(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < 0x20 || p[i] > 0x7E)
            return false;
    return n > 0;
}

static bool take_payload(struct decoder *d, int dir)
{
    struct queue *q = &d->q[dir];
    bool host = dir == DIR_HOST;
    uint64_t n = d->frame_len[dir];
    uint8_t p[SMALL];
    if (q->length < n)
        return false;
    if (n)
        decode_mark(d, q);
    size_t known = n < sizeof(p) ? (size_t)n : sizeof(p);
    queue_take(q, n, p, known);
    d->have_header[dir] = false;
    if (d->frame_type[dir] == XFLASH_MESSAGE)
        decode_say(d, host, n, "", "message: %.*s", known > 4 ? (int)(known - 4) : 0, (const char *)p + 4);
    else if (n == 4 && host)
        host_word(d, get_le32(p));
    else if (n == 4 && !(d->control && printable(p, 4)))
        device_word(d, get_le32(p));
    else if (host && n == XFLASH_FLASHOP_LEN && d->command != XF_DEVICE_CTRL)
        say_operation(d, p);
    else if (printable(p, known) && n < sizeof(p))
        decode_say(d, host, n, context(d), "\"%.*s\"", (int)known, (const char *)p);
    else
        say_bytes(d, host, "data", p, n, known < 16 ? known : 16);
    return true;
}

bool decode_xflash(struct decoder *d)
{
    int first = decode_first(d);
    for (int i = 0; i < 2; i++) {
        int dir = i == 0 ? first : !first;
        if (d->have_header[dir] ? take_payload(d, dir) : decode_frame_header(d, dir, context(d)))
            return true;
    }
    return false;
}
