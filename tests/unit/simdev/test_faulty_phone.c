/* SPDX-License-Identifier: Apache-2.0 */
/* Faults as the host meets them. */
#include "host.h"

#include "simdev/firmware/phone_internal.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

static struct mtksim *in_brom(const char *fault)
{
    struct mtksim *p = host_phone(CFG(.chip = "mt6765", .fault = fault));
    host_attach(p, 0x0003);
    return p;
}

static void all_fired(struct mtksim *p)
{
    char text[300];
    if (mtksim_faults(p, text, sizeof text))
        fail_msg("never fired:\n%s", text);
    mtksim_free(p);
}

static void flips(void **state)
{
    (void)state;
    struct mtksim *p = in_brom("flip:tx,offset=2,mask=0x01");
    host_talk(p, "H> A0 D> 5F H> 0A D> F5 H> 50 D> AE H> 05 D> FA");
    all_fired(p);
    p = in_brom("flip:rx,offset=5,bit=7");
    host_brom_sync(p);
    host_talk(p, "H> FD D> FD 07 66 00 00 H> FE D> 7E"); /* the phone heard another opcode */
    all_fired(p);
}

/* A byte that has to wait for room is changed when it passes. */
static void flip_behind_a_full_fifo(void **state)
{
    (void)state;
    uint8_t out[PHONE_RX_FIFO + 8] = {0}, b;
    /* 4 start bytes, an opcode whose echo nobody collects, and as many bytes as the FIFO takes */
    struct mtksim *p = in_brom("flip:rx,offset=1541,mask=0x01");
    assert_int_equal(4 + 1 + PHONE_RX_FIFO, 1541);
    host_brom_sync(p);
    assert_int_equal(mtksim_write(p, out, 1, 0), 1);
    assert_int_equal(mtksim_write(p, out, sizeof out, 0), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_taken(p), PHONE_RX_FIFO);
    for (unsigned i = 0; i < 1 + PHONE_RX_FIFO; i++)
        host_talk(p, "D> 00");
    assert_int_equal(mtksim_write(p, out, 2, 0), 2);
    assert_int_equal(mtksim_read(p, &b, 1, 0), 1);
    assert_int_equal(b, 0x01);
    host_talk(p, "D> 00");
    all_fired(p);
}

static void drops(void **state)
{
    (void)state;
    struct mtksim *p = in_brom("drop:tx,offset=6");
    host_brom_sync(p);
    host_talk(p, "H> FD D> FD 07"); /* the second byte of the code is never sent */
    host_gone(p, NS_PER_S);
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT);
    mtksim_plug(p); /* the phone is where it was */
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    host_talk(p, "H> FE D> 66"); /* what had been cut off comes now: the host is in the middle of nowhere */
    all_fired(p);
    p = in_brom("drop:rx,offset=2,back=3000");
    host_talk(p, "H> A0 D> 5F H> 0A D> F5");
    assert_int_equal(mtksim_write(p, "\x50", 1, NS_PER_S), MTKSIM_GONE);
    assert_int_equal(mtksim_taken(p), 0);
    int64_t gone = mtksim_now(p);
    assert_int_equal(mtksim_attach(p, 10 * NS_PER_S, NULL), 0);
    assert_in_range(mtksim_now(p) - gone, 3000 * NS_PER_MS, 3200 * NS_PER_MS);
    host_talk(p, "H> 50 D> AF H> 05 D> FA");
    all_fired(p);
}

static void resets(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *stage;
    } rows[] = {{"drop:command,name=GET_HW_CODE,as=brom", "brom"},
                {"drop:command,name=GET_HW_CODE,as=reset", "preloader"},
                {"drop:command,name=GET_HW_CODE,as=off", "off"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim *p = in_brom(rows[i].fault);
        host_put_preloader(p);
        host_brom_sync(p);
        host_talk(p, "H> FD D> FD");
        host_gone(p, NS_PER_MS);
        mtksim_sleep(p, 1000 * NS_PER_MS);
        assert_string_equal(mtksim_stage(p), rows[i].stage);
        all_fired(p);
    }
}

static void silence(void **state)
{
    (void)state;
    struct mtksim *p = in_brom("silence:command,brom,name=GET_HW_CODE");
    host_brom_sync(p);
    host_talk(p, "H> FE D> FE H> FD D> FD");
    host_quiet(p, 100 * NS_PER_S);
    host_talk(p, "H> FE FE FE FE"); /* still takes bytes */
    host_quiet(p, NS_PER_S);
    all_fired(p);
    p = in_brom("silence:tx,offset=5,ms=2000");
    host_brom_sync(p);
    host_talk(p, "H> FD D> FD"); /* the code and the status are swallowed */
    host_quiet(p, NS_PER_S);
    mtksim_sleep(p, 2 * NS_PER_S);
    host_talk(p, "H> FE D> FE");
    all_fired(p);
}

