/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication, SEND_DA and JUMP_DA against sections 6.3, 10.1 to 10.6, and every refusal of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boot_scripts.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"
#include "script_link.h"

static const uint8_t toy[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t auth[] = {0xDE, 0xAD, 0xBE, 0xEF};
static const uint8_t cert[] = {0xC0, 0xFF, 0xEE};

static int sign(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    (void)ctx;
    (void)err;
    if (challenge[0] != 0x00 || challenge[15] != 0xFF || *len < 256)
        return -1;
    memset(sig, 0x5A, 256);
    *len = 256;
    return 0;
}

static int sign_fails(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                      struct mtk_error *err)
{
    (void)challenge;
    (void)sig;
    (void)len;
    return ctx ? mtk_fail(err, MTK_E_MTK_FILE_MISSING, MTK_EV_FILE, "no key") : -1;
}

/* Notes of level 3 and the progress of the upload. */
struct heard {
    unsigned hints, progress;
    uint64_t done, total;
};

static void hear(void *ctx, const struct mtk_event *ev)
{
    struct heard *h = ctx;
    h->hints += ev->kind == MTK_EVENT_NOTE && ev->u.note.level == 3;
    if (ev->kind == MTK_EVENT_PROGRESS) {
        h->progress++;
        h->done = ev->u.progress.done;
        h->total = ev->u.progress.total;
    }
}

static struct mtk_phone_id phone(bool brom, uint32_t config)
{
    return (struct mtk_phone_id){
        .brom = brom, .hw_code = 0x0766, .chip = mtk_chip_by_hw_code(0x0766), .target_config = config};
}

static struct mtk_da1 toy_da(size_t sig_len)
{
    return (struct mtk_da1){.data = toy, .len = sizeof(toy), .sig_len = sig_len, .address = 0x00200000};
}

static struct mtk_boot_options all_credentials(void)
{
    return (struct mtk_boot_options){
        .auth = auth, .auth_len = sizeof(auth), .cert = cert, .cert_len = sizeof(cert), .sla_sign = sign};
}

static void starts(const char *script, const struct mtk_boot_options *opt, struct mtk_phone_id id,
                   const struct mtk_da1 *da1)
{
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new(script);
    if (mtk_boot_start_da1(l, opt, &id, da1, &e) != 0)
        fail_msg("%s in %s: %s (%s)", e.row->symbol, e.command, e.what, script_link_problem(l));
    script_link_finish(l);
}

static struct mtk_error fails(const char *script, const struct mtk_boot_options *opt, struct mtk_phone_id id,
                              const struct mtk_da1 *da1, int row, const char *command)
{
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new(script);
    assert_int_equal(mtk_boot_start_da1(l, opt, &id, da1, &e), -1);
    if (!mtk_error_is(&e, row))
        fail_msg("%s in %s: %s (%s)", e.row->symbol, e.command, e.what, script_link_problem(l));
    assert_string_equal(e.command, command);
    assert_string_equal(e.stage, id.brom ? "brom" : "preloader");
    script_link_finish(l);
    return e;
}

static void checksum_examples(void **state)
{
    (void)state;
    assert_int_equal(boot_xor16(toy, 8), 0x0800);
    assert_int_equal(boot_xor16(toy, 3), 0x0202);
    assert_int_equal(boot_xor16(auth, 4), 0x4260);
    assert_int_equal(boot_xor16(toy, 0), 0);
    assert_int_equal(boot_xor16(toy, 1), 0x0001);
}

static void session_10_1(void **state)
{
    (void)state;
    struct heard h = {0};
    struct mtk_sink sink = {hear, &h};
    struct mtk_boot_options opt = {.sink = &sink};
    struct mtk_da1 da1 = toy_da(0);
    starts(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00", &opt, phone(false, 0),
           &da1);
    assert_int_equal(h.progress, 1);
    assert_int_equal(h.done, 8);
    assert_int_equal(h.total, 8);
}

static void first_byte_of_the_agent_is_left_alone(void **state)
{
    (void)state;
    uint8_t c0 = 0;
    struct mtk_phone_id id = phone(false, 0);
    struct mtk_da1 da1 = toy_da(0);
    struct mtk_link *l =
        script_link_new(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00 < C0");
    assert_int_equal(mtk_boot_start_da1(l, NULL, &id, &da1, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, &c0, 1, NS_PER_S, NULL), 0);
    assert_int_equal(c0, 0xC0);
    script_link_finish(l);
}

static void session_10_2(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        uint16_t value;
    } verdicts[] = {{"70 24", 0x7024}, {"20 01", 0x2001}, {"20 03", 0x2003}, {"20 06", 0x2006},
                    {"20 02", 0x2002}, {"1D 10", 0x1D10}, {"1D 18", 0x1D18}};
    struct mtk_da1 da1 = toy_da(0);
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        struct heard h = {0};
        struct mtk_sink sink = {hear, &h};
        struct mtk_boot_options opt = {.sink = &sink};
        char script[512] = S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< ";
        strcat(strcat(script, verdicts[i].status), " !gone");
        struct mtk_error e =
            fails(script, &opt, phone(false, 5), &da1, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, "SEND_DA");
        assert_int_equal(e.evidence, MTK_EV_REFUSED);
        assert_int_equal(e.device_status, verdicts[i].value);
        assert_int_equal(h.hints, 1); /* the boot ROM that shows next is the same phone */
    }
}

