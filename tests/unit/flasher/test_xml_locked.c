/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 2 of an XML agent that is locked, or has no storage, or refuses to run: da-xml.md sections 3, 7, 8 and 12. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_session.h"

#define RND     "deadbeefdeadbeefdeadbeefdeadbeef" /* one random word four times, as a vendor's agent does it */
#define ZEROS16 "00000000000000000000000000000000"
#define FW_INFO(rnd)                                                                                \
    X_HEAD "<sla version=\"1.0\"><rnd>" rnd "</rnd><hrid>" ZEROS16 "</hrid><socid>" ZEROS16 ZEROS16 \
           "</socid></sla>"
#define ASK_FW X_DA("SECURITY-GET-DEV-FW-INFO", "<target_file>MEM://0x0:0x1000</target_file>")
#define POLICY X_DA("SECURITY-SET-FLASH-POLICY", "<source_file>MEM://0x0:0x100</source_file>")

/* Who has the key: the challenge that was to be signed is kept, the response is 256 bytes of 5A. */
struct signer {
    uint8_t challenge[16];
    unsigned asked;
    bool fails;
};

static int sign(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    struct signer *k = ctx;
    memcpy(k->challenge, challenge, sizeof(k->challenge));
    k->asked++;
    if (k->fails)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the key cannot be read");
    assert_true(*len >= 256);
    memset(sig, 0x5A, 256);
    *len = 256;
    return 0;
}

static void open_locked(struct start *t, struct signer *k)
{
    open_start(t);
    if (k) {
        t->opt.da_sla_sign = sign;
        t->opt.da_sla_ctx = k;
    }
    add_start(t);
    add_sys_prop(t, SYS_PROP("ENABLED"));
}

static void add_challenge(struct start *t)
{
    add_document(t, ASK_FW, "DEV-FW-INFO", "MEM://0x0:0x1000", FW_INFO(RND), strlen(FW_INFO(RND)) + 1);
}

/* The response, in one packet whose sum small files do not look at but which is right all the same [5.1, 7]. */
static void add_response(struct start *t)
{
    uint8_t response[256];
    memset(response, 0x5A, sizeof(response));
    phone_says(t->s, X_START);
    add_command(t->s, POLICY, "OK");
    phone_says(t->s, X_DOWNLOAD("CHK_ADD", "SEC-POLICY", "MEM://0x0:0x100", "0x200000"));
    host_says(t->s, "OK");
    host_says(t->s, "OK@0x100");
    phone_says(t->s, "OK");
    host_says(t->s, "OK@0x5a00");
    phone_says(t->s, "OK");
    script_host(t->s, response, sizeof(response));
    phone_says(t->s, "OK");
}

/* Section 7 from its first to its last step; what is signed is the challenge of this answer. */
static void opens_with_a_key(void **state)
{
    struct start t;
    struct signer k = {.asked = 0};
    bool asked = false;
    (void)state;
    open_locked(&t, &k);
    t.opt.da_sla_asked = &asked;
    add_challenge(&t);
    add_response(&t);
    add_last(&t, "OK", "");
    add_facts(&t);
    assert_int_equal(run_start(&t), 0);
    assert_int_equal(k.asked, 1);
    for (size_t i = 0; i < 16; i += 4)
        assert_memory_equal(k.challenge + i, "\xde\xad\xbe\xef", 4);
    assert_true(asked);
    close_start(&t);
}

/* One attempt: the key is wrong, and nothing more is asked of the agent, whether its loop is alive or dead [X7]. */
static void tells_a_wrong_key(void **state)
{
    (void)state;
    for (int alive = 0; alive < 2; alive++) {
        struct start t;
        struct signer k = {.asked = 0};
        open_locked(&t, &k);
        add_challenge(&t);
        add_response(&t);
        add_last(&t, "ERR", "Server is not authenticated. Locked.");
        if (alive)
            phone_says(t.s, X_START);
        assert_int_equal(run_start(&t), -1);
        assert_null(t.a);
        assert_true(mtk_error_is(&t.err, MTK_E_S_SECURITY_SLA_FAIL));
        assert_int_equal(t.err.evidence, MTK_EV_REFUSED);
        assert_string_equal(t.err.stage, "da2");
        assert_string_equal(t.err.command, "SECURITY-SET-FLASH-POLICY");
        assert_non_null(strstr(t.err.what, "--da-sla-key is not the key of this agent"));
        assert_int_equal(k.asked, 1);
        close_start(&t);
    }
}

