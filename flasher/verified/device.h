/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions to the phone of a session, through its agent. */
#ifndef FLASHER_VERIFIED_DEVICE_H
#define FLASHER_VERIFIED_DEVICE_H

#include "flasher/verified/session.h"

/* Area of that name, NULL if the phone has none. */
const struct mtk_area *mtk_device_area(const struct mtk_session *s, const char *name);
/* Name of the area that holds the partitions: "user", on UFS "lu2", on NAND "nand". */
const char *mtk_device_user_area(const struct mtk_session *s);
/* Smallest unit that is written or erased, in bytes; never 0. */
uint32_t mtk_device_block(const struct mtk_session *s);
uint32_t mtk_device_erase_unit(const struct mtk_session *s);
/* True if a block must be erased before it can be written. */
bool mtk_device_erases_first(const struct mtk_session *s);
/* Reads len bytes into memory. 0, or -1 and *err. */
int mtk_device_read(struct mtk_session *s, const char *area, uint64_t addr, void *buf, size_t len,
                    struct mtk_error *err);
/*
 * Reads the partition table into s->table, once a session: the GPT from the storage itself, where such a phone has one,
 * else what the agent gives. 0, or -1 with MTK_GPT_INVALID or what the agent says.
 */
int mtk_device_table(struct mtk_session *s, struct mtk_error *err);
/* Forgets the table that was read, because another was written. */
void mtk_device_forget_table(struct mtk_session *s);
/* "gpt", "pmt", "catalogue"; NULL if no table was read. */
const char *mtk_device_table_word(const struct mtk_session *s);
/*
 * 1 if a phone without a table is an empty one, as from the factory or after an erase: 00 or FF where a table would be, and
 * where the scatter has what exists only once. 0 if there is something, with a note about where. -1 and *err.
 */
int mtk_device_blank(struct mtk_session *s, const struct mtk_scatter *scatter, struct mtk_error *err);
/* What a planner needs to know; points into the session. */
void mtk_device_facts(const struct mtk_session *s, struct mtk_plan_phone *out);
/*
 * Refuses a phone without storage, or with a kind that nobody here knows. 0, or -1 with MTK_UNSUPPORTED.
 */
int mtk_device_supported(const struct mtk_session *s, struct mtk_error *err);
/*
 * Finds an item's partition: area, start and size from the phone's table; boot areas by their region. 0, or -1 with
 * MTK_NO_SUCH_PARTITION, MTK_UNSUPPORTED.
 */
int mtk_device_locate(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);

#endif
