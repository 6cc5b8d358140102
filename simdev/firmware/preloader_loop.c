/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader's command loop: which opcodes a build knows (4.2), and the small ones among them. */
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define STAY_STILL_DELAY_NS (100 * NS_PER_MS)
#define CABLE_POLL_NS       (100 * NS_PER_MS)
#define ZEROIZATION_MAGIC   0x08825252u
#define PL_REFUSED          0xFFFF

static void get_bl_ver(struct download *d)
{
    dl_put8(d, d->b->soc->bl_ver);
}

/* No status follows (4.4). */
static void get_pl_cap(struct download *d)
{
    dl_put32(d, BROM_CAP_XFLASH | BROM_CAP_ME_ID | BROM_CAP_SOC_ID);
    dl_put32(d, 0);
}

/* Off the bus until the cable is pulled, then off (4.21). */
static void stay_still(struct download *d)
{
    dl_status(d, BROM_OK);
    phone_wait(d->p, STAY_STILL_DELAY_NS);
    phone_usb_disconnect(d->p);
    while (phone_cable(d->p))
        phone_wait(d->p, CABLE_POLL_NS);
    phone_power_off(d->p);
}

/* The magic is answered; what it stood for was taken out of the source and is not here either (4.22). */
static void zeroization(struct download *d)
{
    dl_status(d, dl_get32(d) == ZEROIZATION_MAGIC ? BROM_OK : PL_REFUSED);
}

static const struct dl_command every_build[] = {
    {BROM_LEGACY_WRITE16, "LEGACY_WRITE16", dl_legacy_write16},
    {BROM_LEGACY_READ16, "LEGACY_READ16", dl_legacy_read16},
    {BROM_PWR_INIT, "PWR_INIT", dl_pwr_init},
    {BROM_PWR_DEINIT, "PWR_DEINIT", dl_pwr_deinit},
    {BROM_PWR_READ16, "PWR_READ16", dl_pwr_read16},
    {BROM_PWR_WRITE16, "PWR_WRITE16", dl_pwr_write16},
    {BROM_READ16, "READ16", dl_read16},
    {BROM_READ32, "READ32", dl_read32},
    {BROM_WRITE16, "WRITE16", dl_write16},
    {BROM_WRITE16_NO_ECHO, "WRITE16_NO_ECHO", dl_write16_no_echo},
    {BROM_WRITE32, "WRITE32", dl_write32},
    {BROM_JUMP_DA, "JUMP_DA", preloader_jump_da},
    {BROM_SEND_DA, "SEND_DA", preloader_send_da},
    {BROM_GET_TARGET_CONFIG, "GET_TARGET_CONFIG", dl_get_target_config},
    {BROM_UART1_LOG_EN, "UART1_LOG_EN", dl_uart1_log_en},
    {BROM_GET_HW_SW_VER, "GET_HW_SW_VER", dl_get_hw_sw_ver},
    {BROM_GET_HW_CODE, "GET_HW_CODE", dl_get_hw_code},
};

static const struct dl_command with_ids[] = {
    {BROM_GET_ME_ID, "GET_ME_ID", dl_get_me_id},
    {BROM_GET_SOC_ID, "GET_SOC_ID", dl_get_soc_id},
    {BROM_GET_PL_CAP, "GET_PL_CAP", get_pl_cap},
    {BROM_ZEROIZATION, "ZEROIZATION", zeroization},
};

static const struct dl_command with_stay_still[] = {{BROM_STAY_STILL, "STAY_STILL", stay_still}};

static const struct dl_command as_da[] = {
    {BROM_SEND_PARTITION_DATA, "SEND_PARTITION_DATA", preloader_send_partition},
    {BROM_JUMP_TO_PARTITION, "JUMP_TO_PARTITION", preloader_jump_partition},
};

static const struct dl_command no_echo[] = {{BROM_GET_BL_VER, "GET_BL_VER", get_bl_ver}};

#define N(table) (sizeof(table) / sizeof *(table))

static bool known(struct download *d, uint8_t op)
{
    const struct soc_profile *s = d->b->soc;
    return dl_run(d, every_build, N(every_build), op) ||
           (s->has_ids && dl_run(d, with_ids, N(with_ids), op)) ||
           (s->has_stay_still && dl_run(d, with_stay_still, N(with_stay_still), op)) ||
           (s->preloader_as_da && dl_run(d, as_da, N(as_da), op));
}

void preloader_loop(struct download *d)
{
    unsigned limit = d->b->soc->pl_unknown_limit;
    while (!limit || d->unknown <= limit) {
        uint8_t op = dl_next_op(d);
        if (dl_run(d, no_echo, N(no_echo), op))
            continue;
        dl_put8(d, op);
        if (!known(d, op))
            d->unknown++;
    }
}
