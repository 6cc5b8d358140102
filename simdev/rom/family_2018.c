/* SPDX-License-Identifier: Apache-2.0 */
/* 41 partitions of a 2018 layout: spare copies of lk and tee, scp, sspm, gz, vbmeta. */
#include "base/units.h"
#include "simdev/rom/images.h"

/* name, file, type, operation, is_upgradable, empty_boot_needed, {small, full} */
static const struct rom_row rows[] = {
    {"preloader", NULL, "SV5_BL_BIN", MTK_OP_BOOTLOADERS, true, false, {0x80000, 0x80000}},
    {"pgpt", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x8000, 0x8000}},
    {"boot_para", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x40000, 0x100000}},
    {"recovery", "recovery.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x2000000}},
    {"para", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"expdb", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x1400000}},
    {"frp", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x100000}},
    {"nvcfg", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0x2000000}},
    {"nvdata", NULL, "EXT4_IMG", MTK_OP_INVISIBLE, false, false, {0x400000, 0x4000000}},
    {"md_udc", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x169a000}},
    {"metadata", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x200000, 0x2000000}},
    {"protect1", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x238000, 0xade000}},
    {"protect2", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0x800000}},
    {"seccfg", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x800000}},
    {"persist", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x400000, 0x3000000}},
    {"sec1", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x200000}},
    {"proinfo", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x300000, 0x300000}},
    {"md1img", "md1img.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x400000, 0x6400000}},
    {"spmfw", "spmfw.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x40000, 0x100000}},
    {"scp1", "scp.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x60000, 0x100000}},
    {"scp2", "scp.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x60000, 0x100000}},
    {"sspm_1", "sspm.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x60000, 0x100000}},
    {"sspm_2", "sspm.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x60000, 0x100000}},
    {"gz1", "gz.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x200000, 0x1000000}},
    {"gz2", "gz.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x200000, 0x1000000}},
    {"nvram", NULL, "NORMAL_ROM", MTK_OP_BINREGION, false, false, {0x500000, 0x4000000}},
    {"lk", "lk.img", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x80000, 0x100000}},
    {"lk2", "lk.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x80000, 0x100000}},
    {"boot", "boot.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x800000, 0x2000000}},
    {"logo", "logo.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x200000, 0x800000}},
    {"dtbo", "dtbo.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x100000, 0x800000}},
    {"tee1", "tee.img", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x100000, 0x500000}},
    {"tee2", "tee.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x100000, 0x500000}},
    {"vbmeta", "vbmeta.img", "NORMAL_ROM", MTK_OP_UPDATE, true, false, {0x100000, 0xe00000}},
    {"vendor", "vendor.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {16 * MIB, 0x40000000}},
    {"system", "system.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {64 * MIB, 0xe0000000}},
    {"cache", "cache.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {8 * MIB, 0x1b000000}},
    {"userdata", "userdata.img", "EXT4_IMG", MTK_OP_UPDATE, false, false, {32 * MIB, 0xc0000000}},
    {"otp", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x400000, 0x2b00000}},
    {"flashinfo", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x100000, 0x1000000}},
    {"sgpt", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x8000, 0x8000}},
};

static const struct rom_image lk = {
    .file = "lk.img", .write = rom_write_chain, .part = {{"lk", ROM_DEFAULT_ADDRESS, 0, {0x64298, 0x64298}}}};
static const struct rom_image scp = {
    .file = "scp.img",
    .write = rom_write_chain,
    .part = {{"tinysys-loader-CM4_A", ROM_DEFAULT_ADDRESS, 0, {0x540, 0x540}},
             {"tinysys-scp-CM4_A", ROM_DEFAULT_ADDRESS, 0, {0x3b6f8, 0x9b6f8}}}};
static const struct rom_image boot = {
    .file = "boot.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x48d5f2, 0x8cd5f2}}, {"ramdisk", 0, 0, {0x15e2c3, 0x45e2c3}}}};
static const struct rom_image recovery = {
    .file = "recovery.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0xcd5f2, 0x8cd5f2}}, {"ramdisk", 0, 0, {0x10a511, 0x70a511}}}};
static const struct rom_image vendor = {.file = "vendor.img",
                                        .write = rom_write_ext4,
                                        .part = {{"vendor", 0, 0, {0, 0}}},
                                        .sparse = {{5 * MIB / 2, 20 * MIB}, {512 * KIB, 4 * MIB}, {4, 8}}};
static const struct rom_image system = {.file = "system.img",
                                        .write = rom_write_ext4,
                                        .part = {{"system", 0, 0, {0, 0}}},
                                        .sparse = {{9 * MIB, 44 * MIB}, {4 * MIB, 32 * MIB}, {8, 28}}};

static const struct rom_image *const images[] = {
    &lk,   &rom_tee,  &rom_gz,   &scp,        &rom_sspm, &rom_spmfw, &rom_md1img, &rom_logo_720,
    &boot, &recovery, &rom_dtbo, &rom_vbmeta, &vendor,   &system,    &rom_cache,  &rom_userdata_2018};

const struct rom_family rom_family_2018 = {
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .images = images,
    .n_images = sizeof(images) / sizeof(images[0]),
    .config_version = "V1.1.2",
};
