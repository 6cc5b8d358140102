/* SPDX-License-Identifier: Apache-2.0 */
/* SDMMC_SWITCH_PART and READ: da-legacy.md sections 5.3, 5.4, 7.3, 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define MIB        0x100000u
#define READ_1MIB  USER_AREA "> D6 0B 02 00 00 00 00 00 00 00 00 00 00 00 00 00 10 00 00 < 5A > 00 10 00 00\n"
#define READ_BLOCK USER_AREA "> D6 0B 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 < 5A > 00 10 00 00\n"

static void *buffer(size_t len)
{
    void *p = calloc(1, len);
    assert_non_null(p);
    return p;
}

/* A block whose bytes add up to 0x10001. */
static void add_block(struct leg *f, const char *sum)
{
    leg_script(f, "< [511 x 80] 81\n");
    leg_script(f, sum);
}

/* Section 7.3: 1 MiB of FF, whose sum is 0. */
static void reads_1mib(void **state)
{
    struct leg f;
    uint8_t *buf = buffer(MIB);
    (void)state;
    open_agent(&f, 0x6580);
    leg_script(&f, READ_1MIB "< [1048576 x FF] | 00 00 > 5A\n");
    assert_int_equal(read_area(&f, "user", 0, buf, MIB), 0);
    assert_int_equal(buf[0], 0xFF);
    assert_int_equal(buf[MIB - 1], 0xFF);
    assert_int_equal(f.progress, MIB);
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
    free(buf);
}

/* Several packets, the last one short; a long range takes commands of 16 MiB, and the part is chosen once. */
static void reads_in_packets(void **state)
{
    struct leg f;
    size_t len = 17 * MIB + 0x200;
    uint8_t *buf = buffer(len), *want = buffer(len);
    (void)state;
    fill(want, len);
    open_agent(&f, 0x6580);
    leg_script(&f,
               USER_AREA "> D6 0B 02 00 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00 < 5A > 00 10 00 00\n");
    for (size_t at = 0; at < 16 * MIB; at += MIB) {
        add_read_packet(&f, want + at, MIB);
        leg_script(&f, "> 5A\n");
    }
    leg_script(&f, "> D6 0B 02 00 00 00 00 41 00 00 00 00 00 00 00 00 10 02 00 < 5A > 00 10 00 00\n");
    add_read_packet(&f, want + 16 * MIB, MIB);
    leg_script(&f, "> 5A\n");
    add_read_packet(&f, want + 17 * MIB, 0x200);
    leg_script(&f, "> 5A\n");
    assert_int_equal(read_area(&f, "user", 0x40000000, buf, len), 0);
    assert_memory_equal(buf, want, len);
    close_leg(&f);
    free(buf);
    free(want);
}

/* The wire moves whole blocks [5.4 step 3]; the caller gets his bytes and no more. */
static void reads_any_range(void **state)
{
    static const struct {
        uint64_t addr;
        size_t len;
        const char *command;
        size_t wire;
    } r[] = {{0x1FF, 2, "> D6 0B 02 0000000000000000 0000000000000400\n", 0x400},
             {0x200, 1, "> D6 0B 02 0000000000000200 0000000000000200\n", 0x200},
             {0x3FF, 0x601, "> D6 0B 02 0000000000000200 0000000000000800\n", 0x800},
             {0x3A3DFFFFF, 1, "> D6 0B 02 00000003A3DFFE00 0000000000000200\n", 0x200}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        uint8_t wire[0x800], *buf = buffer(r[i].len);
        fill(wire, sizeof(wire));
        open_agent(&f, 0x6580);
        leg_script(&f, USER_AREA);
        leg_script(&f, r[i].command);
        leg_script(&f, "< 5A > 00 10 00 00\n");
        add_read_packet(&f, wire, r[i].wire);
        leg_script(&f, "> 5A\n");
        assert_int_equal(read_area(&f, "user", r[i].addr, buf, r[i].len), 0);
        assert_memory_equal(buf, wire + r[i].addr % 0x200, r[i].len);
        assert_int_equal(f.progress, r[i].len);
        close_leg(&f);
        free(buf);
    }
    struct leg f;
    open_agent(&f, 0x6580);
    assert_int_equal(read_area(&f, "user", 0x1234, &f, 0), 0); /* nothing: nothing is sent */
    close_leg(&f);
}

