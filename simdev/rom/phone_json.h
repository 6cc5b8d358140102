/* SPDX-License-Identifier: Apache-2.0 */
/* phone.json: what a state folder says about its phone besides the flash content. */
#ifndef SIMDEV_ROM_PHONE_JSON_H
#define SIMDEV_ROM_PHONE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "simdev/board/board.h"

/* Blocks that a NAND has at least besides its replacement pool: tables, preloader, some partitions. */
#define PHONE_NAND_MIN 64u

/* Text of the file for a board, with the sizes of its areas. malloc'd, NULL: no memory. */
char *phone_json_write(const struct board *b);
/*
 * Reads such a text. Every field must be there, of its type and in its range; nothing else is believed. *b becomes the
 * board of the chip named (board_init) with the ids, fuses and parts of the file and no flash, size[] the sizes of its
 * areas (0 where the storage has none). -1 and a sentence in why, which names the field.
 */
int phone_json_read(const char *text, size_t len, struct board *b, uint64_t size[BOARD_AREAS], char *why,
                    size_t why_len);

#endif
