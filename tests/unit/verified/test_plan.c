/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of a scatter a download takes, and in which order. */
#include "tests/unit/verified/unit.h"

#include <stdlib.h>

#include "flasher/verified/plan.h"

static struct mtk_scatter_row rows[16];
static struct mtk_scatter scatter = {.path = "a_scatter.txt", .platform = "MT6765", .rows = rows};

static int make(void **state)
{
    (void)state;
    size_t n = 0;
    rows[n] = user_row("preloader", 0, 0x80000, "preloader_x.bin");
    strcpy(rows[n].region, "EMMC_BOOT1_BOOT2");
    rows[n++].operation = MTK_OP_BOOTLOADERS;
    rows[n++] = user_row("pgpt", 0, 0x8000, NULL);
    rows[n++] = user_row("nvram", 0x100000, 0x100000, NULL);
    rows[n++] = user_row("persist", 0x200000, 0x100000, "persist.img"); /* some packages do have one */
    rows[n++] = user_row("lk", 0x300000, 0x100000, "lk.img");
    rows[n++] = user_row("boot", 0x400000, 0x100000, "boot.img");
    rows[n++] = user_row("tee1", 0x500000, 0x100000, "tee.img");
    rows[n++] = user_row("secro", 0x600000, 0x100000, "secro.img");
    rows[n++] = user_row("system", 0x700000, 0x100000, "system.img");
    rows[n++] = user_row("logo", 0x800000, 0x100000, "logo.bin");
    rows[n] = user_row("super", 0x900000, 0x100000, "super.img");
    rows[n++].is_download = false; /* as on OPPO phones */
    rows[n++] = user_row("userdata", 0xA00000, 0x100000, "userdata.img");
    scatter.n_rows = n;
    return 0;
}

static enum mtkflash_mode selection_mode;

/* Selects and gives the names in order, or the symbol of the error. free() it. */
static char *names(const char *only, const char *skip)
{
    const struct mtkflash_selection sel = {.only = only, .skip = skip, .mode = selection_mode};
    const struct mtk_sink nowhere = {0};
    struct mtk_plan plan;
    struct mtk_error err = {0};
    if (mtk_plan_select(&scatter, &sel, &nowhere, &plan, &err) < 0) {
        assert_null(plan.items);
        return strdup(err.row->symbol);
    }
    char *text = mtk_plan_names(&plan, MTK_ITEM_UNTOUCHED);
    mtk_plan_release(&plan);
    return text;
}

static void selections(void **state)
{
    (void)state;
    static const struct {
        const char *only, *skip, *expected;
    } cases[] = {
        /* Least critical first; no preloader, no secro, no persist; super is not for download. */
        {NULL, NULL, "system,userdata,logo,lk,tee1,boot"},
        {"", "", "system,userdata,logo,lk,tee1,boot"},
        {NULL, "userdata, system", "logo,lk,tee1,boot"},
        {"boot,logo", NULL, "logo,boot"},
        {" preloader ,,lk", NULL, "lk,preloader"},
        {"secro", NULL, "secro"},
        {"lk,boot", "boot", "lk"},
        {"lk", "lk", "MTK_USAGE"},
        {"nosuch", NULL, "MTK_NO_SUCH_PARTITION"},
        {NULL, "nosuch", "MTK_NO_SUCH_PARTITION"},
        {"LK", NULL, "MTK_NO_SUCH_PARTITION"}, /* names are exact */
        {"persist", NULL, "MTK_PROTECTED_PARTITION"},
        {"nvram", NULL, "MTK_PROTECTED_PARTITION"},
        {"pgpt", NULL, "MTK_FILE_MISSING"},
        {"super", NULL, "MTK_USAGE"},
        {"lk,a-name-that-is-longer-than-any-partition-of-any-phone-could-ever-be-in-practice", NULL,
         "MTK_NO_SUCH_PARTITION"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got = names(cases[i].only, cases[i].skip);
        assert_string_equal(got, cases[i].expected);
        free(got);
    }
}

/* Rows that hold what no mode writes, whatever the scatter says about a file. */
static void operations_that_are_never_written(void **state)
{
    (void)state;
    static const enum mtk_operation never[] = {MTK_OP_INVISIBLE, MTK_OP_PROTECTED, MTK_OP_BINREGION,
                                               MTK_OP_RESERVED};
    static const enum mtk_operation written[] = {MTK_OP_UPDATE, MTK_OP_NEEDRESIZE, MTK_OP_UNKNOWN};
    for (int mode = MTKFLASH_DOWNLOAD; mode <= MTKFLASH_FORMAT_ALL; mode++) {
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
            rows[8].operation = never[i]; /* system */
            selection_mode = (enum mtkflash_mode)mode;
            char *got = names(NULL, NULL);
            assert_null(strstr(got, "system"));
            free(got);
        }
        for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
            rows[8].operation = written[i];
            char *got = names(NULL, NULL);
            assert_non_null(strstr(got, "system"));
            free(got);
        }
    }
    selection_mode = MTKFLASH_DOWNLOAD;
    rows[8].operation = MTK_OP_INVISIBLE;
    char *got = names("system", NULL);
    assert_string_equal(got, "MTK_USAGE");
    free(got);
    rows[8].operation = MTK_OP_UPDATE;
}

