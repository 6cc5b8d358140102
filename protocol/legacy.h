/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legacy ("DA V3/V4") protocol, as data only: single bytes and big-endian integers without any framing.
 * Specification: da-legacy.md; section numbers in brackets.
 */
#ifndef PROTOCOL_LEGACY_H
#define PROTOCOL_LEGACY_H

/* Control bytes [0]. */
enum legacy_byte {
    LG_ACK = 0x5A,
    LG_NACK = 0xA5, /* from the device only: in the command loop this byte is READ_PMT */
    LG_CONT = 0x69,
    LG_STOP = 0x96,
    LG_SYNC = 0xC0,
    LG_SOC_OK = 0xC1,
    LG_SOC_FAIL = 0xCF,
    LG_UNKNOWN_CMD = 0xBB,
    LG_TABLE_FOLLOWS = 0x01, /* lead byte of READ_PMT in a 2015 GPT build [5.8] */
};

/* Commands [5.0]. */
enum legacy_op {
    LG_DOWNLOAD_BLOADER = 0x51,
    LG_NAND_BMT_REMARK = 0x52,
    LG_SDMMC_SWITCH_PART = 0x60,
    LG_SDMMC_WRITE_IMAGE = 0x61,
    LG_SDMMC_WRITE_DATA = 0x62,
    LG_SDMMC_GET_CARD_TYPE = 0x63,
    LG_SDMMC_RESET_DIS = 0x64,
    LG_USB_SETUP_PORT = 0x70,
    LG_USB_LOOPBACK = 0x71,
    LG_USB_CHECK_STATUS = 0x72,
    LG_USB_SETUP_PORT_EX = 0x73,
    LG_READ_REG32 = 0x7A,
    LG_WRITE_REG32 = 0x7B,
    LG_PWR_READ16 = 0x7C,
    LG_PWR_WRITE16 = 0x7D,
    LG_PWR_READ8 = 0x7E,
    LG_PWR_WRITE8 = 0x7F,
    LG_EMMC_OTP_CHECK = 0x99,
    LG_EMMC_OTP_SIZE = 0x9A,
    LG_EMMC_OTP_READ = 0x9B,
    LG_EMMC_OTP_PROGRAM = 0x9C,
    LG_EMMC_OTP_LOCK = 0x9D,
    LG_EMMC_OTP_LOCK_STATUS = 0x9E,
    LG_WRITE_PARTITION_TBL = 0xA1, /* NAND */
    LG_READ_PARTITION_TBL = 0xA2,  /* NAND */
    LG_READ_BMT = 0xA3,
    LG_SDMMC_WRITE_PMT = 0xA4,
    LG_SDMMC_READ_PMT = 0xA5,
    LG_READ_IMEI_PID_SWV = 0xA6,
    LG_READ_DOWNLOAD_INFO = 0xA7,
    LG_WRITE_DOWNLOAD_INFO = 0xA8,
    LG_SDMMC_WRITE_GPT = 0xA9,
    LG_NAND_WRITE_DATA = 0xB3,
    LG_SECURE_USB_RECHECK = 0xB4,
    LG_SECURE_IMG_INFO_CHECK = 0xB9,
    LG_VERIFY_IMG_CHKSUM = 0xBD,
    LG_GET_BL_SEC_VER = 0xBF,
    LG_GET_BATTERY_VOLTAGE = 0xD0,
    LG_SPEED = 0xD2,
    LG_FORMAT = 0xD4,
    LG_WRITE = 0xD5,
    LG_READ = 0xD6,
    LG_WRITE_REG16 = 0xD7,
    LG_READ_REG16 = 0xD8,
    LG_FINISH = 0xD9,
    LG_ENABLE_WATCHDOG = 0xDB,
    LG_NAND_IMAGE_LIST = 0xDD,
    LG_NFB_WRITE_IMAGE = 0xDE,
    LG_NAND_READPAGE = 0xDF,
    LG_CHK_PC_SEC_INFO = 0xE0,
    LG_ENABLE_DRAM = 0xE8,
    LG_GET_PROJECT_ID = 0xEF,
};

