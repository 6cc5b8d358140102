/* SPDX-License-Identifier: Apache-2.0 */
/* Does a scatter's table agree with the phone's? Pure: no phone, no file. formats.md sections 3.4 and 4.6. */
#ifndef FLASHER_VERIFIED_LAYOUT_H
#define FLASHER_VERIFIED_LAYOUT_H

#include "base/event.h"
#include "formats/gpt.h"
#include "formats/scatter.h"

struct mtk_layout_result {
    unsigned fatal, harmless; /* differences of each kind */
    bool grown;     /* the last partition fills the storage: one of the harmless ones, and as it should be */
    char first[80]; /* partition of the first fatal one */
};

/*
 * Compares every row of the area `area` ("user") with the table. Each difference goes to the sink. A difference is
 * harmless for reserved rows, for the table's own rows, for boot loaders that the table leaves out, and where the last
 * partition of the phone is larger than the scatter says, because it is grown to fill the storage; everything else is
 * fatal.
 */
void mtk_layout_compare(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                        const struct mtk_sink *sink, struct mtk_layout_result *out);
/*
 * The table that the scatter asks for on storage of that size, in order of address; unit: what starts and sizes are
 * multiples of. The last partition (or the one marked NEEDRESIZE) is grown up to the reserved rows. now (may be NULL)
 * is the phone's table: reserved partitions, a partition that was grown already, attributes, and partitions with data of
 * this one phone that the scatter does not know stay as they are in it; reserved rows that it leaves out are added only if
 * there is to be a new table anyway. Release with mtk_gpt_release. -1 with
 * MTK_OUT_OF_RANGE (a row does not fit), ERROR_DATA_LOST (what must stay has no place), or memory.
 */
int mtk_layout_target(const struct mtk_scatter *s, const char *area, uint64_t size, uint32_t block,
                      uint32_t unit, const struct mtk_gpt *now, struct mtk_gpt *out, struct mtk_error *err);
/* True if both tables have the same partitions at the same places. */
bool mtk_layout_same(const struct mtk_gpt *a, const struct mtk_gpt *b);
/*
 * A copy of the scatter with the places of the phone: rows that the phone does not have are left out, partitions that
 * the scatter does not have are added as rows that are never written, reserved rows say again what 0xFFFFnnnn means for
 * the phone (3.4). Release with mtk_scatter_release. -1: memory, or too many rows.
 */
int mtk_layout_correct(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                       struct mtk_scatter *out, struct mtk_error *err);

/* The row that takes what is left of an area: marked NEEDRESIZE, or the last one that is not reserved. NULL if none. */
const struct mtk_scatter_row *mtk_layout_growable(const struct mtk_scatter *s, const char *area);

#endif
