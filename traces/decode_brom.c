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
    UPLOAD, /* bytes of the host, as many as argument `from` says */
    FETCH,  /* bytes of the phone, argument `from` times `size` */
    WORDS,  /* argument `from` words of `size` bytes, each echoed */
    PAUSE,  /* the phone's length word becomes an argument */
};

struct brom_step {
    enum step_kind kind;
    uint8_t size, from;
    const char *name;
};

#define STEPS(...) ((const struct brom_step[]){__VA_ARGS__, {END, 0, 0, NULL}})

static const struct {
    uint8_t op;
    const struct brom_step *steps;
} commands[] = {
    {BROM_GET_HW_CODE, STEPS({REPLY, 2, 0, "hw_code"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_HW_SW_VER, STEPS({REPLY, 2, 0, "hw_sub_code"}, {REPLY, 2, 0, "hw_version"},
                               {REPLY, 2, 0, "sw_version"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_TARGET_CONFIG, STEPS({REPLY, 4, 0, "target_config"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_PL_CAP, STEPS({REPLY, 4, 0, "capabilities"}, {REPLY, 4, 0, "reserved"})},
    {BROM_GET_ME_ID, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "ME_ID"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_SOC_ID, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "SOC_ID"}, {STATUS, 2, 0, NULL})},
    {BROM_READ16, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL},
                        {FETCH, 2, 1, "data"}, {STATUS, 2, 0, NULL})},
    {BROM_READ32, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL},
                        {FETCH, 4, 1, "data"}, {STATUS, 2, 0, NULL})},
    {BROM_WRITE16, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL},
                         {WORDS, 2, 1, "value"}, {STATUS, 2, 0, NULL})},
    {BROM_WRITE32, STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "count"}, {STATUS, 2, 0, NULL},
                         {WORDS, 4, 1, "value"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_DA,
     STEPS({ECHO, 4, 0, "address"}, {ECHO, 4, 0, "length"}, {ECHO, 4, 0, "signature length"},
           {STATUS, 2, 0, NULL}, {UPLOAD, 1, 1, "payload"}, {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_JUMP_DA, STEPS({ECHO, 4, 0, "address"}, {STATUS, 2, 0, NULL})},
    {BROM_JUMP_DA64, STEPS({ECHO, 4, 0, "address"}, {ECHO, 1, 0, "aarch64"}, {STATUS, 2, 0, NULL},
                           {ECHO, 1, 0, "magic"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_AUTH, STEPS({ECHO, 4, 0, "length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 0, "auth file"},
                           {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_SEND_CERT, STEPS({ECHO, 4, 0, "length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 0, "certificate"},
                           {REPLY, 2, 0, "checksum"}, {STATUS, 2, 0, NULL})},
    {BROM_SLA, STEPS({STATUS, 2, 0, NULL}, {PAUSE, 4, 0, "challenge length"}, {FETCH, 1, 0, "challenge"},
                     {ECHO, 4, 0, "response length"}, {STATUS, 2, 0, NULL}, {UPLOAD, 1, 1, "response"},
                     {STATUS, 2, 0, NULL})},
    {BROM_PWR_INIT, STEPS({ECHO, 4, 0, "config"}, {ECHO, 4, 0, "timeout"}, {STATUS, 2, 0, NULL})},
    {BROM_PWR_DEINIT, STEPS({STATUS, 2, 0, NULL})},
    {BROM_PWR_READ16,
     STEPS({ECHO, 2, 0, "register"}, {STATUS, 2, 0, NULL}, {STATUS, 2, 0, NULL}, {REPLY, 2, 0, "value"})},
    {BROM_PWR_WRITE16,
     STEPS({ECHO, 2, 0, "register"}, {ECHO, 2, 0, "value"}, {STATUS, 2, 0, NULL}, {STATUS, 2, 0, NULL})},
    {BROM_UART1_LOG_EN, STEPS({STATUS, 2, 0, NULL})},
    {BROM_UART1_SET_BAUD, STEPS({ECHO, 4, 0, "baud"}, {STATUS, 2, 0, NULL})},
    {BROM_GET_BROM_LOG, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "log"})},
    {BROM_GET_BROM_LOG_NEW, STEPS({PAUSE, 4, 0, "length"}, {FETCH, 1, 0, "log"}, {STATUS, 2, 0, NULL})},
    {BROM_STAY_STILL, STEPS({STATUS, 2, 0, NULL})},
    {BROM_ZEROIZATION, STEPS({HOST, 4, 0, "magic"}, {STATUS, 2, 0, NULL})},
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
    if (d->op == BROM_GET_BL_VER && reply == BROM_GET_BL_VER)
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
        if (commands[i].op == op && reply == op)
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
    if (s->kind == PAUSE)
        keep_arg(d, v);
    decode_say(d, s->kind == HOST, s->size, op_name(d), "%s 0x%0*X", s->name, 2 * s->size, v);
    return true;
}

/* Long data: shown once, when all of it went over. */
static bool take_bytes(struct decoder *d, const struct brom_step *s)
{
    struct queue *q = &d->q[s->kind == UPLOAD ? DIR_HOST : DIR_DEVICE];
    uint64_t n = s->from < d->n_args ? (uint64_t)d->arg[s->from] * s->size : 0;
    uint8_t head[16];
    char hex[2 * sizeof(head) + 1];
    if (q->length < n)
        return false;
    decode_mark(d, q);
    queue_take(q, n, head, sizeof(head));
    hex_str(head, n < sizeof(head) ? (size_t)n : sizeof(head), hex);
    decode_say(d, s->kind == UPLOAD, n, op_name(d), "%s, %llu bytes: %s%s", s->name, (unsigned long long)n,
               hex, n > sizeof(head) ? "..." : "");
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

bool decode_brom(struct decoder *d)
{
    bool stop = false, again = false, done;
    const struct brom_step *s = d->step;
    if (!s)
        return take_opcode(d);
    switch (s->kind) {
    case ECHO:
        done = take_echo(d, s);
        break;
    case STATUS:
        done = take_status(d, &stop);
        break;
    case UPLOAD:
    case FETCH:
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
        d->stage = DECODE_XFLASH;
    return true;
}
