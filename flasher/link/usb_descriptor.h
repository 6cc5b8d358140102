/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the byte pipe in a phone's descriptors (brom-preloader.md 1.2, 1.3). Those of real preloaders are out of
 * order, padded and contradict themselves, so nothing is demanded of them but what is needed.
 */
#ifndef FLASHER_LINK_USB_DESCRIPTOR_H
#define FLASHER_LINK_USB_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MTK_USB_CONFIG_MAX     4096u /* longest configuration that is read; real ones have about 70 bytes */
#define MTK_USB_DEVICE_LEN     18u
#define MTK_USB_CONFIG_LEN     9u
#define MTK_USB_MAX_INTERFACES 8u

/* The two bulk endpoints that are the pipe, and the interfaces that must be claimed to use them. */
struct mtk_usb_pipe_ends {
    uint8_t configuration; /* bConfigurationValue */
    uint8_t interface;     /* number of the interface that has the bulk pair */
    uint8_t control;       /* number of the CDC communication interface; that of the pair if there is none */
    uint8_t in, out;       /* endpoint addresses */
    uint16_t in_packet, out_packet;
};

/*
 * Looks through a configuration as GET_DESCRIPTOR gave it: the first CDC data interface (class 0A) with a bulk pair, else
 * the first interface of any class that has one. len is what came, whatever wTotalLength says. packet is the packet size
 * where a descriptor gives none (64 at full speed, 512 at high speed). False if there is no bulk pair.
 */
bool mtk_usb_find_pipe(const uint8_t *config, size_t len, uint16_t packet, struct mtk_usb_pipe_ends *ends);

#endif
