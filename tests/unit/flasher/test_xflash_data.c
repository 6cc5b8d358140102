/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, erasing and ending a session with an XFlash agent: da-xflash.md sections 8.1, 8.5, 9 and 11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_script.h"

/* Parameters of a read of eMMC user at 0, as in section 8.1: length in the third line. */
#define USER_AT_0 "H> ef ee ee fe 01 00 00 00 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00 "
#define ZEROS_32  " 00*20\n"
#define READ_CMD                                                                                            \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 05 00 01 00\nD> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 " \
    "00 "                                                                                                   \
    "00\n"
#define READ_1K READ_CMD USER_AT_0 "00 04 00 00 00 00 00 00" ZEROS_32

/* Takes a read into memory, in rooms of `room` bytes; fails at will. */
struct memory {
    uint8_t *data;
    size_t len, cap, room;
    size_t fail_buffer_at, fail_commit_at; /* offsets; 0: never */
    bool no_room;
    size_t progress_calls;
    uint64_t progress;
    bool cancel;
    uint64_t cancel_at; /* progress at which `cancel` becomes true */
};

static uint8_t *give_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct memory *m = ctx;
    if (m->fail_buffer_at && m->len >= m->fail_buffer_at) {
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "disk full");
        return NULL;
    }
    assert_true(m->len + want <= m->cap);
    *room = m->no_room ? 0 : m->room ? m->room : want;
    return m->data + m->len;
}

static int commit(void *ctx, size_t len, struct mtk_error *err)
{
    struct memory *m = ctx;
    assert_true(len > 0 && (!m->room || len <= m->room));
    m->len += len;
    if (m->fail_commit_at && m->len >= m->fail_commit_at)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "disk full");
    return 0;
}

static void on_progress(void *ctx, uint64_t done)
{
    struct memory *m = ctx;
    assert_true(done >= m->progress);
    m->progress = done;
    m->progress_calls++;
    if (m->cancel_at && done >= m->cancel_at)
        m->cancel = true;
}

static bool is_cancelled(void *ctx)
{
    return ((struct memory *)ctx)->cancel;
}

struct fixture {
    struct script *s;
    struct xflash *x;
    struct mtk_agent *a;
    struct memory m;
    struct mtk_drain drain;
    struct mtk_error err;
};

static void open_fixture(struct fixture *f, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->x = script_agent(f->s);
    f->a = &f->x->s.agent;
    f->m.cap = 1u << 20;
    f->m.data = malloc(f->m.cap);
    assert_non_null(f->m.data);
    f->drain = (struct mtk_drain){.buffer = give_buffer, .commit = commit, .ctx = &f->m};
    f->a->progress = on_progress;
    f->a->progress_ctx = &f->m;
    f->a->cancelled = is_cancelled;
    f->a->cancelled_ctx = &f->m;
}

static void close_fixture(struct fixture *f)
{
    free(f->m.data);
    f->a->ops->destroy(f->a);
    script_free(f->s);
}

static int read_user(struct fixture *f, uint64_t addr, uint64_t len)
{
    return f->a->ops->read(f->a, "user", addr, len, &f->drain, &f->err);
}

/* Section 8.1, byte by byte: 1 MiB in 16 packets, each acked and each with its status. */
static void reads_one_mib(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct fixture f;
        uint8_t packet[0x10000];
        open_fixture(&f, false);
        f.m.room = round ? 1000 : 0;
        script_add(f.s, READ_CMD USER_AT_0 "00 00 10 00 00 00 00 00" ZEROS_32 "D= 0 0\n");
        for (int i = 0; i < 16; i++) {
            memset(packet, i, sizeof(packet));
            script_phone(f.s, packet, sizeof(packet));
            script_add(f.s, "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
                            "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n");
        }
        assert_int_equal(read_user(&f, 0, 1u << 20), 0);
        assert_int_equal(f.m.len, 1u << 20);
        for (size_t i = 0; i < f.m.len; i++)
            if (f.m.data[i] != i >> 16)
                fail_msg("byte %zu is %u", i, f.m.data[i]);
        assert_int_equal(f.m.progress_calls, 16);
        assert_int_equal(f.m.progress, 1u << 20);
        close_fixture(&f);
    }
}

/* 257 bytes from 0xC00003 came back exactly so; a chopped link changes nothing [8.1]. */
static void reads_odd_lengths(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, true);
    script_add(
        f.s, READ_CMD
        "H> .. 38 00 00 00 | 01 00 00 00 08 00 00 00 03 00 c0 00 00 00 00 00 01 01 00 00 00 00 00 00" ZEROS_32
        "D= 0 0\nD> .. 01 01 00 00 | 5c*101\nH= 0\nD= 0\n");
    assert_int_equal(read_user(&f, 0xC00003, 257), 0);
    assert_int_equal(f.m.len, 257);
    close_fixture(&f);
}

