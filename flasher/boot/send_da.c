/* SPDX-License-Identifier: Apache-2.0 */
/* Uploading stage 1 of a Download Agent and jumping to it (sections 4.9 to 4.11). */
#include <string.h>

#include "base/cursor.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"

/* A payload is opaque and has no packets; this is how often the user may end it and sees it move. */
#define CHUNK (UINT64_C(64) << 10)

/* JUMP_DA64: the wish to run in AArch64, and its confirmation (section 4.11). */
#define JUMP_DA64_AARCH64 0x01
#define JUMP_DA64_MAGIC   0x64

/* What a status of SEND_DA or JUMP_DA means for the user, beyond its name in the catalogue. */
static const struct hint {
    uint16_t status;
    const char *text;
} hints[] = {
    {PL_DA_REFUSED, "it is not signed for this phone: give the signed agent of its own firmware with --da"},
    {PL_DA_REFUSED_OLD,
     "it is not signed for this phone: give the signed agent of its own firmware with --da"},
    {PL_DA_NO_KEY_OLD, "this preloader has no usable key to check agents with"},
    {BROM_DA_REJECTED, "recent preloaders take only the signed agent of their own firmware (--da)"},
    {BROM_DA_VERSION, "the phone takes newer agents only: give the one of its present firmware with --da"},
    {BROM_DA_BLACK_LIST, "this agent was withdrawn: give the one of the phone's present firmware with --da"},
    {PL_DA_TOO_LONG_OLD, "it is longer than this preloader can verify"},
    {BROM_DA_TOO_MANY, "it is longer than this preloader can verify, or one too many for a boot ROM"},
    {BROM_SLA_NEEDED, "the challenge must be passed first: the manufacturer's key would go to --sla-key"},
    {BROM_AUTH_NEEDED, "an auth file must be accepted first: the manufacturer's would go to --auth"},
    {BROM_DA_SIGNATURE, "it is not signed by the key of the auth file: --da and --auth are not a pair"},
    {BROM_SIG_LENGTH_ZERO, "this phone takes signed agents only (--da), and this one has no signature"},
    {BROM_DA_BAD_RANGE, "it does not fit the memory of this chip: take the agent made for it"},
};

static const char *hint_for(uint16_t status)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (hints[i].status == status)
            return hints[i].text;
    return NULL;
}

uint16_t boot_xor16(const uint8_t *data, size_t len)
{
    uint64_t wide = 0, word;
    uint8_t lane[sizeof(wide)];
    size_t i = 0;
    /* Eight bytes a step, in whatever order this machine loads them: XOR keeps each byte in its lane. */
    for (; i + sizeof(wide) <= len; i += sizeof(wide)) {
        memcpy(&word, data + i, sizeof(word));
        wide ^= word;
    }
    memcpy(lane, &wide, sizeof(lane));
    uint16_t sum = get_le16(lane) ^ get_le16(lane + 2) ^ get_le16(lane + 4) ^ get_le16(lane + 6);
    for (; i + 1 < len; i += 2)
        sum ^= get_le16(data + i);
    return len % 2 ? sum ^ data[len - 1] : sum;
}

static void progress(struct boot *b, uint64_t done, uint64_t total, int64_t start)
{
    int64_t spent = b->l->clock.now(b->l->clock.ctx) - start;
    double rate = spent > 0 ? (double)done * (double)NS_PER_S / (double)spent : 0;
    struct mtk_event ev = {.kind = MTK_EVENT_PROGRESS,
                           .u.progress = {.done = done, .total = total, .rate = rate}};
    mtk_emit(b->opt.sink, &ev);
}

/* Cannot be cancelled: a phone that got half of a payload waits for the other half until its power key is held. */
static int send_chunks(struct boot *b, const uint8_t *data, size_t len, struct mtk_error *err)
{
    int64_t start = b->l->clock.now(b->l->clock.ctx);
    for (size_t done = 0; done < len;) {
        size_t n = len - done < CHUNK ? len - done : CHUNK;
        if (boot_send(b, data + done, n, MTK_T_DA_DATA, err) != 0) {
            mtk_error_offset(err, done);
            if (err)
                err->acked += done;
            return -1;
        }
        done += n;
        progress(b, done, len, start);
    }
    return 0;
}

int boot_payload(struct boot *b, const uint8_t *data, size_t len, bool pad, uint16_t *status,
                 struct mtk_error *err)
{
    static const uint8_t zero = 0;
    uint8_t raw[2], own[2];
    put_be16(own, boot_xor16(data, len)); /* a zero byte behind an odd one changes nothing in it */
    if (send_chunks(b, data, len, err) != 0 || (pad && boot_send(b, &zero, 1, MTK_T_DA_DATA, err) != 0))
        return -1;
    /* A ROM may take the end of a transfer for the end of its data: an empty packet makes one for every length. */
    if (boot_send(b, &zero, 0, MTK_T_DA_DATA, err) != 0 ||
        boot_get(b, raw, sizeof(raw), MTK_T_DA_DATA, len, "the checksum", err) != 0)
        return -1;
    struct mtk_error why = {0};
    uint16_t sum = get_be16(raw);
    bool same = sum == get_be16(own);
    bool got_status = boot_get(b, own, sizeof(own), MTK_T_DA_DATA, len, "status 2", &why) == 0;
    *status = got_status ? get_be16(own) : BROM_OK;
    if (same && got_status)
        return 0;
    if (same) {
        if (err)
            *err = why;
        return -1;
    }
    /* The device itself does not compare: what it has is not what was sent, and its verdict is about something else. */
    mtk_fail(err, MTK_E_S_BROM_CMD_SEND_DA_CHKSUM_DIFF, MTK_EV_WRONG_ANSWER,
             "the phone received other bytes than were sent: its XOR16 is 0x%04X", sum);
    put_be16(own, boot_xor16(data, len));
    mtk_error_bytes(err, own, sizeof(own), raw, sizeof(raw));
    if (got_status && boot_failed_status(*status))
        mtk_error_status(err, *status);
    return boot_fail(b, err);
}

