/* SPDX-License-Identifier: Apache-2.0 */
/* What an XML agent tells and the commands that stand for themselves. da-xml.md sections 4, 4.1, 5.2, 6.3. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup healthy;

#define NO_NODE "Required XML node path not found. Check command string."
#define TARGET  "<arg><target_file>f</target_file></arg>"

/* The text of the file that a command gives; its bytes must be the text and, if nul, its NUL. */
static const char *info(struct xml_host *h, const char *name, const char *args, bool nul)
{
    xh_must(h, "1.0", name, args);
    struct xh_file *f = xh_file(h, "f");
    assert_non_null(f);
    assert_int_equal(strlen((char *)f->data) + nul, f->len);
    return (char *)f->data;
}

/* The upload of an info file, frame by frame [5.2]. */
static void test_upload_frames(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.year = 2022};
    static const char file[] = XH_HEAD "<da_info><version>1.0</version><da_version>2021</da_version>"
                                       "<build>Apr 02 2022:12:00:00</build></da_info>";
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "WINDOWS");
    assert_int_equal(sizeof(file), 144);
    xh_command(&h, "1.0", "GET-DA-INFO", "<arg><target_file>da_info.xml</target_file></arg>", "OK");
    xh_hear_len(&h,
                XH_HEAD
                "<host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO"
                "</checksum><info>DA-INFO</info><target_file>da_info.xml</target_file><packet_length>0x200000"
                "</packet_length></arg></host>",
                243);
    xh_say(&h, "OK");
    xh_hear(&h, "OK@0x90");
    xh_say(&h, "OK");
    xh_hear(&h, "OK");
    xh_say(&h, "OK");
    xh_hear(&h, file);
    xh_say(&h, "OK");
    xh_end(&h, "OK", "");
    xh_alive(&h);
    xh_close(&h);
}

/* A not-OK of the host ends the upload at each of its places. */
static void test_upload_cancelled(void **state)
{
    (void)state;
    struct xml_host h;
    char got[1024];
    for (unsigned no = 0; no < 4; no++) {
        xh_da2(&h, &healthy, "NONE", "LINUX");
        xh_command(&h, "1.0", "GET-DA-INFO", TARGET, "OK");
        xh_hear_transfer(&h, "UPLOAD-FILE", "CHK_NO", "DA-INFO", "f", 0x10000);
        for (unsigned i = 0; i < no; i++) {
            xh_say(&h, "OK");
            wire_receive(&h.w, got, sizeof(got), NULL);
        }
        xh_say(&h, "ERR!CANCEL");
        xh_end(&h, "ERR", "Host notice error, or user cancelled.");
        xh_alive(&h);
        xh_close(&h);
    }
}

static void test_hw_info_emmc(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"battery_mv=3810"}};
    struct xml_host h;
    xh_da1(&h, &setup);
    const char *text = info(&h, "GET-HW-INFO", TARGET, true);
    assert_non_null(strstr(text, "<ram_size>0x0</ram_size>")); /* before NOTIFY-INIT-HW */
    xh_to_da2(&h, "NONE", "LINUX");
    text = info(&h, "GET-HW-INFO", TARGET, true);
    static const char head[] = XH_HEAD "<da_hw_info><version>1.2</version><ram_size>0x100000000</ram_size>"
                                       "<battery_voltage>3810</battery_voltage><random_id>";
    static const char middle[] =
        "</random_id><storage>EMMC</storage><emmc><block_size>0x200</block_size><boot1_size>"
        "0x400000</boot1_size><boot2_size>0x400000</boot2_size><rpmb_size>0x1000000"
        "</rpmb_size><user_size>0x4000000</user_size><gp1_size>0</gp1_size><gp2_size>0"
        "</gp2_size><gp3_size>0</gp3_size><gp4_size>0</gp4_size><id>";
    static const char tail[] = "</id></emmc><product_id></product_id></da_hw_info>";
    assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
    text += sizeof(head) - 1;
    assert_int_equal(strspn(text, "0123456789abcdef"), 32);
    assert_int_equal(strncmp(text + 32, middle, sizeof(middle) - 1), 0);
    text += 32 + sizeof(middle) - 1;
    assert_int_equal(strspn(text, "0123456789abcdef"), 32);
    assert_string_equal(text + 32, tail);
    xh_close(&h);
}

