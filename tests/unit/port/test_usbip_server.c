/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated phone behind a USB/IP server, with hand-made messages on a socket: what hosts do, and what they must
 * not be able to do. */
#include "tests/unit/cmocka.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "tests/unit/port/served.h"
#include "tests/unit/port/usbip_host.h"

#define WHERE      "usbip:127.0.0.1:0"
#define CONFIGURE  "\x00\x09\x01\x00\x00\x00\x00\x00"
#define GET_DEVICE "\x80\x06\x00\x01\x00\x00\x12\x00"
#define GET_CONFIG "\x80\x06\x00\x02\x00\x00\xFF\x00"

enum {
    NO_MEMORY = -12,
    STALL = -32,
    NO_ANSWER = -71,
    CANCELLED = -104,
    LEFT = -108,
    BUSY = 2,
    NO_DEVICE = 4
};

static struct mtksim *new_phone(const char *chip)
{
    char err[256];
    struct mtksim_config cfg = {.chip = chip, .seed = 7};
    struct mtksim *phone = mtksim_new(&cfg, err, sizeof(err));
    if (!phone)
        fail_msg("%s", err);
    return phone;
}

static void import(struct served *s, struct usbip_host *h, const char *busid)
{
    assert_int_equal(usbip_host_import(h, port_address(s->port), busid), 0);
    assert_int_equal(usbip_host_control(h, CONFIGURE, NULL), 0);
}

/* brom-preloader.md 3.2 and 10.1: the start bytes, then GET_HW_CODE. */
static void start_brom(struct usbip_host *h, const void *hw_code)
{
    usbip_host_exchange(h, "\xA0", 1, "\x5F", 1);
    usbip_host_exchange(h, "\x0A", 1, "\xF5", 1);
    usbip_host_exchange(h, "\x50", 1, "\xAF", 1);
    usbip_host_exchange(h, "\x05", 1, "\xFA", 1);
    usbip_host_exchange(h, "\xFD", 1, hw_code, 5);
}

/* Reads the list on a fresh connection; its length. */
static size_t list(struct served *s, uint8_t *out, size_t max)
{
    int fd = host_open(port_address(s->port));
    host_send(fd, "\x01\x11\x80\x05\0\0\0\0", 8);
    size_t n = host_read(fd, out, max);
    assert_true(host_sees_end(fd));
    close(fd);
    return n;
}

/* A list changes nothing, and names what an import finds; full speed where bulk packets have 64 bytes. */
static void test_list(void **state)
{
    (void)state;
    struct mtksim *phones[] = {new_phone("mt6765"), new_phone("mt6580")};
    struct served *s = serve_phones(phones, 2, WHERE, false);
    uint8_t got[1000];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(list(s, got, sizeof(got)), 12 + 2 * (312 + 8));
        assert_memory_equal(got, "\x01\x11\0\5\0\0\0\0\0\0\0\2", 12);
        const uint8_t *first = got + 12, *second = got + 12 + 320;
        assert_string_equal((const char *)first + 256, "1-1");
        assert_string_equal((const char *)second + 256, "1-2");
        assert_int_equal(get_be32(first + 0x128), 3);
        assert_int_equal(get_be32(second + 0x128), 2);
        assert_memory_equal(first + 0x12C, "\x0E\x8D\x00\x03\x01\x00\x02\x00\x00\x01\x01\x02", 12);
        assert_memory_equal(first + 312, "\x02\x02\x01\0\x0A\0\0\0", 8);
    }
    serve_stop(s, false);
    assert_string_equal(mtksim_stage(phones[0]), "off");
    assert_string_equal(s->log, "");
    serve_free(s);
    mtksim_free(phones[0]);
    mtksim_free(phones[1]);
}

