/* SPDX-License-Identifier: Apache-2.0 */
/* Writing with an XFlash agent, by range and by name: da-xflash.md sections 8.2, 8.3 and 11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "protocol/error_index.h"
#include "test_xflash_script.h"

#define WRITE_CMD "H> .. 04 00 00 00 | 04 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n"
/* 1 KiB at 0x2000000 of eMMC user, in the example's words. */
#define AT_2000000 "H> ef ee ee fe 01 00 00 00 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 02 00 00 00 00 "
#define WRITE_1K   WRITE_CMD AT_2000000 "00 04 00 00 00 00 00 00 00*20\n"
/* A block of 512 bytes 5A, whose sum is 0xB400, without its status. */
#define BLOCK_5A "H= 0\nH= b400\nH> .. 00 02 00 00 | 5a*200\n"

/* Gives out bytes of a buffer in pieces; fails at will. */
struct pieces {
    const uint8_t *data;
    size_t len, at;
    size_t piece; /* largest piece, 0: as much as wanted */
    bool fails, has_fail_at;
    size_t fail_at;
    ssize_t lie; /* returned as is, if not 0 */
    uint64_t progress;
    size_t progress_calls, cancel_at;
    bool cancel;
};

static ssize_t next_piece(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct pieces *p = ctx;
    assert_true(want > 0 && want <= p->len - p->at); /* exactly the bytes that the transfer needs */
    if (p->has_fail_at && p->at >= p->fail_at)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the disk fails");
    *data = p->data + p->at;
    if (p->lie)
        return p->lie > 0 ? (ssize_t)want + 1 : 0;
    size_t n = p->piece && p->piece < want ? p->piece : want;
    p->at += n;
    return (ssize_t)n;
}

static void on_progress(void *ctx, uint64_t done)
{
    struct pieces *p = ctx;
    p->progress = done;
    p->progress_calls++;
    p->cancel = p->cancel_at && done >= p->cancel_at;
}

static bool is_cancelled(void *ctx)
{
    return ((struct pieces *)ctx)->cancel;
}

struct fixture {
    struct script *s;
    struct xflash *x;
    struct mtk_agent *a;
    struct pieces p;
    struct mtk_source from;
    struct mtk_error err;
};

static void open_fixture(struct fixture *f, const uint8_t *data, size_t len, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->x = script_agent(f->s);
    f->a = &f->x->s.agent;
    f->p.data = data;
    f->p.len = len;
    f->from = (struct mtk_source){.next = next_piece, .ctx = &f->p};
    f->a->progress = on_progress;
    f->a->cancelled = is_cancelled;
    f->a->progress_ctx = f->a->cancelled_ctx = &f->p;
}

static void close_fixture(struct fixture *f)
{
    f->a->ops->destroy(f->a);
    script_free(f->s);
}

static int write_at(struct fixture *f, uint64_t len)
{
    return f->a->ops->write(f->a, "user", 0x2000000, len, &f->from, &f->err);
}

static const uint8_t *kilobyte(void)
{
    static uint8_t data[1024];
    memset(data, 0x5A, sizeof(data));
    return data;
}

/* Section 8.2, byte by byte: 0x200400 bytes in two packets, their sums, two packet statuses and the final one. */
static void writes_the_example(void **state)
{
    (void)state;
    uint8_t *data = malloc(0x200400);
    assert_non_null(data);
    memset(data, 0xA5, 0x200000);
    memset(data + 0x200000, 0x5A, 0x400);
    for (int round = 0; round < 2; round++) {
        struct fixture f;
        open_fixture(&f, data, 0x200400, round);
        script_add(f.s, WRITE_CMD AT_2000000 "00 04 20 00 00 00 00 00 00*20\nD= 0\n"
                                             "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
                                             "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
                                             "H> ef ee ee fe 01 00 00 00 00 00 20 00 | a5*200000\n"
                                             "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
                                             "H> .. 04 00 00 00 | 00 00 00 00\n"
                                             "H> .. 04 00 00 00 | 00 68 00 00\n"
                                             "H> .. 00 04 00 00 | 5a*400\n"
                                             "D> .. 04 00 00 00 | 00 00 00 00\n"
                                             "D> .. 04 00 00 00 | 00 00 00 00\n");
        assert_int_equal(write_at(&f, 0x200400), 0);
        assert_int_equal(f.p.progress, 0x200400);
        assert_int_equal(f.p.progress_calls, 2);
        assert_null(f.x->s.staging); /* straight from the source's memory */
        close_fixture(&f);
    }
    free(data);
}

/* Blocks may be any multiple of the storage's unit: what the source gives is what is sent. */
static void sends_what_the_source_gives(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, false);
    f.p.piece = 512;
    script_add(f.s, WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= 0 0\n");
    assert_int_equal(write_at(&f, 1024), 0);
    assert_null(f.x->s.staging);
    close_fixture(&f);
}

