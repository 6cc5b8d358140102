/* SPDX-License-Identifier: Apache-2.0 */
/* --mode format-all: what is erased, in which order, and what stands against it. formats.md 8.3. */
#include "flasher/verified/plan_steps.h"
#include "tests/unit/verified/plan_world.h"

static struct world w;

static int make(void **state)
{
    (void)state;
    world_init(&w, MTKFLASH_FORMAT_ALL);
    return 0;
}

static int done(void **state)
{
    (void)state;
    world_done(&w);
    return 0;
}

#define SAVES    "save:nvram save:proinfo save:nvdata save:seccfg save:flashinfo"
#define RESTORES "restore:nvram restore:proinfo restore:nvdata restore:seccfg restore:flashinfo"
#define REST                                     \
    "erase:user table:partition-table " RESTORES \
    " write:userdata write:lk write:boot erase:boot1 erase:boot2 write:preloader"

static void everything(void **state)
{
    (void)state;
    assert_plan(&w, "MTK_BACKUP_NEEDED");
    assert_int_equal(w.err.evidence, MTK_EV_POLICY);
    w.in.backup.named = true;
    assert_plan(&w, SAVES " " REST);
    const struct mtk_plan_step *user = world_step(&w, MTK_DO_ERASE, "user");
    assert_true(user->start == 0 && user->size == WORLD_DISK);
    assert_string_equal(user->area, "user");
    assert_null(world_step(&w, MTK_DO_ERASE, "rpmb"));
    assert_true(w.plan.table_is_gpt);
    assert_false(w.plan.items[world_step(&w, MTK_DO_WRITE, "boot")->item].named);
    assert_true(w.plan.items[world_step(&w, MTK_DO_WRITE, "preloader")->item].named);
}

static void what_the_backup_has_is_not_saved_again(void **state)
{
    (void)state;
    static const char *const names[] = {"nvram", "proinfo", "nvdata", "seccfg"};
    for (size_t i = 0; i < 4; i++)
        world_save(&w, names[i], WORLD_MB);
    assert_plan(&w, "save:flashinfo " REST);
}

static void sizes_must_stay(void **state)
{
    (void)state;
    w.in.backup.named = true;
    world_row(&w, "nvram")->size -= 0x1000;
    assert_plan(&w, "ERROR_DATA_LOST");
    world_row(&w, "nvram")->size = WORLD_MB;
    world_remove_row(&w, "nvram"); /* nothing else wants its place: it stays in the table, and comes back */
    assert_non_null(strstr(world_plan(&w), "restore:nvram"));
    world_save(&w, "persist", WORLD_MB); /* in the backup, but nowhere in the scatter */
    assert_plan(&w, "ERROR_DATA_LOST");
}

/* The backup is the truth even if the phone has a partition of another size by now. */
static void the_backup_decides(void **state)
{
    (void)state;
    world_save(&w, "nvram", WORLD_MB);
    world_entry(&w, "nvram")->size = 512;
    assert_non_null(strstr(world_plan(&w), "restore:nvram"));
    w.saved_sizes[0] = 512;
    assert_plan(&w, "ERROR_DATA_LOST");
}

/* Its old place is free for others once it was saved; where it was brought to is not. */
static void what_came_back_is_not_written_over(void **state)
{
    (void)state;
    uint64_t boot = world_row(&w, "boot")->physical_start, nvram = world_row(&w, "nvram")->physical_start;
    w.in.backup.named = true;
    world_entry(&w, "boot")->start = nvram;
    world_entry(&w, "nvram")->start = boot; /* on the phone it is where the scatter has boot */
    assert_plan(&w, SAVES " " REST);
    assert_true(world_step(&w, MTK_DO_SAVE, "nvram")->start == boot);
    assert_true(world_step(&w, MTK_DO_RESTORE, "nvram")->start == nvram);
    struct mtk_plan_step *lk = (struct mtk_plan_step *)world_step(&w, MTK_DO_WRITE, "lk");
    lk->start = nvram + WORLD_MB - 512;
    w.plan.items[lk->item].image.expanded_size = 512;
    assert_int_equal(mtk_plan_check(&w.in, &w.plan, &w.err), -1);
    assert_string_equal(w.err.row->symbol, "MTK_PROTECTED_PARTITION");
    lk->start = nvram + WORLD_MB;
    assert_int_equal(mtk_plan_check(&w.in, &w.plan, &w.err), -1); /* proinfo is there */
    lk->start = boot;
    assert_int_equal(mtk_plan_check(&w.in, &w.plan, &w.err), 0);
}

static void a_blank_phone(void **state)
{
    (void)state;
    w.in.phone.table = NULL;
    w.in.backup.named = true;
    assert_plan(&w, "MTK_GPT_INVALID"); /* a damaged table: where is nvram? */
    w.in.phone.blank = true;
    assert_plan(&w,
                "erase:user table:partition-table write:userdata write:lk write:boot erase:boot1 erase:boot2 "
                "write:preloader");
    w.in.phone.blank = false;
    world_save(&w, "nvram", WORLD_MB); /* an interrupted session left a backup */
    assert_plan(
        &w, "erase:user table:partition-table restore:nvram write:userdata write:lk write:boot erase:boot1 "
            "erase:boot2 write:preloader");
}

