/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole sessions in each mode, on each agent generation: what becomes of each partition is what the decision table says
 * (formats.md 8.3, 8.4 and its last table), and what is only on one phone survives all of it, byte for byte (5.6).
 */
#include "tests/session/flash/harness.h"

#include <strings.h>
#include <unistd.h>

#include "base/hash.h"

#define MARK 4096u
#define MOVE UINT64_C(0x400000)
#define SIZE (UINT64_C(6) << 30) /* of the user area: less to read than on a real phone */

/* A ROM and its phone, and the rows of it that the tests give another operation or leave out. */
static const struct model {
    struct mtksim_rom_options rom;
    const char *invisible; /* UPDATE in the ROM; becomes INVISIBLE */
    const char *kept;      /* the same, becomes PROTECTED without being anybody's identity */
    const char *unchecked; /* is left out with --skip */
    const char *stays;     /* everything behind it moves in the other layout */
    const char *nvram;
    bool erases; /* WRITE-PARTITION of its agent erases the whole partition first (da-xml.md 6.6) */
} models[] = {
    {{.chip = "mt6765", .seed = 7}, "cache", "recovery", "logo", "recovery", "nvram", false},
    {{.chip = "mt6580", .seed = 7}, "CACHE", "RECOVERY", "LOGO", "MBR", "NVRAM", false},
    {{.chip = "mt6789", .seed = 7}, "vbmeta_vendor_a", "vbmeta_system_a", "logo", "pgpt", "nvram", true},
};
static const struct model *model;

