/* SPDX-License-Identifier: Apache-2.0 */
/* USB devices by libusb: a host for transfers (usb_host.h), and what can be said of a device without opening it. */
#ifndef FLASHER_LINK_USB_LIBUSB_H
#define FLASHER_LINK_USB_LIBUSB_H

#include <libusb.h>

#include "base/error.h"
#include "flasher/link/usb_known.h"
#include "flasher/link/usb_pipe.h"

#define MTK_USB_PATH_LEN 40 /* "BUS-PORT.PORT..." with up to seven ports */

/* One opened device. */
struct mtk_libusb_host {
    struct mtk_usb_host host;
    libusb_context *ctx;
    libusb_device_handle *handle; /* NULL while none is open */
    uint8_t claimed[2];           /* interfaces */
    int n_claimed;
    int landed; /* a transfer has, in the present run */
};

/* Makes a closed host of one that is all zero. */
void mtk_libusb_host_init(struct mtk_libusb_host *h);
/* Opens a device for h->ctx. 0, or an enum libusb_error. */
int mtk_libusb_open(struct mtk_libusb_host *h, libusb_device *device);
/*
 * Claims the interfaces of a pipe; what drives them in the kernel is detached and comes back at the end. Sets the
 * configuration if none is. 0, or an enum libusb_error.
 */
int mtk_libusb_claim(struct mtk_libusb_host *h, const struct mtk_usb_pipe_ends *ends);
/* Gives the interfaces back and closes the device. Nothing may be in flight. */
void mtk_libusb_close(struct mtk_libusb_host *h);

/* Where a device is plugged in: bus and ports, as in sysfs ("1-2.3"); a root hub has none: "1-0". */
void mtk_libusb_path(libusb_device *device, char path[MTK_USB_PATH_LEN]);
/* What a device is, by its ids or, where those say nothing, by its interfaces (*kind; returns words, NULL: a stranger). */
const char *mtk_libusb_what(libusb_device *device, const struct libusb_device_descriptor *d,
                            enum mtk_usb_kind *kind);

#endif
