/* SPDX-License-Identifier: Apache-2.0 */
/* The storage engine of the agents: tables, places, policy, and what is received. simdev/firmware/agents/storage.h. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/prng.h"
#include "formats/gpt.h"
#include "formats/pmt.h"
#include "formats/preloader.h"
#include "formats/seccfg.h"
#include "simdev/firmware/agents/storage.h"
#include "simdev/firmware/vendor_keys.h"

#define MIB UINT64_C(1048576)

static struct mtksim *make_phone(const char *chip, const char *storage, const char *security,
                                 const char *setting)
{
    const char *settings[] = {setting, NULL};
    struct mtksim_config cfg = {.chip = chip,
                                .storage = storage,
                                .storage_size = 32 * MIB,
                                .seed = 1,
                                .security = security,
                                .settings = settings};
    char err[200] = "";
    struct mtksim *p = mtksim_new(&cfg, err, sizeof(err));
    assert_string_equal(err, "");
    assert_non_null(p);
    return p;
}

/* boot at 2 MiB, seccfg at 4 MiB, 1 MiB each. */
static void put_gpt(struct mtksim *p)
{
    struct board *b = phone_board(p);
    struct mtk_gpt_entry entries[] = {{.name = "boot", .start = 2 * MIB, .size = MIB},
                                      {.name = "seccfg", .start = 4 * MIB, .size = MIB}};
    struct mtk_gpt g = {.block_size = board_block_size(b), .disk_size = 32 * MIB, .entries = entries};
    uint8_t *primary, *backup;
    size_t primary_len, backup_len;
    g.n_entries = 2;
    assert_int_equal(mtk_gpt_write(&g, 1, &primary, &primary_len, &backup, &backup_len, NULL), 0);
    assert_int_equal(flash_write(b->area[BOARD_USER], 0, primary, primary_len), 0);
    assert_int_equal(flash_write(b->area[BOARD_USER], 32 * MIB - backup_len, backup, backup_len), 0);
    free(primary);
    free(backup);
}

/* ---- tables and places ---- */

static void test_gpt(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *storage;
        uint32_t block, pgpt, sgpt;
    } phones[] = {{"mt6765", "emmc", 512, 0x8000, 0x4200}, {"mt6785", "ufs", 4096, 0x8000, 0x8000}};
    for (size_t i = 0; i < 2; i++) {
        struct mtksim *p = make_phone(phones[i].chip, phones[i].storage, NULL, "table=auto");
        struct flash_area *user = phone_board(p)->area[BOARD_USER];
        struct ag_place place;
        assert_false(ag_table_is_pmt(p));
        assert_int_equal(ag_place_name(p, "boot", &place), AG_NO_TABLE);
        put_gpt(p);
        for (int damaged = 0; damaged < 2; damaged++) { /* then by the backup */
            assert_int_equal(ag_place_name(p, "boot", &place), AG_OK);
            assert_int_equal(place.start, 2 * MIB);
            assert_int_equal(place.size, MIB);
            assert_string_equal(place.name, "boot");
            assert_int_equal(ag_place_name(p, "BOOT", &place), AG_NO_PARTITION);
            assert_int_equal(ag_place_name(p, "", &place), AG_NO_PARTITION);
            assert_int_equal(flash_write(user, phones[i].block + 20, "x", 1), 0);
        }
        assert_int_equal(ag_place_name(p, "PGPT", &place), AG_OK);
        assert_int_equal(place.start + place.size, phones[i].pgpt);
        assert_int_equal(ag_place_name(p, "SGPT", &place), AG_OK);
        assert_int_equal(place.start, 32 * MIB - phones[i].sgpt);
        assert_int_equal(ag_place_name(p, "preloader", &place), AG_OK);
        assert_true(place.preloader && place.n_areas == 2 && place.size == 4 * MIB);
        assert_int_equal(ag_place_name(p, "preloader_backup", &place), AG_OK);
        assert_true(place.n_areas == 1 && place.area[0] == BOARD_BOOT2);
        assert_int_equal(ag_table_write_pmt(p, NULL, 0), AG_NO_TABLE);
        mtksim_free(p);
    }
}

