/* SPDX-License-Identifier: Apache-2.0 */
/* Where phones are and why one might not be usable: looked up without touching them. */
#ifndef FLASHER_LINK_PORTS_H
#define FLASHER_LINK_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct mtk_port {
    char port[128];    /* as PORT takes it */
    uint16_t vid, pid; /* 0 if the port does not tell */
    char what[96];     /* "MediaTek preloader" */
    bool usable;
    char why[240]; /* what stands in the way, or what is worth knowing; "" */
};

typedef void (*mtk_port_fn)(void *ctx, const struct mtk_port *port);

/*
 * Calls fn for every phone and every port at which one may be, in no order of merit: on this machine's USB and its
 * serial ports, or, if where is a usbip: PORT string, on that server. where may be NULL. 0, or -1 and *err
 * (MTK_PORT_UNREADABLE, MTK_USAGE for any other kind of port).
 */
int mtk_ports(const char *where, mtk_port_fn fn, void *ctx, struct mtk_error *err);

/* The part of it that libusb sees. */
int mtk_ports_usb(mtk_port_fn fn, void *ctx, struct mtk_error *err);

#endif
