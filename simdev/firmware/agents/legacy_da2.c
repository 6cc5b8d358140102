/* SPDX-License-Identifier: Apache-2.0 */
/* DA2, stage 2 of the legacy agent: it says that it lives, reports, and serves commands. da-legacy.md 3 to 5. */
#include "simdev/firmware/agents/legacy.h"

#define STORAGE_INIT_NS (200 * NS_PER_MS) /* from the jump to the first byte */

/* Opcodes [5.0]. What is not here is dropped without an answer: no specification of its dialogue, or no such device. */
static const struct {
    uint8_t op;
    const char *name;
    lg_command_fn *run;
} commands[] = {
    {LG_DOWNLOAD_BLOADER, "DOWNLOAD_BLOADER", lg_download_bloader},
    {LG_NAND_BMT_REMARK, "NAND_BMT_REMARK", lg_bmt_remark},
    {LG_SDMMC_SWITCH_PART, "SDMMC_SWITCH_PART", lg_switch_part},
    {LG_SDMMC_WRITE_IMAGE, "SDMMC_WRITE_IMAGE", lg_write_image},
    {LG_SDMMC_WRITE_DATA, "SDMMC_WRITE_DATA", lg_write_data},
    {LG_SDMMC_RESET_DIS, "SDMMC_RESET_DIS", lg_reset_dis},
    {LG_USB_SETUP_PORT, "USB_SETUP_PORT", lg_usb_setup_port},
    {LG_USB_CHECK_STATUS, "USB_CHECK_STATUS", lg_usb_check_status},
    {LG_USB_SETUP_PORT_EX, "USB_SETUP_PORT_EX", lg_usb_setup_port_ex},
    {LG_READ_REG32, "READ_REG32", lg_read_reg32},
    {LG_WRITE_REG32, "WRITE_REG32", lg_write_reg32},
    {LG_PWR_READ16, "PWR_READ16", lg_pwr_read16},
    {LG_PWR_WRITE16, "PWR_WRITE16", lg_pwr_write16},
    {LG_PWR_READ8, "PWR_READ8", lg_pwr_read8},
    {LG_PWR_WRITE8, "PWR_WRITE8", lg_pwr_write8},
    {LG_EMMC_OTP_CHECK, "EMMC_OTP_CHECK", lg_otp_check},
    {LG_EMMC_OTP_SIZE, "EMMC_OTP_SIZE", lg_otp_size},
    {LG_EMMC_OTP_READ, "EMMC_OTP_READ", lg_otp_read},
    {LG_EMMC_OTP_PROGRAM, "EMMC_OTP_PROGRAM", lg_otp_program},
    {LG_EMMC_OTP_LOCK, "EMMC_OTP_LOCK", lg_otp_lock},
    {LG_EMMC_OTP_LOCK_STATUS, "EMMC_OTP_LOCK_STATUS", lg_otp_lock_status},
    {LG_WRITE_PARTITION_TBL, "WRITE_PARTITION_TBL", lg_write_table},
    {LG_READ_PARTITION_TBL, "READ_PARTITION_TBL", lg_read_table},
    {LG_READ_BMT, "READ_BMT", lg_read_bmt},
    {LG_SDMMC_WRITE_PMT, "SDMMC_WRITE_PMT", lg_write_table},
    {LG_SDMMC_READ_PMT, "SDMMC_READ_PMT", lg_read_table},
    {LG_READ_IMEI_PID_SWV, "READ_IMEI_PID_SWV", lg_imei_pid_swv},
    {LG_READ_DOWNLOAD_INFO, "READ_DOWNLOAD_INFO", lg_read_download_info},
    {LG_WRITE_DOWNLOAD_INFO, "WRITE_DOWNLOAD_INFO", lg_write_download_info},
    {LG_SDMMC_WRITE_GPT, "SDMMC_WRITE_GPT", lg_write_gpt},
    {LG_NAND_WRITE_DATA, "NAND_WRITE_DATA", lg_nand_write_data},
    {LG_SECURE_USB_RECHECK, "SECURE_USB_RECHECK", lg_usb_recheck},
    {LG_SECURE_IMG_INFO_CHECK, "SECURE_IMG_INFO_CHECK", lg_image_info_check},
    {LG_VERIFY_IMG_CHKSUM, "VERIFY_IMG_CHKSUM", lg_verify_image},
    {LG_GET_BL_SEC_VER, "GET_BL_SEC_VER", lg_bl_sec_ver},
    {LG_GET_BATTERY_VOLTAGE, "GET_BATTERY_VOLTAGE", lg_battery},
    {LG_SPEED, "SPEED", lg_speed},
    {LG_FORMAT, "FORMAT", lg_format},
    {LG_WRITE, "WRITE", lg_nand_write},
    {LG_READ, "READ", lg_read},
    {LG_WRITE_REG16, "WRITE_REG16", lg_write_reg16},
    {LG_READ_REG16, "READ_REG16", lg_read_reg16},
    {LG_FINISH, "FINISH", lg_finish},
    {LG_ENABLE_WATCHDOG, "ENABLE_WATCHDOG", lg_enable_watchdog},
    {LG_NAND_IMAGE_LIST, "NAND_IMAGE_LIST", lg_nand_image_list},
    {LG_NFB_WRITE_IMAGE, "NFB_WRITE_IMAGE", lg_nand_write},
    {LG_NAND_READPAGE, "NAND_READPAGE", lg_nand_readpage},
    {LG_CHK_PC_SEC_INFO, "CHK_PC_SEC_INFO", lg_sec_info},
    {LG_GET_PROJECT_ID, "GET_PROJECT_ID", lg_project_id},
};

