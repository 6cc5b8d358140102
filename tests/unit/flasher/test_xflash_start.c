/* SPDX-License-Identifier: Apache-2.0 */
/* Starting an XFlash agent, from the byte C0 to a stage 2 that answers: da-xflash.md sections 4 to 7 and 13. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_script.h"

#define EMI_LEN 912u     /* 5 records of 160 bytes: 0x390 */
#define DA2_LEN 0x4E61Cu /* of the captured session */

/* Section 4, as it stands there, with the OS as a parameter of the line. */
#define SYNC_AND_ENVIRONMENT                                 \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 53 59 4e 43\n" \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 01 01 00\n" \
    "H> ef ee ee fe 01 00 00 00 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00\n"
#define HW_INIT                                              \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 01 01 01 00\n" \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define SYNC "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 53 59 4e 43\n"
#define OK   "D> .. 04 00 00 00 | 00 00 00 00\n"
/* Section 13. */
#define RESET_KEY                                                                 \
    "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 04 00 02 00\n" OK \
    "H> .. 04 00 00 00 | 68 00 00 00\n" OK
#define CHECKSUM                                                                  \
    "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 03 00 02 00\n" OK \
    "H> .. 04 00 00 00 | 03 00 00 00\n" OK
#define ASK_AGENT "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 0a 00 04 00\n" OK
#define BROM      ASK_AGENT "D> .. 04 00 00 00 | 62 72 6f 6d\n" OK
#define PRELOADER ASK_AGENT "D> .. 09 00 00 00 | 70 72 65 6c 6f 61 64 65 72\n" OK
#define STAGE1    SYNC_AND_ENVIRONMENT OK HW_INIT OK SYNC RESET_KEY CHECKSUM
/* Sections 5.3 and 6. */
#define RAM_CMD                                              \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 0a 00 01 00\n" \
    "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define RAM_LEN "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 90 03 00 00\n"
#define BOOT_CMD                                             \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 08 00 01 00\n" \
    "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define BOOT_WHERE \
    "H> ef ee ee fe 01 00 00 00 10 00 00 00 | 00 00 00 40 00 00 00 00 1c e6 04 00 00 00 00 00\n"
/* A control code that the agent does not have; CODE as in a line of words. */
#define ABSENT(code) "H= 010009\nD= 0\nH= " code "\nD= c0010004\n"
#define GET(code)    "H= 010009\nD= 0\nH= " code "\nD= 0\n"
#define SLA_NONE     ABSENT("040016")
#define VERSION      GET("040005") "D> .. 03 00 00 00 | 31 2e 30\n" OK
/* Section 13: eMMC of a DA of 2019. */
#define EMMC                                                               \
    GET("040001")                                                          \
    "D> .. 68 00 00 00 | 01 00 00 00 00 02 00 00 00 00 40 00 00 00 00 00 " \
    "00 00 40 00 00 00 00 00 00 00 00 01 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "                     \
    "00 00 c0 1e 1d 00 00 00 15 01 00 41 42 43 44 45 "                     \
    "46 01 12 34 56 78 9a bc 00 00 00 00 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00\n" OK
#define PACKETS GET("040007") "D> .. 08 00 00 00 | 00 00 20 00 00 00 01 00\n" OK
#define RAM_INFO                                                                                   \
    GET("04000c")                                                                                  \
    "D> .. 30 00 00 00 | 02 00 00 00 00 00 00 00 00 00 20 00 00 00 00 00 00 90 03 00 00 00 00 00 " \
    "01 00 00 00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 80 01 00 00 00\n" OK
#define CHIP_ID   \
    GET("04000d") \
    "D> .. 0c 00 00 00 | 66 07 00 8a 00 ca 00 00 00 00 00 00\n" OK
#define RANDOM_ID GET("040008") "D> .. 10 00 00 00 | 11*10\n" OK
#define USB_SPEED GET("04000b") "D> .. 0a 00 00 00 | 68 69 67 68 2d 73 70 65 65 64\n" OK
#define GPT       GET("040009") "D> .. 04 00 00 00 | 64 00 00 00\n" OK
#define BATTERY   GET("04000f") "D> .. 04 00 00 00 | 74 0e 00 00\n" OK
#define THE_REST  PACKETS RAM_INFO CHIP_ID RANDOM_ID USB_SPEED GPT BATTERY
#define FACTS     SLA_NONE VERSION EMMC THE_REST

