/* SPDX-License-Identifier: Apache-2.0 */
/* What DA2 tells about the phone before it serves commands. da-legacy.md 4. */
#include "simdev/firmware/agents/legacy.h"

#include "base/cursor.h"

#define SIZE64_FROM    0x8Bu    /* MT6571: from this chip on the NAND's size has 64 bits */
#define SRAM_SIZE      0x20000u /* on chip, as MT6580 reports it */
#define CHIP_SELECT_2  0x0008u  /* CS0, CS_WITH_DECODER */
#define ID_UNKNOWN     0xFFFFu
#define ADDRESS_CYCLES 5
#define IO_8_BITS      0
#define PRE_PROCESS_NS (30 * NS_PER_S) /* first-time security processing; hosts wait up to 120 s */

/* Chips whose agents have a word more [4]. */
static const uint8_t bmt_word_chips[] = {0x8D, 0x91, 0x99, 0xA1};

static void zeros(struct lg *x, unsigned n64)
{
    while (n64--)
        lg_put_u64(x, 0);
}

/* No phone here has NOR flash. */
static void report_nor(struct lg *x)
{
    lg_word(x, "REPORT_NOR", LG_S_NOR_NOT_FOUND);
    lg_put_u16(x, CHIP_SELECT_2);
    lg_put_u16(x, ID_UNKNOWN);
    lg_put_u32(x, 0);
    for (int i = 0; i < 4; i++)
        lg_put_u16(x, 0);
    lg_put_u32(x, 0); /* OTP: status, size */
    lg_put_u32(x, 0);
}

static void report_nand(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    bool there = lg_is_nand(x) && ag_has_storage(x->p);
    const struct board_nand none = {0}, *n = there ? &b->nand : &none;
    uint64_t size = there ? ag_area_size(x->p, BOARD_USER) : 0;
    lg_word(x, "REPORT_NAND", there ? 0 : LG_S_NAND_NOT_FOUND);
    lg_put_u8(x, 0);
    lg_put_u16(x, there ? get_be16(n->id) : ID_UNKNOWN);
    if (x->build.bbchip >= SIZE64_FROM)
        lg_put_u64(x, size);
    else
        lg_put_u32(x, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size);
    lg_put_u16(x, (uint16_t)x->build.n_report_ids);
    for (unsigned i = 0; i < x->build.n_report_ids; i++)
        lg_put_u16(x, i < n->id_len ? n->id[i] : 0);
    lg_put_u16(x, (uint16_t)n->page_size);
    lg_put_u16(x, (uint16_t)n->spare_size);
    lg_put_u16(x, (uint16_t)n->pages_per_block);
    lg_put_u8(x, IO_8_BITS);
    lg_put_u8(x, there ? ADDRESS_CYCLES : 0);
    lg_put_u8(x, there && n->pool_blocks);
}

static void report_emmc(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    bool there = b->storage == BOARD_EMMC && ag_has_storage(x->p);
    lg_word(x, "REPORT_EMMC", there ? 0 : LG_S_EMMC_NOT_FOUND);
    if (!there) {
        zeros(x, 11);
        return;
    }
    lg_put_u64(x, ag_area_size(x->p, BOARD_BOOT1));
    lg_put_u64(x, ag_area_size(x->p, BOARD_BOOT2));
    lg_put_u64(x, ag_area_size(x->p, BOARD_RPMB));
    zeros(x, 4); /* gp1..gp4 */
    lg_put_u64(x, ag_area_size(x->p, BOARD_USER));
    for (size_t i = 0; i < sizeof(b->emmc.cid); i += 4)
        lg_put_u32(x, get_be32(b->emmc.cid + i));
    for (size_t i = 0; i < sizeof(b->emmc.fw_version); i++)
        lg_put_u8(x, b->emmc.fw_version[i]);
}

/* There is no card slot. */
static void report_sdmmc(struct lg *x)
{
    lg_word(x, "REPORT_SDMMC", LG_S_SDMMC_NOT_FOUND);
    zeros(x, 3);
}

static void report_memory(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    lg_word(x, "REPORT_SRAM", 0);
    lg_put_u32(x, SRAM_SIZE);
    lg_word(x, "REPORT_DRAM", 0);
    lg_put_u8(x, LG_RAM_TYPE_DRAM);
    lg_put_u8(x, 0);
    lg_put_u64(x, b->dram.size);
    lg_put_bytes(x, b->random_id, sizeof(b->random_id));
}

static void report_bmt(struct lg *x)
{
    for (size_t i = 0; i < sizeof(bmt_word_chips); i++) {
        if (bmt_word_chips[i] == x->build.bbchip)
            lg_put_u32(x, lg_is_nand(x) ? phone_board(x->p)->nand.pool_blocks : 0);
    }
}

void lg_report(struct lg *x)
{
    report_nor(x);
    report_nand(x);
    report_emmc(x);
    report_sdmmc(x);
    report_memory(x);
    report_bmt(x);
    if (lg_named_byte(x, "PRE_PROCESS", LG_ACK) == LG_NACK) {
        phone_wait(x->p, PRE_PROCESS_NS);
        lg_put_u8(x, LG_ACK);
    }
    lg_word(x, "DOWNLOAD_STATUS", x->build.blank_status ? LG_S_BLANK_FLASH : 0);
    lg_put_u32(x, lg_is_nand(x) ? LG_BOOT_NAND : LG_BOOT_EMMC);
    if (lg_named_byte(x, "SOC_CHECK", LG_SOC_OK) == LG_SOC_FAIL)
        phone_hang(x->p, "the agent's check of the chip failed");
}
