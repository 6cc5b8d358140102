/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which speaker follows from which container, chip and first byte of the agent: da-xflash.md 1, da-xml.md 1, formats.md
 * 1.5 and 1.6. Upload and speakers belong to other modules; here they are replaced, so that these tests see what they are
 * given. Choosing the entry in a container of the right kind is in test_xflash_choose.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/boot/timeouts.h"
#include "formats/da.h"
#include "made_preloader.h"
#include "protocol/error_index.h"
#include "script_link.h"

#include "flasher/agent/start.h"

#define CODE_LEN 0x400u
#define SIG_LEN  0x100u
#define V5       "MTK_AllInOne_DA_v3.3001.2019/06/06"
#define V5_2015  "MTK_AllInOne_DA_v3.3001.2015-01-19.10:05"
#define V6       "MTK_DA_v6_2022-04-02 23:43:58"
#define XML      "EF EE EE FE"
#define WAITS    "C0 !timeout" /* as XFlash agents do */
#define SPEAKS   "C0 00"       /* first byte of a legacy agent's NAND status */

/* Who was called, and what it was given. */
static struct {
    bool uploaded;
    int next;            /* the byte that the speaker reads first, -1 if there is none */
    int64_t listened;    /* time from the first byte of the agent to the end */
    const char *speaker; /* "" if none */
    size_t da2_len, emi_len;
    uint64_t da2_address;
    uint8_t da2_first, da2_last;
} seen;

/* What the speaker fails with, unless row is NULL. */
static struct mtk_error end_with;

int mtk_boot_start_da1(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                       const struct mtk_da1 *da1, struct mtk_error *err)
{
    (void)l, (void)opt, (void)id, (void)da1, (void)err;
    seen.uploaded = true;
    return 0;
}

static int spoken_to(struct mtk_link *l, const char *speaker, const uint8_t *da2, size_t len,
                     uint64_t address, size_t emi_len, struct mtk_error *err)
{
    uint8_t b = 0;
    seen.next = -1;
    if (l->has_peeked && mtk_link_read_full(l, &b, 1, 0, NULL) == 0)
        seen.next = b;
    seen.speaker = speaker;
    seen.da2_len = len;
    seen.da2_address = address;
    seen.da2_first = da2[0];
    seen.da2_last = da2[len - 1];
    seen.emi_len = emi_len;
    if (!end_with.row)
        return mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "the speaker was reached");
    *err = end_with;
    return -1;
}

int mtk_xflash_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err)
{
    (void)opt, (void)id, (void)emi, (void)out;
    return spoken_to(l, "xflash", da2, da2_len, da2_address, emi_len, err);
}

int mtk_legacy_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err)
{
    (void)opt, (void)id, (void)emi, (void)out;
    return spoken_to(l, "legacy", da2, da2_len, da2_address, emi_len, err);
}

int mtk_xml_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                  const uint8_t *da2, size_t da2_len, uint64_t da2_address, struct mtk_agent **out,
                  struct mtk_error *err)
{
    (void)opt, (void)id, (void)out;
    return spoken_to(l, "xml", da2, da2_len, da2_address, 0, err);
}

/* ---- files ---- */

static uint8_t stage1[CODE_LEN + SIG_LEN], stage2[CODE_LEN + SIG_LEN];

static uint8_t *container(const char *identifier, uint16_t code, size_t *len)
{
    const struct mtk_da_build_region s1 = {stage1, sizeof(stage1), 0x200000, SIG_LEN},
                                     s2 = {stage2, sizeof(stage2), 0x40000000, SIG_LEN},
                                     stub = {stage1, 64, 0x50000000, 0};
    bool v6 = strncmp(identifier, "MTK_DA_v6", 9) == 0;
    struct mtk_da_build_entry e = {.hw_code = code, .hw_sub_code = 0x8A00, .region = {stub, s1, s2}};
    if (v6)
        e.region[0] = (struct mtk_da_build_region){0};
    uint8_t *file = v6 ? mtk_da_write_v6(identifier, &e, len) : mtk_da_write(identifier, &e, 1, len);
    assert_non_null(file);
    return file;
}

/* ---- cases ---- */

struct start {
    const char *identifier;
    uint16_t entry;   /* its code in the container */
    uint32_t hw_code; /* of the phone */
    bool preloader;   /* what the phone is in */
    uint32_t pl_cap;
    unsigned emi;     /* version of the DRAM settings at hand; 0: no preloader file */
    const char *wire; /* what the agent begins with, as words of a script */
};

static char notes[2048];

