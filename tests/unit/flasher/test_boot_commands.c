/* SPDX-License-Identifier: Apache-2.0 */
/* Single commands against the worked examples of section 4, and each of their refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/boot/wire.h"
#include "protocol/error_index.h"
#include "script_link.h"

#define WATCHDOG_HEAD "> D4 < D4 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 "

/* The last note that a command sent. */
struct notes {
    int level;
    char text[300];
};

static void keep_note(void *ctx, const struct mtk_event *ev)
{
    struct notes *n = ctx;
    if (ev->kind != MTK_EVENT_NOTE)
        return;
    n->level = ev->u.note.level;
    strncpy(n->text, ev->u.note.text, sizeof(n->text) - 1);
}

static void assert_refused(const struct mtk_error *e, int row, uint16_t status, const char *command)
{
    assert_true(mtk_error_is(e, row));
    assert_int_equal(e->evidence, MTK_EV_REFUSED);
    assert_true(e->has_status);
    assert_int_equal(e->device_status, status);
    assert_string_equal(e->command, command);
}

static void write32_example(void **state)
{
    (void)state;
    struct mtk_link *l = script_link_new(WATCHDOG_HEAD "< 00 00 > 22 00 00 64 < 22 00 00 64 < 00 00");
    assert_int_equal(mtk_boot_write32(l, NULL, 0x10007000, 0x22000064, NULL), 0);
    script_link_finish(l);
}

static void status_0001_is_success_and_noted(void **state)
{
    (void)state;
    struct notes notes = {.level = -1};
    struct mtk_sink sink = {keep_note, &notes};
    struct mtk_boot_options opt = {.sink = &sink};
    struct mtk_link *l = script_link_new(WATCHDOG_HEAD "< 00 01 > 22 00 00 64 < 22 00 00 64 < 00 FF");
    assert_int_equal(mtk_boot_write32(l, &opt, 0x10007000, 0x22000064, NULL), 0);
    assert_int_equal(notes.level, 0);
    assert_non_null(strstr(notes.text, "0x00FF"));
    script_link_finish(l);
}

static void write_refused_sends_no_value(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new(WATCHDOG_HEAD "< 10 01");
    assert_int_equal(mtk_boot_write32(l, NULL, 0x10007000, 1, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 0x1001, "WRITE32");
    assert_non_null(strstr(e.what, "WRITE_REGION_CHK_FAIL"));
    script_link_finish(l);
}

static void write16_example(void **state)
{
    (void)state;
    struct mtk_link *l =
        script_link_new("> D2 < D2 > C0 00 00 00 < C0 00 00 00 > 00 00 00 01 < 00 00 00 01 < 00 00 "
                        "> 22 64 < 22 64 < 00 00");
    assert_int_equal(mtk_boot_write16(l, NULL, 0xC0000000, 0x2264, NULL), 0);
    script_link_finish(l);
}

static void read32_gives_words(void **state)
{
    (void)state;
    uint32_t v[2];
    struct mtk_link *l =
        script_link_new("> D1 < D1 > 10 00 70 00 < 10 00 70 00 > 00 00 00 02 < 00 00 00 02 < 00 00 "
                        "< 22 00 00 64 < DE AD BE EF < 00 00");
    assert_int_equal(mtk_boot_read32(l, NULL, 0x10007000, v, 2, NULL), 0);
    assert_int_equal(v[0], 0x22000064);
    assert_int_equal(v[1], 0xDEADBEEF);
    script_link_finish(l);
}

static void read16_gives_a_half_word(void **state)
{
    (void)state;
    uint16_t v;
    struct mtk_link *l =
        script_link_new("> D0 < D0 > 10 00 70 02 < 10 00 70 02 > 00 00 00 01 < 00 00 00 01 < 00 00 "
                        "< BE EF < 00 00");
    assert_int_equal(mtk_boot_read16(l, NULL, 0x10007002, &v, NULL), 0);
    assert_int_equal(v, 0xBEEF);
    script_link_finish(l);
}

static void read_refusals_have_one_status(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        uint32_t address, count;
        uint16_t status;
    } cases[] = {
        {"> D1 < D1 > 40 00 00 00 < 40 00 00 00 > 00 00 00 01 < 00 00 00 01 < 10 00", 0x40000000, 1, 0x1000},
        {"> D1 < D1 > 10 00 70 00 < 10 00 70 00 > 00 00 00 00 < 00 00 00 00 < FF FE", 0x10007000, 0, 0xFFFE},
        {"> D1 < D1 > 10 00 70 01 < 10 00 70 01 > 00 00 00 01 < 00 00 00 01 < FF FF", 0x10007001, 1, 0xFFFF},
        {"> D1 < D1 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 < 1D 02", 0x10007000, 1, 0x1D02},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t v[1] = {0};
        struct mtk_error e = {0};
        struct mtk_link *l = script_link_new(cases[i].script);
        assert_int_equal(mtk_boot_read32(l, NULL, cases[i].address, v, cases[i].count, &e), -1);
        assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, cases[i].status, "READ32");
        script_link_finish(l);
    }
}