/* Pieces that end inside a unit are put together up to the next boundary; the tail of the range is as it is. */
static void assembles_odd_pieces(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1000, false);
    f.p.piece = 100;
    script_add(f.s, WRITE_CMD AT_2000000 "e8 03 00 00 00 00 00 00 00*20\nD= 0\n");
    /* no multiple of 100 below 1000 is one of 512, so it is all one block: 1000 * 0x5A = 0x15F90 */
    script_add(f.s, "H= 0\nH= 5f90\nH> .. e8 03 00 00 | 5a*3e8\nD= 0 0\n");
    assert_int_equal(write_at(&f, 1000), 0);
    close_fixture(&f);
    open_fixture(&f, kilobyte(), 1024, false);
    f.p.piece = 256;
    script_add(f.s, WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= 0 0\n");
    assert_int_equal(write_at(&f, 1024), 0);
    close_fixture(&f);
}

/* Every byte of a random image arrives once and in order, whatever the pieces and the packet length. */
static void keeps_the_bytes_in_order(void **state)
{
    (void)state;
    static const size_t pieces[] = {0, 1, 333, 512, 1536, 4096}, packets[] = {512, 1024, 4096};
    uint8_t data[10240];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 3; k++) {
            struct fixture f;
            size_t unit = pieces[i] % 512 == 0 && pieces[i] ? pieces[i] : 512;
            open_fixture(&f, data, sizeof(data), false);
            f.p.piece = pieces[i];
            f.x->s.info.max_write = packets[k];
            script_add(f.s, WRITE_CMD AT_2000000 "00 28 00 00 00 00 00 00 00*20\nD= 0\n");
            for (size_t at = 0, n = 0; at < sizeof(data); at += n) {
                n = pieces[i] == 333 && packets[k] > 512 ? packets[k] : unit;
                n = pieces[i] && n < packets[k] ? n : packets[k];
                n = n < sizeof(data) - at ? n : sizeof(data) - at;
                uint32_t sum = sum16(0, data + at, n);
                uint8_t word[4] = {(uint8_t)sum, (uint8_t)(sum >> 8)};
                script_add(f.s, "H= 0\n");
                script_host(f.s, word, 4);
                script_host(f.s, data + at, n);
                script_add(f.s, "D= 0\n");
            }
            script_add(f.s, "D= 0\n");
            assert_int_equal(write_at(&f, sizeof(data)), 0);
            close_fixture(&f);
        }
}

