/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT: da-legacy.md sections 5.7, 7.5, 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define CACHE     UINT64_C(0x40000000)
#define CACHE_LEN UINT64_C(0x1000000)
#define FORMAT    USER_AREA "> D4 02 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00\n"
#define ALLOWED   "< 5A 5A\n"
#define DONE      "< 00 00 00 00 64 > 5A\n"
#define ENDED     "< 5A 5A\n"

static int erase_cache(struct leg *f)
{
    return erase_area(f, "user", CACHE, CACHE_LEN);
}

/* Section 7.5: 16 MiB at 0x40000000, in both numberings, byte by byte and in heaps. */
static void erases_16m(void **state)
{
    static const char *const ticks[] = {"< 00 00 0B D1 00 > 5A < 00 00 0B D1 32 > 5A\n",
                                        "< 00 00 0B CD 00 > 5A < 00 00 0B CD 32 > 5A\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        f.g->numbering = i ? LG_N2 : LG_N1;
        leg_script(&f, FORMAT "< 5A < 5A\n");
        leg_script(&f, ticks[i]);
        leg_script(&f, DONE "< 5A < 5A\n");
        assert_int_equal(erase_cache(&f), 0);
        assert_int_equal(f.progress, CACHE_LEN);
        assert_true(f.g->s.agent.touched);
        close_leg(&f);
    }
}

/* On a small range the ticks collapse into the last one [7.5, X]. */
static void erases_in_one_tick(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, USER_AREA "> D4 02 00 00 00 0000000000000000 0000000000100000\n" ALLOWED DONE ENDED);
    assert_int_equal(erase_area(&f, "user", 0, 0x100000), 0);
    close_leg(&f);
}

/* 100 per cent may come as "in progress", with the end straight behind it. Per cents never go back, nor beyond 100. */
static void ticks_may_be_odd(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, FORMAT ALLOWED "< 00 00 0B D1 64 > 5A\n" ENDED);
    assert_int_equal(erase_cache(&f), 0);
    assert_int_equal(f.progress, CACHE_LEN);
    close_leg(&f);
    open_agent(&f, 0x6580);
    leg_script(&f, FORMAT ALLOWED "< 00 00 0B D1 32 > 5A < 00 00 0B D1 10 > 5A\n");
    leg_script(&f, "gone\n");
    assert_int_equal(erase_cache(&f), -1);
    assert_leg_error(&f, MTK_LINK_LOST, LEFT_BUS);
    assert_int_equal(f.progress, CACHE_LEN / 2);
    close_leg(&f);
    open_agent(&f, 0x6580);
    leg_script(&f, FORMAT ALLOWED "< 00 00 0B D1 FF > 5A\n" DONE ENDED);
    assert_int_equal(erase_cache(&f), 0);
    assert_int_equal(f.progress, CACHE_LEN);
    close_leg(&f);
}

/* Other parts, other storages, MT6592 [5.0, 5.7]. */
static void erases_other_places(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f,
               "> 60 < 5A > 01 < 5A > D4 02 00 00 00 0000000000000000 0000000000400000\n" ALLOWED DONE ENDED);
    assert_int_equal(erase_area(&f, "boot1", 0, 0x400000), 0);
    close_leg(&f);
    open_nand_agent(&f);
    leg_script(&f, "> D4 01 00 00 00 0000000000020000 0000000000020000\n" ALLOWED DONE ENDED);
    assert_int_equal(erase_area(&f, "nand", 0x20000, 0x20000), 0);
    close_leg(&f);
    open_agent(&f, 0x6592);
    leg_script(&f,
               USER_AREA "> D4 02 00 00 [16 x 00] 00 0000000000000000 0000000000000200\n" ALLOWED DONE ENDED);
    assert_int_equal(erase_area(&f, "user", 0, 0x200), 0);
    close_leg(&f);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    assert_int_equal(erase_area(&f, "user", 1, 512), -1);
    assert_leg_error(&f, MTK_OUT_OF_RANGE, POLICY);
    assert_int_equal(erase_area(&f, "user", 0, 513), -1);
    assert_leg_error(&f, MTK_OUT_OF_RANGE, POLICY);
    assert_int_equal(erase_area(&f, "user", 0x3A3E00000, 512), -1);
    assert_leg_error(&f, MTK_OUT_OF_RANGE, POLICY);
    assert_int_equal(erase_area(&f, "rpmb", 0, 512), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, POLICY);
    assert_int_equal(erase_area(&f, "user", 0, 0), 0);
    f.cancel_after = f.asked + 1;
    assert_int_equal(erase_area(&f, "user", 0, 512), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
    open_nand_agent(&f); /* a block of pages is the unit there */
    assert_int_equal(erase_area(&f, "nand", 0x20000, 0x10000), -1);
    assert_leg_error(&f, MTK_OUT_OF_RANGE, POLICY);
    close_leg(&f);
}

