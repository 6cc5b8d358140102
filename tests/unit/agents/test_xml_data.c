/* SPDX-License-Identifier: Apache-2.0 */
/* Sections and partitions of an XML agent: read, write, erase, and what goes wrong. da-xml.md 5, 6.4 to 6.7, 12. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup healthy;
static const char *const names[] = {"boot", "seccfg", "super"};

#define BOOT_AT  MIB
#define WRITE_AT 0x2000000u

/* ---- helpers ---- */

static void with_table(struct xml_host *h, const struct wire_setup *setup, const char *level)
{
    xh_da2(h, setup, level, "LINUX");
    wire_gpt(&h->w, names, 3);
}

static void expect_flash(struct xml_host *h, uint64_t at, const void *data, size_t len)
{
    uint8_t *got = malloc(len);
    assert_non_null(got);
    assert_int_equal(mtksim_flash_read(h->w.phone, "user", at, got, len), 0);
    assert_memory_equal(got, data, len);
    free(got);
}

static void fill_flash(struct xml_host *h, uint64_t at, int value, size_t len)
{
    uint8_t *data = malloc(len);
    assert_non_null(data);
    memset(data, value, len);
    assert_int_equal(mtksim_flash_write(h->w.phone, "user", at, data, len), 0);
    free(data);
}

static bool write_flash(struct xml_host *h, uint64_t at, const char *file)
{
    char args[300];
    snprintf(
        args, sizeof(args),
        "<arg><partition>EMMC-USER</partition><offset>0x%llx</offset><source_file>%s</source_file></arg>",
        (unsigned long long)at, file);
    return xh_run(h, "1.0", "WRITE-FLASH", args);
}

static bool write_partition(struct xml_host *h, const char *name, const char *file)
{
    char args[300];
    snprintf(args, sizeof(args), "<arg><partition>%s</partition><source_file>%s</source_file></arg>", name,
             file);
    return xh_run(h, "1.0", "WRITE-PARTITION", args);
}

/* ---- reading ---- */

/* 6.4: 16 packets on Linux, one on Windows. */
static void test_read_flash(void **state)
{
    (void)state;
    static const char *const systems[] = {"LINUX", "WINDOWS"};
    static const size_t packets[] = {0x10000, 0x200000};
    uint8_t *got = malloc(0x200000), *want = malloc(0x200000);
    struct xml_host h;
    for (size_t k = 0; k < 2; k++) {
        xh_da2(&h, &healthy, "NONE", systems[k]);
        for (size_t i = 0; i < 0x100000; i++)
            want[i] = (uint8_t)(i * 7 + i / 251);
        assert_int_equal(mtksim_flash_write(h.w.phone, "user", 0, want, 0x100000), 0);
        xh_command(
            &h, "1.0", "READ-FLASH",
            "<arg><partition>EMMC-USER</partition><offset>0x0</offset><length>0x100000</length><target_file>"
            "ROM_0</target_file></arg>",
            "OK");
        xh_hear_transfer(&h, "UPLOAD-FILE", "CHK_NO", "EMMC-USER", "ROM_0", (unsigned)packets[k]);
        xh_say(&h, "OK");
        xh_hear_len(&h, "OK@0x100000", 12);
        xh_say(&h, "OK");
        for (size_t at = 0; at < 0x100000;) {
            xh_hear_len(&h, "OK@0x0", 7);
            xh_say(&h, "OK");
            size_t n = wire_receive(&h.w, got, 0x200000, NULL);
            assert_int_equal(n, k ? 0x100000 : 0x10000);
            assert_memory_equal(got, want + at, n);
            xh_say(&h, "OK");
            at += n;
        }
        xh_end(&h, "OK", "");
        xh_alive(&h);
        xh_close(&h);
    }
    free(got);
    free(want);
}

