/* SPDX-License-Identifier: Apache-2.0 */
/* What the planners of the modes share. Pure: no phone, no file. */
#ifndef FLASHER_VERIFIED_PLAN_STEPS_H
#define FLASHER_VERIFIED_PLAN_STEPS_H

#include "flasher/verified/plan.h"
#include "formats/preloader.h"

#define MTK_NO_ITEM SIZE_MAX

/* Area of that name, NULL if the phone has none. */
const struct mtk_area *mtk_plan_area(const struct mtk_plan_phone *ph, const char *name);
/* Name of the area that holds the partitions: "user", "lu2" or "nand". */
const char *mtk_storage_user_area(const char *storage);
/* Region that a boot loader's row has on such storage, for a boot loader that no scatter names. */
const char *mtk_storage_boot_region(const char *storage, const char *name);
enum mtk_boot_device mtk_storage_boot_device(const char *storage);
/* Bytes of the first copy of a GPT: protective MBR, header, 128 entries. The second copy is a block shorter. */
uint64_t mtk_table_bytes(uint32_t block);
/* Index of the item with that name, MTK_NO_ITEM if there is none. */
size_t mtk_plan_find(const struct mtk_plan *p, const char *name);
/* The item of a partition of the user area, made if need be. -1: memory. */
int mtk_plan_item_for(const struct mtk_plan_input *in, struct mtk_plan *p, const char *name, size_t *index,
                      struct mtk_error *err);
/* Appends a step. -1: memory. */
int mtk_plan_add_step(struct mtk_plan *p, struct mtk_plan_step step, struct mtk_error *err);
/*
 * Gives an item its place: a boot loader behind the header block of its area, everything else by the table.
 * by_address: the agent may know another table, so nothing but boot loaders goes by name. -1 with
 * MTK_NO_SUCH_PARTITION, or MTK_UNSUPPORTED for an area that is neither.
 */
int mtk_plan_place(const struct mtk_plan_phone *ph, struct mtk_item *it, const struct mtk_gpt *table,
                   bool by_address, struct mtk_error *err);
/* The same for all items with a row. */
int mtk_plan_places(const struct mtk_plan_input *in, struct mtk_plan *p, const struct mtk_gpt *table,
                    bool by_address, struct mtk_error *err);
/* True if a step of the plan erases where the firmware of an eMMC phone looks for its PMT (formats.md 4.3). */
bool mtk_plan_erases_pmt(const struct mtk_plan_input *in, const struct mtk_plan *p);
/*
 * Decides which kind of table p->table is going to be, and appends the step that writes it. after: what has to be said
 * once more behind the data, as a PMT has (da-legacy.md 5.8 WRITE); nothing for a GPT. No step where the agent cannot
 * write the table of a NAND, and it is right already. -1 with MTK_UNSUPPORTED if the
 * agent cannot, MTK_OUT_OF_RANGE if the table does not fit.
 */
int mtk_plan_table_step(const struct mtk_plan_input *in, struct mtk_plan *p, bool after, const char *why,
                        struct mtk_error *err);
/*
 * Boot loaders of a scatter: two rows at most (ERROR_UNKNOWN_ROM, 8506), all of them written or none
 * (ERROR_BL_INCONSISTENT, 8501). *enabled: they are written.
 */
int mtk_plan_check_boots(const struct mtk_scatter *s, const struct mtk_plan *p, bool *enabled,
                         struct mtk_error *err);
/* Appends the WRITE steps of all items with an image, in order of rank. */
int mtk_plan_writes(struct mtk_plan *p, struct mtk_error *err);
/*
 * Erase ranges must be whole units of the storage and inside it: ERROR_ILLEGAL_ADDRESS (8505) before anything is sent.
 * No erase or write may touch a partition with data of this one phone unless that is restored by a later step:
 * MTK_PROTECTED_PARTITION. Both are asked of every finished plan.
 */
int mtk_plan_check(const struct mtk_plan_input *in, const struct mtk_plan *p, struct mtk_error *err);
/* True if the backup has a partition of that name; *size (may be NULL) gets its length. */
bool mtk_plan_backed_up(const struct mtk_plan_backup *b, const char *name, uint64_t *size);
/* True if the row is what stands in the partition table of the user area: a name, a size, and not the table itself. */
bool mtk_row_in_table(const struct mtk_scatter_row *row, const char *area);
/* True if the row is a boot loader. */
bool mtk_row_is_boot(const struct mtk_scatter_row *row);

#endif
