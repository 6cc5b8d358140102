/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions and ranges as users write them. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/target.h"

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text, *area;
        uint64_t addr, len;
    } cases[] = {
        {"@0+512", "", 0, 512},
        {"@0x1000+0x200", "", 0x1000, 0x200},
        {"@4K+1M", "", 4096, 1 << 20},
        {"@0X1fM+2g", "", UINT64_C(0x1F) << 20, UINT64_C(2) << 30},
        {"boot1@0+0x1000", "boot1", 0, 0x1000},
        {"user@010+1", "user", 10, 1}, /* decimal: a leading 0 means nothing */
        {"@0+0xFFFFFFFFFFFFFFFF", "", 0, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_target t;
        struct mtk_error err = {0};
        if (mtk_target_parse(cases[i].text, &t, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.what);
        assert_true(t.range);
        assert_string_equal(t.area, cases[i].area);
        assert_true(t.addr == cases[i].addr && t.len == cases[i].len);
    }
}

static void nonsense(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "@",
        "@0",
        "@+1",
        "@0+",
        "@0+0",
        "@-1+5",
        "@0x+1",
        "@1 +5",
        "@1+5 ",
        "@1+5KK",
        "@1+5KiB",
        "@1-5",
        "@1+0x",
        "@99999999999999999999+1",
        "@0xFFFFFFFFFFFFFFFF+1",
        "@0x4000000000000000K+1",
        "areaname@0+1",
        "a-name-that-is-longer-than-any-partition-of-any-phone-could-ever-be-in-practice"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mtk_target t;
        struct mtk_error err = {0};
        if (mtk_target_parse(bad[i], &t, &err) == 0)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_error(err, MTK_E_MTK_USAGE);
    }
}

static void names(void **state)
{
    (void)state;
    struct mtk_target t;
    struct mtk_error err = {0};
    assert_int_equal(mtk_target_parse("boot_a", &t, &err), 0);
    assert_false(t.range);
    assert_string_equal(t.text, "boot_a");
    assert_int_equal(mtk_target_policy(&t, &err), 0);
    assert_int_equal(mtk_target_parse("nvram", &t, &err), 0);
    assert_int_equal(mtk_target_policy(&t, &err), -1);
    assert_error(err, MTK_E_MTK_PROTECTED_PARTITION);
    assert_int_equal(mtk_target_parse("sgpt", &t, &err), 0);
    assert_int_equal(mtk_target_policy(&t, &err), -1);
    assert_error(err, MTK_E_MTK_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges), cmocka_unit_test(nonsense),
                                       cmocka_unit_test(names)};
    return cmocka_run_group_tests_name("verified/target", tests, NULL, NULL);
}
