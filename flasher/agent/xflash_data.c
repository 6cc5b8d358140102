/* SPDX-License-Identifier: Apache-2.0 */
/* READ_DATA [8.1], and the parameters that READ, WRITE and FORMAT share [7.5]. */
#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

int xf_area(struct xflash *x, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    if (!x->storage) {
        mtk_fail(err, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY,
                 "the agent has found no storage on this phone");
        mtk_error_step(err, x->stage, x->command);
        return -1;
    }
    for (size_t i = 0; i < x->info.n_areas; i++) {
        const struct mtk_area *a = &x->info.areas[i];
        if (strcmp(a->name, area) != 0)
            continue;
        if (!a->readable)
            mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                     "area %s cannot be accessed through this agent", area);
        else if (!range_fits(addr, len, a->size))
            mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                     "0x%" PRIX64 " bytes at 0x%" PRIX64 " do not fit into %s of 0x%" PRIX64 " bytes", len,
                     addr, area, a->size);
        else
            return (int)i;
        mtk_error_step(err, x->stage, x->command);
        return -1;
    }
    mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, "the phone's %s has no area %s", x->info.storage,
             area);
    mtk_error_step(err, x->stage, x->command);
    return -1;
}

uint32_t xf_unit(const struct xflash *x)
{
    bool card = x->storage == XF_STORAGE_EMMC || x->storage == XF_STORAGE_SDMMC;
    return card || !x->info.block_size ? 1 : x->info.block_size;
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
        xf_recv_status(x, xf_timeout(x, MTK_T_AGENT_REPLY, 0), &echo, &ignored) < 0)
        return;
    if (echo != XF_GIVE_UP)
        xf_recover(x);
}

/*
 * One data packet of n bytes, straight into the caller's buffers. A caller that cannot take it any more does not end
 * the packet: the rest is read and dropped, so that the agent can be told in its own terms. 0; 1 *err is the
 * caller's; -1 the link failed.
 */
static int take_packet(struct xflash *x, uint32_t n, const struct mtk_drain *to, struct mtk_error *err)
{
    int64_t timeout = xf_timeout(x, MTK_T_BLOCK, n);
    while (n) {
        size_t room = 0;
        uint8_t *buf = to->buffer(to->ctx, n, &room, err);
        if (!buf || !room) {
            if (buf)
                mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "the reader gave a buffer without room");
            break;
        }
        size_t part = room < n ? room : n;
        if (xf_recv_payload(x, buf, part, timeout, err) < 0)
            return -1;
        n -= (uint32_t)part;
        if (to->commit(to->ctx, part, err) < 0)
            break;
        if (!n)
            return 0;
    }
    struct mtk_error lost = {0};
    if (xf_recv_discard(x, n, timeout, &lost) < 0)
        mtk_note(x->agent.sink, 1, "and then the link failed: %s", lost.what);
    return 1;
}

/* Is this header not that of data? An error may come in place of a packet, and it has four bytes [8.1]. */
static int four_bytes(struct xflash *x, uint64_t left, const struct mtk_drain *to, struct mtk_error *err)
{
    uint8_t word[4];
    if (xf_recv_payload(x, word, sizeof(word), xf_timeout(x, MTK_T_BLOCK, 0), err) < 0)
        return -1;
    uint32_t status = get_le32(word);
    /* Four bytes that the read still lacks are data, unless they spell a known error. */
    bool is_status = left != sizeof(word) || (status >> 30 == 3 && mtk_err_by_code("xflash_status", status));
    if (is_status)
        return xf_refused(x, status, "the request for more data", err);
    for (size_t done = 0; done < sizeof(word);) {
        size_t room = 0;
        uint8_t *buf = to->buffer(to->ctx, sizeof(word) - done, &room, err);
        if (!buf || !room)
            return 1;
        size_t part = room < sizeof(word) - done ? room : sizeof(word) - done;
        memcpy(buf, word + done, part);
        done += part;
        if (to->commit(to->ctx, part, err) < 0)
            return 1;
    }
    return 0;
}

/* One round: data, ack, status. *got is the number of bytes. 0; 1 refused by the caller; -1. */
static int read_round(struct xflash *x, uint64_t left, const struct mtk_drain *to, uint32_t *got,
                      struct mtk_error *err)
{
    uint64_t most = left < x->info.max_read ? left : x->info.max_read;
    if (xf_recv_header(x, xf_timeout(x, MTK_T_BLOCK, most), got, err) < 0)
        return -1;
    if (*got == 4) {
        int r = four_bytes(x, left, to, err);
        if (r != 0)
            return r;
    } else if (*got == 0 || *got > most) {
        return xf_out_of_step(x, NULL, 0, err,
                              "a data packet claims %" PRIu32 " bytes where at most %" PRIu64 " were due",
                              *got, most);
    } else {
        int r = take_packet(x, *got, to, err);
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
        if (r == 0 && xf_cancelled(x, done, err))
            r = 1;
        if (r > 0) {
            mtk_error_step(err, x->stage, x->command);
            if (x->agent.usable)
                refuse_packet(x);
            return -1;
        }
        if (r < 0 || xf_send_u32(x, 0, err) < 0 ||
            xf_expect_ok(x, xf_timeout(x, MTK_T_BLOCK, 0), "the ack of a data packet", err) < 0)
            return xf_give_up(x, done, err);
        moved += got;
        if (x->agent.progress)
            x->agent.progress(x->agent.progress_ctx, agent_span_done(span, moved));
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
        xf_expect_ok(x, xf_timeout(x, MTK_T_BLOCK, 0), "the parameters", err) < 0 ||
        xf_expect_ok(x, xf_timeout(x, MTK_T_BLOCK, 0), "the start of the read", err) < 0)
        return xf_give_up(x, 0, err);
    return read_loop(x, &span, &trim.drain, err);
}

int xf_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, const struct mtk_drain *to,
            struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    int i = xf_begin_range(x, "READ_DATA", area, addr, len, err);
    return i < 0 ? -1 : read_data(x, i, addr, len, to, err);
}

int xf_read_physical(struct xflash *x, uint64_t addr, void *buf, size_t len, struct mtk_error *err)
{
    struct agent_memory m;
    void (*progress)(void *, uint64_t) = x->agent.progress;
    if (xf_begin(x, "READ_DATA", err) < 0 || xf_cancelled(x, 0, err))
        return -1;
    agent_memory_init(&m, buf, len);
    x->agent.progress = NULL;
    x->nand_address = XF_NAND_PHYSICAL;
    int r = read_data(x, 0, addr, len, &m.drain, err);
    x->nand_address = XF_NAND_LOGICAL;
    x->agent.progress = progress;
    return r;
}
