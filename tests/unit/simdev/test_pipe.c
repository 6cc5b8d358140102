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

/* ---- cable and ends ---- */

static void fw_reader(struct mtksim *p)
{
    uint8_t buf[4];
    seen.result = phone_read(p, buf, sizeof buf, -1);
    phone_write(p, buf, sizeof buf);
    phone_wait(p, NS_PER_S);
}

static void cable_in_the_middle_of_a_read(void **state)
{
    (void)state;
    uint8_t got[4];
    struct mtksim *p = running(CFG(.seed = 1), fw_reader, "da1");
    assert_int_equal(mtksim_write(p, "ab", 2, 0), 2);
    mtksim_unplug(p);
    assert_int_equal(mtksim_read(p, got, 4, NS_PER_S), MTKSIM_GONE);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, got, 4), MTKSIM_GONE);
    mtksim_plug(p);
    /* an old handle is worth nothing until somebody attaches to the new enumeration */
    assert_int_equal(mtksim_write(p, "cd", 2, 0), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    assert_int_equal(mtksim_write(p, "cd", 2, 0), 2);
    assert_int_equal(mtksim_read(p, got, 4, 0), 4);
    assert_memory_equal(got, "abcd", 4);
    mtksim_free(p);
}

static void cable_while_a_transfer_is_offered(void **state)
{
    (void)state;
    uint8_t got[16];
    seen.n = 0;
    struct mtksim *p = running(CFG(.seed = 1), fw_two_writes, "da1");
    mtksim_unplug(p); /* "first" is gone with the cable */
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 6);
    assert_memory_equal(got, "second", 6);
    mtksim_free(p);
}

static void fw_hang(struct mtksim *p)
{
    uint8_t c;
    phone_read(p, &c, 1, -1);
    phone_hang(p, "test");
}

static void watchdog_bites_what_hangs(void **state)
{
    (void)state;
    for (int enabled = 0; enabled < 2; enabled++) {
        struct mtksim *p = running(CFG(.seed = 1), fw_hang, "da1");
        phone_board(p)->wdt_enabled = enabled;
        mtksim_sleep(p, 100 * NS_PER_S); /* waiting for USB counts as kicking */
        assert_string_equal(mtksim_stage(p), "da1");
        assert_int_equal(mtksim_write(p, "x", 1, 0), 1);
        assert_string_equal(mtksim_stage(p), "dead");
        assert_int_equal(mtksim_write(p, "swallowed", 9, 0), 9);
        mtksim_sleep(p, 10 * NS_PER_S - 1);
        assert_string_equal(mtksim_stage(p), "dead");
        mtksim_sleep(p, 1);
        assert_string_equal(mtksim_stage(p), enabled ? "brom" : "dead");
        mtksim_free(p);
    }
}

static void fw_return(struct mtksim *p)
{
    (void)p;
}

static void fw_second(struct mtksim *p)
{
    const char *left = *phone_baton(p);
    phone_write(p, left, strlen(left));
    phone_wait(p, NS_PER_S);
}

static void fw_exec(struct mtksim *p)
{
    char *note = phone_alloc(p, 8);
    memcpy(note, "baton", 5);
    *phone_baton(p) = note;
    phone_exec(p, fw_second, "da2");
}

static void programs_follow_each_other(void **state)
{
    (void)state;
    char got[8];
    struct mtksim *p = running(CFG(.seed = 1), fw_exec, "da1");
    assert_string_equal(mtksim_stage(p), "da2");
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 5); /* memory lives on, only the stack is new */
    assert_memory_equal(got, "baton", 5);
    mtksim_free(p);
    p = running(CFG(.seed = 1), fw_return, "da1");
    assert_string_equal(mtksim_stage(p), "dead");
    mtksim_free(p);
}

static void fw_power_off(struct mtksim *p)
{
    phone_power_off(p);
}

static void fw_boot(struct mtksim *p)
{
    phone_boot_system(p);
}

static void off_and_on_again(void **state)
{
    (void)state;
    struct mtksim *p = running(CFG(.seed = 1), fw_power_off, "da1");
    assert_string_equal(mtksim_stage(p), "off");
    assert_int_equal(mtksim_identity(p, NULL), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT);
    host_attach(p, 0x0003); /* plugging a phone that is off starts it */
    mtksim_free(p);
    p = running(CFG(.seed = 1), fw_boot, "da1");
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT);
    mtksim_power_cycle(p);
    host_attach(p, 0x0003);
    mtksim_free(p);
}

/* ---- determinism ---- */

struct log {
    char *text;
    size_t len;
    FILE *f;
};

static void note(void *ctx, const struct mtksim_transfer *t)
{
    struct log *l = ctx;
    const uint8_t *data = t->data;
    fprintf(l->f, "%lld %02x %04x:%04x %u %d", (long long)t->time_ns, t->endpoint, t->vid, t->pid,
            t->generation, t->status);
    for (int i = 0; t->setup && i < 8; i++)
        fprintf(l->f, " s%02x", t->setup[i]);
    for (size_t i = 0; i < t->len; i++)
        fprintf(l->f, " %02x", data[i]);
    fputc('\n', l->f);
}

