/* SPDX-License-Identifier: Apache-2.0 */
/* Reading GUID partition tables, see gpt.h. */
#include "formats/gpt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/gpt_layout.h"
#include "protocol/error_index.h"

/* A table of this many bytes is far beyond any phone's; a hostile header must not make us allocate more. */
#define TABLE_MAX_BYTES (1u << 20)

/* What the entries of a checked header are. */
struct table {
    uint64_t entries_lba;
    uint32_t count, entry_size, crc;
};

/* One copy of the table is read with this; which copy it is, is for messages only. */
struct source {
    mtk_gpt_read_fn read;
    void *ctx;
    uint64_t disk_size;
    uint32_t block_size;
    const char *which;
};

static int bad(struct mtk_error *err, const struct source *s, uint64_t lba, const char *why)
{
    mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER, "%s partition table: %s (block %" PRIu64 ")",
             s->which, why, lba);
    mtk_error_offset(err, lba * s->block_size);
    return -1;
}

/* Checks the header in block p in the preloader's order: signature, header CRC, my_lba; then that its numbers are sane. */
static int check_header(const struct source *s, uint64_t lba, uint8_t *p, struct table *t,
                        struct mtk_error *err)
{
    if (memcmp(p, GPT_SIGNATURE, 8) != 0)
        return bad(err, s, lba, "no \"EFI PART\" signature");
    uint32_t header_size = get_le32(p + GPT_OFF_HEADER_SIZE);
    if (header_size < GPT_HEADER_SIZE || header_size > s->block_size)
        return bad(err, s, lba, "header size out of range");
    uint32_t crc = get_le32(p + GPT_OFF_HEADER_CRC);
    put_le32(p + GPT_OFF_HEADER_CRC, 0);
    if (crc32_buf(0, p, header_size) != crc)
        return bad(err, s, lba, "header checksum wrong");
    if (get_le64(p + GPT_OFF_MY_LBA) != lba)
        return bad(err, s, lba, "header belongs to another block");
    t->entries_lba = get_le64(p + GPT_OFF_ENTRIES_LBA);
    t->count = get_le32(p + GPT_OFF_ENTRY_COUNT);
    t->entry_size = get_le32(p + GPT_OFF_ENTRY_SIZE);
    t->crc = get_le32(p + GPT_OFF_ENTRIES_CRC);
    if (t->entry_size < GPT_ENTRY_SIZE || t->entry_size % 8 != 0 || t->entry_size > s->block_size)
        return bad(err, s, lba, "entry size out of range");
    if (!t->count || (uint64_t)t->count * t->entry_size > TABLE_MAX_BYTES)
        return bad(err, s, lba, "number of entries out of range");
    uint64_t start;
    if (!mul_u64(t->entries_lba, s->block_size, &start) ||
        !range_fits(start, (uint64_t)t->count * t->entry_size, s->disk_size))
        return bad(err, s, lba, "entries lie outside the storage");
    return 0;
}

/*
 * Reads and checks the copy whose header is at lba. Returns the entry array (malloc'd) or NULL with *err. *io is set
 * if it was the reading itself that failed: then the other copy is no remedy.
 */
static uint8_t *load(const struct source *s, uint64_t lba, struct table *t, bool *io, struct mtk_error *err)
{
    *io = true;
    uint8_t *block = malloc(s->block_size);
    if (!block) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        return NULL;
    }
    int r = s->read(s->ctx, lba * s->block_size, block, s->block_size, err);
    if (r == 0) {
        *io = false;
        r = check_header(s, lba, block, t, err);
    }
    free(block);
    if (r)
        return NULL;
    *io = true;
    size_t len = (size_t)t->count * t->entry_size;
    uint8_t *entries = malloc(len);
    if (!entries) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        return NULL;
    }
    if (s->read(s->ctx, t->entries_lba * s->block_size, entries, len, err) == 0) {
        *io = false;
        if (crc32_buf(0, entries, len) == t->crc)
            return entries;
        bad(err, s, lba, "checksum of the entries wrong");
    }
    free(entries);
    return NULL;
}

/*
 * The preloader takes names as one byte a unit when the first unit's high byte is zero, and as plain 8-bit text
 * otherwise (4.2); this does the same, but keeps what cannot be printed out of terminals and logs.
 */
static void decode_name(const uint8_t *p, char out[73])
{
    bool wide = p[1] == 0;
    size_t n = 0;
    for (size_t i = 0; i < GPT_NAME_BYTES; i += wide ? 2 : 1) {
        if (p[i] == 0 && (!wide || p[i + 1] == 0))
            break;
        bool printable = p[i] >= 0x20 && p[i] < 0x7F && (!wide || p[i + 1] == 0);
        out[n++] = printable ? (char)p[i] : '?';
    }
    out[n] = 0;
}

