/* SPDX-License-Identifier: Apache-2.0 */
/* The fingerprint of the phone as one event. */
#include <stdio.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/words.h"
#include "protocol/brom.h"

/* How the phone's DRAM came to work. */
static const char *dram_how(const struct mtk_session *s, char *text, size_t len)
{
    const struct mtk_agent_info *a = &s->agent_info;
    if (strcmp(a->connection, "preloader") == 0)
        return "brought up by the phone's own preloader";
    if (a->dram_own)
        return "brought up with the agent's own settings";
    if (!a->dram_from[0])
        return NULL;
    if (a->dram_version)
        snprintf(text, len, "brought up with the settings of %s (EMI v%u)", a->dram_from, a->dram_version);
    else
        snprintf(text, len, "brought up with the settings of %s", a->dram_from);
    return text;
}

static void fill_agent(const struct mtk_session *s, struct mtk_ev_info *info, struct mtk_ev_area *areas,
                       char product[33])
{
    const struct mtk_agent_info *a = &s->agent_info;
    info->agent = a->generation;
    info->da_version = a->version[0] ? a->version : NULL;
    info->storage = a->storage[0] ? a->storage : NULL;
    info->storage_id = a->storage_id_len ? a->storage_id : NULL;
    info->storage_id_len = a->storage_id_len;
    for (size_t i = 0; i < a->n_areas; i++)
        areas[i] = (struct mtk_ev_area){.name = a->areas[i].name, .size = a->areas[i].size};
    info->areas = areas;
    info->n_areas = a->n_areas;
    info->dram_size = a->dram_size;
    info->sram_size = a->sram_size;
    info->usb_speed = a->usb_speed[0] ? a->usb_speed : NULL;
    info->block_size = a->block_size;
    info->erase_size = a->erase_size;
    info->pre_eol = a->pre_eol;
    info->life_a = a->life_a;
    info->life_b = a->life_b;
    info->random_id = a->random_id_len ? a->random_id : NULL;
    info->random_id_len = a->random_id_len;
    info->battery_mv = a->battery_mv;
    info->table = mtk_device_table_word(s);
    info->lock = s->lock;
    mtk_storage_words(a->storage, a->storage_id, a->storage_id_len, a->storage_name, product,
                      &info->storage_words);
}

void mtk_session_info(struct mtk_session *s)
{
    if (s->info_sent)
        return;
    s->info_sent = true;
    const struct mtk_phone_id *id = &s->id;
    struct mtk_ev_area areas[MTK_AREA_MAX];
    char how[320], product[33];
    struct mtk_event ev = {
        .kind = MTK_EVENT_INFO,
        .u.info = {.chip = id->chip_name,
                   .marketing = id->chip && id->chip->marketing[0] ? id->chip->marketing : NULL,
                   .hw_code = id->hw_code,
                   .hw_sub_code = id->hw_sub_code,
                   .hw_version = id->hw_version,
                   .sw_version = id->sw_version,
                   .stage = id->brom ? "brom" : "preloader",
                   .has_target_config = true,
                   .target_config = id->target_config,
                   .sbc = (id->target_config & BROM_CFG_SBC) != 0,
                   .sla = (id->target_config & BROM_CFG_SLA) != 0,
                   .daa = (id->target_config & BROM_CFG_DAA) != 0,
                   .me_id = id->me_id_len ? id->me_id : NULL,
                   .me_id_len = id->me_id_len,
                   .soc_id = id->soc_id_len ? id->soc_id : NULL,
                   .soc_id_len = id->soc_id_len}};
    ev.u.info.auth = s->auth_words[0] ? s->auth_words : NULL;
    ev.u.info.da_file = s->agent_choice[0] ? s->agent_choice : NULL; /* even if it could not be started */
    if (s->agent) {
        fill_agent(s, &ev.u.info, areas, product);
        ev.u.info.dram_how = dram_how(s, how, sizeof(how));
    }
    mtk_emit(s->sink, &ev);
}
