/* SPDX-License-Identifier: Apache-2.0 */
/* XFlash command words and the device-control pattern [3, 7.2], and finding back after an unexpected status [11]. */
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/xflash.h"

/* Names as in sections 7.1 and 7.3, of those that this host sends. */
static const struct {
    uint32_t code;
    const char *name;
} names[] = {
    {XF_DOWNLOAD, "DOWNLOAD"},
    {XF_FORMAT, "FORMAT"},
    {XF_WRITE_DATA, "WRITE_DATA"},
    {XF_READ_DATA, "READ_DATA"},
    {XF_SHUTDOWN, "SHUTDOWN"},
    {XF_BOOT_TO, "BOOT_TO"},
    {XF_DEVICE_CTRL, "DEVICE_CTRL"},
    {XF_INIT_EXT_RAM, "INIT_EXT_RAM"},
    {XF_SWITCH_USB_SPEED, "SWITCH_USB_SPEED"},
    {XF_SETUP_ENVIRONMENT, "SETUP_ENVIRONMENT"},
    {XF_SETUP_HW_INIT_PARAMS, "SETUP_HW_INIT_PARAMS"},
    {XF_SET_CHECKSUM_LEVEL, "SET_CHECKSUM_LEVEL"},
    {XF_SET_RESET_KEY, "SET_RESET_KEY"},
    {XF_SET_REMOTE_SEC_POLICY, "SET_REMOTE_SEC_POLICY"},
    {XF_GET_EMMC_INFO, "GET_EMMC_INFO"},
    {XF_GET_NAND_INFO, "GET_NAND_INFO"},
    {XF_GET_UFS_INFO, "GET_UFS_INFO"},
    {XF_GET_DA_VERSION, "GET_DA_VERSION"},
    {XF_GET_PACKET_LENGTH, "GET_PACKET_LENGTH"},
    {XF_GET_RANDOM_ID, "GET_RANDOM_ID"},
    {XF_GET_PARTITION_TBL_CATA, "GET_PARTITION_TBL_CATA"},
    {XF_GET_CONNECTION_AGENT, "GET_CONNECTION_AGENT"},
    {XF_GET_USB_SPEED, "GET_USB_SPEED"},
    {XF_GET_RAM_INFO, "GET_RAM_INFO"},
    {XF_GET_CHIP_ID, "GET_CHIP_ID"},
    {XF_GET_BATTERY_VOLTAGE, "GET_BATTERY_VOLTAGE"},
    {XF_GET_DEV_FW_INFO, "GET_DEV_FW_INFO"},
    {XF_SLA_ENABLED_STATUS, "SLA_ENABLED_STATUS"},
    {XF_START_DL_INFO, "START_DL_INFO"},
    {XF_END_DL_INFO, "END_DL_INFO"},
};

const char *xf_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    return "command";
}

static int64_t reply_time(const struct xflash *x)
{
    return agent_timeout(&x->s, MTK_T_AGENT_REPLY, 0);
}

int xf_command(struct xflash *x, uint32_t command, struct mtk_error *err)
{
    agent_step(&x->s, xf_name(command));
    if (xf_send_u32(x, command, err) < 0)
        return -1;
    return xf_expect_ok(x, reply_time(x), "the command word", err);
}

/* The two steps that all controls share: the DEVICE_CTRL word, then the code and whether the agent has it. */
static enum xf_ctrl begin(struct xflash *x, uint32_t code, struct mtk_error *err)
{
    uint32_t status = 0;
    agent_step(&x->s, xf_name(code));
    if (xf_send_u32(x, XF_DEVICE_CTRL, err) < 0 || xf_expect_ok(x, reply_time(x), "DEVICE_CTRL", err) < 0 ||
        xf_send_u32(x, code, err) < 0 || xf_recv_status(x, reply_time(x), &status, err) < 0)
        return XF_CTRL_FAILED;
    if (status == XF_UNSUPPORTED_CTRL)
        return XF_CTRL_ABSENT; /* an ordinary answer; nothing may follow it, least of all the parameter [7.2] */
    if (status != 0)
        return xf_refused(x, status, "the control code", err);
    return XF_CTRL_DONE;
}

enum xf_ctrl xf_ctrl_set(struct xflash *x, uint32_t code, const void *param, size_t len,
                         struct mtk_error *err)
{
    enum xf_ctrl r = begin(x, code, err);
    if (r != XF_CTRL_DONE)
        return r;
    if (xf_send(x, param, len, err) < 0)
        return XF_CTRL_FAILED;
    return xf_expect_ok(x, reply_time(x), "the parameter", err) < 0 ? XF_CTRL_FAILED : XF_CTRL_DONE;
}

enum xf_ctrl xf_ctrl_act(struct xflash *x, uint32_t code, struct mtk_error *err)
{
    enum xf_ctrl r = begin(x, code, err);
    if (r != XF_CTRL_DONE)
        return r;
    return xf_expect_ok(x, reply_time(x), "the action", err) < 0 ? XF_CTRL_FAILED : XF_CTRL_DONE;
}

enum xf_ctrl xf_ctrl_get(struct xflash *x, uint32_t code, void *buf, size_t cap, size_t *len,
                         struct mtk_error *err)
{
    uint8_t data[XF_SMALL_MAX];
    size_t n = 0;
    enum xf_ctrl r = begin(x, code, err);
    *len = 0;
    if (r != XF_CTRL_DONE)
        return r;
    if (xf_recv_small(x, reply_time(x), data, sizeof(data), &n, err) < 0)
        return XF_CTRL_FAILED;
    /* A GET that fails after its code was accepted sends one error status and no data: only the top bits tell [7.2]. */
    if (n == 4 && data[3] >> 6 == 3)
        return xf_refused(x, get_le32(data), "the control code", err);
    if (xf_expect_ok(x, reply_time(x), "the ended reply", err) < 0)
        return XF_CTRL_FAILED;
    *len = n < cap ? n : cap;
    memcpy(buf, data, *len);
    return XF_CTRL_DONE;
}

void xf_recover(struct xflash *x)
{
    if (!x->s.agent.usable)
        return;
    /* Errors come once or twice, and surplus packets cost a status each: read until it is quiet, never count [11]. */
    size_t dropped = mtk_link_drain(x->s.link, agent_timeout(&x->s, MTK_T_DRAIN, 0));
    if (dropped)
        mtk_note(x->s.agent.sink, 0, "%s: %zu more bytes came after the refusal", x->s.stage, dropped);

    struct mtk_error probe = {0};
    const char *command = x->s.command;
    char speed[16];
    size_t n = 0;
    if (xf_ctrl_get(x, XF_GET_USB_SPEED, speed, sizeof(speed), &n, &probe) == XF_CTRL_FAILED)
        x->s.agent.usable = false;
    agent_step(&x->s, command);
    if (!x->s.agent.usable && probe.evidence != MTK_EV_LEFT_BUS)
        mtk_note(
            x->s.agent.sink, 2,
            "the agent no longer answers after the failed %s; hold the power key for 15 s and plug the phone "
            "in again",
            command);
}
