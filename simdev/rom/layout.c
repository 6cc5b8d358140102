/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/rom/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "protocol/error_index.h"

#define EMMC_BLOCK      0x20000u /* the scatter's block_size and the unit of 0xFFFFnnnn on eMMC (section 3.4) */
#define RESERVED_PREFIX 0xFFFF0000u /* "so many units before the end" */

static const struct rom_layout *const layouts[] = {&rom_layout_mt6765, &rom_layout_mt6737};

const struct rom_layout *rom_layout_find(const char *chip)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (!strcasecmp(layouts[i]->chip, chip))
            return layouts[i];
    return NULL;
}

static const char *operation_word(enum mtk_operation op)
{
    static const char *const words[] = {
        [MTK_OP_BOOTLOADERS] = "BOOTLOADERS", [MTK_OP_UPDATE] = "UPDATE",
        [MTK_OP_INVISIBLE] = "INVISIBLE",     [MTK_OP_PROTECTED] = "PROTECTED",
        [MTK_OP_RESERVED] = "RESERVED",       [MTK_OP_BINREGION] = "BINREGION",
        [MTK_OP_NEEDRESIZE] = "NEEDRESIZE",
    };
    return words[op];
}

static uint64_t reserved_start(const struct rom_layout *layout, enum rom_size size, size_t row)
{
    uint64_t to_end = 0;
    for (size_t i = row; i < layout->n_rows; i++)
        to_end += layout->rows[i].size[size];
    return RESERVED_PREFIX | to_end / EMMC_BLOCK;
}

static void fill_row(const struct rom_row *from, uint64_t start, uint64_t size, struct mtk_scatter_row *out)
{
    bool reserved = from->operation == MTK_OP_RESERVED;
    bool bootloader = from->operation == MTK_OP_BOOTLOADERS;
    *out = (struct mtk_scatter_row){
        .is_download = from->file != NULL,
        .linear_start = start,
        .physical_start = start,
        .size = size,
        .boundary_check = !reserved,
        .is_reserved = reserved,
        .operation = from->operation,
        .is_upgradable = from->upgradable,
        .empty_boot_needed = from->empty_boot,
    };
    snprintf(out->name, sizeof(out->name), "%s", from->name);
    snprintf(out->file_name, sizeof(out->file_name), "%s", from->file ? from->file : "");
    snprintf(out->type, sizeof(out->type), "%s", from->type);
    snprintf(out->region, sizeof(out->region), "%s", bootloader ? "EMMC_BOOT1_BOOT2" : "EMMC_USER");
    snprintf(out->storage, sizeof(out->storage), "HW_STORAGE_EMMC");
    snprintf(out->operation_text, sizeof(out->operation_text), "%s", operation_word(from->operation));
}

int rom_layout_scatter(const struct rom_layout *layout, enum rom_size size, struct mtk_scatter *out,
                       struct mtk_error *err)
{
    *out = (struct mtk_scatter){.block_size = EMMC_BLOCK, .n_rows = layout->n_rows};
    snprintf(out->config_version, sizeof(out->config_version), "V1.1.2");
    snprintf(out->platform, sizeof(out->platform), "%s", layout->platform);
    snprintf(out->project, sizeof(out->project), "%s", layout->project);
    snprintf(out->storage, sizeof(out->storage), "EMMC");
    snprintf(out->boot_channel, sizeof(out->boot_channel), "MSDC_0");
    out->rows = calloc(layout->n_rows, sizeof(*out->rows));
    if (!out->rows)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    uint64_t user = 0;
    for (size_t i = 0; i < layout->n_rows; i++) {
        const struct rom_row *row = &layout->rows[i];
        uint64_t start = user;
        if (row->operation == MTK_OP_BOOTLOADERS)
            start = 0;
        else if (row->operation == MTK_OP_RESERVED)
            start = reserved_start(layout, size, i);
        else
            user += row->size[size];
        fill_row(row, start, row->size[size], &out->rows[i]);
    }
    return 0;
}

struct prng rom_prng(const struct rom_job *job, const char *file)
{
    /* One stream a file, so that a change of one image leaves the others' bytes alone. */
    struct prng mix = prng_init(job->seed);
    uint64_t seed = prng_u64(&mix) ^ (uint64_t)crc32_buf(0, file, strlen(file)) << 16;
    return prng_init(seed ^ (uint64_t)job->size);
}
