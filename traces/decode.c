/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's frame: queues, stages, the start handshake. */
#include "traces/decode_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/hash.h"
#include "protocol/brom.h"
#include "protocol/legacy.h"

enum { TEXT_MAX = 400 };

static void send(struct decoder *d, struct decode_message *m, const char *command)
{
    m->time_ns = d->time_ns;
    m->packet = d->packet;
    m->stage = d->stage;
    m->command = command;
    if (d->fn)
        d->fn(d->ctx, m);
}

static void say(struct decoder *d, struct decode_message m, const char *command, const char *fmt, va_list ap)
{
    char text[TEXT_MAX];
    vsnprintf(text, sizeof(text), fmt, ap);
    m.text = text;
    send(d, &m, command);
}

void decode_say(struct decoder *d, bool from_host, uint64_t length, const char *command, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(d, (struct decode_message){.from_host = from_host, .length = length}, command, fmt, ap);
    va_end(ap);
}

void decode_say_result(struct decoder *d, bool from_host, uint64_t length, const char *command, bool error,
                       const char *fmt, ...)
{
    const struct decode_message m = {.from_host = from_host, .length = length, .is_error = error};
    va_list ap;
    va_start(ap, fmt);
    say(d, m, command, fmt, ap);
    va_end(ap);
}

void decode_say_unknown(struct decoder *d, bool from_host, uint64_t length, const char *command,
                        const char *fmt, ...)
{
    const struct decode_message m = {.from_host = from_host, .length = length, .unknown = true};
    va_list ap;
    va_start(ap, fmt);
    say(d, m, command, fmt, ap);
    va_end(ap);
}

void decode_say_named_status(struct decoder *d, uint64_t length, const char *command, const char *what,
                             uint32_t status, const char *name, bool error)
{
    char text[200];
    snprintf(text, sizeof(text), "%s%sstatus 0x%0*X%s%s%s", what ? what : "", what ? ": " : "",
             length > 2 ? 8 : 4, status, status ? "" : " ok", name ? " " : "", name ? name : "");
    struct decode_message m = {
        .length = length, .text = text, .is_status = true, .is_error = error, .status = status};
    send(d, &m, command);
}

void decode_say_status(struct decoder *d, uint64_t length, const char *command, const char *family,
                       uint32_t status, bool error)
{
    const struct mtk_err_row *r = status ? mtk_err_by_code(family, status) : NULL;
    decode_say_named_status(d, length, command, NULL, status, r ? r->symbol : NULL, error);
}

void decode_mark(struct decoder *d, const struct queue *q)
{
    if (q->head) {
        d->time_ns = q->head->time_ns;
        d->packet = q->head->packet;
    }
}

bool decode_is_lost(const struct decoder *d, int dir)
{
    const struct queue_chunk *c = d->q[dir].head;
    return c && c->pos >= c->captured;
}

bool decode_skip_lost(struct decoder *d, int dir)
{
    struct queue *q = &d->q[dir];
    const struct queue_chunk *c = q->head;
    if (!decode_is_lost(d, dir))
        return false;
    decode_mark(d, q);
    uint64_t n = queue_take(q, c->length - c->pos, NULL, 0);
    decode_say(d, dir == DIR_HOST, n, "", "%llu bytes that the recording does not have",
               (unsigned long long)n);
    return true;
}

/* READY copies, the four start bytes with their answers, and everything that is neither (section 3). */
static bool take_sync(struct decoder *d)
{
    static const uint8_t start[] = BROM_START_BYTES;
    uint8_t h, b[5];
    struct queue *dev = &d->q[DIR_DEVICE], *host = &d->q[DIR_HOST];
    if (decode_skip_lost(d, DIR_HOST) || decode_skip_lost(d, DIR_DEVICE))
        return true;
    if (queue_peek(dev, b, 5) && memcmp(b, BROM_READY_TEXT, 5) == 0) {
        decode_mark(d, dev);
        queue_take(dev, 5, NULL, 0);
        decode_say(d, false, 5, "", "READY");
        return true;
    }
    if (!queue_peek(host, &h, 1))
        return false;
    /* A host byte is understood when its answer is there, or when another one follows: then it got none. */
    if (!queue_peek(dev, b, 1) && host->length < 2)
        return false;
    decode_mark(d, host);
    queue_take(host, 1, NULL, 0);
    if (!queue_peek(dev, b, 1) || b[0] == 'R') {
        decode_say(d, true, 1, "", "start byte %02X, not answered", h);
        return true;
    }
    queue_take(dev, 1, NULL, 0);
    bool good = d->sync_at < 4 && h == start[d->sync_at] && (h ^ b[0]) == 0xFF;
    decode_say(d, true, 1, "", "start byte %02X, answered %02X%s", h, b[0], good ? "" : ", out of step");
    d->sync_at = good ? d->sync_at + 1 : 0;
    if (d->sync_at == 4 || (h == 0xA0 && b[0] == 0xA0))
        d->stage = DECODE_BROM;
    return true;
}

