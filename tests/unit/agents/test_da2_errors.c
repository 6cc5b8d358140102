/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 2 when things go wrong: what is answered, how many statuses, and that the loop lives on. da-xflash.md section
 * 11, errors.md 4.3.
 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "tests/unit/agents/wire.h"

#define MMC_ERROR 0xC0040030
#define BOOT_AT   (2 * MIB)

static const struct wire_setup plain;
static const char *const names[] = {"para", "boot", "seccfg"};
static uint8_t data[8192];

static int fill_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + 1);
    return 0;
}

static void begin_write(struct wire *w, uint64_t address, uint64_t len)
{
    wire_command(w, 0x010004);
    wire_flashop(w, 8, address, len);
    wire_hear_u32(w, 0);
}

static void expect_flash_zero(struct wire *w, uint64_t offset, size_t n)
{
    uint8_t got[8192];
    assert_int_equal(mtksim_flash_read(w->phone, "user", offset, got, n), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(got[i], 0);
}

/* ---- one status ---- */

static void test_unknown_commands(void **state)
{
    (void)state;
    static const uint32_t unknown[] = {0,        0x010055, 0x01000A,   0x010010,  0x010011,
                                       0x010100, 0x010101, 0x434E5953, 0xFFFFFFFF};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        wire_say_u32(&w, unknown[i]);
        wire_hear_u32(&w, 0xC0010003);
    }
    wire_alive(&w);
    wire_close(&w);
}

/* READ_DATA, WRITE_DATA and FORMAT refuse the same parameters, with one status. */
static void test_refused_ranges(void **state)
{
    (void)state;
    static const uint32_t commands[] = {0x010005, 0x010004, 0x010003};
    static const struct {
        uint32_t storage, section;
        uint64_t address, len;
        uint32_t status;
    } cases[] = {
        {1, 8, 64 * MIB, 1, 0xC004000B},   {1, 8, 64 * MIB - 512, 1024, 0xC004000B},
        {1, 8, UINT64_MAX, 2, 0xC004000B}, {1, 4, 0, 512, 0xC004000B}, /* gp1: known, and empty */
        {0x30, 3, 0, 512, 0xC0030006},     {0, 8, 0, 512, 0xC0030006},
        {1, 9, 0, 512, 0xC003000C},        {1, 0, 0, 512, 0xC003000C},
        {1, 3, 0, 512, 0xC0040001}, /* rpmb */
    };
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            wire_command(&w, commands[c]);
            wire_flashop_on(&w, cases[i].storage, cases[i].section, cases[i].address, cases[i].len);
            wire_hear_u32(&w, cases[i].status);
            wire_alive(&w);
        }
    }
    wire_close(&w);
}

static void test_no_storage(void **state)
{
    (void)state;
    const struct wire_setup dead = {.settings = {"hide_emmc=1"}};
    size_t len;
    uint8_t *blob = wire_emi(35, 1, &len);
    struct wire w;
    wire_da1(&w, &dead);
    put_le32(blob + 0x70 + 8, 0); /* a record that asks for no id */
    wire_init_dram(&w, blob, len);
    wire_hear_u32(&w, 0);
    free(blob);
    wire_boot_to(&w, 0x40000000, w.da2, w.da2_len);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0x434E5953);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, 0, 512);
    wire_hear_u32(&w, 0xC0030006);
    wire_command(&w, 0x010006);
    wire_say(&w, "boot", 4);
    wire_hear_u32(&w, 0xC0040007);
    wire_alive(&w);
    wire_close(&w);
}

