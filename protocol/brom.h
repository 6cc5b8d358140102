/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BROM and preloader protocol, as data only: what both ends agreed on. Integers are big-endian on the wire.
 * Specification: brom-preloader.md; section numbers in brackets.
 */
#ifndef PROTOCOL_BROM_H
#define PROTOCOL_BROM_H

/* Start bytes and their replies, the complements [3]. */
#define BROM_START_BYTES       \
    {                          \
        0xA0, 0x0A, 0x50, 0x05 \
    }
#define BROM_READY_TEXT "READY"

/* Opcodes [4.2]. */
enum brom_op {
    BROM_SEND_PARTITION_DATA = 0x70,
    BROM_JUMP_TO_PARTITION = 0x71,
    BROM_STAY_STILL = 0x80,
    BROM_LEGACY_WRITE16 = 0xA1,
    BROM_LEGACY_READ16 = 0xA2,
    BROM_PWR_INIT = 0xC4,
    BROM_PWR_DEINIT = 0xC5,
    BROM_PWR_READ16 = 0xC6,
    BROM_PWR_WRITE16 = 0xC7,
    BROM_CACHE_CTRL = 0xC8,
    BROM_READ16 = 0xD0,
    BROM_READ32 = 0xD1,
    BROM_WRITE16 = 0xD2,
    BROM_WRITE16_NO_ECHO = 0xD3,
    BROM_WRITE32 = 0xD4,
    BROM_JUMP_DA = 0xD5,
    BROM_JUMP_BL = 0xD6,
    BROM_SEND_DA = 0xD7,
    BROM_GET_TARGET_CONFIG = 0xD8,
    BROM_SEND_ENV_PREPARE = 0xD9,
    BROM_REGISTER_ACCESS = 0xDA,
    BROM_UART1_LOG_EN = 0xDB,
    BROM_UART1_SET_BAUD = 0xDC,
    BROM_GET_BROM_LOG = 0xDD,
    BROM_JUMP_DA64 = 0xDE,
    BROM_GET_BROM_LOG_NEW = 0xDF,
    BROM_SEND_CERT = 0xE0,
    BROM_GET_ME_ID = 0xE1,
    BROM_SEND_AUTH = 0xE2,
    BROM_SLA = 0xE3,
    BROM_GET_SOC_ID = 0xE7,
    BROM_ZEROIZATION = 0xF0,
    BROM_GET_PL_CAP = 0xFB,
    BROM_GET_HW_SW_VER = 0xFC,
    BROM_GET_HW_CODE = 0xFD,
    BROM_GET_BL_VER = 0xFE,
    BROM_GET_VERSION = 0xFF,
};

/* Status words [5]; below 0x0100 is success. */
enum brom_status {
    BROM_OK = 0x0000,
    BROM_FIRST_FAILURE = 0x0100,
    BROM_READ_REFUSED = 0x1000,
    BROM_WRITE_REFUSED = 0x1001,
    BROM_ADDRESS_INVALID = 0x1D02,
    BROM_AUTH_NOT_NEEDED = 0x1D0C,
    BROM_SLA_NEEDED = 0x1D0D,
    BROM_DA_OVERLAP = 0x1D0E,
    BROM_JUMP_ADDRESS_INVALID = 0x1D0F,
    BROM_DA_TOO_MANY = 0x1D10,
    BROM_DA_UNALIGNED = 0x1D11,
    BROM_DA_BAD_RANGE = 0x1D12,
    BROM_DA_LENGTH_ZERO = 0x1D13,
    BROM_SIG_LONGER_THAN_DA = 0x1D14,
    BROM_SIG_LENGTH_ZERO = 0x1D15,
    BROM_NO_DA = 0x1D16,
    BROM_DA_REJECTED = 0x1D18,
    BROM_REGISTER_REFUSED = 0x1D1A,
    BROM_BAUD_TOO_HIGH = 0x1D1D,
    BROM_DA_VERSION = 0x1D21,
    PL_DA_REFUSED_OLD = 0x2001,
    PL_DA_NO_KEY_OLD = 0x2003,
    PL_DA_TOO_LONG_OLD = 0x2006,
    BROM_DA_BLACK_LIST = 0x5A5B,
    BROM_DA_SIGNATURE = 0x7015,
    BROM_AUTH_NEEDED = 0x7017,
    BROM_SLA_UNDECRYPTABLE = 0x701F,
    BROM_SLA_WRONG = 0x7020,
    PL_DA_REFUSED = 0x7024,
    PL_COUNT_OVERFLOW = 0xFFFD,
    PL_COUNT_ZERO = 0xFFFE,
    PL_MISALIGNED = 0xFFFF,
};

/* GET_TARGET_CONFIG bits [4.7]. */
enum brom_target_config {
    BROM_CFG_SBC = 0x01,
    BROM_CFG_SLA = 0x02,
    BROM_CFG_DAA = 0x04,
    BROM_CFG_EPP = 0x08,
    BROM_CFG_ROOT_CERT = 0x10,
    BROM_CFG_MEM_READ_AUTH = 0x20,
    BROM_CFG_MEM_WRITE_AUTH = 0x40,
    BROM_CFG_C8_BLOCKED = 0x80,
};

/* GET_PL_CAP bits [4.4]. */
enum brom_pl_cap { BROM_CAP_XFLASH = 1, BROM_CAP_ME_ID = 2, BROM_CAP_SOC_ID = 4 };

/* USB identity [1.1] and CDC requests [1.4]. */
enum brom_usb {
    MTK_USB_VID = 0x0E8D,
    MTK_USB_PID_BROM = 0x0003,
    MTK_USB_PID_PRELOADER = 0x2000,
    MTK_USB_PID_DA = 0x2001,
    CDC_REQ_OUT = 0x21,
    CDC_REQ_IN = 0xA1,
    CDC_SET_LINE_CODING = 0x20,
    CDC_GET_LINE_CODING = 0x21,
    CDC_SET_CONTROL_LINE_STATE = 0x22,
};

/* Watchdog (RGU) registers, offsets from its base, and values [7.4, 6.6]. */
enum brom_rgu {
    RGU_MODE = 0x00,
    RGU_LENGTH = 0x04,
    RGU_RESTART = 0x08,
    RGU_STATUS = 0x0C,
    RGU_SWRST = 0x14,
    RGU_MODE_KEY = 0x22000000,
    RGU_MODE_ENABLE = 0x00000001,
    RGU_SWRST_KEY = 0x1209,
    RGU_RESTART_KEY = 0x1971,
};

/* USBDL flag word [2.1]: 0x444C in bits 31..16, seconds in 15..2, bit 1 = by bootloader, bit 0 = enable. */
#define BROM_USBDL_MAGIC   0x444C0000u
#define BROM_USBDL_FOREVER 0x3FFFu

#define BROM_ME_ID_LEN  16
#define BROM_SOC_ID_LEN 32

/* Block of arguments that JUMP_DA leaves 12 bytes below the DA [4.10, 8.4]. */
#define PL_DA_ARG_MAGIC 0x58885168u

#endif
