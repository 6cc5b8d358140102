/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated phone itself behind each kind of port, and its recordings. */
#include "tests/unit/cmocka.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "simdev/port/record.h"
#include "tests/unit/port/served.h"

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
        cmocka_unit_test(test_brom),
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests_name("port-phone", tests, make_rom, remove_rom);
}
