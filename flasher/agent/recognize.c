/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No container says whether its agents are legacy or XFlash (formats.md 1.5), and both begin with C0. What tells them
 * apart without risk is who speaks next: a legacy agent reports its flash ids unasked (da-legacy.md 2.2), an XFlash
 * agent waits to be greeted (da-xflash.md 4). So the host listens before it says anything: for a moment where XFlash is
 * expected, and for as long as a right legacy agent may take where legacy is.
 */
#include "flasher/agent/recognize.h"

#include <stdio.h>
#include <string.h>

#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"
#include "protocol/xflash.h"

#define FIRST_TEXT_MAX 64u   /* log text that a debug build may send before its first byte */
#define V4_FIRST       0x00u /* high byte of the NAND status, which is a small number [da-legacy.md 2.2] */
#define V3_FIRST       0x03u /* major version [da-legacy.md 2.1] */

const char *agent_kind_name(enum mtk_agent_kind kind)
{
    return kind == MTK_AGENT_XML ? "XML" : kind == MTK_AGENT_LEGACY ? "legacy" : "XFlash";
}

static int first_byte_failed(struct mtk_error *err, const struct mtk_error *link, const uint8_t *got,
                             size_t n)
{
    if (n) {
        const uint8_t due = XFLASH_FIRST_BYTE;
        mtk_fail(err, MTK_E_S_FT_DA_SYNC_INCORRECT, MTK_EV_WRONG_ANSWER,
                 "the first byte of the agent is 0x%02X, C0 was due", got[0]);
        mtk_error_bytes(err, &due, 1, got, n);
    } else {
        *err = *link;
        if (link->evidence == MTK_EV_NO_ANSWER) {
            err->row = &mtk_err_rows[MTK_E_S_FT_DA_NO_RESPONSE];
            snprintf(err->what, sizeof(err->what), "stage 1 was uploaded and started but sent nothing");
        }
    }
    mtk_error_step(err, "da1", "JUMP_DA");
    return -1;
}

static bool is_text(uint8_t b)
{
    return (b >= ' ' && b <= '~') || b == '\r' || b == '\n';
}

/* EF EE EE FE is the beginning of an XML agent's first packet [da-xml.md 1]; the first byte was read. */
static int rest_of_magic(struct mtk_link *l, int64_t timeout, struct mtk_error *err)
{
    static const uint8_t magic[4] = {0xEF, 0xEE, 0xEE, 0xFE};
    uint8_t got[4] = {magic[0]};
    struct mtk_error link = {0};
    size_t n = 1;
    while (n < sizeof(got) && mtk_link_read_full(l, got + n, 1, timeout, &link) == 0)
        n++;
    return n < sizeof(got) || memcmp(got, magic, sizeof(magic)) != 0 ? first_byte_failed(err, &link, got, n)
                                                                     : 0;
}

static void tell_skipped(const struct mtk_start_options *opt, uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[i] = is_text(text[i]) && text[i] >= ' ' ? text[i] : ' ';
    if (n)
        mtk_note(opt->boot.sink, 1, "the agent sent %zu bytes of text before its first byte: %.*s", n, (int)n,
                 (const char *)text);
}

/*
 * EF is XML whatever was expected, C0 is one of the others. Text before it comes from builds that log to the link and is
 * passed over; in front of a legacy agent anything is, as its own host does [da-legacy.md 2.2].
 */
static int await_first(struct mtk_link *l, const struct mtk_start_options *opt, enum mtk_agent_kind expected,
                       bool *xml, struct mtk_error *err)
{
    uint8_t text[FIRST_TEXT_MAX];
    struct mtk_error link = {0};
    int64_t timeout = mtk_timeout_ns(opt->boot.timeouts, MTK_T_DA_START, 0);
    size_t n = 0;
    for (;;) {
        uint8_t b = 0;
        if (mtk_link_read_full(l, &b, 1, timeout, &link) < 0)
            return first_byte_failed(err, &link, text, n);
        if (b == XFLASH_FIRST_BYTE)
            break;
        *xml = b == 0xEF && n == 0;
        if (*xml)
            return rest_of_magic(l, timeout, err);
        if ((!is_text(b) && expected != MTK_AGENT_LEGACY) || n == sizeof(text)) {
            if (n < sizeof(text))
                text[n++] = b;
            return first_byte_failed(err, &link, text, n);
        }
        text[n++] = b;
    }
    tell_skipped(opt, text, n);
    return 0;
}

