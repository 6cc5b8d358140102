/* SPDX-License-Identifier: Apache-2.0 */
/* What must stop a flash before the first byte is written. After each of these the phone is as it was. */
#include "tests/session/flash/harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "flasher/verified/preflight.h"
#include "formats/preloader.h"
#include "formats/sparse.h"
#include "protocol/error_index.h"

/* ---- making bad ROMs ---- */

static char *slurp(const char *path, size_t *len)
{
    struct mtk_blob blob;
    assert_int_equal(mtk_file_read(path, 64u << 20, &blob, NULL), 0);
    *len = blob.len;
    return (char *)blob.data;
}

/* A copy of the ROM in which a file is replaced; a Checksum.ini that would notice is left out. Its folder. */
static const char *rom_with(const char *name, const void *data, size_t len)
{
    static char dir[4096];
    char path[512];
    snprintf(dir, sizeof(dir), "%s", copy_rom("bad-rom", "Checksum.ini"));
    snprintf(path, sizeof(path), "bad-rom/%s", name);
    make_file(path, data, len);
    return dir;
}

/* A copy of the ROM whose scatter has `from` replaced by `to`, the first time it comes behind `after`. */
static const char *rom_with_scatter(const char *after, const char *from, const char *to)
{
    size_t len;
    char *text = slurp(rom_path("MT6765_Android_scatter.txt"), &len);
    char *at = strstr(text, after);
    assert_non_null(at);
    at = strstr(at, from);
    assert_non_null(at);
    char *changed = malloc(len + strlen(to) + 1);
    assert_non_null(changed);
    size_t n = (size_t)sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    const char *dir = rom_with("MT6765_Android_scatter.txt", changed, n);
    free(changed);
    free(text);
    return dir;
}

static void refuse(const char *dir, const char *only, int code, const char *symbol)
{
    struct bench *b = bench_new();
    run_flash(b, dir, only);
    assert_refused(b, code, symbol);
    assert_int_equal(b->seen.n_verified, 0);
    bench_free(b);
}

/* ---- files ---- */

static void files_that_are_not_there(void **state)
{
    (void)state;
    refuse(copy_rom("no-lk", "lk.img"), NULL, 6, "MTK_FILE_MISSING");
    refuse(rom_with("lk.img", "", 0), NULL, 6, "MTK_FILE_EMPTY");
    refuse(tmp_path("no-such-folder"), NULL, 6, "MTK_FILE_MISSING");
    refuse(copy_rom("no-scatter", "MT6765_Android_scatter.txt"), NULL, 6, "MTK_FILE_MISSING");
    refuse(copy_rom("no-da", "MTK_AllInOne_DA.bin"), NULL, 6, "MTK_NO_AGENT");
    const char *dir = copy_rom("folder-for-file", "lk.img");
    char path[4096];
    snprintf(path, sizeof(path), "%.4000s/lk.img", dir);
    assert_int_equal(mkdir(path, 0777), 0);
    refuse(dir, NULL, 6, "MTK_FILE_UNREADABLE");
}

static void a_file_that_is_not_needed_may_be_missing(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_flash(b, copy_rom("no-lk", "lk.img"), "logo");
    assert_exit(b, 0);
    bench_free(b);
}

static void images_that_do_not_fit(void **state)
{
    (void)state;
    uint64_t start, size;
    place_of("vbmeta", &start, &size);
    uint8_t *big = calloc(1, size + 1);
    assert_non_null(big);
    memcpy(big, "AVB0", 4);
    refuse(rom_with("vbmeta.img", big, size + 1), NULL, 6, "MTK_IMAGE_TOO_LARGE");
    free(big);
    /* A few bytes that expand to more than the partition. */
    place_of("cache", &start, &size);
    int fd = open(make_file("sparse", "", 0), O_RDWR);
    struct mtk_sparse_writer w;
    uint8_t block[4096] = {1};
    assert_int_equal(mtk_sparse_begin(&w, fd, 4096, NULL), 0);
    assert_int_equal(mtk_sparse_raw(&w, block, 1, NULL), 0);
    assert_int_equal(mtk_sparse_skip(&w, (uint32_t)(size / 4096), NULL), 0);
    assert_int_equal(mtk_sparse_finish(&w, NULL), 0);
    close(fd);
    size_t len;
    char *data = slurp(tmp_path("sparse"), &len);
    refuse(rom_with("cache.img", data, len), NULL, 6, "MTK_IMAGE_TOO_LARGE");
    free(data);
}

