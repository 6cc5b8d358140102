/* SPDX-License-Identifier: Apache-2.0 */
/* 47 partitions of a layout with two slots, as phones with UFS and XML agents have it: boot without recovery, super. */
#include "base/units.h"
#include "simdev/rom/images.h"

#define OTHER_SLOT(partition, small, full)                                  \
    {                                                                       \
        partition "_b", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, \
        {                                                                   \
            small, full                                                     \
        }                                                                   \
    }
#define THIS_SLOT(partition, file, empty_boot, small, full)                  \
    {                                                                        \
        partition "_a", file, "NORMAL_ROM", MTK_OP_UPDATE, true, empty_boot, \
        {                                                                    \
            small, full                                                      \
        }                                                                    \
    }

/* name, file, type, operation, is_upgradable, empty_boot_needed, {small, full} */
static const struct rom_row rows[] = {
    {"preloader", NULL, "SV5_BL_BIN", MTK_OP_BOOTLOADERS, true, false, {0x80000, 0x80000}},
    {"pgpt", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x8000, 0x8000}},
    {"misc", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"para", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x80000}},
    {"expdb", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x3c00000}},
    {"frp", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x100000}},
    {"nvcfg", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0x2000000}},
    {"nvdata", NULL, "EXT4_IMG", MTK_OP_INVISIBLE, false, false, {0x400000, 0x4000000}},
    {"md_udc", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x100000, 0x169a000}},
    {"metadata", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x200000, 0x2000000}},
    {"protect1", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x2f8000, 0xb5e000}},
    {"protect2", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x200000, 0x800000}},
    {"seccfg", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x800000}},
    {"persist", NULL, "EXT4_IMG", MTK_OP_PROTECTED, false, false, {0x400000, 0x3000000}},
    {"sec1", NULL, "NORMAL_ROM", MTK_OP_INVISIBLE, false, false, {0x80000, 0x200000}},
    {"proinfo", NULL, "NORMAL_ROM", MTK_OP_PROTECTED, false, false, {0x300000, 0x300000}},
    {"nvram", NULL, "NORMAL_ROM", MTK_OP_BINREGION, false, false, {0x500000, 0x4300000}},
    {"logo", "logo.bin", "NORMAL_ROM", MTK_OP_UPDATE, true, true, {0x200000, 0x1000000}},
    THIS_SLOT("md1img", "md1img.img", false, 0x400000, 0x8000000),
    THIS_SLOT("spmfw", "spmfw.img", false, 0x40000, 0x100000),
    THIS_SLOT("scp", "scp.img", false, 0x80000, 0x600000),
    THIS_SLOT("sspm", "sspm.img", false, 0x80000, 0x100000),
    THIS_SLOT("gz", "gz.img", false, 0x200000, 0x2000000),
    THIS_SLOT("lk", "lk.img", true, 0x80000, 0x200000),
    THIS_SLOT("boot", "boot.img", false, 0x800000, 0x4000000),
    THIS_SLOT("vendor_boot", "vendor_boot.img", false, 0x400000, 0x4000000),
    THIS_SLOT("dtbo", "dtbo.img", false, 0x100000, 0x800000),
    THIS_SLOT("tee", "tee.img", true, 0x100000, 0x500000),
    THIS_SLOT("vbmeta", "vbmeta.img", false, 0x100000, 0x800000),
    THIS_SLOT("vbmeta_system", "vbmeta_system.img", false, 0x100000, 0x800000),
    THIS_SLOT("vbmeta_vendor", "vbmeta_vendor.img", false, 0x100000, 0x900000),
    OTHER_SLOT("md1img", 0x400000, 0x8000000),
    OTHER_SLOT("spmfw", 0x40000, 0x100000),
    OTHER_SLOT("scp", 0x80000, 0x600000),
    OTHER_SLOT("sspm", 0x80000, 0x100000),
    OTHER_SLOT("gz", 0x200000, 0x2000000),
    OTHER_SLOT("lk", 0x80000, 0x200000),
    OTHER_SLOT("boot", 0x800000, 0x4000000),
    OTHER_SLOT("vendor_boot", 0x400000, 0x4000000),
    OTHER_SLOT("dtbo", 0x100000, 0x800000),
    OTHER_SLOT("tee", 0x100000, 0x500000),
    OTHER_SLOT("vbmeta", 0x100000, 0x800000),
    OTHER_SLOT("vbmeta_system", 0x100000, 0x800000),
    OTHER_SLOT("vbmeta_vendor", 0x100000, 0x900000),
    {"super", "super.img", "EXT4_IMG", MTK_OP_UPDATE, true, false, {64 * MIB, 8192 * MIB}},
    {"userdata", "userdata.img", "EXT4_IMG", MTK_OP_NEEDRESIZE, false, false, {32 * MIB, 3072 * MIB}},
    {"flashinfo", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x100000, 0x1000000}},
    {"sgpt", NULL, "NORMAL_ROM", MTK_OP_RESERVED, false, false, {0x8000, 0x8000}},
};

static const struct rom_image lk = {
    .file = "lk.img", .write = rom_write_chain, .part = {{"lk", ROM_DEFAULT_ADDRESS, 0, {0x64298, 0xa4298}}}};
static const struct rom_image scp = {
    .file = "scp.img",
    .write = rom_write_chain,
    .part = {{"tinysys-loader-RV55_A", ROM_DEFAULT_ADDRESS, 0, {0x540, 0x540}},
             {"tinysys-scp-RV55_A", ROM_DEFAULT_ADDRESS, 0, {0x3b6f8, 0x9b6f8}}}};
static const struct rom_image boot = {
    .file = "boot.img",
    .write = rom_write_boot,
    .part = {{"kernel", 0, 0, {0x48d5f2, 0xacd5f2}}, {"ramdisk", 0, 0, {0x15e2c3, 0x75e2c3}}}};
static const struct rom_image vendor_boot = {
    .file = "vendor_boot.img",
    .write = rom_write_vendor_boot,
    .part = {{"ramdisk", 0, 0, {0xca511, 0x170a511}}, {"dtb", 0, 0, {0x2e3a8, 0x2e3a8}}}};
static const struct rom_image vbmeta_system = {
    .file = "vbmeta_system.img", .write = rom_write_vbmeta, .part = {{"vbmeta", 0, 0, {0x1000, 0x1000}}}};
static const struct rom_image vbmeta_vendor = {
    .file = "vbmeta_vendor.img", .write = rom_write_vbmeta, .part = {{"vbmeta", 0, 0, {0x1000, 0x1000}}}};
static const struct rom_image super = {.file = "super.img",
                                       .write = rom_write_ext4,
                                       .part = {{"super", 0, 0, {0, 0}}},
                                       .sparse = {{11 * MIB, 56 * MIB}, {4 * MIB, 32 * MIB}, {8, 28}}};

static const struct rom_image *const images[] = {&lk,
                                                 &rom_tee,
                                                 &rom_gz,
                                                 &scp,
                                                 &rom_sspm,
                                                 &rom_spmfw,
                                                 &rom_md1img,
                                                 &rom_logo_720,
                                                 &boot,
                                                 &vendor_boot,
                                                 &rom_dtbo,
                                                 &rom_vbmeta,
                                                 &vbmeta_system,
                                                 &vbmeta_vendor,
                                                 &super,
                                                 &rom_userdata_2018};

const struct rom_family rom_family_ab = {
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .images = images,
    .n_images = sizeof(images) / sizeof(images[0]),
    .config_version = "V1.1.2",
};
