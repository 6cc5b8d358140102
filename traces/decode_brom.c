/* SPDX-License-Identifier: Apache-2.0 */
/* BROM and preloader commands, each as a row of steps (brom-preloader.md section 4). */
#include "traces/decode_internal.h"

#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "protocol/brom.h"

enum step_kind {
    END,
    ECHO,   /* host sends size bytes, the phone returns the same */
    STATUS, /* two bytes of the phone; a failure ends the command */
    REPLY,  /* size bytes of the phone; a number when size <= 4 */
    HOST,   /* size bytes of the host without echo */
    RAW,    /* size bytes of the host without echo, which are no number */
    UPLOAD, /* bytes of the host, argument `from` times `size` */
    FETCH,  /* bytes of the phone, argument `from` times `size` */
    WORDS,  /* argument `from` words of `size` bytes, each echoed */
    ACCESS, /* argument `from` bytes of the phone, or of the host if argument 0 is odd */
    PAUSE,  /* the phone's length word becomes an argument */
    MAYBE,  /* a status that some do not send */
};

struct brom_step {
    enum step_kind kind;
    uint8_t size, from;
    const char *name;
};

#define STEPS(...) ((const struct brom_step[]){__VA_ARGS__, {END, 0, 0, NULL}})

/* Who knows a command, by the answer to GET_BL_VER (section 4.2). The others echo its opcode, and that is all. */
enum { B = 1, P1 = 2, P2 = 4, P3 = 8, ANY = B | P1 | P2 | P3, PRELOADER = P1 | P2 | P3 };