static void damaged_sparse_images(void **state)
{
    (void)state;
    size_t len;
    char *data = slurp(rom_path("system.img"), &len);
    refuse(rom_with("system.img", data, len - 4096), NULL, 6, "MTK_SPARSE_INVALID");
    data[28 + 4]++; /* the first chunk has one block more than its size */
    refuse(rom_with("system.img", data, len), NULL, 6, "MTK_SPARSE_INVALID");
    data[28 + 4]--;
    put_le32((uint8_t *)data + 24, 0x12345678); /* a checksum that is not that of the expanded image */
    refuse(rom_with("system.img", data, len), NULL, 6, "MTK_SPARSE_INVALID");
    free(data);
}

static void sums_that_disagree(void **state)
{
    (void)state;
    size_t len;
    char *data = slurp(rom_path("lk.img"), &len);
    const char *dir = copy_rom("bad-sum", NULL);
    data[len - 1] ^= 1;
    make_file("bad-sum/lk.img", data, len);
    struct bench *b = bench_new();
    run_flash(b, dir, NULL);
    assert_refused(b, 6, "MTK_CHECKSUM_INI");
    assert_non_null(strstr(b->seen.what, "lk.img has sum 0x"));
    assert_non_null(strstr(b->seen.what, "for lk"));
    bench_free(b);
    refuse(dir, "lk2", 6, "MTK_CHECKSUM_INI"); /* the same file for the other copy */
    free(data);
}

static void preloaders_in_the_wrong_form(void **state)
{
    (void)state;
    size_t len;
    const char *name = mtk_scatter_find(&rom.scatter, "preloader")->file_name;
    char *plain = slurp(rom_path(name), &len);
    uint8_t *header = malloc(MTK_PL_HEADER_EMMC + len);
    assert_non_null(header);
    mtk_preloader_header_emmc(0x40000, header);
    memcpy(header + MTK_PL_HEADER_EMMC, plain, len);
    char ours[4096];
    snprintf(ours, sizeof(ours), "%s", rom_path(name));
    /* The DRAM settings come from the good one, so that it is the image to be written that is refused. */
    struct bench *b = bench_new();
    b->opt.preloader = ours;
    run_flash(b, rom_with(name, header, MTK_PL_HEADER_EMMC + len), "preloader");
    assert_refused(b, 6, "MTK_IMAGE_INVALID");
    assert_non_null(strstr(b->seen.what, "EMMC_BOOT"));
    run_flash(b, rom_with(name, plain, 0x200), "preloader");
    assert_refused(b, 6, "STATUS_PRELOADER_INVALID");
    run_write(b, "preloader", make_file("header-form.bin", header, MTK_PL_HEADER_EMMC + len));
    assert_refused(b, 6, "MTK_IMAGE_INVALID");
    bench_free(b);
    /* What is checked is the file that is open, whatever has taken its name since. */
    const struct mtk_sink nowhere = {0};
    struct mtk_session s = {.sink = &nowhere};
    struct mtk_risk_facts facts = {0};
    struct mtk_error err = {0};
    struct mtk_item it;
    mtk_item_init(&it, "preloader", "EMMC_BOOT1_BOOT2");
    assert_int_equal(mtk_image_open(tmp_path("header-form.bin"), &it.image, &err), 0);
    assert_int_equal(rename(make_file("plain-form.bin", plain, len), tmp_path("header-form.bin")), 0);
    assert_int_equal(mtk_preflight_image(&s, &it, &facts, &err), -1);
    assert_true(mtk_error_is(&err, MTK_E_MTK_IMAGE_INVALID));
    mtk_image_release(&it.image);
    free(s.scratch);
    free(header);
    free(plain);
}

static void a_preloader_without_dram_settings(void **state)
{
    (void)state;
    size_t len;
    const char *name = mtk_scatter_find(&rom.scatter, "preloader")->file_name;
    char *data = slurp(rom_path(name), &len);
    for (size_t i = 0; i + 16 < len; i++)
        if (memcmp(data + i, "MTK_BLOADER_INFO", 16) == 0)
            data[i] = 'X';
    refuse(rom_with(name, data, len), NULL, 6, "MTK_NO_EMI");
    free(data);
}

