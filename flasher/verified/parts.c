/* SPDX-License-Identifier: Apache-2.0 */
/* The job parts: the phone's table, next to a scatter's, and the scatter corrected to it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flasher/verified/device.h"
#include "flasher/verified/jobs.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/outfile.h"
#include "protocol/error_index.h"

/* ---- the corrected scatter ---- */

/*
 * The form of the old file, whatever that was. One with a whole section for each storage keeps those of other storages
 * as they are.
 */
static char *write_like(const struct mtk_scatter *old, const struct mtk_scatter *fixed, size_t *len,
                        struct mtk_error *err)
{
    struct mtk_scatter other[MTK_SCATTER_STORAGES];
    const struct mtk_scatter *sections[MTK_SCATTER_STORAGES];
    size_t n = 0, read = 0;
    char *text = NULL;
    for (; n < old->n_storages && n < MTK_SCATTER_STORAGES; n++) {
        if (strcasecmp(old->storages[n], fixed->storage) == 0) {
            sections[n] = fixed;
            continue;
        }
        if (mtk_scatter_read(old->path, old->storages[n], &other[read], err) < 0)
            goto out;
        sections[n] = &other[read++];
    }
    if (n == 0)
        sections[n++] = fixed;
    text = mtk_scatter_write_sections(sections, n, len);
    if (!text)
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
out:
    while (read)
        mtk_scatter_release(&other[--read]);
    return text;
}

static int write_fix(struct mtk_session *s, const struct mtk_scatter *scatter, const char *path,
                     struct mtk_error *err)
{
    struct mtk_scatter fixed;
    size_t len = 0;
    if (mtk_layout_correct(scatter, &s->table, mtk_device_user_area(s), &fixed, err) < 0)
        return -1;
    char *text = write_like(scatter, &fixed, &len, err);
    mtk_scatter_release(&fixed);
    if (!text)
        return -1;
    int rc = mtk_outfile_put(path, 0666, text, len, err);
    free(text);
    if (rc == 0)
        mtk_note(s->sink, 1, "a scatter with the phone's table was written to %s", path);
    return rc;
}

/* ---- the table, and the comparison ---- */

/* Of a file with a section for each storage, that of the phone. */
static int choose_section(struct mtk_session *s, const char *path, struct mtk_scatter *scatter,
                          struct mtk_error *err)
{
    const char *phone = s->agent_info.storage;
    struct mtk_scatter other;
    if (strcasecmp(scatter->storage, phone) == 0)
        return 0;
    for (size_t i = 0; i < scatter->n_storages; i++) {
        if (strcasecmp(scatter->storages[i], phone) != 0)
            continue;
        if (mtk_scatter_read(path, scatter->storages[i], &other, err) < 0)
            return -1;
        mtk_scatter_release(scatter);
        *scatter = other;
        return 0;
    }
    return mtk_fail(err, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY,
                    "Storage mismatch: scatter %s, phone %s", scatter->storage,
                    phone[0] ? phone : "without any storage that answers");
}

static int compare(struct mtk_session *s, const struct mtk_parts_args *a, struct mtk_scatter *scatter,
                   struct mtk_error *err)
{
    struct mtk_layout_result r;
    if (choose_section(s, a->scatter, scatter, err) < 0)
        return -1;
    mtk_layout_compare(scatter, &s->table, mtk_device_user_area(s), s->sink, &r);
    if (a->fix && write_fix(s, scatter, a->fix, err) < 0)
        return -1;
    if (!r.fatal)
        return 0;
    return mtk_fail(err, MTK_E_STATUS_LAYOUT_CHANGED, MTK_EV_POLICY,
                    "the scatter's partition table is not the phone's: %u difference%s, the first in %s",
                    r.fatal, r.fatal == 1 ? "" : "s", r.first);
}

static void show(struct mtk_session *s, const char *name, const char *area, uint64_t start, uint64_t size,
                 const char *table)
{
    struct mtk_event ev = {
        .kind = MTK_EVENT_PARTITION,
        .u.partition = {.name = name, .area = area, .start = start, .size = size, .table = table}};
    mtk_emit(s->sink, &ev);
}

/* Boot areas are in no table; they are what the hardware says. */
static int show_parts(struct mtk_session *s, struct mtk_error *err)
{
    static const char *const boots[] = {"boot1", "boot2", "lu0", "lu1"};
    if (mtk_session_agent(s, err) < 0 || mtk_device_table(s, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
        const struct mtk_area *a = mtk_device_area(s, boots[i]);
        if (a && a->size)
            show(s, a->name, a->name, 0, a->size, "hardware");
    }
    for (size_t i = 0; i < s->table.n_entries; i++)
        show(s, s->table.entries[i].name, mtk_device_user_area(s), s->table.entries[i].start,
             s->table.entries[i].size, mtk_device_table_word(s));
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
        rc = compare(s, a, &scatter, err);
    mtk_scatter_release(&scatter);
    return rc;
}
