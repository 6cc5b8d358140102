/* SPDX-License-Identifier: Apache-2.0 */
/* SWITCH_USB_SPEED [10]: stage 2 leaves the bus and comes back at high speed, with all that it knew. */
#include <string.h>

#include "flasher/agent/xflash.h"
#include "protocol/brom.h"
#include "protocol/error_index.h"

#define WANTED_IDENTITY ((uint32_t)MTK_USB_VID << 16 | MTK_USB_PID_DA)

int xf_switch_speed(struct xflash *x, struct mtk_error *err)
{
    if (strcmp(x->s.info.usb_speed, "full-speed") != 0)
        return 0;
    int64_t reply = agent_timeout(&x->s, MTK_T_AGENT_REPLY, 0);
    if (xf_command(x, XF_SWITCH_USB_SPEED, err) < 0 || xf_send_u32(x, WANTED_IDENTITY, err) < 0 ||
        xf_expect_ok(x, reply, "the wanted identity", err) < 0) {
        /* Refused: full speed does as well, only slower. */
        if (err->has_status)
            xf_recover(x);
        if (!err->has_status || !x->s.agent.usable)
            return -1;
        mtk_note(x->s.agent.sink, 1, "the agent stays at full speed: %s", err->what);
        *err = (struct mtk_error){0};
        return 0;
    }
    if (agent_reenumerate(&x->s, MTK_E_STATUS_SWITCH_USB_EXCEPTION, err) < 0)
        return -1;
    size_t n = 0, cap = sizeof(x->s.info.usb_speed);
    memset(x->s.info.usb_speed, 0, cap);
    if (xf_ctrl_get(x, XF_GET_USB_SPEED, x->s.info.usb_speed, cap - 1, &n, err) == XF_CTRL_FAILED)
        return -1;
    mtk_note(x->s.agent.sink, strcmp(x->s.info.usb_speed, "full-speed") == 0 ? 2 : 1,
             "the phone came back at %s", x->s.info.usb_speed);
    return 0;
}
