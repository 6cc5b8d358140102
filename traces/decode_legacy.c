/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy agent: rows are followed one after the other, each taking its bytes from one direction (da-legacy.md). */
#include "traces/decode_legacy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/hash.h"
#include "protocol/legacy.h"

enum { HEAD = 16 /* bytes of a payload that are shown */ };

const char *decode_legacy_context(struct decoder *d)
{
    struct decode_legacy *g = &d->legacy;
    if (g->title)
        return g->title;
    const char *name = g->op ? decode_legacy_name(g->op) : "";
    if (name)
        return name;
    snprintf(d->name, sizeof(d->name), "opcode %02X", g->op);
    return d->name;
}

bool tl_number(struct decoder *d, int dir, unsigned size, uint64_t *v)
{
    uint8_t b[8];
    struct queue *q = &d->q[dir];
    if (size > sizeof(b) || !queue_peek(q, b, size))
        return false;
    if (decode_is_lost(d, dir)) { /* what is not known decides nothing */
        d->legacy.lost = true;
        return false;
    }
    decode_mark(d, q);
    queue_take(q, size, NULL, 0);
    *v = 0;
    for (unsigned i = 0; i < size; i++)
        *v = *v << 8 | b[i];
    return true;
}

bool tl_bytes(struct decoder *d, int dir, uint64_t n, const char *name)
{
    uint8_t head[HEAD];
    char hex[2 * HEAD + 1];
    struct queue *q = &d->q[dir];
    size_t known = n < HEAD ? (size_t)n : HEAD;
    if (q->length < n)
        return false;
    if (!n)
        return true;
    decode_mark(d, q);
    queue_take(q, n, head, known);
    hex_str(head, known, hex);
    decode_say(d, dir == DIR_HOST, n, decode_legacy_context(d), "%s, %" PRIu64 " bytes: %s%s", name, n, hex,
               n > known ? "..." : "");
    return true;
}

/* ---- control bytes and statuses ---- */

bool tl_control(struct decoder *d, int dir, const char *name, uint8_t *byte)
{
    static const struct {
        uint8_t value;
        const char *text;
    } known[] = {
        {LG_ACK, "ACK"},       {LG_NACK, "NACK"},         {LG_CONT, "CONT"}, {LG_STOP, "STOP"},
        {LG_SOC_OK, "SOC_OK"}, {LG_SOC_FAIL, "SOC_FAIL"}, {LG_SYNC, "SYNC"}, {LG_UNKNOWN_CMD, "UNKNOWN_CMD"}};
    uint64_t v;
    const char *text = "another byte";
    if (!tl_number(d, dir, 1, &v))
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].value == v)
            text = known[i].text;
    *byte = (uint8_t)v;
    bool error = v == LG_NACK || v == LG_SOC_FAIL || v == LG_UNKNOWN_CMD;
    decode_say_result(d, dir == DIR_HOST, 1, decode_legacy_context(d), error && dir == DIR_DEVICE,
                      "%s%s%02X %s", name ? name : "", name ? ": " : "", *byte, text);
    return true;
}

/* The numbering of agents until 2015, as the later one that the catalogue has [6.1]. */
static uint32_t in_newer_numbering(uint32_t v)
{
    if (v < 3004 || v >= 3200)
        return v;
    return v < 3052 ? v + 4 : v + 5;
}

bool tl_in_progress(uint32_t status)
{
    return status == LG_S_IN_PROGRESS || status == LG_S_IN_PROGRESS - 4;
}

static const char *status_name(const struct decoder *d, uint32_t v)
{
    static const char *const families[] = {"da_legacy", "brom_dll", "flashtool"};
    uint32_t code = d->legacy.old_numbers ? in_newer_numbering(v) : v;
    for (size_t i = 0; v && i < sizeof(families) / sizeof(families[0]); i++) {
        const struct mtk_err_row *r = mtk_err_by_code(families[i], code);
        if (r)
            return r->symbol;
    }
    return NULL;
}

