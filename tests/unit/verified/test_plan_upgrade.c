/* SPDX-License-Identifier: Apache-2.0 */
/* --mode upgrade: every cell of the decision table in formats.md 8.4. */
#include "tests/unit/verified/plan_world.h"

static struct world w;

static int make(void **state)
{
    (void)state;
    world_init(&w, MTKFLASH_UPGRADE);
    return 0;
}

static int done(void **state)
{
    (void)state;
    world_done(&w);
    return 0;
}

#define WRITES "write:userdata write:lk write:boot write:preloader"
#define ERASES "erase:cache erase:lk erase:boot erase:userdata"

#define assert_refused(symbol)                           \
    do {                                                 \
        assert_plan(&w, symbol);                         \
        assert_int_equal(w.err.evidence, MTK_EV_POLICY); \
    } while (0)

static void assert_range(enum mtk_action action, const char *name, uint64_t start, uint64_t size)
{
    const struct mtk_plan_step *st = world_step(&w, action, name);
    assert_non_null(st);
    assert_true(st->start == start && st->size == size);
}

/* ---- a layout that stays ---- */

static void the_layout_of_the_phone(void **state)
{
    (void)state;
    /* INVISIBLE is erased, UPDATE and NEEDRESIZE erased and written; PROTECTED, BINREGION, RESERVED are not touched. */
    assert_plan(&w, ERASES " " WRITES);
    assert_non_null(strstr(w.notes, "nvdata is kept"));
    assert_non_null(strstr(w.notes, "seccfg is kept"));
    /* userdata was grown by the phone, and its whole range is erased. */
    const struct mtk_gpt_entry *e = world_entry(&w, "userdata");
    assert_true(e->size > world_row(&w, "userdata")->size);
    assert_range(MTK_DO_ERASE, "userdata", e->start, e->size);
    assert_range(MTK_DO_ERASE, "cache", world_entry(&w, "cache")->start, WORLD_MB);
}

static void a_folder_gets_what_is_only_on_this_phone(void **state)
{
    (void)state;
    w.in.backup.named = true;
    assert_plan(&w, "save:nvram save:proinfo save:nvdata save:seccfg save:flashinfo " ERASES " " WRITES);
    world_save(&w, "nvram", WORLD_MB);
    world_save(&w, "flashinfo", WORLD_MB);
    assert_plan(&w, "save:proinfo save:nvdata save:seccfg " ERASES " " WRITES);
}

static void an_invisible_name_of_the_list_is_kept_whatever_the_scatter_says(void **state)
{
    (void)state;
    /* Third-party scatters mark nvram INVISIBLE, or even as something to be written. */
    world_row(&w, "nvram")->operation = MTK_OP_INVISIBLE;
    world_row(&w, "seccfg")->operation = MTK_OP_UPDATE;
    world_row(&w, "proinfo")->operation = MTK_OP_UNKNOWN;
    assert_plan(&w, ERASES " " WRITES);
    strcpy(world_row(&w, "proinfo")->file_name, "proinfo.img");
    world_row(&w, "proinfo")->is_download = true;
    assert_plan(&w, ERASES " " WRITES);
    assert_non_null(strstr(w.notes, "proinfo is not written"));
}

/* ---- boot loaders ---- */

static void boot_loaders(void **state)
{
    (void)state;
    w.sel.skip = "preloader";
    assert_plan(&w, ERASES " write:userdata write:lk write:boot"); /* disabled, and at home */
    world_row(&w, "preloader")->physical_start = 0x1000;
    assert_refused("ERROR_ROM_MUST_ENABLE");
    world_row(&w, "preloader")->physical_start = 0;
    w.in.phone.areas++; /* no boot1 */
    w.in.phone.n_areas--;
    assert_refused("ERROR_ROM_MUST_ENABLE");
}

static void second_boot_loader(const char *name)
{
    struct mtk_scatter_row *r = &w.rows[w.scatter.n_rows++];
    *r = user_row(name, 0, 0x80000, "preloader_x.bin");
    strcpy(r->region, "EMMC_BOOT2");
    r->operation = MTK_OP_BOOTLOADERS;
}