/* Enumeration as a host controller does it, from the device's own descriptors; then the handshake. */
static void test_enumeration(void **state)
{
    (void)state;
    struct mtksim *phone = new_phone("mt6765");
    struct served *s = serve_start(phone, WHERE, true);
    struct usbip_host h;
    struct usbip_answer a;
    uint8_t got[512];
    assert_int_equal(usbip_host_import(&h, port_address(s->port), "1-1"), 0);
    usbip_host_submit(&h, HOST_OUT, 1, 0, "\xA0", 1, NULL); /* no endpoint before the configuration */
    assert_true(usbip_host_answer(&h, false, &a));
    assert_int_equal(a.status, NO_ANSWER);
    assert_int_equal(usbip_host_control(&h, GET_DEVICE, got), 18);
    assert_memory_equal(got, "\x12\x01\x10\x01\x02\0\0\x40\x8D\x0E\x03\0\0\x01\0\0\0\x01", 18);
    assert_int_equal(usbip_host_control(&h, GET_CONFIG, got), 0x3E);
    assert_int_equal(usbip_host_control(&h, "\x80\x06\x01\x03\x09\x04\xFF\x00", got), STALL); /* no strings */
    assert_int_equal(usbip_host_control(&h, "\x80\x08\0\0\0\0\1\0", got), 1);
    assert_int_equal(got[0], 0);
    assert_int_equal(usbip_host_control(&h, CONFIGURE, NULL), 0);
    assert_int_equal(usbip_host_control(&h, "\x80\x08\0\0\0\0\1\0", got), 1);
    assert_int_equal(got[0], 1);
    uint8_t coding[7] = {0x00, 0x10, 0x0E, 0, 0, 0, 8};
    assert_int_equal(usbip_host_control(&h, "\x21\x20\0\0\0\0\7\0", coding), 7);
    start_brom(&h, "\xFD\x07\x66\x00\x00");
    usbip_host_close(&h);
    assert_int_equal(serve_stop(s, true), 0); /* once */
    assert_non_null(strstr(s->log, "1-1: host imported 0e8d:0003 (stage brom)"));
    assert_non_null(strstr(s->log, "1-1: host disconnected (stage brom)"));
    serve_free(s);
    mtksim_free(phone);
}

