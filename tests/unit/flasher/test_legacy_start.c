/* SPDX-License-Identifier: Apache-2.0 */
/* From the byte C0 to the command loop: da-legacy.md 2, 3, 7.1. DRAM settings and report have tests of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

/* The whole of section 7.1, and what is learnt from it. */
static void starts_mt6580(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct leg f;
        struct mtk_agent_info info;
        open_mt6580(&f, chop);
        leg_script(&f, REPORT COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        f.g->s.agent.ops->info(&f.g->s.agent, &info);
        assert_string_equal(info.generation, "legacy");
        assert_string_equal(info.version, "4.2");
        assert_string_equal(info.connection, "preloader");
        assert_string_equal(info.storage, "emmc");
        assert_string_equal(info.storage_name, "M8G1WA");
        assert_int_equal(info.storage_id_len, 16);
        assert_memory_equal(info.storage_id,
                            "\x15\x01\x00\x4D\x38\x47\x31\x57\x41\x02\x25\x57\x18\x44\x60\x8F", 16);
        assert_int_equal(info.block_size, 512);
        assert_int_equal(info.erase_size, 0);
        assert_int_equal(info.n_areas, 4);
        static const char *const names[] = {"boot1", "boot2", "rpmb", "user"};
        static const uint64_t sizes[] = {0x400000, 0x400000, 0x400000, 0x3A3E00000};
        for (size_t i = 0; i < 4; i++) {
            assert_string_equal(info.areas[i].name, names[i]);
            assert_int_equal(info.areas[i].size, sizes[i]);
            assert_int_equal(info.areas[i].readable, i != 2);
            assert_int_equal(info.areas[i].writable, i != 2);
        }
        assert_int_equal(info.sram_size, 0x20000);
        assert_int_equal(info.dram_size, 0x40000000);
        assert_int_equal(info.random_id_len, 16);
        assert_int_equal(info.random_id[15], 0x77);
        assert_string_equal(info.usb_speed, "high-speed");
        assert_true(info.gpt);
        assert_int_equal(info.max_read, 0x100000);
        assert_true(f.g->s.agent.usable);
        assert_false(f.g->s.agent.touched);
        assert_int_equal(f.g->numbering, LG_N1);
        /* A second of silence stands before the words behind the configuration [2.4]. */
        assert_int_equal(script_now(f.s), NS_PER_MS * 1000);
        close_leg(&f);
    }
}

/* What stands in the 18 bytes and behind them, chip by chip, on eMMC and NAND phones [2.4, 2.5]. */
static const struct {
    uint32_t code;
    const char *emmc_bmt, *nand_bmt, *extra;
} chips[] = {
    {0x0321, "01 00 00 00 00", "01 00 00 00 00", ""},
    {0x0335, "01 00 00 00 00", "01 00 00 00 00", ""},
    {0x0337, "01 00 00 00 00", "01 00 00 00 00", ""},
    {0x6571, "01 01 50 00 00", "01 00 00 00 00", "00 00 00 01"},
    {0x6572, "00 00 00 00 A8", "00 01 50 00 00", ""},
    {0x6580, "01 00 00 00 00", "01 00 00 00 00", "00 00 00 01 46 46 [14 x 00] FF 00 00 00"},
    {0x6582, "02 01 50 00 00", "01 00 00 00 00", "00 00 00 01"},
    {0x6583, "01 00 00 00 00", "00 00 A0 00 00", "00 00 00 00"},
    {0x6592, "01 01 50 00 00", "01 00 00 00 00", "00 00 00 00"},
    {0x6752, "01 00 00 00 00", "01 00 00 00 00", ""},
    {0x8127, "01 01 50 00 00", "01 00 00 00 00", "00 00 00 00 00 00 00 01 46 46 [14 x 00] FF 00 00 00"},
    {0x8135, "01 00 00 00 00", "01 00 00 00 00", ""},
    {0x8163, "01 00 00 00 00", "01 00 00 00 00", "00 00 00 01 46 46 [14 x 00] FF 00 00 00"},
    {0x8590, "01 00 00 00 00", "01 00 00 00 00", ""},
};

