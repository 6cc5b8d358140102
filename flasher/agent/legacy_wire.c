/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and big-endian numbers without framing [0], refusals in words [5, 6], and finding back after doubt. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

#define TEXT_MAX 160u /* of an assertion that is shown */

int leg_wrap(struct legacy *g, int row, struct mtk_error *err)
{
    bool about_phone = err->evidence == MTK_EV_NO_ANSWER || err->evidence == MTK_EV_REFUSED ||
                       err->evidence == MTK_EV_WRONG_ANSWER;
    /* A refusal for a reason of security keeps its own name: it decides what the user has to bring. */
    if (about_phone && !(err->row && strcmp(err->row->layer, "security") == 0))
        err->row = &mtk_err_rows[row];
    return agent_failed(&g->s, err);
}

/* ---- sending ---- */

int leg_send(struct legacy *g, const void *data, size_t len, struct mtk_error *err)
{
    enum mtk_timeout_op op = len > LG_BLOCK ? MTK_T_LG_PACKET_ACK : MTK_T_LG_ACK;
    if (len && mtk_link_write_full(g->s.link, data, len, agent_timeout(&g->s, op, len), err) < 0)
        return agent_lost(&g->s, err);
    return 0;
}

int leg_send_u8(struct legacy *g, uint8_t v, struct mtk_error *err)
{
    return leg_send(g, &v, 1, err);
}

int leg_send_u16(struct legacy *g, uint16_t v, struct mtk_error *err)
{
    uint8_t raw[2];
    put_be16(raw, v);
    return leg_send(g, raw, sizeof(raw), err);
}

int leg_send_u32(struct legacy *g, uint32_t v, struct mtk_error *err)
{
    uint8_t raw[4];
    put_be32(raw, v);
    return leg_send(g, raw, sizeof(raw), err);
}

/* ---- receiving ---- */

int leg_recv(struct legacy *g, void *buf, size_t n, enum mtk_timeout_op op, const char *what,
             struct mtk_error *err)
{
    return mtk_link_read_named(g->s.link, buf, n, agent_timeout(&g->s, op, n), what, err) < 0
               ? agent_lost(&g->s, err)
               : 0;
}

int leg_recv_u8(struct legacy *g, enum mtk_timeout_op op, const char *what, uint8_t *v, struct mtk_error *err)
{
    *v = 0;
    return leg_recv(g, v, 1, op, what, err);
}

int leg_recv_u16(struct legacy *g, enum mtk_timeout_op op, const char *what, uint16_t *v,
                 struct mtk_error *err)
{
    uint8_t raw[2] = {0};
    int r = leg_recv(g, raw, sizeof(raw), op, what, err);
    *v = get_be16(raw);
    return r;
}

int leg_recv_u32(struct legacy *g, enum mtk_timeout_op op, const char *what, uint32_t *v,
                 struct mtk_error *err)
{
    uint8_t raw[4] = {0};
    int r = leg_recv(g, raw, sizeof(raw), op, what, err);
    *v = get_be32(raw);
    return r;
}

static bool printable(uint8_t b)
{
    return b >= ' ' && b <= '~';
}

/* Collects what the phone prints until it is quiet, and fails with it [2.6.1]. */
static int text_instead(struct legacy *g, uint8_t first, const char *what, struct mtk_error *err)
{
    char text[TEXT_MAX + 1] = {(char)first};
    size_t n = 1;
    uint8_t b = 0;
    struct mtk_error end = {0};
    int64_t quiet = agent_timeout(&g->s, MTK_T_DRAIN, 0);
    while (n < TEXT_MAX && mtk_link_read_full(g->s.link, &b, 1, quiet, &end) == 0)
        text[n++] = printable(b) ? (char)b : ' ';
    while (n && text[n - 1] == ' ')
        n--;
    text[n] = 0;
    return agent_out_of_step(&g->s, text, n, err, "the agent printed text where %s was due: %s", what, text);
}

int leg_recv_status(struct legacy *g, enum mtk_timeout_op op, const char *what, uint32_t *v,
                    struct mtk_error *err)
{
    uint8_t raw[4] = {0};
    *v = 0;
    /* No status has a first byte other than 0, so a printable one is the beginning of a text. */
    if (leg_recv(g, raw, 1, op, what, err) < 0)
        return -1;
    if (printable(raw[0]))
        return text_instead(g, raw[0], what, err);
    if (leg_recv(g, raw + 1, 3, op, what, err) < 0) {
        if (err->evidence == MTK_EV_NO_ANSWER) /* it did say something */
            agent_out_of_step(&g->s, raw, 1, err, "the phone stopped after 1 of 4 bytes of %s", what);
        return -1;
    }
    *v = get_be32(raw);
    return 0;
}

/* ---- refusals ---- */

/* Which table names a number: the agent's own group, the codes that all old tools share, and the host library's. */
static const struct mtk_err_row *row_of(uint32_t n1)
{
    static const char *const families[] = {"da_legacy", "brom_dll", "flashtool"};
    const struct mtk_err_row *row = NULL;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]) && !row; i++)
        row = mtk_err_by_code(families[i], n1);
    return row;
}

