/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing an agent for a phone and recognising what answers: formats.md 1.6, da-xflash.md sections 1 and 4, errors.md
 * section 3. The upload itself belongs to another module; here it is replaced, so that these tests see what it is given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/da.h"
#include "formats/preloader.h"
#include "made_preloader.h"
#include "protocol/error_index.h"
#include "test_xflash_script.h"

#define CODE_LEN 0x400u
#define SIG_LEN  0x100u

struct fixture {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    struct mtk_sink sink;
    char notes[2048], chosen[128];
    uint8_t *da, *preloader;
    size_t da_len, preloader_len;
    uint8_t stage1[CODE_LEN + SIG_LEN], stage2[CODE_LEN + SIG_LEN], other[64];
};

/* What the stand-in for the upload was given, and what it answers. */
static struct {
    unsigned calls;
    struct mtk_da1 da1;
    uint8_t first;
    bool fails;
} upload;

int mtk_boot_start_da1(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                       const struct mtk_da1 *da1, struct mtk_error *err)
{
    (void)l, (void)opt, (void)id;
    upload.calls++;
    upload.da1 = *da1;
    upload.first = da1->data[0];
    return upload.fails ? mtk_fail(err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY, "locked") : 0;
}

static const struct mtk_chip *chip(uint32_t hw_code)
{
    const struct mtk_chip *row = mtk_chip_by_hw_code(hw_code);
    assert_non_null(row);
    return row;
}

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct fixture *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%s\n", ev->u.note.text);
}

/* A container with an entry of another chip, an old and a new one of MT6765, and one for chips beyond the table. */
static void make_container(struct fixture *f, const char *identifier)
{
    const struct mtk_da_build_region stub = {f->other, sizeof(f->other), 0x50000000, 0};
    const struct mtk_da_build_region other1 = {f->other, sizeof(f->other), 0x200000, 0};
    const struct mtk_da_build_region right1 = {f->stage1, sizeof(f->stage1), 0x200000, SIG_LEN};
    const struct mtk_da_build_region right2 = {f->stage2, sizeof(f->stage2), 0x40000000, SIG_LEN};
    const struct mtk_da_build_entry entries[] = {
        {0x6785, 0x8A00, 0, 0, {stub, other1, other1}},
        {0x6765, 0x8A00, 0xCA00, 0, {stub, other1, other1}},
        {0x6765, 0x8A00, 0xCB00, 0, {stub, right1, right2}},
        {0x6765, 0x8A00, 0xCC00, 0, {stub, other1, other1}},
        {0x6735, 0x8A00, 0, 0, {stub, right1, right2}},
        {0x4321, 0x8A00, 0, 0, {stub, right1, right2}},
    };
    f->da = mtk_da_write(identifier, entries, sizeof(entries) / sizeof(entries[0]), &f->da_len);
    assert_non_null(f->da);
    f->opt.da = f->da;
    f->opt.da_len = f->da_len;
    f->opt.da_name = "MTK_AllInOne_DA.bin";
}

static void make_preloader(struct fixture *f)
{
    f->preloader = made_preloader("preloader_k65.bin", 38, 0x0006, &f->preloader_len);
    f->opt.preloader = f->preloader;
    f->opt.preloader_len = f->preloader_len;
    f->opt.preloader_name = "preloader_k65.bin";
}

static void open_with(struct fixture *f, const char *identifier)
{
    memset(f, 0, sizeof(*f));
    memset(&upload, 0, sizeof(upload));
    f->s = script_new(false);
    memset(f->stage1, 0x51, sizeof(f->stage1));
    memset(f->stage2, 0x52, CODE_LEN);
    memset(f->stage2 + CODE_LEN, 0x99, SIG_LEN);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    f->opt.boot.sink = &f->sink;
    f->id = (struct mtk_phone_id){
        .brom = true, .hw_code = 0x766, .hw_version = 0xCB00, .sw_version = 0x200, .chip = chip(0x766)};
    snprintf(f->id.chip_name, sizeof(f->id.chip_name), "MT6765");
    make_container(f, identifier);
    make_preloader(f);
}

static void open_fixture(struct fixture *f)
{
    open_with(f, "MTK_AllInOne_DA_v3.3001.2019/06/06");
}

static void close_fixture(struct fixture *f)
{
    if (f->a)
        f->a->ops->destroy(f->a);
    free(f->da);
    free(f->preloader);
    script_free(f->s);
}

