/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables and bad-block tables. da-legacy.md 5.8, 5.12. Entries are little-endian, unlike all the rest. */
#include "simdev/firmware/agents/legacy.h"

#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/firmware/agents/nand.h"

#define NAME_LEN   64u
#define PMT_MAX    40u
#define BLOCK      512u
#define GPT_SIG    "EFI PART"
#define GPT_MAX    (1u << 20)
#define GPT_MIN    (34u * BLOCK)
#define GPT_HEADER 92u

/* ---- READ [5.8] ---- */

static void put_entry(struct wr *w, uint32_t stride, const struct ag_partition *row)
{
    size_t n = strnlen(row->name, NAME_LEN - 1);
    wr_bytes(w, row->name, n);
    wr_fill(w, 0, NAME_LEN - n);
    uint64_t size = row->rest ? 0 : row->size; /* as the table on flash has it */
    if (stride == LG_PT_32) {
        wr_le32(w, (uint32_t)size);
        wr_le32(w, (uint32_t)row->linear);
        wr_le32(w, (uint32_t)row->mask);
        return;
    }
    wr_le64(w, size);
    if (stride == LG_PT_PMT3)
        wr_le64(w, row->part_id);
    wr_le64(w, row->linear);
    wr_le64(w, row->mask);
}

/* Fills x->packet with the table as this kind of phone sends it. */
static size_t table_bytes(struct lg *x, bool pmt, const struct ag_partition *rows, size_t n)
{
    uint32_t set = phone_settings(x->p)->pmt_stride;
    uint32_t stride = pmt ? set ? set : LG_PT_PMT3 : LG_PT_64;
    size_t len = (pmt ? n : LG_PT_GPT_COUNT) * stride; /* a GPT's empty entries are sent too [X] */
    lg_reserve(x, len);
    memset(x->packet, 0, len);
    struct wr w = wr_init(x->packet, len);
    for (size_t i = 0; i < n; i++)
        put_entry(&w, stride, &rows[i]);
    return len;
}

void lg_read_table(struct lg *x)
{
    struct ag_partition *rows = phone_alloc(x->p, AG_PARTITIONS_MAX * sizeof(*rows));
    size_t n = 0;
    enum ag_result r = ag_table(x->p, rows, AG_PARTITIONS_MAX, &n);
    bool pmt = ag_table_is_pmt(x->p);
    size_t len = r == AG_OK ? table_bytes(x, pmt, rows, n) : 0;
    phone_release(x->p, rows);
    if (r != AG_OK) {
        lg_refuse(x, r == AG_NO_STORAGE ? LG_S_READ_PT_FAIL : LG_S_NO_VALID_TABLE);
        return;
    }
    uint8_t lead = pmt ? (uint8_t)LG_ACK : x->build.pmt_lead;
    if (lg_byte(x, lead) != lead)
        return;
    lg_put_u32(x, (uint32_t)len);
    if (lg_u8(x) != LG_ACK)
        return; /* the host does not like the length */
    lg_put_bytes(x, x->packet, len);
    lg_u8(x);
}

/* ---- WRITE [5.8] ---- */

static void take_entry(const uint8_t raw[LG_PT_PMT3], struct ag_partition *row)
{
    struct rd r = rd_init(raw, LG_PT_PMT3);
    *row = (struct ag_partition){0};
    rd_bytes(&r, row->name, NAME_LEN);
    rd_le64(&r, &row->size);
    rd_le64(&r, &row->part_id);
    rd_le64(&r, &row->linear);
    rd_le64(&r, &row->mask);
}

/* What the agent finds wrong with the table when it has it, or 0. */
static uint32_t store_table(struct lg *x, const struct ag_partition *rows, size_t n)
{
    if (!ag_table_is_pmt(x->p))
        return LG_S_WRITE_PT_FAIL;
    return ag_table_write_pmt(x->p, rows, n) == AG_OK ? 0 : LG_S_WRITE_PT_FAIL;
}

