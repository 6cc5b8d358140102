/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic ROMs for transcripts, one a chip, made when a transcript first asks for it. */
#ifndef TESTS_SESSION_WIRE_ROM_SET_H
#define TESTS_SESSION_WIRE_ROM_SET_H

#include "protocol/chips.h"
#include "tests/session/wire/transcript.h"

struct rom_of_chip {
    char chip[16], dir[64];
    struct transcript_blobs blobs;
    uint32_t da1_address, da2_address;
    enum mtk_agent_kind kind; /* how its agents speak */
    bool slc;                 /* legacy ones want a list of SLC partitions (da-legacy.md 2.4) */
};

/* Fails the running test if the ROM cannot be made. Lives until rom_set_release. */
const struct rom_of_chip *rom_set_get(const char *chip);
void rom_set_release(void);

#endif
