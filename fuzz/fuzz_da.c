/* SPDX-License-Identifier: Apache-2.0 */
/* Download Agent containers: parsed, entries chosen, and every byte of every region touched at its ends. */
#include "base/cursor.h"
#include "formats/da.h"
#include "fuzz/fuzz.h"

static void touch(const struct mtk_da *da, const struct mtk_da_region *r)
{
    if (!r->len)
        return;
    EXPECT(range_fits(r->offset, r->len, da->len));
    EXPECT(r->sig_len <= r->len);
    volatile uint8_t sink = (uint8_t)(da->data[r->offset] ^ da->data[r->offset + r->len - 1]);
    (void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtk_da da;
    struct mtk_error err = {0};
    if (mtk_da_parse(data, size, "fuzz", &da, &err)) {
        EXPECT(err.row && err.what[0] && !da.entries);
        return 0;
    }
    for (size_t i = 0; i < da.n_entries; i++) {
        const struct mtk_da_entry *e = &da.entries[i];
        EXPECT(e->n_regions >= 1 && e->n_regions <= MTK_DA_MAX_REGIONS && e->entry_region < e->n_regions);
        for (size_t k = 0; k < e->n_regions; k++)
            touch(&da, &e->region[k]);
        const struct mtk_da_entry *best = mtk_da_choose(&da, e->hw_code, e->hw_version, e->sw_version);
        EXPECT(best && best->hw_code == e->hw_code &&
               best->hw_version <= (e->hw_version ? e->hw_version : 0xFFFF));
        const struct mtk_da_region *s1, *s2;
        if (mtk_da_stages(&da, e, &s1, &s2, &err) == 0)
            EXPECT(s1->len > s1->sig_len && s2->len > s2->sig_len && s2 == s1 + 1);
    }
    mtk_da_release(&da);
    return 0;
}
