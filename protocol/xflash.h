/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XFlash ("DA V5") protocol, as data only. Integers are little-endian on the wire. Specification: da-xflash.md;
 * section numbers in brackets.
 */
#ifndef PROTOCOL_XFLASH_H
#define PROTOCOL_XFLASH_H

#define XFLASH_MAGIC       0xFEEEEEEFu
#define XFLASH_HEADER_LEN  12
#define XFLASH_SYNC        0x434E5953u /* "SYNC" */
#define XFLASH_FIRST_BYTE  0xC0
#define XFLASH_FLASHOP_LEN 56

enum xflash_type { XFLASH_FLOW = 1, XFLASH_MESSAGE = 2 };

/* Commands [7.1]. */
enum xflash_cmd {
    XF_DOWNLOAD = 0x010001,
    XF_UPLOAD = 0x010002,
    XF_FORMAT = 0x010003,
    XF_WRITE_DATA = 0x010004,
    XF_READ_DATA = 0x010005,
    XF_FORMAT_PARTITION = 0x010006,
    XF_SHUTDOWN = 0x010007,
    XF_BOOT_TO = 0x010008,
    XF_DEVICE_CTRL = 0x010009,
    XF_INIT_EXT_RAM = 0x01000A,
    XF_SWITCH_USB_SPEED = 0x01000B,
    XF_READ_OTP_ZONE = 0x01000C,
    XF_WRITE_OTP_ZONE = 0x01000D,
    XF_WRITE_EFUSE = 0x01000E,
    XF_READ_EFUSE = 0x01000F,
    XF_SETUP_ENVIRONMENT = 0x010100,
    XF_SETUP_HW_INIT_PARAMS = 0x010101,
};

/* Device control codes [7.3]. */
enum xflash_ctrl {
    XF_SET_BMT_PERCENTAGE = 0x020001,
    XF_SET_BATTERY_OPT = 0x020002,
    XF_SET_CHECKSUM_LEVEL = 0x020003,
    XF_SET_RESET_KEY = 0x020004,
    XF_SET_HOST_INFO = 0x020005,
    XF_SET_META_BOOT_MODE = 0x020006,
    XF_SET_REMOTE_SEC_POLICY = 0x02000B,
    XF_SET_ALL_IN_ONE_SIG = 0x02000C,
    XF_GET_EMMC_INFO = 0x040001,
    XF_GET_NAND_INFO = 0x040002,
    XF_GET_NOR_INFO = 0x040003,
    XF_GET_UFS_INFO = 0x040004,
    XF_GET_DA_VERSION = 0x040005,
    XF_GET_EXPIRE_DATA = 0x040006,
    XF_GET_PACKET_LENGTH = 0x040007,
    XF_GET_RANDOM_ID = 0x040008,
    XF_GET_PARTITION_TBL_CATA = 0x040009,
    XF_GET_CONNECTION_AGENT = 0x04000A,
    XF_GET_USB_SPEED = 0x04000B,
    XF_GET_RAM_INFO = 0x04000C,
    XF_GET_CHIP_ID = 0x04000D,
    XF_GET_OTP_LOCK_STATUS = 0x04000E,
    XF_GET_BATTERY_VOLTAGE = 0x04000F,
    XF_GET_RPMB_STATUS = 0x040010,
    XF_GET_EXPIRE_DATE = 0x040011,
    XF_GET_DRAM_TYPE = 0x040012,
    XF_GET_DEV_FW_INFO = 0x040013,
    XF_GET_HRID = 0x040014,
    XF_GET_ERROR_DETAIL = 0x040015,
    XF_SLA_ENABLED_STATUS = 0x040016,
    XF_START_DL_INFO = 0x080001,
    XF_END_DL_INFO = 0x080002,
    XF_CC_OPTIONAL_DOWNLOAD_ACT = 0x080005,
    XF_STOR_LIFE_CYCLE_CHECK = 0x080007,
    XF_READ_REGISTER = 0x0E0003,
};

