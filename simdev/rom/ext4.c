/* SPDX-License-Identifier: Apache-2.0 */
/* File system images in Android sparse form: data, fill and "don't care" in every stretch of the image. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/sparse.h"
#include "protocol/error_index.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define FS_BLOCK       4096u
#define RAW_CHUNK      256u /* blocks a raw chunk has at most: what is held in memory */
#define SUPERBLOCK_AT  1024u
#define EXT4_MAGIC     0xef53u
#define BLOCKS_A_GROUP 32768u
#define INODES_A_GROUP 8192u

void rom_ext4_superblock(const char *label, uint64_t blocks, struct prng *prng, uint8_t out[1024])
{
    uint32_t groups = (uint32_t)((blocks + BLOCKS_A_GROUP - 1) / BLOCKS_A_GROUP);
    memset(out, 0, 1024);
    put_le32(out + 0x00, groups * INODES_A_GROUP);
    put_le32(out + 0x04, (uint32_t)blocks);
    put_le32(out + 0x0c, (uint32_t)blocks / 3);        /* free blocks */
    put_le32(out + 0x10, groups * INODES_A_GROUP / 2); /* free inodes */
    put_le32(out + 0x18, 2);                           /* log2 of block size / 1024 */
    put_le32(out + 0x1c, 2);
    put_le32(out + 0x20, BLOCKS_A_GROUP);
    put_le32(out + 0x24, BLOCKS_A_GROUP);
    put_le32(out + 0x28, INODES_A_GROUP);
    put_le16(out + 0x36, 0xffff); /* mounts before a check: never */
    put_le16(out + 0x38, EXT4_MAGIC);
    put_le16(out + 0x3a, 1);          /* clean */
    put_le32(out + 0x4c, 1);          /* revision with dynamic inodes */
    put_le32(out + 0x54, 11);         /* first inode */
    put_le16(out + 0x58, 256);        /* inode size */
    put_le32(out + 0x60, 0x42);       /* file types, extents */
    prng_bytes(prng, out + 0x68, 16); /* UUID */
    memcpy(out + 0x78, label, strnlen(label, 16));
}

/* How many blocks the stretch [first, end) of the image has of each kind; the rest is "don't care". */
struct stretch {
    uint32_t raw, fill;
};

struct maker {
    struct mtk_sparse_writer w;
    struct prng prng;
    uint8_t *buf; /* RAW_CHUNK blocks */
    struct mtk_error *err;
};

static int put_raw(struct maker *m, uint32_t blocks, const char *label, uint64_t total)
{
    int rc = 0;
    while (blocks && !rc) {
        uint32_t n = blocks < RAW_CHUNK ? blocks : RAW_CHUNK;
        prng_bytes(&m->prng, m->buf, (size_t)n * FS_BLOCK);
        if (label) {
            memset(m->buf, 0, SUPERBLOCK_AT);
            rom_ext4_superblock(label, total, &m->prng, m->buf + SUPERBLOCK_AT);
            label = NULL;
        }
        rc = mtk_sparse_raw(&m->w, m->buf, n, m->err);
        blocks -= n;
    }
    return rc;
}

/* Stretch lengths vary by a quarter, so that chunks begin anywhere. */
static uint32_t vary(struct prng *prng, uint64_t blocks)
{
    return (uint32_t)(blocks - blocks / 8 + prng_below(prng, blocks / 4 + 1));
}

static int put_stretch(struct maker *m, uint32_t index, uint32_t blocks, struct stretch s, const char *label,
                       uint64_t total)
{
    static const uint32_t fills[] = {0x00000000, 0xffffffff, 0x00000000, 0x5a5a5a5a};
    if (s.raw > blocks)
        s.raw = blocks;
    if (s.fill > blocks - s.raw)
        s.fill = blocks - s.raw;
    uint32_t rest = blocks - s.raw - s.fill;
    int rc = put_raw(m, s.raw, index ? NULL : label, total);
    if (!rc && rest / 2)
        rc = mtk_sparse_skip(&m->w, rest / 2, m->err);
    if (!rc && s.fill)
        rc = mtk_sparse_fill(&m->w, fills[index % 4], s.fill, m->err);
    if (!rc && rest - rest / 2)
        rc = mtk_sparse_skip(&m->w, rest - rest / 2, m->err);
    return rc;
}

static int put_image(struct maker *m, const struct rom_job *job, const struct rom_image *img, uint64_t size)
{
    uint64_t total = size / FS_BLOCK;
    uint32_t groups = img->sparse.groups[job->size];
    uint64_t raw = img->sparse.raw[job->size] / FS_BLOCK / groups,
             fill = img->sparse.fill[job->size] / FS_BLOCK / groups;
    for (uint32_t g = 0; g < groups; g++) {
        uint32_t blocks = (uint32_t)(total * (g + 1) / groups - total * g / groups);
        struct stretch s = {vary(&m->prng, raw), vary(&m->prng, fill)};
        if (put_stretch(m, g, blocks, s, img->part[0].name, total))
            return -1;
    }
    return 0;
}

static uint64_t partition_size(const struct rom_job *job, const char *file)
{
    for (size_t i = 0; i < job->family->n_rows; i++) {
        const struct rom_row *row = &job->family->rows[i];
        if (row->file && !strcmp(row->file, file))
            return row->size[job->size];
    }
    return 0;
}

int rom_write_ext4(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct maker m = {.prng = rom_prng(job, img->file), .err = err};
    m.buf = malloc((size_t)RAW_CHUNK * FS_BLOCK);
    if (!m.buf)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s: out of memory", img->file);
    struct rom_out out;
    int rc = rom_out_open(&out, job->dir, img->file, err);
    if (!rc)
        rc = mtk_sparse_begin(&m.w, out.fd, FS_BLOCK, err);
    if (!rc)
        rc = put_image(&m, job, img, partition_size(job, img->file));
    if (!rc)
        rc = mtk_sparse_finish(&m.w, err);
    free(m.buf);
    int closed = rom_out_close(&out);
    return rc ? rc : closed;
}