static void test_read_flash_ranges(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
#define READ(section, offset, length)                                                   \
    "<arg><partition>" section "</partition><offset>" offset "</offset><length>" length \
    "</length><target_file>f</target_file></arg>"
    xh_must(&h, "1.0", "READ-FLASH", READ("EMMC-BOOT1", "0x0", "MAX"));
    assert_int_equal(xh_file(&h, "f")->len, 4 * MIB);
    xh_must(&h, "1.0", "READ-FLASH", READ("EMMC-USER", "0x3FFFE00", "512"));
    assert_int_equal(xh_file(&h, "f")->len, 512);
    h.trace[0] = 0;
    xh_plain(&h, "READ-FLASH", READ("EMMC-USER", "0x4000000", "MAX"), "ERR",
             "Offset 0x4000000 exceeds size 0x4000000 of [EMMC-USER].");
    xh_plain(&h, "READ-FLASH", READ("EMMC-USER", "0x200", "0x4000000"), "ERR",
             "Length 0x4000000 exceeds size of [EMMC-USER].");
    xh_plain(&h, "READ-FLASH", READ("EMMC-USER", "0x0", "0x1FFFFFFFFFFFFFFFF"), "ERR",
             "Value of length is not a number.");
    static const char *const wrong[] = {"EMMC-GP1",   "EMMC-RPMB", "UFS-LUA0",  "UFS-LUA2",
                                        "NAND-WHOLE", "NOR-WHOLE", "emmc-user", ""};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char args[200], message[100];
        snprintf(args, sizeof(args),
                 "<arg><partition>%s</partition><offset>0</offset><length>1</length><target_file>f</"
                 "target_file></arg>",
                 wrong[i]);
        snprintf(message, sizeof(message), "Cannot find [%s] on current device storage.", wrong[i]);
        xh_plain(&h, "READ-FLASH", args, "ERR", message);
    }
    assert_string_equal(h.trace, ""); /* none of them got as far as a callback */
    xh_close(&h);
}

/* X14: ERR in place of OK@0x0, the host's echo, CMD:END; builds that end at once. */
static void test_read_error(void **state)
{
    (void)state;
    static const struct wire_setup echo = {.fault = "fail:flash-read,stage=da2,area=user,nth=2"};
    static const struct wire_setup end = {.fault = "fail:flash-read,stage=da2,area=user,nth=2",
                                          .settings = {"xml_read_error=end"}};
    uint8_t *got = malloc(0x10000);
    struct xml_host h;
    for (int k = 0; k < 2; k++) {
        xh_da2(&h, k ? &end : &echo, "NONE", "LINUX");
        xh_command(
            &h, "1.0", "READ-FLASH",
            "<arg><partition>EMMC-USER</partition><offset>0x0</offset><length>0x20000</length><target_file>f"
            "</target_file></arg>",
            "OK");
        xh_hear_transfer(&h, "UPLOAD-FILE", "CHK_NO", "EMMC-USER", "f", 0x10000);
        xh_say(&h, "OK");
        xh_hear(&h, "OK@0x20000");
        xh_say(&h, "OK");
        xh_hear(&h, "OK@0x0");
        xh_say(&h, "OK");
        assert_int_equal(wire_receive(&h.w, got, 0x10000, NULL), 0x10000);
        xh_say(&h, "OK");
        xh_hear(&h, "ERR");
        if (!k) {
            wire_silent(&h.w);
            xh_say(&h, "ERR");
        }
        xh_end(&h, "ERR", "Storage error in [EMMC-USER].");
        xh_alive(&h);
        xh_close(&h);
    }
    free(got);
}

static void test_read_partition(void **state)
{
    (void)state;
    struct xml_host h;
    with_table(&h, &healthy, "NONE");
    fill_flash(&h, BOOT_AT, 0x5A, 0x1000);
    xh_must(&h, "1.0", "READ-PARTITION",
            "<arg><partition>boot</partition><target_file>f</target_file></arg>");
    assert_string_equal(h.trace, "UPLOAD boot f\n");
    struct xh_file *f = xh_file(&h, "f");
    assert_int_equal(f->len, MIB);
    expect_flash(&h, BOOT_AT, f->data, f->len);
    xh_plain(&h, "READ-PARTITION", "<arg><partition>nowhere</partition><target_file>f</target_file></arg>",
             "ERR", "Cannot find [nowhere] on current device storage.");
    xh_close(&h);
}

