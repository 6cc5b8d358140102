/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "formats/header.h"

/* First header of the signed lk whose walk formats.md 5.3 shows. */
static void image_header(void **state)
{
    (void)state;
    uint8_t h[MTK_IMG_HEADER];
    struct mtk_img_header out;
    mtk_img_header_write("lk", 0x64298, 0xFFFFFFFF, 0, h);
    static const uint8_t head[] = {0x88, 0x16, 0x88, 0x58, 0x98, 0x42, 0x06, 0x00, 'l', 'k', 0, 0};
    static const uint8_t tail[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x16, 0x89,
                                   0x58, 0,    2,    0,    0,    1,    0,    0,    0,    0,    0,
                                   0,    0,    1,    0,    0,    0,    16,   0,    0,    0,    0,
                                   0,    0,    0,    0,    0,    0,    0,    0xFF, 0xFF};
    assert_memory_equal(h, head, sizeof(head));
    assert_memory_equal(h + 0x28, tail, sizeof(tail));
    assert_int_equal(h[0x1FF], 0xFF);
    assert_true(mtk_img_header_parse(h, sizeof(h), &out));
    assert_string_equal(out.name, "lk");
    assert_int_equal(out.dsize, 0x64298);
    assert_true(out.extended);
    assert_int_equal(out.header_size, 0x200);
    assert_int_equal(out.align, 16);
    assert_int_equal(out.list_end, 1);
    assert_false(mtk_img_header_parse(h, sizeof(h) - 1, &out));
    h[0] ^= 1;
    assert_false(mtk_img_header_parse(h, sizeof(h), &out));
}

/* Old images have nothing behind the name, and a name may fill its field. */
static void old_image_header(void **state)
{
    (void)state;
    uint8_t h[MTK_IMG_HEADER];
    struct mtk_img_header out;
    mtk_img_header_write("0123456789abcdef0123456789abcdefXYZ", 5, 0, 0x02000000, h);
    assert_true(mtk_img_header_parse(h, sizeof(h), &out));
    assert_string_equal(out.name, "0123456789abcdef0123456789abcdef");
    assert_int_equal(out.img_type, 0x02000000);
    memset(h + 0x28, 0xFF, sizeof(h) - 0x28);
    assert_true(mtk_img_header_parse(h, sizeof(h), &out));
    assert_false(out.extended);
    assert_int_equal(out.header_size, MTK_IMG_HEADER);
    assert_int_equal(out.maddr, 0xFFFFFFFF);
}

static void boot_header_2(void **state)
{
    (void)state;
    uint8_t h[2048];
    struct mtk_boot_header out;
    mtk_boot_header_write(2049, 1, "console=ttyMT0", h);
    assert_memory_equal(h, "ANDROID!", 8);
    assert_string_equal((char *)h + 0x40, "console=ttyMT0");
    assert_int_equal(get_le32(h + 0x66C), 0x67C);
    assert_true(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_int_equal(out.version, 2);
    assert_int_equal(out.page_size, 2048);
    assert_int_equal(out.kernel_size, 2049);
    assert_int_equal(out.ramdisk_size, 1);
    assert_int_equal(out.total, 2048 + 4096 + 2048);
    put_le32(h + 0x660, 1); /* recovery dtbo */
    put_le32(h + 0x670, 1); /* dtb */
    assert_true(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_int_equal(out.total, 2048 + 4096 + 3 * 2048);
    assert_false(mtk_boot_header_parse(h, 0x67B, &out));
}

static void boot_headers_of_other_versions(void **state)
{
    (void)state;
    uint8_t h[2048];
    struct mtk_boot_header out;
    mtk_boot_header_write(UINT32_MAX, UINT32_MAX, "", h);
    put_le32(h + 0x18, UINT32_MAX);
    put_le32(h + 0x28, 0);
    assert_true(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_true(out.total == 2048 + 3 * (UINT64_C(1) << 32));
    /* a device tree size where later versions have their number */
    put_le32(h + 0x28, 70000);
    assert_true(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_int_equal(out.version, 0);
    assert_true(out.total == 2048 + 3 * (UINT64_C(1) << 32) + 71680);
    static const uint32_t bad_pages[] = {0, 1, 1024, 2049, 0x80000000};
    for (size_t i = 0; i < COUNT(bad_pages); i++) {
        put_le32(h + 0x24, bad_pages[i]);
        assert_false(mtk_boot_header_parse(h, sizeof(h), &out));
    }
    memset(h + 8, 0, sizeof(h) - 8);
    put_le32(h + 0x08, 4097);
    put_le32(h + 0x0C, 4096);
    put_le32(h + 0x28, 4);
    put_le32(h + 0x62C, 1);
    assert_true(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_int_equal(out.total, 4096 + 8192 + 4096 + 4096);
    assert_false(mtk_boot_header_parse(h, 0x62F, &out));
    put_le32(h + 0x28, 3);
    assert_true(mtk_boot_header_parse(h, 0x62C, &out));
    assert_int_equal(out.total, 4096 + 8192 + 4096);
    assert_int_equal(out.page_size, 4096);
    h[7] = '?';
    assert_false(mtk_boot_header_parse(h, sizeof(h), &out));
    assert_false(mtk_boot_header_parse(h, 0, &out));
}

static void vbmeta(void **state)
{
    (void)state;
    uint8_t v[256];
    struct mtk_vbmeta_header out;
    mtk_vbmeta_write(v);
    static const uint8_t head[] = {'A', 'V', 'B', '0', 0, 0, 0, 1, 0, 0, 0, 0};
    assert_memory_equal(v, head, sizeof(head));
    assert_true(mtk_vbmeta_parse(v, sizeof(v), &out));
    assert_int_equal(out.major, 1);
    assert_int_equal(out.flags, 0);
    v[0x13] = 2;
    v[0x1B] = 3;
    v[0x1F] = 4;
    v[0x7B] = 3;
    assert_true(mtk_vbmeta_parse(v, sizeof(v), &out));
    assert_int_equal(out.auth_size, 2);
    assert_int_equal(out.aux_size, 3);
    assert_int_equal(out.algorithm, 4);
    assert_int_equal(out.flags, 3);
    assert_false(mtk_vbmeta_parse(v, 255, &out));
    v[3] = '1';
    assert_false(mtk_vbmeta_parse(v, sizeof(v), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_header),  cmocka_unit_test(old_image_header),
        cmocka_unit_test(boot_header_2), cmocka_unit_test(boot_headers_of_other_versions),
        cmocka_unit_test(vbmeta),
    };
    return cmocka_run_group_tests_name("formats-header", tests, NULL, NULL);
}
