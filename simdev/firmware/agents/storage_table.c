/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partition table as the device's firmware reads it (formats.md 4.2): GPT with the primary in the second block of
 * the user area, then the one in the last block. A PMT is in storage_pmt.c.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/firmware/agents/storage_internal.h"

#define GPT_SIGNATURE  "EFI PART"
#define GPT_HEADER_MIN 92u
#define GPT_HEADER_MAX 512u
#define GPT_ENTRY_LEN  128u
#define GPT_NAME_AT    56u
#define GPT_NAME_BYTES 72u

bool ag_table_is_pmt(struct mtksim *p)
{
    const struct board *b = phone_board(p);
    return b->storage == BOARD_NAND || (b->storage == BOARD_EMMC && b->table_pmt);
}

struct gpt {
    const uint8_t *entries; /* in scratch memory */
    uint32_t count, entry_len;
};

/* Reads and checks one of the two tables. Entries end up in scratch memory, so a second call replaces the first. */
static bool read_gpt(struct mtksim *p, uint64_t lba, struct gpt *out)
{
    uint32_t block = board_block_size(phone_board(p));
    uint8_t h[GPT_HEADER_MAX];
    if (phone_flash_read(p, BOARD_USER, lba * block, h, sizeof(h)) != 0 ||
        memcmp(h, GPT_SIGNATURE, sizeof(GPT_SIGNATURE) - 1) != 0)
        return false;
    uint32_t header_len = get_le32(h + 12), header_crc = get_le32(h + 16), entries_crc = get_le32(h + 88);
    uint64_t my_lba = get_le64(h + 24), entries_lba = get_le64(h + 72), at;
    if (header_len < GPT_HEADER_MIN || header_len > GPT_HEADER_MAX || my_lba != lba)
        return false;
    put_le32(h + 16, 0);
    if (crc32_buf(0, h, header_len) != header_crc)
        return false;
    out->count = get_le32(h + 80);
    out->entry_len = get_le32(h + 84);
    uint64_t bytes = (uint64_t)out->count * out->entry_len;
    if (out->entry_len < GPT_ENTRY_LEN || !bytes || bytes > AG_SCRATCH_LEN ||
        !mul_u64(entries_lba, block, &at))
        return false;
    uint8_t *buf = ag_scratch(p);
    out->entries = buf;
    return phone_flash_read(p, BOARD_USER, at, buf, (size_t)bytes) == 0 &&
           crc32_buf(0, buf, (size_t)bytes) == entries_crc;
}

/* Entry names are UTF-16, of which the low bytes are taken, or raw 8-bit text if the first high byte is not zero. */
static void take_name(const uint8_t *raw, char name[73])
{
    size_t step = raw[1] == 0 ? 2 : 1, units = GPT_NAME_BYTES / step, i;
    for (i = 0; i < units && raw[i * step]; i++)
        name[i] = (char)raw[i * step];
    name[i] = 0;
}

/* The scan ends at the first entry without a start, as in the preloader; impossible entries are passed over. */
static size_t take_rows(const struct gpt *t, uint32_t block, uint64_t blocks, struct ag_partition *rows,
                        size_t max)
{
    size_t n = 0;
    for (uint32_t i = 0; i < t->count && n < max; i++) {
        const uint8_t *e = t->entries + (size_t)i * t->entry_len;
        uint64_t first = get_le64(e + 32), last = get_le64(e + 40);
        if (!first)
            break;
        if (last < first || last >= blocks)
            continue;
        struct ag_partition *row = &rows[n++];
        *row = (struct ag_partition){.start = first * block, .size = (last - first + 1) * block};
        row->linear = row->start;
        take_name(e + GPT_NAME_AT, row->name);
    }
    return n;
}

enum ag_result ag_table(struct mtksim *p, struct ag_partition *rows, size_t max, size_t *n)
{
    struct gpt t;
    *n = 0;
    if (!ag_has_storage(p))
        return AG_NO_STORAGE;
    if (ag_table_is_pmt(p))
        return ag_pmt_read(p, rows, max, n);
    uint32_t block = board_block_size(phone_board(p));
    uint64_t blocks = ag_area_size(p, BOARD_USER) / block;
    if (blocks < AG_GPT_BLOCKS || (!read_gpt(p, 1, &t) && !read_gpt(p, blocks - 1, &t)))
        return AG_NO_TABLE;
    *n = take_rows(&t, block, blocks, rows, max);
    return AG_OK;
}