/* ---- writing ---- */

/* 6.5, frame by frame. */
static void test_write_flash(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t *data = malloc(0x200000);
    memset(data, 0xA5, 0x200000);
    xh_da2(&h, &healthy, "USB-STORAGE", "LINUX");
    fill_flash(&h, WRITE_AT, 0x11, 0x400000);
    xh_command(
        &h, "1.0", "WRITE-FLASH",
        "<arg><partition>EMMC-USER</partition><offset>0x2000000</offset><source_file>MEM://0x8000000:0x200000"
        "</source_file></arg>",
        "OK");
    xh_hear_len(&h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:FILE-SYS-OPERATION</command><arg><key>FILE-SIZE"
                "</key><file_path>MEM://0x8000000:0x200000</file_path></arg></host>",
                0xC1);
    xh_say(&h, "OK");
    xh_say(&h, "OK@0x200000");
    xh_hear(&h, XH_HEAD
            "<host><version>1.0</version><command>CMD:PROGRESS-REPORT</command><arg><message>EMMC-USER"
            "</message></arg></host>");
    xh_say(&h, "OK");
    xh_hear(&h, "OK!PROGRESS@100@");
    xh_say(&h, "OK");
    xh_hear(&h, "OK!EOT");
    xh_say(&h, "OK");
    xh_hear_len(&h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:DOWNLOAD-FILE</command><arg><checksum>CHK_ADD"
                "</checksum><info>EMMC-USER</info><source_file>MEM://0x8000000:0x200000</source_file>"
                "<packet_length>0x200000</packet_length></arg></host>",
                0x105);
    xh_say(&h, "OK");
    xh_say(&h, "OK@0x200000");
    xh_hear(&h, "OK");
    xh_say(&h, "OK@0x14a00000");
    xh_hear(&h, "OK");
    wire_say(&h.w, data, 0x200000);
    xh_hear(&h, "OK@0x0");
    xh_end(&h, "OK", "");
    xh_alive(&h);
    expect_flash(&h, WRITE_AT, data, 0x200000);
    memset(data, 0x11, 0x200000); /* exactly the file's length was erased */
    expect_flash(&h, WRITE_AT + 0x200000, data, 0x200000);
    xh_close(&h);
    free(data);
}

static void test_write_flash_refused(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_noise(&h, "f", 0x1000);
    uint64_t before = mtksim_flash_changes(h.w.phone);
    assert_false(write_flash(&h, 0x3FFFE00, "f"));
    assert_string_equal(h.message, "File size 0x1000 is larger than available space 0x200.");
    assert_false(write_flash(&h, 0x4000000, "f"));
    assert_string_equal(h.trace, "FILE-SIZE f\n");
    assert_false(write_flash(&h, WRITE_AT, "missing"));
    assert_string_equal(h.message, "Host notice error, or user cancelled.");
    assert_int_equal(mtksim_flash_changes(h.w.phone), before);
    xh_alive(&h);
    xh_close(&h);
}

/* X10: no status for the damaged packet, CMD:END in its place. */
static void test_usb_checksum(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &healthy, "USB", "LINUX");
    xh_add_file(&h, "f", "\x01\x02\x03\x04", 4);
    h.bad_sum = true;
    assert_false(write_flash(&h, WRITE_AT, "f"));
    assert_string_equal(h.message, "USB checksum error: host 0x0000000b, device 0x0000000a.");
    assert_string_equal(h.trace, "FILE-SIZE f\nPROGRESS EMMC-USER\nDOWNLOAD EMMC-USER f\n");
    h.bad_sum = false;
    assert_true(write_flash(&h, WRITE_AT, "f"));
    h.no_sums = true; /* 0 is as wrong as any other */
    assert_false(write_flash(&h, WRITE_AT, "f"));
    xh_close(&h);
    xh_da2(&h, &healthy, "STORAGE", "LINUX"); /* without USB in the level nobody looks */
    xh_add_file(&h, "f", "\x01\x02\x03\x04", 4);
    h.no_sums = true;
    assert_true(write_flash(&h, WRITE_AT, "f"));
    xh_close(&h);
}

