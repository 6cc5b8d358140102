/* SPDX-License-Identifier: Apache-2.0 */
/* The upload of stage 2 by stage 1 [3]. */
#include <inttypes.h>

#include "flasher/agent/legacy.h"
#include "base/cursor.h"
#include "protocol/error_index.h"

#define RUNNING_TOO 0x78u /* what the vendor's host also knows in place of 5A */

/* Anything but 5A ends it: stage 1 gives no reason, and takes nothing else afterwards. */
static int packet_refused(struct legacy *g, uint8_t got, size_t done, struct mtk_error *err)
{
    static const uint8_t ack = LG_ACK;
    g->s.agent.usable = false;
    agent_fail(&g->s, MTK_E_S_FT_DOWNLOAD_FAIL, MTK_EV_REFUSED, err,
               "stage 1 answered 0x%02X to stage 2 at offset 0x%zX: it does not take it", got, done);
    mtk_error_bytes(err, &ack, 1, &got, 1);
    mtk_error_offset(err, done);
    err->acked = done;
    return -1;
}

static int send_image(struct legacy *g, const uint8_t *da2, size_t len, struct mtk_error *err)
{
    for (size_t done = 0; done < len;) {
        size_t n = len - done < LG_DA2_PACKET ? len - done : LG_DA2_PACKET;
        uint8_t b = 0;
        if (leg_send(g, da2 + done, n, err) < 0 ||
            leg_recv_u8(g, MTK_T_LG_FIELD, "the ack of a packet of stage 2", &b, err) < 0) {
            mtk_error_offset(err, done);
            err->acked = done;
            return -1;
        }
        if (b != LG_ACK)
            return packet_refused(g, b, done, err);
        done += n;
    }
    return 0;
}

/*
 * Stage 1 compares a hash of what it received, and if it is wrong it stops without a word. So silence has two meanings
 * here, and both are said.
 */
static int await_life(struct legacy *g, size_t len, struct mtk_error *err)
{
    uint8_t b = 0;
    g->s.stage = "da2";
    if (leg_recv_u8(g, MTK_T_STAGE2_SYNC, "the first byte of stage 2", &b, err) < 0) {
        if (err->evidence == MTK_EV_NO_ANSWER) {
            mtk_fail(
                err, MTK_E_S_FT_DA_NO_RESPONSE, MTK_EV_NO_ANSWER,
                "stage 2 was taken whole and never spoke: it is not the one that belongs to this stage 1, "
                "or DRAM does not work as its settings say");
            err->waited_ns = agent_timeout(&g->s, MTK_T_STAGE2_SYNC, 0);
            agent_failed(&g->s, err);
        }
        err->acked = len;
        return -1;
    }
    if (b == LG_NACK)
        return packet_refused(g, b, len, err);
    if (b != LG_ACK && b != RUNNING_TOO)
        mtk_note(g->s.agent.sink, 2, "stage 2 began with 0x%02X where 5A is usual", b);
    return leg_send_u8(g, LG_ACK, err);
}

int leg_upload_stage2(struct legacy *g, const uint8_t *da2, size_t len, uint64_t address,
                      struct mtk_error *err)
{
    uint8_t head[12];
    agent_step(&g->s, "stage 2 upload");
    if (!len || len > LG_DA2_MAX || address > UINT32_MAX)
        return agent_fail(&g->s, MTK_E_MTK_IMAGE_INVALID, MTK_EV_FILE, err,
                          "stage 2 has %zu bytes for address 0x%" PRIX64, len, address);
    put_be32(head, (uint32_t)address);
    put_be32(head + 4, (uint32_t)len);
    put_be32(head + 8, LG_DA2_PACKET);
    uint8_t b = 0;
    if (leg_send(g, head, sizeof(head), err) < 0 ||
        leg_recv_u8(g, MTK_T_LG_FIELD, "the ack of address and length of stage 2", &b, err) < 0)
        return -1;
    if (b != LG_ACK)
        return packet_refused(g, b, 0, err);
    return send_image(g, da2, len, err) < 0 ? -1 : await_life(g, len, err);
}