static void unknown(struct lg *x, uint8_t op)
{
    x->command = "UNKNOWN";
    phone_log(x->p, "[DA2] unknown opcode 0x%02X", op);
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, op);
    if (phone_settings(x->p)->legacy_unknown == UNKNOWN_BB)
        lg_byte(x, LG_UNKNOWN_CMD);
}

static void serve_one(struct lg *x)
{
    uint8_t op = lg_u8(x);
    size_t i = 0;
    while (i < sizeof(commands) / sizeof(commands[0]) && commands[i].op != op)
        i++;
    if (i == sizeof(commands) / sizeof(commands[0])) {
        unknown(x, op);
        return;
    }
    x->command = commands[i].name;
    x->error = 0;
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, op);
    phone_log(x->p, "[DA2] %s", x->command);
    commands[i].run(x);
    if (x->error)
        agent_after_error(x->p);
}

bool lg_is_nand(const struct lg *x)
{
    return phone_board(x->p)->storage == BOARD_NAND;
}

bool lg_is_storage(const struct lg *x, uint8_t storage)
{
    return ag_has_storage(x->p) && storage == (lg_is_nand(x) ? LG_STORAGE_NAND : LG_STORAGE_EMMC);
}

enum ag_result lg_area(struct lg *x, uint8_t part, enum board_area *out)
{
    static const struct {
        uint8_t part;
        enum board_area area;
    } parts[] = {
        {LG_PART_BOOT1, BOARD_BOOT1},
        {LG_PART_BOOT2, BOARD_BOOT2},
        {LG_PART_RPMB, BOARD_RPMB},
        {LG_PART_USER, BOARD_USER},
    };
    *out = BOARD_USER;
    if (!ag_has_storage(x->p))
        return AG_NO_STORAGE;
    if (lg_is_nand(x))
        return AG_OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].part == part) {
            *out = parts[i].area;
            return AG_OK;
        }
    }
    return AG_NO_AREA;
}

void firmware_legacy_da2(struct mtksim *p)
{
    struct lg *x = *phone_baton(p);
    phone_tx_patience(p, -1);
    phone_wait(p, STORAGE_INIT_NS);
    x->part = LG_PART_USER;
    x->info_status = "";
    x->command = "DA2_START";
    lg_byte(x, LG_ACK);
    lg_u8(x); /* the host's; only logged by those who know more values [3] */
    lg_report(x);
    for (;;)
        serve_one(x);
}
