/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the factory: the phone that is being filled, and its partition table. */
#ifndef SIMDEV_ROM_FACTORY_H
#define SIMDEV_ROM_FACTORY_H

#include <stddef.h>
#include <stdint.h>

#include "formats/rom.h"
#include "simdev/firmware/boot_flash.h"

struct factory {
    struct board *board;
    struct mtk_rom rom;
    struct boot_flash flash; /* the phone's user area, and the partitions that were laid out */
    uint8_t *buf;            /* BUF_SIZE bytes */
    struct mtk_error *err;
};

/* Writes to an area, through the map of replaced blocks on NAND. 0, or -1 and the factory's error. */
int factory_put(struct factory *f, enum board_area area, uint64_t offset, const void *data, size_t len);
int factory_no_memory(struct mtk_error *err);
/*
 * Lays the rows of the scatter out on this phone's storage, writes the table that such phones have (GPT or PMT) and its
 * second copy, and leaves the partitions in f->flash.part. 0, or -1 and the factory's error.
 */
int factory_make_table(struct factory *f);
/*
 * Makes the vendor of the preloader on the flash the phone's own if its fuses demand signatures: root_key_hash. A phone
 * without a preloader, or whose preloader has no key, is left as it is. -1: no memory.
 */
int factory_adopt_vendor(struct board *b);

#endif
