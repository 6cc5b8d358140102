/* SPDX-License-Identifier: Apache-2.0 */
/* The start handshake against everything that section 3 says a host must recognise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/boot/wire.h"
#include "protocol/error_index.h"
#include "script_link.h"

#define READY "< 52 45 41 44 59 "
#define QUIET "!timeout " /* the drain before the first A0, or after a wrong answer */
#define REST  "> 0A < F5 > 50 < AF > 05 < FA "

static struct boot_sync sync_ok(const char *script)
{
    struct mtk_link *l = script_link_new(script);
    struct boot b = boot_begin(l, NULL);
    struct boot_sync sync;
    struct mtk_error err = {0};
    if (boot_handshake(&b, &sync, &err) != 0)
        fail_msg("%s: %s", err.row->symbol, err.what);
    script_link_finish(l);
    return sync;
}

/* Runs a handshake that must fail and returns its error; the script may say more than is needed. */
static struct mtk_error sync_fails(const char *script, int row, enum mtk_evidence evidence)
{
    struct mtk_link *l = script_link_new(script);
    struct mtk_error err = {0};
    assert_int_equal(mtk_boot_handshake(l, NULL, &err), -1);
    if (!mtk_error_is(&err, row))
        fail_msg("%s: %s", err.row->symbol, err.what);
    assert_int_equal(err.evidence, evidence);
    assert_string_equal(err.command, "START");
    const char *why = script_link_problem(l);
    if (why && strcmp(why, "the script did not come to its end") != 0)
        fail_msg("%s", why);
    mtk_link_free(l);
    return err;
}

static void preloader_example(void **state)
{
    (void)state;
    struct boot_sync s = sync_ok(READY READY QUIET "> A0 !timeout > A0 < 5F " REST);
    assert_true(s.swallowed);
    assert_false(s.already);
}

static void brom_answers_the_first_a0(void **state)
{
    (void)state;
    struct boot_sync s = sync_ok(QUIET "> A0 < 5F " REST);
    assert_false(s.swallowed || s.ready || s.already);
}

static void brom_example_with_a_line_glitch(void **state)
{
    (void)state;
    /* 0A arrived as 0B: the answer is 0C, and the sequence starts over. */
    sync_ok(QUIET "> A0 < 5F > 0A < 0C " QUIET "> A0 < 5F " REST);
}

static void ready_between_a0_and_its_answer(void **state)
{
    (void)state;
    assert_true(sync_ok(QUIET "> A0 " READY READY "!timeout > A0 " READY "< 5F " REST).ready);
}

static void ready_split_and_glued(void **state)
{
    (void)state;
    sync_ok(QUIET "> A0 < 52 45 < 41 44 59 52 < 45 41 44 59 5F " REST);
    sync_ok(QUIET "> A0 < 44 59 52 45 41 44 59 5F " REST);
    sync_ok("< 59 52 45 41 44 59 52 45 " QUIET "> A0 < 41 44 59 !timeout > A0 < 5F " REST);
}

static void ready_one_byte_a_read(void **state)
{
    (void)state;
    struct mtk_link *l = script_link_new(READY QUIET "> A0 " READY "< 5F " REST);
    script_link_chop(l);
    assert_int_equal(mtk_boot_handshake(l, NULL, NULL), 0);
    script_link_finish(l);
}

static void many_a0_may_be_swallowed(void **state)
{
    (void)state;
    sync_ok(QUIET "> A0 !timeout > A0 !timeout > A0 !timeout > A0 !timeout > A0 < 5F " REST);
}

static void equal_echo_means_command_loop(void **state)
{
    (void)state;
    assert_true(sync_ok(QUIET "> A0 < A0").already);
}

static void a1_means_start_over(void **state)
{
    (void)state;
    sync_ok(QUIET "> A0 < A1 " QUIET "> A0 < 5F " REST);
}

static void each_wrong_position_starts_over(void **state)
{
    (void)state;
    sync_ok(QUIET "> A0 < 5F > 0A < F5 > 50 < AE " QUIET "> A0 !timeout > A0 < 5F " REST);
    sync_ok(QUIET "> A0 < 5F > 0A < F5 > 50 < AF > 05 < 06 " QUIET "> A0 < 5F " REST);
    sync_ok(QUIET "> A0 < 5F > 0A < F5 > 50 < 51 " QUIET "> A0 < 5F " REST);
    sync_ok(QUIET "> A0 < 20 " QUIET "> A0 < 5F " REST);
}

static void silence_in_mid_sequence_starts_over(void **state)
{
    (void)state;
    /* The 300 ms of the phone are over and it listens again. */
    sync_ok(QUIET "> A0 < 5F > 0A !timeout > A0 !timeout > A0 < 5F " REST);
    sync_ok(QUIET "> A0 < 5F > 0A < F5 > 50 < AF > 05 !timeout > A0 < 5F " REST);
}

static void stale_bytes_are_dropped(void **state)
{
    (void)state;
    sync_ok("< C0 01 02 EF EE FE 5F < 12 " QUIET "> A0 < 5F " REST);
}

