/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash as the controller sees it: areas of bytes that read as an erased value (zero; NAND: FF) until written. Content lives in memory in
 * 64 KiB chunks that clones share until one of them writes (copy-on-write), or in raw sparse image files that
 * standard tools open. Nothing here knows a protocol.
 */
#ifndef SIMDEV_BOARD_FLASH_H
#define SIMDEV_BOARD_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flash_area;

/* An area in memory, all zero. NULL: out of memory. */
struct flash_area *flash_new(uint64_t size);
/* The same where bytes never written, and erased ones, read as `erased` (NAND: 0xFF). */
struct flash_area *flash_new_erased(uint64_t size, uint8_t erased);
/* An area kept in a raw image file, created sparse if missing; its size must be `size` (0: take the file's size).
 * NULL with errno set. */
struct flash_area *flash_open(const char *path, uint64_t size);
/* The same with an erased value; a new file is filled with it, so that the image is what the chip holds. */
struct flash_area *flash_open_erased(const char *path, uint64_t size, uint8_t erased);
/*
 * A copy in memory that shares everything until one of the two writes; the original may be freed or written
 * independently. Costs one small allocation. NULL: out of memory. The clone of a file area is laid over the file's
 * content of this moment: the original's later changes do not show in it (nobody else may write the file meanwhile).
 * Areas that share nothing but memory may be used in different threads; a file area and its clones may not.
 */
struct flash_area *flash_clone(struct flash_area *a);
void flash_free(struct flash_area *a);
uint64_t flash_size(const struct flash_area *a);
/* Plain access, bounds checked; 0, or -1 (range outside, or errno of the file). */
int flash_read(struct flash_area *a, uint64_t offset, void *buf, size_t len);
int flash_write(struct flash_area *a, uint64_t offset, const void *buf, size_t len);
/* Makes a range read as erased and gives its space back where it can. */
int flash_erase(struct flash_area *a, uint64_t offset, uint64_t len);
/* Flushes to the file. */
int flash_sync(struct flash_area *a);
/* Keeps every other opener of the same file from locking it until the area and its clones are freed. 0, or -1 with
 * errno EWOULDBLOCK if somebody holds it already. An area in memory needs no lock: 0. */
int flash_lock(struct flash_area *a);
/* Bytes of memory or file that the area really takes. */
uint64_t flash_used(const struct flash_area *a);

#endif
