/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about link, part and end of the session. da-legacy.md 5.1 to 5.3, 5.14, 5.16. */
#include "simdev/firmware/agents/legacy.h"

#include "protocol/brom.h"

#define USB_DROP_NS     (50 * NS_PER_MS)
#define SPEED_SWITCH_NS (300 * NS_PER_MS)
#define WDT_TICK_NS     (15600 * NS_PER_US)
#define ECHO_COUNT      256

void lg_usb_check_status(struct lg *x)
{
    if (lg_ack(x))
        lg_put_u8(x, x->high_speed);
}

/* Leaves the bus, to come back; the command loop goes on as if nothing had happened. */
static void leave_for(struct lg *x, bool high_speed)
{
    phone_wait(x->p, USB_DROP_NS);
    phone_usb_disconnect(x->p);
    phone_wait(x->p, SPEED_SWITCH_NS);
    x->high_speed = high_speed;
}

void lg_usb_setup_port(struct lg *x)
{
    uint8_t high_speed = lg_u8(x);
    if (!lg_ack(x))
        return;
    leave_for(x, high_speed);
    phone_usb_connect_as(x->p, PHONE_AS_AGENT);
}

void lg_usb_setup_port_ex(struct lg *x)
{
    uint8_t high_speed = lg_u8(x);
    uint16_t pid = lg_u16(x);
    uint16_t vid = lg_u16(x);
    if (!lg_ack(x))
        return;
    leave_for(x, high_speed);
    phone_usb_connect(x->p, vid, pid);
}

void lg_switch_part(struct lg *x)
{
    enum board_area area;
    if (!lg_ack(x))
        return;
    uint8_t part = lg_u8(x);
    if (lg_settle(x, lg_status_of(x, lg_area(x, part, &area), LG_USE_READ)))
        x->part = part;
}

void lg_reset_dis(struct lg *x)
{
    lg_ack(x);
}

/* Another speed of the UART. Over USB there is none, and the opcode is not known. */
void lg_speed(struct lg *x)
{
    if (phone_settings(x->p)->legacy_link == LEGACY_USB)
        return;
    uint8_t baud = lg_u8(x), sync_count = lg_u8(x);
    if (!lg_ack(x))
        return;
    phone_log(x->p, "[DA2] baud rate %u", baud);
    uint8_t b = lg_u8(x);
    while (b != LG_ACK) { /* the host sends C0 until it hears one, then 5A */
        if (b == LG_SYNC)
            lg_put_u8(x, LG_SYNC);
        b = lg_u8(x);
    }
    lg_put_u8(x, LG_ACK);
    for (unsigned i = 0; i < sync_count * (unsigned)ECHO_COUNT; i++)
        lg_put_u8(x, lg_u8(x));
}

void lg_finish(struct lg *x)
{
    if (!lg_ack(x))
        return;
    uint32_t how = lg_u32(x);
    if (!lg_ack(x))
        return;
    phone_log(x->p, "[DA2] finish: %u", how);
    if (how != LG_FINISH_DISCONNECT_AND_RELEASE && how != LG_FINISH_DISCONNECT)
        return; /* the loop lives on for another host */
    phone_wait(x->p, USB_DROP_NS);
    phone_usb_disconnect(x->p);
    if (how == LG_FINISH_DISCONNECT_AND_RELEASE)
        phone_power_off(x->p); /* nothing holds the power any more */
    phone_hang(x->p, "the agent left the bus and waits for its battery to be pulled");
}

/*
 * Layouts of the argument differ: u16 ticks, u32 flags; or u32 milliseconds and four bytes. Whoever takes six bytes
 * satisfies both, and a time of 0 means at once in both.
 */
void lg_enable_watchdog(struct lg *x)
{
    uint16_t ticks = lg_u16(x);
    uint32_t flags = lg_u32(x);
    if (!lg_ack(x))
        return;
    phone_log(x->p, "[DA2] watchdog in %u ticks, flags %u", ticks, flags);
    phone_wait(x->p, USB_DROP_NS);
    phone_wait(x->p, ticks * WDT_TICK_NS);
    phone_reboot(x->p);
}
