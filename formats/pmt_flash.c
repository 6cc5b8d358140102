/* SPDX-License-Identifier: Apache-2.0 */
/* PMT blocks on eMMC and marks of PMT pages on NAND, see pmt.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/pmt.h"
#include "formats/pmt_layout.h"
#include "protocol/error_index.h"

/* Where things are in a block of 2048 bytes. Version 3 keeps 8 bytes for each signature, version 1 has 4. */
static const struct version {
    uint32_t primary, mirror; /* signatures */
    unsigned entries, info, tail;
    unsigned strides[2]; /* 64-bit form; 32-bit form of storages below 4 GiB */
} versions[] = {
    {PMT_SIG_V3, PMT_SIG_MIRROR_V3, 8, 0x7F0, 0x7F8, {MTK_PMT_STRIDE_V3, MTK_PMT_STRIDE_32}},
    {PMT_SIG_V1, PMT_SIG_MIRROR_V1, 4, 0x7F8, 0x7FC, {MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_32}},
};
#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))
#define V3         (&versions[0])

#define SEARCH_STEP    512u
#define MIRROR_FROM    0xC00u
#define PAGES_MAX      MTK_PMT_BLOCKS_MAX
#define V3_PER_BLOCK   ((0x7F0u - 8u) / MTK_PMT_STRIDE_V3)
#define CHUNK          0x10000u
#define CHUNK_OVERLAP  (PAGES_MAX * MTK_PMT_BLOCK)
#define SPARE_INFO     8         /* info word of a NAND page, behind 8 bytes of signature */
#define INFO_TOOL      (1u << 8) /* tool_or_sd_update: by a flash tool */
#define INFO_NEXT_MASK (0xFu << 12)
#define INFO_NEXT      (1u << 12) /* pt_next: the page behind this one goes on with the table */

/*
 * The version whose block begins at p, NULL if none does: both signatures must be there. *half is set if only one is:
 * a damaged block.
 */
static const struct version *block_at(const uint8_t *p, bool mirror, bool *half)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        uint32_t sig = mirror ? versions[i].mirror : versions[i].primary;
        bool head = get_le32(p) == sig, tail = get_le32(p + versions[i].tail) == sig;
        if (head && tail)
            return &versions[i];
        *half = *half || head || tail;
    }
    return NULL;
}

/* Where a copy of the table was found, and its bytes. */
struct found {
    const struct version *version; /* NULL: not found yet */
    bool mirror;
    uint64_t at;
    uint64_t
        second_of_damaged; /* where the continuation of a damaged block would be: no table begins there */
    uint8_t pages[PAGES_MAX][MTK_PMT_BLOCK];
    unsigned n_pages;
};

struct scan {
    mtk_pmt_read_fn read;
    void *ctx;
    uint64_t end;
    uint8_t *buf; /* CHUNK + CHUNK_OVERLAP bytes */
    struct found primary, mirror;
};

/* Takes the copy at p, of which `left` bytes can be seen. A continuation that is announced has to be there. */
static void take(struct found *f, const uint8_t *p, size_t left, uint64_t at)
{
    bool half = false;
    const struct version *v = block_at(p, f->mirror, &half);
    if (half)
        f->second_of_damaged = at + MTK_PMT_BLOCK;
    if (!v || at == f->second_of_damaged)
        return;
    unsigned n = (get_le32(p + v->info) & INFO_NEXT_MASK) == INFO_NEXT ? 2 : 1;
    if (left < n * MTK_PMT_BLOCK || (n == 2 && block_at(p + MTK_PMT_BLOCK, f->mirror, &half) != v))
        return;
    f->version = v;
    f->at = at;
    f->n_pages = n;
    memcpy(f->pages, p, n * MTK_PMT_BLOCK);
}

/* Looks at one chunk. Stops at a primary; the first mirror is kept in case there is none. */
static int scan_chunk(struct scan *s, uint64_t from, struct mtk_error *err)
{
    uint64_t room = s->end - from;
    size_t len = room < CHUNK + CHUNK_OVERLAP ? (size_t)room : CHUNK + CHUNK_OVERLAP;
    if (s->read(s->ctx, from, s->buf, len, err))
        return -1;
    for (size_t at = 0; at < CHUNK && at + MTK_PMT_BLOCK <= len && !s->primary.version; at += SEARCH_STEP) {
        take(&s->primary, s->buf + at, len - at, from + at);
        if (!s->mirror.version && from + at >= MIRROR_FROM)
            take(&s->mirror, s->buf + at, len - at, from + at);
    }
    return 0;
}

