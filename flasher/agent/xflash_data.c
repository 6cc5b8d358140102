/* SPDX-License-Identifier: Apache-2.0 */
/* READ_DATA [8.1], and the parameters that READ, WRITE and FORMAT share [7.5]. */
#include <inttypes.h>

#include "base/cursor.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/xflash.h"

uint32_t xf_unit(const struct xflash *x)
{
    bool card = x->storage == XF_STORAGE_EMMC || x->storage == XF_STORAGE_SDMMC;
    return card || !x->s.info.block_size ? 1 : x->s.info.block_size;
}

int xf_send_flashop(struct xflash *x, int i, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    uint8_t op[XFLASH_FLASHOP_LEN] = {0}; /* NAND: normal erase, pages only, and nothing of cells */
    put_le32(op, x->storage);
    put_le32(op + 4, x->section[i]);
    put_le64(op + 8, addr);
    put_le64(op + 16, len);
    put_le32(op + 28, x->nand_address);
    return xf_send(x, op, sizeof(op), err);
}

/* Ends a read from this side: the agent echoes the word and is back in its loop [8.1]. *err stays as it is. */
static void refuse_packet(struct xflash *x)
{
    struct mtk_error ignored = {0};
    uint32_t echo = 0;
    if (xf_send_u32(x, XF_GIVE_UP, &ignored) < 0 ||
        xf_recv_status(x, agent_timeout(&x->s, MTK_T_AGENT_REPLY, 0), &echo, &ignored) < 0)
        return;
    if (echo != XF_GIVE_UP)
        xf_recover(x);
}

/* Is this header not that of data? An error may come in place of a packet, and it has four bytes [8.1]. */
static int four_bytes(struct xflash *x, uint64_t left, const struct mtk_drain *to, struct mtk_error *err)
{
    uint8_t word[4];
    if (xf_recv_payload(x, word, sizeof(word), agent_timeout(&x->s, MTK_T_BLOCK, 0), err) < 0)
        return -1;
    uint32_t status = get_le32(word);
    /* Four bytes that the read still lacks are data, unless they spell a known error. */
    bool is_status = left != sizeof(word) || (status >> 30 == 3 && mtk_err_by_code("xflash_status", status));
    if (is_status)
        return xf_refused(x, status, "the request for more data", err);
    return agent_drain_copy(to, word, sizeof(word), err) < 0 ? 1 : 0;
}

/* One round: data, ack, status. *got is the number of bytes. 0; 1 refused by the caller; -1. */
static int read_round(struct xflash *x, uint64_t left, const struct mtk_drain *to, uint32_t *got,
                      struct mtk_error *err)
{
    uint64_t most = left < x->s.info.max_read ? left : x->s.info.max_read;
    if (xf_recv_header(x, agent_timeout(&x->s, MTK_T_BLOCK, most), got, err) < 0)
        return -1;
    if (*got == 4) {
        int r = four_bytes(x, left, to, err);
        if (r != 0)
            return r;
    } else if (*got == 0 || *got > most) {
        return agent_out_of_step(&x->s, NULL, 0, err,
                                 "a data packet claims %" PRIu32 " bytes where at most %" PRIu64 " were due",
                                 *got, most);
    } else {
        int r = xf_recv_drain(x, *got, to, err);
        if (r != 0)
            return r;
    }
    return 0;
}

static int read_loop(struct xflash *x, const struct agent_span *span, const struct mtk_drain *to,
                     struct mtk_error *err)
{
    for (uint64_t moved = 0; moved < span->len;) {
        uint32_t got = 0;
        uint64_t done = agent_span_done(span, moved);
        int r = read_round(x, span->len - moved, to, &got, err);
        if (r == 0 && agent_cancelled(&x->s, done, err))
            r = 1;
        if (r > 0) {
            agent_failed(&x->s, err);
            if (x->s.agent.usable)
                refuse_packet(x);
            return -1;
        }
        if (r < 0 || xf_send_u32(x, 0, err) < 0 ||
            xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), "the ack of a data packet", err) < 0)
            return xf_give_up(x, done, err);
        moved += got;
        agent_progress(&x->s, agent_span_done(span, moved));
    }
    return 0;
}

/* The command itself, for a range of info.areas[i] that was checked or that is not counted in it. */
static int read_data(struct xflash *x, int i, uint64_t addr, uint64_t len, const struct mtk_drain *to,
                     struct mtk_error *err)
{
    struct agent_span span = agent_span_of(addr, len, xf_unit(x));
    struct agent_trim trim;
    agent_trim_init(&trim, to, span.before, len);
    /* Two statuses after the parameters, but a refusal is the first and only one [8.1]. */
    if (xf_command(x, XF_READ_DATA, err) < 0 || xf_send_flashop(x, i, span.addr, span.len, err) < 0 ||
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), "the parameters", err) < 0 ||
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), "the start of the read", err) < 0)
        return xf_give_up(x, 0, err);
    return read_loop(x, &span, &trim.drain, err);
}

int xf_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, const struct mtk_drain *to,
            struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    int i = agent_begin_range(&x->s, "READ_DATA", area, addr, len, err);
    return i < 0 ? -1 : read_data(x, i, addr, len, to, err);
}

int xf_read_physical(struct xflash *x, uint64_t addr, void *buf, size_t len, struct mtk_error *err)
{
    struct agent_memory m;
    void (*progress)(void *, uint64_t) = x->s.agent.progress;
    if (agent_begin(&x->s, "READ_DATA", err) < 0 || agent_cancelled(&x->s, 0, err))
        return -1;
    agent_memory_init(&m, buf, len);
    x->s.agent.progress = NULL;
    x->nand_address = XF_NAND_PHYSICAL;
    int r = read_data(x, 0, addr, len, &m.drain, err);
    x->nand_address = XF_NAND_LOGICAL;
    x->s.agent.progress = progress;
    return r;
}
