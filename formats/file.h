/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files with limits and clear errors. */
#ifndef FORMATS_FILE_H
#define FORMATS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct mtk_blob {
    uint8_t *data; /* NUL byte behind the end, not counted */
    size_t len;
};

/*
 * Reads a regular file of 1..limit bytes. -1 with MTK_FILE_MISSING, _EMPTY, _UNREADABLE, _TOO_LARGE or MTK_HOST_IO.
 * Release with mtk_blob_release.
 */
int mtk_file_read(const char *path, size_t limit, struct mtk_blob *out, struct mtk_error *err);
void mtk_blob_release(struct mtk_blob *b);

#endif
