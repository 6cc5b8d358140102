/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With secure boot fused, agents keep a policy by partition (da-xflash.md 7.7). Modelled of it: while the phone is
 * locked, the boot areas and the lock state in seccfg are nothing a host may change directly, and only a preloader of
 * the vendor gets into them (storage_sink.c). Without the fuse there is no policy.
 */
#include "formats/seccfg.h"
#include "simdev/firmware/agents/storage_internal.h"

#define SECCFG_LEN 512u

static bool find_seccfg(struct mtksim *p, struct ag_place *out)
{
    return ag_place_name(p, ag_table_is_pmt(p) ? "SECCFG" : "seccfg", out) == AG_OK;
}

bool ag_is_locked(struct mtksim *p)
{
    uint8_t raw[SECCFG_LEN];
    struct ag_place place;
    struct mtk_seccfg cfg;
    if (!phone_board(p)->fuses.sbc)
        return false;
    /* What is not there or cannot be read counts as locked, and so does a state that only the chip can decipher. */
    return !find_seccfg(p, &place) || ag_read(p, &place, 0, raw, sizeof(raw)) != AG_OK ||
           !mtk_seccfg_parse(raw, sizeof(raw), &cfg) || cfg.lock_state != MTK_LOCK_UNLOCKED;
}

static bool overlaps(const struct ag_place *a, const struct ag_place *b)
{
    return a->area[0] == b->area[0] && a->start < b->start + b->size && b->start < a->start + a->size;
}

/* Does the place touch what the boot ROM starts, or the lock state? */
static bool is_protected(struct mtksim *p, const struct ag_place *place)
{
    struct ag_place other;
    if (place->area[0] == BOARD_BOOT1 || place->area[0] == BOARD_BOOT2)
        return true;
    if (phone_board(p)->storage == BOARD_NAND && ag_place_name(p, "preloader", &other) == AG_OK &&
        overlaps(place, &other))
        return true;
    return find_seccfg(p, &other) && overlaps(place, &other);
}

enum ag_result ag_policy(struct mtksim *p, const struct ag_place *place, enum policy_use use)
{
    static const enum ag_result refusal[] = {
        [AG_DOWNLOAD] = AG_FORBIDDEN, [AG_WRITE_RANGE] = AG_FORBIDDEN_RANGE, [AG_ERASE] = AG_FORBIDDEN_ERASE};
    if (use == AG_DOWNLOAD && place->preloader)
        return AG_OK; /* looked at when it has arrived */
    return ag_is_locked(p) && is_protected(p, place) ? refusal[use] : AG_OK;
}