/* Storage of READ, FORMAT, VERIFY; WRITE_DATA has numbers of its own [5.0]. */
enum legacy_storage { LG_STORAGE_NOR, LG_STORAGE_NAND, LG_STORAGE_EMMC, LG_STORAGE_SDMMC };
enum legacy_write_storage { LG_WRITE_EMMC = 1, LG_WRITE_SDMMC = 2 };
/* Parts of an eMMC. */
enum legacy_part {
    LG_PART_BOOT1 = 1,
    LG_PART_BOOT2 = 2,
    LG_PART_RPMB = 3,
    LG_PART_GP1 = 4,
    LG_PART_GP4 = 7,
    LG_PART_USER = 8,
};
enum legacy_host_os { LG_OS_MAC = 0x0A, LG_OS_WINDOWS = 0x0B, LG_OS_LINUX = 0x0C };
enum legacy_erase { LG_ERASE_NORMAL, LG_ERASE_FORCE, LG_ERASE_MARK_BAD };
enum legacy_address { LG_LOGICAL, LG_PHYSICAL };
enum legacy_checksum { LG_CHECKSUM_USB = 1, LG_CHECKSUM_STORAGE = 2 };
enum legacy_image { LG_IMAGE_MIDDLE, LG_IMAGE_FIRST, LG_IMAGE_LAST, LG_IMAGE_ONLY };
/* Argument of FINISH [5.16]. */
enum legacy_finish {
    LG_FINISH_DISCONNECT_AND_RELEASE,
    LG_FINISH_DISCONNECT,
    LG_FINISH_KEEP_AND_RELEASE,
    LG_FINISH_RELEASE,
};

/* The configuration block of the host [2.4]. */
#define LG_CONFIG_LEN       18
#define LG_CFG_BROM_VER     0
#define LG_CFG_BLOADER_VER  1
#define LG_CFG_NOR_CS       2
#define LG_CFG_NAND_CS      4
#define LG_CFG_NAND_ACCCON  5
#define LG_CFG_BMT_FLAG     9
#define LG_CFG_BMT_SIZE     10
#define LG_CFG_FORCE_CHARGE 14
#define LG_CFG_RESET_KEY    15
#define LG_CFG_EXT_CLOCK    16
#define LG_CFG_MSDC_CHANNEL 17

/*
 * NAND_WRITE_DATA [5.12] is named but not laid out. Both ends take it as SDMMC_WRITE_DATA [5.5] with other meanings of
 * the two bytes behind the opcode [?]: B3, u8 LG_STORAGE_NAND, u8 enum legacy_address, u64 address, u64 length, u32
 * packet length; 5A or A5 and a status; packets, acks, resends and 96 as there. Address and length in whole pages; the
 * agent erases a block before it programs its first page.
 */
#define LG_WRITE_HEAD_LEN 23 /* opcode included, of 62 and of B3 */

#define LG_EMI_NO_SETTING 0xFFFFFFFFu /* version in ENABLE_DRAM: use what is built in [2.6.1] */
#define LG_DRAM_CALIBRATE 0x00000001u
#define LG_DRAM_DUMP      0x80000000u
#define LG_DA2_PACKET     0x1000u   /* of the stage-2 upload [3] */
#define LG_DATA_PACKET    0x100000u /* usual packet of READ and WRITE_DATA [5.4] */
#define LG_RAM_TYPE_DRAM  2
#define LG_SLC_ENTRY_LEN  20 /* char name[16], u32 percent, little-endian [2.4] */

/* Strides of partition tables on the wire [5.8]. Entries are little-endian. */
#define LG_PT_32        0x4C /* name[64], u32 size, offset, mask */
#define LG_PT_64        0x58 /* name[64], u64 size, offset, mask */
#define LG_PT_PMT3      0x60 /* name[64], u64 size, part id, offset, mask */
#define LG_PT_GPT_COUNT 128  /* entries that a GPT build sends, empty ones included */

