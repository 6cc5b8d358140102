/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about the phone itself: info, parts, reboot. */
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/outfile.h"
#include "protocol/error_index.h"

int mtk_job_info(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    (void)arg;
    int agent = mtk_session_has_agent_file(s, err);
    if (agent)
        return agent < 0 ? -1 : mtk_session_agent(s, err);
    if (mtk_session_connect(s, err) < 0)
        return -1;
    mtk_session_info(s);
    mtk_note(s->sink, 3, "with a Download Agent (--da FILE) the phone also tells about its storage and DRAM");
    return 0;
}

/* ---- parts ---- */

static int write_fix(struct mtk_session *s, const struct mtk_scatter *scatter, const char *path,
                     struct mtk_error *err)
{
    struct mtk_scatter fixed;
    struct mtk_outfile f;
    size_t len = 0;
    if (mtk_layout_correct(scatter, &s->gpt, mtk_device_user_area(s), &fixed, err) < 0)
        return -1;
    char *text = mtk_scatter_write(&fixed, &len);
    mtk_scatter_release(&fixed);
    if (!text)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    int rc = mtk_outfile_open(&f, path, err);
    if (rc == 0) {
        rc = mtk_outfile_write(&f, text, len, err);
        if (rc == 0)
            rc = mtk_outfile_commit(&f, err);
        mtk_outfile_abandon(&f);
    }
    free(text);
    if (rc == 0)
        mtk_note(s->sink, 1, "a scatter with the phone's table was written to %s", path);
    return rc;
}

static int compare_parts(struct mtk_session *s, const struct mtk_scatter *scatter, const char *fix,
                         struct mtk_error *err)
{
    struct mtk_layout_result r;
    mtk_layout_compare(scatter, &s->gpt, mtk_device_user_area(s), s->sink, &r);
    if (fix && write_fix(s, scatter, fix, err) < 0)
        return -1;
    if (!r.fatal)
        return 0;
    return mtk_fail(err, MTK_E_STATUS_LAYOUT_CHANGED, MTK_EV_POLICY,
                    "the scatter's partition table is not the phone's: %u difference%s, the first in %s",
                    r.fatal, r.fatal == 1 ? "" : "s", r.first);
}

static int show_parts(struct mtk_session *s, struct mtk_error *err)
{
    if (mtk_session_agent(s, err) < 0 || mtk_device_gpt(s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->gpt.n_entries; i++) {
        const struct mtk_gpt_entry *e = &s->gpt.entries[i];
        struct mtk_event ev = {
            .kind = MTK_EVENT_PARTITION,
            .u.partition = {
                .name = e->name, .area = mtk_device_user_area(s), .start = e->start, .size = e->size}};
        mtk_emit(s->sink, &ev);
    }
    return 0;
}

int mtk_job_parts(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    const struct mtk_parts_args *a = arg;
    struct mtk_scatter scatter = {0};
    if (a->fix && !a->scatter)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "a corrected scatter needs a scatter to correct");
    if (a->fix && mtk_outfile_check(a->fix, err) < 0)
        return -1;
    if (a->scatter && mtk_scatter_read(a->scatter, NULL, &scatter, err) < 0)
        return -1;
    int rc = show_parts(s, err);
    if (rc == 0 && a->scatter)
        rc = compare_parts(s, &scatter, a->fix, err);
    mtk_scatter_release(&scatter);
    return rc;
}

/* ---- reboot ---- */

int mtk_job_reboot(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    static const char *const modes[] = {"system", "recovery", "fastboot", "off"};
    const char *wanted = ((const struct mtk_reboot_args *)arg)->mode;
    const char *mode = wanted ? NULL : modes[0];
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (wanted && strcmp(wanted, modes[i]) == 0)
            mode = modes[i];
    if (!mode)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "\"%.40s\" is not system, recovery, fastboot or off", wanted);
    /* The watchdog can restart the phone without an agent; anything but a plain restart takes one. */
    int agent = mtk_session_has_agent_file(s, err);
    if (agent < 0)
        return -1;
    if (!agent && mode == modes[0]) {
        if (mtk_session_connect(s, err) < 0)
            return -1;
        mtk_step_begin(s, "reboot", "", 0, NULL);
        return mtk_boot_reset(s->link, &s->boot, &s->id, err);
    }
    if (mtk_session_agent(s, err) < 0)
        return -1;
    mtk_step_begin(s, "reboot", "", 0, NULL);
    s->ending = mode;
    return 0;
}
