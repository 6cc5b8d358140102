/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include <sys/stat.h>

#include "formats/sparse.h"

/* A sparse image that grows in memory. Header sizes can be larger than usual. */
struct maker {
    uint8_t data[4096];
    size_t len;
    uint16_t header, chunk_header;
    uint32_t chunks, blocks;
};

static void begin(struct maker *m, uint16_t header, uint16_t chunk_header)
{
    memset(m, 0, sizeof(*m));
    m->header = header;
    m->chunk_header = chunk_header;
    m->len = header;
}

static uint8_t *chunk(struct maker *m, uint16_t type, uint32_t blocks, const void *data, uint32_t n)
{
    uint8_t *c = m->data + m->len;
    put_le16(c, type);
    put_le32(c + 4, blocks);
    put_le32(c + 8, m->chunk_header + n);
    if (n)
        memcpy(c + m->chunk_header, data, n);
    m->len += m->chunk_header + n;
    m->chunks++;
    m->blocks += blocks;
    return c;
}

static void finish(struct maker *m)
{
    put_le32(m->data, 0xED26FF3A);
    put_le16(m->data + 4, 1);
    put_le16(m->data + 8, m->header);
    put_le16(m->data + 10, m->chunk_header);
    put_le32(m->data + 12, 8); /* tiny blocks: the format allows any multiple of 4 */
    put_le32(m->data + 16, m->blocks);
    put_le32(m->data + 20, m->chunks);
}

/* raw 2 blocks | skip 3 | fill 1 | fill 2 of the same word | skip 1 | CRC */
static uint8_t *make(struct maker *m, uint16_t header, uint16_t chunk_header)
{
    begin(m, header, chunk_header);
    chunk(m, 0xCAC1, 2, "0123456789abcdef", 16);
    chunk(m, 0xCAC3, 3, NULL, 0);
    chunk(m, 0xCAC2, 1, "WXYZ", 4);
    chunk(m, 0xCAC2, 2, "WXYZ", 4);
    chunk(m, 0xCAC3, 1, NULL, 0);
    uint8_t *crc = chunk(m, 0xCAC4, 0, "\x44\x33\x22\x11", 4);
    finish(m);
    return crc;
}

static void expect_bad(const void *data, size_t len, const char *why)
{
    struct mtk_image img;
    struct mtk_error err = {0};
    assert_int_equal(mtk_sparse_parse(data, len, "system.img", &img, &err), -1);
    assert_error(&err, MTK_E_MTK_SPARSE_INVALID, why);
    assert_string_equal(err.file, "system.img");
    assert_true(err.has_offset);
    assert_null(img.extents);
}

static void extents_of(uint16_t header, uint16_t chunk_header)
{
    struct maker m;
    make(&m, header, chunk_header);
    struct mtk_image img;
    struct mtk_error err = {0};
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, &err), 0);
    assert_true(img.sparse);
    assert_int_equal(img.block_size, 8);
    assert_int_equal(img.expanded_size, 72);
    assert_int_equal(img.defined, 40);
    assert_int_equal(img.n_extents, 2); /* the two fills are one */
    const struct mtk_extent *e = img.extents;
    assert_int_equal(e[0].kind, MTK_EXTENT_RAW);
    assert_int_equal(e[0].start, 0);
    assert_int_equal(e[0].size, 16);
    assert_int_equal(e[0].file_offset, header + chunk_header);
    assert_int_equal(e[1].kind, MTK_EXTENT_FILL);
    assert_int_equal(e[1].start, 40);
    assert_int_equal(e[1].size, 24);
    assert_int_equal(e[1].fill, 0x5A595857);
    assert_true(img.has_crc);
    assert_int_equal(img.crc, 0x11223344);
    uint8_t buf[24];
    assert_int_equal(mtk_image_read(&img, &e[1], 41, buf, 9, &err), 0);
    assert_memory_equal(buf, "XYZWXYZWX", 9);
    assert_int_equal(mtk_image_read(&img, &e[1], 41, buf, 24, &err), -1);
    assert_int_equal(mtk_image_read(&img, &e[1], 39, buf, 1, &err), -1);
    assert_int_equal(mtk_image_read(&img, &e[0], 0, buf, 1, &err), -1); /* memory images have no file */
    mtk_image_release(&img);
}

static void extents(void **state)
{
    (void)state;
    extents_of(28, 12);
    extents_of(40, 20); /* larger headers of a later version are skipped */
}

