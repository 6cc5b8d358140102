/* SPDX-License-Identifier: Apache-2.0 */
/* The start of an XML agent, from the frame after JUMP_DA to a stage 2 that answers: da-xml.md 6.1 to 6.3, 7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_script.h"

#define DA2_LEN 0x50C78u /* of the example in 6.2 */
#define PACKET  0x1000u

struct start {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    uint8_t *da2;
};

/* What the agent says first comes without the frame's magic, which whoever chose this speaker has read. */
static void open_start_with(struct start *t, const char *first)
{
    memset(t, 0, sizeof(*t));
    t->s = script_new(false);
    t->opt.checksum_level = XF_CHECKSUM_USB | XF_CHECKSUM_STORAGE;
    t->opt.system_os = 1;
    t->id = (struct mtk_phone_id){.brom = true, .hw_code = 0x1208};
    t->da2 = malloc(DA2_LEN);
    assert_non_null(t->da2);
    memset(t->da2, 0xDA, DA2_LEN);
    char line[1024];
    snprintf(line, sizeof(line), "D> 01 00 00 00 %02zx %02zx 00 00", (strlen(first) + 1) & 0xFF,
             (strlen(first) + 1) >> 8);
    script_add(t->s, line);
    strcpy(line, "D> ");
    for (const char *p = first;; p++) {
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "%02x ", (unsigned char)*p);
        if (!*p)
            break;
    }
    script_add(t->s, line);
}

static void open_start(struct start *t)
{
    assert_int_equal(strlen(X_START) + 1, 0x66); /* as section 6.1 has it */
    open_start_with(t, X_START);
}

static int run(struct start *t)
{
    return mtk_xml_start(script_link(t->s), &t->opt, &t->id, t->da2, DA2_LEN, 0x40000000, &t->a, &t->err);
}

static void close_start(struct start *t)
{
    if (t->a)
        t->a->ops->destroy(t->a);
    free(t->da2);
    script_free(t->s);
}

#define RUNTIME                                                                                           \
    X_HEAD "<da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg>"                  \
           "<checksum_level>USB-STORAGE</checksum_level><battery_exist>AUTO-DETECT</battery_exist>"       \
           "<da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os>" \
           "</arg><adv><initialize_dram>YES</initialize_dram></adv></da>"
#define CAPABILITY \
    X_DA("HOST-SUPPORTED-COMMANDS", "<host_capability>" XML_HOST_CAPABILITY "</host_capability>")
#define BOOT_TO                                                                                \
    X_DA("BOOT-TO", "<at_address>0x40000000</at_address><jmp_address>0x40000000</jmp_address>" \
                    "<source_file>MEM://0x0:0x50c78</source_file>")

static void add_dram(struct start *t, const char *end)
{
    add_command(t->s, X_BARE("NOTIFY-INIT-HW"), "OK");
    phone_says(t->s, X_PROGRESS("init-hw"));
    host_says(t->s, "OK");
    phone_says(t->s, "OK!EOT");
    host_says(t->s, "OK");
    phone_says(t->s, end);
    host_says(t->s, "OK");
}

/* Section 6.1 up to the end of NOTIFY-INIT-HW; this agent does not know the host's list of commands. */
static void add_stage1(struct start *t)
{
    add_command(t->s, RUNTIME, "OK");
    add_end(t->s, X_END("OK", ""));
    add_command(t->s, CAPABILITY, "ERR!UNSUPPORTED");
    add_end(t->s, X_END("ERR!UNSUPPORTED", "Unsupported command."));
    add_dram(t, X_END("OK", ""));
    phone_says(t->s, X_START);
}

/* Section 6.2; the sums are those of CHK_ADD. */
static void add_boot_to(struct start *t, const char *end)
{
    char sum[32];
    add_command(t->s, BOOT_TO, "OK");
    phone_says(t->s, X_DOWNLOAD("CHK_ADD", "2nd-DA", "MEM://0x0:0x50c78", "0x1000"));
    host_says(t->s, "OK");
    host_says(t->s, "OK@0x50c78");
    phone_says(t->s, "OK");
    for (uint32_t at = 0; at < DA2_LEN; at += PACKET) {
        uint32_t n = DA2_LEN - at < PACKET ? DA2_LEN - at : PACKET;
        snprintf(sum, sizeof(sum), "OK@0x%x", n * 0xDA);
        host_says(t->s, sum);
        phone_says(t->s, "OK");
        script_host(t->s, t->da2 + at, n);
        phone_says(t->s, "OK");
    }
    phone_says(t->s, end);
    host_says(t->s, "OK");
}

static void add_document(struct start *t, const char *command, const char *info, const char *file,
                         const char *doc, size_t len)
{
    char text[512];
    add_command(t->s, command, "OK");
    snprintf(
        text, sizeof(text),
        X_HEAD
        "<host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum>"
        "<info>%s</info><target_file>%s</target_file><packet_length>0x10000</packet_length></arg></host>",
        info, file);
    phone_says(t->s, text);
    host_says(t->s, "OK");
    snprintf(text, sizeof(text), "OK@0x%zx", len);
    phone_says(t->s, text);
    host_says(t->s, "OK");
    phone_says(t->s, "OK");
    host_says(t->s, "OK");
    script_phone(t->s, doc, len);
    host_says(t->s, "OK");
    add_end(t->s, X_END("OK", ""));
}

