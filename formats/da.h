/* SPDX-License-Identifier: Apache-2.0 */
/* Download Agent containers. Specification: formats.md section 1. */
#ifndef FORMATS_DA_H
#define FORMATS_DA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MTK_DA_MAX_BYTES   (64u << 20)
#define MTK_DA_MAX_ENTRIES 128
#define MTK_DA_MAX_REGIONS 10

struct mtk_da_region {
    uint32_t offset, len; /* in the file, len including the signature */
    uint32_t address;
    uint32_t sig_offset, sig_len;
};

struct mtk_da_entry {
    uint16_t hw_code, hw_sub_code, hw_version, sw_version;
    uint32_t feature_set;
    uint16_t entry_region, n_regions;
    struct mtk_da_region region[MTK_DA_MAX_REGIONS];
};

struct mtk_da {
    const uint8_t *data; /* borrowed */
    size_t len;
    char identifier[65];
    bool v6;                      /* XML generation */
    struct mtk_da_entry *entries; /* owned */
    size_t n_entries;
};

/*
 * Parses a container with every check of section 1.8. data stays the caller's and must outlive *out. -1 with
 * S_INVALID_DA_FILE and the offset in the file. name is for messages.
 */
int mtk_da_parse(const uint8_t *data, size_t len, const char *name, struct mtk_da *out,
                 struct mtk_error *err);
void mtk_da_release(struct mtk_da *da);
/*
 * The entry for a phone (section 1.6): da_code is the chip table's alias of the hardware code; entries whose versions
 * exceed the phone's are dropped, the largest (hw_version, sw_version) wins, ties go to the first. 0 versions of the
 * phone mean unknown and pass. NULL if there is none.
 */
const struct mtk_da_entry *mtk_da_choose(const struct mtk_da *da, uint32_t da_code, uint32_t hw_version,
                                         uint32_t sw_version);
/* What is known of a phone that needs an agent. 0: unknown. */
struct mtk_da_target {
    uint32_t da_code; /* chip table's alias of the hardware code */
    uint32_t hw_code; /* the boot ROM's own */
    uint32_t hw_sub_code, hw_version, sw_version;
};
/*
 * As mtk_da_choose for either code, whichever this container uses (1.6): V6 files store the boot ROM's code, so it is
 * looked for first there, and the alias first in all others. Of entries with the same versions one whose hw_sub_code is
 * the phone's goes before one whose is not.
 */
const struct mtk_da_entry *mtk_da_choose_for(const struct mtk_da *da, const struct mtk_da_target *target);
/*
 * Stage 1 and stage 2 of an entry (1.3): both have code in front of their signature and a word-aligned address. -1 with
 * STATUS_DA_SECTION_NOT_FOUND if the entry has no such regions.
 */
int mtk_da_stages(const struct mtk_da *da, const struct mtk_da_entry *e, const struct mtk_da_region **stage1,
                  const struct mtk_da_region **stage2, struct mtk_error *err);

/* One region to put into a new container. */
struct mtk_da_build_region {
    const uint8_t *data; /* including the signature */
    uint32_t len, address, sig_len;
};
/* region[0] is the stub of a V5 entry; a V6 entry has none and region[0] is left empty (region 0 then repeats 1). */
struct mtk_da_build_entry {
    uint16_t hw_code, hw_sub_code, hw_version, sw_version;
    struct mtk_da_build_region region[3];
};
/*
 * Writes a V5 container (stride 0xDC, capacity 64). malloc'd; NULL: out of memory, n is not 1 to 64, identifier longer
 * than 64 characters, or more than MTK_DA_MAX_BYTES.
 */
uint8_t *mtk_da_write(const char *identifier, const struct mtk_da_build_entry *entries, size_t n,
                      size_t *len);
/*
 * Writes a V6 container of one entry (sections 1.3, 1.4, 1.9): packed slots, region 0 the same as region 1, absolute
 * sig_offset. NULL: out of memory, the identifier does not contain MTK_DA_v6 or is too long, a stage is empty or shorter
 * than its signature, or more than MTK_DA_MAX_BYTES. malloc'd.
 */
uint8_t *mtk_da_write_v6(const char *identifier, const struct mtk_da_build_entry *entry, size_t *len);

#endif