/* The preloader: the low 16 bits of the sum count; ERR before CMD:END. */
static void test_preloader_sum(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t image[0x200];
    memset(image, 0xFF, sizeof(image)); /* sum 0x1FE00 */
    xh_da2(&h, &healthy, "USB", "LINUX");
    for (int wrong = 0; wrong < 2; wrong++) {
        xh_command(&h, "1.0", "WRITE-PARTITION",
                   "<arg><partition>preloader</partition><source_file>pl</source_file></arg>", "OK");
        xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_ADD", "preloader", "pl", 0x200000);
        xh_say(&h, "OK");
        xh_say(&h, "OK@0x200");
        xh_hear(&h, "OK");
        xh_say(&h, wrong ? "OK@0x1fe01" : "OK@0xfe00");
        xh_hear(&h, "OK");
        wire_say(&h.w, image, sizeof(image));
        xh_hear(&h, wrong ? "ERR" : "OK@0x0");
        xh_end(&h, wrong ? "ERR" : "OK",
               wrong ? "USB checksum error: host 0x0000fe01, device 0x0000fe00." : "");
    }
    uint8_t got[0x200];
    assert_int_equal(mtksim_flash_read(h.w.phone, "boot2", 0x800, got, sizeof(got)), 0);
    assert_memory_equal(got, image, sizeof(got));
    xh_close(&h);
}

/* X11: storage errors come with the last word, or packets later. */
static void test_write_error(void **state)
{
    (void)state;
    static const struct wire_setup late = {.fault = "fail:flash-write,stage=da2,area=user,nth=1,times=1"};
    static const struct wire_setup lagging = {.fault = "fail:flash-write,stage=da2,area=user,nth=1,times=1",
                                              .settings = {"write_lag=1"}};
    struct xml_host h;
    xh_da2(&h, &late, "NONE", "LINUX");
    xh_noise(&h, "f", 0x500000);
    assert_false(write_flash(&h, WRITE_AT, "f"));
    assert_int_equal(h.intermediate_errors, 0);
    assert_string_equal(h.message, "Storage error in [EMMC-USER].");
    xh_close(&h);
    xh_da2(&h, &lagging, "NONE", "LINUX");
    xh_noise(&h, "f", 0x500000);
    assert_false(write_flash(&h, WRITE_AT, "f"));
    assert_int_equal(h.intermediate_errors, 1);
    assert_string_equal(h.message, "Storage error in [EMMC-USER].");
    xh_alive(&h);
    xh_close(&h);
}

/* X12: flash that acknowledges and does not store is found by level STORAGE only. */
static void test_read_back(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.fault = "ignore:flash-write,stage=da2,area=user"};
    struct xml_host h;
    for (int k = 0; k < 2; k++) {
        xh_da2(&h, &setup, k ? "STORAGE" : "NONE", "LINUX");
        xh_noise(&h, "f", 0x1000);
        assert_int_equal(write_flash(&h, WRITE_AT, "f"), !k);
        if (k)
            assert_string_equal(h.message, "DRAM checksum mismatch: [EMMC-USER] reads back different.");
        xh_close(&h);
    }
}

/* 6.6 and the agents' bug: ERR at the length, and yet CMD:END OK (X13). */
static void test_write_partition(void **state)
{
    (void)state;
    struct xml_host h;
    with_table(&h, &healthy, "USB-STORAGE");
    fill_flash(&h, BOOT_AT, 0x77, MIB);
    struct xh_file *f = xh_noise(&h, "boot.img", 0x12345);
    assert_true(write_partition(&h, "boot", "boot.img"));
    assert_string_equal(h.trace, "PROGRESS boot\nDOWNLOAD boot boot.img\n");
    expect_flash(&h, BOOT_AT, f->data, f->len);
    uint8_t zero[16] = {0};
    expect_flash(&h, BOOT_AT + MIB - 16, zero, 16); /* the whole partition was erased */
    xh_noise(&h, "boot.img", MIB + 1);
    assert_true(write_partition(&h, "boot", "boot.img"));
    assert_int_equal(h.intermediate_errors, 1);
    assert_string_equal(h.message, "Data size 0x100001 is bigger than partition [boot], 0x100000.");
    assert_false(write_partition(&h, "nothing", "boot.img"));
    assert_string_equal(h.message, "Cannot find [nothing] on current device storage.");
    xh_must(&h, "1.0", "GET-DOWNLOADED-IMAGE-FEEDBACK", "<arg><target_file>f</target_file></arg>");
    assert_non_null(
        strstr((char *)xh_file(&h, "f")->data, "<image><name>boot</name><size>0x12345</size><checksum>0x"));
    xh_close(&h);
}

