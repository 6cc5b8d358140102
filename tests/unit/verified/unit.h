/* SPDX-License-Identifier: Apache-2.0 */
/* What cmocka wants before its own header, and small things that several of these programs need. */
#ifndef TESTS_UNIT_VERIFIED_UNIT_H
#define TESTS_UNIT_VERIFIED_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/event.h"
#include "formats/scatter.h"
#include "protocol/error_index.h"

#define assert_error(err, index) \
    assert_string_equal((err).row ? (err).row->symbol : "none", mtk_err_rows[index].symbol)

/* A row of a scatter in the user area. */
static inline struct mtk_scatter_row user_row(const char *name, uint64_t start, uint64_t size,
                                              const char *file)
{
    struct mtk_scatter_row r = {.linear_start = start,
                                .physical_start = start,
                                .size = size,
                                .is_download = file != NULL,
                                .boundary_check = true,
                                .operation = file ? MTK_OP_UPDATE : MTK_OP_INVISIBLE,
                                .region = "EMMC_USER",
                                .storage = "HW_STORAGE_EMMC"};
    snprintf(r.name, sizeof(r.name), "%s", name);
    snprintf(r.file_name, sizeof(r.file_name), "%s", file ? file : "");
    return r;
}

#endif
