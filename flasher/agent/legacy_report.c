/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware report of stage 2 [4]. Its length depends on two things: the width of the NAND size, which goes by the
 * chip, and a word about bad blocks in front of the last bytes, which is recognised by what it is: a small number,
 * where an ack byte would be otherwise. Neither goes by the agent's own chip id, whose meaning has changed with the
 * years.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

#define NOR_LEN   28u
#define NAND_HEAD 7u /* status, chip select, id */
#define NAND_TAIL 9u /* page, spare, pages, interface, cycles, pool */
#define EMMC_LEN  92u
#define SDMMC_LEN 28u
#define TAIL_LEN  38u /* SRAM, DRAM, random id */

struct report {
    uint32_t nor, nand, emmc, sdmmc; /* 0: found */
    uint64_t nand_size;
    uint8_t nand_ids[LG_IDS_MAX];
    size_t n_nand_ids;
    uint16_t page, spare, pages_per_block;
    uint64_t emmc_size[8]; /* boot1, boot2, rpmb, gp1..gp4, user */
    uint8_t emmc_cid[LG_CID_LEN];
    uint64_t sdmmc_size;
    uint8_t sdmmc_cid[LG_CID_LEN];
};

static int recv_nor(struct legacy *g, struct report *r, struct mtk_error *err)
{
    uint8_t raw[NOR_LEN];
    /* Only the first field may take long: storage is brought up before it. */
    if (leg_recv_status(g, MTK_T_LG_REPORT, "the hardware report", &r->nor, err) < 0 ||
        leg_recv(g, raw + 4, sizeof(raw) - 4, MTK_T_LG_FIELD, "the report's NOR part", err) < 0)
        return -1;
    if (r->nor == LG_S_NOR_NOT_FOUND)
        g->numbering = LG_N1;
    else if (r->nor == LG_S_NOR_NOT_FOUND - 4)
        g->numbering = LG_N2;
    return 0;
}

static int recv_nand(struct legacy *g, struct report *r, struct mtk_error *err)
{
    size_t width = g->chip->nand_size_32 ? 4 : 8;
    uint8_t head[NAND_HEAD + 8 + 2], ids[2 * LG_IDS_MAX], tail[NAND_TAIL];
    if (leg_recv(g, head, NAND_HEAD + width + 2, MTK_T_LG_FIELD, "the report's NAND part", err) < 0)
        return -1;
    r->nand = get_be32(head);
    r->nand_size = width == 4 ? get_be32(head + NAND_HEAD) : get_be64(head + NAND_HEAD);
    unsigned n = get_be16(head + NAND_HEAD + width);
    if (n > LG_IDS_MAX)
        return agent_out_of_step(&g->s, head, NAND_HEAD + width + 2, err,
                                 "the hardware report announces %u NAND ids where 5 or 7 are usual", n);
    if ((n && leg_recv(g, ids, 2u * n, MTK_T_LG_FIELD, "the report's NAND ids", err) < 0) ||
        leg_recv(g, tail, sizeof(tail), MTK_T_LG_FIELD, "the report's NAND part", err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) /* each byte of READ ID has a word of its own */
        r->nand_ids[i] = ids[2 * i + 1];
    r->n_nand_ids = n;
    r->page = get_be16(tail);
    r->spare = get_be16(tail + 2);
    r->pages_per_block = get_be16(tail + 4);
    return 0;
}

static int recv_cards(struct legacy *g, struct report *r, struct mtk_error *err)
{
    uint8_t emmc[EMMC_LEN], sdmmc[SDMMC_LEN];
    if (leg_recv(g, emmc, sizeof(emmc), MTK_T_LG_FIELD, "the report's eMMC part", err) < 0 ||
        leg_recv(g, sdmmc, sizeof(sdmmc), MTK_T_LG_FIELD, "the report's SDMMC part", err) < 0)
        return -1;
    r->emmc = get_be32(emmc);
    for (size_t i = 0; i < 8; i++)
        r->emmc_size[i] = get_be64(emmc + 4 + 8 * i);
    memcpy(r->emmc_cid, emmc + 68, LG_CID_LEN);
    r->sdmmc = get_be32(sdmmc);
    r->sdmmc_size = get_be64(sdmmc + 4);
    memcpy(r->sdmmc_cid, sdmmc + 12, LG_CID_LEN);
    return 0;
}

static int recv_memory(struct legacy *g, struct mtk_error *err)
{
    uint8_t raw[TAIL_LEN];
    if (leg_recv(g, raw, sizeof(raw), MTK_T_LG_FIELD, "the report's memory part", err) < 0)
        return -1;
    g->s.info.sram_size = get_be32(raw) == 0 ? get_be32(raw + 4) : 0;
    if (get_be32(raw + 8) == 0)
        g->s.info.dram_size = get_be64(raw + 14);
    else
        mtk_note(g->s.agent.sink, 2, "stage 2 reports DRAM status %" PRIu32, get_be32(raw + 8));
    g->s.info.random_id_len = sizeof(g->s.info.random_id);
    memcpy(g->s.info.random_id, raw + 22, g->s.info.random_id_len);
    return 0;
}

/* The pre-process byte, behind the count of bad blocks where there is one. A5 means: wait. */
static int recv_preprocess(struct legacy *g, struct mtk_error *err)
{
    uint8_t b = 0, rest[3];
    if (leg_recv_u8(g, MTK_T_LG_PREPROCESS, "the end of the hardware report", &b, err) < 0)
        return -1;
    if (b == 0 && (leg_recv(g, rest, sizeof(rest), MTK_T_LG_FIELD, "the count of bad blocks", err) < 0 ||
                   leg_recv_u8(g, MTK_T_LG_PREPROCESS, "the end of the hardware report", &b, err) < 0))
        return -1;
    if (b == LG_NACK) {
        mtk_note(g->s.agent.sink, 1,
                 "stage 2 does its first-time security processing; this may take two minutes");
        if (leg_recv_u8(g, MTK_T_LG_SECURITY, "the end of the security processing", &b, err) < 0)
            return -1;
    }
    if (b == LG_ACK)
        return 0;
    return agent_out_of_step(&g->s, &b, 1, err, "the hardware report goes on with 0x%02X where 5A was due",
                             b);
}

static int recv_end(struct legacy *g, struct mtk_error *err)
{
    uint8_t raw[9];
    if (recv_preprocess(g, err) < 0 ||
        leg_recv(g, raw, sizeof(raw), MTK_T_LG_FIELD, "the end of the hardware report", err) < 0)
        return -1;
    uint32_t status = get_be32(raw), style = get_be32(raw + 4);
    mtk_note(g->s.agent.sink, 0, "da2: download status %" PRIu32 ", boot style %" PRIu32, status, style);
    if (raw[8] == LG_SOC_OK)
        return 0;
    g->s.agent.usable = false;
    static const uint8_t due = LG_SOC_OK;
    agent_fail(&g->s, MTK_E_S_DA_SOC_CHECK_FAIL, raw[8] == LG_SOC_FAIL ? MTK_EV_REFUSED : MTK_EV_WRONG_ANSWER,
               err, "stage 2 ended its report with 0x%02X where C1 was due: it does not accept this chip",
               raw[8]);
    mtk_error_bytes(err, &due, 1, raw + 8, 1);
    return -1;
}

/* ---- what the report means ---- */

static void add_area(struct legacy *g, const char *name, uint64_t size, uint8_t part)
{
    int i = agent_add_area(&g->s, name, size, part != LG_PART_RPMB);
    if (i >= 0)
        g->part[i] = part;
}

static void keep_id(struct legacy *g, const uint8_t cid[LG_CID_LEN])
{
    memcpy(g->s.info.storage_id, cid, LG_CID_LEN);
    g->s.info.storage_id_len = LG_CID_LEN;
    size_t n = 0;
    for (size_t i = 3; i < 9 && cid[i] >= ' ' && cid[i] <= '~'; i++) /* PNM of the CID */
        g->s.info.storage_name[n++] = (char)cid[i];
    g->s.info.storage_name[n] = 0;
}

static void set_storage(struct legacy *g, const char *name, uint8_t storage, uint8_t write_storage,
                        uint32_t unit)
{
    snprintf(g->s.info.storage, sizeof(g->s.info.storage), "%s", name);
    g->storage = storage;
    g->write_storage = write_storage;
    g->s.info.block_size = unit;
}

static void take_emmc(struct legacy *g, const struct report *r)
{
    static const char *const name[] = {"boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user"};
    set_storage(g, "emmc", LG_STORAGE_EMMC, LG_WRITE_EMMC, LG_BLOCK);
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t part = LG_PART_BOOT1 + i;
        add_area(g, name[i], r->emmc_size[i], part);
        if (part != LG_PART_USER)
            g->before_user += r->emmc_size[i];
    }
    keep_id(g, r->emmc_cid);
}

