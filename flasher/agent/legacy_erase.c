/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT [5.7]. */
#include <inttypes.h>

#include "base/cursor.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

/* An erase that ticks for ever must end somewhere. */
#define MAX_TICKS  100000u
#define STATS_LEN  28u /* begin, length, three counts of blocks */
#define BLOCK_INFO 9u  /* address of a block, and whether it goes on */

/* What the ticks told. */
struct erase {
    unsigned ticks, failed, bad;
    bool ended; /* the ack that ends it came where one more tick was due */
    uint64_t first_failed;
    uint32_t why; /* status of the first block that failed */
};

static bool in_progress(uint32_t status)
{
    return status == LG_S_IN_PROGRESS || status == LG_S_IN_PROGRESS - 4; /* N1, N2: there is no doubt here */
}

static int command(struct legacy *g, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    static const uint8_t phone_info[16];
    uint8_t raw[5 + sizeof(phone_info) + 16];
    struct wr w = wr_init(raw, sizeof(raw));
    wr_u8(&w, LG_FORMAT);
    wr_u8(&w, g->storage);
    wr_u8(&w, LG_ERASE_NORMAL);
    wr_u8(&w, 0); /* no validation */
    if (g->chip->phone_info)
        wr_bytes(&w, phone_info, sizeof(phone_info));
    wr_u8(&w, LG_LOGICAL);
    wr_be64(&w, addr);
    wr_be64(&w, len);
    bool before = g->s.agent.touched;
    g->s.agent.touched = true;
    if (leg_send(g, raw, w.pos, err) == 0 && leg_expect_command_ack(g, MTK_T_LG_FIELD, "FORMAT", err) == 0 &&
        leg_expect_ack(g, MTK_T_LG_FIELD, "the range to erase", err) == 0)
        return 0;
    if (err->has_status && err->evidence == MTK_EV_REFUSED) /* it said no, so it has not begun */
        g->s.agent.touched = before;
    return -1;
}

/* A block that cannot be erased: its address, and 69 if the agent goes on with the next one [4e]. 0 goes on; -1. */
static int block_failed(struct legacy *g, uint32_t status, struct erase *e, struct mtk_error *err)
{
    uint8_t info[BLOCK_INFO];
    if (leg_recv(g, info, sizeof(info), MTK_T_LG_FIELD, "the address of a failed block", err) < 0)
        return -1;
    uint64_t address = get_be64(info);
    bool bad_block = leg_to_n1(g->numbering, status) == LG_S_NAND_BAD_BLOCK;
    if (bad_block) { /* known before, and never part of what is addressed */
        e->bad++;
        mtk_note(g->s.agent.sink, 1, "FORMAT: bad block at 0x%" PRIX64 " is passed over", address);
    } else if (!e->failed++) {
        e->first_failed = address;
        e->why = status;
    }
    if (info[8] == LG_CONT)
        return 0;
    leg_refused(g, status, "the erase", err);
    mtk_error_offset(err, address);
    leg_wrap(g, MTK_E_S_FT_FORMAT_FAIL, err);
    return -1;
}

/*
 * The word of a tick. Some agents may call the last one "in progress, 100 per cent" and go straight on to the end:
 * their 5A cannot be taken for a status, which begins with 0. 0 a word; 1 the end; -1.
 */
static int tick_word(struct legacy *g, bool may_end, uint32_t *status, struct mtk_error *err)
{
    uint8_t raw[4] = {0};
    if (leg_recv(g, raw, 1, MTK_T_ERASE_STEP, "the progress of the erase", err) < 0)
        return -1;
    if (raw[0] == LG_ACK && may_end)
        return 1;
    if (leg_recv(g, raw + 1, 3, MTK_T_LG_FIELD, "the progress of the erase", err) < 0)
        return -1;
    *status = get_be32(raw);
    return 0;
}

/* Status and per cent, acknowledged, until status 0 [step 4]. */
static int ticks(struct legacy *g, uint64_t len, struct erase *e, struct mtk_error *err)
{
    uint8_t shown = 0;
    for (; e->ticks < MAX_TICKS; e->ticks++) {
        uint32_t status = 0;
        uint8_t percent = 0;
        int r = tick_word(g, shown == 100, &status, err);
        if (r != 0) {
            e->ended = r > 0;
            return r < 0 ? -1 : 0;
        }
        if (status != 0 && !in_progress(status)) {
            if (block_failed(g, status, e, err) < 0)
                return -1;
            continue;
        }
        if (leg_recv_u8(g, MTK_T_LG_FIELD, "the per cent of the erase", &percent, err) < 0 ||
            leg_send_u8(g, LG_ACK, err) < 0)
            return -1;
        percent = percent > 100 ? 100 : percent;
        shown = percent > shown ? percent : shown;
        agent_progress(&g->s, len / 100 * shown + len % 100 * shown / 100);
        if (status == 0)
            return 0;
    }
    return agent_out_of_step(&g->s, NULL, 0, err, "the erase went on without end: %u progress words",
                             e->ticks);
}

/* Statistics if it begins with anything but 5A, and the security post-process [steps 5, 6]. */
static int ending(struct legacy *g, bool acked, struct mtk_error *err)
{
    uint8_t b = LG_ACK, stats[STATS_LEN];
    if (!acked && leg_recv_u8(g, MTK_T_ERASE_STEP, "the end of the erase", &b, err) < 0)
        return -1;
    if (b != LG_ACK) {
        if (leg_recv(g, stats, sizeof(stats), MTK_T_LG_FIELD, "the statistics of the erase", err) < 0)
            return -1;
        mtk_note(g->s.agent.sink, 1, "FORMAT: %" PRIu32 " blocks, %" PRIu32 " bad, %" PRIu32 " with errors",
                 get_be32(stats + 16), get_be32(stats + 20), get_be32(stats + 24));
    }
    if (leg_recv_u8(g, MTK_T_LG_FORMAT_END, "the end of the post-processing", &b, err) < 0)
        return -1;
    if (b == LG_NACK && leg_recv_u8(g, MTK_T_LG_FORMAT_POST, "the end of the post-processing", &b, err) < 0)
        return -1;
    return b == LG_ACK
               ? 0
               : agent_out_of_step(&g->s, &b, 1, err, "the erase ended with 0x%02X where 5A was due", b);
}

static int verdict(struct legacy *g, const struct erase *e, struct mtk_error *err)
{
    if (!e->failed)
        return 0;
    agent_fail(&g->s, MTK_E_S_FT_FORMAT_FAIL, MTK_EV_REFUSED, err,
               "%u block%s could not be erased, the first at 0x%" PRIX64 " (status %" PRIu32 ")", e->failed,
               e->failed == 1 ? "" : "s", e->first_failed, e->why);
    mtk_error_status(err, e->why);
    mtk_error_offset(err, e->first_failed);
    return -1;
}

int leg_erase(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    struct erase e = {0};
    err = err ? err : &local;
    int i = agent_begin_range(&g->s, "FORMAT", area, addr, len, err);
    if (i < 0)
        return -1;
    if (agent_check_erase(&g->s, addr, len, leg_unit(g), err) < 0)
        return -1;
    if (len == 0)
        return 0;
    leg_forget_table(g);
    if (leg_switch_part(g, i, err) < 0 || command(g, addr, len, err) < 0)
        return -1;
    if (ticks(g, len, &e, err) < 0) {
        leg_recover(g, false);
        return -1;
    }
    return ending(g, e.ended, err) < 0 ? -1 : verdict(g, &e, err);
}
