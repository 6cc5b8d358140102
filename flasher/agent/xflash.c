/* SPDX-License-Identifier: Apache-2.0 */
/* The XFlash agent as the rest of the flasher sees it, and the end of its session [9]. */
#include "flasher/agent/xflash.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

#define SHUTDOWN_LEN 28u /* seven words [9] */

int xf_give_up(struct xflash *x, uint64_t acked, struct mtk_error *err)
{
    err->acked = acked;
    xf_recover(x);
    return -1;
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
    int64_t timeout = agent_timeout(&x->s, MTK_T_AGENT_REPLY, 0);
    int r = xf_recv_status(x, timeout, &status, &e);
    x->s.agent.usable = false;
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
    if (agent_begin(&x->s, "SHUTDOWN", err) < 0)
        return -1;
    while (i < n_modes && strcmp(modes[i].mode, mode) != 0)
        i++;
    if (i == n_modes)
        return agent_no_way_to_end(&x->s, "an XFlash agent", mode, strcmp(mode, "recovery") == 0, err);
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
    free(x->s.staging);
    free(x);
}

static const struct mtk_agent_ops xflash_ops = {
    .info = agent_info,
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
    agent_speaker_init(&x->s, &xflash_ops, "xflash", l, opt);
    return x;
}