static void test_ranges(void **state)
{
    (void)state;
    struct ag_place place;
    struct mtksim *p = make_phone("mt6765", NULL, NULL, "table=auto");
    assert_int_equal(ag_place_range(p, BOARD_USER, 32 * MIB - 1, 1, &place), AG_OK);
    assert_int_equal(ag_place_range(p, BOARD_USER, 32 * MIB, 1, &place), AG_OUT_OF_RANGE);
    assert_int_equal(ag_place_range(p, BOARD_USER, UINT64_MAX, 2, &place), AG_OUT_OF_RANGE);
    assert_int_equal(ag_place_range(p, BOARD_RPMB, 0, 512, &place), AG_NOT_ALLOWED);
    assert_int_equal(ag_place_range(p, BOARD_OOB, 0, 512, &place), AG_NO_AREA);
    assert_int_equal(ag_place_physical(p, 0, 2048, &place), AG_NO_STORAGE);
    assert_int_equal(ag_place_boots(p, 0, 4 * MIB, &place), AG_OK);
    assert_int_equal(place.n_areas, 2);
    mtksim_free(p);
    p = make_phone("mt6855", NULL, NULL, "unaligned=refuse");
    assert_int_equal(ag_place_range(p, BOARD_USER, 512, 4096, &place), AG_UNALIGNED);
    assert_int_equal(ag_place_range(p, BOARD_BOOT1, 0, 4095, &place), AG_UNALIGNED);
    assert_int_equal(ag_place_range(p, BOARD_BOOT1, 0, 4096, &place), AG_OK);
    mtksim_free(p);
    p = make_phone("mt6855", NULL, NULL, "unaligned=accept");
    assert_int_equal(ag_place_range(p, BOARD_USER, 512, 4095, &place), AG_OK);
    mtksim_free(p);
    p = make_phone("mt6765", NULL, NULL, "hide_storage=on");
    assert_false(ag_has_storage(p));
    assert_int_equal(ag_area_size(p, BOARD_USER), 0);
    assert_int_equal(ag_place_range(p, BOARD_USER, 0, 512, &place), AG_NO_STORAGE);
    assert_int_equal(ag_place_name(p, "boot", &place), AG_NO_STORAGE);
    mtksim_free(p);
}

/* eMMC of the PMT era: offsets count the areas in front of the user area (formats.md 3.5). */
#define LINEAR (12 * MIB)

static void test_pmt(void **state)
{
    (void)state;
    static const struct ag_partition rows[] = {
        {.name = "PRELOADER", .linear = 0, .size = 0x40000, .part_id = 1},
        {.name = "MBR", .linear = LINEAR, .size = 0x80000, .part_id = 8},
        {.name = "BOOTIMG", .linear = LINEAR + 0x80000, .size = MIB, .part_id = 8},
        {.name = "USRDATA", .linear = LINEAR + 0x180000, .size = 0, .part_id = 8},
    };
    struct mtksim *p = make_phone("mt6580", "emmc", NULL, "table=auto");
    struct ag_partition got[8];
    struct ag_place place;
    size_t n;
    assert_true(ag_table_is_pmt(p));
    assert_int_equal(ag_table(p, got, 8, &n), AG_NO_TABLE);
    assert_int_equal(ag_table_write_pmt(p, rows, 4), AG_OK);
    for (int damaged = 0; damaged < 2; damaged++) { /* then by the mirror, which stands behind it */
        assert_int_equal(ag_table(p, got, 8, &n), AG_OK);
        assert_int_equal(n, 4);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(got[i].name, rows[i].name);
            assert_int_equal(got[i].linear, rows[i].linear);
            assert_int_equal(got[i].part_id, rows[i].part_id);
            assert_int_equal(got[i].boot, i == 0);
            assert_int_equal(got[i].start, i ? rows[i].linear - LINEAR : 0);
        }
        assert_int_equal(got[3].size, 32 * MIB - 0x180000);
        assert_int_equal(flash_write(phone_board(p)->area[BOARD_USER], MTK_PMT_SEARCH_FROM, "x", 1), 0);
    }
    assert_int_equal(ag_place_name(p, "BOOTIMG", &place), AG_OK);
    assert_int_equal(place.start, 0x80000);
    assert_int_equal(ag_place_name(p, "PRELOADER", &place), AG_OK);
    assert_true(place.preloader && place.n_areas == 2);
    assert_int_equal(ag_place_name(p, "PGPT", &place), AG_NO_PARTITION);
    assert_int_equal(ag_table_write_pmt(p, rows, 0), AG_TOO_LARGE);
    mtksim_free(p);
    p = make_phone("mt6580", "emmc", NULL, "table=gpt");
    assert_false(ag_table_is_pmt(p));
    mtksim_free(p);
    p = make_phone("mt6765", "emmc", NULL, "table=pmt");
    assert_true(ag_table_is_pmt(p));
    mtksim_free(p);
}

