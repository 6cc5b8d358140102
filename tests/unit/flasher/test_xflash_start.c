/* SPDX-License-Identifier: Apache-2.0 */
/* Starting an XFlash agent, from the byte C0 to the SYNC of stage 2: da-xflash.md sections 4 to 6 and 13. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_session.h"

/* The whole of section 13 from BROM, byte by byte, and what is learnt from it. */
static void starts_from_brom(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, chop);
        add_start(&f);
        script_add(f.s, FACTS);
        assert_int_equal(start(&f), 0);
        f.a->ops->info(f.a, &info);
        assert_string_equal(info.generation, "xflash");
        assert_string_equal(info.version, "1.0");
        assert_string_equal(info.connection, "brom");
        assert_string_equal(info.storage, "emmc");
        assert_int_equal(info.block_size, 512);
        assert_int_equal(info.n_areas, 4);
        assert_string_equal(info.areas[0].name, "boot1");
        assert_int_equal(info.areas[0].size, 0x400000);
        assert_string_equal(info.areas[2].name, "rpmb");
        assert_false(info.areas[2].readable);
        assert_false(info.areas[2].writable);
        assert_string_equal(info.areas[3].name, "user");
        assert_int_equal(info.areas[3].size, 0x1d1ec00000);
        assert_true(info.areas[3].readable && info.areas[3].writable);
        assert_int_equal(info.storage_id_len, 16);
        assert_memory_equal(info.storage_id,
                            "\x15\x01\x00"
                            "ABCDEF\x01\x12",
                            11);
        assert_int_equal(info.max_write, 0x200000);
        assert_int_equal(info.max_read, 0x10000);
        assert_int_equal(info.sram_size, 0x39000);
        assert_int_equal(info.dram_size, 0x180000000);
        assert_int_equal(info.random_id_len, 16);
        assert_string_equal(info.usb_speed, "high-speed");
        assert_int_equal(info.battery_mv, 3700);
        assert_true(info.gpt);
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* A preloader has brought up DRAM: no INIT_EXT_RAM, and settings that were given are not sent [5.1]. */
static void starts_from_preloader(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.id.brom = false;
    f.emi_len = 0;
    script_add(f.s, STAGE1 PRELOADER);
    add_boot(&f);
    script_add(f.s, OK OK FACTS); /* and a plain 0 in place of the second SYNC [6] */
    assert_int_equal(start(&f), 0);
    assert_non_null(strstr(f.notes, "preloader"));
    close_fixture(&f);
}

/* The OS word and the checksum level are the caller's [4, 7.3]. */
static void passes_the_options_on(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.opt.system_os = 0;
    f.opt.checksum_level = 0;
    script_add(f.s,
               "H= 434e5953 010100\nH> .. 14 00 00 00 | 02 00 00 00 01 00 00 00 00*c\nD= 0\n" HW_INIT OK SYNC
                   RESET_KEY "H= 010009\nD= 0\nH= 020003\nD= 0\nH= 0\nD= 0\n" BROM "H= 01000a\ngone\n");
    assert_int_equal(start(&f), -1);
    close_fixture(&f);
}

/* Log text between any two packets changes nothing [2, F26]. */
static void starts_through_log_text(void **state)
{
    (void)state;
    static const char line[] = "D> ef ee ee fe 02 00 00 00 06 00 00 00 | 01 00 00 00 68 69\n";
    struct fixture f;
    open_fixture(&f, true);
    script_add(f.s, SYNC_AND_ENVIRONMENT);
    script_add(f.s, line);
    script_add(f.s, OK HW_INIT);
    script_add(f.s, line);
    script_add(f.s, OK);
    script_add(f.s, line);
    script_add(f.s, SYNC RESET_KEY CHECKSUM ASK_AGENT);
    script_add(f.s, line);
    script_add(f.s, "D> .. 04 00 00 00 | 62 72 6f 6d\n");
    script_add(f.s, line);
    script_add(f.s, OK);
    add_ram(&f);
    script_add(f.s, line);
    script_add(f.s, OK);
    add_boot(&f);
    script_add(f.s, OK);
    script_add(f.s, line);
    script_add(f.s, SYNC FACTS);
    assert_int_equal(start(&f), 0);
    assert_non_null(strstr(f.notes, "da1: hi\n"));
    assert_non_null(strstr(f.notes, "da2: hi\n"));
    close_fixture(&f);
}

