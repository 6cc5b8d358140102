/* SPDX-License-Identifier: Apache-2.0 */
/* Raw sparse image files, for the flash store (flash.h). All give -1 with errno on failure. */
#ifndef SIMDEV_BOARD_FLASH_FILE_H
#define SIMDEV_BOARD_FLASH_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Opens an image for reading and writing. *size 0: it must be there, and *size becomes what it has. Else an image that is
 * missing or empty is made with that size, all of it `erased`, and any other must have it. The descriptor.
 */
int flash_file_open(const char *path, uint64_t *size, uint8_t erased);
/* All of [offset, offset + len), however often the system has to be asked. */
int flash_file_read(int fd, uint64_t offset, void *buf, size_t len);
int flash_file_write(int fd, uint64_t offset, const void *buf, size_t len);
/* Makes the range read as `erased`; as a hole where that is possible. */
int flash_file_erase(int fd, uint64_t offset, uint64_t len, uint8_t erased);

#endif
