/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that need the phone: chip, storage, partition table, room. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "flasher/verified/device.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/preflight.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* ---- chip ---- */

/* Length of "MT" and digits at p, as chips are named; 0 if it is no such name. */
static size_t chip_stem(const char *p)
{
    size_t n = 2;
    if (strncasecmp(p, "MT", 2) != 0)
        return 0;
    while (isdigit((unsigned char)p[n]))
        n++;
    return n > 2 ? n : 0;
}

/* Letters behind the digits tell variants apart that no register tells apart, so they do not count (formats.md 3.1). */
bool mtk_preflight_same_chip(const char *platform, const char *names)
{
    size_t stem = chip_stem(platform);
    while (*names) {
        size_t n = strcspn(names, "/, "), k = chip_stem(names);
        bool same = stem && k ? stem == k && strncasecmp(platform, names, k) == 0
                              : n == strlen(platform) && strncasecmp(platform, names, n) == 0;
        if (same && n)
            return true;
        names += n + strspn(names + n, "/, ");
    }
    return false;
}

int mtk_preflight_chip(const struct mtk_scatter *scatter, const struct mtk_phone_id *id,
                       struct mtk_error *err)
{
    const char *names = id->chip ? id->chip->names : id->chip_name;
    if (mtk_preflight_same_chip(scatter->platform, names))
        return 0;
    mtk_fail(err, MTK_E_STATUS_SCATTER_HW_CHIP_ID_MISMATCH, MTK_EV_POLICY,
             "Chip mismatch: scatter %s, phone %s", scatter->platform, id->chip_name);
    mtk_error_step(err, "check", "chip");
    return -1;
}

/* ---- storage and table ---- */

int mtk_preflight_storage(struct mtk_session *s, bool *changed, struct mtk_error *err)
{
    const char *phone = s->agent_info.storage, *scatter = s->rom.scatter.storage;
    *changed = strcasecmp(phone, scatter) != 0;
    if (!*changed || mtk_scatter_has_storage(&s->rom.scatter, phone)) {
        if (mtk_device_supported(s, err) == 0 &&
            (!*changed || mtk_rom_select_storage(&s->rom, phone, err) == 0))
            return 0;
    } else {
        mtk_fail(err, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY, "Storage mismatch: scatter %s, phone %s",
                 scatter, phone[0] ? phone : "without any storage that answers");
    }
    mtk_error_step(err, "check", "storage");
    return -1;
}

static int check_table(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err)
{
    struct mtk_layout_result r;
    if (mtk_device_table(s, err) < 0)
        return -1;
    mtk_layout_compare(&s->rom.scatter, &s->table, mtk_device_user_area(s), s->sink, &r);
    facts->table_differs = r.harmless > (r.grown ? 1 : 0); /* a grown userdata is as it should be */
    facts->table_from_backup = s->table.from_backup;
    if (!r.fatal)
        return 0;
    return mtk_fail(err, MTK_E_STATUS_LAYOUT_CHANGED, MTK_EV_POLICY,
                    "the scatter's partition table is not the phone's: %u difference%s, the first in %s",
                    r.fatal, r.fatal == 1 ? "" : "s", r.first);
}

int mtk_preflight_table(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err)
{
    if (check_table(s, facts, err) == 0)
        return 0;
    mtk_error_step(err, "check", "table");
    return -1;
}

int mtk_preflight_fits(const struct mtk_item *it, struct mtk_error *err)
{
    if (it->image.expanded_size <= it->size)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_IMAGE_TOO_LARGE, it->image.path, 0,
                         "the image for %s needs 0x%" PRIX64 " bytes, the phone has 0x%" PRIX64 " there",
                         it->name, it->image.expanded_size, it->size);
}

/* Version of the DRAM settings that serve this phone: what its agent took, else what would be given to it. 0: none. */
static unsigned settings_in_use(const struct mtk_session *s, const char **name)
{
    struct mtk_preloader p;
    const uint8_t *blob = NULL;
    size_t len = 0;
    *name = s->agent_info.dram_from;
    if (s->agent_info.dram_version)
        return s->agent_info.dram_version;
    *name = s->preloader_name;
    if (!s->preloader.data ||
        mtk_emi_of_file(s->preloader.data, s->preloader.len, s->preloader_name, &p, &blob, &len, NULL) < 0)
        return 0;
    return p.emi_version;
}

int mtk_preflight_family(const struct mtk_session *s, struct mtk_error *err)
{
    const char *name;
    unsigned used = settings_in_use(s, &name);
    if (!s->image_emi_version || !used || used == s->image_emi_version)
        return 0;
    return mtk_fail(err, MTK_E_MTK_IMAGE_INVALID, MTK_EV_POLICY,
                    "the preloader to be written carries DRAM settings of version %u, %s of version %u: one "
                    "of them is not for this chip",
                    s->image_emi_version, name, used);
}

int mtk_preflight_rooms(struct mtk_session *s, struct mtk_error *err)
{
    int rc = mtk_preflight_family(s, err);
    for (size_t i = 0; rc == 0 && i < s->plan.n; i++)
        if (s->plan.items[i].row)
            rc = mtk_preflight_fits(&s->plan.items[i], err);
    if (rc < 0)
        mtk_error_step(err, "check", "table");
    return rc;
}

void mtk_preflight_facts(const struct mtk_session *s, struct mtk_risk_facts *facts)
{
    facts->chip_unknown = !s->id.chip;
    facts->chip_untested = s->id.chip && !strstr(s->id.chip->tested, "hardware");
    facts->battery_mv = s->agent_info.battery_mv;
}