/* Statuses that travel [12]. */
enum xflash_status {
    XF_OK = 0,
    XF_CONTINUE = 0x40040004,
    XF_COMPLETE = 0x40040005,
};
#define XF_ERROR                 0xC0010001u
#define XF_UNSUPPORTED_CMD       0xC0010003u
#define XF_UNSUPPORTED_CTRL      0xC0010004u
#define XF_DOWNLOAD_FORBIDDEN    0xC0020004u
#define XF_PRELOADER_VERIFY_FAIL 0xC0020006u
#define XF_WRITE_NOT_ALLOWED     0xC002000Cu
#define XF_FORMAT_NOT_ALLOWED    0xC002000Du
#define XF_ROLLBACK              0xC002002Du
#define XF_SLA_MISMATCH          0xC0020032u
#define XF_POLICY_DISABLED       0xC0020049u
#define XF_RSA_OAEP_FAIL         0xC002004Au
#define XF_DA_ANTI_ROLLBACK      0xC0020053u
#define XF_STORAGE_MISMATCH      0xC0030006u
#define XF_INVALID_PARAMETERS    0xC0030007u
#define XF_INVALID_GPT           0xC0030008u
#define XF_INVALID_PMT           0xC0030009u
#define XF_UNKNOWN_SECTION       0xC003000Cu
#define XF_UNSUPPORTED_OP        0xC0040001u
#define XF_CHECKSUM_ERROR        0xC0040003u
#define XF_TOO_LARGE             0xC0040004u
#define XF_UNKNOWN_SPARSE_CHUNK  0xC0040005u
#define XF_PARTITION_NOT_FOUND   0xC0040006u
#define XF_PARTITION_TABLE_FAIL  0xC0040007u
#define XF_OUT_OF_RANGE          0xC004000Bu
#define XF_SPARSE_FAIL           0xC004000Cu
#define XF_REGISTER_TAIL         0xC004000Du
#define XF_MMC_ERROR             0xC0040030u
#define XF_NAND_ERROR            0xC0040040u
#define XF_BAD_BLOCK             0xC0040043u
#define XF_EMI_VERSION           0xC0040050u
#define XF_UFS_ERROR             0xC0040060u
#define XF_DA_HASH_MISMATCH      0xC0070004u

/* Storage and section numbers [7.5]. */
enum xflash_storage {
    XF_STORAGE_EMMC = 1,
    XF_STORAGE_SDMMC = 2,
    XF_STORAGE_NAND = 0x10, /* the family; a chip says what it is made of */
    XF_STORAGE_NAND_SLC = 0x11,
    XF_STORAGE_NAND_SPI = 0x15,
    XF_STORAGE_NAND_LAST = 0x1F,
    XF_STORAGE_UFS = 0x30
};
enum xflash_emmc_section {
    XF_EMMC_BOOT1 = 1,
    XF_EMMC_BOOT2 = 2,
    XF_EMMC_RPMB = 3,
    XF_EMMC_GP1 = 4,
    XF_EMMC_GP4 = 7,
    XF_EMMC_USER = 8,
    XF_EMMC_BOOT1_BOOT2 = 10,
};
enum xflash_ufs_section {
    XF_UFS_LU0 = 1,
    XF_UFS_LU1 = 2,
    XF_UFS_LU2 = 3, /* user area */
    XF_UFS_LU3 = 4,
    XF_UFS_LU7 = 8,
    XF_UFS_LU0_LU1 = 9,
};
#define XF_NAND_WHOLE 0 /* NAND's only section; some hosts say 8 */
/* Fields of FlashOp that only NAND looks at. */
enum xflash_nand_address { XF_NAND_LOGICAL, XF_NAND_PHYSICAL, XF_NAND_PHYSICAL_PMT };
enum xflash_format_level { XF_FORMAT_NORMAL, XF_FORMAT_FORCE, XF_FORMAT_MARK_BAD };

enum xflash_checksum_level { XF_CHECKSUM_NONE = 0, XF_CHECKSUM_USB = 1, XF_CHECKSUM_STORAGE = 2 };
enum xflash_partition_table { XF_TABLE_GPT = 0x64, XF_TABLE_PMT = 0x65 };

#endif
