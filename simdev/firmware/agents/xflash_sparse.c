/* SPDX-License-Identifier: Apache-2.0 */
/* Android sparse images, expanded while they arrive. formats.md 5.1; errors da-xflash.md 8.3. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define FILE_HEADER_LEN  28u
#define CHUNK_HEADER_LEN 12u

enum chunk_type { CHUNK_RAW = 0xCAC1, CHUNK_FILL = 0xCAC2, CHUNK_DONT_CARE = 0xCAC3, CHUNK_CRC = 0xCAC4 };

/* Moves bytes from the input into sp->head until `need` are there. */
static bool gather(struct xf_sparse *sp, size_t need, const uint8_t **data, size_t *len)
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

static void next_chunk(struct xf_sparse *sp)
{
    sp->state = sp->chunks_left ? XF_SP_CHUNK : XF_SP_END;
}

static void file_header(struct xf_sink *sink)
{
    struct xf_sparse *sp = &sink->sp;
    uint16_t major = get_le16(sp->head + 4), header = get_le16(sp->head + 8), chunk = get_le16(sp->head + 10);
    uint32_t block = get_le32(sp->head + 12), blocks = get_le32(sp->head + 16);
    if (major != 1 || header < FILE_HEADER_LEN || chunk < CHUNK_HEADER_LEN || !block || block % 4 != 0 ||
        (uint64_t)block * blocks > sink->place.size) {
        sink->error = XF_SPARSE_FAIL;
        return;
    }
    sp->skip = header - FILE_HEADER_LEN;
    sp->chunk_header = chunk;
    sp->block_size = block;
    sp->chunks_left = get_le32(sp->head + 20);
    next_chunk(sp);
}

static void chunk_header(struct xf_sink *sink)
{
    struct xf_sparse *sp = &sink->sp;
    uint16_t type = get_le16(sp->head);
    uint64_t size = (uint64_t)get_le32(sp->head + 4) * sp->block_size;
    uint64_t total = get_le32(sp->head + 8), body = total - sp->chunk_header;
    sp->skip = sp->chunk_header - CHUNK_HEADER_LEN;
    sp->chunks_left--;
    bool known = type >= CHUNK_RAW && type <= CHUNK_CRC;
    uint64_t want = type == CHUNK_RAW ? size : type == CHUNK_DONT_CARE ? 0 : 4;
    if (!known) {
        sink->error = XF_UNKNOWN_SPARSE_CHUNK;
        return;
    }
    if (total < sp->chunk_header || body != want ||
        (type != CHUNK_CRC && !range_fits(sink->at, size, sink->place.size))) {
        sink->error = XF_SPARSE_FAIL;
        return;
    }
    if (type == CHUNK_RAW && size) {
        sp->raw_left = size;
        sp->state = XF_SP_RAW;
    } else if (type == CHUNK_FILL) {
        sp->fill_left = size;
        sp->state = XF_SP_FILL;
    } else {
        if (type == CHUNK_DONT_CARE)
            sink->at += size;
        sp->skip += want; /* a checksum is passed over */
        next_chunk(sp);
    }
}

/* Writes the four bytes in sp->head over and over. */
static void fill(struct xf *x, struct xf_sink *sink)
{
    uint8_t *pattern = xf_scratch(x) + XF_SCRATCH_LEN / 2; /* the lower half is for reading back */
    for (size_t i = 0; i < XF_SCRATCH_LEN / 2; i += 4)
        memcpy(pattern + i, sink->sp.head, 4);
    while (sink->sp.fill_left && !sink->error) {
        uint64_t left = sink->sp.fill_left;
        size_t n = left < XF_SCRATCH_LEN / 2 ? (size_t)left : XF_SCRATCH_LEN / 2;
        xf_sink_store(x, sink, sink->at, pattern, n);
        sink->at += n;
        sink->sp.fill_left -= n;
    }
    next_chunk(&sink->sp);
}

void xf_sparse_write(struct xf *x, struct xf_sink *sink, const uint8_t *data, size_t len)
{
    struct xf_sparse *sp = &sink->sp;
    while (len && !sink->error && sp->state != XF_SP_END) {
        if (sp->skip) {
            size_t n = sp->skip < len ? (size_t)sp->skip : len;
            sp->skip -= n;
            data += n;
            len -= n;
        } else if (sp->state == XF_SP_HEADER) {
            if (gather(sp, FILE_HEADER_LEN, &data, &len))
                file_header(sink);
        } else if (sp->state == XF_SP_CHUNK) {
            if (gather(sp, CHUNK_HEADER_LEN, &data, &len))
                chunk_header(sink);
        } else if (sp->state == XF_SP_FILL) {
            if (gather(sp, 4, &data, &len))
                fill(x, sink);
        } else {
            size_t n = sp->raw_left < len ? (size_t)sp->raw_left : len;
            xf_sink_store(x, sink, sink->at, data, n);
            sink->at += n;
            sp->raw_left -= n;
            data += n;
            len -= n;
            if (!sp->raw_left)
                next_chunk(sp);
        }
    }
}
