/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flasher/boot/timeouts.h"

static void defaults_are_the_table(void **state)
{
    (void)state;
    struct mtk_timeouts t = mtk_timeouts_default();
    for (int op = 0; op < MTK_T_COUNT; op++) {
        assert_int_equal(mtk_timeout_ns(&t, op, 12345), mtk_timeout_ns(NULL, op, 12345));
        assert_true(mtk_timeout_ns(NULL, op, 0) > 0);
        assert_true(strlen(mtk_timeout_name(op)) > 0);
        assert_true(strlen(mtk_timeout_reason(op)) > 0);
    }
    assert_int_equal(mtk_timeout_ns(NULL, MTK_T_SYNC_BYTE, 0), 500 * NS_PER_MS);
    assert_string_equal(mtk_timeout_name(MTK_T_DA_DATA), "DA_DATA");
}

static void started_mib_counts_whole(void **state)
{
    (void)state;
    struct mtk_timeouts t = mtk_timeouts_default();
    t.op[MTK_T_BLOCK].base_ms = 100;
    t.op[MTK_T_BLOCK].per_mib_ms = 10;
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, 0), 100 * NS_PER_MS);
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, 1), 110 * NS_PER_MS);
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, 1 << 20), 110 * NS_PER_MS);
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, (1 << 20) + 1), 120 * NS_PER_MS);
}

static void scale_applies_to_the_sum(void **state)
{
    (void)state;
    struct mtk_timeouts t = mtk_timeouts_default();
    t.op[MTK_T_BLOCK].base_ms = 100;
    t.op[MTK_T_BLOCK].per_mib_ms = 10;
    t.scale_percent = 250;
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, 2 << 20), 300 * NS_PER_MS);
    t.scale_percent = 0;
    assert_int_equal(mtk_timeout_ns(&t, MTK_T_BLOCK, 2 << 20), 120 * NS_PER_MS);
}

static void absurd_sizes_saturate(void **state)
{
    (void)state;
    struct mtk_timeouts t = mtk_timeouts_default();
    t.scale_percent = UINT32_MAX;
    t.op[MTK_T_BLOCK].per_mib_ms = UINT32_MAX;
    assert_true(mtk_timeout_ns(&t, MTK_T_BLOCK, UINT64_MAX) == NS_NEVER);
    assert_true(mtk_timeout_ns(NULL, MTK_T_BLOCK, UINT64_MAX) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_table),
        cmocka_unit_test(started_mib_counts_whole),
        cmocka_unit_test(scale_applies_to_the_sum),
        cmocka_unit_test(absurd_sizes_saturate),
    };
    return cmocka_run_group_tests_name("flasher/boot timeouts", tests, NULL, NULL);
}
