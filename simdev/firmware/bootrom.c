/* SPDX-License-Identifier: Apache-2.0 */
/* The mask ROM: decides between USB download and the preloader, and serves the download commands. */
#include <stdio.h>
#include <string.h>

#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define START_UP_NS         (20 * NS_PER_MS)
#define BROM_VERSION        5
#define USBDL_ENABLE        0x1u
#define USBDL_BY_BOOTLOADER 0x2u  /* the flag is not for the ROM (2.1) */
#define BP_FOUND            0x01u /* boot flags of the log (4.19) */
#define BP_USB_SYNC         0x02u

/* ---- commands only BROM has ---- */

static void jump_bl(struct download *d)
{
    dl_status(d, BROM_OK);
    phone_usb_disconnect(d->p);
    if (!brom_preloader_good(d->p))
        phone_hang(d->p, "no preloader to jump to");
    phone_exec(d->p, firmware_preloader, "preloader");
}

static void get_version(struct download *d)
{
    dl_put8(d, BROM_VERSION);
}

/* Meaning unknown to everybody who has seen it; the answers are what hosts expect (4.17). */
static void cache_control(struct download *d)
{
    dl_echo8(d);
    dl_put8(d, 0);
    dl_status(d, d->b->fuses.c8_blocked ? BROM_REGISTER_REFUSED : BROM_OK);
}

static void register_access(struct download *d)
{
    dl_echo32(d); /* mode, address, length */
    dl_echo32(d);
    dl_echo32(d);
    dl_status(d, BROM_REGISTER_REFUSED);
}

static void set_baud(struct download *d)
{
    uint32_t baud = dl_echo32(d);
    dl_status(d, baud > 921600 ? BROM_BAUD_TOO_HIGH : BROM_OK);
}

static size_t log_text(struct download *d, char *text, size_t len)
{
    unsigned flags = BP_USB_SYNC | (brom_preloader_good(d->p) ? BP_FOUND : 0);
    int n = snprintf(text, len, "[DL] %08X %08X 010701\r\nBP: 0000 %04X [0001]\r\nT0: 0000 0000 [000F]\r\n",
                     d->b->usbdl_flag ? (d->b->usbdl_flag >> 2 & BROM_USBDL_FOREVER) * 1000u : 0u,
                     d->b->usbdl_flag, flags);
    return n > 0 ? (size_t)n : 0;
}

static void get_log(struct download *d)
{
    char text[128];
    size_t n = log_text(d, text, sizeof text);
    dl_put32(d, (uint32_t)n);
    dl_put(d, text, n);
}

static void get_log_new(struct download *d)
{
    get_log(d);
    dl_status(d, BROM_OK);
}

static void old_root_cert(struct download *d)
{
    dl_status(d, 0x703A);
}

static void old_sec_check(struct download *d)
{
    dl_status(d, 0x7054);
}

static const struct dl_command every_rom[] = {
    {BROM_PWR_INIT, "PWR_INIT", dl_pwr_init},
    {BROM_PWR_DEINIT, "PWR_DEINIT", dl_pwr_deinit},
    {BROM_PWR_READ16, "PWR_READ16", dl_pwr_read16},
    {BROM_PWR_WRITE16, "PWR_WRITE16", dl_pwr_write16},
    {BROM_CACHE_CTRL, "CACHE_CTRL", cache_control},
    {BROM_READ16, "READ16", dl_read16},
    {BROM_READ32, "READ32", dl_read32},
    {BROM_WRITE16, "WRITE16", dl_write16},
    {BROM_WRITE16_NO_ECHO, "WRITE16_NO_ECHO", dl_write16_no_echo},
    {BROM_WRITE32, "WRITE32", dl_write32},
    {BROM_JUMP_DA, "JUMP_DA", brom_jump_da},
    {BROM_JUMP_BL, "JUMP_BL", jump_bl},
    {BROM_SEND_DA, "SEND_DA", brom_send_da},
    {BROM_GET_TARGET_CONFIG, "GET_TARGET_CONFIG", dl_get_target_config},
    {BROM_SEND_ENV_PREPARE, "SEND_ENV_PREPARE", brom_send_env_prepare},
    {BROM_UART1_LOG_EN, "UART1_LOG_EN", dl_uart1_log_en},
    {BROM_UART1_SET_BAUD, "UART1_SET_BAUD", set_baud},
    {BROM_GET_BROM_LOG, "GET_BROM_LOG", get_log},
    {BROM_SEND_CERT, "SEND_CERT", brom_send_cert},
    {BROM_GET_ME_ID, "GET_ME_ID", dl_get_me_id},
    {BROM_SEND_AUTH, "SEND_AUTH", brom_send_auth},
    {BROM_SLA, "SLA", brom_sla},
    {BROM_GET_HW_SW_VER, "GET_HW_SW_VER", dl_get_hw_sw_ver},
    {BROM_GET_HW_CODE, "GET_HW_CODE", dl_get_hw_code},
};

