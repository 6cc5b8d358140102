/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables [5.8]. Phones with a GPT have it read raw; of the others the agent gives the entries of its PMT,
 * whose offsets on eMMC are linear: they count the hardware partitions before the user area (formats.md 3.5).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "flasher/agent/legacy.h"
#include "flasher/agent/pmt_table.h"
#include "protocol/error_index.h"

#define GPT_SIGNATURE "EFI PART"
#define TABLE_MAX     (MTK_PMT_MAX_ENTRIES * (size_t)LG_PT_PMT3)

static bool on_nand(const struct legacy *g)
{
    return g->storage == LG_STORAGE_NAND;
}

static const char *table_area(const struct legacy *g)
{
    return on_nand(g) ? "nand" : "user";
}

static uint64_t table_area_size(const struct legacy *g)
{
    for (size_t i = 0; i < g->s.info.n_areas; i++)
        if (strcmp(g->s.info.areas[i].name, table_area(g)) == 0)
            return g->s.info.areas[i].size;
    return 0;
}

void leg_forget_table(struct legacy *g)
{
    if (g->has_table)
        mtk_gpt_release(&g->table);
    if (g->has_pmt)
        mtk_pmt_release(&g->pmt);
    g->has_table = g->has_pmt = false;
}

/* ---- reading a PMT ---- */

/* 5A, or 01 as a build of 2015 says it; else a refusal. */
static int lead_byte(struct legacy *g, struct mtk_error *err)
{
    uint8_t b = 0;
    if (leg_recv_u8(g, MTK_T_LG_FIELD, "the ack of the table's command", &b, err) < 0)
        return -1;
    if (b == LG_ACK || b == LG_TABLE_FOLLOWS)
        return 0;
    leg_not_acked(g, b, "the table's command", err);
    if (err->has_status && err->device_status == LG_S_NO_VALID_TABLE)
        err->row = &mtk_err_rows[MTK_E_MTK_GPT_INVALID];
    return -1;
}

/* Strides in order of trust; which one it is shows only in the entries, so any that divides the length will do here. */
static bool plausible_length(uint32_t len)
{
    return len && len <= TABLE_MAX && (len % LG_PT_PMT3 == 0 || len % LG_PT_64 == 0 || len % LG_PT_32 == 0);
}

static int recv_table(struct legacy *g, uint8_t *raw, uint32_t *len, struct mtk_error *err)
{
    uint8_t op = on_nand(g) ? LG_READ_PARTITION_TBL : LG_SDMMC_READ_PMT;
    if (leg_send_u8(g, op, err) < 0 || lead_byte(g, err) < 0 ||
        leg_recv_u32(g, MTK_T_LG_FIELD, "the length of the table", len, err) < 0)
        return -1;
    if (!plausible_length(*len)) {
        uint8_t got[4];
        put_be32(got, *len);
        if (leg_send_u8(g, LG_NACK, err) <
            0) /* here it is an answer, and puts the agent back into its loop */
            return -1;
        agent_fail(&g->s, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER, err,
                   "the agent announces a partition table of %" PRIu32
                   " bytes, which is no number of entries",
                   *len);
        mtk_error_bytes(err, NULL, 0, got, sizeof(got));
        return -1;
    }
    if (leg_send_u8(g, LG_ACK, err) < 0 ||
        leg_recv(g, raw, *len, MTK_T_LG_FIELD, "the partition table", err) < 0)
        return -1;
    return leg_send_u8(g, LG_ACK, err);
}