static void hear(void *ctx, const struct mtk_event *ev)
{
    (void)ctx;
    size_t n = strlen(notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(notes + n, sizeof(notes) - n, "%s\n", ev->u.note.text);
}

static struct mtk_error run(const struct start *c)
{
    static const struct mtk_sink sink = {.fn = hear};
    struct mtk_start_options opt = {
        .boot.sink = &sink, .da_name = "DA.bin", .preloader_name = "preloader.bin"};
    struct mtk_phone_id id = {.brom = !c->preloader, .hw_code = (uint16_t)c->hw_code, .pl_cap = c->pl_cap};
    struct mtk_error err = {0};
    struct mtk_agent *agent = NULL;
    char script[256] = "";
    memset(&seen, 0, sizeof(seen));
    seen.speaker = "";
    notes[0] = 0;
    memset(stage1, 0x51, sizeof(stage1));
    memset(stage2, 0x52, CODE_LEN);
    memset(stage2 + CODE_LEN, 0x99, SIG_LEN);
    id.chip = mtk_chip_by_hw_code((uint16_t)c->hw_code);
    const char *names = id.chip ? id.chip->names : "an unknown chip";
    snprintf(id.chip_name, sizeof(id.chip_name), "%.*s", (int)strcspn(names, "/"), names);
    uint8_t *da = container(c->identifier, c->entry, &opt.da_len);
    uint8_t *pl = c->emi ? made_preloader("preloader_k65.bin", c->emi, 0x0006, &opt.preloader_len) : NULL;
    opt.da = da;
    opt.preloader = pl;
    if (c->wire)
        snprintf(script, sizeof(script), "< %s", c->wire);
    struct mtk_link *l = script_link_new(script);
    assert_int_equal(mtk_agent_start(l, &opt, &id, NULL, 0, &agent, &err), -1);
    assert_null(agent);
    seen.listened = script_link_now(l);
    script_link_finish(l);
    free(da);
    free(pl);
    return err;
}

static void speaks(const struct start *c, const char *speaker)
{
    struct mtk_error err = run(c);
    if (strcmp(seen.speaker, speaker) != 0)
        fail_msg("%s, entry %04X, chip %04X: \"%s\" instead of \"%s\": %s", c->identifier, c->entry,
                 c->hw_code, seen.speaker, speaker, err.what);
    assert_true(mtk_error_is(&err, MTK_E_MTK_CANCELLED));
    /* Only a legacy stage 1 takes stage 2 with its signature; XML agents bring their own DRAM settings. */
    bool legacy = strcmp(speaker, "legacy") == 0;
    assert_int_equal(seen.da2_len, CODE_LEN + (legacy ? SIG_LEN : 0));
    assert_int_equal(seen.da2_first, 0x52);
    assert_int_equal(seen.da2_last, legacy ? 0x99 : 0x52);
    assert_true(seen.da2_address == 0x40000000);
    assert_int_equal(seen.emi_len > 0, c->emi && strcmp(speaker, "xml") != 0);
}

static void refuses(const struct start *c, int row, bool uploaded, const char *words)
{
    struct mtk_error err = run(c);
    if (!mtk_error_is(&err, row) || !strstr(err.what, words))
        fail_msg("%s, entry %04X, chip %04X: %s: %s", c->identifier, c->entry, c->hw_code,
                 err.row ? err.row->symbol : "", err.what);
    assert_string_equal(seen.speaker, "");
    assert_int_equal(seen.uploaded, uploaded);
}

static void each_container_has_its_speaker(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x6735, 0x321, false, 0, 21, SPEAKS}, "legacy");
    speaks(&(struct start){V5, 0x6765, 0x766, false, 0, 38, WAITS}, "xflash");
    speaks(&(struct start){V6, 0x1208, 0x1208, false, 0, 0, XML}, "xml");
    speaks(&(struct start){V6, 0x1208, 0x1208, false, 0, 38, XML}, "xml");
    assert_non_null(strstr(notes, "(XML), entry 0x1208"));
    /* XML containers have the boot ROM's own code, the others a marketing number (formats.md 1.6); either will do. */
    speaks(&(struct start){V6, 0x6765, 0x766, false, 0, 0, XML}, "xml");
    speaks(&(struct start){V5, 0x766, 0x766, false, 0, 38, WAITS}, "xflash");
    speaks(&(struct start){V5, 0x6735, 0x321, true, 0, 0, SPEAKS}, "legacy");
    speaks(&(struct start){V5, 0x6765, 0x766, true, 0, 0, WAITS}, "xflash");
    speaks(&(struct start){V6, 0x1208, 0x1208, true, 0, 0, XML}, "xml");
}

