/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Android sparse images, and images in general as a list of extents. Specification: formats.md section 5.1.
 * An image is opened once, checked as a whole without reading its data, and then read in order.
 */
#ifndef FORMATS_SPARSE_H
#define FORMATS_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum mtk_extent_kind { MTK_EXTENT_RAW, MTK_EXTENT_FILL };

/* A stretch of the expanded image that the file defines. What lies between extents is "don't care". */
struct mtk_extent {
    enum mtk_extent_kind kind;
    uint64_t start, size; /* in the expanded image */
    uint64_t file_offset; /* RAW */
    uint32_t fill;        /* FILL: the 4 bytes, as in the file (little-endian value) */
};

struct mtk_image {
    char path[4096];
    int fd; /* owned; -1 when released */
    uint64_t file_size;
    bool sparse;
    uint32_t block_size; /* sparse block, 0 for plain files */
    uint64_t expanded_size;
    uint64_t defined;           /* bytes in extents */
    struct mtk_extent *extents; /* owned; in ascending order, adjacent fills of one value merged */
    size_t n_extents;
    bool has_crc; /* image checksum chunk or header checksum present */
    uint32_t crc; /* expected CRC32 of the expanded image (don't-care as zeros) */
};

/*
 * Opens and checks. A plain file is one RAW extent. -1 with MTK_FILE_MISSING, _EMPTY, _UNREADABLE, MTK_SPARSE_INVALID
 * (err->offset: where in the file). Memory follows the number of data chunks, at most 2^20; "don't care" costs none.
 * Bytes behind the last chunk are allowed: signed images have their signature there.
 */
int mtk_image_open(const char *path, struct mtk_image *out, struct mtk_error *err);
void mtk_image_release(struct mtk_image *img);
/*
 * Reads len bytes at offset of the expanded image; they must lie inside one extent (callers walk extents). Thread-safe
 * on one image: uses pread. -1 and *err (file shrank, disk error).
 */
int mtk_image_read(const struct mtk_image *img, const struct mtk_extent *e, uint64_t offset, void *buf,
                   size_t len, struct mtk_error *err);

/* Parses a sparse image's chunk table from memory (fuzzing, tests); no fd. Same checks as mtk_image_open. */
int mtk_sparse_parse(const uint8_t *data, size_t len, const char *name, struct mtk_image *out,
                     struct mtk_error *err);

/* Writing: one chunk a call, header patched at finish. Data goes to a file descriptor that must be seekable. */
struct mtk_sparse_writer {
    int fd;
    uint32_t block_size, total_blocks, chunks;
};
int mtk_sparse_begin(struct mtk_sparse_writer *w, int fd, uint32_t block_size, struct mtk_error *err);
int mtk_sparse_raw(struct mtk_sparse_writer *w, const void *data, uint32_t blocks, struct mtk_error *err);
int mtk_sparse_fill(struct mtk_sparse_writer *w, uint32_t value, uint32_t blocks, struct mtk_error *err);
int mtk_sparse_skip(struct mtk_sparse_writer *w, uint32_t blocks, struct mtk_error *err);
int mtk_sparse_finish(struct mtk_sparse_writer *w, struct mtk_error *err);

#endif
