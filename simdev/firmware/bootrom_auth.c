/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BROM's authentication: certificate, auth file, challenge and response (6.2 to 6.4, formats.md 6.1). This phone holds
 * no manufacturer's key: credentials of the right shape are refused as signed by somebody else, unless the setting
 * accept_any_credential makes the phone take whatever comes.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/prng.h"
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define CREDENTIAL_MAX  0x10000u /* far beyond the 0x8E0 bytes of a real auth file */
#define CHALLENGE_LEN   16
#define RESPONSE_MAX    0x400u
#define STATUS_DAMAGED  0x2000 /* auth image verify (5.3) */
#define STATUS_LENGTH   0x7004
#define GFH_MAGIC       0x014D4D4Du
#define GFH_LEN         0x38u
#define GFH_AUTH_FILE   5
#define GFH_CERTIFICATE 4

/* FILE_INFO of that type, and lengths that agree with each other. */
static bool well_formed(const uint8_t *file, uint32_t len, uint16_t type)
{
    if (len < GFH_LEN || get_le32(file) != GFH_MAGIC || get_le16(file + 0x18) != type)
        return false;
    uint64_t content = get_le32(file + 0x28), sig = get_le32(file + 0x2C);
    return get_le32(file + 0x20) == len && content >= GFH_LEN && content + sig == len;
}

/* Takes a file and checks it: true if accepted. */
static bool take_credential(struct download *d, uint16_t type)
{
    uint32_t len = dl_echo32(d);
    uint16_t s1 = !len || len > CREDENTIAL_MAX ? STATUS_LENGTH : BROM_OK;
    if (dl_status(d, s1) >= BROM_FIRST_FAILURE || s1 != BROM_OK)
        return false;
    uint8_t *file = phone_buffer(d->p, len);
    dl_put16(d, dl_payload(d, file, len, len));
    uint16_t verdict = well_formed(file, len, type) ? BROM_DA_SIGNATURE : STATUS_DAMAGED;
    phone_release(d->p, file);
    if (phone_settings(d->p)->accept_any_credential)
        verdict = BROM_OK;
    return dl_status(d, verdict) < BROM_FIRST_FAILURE;
}

void brom_send_cert(struct download *d)
{
    take_credential(d, GFH_CERTIFICATE);
}

void brom_send_auth(struct download *d)
{
    const struct board_fuses *f = &d->b->fuses;
    if (d->auth_ok || (!f->daa && !f->sla)) {
        dl_echo32(d);
        dl_status(d, BROM_AUTH_NOT_NEEDED);
        return;
    }
    d->auth_ok = take_credential(d, GFH_AUTH_FILE);
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

static void put_s3(struct download *d, uint16_t status, uint16_t *sent)
{
    if (phone_settings(d->p)->sla_status_len == 4)
        dl_put16(d, 0);
    *sent = dl_status(d, status);
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

void brom_sla(struct download *d)
{
    uint8_t challenge[CHALLENGE_LEN];
    const struct board_fuses *f = &d->b->fuses;
    uint16_t s = BROM_OK, passed;
    if (!f->sla || (f->daa && !d->auth_ok))
        s = BROM_AUTH_NEEDED; /* nothing to do, or not yet */
    if (dl_status(d, s) >= BROM_FIRST_FAILURE || s != BROM_OK)
        return;
    prng_bytes(phone_prng(d->p), challenge, sizeof challenge);
    dl_put32(d, sizeof challenge);
    dl_put(d, challenge, sizeof challenge);
    uint32_t len = response_length(d);
    s = len && len <= RESPONSE_MAX ? BROM_OK : STATUS_LENGTH;
    if (dl_status(d, s) >= BROM_FIRST_FAILURE || s != BROM_OK)
        return;
    uint8_t response[RESPONSE_MAX];
    phone_read(d->p, response, len, -1);
    put_s3(d, phone_settings(d->p)->accept_any_credential ? BROM_OK : BROM_SLA_UNDECRYPTABLE, &passed);
    d->sla_ok = passed < BROM_FIRST_FAILURE;
    if (d->sla_ok && d->waits_for_sla && (!f->daa || d->auth_ok))
        resume_send_da(d);
}
