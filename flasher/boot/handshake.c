/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start handshake, sections 3.1 to 3.3: one A0 at a time until 5F comes, then 0A 50 05, each answered by its
 * complement. Whatever state the phone is in - listening, half-way through, in its command loop - this finds out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "flasher/boot/wire.h"
#include "protocol/error_index.h"

#define START 0xA0
/* Wrong answers after which the other end is taken for something else than a phone; the field's tools try 5 times. */
#define GARBAGE_LIMIT 5
/* Bounds for an other end that talks without ever pausing, so that even without time passing this comes to an end. */
#define ATTEMPT_LIMIT 200
#define READY_LIMIT   4096
/* A preloader leaves its sync phase 300 ms after the first A0, so the pause between two must stay well below. */
#define LONGEST_RESEND (200 * NS_PER_MS)
/* READY is repeated every 20 ms; whatever is left of an earlier session comes without pauses. */
#define STALE_QUIET (10 * NS_PER_MS)

static const uint8_t start_bytes[] = BROM_START_BYTES;

/* How one attempt at the whole sequence ended. */
enum attempt { SYNCED, AGAIN, FAILED };

struct sync_run {
    struct boot *b;
    struct boot_sync *seen;
    int64_t start;
    int64_t resend;   /* how long an A0 may stay unanswered before the next one */
    unsigned phone;   /* answers that only a phone out of step gives */
    unsigned garbage; /* answers that no phone gives */
    uint8_t expected;
    uint8_t got[MTK_ERROR_BYTES]; /* everything that came and was not READY, from the first byte on */
    size_t n_got;
};

static bool is_ready_text(uint8_t c)
{
    return memchr(BROM_READY_TEXT, c, sizeof(BROM_READY_TEXT) - 1) != NULL;
}

static int64_t now_of(const struct boot *b)
{
    return b->l->clock.now(b->l->clock.ctx);
}

/*
 * Sends one byte and waits for one that is not part of a READY, however those are split or glued. 1 with *reply, or a
 * negative link result. None of READY's letters is an answer to A0, so they may be dropped one by one.
 */
static ssize_t exchange(struct sync_run *r, uint8_t out, uint8_t expected, int64_t timeout, uint8_t *reply)
{
    struct mtk_link *l = r->b->l;
    int64_t deadline = mtk_deadline(now_of(r->b), timeout);
    ssize_t n = l->ops->write(l, &out, 1, boot_timeout(r->b, MTK_T_SYNC_BYTE, 0));
    r->expected = expected;
    for (unsigned letters = 0; n > 0; letters++) {
        int64_t left = deadline - now_of(r->b);
        n = l->ops->read(l, reply, 1, left > 0 ? left : 0);
        if (n <= 0 || out != START || !is_ready_text(*reply))
            break;
        r->seen->ready = true;
        if (letters >= READY_LIMIT)
            return MTK_LINK_TIMEOUT;
    }
    if (n > 0 && r->n_got < sizeof(r->got))
        r->got[r->n_got++] = *reply;
    return n;
}

static int sync_failed(struct sync_run *r, int row, enum mtk_evidence ev, const char *text,
                       struct mtk_error *err)
{
    int64_t waited = now_of(r->b) - r->start;
    mtk_fail(err, row, ev, "%s (%.1f s)%s", text, (double)waited / (double)NS_PER_S,
             r->seen->ready ? "; it sends READY" : "");
    if (err)
        err->waited_ns = waited;
    mtk_error_bytes(err, &r->expected, 1, r->got, r->n_got);
    return boot_fail(r->b, err);
}

/* A negative link result other than a timeout ends the handshake. */
static int link_failed(struct sync_run *r, ssize_t result, struct mtk_error *err)
{
    if (result == MTK_LINK_GONE)
        return sync_failed(r, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS,
                           "the phone left the bus during the start handshake", err);
    char text[128];
    snprintf(text, sizeof(text), "the port failed during the start handshake: %s", strerror(errno));
    return sync_failed(r, MTK_E_MTK_HOST_IO, MTK_EV_HOST, text, err);
}

