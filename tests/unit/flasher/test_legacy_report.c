/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware report of stage 2: da-legacy.md sections 4, 7.1, 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define NO_EMMC "< 00000C4D [88 x 00]\n"
/* 512 MiB of 2 KiB pages, 64 a block, with 64 bytes beside them. */
#define A_NAND "< 00000000 00 FFFF 0000000020000000 0005 00AD 00BC 0090 0055 0054 0800 0040 0040 01 05 01\n"

/* A chip that has everything as usual, up to its report. */
static void open_report(struct leg *f, uint32_t code, const char *text)
{
    open_start(f, code, false, false);
    leg_script(f, IDS_N1 "< 04 02 9B\n");
    leg_script(f, code == 0x8163 ? CONFIG_PL SLC : CONFIG_PL);
    leg_script(f, DRAM_IS_UP);
    add_da2(f, DA2_HEAD);
    leg_script(f, text);
}

/* The lengths that the specification gives for the whole: 222 + 2n with u64 sizes, 218 + 2n with u32. */
static void has_the_length_of_the_specification(void **state)
{
    static const struct {
        uint32_t code;
        unsigned n, len;
        const char *config, *size;
    } r[] = {{0x321, 7, 236, CONFIG_PL, "[8 x 00]"},
             {0x321, 5, 232, CONFIG_PL, "[8 x 00]"},
             {0x8135, 7, 232, CONFIG_PL, "[4 x 00]"},
             {0x6572, 0, 218, "> FF 01 00 08 00 70 07 FF FF 00 00 00 00 A8 02 01 02 00\n", "[4 x 00]"}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        char text[256];
        unsigned left = r[i].len - 28 - 7 - (r[i].code == 0x321 ? 8 : 4) - 2 - 2 * r[i].n - 9 - 92 - 28 - 38;
        assert_int_equal(left, 10); /* 5A, two words, C1 */
        open_start(&f, r[i].code, false, true);
        leg_script(&f, IDS_N1 "< 04 02 9B\n");
        leg_script(&f, r[i].config);
        leg_script(&f, DRAM_IS_UP);
        add_da2(&f, DA2_HEAD);
        snprintf(text, sizeof(text), "< 00000BC8 00 FFFF %s 00%02X\n", r[i].size, r[i].n);
        leg_script(&f, REPORT_NOR);
        leg_script(&f, text);
        if (r[i].n) {
            snprintf(text, sizeof(text), "< [%u x 00]\n", 2 * r[i].n);
            leg_script(&f, text);
        }
        leg_script(&f, "< [9 x 00]\n" REPORT_EMMC REPORT_SDMMC REPORT_RAM REPORT_END COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        assert_string_equal(f.g->s.info.storage, "emmc");
        close_leg(&f);
    }
}

/* MT8163: the count of bad-block-table blocks in front of the last bytes, whatever it is [4 +167]. */
static void passes_over_the_bmt_word(void **state)
{
    static const char *const words[] = {"< 00000000\n", "< 00000050\n", "< 005A5A5A\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct leg f;
        open_report(&f, 0x8163, REPORT_NOR REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM);
        leg_script(&f, words[i]);
        leg_script(&f, REPORT_END COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        close_leg(&f);
    }
}

/* A5 announces security processing, and up to two minutes of patience; the download status is no failure. */
static void waits_for_the_first_processing(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321,
                REPORT_NOR REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM
                "< A5 wait < 5A 00000C06 00000409 C1\n" COMMANDS);
    assert_int_equal(start_legacy(&f), 0);
    assert_non_null(strstr(f.notes, "first-time security processing"));
    close_leg(&f);
    open_report(&f, 0x321, REPORT_NOR REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM "< A5 deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
    assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_LG_SECURITY, 0));
    close_leg(&f);
}