/* told: it is part of a report, where "not found" is no failure. */
static bool status_of(struct decoder *d, const char *what, bool told, uint32_t *status)
{
    uint64_t v;
    if (!tl_number(d, DIR_DEVICE, 4, &v))
        return false;
    *status = (uint32_t)v;
    decode_say_named_status(d, 4, decode_legacy_context(d), what, *status, status_name(d, *status),
                            !told && v != 0 && !tl_in_progress(*status));
    return true;
}

bool tl_status(struct decoder *d, uint32_t *status)
{
    return status_of(d, NULL, false, status);
}

/*
 * A status that begins with a letter is none: the DRAM code of the vendor prints where the console is, and that can be
 * the host's link [2.6.1]. All that comes from then on is text.
 */
static bool is_text(const struct decoder *d)
{
    uint8_t b[2];
    return queue_peek(&d->q[DIR_DEVICE], b, 2) && b[0] >= ' ' && b[0] < 0x7F && b[1] >= ' ' && b[1] < 0x7F;
}

static enum tl_took take_word(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    uint8_t b[4];
    uint32_t v;
    if (r->kind == TLK_CODE && is_text(d)) {
        g->prints = true;
        return TL_OVER;
    }
    /* The first word of all tells the numbering: on a phone without NAND it says so [2.2, 6.1]. */
    if (r == &tl_start_rows[1] && queue_peek(&d->q[DIR_DEVICE], b, sizeof(b)))
        g->old_numbers = get_be32(b) == LG_S_DEVICE_NOT_FOUND - 4;
    if (!status_of(d, r->name, r->kind == TLK_WORD, &v))
        return TL_WAITS;
    g->slot[r->slot] = v;
    return r->kind == TLK_CODE && v != 0 ? TL_OVER : TL_NEXT;
}

/* ---- rows of one field ---- */

static enum tl_took take_title(struct decoder *d, const struct tl_row *r)
{
    d->legacy.title = r->name;
    return TL_NEXT;
}

static enum tl_took take_number(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    bool host = r->kind == TLK_HOST;
    uint64_t v;
    if (!tl_number(d, host ? DIR_HOST : DIR_DEVICE, r->size, &v))
        return TL_WAITS;
    g->slot[r->slot] = v;
    decode_say(d, host, r->size, decode_legacy_context(d), "%s 0x%" PRIX64, r->name, v);
    if (g->starting && r->slot == TLS_VERSION && !host)
        g->chip = (uint8_t)v;
    return TL_NEXT;
}

static enum tl_took take_raw(struct decoder *d, const struct tl_row *r)
{
    bool host = r->kind == TLK_HOST_RAW;
    return tl_bytes(d, host ? DIR_HOST : DIR_DEVICE, r->size, r->name) ? TL_NEXT : TL_WAITS;
}

static enum tl_took take_data(struct decoder *d, const struct tl_row *r)
{
    bool host = r->kind == TLK_HOST_DATA;
    uint64_t n;
    if (!mul_u64(d->legacy.slot[r->slot], r->size, &n))
        return TL_OVER;
    return tl_bytes(d, host ? DIR_HOST : DIR_DEVICE, n, r->name) ? TL_NEXT : TL_WAITS;
}

/* phase 1: the answer was no, and the status behind it is due. */
static enum tl_took take_answer(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    uint32_t status;
    uint64_t sum;
    uint8_t b;
    if (g->phase == 0) {
        if (!tl_control(d, DIR_DEVICE, r->name, &b))
            return TL_WAITS;
        if (b == LG_ACK || (r->slot && b == r->slot))
            return TL_NEXT;
        g->phase = 1;
        return r->size && b != LG_UNKNOWN_CMD ? TL_STAYS : TL_OVER;
    }
    if (r->size == 4)
        return tl_status(d, &status) ? TL_OVER : TL_WAITS;
    if (!tl_number(d, DIR_DEVICE, r->size, &sum))
        return TL_WAITS;
    decode_say(d, false, r->size, decode_legacy_context(d), "checksum on flash 0x%" PRIX64, sum);
    return TL_OVER;
}

