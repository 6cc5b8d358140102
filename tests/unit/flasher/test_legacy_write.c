/* SPDX-License-Identifier: Apache-2.0 */
/* SDMMC_WRITE_DATA and NAND_WRITE_DATA: da-legacy.md sections 5.5, 7.4, 9, and protocol/legacy.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

#define MIB 0x100000u
/* One block at 0x1D80000, of which every byte is 01: its sum is 0x200. */
#define HEAD_BLOCK "> 62 01 08 00 00 00 00 01 D8 00 00 00 00 00 00 00 00 02 00 00 10 00 00\n"
#define PACKET     "> 5A > [512 x 01] > 02 00\n"

static uint8_t ones[512];

static int write_block(struct leg *f)
{
    memset(ones, 1, sizeof(ones));
    return write_area(f, "user", 0x1D80000, ones, sizeof(ones));
}

/* Section 7.4: 6 KiB at 0x1D80000 in one packet. */
static void writes_6k(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[6144];
    fill(data, sizeof(data));
    open_agent(&f, 0x6580);
    leg_script(&f, "> 62 01 08 00 00 00 00 01 D8 00 00 00 00 00 00 00 00 18 00 00 10 00 00 < 5A\n");
    add_write_packet(&f, data, sizeof(data));
    leg_script(&f, "< 69\n");
    assert_int_equal(write_area(&f, "user", 0x1D80000, data, sizeof(data)), 0);
    assert_true(f.g->s.agent.touched);
    assert_int_equal(f.progress, sizeof(data));
    close_leg(&f);
}

/* The sum of "ANDROID!" and 4088 zeros is 02 22 [7.4]. */
static void sums_as_the_specification_does(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[4096] = "ANDROID!";
    open_agent(&f, 0x6580);
    leg_script(&f, "> 62 01 01 [8 x 00] 0000000000001000 00 10 00 00 < 5A\n"
                   "> 5A > 414E44524F494421 [4088 x 00] > 02 22 < 69\n");
    assert_int_equal(write_area(&f, "boot1", 0, data, sizeof(data)), 0);
    close_leg(&f);
}

/* Two packets of 1 MiB: a second 5A only behind the 69 of the first [7.4]; the rest is a short packet. */
static void writes_several_packets(void **state)
{
    struct leg f;
    size_t len = 2 * MIB + 512;
    uint8_t *data = malloc(len);
    (void)state;
    assert_non_null(data);
    fill(data, len);
    for (int chop = 0; chop < 2; chop++) {
        open_agent(&f, 0x6580);
        leg_script(&f, "> 62 01 08 [8 x 00] 0000000000200200 00 10 00 00 < 5A\n");
        for (size_t at = 0; at < len; at += MIB) {
            add_write_packet(&f, data + at, len - at < MIB ? len - at : MIB);
            leg_script(&f, "< 69\n");
        }
        assert_int_equal(write_area(&f, "user", 0, data, len), 0);
        assert_int_equal(f.progress, len);
        close_leg(&f);
    }
    free(data);
}

/* Behind the last byte stands what stood there: the end of the block is read first and goes out with it. */
static void completes_the_last_block(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[0x201], block[512], packet[0x400];
    fill(data, sizeof(data));
    memset(block, 0xCC, sizeof(block));
    memcpy(packet, data, sizeof(data));
    memset(packet + sizeof(data), 0xCC, sizeof(packet) - sizeof(data));
    open_agent(&f, 0x6580);
    leg_script(&f, USER_AREA "> D6 0B 02 0000000000001200 0000000000000200 < 5A > 00 10 00 00\n");
    add_read_packet(&f, block, sizeof(block));
    leg_script(&f, "> 5A > 62 01 08 0000000000001000 0000000000000400 00 10 00 00 < 5A\n");
    add_write_packet(&f, packet, sizeof(packet));
    leg_script(&f, "< 69\n");
    assert_int_equal(write_area(&f, "user", 0x1000, data, sizeof(data)), 0);
    assert_int_equal(f.progress, sizeof(data)); /* in bytes of the caller's */
    close_leg(&f);
    open_agent(&f, 0x6580); /* what cannot be read is not written either */
    leg_script(&f, USER_AREA "> D6 0B 02 0000000000001200 0000000000000200 < A5 00 00 0C 51\n");
    assert_int_equal(write_area(&f, "user", 0x1000, data, sizeof(data)), -1);
    assert_leg_error(&f, S_DA_SDMMC_READ_FAILED, REFUSED);
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
}

