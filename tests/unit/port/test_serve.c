/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a port (port.h), with a phone made of springs and string behind each kind of port. */
#include "tests/unit/cmocka.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/port/fake_phone.h"
#include "tests/unit/port/served.h"

static const char *const kinds[] = {"unix:%/phone", "tcp:127.0.0.1:0", "pty:%/tty"};
enum { KINDS = 3, PTY = 2 };

/* A new connection of the kind; the link of a terminal outlives the terminals. */
static int connect_to(struct served *s, size_t kind)
{
    char link[300];
    snprintf(link, sizeof(link), "pty:%s/tty", s->dir);
    return host_open(kind == PTY ? link : port_address(s->port));
}

static void expect_answer(int fd, const char *question)
{
    char got[64];
    size_t n = strlen(question);
    host_send(fd, question, n);
    assert_int_equal(host_read(fd, got, n), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal((uint8_t)got[i], (uint8_t)~question[i]);
}

/* Connecting plugs in, enumerates and opens the serial port; disconnecting pulls the cable. Twice, on every
 * kind. */
static void test_connect(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct mtksim phone = fake_phone();
        struct served *s = serve_start(&phone, kinds[k], false);
        for (unsigned i = 0; i < 2; i++) {
            int fd = connect_to(s, k);
            expect_answer(fd, "hello");
            close(fd);
            assert_true(serve_says(s, "host disconnected", i + 1));
        }
        assert_int_equal(serve_stop(s, false), 0);
        assert_int_equal(phone.plugs, 2);
        assert_int_equal(phone.unplugs, 2);
        assert_int_equal(phone.line_codings, 2);
        assert_int_equal(phone.control_lines, 2);
        assert_int_equal(phone.power_cycles, 1); /* it was off; the second host finds it running */
        assert_int_equal(phone.syncs, 2);
        serve_free(s);
    }
}

/* A phone that leaves the bus ends the connection, and its last words arrive. The next one switches it on
 * again. */
static void test_phone_leaves(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct mtksim phone = fake_phone();
        struct served *s = serve_start(&phone, kinds[k], false);
        char got[8] = {0};
        for (unsigned i = 0; i < 2; i++) {
            int fd = connect_to(s, k);
            host_send(fd, "B", 1);
            assert_int_equal(host_read(fd, got, 3), 3);
            assert_string_equal(got, "bye");
            assert_true(host_sees_end(fd));
            close(fd);
            assert_true(serve_says(s, "left the bus", i + 1));
        }
        assert_int_equal(serve_stop(s, false), 0);
        assert_int_equal(phone.power_cycles, 2);
        assert_int_equal(phone.unplugs, 0); /* the host did not pull the cable */
        serve_free(s);
    }
}

/* A phone that came back at once is another device: the connection ends, the next one finds it where it is.
 */
static void test_phone_returns(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    struct served *s = serve_start(&phone, kinds[0], false);
    char got[8] = {0};
    int fd = host_open(port_address(s->port));
    host_send(fd, "R", 1);
    assert_int_equal(host_read(fd, got, 5), 5);
    assert_string_equal(got, "again");
    assert_true(host_sees_end(fd));
    close(fd);
    fd = host_open(port_address(s->port));
    expect_answer(fd, "x");
    close(fd);
    serve_stop(s, false);
    assert_int_equal(phone.power_cycles, 1);
    assert_int_equal(phone.generation, 2);
    serve_free(s);
}

static void test_second_host(void **state)
{
    (void)state;
    for (size_t k = 0; k < PTY; k++) {
        struct mtksim phone = fake_phone();
        struct served *s = serve_start(&phone, kinds[k], false);
        int first = host_open(port_address(s->port));
        expect_answer(first, "a");
        int second = host_open(port_address(s->port));
        assert_true(host_sees_end(second));
        expect_answer(first, "b");
        close(first);
        close(second);
        serve_stop(s, false);
        assert_int_equal(phone.plugs, 1);
        assert_non_null(strstr(s->log, "turned away"));
        serve_free(s);
    }
}

/* Every byte arrives, once and in order, through a phone that takes little at a time and a host that reads
 * late. */