struct fixture {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    struct mtk_sink sink;
    char notes[2048];
    uint8_t emi[EMI_LEN];
    size_t emi_len;
    uint8_t *da2;
    bool cancel;
};

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct fixture *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%s\n", ev->u.note.text);
}

static bool is_cancelled(void *ctx)
{
    return ((struct fixture *)ctx)->cancel;
}

static void open_fixture(struct fixture *f, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    f->opt.boot.sink = &f->sink;
    f->opt.boot.cancelled = is_cancelled;
    f->opt.boot.cancelled_ctx = f;
    f->opt.checksum_level = XF_CHECKSUM_USB | XF_CHECKSUM_STORAGE;
    f->opt.system_os = 1;
    f->id = (struct mtk_phone_id){.brom = true, .hw_code = 0x766};
    memset(f->emi, 0xE1, sizeof(f->emi));
    memcpy(f->emi, "MTK_BLOADER_INFO_v38", 20);
    f->emi_len = EMI_LEN;
    f->da2 = malloc(DA2_LEN);
    assert_non_null(f->da2);
    memset(f->da2, 0xDA, DA2_LEN);
}

static void close_fixture(struct fixture *f)
{
    if (f->a)
        f->a->ops->destroy(f->a);
    free(f->da2);
    script_free(f->s);
}

static int start(struct fixture *f)
{
    return mtk_xflash_start(script_link(f->s), &f->opt, &f->id, f->da2, DA2_LEN, 0x40000000, f->emi,
                            f->emi_len, &f->a, &f->err);
}

static void add_ram(struct fixture *f)
{
    script_add(f->s, RAM_CMD RAM_LEN);
    script_host(f->s, f->emi, EMI_LEN);
}

static void add_boot(struct fixture *f)
{
    script_add(f->s, BOOT_CMD BOOT_WHERE);
    script_host(f->s, f->da2, DA2_LEN);
}

/* Everything up to a running stage 2 of a phone that came from its boot ROM. */
static void add_start(struct fixture *f)
{
    script_add(f->s, STAGE1 BROM);
    add_ram(f);
    script_add(f->s, OK);
    add_boot(f);
    script_add(f->s, OK SYNC);
}

/* The whole of section 13 from BROM, byte by byte, and what is learnt from it. */
static void starts_from_brom(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, chop);
        add_start(&f);
        script_add(f.s, FACTS);
        assert_int_equal(start(&f), 0);
        f.a->ops->info(f.a, &info);
        assert_string_equal(info.generation, "xflash");
        assert_string_equal(info.version, "1.0");
        assert_string_equal(info.connection, "brom");
        assert_string_equal(info.storage, "emmc");
        assert_int_equal(info.block_size, 512);
        assert_int_equal(info.n_areas, 4);
        assert_string_equal(info.areas[0].name, "boot1");
        assert_int_equal(info.areas[0].size, 0x400000);
        assert_string_equal(info.areas[2].name, "rpmb");
        assert_false(info.areas[2].readable);
        assert_false(info.areas[2].writable);
        assert_string_equal(info.areas[3].name, "user");
        assert_int_equal(info.areas[3].size, 0x1d1ec00000);
        assert_true(info.areas[3].readable && info.areas[3].writable);
        assert_int_equal(info.storage_id_len, 16);
        assert_memory_equal(info.storage_id,
                            "\x15\x01\x00"
                            "ABCDEF\x01\x12",
                            11);
        assert_int_equal(info.max_write, 0x200000);
        assert_int_equal(info.max_read, 0x10000);
        assert_int_equal(info.sram_size, 0x39000);
        assert_int_equal(info.dram_size, 0x180000000);
        assert_int_equal(info.random_id_len, 16);
        assert_string_equal(info.usb_speed, "high-speed");
        assert_int_equal(info.battery_mv, 3700);
        assert_true(info.gpt);
        assert_true(f.a->usable);
        close_fixture(&f);
    }
}

