/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of the images inside partitions. Specification: formats.md sections 5.2 to 5.4. */
#ifndef FORMATS_HEADER_H
#define FORMATS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MTK_IMG_MAGIC  0x58881688u
#define MTK_IMG_HEADER 0x200u

/* MediaTek 512-byte header of lk, tee, logo, md1img, ... (5.3). */
struct mtk_img_header {
    uint32_t dsize;
    char name[33];
    uint32_t maddr, mode;
    bool extended;
    uint32_t header_size, img_type, list_end, align;
};
/* False if magic is wrong or the header is cut off. Sizes are not checked against anything. */
bool mtk_img_header_parse(const uint8_t *p, size_t len, struct mtk_img_header *out);
/* Writes the 512-byte header (extended form, align 16, list_end 1). */
void mtk_img_header_write(const char *name, uint32_t dsize, uint32_t maddr, uint32_t img_type,
                          uint8_t out[MTK_IMG_HEADER]);

/* Android boot image (5.2), versions 0 to 4. total = bytes that header, kernel, ramdisk, ... need, page-aligned. */
struct mtk_boot_header {
    uint32_t version, page_size;
    uint32_t kernel_size, ramdisk_size, second_size;
    uint64_t total;
};
bool mtk_boot_header_parse(const uint8_t *p, size_t len, struct mtk_boot_header *out);
/* Writes a version 2 header of one 2048-byte page. */
void mtk_boot_header_write(uint32_t kernel_size, uint32_t ramdisk_size, const char *cmdline,
                           uint8_t out[2048]);

/* vbmeta (5.4). */
struct mtk_vbmeta_header {
    uint32_t major, minor, algorithm, flags;
    uint64_t auth_size, aux_size;
};
bool mtk_vbmeta_parse(const uint8_t *p, size_t len, struct mtk_vbmeta_header *out);
void mtk_vbmeta_write(uint8_t out[256]);

#endif
