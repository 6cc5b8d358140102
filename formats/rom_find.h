/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the files of a ROM by their names, for rom.c. formats.md sections 3.7 and 7.1. */
#ifndef FORMATS_ROM_FIND_H
#define FORMATS_ROM_FIND_H

#include "formats/rom.h"

/*
 * Where the scatter of a ROM is, and what its flash.xml says. path: folder, scatter, or flash.xml. All paths are absolute
 * or relative as `path` is.
 */
struct rom_place {
    char scatter[4096];
    char dagent[4096]; /* Download Agent that flash.xml names; "" if it names none or it is not there */
};
int rom_find_scatter(const char *path, struct rom_place *out, struct mtk_error *err);
/* Fills in da_path, auth_path and cert_path of *r, whose dir is set. Those not found are "". */
void rom_find_agent(struct mtk_rom *r, const struct rom_place *place);
/* Fills in preloader_path from the rows of r->scatter, or from the names in the folder. */
void rom_find_preloader(struct mtk_rom *r);
/* dir of a path: what is in front of its last '/', "." if there is none. out has 4096 bytes. */
void rom_folder_of(const char *path, char *out);

#endif
