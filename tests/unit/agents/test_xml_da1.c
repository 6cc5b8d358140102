/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1 of the XML agent: settings, DRAM, BOOT-TO, tests of DRAM, the ends of a session. da-xml.md 4, 6.1, 6.2, 9. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup healthy;

#define NO_NODE "Required XML node path not found. Check command string."
#define HASH    "DA Hash mismatch. Check EMI setting and DRAM of this device."
#define BOOT_TO(at, jump, source)                                                                 \
    "<arg><at_address>" at "</at_address><jmp_address>" jump "</jmp_address><source_file>" source \
    "</source_file></arg>"
#define BASE BOOT_TO("0x40000000", "0x40000000", "da2")

static void init_hw(struct xml_host *h)
{
    xh_command(h, "1.0", "NOTIFY-INIT-HW", "", "OK");
    xh_hear_len(h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:PROGRESS-REPORT</command><arg><message>init-hw"
                "</message></arg></host>",
                0x95);
    xh_say(h, "OK");
    xh_hear_len(h, "OK!EOT", 7);
    xh_say(h, "OK");
}

/* Every required element, and unknown values. */
static void test_runtime_parameter(void **state)
{
    (void)state;
    static const char *const nodes[] = {"checksum_level", "battery_exist", "da_log_level", "log_channel",
                                        "system_os"};
    struct xml_host h;
    xh_da1(&h, &healthy);
    for (size_t missing = 0; missing <= 5; missing++) {
        char args[512] = "<arg>";
        for (size_t i = 0; i < 5; i++) {
            if (i != missing)
                snprintf(args + strlen(args), sizeof(args) - strlen(args), "<%s>WHATEVER</%s>", nodes[i],
                         nodes[i]);
        }
        strcat(args, "</arg>");
        xh_plain(&h, "SET-RUNTIME-PARAMETER", args, missing < 5 ? "ERR" : "OK", missing < 5 ? NO_NODE : "");
        if (missing < 5)
            continue;
        /* From 1.1 on there is one more. */
        xh_command(&h, "1.1", "SET-RUNTIME-PARAMETER", args, "OK");
        xh_end(&h, "ERR", NO_NODE);
    }
    xh_plain(&h, "HOST-SUPPORTED-COMMANDS", "", "ERR", NO_NODE);
    xh_plain(&h, "HOST-SUPPORTED-COMMANDS",
             "<arg><host_capability>CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:"
             "UPLOAD-FILE^1@</host_capability></arg>",
             "OK", "");
    xh_close(&h);
}

static void test_init_hw(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    init_hw(&h);
    xh_end(&h, "OK", "");
    init_hw(&h); /* nothing left to do */
    xh_end(&h, "OK", "");
    xh_close(&h);
}

/* X3. */
static void test_dram_fails(void **state)
{
    (void)state;
    static const struct wire_setup fails = {.fault = "fail:dram,value=1", .settings = {"xml_after_err=dead"}};
    static const struct wire_setup hangs = {.fault = "fail:dram,value=0"};
    struct xml_host h;
    xh_da1(&h, &fails);
    init_hw(&h);
    xh_end(&h, "ERR", "DRAM Init FAIL.");
    xh_mute(&h);
    xh_close(&h);
    xh_da1(&h, &hangs);
    xh_command(&h, "1.0", "NOTIFY-INIT-HW", "", "OK");
    char got[256];
    wire_receive(&h.w, got, sizeof(got), NULL);
    xh_say(&h, "OK");
    xh_mute(&h);
    xh_close(&h);
}

/* initialize_dram NO: BOOT-TO crashes when the first packet is stored. */
static void test_without_dram(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_must(&h, "1.1", "SET-RUNTIME-PARAMETER",
            "<arg><checksum_level>NONE</checksum_level><battery_exist>NO</battery_exist><da_log_level>INFO"
            "</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></"
            "arg><adv><initialize_dram>NO"
            "</initialize_dram></adv>");
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_command(&h, "1.0", "BOOT-TO", BASE, "OK");
    xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_NO", "2nd-DA", "da2", 0x1000);
    xh_say(&h, "OK");
    xh_say(&h, "OK@0x10");
    xh_hear(&h, "OK");
    xh_say(&h, "OK@0x0");
    xh_hear(&h, "OK");
    wire_say(&h.w, "0123456789abcdef", 16);
    xh_mute(&h);
    xh_close(&h);
}

