/* SPDX-License-Identifier: Apache-2.0 */
/* Making sparse images, see sparse.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "formats/sparse.h"
#include "formats/sparse_layout.h"
#include "protocol/error_index.h"

static int put(struct mtk_sparse_writer *w, const void *data, size_t n, struct mtk_error *err)
{
    const uint8_t *p = data;
    while (n) {
        ssize_t k = write(w->fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "cannot write a sparse image: %s",
                            strerror(errno));
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static int seek(struct mtk_sparse_writer *w, off_t offset, int whence, struct mtk_error *err)
{
    if (lseek(w->fd, offset, whence) < 0)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "cannot write a sparse image: %s",
                        strerror(errno));
    return 0;
}

/* Writes the chunk header and counts the chunk. */
static int put_chunk(struct mtk_sparse_writer *w, uint16_t type, uint32_t blocks, uint64_t data_len,
                     struct mtk_error *err)
{
    if (data_len > UINT32_MAX - SPARSE_CHUNK_LEN || blocks > UINT32_MAX - w->total_blocks ||
        w->chunks == UINT32_MAX)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "a sparse image cannot hold that much");
    uint8_t h[SPARSE_CHUNK_LEN] = {0};
    put_le16(h, type);
    put_le32(h + 4, blocks);
    put_le32(h + 8, (uint32_t)data_len + SPARSE_CHUNK_LEN);
    if (put(w, h, sizeof(h), err))
        return -1;
    w->total_blocks += blocks;
    w->chunks++;
    return 0;
}

int mtk_sparse_begin(struct mtk_sparse_writer *w, int fd, uint32_t block_size, struct mtk_error *err)
{
    *w = (struct mtk_sparse_writer){.fd = fd, .block_size = block_size};
    if (!block_size || block_size % 4)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "sparse blocks must be a multiple of 4 bytes");
    const uint8_t room[SPARSE_HEADER_LEN] = {0};
    return seek(w, 0, SEEK_SET, err) || put(w, room, sizeof(room), err) ? -1 : 0;
}

int mtk_sparse_raw(struct mtk_sparse_writer *w, const void *data, uint32_t blocks, struct mtk_error *err)
{
    uint64_t len = (uint64_t)blocks * w->block_size;
    if (put_chunk(w, SPARSE_RAW, blocks, len, err))
        return -1;
    return put(w, data, (size_t)len, err);
}

int mtk_sparse_fill(struct mtk_sparse_writer *w, uint32_t value, uint32_t blocks, struct mtk_error *err)
{
    uint8_t word[4];
    put_le32(word, value);
    if (put_chunk(w, SPARSE_FILL, blocks, sizeof(word), err))
        return -1;
    return put(w, word, sizeof(word), err);
}

int mtk_sparse_skip(struct mtk_sparse_writer *w, uint32_t blocks, struct mtk_error *err)
{
    return put_chunk(w, SPARSE_SKIP, blocks, 0, err);
}

int mtk_sparse_finish(struct mtk_sparse_writer *w, struct mtk_error *err)
{
    uint8_t h[SPARSE_HEADER_LEN] = {0};
    put_le32(h, SPARSE_MAGIC);
    put_le16(h + 4, 1); /* major version; minor 0 */
    put_le16(h + 8, SPARSE_HEADER_LEN);
    put_le16(h + 10, SPARSE_CHUNK_LEN);
    put_le32(h + 12, w->block_size);
    put_le32(h + 16, w->total_blocks);
    put_le32(h + 20, w->chunks);
    if (seek(w, 0, SEEK_SET, err) || put(w, h, sizeof(h), err))
        return -1;
    return seek(w, 0, SEEK_END, err);
}
