/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about one partition or range: read, write, erase. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flasher/verified/commit.h"
#include "flasher/verified/fetch.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/outfile.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "flasher/verified/preflight.h"
#include "flasher/verified/target.h"
#include "protocol/error_index.h"

/* ---- read ---- */

static int read_to_file(struct mtk_session *s, const struct mtk_item *it, const char *path,
                        struct mtk_error *err)
{
    struct mtk_outfile f;
    struct mtk_fetched got;
    char hex[2 * SHA256_LEN + 1];
    if (mtk_outfile_open(&f, path, 0666, err) < 0)
        return -1;
    mtk_step_begin(s, "read", it->name, it->size, NULL);
    if (mtk_fetch(s, it->area, it->start, it->size, &f, &got, err) < 0 || mtk_outfile_commit(&f, err) < 0) {
        mtk_outfile_abandon(&f);
        return -1;
    }
    mtk_step_end(s);
    hex_str(got.sha256, SHA256_LEN, hex);
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

static struct mtk_item *add_item(struct mtk_session *s, const char *name, const char *region,
                                 struct mtk_error *err)
{
    size_t k;
    return mtk_plan_add_item(&s->plan, name, region, &k, err) < 0 ? NULL : &s->plan.items[k];
}

static int write_target(struct mtk_session *s, const char *what, const char *file, struct mtk_error *err)
{
    struct mtk_target t;
    struct mtk_risk_facts facts = {0};
    if (mtk_target_parse(what, &t, err) < 0 || mtk_target_policy(&t, err) < 0)
        return -1;
    /* Which storage it is will be known later; that it is a boot loader is known now, and its file can be checked. */
    bool boot = !t.range && mtk_policy_preloader(t.text);
    struct mtk_item *it = add_item(s, t.text, boot ? mtk_storage_boot_region("emmc", t.text) : NULL, err);
    if (!it)
        return -1;
    if (mtk_image_open(file, &it->image, err) < 0) {
        it->image.fd = -1;
        return -1;
    }
    if (mtk_preflight_image(s, it, &facts, err) < 0 || mtk_session_agent(s, err) < 0 ||
        mtk_preflight_family(s, err) < 0 || find_place(s, &t, false, it, err) < 0 ||
        mtk_preflight_fits(it, err) < 0)
        return -1;
    s->step.of = 2;
    return mtk_commit_item(s, it, "write", err);
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
    struct mtk_item *it = add_item(s, t.text, NULL, err);
    if (!it)
        return -1;
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
