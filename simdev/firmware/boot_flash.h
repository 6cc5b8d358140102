/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash as boot programs see it, whatever storage it is on: the user area by logical offsets (through the map of
 * replaced blocks on NAND), its partition table, and the place of the preloader. Works on the board alone, for the boot
 * check and the factory; what agents see is simdev/firmware/agents/storage.h. formats.md 2 and 4.
 */
#ifndef SIMDEV_FIRMWARE_BOOT_FLASH_H
#define SIMDEV_FIRMWARE_BOOT_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "formats/preloader.h"
#include "simdev/board/board.h"

struct boot_part {
    char name[73];
    uint64_t start, size; /* bytes in the user area */
};

struct boot_flash {
    struct board *board;
    uint16_t *map;          /* NAND: logical to physical blocks */
    uint64_t user_size;     /* bytes that partitions can have */
    struct boot_part *part; /* of the table, once it was read */
    size_t n_parts;
    bool pmt, from_backup; /* what the table is; the first copy was damaged */
};

/* Looks at a board whose areas are there. -1: no memory, or no user area. Close it in any case. */
int boot_flash_open(struct boot_flash *f, struct board *b);
void boot_flash_close(struct boot_flash *f);
/* Name of the user area: "user", "lu2", "nand". */
const char *boot_user_name(const struct boot_flash *f);
/* Reads from the user area. 0 or -1. */
int boot_read(struct boot_flash *f, uint64_t offset, void *buf, size_t len);
/* Reads the partition table, or its second copy. 0, or -1 and *err. */
int boot_table_read(struct boot_flash *f, struct mtk_error *err);
const struct boot_part *boot_part_find(const struct boot_flash *f, const char *name);
/* Offset at which a PMT has the user area begin: what eMMC phones have in front of it (formats.md 3.5). */
uint64_t boot_linear_base(const struct board *b);

/* ---- the preloader ---- */

/* Which form of header block the preloader has in front of it. */
enum mtk_boot_device boot_device(const struct board *b);
/* Bytes of that block. */
size_t boot_header_len(const struct board *b);
/* Name of the area that holds the first copy: "boot1", "lu0", "nand". */
const char *boot_area_name(const struct board *b);
/* Reads from the area of the first copy. 0 or -1. */
int boot_preloader_read(struct boot_flash *f, uint64_t offset, void *buf, size_t len);
/*
 * The image behind the header block, as long as its FILE_INFO says. malloc'd; NULL: no GFH there, an impossible length
 * (*claim, 0 if there is no GFH), or the area cannot be read.
 */
uint8_t *boot_preloader_image(struct boot_flash *f, uint32_t *claim);

#endif
