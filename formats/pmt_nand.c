/* SPDX-License-Identifier: Apache-2.0 */
/* The PMT of a NAND, found without its spare bytes, see pmt.h. formats.md section 4.3. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/pmt.h"
#include "formats/pmt_layout.h"
#include "protocol/error_index.h"

#define HEAD_LEN   8u /* a signature, filled up */
#define TABLE_MAX  (MTK_PMT_FLASH_MAX * (size_t)MTK_PMT_STRIDE_V3)
#define PAGE_MIN   512u
#define BLOCK_MAX  (8u << 20)
#define BLOCKS_MAX 1024u /* that are looked through */

static const struct version {
    uint32_t signature;
    bool mirror;
    unsigned strides[2]; /* 64-bit form; 32-bit form of storages below 4 GiB */
} versions[] = {
    {PMT_SIG_V3, false, {MTK_PMT_STRIDE_V3, MTK_PMT_STRIDE_32}},
    {PMT_SIG_V1, false, {MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_32}},
    {PMT_SIG_MIRROR_V3, true, {MTK_PMT_STRIDE_V3, MTK_PMT_STRIDE_32}},
    {PMT_SIG_MIRROR_V1, true, {MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_32}},
};

static const struct version *version_of(const uint8_t *page)
{
    uint32_t signature = get_le32(page);
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (versions[i].signature == signature)
            return &versions[i];
    return NULL;
}

/* Entries of one copy as they stand on flash. */
struct copy {
    const struct version *version; /* NULL: none was found */
    uint64_t at;
    size_t len;
    uint8_t entries[TABLE_MAX];
};

struct search {
    const struct mtk_pmt_nand *where;
    mtk_pmt_read_fn read;
    void *ctx;
    struct copy primary, mirror;
    uint8_t block[];
};

/* The version that begins at that page, and the pages behind it that go on with it: not signed, and not erased. */
static void take(struct search *s, uint32_t page, uint64_t block_at)
{
    uint32_t size = s->where->page, pages = s->where->block / size;
    const uint8_t *p = s->block + (size_t)page * size;
    const struct version *v = version_of(p);
    struct copy *c = v->mirror ? &s->mirror : &s->primary;
    size_t len = size - HEAD_LEN;
    for (uint32_t k = page + 1; k < pages && len < TABLE_MAX; k++, len += size) {
        const uint8_t *next = s->block + (size_t)k * size;
        if (version_of(next) || *next == 0xFF)
            break;
    }
    c->version = v;
    c->at = block_at + (uint64_t)page * size;
    c->len = len < TABLE_MAX ? len : TABLE_MAX;
    memcpy(c->entries, p + HEAD_LEN, c->len);
}

/*
 * Looks through one block. Versions of the table are written from its first page up and those of the mirror from its
 * last page down, so the newest table is the last one in the block and the newest mirror the first.
 */
static int look_at(struct search *s, uint64_t at, struct mtk_error *err)
{
    uint32_t pages = s->where->block / s->where->page;
    bool mirror_taken = false;
    if (s->read(s->ctx, at, s->block, s->where->block, err))
        return -1;
    for (uint32_t k = 0; k < pages; k++) {
        const struct version *v = version_of(s->block + (size_t)k * s->where->page);
        if (!v || (v->mirror && mirror_taken))
            continue;
        mirror_taken = mirror_taken || v->mirror;
        take(s, k, at);
    }
    return 0;
}

static bool agree(const struct search *s)
{
    const struct copy *a = &s->primary, *b = &s->mirror;
    return a->version && b->version && a->len == b->len && memcmp(a->entries, b->entries, a->len) == 0;
}

/* As with the blocks of an eMMC, names that are not filled up with zeros are the second choice. */
static int decode(const struct copy *c, struct mtk_pmt *out, struct mtk_error *err)
{
    struct mtk_error why = {0};
    for (size_t i = 0; i < 4 && !(i == 2 && out->n); i++) {
        unsigned stride = c->version->strides[i % 2];
        struct mtk_error *e = i >= 2 && !why.row ? &why : NULL;
        struct mtk_pmt t;
        if (pmt_decode(c->entries, c->len / stride, stride, i < 2, 0, &t, e) == 0)
            pmt_keep_better(out, &t);
    }
    if (out->n) {
        out->at = c->at;
        out->from_mirror = c->version->mirror;
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

static int search(struct search *s, struct mtk_pmt *out, struct mtk_error *err)
{
    const struct mtk_pmt_nand *w = s->where;
    uint64_t blocks = (w->end - w->from) / w->block;
    for (uint64_t k = 0; k < blocks && k < BLOCKS_MAX; k++) {
        if (look_at(s, w->from + k * w->block, err) < 0)
            return -1;
        if (k == 1 && agree(s))
            break;
    }
    const struct copy *c = s->primary.version ? &s->primary : &s->mirror;
    if (c->version)
        return decode(c, out, err);
    return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                    "no partition table (PMT) in the 0x%" PRIX64 " bytes behind the NAND's data",
                    w->end - w->from);
}

int mtk_pmt_read_nand(mtk_pmt_read_fn read, void *ctx, const struct mtk_pmt_nand *where, struct mtk_pmt *out,
                      struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (where->page < PAGE_MIN || where->block % where->page || where->block < where->page ||
        where->block > BLOCK_MAX || where->from % where->block || where->end < where->from)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "no NAND has pages of %" PRIu32 " in blocks of %" PRIu32
                        " bytes and data up to 0x%" PRIX64,
                        where->page, where->block, where->from);
    struct search *s = calloc(1, sizeof(*s) + where->block);
    if (!s)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    s->where = where;
    s->read = read;
    s->ctx = ctx;
    int r = search(s, out, err);
    free(s);
    return r;
}
