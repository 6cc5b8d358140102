/* SPDX-License-Identifier: Apache-2.0 */
/* What make-rom writes, read back with the parsers of formats/ and compared with the specification's numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/header.h"
#include "formats/preloader.h"
#include "formats/rom.h"
#include "formats/sparse.h"
#include "include/mtksim.h"
#include "simdev/board/board.h"
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

static char rom_dir[128], rom37_dir[128];

static int make_roms(void **state)
{
    (void)state;
    fixture_folder(rom_dir);
    fixture_folder(rom37_dir);
    fixture_rom(rom_dir, "mt6765", 1, false);
    fixture_rom(rom37_dir, "mt6737", 1, false);
    return 0;
}

static int remove_roms(void **state)
{
    (void)state;
    fixture_remove(rom_dir);
    fixture_remove(rom37_dir);
    return 0;
}

/* ---- scatter ---- */

static void small_layout_has_the_same_rows(void **state)
{
    (void)state;
    struct mtk_rom rom;
    uint64_t next = 0;
    fixture_open_rom(rom_dir, &rom);
    assert_string_equal(rom.scatter.platform, "MT6765");
    assert_string_equal(rom.scatter.config_version, "V1.1.2");
    assert_int_equal(rom.scatter.block_size, 0x20000);
    assert_int_equal(rom.scatter.n_rows, 41);
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &rom.scatter.rows[i];
        assert_int_equal(row->is_reserved, row->operation == MTK_OP_RESERVED);
        assert_int_equal(row->boundary_check, !row->is_reserved);
        assert_int_equal(row->size % 0x1000, 0);
        if (row->operation == MTK_OP_BOOTLOADERS || row->is_reserved)
            continue;
        assert_int_equal(row->physical_start, next);
        next += row->size;
    }
    /* 3.4: counted from the end in units of 128 KiB, rounded down. */
    assert_int_equal(mtk_scatter_find(&rom.scatter, "sgpt")->physical_start, 0xffff0000);
    assert_int_equal(mtk_scatter_find(&rom.scatter, "flashinfo")->physical_start, 0xffff0008);
    assert_int_equal(mtk_scatter_find(&rom.scatter, "otp")->physical_start, 0xffff0028);
    assert_true(next + 0x508000 <= 256u << 20);
    mtk_rom_release(&rom);
}

/* ---- sizes, determinism, checksums ---- */

static void small_rom_has_about_24_mb(void **state)
{
    (void)state;
    unsigned files;
    assert_in_range(fixture_folder_bytes(rom_dir, &files), 20u << 20, 30u << 20);
    assert_int_equal(files, 20 + 7); /* the vendor's are 7 */
    assert_in_range(fixture_folder_bytes(rom37_dir, &files), 20u << 20, 30u << 20);
    assert_int_equal(files, 13 + 7);
}

static void same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    char again[128], other[128];
    fixture_folder(again);
    fixture_folder(other);
    fixture_rom(again, "MT6765", 1, false);
    fixture_rom(other, "mt6765", 2, false);
    assert_int_equal(fixture_differing_files(rom_dir, again), 0);
    /* Scatter, vbmeta and the vendor's README.txt hold no made-up data; all else is different under another seed. */
    assert_int_equal(fixture_differing_files(rom_dir, other), 18 + 6);
    fixture_remove(again);
    fixture_remove(other);
}

static void check_sums(const char *dir)
{
    struct mtk_rom rom;
    struct mtk_error e = {0};
    unsigned n = 0;
    fixture_open_rom(dir, &rom);
    assert_true(rom.has_checksums);
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &rom.scatter.rows[i];
        uint16_t sum;
        size_t len;
        int listed = mtk_rom_checksum(&rom, row->name, &sum, &e);
        assert_int_equal(listed, row->is_download);
        if (!listed)
            continue;
        uint8_t *data = fixture_read(dir, row->file_name, &len);
        assert_int_equal(sum, sum16(0, data, len));
        free(data);
        n++;
    }
    assert_true(n > 10);
    mtk_rom_release(&rom);
}

