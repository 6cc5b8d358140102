/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/preloader_image.h"

#include "formats/preloader.h"

static void expect_bad(const uint8_t *tag, size_t len, int row, const char *why)
{
    struct mtk_error err = {0};
    size_t need = 0;
    assert_int_equal(mtk_emi_check(tag, len, "emi.bin", &need, &err), -1);
    assert_error(&err, row, why);
    struct mtk_emi_record r;
    assert_false(mtk_emi_record(tag, len, 0, &r));
}

/* Sizes by version: the table of formats.md 2.4. */
static void record_sizes(void **state)
{
    (void)state;
    static const unsigned table[][2] = {
        {0, 140},  {8, 0},    {10, 184}, {11, 168}, {12, 188}, {13, 188}, {14, 168}, {15, 176}, {16, 188},
        {17, 176}, {20, 188}, {21, 188}, {22, 176}, {24, 164}, {25, 160}, {27, 188}, {28, 144}, {30, 160},
        {31, 160}, {32, 188}, {35, 160}, {36, 160}, {38, 160}, {39, 160}, {40, 160}, {45, 160}, {46, 160},
        {47, 160}, {49, 84},  {52, 84},  {1, 0},    {34, 0},   {99, 0},
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(mtk_emi_record_size(table[i][0]), table[i][1]);
}

static void whole(void **state)
{
    (void)state;
    uint8_t tag[0x570 + 36] = {0};
    put_hs03s_tag(tag);
    size_t need = 0;
    assert_int_equal(mtk_emi_check(tag, 0x570, "x", &need, NULL), 0);
    assert_int_equal(need, 0x570);
    /* blobs that were cut with a signature length that is 36 too small carry a tail; it may be dropped */
    assert_int_equal(mtk_emi_check(tag, sizeof(tag), "x", &need, NULL), 0);
    assert_int_equal(need, 0x570);
    struct mtk_emi_record r;
    assert_true(mtk_emi_record(tag, 0x570, 7, &r));
    assert_int_equal(r.type, 0x0206);
    assert_int_equal(r.id_len, 9);
    assert_int_equal(r.id[8], 0x17);
    assert_int_equal(r.id[9], 0);
    assert_true(r.rank_size[0] == 0x60000000 && r.rank_size[1] == UINT64_C(0x100000000) &&
                r.rank_size[2] == 0);
    assert_false(mtk_emi_record(tag, 0x570, 8, &r));
}

static void incomplete(void **state)
{
    (void)state;
    uint8_t tag[0x570];
    put_hs03s_tag(tag);
    expect_bad(tag, 0x56F, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete: 8 records need 1392 bytes, 1391");
    expect_bad(tag, 0x570 - 280, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete");
    expect_bad(tag, 0x6F, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "inside their header");
    expect_bad(tag, 20, MTK_E_STATUS_EMI_HDR_INVALID, "do not begin");
    put_le32(tag + 0x6C, 65);
    expect_bad(tag, 0x570, MTK_E_STATUS_EMI_HDR_INVALID, "claim 65 records");
    put_le32(tag + 0x6C, UINT32_MAX);
    expect_bad(tag, 0x570, MTK_E_STATUS_EMI_HDR_INVALID, "records");
    put_le32(tag + 0x6C, 0);
    expect_bad(tag, 0x570, MTK_E_STATUS_EMI_HDR_INVALID, "claim 0 records");
}

/* The one public blob whose NULs were turned into spaces, and other damage to the constants. */
static void mangled(void **state)
{
    (void)state;
    uint8_t tag[0x570];
    put_hs03s_tag(tag);
    for (size_t i = 0; i < sizeof(tag); i++)
        if (!tag[i])
            tag[i] = ' ';
    expect_bad(tag, sizeof(tag), MTK_E_STATUS_EMI_HDR_INVALID, "do not begin");
    for (size_t at = 0x58; at < 0x6C; at++) {
        put_hs03s_tag(tag);
        tag[at] ^= 0x20;
        expect_bad(tag, sizeof(tag), MTK_E_STATUS_EMI_HDR_INVALID, "constants");
    }
    put_hs03s_tag(tag);
    tag[18] = 'x';
    expect_bad(tag, sizeof(tag), MTK_E_STATUS_EMI_HDR_INVALID, "do not begin");
}

/* Version 20: 188-byte records with 32-bit rank sizes. Version 49: 84 bytes that begin with the type. */
static void other_layouts(void **state)
{
    (void)state;
    uint8_t tag[0x570];
    struct mtk_emi_record r;
    put_hs03s_tag(tag);
    memcpy(tag + 18, "20", 2);
    put_le32(tag + 0x6C, 1);
    memset(tag + 0x70, 0, 188);
    put_le32(tag + 0x70 + 4, 0x0203);
    put_le32(tag + 0x70 + 0x6C, 0x40000000);
    put_le32(tag + 0x70 + 0x78, 0x20000000);
    assert_true(mtk_emi_record(tag, 0x70 + 188, 0, &r));
    assert_int_equal(r.type, 0x0203);
    assert_true(r.rank_size[0] == 0x40000000 && r.rank_size[1] == 0 && r.rank_size[3] == 0x20000000);
    memcpy(tag + 18, "49", 2);
    memset(tag + 0x70, 0, 84);
    put_le32(tag + 0x70, 0x0306);
    put_le32(tag + 0x74, 5);
    memcpy(tag + 0x7C, "HELLO", 5);
    assert_true(mtk_emi_record(tag, 0x70 + 84, 0, &r));
    assert_int_equal(r.type, 0x0306);
    assert_int_equal(r.id_len, 5);
    assert_memory_equal(r.id, "HELLO", 5);
    put_le32(tag + 0x74, 17); /* more than an id has */
    assert_false(mtk_emi_record(tag, 0x70 + 84, 0, &r));
}

/* Versions that nobody has measured: the records must at least divide the space. */
static void unknown_version(void **state)
{
    (void)state;
    uint8_t tag[0x570];
    size_t need;
    put_hs03s_tag(tag);
    memcpy(tag + 18, "77", 2);
    assert_int_equal(mtk_emi_check(tag, 0x570, "x", &need, NULL), 0);
    assert_int_equal(need, 0x570);
    expect_bad(tag, 0x56F, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete");
    expect_bad(tag, 0x70, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete");
}

/* Inside a preloader: a count that does not fit, and a tag 0x800 early because the header block was counted too. */
static void in_a_preloader(void **state)
{
    (void)state;
    uint8_t *image = make_hs03s();
    struct mtk_preloader p;
    struct mtk_error err = {0};
    const uint8_t *blob;
    size_t len;
    image[HS03S_TAG + 0x6C] = 9;
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, &err), 0);
    assert_int_equal(mtk_preloader_emi(&p, "x", &blob, &len, &err), -1);
    assert_error(&err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete");
    assert_int_equal(err.offset, HS03S_TAG);
    image[HS03S_TAG + 0x6C] = 7;
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, &err), 0);
    assert_int_equal(mtk_preloader_emi(&p, "x", &blob, &len, &err), -1);
    assert_error(&err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "contradict");
    /* length words that lead nowhere */
    static const uint32_t words[] = {0, 1, 0x1A, 0x571, HS03S_LEN, UINT32_MAX};
    for (size_t i = 0; i < COUNT(words); i++) {
        put_le32(image + HS03S_SIG - 4, words[i]);
        assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, &err), 0);
        assert_int_equal(p.emi_len, 0);
    }
    put_le32(image + HS03S_SIG - 4, 0);
    memset(image + HS03S_TAG, 0, 0x570);
    put_hs03s_tag(image + HS03S_TAG - 0x800);
    put_le32(image + HS03S_SIG - 0x804, 0x570);
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, &err), 0);
    assert_int_equal(p.emi_offset, HS03S_TAG - 0x800);
    assert_int_equal(mtk_preloader_emi(&p, "x", &blob, &len, &err), 0);
    free(image);
}

