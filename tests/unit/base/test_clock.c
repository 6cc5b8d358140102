/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines saturate; events reach their sink whole. */
#include "tests/unit/cmocka.h"

#include <string.h>

#include "base/clock.h"
#include "base/event.h"

static void test_deadline(void **state)
{
    (void)state;
    assert_true(mtk_deadline(5, 10) == 15);
    assert_true(mtk_deadline(5, -1) == NS_NEVER);
    assert_true(mtk_deadline(NS_NEVER - 1, 10) == NS_NEVER);
    struct mtk_clock c = mtk_clock_real();
    int64_t a = c.now(c.ctx);
    c.sleep_ns(c.ctx, 2 * NS_PER_MS);
    assert_true(c.now(c.ctx) - a >= 2 * NS_PER_MS);
}

static void keep_text(void *ctx, const struct mtk_event *ev)
{
    assert_int_equal(ev->kind, MTK_EVENT_NOTE);
    strncat(ctx, ev->u.note.text, 63);
}

static void test_note(void **state)
{
    (void)state;
    char got[64] = "";
    struct mtk_sink s = {.fn = keep_text, .ctx = got};
    mtk_note(&s, 1, "%s-%d", "chip", 6765);
    assert_string_equal(got, "chip-6765");
    mtk_note(NULL, 1, "nobody listens");
    mtk_note(&(struct mtk_sink){0}, 1, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_note),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