static void checksum_ini_has_the_sum_of_every_file(void **state)
{
    (void)state;
    check_sums(rom_dir);
    check_sums(rom37_dir);
    size_t len;
    char *text = (char *)fixture_read(rom_dir, "Checksum.ini", &len);
    assert_int_equal(strncmp(text, "[VERSION]\nVERSION=V1\n", 21), 0);
    assert_non_null(strstr(text, "\n[IsEnableChecksum]\nCHECKSUM_SWITCH=1\n[CheckSum]\npreloader=0x"));
    free(text);
}

/* ---- preloader ---- */

static void check_preloader(const char *dir, const char *file, unsigned version, const char *chip)
{
    size_t len, emi_len;
    struct mtk_preloader pl;
    struct mtk_error e = {0};
    struct mtk_emi_record r;
    const uint8_t *emi;
    uint8_t cid[16];
    const struct soc_profile *soc = soc_find(chip);
    uint8_t *data = fixture_read(dir, file, &len);
    assert_int_equal(mtk_preloader_parse(data, len, file, &pl, &e), 0);
    assert_string_equal(pl.device_header, "");
    assert_string_equal(pl.project_file, file);
    assert_int_equal(pl.file_len, len);
    assert_int_equal(pl.load_addr + pl.content_offset, 0x201000);
    assert_true(pl.has_hash && pl.hash_good);
    assert_true(pl.file_len <= pl.max_size);
    assert_int_equal(pl.emi_version, version);
    assert_int_equal(mtk_preloader_emi(&pl, file, &emi, &emi_len, &e), 0);
    assert_memory_equal(data + pl.content_offset + 0x1fc, "AND_ROMINFO_v", 14);
    board_emmc_cid(soc, 12345, cid);
    unsigned fits = 0, n = 0;
    for (; mtk_emi_record(emi, emi_len, n, &r); n++)
        if (r.type == soc->dram_type && !memcmp(r.id, cid, r.id_len) &&
            r.rank_size[0] + r.rank_size[1] + r.rank_size[2] + r.rank_size[3] == soc->dram_size)
            fits++;
    assert_true(n > 3);
    assert_int_equal(fits, 1);
    free(data);
}

static void preloader_knows_the_phones_dram(void **state)
{
    (void)state;
    check_preloader(rom_dir, "preloader_mtksim6765.bin", 35, "mt6765");
    check_preloader(rom37_dir, "preloader_mtksim6737.bin", 20, "mt6737");
}

/* ---- images ---- */

static void every_image_fits_its_partition(void **state)
{
    (void)state;
    fixture_images_fit(rom_dir);
    fixture_images_fit(rom37_dir);
}

static void header_chains_end_where_the_file_ends(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        unsigned images;
        const char *first;
    } chains[] = {{"lk.img", 1, "lk"},
                  {"tee.img", 2, "atf"},
                  {"gz.img", 1, "gz"},
                  {"scp.img", 2, "tinysys-loader-CM4_A"},
                  {"sspm.img", 1, "tinysys-sspm"},
                  {"spmfw.img", 1, "spmfw"},
                  {"md1img.img", 3, "md1rom"}};
    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
        size_t len, at = 0;
        unsigned n = 0;
        struct mtk_img_header h = {.list_end = 0};
        uint8_t *data = fixture_read(rom_dir, chains[i].file, &len);
        while (!h.list_end) {
            assert_true(mtk_img_header_parse(data + at, len - at, &h));
            if (!n++)
                assert_string_equal(h.name, chains[i].first);
            at = (at + MTK_IMG_HEADER + h.dsize + h.align - 1) / h.align * h.align;
        }
        assert_int_equal(n, chains[i].images);
        assert_int_equal(at, len);
        free(data);
    }
}

