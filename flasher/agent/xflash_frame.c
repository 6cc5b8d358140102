/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XFlash packets: a 12-byte header and a payload, always two transfers, both ways [2]. There is no checksum and no
 * resynchronisation in this framing: whatever does not fit ends the session, because an agent that has lost its place
 * never answers again [2.2].
 */
#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

#define MESSAGE_MAX 4096u /* log text in one message packet */

int xf_send(struct xflash *x, const void *payload, size_t len, struct mtk_error *err)
{
    uint8_t header[XFLASH_HEADER_LEN];
    enum mtk_timeout_op op = len > XF_SMALL_MAX ? MTK_T_BLOCK : MTK_T_AGENT_REPLY;
    put_le32(header, XFLASH_MAGIC);
    put_le32(header + 4, XFLASH_FLOW);
    put_le32(header + 8, (uint32_t)len);
    if (mtk_link_write_full(x->s.link, header, sizeof(header), agent_timeout(&x->s, op, 0), err) < 0)
        return agent_lost(&x->s, err);
    if (len && mtk_link_write_full(x->s.link, payload, len, agent_timeout(&x->s, op, len), err) < 0)
        return agent_lost(&x->s, err);
    return 0;
}

int xf_send_u32(struct xflash *x, uint32_t value, struct mtk_error *err)
{
    uint8_t word[4];
    put_le32(word, value);
    return xf_send(x, word, sizeof(word), err);
}

int xf_recv_payload(struct xflash *x, void *buf, size_t n, int64_t timeout_ns, struct mtk_error *err)
{
    if (!n)
        return 0;
    return mtk_link_read_named(x->s.link, buf, n, timeout_ns, "a packet's payload", err) < 0
               ? agent_lost(&x->s, err)
               : 0;
}

int xf_recv_discard(struct xflash *x, size_t n, int64_t timeout_ns, struct mtk_error *err)
{
    uint8_t scratch[4096];
    while (n) {
        size_t part = n < sizeof(scratch) ? n : sizeof(scratch);
        if (xf_recv_payload(x, scratch, part, timeout_ns, err) < 0)
            return -1;
        n -= part;
    }
    return 0;
}

int xf_recv_drain(struct xflash *x, size_t n, const struct mtk_drain *to, struct mtk_error *err)
{
    int64_t timeout = agent_timeout(&x->s, MTK_T_BLOCK, n);
    while (n) {
        size_t part = 0;
        uint8_t *buf = agent_drain_room(to, n, &part, err);
        if (!buf)
            break;
        if (xf_recv_payload(x, buf, part, timeout, err) < 0)
            return -1;
        n -= part;
        if (to->commit(to->ctx, part, err) < 0)
            break;
        if (!n)
            return 0;
    }
    struct mtk_error lost = {0};
    if (xf_recv_discard(x, n, timeout, &lost) < 0)
        mtk_note(x->s.agent.sink, 1, "and then the link failed: %s", lost.what);
    return 1;
}

/* A message packet: u32 priority, counted in the length, then text that usually ends in a NUL [2]. */
static int forward_message(struct xflash *x, uint32_t len, int64_t timeout_ns, struct mtk_error *err)
{
    uint8_t body[MESSAGE_MAX + 1];
    if (len > MESSAGE_MAX)
        return agent_out_of_step(&x->s, NULL, 0, err, "a log message claims %" PRIu32 " bytes", len);
    if (xf_recv_payload(x, body, len, timeout_ns, err) < 0)
        return -1;
    body[len] = 0;
    char *text = (char *)body + (len > 4 ? 4 : len);
    size_t n = strlen(text);
    while (n && (uint8_t)text[n - 1] <= ' ')
        text[--n] = 0;
    for (size_t i = 0; i < n; i++) /* it may end on a terminal */
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '.';
    if (n)
        mtk_note(x->s.agent.sink, 0, "%s: %s", x->s.stage, text);
    return 0;
}

