/* SPDX-License-Identifier: Apache-2.0 */
/* XFlash packets and device controls: da-xflash.md sections 2, 3, 7.2 and 11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_script.h"

struct fixture {
    struct script *s;
    struct xflash *x;
    struct mtk_error err;
    char notes[1024];
    struct mtk_sink sink;
};

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct fixture *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%d %s\n", ev->u.note.level, ev->u.note.text);
}

static void open_fixture(struct fixture *f, const char *script, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    script_add(f->s, script);
    f->x = script_agent(f->s);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    f->x->s.agent.sink = &f->sink;
}

static void close_fixture(struct fixture *f)
{
    f->x->s.agent.ops->destroy(&f->x->s.agent);
    script_free(f->s);
}

/* Header and payload leave in two transfers, and an empty payload in none [2.1, 7.3 SET_ALL_IN_ONE_SIG]. */
static void sends_header_and_payload_apart(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f,
                 "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 53 59 4e 43\n"
                 "H> ef ee ee fe 01 00 00 00 00 00 00 00\n"
                 "H> .. 03 00 00 00 | 01 02 03\n",
                 false);
    assert_int_equal(xf_send_u32(f.x, XFLASH_SYNC, &f.err), 0);
    assert_int_equal(xf_send(f.x, NULL, 0, &f.err), 0);
    assert_int_equal(xf_send(f.x, "\1\2\3", 3, &f.err), 0);
    close_fixture(&f);
}

/* Statuses of four and two bytes, and the magic in place of one, count [3, F27]. */
static void takes_every_form_of_status(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        uint32_t status;
    } rows[] = {
        {"D> .. 04 00 00 00 | 00 00 00 00", 0},
        {"D> .. 04 00 00 00 | 04 00 01 c0", XF_UNSUPPORTED_CTRL},
        {"D> .. 04 00 00 00 | 53 59 4e 43", XFLASH_SYNC},
        {"D> .. 02 00 00 00 | 00 00", 0},
        {"D> .. 02 00 00 00 | 34 12", 0x1234},
        {"D> .. 04 00 00 00 | ef ee ee fe", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int chop = 0; chop < 2; chop++) {
            struct fixture f;
            uint32_t status = 1;
            open_fixture(&f, rows[i].wire, chop);
            assert_int_equal(xf_recv_status(f.x, NS_PER_S, &status, &f.err), 0);
            assert_int_equal(status, rows[i].status);
            close_fixture(&f);
        }
}

/* Log text comes between any two packets, and is told and passed over [2]. The two-in-one transfer is a serial link's. */
static void skips_messages(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        uint32_t status = 1;
        open_fixture(&f,
                     "D> ef ee ee fe 02 00 00 00 0a 00 00 00 | 01 00 00 00 68 65 1b 6c 6f 0a\n"
                     "D> ef ee ee fe 02 00 00 00 07 00 00 00 01 00 00 00 48 42 00 "
                     "ef ee ee fe 02 00 00 00 00 00 00 00 ef ee ee fe 02 00 00 00 02 00 00 00 01 00\n"
                     "D= 0\n",
                     chop);
        assert_int_equal(xf_recv_status(f.x, NS_PER_S, &status, &f.err), 0);
        assert_int_equal(status, 0);
        assert_string_equal(f.notes, "0 da2: he.lo\n0 da2: HB\n");
        close_fixture(&f);
    }
}

/* Log text does not lengthen the wait for an answer, however much of it comes and however fast. */
static void text_without_end_is_silence(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t status = 0;
    open_fixture(&f, "", false);
    for (int i = 0; i < 50; i++)
        script_add(f.s, "D> ef ee ee fe 02 00 00 00 07 00 00 00 | 01 00 00 00 48 42 00\nwait\n");
    script_add(f.s, "D= 0\n");
    assert_int_equal(xf_recv_status(f.x, 10 * NS_PER_MS, &status, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_NO_ANSWER));
    assert_int_equal(f.err.waited_ns, 10 * NS_PER_MS);
    assert_false(f.x->s.agent.usable);
    f.x->s.agent.ops->destroy(&f.x->s.agent);
    script_drop(f.s);
}

