/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/proof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/erased.h"
#include "flasher/verified/extent.h"
#include "flasher/verified/flow.h"
#include "flasher/verified/plan_steps.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* A NAND page has a spare area of usually a 32nd of it; shown as what was expected, and only then. */
#define SPARE_PART 32u
/* Compared in pieces that stay in the processor's first cache. */
#define PIECE (16u << 10)

/* Read-back of one copy of one item. */
struct proof {
    struct mtk_bytes expected; /* the image; img NULL: erased */
    uint64_t shift;            /* offset in the partition of the image's first byte */
    struct mtk_diff diff;
    const struct mtk_old *old;
    struct sha256 *sha;
    uint64_t to_hash;          /* bytes of the image that are not padding and are still to come */
    uint64_t size;             /* erased: of the range, whose windows are read */
    uint64_t start, len, done; /* erased: the window, and bytes of it so far */
    bool seen;                 /* erased: its value is known */
    uint8_t erased;            /* erased: the value that all bytes must have */
    uint8_t piece[PIECE];
};

static int compare(void *ctx, const uint8_t *data, size_t n, struct mtk_error *err)
{
    struct proof *p = ctx;
    size_t own = p->to_hash < n ? (size_t)p->to_hash : n;
    sha256_update(p->sha, data, own);
    p->to_hash -= own;
    for (size_t at = 0; at < n;) {
        size_t k = n - at < PIECE ? n - at : PIECE;
        uint64_t offset = p->shift + mtk_bytes_offset(&p->expected);
        if (mtk_bytes_read(&p->expected, p->piece, k, err) < 0)
            return -1;
        mtk_diff_add(&p->diff, offset, p->piece, data + at, k, p->old);
        at += k;
    }
    return 0;
}

static int compare_erased(void *ctx, const uint8_t *data, size_t n, struct mtk_error *err)
{
    struct proof *p = ctx;
    sha256_update(p->sha, data, n);
    if (!p->seen && n) {
        /* eMMC says in a register whether erased is 00 or FF; the first byte is as good a witness. */
        p->seen = true;
        p->erased = data[0] == 0xFF ? 0xFF : 0x00;
        memset(p->piece, p->erased, sizeof(p->piece));
    }
    for (size_t at = 0; at < n;) {
        if (p->done == p->len) {
            p->done = 0;
            if (!mtk_erased_next(p->size, &p->start, &p->len))
                return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_NONE, "more was read than was asked for");
        }
        uint64_t k = p->len - p->done < PIECE ? p->len - p->done : PIECE;
        k = k < n - at ? k : n - at;
        mtk_diff_add(&p->diff, p->start + p->done, p->piece, data + at, (size_t)k, NULL);
        p->done += k;
        at += (size_t)k;
    }
    return 0;
}