static void boot_areas_stay_without_a_boot_loader_to_write(void **state)
{
    (void)state;
    w.in.backup.named = true;
    w.sel.skip = "preloader";
    assert_plan(&w,
                SAVES " erase:user table:partition-table " RESTORES " write:userdata write:lk write:boot");
}

static void requests_that_make_no_sense(void **state)
{
    (void)state;
    w.in.backup.named = true;
    w.sel.only = "boot";
    assert_plan(&w, "MTK_USAGE");
    assert_int_equal(w.err.evidence, MTK_EV_HOST);
}

static void another_kind_of_table(void **state)
{
    (void)state;
    w.in.backup.named = true;
    world_remove_row(&w, "pgpt");
    world_remove_row(&w, "sgpt");
    world_entry(&w, "flashinfo")->start = WORLD_DISK - WORLD_MB;
    w.in.phone.can_set_table = true;
    assert_non_null(strstr(world_plan(&w), "table:partition-table restore:nvram"));
    assert_false(w.plan.table_is_gpt);
    /* A PMT is written once more behind the data. */
    const char *last = strrchr(world_plan(&w), ' ');
    assert_string_equal(last, " table:partition-table");
    assert_true(w.plan.steps[w.plan.n_steps - 1].after);
}

/* UFS: other areas, larger blocks, always a GPT. */
static void ufs(void **state)
{
    (void)state;
    static const struct mtk_area areas[] = {{"lu0", 4 * WORLD_MB, true, true},
                                            {"lu1", 4 * WORLD_MB, true, true},
                                            {"lu2", WORLD_DISK, true, true}};
    memcpy(w.areas, areas, sizeof(areas));
    w.in.phone.n_areas = 3;
    w.in.phone.storage = "ufs";
    w.in.phone.block = w.in.phone.erase = w.table.block_size = 4096;
    w.in.backup.named = true;
    for (size_t i = 0; i < w.scatter.n_rows; i++)
        strcpy(w.rows[i].region, i ? "UFS_LU2" : "UFS_LU0_LU1");
    const char *got = world_plan(&w);
    assert_non_null(strstr(got, "erase:lu2 table:partition-table"));
    assert_non_null(strstr(got, "erase:lu0 erase:lu1 write:preloader"));
    const struct mtk_item *it = &w.plan.items[world_step(&w, MTK_DO_WRITE, "preloader")->item];
    assert_string_equal(it->area, "lu0");
    assert_string_equal(it->second, "lu1");
    assert_int_equal(it->header, 0x1000);
    assert_int_equal(it->start, 0x1000);
}

/* NAND: one area; the boot loader's partition at its beginning is erased late, like a boot area. */
static void nand(void **state)
{
    (void)state;
    static const struct mtk_area area = {"nand", WORLD_DISK, true, true};
    w.areas[0] = area;
    w.in.phone.n_areas = 1;
    w.in.phone.storage = "nand";
    w.in.phone.block = 2048;
    w.in.phone.erase = 0x20000;
    w.in.phone.can_set_table = true;
    w.in.backup.named = true;
    strcpy(w.scatter.storage, "NAND");
    world_remove_row(&w, "pgpt");
    world_remove_row(&w, "sgpt");
    world_row(&w, "flashinfo")->size = WORLD_MB;
    world_entry(&w, "flashinfo")->start = WORLD_DISK - WORLD_MB;
    for (size_t i = 0; i < w.scatter.n_rows; i++)
        strcpy(w.rows[i].region, "NONE");
    assert_plan(&w, SAVES " erase:nand table:partition-table " RESTORES
                          " write:userdata write:lk write:boot erase:preloader-area write:preloader "
                          "table:partition-table");
    const struct mtk_plan_step *st = world_step(&w, MTK_DO_ERASE, "nand");
    assert_true(st->start == 0x80000 && st->size == WORLD_DISK - 0x80000);
    st = world_step(&w, MTK_DO_ERASE, "preloader-area");
    assert_true(st->start == 0 && st->size == 0x80000);
    const struct mtk_item *it = &w.plan.items[world_step(&w, MTK_DO_WRITE, "preloader")->item];
    assert_int_equal(it->header, 2048);
    assert_int_equal(it->start, 2048);
    assert_int_equal(it->size, 0x80000 - 2048);
    /* An agent that cannot write a table serves where the phone's, which no erase reaches, is the right one already. */
    struct mtk_gpt_entry entries[16];
    struct mtk_gpt same = w.plan.table;
    assert_true(same.n_entries <= 16);
    memcpy(entries, same.entries, same.n_entries * sizeof(*entries));
    same.entries = entries;
    w.in.phone.can_set_table = false;
    assert_plan(&w, "MTK_UNSUPPORTED");
    w.in.phone.table = &same;
    assert_plan(&w, SAVES " erase:nand " RESTORES
                          " write:userdata write:lk write:boot erase:preloader-area write:preloader");
    entries[0].size += 0x20000;
    assert_plan(&w, "MTK_UNSUPPORTED");
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(everything),
        T(what_the_backup_has_is_not_saved_again),
        T(sizes_must_stay),
        T(the_backup_decides),
        T(what_came_back_is_not_written_over),
        T(a_blank_phone),
        T(boot_areas_stay_without_a_boot_loader_to_write),
        T(requests_that_make_no_sense),
        T(another_kind_of_table),
        T(ufs),
        T(nand),
    };
    return cmocka_run_group_tests_name("verified/plan-format", tests, NULL, NULL);
}