void lg_write_table(struct lg *x)
{
    if (!lg_ack(x))
        return;
    uint32_t n = lg_u32(x);
    if (!lg_settle(x, n > PMT_MAX ? LG_S_EXCEED_MAX_PARTITION_COUNT : 0u))
        return;
    struct ag_partition *rows = phone_alloc(x->p, (n + 1) * sizeof(*rows));
    for (uint32_t i = 0; i < n; i++) {
        uint8_t raw[LG_PT_PMT3], want = i + 1 < n ? LG_CONT : LG_ACK;
        lg_bytes(x, raw, sizeof(raw));
        take_entry(raw, &rows[i]);
        if (lg_byte(x, want) != want) {
            phone_release(x->p, rows);
            return;
        }
    }
    uint32_t update = lg_u32(x); /* 0: new table, 1: the download is over */
    phone_log(x->p, "[DA2] table of %u partitions, update %u", n, update);
    lg_put_u8(x, LG_ACK);
    uint32_t st = store_table(x, rows, n);
    phone_release(x->p, rows);
    lg_settle(x, st);
}

/* ---- WRITE_GPT [5.8] ---- */

/* The backup table is the primary's entries, and a header that says where it stands. */
static enum ag_result store_gpt(struct lg *x, const uint8_t *image, size_t len)
{
    uint64_t blocks = ag_area_size(x->p, BOARD_USER) / BLOCK;
    uint8_t header[BLOCK];
    struct ag_place all;
    memcpy(header, image + BLOCK, sizeof(header));
    uint64_t bytes = (uint64_t)get_le32(header + 80) * get_le32(header + 84);
    uint64_t entries = get_le64(header + 72) * BLOCK;
    uint64_t backup_blocks = (bytes + BLOCK - 1) / BLOCK + 1;
    uint32_t header_len = get_le32(header + 12);
    if (memcmp(header, GPT_SIG, sizeof(GPT_SIG) - 1) != 0 || header_len < GPT_HEADER || header_len > BLOCK ||
        !bytes || get_le64(header + 72) > GPT_MAX || !range_fits(entries, bytes, len) ||
        blocks < 2 * backup_blocks)
        return AG_NO_TABLE;
    put_le64(header + 24, blocks - 1);
    put_le64(header + 32, 1);
    put_le64(header + 72, blocks - backup_blocks);
    put_le32(header + 16, 0);
    put_le32(header + 16, crc32_buf(0, header, header_len));
    enum ag_result r = ag_place_range(x->p, BOARD_USER, 0, blocks * BLOCK, &all);
    if (r == AG_OK)
        r = ag_policy(x->p, &all, AG_WRITE_RANGE);
    if (r == AG_OK)
        r = ag_write(x->p, &all, 0, image, len);
    if (r == AG_OK)
        r = ag_write(x->p, &all, (blocks - backup_blocks) * BLOCK, image + entries, (size_t)bytes);
    return r == AG_OK ? ag_write(x->p, &all, (blocks - 1) * BLOCK, header, sizeof(header)) : r;
}

void lg_write_gpt(struct lg *x)
{
    uint32_t len = lg_u32(x);
    if (len < GPT_MIN || len > GPT_MAX || len % BLOCK) {
        lg_skip(x, len);
        lg_refuse(x, LG_S_WRITE_PT_FAIL);
        return;
    }
    lg_reserve(x, len);
    lg_bytes(x, x->packet, len);
    bool gpt = ag_has_storage(x->p) && !ag_table_is_pmt(x->p);
    lg_settle(x, gpt && store_gpt(x, x->packet, len) == AG_OK ? 0u : LG_S_WRITE_PT_FAIL);
}

/* ---- bad blocks of NAND [5.12] ---- */

#define BMT_MAX 255u

void lg_read_bmt(struct lg *x)
{
    struct board *b = phone_board(x->p);
    if (!lg_settle(x, lg_is_nand(x) && ag_has_storage(x->p) ? 0u : LG_S_INVALID_STORAGE_TYPE))
        return;
    uint32_t n_map = nand_usable_blocks(b) + NAND_TABLE_BLOCKS, n = 0;
    uint16_t *map = phone_alloc(x->p, n_map * sizeof(*map));
    nand_map_scan(b, map, false);
    for (uint32_t i = 0; i < n_map && n < BMT_MAX; i++)
        n += map[i] != i;
    lg_put_u8(x, (uint8_t)n);
    for (uint32_t i = 0; i < n_map && n; i++) {
        if (map[i] == i)
            continue;
        lg_put_u16(x, (uint16_t)i);
        lg_put_u16(x, map[i]);
        n--;
    }
    phone_release(x->p, map);
    lg_u8(x);
}

/* Only a chip without a bad-block table needs marking; this one has its table in the spare bytes. */
void lg_bmt_remark(struct lg *x)
{
    lg_byte(x, LG_NACK);
}