/* The whole text of a phone without storage: 231 bytes for two-digit stubs of ram and battery, here 3 digits more. */
static void test_hw_info_none(void **state)
{
    (void)state;
    static const struct wire_setup setup = {
        .settings = {"hide_storage=on", "xml_init_fail=run", "battery_mv=3810"}};
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "LINUX");
    const char *text = info(&h, "GET-HW-INFO", TARGET, true);
    assert_int_equal(strlen(text) + 1,
                     231 + strlen("3810") - strlen("0") + strlen("0x100000000") - strlen("0x80000000"));
    assert_non_null(strstr(text, "<version>1.0</version>"));
    assert_non_null(strstr(text, "</random_id><storage>NONE</storage></da_hw_info>"));
    text = info(&h, "EMMC-CONTROL",
                "<arg><function>LIFE-CYCLE-STATUS</function><target_file>f</target_file></arg>", true);
    assert_string_equal(text, "OK");
    assert_int_equal(xh_file(&h, "f")->len, 3);
    xh_close(&h);
}

static void test_sys_property(void **state)
{
    (void)state;
    static const struct wire_setup sla = {.settings = {"da_sla=on"}};
    static const struct wire_setup newer = {.year = 2025};
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    const char *text =
        info(&h, "GET-SYS-PROPERTY", "<arg><key>DA.SLA</key><target_file>f</target_file></arg>", false);
    assert_string_equal(text,
                        XH_HEAD "<sys_prop version=\"1.0\"><item key=\"DA.SLA\">DISABLED</item></sys_prop>");
    assert_int_equal(xh_file(&h, "f")->len, 107);
    info(&h, "GET-SYS-PROPERTY", "<arg><key>all</key><target_file>f</target_file></arg>", false);
    assert_int_equal(xh_file(&h, "f")->len, 107);
    text = info(&h, "GET-SYS-PROPERTY", "<arg><key>DA.WHAT</key><target_file>f</target_file></arg>", false);
    assert_string_equal(text, XH_HEAD "<sys_prop version=\"1.0\"></sys_prop>");
    xh_plain(&h, "GET-SYS-PROPERTY", TARGET, "ERR", NO_NODE);
    xh_close(&h);
    xh_da2(&h, &sla, "NONE", "LINUX");
    text = info(&h, "GET-SYS-PROPERTY", "<arg><key>DA.SLA</key><target_file>f</target_file></arg>", false);
    assert_non_null(strstr(text, ">ENABLED<"));
    xh_close(&h);
    xh_da1(&h, &healthy); /* stage 1 knows it in newer builds only */
    assert_false(
        xh_run(&h, "1.0", "GET-SYS-PROPERTY", "<arg><key>all</key><target_file>f</target_file></arg>"));
    assert_string_equal(h.token, "ERR!UNSUPPORTED");
    xh_close(&h);
    xh_da1(&h, &newer);
    info(&h, "GET-SYS-PROPERTY", "<arg><key>all</key><target_file>f</target_file></arg>", false);
    xh_close(&h);
}

static void test_partition_table(void **state)
{
    (void)state;
    static const char *const names[] = {"boot", "seccfg"};
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    wire_gpt(&h.w, names, 2);
    const char *text = info(&h, "READ-PARTITION-TABLE", TARGET, true);
    assert_string_equal(text, XH_HEAD
                        "<partition_table version=\"1.0\"><pt><name>boot</name><start>0x100000</start>"
                        "<size>0x100000</size></pt><pt><name>seccfg</name><start>0x200000</start><size>"
                        "0x100000</size></pt></partition_table>");
    /* X19: neither table can be read; that is no error. */
    uint8_t zero[1024] = {0};
    uint64_t end = mtksim_flash_size(h.w.phone, "user");
    assert_int_equal(mtksim_flash_write(h.w.phone, "user", 0, zero, sizeof(zero)), 0);
    assert_int_equal(mtksim_flash_write(h.w.phone, "user", end - sizeof(zero), zero, sizeof(zero)), 0);
    info(&h, "READ-PARTITION-TABLE", TARGET, true);
    assert_int_equal(xh_file(&h, "f")->len, 88);
    xh_close(&h);
}

