/* SPDX-License-Identifier: Apache-2.0 */
/* A ROM folder: scatter, images, preloader, DA, Checksum.ini. Specification: formats.md section 7. */
#ifndef FORMATS_ROM_H
#define FORMATS_ROM_H

#include "formats/scatter.h"

struct mtk_rom {
    char dir[4096]; /* the scatter's folder */
    struct mtk_scatter scatter;
    char da_path[4096];        /* "" if the folder has none */
    char preloader_path[4096]; /* "" if none; plain form */
    char auth_path[4096]; /* tool authentication file, for phones with DAA or SLA; "" if none or unclear */
    char cert_path[4096]; /* certificate; "" if none or more than one */
    bool has_checksums;   /* Checksum.ini present with CHECKSUM_SWITCH on */
};

/*
 * Opens a folder (exactly one scatter in it, text or XML, or one text scatter and one XML scatter of the same platform,
 * of which the text is taken), a scatter file, or a flash.xml (3.7), which names scatter and Download Agent itself.
 * Nothing but the scatter, flash.xml, Checksum.ini and the names is looked at. Of several Download Agents the likeliest
 * name is taken, and this folder before DA/ and download_agent/. Of a scatter with several storages the first section
 * is read: see mtk_rom_select_storage. Release with mtk_rom_release.
 */
int mtk_rom_open(const char *path, struct mtk_rom *out, struct mtk_error *err);
/* The same for a phone whose storage is known ("emmc", "ufs", "nand"; NULL: as above). */
int mtk_rom_open_for(const char *path, const char *storage, struct mtk_rom *out, struct mtk_error *err);
/*
 * Reads the section for that storage ("emmc", "ufs", "nand", case ignored) into r->scatter, once the phone's storage is
 * known; rows borrowed from it before are gone then. Does nothing if that section is the one that was read, or if the file
 * describes one storage only. -1 with S_DL_SCAT_INCORRECT_FORMAT if it has none for this storage, and with the errors of
 * mtk_scatter_read; r is then as it was.
 */
int mtk_rom_select_storage(struct mtk_rom *r, const char *storage, struct mtk_error *err);
void mtk_rom_release(struct mtk_rom *r);
/*
 * Path of a further preloader of the folder, in out[4096]: the first preloader_*.bin behind the name `after` in
 * alphabetical order (NULL: the first of all) that is not the one of the scatter. False if there is none.
 */
bool mtk_rom_further_preloader(const struct mtk_rom *r, const char *after, char *out);
/*
 * Path of a file that the scatter names, in out[4096]. Resolved inside the ROM folder: absolute names, "..", and
 * symbolic links that lead out are MTK_PATH_ESCAPES. Exact case first, then case-insensitively. The path is free of
 * links. Errors name the scatter and the line that asked for the file.
 */
int mtk_rom_file(const struct mtk_rom *r, const struct mtk_scatter_row *row, char *out,
                 struct mtk_error *err);
/* The sum that Checksum.ini gives for a partition: 1 and *sum, 0 if it is not listed, -1 and *err if the file is bad. */
int mtk_rom_checksum(const struct mtk_rom *r, const char *partition, uint16_t *sum, struct mtk_error *err);

#endif