/* Parts have numbers [5.0]; other storages have no parts, and numbers of their own. */
static void reads_other_areas(void **state)
{
    (void)state;
    struct leg f;
    uint8_t buf[512], *page = buffer(2048);
    open_agent(&f, 0x6580);
    leg_script(&f, "> 60 < 5A > 02 < 5A > D6 0B 02 0000000000000000 0000000000000200 < 5A > 00 10 00 00\n");
    add_block(&f, "< 00 01 > 5A\n");
    assert_int_equal(read_area(&f, "boot2", 0, buf, 512), 0);
    assert_int_equal(buf[511], 0x81);
    close_leg(&f);
    open_nand_agent(&f); /* in whole pages */
    leg_script(
        &f, "> D6 0B 01 0000000000000800 0000000000000800 < 5A > 00 10 00 00 < [2048 x FF] | F8 00 > 5A\n");
    assert_int_equal(read_area(&f, "nand", 0x8FF, page, 1), 0);
    assert_int_equal(page[0], 0xFF);
    close_leg(&f);
    free(page);
}

/* What cannot be is refused before anything is sent. */
static void refuses_what_cannot_be(void **state)
{
    static const struct {
        const char *area;
        uint64_t addr;
        int row;
    } r[] = {{"rpmb", 0, MTK_E_MTK_UNSUPPORTED},
             {"lu2", 0, MTK_E_MTK_UNSUPPORTED},
             {"user", 0x3A3E00000, MTK_E_MTK_OUT_OF_RANGE},
             {"user", UINT64_MAX - 255, MTK_E_MTK_OUT_OF_RANGE},
             {"boot1", 0x3FFE01, MTK_E_MTK_OUT_OF_RANGE}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        uint8_t buf[512];
        open_agent(&f, 0x6580);
        assert_int_equal(read_area(&f, r[i].area, r[i].addr, buf, sizeof(buf)), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.err.evidence, MTK_EV_POLICY);
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* ---- wrong sums ---- */

/* A5 asks for the packet again, up to three times [step 5]. */
static void asks_again_for_a_packet(void **state)
{
    (void)state;
    for (int bad = 1; bad <= 3; bad++) {
        struct leg f;
        uint8_t buf[512];
        open_agent(&f, 0x6580);
        leg_script(&f, READ_BLOCK);
        for (int i = 0; i < bad; i++)
            leg_script(&f, "< [512 x 80] | 01 00 > A5\n");
        add_block(&f, "< 00 01 > 5A\n");
        assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), 0);
        assert_int_equal(buf[511], 0x81);
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* A packet that stays wrong: 4009. The rest is read and dropped, so that the next command finds the agent in its loop. */
static void gives_up_after_three(void **state)
{
    (void)state;
    struct leg f;
    uint8_t *buf = buffer(MIB + 512);
    open_agent(&f, 0x6580);
    leg_script(&f, USER_AREA "> D6 0B 02 0000000000000000 0000000000100200 < 5A > 00 10 00 00\n");
    for (int i = 0; i < 4; i++)
        leg_script(&f, i < 3 ? "< [1048576 x 01] | 00 01 > A5\n" : "< [1048576 x 01] | 00 01 > 5A\n");
    add_block(&f, "< 00 01 > 5A\n");
    leg_script(&f, READ_BLOCK);
    add_block(&f, "< 00 01 > 5A\n");
    assert_int_equal(read_area(&f, "user", 0, buf, MIB + 512), -1);
    assert_leg_error(&f, S_FT_READBACK_FAIL, WRONG_ANSWER);
    assert_memory_equal(f.err.expected, "\0\0", 2);
    assert_memory_equal(f.err.got, "\0\1", 2);
    assert_int_equal(f.err.acked, 0);
    assert_int_equal(f.progress, 0);
    assert_true(f.g->s.agent.usable);
    assert_int_equal(read_area(&f, "user", 0, buf, 512), 0);
    close_leg(&f);
    free(buf);
}

/* ---- refusals ---- */

/*
 * A5 and a status, which is on the wire already: nothing is sent for it, A5 least of all, because that is READ_PMT in
 * the command loop [0, 5.4]. The next command follows at once.
 */
static void may_be_refused(void **state)
{
    static const struct {
        enum leg_numbering numbering;
        const char *answer;
        uint32_t status;
        int row;
    } r[] = {{LG_N1, "< A5 00 00 0B E0\n", 3040, MTK_E_S_DA_INVALID_RANGE},
             {LG_N2, "< A5 00 00 0B DC\n", 3036, MTK_E_S_DA_INVALID_RANGE},
             {LG_N1, "< A5 00 00 0C 51\n", 3153, MTK_E_S_DA_SDMMC_READ_FAILED},
             {LG_N2, "< A5 00 00 0C 4C\n", 3148, MTK_E_S_DA_SDMMC_READ_FAILED},
             {LG_N1, "< A5 00 00 17 7B\n", 6011, MTK_E_S_SECURITY_SF_CODE_READBACK_FORBIDDEN},
             {LG_N2, "< A5 00 00 17 7B\n", 6011, MTK_E_S_SECURITY_SF_CODE_READBACK_FORBIDDEN},
             {LG_N1, "< A5 12 34 56 78\n", 0x12345678, MTK_E_MTK_STATUS_UNKNOWN},
             {LG_N1, "< 00 00 00 0B E0\n", 3040, MTK_E_S_DA_INVALID_RANGE}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        uint8_t buf[512];
        open_agent(&f, 0x6580);
        f.g->numbering = r[i].numbering;
        leg_script(&f, USER_AREA "> D6 0B 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00\n");
        leg_script(&f, r[i].answer);
        leg_script(&f, READ_BLOCK);
        add_block(&f, "< 00 01 > 5A\n");
        assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), -1);
        if (!mtk_error_is(&f.err, r[i].row))
            fail_msg("%zu: %s", i, f.err.what);
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.device_status, r[i].status);
        assert_string_equal(f.err.command, "READ");
        assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), 0);
        close_leg(&f);
    }
}

