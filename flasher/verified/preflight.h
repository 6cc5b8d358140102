/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that must hold before the first byte is written. What needs no phone is checked before one is opened,
 * and the chip right after it has said what it is.
 */
#ifndef FLASHER_VERIFIED_PREFLIGHT_H
#define FLASHER_VERIFIED_PREFLIGHT_H

#include "flasher/verified/risk.h"
#include "flasher/verified/session.h"

/*
 * Opens the image of every item of the plan and checks files: there, readable, not empty, whole, not larger than
 * their partition, a preloader in plain form, and with the sums that Checksum.ini gives. Facts are noted for the risk.
 */
int mtk_preflight_files(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err);
/*
 * Checks an image on its own against what its partition must hold; used for images without a scatter too. Warnings
 * go to the sink.
 */
int mtk_preflight_image(struct mtk_session *s, const struct mtk_item *it, struct mtk_risk_facts *facts,
                        struct mtk_error *err);
/* The scatter's platform is this phone's chip. -1 with STATUS_SCATTER_HW_CHIP_ID_MISMATCH. */
int mtk_preflight_chip(const struct mtk_scatter *scatter, const struct mtk_phone_id *id,
                       struct mtk_error *err);
/*
 * With the agent running: the scatter is for this storage. Of a file with several sections that of this phone is
 * taken: then *changed is true, and what was borrowed from the ROM before is gone. -1 with STATUS_STORAGE_MISMATCH,
 * MTK_UNSUPPORTED.
 */
int mtk_preflight_storage(struct mtk_session *s, bool *changed, struct mtk_error *err);
/* The layout of the phone is that of the scatter. -1 with MTK_GPT_INVALID, STATUS_LAYOUT_CHANGED. */
int mtk_preflight_table(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err);
/* Every image of the plan fits where it goes on this phone, and its preloader is for this kind of chip. */
int mtk_preflight_rooms(struct mtk_session *s, struct mtk_error *err);
/* Notes what the phone itself says of the risk. */
void mtk_preflight_facts(const struct mtk_session *s, struct mtk_risk_facts *facts);
/*
 * A preloader of another chip bricks the phone, and its file need not name its chip. What tells the families apart is the
 * version of the DRAM settings: that of a preloader to be written must be that of the settings which this session
 * brought along for this phone. -1 with MTK_IMAGE_INVALID. Call after the agent was started.
 */
int mtk_preflight_family(const struct mtk_session *s, struct mtk_error *err);
/* An image fits the place that was found for it on the phone. */
int mtk_preflight_fits(const struct mtk_item *it, struct mtk_error *err);
/* True if the platform word of a scatter means one of these chips ("MT6737M/MT6735G"); a suffix letter is tolerated. */
bool mtk_preflight_same_chip(const char *platform, const char *names);

#endif
