/* SPDX-License-Identifier: Apache-2.0 */
/* Making GUID partition tables, see gpt.h. */
#include "formats/gpt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "formats/gpt_layout.h"
#include "protocol/error_index.h"

#define TABLE_BYTES (GPT_ENTRY_COUNT * GPT_ENTRY_SIZE)

/* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, basic data, in its mixed-endian form on disk. */
static const uint8_t basic_data[16] = {0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44,
                                       0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7};

/* Where the parts of both tables are, in blocks. */
struct places {
    uint64_t blocks;       /* on the disk */
    uint64_t table_blocks; /* one entry array */
    uint64_t first_usable, last_usable;
};

static void random_guid(struct prng *rng, uint8_t out[16])
{
    prng_bytes(rng, out, 16);
    out[7] = (uint8_t)((out[7] & 0x0F) | 0x40); /* version 4, variant 1 */
    out[8] = (uint8_t)((out[8] & 0x3F) | 0x80);
}

static int check(const struct mtk_gpt *g, struct places *p, struct mtk_error *err)
{
    uint32_t bs = g->block_size;
    if (bs < 512 || bs > 65536 || (bs & (bs - 1)))
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "no partition table has blocks of %" PRIu32,
                        bs);
    p->blocks = g->disk_size / bs;
    p->table_blocks = (TABLE_BYTES + bs - 1) / bs;
    if (p->blocks < 2 * p->table_blocks + 4)
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_HOST, "storage of %" PRIu64 " bytes is too small",
                        g->disk_size);
    p->first_usable = 2 + p->table_blocks;
    p->last_usable = p->blocks - 2 - p->table_blocks;
    if (g->n_entries > GPT_ENTRY_COUNT)
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_HOST, "%zu partitions, but a table holds %u",
                        g->n_entries, GPT_ENTRY_COUNT);
    return 0;
}

static int put_entry(const struct mtk_gpt *g, size_t k, const struct places *at, struct prng *rng,
                     uint8_t *out, struct mtk_error *err)
{
    const struct mtk_gpt_entry *e = &g->entries[k];
    size_t n = strlen(e->name);
    if (!n || n > GPT_NAME_BYTES / 2)
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_HOST,
                        "\"%s\" is no partition name of 1 to %d characters", e->name, GPT_NAME_BYTES / 2);
    uint32_t bs = g->block_size;
    uint64_t first = e->start / bs, count = e->size / bs;
    if (!count || e->start % bs || e->size % bs || first < at->first_usable ||
        !range_fits(first, count, at->last_usable + 1))
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_HOST,
                        "partition \"%s\" (0x%" PRIx64 "+0x%" PRIx64 ") does not fit on the storage", e->name,
                        e->start, e->size);
    for (size_t i = 0; i < k; i++) {
        const struct mtk_gpt_entry *o = &g->entries[i];
        if (e->start < o->start + o->size && o->start < e->start + e->size)
            return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_HOST, "partitions \"%s\" and \"%s\" overlap",
                            o->name, e->name);
    }
    memcpy(out + GPT_ENTRY_TYPE, basic_data, 16);
    random_guid(rng, out + GPT_ENTRY_GUID);
    put_le64(out + GPT_ENTRY_FIRST, first);
    put_le64(out + GPT_ENTRY_LAST, first + count - 1);
    put_le64(out + GPT_ENTRY_ATTRIBUTES, e->attributes);
    for (size_t i = 0; i < n; i++)
        out[GPT_ENTRY_NAME + 2 * i] = (uint8_t)e->name[i];
    return 0;
}

static void put_header(uint8_t *out, const struct places *at, bool backup, const uint8_t guid[16],
                       uint32_t table_crc)
{
    uint64_t last = at->blocks - 1;
    memcpy(out, GPT_SIGNATURE, 8);
    put_le32(out + GPT_OFF_REVISION, GPT_REVISION);
    put_le32(out + GPT_OFF_HEADER_SIZE, GPT_HEADER_SIZE);
    put_le64(out + GPT_OFF_MY_LBA, backup ? last : 1);
    put_le64(out + GPT_OFF_OTHER_LBA, backup ? 1 : last);
    put_le64(out + GPT_OFF_FIRST_USABLE, at->first_usable);
    put_le64(out + GPT_OFF_LAST_USABLE, at->last_usable);
    memcpy(out + GPT_OFF_DISK_GUID, guid, 16);
    put_le64(out + GPT_OFF_ENTRIES_LBA, backup ? last - at->table_blocks : 2);
    put_le32(out + GPT_OFF_ENTRY_COUNT, GPT_ENTRY_COUNT);
    put_le32(out + GPT_OFF_ENTRY_SIZE, GPT_ENTRY_SIZE);
    put_le32(out + GPT_OFF_ENTRIES_CRC, table_crc);
    put_le32(out + GPT_OFF_HEADER_CRC, crc32_buf(0, out, GPT_HEADER_SIZE));
}

/* One DOS entry of type EE over the whole disk, so that tools that know no GPT leave it alone. */
static void put_protective_mbr(uint8_t *out, uint64_t blocks)
{
    uint8_t *e = out + 0x1BE;
    e[2] = 0x02; /* CHS 0/0/2 */
    e[4] = 0xEE;
    e[5] = e[6] = e[7] = 0xFF;
    put_le32(e + 8, 1);
    put_le32(e + 12, blocks - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(blocks - 1));
    out[0x1FE] = 0x55;
    out[0x1FF] = 0xAA;
}

int mtk_gpt_write(const struct mtk_gpt *g, uint64_t guid_seed, uint8_t **primary, size_t *primary_len,
                  uint8_t **backup, size_t *backup_len, struct mtk_error *err)
{
    struct places at;
    if (check(g, &at, err))
        return -1;
    size_t bs = g->block_size;
    size_t table_len = (size_t)at.table_blocks * bs;
    uint8_t *first = calloc(1, 2 * bs + table_len);
    uint8_t *second = calloc(1, table_len + bs);
    if (!first || !second) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        goto fail;
    }
    struct prng rng = prng_init(guid_seed);
    uint8_t guid[16];
    random_guid(&rng, guid);
    uint8_t *table = first + 2 * bs;
    for (size_t i = 0; i < g->n_entries; i++)
        if (put_entry(g, i, &at, &rng, table + i * GPT_ENTRY_SIZE, err))
            goto fail;
    uint32_t crc = crc32_buf(0, table, TABLE_BYTES);
    put_protective_mbr(first, at.blocks);
    put_header(first + bs, &at, false, guid, crc);
    memcpy(second, table, table_len);
    put_header(second + table_len, &at, true, guid, crc);
    *primary = first;
    *primary_len = 2 * bs + table_len;
    *backup = second;
    *backup_len = table_len + bs;
    return 0;
fail:
    free(first);
    free(second);
    return -1;
}