/* 6.2, packet by packet; numbers may be decimal; sums are ignored. */
static void test_boot_to(void **state)
{
    (void)state;
    struct xml_host h;
    char length[32];
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_command(&h, "1.0", "BOOT-TO", BOOT_TO("0x40000000", "0x40000000", "MEM://0x0:0x50c78"), "OK");
    xh_hear_len(&h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:DOWNLOAD-FILE</command><arg><checksum>CHK_NO"
                "</checksum><info>2nd-DA</info><source_file>MEM://0x0:0x50c78</source_file><packet_length>"
                "0x1000</packet_length></arg></host>",
                0xF8);
    xh_say(&h, "OK");
    snprintf(length, sizeof(length), "OK@%zu", h.w.da2_len);
    xh_say(&h, length);
    xh_hear(&h, "OK");
    for (size_t at = 0; at < h.w.da2_len; at += 0x1000) {
        size_t n = h.w.da2_len - at < 0x1000 ? h.w.da2_len - at : 0x1000;
        xh_say(&h, "OK@0x1234");
        xh_hear(&h, "OK");
        wire_say(&h.w, h.w.da2 + at, n);
        xh_hear(&h, "OK");
    }
    xh_hear_end(&h, "OK", "");
    wire_silent(&h.w); /* the jump waits for the host */
    assert_string_equal(mtksim_stage(h.w.phone), "da1");
    xh_say(&h, "OK");
    xh_alive(&h);
    assert_string_equal(mtksim_stage(h.w.phone), "da2");
    xh_command(&h, "1.0", "SET-RUNTIME-PARAMETER", "<arg/>", "ERR!UNSUPPORTED"); /* DA1's only */
    xh_end(&h, "ERR!UNSUPPORTED", "Unsupported command.");
    xh_close(&h);
}

/* CHK_ADD once the level says USB: one byte longer. */
static void test_boot_to_with_sums(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "SET-RUNTIME-PARAMETER",
            "<arg><checksum_level>USB</checksum_level><battery_exist>NO</battery_exist><da_log_level>INFO"
            "</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></arg>");
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_command(&h, "1.0", "BOOT-TO", BASE, "OK");
    xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_ADD", "2nd-DA", "da2", 0x1000);
    xh_say(&h, "ERR"); /* the host has no such file */
    xh_end(&h, "ERR", "Host notice error, or user cancelled.");
    xh_alive(&h);
    xh_close(&h);
}

/* X4. */
static void test_boot_to_hash(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    struct xh_file *f = xh_add_file(&h, "da2", h.w.da2, h.w.da2_len);
    f->data[h.w.da2_len / 2] ^= 1;
    assert_false(xh_run(&h, "1.0", "BOOT-TO", BASE));
    assert_string_equal(h.message, HASH);
    assert_int_equal(h.intermediate_errors, 0);
    xh_add_file(&h, "da2", h.w.da2, h.w.da2_len + 0x100); /* the signature left on */
    assert_false(xh_run(&h, "1.0", "BOOT-TO", BASE));
    assert_string_equal(h.message, HASH);
    xh_add_file(&h, "da2", h.w.da2, 0);
    assert_false(xh_run(&h, "1.0", "BOOT-TO", BASE));
    xh_add_file(&h, "da2", h.w.da2, h.w.da2_len); /* no reset: it may be tried again */
    xh_must(&h, "1.0", "BOOT-TO", BASE);
    xh_alive(&h);
    xh_close(&h);
}

/* Larger than 0x1000000: ERR at the length, and then the digest of what is in memory, which is nothing. */
static void test_boot_to_too_large(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_command(&h, "1.0", "BOOT-TO", BASE, "OK");
    xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_NO", "2nd-DA", "da2", 0x1000);
    xh_say(&h, "OK");
    xh_say(&h, "OK@0x1000001");
    xh_hear(&h, "ERR");
    xh_end(&h, "ERR", HASH);
    xh_alive(&h);
    xh_close(&h);
}