static void session_10_3(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    starts(S_AUTH S_SLA S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00", &opt,
           phone(true, 0xE7), &da1);
}

static void each_bit_asks_for_its_own(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
#define DA S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00"
    starts(DA, &opt, phone(true, 0xE1), &da1);
    starts(S_AUTH DA, &opt, phone(true, 0xE5), &da1);
    starts(S_AUTH S_SLA DA, &opt, phone(true, 0xE3), &da1);
    /* EE is an odd last byte: C0 FF is the half-word FFC0, and FFC0 ^ 00EE = FF2E. */
    starts("> E0 < E0 > 00 00 00 03 < 00 00 00 03 < 00 00 > C0 FF EE < FF 2E < 00 00 " S_AUTH S_SLA DA, &opt,
           phone(true, 0xF7), &da1);
    /* A preloader asks for nothing, whatever its fuses say. */
    starts(DA, NULL, phone(false, 0xF7), &da1);
#undef DA
}

static void auth_not_needed(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    starts("> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 1D 0C " S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA
                                                                                 "< 00 00 " S_JUMP_DA
                                                                                 "< 00 00",
           &opt, phone(true, 0xE5), &da1);
}

static void sla_has_nothing_to_prove(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    starts(S_AUTH "> E3 < E3 < 70 17 " S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA
                                                            "< 00 00",
           &opt, phone(true, 0xE7), &da1);
}

static void what_is_missing_is_told_before_a_byte_is_sent(void **state)
{
    (void)state;
    struct mtk_da1 da1 = toy_da(2);
    for (int missing = 0; missing < 3; missing++) {
        struct mtk_boot_options opt = all_credentials();
        if (missing == 0)
            opt.cert = NULL;
        else if (missing == 1)
            opt.auth = NULL;
        else
            opt.sla_sign = NULL;
        struct mtk_error e =
            fails("", &opt, phone(true, 0xF7), &da1, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, "GET_TARGET_CONFIG");
        assert_int_equal(e.evidence, MTK_EV_POLICY);
    }
}

static void auth_is_refused(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    struct mtk_error e = fails("> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 1D 0D", &opt, phone(true, 0xE5), &da1,
                               MTK_E_S_SECURITY_SEND_AUTH_FAIL, "SEND_AUTH");
    assert_int_equal(e.device_status, 0x1D0D);
    e = fails("> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 00 00 > DE AD BE EF < 42 60 < 20 00", &opt,
              phone(true, 0xE5), &da1, MTK_E_S_SECURITY_SEND_AUTH_FAIL, "SEND_AUTH");
    assert_int_equal(e.device_status, 0x2000);
    e = fails("> E0 < E0 > 00 00 00 03 < 00 00 00 03 < 70 01", &opt, phone(true, 0x10), &da1,
              MTK_E_S_SECURITY_SEND_CERT_FAIL, "SEND_CERT");
    assert_int_equal(e.device_status, 0x7001);
    opt.auth_len = 0;
    fails("", &opt, phone(true, 0xE5), &da1, MTK_E_MTK_FILE_EMPTY, "SEND_AUTH");
}

