/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phones as the devices that a USB/IP server exports: bus ids 1-1, 1-2, ... in the order in which they were given. A bus
 * id stays; the device number behind it is a new one each time the phone enumerates.
 *
 * - An import plugs the cable in by the rules of port.h, and its end pulls it.
 * - The list names what an import would find, and brings no phone out of where it is: of one that is off, has booted or
 *   is dead it tells what it will be after being switched on.
 */
#ifndef SIMDEV_PORT_USBIP_EXPORTS_H
#define SIMDEV_PORT_USBIP_EXPORTS_H

#include "simdev/port/usbip_codec.h"

enum { USBIP_EXPORTS_MAX = 16 };

struct usbip_export {
    struct mtksim *phone;
    struct usbip_device device; /* as it was imported, or listed last */
    struct bus *bus;            /* while it is imported */
    int64_t offset;             /* the clock of the server minus the phone's, while it is imported */
    unsigned generation;        /* of which device tells */
    bool known, foretold;       /* device is filled; it tells what is to be after switching on */
};

struct usbip_exports {
    struct usbip_export export[USBIP_EXPORTS_MAX];
    size_t count;
    uint32_t last_number;                     /* device number given last */
    unsigned ended;                           /* imports that have ended */
    void (*log)(void *ctx, const char *line); /* NULL: nobody wants to know */
    void *log_ctx;
};

/* Exports up to USBIP_EXPORTS_MAX phones, which stay the caller's. Nothing to free. */
void port_usbip_exports_init(struct usbip_exports *e, struct mtksim *const *phones, size_t count);
/* Says something to the log, printf style. */
void port_usbip_say(const struct usbip_exports *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The i-th export with its device brought up to date; NULL if nothing can be told about it. */
const struct usbip_device *port_usbip_look(struct usbip_exports *e, size_t i);
/*
 * Imports by bus id: plugs the phone in and gives it a bus whose transfers end in done. now is the server's clock. USBIP_OK
 * and *out, or another status.
 */
uint32_t port_usbip_import(struct usbip_exports *e, const char *busid, int64_t now, bus_done_fn done,
                           void *ctx, struct usbip_export **out);
/* Ends an import; its transfers are freed. */
void port_usbip_release(struct usbip_exports *e, struct usbip_export *x);

#endif
