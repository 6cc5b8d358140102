/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes, backup and restore as whole sessions on the storages that test_modes.c has not: UFS and NAND of each agent
 * generation. What is only on one phone is the same after each of them, and the phone boots. formats.md 4, 5.6, 8.3, 8.4.
 */
#include "tests/session/flash/harness.h"

static const struct model {
    const char *name;
    struct mtksim_rom_options rom;
    const char *nvram;
} models[] = {
    {"XFlash, UFS", {.chip = "mt6785", .storage = "ufs", .seed = 7}, "nvram"},
    {"XML, UFS", {.chip = "mt6855", .storage = "ufs", .seed = 7}, "nvram"},
    {"legacy, NAND", {.chip = "mt6737", .storage = "nand", .seed = 7}, "NVRAM"},
    {"XFlash, NAND", {.chip = "mt6739", .storage = "nand", .seed = 7}, "NVRAM"},
};
static const struct model *model;

static void run_mode(struct bench *b, enum mtkflash_mode mode, const char *backup)
{
    const struct mtkflash_selection sel = {.mode = mode, .backup = backup};
    run(b, mtk_job_flash, &(struct mtk_rom_args){.rom = rom_dir, .sel = &sel});
}

static void assert_boots(struct bench *b)
{
    char text[256];
    if (!mtksim_boot_check(b->phone, text, sizeof(text)))
        fail_msg("%s", text);
}

/* The partition as the flasher reads it. */
static struct mtk_blob nvram_of(struct bench *b)
{
    struct mtk_blob blob;
    const char *path = tmp_path("nvram.img");
    replug(b);
    run(b, mtk_job_read, &(struct mtk_file_args){model->nvram, path});
    assert_exit(b, 0);
    assert_int_equal(mtk_file_read(path, 64u << 20, &blob, NULL), 0);
    remove(path);
    return blob;
}

static void assert_nvram(struct bench *b, const struct mtk_blob *want)
{
    struct mtk_blob now = nvram_of(b);
    assert_int_equal(now.len, want->len);
    assert_memory_equal(now.data, want->data, now.len);
    mtk_blob_release(&now);
}

/* Changes the beginning of the NVRAM behind the flasher's back, which itself writes to no such partition. */
static void put_data(struct bench *b, const char *text)
{
    uint8_t block[4096] = {0};
    uint64_t start, size;
    bool nand = strcmp(model->rom.storage, "nand") == 0;
    snprintf((char *)block, sizeof(block), "%s", text);
    place_of(model->nvram, &start, &size);
    assert_int_equal(mtksim_flash_write(b->phone, nand ? "nand" : "lu2", start, block, sizeof(block)), 0);
}

/* A phone with data in its NVRAM, and these data. */
static struct bench *phone_with_data(struct mtk_blob *nvram)
{
    static const char data[] = "calibration of one phone";
    struct bench *b = bench_new();
    put_data(b, data);
    *nvram = nvram_of(b);
    assert_memory_equal(nvram->data, data, sizeof(data));
    return b;
}

static void upgrade(void **state)
{
    (void)state;
    struct mtk_blob nvram;
    struct bench *b = phone_with_data(&nvram);
    replug(b);
    run_mode(b, MTKFLASH_UPGRADE, NULL); /* the phone has the layout of its ROM: nothing is moved */
    assert_exit(b, 0);
    assert_null(strstr(b->seen.actions, "table:"));
    assert_nvram(b, &nvram);
    assert_boots(b);
    mtk_blob_release(&nvram);
    bench_free(b);
}

static void format_all(void **state)
{
    (void)state;
    struct mtk_blob nvram;
    struct bench *b = phone_with_data(&nvram);
    replug(b);
    uint64_t changes = mtksim_flash_changes(b->phone);
    run_mode(b, MTKFLASH_FORMAT_ALL, NULL);
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "MTK_BACKUP_NEEDED");
    assert_int_equal(mtksim_flash_changes(b->phone), changes);
    replug(b);
    run_mode(b, MTKFLASH_FORMAT_ALL, tmp_path("backup"));
    assert_exit(b, 0);
    assert_nvram(b, &nvram);
    assert_boots(b);
    remove_dir("backup");
    mtk_blob_release(&nvram);
    bench_free(b);
}

static void backup_and_restore(void **state)
{
    (void)state;
    struct mtk_blob nvram;
    struct bench *b = phone_with_data(&nvram), *other;
    const struct mtk_backup_args args = {.dir = tmp_path("backup")};
    replug(b);
    run(b, mtk_job_backup, &args);
    assert_exit(b, 0);
    replug(b);
    put_data(b, "lost");
    run(b, mtk_job_restore, &args);
    assert_exit(b, 0);
    assert_nvram(b, &nvram);
    assert_boots(b);
    other = bench_new_with(
        &(struct mtksim_config){.chip = model->rom.chip, .storage = model->rom.storage, .seed = 2}, FACTORY);
    run(other, mtk_job_restore, &args);
    assert_refused(other, 6, "MTK_OTHER_PHONE");
    bench_free(other);
    remove_dir("backup");
    mtk_blob_release(&nvram);
    bench_free(b);
}

static int make_model(void **state)
{
    (void)state;
    return make_world_of(&model->rom, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upgrade),
        cmocka_unit_test(format_all),
        cmocka_unit_test(backup_and_restore),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        model = &models[i];
        failed += cmocka_run_group_tests_name(model->name, tests, make_model, remove_world);
    }
    return failed;
}
