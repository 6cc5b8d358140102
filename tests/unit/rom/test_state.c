/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: kept, found again, guarded, and not believed blindly. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "formats/pmt.h"
#include "simdev/firmware/phone.h"
#include "simdev/firmware/state.h"
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

#define USER_SIZE (64u << 20)

struct folder {
    char dir[128];
    struct mtksim_config cfg;
};

static int new_folder(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    if (!f)
        return -1;
    fixture_folder(f->dir);
    f->cfg =
        (struct mtksim_config){.chip = "mt6765", .state_dir = f->dir, .storage_size = USER_SIZE, .seed = 42};
    *state = f;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *f = *state;
    fixture_remove(f->dir);
    free(f);
    return 0;
}

/* Opens the folder as cfg says; err[512] gets the sentence, "" if it worked. */
static int open_phone(struct board *b, const struct mtksim_config *cfg, char err[512])
{
    err[0] = 0;
    enum board_storage storage;
    board_init(b, soc_find(cfg->chip ? cfg->chip : "mt6765"), cfg->seed);
    if (cfg->storage)
        assert_true(board_storage_by_name(cfg->storage, &storage) && board_set_storage(b, storage));
    return state_open(b, cfg, err, 512);
}

static void must_open(struct board *b, const struct mtksim_config *cfg)
{
    char err[512];
    int rc = open_phone(b, cfg, err);
    assert_string_equal(err, "");
    assert_int_equal(rc, 0);
}

static void must_refuse(const struct mtksim_config *cfg, const char *part)
{
    struct board b;
    char err[512];
    assert_int_equal(open_phone(&b, cfg, err), -1);
    board_release(&b);
    if (!strstr(err, part))
        fail_msg("\"%s\" does not say \"%s\"", err, part);
}

static bool exists(const char *dir, const char *file)
{
    char path[256];
    return !access(fixture_path(path, dir, file), F_OK);
}

/* A saved phone with the folder's configuration. */
static void make_phone(const struct folder *f)
{
    struct board b;
    must_open(&b, &f->cfg);
    assert_int_equal(state_save(&b, &f->cfg), 0);
    board_release(&b);
}

static void a_phone_is_found_again(void **state)
{
    struct folder *f = *state;
    struct board b, again;
    uint8_t buf[4];
    must_open(&b, &f->cfg);
    b.fuses.sla = true;
    b.emmc.life_a = 7;
    b.dram.size = 3u << 20;
    assert_int_equal(flash_write(b.area[BOARD_USER], 0x123456, "mark", 4), 0);
    assert_int_equal(flash_write(b.area[BOARD_BOOT2], 100, "two!", 4), 0);
    assert_int_equal(state_save(&b, &f->cfg), 0);
    board_release(&b);

    struct mtksim_config other_seed = f->cfg;
    must_open(&again, &other_seed);
    assert_int_equal(again.seed, 42);
    assert_true(again.fuses.sla);
    assert_false(again.fuses.sbc);
    assert_int_equal(again.emmc.life_a, 7);
    assert_int_equal(again.dram.size, 3u << 20);
    assert_memory_equal(again.me_id, b.me_id, sizeof(b.me_id));
    assert_memory_equal(again.soc_id, b.soc_id, sizeof(b.soc_id));
    assert_memory_equal(again.random_id, b.random_id, sizeof(b.random_id));
    assert_memory_equal(again.hrid, b.hrid, sizeof(b.hrid));
    assert_int_equal(again.battery_mv, b.battery_mv);
    assert_memory_equal(again.emmc.cid, b.emmc.cid, sizeof(b.emmc.cid));
    assert_int_equal(flash_size(again.area[BOARD_USER]), USER_SIZE);
    assert_int_equal(flash_size(again.area[BOARD_BOOT1]), again.soc->emmc_boot);
    assert_int_equal(flash_size(again.area[BOARD_RPMB]), again.soc->emmc_rpmb);
    assert_int_equal(flash_read(again.area[BOARD_USER], 0x123456, buf, 4), 0);
    assert_memory_equal(buf, "mark", 4);
    assert_int_equal(flash_read(again.area[BOARD_BOOT2], 100, buf, 4), 0);
    assert_memory_equal(buf, "two!", 4);
    board_release(&again);
}

