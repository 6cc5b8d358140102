/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables and writes by name: da-legacy.md sections 5.8, 5.13, 7.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"
#include "test_legacy_script.h"

/* The two entries of section 7.6. */
#define PRELOADER "50 52 45 4C 4F 41 44 45 52 [55 x 00] 00 00 04 00 00 00 00 00 01 [7 x 00] [8 x 00] [8 x 00]"
#define PRO_INFO \
    "50 52 4F 5F 49 4E 46 4F [56 x 00] 00 00 30 00 00 00 00 00 08 [7 x 00] 00 00 04 00 00 00 00 00 [8 x 00]"
#define READ_PMT "> A5 < 5A < 00 00 00 C0 > 5A < " PRELOADER " " PRO_INFO " > 5A\n"

static int read_table(struct leg *f, struct mtk_gpt *t)
{
    return f->g->s.agent.ops->table(&f->g->s.agent, t, &f->err);
}

/* A phone with a PMT, as start-up finds it. */
static void open_pmt_phone(struct leg *f)
{
    open_agent(f, 0x6580);
    f->g->s.info.gpt = false;
}

/* Section 7.6. The boot area's own entry is not of the user area, whose table is wanted. */
static void reads_a_pmt(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_pmt_phone(&f);
    leg_script(&f, READ_PMT READ_PMT);
    for (int i = 0; i < 2; i++) { /* whoever asks for the table gets the phone's, not what was kept of it */
        assert_int_equal(read_table(&f, &t), 0);
        assert_int_equal(t.n_entries, 1);
        assert_string_equal(t.entries[0].name, "PRO_INFO");
        assert_int_equal(t.entries[0].start, 0x40000);
        assert_int_equal(t.entries[0].size, 0x300000);
        assert_int_equal(t.disk_size, 0x3A3E00000);
        mtk_gpt_release(&t);
    }
    close_leg(&f);
}

/* Linear offsets count what lies before the user area, 12 MiB here (formats.md 3.5). Size 0 is the rest. */
static void takes_off_what_lies_before(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_pmt_phone(&f);
    leg_script(&f, "> A5 < 5A 00 00 01 20 > 5A < " PRELOADER "\n"
                   "< 4E 56 [62 x 00] 00 00 50 00 [4 x 00] 08 [7 x 00] 00 00 C4 00 [4 x 00] 05 [7 x 00]\n"
                   "< 55 53 52 [61 x 00] [8 x 00] 08 [7 x 00] 00 00 C0 40 [4 x 00] [8 x 00] > 5A\n");
    assert_int_equal(read_table(&f, &t), 0);
    assert_int_equal(t.n_entries, 2);
    assert_int_equal(t.entries[0].start, 0x40000);
    assert_int_equal(t.entries[0].attributes, 5);
    assert_int_equal(t.entries[1].start, 0x40000000);
    assert_int_equal(t.entries[1].size, 0x3A3E00000 - 0x40000000);
    mtk_gpt_release(&t);
    close_leg(&f);
}

/* A build of 2015 leads with 01, and sends 128 entries of 0x58 bytes, the empty ones included [5.8, EXE]. */
static void reads_what_a_build_of_2015_sends(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_pmt_phone(&f);
    leg_script(&f, "> A5 < 01 00 00 2C 00 > 5A < 70 72 6F 69 6E 66 6F [57 x 00] 00 00 30 00 [4 x 00]\n");
    leg_script(&f, "< 00 00 08 00 [4 x 00] [8 x 00] [11176 x 00] > 5A\n");
    assert_int_equal(read_table(&f, &t), 0);
    assert_int_equal(t.n_entries, 1);
    assert_string_equal(t.entries[0].name, "proinfo");
    assert_int_equal(t.entries[0].start, 0x80000);
    mtk_gpt_release(&t);
    close_leg(&f);
}

/* NAND: another opcode, 32-bit entries, a pool at the end that is no partition. */
static void reads_a_nand_table(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_nand_agent(&f);
    leg_script(&f, "> A2 < 5A 00 00 00 E4 > 5A\n"
                   "< 50 52 45 4C 4F 41 44 45 52 [55 x 00] 00 00 08 00 [4 x 00] [4 x 00]\n"
                   "< 4C 4F 47 4F [60 x 00] 00 00 20 00 00 00 EC 01 [4 x 00]\n"
                   "< 42 4D 54 50 4F 4F 4C [57 x 00] [4 x 00] 50 00 FF FF [4 x 00] > 5A\n");
    assert_int_equal(read_table(&f, &t), 0);
    assert_int_equal(t.n_entries, 2);
    assert_string_equal(t.entries[0].name, "PRELOADER");
    assert_string_equal(t.entries[1].name, "LOGO");
    assert_int_equal(t.entries[1].start, 0x1EC0000);
    mtk_gpt_release(&t);
    close_leg(&f);
}

