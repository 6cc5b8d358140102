/* SPDX-License-Identifier: Apache-2.0 */
/* The device controller: being on the bus, and endpoint 0. brom-preloader.md sections 1.2 to 1.4. */
#include <string.h>

#include "base/cursor.h"
#include "protocol/brom.h"
#include "simdev/firmware/phone_internal.h"

bool phone_on_bus(const struct mtksim *p)
{
    return p->usb.cable && p->usb.connected && p->now >= p->usb.visible_at;
}

/* A new enumeration begins; the host sees the device when the line has settled. */
static void appear(struct mtksim *p)
{
    p->usb.addressed = p->usb.configured = false;
    p->usb.generation++;
    p->usb.visible_at = mtk_deadline(p->now, PHONE_ENUMERATION);
}

void phone_usb_connect(struct mtksim *p, uint16_t vid, uint16_t pid)
{
    phone_usb_disconnect(p);
    p->usb.vid = vid;
    p->usb.pid = pid;
    p->usb.connected = true;
    p->usb.rom = false;
    if (p->usb.cable)
        appear(p);
}

void phone_usb_connect_as(struct mtksim *p, enum phone_identity who)
{
    const struct phone_settings *s = phone_settings(p);
    const struct {
        unsigned set;
        uint16_t pid;
    } ids[] = {
        [PHONE_AS_BROM] = {s->brom_usb_id, MTK_USB_PID_BROM},
        [PHONE_AS_PRELOADER] = {s->preloader_usb_id, MTK_USB_PID_PRELOADER},
        [PHONE_AS_AGENT] = {s->da_usb_id, MTK_USB_PID_DA},
    };
    unsigned set = ids[who].set;
    phone_usb_connect(p, set ? (uint16_t)(set >> 16) : MTK_USB_VID, set ? (uint16_t)set : ids[who].pid);
    p->usb.rom = who == PHONE_AS_BROM;
    p->usb.tried |= p->usb.rom;
}

void phone_usb_disconnect(struct mtksim *p)
{
    phone_pipe_clear(p);
    p->usb.connected = false;
    p->usb.addressed = p->usb.configured = false;
    p->usb.tool_present = false;
    p->usb.dtr = false;
}

void phone_cable_out(struct mtksim *p)
{
    p->usb.cable = false;
    p->usb.addressed = p->usb.configured = false;
    p->usb.dtr = false;
    phone_pipe_unplugged(p);
}

void phone_cable_in(struct mtksim *p)
{
    if (p->usb.cable)
        return;
    p->usb.cable = true;
    if (p->usb.connected)
        appear(p);
}

bool phone_cable(const struct mtksim *p)
{
    return p->usb.cable;
}

bool phone_configured(const struct mtksim *p)
{
    return p->usb.configured && phone_on_bus(p);
}

bool phone_tool_present(const struct mtksim *p)
{
    return p->usb.tool_present;
}

bool phone_dtr(const struct mtksim *p)
{
    return p->usb.dtr;
}

bool phone_usb_tried(const struct mtksim *p)
{
    return p->usb.tried;
}

/* ---- endpoint 0 ---- */

struct request {
    uint8_t type, request;
    uint16_t value, index, length;
    uint8_t *buf;
};

/* Answers with up to wLength bytes. */
static int reply(const struct request *r, const void *data, size_t len)
{
    size_t n = len < r->length ? len : r->length;
    if (n) /* a request for nothing has no buffer */
        memcpy(r->buf, data, n);
    return (int)n;
}

static int get_descriptor(struct mtksim *p, const struct request *r)
{
    uint8_t d[USB_DESCRIPTOR_MAX];
    size_t len = usb_descriptor(p, r->value, d);
    return len ? reply(r, d, len) : MTKSIM_STALL;
}

static int get_status(struct mtksim *p, const struct request *r)
{
    (void)p;
    uint8_t self_powered[2] = {(r->type & 0x1F) == 0 ? 1 : 0, 0};
    return reply(r, self_powered, sizeof self_powered);
}

static int get_configuration(struct mtksim *p, const struct request *r)
{
    uint8_t one = p->usb.configured;
    return reply(r, &one, 1);
}

static int get_interface(struct mtksim *p, const struct request *r)
{
    (void)p;
    uint8_t zero = 0;
    return reply(r, &zero, 1);
}

