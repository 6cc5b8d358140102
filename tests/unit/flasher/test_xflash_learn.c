/* SPDX-License-Identifier: Apache-2.0 */
/* What a running stage 2 is asked: DA SLA, storage and other facts, USB speed: da-xflash.md sections 7 and 10. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_session.h"

/* ---- DA SLA, section 7.6 ---- */

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

/* Pages, blocks, spare bytes, total and available size, and the id behind the flag for a pool. */
#define NAND_SIZES \
    "00 08 00 00 00 00 02 00 40 00 00 00 00 00 00 20 00*4 00 00 00 1f 00*4 01 98 dc 90 00*c\n" OK

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
        {ABSENT("040001") NO_UFS GET("040002") "D> .. 30 00 00 00 | 15 00 00 00 " NAND_SIZES, "nand", 1, 2048,
         12},
        /* cells of two bits: this host does not know how to use them */
        {ABSENT("040001") NO_UFS GET("040002") "D> .. 30 00 00 00 | 12 00 00 00 " NAND_SIZES, "nand", 1, 2048,
         12},
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
        if (strcmp(rows[i].storage, "nand") == 0) {
            bool plain = strstr(rows[i].wire, "| 15 ") != NULL;
            assert_int_equal(info.areas[0].readable && info.areas[0].writable, plain);
            assert_int_equal(info.areas[0].size, 0x1f000000); /* what is behind it is not for data */
            assert_int_equal(info.erase_size, 0x20000);
            assert_memory_equal(info.storage_id, "\x98\xdc\x90", 4);
        }
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

/* ---- SWITCH_USB_SPEED, section 10 ---- */

#define FULL_SPEED GET("04000b") "D> .. 0a 00 00 00 | 66 75 6c 6c 2d 73 70 65 65 64\n" OK
#define SLOW_FACTS SLA_NONE VERSION EMMC PACKETS RAM_INFO CHIP_ID RANDOM_ID FULL_SPEED GPT BATTERY
#define SWITCH     "H> .. 04 00 00 00 | 0b 00 01 00\n" OK "H> .. 04 00 00 00 | 01 20 8d 0e\n" OK

static void switches_the_usb_speed(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *speed; /* NULL: the start fails */
        int row;
        enum mtk_evidence evidence;
    } rows[] = {
        {SWITCH "gone\n" USB_SPEED, "high-speed", 0, 0},
        {SWITCH "gone\n" FULL_SPEED, "full-speed", 0, 0},
        {SWITCH "gone\n" ABSENT("04000b"), "", 0, 0},
        {"H= 01000b\nD= c0010003\n" PROBE, "full-speed", 0, 0},
        {"H= 01000b\nD= 0\nH= e8d2001\nD= c0010001\n" PROBE, "full-speed", 0, 0},
        {"H= 01000b\nD= c0010003\ndeaf\n", NULL, MTK_E_STATUS_UNSUPPORT_CMD, MTK_EV_REFUSED},
        {"H= 01000b\ngone\n", NULL, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS},
        {SWITCH "deaf\n", NULL, MTK_E_STATUS_SWITCH_USB_EXCEPTION, MTK_EV_NO_ANSWER},
        {SWITCH "gone\n", NULL, MTK_E_STATUS_SWITCH_USB_EXCEPTION, MTK_EV_LEFT_BUS},
        {SWITCH "D= 0\n", NULL, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER},
        {SWITCH "gone\nH= 010009\ndeaf\n", NULL, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, false);
        f.opt.switch_usb_speed = true;
        add_start(&f);
        script_add(f.s, SLOW_FACTS);
        script_add(f.s, rows[i].wire);
        assert_int_equal(start(&f), rows[i].speed ? 0 : -1);
        if (rows[i].speed) {
            f.a->ops->info(f.a, &info);
            assert_string_equal(info.usb_speed, rows[i].speed);
            assert_true(f.a->usable);
        } else {
            assert_true(mtk_error_is(&f.err, rows[i].row));
            assert_int_equal(f.err.evidence, rows[i].evidence);
        }
        if (rows[i].row == MTK_E_MTK_WRONG_ANSWER)
            script_drop(f.s), f.s = script_new(false); /* the rest of the stray packet */
        close_fixture(&f);
    }
}

/* Not asked for, or not needed: not done. */
static void keeps_the_usb_speed(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct fixture f;
        open_fixture(&f, false);
        f.opt.switch_usb_speed = asked;
        add_start(&f);
        script_add(f.s, asked ? FACTS : SLOW_FACTS);
        assert_int_equal(start(&f), 0);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_da_sla),
        cmocka_unit_test(learns_storages),
        cmocka_unit_test(reads_ufs),
        cmocka_unit_test(stage2_may_answer_badly),
        cmocka_unit_test(stage2_may_answer_oddly),
        cmocka_unit_test(switches_the_usb_speed),
        cmocka_unit_test(keeps_the_usb_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