/* Nobody who signs: what is missing and where it would go is told before anything else is asked [X6]. */
static void names_the_missing_key(void **state)
{
    struct start t;
    (void)state;
    open_locked(&t, NULL);
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED));
    assert_int_equal(t.err.evidence, MTK_EV_POLICY);
    assert_non_null(strstr(t.err.what, "--da-sla-key"));
    close_start(&t);
}

/* A signer that fails is the host's own trouble; no made-up response goes out. */
static void the_signer_may_fail(void **state)
{
    struct start t;
    struct signer k = {.fails = true};
    (void)state;
    open_locked(&t, &k);
    add_challenge(&t);
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_MTK_HOST_IO));
    assert_string_equal(t.err.command, "SECURITY-SET-FLASH-POLICY");
    close_start(&t);
}

/* Nothing is signed that is not the sixteen bytes of a challenge. */
static void needs_a_whole_challenge(void **state)
{
    static const char *const docs[] = {FW_INFO("deadbeef"), FW_INFO("this is not hexadecimal at all!!"),
                                       X_HEAD, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
        struct start t;
        struct signer k = {.asked = 0};
        open_locked(&t, &k);
        if (docs[i])
            add_document(&t, ASK_FW, "DEV-FW-INFO", "MEM://0x0:0x1000", docs[i], strlen(docs[i]) + 1);
        else
            add_unknown(&t, ASK_FW);
        assert_int_equal(run_start(&t), -1);
        assert_true(mtk_error_is(&t.err, MTK_E_MTK_WRONG_ANSWER));
        assert_int_equal(k.asked, 0);
        close_start(&t);
    }
}

/* Locked, and without the command that would unlock it: the host does not go on as if it were open. */
static void may_have_no_lock_to_open(void **state)
{
    struct start t;
    struct signer k = {.asked = 0};
    (void)state;
    open_locked(&t, &k);
    add_challenge(&t);
    add_unknown(&t, POLICY);
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_MTK_UNSUPPORTED));
    assert_string_equal(t.err.command, "SECURITY-SET-FLASH-POLICY");
    close_start(&t);
}

/* No such property, another state, no property at all: not locked [7]. */
static void most_are_not_locked(void **state)
{
    static const char *const docs[] = {X_HEAD "<sys_prop version=\"1.0\"></sys_prop>", SYS_PROP("DISABLED"),
                                       SYS_PROP("enabled"), NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
        struct start t;
        bool asked = false;
        open_start(&t);
        t.opt.da_sla_asked = &asked;
        add_start(&t);
        if (docs[i])
            add_sys_prop(&t, docs[i]);
        else
            add_unknown(&t, ASK_SLA);
        add_facts(&t);
        assert_int_equal(run_start(&t), 0);
        assert_false(asked);
        close_start(&t);
    }
}

/* ---- agents that cannot run [3, 8, 12] ---- */

#define NO_STORAGE "All storage init fail. check HW storage.\r\n"
#define WRONG_LOAD                                                                             \
    X_HEAD "<host><version>1.0</version><command>CMD:END</command><arg><result>ERR</result>"   \
           "<message>Use wrong load, load with pmic 6377 incompatible with device pmic 6363, " \
           "response_value=NAK, code=0xc0010001</arg></host>"

