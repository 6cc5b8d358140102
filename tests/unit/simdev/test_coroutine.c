/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include "simdev/firmware/coroutine.h"

struct run {
    struct coroutine *co;
    int steps, limit;
    int deep;
};

/* Frames that the sanitizer watches. */
static __attribute__((noinline)) int descend(struct run *r, int depth)
{
    volatile char frame[200];
    memset((char *)frame, depth, sizeof frame);
    if (depth)
        return descend(r, depth - 1) + frame[depth];
    coroutine_yield(r->co);
    return frame[0];
}

static void count(void *arg)
{
    struct run *r = arg;
    while (r->steps < r->limit) {
        r->steps++;
        coroutine_yield(r->co);
    }
}

static void dive(void *arg)
{
    struct run *r = arg;
    r->deep = descend(r, 20);
}

/* Touches 48 KiB in one frame, as a bootcheck with a table on its stack would. */
static void big_frame(void *arg)
{
    volatile char frame[48 * 1024];
    struct run *r = arg;
    for (size_t i = 0; i < sizeof frame; i += 512)
        frame[i] = (char)(i / 512);
    coroutine_yield(r->co);
    for (size_t i = 0; i < sizeof frame; i += 512)
        r->steps += frame[i] == (char)(i / 512);
}

static void yields_and_returns(void **state)
{
    (void)state;
    struct run r = {.limit = 3};
    r.co = coroutine_new(coroutine_default_stack());
    assert_non_null(r.co);
    assert_false(coroutine_resume(r.co)); /* nothing to run yet */
    coroutine_start(r.co, count, &r);
    assert_int_equal(r.steps, 0);
    for (int i = 1; i <= 3; i++) {
        assert_true(coroutine_resume(r.co));
        assert_int_equal(r.steps, i);
    }
    assert_false(coroutine_resume(r.co)); /* returns now */
    assert_false(coroutine_resume(r.co)); /* and stays returned */
    assert_int_equal(r.steps, 3);
    coroutine_start(r.co, count, &r);
    assert_false(coroutine_resume(r.co));
    coroutine_free(r.co);
}

static void an_abandoned_program_is_forgotten(void **state)
{
    (void)state;
    struct run r = {.limit = 1000};
    r.co = coroutine_new(coroutine_default_stack());
    for (int i = 0; i < 100; i++) {
        coroutine_start(r.co, dive, &r); /* left in the middle of twenty frames, every time */
        assert_true(coroutine_resume(r.co));
        coroutine_start(r.co, count, &r);
        assert_true(coroutine_resume(r.co));
        assert_int_equal(r.steps, i + 1);
    }
    coroutine_start(r.co, dive, &r);
    assert_true(coroutine_resume(r.co));
    assert_false(coroutine_resume(r.co));
    assert_int_equal(r.deep, 20 * 21 / 2);
    coroutine_free(r.co);
}

static void several_at_once(void **state)
{
    (void)state;
    struct run r[8] = {{0}};
    for (int i = 0; i < 8; i++) {
        r[i].limit = 10 + i;
        r[i].co = coroutine_new(coroutine_default_stack());
        coroutine_start(r[i].co, count, &r[i]);
    }
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < 8; i++)
            assert_true(coroutine_resume(r[i].co));
    for (int i = 0; i < 8; i++) {
        assert_int_equal(r[i].steps, 10);
        coroutine_free(r[i].co); /* in mid-flight */
    }
    coroutine_free(NULL);
}

static void stack_is_as_large_as_promised(void **state)
{
    (void)state;
    struct run r = {0};
    size_t need = coroutine_default_stack();
    assert_true(need >= 64 * 1024);
    r.co = coroutine_new(need);
    coroutine_start(r.co, big_frame, &r);
    assert_true(coroutine_resume(r.co));
    assert_false(coroutine_resume(r.co));
    assert_int_equal(r.steps, 96);
    coroutine_free(r.co);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yields_and_returns),
        cmocka_unit_test(an_abandoned_program_is_forgotten),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(stack_is_as_large_as_promised),
    };
    return cmocka_run_group_tests_name("simdev/coroutine", tests, NULL, NULL);
}