/* A preloader has brought up DRAM: no INIT_EXT_RAM, and settings that were given are not sent [5.1]. */
static void starts_from_preloader(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.id.brom = false;
    f.emi_len = 0;
    script_add(f.s, STAGE1 PRELOADER);
    add_boot(&f);
    script_add(f.s, OK OK FACTS); /* and a plain 0 in place of the second SYNC [6] */
    assert_int_equal(start(&f), 0);
    assert_non_null(strstr(f.notes, "preloader"));
    close_fixture(&f);
}

/* The OS word and the checksum level are the caller's [4, 7.3]. */
static void passes_the_options_on(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.opt.system_os = 0;
    f.opt.checksum_level = 0;
    script_add(f.s,
               "H= 434e5953 010100\nH> .. 14 00 00 00 | 02 00 00 00 01 00 00 00 00*c\nD= 0\n" HW_INIT OK SYNC
                   RESET_KEY "H= 010009\nD= 0\nH= 020003\nD= 0\nH= 0\nD= 0\n" BROM "H= 01000a\ngone\n");
    assert_int_equal(start(&f), -1);
    close_fixture(&f);
}

/* Log text between any two packets changes nothing [2, F26]. */
static void starts_through_log_text(void **state)
{
    (void)state;
    static const char line[] = "D> ef ee ee fe 02 00 00 00 06 00 00 00 | 01 00 00 00 68 69\n";
    struct fixture f;
    open_fixture(&f, true);
    script_add(f.s, SYNC_AND_ENVIRONMENT);
    script_add(f.s, line);
    script_add(f.s, OK HW_INIT);
    script_add(f.s, line);
    script_add(f.s, OK);
    script_add(f.s, line);
    script_add(f.s, SYNC RESET_KEY CHECKSUM ASK_AGENT);
    script_add(f.s, line);
    script_add(f.s, "D> .. 04 00 00 00 | 62 72 6f 6d\n");
    script_add(f.s, line);
    script_add(f.s, OK);
    add_ram(&f);
    script_add(f.s, line);
    script_add(f.s, OK);
    add_boot(&f);
    script_add(f.s, OK);
    script_add(f.s, line);
    script_add(f.s, SYNC FACTS);
    assert_int_equal(start(&f), 0);
    assert_non_null(strstr(f.notes, "da1: hi\n"));
    assert_non_null(strstr(f.notes, "da2: hi\n"));
    close_fixture(&f);
}

/* 0xC0010004 means that a feature is absent, wherever it comes [7.2, 7.4, F11, F33]. */
static void starts_without_any_feature(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_agent_info info;
    open_fixture(&f, false);
    script_add(f.s,
               SYNC_AND_ENVIRONMENT OK HW_INIT OK SYNC ABSENT("020004") ABSENT("020003") ABSENT("04000a"));
    add_ram(&f);
    script_add(f.s, OK);
    add_boot(&f);
    script_add(f.s, OK SYNC SLA_NONE ABSENT("040005") ABSENT("040001") ABSENT("040004") ABSENT("040002")
                        ABSENT("040007") ABSENT("04000c") ABSENT("04000d") ABSENT("040008") ABSENT("04000b")
                            ABSENT("040009") ABSENT("04000f"));
    assert_int_equal(start(&f), 0);
    f.a->ops->info(f.a, &info);
    assert_string_equal(info.connection, "brom"); /* as the phone was found */
    assert_string_equal(info.version, "");
    assert_string_equal(info.storage, "");
    assert_int_equal(info.n_areas, 0);
    assert_int_equal(info.max_read, 0x10000);
    assert_int_equal(info.max_write, 0x10000);
    assert_int_equal(info.random_id_len, 0);
    assert_true(info.gpt);
    assert_non_null(strstr(f.notes, "no checksum level"));
    assert_non_null(strstr(f.notes, "no storage"));
    close_fixture(&f);
}