static void sla_refusals(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
#define E3  S_AUTH "> E3 < E3 "
#define ASK "< 00 00 < 00 00 00 10 " S_CHALLENGE "> 00 00 01 00 "
    struct mtk_error e = fails(E3 "< 1D 0D", &opt, phone(true, 0xE7), &da1, MTK_E_S_SECURITY_SLA_FAIL, "SLA");
    assert_int_equal(e.device_status, 0x1D0D);
    e = fails(E3 "< 00 00 < 00 00 00 20", &opt, phone(true, 0xE7), &da1, MTK_E_MTK_WRONG_ANSWER, "SLA");
    assert_memory_equal(e.got, "\0\0\0\x20", 4);
    e = fails(E3 ASK "< 00 00 01 00 < 70 1F", &opt, phone(true, 0xE7), &da1, MTK_E_S_SECURITY_SLA_FAIL,
              "SLA");
    e = fails(E3 ASK "< 00 00 01 00 < 00 00 > 5A*256 < 70 20", &opt, phone(true, 0xE7), &da1,
              MTK_E_S_SECURITY_SLA_CHALLENGE_FAIL, "SLA");
    assert_int_equal(e.device_status, 0x7020);
    /* A ROM that reads the length the other way round gives itself away. */
    e = fails(E3 ASK "< 00 01 00 00", &opt, phone(true, 0xE7), &da1, MTK_E_MTK_WRONG_ANSWER, "SLA");
    assert_memory_equal(e.expected, "\0\0\1\0", 4);
    assert_memory_equal(e.got, "\0\1\0\0", 4);
    opt.sla_sign = sign_fails;
    fails(E3 "< 00 00 < 00 00 00 10 " S_CHALLENGE, &opt, phone(true, 0xE7), &da1,
          MTK_E_S_SECURITY_CALLBACK_SLA_CHALLENGE_FAIL, "SLA");
    opt.sla_ctx = &opt;
    fails(E3 "< 00 00 < 00 00 00 10 " S_CHALLENGE, &opt, phone(true, 0xE7), &da1, MTK_E_MTK_FILE_MISSING,
          "SLA");
#undef ASK
#undef E3
}

static void session_10_4(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        uint16_t value;
        int row;
    } refusals[] = {
        {"< 1D 0D", 0x1D0D, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED},
        {"< 70 17", 0x7017, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED},
        {"< 1D 15", 0x1D15, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 0E", 0x1D0E, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 10", 0x1D10, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 11", 0x1D11, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 12", 0x1D12, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 13", 0x1D13, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 14", 0x1D14, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 17", 0x1D17, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 1D 21", 0x1D21, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 5A 5B", 0x5A5B, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 70 03", 0x7003, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
        {"< 70 04", 0x7004, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL},
    };
    struct mtk_da1 da1 = toy_da(0);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char script[512] = S_SEND_DA_HEAD("00");
        strcat(script, refusals[i].status);
        struct mtk_error e = fails(script, NULL, phone(true, 0), &da1, refusals[i].row, "SEND_DA");
        assert_int_equal(e.device_status, refusals[i].value);
        assert_int_equal(e.evidence, MTK_EV_REFUSED);
    }
}

/*
 * A boot ROM that asks in status 1 for what its configuration did not mention (10.4, 6.2): it gets what is at hand, in the
 * order of 10.3, and the agent is announced anew. Nothing is sent twice.
 */
#define HEAD    S_SEND_DA_HEAD("02")
#define REST    HEAD "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00"
#define NO_SLA  "< 1D 0D "
#define NO_AUTH "< 70 17 "