/* A GPT is read as it stands in the user area, so the agent is not asked. */
static void a_gpt_is_not_asked_for(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_agent(&f, 0x6580);
    assert_int_equal(read_table(&f, &t), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, POLICY);
    close_leg(&f);
}

/* 1037 on a blank phone, other codes otherwise; nothing is answered to them [7.6]. */
static void may_have_no_table(void **state)
{
    static const struct {
        const char *answer;
        int row;
    } r[] = {{"< A5 00 00 04 0D\n", MTK_E_MTK_GPT_INVALID}, {"< A5 00 00 13 D1\n", MTK_E_S_DL_READ_PT_FAIL}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct leg f;
        struct mtk_gpt t;
        open_pmt_phone(&f);
        leg_script(&f, "> A5\n");
        leg_script(&f, r[i].answer);
        leg_script(&f, READ_PMT);
        assert_int_equal(read_table(&f, &t), -1);
        assert_true(mtk_error_is(&f.err, r[i].row));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_string_equal(f.err.command, "SDMMC_READ_PMT");
        assert_int_equal(read_table(&f, &t), 0);
        mtk_gpt_release(&t);
        close_leg(&f);
    }
}

/* No number of entries, or too many: here A5 is an answer, and puts the agent back into its loop [7.6]. */
static void refuses_an_odd_length(void **state)
{
    static const char *const lengths[] = {"< 5A 00 00 00 00\n", "< 5A 00 00 00 C1\n", "< 5A 00 00 30 60\n",
                                          "< 5A FF FF FF E0\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct leg f;
        struct mtk_gpt t;
        open_pmt_phone(&f);
        leg_script(&f, "> A5\n");
        leg_script(&f, lengths[i]);
        leg_script(&f, "> A5\n" READ_PMT);
        assert_int_equal(read_table(&f, &t), -1);
        assert_leg_error(&f, MTK_GPT_INVALID, WRONG_ANSWER);
        assert_int_equal(f.err.n_got, 4);
        assert_int_equal(read_table(&f, &t), 0);
        mtk_gpt_release(&t);
        close_leg(&f);
    }
}

