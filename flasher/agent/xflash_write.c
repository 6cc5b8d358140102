/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE_DATA by range and DOWNLOAD by partition name: one block engine, and a final status that counts [8.2, 8.3]. */
#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "flasher/agent/edges.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

/* A name is looked up in a GPT, whose names have 36 characters. */
#define NAME_MAX_LEN 36u

/*
 * The next block. As a rule it is the source's own memory. Only a piece that ends inside a storage block while more is
 * to come is put together with what follows, because agents disagree about packets that are no multiple of it.
 */
static int next_block(struct xflash *x, uint64_t left, const struct mtk_source *from, const uint8_t **data,
                      size_t *n, struct mtk_error *err)
{
    size_t unit = x->s.info.block_size ? x->s.info.block_size : 512;
    size_t most =
        x->s.info.max_write > unit ? x->s.info.max_write - x->s.info.max_write % unit : x->s.info.max_write;
    size_t want = left < most ? (size_t)left : most;
    if (agent_source_next(from, want, data, n, err) < 0)
        return -1;
    if (*n == want || *n % unit == 0)
        return 0;
    if (agent_staging(&x->s, x->s.info.max_write, err) < 0)
        return -1;
    size_t have = *n;
    memcpy(x->s.staging, *data, have);
    while (have < want && have % unit != 0) {
        const uint8_t *more = NULL;
        size_t part = 0;
        if (agent_source_next(from, want - have, &more, &part, err) < 0)
            return -1;
        memcpy(x->s.staging + have, more, part);
        have += part;
    }
    *data = x->s.staging;
    *n = have;
    return 0;
}

/* Tells the agent, in place of "data follows", that nothing follows; it echoes the word [8.2]. *err stays as it is. */
static int abandon(struct xflash *x, uint64_t done, struct mtk_error *err)
{
    struct mtk_error ignored = {0};
    uint32_t echo = 0;
    agent_failed(&x->s, err);
    err->acked = done;
    if (xf_send_u32(x, XF_GIVE_UP, &ignored) == 0 &&
        xf_recv_status(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), &echo, &ignored) == 0 && echo != XF_GIVE_UP)
        xf_recover(x);
    return -1;
}

/* An image that is too large for its partition is refused only after this first word, and then no data may come [8.3]. */
static int early_refusal(struct xflash *x, struct mtk_error *err)
{
    uint32_t status = 0;
    int r = xf_poll_status(x, agent_timeout(&x->s, MTK_T_EARLY_STATUS, 0), &status, err);
    if (r != 0)
        return r < 0 ? -1 : 0;
    return xf_refused(x, status, "the first word of the data phase", err);
}

/* Sends one block: host status, 16-bit sum, data; then its packet status. */
static int send_block(struct xflash *x, const uint8_t *data, size_t n, bool may_refuse_early,
                      struct mtk_error *err)
{
    if (xf_send_u32(x, 0, err) < 0 || (may_refuse_early && early_refusal(x, err) < 0) ||
        xf_send_u32(x, sum16(0, data, n), err) < 0)
        return -1;
    x->s.agent.touched = true;
    if (xf_send(x, data, n, err) < 0)
        return -1;
    return xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, n), "a block", err);
}

static int write_loop(struct xflash *x, const struct agent_span *span, const struct mtk_source *from,
                      bool by_name, struct mtk_error *err)
{
    for (uint64_t moved = 0; moved < span->len;) {
        const uint8_t *data = NULL;
        size_t n = 0;
        uint64_t done = agent_span_done(span, moved);
        if (agent_cancelled(&x->s, done, err) || next_block(x, span->len - moved, from, &data, &n, err) < 0)
            return abandon(x, done, err);
        if (send_block(x, data, n, by_name && moved == 0, err) < 0)
            return xf_give_up(x, done, err);
        moved += n;
        agent_progress(&x->s, agent_span_done(span, moved));
    }
    /* Storage lags behind the link: its errors show here, after packet statuses that were all 0 [8.2]. */
    if (xf_expect_ok(x, agent_timeout(&x->s, MTK_T_FINAL, 0), "the whole write (final status)", err) < 0)
        return xf_give_up(x, span->own, err);
    return 0;
}

int xf_write(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
             const struct mtk_source *from, struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    struct agent_edges edges;
    struct agent_pad padded;
    int i = agent_begin_range(&x->s, "WRITE_DATA", area, addr, len, err);
    if (i < 0)
        return -1;
    if (len == 0)
        return 0;
    if (agent_edges_get(a, area, addr, len, xf_unit(x), !xf_on_nand(x), &edges, err) < 0) {
        return agent_failed(&x->s, err);
    }
    agent_step(&x->s, "WRITE_DATA"); /* in between it may have read */
    agent_pad_init(&padded, from, &edges);
    if (xf_command(x, XF_WRITE_DATA, err) < 0 ||
        xf_send_flashop(x, i, edges.span.addr, edges.span.len, err) < 0 ||
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), "the parameters", err) < 0)
        return xf_give_up(x, 0, err);
    return write_loop(x, &edges.span, &padded.source, false, err);
}

/* The download record of the agent's history; it brackets a download where the agent knows it. */
static int begin_record(struct xflash *x, struct mtk_error *err)
{
    if (x->no_download_info)
        return 0;
    enum xf_ctrl r = xf_ctrl_act(x, XF_START_DL_INFO, err);
    x->no_download_info = r == XF_CTRL_ABSENT;
    return r == XF_CTRL_FAILED ? xf_give_up(x, 0, err) : 0;
}

/* What was written is written: a record that cannot be closed is worth a line and no more. */
static void end_record(struct xflash *x)
{
    struct mtk_error e = {0};
    if (x->no_download_info || !x->s.agent.usable)
        return;
    if (xf_ctrl_act(x, XF_END_DL_INFO, &e) != XF_CTRL_FAILED)
        return;
    mtk_note(x->s.agent.sink, 2, "END_DL_INFO: %s", e.what);
    xf_recover(x);
}

static int download(struct xflash *x, const char *partition, uint64_t len, const struct mtk_source *from,
                    struct mtk_error *err)
{
    uint8_t length[8];
    put_le64(length, len);
    /* The name has no status of its own: what is wrong with it is said after the length [8.3]. */
    if (xf_command(x, XF_DOWNLOAD, err) < 0 || xf_send(x, partition, strlen(partition), err) < 0 ||
        xf_send(x, length, sizeof(length), err) < 0 ||
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_BLOCK, 0), "the name and length", err) < 0)
        return xf_give_up(x, 0, err);
    struct agent_span span = agent_span_of(0, len, 1); /* how a name is stored is the agent's business */
    return write_loop(x, &span, from, true, err);
}

int xf_write_named(struct mtk_agent *a, const char *partition, uint64_t len, const struct mtk_source *from,
                   struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    size_t n = strlen(partition);
    err = err ? err : &local;
    if (agent_begin(&x->s, "DOWNLOAD", err) < 0)
        return -1;
    if (n == 0 || n > NAME_MAX_LEN || len == 0)
        return agent_fail(&x->s, MTK_E_MTK_USAGE, MTK_EV_HOST, err,
                          "cannot download %" PRIu64 " bytes to a partition named \"%.40s\"", len, partition);
    if (agent_cancelled(&x->s, 0, err) || begin_record(x, err) < 0)
        return -1;
    int r = download(x, partition, len, from, err);
    end_record(x);
    return r;
}
