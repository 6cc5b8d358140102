/* SPDX-License-Identifier: Apache-2.0 */
/* SDMMC_SWITCH_PART and READ [5.3, 5.4]. */

#include "base/cursor.h"
#include "base/hash.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

/*
 * A read cannot be broken off: there is no byte for it. So a long one is made of commands of this length, and who
 * wants to stop waits for the end of the one under way.
 */
#define COMMAND_MAX (UINT64_C(16) << 20)

uint32_t leg_unit(const struct legacy *g)
{
    return g->s.info.block_size ? g->s.info.block_size : LG_BLOCK;
}

int leg_switch_part(struct legacy *g, int i, struct mtk_error *err)
{
    const char *command = g->s.command;
    if (g->storage != LG_STORAGE_EMMC)
        return 0;
    agent_step(&g->s, "SDMMC_SWITCH_PART");
    if (leg_send_u8(g, LG_SDMMC_SWITCH_PART, err) < 0 ||
        leg_expect_ack(g, MTK_T_LG_FIELD, "SDMMC_SWITCH_PART", err) < 0 ||
        leg_send_u8(g, g->part[i], err) < 0 ||
        leg_expect_ack(g, MTK_T_LG_FIELD, "the part of the eMMC", err) < 0)
        return -1;
    agent_step(&g->s, command);
    return 0;
}

/* Where the packets of a command go. */
struct landing {
    struct agent_trim trim; /* the wire moves whole blocks, the caller wants a range of bytes */
    bool over;              /* the caller takes no more; *err says why */
};

/*
 * Where a packet is received: the caller's own memory if it fits there whole, else ours. A packet may have to be
 * received twice, so it is not handed out before its sum is right.
 */
static uint8_t *place(struct legacy *g, struct landing *to, size_t n, bool *direct, struct mtk_error *err)
{
    const struct mtk_drain *d = &to->trim.drain;
    *direct = false;
    if (!to->over) {
        size_t room = 0;
        uint8_t *buf = d->buffer(d->ctx, n, &room, err);
        *direct = buf && room >= n;
        to->over = !buf;
        if (*direct)
            return buf;
    }
    return agent_staging(&g->s, LG_DATA_PACKET, err) < 0 ? NULL : g->s.staging;
}

/* One packet and its sum, asked for again while the sum is wrong [step 5]. 0; 1 it stays wrong; -1 the link failed. */
static int recv_packet(struct legacy *g, uint8_t *buf, size_t n, struct mtk_error *err)
{
    uint16_t sum = 0, own = 0;
    for (unsigned tries = 0; tries <= LG_RESENDS; tries++) {
        if (tries) {
            mtk_note(g->s.agent.sink, 1,
                     "READ: a packet came with sum 0x%04X instead of 0x%04X; asked for again", sum, own);
            if (leg_send_u8(g, LG_NACK, err) < 0)
                return -1;
        }
        if (leg_recv(g, buf, n, MTK_T_BLOCK, "a data packet", err) < 0 ||
            leg_recv_u16(g, MTK_T_LG_FIELD, "the sum of a data packet", &sum, err) < 0)
            return -1;
        own = sum16(0, buf, n);
        if (own == sum)
            return 0;
    }
    uint8_t due[2], got[2];
    put_be16(due, own);
    put_be16(got, sum);
    agent_fail(&g->s, MTK_E_S_FT_READBACK_FAIL, MTK_EV_WRONG_ANSWER, err,
               "a packet was wrong %u times running: its bytes add up to 0x%04X, the agent says 0x%04X",
               LG_RESENDS + 1, own, sum);
    mtk_error_bytes(err, due, sizeof(due), got, sizeof(got));
    return 1;
}

/*
 * The packets of one command. A caller that wants no more, and a packet that stays wrong, do not end it: the rest is
 * read, acknowledged and dropped, so that the agent is back in its loop.
 */
static int packets(struct legacy *g, uint64_t len, uint64_t total, struct landing *to, struct mtk_error *err)
{
    struct mtk_error late = {0};
    for (uint64_t done = 0; done < len;) {
        size_t n = len - done < LG_DATA_PACKET ? (size_t)(len - done) : LG_DATA_PACKET;
        const struct mtk_drain *d = &to->trim.drain;
        bool direct = false;
        uint8_t *buf = place(g, to, n, &direct, err);
        if (!buf) { /* no memory: nothing can be received any more */
            g->s.agent.usable = false;
            return -1;
        }
        int r = recv_packet(g, buf, n, to->over ? &late : err);
        if (r >= 0 && !to->over)
            to->over = r > 0 || (direct ? d->commit(d->ctx, n, err) : agent_drain_copy(d, buf, n, err)) < 0;
        done += n;
        if (r < 0 || leg_send_u8(g, LG_ACK, to->over ? &late : err) < 0) {
            if (to->over)
                mtk_note(g->s.agent.sink, 1, "and then the link failed: %s", late.what);
            return -1;
        }
        if (to->over)
            continue;
        agent_progress(&g->s, total - to->trim.take);
        to->over = agent_cancelled(&g->s, total - to->trim.take, err);
    }
    return to->over ? -1 : 0;
}

static int command(struct legacy *g, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    uint8_t head[3 + 16] = {LG_READ, g->host_os, g->storage};
    put_be64(head + 3, addr);
    put_be64(head + 11, len);
    if (leg_send(g, head, sizeof(head), err) < 0 ||
        leg_expect_command_ack(g, MTK_T_LG_FIELD, "the range to read", err) < 0)
        return -1;
    return leg_send_u32(g, LG_DATA_PACKET, err);
}

int leg_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, const struct mtk_drain *to,
             struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    int i = agent_begin_range(&g->s, "READ", area, addr, len, err);
    if (i < 0)
        return -1;
    if (len == 0)
        return 0;
    if (leg_switch_part(g, i, err) < 0)
        return -1;
    struct agent_span span = agent_span_of(addr, len, leg_unit(g));
    uint64_t from = span.addr, end = span.addr + span.len;
    struct landing to_caller = {.over = false};
    agent_trim_init(&to_caller.trim, to, span.before, len);
    while (from < end) {
        uint64_t n = end - from < COMMAND_MAX ? end - from : COMMAND_MAX;
        if (command(g, from, n, err) < 0 || packets(g, n, len, &to_caller, err) < 0) {
            err->acked = len - to_caller.trim.take;
            return agent_failed(&g->s, err);
        }
        from += n;
    }
    return 0;
}

int leg_read_bytes(struct legacy *g, const char *area, uint64_t addr, void *buf, size_t len,
                   struct mtk_error *err)
{
    struct agent_memory m;
    bool was = g->s.internal;
    const char *step = g->s.command;
    agent_memory_init(&m, buf, len);
    g->s.internal = true;
    int r = leg_read(&g->s.agent, area, addr, len, &m.drain, err);
    g->s.internal = was;
    agent_step(&g->s, step);
    return r;
}
