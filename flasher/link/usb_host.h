/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What usb: and usbip: have in common below the byte pipe: transfers to the endpoints of one opened USB device. A host
 * is whoever carries them: libusb, or a USB/IP server at the other end of a socket.
 */
#ifndef FLASHER_LINK_USB_HOST_H
#define FLASHER_LINK_USB_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define MTK_USB_SETUP_LEN 8

/* How a transfer ended. */
enum mtk_urb_result {
    MTK_URB_OK,
    MTK_URB_STALL,     /* the phone refused; bulk endpoints need their halt cleared */
    MTK_URB_CANCELLED, /* mtk_usb_host_ops.cancel had its way */
    MTK_URB_BABBLE,    /* more came than was asked for */
    MTK_URB_ERROR,     /* the bus failed: a bad cable, or the first that is heard of an unplugged one */
    MTK_URB_GONE,      /* the phone left the bus */
};

/*
 * One bulk transfer. The caller fills endpoint, data and len, and leaves it alone while `flying`. data stays the
 * caller's and must stay where it is until the transfer has landed.
 */
struct mtk_urb {
    uint8_t endpoint; /* address with direction: bit 7 set means towards the host */
    uint8_t *data;    /* only read from where the direction is towards the phone */
    size_t len;       /* towards the host: a multiple of the packet size, or it may babble */
    /* When landed: */
    size_t actual; /* bytes moved; with any result, but a lower bound where the host cannot know */
    enum mtk_urb_result result;
    bool flying;
    /* The host's own. */
    void *native;
    uint32_t seq, unlink_seq;
    struct mtk_urb *next;
};

struct mtk_usb_host;

struct mtk_usb_host_ops {
    /*
     * Sends a transfer on its way: true, and it is flying; it lands in some later run(). False: it did not start, and
     * u->result says why. Transfers to one endpoint are carried out in the order of submission.
     */
    bool (*submit)(struct mtk_usb_host *h, struct mtk_urb *u);
    /* Asks for the end of a flying transfer; it still lands in a later run(), by then perhaps complete. */
    void (*cancel)(struct mtk_usb_host *h, struct mtk_urb *u);
    /*
     * Lets transfers land: returns as soon as one has, or at the deadline (of the host's clock; one in the past only
     * looks). When the phone is found to have gone, all flying ones land with MTK_URB_GONE and h->gone is set.
     */
    void (*run)(struct mtk_usb_host *h, int64_t deadline);
    /*
     * One control request, over when this returns. Bytes moved in the data stage (0 or more), or minus an enum
     * mtk_urb_result; a request that the phone does not end before the deadline is -MTK_URB_CANCELLED.
     */
    int (*control)(struct mtk_usb_host *h, const uint8_t setup[MTK_USB_SETUP_LEN], uint8_t *data,
                   int64_t deadline);
    /* Clears the halt of a bulk endpoint at both ends. Phones may refuse; nobody minds. */
    void (*clear_halt)(struct mtk_usb_host *h, uint8_t endpoint);
    /* Frees what the host keeps for a transfer that is not flying. */
    void (*forget)(struct mtk_usb_host *h, struct mtk_urb *u);
};

struct mtk_usb_host {
    const struct mtk_usb_host_ops *ops;
    struct mtk_clock clock;
    bool gone; /* the phone left the bus; everything submitted from now on fails */
};

#endif
