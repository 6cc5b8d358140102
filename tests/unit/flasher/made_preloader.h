/* SPDX-License-Identifier: Apache-2.0 */
/* A preloader file with one record of DRAM settings. */
#ifndef TESTS_UNIT_FLASHER_MADE_PRELOADER_H
#define TESTS_UNIT_FLASHER_MADE_PRELOADER_H

#include "formats/preloader.h"

/* type: of the record's DRAM and storage. The caller frees it. */
static inline uint8_t *made_preloader(const char *project_file, unsigned version, uint32_t type, size_t *len)
{
    static const uint8_t code[64] = {1};
    const struct mtk_emi_record record = {.type = type, .rank_size = {0x40000000}};
    const struct mtk_preloader_build b = {.project_file = project_file,
                                          .emi_version = version,
                                          .records = &record,
                                          .n_records = 1,
                                          .code = code,
                                          .code_len = sizeof(code),
                                          .max_size = 0x40000,
                                          .load_addr = 0x201000};
    uint8_t *image = mtk_preloader_write(&b, len);
    assert_non_null(image);
    return image;
}

#endif
