/* SPDX-License-Identifier: Apache-2.0 */
/* A layout as a scatter: addresses, regions and words of each kind of storage (formats.md section 3). */
#include "simdev/rom/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "protocol/error_index.h"

#define RESERVED_PREFIX 0xFFFF0000u /* "so many units before the end" (3.4) */
#define NAND_UNIT       0x10000u    /* block_size of a NAND scatter is a page times this (3.1) */
#define PMT_BLOCKS      2u          /* table and its mirror, in front of the replacement pool */

/* The words of a storage. */
static const struct {
    const char *word, *hw_word, *boot_channel, *boot_region, *user_region;
    uint32_t block_size; /* also the unit of 0xFFFFnnnn; 0: follows from the page */
} storages[] = {
    [BOARD_EMMC] = {"EMMC", "HW_STORAGE_EMMC", "MSDC_0", "EMMC_BOOT1_BOOT2", "EMMC_USER", 0x20000},
    [BOARD_UFS] = {"UFS", "HW_STORAGE_UFS", "UFSHCI_0", "UFS_LU0_LU1", "UFS_LU2", 0x80000},
    [BOARD_NAND] = {"NAND", "HW_STORAGE_NAND", "NONE", "NONE", "NONE", 0},
};

static const char *const operation_words[] = {
    [MTK_OP_BOOTLOADERS] = "BOOTLOADERS", [MTK_OP_UPDATE] = "UPDATE",     [MTK_OP_INVISIBLE] = "INVISIBLE",
    [MTK_OP_PROTECTED] = "PROTECTED",     [MTK_OP_RESERVED] = "RESERVED", [MTK_OP_BINREGION] = "BINREGION",
    [MTK_OP_NEEDRESIZE] = "NEEDRESIZE",
};

/* What is known about the layout while its rows are numbered. */
struct plan {
    const struct rom_job *job;
    const struct rom_family *family;
    enum board_storage storage;
    uint32_t block_size;
    uint64_t pool;   /* bytes of NAND's replacement pool with the tables in front of it */
    uint64_t linear; /* what linear addresses count in front of the user area */
};

static struct plan make_plan(const struct rom_job *job, enum board_storage storage)
{
    struct plan p = {.job = job, .family = rom_family_of(job->model, storage), .storage = storage};
    p.block_size = storages[storage].block_size;
    if (storage == BOARD_NAND) {
        p.block_size = job->nand.page_size * NAND_UNIT;
        p.pool =
            (uint64_t)(job->nand.pool_blocks + PMT_BLOCKS) * job->nand.page_size * job->nand.pages_per_block;
    }
    if (p.family->linear && storage == BOARD_EMMC)
        p.linear = 2 * job->soc->emmc_boot + job->soc->emmc_rpmb;
    return p;
}

static uint64_t row_size(const struct plan *p, size_t row)
{
    const struct rom_row *r = &p->family->rows[row];
    return r->operation == MTK_OP_RESERVED && !r->size[p->job->size] ? p->pool : r->size[p->job->size];
}

static uint64_t reserved_start(const struct plan *p, size_t row)
{
    uint64_t to_end = 0;
    for (size_t i = row; i < p->family->n_rows; i++)
        to_end += row_size(p, i);
    return RESERVED_PREFIX | to_end / p->block_size;
}

static void fill_row(const struct plan *p, size_t row, uint64_t start, struct mtk_scatter_row *out)
{
    const struct rom_row *from = &p->family->rows[row];
    bool reserved = from->operation == MTK_OP_RESERVED;
    bool bootloader = from->operation == MTK_OP_BOOTLOADERS;
    const char *file = bootloader ? p->job->preloader_file : from->file ? from->file : "";
    *out = (struct mtk_scatter_row){
        .is_download = *file != 0,
        .linear_start = start + (reserved || bootloader ? 0 : p->linear),
        .physical_start = start,
        .size = row_size(p, row),
        .boundary_check = !reserved,
        .is_reserved = reserved,
        .operation = from->operation,
        .is_upgradable = from->upgradable,
        .empty_boot_needed = from->empty_boot,
    };
    snprintf(out->name, sizeof(out->name), "%s", from->name);
    snprintf(out->file_name, sizeof(out->file_name), "%s", file);
    snprintf(out->type, sizeof(out->type), "%s", from->type);
    snprintf(out->region, sizeof(out->region), "%s",
             bootloader ? storages[p->storage].boot_region : storages[p->storage].user_region);
    snprintf(out->storage, sizeof(out->storage), "%s", storages[p->storage].hw_word);
    snprintf(out->operation_text, sizeof(out->operation_text), "%s", operation_words[from->operation]);
}

/* Start of row i, and in *next where the one behind it in the user area begins. */
static uint64_t row_start(const struct plan *p, size_t row, uint64_t *next)
{
    uint64_t start = *next;
    if (p->family->rows[row].operation == MTK_OP_RESERVED)
        return reserved_start(p, row);
    if (p->family->rows[row].operation == MTK_OP_BOOTLOADERS && p->storage != BOARD_NAND)
        return 0; /* an area of its own */
    *next += row_size(p, row);
    return start;
}

static void fill_rows(const struct plan *p, struct mtk_scatter *out)
{
    uint64_t next = 0;
    for (size_t i = 0; i < p->family->n_rows; i++)
        fill_row(p, i, row_start(p, i, &next), &out->rows[i]);
}

bool rom_layout_find(const struct rom_job *job, const char *name, uint64_t *start, uint64_t *size)
{
    struct plan p = make_plan(job, job->storage);
    uint64_t next = 0;
    for (size_t i = 0; i < p.family->n_rows; i++) {
        *start = row_start(&p, i, &next);
        *size = row_size(&p, i);
        if (!strcmp(p.family->rows[i].name, name))
            return true;
    }
    return false;
}

int rom_layout_scatter(const struct rom_job *job, enum board_storage storage, struct mtk_scatter *out,
                       struct mtk_error *err)
{
    struct plan p = make_plan(job, storage);
    *out = (struct mtk_scatter){.block_size = p.block_size, .n_rows = p.family->n_rows, .xml = job->xml};
    snprintf(out->config_version, sizeof(out->config_version), "%s",
             job->xml ? "V2.2.0" : p.family->config_version);
    snprintf(out->platform, sizeof(out->platform), "%s", job->soc->platform);
    snprintf(out->project, sizeof(out->project), "%s", job->project);
    snprintf(out->storage, sizeof(out->storage), "%s", storages[storage].word);
    snprintf(out->boot_channel, sizeof(out->boot_channel), "%s", storages[storage].boot_channel);
    out->rows = calloc(p.family->n_rows, sizeof(*out->rows));
    if (!out->rows)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    fill_rows(&p, out);
    return 0;
}

const struct rom_family *rom_family_of(const struct rom_model *model, enum board_storage storage)
{
    return storage == BOARD_NAND ? &rom_family_nand : model->family;
}

struct prng rom_prng(const struct rom_job *job, const char *file)
{
    /* One stream a file, so that a change of one image leaves the others' bytes alone. */
    struct prng mix = prng_init(job->seed);
    uint64_t seed = prng_u64(&mix) ^ (uint64_t)crc32_buf(0, file, strlen(file)) << 16;
    return prng_init(seed ^ (uint64_t)job->size);
}