/* pre_erase counts from version 1.1 on, space_list from 1.2. */
static void test_write_partition_options(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t byte;
    with_table(&h, &healthy, "NONE");
    xh_noise(&h, "f", 0x1000);
    fill_flash(&h, BOOT_AT, 0x77, MIB);
#define NO_ERASE "<arg><partition>boot</partition><source_file>f</source_file><pre_erase>NO</pre_erase></arg>"
    xh_must(&h, "1.1", "WRITE-PARTITION", NO_ERASE);
    assert_string_equal(h.trace, "DOWNLOAD boot f\n");
    mtksim_flash_read(h.w.phone, "user", BOOT_AT + MIB - 1, &byte, 1);
    assert_int_equal(byte, 0x77);
    h.trace[0] = 0;
    xh_must(&h, "1.0", "WRITE-PARTITION", NO_ERASE);
    assert_string_equal(h.trace, "PROGRESS boot\nDOWNLOAD boot f\n");
    struct xh_file *f = xh_noise(&h, "f", 0x3000);
#define SPREAD(second)                                                                          \
    "<arg><partition>super</partition><source_file>f</source_file><space_list><offset>0x8000</" \
    "offset><length>"                                                                           \
    "0x2000</length><offset>0x0</offset><length>" second "</length></space_list></arg>"
    xh_must(&h, "1.2", "WRITE-PARTITION", SPREAD("0x1000"));
    expect_flash(&h, 3 * MIB + 0x8000, f->data, 0x2000);
    expect_flash(&h, 3 * MIB, f->data + 0x2000, 0x1000);
    xh_must(&h, "1.2", "WRITE-PARTITION", SPREAD("0x800")); /* does not fit: the known bug */
    assert_int_equal(h.intermediate_errors, 1);
    assert_false(xh_run(&h, "1.2", "WRITE-PARTITION", SPREAD("0x100001")));
    assert_string_equal(h.message, "Space list of [super] is invalid.");
    xh_close(&h);
}

/* Secure boot: companions are asked for, the verified name is used, policy comes before the eraser (X8). */
static void test_security(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.security = "sbc"};
    struct xml_host h;
    with_table(&h, &setup, "NONE");
    xh_noise(&h, "d.1/boot.img", 0x100);
    xh_noise(&h, "d.1/boot.img.sig", 0x100);
    xh_noise(&h, "d.1/boot-verified.img", 0x180);
    write_partition(&h, "boot",
                    "d.1/boot.img"); /* whether the noise is believed is the storage engine's affair */
    assert_string_equal(h.trace, "PROGRESS boot\nEXISTS d.1/boot.img.sig\nDOWNLOAD .sig d.1/boot.img.sig\n"
                                 "EXISTS d.1/boot-verified.img\nDOWNLOAD boot d.1/boot-verified.img\n");
    h.trace[0] = 0;
    uint64_t before = mtksim_flash_changes(h.w.phone);
    assert_false(write_flash(&h, 2 * MIB, "d.1/boot.img")); /* seccfg */
    assert_string_equal(h.message, "Security deny for [EMMC-USER].");
    assert_string_equal(h.trace, "FILE-SIZE d.1/boot.img\n");
    assert_false(
        xh_run(&h, "1.0", "ERASE-FLASH",
               "<arg><partition>EMMC-BOOT1</partition><offset>0</offset><length>MAX</length></arg>"));
    assert_string_equal(h.message, "Security deny for [EMMC-BOOT1].");
    assert_int_equal(mtksim_flash_changes(h.w.phone), before);
    xh_close(&h);
}

