/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges of the legacy agent that repeat until all is over (da-legacy.md 2.6.1, 3, 5.4 to 5.13). `phase` says which
 * step of a round is due, `left` how much is to come.
 */
#include "traces/decode_legacy.h"

#include <inttypes.h>
#include <stdio.h>

#include "protocol/legacy.h"

enum { RECORDS_MAX = 64 };

/* ---- DRAM settings [2.6.1] ---- */

/*
 * Some agents want the length of all records first. A record begins with small little-endian numbers, which as a
 * big-endian word are no sensible multiple of a record's length; so what comes tells which it is.
 */
enum tl_took tl_take_records(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    uint64_t one = g->slot[r->slot], total = 0;
    uint8_t b[4];
    if (g->phase)
        return tl_bytes(d, DIR_HOST, g->left, r->name) ? TL_NEXT : TL_WAITS;
    if (!queue_peek(&d->q[DIR_HOST], b, sizeof(b)))
        return TL_WAITS;
    for (unsigned i = 0; i < sizeof(b); i++)
        total = total << 8 | b[i];
    g->left = one;
    if (!one || total % one || total / one > RECORDS_MAX || !total) {
        g->phase = 1;
        return TL_STAYS;
    }
    if (!tl_number(d, DIR_HOST, sizeof(b), &total))
        return TL_WAITS;
    decode_say(d, true, sizeof(b), g->title, "length of all records 0x%" PRIX64, total);
    g->left = total;
    g->phase = 1;
    return TL_STAYS;
}

/* ---- packets ---- */

/* Length of the packet that is due. */
static uint64_t packet(const struct decode_legacy *g)
{
    uint64_t most = g->slot[TLS_PACKET];
    return most && most < g->left ? most : g->left;
}

/* At the beginning of the first round: how much there is to come. False: nothing. */
static bool begin(struct decode_legacy *g, uint64_t total)
{
    if (!g->begun) {
        g->begun = true;
        g->left = total;
    }
    return g->left > 0;
}

/* What comes behind the packet that was just acknowledged. */
static enum tl_took next_packet(struct decode_legacy *g)
{
    g->left -= packet(g);
    g->phase = 0;
    return g->left ? TL_STAYS : TL_NEXT;
}

/* A packet and the sum of its bytes, which a recording that cuts long transfers may not have. */
static bool take_packet(struct decoder *d, int dir, const char *name)
{
    uint64_t n = packet(&d->legacy), sum;
    char what[80];
    if (d->q[dir].length < n + 2)
        return false;
    snprintf(what, sizeof(what), "%s, %" PRIu64 " left", name, d->legacy.left);
    tl_bytes(d, dir, n, what);
    if (decode_is_lost(d, dir)) {
        queue_take(&d->q[dir], 2, NULL, 0);
        decode_say(d, dir == DIR_HOST, 2, decode_legacy_context(d), "sum, not in the recording");
        return true;
    }
    tl_number(d, dir, 2, &sum);
    decode_say(d, dir == DIR_HOST, 2, decode_legacy_context(d), "sum 0x%04" PRIX64, sum);
    return true;
}

enum tl_took tl_take_stage2(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    uint8_t b;
    if (!begin(g, g->slot[TLS_LENGTH]))
        return TL_NEXT;
    if (g->phase == 0) {
        if (!tl_bytes(d, DIR_HOST, packet(g), r->name))
            return TL_WAITS;
        g->phase = 1;
        return TL_STAYS;
    }
    if (!tl_control(d, DIR_DEVICE, r->name, &b))
        return TL_WAITS;
    return b == LG_ACK ? next_packet(g) : TL_OVER;
}

/* To the host: packet, and its opinion; A5, on NAND 69, asks for the same again [5.4, 5.12]. */
enum tl_took tl_take_read(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    bool pages = g->op == LG_NAND_READPAGE;
    uint8_t b;
    if (pages && !g->begun)
        g->slot[TLS_PACKET] *= g->slot[TLS_COUNT];
    if (!begin(g, g->slot[TLS_LENGTH]))
        return TL_NEXT;
    if (g->phase == 0) {
        if (!take_packet(d, DIR_DEVICE, r->name))
            return TL_WAITS;
        g->phase = 1;
        return TL_STAYS;
    }
    if (!tl_control(d, DIR_HOST, NULL, &b))
        return TL_WAITS;
    if (b == LG_ACK)
        return next_packet(g);
    g->phase = 0;
    return b == (pages ? LG_CONT : LG_NACK) ? TL_STAYS : TL_OVER;
}