static void a_preloader_that_announces_xflash_is_believed(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x6735, 0x321, true, BROM_CAP_XFLASH, 0, WAITS}, "xflash");
    speaks(&(struct start){V6, 0x1208, 0x1208, true, BROM_CAP_XFLASH, 0, XML},
           "xml"); /* but not over the file */
}

/* A chip that the table does not know goes by the age of the container: those of up to 2015 hold legacy agents only. */
static void an_unknown_chip(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x4321, 0x4321, false, 0, 38, WAITS}, "xflash");
    speaks(&(struct start){V6, 0x4321, 0x4321, false, 0, 0, XML}, "xml");
    refuses(&(struct start){V5_2015, 0x4321, 0x4321, false, 0, 21, NULL}, MTK_E_MTK_UNSUPPORTED, false,
            "has a legacy agent, and how that wants to be configured is not known");
    speaks(&(struct start){V5_2015, 0x6735, 0x321, false, 0, 21, SPEAKS}, "legacy");
}

/* What was uploaded decides, whatever it was taken for. */
static void the_first_bytes_decide(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x6765, 0x766, true, 0, 0, XML}, "xml");
    speaks(&(struct start){V5, 0x6735, 0x321, true, 0, 0, XML}, "xml");
    static const char note[] = "the container is of the XML generation, but its agent begins as";
    speaks(&(struct start){V6, 0x766, 0x766, false, 0, 38, WAITS}, "xflash");
    assert_non_null(strstr(notes, note));
    speaks(&(struct start){V6, 0x321, 0x321, false, 0, 21, SPEAKS}, "legacy");
    assert_non_null(strstr(notes, note));
    /* Settings that nobody needed as long as it was taken for XML are needed now, and of the right kind. */
    refuses(&(struct start){V6, 0x766, 0x766, false, 0, 0, WAITS}, MTK_E_MTK_NO_EMI, true, "DRAM");
    refuses(&(struct start){V6, 0x766, 0x766, false, 0, 21, WAITS}, MTK_E_MTK_IMAGE_INVALID, true,
            "of another kind of chip than MT6765");
    refuses(&(struct start){V5, 0x6765, 0x766, false, 0, 38, "EF EE EE 00"}, MTK_E_S_FT_DA_SYNC_INCORRECT,
            true, "0xEF");
}

/* A byte behind C0 belongs to the speaker; without one the wait is as long as a right agent may take. */
static void heard(int next, enum mtk_timeout_op waited)
{
    assert_int_equal(seen.next, next);
    assert_int_equal(seen.listened, next < 0 ? mtk_timeout_ns(NULL, waited, 0) : 0);
}

/* No container tells legacy from XFlash, but a legacy agent speaks next and an XFlash agent waits. */
static void who_speaks_behind_c0_is_legacy(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x6765, 0x766, true, 0, 0, WAITS}, "xflash");
    heard(-1, MTK_T_LG_UNASKED);
    assert_null(strstr(notes, "expected"));
    speaks(&(struct start){V5, 0x6735, 0x321, true, 0, 0, SPEAKS}, "legacy");
    heard(0, MTK_T_LG_FIELD);
    assert_null(strstr(notes, "expected"));
    /* The other way round. The settings stay those of the board, whose version goes by the chip. */
    speaks(&(struct start){V5, 0x6765, 0x766, false, 0, 38, SPEAKS}, "legacy");
    heard(0, MTK_T_LG_UNASKED);
    assert_non_null(
        strstr(notes, "XFlash agents are expected on MT6765, but this one begins as legacy does"));
    speaks(&(struct start){V5, 0x6735, 0x321, false, 0, 20, WAITS}, "xflash");
    heard(-1, MTK_T_LG_FIELD);
    assert_non_null(
        strstr(notes, "legacy agents are expected on MT6735, but this one begins as XFlash does"));
    speaks(&(struct start){V5, 0x6735, 0x321, true, BROM_CAP_XFLASH, 0, SPEAKS}, "legacy");
    speaks(&(struct start){V6, 0x766, 0x766, false, 0, 38, SPEAKS}, "legacy");
    speaks(&(struct start){V6, 0x321, 0x321, false, 0, 20, WAITS}, "xflash");
    speaks(&(struct start){V5, 0x6573, 0x6573, true, 0, 0, "C0 03"}, "legacy"); /* V3: no flash ids */
    heard(3, MTK_T_LG_FIELD);
}

