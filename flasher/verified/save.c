/* SPDX-License-Identifier: Apache-2.0 */
/* Between the phone and the backup folder of a session, see commit.h. */
#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/device.h"
#include "flasher/verified/fetch.h"
#include "flasher/verified/proof.h"
#include "flasher/verified/store.h"
#include "protocol/error_index.h"

/* Files are hashed in pieces of this size. */
#define PIECE (256u << 10)

static int read_into_store(struct mtk_session *s, const struct mtk_item *it, struct mtk_fetched *got,
                           struct mtk_error *err)
{
    struct mtk_outfile f;
    if (mtk_store_collect(s->store, mtk_device_table_word(s), err) < 0 ||
        mtk_store_create(s->store, it->name, &f, err) < 0)
        return -1;
    if (mtk_fetch(s, it->area, it->start, it->size, &f, got, err) < 0 || mtk_outfile_commit(&f, err) < 0) {
        mtk_outfile_abandon(&f);
        return -1;
    }
    return mtk_store_add(s->store, it->name, it->area, it->start, it->size, got->sha256, err);
}

/* 1: the copy that was saved before stays; 0: the new one takes its place; -1: neither is right. */
static int compare_with_before(struct mtk_session *s, const struct mtk_item *it,
                               const struct mtk_fetched *got, bool replace, struct mtk_error *err)
{
    const struct mtk_backup_entry *had = s->store->exists ? mtk_backup_find(&s->store->had, it->name) : NULL;
    if (!had || memcmp(had->sha256, got->sha256, SHA256_LEN) == 0)
        return 0;
    if (got->blank) {
        mtk_note(s->sink, 2, "%s is empty on the phone: the copy of %s in the backup stays", it->name,
                 had->time);
        return 1;
    }
    if (replace)
        return 0;
    return mtk_fail(
        err, MTK_E_MTK_BACKUP_NEEDED, MTK_EV_POLICY,
        "the backup of %s has another %s than the phone has now: name a new folder with --backup, "
        "or restore the backup first",
        had->time, it->name);
}

/* The file is the image, the phone is read a second time. */
static int prove_saved(struct mtk_session *s, const struct mtk_item *it, struct mtk_error *err)
{
    struct mtk_item file = *it;
    file.boot_region = false;
    file.header = file.padding = 0;
    file.second = NULL;
    if (mtk_store_image(s->store, mtk_backup_find(&s->store->now, it->name), true, &file.image, err) < 0)
        return -1;
    int rc = mtk_proof_item(s, &file, NULL, NULL, err);
    mtk_image_release(&file.image);
    return rc;
}

int mtk_commit_save(struct mtk_session *s, const struct mtk_item *it, const char *why, bool replace,
                    struct mtk_error *err)
{
    struct mtk_fetched got;
    if (mtk_session_check_cancel(s, err) < 0)
        return -1;
    mtk_step_begin(s, "save", it->name, it->size, why);
    if (read_into_store(s, it, &got, err) < 0)
        return -1;
    mtk_step_end(s);
    if (prove_saved(s, it, err) < 0)
        return -1;
    int keep = compare_with_before(s, it, &got, replace, err);
    if (keep > 0)
        mtk_store_drop(s->store, it->name);
    return keep < 0 ? -1 : 0;
}

static int hash_image(struct mtk_session *s, const struct mtk_image *img, uint8_t digest[SHA256_LEN],
                      struct mtk_error *err)
{
    uint8_t *buf = mtk_session_scratch(s, PIECE, err);
    struct sha256 *sha = buf ? sha256_new() : NULL;
    int rc = sha ? 0 : -1;
    if (buf && !sha)
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    for (uint64_t at = 0; rc == 0 && at < img->file_size;) {
        size_t n = img->file_size - at < PIECE ? (size_t)(img->file_size - at) : PIECE;
        rc = mtk_session_check_cancel(s, err);
        if (rc == 0)
            rc = mtk_image_read(img, &img->extents[0], at, buf, n, err);
        if (rc == 0)
            sha256_update(sha, buf, n);
        at += n;
    }
    if (rc == 0)
        sha256_final(sha, digest);
    sha256_free(sha);
    return rc;
}

int mtk_commit_take_saved(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    const struct mtk_backup_entry *e = mtk_backup_find(&s->store->had, it->name);
    if (!e)
        return mtk_fail(err, MTK_E_MTK_BACKUP_INVALID, MTK_EV_POLICY, "the backup has no %s", it->name);
    mtk_image_release(&it->image);
    if (mtk_store_image(s->store, e, false, &it->image, err) < 0 ||
        hash_image(s, &it->image, it->digest, err) < 0)
        return -1;
    it->has_digest = true;
    it->padding = 0;
    if (memcmp(it->digest, e->sha256, SHA256_LEN) == 0)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, it->image.path, 0,
                         "the file is not the one that was saved: its SHA-256 is not that of the manifest");
}
