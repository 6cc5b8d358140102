/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/plan_steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/policy.h"
#include "formats/pmt.h"
#include "protocol/error_index.h"

const char *mtk_action_word(enum mtk_action action)
{
    static const char *const words[] = {[MTK_DO_SAVE] = "save",
                                        [MTK_DO_ERASE] = "erase",
                                        [MTK_DO_TABLE] = "table",
                                        [MTK_DO_WRITE] = "write",
                                        [MTK_DO_RESTORE] = "restore"};
    return words[action];
}

/* What each kind of storage calls its areas, and how a boot loader stands in it. */
static const struct storage {
    const char *name, *user;
    const char *boot, *boot_backup; /* regions of preloader and preloader_backup */
    enum mtk_boot_device device;
} storages[] = {{"emmc", "user", "EMMC_BOOT1_BOOT2", "EMMC_BOOT2", MTK_BOOT_EMMC},
                {"ufs", "lu2", "UFS_LU0_LU1", "UFS_LU1", MTK_BOOT_UFS},
                {"nand", "nand", "NONE", "NONE", MTK_BOOT_NAND}};

/* An array of 128 entries of 128 bytes, as every phone has it (formats.md 4.2). */
#define GPT_TABLE_BYTES 0x4000u

static const struct storage *find_storage(const char *name)
{
    for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++)
        if (strcmp(storages[i].name, name) == 0)
            return &storages[i];
    return &storages[0];
}

const char *mtk_storage_user_area(const char *storage)
{
    return find_storage(storage)->user;
}

const char *mtk_storage_boot_region(const char *storage, const char *name)
{
    const struct storage *st = find_storage(storage);
    return strncasecmp(name, "preloader_backup", 16) == 0 ? st->boot_backup : st->boot;
}

enum mtk_boot_device mtk_storage_boot_device(const char *storage)
{
    return find_storage(storage)->device;
}

uint64_t mtk_table_bytes(uint32_t block)
{
    uint64_t bs = block ? block : 512;
    return (2 + (GPT_TABLE_BYTES + bs - 1) / bs) * bs;
}

const struct mtk_area *mtk_plan_area(const struct mtk_plan_phone *ph, const char *name)
{
    for (size_t i = 0; name && i < ph->n_areas; i++)
        if (strcmp(ph->areas[i].name, name) == 0)
            return &ph->areas[i];
    return NULL;
}

bool mtk_row_is_boot(const struct mtk_scatter_row *row)
{
    struct mtk_item it;
    mtk_item_init(&it, row->name, row->region);
    return it.boot_region;
}

bool mtk_row_in_table(const struct mtk_scatter_row *row, const char *area)
{
    const char *a = mtk_region_area(row->region);
    return row->name[0] && a && strcmp(a, area) == 0 && !mtk_policy_table(row->name);
}

bool mtk_plan_backed_up(const struct mtk_plan_backup *b, const char *name, uint64_t *size)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->names[i], name) != 0)
            continue;
        if (size)
            *size = b->sizes[i];
        return true;
    }
    return false;
}

/* ---- items and steps ---- */

int mtk_plan_add_item(struct mtk_plan *p, const char *name, const char *region, size_t *index,
                      struct mtk_error *err)
{
    struct mtk_item *items = realloc(p->items, (p->n + 1) * sizeof(*items));
    if (!items)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    p->items = items;
    mtk_item_init(&items[p->n], name, region);
    if (index)
        *index = p->n;
    p->n++;
    return 0;
}

size_t mtk_plan_find(const struct mtk_plan *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->items[i].name, name) == 0)
            return i;
    return MTK_NO_ITEM;
}

int mtk_plan_item_for(const struct mtk_plan_input *in, struct mtk_plan *p, const char *name, size_t *index,
                      struct mtk_error *err)
{
    *index = mtk_plan_find(p, name);
    if (*index != MTK_NO_ITEM)
        return 0;
    if (mtk_plan_add_item(p, name, NULL, index, err) < 0)
        return -1;
    p->items[*index].area = mtk_storage_user_area(in->phone.storage);
    return 0;
}

int mtk_plan_add_step(struct mtk_plan *p, struct mtk_plan_step step, struct mtk_error *err)
{
    struct mtk_plan_step *steps = realloc(p->steps, (p->n_steps + 1) * sizeof(*steps));
    if (!steps)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    p->steps = steps;
    steps[p->n_steps++] = step;
    return 0;
}

