/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What boot programs keep for themselves on flash: the lock state of verified boot with the seal of this one phone, and
 * which of two slots is to be booted. formats.md 5.5 and 5.7.
 */
#ifndef SIMDEV_FIRMWARE_BOOT_STATE_H
#define SIMDEV_FIRMWARE_BOOT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/seccfg.h"
#include "simdev/board/board.h"

/* ---- seccfg ---- */

/* The seccfg that the factory writes: locked if the phone has secure boot, else unlocked. */
void boot_lock_write(const struct board *b, uint8_t out[MTK_SECCFG_V4_LEN]);

enum boot_lock {
    BOOT_LOCK_NONE,    /* blank: what the fuses say */
    BOOT_LOCK_OPEN,    /* unlocked */
    BOOT_LOCK_CLOSED,  /* any other state */
    BOOT_LOCK_DAMAGED, /* no seccfg of a known version, or not sealed by this phone: taken as locked */
};
/* What the first len bytes of the partition say. */
enum boot_lock boot_lock_read(const struct board *b, const uint8_t *data, size_t len);

/* ---- slots ---- */

#define BOOT_SLOTS_AT  2048u /* in misc, behind the message to the boot loader */
#define BOOT_SLOTS_LEN 32u
#define BOOT_SLOTS     2u

struct boot_slot {
    uint8_t priority, tries;
    bool successful;
};

/* The A/B data of misc: magic, version, slots and CRC. */
void boot_slots_write(const struct boot_slot slot[BOOT_SLOTS], uint8_t out[BOOT_SLOTS_LEN]);
/* False if it is damaged; then slot[] has what a boot loader starts with: both bootable, the first one preferred. */
bool boot_slots_read(const uint8_t in[BOOT_SLOTS_LEN], struct boot_slot slot[BOOT_SLOTS]);
/* A slot that has neither tries left nor ever came up is not booted; nor is one of priority 0. */
bool boot_slot_bootable(const struct boot_slot *s);

#endif
