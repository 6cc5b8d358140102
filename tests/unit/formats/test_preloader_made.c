/* SPDX-License-Identifier: Apache-2.0 */
/* What is put in front of a preloader, and what signs it. */
#include "tests/unit/formats/harness.h"

#include "base/hash.h"
#include "base/rsa.h"
#include "formats/preloader.h"

static uint8_t code[1000];

static struct mtk_preloader_build build(const struct rsa_key *key)
{
    memset(code, 0xAB, sizeof(code));
    return (struct mtk_preloader_build){
        .code = code, .code_len = sizeof(code), .max_size = 0x40000, .load_addr = 0x200D00, .key = key};
}

/* formats.md 2.5, UFS: unit 0x1000, boot 0x1000, device 0x0C. */
static void ufs_header(void **state)
{
    (void)state;
    static const uint8_t dev[] = {0x55, 0x46, 0x53, 0x5f, 0x42, 0x4f, 0x4f, 0x54, 0, 0,
                                  0,    0,    1,    0,    0,    0,    0,    0x10, 0, 0};
    static const uint8_t brlyt[] = {
        0x42, 0x52, 0x4c, 0x59, 0x54, 0, 0, 0, 1, 0,    0, 0, 0, 0x10, 0, 0, 0, 0x10, 4, 0,
        0x42, 0x42, 0x42, 0x42, 0x0c, 0, 1, 0, 0, 0x10, 0, 0, 0, 0x10, 4, 0, 1, 0,    0, 0};
    assert_int_equal(mtk_preloader_header_len(MTK_BOOT_UFS, 0), 0x1000);
    struct mtk_preloader_build b = build(NULL);
    b.flash_dev = 6;
    size_t len = 0;
    uint8_t *image = mtk_preloader_write(&b, &len), *area = malloc(0x1000 + len);
    assert_true(image && area);
    mtk_preloader_header(MTK_BOOT_UFS, 0x40000, 0, 0, 0, area);
    memcpy(area + 0x1000, image, len);
    assert_memory_equal(area, dev, sizeof(dev));
    for (size_t i = sizeof(dev); i < 0x200; i++)
        assert_int_equal(area[i], 0xFF);
    assert_memory_equal(area + 0x200, brlyt, sizeof(brlyt));
    for (size_t i = 0x228; i < 0x1000; i++)
        assert_int_equal(area[i], i >= 0x2B4 && i < 0x400 ? 0xFF : 0);
    assert_true(mtk_preloader_header_valid(MTK_BOOT_UFS, 0, area, 0x1000));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_UFS, 0, area, 0xFFF));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_EMMC, 0, area, 0x1000));
    struct mtk_preloader p;
    assert_int_equal(mtk_preloader_parse(area, 0x1000 + len, "lu0", &p, NULL), 0);
    assert_string_equal(p.device_header, "UFS_BOOT");
    assert_int_equal(p.gfh_offset, 0x1000);
    assert_int_equal(p.flash_dev, 6);
    assert_true(p.hash_good);
    area[0x21D] ^= 0x08;
    assert_false(mtk_preloader_header_valid(MTK_BOOT_UFS, 0, area, 0x1000));
    free(area);
    free(image);
}

/* The eMMC block of the worked example is in test_preloader.c; the general functions make and know the same. */
static void emmc_header(void **state)
{
    (void)state;
    uint8_t a[MTK_PL_HEADER_EMMC], b[MTK_PL_HEADER_EMMC];
    assert_int_equal(mtk_preloader_header_len(MTK_BOOT_EMMC, 4096), MTK_PL_HEADER_EMMC);
    mtk_preloader_header_emmc(0x80000, a);
    mtk_preloader_header(MTK_BOOT_EMMC, 0x80000, 4096, 64, 64, b);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(mtk_preloader_header_valid(MTK_BOOT_EMMC, 0, a, sizeof(a)));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_UFS, 0, a, sizeof(a)));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_NAND, sizeof(a), a, sizeof(a)));
}

