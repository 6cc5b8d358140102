/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears under its name only when it is complete: written as NAME.part, flushed to the disk, renamed. */
#ifndef FLASHER_VERIFIED_OUTFILE_H
#define FLASHER_VERIFIED_OUTFILE_H

#include <stddef.h>

#include "base/error.h"

struct mtk_outfile {
    int fd; /* -1: not open */
    char path[4096], part[4096 + 8];
};

/* Whether a file may be made there: no symbolic link, no folder or device. -1 with MTK_USAGE. Touches nothing. */
int mtk_outfile_check(const char *path, struct mtk_error *err);
/* Creates NAME.part with that mode (less the umask). -1 with MTK_USAGE or MTK_HOST_IO. */
int mtk_outfile_open(struct mtk_outfile *f, const char *path, unsigned mode, struct mtk_error *err);
int mtk_outfile_write(struct mtk_outfile *f, const void *data, size_t n, struct mtk_error *err);
/* Flushes and gives the file its name. On failure NAME.part is removed. */
int mtk_outfile_commit(struct mtk_outfile *f, struct mtk_error *err);
/* Removes NAME.part if the file was not committed. Harmless otherwise. */
void mtk_outfile_abandon(struct mtk_outfile *f);
/* All of it for content that is in memory. */
int mtk_outfile_put(const char *path, unsigned mode, const void *data, size_t n, struct mtk_error *err);

#endif
