/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs about one partition or range, and about the phone itself: read, write, erase, parts, info, reboot. */
#include "tests/session/flash/harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flasher/verified/target.h"
#include "formats/sparse.h"
#include "protocol/error_index.h"

static int run_read(struct bench *b, const char *what, const char *file)
{
    const struct mtk_file_args a = {.what = what, .file = file};
    return run(b, mtk_job_read, &a);
}

static int run_erase(struct bench *b, const char *what)
{
    return run(b, mtk_job_erase, &(struct mtk_file_args){.what = what});
}

static struct mtk_blob file_content(const char *path)
{
    struct mtk_blob blob;
    struct mtk_error err = {0};
    if (mtk_file_read(path, 256u << 20, &blob, &err) < 0)
        fail_msg("%s: %s", path, err.what);
    return blob;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* The file holds exactly what is on the flash there. */
static void assert_file_is_flash(struct bench *b, const char *path, const char *area, uint64_t start,
                                 size_t len)
{
    struct mtk_blob blob = file_content(path);
    assert_int_equal(blob.len, len);
    uint8_t *flash = malloc(len);
    assert_non_null(flash);
    assert_int_equal(mtksim_flash_read(b->phone, area, start, flash, len), 0);
    assert_memory_equal(blob.data, flash, len);
    free(flash);
    mtk_blob_release(&blob);
}

/* ---- read ---- */

static void read_partitions_and_ranges(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    uint64_t lk, size;
    char range[64];
    place_of("lk", &lk, &size);
    snprintf(range, sizeof(range), "@0x%llx+3K", (unsigned long long)lk + 512);
    const struct {
        const char *what, *area;
        uint64_t start;
        size_t len;
    } cases[] = {
        {"lk", "user", lk, (size_t)size},
        {range, "user", lk + 512, 3072},
        {"boot1@0x800+1234", "boot1", 0x800, 1234}, /* not in whole blocks: the agent does that too */
        {"preloader", "boot1", 0, 4u << 20},        /* by a helper thread */
        {"boot2", "boot2", 0, 4u << 20},
        {"pgpt", "user", 0, 34 * 512},
        {"sgpt", "user", mtksim_flash_size(b->phone, "user") - 33 * 512, 33 * 512},
        {"SGPT", "user", mtksim_flash_size(b->phone, "user") - 33 * 512, 33 * 512},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s", tmp_path("read.img"));
        run_read(b, cases[i].what, path);
        assert_exit(b, 0);
        assert_string_equal(b->seen.phone, "unchanged");
        assert_int_equal(b->seen.n_verified, 0); /* it was compared with nothing */
        assert_non_null(strstr(b->seen.notes, "bytes read, sha256 "));
        assert_file_is_flash(b, path, cases[i].area, cases[i].start, cases[i].len);
        assert_int_equal(mtksim_flash_changes(b->phone), 0);
        snprintf(path, sizeof(path), "%s", tmp_path("read.img.part"));
        assert_false(exists(path));
        replug(b);
    }
    bench_free(b);
}

static void a_read_that_fails_leaves_no_file(void **state)
{
    (void)state;
    struct bench *b = bench_new_with(
        &(struct mtksim_config){.fault = "drop:flash-read,area=boot1,from=0x300000"}, TABLE_ONLY);
    make_file("kept.img", "kept", 4);
    run_read(b, "boot1", tmp_path("kept.img"));
    assert_exit(b, 1);
    struct mtk_blob blob = file_content(tmp_path("kept.img")); /* the old file is as it was */
    assert_int_equal(blob.len, 4);
    mtk_blob_release(&blob);
    assert_false(exists(tmp_path("kept.img.part")));
    bench_free(b);
}

static void places_that_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int code;
        const char *symbol;
    } cases[] = {
        {"nosuch", 2, "MTK_NO_SUCH_PARTITION"}, {"boot9@0+1", 2, "MTK_NO_SUCH_PARTITION"},
        {"boot1@4M+1", 6, "MTK_OUT_OF_RANGE"},  {"@0+0x7FFFFFFFFFFFFFFF", 6, "MTK_OUT_OF_RANGE"},
        {"rpmb", 6, "MTK_UNSUPPORTED"},         {"@1+", 2, "MTK_USAGE"},
    };
    struct bench *b = bench_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run_read(b, cases[i].what, tmp_path("never.img"));
        assert_refused(b, cases[i].code, cases[i].symbol);
        assert_false(exists(tmp_path("never.img")));
        replug(b);
    }
    make_file("target.img", "target", 6);
    assert_int_equal(symlink(tmp_path("target.img"), tmp_path("link.img")), 0);
    run_read(b, "lk", tmp_path("link.img"));
    assert_refused(b, 2, "MTK_USAGE");
    assert_string_equal(b->seen.chip, ""); /* before a phone was looked for */
    run_read(b, "lk", rom_dir);
    assert_refused(b, 2, "MTK_USAGE");
    run_read(b, "lk", tmp_path("no-such-folder/x.img"));
    assert_exit(b, 1);
    assert_string_equal(b->seen.symbol, "MTK_HOST_IO");
    bench_free(b);
}

