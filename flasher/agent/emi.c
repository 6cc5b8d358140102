/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/agent/emi.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"

#define COUNT_AT 0x6Cu

bool agent_emi_open(const uint8_t *blob, size_t len, struct agent_emi *out)
{
    size_t need = 0;
    struct mtk_preloader p = {0};
    memset(out, 0, sizeof(*out));
    if (!blob || mtk_emi_check(blob, len, "DRAM settings", &need, NULL) < 0 || need <= MTK_EMI_HEADER_LEN)
        return false;
    mtk_emi_describe(blob, need, &p);
    uint32_t count = get_le32(blob + COUNT_AT);
    size_t bytes = need - MTK_EMI_HEADER_LEN;
    if (!count || bytes % count)
        return false;
    *out = (struct agent_emi){.name = "",
                              .blob = blob,
                              .len = need,
                              .version = p.emi_version,
                              .records = blob + MTK_EMI_HEADER_LEN,
                              .count = count,
                              .record_size = (uint32_t)(bytes / count)};
    return true;
}

bool agent_emi_fits(unsigned version, enum mtk_agent_kind kind)
{
    if (kind == MTK_AGENT_LEGACY)
        return version <= 23;
    return version == 0 || version == 15 || version == 17 || version >= 22;
}

bool agent_emi_further(const struct mtk_start_options *opt, size_t k, struct agent_emi *out)
{
    struct mtk_preloader pl;
    const uint8_t *blob = NULL;
    size_t len = 0;
    if (k >= opt->n_more_preloaders)
        return false;
    const struct mtk_preloader_file *f = &opt->more_preloaders[k];
    const char *name = f->name ? f->name : "preloader";
    if (mtk_emi_of_file(f->data, f->len, name, &pl, &blob, &len, NULL) < 0 || !agent_emi_open(blob, len, out))
        return false;
    out->name = name;
    return true;
}

void agent_emi_taken(struct mtk_agent_info *info, const char *name, unsigned version)
{
    snprintf(info->dram_from, sizeof(info->dram_from), "%.120s", name && *name ? name : "the preloader");
    info->dram_version = version;
}

int agent_emi_match(const struct agent_emi *e, const uint8_t *id, size_t n)
{
    struct mtk_emi_record r;
    for (uint32_t k = 0; k < e->count; k++) {
        if (!mtk_emi_record(e->blob, e->len, k, &r))
            continue;
        if (r.id_len == 0 && e->count == 1)
            return 0;
        if (r.id_len && r.id_len <= n && r.id_len <= sizeof(r.id) && memcmp(r.id, id, r.id_len) == 0)
            return (int)k;
    }
    return -1;
}
