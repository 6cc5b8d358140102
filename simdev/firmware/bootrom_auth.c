/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BROM's authentication: certificate, auth file, challenge and response (6.2 to 6.4, formats.md 6.1). Files have to be
 * signed by the fused root key, and the response made with the private half of the auth file's SLA key. The setting
 * accept_any_credential makes the phone take whatever comes.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/prng.h"
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define CREDENTIAL_MAX 0x10000u /* far beyond the 0x8E0 bytes of a real auth file */
#define CHALLENGE_LEN  16
#define RESPONSE_MAX   0x400u
#define STATUS_VERIFY  0x2000 /* auth image verify (5.3) */
#define STATUS_LENGTH  0x7004

static bool lenient(const struct download *d)
{
    return phone_settings(d->p)->accept_any_credential;
}

/* ---- files ---- */

/* Another vendor's file has a good signature of its own; a damaged one fails the check of the auth image (5.2, 5.3). */
static uint16_t file_status(enum security_verdict v)
{
    if (v == SECURITY_OK)
        return BROM_OK;
    return v == SECURITY_WRONG_KEY ? BROM_DA_SIGNATURE : STATUS_VERIFY;
}

/* Takes a file and checks it: true if accepted. Its keys are in *out then, unless nobody looked at them. */
static bool take_file(struct download *d, enum mtk_credential_kind kind, struct mtk_credential *out)
{
    uint32_t len = dl_echo32(d);
    uint16_t s1 = !len || len > CREDENTIAL_MAX ? STATUS_LENGTH : BROM_OK;
    if (dl_status(d, s1) >= BROM_FIRST_FAILURE || s1 != BROM_OK)
        return false;
    uint8_t *file = phone_buffer(d->p, len);
    dl_put16(d, dl_payload(d, file, len, len));
    enum security_verdict v = security_verify_credential(d->b, kind, file, len, out);
    phone_release(d->p, file);
    phone_log(d->p, "[SEC] %s of %u bytes %s", kind == MTK_CREDENTIAL_AUTH ? "auth file" : "certificate", len,
              security_text(v));
    return dl_status(d, lenient(d) ? BROM_OK : file_status(v)) < BROM_FIRST_FAILURE;
}

void brom_send_cert(struct download *d)
{
    struct mtk_credential c;
    d->cert_ok = take_file(d, MTK_CREDENTIAL_CERT, &c);
}

void brom_send_auth(struct download *d)
{
    const struct board_fuses *f = &d->b->fuses;
    struct mtk_credential c;
    if (d->auth_ok || (!f->daa && !f->sla)) {
        dl_echo32(d);
        dl_status(d, BROM_AUTH_NOT_NEEDED);
        return;
    }
    d->auth_ok = take_file(d, MTK_CREDENTIAL_AUTH, &c);
    if (!d->auth_ok)
        return;
    d->da_key = c.key[MTK_AUTH_KEY_DA];
    d->sla_key = c.key[MTK_AUTH_KEY_SLA];
}

bool brom_credentials_complete(const struct download *d)
{
    const struct board_fuses *f = &d->b->fuses;
    return (!f->daa || d->auth_ok) && (!f->root_cert || d->cert_ok);
}

/* ---- challenge and response ---- */

/* Bytes change places within each 16-bit word (6.3). */
static void swap_words(uint8_t *p, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint8_t first = p[i];
        p[i] = p[i + 1];
        p[i + 1] = first;
    }
}

/* The response is the swapped challenge in PKCS #1 type 1 padding under the private key, swapped again (6.3). */
static uint16_t judge(const struct download *d, uint8_t challenge[CHALLENGE_LEN], uint8_t *response,
                      size_t len)
{
    uint8_t inside[CHALLENGE_LEN];
    const struct mtk_public_key *k = &d->sla_key;
    if (lenient(d))
        return BROM_OK;
    swap_words(challenge, CHALLENGE_LEN);
    swap_words(response, len);
    struct rsa_key *key = rsa_key_public(k->modulus, sizeof k->modulus, k->exponent);
    int n = key ? rsa_type1_open(key, response, len, inside, sizeof inside) : -1;
    rsa_key_free(key);
    if (n < 0)
        return BROM_SLA_UNDECRYPTABLE;
    return n == CHALLENGE_LEN && !memcmp(inside, challenge, CHALLENGE_LEN) ? BROM_OK : BROM_SLA_WRONG;
}

/* The length of the response, whichever way round it was sent: only one reading is small (6.3). */
static uint32_t response_length(struct download *d)
{
    uint8_t f[4] = {0};
    phone_read(d->p, f, sizeof f, -1);
    uint32_t len = get_be32(f);
    if (len > RESPONSE_MAX && phone_settings(d->p)->either_sla_order && get_le32(f) <= RESPONSE_MAX)
        len = get_le32(f);
    dl_put32(d, len);
    return len;
}

static uint16_t put_s3(struct download *d, uint16_t status)
{
    if (phone_settings(d->p)->sla_status_len == 4)
        dl_put16(d, 0);
    return dl_status(d, status);
}

/*
 * A host may go on with the payload of the SEND_DA that was refused, or send SEND_DA again (6.2). An opcode comes alone,
 * because the host waits for its echo; a payload does not come in single bytes.
 */
static void resume_send_da(struct download *d)
{
    uint8_t first[512];
    d->waits_for_sla = false;
    ssize_t n = phone_read_some(d->p, first, sizeof first, -1);
    if (n == 1) {
        d->has_op = true;
        d->op = first[0];
        return;
    }
    d->command = "SEND_DA";
    brom_take_da(d, d->refused, first, n > 0 ? (size_t)n : 0);
}

/* The key comes with the auth file, so there is nothing to ask before that; nor without SLA, nor once it was passed. */
static bool has_a_question(const struct download *d)
{
    return d->b->fuses.sla && !d->sla_ok && (d->auth_ok || (lenient(d) && !d->b->fuses.daa));
}

void brom_sla(struct download *d)
{
    uint8_t challenge[CHALLENGE_LEN], response[RESPONSE_MAX];
    uint16_t s = has_a_question(d) ? BROM_OK : BROM_AUTH_NEEDED;
    if (dl_status(d, s) >= BROM_FIRST_FAILURE || s != BROM_OK)
        return;
    prng_bytes(phone_prng(d->p), challenge, sizeof challenge);
    dl_put32(d, sizeof challenge);
    dl_put(d, challenge, sizeof challenge);
    uint32_t len = response_length(d);
    s = len && len <= RESPONSE_MAX ? BROM_OK : STATUS_LENGTH;
    if (dl_status(d, s) >= BROM_FIRST_FAILURE || s != BROM_OK)
        return;
    phone_read(d->p, response, len, -1);
    s = put_s3(d, judge(d, challenge, response, len));
    d->sla_ok = s < BROM_FIRST_FAILURE;
    phone_log(d->p, "[SEC] SLA %s", d->sla_ok ? "passed" : "failed");
    if (d->sla_ok && d->waits_for_sla && brom_credentials_complete(d))
        resume_send_da(d);
}
