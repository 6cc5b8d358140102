/* SPDX-License-Identifier: Apache-2.0 */
/* A phone as the ROM imagines it, for plans that are made without one. */
#ifndef FLASHER_VERIFIED_PLAN_OFFLINE_H
#define FLASHER_VERIFIED_PLAN_OFFLINE_H

#include "flasher/verified/plan.h"

struct mtk_offline {
    struct mtk_plan_phone phone;
    struct mtk_area areas[3];
    struct mtk_gpt table; /* owned: mtk_gpt_release */
};

/*
 * The smallest phone with the storage of the scatter and exactly its layout. -1 with MTK_OUT_OF_RANGE if there can be
 * none, or memory. *o points into itself and must not be moved.
 */
int mtk_plan_offline(const struct mtk_scatter *s, struct mtk_offline *o, struct mtk_error *err);

#endif