/* Refused before it began: the command, or the range. The flash is as it was, the agent in its loop [steps 2, 3]. */
static void may_be_refused(void **state)
{
    static const struct {
        const char *answer;
        int row;
        uint32_t status;
    } r[] = {{"< A5 00 00 17 7C\n", MTK_E_S_SECURITY_SF_CODE_FORMAT_FORBIDDEN, 6012},
             {"< 00 00 00 17 7C\n", MTK_E_S_SECURITY_SF_CODE_FORMAT_FORBIDDEN, 6012},
             {"< 5A A5 00 00 0B E0\n", MTK_E_S_DA_INVALID_RANGE, 3040}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, FORMAT);
        leg_script(&f, r[i].answer);
        leg_script(&f, FORMAT ALLOWED DONE ENDED);
        assert_int_equal(erase_cache(&f), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.device_status, r[i].status);
        assert_false(f.g->s.agent.touched);
        assert_int_equal(erase_cache(&f), 0);
        assert_true(f.g->s.agent.touched);
        close_leg(&f);
    }
}

/* A block that fails, and the agent goes on with the next one: the erase is not what was asked for [4e]. */
static void a_block_may_fail(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, FORMAT ALLOWED "< 00 00 0B D1 32 > 5A < 00 00 0C 52 00 00 00 00 40 50 00 00 69\n"
                                  "< 00 00 0C 52 00 00 00 00 40 60 00 00 69\n" DONE ENDED);
    assert_int_equal(erase_cache(&f), -1);
    assert_leg_error(&f, S_FT_FORMAT_FAIL, REFUSED);
    assert_int_equal(f.err.device_status, 3154);
    assert_int_equal(f.err.offset, 0x40500000);
    assert_non_null(strstr(f.err.what, "2 blocks"));
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
}

/* The same, and the agent stops: what becomes of it shows in one question. */
static void a_block_may_end_it(void **state)
{
    static const struct {
        const char *then;
        bool usable;
    } r[] = {{IN_LOOP, true}, {"> 72 deaf\n", false}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, FORMAT ALLOWED "< 00 00 0C 52 00 00 00 00 40 50 00 00 96\n");
        leg_script(&f, r[i].then);
        assert_int_equal(erase_cache(&f), -1);
        assert_leg_error(&f, S_FT_FORMAT_FAIL, REFUSED);
        assert_int_equal(f.err.offset, 0x40500000);
        assert_int_equal(f.g->s.agent.usable, r[i].usable);
        close_leg(&f);
    }
}

/* Bad blocks of a NAND were bad before, and nothing of what hosts see lies in them. */
static void bad_blocks_are_passed_over(void **state)
{
    (void)state;
    for (int n2 = 0; n2 < 2; n2++) {
        struct leg f;
        open_nand_agent(&f);
        f.g->numbering = n2 ? LG_N2 : LG_N1;
        leg_script(&f, "> D4 01 00 00 00 0000000000000000 0000000000040000\n" ALLOWED);
        leg_script(&f, n2 ? "< 00 00 0B E1 00 00 00 00 00 02 00 00 69\n"
                          : "< 00 00 0B E5 00 00 00 00 00 02 00 00 69\n");
        leg_script(&f, DONE ENDED);
        assert_int_equal(erase_area(&f, "nand", 0, 0x40000), 0);
        assert_non_null(strstr(f.notes, "bad block at 0x20000"));
        close_leg(&f);
    }
}

/* ---- the end ---- */

/* Statistics stand where 5A says that there are none [step 5]; A5 before the last byte asks for patience [step 6]. */
static void tells_statistics(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, FORMAT ALLOWED DONE
               "< A5 0000000040000000 0000000001000000 00000080 00000002 00000001\n< A5 wait < 5A\n");
    assert_int_equal(erase_cache(&f), 0);
    assert_non_null(strstr(f.notes, "128 blocks, 2 bad, 1 with errors"));
    close_leg(&f);
}

static void may_end_badly(void **state)
{
    static const struct {
        const char *text;
        int row;
        enum mtk_evidence evidence;
        int patience; /* -1: none */
    } ends[] = {
        {"deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_LG_FIELD},
        {ALLOWED "deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_ERASE_STEP},
        {ALLOWED "< 00 00 0B D1 deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_LG_FIELD},
        {ALLOWED "< 00 00 deaf\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, -1},
        {ALLOWED DONE "deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_ERASE_STEP},
        {ALLOWED DONE "< 5A deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_LG_FORMAT_END},
        {ALLOWED DONE "< 5A A5 deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, MTK_T_LG_FORMAT_POST},
        {ALLOWED DONE "< 5A 69\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, -1},
        {ALLOWED DONE "< 5A A5 A5\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, -1},
        {ALLOWED DONE "gone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, -1},
        {"< 69 wait\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, FORMAT);
        leg_script(&f, ends[i].text);
        assert_int_equal(erase_cache(&f), -1);
        if (!mtk_error_is(&f.err, ends[i].row) || f.err.evidence != ends[i].evidence)
            fail_msg("%zu: %s", i, f.err.what);
        if (ends[i].patience >= 0)
            assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, (enum mtk_timeout_op)ends[i].patience, 0));
        assert_string_equal(f.err.command, "FORMAT");
        assert_false(f.g->s.agent.usable);
        assert_true(f.g->s.agent.touched);
        close_leg(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erases_16m),
        cmocka_unit_test(erases_in_one_tick),
        cmocka_unit_test(ticks_may_be_odd),
        cmocka_unit_test(erases_other_places),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(may_be_refused),
        cmocka_unit_test(a_block_may_fail),
        cmocka_unit_test(a_block_may_end_it),
        cmocka_unit_test(bad_blocks_are_passed_over),
        cmocka_unit_test(tells_statistics),
        cmocka_unit_test(may_end_badly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