/* The list of formats.md 5.6, as far as these phones have it. */
static bool only_on_this_phone(const char *name)
{
    static const char *const names[] = {
        "nvram",    "nvdata",    "nvcfg",  "protect1",  "protect2", "protect_f", "protect_s", "proinfo",
        "pro_info", "persist",   "md_udc", "metadata",  "seccfg",   "frp",       "sec1",      "para",
        "misc",     "boot_para", "expdb",  "flashinfo", "otp",      "sdrpmb"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* ---- ROMs ---- */

static struct mtk_scatter_row *row_of(struct mtk_scatter *s, const char *name)
{
    struct mtk_scatter_row *r = (struct mtk_scatter_row *)mtk_scatter_find(s, name);
    if (!r)
        fail_msg("no row %s", name);
    return r;
}

static void hide(struct mtk_scatter *s, const char *name, enum mtk_operation op, const char *word)
{
    struct mtk_scatter_row *r = row_of(s, name);
    r->operation = op;
    r->is_download = false;
    snprintf(r->operation_text, sizeof(r->operation_text), "%s", word);
}

static void with_hidden_rows(struct mtk_scatter *s)
{
    hide(s, model->invisible, MTK_OP_INVISIBLE, "INVISIBLE");
    hide(s, model->kept, MTK_OP_PROTECTED, "PROTECTED");
}

static bool in_user_area(const struct mtk_scatter_row *r)
{
    const char *area = mtk_region_area(r->region);
    return area && strcmp(area, "user") == 0 && !r->is_reserved && strcasecmp(r->name, "pgpt") != 0;
}

static void with_another_layout(struct mtk_scatter *s)
{
    uint64_t from = row_of(s, model->stays)->physical_start;
    for (size_t i = 0; i < s->n_rows; i++) {
        struct mtk_scatter_row *r = &s->rows[i];
        if (!in_user_area(r) || r->physical_start <= from)
            continue;
        r->physical_start += MOVE;
        r->linear_start += MOVE;
    }
}

static void with_a_smaller_nvram(struct mtk_scatter *s)
{
    row_of(s, model->nvram)->size -= 0x100000;
}

/* A ROM like the group's whose scatter was changed, opened. */
static void open_rom(const char *name, void (*change)(struct mtk_scatter *s), struct mtk_rom *out)
{
    struct mtk_scatter s;
    size_t len;
    const char *slash = strrchr(rom.scatter.path, '/');
    char file[512];
    assert_int_equal(mtk_scatter_read(rom.scatter.path, NULL, &s, NULL), 0);
    change(&s);
    char *text = mtk_scatter_write(&s, &len);
    assert_non_null(text);
    copy_rom(name, NULL);
    snprintf(file, sizeof(file), "%s/%.200s", name, slash + 1);
    make_file(file, text, len);
    free(text);
    mtk_scatter_release(&s);
    struct mtk_error err = {0};
    if (mtk_rom_open(tmp_path(name), out, &err) < 0)
        fail_msg("%s", err.what);
}

/* ---- the phone ---- */

struct place {
    uint64_t start, size;
};

static struct place where(const struct mtk_scatter_row *row)
{
    return (struct place){row->physical_start, row->size};
}

static void digest(struct bench *b, struct place at, uint8_t out[SHA256_LEN])
{
    uint8_t *data = malloc(at.size);
    assert_non_null(data);
    assert_int_equal(mtksim_flash_read(b->phone, "user", at.start, data, at.size), 0);
    sha256_buf(data, at.size, out);
    free(data);
}

static bool is_zero(struct bench *b, uint64_t start)
{
    uint8_t data[MARK];
    assert_int_equal(mtksim_flash_read(b->phone, "user", start, data, MARK), 0);
    for (size_t i = 0; i < MARK; i++)
        if (data[i])
            return false;
    return true;
}

static void fill_mark(uint8_t mark[MARK], const char *name)
{
    sha256_buf(name, strlen(name), mark);
    for (size_t i = SHA256_LEN; i < MARK; i++)
        mark[i] = (uint8_t)(mark[i - SHA256_LEN] + 1);
}

/* The last 4 KiB of a partition are of its own making; verified boot reads the end of none of them. */
static void put_marks(struct bench *b)
{
    uint8_t mark[MARK];
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *r = &rom.scatter.rows[i];
        if (!in_user_area(r))
            continue;
        fill_mark(mark, r->name);
        assert_int_equal(mtksim_flash_write(b->phone, "user", r->physical_start + r->size - MARK, mark, MARK),
                         0);
    }
}

static bool has_mark(struct bench *b, const struct mtk_scatter_row *r)
{
    uint8_t mark[MARK], now[MARK];
    fill_mark(mark, r->name);
    assert_int_equal(mtksim_flash_read(b->phone, "user", r->physical_start + r->size - MARK, now, MARK), 0);
    return memcmp(mark, now, MARK) == 0;
}

/* Digests of everything that is only on this phone, by row of the group's scatter. */
struct memory {
    uint8_t sha256[64][SHA256_LEN];
};

static void remember(struct bench *b, struct memory *m)
{
    assert_true(rom.scatter.n_rows <= 64);
    for (size_t i = 0; i < rom.scatter.n_rows; i++)
        if (in_user_area(&rom.scatter.rows[i]) && only_on_this_phone(rom.scatter.rows[i].name))
            digest(b, where(&rom.scatter.rows[i]), m->sha256[i]);
}

/* They must be the same where the (possibly moved) rows of `now` are. */
static void assert_remembered(struct bench *b, const struct memory *m, const struct mtk_scatter *now)
{
    unsigned n = 0;
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *was = &rom.scatter.rows[i];
        uint8_t sha256[SHA256_LEN];
        if (!in_user_area(was) || !only_on_this_phone(was->name))
            continue;
        digest(b, where(mtk_scatter_find(now, was->name)), sha256);
        if (memcmp(sha256, m->sha256[i], SHA256_LEN) != 0)
            fail_msg("%s is not what it was", was->name);
        n++;
    }
    assert_true(n >= 7);
}

static void assert_boots(struct bench *b)
{
    char text[512];
    if (!mtksim_boot_check(b->phone, text, sizeof(text)))
        fail_msg("%s", text);
}

/* ---- sessions ---- */

static int run_mode(struct bench *b, const char *dir, enum mtkflash_mode mode, const char *skip,
                    const char *backup)
{
    const struct mtkflash_selection sel = {.mode = mode, .skip = skip, .backup = backup};
    const struct mtk_rom_args a = {.rom = dir, .sel = &sel};
    return run(b, mtk_job_flash, &a);
}

/* What becomes of a partition. */
enum fate {
    AS_IT_WAS, /* nothing in it changed */
    ERASED,    /* it reads as zero */
    WRITTEN,   /* the image is on it, and what was behind the image still is */
    RENEWED,   /* the image is on it, and zero behind */
};

