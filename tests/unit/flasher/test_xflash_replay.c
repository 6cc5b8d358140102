/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real agent said, said again: the phone's bytes of the four sessions captured from an unmodified MT6765 agent of
 * 2019-06-06, run in a CPU emulator. DRAM settings and the stage-2 image are made up, of the real lengths; the phone
 * never sends them back. The recorded host asked GET_EXPIRE_DATE on its way, which this one never does: that exchange
 * is played on its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xflash_script.h"

#define EMI_LEN 0x6B0u
#define DA2_LEN 0x4871Cu
#define SIG_LEN 0x100u

/* The transfers of the agent, as recorded: one line a write call of its code. */
#define REAL_WORD    "D> EF EE EE FE 01 00 00 00 04 00 00 00\nD> "
#define REAL_OK      REAL_WORD "00 00 00 00\n"
#define REAL_SYNC    REAL_WORD "53 59 4E 43\n"
#define REAL_BAD_DA2 REAL_WORD "04 00 07 C0\n"
#define REAL_BAD_RAM REAL_WORD "06 00 06 C0\n"
#define REAL_ABSENT  REAL_WORD "04 00 01 C0\n"

#define RESET_KEY                                                    \
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 09 00 01 00\n" REAL_OK \
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 04 00 02 00\n" REAL_OK \
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 68 00 00 00\n" REAL_OK
#define DA2_WHERE    "H> 00 00 00 40 00 00 00 00 1C 87 04 00 00 00 00 00\n"
#define SIGNED_WHERE "H> 00 00 00 40 00 00 00 00 1C 88 04 00 00 00 00 00\n"

static const char start_up[] =
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 53 59 4E 43\n"
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 00 01 01 00\n"
    "H> EF EE EE FE 01 00 00 00 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00*8\n" REAL_OK
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 01 01 01 00\n"
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 00 00 00 00\n" REAL_OK REAL_SYNC RESET_KEY
    /* SET_CHECKSUM_LEVEL */
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 09 00 01 00\n" REAL_OK
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 03 00 02 00\n" REAL_OK
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 00 00 00 00\n" REAL_OK
    /* GET_CONNECTION_AGENT */
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 09 00 01 00\n" REAL_OK
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 0A 00 04 00\n" REAL_OK
    "D> EF EE EE FE 01 00 00 00 04 00 00 00\nD> 62 72 6F 6D\n" REAL_OK
    /* INIT_EXT_RAM */
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 0A 00 01 00\n" REAL_OK
    "H> EF EE EE FE 01 00 00 00 04 00 00 00 | B0 06 00 00\n";

static const char da_version[] = "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 09 00 01 00\n" REAL_OK
                                 "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 05 00 04 00\n" REAL_OK
                                 "D> EF EE EE FE 01 00 00 00 03 00 00 00\nD> 31 2E 30\n" REAL_OK;

struct fixture {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    uint8_t emi[EMI_LEN];
    uint8_t *da2;
};

static void open_fixture(struct fixture *f, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->opt.system_os = 1;
    f->id = (struct mtk_phone_id){.brom = true, .hw_code = 0x766};
    memset(f->emi, 0x35, sizeof(f->emi));
    memcpy(f->emi, "MTK_BLOADER_INFO_v35", 20);
    f->da2 = malloc(DA2_LEN + SIG_LEN);
    assert_non_null(f->da2);
    memset(f->da2, 0xD2, DA2_LEN + SIG_LEN);
}

static void close_fixture(struct fixture *f)
{
    if (f->a)
        f->a->ops->destroy(f->a);
    free(f->da2);
    script_free(f->s);
}

static int begin(struct fixture *f, size_t da2_len)
{
    return mtk_xflash_start(script_link(f->s), &f->opt, &f->id, f->da2, da2_len, 0x40000000, f->emi,
                            sizeof(f->emi), &f->a, &f->err);
}

/* Everything up to the status of the DRAM settings. */
static void add_until_ram(struct fixture *f, const char *status)
{
    script_add(f->s, start_up);
    script_host(f->s, f->emi, sizeof(f->emi));
    script_add(f->s, status);
}

/* From there to the status of stage 2; where: BOOT_TO's parameter. */
static void add_boot(struct fixture *f, const char *where, size_t da2_len, const char *status)
{
    script_add(f->s, "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 08 00 01 00\n" REAL_OK
                     "H> EF EE EE FE 01 00 00 00 10 00 00 00 |");
    script_add(f->s, where);
    script_host(f->s, f->da2, da2_len);
    script_add(f->s, status);
}

