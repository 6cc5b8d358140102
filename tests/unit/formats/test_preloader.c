/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/preloader_image.h"

#include "formats/preloader.h"

static void expect_bad(const uint8_t *data, size_t len, const char *why)
{
    struct mtk_preloader p;
    struct mtk_error err = {0};
    assert_int_equal(mtk_preloader_parse(data, len, "preloader.bin", &p, &err), -1);
    assert_error(&err, MTK_E_STATUS_PRELOADER_INVALID, why);
    assert_string_equal(err.file, "preloader.bin");
    assert_true(err.has_offset);
}

static void hs03s(void **state)
{
    (void)state;
    uint8_t *image = make_hs03s();
    struct mtk_preloader p;
    struct mtk_error err = {0};
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "preloader_hs03s.bin", &p, &err), 0);
    assert_string_equal(p.device_header, "");
    assert_int_equal(p.gfh_offset, 0);
    assert_int_equal(p.file_len, 0x3BF10);
    assert_int_equal(p.max_size, 0x40000);
    assert_int_equal(p.load_addr + p.content_offset, 0x201000);
    assert_int_equal(p.sig_len, 0x66C);
    assert_int_equal(p.flash_dev, 5);
    assert_int_equal(p.sig_type, 5);
    assert_int_equal(p.file_type, 1);
    assert_true(p.has_hash);
    assert_true(p.hash_good);
    assert_int_equal(p.emi_offset, 0x3B330);
    assert_int_equal(p.emi_len, 0x570);
    assert_int_equal(p.emi_version, 35);
    assert_int_equal(p.emi_count, 8);
    assert_int_equal(p.emi_record_size, 0xA0);
    assert_string_equal(p.project_file, "preloader_hs03s.bin");
    const uint8_t *blob;
    size_t len;
    assert_int_equal(mtk_preloader_emi(&p, "preloader_hs03s.bin", &blob, &len, &err), 0);
    assert_ptr_equal(blob, image + 0x3B330);
    assert_int_equal(len, 0x570);
    /* legacy agents get bytes 3B3A0 to 3B89F */
    assert_ptr_equal(blob + MTK_EMI_HEADER_LEN, image + 0x3B3A0);
    assert_ptr_equal(blob + len, image + 0x3B8A0);
    free(image);
}

/* A wrong hash is reported, not refused; a signature without one is no hash at all. */
static void hash(void **state)
{
    (void)state;
    uint8_t *image = make_hs03s();
    struct mtk_preloader p;
    image[0x1000] ^= 1;
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, NULL), 0);
    assert_true(p.has_hash);
    assert_false(p.hash_good);
    static const size_t broken[] = {HS03S_SIG, HS03S_SIG + 4, HS03S_SIG + 4 + 0x52C,
                                    HS03S_SIG + 4 + 0x52C + 14};
    for (size_t i = 0; i < COUNT(broken); i++) {
        image[broken[i]] ^= 0x40;
        assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, NULL), 0);
        assert_false(p.has_hash);
        assert_false(p.hash_good);
        image[broken[i]] ^= 0x40;
    }
    put_le32(image + HS03S_SIG + 12, UINT32_MAX); /* length of the first certificate */
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, NULL), 0);
    assert_false(p.has_hash);
    free(image);
}

