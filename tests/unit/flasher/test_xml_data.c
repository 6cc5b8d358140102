/* SPDX-License-Identifier: Apache-2.0 */
/* The XML speaker's commands in a running stage 2, in the words of da-xml.md sections 3, 5 and 6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_script.h"

#define MIB 0x100000u

static int read_user(struct xml_fixture *f, uint64_t addr, struct bytes *m)
{
    const struct mtk_drain to = bytes_drain(m);
    return f->v->x.s.agent.ops->read(&f->v->x.s.agent, "user", addr, m->len, &to, &f->err);
}

static int write_user(struct xml_fixture *f, uint64_t addr, struct bytes *m)
{
    const struct mtk_source from = bytes_source(m);
    return f->v->x.s.agent.ops->write(&f->v->x.s.agent, "user", addr, m->len, &from, &f->err);
}

#define READ_1MIB                                                             \
    X_DA("READ-FLASH", "<partition>EMMC-USER</partition><offset>0x0</offset>" \
                       "<length>0x100000</length><target_file>ROM_0</target_file>")
#define WRITE_2MIB                                                                   \
    X_DA("WRITE-FLASH", "<partition>EMMC-USER</partition><offset>0x2000000</offset>" \
                        "<source_file>MEM://0x8000000:0x200000</source_file>")

/* Section 6.4: the lengths of the texts, and every frame. */
static void read_1mib(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = malloc(MIB), .len = MIB};
    uint8_t packet[0x10000];
    (void)state;
    assert_int_equal(strlen(X_START) + 1, 0x66);
    assert_int_equal(strlen(X_END("OK", "")) + 1, 0x95);
    assert_int_equal(strlen(READ_1MIB) + 1, 0xdf);
    assert_int_equal(strlen(X_UPLOAD("EMMC-USER", "ROM_0")) + 1, 0xee);
    open_xml(&f);
    add_command(f.s, READ_1MIB, "OK");
    phone_says(f.s, X_UPLOAD("EMMC-USER", "ROM_0"));
    host_says(f.s, "OK");
    phone_says(f.s, "OK@0x100000");
    host_says(f.s, "OK");
    for (int i = 0; i < 16; i++) {
        memset(packet, i + 1, sizeof(packet));
        phone_says(f.s, "OK@0x0");
        host_says(f.s, "OK");
        script_phone(f.s, packet, sizeof(packet));
        host_says(f.s, "OK");
    }
    phone_says(f.s, X_END("OK", ""));
    host_says(f.s, "OK");
    assert_int_equal(read_user(&f, 0, &m), 0);
    assert_int_equal(m.at, MIB);
    for (size_t i = 0; i < MIB; i += 0x8000)
        assert_int_equal(m.data[i], i / 0x10000 + 1);
    free(m.data);
    close_xml(&f);
}

/* Section 6.5: the erase before the data, the 32-bit sum, two frames in a row. */
static void write_2mib(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = malloc(2 * MIB), .len = 2 * MIB};
    (void)state;
    memset(m.data, 0xA5, m.len);
    assert_int_equal(strlen(WRITE_2MIB) + 1, 0xe0);
    open_xml(&f);
    add_command(f.s, WRITE_2MIB, "OK");
    phone_says(f.s, X_CALLBACK("FILE-SYS-OPERATION",
                               "<key>FILE-SIZE</key><file_path>MEM://0x8000000:0x200000</file_path>"));
    host_says(f.s, "OK");
    host_says(f.s, "OK@0x200000");
    phone_says(f.s, X_PROGRESS("EMMC-USER"));
    host_says(f.s, "OK");
    phone_says(f.s, "OK!PROGRESS@100@");
    host_says(f.s, "OK");
    phone_says(f.s, "OK!EOT");
    host_says(f.s, "OK");
    phone_says(f.s, X_DOWNLOAD("CHK_ADD", "EMMC-USER", "MEM://0x8000000:0x200000", "0x200000"));
    host_says(f.s, "OK");
    host_says(f.s, "OK@0x200000");
    phone_says(f.s, "OK");
    host_says(f.s, "OK@0x14a00000");
    phone_says(f.s, "OK");
    script_host(f.s, m.data, m.len);
    phone_says(f.s, "OK@0x0");
    phone_says(f.s, X_END("OK", ""));
    host_says(f.s, "OK");
    assert_int_equal(write_user(&f, 0x2000000, &m), 0);
    assert_true(f.v->x.s.agent.touched);
    free(m.data);
    close_xml(&f);
}

