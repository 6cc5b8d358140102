/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the boot check: lines of text, and what boot programs look at in the partitions that they load. */
#ifndef SIMDEV_FIRMWARE_BOOTCHECK_H
#define SIMDEV_FIRMWARE_BOOTCHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "simdev/firmware/boot_flash.h"

/* One line of text that is cut off when it is full. */
struct boot_line {
    char text[512];
    size_t len;
};
void boot_line_add(struct boot_line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What the phone's own state says about how strict its boot programs are. */
struct boot_policy {
    bool locked;
};

/*
 * Looks at one partition. False and why: it would not be loaded. True: it would; remark gets what is worth saying
 * about it, if anything.
 */
typedef bool (*boot_image_check)(struct boot_flash *f, const struct boot_policy *policy,
                                 const struct boot_part *part, struct boot_line *remark);

/* Chains of images with 512-byte headers: lk, tee, logo (formats.md 5.3). */
bool boot_check_headers(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                        struct boot_line *remark);
/* Android boot images (5.2). */
bool boot_check_android(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                        struct boot_line *remark);
/* Vendor boot images: their name only (5.2). */
bool boot_check_vendor(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                       struct boot_line *remark);
/* vbmeta (5.4). */
bool boot_check_vbmeta(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                       struct boot_line *remark);

#endif
