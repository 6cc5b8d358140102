/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof by reading back: every byte that an image defines is read from the phone, hashed, and compared with the image
 * as it is read from its file a second time. Only this sends VERIFIED events.
 */
#ifndef FLASHER_VERIFIED_PROOF_H
#define FLASHER_VERIFIED_PROOF_H

#include "flasher/verified/diff.h"
#include "flasher/verified/session.h"

/* Why there is a verify step behind every write step. */
#define MTK_PROOF_WHY "proof: read back and compared with the image"

/* Samples of what a partition held before it was written. Zero means none. */
struct mtk_samples {
    struct mtk_old old;
    uint8_t *data; /* owned */
};

/*
 * Reads samples from where the item will be written. Failure to read them is no reason not to write: then there are
 * none. -1 only if the agent was lost or the user cancelled.
 */
int mtk_samples_take(struct mtk_session *s, const struct mtk_item *it, struct mtk_samples *out,
                     struct mtk_error *err);
void mtk_samples_release(struct mtk_samples *m);

/*
 * Proves one item as a step of its own: VERIFIED or MISMATCH events (one for each copy of a boot area). sent: SHA-256
 * of what was sent, NULL if nothing was. samples may be NULL. 0, or -1 with MTK_VERIFY_MISMATCH or what the agent says.
 * The item's state becomes VERIFIED on success and is left alone otherwise.
 */
int mtk_proof_item(struct mtk_session *s, struct mtk_item *it, const uint8_t *sent,
                   const struct mtk_samples *samples, struct mtk_error *err);
/*
 * Proves that a range of an item's area reads as erased: all 00 or all FF. Large ranges are proven by samples (erased.h);
 * what was not looked at is `unread` in the VERIFIED event.
 */
int mtk_proof_erased(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);
/* Bytes that proving an item reads. */
uint64_t mtk_proof_bytes(const struct mtk_item *it);
/* How an erased range of that size is proven, as the why of a step. */
const char *mtk_proof_erased_why(uint64_t size);

#endif