static void the_files_are_raw_and_sparse(void **state)
{
    struct folder *f = *state;
    static const char *const files[] = {"boot1.img", "boot2.img", "rpmb.img", "user.img"};
    char path[256];
    struct stat st;
    make_phone(f);
    assert_true(exists(f->dir, "phone.json"));
    assert_false(exists(f->dir, "phone.json.tmp"));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stat(fixture_path(path, f->dir, files[i]), &st), 0);
        assert_true(st.st_size > 0);
        assert_true(st.st_blocks * 512 < 65536);
    }
}

static void no_chip_named_means_the_phone_as_it_is(void **state)
{
    struct folder *f = *state;
    struct board b;
    f->cfg.chip = "mt6737";
    make_phone(f);
    struct mtksim_config any = {.state_dir = f->dir};
    must_open(&b, &any);
    assert_string_equal(b.soc->name, "mt6737");
    assert_ptr_equal(b.chip, soc_chip(b.soc));
    assert_int_equal(flash_size(b.area[BOARD_USER]), USER_SIZE);
    board_release(&b);
}

static void other_chip_and_size_are_refused(void **state)
{
    struct folder *f = *state;
    make_phone(f);
    struct mtksim_config cfg = f->cfg;
    cfg.chip = "mt6737";
    must_refuse(&cfg, "phone.json: field chip: the folder holds an mt6765, an mt6737 was asked for");
    cfg = f->cfg;
    cfg.storage_size = 2 * USER_SIZE;
    must_refuse(&cfg, "phone.json: field sizes.user: the phone has 67108864 bytes, 134217728 were asked for");
}

static void images_must_have_their_sizes(void **state)
{
    struct folder *f = *state;
    char path[256];
    make_phone(f);
    assert_int_equal(truncate(fixture_path(path, f->dir, "user.img"), USER_SIZE - 512), 0);
    must_refuse(&f->cfg, "user.img: has 67108352 bytes, the phone has 67108864");
    assert_int_equal(truncate(path, 0), 0);
    must_refuse(&f->cfg, "user.img: missing or empty");
    assert_int_equal(truncate(path, USER_SIZE), 0);
    assert_int_equal(remove(fixture_path(path, f->dir, "boot2.img")), 0);
    must_refuse(&f->cfg, "boot2.img: missing or empty");
    assert_int_equal(truncate(fixture_path(path, f->dir, "boot1.img"), 512), 0);
    must_refuse(&f->cfg, "boot1.img: has 512 bytes, the phone has 4194304");
    assert_int_equal(remove(path), 0);
    must_refuse(&f->cfg, "boot1.img: missing or empty");
}

static void images_without_phone_json_are_taken_over(void **state)
{
    struct folder *f = *state;
    struct board b;
    uint8_t buf[4];
    char path[256];
    fixture_write(f->dir, "user.img", "dump");
    assert_int_equal(truncate(fixture_path(path, f->dir, "user.img"), 1000), 0);
    f->cfg.storage_size = 0;
    must_refuse(&f->cfg, "user.img: its size is not a multiple of 512 bytes");
    assert_false(exists(f->dir, "boot1.img"));
    assert_int_equal(truncate(path, 1u << 20), 0);
    f->cfg.rom_dir = f->dir;
    must_refuse(&f->cfg, "user.img is there already; a ROM fills only an empty folder");
    f->cfg.rom_dir = NULL;
    must_open(&b, &f->cfg);
    assert_true(exists(f->dir, "phone.json"));
    assert_int_equal(flash_size(b.area[BOARD_USER]), 1u << 20);
    assert_int_equal(flash_read(b.area[BOARD_USER], 0, buf, 4), 0);
    assert_memory_equal(buf, "dump", 4);
    board_release(&b);
}

/* ---- from a ROM ---- */

static void a_rom_fills_a_new_phone_once(void **state)
{
    struct folder *f = *state;
    char rom[128], dir[256], text[512];
    struct board b;
    fixture_folder(rom);
    fixture_rom(rom, "mt6765", 1, false);
    f->cfg.state_dir = fixture_path(dir, f->dir, "deep/phone");
    f->cfg.storage_size = 0;
    f->cfg.rom_dir = rom;
    must_open(&b, &f->cfg);
    assert_true(bootcheck(&b, text, sizeof(text)));
    assert_int_equal(flash_write(b.area[BOARD_BOOT1], 0, "gone", 4), 0);
    board_release(&b);
    must_refuse(&f->cfg, "the phone exists already; a ROM"); /* never filled again */
    f->cfg.rom_dir = NULL;
    must_open(&b, &f->cfg); /* what was changed stays changed */
    assert_false(bootcheck(&b, text, sizeof(text)));
    board_release(&b);
    fixture_remove(rom);
}