/* A table of the largest size takes two blocks, and so does its mirror. */
static void test_large_pmt(void **state)
{
    (void)state;
    struct ag_partition *rows = calloc(41, sizeof(*rows)), *got = calloc(64, sizeof(*got));
    size_t n;
    for (size_t i = 0; i < 41; i++) {
        snprintf(rows[i].name, sizeof(rows[i].name), "PART%zu", i);
        rows[i].linear = LINEAR + i * 0x20000;
        rows[i].size = 0x20000;
        rows[i].part_id = 8;
    }
    struct mtksim *p = make_phone("mt6580", "emmc", NULL, "table=auto");
    assert_int_equal(ag_table_write_pmt(p, rows, 41), AG_TOO_LARGE);
    assert_int_equal(ag_table_write_pmt(p, rows, 40), AG_OK);
    assert_int_equal(flash_write(phone_board(p)->area[BOARD_USER], MTK_PMT_SEARCH_FROM, "x", 1), 0);
    assert_int_equal(flash_write(phone_board(p)->area[BOARD_USER], MTK_PMT_SEARCH_FROM + 2048, "x", 1), 0);
    assert_int_equal(ag_table(p, got, 64, &n), AG_OK);
    assert_int_equal(n, 40);
    assert_string_equal(got[39].name, "PART39");
    free(rows);
    free(got);
    mtksim_free(p);
}

/* ---- policy ---- */

static void set_lock(struct mtksim *p, uint32_t lock_state)
{
    static const uint8_t mask[32] = {1};
    uint8_t raw[MTK_SECCFG_V4_LEN];
    mtk_seccfg_write(lock_state, 0, mask, raw);
    assert_int_equal(flash_write(phone_board(p)->area[BOARD_USER], 4 * MIB, raw, sizeof(raw)), 0);
}

static void test_policy(void **state)
{
    (void)state;
    struct ag_place boot1, boots, seccfg, part, whole, loader;
    struct mtksim *p = make_phone("mt6765", NULL, "sbc", "table=auto");
    put_gpt(p);
    assert_int_equal(ag_place_range(p, BOARD_BOOT1, 0, 512, &boot1), AG_OK);
    assert_int_equal(ag_place_boots(p, 0, 512, &boots), AG_OK);
    assert_int_equal(ag_place_range(p, BOARD_USER, 0, 32 * MIB, &whole), AG_OK);
    assert_int_equal(ag_place_name(p, "seccfg", &seccfg), AG_OK);
    assert_int_equal(ag_place_name(p, "boot", &part), AG_OK);
    assert_int_equal(ag_place_name(p, "preloader", &loader), AG_OK);
    static const uint32_t locked[] = {0, MTK_LOCK_DEFAULT, MTK_LOCK_LOCKED, MTK_LOCK_CUSTOM};
    for (size_t i = 0; i < 4; i++) {
        set_lock(p, locked[i]);
        assert_int_equal(ag_policy(p, &boot1, AG_WRITE_RANGE), AG_FORBIDDEN_RANGE);
        assert_int_equal(ag_policy(p, &boots, AG_ERASE), AG_FORBIDDEN_ERASE);
        assert_int_equal(ag_policy(p, &whole, AG_ERASE), AG_FORBIDDEN_ERASE);
        assert_int_equal(ag_policy(p, &seccfg, AG_DOWNLOAD), AG_FORBIDDEN);
        assert_int_equal(ag_policy(p, &part, AG_DOWNLOAD), AG_OK);
        assert_int_equal(ag_policy(p, &part, AG_WRITE_RANGE), AG_OK);
        assert_int_equal(ag_policy(p, &loader, AG_DOWNLOAD), AG_OK); /* looked at when it is there */
    }
    set_lock(p, MTK_LOCK_UNLOCKED);
    assert_int_equal(ag_policy(p, &boot1, AG_WRITE_RANGE), AG_OK);
    assert_int_equal(ag_policy(p, &seccfg, AG_DOWNLOAD), AG_OK);
    mtksim_free(p);
    p = make_phone("mt6765", NULL, NULL, "table=auto");
    assert_int_equal(ag_policy(p, &boot1, AG_WRITE_RANGE), AG_OK); /* no fuse, no policy */
    mtksim_free(p);
}

