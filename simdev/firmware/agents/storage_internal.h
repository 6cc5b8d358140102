/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the storage engine: what its parts share. See storage.h. */
#ifndef SIMDEV_FIRMWARE_AGENTS_STORAGE_INTERNAL_H
#define SIMDEV_FIRMWARE_AGENTS_STORAGE_INTERNAL_H

#include "simdev/firmware/agents/storage.h"

#define AG_SCRATCH_LEN 0x10000u
#define AG_GPT_BLOCKS  2u /* of the user area: less than header and one more block is no disk */

/* What the engine keeps until the next reset. */
struct ag_store {
    uint8_t *scratch;          /* AG_SCRATCH_LEN bytes */
    struct ag_partition *rows; /* AG_PARTITIONS_MAX, for look-ups */
    uint16_t *map;             /* NAND: logical to physical blocks */
    uint8_t *block;            /* NAND: room for one block */
};

struct ag_store *ag_store_of(struct mtksim *p);
uint8_t *ag_scratch(struct mtksim *p);

/* ---- NAND, storage_nand.c: byte offsets; logical ones through the map unless the place is physical ---- */

/* The map, made at the first call: blocks that are bad and have no replacement yet get one, as agents do. */
uint16_t *ag_nand_map(struct mtksim *p);
enum ag_result ag_nand_read(struct mtksim *p, bool physical, uint64_t offset, void *buf, size_t len);
/* Programs: bits go from 1 to 0 only. A block is erased when its first byte is written. */
enum ag_result ag_nand_write(struct mtksim *p, bool physical, uint64_t offset, const void *buf, size_t len);
enum ag_result ag_nand_erase(struct mtksim *p, bool physical, uint64_t offset, uint64_t len);

/* ---- policy, storage_policy.c ---- */

/* Secure boot is fused and verified boot not unlocked. */
bool ag_is_locked(struct mtksim *p);

/* ---- PMT, storage_pmt.c ---- */

enum ag_result ag_pmt_read(struct mtksim *p, struct ag_partition *rows, size_t max, size_t *n);

#endif