static void two_boot_loaders(void **state)
{
    (void)state;
    strcpy(world_row(&w, "preloader")->region, "EMMC_BOOT1");
    second_boot_loader("preloader_backup");
    assert_plan(&w, ERASES " write:userdata write:lk write:boot write:preloader_backup write:preloader");
    w.sel.skip = "preloader_backup";
    assert_refused("ERROR_BL_INCONSISTENT");
    w.sel.skip = "preloader_backup,preloader";
    assert_plan(&w, ERASES " write:userdata write:lk write:boot");
    w.sel.skip = NULL;
    second_boot_loader("preloader_third");
    assert_refused("ERROR_UNKNOWN_ROM");
}

/* ---- UPDATE ---- */

static void update_rows(void **state)
{
    (void)state;
    w.sel.skip = "lk"; /* disabled, there, unchanged */
    assert_plan(&w, "erase:cache erase:boot erase:userdata write:userdata write:boot write:preloader");
    world_entry(&w, "lk")->size -= 0x1000; /* disabled and changed */
    assert_refused("ERROR_ROM_MUST_ENABLE");
    world_remove_entry(&w, "lk"); /* disabled and missing */
    assert_refused("ERROR_ROM_MUST_ENABLE");
    w.sel.skip = NULL; /* enabled and missing: its place by the scatter is erased, the table is new */
    assert_plan(&w, ERASES " table:partition-table " WRITES);
    assert_range(MTK_DO_ERASE, "lk", world_row(&w, "lk")->physical_start, WORLD_MB);
    assert_false(
        w.plan.items[world_step(&w, MTK_DO_WRITE, "boot")->item].named); /* the agent has the old table */
}

static void a_hidden_update_row_counts_as_disabled(void **state)
{
    (void)state;
    world_row(&w, "boot")->is_download = false;
    assert_plan(&w, "erase:cache erase:lk erase:userdata write:userdata write:lk write:preloader");
    world_entry(&w, "boot")->start += 512;
    world_entry(&w, "boot")->size -= 512;
    assert_refused("ERROR_ROM_MUST_ENABLE");
}

static void an_update_row_that_moves(void **state)
{
    (void)state;
    uint64_t lk = world_entry(&w, "lk")->start, boot = world_entry(&w, "boot")->start;
    world_entry(&w, "lk")->start = boot;
    world_entry(&w, "boot")->start = lk;
    /* Old and new place of both are erased. */
    assert_plan(
        &w,
        "erase:cache erase:lk erase:lk erase:boot erase:boot erase:userdata table:partition-table " WRITES);
    assert_range(MTK_DO_ERASE, "lk", boot, WORLD_MB);
    assert_range(MTK_DO_WRITE, "lk", lk, 0);
    const struct mtk_gpt_entry *e = mtk_gpt_find(&w.plan.table, "lk");
    assert_true(e && e->start == lk);
}

/* ---- INVISIBLE ---- */

static void invisible_rows(void **state)
{
    (void)state;
    world_entry(&w, "cache")->size -= 512; /* changed: old place and new place */
    assert_plan(&w,
                "erase:cache erase:cache erase:lk erase:boot erase:userdata table:partition-table " WRITES);
    world_remove_entry(&w, "cache"); /* no entry: the scatter's range */
    assert_plan(&w, ERASES " table:partition-table " WRITES);
    assert_range(MTK_DO_ERASE, "cache", world_row(&w, "cache")->physical_start, WORLD_MB);
}

/* ---- PROTECTED and BINREGION ---- */

static void move_both(const char *a, const char *b)
{
    uint64_t at = world_entry(&w, a)->start;
    world_entry(&w, a)->start = world_entry(&w, b)->start;
    world_entry(&w, b)->start = at;
}