static void test_emmc_control(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    const char *text =
        info(&h, "EMMC-CONTROL",
             "<arg><function>GET-RPMB-KEY-STATUS</function><target_file>f</target_file></arg>", true);
    assert_string_equal(text, "EXIST");
    text = info(&h, "EMMC-CONTROL",
                "<arg><function>LIFE-CYCLE-STATUS</function><target_file>f</target_file></arg>", true);
    assert_string_equal(text, "OK");
    h.trace[0] = 0;
    xh_must(&h, "1.0", "EMMC-CONTROL",
            "<arg><function>GET-RPMB-STATUS</function><target_file>f</target_file></arg>");
    assert_string_equal(h.trace, ""); /* any other function: nothing, and OK */
    xh_close(&h);
}

static void test_registers(void **state)
{
    (void)state;
#define REGISTER(bits, at)                                  \
    "<arg><bit_width>" bits "</bit_width><base_address>" at \
    "</base_address><target_file>f</target_file></arg>"
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_must(&h, "1.0", "READ-REGISTER", REGISTER("32", "0x08000000"));
    assert_int_equal(xh_file(&h, "f")->len, 4);
    assert_int_equal(get_le32(xh_file(&h, "f")->data), 0x766);
    xh_must(&h, "1.0", "READ-REGISTER", REGISTER("8", "0x8000000"));
    assert_int_equal(get_le32(xh_file(&h, "f")->data), 0x66);
    xh_plain(&h, "READ-REGISTER", REGISTER("32", "0x10007000"), "ERR",
             "Register access is forbidden: 0x10007000.");
    xh_plain(&h, "READ-REGISTER", REGISTER("33", "0x08000000"), "ERR", "Register width is invalid.");
    xh_plain(&h, "READ-REGISTER", "<arg><bit_width>32</bit_width></arg>", "ERR", NO_NODE);
    xh_plain(&h, "WRITE-REGISTER",
             "<arg><bit_width>32</bit_width><base_address>0x08000000</base_address><source_file>f</"
             "source_file></arg>",
             "ERR", "Register access is forbidden: 0x8000000.");
    xh_close(&h);
}

static void test_fuses(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.security = "sbc"};
    struct xml_host h;
    xh_da2(&h, &setup, "NONE", "LINUX");
    const char *text = info(&h, "READ-EFUSE", TARGET, true);
    assert_non_null(strstr(text, "<item key=\"SBC\">ENABLED</item><item key=\"SLA\">DISABLED</item>"));
    xh_add_file(&h, "blow", "<efuse/>", 8);
    h.trace[0] = 0;
    assert_false(xh_run(&h, "1.0", "WRITE-EFUSE", "<arg><source_file>blow</source_file></arg>"));
    assert_string_equal(h.trace, "DOWNLOAD efuse blow\n");
    assert_string_equal(h.message, "efuse: writing is not allowed.");
    xh_close(&h);
}

