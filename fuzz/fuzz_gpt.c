/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables. The first byte chooses: bit 0 blocks of 4096 instead of 512, bit 1 set both tables' checksums right,
 * so that the fuzzer gets past them. The rest is the storage.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/gpt.h"
#include "fuzz/fuzz.h"

struct disk {
    uint8_t *data;
    size_t size;
};

static int read_disk(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    (void)err;
    struct disk *d = ctx;
    EXPECT(range_fits(offset, len, d->size));
    memcpy(buf, d->data + offset, len);
    return 0;
}

static void seal(struct disk *d, size_t at, size_t block)
{
    if (!range_fits(at, block, d->size))
        return;
    uint8_t *h = d->data + at;
    uint64_t start, size = (uint64_t)get_le32(h + 0x50) * get_le32(h + 0x54);
    if (mul_u64(get_le64(h + 0x48), block, &start) && range_fits(start, size, d->size))
        put_le32(h + 0x58, crc32_buf(0, d->data + start, (size_t)size));
    uint32_t len = get_le32(h + 0x0C);
    put_le32(h + 0x10, 0);
    put_le32(h + 0x10, crc32_buf(0, h, len <= block ? len : block));
}

static void check(const struct mtk_gpt *g, uint64_t size)
{
    EXPECT(g->n_entries <= MTK_GPT_MAX_ENTRIES);
    for (size_t i = 0; i < g->n_entries; i++) {
        const struct mtk_gpt_entry *e = &g->entries[i];
        EXPECT(e->size && range_fits(e->start, e->size, size) && strlen(e->name) < sizeof(e->name));
        EXPECT(mtk_gpt_find(g, e->name));
        for (size_t k = 0; k < i; k++)
            EXPECT(e->start >= g->entries[k].start + g->entries[k].size ||
                   g->entries[k].start >= e->start + e->size);
    }
    uint8_t *primary, *backup;
    size_t n, m;
    if (mtk_gpt_write(g, 1, &primary, &n, &backup, &m, NULL) == 0) {
        EXPECT(n + m <= size);
        free(primary);
        free(backup);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint32_t block = data[0] & 1 ? 4096 : 512;
    struct disk d = {malloc(size), size - 1};
    EXPECT(d.data);
    memcpy(d.data, data + 1, d.size);
    if (data[0] & 2 && d.size >= 2 * block) {
        seal(&d, block, block);
        seal(&d, (d.size / block - 1) * block, block);
    }
    struct mtk_gpt g;
    struct mtk_error err = {0};
    if (mtk_gpt_read(read_disk, &d, d.size, block, &g, &err) == 0) {
        check(&g, d.size);
        mtk_gpt_release(&g);
    } else {
        EXPECT(err.row && err.what[0] && !g.entries);
    }
    free(d.data);
    return 0;
}
