/* SPDX-License-Identifier: Apache-2.0 */
/* DA2, stage 2 of XFlash: start-up, command table and the commands that this phone has nothing for. */
#include "simdev/firmware/agents/xflash.h"

#define STORAGE_INIT_NS    (200 * NS_PER_MS) /* from the jump to SYNC [6] */
#define EFUSE_REQUEST_LEN  0xF8u
#define EFUSE_BLOCK_LEN    0x42D4u
#define XF_OTP_UNSUPPORTED 0xC0040100u

/* An OTP zone is asked for by two u32; this eMMC has none. What does not fit the parameter's buffer is 0xC0040006. */
static void otp_zone(struct xf *x)
{
    uint8_t range[8];
    xf_status(x, xf_param(x, range, sizeof(range), NULL) ? XF_OTP_UNSUPPORTED : XF_PARTITION_NOT_FOUND);
}

/* The layout of the fuse block is not known, so nothing is made up: the request is taken and refused. */
static void read_efuse(struct xf *x)
{
    uint8_t request[EFUSE_REQUEST_LEN];
    xf_param(x, request, sizeof(request), NULL);
    xf_status(x, XF_UNSUPPORTED_OP);
}

static void write_efuse(struct xf *x)
{
    size_t unused = 0;
    xf_reserve(x, &x->packet, &x->packet_cap, EFUSE_BLOCK_LEN);
    if (xf_param(x, x->packet, EFUSE_BLOCK_LEN, &unused))
        xf_param(x, x->packet, EFUSE_REQUEST_LEN, &unused);
    xf_status(x, XF_UNSUPPORTED_OP);
}

static const struct xf_command commands[] = {
    {XF_DOWNLOAD, "DOWNLOAD", xf_download},
    {XF_UPLOAD, "UPLOAD", xf_upload},
    {XF_FORMAT, "FORMAT", xf_format},
    {XF_WRITE_DATA, "WRITE_DATA", xf_write_data},
    {XF_READ_DATA, "READ_DATA", xf_read_data},
    {XF_FORMAT_PARTITION, "FORMAT_PARTITION", xf_format_partition},
    {XF_SHUTDOWN, "SHUTDOWN", xf_shutdown},
    {XF_BOOT_TO, "BOOT_TO", xf_boot_to},
    {XF_DEVICE_CTRL, "DEVICE_CTRL", xf_device_ctrl},
    {XF_SWITCH_USB_SPEED, "SWITCH_USB_SPEED", xf_switch_usb_speed},
    {XF_READ_OTP_ZONE, "READ_OTP_ZONE", otp_zone},
    {XF_WRITE_OTP_ZONE, "WRITE_OTP_ZONE", otp_zone},
    {XF_WRITE_EFUSE, "WRITE_EFUSE", write_efuse},
    {XF_READ_EFUSE, "READ_EFUSE", read_efuse},
};

void firmware_xflash_da2(struct mtksim *p)
{
    struct xf *x = *phone_baton(p);
    x->stage = 2;
    phone_tx_patience(p, -1);
    phone_wait(p, STORAGE_INIT_NS);
    if (!ag_has_storage(p))
        phone_log(p, "[DA2] no storage answers"); /* it serves all the same, with zero structs [6] */
    x->command = "SYNC";
    xf_status(x, XFLASH_SYNC);
    xf_loop(x, commands, sizeof(commands) / sizeof(commands[0]));
}