static void test_bulk(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct mtksim phone = fake_phone();
        struct served *s = serve_start(&phone, kinds[k], false);
        int fd = connect_to(s, k);
        host_send(fd, ">", 1);
        poll(NULL, 0, 20); /* by now everything that can be full is full */
        uint8_t *got = malloc(FAKE_LONG);
        assert_non_null(got);
        assert_int_equal(host_read(fd, got, FAKE_LONG), FAKE_LONG);
        for (size_t i = 0; i < FAKE_LONG; i++)
            if (got[i] != fake_byte(i))
                fail_msg("byte %zu of kind %s", i, kinds[k]);

        uint8_t sent[2048];
        memset(sent, 0x11, sizeof(sent));
        for (int i = 0; i < 256; i++) { /* more moves than the loop makes in one go */
            host_send(fd, sent, sizeof(sent));
            assert_int_equal(host_read(fd, got, sizeof(sent)), sizeof(sent));
            assert_int_equal(got[0], 0xEE);
        }
        free(got);
        close(fd);
        serve_stop(s, false);
        assert_int_equal(phone.in_total, 1 + 256 * sizeof(sent));
        serve_free(s);
    }
}

/* The phone's clock is the real one while a host is there, and stands still otherwise. */
static void test_clock(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    struct mtk_clock real = mtk_clock_real();
    struct served *s = serve_start(&phone, kinds[0], false);
    poll(NULL, 0, 30);
    char got[8] = {0};
    int64_t connected = real.now(real.ctx);
    int fd = host_open(port_address(s->port));
    host_send(fd, "T", 1);
    int64_t asked = real.now(real.ctx);
    assert_int_equal(host_read(fd, got, 4), 4);
    int64_t answered = real.now(real.ctx);
    assert_string_equal(got, "tick");
    assert_true(answered - asked >= 9 * NS_PER_MS);
    close(fd);
    assert_true(serve_says(s, "host disconnected", 1));
    int64_t gone = real.now(real.ctx);
    poll(NULL, 0, 30);
    serve_stop(s, false);
    /* 100 ms of virtual time until it was on the bus, and then what the connection lasted. */
    assert_true(phone.now >= 110 * NS_PER_MS);
    assert_true(phone.now <= 100 * NS_PER_MS + (gone - connected));
    serve_free(s);
}

/* A phone that takes nothing any more does not keep a host that has gone. */
static void test_stuck_phone(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    struct served *s = serve_start(&phone, kinds[0], true);
    int fd = host_open(port_address(s->port));
    host_send(fd, "N", 1);
    poll(NULL, 0, 10);
    host_send(fd, "nobody takes this", 17);
    close(fd);
    assert_int_equal(serve_stop(s, true), 0);
    assert_int_equal(phone.unplugs, 1);
    assert_int_equal(phone.in_total, 1);
    serve_free(s);
}

/* What a host sent just before it closed still reaches the phone. */
static void test_last_command(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    struct served *s = serve_start(&phone, kinds[0], true);
    int fd = host_open(port_address(s->port));
    char data[4000];
    memset(data, 1, sizeof(data));
    host_send(fd, data, sizeof(data));
    shutdown(fd, SHUT_WR);
    assert_int_equal(serve_stop(s, true), 0);
    assert_int_equal(phone.in_total, sizeof(data));
    close(fd);
    serve_free(s);
}

static void test_absent_phone(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    phone.absent = true;
    struct served *s = serve_start(&phone, kinds[0], true);
    int fd = host_open(port_address(s->port));
    assert_true(host_sees_end(fd));
    assert_int_equal(serve_stop(s, true), 0);
    assert_non_null(strstr(s->log, "does not show up"));
    assert_int_equal(phone.line_codings, 0);
    close(fd);
    serve_free(s);
}

/* Stopping in the middle of a connection pulls the cable and keeps the phone. */
static void test_stop(void **state)
{
    (void)state;
    struct mtksim phone = fake_phone();
    struct served *s = serve_start(&phone, kinds[0], false);
    int fd = host_open(port_address(s->port));
    expect_answer(fd, "a");
    assert_int_equal(serve_stop(s, false), 0);
    assert_int_equal(phone.unplugs, 1);
    assert_int_equal(phone.syncs, 1);
    assert_true(host_sees_end(fd));
    close(fd);
    serve_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect),       cmocka_unit_test(test_phone_leaves),
        cmocka_unit_test(test_phone_returns), cmocka_unit_test(test_second_host),
        cmocka_unit_test(test_bulk),          cmocka_unit_test(test_clock),
        cmocka_unit_test(test_stuck_phone),   cmocka_unit_test(test_last_command),
        cmocka_unit_test(test_absent_phone),  cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