/* Sections 6.7: erase, and the reboot whose OK is the last word. */
static void erase_and_reboot(void **state)
{
    struct xml_fixture f;
    (void)state;
    const char *erase = X_DA(
        "ERASE-FLASH", "<partition>EMMC-USER</partition><offset>0x2000000</offset><length>0x800000</length>");
    const char *reboot = X_DA("REBOOT", "<action>IMMEDIATE</action>");
    assert_int_equal(strlen(erase) + 1, 0xc6);
    assert_int_equal(strlen(reboot) + 1, 0x88);
    open_xml(&f);
    add_command(f.s, erase, "OK");
    phone_says(f.s, X_PROGRESS("EMMC-USER"));
    host_says(f.s, "OK");
    phone_says(f.s, "OK!EOT");
    host_says(f.s, "OK");
    add_end(f.s, X_END("OK", ""));
    add_command(f.s, reboot, "OK");
    phone_says(f.s, X_END("OK", ""));
    host_says(f.s, "OK");
    struct mtk_agent *a = &f.v->x.s.agent;
    assert_int_equal(a->ops->erase(a, "user", 0x2000000, 0x800000, &f.err), 0);
    assert_int_equal(a->ops->reboot(a, "system", &f.err), 0);
    assert_false(a->usable);
    close_xml(&f);
}

#define REBOOT(action) X_DA("REBOOT", "<action>" action "</action>")
#define FASTBOOT       X_DA("SET-BOOT-MODE", "<mode>FASTBOOT</mode>")

/* The ways to end a session. A phone that is quicker than its CMD:END, or its OK, has done as it was told [4, 6.7]. */
static void ends_the_session(void **state)
{
    static const struct {
        const char *mode, *command;
    } modes[] = {{"system", REBOOT("IMMEDIATE")},
                 {"off", REBOOT("DISCONNECT")},
                 {"none", REBOOT("DISCONNECT")},
                 {"fastboot", FASTBOOT}};
    (void)state;
    for (size_t i = 0; i < 4 * 4; i++) {
        struct xml_fixture f;
        open_xml(&f);
        host_says(f.s, "OK");
        host_says(f.s, modes[i / 4].command);
        if (i % 4 < 3)
            phone_says(f.s, "OK");
        if (i % 4 < 2)
            phone_says(f.s, X_END("OK", ""));
        if (i % 4 < 1)
            host_says(f.s, "OK");
        script_add(f.s, "gone");
        struct mtk_agent *a = &f.v->x.s.agent;
        assert_int_equal(a->ops->reboot(a, modes[i / 4].mode, &f.err), 0);
        assert_false(a->usable);
        assert_int_equal(a->ops->reboot(a, "system", &f.err), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_LINK_LOST));
        close_xml(&f);
    }
}

/* A locked agent does not have them, others refuse a mode; both go on, and another way may be tried [4, 7]. */
static void the_end_may_be_refused(void **state)
{
    struct xml_fixture f;
    (void)state;
    open_xml(&f);
    add_command(f.s, FASTBOOT, "ERR!UNSUPPORTED");
    add_end(f.s, X_END("ERR!UNSUPPORTED", "Unsupported command."));
    add_command(f.s, FASTBOOT, "OK");
    add_end(f.s, X_END("ERR", ""));
    add_command(f.s, REBOOT("IMMEDIATE"), "OK");
    phone_says(f.s, X_END("OK", ""));
    host_says(f.s, "OK");
    struct mtk_agent *a = &f.v->x.s.agent;
    assert_int_equal(a->ops->reboot(a, "fastboot", &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_UNSUPPORTED));
    assert_int_equal(a->ops->reboot(a, "fastboot", &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_AGENT_REFUSED));
    assert_int_equal(a->ops->reboot(a, "recovery", &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_UNSUPPORTED));
    assert_int_equal(a->ops->reboot(a, "moon", &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_USAGE));
    assert_true(a->usable);
    assert_int_equal(a->ops->reboot(a, "system", &f.err), 0);
    close_xml(&f);
}

/* A refusal before the erase leaves the flash as it was; the loop lives on, or it does not [3, X8, X21]. */
static void refused_before_erase(void **state)
{
    (void)state;
    for (int alive = 0; alive < 2; alive++) {
        struct xml_fixture f;
        struct bytes m = {.data = calloc(1, 2 * MIB), .len = 2 * MIB};
        open_xml(&f);
        add_command(f.s, WRITE_2MIB, "OK");
        if (alive)
            add_end(f.s, X_END("ERR", "Security deny for [lk]."));
        else
            phone_says(f.s, X_END("ERR", "Security deny for [lk].")), host_says(f.s, "OK");
        assert_int_equal(write_user(&f, 0x2000000, &m), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_STATUS_SEC_DL_FORBIDDEN));
        assert_int_equal(f.v->x.s.agent.usable, alive);
        assert_false(f.v->x.s.agent.touched);
        free(m.data);
        close_xml(&f);
    }
}

