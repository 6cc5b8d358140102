/* SPDX-License-Identifier: Apache-2.0 */
/* The pipe between two threads: order, end, giving up from either side. */
#include "tests/unit/verified/unit.h"

#include "base/pipe.h"

enum { BUFFERS = 3, SIZE = 64 };

struct job {
    struct mtk_pipe *p;
    unsigned count; /* buffers to move */
    unsigned moved;
    bool bad; /* bytes out of order */
};

/* Buffer k holds k % SIZE + 1 bytes of value k. */
static void produce(void *ctx)
{
    struct job *j = ctx;
    uint8_t *buf;
    while (j->moved < j->count && (buf = mtk_pipe_reserve(j->p))) {
        size_t n = j->moved % SIZE + 1;
        memset(buf, (int)(j->moved & 0xFF), n);
        mtk_pipe_push(j->p, n);
        j->moved++;
    }
    mtk_pipe_end(j->p);
}

static void consume(void *ctx)
{
    struct job *j = ctx;
    const uint8_t *buf;
    size_t n;
    while ((buf = mtk_pipe_peek(j->p, &n))) {
        j->bad |= n != j->moved % SIZE + 1;
        for (size_t i = 0; i < n; i++)
            j->bad |= buf[i] != (j->moved & 0xFF);
        mtk_pipe_pop(j->p);
        if (++j->moved == j->count)
            mtk_pipe_close(j->p);
    }
}

static void helper_produces(void **state)
{
    (void)state;
    struct mtk_pipe *p = mtk_pipe_new(BUFFERS, SIZE);
    for (int round = 0; round < 3; round++) { /* a pipe is used again and again */
        struct job out = {.p = p, .count = 1000}, in = {.p = p, .count = 2000};
        assert_int_equal(mtk_pipe_start(p, produce, &out), 0);
        consume(&in);
        mtk_pipe_join(p);
        assert_int_equal(out.moved, 1000);
        assert_int_equal(in.moved, 1000);
        assert_false(in.bad);
    }
    mtk_pipe_free(p);
}

static void helper_consumes(void **state)
{
    (void)state;
    struct mtk_pipe *p = mtk_pipe_new(BUFFERS, SIZE);
    struct job out = {.p = p, .count = 1000}, in = {.p = p, .count = 2000};
    assert_int_equal(mtk_pipe_start(p, consume, &in), 0);
    produce(&out);
    mtk_pipe_join(p);
    assert_int_equal(in.moved, 1000);
    assert_false(in.bad);
    mtk_pipe_free(p);
}

static void a_consumer_that_gives_up_stops_the_producer(void **state)
{
    (void)state;
    struct mtk_pipe *p = mtk_pipe_new(BUFFERS, SIZE);
    struct job out = {.p = p, .count = 100000}, in = {.p = p, .count = 10};
    assert_int_equal(mtk_pipe_start(p, consume, &in), 0);
    produce(&out);
    mtk_pipe_join(p);
    assert_int_equal(in.moved, 10);
    assert_in_range(out.moved, 10, 10 + BUFFERS);
    assert_null(mtk_pipe_reserve(p));
    mtk_pipe_free(p);
}

static void a_session_that_gives_up_stops_the_helper(void **state)
{
    (void)state;
    struct mtk_pipe *p = mtk_pipe_new(BUFFERS, SIZE);
    struct job out = {.p = p, .count = 100000};
    size_t n;
    assert_int_equal(mtk_pipe_start(p, produce, &out), 0);
    assert_non_null(mtk_pipe_peek(p, &n));
    mtk_pipe_close(p);
    mtk_pipe_join(p); /* would never return if the producer still waited for room */
    assert_true(out.moved <= BUFFERS + 1);
    assert_null(mtk_pipe_peek(p, &n));
    mtk_pipe_free(p);
}

static void what_was_pushed_before_the_end_still_comes(void **state)
{
    (void)state;
    struct mtk_pipe *p = mtk_pipe_new(BUFFERS, SIZE);
    struct job out = {.p = p, .count = 2}, in = {.p = p, .count = 9};
    produce(&out);
    consume(&in);
    assert_int_equal(in.moved, 2);
    mtk_pipe_join(p); /* harmless without a helper */
    mtk_pipe_free(p);
    mtk_pipe_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(helper_produces),
        cmocka_unit_test(helper_consumes),
        cmocka_unit_test(a_consumer_that_gives_up_stops_the_producer),
        cmocka_unit_test(a_session_that_gives_up_stops_the_helper),
        cmocka_unit_test(what_was_pushed_before_the_end_still_comes),
    };
    return cmocka_run_group_tests_name("base/pipe", tests, NULL, NULL);
}
