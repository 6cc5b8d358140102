/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a command on an XML agent: da-xml.md sections 2, 3, 8, and what a host can do wrong. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup healthy;
static const struct wire_setup dead = {.settings = {"xml_after_err=dead"}};

#define RUNTIME                                                                     \
    "<arg><checksum_level>USB-STORAGE</checksum_level><battery_exist>AUTO-DETECT</" \
    "battery_exist><da_log_level>INFO"                                              \
    "</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></"  \
    "arg><adv><initialize_dram>YES"                                                 \
    "</initialize_dram></adv>"

/* Says a command text of any form, after the CMD:START. */
static void raw_command(struct xml_host *h, const char *text, const char *token)
{
    xh_hear_start(h);
    xh_say(h, "OK");
    xh_say(h, text);
    xh_hear(h, token);
}

static void unsupported(struct xml_host *h, const char *text)
{
    raw_command(h, text, "ERR!UNSUPPORTED");
    xh_end(h, "ERR!UNSUPPORTED", "Unsupported command.");
}

/* The texts of 3.1 and their lengths. */
static void test_fixed_texts(void **state)
{
    (void)state;
    struct xml_host h;
    char got[512];
    xh_da1(&h, &healthy);
    xh_command(&h, "1.1", "SET-RUNTIME-PARAMETER", RUNTIME, "OK");
    assert_int_equal(wire_receive(&h.w, got, sizeof(got), NULL), 149);
    xh_say(&h, "OK");
    xh_command(&h, "1.0", "NOTHING-LIKE-IT", "", "ERR!UNSUPPORTED");
    assert_int_equal(wire_receive(&h.w, got, sizeof(got), NULL), 182);
    xh_say(&h, "OK");
    xh_close(&h);
}

/* 6.1: the command is 0x160 bytes long. */
static void test_runtime_parameter_length(void **state)
{
    (void)state;
    static const char text[] =
        XH_HEAD "<da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command>" RUNTIME "</da>";
    assert_int_equal(sizeof(text), 0x160);
    struct xml_host h;
    xh_da1(&h, &healthy);
    raw_command(&h, text, "OK");
    xh_end(&h, "OK", "");
    xh_alive(&h);
    xh_close(&h);
}

static void test_start_is_repeated(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    xh_say(&h, "ERR");
    xh_hear_start(&h);
    wire_say(&h.w, NULL, 0);
    xh_alive(&h);
    xh_close(&h);
}

/* Trailing NULs of tokens, and a command without one. */
static void test_nuls(void **state)
{
    (void)state;
    static const char command[] =
        XH_HEAD "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command></da>";
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    wire_say(&h.w, "OK\0\0", 4);
    wire_say(&h.w, command, sizeof(command) - 1);
    xh_hear(&h, "OK");
    xh_hear_end(&h, "OK", "");
    wire_say(&h.w, "OK", 2);
    xh_alive(&h);
    xh_close(&h);
}

static void test_name_and_version(void **state)
{
    (void)state;
    static const char *const good[] = {
        "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>1.7</version><command>cmd:set-host-info</command></da>",
        "<da><version>1</version><command>CMD:SET-HOST-INFO</command><arg><info>x</info></arg></da>",
        ("<?xml version='1.0'?>\n<!-- any XML will do -->\n<da>\n <command> CMD:SET-HOST-INFO\n</command>\n"
         " <version>1.0</version>\n</da>\n"),
        "<da><version>1.0</version><command><![CDATA[CMD:SET-HOST-INFO]]></command></da>",
    };
    static const char *const bad[] = {
        "<da><version>9.9</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>2.0</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version></version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>one</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>1.x</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>99999999999999999999</version><command>CMD:SET-HOST-INFO</command></da>",
        "<da><command>CMD:SET-HOST-INFO</command></da>",
        "<da><version>1.0</version></da>",
        "<da><version>1.0</version><command>SET-HOST-INFO</command></da>",
        "<da><version>1.0</version><command>CMD:</command></da>",
        "<host><version>1.0</version><command>CMD:SET-HOST-INFO</command></host>",
        "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command>",
        "<da><version>1.0</version><command>CMD:READ-PARTITION-TABLE</command></da>", /* stage 2's */
        "",
        "garbage",
        "\xFF\xFE",
    };
    struct xml_host h;
    xh_da1(&h, &healthy);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        raw_command(&h, good[i], "OK");
        xh_end(&h, "OK", "");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        unsupported(&h, bad[i]);
    xh_alive(&h);
    xh_close(&h);
}

