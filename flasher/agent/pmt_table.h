/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PMT's entries as the table of the area that holds the partitions, and back. On eMMC the offsets of a PMT are
 * linear: they count the hardware partitions before the user area (formats.md 3.5), and the boot areas have entries of
 * their own, which no table of the user area has.
 */
#ifndef FLASHER_AGENT_PMT_TABLE_H
#define FLASHER_AGENT_PMT_TABLE_H

#include "formats/gpt.h"
#include "formats/pmt.h"

/* The storage that a PMT is about. */
struct pmt_place {
    bool nand;
    uint64_t before; /* bytes of the hardware partitions before the user area; 0 on NAND */
    uint64_t room;   /* bytes of the area that holds the partitions */
    uint32_t unit;   /* its smallest unit */
};

/*
 * Release *out with mtk_gpt_release. -1: MTK_GPT_INVALID if an entry lies outside the area; nothing is left to release
 * then. Marks of places that are none (0xFFFFnnnn, the pool of bad blocks) are left out.
 */
int pmt_to_table(const struct mtk_pmt *p, const struct pmt_place *place, struct mtk_gpt *out,
                 struct mtk_error *err);
/*
 * The entries for t. Those of boot areas are taken over from `old`; where there is none (NULL) one is made for the
 * preloader. The last partition, if it ends with the area, gets size 0. Release *out with mtk_pmt_release, also after
 * a failure (MTK_OUT_OF_RANGE: an entry that no PMT can hold).
 */
int pmt_from_table(const struct mtk_gpt *t, const struct pmt_place *place, const struct mtk_pmt *old,
                   struct mtk_pmt *out, struct mtk_error *err);

#endif