/*
 * The package's own preloader has DRAM settings of a version that this phone's agent refuses, another one in the folder
 * has those that it takes: the phone can be flashed, but not with the preloader that does not serve it.
 */
static void settings_of_a_second_preloader(void **state)
{
    (void)state;
    size_t len;
    char *data = slurp(rom_path("preloader_mtksim6765.bin"), &len);
    const char *dir = copy_rom("two-preloaders", "Checksum.ini");
    make_file("two-preloaders/preloader_second.bin", data, len);
    char *version = memmem(data, len, "MTK_BLOADER_INFO_v35", 20);
    assert_non_null(version);
    version[19] = '8';
    make_file("two-preloaders/preloader_mtksim6765.bin", data, len);
    struct bench *b = bench_new();
    run_flash(b, dir, "preloader");
    assert_refused(b, 6, "MTK_IMAGE_INVALID");
    assert_non_null(strstr(b->seen.what, "version 38, preloader_second.bin of version 35"));
    replug(b);
    run_flash(b, dir, "lk");
    assert_exit(b, 0);
    assert_non_null(strstr(b->seen.notes, "trying those of preloader_second.bin (v35)"));
    bench_free(b);
    b = bench_new();
    b->opt.preloader = tmp_path("two-preloaders/preloader_mtksim6765.bin"); /* who names one means that one */
    run_flash(b, dir, "lk");
    assert_refused(b, 1, "STATUS_EXT_RAM_EXCEPTION");
    bench_free(b);
    free(data);
}

static void damaged_agents(void **state)
{
    (void)state;
    size_t len;
    char *data = slurp(rom_path("MTK_AllInOne_DA.bin"), &len);
    struct bench *b = bench_new();
    run_flash(b, rom_with("MTK_AllInOne_DA.bin", data, len / 2), NULL);
    assert_exit(b, 6);
    assert_int_equal(mtksim_flash_changes(b->phone), 0);
    run_flash(b, rom_with("MTK_AllInOne_DA.bin", data, 64), NULL);
    assert_exit(b, 6);
    data[0x68] = 0x7F; /* more entries than there are */
    run_flash(b, rom_with("MTK_AllInOne_DA.bin", data, len), NULL);
    assert_exit(b, 6);
    assert_int_equal(mtksim_flash_changes(b->phone), 0);
    bench_free(b);
    free(data);
}

static void a_doubtful_header_is_a_warning(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_flash(b, rom_with("lk.img", "this is no lk at all", 20), "lk");
    assert_exit(b, 0);
    assert_non_null(strstr(b->seen.notes, "lk: lk.img does not begin with a MediaTek image header"));
    assert_non_null(strstr(b->seen.risks, "header "));
    bench_free(b);
}

/* ---- the scatter ---- */