static enum tl_took take_ack(struct decoder *d, const struct tl_row *r)
{
    uint8_t b;
    bool host = r->kind == TLK_HOST_ACK;
    if (!tl_control(d, host ? DIR_HOST : DIR_DEVICE, r->name, &b))
        return TL_WAITS;
    return host && b != LG_ACK ? TL_OVER : TL_NEXT;
}

static enum tl_took take_pre_process(struct decoder *d, const struct tl_row *r)
{
    uint8_t b;
    if (!tl_control(d, DIR_DEVICE, r->name, &b))
        return TL_WAITS;
    if (b != LG_NACK || d->legacy.phase)
        return TL_NEXT;
    d->legacy.phase = 1;
    return TL_STAYS;
}

static enum tl_took take_statistics(struct decoder *d, const struct tl_row *r)
{
    uint8_t b;
    if (d->legacy.phase)
        return tl_bytes(d, DIR_DEVICE, 8 + 8 + 4 + 4 + 4, "statistics") ? TL_NEXT : TL_WAITS;
    if (!tl_control(d, DIR_DEVICE, r->name, &b))
        return TL_WAITS;
    d->legacy.phase = 1;
    return b == LG_ACK ? TL_NEXT : TL_STAYS;
}

static enum tl_took take_string(struct decoder *d, const struct tl_row *r)
{
    char text[64];
    struct queue *q = &d->q[DIR_DEVICE];
    for (size_t n = 1; n <= sizeof(text) && queue_peek(q, (uint8_t *)text, n); n++)
        if (!text[n - 1]) {
            decode_mark(d, q);
            queue_take(q, n, NULL, 0);
            decode_say(d, false, n, decode_legacy_context(d), "%s \"%s\"", r->name, text);
            return TL_NEXT;
        }
    return q->length < sizeof(text) ? TL_WAITS : TL_OVER;
}

static enum tl_took (*const take[TLK_KINDS])(struct decoder *d, const struct tl_row *r) = {
    [TLK_TITLE] = take_title,
    [TLK_HOST] = take_number,
    [TLK_DEVICE] = take_number,
    [TLK_HOST_RAW] = take_raw,
    [TLK_DEV_RAW] = take_raw,
    [TLK_HOST_DATA] = take_data,
    [TLK_DEV_DATA] = take_data,
    [TLK_WORD] = take_word,
    [TLK_CODE] = take_word,
    [TLK_ANSWER] = take_answer,
    [TLK_DEV_ACK] = take_ack,
    [TLK_HOST_ACK] = take_ack,
    [TLK_STRING] = take_string,
    [TLK_RECORDS] = tl_take_records,
    [TLK_STAGE2] = tl_take_stage2,
    [TLK_PRE_PROCESS] = take_pre_process,
    [TLK_READ] = tl_take_read,
    [TLK_WRITE] = tl_take_write,
    [TLK_NAND_WRITE] = tl_take_nand_write,
    [TLK_PROGRESS] = tl_take_progress,
    [TLK_STATISTICS] = take_statistics,
    [TLK_TABLE] = tl_take_table,
    [TLK_LOADERS] = tl_take_loaders,
};

/* ---- the command loop, and what lies outside of it ---- */