static void a_protected_row_that_moves(void **state)
{
    (void)state;
    uint64_t old = world_entry(&w, "nvram")->start, other = world_entry(&w, "oemdata")->start;
    move_both("nvram", "oemdata");
    assert_refused("MTK_BACKUP_NEEDED");
    world_save(&w, "proinfo", WORLD_MB);
    world_save(&w, "nvdata", WORLD_MB);
    world_save(&w, "seccfg", WORLD_MB);
    world_save(&w, "flashinfo", WORLD_MB);
    world_save(&w, "nvram", WORLD_MB); /* what moves is read again all the same */
    assert_plan(&w, "save:nvram save:oemdata erase:nvram erase:oemdata " ERASES
                    " table:partition-table " WRITES " restore:nvram restore:oemdata");
    assert_range(MTK_DO_SAVE, "nvram", other, WORLD_MB);
    assert_range(MTK_DO_ERASE, "nvram", other, WORLD_MB);
    assert_range(MTK_DO_RESTORE, "nvram", old, WORLD_MB);
    const struct mtk_item *it = &w.plan.items[world_step(&w, MTK_DO_RESTORE, "nvram")->item];
    assert_true(it->start == old && it->size == WORLD_MB);
    assert_string_equal(it->area, "user");
}

static void an_invisible_identity_that_moves_is_treated_the_same(void **state)
{
    (void)state;
    move_both("nvdata", "cache");
    assert_refused("MTK_BACKUP_NEEDED");
    w.in.backup.named = true;
    assert_non_null(strstr(world_plan(&w), "restore:nvdata"));
    assert_null(strstr(world_plan(&w), "restore:cache"));
}

static void a_protected_row_that_is_resized(void **state)
{
    (void)state;
    static const char *const names[] = {"nvram", "proinfo", "oemdata", "nvdata"};
    w.in.backup.named = true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        world_entry(&w, names[i])->size -= 0x1000;
        assert_refused("ERROR_DATA_LOST");
        world_entry(&w, names[i])->size = 0; /* empty: nothing can be lost */
        assert_null(strstr(world_plan(&w), "ERROR"));
        world_entry(&w, names[i])->size = WORLD_MB;
    }
}

static void a_protected_row_that_the_phone_does_not_have(void **state)
{
    (void)state;
    world_remove_entry(&w, "proinfo");
    assert_plan(&w, "erase:proinfo " ERASES " table:partition-table " WRITES);
    assert_range(MTK_DO_ERASE, "proinfo", world_row(&w, "proinfo")->physical_start, WORLD_MB);
}

/* ---- RESERVED, and what is not in the scatter ---- */

static void reserved_rows_stay_where_the_phone_has_them(void **state)
{
    (void)state;
    world_entry(&w, "flashinfo")->start -= 0x20000;
    world_entry(&w, "userdata")->size -= 0x20000;
    assert_plan(&w, ERASES " " WRITES);
    world_row(&w, "flashinfo")->operation = MTK_OP_UPDATE; /* reserved by its place, whatever the word */
    assert_plan(&w, ERASES " " WRITES);
}

static void strangers(void **state)
{
    (void)state;
    world_add_entry(&w, "splash", WORLD_MB, 0x80000);
    assert_plan(&w, ERASES " erase:splash table:partition-table " WRITES);
    assert_null(mtk_gpt_find(&w.plan.table, "splash"));
    /* Exact names: "lk2" is a stranger although the scatter has "lk". */
    world_remove_entry(&w, "splash");
    world_add_entry(&w, "lk2", WORLD_MB, 0x80000);
    assert_plan(&w, ERASES " erase:lk2 table:partition-table " WRITES);
    /* One with data of this phone stays, in the table as well. */
    world_remove_entry(&w, "lk2");
    world_add_entry(&w, "persist", WORLD_MB, 0x80000);
    assert_plan(&w, ERASES " " WRITES);
    assert_non_null(strstr(w.notes, "persist is kept although"));
    world_row(&w, "boot")->size = 0x80000; /* the table changes for another reason */
    assert_non_null(strstr(world_plan(&w), "table:"));
    assert_non_null(mtk_gpt_find(&w.plan.table, "persist"));
    /* Unless the scatter wants its place. */
    world_remove_row(&w, "nvram");
    world_row(&w, "boot")->size = WORLD_MB;
    world_row(&w, "proinfo")->physical_start -= 0x80000;
    world_row(&w, "proinfo")->linear_start -= 0x80000;
    world_remove_entry(&w, "persist");
    assert_refused("ERROR_DATA_LOST");
}

