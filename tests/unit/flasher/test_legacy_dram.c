/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM settings of a legacy agent: da-legacy.md sections 2.6, 2.6.1, 7.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define NINE_OF_CID  "\x15\x01\x00\x4D\x38\x47\x31\x57\x41" /* id_length of eMMC packages [2.6.1] */
#define DRAM_IS_DOWN "< 00 00 0B C3 | 00 00 00 00 " CID " | 00 00 0B C4 | 00 05 | [10 x 00]\n"
#define MT6580_DOWN  IDS_N1 "< 04 02 9C\n" CONFIG_BROM SLC DRAM_IS_DOWN
#define MT6735_DOWN  IDS_N1 "< 04 02 9B\n" CONFIG_BROM DRAM_IS_DOWN
#define DRAM_FLAGS   "> 80 00 00 01\n"
#define ONE_GIB      "< 00 00 00 00 | 02 00 | 00 00 00 00 40 00 00 00\n"

/* Bytes of the settings that must go out, and the sum that comes back. */
static void add_records(struct leg *f, size_t at, size_t len)
{
    uint8_t sum[2];
    put_be16(sum, sum16(0, f->emi + 0x70 + at, len));
    script_raw_host(f->s, f->emi + 0x70 + at, len);
    script_raw_phone(f->s, sum, sizeof(sum));
}

/* An MT6580 in its boot ROM with three records of version 12, of which the last is for its storage. */
static void open_mt6580_down(struct leg *f, bool chop)
{
    open_start(f, 0x6580, true, chop);
    with_emi(f, 12, 3, 0xBC, NINE_OF_CID, 9);
    leg_script(f, MT6580_DOWN "> E8 00 00 00 0C\n");
}

/* Section 7.2: three records, total length 0x234. */
static void brings_up_mt6580(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct leg f;
        open_mt6580_down(&f, chop);
        leg_script(&f, "< 5A 00 00 00 BC > 5A > 00 00 02 34\n");
        add_records(&f, 0, 0x234);
        leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB);
        add_da2(&f, DA2_HEAD);
        leg_script(&f, REPORT COMMANDS);
        assert_int_equal(start_legacy(&f), 0);
        assert_string_equal(f.g->s.info.connection, "brom");
        assert_non_null(strstr(f.notes, "DRAM is up: 0x40000000 bytes, EMI v12, a record for this storage"));
        close_leg(&f);
    }
}

/* Section 7.2, the agent of January 2015: numbering N2, 0x93 for the chip, 47 packets and 0xC90 bytes, 232 bytes. */
static void brings_up_mt6735_of_2015(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x321, true, true);
    f.da2_len = 0x2FC90;
    f.da2_address = 0x40000000;
    with_emi(&f, 20, 1, 0xBC, NINE_OF_CID, 9);
    leg_script(&f,
               IDS_N2 "< 04 02 93\n" CONFIG_BROM "< 00 00 0B BF 00 00 00 00 " CID
                      " 00 00 0B C0 00 05 [10 x 00] > E8 00 00 00 14 < 5A 00 00 00 BC > 5A > 00 00 00 BC\n");
    add_records(&f, 0, 0xBC);
    leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB);
    add_da2(&f, "> 40 00 00 00 00 02 FC 90 00 00 10 00 < 5A\n");
    leg_script(&f, "< 00000BC3 0008 FFFF 00000000 0000000000000000 00000000 00000000\n"
                   "< 00000BC4 00 FFFF 0000000000000000 0005 [10 x 00] 0000 0000 0000 00 00 00\n" REPORT_EMMC
                   "< 00000C4A 0000000000000000 [16 x 00]\n" REPORT_RAM
                   "< 5A 00000C06 00000409 C1 > 72 < 5A 00\n" ASK_LBA1 A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    assert_int_equal(f.g->numbering, LG_N2);
    assert_int_equal(f.g->bbchip, 0x93);
    assert_string_equal(f.g->s.info.usb_speed, "full-speed");
    assert_string_equal(f.g->s.info.storage, "emmc");
    close_leg(&f);
}

/* MT6592: one record without a total length, five words behind the size [2.6.1 steps 6, 13]. */
static void brings_up_mt6592(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6592, true, false);
    with_emi(&f, 13, 3, 0xBC, NINE_OF_CID, 9);
    leg_script(
        &f, IDS_N1
        "< 04 02 8A > FF FE 00 08 00 70 07 FF FF 01 01 50 00 00 02 01 02 00 > 00 00 00 00\n" DRAM_IS_DOWN
        "> E8 00 00 00 0D < 5A 00 00 00 BC > 5A\n");
    add_records(&f, 2 * 0xBC, 0xBC);
    leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB
                   "< 00000003 11111111 22222222 33333333 44444444\n" DA2_HEAD_ONLY "deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_string_equal(f.err.command, "stage 2 upload");
    close_leg(&f);
}