/* Texts that are meant to hurt: document types, depth, numbers of elements. */
static void test_hostile_texts(void **state)
{
    (void)state;
    struct xml_host h;
    char *text = malloc(0x80000);
    assert_non_null(text);
    xh_da2(&h, &healthy, "NONE", "LINUX");
    unsupported(
        &h, "<!DOCTYPE da [<!ENTITY a \"x\">]><da><version>1.0</version><command>CMD:SET-HOST-INFO</command>"
            "<arg><info>&a;</info></arg></da>");
    unsupported(&h, "<!DOCTYPE da SYSTEM \"file:///etc/passwd\"><da><version>1.0</version></da>");
    unsupported(&h, "<da>&undefined;</da>");
    text[0] = 0;
    for (int i = 0; i < 9; i++)
        strcat(text, "<da>");
    for (int i = 0; i < 9; i++)
        strcat(text, "</da>");
    unsupported(&h, text);
    strcpy(text, "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command><arg>");
    char *at = text + strlen(text);
    for (int i = 0; i < 2000; i++)
        at = stpcpy(at, "<i/>");
    strcpy(at, "</arg></da>");
    unsupported(&h, text);
    /* Long is not wrong: 0x7FF00 bytes in one argument. */
    at = stpcpy(text, "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command><arg><info>");
    memset(at, 'x', 0x7FF00 - (size_t)(at - text));
    strcpy(text + 0x7FF00, "</info></arg></da>");
    raw_command(&h, text, "OK");
    xh_end(&h, "OK", "");
    xh_alive(&h);
    xh_close(&h);
    free(text);
}

/* Longer than the buffer: ERR, CMD:START, and the payload is still in the pipe. */
static void test_too_long(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t text[2049];
    memset(text, ' ', sizeof(text));
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    xh_say(&h, "OK");
    wire_say(&h.w, text, 2048); /* fits: broken XML */
    xh_hear(&h, "ERR!UNSUPPORTED");
    xh_end(&h, "ERR!UNSUPPORTED", "Unsupported command.");
    xh_hear_start(&h);
    xh_say(&h, "OK");
    static const uint8_t header[12] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0, 0x01, 0x08};
    assert_int_equal(mtksim_write(h.w.phone, header, sizeof(header), NS_PER_S), sizeof(header));
    xh_hear(&h, "ERR");
    xh_hear_start(&h);
    mtksim_write(h.w.phone, text, 2049, NS_PER_S); /* stays in the controller */
    wire_silent(&h.w);                             /* the blanks were taken as a frame: the loop was left */
    xh_close(&h);
}

static void test_bad_magic(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t frame[12] = {0xEF, 0xEE, 0xEE, 0xFF, 1, 0, 0, 0, 3};
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    assert_int_equal(mtksim_write(h.w.phone, frame, sizeof(frame), NS_PER_S), sizeof(frame));
    xh_mute(&h);
    xh_close(&h);
}

/* A token of 64 bytes fits, one of 65 does not, and its payload is the next header. */
static void test_long_token(void **state)
{
    (void)state;
    struct xml_host h;
    char token[66] = "OK";
    memset(token + 2, '@', 63);
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    wire_say(&h.w, token, 64);
    xh_say(&h, "<x/>");
    xh_hear(&h, "ERR!UNSUPPORTED");
    xh_hear_end(&h, "ERR!UNSUPPORTED", "Unsupported command.");
    wire_say(&h.w, token, 65);
    wire_silent(&h.w);
    xh_close(&h);
}

