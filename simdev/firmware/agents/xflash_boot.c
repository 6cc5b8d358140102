/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that hand the phone on: BOOT_TO, SHUTDOWN, SWITCH_USB_SPEED. da-xflash.md sections 6, 9, 10. */
#include "base/cursor.h"
#include "protocol/brom.h"
#include "simdev/firmware/agents/xflash.h"

#define STAGE2_MAX          (16u << 20) /* the DRAM window that stage 1 gives to stage 2 */
#define USB_DROP_NS         (50 * NS_PER_MS)
#define SPEED_SWITCH_NS     (300 * NS_PER_MS)
#define SHUTDOWN_PARAM      32
#define USBDL_BY_BOOTLOADER 0x2u
#define USBDL_ENABLE        0x1u

/* Where the image is to go: true if that is DRAM of this board with room for it. */
static bool lies_in_dram(const struct board *b, uint64_t address, uint64_t len)
{
    uint64_t base = b->soc->dram_base;
    return address >= base && range_fits(address - base, len, b->dram.size);
}

/* Says why stage 2 would crash after the jump, or NULL. The digest matched, so it is what stage 1 was built with. */
static const char *why_stage2_crashes(struct xf *x, const uint8_t *image, size_t len, uint64_t address)
{
    struct agent_descriptor d;
    if (!agent_image_describe(image, len, &d))
        return NULL; /* somebody else's code whose digest stage 1 knows */
    if (d.kind != MTK_AGENT_XFLASH || d.stage != 2)
        return "BOOT_TO target is no XFlash stage 2";
    if (!agent_fits_chip(phone_board(x->p)->chip, d.hw_code))
        return "stage 2 is for another chip";
    if (d.address != address)
        return "stage 2 was loaded at an address it is not linked for";
    if (d.year && !phone_settings(x->p)->da_year)
        x->year = d.year;
    ag_sla_install(x->p, &d);
    return NULL;
}

/* The whole image has been stored: compares, answers, jumps. */
static void boot_image(struct xf *x, const uint8_t *image, size_t len, uint64_t address)
{
    struct mtksim *p = x->p;
    if (!lies_in_dram(phone_board(p), address, len) || !agent_accepts_stage2(p, x->start, image, len)) {
        phone_log(p, "[DA%u] stage 2 at 0x%llX, %zu bytes: digest is not the one stage 1 was built with",
                  x->stage, (unsigned long long)address, len);
        xf_status(x, XF_DA_HASH_MISMATCH);
        return;
    }
    const char *why = why_stage2_crashes(x, image, len, address);
    if (xf_status(x, XF_OK) != XF_OK)
        return;
    if (why)
        phone_hang(p, why);
    phone_exec(p, firmware_xflash_da2, "da2");
}

void xf_boot_to(struct xf *x)
{
    const struct board *b = phone_board(x->p);
    uint8_t param[16];
    uint32_t len = 0;
    bool have = xf_param(x, param, sizeof(param), NULL); /* no status here */
    uint64_t address = get_le64(param), announced = get_le64(param + 8);
    if (have && !b->dram.up) {
        if (xf_header(x, &len))
            xf_discard(x, len); /* the controller takes it; it is the memory that swallows it [5.1] */
        phone_hang(x->p, "BOOT_TO into DRAM that was never initialised");
    }
    if (have && b->fuses.sbc && address != b->soc->dram_base)
        phone_reset(x->p); /* security-enabled stage 1: fixed base only [6, D V6] */
    if (!have || !xf_header(x, &len) || len > announced || len > STAGE2_MAX) {
        phone_log(x->p, "[DA%u] BOOT_TO: packet of %u bytes, %llu announced", x->stage, len,
                  (unsigned long long)announced);
        xf_status(x, XF_ERROR); /* the payload stays in the pipe [2.2] */
        return;
    }
    xf_reserve(x, &x->image, &x->image_cap, len);
    phone_read(x->p, x->image, len, -1);
    boot_image(x, x->image, len, address);
}

/* Words of SHUTDOWN [9]. */
struct shutdown {
    uint32_t is_dev_reboot, timeout_ms, async, bootup, dlbit, not_reset_rtc_time, not_disconnect_usb;
};

static struct shutdown parse_shutdown(const uint8_t param[SHUTDOWN_PARAM])
{
    struct rd r = rd_init(param, SHUTDOWN_PARAM);
    struct shutdown s;
    rd_le32(&r, &s.is_dev_reboot);
    rd_le32(&r, &s.timeout_ms);
    rd_le32(&r, &s.async);
    rd_le32(&r, &s.bootup);
    rd_le32(&r, &s.dlbit);
    rd_le32(&r, &s.not_reset_rtc_time);
    rd_le32(&r, &s.not_disconnect_usb);
    return s;
}

void xf_shutdown(struct xf *x)
{
    struct mtksim *p = x->p;
    uint8_t param[SHUTDOWN_PARAM];
    if (!xf_param(x, param, sizeof(param), NULL)) {
        xf_status(x, XF_INVALID_PARAMETERS);
        return;
    }
    struct shutdown s = parse_shutdown(param);
    if (xf_status(x, XF_OK) != XF_OK)
        return;
    if (s.is_dev_reboot != 1)
        s = (struct shutdown){0}; /* the other words are valid only then */
    phone_wait(p, USB_DROP_NS);
    if (!s.not_disconnect_usb)
        phone_usb_disconnect(p);
    if (!s.is_dev_reboot) {
        phone_log(p, "[DA%u] shut down", x->stage);
        phone_power_off(p);
    }
    phone_log(p, "[DA%u] reboot in %u ms, bootup %u, dlbit %u", x->stage, s.timeout_ms, s.bootup, s.dlbit);
    phone_wait(p, (int64_t)s.timeout_ms * NS_PER_MS);
    if (s.dlbit) {
        struct board *b = phone_board(p);
        b->usbdl_flag = BROM_USBDL_MAGIC | BROM_USBDL_FOREVER << 2 | USBDL_BY_BOOTLOADER | USBDL_ENABLE;
        b->usbdl_flag_kept = true;
        phone_reset(p);
    }
    phone_reboot(p);
}

void xf_switch_usb_speed(struct xf *x)
{
    uint32_t wanted; /* vid/pid the host would like, or 0: it gets 0E8D:2001 in any case */
    if (!xf_word(x, &wanted)) {
        xf_status(x, XF_INVALID_PARAMETERS);
        return;
    }
    if (xf_status(x, XF_OK) != XF_OK)
        return;
    phone_wait(x->p, USB_DROP_NS);
    phone_usb_disconnect(x->p);
    phone_wait(x->p, SPEED_SWITCH_NS);
    x->high_speed = true;
    phone_usb_connect_as(x->p, PHONE_AS_AGENT);
}