/* Every point of stage 1 at which the phone may refuse, break off or fall silent: row, evidence, stage, command. */
enum {
    AT_ENV,
    AT_HW,
    AT_SYNC,
    AT_KEY,
    AT_LEVEL,
    AT_AGENT,
    AT_RAM_CMD,
    AT_RAM,
    AT_BOOT_CMD,
    AT_BOOT,
    AT_SYNC2,
    N_POINTS
};

static const struct {
    const char *stage, *command;
    enum mtk_timeout_op patience;
    int silent_row;
} points[N_POINTS] = {
    [AT_ENV] = {"da1", "SETUP_ENVIRONMENT", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_HW] = {"da1", "SETUP_HW_INIT_PARAMS", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_SYNC] = {"da1", "SYNC", MTK_T_AGENT_SYNC, MTK_E_MTK_NO_ANSWER},
    [AT_KEY] = {"da1", "SET_RESET_KEY", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_LEVEL] = {"da1", "SET_CHECKSUM_LEVEL", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_AGENT] = {"da1", "GET_CONNECTION_AGENT", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_RAM_CMD] = {"da1", "INIT_EXT_RAM", MTK_T_AGENT_REPLY, MTK_E_STATUS_EXT_RAM_EXCEPTION},
    [AT_RAM] = {"da1", "INIT_EXT_RAM", MTK_T_DRAM_INIT, MTK_E_STATUS_EXT_RAM_EXCEPTION},
    [AT_BOOT_CMD] = {"da1", "BOOT_TO", MTK_T_AGENT_REPLY, MTK_E_MTK_NO_ANSWER},
    [AT_BOOT] = {"da1", "BOOT_TO", MTK_T_DA_DATA, MTK_E_MTK_NO_ANSWER},
    [AT_SYNC2] = {"da2", "BOOT_TO", MTK_T_STAGE2_SYNC, MTK_E_STATUS_EXT_RAM_EXCEPTION},
};

static void add_until(struct fixture *f, int point)
{
    static const char *const before[] = {
        [AT_ENV] = SYNC_AND_ENVIRONMENT,
        [AT_HW] = OK HW_INIT,
        [AT_SYNC] = OK,
        [AT_KEY] = SYNC "H= 010009\nD= 0\nH= 020004\nD= 0\nH= 68\n",
        [AT_LEVEL] = OK "H= 010009\nD= 0\nH= 020003\nD= 0\nH= 3\n",
        [AT_AGENT] = OK "H= 010009\nD= 0\nH= 04000a\n",
        [AT_RAM_CMD] = OK "D> .. 04 00 00 00 | 62 72 6f 6d\n" OK "H= 01000a\n",
        [AT_RAM] = OK RAM_LEN,
        [AT_BOOT_CMD] = OK "H= 010008\n",
        [AT_BOOT] = OK BOOT_WHERE,
        [AT_SYNC2] = OK,
    };
    for (int i = 0; i <= point; i++) {
        script_add(f->s, before[i]);
        if (i == AT_RAM)
            script_host(f->s, f->emi, EMI_LEN);
        if (i == AT_BOOT)
            script_host(f->s, f->da2, DA2_LEN);
    }
}

static void start_may_meet_silence(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        open_fixture(&f, false);
        add_until(&f, p);
        script_add(f.s, "deaf\n");
        assert_int_equal(start(&f), -1);
        assert_null(f.a);
        assert_true(mtk_error_is(&f.err, points[p].silent_row));
        assert_int_equal(f.err.evidence, MTK_EV_NO_ANSWER);
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        assert_int_equal(f.err.waited_ns,
                         mtk_timeout_ns(NULL, points[p].patience, p == AT_BOOT ? DA2_LEN : 0));
        close_fixture(&f);
    }
}

