/* SPDX-License-Identifier: Apache-2.0 */
/* The machine under a firmware: pipes, virtual time, cable, ends of programs. The firmware here is the test's own. */
#include "host.h"

#include "simdev/firmware/phone_internal.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})
#define BIG      (2u << 20)

/* A phone that runs fn, enumerated and attached. */
static struct mtksim *running(const struct mtksim_config *cfg, firmware_fn fn, const char *stage)
{
    struct mtksim *p = host_phone(cfg);
    host_attach(p, 0x0003);
    phone_start(p, fn, stage);
    phone_run(p);
    return p;
}

/* What the last program saw; reset by each test. */
static struct {
    uint8_t *buf;
    size_t len, n;
    int result;
    ssize_t some[8];
    int64_t at;
} seen;

/* ---- reading ---- */

static void fw_read_big(struct mtksim *p)
{
    uint8_t *buf = phone_buffer(p, BIG);
    seen.buf = buf;
    seen.result = phone_read(p, buf, BIG, -1);
    phone_write(p, "ok", 2);
    phone_wait(p, NS_PER_S);
}

static void big_read_from_many_transfers(void **state)
{
    (void)state;
    uint8_t *data = malloc(BIG), reply[8];
    assert_non_null(data);
    for (size_t i = 0; i < BIG; i++)
        data[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    struct mtksim *p = running(CFG(.seed = 1), fw_read_big, "da1");
    assert_int_equal(mtksim_room(p), BIG + PHONE_RX_FIFO);
    static const size_t cuts[] = {1, 511, 65536, 1000000, BIG};
    for (size_t i = 0, pos = 0; i < sizeof cuts / sizeof *cuts; pos = cuts[i++]) {
        assert_int_equal(mtksim_write(p, data + pos, cuts[i] - pos, 0), (ssize_t)(cuts[i] - pos));
        assert_int_equal(mtksim_taken(p), cuts[i] - pos);
    }
    assert_int_equal(mtksim_pending(p), 2);
    assert_memory_equal(seen.buf, data, BIG);
    assert_int_equal(mtksim_read(p, reply, sizeof reply, 0), 2);
    assert_int_equal(mtksim_now(p), mtksim_now(p));
    mtksim_free(p);
    free(data);
}

static void fw_idle(struct mtksim *p)
{
    phone_wait(p, NS_PER_S);
    seen.n = 0;
    for (uint8_t c; seen.n < PHONE_RX_FIFO && phone_read(p, &c, 1, 0) == PHONE_OK;)
        seen.n++;
    phone_wait(p, 1000 * NS_PER_S);
}

static void fifo_then_nak(void **state)
{
    (void)state;
    uint8_t data[4096] = {0};
    struct mtksim *p = running(CFG(.seed = 1), fw_idle, "da1");
    assert_int_equal(mtksim_room(p), PHONE_RX_FIFO);
    assert_int_equal(mtksim_write(p, data, 1000, 0), 1000);
    assert_int_equal(mtksim_room(p), PHONE_RX_FIFO - 1000);
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_write(p, data, sizeof data, 100 * NS_PER_MS), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_taken(p), PHONE_RX_FIFO - 1000);
    assert_int_equal(mtksim_now(p) - start, 100 * NS_PER_MS);
    assert_int_equal(mtksim_room(p), 0);
    /* the firmware wakes after a second and takes what was there; the host's write goes on then */
    assert_int_equal(mtksim_write(p, data, 100, 5 * NS_PER_S), 100);
    assert_int_equal(seen.n, PHONE_RX_FIFO);
    assert_int_equal(mtksim_now(p) - start, NS_PER_S);
    mtksim_free(p);
}

static void fw_timeouts(struct mtksim *p)
{
    uint8_t buf[16];
    seen.some[0] = phone_read(p, buf, 4, 50 * NS_PER_MS);
    seen.at = phone_now(p);
    seen.some[1] = phone_read(p, buf, 2, -1);
    seen.buf = memcpy(phone_alloc(p, 2), buf, 2);
    seen.some[2] = phone_read_some(p, buf, sizeof buf, 10 * NS_PER_MS);
    seen.some[3] = phone_read_some(p, buf, 3, -1);
    seen.some[4] = phone_read_some(p, buf, sizeof buf, 0);
    seen.some[5] = phone_read_some(p, buf, sizeof buf, 0);
    phone_wait(p, NS_PER_S);
}