/* The time is up, or too much garbage came: which of the three stories do the bytes tell? */
static int give_up(struct sync_run *r, struct mtk_error *err)
{
    if (r->garbage > 0 && r->garbage >= r->phone)
        return sync_failed(r, MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER,
                           "the answers to the start byte A0 are not those of a BROM or preloader", err);
    if (r->phone > 0)
        return sync_failed(r, MTK_E_STATUS_BROM_CMD_STARTCMD_FAIL, MTK_EV_WRONG_ANSWER,
                           "the start bytes A0 0A 50 05 were never answered with 5F F5 AF FA", err);
    return sync_failed(
        r, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER,
        "the phone does not answer the start byte A0; it may hang, or wait in the middle of a command "
        "of an earlier session: unplug it and hold its power key",
        err);
}

/*
 * Counts a wrong answer to `sent` and lets the line fall quiet, so that the answer to the next A0 is that. A late answer
 * (a slow port) shows up as a second A0 in mid-sequence: each failure lengthens the pause.
 */
static enum attempt out_of_step(struct sync_run *r, uint8_t sent, uint8_t reply)
{
    if (reply == (uint8_t)(sent + 1) || reply == START + 1 || reply == (uint8_t)~START)
        r->phone++;
    else
        r->garbage++;
    r->resend = r->resend * 2 < LONGEST_RESEND ? r->resend * 2 : LONGEST_RESEND;
    mtk_link_drain(r->b->l, boot_timeout(r->b, MTK_T_SYNC_RESEND, 0));
    return AGAIN;
}

/* 0A 50 05 after the first 5F. */
static enum attempt rest_of_sequence(struct sync_run *r, struct mtk_error *err)
{
    for (size_t i = 1; i < sizeof(start_bytes); i++) {
        uint8_t out = start_bytes[i], reply = 0;
        uint8_t complement = (uint8_t)~out;
        ssize_t n = exchange(r, out, complement, boot_timeout(r->b, MTK_T_SYNC_BYTE, 0), &reply);
        if (n == MTK_LINK_TIMEOUT) {
            r->phone++; /* its 300 ms are over and it listens again */
            return AGAIN;
        }
        if (n < 0) {
            link_failed(r, n, err);
            return FAILED;
        }
        if (reply != complement)
            return out_of_step(r, out, reply);
    }
    return SYNCED;
}

static enum attempt one_attempt(struct sync_run *r, struct mtk_error *err)
{
    uint8_t reply = 0;
    ssize_t n = exchange(r, START, (uint8_t)~START, r->resend, &reply);
    if (n == MTK_LINK_TIMEOUT) {
        r->seen->swallowed = true;
        return AGAIN;
    }
    if (n < 0) {
        link_failed(r, n, err);
        return FAILED;
    }
    if (reply == (uint8_t)~START)
        return rest_of_sequence(r, err);
    if (reply == START) {
        r->seen->already = true;
        return SYNCED;
    }
    return out_of_step(r, START, reply);
}

int boot_handshake(struct boot *b, struct boot_sync *sync, struct mtk_error *err)
{
    struct sync_run r = {.b = b, .seen = sync, .start = now_of(b)};
    int64_t deadline = mtk_deadline(r.start, boot_timeout(b, MTK_T_SYNC_TOTAL, 0));
    b->command = "START";
    *sync = (struct boot_sync){0};
    r.resend = boot_timeout(b, MTK_T_SYNC_RESEND, 0);
    mtk_link_drain(b->l, STALE_QUIET);
    for (unsigned i = 0; i < ATTEMPT_LIMIT && r.garbage < GARBAGE_LIMIT; i++) {
        if (boot_cancelled(b)) {
            mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "cancelled during the start handshake");
            return boot_fail(b, err);
        }
        enum attempt a = one_attempt(&r, err);
        if (a != AGAIN)
            return a == SYNCED ? 0 : -1;
        if (now_of(b) >= deadline)
            break;
    }
    return give_up(&r, err);
}

int mtk_boot_handshake(struct mtk_link *l, const struct mtk_boot_options *opt, struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    struct boot_sync sync;
    return boot_handshake(&b, &sync, err);
}