static int bad_entry(struct mtk_error *err, const struct source *s, const char *name, const char *why)
{
    return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                    "%s partition table: partition \"%s\" %s", s->which, name, why);
}

static int decode_entry(const struct source *s, const uint8_t *p, struct mtk_gpt_entry *e,
                        struct mtk_error *err)
{
    uint64_t first = get_le64(p + GPT_ENTRY_FIRST), last = get_le64(p + GPT_ENTRY_LAST);
    decode_name(p + GPT_ENTRY_NAME, e->name);
    e->attributes = get_le64(p + GPT_ENTRY_ATTRIBUTES);
    if (last < first)
        return bad_entry(err, s, e->name, "ends before it begins");
    uint64_t blocks = s->disk_size / s->block_size;
    if (last >= blocks)
        return bad_entry(err, s, e->name, "lies outside the storage");
    e->start = first * s->block_size;
    e->size = (last - first + 1) * s->block_size;
    return 0;
}

static int check_overlaps(const struct source *s, const struct mtk_gpt *g, struct mtk_error *err)
{
    for (size_t i = 0; i < g->n_entries; i++) {
        const struct mtk_gpt_entry *a = &g->entries[i];
        for (size_t k = i + 1; k < g->n_entries; k++) {
            const struct mtk_gpt_entry *b = &g->entries[k];
            if (a->start < b->start + b->size && b->start < a->start + a->size)
                return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                                "%s partition table: partitions \"%s\" and \"%s\" overlap", s->which, a->name,
                                b->name);
        }
    }
    return 0;
}

/* Entries up to the first whose start is 0, where the preloader stops too (4.2). */
static int decode(const struct source *s, const struct table *t, const uint8_t *raw, struct mtk_gpt *g,
                  struct mtk_error *err)
{
    size_t n = 0;
    while (n < t->count && get_le64(raw + n * t->entry_size + GPT_ENTRY_FIRST) != 0)
        n++;
    for (size_t i = n; i < t->count; i++)
        g->n_hidden += get_le64(raw + i * t->entry_size + GPT_ENTRY_FIRST) != 0;
    if (n > MTK_GPT_MAX_ENTRIES)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "%s partition table: %zu partitions, more than %d", s->which, n, MTK_GPT_MAX_ENTRIES);
    g->entries = calloc(n ? n : 1, sizeof(*g->entries));
    if (!g->entries)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    for (; g->n_entries < n; g->n_entries++)
        if (decode_entry(s, raw + g->n_entries * t->entry_size, &g->entries[g->n_entries], err))
            return -1;
    return check_overlaps(s, g, err);
}

int mtk_gpt_read(mtk_gpt_read_fn read, void *ctx, uint64_t disk_size, uint32_t block_size,
                 struct mtk_gpt *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    out->block_size = block_size;
    out->disk_size = disk_size;
    struct source s = {read, ctx, disk_size, block_size, "primary"};
    if (block_size < 512 || block_size > 65536 || (block_size & (block_size - 1)) ||
        disk_size / block_size < 4)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "no partition table fits on %" PRIu64 " bytes in blocks of %" PRIu32, disk_size,
                        block_size);
    struct table t = {0};
    struct mtk_error first = {0}, second = {0};
    bool io = false;
    uint8_t *raw = load(&s, 1, &t, &io, &first);
    if (!raw && !io) {
        /* The preloader goes to the last block of the storage, not to the header's alternate_lba. */
        s.which = "backup";
        out->from_backup = true;
        raw = load(&s, disk_size / block_size - 1, &t, &io, &second);
    }
    if (!raw) {
        if (io || !second.row) {
            if (err)
                *err = second.row ? second : first;
            return -1;
        }
        mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER, "%.150s; %.150s", first.what, second.what);
        mtk_error_offset(err, first.offset);
        return -1;
    }
    int r = decode(&s, &t, raw, out, err);
    free(raw);
    if (r)
        mtk_gpt_release(out);
    return r;
}

void mtk_gpt_release(struct mtk_gpt *g)
{
    free(g->entries);
    g->entries = NULL;
    g->n_entries = 0;
}

const struct mtk_gpt_entry *mtk_gpt_find(const struct mtk_gpt *g, const char *name)
{
    for (size_t i = 0; i < g->n_entries; i++)
        if (strcmp(g->entries[i].name, name) == 0)
            return &g->entries[i];
    return NULL;
}