#define SYS_PROP(state) X_HEAD "<sys_prop version=\"1.0\"><item key=\"DA.SLA\">" state "</item></sys_prop>"
#define ASK_SLA         X_DA("GET-SYS-PROPERTY", "<key>DA.SLA</key><target_file>MEM://0x0:0x200000</target_file>")
#define ASK_HW          X_DA("GET-HW-INFO", "<target_file>MEM://0x0:0x200000</target_file>")
#define ASK_DA          X_DA("GET-DA-INFO", "<target_file>MEM://0x0:0x200000</target_file>")
#define HW_EMMC                                                                                        \
    X_HEAD                                                                                             \
    "<da_hw_info><version>1.2</version><ram_size>0x80000000</ram_size><battery_voltage>3810"           \
    "</battery_voltage><random_id>00112233445566778899aabbccddeeff</random_id><storage>EMMC</storage>" \
    "<emmc><block_size>0x200</block_size><boot1_size>0x400000</boot1_size><boot2_size>0x400000"        \
    "</boot2_size><rpmb_size>0x1000000</rpmb_size><user_size>0x1d2000000</user_size><gp1_size>0"       \
    "</gp1_size><id>150100414243444546011234567890ab</id></emmc><product_id></product_id></da_hw_info>"

/* Sys-prop comes without a NUL: it is counted by its length, 0x6B bytes [4]. */
static void add_facts(struct start *t)
{
    assert_int_equal(strlen(SYS_PROP("DISABLED")), 0x6B);
    add_document(t, ASK_SLA, "sys-prop", "MEM://0x0:0x200000", SYS_PROP("DISABLED"),
                 strlen(SYS_PROP("DISABLED")));
    add_command(t->s, X_BARE("NOTIFY-INIT-HW"), "OK");
    add_end(t->s, X_END("OK", ""));
    add_document(t, ASK_HW, "HW-INFO", "MEM://0x0:0x200000", HW_EMMC, strlen(HW_EMMC) + 1);
    add_command(t->s, ASK_DA, "ERR!UNSUPPORTED");
    phone_says(t->s, X_END("ERR!UNSUPPORTED", "Unsupported command."));
    host_says(t->s, "OK");
}

static void whole_start(void **state)
{
    struct start t;
    struct mtk_agent_info info;
    (void)state;
    assert_int_equal(strlen(RUNTIME) + 1, 0x160);
    assert_int_equal(strlen(X_BARE("NOTIFY-INIT-HW")) + 1, 0x6b);
    assert_int_equal(strlen(BOOT_TO) + 1, 0xe3);
    assert_int_equal(strlen(ASK_HW) + 1, 0xa0);
    open_start(&t);
    add_stage1(&t);
    add_boot_to(&t, X_END("OK", ""));
    phone_says(t.s, X_START); /* of stage 2 */
    add_facts(&t);
    assert_int_equal(run(&t), 0);
    t.a->ops->info(t.a, &info);
    assert_string_equal(info.generation, "xml");
    assert_string_equal(info.storage, "emmc");
    assert_int_equal(info.dram_size, 0x80000000);
    assert_int_equal(info.battery_mv, 3810);
    assert_int_equal(info.n_areas, 4);
    assert_string_equal(info.areas[3].name, "user");
    assert_int_equal(info.areas[3].size, 0x1d2000000);
    assert_false(info.areas[2].readable);
    assert_int_equal(info.storage_id_len, 16);
    assert_int_equal(info.storage_id[0], 0x15);
    assert_int_equal(info.random_id[15], 0xff);
    close_start(&t);
}

/* DRAM does not come up: CMD:END ERR after EOT, and no BOOT-TO [X3]. */
static void dram_fails(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_command(t.s, RUNTIME, "OK");
    add_end(t.s, X_END("OK", ""));
    add_command(t.s, CAPABILITY, "OK");
    add_end(t.s, X_END("OK", ""));
    add_dram(&t, X_END("ERR", "DRAM Init FAIL."));
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
    close_start(&t);
}

/* All packets are taken and the hash is wrong [X4]. */
static void hash_mismatch(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_stage1(&t);
    add_boot_to(&t, X_END("ERR", "DA Hash mismatch. check EMI setting or DRAM"));
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    close_start(&t);
}

/* Locked, and nobody who signs [7, X6]. */
static void locked_without_key(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_stage1(&t);
    add_boot_to(&t, X_END("OK", ""));
    phone_says(t.s, X_START);
    add_document(&t, ASK_SLA, "sys-prop", "MEM://0x0:0x200000", SYS_PROP("ENABLED"),
                 strlen(SYS_PROP("ENABLED")));
    script_add(t.s, "gone");
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED));
    if (t.a)
        t.a->ops->destroy(t.a);
    free(t.da2);
    script_drop(t.s);
}

/* Rollback is told in place of a running agent [6.1]. */
static void rolled_back(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_command(t.s, RUNTIME, "OK");
    phone_says(t.s, X_END("ERR", "DA Antirollback violation, can't continue"));
    host_says(t.s, "OK");
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK));
    close_start(&t);
}

/* Or before anything else, in place of the first CMD:START; and what is neither is no agent's beginning. */
static void refused_from_the_start(void **state)
{
    struct start t;
    (void)state;
    open_start_with(&t, X_END("ERR", "DA Antirollback violation, can't continue"));
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK));
    assert_non_null(strstr(t.err.what, "can't continue"));
    assert_string_equal(t.err.command, "CMD:START");
    close_start(&t);
    open_start_with(&t, X_PROGRESS("init-hw"));
    assert_int_equal(run(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_MTK_WRONG_ANSWER));
    close_start(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_start),   cmocka_unit_test(dram_fails),
        cmocka_unit_test(hash_mismatch), cmocka_unit_test(locked_without_key),
        cmocka_unit_test(rolled_back),   cmocka_unit_test(refused_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