/* 0xC0010004 means that a feature is absent, wherever it comes [7.2, 7.4, F11, F33]. */
static void starts_without_any_feature(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_agent_info info;
    open_fixture(&f, false);
    script_add(f.s,
               SYNC_AND_ENVIRONMENT OK HW_INIT OK SYNC ABSENT("020004") ABSENT("020003") ABSENT("04000a"));
    add_ram(&f);
    script_add(f.s, OK);
    add_boot(&f);
    script_add(f.s, OK SYNC SLA_NONE ABSENT("040005") ABSENT("040001") ABSENT("040004") ABSENT("040002")
                        ABSENT("040007") ABSENT("04000c") ABSENT("04000d") ABSENT("040008") ABSENT("04000b")
                            ABSENT("040009") ABSENT("04000f"));
    assert_int_equal(start(&f), 0);
    f.a->ops->info(f.a, &info);
    assert_string_equal(info.connection, "brom"); /* as the phone was found */
    assert_string_equal(info.version, "");
    assert_string_equal(info.storage, "");
    assert_int_equal(info.n_areas, 0);
    assert_int_equal(info.max_read, 0x10000);
    assert_int_equal(info.max_write, 0x10000);
    assert_int_equal(info.random_id_len, 0);
    assert_true(info.gpt);
    assert_non_null(strstr(f.notes, "no checksum level"));
    assert_non_null(strstr(f.notes, "no storage"));
    close_fixture(&f);
}

/* Every point of stage 1 at which the phone may refuse, break off or fall silent: row, evidence, stage, command. */
enum {
    AT_ENV,
    AT_HW,
    AT_SYNC,
    AT_KEY,
    AT_LEVEL,
    AT_AGENT,
    AT_RAM_CMD,
    AT_RAM,
    AT_BOOT_CMD,
    AT_BOOT,
    AT_SYNC2,
    N_POINTS
};

static const struct {
    const char *stage, *command;
    enum mtk_timeout_op patience;
    int silent_row;
} points[N_POINTS] = {
    [AT_ENV] = {"da1", "SETUP_ENVIRONMENT", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_HW] = {"da1", "SETUP_HW_INIT_PARAMS", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_SYNC] = {"da1", "SYNC", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_KEY] = {"da1", "SET_RESET_KEY", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_LEVEL] = {"da1", "SET_CHECKSUM_LEVEL", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_AGENT] = {"da1", "GET_CONNECTION_AGENT", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_RAM_CMD] = {"da1", "INIT_EXT_RAM", MTK_T_AGENT_REPLY, MTK_E_STATUS_EXT_RAM_EXCEPTION},
    [AT_RAM] = {"da1", "INIT_EXT_RAM", MTK_T_DRAM_INIT, MTK_E_STATUS_EXT_RAM_EXCEPTION},
    [AT_BOOT_CMD] = {"da1", "BOOT_TO", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_BOOT] = {"da1", "BOOT_TO", MTK_T_DA_DATA, MTK_E_MTK_NO_ANSWER},
    [AT_SYNC2] = {"da2", "BOOT_TO", MTK_T_STAGE2_SYNC, MTK_E_STATUS_EXT_RAM_EXCEPTION},
};

static void add_until(struct fixture *f, int point)
{
    static const char *const before[] = {
        [AT_ENV] = SYNC_AND_ENVIRONMENT,
        [AT_HW] = OK HW_INIT,
        [AT_SYNC] = OK,
        [AT_KEY] = SYNC "H= 010009\nD= 0\nH= 020004\nD= 0\nH= 68\n",
        [AT_LEVEL] = OK "H= 010009\nD= 0\nH= 020003\nD= 0\nH= 3\n",
        [AT_AGENT] = OK "H= 010009\nD= 0\nH= 04000a\n",
        [AT_RAM_CMD] = OK "D> .. 04 00 00 00 | 62 72 6f 6d\n" OK "H= 01000a\n",
        [AT_RAM] = OK RAM_LEN,
        [AT_BOOT_CMD] = OK "H= 010008\n",
        [AT_BOOT] = OK BOOT_WHERE,
        [AT_SYNC2] = OK,
    };
    for (int i = 0; i <= point; i++) {
        script_add(f->s, before[i]);
        if (i == AT_RAM)
            script_host(f->s, f->emi, EMI_LEN);
        if (i == AT_BOOT)
            script_host(f->s, f->da2, DA2_LEN);
    }
}

static void start_may_meet_silence(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        open_fixture(&f, false);
        add_until(&f, p);
        script_add(f.s, "deaf\n");
        assert_int_equal(start(&f), -1);
        assert_null(f.a);
        assert_true(mtk_error_is(&f.err, points[p].silent_row));
        assert_int_equal(f.err.evidence, MTK_EV_NO_ANSWER);
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        assert_int_equal(f.err.waited_ns,
                         mtk_timeout_ns(NULL, points[p].patience, p == AT_BOOT ? DA2_LEN : 0));
        close_fixture(&f);
    }
}