/* Length 0: the two statuses and nothing else [8.1]. */
static void reads_nothing(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, READ_CMD USER_AT_0 "00*8" ZEROS_32 "D= 0 0\n");
    assert_int_equal(read_user(&f, 0, 0), 0);
    assert_int_equal(f.m.len, 0);
    close_fixture(&f);
}

/* Each area has its section number [7.5]. */
static void reads_boot1(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(
        f.s, READ_CMD
        "H> .. 38 00 00 00 | 01 00 00 00 01 00 00 00 00 08 00 00 00 00 00 00 10 00 00 00 00 00 00 00" ZEROS_32
        "D= 0 0\nD> .. 10 00 00 00 | aa*10\nH= 0\nD= 0\n");
    assert_int_equal(f.a->ops->read(f.a, "boot1", 0x800, 16, &f.drain, &f.err), 0);
    close_fixture(&f);
}

/* A refused read has one status; the two of a media error come back to back; then the loop is asked for [8.1, F20, F29]. */
static void takes_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int row;
        uint64_t acked;
    } rows[] = {
        {READ_1K "D= c004000b\n", MTK_E_STATUS_EXCEED_AVALIABLE_RANGE, 0},
        {READ_1K "D= c0030006\n", MTK_E_STATUS_STORAGE_MISMATCH, 0},
        {READ_1K "D= c003000c\n", MTK_E_STATUS_UNKNOWN_STORAGE_SECTION_TYPE, 0},
        {READ_1K "D= 0 c0040030 c0040030\n", MTK_E_STATUS_MMC_ERR, 0},
        {READ_1K "D= 0 0\nD> .. 00 02 00 00 | 11*200\nH= 0\nD= 0 c0040030\n", MTK_E_STATUS_MMC_ERR, 512},
        {READ_1K "D= 0 0\nD> .. 00 02 00 00 | 11*200\nH= 0\nD= 0 c0040030 c0040030\n", MTK_E_STATUS_MMC_ERR,
         512},
        {READ_1K "D= 0 0\nD> .. 00 02 00 00 | 11*200\nH= 0\nD= c0040030\n", MTK_E_STATUS_MMC_ERR, 0},
        {"H= 010005\nD= c0010003\n", MTK_E_STATUS_UNSUPPORT_CMD, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int alive = 0; alive < 2; alive++) {
            struct fixture f;
            open_fixture(&f, alive);
            script_add(f.s, rows[i].wire);
            script_add(f.s, alive ? PROBE : "deaf\n");
            assert_int_equal(read_user(&f, 0, 1024), -1);
            assert_true(mtk_error_is(&f.err, rows[i].row));
            assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
            assert_int_equal(f.err.acked, rows[i].acked);
            assert_string_equal(f.err.stage, "da2");
            assert_string_equal(f.err.command, "READ_DATA");
            assert_int_equal(f.a->usable, alive);
            close_fixture(&f);
        }
}

/* A length is believed only up to the packet length and to what is still missing. */
static void refuses_absurd_lengths(void **state)
{
    (void)state;
    static const char *const wires[] = {
        "D> .. 01 04 00 00\n",        "D> .. ff ff ff ff\n",
        "D> .. 00 00 00 00\n",        "D> .. 00 00 01 00\n",
        "D> .. 04 00 00 00 | 00*4\n", "D> .. 00 02 00 00 | 11*200\nH= 0\nD= 0\nD> .. 01 02 00 00\n",
    };
    for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
        struct fixture f;
        open_fixture(&f, false);
        script_add(f.s, READ_1K "D= 0 0\n");
        script_add(f.s, wires[i]);
        script_add(f.s, "deaf\n");
        assert_int_equal(read_user(&f, 0, 1024), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
        assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
        assert_false(f.a->usable);
        close_fixture(&f);
    }
    struct fixture f; /* above the agent's own packet length, though the read is longer */
    open_fixture(&f, false);
    script_add(f.s, READ_CMD USER_AT_0 "00 00 10 00 00 00 00 00" ZEROS_32 "D= 0 0\nD> .. 01 00 01 00\n");
    assert_int_equal(read_user(&f, 0, 1u << 20), -1);
    assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
    assert_false(f.a->usable);
    close_fixture(&f);
}

