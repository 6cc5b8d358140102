/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets inside preloader images, for their reader and their writer. Little-endian. formats.md section 2. */
#ifndef FORMATS_PRELOADER_LAYOUT_H
#define FORMATS_PRELOADER_LAYOUT_H

/* GFH blocks (2.3): u32 magic and version, u16 size, u16 type. */
#define GFH_MAGIC       0x014D4D4Du
#define GFH_MAGIC_MASK  0x00FFFFFFu
#define GFH_MAGIC_BYTES 0x004D4D4Du
#define GFH_END_MARKER  0x45454545u
#define GFH_HEAD_LEN    8u

#define GFH_FILE_INFO    0x0000
#define GFH_BL_INFO      0x0001
#define GFH_ANTI_CLONE   0x0002
#define GFH_BL_SEC_KEY   0x0003
#define GFH_BROM_CFG     0x0007
#define GFH_BROM_SEC_CFG 0x0008

/* FILE_INFO. */
#define FI_LEN            0x38u
#define FI_ID             0x08
#define FI_ID_TEXT        "FILE_INFO\0\0"
#define FI_ID_LEN         12
#define FI_FILE_VER       0x14
#define FI_FILE_TYPE      0x18
#define FI_FLASH_DEV      0x1A
#define FI_SIG_TYPE       0x1B
#define FI_LOAD_ADDR      0x1C
#define FI_FILE_LEN       0x20
#define FI_MAX_SIZE       0x24
#define FI_CONTENT_OFFSET 0x28
#define FI_SIG_LEN        0x2C
#define FI_JUMP_OFFSET    0x30
#define FI_ATTR           0x34

/* BL_SEC_KEY: a key record of 0x20C bytes, the same as in auth files (2.3, 6.1); 16-bit LE words in BE word order. */
#define SK_LEN         0x214u
#define SK_KEY_VERSION 0x08
#define SK_BYTES       0x0C
#define SK_EXPONENT    0x14
#define SK_MODULUS     (SK_LEN - 0x100)
#define SK_VERSION_3   3

#define FILE_TYPE_ARM_BL     1
#define FILE_TYPE_ARM_EXT_BL 2
#define FLASH_DEV_EMMC_BOOT  5
#define SIG_SINGLE_AND_PHASH 3
#define SIG_CERT_CHAIN       5

/* Signature blocks: 3 is version, SHA-256, RSA; 5 is version and a chain of certificates. */
#define PHASH_SIG_LEN     0x124u
#define PHASH_VERSION     1
#define PHASH_HASH        4
#define PHASH_RSA         (PHASH_HASH + 32)
#define CERT_VERSION      2
#define CERT_MAGIC        0xE291F358u
#define CERT_HEAD_LEN     16u
#define CERT_OFF_LEN      0x08
#define CERT_OFF_KIND     0x0E
#define CERT_KIND_CONTENT 2
#define CERT_CONTENT_HASH 0x1C

/* Boot-loader info tag with the DRAM settings (2.4). */
#define TAG_TEXT          "MTK_BLOADER_INFO_v"
#define TAG_TEXT_LEN      18
#define TAG_DIGITS        18
#define TAG_NAME_FIELD    0x1B
#define TAG_PROJECT       0x1B
#define TAG_PROJECT_LEN   0x3D
#define TAG_CONSTANTS     0x58
#define TAG_CONSTANTS_LEN 20
#define TAG_COUNT         0x6C
/* "V116", 0x33448822, 90 00 70 00, "MTK_BIN" */
#define TAG_CONSTANTS_TEXT "V116\x22\x88\x44\x33\x90\x00\x70\x00MTK_BIN"

/* Common head of EMI records that begin with a sub_version. Those that begin with the type lack the first word. */
#define EMI_TYPE      0x04
#define EMI_ID_LENGTH 0x08
#define EMI_ID        0x10
#define EMI_HEAD_LEN  0x28u

/* Device header and BRLYT (2.1, 2.2). */
#define DEV_NAME_LEN   12
#define BRLYT_AT       0x200
#define BRLYT_NAME     "BRLYT\0\0"
#define BRLYT_NAME_LEN 8
#define BRLYT_VERSION  0x08
#define BRLYT_BOOT     0x0C
#define BRLYT_MAIN     0x10
#define BRLYT_DESC     0x14
#define BRLYT_DESC_LEN 20
#define BRLYT_LEN      (BRLYT_DESC + 8 * BRLYT_DESC_LEN)
#define BRLYT_EXISTS   0x42424242u
#define BRLYT_DEV_UFS  0x0C

/* Raw NAND: a record of 0x80 bytes, repeated to fill the first page. */
#define NFI_LEN         0x80u
#define NFI_NAME        "BOOTLOADER!"
#define NFI_VERSION     "V006"
#define NFI_VERSION_LEN 4
#define NFI_ID          "NFIINFO"
#define NFI_ID_LEN      8
#define NFI_OFF_PAGE    0x1A

#endif
