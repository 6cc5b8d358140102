/* SPDX-License-Identifier: Apache-2.0 */
/* What the storage calls itself, in words: CID of an eMMC, ids of UFS and NAND. Pure. */
#ifndef FLASHER_VERIFIED_WORDS_H
#define FLASHER_VERIFIED_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/event.h"

/*
 * Decodes the storage's id. storage: "emmc" (CID as in the register, manufacturer byte first, 15 or 16 bytes), "ufs"
 * (16-bit manufacturer id, then the product's name), "nand" (READ ID bytes). name: product name that the agent knows,
 * "" if none. product (room for 33 bytes) holds the text that out->product points at. What is not known stays NULL.
 */
void mtk_storage_words(const char *storage, const uint8_t *id, size_t len, const char *name, char product[33],
                       struct mtk_ev_storage_id *out);

#endif