/* The table. checked: the row is for download, has a file, and was not left out. */
static enum fate fate_of(enum mtkflash_mode mode, enum mtk_operation op, bool unique, bool checked)
{
    enum fate update = checked ? (mode == MTKFLASH_DOWNLOAD ? WRITTEN : RENEWED) : AS_IT_WAS;
    if (unique)
        return AS_IT_WAS; /* format-all: because it came back */
    if (mode == MTKFLASH_FORMAT_ALL && !checked)
        return ERASED;
    if (op == MTK_OP_UPDATE || op == MTK_OP_NEEDRESIZE)
        return update;
    return op == MTK_OP_INVISIBLE && mode == MTKFLASH_UPGRADE ? ERASED : AS_IT_WAS;
}

static void assert_image(struct bench *b, const struct mtk_scatter_row *r, bool mark_stays)
{
    struct mtk_image img;
    if (!on_flash(b, "user", r->physical_start, rom_path(r->file_name)))
        fail_msg("%s is not on the flash", r->name);
    assert_int_equal(mtk_image_open(rom_path(r->file_name), &img, NULL), 0);
    bool room = img.expanded_size <= r->size - MARK;
    mark_stays &= img.sparse || !model->erases;
    mtk_image_release(&img);
    if (room && (mark_stays ? !has_mark(b, r) : !is_zero(b, r->physical_start + r->size - MARK)))
        fail_msg("what is behind the image of %s was %s", r->name, mark_stays ? "changed" : "not erased");
}

static void assert_fate(struct bench *b, const struct mtk_scatter_row *r, enum fate fate)
{
    switch (fate) {
    case AS_IT_WAS:
        if (!has_mark(b, r))
            fail_msg("%s was changed", r->name);
        break;
    case ERASED:
        if (!is_zero(b, r->physical_start) || !is_zero(b, r->physical_start + r->size - MARK))
            fail_msg("%s was not erased", r->name);
        break;
    case WRITTEN:
    case RENEWED:
        assert_image(b, r, fate == WRITTEN);
        break;
    }
}

static void assert_table_was_obeyed(struct bench *b, const struct mtk_rom *r, enum mtkflash_mode mode,
                                    const char *skip)
{
    unsigned seen[4] = {0};
    for (size_t i = 0; i < r->scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &r->scatter.rows[i];
        bool checked = row->is_download && row->file_name[0] && (!skip || strcmp(row->name, skip) != 0);
        if (!in_user_area(row))
            continue;
        /* Old scatters have it as UPDATE, and it still is only written by name (docs/modes.md). */
        checked = checked && (mode != MTKFLASH_DOWNLOAD || strcasecmp(row->name, "sec_ro") != 0);
        enum fate fate = fate_of(mode, row->operation, only_on_this_phone(row->name), checked);
        assert_fate(b, row, fate);
        seen[fate]++;
    }
    assert_true(seen[AS_IT_WAS] >= 7);
    assert_int_equal(seen[ERASED] > 0, mode != MTKFLASH_DOWNLOAD);
    assert_true(seen[mode == MTKFLASH_DOWNLOAD ? WRITTEN : RENEWED] >= 5);
}

/* One mode, with every kind of row in the scatter, on a phone that has something of its own everywhere. */
static void one_mode(enum mtkflash_mode mode, bool backup)
{
    struct mtk_rom r;
    struct memory before;
    struct bench *b = bench_new();
    char dir[4096];
    open_rom("modes", with_hidden_rows, &r);
    put_marks(b);
    remember(b, &before);
    snprintf(dir, sizeof(dir), "%s", tmp_path("backup"));
    run_mode(b, r.dir, mode, mode == MTKFLASH_FORMAT_ALL ? NULL : model->unchecked, backup ? dir : NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "changed");
    assert_string_equal(b->seen.unknown_list, "");
    assert_table_was_obeyed(b, &r, mode, mode == MTKFLASH_FORMAT_ALL ? NULL : model->unchecked);
    assert_remembered(b, &before, &rom.scatter);
    assert_boots(b);
    assert_int_equal(access(dir, F_OK) == 0, backup);
    remove_dir("backup");
    mtk_rom_release(&r);
    bench_free(b);
}

static void download(void **state)
{
    (void)state;
    one_mode(MTKFLASH_DOWNLOAD, false);
}

static void upgrade(void **state)
{
    (void)state;
    one_mode(MTKFLASH_UPGRADE, false); /* nothing moves, so nothing has to be saved */
}

static void upgrade_with_a_backup(void **state)
{
    (void)state;
    one_mode(MTKFLASH_UPGRADE, true);
}

static void format_all(void **state)
{
    (void)state;
    one_mode(MTKFLASH_FORMAT_ALL, true);
}