static int start(struct fixture *f)
{
    return mtk_agent_start(script_link(f->s), &f->opt, &f->id, f->chosen, sizeof(f->chosen), &f->a, &f->err);
}

/* A script in which stage 1 speaks XFlash and then refuses its environment: enough to see that it was spoken to. */
#define SPEAKS_XFLASH \
    "D> c0\nH= 434e5953 010100\nH> .. 14 00 00 00 | 02 00 00 00 01 00 00 00 00*c\nD= c0020053\n"

/* The alias of the chip table, the highest version not above the phone's, stage 1 whole with its signature. */
static void chooses_and_uploads(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    script_add(f.s, SPEAKS_XFLASH);
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.device_status, XF_DA_ANTI_ROLLBACK);
    assert_int_equal(upload.calls, 1);
    assert_int_equal(upload.first, 0x51);
    assert_int_equal(upload.da1.len, CODE_LEN + SIG_LEN);
    assert_int_equal(upload.da1.sig_len, SIG_LEN);
    assert_int_equal(upload.da1.address, 0x200000);
    assert_non_null(strstr(f.chosen, "MTK_AllInOne_DA_v3.3001.2019/06/06"));
    assert_non_null(strstr(f.chosen, "0x6765"));
    assert_non_null(strstr(f.chosen, "0xCB00"));
    assert_non_null(strstr(f.notes, "EMI v38"));
    close_fixture(&f);
}

/* Through to the end: the EMI block of the preloader and stage 2 without its signature are what stage 1 gets. */
static void hands_over_the_right_bytes(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    struct mtk_preloader pl;
    const uint8_t *emi = NULL;
    size_t emi_len = 0;
    assert_int_equal(mtk_preloader_parse(f.preloader, f.preloader_len, "p", &pl, NULL), 0);
    assert_int_equal(mtk_preloader_emi(&pl, "p", &emi, &emi_len, NULL), 0);
    const uint8_t len_word[4] = {(uint8_t)emi_len, (uint8_t)(emi_len >> 8)};
    f.opt.checksum_level = 3;
    script_add(f.s,
               "D> c0\nH= 434e5953 010100\nH> .. 14 00 00 00 | 02 00 00 00 01 00 00 00 00*c\nD= 0\n"
               "H= 010101 0\nD= 0 434e5953\nH= 010009\nD= 0\nH= 020004\nD= c0010004\n"
               "H= 010009\nD= 0\nH= 020003\nD= 0\nH= 3\nD= 0\n"
               "H= 010009\nD= 0\nH= 04000a\nD= 0\nD> .. 04 00 00 00 | 62 72 6f 6d\nD= 0\nH= 01000a\nD= 0\n");
    script_host(f.s, len_word, 4);
    script_host(f.s, emi, emi_len);
    script_add(
        f.s,
        "D= 0\nH= 010008\nD= 0\n"
        "H> .. 10 00 00 00 | 00 00 00 40 00 00 00 00 00 04 00 00 00 00 00 00\nH> .. 00 04 00 00 | 52*400\n"
        "D= c0070004\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    close_fixture(&f);
}

/* A chip that the table does not know is looked up under its own code. */
static void takes_an_unknown_chip(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    f.id.chip = NULL;
    f.id.hw_code = 0x4321;
    script_add(f.s, SPEAKS_XFLASH);
    assert_int_equal(start(&f), -1);
    assert_int_equal(upload.calls, 1);
    assert_non_null(strstr(f.chosen, "0x4321"));
    close_fixture(&f);
}

/* What the files alone tell is told before anything is sent; the script is empty, so any byte would fail the test. */
static void refuse(struct fixture *f, int row, const char *words)
{
    assert_int_equal(start(f), -1);
    if (row >= 0)
        assert_true(mtk_error_is(&f->err, row));
    assert_non_null(f->err.row);
    assert_non_null(strstr(f->err.what, words));
    assert_int_equal(upload.calls, 0);
    assert_null(f->a);
    close_fixture(f);
}

static void refuses_before_anything_is_sent(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    f.opt.da = NULL;
    refuse(&f, MTK_E_MTK_NO_AGENT, "no Download Agent");
    open_fixture(&f);
    f.opt.da_len = 100;
    refuse(&f, -1, "");
    open_fixture(&f);
    f.id.chip = chip(0x788);
    f.id.hw_code = 0x788;
    refuse(&f, MTK_E_STATUS_DA_NOT_FOUND, "0x6771");
    open_fixture(&f);
    f.id.hw_version = 0xC900; /* older than every entry */
    refuse(&f, MTK_E_STATUS_DA_NOT_FOUND, "hw 0xC900");
    open_fixture(&f);
    f.opt.preloader = NULL;
    refuse(&f, MTK_E_MTK_NO_EMI, "boot ROM");
    open_fixture(&f);
    memset(f.preloader, 0, f.preloader_len);
    refuse(&f, -1, "");
}

/* Names the file that is at fault. */
static void names_the_container(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    f.id.chip = chip(0x788);
    assert_int_equal(start(&f), -1);
    assert_string_equal(f.err.file, "MTK_AllInOne_DA.bin");
    assert_int_equal(f.err.evidence, MTK_EV_FILE);
    close_fixture(&f);
}

/* A preloader has set up DRAM, so a file without settings, or none, is no reason to refuse. */
static void preloader_start_needs_no_settings(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        struct fixture f;
        open_fixture(&f);
        f.id.brom = false;
        if (how)
            memset(f.preloader, 0, f.preloader_len);
        else
            f.opt.preloader = NULL;
        script_add(f.s, SPEAKS_XFLASH);
        assert_int_equal(start(&f), -1);
        assert_int_equal(upload.calls, 1);
        assert_int_equal(strstr(f.notes, "were not found") != NULL, how);
        close_fixture(&f);
    }
}