/* CF: the agent does not accept the chip. Anything else there, or in place of 5A, is nonsense. */
static void may_end_badly(void **state)
{
    static const struct {
        const char *end;
        int row;
        enum mtk_evidence evidence;
    } e[] = {{"< 5A 00000000 00000409 CF\n", MTK_E_S_DA_SOC_CHECK_FAIL, MTK_EV_REFUSED},
             {"< 5A 00000000 00000409 5A\n", MTK_E_S_DA_SOC_CHECK_FAIL, MTK_EV_WRONG_ANSWER},
             {"< 69\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER},
             {"< A5 69\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER}};
    (void)state;
    for (size_t i = 0; i < sizeof(e) / sizeof(e[0]); i++) {
        struct leg f;
        open_report(&f, 0x321, REPORT_NOR REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM);
        leg_script(&f, e[i].end);
        assert_int_equal(start_legacy(&f), -1);
        assert_true(mtk_error_is(&f.err, e[i].row));
        assert_int_equal(f.err.evidence, e[i].evidence);
        assert_string_equal(f.err.command, "hardware report");
        close_leg(&f);
    }
}

static void limits_the_ids(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321, REPORT_NOR "< 00000BC8 00 FFFF 0000000000000000 0041\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
    close_leg(&f);
}

/* NAND: geometry from the report, no GPT, and no question about one. */
static void finds_nand(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321,
                REPORT_NOR A_NAND NO_EMMC REPORT_SDMMC REPORT_RAM "< 5A 00000000 0000040B C1\n" USB_HIGH);
    assert_int_equal(start_legacy(&f), 0);
    const struct mtk_agent_info *info = &f.g->s.info;
    assert_string_equal(info->storage, "nand");
    assert_int_equal(info->block_size, 2048);
    assert_int_equal(info->erase_size, 0x20000);
    assert_int_equal(info->n_areas, 1);
    assert_string_equal(info->areas[0].name, "nand");
    assert_int_equal(info->areas[0].size, 0x20000000);
    assert_false(info->gpt);
    assert_int_equal(f.g->spare, 64);
    close_leg(&f);
}

/* Pages that no NAND has. */
static void refuses_an_impossible_nand(void **state)
{
    static const char *const geometry[] = {"< 0000 0040 0040 01 05 01\n", "< 0801 0040 0040 01 05 01\n",
                                           "< 0100 0040 0040 01 05 01\n", "< 0800 0040 0000 01 05 01\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(geometry) / sizeof(geometry[0]); i++) {
        struct leg f;
        open_report(&f, 0x321, REPORT_NOR "< 00000000 00 FFFF 0000000020000000 0000\n");
        leg_script(&f, geometry[i]);
        leg_script(&f, NO_EMMC REPORT_SDMMC REPORT_RAM REPORT_END);
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
        close_leg(&f);
    }
}

/* A card that stands in the group of the other: every group is looked at [4, EXE]. */
static void finds_the_card_in_the_other_group(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321,
                REPORT_NOR REPORT_NAND
                "< 00000C48 0000000000400000 0000000000400000 0000000000400000 [64 x 00]\n"
                "< 00000000 00000003A3E00000 " CID "\n" REPORT_RAM REPORT_END USB_HIGH
                "> D6 0B 03 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 < 5A > 00 10 00 00\n" A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.storage, "sdmmc");
    assert_string_equal(f.g->s.info.storage_name, "M8G1WA");
    assert_int_equal(f.g->s.info.areas[0].size, 0x3A3E00000);
    close_leg(&f);
}

/* Nothing at all: the session is up, and every command on the storage is refused by the host. */
static void may_find_nothing(void **state)
{
    (void)state;
    struct leg f;
    uint8_t buf[512];
    open_report(&f, 0x321, REPORT_NOR REPORT_NAND NO_EMMC REPORT_SDMMC REPORT_RAM REPORT_END USB_HIGH);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.storage, "");
    assert_non_null(strstr(f.notes, "NOR 3015, NAND 3016, eMMC 3149, SDMMC 3151"));
    assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), -1);
    assert_leg_error(&f, STATUS_STORAGE_MISMATCH, POLICY);
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
}

/* Sizes that are not there make no areas; a DRAM that failed has no size. */
static void believes_the_report(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321,
                REPORT_NOR REPORT_NAND
                "< 00000000 0000000000400000 0000000000000000 0000000000000000 0000000000800000 [24 x 00] "
                "00000003A3E00000 " CID " [8 x 00]\n" REPORT_SDMMC
                "< 00000BB8 00020000 00000C12 02 00 0000000040000000 [16 x 77]\n" REPORT_END COMMANDS);
    assert_int_equal(start_legacy(&f), 0);
    const struct mtk_agent_info *info = &f.g->s.info;
    assert_int_equal(info->n_areas, 3);
    assert_string_equal(info->areas[1].name, "gp1");
    assert_string_equal(info->areas[2].name, "user");
    assert_int_equal(f.g->part[1], LG_PART_GP1);
    assert_int_equal(f.g->before_user, 0xC00000);
    assert_int_equal(info->sram_size, 0);
    assert_int_equal(info->dram_size, 0);
    close_leg(&f);
}

/* ---- which table the phone has ---- */

#define NO_TABLE "> A5 < A5 00 00 04 0D\n"

/* No header at LBA 1, and no PMT: it counts as a phone with a GPT, whose backup will be looked for. */
static void a_blank_phone_counts_as_one_with_gpt(void **state)
{
    (void)state;
    struct leg f;
    open_report(&f, 0x321, REPORT USB_HIGH ASK_LBA1 NO_GPT NO_TABLE);
    assert_int_equal(start_legacy(&f), 0);
    assert_true(f.g->s.info.gpt);
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
    /* One whose first blocks cannot be read is not asked for more. */
    open_report(&f, 0x321,
                REPORT USB_HIGH USER_AREA
                "> D6 0B 02 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 < A5 00 00 0C 51\n");
    assert_int_equal(start_legacy(&f), 0);
    assert_true(f.g->s.info.gpt);
    close_leg(&f);
    open_report(&f, 0x321, REPORT USB_HIGH ASK_LBA1 "gone\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_LINK_LOST, LEFT_BUS);
    close_leg(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_length_of_the_specification),
        cmocka_unit_test(passes_over_the_bmt_word),
        cmocka_unit_test(waits_for_the_first_processing),
        cmocka_unit_test(may_end_badly),
        cmocka_unit_test(limits_the_ids),
        cmocka_unit_test(finds_nand),
        cmocka_unit_test(refuses_an_impossible_nand),
        cmocka_unit_test(finds_the_card_in_the_other_group),
        cmocka_unit_test(may_find_nothing),
        cmocka_unit_test(believes_the_report),
        cmocka_unit_test(a_blank_phone_counts_as_one_with_gpt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