static void record_session(uint64_t seed, struct log *l)
{
    uint8_t coding[7] = {0};
    struct mtksim *p = host_phone(CFG(.seed = seed, .security = "sla", .fault = "flip:tx,p=0.05,at=0"));
    l->f = open_memstream(&l->text, &l->len);
    mtksim_set_tap(p, note, l);
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    mtksim_control(p, 0x21, 0x20, 0, 0, coding, sizeof coding);
    for (int i = 0; i < 200; i++) {
        static const uint8_t ops[] = {0xA0, 0x0A, 0x50, 0x05, 0xE1, 0xE7, 0xFC, 0xE3, 0xD8};
        uint8_t sink[64];
        mtksim_write(p, &ops[i % sizeof ops], 1, NS_PER_MS);
        while (mtksim_read(p, sink, sizeof sink, 3 * NS_PER_MS) > 0)
            ;
    }
    mtksim_free(p);
    fclose(l->f);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct log a = {0}, b = {0}, c = {0};
    record_session(42, &a);
    record_session(42, &b);
    record_session(43, &c);
    assert_true(a.len > 1000);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.text, b.text, a.len);
    assert_true(a.len != c.len || memcmp(a.text, c.text, a.len));
    free(a.text);
    free(b.text);
    free(c.text);
}

static void a_clone_repeats_the_original(void **state)
{
    (void)state;
    uint8_t byte = 0x5A, got = 0, id[2][16];
    struct mtksim *p = host_phone(CFG(.seed = 9, .fault = "flip:tx,offset=4"));
    assert_int_equal(mtksim_flash_write(p, "user", 12345, &byte, 1), 0);
    host_attach(p, 0x0003);
    struct mtksim *q = mtksim_clone(p); /* switched off, whatever the original does */
    assert_non_null(q);
    assert_string_equal(mtksim_stage(q), "off");
    assert_int_equal(mtksim_flash_read(q, "user", 12345, &got, 1), 0);
    assert_int_equal(got, byte);
    got = 1;
    assert_int_equal(mtksim_flash_write(q, "user", 12345, &got, 1), 0);
    assert_int_equal(mtksim_flash_read(p, "user", 12345, &got, 1), 0);
    assert_int_equal(got, byte);
    struct mtksim *both[] = {p, q};
    for (int i = 0; i < 2; i++) {
        host_attach(both[i], 0x0003);
        host_brom_sync(both[i]);
        host_talk(both[i], "H> E1 D> E0"); /* the fault fires in each of them */
        host_talk(both[i], "D> 00 00 00 10");
        assert_int_equal(mtksim_read(both[i], id[i], 16, 0), 16);
    }
    assert_memory_equal(id[0], id[1], 16);
    mtksim_free(p);
    mtksim_free(q);
}

static void bad_configurations(void **state)
{
    (void)state;
    static const char *const unknown[] = {"speed=11", NULL}, *const bad[] = {"da_year=soon", NULL};
    static const struct {
        struct mtksim_config cfg;
        const char *word;
    } rows[] = {
        {{.chip = "mt9999"}, "mt9999"},     {{.storage = "floppy"}, "floppy"},
        {{.security = "sbc,moat"}, "moat"}, {{.fault = "explode:tx"}, "explode"},
        {{.settings = unknown}, "speed"},   {{.settings = bad}, "da_year"},
        {{.storage_size = 1000}, "1000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char err[200] = "";
        assert_null(mtksim_new(&rows[i].cfg, err, sizeof err));
        if (!strstr(err, rows[i].word))
            fail_msg("'%s' does not name %s", err, rows[i].word);
        assert_null(mtksim_new(&rows[i].cfg, NULL, 0));
    }
}

static void flash_from_outside(void **state)
{
    (void)state;
    uint8_t b = 1;
    struct mtksim *p = host_phone(CFG(.storage_size = 1 << 20));
    assert_int_equal(mtksim_flash_size(p, "user"), 1 << 20);
    assert_int_equal(mtksim_flash_size(p, "boot1"), 4 << 20);
    assert_int_equal(mtksim_flash_size(p, "nand"), 0);
    assert_int_equal(mtksim_flash_read(p, "nand", 0, &b, 1), -1);
    assert_int_equal(mtksim_flash_write(p, "user", 1 << 20, &b, 1), -1);
    assert_int_equal(mtksim_flash_write(p, "user", (1 << 20) - 1, &b, 1), 0);
    assert_int_equal(mtksim_flash_changes(p), 0); /* only the firmware's own are counted */
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(big_read_from_many_transfers),
        cmocka_unit_test(fifo_then_nak),
        cmocka_unit_test(reads_with_time_limits),
        cmocka_unit_test(strict_transfers),
        cmocka_unit_test(strict_transfers_sent_ahead),
        cmocka_unit_test(transfers_keep_their_boundaries),
        cmocka_unit_test(an_agent_waits_for_ever),
        cmocka_unit_test(patience_and_leftovers),
        cmocka_unit_test(time_moves_only_as_far_as_asked),
        cmocka_unit_test(event_loop),
        cmocka_unit_test(cable_in_the_middle_of_a_read),
        cmocka_unit_test(cable_while_a_transfer_is_offered),
        cmocka_unit_test(watchdog_bites_what_hangs),
        cmocka_unit_test(programs_follow_each_other),
        cmocka_unit_test(off_and_on_again),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(a_clone_repeats_the_original),
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(flash_from_outside),
    };
    return cmocka_run_group_tests_name("simdev/pipe", tests, NULL, NULL);
}
