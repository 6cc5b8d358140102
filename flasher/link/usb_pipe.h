/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte pipe of a USB phone over any host (usb_host.h): first part of the links usb: and usbip:. It finds the bulk
 * endpoints, keeps transfers in flight both ways, and turns what a bus can do to a transfer into the results of link.h.
 */
#ifndef FLASHER_LINK_USB_PIPE_H
#define FLASHER_LINK_USB_PIPE_H

#include "flasher/link/link.h"
#include "flasher/link/usb_descriptor.h"
#include "flasher/link/usb_host.h"

/* One bulk transfer moves so much: a multiple of every packet size. So many are in flight each way. */
#define MTK_USB_CHUNK  ((size_t)64 * 1024)
#define MTK_USB_FLIGHT 8

/* A read transfer and how much of it the caller has. */
struct mtk_usb_slot {
    struct mtk_urb urb;
    size_t given;
};

/* First member of every link to a USB device. Zero it, fill base and, for as long as a device is open, host. */
struct mtk_usb_pipe {
    struct mtk_link base;
    struct mtk_usb_host *host; /* NULL while the link is not open */
    struct mtk_usb_pipe_ends ends;
    struct mtk_link_identity id;
    /* Reads in order of submission: count of them from first on, modulo MTK_USB_FLIGHT. */
    struct mtk_usb_slot slots[MTK_USB_FLIGHT];
    unsigned first, count;
    uint8_t *memory; /* MTK_USB_CHUNK a slot */
    struct mtk_urb out[MTK_USB_FLIGHT];
};

/*
 * Reads the configuration of the device behind p->host and finds the pipe in it. packet: mtk_usb_find_pipe. 0, or -1 and
 * *err (MTK_NOT_A_PHONE: no bulk pair; MTK_NO_PHONE: it left or stays silent, try again; MTK_INTERNAL: memory).
 */
int mtk_usb_pipe_find(struct mtk_usb_pipe *p, uint16_t packet, struct mtk_error *err);
/* Forgets all that is in flight or unread. The host must be there still; the backend closes it after this. */
void mtk_usb_pipe_stop(struct mtk_usb_pipe *p);
/* Frees what the pipe itself holds; after mtk_usb_pipe_stop. */
void mtk_usb_pipe_release(struct mtk_usb_pipe *p);

/* mtk_link_ops.read, .write, .control and .identity for such a link. They call .close when the phone has gone. */
ssize_t mtk_usb_pipe_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns);
ssize_t mtk_usb_pipe_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns);
int mtk_usb_pipe_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                         uint16_t index, void *buf, uint16_t length);
void mtk_usb_pipe_identity(struct mtk_link *l, struct mtk_link_identity *id);

/* A control request as its eight bytes. */
void mtk_usb_setup(uint8_t setup[MTK_USB_SETUP_LEN], uint8_t request_type, uint8_t request, uint16_t value,
                   uint16_t index, uint16_t length);

#endif