/* NAND (2.1): records of 0x80 bytes all over the first page: geometry of a chip with pages of 2048. */
static void nand_header(void **state)
{
    (void)state;
    static const uint8_t record[] = {'B', 'O', 'O', 'T', 'L', 'O', 'A', 'D', 'E', 'R', '!', 0, 'V', '0',
                                     '0', '6', 'N', 'F', 'I', 'I', 'N', 'F', 'O', 0,   0,   0, 0,   8,
                                     5,   0,   64,  0,   64,  0,   0,   0,   11,  0,   17,  0};
    uint8_t page[4096];
    assert_int_equal(mtk_preloader_header_len(MTK_BOOT_NAND, 2048), 2048);
    memset(page, 0xEE, sizeof(page));
    mtk_preloader_header(MTK_BOOT_NAND, 0x40000, 2048, 64, 64, page);
    for (size_t at = 0; at < 2048; at += 0x80) {
        assert_memory_equal(page + at, record, sizeof(record));
        for (size_t i = sizeof(record); i < 0x80; i++)
            assert_int_equal(page[at + i], 0);
    }
    assert_int_equal(page[2048], 0xEE);
    assert_true(mtk_preloader_header_valid(MTK_BOOT_NAND, 2048, page, 2048));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_NAND, 2048, page, 2047));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_NAND, 4096, page, 4096));
    assert_false(mtk_preloader_header_valid(MTK_BOOT_NAND, 0, page, sizeof(page)));
    static const size_t fixed[] = {0, 11, 12, 16, 22, 23};
    for (size_t i = 0; i < COUNT(fixed); i++) {
        page[fixed[i]] ^= 1;
        assert_false(mtk_preloader_header_valid(MTK_BOOT_NAND, 2048, page, 2048));
        page[fixed[i]] ^= 1;
    }
    memset(page, 0, sizeof(page));
    mtk_preloader_header(MTK_BOOT_NAND, 0, 4096, 256, 64, page);
    assert_int_equal(get_le16(page + 26), 4096);
    assert_int_equal(get_le16(page + 30), 256);
    assert_int_equal(get_le16(page + 36), 12);
    assert_int_equal(get_le16(page + 38), 18);
    assert_true(mtk_preloader_header_valid(MTK_BOOT_NAND, 4096, page, 4096));
}

static void signed_image(void **state)
{
    (void)state;
    struct rsa_key *key = rsa_key_from_seed(6765), *other = rsa_key_from_seed(6766);
    assert_true(key && other);
    struct mtk_preloader_build b = build(key);
    b.version = 3;
    size_t len = 0;
    uint8_t *image = mtk_preloader_write(&b, &len), modulus[RSA_2048_LEN];
    assert_non_null(image);
    struct mtk_preloader p;
    assert_int_equal(mtk_preloader_parse(image, len, "x", &p, NULL), 0);
    assert_int_equal(p.version, 3);
    assert_int_equal(p.flash_dev, 5);
    assert_true(p.has_key);
    assert_int_equal(p.key_exponent, 65537);
    rsa_key_modulus(key, modulus);
    assert_memory_equal(p.key_modulus, modulus, sizeof(modulus));
    /* BL_SEC_KEY (2.3): version 3, 0x100 bytes, and the modulus in its last 256 bytes with each pair of bytes turned */
    const uint8_t *block = image + 0xEC;
    assert_int_equal(get_le16(block + 4), 0x214);
    assert_int_equal(get_le16(block + 6), 3);
    assert_int_equal(get_le32(block + 8), 3);
    assert_int_equal(get_le32(block + 12), 0x100);
    assert_int_equal(get_le32(block + 20), 65537);
    for (size_t i = 0; i < sizeof(modulus); i++)
        assert_int_equal(block[0x114 + i], modulus[i ^ 1]);
    /* the signature is over what the digest is over */
    assert_true(p.hash_good);
    assert_ptr_equal(p.rsa_sig, image + len - 256);
    assert_true(rsa_verify(key, RSA_PKCS1_SHA256, image, len - 0x124, p.rsa_sig, 256));
    assert_false(rsa_verify(other, RSA_PKCS1_SHA256, image, len - 0x124, p.rsa_sig, 256));
    image[0x400] ^= 1;
    assert_false(rsa_verify(key, RSA_PKCS1_SHA256, image, len - 0x124, p.rsa_sig, 256));
    assert_int_equal(mtk_preloader_parse(image, len, "x", &p, NULL), 0);
    assert_false(p.hash_good);
    free(image);
    /* the public half of a key cannot sign */
    struct rsa_key *half = rsa_key_public(modulus, sizeof(modulus), 65537);
    assert_non_null(half);
    b.key = half;
    assert_null(mtk_preloader_write(&b, &len));
    rsa_key_free(half);
    rsa_key_free(other);
    rsa_key_free(key);
}