static void android_images_have_their_headers(void **state)
{
    (void)state;
    struct mtk_boot_header boot;
    struct mtk_vbmeta_header vbmeta;
    size_t len;
    static const char *const files[] = {"boot.img", "recovery.img"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t *data = fixture_read(rom_dir, files[i], &len);
        assert_true(mtk_boot_header_parse(data, len, &boot));
        assert_int_equal(boot.version, 2);
        assert_true(boot.kernel_size && boot.ramdisk_size);
        assert_int_equal(boot.total, len);
        free(data);
    }
    uint8_t *data = fixture_read(rom_dir, "vbmeta.img", &len);
    assert_true(mtk_vbmeta_parse(data, len, &vbmeta));
    assert_int_equal(vbmeta.major, 1);
    free(data);
    data = fixture_read(rom_dir, "dtbo.img", &len);
    assert_int_equal(get_be32(data), 0xd7b7ab1e);
    assert_int_equal(get_be32(data + 4), len);
    assert_int_equal(get_be32(data + 64), 0xd00dfeed);
    assert_int_equal(get_be32(data + 68), len - 64);
    free(data);
}

static void logo_holds_zlib_streams(void **state)
{
    (void)state;
    size_t len;
    uint8_t *data = fixture_read(rom_dir, "logo.bin", &len);
    struct mtk_img_header h;
    assert_true(mtk_img_header_parse(data, len, &h));
    assert_int_equal(h.dsize, len - MTK_IMG_HEADER);
    const uint8_t *p = data + MTK_IMG_HEADER;
    uint32_t count = get_le32(p);
    assert_int_equal(count, 38);
    assert_int_equal(get_le32(p + 4), h.dsize);
    assert_int_equal(get_le32(p + 8), 8 + 4 * count);
    for (uint32_t i = 0; i < count; i++) {
        static uint8_t picture[0x18000];
        uint32_t at = get_le32(p + 8 + 4 * i), end = i + 1 < count ? get_le32(p + 12 + 4 * i) : h.dsize;
        uLongf n = sizeof(picture);
        assert_int_equal(uncompress(picture, &n, p + at, end - at), Z_OK);
        assert_int_equal(n, i < 12 ? 0x18000 : 0x1388);
    }
    free(data);
}

static void system_is_sparse_with_every_kind_of_chunk(void **state)
{
    (void)state;
    char path[256];
    struct mtk_image img;
    struct mtk_error e = {0};
    uint64_t raw = 0, fill = 0, patterns = 0;
    assert_int_equal(mtk_image_open(fixture_path(path, rom_dir, "system.img"), &img, &e), 0);
    for (size_t i = 0; i < img.n_extents; i++) {
        const struct mtk_extent *x = &img.extents[i];
        *(x->kind == MTK_EXTENT_RAW ? &raw : &fill) += x->size;
        patterns += x->kind == MTK_EXTENT_FILL && x->fill != 0;
    }
    assert_true(raw >= 8u << 20);
    assert_true(fill > 0 && patterns > 0);
    assert_true(img.defined < img.expanded_size);
    assert_int_equal(img.expanded_size, 64u << 20);
    uint8_t super[2048];
    assert_int_equal(img.extents[0].start, 0);
    assert_int_equal(mtk_image_read(&img, &img.extents[0], 0, super, sizeof(super), &e), 0);
    assert_int_equal(get_le16(super + 0x438), 0xef53);
    assert_int_equal(get_le32(super + 0x404), (64u << 20) / 4096);
    assert_string_equal((char *)super + 0x478, "system");
    mtk_image_release(&img);
}

/* ---- refusals ---- */