/* Different words or a gap keep fills apart; empty chunks leave no extent. */
static void merging(void **state)
{
    (void)state;
    struct maker m;
    begin(&m, 28, 12);
    chunk(&m, 0xCAC2, 1, "AAAA", 4);
    chunk(&m, 0xCAC2, 1, "BBBB", 4);
    chunk(&m, 0xCAC3, 1, NULL, 0);
    chunk(&m, 0xCAC2, 1, "BBBB", 4);
    chunk(&m, 0xCAC2, 0, "BBBB", 4);
    chunk(&m, 0xCAC1, 0, NULL, 0);
    chunk(&m, 0xCAC1, 1, "12345678", 8);
    chunk(&m, 0xCAC1, 1, "12345678", 8);
    finish(&m);
    struct mtk_image img;
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
    assert_int_equal(img.n_extents, 5);
    assert_int_equal(img.extents[3].file_offset + 8 + 12, img.extents[4].file_offset);
    assert_false(img.has_crc);
    mtk_image_release(&img);
}

static void checksums(void **state)
{
    (void)state;
    struct maker m;
    struct mtk_image img;
    uint8_t *crc = make(&m, 28, 12);
    put_le32(m.data + 24, 0x11223344);
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
    assert_int_equal(img.crc, 0x11223344);
    mtk_image_release(&img);
    put_le32(m.data + 24, 0x11223345);
    expect_bad(m.data, m.len, "checksum in the header");
    put_le32(m.data + 24, 0);
    put_le32(crc + 4, 1);
    put_le32(m.data + 16, m.blocks + 1);
    expect_bad(m.data, m.len, "checksum chunk");
    /* a checksum in the middle says nothing about the whole */
    begin(&m, 28, 12);
    chunk(&m, 0xCAC2, 1, "AAAA", 4);
    chunk(&m, 0xCAC4, 0, "AAAA", 4);
    chunk(&m, 0xCAC3, 1, NULL, 0);
    finish(&m);
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
    assert_false(img.has_crc);
    mtk_image_release(&img);
    put_le32(m.data + 24, 7);
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
    assert_true(img.has_crc);
    assert_int_equal(img.crc, 7);
    mtk_image_release(&img);
}

/* Places: raw chunk at 28, skip at 56, fill at 68, fill at 84, skip at 100, CRC at 112. */
static void malformed(void **state)
{
    (void)state;
    static const struct {
        size_t at, width;
        uint32_t value;
        const char *why;
    } cases[] = {
        {0, 4, 0xED26FF3B, "magic"},
        {4, 2, 2, "version"},
        {8, 2, 27, "header sizes"},
        {8, 2, 0xFFFF, "too short for its number"},
        {10, 2, 11, "header sizes"},
        {12, 4, 0, "block size"},
        {12, 4, 6, "block size"},
        {12, 4, 16, "raw chunk's size"},
        {16, 4, 0, "no blocks"},
        {16, 4, 8, "more blocks"},
        {16, 4, 10, "fewer blocks"},
        {20, 4, 5, ""},
        {20, 4, 7, "inside a chunk header"},
        {20, 4, UINT32_MAX, "too short for its number"},
        {28, 2, 0xCAC5, "unknown type"},
        {32, 4, 3, "raw chunk's size"},
        {32, 4, UINT32_MAX, "more blocks"},
        {36, 4, 27, "raw chunk's size"},
        {36, 4, 11, "smaller than its header"},
        {36, 4, UINT32_MAX, "inside a chunk"},
        {64, 4, 13, "don't-care"},
        {76, 4, 20, "fill chunk"},
        {120, 4, 12, "checksum chunk"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct maker m;
        make(&m, 28, 12);
        for (size_t k = 0; k < cases[i].width; k++)
            m.data[cases[i].at + k] = (uint8_t)(cases[i].value >> (8 * k));
        if (*cases[i].why) {
            expect_bad(m.data, m.len, cases[i].why);
            continue;
        }
        /* without its last chunk this one is merely without a checksum */
        struct mtk_image img;
        assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
        assert_false(img.has_crc);
        mtk_image_release(&img);
    }
    struct maker m;
    make(&m, 28, 12);
    for (size_t len = 0; len < m.len; len++)
        expect_bad(m.data, len, "");
    struct mtk_image img; /* what signing tools put behind the image is no part of it */
    assert_int_equal(mtk_sparse_parse(m.data, m.len + 5, "x", &img, NULL), 0);
    mtk_image_release(&img);
}

/* 16 TiB of "don't care" cost one chunk and no memory. */
static void huge(void **state)
{
    (void)state;
    struct maker m;
    begin(&m, 28, 12);
    chunk(&m, 0xCAC3, UINT32_MAX - 1, NULL, 0);
    chunk(&m, 0xCAC2, 1, "AAAA", 4);
    finish(&m);
    put_le32(m.data + 12, 4096);
    struct mtk_image img;
    assert_int_equal(mtk_sparse_parse(m.data, m.len, "x", &img, NULL), 0);
    assert_true(img.expanded_size == UINT64_C(0xFFFFFFFF) * 4096);
    assert_int_equal(img.n_extents, 1);
    assert_int_equal(img.defined, 4096);
    assert_true(img.extents[0].start == UINT64_C(0xFFFFFFFE) * 4096);
    mtk_image_release(&img);
}

/* Fills of alternating words cannot merge; a million of them is nobody's image. */
static void too_many_pieces(void **state)
{
    (void)state;
    uint32_t n = (1u << 20) + 1;
    size_t len = 28 + (size_t)n * 16;
    uint8_t *data = calloc(1, len);
    assert_non_null(data);
    struct maker m;
    begin(&m, 28, 12);
    m.chunks = m.blocks = n;
    finish(&m);
    memcpy(data, m.data, 28);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *c = data + 28 + (size_t)i * 16;
        put_le16(c, 0xCAC2);
        put_le32(c + 4, 1);
        put_le32(c + 8, 16);
        put_le32(c + 12, i);
    }
    expect_bad(data, len, "million");
    free(data);
}