static void a_row_that_nobody_understands(void **state)
{
    (void)state;
    world_row(&w, "oemdata")->operation = MTK_OP_UNKNOWN;
    assert_refused("ERROR_UNKNOWN_ROM");
    strcpy(world_row(&w, "oemdata")->region, "EMMC_RPMB"); /* areas that are never touched */
    world_remove_entry(&w, "oemdata");
    assert_plan(&w, ERASES " " WRITES);
}

static void addresses_must_be_whole_blocks(void **state)
{
    (void)state;
    world_entry(&w, "cache")->size -= 100;
    assert_refused("ERROR_ILLEGAL_ADDRESS");
    world_entry(&w, "cache")->size = WORLD_MB;
    w.in.phone.erase = 2 * WORLD_MB;
    assert_refused("ERROR_ILLEGAL_ADDRESS");
}

static void a_phone_without_a_table(void **state)
{
    (void)state;
    w.in.phone.table = NULL;
    assert_refused("ERROR_PMT_UNAVAILABLE");
}

static void userdata_takes_what_is_left(void **state)
{
    (void)state;
    world_remove_entry(&w, "userdata");
    assert_non_null(strstr(world_plan(&w), "table:"));
    const struct mtk_gpt_entry *e = mtk_gpt_find(&w.plan.table, "userdata"),
                               *f = world_entry(&w, "flashinfo");
    assert_true(e->start + e->size == f->start);
    assert_range(MTK_DO_ERASE, "userdata", e->start, e->size);
}

/* A PMT is looked for from 0x400 to 0xA00000 of the user area (formats.md 4.3): it goes when something there is erased. */
static void a_pmt_is_written_again(void **state)
{
    (void)state;
    world_remove_row(&w, "pgpt");
    world_remove_row(&w, "sgpt");
    world_entry(&w, "flashinfo")->start = WORLD_DISK - WORLD_MB;
    w.in.phone.can_set_table = true;
    assert_plan(&w, ERASES " table:partition-table " WRITES " table:partition-table");
    assert_false(w.plan.table_is_gpt);
    assert_true(w.plan.steps[w.plan.n_steps - 1].after);
    assert_false(w.plan.items[world_step(&w, MTK_DO_WRITE, "boot")->item].named); /* which it has just lost */
    assert_true(world_entry(&w, "lk")->start < 0xA00000 && world_entry(&w, "userdata")->start >= 0xA00000);
    world_row(&w, "cache")->operation = MTK_OP_PROTECTED;
    w.sel.only = "lk";
    assert_plan(&w, "erase:lk table:partition-table write:lk table:partition-table");
    w.sel.only = "userdata";
    assert_plan(&w, "erase:userdata write:userdata");
}

static void only_some(void **state)
{
    (void)state;
    w.sel.only = "lk";
    assert_plan(&w, "erase:cache erase:lk write:lk");
    w.sel.only = "nvram";
    assert_plan(&w, "MTK_PROTECTED_PARTITION");
    w.sel.only = "cache";
    assert_plan(&w, "MTK_FILE_MISSING");
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_layout_of_the_phone),
        T(a_folder_gets_what_is_only_on_this_phone),
        T(an_invisible_name_of_the_list_is_kept_whatever_the_scatter_says),
        T(boot_loaders),
        T(two_boot_loaders),
        T(update_rows),
        T(a_hidden_update_row_counts_as_disabled),
        T(an_update_row_that_moves),
        T(invisible_rows),
        T(a_protected_row_that_moves),
        T(an_invisible_identity_that_moves_is_treated_the_same),
        T(a_protected_row_that_is_resized),
        T(a_protected_row_that_the_phone_does_not_have),
        T(reserved_rows_stay_where_the_phone_has_them),
        T(strangers),
        T(a_row_that_nobody_understands),
        T(addresses_must_be_whole_blocks),
        T(a_phone_without_a_table),
        T(userdata_takes_what_is_left),
        T(a_pmt_is_written_again),
        T(only_some),
    };
    return cmocka_run_group_tests_name("verified/plan-upgrade", tests, NULL, NULL);
}
