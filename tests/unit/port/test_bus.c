/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of transfers (bus.h), with a phone made of springs and string. Packets have 512 bytes. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simdev/port/bus.h"
#include "tests/unit/port/fake_phone.h"

enum { OUT = 0x01, IN = 0x81, INTERRUPT = 0x82, PACKET = 512 };

struct fixture {
    struct mtksim phone;
    struct bus *bus;
    uint32_t ids;
    bool closed;       /* the host takes no more */
    struct urb *ended; /* what ended last; earlier ones are freed */
    unsigned count;    /* how many have ended */
};

static void on_done(void *ctx, struct urb *u)
{
    struct fixture *f = ctx;
    port_urb_free(f->ended);
    f->ended = u;
    f->count++;
}

static bool more(void *ctx)
{
    return !((struct fixture *)ctx)->closed;
}

static struct urb *transfer(struct fixture *f, uint8_t endpoint, const void *data, size_t len)
{
    struct urb *u = calloc(1, sizeof(*u));
    assert_non_null(u);
    u->id = ++f->ids;
    u->endpoint = endpoint;
    u->length = len;
    if (!(endpoint & 0x80) && len) {
        u->data = malloc(len);
        assert_non_null(u->data);
        memcpy(u->data, data, len);
    }
    return u;
}

static void run(struct fixture *f)
{
    while (port_bus_run(f->bus, f->phone.now, more))
        ;
}

static uint32_t submit(struct fixture *f, uint8_t endpoint, const void *data, size_t len)
{
    struct urb *u = transfer(f, endpoint, data, len);
    uint32_t id = u->id;
    port_bus_submit(f->bus, u);
    run(f);
    return id;
}

/* The transfer that ended last. */
static void ended(const struct fixture *f, unsigned count, uint32_t id, int status, size_t actual)
{
    assert_int_equal(f->count, count);
    assert_int_equal(f->ended->id, id);
    assert_int_equal(f->ended->status, status);
    assert_int_equal(f->ended->actual, actual);
}

static int control(struct fixture *f, const char *setup, uint8_t pipe, const void *data, size_t len)
{
    struct urb *u = transfer(f, pipe, data, len);
    memcpy(u->setup, setup, 8);
    unsigned before = f->count;
    port_bus_submit(f->bus, u);
    assert_int_equal(f->count, before + 1); /* at once */
    return f->ended->status ? f->ended->status : (int)f->ended->actual;
}

static void configure(struct fixture *f)
{
    assert_int_equal(control(f, "\0\x09\1\0\0\0\0\0", 0, NULL, 0), 0);
    f->count = 0;
}

static int setup(void **state)
{
    struct mtksim_usb_id id;
    struct fixture *f = calloc(1, sizeof(*f));
    f->phone = fake_phone();
    mtksim_attach(&f->phone, NS_PER_S, &id);
    f->bus = port_bus_new(&f->phone, id.generation, on_done, f);
    *state = f;
    return f->bus ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    port_bus_free(f->bus);
    port_urb_free(f->ended);
    free(f);
    return 0;
}

static void test_describe(void **state)
{
    struct fixture *f = *state;
    const struct bus_device *d = port_bus_device(f->bus);
    assert_int_equal(d->vid, 0x0E8D);
    assert_int_equal(d->pid, 0x0003);
    assert_int_equal(d->version, 0x0100);
    assert_int_equal(d->class, 2);
    assert_int_equal(d->configuration, 1);
    assert_int_equal(d->interfaces, 1);
    assert_int_equal(d->interface[0].class, 0x0A);
    assert_int_equal(d->endpoints, 3);
    assert_int_equal(d->endpoint[1].address, IN);
    assert_int_equal(d->endpoint[1].packet, PACKET);
    assert_true(d->high_speed);
    f->phone.on_bus = false;
    struct bus_device none;
    assert_false(port_bus_describe(&f->phone, &none));
    assert_null(port_bus_new(&f->phone, 1, on_done, f));
}

/* An endpoint that is not there, or not yet, does not answer. */
static void test_unconfigured(void **state)
{
    struct fixture *f = *state;
    ended(f, (submit(f, OUT, "x", 1), 1), 1, BUS_NO_ANSWER, 0);
    configure(f);
    ended(f, (submit(f, 0x05, "x", 1), 1), 3, BUS_NO_ANSWER, 0);
    ended(f, (submit(f, OUT, "x", 1), 2), 4, 0, 1);
    assert_int_equal(control(f, "\0\x09\0\0\0\0\0\0", 0, NULL, 0), 0);
    ended(f, (submit(f, OUT, "x", 1), 4), 6, BUS_NO_ANSWER, 0);
}