/* A range that begins inside a block: what stands in front of it goes out with it too. */
static void completes_the_first_block(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[0x1FF], block[512];
    fill(data, sizeof(data));
    memset(block, 0xCC, sizeof(block));
    open_agent(&f, 0x6580);
    leg_script(&f, USER_AREA "> D6 0B 02 0000000000001000 0000000000000200 < 5A > 00 10 00 00\n");
    add_read_packet(&f, block, sizeof(block));
    leg_script(&f, "> 5A > 62 01 08 0000000000001000 0000000000000200 00 10 00 00 < 5A\n");
    memcpy(block + 1, data, sizeof(data));
    add_write_packet(&f, block, sizeof(block));
    leg_script(&f, "< 69\n");
    assert_int_equal(write_area(&f, "user", 0x1001, data, sizeof(data)), 0);
    assert_int_equal(f.progress, sizeof(data));
    close_leg(&f);
    open_nand_agent(&f); /* a page is programmed once, so there is no such write to NAND */
    assert_int_equal(write_area(&f, "nand", 0x20001, data, sizeof(data)), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_OUT_OF_RANGE));
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
}

/* NAND: another opcode, its own number of the storage, an address type for the part, FF up to the end of the page. */
static void writes_nand(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[2049], packet[4096];
    fill(data, sizeof(data));
    memset(packet, 0xFF, sizeof(packet));
    memcpy(packet, data, sizeof(data));
    open_nand_agent(&f);
    leg_script(&f, "> B3 01 00 0000000000020000 0000000000001000 00 10 00 00 < 5A\n");
    add_write_packet(&f, packet, sizeof(packet));
    leg_script(&f, "< 69\n");
    assert_int_equal(write_area(&f, "nand", 0x20000, data, sizeof(data)), 0);
    close_leg(&f);
}

/* MT6592 wants time and MAC address behind the opcode [5.0]; it gets zeros. */
static void tells_mt6592_nothing(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6592);
    leg_script(&f,
               "> 62 [16 x 00] 01 08 0000000001D80000 0000000000000200 00 10 00 00 < 5A\n" PACKET "< 69\n");
    assert_int_equal(write_block(&f), 0);
    close_leg(&f);
}

static void refuses_what_cannot_be(void **state)
{
    static const struct {
        const char *area;
        uint64_t addr;
        int row;
    } r[] = {{"rpmb", 0, MTK_E_MTK_UNSUPPORTED},
             {"user", 0x3A3E00000, MTK_E_MTK_OUT_OF_RANGE},
             {"boot1", 0x400000 - 256, MTK_E_MTK_OUT_OF_RANGE},
             {"nand", 0, MTK_E_MTK_UNSUPPORTED}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        assert_int_equal(write_area(&f, r[i].area, r[i].addr, ones, sizeof(ones)), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.err.evidence, MTK_EV_POLICY);
        assert_false(f.g->s.agent.touched);
        close_leg(&f);
    }
    struct leg f;
    open_agent(&f, 0x6580);
    assert_int_equal(write_area(&f, "user", 0, ones, 0), 0);
    close_leg(&f);
}

/* ---- refusals ---- */

/* The range: A5 and a status before any data. The flash is untouched, and the agent in its loop [step 2]. */
static void range_may_be_refused(void **state)
{
    static const struct {
        const char *answer;
        int row;
    } r[] = {{"< A5 00 00 0B E0\n", MTK_E_S_DA_INVALID_RANGE},
             {"< A5 00 00 17 7A\n", MTK_E_S_SECURITY_SF_CODE_DOWNLOAD_FORBIDDEN}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, HEAD_BLOCK);
        leg_script(&f, r[i].answer);
        leg_script(&f, HEAD_BLOCK "< 5A\n" PACKET "< 69\n");
        assert_int_equal(write_block(&f), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_false(f.g->s.agent.touched);
        assert_int_equal(write_block(&f), 0);
        close_leg(&f);
    }
}

/* A packet that the agent received badly is sent again with its 5A, at most three times [5.5, retry rule]. */
static void sends_a_packet_again(void **state)
{
    static const struct {
        enum leg_numbering numbering;
        const char *answer;
    } r[] = {{LG_N1, "< A5 00 00 0B F9\n"}, {LG_N2, "< A5 00 00 0B F4\n"}, {LG_N1, "< A5 00 00 0B F6\n"},
             {LG_N2, "< A5 00 00 0B F1\n"}, {LG_N1, "< A5 00 00 0B F7\n"}, {LG_N1, "< A5 00 00 0B FA\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        f.g->numbering = r[i].numbering;
        leg_script(&f, HEAD_BLOCK "< 5A\n");
        for (int k = 0; k < 3; k++) {
            leg_script(&f, PACKET);
            leg_script(&f, r[i].answer);
        }
        leg_script(&f, PACKET "< 69\n");
        assert_int_equal(write_block(&f), 0);
        assert_non_null(strstr(f.notes, "sent again"));
        close_leg(&f);
    }
}

/* The fourth refusal ends it: the agent waits for the packet and is told 96, then asked whether it is in its loop. */
static void gives_up_after_three(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, HEAD_BLOCK "< 5A\n");
    for (int k = 0; k < 4; k++)
        leg_script(&f, PACKET "< A5 00 00 0B F9\n");
    leg_script(&f, "> 96\n" IN_LOOP);
    assert_int_equal(write_block(&f), -1);
    assert_leg_error(&f, S_DA_UART_DATA_CKSUM_ERROR, REFUSED);
    assert_int_equal(f.err.acked, 0);
    assert_true(f.g->s.agent.usable);
    assert_true(f.g->s.agent.touched);
    close_leg(&f);
}

