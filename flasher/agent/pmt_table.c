/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/agent/pmt_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

/* Offsets of this kind are no places but marks of a scatter file (formats.md 3.4). */
#define RESERVED_FROM UINT64_C(0xFFFF0000)
#define RESERVED_END  UINT64_C(0x100000000)

/* Part ids of an entry: those of the eMMC's hardware partitions. */
#define PART_BOOT1 1u
#define PART_USER  8u

static int no_memory(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory for a partition table");
}

static bool reserved(const struct mtk_pmt_entry *e)
{
    return e->offset >= RESERVED_FROM && e->offset < RESERVED_END && strcasecmp(e->name, "BMTPOOL") == 0;
}

/* A part id says it; without one the name does. */
static bool in_boot_area(const struct mtk_pmt *p, const struct pmt_place *place,
                         const struct mtk_pmt_entry *e)
{
    if (place->nand)
        return false;
    if (p->stride == MTK_PMT_STRIDE_V3 && e->part_id >= PART_BOOT1 && e->part_id <= PART_USER)
        return e->part_id != PART_USER;
    return strcasecmp(e->name, "preloader") == 0;
}

/*
 * What has to be taken off the offsets. Linear ones cannot be smaller than what lies before the user area; if any is,
 * this table counts from the beginning of the area.
 */
static uint64_t shift_of(const struct mtk_pmt *p, const struct pmt_place *place)
{
    for (size_t i = 0; i < p->n; i++)
        if (!in_boot_area(p, place, &p->entries[i]) && p->entries[i].offset < place->before)
            return 0;
    return place->before;
}

static int add_entry(const struct mtk_pmt_entry *e, uint64_t shift, const struct pmt_place *place,
                     struct mtk_gpt *out, struct mtk_error *err)
{
    struct mtk_gpt_entry *t = &out->entries[out->n_entries];
    uint64_t start = e->offset - shift;
    /* Size 0 is the rest of the device. */
    uint64_t size = e->size || start >= place->room ? e->size : place->room - start;
    if (start >= place->room || !range_fits(start, size, place->room))
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "partition %s (0x%" PRIX64 " bytes at 0x%" PRIX64
                        ") lies outside the phone's storage",
                        e->name, e->size, e->offset);
    t->start = start;
    t->size = size;
    t->attributes = e->mask;
    snprintf(t->name, sizeof(t->name), "%s", e->name);
    out->n_entries++;
    return 0;
}

int pmt_to_table(const struct mtk_pmt *p, const struct pmt_place *place, struct mtk_gpt *out,
                 struct mtk_error *err)
{
    uint64_t shift = shift_of(p, place);
    *out = (struct mtk_gpt){.block_size = place->unit, .disk_size = place->room};
    out->entries = calloc(p->n ? p->n : 1, sizeof(*out->entries));
    if (!out->entries)
        return no_memory(err);
    for (size_t i = 0; i < p->n; i++) {
        const struct mtk_pmt_entry *e = &p->entries[i];
        if (in_boot_area(p, place, e) || reserved(e))
            continue;
        if (add_entry(e, shift, place, out, err) < 0) {
            mtk_gpt_release(out);
            return -1;
        }
    }
    return 0;
}

static void keep_boot_entries(const struct pmt_place *place, const struct mtk_pmt *old, struct mtk_pmt *out)
{
    if (place->nand)
        return;
    for (size_t i = 0; old && i < old->n; i++)
        if (in_boot_area(old, place, &old->entries[i]))
            out->entries[out->n++] = old->entries[i];
    if (out->n)
        return;
    struct mtk_pmt_entry *e = &out->entries[out->n++];
    *e = (struct mtk_pmt_entry){.size = place->before, .part_id = PART_BOOT1};
    snprintf(e->name, sizeof(e->name), "PRELOADER");
}

static int impossible(const struct mtk_gpt_entry *s, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                    "partition \"%.64s\" (0x%" PRIX64 " bytes at 0x%" PRIX64
                    ") cannot be in this phone's table",
                    s->name, s->size, s->start);
}

int pmt_from_table(const struct mtk_gpt *t, const struct pmt_place *place, const struct mtk_pmt *old,
                   struct mtk_pmt *out, struct mtk_error *err)
{
    uint64_t shift = old ? shift_of(old, place) : place->before;
    *out = (struct mtk_pmt){.stride = MTK_PMT_STRIDE_V3};
    out->entries = calloc(t->n_entries + (old ? old->n : 0) + 1, sizeof(*out->entries));
    if (!out->entries)
        return no_memory(err);
    keep_boot_entries(place, old, out);
    for (size_t i = 0; i < t->n_entries; i++) {
        const struct mtk_gpt_entry *s = &t->entries[i];
        struct mtk_pmt_entry *e = &out->entries[out->n++];
        size_t n = strlen(s->name);
        if (!range_fits(s->start, s->size, place->room) || !s->size || !n || n >= sizeof(e->name) - 1)
            return impossible(s, err);
        memcpy(e->name, s->name, n + 1);
        e->size = s->start + s->size == place->room ? 0 : s->size;
        e->part_id = place->nand ? 0 : PART_USER;
        e->offset = s->start + shift;
        e->mask = s->attributes;
    }
    return 0;
}
