/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "base/hash.h"
#include "formats/seccfg.h"

static const uint8_t mask[32] = {0x5A, 0xFF, 1, 2, 3};

static void version_4(void **state)
{
    (void)state;
    static const uint8_t head[] = {0x4D, 0x4D, 0x4D, 0x4D, 4, 0, 0, 0, 0x3C, 0, 0,    0,    3,    0,
                                   0,    0,    1,    0,    0, 0, 0, 0, 0,    0, 0x45, 0x45, 0x45, 0x45};
    uint8_t out[0x200] = {0}, digest[32];
    mtk_seccfg_write(MTK_LOCK_UNLOCKED, 1, mask, out);
    assert_memory_equal(out, head, sizeof(head));
    sha256_buf(out, sizeof(head), digest);
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(out[0x1C + i], digest[i] ^ mask[i]);
    struct mtk_seccfg s;
    assert_true(mtk_seccfg_parse(out, sizeof(out), &s));
    assert_int_equal(s.version, 4);
    assert_int_equal(s.lock_state, 3);
    assert_int_equal(s.critical_lock, 1);
    assert_ptr_equal(s.seal, out + 0x1C);
    assert_string_equal(mtk_seccfg_words(&s), "unlocked");
    assert_true(mtk_seccfg_parse(out, 0x3C, &s));
    assert_false(mtk_seccfg_parse(out, 0x3B, &s));
    static const size_t fixed[] = {0, 4, 8, 0x18};
    for (size_t i = 0; i < COUNT(fixed); i++) {
        out[fixed[i]] ^= 1;
        assert_false(mtk_seccfg_parse(out, sizeof(out), &s));
        assert_int_equal(s.version, 0);
        out[fixed[i]] ^= 1;
    }
}

static void version_3(void **state)
{
    (void)state;
    uint8_t *p = calloc(1, 0x1860);
    assert_non_null(p);
    strcpy((char *)p, "AND_SECCFG_v");
    put_le32(p + 0x10, 0x4D4D4D4D);
    put_le32(p + 0x14, 3);
    put_le32(p + 0x18, 0x1860);
    put_le32(p + 0x185C, 0x45454545);
    struct mtk_seccfg s;
    assert_true(mtk_seccfg_parse(p, 0x1860, &s));
    assert_int_equal(s.version, 3);
    assert_int_equal(s.lock_state, 0);
    assert_null(s.seal);
    assert_string_equal(mtk_seccfg_words(&s), "unknown");
    assert_false(mtk_seccfg_parse(p, 0x185F, &s));
    static const size_t fixed[] = {0, 12, 0x10, 0x14, 0x18, 0x185C};
    for (size_t i = 0; i < COUNT(fixed); i++) {
        p[fixed[i]] ^= 1;
        assert_false(mtk_seccfg_parse(p, 0x1860, &s));
        p[fixed[i]] ^= 1;
    }
    free(p);
}

static void words(void **state)
{
    (void)state;
    static const char *const expected[] = {"unknown", "locked (default)", "mp-default", "unlocked",
                                           "locked",  "verified",         "custom",     "unknown"};
    for (uint32_t i = 0; i < COUNT(expected); i++) {
        uint8_t out[MTK_SECCFG_V4_LEN];
        struct mtk_seccfg s;
        mtk_seccfg_write(i, 0, mask, out);
        assert_true(mtk_seccfg_parse(out, sizeof(out), &s));
        assert_string_equal(mtk_seccfg_words(&s), expected[i]);
    }
    struct mtk_seccfg s = {.version = 4, .lock_state = UINT32_MAX};
    assert_string_equal(mtk_seccfg_words(&s), "unknown");
}

static void nothing_there(void **state)
{
    (void)state;
    uint8_t blank[0x2000];
    struct mtk_seccfg s;
    memset(blank, 0, sizeof(blank));
    assert_false(mtk_seccfg_parse(blank, sizeof(blank), &s));
    memset(blank, 0xFF, sizeof(blank));
    assert_false(mtk_seccfg_parse(blank, sizeof(blank), &s));
    assert_false(mtk_seccfg_parse(blank, 0, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_4),
        cmocka_unit_test(version_3),
        cmocka_unit_test(words),
        cmocka_unit_test(nothing_there),
    };
    return cmocka_run_group_tests_name("formats-seccfg", tests, NULL, NULL);
}