/* The host gives up: what it says is echoed, and the command is over. */
static void test_host_stops(void **state)
{
    (void)state;
    uint8_t got[8192];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, 0, 0x10000 + 1024);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    uint8_t *packet = malloc(0x10000);
    assert_int_equal(wire_receive(&w, packet, 0x10000, NULL), 0x10000);
    free(packet);
    wire_say_u32(&w, 0xC0010001);
    wire_hear_u32(&w, 0xC0010001);
    wire_alive(&w);
    begin_write(&w, 0, 1024);
    wire_say_u32(&w, 0xC0010002);
    wire_hear_u32(&w, 0xC0010002);
    wire_alive(&w);
    mtksim_flash_read(w.phone, "user", 0, got, 16);
    assert_int_equal(got[1], 0);
    wire_command(&w, 0x010003);
    wire_flashop(&w, 8, 0, 8 * MIB);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0x40040004);
    wire_hear_u32(&w, 50);
    wire_say_u32(&w, 7);
    wire_hear_u32(&w, 7);
    wire_alive(&w);
    wire_close(&w);
}

static void test_download_refusals(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    /* No table at all. */
    wire_command(&w, 0x010001);
    wire_say(&w, "boot", 4);
    wire_say(&w, "\x04\0\0\0\0\0\0\0", 8);
    wire_hear_u32(&w, 0xC0040007);
    wire_gpt(&w, names, 3);
    /* Missing: after the length. */
    wire_command(&w, 0x010001);
    wire_say(&w, "recovery", 8);
    wire_silent(&w);
    wire_say(&w, "\x04\0\0\0\0\0\0\0", 8);
    wire_hear_u32(&w, 0xC0040006);
    wire_alive(&w);
    /* Too large: the length is answered 0, the first packet of the data phase ends it and is not echoed. */
    for (uint32_t first = 0; first < 2; first++) {
        wire_command(&w, 0x010001);
        wire_say(&w, "boot", 4);
        wire_say(&w, "\x01\0\x10\0\0\0\0\0", 8);
        wire_hear_u32(&w, 0);
        wire_silent(&w);
        wire_say_u32(&w, first);
        wire_hear_u32(&w, 0xC0040004);
        wire_alive(&w);
    }
    /* A preloader needs room for its header. */
    wire_command(&w, 0x010001);
    wire_say(&w, "preloader", 9);
    wire_say(&w, "\0\0\x40\0\0\0\0\0", 8);
    wire_hear_u32(&w, 0);
    wire_say_u32(&w, 0);
    wire_hear_u32(&w, 0xC0040004);
    wire_alive(&w);
    wire_close(&w);
}

static void test_upload_refusals(void **state)
{
    (void)state;
    const struct wire_setup speaks = {.settings = {"upload_missing=status"}};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_command(&w, 0x010002);
    wire_say(&w, "boot", 4);
    wire_hear_u32(&w, 0xC0030008); /* no table */
    wire_gpt(&w, names, 3);
    wire_command(&w, 0x010002);
    wire_say(&w, "recovery", 8);
    wire_silent(&w);
    wire_say_u32(&w, 0); /* an ack is a command now */
    wire_hear_u32(&w, 0xC0010003);
    wire_alive(&w);
    wire_close(&w);
    wire_da2(&w, &speaks, 0, true);
    wire_gpt(&w, names, 3);
    wire_command(&w, 0x010002);
    wire_say(&w, "recovery", 8);
    wire_hear_u32(&w, 0xC0040006);
    wire_alive(&w);
    wire_close(&w);
}

static void test_format_refusals(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_gpt(&w, names, 3);
    wire_command(&w, 0x010006);
    wire_say(&w, "recovery", 8);
    wire_hear_u32(&w, 0xC0040006);
    wire_alive(&w);
    wire_close(&w);
}

/* Things this phone has not: OTP, and fuses that anybody could read. */
static void test_otp_and_fuses(void **state)
{
    (void)state;
    uint8_t zeros[0x42D4] = {0};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    for (uint32_t code = 0x01000C; code <= 0x01000D; code++) {
        wire_command(&w, code);
        wire_say(&w, zeros, 8);
        wire_hear_u32(&w, 0xC0040100);
    }
    wire_command(&w, 0x01000E);
    wire_say(&w, zeros, sizeof(zeros));
    wire_say(&w, zeros, 0xF8);
    wire_hear_u32(&w, 0xC0040001);
    wire_command(&w, 0x01000F);
    wire_say(&w, zeros, 0xF8);
    wire_hear_u32(&w, 0xC0040001);
    wire_alive(&w);
    wire_command(&w, 0x01000C);
    wire_say(&w, zeros, 16); /* two u64: too long, and deaf */
    wire_hear_u32(&w, 0xC0040006);
    wire_dead(&w);
    wire_close(&w);
}

