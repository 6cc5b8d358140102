/* SPDX-License-Identifier: Apache-2.0 */
/* What a user names on the command line: a partition, or a range of an area by numbers. */
#ifndef FLASHER_VERIFIED_TARGET_H
#define FLASHER_VERIFIED_TARGET_H

#include "flasher/verified/session.h"

struct mtk_target {
    char text[64];      /* as given, for events */
    bool range;         /* by numbers */
    char area[8];       /* range: area, "" for the user area */
    uint64_t addr, len; /* range */
};

/*
 * Reads "NAME", "@ADDR+LEN" or "AREA@ADDR+LEN"; numbers are decimal or 0x hex with an optional K, M or G (of 1024).
 * -1 with MTK_USAGE.
 */
int mtk_target_parse(const char *what, struct mtk_target *out, struct mtk_error *err);
/* What can be said against writing or erasing it without asking the phone: MTK_PROTECTED_PARTITION. */
int mtk_target_policy(const struct mtk_target *t, struct mtk_error *err);
/* Finds it on the phone for reading: fills name, area, start, size of *it. Whole areas may be named too. */
int mtk_target_for_reading(struct mtk_session *s, const struct mtk_target *t, struct mtk_item *it,
                           struct mtk_error *err);
/*
 * Finds it for writing or erasing. Ranges must begin on a block, must not touch a partition with data of this one
 * phone, and without a readable partition table only the table's own blocks can be written.
 */
int mtk_target_for_writing(struct mtk_session *s, const struct mtk_target *t, bool erase, struct mtk_item *it,
                           struct mtk_error *err);

#endif
