/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about one partition or range: read, write, erase. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/flow.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/outfile.h"
#include "flasher/verified/preflight.h"
#include "flasher/verified/target.h"
#include "protocol/error_index.h"

/* ---- read ---- */

struct reading {
    struct mtk_outfile file;
    struct sha256 *sha;
};

static int keep(void *ctx, const uint8_t *data, size_t n, struct mtk_error *err)
{
    struct reading *r = ctx;
    sha256_update(r->sha, data, n);
    return mtk_outfile_write(&r->file, data, n, err);
}

static int read_range(struct mtk_session *s, const struct mtk_item *it, struct reading *r,
                      struct mtk_error *err)
{
    struct mtk_flow flow;
    if (mtk_flow_receive(&flow, s, it->size, keep, r, err) < 0)
        return -1;
    int rc = s->agent->ops->read(s->agent, it->area, it->start, it->size, &flow.drain, err);
    return mtk_flow_end(&flow, rc == 0, err);
}

static int read_to_file(struct mtk_session *s, const struct mtk_item *it, const char *path,
                        struct mtk_error *err)
{
    struct reading r;
    uint8_t digest[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    if (!s->sha_read)
        s->sha_read = sha256_new();
    r.sha = s->sha_read;
    if (!r.sha)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    if (mtk_outfile_open(&r.file, path, err) < 0)
        return -1;
    mtk_step_begin(s, "read", it->name, it->size, NULL);
    if (read_range(s, it, &r, err) < 0 || mtk_outfile_commit(&r.file, err) < 0) {
        mtk_outfile_abandon(&r.file);
        return -1;
    }
    mtk_step_end(s);
    sha256_final(r.sha, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    /* No VERIFIED event: what was read once was compared with nothing. */
    mtk_note(s->sink, 1, "%s: %" PRIu64 " bytes read, sha256 %s", it->name, it->size, hex);
    return 0;
}

int mtk_job_read(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_file_args *a = arg;
    struct mtk_target t;
    struct mtk_item it;
    if (mtk_target_parse(a->what, &t, err) < 0 || mtk_outfile_check(a->file, err) < 0 ||
        mtk_session_agent(s, err) < 0 || mtk_target_for_reading(s, &t, &it, err) < 0)
        return -1;
    return read_to_file(s, &it, a->file, err);
}

/* ---- write and erase ---- */

/* Finds the place for an item that has its image already. */
static int find_place(struct mtk_session *s, const struct mtk_target *t, bool erase, struct mtk_item *it,
                      struct mtk_error *err)
{
    struct mtk_item place;
    if (mtk_target_for_writing(s, t, erase, &place, err) < 0)
        return -1;
    place.image = it->image;
    *it = place;
    return 0;
}

static int write_target(struct mtk_session *s, const char *what, const char *file, struct mtk_error *err)
{
    struct mtk_target t;
    struct mtk_risk_facts facts = {0};
    if (mtk_target_parse(what, &t, err) < 0 || mtk_target_policy(&t, err) < 0)
        return -1;
    struct mtk_item *it = mtk_session_add_item(s, err);
    if (!it)
        return -1;
    mtk_item_init(it, t.text, t.range || strcmp(t.text, "preloader") != 0 ? NULL : "EMMC_BOOT1_BOOT2");
    if (mtk_image_open(file, &it->image, err) < 0) {
        it->image.fd = -1;
        return -1;
    }
    if (mtk_preflight_image(s, it, &facts, err) < 0 || mtk_session_agent(s, err) < 0 ||
        mtk_preflight_family(s, err) < 0 || find_place(s, &t, false, it, err) < 0 ||
        mtk_preflight_fits(it, err) < 0)
        return -1;
    s->step.of = 2;
    return mtk_commit_item(s, it, err);
}

int mtk_job_write(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_file_args *a = arg;
    return write_target(s, a->what, a->file, err);
}

int mtk_job_erase(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_file_args *a = arg;
    struct mtk_target t;
    if (mtk_target_parse(a->what, &t, err) < 0 || mtk_target_policy(&t, err) < 0)
        return -1;
    struct mtk_item *it = mtk_session_add_item(s, err);
    if (!it)
        return -1;
    mtk_item_init(it, t.text, NULL);
    if (mtk_session_agent(s, err) < 0 || find_place(s, &t, true, it, err) < 0)
        return -1;
    s->step.of = 2;
    return mtk_commit_erase(s, it, err);
}

int mtk_job_cycle(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_cycle_args *a = arg;
    s->da = a->da;
    s->preloader = a->preloader;
    s->ending = "system";
    return write_target(s, a->what, a->file, err);
}
