/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/extent.h"

#include <stdlib.h>

#include "protocol/error_index.h"

bool mtk_run_next(const struct mtk_image *img, size_t *next, struct mtk_run *run)
{
    size_t i = *next;
    if (i >= img->n_extents)
        return false;
    *run = (struct mtk_run){.start = img->extents[i].start, .size = img->extents[i].size};
    for (i++; i < img->n_extents && img->extents[i].start == run->start + run->size; i++)
        run->size += img->extents[i].size;
    *next = i;
    return true;
}

/* Leaves finished extents behind, so that b->extent is the one the next byte is in. */
static void settle(struct mtk_bytes *b)
{
    while (b->extent < b->img->n_extents && b->done == b->img->extents[b->extent].size) {
        b->extent++;
        b->done = 0;
    }
}

uint64_t mtk_bytes_offset(const struct mtk_bytes *b)
{
    struct mtk_bytes at = *b;
    settle(&at);
    return at.extent < at.img->n_extents ? at.img->extents[at.extent].start + at.done : at.img->expanded_size;
}

uint64_t mtk_bytes_run_left(const struct mtk_bytes *b)
{
    struct mtk_bytes at = *b;
    struct mtk_run run = {0};
    settle(&at);
    if (!mtk_run_next(at.img, &at.extent, &run))
        return 0;
    return run.size - at.done;
}

void mtk_bytes_seek(struct mtk_bytes *b, uint64_t offset)
{
    size_t low = 0, high = b->img->n_extents;
    while (low < high) { /* first extent that ends behind offset */
        size_t mid = low + (high - low) / 2;
        const struct mtk_extent *e = &b->img->extents[mid];
        if (e->start + e->size > offset)
            high = mid;
        else
            low = mid + 1;
    }
    b->extent = low;
    b->done = low < b->img->n_extents && b->img->extents[low].start < offset
                  ? offset - b->img->extents[low].start
                  : 0;
}

int mtk_bytes_read(struct mtk_bytes *b, uint8_t *buf, size_t len, struct mtk_error *err)
{
    while (len) {
        settle(b);
        if (b->extent >= b->img->n_extents)
            return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_NONE, "read behind the end of an image");
        const struct mtk_extent *e = &b->img->extents[b->extent];
        size_t n = e->size - b->done < len ? (size_t)(e->size - b->done) : len;
        if (mtk_image_read(b->img, e, e->start + b->done, buf, n, err) < 0)
            return -1;
        b->done += n;
        buf += n;
        len -= n;
    }
    return 0;
}

int mtk_image_fill(struct mtk_image *img, uint64_t size, uint32_t value, bool holes, struct mtk_error *err)
{
    struct mtk_extent *out = calloc(2 * img->n_extents + 1, sizeof(*out));
    uint64_t at = holes ? 0 : img->expanded_size;
    size_t n = 0;
    if (!out)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    for (size_t i = 0; i < img->n_extents; i++) {
        const struct mtk_extent *e = &img->extents[i];
        if (holes && e->start > at) {
            out[n++] = (struct mtk_extent){
                .kind = MTK_EXTENT_FILL, .start = at, .size = e->start - at, .fill = value};
            img->defined += e->start - at;
        }
        out[n++] = *e;
        if (holes)
            at = e->start + e->size;
    }
    if (size > at) {
        out[n++] =
            (struct mtk_extent){.kind = MTK_EXTENT_FILL, .start = at, .size = size - at, .fill = value};
        img->defined += size - at;
    }
    free(img->extents);
    img->extents = out;
    img->n_extents = n;
    if (size > img->expanded_size)
        img->expanded_size = size;
    return 0;
}