/* Everything that ends the session: what came, what kind of error it is, and how much of it is shown. */
static void breaks_on_bad_frames(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        enum mtk_evidence evidence;
        size_t n_got;
    } rows[] = {
        {"", MTK_EV_NO_ANSWER, 0},
        {"gone", MTK_EV_LEFT_BUS, 0},
        {"D> ef ee ee ff 01 00 00 00 04 00 00 00", MTK_EV_WRONG_ANSWER, 12},
        {"D> ef ee ee fe 01 00 00", MTK_EV_WRONG_ANSWER, 7},
        {"D> ef ee ee fe 01 00 00\ngone", MTK_EV_LEFT_BUS, 7},
        {"D> ef ee ee fe 03 00 00 00 04 00 00 00", MTK_EV_WRONG_ANSWER, 12},
        {"D> .. 04 00 00 00", MTK_EV_NO_ANSWER, 0},
        {"D> .. 04 00 00 00 | 00 00", MTK_EV_WRONG_ANSWER, 2},
        {"D> .. 04 00 00 00 | 00 00\ngone", MTK_EV_LEFT_BUS, 2},
        {"D> .. ff ff ff ff", MTK_EV_WRONG_ANSWER, 0},
        {"D> .. 01 10 00 00", MTK_EV_WRONG_ANSWER, 0},
        {"D> .. 00 00 00 00", MTK_EV_WRONG_ANSWER, 0},
        {"D> .. 03 00 00 00 | 01 02 03", MTK_EV_WRONG_ANSWER, 3},
        {"D> .. 05 00 00 00 | 01 02 03 04 05", MTK_EV_WRONG_ANSWER, 5},
        {"D> .. 10 00 00 00 | 11*10", MTK_EV_WRONG_ANSWER, 8},
        {"D> ef ee ee fe 02 00 00 00 01 10 00 00", MTK_EV_WRONG_ANSWER, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int chop = 0; chop < 2; chop++) {
            struct fixture f;
            uint32_t status = 0;
            open_fixture(&f, rows[i].wire, chop);
            agent_step(&f.x->s, "READ_DATA");
            assert_int_equal(xf_recv_status(f.x, 3 * NS_PER_S, &status, &f.err), -1);
            assert_int_equal(f.err.evidence, rows[i].evidence);
            assert_int_equal(f.err.n_got, rows[i].n_got);
            assert_string_equal(f.err.stage, "da2");
            assert_string_equal(f.err.command, "READ_DATA");
            assert_false(f.x->s.agent.usable);
            if (rows[i].evidence == MTK_EV_NO_ANSWER)
                assert_int_equal(f.err.waited_ns, 3 * NS_PER_S);
            close_fixture(&f);
        }
}

/* A wrong magic shows what was due and what came. */
static void shows_the_wrong_magic(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t status;
    open_fixture(&f, "D> ef ee ee ff 01 00 00 00 04 00 00 00", false);
    assert_int_equal(xf_recv_status(f.x, NS_PER_S, &status, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
    assert_int_equal(f.err.n_expected, 4);
    assert_memory_equal(f.err.expected, "\xef\xee\xee\xfe", 4);
    assert_memory_equal(f.err.got, "\xef\xee\xee\xff\x01", 5);
    close_fixture(&f);
}

/* A status in the catalogue is its own row; one that is not is said to be unknown; a number of no severity is wrong. */
static void names_refusals(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        int row;
        enum mtk_evidence evidence;
    } rows[] = {
        {XF_MMC_ERROR, MTK_E_STATUS_MMC_ERR, MTK_EV_REFUSED},
        {XF_OUT_OF_RANGE, MTK_E_STATUS_EXCEED_AVALIABLE_RANGE, MTK_EV_REFUSED},
        {XF_UNSUPPORTED_CMD, MTK_E_STATUS_UNSUPPORT_CMD, MTK_EV_REFUSED},
        {0xC0041234, MTK_E_MTK_STATUS_UNKNOWN, MTK_EV_REFUSED},
        {0x12345678, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, "", false);
        agent_step(&f.x->s, "WRITE_DATA");
        assert_int_equal(xf_refused(f.x, rows[i].status, "a block", &f.err), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.evidence, rows[i].evidence);
        assert_true(f.err.has_status);
        assert_int_equal(f.err.device_status, rows[i].status);
        assert_string_equal(f.err.command, "WRITE_DATA");
        assert_true(f.x->s.agent.usable);
        close_fixture(&f);
    }
}

/* A poll that hears nothing is no failure, unless the silence is in the middle of a packet. */
static void polls(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t status = 0;
    open_fixture(&f, "", false);
    assert_int_equal(xf_poll_status(f.x, NS_PER_MS, &status, &f.err), 1);
    assert_true(f.x->s.agent.usable);
    close_fixture(&f);
    open_fixture(&f, "D= c0040004\n", true);
    assert_int_equal(xf_poll_status(f.x, NS_PER_MS, &status, &f.err), 0);
    assert_int_equal(status, XF_TOO_LARGE);
    close_fixture(&f);
    open_fixture(&f, "D> .. 04 00 00 00\n", false);
    assert_int_equal(xf_poll_status(f.x, NS_PER_MS, &status, &f.err), -1);
    assert_false(f.x->s.agent.usable);
    close_fixture(&f);
    open_fixture(&f, "gone\n", false);
    assert_int_equal(xf_poll_status(f.x, NS_PER_MS, &status, &f.err), -1);
    assert_int_equal(f.err.evidence, MTK_EV_LEFT_BUS);
    close_fixture(&f);
}

/* Sections 7.2, 8 and 13: SET, GET and ACT as they travel. */
static void controls(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        char text[16] = {0};
        size_t n = 0;
        open_fixture(&f,
                     "H> .. 04 00 00 00 | 09 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "H> .. 04 00 00 00 | 03 00 02 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "H> .. 04 00 00 00 | 03 00 00 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "H> .. 04 00 00 00 | 09 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "H> .. 04 00 00 00 | 0a 00 04 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "D> .. 04 00 00 00 | 62 72 6f 6d\nD> .. 04 00 00 00 | 00 00 00 00\n"
                     "H= 010009\nD= 0\nH= 080001\nD= 0\nD= 0\n",
                     chop);
        assert_int_equal(xf_ctrl_set(f.x, XF_SET_CHECKSUM_LEVEL, "\3\0\0", 4, &f.err), XF_CTRL_DONE);
        assert_int_equal(xf_ctrl_get(f.x, XF_GET_CONNECTION_AGENT, text, sizeof(text), &n, &f.err),
                         XF_CTRL_DONE);
        assert_int_equal(n, 4);
        assert_string_equal(text, "brom");
        assert_int_equal(xf_ctrl_act(f.x, XF_START_DL_INFO, &f.err), XF_CTRL_DONE);
        close_fixture(&f);
    }
}