/* Some agents that take v10 put 16 bytes in front of the size [2.6.1, note on step 4]. */
static void reads_the_prefix(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6583, true, false);
    with_emi(&f, 10, 1, 0xB8, NINE_OF_CID, 9);
    leg_script(&f, IDS_N1 "< 04 02 86\n" CONFIG_BROM "> 00 00 00 00\n" DRAM_IS_DOWN
                          "> E8 00 00 00 0A < 5A [16 x 11] 00 00 00 B8 > 5A\n");
    add_records(&f, 0, 0xB8);
    leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB DA2_HEAD_ONLY "deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_string_equal(f.err.command, "stage 2 upload");
    close_leg(&f);
}

/* Settings without a version mean those that are built in: FFFFFFFF, and straight on to the flags [step 3b]. */
static void uses_what_is_built_in(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6797, true, false);
    with_emi(&f, 0, 1, 140, NINE_OF_CID, 9);
    leg_script(&f, IDS_N1 "< 04 02 9B\n" CONFIG_BROM DRAM_IS_DOWN
                          "> E8 FF FF FF FF < 5A\n" DRAM_FLAGS ONE_GIB DA2_HEAD_ONLY "deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_string_equal(f.err.command, "stage 2 upload");
    close_leg(&f);
}

/* A phone with NAND and no eMMC: its record begins with the NAND's id, a byte of which comes in each u16. */
static void chooses_by_the_nand(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6582, true, false);
    with_emi(&f, 12, 2, 0xBC, "\xAD\xBC\x90\x55\x54", 5);
    leg_script(
        &f,
        "< 00 00 00 00 | 00 05 | 00 AD 00 BC 00 90 00 55 00 54 | 00 00 0C 4D | [16 x 00] > 5A < 04 02 87\n"
        "> FF FE 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00 > 00 00 00 01\n"
        "< 00 00 0B C3 | 00 00 0C 4D | [16 x 00] | 00 00 00 00 | 00 05 | 00 AD 00 BC 00 90 00 55 00 54\n"
        "> E8 00 00 00 0C < 5A 00 00 00 BC > 5A\n");
    add_records(&f, 0xBC, 0xBC);
    leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB DA2_HEAD_ONLY "deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_string_equal(f.err.command, "stage 2 upload");
    assert_non_null(strstr(f.notes, "a record for this storage"));
    close_leg(&f);
}

/* An agent that takes one record is never given another phone's [2.6.1, dram-id-not-in-list]. */
static void never_guesses_a_record(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6582, true, false);
    with_emi(&f, 12, 3, 0xBC, "\x90\x01\x4A", 3);
    leg_script(
        &f, IDS_N1
        "< 04 02 87 > FF FE 00 08 00 70 07 FF FF 02 01 50 00 00 02 01 02 00 > 00 00 00 01\n" DRAM_IS_DOWN);
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_DL_GET_DRAM_SETTING_FAIL, POLICY);
    assert_non_null(strstr(f.err.what, "1501004d"));
    close_leg(&f);
}

/* One that takes all of them knows better, and its user is warned. */
static void warns_of_foreign_records(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6580, true, false);
    with_emi(&f, 12, 3, 0xBC, "\x90\x01\x4A", 3);
    leg_script(&f, MT6580_DOWN "> E8 00 00 00 0C < 5A 00 00 00 BC > 5A > 00 00 02 34\n");
    add_records(&f, 0, 0x234);
    leg_script(&f, "> 5A\n" DRAM_FLAGS "< 00 00 0B C4 gone\n"); /* no record matches, and off it goes [L] */
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, REFUSED);
    assert_int_equal(f.err.device_status, 0xBC4);
    assert_non_null(strstr(f.notes, "none of the 3 records"));
    close_leg(&f);
}