/* Four bytes are data only where four bytes are missing, and not if they spell a known error [8.1]. */
static void tells_four_bytes_apart(void **state)
{
    (void)state;
    static const struct {
        const char *last;
        bool ok;
    } rows[] = {{"ff ff ff ff", true}, {"00 00 00 00", true}, {"30 00 04 c0", false}};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        open_fixture(&f, true);
        f.m.room = 3;
        script_add(f.s,
                   READ_CMD USER_AT_0 "04 02 00 00 00 00 00 00" ZEROS_32
                                      "D= 0 0\nD> .. 00 02 00 00 | 11*200\nH= 0\nD= 0\nD> .. 04 00 00 00 |");
        script_add(f.s, i == 0 ? "D> ff ff ff ff" : i == 1 ? "D> 00 00 00 00" : "D> 30 00 04 c0");
        script_add(f.s, rows[i].ok ? "H= 0\nD= 0\n" : PROBE);
        assert_int_equal(read_user(&f, 0, 0x204), rows[i].ok ? 0 : -1);
        assert_int_equal(f.m.len, rows[i].ok ? 0x204 : 0x200);
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* The example of section 8.1: the host gives up with 01 00 01 c0, and the agent echoes it. */
#define NAK "H> .. 04 00 00 00 | 01 00 01 c0\nD> .. 04 00 00 00 | 01 00 01 c0\n"

static void gives_up_in_the_agents_terms(void **state)
{
    (void)state;
    for (int how = 0; how < 5; how++) {
        struct fixture f;
        open_fixture(&f, how & 1);
        script_add(f.s, READ_CMD USER_AT_0 "00 08 00 00 00 00 00 00" ZEROS_32
                                           "D= 0 0\nD> .. 00 04 00 00 | 11*400\n");
        script_add(f.s, how == 0 ? "H= 0\nD= 0\nD> .. 00 04 00 00 | 22*400\n" NAK : NAK);
        f.m.cancel_at = how == 0 ? 1024 : 0;
        f.m.room = 300;
        f.m.fail_buffer_at = how == 1 ? 600 : 0;
        f.m.fail_commit_at = how == 2 ? 600 : how == 3 ? 1024 : 0; /* in a packet, and at its end */
        f.m.no_room = how == 4;
        assert_int_equal(read_user(&f, 0, 2048), -1);
        assert_true(mtk_error_is(&f.err, how == 0   ? MTK_E_MTK_CANCELLED
                                         : how == 4 ? MTK_E_MTK_INTERNAL
                                                    : MTK_E_MTK_HOST_IO));
        assert_int_equal(f.err.acked, how == 0 ? 1024 : 0);
        assert_string_equal(f.err.command, "READ_DATA");
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* An echo that is not one leads to the question; silence or a phone that leaves ends the session. */
static void gives_up_without_an_echo(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        bool usable;
    } rows[] = {{"D= 0\n" PROBE, true}, {"D= c0040030\ndeaf\n", false}, {"deaf\n", false}, {"gone\n", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, false);
        script_add(f.s, READ_1K "D= 0 0\nD> .. 00 04 00 00 | 11*400\nH= c0010001\n");
        script_add(f.s, rows[i].after);
        f.m.fail_commit_at = 1;
        assert_int_equal(read_user(&f, 0, 1024), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_HOST_IO));
        assert_int_equal(f.a->usable, rows[i].usable);
        close_fixture(&f);
    }
}

/* The phone leaves, or falls silent, at every point of a read: the error says which, and how far it was. */
static void a_read_may_break_anywhere(void **state)
{
    (void)state;
    static const char *const parts[] = {"H= 010005\n", "D= 0\n", USER_AT_0 "00 04 00 00 00 00 00 00" ZEROS_32,
                                        "D= 0\n",      "D= 0\n", "D> .. 00 02 00 00 | 11*200\n",
                                        "H= 0\n",      "D= 0\n", "D> .. 00 02 00 00 |",
                                        "D> 22*100\n"};
    size_t n = sizeof(parts) / sizeof(parts[0]);
    for (size_t cut = 0; cut <= n; cut++)
        for (int gone = 0; gone < 2; gone++) {
            struct fixture f;
            open_fixture(&f, gone);
            for (size_t i = 0; i < cut; i++)
                script_add(f.s, parts[i]);
            script_add(f.s, gone ? "gone\n" : "deaf\n");
            assert_int_equal(read_user(&f, 0, 1024), -1);
            assert_int_equal(f.err.evidence, gone       ? MTK_EV_LEFT_BUS
                                             : cut == n ? MTK_EV_WRONG_ANSWER
                                                        : MTK_EV_NO_ANSWER);
            assert_int_equal(f.err.acked, cut > 7 ? 512 : 0);
            assert_false(f.a->usable);
            /* and nothing more is sent to such an agent */
            assert_int_equal(read_user(&f, 0, 1024), -1);
            assert_true(mtk_error_is(&f.err, MTK_E_MTK_LINK_LOST));
            close_fixture(&f);
        }
}

/* What the host can see for itself costs no traffic. */
static void refuses_by_itself(void **state)
{
    (void)state;
    static const struct {
        const char *area;
        uint64_t addr, len;
        int row;
    } rows[] = {
        {"user", UINT64_C(0x1d1ec00000), 1, MTK_E_MTK_OUT_OF_RANGE},
        {"user", UINT64_MAX, 2, MTK_E_MTK_OUT_OF_RANGE},
        {"boot1", 0x3FFFFF, 2, MTK_E_MTK_OUT_OF_RANGE},
        {"rpmb", 0, 512, MTK_E_MTK_UNSUPPORTED},
        {"lu2", 0, 512, MTK_E_MTK_UNSUPPORTED},
    };
    struct fixture f;
    open_fixture(&f, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(f.a->ops->read(f.a, rows[i].area, rows[i].addr, rows[i].len, &f.drain, &f.err), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.a->ops->erase(f.a, rows[i].area, rows[i].addr, rows[i].len, &f.err), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_string_equal(f.err.command, "FORMAT");
        assert_int_equal(f.a->ops->erase(f.a, rows[i].area, rows[i].addr, rows[i].len, NULL), -1);
    }
    f.m.cancel = true;
    assert_int_equal(read_user(&f, 0, 512), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    f.m.cancel = false;
    f.x->s.info.storage[0] = 0;
    assert_int_equal(read_user(&f, 0, 512), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_STORAGE_MISMATCH));
    assert_true(f.a->usable);
    close_fixture(&f);
}

/* ---- FORMAT, section 8.5: 8 MiB at 0x2000000 ---- */

#define FORMAT_8M                                                                               \
    "H> .. 04 00 00 00 | 03 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n"                        \
    "H> ef ee ee fe 01 00 00 00 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 02 00 00 00 00 " \
    "00 00 80 00 00 00 00 00 00*20\n"

static int erase_8m(struct fixture *f)
{
    return f->a->ops->erase(f->a, "user", 0x2000000, 0x800000, &f->err);
}

static void erases(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        size_t calls;
    } rows[] = {
        {"D> .. 04 00 00 00 | 00 00 00 00\nD> .. 04 00 00 00 | 04 00 04 40\nD> .. 04 00 00 00 | 32 00 00 00\n"
         "H> .. 04 00 00 00 | 00 00 00 00\nD= 40040004 64\nH= 0\nD> .. 04 00 00 00 | 05 00 04 40\n",
         3},
        {"D= 0 40040004 64\nH= 0\nD= 40040005\n", 2},                       /* as captured for 1 MiB */
        {"D= 0 40040005\n", 1},                                             /* no CONTINUE is legal */
        {"D= 0 40040004 3e8\nH= 0\nD= 40040004 1\nH= 0\nD= 40040005\n", 3}, /* milliseconds, perhaps */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, i & 1);
        script_add(f.s, FORMAT_8M);
        script_add(f.s, rows[i].wire);
        assert_int_equal(erase_8m(&f), 0);
        assert_int_equal(f.m.progress, 0x800000);
        assert_int_equal(f.m.progress_calls, rows[i].calls);
        close_fixture(&f);
    }
}

