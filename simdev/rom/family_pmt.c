/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts of the PMT era with their upper-case names: 20 partitions on eMMC, where MBR and EBR1 stand in front of the
 * ext4 partitions (formats.md 4.4), and 16 on NAND, where file systems lie in UBI volumes. A PMT block has room for 21.
 */
#include "base/units.h"
#include "simdev/rom/images.h"

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
    {"ANDROID", "system.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {96 * MIB, 0x60000000}},
    {"CACHE", "cache.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {8 * MIB, 0x8000000}},
    {"USRDATA", "userdata.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {32 * MIB, 0x40000000}},
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
    {"ANDROID", "system.img", "UBI_IMG", MTK_OP_UPDATE, true, false, {24 * MIB, 288 * MIB}},
    {"USRDATA", "userdata.img", "UBI_IMG", MTK_OP_UPDATE, false, false, {16 * MIB, 64 * MIB}},
    {"BMTPOOL", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0, 0}},
};

/* Images that eMMC and NAND have alike. */
static const struct rom_image lk = {
    .file = "lk.bin", .write = rom_write_chain, .part = {{"LK", ROM_DEFAULT_ADDRESS, 0, {0x4a1c8, 0x4a1c8}}}};
static const struct rom_image boot = {
    .file = "boot.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x4d23a0, 0x6d23a0}}, {"ramdisk", 0, 0, {0x12b7d5, 0x12b7d5}}}};
static const struct rom_image recovery = {
    .file = "recovery.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x14d3a0, 0x6d23a0}}, {"ramdisk", 0, 0, {0xb12f3, 0x3b12f3}}}};

static const struct rom_image mbr = {
    .file = "MBR", .write = rom_write_mbr, .part = {{"ANDROID", 0, 0, {0, 0}}, {"CACHE", 0, 0, {0, 0}}}};
static const struct rom_image ebr1 = {
    .file = "EBR1", .write = rom_write_mbr, .part = {{"USRDATA", 0, 0, {0, 0}}}};
static const struct rom_image *const emmc_images[] = {
    &lk,   &rom_logo_480,    &boot,      &recovery,         &rom_secro, &mbr,
    &ebr1, &rom_system_2015, &rom_cache, &rom_userdata_2015};

static const struct rom_image ubi_system = {
    .file = "system.img", .write = rom_write_ubi, .part = {{"system", 0, 0, {0xb00000, 0x2400000}}}};
static const struct rom_image ubi_userdata = {
    .file = "userdata.img", .write = rom_write_ubi, .part = {{"usrdata", 0, 0, {0x80000, 0x200000}}}};
static const struct rom_image *const nand_images[] = {&lk,        &rom_logo_480, &boot,        &recovery,
                                                      &rom_secro, &ubi_system,   &ubi_userdata};

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
