/* SPDX-License-Identifier: Apache-2.0 */
/* What a job is about: which partitions, with which images, in which order. Needs no phone. */
#ifndef FLASHER_VERIFIED_PLAN_H
#define FLASHER_VERIFIED_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/event.h"
#include "formats/scatter.h"
#include "formats/sparse.h"
#include "include/mtkflash.h"

/* What is known about a partition of the phone. */
enum mtk_item_state {
    MTK_ITEM_UNTOUCHED, /* nothing was sent that could change it */
    MTK_ITEM_UNKNOWN,   /* a write or erase was begun and is not proven */
    MTK_ITEM_VERIFIED,  /* read back and proven */
};

/* One partition of a job. */
struct mtk_item {
    const struct mtk_scatter_row *row; /* borrowed; NULL if no scatter is involved */
    char name[64];
    struct mtk_image image; /* open from the checks to the end, so that what was checked is what is written */
    bool named;             /* whole partition, as opposed to a range given by numbers */
    bool boot_region;       /* lives in boot1/boot2 behind a header block that the agent makes */
    const char *area;       /* area on the phone; of a boot region the first copy */
    const char *second;     /* area of the second copy, NULL if there is none */
    uint64_t start, size;   /* range in the area, known once the phone's table was read */
    unsigned rank;
    const char *why;
    enum mtk_item_state state;
};

struct mtk_plan {
    struct mtk_item *items; /* owned */
    size_t n;
};

/*
 * Chooses the rows of a download: those with is_download and a file, without preloader and sec_ro unless they are
 * named, without identity partitions, in the order in which they are to be written. Files are not opened yet. Notes
 * about what was left out go to the sink. -1 with MTK_NO_SUCH_PARTITION, MTK_USAGE, MTK_UNSUPPORTED (mode),
 * MTK_PROTECTED_PARTITION or MTK_FILE_MISSING.
 */
int mtk_plan_select(const struct mtk_scatter *s, const struct mtkflash_selection *sel,
                    const struct mtk_sink *sink, struct mtk_plan *out, struct mtk_error *err);
/* Closes the images and frees the items. Harmless on a zeroed plan. */
void mtk_plan_release(struct mtk_plan *p);
/* Fills name, rank, why and area facts of an item from a name and a region (NULL: the user area). */
void mtk_item_init(struct mtk_item *it, const char *name, const char *region);
/* Bytes that all images define. */
uint64_t mtk_plan_bytes(const struct mtk_plan *p);
/* Names of the items in a state, separated by commas. malloc'd; NULL: out of memory. */
char *mtk_plan_names(const struct mtk_plan *p, enum mtk_item_state state);

#endif
