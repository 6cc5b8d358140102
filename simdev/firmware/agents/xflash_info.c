/* SPDX-License-Identifier: Apache-2.0 */
/* What the agents tell about the phone: replies of the GET controls. da-xflash.md section 7.4. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define UFS_VERSION_AT       0x36u
#define UFS_VERSION_AT_SHORT 0x30u
#define UFS_SERIAL_AT        0x3Eu
#define DA1_PACKET           4096u /* stage 1 has no big buffers */
#define RAM_TYPE_DRAM        1u
#define RAM_TYPE_SRAM        2u
#define RPMB_KEY_EXISTS      0x10u
#define RPMB_KEY_MISSING     0x11u
#define DEV_FW_VERSION       0x00010000u
#define GREW_IN_YEAR         2019 /* EMMC_INFO and UFS_INFO got longer */
#define SLA_YEAR             2020 /* SLA_ENABLED_STATUS is known, DEV_FW_INFO is whole */

/* Starts a reply of n zero bytes. */
static struct wr reply(uint8_t *out, size_t *len, size_t n)
{
    memset(out, 0, n);
    *len = n;
    return wr_init(out, n);
}

static uint32_t reply_word(uint8_t *out, size_t *len, uint32_t value)
{
    struct wr w = reply(out, len, 4);
    wr_le32(&w, value);
    return XF_OK;
}

/* Texts go without their NUL. */
static uint32_t reply_text(uint8_t *out, size_t *len, const char *text)
{
    struct wr w = reply(out, len, strlen(text));
    wr_bytes(&w, text, *len);
    return XF_OK;
}

/* Kinds of storage that this phone does not have answer zeros of full length. */
static bool has(const struct xf *x, enum board_storage s)
{
    return phone_board(x->p)->storage == s && ag_has_storage(x->p);
}

uint32_t xf_info_emmc(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    struct wr w = reply(out, len, x->year < GREW_IN_YEAR ? 0x60 : 0x68);
    if (!has(x, BOARD_EMMC))
        return XF_OK;
    wr_le32(&w, XF_STORAGE_EMMC);
    wr_le32(&w, board_block_size(b));
    wr_le64(&w, ag_area_size(x->p, BOARD_BOOT1));
    wr_le64(&w, ag_area_size(x->p, BOARD_BOOT2));
    wr_le64(&w, ag_area_size(x->p, BOARD_RPMB));
    wr_fill(&w, 0, 4 * 8); /* gp1..gp4 */
    wr_le64(&w, ag_area_size(x->p, BOARD_USER));
    wr_bytes(&w, b->emmc.cid, sizeof(b->emmc.cid));
    wr_bytes(&w, b->emmc.fw_version, sizeof(b->emmc.fw_version));
    if (x->year >= GREW_IN_YEAR) {
        wr_u8(&w, b->emmc.pre_eol);
        wr_u8(&w, b->emmc.life_a);
        wr_u8(&w, b->emmc.life_b);
    }
    return XF_OK;
}

uint32_t xf_info_nand(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    struct wr w = reply(out, len, 0x30);
    if (!has(x, BOARD_NAND))
        return XF_OK;
    wr_le32(&w, XF_STORAGE_NAND_SLC);
    wr_le32(&w, b->nand.page_size);
    wr_le32(&w, b->nand.page_size * b->nand.pages_per_block);
    wr_le32(&w, b->nand.spare_size);
    wr_le64(&w, flash_size(b->area[BOARD_USER]));
    wr_le64(&w, ag_area_size(x->p, BOARD_USER));
    wr_u8(&w, 1); /* bad blocks are managed */
    wr_bytes(&w, b->nand.id, sizeof(b->nand.id));
    return XF_OK;
}

/* No phone has had NOR for long. */
uint32_t xf_info_nor(struct xf *x, uint8_t *out, size_t *len)
{
    (void)x;
    reply(out, len, 0x10);
    return XF_OK;
}

/* The short form has room for 14 characters of the product's name; in the long one the version follows behind it. */
uint32_t xf_info_ufs(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    bool grown = x->year >= GREW_IN_YEAR;
    struct wr w = reply(out, len, grown ? 0xD0 : 0x38);
    if (!has(x, BOARD_UFS))
        return XF_OK;
    wr_le32(&w, XF_STORAGE_UFS);
    wr_le32(&w, board_block_size(b));
    wr_le64(&w, ag_area_size(x->p, BOARD_BOOT1));
    wr_le64(&w, ag_area_size(x->p, BOARD_BOOT2));
    wr_le64(&w, ag_area_size(x->p, BOARD_USER));
    wr_le16(&w, b->ufs.manufacturer);
    wr_bytes(&w, b->ufs.product, grown ? 16 : 14);
    memcpy(out + (grown ? UFS_VERSION_AT : UFS_VERSION_AT_SHORT), b->ufs.fw_version, 4);
    if (grown)
        memcpy(out + UFS_SERIAL_AT, b->ufs.serial, 12);
    return XF_OK;
}