static void a_rom_that_fails_leaves_no_phone(void **state)
{
    static const char *const files[] = {"boot1.img", "boot2.img", "rpmb.img", "user.img", "phone.json"};
    struct folder *f = *state;
    char rom[128];
    fixture_folder(rom);
    fixture_rom(rom, "mt6737", 1, false);
    f->cfg.rom_dir = rom;
    must_refuse(&f->cfg, "this ROM is for MT6737, the phone is an MT6765");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_false(exists(f->dir, files[i]));
    fixture_remove(rom);
}

/* ---- phone.json is not believed ---- */

/* Replaces the first `from` of the saved phone.json by `to` and expects the folder to be refused. */
static void check_bad_json(struct folder *f, const char *from, const char *to, const char *part)
{
    size_t len;
    char *text = (char *)fixture_read(f->dir, "phone.json", &len);
    char *at = strstr(text, from), *bad = malloc(len + strlen(to) + 1);
    if (!at || !bad)
        fail_msg("phone.json has no %s", from);
    else
        sprintf(bad, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fixture_write(f->dir, "phone.json", bad);
    must_refuse(&f->cfg, part);
    fixture_write(f->dir, "phone.json", text);
    free(bad);
    free(text);
}

static void bad_fields_are_named(void **state)
{
    static const char *const cases[][3] = {
        {"\"version\": 2", "\"version\": 1", "phone.json: field version is 1"},
        {"\"version\": 2", "\"version\": \"1\"", "field version is not a number"},
        {"\"version\": 2,", "", "field version is missing"},
        {"\"mt6765\"", "\"mt0000\"", "field chip names no chip"},
        {"\"mt6765\"", "7", "field chip names no chip"},
        {"\"emmc\",", "\"ufs\",", "field storage is none that"},
        {"\"0x2a\"", "\"0x1ffffffffffffffff\"", "field seed is not a number"},
        {"\"0x2a\"", "\"2a\"", "field seed is not a number"},
        {"\"0x2a\"", "42", "field seed is not a number"},
        {"\"user\": 67108864", "\"user\": -512", "field sizes.user is not a number"},
        {"\"user\": 67108864", "\"user\": 9223372036854775807", "field sizes.user is not a number"},
        {"\"user\": 67108864", "\"user\": 1000", "field sizes.user is not a multiple of 512"},
        {"\"user\": 67108864", "\"user\": 0", "field sizes.user is not a multiple of 512"},
        {"\"user\": 67108864", "\"user\": 67109376",
         "field sizes.user: the phone has 67109376 bytes, 67108864 were asked for"},
        {"\"sbc\": false", "\"sbc\": 0", "field security.sbc is neither true nor false"},
        {"\"me_id\": \"", "\"me_id\": \"0", "field ids.me_id is not 16 bytes in lower-case hexadecimal"},
        {"\"pre_eol\": 1", "\"pre_eol\": 256", "field emmc.pre_eol is not a number from 0 to 255"},
        {"\"type\": \"0x206\"", "\"type\": \"0x10000\"", "field dram.type is not a number"},
        {"\"version\": 2", "\"version\": 2, \"version\": 2", "duplicate object key"},
        {"{", "", "phone.json: line 2: "},
        {"{", "[", "phone.json: line "},
    };
    struct folder *f = *state;
    make_phone(f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_bad_json(f, cases[i][0], cases[i][1], cases[i][2]);
    fixture_write(f->dir, "phone.json", "[]");
    must_refuse(&f->cfg, "phone.json: not a JSON object");
    fixture_write(f->dir, "phone.json", "");
    must_refuse(&f->cfg, "phone.json");
}

/* What only a NAND or only a UFS has is kept as well. */
static void other_storage_is_found_again(void **state)
{
    struct folder *f = *state;
    struct board b, again;
    uint8_t buf[4];
    f->cfg.chip = "mt6735";
    f->cfg.storage = "nand";
    must_open(&b, &f->cfg);
    b.nand.id[2] ^= 0x55;
    assert_int_equal(flash_write(b.area[BOARD_OOB], 77, "note", 4), 0);
    assert_int_equal(state_save(&b, &f->cfg), 0);
    board_release(&b);
    f->cfg.storage = NULL; /* the folder knows */
    must_open(&again, &f->cfg);
    assert_int_equal(again.storage, BOARD_NAND);
    assert_memory_equal(&again.nand, &b.nand, sizeof(b.nand));
    assert_int_equal(flash_read(again.area[BOARD_OOB], 77, buf, 4), 0);
    assert_memory_equal(buf, "note", 4);
    board_release(&again);
}

static void a_ufs_is_found_again(void **state)
{
    struct folder *f = *state;
    struct board b, again;
    f->cfg.chip = "mt6785";
    f->cfg.storage = "ufs";
    must_open(&b, &f->cfg);
    strcpy(b.ufs.serial, "0123456789");
    assert_int_equal(state_save(&b, &f->cfg), 0);
    board_release(&b);
    must_open(&again, &f->cfg);
    assert_int_equal(again.ufs.manufacturer, b.ufs.manufacturer);
    assert_string_equal(again.ufs.product, b.ufs.product);
    assert_string_equal(again.ufs.serial, "0123456789");
    board_release(&again);
    check_bad_json(f, "\"0123456789\"", "\"01234567890123\"",
                   "field ufs.serial is not a text of 1 to 12 characters");
    check_bad_json(f, "\"0123456789\"", "\"0123\\n\"", "field ufs.serial is not a text");
    check_bad_json(f, "\"0123456789\"", "17", "field ufs.serial is not a text");
}

/* A NAND whose numbers do not fit each other would be read past its end. */
static void impossible_nands_are_refused(void **state)
{
    static const char *const cases[][3] = {
        {"\"page_size\": 2048", "\"page_size\": 2047", "are not powers of two"},
        {"\"page_size\": 2048", "\"page_size\": 256",
         "field nand.page_size is not a number from 512 to 16384"},
        {"\"pages_per_block\": 64", "\"pages_per_block\": 65", "are not powers of two"},
        {"\"spare_size\": 64", "\"spare_size\": 128", "field sizes.oob does not fit sizes.nand"},
        {"\"id_len\": ", "\"id_len\": 1", "field nand.id_len is not a number"},
        {"\"pool_blocks\": ", "\"pool_blocks\": 9", "field nand.pool_blocks"},
    };
    struct folder *f = *state;
    f->cfg.chip = "mt6735";
    f->cfg.storage = "nand";
    make_phone(f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_bad_json(f, cases[i][0], cases[i][1], cases[i][2]);
}

static void a_truncated_phone_json_never_crashes(void **state)
{
    struct folder *f = *state;
    size_t len;
    make_phone(f);
    char *text = (char *)fixture_read(f->dir, "phone.json", &len);
    /* The first cut takes the closing brace and the newline. */
    for (size_t n = strlen(text) - 2; n > 0; n -= n < 37 ? n : 37) {
        text[n] = 0;
        fixture_write(f->dir, "phone.json", text);
        must_refuse(&f->cfg, "phone.json");
    }
    free(text);
}

/* ---- one process at a time ---- */

static void a_second_opener_is_turned_away(void **state)
{
    struct folder *f = *state;
    struct board b;
    must_open(&b, &f->cfg);
    must_refuse(&f->cfg, "another process runs this phone");
    assert_int_equal(state_save(&b, &f->cfg), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct board mine;
        char err[512];
        int rc = open_phone(&mine, &f->cfg, err);
        _exit(rc == -1 && strstr(err, "another process runs this phone") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    board_release(&b);
    must_open(&b, &f->cfg);
    board_release(&b);
}

/* Secure USB download is a property of the phone: it stays until somebody says otherwise. */
static void secure_usb_download_is_kept(void **state)
{
    struct folder *f = *state;
    static const char *const on[] = {"usbdl=on", NULL}, *const off[] = {"usbdl=off", NULL};
    const struct {
        const char *const *settings;
        bool secure;
    } runs[] = {{on, true}, {NULL, true}, {NULL, true}, {off, false}, {NULL, false}};
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        struct board b;
        char err[512] = "";
        struct mtksim_config cfg = f->cfg;
        cfg.settings = runs[i].settings;
        struct mtksim *p = mtksim_new(&cfg, err, sizeof(err));
        assert_string_equal(err, "");
        mtksim_free(p);
        must_open(&b, &f->cfg);
        assert_int_equal(b.fuses.usbdl_secure, runs[i].secure);
        board_release(&b);
    }
}

static void saving_without_a_folder_is_nothing(void **state)
{
    (void)state;
    struct board b;
    board_init(&b, soc_find("mt6765"), 1);
    assert_int_equal(state_save(&b, &(struct mtksim_config){0}), 0);
}

static void saving_fails_with_errno(void **state)
{
    struct folder *f = *state;
    struct board b;
    must_open(&b, &f->cfg);
    fixture_remove(f->dir);
    errno = 0;
    assert_int_equal(state_save(&b, &f->cfg), -1);
    assert_int_equal(errno, ENOENT);
    board_release(&b);
}

static int read_user(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    (void)err;
    return flash_read(ctx, offset, buf, len);
}

/* More partitions than one block of a PMT holds: two blocks, and a mirror of as many behind them. */
static void a_long_table_takes_two_blocks(void **state)
{
    struct folder *f = *state;
    char rom[128], err[512] = "";
    struct board b;
    struct mtk_pmt t;
    uint8_t damage = 0;
    fixture_folder(rom);
    fixture_rom(rom, "mt6765", 7, false);
    f->cfg.rom_dir = rom;
    f->cfg.storage_size = 0;
    board_init(&b, soc_find("mt6765"), f->cfg.seed);
    b.table_pmt = true;
    assert_int_equal(state_open(&b, &f->cfg, err, sizeof(err)), 0);
    for (int mirror = 0; mirror < 2; mirror++) {
        struct flash_area *user = b.area[BOARD_USER];
        assert_int_equal(mtk_pmt_read_emmc(read_user, user, flash_size(user), &t, NULL), 0);
        assert_int_equal(t.from_mirror, mirror);
        assert_int_equal(t.at, mirror ? 0x1400 : 0x400);
        assert_true(t.n > 21);
        assert_non_null(mtk_pmt_find(&t, "userdata"));
        mtk_pmt_release(&t);
        assert_int_equal(flash_write(user, 0x400, &damage, 1), 0);
    }
    board_release(&b);
    fixture_remove(rom);
}

static void folders_that_cannot_be_are_refused(void **state)
{
    struct folder *f = *state;
    char path[256];
    fixture_write(f->dir, "file", "x");
    f->cfg.state_dir = fixture_path(path, f->dir, "file");
    must_refuse(&f->cfg, "file");
    f->cfg.state_dir = f->dir;
    assert_int_equal(mkdir(fixture_path(path, f->dir, "boot1.img"), 0755), 0);
    must_refuse(&f->cfg, "boot1.img: ");
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, new_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_phone_is_found_again),
        FOLDER_TEST(the_files_are_raw_and_sparse),
        FOLDER_TEST(no_chip_named_means_the_phone_as_it_is),
        FOLDER_TEST(other_chip_and_size_are_refused),
        FOLDER_TEST(images_must_have_their_sizes),
        FOLDER_TEST(images_without_phone_json_are_taken_over),
        FOLDER_TEST(a_rom_fills_a_new_phone_once),
        FOLDER_TEST(a_rom_that_fails_leaves_no_phone),
        FOLDER_TEST(a_long_table_takes_two_blocks),
        FOLDER_TEST(bad_fields_are_named),
        FOLDER_TEST(other_storage_is_found_again),
        FOLDER_TEST(a_ufs_is_found_again),
        FOLDER_TEST(impossible_nands_are_refused),
        FOLDER_TEST(a_truncated_phone_json_never_crashes),
        FOLDER_TEST(a_second_opener_is_turned_away),
        FOLDER_TEST(secure_usb_download_is_kept),
        cmocka_unit_test(saving_without_a_folder_is_nothing),
        FOLDER_TEST(saving_fails_with_errno),
        FOLDER_TEST(folders_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
