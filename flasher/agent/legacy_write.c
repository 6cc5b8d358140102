/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SDMMC_WRITE_DATA, and NAND_WRITE_DATA in the same form [5.5, protocol/legacy.h]. An agent acknowledges packets and
 * verifies nothing afterwards; the proof is the read-back of whoever asked for the write.
 */

#include "base/cursor.h"
#include "base/hash.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

/* Statuses, in N1, after which the vendor's sender sends the same packet again. For all others it gives up. */
static const uint32_t worth_a_resend[] = {LG_S_UART_GET_DATA_TIMEOUT, LG_S_CHKSUM_LSB_TIMEOUT,
                                          LG_S_DATA_CKSUM_ERROR, LG_S_RX_BUF_FULL};

/* Says, in place of the byte that announces a packet, that none follows: the agent goes back to its loop. */
static int stop(struct legacy *g, uint64_t done, struct mtk_error *err)
{
    agent_failed(&g->s, err);
    err->acked = done;
    leg_recover(g, true);
    return -1;
}

static bool may_resend(const struct legacy *g, uint32_t status)
{
    uint32_t n1 = leg_to_n1(g->numbering, status);
    for (size_t i = 0; i < sizeof(worth_a_resend) / sizeof(worth_a_resend[0]); i++)
        if (worth_a_resend[i] == n1)
            return true;
    return false;
}

/* 69, or a refusal. 0; 1 the packet may be sent again; -1. */
static int packet_verdict(struct legacy *g, size_t n, struct mtk_error *err)
{
    uint8_t b = 0;
    int64_t timeout = agent_timeout(&g->s, MTK_T_LG_PACKET_ACK, n);
    if (mtk_link_read_named(g->s.link, &b, 1, timeout, "the ack of a packet", err) < 0)
        return agent_lost(&g->s, err);
    if (b == LG_CONT)
        return 0;
    if (b == LG_STOP) {
        agent_fail(&g->s, MTK_E_S_STOP, MTK_EV_REFUSED, err, "the agent stopped the write (96)");
        mtk_error_bytes(err, (uint8_t[]){LG_CONT}, 1, &b, 1);
        return -1;
    }
    leg_not_acked(g, b, "a packet", err);
    return err->has_status && may_resend(g, err->device_status) ? 1 : -1;
}

static int send_packet(struct legacy *g, const uint8_t *data, size_t n, struct mtk_error *err)
{
    uint16_t sum = sum16(0, data, n);
    for (unsigned tries = 0;; tries++) {
        if (leg_send_u8(g, LG_ACK, err) < 0)
            return -1;
        g->s.agent.touched = true;
        if (leg_send(g, data, n, err) < 0 || leg_send_u16(g, sum, err) < 0)
            return -1;
        int r = packet_verdict(g, n, err);
        if (r <= 0 || tries == LG_RESENDS)
            return r;
        mtk_note(g->s.agent.sink, 1, "%s: %s; sent again", g->s.command, err->what);
        *err = (struct mtk_error){0};
    }
}

static int packets(struct legacy *g, const struct mtk_source *from, const struct agent_span *span,
                   struct mtk_error *err)
{
    for (uint64_t moved = 0; moved < span->len;) {
        size_t n = span->len - moved < LG_DATA_PACKET ? (size_t)(span->len - moved) : LG_DATA_PACKET;
        uint64_t done = agent_span_done(span, moved);
        const uint8_t *data = NULL;
        if (agent_cancelled(&g->s, done, err) || agent_gather(&g->s, from, n, LG_DATA_PACKET, &data, err) < 0)
            return stop(g, done, err);
        int r = send_packet(g, data, n, err);
        if (r != 0) {
            err->acked = done;
            leg_recover(g, r > 0); /* r > 0: it waits for the packet once more */
            return -1;
        }
        moved += n;
        agent_progress(&g->s, agent_span_done(span, moved));
    }
    return 0;
}

static int head(struct legacy *g, int i, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    static const uint8_t phone_info[16]; /* time and MAC: nothing of this computer's is told */
    uint8_t raw[LG_WRITE_HEAD_LEN + sizeof(phone_info)];
    struct wr w = wr_init(raw, sizeof(raw));
    bool nand = g->storage == LG_STORAGE_NAND;
    wr_u8(&w, nand ? LG_NAND_WRITE_DATA : LG_SDMMC_WRITE_DATA);
    if (g->chip->phone_info)
        wr_bytes(&w, phone_info, sizeof(phone_info));
    wr_u8(&w, g->write_storage);
    wr_u8(&w, nand ? LG_LOGICAL : g->part[i]);
    wr_be64(&w, addr);
    wr_be64(&w, len);
    wr_be32(&w, LG_DATA_PACKET);
    return leg_send(g, raw, w.pos, err) < 0
               ? -1
               : leg_expect_command_ack(g, MTK_T_LG_ACK, "the range to write", err);
}

int leg_write_range(struct legacy *g, const char *area, uint64_t addr, uint64_t len,
                    const struct mtk_source *from, struct mtk_error *err)
{
    struct agent_edges edges;
    struct agent_pad padded;
    bool nand = g->storage == LG_STORAGE_NAND;
    const char *name = nand ? "NAND_WRITE_DATA" : "SDMMC_WRITE_DATA";
    int i = agent_begin_range(&g->s, name, area, addr, len, err);
    if (i < 0)
        return -1;
    if (len == 0)
        return 0;
    if (agent_edges_get(&g->s.agent, area, addr, len, leg_unit(g), !nand, &edges, err) < 0) {
        return agent_failed(&g->s, err);
    }
    agent_step(&g->s, name); /* in between it may have read */
    if (head(g, i, edges.span.addr, edges.span.len, err) < 0)
        return -1;
    agent_pad_init(&padded, from, &edges);
    return packets(g, &padded.source, &edges.span, err);
}

int leg_write(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
              const struct mtk_source *from, struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    leg_forget_table(g); /* a range by numbers may be that of the table */
    return leg_write_range(g, area, addr, len, from, err ? err : &local);
}