static void what_is_no_legacy_word_is_left_to_xflash(void **state)
{
    (void)state;
    speaks(&(struct start){V5, 0x6765, 0x766, true, 0, 0, "C0 EF"}, "xflash");
    heard(0xEF, MTK_T_LG_UNASKED);
    speaks(&(struct start){V5, 0x6765, 0x766, true, 0, 0, "C0 03"}, "xflash");
    /* Where legacy is expected, its speaker says best what is wrong with the byte. */
    speaks(&(struct start){V5, 0x6735, 0x321, true, 0, 0, "C0 41"}, "legacy");
    heard(0x41, MTK_T_LG_FIELD);
}

static void an_agent_that_ends_behind_c0(void **state)
{
    (void)state;
    refuses(&(struct start){V5, 0x6765, 0x766, true, 0, 0, "C0 !gone"}, MTK_E_MTK_LINK_LOST, true,
            "left the bus");
    refuses(&(struct start){V5, 0x6735, 0x321, true, 0, 0, "C0 !gone"}, MTK_E_MTK_LINK_LOST, true,
            "left the bus");
    refuses(&(struct start){V5, 0x4321, 0x4321, false, 0, 38, SPEAKS}, MTK_E_MTK_UNSUPPORTED, true,
            "is a legacy one, and how those of");
}

/* A speaker whose very first exchange fails may be the wrong one, and the error says so; any other error stays. */
static void the_wrong_speaker_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *command, *wire;
        enum mtk_evidence evidence;
        uint16_t code, entry;
        const char *what;
    } cases[] = {
        {"SETUP_ENVIRONMENT", WAITS, MTK_EV_WRONG_ANSWER, 0x766, 0x6765,
         "of another generation than MT6765 needs, or broken; give the agent of its own firmware with --da"},
        {"SETUP_ENVIRONMENT", WAITS, MTK_EV_NO_ANSWER, 0x321, 0x6735,
         "neither the flash ids of a legacy agent"},
        {"SETUP_ENVIRONMENT", WAITS, MTK_EV_NO_ANSWER, 0x766, 0x6765, "plain"},
        {"SETUP_ENVIRONMENT", WAITS, MTK_EV_REFUSED, 0x766, 0x6765, "plain"},
        {"SYNC", WAITS, MTK_EV_WRONG_ANSWER, 0x766, 0x6765, "plain"},
        {"SETUP_ENVIRONMENT", SPEAKS, MTK_EV_WRONG_ANSWER, 0x321, 0x6735, "plain"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mtk_fail(&end_with, MTK_E_MTK_WRONG_ANSWER, cases[i].evidence, "plain");
        mtk_error_step(&end_with, "da1", cases[i].command);
        struct mtk_error err =
            run(&(struct start){V5, cases[i].entry, cases[i].code, true, 0, 0, cases[i].wire});
        if (!mtk_error_is(&err, MTK_E_MTK_WRONG_ANSWER) || !strstr(err.what, cases[i].what))
            fail_msg("case %zu: %s", i, err.what);
    }
    end_with = (struct mtk_error){0};
}

/* Containers that do not belong to the phone, or are put together from several generations. */
static void the_wrong_container(void **state)
{
    (void)state;
    refuses(&(struct start){V6, 0x1208, 0x766, false, 0, 38, NULL}, MTK_E_STATUS_DA_NOT_FOUND, false,
            "none of the 1 agents in " V6 " is for MT6765 (code 0x766");
    refuses(&(struct start){V5, 0x6735, 0x1208, false, 0, 38, NULL}, MTK_E_STATUS_DA_NOT_FOUND, false,
            "MT6789");
    /* The right container with DRAM settings of another generation. */
    refuses(&(struct start){V5, 0x6765, 0x766, false, 0, 21, NULL}, MTK_E_MTK_IMAGE_INVALID, false,
            "DRAM settings of version 21 are of another kind of chip than MT6765, which has an XFlash agent");
    refuses(&(struct start){V5, 0x6735, 0x321, false, 0, 38, NULL}, MTK_E_MTK_IMAGE_INVALID, false,
            "which has a legacy agent");
    refuses(&(struct start){V5, 0x6735, 0x321, false, 0, 0, NULL}, MTK_E_MTK_NO_EMI, false, "boot ROM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_container_has_its_speaker),
        cmocka_unit_test(a_preloader_that_announces_xflash_is_believed),
        cmocka_unit_test(an_unknown_chip),
        cmocka_unit_test(the_first_bytes_decide),
        cmocka_unit_test(who_speaks_behind_c0_is_legacy),
        cmocka_unit_test(what_is_no_legacy_word_is_left_to_xflash),
        cmocka_unit_test(an_agent_that_ends_behind_c0),
        cmocka_unit_test(the_wrong_speaker_is_told),
        cmocka_unit_test(the_wrong_container),
    };
    return cmocka_run_group_tests_name("flasher/agent dispatch", tests, NULL, NULL);
}
