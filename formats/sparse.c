/* SPDX-License-Identifier: Apache-2.0 */
/* Images as lists of extents, see sparse.h. Making sparse images is in sparse_write.c. */
#include "formats/sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "formats/sparse_layout.h"
#include "protocol/error_index.h"

/*
 * An extent costs memory, a chunk of a hostile file only 12 bytes. Real images of many gigabytes have some ten
 * thousand; this bounds what a file can make us allocate to 40 MiB.
 */
#define MAX_EXTENTS (1u << 20)

/* Where the image's bytes come from: a file (fd) or memory. */
struct source {
    const char *name;
    int fd;
    const uint8_t *mem;
    uint64_t size;
};

/* State of the walk over the chunks. */
struct walk {
    struct source *src;
    struct mtk_image *img;
    uint64_t pos;    /* in the file */
    uint64_t blocks; /* defined so far, "don't care" included */
    uint32_t total_blocks, total_chunks, header_crc;
    uint16_t chunk_header;
    size_t capacity;
    bool crc_chunk; /* seen, with nothing behind it yet */
};

static int bad(struct mtk_error *err, const struct walk *w, uint64_t offset, const char *why)
{
    mtk_fail_file(err, MTK_E_MTK_SPARSE_INVALID, w->src->name, 0, "damaged sparse image: %s", why);
    mtk_error_offset(err, offset);
    return -1;
}

