/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM settings at hand: which blobs there are, and which of them fits. Shared by the start and the speakers. */
#ifndef FLASHER_AGENT_EMI_H
#define FLASHER_AGENT_EMI_H

#include "flasher/agent/start.h"

/* One set of DRAM settings: the block from MTK_BLOADER_INFO on, borrowed from a preloader image. */
struct agent_emi {
    const char *name; /* of the file, "" if it is not known any more */
    const uint8_t *blob;
    size_t len;
    unsigned version;
    const uint8_t *records; /* behind the tag */
    uint32_t count, record_size;
};

/* Takes a whole block apart. False if it is none (formats.md 2.4). */
bool agent_emi_open(const uint8_t *blob, size_t len, struct agent_emi *out);
/*
 * Versions of DRAM settings by the generation of the agents that a chip has (formats.md 2.4, da-legacy.md 2.6.1): up to
 * 23 they are of legacy chips, from 24 on of others, but for a few that were made by both in their time.
 */
bool agent_emi_fits(unsigned version, enum mtk_agent_kind kind);
/* The settings of further preloader k of the options; false if there is none, or it carries none that are whole. */
bool agent_emi_further(const struct mtk_start_options *opt, size_t k, struct agent_emi *out);
/* Notes in the agent's facts whose settings it took. name NULL, version 0: not known. */
void agent_emi_taken(struct mtk_agent_info *info, const char *name, unsigned version);
/*
 * The record for a storage whose id begins with the n bytes at id; its number, or -1. A lone record of discrete DRAM
 * is for every storage (da-legacy.md 2.6.1).
 */
int agent_emi_match(const struct agent_emi *e, const uint8_t *id, size_t n);

#endif
