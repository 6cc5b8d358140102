/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/port/usbip_codec.h"

#include <string.h>

bool port_usbip_read_op(struct rd *r, struct usbip_op *out)
{
    return rd_be16(r, &out->version) && rd_be16(r, &out->code) && rd_be32(r, &out->status);
}

bool port_usbip_read_busid(struct rd *r, char out[USBIP_BUSID_LEN])
{
    return rd_bytes(r, out, USBIP_BUSID_LEN) && memchr(out, '\0', USBIP_BUSID_LEN);
}

bool port_usbip_read_command(struct rd *r, struct usbip_command *c)
{
    const uint8_t *raw;
    memset(c, 0, sizeof(*c));
    if (!rd_view(r, &raw, USBIP_COMMAND_LEN))
        return false;
    struct rd h = rd_init(raw, USBIP_COMMAND_LEN);
    rd_be32(&h, &c->command);
    rd_be32(&h, &c->seqnum);
    rd_be32(&h, &c->devid);
    rd_be32(&h, &c->direction);
    rd_be32(&h, &c->endpoint);
    if (c->command == USBIP_CMD_UNLINK)
        return rd_be32(&h, &c->unlink_seqnum);
    return rd_be32(&h, &c->flags) && rd_be32(&h, &c->length) && rd_be32(&h, &c->start_frame) &&
           rd_be32(&h, &c->packets) && rd_be32(&h, &c->interval) && rd_bytes(&h, c->setup, sizeof(c->setup));
}

static bool write_op(struct wr *w, uint16_t code, uint32_t status)
{
    return wr_be16(w, USBIP_VERSION) && wr_be16(w, code) && wr_be32(w, status);
}

bool port_usbip_write_devlist(struct wr *w, uint32_t devices)
{
    return write_op(w, USBIP_REP_DEVLIST, USBIP_OK) && wr_be32(w, devices);
}

/* The 312 bytes that lists and imports have in common. */
static bool write_device(struct wr *w, const struct usbip_device *d)
{
    const struct bus_device *u = &d->usb;
    return wr_str(w, d->path, USBIP_PATH_LEN) && wr_str(w, d->busid, USBIP_BUSID_LEN) && wr_be32(w, d->bus) &&
           wr_be32(w, d->number) && wr_be32(w, u->high_speed ? USBIP_SPEED_HIGH : USBIP_SPEED_FULL) &&
           wr_be16(w, u->vid) && wr_be16(w, u->pid) && wr_be16(w, u->version) && wr_u8(w, u->class) &&
           wr_u8(w, u->subclass) && wr_u8(w, u->protocol) && wr_u8(w, u->configuration) &&
           wr_u8(w, u->configurations) && wr_u8(w, u->interfaces);
}

bool port_usbip_write_device(struct wr *w, const struct usbip_device *d)
{
    bool ok = write_device(w, d);
    for (size_t i = 0; i < d->usb.interfaces; i++) {
        const struct bus_interface *f = &d->usb.interface[i];
        ok = ok && wr_u8(w, f->class) && wr_u8(w, f->subclass) && wr_u8(w, f->protocol) && wr_u8(w, 0);
    }
    return ok;
}

bool port_usbip_write_import(struct wr *w, uint32_t status, const struct usbip_device *d)
{
    return write_op(w, USBIP_REP_IMPORT, status) && (!d || write_device(w, d));
}

/* A server leaves device, direction and endpoint at zero. */
static bool write_header(struct wr *w, uint32_t command, uint32_t seqnum)
{
    return wr_be32(w, command) && wr_be32(w, seqnum) && wr_fill(w, 0, 12);
}

bool port_usbip_write_submitted(struct wr *w, const struct usbip_result *r)
{
    return write_header(w, USBIP_RET_SUBMIT, r->seqnum) && wr_be32(w, (uint32_t)r->status) &&
           wr_be32(w, r->actual) && wr_be32(w, r->start_frame) && wr_be32(w, r->packets) && wr_be32(w, 0) &&
           wr_fill(w, 0, 8);
}

bool port_usbip_write_unlinked(struct wr *w, uint32_t seqnum, int32_t status)
{
    return write_header(w, USBIP_RET_UNLINK, seqnum) && wr_be32(w, (uint32_t)status) && wr_fill(w, 0, 24);
}