/* Sections 7.7, 8.2, 11: how many statuses each refusal has; after each the agent is asked whether it is still there. */
static void takes_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int row;
        uint64_t acked;
    } rows[] = {
        {"H= 010004\nD= c0010003\n", MTK_E_STATUS_UNSUPPORT_CMD, 0},
        {WRITE_1K "D= c002000c\n", MTK_E_STATUS_SEC_WRITE_DATA_NOT_ALLOWED, 0},
        {WRITE_1K "D= c004000b\n", MTK_E_STATUS_EXCEED_AVALIABLE_RANGE, 0},
        /* USB checksum: the same error as packet and as final status */
        {WRITE_1K "D= 0\n" BLOCK_5A "D= c0040003 c0040003\n", MTK_E_STATUS_CHECKSUM_ERR, 0},
        {WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= c0040003 c0040003\n", MTK_E_STATUS_CHECKSUM_ERR,
         512},
        /* media error, or a read-back that differs: only the final status tells */
        {WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= 0 c0040030\n", MTK_E_STATUS_MMC_ERR, 1024},
        {WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= 0 c0040003\n", MTK_E_STATUS_CHECKSUM_ERR, 1024},
        /* or a later packet status */
        {WRITE_1K "D= 0\n" BLOCK_5A "D= 0\n" BLOCK_5A "D= c0040030\n", MTK_E_STATUS_MMC_ERR, 512},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int alive = 0; alive < 2; alive++) {
            struct fixture f;
            open_fixture(&f, kilobyte(), 1024, alive);
            f.p.piece = 512;
            script_add(f.s, rows[i].wire);
            script_add(f.s, alive ? PROBE : "deaf\n");
            assert_int_equal(write_at(&f, 1024), -1);
            assert_true(mtk_error_is(&f.err, rows[i].row));
            assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
            assert_int_equal(f.err.acked, rows[i].acked);
            assert_string_equal(f.err.stage, "da2");
            assert_string_equal(f.err.command, "WRITE_DATA");
            assert_int_equal(f.a->usable, alive);
            close_fixture(&f);
        }
}

/* The host ends a write by a word in place of "data follows"; it is echoed, and nothing of the block is sent [8.2, F32]. */
static void gives_up_in_the_agents_terms(void **state)
{
    (void)state;
    static const struct {
        size_t fail_at, cancel_at;
        ssize_t lie;
        const char *wire;
        int row;
        uint64_t acked;
    } rows[] = {
        {0, 0, 0, "D= 0\nH= c0010001\nD= c0010001\n", MTK_E_MTK_HOST_IO, 0},
        {512, 0, 0, "D= 0\n" BLOCK_5A "D= 0\nH= c0010001\nD= c0010001\n", MTK_E_MTK_HOST_IO, 512},
        {700, 512, 0, "D= 0\n" BLOCK_5A "D= 0\nH= c0010001\nD= c0010001\n", MTK_E_MTK_CANCELLED, 512},
        {9999, 0, 1, "D= 0\nH= c0010001\nD= c0010001\n", MTK_E_MTK_INTERNAL, 0},
        {9999, 0, -1, "D= 0\nH= c0010001\nD= c0010001\n", MTK_E_MTK_INTERNAL, 0},
        /* an echo that is none: ask */
        {0, 0, 0, "D= 0\nH= c0010001\nD= 0\n" PROBE, MTK_E_MTK_HOST_IO, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, kilobyte(), 1024, i & 1);
        f.p.piece = 512;
        f.p.has_fail_at = true;
        f.p.fail_at = rows[i].fail_at;
        f.p.cancel_at = rows[i].cancel_at;
        f.p.lie = rows[i].lie;
        script_add(f.s, WRITE_1K);
        script_add(f.s, rows[i].wire);
        assert_int_equal(write_at(&f, 1024), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.acked, rows[i].acked);
        assert_string_equal(f.err.command, "WRITE_DATA");
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* A source that fails inside a block that is being put together. */
static void gives_up_while_assembling(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, false);
    f.p.piece = 100;
    f.p.has_fail_at = true;
    f.p.fail_at = 300;
    script_add(f.s, WRITE_1K "D= 0\nH= c0010001\nD= c0010001\n");
    assert_int_equal(write_at(&f, 1024), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_HOST_IO));
    assert_true(f.a->usable);
    close_fixture(&f);
}

/* The phone leaves, or falls silent, at every point of a write. */
static void a_write_may_break_anywhere(void **state)
{
    (void)state;
    static const char *const parts[] = {"H= 010004\n",
                                        "D= 0\n",
                                        AT_2000000 "00 04 00 00 00 00 00 00 00*20\n",
                                        "D= 0\n",
                                        "H= 0\n",
                                        "H= b400\n",
                                        "H> .. 00 02 00 00 | 5a*200\n",
                                        "D= 0\n",
                                        BLOCK_5A,
                                        "D= 0\n"};
    size_t n = sizeof(parts) / sizeof(parts[0]);
    for (size_t cut = 0; cut <= n; cut++)
        for (int gone = 0; gone < 2; gone++) {
            struct fixture f;
            open_fixture(&f, kilobyte(), 1024, false);
            f.p.piece = 512;
            for (size_t i = 0; i < cut; i++)
                script_add(f.s, parts[i]);
            script_add(f.s, gone ? "gone\n" : "deaf\n");
            assert_int_equal(write_at(&f, 1024), -1);
            assert_int_equal(f.err.evidence, gone ? MTK_EV_LEFT_BUS : MTK_EV_NO_ANSWER);
            assert_int_equal(f.err.acked, cut == n ? 1024 : cut > 7 ? 512 : 0);
            assert_string_equal(f.err.command, "WRITE_DATA");
            assert_false(f.a->usable);
            if (!gone && cut == n) /* the final status has its own patience */
                assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_FINAL, 0));
            close_fixture(&f);
        }
}

/* An agent that sends something else than a status loses the session. */
static void refuses_nonsense(void **state)
{
    (void)state;
    static const char *const wires[] = {"D> 00*c\n", "D> .. 05 00 00 00 | 00*5\n", "D> .. ff ff ff 7f\n"};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        open_fixture(&f, kilobyte(), 1024, true);
        script_add(f.s, WRITE_1K "D= 0\nH= 0\nH= 6800\nH> .. 00 04 00 00 | 5a*400\n");
        script_add(f.s, wires[i]);
        assert_int_equal(write_at(&f, 1024), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
        assert_false(f.a->usable);
        close_fixture(&f);
    }
}

/* ---- DOWNLOAD, section 8.3 ---- */

#define START_DL "H= 010009\nD= 0\nH= 080001\nD= 0 0\n"
#define END_DL   "H= 010009\nD= 0\nH= 080002\nD= 0 0\n"
#define DOWNLOAD_BOOT                                                    \
    "H> .. 04 00 00 00 | 01 00 01 00\nD> .. 04 00 00 00 | 00 00 00 00\n" \
    "H> .. 04 00 00 00 | 62 6f 6f 74\nH> .. 08 00 00 00 | 00 04 00 00 00 00 00 00\n"
