/* SPDX-License-Identifier: Apache-2.0 */
/* A plan, shown or carried out. */
#ifndef FLASHER_VERIFIED_RUN_H
#define FLASHER_VERIFIED_RUN_H

#include "flasher/verified/session.h"

/* Shows the steps of the session's plan as STEP events: each with the verify step that follows it. */
void mtk_run_show(struct mtk_session *s);
/*
 * Carries the plan out. Everything is saved before anything is changed, and every file of a backup is compared with its
 * manifest before the first byte is written. 0, or -1 and *err.
 */
int mtk_run_plan(struct mtk_session *s, struct mtk_error *err);

#endif
