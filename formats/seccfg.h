/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock state of verified boot in seccfg: read, never changed (formats.md 5.5). The digest at the end is enciphered
 * by the chip, so a host can show what it says but not whether it is genuine.
 */
#ifndef FORMATS_SECCFG_H
#define FORMATS_SECCFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mtk_lock_state { /* of version 4 */
                      MTK_LOCK_DEFAULT = 1,
                      MTK_LOCK_MP_DEFAULT = 2,
                      MTK_LOCK_UNLOCKED = 3,
                      MTK_LOCK_LOCKED = 4,
                      MTK_LOCK_VERIFIED = 5,
                      MTK_LOCK_CUSTOM = 6,
};

#define MTK_SECCFG_V4_LEN 0x3Cu

struct mtk_seccfg {
    unsigned version;                   /* 3 or 4 */
    uint32_t lock_state, critical_lock; /* version 4 as written; version 3: 0, its state is enciphered */
    const uint8_t *seal;                /* version 4: the 32 enciphered bytes, borrowed */
};

/* False if the bytes are no seccfg of a known version, or its lengths are wrong. */
bool mtk_seccfg_parse(const uint8_t *data, size_t len, struct mtk_seccfg *out);
/* "locked", "unlocked", ... ; "unknown" */
const char *mtk_seccfg_words(const struct mtk_seccfg *s);
/* Version 4 for a simulated phone: the digest of the first 28 bytes is XORed with mask (the phone's own). */
void mtk_seccfg_write(uint32_t lock_state, uint32_t critical_lock, const uint8_t mask[32],
                      uint8_t out[MTK_SECCFG_V4_LEN]);

#endif