/* CMD:END without the end tag of its message, as a vendor's agent sends it [3.1]: 247 bytes. */
static void end_not_well_formed(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = calloc(1, MIB), .len = MIB};
    (void)state;
    const char *end =
        X_HEAD "<host><version>1.0</version><command>CMD:END</command><arg><result>ERR</result>"
               "<message>Use wrong load, load with pmic 6377 incompatible with device pmic 6363, "
               "response_value=NAK, code=0xc0010001</arg></host>";
    assert_int_equal(strlen(end) + 1, 0xf7);
    open_xml(&f);
    add_command(f.s, READ_1MIB, "OK");
    phone_says(f.s, end);
    host_says(f.s, "OK");
    assert_int_equal(read_user(&f, 0, &m), -1);
    assert_true(f.err.has_status);
    assert_int_equal(f.err.device_status, 0xc0010001);
    assert_non_null(strstr(f.err.what, "pmic 6363, response_value=NAK"));
    assert_null(strstr(f.err.what, "</arg>"));
    assert_false(f.v->x.s.agent.usable);
    free(m.data);
    close_xml(&f);
}

/* Unsupported: the command still ends with CMD:END, and the loop lives on [3]. */
static void unsupported(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = calloc(1, MIB), .len = MIB};
    (void)state;
    assert_int_equal(strlen(X_END("ERR!UNSUPPORTED", "Unsupported command.")) + 1, 182);
    open_xml(&f);
    add_command(f.s, READ_1MIB, "ERR!UNSUPPORTED");
    phone_says(f.s, X_END("ERR!UNSUPPORTED", "Unsupported command."));
    host_says(f.s, "OK");
    assert_int_equal(read_user(&f, 0, &m), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_UNSUPPORTED));
    assert_true(f.v->x.s.agent.usable);
    free(m.data);
    close_xml(&f);
}

/* The length is too large, and the agent says ERR in the middle and OK at the end: that is a failure [5.1, X13]. */
static void err_in_the_middle(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = calloc(1, 2 * MIB), .len = 2 * MIB};
    (void)state;
    open_xml(&f);
    add_command(f.s, WRITE_2MIB, "OK");
    phone_says(f.s, X_DOWNLOAD("CHK_ADD", "EMMC-USER", "MEM://0x8000000:0x200000", "0x200000"));
    host_says(f.s, "OK");
    host_says(f.s, "OK@0x200000");
    phone_says(f.s, "ERR");
    phone_says(f.s, X_END("OK", "data size bigger than partition"));
    host_says(f.s, "OK");
    assert_int_equal(write_user(&f, 0x2000000, &m), -1);
    assert_true(f.v->x.s.agent.usable);
    free(m.data);
    close_xml(&f);
}

/* CMD:END comes where the status of a packet is due [5.1, X10]. */
static void end_in_place_of_status(void **state)
{
    struct xml_fixture f;
    struct bytes m = {.data = calloc(1, 2 * MIB), .len = 2 * MIB};
    (void)state;
    open_xml(&f);
    add_command(f.s, WRITE_2MIB, "OK");
    phone_says(f.s, X_DOWNLOAD("CHK_NO", "EMMC-USER", "MEM://0x8000000:0x200000", "0x200000"));
    host_says(f.s, "OK");
    host_says(f.s, "OK@0x200000");
    phone_says(f.s, "OK");
    host_says(f.s, "OK@0x0");
    phone_says(f.s, "OK");
    script_host(f.s, m.data, m.len);
    add_end(f.s, X_END("ERR", "USB checksum error"));
    assert_int_equal(write_user(&f, 0x2000000, &m), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_CHECKSUM_ERR));
    assert_true(f.v->x.s.agent.touched);
    assert_true(f.v->x.s.agent.usable);
    free(m.data);
    close_xml(&f);
}