/* All four recordings end with this question. Answered, it shows that the host has read all of what came before. */
static void still_serves(struct fixture *f)
{
    struct xflash *x = xf_new(script_link(f->s), &f->opt.boot);
    char text[8] = "";
    size_t n = 0;
    assert_non_null(x);
    script_add(f->s, da_version);
    assert_int_equal(xf_ctrl_get(x, XF_GET_DA_VERSION, text, sizeof(text), &n, &f->err), XF_CTRL_DONE);
    assert_int_equal(n, 3);
    assert_memory_equal(text, "1.0", 3);
    x->s.agent.ops->destroy(&x->s.agent);
}

/* The recording ends with the version; what comes around it is refused, as that build refuses codes. */
static void add_facts(struct fixture *f)
{
    static const char *const codes[] = {"040016", "040005", "040001", "040004", "040002", "040007",
                                        "04000c", "04000d", "040008", "04000b", "040009", "04000f"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(codes[i], "040005") == 0) {
            script_add(f->s, da_version);
            continue;
        }
        char line[160];
        snprintf(line, sizeof(line), "H= 010009\n" REAL_OK "H= %s\n" REAL_ABSENT, codes[i]);
        script_add(f->s, line);
    }
}

static void good_session(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, chop);
        add_until_ram(&f, REAL_OK);
        add_boot(&f, DA2_WHERE, DA2_LEN, REAL_OK REAL_SYNC);
        add_facts(&f);
        assert_int_equal(begin(&f, DA2_LEN), 0);
        f.a->ops->info(f.a, &info);
        assert_string_equal(info.version, "1.0");
        assert_string_equal(info.connection, "brom");
        close_fixture(&f);
    }
}

/* One flipped bit, and the signature left on: the same refusal, at the same place, of a stage 1 that keeps serving. */
static void refused_stage2(void **state)
{
    static const struct {
        const char *where;
        size_t len;
    } images[] = {{DA2_WHERE, DA2_LEN}, {SIGNED_WHERE, DA2_LEN + SIG_LEN}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fixture f;
        open_fixture(&f, i & 1);
        add_until_ram(&f, REAL_OK);
        add_boot(&f, images[i / 2].where, images[i / 2].len, REAL_BAD_DA2);
        assert_int_equal(begin(&f, images[i / 2].len), -1);
        assert_null(f.a);
        assert_true(mtk_error_is(&f.err, MTK_E_STATUS_DA_HASH_MISMATCH));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.device_status, 0xC0070004);
        assert_string_equal(f.err.stage, "da1");
        assert_string_equal(f.err.command, "BOOT_TO");
        still_serves(&f);
        close_fixture(&f);
    }
}

/*
 * The DRAM routine's own value, which is in no table, comes through stage 1 unchanged. The user gets the name that the
 * vendor's tools have for it, the value, which settings these were, and that the phone had all of them; BOOT_TO is not
 * tried.
 */
static void refused_dram(void **state)
{
    (void)state;
    for (int chop = 0; chop < 2; chop++) {
        struct fixture f;
        open_fixture(&f, chop);
        add_until_ram(&f, REAL_BAD_RAM);
        assert_int_equal(begin(&f, DA2_LEN), -1);
        assert_null(f.a);
        assert_true(mtk_error_is(&f.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_true(f.err.has_status);
        assert_int_equal(f.err.device_status, 0xC0060006);
        assert_string_equal(f.err.stage, "da1");
        assert_string_equal(f.err.command, "INIT_EXT_RAM");
        assert_non_null(strstr(f.err.what, "0xC0060006"));
        assert_non_null(strstr(f.err.what, "after it had taken all DRAM settings (EMI v35, 1712 bytes)"));
        still_serves(&f);
        close_fixture(&f);
    }
}

/* GET_EXPIRE_DATE is refused by that build before anything else is asked, and the next exchange is answered. */
static void refused_control_code(void **state)
{
    (void)state;
    struct script *s = script_new(true);
    struct xflash *x = script_agent(s);
    struct mtk_error err = {0};
    char text[8] = "";
    const uint8_t keys[4] = {0x68};
    size_t n = 0;
    script_add(s, "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 09 00 01 00\n" REAL_OK
                  "H> EF EE EE FE 01 00 00 00 04 00 00 00 | 11 00 04 00\n" REAL_ABSENT RESET_KEY);
    assert_int_equal(xf_ctrl_get(x, XF_GET_EXPIRE_DATE, text, sizeof(text), &n, &err), XF_CTRL_ABSENT);
    assert_int_equal(n, 0);
    assert_int_equal(xf_ctrl_set(x, XF_SET_RESET_KEY, keys, sizeof(keys), &err), XF_CTRL_DONE);
    x->s.agent.ops->destroy(&x->s.agent);
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_session),
        cmocka_unit_test(refused_stage2),
        cmocka_unit_test(refused_dram),
        cmocka_unit_test(refused_control_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
