/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of old content: a few windows, spread over what is going to be written. */
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/extent.h"
#include "flasher/verified/proof.h"
#include "protocol/error_index.h"

#define SPREAD        8u                       /* windows of a large image */
#define SPREAD_WINDOW (MTK_OLD_BYTES / SPREAD) /* and how long each is */

static void add_window(struct mtk_old *old, uint64_t offset, uint64_t len, size_t *used)
{
    if (old->n == MTK_OLD_WINDOWS || !len)
        return;
    size_t room = MTK_OLD_BYTES - *used, n = len < room ? (size_t)len : room;
    if (!n)
        return;
    old->window[old->n].offset = offset;
    old->window[old->n++].len = n;
    *used += n;
}

/* Little is sampled whole. */
static void plan_runs(const struct mtk_image *img, struct mtk_old *old)
{
    struct mtk_run run;
    size_t used = 0;
    for (size_t next = 0; mtk_run_next(img, &next, &run);)
        add_window(old, run.start, run.size, &used);
}

/* Much is sampled at places that lie evenly in its address range. */
static void plan_spread(const struct mtk_image *img, struct mtk_old *old)
{
    uint64_t step = img->expanded_size / SPREAD, behind = 0;
    size_t used = 0;
    for (unsigned i = 0; i < SPREAD; i++) {
        struct mtk_bytes at = {.img = img};
        mtk_bytes_seek(&at, i * step > behind ? i * step : behind);
        uint64_t offset = mtk_bytes_offset(&at), left = mtk_bytes_run_left(&at);
        if (!left)
            break;
        add_window(old, offset, left < SPREAD_WINDOW ? left : SPREAD_WINDOW, &used);
        behind = offset + SPREAD_WINDOW;
    }
}

int mtk_samples_take(struct mtk_session *s, const struct mtk_item *it, struct mtk_samples *out,
                     struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (it->image.defined <= MTK_OLD_BYTES)
        plan_runs(&it->image, &out->old);
    else
        plan_spread(&it->image, &out->old);
    size_t total = 0;
    for (size_t i = 0; i < out->old.n; i++)
        total += out->old.window[i].len;
    out->data = total ? malloc(total) : NULL;
    if (!out->data) {
        out->old.n = 0;
        return 0;
    }
    uint8_t *at = out->data;
    for (size_t i = 0; i < out->old.n; i++) {
        struct mtk_error why = {0};
        size_t len = out->old.window[i].len;
        if (mtk_device_read(s, it->area, it->start + out->old.window[i].offset, at, len, &why) < 0) {
            if (!s->agent->usable || mtk_error_is(&why, MTK_E_MTK_CANCELLED)) {
                mtk_samples_release(out);
                *err = why;
                return -1;
            }
            out->old.n = i; /* what lies there cannot be read now, so nothing can be said about it later */
            break;
        }
        out->old.window[i].data = at;
        /* From here on in the terms of the proof: a boot loader's offsets count its header block, see proof.c. */
        out->old.window[i].offset += it->header;
        at += len;
    }
    return 0;
}

void mtk_samples_release(struct mtk_samples *m)
{
    free(m->data);
    memset(m, 0, sizeof(*m));
}