/* The header block of 2.5, byte for byte, and the image behind it: what boot1 of a phone holds. */
static void emmc_boot_area(void **state)
{
    (void)state;
    static const uint8_t dev[] = {0x45, 0x4d, 0x4d, 0x43, 0x5f, 0x42, 0x4f, 0x4f, 0x54, 0,
                                  0,    0,    1,    0,    0,    0,    0,    2,    0,    0};
    static const uint8_t brlyt[] = {0x42, 0x52, 0x4c, 0x59, 0x54, 0, 0,    0,    1,    0,    0, 0, 0, 8,
                                    0,    0,    0,    8,    4,    0, 0x42, 0x42, 0x42, 0x42, 5, 0, 1, 0,
                                    0,    8,    0,    0,    0,    8, 4,    0,    1,    0,    0, 0};
    size_t len = MTK_PL_HEADER_EMMC + HS03S_LEN + 512;
    uint8_t *area = malloc(len), *image = make_hs03s();
    assert_non_null(area);
    memset(area, 0xFF, len);
    mtk_preloader_header_emmc(0x40000, area);
    assert_memory_equal(area, dev, sizeof(dev));
    for (size_t i = sizeof(dev); i < 0x200; i++)
        assert_int_equal(area[i], 0xFF);
    assert_memory_equal(area + 0x200, brlyt, sizeof(brlyt));
    for (size_t i = 0x228; i < 0x800; i++)
        assert_int_equal(area[i], i >= 0x2B4 && i < 0x400 ? 0xFF : 0);
    assert_true(mtk_preloader_header_emmc_valid(area, len));
    assert_false(mtk_preloader_header_emmc_valid(area, MTK_PL_HEADER_EMMC - 1));
    memcpy(area + 0x800, image, HS03S_LEN);
    struct mtk_preloader p;
    struct mtk_error err = {0};
    assert_int_equal(mtk_preloader_parse(area, len, "preloader.img", &p, &err), 0);
    assert_string_equal(p.device_header, "EMMC_BOOT");
    assert_int_equal(p.gfh_offset, 0x800);
    assert_true(p.hash_good);
    assert_int_equal(p.emi_offset, 0x800 + 0x3B330);
    /* one wrong field each */
    static const size_t fields[] = {0, 0x0C, 0x200, 0x208, 0x20D, 0x214, 0x21D};
    for (size_t i = 0; i < COUNT(fields); i++) {
        area[fields[i]] ^= 0x08;
        assert_false(mtk_preloader_header_emmc_valid(area, len));
        area[fields[i]] ^= 0x08;
    }
    put_le32(area + 0x20C, 0x1000);
    expect_bad(area, len, "BRLYT points");
    put_le32(area + 0x20C, UINT32_MAX);
    expect_bad(area, len, "BRLYT points");
    area[0x200] = 0;
    expect_bad(area, len, "no BRLYT");
    expect_bad(area, 0x20C, "no BRLYT");
    free(image);
    free(area);
}

static void ufs_and_nand(void **state)
{
    (void)state;
    size_t len = 0x1000 + HS03S_LEN;
    uint8_t *area = calloc(1, len), *image = make_hs03s();
    assert_non_null(area);
    strcpy((char *)area, "UFS_BOOT");
    strcpy((char *)area + 0x200, "BRLYT");
    put_le32(area + 0x20C, 0x1000);
    memcpy(area + 0x1000, image, HS03S_LEN);
    struct mtk_preloader p;
    assert_int_equal(mtk_preloader_parse(area, len, "x", &p, NULL), 0);
    assert_string_equal(p.device_header, "UFS_BOOT");
    assert_int_equal(p.gfh_offset, 0x1000);
    /* NAND: no BRLYT, the bootloader stands on a boundary of 2048 */
    memset(area, 0, 0x1000);
    strcpy((char *)area, "BOOTLOADER!");
    assert_int_equal(mtk_preloader_parse(area, len, "x", &p, NULL), 0);
    assert_string_equal(p.device_header, "BOOTLOADER!");
    assert_int_equal(p.gfh_offset, 0x1000);
    area[0x1000] = 0;
    expect_bad(area, len, "behind the NAND header");
    free(image);
    free(area);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        size_t at, width;
        uint32_t value;
        const char *why;
    } cases[] = {
        {0x00, 4, 0, "neither a GFH"},
        {0x08, 4, 0, "neither a GFH"},
        {0x18, 2, 5, "a tool authentication file"},
        {0x18, 2, 4, "a certificate"},
        {0x20, 4, HS03S_LEN + 1, "truncated"},
        {0x20, 4, UINT32_MAX, "truncated"},
        {0x24, 4, 0x3B000, "max_size"},
        {0x28, 4, 0x37, "content_offset"},
        {0x28, 4, HS03S_SIG + 1, "content_offset"},
        {0x28, 4, UINT32_MAX, "content_offset"},
        {0x2C, 4, HS03S_LEN + 1, "signature is longer"},
        {0x2C, 4, UINT32_MAX, "signature is longer"},
        {0x38, 4, 0, "breaks off"},
        {0x3C, 2, 0, "impossible size"},
        {0x3C, 2, 7, "impossible size"},
        {0xC0, 2, 0x35, "impossible size"},
        {0x28, 4, 0xF4, "breaks off"}, /* 8 bytes of slack: one block too many to be padding */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t *image = make_hs03s();
        for (size_t k = 0; k < cases[i].width; k++)
            image[cases[i].at + k] = (uint8_t)(cases[i].value >> (8 * k));
        expect_bad(image, HS03S_LEN, cases[i].why);
        free(image);
    }
    uint8_t *image = make_hs03s();
    expect_bad(image, HS03S_LEN - 1, "truncated");
    expect_bad(image, 0x37, "neither a GFH");
    expect_bad(image + HS03S_TAG, 0x570, "only the DRAM settings");
    expect_bad(image, (size_t)MTK_PRELOADER_MAX_BYTES + 1, "larger than any boot area");
    put_le32(image + 0xBC, 0x45454545); /* an end marker ends the chain */
    struct mtk_preloader p;
    assert_int_equal(mtk_preloader_parse(image, HS03S_LEN, "x", &p, NULL), 0);
    free(image);
}

