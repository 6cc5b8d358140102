/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the PMT module share: on-flash layout and the decoder. formats.md section 4.3. */
#ifndef FORMATS_PMT_LAYOUT_H
#define FORMATS_PMT_LAYOUT_H

#include "formats/pmt.h"

#define PMT_NAME_LEN 64u

/* Signatures, little-endian, of primary and mirror. */
#define PMT_SIG_V1        0x50547631u /* PTv1 */
#define PMT_SIG_V3        0x50547633u /* PTv3 */
#define PMT_SIG_MIRROR_V1 0x4D505431u /* MPT1 */
#define PMT_SIG_MIRROR_V3 0x4D505433u /* MPT3 */

/*
 * Decodes up to count entries of that stride (one of enum mtk_pmt_stride); an empty one ends the list. At least one
 * must be there. padded: names must be filled up with zeros, as tables in a guessed stride are not. disk_size 0: not
 * checked. On failure nothing is left to release.
 */
int pmt_decode(const uint8_t *data, size_t count, unsigned stride, bool padded, uint64_t disk_size,
               struct mtk_pmt *out, struct mtk_error *err);
/* Keeps the one with more entries in *best and releases the other. *t is empty afterwards. */
void pmt_keep_better(struct mtk_pmt *best, struct mtk_pmt *t);
/* Puts n entries into out, which is n strides of zeros. -1: a number does not fit into the 32-bit form. */
int pmt_encode(const struct mtk_pmt_entry *entries, size_t n, unsigned stride, uint8_t *out);

#endif
