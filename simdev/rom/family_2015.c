/* SPDX-License-Identifier: Apache-2.0 */
/* 26 partitions of a layout of 2015: GPT, one lk, trustzone in two copies, no vbmeta. */
#include "simdev/rom/images.h"

#define KIB(n) ((n)*UINT64_C(1024))
#define MIB(n) ((n)*UINT64_C(1048576))

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
    {"system", "system.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {MIB(96), 0xa0000000}},
    {"cache", "cache.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {MIB(8), 0x1b000000}},
    {"userdata", "userdata.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {MIB(32), 0x60000000}},
    {"flashinfo", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x100000, 0x1000000}},
    {"sgpt", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x80000, 0x80000}},
};

#define DEFAULT_ADDRESS 0xffffffffu

static const struct rom_image images[] = {
    {.file = "lk.bin", .write = rom_write_chain, .part = {{"LK", DEFAULT_ADDRESS, 0, {0x5a1c8, 0x5a1c8}}}},
    {.file = "trustzone.bin",
     .write = rom_write_chain,
     .part = {{"ATF", DEFAULT_ADDRESS, 0, {0xb2c0, 0xb2c0}},
              {"TEE", DEFAULT_ADDRESS, 0, {0x1c040, 0x3c040}}}},
    {.file = "logo.bin",
     .write = rom_write_logo,
     .part = {{"480x300", 0, 0, {0x18000, 0x46500}}, {"100x200", 0, 0, {0x1388, 0x9c40}}},
     .count = {12, 26}},
    {.file = "boot.img",
     .write = rom_write_boot,
     .part = {{"kernel", 0, 0, {0x4d23a0, 0x7d23a0}}, {"ramdisk", 0, 0, {0x12b7d5, 0x12b7d5}}}},
    {.file = "recovery.img",
     .write = rom_write_boot,
     .part = {{"kernel", 0, 0, {0x14d3a0, 0x7d23a0}}, {"ramdisk", 0, 0, {0xb12f3, 0x3b12f3}}}},
    {.file = "secro.img", .write = rom_write_secro, .part = {{"secro", 0, 0, {0x3000, 0x3000}}}},
    {.file = "system.img",
     .write = rom_write_ext4,
     .part = {{"system", 0, 0, {0, 0}}},
     .sparse = {{MIB(12), MIB(60)}, {MIB(4), MIB(32)}, {12, 20}}},
    {.file = "cache.img",
     .write = rom_write_ext4,
     .part = {{"cache", 0, 0, {0, 0}}},
     .sparse = {{KIB(48), KIB(256)}, {KIB(64), MIB(1)}, {1, 4}}},
    {.file = "userdata.img",
     .write = rom_write_ext4,
     .part = {{"userdata", 0, 0, {0, 0}}},
     .sparse = {{KIB(128), MIB(1)}, {KIB(256), MIB(2)}, {2, 12}}},
};

const struct rom_family rom_family_2015 = {
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .images = images,
    .n_images = sizeof(images) / sizeof(images[0]),
    .config_version = "V1.1.2",
};
