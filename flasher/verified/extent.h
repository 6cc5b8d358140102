/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that an image defines, in order, as ranges and as a stream; fills are made on the fly. */
#ifndef FLASHER_VERIFIED_EXTENT_H
#define FLASHER_VERIFIED_EXTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/sparse.h"

/* A stretch of the expanded image without a hole: neighbouring extents that touch, whatever their kind. */
struct mtk_run {
    uint64_t start, size;
};

/* Walks the runs: *next is the index of the extent to begin with, 0 at first. False when there are no more. */
bool mtk_run_next(const struct mtk_image *img, size_t *next, struct mtk_run *run);

/* A place in the stream of defined bytes. Zero except for img means the beginning. */
struct mtk_bytes {
    const struct mtk_image *img;
    size_t extent; /* index */
    uint64_t done; /* bytes of this extent */
};

/* Where in the expanded image the next byte stands; its end if there is none. */
uint64_t mtk_bytes_offset(const struct mtk_bytes *b);
/* Bytes up to the end of the run that the next byte is in; 0 at the end. */
uint64_t mtk_bytes_run_left(const struct mtk_bytes *b);
/* Goes to the byte at `offset` of the expanded image, or the first defined one behind it. */
void mtk_bytes_seek(struct mtk_bytes *b, uint64_t offset);
/* Reads exactly len bytes, which must not be more than there are. 0, or -1 and *err (the file fails or shrank). */
int mtk_bytes_read(struct mtk_bytes *b, uint8_t *buf, size_t len, struct mtk_error *err);

/*
 * Adds fills of that value up to `size` bytes of the expanded image; holes: also wherever the image leaves something
 * open. 0, or -1: memory.
 */
int mtk_image_fill(struct mtk_image *img, uint64_t size, uint32_t value, bool holes, struct mtk_error *err);

#endif