/* The part may be refused too, before its number or after it [5.3]. */
static void part_may_be_refused(void **state)
{
    static const char *const answers[] = {"> 60 < A5 00 00 0C 6A\n", "> 60 < 5A > 01 < A5 00 00 0C 6A\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        uint8_t buf[512];
        open_agent(&f, 0x6580);
        leg_script(&f, answers[i]);
        assert_int_equal(read_area(&f, "boot1", 0, buf, sizeof(buf)), -1);
        assert_int_equal(f.err.device_status, 3178);
        assert_string_equal(f.err.command, "SDMMC_SWITCH_PART");
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* BB, as some build may answer to what it does not know, leaves it in its loop; other lone bytes do not [0]. */
static void answers_may_make_no_sense(void **state)
{
    static const struct {
        const char *answer;
        int row;
        bool usable;
    } r[] = {{"< BB wait\n", MTK_E_S_UNSUPPORTED_OPERATION, true},
             {"< 69 wait\n", MTK_E_MTK_WRONG_ANSWER, false},
             {"< A5 00 00 wait\n", MTK_E_MTK_WRONG_ANSWER, false},
             {"< 33 11 11 11 11\n", MTK_E_MTK_WRONG_ANSWER, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        uint8_t buf[512];
        open_agent(&f, 0x6580);
        leg_script(&f, "> 60\n");
        leg_script(&f, r[i].answer);
        assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.g->s.agent.usable, r[i].usable);
        close_leg(&f);
    }
}

/* An agent that is lost is asked nothing more. */
static void a_lost_agent_stays_lost(void **state)
{
    (void)state;
    struct leg f;
    uint8_t buf[512];
    open_agent(&f, 0x6580);
    leg_script(&f, "> 60 deaf\n");
    assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), -1);
    assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
    assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_LG_FIELD, 0));
    assert_false(f.g->s.agent.usable);
    assert_int_equal(read_area(&f, "user", 0, buf, sizeof(buf)), -1);
    assert_leg_error(&f, MTK_LINK_LOST, HOST);
    assert_int_equal(write_area(&f, "user", 0, buf, sizeof(buf)), -1);
    assert_leg_error(&f, MTK_LINK_LOST, HOST);
    assert_int_equal(erase_area(&f, "user", 0, 512), -1);
    assert_leg_error(&f, MTK_LINK_LOST, HOST);
    close_leg(&f);
}

