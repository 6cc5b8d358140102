/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What make-rom's Download Agents look like inside, and how the phone tells what was uploaded. A stage image is code
 * that begins with an ARM branch; at offset 0x20 stands a descriptor, at 0x80 the DA SLA key, at the end of stage 1 (before its signature) the
 * digest of stage 2, as in real containers (formats.md 1.7). An image whose bytes are damaged would crash on hardware:
 * the descriptor's sums over the whole image are how the simulated CPU notices. They are no digest, because nothing on
 * a phone hashes code that merely runs: what signatures and hashes protect is checked where the phone checks it.
 */
#ifndef SIMDEV_FIRMWARE_AGENT_IMAGE_H
#define SIMDEV_FIRMWARE_AGENT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/chips.h"

#define AGENT_DESCRIPTOR_OFFSET 0x20
#define AGENT_MAGIC             "MTKSIM-AGENT"
#define AGENT_DEP_FROM_END      0x30 /* digest of stage 2, counted from the end of stage 1 without signature */
#define AGENT_SLA_KEY_OFFSET    0x80 /* modulus of the DA SLA key, big-endian; zeros: no key */
#define AGENT_SLA_KEY_LEN       256
#define AGENT_IMAGE_MIN         0x200 /* shortest image: vectors, descriptor, key, digest of stage 2 */

struct agent_descriptor {
    enum mtk_agent_kind kind;
    unsigned stage;   /* 1 or 2 */
    uint32_t hw_code; /* BROM code of the chip it is built for */
    uint32_t address; /* where it must be loaded */
    unsigned year;    /* da_year of the behaviour table */
    unsigned version; /* what anti-rollback fuses are compared with; 0 counts as 1 */
    uint32_t length;  /* of the image without signature */
    bool intact;      /* the sums over the image are right */
    /* AGENT_SLA_KEY_LEN bytes, borrowed: modulus of the vendor's key for DA SLA (exponent 65537); NULL: none */
    const uint8_t *sla_modulus;
};

/*
 * Builds a stage image of `length` bytes (without signature): pseudo-code from seed, descriptor, and for stage 1 the
 * SHA-256 of stage 2 AGENT_DEP_FROM_END bytes before the end (dep, NULL for stage 2). `intact` is not looked at.
 * malloc'd; NULL: no memory, or length below AGENT_IMAGE_MIN.
 */
uint8_t *agent_image_build(const struct agent_descriptor *d, const uint8_t *dep_sha256, uint64_t seed);
/*
 * Reads the descriptor of an uploaded image (with or without signature behind it); sla_modulus then points into image.
 * False: none of ours.
 */
bool agent_image_parse(const uint8_t *image, size_t len, struct agent_descriptor *out);
/* The same without summing the image: `intact` stays false. For images that were verified by other means. */
bool agent_image_describe(const uint8_t *image, size_t len, struct agent_descriptor *out);

#endif