static void reads_with_time_limits(void **state)
{
    (void)state;
    struct mtksim *p = running(CFG(.seed = 1), fw_timeouts, "da1");
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_write(p, "abc", 3, 0), 3);
    mtksim_sleep(p, 60 * NS_PER_MS);
    assert_int_equal(seen.some[0], PHONE_TIMEOUT); /* three of four bytes: lost */
    assert_int_equal(seen.at - start, 50 * NS_PER_MS);
    assert_int_equal(mtksim_write(p, "de", 2, 0), 2);
    assert_memory_equal(seen.buf, "de", 2);
    mtksim_sleep(p, 20 * NS_PER_MS);
    assert_int_equal(seen.some[2], PHONE_TIMEOUT);
    assert_int_equal(mtksim_write(p, "fghij", 5, 0), 5);
    assert_int_equal(seen.some[3], 3);
    mtksim_sleep(p, NS_PER_MS);
    assert_int_equal(seen.some[5], PHONE_TIMEOUT);
    mtksim_free(p);
}

/* da-xflash.md 2.1: an agent reads 12 bytes, then the payload. */
static void fw_frames(struct mtksim *p)
{
    for (;;) {
        uint8_t head[12], payload[4];
        if (phone_read(p, head, sizeof head, -1) || phone_read(p, payload, sizeof payload, 10 * NS_PER_MS))
            phone_write(p, "lost", 4);
        else
            phone_write(p, payload, sizeof payload);
    }
}

static void strict_transfers(void **state)
{
    (void)state;
    static const char *const strict[] = {"strict_transfers=on", NULL};
    uint8_t got[8];
    for (int on = 0; on < 2; on++) {
        struct mtksim *p = running(CFG(.settings = on ? strict : NULL), fw_frames, "da1");
        /* two transfers are fine either way */
        assert_int_equal(mtksim_write(p, "HHHHHHHHHHHH", 12, 0), 12);
        assert_int_equal(mtksim_write(p, "pay1", 4, 0), 4);
        assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
        assert_memory_equal(got, "pay1", 4);
        /* one transfer of 16 loses its tail on a strict device, which is how MT6771 hangs */
        assert_int_equal(mtksim_write(p, "HHHHHHHHHHHHpay2", 16, 0), 16);
        assert_int_equal(mtksim_read(p, got, sizeof got, NS_PER_S), 4);
        assert_memory_equal(got, on ? "lost" : "pay2", 4);
        /* a payload in pieces, and two frames sent ahead, are fine again */
        assert_int_equal(mtksim_write(p, "HHHHHHHHHHHH", 12, 0), 12);
        assert_int_equal(mtksim_write(p, "pa", 2, 0), 2);
        assert_int_equal(mtksim_write(p, "y3", 2, 0), 2);
        assert_int_equal(mtksim_write(p, "HHHHHHHHHHHH", 12, 0), 12);
        assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
        assert_memory_equal(got, "pay3", 4);
        assert_int_equal(mtksim_write(p, "pay4", 4, 0), 4);
        assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
        assert_memory_equal(got, "pay4", 4);
        mtksim_free(p);
    }
}

/* Two transfers sent ahead: a strict device NAKs the second until the first is read, and mixes nothing up. */
static void fw_late_reader(struct mtksim *p)
{
    uint8_t a[4], b[4];
    phone_wait(p, 10 * NS_PER_MS);
    phone_read(p, a, sizeof a, -1);
    phone_read(p, b, sizeof b, -1);
    phone_write(p, a, sizeof a);
    phone_write(p, b, sizeof b);
}