/* A build that is not back in its loop after a wrong sum answers nothing at all [5.5, EXE]. */
static void agent_may_halt_after_a_bad_sum(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    f.g->numbering = LG_N2;
    leg_script(&f, HEAD_BLOCK "< 5A\n" PACKET "< A5 00 00 0B F4 deaf\n");
    assert_int_equal(write_block(&f), -1);
    assert_leg_error(&f, MTK_NO_ANSWER, NO_ANSWER);
    assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_LG_PACKET_ACK, 512));
    assert_false(f.g->s.agent.usable);
    close_leg(&f);
}

/* Other codes end the write; whether the agent still listens shows in one question. */
static void packet_may_be_refused(void **state)
{
    static const struct {
        const char *answer, *then;
        int row;
        bool usable;
    } r[] = {{"< A5 00 00 0C 52\n", IN_LOOP, MTK_E_S_DA_SDMMC_WRITE_FAILED, true},
             {"< A5 00 00 0C 52\n", "> 72 deaf\n", MTK_E_S_DA_SDMMC_WRITE_FAILED, false},
             {"< A5 00 00 0C 52\n", "> 72 < A5 5A\n", MTK_E_S_DA_SDMMC_WRITE_FAILED, false},
             {"< 96\n", IN_LOOP, MTK_E_S_STOP, true},
             {"< 00\n", "wait\n", MTK_E_MTK_WRONG_ANSWER, false},
             {"< 5A\n", "wait\n", MTK_E_MTK_WRONG_ANSWER, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        uint8_t *data = calloc(1, 2 * MIB);
        assert_non_null(data);
        open_agent(&f, 0x6580);
        leg_script(
            &f, "> 62 01 08 [8 x 00] 0000000000200000 00 10 00 00 < 5A > 5A > [1048576 x 00] > 00 00 < 69\n"
                "> 5A > [1048576 x 00] > 00 00\n");
        leg_script(&f, r[i].answer);
        leg_script(&f, r[i].then);
        assert_int_equal(write_area(&f, "user", 0, data, 2 * MIB), -1);
        if (!mtk_error_is(&f.err, r[i].row))
            fail_msg("%zu: %s", i, f.err.what);
        assert_int_equal(f.err.acked, MIB);
        assert_int_equal(f.g->s.agent.usable, r[i].usable);
        assert_int_equal(f.progress, MIB);
        close_leg(&f);
        free(data);
    }
}

/* What still arrives behind a refusal is dropped before the question, or its answer would be taken for another. */
static void drops_what_is_left_over(void **state)
{
    (void)state;
    struct leg f;
    open_agent(&f, 0x6580);
    leg_script(&f, HEAD_BLOCK "< 5A\n" PACKET "< A5 00 00 0C 52 5A 5A\n" IN_LOOP);
    assert_int_equal(write_block(&f), -1);
    assert_true(f.g->s.agent.usable);
    assert_non_null(strstr(f.notes, "2 more bytes came"));
    close_leg(&f);
}

/* Silence and departure, in front of the data and behind it. */
static void write_may_break_off(void **state)
{
    static const struct {
        const char *text;
        enum mtk_evidence evidence;
        enum mtk_timeout_op patience;
        bool touched;
    } ends[] = {{HEAD_BLOCK "deaf\n", MTK_EV_NO_ANSWER, MTK_T_LG_ACK, false},
                {HEAD_BLOCK "< 5A\n" PACKET "deaf\n", MTK_EV_NO_ANSWER, MTK_T_LG_PACKET_ACK, true},
                {HEAD_BLOCK "gone\n", MTK_EV_LEFT_BUS, 0, false},
                {HEAD_BLOCK "< 5A > 5A gone\n", MTK_EV_LEFT_BUS, 0, true},
                {HEAD_BLOCK "< 5A\n" PACKET "gone\n", MTK_EV_LEFT_BUS, 0, true},
                {HEAD_BLOCK "< 5A\n" PACKET "< A5 gone\n", MTK_EV_LEFT_BUS, 0, true}};
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct leg f;
        open_agent(&f, 0x6580);
        leg_script(&f, ends[i].text);
        assert_int_equal(write_block(&f), -1);
        assert_int_equal(f.err.evidence, ends[i].evidence);
        assert_string_equal(f.err.command, "SDMMC_WRITE_DATA");
        if (ends[i].evidence == MTK_EV_NO_ANSWER)
            assert_int_equal(f.err.waited_ns,
                             mtk_timeout_ns(NULL, ends[i].patience, ends[i].touched ? 512 : 0));
        assert_int_equal(f.g->s.agent.touched, ends[i].touched);
        assert_false(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* ---- a caller that wants no more ---- */

/* 96 in place of the 5A that announces a packet: the agent goes back to its loop [5.5]. */
static void may_be_cancelled(void **state)
{
    (void)state;
    struct leg f;
    uint8_t *data = calloc(1, 2 * MIB);
    assert_non_null(data);
    open_agent(&f, 0x6580);
    f.cancel_after = 3; /* before the command, before the first packet, before the second */
    leg_script(&f,
               "> 62 01 08 [8 x 00] 0000000000200000 00 10 00 00 < 5A > 5A > [1048576 x 00] > 00 00 < 69\n"
               "> 96\n" IN_LOOP);
    assert_int_equal(write_area(&f, "user", 0, data, 2 * MIB), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    assert_int_equal(f.err.acked, MIB);
    assert_true(f.g->s.agent.usable);
    close_leg(&f);
    open_agent(&f, 0x6580);
    f.cancel_after = 2;
    leg_script(&f, "> 62 01 08 [8 x 00] 0000000000200000 00 10 00 00 < 5A > 96\n" IN_LOOP);
    assert_int_equal(write_area(&f, "user", 0, data, 2 * MIB), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
    open_agent(&f, 0x6580);
    f.cancel_after = 1;
    assert_int_equal(write_area(&f, "user", 0, data, 2 * MIB), -1);
    assert_leg_error(&f, MTK_CANCELLED, HOST);
    close_leg(&f);
    free(data);
}

/* A source in small pieces makes the same packets; one that fails, or gives nothing, ends the write with 96. */
struct pieces {
    size_t left, piece;
    uint8_t data[300];
    int answer; /* when nothing is left */
};

static ssize_t next_piece(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct pieces *p = ctx;
    size_t n = p->left < p->piece ? p->left : p->piece;
    n = n < want ? n : want;
    if (!n && p->answer < 0)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the file ends here");
    *data = p->data;
    p->left -= n;
    return (ssize_t)n;
}

static int write_pieces(struct leg *f, struct pieces *p)
{
    const struct mtk_source from = {.next = next_piece, .ctx = p};
    memset(p->data, 1, sizeof(p->data));
    return f->g->s.agent.ops->write(&f->g->s.agent, "user", 0x1D80000, 512, &from, &f->err);
}

static void the_source_may_fail(void **state)
{
    (void)state;
    struct leg f;
    struct pieces whole = {.left = 512, .piece = 300};
    open_agent(&f, 0x6580);
    leg_script(&f, HEAD_BLOCK "< 5A\n" PACKET "< 69\n");
    assert_int_equal(write_pieces(&f, &whole), 0);
    close_leg(&f);
    for (int answer = -1; answer <= 0; answer++) {
        struct pieces cut = {.left = 400, .piece = 300, .answer = answer};
        open_agent(&f, 0x6580);
        leg_script(&f, HEAD_BLOCK "< 5A > 96\n" IN_LOOP);
        assert_int_equal(write_pieces(&f, &cut), -1);
        assert_true(mtk_error_is(&f.err, answer ? MTK_E_MTK_HOST_IO : MTK_E_MTK_INTERNAL));
        assert_string_equal(f.err.command, "SDMMC_WRITE_DATA");
        assert_true(f.g->s.agent.usable);
        assert_false(f.g->s.agent.touched);
        close_leg(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_6k),
        cmocka_unit_test(sums_as_the_specification_does),
        cmocka_unit_test(writes_several_packets),
        cmocka_unit_test(completes_the_last_block),
        cmocka_unit_test(completes_the_first_block),
        cmocka_unit_test(writes_nand),
        cmocka_unit_test(tells_mt6592_nothing),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(range_may_be_refused),
        cmocka_unit_test(sends_a_packet_again),
        cmocka_unit_test(gives_up_after_three),
        cmocka_unit_test(agent_may_halt_after_a_bad_sum),
        cmocka_unit_test(packet_may_be_refused),
        cmocka_unit_test(drops_what_is_left_over),
        cmocka_unit_test(write_may_break_off),
        cmocka_unit_test(may_be_cancelled),
        cmocka_unit_test(the_source_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