/* Entries that lie outside the storage. The dialogue is over by then, so the agent can still be used. */
static void refuses_an_impossible_table(void **state)
{
    static const char *const entries[] = {"00 00 30 00 00 00 00 00 08 [7 x 00] 00 00 00 00 04 00 00 00",
                                          "00 00 E0 A3 03 00 00 00 08 [7 x 00] 00 00 C4 00 00 00 00 00",
                                          "FF FF FF FF FF FF FF FF 08 [7 x 00] 00 00 C4 00 00 00 00 00"};
    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        struct leg f;
        struct mtk_gpt t;
        char text[256];
        open_pmt_phone(&f);
        snprintf(text, sizeof(text), "> A5 < 5A 00 00 00 60 > 5A < 4E 56 [62 x 00] %s [8 x 00] > 5A\n",
                 entries[i]);
        leg_script(&f, text);
        assert_int_equal(read_table(&f, &t), -1);
        assert_leg_error(&f, MTK_GPT_INVALID, WRONG_ANSWER);
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* ---- writing one ---- */

static int write_table(struct leg *f, bool update)
{
    struct mtk_gpt_entry e = {.name = "PRO_INFO", .start = 0x40000, .size = 0x300000};
    const struct mtk_gpt t = {.block_size = 512, .disk_size = 0x3A3E00000, .entries = &e, .n_entries = 1};
    return f->g->s.agent.ops->set_table(&f->g->s.agent, &t, update, &f->err);
}

#define WRITE_PMT "> A4 < 5A > 00 00 00 02 < 5A > " PRELOADER " < 69 > " PRO_INFO " < 5A\n"

/* Section 7.6: before the data with 0, after it with 1. The boot area's entry is the phone's own. */
static void writes_a_pmt(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt t;
    open_pmt_phone(&f);
    leg_script(&f, READ_PMT WRITE_PMT "> 00 00 00 00 < 5A < 5A\n");
    leg_script(&f, READ_PMT WRITE_PMT "> 00 00 00 01 < 00 < 5A\n" READ_PMT);
    assert_int_equal(write_table(&f, false), 0);
    assert_true(f.g->s.agent.touched);
    assert_int_equal(write_table(&f, true), 0);
    assert_int_equal(read_table(&f, &t), 0);
    mtk_gpt_release(&t);
    close_leg(&f);
}

/* A phone without any table gets an entry of its boot areas that says where the user area begins. */
static void writes_a_first_pmt(void **state)
{
    (void)state;
    struct leg f;
    open_pmt_phone(&f);
    leg_script(&f, "> A5 < A5 00 00 04 0D > A4 < 5A > 00 00 00 02 < 5A\n"
                   "> 50 52 45 4C 4F 41 44 45 52 [55 x 00] 00 00 C0 00 [4 x 00] 01 [7 x 00] [16 x 00] < 69\n"
                   "> 50 52 4F 5F 49 4E 46 4F [56 x 00] 00 00 30 00 [4 x 00] 08 [7 x 00] 00 00 C4 00 [4 x "
                   "00] [8 x 00] < 5A\n"
                   "> 00 00 00 00 < 5A 5A\n");
    assert_int_equal(write_table(&f, false), 0);
    close_leg(&f);
}

static void writes_a_nand_table(void **state)
{
    (void)state;
    struct leg f;
    struct mtk_gpt_entry e[] = {{.name = "A", .start = 0, .size = 0x80000},
                                {.name = "B", .start = 0x80000, .size = 0x20000000 - 0x80000}};
    const struct mtk_gpt t = {.block_size = 2048, .disk_size = 0x20000000, .entries = e, .n_entries = 2};
    open_nand_agent(&f);
    leg_script(&f, "> A2 < A5 00 00 04 0D > A1 < 5A > 00 00 00 02 < 5A\n"
                   "> 41 [63 x 00] 00 00 08 00 [4 x 00] [24 x 00] < 69\n"
                   "> 42 [63 x 00] [16 x 00] 00 00 08 00 [4 x 00] [8 x 00] < 5A > 00 00 00 00 < 5A 5A\n");
    assert_int_equal(f.g->s.agent.ops->set_table(&f.g->s.agent, &t, false, &f.err), 0);
    close_leg(&f);
}

/* Wherever it is refused, the vendor's number for a table is told, and nothing more is sent. */
static void table_may_be_refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t status;
        bool update, touched;
    } r[] = {{"> A4 < A5 00 00 04 10\n", 1040, false, false},
             {"> A4 < 5A > 00 00 00 02 < A5 00 00 0C 71\n", 3185, true, false},
             {"> A4 < 5A > 00 00 00 02 < 5A > " PRELOADER " < A5 00 00 04 0E\n", 1038, false, false},
             {WRITE_PMT "> 00 00 00 01 < A5 00 00 13 D0\n", 5072, true, true},
             {WRITE_PMT "> 00 00 00 00 < 5A < A5 00 00 13 D0\n", 5072, false, true}};
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct leg f;
        open_pmt_phone(&f);
        leg_script(&f, READ_PMT);
        leg_script(&f, r[i].text);
        assert_int_equal(write_table(&f, r[i].update), -1);
        assert_true(mtk_error_is(&f.err, r[i].update ? MTK_E_S_FT_UPDATE_PARTITION_TBL_FAIL
                                                     : MTK_E_S_FT_NEW_PARTITION_TBL_FAIL));
        assert_int_equal(f.err.device_status, r[i].status);
        assert_string_equal(f.err.command, "SDMMC_WRITE_PMT");
        assert_int_equal(f.g->s.agent.touched, r[i].touched);
        assert_true(f.g->s.agent.usable);
        close_leg(&f);
    }
}

/* More entries than there is room for, names and ranges that no table has: nothing is written. */
static void refuses_what_no_table_holds(void **state)
{
    (void)state;
    struct mtk_gpt_entry e[41] = {{.name = "A", .start = 0x3A3E00000, .size = 512}};
    struct mtk_gpt t = {.block_size = 512, .disk_size = 0x3A3E00000, .entries = e};
    static const size_t counts[] = {0, 41, 1};
    for (size_t i = 0; i < 3; i++) {
        struct leg f;
        open_pmt_phone(&f);
        if (counts[i] == 1)
            leg_script(&f, READ_PMT);
        t.n_entries = counts[i];
        assert_int_equal(f.g->s.agent.ops->set_table(&f.g->s.agent, &t, false, &f.err), -1);
        assert_leg_error(&f, MTK_OUT_OF_RANGE, POLICY);
        assert_false(f.g->s.agent.touched);
        close_leg(&f);
    }
}