static void test_boot_mode(void **state)
{
    (void)state;
    uint8_t b;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_plain(&h, "SET-BOOT-MODE", "<arg><mode>ANDROID-TEST-MODE</mode></arg>", "OK", "");
    xh_plain(&h, "SET-BOOT-MODE", "<arg><mode>META</mode></arg>", "ERR", NO_NODE);
    xh_plain(&h, "SET-BOOT-MODE",
             "<arg><mode>META</mode><connect_type>USB</connect_type><mobile_log>ON</mobile_log><adb>OFF</"
             "adb></arg>",
             "OK", "");
    xh_plain(&h, "SET-BOOT-MODE",
             "<arg><mode>META</mode><connect_type>WIFI</connect_type><mobile_log>ON</mobile_log><adb>OFF</"
             "adb></arg>",
             "ERR", "Value of connect_type is unknown.");
    xh_plain(&h, "SET-BOOT-MODE", "<arg><mode>SILLY</mode></arg>", "ERR!UNSUPPORTED", "Unsupported command.");
    /* FASTBOOT acts in the handler: CMD:END never comes. */
    xh_command(&h, "1.0", "SET-BOOT-MODE", "<arg><mode>FASTBOOT</mode></arg>", "OK");
    assert_int_equal(mtksim_read(h.w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
    xh_close(&h);
}

static void test_taken_files(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_noise(&h, "s", 300);
    xh_must(&h, "1.0", "SET-RSC", "<arg><key>proj</key><source_file>s</source_file></arg>");
    xh_must(&h, "1.0", "WRITE-PRIVATE-CERT", "<arg><source_file>s</source_file></arg>");
    xh_must(&h, "1.0", "SECURITY-SET-ALLINONE-SIGNATURE", "<arg><source_file>s</source_file></arg>");
    assert_string_equal(h.trace, "DOWNLOAD RSC s\nDOWNLOAD cert s\nDOWNLOAD Signature s\n");
    xh_noise(&h, "s", 0x4001); /* more than a certificate can be */
    assert_false(xh_run(&h, "1.0", "WRITE-PRIVATE-CERT", "<arg><source_file>s</source_file></arg>"));
    assert_int_equal(h.intermediate_errors, 1);
    assert_string_equal(h.message, "File cert is too large.");
    assert_false(xh_run(&h, "1.0", "DEBUG:UFS", "<arg><function>SETTING</function></arg>"));
    assert_string_equal(h.message, "Cannot find [UFS] on current device storage.");
    xh_alive(&h);
    xh_close(&h);
}

/* File names come back with entities; too long ones are refused before anything is asked. */
static void test_file_names(void **state)
{
    (void)state;
    struct xml_host h;
    char args[2048], name[700], text[2048];
    xh_da2(&h, &healthy, "NONE", "LINUX");
    xh_command(&h, "1.0", "GET-DA-INFO", "<arg><target_file>a&amp;b&lt;c&gt;&quot;</target_file></arg>",
               "OK");
    xh_hear_transfer(&h, "UPLOAD-FILE", "CHK_NO", "DA-INFO", "a&amp;b&lt;c&gt;&quot;", 0x10000);
    xh_say(&h, "ERR");
    xh_end(&h, "ERR", "Host notice error, or user cancelled.");
    memset(name, 'n', sizeof(name));
    name[512] = 0;
    snprintf(args, sizeof(args), "<arg><target_file>%s</target_file></arg>", name);
    xh_must(&h, "1.0", "GET-DA-INFO", args);
    name[512] = 'n';
    name[513] = 0;
    snprintf(args, sizeof(args), "<arg><target_file>%s</target_file></arg>", name);
    xh_plain(&h, "GET-DA-INFO", args, "ERR", "File name in target_file is longer than 512 bytes.");
    /* 512 that grow beyond the buffer in which callbacks are built. */
    text[0] = 0;
    for (int i = 0; i < 300; i++)
        strcat(text, "&amp;");
    snprintf(args, sizeof(args), "<arg><target_file>%s</target_file></arg>", text);
    xh_plain(&h, "GET-DA-INFO", args, "ERR", "Buffer too small for UPLOAD-FILE.");
    xh_alive(&h);
    xh_close(&h);
}

static void test_usb_speed(void **state)
{
    (void)state;
    static const struct wire_setup setup = {.settings = {"xml_usb_speed=on"}};
    struct mtksim_usb_id id;
    struct xml_host h;
    xh_da2(&h, &healthy, "NONE", "LINUX");
    assert_false(xh_run(&h, "1.0", "CAN-HIGHER-USB-SPEED", TARGET));
    assert_string_equal(h.result, "ERR!UNSUPPORTED");
    xh_close(&h);
    xh_da2(&h, &setup, "NONE", "LINUX");
    xh_must(&h, "1.0", "CAN-HIGHER-USB-SPEED", TARGET);
    assert_int_equal(xh_file(&h, "f")->len, 4);
    assert_string_equal((char *)xh_file(&h, "f")->data, "NON");
    xh_plain(&h, "SWITCH-HIGHER-USB-SPEED", "", "OK", "");
    uint8_t b;
    assert_int_equal(mtksim_read(h.w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(h.w.phone, 5 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x2001);
    xh_alive(&h);
    xh_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload_frames), cmocka_unit_test(test_upload_cancelled),
        cmocka_unit_test(test_hw_info_emmc),  cmocka_unit_test(test_hw_info_none),
        cmocka_unit_test(test_sys_property),  cmocka_unit_test(test_partition_table),
        cmocka_unit_test(test_emmc_control),  cmocka_unit_test(test_registers),
        cmocka_unit_test(test_fuses),         cmocka_unit_test(test_boot_mode),
        cmocka_unit_test(test_taken_files),   cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_usb_speed),
    };
    return cmocka_run_group_tests_name("agents/xml-info", tests, NULL, NULL);
}