/* ---- checksums ---- */

static void write_with_sum(struct wire *w, uint32_t sum)
{
    begin_write(w, 4096, 1024);
    wire_say_u32(w, 0);
    wire_say_u32(w, sum);
    wire_say(w, data, 512);
}

/* A wrong sum counts at levels 1 and 3 only, and is answered twice; 16 bits of it count. */
static void test_usb_checksum(void **state)
{
    (void)state;
    uint32_t sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += data[i];
    for (unsigned level = 0; level < 4; level++) {
        struct wire w;
        wire_da2(&w, &plain, level, true);
        write_with_sum(&w, (sum & 0xFFFF) | 0xABCD0000);
        wire_hear_u32(&w, 0);
        wire_block(&w, data + 512, 512);
        wire_hear_u32(&w, 0);
        wire_hear_u32(&w, 0);
        write_with_sum(&w, sum + 1);
        if (level & 1) {
            wire_hear_u32(&w, 0xC0040003);
            wire_hear_u32(&w, 0xC0040003);
        } else {
            wire_hear_u32(&w, 0);
            wire_block(&w, data + 512, 512);
            wire_hear_u32(&w, 0);
            wire_hear_u32(&w, 0);
        }
        wire_alive(&w);
        wire_close(&w);
    }
}

/* Level bit 1: the agent reads back what it wrote. Without it nobody notices. */
static void test_storage_checksum(void **state)
{
    (void)state;
    const struct wire_setup bad_cell = {.fault = "flip:flash-write area=user from=4096 len=512 at=3 bit=4"};
    for (unsigned level = 0; level < 3; level += 2) {
        struct wire w;
        wire_da2(&w, &bad_cell, level, true);
        begin_write(&w, 4096, 1024);
        wire_block(&w, data, 1024);
        wire_hear_u32(&w, 0);
        wire_hear_u32(&w, level ? 0xC0040003 : 0);
        wire_alive(&w);
        wire_close(&w);
    }
}

/* ---- media errors ---- */

/* First block: 0 for the parameters, the error twice. Later: once, in place of the packet. */
static void test_read_error(void **state)
{
    (void)state;
    const struct wire_setup bad = {.fault = "fail:flash-read area=user from=0x100000 len=512"};
    struct wire w;
    wire_da2(&w, &bad, 0, true);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, MIB, 4096);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, MMC_ERROR);
    wire_hear_u32(&w, MMC_ERROR);
    wire_alive(&w);
    wire_close(&w);
}

/* Builds may say it once, twice, or a packet earlier: behind the ack (8.1). */
static void test_late_read_error(void **state)
{
    (void)state;
    static const char *const settings[] = {"read_error=ack", "read_error=packet", "read_error=twice"};
    uint8_t *packet = malloc(0x10000);
    for (int more = 0; more < 3; more++) {
        struct wire_setup bad = {.fault = "fail:flash-read area=user from=0x100000 len=512"};
        struct wire w;
        bad.settings[0] = settings[more];
        wire_da2(&w, &bad, 0, true);
        wire_command(&w, 0x010005);
        wire_flashop(&w, 8, MIB - 0x10000, 0x20000);
        wire_hear_u32(&w, 0);
        wire_hear_u32(&w, 0);
        assert_int_equal(wire_receive(&w, packet, 0x10000, NULL), 0x10000);
        wire_say_u32(&w, 0);
        wire_hear_u32(&w, more ? 0 : MMC_ERROR);
        for (int k = 0; k < more; k++)
            wire_hear_u32(&w, MMC_ERROR);
        wire_alive(&w);
        wire_close(&w);
    }
    free(packet);
}

