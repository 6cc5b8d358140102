/* SPDX-License-Identifier: Apache-2.0 */
/* The main way: a ROM is flashed, proven, and boots; what must not be touched is not. */
#include "tests/session/flash/harness.h"

static const char all_names[] =
    "vendor,system,cache,userdata,logo,md1img,spmfw,scp1,scp2,sspm_1,sspm_2,recovery,"
    "dtbo,vbmeta,gz1,gz2,lk,lk2,tee1,tee2,boot";

static void assert_everything_is_on_flash(struct bench *b)
{
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &rom.scatter.rows[i];
        if (row->is_download && row->file_name[0] && strcmp(row->name, "preloader") != 0 &&
            !partition_is_on_flash(b, row->name))
            fail_msg("%s is not on the flash", row->name);
    }
}

/* A copy of a range, to see later that it is still the same. free() it. */
static uint8_t *remember(struct bench *b, const char *area, uint64_t start, size_t len)
{
    uint8_t *copy = malloc(len);
    assert_non_null(copy);
    assert_int_equal(mtksim_flash_read(b->phone, area, start, copy, len), 0);
    return copy;
}

static void assert_still(struct bench *b, const char *area, uint64_t start, size_t len, uint8_t *before)
{
    uint8_t *now = remember(b, area, start, len);
    assert_memory_equal(now, before, len);
    free(now);
    free(before);
}

static void flash_everything(struct bench *b, const char *stage)
{
    static const char *const spoiled[] = {"system", "vendor", "lk", "boot", "vbmeta", "logo"};
    char text[256];
    uint64_t nvram, size;
    place_of("nvram", &nvram, &size);
    scribble(b, "nvram", 0x42, 4096);
    for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++)
        scribble(b, spoiled[i], 0xA7, 4096);
    assert_false(mtksim_boot_check(b->phone, text, sizeof(text)));
    uint8_t *old_nvram = remember(b, "user", nvram, 8192), *old_table = remember(b, "user", 0, 0x8000);
    uint8_t *old_boot1 = remember(b, "boot1", 0, 0x40000);

    run_flash(b, rom_dir, NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "changed");
    assert_string_equal(b->seen.verified_list, all_names);
    assert_string_equal(b->seen.unknown_list, "");
    assert_string_equal(b->seen.untouched_list, "");
    assert_int_equal(b->seen.n_verified, 21);
    assert_int_equal(b->seen.steps, 42);
    assert_true(b->seen.progress >= 42); /* each step ends with one */
    assert_string_equal(b->seen.chip, "MT6765");
    assert_string_equal(b->seen.chip_stage, stage);
    assert_string_equal(b->seen.agent, "xflash");
    assert_string_equal(b->seen.differences, "userdata.size ");
    assert_everything_is_on_flash(b);
    assert_still(b, "user", nvram, 8192, old_nvram);
    assert_still(b, "user", 0, 0x8000, old_table);
    assert_still(b, "boot1", 0, 0x40000, old_boot1);
    if (!mtksim_boot_check(b->phone, text, sizeof(text)))
        fail_msg("%s", text);
}

static void flash_through_the_boot_rom(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    flash_everything(b, "brom");
    bench_free(b);
}

static void flash_through_the_preloader(void **state)
{
    (void)state;
    const struct mtksim_config cfg = {.boot = MTKSIM_BOOT_PRELOADER};
    struct bench *b = bench_new_with(&cfg, FACTORY);
    flash_everything(b, "preloader");
    bench_free(b);
}

static void small_read_packets(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    b->opt.linux_packets = true;
    scribble(b, "system", 0xA7, 4096);
    run_flash(b, rom_dir, "system,lk");
    assert_exit(b, 0);
    assert_string_equal(b->seen.actions, "write:system verify:system write:lk verify:lk ");
    assert_true(partition_is_on_flash(b, "system"));
    bench_free(b);
}

static void a_scatter_names_the_rom_as_well_as_its_folder(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_flash(b, rom_path("MT6765_Android_scatter.txt"), "lk");
    assert_exit(b, 0);
    bench_free(b);
}

static void a_preloader_is_written_to_both_copies_when_named(void **state)
{
    (void)state;
    char text[256];
    struct bench *b = bench_new();
    uint8_t junk[0x1000];
    const char *file = rom_path(mtk_scatter_find(&rom.scatter, "preloader")->file_name);
    memset(junk, 0x13, sizeof(junk));
    assert_int_equal(mtksim_flash_write(b->phone, "boot1", 0, junk, sizeof(junk)), 0);
    assert_int_equal(mtksim_flash_write(b->phone, "boot2", 0x2000, junk, sizeof(junk)), 0);
    assert_false(mtksim_boot_check(b->phone, text, sizeof(text)));
    run_flash(b, rom_dir, "preloader");
    assert_exit(b, 0);
    assert_string_equal(b->seen.verified, "preloader:boot1 preloader:boot2 ");
    assert_non_null(strstr(b->seen.risks, "preloader "));
    assert_true(on_flash(b, "boot1", 0x800, file));
    assert_true(on_flash(b, "boot2", 0x800, file));
    if (!mtksim_boot_check(b->phone, text, sizeof(text)))
        fail_msg("%s", text);
    bench_free(b);
}