/* Transfers that wait are answered in the order of their endpoint, whatever else is said meanwhile. */
static void test_in_flight(void **state)
{
    (void)state;
    enum { IN_FLIGHT = 200 };
    struct mtksim *phone = new_phone("mt6765");
    struct served *s = serve_start(phone, WHERE, false);
    struct usbip_host h;
    struct usbip_answer a;
    import(s, &h, "1-1");
    uint32_t interrupt = usbip_host_submit(&h, HOST_IN, 4, 0, NULL, 64, NULL), first = h.seqnum + 1;
    for (int i = 0; i < IN_FLIGHT; i++)
        usbip_host_submit(&h, HOST_IN, 1, 0, NULL, 512, NULL);
    static const uint8_t start[] = {0xA0, 0x0A, 0x50, 0x05};
    for (unsigned i = 0; i < 4; i++) {
        uint32_t sent = usbip_host_submit(&h, HOST_OUT, 1, 0, start + i, 1, NULL);
        assert_true(usbip_host_answer(&h, false, &a));
        assert_int_equal(a.seqnum, sent);
        assert_true(usbip_host_answer(&h, true, &a));
        assert_int_equal(a.seqnum, first + i);
        assert_int_equal(a.actual, 1);
        assert_int_equal(a.data[0], (uint8_t)~start[i]);
    }
    /* Pending, answered, never there; and the interrupt endpoint, which says nothing. */
    const struct {
        uint32_t victim;
        int32_t status;
    } rows[] = {{first + 100, CANCELLED}, {first + 100, 0}, {first, 0}, {77777, 0}, {interrupt, CANCELLED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t seqnum = usbip_host_unlink(&h, rows[i].victim);
        assert_true(usbip_host_answer(&h, false, &a));
        assert_int_equal(a.command, HOST_UNLINKED);
        assert_int_equal(a.seqnum, seqnum);
        assert_int_equal(a.status, rows[i].status);
    }
    usbip_host_close(&h);
    serve_free(s);
    mtksim_free(phone);
}

/* Phones on one server do not disturb each other; a phone has one host. */
static void test_several(void **state)
{
    (void)state;
    struct mtksim *phones[] = {new_phone("mt6765"), new_phone("mt6768"), new_phone("mt6765")};
    struct served *s = serve_phones(phones, 3, WHERE, false);
    struct usbip_host a, b, c;
    import(s, &a, "1-1");
    import(s, &b, "1-2");
    assert_int_equal(usbip_host_import(&c, port_address(s->port), "1-2"), BUSY);
    assert_int_equal(usbip_host_import(&c, port_address(s->port), "1-4"), NO_DEVICE);
    assert_int_equal(usbip_host_import(&c, port_address(s->port), ""), NO_DEVICE);
    start_brom(&b, "\xFD\x07\x07\x00\x00");
    start_brom(&a, "\xFD\x07\x66\x00\x00");
    usbip_host_close(&b);
    assert_true(serve_says(s, "1-2: host disconnected", 1));
    usbip_host_exchange(&a, "\xFD", 1, "\xFD\x07\x66\x00\x00", 5);
    import(s, &b, "1-2"); /* it is where it was left (3.3) */
    usbip_host_exchange(&b, "\xA0", 1, "\xA0", 1);
    usbip_host_close(&a);
    usbip_host_close(&b);
    serve_free(s);
    for (size_t i = 0; i < 3; i++)
        mtksim_free(phones[i]);
}

/* ---- hosts that mean no good ---- */

/* What is no USB/IP ends the connection, and nothing else. */
static void test_nonsense(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint32_t value;
    } spoiled[] = {{0, 0},     {0, 3},    {0, 0xFFFF},        {8, 0x10000},       {0x0C, 2},
                   {0x10, 16}, {0x20, 1}, {0x20, 0xFFFFFFFE}, {0x18, 0x80000000}, {0x18, 0xFFFFFFFF}};
    static const char *const openings[] = {"\x01\x10\x80\x05\0\0\0", "\x01\x11\x80\x07\0\0\0",
                                           "\x01\x11\x00\x05\0\0\0", "GET / HT"};
    struct mtksim *phone = new_phone("mt6765");
    struct served *s = serve_start(phone, WHERE, false);
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        int fd = host_open(port_address(s->port));
        host_send(fd, openings[i], 8);
        assert_true(host_sees_end(fd));
        close(fd);
    }
    for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
        struct usbip_host h;
        uint8_t head[48] = {0, 0, 0, 1};
        import(s, &h, "1-1");
        put_be32(head + 8, h.devid);
        put_be32(head + spoiled[i].offset, spoiled[i].value);
        host_send(h.fd, head, sizeof(head));
        if (!host_sees_end(h.fd))
            fail_msg("the server swallowed message %zu", i);
        usbip_host_close(&h);
        assert_true(serve_says(s, "is no USB/IP", (unsigned)i + 1));
        assert_true(serve_says(s, "host disconnected", (unsigned)i + 1));
    }
    serve_free(s);
    mtksim_free(phone);
}

/* Giant transfers are refused one by one, their data skipped; what follows them works. */
static void test_giants(void **state)
{
    (void)state;
    enum { GIANT = 17 * 1024 * 1024, LARGE = 12 * 1024 * 1024, MANY = 4100 };
    struct mtksim *phone = new_phone("mt6765");
    struct served *s = serve_start(phone, WHERE, false);
    struct usbip_host h;
    struct usbip_answer a;
    uint8_t *data = calloc(1, GIANT);
    assert_non_null(data);
    import(s, &h, "1-1");
    start_brom(&h, "\xFD\x07\x66\x00\x00");
    usbip_host_submit(&h, HOST_IN, 1, 0, NULL, GIANT, NULL);
    assert_true(usbip_host_answer(&h, true, &a));
    assert_int_equal(a.status, NO_MEMORY);
    usbip_host_submit(&h, HOST_OUT, 1, 0, data, GIANT, NULL);
    assert_true(usbip_host_answer(&h, false, &a));
    assert_int_equal(a.status, NO_MEMORY);
    assert_int_equal(a.actual, 0);
    usbip_host_exchange(&h, "\xFD", 1, "\xFD\x07\x66\x00\x00", 5);

    /* BROM echoes each byte and waits for the echo to be collected: of these nearly all bytes wait in the server. */
    uint32_t first = h.seqnum + 1;
    usbip_host_submit(&h, HOST_OUT, 1, 0, data, LARGE, NULL);
    usbip_host_submit(&h, HOST_OUT, 1, 0, data, LARGE, NULL);
    usbip_host_submit(&h, HOST_OUT, 1, 0, data, LARGE, NULL); /* more than is kept */
    assert_true(usbip_host_answer(&h, false, &a));
    assert_int_equal(a.seqnum, first + 2);
    assert_int_equal(a.status, NO_MEMORY);
    for (uint32_t i = 0; i < 2; i++) {
        usbip_host_unlink(&h, first + i);
        assert_true(usbip_host_answer(&h, false, &a));
        assert_int_equal(a.status, CANCELLED);
    }
    unsigned refused = 0;
    for (int i = 0; i < MANY; i++)
        usbip_host_submit(&h, HOST_IN, 4, 0, NULL, 64, NULL);
    for (; refused < MANY && usbip_host_answer(&h, true, &a) && a.status == NO_MEMORY; refused++)
        if (refused + 4096 + 1 > MANY)
            break;
    assert_true(refused >= MANY - 4096 - 1);
    usbip_host_close(&h);
    serve_free(s);
    free(data);
    mtksim_free(phone);
}