static void asked_for_late(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    starts(HEAD NO_AUTH S_AUTH REST, &opt, phone(true, 0), &da1);
    starts(HEAD NO_SLA S_AUTH S_SLA REST, &opt, phone(true, 0), &da1);
    starts(HEAD NO_AUTH S_AUTH HEAD NO_SLA S_SLA REST, &opt, phone(true, 0), &da1);
    /* The auth file went by the configuration (DAA), the challenge was not mentioned. */
    starts(S_AUTH HEAD NO_SLA S_SLA REST, &opt, phone(true, 4), &da1);
    /* An auth file that it does not need after all is no reason to stop (10.4), and neither is nothing to prove. */
    starts(HEAD NO_SLA "> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 1D 0C " S_SLA REST, &opt, phone(true, 0),
           &da1);
    starts(HEAD NO_SLA S_AUTH "> E3 < E3 < 70 17 " REST, &opt, phone(true, 0), &da1);
    /* Without an auth file at hand the challenge alone is tried. */
    opt.auth = NULL;
    starts(HEAD NO_SLA S_SLA REST, &opt, phone(true, 0), &da1);
}

static void asked_for_late_in_vain(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
    const struct mtk_phone_id id = phone(true, 0);
    /* With credentials given and refused it is not the file that is missing. */
    struct mtk_error e = fails(HEAD NO_AUTH S_AUTH HEAD NO_AUTH, &opt, id, &da1,
                               MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, "SEND_DA");
    assert_int_equal(e.device_status, 0x7017);
    assert_int_equal(e.evidence, MTK_EV_REFUSED);
    e = fails(HEAD NO_SLA S_AUTH S_SLA HEAD NO_SLA, &opt, id, &da1, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL,
              "SEND_DA");
    assert_int_equal(e.device_status, 0x1D0D);
    e = fails(S_AUTH S_SLA HEAD NO_SLA, &opt, phone(true, 0xE7), &da1, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL,
              "SEND_DA");
    assert_int_equal(e.device_status, 0x1D0D);
    e = fails(HEAD NO_AUTH "> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 00 00 > DE AD BE EF < 42 60 < 20 00",
              &opt, id, &da1, MTK_E_S_SECURITY_SEND_AUTH_FAIL, "SEND_AUTH");
    assert_int_equal(e.device_status, 0x2000);
    e = fails(HEAD NO_SLA S_AUTH "> E3 < E3 < 00 00 < 00 00 00 10 " S_CHALLENGE
                                 "> 00 00 01 00 < 00 00 01 00 < 00 00 > 5A*256 < 70 20",
              &opt, id, &da1, MTK_E_S_SECURITY_SLA_CHALLENGE_FAIL, "SLA");
    assert_int_equal(e.device_status, 0x7020);
    /* A preloader that says so is refused what it cannot mean: it knows neither command (6.6). */
    fails(HEAD NO_SLA, &opt, phone(false, 0), &da1, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, "SEND_DA");
    /* No key: what is missing is told before anything more is sent. */
    opt.sla_sign = NULL;
    e = fails(HEAD NO_SLA, &opt, id, &da1, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, "SEND_DA");
    assert_int_equal(e.evidence, MTK_EV_POLICY);
    assert_non_null(strstr(e.what, "--sla-key"));
}

/* The verdict on the response, where a ROM sends it as four bytes (6.3). */
static void a_verdict_of_four_bytes(void **state)
{
    (void)state;
    struct mtk_boot_options opt = all_credentials();
    struct mtk_da1 da1 = toy_da(2);
#define ASKED \
    S_AUTH "> E3 < E3 < 00 00 < 00 00 00 10 " S_CHALLENGE "> 00 00 01 00 < 00 00 01 00 < 00 00 > 5A*256 "
    starts(ASKED "< 00 00 00 00 " REST, &opt, phone(true, 0xE7), &da1);
    starts(ASKED "< 00 00 < 00 00 " REST, &opt, phone(true, 0xE7), &da1);
    struct mtk_error e = fails(ASKED "< 00 00 70 20", &opt, phone(true, 0xE7), &da1,
                               MTK_E_S_SECURITY_SLA_CHALLENGE_FAIL, "SLA");
    assert_int_equal(e.device_status, 0x7020);
    fails(ASKED "< 00 00 !gone", &opt, phone(true, 0xE7), &da1, MTK_E_MTK_LINK_LOST, "SLA");
#undef ASKED
}
#undef NO_AUTH
#undef NO_SLA
#undef REST
#undef HEAD

