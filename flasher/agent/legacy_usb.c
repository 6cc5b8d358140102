/* SPDX-License-Identifier: Apache-2.0 */
/* USB_CHECK_STATUS and USB_SETUP_PORT [5.1, 5.2]. */
#include <stdio.h>
#include <string.h>

#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

#define FULL_SPEED "full-speed"

static const char *const speeds[] = {FULL_SPEED, "high-speed", "ultra-high-speed"};

int leg_ask_usb(struct legacy *g, struct mtk_error *err)
{
    uint8_t reply = 0, speed = 0;
    struct mtk_error e = {0};
    agent_step(&g->s, "USB_CHECK_STATUS");
    if (leg_send_u8(g, LG_USB_CHECK_STATUS, err) < 0)
        return -1;
    int r = leg_recv_u8(g, MTK_T_LG_ACK, "the ack of USB_CHECK_STATUS", &reply, &e);
    if (r < 0 && e.evidence != MTK_EV_NO_ANSWER) {
        *err = e;
        return -1;
    }
    g->s.agent.usable = true;
    if (r < 0 || reply != LG_ACK) {
        /* The vendor's host goes on too: the speed is nice to know and no more. */
        (void)mtk_link_drain(g->s.link, agent_timeout(&g->s, MTK_T_DRAIN, 0));
        mtk_note(g->s.agent.sink, 1, "the agent does not tell the speed of its USB port");
        return 0;
    }
    if (leg_recv_u8(g, MTK_T_LG_ACK, "the speed of the USB port", &speed, err) < 0)
        return -1;
    if (speed < sizeof(speeds) / sizeof(speeds[0]))
        snprintf(g->s.info.usb_speed, sizeof(g->s.info.usb_speed), "%s", speeds[speed]);
    return 0;
}

int leg_switch_usb(struct legacy *g, struct mtk_error *err)
{
    static const uint8_t command[] = {LG_USB_SETUP_PORT, 1};
    if (strcmp(g->s.info.usb_speed, FULL_SPEED) != 0)
        return 0;
    agent_step(&g->s, "USB_SETUP_PORT");
    if (leg_send(g, command, sizeof(command), err) < 0)
        return -1;
    if (leg_expect_ack(g, MTK_T_LG_ACK, "the speed switch", err) < 0) {
        if (err->evidence != MTK_EV_REFUSED)
            return -1;
        mtk_note(g->s.agent.sink, 1, "the agent stays at full speed: %s", err->what);
        *err = (struct mtk_error){0};
        return 0;
    }
    /* Its command loop is as it was; nothing is exchanged but 72 again. */
    if (agent_reenumerate(&g->s, MTK_E_MTK_LINK_LOST, err) < 0 || leg_ask_usb(g, err) < 0)
        return -1;
    mtk_note(g->s.agent.sink, strcmp(g->s.info.usb_speed, FULL_SPEED) == 0 ? 2 : 1,
             "the phone came back at %s", g->s.info.usb_speed[0] ? g->s.info.usb_speed : "an unknown speed");
    return 0;
}
