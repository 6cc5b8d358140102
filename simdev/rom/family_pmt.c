/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts of the PMT era with their upper-case names: 20 partitions on eMMC, where MBR and EBR1 stand in front of the
 * ext4 partitions (formats.md 4.4), and 16 on NAND, where file systems lie in UBI volumes. A PMT block has room for 21.
 */
#include "simdev/rom/images.h"

#define KIB(n) ((n)*UINT64_C(1024))
#define MIB(n) ((n)*UINT64_C(1048576))

/* name, file, type, operation, is_upgradable, empty_boot_needed, {small, full} */
static const struct rom_row emmc_rows[] = {
    {"PRELOADER", NULL, "SV5_BL_BIN", MTK_OP_BOOTLOADERS, false, false, {0x40000, 0x40000}},
    {"MBR", "MBR", "NORMAL_ROM", MTK_OP_UPDATE, false, false, {0x80000, 0x80000}},
    {"EBR1", "EBR1", "NORMAL_ROM", MTK_OP_UPDATE, false, false, {0x80000, 0x80000}},
    {"PRO_INFO", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x300000, 0x300000}},
    {"NVRAM", NULL, "NORMAL_ROM", MTK_OP_BINREGION, false, false, {0x500000, 0x500000}},
    {"PROTECT_F", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0xa00000}},
    {"PROTECT_S", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0xa00000}},
    {"SECCFG", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x40000, 0x20000}},
    {"UBOOT", "lk.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x80000, 0x60000}},
    {"BOOTIMG", "boot.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"RECOVERY", "recovery.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"SEC_RO", "secro.img", "NORMAL_ROM", MTK_OP_UPDATE, false, false, {0x100000, 0x600000}},
    {"MISC", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"LOGO", "logo.bin", "NORMAL_ROM", MTK_OP_UPDATE, false, true, {0x200000, 0x800000}},
    {"EXPDB", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0xa00000}},
    {"ANDROID", "system.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {MIB(96), 0x60000000}},
    {"CACHE", "cache.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {MIB(8), 0x8000000}},
    {"USRDATA", "userdata.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {MIB(32), 0x40000000}},
    {"FLASHINFO", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x100000, 0x1000000}},
    {"BMTPOOL", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x1500000, 0x1500000}},
};

static const struct rom_row nand_rows[] = {
    {"PRELOADER", NULL, "SV5_BL_BIN", MTK_OP_BOOTLOADERS, false, false, {0x80000, 0x80000}},
    {"PRO_INFO", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x300000, 0x300000}},
    {"NVRAM", NULL, "NORMAL_ROM", MTK_OP_BINREGION, false, false, {0x500000, 0x500000}},
    {"PROTECT_F", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x200000, 0x800000}},
    {"PROTECT_S", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x200000, 0x800000}},
    {"SECCFG", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x40000, 0x40000}},
    {"UBOOT", "lk.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x80000, 0x80000}},
    {"BOOTIMG", "boot.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"RECOVERY", "recovery.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x1000000}},
    {"SEC_RO", "secro.img", "NORMAL_ROM", MTK_OP_UPDATE, false, false, {0x100000, 0x100000}},
    {"MISC", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"LOGO", "logo.bin", "NORMAL_ROM", MTK_OP_UPDATE, false, true, {0x200000, 0x300000}},
    {"EXPDB", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0xa00000}},
    {"ANDROID", "system.img", "UBI_IMG", MTK_OP_UPDATE, true, false, {MIB(24), MIB(288)}},
    {"USRDATA", "userdata.img", "UBI_IMG", MTK_OP_UPDATE, false, false, {MIB(16), MIB(64)}},
    {"BMTPOOL", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0, 0}},
};

#define DEFAULT_ADDRESS 0xffffffffu

/* Images that eMMC and NAND have alike. */
#define COMMON_IMAGES                                                                                       \
    {.file = "lk.bin", .write = rom_write_chain, .part = {{"LK", DEFAULT_ADDRESS, 0, {0x4a1c8, 0x4a1c8}}}}, \
        {.file = "logo.bin",                                                                                \
         .write = rom_write_logo,                                                                           \
         .part = {{"480x300", 0, 0, {0x18000, 0x46500}}, {"100x200", 0, 0, {0x1388, 0x9c40}}},              \
         .count = {12, 26}},                                                                                \
        {.file = "boot.img",                                                                                \
         .write = rom_write_boot,                                                                           \
         .part = {{"kernel", 0, 0, {0x4d23a0, 0x6d23a0}}, {"ramdisk", 0, 0, {0x12b7d5, 0x12b7d5}}}},        \
        {.file = "recovery.img",                                                                            \
         .write = rom_write_boot,                                                                           \
         .part = {{"kernel", 0, 0, {0x14d3a0, 0x6d23a0}}, {"ramdisk", 0, 0, {0xb12f3, 0x3b12f3}}}},         \
    {                                                                                                       \
        .file = "secro.img", .write = rom_write_secro, .part = { {"secro", 0, 0, {0x3000, 0x3000}} }        \
    }

static const struct rom_image emmc_images[] = {
    COMMON_IMAGES,
    {.file = "MBR", .write = rom_write_mbr, .part = {{"ANDROID", 0, 0, {0, 0}}, {"CACHE", 0, 0, {0, 0}}}},
    {.file = "EBR1", .write = rom_write_mbr, .part = {{"USRDATA", 0, 0, {0, 0}}}},
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

static const struct rom_image nand_images[] = {
    COMMON_IMAGES,
    {.file = "system.img", .write = rom_write_ubi, .part = {{"system", 0, 0, {0xb00000, 0x2400000}}}},
    {.file = "userdata.img", .write = rom_write_ubi, .part = {{"usrdata", 0, 0, {0x80000, 0x200000}}}},
};

const struct rom_family rom_family_pmt = {
    .rows = emmc_rows,
    .n_rows = sizeof(emmc_rows) / sizeof(emmc_rows[0]),
    .images = emmc_images,
    .n_images = sizeof(emmc_images) / sizeof(emmc_images[0]),
    .config_version = "V1.1.1",
    .linear = true,
};

const struct rom_family rom_family_nand = {
    .rows = nand_rows,
    .n_rows = sizeof(nand_rows) / sizeof(nand_rows[0]),
    .images = nand_images,
    .n_images = sizeof(nand_images) / sizeof(nand_images[0]),
    .config_version = "V1.1.1",
};