/* The packet status is 0 all the same; the final one tells, and nothing after the bad block was written. */
static void test_write_error(void **state)
{
    (void)state;
    const struct wire_setup bad = {.fault = "fail:flash-write area=user from=4096 len=512"};
    struct wire w;
    wire_da2(&w, &bad, 3, true);
    begin_write(&w, 4096, 512);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, MMC_ERROR);
    expect_flash_zero(&w, 4096, 512);
    wire_alive(&w);
    begin_write(&w, 4096 - 512, 2048);
    for (int i = 0; i < 4; i++) {
        wire_block(&w, data, 512);
        wire_hear_u32(&w, 0);
    }
    wire_hear_u32(&w, MMC_ERROR);
    expect_flash_zero(&w, 4096, 1024);
    wire_alive(&w);
    wire_close(&w);
}

/* write_lag=2: the status of the second packet after the failing one carries it, and the final one again. */
static void test_write_lag(void **state)
{
    (void)state;
    const struct wire_setup bad = {.fault = "fail:flash-write area=user from=4096 len=512",
                                   .settings = {"write_lag=2"}};
    struct wire w;
    wire_da2(&w, &bad, 0, true);
    begin_write(&w, 4096, 4096);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, MMC_ERROR);
    wire_hear_u32(&w, MMC_ERROR);
    wire_alive(&w);
    wire_close(&w);
}

/* An erase that fails: the error in place of the first CONTINUE. */
static void test_erase_error(void **state)
{
    (void)state;
    const struct wire_setup bad = {.fault = "fail:flash-erase area=user from=0 len=0x100000"};
    struct wire w;
    wire_da2(&w, &bad, 0, true);
    wire_command(&w, 0x010003);
    wire_flashop(&w, 8, 0, MIB);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, MMC_ERROR);
    wire_alive(&w);
    wire_close(&w);
}

/* Storage that acknowledges and does nothing: all statuses 0, the old content stays. */
static void test_ignored_write(void **state)
{
    (void)state;
    const struct wire_setup worn = {.fault = "ignore:flash-write area=user"};
    struct wire w;
    wire_da2(&w, &worn, 0, true);
    begin_write(&w, 4096, 1024);
    wire_block(&w, data, 1024);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    expect_flash_zero(&w, 4096, 1024);
    wire_close(&w);
}

/* ---- framing in the middle of a command ---- */

/* A data packet longer than the write packet length is never answered, and nothing is after it. */
static void test_oversized_packet(void **state)
{
    (void)state;
    uint8_t *big = calloc(1, 0x200200);
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    begin_write(&w, 0, 0x400000);
    wire_say_u32(&w, 0);
    wire_say_u32(&w, 0);
    wire_play(&w, "H>.. 00 02 20 00");
    mtksim_write(w.phone, big, 0x200200, NS_PER_S); /* it will not take all of this */
    wire_dead(&w);
    wire_close(&w);
    free(big);
}

/* More data than announced. */
static void test_surplus_data(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    begin_write(&w, 0, 512);
    wire_block(&w, data, 1024);
    wire_hear_u32(&w, 0xC0040004);
    wire_hear_u32(&w, 0xC0040004);
    expect_flash_zero(&w, 0, 1024);
    wire_alive(&w);
    wire_close(&w);
}

/* The host pipelines a block behind an abort: its words are taken for commands, the data make the agent deaf. */
static void test_pipelined_after_abort(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    begin_write(&w, 0, 512);
    wire_say_u32(&w, 0xC0010002);
    wire_hear_u32(&w, 0xC0010002);
    wire_say_u32(&w, 0x1234); /* the checksum */
    wire_hear_u32(&w, 0xC0010003);
    wire_say(&w, data, 512);
    wire_dead(&w);
    wire_close(&w);
}

/* A parameter of the wrong size: the handler goes on without it, refuses, and the leftovers end the session. */
static void test_long_parameter(void **state)
{
    (void)state;
    uint8_t op[64] = {1, 0, 0, 0, 8};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_command(&w, 0x010005);
    wire_say(&w, op, sizeof(op));
    wire_hear_u32(&w, 0xC0030006);
    wire_dead(&w);
    wire_close(&w);
}

/* ---- faults on statuses, dead loops ---- */

