/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded cursors: byte orders, ends, and that one failed read makes all later ones fail. */
#include "tests/unit/cmocka.h"

#include <string.h>

#include "base/cursor.h"

static void test_byte_orders(void **state)
{
    (void)state;
    const uint8_t b[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
    struct rd c = rd_init(b, sizeof(b));
    uint16_t h = 0;
    uint32_t w = 0;
    uint64_t d = 0;
    assert_true(rd_le16(&c, &h));
    assert_int_equal(h, 0x0201);
    assert_true(rd_seek(&c, 0) && rd_be16(&c, &h));
    assert_int_equal(h, 0x0102);
    assert_true(rd_seek(&c, 0) && rd_le32(&c, &w));
    assert_int_equal(w, 0x04030201);
    assert_true(rd_seek(&c, 0) && rd_be32(&c, &w));
    assert_int_equal(w, 0x01020304);
    assert_true(rd_seek(&c, 0) && rd_le64(&c, &d));
    assert_true(d == UINT64_C(0x0807060504030201));
    assert_true(rd_seek(&c, 0) && rd_be64(&c, &d));
    assert_true(d == UINT64_C(0x0102030405060708));
    assert_int_equal(rd_left(&c), 0);
}

static void test_short_read_is_final(void **state)
{
    (void)state;
    const uint8_t b[] = {1, 2, 3};
    struct rd c = rd_init(b, sizeof(b));
    uint32_t w = 99;
    uint8_t v = 99;
    assert_false(rd_le32(&c, &w));
    assert_int_equal(w, 0);
    assert_false(rd_u8(&c, &v));
    assert_int_equal(v, 0);
    assert_true(c.bad);
    assert_int_equal(rd_left(&c), 0);
    uint8_t out[2] = {9, 9};
    assert_false(rd_bytes(&c, out, 2));
    assert_int_equal(out[0] | out[1], 0);
}

static void test_empty_and_null(void **state)
{
    (void)state;
    struct rd c = rd_init(NULL, 10);
    const uint8_t *p;
    assert_int_equal(rd_left(&c), 0);
    assert_true(rd_skip(&c, 0));
    assert_true(rd_view(&c, &p, 0));
    assert_false(rd_skip(&c, 1));
    c = rd_init("abc", 3);
    assert_false(rd_seek(&c, 4));
    assert_true(c.bad);
    c = rd_init("abc", 3);
    assert_true(rd_seek(&c, 3));
    assert_false(rd_skip(&c, SIZE_MAX));
}

static void test_write(void **state)
{
    (void)state;
    uint8_t b[32];
    struct wr c = wr_init(b, sizeof(b));
    assert_true(wr_u8(&c, 0xAA) && wr_be16(&c, 0x0102) && wr_le16(&c, 0x0102) && wr_be32(&c, 0x01020304) &&
                wr_le32(&c, 0x01020304) && wr_be64(&c, 1) && wr_le64(&c, 1));
    const uint8_t want[] = {0xAA, 1, 2, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0,
                            0,    0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(c.pos, sizeof(want));
    assert_memory_equal(b, want, sizeof(want));
    assert_false(wr_str(&c, "four", 3));
    assert_true(c.bad);
    c = wr_init(b, 4);
    assert_true(wr_str(&c, "ab", 4));
    assert_memory_equal(b, "ab\0\0", 4);
    assert_false(wr_u8(&c, 1));
    c = wr_init(b, 4);
    assert_true(wr_fill(&c, 0xFF, 4));
    assert_false(wr_fill(&c, 0xFF, 1));
}

static void test_checked_arithmetic(void **state)
{
    (void)state;
    uint64_t r;
    assert_true(add_u64(UINT64_MAX - 1, 1, &r) && r == UINT64_MAX);
    assert_false(add_u64(UINT64_MAX, 1, &r));
    assert_true(r == 0);
    assert_true(mul_u64(UINT32_MAX, UINT32_MAX, &r));
    assert_false(mul_u64(UINT64_MAX, 2, &r));
    assert_true(mul_u64(UINT64_MAX, 0, &r) && r == 0);
    assert_true(range_fits(0, 10, 10));
    assert_true(range_fits(10, 0, 10));
    assert_false(range_fits(11, 0, 10));
    assert_false(range_fits(5, 6, 10));
    assert_false(range_fits(5, UINT64_MAX, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_byte_orders),        cmocka_unit_test(test_short_read_is_final),
        cmocka_unit_test(test_empty_and_null),     cmocka_unit_test(test_write),
        cmocka_unit_test(test_checked_arithmetic),
    };
    return cmocka_run_group_tests_name("base/cursor", tests, NULL, NULL);
}
