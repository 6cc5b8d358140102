/* SPDX-License-Identifier: Apache-2.0 */
/* Identification (4.3, 4.7, 4.8) and the commands that do next to nothing (4.15, 4.18). */
#include <stdlib.h>

#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

void dl_get_hw_code(struct download *d)
{
    const char *other = phone_settings(d->p)->chip_id;
    dl_put16(d, (uint16_t)(other[0] ? strtoul(other, NULL, 0) : d->b->soc->hw_code));
    dl_status(d, BROM_OK);
}

void dl_get_hw_sw_ver(struct download *d)
{
    dl_put16(d, d->b->soc->hw_sub_code);
    dl_put16(d, d->b->soc->hw_version);
    dl_put16(d, d->b->soc->sw_version);
    dl_status(d, BROM_OK);
}

void dl_get_target_config(struct download *d)
{
    const struct board_fuses *f = &d->b->fuses;
    uint32_t config =
        (f->sbc ? BROM_CFG_SBC : 0u) | (f->sla ? BROM_CFG_SLA : 0u) | (f->daa ? BROM_CFG_DAA : 0u);
    if (d->brom) /* the preloader knows the first three only */
        config |= (f->epp ? BROM_CFG_EPP : 0u) | (f->root_cert ? BROM_CFG_ROOT_CERT : 0u) |
                  (f->mem_read_auth ? BROM_CFG_MEM_READ_AUTH : 0u) |
                  (f->mem_write_auth ? BROM_CFG_MEM_WRITE_AUTH : 0u) |
                  (f->c8_blocked ? BROM_CFG_C8_BLOCKED : 0u);
    dl_put32(d, config);
    dl_status(d, BROM_OK);
}

static void put_id(struct download *d, const uint8_t *id, uint32_t len)
{
    dl_put32(d, len);
    dl_put(d, id, len);
    dl_status(d, BROM_OK);
}

void dl_get_me_id(struct download *d)
{
    put_id(d, d->b->me_id, BROM_ME_ID_LEN);
}

void dl_get_soc_id(struct download *d)
{
    put_id(d, d->b->soc_id, BROM_SOC_ID_LEN);
}

void dl_pwr_init(struct download *d)
{
    dl_echo32(d); /* configuration */
    dl_echo32(d); /* timeout */
    dl_status(d, BROM_OK);
}

void dl_pwr_deinit(struct download *d)
{
    dl_status(d, BROM_OK);
}

void dl_pwr_read16(struct download *d)
{
    uint16_t reg = dl_echo16(d);
    if (dl_status(d, BROM_OK) >= BROM_FIRST_FAILURE || dl_status(d, BROM_OK) != BROM_OK)
        return;
    dl_put16(d, dl_read_pmic(d, reg));
}

void dl_pwr_write16(struct download *d)
{
    uint16_t reg = dl_echo16(d), value = dl_echo16(d);
    if (dl_status(d, BROM_OK) >= BROM_FIRST_FAILURE)
        return;
    dl_write_pmic(d, reg, value);
    dl_status(d, BROM_OK);
}

void dl_uart1_log_en(struct download *d)
{
    dl_status(d, BROM_OK);
}
