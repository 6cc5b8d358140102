/* SPDX-License-Identifier: Apache-2.0 */
/* Parsed scatters: checks, look-ups, places; see scatter.h. */
#include "formats/scatter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/scatter_check.h"
#include "protocol/error_index.h"

#define EMMC_UNIT 0x20000u /* of 0xFFFFnnnn on eMMC */

/* Region names in files (3.1) and the area of the storage that each stands for. */
static const struct region {
    const char *name, *area;
    const char *second; /* the other copy, for regions that mean both */
} regions[] = {
    {"EMMC_BOOT1_BOOT2", "boot1", "boot2"},
    {"EMMC_BOOT1", "boot1", NULL},
    {"EMMC_BOOT_1", "boot1", NULL},
    {"EMMC_BOOT2", "boot2", NULL},
    {"EMMC_BOOT_2", "boot2", NULL},
    {"EMMC_USER", "user", NULL},
    {"EMMC_RPMB", "rpmb", NULL},
    {"EMMC_GP1", "gp1", NULL},
    {"EMMC_GP2", "gp2", NULL},
    {"EMMC_GP3", "gp3", NULL},
    {"EMMC_GP4", "gp4", NULL},
    {"UFS_LU0_LU1", "lu0", "lu1"},
    {"UFS_LU0", "lu0", NULL},
    {"UFS_LU1", "lu1", NULL},
    {"UFS_LU2", "lu2", NULL},
    {"NONE", "nand", NULL},
};

static const struct {
    const char *text;
    enum mtk_operation op;
} operations[] =
    {
        {"BOOTLOADERS", MTK_OP_BOOTLOADERS},
        {"UPDATE", MTK_OP_UPDATE},
        {"INVISIBLE", MTK_OP_INVISIBLE},
        {"PROTECTED", MTK_OP_PROTECTED},
        {"RESERVED", MTK_OP_RESERVED},
        {"BINREGION", MTK_OP_BINREGION},
        {"NEEDRESIZE", MTK_OP_NEEDRESIZE},
        {"BOOTLOADER", MTK_OP_BOOTLOADERS}, /* a third-party generator's word */
};

enum mtk_operation mtk_operation_parse(const char *text)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcasecmp(operations[i].text, text) == 0)
            return operations[i].op;
    return MTK_OP_UNKNOWN;
}

const char *mtk_operation_text(enum mtk_operation op)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (operations[i].op == op)
            return operations[i].text;
    return "UNKNOWN";
}

static const struct region *find_region(const char *name)
{
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        if (strcmp(regions[i].name, name) == 0)
            return &regions[i];
    return NULL;
}

const char *mtk_region_area(const char *region)
{
    const struct region *r = find_region(region);
    return r ? r->area : NULL;
}

static bool is_nand(const struct mtk_scatter *s, const struct mtk_scatter_row *row)
{
    return strcasecmp(s->storage, "NAND") == 0 || strcasecmp(row->storage, "HW_STORAGE_NAND") == 0;
}

const char *mtk_scatter_row_area(const struct mtk_scatter *s, const struct mtk_scatter_row *row)
{
    if (strcmp(row->region, "NONE") == 0 && !is_nand(s, row))
        return NULL;
    return mtk_region_area(row->region);
}

uint32_t mtk_scatter_unit(const struct mtk_scatter *s)
{
    /* The generator's unit of eMMC is fixed, whatever block_size a file has (3.1, 3.4). */
    return strcasecmp(s->storage, "EMMC") == 0 || !s->block_size ? EMMC_UNIT : s->block_size;
}

bool mtk_scatter_has_storage(const struct mtk_scatter *s, const char *storage)
{
    for (size_t i = 0; i < s->n_storages; i++)
        if (strcasecmp(s->storages[i], storage) == 0)
            return true;
    return false;
}

bool mtk_region_both_boots(const char *region)
{
    const struct region *r = find_region(region);
    return r && r->second;
}

/* True if some byte of the storage belongs to both regions. */
static bool regions_meet(const char *a, const char *b)
{
    const struct region *x = find_region(a), *y = find_region(b);
    if (!x || !y)
        return strcmp(a, b) == 0;
    return strcmp(x->area, y->area) == 0 || (x->second && strcmp(x->second, y->area) == 0) ||
           (y->second && strcmp(x->area, y->second) == 0);
}

/*
 * Some V1.1.1 files have physical_start_addr 0 in every record; in them only the linear address says where a
 * partition is (3.1, quirk 2). Returns true if the region of `row` is such a one, and the linear address at which
 * the region begins: linear counts the hardware partitions before it too (3.5), and the first row begins the region.
 */
static bool only_linear(const struct mtk_scatter *s, const struct mtk_scatter_row *row, uint64_t *base)
{
    size_t n = 0;
    bool moves = false;
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *r = &s->rows[i];
        if (r->is_reserved || strcmp(r->region, row->region) != 0)
            continue;
        if (r->physical_start)
            return false;
        if (!n++)
            *base = r->linear_start;
        moves = moves || r->linear_start != *base;
    }
    return n > 1 && moves;
}

/* Start of a row inside its region. False if its linear address lies before the region. */
static bool row_start(const struct mtk_scatter *s, const struct mtk_scatter_row *row, uint64_t *start)
{
    uint64_t base = 0;
    *start = row->physical_start;
    if (!only_linear(s, row, &base))
        return true;
    *start = row->linear_start - base;
    return row->linear_start >= base;
}

bool mtk_scatter_linear_base(const struct mtk_scatter *s, const char *region, uint64_t *base)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *row = &s->rows[i];
        uint64_t start;
        if (row->is_reserved || strcmp(row->region, region) != 0)
            continue;
        *base = 0;
        if (!row_start(s, row, &start) || row->linear_start < start)
            return false;
        *base = row->linear_start - start;
        return true;
    }
    *base = 0;
    return false;
}