static void configures_each_chip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        for (int nand = 0; nand < 2; nand++) {
            struct leg f;
            char text[512];
            open_start(&f, chips[i].code, true, false);
            leg_script(
                &f,
                nand
                    ? "< 00 00 00 00 | 00 05 | 00 AD 00 BC 00 90 00 55 00 54 | 00 00 0C 4D | [16 x 00] > 5A\n"
                    : IDS_N1);
            snprintf(text, sizeof(text), "< 04 02 9B > FF FE 00 08 00 70 07 FF FF %s 02 01 02 00 > %s deaf\n",
                     nand ? chips[i].nand_bmt : chips[i].emmc_bmt, chips[i].extra);
            leg_script(&f, text);
            assert_int_equal(start_legacy(&f), -1);
            assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
            assert_string_equal(f.err.command, "DRAM status");
            close_leg(&f);
        }
    }
}

/* A boot ROM that told its version is quoted; 05 is what real ones say [2.4]. */
static void quotes_the_boot_rom(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x321, true, false);
    f.id.brom_version = 5;
    leg_script(&f, IDS_N1 "< 04 02 9B > 05 FE 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\ndeaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
    close_leg(&f);
}

/* MT6735: no words behind the configuration, 5 NAND ids in the report [7.1]. */
static void starts_mt6735(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x321, false, false);
    leg_script(&f, IDS_N1 "< 04 02 9B\n" CONFIG_PL DRAM_IS_UP);
    add_da2(&f, DA2_HEAD);
    leg_script(&f, REPORT_NOR
               "< 00000BC8 00 FFFF 0000000000000000 0005 [10 x 00] 0000 0000 0000 00 00 00\n" REPORT_EMMC
                   REPORT_SDMMC REPORT_RAM REPORT_END COMMANDS);
    assert_int_equal(start_legacy(&f), 0);
    assert_int_equal(f.g->bbchip, 0x9B);
    assert_int_equal(script_now(f.s), 0);
    close_leg(&f);
}

/* MT6592: five words behind the DRAM status, a NAND size of 4 bytes [2.6, 4]. */
static void starts_mt6592(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6592, false, false);
    leg_script(&f, IDS_N1 "< 04 02 8A > FF 01 00 08 00 70 07 FF FF 01 01 50 00 00 02 01 02 00 > 00 00 00 00\n"
                          "< 00 00 00 00 00 00 00 03 11 11 11 11 22 22 22 22 33 33 33 33 44 44 44 44\n");
    add_da2(&f, DA2_HEAD);
    leg_script(&f, REPORT_NOR
               "< 00000BC8 00 FFFF 00000000 0007 [14 x 00] 0000 0000 0000 00 00 00\n" REPORT_EMMC REPORT_SDMMC
                   REPORT_RAM REPORT_END COMMANDS);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.storage, "emmc");
    close_leg(&f);
}

/*
 * V3: neither id block nor DRAM status. A NAND interface asks for a table of devices, of which this host has none, or
 * there is no such interface [2.1, 2.7].
 */
static void starts_a_v3_agent(void **state)
{
    static const char *const scans[] = {"< 5A 00 00 00 00 > 00 00 00 00 < 5A\n", "< A5\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        open_start(&f, 0x6573, true, i);
        leg_script(&f, "< 03 02 83\n" CONFIG_BROM);
        leg_script(&f, scans[i]);
        add_da2(&f, DA2_HEAD);
        leg_script(
            &f, REPORT_NOR
            "< 00000BC8 00 FFFF 00000000 0007 [14 x 00] 0000 0000 0000 00 00 00\n" REPORT_EMMC REPORT_SDMMC
                REPORT_RAM REPORT_END COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        assert_string_equal(f.g->s.info.version, "3.2");
        close_leg(&f);
    }
}

/* No host knows how to configure the agent of a newer chip: nothing is sent [2.4]. */
static void refuses_a_chip_without_a_row(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x766, true, false);
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, POLICY);
    close_leg(&f);
}