static void start_may_lose_the_phone(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        bool ram = p == AT_RAM_CMD || p == AT_RAM;
        open_fixture(&f, false);
        add_until(&f, p);
        script_add(f.s, "gone\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_LEFT_BUS);
        assert_true(mtk_error_is(&f.err, ram ? MTK_E_STATUS_EXT_RAM_EXCEPTION : MTK_E_MTK_LINK_LOST));
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

static void start_may_be_refused(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        bool ram = p == AT_RAM_CMD || p == AT_RAM;
        open_fixture(&f, p & 1);
        add_until(&f, p);
        script_add(f.s, "D= c0020053\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.device_status, XF_DA_ANTI_ROLLBACK);
        assert_true(f.err.row == (ram ? &mtk_err_rows[MTK_E_STATUS_EXT_RAM_EXCEPTION]
                                      : mtk_err_by_code("xflash_status", XF_DA_ANTI_ROLLBACK)));
        assert_string_equal(f.err.stage, points[p].stage);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

static void start_may_meet_nonsense(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        struct fixture f;
        open_fixture(&f, p & 1);
        add_until(&f, p);
        script_add(f.s, "D> ef ee ee ff 01 00 00 00 04 00 00 00\n");
        assert_int_equal(start(&f), -1);
        assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER)); /* noise is no fault of the DRAM */
        assert_int_equal(f.err.n_got, 12);
        assert_string_equal(f.err.command, points[p].command);
        close_fixture(&f);
    }
}

/* Where SYNC is due, an OK of stage 1 or any other word is none. */
static void demands_sync(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_SYNC);
    script_add(f.s, "D= 0\n");
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.evidence, MTK_EV_WRONG_ANSWER);
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_SYNC2);
    script_add(f.s, "D= 12345678\n");
    assert_int_equal(start(&f), -1);
    assert_int_equal(f.err.device_status, 0x12345678);
    assert_string_equal(f.err.command, "BOOT_TO");
    close_fixture(&f);
}

/* The inner fact of a DRAM failure: EMI version, DRAM test, silence after the whole blob [5.3, F5, F6, F7]. */
static void tells_why_dram_failed(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_RAM);
    script_add(f.s, "D= c0040050\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
    assert_int_equal(f.err.device_status, XF_EMI_VERSION);
    assert_non_null(strstr(f.err.what, "0xC0040050"));
    assert_non_null(strstr(f.err.what, "EMI v38, 912 bytes"));
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_RAM);
    script_add(f.s, "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_non_null(strstr(f.err.what, "silent after it had taken all DRAM settings"));
    close_fixture(&f);
    open_fixture(&f, false);
    add_until(&f, AT_RAM_CMD);
    script_add(f.s, "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_non_null(strstr(f.err.what, "silent before it had taken the DRAM settings"));
    close_fixture(&f);
}

/* The hash of stage 2 has its own row with its causes; DA1 would go on serving [6, F8]. */
static void tells_a_hash_mismatch(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    add_until(&f, AT_BOOT);
    script_add(f.s, "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 04 00 07 c0\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
    assert_non_null(strstr(f.err.row->causes, "DRAM"));
    close_fixture(&f);
}

/* Stage 2 that never speaks after a preloader's DRAM set-up is not called a DRAM failure [6, F9]. */
static void a_dead_stage2_after_preloader_is_just_silent(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, STAGE1 PRELOADER);
    add_boot(&f);
    script_add(f.s, OK "deaf\n");
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_NO_ANSWER));
    assert_string_equal(f.err.stage, "da2");
    close_fixture(&f);
}

/* Started by the boot ROM and no DRAM settings at hand: not one byte of BOOT_TO goes out [14, F4]. */
static void refuses_brom_without_settings(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.emi_len = 0;
    script_add(f.s, STAGE1 BROM);
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_NO_EMI));
    assert_int_equal(f.err.evidence, MTK_EV_POLICY);
    close_fixture(&f);
}

static void refuses_an_unknown_connection(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    script_add(f.s, STAGE1 ASK_AGENT "D> .. 04 00 00 00 | 42 52 4f 4d\n" OK);
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
    assert_memory_equal(f.err.got, "BROM", 4);
    close_fixture(&f);
}

static void may_be_cancelled(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, false);
    f.cancel = true;
    script_add(f.s, STAGE1 BROM);
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    close_fixture(&f);
}

/* ---- stage 2 ---- */

static int sign(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    const uint8_t *due = ctx;
    (void)err;
    assert_memory_equal(challenge, due, 16);
    assert_true(*len >= 256);
    memset(sig, 0x5E, 256);
    *len = 256;
    return 0;
}

