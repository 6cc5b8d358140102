/* SPDX-License-Identifier: Apache-2.0 */
/* GUID partition tables as MediaTek phones keep them. Specification: formats.md section 4.2. */
#ifndef FORMATS_GPT_H
#define FORMATS_GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MTK_GPT_MAX_ENTRIES 256

struct mtk_gpt_entry {
    char name[73];        /* 36 UTF-16 units; characters outside ASCII become '?' */
    uint64_t start, size; /* bytes */
    uint64_t attributes;
};

struct mtk_gpt {
    uint32_t block_size;
    uint64_t disk_size; /* bytes */
    bool from_backup;
    struct mtk_gpt_entry *entries; /* owned */
    size_t n_entries;
    size_t n_hidden; /* used entries behind the end, which the phone does not see and others may */
};

/* Reads len bytes at offset of the disk into buf; 0 or -1 with *err. */
typedef int (*mtk_gpt_read_fn)(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err);

/*
 * Reads the primary table, and if it is damaged the backup at the last block of the disk, as the preloader does
 * (signature, header CRC, my_lba, entries CRC). Entries end at the first that starts at block 0, as for the preloader.
 * Rejects entries outside the disk, backwards, or overlapping: MTK_GPT_INVALID, without a look at the backup, because
 * the phone would use the primary. If `read` fails its error is passed on. On failure nothing is left to release.
 */
int mtk_gpt_read(mtk_gpt_read_fn read, void *ctx, uint64_t disk_size, uint32_t block_size,
                 struct mtk_gpt *out, struct mtk_error *err);
void mtk_gpt_release(struct mtk_gpt *g);
const struct mtk_gpt_entry *mtk_gpt_find(const struct mtk_gpt *g, const char *name);
/*
 * Makes both tables for a disk. *primary gets protective MBR + header + entries (34 blocks of 512, 6 of 4096),
 * *backup entries + header, to be placed at the end of the disk. malloc'd. guid_seed makes the GUIDs. -1: memory
 * (MTK_INTERNAL), or more than 128 entries, a name that is not 1 to 36 characters, or a range that is empty, not in
 * whole blocks, overlapping or outside the usable blocks (MTK_OUT_OF_RANGE).
 */
int mtk_gpt_write(const struct mtk_gpt *g, uint64_t guid_seed, uint8_t **primary, size_t *primary_len,
                  uint8_t **backup, size_t *backup_len, struct mtk_error *err);

#endif