/* A whole firmware is meant to be whole: only a download leaves preloader and secro out unless they are named. */
static void other_modes_take_the_preloader(void **state)
{
    (void)state;
    selection_mode = MTKFLASH_UPGRADE;
    char *got = names(NULL, NULL);
    assert_string_equal(got, "system,userdata,logo,secro,lk,tee1,boot,preloader");
    free(got);
    selection_mode = MTKFLASH_FORMAT_ALL;
    got = names("boot", NULL);
    assert_string_equal(got, "MTK_USAGE");
    free(got);
    selection_mode = MTKFLASH_DOWNLOAD;
}

static void no_selection_is_the_default(void **state)
{
    (void)state;
    struct mtk_plan plan;
    assert_int_equal(mtk_plan_select(&scatter, NULL, NULL, &plan, NULL), 0);
    assert_int_equal(plan.n, 6);
    mtk_plan_release(&plan);
}

static void count_note(void *ctx, const struct mtk_event *ev)
{
    assert_int_equal(ev->kind, MTK_EVENT_NOTE);
    ++*(int *)ctx;
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    int notes = 0;
    const struct mtk_sink sink = {.fn = count_note, .ctx = &notes};
    struct mtk_plan plan;
    assert_int_equal(mtk_plan_select(&scatter, NULL, &sink, &plan, NULL), 0);
    assert_int_equal(notes, 3); /* preloader, persist, secro */
    mtk_plan_release(&plan);
}

static void places_of_items(void **state)
{
    (void)state;
    struct mtk_item it;
    mtk_item_init(&it, "preloader", "EMMC_BOOT1_BOOT2");
    assert_true(it.boot_region);
    assert_string_equal(it.area, "boot1");
    assert_string_equal(it.second, "boot2");
    mtk_item_init(&it, "preloader_backup", "EMMC_BOOT2");
    assert_true(it.boot_region);
    assert_string_equal(it.area, "boot2");
    assert_null(it.second);
    mtk_item_init(&it, "preloader", "UFS_LU0_LU1");
    assert_true(it.boot_region);
    assert_string_equal(it.second, "lu1");
    mtk_item_init(&it, "boot", "EMMC_USER");
    assert_false(it.boot_region);
    assert_int_equal(it.image.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selections),
        cmocka_unit_test(operations_that_are_never_written),
        cmocka_unit_test(other_modes_take_the_preloader),
        cmocka_unit_test(no_selection_is_the_default),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(places_of_items),
    };
    return cmocka_run_group_tests_name("verified/plan", tests, make, NULL);
}