static void what_a_sparse_image_leaves_open_is_left_alone(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    struct mtk_image img;
    uint64_t start, size, hole = 0;
    place_of("system", &start, &size);
    assert_int_equal(mtk_image_open(rom_path("system.img"), &img, NULL), 0);
    assert_true(img.sparse && img.n_extents > 1);
    for (size_t i = 0; i + 1 < img.n_extents && !hole; i++)
        if (img.extents[i].start + img.extents[i].size < img.extents[i + 1].start)
            hole = img.extents[i].start + img.extents[i].size;
    assert_true(hole > 0);
    mtk_image_release(&img);
    assert_int_equal(mtksim_flash_write(b->phone, "user", start + hole, "user's own", 10), 0);
    run_flash(b, rom_dir, "system");
    assert_exit(b, 0);
    uint8_t *now = remember(b, "user", start + hole, 10);
    assert_memory_equal(now, "user's own", 10);
    free(now);
    bench_free(b);
}

static void verify_finds_exactly_the_flipped_bit(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    uint64_t start, size;
    uint8_t byte;
    const uint64_t at = 0x1234; /* defined by the image, as the comparison below shows */
    run_flash(b, rom_dir, "logo,lk,boot");
    assert_exit(b, 0);
    uint64_t changes = mtksim_flash_changes(b->phone);
    replug(b);
    run_verify(b, NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "unchanged");
    assert_string_equal(b->seen.verified_list, all_names);

    place_of("boot", &start, &size);
    mtksim_flash_read(b->phone, "user", start + at, &byte, 1);
    byte ^= 0x20;
    mtksim_flash_write(b->phone, "user", start + at, &byte, 1);
    replug(b);
    run_verify(b, "logo,boot,lk");
    assert_exit(b, 1);
    assert_string_equal(b->seen.symbol, "MTK_VERIFY_MISMATCH");
    assert_string_equal(b->seen.phone, "unchanged");
    assert_int_equal(b->seen.n_mismatch, 1);
    assert_string_equal(b->seen.verified_list, "logo,lk");
    assert_string_equal(b->seen.mismatch_name, "boot");
    assert_string_equal(b->seen.mismatch_pattern, "one bit");
    assert_true(b->seen.mismatch.first_offset == at && b->seen.mismatch.bytes == 1);
    assert_int_equal(b->seen.mismatch.got[0], byte);
    assert_int_equal(b->seen.mismatch.expected[0], byte ^ 0x20);
    assert_int_equal(mtksim_flash_changes(b->phone), changes);
    bench_free(b);
}

static void verify_sees_every_partition_that_differs(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    scribble(b, "lk", 0x55, 512);
    scribble(b, "vendor", 0x00, 1 << 16);
    run_verify(b, "logo,lk,vendor,tee1");
    assert_exit(b, 1);
    assert_int_equal(b->seen.n_mismatch, 2);
    assert_string_equal(b->seen.verified_list, "logo,tee1");
    assert_string_equal(b->seen.mismatch_name, "vendor"); /* the first in order of the plan */
    assert_string_equal(b->seen.mismatch_pattern, "all zero");
    bench_free(b);
}

static void a_damaged_header_block_of_a_boot_copy_is_found(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    assert_int_equal(mtksim_flash_write(b->phone, "boot2", 0x20C, "\x00\x40", 2), 0);
    run_verify(b, "preloader");
    assert_exit(b, 1);
    assert_int_equal(b->seen.n_mismatch, 1);
    assert_string_equal(b->seen.mismatch_name, "preloader");
    assert_in_range(b->seen.mismatch.first_offset, 0x20C, 0x20D);
    assert_string_equal(b->seen.verified, "preloader:boot1 ");
    bench_free(b);
}

static void plan_writes_nothing(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    const struct mtk_rom_args asked = {.rom = rom_dir}, offline = {.rom = rom_dir, .offline = true};
    run(b, mtk_job_plan, &asked);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "unchanged");
    assert_int_equal(b->seen.steps, 42);
    assert_int_equal(b->seen.n_verified, 0);
    assert_string_equal(b->seen.risks, "chip-untested ");
    assert_string_equal(b->seen.chip, "MT6765");
    assert_int_equal(mtksim_flash_changes(b->phone), 0);

    char actions[2048];
    strcpy(actions, b->seen.actions);
    run(b, mtk_job_plan, &offline);
    assert_exit(b, 0);
    assert_string_equal(b->seen.actions, actions);
    assert_string_equal(b->seen.chip, ""); /* no phone was asked */
    bench_free(b);
}

static void an_agent_from_elsewhere_is_a_risk(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    b->opt.da = rom_path("MTK_AllInOne_DA.bin");
    run_flash(b, rom_dir, "lk");
    assert_exit(b, 0);
    assert_string_equal(b->seen.risks, "foreign-agent chip-untested ");
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flash_through_the_boot_rom),
        cmocka_unit_test(flash_through_the_preloader),
        cmocka_unit_test(small_read_packets),
        cmocka_unit_test(a_scatter_names_the_rom_as_well_as_its_folder),
        cmocka_unit_test(a_preloader_is_written_to_both_copies_when_named),
        cmocka_unit_test(what_a_sparse_image_leaves_open_is_left_alone),
        cmocka_unit_test(verify_finds_exactly_the_flipped_bit),
        cmocka_unit_test(verify_sees_every_partition_that_differs),
        cmocka_unit_test(a_damaged_header_block_of_a_boot_copy_is_found),
        cmocka_unit_test(plan_writes_nothing),
        cmocka_unit_test(an_agent_from_elsewhere_is_a_risk),
    };
    return cmocka_run_group_tests_name("session/flash", tests, make_world, remove_world);
}