/* Without a key: the place of one, which is none, and a signature part that follows from the digest. */
static void unsigned_image(void **state)
{
    (void)state;
    struct mtk_preloader_build b = build(NULL);
    size_t len = 0, again_len = 0;
    uint8_t *image = mtk_preloader_write(&b, &len), *again = mtk_preloader_write(&b, &again_len);
    assert_true(image && again);
    assert_int_equal(len, again_len);
    assert_memory_equal(image, again, len);
    struct mtk_preloader p;
    assert_int_equal(mtk_preloader_parse(image, len, "x", &p, NULL), 0);
    assert_int_equal(p.version, 1);
    assert_false(p.has_key);
    assert_int_equal(p.key_exponent, 0);
    assert_ptr_equal(p.rsa_sig, image + len - 256);
    free(again);
    free(image);
}

/* A key of another form, or a block too short for one, is no key; the image stays what it is. */
static void odd_keys(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint32_t value;
    } cases[] = {{0xEC + 8, 2}, {0xEC + 12, 0x80}, {0xEC + 4, 0x00030208}};
    struct rsa_key *key = rsa_key_from_seed(1);
    struct mtk_preloader_build b = build(key);
    size_t len = 0;
    uint8_t *image = mtk_preloader_write(&b, &len);
    assert_non_null(image);
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t was = get_le32(image + cases[i].at);
        struct mtk_preloader p;
        put_le32(image + cases[i].at, cases[i].value);
        if (i == 2)
            put_le32(image + 0xEC + 0x208, 0x45454545); /* end of the chain */
        assert_int_equal(mtk_preloader_parse(image, len, "x", &p, NULL), 0);
        assert_false(p.has_key);
        put_le32(image + cases[i].at, was);
    }
    /* and signatures of other kinds have no place for RSA that this knows */
    struct mtk_preloader p;
    put_le32(image + len - 0x124, 9);
    assert_int_equal(mtk_preloader_layout(image, len, "x", &p, NULL), 0);
    assert_null(p.rsa_sig);
    free(image);
    rsa_key_free(key);
}

/* What is written about DRAM parts is what is read, in records with and without a word in front of the type (2.4). */
static void records_read_back(void **state)
{
    (void)state;
    static const struct {
        unsigned version, type_at;
    } layouts[] = {{20, 4}, {22, 4}, {35, 4}, {49, 0}, {52, 0}};
    const struct mtk_emi_record written = {.type = 0x0306, .id_len = 9, .id = "KM8L9001J"};
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        struct mtk_preloader_build b = build(NULL);
        b.project_file = "preloader_x.bin";
        b.emi_version = layouts[i].version;
        b.records = &written;
        b.n_records = 1;
        size_t len = 0, emi_len = 0;
        const uint8_t *emi = NULL;
        uint8_t *image = mtk_preloader_write(&b, &len);
        struct mtk_preloader p;
        struct mtk_emi_record r;
        assert_non_null(image);
        assert_int_equal(mtk_preloader_layout(image, len, "x", &p, NULL), 0);
        assert_int_equal(mtk_preloader_emi(&p, "x", &emi, &emi_len, NULL), 0);
        assert_int_equal(get_le32(emi + MTK_EMI_HEADER_LEN + layouts[i].type_at), 0x0306);
        assert_true(mtk_emi_record(emi, emi_len, 0, &r));
        assert_int_equal(r.type, written.type);
        assert_int_equal(r.id_len, written.id_len);
        assert_memory_equal(r.id, written.id, sizeof(r.id));
        free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emmc_header),       cmocka_unit_test(ufs_header),     cmocka_unit_test(nand_header),
        cmocka_unit_test(signed_image),      cmocka_unit_test(unsigned_image), cmocka_unit_test(odd_keys),
        cmocka_unit_test(records_read_back),
    };
    return cmocka_run_group_tests_name("formats-preloader-made", tests, NULL, NULL);
}