/* In the middle of the data: silence (there is no code for it on the wire), departure, a short packet. */
static void data_may_break_off(void **state)
{
    static const struct {
        const char *then;
        int row;
        enum mtk_evidence evidence;
    } ends[] = {{"deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER},
                {"gone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS},
                {"< [100 x 00] deaf\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER},
                {"< [512 x 00] deaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER}};
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct leg f;
        uint8_t *buf = buffer(MIB + 512);
        open_agent(&f, 0x6580);
        leg_script(&f, USER_AREA "> D6 0B 02 0000000000000000 0000000000100200 < 5A > 00 10 00 00\n"
                                 "< [1048576 x 00] | 00 00 > 5A\n");
        leg_script(&f, ends[i].then);
        assert_int_equal(read_area(&f, "user", 0, buf, MIB + 512), -1);
        assert_true(mtk_error_is(&f.err, ends[i].row));
        assert_int_equal(f.err.evidence, ends[i].evidence);
        assert_int_equal(f.err.acked, MIB);
        assert_false(f.g->s.agent.usable);
        close_leg(&f);
        free(buf);
    }
}

/* ---- a caller that wants no more ---- */

/* There is no byte that breaks off a READ, so what is under way is read to its end; the next command is not sent. */
static void may_be_cancelled(void **state)
{
    (void)state;
    struct leg f;
    size_t len = 17 * MIB;
    uint8_t *buf = buffer(len);
    open_agent(&f, 0x6580);
    f.cancel_after = 3; /* before the command, after the first packet, after the second */
    leg_script(&f, USER_AREA "> D6 0B 02 0000000000000000 0000000001000000 < 5A > 00 10 00 00\n");
    for (int i = 0; i < 16; i++)
        leg_script(&f, "< [1048576 x 00] | 00 00 > 5A\n");
    assert_int_equal(read_area(&f, "user", 0, buf, len), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    assert_int_equal(f.err.acked, 2 * MIB);
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
    open_agent(&f, 0x6580);
    f.cancel_after = 1;
    assert_int_equal(read_area(&f, "user", 0, buf, len), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    close_leg(&f);
    free(buf);
}

/* A full disk, say: the first packet is not taken, and the agent is brought back to its loop all the same. */
struct full {
    uint8_t buf[4096];
    bool at_buffer;
};

static uint8_t *full_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct full *d = ctx;
    (void)want;
    *room = sizeof(d->buf);
    if (d->at_buffer)
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "no space left");
    return d->at_buffer ? NULL : d->buf;
}

static int full_commit(void *ctx, size_t len, struct mtk_error *err)
{
    (void)ctx, (void)len;
    return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "no space left");
}

static void the_caller_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct leg f;
        struct full d = {.at_buffer = i};
        const struct mtk_drain to = {.buffer = full_buffer, .commit = full_commit, .ctx = &d};
        open_agent(&f, 0x6580);
        leg_script(&f, USER_AREA "> D6 0B 02 0000000000000000 0000000000200000 < 5A > 00 10 00 00\n"
                                 "< [1048576 x 00] | 00 00 > 5A < [1048576 x 00] | 00 00 > 5A\n");
        assert_int_equal(f.g->s.agent.ops->read(&f.g->s.agent, "user", 0, 2 * MIB, &to, &f.err), -1);
        assert_leg_error(&f, MTK_HOST_IO, HOST);
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_1mib),
        cmocka_unit_test(reads_in_packets),
        cmocka_unit_test(reads_any_range),
        cmocka_unit_test(reads_other_areas),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(asks_again_for_a_packet),
        cmocka_unit_test(gives_up_after_three),
        cmocka_unit_test(may_be_refused),
        cmocka_unit_test(part_may_be_refused),
        cmocka_unit_test(answers_may_make_no_sense),
        cmocka_unit_test(a_lost_agent_stays_lost),
        cmocka_unit_test(data_may_break_off),
        cmocka_unit_test(may_be_cancelled),
        cmocka_unit_test(the_caller_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
