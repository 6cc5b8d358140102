/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary folders, ROMs and factory-new boards for the tests of this folder. */
#ifndef TESTS_UNIT_ROM_FIXTURE_H
#define TESTS_UNIT_ROM_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/rom.h"
#include "include/mtksim.h"
#include "simdev/board/board.h"

/* A fresh folder; its name in out[128]. Fails the test if there is none to be had. */
void fixture_folder(char out[128]);
/* Removes a folder with everything in it. */
void fixture_remove(const char *dir);
/* dir/file in out[256]. */
const char *fixture_path(char out[256], const char *dir, const char *file);
/* Whole file, malloc'd. */
uint8_t *fixture_read(const char *dir, const char *file, size_t *len);
/* Makes dir/file with that text. */
void fixture_write(const char *dir, const char *file, const char *text);
/* Makes the ROM of a chip in dir. */
void fixture_rom(const char *dir, const char *chip, uint64_t seed, bool full);
/* The same with all options; it must work. */
void fixture_make_rom(const char *dir, const struct mtksim_rom_options *opt);
/* How many files (those of folders below included) of folder a are missing or different in folder b. */
unsigned fixture_differing_files(const char *a, const char *b);
/* Opens a ROM that must be good. Release with mtk_rom_release. */
void fixture_open_rom(const char *dir, struct mtk_rom *rom);
/* Checks that every file of a ROM can be opened, is sparse or plain as its row says, and fits its partition. */
void fixture_images_fit(const char *dir);
/* Sum of the sizes of a folder's files, and how many there are, those of folders below included. */
uint64_t fixture_folder_bytes(const char *dir, unsigned *files);
/* A new phone in memory, filled from the ROM in dir. user_size 0: the profile's. Release with board_release. */
void fixture_phone(struct board *b, const char *chip, const char *dir, uint64_t user_size);
/* The same with that storage and fuses ("" for none). */
void fixture_fused_phone(struct board *b, const char *chip, enum board_storage storage, const char *security,
                         const char *dir);
/* Checks what the boot check says. */
void fixture_boots(struct board *b, bool boots, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
