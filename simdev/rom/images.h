/* SPDX-License-Identifier: Apache-2.0 */
/* Writers of the images of a synthetic ROM. Each is a rom_image_fn; they differ in what img->part means. */
#ifndef SIMDEV_ROM_IMAGES_H
#define SIMDEV_ROM_IMAGES_H

#include "simdev/rom/layout.h"

/* lk, tee, md1img, ...: every part is an image with a 512-byte header, aligned to 16 (section 5.3). */
int rom_write_chain(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* Android boot image version 2: part 0 is the kernel, part 1 the ramdisk (5.2). */
int rom_write_boot(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* Vendor boot image version 3: part 0 is the ramdisk, part 1 the device tree (5.2). */
int rom_write_vendor_boot(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* Logo: every part is one picture of that many bytes, compressed by zlib (5.3); img->count says how many. */
int rom_write_logo(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* Device tree overlay table with one tree, compatible with the project; part 0 is the tree's data property. */
int rom_write_dtbo(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* vbmeta with its header only, padded to part 0's size (5.4). */
int rom_write_vbmeta(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* secro: region header and enciphered blocks of part 0's size (5.5). */
int rom_write_secro(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* Android sparse file system image as large as its partition (5.1); part 0 names the volume. */
int rom_write_ext4(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* DOS partition table whose entries are the partitions that the parts name (4.4), relative to where it stands. */
int rom_write_mbr(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);
/* UBI image with one volume, named by part 0, whose size is that of the file in whole NAND blocks. */
int rom_write_ubi(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);

#define ROM_DEFAULT_ADDRESS 0xffffffffu /* maddr of an image that may be loaded anywhere */

/* family_images.c: what several families have alike, named by the layout (2015, 2018) that it appears in first. */
extern const struct rom_image rom_logo_480;
extern const struct rom_image rom_secro;
extern const struct rom_image rom_system_2015;
extern const struct rom_image rom_cache;
extern const struct rom_image rom_userdata_2015;
extern const struct rom_image rom_tee;
extern const struct rom_image rom_gz;
extern const struct rom_image rom_sspm;
extern const struct rom_image rom_spmfw;
extern const struct rom_image rom_md1img;
extern const struct rom_image rom_logo_720;
extern const struct rom_image rom_dtbo;
extern const struct rom_image rom_vbmeta;
extern const struct rom_image rom_userdata_2018;

/* Makes the vendor's keys, which follow from the seed. -1 and *err; rom_keys_free in any case. */
int rom_keys_make(struct rom_job *job, struct mtk_error *err);
void rom_keys_free(struct rom_job *job);
/* Folder vendor/: auth file, certificate, private keys, and README.txt that says what they are (section 6). */
int rom_write_vendor(const struct rom_job *job, struct mtk_error *err);
/* preloader_<project>.bin (section 2), signed with the root key. */
int rom_write_preloader(const struct rom_job *job, struct mtk_error *err);
/* MTK_AllInOne_DA.bin, or download_agent/DA_BR.bin with its flash.xml (sections 1 and 3.7). */
int rom_write_da(const struct rom_job *job, struct mtk_error *err);

/*
 * Bytes 1024..2047 of a file system: a plausible ext4 superblock for `blocks` blocks of 4 KiB. Made-up but steady
 * content; nothing mounts it.
 */
void rom_ext4_superblock(const char *label, uint64_t blocks, struct prng *prng, uint8_t out[1024]);

#endif
