/* SPDX-License-Identifier: Apache-2.0 */
/* Scatter against the phone's table, and the corrected scatter. */
#include "tests/unit/verified/unit.h"

#include <stdlib.h>

#include "flasher/verified/layout.h"

#define DISK UINT64_C(0x10000000)

static struct mtk_scatter_row rows[8];
static struct mtk_gpt_entry entries[8];
static struct mtk_scatter scatter;
static struct mtk_gpt gpt;

static void entry(const char *name, uint64_t start, uint64_t size)
{
    struct mtk_gpt_entry *e = &entries[gpt.n_entries++];
    memset(e, 0, sizeof(*e));
    snprintf(e->name, sizeof(e->name), "%s", name);
    e->start = start;
    e->size = size;
}

/* preloader, pgpt, lk, boot, userdata, flashinfo, sgpt: and a phone on which userdata fills what is free. */
static int make(void **state)
{
    (void)state;
    size_t n = 0;
    scatter = (struct mtk_scatter){.platform = "MT6765",
                                   .storage = "EMMC",
                                   .config_version = "V1.1.2",
                                   .project = "x",
                                   .boot_channel = "MSDC_0",
                                   .block_size = 0x20000,
                                   .rows = rows};
    gpt = (struct mtk_gpt){.block_size = 512, .disk_size = DISK, .entries = entries};
    rows[n] = user_row("preloader", 0, 0x80000, "preloader_x.bin");
    strcpy(rows[n++].region, "EMMC_BOOT1_BOOT2");
    rows[n++] = user_row("pgpt", 0, 0x8000, NULL);
    rows[n++] = user_row("lk", 0x8000, 0x100000, "lk.img");
    rows[n++] = user_row("boot", 0x108000, 0x200000, "boot.img");
    rows[n++] = user_row("userdata", 0x308000, 0x800000, "userdata.img");
    rows[n] = user_row("flashinfo", 0xFFFF0080, 0x100000, NULL);
    rows[n++].is_reserved = true;
    rows[n] = user_row("sgpt", 0xFFFF0000, 0x8000, NULL);
    rows[n++].is_reserved = true;
    for (size_t i = 0; i < n; i++)
        strcpy(rows[i].type, "NORMAL_ROM"), strcpy(rows[i].operation_text, "UPDATE"),
            rows[i].operation = MTK_OP_UPDATE;
    scatter.n_rows = n;
    entry("lk", 0x8000, 0x100000);
    entry("boot", 0x108000, 0x200000);
    entry("userdata", 0x308000, DISK - 0x108000 - 0x308000);
    entry("flashinfo", DISK - 0x108000, 0x100000);
    return 0;
}

/* The differences as text: "partition.field!" with ! for fatal ones. */
static char seen[256];

static void note_difference(void *ctx, const struct mtk_event *ev)
{
    (void)ctx;
    assert_int_equal(ev->kind, MTK_EVENT_DIFFERENCE);
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s.%s%s", seen[0] ? " " : "",
             ev->u.difference.partition, ev->u.difference.field, ev->u.difference.fatal ? "!" : "");
}

static struct mtk_layout_result compare(const char *expected)
{
    struct mtk_layout_result r;
    seen[0] = 0;
    mtk_layout_compare(&scatter, &gpt, "user", &(struct mtk_sink){.fn = note_difference}, &r);
    assert_string_equal(seen, expected);
    return r;
}

static void the_phone_of_the_rom(void **state)
{
    (void)state;
    struct mtk_layout_result r = compare("userdata.size");
    assert_int_equal(r.fatal, 0);
    assert_int_equal(r.harmless, 1);
    assert_true(r.grown);
    entries[2].size = 0x800000;
    r = compare("");
    assert_int_equal(r.harmless, 0);
}

static void each_kind_of_difference(void **state)
{
    (void)state;
    entries[2].size = 0x800000;
    entries[0].size += 512;
    struct mtk_layout_result r = compare("lk.size!");
    assert_int_equal(r.fatal, 1);
    assert_string_equal(r.first, "lk");
    entries[0].size -= 512;
    entries[1].start += 512;
    compare("boot.start!");
    entries[1].start -= 512;
    strcpy(entries[1].name, "boot_a");
    r = compare("boot.missing! boot_a.extra!");
    assert_int_equal(r.fatal, 2);
    assert_string_equal(r.first, "boot");
    strcpy(entries[1].name, "boot");
    entries[2].size = 0x7FFE00; /* smaller than the scatter says */
    compare("userdata.size!");
    entries[2].size = 0x900000;
    entries[2].start += 0x1000; /* larger is fine, elsewhere is not */
    compare("userdata.start! userdata.size");
}

static void reserved_rows_never_matter(void **state)
{
    (void)state;
    entries[2].size = 0x800000;
    entries[3].start -= 0x20000;
    compare("flashinfo.start");
    gpt.n_entries = 3; /* not in the phone's table at all */
    compare("");
}

static void a_size_of_zero_is_the_rest(void **state)
{
    (void)state;
    rows[4].size = 0;
    compare("");
}

static void a_scatter_for_a_larger_storage(void **state)
{
    (void)state;
    gpt.disk_size = 0x400000;
    compare("boot.size! userdata.size! flashinfo.start");
}

static void tables_rows_are_not_compared(void **state)
{
    (void)state;
    entries[2].size = 0x800000;
    entry("pgpt", 0, 0x4400);
    compare("");
}

