/* SPDX-License-Identifier: Apache-2.0 */
/* What a host controller knows of a device: from its descriptors, however malformed they are (brom-preloader.md 1.2). */
#include <string.h>

#include "base/cursor.h"
#include "simdev/port/bus.h"

enum { DEVICE = 1, CONFIGURATION = 2, INTERFACE = 4, ENDPOINT = 5, BULK = 2, HIGH_SPEED_BULK = 512 };

static void read_interface(struct rd *r, struct bus_device *d)
{
    struct bus_interface f;
    uint8_t number, alternate, endpoints;
    if (!rd_u8(r, &number) || !rd_u8(r, &alternate) || !rd_u8(r, &endpoints) || !rd_u8(r, &f.class) ||
        !rd_u8(r, &f.subclass) || !rd_u8(r, &f.protocol))
        return;
    if (number < BUS_INTERFACES && alternate == 0)
        d->interface[number] = f;
}

static void read_endpoint(struct rd *r, struct bus_device *d)
{
    struct bus_endpoint e;
    if (d->endpoints == BUS_ENDPOINTS || !rd_u8(r, &e.address) || !rd_u8(r, &e.kind) ||
        !rd_le16(r, &e.packet))
        return;
    e.kind &= 3;
    e.packet &= 0x7FF;
    if (e.packet == 0)
        return;
    d->high_speed |= e.kind == BULK && e.packet == HIGH_SPEED_BULK;
    d->endpoint[d->endpoints++] = e;
}

static bool read_configuration(struct rd *r, struct bus_device *d)
{
    uint8_t len, type;
    if (!rd_skip(r, 4) || !rd_u8(r, &d->interfaces) || !rd_u8(r, &d->configuration) || !rd_seek(r, 0))
        return false;
    if (d->interfaces > BUS_INTERFACES)
        d->interfaces = BUS_INTERFACES;
    /* By their lengths, whatever these are: the MUSB family's endpoints are one byte too long. */
    while (rd_left(r) >= 2 && rd_u8(r, &len) && rd_u8(r, &type) && len >= 2) {
        const uint8_t *body;
        if (!rd_view(r, &body, len - 2u))
            break;
        struct rd inner = rd_init(body, len - 2u);
        if (type == INTERFACE)
            read_interface(&inner, d);
        else if (type == ENDPOINT)
            read_endpoint(&inner, d);
    }
    return true;
}

bool port_bus_describe(const struct mtksim *phone, struct bus_device *d)
{
    uint8_t raw[18], config[BUS_CONFIG_MAX];
    memset(d, 0, sizeof(*d));
    if (mtksim_descriptor(phone, DEVICE << 8, raw, sizeof(raw)) < sizeof(raw))
        return false;
    d->class = raw[4];
    d->subclass = raw[5];
    d->protocol = raw[6];
    d->vid = get_le16(raw + 8);
    d->pid = get_le16(raw + 10);
    d->version = get_le16(raw + 12);
    d->configurations = raw[17];
    size_t len = mtksim_descriptor(phone, CONFIGURATION << 8, config, sizeof(config));
    struct rd r = rd_init(config, len < sizeof(config) ? len : sizeof(config));
    return read_configuration(&r, d);
}