/* 5.2: MC's stray OK. */
static void test_stray_ok(void **state)
{
    (void)state;
    static const struct wire_setup strict = {.settings = {"xml_tolerant=off"}};
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_hear_start(&h);
    xh_say(&h, "OK");
    xh_say(&h, "OK");
    wire_say(&h.w, "OK\0\0", 4);
    xh_say(&h, "<da><version>1.0</version><command>CMD:SET-HOST-INFO</command></da>");
    xh_hear(&h, "OK");
    xh_end(&h, "OK", "");
    xh_close(&h);
    xh_da1(&h, &strict);
    xh_hear_start(&h);
    xh_say(&h, "OK");
    xh_say(&h, "OK");
    xh_hear(&h, "ERR!UNSUPPORTED");
    xh_end(&h, "ERR!UNSUPPORTED", "Unsupported command.");
    xh_alive(&h);
    xh_close(&h);
}

/* X21, X24: an ERR leaves the loop alive or dead. */
static void test_after_error(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da1(&h, &healthy);
    xh_plain(&h, "REBOOT", "", "ERR", "Required XML node path not found. Check command string.");
    xh_plain(&h, "REBOOT", "<arg><action>SIDEWAYS</action></arg>", "ERR", "Unknown reboot action.");
    xh_alive(&h);
    xh_close(&h);
    xh_da1(&h, &dead);
    xh_alive(&h); /* unsupported is no error */
    xh_plain(&h, "REBOOT", "<arg/>", "ERR", "Required XML node path not found. Check command string.");
    xh_mute(&h);
    xh_close(&h);
}

/* X2: hardware init of stage 2 failed. */
static void test_init_failed_refuse(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"hide_storage=on"}};
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "LINUX");
    xh_plain(&h, "SET-HOST-INFO", "", "ERR", "All storage init fail. check HW storage.\r\n");
    xh_mute(&h);
    xh_close(&h);
    xh_da2(&h, &setup, "NONE", "LINUX"); /* unknown commands fare no better */
    xh_command(&h, "1.0", "WHAT", "", "ERR!UNSUPPORTED");
    xh_end(&h, "ERR", "All storage init fail. check HW storage.\r\n");
    xh_mute(&h);
    xh_close(&h);
}

static void test_init_failed_run(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"hide_storage=on", "xml_init_fail=run"}};
    static const char meta[] =
        "<arg><mode>META</mode><connect_type>USB</connect_type><mobile_log>ON</mobile_log>"
        "<adb>ON</adb></arg>";
    struct xml_host h;
    char got[512];
    xh_da2(&h, &setup, "NONE", "LINUX");
    xh_plain(&h, "NOTIFY-INIT-HW", "", "ERR", "All storage init fail. check HW storage.\r\n");
    xh_plain(&h, "SET-HOST-INFO", "<arg><info>20240101</info></arg>", "OK", "");
    xh_plain(&h, "READ-FLASH",
             "<arg><partition>EMMC-USER</partition><offset>0x0</offset><length>0x100</length><target_file>a"
             "</target_file></arg>",
             "ERR", "Cannot find [EMMC-USER] on current device storage.");
    xh_must(&h, "1.0", "READ-PARTITION-TABLE", "<arg><target_file>pt</target_file></arg>");
    assert_string_equal(h.trace, "UPLOAD partition-table pt\n");
    assert_int_equal(xh_file(&h, "pt")->len, 88);
    assert_string_equal((char *)xh_file(&h, "pt")->data,
                        XH_HEAD "<partition_table version=\"1.0\"></partition_table>");
    /* X22: an error without a word, 150 bytes. */
    xh_command(&h, "1.0", "SET-BOOT-MODE", meta, "OK");
    assert_int_equal(wire_receive(&h.w, got, sizeof(got), NULL), 150);
    xh_say(&h, "OK");
    xh_alive(&h);
    xh_close(&h);
}

/* X20, X23: the vendor's text of 247 bytes. */
static void test_wrong_board(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"xml_wrong_board=on", "xml_end=no_message_end"}};
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "LINUX");
    xh_command(&h, "1.0", "NOTIFY-INIT-HW", "", "OK");
    xh_hear_len(&h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:END</command><arg><result>ERR</result><message>Use "
                "wrong load, load with pmic 6377 incompatible with device pmic 6363, response_value=NAK, "
                "code=0xc0010001</arg></host>",
                247);
    xh_say(&h, "OK");
    xh_mute(&h);
    xh_close(&h);
}

