/* SPDX-License-Identifier: Apache-2.0 */
/* From the first byte of stage 1 to a stage 2 in its command loop [2, 3, 4], in the order of the vendor's own host. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

#define NAND_ACCCON       0x7007FFFFu
#define EXT_CLOCK_26MHZ   2u
#define FORCE_CHARGE_AUTO 2u
#define RESET_KEY_TWO     1u /* power and home: the vendor's default */
#define BLOADER_IS_BROM   0xFEu
#define BROM_VER_UNKNOWN  0xFFu
#define DA_WITHOUT_CHIP   0xFFu

/* Chip ids of this architecture; the numbers above belong to the next one, and nobody uses those below [0]. */
#define BBCHIP_FIRST 0x80u
#define BBCHIP_END   0xB4u

int leg_recv_nand(struct legacy *g, struct leg_nand *out, struct mtk_error *err)
{
    uint16_t n = 0;
    uint8_t ids[2 * LG_IDS_MAX];
    if (leg_recv_status(g, MTK_T_LG_FIELD, "the NAND status", &out->status, err) < 0 ||
        leg_recv_u16(g, MTK_T_LG_FIELD, "the number of NAND ids", &n, err) < 0)
        return -1;
    if (n > LG_IDS_MAX)
        return agent_out_of_step(&g->s, (uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2, err,
                                 "the agent announces %u NAND ids where 5 or 7 are usual", n);
    if (n && leg_recv(g, ids, 2u * n, MTK_T_LG_FIELD, "the NAND ids", err) < 0)
        return -1;
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->id[i] = ids[2 * i + 1];
    return 0;
}

/* The words that tell the numberings apart; seen ones count more than the date of the file [6.1]. */
static void learn_numbering(struct legacy *g, uint32_t nand_status)
{
    if (nand_status == LG_S_DEVICE_NOT_FOUND)
        g->numbering = LG_N1;
    else if (nand_status == LG_S_DEVICE_NOT_FOUND - 4)
        g->numbering = LG_N2;
}

/* Flash ids, which V4 agents send before anything else [2.2]. *nand: there is NAND and no eMMC. */
static int flash_ids(struct legacy *g, bool *nand, struct mtk_error *err)
{
    struct leg_nand n = {0};
    uint32_t emmc_status = 0;
    uint8_t cid[LG_CID_LEN]; /* some builds swap the bytes of its words here, so it is not kept */
    agent_step(&g->s, "flash ids");
    if (leg_recv_nand(g, &n, err) < 0 ||
        leg_recv_u32(g, MTK_T_LG_FIELD, "the eMMC status", &emmc_status, err) < 0 ||
        leg_recv(g, cid, sizeof(cid), MTK_T_LG_FIELD, "the eMMC's id", err) < 0)
        return -1;
    learn_numbering(g, n.status);
    *nand = n.status == 0 && emmc_status != 0;
    mtk_note(g->s.agent.sink, 0, "da1: NAND status %" PRIu32 ", eMMC status %" PRIu32, n.status, emmc_status);
    return leg_send_u8(g, LG_ACK, err);
}

/* Major, minor, chip [2.3]. */
static int version(struct legacy *g, struct mtk_error *err)
{
    uint8_t v[3] = {0};
    agent_step(&g->s, "version");
    if (leg_recv(g, v, sizeof(v), MTK_T_LG_FIELD, "the agent's version and chip", err) < 0)
        return -1;
    g->bbchip = v[2];
    snprintf(g->s.info.version, sizeof(g->s.info.version), "%u.%u", v[0], v[1]);
    int row = -1;
    if (v[0] != 3 && v[0] != 4)
        row = MTK_E_S_FT_DA_VERSION_INCORRECT;
    else if (v[2] == DA_WITHOUT_CHIP)
        row = MTK_E_S_DA_UNSUPPORTED_BBCHIP;
    else if (v[2] < BBCHIP_FIRST || v[2] >= BBCHIP_END)
        row = MTK_E_S_UNKNOWN_TARGET_BBCHIP;
    if (row < 0)
        return 0;
    g->s.agent.usable = false;
    agent_fail(&g->s, row, MTK_EV_WRONG_ANSWER, err,
               row == MTK_E_S_FT_DA_VERSION_INCORRECT
                   ? "the agent calls itself version %u.%u; 3 and 4 are known (chip id 0x%02X)"
                   : "agent v%u.%u does not know the chip it runs on (chip id 0x%02X): it is not for this "
                     "phone; give the agent of its own firmware with --da",
               v[0], v[1], v[2]);
    mtk_error_bytes(err, NULL, 0, v, sizeof(v));
    return -1;
}

/* No partition wants single-level cells: one entry that says so. */
static void put_no_slc(struct wr *w)
{
    wr_be32(w, 1);
    wr_str(w, "FF", 16);
    wr_le32(w, 0xFF);
}

/* Words behind the configuration; one too few or too many shifts all that follows [2.4]. */
static size_t put_extras(enum leg_extra extra, uint8_t out[32])
{
    struct wr w = wr_init(out, 32);
    switch (extra) {
    case LG_EXTRA_NONE:
        break;
    case LG_EXTRA_FORCE_DRAM: /* "force" 0 */
    case LG_EXTRA_GPT:        /* a PMT: what these agents expect of a host that does not know */
        wr_be32(&w, 0);
        break;
    case LG_EXTRA_COMBO:
        wr_be32(&w, 1);
        break;
    case LG_EXTRA_SKIP_SLC:
        wr_be32(&w, 0);
        put_no_slc(&w);
        break;
    case LG_EXTRA_SLC:
        put_no_slc(&w);
        break;
    }
    return w.pos;
}

static int configure(struct legacy *g, const struct mtk_phone_id *id, bool nand, struct mtk_error *err)
{
    uint8_t c[LG_CONFIG_LEN] = {0}, extra[32];
    agent_step(&g->s, "configuration");
    c[LG_CFG_BROM_VER] = id->brom && id->brom_version ? id->brom_version : BROM_VER_UNKNOWN;
    c[LG_CFG_BLOADER_VER] = id->brom ? BLOADER_IS_BROM : id->bl_ver;
    c[LG_CFG_NOR_CS + 1] = 8; /* CS_WITH_DECODER */
    put_be32(c + LG_CFG_NAND_ACCCON, NAND_ACCCON);
    c[LG_CFG_BMT_FLAG] = g->chip->bmt[nand].flag;
    put_be32(c + LG_CFG_BMT_SIZE, g->chip->bmt[nand].size);
    c[LG_CFG_FORCE_CHARGE] = FORCE_CHARGE_AUTO;
    c[LG_CFG_RESET_KEY] = RESET_KEY_TWO;
    c[LG_CFG_EXT_CLOCK] = EXT_CLOCK_26MHZ;
    if (leg_send(g, c, sizeof(c), err) < 0)
        return -1;
    size_t n = put_extras(g->chip->extra, extra);
    if (!n)
        return 0;
    g->s.link->clock.sleep_ns(g->s.link->clock.ctx, agent_timeout(&g->s, MTK_T_LG_PAUSE, 0));
    return leg_send(g, extra, n, err);
}

/*
 * V3: in place of the DRAM status the agent offers to look for a NAND in a table of devices [2.7]. Such a table is no
 * part of any firmware package, so an empty one is given; a phone with eMMC has nothing to look for.
 */
static int nand_scan(struct legacy *g, struct mtk_error *err)
{
    uint8_t present = 0;
    uint32_t pool = 0;
    agent_step(&g->s, "NAND scan");
    if (leg_recv_u8(g, MTK_T_LG_FIELD, "whether there is a NAND interface", &present, err) < 0)
        return -1;
    if (present != LG_ACK)
        return 0;
    if (leg_recv_u32(g, MTK_T_LG_FIELD, "the bad-block word", &pool, err) < 0 || leg_send_u32(g, 0, err) < 0)
        return -1;
    return leg_expect_ack(g, MTK_T_LG_FIELD, "an empty table of NAND devices", err);
}

static int run_stage1(struct legacy *g, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                      const uint8_t *emi, size_t emi_len, struct mtk_error *err)
{
    bool nand = false;
    if (!g->chip->v3 && flash_ids(g, &nand, err) < 0)
        return -1;
    if (version(g, err) < 0 || configure(g, id, nand, err) < 0)
        return -1;
    return g->chip->v3 ? nand_scan(g, err) : leg_bring_up_dram(g, opt, emi, emi_len, err);
}

static int run_stage2(struct legacy *g, const struct mtk_start_options *opt, struct mtk_error *err)
{
    if (leg_recv_report(g, err) < 0 || leg_ask_usb(g, err) < 0 ||
        (opt->switch_usb_speed && leg_switch_usb(g, err) < 0) || agent_cancelled(&g->s, 0, err))
        return -1;
    return leg_learn_table(g, err);
}

/*
 * Stage 1 knows no way to be sent home, so cancelling is looked at only when stage 2 is in its loop; what comes before
 * takes seconds.
 */
int mtk_legacy_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err)
{
    struct mtk_error local = {0};
    const struct leg_chip *chip = leg_chip_or_later(id);
    err = err ? err : &local;
    *out = NULL;
    if (!chip)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "how a legacy agent of %s wants to be configured is not known", id->chip_name);
    struct legacy *g = leg_new(l, &opt->boot, chip);
    if (!g)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    g->numbering = leg_numbering_of_container(opt->da, opt->da_len);
    g->host_os = opt->system_os == 1 ? LG_OS_LINUX : LG_OS_WINDOWS;
    snprintf(g->s.info.connection, sizeof(g->s.info.connection), "%s", id->brom ? "brom" : "preloader");
    if (run_stage1(g, opt, id, emi, emi_len, err) < 0 ||
        leg_upload_stage2(g, da2, da2_len, da2_address, err) < 0 || run_stage2(g, opt, err) < 0) {
        struct mtk_error ignored = {0};
        if (g->s.agent.usable && mtk_error_is(err, MTK_E_MTK_CANCELLED))
            (void)g->s.agent.ops->reboot(&g->s.agent, "none", &ignored);
        g->s.agent.ops->destroy(&g->s.agent);
        return -1;
    }
    *out = &g->s.agent;
    return 0;
}
