/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM status and ENABLE_DRAM [2.6]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "flasher/agent/emi.h"
#include "flasher/agent/legacy.h"
#include "protocol/error_index.h"

#define CALIBRATION_WORDS 5u
#define RAM_INFO_LEN      16u /* in front of the record size, in some agents that take v10 and v11 [2.6.1] */

/* What the DRAM dialogue is about: settings, and what of them this agent takes. */
struct dram {
    struct agent_emi emi;
    bool have;
    int match; /* number of the record for this storage, -1 if none */
    uint32_t version;
    const uint8_t *blob;
    uint32_t blob_len;
};

/* MT6592 adds a dump of its calibration. Nobody needs it, but it has to be read. */
static int skip_calibration(struct legacy *g, struct mtk_error *err)
{
    uint8_t words[4 * CALIBRATION_WORDS];
    if (!g->chip->calibration_words)
        return 0;
    return leg_recv(g, words, sizeof(words), MTK_T_LG_FIELD, "the calibration words", err);
}

/*
 * Behind "DRAM is down" stand the flash ids by which a record is chosen: a record for a NAND package begins with the id
 * of the NAND, one for an eMMC package with the CID (formats.md 2.4).
 */
static int storage_ids(struct legacy *g, struct mtk_error *err)
{
    uint32_t emmc = 0;
    uint8_t cid[LG_CID_LEN];
    struct leg_nand nand = {0};
    if (leg_recv_status(g, MTK_T_LG_FIELD, "the eMMC status", &emmc, err) < 0 ||
        leg_recv(g, cid, sizeof(cid), MTK_T_LG_FIELD, "the eMMC's id", err) < 0 ||
        leg_recv_nand(g, &nand, err) < 0)
        return -1;
    bool by_nand = emmc != 0 && nand.status == 0;
    g->flash_id_len = by_nand && nand.n < sizeof(g->flash_id) ? nand.n : sizeof(g->flash_id);
    memcpy(g->flash_id, by_nand ? nand.id : cid, g->flash_id_len);
    return 0;
}

/* The first settings that know this storage; without such, the first there are: the agent may know better. */
static void choose(struct legacy *g, const struct mtk_start_options *opt, const uint8_t *emi, size_t emi_len,
                   struct dram *d)
{
    struct agent_emi e;
    d->have = agent_emi_open(emi, emi_len, &d->emi);
    d->match = d->have ? agent_emi_match(&d->emi, g->flash_id, g->flash_id_len) : -1;
    for (size_t k = 0; k < opt->n_more_preloaders && d->match < 0; k++) {
        if (!agent_emi_further(opt, k, &e))
            continue;
        int match = agent_emi_match(&e, g->flash_id, g->flash_id_len);
        if (d->have && match < 0)
            continue;
        d->emi = e;
        d->match = match;
        d->have = true;
        mtk_note(g->s.agent.sink, 1, "DRAM settings: those of %s are used", e.name);
    }
}

static int prepare(struct legacy *g, struct dram *d, struct mtk_error *err)
{
    char id[2 * LG_CID_LEN + 1];
    if (!d->have)
        return agent_fail(&g->s, MTK_E_MTK_NO_EMI, MTK_EV_POLICY, err,
                          "the agent says that DRAM is down, and no DRAM settings were given");
    d->version = d->emi.version ? d->emi.version : LG_EMI_NO_SETTING;
    d->blob = d->emi.records;
    d->blob_len = d->emi.record_size * d->emi.count;
    if (d->match < 0) {
        hex_str(g->flash_id, g->flash_id_len, id);
        mtk_note(g->s.agent.sink, 2,
                 "none of the %" PRIu32 " records of the DRAM settings names this phone's storage (%s): they "
                 "may be another model's",
                 d->emi.count, id);
    }
    if (!g->chip->single_record)
        return 0;
    if (d->match < 0 && d->emi.count > 1)
        return agent_fail(&g->s, MTK_E_S_DL_GET_DRAM_SETTING_FAIL, MTK_EV_POLICY, err,
                          "this agent takes one record of DRAM settings, and none of %" PRIu32
                          " is for this phone's storage (%s)",
                          d->emi.count, id);
    d->blob += d->match > 0 ? (size_t)d->match * d->emi.record_size : 0;
    d->blob_len = d->emi.record_size;
    return 0;
}