static void naks(void **state)
{
    (void)state;
    struct mtksim *p = in_brom("nak:rx,offset=3,ms=2000");
    host_talk(p, "H> A0 D> 5F H> 0A D> F5 H> 50 D> AF");
    assert_int_equal(mtksim_write(p, "\x05", 1, NS_PER_S), MTKSIM_TIMEOUT);
    assert_int_equal(mtksim_room(p), 0);
    assert_int_equal(mtksim_write(p, "\x05", 1, 5 * NS_PER_S), 1);
    host_talk(p, "D> FA");
    all_fired(p);
}

static void statuses(void **state)
{
    (void)state;
    struct mtksim *p = in_brom("status:name=READ32,nth=2,value=0x0100;status:name=WRITE32,value=0x1D0D");
    host_brom_sync(p);
    host_talk(p,
              "H> D1 D> D1 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00 R> 4 D> 01 00");
    /* a failing first status is the last word: no data are taken */
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 1D 0D");
    host_talk(p, "H> FD D> FD 07 66 00 00");
    all_fired(p);
}

static void shorts_and_injections(void **state)
{
    (void)state;
    uint8_t got[16];
    struct mtksim *p = in_brom("inject:tx,brom,bytes=5245414459;short:tx,offset=13");
    host_talk(p, "H> A0");
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 5); /* a transfer of its own */
    assert_memory_equal(got, "READY", 5);
    host_talk(p, "D> 5F H> 0A D> F5 H> 50 D> AF H> 05 D> FA");
    host_talk(p, "H> E1 D> E1 00 00 00 10"); /* four and one and four: the id begins at 9, of which 4 come */
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 4);
    host_talk(p, "D> 00 00 H> FE D> FE");
    all_fired(p);
    p = in_brom(
        "inject:command,name=GET_BL_VER,bytes=AB;inject:command,name=GET_HW_CODE,bytes=55;flip:tx,offset=5");
    host_brom_sync(p);
    host_talk(p, "H> FD D> FD 55 06 66 00 00");     /* the flip finds its byte in spite of the extra one */
    assert_int_equal(mtksim_faults(p, NULL, 0), 1); /* BROM has no GET_BL_VER */
    mtksim_free(p);
    p = in_brom("short:rx,offset=5");
    host_brom_sync(p);
    host_talk(p, "H> FE FD FF D> FE"); /* the rest of that transfer never arrives */
    host_quiet(p, NS_PER_S);
    host_talk(p, "H> FF D> 05");
    all_fired(p);
}

static void delays(void **state)
{
    (void)state;
    uint8_t b;
    struct mtksim *p = in_brom("delay:tx,ms=80");
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_write(p, "\xA0", 1, 0), 1);
    assert_int_equal(mtksim_read(p, &b, 1, NS_PER_S), 1);
    assert_int_equal(mtksim_now(p) - start, 80 * NS_PER_MS);
    all_fired(p);
}

static void stages(void **state)
{
    (void)state;
    struct mtksim *p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER, .fault = "fail:stage,name=preloader"));
    host_put_preloader(p);
    mtksim_plug(p);
    mtksim_sleep(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "dead");
    all_fired(p);
}

/* The property that the byte offsets are for: the phone can go away at any byte, and everything is over then. */
static void gone_at_every_byte(void **state)
{
    (void)state;
    static const uint8_t session[] = {0xA0, 0x0A, 0x50, 0x05, 0xFD, 0xFC, 0xD8, 0xFE};
    enum { RX = sizeof session, TX = 4 + 5 + 9 + 7 + 1 };
    for (int at = 0; at < RX + TX; at++) {
        char fault[40];
        bool rx = at < RX;
        snprintf(fault, sizeof fault, "drop:%s,offset=%d", rx ? "rx" : "tx", rx ? at : at - RX);
        struct mtksim *p = in_brom(fault);
        size_t sent = 0, got = 0;
        for (; sent < RX && mtksim_write(p, &session[sent], 1, 0) == 1; sent++) {
            uint8_t sink[32];
            for (ssize_t n; (n = mtksim_read(p, sink, sizeof sink, NS_PER_MS)) > 0;)
                got += (size_t)n;
        }
        assert_int_equal(mtksim_identity(p, NULL), MTKSIM_GONE);
        if (rx)
            assert_int_equal(sent, at);
        else
            assert_int_equal(got, at - RX);
        all_fired(p);
    }
}

/* ---- flash ---- */

static int flash_result;

static void fw_write(struct mtksim *p)
{
    uint8_t data[0x1000];
    memset(data, 0xA5, sizeof data);
    flash_result = phone_flash_write(p, BOARD_USER, 0x800, data, sizeof data);
    phone_wait(p, 1000 * NS_PER_S);
}

static void fw_read(struct mtksim *p)
{
    uint8_t *data = phone_alloc(p, 0x1000);
    flash_result = phone_flash_read(p, BOARD_USER, 0x800, data, 0x1000);
    if (flash_result == 0)
        flash_result = data[0x10];
    phone_wait(p, 1000 * NS_PER_S);
}