/* ---- write ---- */

static void write_plain_and_sparse(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    scribble(b, "lk", 0x5A, 4096);
    run_write(b, "lk", rom_path("lk.img"));
    assert_exit(b, 0);
    assert_true(partition_is_on_flash(b, "lk"));
    assert_string_equal(b->seen.verified_list, "lk");
    assert_string_equal(b->seen.actions, "write:lk verify:lk ");
    replug(b);
    scribble(b, "vendor", 0x5A, 1 << 20);
    run_write(b, "vendor", rom_path("vendor.img"));
    assert_exit(b, 0);
    assert_true(partition_is_on_flash(b, "vendor"));
    bench_free(b);
}

static void write_ranges(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    uint64_t cache, size;
    char range[64];
    uint8_t data[1000];
    memset(data, 0xC3, sizeof(data));
    place_of("cache", &cache, &size);
    snprintf(range, sizeof(range), "@0x%llx+1024", (unsigned long long)cache);
    run_write(b, range, make_file("range.img", data, sizeof(data)));
    assert_exit(b, 0);
    assert_true(on_flash(b, "user", cache, tmp_path("range.img")));
    replug(b);
    snprintf(range, sizeof(range), "@0x%llx+999", (unsigned long long)cache);
    run_write(b, range, tmp_path("range.img"));
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "MTK_IMAGE_TOO_LARGE");
    replug(b);
    snprintf(range, sizeof(range), "@0x%llx+1024", (unsigned long long)cache + 1);
    run_write(b, range, tmp_path("range.img"));
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "MTK_OUT_OF_RANGE");
    bench_free(b);
}

static void writes_that_are_refused(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    const char *file = make_file("small.img", "small", 5);
    run_write(b, "nosuch", file);
    assert_refused(b, 2, "MTK_NO_SUCH_PARTITION");
    replug(b);
    run_write(b, "rpmb@0+512", file);
    assert_refused(b, 6, "MTK_UNSUPPORTED");
    run_write(b, "pgpt", file);
    assert_refused(b, 6, "MTK_UNSUPPORTED");
    run_write(b, "lk", tmp_path("no-such-file"));
    assert_refused(b, 6, "MTK_FILE_MISSING");
    run_write(b, "lk", make_file("empty", "", 0));
    assert_refused(b, 6, "MTK_FILE_EMPTY");
    int fd = open(make_file("holes.img", "", 0), O_RDWR);
    struct mtk_sparse_writer w;
    assert_int_equal(mtk_sparse_begin(&w, fd, 4096, NULL), 0);
    assert_int_equal(mtk_sparse_skip(&w, 4, NULL), 0);
    assert_int_equal(mtk_sparse_finish(&w, NULL), 0);
    close(fd);
    run_write(b, "cache", tmp_path("holes.img")); /* nothing to write, so nothing to prove */
    assert_refused(b, 6, "MTK_FILE_EMPTY");
    assert_int_equal(b->seen.n_verified, 0);
    replug(b);
    run_write(b, "vbmeta", rom_path("system.img"));
    assert_refused(b, 6, "MTK_IMAGE_TOO_LARGE");
    bench_free(b);
}