/* ---- erasing ---- */

static void test_erase(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t zero[512] = {0}, full[512];
    memset(full, 0x33, sizeof(full));
    with_table(&h, &healthy, "NONE");
    fill_flash(&h, WRITE_AT, 0x33, 0x900000);
    xh_must(&h, "1.0", "ERASE-FLASH",
            "<arg><partition>EMMC-USER</partition><offset>0x2000000</offset><length>0x800000</length></arg>");
    assert_string_equal(h.trace, "PROGRESS EMMC-USER\n");
    expect_flash(&h, WRITE_AT, zero, 512);
    expect_flash(&h, WRITE_AT + 0x800000 - 512, zero, 512);
    expect_flash(&h, WRITE_AT + 0x800000, full, 512);
    fill_flash(&h, BOOT_AT, 0x33, 512);
    h.trace[0] = 0;
    xh_must(&h, "1.0", "ERASE-PARTITION", "<arg><partition>boot</partition></arg>");
    assert_string_equal(h.trace, "PROGRESS boot\n");
    expect_flash(&h, BOOT_AT, zero, 512);
    h.trace[0] = 0;
    xh_must(&h, "1.0", "ERASE-FLASH",
            "<arg><partition>ALL</partition><offset>0</offset><length>MAX</length></arg>");
    assert_string_equal(h.trace, "PROGRESS EMMC-BOOT1\nPROGRESS EMMC-BOOT2\nPROGRESS EMMC-USER\n");
    expect_flash(&h, WRITE_AT + 0x800000, zero, 512);
    assert_false(xh_run(&h, "1.0", "ERASE-FLASH",
                        "<arg><partition>NAND-BMT</partition><offset>0</offset><length>MAX</length></arg>"));
    xh_close(&h);
}

/* X9: EOT all the same, then CMD:END ERR. The host's no at a tick stops the eraser. X17: a minute of silence. */
static void test_erase_errors(void **state)
{
    (void)state;
    static const struct wire_setup fails = {.fault = "fail:flash-erase,stage=da2"};
    static const struct wire_setup slow = {.fault = "delay:flash-erase,stage=da2,ms=60000"};
    struct xml_host h;
    with_table(&h, &fails, "NONE");
    assert_false(xh_run(&h, "1.0", "ERASE-PARTITION", "<arg><partition>boot</partition></arg>"));
    assert_non_null(strstr(h.message, "Erase failed: [boot], address 0x100000, length 0x100000, code "));
    xh_close(&h);
    with_table(&h, &slow, "NONE");
    int64_t before = mtksim_now(h.w.phone);
    xh_must(&h, "1.0", "ERASE-PARTITION", "<arg><partition>boot</partition></arg>");
    assert_true(mtksim_now(h.w.phone) - before >= 60 * NS_PER_S);
    xh_close(&h);
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_command(&h, "1.0", "ERASE-FLASH",
               "<arg><partition>EMMC-USER</partition><offset>0</offset><length>MAX</length></arg>", "OK");
    char got[256];
    wire_receive(&h.w, got, sizeof(got), NULL);
    xh_say(&h, "OK");
    xh_hear(&h, "OK!PROGRESS@25@");
    xh_say(&h, "ERR!CANCEL");
    xh_end(&h, "ERR", "Host notice error, or user cancelled.");
    xh_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_flash),      cmocka_unit_test(test_read_flash_ranges),
        cmocka_unit_test(test_read_error),      cmocka_unit_test(test_read_partition),
        cmocka_unit_test(test_write_flash),     cmocka_unit_test(test_write_flash_refused),
        cmocka_unit_test(test_usb_checksum),    cmocka_unit_test(test_preloader_sum),
        cmocka_unit_test(test_write_error),     cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_write_partition), cmocka_unit_test(test_write_partition_options),
        cmocka_unit_test(test_security),        cmocka_unit_test(test_erase),
        cmocka_unit_test(test_erase_errors),
    };
    return cmocka_run_group_tests_name("agents/xml-data", tests, NULL, NULL);
}