static struct mtk_preloader_build build_of(const struct mtk_emi_record *records, size_t n)
{
    static uint8_t code[1000];
    memset(code, 0xAB, sizeof(code));
    return (struct mtk_preloader_build){.project_file = "preloader_demo.bin",
                                        .emi_version = 35,
                                        .records = records,
                                        .n_records = n,
                                        .code = code,
                                        .code_len = sizeof(code),
                                        .max_size = 0x40000,
                                        .load_addr = 0x200D00};
}

static void written_image(void **state)
{
    (void)state;
    static const struct mtk_emi_record records[] = {
        {0x0206,
         {0x15, 0x01, 0x00, 'Q', 'E', '6', '3', 'M', 'B'},
         9,
         {0x60000000, UINT64_C(0x180000000), 0, 0}},
        {0x0006, {0}, 0, {0x80000000, 0, 0, 0}},
    };
    struct mtk_preloader_build b = build_of(records, 2);
    size_t len;
    uint8_t *image = mtk_preloader_write(&b, &len);
    assert_non_null(image);
    /* block order of the measured sig_type 3 images: 0@0, 1@38, 7@44, 2@A8, 8@BC, 3@EC, end 300 */
    static const struct {
        size_t at;
        uint16_t type;
    } blocks[] = {{0, 0}, {0x38, 1}, {0x44, 7}, {0xA8, 2}, {0xBC, 8}, {0xEC, 3}};
    for (size_t i = 0; i < COUNT(blocks); i++) {
        assert_int_equal(get_le32(image + blocks[i].at), 0x014D4D4D);
        assert_int_equal(get_le16(image + blocks[i].at + 6), blocks[i].type);
    }
    assert_int_equal(image[0x300], 0xAB);
    uint8_t digest[32];
    sha256_buf(image, len - 0x124, digest);
    assert_memory_equal(image + len - 0x120, digest, 32);
    struct mtk_preloader p;
    struct mtk_error err = {0};
    assert_int_equal(mtk_preloader_parse(image, len, "x", &p, &err), 0);
    assert_int_equal(p.file_len, len);
    assert_int_equal(p.sig_type, 3);
    assert_true(p.hash_good);
    assert_int_equal(p.load_addr + p.content_offset, 0x201000);
    const uint8_t *blob;
    size_t blob_len;
    assert_int_equal(mtk_preloader_emi(&p, "x", &blob, &blob_len, &err), 0);
    assert_int_equal(blob_len, 0x70 + 2 * 160);
    for (unsigned k = 0; k < 2; k++) {
        struct mtk_emi_record r;
        assert_true(mtk_emi_record(blob, blob_len, k, &r));
        assert_int_equal(r.type, records[k].type);
        assert_int_equal(r.id_len, records[k].id_len);
        assert_memory_equal(r.id, records[k].id, 16);
        assert_memory_equal(r.rank_size, records[k].rank_size, sizeof(r.rank_size));
    }
    free(image);
}

static void without_emi(void **state)
{
    (void)state;
    struct mtk_preloader_build b = build_of(NULL, 0);
    size_t len;
    uint8_t *image = mtk_preloader_write(&b, &len);
    struct mtk_preloader p;
    struct mtk_error err = {0};
    assert_int_equal(mtk_preloader_parse(image, len, "x", &p, &err), 0);
    assert_int_equal(p.emi_len, 0);
    const uint8_t *blob;
    size_t blob_len;
    assert_int_equal(mtk_preloader_emi(&p, "x.bin", &blob, &blob_len, &err), -1);
    assert_error(&err, MTK_E_MTK_NO_EMI, "MTK_BLOADER_INFO");
    assert_string_equal(err.file, "x.bin");
    free(image);
}

static void writer_refuses(void **state)
{
    (void)state;
    static const struct mtk_emi_record r;
    struct mtk_preloader_build b = build_of(&r, 1);
    size_t len;
    b.emi_version = 8; /* nobody knows its record size */
    assert_null(mtk_preloader_write(&b, &len));
    b.emi_version = 35;
    b.code_len = MTK_PRELOADER_MAX_BYTES;
    assert_null(mtk_preloader_write(&b, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hs03s),        cmocka_unit_test(hash),           cmocka_unit_test(emmc_boot_area),
        cmocka_unit_test(ufs_and_nand), cmocka_unit_test(malformed),      cmocka_unit_test(written_image),
        cmocka_unit_test(without_emi),  cmocka_unit_test(writer_refuses),
    };
    return cmocka_run_group_tests_name("formats-preloader", tests, NULL, NULL);
}
