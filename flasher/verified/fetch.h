/* SPDX-License-Identifier: Apache-2.0 */
/* A range of the phone into a file. */
#ifndef FLASHER_VERIFIED_FETCH_H
#define FLASHER_VERIFIED_FETCH_H

#include "flasher/verified/outfile.h"
#include "flasher/verified/session.h"

/* What was read. */
struct mtk_fetched {
    uint8_t sha256[SHA256_LEN];
    bool blank; /* all bytes 00, or all FF */
};

/* Reads [start, start + size) of an area into an open file, which stays open. 0, or -1 and *err. */
int mtk_fetch(struct mtk_session *s, const char *area, uint64_t start, uint64_t size, struct mtk_outfile *f,
              struct mtk_fetched *out, struct mtk_error *err);

#endif
