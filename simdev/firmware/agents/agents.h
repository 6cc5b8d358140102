/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent generations share: how they are started, how a refusal ends, and DRAM settings. Storage is in storage.h. */
#ifndef SIMDEV_FIRMWARE_AGENTS_AGENTS_H
#define SIMDEV_FIRMWARE_AGENTS_AGENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/chips.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/phone.h"

/*
 * What BROM or preloader leave for a stage-1 program, behind the phone's baton. A generation allocates its own state
 * from it (phone_alloc) and puts that on the baton for its stage 2.
 */
struct agent_start {
    const uint8_t *image; /* stage 1 as uploaded, signature included: holds the digest of stage 2 */
    size_t len;
    uint32_t address, sig_len;
    bool from_preloader; /* DRAM is up */
    bool ours; /* the descriptor below is that of the image; else (setting foreign_agent) it is made up */
    struct agent_descriptor d;
};

/* True if code built for hw_code runs on chip: the same chip, or one that DA files list under the same number. */
bool agent_fits_chip(const struct mtk_chip *chip, uint32_t hw_code);
/* hw_code as this phone reports it (the chip_id setting may lie). */
uint32_t agent_hw_code(struct mtksim *p);
/*
 * Does stage 1 accept these bytes as its stage 2 (without signature)? The digest inside stage 1 must be that of the
 * bytes; DRAM that corrupts makes it wrong. With a foreign agent nothing is known, and it does.
 */
bool agent_accepts_stage2(struct mtksim *p, const struct agent_start *s, const uint8_t *image, size_t len);
/* Is the USB link that the agent takes over a fast one? The boot ROM's is not, unless a setting says so (da-xflash.md 10). */
bool agent_link_is_fast(struct mtksim *p, const struct agent_start *s);
/* True if the fuses forbid an agent of this version (anti-rollback), or the setting anti_rollback says so. */
bool agent_rolled_back(struct mtksim *p, const struct agent_start *s);

/* A refusal was answered. Comes back if the agent stays in its command loop; the setting after_error says otherwise. */
void agent_after_error(struct mtksim *p);

/* ---- DRAM settings (formats.md 2.4) ---- */

enum agent_emi_verdict {
    AGENT_EMI_MATCH,
    AGENT_EMI_OTHER_VERSION, /* no DRAM settings, or not for this chip */
    AGENT_EMI_NO_MATCH,      /* no record for this board, or the records are cut off */
};
/* Size of one record of a version, 0 if unknown. */
uint32_t agent_emi_record_size(unsigned version);
/* Looks for the record that fits the board in bare records of that version. *record is its number. */
enum agent_emi_verdict agent_emi_records(struct mtksim *p, const uint8_t *records, size_t len,
                                         unsigned version, unsigned *record);
/* The same for a whole block from MTK_BLOADER_INFO on; its tag must say the version that this chip's agents know. */
enum agent_emi_verdict agent_emi_block(struct mtksim *p, const uint8_t *block, size_t len, unsigned *record);
/*
 * Runs the DRAM routine with a verdict: takes time, asks the fault hook, minds marginal DRAM. 0: DRAM is up. Otherwise
 * the error that a fault gives (fault kind "fail" with a value); AGENT_DRAM_HANGS if calibration would never return;
 * AGENT_DRAM_NO_MATCH if no record fits.
 */
#define AGENT_DRAM_HANGS    0xFFFFFFFFu
#define AGENT_DRAM_NO_MATCH 0xFFFFFFFEu
uint32_t agent_dram_init(struct mtksim *p, enum agent_emi_verdict verdict, const char *command);

/* ---- programs ---- */

void firmware_xflash_da1(struct mtksim *p);
void firmware_legacy_da1(struct mtksim *p);
void firmware_xml_da1(struct mtksim *p);

#endif
