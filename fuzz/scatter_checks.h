/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for a scatter that was read, in whichever form: it can be placed, written, and read again. */
#ifndef FUZZ_SCATTER_CHECKS_H
#define FUZZ_SCATTER_CHECKS_H

#include <string.h>

#include "base/cursor.h"
#include "formats/scatter.h"
#include "fuzz/fuzz.h"

static inline void place(const struct mtk_scatter *s, uint64_t region_size)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        uint64_t start, size;
        if (mtk_scatter_resolve(s, &s->rows[i], region_size, &start, &size, NULL) == 0)
            EXPECT(range_fits(start, size, region_size));
    }
}

/* What the writer makes of a table is a scatter that says the same. */
static inline void write_back(const struct mtk_scatter *s)
{
    size_t len, len2;
    char *text = mtk_scatter_write(s, &len);
    EXPECT(text);
    struct mtk_scatter back;
    EXPECT(mtk_scatter_parse(text, len, "back", NULL, &back, NULL) == 0);
    EXPECT(back.n_rows == s->n_rows && back.xml == s->xml);
    char *again = mtk_scatter_write(&back, &len2);
    EXPECT(again && len == len2 && memcmp(text, again, len) == 0);
    free(again);
    free(text);
    mtk_scatter_release(&back);
}

/* Parses a text as each of these storages and checks what comes of it. */
static inline void check_scatter(const char *text, size_t size)
{
    static const char *const storages[] = {NULL, "UFS"};
    for (size_t i = 0; i < 2; i++) {
        struct mtk_scatter s;
        struct mtk_error err = {0};
        if (mtk_scatter_parse(text, size, "fuzz", storages[i], &s, &err)) {
            EXPECT(err.row && err.what[0] && !s.rows);
            continue;
        }
        EXPECT(s.n_storages <= MTK_SCATTER_STORAGES);
        EXPECT(!s.n_storages || mtk_scatter_has_storage(&s, s.storage));
        place(&s, UINT64_C(0x1D2000000));
        place(&s, UINT64_MAX);
        place(&s, 0);
        for (size_t k = 0; k < s.n_rows; k++) {
            uint64_t base;
            const char *area = mtk_scatter_row_area(&s, &s.rows[k]);
            EXPECT(!area || area == mtk_region_area(s.rows[k].region));
            if (!mtk_scatter_linear_base(&s, s.rows[k].region, &base))
                EXPECT(base == 0);
        }
        write_back(&s);
        mtk_scatter_release(&s);
    }
}

#endif
