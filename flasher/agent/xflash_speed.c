/* SPDX-License-Identifier: Apache-2.0 */
/* SWITCH_USB_SPEED [10]: stage 2 leaves the bus and comes back at high speed, with all that it knew. */
#include <string.h>

#include "flasher/agent/xflash.h"
#include "protocol/brom.h"
#include "protocol/error_index.h"

#define WANTED_IDENTITY ((uint32_t)MTK_USB_VID << 16 | MTK_USB_PID_DA)

static int never_came_back(struct xflash *x, const char *what, enum mtk_evidence evidence,
                           struct mtk_error *err)
{
    x->agent.usable = false;
    mtk_fail(err, MTK_E_STATUS_SWITCH_USB_EXCEPTION, evidence, "%s; start again without the speed switch",
             what);
    err->waited_ns = xf_timeout(x, MTK_T_REENUMERATE, 0);
    mtk_error_step(err, x->stage, x->command);
    return -1;
}

/* Nothing may come any more but the end of this enumeration; then the link opens the next one. */
static int reconnect(struct xflash *x, struct mtk_error *err)
{
    uint8_t stray = 0;
    int64_t patience = xf_timeout(x, MTK_T_REENUMERATE, 0);
    struct mtk_error why = {0};
    ssize_t n = x->link->ops->read(x->link, &stray, 1, patience);
    if (n > 0)
        return xf_out_of_step(x, &stray, 1, err, "the agent sent data where it should have left the bus");
    if (n != MTK_LINK_GONE)
        return never_came_back(x, "the agent did not leave the bus to change its speed", MTK_EV_NO_ANSWER,
                               err);
    if (x->link->ops->open(x->link, patience, &why) < 0)
        return never_came_back(x, "the phone left the bus to change its speed and did not come back",
                               MTK_EV_LEFT_BUS, err);
    return 0;
}

int xf_switch_speed(struct xflash *x, struct mtk_error *err)
{
    if (strcmp(x->info.usb_speed, "full-speed") != 0)
        return 0;
    int64_t reply = xf_timeout(x, MTK_T_AGENT_REPLY, 0);
    if (xf_command(x, XF_SWITCH_USB_SPEED, err) < 0 || xf_send_u32(x, WANTED_IDENTITY, err) < 0 ||
        xf_expect_ok(x, reply, "the wanted identity", err) < 0) {
        /* Refused: full speed does as well, only slower. */
        if (err->has_status)
            xf_recover(x);
        if (!err->has_status || !x->agent.usable)
            return -1;
        mtk_note(x->agent.sink, 1, "the agent stays at full speed: %s", err->what);
        *err = (struct mtk_error){0};
        return 0;
    }
    if (reconnect(x, err) < 0)
        return -1;
    size_t n = 0, cap = sizeof(x->info.usb_speed);
    memset(x->info.usb_speed, 0, cap);
    if (xf_ctrl_get(x, XF_GET_USB_SPEED, x->info.usb_speed, cap - 1, &n, err) == XF_CTRL_FAILED)
        return -1;
    mtk_note(x->agent.sink, strcmp(x->info.usb_speed, "full-speed") == 0 ? 2 : 1, "the phone came back at %s",
             x->info.usb_speed);
    return 0;
}
