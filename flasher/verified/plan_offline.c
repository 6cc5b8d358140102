/* SPDX-License-Identifier: Apache-2.0 */
/* A phone as the ROM imagines it, for plans that are made without one. */
#include "flasher/verified/plan_offline.h"

#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "protocol/error_index.h"

/* A size of 0 in a scatter stands for the rest of the storage; so much is left for it. */
#define REST      (UINT64_C(64) << 20)
#define BOOT_SIZE (UINT64_C(16) << 20)

/* The smallest storage on which every row of the area has its place. */
static bool smallest(const struct mtk_scatter *s, const char *area, uint64_t *size)
{
    uint64_t end, high = 0, reserved = 0;
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *row = &s->rows[i];
        const char *a = mtk_region_area(row->region);
        if (!a || strcmp(a, area) != 0)
            continue;
        if (row->is_reserved) {
            if (!add_u64(reserved, row->size, &reserved))
                return false;
            continue;
        }
        uint64_t start = row->physical_start > row->linear_start ? row->physical_start : row->linear_start;
        if (!add_u64(start, row->size, &end))
            return false;
        high = end > high ? end : high;
    }
    return add_u64(high, reserved, size) && add_u64(*size, REST, size);
}

static const char *storage_word(const char *scatter)
{
    static const char *const words[] = {"emmc", "ufs", "nand"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(scatter, words[i]) == 0)
            return words[i];
    return words[0];
}

static void add_area(struct mtk_offline *o, const char *name, uint64_t size)
{
    struct mtk_area *a = &o->areas[o->phone.n_areas++];
    *a = (struct mtk_area){.size = size, .readable = true, .writable = true};
    strcpy(a->name, name);
}

int mtk_plan_offline(const struct mtk_scatter *s, struct mtk_offline *o, struct mtk_error *err)
{
    uint64_t size;
    memset(o, 0, sizeof(*o));
    o->phone.storage = storage_word(s->storage);
    o->phone.areas = o->areas;
    o->phone.can_set_table = true;
    bool ufs = strcmp(o->phone.storage, "ufs") == 0, nand = strcmp(o->phone.storage, "nand") == 0;
    o->phone.block = ufs ? 4096 : nand ? 2048 : 512;
    o->phone.erase = nand ? s->block_size : o->phone.block;
    const char *user = mtk_storage_user_area(o->phone.storage);
    if (!smallest(s, user, &size))
        return mtk_fail_file(err, MTK_E_MTK_OUT_OF_RANGE, s->path, 0,
                             "the scatter needs more than any storage");
    size += o->phone.erase - 1;
    size -= size % o->phone.erase;
    if (!nand) {
        add_area(o, ufs ? "lu0" : "boot1", BOOT_SIZE);
        add_area(o, ufs ? "lu1" : "boot2", BOOT_SIZE);
    }
    add_area(o, user, size);
    if (mtk_layout_target(s, user, size, o->phone.block, o->phone.erase, NULL, &o->table, err) < 0)
        return -1;
    o->phone.table = &o->table;
    return 0;
}
