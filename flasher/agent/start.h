/* SPDX-License-Identifier: Apache-2.0 */
/* From an identified phone to a running agent: choose the DA entry, upload both stages, bring up DRAM. */
#ifndef FLASHER_AGENT_START_H
#define FLASHER_AGENT_START_H

#include "flasher/agent/agent.h"
#include "flasher/boot/boot.h"

struct mtk_start_options {
    struct mtk_boot_options boot;
    const uint8_t *da; /* contents of the DA container */
    size_t da_len;
    const char *da_name;      /* its name, for errors */
    const uint8_t *preloader; /* contents of a preloader image, for its DRAM settings; NULL if none */
    size_t preloader_len;
    const char *preloader_name;
    uint32_t checksum_level; /* enum xflash_checksum_level bits; default of the CLI: USB + storage */
    uint32_t system_os;      /* 0 Windows (2 MiB read packets), 1 Linux (64 KiB) */
};

/*
 * Starts the agent that the container holds for this phone. chosen (may be NULL, else at least 128 bytes) gets the
 * choice in words. On success *out is the running agent (free with ops->destroy). On failure nothing of the phone's
 * flash has changed.
 */
int mtk_agent_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                    char *chosen, size_t chosen_len, struct mtk_agent **out, struct mtk_error *err);

/* The generation that runs is decided by the first bytes after JUMP_DA; this is the XFlash speaker's own entry. */
int mtk_xflash_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi, size_t emi_len,
                     struct mtk_agent **out, struct mtk_error *err);

#endif