static void run(struct decoder *d)
{
    static bool (*const stages[])(struct decoder *) = {
        [DECODE_BUS] = take_sync,      [DECODE_SYNC] = take_sync,       [DECODE_BROM] = decode_brom,
        [DECODE_AGENT] = decode_agent, [DECODE_XFLASH] = decode_xflash, [DECODE_LEGACY] = decode_legacy,
        [DECODE_XML] = decode_xml,
    };
    while (stages[d->stage](d))
        ;
}

static void start_over(struct decoder *d)
{
    queue_release(&d->q[0]);
    queue_release(&d->q[1]);
    d->stage = DECODE_SYNC;
    d->sync_at = 0;
    d->step = NULL;
    d->speaker = 0;
    d->have_header[0] = d->have_header[1] = false;
    d->command = d->control = 0;
    d->xml = (struct decode_xml){.file = XML_NO_FILE};
}

/* What waits without being understood, so that nothing of a recording goes unseen. */
static void flush(struct decoder *d)
{
    for (int dir = 0; dir < 2; dir++) {
        struct queue *q = &d->q[dir];
        uint8_t head[16];
        char hex[2 * sizeof(head) + 1];
        if (!q->length)
            continue;
        decode_mark(d, q);
        uint64_t n = q->length;
        queue_take(q, n, head, sizeof(head));
        hex_str(head, n < sizeof(head) ? (size_t)n : sizeof(head), hex);
        decode_say_unknown(d, dir == DIR_HOST, n, "", "%llu bytes, not understood: %s%s",
                           (unsigned long long)n, hex, n > sizeof(head) ? "..." : "");
    }
}

struct decoder *decoder_new(decode_fn fn, void *ctx)
{
    struct decoder *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->fn = fn;
    d->ctx = ctx;
    queue_init(&d->q[0]);
    queue_init(&d->q[1]);
    start_over(d);
    return d;
}

int decoder_bulk(struct decoder *d, int64_t time_ns, uint64_t packet, bool from_host, const uint8_t *data,
                 size_t captured, size_t length)
{
    if (!queue_push(&d->q[from_host ? DIR_HOST : DIR_DEVICE], time_ns, packet, data, captured, length))
        return -1;
    run(d);
    return 0;
}

/* An agent that switched the USB speed is still the same agent, and one generation lets the host choose its ids. */
static enum decode_stage stage_of(struct decoder *d, uint16_t pid, enum decode_stage stage)
{
    bool chosen = d->was == DECODE_LEGACY && d->legacy.op == LG_USB_SETUP_PORT_EX && !d->legacy.starting;
    if (d->was < DECODE_XFLASH || (pid != MTK_USB_PID_DA && !chosen))
        return stage;
    if (d->was == DECODE_LEGACY)
        decode_legacy_again(d);
    return d->was;
}

void decoder_control(struct decoder *d, int64_t time_ns, uint64_t packet, const uint8_t setup[8],
                     int32_t status, const uint8_t *data, size_t captured)
{
    static const struct {
        uint8_t type, request;
        const char *name;
    } known[] = {
        {CDC_REQ_OUT, CDC_SET_LINE_CODING, "SET_LINE_CODING"},
        {CDC_REQ_IN, CDC_GET_LINE_CODING, "GET_LINE_CODING"},
        {CDC_REQ_OUT, CDC_SET_CONTROL_LINE_STATE, "SET_CONTROL_LINE_STATE"},
        {0x80, 0x06, "GET_DESCRIPTOR"},
        {0x00, 0x05, "SET_ADDRESS"},
        {0x00, 0x09, "SET_CONFIGURATION"},
        {0x01, 0x0B, "SET_INTERFACE"},
        {0x02, 0x01, "CLEAR_FEATURE"},
    };
    enum decode_stage stage = d->stage;
    const char *name = "request";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].type == setup[0] && known[i].request == setup[1])
            name = known[i].name;
    d->time_ns = time_ns;
    d->packet = packet;
    d->stage = DECODE_BUS;
    if (setup[0] == 0x80 && setup[1] == 0x06 && setup[3] == 1 && captured >= 12) {
        decode_say(d, false, captured, name, "device %04X:%04X", get_le16(data + 8), get_le16(data + 10));
        stage = stage_of(d, get_le16(data + 10), stage);
    } else if (captured >= 4 && setup[1] == CDC_SET_LINE_CODING)
        decode_say(d, true, captured, name, "%u baud%s", get_le32(data), status ? ", refused" : "");
    else
        decode_say(d, !(setup[0] & 0x80), captured, name, "type %02X request %02X value %04X%s", setup[0],
                   setup[1], get_le16(setup + 2), status ? ", refused" : "");
    d->stage = stage;
}

void decoder_reenumerated(struct decoder *d, int64_t time_ns, uint64_t packet, unsigned device)
{
    d->was = d->stage;
    flush(d);
    start_over(d);
    d->time_ns = time_ns;
    d->packet = packet;
    d->stage = DECODE_BUS;
    decode_say(d, false, 0, "", "the phone is on the bus as device %u", device);
    d->stage = DECODE_SYNC;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    flush(d);
    queue_release(&d->q[0]);
    queue_release(&d->q[1]);
    free(d);
}