#define KILO_BLOCK "H= 0\nH= 6800\nH> .. 00 04 00 00 | 5a*400\n"

static int download_boot(struct fixture *f)
{
    return f->a->ops->write_named(f->a, "boot", 1024, &f->from, &f->err);
}

static void downloads_by_name(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, true);
    script_add(f.s, START_DL DOWNLOAD_BOOT "D= 0\n" KILO_BLOCK "D= 0 0\n" END_DL);
    assert_int_equal(download_boot(&f), 0);
    /* the wait for an early refusal is all that it cost */
    assert_int_equal(script_now(f.s), mtk_timeout_ns(NULL, MTK_T_EARLY_STATUS, 0));
    close_fixture(&f);
}

/* An agent without the history record is not asked a second time. */
static void downloads_without_a_record(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, false);
    script_add(f.s, "H= 010009\nD= 0\nH= 080001\nD= c0010004\n");
    for (int i = 0; i < 2; i++)
        script_add(f.s, DOWNLOAD_BOOT "D= 0\n" KILO_BLOCK "D= 0 0\n");
    assert_int_equal(download_boot(&f), 0);
    f.p.at = 0;
    assert_int_equal(download_boot(&f), 0);
    close_fixture(&f);
}

/* What is wrong with the name is said after the length; an image that is too large, after the first word [F13, F15, F31]. */
static void download_may_be_refused(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int row;
    } rows[] = {
        {DOWNLOAD_BOOT "D= c0040006\n", MTK_E_STATUS_PARTITON_NOT_FOUND},
        {DOWNLOAD_BOOT "D= c0040007\n", MTK_E_STATUS_READ_PT_FAIL},
        {DOWNLOAD_BOOT "D= c0020004\n", MTK_E_STATUS_SEC_DL_FORBIDDEN},
        {DOWNLOAD_BOOT "D= 0\nH= 0\nD= c0040004\n", MTK_E_STATUS_TOO_LARGE},
        {DOWNLOAD_BOOT "D= 0\n" KILO_BLOCK "D= c0040003 c0040003\n", MTK_E_STATUS_CHECKSUM_ERR},
        {DOWNLOAD_BOOT "D= 0\n" KILO_BLOCK "D= 0 c004000c\n", MTK_E_STATUS_WRITE_SPARSE_IMAGE_FAIL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, kilobyte(), 1024, i & 1);
        script_add(f.s, START_DL);
        script_add(f.s, rows[i].wire);
        script_add(f.s, PROBE END_DL); /* the record is closed all the same */
        assert_int_equal(download_boot(&f), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_string_equal(f.err.command, "DOWNLOAD");
        assert_int_equal(f.a->touched,
                         strstr(rows[i].wire, KILO_BLOCK) != NULL); /* only data can change a flash */
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* What was written stays written when its record cannot be closed. */
static void download_outlives_its_record(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, false);
    script_add(f.s, START_DL DOWNLOAD_BOOT "D= 0\n" KILO_BLOCK "D= 0 0\nH= 010009\ngone\n");
    assert_int_equal(download_boot(&f), 0);
    assert_false(f.a->usable);
    close_fixture(&f);
}

static void refuses_by_itself(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, kilobyte(), 1024, false);
    assert_int_equal(f.a->ops->write(f.a, "rpmb", 0, 512, &f.from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_UNSUPPORTED));
    assert_int_equal(f.a->ops->write(f.a, "boot2", 0x400000, 1, &f.from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_OUT_OF_RANGE));
    assert_int_equal(f.a->ops->write(f.a, "boot2", 0, 0, &f.from, NULL), 0);
    assert_int_equal(f.a->ops->write_named(f.a, "", 1, &f.from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_USAGE));
    assert_int_equal(f.a->ops->write_named(f.a, "boot", 0, &f.from, NULL), -1);
    assert_int_equal(
        f.a->ops->write_named(f.a, "a-name-that-no-gpt-could-hold-because-it-is-long", 1, &f.from, &f.err),
        -1);
    f.p.cancel = true;
    assert_int_equal(write_at(&f, 1024), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    assert_int_equal(download_boot(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_example),
        cmocka_unit_test(sends_what_the_source_gives),
        cmocka_unit_test(assembles_odd_pieces),
        cmocka_unit_test(keeps_the_bytes_in_order),
        cmocka_unit_test(takes_refusals),
        cmocka_unit_test(gives_up_in_the_agents_terms),
        cmocka_unit_test(gives_up_while_assembling),
        cmocka_unit_test(a_write_may_break_anywhere),
        cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(downloads_by_name),
        cmocka_unit_test(downloads_without_a_record),
        cmocka_unit_test(download_may_be_refused),
        cmocka_unit_test(download_outlives_its_record),
        cmocka_unit_test(refuses_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