static bool expects_legacy(enum mtk_agent_kind kind, const struct mtk_phone_id *id)
{
    return kind == MTK_AGENT_LEGACY ||
           (kind == MTK_AGENT_XML && id->chip && id->chip->agent == MTK_AGENT_LEGACY);
}

/* A byte that only a legacy agent of this phone would begin with. Others are left to the speaker that was expected. */
static bool is_legacy_word(uint8_t b, const struct mtk_phone_id *id)
{
    const struct leg_chip *chip = leg_chip_of(id);
    return b == (chip && chip->v3 ? V3_FIRST : V4_FIRST);
}

/* What follows C0, or does not. */
static int who_speaks(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                      bool legacy, enum mtk_agent_kind *kind, struct mtk_error *err)
{
    uint8_t b = 0;
    struct mtk_error why = {0};
    int64_t patience = mtk_timeout_ns(opt->boot.timeouts, legacy ? MTK_T_LG_FIELD : MTK_T_LG_UNASKED, 0);
    if (mtk_link_peek(l, &b, patience, &why) == 0) {
        *kind = legacy || is_legacy_word(b, id) ? MTK_AGENT_LEGACY : MTK_AGENT_XFLASH;
        return 0;
    }
    if (why.evidence == MTK_EV_NO_ANSWER) {
        *kind = MTK_AGENT_XFLASH;
        return 0;
    }
    *err = why;
    mtk_error_step(err, "da1", "JUMP_DA");
    return -1;
}

static int check_speaker(enum mtk_agent_kind kind, const struct mtk_phone_id *id, struct mtk_error *err)
{
    if (kind != MTK_AGENT_LEGACY || id->chip || leg_chip_of(id))
        return 0;
    mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
             "the agent that was started is a legacy one, and how those of %s want to be configured is not "
             "known",
             id->chip_name);
    mtk_error_step(err, "da1", "JUMP_DA");
    return -1;
}

int agent_recognize(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                    enum mtk_agent_kind *kind, struct mtk_error *err)
{
    enum mtk_agent_kind expected = *kind;
    bool xml = false;
    if (await_first(l, opt, expected, &xml, err) < 0)
        return -1;
    if (xml)
        *kind = MTK_AGENT_XML;
    else if (who_speaks(l, opt, id, expects_legacy(expected, id), kind, err) < 0)
        return -1;
    if (*kind != expected && expected == MTK_AGENT_XML)
        mtk_note(opt->boot.sink, 2, "the container is of the XML generation, but its agent begins as %s does",
                 agent_kind_name(*kind));
    else if (*kind != expected)
        mtk_note(opt->boot.sink, 2, "%s agents are expected on %s, but this one begins as %s does",
                 agent_kind_name(expected), id->chip_name, agent_kind_name(*kind));
    return check_speaker(*kind, id, err);
}

void agent_not_understood(const struct mtk_phone_id *id, enum mtk_agent_kind kind, bool silent,
                          struct mtk_error *err)
{
    bool greeting = kind == MTK_AGENT_XFLASH && strcmp(err->command, "SETUP_ENVIRONMENT") == 0;
    if (greeting && silent && err->evidence == MTK_EV_NO_ANSWER)
        snprintf(err->what, sizeof(err->what),
                 "the agent sent C0 and then nothing, neither the flash ids of a legacy agent nor an answer "
                 "to the greeting of an XFlash one: its start hangs, or it is not for %s; give the agent of "
                 "its own firmware with --da",
                 id->chip_name);
    else if (greeting && err->evidence == MTK_EV_WRONG_ANSWER)
        snprintf(err->what, sizeof(err->what),
                 "the agent does not answer as XFlash does: it is of another generation than %s needs, or "
                 "broken; give the agent of its own firmware with --da",
                 id->chip_name);
}
