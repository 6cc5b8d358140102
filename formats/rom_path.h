/* SPDX-License-Identifier: Apache-2.0 */
/* Names that must stay inside a ROM folder. Specification: formats.md section 7.1. */
#ifndef FORMATS_ROM_PATH_H
#define FORMATS_ROM_PATH_H

#include "base/error.h"

/*
 * Finds the file that `name` (relative, '/' or '\' between folders) means inside dir: each part in its exact case
 * first, then ignoring case. out[4096] gets the real path, free of symbolic links. -1 with MTK_PATH_ESCAPES for
 * absolute names, ".." and links that lead out; MTK_FILE_MISSING if there is no such file.
 */
int mtk_rom_resolve(const char *dir, const char *name, char *out, struct mtk_error *err);

#endif