/* After 0xC0010004 nothing follows: no parameter, no data, no status [7.2, F11]. */
static void absent_controls_end_at_once(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t data[4];
    size_t n = 0;
    open_fixture(&f,
                 "H= 010009\nD= 0\nH= 020003\nD= c0010004\n"
                 "H= 010009\nD= 0\nH= 040011\nD= c0010004\n"
                 "H= 010009\nD= 0\nH= 080001\nD= c0010004\n",
                 false);
    assert_int_equal(xf_ctrl_set(f.x, XF_SET_CHECKSUM_LEVEL, "\3\0\0", 4, &f.err), XF_CTRL_ABSENT);
    assert_int_equal(xf_ctrl_get(f.x, XF_GET_EXPIRE_DATE, data, sizeof(data), &n, &f.err), XF_CTRL_ABSENT);
    assert_int_equal(xf_ctrl_act(f.x, XF_START_DL_INFO, &f.err), XF_CTRL_ABSENT);
    assert_null(f.err.row);
    assert_true(f.x->s.agent.usable);
    close_fixture(&f);
}

/* GET_OTP_LOCK_STATUS on an eMMC without OTP: the code is accepted, then one error and no data [7.2, 7.3]. */
static void get_may_fail_in_place_of_its_data(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t data[4];
    size_t n = 0;
    open_fixture(&f, "H= 010009\nD= 0\nH= 04000e\nD= 0\nD= c0030008\n", false);
    assert_int_equal(xf_ctrl_get(f.x, XF_GET_OTP_LOCK_STATUS, data, sizeof(data), &n, &f.err),
                     XF_CTRL_FAILED);
    assert_int_equal(f.err.device_status, XF_INVALID_GPT);
    assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
    assert_true(f.x->s.agent.usable);
    close_fixture(&f);
}

/* A reply longer than the caller's room is cut, and the next exchange is not out of step. */
static void long_replies_are_cut(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t data[8];
    size_t n = 0;
    open_fixture(&f, "H= 010009\nD= 0\nH= 040004\nD= 0\nD> .. d0 00 00 00 | 42*d0\nD= 0\n" PROBE, true);
    assert_int_equal(xf_ctrl_get(f.x, XF_GET_UFS_INFO, data, sizeof(data), &n, &f.err), XF_CTRL_DONE);
    assert_int_equal(n, sizeof(data));
    xf_recover(f.x);
    assert_true(f.x->s.agent.usable);
    close_fixture(&f);
}

/* Section 11: whatever else comes is drained, then one question decides. */
static void recovers_or_gives_up(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, "D= c0040030\n" PROBE, false);
    xf_recover(f.x);
    assert_true(f.x->s.agent.usable);
    assert_non_null(strstr(f.notes, "16 more bytes"));
    close_fixture(&f);
    static const char *const dead[] = {"",
                                       "deaf",
                                       "gone",
                                       "D= c0040030\ndeaf\n",
                                       "H= 010009\nD= c0010003\n",
                                       "H= 010009\nD> ff ee 01*0a\n",
                                       "H= 010009\ngone\n"};
    for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++) {
        open_fixture(&f, dead[i], false);
        script_add(f.s, i == 0 ? "deaf" : "");
        xf_recover(f.x);
        assert_false(f.x->s.agent.usable);
        /* Only a phone that is still there needs its power key. */
        assert_int_equal(strstr(f.notes, "power key") != NULL, strstr(dead[i], "gone") == NULL);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_header_and_payload_apart),
        cmocka_unit_test(takes_every_form_of_status),
        cmocka_unit_test(skips_messages),
        cmocka_unit_test(text_without_end_is_silence),
        cmocka_unit_test(breaks_on_bad_frames),
        cmocka_unit_test(shows_the_wrong_magic),
        cmocka_unit_test(names_refusals),
        cmocka_unit_test(polls),
        cmocka_unit_test(controls),
        cmocka_unit_test(absent_controls_end_at_once),
        cmocka_unit_test(get_may_fail_in_place_of_its_data),
        cmocka_unit_test(long_replies_are_cut),
        cmocka_unit_test(recovers_or_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
