/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a boot ROM may demand before it takes an agent: root certificate, auth file, challenge (sections 6.2 to 6.4).
 * The files and the key are the manufacturer's; this passes them on and makes none.
 */
#include "base/cursor.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"

#define CHALLENGE_LEN 16
/* The largest response known is that of RSA-3072; the phone's field has room for more than this. */
#define RESPONSE_LIMIT 0x400

static int needed(struct boot *b, const char *what, const char *option, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY,
             "the boot ROM demands %s and none was given; the manufacturer's would go to %s; nothing was "
             "uploaded",
             what, option);
    return boot_fail(b, err);
}

static int signer_needed(struct boot *b, struct mtk_error *err)
{
    return needed(b, "the answer to an SLA challenge, which only the manufacturer's key gives,", "--sla-key",
                  err);
}

/* Everything that will be asked for must be at hand before the first command: a half-done dialogue wedges the phone. */
static int all_at_hand(struct boot *b, uint32_t config, struct mtk_error *err)
{
    b->command = "GET_TARGET_CONFIG";
    if ((config & BROM_CFG_ROOT_CERT) && !b->opt.cert)
        return needed(b, "a root certificate", "--cert", err);
    if ((config & (BROM_CFG_DAA | BROM_CFG_SLA)) && !b->opt.auth)
        return needed(b, "an auth file", "--auth", err);
    if ((config & BROM_CFG_SLA) && !b->opt.sla_sign)
        return signer_needed(b, err);
    return 0;
}

/* SEND_CERT and SEND_AUTH: length, status 1, payload, checksum, status 2. */
static int send_file(struct boot *b, const char *command, uint8_t op, const uint8_t *data, size_t len,
                     int row, struct mtk_error *err)
{
    uint16_t status;
    const char *hint = op == BROM_SEND_AUTH ? "the file given with --auth is not this phone's"
                                            : "the file given with --cert is not this phone's";
    b->command = command;
    if (len == 0 || len > UINT32_MAX) {
        mtk_fail(err, MTK_E_MTK_FILE_EMPTY, MTK_EV_FILE, "the file for %s has %zu bytes", command, len);
        return boot_fail(b, err);
    }
    if (boot_op(b, command, op, err) != 0 || boot_echo32(b, (uint32_t)len, "length", err) != 0 ||
        boot_status(b, &status, "status 1", err) != 0)
        return -1;
    if (status == BROM_AUTH_NOT_NEEDED) {
        mtk_note(b->opt.sink, 1, "%s: the phone does not need it (0x%04X)", command, status);
        return 0;
    }
    if (boot_failed_status(status))
        return boot_refused(b, row, status, "status 1", hint, err);
    if (boot_payload(b, data, len, false, &status, err) != 0)
        return -1;
    return boot_failed_status(status) ? boot_refused(b, row, status, "status 2", hint, err) : 0;
}

static int send_auth(struct boot *b, struct mtk_error *err)
{
    b->sent_auth = true;
    return send_file(b, "SEND_AUTH", BROM_SEND_AUTH, b->opt.auth, b->opt.auth_len,
                     MTK_E_S_SECURITY_SEND_AUTH_FAIL, err);
}

/* The challenge, once the phone has agreed to give one. */
static int get_challenge(struct boot *b, uint8_t challenge[CHALLENGE_LEN], struct mtk_error *err)
{
    uint32_t len;
    if (boot_get32(b, &len, "the length of the challenge", err) != 0)
        return -1;
    if (len != CHALLENGE_LEN) {
        uint8_t expected[4], got[4];
        put_be32(expected, CHALLENGE_LEN);
        put_be32(got, len);
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "a challenge of %u bytes, where %u are known", len, CHALLENGE_LEN);
        mtk_error_bytes(err, expected, sizeof(expected), got, sizeof(got));
        return boot_fail(b, err);
    }
    return boot_get(b, challenge, CHALLENGE_LEN, MTK_T_REPLY, 0, "the challenge", err);
}

/*
 * Two bytes by analogy with every other command. One host reads four [6.3]: of a ROM that sends so many, the second half
 * is the verdict, is there at once, and must not be taken for the echo of the next command.
 */
static int get_verdict(struct boot *b, uint16_t *status, struct mtk_error *err)
{
    uint8_t rest[2];
    struct mtk_error why = {0};
    if (boot_get16(b, status, "the verdict on the response", err) != 0)
        return -1;
    if (boot_failed_status(*status))
        return 0;
    if (mtk_link_read_full(b->l, rest, sizeof(rest), boot_timeout(b, MTK_T_SLA_REST, 0), &why) == 0)
        *status = get_be16(rest);
    else if (why.evidence == MTK_EV_LEFT_BUS) {
        *err = why;
        return boot_fail(b, err);
    }
    return 0;
}

