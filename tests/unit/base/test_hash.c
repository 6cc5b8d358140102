/* SPDX-License-Identifier: Apache-2.0 */
/* Digests against published vectors, sums against the specification's examples, the generator against its paper. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/prng.h"

static void test_sha(void **state)
{
    (void)state;
    uint8_t d[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    sha256_buf("abc", 3, d);
    hex_str(d, sizeof(d), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha1_buf("abc", 3, d);
    hex_str(d, SHA1_LEN, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    struct sha256 *h = sha256_new();
    assert_non_null(h);
    for (int round = 0; round < 2; round++) {
        uint8_t e[SHA256_LEN];
        sha256_reset(h);
        sha256_update(h, "a", 1);
        sha256_update(h, NULL, 0);
        sha256_update(h, "bc", 2);
        sha256_final(h, e);
        sha256_buf("abc", 3, d);
        assert_memory_equal(d, e, sizeof(d));
    }
    sha256_free(h);
    sha256_free(NULL);
}

static void test_sums(void **state)
{
    (void)state;
    uint8_t *big = malloc(0x200000);
    assert_non_null(big);
    memset(big, 0xA5, 0x200000);
    /* da-xflash.md 8.2: 0x200000 bytes of A5 sum to 0 in 16 bits, 0x400 of 5A to 0x6800. */
    assert_int_equal(sum16(0, big, 0x200000), 0);
    assert_int_equal(sum32(0, big, 0x200000), 0x14A00000); /* da-xml.md 6.5 */
    memset(big, 0x5A, 0x400);
    assert_int_equal(sum16(0, big, 0x400), 0x6800);
    assert_int_equal(sum16(sum16(0, big, 1), big + 1, 0x3FF), 0x6800);
    assert_int_equal(sum32(0xFFFFFFFF, big, 0x403), 0x16800 + 3 * 0xA5 - 1);
    free(big);
    assert_int_equal(crc32_buf(0, "123456789", 9), 0xCBF43926);
}

static void test_prng(void **state)
{
    (void)state;
    struct prng p = prng_init(1234567);
    /* First outputs of splitmix64 for this seed, as its author published them. */
    assert_true(prng_u64(&p) == UINT64_C(6457827717110365317));
    assert_true(prng_u64(&p) == UINT64_C(3203168211198807973));
    uint8_t a[13], b[13];
    p = prng_init(7);
    prng_bytes(&p, a, sizeof(a));
    p = prng_init(7);
    prng_bytes(&p, b, sizeof(b));
    assert_memory_equal(a, b, sizeof(a));
    for (int i = 0; i < 1000; i++)
        assert_true(prng_below(&p, 10) < 10);
    assert_true(prng_below(&p, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_prng),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
