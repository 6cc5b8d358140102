/* SPDX-License-Identifier: Apache-2.0 */
/* Which partitions are what: identity, careful, critical. By name, as the field names them. */
#ifndef FLASHER_VERIFIED_POLICY_H
#define FLASHER_VERIFIED_POLICY_H

#include <stdbool.h>

/*
 * True if the partition holds data that exists only on this one phone (formats.md 5.6). Such partitions are written or
 * erased only where a backup brings them back. Case does not matter; slot suffixes (_a, _b) are looked through.
 */
bool mtk_policy_identity(const char *partition);
/* True if a download takes the partition only when it is named: preloader, sec_ro. */
bool mtk_policy_only_if_named(const char *partition);
/* True if the partition is a boot loader: preloader, preloader_backup, in any case and slot. */
bool mtk_policy_preloader(const char *partition);
/* True if the partition is the table itself: pgpt, sgpt. */
bool mtk_policy_table(const char *partition);
/* How late in a session a partition is written; higher is later. *why gets the reason in words (may be NULL). */
unsigned mtk_policy_rank(const char *partition, const char **why);

/* What an image of a partition should begin with. */
enum mtk_expected_header { MTK_EXPECT_ANY, MTK_EXPECT_MTK, MTK_EXPECT_BOOT, MTK_EXPECT_VBMETA };
enum mtk_expected_header mtk_policy_header(const char *partition);

#endif
