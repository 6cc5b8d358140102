/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where received data go. In the agent a second thread writes behind the one that talks to the host, so an error is
 * latched here and the host hears of it later. da-xflash.md 8.2, 8.3.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/storage_sink.h"
#include "simdev/firmware/security.h"

#define SPARSE_MAGIC       0xED26FF3Au
#define GFH_FILE_INFO      0x014D4D4Du
#define GFH_MAX_SIZE_AT    0x24u
#define GFH_FILE_INFO_SIZE 0x38u

struct ag_sink *ag_sink_begin(struct mtksim *p, struct ag_sink *again, const struct ag_place *place,
                              enum ag_form form, uint64_t total, bool read_back)
{
    struct ag_sink *s = again ? again : phone_alloc(p, sizeof(*s));
    uint8_t *image = s->image;
    size_t cap = s->image_cap;
    *s = (struct ag_sink){.p = p, .place = *place, .form = form, .read_back = read_back, .total = total};
    s->image = image;
    s->image_cap = cap;
    if (form == AG_FORM_PRELOADER && total > place->size)
        s->error = AG_TOO_LARGE;
    if (form == AG_FORM_PRELOADER && !s->error && total > cap) {
        phone_release(p, image);
        s->image = phone_buffer(p, (size_t)total);
        s->image_cap = (size_t)total;
    }
    return s;
}

/* Reads back what was just written and compares sums, checksum level "storage" [8.2]. */
static bool stored_well(struct ag_sink *s, const struct ag_place *place, uint64_t offset, const uint8_t *data,
                        size_t len)
{
    uint8_t *back = ag_scratch(s->p);
    uint16_t want = 0, got = 0;
    while (len) {
        size_t n = len < AG_SCRATCH_LEN / 2 ? len : AG_SCRATCH_LEN / 2;
        if (ag_read(s->p, place, offset, back, n) != AG_OK)
            return false;
        want = sum16(want, data, n);
        got = sum16(got, back, n);
        data += n;
        offset += n;
        len -= n;
    }
    return want == got;
}

void ag_sink_store(struct ag_sink *s, uint64_t offset, const uint8_t *data, size_t len)
{
    for (unsigned i = 0; i < s->place.n_areas && !s->error && len; i++) {
        struct ag_place one = s->place; /* copy by copy: an error in the first one leaves the second alone */
        one.area[0] = s->place.area[i];
        one.n_areas = 1;
        s->error = ag_write(s->p, &one, offset, data, len);
        if (s->error == AG_OUT_OF_RANGE)
            s->error = AG_TOO_LARGE;
        if (!s->error && s->read_back && !stored_well(s, &one, offset, data, len))
            s->error = AG_CHECKSUM;
        if (s->error)
            phone_log(s->p, "[DA] storage error %d at 0x%llX of %s", (int)s->error,
                      (unsigned long long)(one.start + offset),
                      board_area_name(phone_board(s->p)->storage, one.area[0]));
    }
}

/* A preloader is collected whole: its header needs a field of it, and a locked phone verifies it first. */
static void collect(struct ag_sink *s, const uint8_t *data, size_t len)
{
    if (!range_fits(s->at, len, s->total)) {
        s->error = AG_TOO_LARGE;
        return;
    }
    memcpy(s->image + s->at, data, len);
    s->at += len;
}

enum ag_result ag_sink_write(struct ag_sink *s, const uint8_t *data, size_t len)
{
    if (s->error)
        return s->error;
    if (s->form == AG_FORM_UNKNOWN && len) {
        s->sparse = len >= 4 && get_le32(data) == SPARSE_MAGIC;
        s->form = AG_FORM_RAW;
    }
    if (s->form == AG_FORM_PRELOADER) {
        collect(s, data, len);
    } else if (s->sparse) {
        ag_sparse_write(s, data, len);
    } else {
        ag_sink_store(s, s->at, data, len);
        s->at += len;
    }
    return s->error;
}

enum ag_result ag_sink_error(const struct ag_sink *s)
{
    return s->error;
}

/* ---- preloader ---- */

/* max_size of FILE_INFO if the image starts with one; else what image tools use, its own length (formats.md 2.2). */
static uint32_t max_size(const uint8_t *image, size_t len)
{
    if (len >= GFH_FILE_INFO_SIZE && get_le32(image) == GFH_FILE_INFO)
        return get_le32(image + GFH_MAX_SIZE_AT);
    return (uint32_t)((len + 511) / 512 * 512);
}

/* What speaks against this preloader. The anti-rollback fuse counts on an unlocked phone too. */
static enum ag_result judge_preloader(struct ag_sink *s)
{
    const struct board *b = phone_board(s->p);
    bool locked = ag_is_locked(s->p);
    if (!locked && !b->fuses.arb_preloader)
        return AG_OK;
    enum security_verdict v = security_verify_preloader(b, s->image, (size_t)s->at);
    if (v == SECURITY_OLD)
        return AG_ROLLBACK;
    if (v == SECURITY_OK || !locked)
        return AG_OK;
    phone_log(s->p, "[DA] preloader %s", security_text(v));
    return AG_BAD_SIGNATURE;
}

/* Header block, then the image as it came: one that already has a header gets a second one, as on hardware. */
static void store_preloader(struct ag_sink *s)
{
    static const enum mtk_boot_device devices[] = {
        [BOARD_EMMC] = MTK_BOOT_EMMC, [BOARD_UFS] = MTK_BOOT_UFS, [BOARD_NAND] = MTK_BOOT_NAND};
    const struct board *b = phone_board(s->p);
    const struct board_nand *nand = &b->nand;
    size_t len = (size_t)s->at, header = mtk_preloader_header_len(devices[b->storage], nand->page_size);
    s->error = judge_preloader(s);
    if (s->error)
        return;
    uint8_t *block = phone_alloc(s->p, header);
    mtk_preloader_header(devices[b->storage], max_size(s->image, len), nand->page_size, nand->spare_size,
                         nand->pages_per_block, block);
    ag_sink_store(s, 0, block, header);
    ag_sink_store(s, header, s->image, len);
    phone_release(s->p, block);
}

enum ag_result ag_sink_finish(struct ag_sink *s)
{
    if (!s->error && s->form == AG_FORM_PRELOADER && s->at)
        store_preloader(s);
    if (!s->error && s->sparse && !ag_sparse_done(s))
        s->error = AG_SPARSE;
    return s->error;
}