/* To the phone: 5A, packet, and 69 or a refusal, behind which the host may repeat the packet [5.5]. */
enum tl_took tl_take_write(struct decoder *d, const struct tl_row *r)
{
    enum { OPENING, PACKET, ANSWER, CODE };
    struct decode_legacy *g = &d->legacy;
    uint32_t status;
    uint8_t b;
    if (!begin(g, g->slot[TLS_LENGTH]))
        return TL_NEXT;
    switch (g->phase) {
    case OPENING:
        /* Behind a refusal the agent may be back in its loop: any other byte is looked at there. */
        if (!queue_peek(&d->q[DIR_HOST], &b, 1))
            return TL_WAITS;
        if (g->refused && b != LG_ACK && b != LG_STOP && b != LG_NACK)
            return TL_OVER;
        if (!tl_control(d, DIR_HOST, NULL, &b))
            return TL_WAITS;
        g->phase = PACKET;
        return b == LG_STOP || b == LG_NACK ? TL_OVER
               : b == LG_ACK                ? TL_STAYS
                                            : (g->phase = OPENING, TL_STAYS);
    case PACKET:
        if (!take_packet(d, DIR_HOST, r->name))
            return TL_WAITS;
        g->phase = ANSWER;
        return TL_STAYS;
    case ANSWER:
        if (!tl_control(d, DIR_DEVICE, NULL, &b))
            return TL_WAITS;
        g->refused = b != LG_CONT;
        if (b == LG_CONT)
            return next_packet(g);
        g->phase = CODE;
        return b == LG_NACK ? TL_STAYS : TL_OVER;
    default:
        if (!tl_status(d, &status))
            return TL_WAITS;
        g->phase = OPENING;
        return TL_STAYS;
    }
}

/* WRITE of NAND: the packet alone; 69, or a code and 5A, and the host says whether it repeats the packet [5.12]. */
enum tl_took tl_take_nand_write(struct decoder *d, const struct tl_row *r)
{
    enum { PACKET, ANSWER, FLUSHED, AGAIN };
    struct decode_legacy *g = &d->legacy;
    uint32_t status;
    uint8_t b;
    if (!begin(g, g->slot[TLS_LENGTH]))
        return TL_NEXT;
    switch (g->phase) {
    case PACKET:
        if (!take_packet(d, DIR_HOST, r->name))
            return TL_WAITS;
        g->phase = ANSWER;
        return TL_STAYS;
    case ANSWER:
        if (!queue_peek(&d->q[DIR_DEVICE], &b, 1))
            return TL_WAITS;
        if (b == LG_CONT)
            return tl_control(d, DIR_DEVICE, NULL, &b) ? next_packet(g) : TL_WAITS;
        if (!tl_status(d, &status))
            return TL_WAITS;
        g->phase = FLUSHED;
        return TL_STAYS;
    case FLUSHED:
        if (!tl_control(d, DIR_DEVICE, "flushed", &b))
            return TL_WAITS;
        g->phase = AGAIN;
        return TL_STAYS;
    default:
        if (!tl_control(d, DIR_HOST, NULL, &b))
            return TL_WAITS;
        g->phase = PACKET;
        return b == LG_CONT ? TL_STAYS : TL_OVER;
    }
}

/* ---- percentages [5.7, 5.9] ---- */

