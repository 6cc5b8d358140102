/* SPDX-License-Identifier: Apache-2.0 */
/* Which phone this is, for a backup to know it again. */
#ifndef FLASHER_VERIFIED_IDENTITY_H
#define FLASHER_VERIFIED_IDENTITY_H

#include "flasher/verified/backup.h"
#include "flasher/verified/session.h"

/* The ids of the phone of a session whose agent runs, as digests. */
void mtk_identity_of(const struct mtk_session *s, struct mtk_backup_phone *out);

#endif