static void strict_transfers_sent_ahead(void **state)
{
    (void)state;
    static const char *const strict[] = {"strict_transfers=on", NULL};
    uint8_t got[8];
    struct mtksim *p = running(CFG(.settings = strict), fw_late_reader, "da2");
    assert_int_equal(mtksim_write(p, "AAAAxxxx", 8, 0), 8);
    assert_int_equal(mtksim_room(p), 0);
    assert_int_equal(mtksim_write(p, "BBBB", 4, 0), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_write(p, "BBBB", 4, NS_PER_S), 4);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    assert_memory_equal(got, "AAAA", 4);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    assert_memory_equal(got, "BBBB", 4);
    mtksim_free(p);
}

/* ---- writing ---- */

static void fw_two_writes(struct mtksim *p)
{
    phone_write(p, "first", 5);
    phone_write(p, "second", 6);
    seen.n = 2;
    phone_wait(p, 1000 * NS_PER_S);
}

static void transfers_keep_their_boundaries(void **state)
{
    (void)state;
    char got[16] = {0};
    seen.n = 0;
    struct mtksim *p = running(CFG(.seed = 1), fw_two_writes, "da1");
    assert_int_equal(mtksim_pending(p), 5);
    assert_int_equal(mtksim_read(p, got, 2, 0), 2);
    assert_int_equal(mtksim_pending(p), 3);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 3); /* not glued to the next one */
    assert_memory_equal(got, "rst", 3);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 6);
    assert_int_equal(seen.n, 2);
    assert_int_equal(mtksim_pending(p), 0);
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_now(p), start); /* a timeout of 0 does not advance time */
    assert_int_equal(mtksim_read(p, got, sizeof got, 7), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_now(p), start + 7);
    mtksim_free(p);
}

static void an_agent_waits_for_ever(void **state)
{
    (void)state;
    char got[16];
    seen.n = 0;
    struct mtksim *p = running(CFG(.seed = 1), fw_two_writes, "da1");
    mtksim_sleep(p, 3600 * NS_PER_S);
    assert_int_equal(seen.n, 0);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 5);
    mtksim_free(p);
}

static void fw_impatient(struct mtksim *p)
{
    static uint8_t pattern[300];
    phone_tx_patience(p, 300 * NS_PER_MS);
    for (int i = 0; i < 3; i++) {
        memset(pattern, 'a' + i, sizeof pattern);
        phone_write(p, pattern, sizeof pattern);
    }
    seen.at = phone_now(p);
    phone_write(p, "live", 4);
    phone_wait(p, 1000 * NS_PER_S);
}

static void patience_and_leftovers(void **state)
{
    (void)state;
    uint8_t got[1024];
    struct mtksim *p = running(CFG(.seed = 1), fw_impatient, "preloader");
    int64_t start = mtksim_now(p);
    mtksim_sleep(p, NS_PER_S);
    assert_int_equal(seen.at - start, 900 * NS_PER_MS);
    /* what the controller held: the first whole, the second cut, the third lost */
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), PHONE_TX_STALE);
    assert_int_equal(got[299], 'a');
    assert_int_equal(got[300], 'b');
    assert_int_equal(got[PHONE_TX_STALE - 1], 'b');
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    assert_memory_equal(got, "live", 4);
    mtksim_free(p);
}

/* ---- time ---- */

static void fw_clock(struct mtksim *p)
{
    for (uint8_t i = 0;; i++) {
        phone_wait(p, 20 * NS_PER_MS);
        phone_write(p, &i, 1);
    }
}

static void time_moves_only_as_far_as_asked(void **state)
{
    (void)state;
    uint8_t b;
    struct mtksim *p = running(CFG(.seed = 1), fw_clock, "da1");
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_read(p, &b, 1, NS_PER_S),
                     1); /* at the firmware's timer, not at the host's deadline */
    assert_int_equal(mtksim_now(p) - start, 20 * NS_PER_MS);
    assert_int_equal(mtksim_read(p, &b, 1, 19 * NS_PER_MS), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_now(p) - start, 39 * NS_PER_MS);
    assert_int_equal(mtksim_read(p, &b, 1, NS_PER_MS), 1); /* due exactly at the deadline: in time */
    assert_int_equal(mtksim_now(p) - start, 40 * NS_PER_MS);
    mtksim_free(p);
}