/* Row i against every row before it that shares storage with it. starts[] are the places of all rows up to i. */
static int check_order(const struct mtk_scatter *s, size_t i, const uint64_t *starts, const char *name,
                       struct mtk_error *err)
{
    const struct mtk_scatter_row *row = &s->rows[i];
    uint64_t start = starts[i];
    for (size_t k = i; k-- > 0;) {
        const struct mtk_scatter_row *o = &s->rows[k];
        if (o->is_reserved || !regions_meet(o->region, row->region))
            continue;
        if (start < starts[k])
            return mtk_fail_file(err, MTK_E_S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER, name, row->line,
                                 "partition \"%s\" at 0x%" PRIx64
                                 " runs backwards: \"%s\" of line %u is at 0x%" PRIx64,
                                 row->name, start, o->name, o->line, starts[k]);
        if (start < starts[k] + o->size)
            return mtk_fail_file(err, MTK_E_S_DL_LOAD_REGION_IS_OVERLAP, name, row->line,
                                 "partition \"%s\" at 0x%" PRIx64
                                 " overlaps \"%s\" of line %u, which ends at 0x%" PRIx64,
                                 row->name, start, o->name, o->line, starts[k] + o->size);
    }
    return 0;
}

/* The place of row i by itself, into *start. */
static int check_place(const struct mtk_scatter *s, size_t i, uint64_t *start, const char *name,
                       struct mtk_error *err)
{
    const struct mtk_scatter_row *row = &s->rows[i];
    uint64_t end;
    if (!row_start(s, row, start))
        return mtk_fail_file(err, MTK_E_S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER, name, row->line,
                             "partition \"%s\" begins before its region does", row->name);
    if (!add_u64(*start, row->size, &end))
        return mtk_fail_file(err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, name, row->line,
                             "start and size of partition \"%s\" do not fit in 64 bits", row->name);
    return 0;
}

static int check_name(const struct mtk_scatter *s, size_t i, const char *name, struct mtk_error *err)
{
    const struct mtk_scatter_row *row = &s->rows[i];
    for (size_t k = 0; row->name[0] && k < i; k++)
        if (strcmp(s->rows[k].name, row->name) == 0)
            return mtk_fail_file(err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, name, row->line,
                                 "partition \"%s\" is there twice (before in line %u)", row->name,
                                 s->rows[k].line);
    return 0;
}

int mtk_scatter_check(const struct mtk_scatter *s, const char *name, struct mtk_error *err)
{
    uint64_t starts[MTK_SCATTER_MAX_ROWS] = {0};
    for (size_t i = 0; i < s->n_rows; i++) {
        if (check_name(s, i, name, err))
            return -1;
        /* Reserved rows have no place before the size of the storage is known. */
        if (s->rows[i].is_reserved)
            continue;
        if (check_place(s, i, &starts[i], name, err) || check_order(s, i, starts, name, err))
            return -1;
    }
    return 0;
}

void mtk_scatter_release(struct mtk_scatter *s)
{
    free(s->rows);
    s->rows = NULL;
    s->n_rows = 0;
}

const struct mtk_scatter_row *mtk_scatter_find(const struct mtk_scatter *s, const char *name)
{
    for (size_t i = 0; i < s->n_rows; i++)
        if (strcmp(s->rows[i].name, name) == 0)
            return &s->rows[i];
    return NULL;
}

/* Bytes that reserved rows take at the end of a region, from row `first` on. False if they overflow. */
static bool reserved_bytes(const struct mtk_scatter *s, const char *region, size_t first, uint64_t *sum)
{
    *sum = 0;
    for (size_t i = first; i < s->n_rows; i++)
        if (s->rows[i].is_reserved && strcmp(s->rows[i].region, region) == 0 &&
            !add_u64(*sum, s->rows[i].size, sum))
            return false;
    return true;
}

/* Where the row after row i of the same region begins; `limit` if none does. */
static uint64_t next_start(const struct mtk_scatter *s, size_t i, uint64_t limit)
{
    for (size_t k = i + 1; k < s->n_rows; k++) {
        uint64_t start;
        if (!s->rows[k].is_reserved && strcmp(s->rows[k].region, s->rows[i].region) == 0 &&
            row_start(s, &s->rows[k], &start))
            return start < limit ? start : limit;
    }
    return limit;
}

int mtk_scatter_resolve(const struct mtk_scatter *s, const struct mtk_scatter_row *row, uint64_t region_size,
                        uint64_t *start, uint64_t *size, struct mtk_error *err)
{
    size_t i = (size_t)(row - s->rows);
    uint64_t tail = 0, at = 0, len = row->size;
    bool good = reserved_bytes(s, row->region, row->is_reserved ? i : 0, &tail) && tail <= region_size;
    if (good && row->is_reserved) {
        /* By sizes, not by the nnnn of 0xFFFFnnnn: that is rounded down and can make two rows overlap (3.4). */
        at = region_size - tail;
    } else if (good) {
        uint64_t limit = region_size - tail;
        good = row_start(s, row, &at) && at <= limit;
        if (good && !len)
            len = next_start(s, i, limit) - at;
        good = good && range_fits(at, len, limit);
    }
    if (!good)
        return mtk_fail_file(err, MTK_E_MTK_OUT_OF_RANGE, s->path, row->line,
                             "partition \"%s\" (0x%" PRIx64 "+0x%" PRIx64
                             ") does not fit into %s of 0x%" PRIx64 " bytes",
                             row->name, row->physical_start, row->size, row->region, region_size);
    *start = at;
    *size = len;
    return 0;
}
