/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated phone itself behind each kind of port, and its recordings. */
#include "tests/unit/cmocka.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "simdev/port/record.h"
#include "tests/unit/port/served.h"
#include "tests/unit/port/usbip_host.h"

static const char *const kinds[] = {"unix:%/phone", "tcp:127.0.0.1:0", "pty"};
enum { KINDS = 3 };

/* With what these phones leave the factory: a blank one has no preloader that could say READY. */
static char rom[256];

static int make_rom(void **state)
{
    (void)state;
    char err[256] = "";
    const char *tmp = getenv("TMPDIR");
    snprintf(rom, sizeof(rom), "%s/rom-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(rom));
    struct mtksim_rom_options opt = {.chip = "mt6765", .seed = 7};
    return mtksim_make_rom(rom, &opt, err, sizeof(err));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st;
    (void)flag;
    (void)where;
    return remove(path);
}

static int remove_rom(void **state)
{
    (void)state;
    return nftw(rom, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct mtksim *new_phone(enum mtksim_boot boot)
{
    char err[256];
    struct mtksim_config cfg = {.chip = "mt6765", .boot = boot, .rom_dir = rom, .seed = 7};
    struct mtksim *phone = mtksim_new(&cfg, err, sizeof(err));
    if (!phone)
        fail_msg("%s", err);
    return phone;
}

static void expect(int fd, const void *send, size_t n_send, const void *answer, size_t n_answer)
{
    uint8_t got[64];
    host_send(fd, send, n_send);
    assert_int_equal(host_read(fd, got, n_answer), n_answer);
    assert_memory_equal(got, answer, n_answer);
}

/* brom-preloader.md 3.2 and 10.1: the start bytes, then GET_HW_CODE. */
static void start_brom(int fd)
{
    expect(fd, "\xA0", 1, "\x5F", 1);
    expect(fd, "\x0A", 1, "\xF5", 1);
    expect(fd, "\x50", 1, "\xAF", 1);
    expect(fd, "\x05", 1, "\xFA", 1);
    expect(fd, "\xFD", 1, "\xFD\x07\x66\x00\x00", 5);
}

static void test_brom(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct mtksim *phone = new_phone(MTKSIM_BOOT_BROM);
        struct served *s = serve_start(phone, kinds[k], false);
        int fd = host_open(port_address(s->port));
        start_brom(fd);
        close(fd);
        assert_true(serve_says(s, "host disconnected", 1));
        /* The phone is where it was: its command loop echoes a start byte, which it does not know (3.3). */
        fd = host_open(port_address(s->port));
        expect(fd, "\xA0", 1, "\xA0", 1);
        expect(fd, "\xFD", 1, "\xFD\x07\x66\x00\x00", 5);
        close(fd);
        serve_free(s);
        mtksim_free(phone);
    }
}

/* A preloader that sees a tool's line coding says READY (2.2), without being asked. */
static void test_ready(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct mtksim *phone = new_phone(MTKSIM_BOOT_PRELOADER);
        struct served *s = serve_start(phone, kinds[k], false);
        uint8_t got[10];
        int fd = host_open(port_address(s->port));
        assert_int_equal(host_read(fd, got, sizeof(got)), sizeof(got));
        assert_memory_equal(got, "READYREADY", 10);
        close(fd);
        serve_free(s);
        mtksim_free(phone);
    }
}

/* A watchdog reset (SWRST, 7.4) takes the phone off the bus, which ends the connection; the next finds it. */
static void test_reset(void **state)
{
    (void)state;
    struct mtksim *phone = new_phone(MTKSIM_BOOT_BROM);
    struct served *s = serve_start(phone, kinds[0], false);
    int fd = host_open(port_address(s->port));
    start_brom(fd);
    expect(fd, "\xD4", 1, "\xD4", 1);
    expect(fd, "\x10\x00\x70\x14", 4, "\x10\x00\x70\x14", 4);
    expect(fd, "\x00\x00\x00\x01", 4, "\x00\x00\x00\x01", 4);
    host_send(fd, "\x00\x00\x12\x09", 4);
    assert_true(host_sees_end(fd));
    close(fd);
    assert_true(serve_says(s, "left the bus", 1));
    fd = host_open(port_address(s->port));
    uint8_t c = 0;
    host_send(fd, "\xA0", 1);
    assert_int_equal(host_read(fd, &c, 1), 1);
    assert_true(c == 0x5F || c == 'R'); /* BROM again, or the preloader that it started */
    close(fd);
    serve_free(s);
    mtksim_free(phone);
}

#define SET_CONFIGURATION     "\x00\x09\x01\x00\x00\x00\x00\x00"
#define GET_DEVICE_DESCRIPTOR "\x80\x06\x00\x01\x00\x00\x12\x00"

/* A watchdog reset (SWRST, 7.4) ends every transfer and the import. The preloader that starts then has the same bus id, but
 * is another device. */
static void test_usbip(void **state)
{
    (void)state;
    struct mtksim *phone = new_phone(MTKSIM_BOOT_BROM);
    struct served *s = serve_start(phone, "usbip:127.0.0.1:0", false);
    struct usbip_host h, again;
    struct usbip_answer a;
    uint8_t got[64], names[332];
    assert_int_equal(usbip_host_import(&h, port_address(s->port), "1-1"), 0);
    assert_int_equal(usbip_host_control(&h, SET_CONFIGURATION, NULL), 0);
    static const uint8_t start[] = {0xA0, 0x0A, 0x50, 0x05}, answer[] = {0x5F, 0xF5, 0xAF, 0xFA};
    for (size_t i = 0; i < sizeof(start); i++)
        usbip_host_exchange(&h, start + i, 1, answer + i, 1);
    usbip_host_exchange(&h, "\xD4", 1, "\xD4", 1);
    usbip_host_exchange(&h, "\x10\x00\x70\x14", 4, "\x10\x00\x70\x14", 4);
    usbip_host_exchange(&h, "\x00\x00\x00\x01", 4, "\x00\x00\x00\x01\x00\x00", 6); /* count; a success word */
    uint32_t waiting = usbip_host_submit(&h, HOST_IN, 4, 0, NULL, 64, NULL);
    usbip_host_exchange(&h, "\x00\x00\x12\x09", 4, "\x00\x00\x12\x09", 4); /* it goes on when this is read */
    assert_true(usbip_host_answer(&h, true, &a));
    assert_int_equal(a.seqnum, waiting);
    assert_int_equal(a.status, -ESHUTDOWN);
    assert_true(host_sees_end(h.fd));
    assert_true(serve_says(s, "1-1: the phone left the bus", 1));

    int list = host_open(port_address(s->port));
    host_send(list, "\x01\x11\x80\x05\0\0\0\0", 8);
    assert_int_equal(host_read(list, names, sizeof(names)), sizeof(names));
    close(list);
    assert_memory_equal(names + 12 + 0x12C, "\x0E\x8D\x20\x00", 4);
    assert_int_equal(usbip_host_import(&again, port_address(s->port), "1-1"), 0);
    assert_int_not_equal(again.devid, h.devid);
    assert_int_equal(get_be16(again.device + 0x136), 0x2000);
    assert_int_equal(usbip_host_control(&again, GET_DEVICE_DESCRIPTOR, got), 18);
    assert_int_equal(get_le16(got + 10), 0x2000);
    assert_int_equal(usbip_host_control(&again, SET_CONFIGURATION, NULL), 0);
    uint8_t coding[7] = {0x00, 0x10, 0x0E, 0, 0, 0, 8};
    assert_int_equal(usbip_host_control(&again, "\x21\x20\0\0\0\0\7\0", coding), 7);
    usbip_host_submit(&again, HOST_IN, 1, 0, NULL, 512, NULL);
    assert_true(usbip_host_answer(&again, true, &a)); /* a tool's line coding makes it say READY (2.2) */
    assert_int_equal(a.actual, 5);
    assert_memory_equal(a.data, "READY", 5);
    usbip_host_close(&h);
    usbip_host_close(&again);
    serve_free(s);
    mtksim_free(phone);
}

/* Drives a phone in virtual time and records it; returns the file's size. */
static size_t record(const char *path, uint8_t *buf, size_t len)
{
    struct mtksim *phone = new_phone(MTKSIM_BOOT_PRELOADER);
    struct port_record *r = port_record_start(phone, path, "test");
    assert_non_null(r);
    uint8_t coding[7] = {0, 0x10, 0x0E, 0, 0, 0, 8}, answer[64];
    for (int i = 0; i < 2; i++) {
        mtksim_plug(phone);
        assert_int_equal(mtksim_attach(phone, 60 * NS_PER_S, NULL), 0);
        assert_int_equal(mtksim_control(phone, 0x21, 0x20, 0, 0, coding, 7), 7);
        assert_int_equal(mtksim_control(phone, 0x01, 0x0B, 0, 1, NULL, 0),
                         MTKSIM_STALL); /* SET_INTERFACE, 1.4 */
        assert_int_equal(mtksim_read(phone, answer, sizeof(answer), NS_PER_S), 5);
        mtksim_power_cycle(phone);
    }
    assert_int_equal(port_record_stop(r), 0);
    mtksim_free(phone);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(buf, 1, len, f);
    fclose(f);
    return n;
}

static size_t count(const uint8_t *buf, size_t len, const void *what, size_t n)
{
    size_t found = 0;
    for (const uint8_t *at = buf; (at = memmem(at, len - (size_t)(at - buf), what, n)) != NULL; at++)
        found++;
    return found;
}

/* Phones that are driven the same way leave the same bytes; each enumeration is a new device. */
static void test_record(void **state)
{
    (void)state;
    uint8_t a[16384], b[16384];
    char path[300];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/record-XXXXXX", tmp ? tmp : "/tmp");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    size_t n = record(path, a, sizeof(a));
    assert_int_equal(record(path, b, sizeof(b)), n);
    assert_memory_equal(a, b, n);
    unlink(path);
    assert_int_equal(count(a, n, "\x02\x80\x01\x01\x00\x00<", 7),
                     1); /* control IN, device 1, asked for a descriptor */
    assert_int_equal(count(a, n, "\x02\x80\x02\x01\x00\x00<", 7), 1); /* device 2 */
    assert_int_equal(count(a, n, "\x8D\x0E\x00\x20", 4), 2);          /* 0E8D:2000 */
    assert_int_equal(count(a, n, "\xE0\xFF\xFF\xFF", 4), 2);          /* -EPIPE */
    assert_int_equal(count(a, n, "READY", 5), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brom),  cmocka_unit_test(test_ready),  cmocka_unit_test(test_reset),
        cmocka_unit_test(test_usbip), cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests_name("port-phone", tests, make_rom, remove_rom);
}
