/* SPDX-License-Identifier: Apache-2.0 */
/* DEVICE_CTRL: dispatch, settings and actions. da-xflash.md sections 7.2, 7.3, 7.6. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define DA1 1u
#define DA2 2u

#define SLA_YEAR           2020
#define XF_OTP_UNSUPPORTED 0xC0040100u
#define CHIP_ID_BASE       0x08000000u /* hw_code, sub code, hw version, sw version: one word each */
#define HW_MT6739          0x699u
#define HW_MT6763          0x690u

/* ---- settings and actions; a NULL function accepts whatever comes ---- */

static uint32_t set_checksum_level(struct xf *x, uint8_t *data, size_t *len)
{
    (void)len;
    x->checksum_level = get_le32(data);
    return XF_OK;
}

/* Features that would change the chip for good; this eMMC has none of them. */
static uint32_t refuse_operation(struct xf *x, uint8_t *data, size_t *len)
{
    (void)x, (void)data, (void)len;
    return XF_UNSUPPORTED_OP;
}

static uint32_t refuse_otp(struct xf *x, uint8_t *data, size_t *len)
{
    (void)x, (void)data, (void)len;
    return XF_OTP_UNSUPPORTED;
}

/* The host's proof that it knows the vendor's private key. An agent that asks for none takes anything [7.6, X]. */
static uint32_t set_remote_policy(struct xf *x, uint8_t *data, size_t *len)
{
    bool decrypts = true;
    if (ag_sla_required(x->p) && !ag_sla_check(x->p, x->sla_random, data, *len, &decrypts))
        return decrypts ? XF_SLA_MISMATCH : XF_RSA_OAEP_FAIL;
    x->unlocked = true;
    return XF_OK;
}

/* READ_REGISTER has a shape of its own: address in, {address, value} out, and a closing status that is not 0. */
static uint32_t read_register(struct xf *x, uint8_t *data, size_t *len)
{
    const struct soc_profile *soc = phone_board(x->p)->soc;
    const uint32_t ids[] = {agent_hw_code(x->p), soc->hw_sub_code, soc->hw_version, soc->sw_version};
    uint32_t address, value = 0;
    *len = 0;
    if (!xf_word(x, &address))
        return XF_ERROR;
    uint32_t word = address - CHIP_ID_BASE;
    if (word % 4 == 0 && word / 4 < sizeof(ids) / sizeof(ids[0]))
        value = ids[word / 4];
    put_le32(data, address);
    put_le32(data + 4, value);
    xf_answer(x, data, 8);
    return XF_REGISTER_TAIL;
}

/* ---- the table [7.3] ---- */

enum shape {
    SET, /* parameter in, status out */
    GET, /* data out, status out; or an error status alone */
    ACT, /* status out */
    OWN, /* exchanges what it likes and returns the closing status */
};

static const struct control {
    uint32_t code;
    const char *name;
    uint8_t stages;
    enum shape shape;
    uint16_t max;     /* SET: longest parameter */
    bool when_locked; /* answered while DA SLA locks the agent */
    xf_control_fn fn;
} controls[] = {
    {XF_SET_BMT_PERCENTAGE, "SET_BMT_PERCENTAGE", DA2, SET, 4, false, NULL},
    {XF_SET_BATTERY_OPT, "SET_BATTERY_OPT", DA1 | DA2, SET, 4, false, NULL},
    {XF_SET_CHECKSUM_LEVEL, "SET_CHECKSUM_LEVEL", DA1, SET, 4, false, set_checksum_level},
    {XF_SET_RESET_KEY, "SET_RESET_KEY", DA1 | DA2, SET, 4, false, NULL},
    {XF_SET_META_BOOT_MODE, "SET_META_BOOT_MODE", DA2, SET, 4, false, NULL},
    {0x020007, "SET_EMMC_HWRESET_PIN", DA2, SET, 4, false, refuse_operation},
    {0x020008, "SET_GENERATE_GPX", DA2, SET, 256, false, refuse_operation},
    {0x020009, "SET_REGISTER_VALUE", DA2, SET, 8, false, refuse_operation},
    {0x02000A, "SET_EXTERNAL_SIG", DA2, SET, XF_CONTROL_MAX, false, NULL},
    {XF_SET_REMOTE_SEC_POLICY, "SET_REMOTE_SEC_POLICY", DA2, SET, XF_CONTROL_MAX, true, set_remote_policy},
    {XF_SET_ALL_IN_ONE_SIG, "SET_ALL_IN_ONE_SIG", DA2, SET, XF_CONTROL_MAX, true, NULL},
    {0x02000D, "SET_RSC_INFO", DA2, SET, XF_CONTROL_MAX, false, NULL},
    {0x020010, "SET_UPDATE_FW", DA2, SET, XF_CONTROL_MAX, false, refuse_operation},
    {0x020011, "SET_UFS_CONFIG", DA2, SET, XF_CONTROL_MAX, false, refuse_operation},
    {XF_GET_EMMC_INFO, "GET_EMMC_INFO", DA1 | DA2, GET, 0, false, xf_info_emmc},
    {XF_GET_NAND_INFO, "GET_NAND_INFO", DA1 | DA2, GET, 0, false, xf_info_nand},
    {XF_GET_NOR_INFO, "GET_NOR_INFO", DA1 | DA2, GET, 0, false, xf_info_nor},
    {XF_GET_UFS_INFO, "GET_UFS_INFO", DA1 | DA2, GET, 0, false, xf_info_ufs},
    {XF_GET_DA_VERSION, "GET_DA_VERSION", DA1 | DA2, GET, 0, false, xf_info_da_version},
    {XF_GET_PACKET_LENGTH, "GET_PACKET_LENGTH", DA1 | DA2, GET, 0, true, xf_info_packet_length},
    {XF_GET_RANDOM_ID, "GET_RANDOM_ID", DA2, GET, 0, false, xf_info_random_id},
    {XF_GET_PARTITION_TBL_CATA, "GET_PARTITION_TBL_CATA", DA2, GET, 0, false, xf_info_table},
    {XF_GET_CONNECTION_AGENT, "GET_CONNECTION_AGENT", DA1, GET, 0, false, xf_info_agent},
    {XF_GET_USB_SPEED, "GET_USB_SPEED", DA1 | DA2, GET, 0, true, xf_info_usb_speed},
    {XF_GET_RAM_INFO, "GET_RAM_INFO", DA1 | DA2, GET, 0, true, xf_info_ram},
    {XF_GET_CHIP_ID, "GET_CHIP_ID", DA1 | DA2, GET, 0, false, xf_info_chip_id},
    {XF_GET_OTP_LOCK_STATUS, "GET_OTP_LOCK_STATUS", DA2, GET, 0, false, xf_info_otp_lock},
    {XF_GET_BATTERY_VOLTAGE, "GET_BATTERY_VOLTAGE", DA2, GET, 0, false, xf_info_battery},
    {XF_GET_RPMB_STATUS, "GET_RPMB_STATUS", DA2, GET, 0, false, xf_info_rpmb},
    {XF_GET_DRAM_TYPE, "GET_DRAM_TYPE", DA2, GET, 0, false, xf_info_dram_type},
    {XF_GET_DEV_FW_INFO, "GET_DEV_FW_INFO", DA2, GET, 0, true, xf_info_dev_fw},
    {XF_GET_HRID, "GET_HRID", DA2, GET, 0, false, xf_info_hrid},
    {XF_SLA_ENABLED_STATUS, "SLA_ENABLED_STATUS", DA2, GET, 0, true, xf_info_sla},
    {XF_START_DL_INFO, "START_DL_INFO", DA1 | DA2, ACT, 0, false, NULL},
    {XF_END_DL_INFO, "END_DL_INFO", DA1 | DA2, ACT, 0, false, NULL},
    {0x080003, "ACT_LOCK_OTP_ZONE", DA2, ACT, 0, false, refuse_otp},
    {0x080004, "DISABLE_EMMC_HWRESET_PIN", DA2, ACT, 0, false, refuse_operation},
    {XF_CC_OPTIONAL_DOWNLOAD_ACT, "CC_OPTIONAL_DOWNLOAD_ACT", DA2, ACT, 0, false, NULL},
    {XF_STOR_LIFE_CYCLE_CHECK, "STOR_LIFE_CYCLE_CHECK", DA2, ACT, 0, false, NULL},
    {XF_READ_REGISTER, "READ_REGISTER", DA2, OWN, 0, false, read_register},
};

