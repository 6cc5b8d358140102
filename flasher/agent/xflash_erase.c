/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT of a range [8.5]. */

#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

/* An erase that ticks for ever must end somewhere: this many steps of ERASE_STEP, and this many ticks. */
#define MAX_STEPS 60
#define MAX_TICKS 100000u

static int stuck(struct xflash *x, unsigned ticks, int64_t waited, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, "the erase went on without end: %u progress words",
             ticks);
    err->waited_ns = waited;
    return agent_lost(&x->s, err);
}

/*
 * CONTINUE, a progress word and the host's ack, until COMPLETE. The word after CONTINUE is read as per cent; it only
 * feeds the progress display, so an agent that means something else by it does no harm.
 */
static int erase_loop(struct xflash *x, uint64_t len, struct mtk_error *err)
{
    const struct mtk_clock *clock = &x->s.link->clock;
    int64_t step = agent_timeout(&x->s, MTK_T_ERASE_STEP, 0);
    int64_t begun = clock->now(clock->ctx);
    uint32_t shown = 0;
    for (unsigned tick = 0;; tick++) {
        uint32_t status = 0, percent = 0;
        if (xf_recv_status(x, step, &status, err) < 0)
            return -1;
        if (status == XF_COMPLETE)
            return 0;
        if (status != XF_CONTINUE)
            return xf_refused(x, status, "the erase", err);
        int64_t waited = clock->now(clock->ctx) - begun;
        if (tick == MAX_TICKS || (step > 0 && waited / MAX_STEPS > step))
            return stuck(x, tick, waited, err);
        if (xf_recv_status(x, agent_timeout(&x->s, MTK_T_AGENT_REPLY, 0), &percent, err) < 0 ||
            xf_send_u32(x, 0, err) < 0)
            return -1;
        percent = percent > 100 ? 100 : percent;
        shown = percent > shown ? percent : shown;
        agent_progress(&x->s, len / 100 * shown + len % 100 * shown / 100);
    }
}

/* The parameters. Only an agent that refuses them, in so many words, has certainly not begun to erase [7.7, F15]. */
static int erase_range(struct xflash *x, int i, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    bool before = x->s.agent.touched;
    if (xf_command(x, XF_FORMAT, err) < 0)
        return -1;
    x->s.agent.touched = true;
    if (xf_send_flashop(x, i, addr, len, err) == 0 &&
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_ERASE_STEP, 0), "the parameters", err) == 0)
        return 0;
    if (err->has_status && err->evidence == MTK_EV_REFUSED)
        x->s.agent.touched = before;
    return -1;
}

int xf_erase(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    int i = agent_begin_range(&x->s, "FORMAT", area, addr, len, err);
    if (i < 0)
        return -1;
    if (agent_check_erase(&x->s, addr, len, xf_unit(x), err) < 0)
        return -1;
    if (len == 0)
        return 0;
    if (erase_range(x, i, addr, len, err) < 0 || erase_loop(x, len, err) < 0)
        return xf_give_up(x, 0, err);
    agent_progress(&x->s, len);
    return 0;
}
