/* SPDX-License-Identifier: Apache-2.0 */
/* Android sparse images, expanded while they arrive. formats.md 5.1. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/storage_sink.h"

enum chunk_type { CHUNK_RAW = 0xCAC1, CHUNK_FILL = 0xCAC2, CHUNK_DONT_CARE = 0xCAC3, CHUNK_CRC = 0xCAC4 };

/* Moves bytes from the input into sp->head until `need` are there. */
static bool gather(struct ag_sparse *sp, size_t need, const uint8_t **data, size_t *len)
{
    size_t n = need - sp->have < *len ? need - sp->have : *len;
    memcpy(sp->head + sp->have, *data, n);
    sp->have += n;
    *data += n;
    *len -= n;
    if (sp->have < need)
        return false;
    sp->have = 0;
    return true;
}

static void next_chunk(struct ag_sparse *sp)
{
    sp->state = sp->chunks_left ? AG_SP_CHUNK : AG_SP_END;
}

static void file_header(struct ag_sink *s)
{
    struct ag_sparse *sp = &s->sp;
    uint16_t major = get_le16(sp->head + 4), header = get_le16(sp->head + 8), chunk = get_le16(sp->head + 10);
    uint32_t block = get_le32(sp->head + 12), blocks = get_le32(sp->head + 16);
    if (major != 1 || header < AG_SPARSE_HEADER_LEN || chunk < AG_SPARSE_CHUNK_LEN || !block ||
        block % 4 != 0 || (uint64_t)block * blocks > s->place.size) {
        s->error = AG_SPARSE;
        return;
    }
    sp->skip = header - AG_SPARSE_HEADER_LEN;
    sp->chunk_header = chunk;
    sp->block_size = block;
    sp->chunks_left = get_le32(sp->head + 20);
    next_chunk(sp);
}

static void chunk_header(struct ag_sink *s)
{
    struct ag_sparse *sp = &s->sp;
    uint16_t type = get_le16(sp->head);
    uint64_t size = (uint64_t)get_le32(sp->head + 4) * sp->block_size;
    uint64_t total = get_le32(sp->head + 8), body = total - sp->chunk_header;
    sp->skip = sp->chunk_header - AG_SPARSE_CHUNK_LEN;
    sp->chunks_left--;
    bool known = type >= CHUNK_RAW && type <= CHUNK_CRC;
    uint64_t want = type == CHUNK_RAW ? size : type == CHUNK_DONT_CARE ? 0 : 4;
    if (!known) {
        s->error = AG_SPARSE_CHUNK;
        return;
    }
    if (total < sp->chunk_header || body != want ||
        (type != CHUNK_CRC && !range_fits(s->at, size, s->place.size))) {
        s->error = AG_SPARSE;
        return;
    }
    if (type == CHUNK_RAW && size) {
        sp->raw_left = size;
        sp->state = AG_SP_RAW;
    } else if (type == CHUNK_FILL) {
        sp->fill_left = size;
        sp->state = AG_SP_FILL;
    } else {
        if (type == CHUNK_DONT_CARE)
            s->at += size;
        sp->skip += want; /* a checksum is passed over */
        next_chunk(sp);
    }
}

/* Writes the four bytes in sp->head over and over. */
static void fill(struct ag_sink *s)
{
    uint8_t *pattern = ag_scratch(s->p) + AG_SCRATCH_LEN / 2; /* the lower half is for reading back */
    for (size_t i = 0; i < AG_SCRATCH_LEN / 2; i += 4)
        memcpy(pattern + i, s->sp.head, 4);
    while (s->sp.fill_left && !s->error) {
        uint64_t left = s->sp.fill_left;
        size_t n = left < AG_SCRATCH_LEN / 2 ? (size_t)left : AG_SCRATCH_LEN / 2;
        ag_sink_store(s, s->at, pattern, n);
        s->at += n;
        s->sp.fill_left -= n;
    }
    next_chunk(&s->sp);
}

void ag_sparse_write(struct ag_sink *s, const uint8_t *data, size_t len)
{
    struct ag_sparse *sp = &s->sp;
    while (len && !s->error && sp->state != AG_SP_END) {
        if (sp->skip) {
            size_t n = sp->skip < len ? (size_t)sp->skip : len;
            sp->skip -= n;
            data += n;
            len -= n;
        } else if (sp->state == AG_SP_HEADER) {
            if (gather(sp, AG_SPARSE_HEADER_LEN, &data, &len))
                file_header(s);
        } else if (sp->state == AG_SP_CHUNK) {
            if (gather(sp, AG_SPARSE_CHUNK_LEN, &data, &len))
                chunk_header(s);
        } else if (sp->state == AG_SP_FILL) {
            if (gather(sp, 4, &data, &len))
                fill(s);
        } else {
            size_t n = sp->raw_left < len ? (size_t)sp->raw_left : len;
            ag_sink_store(s, s->at, data, n);
            s->at += n;
            sp->raw_left -= n;
            data += n;
            len -= n;
            if (!sp->raw_left)
                next_chunk(sp);
        }
    }
}

bool ag_sparse_done(const struct ag_sink *s)
{
    return s->sp.state == AG_SP_END;
}