static int sign_fails(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                      struct mtk_error *err)
{
    (void)ctx, (void)challenge, (void)sig, (void)len;
    return mtk_fail(err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY, "no key");
}

#define SLA_NEEDED GET("040016") "D= 1\n" OK
#define FW_INFO    GET("040013") "D> .. 44 00 00 00 | 00 00 01 00 c4*10 1d*10 50*20\n" OK
#define POLICY     GET("02000b") "H> .. 00 01 00 00 | 5e*100\n"

/* Section 7.6: needed or not, with and without a signer, and the answers to a wrong response [F12]. */
static void answers_da_sla(void **state)
{
    (void)state;
    static uint8_t challenge[16];
    memset(challenge, 0xC4, sizeof(challenge));
    static const struct {
        mtk_sla_sign_fn fn;
        const char *wire;
        int row; /* -1: starts */
        uint32_t status;
    } rows[] = {
        {sign, GET("040016") "D= 0\n" OK, -1, 0},
        {sign, SLA_NEEDED FW_INFO POLICY OK, -1, 0},
        {NULL, SLA_NEEDED, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, 0},
        {sign_fails, SLA_NEEDED FW_INFO, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, 0},
        {sign, SLA_NEEDED FW_INFO POLICY "D= c0020032\n", MTK_E_STATUS_SEC_CIPHER_KEY_INVALID, 0xC0020032},
        {sign, SLA_NEEDED FW_INFO POLICY "D= c002004a\n", -2, 0xC002004A},
        {sign, SLA_NEEDED ABSENT("040013"), MTK_E_MTK_WRONG_ANSWER, 0},
        {sign, SLA_NEEDED GET("040013") "D> .. 04 00 00 00 | 12 34 56 78\n" OK, MTK_E_MTK_WRONG_ANSWER, 0},
        {sign, SLA_NEEDED FW_INFO ABSENT("02000b"), MTK_E_STATUS_UNSUPPORT_CTRL_CODE, XF_UNSUPPORTED_CTRL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, i & 1);
        f.opt.da_sla_sign = rows[i].fn;
        f.opt.da_sla_ctx = challenge;
        add_start(&f);
        script_add(f.s, rows[i].wire);
        if (rows[i].row == -1)
            script_add(f.s, VERSION EMMC THE_REST);
        assert_int_equal(start(&f), rows[i].row == -1 ? 0 : -1);
        if (rows[i].row >= 0)
            assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_int_equal(f.err.device_status, rows[i].status);
        close_fixture(&f);
    }
}

#define NO_EMMC GET("040001") "D> .. 68 00 00 00 | 00*68\n" OK
#define NO_UFS  GET("040004") "D> .. d0 00 00 00 | 00*d0\n" OK
#define NO_NAND GET("040002") "D> .. 30 00 00 00 | 00*30\n" OK
/* Section 7.4: three sizes lu0, lu1, lu2; manufacturer and product after them. */
#define UFS_HEAD \
    "30 00 00 00 00 10 00 00 00 00 40 00*5 00 00 40 00*5 00 00 00 dd 1d 00*3 ce 01 4b 4c 55 44 47 00*9 "

