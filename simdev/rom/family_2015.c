/* SPDX-License-Identifier: Apache-2.0 */
/* 26 partitions of a layout of 2015: GPT, one lk, trustzone in two copies, no vbmeta. */
#include "base/units.h"
#include "simdev/rom/images.h"

/* name, file, type, operation, is_upgradable, empty_boot_needed, {small, full} */
static const struct rom_row rows[] = {
    {"preloader", NULL, "SV5_BL_BIN", MTK_OP_BOOTLOADERS, true, false, {0x40000, 0x40000}},
    {"pgpt", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"proinfo", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x300000, 0x300000}},
    {"nvram", NULL, "NORMAL_ROM", MTK_OP_BINREGION, false, false, {0x500000, 0x500000}},
    {"protect1", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0xa00000}},
    {"protect2", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0xa00000}},
    {"seccfg", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x40000, 0x40000}},
    {"lk", "lk.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x80000, 0x80000}},
    {"para", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"boot", "boot.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"recovery", "recovery.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"logo", "logo.bin", "NORMAL_ROM", MTK_OP_UPDATE, false, true, {0x200000, 0x800000}},
    {"expdb", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0xa00000}},
    {"secro", "secro.img", "NORMAL_ROM", MTK_OP_UPDATE, false, false, {0x100000, 0x600000}},
    {"oemkeystore", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x200000}},
    {"keystore", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x800000}},
    {"tee1", "trustzone.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x100000, 0x500000}},
    {"tee2", "trustzone.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x100000, 0x500000}},
    {"frp", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x100000}},
    {"nvdata", NULL, "EXT4_IMG", MTK_OP_INVISIBLE, false, false, {0x400000, 0x2000000}},
    {"metadata", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x240000, 0x2540000}},
    {"system", "system.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {96 * MIB, 0xa0000000}},
    {"cache", "cache.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {8 * MIB, 0x1b000000}},
    {"userdata", "userdata.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {32 * MIB, 0x60000000}},
    {"flashinfo", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x100000, 0x1000000}},
    {"sgpt", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x80000, 0x80000}},
};

static const struct rom_image lk = {
    .file = "lk.bin", .write = rom_write_chain, .part = {{"LK", ROM_DEFAULT_ADDRESS, 0, {0x5a1c8, 0x5a1c8}}}};
static const struct rom_image trustzone = {.file = "trustzone.bin",
                                           .write = rom_write_chain,
                                           .part = {{"ATF", ROM_DEFAULT_ADDRESS, 0, {0xb2c0, 0xb2c0}},
                                                    {"TEE", ROM_DEFAULT_ADDRESS, 0, {0x1c040, 0x3c040}}}};
static const struct rom_image boot = {
    .file = "boot.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x4d23a0, 0x7d23a0}}, {"ramdisk", 0, 0, {0x12b7d5, 0x12b7d5}}}};
static const struct rom_image recovery = {
    .file = "recovery.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x14d3a0, 0x7d23a0}}, {"ramdisk", 0, 0, {0xb12f3, 0x3b12f3}}}};

static const struct rom_image *const images[] = {
    &lk,        &trustzone,        &rom_logo_480, &boot, &recovery, &rom_secro, &rom_system_2015,
    &rom_cache, &rom_userdata_2015};

const struct rom_family rom_family_2015 = {
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .images = images,
    .n_images = sizeof(images) / sizeof(images[0]),
    .config_version = "V1.1.2",
};