/* X5: refused addresses reset the phone, after the host's OK. */
static void test_boot_to_address(void **state)
{
    (void)state;
    static const char *const args[] = {BOOT_TO("0x40000001", "0x40000001", "da2"),
                                       BOOT_TO("0x40000000", "0x40001000", "da2"),
                                       BOOT_TO("0x201000", "0x201000", "da2")};
    uint8_t b;
    struct xml_host h;
    for (size_t i = 0; i < 3; i++) {
        xh_da1(&h, &healthy);
        xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
        xh_command(&h, "1.0", "BOOT-TO", args[i], "OK");
        xh_hear_end(&h, "ERR", "2nd DA address is invalid. reset.\r\n");
        wire_silent(&h.w);
        xh_say(&h, "OK");
        assert_int_equal(mtksim_read(h.w.phone, &b, 1, 5 * NS_PER_S), MTKSIM_GONE);
        xh_close(&h);
    }
    xh_da1(&h, &healthy);
    xh_plain(&h, "BOOT-TO", BOOT_TO("here", "0", "da2"), "ERR", "Value of at_address is not a number.");
    xh_plain(&h, "BOOT-TO", "<arg><at_address>0x40000000</at_address></arg>", "ERR", NO_NODE);
    xh_close(&h);
}

/* Builds without the lock go where they are told, and crash there. */
static void test_boot_to_unlocked(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"xml_bootto_lock=off"}};
    struct xml_host h;
    xh_da1(&h, &setup);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_add_file(&h, "da2", h.w.da2, h.w.da2_len);
    xh_must(&h, "1.0", "BOOT-TO", BOOT_TO("0x41000000", "0x41000000", "da2"));
    xh_mute(&h);
    xh_close(&h);
}

/* The host gives up in the middle; a packet is longer than it may be. */
static void test_broken_download(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t packet[0x1000] = {0};
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    for (int i = 0; i < 2; i++) {
        xh_command(&h, "1.0", "BOOT-TO", BASE, "OK");
        xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_NO", "2nd-DA", "da2", 0x1000);
        xh_say(&h, "OK");
        xh_say(&h, i ? "ERR!CANCEL" : "OK@0x2000");
        if (!i) {
            xh_hear(&h, "OK");
            xh_say(&h, "OK@0x0");
            xh_hear(&h, "OK");
            wire_say(&h.w, packet, 0x1000);
            xh_hear(&h, "OK");
            xh_say(&h, "ERR");
        }
        xh_hear(&h, "ERR");
        xh_end(&h, "ERR", "User cancelled.");
    }
    xh_command(&h, "1.0", "BOOT-TO", BASE, "OK");
    xh_hear_transfer(&h, "DOWNLOAD-FILE", "CHK_NO", "2nd-DA", "da2", 0x1000);
    xh_say(&h, "OK");
    xh_say(&h, "OK@0x10");
    xh_hear(&h, "OK");
    xh_say(&h, "OK@0x0");
    xh_hear(&h, "OK");
    wire_say(&h.w, packet, 0x11);
    xh_hear_end(&h, "ERR", "USB error, or buffer too small.");
    wire_silent(&h.w); /* what is left of the packet is taken for the host's OK */
    xh_close(&h);
}

static void test_anti_rollback(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"anti_rollback=on"}};
    struct xml_host h;
    xh_da1(&h, &setup);
    xh_end(&h, "ERR", "DA Antirollback violation, can't continue");
    xh_mute(&h);
    xh_close(&h);
}