static void the_corrected_scatter_agrees(void **state)
{
    (void)state;
    struct mtk_scatter fixed, again;
    struct mtk_layout_result r;
    size_t len;
    entries[1].start += 0x10000;
    strcpy(entries[0].name, "lk_b");
    entry("extra", 0x200000, 0x1000);
    entries[1].start = 0x108000, entries[1].size = 0x80000;
    assert_int_equal(mtk_layout_correct(&scatter, &gpt, "user", &fixed, NULL), 0);
    char *text = mtk_scatter_write(&fixed, &len);
    assert_non_null(text);
    struct mtk_error err = {0};
    if (mtk_scatter_parse(text, len, "fixed", NULL, &again, &err) < 0)
        fail_msg("%s line %u", err.what, err.line);
    mtk_layout_compare(&again, &gpt, "user", NULL, &r);
    assert_int_equal(r.fatal + r.harmless, 0);
    /* Boot area, table and reserved rows stay; order is that of the addresses; what was added is never written. */
    static const char *const order[] = {"preloader", "pgpt",     "lk_b",      "boot",
                                        "extra",     "userdata", "flashinfo", "sgpt"};
    assert_int_equal(again.n_rows, 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(again.rows[i].name, order[i]);
    assert_false(mtk_scatter_find(&again, "extra")->is_download);
    assert_int_equal(mtk_scatter_find(&again, "extra")->operation, MTK_OP_INVISIBLE);
    assert_true(mtk_scatter_find(&again, "boot")->is_download);
    assert_int_equal(mtk_scatter_find(&again, "boot")->size, 0x80000);
    free(text);
    mtk_scatter_release(&fixed);
    mtk_scatter_release(&again);
}

/* A PMT names the boot loader of an eMMC too: its row stays the one of the boot area, and stands there once. */
static void a_boot_loader_in_the_table(void **state)
{
    (void)state;
    struct mtk_scatter fixed;
    struct mtk_layout_result r;
    entry("preloader", 0, 0x8000);
    strcpy(entries[0].name, "lk_b");
    assert_int_equal(mtk_layout_correct(&scatter, &gpt, "user", &fixed, NULL), 0);
    size_t found = 0;
    for (size_t i = 0; i < fixed.n_rows; i++)
        found += strcmp(fixed.rows[i].name, "preloader") == 0;
    assert_int_equal(found, 1);
    assert_string_equal(fixed.rows[0].region, "EMMC_BOOT1_BOOT2");
    assert_int_equal(fixed.rows[0].size, 0x80000);
    mtk_layout_compare(&fixed, &gpt, "user", NULL, &r);
    assert_int_equal(r.fatal + r.harmless, 0);
    mtk_scatter_release(&fixed);
}

/*
 * The phone has grown its last partition over what the scatter reserves, as on a NAND whose agent leaves the pool of spare
 * blocks out of its size: the comparison calls that no difference, so the table asked for has it too.
 */
static void what_the_phone_has_grown_stays(void **state)
{
    (void)state;
    struct mtk_gpt want;
    for (size_t i = 1; i < scatter.n_rows; i++)
        strcpy(rows[i].region, "NONE"); /* of NAND phones */
    gpt.n_entries = 3;
    entries[2].size = DISK - entries[2].start;
    assert_int_equal(mtk_layout_target(&scatter, "nand", DISK, 2048, 0x20000, &gpt, &want, NULL), 0);
    const struct mtk_gpt_entry *e = mtk_gpt_find(&want, "userdata");
    assert_true(e && e->size == entries[2].size);
    mtk_gpt_release(&want);
    /* Without a phone's word for it the reserved rows are left free, and a second table always is. */
    assert_int_equal(mtk_layout_target(&scatter, "nand", DISK, 2048, 0x20000, NULL, &want, NULL), 0);
    e = mtk_gpt_find(&want, "userdata");
    assert_true(e && e->start + e->size <= DISK - 0x108000 && e->size > 0x800000);
    mtk_gpt_release(&want);
    /* A new table has them all. */
    entries[0].start += 0x20000;
    assert_int_equal(mtk_layout_target(&scatter, "nand", DISK, 2048, 0x20000, &gpt, &want, NULL), 0);
    assert_non_null(mtk_gpt_find(&want, "flashinfo"));
    mtk_gpt_release(&want);
    entries[0].start -= 0x20000;
    for (size_t i = 1; i < scatter.n_rows; i++)
        strcpy(rows[i].region, "EMMC_USER");
    assert_int_equal(mtk_layout_target(&scatter, "user", DISK, 512, 512, &gpt, &want, NULL), 0);
    e = mtk_gpt_find(&want, "userdata");
    assert_true(e && e->start + e->size <= DISK - 0x108000);
    mtk_gpt_release(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_phone_of_the_rom, make),
        cmocka_unit_test_setup(each_kind_of_difference, make),
        cmocka_unit_test_setup(reserved_rows_never_matter, make),
        cmocka_unit_test_setup(a_size_of_zero_is_the_rest, make),
        cmocka_unit_test_setup(a_scatter_for_a_larger_storage, make),
        cmocka_unit_test_setup(tables_rows_are_not_compared, make),
        cmocka_unit_test_setup(the_corrected_scatter_agrees, make),
        cmocka_unit_test_setup(a_boot_loader_in_the_table, make),
        cmocka_unit_test_setup(what_the_phone_has_grown_stays, make),
    };
    return cmocka_run_group_tests_name("verified/layout", tests, NULL, NULL);
}