/* What people keep as "preloader" are mostly the settings alone; they serve as well, without a tail behind them. */
static void in_a_file(void **state)
{
    (void)state;
    uint8_t tag[0x570 + 36] = {0};
    struct mtk_preloader p;
    struct mtk_error err = {0};
    const uint8_t *blob = NULL;
    size_t len = 0;
    put_hs03s_tag(tag);
    assert_int_equal(mtk_emi_of_file(tag, sizeof(tag), "x", &p, &blob, &len, &err), 0);
    assert_true(blob == tag && len == 0x570);
    assert_int_equal(p.emi_version, 35);
    assert_int_equal(p.emi_count, 8);
    assert_int_equal(mtk_emi_of_file(tag, 0x570 - 36, "x", &p, &blob, &len, &err), -1);
    assert_error(&err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, "incomplete");
    for (size_t i = 20; i < 0x6C; i++)
        tag[i] = tag[i] ? tag[i] : ' ';
    assert_int_equal(mtk_emi_of_file(tag, 0x570, "x", &p, &blob, &len, &err), -1);
    assert_error(&err, MTK_E_STATUS_EMI_HDR_INVALID, "");
    assert_int_equal(mtk_emi_of_file(tag, 17, "x", &p, &blob, &len, &err), -1);
    assert_error(&err, MTK_E_STATUS_PRELOADER_INVALID, "neither");
    uint8_t *image = make_hs03s();
    assert_int_equal(mtk_emi_of_file(image, HS03S_LEN, "x", &p, &blob, &len, &err), 0);
    assert_true(blob == image + HS03S_TAG && len == 0x570);
    image[HS03S_TAG + 0x6C] = 9;
    assert_int_equal(mtk_emi_of_file(image, HS03S_LEN, "x", &p, &blob, &len, &err), -1);
    free(image);
}