static void take_sdmmc(struct legacy *g, const struct report *r)
{
    set_storage(g, "sdmmc", LG_STORAGE_SDMMC, LG_WRITE_SDMMC, LG_BLOCK);
    add_area(g, "user", r->sdmmc_size, LG_PART_USER);
    keep_id(g, r->sdmmc_cid);
}

static int take_nand(struct legacy *g, const struct report *r, struct mtk_error *err)
{
    bool sane = r->page >= 512 && r->page <= 0x8000 && (r->page & (r->page - 1)) == 0 && r->pages_per_block;
    if (!sane)
        return agent_out_of_step(&g->s, NULL, 0, err,
                                 "the hardware report gives NAND pages of %u bytes, %u a block", r->page,
                                 r->pages_per_block);
    set_storage(g, "nand", LG_STORAGE_NAND, LG_STORAGE_NAND, r->page);
    g->s.info.erase_size = (uint32_t)r->page * r->pages_per_block;
    g->spare = r->spare;
    g->s.info.gpt = false; /* NAND phones have a PMT [formats.md 4.3] */
    size_t room = sizeof(g->s.info.storage_id);
    g->s.info.storage_id_len = r->n_nand_ids < room ? r->n_nand_ids : room;
    memcpy(g->s.info.storage_id, r->nand_ids, g->s.info.storage_id_len);
    add_area(g, "nand", r->nand_size, 0);
    return 0;
}

/* All groups are looked at before there is "no storage": cards have been seen in the group of the other [4]. */
static int take_storage(struct legacy *g, const struct report *r, struct mtk_error *err)
{
    if (r->emmc == 0 && r->emmc_size[7])
        take_emmc(g, r);
    else if (r->nand == 0 && r->nand_size)
        return take_nand(g, r, err);
    else if (r->sdmmc == 0 && r->sdmmc_size)
        take_sdmmc(g, r);
    else
        mtk_note(g->s.agent.sink, 2,
                 "the agent has found no storage that it can use: NOR %" PRIu32 ", NAND %" PRIu32
                 ", eMMC %" PRIu32 ", SDMMC %" PRIu32,
                 r->nor, r->nand, r->emmc, r->sdmmc);
    return 0;
}

int leg_recv_report(struct legacy *g, struct mtk_error *err)
{
    struct report r = {0};
    agent_step(&g->s, "hardware report");
    if (recv_nor(g, &r, err) < 0 || recv_nand(g, &r, err) < 0 || recv_cards(g, &r, err) < 0 ||
        recv_memory(g, err) < 0 || recv_end(g, err) < 0)
        return -1;
    return take_storage(g, &r, err);
}