static void silence(void **state)
{
    (void)state;
    char script[4096] = QUIET;
    for (int i = 0; i < 110; i++)
        strcat(script, "> A0 !timeout ");
    struct mtk_error e = sync_fails(script, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER);
    assert_true(e.waited_ns >= 5 * NS_PER_S && e.waited_ns < 6 * NS_PER_S);
    assert_int_equal(e.n_got, 0);
    assert_int_equal(e.n_expected, 1);
    assert_int_equal(e.expected[0], 0x5F);
    /* So is a phone whose cable came out in the middle of SEND_DA: it takes the A0 for payload, and only its key helps [10.5]. */
    assert_non_null(strstr(e.what, "hold its power key"));
}

static void ready_but_no_answer_is_told(void **state)
{
    (void)state;
    char script[8192] = READY QUIET;
    for (int i = 0; i < 110; i++)
        strcat(script, "> A0 " READY "!timeout ");
    struct mtk_error e = sync_fails(script, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER);
    assert_non_null(strstr(e.what, "READY"));
}

static void garbage_is_no_phone(void **state)
{
    (void)state;
    /* A modem that answers AT commands. */
    char script[1024] = QUIET;
    for (int i = 0; i < 6; i++)
        strcat(script, "> A0 < 0D 0A 4F 4B " QUIET);
    struct mtk_error e = sync_fails(script, MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER);
    assert_true(e.n_got >= 5);
    assert_int_equal(e.got[0], 0x0D);
    assert_int_equal(e.expected[0], 0x5F);
}

static void byte_plus_one_for_ever(void **state)
{
    (void)state;
    char script[8192] = QUIET;
    for (int i = 0; i < 150; i++)
        strcat(script, "> A0 < A1 " QUIET);
    struct mtk_error e = sync_fails(script, MTK_E_STATUS_BROM_CMD_STARTCMD_FAIL, MTK_EV_WRONG_ANSWER);
    assert_int_equal(e.got[0], 0xA1);
}

static void leaving_is_told_at_each_step(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        QUIET "!gone",
        QUIET "> A0 !gone",
        QUIET "> A0 < 5F !gone",
        QUIET "> A0 < 5F > 0A !gone",
        QUIET "> A0 < 5F > 0A < F5 > 50 < AF > 05 !gone",
        QUIET "> A0 !timeout !gone",
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        sync_fails(scripts[i], MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS);
}

/* An end that answers every read at once, without time passing. */
static ssize_t flood_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    (void)timeout_ns;
    memset(buf, *(const uint8_t *)l->clock.ctx, len);
    return (ssize_t)len;
}

static ssize_t flood_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    (void)buf;
    (void)timeout_ns;
    l->taken = len;
    return (ssize_t)len;
}

static int64_t stopped_clock(void *ctx)
{
    (void)ctx;
    return 0;
}

static void a_flood_comes_to_an_end(void **state)
{
    (void)state;
    static const struct mtk_link_ops ops = {.name = "flood", .read = flood_read, .write = flood_write};
    static const struct {
        uint8_t byte;
        int row;
    } floods[] = {{'R', MTK_E_MTK_NO_ANSWER},
                  {0x00, MTK_E_MTK_NOT_A_PHONE},
                  {0xA1, MTK_E_STATUS_BROM_CMD_STARTCMD_FAIL},
                  {0x5F, MTK_E_STATUS_BROM_CMD_STARTCMD_FAIL}};
    for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
        uint8_t byte = floods[i].byte;
        struct mtk_link l = {.ops = &ops, .clock = {.now = stopped_clock, .ctx = &byte}};
        struct mtk_error err = {0};
        assert_int_equal(mtk_boot_handshake(&l, NULL, &err), -1);
        if (!mtk_error_is(&err, floods[i].row))
            fail_msg("%02X: %s: %s", byte, err.row->symbol, err.what);
    }
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static void user_ends_it(void **state)
{
    (void)state;
    struct mtk_link *l = script_link_new(QUIET);
    struct mtk_boot_options opt = {.cancelled = yes};
    struct mtk_error err = {0};
    assert_int_equal(mtk_boot_handshake(l, &opt, &err), -1);
    assert_true(mtk_error_is(&err, MTK_E_MTK_CANCELLED));
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preloader_example),
        cmocka_unit_test(brom_answers_the_first_a0),
        cmocka_unit_test(brom_example_with_a_line_glitch),
        cmocka_unit_test(ready_between_a0_and_its_answer),
        cmocka_unit_test(ready_split_and_glued),
        cmocka_unit_test(ready_one_byte_a_read),
        cmocka_unit_test(many_a0_may_be_swallowed),
        cmocka_unit_test(equal_echo_means_command_loop),
        cmocka_unit_test(a1_means_start_over),
        cmocka_unit_test(each_wrong_position_starts_over),
        cmocka_unit_test(silence_in_mid_sequence_starts_over),
        cmocka_unit_test(stale_bytes_are_dropped),
        cmocka_unit_test(silence),
        cmocka_unit_test(ready_but_no_answer_is_told),
        cmocka_unit_test(garbage_is_no_phone),
        cmocka_unit_test(byte_plus_one_for_ever),
        cmocka_unit_test(leaving_is_told_at_each_step),
        cmocka_unit_test(a_flood_comes_to_an_end),
        cmocka_unit_test(user_ends_it),
    };
    return cmocka_run_group_tests_name("flasher/boot handshake", tests, NULL, NULL);
}
