/* SPDX-License-Identifier: Apache-2.0 */
/* Which images a job writes, and the plan of a plain download. */
#include "flasher/verified/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

/* ---- lists of names ---- */

bool mtk_names_next(const char **list, char *name, size_t len)
{
    while (*list && **list) {
        size_t skip = strspn(*list, ", \t");
        const char *p = *list + skip;
        size_t n = strcspn(p, ",");
        *list = p + n;
        while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
            n--;
        if (!n)
            continue;
        /* Longer than any partition name: its beginning will be reported as unknown. */
        snprintf(name, len, "%.*s", (int)(n < len ? n : len - 1), p);
        return true;
    }
    return false;
}

bool mtk_names_have(const char *list, const char *wanted)
{
    char name[64];
    while (mtk_names_next(&list, name, sizeof(name)))
        if (strcmp(name, wanted) == 0)
            return true;
    return false;
}

static bool has_names(const char *list)
{
    char name[64];
    return mtk_names_next(&list, name, sizeof(name));
}

static int check_names(const struct mtk_scatter *s, const char *list, const char *option,
                       struct mtk_error *err)
{
    char name[64];
    while (mtk_names_next(&list, name, sizeof(name)))
        if (!mtk_scatter_find(s, name))
            return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_HOST,
                            "%s names %s, which the scatter does not have", option, name);
    return 0;
}

/* ---- rows whose images are written ---- */

/* Operations that no mode writes: they are kept, moved or erased (formats.md 8.4). */
static bool never_written(enum mtk_operation op)
{
    return op == MTK_OP_INVISIBLE || op == MTK_OP_PROTECTED || op == MTK_OP_BINREGION ||
           op == MTK_OP_RESERVED;
}

/* A row that --only asks for by name must be one that can be written. */
static int check_named(const struct mtk_scatter *s, const struct mtk_scatter_row *row, struct mtk_error *err)
{
    if (mtk_policy_identity(row->name))
        return mtk_fail(err, MTK_E_MTK_PROTECTED_PARTITION, MTK_EV_POLICY,
                        "%s holds data of this one phone and is never written from a ROM", row->name);
    if (!row->file_name[0])
        return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, s->path, row->line,
                             "the scatter gives no file for %s", row->name);
    if (!row->is_download)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "%s is not for download, says the scatter (line %u)", row->name, row->line);
    if (never_written(row->operation))
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "%s is %s, says the scatter (line %u), and such partitions are never written",
                        row->name, row->operation_text, row->line);
    return 0;
}

/* Why a row that has an image is left as it is all the same; NULL if it is not. *level: of the note. */
static const char *left_out(const struct mtk_scatter_row *row, enum mtkflash_mode mode, int *level)
{
    *level = 1;
    if (mtk_policy_identity(row->name)) {
        *level = 2;
        return "it holds data of this one phone";
    }
    if (never_written(row->operation))
        return "the scatter says that it is not for writing";
    if (mode == MTKFLASH_DOWNLOAD && mtk_policy_only_if_named(row->name))
        return "it is written only when it is named";
    return NULL;
}

/* 1: take the row; 0: leave it; -1 and *err. */
static int wanted(const struct mtk_scatter *s, const struct mtk_scatter_row *row,
                  const struct mtkflash_selection *sel, const struct mtk_sink *sink, struct mtk_error *err)
{
    int level;
    if (sel && mtk_names_have(sel->skip, row->name))
        return 0;
    if (sel && mtk_names_have(sel->only, row->name))
        return check_named(s, row, err) < 0 ? -1 : 1;
    if ((sel && has_names(sel->only)) || !row->is_download || !row->file_name[0])
        return 0;
    const char *why = left_out(row, sel ? sel->mode : MTKFLASH_DOWNLOAD, &level);
    if (why)
        mtk_note(sink, level, "%s is not written: %s", row->name, why);
    return !why;
}

