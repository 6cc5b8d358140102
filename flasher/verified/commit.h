/* SPDX-License-Identifier: Apache-2.0 */
/* Writing one item of a plan, and the proof that follows it. */
#ifndef FLASHER_VERIFIED_COMMIT_H
#define FLASHER_VERIFIED_COMMIT_H

#include "flasher/verified/session.h"

/*
 * Writes an item whose place on the phone is known, as a step, and proves it, as another. 0, or -1 and *err; the
 * item's state and s->changed say what is known of the phone afterwards.
 */
int mtk_commit_item(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);
/* Erases the range of an item and proves that it reads as erased. */
int mtk_commit_erase(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);

#endif
