/* SPDX-License-Identifier: Apache-2.0 */
/* Images that the layouts of several years have alike. */
#include "base/units.h"
#include "simdev/rom/images.h"

#define GROUP_MD 0x01000000u /* img_type: group 1, modem */

const struct rom_image rom_logo_480 = {
    .file = "logo.bin",
    .write = rom_write_logo,
    .part = {{"480x300", 0, 0, {0x18000, 0x46500}}, {"100x200", 0, 0, {0x1388, 0x9c40}}},
    .count = {12, 26}};

const struct rom_image rom_secro = {
    .file = "secro.img", .write = rom_write_secro, .part = {{"secro", 0, 0, {0x3000, 0x3000}}}};

const struct rom_image rom_system_2015 = {.file = "system.img",
                                          .write = rom_write_ext4,
                                          .part = {{"system", 0, 0, {0, 0}}},
                                          .sparse = {{12 * MIB, 60 * MIB}, {4 * MIB, 32 * MIB}, {12, 20}}};

const struct rom_image rom_cache = {.file = "cache.img",
                                    .write = rom_write_ext4,
                                    .part = {{"cache", 0, 0, {0, 0}}},
                                    .sparse = {{48 * KIB, 256 * KIB}, {64 * KIB, 1 * MIB}, {1, 4}}};

const struct rom_image rom_userdata_2015 = {.file = "userdata.img",
                                            .write = rom_write_ext4,
                                            .part = {{"userdata", 0, 0, {0, 0}}},
                                            .sparse = {{128 * KIB, 1 * MIB}, {256 * KIB, 2 * MIB}, {2, 12}}};

const struct rom_image rom_tee = {.file = "tee.img",
                                  .write = rom_write_chain,
                                  .part = {{"atf", ROM_DEFAULT_ADDRESS, 0, {0xc1a0, 0xc1a0}},
                                           {"tee", ROM_DEFAULT_ADDRESS, 0, {0x21e40, 0x45e40}}}};

const struct rom_image rom_gz = {.file = "gz.img",
                                 .write = rom_write_chain,
                                 .part = {{"gz", ROM_DEFAULT_ADDRESS, 0, {0x7d120, 0x27d120}}}};

const struct rom_image rom_sspm = {.file = "sspm.img",
                                   .write = rom_write_chain,
                                   .part = {{"tinysys-sspm", ROM_DEFAULT_ADDRESS, 0, {0x2a4c0, 0x6a4c0}}}};

const struct rom_image rom_spmfw = {.file = "spmfw.img",
                                    .write = rom_write_chain,
                                    .part = {{"spmfw", ROM_DEFAULT_ADDRESS, 0, {0x83b4, 0x83b4}}}};

const struct rom_image rom_md1img = {.file = "md1img.img",
                                     .write = rom_write_chain,
                                     .part = {{"md1rom", 0, GROUP_MD, {0x160a34, 0x1060a34}},
                                              {"md1dsp", 0, GROUP_MD, {0x7c2d8, 0x67c2d8}},
                                              {"md1drdi", 0, GROUP_MD, {0x20b10, 0x120b10}}}};

const struct rom_image rom_logo_720 = {
    .file = "logo.bin",
    .write = rom_write_logo,
    .part = {{"720x300", 0, 0, {0x18000, 0x69780}}, {"100x200", 0, 0, {0x1388, 0x9c40}}},
    .count = {12, 26}};

const struct rom_image rom_dtbo = {
    .file = "dtbo.img", .write = rom_write_dtbo, .part = {{"dtbo", 0, 0, {0xe3a8, 0xe3a8}}}};

const struct rom_image rom_vbmeta = {
    .file = "vbmeta.img", .write = rom_write_vbmeta, .part = {{"vbmeta", 0, 0, {0x1000, 0x1000}}}};

const struct rom_image rom_userdata_2018 = {.file = "userdata.img",
                                            .write = rom_write_ext4,
                                            .part = {{"userdata", 0, 0, {0, 0}}},
                                            .sparse = {{128 * KIB, 1 * MIB}, {256 * KIB, 2 * MIB}, {2, 24}}};