/* Settings of a second preloader are taken if they know the storage and the first do not. */
static void takes_further_settings(void **state)
{
    (void)state;
    struct leg f;
    const struct mtk_emi_record record = {.type = 0x0203, .id = NINE_OF_CID, .id_len = 9};
    const struct mtk_preloader_build build = {.project_file = "preloader_other.bin",
                                              .emi_version = 12,
                                              .records = &record,
                                              .n_records = 1,
                                              .code = (const uint8_t *)"code",
                                              .code_len = 4,
                                              .max_size = 0x40000,
                                              .load_addr = 0x201000};
    struct mtk_preloader_file other = {.name = "other.bin"};
    struct mtk_preloader p;
    uint8_t *image = mtk_preloader_write(&build, &other.len);
    assert_non_null(image);
    other.data = image;
    open_start(&f, 0x6580, true, false);
    with_emi(&f, 12, 1, 0xBC, "\x90\x01\x4A", 3);
    f.opt.more_preloaders = &other;
    f.opt.n_more_preloaders = 1;
    leg_script(&f, MT6580_DOWN "> E8 00 00 00 0C < 5A 00 00 00 BC > 5A > 00 00 00 BC\n");
    assert_int_equal(mtk_preloader_layout(image, other.len, "other.bin", &p, NULL), 0);
    memcpy(f.emi, image + p.emi_offset, f.emi_len); /* what must go out */
    add_records(&f, 0, 0xBC);
    memset(f.emi + 0x70 + 16, 0x90, 16); /* and what is known first */
    leg_script(&f, "> 5A\n" DRAM_FLAGS ONE_GIB DA2_HEAD_ONLY "deaf\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_string_equal(f.err.command, "stage 2 upload");
    assert_non_null(strstr(f.notes, "those of other.bin are used"));
    close_leg(&f);
    free(image);
}

/* No settings: not a byte of the dialogue. */
static void needs_settings(void **state)
{
    (void)state;
    struct leg f;
    open_start(&f, 0x6580, true, false);
    leg_script(&f, MT6580_DOWN);
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_NO_EMI, POLICY);
    assert_string_equal(f.err.command, "ENABLE_DRAM");
    close_leg(&f);
}

/* ---- what the agent does not like ---- */

/*
 * A version that it does not know: A5, and the size all the same [step 3]. The dialogue would go on; a host that stops
 * sends nothing more.
 */
static void version_may_be_refused(void **state)
{
    static const char *const answers[] = {"< A5 00 00 00 BC\n", "< A5\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        open_start(&f, 0x321, true, false);
        with_emi(&f, 15, 1, 0xB0, NINE_OF_CID, 9);
        leg_script(&f, MT6735_DOWN "> E8 00 00 00 0F\n");
        leg_script(&f, answers[i]);
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, REFUSED);
        assert_non_null(strstr(f.err.what, "version 15"));
        assert_false(f.err.has_status);
        if (i == 0)
            assert_non_null(strstr(f.err.what, "0xBC"));
        close_leg(&f);
    }
}

