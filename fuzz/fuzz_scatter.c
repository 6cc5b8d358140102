/* SPDX-License-Identifier: Apache-2.0 */
/* Scatter files: parsed, placed on storages of several sizes, written, and parsed again. */
#include <string.h>

#include "base/cursor.h"
#include "formats/scatter.h"
#include "fuzz/fuzz.h"

static void place(const struct mtk_scatter *s, uint64_t region_size)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        uint64_t start, size;
        if (mtk_scatter_resolve(s, &s->rows[i], region_size, &start, &size, NULL) == 0)
            EXPECT(range_fits(start, size, region_size));
    }
}

/* What the writer makes of a table is a scatter that says the same. */
static void write_back(const struct mtk_scatter *s)
{
    size_t len, len2;
    char *text = mtk_scatter_write(s, &len);
    EXPECT(text);
    struct mtk_scatter back;
    EXPECT(mtk_scatter_parse(text, len, "back", NULL, &back, NULL) == 0);
    EXPECT(back.n_rows == s->n_rows);
    char *again = mtk_scatter_write(&back, &len2);
    EXPECT(again && len == len2 && memcmp(text, again, len) == 0);
    free(again);
    free(text);
    mtk_scatter_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const storages[] = {NULL, "UFS"};
    for (size_t i = 0; i < 2; i++) {
        struct mtk_scatter s;
        struct mtk_error err = {0};
        if (mtk_scatter_parse((const char *)data, size, "fuzz", storages[i], &s, &err)) {
            EXPECT(err.row && err.what[0] && !s.rows);
            continue;
        }
        place(&s, UINT64_C(0x1D2000000));
        place(&s, UINT64_MAX);
        place(&s, 0);
        for (size_t k = 0; k < s.n_rows; k++)
            mtk_region_area(s.rows[k].region);
        write_back(&s);
        mtk_scatter_release(&s);
    }
    return 0;
}