static void both_copies_of_the_preloader_are_written(void **state)
{
    (void)state;
    static const enum mtkflash_mode modes[] = {MTKFLASH_UPGRADE, MTKFLASH_FORMAT_ALL};
    const struct mtk_scatter_row *row = &rom.scatter.rows[0];
    uint8_t junk[MARK];
    memset(junk, 0x13, sizeof(junk));
    assert_int_equal(row->operation, MTK_OP_BOOTLOADERS);
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_new();
        assert_int_equal(mtksim_flash_write(b->phone, "boot1", 0, junk, sizeof(junk)), 0);
        assert_int_equal(mtksim_flash_write(b->phone, "boot2", 0x2000, junk, sizeof(junk)), 0);
        assert_int_equal(mtksim_flash_write(b->phone, "boot2", 0x200000, junk, sizeof(junk)), 0);
        run_mode(b, rom_dir, modes[i], NULL, tmp_path("backup"));
        assert_exit(b, 0);
        assert_true(on_flash(b, "boot1", 0x800, rom_path(row->file_name)));
        assert_true(on_flash(b, "boot2", 0x800, rom_path(row->file_name)));
        /* A boot area is erased as a whole by format-all, and never for itself (8.4). */
        assert_int_equal(mtksim_flash_read(b->phone, "boot2", 0x200000, junk, sizeof(junk)), 0);
        assert_int_equal(junk[0], modes[i] == MTKFLASH_UPGRADE ? 0x13 : 0);
        memset(junk, 0x13, sizeof(junk));
        assert_boots(b);
        remove_dir("backup");
        bench_free(b);
    }
}

/* ---- a layout that moves ---- */

static void assert_layout(struct bench *b, const struct mtk_rom *r)
{
    replug(b);
    run(b, mtk_job_parts, &(struct mtk_parts_args){.scatter = r->scatter.path});
    assert_exit(b, 0);
}

static void an_upgrade_moves_what_is_only_on_this_phone(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct memory before;
    struct bench *b = bench_new();
    char dir[4096];
    open_rom("moved", with_another_layout, &r);
    snprintf(dir, sizeof(dir), "%s", tmp_path("backup"));
    put_marks(b);
    remember(b, &before);
    run_mode(b, r.dir, MTKFLASH_DOWNLOAD, NULL, NULL);
    assert_refused(b, 6, "STATUS_LAYOUT_CHANGED");
    replug(b);
    run_mode(b, r.dir, MTKFLASH_UPGRADE, NULL, NULL);
    assert_refused(b, 6, "MTK_BACKUP_NEEDED");
    replug(b);
    run_mode(b, r.dir, MTKFLASH_UPGRADE, NULL, dir);
    assert_exit(b, 0);
    assert_remembered(b, &before, &r.scatter);
    for (size_t i = 0; i < r.scatter.n_rows; i++)
        if (in_user_area(&r.scatter.rows[i]) && r.scatter.rows[i].is_download &&
            !on_flash(b, "user", r.scatter.rows[i].physical_start, rom_path(r.scatter.rows[i].file_name)))
            fail_msg("%s is not on the flash", r.scatter.rows[i].name);
    assert_boots(b);
    assert_layout(b, &r);
    /* And back again, with the same folder. */
    replug(b);
    run_mode(b, rom_dir, MTKFLASH_UPGRADE, NULL, dir);
    assert_exit(b, 0);
    assert_remembered(b, &before, &rom.scatter);
    assert_boots(b);
    assert_layout(b, &rom);
    remove_dir("backup");
    mtk_rom_release(&r);
    bench_free(b);
}

static void format_all_moves_it_too(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct memory before;
    struct bench *b = bench_new();
    open_rom("moved", with_another_layout, &r);
    remember(b, &before);
    run_mode(b, r.dir, MTKFLASH_FORMAT_ALL, NULL, tmp_path("backup"));
    assert_exit(b, 0);
    assert_remembered(b, &before, &r.scatter);
    assert_boots(b);
    assert_layout(b, &r);
    remove_dir("backup");
    mtk_rom_release(&r);
    bench_free(b);
}

