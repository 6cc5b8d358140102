/* SPDX-License-Identifier: Apache-2.0 */
/* Further preloaders of a ROM folder, whose DRAM settings serve where those of the first do not fit. */
#ifndef FLASHER_VERIFIED_PRELOADERS_H
#define FLASHER_VERIFIED_PRELOADERS_H

#include "flasher/agent/start.h"
#include "formats/file.h"
#include "formats/rom.h"

#define MTK_FURTHER_PRELOADERS 8u

struct mtk_preloaders {
    struct mtk_preloader_file files[MTK_FURTHER_PRELOADERS]; /* as the start of an agent takes them */
    struct mtk_blob blobs[MTK_FURTHER_PRELOADERS];
    char names[MTK_FURTHER_PRELOADERS][256];
    size_t n;
};

/*
 * Reads them in order of their names. One that cannot be read is passed over with a note to the sink: nobody asked for
 * it. Release with mtk_preloaders_release.
 */
void mtk_preloaders_read(const struct mtk_rom *rom, const struct mtk_sink *sink, struct mtk_preloaders *out);
void mtk_preloaders_release(struct mtk_preloaders *p);

#endif