/* The storages and lengths of the years [7.4, F10]. */
static void learns_storages(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *storage;
        size_t n_areas;
        uint32_t block_size;
        size_t id_len;
    } rows[] = {
        /* 2017: 0x60 bytes, gp2 in use */
        {GET("040001") "D> .. 60 00 00 00 | 01 00 00 00 00 02 00 00 00 00 40 00*5 00 00 40 00*5 00 00 00 01 "
                       "00*4 "
                       "00*8 00 00 10 00*5 00*10 00 00 c0 1e 1d 00*3 15*10 00*8\n" OK,
         "emmc", 5, 512, 16},
        /* the shortest that can be used: no CID */
        {GET("040001") "D> .. 48 00 00 00 | 01 00 00 00 00 02 00 00 00*38 00 00 c0 1e 1d 00*3\n" OK, "emmc",
         1, 512, 0},
        /* a block size that is none */
        {GET("040001") "D> .. 48 00 00 00 | 01 00 00 00 03 02 00 00 00*38 00 00 c0 1e 1d 00*3\n" OK, "emmc",
         1, 512, 0},
        {NO_EMMC GET("040004") "D> .. 38 00 00 00 | " UFS_HEAD "00*8\n" OK, "ufs", 3, 4096, 16},
        {NO_EMMC GET("040004") "D> .. d0 00 00 00 | " UFS_HEAD "00*a0\n" OK, "ufs", 3, 4096, 16},
        {ABSENT("040001") NO_UFS GET("040002") "D> .. 30 00 00 00 | 15 00 00 00 00 08 00 00 00 00 02 00 40 "
                                               "00 00 00 00 00 00 20 00*4 00 00 00 1f 00*4 "
                                               "00*10\n" OK,
         "nand", 1, 2048, 0},
        {NO_EMMC NO_UFS NO_NAND, "", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, i & 1);
        add_start(&f);
        script_add(f.s, SLA_NONE VERSION);
        script_add(f.s, rows[i].wire);
        script_add(f.s, THE_REST);
        assert_int_equal(start(&f), 0);
        f.a->ops->info(f.a, &info);
        assert_string_equal(info.storage, rows[i].storage);
        assert_int_equal(info.n_areas, rows[i].n_areas);
        assert_int_equal(info.block_size, rows[i].block_size);
        assert_int_equal(info.storage_id_len, rows[i].id_len);
        if (strcmp(rows[i].storage, "ufs") == 0) {
            assert_string_equal(info.areas[2].name, "lu2");
            assert_int_equal(info.areas[2].size, 0x1ddd000000);
            assert_true(info.areas[2].writable);
            assert_memory_equal(info.storage_id, "\xce\x01KLUDG", 7);
        }
        if (strcmp(rows[i].storage, "nand") == 0)
            assert_false(info.areas[0].readable || info.areas[0].writable);
        if (i == 0)
            assert_string_equal(info.areas[3].name, "gp2");
        close_fixture(&f);
    }
}

/* UFS is addressed by its own storage and section numbers [7.5]. */
static void reads_ufs(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t none = 0;
    struct mtk_drain to = {.ctx = &none};
    open_fixture(&f, false);
    add_start(&f);
    script_add(f.s,
               SLA_NONE VERSION NO_EMMC GET("040004") "D> .. 38 00 00 00 | " UFS_HEAD "00*8\n" OK THE_REST);
    script_add(
        f.s, "H= 010005\nD= 0\nH> .. 38 00 00 00 | 30 00 00 00 03 00 00 00 00 10 00*6 00*8 00*20\nD= 0 0\n");
    assert_int_equal(start(&f), 0);
    assert_int_equal(f.a->ops->read(f.a, "lu2", 0x1000, 0, &to, &f.err), 0);
    close_fixture(&f);
}

/* Answers of stage 2 that nothing can be made of, and questions that are refused. */
static void stage2_may_answer_badly(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *command;
        int row;
    } rows[] = {
        {VERSION GET("040001") "D> .. 10 00 00 00 | 01*10\n" OK, "GET_EMMC_INFO", MTK_E_MTK_WRONG_ANSWER},
        {VERSION NO_EMMC GET("040004") "D> .. 10 00 00 00 | 30*10\n" OK, "GET_UFS_INFO",
         MTK_E_MTK_WRONG_ANSWER},
        {VERSION GET("040001") "D= c0040030\n", "GET_EMMC_INFO", MTK_E_STATUS_MMC_ERR},
        {VERSION GET("040001") "D> .. 00 00 01 00\n", "GET_EMMC_INFO", MTK_E_MTK_WRONG_ANSWER},
        {VERSION GET("040001") "deaf\n", "GET_EMMC_INFO", MTK_E_MTK_NO_ANSWER},
        {VERSION EMMC "H= 010009\ngone\n", "GET_PACKET_LENGTH", MTK_E_MTK_LINK_LOST},
        {VERSION EMMC GET("040007") "D= c0010001\ndeaf\n", "GET_PACKET_LENGTH", MTK_E_STATUS_ERR},
        {"H= 010009\nD= c0010003\ndeaf\n", "GET_DA_VERSION", MTK_E_STATUS_UNSUPPORT_CMD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        open_fixture(&f, i & 1);
        add_start(&f);
        script_add(f.s, SLA_NONE);
        script_add(f.s, rows[i].wire);
        assert_int_equal(start(&f), -1);
        assert_true(mtk_error_is(&f.err, rows[i].row));
        assert_string_equal(f.err.stage, "da2");
        assert_string_equal(f.err.command, rows[i].command);
        close_fixture(&f);
    }
}