/* A refusal before the payload: about credentials if none were given, about the agent otherwise. */
static int refused_early(struct boot *b, uint16_t status, struct mtk_error *err)
{
    bool policy = status == BROM_SLA_NEEDED || status == BROM_AUTH_NEEDED;
    int row = policy && !b->opt.auth ? MTK_E_STATUS_SEC_AUTH_FILE_NEEDED : MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL;
    return boot_refused(b, row, status, "status 1", hint_for(status), err);
}

/* Up to status 1, whatever it says. */
static int announce(struct boot *b, const struct mtk_da1 *da1, bool pad, uint16_t *status,
                    struct mtk_error *err)
{
    if (boot_op(b, "SEND_DA", BROM_SEND_DA, err) != 0 || boot_echo32(b, da1->address, "address", err) != 0 ||
        boot_echo32(b, (uint32_t)(da1->len + pad), "length", err) != 0 ||
        boot_echo32(b, (uint32_t)da1->sig_len, "signature length", err) != 0)
        return -1;
    return boot_status(b, status, "status 1", err);
}

int boot_send_da(struct boot *b, const struct mtk_da1 *da1, bool brom, struct mtk_error *err)
{
    uint16_t status;
    /*
     * The field's tools pad an odd payload with one zero byte. A signature is the last bytes of the payload, though:
     * padding would move it, so a signed agent goes as it is.
     */
    bool pad = da1->len % 2 != 0 && da1->sig_len == 0;
    if (announce(b, da1, pad, &status, err) != 0)
        return -1;
    /*
     * What the configuration did not tell is asked for here. One host sends its payload after that as if status 1 had
     * been 0; whether a ROM keeps the command open across the challenge is not proven, so it is announced anew [6.2].
     */
    while (brom && (status == BROM_SLA_NEEDED || status == BROM_AUTH_NEEDED)) {
        int r = boot_authenticate_late(b, status, err);
        if (r < 0 || (r == 0 && announce(b, da1, pad, &status, err) != 0))
            return -1;
        if (r > 0)
            break;
    }
    b->command = "SEND_DA";
    if (boot_failed_status(status))
        return refused_early(b, status, err);
    if (boot_payload(b, da1->data, da1->len, pad, &status, err) != 0)
        return -1;
    if (!boot_failed_status(status))
        return 0;
    if (!brom)
        mtk_note(
            b->opt.sink, 3,
            "the preloader resets the phone now; its boot ROM shows for 5 seconds and is the same phone");
    return boot_refused(b, MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, status, "status 2", hint_for(status), err);
}

/* The status is read at once: the next byte belongs to the agent. */
static int jump_status(struct boot *b, const char *what, struct mtk_error *err)
{
    uint16_t status;
    if (boot_status(b, &status, what, err) != 0)
        return -1;
    if (!boot_failed_status(status))
        return 0;
    return boot_refused(b, MTK_E_STATUS_BROM_CMD_JUMP_DA_FAIL, status, what, hint_for(status), err);
}

static int jump(struct boot *b, uint32_t address, struct mtk_error *err)
{
    if (boot_op(b, "JUMP_DA", BROM_JUMP_DA, err) != 0 || boot_echo32(b, address, "address", err) != 0)
        return -1;
    return jump_status(b, "the status", err);
}

static int jump64(struct boot *b, uint32_t address, struct mtk_error *err)
{
    if (boot_op(b, "JUMP_DA64", BROM_JUMP_DA64, err) != 0 || boot_echo32(b, address, "address", err) != 0 ||
        boot_echo8(b, JUMP_DA64_AARCH64, "instruction set", err) != 0 ||
        jump_status(b, "status 1", err) != 0 || boot_echo8(b, JUMP_DA64_MAGIC, "magic", err) != 0)
        return -1;
    return jump_status(b, "status 2", err);
}

int mtk_boot_jump(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address,
                  struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    return jump(&b, address, err);
}

int mtk_boot_jump64(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address,
                    struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    return jump64(&b, address, err);
}

/* What no phone could make sense of is not sent. */
static int sane(struct boot *b, const struct mtk_da1 *da1, struct mtk_error *err)
{
    b->command = "SEND_DA";
    if (da1->len > 0 && da1->len < UINT32_MAX && da1->sig_len <= da1->len)
        return 0;
    mtk_fail(err, MTK_E_MTK_IMAGE_INVALID, MTK_EV_FILE,
             "stage 1 of the agent has %zu bytes, of which %zu are signature", da1->len, da1->sig_len);
    return boot_fail(b, err);
}

int mtk_boot_start_da1(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                       const struct mtk_da1 *da1, struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    b.stage = boot_stage(id);
    if (sane(&b, da1, err) != 0 || boot_authenticate(&b, id, err) != 0)
        return -1;
    /* The last chance to give up: from here on the phone is left clean only by starting the agent and ending that. */
    if (boot_cancelled(&b)) {
        mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "ended on request before the agent was sent");
        return boot_fail(&b, err);
    }
    if (boot_send_da(&b, da1, id->brom, err) != 0)
        return -1;
    /* A preloader knows JUMP_DA only, whatever the chip. */
    if (id->brom && id->chip && id->chip->has64bit)
        return jump64(&b, da1->address, err);
    return jump(&b, da1->address, err);
}