static void bad_signature_in_brom(void **state)
{
    (void)state;
    struct heard h = {0};
    struct mtk_sink sink = {hear, &h};
    struct mtk_boot_options opt = {.sink = &sink};
    struct mtk_da1 da1 = toy_da(2);
    struct mtk_error e = fails(S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA "< 70 15", &opt, phone(true, 1), &da1,
                               MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, "SEND_DA");
    assert_int_equal(e.device_status, 0x7015);
    assert_int_equal(h.hints, 0);
}

static void parameters_no_phone_could_use(void **state)
{
    (void)state;
    struct mtk_da1 da1 = toy_da(9);
    fails("", NULL, phone(true, 0), &da1, MTK_E_MTK_IMAGE_INVALID, "SEND_DA");
    da1 = toy_da(0);
    da1.len = 0;
    fails("", NULL, phone(true, 0), &da1, MTK_E_MTK_IMAGE_INVALID, "SEND_DA");
    /* The command itself passes the phone's own verdicts on: zero length, odd address, signature too long. */
    struct mtk_link *l = script_link_new("> D7 < D7 > 00 20 00 01 < 00 20 00 01 > 00 00 00 00 < 00 00 00 00 "
                                         "> 00 00 00 02 < 00 00 00 02 < 1D 13");
    struct boot b = boot_begin(l, NULL);
    struct mtk_error e = {0};
    da1 = (struct mtk_da1){.data = toy, .sig_len = 2, .address = 0x00200001};
    assert_int_equal(boot_send_da(&b, &da1, true, &e), -1);
    assert_int_equal(e.device_status, 0x1D13);
    script_link_finish(l);
}

static void checksum_differs(void **state)
{
    (void)state;
    struct mtk_da1 da1 = toy_da(0);
    struct mtk_error e = fails(S_SEND_DA_HEAD("00") "< 00 00 > 01 02 03 04 05 06 07 08 < 08 10 < 00 00", NULL,
                               phone(false, 0), &da1, MTK_E_S_BROM_CMD_SEND_DA_CHKSUM_DIFF, "SEND_DA");
    assert_memory_equal(e.expected, "\x08\x00", 2);
    assert_memory_equal(e.got, "\x08\x10", 2);
    assert_false(e.has_status);
    /* What the phone thinks of an agent that arrived damaged is not the point, but it is told. */
    e = fails(S_SEND_DA_HEAD("00") "< 00 00 > 01 02 03 04 05 06 07 08 < 00 00 < 70 24", NULL, phone(false, 0),
              &da1, MTK_E_S_BROM_CMD_SEND_DA_CHKSUM_DIFF, "SEND_DA");
    assert_int_equal(e.device_status, 0x7024);
    fails(S_SEND_DA_HEAD("00") "< 00 00 > 01 02 03 04 05 06 07 08 < 00 01 !gone", NULL, phone(false, 0), &da1,
          MTK_E_S_BROM_CMD_SEND_DA_CHKSUM_DIFF, "SEND_DA");
}

static void verdict_that_does_not_come(void **state)
{
    (void)state;
    struct mtk_da1 da1 = toy_da(0);
    fails(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "!timeout", NULL, phone(false, 0), &da1,
          MTK_E_MTK_NO_ANSWER, "SEND_DA");
    fails(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< 00 !timeout", NULL, phone(false, 0), &da1,
          MTK_E_MTK_WRONG_ANSWER, "SEND_DA");
    fails(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "!gone", NULL, phone(false, 0), &da1, MTK_E_MTK_LINK_LOST,
          "SEND_DA");
}