static const struct {
    uint8_t op, known_to;
    const struct brom_step *steps;
} commands[] = {
    {BROM_GET_HW_CODE, ANY, STEPS({REPLY, 2, 0, "hw_code"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_HW_SW_VER, ANY,
     STEPS({REPLY, 2, 0, "hw_sub_code"}, {REPLY, 2, 0, "hw_version"}, {REPLY, 2, 0, "sw_version"},
           {STATUS, 2, 0, NULL})},
    {BROM_GET_TARGET_CONFIG, ANY, STEPS({REPLY, 4, 0, "target_config"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_PL_CAP, P3, STEPS({REPLY, 4, 0, "capabilities"}, {REPLY, 4, 0, "reserved"})},
    {BROM_GET_ME_ID, B | P3, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "ME_ID"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_SOC_ID, B | P3, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "SOC_ID"}, {STATUS, 2, 0, NULL})},
    {BROM_READ16, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {FETCH, 2, 1, "data"},
           {STATUS, 2, 0, NULL})},
    {BROM_READ32, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {FETCH, 4, 1, "data"},
           {STATUS, 2, 0, NULL})},
    {BROM_WRITE16, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {WORDS, 2, 1, "value"},
           {STATUS, 2, 0, NULL})},
    {BROM_WRITE16_NO_ECHO, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {UPLOAD, 2, 1, "values"},
           {STATUS, 2, 0, NULL})},
    {BROM_LEGACY_READ16, ANY, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {FETCH, 2, 1, "data"})},
    {BROM_LEGACY_WRITE16, PRELOADER,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {WORDS, 2, 1, "value"},
           {STATUS, 2, 0, NULL})},
    {BROM_LEGACY_WRITE16, B, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {WORDS, 2, 1, "value"})},
    {BROM_WRITE32, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL}, {WORDS, 4, 1, "value"},
           {STATUS, 2, 0, NULL})},
    {BROM_SEND_DA, ANY,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "length"}, {ECHO, 4, 0, "signature length"},
           {STATUS, 2, 0, NULL}, {UPLOAD, 1, 1, "payload"}, {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_JUMP_DA, ANY, STEPS({ECHO, 4, 0, "address"}, {STATUS, 2, 0, NULL})},
    {BROM_JUMP_DA64, B,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 1, 0, "aarch64"}, {STATUS, 2, 0, NULL}, {ECHO, 1, 0, "magic"},
           {STATUS, 2, 0, NULL})},
    {BROM_JUMP_BL, B, STEPS({STATUS, 2, 0, NULL})},
    {BROM_SEND_PARTITION_DATA, P2 | P3,
     STEPS({RAW, 64, 0, "name"}, {HOST, 4, 0, "length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 0, "image"},
           {HOST, 4, 0, "checksum"})},
    {BROM_JUMP_TO_PARTITION, P2 | P3, STEPS({RAW, 64, 0, "name"}, {STATUS, 2, 0, NULL})},
    {BROM_CACHE_CTRL, B, STEPS({ECHO, 1, 0, "sub-opcode"}, {REPLY, 1, 0, "value"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_ENV_PREPARE, B,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "length"}, {ECHO, 4, 0, "parameter address"},
           {ECHO, 4, 0, "parameter length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 1, "program"},
           {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL}, {REPLY, 4, 0, "result"}, {MAYBE, 2, 0, NULL})},
    {BROM_REGISTER_ACCESS, B,
     STEPS({ECHO, 4, 0, "mode"}, {ECHO, 4, 0, "address"}, {ECHO, 4, 0, "length"}, {STATUS, 2, 0, NULL},
           {ACCESS, 1, 2, "data"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_AUTH, B,
     STEPS({ECHO, 4, 0, "length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 0, "auth file"},
           {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_CERT, B,
     STEPS({ECHO, 4, 0, "length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 0, "certificate"},
           {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_SLA, B,
     STEPS({STATUS, 2, 0, NULL}, {PAUSE, 4, 0, "challenge length"}, {FETCH, 1, 0, "challenge"},
           {ECHO, 4, 0, "response length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 1, "response"},
           {STATUS, 2, 0, NULL})},
    {BROM_PWR_INIT, ANY, STEPS({ECHO, 4, 0, "config"}, {ECHO, 4, 0, "timeout"}, {STATUS, 2, 0, NULL})},
    {BROM_PWR_DEINIT, ANY, STEPS({STATUS, 2, 0, NULL})},
    {BROM_PWR_READ16, ANY,
     STEPS({ECHO, 2, 0, "register"}, {STATUS, 2, 0, NULL}, {STATUS, 2, 0, NULL}, {REPLY, 2, 0, "value"})},
    {BROM_PWR_WRITE16, ANY,
     STEPS({ECHO, 2, 0, "register"}, {ECHO, 2, 0, "value"}, {STATUS, 2, 0, NULL}, {STATUS, 2, 0, NULL})},
    {BROM_UART1_LOG_EN, ANY, STEPS({STATUS, 2, 0, NULL})},
    {BROM_UART1_SET_BAUD, B, STEPS({ECHO, 4, 0, "baud"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_BROM_LOG, B, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "log"})},
    {BROM_GET_BROM_LOG_NEW, B, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "log"}, {STATUS, 2, 0, NULL})},
    {BROM_STAY_STILL, P3, STEPS({STATUS, 2, 0, NULL})},
    {BROM_ZEROIZATION, P3, STEPS({HOST, 4, 0, "magic"}, {STATUS, 2, 0, NULL})},
};

static uint32_t number(const uint8_t *p, unsigned size)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < size; i++)
        v = v << 8 | p[i];
    return v;
}

static const char *op_name(struct decoder *d)
{
    const char *name = decode_brom_name(d->op);
    if (name)
        return name;
    snprintf(d->name, sizeof(d->name), "opcode %02X", d->op);
    return d->name;
}

/* A bare reply in place of the echo: versions, and BROM's echo of FE. */
static void take_version(struct decoder *d, uint8_t reply)
{
    bool brom = d->op == BROM_GET_BL_VER && reply == BROM_GET_BL_VER;
    if (d->op == BROM_GET_BL_VER)
        d->speaker = brom ? B : reply == 1 ? P1 : reply == 2 ? P2 : P3;
    if (brom)
        decode_say(d, false, 1, op_name(d), "FE: this is the boot ROM");
    else
        decode_say(d, false, 1, op_name(d), "version %u", reply);
}

static bool take_opcode(struct decoder *d)
{
    uint8_t op, reply;
    struct queue *host = &d->q[DIR_HOST], *dev = &d->q[DIR_DEVICE];
    if (decode_skip_lost(d, DIR_HOST) || decode_skip_lost(d, DIR_DEVICE))
        return true;
    if (!queue_peek(host, &op, 1) || !queue_peek(dev, &reply, 1))
        return false;
    decode_mark(d, host);
    queue_take(host, 1, NULL, 0);
    queue_take(dev, 1, NULL, 0);
    d->op = op;
    d->n_args = 0;
    d->left = 0;
    if (op == BROM_GET_BL_VER || (op == BROM_GET_VERSION && reply != op)) {
        decode_say(d, true, 1, op_name(d), "opcode %02X", op);
        take_version(d, reply);
        return true;
    }
    decode_say(d, true, 1, op_name(d), "opcode %02X%s", op, reply == op ? "" : ", wrong echo");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (commands[i].op == op && reply == op && !d->step &&
            (!d->speaker || commands[i].known_to & d->speaker))
            d->step = commands[i].steps;
    return true;
}

static void keep_arg(struct decoder *d, uint32_t v)
{
    if (d->n_args < 4)
        d->arg[d->n_args++] = v;
}

static bool take_echo(struct decoder *d, const struct brom_step *s)
{
    uint8_t h[4], e[4];
    struct queue *host = &d->q[DIR_HOST], *dev = &d->q[DIR_DEVICE];
    if (!queue_peek(host, h, s->size) || !queue_peek(dev, e, s->size))
        return false;
    decode_mark(d, host);
    queue_take(host, s->size, NULL, 0);
    queue_take(dev, s->size, NULL, 0);
    uint32_t v = number(h, s->size);
    bool same = number(e, s->size) == v;
    decode_say(d, true, s->size, op_name(d), "%s 0x%X%s", s->name, v, same ? "" : ", echoed differently");
    if (s->kind == ECHO)
        keep_arg(d, v);
    return true;
}

static bool take_number(struct decoder *d, const struct brom_step *s)
{
    uint8_t b[4];
    struct queue *q = &d->q[s->kind == HOST ? DIR_HOST : DIR_DEVICE];
    if (!queue_peek(q, b, s->size))
        return false;
    decode_mark(d, q);
    queue_take(q, s->size, NULL, 0);
    uint32_t v = number(b, s->size);
    if (d->op == BROM_GET_HW_CODE)
        d->hw_code = v;
    if (s->kind == PAUSE)
        keep_arg(d, v);
    decode_say(d, s->kind == HOST, s->size, op_name(d), "%s 0x%0*X", s->name, 2 * s->size, v);
    return true;
}

/* Long data: shown once, when all of it went over. */
static bool take_bytes(struct decoder *d, const struct brom_step *s)
{
    bool host = s->kind == UPLOAD || s->kind == RAW || (s->kind == ACCESS && d->arg[0] & 1);
    struct queue *q = &d->q[host ? DIR_HOST : DIR_DEVICE];
    uint64_t n = s->kind == RAW ? s->size : s->from < d->n_args ? (uint64_t)d->arg[s->from] * s->size : 0;
    uint8_t head[16];
    char hex[2 * sizeof(head) + 1];
    if (q->length < n)
        return false;
    decode_mark(d, q);
    queue_take(q, n, head, sizeof(head));
    hex_str(head, n < sizeof(head) ? (size_t)n : sizeof(head), hex);
    decode_say(d, host, n, op_name(d), "%s, %llu bytes: %s%s", s->name, (unsigned long long)n, hex,
               n > sizeof(head) ? "..." : "");
    return true;
}

/* Returns false if the bytes are not all there yet; *stop says that the command ends here. */
static bool take_status(struct decoder *d, bool *stop)
{
    uint8_t b[2];
    struct queue *q = &d->q[DIR_DEVICE];
    if (!queue_peek(q, b, 2))
        return false;
    decode_mark(d, q);
    queue_take(q, 2, NULL, 0);
    uint32_t v = get_be16(b);
    *stop = v >= BROM_FIRST_FAILURE;
    decode_say_status(d, 2, op_name(d), "brom_status", v, *stop);
    return true;
}

/* There is none if what comes is the echo of the next opcode. */
static bool take_late_status(struct decoder *d)
{
    bool stop;
    uint8_t op, b;
    if (!queue_peek(&d->q[DIR_DEVICE], &b, 1))
        return false;
    return (queue_peek(&d->q[DIR_HOST], &op, 1) && b == op) || take_status(d, &stop);
}

static bool take_words(struct decoder *d, const struct brom_step *s, bool *again)
{
    if (!d->left)
        d->left = s->from < d->n_args ? d->arg[s->from] : 0;
    if (d->left && !take_echo(d, s))
        return false;
    d->left -= d->left ? 1 : 0;
    *again = d->left > 0;
    return true;
}

/*
 * A phone that does not serve an opcode echoes it all the same, and the host gives up waiting: then it speaks before the
 * phone does, and what comes is the echo of its next opcode.
 */
static bool abandoned(const struct decoder *d, const struct brom_step *s)
{
    const struct queue_chunk *host = d->q[DIR_HOST].head, *dev = d->q[DIR_DEVICE].head;
    uint8_t op, echo;
    return (s->kind == REPLY || s->kind == STATUS || s->kind == FETCH || s->kind == PAUSE) && host && dev &&
           host->packet < dev->packet && queue_peek(&d->q[DIR_HOST], &op, 1) &&
           queue_peek(&d->q[DIR_DEVICE], &echo, 1) && op == echo;
}

bool decode_brom(struct decoder *d)
{
    bool stop = false, again = false, done;
    const struct brom_step *s = d->step;
    if (s && abandoned(d, s)) {
        decode_mark(d, &d->q[DIR_HOST]);
        decode_say(d, false, 0, op_name(d), "no answer");
        d->step = s = NULL;
    }
    bool data = s && (s->kind == UPLOAD || s->kind == FETCH || s->kind == RAW || s->kind == ACCESS);
    if (s && !data && (decode_skip_lost(d, DIR_HOST) || decode_skip_lost(d, DIR_DEVICE))) {
        d->step = NULL; /* what is not known decides nothing */
        return true;
    }
    if (!s)
        return take_opcode(d);
    switch (s->kind) {
    case ECHO:
        done = take_echo(d, s);
        break;
    case STATUS:
        done = take_status(d, &stop);
        break;
    case MAYBE:
        done = take_late_status(d);
        break;
    case RAW:
    case UPLOAD:
    case FETCH:
    case ACCESS:
        done = take_bytes(d, s);
        break;
    case WORDS:
        done = take_words(d, s, &again);
        break;
    default:
        done = take_number(d, s);
        break;
    }
    if (!done || again)
        return done;
    /* The magic of JUMP_DA64 and its status are there only for AArch64 (section 4.11). */
    bool over = d->op == BROM_JUMP_DA64 && s->kind == STATUS && d->n_args == 2 && d->arg[1] != 1;
    d->step = stop || over || s[1].kind == END ? NULL : s + 1;
    if (!d->step && !stop && (d->op == BROM_JUMP_DA || d->op == BROM_JUMP_DA64))
        decode_agent_start(d);
    return true;
}
