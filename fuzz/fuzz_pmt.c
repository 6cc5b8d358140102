/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables from before GPT. The low two bits of the first byte choose an entry size (0: found out), bit 2 takes
 * the rest for an eMMC user area instead of entries, bit 3 gives the storage a size, bit 4 takes the rest for what lies
 * behind the data of a NAND: blocks of four pages of 512 bytes.
 */
#include <string.h>

#include "base/cursor.h"
#include "formats/pmt.h"
#include "fuzz/fuzz.h"

struct area {
    const uint8_t *data;
    uint64_t size;
};

static int read_area(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    (void)err;
    const struct area *a = ctx;
    EXPECT(range_fits(offset, len, a->size));
    memcpy(buf, a->data + offset, len);
    return 0;
}

static void same(const struct mtk_pmt *a, const struct mtk_pmt *b)
{
    EXPECT(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct mtk_pmt_entry *x = &a->entries[i], *y = &b->entries[i];
        EXPECT(strcmp(x->name, y->name) == 0 && x->size == y->size && x->offset == y->offset &&
               x->part_id == y->part_id && x->mask == y->mask);
    }
}

/* Ids that real tables have are below 2^32; larger ones can make the 64-bit form look like the 32-bit one. */
static bool plausible(const struct mtk_pmt *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].part_id >> 32)
            return false;
    return true;
}

/* As entries of the largest form, and through the blocks of an eMMC, the table stays what it is. */
static void write_back(const struct mtk_pmt *t)
{
    size_t len = 0;
    struct mtk_pmt back;
    uint8_t *wire = mtk_pmt_write(t, MTK_PMT_STRIDE_V3, MTK_PMT_MAX_ENTRIES, &len);
    EXPECT(wire && len == MTK_PMT_MAX_ENTRIES * (size_t)MTK_PMT_STRIDE_V3);
    EXPECT(mtk_pmt_parse(wire, len, MTK_PMT_STRIDE_V3, 0, &back, NULL) == 0);
    same(t, &back);
    mtk_pmt_release(&back);
    free(wire);
    uint8_t user[MTK_PMT_SEARCH_FROM + 2 * MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK] = {0};
    int n = mtk_pmt_blocks_emmc(t, false, 1, user + MTK_PMT_SEARCH_FROM);
    EXPECT((n < 0) == (t->n > MTK_PMT_FLASH_MAX));
    if (n < 0 || !plausible(t))
        return;
    EXPECT(mtk_pmt_blocks_emmc(t, true, 1, user + MTK_PMT_SEARCH_FROM + (size_t)n * MTK_PMT_BLOCK) == n);
    struct area a = {user, sizeof(user)};
    for (unsigned damaged = 0; damaged < 2; damaged++) {
        EXPECT(mtk_pmt_read_emmc(read_area, &a, a.size, &back, NULL) == 0);
        EXPECT(back.from_mirror == (damaged == 1));
        same(t, &back);
        mtk_pmt_release(&back);
        user[MTK_PMT_SEARCH_FROM] ^= 1;
    }
}

static void check(const struct mtk_pmt *t, uint64_t disk)
{
    EXPECT(t->n >= 1 && t->n <= MTK_PMT_MAX_ENTRIES);
    for (size_t i = 0; i < t->n; i++) {
        const struct mtk_pmt_entry *e = &t->entries[i];
        EXPECT(e->name[0] && strlen(e->name) < sizeof(e->name) - 1);
        EXPECT(mtk_pmt_find(t, e->name));
        EXPECT(!disk || range_fits(e->offset, e->size, disk) || e->offset >> 16 == 0xFFFF);
    }
    write_back(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned strides[] = {0, MTK_PMT_STRIDE_32, MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_V3};
    if (!size)
        return 0;
    struct mtk_pmt t;
    struct mtk_error err = {0};
    struct area a = {data + 1, size - 1};
    uint64_t disk = data[0] & 8 ? UINT64_C(0x100000000) : 0;
    const struct mtk_pmt_nand nand = {.end = a.size, .page = 512, .block = 2048};
    bool on_flash = data[0] & (4 | 16);
    int r = data[0] & 16  ? mtk_pmt_read_nand(read_area, &a, &nand, &t, &err)
            : data[0] & 4 ? mtk_pmt_read_emmc(read_area, &a, a.size, &t, &err)
                          : mtk_pmt_parse(a.data, size - 1, strides[data[0] & 3], disk, &t, &err);
    if (r) {
        EXPECT(err.row && err.what[0] && !t.entries);
        return 0;
    }
    EXPECT(!on_flash || range_fits(t.at, 512, a.size));
    check(&t, on_flash ? 0 : disk);
    mtk_pmt_release(&t);
    uint8_t sequence;
    mtk_pmt_spare_check(a.data, size - 1, data[0] & 1, &sequence);
    return 0;
}