/* A preloader that announces XFlash is believed over the table's "legacy". */
static void believes_the_capability_bit(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    f.id.brom = false;
    f.id.chip = chip(0x321);
    f.id.hw_code = 0x321;
    f.id.pl_cap = BROM_CAP_XFLASH;
    script_add(f.s, SPEAKS_XFLASH);
    assert_int_equal(start(&f), -1);
    assert_int_equal(upload.calls, 1);
    close_fixture(&f);
}

static void passes_on_a_failed_upload(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    upload.fails = true;
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED));
    close_fixture(&f);
}

/* The first bytes after JUMP_DA: XFlash, XML, something else, nothing [1, 4, F1; errors.md 3, rows 12 and 13]. */
static void recognises_what_answers(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int row;
        enum mtk_evidence evidence;
        size_t n_got;
    } rows[] = {
        {"D> ef ee ee ff\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 4},
        {"D> ef ee\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 2},
        {"D> 3f\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 1},
        {"D> c1\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 1},
        {"D> 00\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 1},
        {"D> 41 42 ff\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, 3},
        {"D> 41*41\n", MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER, MTK_ERROR_BYTES},
        {"", MTK_E_S_FT_DA_NO_RESPONSE, MTK_EV_NO_ANSWER, 0},
        {"gone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, 0},
        {"D> c0\ngone\n", MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f);
        script_add(f.s, rows[i].wire);
        assert_int_equal(start(&f), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.evidence, rows[i].evidence);
        assert_int_equal(f.err.n_got, rows[i].n_got);
        assert_string_equal(f.err.stage, "da1");
        if (rows[i].evidence == MTK_EV_NO_ANSWER)
            assert_int_equal(f.err.waited_ns, mtk_timeout_ns(NULL, MTK_T_DA_START, 0));
        if (i == 1) /* what follows the magic was not the flasher's to read */
            script_drop(f.s), f.s = script_new(false);
        close_fixture(&f);
    }
}

/* A build that logs to the link: text before C0 is passed over and told. */
static void passes_over_text(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    script_add(f.s, "D> 44 41 0d 0a\n" SPEAKS_XFLASH);
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.device_status, XF_DA_ANTI_ROLLBACK);
    assert_non_null(strstr(f.notes, "4 bytes of text"));
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_and_uploads),         cmocka_unit_test(hands_over_the_right_bytes),
        cmocka_unit_test(takes_an_unknown_chip),       cmocka_unit_test(refuses_before_anything_is_sent),
        cmocka_unit_test(names_the_container),         cmocka_unit_test(preloader_start_needs_no_settings),
        cmocka_unit_test(believes_the_capability_bit), cmocka_unit_test(passes_on_a_failed_upload),
        cmocka_unit_test(recognises_what_answers),     cmocka_unit_test(passes_over_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
