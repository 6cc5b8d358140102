/* SPDX-License-Identifier: Apache-2.0 */
/* Which generation of agent is at the other end, by what it says and when. Used by start.c only. */
#ifndef FLASHER_AGENT_RECOGNIZE_H
#define FLASHER_AGENT_RECOGNIZE_H

#include "flasher/agent/start.h"

/*
 * Reads what an agent sends after JUMP_DA up to and including its first byte C0, or the four bytes of an XML agent's
 * magic, and tells by it and by what follows unasked which speaker it needs. *kind: what files and chip say; it is
 * changed if the agent proves to be another. Nothing is sent. -1 and *err (never NULL) if it is none of the three.
 */
int agent_recognize(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                    enum mtk_agent_kind *kind, struct mtk_error *err);
/*
 * Says behind an error of the speaker's very first exchange that the agent may be of another generation than it was
 * taken for; leaves every other error alone. silent: it was taken for XFlash because it had not spoken as legacy.
 */
void agent_not_understood(const struct mtk_phone_id *id, enum mtk_agent_kind kind, bool silent,
                          struct mtk_error *err);
/* "XFlash", "legacy" or "XML". */
const char *agent_kind_name(enum mtk_agent_kind kind);

#endif
