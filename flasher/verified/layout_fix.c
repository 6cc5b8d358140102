/* SPDX-License-Identifier: Apache-2.0 */
/* The scatter corrected to the phone's table, see layout.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

static bool in_area(const struct mtk_scatter_row *row, const char *area)
{
    const char *a = mtk_region_area(row->region);
    return a && strcmp(a, area) == 0;
}

/* What the scatter calls the area: as another row of it does, or as the field does. */
static const char *region_of(const struct mtk_scatter *s, const char *area)
{
    for (size_t i = 0; i < s->n_rows; i++)
        if (in_area(&s->rows[i], area))
            return s->rows[i].region;
    return strcmp(area, "lu2") == 0 ? "UFS_LU2" : strcmp(area, "nand") == 0 ? "NONE" : "EMMC_USER";
}

/* Makes a partition that only the phone has into a row: visible in the table, never written. */
static void extra_row(const struct mtk_scatter *s, const struct mtk_gpt_entry *e, const char *region,
                      struct mtk_scatter_row *row)
{
    memset(row, 0, sizeof(*row));
    snprintf(row->name, sizeof(row->name), "%.63s", e->name);
    strcpy(row->type, "NORMAL_ROM");
    snprintf(row->region, sizeof(row->region), "%s", region);
    snprintf(row->storage, sizeof(row->storage), "HW_STORAGE_%.12s", s->storage);
    row->boundary_check = true;
    /* Nobody knows what is in it: what could be of this one phone must not be erased by an upgrade. */
    row->operation = mtk_policy_identity(e->name) ? MTK_OP_PROTECTED : MTK_OP_INVISIBLE;
    strcpy(row->operation_text, row->operation == MTK_OP_PROTECTED ? "PROTECTED" : "INVISIBLE");
}

/* Where a row of a region belongs if nothing of it lies lower: before its reserved rows. */
static size_t first_place(const struct mtk_scatter *out, const char *region)
{
    size_t k = 0;
    while (k < out->n_rows && !(out->rows[k].is_reserved && strcmp(out->rows[k].region, region) == 0))
        k++;
    return k;
}

/* Puts a row where its address belongs: behind the last row of its region that lies lower. */
static void insert(struct mtk_scatter *out, const struct mtk_scatter_row *row)
{
    size_t k = first_place(out, row->region);
    for (size_t i = 0; i < out->n_rows; i++)
        if (strcmp(out->rows[i].region, row->region) == 0 && !out->rows[i].is_reserved &&
            out->rows[i].physical_start <= row->physical_start)
            k = i + 1;
    memmove(&out->rows[k + 1], &out->rows[k], (out->n_rows - k) * sizeof(*row));
    out->rows[k] = *row;
    out->n_rows++;
}

/*
 * The linear address keeps its distance from the physical one: boot areas count before the user area (3.5). The
 * physical one is written also where the file has none (3.1, quirk 2).
 */
static void move_row(const struct mtk_scatter *s, struct mtk_scatter_row *row, uint64_t start, uint64_t size)
{
    uint64_t base;
    mtk_scatter_linear_base(s, row->region, &base);
    row->physical_start = start;
    row->linear_start = start + base;
    row->size = size;
}

/* ---- reserved rows ---- */

static bool hits_partition(const struct mtk_gpt *gpt, uint64_t start, uint64_t size)
{
    for (size_t i = 0; i < gpt->n_entries; i++)
        if (gpt->entries[i].start < start + size && start < gpt->entries[i].start + gpt->entries[i].size)
            return true;
    return false;
}

/* End of the highest partition of the phone that ends at or before `end`; 0 if there is none. */
static uint64_t highest_end(const struct mtk_gpt *gpt, uint64_t end)
{
    uint64_t high = 0;
    for (size_t i = 0; i < gpt->n_entries; i++) {
        uint64_t e = gpt->entries[i].start + gpt->entries[i].size;
        if (e <= end && e > high)
            high = e;
    }
    return high;
}

/*
 * One reserved row, counted from the end of the storage: *end is where it has to end, and becomes where it begins.
 * False if it has no place on the phone. A row that the phone has somewhere else than at *end becomes an ordinary one.
 */
