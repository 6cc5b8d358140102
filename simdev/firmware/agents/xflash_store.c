/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where received data go. In the agent a second thread writes behind the one that talks to the host, so an error is
 * latched here and the host hears of it later. da-xflash.md 8.2, 8.3.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/xflash.h"

#define SPARSE_MAGIC             0xED26FF3Au
#define GFH_FILE_INFO            0x014D4D4Du
#define GFH_MAX_SIZE_OFFSET      0x24u
#define GFH_MIN                  0x38u
#define XF_PRELOADER_VERIFY_FAIL 0xC0020006u

/* Reads back what was just written and compares sums, checksum level bit 1 [8.2]. */
static bool stored_well(struct xf *x, enum board_area area, uint64_t offset, const uint8_t *data, size_t len)
{
    uint8_t *back = xf_scratch(x);
    uint16_t want = 0, got = 0;
    while (len) {
        size_t n = len < XF_SCRATCH_LEN / 2 ? len : XF_SCRATCH_LEN / 2;
        if (phone_flash_read(x->p, area, offset, back, n) != 0)
            return false;
        want = sum16(want, data, n);
        got = sum16(got, back, n);
        data += n;
        offset += n;
        len -= n;
    }
    return want == got;
}

void xf_sink_store(struct xf *x, struct xf_sink *sink, uint64_t offset, const uint8_t *data, size_t len)
{
    for (unsigned i = 0; i < sink->place.n_areas && !sink->error && len; i++) {
        enum board_area area = sink->place.area[i];
        uint64_t at = sink->place.start + offset;
        if (phone_flash_write(x->p, area, at, data, len) != 0)
            sink->error = XF_MMC_ERROR;
        else if ((x->checksum_level & XF_CHECKSUM_STORAGE) && !stored_well(x, area, at, data, len))
            sink->error = XF_CHECKSUM_ERROR;
        if (sink->error)
            phone_log(x->p, "[DA%u] storage error 0x%08X at 0x%llX", x->stage, sink->error,
                      (unsigned long long)at);
    }
}

/* A preloader is collected whole: its header needs a field of it, and a locked phone verifies it first. */
static void collect(struct xf *x, struct xf_sink *sink, const uint8_t *data, size_t len)
{
    if (sink->at + len > x->image_cap) { /* cannot happen: the announced length was reserved */
        sink->error = XF_TOO_LARGE;
        return;
    }
    memcpy(x->image + sink->at, data, len);
    sink->at += len;
}

void xf_sink_write(struct xf *x, struct xf_sink *sink, const uint8_t *data, size_t len)
{
    if (sink->error)
        return;
    if (sink->form == XF_FORM_UNKNOWN && len) {
        sink->sparse = len >= 4 && get_le32(data) == SPARSE_MAGIC;
        sink->form = XF_FORM_RAW;
    }
    if (sink->form == XF_FORM_PRELOADER) {
        collect(x, sink, data, len);
    } else if (sink->sparse) {
        xf_sparse_write(x, sink, data, len);
    } else {
        xf_sink_store(x, sink, sink->at, data, len);
        sink->at += len;
    }
}

/* max_size of FILE_INFO if the image starts with one; otherwise what image tools use, its own length (formats.md 2.2). */
static uint32_t preloader_max_size(const uint8_t *image, size_t len)
{
    if (len >= GFH_MIN && get_le32(image) == GFH_FILE_INFO)
        return get_le32(image + GFH_MAX_SIZE_OFFSET);
    return (uint32_t)((len + 511) / 512 * 512);
}

static bool preloader_is_genuine(const uint8_t *image, size_t len)
{
    struct mtk_preloader pl;
    return mtk_preloader_parse(image, len, "preloader", &pl, NULL) == 0 && pl.has_hash && pl.hash_good;
}

/* Header block, then the image as it came: one that already has a header gets a second one, as on hardware. */
static void store_preloader(struct xf *x, struct xf_sink *sink)
{
    uint8_t block[MTK_PL_HEADER_EMMC];
    size_t len = (size_t)sink->at;
    if (phone_board(x->p)->fuses.sbc && !preloader_is_genuine(x->image, len)) {
        sink->error = XF_PRELOADER_VERIFY_FAIL;
        return;
    }
    mtk_preloader_header_emmc(preloader_max_size(x->image, len), block);
    xf_sink_store(x, sink, 0, block, sizeof(block));
    xf_sink_store(x, sink, sizeof(block), x->image, len);
}

uint32_t xf_sink_finish(struct xf *x, struct xf_sink *sink)
{
    if (!sink->error && sink->form == XF_FORM_PRELOADER && sink->at)
        store_preloader(x, sink);
    if (!sink->error && sink->sparse && sink->sp.state != XF_SP_END)
        sink->error = XF_SPARSE_FAIL;
    return sink->error;
}
