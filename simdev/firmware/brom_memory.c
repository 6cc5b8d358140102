/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the addresses that READ and WRITE commands reach: a few real registers, and quiet noise. */
#include "base/cursor.h"
#include "base/prng.h"
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define REGION        0x1000u
#define CHIP_ID_BASE  0x08000000u
#define MISC_LOCK_KEY 0xAD98u
#define RGU_SCRATCH0  0x20u
#define RGU_SCRATCH1  0x24u
#define RGU_MODE_BITS 0xFFu
#define LENGTH_KEY    0x08u
#define PMIC_BASE     0xF0000000u /* no memory is there: the power chip's registers have numbers of their own */

static bool in(uint32_t address, uint32_t base, uint32_t size)
{
    return base && address >= base && address - base < size;
}

static bool holds(uint32_t base, uint32_t size, uint32_t address, uint32_t len)
{
    return in(address, base, size) && len <= size - (address - base);
}

bool dl_whitelisted(const struct download *d, uint32_t address, uint32_t len, bool write)
{
    const struct mtk_chip *c = d->b->chip;
    return holds(soc_rgu(c), REGION, address, len) || holds(c->dev_usbdl_flag, 4, address, len) ||
           (!write && holds(c->dev_devinfo_base, REGION, address, len));
}

/* A DA that was uploaded there can be read back and changed. */
static uint8_t *uploaded(struct download *d, uint32_t address)
{
    for (size_t i = 0; i < d->n_blocks; i++) {
        const struct dl_block *k = &d->block[i];
        if (holds(k->address, k->length, address, 4))
            return k->data + (address - k->address);
    }
    return NULL;
}

static struct dl_cell *find_cell(struct download *d, uint32_t address)
{
    size_t n = d->n_cells < DL_CELLS ? d->n_cells : DL_CELLS;
    for (size_t i = 0; i < n; i++)
        if (d->cell[i].address == address)
            return &d->cell[i];
    return NULL;
}

/* ---- watchdog (7.4) ---- */

static uint32_t rgu_read(const struct download *d, uint32_t reg)
{
    switch (reg) {
    case RGU_MODE:
        return (d->rgu_mode & ~(uint32_t)RGU_MODE_ENABLE) | (d->b->wdt_enabled ? RGU_MODE_ENABLE : 0u);
    case RGU_LENGTH:
        return (uint32_t)(d->b->wdt_period * 64 / NS_PER_S) << 5;
    case RGU_STATUS:
        return d->b->wdt_status;
    case RGU_SCRATCH0:
        return d->rgu_scratch[0];
    case RGU_SCRATCH1:
        return d->rgu_scratch[1];
    default:
        return 0;
    }
}

static void rgu_write(struct download *d, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case RGU_MODE:
        if ((value & 0xFF000000u) != RGU_MODE_KEY)
            return;
        d->rgu_mode = value & RGU_MODE_BITS;
        d->b->wdt_enabled = value & RGU_MODE_ENABLE;
        return;
    case RGU_LENGTH:
        if ((value & 0x1F) == LENGTH_KEY)
            d->b->wdt_period = (int64_t)(value >> 5 & 0x7FF) * NS_PER_S / 64;
        return;
    case RGU_SWRST:
        if (value == RGU_SWRST_KEY)
            phone_reset(d->p);
        return;
    case RGU_SCRATCH0:
        d->rgu_scratch[0] = value;
        return;
    case RGU_SCRATCH1:
        d->rgu_scratch[1] = value;
        return;
    default:
        return;
    }
}

/* ---- words ---- */

static uint32_t chip_id(const struct download *d, uint32_t reg)
{
    const struct soc_profile *s = d->b->soc;
    const uint32_t regs[] = {s->hw_code, s->hw_sub_code, s->hw_version, s->sw_version};
    return regs[reg / 4];
}

static uint32_t read_word(struct download *d, uint32_t address)
{
    const struct mtk_chip *c = d->b->chip;
    if (in(address, soc_rgu(c), REGION))
        return rgu_read(d, address - soc_rgu(c));
    if (address == c->dev_usbdl_flag)
        return d->b->usbdl_flag;
    if (in(address, CHIP_ID_BASE, 16))
        return chip_id(d, address - CHIP_ID_BASE);
    const uint8_t *da = uploaded(d, address);
    if (da)
        return get_le32(da);
    const struct dl_cell *cell = find_cell(d, address);
    if (cell)
        return cell->value;
    struct prng noise = prng_init(d->b->seed ^ ((uint64_t)address << 32 | address));
    return (uint32_t)prng_u64(&noise);
}

static void write_word(struct download *d, uint32_t address, uint32_t value)
{
    const struct mtk_chip *c = d->b->chip;
    uint8_t *da = uploaded(d, address);
    if (da)
        put_le32(da, value);
    if (in(address, soc_rgu(c), REGION)) {
        rgu_write(d, address - soc_rgu(c), value);
        return;
    }
    if (address == c->dev_usbdl_flag) {
        d->b->usbdl_flag = value;
        return;
    }
    struct dl_cell *cell = find_cell(d, address);
    if (!cell)
        cell = &d->cell[d->n_cells++ % DL_CELLS];
    *cell = (struct dl_cell){address, value};
    /* The flag outlives a watchdog reset once the lock key has been given and RST_CON bit 0 set (2.1). */
    if (address == c->dev_rst_con && value & 1) {
        const struct dl_cell *key = find_cell(d, c->dev_misc_lock_key);
        if (key && key->value == MISC_LOCK_KEY)
            d->b->usbdl_flag_kept = true;
    }
}

uint32_t dl_read_memory(struct download *d, uint32_t address, unsigned width)
{
    if (width == 4)
        return read_word(d, address);
    return read_word(d, address & ~3u) >> (address & 2) * 8 & 0xFFFF;
}

void dl_write_memory(struct download *d, uint32_t address, unsigned width, uint32_t value)
{
    if (width == 2) {
        unsigned shift = (address & 2) * 8;
        uint32_t old = read_word(d, address & ~3u);
        value = (old & ~(0xFFFFu << shift)) | value << shift;
        address &= ~3u;
    }
    write_word(d, address, value);
}

uint16_t dl_read_pmic(struct download *d, uint16_t reg)
{
    const struct dl_cell *cell = find_cell(d, PMIC_BASE | reg);
    struct prng noise = prng_init(d->b->seed ^ UINT64_C(0x504D4943) << 16 ^ reg);
    return (uint16_t)(cell ? cell->value : prng_u64(&noise));
}

void dl_write_pmic(struct download *d, uint16_t reg, uint16_t value)
{
    write_word(d, PMIC_BASE | reg, value);
}