static int read_pmt(struct legacy *g, struct mtk_pmt *out, struct mtk_error *err)
{
    uint32_t len = 0;
    uint8_t *raw = malloc(TABLE_MAX);
    const char *step = g->s.command;
    if (!raw)
        return agent_fail(&g->s, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for a partition table");
    agent_step(&g->s, on_nand(g) ? "READ_PARTITION_TBL" : "SDMMC_READ_PMT");
    int r = recv_table(g, raw, &len, err);
    /* Sizes are looked at below, where the offsets are not linear any more. */
    if (r == 0 && mtk_pmt_parse(raw, len, 0, 0, out, err) < 0) {
        agent_failed(&g->s, err);
        r = -1;
    }
    if (r == 0)
        agent_step(&g->s, step);
    free(raw);
    return r;
}

/* ---- what is known ---- */

static struct pmt_place place_of(const struct legacy *g)
{
    return (struct pmt_place){.nand = on_nand(g),
                              .before = on_nand(g) ? 0 : g->before_user,
                              .room = table_area_size(g),
                              .unit = leg_unit(g)};
}

static int convert(struct legacy *g, struct mtk_error *err)
{
    struct pmt_place place = place_of(g);
    if (pmt_to_table(&g->pmt, &place, &g->table, err) == 0)
        return 0;
    return agent_failed(&g->s, err);
}

static int load_pmt(struct legacy *g, struct mtk_error *err)
{
    if (g->has_table)
        return 0;
    if (!g->has_pmt && read_pmt(g, &g->pmt, err) < 0)
        return -1;
    g->has_pmt = true;
    if (convert(g, err) < 0)
        return -1;
    g->has_table = true;
    return 0;
}

/* ---- GPT ---- */

static int read_area(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    return leg_read_bytes(ctx, "user", offset, buf, len, err);
}

static int load_gpt(struct legacy *g, struct mtk_error *err)
{
    if (g->has_table)
        return 0;
    if (mtk_gpt_read(read_area, g, table_area_size(g), leg_unit(g), &g->table, err) < 0) {
        return agent_failed(&g->s, err);
    }
    g->has_table = true;
    return 0;
}

const struct mtk_gpt *leg_known_table(struct legacy *g, struct mtk_error *err)
{
    int r = g->s.info.gpt ? load_gpt(g, err) : load_pmt(g, err);
    return r < 0 ? NULL : &g->table;
}

/*
 * A header at the first block is a GPT. Without one the agent is asked for its PMT; if it has none either, the phone
 * counts as one with a GPT, whose backup whoever reads it raw will find. Nothing here is worth failing for but a lost
 * link.
 */
int leg_learn_table(struct legacy *g, struct mtk_error *err)
{
    uint8_t block[LG_BLOCK];
    struct mtk_error why = {0};
    if (!g->s.info.storage[0] || on_nand(g) || table_area_size(g) < 2 * sizeof(block))
        return 0;
    agent_step(&g->s, "partition table");
    if (leg_read_bytes(g, "user", sizeof(block), block, sizeof(block), &why) == 0) {
        if (memcmp(block, GPT_SIGNATURE, strlen(GPT_SIGNATURE)) == 0)
            return 0;
        if (load_pmt(g, &why) == 0) {
            g->s.info.gpt = false;
            return 0;
        }
    }
    if (!g->s.agent.usable) {
        *err = why;
        return -1;
    }
    mtk_note(g->s.agent.sink, 0, "da2: no GPT header, and no PMT: %s", why.what);
    return 0;
}

/* ---- the ops ---- */

int leg_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    if (agent_begin(&g->s, "read table", err) < 0)
        return -1;
    if (g->s.info.gpt)
        return agent_fail(&g->s, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err,
                          "this phone has a GPT, which is read as it stands in the user area");
    leg_forget_table(g);
    if (load_pmt(g, err) < 0)
        return -1;
    *out = g->table;
    out->entries = malloc((out->n_entries ? out->n_entries : 1) * sizeof(*out->entries));
    if (!out->entries)
        return agent_fail(&g->s, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for a partition table");
    memcpy(out->entries, g->table.entries, out->n_entries * sizeof(*out->entries));
    return 0;
}

static int send_entries(struct legacy *g, const uint8_t *raw, size_t n, struct mtk_error *err)
{
    uint8_t op = on_nand(g) ? LG_WRITE_PARTITION_TBL : LG_SDMMC_WRITE_PMT;
    if (leg_send_u8(g, op, err) < 0 || leg_expect_ack(g, MTK_T_LG_FIELD, "the table's command", err) < 0 ||
        leg_send_u32(g, (uint32_t)n, err) < 0 ||
        leg_expect_ack(g, MTK_T_LG_FIELD, "the number of entries", err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = 0, due = i + 1 < n ? LG_CONT : LG_ACK;
        if (leg_send(g, raw + i * LG_PT_PMT3, LG_PT_PMT3, err) < 0 ||
            leg_recv_u8(g, MTK_T_LG_TABLE_ENTRY, "the ack of a table entry", &b, err) < 0)
            return -1;
        if (b != due)
            return leg_not_acked(g, b, "a table entry", err);
    }
    return 0;
}

/* The flag, and the two bytes that end it: what the first one means nobody says, the second one decides. */
static int commit(struct legacy *g, bool update, struct mtk_error *err)
{
    uint8_t b = 0;
    g->s.agent.touched = true;
    if (leg_send_u32(g, update, err) < 0 ||
        leg_recv_u8(g, MTK_T_LG_FIELD, "the end of the table", &b, err) < 0)
        return -1;
    if (b == LG_NACK)
        return leg_not_acked(g, b, "the table", err);
    return leg_expect_ack(g, MTK_T_LG_FIELD, "the table", err);
}

int leg_set_table(struct mtk_agent *a, const struct mtk_gpt *t, bool update, struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    struct mtk_pmt p = {0};
    size_t len = 0;
    err = err ? err : &local;
    if (agent_begin(&g->s, "write table", err) < 0)
        return -1;
    if (!g->s.info.storage[0] || !t->n_entries || t->n_entries > MTK_PMT_FLASH_MAX)
        return agent_fail(&g->s, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY, err,
                          "a table of %zu entries cannot be written to this phone", t->n_entries);
    /* The phone's own entries of the boot areas are wanted; a phone without any table has none. */
    if (!g->has_pmt && load_pmt(g, err) < 0 && !g->has_pmt &&
        (!g->s.agent.usable || !mtk_error_is(err, MTK_E_MTK_GPT_INVALID)))
        return -1;
    *err = (struct mtk_error){0};
    struct pmt_place place = place_of(g);
    int r = pmt_from_table(t, &place, g->has_pmt ? &g->pmt : NULL, &p, err);
    agent_failed(&g->s, err);
    uint8_t *raw = r == 0 ? mtk_pmt_write(&p, MTK_PMT_STRIDE_V3, 0, &len) : NULL;
    if (r == 0 && !raw)
        r = agent_fail(&g->s, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for a partition table");
    leg_forget_table(g);
    agent_step(&g->s, on_nand(g) ? "WRITE_PARTITION_TBL" : "SDMMC_WRITE_PMT");
    if (r == 0 && (send_entries(g, raw, len / LG_PT_PMT3, err) < 0 || commit(g, update, err) < 0))
        r = leg_wrap(g, update ? MTK_E_S_FT_UPDATE_PARTITION_TBL_FAIL : MTK_E_S_FT_NEW_PARTITION_TBL_FAIL,
                     err);
    if (r == 0)
        g->s.info.gpt = false; /* whatever it was taken for before, when it had no table at all */
    free(raw);
    mtk_pmt_release(&p);
    return r;
}