int xf_recv_header(struct xflash *x, int64_t timeout_ns, uint32_t *len, struct mtk_error *err)
{
    static const uint8_t magic[4] = {0xEF, 0xEE, 0xEE, 0xFE};
    const struct mtk_clock *clock = &x->s.link->clock;
    int64_t begun = clock->now(clock->ctx), deadline = mtk_deadline(begun, timeout_ns);
    for (;;) {
        uint8_t header[XFLASH_HEADER_LEN];
        x->in_packet = false;
        if (mtk_link_read_named(x->s.link, header, sizeof(header), timeout_ns, "a packet header", err) < 0)
            return agent_lost(&x->s, err);
        if (memcmp(header, magic, sizeof(magic)) != 0) {
            agent_out_of_step(&x->s, NULL, 0, err,
                              "a packet does not begin with EF EE EE FE: framing is lost");
            mtk_error_bytes(err, magic, sizeof(magic), header, sizeof(header));
            return -1;
        }
        x->in_packet = true;
        uint32_t type = get_le32(header + 4);
        *len = get_le32(header + 8);
        if (type == XFLASH_FLOW)
            return 0;
        if (type != XFLASH_MESSAGE)
            return agent_out_of_step(&x->s, header, sizeof(header), err, "packet of unknown type %" PRIu32,
                                     type);
        if (forward_message(x, *len, timeout_ns, err) < 0)
            return -1;
        /* Log text is no answer: the time for the answer goes on running. */
        int64_t now = clock->now(clock->ctx);
        if (now >= deadline) { /* a phone that never stops talking must not keep us here */
            x->in_packet = false;
            mtk_fail(err, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER,
                     "only log text came where an answer was due");
            err->waited_ns = now - begun;
            return agent_lost(&x->s, err);
        }
        timeout_ns = deadline == NS_NEVER ? -1 : deadline - now;
    }
}

int xf_recv_small(struct xflash *x, int64_t timeout_ns, void *buf, size_t cap, size_t *len,
                  struct mtk_error *err)
{
    uint32_t n = 0;
    *len = 0;
    if (xf_recv_header(x, timeout_ns, &n, err) < 0)
        return -1;
    if (n > XF_SMALL_MAX)
        return agent_out_of_step(&x->s, NULL, 0, err, "the answer claims %" PRIu32 " bytes, more than %u", n,
                                 XF_SMALL_MAX);
    size_t keep = n < cap ? n : cap;
    if (xf_recv_payload(x, buf, keep, timeout_ns, err) < 0 ||
        xf_recv_discard(x, n - keep, timeout_ns, err) < 0)
        return -1;
    *len = n;
    return 0;
}

int xf_recv_status(struct xflash *x, int64_t timeout_ns, uint32_t *status, struct mtk_error *err)
{
    uint8_t word[8] = {0};
    size_t n = 0;
    *status = 0;
    if (xf_recv_small(x, timeout_ns, word, sizeof(word), &n, err) < 0)
        return -1;
    if (n != 4 && n != 2)
        return agent_out_of_step(&x->s, word, n < sizeof(word) ? n : sizeof(word), err,
                                 "a packet of %zu bytes came where a status was due", n);
    *status = n == 2 ? get_le16(word) : get_le32(word);
    if (n == 2)
        mtk_note(x->s.agent.sink, 0, "%s: status of two bytes 0x%04" PRIX32, x->s.stage, *status);
    if (*status == XFLASH_MAGIC) {
        mtk_note(x->s.agent.sink, 0, "%s: the magic came as a status; taken as 0", x->s.stage);
        *status = 0;
    }
    return 0;
}

int xf_poll_status(struct xflash *x, int64_t timeout_ns, uint32_t *status, struct mtk_error *err)
{
    struct mtk_error silence = {0};
    if (xf_recv_status(x, timeout_ns, status, &silence) == 0)
        return 0;
    if (silence.evidence == MTK_EV_NO_ANSWER && !x->in_packet) {
        x->s.agent.usable = true;
        return 1;
    }
    *err = silence;
    return -1;
}

int xf_expect_ok(struct xflash *x, int64_t timeout_ns, const char *to, struct mtk_error *err)
{
    uint32_t status = 0;
    if (xf_recv_status(x, timeout_ns, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : xf_refused(x, status, to, err);
}

int xf_refused(struct xflash *x, uint32_t status, const char *to, struct mtk_error *err)
{
    static const uint8_t ok[4];
    uint8_t word[4];
    const struct mtk_err_row *row = mtk_err_by_code("xflash_status", status);
    bool is_error = status >> 30 == 3;
    int index = row && is_error ? (int)(row - mtk_err_rows)
                : is_error      ? MTK_E_MTK_STATUS_UNKNOWN
                                : MTK_E_MTK_WRONG_ANSWER;
    mtk_fail(err, index, is_error ? MTK_EV_REFUSED : MTK_EV_WRONG_ANSWER,
             "the agent answered 0x%08" PRIX32 "%s%s%s to %s", status, row ? " (" : "",
             row ? row->symbol : "", row ? ")" : "", to);
    put_le32(word, status);
    mtk_error_bytes(err, ok, sizeof(ok), word, sizeof(word));
    mtk_error_status(err, status);
    return agent_failed(&x->s, err);
}
