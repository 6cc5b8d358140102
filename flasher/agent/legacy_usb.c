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
    leg_step(g, "USB_CHECK_STATUS");
    if (leg_send_u8(g, LG_USB_CHECK_STATUS, err) < 0)
        return -1;
    int r = leg_recv_u8(g, MTK_T_LG_ACK, "the ack of USB_CHECK_STATUS", &reply, &e);
    if (r < 0 && e.evidence != MTK_EV_NO_ANSWER) {
        *err = e;
        return -1;
    }
    g->agent.usable = true;
    if (r < 0 || reply != LG_ACK) {
        /* The vendor's host goes on too: the speed is nice to know and no more. */
        (void)mtk_link_drain(g->link, leg_timeout(g, MTK_T_DRAIN, 0));
        mtk_note(g->agent.sink, 1, "the agent does not tell the speed of its USB port");
        return 0;
    }
    if (leg_recv_u8(g, MTK_T_LG_ACK, "the speed of the USB port", &speed, err) < 0)
        return -1;
    if (speed < sizeof(speeds) / sizeof(speeds[0]))
        snprintf(g->info.usb_speed, sizeof(g->info.usb_speed), "%s", speeds[speed]);
    return 0;
}

static int never_came_back(struct legacy *g, enum mtk_evidence evidence, const char *what,
                           struct mtk_error *err)
{
    g->agent.usable = false;
    leg_fail(g, MTK_E_MTK_LINK_LOST, evidence, err, "%s; start again without the speed switch", what);
    err->waited_ns = leg_timeout(g, MTK_T_REENUMERATE, 0);
    return -1;
}

/* The phone leaves the bus and comes back with its command loop as it was; nothing is exchanged but 72 again. */
static int reconnect(struct legacy *g, struct mtk_error *err)
{
    uint8_t stray = 0;
    struct mtk_error why = {0};
    int64_t patience = leg_timeout(g, MTK_T_REENUMERATE, 0);
    ssize_t n = g->link->ops->read(g->link, &stray, 1, patience);
    if (n > 0)
        return leg_out_of_step(g, &stray, 1, err, "the agent sent data where it should have left the bus");
    if (n != MTK_LINK_GONE)
        return never_came_back(g, MTK_EV_NO_ANSWER, "the agent did not leave the bus to change its speed",
                               err);
    if (g->link->ops->open(g->link, patience, &why) < 0)
        return never_came_back(g, MTK_EV_LEFT_BUS,
                               "the phone left the bus to change its speed and did not come back", err);
    return leg_ask_usb(g, err);
}

int leg_switch_usb(struct legacy *g, struct mtk_error *err)
{
    static const uint8_t command[] = {LG_USB_SETUP_PORT, 1};
    if (strcmp(g->info.usb_speed, FULL_SPEED) != 0)
        return 0;
    leg_step(g, "USB_SETUP_PORT");
    if (leg_send(g, command, sizeof(command), err) < 0)
        return -1;
    if (leg_expect_ack(g, MTK_T_LG_ACK, "the speed switch", err) < 0) {
        if (err->evidence != MTK_EV_REFUSED)
            return -1;
        mtk_note(g->agent.sink, 1, "the agent stays at full speed: %s", err->what);
        *err = (struct mtk_error){0};
        return 0;
    }
    if (reconnect(g, err) < 0)
        return -1;
    mtk_note(g->agent.sink, strcmp(g->info.usb_speed, FULL_SPEED) == 0 ? 2 : 1, "the phone came back at %s",
             g->info.usb_speed[0] ? g->info.usb_speed : "an unknown speed");
    return 0;
}
