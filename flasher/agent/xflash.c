/* SPDX-License-Identifier: Apache-2.0 */
/* The XFlash agent as the rest of the flasher sees it, and the end of its session [9]. */
#include "flasher/agent/xflash.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

#define SHUTDOWN_LEN 28u /* seven words [9] */

bool xf_cancelled(struct xflash *x, uint64_t acked, struct mtk_error *err)
{
    if (!x->agent.cancelled || !x->agent.cancelled(x->agent.cancelled_ctx))
        return false;
    mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "ended on request");
    err->acked = acked;
    mtk_error_step(err, x->stage, x->command);
    return true;
}

int xf_begin(struct xflash *x, const char *command, struct mtk_error *err)
{
    xf_step(x, command);
    if (x->agent.usable)
        return 0;
    mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_HOST,
             "the agent was lost by an earlier failure; start a new session");
    mtk_error_step(err, x->stage, x->command);
    return -1;
}

int xf_begin_range(struct xflash *x, const char *command, const char *area, uint64_t addr, uint64_t len,
                   struct mtk_error *err)
{
    if (xf_begin(x, command, err) < 0)
        return -1;
    int i = xf_area(x, area, addr, len, err);
    return i < 0 || xf_cancelled(x, 0, err) ? -1 : i;
}

int xf_give_up(struct xflash *x, uint64_t acked, struct mtk_error *err)
{
    err->acked = acked;
    xf_recover(x);
    return -1;
}

static void xf_info(struct mtk_agent *a, struct mtk_agent_info *out)
{
    *out = ((struct xflash *)a)->info;
}

/* The words of SHUTDOWN that differ between the modes. */
static const struct {
    const char *mode;
    uint32_t is_dev_reboot, bootup;
} modes[] = {
    {"system", 1, 0},
    {"fastboot", 1, 2},
    {"off", 0, 0},  /* the agent leaves the bus and stops; the phone stays off or charges */
    {"none", 0, 0}, /* the same words: there is no other way to leave the bus without a reboot */
};

/* From here on a phone that has gone has done what it was told. */
static int await_farewell(struct xflash *x, struct mtk_error *err)
{
    struct mtk_error e = {0};
    uint32_t status = 0;
    int64_t timeout = xf_timeout(x, MTK_T_AGENT_REPLY, 0);
    int r = xf_recv_status(x, timeout, &status, &e);
    x->agent.usable = false;
    if (r == 0)
        return status == 0 ? 0 : xf_refused(x, status, "the parameters", err);
    if (e.evidence == MTK_EV_LEFT_BUS)
        return 0;
    *err = e;
    if (e.evidence == MTK_EV_NO_ANSWER)
        err->row = &mtk_err_rows[MTK_E_STATUS_SHUTDOWN_CMD_EXCEPTION];
    return -1;
}

static int xf_reboot(struct mtk_agent *a, const char *mode, struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    size_t n_modes = sizeof(modes) / sizeof(modes[0]), i = 0;
    if (xf_begin(x, "SHUTDOWN", err) < 0)
        return -1;
    while (i < n_modes && strcmp(modes[i].mode, mode) != 0)
        i++;
    if (i == n_modes) {
        bool known = strcmp(mode, "recovery") == 0;
        mtk_fail(err, known ? MTK_E_MTK_UNSUPPORTED : MTK_E_MTK_USAGE, MTK_EV_HOST,
                 known ? "an XFlash agent cannot boot into %s" : "no such way to end a session: %s", mode);
        mtk_error_step(err, x->stage, x->command);
        return -1;
    }
    uint8_t words[SHUTDOWN_LEN] = {0};
    put_le32(words, modes[i].is_dev_reboot);
    put_le32(words + 12, modes[i].bootup);
    if (xf_command(x, XF_SHUTDOWN, err) < 0)
        return xf_give_up(x, 0, err);
    if (xf_send(x, words, sizeof(words), err) < 0)
        return -1;
    return await_farewell(x, err);
}

static void xf_destroy(struct mtk_agent *a)
{
    struct xflash *x = (struct xflash *)a;
    if (!x)
        return;
    free(x->staging);
    free(x);
}

static const struct mtk_agent_ops xflash_ops = {
    .info = xf_info,
    .read = xf_read,
    .write = xf_write,
    .write_named = xf_write_named,
    .erase = xf_erase,
    .table = xf_table,
    .reboot = xf_reboot,
    .destroy = xf_destroy,
};

struct xflash *xf_new(struct mtk_link *l, const struct mtk_boot_options *opt)
{
    struct xflash *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->agent.ops = &xflash_ops;
    x->agent.usable = true;
    x->agent.sink = opt->sink;
    x->agent.cancelled = opt->cancelled;
    x->agent.cancelled_ctx = opt->cancelled_ctx;
    x->link = l;
    x->timeouts = opt->timeouts ? *opt->timeouts : mtk_timeouts_default();
    x->stage = "da1";
    x->command = "";
    x->info.generation = "xflash";
    return x;
}
