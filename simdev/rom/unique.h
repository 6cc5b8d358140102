/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What belongs to one phone and cannot be made again: nvram, protect, proinfo, persist (formats.md 5.6); the lock state in
 * seccfg, which the phone's fuses decide, is in simdev/firmware/boot_state.h.
 * The content is made up from the phone's seed and holds no identity: IMEI records stay empty.
 */
#ifndef SIMDEV_ROM_UNIQUE_H
#define SIMDEV_ROM_UNIQUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Fills buf (cap bytes) with the beginning of a device-unique partition and returns how many bytes that is; 0 if the
 * partition of that name holds nothing of the phone's own, or cap is too small for it.
 */
size_t unique_content(const char *partition, uint64_t seed, uint8_t *buf, size_t cap);

#endif