static int send_response(struct boot *b, const uint8_t *sig, size_t len, struct mtk_error *err)
{
    uint16_t status;
    uint8_t zlp = 0;
    /* Big-endian both ways; a ROM of the other opinion shows itself by an echo that differs (section 6.3). */
    if (boot_echo32(b, (uint32_t)len, "length of the response", err) != 0 ||
        boot_expect_ok(b, MTK_E_S_SECURITY_SLA_FAIL, "status 2", err) != 0 ||
        boot_send(b, sig, len, MTK_T_REPLY, err) != 0 || boot_send(b, &zlp, 0, MTK_T_REPLY, err) != 0 ||
        get_verdict(b, &status, err) != 0)
        return -1;
    if (!boot_failed_status(status))
        return 0;
    return boot_refused(b, MTK_E_S_SECURITY_SLA_CHALLENGE_FAIL, status, "the verdict on the response",
                        "--sla-key is not the key of this phone's auth file; do not try many times", err);
}

static int sla(struct boot *b, struct mtk_error *err)
{
    uint8_t challenge[CHALLENGE_LEN], sig[RESPONSE_LIMIT];
    size_t len = sizeof(sig);
    uint16_t status;
    b->sent_sla = true;
    if (boot_op(b, "SLA", BROM_SLA, err) != 0 || boot_status(b, &status, "status 1", err) != 0)
        return -1;
    if (status == BROM_AUTH_NEEDED) {
        mtk_note(b->opt.sink, 1, "SLA: the phone has nothing to be proved (0x%04X)", status);
        return 0;
    }
    if (boot_failed_status(status))
        return boot_refused(b, MTK_E_S_SECURITY_SLA_FAIL, status, "status 1", NULL, err);
    if (get_challenge(b, challenge, err) != 0)
        return -1;
    struct mtk_error why = {0};
    if (b->opt.sla_sign(b->opt.sla_ctx, challenge, sig, &len, &why) != 0) {
        if (!why.row)
            mtk_fail(&why, MTK_E_S_SECURITY_CALLBACK_SLA_CHALLENGE_FAIL, MTK_EV_HOST,
                     "the challenge was not signed");
        if (err)
            *err = why;
        return boot_fail(b, err);
    }
    if (len == 0 || len > sizeof(sig)) {
        mtk_fail(err, MTK_E_S_SECURITY_CALLBACK_SLA_CHALLENGE_FAIL, MTK_EV_HOST, "a response of %zu bytes",
                 len);
        return boot_fail(b, err);
    }
    return send_response(b, sig, len, err);
}

int boot_authenticate(struct boot *b, const struct mtk_phone_id *id, struct mtk_error *err)
{
    uint32_t config = id->target_config;
    if (!id->brom) /* a preloader never asks, it only verifies the agent */
        return 0;
    if (all_at_hand(b, config, err) != 0)
        return -1;
    if ((config & BROM_CFG_ROOT_CERT) &&
        send_file(b, "SEND_CERT", BROM_SEND_CERT, b->opt.cert, b->opt.cert_len,
                  MTK_E_S_SECURITY_SEND_CERT_FAIL, err) != 0)
        return -1;
    if ((config & (BROM_CFG_DAA | BROM_CFG_SLA)) && send_auth(b, err) != 0)
        return -1;
    return (config & BROM_CFG_SLA) ? sla(b, err) : 0;
}

int boot_authenticate_late(struct boot *b, uint16_t status, struct mtk_error *err)
{
    bool wants_file = status == BROM_AUTH_NEEDED, wants_proof = status == BROM_SLA_NEEDED;
    if (wants_proof && !b->sent_sla && !b->opt.sla_sign && b->opt.auth)
        return signer_needed(b, err);
    bool can_file = b->opt.auth && !b->sent_auth;
    bool can_prove = wants_proof && b->opt.sla_sign && !b->sent_sla;
    if (!(wants_file && can_file) && !can_prove)
        return 1;
    mtk_note(b->opt.sink, 1,
             "the boot ROM asks for authentication that its configuration does not mention (0x%04X)", status);
    if (can_file && send_auth(b, err) != 0)
        return -1;
    return can_prove ? sla(b, err) : 0;
}