static void files(void **state)
{
    (void)state;
    char *dir = make_folder(), *path = path_in(dir, "img");
    struct mtk_image img;
    struct mtk_error err = {0};
    assert_int_equal(mtk_image_open(path, &img, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "");
    write_file(dir, "img", "", 0);
    assert_int_equal(mtk_image_open(path, &img, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_EMPTY, "");
    assert_int_equal(mtk_image_open(dir, &img, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_UNREADABLE, "");
    write_file(dir, "img", "abc", 3); /* a plain file, shorter than any magic */
    assert_int_equal(mtk_image_open(path, &img, &err), 0);
    assert_false(img.sparse);
    assert_int_equal(img.expanded_size, 3);
    assert_int_equal(img.n_extents, 1);
    char buf[4] = {0};
    assert_int_equal(mtk_image_read(&img, img.extents, 1, buf, 2, &err), 0);
    assert_string_equal(buf, "bc");
    assert_int_equal(truncate(path, 1), 0); /* somebody changes the file meanwhile */
    assert_int_equal(mtk_image_read(&img, img.extents, 1, buf, 2, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_UNREADABLE, "shorter");
    assert_int_equal(err.offset, 1);
    mtk_image_release(&img);
    mtk_image_release(&img); /* twice is allowed */
    write_file(dir, "img", "\x3A\xFF\x26\xED", 4);
    assert_int_equal(mtk_image_open(path, &img, &err), -1);
    assert_error(&err, MTK_E_MTK_SPARSE_INVALID, "inside its header");
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
}

static void writer(void **state)
{
    (void)state;
    char *dir = make_folder(), *path = path_in(dir, "img");
    FILE *f = fopen(path, "wb+");
    assert_non_null(f);
    struct mtk_sparse_writer w;
    struct mtk_error err = {0};
    uint8_t block[2 * 4096];
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (uint8_t)(i * 7);
    assert_int_equal(mtk_sparse_begin(&w, fileno(f), 4095, &err), -1);
    assert_int_equal(mtk_sparse_begin(&w, fileno(f), 4096, &err), 0);
    assert_int_equal(mtk_sparse_raw(&w, block, 2, &err), 0);
    assert_int_equal(mtk_sparse_skip(&w, 1000, &err), 0);
    assert_int_equal(mtk_sparse_fill(&w, 0x11223344, 3, &err), 0);
    assert_int_equal(mtk_sparse_raw(&w, block, UINT32_MAX / 4096 + 1, &err),
                     -1); /* does not fit in a chunk */
    assert_int_equal(mtk_sparse_skip(&w, UINT32_MAX, &err), -1);
    assert_int_equal(mtk_sparse_finish(&w, &err), 0);
    fclose(f);
    struct mtk_image img;
    assert_int_equal(mtk_image_open(path, &img, &err), 0);
    assert_int_equal(img.file_size, 28 + 12 + 8192 + 12 + 16);
    assert_int_equal(img.expanded_size, 1005 * 4096);
    assert_int_equal(img.n_extents, 2);
    uint8_t back[sizeof(block)];
    assert_int_equal(mtk_image_read(&img, &img.extents[0], 0, back, sizeof(back), &err), 0);
    assert_memory_equal(back, block, sizeof(block));
    assert_int_equal(mtk_image_read(&img, &img.extents[1], 1002 * 4096, back, 4, &err), 0);
    assert_memory_equal(back, "\x44\x33\x22\x11", 4);
    mtk_image_release(&img);
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extents),   cmocka_unit_test(merging), cmocka_unit_test(checksums),
        cmocka_unit_test(malformed), cmocka_unit_test(huge),    cmocka_unit_test(too_many_pieces),
        cmocka_unit_test(files),     cmocka_unit_test(writer),
    };
    return cmocka_run_group_tests_name("formats-sparse", tests, NULL, NULL);
}