/* An agent for another chip says so, and it is not talked to any further [2.3, 9]. */
static void refuses_a_wrong_agent(void **state)
{
    static const struct {
        const char *version;
        int row;
    } v[] = {
        {"< 04 02 FF\n", MTK_E_S_DA_UNSUPPORTED_BBCHIP},   {"< 04 02 FE\n", MTK_E_S_UNKNOWN_TARGET_BBCHIP},
        {"< 04 02 B4\n", MTK_E_S_UNKNOWN_TARGET_BBCHIP},   {"< 04 02 7F\n", MTK_E_S_UNKNOWN_TARGET_BBCHIP},
        {"< 09 63 9B\n", MTK_E_S_FT_DA_VERSION_INCORRECT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        struct leg f;
        open_start(&f, 0x321, true, false);
        leg_script(&f, IDS_N1);
        leg_script(&f, v[i].version);
        assert_int_equal(start_legacy(&f), -1);
        assert_true(mtk_error_is(&f.err, v[i].row));
        assert_string_equal(f.err.command, "version");
        assert_int_equal(f.err.n_got, 3);
        close_leg(&f);
    }
}

/* A count of ids that no agent has: the place in the dialogue is lost. */
static void limits_the_ids(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x321, true, false);
    leg_script(&f, "< 00 00 0B C4 | 00 41\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
    close_leg(&f);
    open_start(&f, 0x321, true, false);
    leg_script(&f, "< 00 00 0B C4 | 00 40 [128 x 00] | 00 00 00 00 | [16 x 00] > 5A < 04 02 FF\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_DA_UNSUPPORTED_BBCHIP, WRONG_ANSWER);
    close_leg(&f);
}

/* ---- stage 2 [3] ---- */

/* What stands in place of its first 5A: 78 is known to the vendor's host too, and any other value is only logged. */
static void any_first_byte_will_do(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        struct leg f;
        open_start(&f, 0x6580, false, false);
        leg_script(&f, MT6580_STAGE1 DRAM_IS_UP DA2_HEAD);
        add_da2_packets(&f);
        leg_script(&f, odd ? "< 5A 33 > 5A\n" : "< 5A 78 > 5A\n");
        leg_script(&f, REPORT COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        assert_int_equal(strstr(f.notes, "stage 2 began with") != NULL, odd);
        close_leg(&f);
    }
}

/* Stage 1 gives no reason, whatever it answers to the head, to a packet, or after the last one. */
static void stage2_may_be_refused(void **state)
{
    static const struct {
        int packets; /* acknowledged ones before the refusal; -1: the head is refused, 43: all of them */
        const char *answer;
        uint64_t offset;
    } r[] = {{-1, "< 00\n", 0},
             {0, "< A5\n", 0},
             {3, "< 00\n", 0x3000},
             {42, "< A5\n", 0x2A000},
             {43, "< A5\n", DA2_LEN}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_start(&f, 0x6580, false, false);
        leg_script(&f, MT6580_STAGE1 DRAM_IS_UP);
        leg_script(&f, r[i].packets < 0 ? DA2_HEAD_ONLY : DA2_HEAD);
        for (int k = 0; k <= r[i].packets && k < 43; k++) {
            script_raw_host(f.s, f.da2 + 0x1000 * k, k < 42 ? 0x1000 : 0x10);
            if (k < r[i].packets)
                leg_script(&f, "< 5A\n");
        }
        leg_script(&f, r[i].answer);
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, S_FT_DOWNLOAD_FAIL, REFUSED);
        assert_int_equal(f.err.offset, r[i].offset);
        assert_int_equal(f.err.acked, r[i].offset);
        close_leg(&f);
    }
}

/* Stage 2 cannot be empty, and a 32-bit address is all that the head can say. */
static void refuses_an_impossible_stage2(void **state)
{
    (void)state;
    struct leg f;
    for (int i = 0; i < 2; i++) {
        open_start(&f, 0x321, false, false);
        leg_script(&f, IDS_N1 "< 04 02 9B\n" CONFIG_PL DRAM_IS_UP);
        f.da2_len = i ? DA2_LEN : 0;
        f.da2_address = i ? UINT64_C(0x180000000) : 0x80000000;
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, MTK_IMAGE_INVALID, FILE);
        close_leg(&f);
    }
}

/* ---- every point at which the phone may fall silent, leave, or talk nonsense ---- */

enum {
    AT_NAND,
    AT_EMMC,
    AT_VERSION,
    AT_DRAM,
    AT_HEAD,
    AT_PACKET,
    AT_LIFE,
    AT_REPORT,
    AT_GROUP,
    AT_END,
    AT_SOC,
    N_POINTS
};