/* The inner fact stays in the sentence and in the status; the row is the one that the vendor's tools show. */
static int failed(struct legacy *g, const struct dram *d, struct mtk_error *err)
{
    char inner[240];
    snprintf(inner, sizeof(inner), "%.239s", err->what);
    snprintf(err->what, sizeof(err->what), "DRAM was not brought up: %.220s (EMI v%u, %" PRIu32 " bytes)",
             inner, d->emi.version, d->blob_len);
    g->s.agent.usable = false; /* stage 1 is dead, or waits for an answer that will not come */
    if (err->evidence ==
        MTK_EV_LEFT_BUS) /* phones without the right settings drop off the bus here [step 10] */
        err->row = &mtk_err_rows[MTK_E_S_FT_ENABLE_DRAM_FAIL];
    return leg_wrap(g, MTK_E_S_FT_ENABLE_DRAM_FAIL, err);
}

/* A refused version: the size of a record comes all the same, and the agent would go on. We do not [2.6.1 step 3]. */
static int offer_version(struct legacy *g, const struct dram *d, struct mtk_error *err)
{
    uint8_t head[5] = {LG_ENABLE_DRAM}, answer = 0;
    struct mtk_error ignored = {0};
    uint32_t size = 0;
    put_be32(head + 1, d->version);
    if (leg_send(g, head, sizeof(head), err) < 0 ||
        leg_recv_u8(g, MTK_T_LG_FIELD, "the ack of the settings' version", &answer, err) < 0)
        return -1;
    if (answer == LG_ACK)
        return 0;
    if (answer != LG_NACK)
        return agent_out_of_step(&g->s, &answer, 1, err, "the agent answered 0x%02X to the settings' version",
                                 answer);
    (void)leg_recv_u32(g, MTK_T_LG_REFUSAL, "the size of a record", &size, &ignored);
    leg_refused(g, LG_S_UNSUPPORTED_EMI, "the version of the DRAM settings", err);
    err->has_status = false; /* the number is ours: the agent said A5 */
    mtk_error_bytes(err, (uint8_t[]){LG_ACK}, 1, &answer, 1);
    snprintf(err->what, sizeof(err->what),
             "the agent does not know DRAM settings of version %u (its records have 0x%" PRIX32
             " bytes, these 0x%" PRIX32 "): agent and preloader are not of one firmware",
             d->emi.version, size, d->emi.record_size);
    return -1;
}

/* Step 4. Some agents put 16 bytes in front of the size; only a size that fits tells that this is one of them. */
static int record_size(struct legacy *g, const struct dram *d, uint32_t *size, struct mtk_error *err)
{
    uint8_t rest[RAM_INFO_LEN];
    struct mtk_error none = {0};
    if (leg_recv_status(g, MTK_T_LG_FIELD, "the size of a record", size, err) < 0)
        return -1;
    if (*size == d->emi.record_size ||
        mtk_link_read_full(g->s.link, rest, sizeof(rest), agent_timeout(&g->s, MTK_T_LG_REFUSAL, 0), &none) <
            0)
        return 0;
    *size = get_be32(rest + sizeof(rest) - 4);
    return 0;
}

static int check_size(struct legacy *g, const struct dram *d, struct mtk_error *err)
{
    uint32_t size = 0;
    if (record_size(g, d, &size, err) < 0)
        return -1;
    if (size == d->emi.record_size)
        return leg_send_u8(g, LG_ACK, err);
    (void)leg_send_u8(g, LG_NACK, err);
    agent_fail(&g->s, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, err,
               "information mismatch: a record has 0x%" PRIX32 " bytes for the agent and 0x%" PRIX32
               " in the settings",
               size, d->emi.record_size);
    uint8_t ours[4], its[4];
    put_be32(ours, d->emi.record_size);
    put_be32(its, size);
    mtk_error_bytes(err, ours, sizeof(ours), its, sizeof(its));
    return -1;
}