/* Another size than ours: A5 from the host, and the agent gives up [step 5]. */
static void size_may_differ(void **state)
{
    (void)state;
    struct leg f;
    open_mt6580_down(&f, false);
    leg_script(&f, "< 5A 00 00 00 B0 wait > A5\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, WRONG_ANSWER);
    assert_non_null(strstr(f.err.what, "information mismatch"));
    assert_memory_equal(f.err.expected, "\0\0\0\xBC", 4);
    assert_memory_equal(f.err.got, "\0\0\0\xB0", 4);
    close_leg(&f);
}

/* A sum that is not ours: A5 in place of the 5A, and the end [step 8]. */
static void sum_may_be_wrong(void **state)
{
    (void)state;
    struct leg f;
    uint8_t sum[2];
    open_mt6580_down(&f, false);
    leg_script(&f, "< 5A 00 00 00 BC > 5A > 00 00 02 34\n");
    script_raw_host(f.s, f.emi + 0x70, 0x234);
    put_be16(sum, (uint16_t)(sum16(0, f.emi + 0x70, 0x234) + 1));
    script_raw_phone(f.s, sum, sizeof(sum));
    leg_script(&f, "> A5\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, WRONG_ANSWER);
    assert_memory_equal(f.err.got, sum, 2);
    close_leg(&f);
}

/* The codes of step 10, and their names in either numbering. Nothing more is read or sent after one. */
static void calibration_may_fail(void **state)
{
    static const struct {
        const char *ids, *down, *code;
        uint32_t status;
        const char *name;
    } c[] = {
        {IDS_N1, "0BC3", "< 00 00 0B BA\n", 3002, "S_DA_SETUP_DRAM_FAIL"},
        {IDS_N1, "0BC3", "< 00 00 0B BD\n", 3005, "ABNORMAL"},
        {IDS_N1, "0BC3", "< 00 00 0B BE\n", 3006, "RANK0"},
        {IDS_N1, "0BC3", "< 00 00 0B BF\n", 3007, "RANK1"},
        {IDS_N1, "0BC3", "< 00 00 0B C4\n", 3012, "S_DA_DEVICE_NOT_FOUND"},
        {IDS_N2, "0BBF", "< 00 00 0B BA\n", 3002, "S_DA_SETUP_DRAM_FAIL"},
        {IDS_N2, "0BBF", "< 00 00 0B C0\n", 3008, "S_DA_DEVICE_NOT_FOUND"},
        {IDS_N1, "0BC3", "< 00 00 FF FF\n", 0xFFFF, "in no table"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        struct leg f;
        open_start(&f, 0x321, true, i & 1);
        with_emi(&f, 20, 1, 0xBC, NINE_OF_CID, 9);
        leg_script(&f, c[i].ids);
        leg_script(&f, "< 04 02 9B\n" CONFIG_BROM "< 00 00\n");
        char down[128];
        snprintf(down, sizeof(down), "< %s | 00 00 00 00 " CID " | 00 00 0B C4 | 00 05 | [10 x 00]\n",
                 c[i].down);
        leg_script(&f, down);
        leg_script(&f, "> E8 00 00 00 14 < 5A 00 00 00 BC > 5A > 00 00 00 BC\n");
        add_records(&f, 0, 0xBC);
        leg_script(&f, "> 5A\n" DRAM_FLAGS);
        leg_script(&f, c[i].code);
        assert_int_equal(start_legacy(&f), -1);
        assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, REFUSED);
        assert_int_equal(f.err.device_status, c[i].status);
        if (!strstr(f.err.what, c[i].name))
            fail_msg("%s is not in: %s", c[i].name, f.err.what);
        close_leg(&f);
    }
}

/* A table without sense makes the vendor's code print, where the status is due [2.6.1]. */
static void code_may_assert(void **state)
{
    (void)state;
    struct leg f;
    static const char text[] = "ASSERT!! ./platform/MT6735/emi/emi.c(0827)...";
    open_mt6580_down(&f, true);
    leg_script(&f, "< 5A 00 00 00 BC > 5A > 00 00 02 34\n");
    add_records(&f, 0, 0x234);
    leg_script(&f, "> 5A\n" DRAM_FLAGS);
    script_raw_phone(f.s, text, sizeof(text) - 1);
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, WRONG_ANSWER);
    assert_non_null(strstr(f.err.what, "ASSERT!! ./platform/MT6735/emi/emi.c(0827)"));
    assert_memory_equal(f.err.got, "ASSERT!!", 8);
    close_leg(&f);
}

/* Silence, departure and nonsense at every step of the dialogue are failures to enable DRAM [2.6.1]. */
static void dialogue_may_break_off(void **state)
{
    static const struct {
        const char *then;
        enum mtk_evidence evidence;
    } ends[] = {{"deaf\n", MTK_EV_NO_ANSWER}, {"gone\n", MTK_EV_LEFT_BUS}};
    enum { AT_VERSION, AT_SIZE, AT_SUM, AT_RESULT, AT_RAM, N_STEPS };
    (void)state;
    for (int step = 0; step < N_STEPS; step++) {
        for (size_t e = 0; e < 2; e++) {
            struct leg f;
            open_mt6580_down(&f, false);
            if (step >= AT_SIZE)
                leg_script(&f, "< 5A\n");
            if (step >= AT_SUM) {
                leg_script(&f, "< 00 00 00 BC > 5A > 00 00 02 34\n");
                script_raw_host(f.s, f.emi + 0x70, 0x234);
            }
            if (step >= AT_RESULT) {
                uint8_t sum[2];
                put_be16(sum, sum16(0, f.emi + 0x70, 0x234));
                script_raw_phone(f.s, sum, 2);
                leg_script(&f, "> 5A\n" DRAM_FLAGS);
            }
            if (step >= AT_RAM)
                leg_script(&f, "< 00 00 00 00\n");
            leg_script(&f, ends[e].then);
            assert_int_equal(start_legacy(&f), -1);
            assert_true(mtk_error_is(&f.err, MTK_E_S_FT_ENABLE_DRAM_FAIL));
            assert_int_equal(f.err.evidence, ends[e].evidence);
            assert_string_equal(f.err.stage, "da1");
            assert_string_equal(f.err.command, "ENABLE_DRAM");
            if (e == 0)
                assert_int_equal(
                    f.err.waited_ns,
                    mtk_timeout_ns(NULL, step == AT_RESULT ? MTK_T_DRAM_INIT : MTK_T_LG_FIELD, 0));
            close_leg(&f);
        }
    }
    struct leg f;
    open_mt6580_down(&f, false);
    leg_script(&f, "< 69\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, S_FT_ENABLE_DRAM_FAIL, WRONG_ANSWER);
    close_leg(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_up_mt6580),       cmocka_unit_test(brings_up_mt6735_of_2015),
        cmocka_unit_test(brings_up_mt6592),       cmocka_unit_test(reads_the_prefix),
        cmocka_unit_test(uses_what_is_built_in),  cmocka_unit_test(chooses_by_the_nand),
        cmocka_unit_test(never_guesses_a_record), cmocka_unit_test(warns_of_foreign_records),
        cmocka_unit_test(takes_further_settings), cmocka_unit_test(needs_settings),
        cmocka_unit_test(version_may_be_refused), cmocka_unit_test(size_may_differ),
        cmocka_unit_test(sum_may_be_wrong),       cmocka_unit_test(calibration_may_fail),
        cmocka_unit_test(code_may_assert),        cmocka_unit_test(dialogue_may_break_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