static void start_may_lose_the_phone(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        bool ram = p == AT_RAM_CMD || p == AT_RAM;
        open_fixture(&f, false);
        add_until(&f, p);
        script_add(f.s, "gone\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_LEFT_BUS);
        assert_true(mtk_error_is(&f.err, ram ? MTK_E_STATUS_EXT_RAM_EXCEPTION : MTK_E_MTK_LINK_LOST));
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

static void start_may_be_refused(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        bool ram = p == AT_RAM_CMD || p == AT_RAM;
        open_fixture(&f, p & 1);
        add_until(&f, p);
        script_add(f.s, "D= c0020053\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.device_status, XF_DA_ANTI_ROLLBACK);
        assert_true(f.err.row == (ram ? &mtk_err_rows[MTK_E_STATUS_EXT_RAM_EXCEPTION]
                                      : mtk_err_by_code("xflash_status", XF_DA_ANTI_ROLLBACK)));
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

static void start_may_meet_nonsense(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        open_fixture(&f, p & 1);
        add_until(&f, p);
        script_add(f.s, "D> ef ee ee ff 01 00 00 00 04 00 00 00\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER)); /* noise is no fault of the DRAM */
        assert_int_equal(f.err.n_got, 12);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

/* Where SYNC is due, an OK of stage 1 or any other word is none. */
static void demands_sync(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_SYNC);
    script_add(f.s, "D= 0\n");
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_SYNC2);
    script_add(f.s, "D= 12345678\n");
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.device_status, 0x12345678);
    assert_string_equal(f.err.command, "BOOT_TO");
    close_fixture(&f);
}

/* The inner fact of a DRAM failure: EMI version, DRAM test, silence after the whole blob [5.3, F5, F6, F7]. */
static void tells_why_dram_failed(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_RAM);
    script_add(f.s, "D= c0040050\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
    assert_int_equal(f.err.device_status, XF_EMI_VERSION);
    assert_non_null(strstr(f.err.what, "0xC0040050"));
    assert_non_null(strstr(f.err.what, "EMI v38, 912 bytes"));
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_RAM);
    script_add(f.s, "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_non_null(strstr(f.err.what, "silent after it had taken all DRAM settings"));
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_RAM_CMD);
    script_add(f.s, "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_non_null(strstr(f.err.what, "silent before it had taken the DRAM settings"));
    close_fixture(&f);
}

/* The hash of stage 2 has its own row with its causes; DA1 would go on serving [6, F8]. */
static void tells_a_hash_mismatch(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_BOOT);
    script_add(f.s, "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 04 00 07 c0\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
    assert_non_null(strstr(f.err.row->causes, "DRAM"));
    close_fixture(&f);
}

/* Stage 2 that never speaks after a preloader's DRAM set-up is not called a DRAM failure [6, F9]. */
static void a_dead_stage2_after_preloader_is_just_silent(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, STAGE1 PRELOADER);
    add_boot(&f);
    script_add(f.s, OK "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_NO_ANSWER));
    assert_string_equal(f.err.stage, "da2");
    close_fixture(&f);
}

/* Started by the boot ROM and no DRAM settings at hand: not one byte of BOOT_TO goes out [14, F4]. */
static void refuses_brom_without_settings(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.emi_len = 0;
    script_add(f.s, STAGE1 BROM);
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_NO_EMI));
    assert_int_equal(f.err.evidence, MTK_EV_POLICY);
    close_fixture(&f);
}

static void refuses_an_unknown_connection(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, STAGE1 ASK_AGENT "D> .. 04 00 00 00 | 42 52 4f 4d\n" OK);
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
    assert_memory_equal(f.err.got, "BROM", 4);
    close_fixture(&f);
}

static void may_be_cancelled(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.cancel = true;
    /* The agent is told to end, so that the phone does not wait in it. */
    script_add(f.s, STAGE1 BROM "H= 010007\nD= 0\nH> .. 1c 00 00 00 | 00*1c\nD= 0\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_from_brom),
        cmocka_unit_test(starts_from_preloader),
        cmocka_unit_test(passes_the_options_on),
        cmocka_unit_test(starts_through_log_text),
        cmocka_unit_test(starts_without_any_feature),
        cmocka_unit_test(start_may_meet_silence),
        cmocka_unit_test(start_may_lose_the_phone),
        cmocka_unit_test(start_may_be_refused),
        cmocka_unit_test(start_may_meet_nonsense),
        cmocka_unit_test(demands_sync),
        cmocka_unit_test(tells_why_dram_failed),
        cmocka_unit_test(tells_a_hash_mismatch),
        cmocka_unit_test(a_dead_stage2_after_preloader_is_just_silent),
        cmocka_unit_test(refuses_brom_without_settings),
        cmocka_unit_test(refuses_an_unknown_connection),
        cmocka_unit_test(may_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