/* One status ends a failing erase, wherever it comes [8.5, 11, F21]. */
static void erase_may_fail(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int row;
        enum mtk_evidence evidence;
        bool touched;
    } rows[] = {
        {"D= 0 c0040030\n", MTK_E_STATUS_MMC_ERR, MTK_EV_REFUSED, true},
        {"D= 0 40040004 32\nH= 0\nD= c0040030\n", MTK_E_STATUS_MMC_ERR, MTK_EV_REFUSED, true},
        {"D= c002000d\n", MTK_E_STATUS_SEC_FORMAT_NOT_ALLOWED, MTK_EV_REFUSED, false},
        {"D= c004000b\n", MTK_E_STATUS_EXCEED_AVALIABLE_RANGE, MTK_EV_REFUSED, false},
        {"D= 0 0\n", MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, false);
        script_add(f.s, FORMAT_8M);
        script_add(f.s, rows[i].wire);
        script_add(f.s, PROBE);
        assert_int_equal(erase_8m(&f), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.evidence, rows[i].evidence);
        assert_string_equal(f.err.command, "FORMAT");
        assert_int_equal(f.a->touched, rows[i].touched);
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* Silence after n CONTINUEs, a phone that leaves, and one that goes on for ever. */
static void erase_may_hang(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, FORMAT_8M "D= 0 40040004 32\nH= 0\ndeaf\n");
    assert_int_equal(erase_8m(&f), -1);
    assert_int_equal(f.err.evidence, MTK_EV_NO_ANSWER);
    assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_ERASE_STEP, 0));
    assert_false(f.a->usable);
    close_fixture(&f);

    open_fixture(&f, false);
    script_add(f.s, FORMAT_8M "D= 0 40040004\ngone\n");
    assert_int_equal(erase_8m(&f), -1);
    assert_int_equal(f.err.evidence, MTK_EV_LEFT_BUS);
    close_fixture(&f);

    open_fixture(&f, false);
    f.x->s.timeouts.op[MTK_T_ERASE_STEP].base_ms = 1;
    script_add(f.s, FORMAT_8M "D= 0\n");
    for (int i = 0; i < 100; i++)
        script_add(f.s, "D= 40040004 1\nH= 0\nwait\n");
    assert_int_equal(erase_8m(&f), -1);
    assert_int_equal(f.err.evidence, MTK_EV_NO_ANSWER);
    assert_non_null(strstr(f.err.what, "without end")); /* and not that the script was at its end */
    assert_false(f.a->usable);
    f.a->ops->destroy(f.a);
    free(f.m.data);
    script_drop(f.s);
}