/* Refused questions that the session can do without, odd lengths and odd values. */
static void stage2_may_answer_oddly(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_agent_info info;
    open_fixture(&f, false);
    add_start(&f);
    script_add(
        f.s,
        SLA_NONE GET("040005") "D> .. 20 00 00 00 | 39*20\n" OK EMMC
            /* write packets beyond what this host sends; read packets as the agent says */
            GET("040007") "D> .. 08 00 00 00 | 00 00 00 80 00 00 00 80\n" OK
                /* the 32-bit form */
                GET("04000c") "D> .. 18 00 00 00 | 02 00 00 00 00 00 20 00 00 90 03 00 01 00 00 00 00 00 00 "
                              "40 "
                              "00 00 00 40\n" OK
                                  /* another chip */
                                  GET("04000d") "D> .. 0c 00 00 00 | 88 07 00 8a 00 ca 00*6\n" OK
                                      /* refused, asked again whether all is well */
                                      GET("040008") "D= c0040001\n" PROBE
                                          /* text that is none */
                                          GET("04000b") "D> .. 04 00 00 00 | 61 1b 5b 6d\n" OK
                                              /* a PMT */
                                              GET("040009") "D> .. 04 00 00 00 | 65 00 00 00\n" OK BATTERY);
    assert_int_equal(start(&f), 0);
    f.a->ops->info(f.a, &info);
    assert_int_equal(strlen(info.version), sizeof(info.version) - 1);
    assert_int_equal(info.max_write, XF_MAX_WRITE);
    assert_int_equal(info.max_read, 0x80000000u);
    assert_int_equal(info.sram_size, 0x39000);
    assert_int_equal(info.dram_size, 0x40000000);
    assert_int_equal(info.random_id_len, 0);
    assert_string_equal(info.usb_speed, "a");
    assert_false(info.gpt);
    assert_non_null(strstr(f.notes, "0x0788"));
    assert_non_null(strstr(f.notes, "0x65"));
    assert_non_null(strstr(f.notes, "GET_RANDOM_ID"));
    close_fixture(&f);
    open_fixture(&f, false); /* packet lengths of nothing */
    add_start(&f);
    script_add(f.s, SLA_NONE VERSION EMMC GET("040007") "D> .. 08 00 00 00 | 00*8\n" OK RAM_INFO CHIP_ID
                        RANDOM_ID USB_SPEED GPT BATTERY);
    assert_int_equal(start(&f), 0);
    f.a->ops->info(f.a, &info);
    assert_int_equal(info.max_write, 0x10000);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_from_brom),
        cmocka_unit_test(starts_from_preloader),
        cmocka_unit_test(passes_the_options_on),
        cmocka_unit_test(starts_through_log_text),
        cmocka_unit_test(starts_without_any_feature),
        cmocka_unit_test(start_may_meet_silence),
        cmocka_unit_test(start_may_lose_the_phone),
        cmocka_unit_test(start_may_be_refused),
        cmocka_unit_test(start_may_meet_nonsense),
        cmocka_unit_test(demands_sync),
        cmocka_unit_test(tells_why_dram_failed),
        cmocka_unit_test(tells_a_hash_mismatch),
        cmocka_unit_test(a_dead_stage2_after_preloader_is_just_silent),
        cmocka_unit_test(refuses_brom_without_settings),
        cmocka_unit_test(refuses_an_unknown_connection),
        cmocka_unit_test(may_be_cancelled),
        cmocka_unit_test(answers_da_sla),
        cmocka_unit_test(learns_storages),
        cmocka_unit_test(reads_ufs),
        cmocka_unit_test(stage2_may_answer_badly),
        cmocka_unit_test(stage2_may_answer_oddly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
