/* SPDX-License-Identifier: Apache-2.0 */
/* How read-back differs from what must be there, and what that looks like. Pure: no phone, no file. */
#ifndef FLASHER_VERIFIED_DIFF_H
#define FLASHER_VERIFIED_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Samples of what was on the flash before it was written, so that a write that did not happen can be told from one
 * that went wrong. Windows in ascending order of offset.
 */
#define MTK_OLD_WINDOWS 16
#define MTK_OLD_BYTES   (256u << 10)
struct mtk_old {
    struct {
        uint64_t offset; /* in the partition */
        size_t len;
        const uint8_t *data;
    } window[MTK_OLD_WINDOWS];
    size_t n;
};

/* Differences found so far; zero at first. Offsets are in the partition. */
struct mtk_diff {
    uint64_t bytes;                /* how many differ */
    uint64_t first, last;          /* offset of the first and last of them */
    uint64_t bits;                 /* how many bits differ: 1, or more than 1 */
    uint64_t zero;                 /* how many of them were read as zero */
    uint64_t sampled;              /* how many of them lie in a window of old content */
    uint64_t stale;                /* ... and are what was there before */
    uint8_t expected[16], got[16]; /* from the first on */
    size_t n;
};

/* Compares n bytes at `offset`. Pieces come in ascending order. old may be NULL. */
void mtk_diff_add(struct mtk_diff *d, uint64_t offset, const uint8_t *expected, const uint8_t *got, size_t n,
                  const struct mtk_old *old);
/* "one bit", "one sector", "all zero", "old content" or "scattered": the first that is true of every difference. */
const char *mtk_diff_pattern(const struct mtk_diff *d);

#endif
