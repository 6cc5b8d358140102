/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a phone demands before it takes an agent, and what is at hand for it: vendor's auth file and certificate, and the
 * keys of whoever owns the phone. Nothing is made here and nothing is guessed.
 */
#ifndef FLASHER_VERIFIED_CREDENTIALS_H
#define FLASHER_VERIFIED_CREDENTIALS_H

#include "flasher/verified/session.h"

/*
 * Reads the files and keys of the options into s->boot. Needs no phone. 0, or -1 with MTK_FILE_* or MTK_IMAGE_INVALID
 * (a key that is none).
 */
int mtk_credentials_read(struct mtk_session *s, struct mtk_error *err);
/*
 * Once the phone has said what it demands: takes from the ROM what the options left out and the phone wants, each with a
 * note, and says it all in s->auth_words.
 */
int mtk_credentials_for_phone(struct mtk_session *s, struct mtk_error *err);
/* Adds to s->auth_words what the agent demands beyond that, and where it comes from. */
void mtk_credentials_of_agent(struct mtk_session *s);
void mtk_credentials_release(struct mtk_session *s);

#endif