uint32_t xf_info_da_version(struct xf *x, uint8_t *out, size_t *len)
{
    (void)x;
    return reply_text(out, len, "1.0");
}

uint32_t xf_info_packet_length(struct xf *x, uint8_t *out, size_t *len)
{
    struct wr w = reply(out, len, 8);
    wr_le32(&w, x->stage == 1 ? DA1_PACKET : XF_MAX_PACKET);
    wr_le32(&w, x->stage == 1 ? DA1_PACKET : xf_read_packet(x));
    return XF_OK;
}

uint32_t xf_info_random_id(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    struct wr w = reply(out, len, sizeof(b->random_id));
    wr_bytes(&w, b->random_id, sizeof(b->random_id));
    return XF_OK;
}

uint32_t xf_info_hrid(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    struct wr w = reply(out, len, sizeof(b->hrid));
    wr_bytes(&w, b->hrid, sizeof(b->hrid));
    return XF_OK;
}

uint32_t xf_info_table(struct xf *x, uint8_t *out, size_t *len)
{
    bool pmt = ag_table_is_pmt(x->p) && phone_settings(x->p)->table_category == CATEGORY_TRUE;
    return reply_word(out, len, pmt ? XF_TABLE_PMT : XF_TABLE_GPT);
}

uint32_t xf_info_agent(struct xf *x, uint8_t *out, size_t *len)
{
    return reply_text(out, len, x->start->from_preloader ? "preloader" : "brom");
}

uint32_t xf_info_usb_speed(struct xf *x, uint8_t *out, size_t *len)
{
    return reply_text(out, len, x->high_speed ? "high-speed" : "full-speed");
}

uint32_t xf_info_ram(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    struct wr w = reply(out, len, 0x30);
    wr_le32(&w, RAM_TYPE_SRAM);
    wr_le32(&w, 0);
    wr_le64(&w, b->soc->brom_sram_start);
    wr_le64(&w, b->soc->brom_sram_end - b->soc->brom_sram_start);
    if (!b->dram.up)
        return XF_OK; /* type 0, size 0 until it is initialised [5.1] */
    wr_le32(&w, RAM_TYPE_DRAM);
    wr_le32(&w, 0);
    wr_le64(&w, b->soc->dram_base);
    wr_le64(&w, b->dram.size);
    return XF_OK;
}

uint32_t xf_info_chip_id(struct xf *x, uint8_t *out, size_t *len)
{
    const struct soc_profile *soc = phone_board(x->p)->soc;
    struct wr w = reply(out, len, 12);
    wr_le16(&w, (uint16_t)agent_hw_code(x->p));
    wr_le16(&w, soc->hw_sub_code);
    wr_le16(&w, soc->hw_version);
    wr_le16(&w, soc->sw_version);
    return XF_OK; /* chip_evolution 0 */
}

uint32_t xf_info_otp_lock(struct xf *x, uint8_t *out, size_t *len)
{
    (void)x;
    (void)out;
    *len = 0;
    return XF_INVALID_GPT; /* what agents answer for an eMMC without OTP; the number's name means nothing here */
}

uint32_t xf_info_battery(struct xf *x, uint8_t *out, size_t *len)
{
    unsigned set = phone_settings(x->p)->battery_mv;
    return reply_word(out, len, set ? set : phone_board(x->p)->battery_mv);
}

uint32_t xf_info_rpmb(struct xf *x, uint8_t *out, size_t *len)
{
    bool has_rpmb = ag_has_storage(x->p) && phone_board(x->p)->area[BOARD_RPMB];
    return reply_word(out, len,
                      has_rpmb ? RPMB_KEY_EXISTS : RPMB_KEY_MISSING); /* programmed at the factory */
}

uint32_t xf_info_dram_type(struct xf *x, uint8_t *out, size_t *len)
{
    /* The low byte of the EMI type has the numbers of this reply: 3 LPDDR3, 5 LPDDR4, 6 LPDDR4X. */
    return reply_word(out, len, phone_board(x->p)->dram.type & 0xFF);
}

uint32_t xf_info_dev_fw(struct xf *x, uint8_t *out, size_t *len)
{
    const struct board *b = phone_board(x->p);
    if (x->year < SLA_YEAR && !ag_sla_required(x->p)) {
        static const uint8_t constant[] = {0x12, 0x34, 0x56, 0x78};
        struct wr w = reply(out, len, sizeof(constant));
        wr_bytes(&w, constant, sizeof(constant));
        return XF_OK;
    }
    ag_sla_challenge(x->p, x->sla_random); /* the latest one counts */
    struct wr w = reply(out, len, 68);
    wr_le32(&w, DEV_FW_VERSION);
    wr_bytes(&w, x->sla_random, sizeof(x->sla_random));
    wr_bytes(&w, b->hrid, sizeof(b->hrid));
    wr_bytes(&w, b->soc_id, sizeof(b->soc_id));
    return XF_OK;
}

uint32_t xf_info_sla(struct xf *x, uint8_t *out, size_t *len)
{
    return reply_word(out, len, ag_sla_required(x->p));
}