static bool fix_reserved(const struct mtk_scatter *s, const struct mtk_gpt *gpt, struct mtk_scatter_row *row,
                         uint64_t *end, bool before_is_reserved)
{
    const struct mtk_gpt_entry *e = mtk_gpt_find(gpt, row->name);
    if (e && e->start + e->size == *end) {
        row->size = e->size;
        *end = e->start;
        return true;
    }
    if (e) {
        row->is_reserved = false;
        row->boundary_check = true;
        move_row(s, row, e->start, e->size);
        return true;
    }
    /* The table's second copy takes what lies behind the reserved partition before it. */
    if (mtk_policy_table(row->name) && before_is_reserved) {
        uint64_t high = highest_end(gpt, *end);
        if (high && *end - high >= mtk_table_bytes(gpt->block_size) - gpt->block_size &&
            *end - high <= 16 * row->size)
            row->size = *end - high;
    }
    if (row->size > *end || hits_partition(gpt, *end - row->size, row->size))
        return false;
    *end -= row->size;
    return true;
}

/* Is there a reserved row before row i of the same area that the phone has? */
static bool reserved_before(const struct mtk_scatter *s, size_t i, const struct mtk_gpt *gpt)
{
    for (size_t k = 0; k < i; k++)
        if (s->rows[k].is_reserved && strcmp(s->rows[k].region, s->rows[i].region) == 0 &&
            mtk_gpt_find(gpt, s->rows[k].name))
            return true;
    return false;
}

/* Reserved rows go to fixed[] (n of them, in order of the scatter), their 0xFFFFnnnn written anew. */
static size_t reserved_rows(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                            struct mtk_scatter_row *fixed)
{
    struct mtk_scatter_row row;
    uint64_t end = gpt->disk_size;
    uint32_t unit = mtk_scatter_unit(s);
    size_t n = 0;
    for (size_t i = s->n_rows; i-- > 0;) {
        if (!s->rows[i].is_reserved || !in_area(&s->rows[i], area))
            continue;
        row = s->rows[i];
        if (!fix_reserved(s, gpt, &row, &end, reserved_before(s, i, gpt)))
            continue;
        if (row.is_reserved)
            row.physical_start = row.linear_start =
                0xFFFF0000u | (uint32_t)((gpt->disk_size - end) / (unit ? unit : 1) & 0xFFFF);
        memmove(&fixed[1], &fixed[0], n * sizeof(row));
        fixed[0] = row;
        n++;
    }
    return n;
}

/* ---- all rows ---- */

/* Rows of other areas and of the table stay in their order; reserved ones come last, as they count from the end. */
static void fixed_rows(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                       struct mtk_scatter *out, const struct mtk_scatter_row *reserved, size_t n)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *row = &s->rows[i];
        bool here = in_area(row, area);
        bool boot = mtk_row_is_boot(row) && !mtk_gpt_find(gpt, row->name);
        uint64_t start, size;
        if (here && !(mtk_policy_table(row->name) && !row->is_reserved) && !boot)
            continue;
        struct mtk_scatter_row *to = &out->rows[out->n_rows++];
        *to = *row;
        if (here && mtk_scatter_resolve(s, row, gpt->disk_size, &start, &size, NULL) == 0)
            move_row(s, to, start, row->size);
    }
    for (size_t i = 0; i < n; i++)
        if (reserved[i].is_reserved)
            out->rows[out->n_rows++] = reserved[i];
    for (size_t i = 0; i < n; i++)
        if (!reserved[i].is_reserved)
            insert(out, &reserved[i]);
}

static void correct_rows(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                         struct mtk_scatter *out)
{
    const char *region = region_of(s, area);
    for (size_t i = 0; i < gpt->n_entries; i++) {
        const struct mtk_gpt_entry *e = &gpt->entries[i];
        const struct mtk_scatter_row *had = mtk_scatter_find(s, e->name);
        struct mtk_scatter_row row;
        /* A PMT names the boot loader of an eMMC as well; its row says where that is. */
        if (had && (had->is_reserved || mtk_policy_table(had->name) || !in_area(had, area)))
            continue;
        if (had)
            row = *had;
        else
            extra_row(s, e, region, &row);
        move_row(s, &row, e->start, e->size);
        insert(out, &row);
    }
}

int mtk_layout_correct(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                       struct mtk_scatter *out, struct mtk_error *err)
{
    struct mtk_scatter_row *reserved = calloc(s->n_rows + 1, sizeof(*reserved));
    *out = *s;
    out->n_rows = 0;
    out->rows = calloc(2 * s->n_rows + gpt->n_entries + 1, sizeof(*out->rows));
    if (!out->rows || !reserved) {
        free(reserved);
        mtk_scatter_release(out);
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    }
    size_t n = reserved_rows(s, gpt, area, reserved);
    fixed_rows(s, gpt, area, out, reserved, n);
    correct_rows(s, gpt, area, out);
    free(reserved);
    if (out->n_rows <= MTK_SCATTER_MAX_ROWS)
        return 0;
    mtk_scatter_release(out);
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                    "the phone has more partitions than a scatter can name");
}