/* ---- what is received ---- */

static uint8_t *make_preloader(const struct rsa_key *key, uint32_t version, size_t *len)
{
    static const uint8_t code[600] = {1, 2, 3};
    struct mtk_preloader_build b = {
        .code = code, .code_len = sizeof(code), .max_size = 0x40000, .load_addr = 0x201000};
    b.project_file = "preloader_test.bin";
    b.emi_version = 35;
    b.version = version;
    b.key = key;
    uint8_t *image = mtk_preloader_write(&b, len);
    assert_non_null(image);
    return image;
}

static enum ag_result download_preloader(struct mtksim *p, const uint8_t *image, size_t len)
{
    struct ag_place place;
    assert_int_equal(ag_place_name(p, "preloader", &place), AG_OK);
    struct ag_sink *s = ag_sink_begin(p, NULL, &place, AG_FORM_PRELOADER, len, true);
    assert_int_equal(ag_sink_write(s, image, len / 2), AG_OK);
    assert_int_equal(ag_sink_write(s, image + len / 2, len - len / 2), AG_OK);
    return ag_sink_finish(s);
}

/* A header block of the storage's kind in front, and both copies (formats.md 2.1, 2.2, 4.1). */
static void test_preloader_header(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *storage, *first, *second, *name;
        enum mtk_boot_device device;
        size_t header;
    } phones[] = {{"mt6765", "emmc", "boot1", "boot2", "EMMC_BOOT", MTK_BOOT_EMMC, 0x800},
                  {"mt6785", "ufs", "lu0", "lu1", "UFS_BOOT", MTK_BOOT_UFS, 0x1000},
                  {"mt6739", "nand", "nand", NULL, "BOOTLOADER!", MTK_BOOT_NAND, 0x800}};
    size_t len;
    uint8_t *image = make_preloader(NULL, 1, &len), *got = malloc(len + 0x1000);
    for (size_t i = 0; i < 3; i++) {
        struct mtksim *p = make_phone(phones[i].chip, phones[i].storage, NULL, "table=auto");
        assert_int_equal(download_preloader(p, image, len), AG_OK);
        for (int copy = 0; copy < 2; copy++) {
            const char *area = copy ? phones[i].second : phones[i].first;
            if (!area)
                continue;
            assert_int_equal(mtksim_flash_read(p, area, 0, got, phones[i].header + len), 0);
            assert_memory_equal(got, phones[i].name, strlen(phones[i].name));
            assert_true(mtk_preloader_header_valid(phones[i].device, 2048, got, phones[i].header));
            assert_memory_equal(got + phones[i].header, image, len);
        }
        mtksim_free(p);
    }
    free(image);
    free(got);
}

/* A locked phone takes the vendor's own only, and none that is older than its fuses. */
static void test_preloader_policy(void **state)
{
    (void)state;
    struct mtksim *p = make_phone("mt6765", NULL, "sbc", "table=auto");
    struct rsa_key *vendor = vendor_key(1, VENDOR_ROOT), *stranger = vendor_key(2, VENDOR_ROOT);
    size_t len;
    uint8_t *image = make_preloader(vendor, 2, &len), byte = 1;
    assert_int_equal(download_preloader(p, image, len), AG_OK);
    image[len - 300] ^= 1;
    assert_int_equal(download_preloader(p, image, len), AG_BAD_SIGNATURE);
    image[len - 300] ^= 1;
    phone_board(p)->fuses.arb_preloader = 3;
    assert_int_equal(download_preloader(p, image, len), AG_ROLLBACK);
    phone_board(p)->fuses.arb_preloader = 2;
    assert_int_equal(download_preloader(p, image, len), AG_OK);
    free(image);
    image = make_preloader(stranger, 2, &len);
    assert_int_equal(mtksim_flash_write(p, "boot1", 0, &byte, 1), 0);
    assert_int_equal(download_preloader(p, image, len), AG_BAD_SIGNATURE);
    assert_int_equal(mtksim_flash_read(p, "boot1", 0, &byte, 1), 0);
    assert_int_equal(byte, 1); /* nothing was written */
    put_gpt(p);
    set_lock(p, MTK_LOCK_UNLOCKED);
    assert_int_equal(download_preloader(p, image, len), AG_OK);
    free(image);
    rsa_key_free(vendor);
    rsa_key_free(stranger);
    mtksim_free(p);
}