/* A read that fails: builds that end the command at once, and builds that want an answer first [5.2]. */
static void read_error(void **state)
{
    (void)state;
    for (int wants_answer = 0; wants_answer < 2; wants_answer++) {
        struct xml_fixture f;
        struct bytes m = {.data = calloc(1, MIB), .len = MIB};
        open_xml(&f);
        add_command(f.s, READ_1MIB, "OK");
        phone_says(f.s, X_UPLOAD("EMMC-USER", "ROM_0"));
        host_says(f.s, "OK");
        phone_says(f.s, "OK@0x100000");
        host_says(f.s, "OK");
        phone_says(f.s, "ERR");
        if (wants_answer)
            host_says(f.s, "OK");
        add_end(f.s, X_END("ERR", ""));
        assert_int_equal(read_user(&f, 0, &m), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_AGENT_REFUSED));
        assert_true(f.v->x.s.agent.usable);
        free(m.data);
        close_xml(&f);
    }
}

static void hostile_texts(void **state)
{
    static const char *const offers[] = {"OK@0x100001", "OK@0xffffffffffffffffff", "OK", "OK@", "OK@x"};
    (void)state;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        struct xml_fixture f;
        struct bytes m = {.data = calloc(1, MIB), .len = MIB};
        open_xml(&f);
        add_command(f.s, READ_1MIB, "OK");
        phone_says(f.s, X_UPLOAD("EMMC-USER", "ROM_0"));
        host_says(f.s, "OK");
        phone_says(f.s, offers[i]);
        uint64_t value;
        strcpy(f.v->text, offers[i]);
        if (v6_is_ok(f.v, &value)) /* a number, but not the one that was asked for */
            host_says(f.s, "ERR!CANCEL");
        add_end(f.s, X_END("ERR", ""));
        assert_int_equal(read_user(&f, 0, &m), -1);
        free(m.data);
        close_xml(&f);
    }
}

/* Partition table as the agent gives it [4]; an empty one is a failure even without an error [X2]. */
static void table(void **state)
{
    static const char *const docs[] = {
        X_HEAD
        "<partition_table version=\"1.0\"><pt><name>proinfo</name><start>0x80000</start><size>0x300000</size>"
        "</pt><pt><name>a&amp;b</name><start>0x380000</start><size>0x1000</size></pt></partition_table>",
        X_HEAD "<partition_table version=\"1.0\"></partition_table>",
        X_HEAD "<partition_table version=\"1.0\"><pt><name>x</name><start>zz</start><size>1</size></pt>",
    };
    (void)state;
    assert_int_equal(strlen(docs[1]) + 1, 0x58);
    for (size_t i = 0; i < 3; i++) {
        struct xml_fixture f;
        struct mtk_gpt g;
        char length[32];
        open_xml(&f);
        add_command(f.s, X_DA("READ-PARTITION-TABLE", "<target_file>MEM://0x0:0x200000</target_file>"), "OK");
        phone_says(f.s, X_UPLOAD("partition-table", "MEM://0x0:0x200000"));
        host_says(f.s, "OK");
        snprintf(length, sizeof(length), "OK@0x%zx", strlen(docs[i]) + 1);
        phone_says(f.s, length);
        host_says(f.s, "OK");
        phone_says(f.s, "OK");
        host_says(f.s, "OK");
        phone_says(f.s, docs[i]);
        host_says(f.s, "OK");
        phone_says(f.s, X_END("OK", ""));
        host_says(f.s, "OK");
        int r = f.v->x.s.agent.ops->table(&f.v->x.s.agent, &g, &f.err);
        assert_int_equal(r, i == 0 ? 0 : -1);
        if (i == 0) {
            assert_int_equal(g.n_entries, 2);
            assert_string_equal(g.entries[0].name, "proinfo");
            assert_int_equal(g.entries[0].start, 0x80000);
            assert_int_equal(g.entries[0].size, 0x300000);
            assert_string_equal(g.entries[1].name, "a&b");
            mtk_gpt_release(&g);
        } else {
            assert_true(mtk_error_is(&f.err, MTK_E_MTK_GPT_INVALID));
        }
        close_xml(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_1mib),
        cmocka_unit_test(write_2mib),
        cmocka_unit_test(erase_and_reboot),
        cmocka_unit_test(ends_the_session),
        cmocka_unit_test(the_end_may_be_refused),
        cmocka_unit_test(refused_before_erase),
        cmocka_unit_test(end_not_well_formed),
        cmocka_unit_test(unsupported),
        cmocka_unit_test(err_in_the_middle),
        cmocka_unit_test(end_in_place_of_status),
        cmocka_unit_test(read_error),
        cmocka_unit_test(hostile_texts),
        cmocka_unit_test(table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
