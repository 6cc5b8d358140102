/* SPDX-License-Identifier: Apache-2.0 */
/* Which USB identities are phones that listen, and which are phones that run something else (brom-preloader.md 1.1). */
#ifndef FLASHER_LINK_USB_KNOWN_H
#define FLASHER_LINK_USB_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mtk_usb_kind {
    MTK_USB_STRANGER,   /* not known as a phone */
    MTK_USB_BROM,       /* boot ROM, waiting for commands */
    MTK_USB_PRELOADER,  /* preloader in its download window */
    MTK_USB_AGENT,      /* Download Agent after a speed switch */
    MTK_USB_WRONG_MODE, /* a phone, but running what does not speak this protocol */
};

struct mtk_usb_known {
    uint16_t vid, pid;
    enum mtk_usb_kind kind;
    const char *what; /* "MediaTek preloader" */
};

/* The row of an identity, NULL if it is none of a phone's. */
const struct mtk_usb_known *mtk_usb_known(uint16_t vid, uint16_t pid);
/* Is this an identity under which BROM, preloader or agent are spoken to? */
bool mtk_usb_listens(uint16_t vid, uint16_t pid);

/* What a device runs that has an interface of this kind, whoever made it: Android's, or fastboot's. NULL: neither. */
const char *mtk_usb_mode(uint8_t class, uint8_t subclass, uint8_t protocol);

/* What to do so that a phone appears: which keys, and when the cable. */
#define MTK_USB_KEYS                                                                                         \
    "switch the phone off and plug it in; for the boot ROM hold volume up, volume down or both while doing " \
    "so"
/* What to do with a phone that runs something else. */
#define MTK_USB_OFF "switch it off, unplug it, and plug it in again"
/* The rule that gives people at the machine access to phones. */
#define MTK_USB_RULES "60-mtkproof.rules"

#endif