static void read_refused_by_the_second_status(void **state)
{
    (void)state;
    uint32_t v;
    struct mtk_error e = {0};
    struct mtk_link *l =
        script_link_new("> D1 < D1 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 < 00 00 "
                        "< 22 00 00 64 < 01 00");
    assert_int_equal(mtk_boot_read32(l, NULL, 0x10007000, &v, 1, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 0x0100, "READ32");
    script_link_finish(l);
}

static void absurd_counts_are_not_sent(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("");
    assert_int_equal(mtk_boot_read32(l, NULL, 0, NULL, 0x40000000, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
    script_link_finish(l);
}

static void pmic_example(void **state)
{
    (void)state;
    uint16_t v = 0;
    struct mtk_link *l = script_link_new("> C6 < C6 > 00 0E < 00 0E < 00 00 < 00 00 < 10 01");
    assert_int_equal(mtk_boot_pmic_read16(l, NULL, 0x000E, &v, NULL), 0);
    assert_int_equal(v, 0x1001);
    script_link_finish(l);
}

static void pmic_failure_has_no_value(void **state)
{
    (void)state;
    uint16_t v = 0;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("> C6 < C6 > 00 0E < 00 0E < 00 00 < 00 05");
    assert_int_equal(mtk_boot_pmic_read16(l, NULL, 0x000E, &v, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 5, "PWR_READ16");
    script_link_finish(l);
}

static void baud_examples(void **state)
{
    (void)state;
    /* Section 10.6; the port follows with 460800 = 0x00070800 and 115200 = 0x0001C200, little-endian. */
    struct mtk_link *l = script_link_new("> DC < DC > 00 07 08 00 < 00 07 08 00 < 00 00 "
                                         "!ctrl 21 20 00 00 00 00 07 00 00 08 07 00 00 00 08 "
                                         "> DC < DC > 00 01 C2 00 < 00 01 C2 00 < 00 00 "
                                         "!ctrl 21 20 00 00 00 00 07 00 00 C2 01 00 00 00 08");
    assert_int_equal(mtk_boot_set_baud(l, NULL, 460800, NULL), 0);
    assert_int_equal(mtk_boot_set_baud(l, NULL, 115200, NULL), 0);
    script_link_finish(l);
}

static void baud_too_high(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("> DC < DC > 00 38 40 00 < 00 38 40 00 < 1D 1D");
    assert_int_equal(mtk_boot_set_baud(l, NULL, 3686400, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 0x1D1D, "UART1_SET_BAUD");
    script_link_finish(l);
}

static void brom_log(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    struct mtk_link *l = script_link_new("> DD < DD < 00 00 00 04 < 42 50 3A 20 "
                                         "> DF < DF < 00 00 00 02 < 46 30 < 00 00 > DD < DD < 00 00 00 00");
    assert_int_equal(mtk_boot_brom_log(l, NULL, false, &text, &len, NULL), 0);
    assert_string_equal(text, "BP: ");
    free(text);
    assert_int_equal(mtk_boot_brom_log(l, NULL, true, &text, &len, NULL), 0);
    assert_string_equal(text, "F0");
    free(text);
    assert_int_equal(mtk_boot_brom_log(l, NULL, false, &text, &len, NULL), 0);
    assert_int_equal(len, 0);
    free(text);
    script_link_finish(l);
}

static void brom_log_length_may_lie(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("> DD < DD < FF FF FF FF");
    assert_int_equal(mtk_boot_brom_log(l, NULL, false, &text, &len, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_WRONG_ANSWER));
    script_link_finish(l);
    l = script_link_new("> DD < DD < 00 00 00 08 < 42 50 !timeout");
    assert_int_equal(mtk_boot_brom_log(l, NULL, false, &text, &len, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_WRONG_ANSWER);
    assert_int_equal(e.n_got, 2);
    script_link_finish(l);
}

static struct mtk_phone_id phone(uint32_t hw_code, bool brom)
{
    return (struct mtk_phone_id){.hw_code = hw_code, .chip = mtk_chip_by_hw_code(hw_code), .brom = brom};
}

#define SWRST_HEAD "> D4 < D4 > 10 00 70 14 < 10 00 70 14 > 00 00 00 01 < 00 00 00 01 < 00 00 "

static void reset_succeeds_however_the_phone_goes(void **state)
{
    (void)state;
    static const char *const ends[] = {
        SWRST_HEAD "> 00 00 12 09 !gone", SWRST_HEAD "> 00 00 12 09 < 00 00 12 09 !gone",
        SWRST_HEAD "> 00 00 12 09 < 00 00 !gone", SWRST_HEAD "> 00 00 12 09 < 00 00 12 09 < 00 00",
        SWRST_HEAD "> 00 00 12 09 !timeout"};
    struct mtk_phone_id id = phone(0x0766, false);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct mtk_link *l = script_link_new(ends[i]);
        assert_int_equal(mtk_boot_reset(l, NULL, &id, NULL), 0);
        script_link_finish(l);
    }
}

static void reset_uses_the_chips_watchdog(void **state)
{
    (void)state;
    struct mtk_phone_id id = phone(0x0321, false);
    struct mtk_link *l =
        script_link_new("> D4 < D4 > 10 21 20 14 < 10 21 20 14 > 00 00 00 01 < 00 00 00 01 < 00 00 "
                        "> 00 00 12 09 !gone");
    assert_int_equal(mtk_boot_reset(l, NULL, &id, NULL), 0);
    script_link_finish(l);
    id = phone(0x6577, true); /* 16-bit writes */
    l = script_link_new(
        "> D2 < D2 > C0 00 00 14 < C0 00 00 14 > 00 00 00 01 < 00 00 00 01 < 00 00 > 12 09 !gone");
    assert_int_equal(mtk_boot_reset(l, NULL, &id, NULL), 0);
    script_link_finish(l);
}

static void reset_may_fail(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_phone_id id = phone(0x0766, false);
    struct mtk_link *l =
        script_link_new("> D4 < D4 > 10 00 70 14 < 10 00 70 14 > 00 00 00 01 < 00 00 00 01 < 10 01");
    assert_int_equal(mtk_boot_reset(l, NULL, &id, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 0x1001, "WRITE32");
    assert_string_equal(e.stage, "preloader");
    script_link_finish(l);

    l = script_link_new("> D4 < D4 !gone");
    assert_int_equal(mtk_boot_reset(l, NULL, &id, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    script_link_finish(l);

    id = phone(0xEEEE, true);
    l = script_link_new("");
    assert_int_equal(mtk_boot_reset(l, NULL, &id, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_UNSUPPORTED));
    script_link_finish(l);
}

static void unknown_status_is_told_as_unknown(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new(WATCHDOG_HEAD "< 12 34");
    assert_int_equal(mtk_boot_write32(l, NULL, 0x10007000, 1, &e), -1);
    assert_refused(&e, MTK_E_STATUS_BROM_CMD_FAIL, 0x1234, "WRITE32");
    assert_non_null(strstr(e.what, "0x1234"));
    script_link_finish(l);
}

static void a_phone_that_takes_nothing(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("!stuck");
    assert_int_equal(mtk_boot_write32(l, NULL, 0x10007000, 1, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_ANSWER));
    assert_string_equal(e.command, "WRITE32");
    assert_int_equal(e.acked, 0);
    script_link_finish(l);
}

static void timeouts_scale(void **state)
{
    (void)state;
    struct mtk_timeouts t = mtk_timeouts_default();
    t.scale_percent = 300;
    struct mtk_boot_options opt = {.timeouts = &t};
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new("> D4 !timeout");
    assert_int_equal(mtk_boot_write32(l, &opt, 0x10007000, 1, &e), -1);
    assert_int_equal(script_link_now(l), 3 * NS_PER_S);
    assert_int_equal(e.waited_ns, 3 * NS_PER_S);
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write32_example),
        cmocka_unit_test(status_0001_is_success_and_noted),
        cmocka_unit_test(write_refused_sends_no_value),
        cmocka_unit_test(write16_example),
        cmocka_unit_test(read32_gives_words),
        cmocka_unit_test(read16_gives_a_half_word),
        cmocka_unit_test(read_refusals_have_one_status),
        cmocka_unit_test(read_refused_by_the_second_status),
        cmocka_unit_test(absurd_counts_are_not_sent),
        cmocka_unit_test(pmic_example),
        cmocka_unit_test(pmic_failure_has_no_value),
        cmocka_unit_test(baud_examples),
        cmocka_unit_test(baud_too_high),
        cmocka_unit_test(brom_log),
        cmocka_unit_test(brom_log_length_may_lie),
        cmocka_unit_test(reset_succeeds_however_the_phone_goes),
        cmocka_unit_test(reset_uses_the_chips_watchdog),
        cmocka_unit_test(reset_may_fail),
        cmocka_unit_test(unknown_status_is_told_as_unknown),
        cmocka_unit_test(a_phone_that_takes_nothing),
        cmocka_unit_test(timeouts_scale),
    };
    return cmocka_run_group_tests_name("flasher/boot commands", tests, NULL, NULL);
}
