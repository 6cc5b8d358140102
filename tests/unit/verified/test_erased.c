/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an erased range that are read: all of a small one, both ends and evenly spread samples of a large one. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/erased.h"

#define MB (UINT64_C(1) << 20)
#define GB (UINT64_C(1) << 30)

static void small_ranges_are_read_as_a_whole(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 512, 4096, 256 * MB - 512, 256 * MB};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t start = 0, len = 0;
        assert_true(mtk_erased_next(sizes[i], &start, &len));
        assert_true(start == 0 && len == sizes[i]);
        assert_false(mtk_erased_next(sizes[i], &start, &len));
        assert_true(mtk_erased_bytes(sizes[i]) == sizes[i]);
    }
    uint64_t start = 0, len = 0;
    assert_false(mtk_erased_next(0, &start, &len));
}

/* In order, inside, in whole blocks, both ends, and no stretch of 512 MiB without a sample. */
static void check_windows(uint64_t size)
{
    uint64_t start = 0, len = 0, end = 0, sum = 0;
    while (mtk_erased_next(size, &start, &len)) {
        assert_true(start >= end && len > 0 && start + len <= size);
        assert_true(start - end < 2 * MTK_ERASED_STRETCH);
        assert_true(start % MB == 0);
        assert_true(end == 0 ? start == 0 && len == 16 * MB : len >= MB);
        end = start + len;
        sum += len;
    }
    assert_true(end == size && len >= 16 * MB && len < 17 * MB);
    assert_true(mtk_erased_bytes(size) == sum);
}

static void large_ranges_by_samples(void **state)
{
    (void)state;
    static const uint64_t odd[] = {0, 512, 4096, MB - 512, 16 * MB, 17 * MB + 4096, 255 * MB};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        check_windows(256 * MB + 512 + odd[i]);
        check_windows(512 * MB + odd[i]);
        check_windows(58 * GB + odd[i]);
        check_windows(1024 * GB + odd[i]);
    }
}

static void a_phone_is_proven_in_seconds(void **state)
{
    (void)state;
    assert_true(mtk_erased_bytes(64 * GB) == 32 * MB + 255 * MB);
    assert_true(mtk_erased_bytes(512 * GB) < 2100 * MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ranges_are_read_as_a_whole),
        cmocka_unit_test(large_ranges_by_samples),
        cmocka_unit_test(a_phone_is_proven_in_seconds),
    };
    return cmocka_run_group_tests_name("verified/erased", tests, NULL, NULL);
}