/* All that is there of one direction, as what it is then: text, or bytes of a phone that does not listen any more. */
static bool take_rest(struct decoder *d)
{
    char text[200];
    for (int dir = 0; dir < 2; dir++) {
        struct queue *q = &d->q[dir];
        if (!q->length || decode_skip_lost(d, dir))
            continue;
        if (dir == DIR_DEVICE && d->legacy.prints) {
            size_t n = q->length < sizeof(text) - 1 ? (size_t)q->length : sizeof(text) - 1;
            decode_mark(d, q);
            queue_take(q, n, (uint8_t *)text, n);
            for (size_t i = 0; i < n; i++)
                text[i] = text[i] >= ' ' && text[i] < 0x7F ? text[i] : '.';
            decode_say_result(d, false, n, decode_legacy_context(d), true, "text: %.*s", (int)n, text);
        } else {
            decode_mark(d, q);
            uint64_t n = queue_take(q, q->length, NULL, 0);
            decode_say_unknown(d, dir == DIR_HOST, n, "", "%" PRIu64 " bytes behind the end of the exchange",
                               n);
        }
        return true;
    }
    return false;
}

/* A byte of the phone that nothing asked for: UNKNOWN_CMD of builds that have it. */
static bool take_unasked(struct decoder *d)
{
    uint64_t b;
    tl_number(d, DIR_DEVICE, 1, &b);
    if (b == LG_UNKNOWN_CMD)
        decode_say_result(d, false, 1, "", true, "%02X UNKNOWN_CMD", LG_UNKNOWN_CMD);
    else
        decode_say_unknown(d, false, 1, "", "byte %02" PRIX64 ", which nothing asked for", b);
    return true;
}

/* The next row begins with its first step. */
static void restart(struct decode_legacy *g)
{
    g->phase = 0;
    g->left = 0;
    g->begun = g->refused = false;
}

static bool take_opcode(struct decoder *d)
{
    struct decode_legacy *g = &d->legacy;
    uint64_t op;
    if (decode_skip_lost(d, DIR_HOST) || decode_skip_lost(d, DIR_DEVICE))
        return true;
    if (!d->q[DIR_HOST].length)
        return d->q[DIR_DEVICE].length && take_unasked(d);
    tl_number(d, DIR_HOST, 1, &op);
    g->row = tl_command_rows((uint8_t)op);
    g->op = (uint8_t)op;
    restart(g);
    memset(g->slot, 0, sizeof(g->slot));
    if (g->row)
        decode_say(d, true, 1, decode_legacy_context(d), "opcode %02X", g->op);
    else
        decode_say_unknown(d, true, 1, "", "byte %02X, which is no opcode", g->op);
    return true;
}

void decode_legacy_start(struct decoder *d, bool v3)
{
    d->legacy = (struct decode_legacy){.row = tl_start_rows, .starting = true, .v3 = v3};
    d->stage = DECODE_LEGACY;
}

void decode_legacy_again(struct decoder *d)
{
    d->legacy.row = NULL;
    d->stage = DECODE_LEGACY;
}

/* A row ended the exchange, or was the last one. */
static void leave(struct decoder *d, bool complete)
{
    struct decode_legacy *g = &d->legacy;
    g->row = NULL;
    /* Stage 1 has no loop to come back to. */
    g->ended = g->ended || g->prints || (g->starting && !complete);
    if (!g->ended) {
        g->starting = false;
        g->title = NULL;
    }
}

bool decode_legacy(struct decoder *d)
{
    struct decode_legacy *g = &d->legacy;
    if (g->ended)
        return take_rest(d);
    if (!g->row)
        return take_opcode(d);
    if (!tl_holds(d, g->row->when)) {
        g->row++;
        return true;
    }
    if (g->row->kind == TLK_END) {
        leave(d, g->row->when == TLW_ALWAYS);
        return true;
    }
    switch (take[g->row->kind](d, g->row)) {
    case TL_WAITS:
        if (!g->lost)
            return false;
        g->lost = false;
        if (!decode_skip_lost(d, DIR_HOST))
            decode_skip_lost(d, DIR_DEVICE);
        leave(d, false);
        return true;
    case TL_STAYS:
        return true;
    case TL_NEXT:
        g->row++;
        restart(g);
        return true;
    case TL_OVER:
        leave(d, false);
        return true;
    }
    return false;
}