static int no_memory(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

/* Reads exactly n bytes of a file; 0, or -1 with *err if the disk fails or the file ends. */
static int read_fd(int fd, const char *name, uint64_t offset, void *buf, size_t n, struct mtk_error *err)
{
    uint8_t *p = buf;
    while (n) {
        ssize_t got = pread(fd, p, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            mtk_fail_file(err, got ? MTK_E_MTK_HOST_IO : MTK_E_MTK_FILE_UNREADABLE, name, 0,
                          "cannot read: %s",
                          got ? strerror(errno) : "the file became shorter while it was in use");
            mtk_error_offset(err, offset);
            return -1;
        }
        p += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int read_source(const struct source *s, uint64_t offset, void *buf, size_t n, struct mtk_error *err)
{
    if (s->fd >= 0)
        return read_fd(s->fd, s->name, offset, buf, n, err);
    memcpy(buf, s->mem + offset, n);
    return 0;
}

static int add_extent(struct walk *w, const struct mtk_extent *e, struct mtk_error *err)
{
    struct mtk_image *img = w->img;
    img->defined += e->size;
    if (img->n_extents) {
        struct mtk_extent *last = &img->extents[img->n_extents - 1];
        bool adjacent = last->kind == e->kind && last->start + last->size == e->start;
        /* Raw chunks always have a chunk header between them in the file, so only fills can merge. */
        if (adjacent && e->kind == MTK_EXTENT_FILL && last->fill == e->fill) {
            last->size += e->size;
            return 0;
        }
    }
    if (img->n_extents == w->capacity) {
        if (w->capacity >= MAX_EXTENTS)
            return bad(err, w, w->pos, "it is cut into more than a million pieces");
        size_t capacity = w->capacity ? w->capacity * 2 : 16;
        struct mtk_extent *more = realloc(img->extents, capacity * sizeof(*more));
        if (!more)
            return no_memory(err);
        img->extents = more;
        w->capacity = capacity;
    }
    img->extents[img->n_extents++] = *e;
    return 0;
}

static int raw_chunk(struct walk *w, uint64_t start, uint64_t size, uint64_t data, uint64_t data_len,
                     struct mtk_error *err)
{
    if (data_len != size)
        return bad(err, w, w->pos, "a raw chunk's size is not that of its blocks");
    struct mtk_extent e = {.kind = MTK_EXTENT_RAW, .start = start, .size = size, .file_offset = data};
    return size ? add_extent(w, &e, err) : 0;
}

static int fill_chunk(struct walk *w, uint64_t start, uint64_t size, uint64_t data, uint64_t data_len,
                      struct mtk_error *err)
{
    uint8_t value[4];
    if (data_len != sizeof(value))
        return bad(err, w, w->pos, "a fill chunk does not hold exactly one word");
    if (read_source(w->src, data, value, sizeof(value), err))
        return -1;
    struct mtk_extent e = {.kind = MTK_EXTENT_FILL, .start = start, .size = size, .fill = get_le32(value)};
    return size ? add_extent(w, &e, err) : 0;
}

static int skip_chunk(struct walk *w, uint64_t start, uint64_t size, uint64_t data, uint64_t data_len,
                      struct mtk_error *err)
{
    (void)start, (void)size, (void)data;
    return data_len ? bad(err, w, w->pos, "a don't-care chunk holds data") : 0;
}

static int crc_chunk(struct walk *w, uint64_t start, uint64_t size, uint64_t data, uint64_t data_len,
                     struct mtk_error *err)
{
    (void)start;
    uint8_t value[4];
    if (size || data_len != sizeof(value))
        return bad(err, w, w->pos, "a checksum chunk has an impossible size");
    if (read_source(w->src, data, value, sizeof(value), err))
        return -1;
    w->img->crc = get_le32(value);
    w->crc_chunk = true;
    return 0;
}

static const struct {
    uint16_t type;
    int (*handle)(struct walk *w, uint64_t start, uint64_t size, uint64_t data, uint64_t data_len,
                  struct mtk_error *err);
} chunk_kinds[] = {
    {SPARSE_RAW, raw_chunk}, {SPARSE_FILL, fill_chunk}, {SPARSE_SKIP, skip_chunk}, {SPARSE_CRC, crc_chunk}};

static int read_chunk(struct walk *w, struct mtk_error *err)
{
    uint8_t h[SPARSE_CHUNK_LEN];
    if (!range_fits(w->pos, w->chunk_header, w->src->size))
        return bad(err, w, w->pos, "the file ends inside a chunk header");
    if (read_source(w->src, w->pos, h, sizeof(h), err))
        return -1;
    uint16_t type = get_le16(h);
    uint32_t blocks = get_le32(h + 4), total = get_le32(h + 8);
    if (total < w->chunk_header)
        return bad(err, w, w->pos, "a chunk is smaller than its header");
    if (!range_fits(w->pos, total, w->src->size))
        return bad(err, w, w->pos, "the file ends inside a chunk");
    if (blocks > w->total_blocks - w->blocks)
        return bad(err, w, w->pos, "the chunks make more blocks than the header says");
    uint64_t bs = w->img->block_size;
    for (size_t i = 0; i < sizeof(chunk_kinds) / sizeof(chunk_kinds[0]); i++) {
        if (chunk_kinds[i].type != type)
            continue;
        if (blocks)
            w->crc_chunk = false; /* a checksum in the middle covers only what came before it */
        if (chunk_kinds[i].handle(w, w->blocks * bs, blocks * bs, w->pos + w->chunk_header,
                                  total - w->chunk_header, err))
            return -1;
        w->blocks += blocks;
        w->pos += total;
        return 0;
    }
    return bad(err, w, w->pos, "a chunk of unknown type");
}

static int read_header(struct walk *w, struct mtk_error *err)
{
    uint8_t h[SPARSE_HEADER_LEN];
    if (w->src->size < sizeof(h))
        return bad(err, w, 0, "the file ends inside its header");
    if (read_source(w->src, 0, h, sizeof(h), err))
        return -1;
    uint16_t header_len = get_le16(h + 8);
    w->chunk_header = get_le16(h + 10);
    uint32_t bs = get_le32(h + 12);
    w->total_blocks = get_le32(h + 16);
    w->total_chunks = get_le32(h + 20);
    w->header_crc = get_le32(h + 24);
    if (get_le32(h) != SPARSE_MAGIC)
        return bad(err, w, 0, "no sparse magic");
    if (get_le16(h + 4) != 1)
        return bad(err, w, 4, "only major version 1 is known");
    if (header_len < SPARSE_HEADER_LEN || w->chunk_header < SPARSE_CHUNK_LEN)
        return bad(err, w, 8, "the header sizes are too small");
    if (!bs || bs % 4)
        return bad(err, w, 12, "the block size is not a multiple of 4");
    if (!w->total_blocks)
        return bad(err, w, 16, "it makes no blocks");
    if (header_len > w->src->size || w->total_chunks > (w->src->size - header_len) / w->chunk_header)
        return bad(err, w, 20, "the file is too short for its number of chunks");
    w->img->block_size = bs;
    w->img->expanded_size = (uint64_t)w->total_blocks * bs;
    w->pos = header_len;
    return 0;
}

/*
 * Reads the whole chunk table. Bytes behind the last chunk are allowed: signed images carry their signature there.
 */
static int parse_sparse(struct source *src, struct mtk_image *img, struct mtk_error *err)
{
    struct walk w = {.src = src, .img = img};
    img->sparse = true;
    if (read_header(&w, err))
        return -1;
    for (uint32_t i = 0; i < w.total_chunks; i++)
        if (read_chunk(&w, err))
            return -1;
    if (w.blocks != w.total_blocks)
        return bad(err, &w, w.pos, "the chunks make fewer blocks than the header says");
    if (w.crc_chunk && w.header_crc && w.header_crc != img->crc)
        return bad(err, &w, 24, "the checksum in the header is not the one in the checksum chunk");
    if (!w.crc_chunk)
        img->crc = w.header_crc;
    img->has_crc = w.crc_chunk || w.header_crc;
    return 0;
}

static int open_plain(struct mtk_image *img, struct mtk_error *err)
{
    img->extents = calloc(1, sizeof(*img->extents));
    if (!img->extents)
        return no_memory(err);
    img->extents[0] = (struct mtk_extent){.kind = MTK_EXTENT_RAW, .size = img->file_size};
    img->n_extents = 1;
    img->expanded_size = img->defined = img->file_size;
    return 0;
}

static int open_file(const char *path, struct mtk_image *img, struct mtk_error *err)
{
    if ((size_t)snprintf(img->path, sizeof(img->path), "%s", path) >= sizeof(img->path))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "the path is too long");
    /* O_NONBLOCK: opening a FIFO must not wait for somebody to write into it. */
    img->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (img->fd < 0 || fstat(img->fd, &st) < 0)
        return mtk_fail_file(
            err, errno == ENOENT || errno == ENOTDIR ? MTK_E_MTK_FILE_MISSING : MTK_E_MTK_FILE_UNREADABLE,
            path, 0, "cannot open: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "not a regular file");
    if (st.st_size <= 0)
        return mtk_fail_file(err, MTK_E_MTK_FILE_EMPTY, path, 0, "the file is empty");
    img->file_size = (uint64_t)st.st_size;
    return 0;
}

int mtk_image_open(const char *path, struct mtk_image *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    out->fd = -1;
    int r = open_file(path, out, err);
    uint8_t magic[4] = {0};
    if (!r && out->file_size >= sizeof(magic))
        r = read_fd(out->fd, path, 0, magic, sizeof(magic), err);
    if (!r) {
        struct source src = {.name = path, .fd = out->fd, .size = out->file_size};
        r = get_le32(magic) == SPARSE_MAGIC ? parse_sparse(&src, out, err) : open_plain(out, err);
    }
    if (r)
        mtk_image_release(out);
    return r;
}

void mtk_image_release(struct mtk_image *img)
{
    if (img->fd >= 0)
        close(img->fd);
    img->fd = -1;
    free(img->extents);
    img->extents = NULL;
    img->n_extents = 0;
}

int mtk_sparse_parse(const uint8_t *data, size_t len, const char *name, struct mtk_image *out,
                     struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    out->fd = -1;
    out->file_size = len;
    struct source src = {.name = name, .fd = -1, .mem = data, .size = len};
    int r = parse_sparse(&src, out, err);
    if (r)
        mtk_image_release(out);
    return r;
}

int mtk_image_read(const struct mtk_image *img, const struct mtk_extent *e, uint64_t offset, void *buf,
                   size_t len, struct mtk_error *err)
{
    if (offset < e->start || !range_fits(offset - e->start, len, e->size))
        return mtk_fail_file(err, MTK_E_MTK_INTERNAL, img->path, 0,
                             "bytes 0x%" PRIx64 "+0x%zx are not inside one extent", offset, len);
    uint64_t in = offset - e->start;
    if (e->kind == MTK_EXTENT_RAW) {
        if (img->fd < 0)
            return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST,
                            "the image was parsed from memory and has no file");
        return read_fd(img->fd, img->path, e->file_offset + in, buf, len, err);
    }
    uint8_t word[4];
    put_le32(word, e->fill);
    uint8_t *p = buf;
    if (word[0] == word[1] && word[0] == word[2] && word[0] == word[3]) {
        memset(p, word[0], len);
        return 0;
    }
    for (size_t i = 0; i < len; i++)
        p[i] = word[(in + i) & 3];
    return 0;
}