void mtk_item_init(struct mtk_item *it, const char *name, const char *region)
{
    memset(it, 0, sizeof(*it));
    it->image.fd = -1;
    snprintf(it->name, sizeof(it->name), "%s", name);
    it->rank = mtk_policy_rank(name, &it->why);
    it->area = region ? mtk_region_area(region) : NULL;
    /* Boot areas carry a header block in front of the image, so they are written by name and never by address. */
    it->boot_region = it->area && (strncmp(it->area, "boot", 4) == 0 || strcmp(it->area, "lu0") == 0 ||
                                   strcmp(it->area, "lu1") == 0 ||
                                   (strcmp(it->area, "nand") == 0 && mtk_policy_preloader(name)));
    if (it->boot_region && mtk_region_both_boots(region))
        it->second = strcmp(it->area, "boot1") == 0 ? "boot2" : "lu1";
}

/* Later ranks come later; within a rank the order of the scatter stays, hence a stable insertion sort. */
static void sort_rows(const struct mtk_scatter *s, size_t *rows, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        size_t row = rows[i], k = i;
        unsigned rank = mtk_policy_rank(s->rows[row].name, NULL);
        for (; k > 0 && mtk_policy_rank(s->rows[rows[k - 1]].name, NULL) > rank; k--)
            rows[k] = rows[k - 1];
        rows[k] = row;
    }
}

static int collect(const struct mtk_scatter *s, const struct mtkflash_selection *sel,
                   const struct mtk_sink *sink, struct mtk_plan *p, struct mtk_error *err)
{
    size_t take[MTK_SCATTER_MAX_ROWS], n = 0;
    for (size_t i = 0; i < s->n_rows && n < MTK_SCATTER_MAX_ROWS; i++) {
        int w = wanted(s, &s->rows[i], sel, sink, err);
        if (w < 0)
            return -1;
        if (w)
            take[n++] = i;
    }
    if (!n)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "nothing is left to do: no partition is selected");
    sort_rows(s, take, n);
    for (size_t i = 0; i < n; i++) {
        size_t k;
        if (mtk_plan_add_item(p, s->rows[take[i]].name, s->rows[take[i]].region, &k, err) < 0)
            return -1;
        p->items[k].row = &s->rows[take[i]];
    }
    return 0;
}

int mtk_plan_select(const struct mtk_scatter *s, const struct mtkflash_selection *sel,
                    const struct mtk_sink *sink, struct mtk_plan *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (sel && (check_names(s, sel->only, "--only", err) < 0 || check_names(s, sel->skip, "--skip", err) < 0))
        return -1;
    if (sel && sel->mode == MTKFLASH_FORMAT_ALL && has_names(sel->only))
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "--mode format-all erases everything, so --only makes no sense with it");
    if (collect(s, sel, sink, out, err) < 0) {
        mtk_plan_release(out);
        return -1;
    }
    return 0;
}

/* ---- the plan itself ---- */

static int plan_download(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err)
{
    if (!in->phone.table)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
                        "the phone has no partition table, so nothing says where an image belongs");
    if (mtk_plan_places(in, p, in->phone.table, false, err) < 0)
        return -1;
    return mtk_plan_writes(p, err);
}

int mtk_plan_steps(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err)
{
    static int (*const planners[])(const struct mtk_plan_input *, struct mtk_plan *, struct mtk_error *) = {
        [MTKFLASH_DOWNLOAD] = plan_download,
        [MTKFLASH_UPGRADE] = mtk_plan_upgrade,
        [MTKFLASH_FORMAT_ALL] = mtk_plan_format_all,
    };
    if (planners[in->sel ? in->sel->mode : MTKFLASH_DOWNLOAD](in, p, err) < 0)
        return -1;
    return mtk_plan_check(in, p, err);
}

void mtk_plan_release(struct mtk_plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        mtk_image_release(&p->items[i].image);
    free(p->items);
    free(p->steps);
    mtk_gpt_release(&p->table);
    memset(p, 0, sizeof(*p));
}

char *mtk_plan_names(const struct mtk_plan *p, enum mtk_item_state state)
{
    size_t len = 1;
    for (size_t i = 0; i < p->n; i++)
        len += strlen(p->items[i].name) + 1;
    char *text = calloc(1, len), *at = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < p->n; i++) {
        if (p->items[i].state != state)
            continue;
        at += sprintf(at, "%s%s", at == text ? "" : ",", p->items[i].name);
    }
    return text;
}
