/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables that are well-formed and still would make a job do less, or something else, than it says. */
#include "tests/session/flash/harness.h"

#include "base/cursor.h"
#include "base/hash.h"

enum { GPT_AT = 512, ENTRIES_AT = 1024, ENTRY = 128, ENTRIES = 128, NAME = 56, NAME_LEN = 72 };

/* Gives an entry of the first table another name (NULL: makes it an empty one), and seals the table again. */
static void edit_table(struct bench *b, unsigned entry, const uint8_t *name_of)
{
    static uint8_t table[ENTRIES_AT + ENTRIES * ENTRY];
    uint8_t *e = table + ENTRIES_AT + entry * ENTRY;
    assert_int_equal(mtksim_flash_read(b->phone, "user", 0, table, sizeof(table)), 0);
    if (name_of)
        memcpy(e + NAME, name_of + NAME, NAME_LEN);
    else
        memset(e, 0, ENTRY);
    put_le32(table + GPT_AT + 88, crc32_buf(0, table + ENTRIES_AT, ENTRIES * ENTRY));
    put_le32(table + GPT_AT + 16, 0);
    put_le32(table + GPT_AT + 16, crc32_buf(0, table + GPT_AT, 92));
    assert_int_equal(mtksim_flash_write(b->phone, "user", 0, table, sizeof(table)), 0);
}

static int run_backup(struct bench *b, const char *dir, const char *parts)
{
    return run(b, mtk_job_backup, &(struct mtk_backup_args){.dir = dir, .parts = parts});
}

static void a_name_that_is_there_twice(void **state)
{
    (void)state;
    uint8_t first[ENTRY];
    struct bench *b = bench_new();
    assert_int_equal(mtksim_flash_read(b->phone, "user", ENTRIES_AT, first, sizeof(first)), 0);
    edit_table(b, 1, first);
    run_backup(b, tmp_path("backup"), NULL);
    assert_refused(b, 6, "MTK_GPT_INVALID");
    assert_non_null(strstr(b->seen.what, "boot_para twice"));
    remove_dir("backup");
    bench_free(b);
}

/* The phone's firmware stops at an empty entry, and so does the flasher; but nobody must think that that was all. */
static void a_table_that_goes_on(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    char dir[4096];
    snprintf(dir, sizeof(dir), "%s", tmp_path("backup"));
    edit_table(b, 3, NULL);
    run_backup(b, dir, NULL);
    assert_refused(b, 6, "MTK_GPT_INVALID");
    assert_non_null(strstr(b->seen.notes, "stand behind an empty entry"));
    replug(b);
    const struct mtkflash_selection sel = {.mode = MTKFLASH_FORMAT_ALL, .backup = dir};
    run(b, mtk_job_flash, &(struct mtk_rom_args){.rom = rom_dir, .sel = &sel});
    assert_refused(b, 6, "MTK_GPT_INVALID");
    replug(b);
    run_backup(b, dir, "boot_para");
    assert_exit(b, 0);
    remove_dir("backup");
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_there_twice),
        cmocka_unit_test(a_table_that_goes_on),
    };
    return cmocka_run_group_tests(tests, make_world, remove_world);
}