/* ---- writes by name ---- */

/* Looked up in the phone's own table, which is read once; a write by numbers may have changed it. */
static void writes_by_name(void **state)
{
    (void)state;
    struct leg f;
    uint8_t data[512];
    memset(data, 1, sizeof(data));
    open_pmt_phone(&f);
#define TO_PRO_INFO \
    "> 62 01 08 0000000000040000 0000000000000200 00 10 00 00 < 5A > 5A > [512 x 01] > 02 00 < 69\n"
    leg_script(&f, READ_PMT TO_PRO_INFO TO_PRO_INFO);
    leg_script(&f, TO_PRO_INFO READ_PMT TO_PRO_INFO);
    assert_int_equal(write_name(&f, "PRO_INFO", data, sizeof(data)), 0);
    assert_int_equal(write_name(&f, "PRO_INFO", data, sizeof(data)), 0);
    assert_int_equal(write_area(&f, "user", 0x40000, data, sizeof(data)), 0);
    assert_int_equal(write_name(&f, "PRO_INFO", data, sizeof(data)), 0);
    close_leg(&f);
}

static void names_may_be_wrong(void **state)
{
    (void)state;
    struct leg f;
    uint8_t *data = calloc(1, 0x300001);
    assert_non_null(data);
    open_pmt_phone(&f);
    leg_script(&f, READ_PMT);
    assert_int_equal(write_name(&f, "LOGO", data, 512), -1);
    assert_leg_error(&f, MTK_NO_SUCH_PARTITION, POLICY);
    assert_int_equal(write_name(&f, "PRO_INFO", data, 0x300001), -1);
    assert_leg_error(&f, MTK_IMAGE_TOO_LARGE, POLICY);
    assert_int_equal(write_name(&f, "", data, 512), -1);
    assert_leg_error(&f, MTK_USAGE, HOST);
    assert_int_equal(write_name(&f, "PRO_INFO", data, 0), -1);
    assert_leg_error(&f, MTK_USAGE, HOST);
    assert_false(f.g->s.agent.touched);
    close_leg(&f);
    free(data);
}

/* A preloader image, filled up to at least that many bytes, in whole blocks, as files of a firmware package are. */
static uint8_t *make_preloader(size_t at_least, size_t *len)
{
    const struct mtk_preloader_build b = {
        .code = (const uint8_t *)"code", .code_len = 4, .max_size = 0x40000, .load_addr = 0x201000};
    size_t bare = 0;
    uint8_t *image = mtk_preloader_write(&b, &bare);
    assert_non_null(image);
    *len = ((bare > at_least ? bare : at_least) + 511) / 512 * 512;
    image = realloc(image, *len);
    assert_non_null(image);
    memset(image + bare, 0, *len - bare);
    return image;
}

static void add_boot_copy(struct leg *f, unsigned part, const uint8_t *data, size_t len)
{
    char text[128];
    snprintf(text, sizeof(text), "> 62 01 %02X 0000000000000000 %016zX 00 10 00 00 < 5A\n", part, len);
    leg_script(f, text);
    for (size_t at = 0; at < len; at += 0x100000) {
        if (at)
            leg_script(f, "< 69\n");
        add_write_packet(f, data + at, len - at < 0x100000 ? len - at : 0x100000);
    }
}

/*
 * The preloader goes behind its header block to both boot areas, the second begun when the first is whole; an image that
 * has a header is left as it is, and preloader_backup is the second area alone [5.13].
 */
