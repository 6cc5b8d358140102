/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link to a phone in this process that goes through USB transfers: what usb: and usbip: do, without a bus. A read of
 * several packets ends with a short one or when it is full, and not where the phone's own transfer ends.
 */
#ifndef TESTS_SESSION_FLASH_URB_LINK_H
#define TESTS_SESSION_FLASH_URB_LINK_H

#include "flasher/link/link.h"
#include "include/mtksim.h"

/* The phone is borrowed. Free with mtk_link_free. NULL: out of memory. */
struct mtk_link *urb_link_new(struct mtksim *phone);

#endif