/* Codes that a build of DA2 refuses although others know them [7.4]. hw_code 0: on every chip. */
static const struct {
    unsigned year_from, year_to;
    uint32_t hw_code, code;
} refused[] = {
    {0, 2017, 0, XF_GET_HRID},
    {0, 2017, 0, XF_GET_DEV_FW_INFO},
    {0, 2018, HW_MT6739, XF_GET_HRID},
    {0, 2018, HW_MT6739, XF_GET_DEV_FW_INFO},
    {0, 2018, HW_MT6739, XF_GET_DRAM_TYPE},
    {0, 2018, HW_MT6763, XF_GET_HRID},
    {0, SLA_YEAR - 1, 0, XF_SLA_ENABLED_STATUS},
};

static bool build_refuses(const struct xf *x, uint32_t code)
{
    if (ag_sla_required(x->p) && (code == XF_SLA_ENABLED_STATUS || code == XF_GET_DEV_FW_INFO))
        return false; /* a locked agent of any year has what the dialogue needs */
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (refused[i].code == code && x->year >= refused[i].year_from && x->year <= refused[i].year_to &&
            (!refused[i].hw_code || refused[i].hw_code == phone_board(x->p)->chip->hw_code))
            return true;
    }
    return false;
}

static const struct control *find_control(const struct xf *x, uint32_t code)
{
    bool locked = x->stage == 2 && ag_sla_required(x->p) && !x->unlocked;
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        const struct control *c = &controls[i];
        if (c->code == code)
            return (c->stages & x->stage) && (!locked || c->when_locked) && !build_refuses(x, code) ? c
                                                                                                    : NULL;
    }
    return NULL;
}

/* What follows the status of an accepted code. */
static void exchange(struct xf *x, const struct control *c)
{
    uint8_t data[XF_CONTROL_MAX];
    size_t len = 0;
    uint32_t st = XF_OK;
    memset(data, 0, sizeof(data));
    if (c->shape == SET && !xf_param(x, data, c->max, &len))
        st = XF_INVALID_PARAMETERS; /* longer than the buffer: not read [2.2] */
    if (st == XF_OK && c->fn)
        st = c->fn(x, data, &len);
    if (c->shape == GET && st == XF_OK)
        xf_answer(x, data, len);
    xf_status(x, st);
}

void xf_device_ctrl(struct xf *x)
{
    uint32_t code;
    const struct control *c = xf_word(x, &code) ? find_control(x, code) : NULL;
    if (!c) {
        phone_log(x->p, "[DA%u] unsupported control 0x%06X", x->stage, code);
        xf_status(x, XF_UNSUPPORTED_CTRL);
        return;
    }
    x->command = c->name;
    phone_fault(x->p, FAULT_AT_COMMAND, c->name, c->code);
    if (xf_status(x, XF_OK) == XF_OK)
        exchange(x, c);
}
