/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which parts of an erased range are read to prove that it reads as erased. Reading back all of an erased user area would
 * take half an hour on a phone with 64 GB, and nobody waits for that: large ranges are proven by samples. Pure.
 */
#ifndef FLASHER_VERIFIED_ERASED_H
#define FLASHER_VERIFIED_ERASED_H

#include <stdbool.h>
#include <stdint.h>

/* Ranges of up to this many bytes are read as a whole. */
#define MTK_ERASED_WHOLE (UINT64_C(256) << 20)
/*
 * Of larger ones: both ends, where a wrong length or a rounded border would show, and the beginning of every stretch in
 * between, where an erase that stopped half-way or counts in 32 bits would.
 */
#define MTK_ERASED_EDGE    (UINT64_C(16) << 20)
#define MTK_ERASED_SAMPLE  (UINT64_C(1) << 20)
#define MTK_ERASED_STRETCH (UINT64_C(256) << 20)

/*
 * Steps through the windows of a range of `size` bytes in ascending order: *start and *len are those of the window before,
 * 0 and 0 at first, and become those of the next one. False if there are no more. Every window begins at a multiple of
 * 1 MiB, and the last one ends where the range does, so that all of them are in whole blocks if the range is.
 */
bool mtk_erased_next(uint64_t size, uint64_t *start, uint64_t *len);
/* Bytes in all windows. */
uint64_t mtk_erased_bytes(uint64_t size);

#endif
