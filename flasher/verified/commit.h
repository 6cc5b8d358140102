/* SPDX-License-Identifier: Apache-2.0 */
/* Single steps of a plan, and the proof that follows each of them. */
#ifndef FLASHER_VERIFIED_COMMIT_H
#define FLASHER_VERIFIED_COMMIT_H

#include "flasher/verified/session.h"

/*
 * Writes an item whose place on the phone is known, as a step of that name ("write", "restore"), and proves it, as
 * another. 0, or -1 and *err; the item's state and s->changed say what is known of the phone afterwards.
 */
int mtk_commit_item(struct mtk_session *s, struct mtk_item *it, const char *action, struct mtk_error *err);
/* Erases the range of an item and proves that it reads as erased. */
int mtk_commit_erase(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);

/*
 * Writes the partition table of the plan, as a step, and proves it by reading it again. A GPT: second copy first, then
 * the first one (formats.md section 10, item 13). after: the second time that a PMT is written, behind the data.
 */
int mtk_commit_table(struct mtk_session *s, struct mtk_item *it, bool after, const char *why,
                     struct mtk_error *err);
/*
 * Reads a partition or range of an item into DIR.part of the session's backup, as a step, and proves the file against
 * the phone, as another. replace: what was saved of it before may differ; otherwise that is MTK_BACKUP_NEEDED. What
 * reads as empty never takes the place of something saved before.
 */
int mtk_commit_save(struct mtk_session *s, const struct mtk_item *it, const char *why, bool replace,
                    struct mtk_error *err);
/*
 * Opens the backup's copy of a partition as the image of the item, having compared its digest with the manifest. -1
 * with MTK_BACKUP_INVALID.
 */
int mtk_commit_take_saved(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);

#endif
