/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse images, and the headers of the images that stand in partitions. */
#include "base/cursor.h"
#include "formats/header.h"
#include "formats/sparse.h"
#include "fuzz/fuzz.h"

static void check(const struct mtk_image *img, size_t size)
{
    uint64_t end = 0, defined = 0;
    for (size_t i = 0; i < img->n_extents; i++) {
        const struct mtk_extent *e = &img->extents[i];
        EXPECT(e->size && e->start >= end && range_fits(e->start, e->size, img->expanded_size));
        end = e->start + e->size;
        defined += e->size;
        uint8_t word[5] = {0};
        if (e->kind == MTK_EXTENT_RAW)
            EXPECT(range_fits(e->file_offset, e->size, size));
        else
            EXPECT(mtk_image_read(img, e, end - 3, word, 3, NULL) == 0 && word[2] == e->fill >> 24);
    }
    EXPECT(defined == img->defined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtk_image img;
    struct mtk_error err = {0};
    if (mtk_sparse_parse(data, size, "fuzz", &img, &err) == 0) {
        check(&img, size);
        mtk_image_release(&img);
    } else {
        EXPECT(err.row && err.what[0] && !img.extents);
    }
    struct mtk_img_header image;
    struct mtk_boot_header boot;
    struct mtk_vbmeta_header vbmeta;
    mtk_img_header_parse(data, size, &image);
    mtk_vbmeta_parse(data, size, &vbmeta);
    if (mtk_boot_header_parse(data, size, &boot))
        EXPECT(boot.total >= boot.page_size && boot.total % boot.page_size == 0);
    return 0;
}
