/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of partitions by their names. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/policy.h"
#include "flasher/verified/preflight.h"

static void identity(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "nvram",    "NVRAM",     "nvdata", "nvcfg",    "protect1",  "protect2",  "PROTECT_F",    "proinfo",
        "PRO_INFO", "persist",   "md_udc", "metadata", "seccfg",    "frp",       "sec1",         "para",
        "misc",     "boot_para", "expdb",  "otp",      "flashinfo", "persist_a", "opporeserve3", "ocdt"};
    static const char *const no[] = {"boot",    "boot_a",     "system", "userdata", "lk",      "preloader",
                                     "nvram2x", "persistent", "super",  "vbmeta",   "protect", "secro"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!mtk_policy_identity(yes[i]))
            fail_msg("%s is not protected", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (mtk_policy_identity(no[i]))
            fail_msg("%s is protected", no[i]);
}

static void careful(void **state)
{
    (void)state;
    assert_true(mtk_policy_only_if_named("preloader"));
    assert_true(mtk_policy_only_if_named("PRELOADER"));
    assert_true(mtk_policy_only_if_named("preloader_a"));
    assert_true(mtk_policy_only_if_named("sec_ro"));
    assert_true(mtk_policy_only_if_named("secro"));
    assert_false(mtk_policy_only_if_named("lk"));
    assert_true(mtk_policy_table("pgpt"));
    assert_true(mtk_policy_table("SGPT"));
    assert_false(mtk_policy_table("boot"));
}

static void order(void **state)
{
    (void)state;
    static const char *const sequence[] = {"system", "logo", "md1img", "vbmeta_a",
                                           "lk2",    "tee1", "boot_b", "preloader"};
    for (size_t i = 1; i < sizeof(sequence) / sizeof(sequence[0]); i++) {
        const char *why = NULL;
        assert_true(mtk_policy_rank(sequence[i - 1], &why) < mtk_policy_rank(sequence[i], NULL));
        assert_true(why && *why);
    }
    assert_int_equal(mtk_policy_rank("lk", NULL), mtk_policy_rank("LK2", NULL));
    assert_int_equal(mtk_policy_rank("sspm_1", NULL), mtk_policy_rank("sspm_2", NULL));
    assert_int_equal(mtk_policy_rank("userdata", NULL), mtk_policy_rank("some_vendor_thing", NULL));
    assert_int_equal(mtk_policy_rank("1", NULL), mtk_policy_rank("userdata", NULL));
}

static void headers(void **state)
{
    (void)state;
    assert_int_equal(mtk_policy_header("lk"), MTK_EXPECT_MTK);
    assert_int_equal(mtk_policy_header("md1img"), MTK_EXPECT_MTK);
    assert_int_equal(mtk_policy_header("boot_a"), MTK_EXPECT_BOOT);
    assert_int_equal(mtk_policy_header("vbmeta"), MTK_EXPECT_VBMETA);
    assert_int_equal(mtk_policy_header("system"), MTK_EXPECT_ANY);
}

static void chips(void **state)
{
    (void)state;
    static const struct {
        const char *platform, *names;
        bool same;
    } cases[] = {
        {"MT6765", "MT6765/MT8768t", true},    {"mt6765", "MT6765/MT8768t", true},
        {"MT8768", "MT6765/MT8768t", true},    {"MT6737M", "MT6737M/MT6735G", true},
        {"MT6737", "MT6737M/MT6735G", true},   {"MT6735", "MT6735/T,MT8735A", true},
        {"MT8735B", "MT6735/T,MT8735A", true}, {"MT8195", "MT8195 Chromebook", true},
        {"ELBRUS", "ELBRUS/MT0598", true},     {"MT6737", "MT6765/MT8768t", false},
        {"MT676", "MT6765/MT8768t", false},    {"MT67650", "MT6765/MT8768t", false},
        {"", "MT6765/MT8768t", false},         {"Chromebook2", "MT8195 Chromebook", false},
        {"MT6765", "hw 0x1234", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (mtk_preflight_same_chip(cases[i].platform, cases[i].names) != cases[i].same)
            fail_msg("%s and %s", cases[i].platform, cases[i].names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity), cmocka_unit_test(careful), cmocka_unit_test(order),
        cmocka_unit_test(headers),  cmocka_unit_test(chips),
    };
    return cmocka_run_group_tests_name("verified/policy", tests, NULL, NULL);
}
