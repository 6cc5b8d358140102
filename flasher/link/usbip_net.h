/* SPDX-License-Identifier: Apache-2.0 */
/* A USB/IP server: what it exports, and getting hold of one device. Blocking, each call under a deadline. */
#ifndef FLASHER_LINK_USBIP_NET_H
#define FLASHER_LINK_USBIP_NET_H

#include "base/error.h"
#include "flasher/link/net.h"
#include "flasher/link/usbip_wire.h"

/* What an attempt came to. */
enum mtk_usbip_result {
    MTK_USBIP_DONE,
    MTK_USBIP_NOT_YET, /* nobody listens, or the device is not exported: worth another try */
    MTK_USBIP_NEVER,   /* not a USB/IP server, or an address that does not exist */
};

/* One attempt: what is at the other end, and why it failed. */
struct mtk_usbip_server {
    const struct mtk_net_host *host;
    int64_t deadline; /* of the machine's clock */
    char why[200];    /* a clause, when an attempt failed */
};

/*
 * Asks what the server exports. *devices gets *n of them (free() it), of which those with an unusable bus id are left
 * out.
 */
enum mtk_usbip_result mtk_usbip_list(struct mtk_usbip_server *s, struct mtk_usbip_device **devices,
                                     size_t *n);
/* Imports a device. *fd becomes the connection that carries its transfers, non-blocking. */
enum mtk_usbip_result mtk_usbip_import(struct mtk_usbip_server *s, const char *busid,
                                       struct mtk_usbip_device *device, int *fd);

#endif