/* Builds that run on only tell at NOTIFY-INIT-HW, at once and without a progress report [3 run, X2]. */
static void tells_that_there_is_no_storage(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_start(&t);
    add_sys_prop(&t, SYS_PROP("DISABLED"));
    phone_says(t.s, X_START);
    add_command(t.s, X_BARE("NOTIFY-INIT-HW"), "OK");
    add_end(t.s, X_END("ERR", NO_STORAGE));
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_STORAGE_MISMATCH));
    assert_string_equal(t.err.stage, "da2");
    assert_string_equal(t.err.command, "NOTIFY-INIT-HW");
    assert_null(strchr(t.err.what, '\r'));
    close_start(&t);
}

/*
 * Builds that refuse end their first command with the stored message, be it known to them or not: then the token is
 * ERR!UNSUPPORTED, but the reason in CMD:END counts [3 refuse, 11 item 3, X2, X23]. Nothing comes after it.
 */
static void tells_why_it_refuses_everything(void **state)
{
    static const struct {
        const char *token, *end, *words;
        int row;
    } r[] = {
        {"OK", X_END("ERR", NO_STORAGE), "check HW storage", MTK_E_STATUS_STORAGE_MISMATCH},
        {"ERR!UNSUPPORTED", X_END("ERR", NO_STORAGE), "check HW storage", MTK_E_STATUS_STORAGE_MISMATCH},
        {"OK", WRONG_LOAD, "pmic 6363", MTK_E_XML_WRONG_LOAD},
        {"ERR!UNSUPPORTED", WRONG_LOAD, "pmic 6363", MTK_E_XML_WRONG_LOAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        struct start t;
        open_start(&t);
        add_start(&t);
        phone_says(t.s, X_START);
        add_command(t.s, ASK_SLA, r[i].token);
        phone_says(t.s, r[i].end);
        host_says(t.s, "OK");
        assert_int_equal(run_start(&t), -1);
        assert_true(mtk_error_is(&t.err, r[i].row));
        assert_non_null(strstr(t.err.what, r[i].words));
        assert_non_null(strstr(t.notes, "has left its command loop"));
        close_start(&t);
    }
}

/* An address that stage 1 does not take: it says so and resets the phone behind the host's OK [6.2, X5]. */
static void the_address_may_be_refused(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_stage1(&t);
    add_command(t.s, BOOT_TO, "OK");
    phone_says(t.s, X_END("ERR", "2nd DA address is invalid. reset.\r\n"));
    host_says(t.s, "OK");
    script_add(t.s, "gone");
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_XML_DA2_ADDRESS_INVALID));
    assert_string_equal(t.err.stage, "da1");
    assert_string_equal(t.err.command, "BOOT-TO");
    close_start(&t);
}

/* Log text may come before the first CMD:START, and behind it between any two frames [2, X16]. */
static void starts_through_log_text(void **state)
{
    static const char line[] = "D> ef ee ee fe 02 00 00 00 03 00 00 00 | 48 42 00\n"; /* HB */
    struct start t;
    (void)state;
    open_start_with(&t, NULL);
    script_add(t.s, "D> 02 00 00 00 03 00 00 00\nD> 48 42 00\n"); /* its magic was read */
    script_add(t.s, line);
    phone_says(t.s, X_START);
    add_start(&t);
    script_add(t.s, line);
    phone_says(t.s, X_START);
    host_says(t.s, "OK");
    host_says(t.s, ASK_SLA);
    script_add(t.s, line);
    phone_says(t.s, "ERR!UNSUPPORTED");
    script_add(t.s, line);
    add_last(&t, "ERR!UNSUPPORTED", "Unsupported command.");
    script_add(t.s, line);
    add_facts(&t);
    assert_int_equal(run_start(&t), 0);
    close_start(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_with_a_key),
        cmocka_unit_test(tells_a_wrong_key),
        cmocka_unit_test(names_the_missing_key),
        cmocka_unit_test(the_signer_may_fail),
        cmocka_unit_test(needs_a_whole_challenge),
        cmocka_unit_test(may_have_no_lock_to_open),
        cmocka_unit_test(most_are_not_locked),
        cmocka_unit_test(tells_that_there_is_no_storage),
        cmocka_unit_test(tells_why_it_refuses_everything),
        cmocka_unit_test(the_address_may_be_refused),
        cmocka_unit_test(starts_through_log_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