/* Steps 6 to 8. */
static int send_records(struct legacy *g, const struct dram *d, struct mtk_error *err)
{
    uint16_t sum = 0, own = sum16(0, d->blob, d->blob_len);
    if ((!g->chip->single_record && leg_send_u32(g, d->blob_len, err) < 0) ||
        leg_send(g, d->blob, d->blob_len, err) < 0 ||
        leg_recv_u16(g, MTK_T_LG_FIELD, "the sum of the records", &sum, err) < 0)
        return -1;
    if (sum == own)
        return leg_send_u8(g, LG_ACK, err);
    (void)leg_send_u8(g, LG_NACK, err);
    uint8_t ours[2], its[2];
    put_be16(ours, own);
    put_be16(its, sum);
    agent_fail(&g->s, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, err,
               "the agent received other bytes than were sent: its sum is 0x%04X, ours 0x%04X", sum, own);
    mtk_error_bytes(err, ours, sizeof(ours), its, sizeof(its));
    return -1;
}

/* Steps 9 to 13. After a status that is not 0 nothing more comes from this phone. */
static int calibrate(struct legacy *g, struct mtk_error *err)
{
    uint32_t status = 0;
    uint8_t ram[10] = {0};
    if (leg_send_u32(g, LG_DRAM_CALIBRATE | LG_DRAM_DUMP, err) < 0 ||
        leg_recv_status(g, MTK_T_DRAM_INIT, "the result of the DRAM calibration", &status, err) < 0)
        return -1;
    if (status != 0)
        return leg_refused(g, status, "the DRAM calibration", err);
    if (leg_recv(g, ram, sizeof(ram), MTK_T_LG_FIELD, "type and size of the DRAM", err) < 0)
        return -1;
    g->s.info.dram_size = get_be64(ram + 2);
    return skip_calibration(g, err);
}

static int enable_dram(struct legacy *g, const struct mtk_start_options *opt, const uint8_t *emi,
                       size_t emi_len, struct mtk_error *err)
{
    struct dram d = {.match = -1};
    agent_step(&g->s, "ENABLE_DRAM");
    choose(g, opt, emi, emi_len, &d);
    if (prepare(g, &d, err) < 0)
        return -1;
    if (offer_version(g, &d, err) < 0)
        return failed(g, &d, err);
    /* Settings without a version mean the built-in ones, and nothing is sent for them [step 3b]. */
    if (d.version != LG_EMI_NO_SETTING && (check_size(g, &d, err) < 0 || send_records(g, &d, err) < 0))
        return failed(g, &d, err);
    if (calibrate(g, err) < 0)
        return failed(g, &d, err);
    agent_emi_taken(&g->s.info, d.emi.name[0] ? d.emi.name : opt->preloader_name, d.emi.version);
    mtk_note(g->s.agent.sink, 1, "DRAM is up: 0x%" PRIX64 " bytes, EMI v%u, %s", g->s.info.dram_size,
             d.emi.version, d.match >= 0 ? "a record for this storage" : "no record names this storage");
    return 0;
}

int leg_bring_up_dram(struct legacy *g, const struct mtk_start_options *opt, const uint8_t *emi,
                      size_t emi_len, struct mtk_error *err)
{
    uint32_t status = 0;
    agent_step(&g->s, "DRAM status");
    if (leg_recv_status(g, MTK_T_LG_FIELD, "the DRAM status", &status, err) < 0)
        return -1;
    if (status == 0) {
        mtk_note(g->s.agent.sink, 1, "DRAM works already");
        return skip_calibration(g, err);
    }
    /* Any other number means the same: numberings differ, and in some of them it is 3011, in some 3007. */
    mtk_note(g->s.agent.sink, 0, "da1: DRAM is down (%" PRIu32 ")", status);
    if (status == LG_S_RAM_ERROR)
        g->numbering = LG_N1;
    else if (status == LG_S_RAM_ERROR - 4)
        g->numbering = LG_N2;
    return storage_ids(g, err) < 0 ? -1 : enable_dram(g, opt, emi, emi_len, err);
}