static void scatters_that_contradict_themselves(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    static const struct {
        const char *after, *from, *to;
    } cases[] = {
        {"partition_name: boot\n", "partition_name: boot\n", "partition_name: lk\n"},        /* twice */
        {"partition_name: boot\n", "physical_start_addr: 0x", "physical_start_addr: 0x1 #"}, /* backwards */
        {"partition_name: boot\n", "partition_size: 0x", "partition_size: 0xFFFFFFFFF"},
        {"partition_name: boot\n", "partition_size: 0x", "partition_size: 0xzz"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run_flash(b, rom_with_scatter(cases[i].after, cases[i].from, cases[i].to), NULL);
        assert_exit(b, 6);
        assert_string_equal(b->seen.phone, "unchanged");
        assert_int_equal(mtksim_flash_changes(b->phone), 0);
    }
    bench_free(b);
}

static void names_that_leave_the_folder(void **state)
{
    (void)state;
    make_file("outside.img", "outside", 7);
    refuse(rom_with_scatter("partition_name: boot\n", "file_name: boot.img", "file_name: ../outside.img"),
           NULL, 6, "MTK_PATH_ESCAPES");
    refuse(rom_with_scatter("partition_name: boot\n", "file_name: boot.img", "file_name: /etc/passwd"), NULL,
           6, "MTK_PATH_ESCAPES");
    const char *dir = copy_rom("link-out", "boot.img");
    char path[4096];
    snprintf(path, sizeof(path), "%.4000s/boot.img", dir);
    unlink(path);
    assert_int_equal(symlink(tmp_path("outside.img"), path), 0);
    refuse(dir, NULL, 6, "MTK_PATH_ESCAPES");
}

static void another_chip(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_flash(b, rom_with_scatter("platform", "platform: MT6765", "platform: MT6737"), NULL);
    assert_refused(b, 6, "STATUS_SCATTER_HW_CHIP_ID_MISMATCH");
    assert_string_equal(b->seen.what, "Chip mismatch: scatter MT6737, phone MT6765");
    assert_string_equal(b->seen.agent, ""); /* known before anything was uploaded */
    replug(b);
    run_flash(b, rom_with_scatter("platform", "platform: MT6765", "platform: MT6765V"), "lk");
    assert_exit(b, 0); /* a suffix letter does not count */
    bench_free(b);
}

static void another_storage(void **state)
{
    (void)state;
    refuse(rom_with_scatter("storage", "storage: EMMC", "storage: UFS"), NULL, 6, "STATUS_STORAGE_MISMATCH");
}

static void another_table(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_flash(
        b, rom_with_scatter("partition_name: logo\n", "partition_name: logo\n", "partition_name: splash\n"),
        "lk");
    assert_refused(b, 6, "STATUS_LAYOUT_CHANGED");
    assert_string_equal(b->seen.differences, "splash.missing! userdata.size logo.extra! ");
    bench_free(b);
}

static void a_phone_without_a_table(void **state)
{
    (void)state;
    struct bench *b = bench_new_with(&(struct mtksim_config){.seed = 3}, BLANK);
    run_flash(b, rom_dir, NULL);
    assert_refused(b, 6, "MTK_GPT_INVALID");
    bench_free(b);
}

/* ---- the request ---- */

static void requests(void **state)
{
    (void)state;
    refuse(rom_dir, "nosuch", 2, "MTK_NO_SUCH_PARTITION");
    refuse(rom_dir, "nvram", 6, "MTK_PROTECTED_PARTITION");
    refuse(rom_dir, "proinfo", 6, "MTK_PROTECTED_PARTITION");
    for (int mode = MTKFLASH_UPGRADE; mode <= MTKFLASH_FORMAT_ALL; mode++) {
        struct bench *b = bench_new();
        struct mtkflash_selection sel = {.mode = (enum mtkflash_mode)mode, .only = "nvram"};
        const struct mtk_rom_args a = {.rom = rom_dir, .sel = &sel};
        run(b, mtk_job_flash, &a); /* from a ROM nothing brings it back, whatever the mode */
        assert_refused(b, mode == MTKFLASH_UPGRADE ? 6 : 2,
                       mode == MTKFLASH_UPGRADE ? "MTK_PROTECTED_PARTITION" : "MTK_USAGE");
        sel = (struct mtkflash_selection){.mode = (enum mtkflash_mode)mode, .skip = "lk"};
        run(b, mtk_job_flash, &a);
        if (mode == MTKFLASH_UPGRADE)
            assert_exit(b, 0); /* nothing has to move: no backup is needed, and the old lk stays */
        else
            assert_refused(b, 6, "MTK_BACKUP_NEEDED");
        bench_free(b);
    }
}

static void identity_partitions_are_never_written_or_erased(void **state)
{
    (void)state;
    static const char *const names[] = {"nvram",   "nvdata",  "protect1", "protect2",
                                        "proinfo", "persist", "seccfg",   "frp"};
    const char *file = make_file("something", "something", 9);
    struct bench *b = bench_new();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint64_t start, size;
        char range[64];
        run_write(b, names[i], file);
        assert_refused(b, 6, "MTK_PROTECTED_PARTITION");
        run(b, mtk_job_erase, &(struct mtk_file_args){.what = names[i]});
        assert_refused(b, 6, "MTK_PROTECTED_PARTITION");
        /* By numbers, touching its last block. */
        place_of(names[i], &start, &size);
        snprintf(range, sizeof(range), "@0x%llx+0x400", (unsigned long long)(start + size - 0x200));
        run_write(b, range, file);
        assert_refused(b, 6, "MTK_PROTECTED_PARTITION");
        replug(b);
        run(b, mtk_job_erase, &(struct mtk_file_args){.what = range});
        assert_refused(b, 6, "MTK_PROTECTED_PARTITION");
        replug(b);
    }
    bench_free(b);
}

