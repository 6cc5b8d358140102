/* SPDX-License-Identifier: Apache-2.0 */
/* Scatter files: which image goes where. Specification: formats.md section 3. */
#ifndef FORMATS_SCATTER_H
#define FORMATS_SCATTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MTK_SCATTER_MAX_ROWS  512
#define MTK_SCATTER_MAX_BYTES (4u << 20)
#define MTK_SCATTER_STORAGES  4 /* sections that one file can have */

enum mtk_operation {
    MTK_OP_BOOTLOADERS,
    MTK_OP_UPDATE,
    MTK_OP_INVISIBLE,
    MTK_OP_PROTECTED,
    MTK_OP_RESERVED,
    MTK_OP_BINREGION,
    MTK_OP_NEEDRESIZE,
    MTK_OP_UNKNOWN,
};

struct mtk_scatter_row {
    char name[64];
    char file_name[256]; /* "" for NONE */
    bool is_download;
    char type[24];
    uint64_t linear_start, physical_start; /* as written; reserved rows: 0xFFFFnnnn */
    uint64_t size;
    char region[24];  /* EMMC_USER, EMMC_BOOT1_BOOT2, ... */
    char storage[24]; /* HW_STORAGE_EMMC, ... */
    bool boundary_check, is_reserved;
    enum mtk_operation operation;
    char operation_text[24];
    bool is_upgradable, empty_boot_needed;
    unsigned line; /* where the record starts */
};

struct mtk_scatter {
    char path[4096]; /* as given to the reader; "" if parsed from memory */
    char config_version[16], platform[24], project[64], storage[16], boot_channel[16];
    uint32_t block_size;
    bool xml; /* was read from the XML form, and is written back as such */
    /* Storages that the file has sections for, as it spells them; a file without sections has the one of `storage`. */
    char storages[MTK_SCATTER_STORAGES][16];
    size_t n_storages;
    struct mtk_scatter_row *rows; /* owned */
    size_t n_rows;
};

/*
 * Parses a text scatter (V1.1.x; of V2.1.0 the section named by `storage`, or the first if NULL) or, if the text begins
 * with '<' behind a byte order mark and blanks, the XML form V2.2.0, of which one section is taken likewise. name is for
 * error messages. Rejects duplicate names, ranges that overlap or run backwards inside one region, sizes that
 * overflow, names and file names that are too long, bad numbers; each with file and line. In XML the same row twice in a
 * section counts once; another outermost element than <root>, a document type, an entity, more than 32 levels, a name
 * or a text longer than 4096 bytes are refused. Errors: S_DL_SCAT_INCORRECT_FORMAT, S_DL_LOAD_REGION_IS_OVERLAP, S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER,
 * S_DL_SCAT_VERSION_UNSUPPORTED (pre-V1.1 files too). Release with mtk_scatter_release.
 */
int mtk_scatter_parse(const char *text, size_t len, const char *name, const char *storage,
                      struct mtk_scatter *out, struct mtk_error *err);
/* Reads a file and parses it. */
int mtk_scatter_read(const char *path, const char *storage, struct mtk_scatter *out, struct mtk_error *err);
void mtk_scatter_release(struct mtk_scatter *s);
/* Row by exact name, NULL if there is none. */
const struct mtk_scatter_row *mtk_scatter_find(const struct mtk_scatter *s, const char *name);
/*
 * Resolves a row of s to a byte range of its region, for a region of region_size bytes: reserved rows are counted from
 * the end by their sizes (section 3.4), size 0 is what is left up to the next row or the reserved ones. In V1.1.1 files
 * whose physical addresses are all 0 the linear ones are used. -1 with MTK_OUT_OF_RANGE if it does not fit in front of
 * the region's reserved rows.
 */
int mtk_scatter_resolve(const struct mtk_scatter *s, const struct mtk_scatter_row *row, uint64_t region_size,
                        uint64_t *start, uint64_t *size, struct mtk_error *err);
/*
 * Where a region begins in the linear space (section 3.5), as the file has it: PMT tables and the commands of legacy
 * agents count the boot areas before the user area. 0 in files of GPT phones. False if the file has no row that tells.
 */
bool mtk_scatter_linear_base(const struct mtk_scatter *s, const char *region, uint64_t *base);
/* Bytes that one unit of 0xFFFFnnnn stands for (3.4): 128 KiB on eMMC, the file's block_size elsewhere. */
uint32_t mtk_scatter_unit(const struct mtk_scatter *s);
/* True if the file describes that storage ("emmc", "UFS", ... case ignored), be it in a section that was not read. */
bool mtk_scatter_has_storage(const struct mtk_scatter *s, const char *storage);
/* Area name ("boot1", "user", "lu2") that a region name stands for; NULL if unknown. EMMC_BOOT1_BOOT2 gives "boot1". */
const char *mtk_region_area(const char *region);
/*
 * Area that a row of s is in. As mtk_region_area, but NONE is "nand" only where the scatter is one of NAND: elsewhere
 * a row of region NONE has no place, and NULL is returned.
 */
const char *mtk_scatter_row_area(const struct mtk_scatter *s, const struct mtk_scatter_row *row);
/* True if the region means both boot copies. */
bool mtk_region_both_boots(const char *region);
/*
 * Writes the XML form V2.2.0 (section 3.6), a complete section for each storage; all n scatters describe the same
 * platform and project. malloc'd, NULL: memory or n is 0.
 */
char *mtk_scatter_write_xml(const struct mtk_scatter *const *sections, size_t n, size_t *len);
/*
 * Writes the form that sections[0] was read from: XML; the text form V2.1 with a section for each storage (3.3); or,
 * if n is 1, the text form V1.1.2 in the order and with the banners that the field's tools expect. All n scatters
 * describe the same platform and project. malloc'd, NULL: memory, or n sections do not go into that form.
 */
char *mtk_scatter_write_sections(const struct mtk_scatter *const *sections, size_t n, size_t *len);
/* The same for one. malloc'd, NULL: memory. */
char *mtk_scatter_write(const struct mtk_scatter *s, size_t *len);

#endif
