/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/port/usbip_exports.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simdev/port/plug.h"

enum { BUS_NUMBER = 1, LAST_ADDRESS = 127 };

void port_usbip_exports_init(struct usbip_exports *e, struct mtksim *const *phones, size_t count)
{
    memset(e, 0, sizeof(*e));
    e->count = count < USBIP_EXPORTS_MAX ? count : USBIP_EXPORTS_MAX;
    for (size_t i = 0; i < e->count; i++) {
        struct usbip_device *d = &e->export[i].device;
        e->export[i].phone = phones[i];
        snprintf(d->busid, sizeof(d->busid), "%d-%u", BUS_NUMBER, (unsigned)i + 1);
        snprintf(d->path, sizeof(d->path), "/sys/devices/platform/mtksim/usb%d/%s", BUS_NUMBER, d->busid);
        d->bus = BUS_NUMBER;
    }
}

void port_usbip_say(const struct usbip_exports *e, const char *fmt, ...)
{
    char line[256];
    va_list ap;
    if (!e->log)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    e->log(e->log_ctx, line);
}

/* Describes what is on the phone's bus. Addresses go round, as a host controller gives them. */
static bool describe(struct usbip_exports *e, struct usbip_export *x, unsigned generation)
{
    if (x->known && !x->foretold && x->generation == generation)
        return true;
    x->known = port_bus_describe(x->phone, &x->device.usb);
    x->foretold = false;
    x->generation = generation;
    e->last_number = e->last_number % LAST_ADDRESS + 1;
    x->device.number = e->last_number;
    return x->known;
}

/* A copy of the phone is switched on and looked at in its place. */
static bool foretell(struct usbip_exports *e, struct usbip_export *x)
{
    struct mtksim_usb_id id;
    if (x->known && x->foretold)
        return true;
    struct mtksim *copy = mtksim_clone(x->phone);
    x->known =
        copy && port_plug_in(copy, mtksim_address, &id) == 0 && port_bus_describe(copy, &x->device.usb);
    x->foretold = x->known;
    x->device.number = e->last_number % LAST_ADDRESS + 1;
    mtksim_free(copy);
    return x->known;
}

const struct usbip_device *port_usbip_look(struct usbip_exports *e, size_t i)
{
    struct usbip_export *x = &e->export[i];
    struct mtksim_usb_id id;
    bool known = true;
    if (!x->bus && port_out_of_reach(x->phone))
        known = foretell(e, x);
    else if (!x->bus)
        /* Time until it is on the bus is not waited for; if it boots meanwhile, it has to be switched on. */
        known = port_wait_for(x->phone, mtksim_address, &id) == 0 ? describe(e, x, id.generation)
                                                                  : foretell(e, x);
    return known ? &x->device : NULL;
}

static struct usbip_export *find(struct usbip_exports *e, const char *busid)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->export[i].device.busid, busid) == 0)
            return &e->export[i];
    return NULL;
}

uint32_t port_usbip_import(struct usbip_exports *e, const char *busid, int64_t now, bus_done_fn done,
                           void *ctx, struct usbip_export **out)
{
    struct usbip_export *x = find(e, busid);
    struct mtksim_usb_id id;
    if (!x)
        return USBIP_NO_DEVICE;
    if (x->bus) {
        port_usbip_say(e, "%s: another host was turned away, one has imported it", busid);
        return USBIP_BUSY;
    }
    if (port_plug_in(x->phone, mtksim_address, &id) != 0 || !describe(e, x, id.generation)) {
        port_usbip_say(e, "%s: a host wants it, but the phone does not show up on the bus (stage %s)", busid,
                       mtksim_stage(x->phone));
        return USBIP_DEVICE_ERROR;
    }
    x->bus = port_bus_new(x->phone, id.generation, done, ctx);
    if (!x->bus)
        return USBIP_NOT_AVAILABLE;
    x->offset = now - mtksim_now(x->phone);
    *out = x;
    port_usbip_say(e, "%s: host imported %04x:%04x (stage %s)", busid, id.vid, id.pid,
                   mtksim_stage(x->phone));
    return USBIP_OK;
}

void port_usbip_release(struct usbip_exports *e, struct usbip_export *x)
{
    bool left = port_bus_left(x->bus);
    port_bus_free(x->bus);
    x->bus = NULL;
    if (!left)
        mtksim_unplug(x->phone);
    if (mtksim_sync(x->phone) != 0)
        port_usbip_say(e, "%s: the state folder cannot be written: %s", x->device.busid, strerror(errno));
    e->ended++;
    port_usbip_say(e, "%s: %s (stage %s)", x->device.busid,
                   left ? "the phone left the bus" : "host disconnected", mtksim_stage(x->phone));
}
