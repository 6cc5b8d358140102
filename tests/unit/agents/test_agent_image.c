/* SPDX-License-Identifier: Apache-2.0 */
/* Stage images of make-rom's agents: simdev/firmware/agent_image.h. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "simdev/firmware/agent_image.h"

static const struct agent_descriptor stage1 = {
    .kind = MTK_AGENT_XFLASH,
    .stage = 1,
    .hw_code = 0x766,
    .address = 0x200000,
    .year = 2019,
    .length = 0x5000,
};

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t dep[SHA256_LEN];
    struct agent_descriptor d;
    memset(dep, 0xBE, sizeof(dep));
    uint8_t *image = agent_image_build(&stage1, dep, 42);
    assert_non_null(image);
    assert_memory_equal(image, "\x07\x00\x00\xEA", 4);
    assert_memory_equal(image + 0x20, "MTKSIM-AGENT", 12);
    assert_memory_equal(image + 0x5000 - 0x30, dep, sizeof(dep));
    assert_true(agent_image_parse(image, 0x5000, &d));
    assert_true(d.intact);
    assert_int_equal(d.kind, MTK_AGENT_XFLASH);
    assert_int_equal(d.stage, 1);
    assert_int_equal(d.hw_code, 0x766);
    assert_int_equal(d.address, 0x200000);
    assert_int_equal(d.year, 2019);
    assert_int_equal(d.length, 0x5000);
    assert_int_equal(d.version, 1);
    assert_null(d.sla_modulus);
    uint8_t *again = agent_image_build(&stage1, dep, 42), *other = agent_image_build(&stage1, dep, 43);
    assert_memory_equal(image, again, 0x5000);
    assert_memory_not_equal(image, other, 0x5000);
    free(again);
    free(other);
    free(image);
}

/* A signature behind the image is not part of it. */
static void test_signature(void **state)
{
    (void)state;
    struct agent_descriptor d;
    uint8_t *image = agent_image_build(&stage1, NULL, 1);
    image = realloc(image, 0x5100);
    memset(image + 0x5000, 0x5A, 0x100);
    assert_true(agent_image_parse(image, 0x5100, &d));
    assert_true(d.intact);
    assert_int_equal(d.length, 0x5000);
    free(image);
}

/* All bytes are there, in another order: the sum alone would not notice. */
static void test_order(void **state)
{
    (void)state;
    struct agent_descriptor d;
    uint8_t word[8], *image = agent_image_build(&stage1, NULL, 1);
    memcpy(word, image + 0x105C, sizeof(word));
    memmove(image + 0x105C, image + 0x2004, sizeof(word));
    memcpy(image + 0x2004, word, sizeof(word));
    assert_true(agent_image_parse(image, stage1.length, &d));
    assert_false(d.intact);
    free(image);
}

/* Any changed byte is noticed; a byte of the branch or of the magic makes it somebody else's code. */
static void test_damage(void **state)
{
    (void)state;
    static const size_t at[] = {0x04, 0x30, 0x48, 0x4C, 0x6B, 0x6C, 0x80, 0x17F, 0x2000, 0x4FD0, 0x4FFF};
    struct agent_descriptor d;
    uint8_t *image = agent_image_build(&stage1, NULL, 1);
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        image[at[i]] ^= 0x10;
        assert_false(agent_image_parse(image, 0x5000, &d) && d.intact);
        image[at[i]] ^= 0x10;
    }
    assert_true(agent_image_parse(image, 0x5000, &d) && d.intact);
    assert_true(agent_image_parse(image, 0x4FFF, &d));
    assert_false(d.intact);
    image[0] ^= 1;
    assert_false(agent_image_parse(image, 0x5000, &d));
    image[0] ^= 1;
    image[0x20] ^= 1;
    assert_false(agent_image_parse(image, 0x5000, &d));
    assert_false(agent_image_parse(image, 0, &d));
    free(image);
}

static void test_version_and_key(void **state)
{
    (void)state;
    uint8_t modulus[AGENT_SLA_KEY_LEN], dep[SHA256_LEN] = {0xDE};
    for (size_t i = 0; i < sizeof(modulus); i++)
        modulus[i] = (uint8_t)(0xFF - i);
    struct agent_descriptor small = stage1, d;
    small.length = AGENT_IMAGE_MIN;
    small.version = 7;
    small.sla_modulus = modulus;
    uint8_t *image = agent_image_build(&small, dep, 1);
    assert_non_null(image);
    assert_memory_equal(image + 0x80, modulus, sizeof(modulus));
    assert_memory_equal(image + AGENT_IMAGE_MIN - 0x30, dep, sizeof(dep));
    assert_true(agent_image_parse(image, AGENT_IMAGE_MIN, &d));
    assert_true(d.intact);
    assert_int_equal(d.version, 7);
    assert_ptr_equal(d.sla_modulus, image + 0x80);
    free(image);
}

static void test_describe(void **state)
{
    (void)state;
    struct agent_descriptor d;
    uint8_t *image = agent_image_build(&stage1, NULL, 1);
    image[0x3000] ^= 1;
    assert_true(agent_image_describe(image, 0x5000, &d));
    assert_false(d.intact); /* not looked at */
    assert_int_equal(d.hw_code, 0x766);
    free(image);
    struct agent_descriptor small = stage1;
    small.length = AGENT_IMAGE_MIN - 1;
    assert_null(agent_image_build(&small, NULL, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_signature),
        cmocka_unit_test(test_order),           cmocka_unit_test(test_damage),
        cmocka_unit_test(test_version_and_key), cmocka_unit_test(test_describe),
    };
    return cmocka_run_group_tests_name("agent_image", tests, NULL, NULL);
}
