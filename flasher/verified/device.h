/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions to the phone of a session, through its agent. */
#ifndef FLASHER_VERIFIED_DEVICE_H
#define FLASHER_VERIFIED_DEVICE_H

#include "flasher/verified/session.h"

/* Area of that name, NULL if the phone has none. */
const struct mtk_area *mtk_device_area(const struct mtk_session *s, const char *name);
/* Name of the area that holds the partition table: "user", on UFS "lu2". */
const char *mtk_device_user_area(const struct mtk_session *s);
/* Reads len bytes into memory. 0, or -1 and *err. */
int mtk_device_read(struct mtk_session *s, const char *area, uint64_t addr, void *buf, size_t len,
                    struct mtk_error *err);
/* Reads the partition table into s->gpt, once a session. 0, or -1 with MTK_GPT_INVALID or what the agent says. */
int mtk_device_gpt(struct mtk_session *s, struct mtk_error *err);
/*
 * Refuses a phone whose storage verified writing does not know (anything but eMMC so far). 0, or -1 with
 * MTK_UNSUPPORTED.
 */
int mtk_device_supported(const struct mtk_session *s, struct mtk_error *err);
/*
 * Finds an item's partition: area, start and size from the phone's table; boot areas by their region. 0, or -1 with
 * MTK_NO_SUCH_PARTITION, MTK_UNSUPPORTED.
 */
int mtk_device_locate(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err);

#endif