/* A status that a fault changed ends the command as if the agent had meant it. */
static void test_injected_status(void **state)
{
    (void)state;
    const struct wire_setup refuse = {.fault = "status:da2 name=WRITE_DATA nth=2 value=0xC002000C"};
    struct wire w;
    wire_da2(&w, &refuse, 0, true);
    wire_command(&w, 0x010004);
    wire_flashop(&w, 8, 0, 512);
    wire_hear_u32(&w, 0xC002000C);
    wire_alive(&w);
    begin_write(&w, 0, 512);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    wire_close(&w);
}

static void test_dead_after_error(void **state)
{
    (void)state;
    const struct wire_setup fragile = {.settings = {"after_error=dead"}};
    struct wire w;
    wire_da2(&w, &fragile, 0, true);
    wire_control(&w, 0x04000E, 0);
    wire_hear_u32(&w, 0xC0030008); /* an info call without an answer is no error */
    wire_say_u32(&w, 0x010055);
    wire_hear_u32(&w, 0xC0010003);
    wire_alive(&w);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 9, 0, 512);
    wire_hear_u32(&w, 0xC003000C);
    wire_dead(&w);
    wire_close(&w);
}

/* Secure boot fused: the lock state and the boot areas are not the host's to change [7.7]. */
static void test_secure_boot(void **state)
{
    (void)state;
    const struct wire_setup fused = {.security = "sbc"};
    struct wire w;
    wire_da2(&w, &fused, 0, true);
    wire_gpt(&w, names, 3);
    wire_command(&w, 0x010004);
    wire_flashop(&w, 8, 3 * MIB - 512, 1024); /* reaches into seccfg */
    wire_hear_u32(&w, 0xC002000C);
    wire_command(&w, 0x010004);
    wire_flashop(&w, 1, 0, 512);
    wire_hear_u32(&w, 0xC002000C);
    wire_command(&w, 0x010003);
    wire_flashop(&w, 8, 3 * MIB, MIB);
    wire_hear_u32(&w, 0xC002000D);
    wire_command(&w, 0x010006);
    wire_say(&w, "seccfg", 6);
    wire_hear_u32(&w, 0xC002000D);
    wire_command(&w, 0x010001);
    wire_say(&w, "seccfg", 6);
    wire_say(&w, "\x04\0\0\0\0\0\0\0", 8);
    wire_hear_u32(&w, 0xC0020004);
    /* A preloader that is none is refused when it has arrived; boot1 stays as it is. */
    wire_command(&w, 0x010001);
    wire_say(&w, "preloader", 9);
    wire_say(&w, "\0\x20\0\0\0\0\0\0", 8);
    wire_hear_u32(&w, 0);
    wire_block(&w, data, 8192);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0xC0020006);
    begin_write(&w, BOOT_AT, 512); /* the rest is free */
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_commands),
        cmocka_unit_test(test_refused_ranges),
        cmocka_unit_test(test_no_storage),
        cmocka_unit_test(test_host_stops),
        cmocka_unit_test(test_download_refusals),
        cmocka_unit_test(test_upload_refusals),
        cmocka_unit_test(test_format_refusals),
        cmocka_unit_test(test_otp_and_fuses),
        cmocka_unit_test(test_usb_checksum),
        cmocka_unit_test(test_storage_checksum),
        cmocka_unit_test(test_read_error),
        cmocka_unit_test(test_late_read_error),
        cmocka_unit_test(test_write_error),
        cmocka_unit_test(test_write_lag),
        cmocka_unit_test(test_erase_error),
        cmocka_unit_test(test_ignored_write),
        cmocka_unit_test(test_oversized_packet),
        cmocka_unit_test(test_surplus_data),
        cmocka_unit_test(test_pipelined_after_abort),
        cmocka_unit_test(test_long_parameter),
        cmocka_unit_test(test_injected_status),
        cmocka_unit_test(test_dead_after_error),
        cmocka_unit_test(test_secure_boot),
    };
    return cmocka_run_group_tests_name("da2_errors", tests, fill_data, NULL);
}
