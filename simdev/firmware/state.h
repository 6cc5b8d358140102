/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a phone comes from and where it is kept: a state folder (raw images and phone.json) and the factory that fills
 * flash from a ROM folder. The machine calls these when it makes, saves and frees a phone.
 */
#ifndef SIMDEV_FIRMWARE_STATE_H
#define SIMDEV_FIRMWARE_STATE_H

#include <stddef.h>

#include "include/mtksim.h"
#include "simdev/board/board.h"

/*
 * Opens the phone of cfg->state_dir, or creates it (and fills it from cfg->rom_dir, if given): sets b->area[] (file
 * backed), and ids, fuses and seed-dependent values from phone.json if there is one. Another chip or size than cfg asks
 * for is an error; a cfg without chip takes the phone as it is. Nobody else can open the folder until b is released. b comes initialised for its profile, with every area NULL. Returns 0, or -1
 * and a sentence in err (err_len bytes, may be NULL); areas opened by then are the board's and are freed with it.
 */
int state_open(struct board *b, const struct mtksim_config *cfg, char *err, size_t err_len);
/* Writes phone.json and flushes the areas of a phone with a state folder. 0, or -1 with errno set. */
int state_save(struct board *b, const struct mtksim_config *cfg);
/* Fills the flash from a ROM folder as the factory would. 0, or -1 and a sentence in err. */
int state_fill(struct board *b, const char *rom_dir, char *err, size_t err_len);

#endif
