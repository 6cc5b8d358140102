/* SPDX-License-Identifier: Apache-2.0 */
/* Differences and what they look like. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/diff.h"

enum { SIZE = 3 * 4096 };
static uint8_t image[SIZE], phone[SIZE], before[SIZE];

static int reset(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        image[i] = (uint8_t)(i * 7 + 1) | 1; /* never 0 */
        before[i] = (uint8_t)(i * 3 + 128) | 2;
    }
    memcpy(phone, image, SIZE);
    return 0;
}

static const struct mtk_old samples = {
    .window = {{.offset = 0x10000 + 4096, .len = 4096, .data = before + 4096}}, .n = 1};

/* Compares everything at partition offset 0x10000 in pieces of the given size. */
static struct mtk_diff compare(size_t piece, const struct mtk_old *old)
{
    struct mtk_diff d = {0};
    for (size_t at = 0; at < SIZE; at += piece) {
        size_t n = SIZE - at < piece ? SIZE - at : piece;
        mtk_diff_add(&d, 0x10000 + at, image + at, phone + at, n, old);
    }
    return d;
}

static void nothing_differs(void **state)
{
    (void)state;
    struct mtk_diff d = compare(1000, &samples);
    assert_int_equal(d.bytes, 0);
    assert_int_equal(d.n, 0);
}

static void one_bit(void **state)
{
    (void)state;
    phone[5000] ^= 0x10;
    struct mtk_diff d = compare(SIZE, NULL);
    assert_int_equal(d.bytes, 1);
    assert_int_equal(d.first, 0x10000 + 5000);
    assert_string_equal(mtk_diff_pattern(&d), "one bit");
    assert_int_equal(d.n, 16);
    assert_int_equal(d.expected[0], image[5000]);
    assert_int_equal(d.got[0], image[5000] ^ 0x10);
    assert_memory_equal(d.expected + 1, image + 5001, 15);
    assert_memory_equal(d.got + 1, image + 5001, 15);
}

static void two_bits_of_a_byte_are_no_single_bit(void **state)
{
    (void)state;
    phone[5000] ^= 0x11;
    struct mtk_diff d = compare(SIZE, NULL);
    assert_string_equal(mtk_diff_pattern(&d), "one sector");
}

static void one_sector(void **state)
{
    (void)state;
    memset(phone + 1024, 0xEE, 512);
    struct mtk_diff d = compare(700, NULL); /* pieces that cut the sector in two */
    assert_string_equal(mtk_diff_pattern(&d), "one sector");
    assert_in_range(d.bytes, 500, 512);
    phone[1023] ^= 1; /* and one byte of the neighbour */
    d = compare(700, NULL);
    assert_string_equal(mtk_diff_pattern(&d), "scattered");
}

static void all_zero(void **state)
{
    (void)state;
    memset(phone + 100, 0, 4000);
    struct mtk_diff d = compare(4096, &samples);
    assert_int_equal(d.bytes, 4000);
    assert_string_equal(mtk_diff_pattern(&d), "all zero");
    phone[200] = image[200] ^ 0xFE; /* one byte that is wrong and not zero */
    assert_int_not_equal(phone[200], 0);
    d = compare(4096, &samples);
    assert_string_equal(mtk_diff_pattern(&d), "scattered");
}

static void old_content(void **state)
{
    (void)state;
    memcpy(phone, before, SIZE);
    struct mtk_diff d = compare(4096, &samples);
    assert_string_equal(mtk_diff_pattern(&d), "old content");
    assert_true(d.sampled > 4000 && d.stale == d.sampled);
    /* A byte that is neither the image's nor the old one proves that something else happened. */
    phone[4096 + 77] = (uint8_t)(before[4096 + 77] + 1);
    if (phone[4096 + 77] == image[4096 + 77])
        phone[4096 + 77]++;
    d = compare(4096, &samples);
    assert_string_equal(mtk_diff_pattern(&d), "scattered");
}

static void old_content_needs_evidence(void **state)
{
    (void)state;
    memcpy(phone, before, SIZE);
    struct mtk_diff d = compare(4096, NULL);
    assert_string_equal(mtk_diff_pattern(&d), "scattered");
    /* All differences outside of what was sampled. */
    memcpy(phone + 4096, image + 4096, 4096);
    d = compare(4096, &samples);
    assert_int_equal(d.sampled, 0);
    assert_string_equal(mtk_diff_pattern(&d), "scattered");
}

static void bytes_from_the_first_difference_may_span_pieces(void **state)
{
    (void)state;
    phone[1022] ^= 0xFF;
    struct mtk_diff d = compare(1024, NULL);
    assert_int_equal(d.n, 16);
    assert_memory_equal(d.expected, image + 1022, 16);
    assert_memory_equal(d.got, phone + 1022, 16);
    phone[1022] ^= 0xFF;
    phone[SIZE - 3] ^= 0xFF;
    d = compare(1024, NULL);
    assert_int_equal(d.n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_differs, reset),
        cmocka_unit_test_setup(one_bit, reset),
        cmocka_unit_test_setup(two_bits_of_a_byte_are_no_single_bit, reset),
        cmocka_unit_test_setup(one_sector, reset),
        cmocka_unit_test_setup(all_zero, reset),
        cmocka_unit_test_setup(old_content, reset),
        cmocka_unit_test_setup(old_content_needs_evidence, reset),
        cmocka_unit_test_setup(bytes_from_the_first_difference_may_span_pieces, reset),
    };
    return cmocka_run_group_tests_name("verified/diff", tests, NULL, NULL);
}