static void fw_erase(struct mtksim *p)
{
    flash_result = phone_flash_erase(p, BOARD_USER, 0, 0x4000);
    phone_wait(p, 1000 * NS_PER_S);
}

static struct mtksim *flash_phone(const char *fault, firmware_fn fn)
{
    struct mtksim *p = in_brom(fault);
    uint8_t old[0x4000];
    memset(old, 0x11, sizeof old);
    assert_int_equal(mtksim_flash_write(p, "user", 0, old, sizeof old), 0);
    phone_start(p, fn, "da2");
    phone_run(p);
    return p;
}

static void flash_is(struct mtksim *p, uint64_t from, uint64_t to, uint8_t value)
{
    uint8_t b[0x4000];
    assert_int_equal(mtksim_flash_read(p, "user", from, b, to - from), 0);
    for (uint64_t i = 0; i < to - from; i++)
        if (b[i] != value)
            fail_msg("user 0x%llx is %02x instead of %02x", (unsigned long long)(from + i), b[i], value);
}

static void flash_writes(void **state)
{
    (void)state;
    struct mtksim *p = flash_phone("fail:flash-write,area=user", fw_write);
    assert_int_equal(flash_result, -1);
    flash_is(p, 0, 0x4000, 0x11);
    all_fired(p);
    p = flash_phone("ignore:flash-write,from=0x1000,len=0x200", fw_write);
    assert_int_equal(flash_result, 0);
    flash_is(p, 0x800, 0x1000, 0xA5);
    flash_is(p, 0x1000, 0x1200, 0x11);
    flash_is(p, 0x1200, 0x1800, 0xA5);
    assert_int_equal(mtksim_flash_changes(p), 1);
    all_fired(p);
    p = flash_phone("flip:flash-write,from=0x900,mask=0x80", fw_write);
    flash_is(p, 0x800, 0x900, 0xA5);
    flash_is(p, 0x900, 0x901, 0x25);
    flash_is(p, 0x901, 0x1800, 0xA5);
    all_fired(p);
    p = flash_phone("short:flash-write,at=0x400", fw_write);
    flash_is(p, 0x800, 0xC00, 0xA5);
    flash_is(p, 0xC00, 0x4000, 0x11);
    all_fired(p);
    p = flash_phone("drop:flash-write,at=0x400,as=off", fw_write); /* power goes in the middle of a write */
    mtksim_sleep(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "off");
    flash_is(p, 0x800, 0xC00, 0xA5);
    flash_is(p, 0xC00, 0x4000, 0x11);
    all_fired(p);
}

static void flash_reads_and_erases(void **state)
{
    (void)state;
    struct mtksim *p = flash_phone("fail:flash-read", fw_read);
    assert_int_equal(flash_result, -1);
    all_fired(p);
    p = flash_phone("flip:flash-read,from=0x810,mask=0x01", fw_read);
    assert_int_equal(flash_result, 0x10);
    flash_is(p, 0, 0x4000, 0x11); /* only what was read is wrong */
    all_fired(p);
    p = flash_phone("ignore:flash-erase,from=0x1000", fw_erase);
    assert_int_equal(flash_result, 0);
    flash_is(p, 0, 0x1000, 0);
    flash_is(p, 0x1000, 0x1200, 0x11);
    flash_is(p, 0x1200, 0x4000, 0);
    all_fired(p);
    p = flash_phone("fail:flash-erase", fw_erase);
    assert_int_equal(flash_result, -1);
    all_fired(p);
}

static void fw_outside(struct mtksim *p)
{
    uint8_t b[512];
    uint64_t size = flash_size(phone_board(p)->area[BOARD_USER]);
    flash_result = phone_flash_read(p, BOARD_USER, size - 256, b, sizeof b) +
                   phone_flash_write(p, BOARD_USER, size, b, 1) +
                   phone_flash_erase(p, BOARD_USER, UINT64_MAX, 2) +
                   phone_flash_read(p, BOARD_BOOT1, UINT64_MAX - 1, b, 512);
    phone_wait(p, 1000 * NS_PER_S);
}

static void outside_of_flash(void **state)
{
    (void)state;
    struct mtksim *p = flash_phone(NULL, fw_outside);
    assert_int_equal(flash_result, -4);
    assert_int_equal(mtksim_flash_changes(p), 0);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flip_behind_a_full_fifo),
        cmocka_unit_test(flips),
        cmocka_unit_test(drops),
        cmocka_unit_test(resets),
        cmocka_unit_test(silence),
        cmocka_unit_test(naks),
        cmocka_unit_test(statuses),
        cmocka_unit_test(shorts_and_injections),
        cmocka_unit_test(delays),
        cmocka_unit_test(stages),
        cmocka_unit_test(gone_at_every_byte),
        cmocka_unit_test(flash_writes),
        cmocka_unit_test(flash_reads_and_erases),
        cmocka_unit_test(outside_of_flash),
    };
    return cmocka_run_group_tests_name("simdev/faulty_phone", tests, NULL, NULL);
}