static void odd_payload_is_padded(void **state)
{
    (void)state;
    struct mtk_da1 da1 = {.data = toy, .len = 3, .address = 0x00200000};
    starts("> D7 < D7 > 00 20 00 00 < 00 20 00 00 > 00 00 00 04 < 00 00 00 04 > 00 00 00 00 < 00 00 00 00 < "
           "00 00 "
           "> 01 02 03 00 < 02 02 < 00 00 " S_JUMP_DA "< 00 00",
           NULL, phone(false, 0), &da1);
    /* A signature must stay the last bytes. */
    da1.sig_len = 1;
    starts("> D7 < D7 > 00 20 00 00 < 00 20 00 00 > 00 00 00 03 < 00 00 00 03 > 00 00 00 01 < 00 00 00 01 < "
           "00 00 "
           "> 01 02 03 < 02 02 < 00 00 " S_JUMP_DA "< 00 00",
           NULL, phone(false, 0), &da1);
}

#define BIG_HEAD \
    "> D7 < D7 > 00 20 00 00 < 00 20 00 00 > 00 02 00 01 < 00 02 00 01 > 00 00 00 01 < 00 00 00 01 < 00 00 "

static struct mtk_da1 big_da(uint8_t **data)
{
    *data = calloc(1, 0x20001);
    assert_non_null(*data);
    return (struct mtk_da1){.data = *data, .len = 0x20001, .sig_len = 1, .address = 0x00200000};
}