int mtk_plan_writes(struct mtk_plan *p, struct mtk_error *err)
{
    /* Items with a row of their own were put in order when they were chosen; what was added since has no image. */
    for (size_t i = 0; i < p->n; i++) {
        const struct mtk_item *it = &p->items[i];
        const struct mtk_plan_step step = {.action = MTK_DO_WRITE,
                                           .item = i,
                                           .area = it->area,
                                           .start = it->start,
                                           .size = it->image.defined,
                                           .why = it->why};
        if (it->row && mtk_plan_add_step(p, step, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the table ---- */

/* A scatter of a GPT phone has rows for the table's own blocks; UFS knows nothing else, NAND never has one. */
static bool wants_gpt(const struct mtk_plan_input *in)
{
    if (strcmp(in->phone.storage, "nand") == 0)
        return false;
    for (size_t i = 0; i < in->scatter->n_rows; i++)
        if (mtk_policy_table(in->scatter->rows[i].name))
            return true;
    return strcmp(in->phone.storage, "ufs") == 0 || !in->phone.can_set_table;
}

bool mtk_plan_erases_pmt(const struct mtk_plan_input *in, const struct mtk_plan *p)
{
    if (strcmp(in->phone.storage, "emmc") != 0 || wants_gpt(in))
        return false;
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].action == MTK_DO_ERASE && p->steps[i].area && strcmp(p->steps[i].area, "user") == 0 &&
            p->steps[i].start < MTK_PMT_SEARCH_END)
            return true;
    return false;
}

/* Making it now finds out whether it can be made. */
static int try_gpt(const struct mtk_gpt *t, struct mtk_error *err)
{
    uint8_t *first, *second;
    size_t n, m;
    if (mtk_gpt_write(t, 0, &first, &n, &second, &m, err) < 0) {
        if (err)
            err->evidence = MTK_EV_POLICY;
        return -1;
    }
    free(first);
    free(second);
    return 0;
}

/*
 * The table of a NAND is behind the range that its partitions share, so erasing that does not touch it (formats.md 4.3):
 * where the agent cannot write one, a table that is right already serves.
 */
static bool table_stays(const struct mtk_plan_input *in, const struct mtk_plan *p)
{
    return strcmp(in->phone.storage, "nand") == 0 && !in->phone.can_set_table && in->phone.table &&
           mtk_layout_same(&p->table, in->phone.table);
}

int mtk_plan_table_step(const struct mtk_plan_input *in, struct mtk_plan *p, bool after, const char *why,
                        struct mtk_error *err)
{
    struct mtk_plan_step step = {.action = MTK_DO_TABLE, .after = after, .why = why};
    p->table_is_gpt = wants_gpt(in);
    if (p->table_is_gpt && after)
        return 0;
    if (in->phone.table && in->phone.table->n_hidden && !in->backup.n)
        return mtk_fail(
            err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
            "the phone's partition table goes on behind an empty entry, with %zu partitions that a new "
            "table would lose; a backup from before would do",
            in->phone.table->n_hidden);
    if (p->table_is_gpt && try_gpt(&p->table, err) < 0)
        return -1;
    if (table_stays(in, p))
        return 0;
    if (!p->table_is_gpt && !in->phone.can_set_table)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "the phone's partition table is not the scatter's, and an agent of this generation "
                        "cannot write a table of that kind: a ROM with the phone's layout can be flashed");
    if (mtk_plan_item_for(in, p, "partition-table", &step.item, err) < 0)
        return -1;
    return mtk_plan_add_step(p, step, err);
}

/* ---- places ---- */

/* On NAND, where there are no boot areas, the boot loader's partition is at the very beginning. */
static void nand_boot_room(const struct mtk_gpt *table, const char *name, uint64_t *begin, uint64_t *room)
{
    const struct mtk_gpt_entry *own = mtk_gpt_find(table, name);
    if (own) {
        *begin = own->start;
        *room = own->size;
        return;
    }
    for (size_t i = 0; i < table->n_entries; i++)
        if (table->entries[i].start < *room)
            *room = table->entries[i].start;
}

/* A boot loader fills its area behind the header block. */
static int place_boot(const struct mtk_plan_phone *ph, struct mtk_item *it, const struct mtk_gpt *table,
                      struct mtk_error *err)
{
    const struct mtk_area *area = mtk_plan_area(ph, it->area);
    uint64_t begin = 0, room = area ? area->size : 0;
    it->header = mtk_preloader_header_len(mtk_storage_boot_device(ph->storage), ph->block ? ph->block : 512);
    if (area && strcmp(it->area, "nand") == 0)
        nand_boot_room(table, it->name, &begin, &room);
    if (!area || (it->second && !mtk_plan_area(ph, it->second)) || room <= it->header)
        return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, "the phone has no partition %s",
                        it->name);
    it->start = begin + it->header;
    it->size = room - it->header;
    it->named = true;
    return 0;
}

