/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

/* Steps through "a, b,,c": true and the next name, without blanks; empty names are passed over. */
static bool next_name(const char **list, char *name, size_t len)
{
    while (*list && **list) {
        size_t skip = strspn(*list, ", \t");
        const char *p = *list + skip;
        size_t n = strcspn(p, ",");
        *list = p + n;
        while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
            n--;
        if (n && n < len) {
            memcpy(name, p, n);
            name[n] = 0;
            return true;
        }
        if (n) { /* longer than any partition name: report its beginning as unknown */
            memcpy(name, p, len - 1);
            name[len - 1] = 0;
            return true;
        }
    }
    return false;
}

static bool in_list(const char *list, const char *wanted)
{
    char name[64];
    while (next_name(&list, name, sizeof(name)))
        if (strcmp(name, wanted) == 0)
            return true;
    return false;
}

static bool has_names(const char *list)
{
    char name[64];
    return next_name(&list, name, sizeof(name));
}

static int check_names(const struct mtk_scatter *s, const char *list, const char *option,
                       struct mtk_error *err)
{
    char name[64];
    while (next_name(&list, name, sizeof(name)))
        if (!mtk_scatter_find(s, name))
            return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_HOST,
                            "%s names %s, which the scatter does not have", option, name);
    return 0;
}

/* A row that --only asks for by name must be one that can be written. */
static int check_named(const struct mtk_scatter *s, const struct mtk_scatter_row *row, struct mtk_error *err)
{
    if (mtk_policy_identity(row->name))
        return mtk_fail(err, MTK_E_MTK_PROTECTED_PARTITION, MTK_EV_POLICY,
                        "%s holds data of this one phone and is never written", row->name);
    if (!row->file_name[0])
        return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, s->path, row->line,
                             "the scatter gives no file for %s", row->name);
    if (!row->is_download)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "%s is not for download, says the scatter (line %u)", row->name, row->line);
    return 0;
}

/* 1: take the row; 0: leave it; -1 and *err. */
static int wanted(const struct mtk_scatter *s, const struct mtk_scatter_row *row,
                  const struct mtkflash_selection *sel, const struct mtk_sink *sink, struct mtk_error *err)
{
    bool named = sel && sel->only && in_list(sel->only, row->name);
    if (sel && sel->skip && in_list(sel->skip, row->name))
        return 0;
    if (named)
        return check_named(s, row, err) < 0 ? -1 : 1;
    if ((sel && has_names(sel->only)) || !row->is_download || !row->file_name[0])
        return 0;
    if (mtk_policy_only_if_named(row->name)) {
        mtk_note(sink, 1, "%s is left as it is: it is written only when it is named", row->name);
        return 0;
    }
    if (mtk_policy_identity(row->name)) {
        mtk_note(sink, 2, "%s is left as it is: it holds data of this one phone", row->name);
        return 0;
    }
    return 1;
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
                                   strcmp(it->area, "lu1") == 0);
    if (it->boot_region && mtk_region_both_boots(region))
        it->second = strcmp(it->area, "boot1") == 0 ? "boot2" : "lu1";
}

static int check_mode(const struct mtkflash_selection *sel, struct mtk_error *err)
{
    if (!sel || sel->mode == MTKFLASH_DOWNLOAD)
        return 0;
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST,
                    "mode %s is not in this version; mode download is",
                    sel->mode == MTKFLASH_UPGRADE ? "upgrade" : "format-all");
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
    p->items = calloc(n, sizeof(*p->items));
    if (!p->items)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    for (size_t i = 0; i < n; i++) {
        mtk_item_init(&p->items[i], s->rows[take[i]].name, s->rows[take[i]].region);
        p->items[i].row = &s->rows[take[i]];
    }
    p->n = n;
    return 0;
}

int mtk_plan_select(const struct mtk_scatter *s, const struct mtkflash_selection *sel,
                    const struct mtk_sink *sink, struct mtk_plan *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (check_mode(sel, err) < 0)
        return -1;
    if (sel && (check_names(s, sel->only, "--only", err) < 0 || check_names(s, sel->skip, "--skip", err) < 0))
        return -1;
    if (collect(s, sel, sink, out, err) < 0) {
        mtk_plan_release(out);
        return -1;
    }
    return 0;
}

void mtk_plan_release(struct mtk_plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        mtk_image_release(&p->items[i].image);
    free(p->items);
    memset(p, 0, sizeof(*p));
}

uint64_t mtk_plan_bytes(const struct mtk_plan *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum += p->items[i].image.defined;
    return sum;
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
