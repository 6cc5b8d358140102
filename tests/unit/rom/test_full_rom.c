/* SPDX-License-Identifier: Apache-2.0 */
/* The full layout: partitions of a real phone in files that stay small. */
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

struct expected_row {
    const char *name, *file, *type, *operation;
    uint64_t start, size;
};

static void check_rows(const struct mtk_scatter *s, const struct expected_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct mtk_scatter_row *row = mtk_scatter_find(s, rows[i].name);
        assert_non_null(row);
        assert_string_equal(row->file_name, rows[i].file);
        assert_string_equal(row->type, rows[i].type);
        assert_string_equal(row->operation_text, rows[i].operation);
        assert_int_equal(row->physical_start, rows[i].start);
        assert_int_equal(row->linear_start, rows[i].start);
        assert_int_equal(row->size, rows[i].size);
        assert_int_equal(row->is_download, *rows[i].file != 0);
    }
}

/* Addresses of a real layout: the sample scatters of the specification (appendix B). */
static void full_layouts_are_the_real_ones(void **state)
{
    (void)state;
    static const struct expected_row mt6765[] = {
        {"preloader", "preloader_mtksim6765.bin", "SV5_BL_BIN", "BOOTLOADERS", 0, 0x80000},
        {"pgpt", "", "NORMAL_ROM", "INVISIBLE", 0, 0x8000},
        {"boot_para", "", "NORMAL_ROM", "INVISIBLE", 0x8000, 0x100000},
        {"protect1", "", "EXT4_IMG", "PROTECTED", 0xcd22000, 0xade000},
        {"nvram", "", "NORMAL_ROM", "BINREGION", 0x1a600000, 0x4000000},
        {"lk", "lk.img", "NORMAL_ROM", "UPDATE", 0x1e600000, 0x100000},
        {"vbmeta", "vbmeta.img", "NORMAL_ROM", "UPDATE", 0x22200000, 0xe00000},
        {"system", "system.img", "EXT4_IMG", "UPDATE", 0x63000000, 0xe0000000},
        {"userdata", "userdata.img", "EXT4_IMG", "UPDATE", 0x15e000000, 0xc0000000},
        {"otp", "", "NORMAL_ROM", "RESERVED", 0xffff01d8, 0x2b00000},
        {"flashinfo", "", "NORMAL_ROM", "RESERVED", 0xffff0080, 0x1000000},
        {"sgpt", "", "NORMAL_ROM", "RESERVED", 0xffff0000, 0x8000},
    };
    static const struct expected_row mt6737[] = {
        {"preloader", "preloader_mtksim6737.bin", "SV5_BL_BIN", "BOOTLOADERS", 0, 0x40000},
        {"proinfo", "", "NORMAL_ROM", "PROTECTED", 0x80000, 0x300000},
        {"lk", "lk.bin", "NORMAL_ROM", "UPDATE", 0x1cc0000, 0x80000},
        {"tee1", "trustzone.bin", "NORMAL_ROM", "UPDATE", 0x5fc0000, 0x500000},
        {"system", "system.img", "EXT4_IMG", "UPDATE", 0xb000000, 0xa0000000},
        {"flashinfo", "", "NORMAL_ROM", "RESERVED", 0xffff0084, 0x1000000},
        {"sgpt", "", "NORMAL_ROM", "RESERVED", 0xffff0004, 0x80000},
    };
    static const struct {
        const char *chip;
        size_t rows;
        const struct expected_row *expected;
        size_t n;
    } models[] = {{"mt6765", 41, mt6765, sizeof(mt6765) / sizeof(mt6765[0])},
                  {"mt6737", 26, mt6737, sizeof(mt6737) / sizeof(mt6737[0])}};
    for (size_t i = 0; i < 2; i++) {
        char dir[128];
        struct mtk_rom rom;
        unsigned files;
        fixture_folder(dir);
        fixture_rom(dir, models[i].chip, 0, true);
        fixture_open_rom(dir, &rom);
        assert_int_equal(rom.scatter.n_rows, models[i].rows);
        check_rows(&rom.scatter, models[i].expected, models[i].n);
        mtk_rom_release(&rom);
        fixture_images_fit(dir);
        /* Gigabytes of partitions, but no gigabytes of zeros in files. */
        assert_true(fixture_folder_bytes(dir, &files) < 150000000);
        fixture_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_layouts_are_the_real_ones),
    };
    return cmocka_run_group_tests_name("full_rom", tests, NULL, NULL);
}