enum tl_took tl_take_progress(struct decoder *d, const struct tl_row *r)
{
    enum { STATUS, PERCENT, OPINION, ADDRESS, GOES_ON };
    struct decode_legacy *g = &d->legacy;
    bool compares = g->op == LG_VERIFY_IMG_CHKSUM;
    uint64_t v;
    uint32_t status;
    uint8_t b;
    switch (g->phase) {
    case STATUS:
        if (!tl_status(d, &status))
            return TL_WAITS;
        g->slot[TLS_STATUS] = status;
        g->phase = !status || tl_in_progress(status) ? PERCENT : ADDRESS;
        return TL_STAYS;
    case PERCENT:
        if (!tl_number(d, DIR_DEVICE, 1, &v))
            return TL_WAITS;
        decode_say(d, false, 1, decode_legacy_context(d), "%s: %" PRIu64 " %%", r->name, v);
        g->slot[TLS_PERCENT] = v;
        g->phase = OPINION;
        return TL_STAYS;
    case OPINION:
        if (!tl_control(d, DIR_HOST, NULL, &b))
            return TL_WAITS;
        if (b == LG_STOP)
            return TL_OVER;
        g->phase = STATUS;
        return g->slot[TLS_STATUS] || g->slot[TLS_PERCENT] < 100 ? TL_STAYS : TL_NEXT;
    case ADDRESS:
        if (!tl_number(d, DIR_DEVICE, 8, &v))
            return TL_WAITS;
        decode_say(d, false, 8, decode_legacy_context(d), "at address 0x%" PRIX64, v);
        g->phase = GOES_ON;
        return compares ? TL_OVER : TL_STAYS;
    default:
        if (!tl_control(d, DIR_DEVICE, NULL, &b))
            return TL_WAITS;
        g->phase = STATUS;
        return b == LG_CONT ? TL_STAYS : TL_OVER;
    }
}

/* ---- rows of tables [5.8, 5.12, 5.13] ---- */

enum tl_took tl_take_table(struct decoder *d, const struct tl_row *r)
{
    struct decode_legacy *g = &d->legacy;
    uint8_t b;
    if (!begin(g, g->slot[r->slot]))
        return TL_NEXT;
    if (g->phase == 0) {
        if (!tl_bytes(d, DIR_HOST, r->size, r->name))
            return TL_WAITS;
        g->phase = 1;
        return TL_STAYS;
    }
    if (!tl_control(d, DIR_DEVICE, r->name, &b))
        return TL_WAITS;
    g->phase = 0;
    /* V3: 5A says that the record fits the chip, and ends the scan [2.7]. */
    if ((b != LG_ACK && b != LG_CONT) || (g->v3 && b == LG_ACK))
        return g->v3 && b == LG_ACK ? TL_NEXT : TL_OVER;
    return --g->left ? TL_STAYS : TL_NEXT;
}

/* Magic 5A and 34 bytes, or A5 for a loader that does not come; the phone answers each. */
enum tl_took tl_take_loaders(struct decoder *d, const struct tl_row *r)
{
    enum { MAGIC, FIELDS, ANSWER, CODE };
    enum { BEFORE_SIZE = 28, BEHIND_SIZE = 2 };
    struct decode_legacy *g = &d->legacy;
    uint64_t size;
    uint32_t status;
    uint8_t b;
    if (!g->begun)
        g->slot[TLS_LENGTH] = 0;
    if (!begin(g, g->slot[TLS_COUNT]))
        return TL_NEXT;
    switch (g->phase) {
    case MAGIC:
        if (!tl_control(d, DIR_HOST, r->name, &b))
            return TL_WAITS;
        g->phase = b == LG_ACK ? FIELDS : ANSWER;
        return TL_STAYS;
    case FIELDS:
        if (d->q[DIR_HOST].length < BEFORE_SIZE + 4 + BEHIND_SIZE)
            return TL_WAITS;
        tl_bytes(d, DIR_HOST, BEFORE_SIZE, "device, type, addresses, attributes, anti-clone");
        if (!tl_number(d, DIR_HOST, 4, &size))
            return TL_WAITS;
        decode_say(d, true, 4, decode_legacy_context(d), "size 0x%" PRIX64, size);
        tl_bytes(d, DIR_HOST, BEHIND_SIZE, "reserved blocks, alignment");
        g->slot[TLS_LENGTH] = size;
        g->phase = ANSWER;
        return TL_STAYS;
    case ANSWER:
        if (!tl_control(d, DIR_DEVICE, r->name, &b))
            return TL_WAITS;
        g->phase = b == LG_ACK ? MAGIC : CODE;
        return b != LG_ACK || --g->left ? TL_STAYS : TL_NEXT;
    default:
        return tl_status(d, &status) ? TL_OVER : TL_WAITS;
    }
}
