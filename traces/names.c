/* SPDX-License-Identifier: Apache-2.0 */
/* Names for what is seen on the wire. */
#include "traces/decode.h"

#include "protocol/brom.h"
#include "protocol/legacy.h"
#include "protocol/xflash.h"

struct name {
    uint32_t value;
    const char *name;
};

#define B(n)         \
    {                \
        BROM_##n, #n \
    }
static const struct name brom[] = {
    B(SEND_PARTITION_DATA),
    B(JUMP_TO_PARTITION),
    B(STAY_STILL),
    B(LEGACY_WRITE16),
    B(LEGACY_READ16),
    B(PWR_INIT),
    B(PWR_DEINIT),
    B(PWR_READ16),
    B(PWR_WRITE16),
    B(CACHE_CTRL),
    B(READ16),
    B(READ32),
    B(WRITE16),
    B(WRITE16_NO_ECHO),
    B(WRITE32),
    B(JUMP_DA),
    B(JUMP_BL),
    B(SEND_DA),
    B(GET_TARGET_CONFIG),
    B(SEND_ENV_PREPARE),
    B(REGISTER_ACCESS),
    B(UART1_LOG_EN),
    B(UART1_SET_BAUD),
    B(GET_BROM_LOG),
    B(JUMP_DA64),
    B(GET_BROM_LOG_NEW),
    B(SEND_CERT),
    B(GET_ME_ID),
    B(SEND_AUTH),
    B(SLA),
    B(GET_SOC_ID),
    B(ZEROIZATION),
    B(GET_PL_CAP),
    B(GET_HW_SW_VER),
    B(GET_HW_CODE),
    B(GET_BL_VER),
    B(GET_VERSION),
};

#define L(n)       \
    {              \
        LG_##n, #n \
    }
static const struct name legacy[] = {
    L(DOWNLOAD_BLOADER),
    L(NAND_BMT_REMARK),
    L(SDMMC_SWITCH_PART),
    L(SDMMC_WRITE_IMAGE),
    L(SDMMC_WRITE_DATA),
    L(SDMMC_GET_CARD_TYPE),
    L(SDMMC_RESET_DIS),
    L(USB_SETUP_PORT),
    L(USB_LOOPBACK),
    L(USB_CHECK_STATUS),
    L(USB_SETUP_PORT_EX),
    L(READ_REG32),
    L(WRITE_REG32),
    L(PWR_READ16),
    L(PWR_WRITE16),
    L(PWR_READ8),
    L(PWR_WRITE8),
    L(EMMC_OTP_CHECK),
    L(EMMC_OTP_SIZE),
    L(EMMC_OTP_READ),
    L(EMMC_OTP_PROGRAM),
    L(EMMC_OTP_LOCK),
    L(EMMC_OTP_LOCK_STATUS),
    L(WRITE_PARTITION_TBL),
    L(READ_PARTITION_TBL),
    L(READ_BMT),
    L(SDMMC_WRITE_PMT),
    L(SDMMC_READ_PMT),
    L(READ_IMEI_PID_SWV),
    L(READ_DOWNLOAD_INFO),
    L(WRITE_DOWNLOAD_INFO),
    L(SDMMC_WRITE_GPT),
    L(NAND_WRITE_DATA),
    L(SECURE_USB_RECHECK),
    L(SECURE_IMG_INFO_CHECK),
    L(VERIFY_IMG_CHKSUM),
    L(GET_BL_SEC_VER),
    L(GET_BATTERY_VOLTAGE),
    L(SPEED),
    L(FORMAT),
    L(WRITE),
    L(READ),
    L(WRITE_REG16),
    L(READ_REG16),
    L(FINISH),
    L(ENABLE_WATCHDOG),
    L(NAND_IMAGE_LIST),
    L(NFB_WRITE_IMAGE),
    L(NAND_READPAGE),
    L(CHK_PC_SEC_INFO),
    L(ENABLE_DRAM),
    L(GET_PROJECT_ID),
};

#define X(n)       \
    {              \
        XF_##n, #n \
    }
static const struct name command[] = {
    X(DOWNLOAD),
    X(UPLOAD),
    X(FORMAT),
    X(WRITE_DATA),
    X(READ_DATA),
    X(FORMAT_PARTITION),
    X(SHUTDOWN),
    X(BOOT_TO),
    X(DEVICE_CTRL),
    X(INIT_EXT_RAM),
    X(SWITCH_USB_SPEED),
    X(READ_OTP_ZONE),
    X(WRITE_OTP_ZONE),
    X(WRITE_EFUSE),
    X(READ_EFUSE),
    X(SETUP_ENVIRONMENT),
    X(SETUP_HW_INIT_PARAMS),
    {XFLASH_SYNC, "SYNC"},
};
static const struct name control[] = {
    X(SET_BMT_PERCENTAGE),
    X(SET_BATTERY_OPT),
    X(SET_CHECKSUM_LEVEL),
    X(SET_RESET_KEY),
    X(SET_HOST_INFO),
    X(SET_META_BOOT_MODE),
    X(SET_REMOTE_SEC_POLICY),
    X(SET_ALL_IN_ONE_SIG),
    X(GET_EMMC_INFO),
    X(GET_NAND_INFO),
    X(GET_NOR_INFO),
    X(GET_UFS_INFO),
    X(GET_DA_VERSION),
    X(GET_EXPIRE_DATA),
    X(GET_PACKET_LENGTH),
    X(GET_RANDOM_ID),
    X(GET_PARTITION_TBL_CATA),
    X(GET_CONNECTION_AGENT),
    X(GET_USB_SPEED),
    X(GET_RAM_INFO),
    X(GET_CHIP_ID),
    X(GET_OTP_LOCK_STATUS),
    X(GET_BATTERY_VOLTAGE),
    X(GET_RPMB_STATUS),
    X(GET_EXPIRE_DATE),
    X(GET_DRAM_TYPE),
    X(GET_DEV_FW_INFO),
    X(GET_HRID),
    X(GET_ERROR_DETAIL),
    X(SLA_ENABLED_STATUS),
    X(START_DL_INFO),
    X(END_DL_INFO),
    X(CC_OPTIONAL_DOWNLOAD_ACT),
    X(STOR_LIFE_CYCLE_CHECK),
    X(READ_REGISTER),
};

static const char *find(const struct name *t, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        if (t[i].value == v)
            return t[i].name;
    return NULL;
}

#define FIND(table, v) find(table, sizeof(table) / sizeof((table)[0]), v)

const char *decode_brom_name(uint8_t op)
{
    return FIND(brom, op);
}

const char *decode_legacy_name(uint8_t op)
{
    return FIND(legacy, op);
}

const char *decode_xflash_command(uint32_t v)
{
    return FIND(command, v);
}

const char *decode_xflash_control(uint32_t v)
{
    return FIND(control, v);
}

const char *decode_stage_name(enum decode_stage s)
{
    static const char *const names[] = {"bus", "sync", "brom", "agent", "xflash", "legacy", "xml"};
    return names[s];
}