int leg_refused(struct legacy *g, uint32_t status, const char *to, struct mtk_error *err)
{
    uint32_t n1 = leg_to_n1(g->numbering, status);
    const struct mtk_err_row *row = row_of(n1);
    uint8_t raw[4];
    mtk_fail(err, row ? (int)(row - mtk_err_rows) : MTK_E_MTK_STATUS_UNKNOWN, MTK_EV_REFUSED,
             "the agent answered %" PRIu32 " (0x%" PRIX32 ", %s%s) to %s", status, status,
             row ? row->symbol : "in no table", n1 != status ? " in the numbering of 2015" : "", to);
    put_be32(raw, status);
    mtk_error_bytes(err, NULL, 0, raw, sizeof(raw));
    mtk_error_status(err, status);
    return agent_failed(&g->s, err);
}

/* BB, once for the command and once for each byte of its parameters. */
static bool unknown_command(const uint8_t *raw, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (raw[i] != LG_UNKNOWN_CMD)
            return false;
    return true;
}

int leg_not_acked(struct legacy *g, uint8_t got, const char *to, struct mtk_error *err)
{
    static const uint8_t ack = LG_ACK;
    uint8_t raw[5] = {got};
    struct mtk_error short_answer = {0};
    size_t n = 1;
    int64_t timeout = agent_timeout(&g->s, MTK_T_LG_REFUSAL, 0);
    while (n < sizeof(raw) && mtk_link_read_full(g->s.link, raw + n, 1, timeout, &short_answer) == 0)
        n++;
    uint32_t status = get_be32(raw + 1);
    if (n == sizeof(raw) && (got == LG_NACK || row_of(leg_to_n1(g->numbering, status))))
        return leg_refused(g, status, to, err);
    if (short_answer.evidence == MTK_EV_LEFT_BUS) {
        *err = short_answer;
        return agent_lost(&g->s, err);
    }
    if (unknown_command(raw, n))
        return agent_fail(&g->s, MTK_E_S_UNSUPPORTED_OPERATION, MTK_EV_REFUSED, err,
                          "the agent does not know the command (BB)");
    agent_out_of_step(&g->s, NULL, 0, err,
                      "the agent answered 0x%02X to %s, where 5A, or A5 and a status, was due", got, to);
    mtk_error_bytes(err, &ack, 1, raw, n);
    return -1;
}

int leg_expect_ack(struct legacy *g, enum mtk_timeout_op op, const char *to, struct mtk_error *err)
{
    char what[96];
    uint8_t b = 0;
    snprintf(what, sizeof(what), "the ack of %s", to);
    if (leg_recv_u8(g, op, what, &b, err) < 0)
        return -1;
    return b == LG_ACK ? 0 : leg_not_acked(g, b, to, err);
}

int leg_expect_command_ack(struct legacy *g, enum mtk_timeout_op op, const char *to, struct mtk_error *err)
{
    if (leg_expect_ack(g, op, to, err) == 0)
        return 0;
    if (mtk_error_is(err, MTK_E_S_UNSUPPORTED_OPERATION) && !err->has_status)
        leg_recover(g, false);
    return -1;
}

/* ---- finding back ---- */

/* USB_CHECK_STATUS: 5A and one byte, from the command loop only [5.1]. */
static bool answers(struct legacy *g, struct mtk_error *why)
{
    const uint8_t op = LG_USB_CHECK_STATUS;
    uint8_t reply[2] = {0};
    int64_t timeout = agent_timeout(&g->s, MTK_T_LG_ACK, 0);
    return mtk_link_write_full(g->s.link, &op, 1, timeout, why) == 0 &&
           mtk_link_read_full(g->s.link, reply, sizeof(reply), timeout, why) == 0 && reply[0] == LG_ACK;
}

void leg_recover(struct legacy *g, bool stop)
{
    static const uint8_t stop_byte = LG_STOP;
    struct mtk_error why = {0};
    if (!g->s.agent.usable)
        return;
    size_t dropped = mtk_link_drain(g->s.link, agent_timeout(&g->s, MTK_T_DRAIN, 0));
    if (dropped)
        mtk_note(g->s.agent.sink, 0, "%s: %zu more bytes came after the failed %s", g->s.stage, dropped,
                 g->s.command);
    if (stop)
        (void)mtk_link_write_full(g->s.link, &stop_byte, 1, agent_timeout(&g->s, MTK_T_LG_ACK, 0), &why);
    g->s.agent.usable = answers(g, &why);
    if (!g->s.agent.usable && why.evidence != MTK_EV_LEFT_BUS)
        mtk_note(
            g->s.agent.sink, 2,
            "the agent no longer answers after the failed %s; take out the battery or hold the power key "
            "for 15 s and plug the phone in again",
            g->s.command);
}