static const struct dl_command rom_64bit[] = {
    {BROM_REGISTER_ACCESS, "REGISTER_ACCESS", register_access},
    {BROM_JUMP_DA64, "JUMP_DA64", brom_jump_da64},
    {BROM_GET_BROM_LOG_NEW, "GET_BROM_LOG_NEW", get_log_new},
    {0xE4, "E4", old_root_cert},
    {0xE5, "E5", old_sec_check},
    {0xE6, "E6", old_sec_check},
};

static const struct dl_command rom_legacy[] = {
    {BROM_LEGACY_WRITE16, "LEGACY_WRITE16", dl_legacy_write16},
    {BROM_LEGACY_READ16, "LEGACY_READ16", dl_legacy_read16},
};

static const struct dl_command rom_soc_id[] = {{BROM_GET_SOC_ID, "GET_SOC_ID", dl_get_soc_id}};
static const struct dl_command no_echo[] = {{BROM_GET_VERSION, "GET_VERSION", get_version}};

#define N(table) (sizeof(table) / sizeof *(table))

/* Hosts retry in the same session, so BROM is taken to stay; that it does is not proven (10.4). */
static void after_command(struct download *d)
{
    if (d->refused_something && phone_settings(d->p)->brom_after_error == BROM_ERROR_RESET)
        phone_reset(d->p);
    d->refused_something = false;
}

/* Every byte is echoed before anything else; GET_VERSION alone is not (4.4). What is in no table stays an echo. */
static void command_loop(struct download *d)
{
    const struct soc_profile *s = d->b->soc;
    for (;;) {
        uint8_t op = dl_next_op(d);
        if (dl_run(d, no_echo, N(no_echo), op))
            continue;
        dl_put8(d, op);
        if (dl_run(d, every_rom, N(every_rom), op) ||
            (s->brom_64bit && dl_run(d, rom_64bit, N(rom_64bit), op)) ||
            (s->brom_legacy_ops && dl_run(d, rom_legacy, N(rom_legacy), op)) ||
            (s->brom_soc_id && dl_run(d, rom_soc_id, N(rom_soc_id), op)))
            after_command(d);
        else
            d->unknown++;
    }
}

/* ---- start ---- */

/* Serves a host that finishes the handshake before the deadline; returns if none does (3.2). */
static void usb_download(struct mtksim *p, int64_t window_ns)
{
    static const uint8_t start[] = BROM_START_BYTES;
    int64_t deadline = mtk_deadline(phone_now(p), window_ns);
    struct download *d = download_new(p, true);
    size_t i = 0;
    phone_usb_connect_as(p, PHONE_AS_BROM);
    while (i < sizeof start) {
        uint8_t c;
        int64_t left = deadline == NS_NEVER ? -1 : deadline - phone_now(p);
        if ((deadline != NS_NEVER && left <= 0) || phone_read(p, &c, 1, left) != PHONE_OK)
            break;
        bool right = c == start[i];
        dl_put8(d, right ? (uint8_t)~c : (uint8_t)(c + 1));
        i = right ? i + 1 : 0;
    }
    if (i == sizeof start)
        command_loop(d);
    phone_log(p, "[BROM] USB download: nobody came");
    phone_usb_disconnect(p);
}

int64_t usbdl_flag_window(uint32_t flag, bool by_bootloader)
{
    uint32_t seconds = flag >> 2 & BROM_USBDL_FOREVER;
    if ((flag & 0xFFFF0000u) != BROM_USBDL_MAGIC || !(flag & USBDL_ENABLE) ||
        !(flag & USBDL_BY_BOOTLOADER) == by_bootloader)
        return 0;
    return seconds == BROM_USBDL_FOREVER ? -1 : (int64_t)seconds * NS_PER_S;
}

void firmware_bootrom(struct mtksim *p)
{
    phone_log(p, "[BROM] start");
    phone_wait(p, START_UP_NS);
    int64_t window = usbdl_flag_window(phone_board(p)->usbdl_flag, false);
    if (!window && phone_download_key(p)) {
        unsigned ms = phone_settings(p)->brom_window_ms;
        window = ms ? (int64_t)ms * NS_PER_MS : -1;
    }
    if (window)
        usb_download(p, window);
    if (brom_preloader_good(p))
        phone_exec(p, firmware_preloader, "preloader");
    /* Nothing to boot: what is left is to wait for somebody who repairs it. */
    phone_log(p, "[BROM] no usable preloader");
    usb_download(p, -1);
}