static const struct {
    const char *stage, *command;
    enum mtk_timeout_op patience;
    int silent_row;
} points[N_POINTS] = {
    [AT_NAND] = {"da1", "flash ids", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_EMMC] = {"da1", "flash ids", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_VERSION] = {"da1", "version", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_DRAM] = {"da1", "DRAM status", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_HEAD] = {"da1", "stage 2 upload", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_PACKET] = {"da1", "stage 2 upload", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_LIFE] = {"da2", "stage 2 upload", MTK_T_STAGE2_SYNC, MTK_E_S_FT_DA_NO_RESPONSE},
    [AT_REPORT] = {"da2", "hardware report", MTK_T_LG_REPORT, MTK_E_MTK_NO_ANSWER},
    [AT_GROUP] = {"da2", "hardware report", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
    [AT_END] = {"da2", "hardware report", MTK_T_LG_PREPROCESS, MTK_E_MTK_NO_ANSWER},
    [AT_SOC] = {"da2", "hardware report", MTK_T_LG_FIELD, MTK_E_MTK_NO_ANSWER},
};

static void add_until(struct leg *f, int point)
{
    static const char *const before[N_POINTS] = {
        [AT_EMMC] = "< 00 00 0B C4 00 05 [10 x 00]\n",
        [AT_VERSION] = "< 00 00 00 00 " CID " > 5A\n",
        [AT_DRAM] = "< 04 02 9C\n" CONFIG_PL SLC,
        [AT_HEAD] = DRAM_IS_UP DA2_HEAD_ONLY,
        [AT_PACKET] = "< 5A\n",
        [AT_REPORT] = "< 5A > 5A\n",
        [AT_GROUP] = REPORT_NOR,
        [AT_END] = REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM,
        [AT_SOC] = "< 5A\n",
    };
    for (int i = 0; i <= point; i++) {
        if (before[i])
            leg_script(f, before[i]);
        if (i == AT_PACKET && point == AT_PACKET)
            script_raw_host(f->s, f->da2, 0x1000);
        if (i == AT_LIFE) {
            add_da2_packets(f);
            leg_script(f, "< 5A\n");
        }
    }
}

static void start_may_meet_silence(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct leg f;
        open_start(&f, 0x6580, false, false);
        add_until(&f, p);
        leg_script(&f, "deaf\n");
        assert_int_equal(start_legacy(&f), -1);
        if (!mtk_error_is(&f.err, points[p].silent_row) || f.err.evidence != MTK_EV_NO_ANSWER)
            fail_msg("point %d: %s", p, f.err.what);
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, points[p].patience, 0));
        close_leg(&f);
    }
}

static void start_may_lose_the_phone(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct leg f;
        open_start(&f, 0x6580, false, false);
        add_until(&f, p);
        leg_script(&f, "gone\n");
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, MTK_LINK_LOST, LEFT_BUS);
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        close_leg(&f);
    }
}

/* What is cut short is no silence: the place in the dialogue is lost. */
static void answers_may_be_cut_short(void **state)
{
    static const struct {
        int point;
        const char *bytes;
    } cuts[] = {
        {AT_NAND, "< 00\n"},        {AT_NAND, "< 00 00 0B\n"},        {AT_EMMC, "< 00 00 00 00 15 01\n"},
        {AT_VERSION, "< 04 02\n"},  {AT_DRAM, "< 00 00 00\n"},        {AT_REPORT, "< 00 00\n"},
        {AT_GROUP, "< 00 00 0B\n"}, {AT_SOC, "< 00000000 00000409\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct leg f;
        open_start(&f, 0x6580, false, i & 1);
        add_until(&f, cuts[i].point);
        leg_script(&f, cuts[i].bytes);
        leg_script(&f, "deaf\n");
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
        assert_string_equal(f.err.command, points[cuts[i].point].command);
        assert_non_null(strstr(f.err.what, "stopped after"));
        close_leg(&f);
    }
}

/* Statuses begin with 0, so a printable byte is the beginning of a text, which is shown [2.6.1]. */
static void text_may_stand_for_a_status(void **state)
{
    static const int at[] = {AT_NAND, AT_DRAM, AT_REPORT};
    (void)state;
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        struct leg f;
        open_start(&f, 0x6580, false, true);
        add_until(&f, at[i]);
        leg_script(&f, "< 50 41 4E 49 43 0D 0A\n"); /* PANIC */
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
        assert_string_equal(f.err.command, points[at[i]].command);
        assert_non_null(strstr(f.err.what, "PANIC"));
        close_leg(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_mt6580),
        cmocka_unit_test(configures_each_chip),
        cmocka_unit_test(quotes_the_boot_rom),
        cmocka_unit_test(starts_mt6735),
        cmocka_unit_test(starts_mt6592),
        cmocka_unit_test(starts_a_v3_agent),
        cmocka_unit_test(refuses_a_chip_without_a_row),
        cmocka_unit_test(refuses_a_wrong_agent),
        cmocka_unit_test(limits_the_ids),
        cmocka_unit_test(any_first_byte_will_do),
        cmocka_unit_test(stage2_may_be_refused),
        cmocka_unit_test(refuses_an_impossible_stage2),
        cmocka_unit_test(start_may_meet_silence),
        cmocka_unit_test(start_may_lose_the_phone),
        cmocka_unit_test(answers_may_be_cut_short),
        cmocka_unit_test(text_may_stand_for_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