static void a_lost_table_is_brought_back(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    static const uint8_t zeros[34 * 512];
    const uint64_t user = mtksim_flash_size(b->phone, "user");
    run_read(b, "pgpt", tmp_path("pgpt.img"));
    assert_exit(b, 0);
    replug(b);
    /* First only the primary copy is lost: the backup is used. */
    assert_int_equal(mtksim_flash_write(b->phone, "user", 0, zeros, sizeof(zeros)), 0);
    run_flash(b, rom_dir, "lk");
    assert_exit(b, 0);
    assert_non_null(strstr(b->seen.risks, "table-damaged "));
    replug(b);
    /* Then both: nothing can be told about where what lies, so only the table itself may be written. */
    assert_int_equal(mtksim_flash_write(b->phone, "user", user - sizeof(zeros), zeros, sizeof(zeros)), 0);
    uint64_t changes = mtksim_flash_changes(b->phone);
    run_write(b, "@16M+1M", make_file("small.img", "small", 5));
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "MTK_GPT_INVALID");
    replug(b);
    run_erase(b, "@0+17K");
    assert_exit(b, 6);
    assert_int_equal(mtksim_flash_changes(b->phone), changes);
    replug(b);
    run_write(b, "@0+17K", tmp_path("pgpt.img"));
    assert_exit(b, 0);
    replug(b);
    run_verify(b, "lk");
    assert_exit(b, 0);
    bench_free(b);
}

/* ---- erase ---- */

static void erase_and_prove(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    uint64_t start, size;
    place_of("cache", &start, &size);
    scribble(b, "cache", 0x77, 1 << 20);
    run_erase(b, "cache");
    assert_exit(b, 0);
    assert_string_equal(b->seen.actions, "erase:cache verify:cache ");
    assert_string_equal(b->seen.verified_list, "cache");
    uint8_t byte = 1;
    assert_int_equal(mtksim_flash_read(b->phone, "user", start + 4096, &byte, 1), 0);
    assert_true(byte == 0 || byte == 0xFF);
    bench_free(b);
}

static void an_erase_that_does_not_happen_is_found(void **state)
{
    (void)state;
    struct bench *b = bench_new_with(&(struct mtksim_config){.fault = "ignore:flash-erase"}, TABLE_ONLY);
    scribble(b, "cache", 0x77, 2048);
    run_erase(b, "cache");
    assert_exit(b, 5);
    assert_string_equal(b->seen.symbol, "MTK_VERIFY_MISMATCH");
    assert_int_equal(b->seen.mismatch.bytes, 2048);
    assert_int_equal(b->seen.mismatch.got[0], 0x77);
    assert_string_equal(b->seen.unknown_list, "cache");
    replug(b);
    static const char *const boot[] = {"preloader", "boot1@0+512", "boot2@0+4M"};
    for (size_t i = 0; i < 3; i++) {
        run_erase(b, boot[i]);
        assert_exit(b, 6);
        assert_string_equal(b->seen.symbol, "MTK_UNSUPPORTED");
        replug(b);
    }
    bench_free(b);
}

static const struct mtk_link_ops *late_inner;

/* The first look finds no phone. */
static int late_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    (void)timeout_ns;
    l->ops = late_inner;
    return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "not yet");
}

/* What went wrong while a phone was waited for is over once it is there, and not what the session failed with. */
static void a_phone_that_comes_late_and_does_not_erase(void **state)
{
    (void)state;
    struct bench *b = bench_new_with(&(struct mtksim_config){.fault = "ignore:flash-erase"}, TABLE_ONLY);
    struct mtk_link_ops late = *b->link->ops;
    late_inner = b->link->ops;
    late.open = late_open;
    b->link->ops = &late;
    scribble(b, "cache", 0x77, 2048);
    run_erase(b, "cache");
    assert_ptr_equal(b->link->ops, late_inner);
    assert_exit(b, 5);
    assert_string_equal(b->seen.symbol, "MTK_VERIFY_MISMATCH");
    bench_free(b);
}

/* ---- parts ---- */

