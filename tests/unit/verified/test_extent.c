/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and the stream of defined bytes, over an image with every kind of neighbourhood. */
#include "tests/unit/verified/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "flasher/verified/extent.h"

/* RAW 0+8, FILL 8+8 (touching), hole, FILL 32+4, hole, RAW 64+8 and RAW 72+4 (touching, elsewhere in the file). */
static struct mtk_extent extents[] = {
    {.kind = MTK_EXTENT_RAW, .start = 0, .size = 8, .file_offset = 16},
    {.kind = MTK_EXTENT_FILL, .start = 8, .size = 8, .fill = 0x44332211},
    {.kind = MTK_EXTENT_FILL, .start = 32, .size = 4, .fill = 0xAAAAAAAA},
    {.kind = MTK_EXTENT_RAW, .start = 64, .size = 8, .file_offset = 0},
    {.kind = MTK_EXTENT_RAW, .start = 72, .size = 4, .file_offset = 24},
};
static struct mtk_image img = {
    .fd = -1, .sparse = true, .expanded_size = 96, .defined = 32, .extents = extents, .n_extents = 5};
static const char expected[] = "qrstuvwx\x11\x22\x33\x44\x11\x22\x33\x44\xAA\xAA\xAA\xAA"
                               "abcdefghyz01";

static int make_file(void **state)
{
    (void)state;
    char name[] = "/tmp/mtkproof-extent-XXXXXX";
    img.fd = mkstemp(name);
    if (img.fd < 0)
        return -1;
    unlink(name);
    return write(img.fd, "abcdefghijklmnopqrstuvwxyz012345", 32) == 32 ? 0 : -1;
}

static int close_file(void **state)
{
    (void)state;
    return close(img.fd);
}

static void runs_join_what_touches(void **state)
{
    (void)state;
    static const struct mtk_run want[] = {{0, 16}, {32, 4}, {64, 12}};
    struct mtk_run run;
    size_t next = 0, n = 0;
    while (mtk_run_next(&img, &next, &run)) {
        assert_true(n < 3);
        assert_int_equal(run.start, want[n].start);
        assert_int_equal(run.size, want[n].size);
        n++;
    }
    assert_int_equal(n, 3);
}

static void the_stream_is_the_same_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= 32; piece++) {
        struct mtk_bytes b = {.img = &img};
        uint8_t got[32];
        for (size_t at = 0; at < sizeof(got); at += piece) {
            size_t n = sizeof(got) - at < piece ? sizeof(got) - at : piece;
            assert_int_equal(mtk_bytes_read(&b, got + at, n, NULL), 0);
        }
        assert_memory_equal(got, expected, sizeof(got));
        assert_int_equal(mtk_bytes_run_left(&b), 0);
        assert_int_equal(mtk_bytes_offset(&b), 96);
        struct mtk_error err = {0};
        assert_int_equal(mtk_bytes_read(&b, got, 1, &err), -1);
        assert_error(err, MTK_E_MTK_INTERNAL);
    }
}

static void places(void **state)
{
    (void)state;
    static const struct {
        uint64_t seek, offset, left;
    } want[] = {{0, 0, 16},  {5, 5, 11},   {8, 8, 8},   {15, 15, 1}, {16, 32, 4},
                {35, 35, 1}, {40, 64, 12}, {73, 73, 3}, {76, 96, 0}};
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct mtk_bytes b = {.img = &img};
        mtk_bytes_seek(&b, want[i].seek);
        assert_int_equal(mtk_bytes_offset(&b), want[i].offset);
        assert_int_equal(mtk_bytes_run_left(&b), want[i].left);
    }
    struct mtk_bytes b = {.img = &img};
    uint8_t byte;
    mtk_bytes_seek(&b, 10);
    assert_int_equal(mtk_bytes_read(&b, &byte, 1, NULL), 0);
    assert_int_equal(byte, 0x33);
}

static void an_image_without_bytes(void **state)
{
    (void)state;
    const struct mtk_image empty = {.fd = -1, .sparse = true, .expanded_size = 4096};
    struct mtk_bytes b = {.img = &empty};
    struct mtk_run run;
    size_t next = 0;
    assert_false(mtk_run_next(&empty, &next, &run));
    assert_int_equal(mtk_bytes_run_left(&b), 0);
    assert_int_equal(mtk_bytes_read(&b, NULL, 0, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_join_what_touches),
        cmocka_unit_test(the_stream_is_the_same_in_any_pieces),
        cmocka_unit_test(places),
        cmocka_unit_test(an_image_without_bytes),
    };
    return cmocka_run_group_tests_name("verified/extent", tests, make_file, close_file);
}