static void event_loop(void **state)
{
    (void)state;
    uint8_t b;
    struct mtksim *p = running(CFG(.seed = 1), fw_clock, "da1");
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_run_until(p, start + 5), start + 20 * NS_PER_MS);
    assert_int_equal(mtksim_now(p), start + 5);
    assert_int_equal(mtksim_run_until(p, start), start + 20 * NS_PER_MS); /* never backwards */
    assert_int_equal(mtksim_now(p), start + 5);
    assert_int_equal(mtksim_run_until(p, start + 25 * NS_PER_MS), INT64_MAX); /* waits for the host now */
    assert_int_equal(mtksim_pending(p), 1);
    assert_int_equal(mtksim_read(p, &b, 1, 0), 1);
    assert_int_equal(mtksim_run_until(p, start + 26 * NS_PER_MS), start + 45 * NS_PER_MS);
    mtksim_free(p);
}

/* ---- transfers across time ---- */

/* Takes the head of a transfer when it gets round to it, and then the head of the next. */
static void fw_heads(struct mtksim *p)
{
    uint8_t head[4];
    phone_wait(p, NS_PER_S);
    for (int i = 0; i < 2; i++) {
        phone_read(p, head, sizeof head, -1);
        phone_write(p, head, sizeof head);
    }
    phone_wait(p, NS_PER_S);
}

static size_t tapped;

static void count_out(void *ctx, const struct mtksim_transfer *t)
{
    (void)ctx;
    if (t->endpoint == 0x01)
        tapped = tapped * 10000 + t->len;
}

/* A transfer that is longer than the FIFO is still one when its rest comes later: a strict device drops all of it
 * behind the head (da-xflash.md 2.1), and a recording has it once. */
static void one_transfer_across_time(void **state)
{
    (void)state;
    enum { LEN = 4000 };
    static const char *const strict[] = {"strict_transfers=on", NULL};
    uint8_t data[LEN], got[8];
    memset(data, 'x', sizeof data);
    memcpy(data, "head", 4);
    struct mtksim *p = running(CFG(.settings = strict), fw_heads, "da2");
    tapped = 0;
    mtksim_set_tap(p, count_out, NULL);
    mtksim_out_begin(p, LEN);
    assert_int_equal(mtksim_out(p, data, LEN), PHONE_RX_FIFO);
    assert_int_equal(mtksim_out(p, data + PHONE_RX_FIFO, LEN - PHONE_RX_FIFO), 0);
    mtksim_sleep(p, 2 * NS_PER_S);
    assert_int_equal(mtksim_out(p, data + PHONE_RX_FIFO, LEN - PHONE_RX_FIFO), LEN - PHONE_RX_FIFO);
    mtksim_out_end(p, data, LEN);
    assert_int_equal(mtksim_write(p, "next", 4, 0), 4);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    assert_memory_equal(got, "head", 4);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    assert_memory_equal(got, "next", 4);
    assert_int_equal(tapped, LEN * 10000 + 4);

    mtksim_out_begin(p, 2);
    mtksim_unplug(p);
    assert_int_equal(mtksim_out(p, "ab", 2), MTKSIM_GONE);
    mtksim_out_end(p, "ab", 0); /* nothing of it was on the wire */
    assert_int_equal(tapped, LEN * 10000 + 4);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(big_read_from_many_transfers),    cmocka_unit_test(fifo_then_nak),
        cmocka_unit_test(reads_with_time_limits),          cmocka_unit_test(strict_transfers),
        cmocka_unit_test(strict_transfers_sent_ahead),     cmocka_unit_test(transfers_keep_their_boundaries),
        cmocka_unit_test(an_agent_waits_for_ever),         cmocka_unit_test(patience_and_leftovers),
        cmocka_unit_test(time_moves_only_as_far_as_asked), cmocka_unit_test(event_loop),
        cmocka_unit_test(one_transfer_across_time),
    };
    return cmocka_run_group_tests_name("simdev/pipe", tests, NULL, NULL);
}