/* Connections that say nothing, or half of something, keep nobody out. */
static void test_thousand_connections(void **state)
{
    (void)state;
    enum { CONNECTIONS = 1000, OPEN = 200 };
    struct mtksim *phone = new_phone("mt6765");
    struct served *s = serve_start(phone, WHERE, false);
    struct usbip_host h;
    int fd[OPEN];
    import(s, &h, "1-1");
    start_brom(&h, "\xFD\x07\x66\x00\x00");
    for (int i = 0; i < CONNECTIONS; i++) {
        if (i >= OPEN)
            close(fd[i % OPEN]);
        fd[i % OPEN] = host_open(port_address(s->port));
        if (i % 2)
            host_send(fd[i % OPEN],
                      "\x01\x11\x80\x03\0\0\0\0"
                      "1-",
                      (size_t)(i % 10));
    }
    usbip_host_exchange(&h, "\xFD", 1, "\xFD\x07\x66\x00\x00", 5);
    uint8_t names[400];
    assert_int_equal(list(s, names, sizeof(names)), 12 + 320);
    assert_true(host_sees_end(fd[0])); /* the oldest made room */
    for (int i = 0; i < OPEN; i++)
        close(fd[i]);
    usbip_host_close(&h);
    serve_free(s);
    mtksim_free(phone);
}

/* A host that asks and never listens is not heard any more, and others are. */
static void test_deaf_host(void **state)
{
    (void)state;
    struct mtksim *phones[] = {new_phone("mt6765"), new_phone("mt6765")};
    struct served *s = serve_phones(phones, 2, WHERE, false);
    struct usbip_host deaf, h;
    import(s, &deaf, "1-1");
    uint8_t batch[48 * 1024] = {0};
    for (size_t i = 0; i < sizeof(batch); i += 48) {
        put_be32(batch + i, 2);
        put_be32(batch + i + 8, deaf.devid);
    }
    size_t sent = 0;
    struct pollfd pfd = {.fd = deaf.fd, .events = POLLOUT};
    while (sent < (64u << 20) && poll(&pfd, 1, 300) == 1) {
        ssize_t n = write(deaf.fd, batch, sizeof(batch));
        assert_true(n > 0);
        sent += (size_t)n;
        if (n < (ssize_t)sizeof(batch))
            break;
    }
    assert_true(sent < 64u << 20);
    import(s, &h, "1-2");
    start_brom(&h, "\xFD\x07\x66\x00\x00");
    usbip_host_close(&deaf);
    assert_true(serve_says(s, "1-1: host disconnected", 1));
    usbip_host_close(&h);
    serve_free(s);
    mtksim_free(phones[0]);
    mtksim_free(phones[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_enumeration),
        cmocka_unit_test(test_in_flight),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_giants),
        cmocka_unit_test(test_thousand_connections),
        cmocka_unit_test(test_deaf_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