static void check_refused(const struct mtksim_rom_options *opt, const char *what)
{
    char dir[128], err[512];
    unsigned files;
    fixture_folder(dir);
    assert_int_equal(mtksim_make_rom(dir, opt, err, sizeof(err)), -1);
    assert_string_equal(err, what);
    fixture_folder_bytes(dir, &files);
    assert_int_equal(files, 0);
    fixture_remove(dir);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    check_refused(&(struct mtksim_rom_options){.chip = "mt0000"}, "no ROM can be made for chip mt0000");
    check_refused(&(struct mtksim_rom_options){.storage = "ufs"},
                  "no ROM can be made for storage ufs: phones with MT6765 have emmc");
    check_refused(&(struct mtksim_rom_options){.chip = "mt6768", .storage = "tape"},
                  "no ROM can be made for storage tape: phones with MT6768 have emmc, ufs");
    check_refused(&(struct mtksim_rom_options){.agent = "v7"},
                  "no ROM can be made for agent v7: legacy, xflash or xml");
    check_refused(&(struct mtksim_rom_options){.scatter = "yaml"},
                  "no ROM can be made for scatter yaml: text or xml");
}

static void bad_folders_are_refused(void **state)
{
    (void)state;
    char dir[128], path[256], err[512];
    fixture_folder(dir);
    assert_int_equal(mtksim_make_rom("", NULL, err, sizeof(err)), -1);
    assert_string_equal(err, "no folder was named");
    fixture_write(dir, "file", "x");
    assert_int_equal(mtksim_make_rom(fixture_path(path, dir, "file/rom"), NULL, err, sizeof(err)), -1);
    assert_non_null(strstr(err, "file"));
    fixture_write(dir, "MT6580_Android_scatter.xml", "x");
    assert_int_equal(mtksim_make_rom(dir, NULL, err, sizeof(err)), -1);
    assert_non_null(strstr(err, "holds another ROM already (MT6580_Android_scatter.xml)"));
    assert_int_equal(mtksim_make_rom(dir, NULL, NULL, 0), -1);
    fixture_remove(dir);
}

static void folders_are_made_and_roms_overwritten(void **state)
{
    (void)state;
    char dir[128], path[256];
    size_t len;
    fixture_folder(dir);
    fixture_path(path, dir, "a/b/c");
    fixture_rom(path, "mt6765", 2, false);
    fixture_rom(path, "mt6765", 1, false);
    assert_int_equal(fixture_differing_files(rom_dir, path), 0);
    free(fixture_read(path, "MT6765_Android_scatter.txt", &len));
    fixture_remove(dir);
}

/* What an earlier ROM in the same folder had, and a tool would find first, is gone. */
static void no_leftovers_are_found_first(void **state)
{
    (void)state;
    char dir[128];
    struct mtk_rom rom;
    fixture_folder(dir);
    fixture_rom(dir, "mt6765", 1, false);
    fixture_make_rom(dir, &(struct mtksim_rom_options){.seed = 1, .agent = "xml", .scatter = "xml"});
    fixture_open_rom(dir, &rom);
    assert_true(rom.scatter.xml);
    assert_string_equal(strrchr(rom.da_path, '/'), "/DA_BR.bin");
    mtk_rom_release(&rom);
    fixture_rom(dir, "mt6765", 1, false);
    fixture_open_rom(dir, &rom);
    assert_false(rom.scatter.xml);
    assert_string_equal(strrchr(rom.da_path, '/'), "/MTK_AllInOne_DA.bin");
    mtk_rom_release(&rom);
    assert_int_equal(fixture_differing_files(dir, rom_dir), 0);
    fixture_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_layout_has_the_same_rows),
        cmocka_unit_test(small_rom_has_about_24_mb),
        cmocka_unit_test(same_seed_gives_the_same_bytes),
        cmocka_unit_test(checksum_ini_has_the_sum_of_every_file),
        cmocka_unit_test(preloader_knows_the_phones_dram),
        cmocka_unit_test(every_image_fits_its_partition),
        cmocka_unit_test(header_chains_end_where_the_file_ends),
        cmocka_unit_test(android_images_have_their_headers),
        cmocka_unit_test(logo_holds_zlib_streams),
        cmocka_unit_test(system_is_sparse_with_every_kind_of_chunk),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(bad_folders_are_refused),
        cmocka_unit_test(folders_are_made_and_roms_overwritten),
        cmocka_unit_test(no_leftovers_are_found_first),
    };
    return cmocka_run_group_tests_name("make_rom", tests, make_roms, remove_roms);
}