/*
 * A storage below 4 GiB has the 32-bit form: nothing in the block says so but the entries themselves. As with entries
 * from the wire, names that are not filled up with zeros are the second choice.
 */
static int decode_found(const struct found *f, struct mtk_pmt *out, struct mtk_error *err)
{
    const struct version *v = f->version;
    struct mtk_error why = {0};
    for (size_t i = 0; i < 4 && !(i == 2 && out->n); i++) {
        unsigned stride = v->strides[i % 2];
        size_t per_page = (v->info - v->entries) / stride;
        uint8_t entries[PAGES_MAX * MTK_PMT_BLOCK];
        struct mtk_pmt t;
        struct mtk_error *e = i >= 2 && !why.row ? &why : NULL;
        for (unsigned k = 0; k < f->n_pages; k++)
            memcpy(entries + k * per_page * stride, f->pages[k] + v->entries, per_page * stride);
        if (pmt_decode(entries, f->n_pages * per_page, stride, i < 2, 0, &t, e) == 0)
            pmt_keep_better(out, &t);
    }
    if (!out->n) {
        if (err)
            *err = why;
        return -1;
    }
    out->at = f->at;
    return 0;
}

int mtk_pmt_read_emmc(mtk_pmt_read_fn read, void *ctx, uint64_t user_size, struct mtk_pmt *out,
                      struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    struct scan *s = calloc(1, sizeof(*s) + CHUNK + CHUNK_OVERLAP);
    if (!s)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    s->read = read;
    s->ctx = ctx;
    s->end = user_size < MTK_PMT_SEARCH_END ? user_size : MTK_PMT_SEARCH_END;
    s->buf = (uint8_t *)(s + 1);
    s->mirror.mirror = true;
    int r = 0;
    for (uint64_t from = MTK_PMT_SEARCH_FROM; !r && !s->primary.version && from + MTK_PMT_BLOCK <= s->end;
         from += CHUNK)
        r = scan_chunk(s, from, err);
    if (!r) {
        const struct found *f = s->primary.version ? &s->primary : &s->mirror;
        if (f->version)
            r = decode_found(f, out, err);
        else
            r = mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                         "no partition table (PMT) in the first 0x%" PRIx64 " bytes of the user area",
                         s->end);
        out->from_mirror = !r && f == &s->mirror;
    }
    free(s);
    return r;
}

int mtk_pmt_blocks_emmc(const struct mtk_pmt *t, bool mirror, uint8_t sequence,
                        uint8_t out[MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK])
{
    size_t n_blocks = t->n > V3_PER_BLOCK ? 2 : 1;
    if (t->n > MTK_PMT_FLASH_MAX)
        return -1;
    uint32_t sig = mirror ? V3->mirror : V3->primary;
    memset(out, 0, n_blocks * MTK_PMT_BLOCK);
    for (size_t k = 0; k < n_blocks; k++) {
        uint8_t *block = out + k * MTK_PMT_BLOCK;
        size_t first = k * V3_PER_BLOCK, left = t->n - first;
        bool more = k + 1 < n_blocks;
        put_le32(block, sig);
        pmt_encode(t->entries + first, more ? V3_PER_BLOCK : left, MTK_PMT_STRIDE_V3, block + V3->entries);
        put_le32(block + V3->info, sequence | INFO_TOOL | (more ? INFO_NEXT : 0));
        put_le32(block + V3->tail, sig);
    }
    return (int)n_blocks;
}

int mtk_pmt_block_emmc(const struct mtk_pmt *t, bool mirror, uint8_t sequence, uint8_t out[MTK_PMT_BLOCK])
{
    uint8_t blocks[MTK_PMT_BLOCKS_MAX * MTK_PMT_BLOCK];
    if (mtk_pmt_blocks_emmc(t, mirror, sequence, blocks) != 1)
        return -1;
    memcpy(out, blocks, MTK_PMT_BLOCK);
    return 0;
}

void mtk_pmt_spare(bool mirror, uint8_t sequence, uint8_t out[MTK_PMT_SPARE_LEN])
{
    put_le32(out, mirror ? V3->mirror : V3->primary);
    put_le32(out + 4, 0);
    put_le32(out + SPARE_INFO, sequence | INFO_TOOL);
}

bool mtk_pmt_spare_check(const uint8_t *spare, size_t len, bool mirror, uint8_t *sequence)
{
    if (len < MTK_PMT_SPARE_LEN)
        return false;
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (get_le32(spare) != (mirror ? versions[i].mirror : versions[i].primary))
            continue;
        *sequence = spare[SPARE_INFO];
        return true;
    }
    return false;
}
