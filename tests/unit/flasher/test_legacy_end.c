/* SPDX-License-Identifier: Apache-2.0 */
/* USB, the end of a session, and what goes by the chip or the build: da-legacy.md sections 2.4, 5.1, 5.2, 5.16, 6.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_legacy_script.h"

/* ---- between the report and the first command ---- */

/* Whoever cancels is heard when stage 2 is in its loop: the phone is told to finish, and does not wait in its agent. */
static void may_be_cancelled(void **state)
{
    (void)state;
    struct leg f;
    open_mt6580(&f, false);
    f.cancel_after = 1;
    leg_script(&f, REPORT USB_HIGH "> D9 < 5A > 00 00 00 00 < 5A\n");
    assert_int_equal(start_legacy(&f), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    close_leg(&f);
}

/* The host's system is in every READ [5.4]. */
static void tells_its_system(void **state)
{
    (void)state;
    struct leg f;
    open_mt6580(&f, false);
    f.opt.system_os = 1;
    leg_script(&f, REPORT USB_HIGH USER_AREA
               "> D6 0C 02 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 < 5A > 00 10 00 00\n" A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    close_leg(&f);
}

/* 72 is no reason to fail: an answer that makes no sense, or none, leaves the speed unknown [5.1]. */
static void usb_speed_may_stay_unknown(void **state)
{
    static const char *const answers[] = {"< A5 00 00 04 10\n", "< BB\n", "wait\n", "< 5A 07\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct leg f;
        open_mt6580(&f, false);
        leg_script(&f, REPORT "> 72\n");
        leg_script(&f, answers[i]);
        leg_script(&f, ASK_LBA1 A_GPT);
        assert_int_equal(start_legacy(&f), 0);
        assert_string_equal(f.g->s.info.usb_speed, "");
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* At full speed the agent is asked to come back at high speed, and asked again when it has [5.2]. */
static void switches_usb_speed(void **state)
{
    (void)state;
    struct leg f;
    open_mt6580(&f, false);
    f.opt.switch_usb_speed = true;
    leg_script(&f, REPORT "> 72 < 5A 00 > 70 01 < 5A\ngone\n" USB_HIGH ASK_LBA1 A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.usb_speed, "high-speed");
    close_leg(&f);
    open_mt6580(
        &f, false); /* one that is fast enough is left alone, and so is a slow one that nobody wants faster */
    f.opt.switch_usb_speed = true;
    leg_script(&f, REPORT COMMANDS);
    assert_int_equal(start_legacy(&f), 0);
    close_leg(&f);
    open_mt6580(&f, false);
    leg_script(&f, REPORT "> 72 < 5A 00\n" ASK_LBA1 A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.usb_speed, "full-speed");
    close_leg(&f);
}

/* It may refuse, stay where it is, or never come back. */
static void usb_switch_may_fail(void **state)
{
    (void)state;
    struct leg f;
    open_mt6580(&f, false);
    f.opt.switch_usb_speed = true;
    leg_script(&f, REPORT "> 72 < 5A 00 > 70 01 < A5 00 00 04 10\n" ASK_LBA1 A_GPT);
    assert_int_equal(start_legacy(&f), 0);
    assert_string_equal(f.g->s.info.usb_speed, "full-speed");
    close_leg(&f);
    static const struct {
        const char *then;
        int row;
        enum mtk_evidence evidence;
    } ends[] = {{"wait\n", MTK_E_MTK_LINK_LOST, MTK_EV_NO_ANSWER},
                {"< 5A\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER},
                {"gone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS}};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        open_mt6580(&f, false);
        f.opt.switch_usb_speed = true;
        leg_script(&f, REPORT "> 72 < 5A 00 > 70 01 < 5A\n");
        leg_script(&f, ends[i].then);
        assert_int_equal(start_legacy(&f), -1);
        assert_true(mtk_error_is(&f.err, ends[i].row));
        assert_int_equal(f.err.evidence, ends[i].evidence);
        close_leg(&f);
    }
}

/* ---- the end [7.7] ---- */

static int end_session(struct leg *f, const char *mode)
{
    return f->g->s.agent.ops->reboot(&f->g->s.agent, mode, &f->err);
}

/* FINISH with 0, ENABLE_WATCHDOG with six zeros; afterwards nobody is there to talk to. */
static void ends_the_session(void **state)
{
    static const struct {
        const char *mode, *text;
    } ends[] = {{"off", "> D9 < 5A > 00 00 00 00 < 5A\n"},
                {"none", "> D9 < 5A > 00 00 00 00 < 5A\n"},
                {"system", "> DB 00 00 00 00 00 00 < 5A\n"},
                /* A phone that has left before its last ack came out has done as it was told. */
                {"off", "> D9 < 5A > 00 00 00 00 gone\n"},
                {"system", "> DB 00 00 00 00 00 00 gone\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, ends[i].text);
        assert_int_equal(end_session(&f, ends[i].mode), 0);
        assert_false(f.g->s.agent.usable);
        assert_int_equal(end_session(&f, "off"), -1);
        assert_leg_error(&f, MTK_LINK_LOST, HOST);
        close_leg(&f);
    }
}

static void the_end_may_fail(void **state)
{
    static const struct {
        const char *mode, *text, *command;
        int row;
        enum mtk_evidence evidence;
    } ends[] = {{"off", "> D9 deaf\n", "FINISH", MTK_E_S_FT_FINISH_CMD_FAIL, MTK_EV_NO_ANSWER},
                {"off", "> D9 < A5 00 00 04 10\n", "FINISH", MTK_E_S_FT_FINISH_CMD_FAIL, MTK_EV_REFUSED},
                {"off", "> D9 < 5A > 00 00 00 00 < A5 00 00 04 10\n", "FINISH", MTK_E_S_FT_FINISH_CMD_FAIL,
                 MTK_EV_REFUSED},
                {"off", "> D9 gone\n", "FINISH", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS},
                {"system", "> DB 00 00 00 00 00 00 deaf\n", "ENABLE_WATCHDOG",
                 MTK_E_S_FT_ENABLE_WATCHDOG_FAIL, MTK_EV_NO_ANSWER},
                {"system", "> DB 00 00 00 00 00 00 < 33 wait\n", "ENABLE_WATCHDOG",
                 MTK_E_S_FT_ENABLE_WATCHDOG_FAIL, MTK_EV_WRONG_ANSWER}};
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, ends[i].text);
        assert_int_equal(end_session(&f, ends[i].mode), -1);
        if (!mtk_error_is(&f.err, ends[i].row) || f.err.evidence != ends[i].evidence)
            fail_msg("%zu: %s", i, f.err.what);
        assert_string_equal(f.err.command, ends[i].command);
        close_leg(&f);
    }
}

/* A legacy agent knows neither recovery nor fastboot, and nothing is sent for them. */
static void some_ends_do_not_exist(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    assert_int_equal(end_session(&f, "recovery"), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, HOST);
    assert_int_equal(end_session(&f, "fastboot"), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, HOST);
    assert_int_equal(end_session(&f, "moon"), -1);
    assert_leg_error(&f, MTK_USAGE, HOST);
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
}

/* ---- numberings and chips ---- */

/* The nine codes that an agent of January 2015 was seen to send, and those around the seams [6.1]. */
static void knows_both_numberings(void **state)
{
    static const uint32_t pairs[][2] = {{3002, 3002}, {3003, 3003}, {3007, 3011}, {3008, 3012}, {3011, 3015},
                                        {3012, 3016}, {3036, 3040}, {3060, 3065}, {3078, 3083}, {3144, 3149},
                                        {3004, 3008}, {3051, 3055}, {3052, 3057}, {3021, 3025}, {1037, 1037},
                                        {5073, 5073}, {6010, 6010}, {0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_int_equal(leg_to_n1(LG_N2, pairs[i][0]), pairs[i][1]);
        assert_int_equal(leg_to_n1(LG_N1, pairs[i][0]), pairs[i][0]);
    }
}

/* A container says its age; up to 2015 it is N2, seen for v7.1504 [6.1]. */
static void knows_old_containers(void **state)
{
    static const struct {
        const char *text;
        enum leg_numbering numbering;
    } c[] = {{"MTK_AllInOne_DA_v7.1504.00.00", LG_N2},
             {"MTK_AllInOne_DA_v7.1452.00.00", LG_N2},
             {"MTK_AllInOne_DA_v7.1505.00.00", LG_N1},
             {"MTK_AllInOne_DA_v3.3001.2015/01/19.16:26_654171", LG_N2},
             {"MTK_AllInOne_DA_v3.3001.2017/07/01.09:30_518900", LG_N1},
             {"MTK_AllInOne_DA_v5.1624.08.00", LG_N1},
             {"MTK_AllInOne_DA_v7.15", LG_N1},
             {"", LG_N1}};
    uint8_t file[0x6C];
    (void)state;
    for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        memset(file, 0, sizeof(file));
        memcpy(file + 0x20, c[i].text, strlen(c[i].text));
        assert_int_equal(leg_numbering_of_container(file, sizeof(file)), c[i].numbering);
    }
    memset(file, 'v', sizeof(file));
    assert_int_equal(leg_numbering_of_container(file, 0x5F), LG_N1);
    assert_int_equal(leg_numbering_of_container(file, sizeof(file)), LG_N1);
    assert_int_equal(leg_numbering_of_container(NULL, 0), LG_N1);
}

/* The chip's own code decides, and for a chip without a row the code of its agents; never the agent's chip id [0]. */
static void finds_the_row_of_a_chip(void **state)
{
    struct mtk_phone_id id = {.hw_code = 0x335};
    (void)state;
    assert_int_equal(leg_chip_of(&id)->code, 0x335);
    id.hw_code = 0x6592;
    assert_true(leg_chip_of(&id)->phone_info);
    id.hw_code = 0x766;
    assert_null(leg_chip_of(&id));
    const struct mtk_chip alias = {.hw_code = 0x699, .da_code = 0x6735};
    id.hw_code = 0x699;
    assert_null(leg_chip_of(&id));
    id.chip = &alias;
    assert_int_equal(leg_chip_of(&id)->code, 0x6735);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(may_be_cancelled),           cmocka_unit_test(tells_its_system),
        cmocka_unit_test(usb_speed_may_stay_unknown), cmocka_unit_test(switches_usb_speed),
        cmocka_unit_test(usb_switch_may_fail),        cmocka_unit_test(ends_the_session),
        cmocka_unit_test(the_end_may_fail),           cmocka_unit_test(some_ends_do_not_exist),
        cmocka_unit_test(knows_both_numberings),      cmocka_unit_test(knows_old_containers),
        cmocka_unit_test(finds_the_row_of_a_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