static void parts_and_a_corrected_scatter(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run(b, mtk_job_parts, &(struct mtk_parts_args){0});
    assert_exit(b, 0);
    assert_in_range(b->seen.n_partitions, 30, 45);
    assert_string_equal(b->seen.differences, "");
    replug(b);
    run(b, mtk_job_parts, &(struct mtk_parts_args){.scatter = rom.scatter.path});
    assert_exit(b, 0);
    assert_string_equal(b->seen.differences, "userdata.size ");
    replug(b);

    struct mtk_blob text = file_content(rom.scatter.path);
    char *at = strstr((char *)text.data, "partition_name: logo");
    assert_non_null(at);
    memcpy(at, "partition_name: l0g0", 20);
    make_file("other_scatter.txt", text.data, text.len);
    mtk_blob_release(&text);
    char fixed[4096];
    snprintf(fixed, sizeof(fixed), "%s", tmp_path("fixed_scatter.txt"));
    run(b, mtk_job_parts, &(struct mtk_parts_args){.scatter = tmp_path("other_scatter.txt"), .fix = fixed});
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "STATUS_LAYOUT_CHANGED");
    assert_string_equal(b->seen.differences, "l0g0.missing! userdata.size logo.extra! ");
    replug(b);
    run(b, mtk_job_parts, &(struct mtk_parts_args){.scatter = fixed});
    assert_exit(b, 0);
    assert_string_equal(b->seen.differences, "");
    run(b, mtk_job_parts, &(struct mtk_parts_args){.fix = fixed});
    assert_exit(b, 2);
    assert_int_equal(mtksim_flash_changes(b->phone), 0);
    bench_free(b);
}

/* ---- info and reboot ---- */

static void info_with_and_without_an_agent(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run(b, mtk_job_info, NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.chip, "MT6765");
    assert_string_equal(b->seen.agent, "xflash");
    assert_string_equal(b->seen.storage, "emmc");
    replug(b);
    b->opt.rom = NULL;
    run(b, mtk_job_info, NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.chip, "MT6765");
    assert_string_equal(b->seen.agent, "");
    replug(b);
    b->opt.rom = copy_rom("rom-without-agent", "MTK_AllInOne_DA.bin");
    run(b, mtk_job_info, NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.agent, "");
    b->opt.rom = tmp_path("no-such-rom");
    run(b, mtk_job_info, NULL);
    assert_exit(b, 6);
    bench_free(b);
}

static void reboot_with_and_without_an_agent(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *stage;
        bool agent;
        int code;
    } cases[] = {
        {NULL, "boot", true, 0},       {"system", "boot", true, 0},  {"off", "off", true, 0},
        {"fastboot", "boot", true, 0}, {NULL, "boot", false, 0},     {"system", "boot", false, 0},
        {"off", NULL, false, 6},       {"somewhere", NULL, true, 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = bench_new();
        b->opt.rom = cases[i].agent ? rom_dir : NULL;
        run(b, mtk_job_reboot, &(struct mtk_reboot_args){.mode = cases[i].mode});
        assert_exit(b, cases[i].code);
        assert_string_equal(b->seen.phone, "unchanged");
        mtksim_sleep(b->phone, 10 * NS_PER_S);
        if (cases[i].stage)
            assert_string_equal(mtksim_stage(b->phone), cases[i].stage);
        bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_partitions_and_ranges),
        cmocka_unit_test(a_read_that_fails_leaves_no_file),
        cmocka_unit_test(places_that_cannot_be_read),
        cmocka_unit_test(write_plain_and_sparse),
        cmocka_unit_test(write_ranges),
        cmocka_unit_test(writes_that_are_refused),
        cmocka_unit_test(a_lost_table_is_brought_back),
        cmocka_unit_test(erase_and_prove),
        cmocka_unit_test(an_erase_that_does_not_happen_is_found),
        cmocka_unit_test(a_phone_that_comes_late_and_does_not_erase),
        cmocka_unit_test(parts_and_a_corrected_scatter),
        cmocka_unit_test(info_with_and_without_an_agent),
        cmocka_unit_test(reboot_with_and_without_an_agent),
    };
    return cmocka_run_group_tests_name("session/files", tests, make_world, remove_world);
}