static void long_payload_goes_in_pieces(void **state)
{
    (void)state;
    uint8_t *data;
    struct heard h = {0};
    struct mtk_sink sink = {hear, &h};
    struct mtk_boot_options opt = {.sink = &sink};
    struct mtk_da1 da1 = big_da(&data);
    starts(BIG_HEAD "> 00*131073 < 00 00 < 00 00 " S_JUMP_DA "< 00 00", &opt, phone(false, 0), &da1);
    assert_int_equal(h.progress, 3);
    assert_int_equal(h.done, 0x20001);
    free(data);
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void upload_can_be_ended_or_torn(void **state)
{
    (void)state;
    uint8_t *data;
    struct mtk_boot_options opt = {.cancelled = at_once};
    struct mtk_da1 da1 = big_da(&data);
    /* Half a payload would leave the phone waiting for the rest: it is ended before, or by the agent. */
    fails("", &opt, phone(false, 0), &da1, MTK_E_MTK_CANCELLED, "SEND_DA");
    /* Section 10.5: the cable comes out in the middle; how much the phone had taken is told. */
    struct mtk_error e =
        fails(BIG_HEAD "> 00*81920 !gone", NULL, phone(false, 0), &da1, MTK_E_MTK_LINK_LOST, "SEND_DA");
    assert_int_equal(e.acked, 81920);
    e = fails(BIG_HEAD "> 00*65536 !stuck", NULL, phone(false, 0), &da1, MTK_E_MTK_NO_ANSWER, "SEND_DA");
    assert_int_equal(e.acked, 65536);
    assert_int_equal(e.offset, 65536);
    free(data);
}

static void jump_refusals(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    static const struct {
        const char *script;
        uint16_t status;
    } cases[] = {{S_JUMP_DA "< 1D 16", 0x1D16},
                 {S_JUMP_DA "< 1D 0F", 0x1D0F},
                 {S_JUMP_DA "< 70 24", 0x7024},
                 {S_JUMP_DA "< 20 01 !gone", 0x2001}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_link *l = script_link_new(cases[i].script);
        assert_int_equal(mtk_boot_jump(l, NULL, 0x00200000, &e), -1);
        assert_true(mtk_error_is(&e, MTK_E_STATUS_BROM_CMD_JUMP_DA_FAIL));
        assert_int_equal(e.device_status, cases[i].status);
        assert_string_equal(e.command, "JUMP_DA");
        script_link_finish(l);
    }
}

#define JUMP64 "> DE < DE > 00 20 00 00 < 00 20 00 00 > 01 < 01 < 00 00 > 64 < 64 < 00 00"

static void jump64_example(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_new(JUMP64);
    assert_int_equal(mtk_boot_jump64(l, NULL, 0x00200000, NULL), 0);
    script_link_finish(l);
    l = script_link_new("> DE < DE > 00 20 00 00 < 00 20 00 00 > 01 < 01 < 1D 16");
    assert_int_equal(mtk_boot_jump64(l, NULL, 0x00200000, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_STATUS_BROM_CMD_JUMP_DA_FAIL));
    assert_string_equal(e.command, "JUMP_DA64");
    script_link_finish(l);
}

static void jump64_is_for_64_bit_boot_roms(void **state)
{
    (void)state;
    struct mtk_da1 da1 = toy_da(0);
    struct mtk_phone_id id = phone(true, 0);
    id.chip = mtk_chip_by_hw_code(0x0907);
    assert_true(id.chip->has64bit);
    starts(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< 00 00 " JUMP64, NULL, id, &da1);
    id.brom = false;
    starts(S_SEND_DA_HEAD("00") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00", NULL, id, &da1);
}

static void session_10_6(void **state)
{
    (void)state;
    struct boot_sync sync;
    struct mtk_phone_id id = {0};
    uint16_t hw;
    struct mtk_da1 da1 = toy_da(0);
    struct mtk_link *l = script_link_new(
        S_SYNC_BROM S_HW_CODE S_VERSIONS
            S_CONFIG("00") "> DC < DC > 00 07 08 00 < 00 07 08 00 < 00 00 " S_SEND_DA_HEAD(
                "00") "< 00 00 " S_TOY_DA "< 00 00 > DC < DC > 00 01 C2 00 < 00 01 C2 00 < 00 00 " JUMP64);
    struct boot b = boot_begin(l, NULL);
    assert_int_equal(boot_handshake(&b, &sync, NULL), 0);
    assert_int_equal(boot_get_hw_code(&b, &hw, NULL), 0);
    assert_int_equal(boot_get_hw_sw_ver(&b, &id, NULL), 0);
    assert_int_equal(boot_get_target_config(&b, &id.target_config, NULL), 0);
    assert_int_equal(mtk_boot_set_baud(l, NULL, 460800, NULL), 0);
    assert_int_equal(boot_send_da(&b, &da1, true, NULL), 0);
    assert_int_equal(mtk_boot_set_baud(l, NULL, 115200, NULL), 0);
    assert_int_equal(mtk_boot_jump64(l, NULL, 0x00200000, NULL), 0);
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_examples),
        cmocka_unit_test(session_10_1),
        cmocka_unit_test(first_byte_of_the_agent_is_left_alone),
        cmocka_unit_test(session_10_2),
        cmocka_unit_test(session_10_3),
        cmocka_unit_test(each_bit_asks_for_its_own),
        cmocka_unit_test(auth_not_needed),
        cmocka_unit_test(sla_has_nothing_to_prove),
        cmocka_unit_test(what_is_missing_is_told_before_a_byte_is_sent),
        cmocka_unit_test(auth_is_refused),
        cmocka_unit_test(sla_refusals),
        cmocka_unit_test(session_10_4),
        cmocka_unit_test(asked_for_late),
        cmocka_unit_test(asked_for_late_in_vain),
        cmocka_unit_test(a_verdict_of_four_bytes),
        cmocka_unit_test(bad_signature_in_brom),
        cmocka_unit_test(parameters_no_phone_could_use),
        cmocka_unit_test(checksum_differs),
        cmocka_unit_test(verdict_that_does_not_come),
        cmocka_unit_test(odd_payload_is_padded),
        cmocka_unit_test(long_payload_goes_in_pieces),
        cmocka_unit_test(upload_can_be_ended_or_torn),
        cmocka_unit_test(jump_refusals),
        cmocka_unit_test(jump64_example),
        cmocka_unit_test(jump64_is_for_64_bit_boot_roms),
        cmocka_unit_test(session_10_6),
    };
    return cmocka_run_group_tests_name("flasher/boot agent upload", tests, NULL, NULL);
}