/* ---- phones that want to know who is asking ---- */

static void locked_phones(void **state)
{
    (void)state;
    static const char *const locks[] = {"sla", "daa,sbc", "sbc,sla,daa"};
    for (size_t i = 0; i < 3; i++) {
        struct bench *b = bench_new_with(&(struct mtksim_config){.security = locks[i]}, TABLE_ONLY);
        run_flash(b, rom_dir, NULL);
        assert_exit(b, 7);
        assert_string_equal(b->seen.phone, "unchanged");
        assert_int_equal(mtksim_flash_changes(b->phone), 0);
        assert_string_equal(b->seen.chip, "MT6765"); /* what is known is told even so */
        bench_free(b);
    }
}

static void ports_without_a_phone(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    mtksim_set_log(b->phone, NULL, NULL);
    static const struct {
        const char *port, *symbol;
        int code;
    } cases[] = {
        {"nonsense", "MTK_USAGE", 2},
        {"sim:chip=mt9999", "MTK_USAGE", 2},
        {"replay:x", "MTK_UNSUPPORTED", 2},
        {"usb:dead:beef", "MTK_NO_PHONE", 3}, /* nobody's: a phone that is plugged in here stays alone */
        {"tty:/no/such/tty", NULL, 0},
        {"unix:/no/such/socket", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&b->seen, 0, sizeof(b->seen));
        b->opt.port = cases[i].port;
        b->opt.wait_ns = 10 * NS_PER_MS;
        int code = mtkflash_flash(&b->opt, rom_dir, NULL);
        assert_int_equal(b->seen.results, 1);
        assert_int_equal(code, b->seen.exit_code);
        if (cases[i].symbol) {
            assert_exit(b, cases[i].code);
            assert_string_equal(b->seen.symbol, cases[i].symbol);
        } else {
            assert_true(code == 1 || code == 3); /* not there, or not there in time */
        }
        assert_string_equal(b->seen.phone, "unchanged");
    }
    bench_free(b);
}

static void a_phone_that_is_off_the_bus(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run(b, mtk_job_reboot, &(struct mtk_reboot_args){.mode = "system"});
    assert_exit(b, 0);
    mtksim_sleep(b->phone, 60 * NS_PER_S); /* past the preloader's window: Android runs */
    assert_string_equal(mtksim_stage(b->phone), "boot");
    b->opt.wait_ns = NS_PER_S;
    run_flash(b, rom_dir, "lk");
    assert_exit(b, 3);
    assert_string_equal(b->seen.symbol, "MTK_NO_PHONE");
    assert_string_equal(b->seen.untouched_list, "lk");
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_not_there),
        cmocka_unit_test(a_file_that_is_not_needed_may_be_missing),
        cmocka_unit_test(images_that_do_not_fit),
        cmocka_unit_test(damaged_sparse_images),
        cmocka_unit_test(sums_that_disagree),
        cmocka_unit_test(preloaders_in_the_wrong_form),
        cmocka_unit_test(a_preloader_without_dram_settings),
        cmocka_unit_test(settings_of_a_second_preloader),
        cmocka_unit_test(damaged_agents),
        cmocka_unit_test(a_doubtful_header_is_a_warning),
        cmocka_unit_test(scatters_that_contradict_themselves),
        cmocka_unit_test(names_that_leave_the_folder),
        cmocka_unit_test(another_chip),
        cmocka_unit_test(another_storage),
        cmocka_unit_test(another_table),
        cmocka_unit_test(a_phone_without_a_table),
        cmocka_unit_test(requests),
        cmocka_unit_test(identity_partitions_are_never_written_or_erased),
        cmocka_unit_test(locked_phones),
        cmocka_unit_test(ports_without_a_phone),
        cmocka_unit_test(a_phone_that_is_off_the_bus),
    };
    return cmocka_run_group_tests_name("session/refuse", tests, make_world, remove_world);
}
