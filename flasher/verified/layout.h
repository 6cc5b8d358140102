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
 * harmless for reserved rows, for the table's own rows, and where the last partition of the phone is larger than the
 * scatter says, because it is grown to fill the storage; everything else is fatal.
 */
void mtk_layout_compare(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                        const struct mtk_sink *sink, struct mtk_layout_result *out);
/*
 * A copy of the scatter with the places of the phone: rows that the phone does not have are left out, partitions that
 * the scatter does not have are added as rows that are never written. Release with mtk_scatter_release. -1: memory, or
 * too many rows.
 */
int mtk_layout_correct(const struct mtk_scatter *s, const struct mtk_gpt *gpt, const char *area,
                       struct mtk_scatter *out, struct mtk_error *err);

#endif