static void test_short_packet(void **state)
{
    struct fixture *f = *state;
    configure(f);
    submit(f, OUT, "abcde", 5);
    uint32_t in = submit(f, IN, NULL, PACKET);
    ended(f, 2, in, 0, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(f->ended->data[i], (uint8_t) ~"abcde"[i]);

    struct urb *u = transfer(f, IN, NULL, PACKET);
    u->short_not_ok = true;
    in = u->id;
    port_bus_submit(f->bus, u);
    submit(f, OUT, "f", 1);
    ended(f, 4, in, BUS_SHORT, 1);
}

/* Data that end with a full packet leave the transfer open: the next ones follow in it, up to a short packet. */
static void test_full_packets(void **state)
{
    struct fixture *f = *state;
    configure(f);
    submit(f, OUT, ">", 1);
    uint32_t in = submit(f, IN, NULL, FAKE_TRANSFER + PACKET); /* a transfer and a packet of the next */
    ended(f, 2, in, 0, FAKE_TRANSFER + PACKET);
    for (size_t i = 0; i < f->ended->actual; i++)
        if (f->ended->data[i] != fake_byte(i))
            fail_msg("byte %zu", i);
    in = submit(f, IN, NULL, FAKE_LONG); /* more room than there are bytes */
    ended(f, 3, in, 0, FAKE_LONG - FAKE_TRANSFER - PACKET);
    assert_int_equal(f->ended->data[f->ended->actual - 1], fake_byte(FAKE_LONG - 1));
}

static void test_open_transfer(void **state)
{
    struct fixture *f = *state;
    uint8_t packet[PACKET] = {0};
    configure(f);
    submit(f, OUT, packet, sizeof(packet));
    uint32_t in = submit(f, IN, NULL, 2 * PACKET);
    assert_int_equal(f->count, 1); /* it has one packet and waits for another */
    assert_int_equal(port_bus_pending(f->bus), 1);
    submit(f, OUT, "x", 1);
    ended(f, 3, in, 0, PACKET + 1);
}

/* A packet that does not fit stays with the phone. */
static void test_overflow(void **state)
{
    struct fixture *f = *state;
    configure(f);
    submit(f, OUT, "abcde", 5);
    ended(f, (submit(f, IN, NULL, 3), 2), 3, BUS_OVERFLOW, 0);
    ended(f, (submit(f, IN, NULL, PACKET), 3), 4, 0, 5);
    /* Whole packets that fit are moved before one does not. */
    submit(f, OUT, ">", 1);
    ended(f, (submit(f, IN, NULL, PACKET + 1), 5), 6, BUS_OVERFLOW, PACKET);
    ended(f, (submit(f, IN, NULL, PACKET), 6), 7, 0, PACKET);
    assert_int_equal(f->ended->data[0], fake_byte(PACKET));
}

static void test_zero_packets(void **state)
{
    struct fixture *f = *state;
    uint8_t packet[2 * PACKET] = {0};
    const struct {
        size_t len;
        bool flag;
        size_t empty;
    } rows[] = {{PACKET, false, 0}, {PACKET, true, 1},     {PACKET - 1, true, 0},
                {0, false, 1},      {2 * PACKET, true, 1}, {0, true, 1}};
    configure(f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct urb *u = transfer(f, OUT, packet, rows[i].len);
        u->zero_packet = rows[i].flag;
        f->phone.empty = 0;
        port_bus_submit(f->bus, u);
        run(f);
        assert_int_equal(f->ended->actual, rows[i].len);
        assert_int_equal(f->phone.empty, rows[i].empty);
        assert_int_equal(f->phone.begun, f->phone.ended);
    }
}

/* A phone that takes nothing keeps transfers waiting, in order; they can be taken back. */
static void test_cancel(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[1500] = {'N'};
    configure(f);
    memset(bytes + 1, 0, sizeof(bytes) - 1);
    uint32_t first = submit(f, OUT, bytes, sizeof(bytes)); /* takes 1024, and no more after that */
    uint32_t second = submit(f, OUT, "x", 1), third = submit(f, OUT, "y", 1);
    assert_int_equal(f->count, 0);
    assert_int_equal(port_bus_pending(f->bus), 3);
    assert_int_equal(port_bus_held(f->bus), 1502);
    assert_true(port_bus_cancel(f->bus, second));
    assert_false(port_bus_cancel(f->bus, second));
    assert_true(port_bus_cancel(f->bus, first));
    assert_int_equal(f->phone.ended, 1); /* the phone knows that no more of it comes */
    assert_int_equal(f->phone.end_total, 1024);
    assert_int_equal(port_bus_held(f->bus), 1);
    f->phone.room = 8;
    run(f);
    ended(f, 1, third, 0, 1);
    assert_false(port_bus_cancel(f->bus, third));
    assert_int_equal(port_bus_pending(f->bus), 0);
    submit(f, IN, NULL, 1024); /* the queue works on after its last transfer was taken out */
    ended(f, 2, 5, 0, 1024);
}

static void test_interrupt(void **state)
{
    struct fixture *f = *state;
    configure(f);
    uint32_t id = submit(f, INTERRUPT, NULL, 8);
    submit(f, OUT, "x", 1);
    assert_int_equal(f->count, 1);
    assert_true(port_bus_cancel(f->bus, id));
}

static void test_control(void **state)
{
    struct fixture *f = *state;
    uint8_t coding[7] = {0x00, 0x10, 0x0E};
    assert_int_equal(control(f, "\x80\x06\0\1\0\0\x12\0", 0x80, NULL, 18), 18);
    assert_int_equal(f->ended->data[17], 6); /* the fake repeats the request's number */
    assert_int_equal(control(f, "\x80\x06\0\1\0\0\x12\0", 0x80, NULL, 8), BUS_OVERFLOW);
    assert_int_equal(f->ended->actual, 8);
    assert_int_equal(control(f, "\x80\x06\0\1\0\0\x12\0", 0x80, NULL, 64), 18);
    assert_int_equal(control(f, "\x80\x06\0\1\0\0\x12\0", 0x00, "abc", 3), BUS_INVALID); /* wrong pipe */
    assert_int_equal(control(f, "\x21\x20\0\0\0\0\7\0", 0x00, coding, 7), 7);
    assert_int_equal(f->phone.line_codings, 1);
    assert_int_equal(control(f, "\x21\x20\0\0\0\0\7\0", 0x00, coding, 6), BUS_INVALID);
    assert_int_equal(control(f, "\x21\x20\0\0\0\0\7\0", 0x80, NULL, 7), BUS_INVALID);
    assert_int_equal(control(f, "\x21\x22\3\0\0\0\0\0", 0x80, NULL, 0), 0); /* no data: any pipe */
    assert_int_equal(f->phone.control_lines, 1);
    assert_int_equal(control(f, "\x01\x0B\0\0\0\0\0\0", 0x00, NULL, 0), BUS_STALL);
}

/* What the phone said last arrives; then everything ends, and nothing can begin. */
static void test_leave(void **state)
{
    struct fixture *f = *state;
    configure(f);
    submit(f, IN, NULL, PACKET);
    uint32_t second = submit(f, IN, NULL, PACKET);
    submit(f, OUT, "B", 1);
    ended(f, 3, second, BUS_LEFT, 0);
    assert_true(port_bus_left(f->bus));
    ended(f, (submit(f, OUT, "x", 1), 4), 5, BUS_NO_DEVICE, 0);
    assert_int_equal(control(f, "\x80\x06\0\1\0\0\x12\0", 0x80, NULL, 18), BUS_NO_DEVICE);
}

/* A phone that is back at once is another device. */
static void test_return(void **state)
{
    struct fixture *f = *state;
    configure(f);
    submit(f, IN, NULL, PACKET);
    submit(f, OUT, "R", 1);
    assert_int_equal(f->count, 2);
    assert_memory_equal(f->ended->data, "again", 5);
    assert_true(port_bus_left(f->bus));
}

static void test_host_that_takes_no_more(void **state)
{
    struct fixture *f = *state;
    configure(f);
    f->closed = true;
    uint32_t id = submit(f, OUT, "x", 1);
    assert_int_equal(f->count, 0);
    f->closed = false;
    run(f);
    ended(f, 1, id, 0, 1);
    assert_true(port_bus_wake(f->bus) == NS_NEVER);
    submit(f, OUT, "T", 1);
    assert_true(port_bus_wake(f->bus) == f->phone.now + 10 * NS_PER_MS);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_describe),
        TEST(test_unconfigured),
        TEST(test_short_packet),
        TEST(test_full_packets),
        TEST(test_open_transfer),
        TEST(test_overflow),
        TEST(test_zero_packets),
        TEST(test_cancel),
        TEST(test_interrupt),
        TEST(test_control),
        TEST(test_leave),
        TEST(test_return),
        TEST(test_host_that_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