static int make_hash(struct sha256 **h, struct mtk_error *err)
{
    if (*h)
        sha256_reset(*h);
    else
        *h = sha256_new();
    return *h ? 0 : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

/* Reads the runs of an image (NULL: the windows of an erased range) from one area through the flow. */
static int read_runs(struct mtk_session *s, const struct mtk_item *it, const char *area,
                     struct mtk_flow *flow, const struct mtk_image *img, struct mtk_error *err)
{
    struct mtk_run run = {0};
    size_t next = 0;
    while (img ? mtk_run_next(img, &next, &run) : mtk_erased_next(it->size, &run.start, &run.size)) {
        if (mtk_session_check_cancel(s, err) < 0 ||
            s->agent->ops->read(s->agent, area, it->start + run.start, run.size, &flow->drain, err) < 0 ||
            mtk_flow_flush(flow, err) < 0)
            return -1;
        mtk_step_advance(s, run.size);
    }
    return 0;
}

static int read_back(struct mtk_session *s, const struct mtk_item *it, const char *area, struct proof *p,
                     struct mtk_error *err)
{
    const struct mtk_image *img = p->expected.img;
    struct mtk_flow flow;
    if (make_hash(&s->sha_read, err) < 0)
        return -1;
    p->sha = s->sha_read;
    uint64_t bytes = img ? img->defined : mtk_erased_bytes(it->size);
    p->size = it->size;
    if (mtk_flow_receive(&flow, s, bytes, img ? compare : compare_erased, p, err) < 0)
        return -1;
    int rc = read_runs(s, it, area, &flow, img, err);
    return mtk_flow_end(&flow, rc == 0, err);
}

/* ---- what came out ---- */

static int mismatch(struct mtk_session *s, const struct mtk_item *it, const char *area,
                    const struct mtk_diff *d, struct mtk_error *err)
{
    const char *pattern = mtk_diff_pattern(d);
    struct mtk_event ev = {.kind = MTK_EVENT_MISMATCH,
                           .u.mismatch = {.partition = it->name,
                                          .first_offset = d->first,
                                          .bytes = d->bytes,
                                          .pattern = pattern,
                                          .n = d->n}};
    memcpy(ev.u.mismatch.expected, d->expected, d->n);
    memcpy(ev.u.mismatch.got, d->got, d->n);
    mtk_emit(s->sink, &ev);
    struct mtk_error e = {0};
    mtk_fail(&e, MTK_E_MTK_VERIFY_MISMATCH, MTK_EV_MISMATCH,
             "%s%s%s%s differs from its image in %" PRIu64 " byte%s, the first at offset 0x%" PRIX64 " (%s)",
             it->name, it->boot_region ? " in " : "", it->boot_region ? area : "",
             it->image.n_extents ? "" : " when erased", d->bytes, d->bytes == 1 ? "" : "s", d->first,
             pattern);
    mtk_error_offset(&e, d->first);
    mtk_error_bytes(&e, d->expected, d->n, d->got, d->n);
    mtk_error_step(&e, "verify", it->name);
    if (err && !err->row) /* the first of several copies is the one to report */
        *err = e;
    return -1;
}

/*
 * The file was read twice, once to send it and once to compare. If the two readings differ, then whatever the phone
 * holds, it is not proven to be this image.
 */
static int file_changed(const struct mtk_item *it, struct mtk_error *err)
{
    return mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, it->image.path, 0,
                         "the file changed while it was being flashed to %s", it->name);
}

static int verdict(struct mtk_session *s, const struct mtk_item *it, const char *area, struct proof *p,
                   const uint8_t *sent, struct mtk_error *err)
{
    uint8_t got[SHA256_LEN];
    sha256_final(p->sha, got);
    bool as_sent = sent && memcmp(sent, got, sizeof(got)) == 0;
    if (sent && as_sent != (p->diff.bytes == 0))
        return file_changed(it, err);
    if (p->diff.bytes)
        return mismatch(s, it, area, &p->diff, err);
    const struct mtk_image *img = p->expected.img;
    uint64_t erased = img ? 0 : mtk_erased_bytes(it->size);
    struct mtk_event ev = {.kind = MTK_EVENT_VERIFIED,
                           .u.verified = {.partition = it->name,
                                          .area = area,
                                          .sha256 = got,
                                          .size = img ? img->defined - it->padding : erased,
                                          .undefined = img ? img->expanded_size - img->defined : 0,
                                          .unread = img ? 0 : it->size - erased}};
    mtk_emit(s->sink, &ev);
    return 0;
}

/* ---- boot areas ---- */

/*
 * The block in front of a preloader is made by the agent and not in the file. Its numbers may differ between agents
 * (formats.md 2.2), so it is checked for what the boot ROM needs of it.
 */