/* Boot style word of the report [4]. */
enum legacy_boot_style { LG_BOOT_EMMC = 1033, LG_BOOT_NOR = 1034, LG_BOOT_NAND = 1035 };

/*
 * Status words in the numbering N1 (2016 and later). N2 (v4.2 up to 2015) has the same meanings under other numbers:
 * 4 less for 3008..3055, 5 less from 3057 up, and no 3004..3007 [6.1].
 */
enum legacy_status {
    LG_S_STOP = 1000,
    LG_S_INVALID_ARGUMENTS = 1002,
    LG_S_UNSUPPORTED_EMI = 1036,
    LG_S_NO_VALID_TABLE = 1037,
    LG_S_PART_NO_SPACE = 1038,
    LG_S_CHKSUM_ERROR = 1041,
    LG_S_EXT_RAM_ERROR = 3001,
    LG_S_SETUP_DRAM_FAIL = 3002,
    LG_S_EMI_PLL = 3004,
    LG_S_ABNORMAL_TYPE = 3005,
    LG_S_RANK0_CALIBRATION = 3006,
    LG_S_RANK1_CALIBRATION = 3007,
    LG_S_DRAM_NOT_SUPPORT = 3008,
    LG_S_RAM_ERROR = 3011,
    LG_S_DEVICE_NOT_FOUND = 3012,
    LG_S_NOR_NOT_FOUND = 3015,
    LG_S_NAND_NOT_FOUND = 3016,
    LG_S_SOC_CHECK_FAIL = 3017,
    LG_S_NAND_PROGRAM_FAIL = 3020,
    LG_S_NAND_ERASE_FAIL = 3023,
    LG_S_IN_PROGRESS = 3025,
    LG_S_INVALID_BEGIN_ADDR = 3036,
    LG_S_INVALID_RANGE = 3040,
    LG_S_NAND_BAD_BLOCK = 3045,
    LG_S_UART_GET_DATA_TIMEOUT = 3062,
    LG_S_CHKSUM_LSB_TIMEOUT = 3063,
    LG_S_DATA_CKSUM_ERROR = 3065,
    LG_S_RX_BUF_FULL = 3066,
    LG_S_BLANK_FLASH = 3083,
    LG_S_UNSUPPORTED_BBCHIP = 3087,
    LG_S_EXT_DRAM_NOT_FOUND = 3090,
    LG_S_NAND_PAGE_READ_FAILED = 3106,
    LG_S_EMMC_NOT_FOUND = 3149,
    LG_S_SDMMC_NOT_FOUND = 3151,
    LG_S_SDMMC_READ_FAILED = 3153,
    LG_S_SDMMC_WRITE_FAILED = 3154,
    LG_S_EMMC_OTP_NOT_SUPPORT = 3171,
    LG_S_EMMC_OTP_UNLOCKED = 3175,
    LG_S_READ_IMEI_NOT_SUPPORT = 3176,
    LG_S_INVALID_STORAGE_TYPE = 3178,
    LG_S_PL_VALIDATION_FAIL = 3182,
    LG_S_STORAGE_NOT_MATCH = 3183,
    LG_S_EXCEED_MAX_PARTITION_COUNT = 3185,
    LG_S_WRITE_PT_FAIL = 5072,
    LG_S_READ_PT_FAIL = 5073,
    LG_S_CODE_DOWNLOAD_FORBIDDEN = 6010,
    LG_S_CODE_READBACK_FORBIDDEN = 6011,
    LG_S_CODE_FORMAT_FORBIDDEN = 6012,
    LG_S_SUSBDL_DISABLED = 6041,
    LG_S_SUSBDL_ENABLED = 6042,
    LG_S_SIGN_HEADER_NOT_FOUND = 6045,
    LG_S_SIGNATURE_VERIFY_FAIL = 6046,
    LG_S_IMAGE_HASH_FAIL = 6047,
    LG_S_ROLL_BACK = 6075,
};

#endif