/* Ranks are known for the two layouts that device sources show (2.4); no other size is guessed at. */
static void ranks(void **state)
{
    (void)state;
    unsigned offset = 7, width = 7;
    for (uint32_t size = 0; size < 300; size++)
        if (size != 160 && size != 188)
            assert_false(mtk_emi_ranks_place(size, &offset, &width));
    assert_int_equal(offset, 7);
    assert_true(mtk_emi_ranks_place(188, &offset, &width));
    /* head, EMI_CONA, 16 DRAMC words */
    assert_int_equal(offset, 0x28 + 4 + 16 * 4);
    assert_int_equal(width, 4);
    assert_true(mtk_emi_ranks_place(160, &offset, &width));
    /* head, EMI_CONA, EMI_CONH, 8 words of timing */
    assert_int_equal(offset, 0x28 + 2 * 4 + 8 * 4);
    assert_int_equal(width, 8);
}

/* What a tag says of itself is shown, be it whole or not; what is no tag leaves the description alone. */
static void description(void **state)
{
    (void)state;
    uint8_t tag[0x570];
    struct mtk_preloader p = {0};
    put_hs03s_tag(tag);
    mtk_emi_describe(tag, sizeof(tag), &p);
    assert_int_equal(p.emi_version, 35);
    assert_string_equal(p.project_file, "preloader_hs03s.bin");
    assert_int_equal(p.emi_count, 8);
    assert_int_equal(p.emi_record_size, 160);
    /* a name that fills its field, with bytes that are not for a terminal */
    memset(tag + 0x1B, 0x1B, 0x3D);
    mtk_emi_describe(tag, 0x70, &p);
    assert_int_equal(strlen(p.project_file), 0x3D);
    assert_int_equal(strspn(p.project_file, "?"), 0x3D);
    p = (struct mtk_preloader){0};
    mtk_emi_describe(tag, 0x6F, &p);
    tag[0x12] = 'x';
    mtk_emi_describe(tag, sizeof(tag), &p);
    assert_int_equal(p.emi_version + p.emi_count, 0);
    assert_string_equal(p.project_file, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_sizes),   cmocka_unit_test(whole),         cmocka_unit_test(incomplete),
        cmocka_unit_test(mangled),        cmocka_unit_test(other_layouts), cmocka_unit_test(unknown_version),
        cmocka_unit_test(in_a_preloader), cmocka_unit_test(ranks),         cmocka_unit_test(description),
        cmocka_unit_test(in_a_file),
    };
    return cmocka_run_group_tests_name("formats-emi", tests, NULL, NULL);
}
