/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and the power chip's registers. da-legacy.md 5.10. */
#include "simdev/firmware/agents/legacy.h"

#include "base/prng.h"
#include "protocol/brom.h"

#define CHIP_ID_BASE 0x08000000u /* hw_code, sub code, hw version, sw version: one word each */
#define PMIC_BASE    0xF0000000u /* nothing else answers there: the power chip has 16-bit addresses of its own */

static bool chip_id(struct lg *x, uint32_t address, uint32_t *value)
{
    const struct soc_profile *soc = phone_board(x->p)->soc;
    const uint32_t ids[] = {agent_hw_code(x->p), soc->hw_sub_code, soc->hw_version, soc->sw_version};
    uint32_t at = address - CHIP_ID_BASE;
    if (address < CHIP_ID_BASE || at >= sizeof(ids))
        return false;
    *value = ids[at / 4];
    return true;
}

static struct lg_cell *find_cell(struct lg *x, uint32_t address)
{
    for (size_t i = 0; i < LG_CELLS && i < x->n_cells; i++) {
        if (x->cells[i].address == address)
            return &x->cells[i];
    }
    return NULL;
}

/* Registers without a model keep what is written to them; until then they read as the same noise for every program. */
static uint32_t read_register(struct lg *x, uint32_t address)
{
    const struct board *b = phone_board(x->p);
    uint32_t value;
    if (chip_id(x, address & ~3u, &value))
        return value;
    if (address == b->chip->dev_usbdl_flag)
        return b->usbdl_flag;
    const struct lg_cell *cell = find_cell(x, address);
    if (cell)
        return cell->value;
    struct prng noise = prng_init(b->seed ^ ((uint64_t)address << 32 | address));
    return (uint32_t)prng_u64(&noise);
}

static void write_register(struct lg *x, uint32_t address, uint32_t value)
{
    struct board *b = phone_board(x->p);
    uint32_t rgu = soc_rgu(b->chip);
    if (address == b->chip->dev_usbdl_flag)
        b->usbdl_flag = value;
    if (rgu && address == rgu + RGU_SWRST && value == RGU_SWRST_KEY)
        phone_reset(x->p);
    struct lg_cell *cell = find_cell(x, address);
    if (!cell)
        cell = &x->cells[x->n_cells++ % LG_CELLS];
    *cell = (struct lg_cell){address, value};
}

void lg_read_reg32(struct lg *x)
{
    lg_put_u32(x, read_register(x, lg_u32(x)));
    lg_ack(x);
}

void lg_write_reg32(struct lg *x)
{
    uint32_t address = lg_u32(x), value = lg_u32(x);
    if (lg_ack(x))
        write_register(x, address, value);
}

void lg_read_reg16(struct lg *x)
{
    uint32_t address = lg_u32(x);
    uint32_t word = read_register(x, address & ~3u);
    lg_put_u16(x, (uint16_t)(word >> (address & 2) * 8));
    lg_ack(x);
}

void lg_write_reg16(struct lg *x)
{
    uint32_t address = lg_u32(x), value = lg_u16(x);
    if (lg_ack(x))
        write_register(x, address, value);
}

void lg_pwr_read16(struct lg *x)
{
    lg_put_u16(x, (uint16_t)read_register(x, PMIC_BASE | lg_u16(x)));
    lg_ack(x);
}

void lg_pwr_write16(struct lg *x)
{
    uint32_t address = lg_u16(x), value = lg_u16(x);
    if (lg_ack(x))
        write_register(x, PMIC_BASE | address, value);
}

void lg_pwr_read8(struct lg *x)
{
    lg_put_u8(x, (uint8_t)read_register(x, PMIC_BASE | lg_u8(x)));
    lg_ack(x);
}

void lg_pwr_write8(struct lg *x)
{
    uint32_t address = lg_u8(x), value = lg_u8(x);
    if (lg_ack(x))
        write_register(x, PMIC_BASE | address, value);
}