/* ---- SHUTDOWN, section 9 ---- */

static void ends_the_session(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *words, *after;
    } rows[] = {
        {"system", "01 00 00 00 00*18\n", "D= 0\ngone\n"},
        {"system", "01 00 00 00 00*18\n", "gone\n"}, /* gone before its status could be read */
        {"fastboot", "01 00 00 00 00*8 02 00 00 00 00*c\n", "D= 0\n"},
        {"off", "00*1c\n", "D= 0\n"},
        {"none", "00*1c\n", "D= 0\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, false);
        script_add(f.s, "H> .. 04 00 00 00 | 07 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
                        "H> ef ee ee fe 01 00 00 00 1c 00 00 00 |");
        char words[64] = "H> ";
        strcat(words, rows[i].words);
        script_add(f.s, words);
        script_add(f.s, rows[i].after);
        assert_int_equal(f.a->ops->reboot(f.a, rows[i].mode, &f.err), 0);
        assert_false(f.a->usable);
        close_fixture(&f);
    }
}

static void shutdown_may_fail(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *wire;
        int row;
        enum mtk_evidence evidence;
    } rows[] = {
        {"recovery", "", MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST},
        {"sideways", "", MTK_E_MTK_USAGE, MTK_EV_HOST},
        {"off", "H= 010007\nD= c0010003\n" PROBE, MTK_E_STATUS_UNSUPPORT_CMD, MTK_EV_REFUSED},
        {"off", "H= 010007\nD= 0\nH> .. 1c 00 00 00 | 00*1c\nD= c0010001\n", MTK_E_STATUS_ERR,
         MTK_EV_REFUSED},
        {"off", "H= 010007\nD= 0\nH> .. 1c 00 00 00 | 00*1c\ndeaf\n", MTK_E_STATUS_SHUTDOWN_CMD_EXCEPTION,
         MTK_EV_NO_ANSWER},
        {"off", "H= 010007\ngone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS},
        {"off", "H= 010007\ndeaf\n", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, false);
        script_add(f.s, rows[i].wire);
        assert_int_equal(f.a->ops->reboot(f.a, rows[i].mode, &f.err), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.evidence, rows[i].evidence);
        assert_string_equal(f.err.command, "SHUTDOWN");
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_mib),
        cmocka_unit_test(reads_odd_lengths),
        cmocka_unit_test(reads_nothing),
        cmocka_unit_test(reads_boot1),
        cmocka_unit_test(takes_refusals),
        cmocka_unit_test(refuses_absurd_lengths),
        cmocka_unit_test(tells_four_bytes_apart),
        cmocka_unit_test(gives_up_in_the_agents_terms),
        cmocka_unit_test(gives_up_without_an_echo),
        cmocka_unit_test(a_read_may_break_anywhere),
        cmocka_unit_test(refuses_by_itself),
        cmocka_unit_test(erases),
        cmocka_unit_test(erase_may_fail),
        cmocka_unit_test(erase_may_hang),
        cmocka_unit_test(ends_the_session),
        cmocka_unit_test(shutdown_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
