/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks against flashing, as a score with its reasons. A table of named, weighted facts; no fact, no points. */
#ifndef FLASHER_VERIFIED_RISK_H
#define FLASHER_VERIFIED_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"

/* The facts. False or 0 where nothing is known. */
struct mtk_risk_facts {
    bool preloader;          /* a boot area is written */
    bool preloader_hash_bad; /* and its file does not have the hash that it carries */
    bool no_checksums;       /* the ROM has no Checksum.ini that is switched on */
    bool checksums_partial;  /* it has, but not for every image that is written */
    bool table_differs;      /* harmless differences between scatter and phone */
    bool table_from_backup;  /* the phone's first partition table is damaged */
    bool chip_unknown;       /* no row in the chip table */
    bool chip_untested;      /* a row that was never tried on hardware */
    bool foreign_agent;      /* Download Agent or preloader settings from outside the ROM */
    bool header_doubtful;    /* an image does not begin as its kind does */
    bool format_all;         /* everything on the phone is erased */
    bool new_layout;         /* the partition table is written */
    uint32_t battery_mv;     /* 0: not known */
};

#define MTK_RISK_MAX 16

/* Fills factors (room for MTK_RISK_MAX) with those that hold, heaviest first; returns how many. *score is 0..100. */
size_t mtk_risk_assess(const struct mtk_risk_facts *f, struct mtk_ev_risk_factor *factors, int *score);
/* The same, sent as a RISK event. */
void mtk_risk_emit(const struct mtk_risk_facts *f, const struct mtk_sink *sink);

#endif