static void writes_the_preloader_twice(void **state)
{
    (void)state;
    struct leg f;
    size_t len = 0;
    uint8_t *image = make_preloader(0, &len), *whole = malloc(0x800 + len);
    assert_non_null(whole);
    mtk_preloader_header_emmc(0x40000, whole);
    memcpy(whole + 0x800, image, len);
    for (int with_header = 0; with_header < 2; with_header++) {
        open_agent(&f, 0x6580);
        add_boot_copy(&f, 1, whole, 0x800 + len);
        leg_script(&f, "< 69\n");
        add_boot_copy(&f, 2, whole, 0x800 + len);
        leg_script(&f, "< 69\n");
        assert_int_equal(
            write_name(&f, "preloader", with_header ? whole : image, with_header ? 0x800 + len : len), 0);
        assert_int_equal(f.progress, with_header ? 0x800 + len : len);
        close_leg(&f);
    }
    open_agent(&f, 0x6580);
    add_boot_copy(&f, 2, whole, 0x800 + len);
    leg_script(&f, "< 69\n");
    assert_int_equal(write_name(&f, "PRELOADER_BACKUP", image, len), 0);
    close_leg(&f);
    free(image);
    free(whole);
}

/* What is no preloader would leave the phone without one. If the second copy fails nothing of the item is done. */
static void preloader_may_fail(void **state)
{
    (void)state;
    struct leg f;
    size_t len = 0;
    uint8_t *image = make_preloader(0x100000, &len), *whole = malloc(0x800 + len), junk[512] = {0};
    assert_non_null(whole);
    mtk_preloader_header_emmc(0x40000, whole);
    memcpy(whole + 0x800, image, len);
    open_agent(&f, 0x6580);
    assert_int_equal(write_name(&f, "preloader", junk, sizeof(junk)), -1);
    assert_int_equal(f.err.evidence, MTK_EV_FILE);
    assert_false(f.g->s.agent.touched);
    add_boot_copy(&f, 1, whole, 0x800 + len);
    leg_script(&f, "< 69\n");
    add_boot_copy(&f, 2, whole, 0x800 + len);
    leg_script(&f, "< A5 00 00 0C 52\n" IN_LOOP); /* its second packet; the first was taken */
    assert_int_equal(write_name(&f, "preloader", image, len), -1);
    assert_leg_error(&f, S_DA_SDMMC_WRITE_FAILED, REFUSED);
    assert_int_equal(f.err.acked, 0);
    close_leg(&f);
    open_agent(&f, 0x6580);
    strcpy(f.g->s.info.storage, "sdmmc");
    assert_int_equal(write_name(&f, "preloader", image, len), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, POLICY);
    close_leg(&f);
    free(image);
    free(whole);
}

/* NAND: one copy in block 0, behind the page that describes the chip to the boot ROM. */
static void writes_the_preloader_to_nand(void **state)
{
    (void)state;
    struct leg f;
    size_t len = 0, head = mtk_preloader_header_len(MTK_BOOT_NAND, 2048);
    uint8_t *image = make_preloader(0, &len);
    size_t padded = (head + len + 2047) / 2048 * 2048;
    uint8_t *whole = malloc(padded);
    char text[128];
    assert_non_null(whole);
    memset(whole, 0xFF, padded);
    mtk_preloader_header(MTK_BOOT_NAND, 0x40000, 2048, 64, 64, whole);
    memcpy(whole + head, image, len);
    open_nand_agent(&f);
    snprintf(text, sizeof(text), "> B3 01 00 0000000000000000 %016zX 00 10 00 00 < 5A\n", padded);
    leg_script(&f, text);
    add_write_packet(&f, whole, padded);
    leg_script(&f, "< 69\n");
    assert_int_equal(write_name(&f, "PRELOADER", image, len), 0);
    assert_int_equal(write_name(&f, "preloader_backup", image, len), -1);
    assert_leg_error(&f, MTK_UNSUPPORTED, POLICY);
    close_leg(&f);
    free(image);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_pmt),
        cmocka_unit_test(takes_off_what_lies_before),
        cmocka_unit_test(reads_what_a_build_of_2015_sends),
        cmocka_unit_test(reads_a_nand_table),
        cmocka_unit_test(a_gpt_is_not_asked_for),
        cmocka_unit_test(may_have_no_table),
        cmocka_unit_test(refuses_an_odd_length),
        cmocka_unit_test(refuses_an_impossible_table),
        cmocka_unit_test(writes_a_pmt),
        cmocka_unit_test(writes_a_first_pmt),
        cmocka_unit_test(writes_a_nand_table),
        cmocka_unit_test(table_may_be_refused),
        cmocka_unit_test(refuses_what_no_table_holds),
        cmocka_unit_test(writes_by_name),
        cmocka_unit_test(names_may_be_wrong),
        cmocka_unit_test(writes_the_preloader_twice),
        cmocka_unit_test(preloader_may_fail),
        cmocka_unit_test(writes_the_preloader_to_nand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
