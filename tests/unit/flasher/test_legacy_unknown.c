/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that an agent does not know: da-legacy.md sections 0, 5.0 and 9. The executed agent says nothing at all and
 * waits for the next byte; the vendor's header has BB for it. Either way the parameters, if there are any, have been
 * taken for commands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define READ_64K   "> D6 0B 02 0000000000010000 0000000000010000\n"
#define WRITE_64K  "> 62 01 08 0000000000010000 0000000000010000 00100000\n"
#define FORMAT_64K "> D4 02 00 00 00 0000000000010000 0000000000010000\n"

static uint8_t data[0x10000];

static int do_read(struct leg *f)
{
    return read_area(f, "user", 0x10000, data, sizeof(data));
}

static int do_write(struct leg *f)
{
    return write_area(f, "user", 0x10000, data, sizeof(data));
}

static int do_erase(struct leg *f)
{
    return erase_area(f, "user", 0x10000, sizeof(data));
}

static int do_table(struct leg *f)
{
    struct mtk_gpt t;
    f->g->s.info.gpt = false;
    return f->g->s.agent.ops->table(&f->g->s.agent, &t, &f->err);
}

/* What the host sends, up to the answer that does not come; many: with parameters behind the opcode. */
static const struct {
    int (*run)(struct leg *f);
    const char *sent, *command;
    bool many;
    enum mtk_timeout_op patience;
} commands[] = {
    {do_read, "> 60\n", "SDMMC_SWITCH_PART", false, MTK_T_LG_FIELD},
    {do_read, USER_AREA READ_64K, "READ", true, MTK_T_LG_FIELD},
    {do_write, WRITE_64K, "SDMMC_WRITE_DATA", true, MTK_T_LG_ACK},
    {do_erase, USER_AREA FORMAT_64K, "FORMAT", true, MTK_T_LG_FIELD},
    {do_table, "> A5\n", "SDMMC_READ_PMT", false, MTK_T_LG_FIELD},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Opens an agent and plays command i up to the answer, which is `answer`. */
static void run(struct leg *f, size_t i, const char *answer)
{
    open_agent(f, 0x6580);
    leg_script(f, commands[i].sent);
    leg_script(f, answer);
    assert_int_equal(commands[i].run(f), -1);
    assert_string_equal(f->err.command, commands[i].command);
    assert_string_equal(f->err.stage, "da2");
}

/* Silence is not told from an agent that hangs: nothing more is sent, and the time that was waited is told [X]. */
static void says_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        struct leg f;
        run(&f, i, "deaf\n");
        assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
        assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, commands[i].patience, 0));
        assert_false(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* BB for the opcode, and for each byte behind it; the agent is in its loop, as the question behind parameters shows. */
static void says_bb(void **state)
{
    static const char *const bytes[] = {"< BB\n", "< [4 x BB]\n", "< [19 x BB]\n"};
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        for (size_t k = 0; k < (commands[i].many ? 3 : 1); k++) {
            struct leg f;
            char answer[64];
            snprintf(answer, sizeof(answer), "%s%s", bytes[k], commands[i].many ? IN_LOOP : "");
            run(&f, i, answer);
            assert_leg_error(&f, S_UNSUPPORTED_OPERATION, REFUSED);
            assert_true(f.g->s.agent.usable);
            close_leg(&f);
        }
    }
}

/* A parameter that is a command which the agent does know: it waits for more, and the question is taken for that. */
static void takes_a_parameter_for_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        struct leg f;
        if (!commands[i].many)
            continue;
        run(&f, i, "< [9 x BB] > 72 deaf\n");
        assert_leg_error(&f, S_UNSUPPORTED_OPERATION, REFUSED);
        assert_false(f.g->s.agent.usable);
        assert_non_null(strstr(f.notes, "the agent no longer answers after the failed"));
        close_leg(&f);
    }
}

/* BB among other bytes is no answer of any build. */
static void says_more_than_bb(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        struct leg f;
        run(&f, i, "< BB 00 BB BB BB\n");
        assert_leg_error(&f, MTK_WRONG_ANSWER, WRONG_ANSWER);
        assert_false(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* An erase that was not understood has not been kept from anything: the flash counts as touched. */
static void an_erase_counts_as_begun(void **state)
{
    struct leg f;
    (void)state;
    run(&f, 3, "< BB\n" IN_LOOP);
    assert_true(f.g->s.agent.touched);
    close_leg(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_nothing),
        cmocka_unit_test(says_bb),
        cmocka_unit_test(takes_a_parameter_for_a_command),
        cmocka_unit_test(says_more_than_bb),
        cmocka_unit_test(an_erase_counts_as_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