static int accept(struct mtksim *p, const struct request *r)
{
    (void)p;
    return r->length;
}

static int set_configuration(struct mtksim *p, const struct request *r)
{
    if (r->value > 1)
        return MTKSIM_STALL;
    p->usb.configured = r->value;
    return 0;
}

static int clear_feature(struct mtksim *p, const struct request *r)
{
    bool endpoint = (r->type & 0x1F) == 2;
    if (p->usb.rom)
        return 0;
    return endpoint && p->board.soc->takes_clear_halt ? 0 : MTKSIM_STALL;
}

static int set_feature(struct mtksim *p, const struct request *r)
{
    (void)r;
    return p->board.soc->usb == SOC_USB_SSUSB ? 0 : MTKSIM_STALL;
}

static int set_line_coding(struct mtksim *p, const struct request *r)
{
    /* Accepted and forgotten; that somebody asked is what counts. */
    p->usb.tool_present = true;
    return r->length;
}

static int get_line_coding(struct mtksim *p, const struct request *r)
{
    (void)p;
    static const uint8_t fixed[7] = {0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08}; /* never what was set */
    return reply(r, fixed, sizeof fixed);
}

static int set_control_line_state(struct mtksim *p, const struct request *r)
{
    p->usb.dtr = r->value & 1;
    return 0;
}

/* Standard requests by number, any recipient; class requests of CDC-ACM. What is in neither table is refused. */
static int (*const standard[])(struct mtksim *p, const struct request *r) = {
    [0x00] = get_status,     [0x01] = clear_feature,     [0x03] = set_feature,       [0x05] = accept,
    [0x06] = get_descriptor, [0x08] = get_configuration, [0x09] = set_configuration, [0x0A] = get_interface,
};

static const struct {
    uint8_t type, request;
    int (*fn)(struct mtksim *p, const struct request *r);
} class_requests[] = {
    {CDC_REQ_OUT, CDC_SET_LINE_CODING, set_line_coding},
    {CDC_REQ_IN, CDC_GET_LINE_CODING, get_line_coding},
    {CDC_REQ_OUT, CDC_SET_CONTROL_LINE_STATE, set_control_line_state},
    {CDC_REQ_OUT, 0x23, accept}, /* SEND_BREAK */
};

static int carry_out(struct mtksim *p, const struct request *r)
{
    unsigned kind = r->type >> 5 & 3;
    if (kind == 2) /* vendor: logged, not stalled */
        return r->type & 0x80 ? 0 : r->length;
    if (kind == 0)
        return r->request < sizeof standard / sizeof *standard && standard[r->request]
                   ? standard[r->request](p, r)
                   : MTKSIM_STALL;
    for (size_t i = 0; i < sizeof class_requests / sizeof *class_requests; i++)
        if (class_requests[i].type == r->type && class_requests[i].request == r->request)
            return class_requests[i].fn(p, r);
    return MTKSIM_STALL;
}

static void tap_control(struct mtksim *p, const struct request *r, int result)
{
    uint8_t setup[8] = {r->type, r->request};
    if (!p->tap)
        return;
    put_le16(setup + 2, r->value);
    put_le16(setup + 4, r->index);
    put_le16(setup + 6, r->length);
    struct mtksim_transfer t = {
        .time_ns = p->now,
        .endpoint = r->type & 0x80,
        .vid = p->usb.vid,
        .pid = p->usb.pid,
        .generation = p->usb.generation,
        .setup = setup,
        .data = r->buf,
        .len = result > 0 ? (size_t)result : 0,
        .status = result < 0 ? result : 0,
    };
    p->tap(p->tap_ctx, &t);
}

int mtksim_control(struct mtksim *p, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index,
                   void *buf, uint16_t length)
{
    struct request r = {request_type, request, value, index, length, buf};
    phone_run(p);
    if (!p->usb.addressed || !phone_on_bus(p))
        return MTKSIM_GONE;
    int result = length && !buf ? MTKSIM_STALL : carry_out(p, &r);
    tap_control(p, &r, result);
    return result;
}

size_t mtksim_descriptor(const struct mtksim *p, uint16_t value, void *out, size_t max)
{
    uint8_t d[USB_DESCRIPTOR_MAX];
    size_t len = phone_on_bus(p) ? usb_descriptor(p, value, d) : 0;
    if (len)
        memcpy(out, d, len < max ? len : max);
    return len;
}
