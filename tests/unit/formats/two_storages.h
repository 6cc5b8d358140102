/* SPDX-License-Identifier: Apache-2.0 */
/* A scatter of the form V2.1.0, which describes the same partition on eMMC and on UFS (formats.md 3.3). */
#ifndef TESTS_UNIT_FORMATS_TWO_STORAGES_H
#define TESTS_UNIT_FORMATS_TWO_STORAGES_H

#define SECTION(storage, block, region, start)                                                            \
    "- storage_type: " storage                                                                            \
    "\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n      - storage: " storage                \
    "\n        boot_channel: CH_" storage "\n        block_size: " block "\n  - partition_index: SYS0\n"  \
    "    partition_name: lk\n    file_name: lk.img\n    is_download: true\n    linear_start_addr: " start \
    "\n    physical_start_addr: " start "\n    partition_size: 0x100\n    region: " region "\n"
#define TWO_STORAGES                                                                               \
    "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V2.1.0\n      platform: MT6785\n" \
    "      project: k85v1_64\n" SECTION("EMMC", "0x20000", "EMMC_USER", "0x1000")                  \
        SECTION("UFS", "0x80000", "UFS_LU2", "0x2000")

#endif