int mtk_plan_place(const struct mtk_plan_phone *ph, struct mtk_item *it, const struct mtk_gpt *table,
                   bool by_address, struct mtk_error *err)
{
    const char *user = mtk_storage_user_area(ph->storage);
    if (it->boot_region)
        return place_boot(ph, it, table, err);
    if (it->area && strcmp(it->area, user) != 0)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "%s lies in area %s, which this version does not write", it->name, it->area);
    const struct mtk_gpt_entry *e = mtk_gpt_find(table, it->name);
    if (!e)
        return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, "the phone has no partition %s",
                        it->name);
    it->area = user;
    it->start = e->start;
    it->size = e->size;
    it->named = !by_address;
    return 0;
}

int mtk_plan_places(const struct mtk_plan_input *in, struct mtk_plan *p, const struct mtk_gpt *table,
                    bool by_address, struct mtk_error *err)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->items[i].row && mtk_plan_place(&in->phone, &p->items[i], table, by_address, err) < 0)
            return -1;
    return 0;
}

/* ---- what must hold of every plan ---- */

/* A write may reach as far as its image when expanded, with all its holes. */
static bool touches(const struct mtk_plan *p, const struct mtk_plan_step *step, const char *area,
                    const struct mtk_gpt_entry *e)
{
    const struct mtk_item *it = &p->items[step->item];
    uint64_t len = step->action == MTK_DO_WRITE ? it->image.expanded_size : step->size;
    return step->area && strcmp(step->area, area) == 0 && step->start < e->start + e->size &&
           e->start < step->start + len;
}

/* A step that comes after what was saved of e has been brought back must not touch where it was brought to. */
static bool touches_restored(const struct mtk_plan *p, size_t k, const char *user, const char *name,
                             bool *restored)
{
    *restored = false;
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct mtk_plan_step *r = &p->steps[i];
        if (r->action != MTK_DO_RESTORE || strcmp(p->items[r->item].name, name) != 0)
            continue;
        const struct mtk_gpt_entry to = {.start = r->start, .size = r->size};
        *restored = true;
        if (i < k && touches(p, &p->steps[k], user, &to))
            return true;
    }
    return false;
}

static int check_identity(const struct mtk_plan_input *in, const struct mtk_plan *p, size_t k,
                          struct mtk_error *err)
{
    const struct mtk_plan_step *step = &p->steps[k];
    const char *user = mtk_storage_user_area(in->phone.storage);
    const struct mtk_gpt *t = in->phone.table;
    for (size_t i = 0; t && i < t->n_entries; i++) {
        const struct mtk_gpt_entry *e = &t->entries[i];
        bool restored;
        if (!mtk_policy_identity(e->name))
            continue;
        if (touches_restored(p, k, user, e->name, &restored) || (!restored && touches(p, step, user, e)))
            return mtk_fail(err, MTK_E_MTK_PROTECTED_PARTITION, MTK_EV_POLICY,
                            "%s of %s would touch %s, which holds data of this one phone",
                            mtk_action_word(step->action), p->items[step->item].name, e->name);
    }
    return 0;
}

static int check_erase(const struct mtk_plan_input *in, const struct mtk_plan *p,
                       const struct mtk_plan_step *step, struct mtk_error *err)
{
    const struct mtk_area *area = mtk_plan_area(&in->phone, step->area);
    uint32_t unit = in->phone.erase ? in->phone.erase : in->phone.block;
    if (area && range_fits(step->start, step->size, area->size) &&
        (!unit || (step->start % unit == 0 && step->size % unit == 0)))
        return 0;
    return mtk_fail(err, MTK_E_ERROR_ILLEGAL_ADDRESS, MTK_EV_POLICY,
                    "%s of %s: 0x%" PRIX64 " bytes at 0x%" PRIX64 " are not whole blocks of 0x%" PRIX32
                    " inside %s",
                    mtk_action_word(step->action), p->items[step->item].name, step->size, step->start, unit,
                    step->area ? step->area : "the storage");
}

int mtk_plan_check(const struct mtk_plan_input *in, const struct mtk_plan *p, struct mtk_error *err)
{
    for (size_t k = 0; k < p->n_steps; k++) {
        const struct mtk_plan_step *step = &p->steps[k];
        bool place = step->action == MTK_DO_ERASE || step->action == MTK_DO_RESTORE;
        if (place && check_erase(in, p, step, err) < 0)
            return -1;
        if ((step->action == MTK_DO_ERASE || step->action == MTK_DO_WRITE) &&
            check_identity(in, p, k, err) < 0)
            return -1;
    }
    return 0;
}