/* One raw block, one filled, one passed over, one raw: on UFS, in pieces of any size. */
static size_t make_sparse(uint8_t *out)
{
    struct wr w = wr_init(out, 20000);
    wr_le32(&w, 0xED26FF3A);
    wr_le16(&w, 1), wr_le16(&w, 0), wr_le16(&w, 28), wr_le16(&w, 12);
    wr_le32(&w, 4096), wr_le32(&w, 4), wr_le32(&w, 4), wr_le32(&w, 0);
    static const uint16_t types[] = {0xCAC1, 0xCAC2, 0xCAC3, 0xCAC1};
    static const uint32_t bodies[] = {4096, 4, 0, 4096};
    for (unsigned i = 0; i < 4; i++) {
        wr_le16(&w, types[i]), wr_le16(&w, 0), wr_le32(&w, 1), wr_le32(&w, 12 + bodies[i]);
        wr_fill(&w, (uint8_t)(0x10 + i), bodies[i]);
    }
    return 28 + 4 * 12 + 4096 + 4 + 4096;
}

static void test_sparse(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, 20000};
    uint8_t *image = calloc(1, 20000), *got = malloc(16384);
    size_t len = make_sparse(image);
    for (size_t i = 0; i < 4; i++) {
        struct mtksim *p = make_phone("mt6785", "ufs", NULL, "table=auto");
        struct ag_place place;
        put_gpt(p);
        assert_int_equal(ag_place_name(p, "boot", &place), AG_OK);
        struct ag_sink *s = ag_sink_begin(p, NULL, &place, AG_FORM_UNKNOWN, len, false);
        size_t at = 4; /* the magic is looked for in the first piece */
        assert_int_equal(ag_sink_write(s, image, at), AG_OK);
        for (; at < len; at += pieces[i])
            assert_int_equal(ag_sink_write(s, image + at, len - at < pieces[i] ? len - at : pieces[i]),
                             AG_OK);
        assert_int_equal(ag_sink_finish(s), AG_OK);
        assert_int_equal(ag_read(p, &place, 0, got, 16384), AG_OK);
        for (size_t k = 0; k < 16384; k++)
            assert_int_equal(got[k], k / 4096 == 2 ? 0 : 0x10 + k / 4096);
        /* Cut off, or with a chunk of unknown type. The sink is used again. */
        assert_ptr_equal(ag_sink_begin(p, s, &place, AG_FORM_UNKNOWN, len, false), s);
        assert_int_equal(ag_sink_write(s, image, len - 1), AG_OK);
        assert_int_equal(ag_sink_finish(s), AG_SPARSE);
        ag_sink_begin(p, s, &place, AG_FORM_UNKNOWN, len, false);
        image[28] = 0xC9;
        assert_int_equal(ag_sink_write(s, image, len), AG_SPARSE_CHUNK);
        assert_int_equal(ag_sink_error(s), AG_SPARSE_CHUNK);
        assert_int_equal(ag_sink_finish(s), AG_SPARSE_CHUNK);
        image[28] = 0xC1;
        mtksim_free(p);
    }
    free(image);
    free(got);
}

static void test_sink_errors(void **state)
{
    (void)state;
    uint8_t data[1024] = {1};
    struct ag_place place;
    struct mtksim *p = make_phone("mt6765", NULL, NULL, "table=auto");
    assert_int_equal(ag_place_range(p, BOARD_USER, MIB, 1024, &place), AG_OK);
    struct ag_sink *s = ag_sink_begin(p, NULL, &place, AG_FORM_RAW, 2048, false);
    assert_int_equal(ag_sink_write(s, data, 1024), AG_OK);
    assert_int_equal(ag_sink_write(s, data, 1), AG_TOO_LARGE);
    assert_int_equal(ag_sink_finish(s), AG_TOO_LARGE);
    ag_sink_begin(p, s, &place, AG_FORM_PRELOADER, 2048, false);
    assert_int_equal(ag_sink_write(s, data, 1024), AG_TOO_LARGE);
    phone_board(p)->emmc.write_protected = true;
    ag_sink_begin(p, s, &place, AG_FORM_RAW, 1024, false);
    assert_int_equal(ag_sink_write(s, data, 1024), AG_MEDIA);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gpt),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_pmt),
        cmocka_unit_test(test_large_pmt),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_preloader_header),
        cmocka_unit_test(test_preloader_policy),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_sink_errors),
    };
    return cmocka_run_group_tests_name("storage", tests, NULL, NULL);
}