static void test_ram(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
#define FLIP(start, len) \
    "<arg><function>FLIP</function><start_address>" start "</start_address><length>" len "</length></arg>"
    xh_plain(&h, "RAM-TEST", FLIP("0x40000000", "MAX"), "ERR", "RAM test: DRAM is not initialised.");
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    xh_must(&h, "1.0", "RAM-TEST", FLIP("0x40000000", "MAX"));
    assert_int_equal(h.ticks, 4);
    xh_must(&h, "1.0", "RAM-TEST", FLIP("0x50000000", "0x1000"));
    xh_plain(&h, "RAM-TEST", FLIP("0x3FFFFFFF", "0x1000"), "ERR", "RAM test range is invalid.");
    xh_plain(&h, "RAM-TEST", FLIP("0x40000000", "0x100000001"), "ERR", "RAM test range is invalid.");
    xh_plain(&h, "RAM-TEST", FLIP("0x40000000", "0"), "ERR", "RAM test range is invalid.");
    xh_plain(&h, "RAM-TEST", "<arg><function>BURN</function></arg>", "ERR", "Unknown RAM test.");
    h.trace[0] = 0;
    xh_must(&h, "1.0", "RAM-TEST",
            "<arg><function>CALIBRATION</function><target_file>cal</target_file></arg>");
    assert_string_equal(h.trace, "PROGRESS ram-test\nUPLOAD CALIBRATION cal\n");
    assert_non_null(strstr((char *)xh_file(&h, "cal")->data, "<result>PASS</result>"));
    xh_add_file(&h, "param", "x", 1);
    xh_must(&h, "1.0", "DEBUG:DRAM-REPAIR",
            "<arg><param_file>param</param_file><target_file>repair</target_file></arg>");
    assert_string_equal((char *)xh_file(&h, "repair")->data, "NO-NEED");
    xh_command(&h, "1.0", "DRAM-REPAIR", "", "ERR!UNSUPPORTED"); /* MC's name for it */
    xh_end(&h, "ERR!UNSUPPORTED", "Unsupported command.");
    xh_close(&h);
}

/* Started by a preloader, DRAM is up. */
static void test_from_preloader(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.preloader = true};
    struct xml_host h;
    xh_da1(&h, &setup);
    xh_add_file(&h, "da2", h.w.da2, h.w.da2_len);
    xh_must(&h, "1.0", "BOOT-TO", BASE);
    xh_alive(&h);
    struct mtksim_usb_id id;
    assert_int_equal(mtksim_identity(h.w.phone, &id), 0);
    assert_int_equal(id.pid, 0x2000); /* the same device all the time */
    xh_close(&h);
}

/* 6.7: the reset waits for the host's OK. */
static void test_reboot(void **state)
{
    (void)state;
    static const char *const actions[] = {"IMMEDIATE", "WARM-RESET", "COLD-RESET", "DISCONNECT"};
    uint8_t b;
    struct xml_host h;
    for (size_t i = 0; i < 4; i++) {
        char args[128];
        xh_da1(&h, &healthy);
        snprintf(args, sizeof(args), "<arg><action>%s</action></arg>", actions[i]);
        xh_command(&h, "1.0", "REBOOT", args, "OK");
        xh_hear_end(&h, "OK", "");
        wire_silent(&h.w);
        xh_say(&h, "OK");
        assert_int_equal(mtksim_read(h.w.phone, &b, 1, 5 * NS_PER_S), MTKSIM_GONE);
        assert_string_not_equal(mtksim_stage(h.w.phone), "da1");
        xh_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtime_parameter),
        cmocka_unit_test(test_init_hw),
        cmocka_unit_test(test_dram_fails),
        cmocka_unit_test(test_without_dram),
        cmocka_unit_test(test_boot_to),
        cmocka_unit_test(test_boot_to_with_sums),
        cmocka_unit_test(test_boot_to_hash),
        cmocka_unit_test(test_boot_to_too_large),
        cmocka_unit_test(test_boot_to_address),
        cmocka_unit_test(test_boot_to_unlocked),
        cmocka_unit_test(test_broken_download),
        cmocka_unit_test(test_anti_rollback),
        cmocka_unit_test(test_ram),
        cmocka_unit_test(test_from_preloader),
        cmocka_unit_test(test_reboot),
    };
    return cmocka_run_group_tests_name("agents/xml-da1", tests, NULL, NULL);
}