static void what_has_another_size_would_be_lost(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct bench *b = bench_new();
    open_rom("smaller", with_a_smaller_nvram, &r);
    for (int mode = MTKFLASH_UPGRADE; mode <= MTKFLASH_FORMAT_ALL; mode++) {
        run_mode(b, r.dir, (enum mtkflash_mode)mode, NULL, tmp_path("backup"));
        assert_refused(b, 6, "ERROR_DATA_LOST");
        assert_non_null(strstr(b->seen.what, model->nvram));
        assert_int_equal(access(tmp_path("backup"), F_OK), -1); /* nothing was begun */
        replug(b);
    }
    mtk_rom_release(&r);
    bench_free(b);
}

/* ---- format-all ---- */

static void format_all_wants_a_backup(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    run_mode(b, rom_dir, MTKFLASH_FORMAT_ALL, NULL, NULL);
    assert_refused(b, 6, "MTK_BACKUP_NEEDED");
    assert_non_null(strstr(b->seen.what, "--backup"));
    bench_free(b);
}

/* The backup of an earlier session comes back, be the phone as empty as it may. */
static void format_all_uses_a_backup_from_before(void **state)
{
    (void)state;
    struct memory before;
    struct bench *b = bench_new();
    static uint8_t nothing[MARK * 4];
    char dir[4096];
    const struct mtk_scatter_row *nvram = mtk_scatter_find(&rom.scatter, model->nvram);
    snprintf(dir, sizeof(dir), "%s", tmp_path("backup"));
    put_marks(b);
    remember(b, &before);
    run(b, mtk_job_backup, &(struct mtk_backup_args){.dir = dir});
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "unchanged");
    /* Its table is gone, and so is nvram. */
    assert_int_equal(mtksim_flash_write(b->phone, "user", 0, nothing, sizeof(nothing)), 0);
    uint64_t end = mtksim_flash_size(b->phone, "user") - 0x8000;
    for (uint64_t at = end; at < end + 0x8000; at += sizeof(nothing))
        assert_int_equal(mtksim_flash_write(b->phone, "user", at, nothing, sizeof(nothing)), 0);
    for (uint64_t at = 0; at < nvram->size; at += sizeof(nothing))
        assert_int_equal(
            mtksim_flash_write(b->phone, "user", nvram->physical_start + at, nothing, sizeof(nothing)), 0);
    replug(b);
    run_mode(b, rom_dir, MTKFLASH_UPGRADE, NULL, dir);
    assert_exit(b, 6);
    assert_string_equal(b->seen.symbol, "ERROR_PMT_UNAVAILABLE");
    replug(b);
    run_mode(b, rom_dir, MTKFLASH_FORMAT_ALL, NULL, dir);
    assert_exit(b, 0);
    assert_remembered(b, &before, &rom.scatter);
    assert_boots(b);
    remove_dir("backup");
    bench_free(b);
}

/* Erasing has to be proven without reading the whole storage: 58 GiB of it once took longer than anybody waits. */
static void proving_an_erase_reads_samples(void **state)
{
    (void)state;
    struct bench *b = bench_new_with(&(struct mtksim_config){.seed = 1}, FACTORY); /* of its real size */
    run_mode(b, rom_dir, MTKFLASH_FORMAT_ALL, NULL, tmp_path("backup"));
    assert_exit(b, 0);
    assert_true(mtksim_flash_size(b->phone, "user") > UINT64_C(7) << 30);
    assert_true(b->seen.erased_read > 0 && b->seen.erased_read < UINT64_C(768) << 20);
    assert_true(b->seen.erased_read + b->seen.erased_unread >= mtksim_flash_size(b->phone, "user"));
    remove_dir("backup");
    bench_free(b);
}

static int make_model(void **state)
{
    (void)state;
    return make_world_of(&model->rom, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(download),
        cmocka_unit_test(upgrade),
        cmocka_unit_test(upgrade_with_a_backup),
        cmocka_unit_test(format_all),
        cmocka_unit_test(both_copies_of_the_preloader_are_written),
        cmocka_unit_test(an_upgrade_moves_what_is_only_on_this_phone),
        cmocka_unit_test(format_all_moves_it_too),
        cmocka_unit_test(what_has_another_size_would_be_lost),
        cmocka_unit_test(format_all_wants_a_backup),
        cmocka_unit_test(format_all_uses_a_backup_from_before),
        cmocka_unit_test(proving_an_erase_reads_samples),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        model = &models[i];
        failed += cmocka_run_group_tests_name(model->rom.chip, tests, make_model, remove_world);
    }
    return failed;
}