/* Faults act on tokens and on the result: X18, X22. */
static void test_token_faults(void **state)
{
    (void)state;
    static const struct wire_setup cont = {.fault = "status:da1,name=SET-HOST-INFO,value=4"};
    static const struct wire_setup cancel = {.fault = "status:da1,name=SET-HOST-INFO,value=3"};
    static const struct wire_setup end = {.fault = "status:da1,name=END,value=1"};
    struct xml_host h;
    xh_da1(&h, &cont);
    xh_command(&h, "1.0", "SET-HOST-INFO", "", "OK!CONTINUE");
    xh_end(&h, "OK", "");
    xh_close(&h);
    xh_da1(&h, &cancel);
    xh_command(&h, "1.0", "SET-HOST-INFO", "", "ERR!CANCEL");
    xh_end(&h, "ERR", "");
    xh_alive(&h);
    xh_close(&h);
    xh_da1(&h, &end);
    xh_plain(&h, "SET-HOST-INFO", "", "ERR", "");
    xh_close(&h);
}

/* X1, X15: silence in place of CMD:START; a cable pulled at the k-th callback. */
static void test_silence_and_drop(void **state)
{
    (void)state;
    static const struct wire_setup mute = {.fault = "silence:command,stage=da1,name=START"};
    static const struct wire_setup drop = {.fault = "drop:command,stage=da1,name=CALLBACK,nth=1"};
    struct xml_host h;
    xh_da1(&h, &mute);
    wire_silent(&h.w);
    xh_close(&h);
    xh_da1(&h, &drop);
    assert_false(xh_run(&h, "1.0", "NOTIFY-INIT-HW", ""));
    assert_true(h.gone);
    xh_close(&h);
}

/* X16: message frames between any two others. */
static void test_messages(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"da_messages=on"}};
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "LINUX");
    assert_int_equal(h.messages, 19); /* as many as there were flow frames */
    assert_int_equal(h.heartbeats, 10);
    xh_close(&h);
    /* log_channel USB: lines of log, and a sign of life in long work. */
    xh_da1(&h, &healthy);
    xh_must(&h, "1.0", "SET-RUNTIME-PARAMETER",
            "<arg><checksum_level>NONE</checksum_level><battery_exist>NO</battery_exist><da_log_level>TRACE"
            "</da_log_level><log_channel>USB</log_channel><system_os>LINUX</system_os></arg>");
    assert_int_equal(h.messages, 0);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    assert_int_equal(h.heartbeats, 1);
    assert_int_equal(h.messages, 2);
    xh_must(&h, "1.0", "SET-RUNTIME-PARAMETER",
            "<arg><checksum_level>NONE</checksum_level><battery_exist>NO</battery_exist><da_log_level>ERROR"
            "</da_log_level><log_channel>BOTH</log_channel><system_os>LINUX</system_os></arg>");
    h.messages = h.heartbeats = 0;
    xh_must(&h, "1.0", "SET-HOST-INFO", ""); /* BOTH is unknown: still USB, but ERROR only */
    assert_int_equal(h.messages, 0);
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", "");
    assert_int_equal(h.heartbeats, 1);
    xh_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_texts),       cmocka_unit_test(test_runtime_parameter_length),
        cmocka_unit_test(test_start_is_repeated), cmocka_unit_test(test_nuls),
        cmocka_unit_test(test_name_and_version),  cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_too_long),          cmocka_unit_test(test_bad_magic),
        cmocka_unit_test(test_long_token),        cmocka_unit_test(test_stray_ok),
        cmocka_unit_test(test_after_error),       cmocka_unit_test(test_init_failed_refuse),
        cmocka_unit_test(test_init_failed_run),   cmocka_unit_test(test_wrong_board),
        cmocka_unit_test(test_token_faults),      cmocka_unit_test(test_silence_and_drop),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests_name("agents/xml-life", tests, NULL, NULL);
}
