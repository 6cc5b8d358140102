/* SPDX-License-Identifier: Apache-2.0 */
/* Which generation an agent is of, from the first that it says; and the frames that two generations share. */
#include "traces/decode_internal.h"

#include <string.h>

#include "base/cursor.h"
#include "protocol/legacy.h"
#include "protocol/xml.h"

static const uint8_t magic[] = {0xEF, 0xEE, 0xEE, 0xFE};

void decode_agent_start(struct decoder *d)
{
    d->stage = DECODE_AGENT;
    d->first_byte = false;
}

/* Whether a frame begins here, as far as one can tell. */
static bool frame_begins(const struct queue *q)
{
    uint8_t h[sizeof(magic)];
    size_t n = q->length < sizeof(h) ? (size_t)q->length : sizeof(h);
    return n && queue_peek(q, h, n) && memcmp(h, magic, n) == 0;
}

/* XML agents send frames at once, and all that is in them is text: a log line, or CMD:START (da-xml.md 1). */
static bool choose_framed(struct decoder *d, const struct queue *q)
{
    uint8_t h[XFLASH_HEADER_LEN + 2];
    if (d->first_byte) {
        d->stage = DECODE_XFLASH;
        return true;
    }
    if (!queue_peek(q, h, sizeof(h)))
        return false;
    bool text = h[XFLASH_HEADER_LEN] == '<' || memcmp(h + XFLASH_HEADER_LEN, XML_OK, 2) == 0;
    d->stage = text || get_le32(h + 4) == XFLASH_MESSAGE ? DECODE_XML : DECODE_XFLASH;
    return true;
}

/*
 * XFlash agents and legacy ones begin with the same byte. Then the former wait for a frame or send one; the latter send
 * a status word, which begins with 00, or (V3) their version, which begins with 03.
 */
bool decode_agent(struct decoder *d)
{
    struct queue *dev = &d->q[DIR_DEVICE], *host = &d->q[DIR_HOST];
    uint8_t b;
    if (decode_skip_lost(d, DIR_DEVICE) || decode_skip_lost(d, DIR_HOST))
        return true;
    if (frame_begins(dev))
        return choose_framed(d, dev);
    if (!queue_peek(dev, &b, 1))
        return frame_begins(host) && choose_framed(d, host);
    if (d->first_byte) {
        decode_legacy_start(d, b == 3);
        return true;
    }
    decode_mark(d, dev);
    queue_take(dev, 1, NULL, 0);
    d->first_byte = b == XFLASH_FIRST_BYTE;
    if (d->first_byte)
        decode_say(d, false, 1, "", "%02X: the agent is up", b);
    else
        decode_say_unknown(d, false, 1, "", "byte %02X before an agent spoke", b);
    return true;
}

bool decode_frame_header(struct decoder *d, int dir, const char *command)
{
    struct queue *q = &d->q[dir];
    uint8_t h[XFLASH_HEADER_LEN];
    if (!q->length)
        return false;
    if (!frame_begins(q)) { /* shown and skipped */
        if (decode_skip_lost(d, dir))
            return true;
        decode_mark(d, q);
        queue_take(q, 1, h, 1);
        decode_say_unknown(d, dir == DIR_HOST, 1, command, "byte %02X outside a frame", h[0]);
        return true;
    }
    if (!queue_peek(q, h, sizeof(h)))
        return false;
    decode_mark(d, q);
    queue_take(q, sizeof(h), NULL, 0);
    d->frame_type[dir] = get_le32(h + 4);
    d->frame_len[dir] = get_le32(h + 8);
    d->have_header[dir] = true;
    return true;
}

int decode_first(const struct decoder *d)
{
    const struct queue_chunk *a = d->q[DIR_HOST].head, *b = d->q[DIR_DEVICE].head;
    return a && (!b || a->packet < b->packet) ? DIR_HOST : DIR_DEVICE;
}