static int check_header_block(struct mtk_session *s, const struct mtk_item *it, const char *area,
                              struct mtk_error *err)
{
    enum mtk_boot_device dev = mtk_storage_boot_device(s->agent_info.storage);
    uint32_t page = mtk_device_block(s);
    size_t len = (size_t)it->header;
    uint8_t *block = malloc(2 * len);
    if (!block)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    int rc = mtk_device_read(s, area, it->start - len, block, len, err);
    if (rc == 0 && !mtk_preloader_header_valid(dev, page, block, len)) {
        struct mtk_blob file = {0};
        struct mtk_preloader p;
        struct mtk_diff diff = {0};
        rc = mtk_file_read(it->image.path, MTK_PRELOADER_MAX_BYTES, &file, err);
        if (rc == 0)
            rc = mtk_preloader_parse(file.data, file.len, it->image.path, &p, err);
        if (rc == 0) {
            mtk_preloader_header(dev, p.max_size, page, page / SPARE_PART, mtk_device_erase_unit(s) / page,
                                 block + len);
            mtk_diff_add(&diff, 0, block + len, block, len, NULL);
            rc = mismatch(s, it, area, &diff, err);
        }
        mtk_blob_release(&file);
    }
    free(block);
    return rc;
}

static int prove_copy(struct mtk_session *s, struct mtk_item *it, const char *area, const uint8_t *sent,
                      const struct mtk_old *old, struct mtk_error *err)
{
    struct proof p = {.expected = {.img = &it->image},
                      .shift = it->header,
                      .old = old,
                      .to_hash = it->image.defined - it->padding};
    bool header = true;
    if (it->boot_region && check_header_block(s, it, area, err) < 0) {
        header = false;
        if (!mtk_error_is(err, MTK_E_MTK_VERIFY_MISMATCH))
            return -1;
    }
    if (read_back(s, it, area, &p, err) < 0)
        return -1;
    if (!header && !p.diff.bytes)
        return -1; /* the content is right, but without its header block the copy is not: that was said already */
    return verdict(s, it, area, &p, sent, err) < 0 || !header ? -1 : 0;
}

uint64_t mtk_proof_bytes(const struct mtk_item *it)
{
    return it->image.defined * (it->second ? 2 : 1);
}

int mtk_proof_item(struct mtk_session *s, struct mtk_item *it, const uint8_t *sent,
                   const struct mtk_samples *samples, struct mtk_error *err)
{
    const char *copies[] = {it->area, it->second};
    struct mtk_error first = {0};
    mtk_step_begin(s, "verify", it->name, mtk_proof_bytes(it), MTK_PROOF_WHY);
    for (size_t i = 0; i < 2 && copies[i]; i++) {
        struct mtk_error e = {0};
        int rc = prove_copy(s, it, copies[i], sent, samples && i == 0 ? &samples->old : NULL, &e);
        if (rc < 0 && !first.row)
            first = e;
        /* A copy that differs is no reason not to look at the other; a phone that is lost is. */
        if (rc < 0 && !mtk_error_is(&e, MTK_E_MTK_VERIFY_MISMATCH))
            break;
    }
    if (first.row) {
        mtk_error_step(&first, NULL, it->name);
        *err = first;
        return -1;
    }
    it->state = MTK_ITEM_VERIFIED;
    mtk_step_end(s);
    return 0;
}

const char *mtk_proof_erased_why(uint64_t size)
{
    return size <= MTK_ERASED_WHOLE ? "an erased range reads as 00 or FF throughout"
                                    : "an erased range reads as 00 or FF: samples of it, and both ends";
}

int mtk_proof_erased(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    struct proof p = {0};
    struct mtk_error e = {0}; /* mismatch() keeps the first error, and *err may hold one that was overcome */
    mtk_step_begin(s, "verify", it->name, mtk_erased_bytes(it->size), mtk_proof_erased_why(it->size));
    if (read_back(s, it, it->area, &p, &e) < 0 || verdict(s, it, it->area, &p, NULL, &e) < 0) {
        *err = e;
        return -1;
    }
    it->state = MTK_ITEM_VERIFIED;
    mtk_step_end(s);
    return 0;
}
