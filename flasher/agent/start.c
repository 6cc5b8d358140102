/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the Download Agent for a phone, uploads its first stage and hands over to the speaker of its generation.
 * Everything that can be refused without touching the phone is refused before the first byte goes out.
 */
#include "flasher/agent/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flasher/agent/emi.h"
#include "flasher/agent/legacy.h"
#include "flasher/agent/recognize.h"
#include "formats/da.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

#define IOT_SUB_FIRST 0x8000u /* formats.md 1.2 */
#define IOT_SUB_LAST  0x83FFu

/* What was chosen from the files, before the phone hears of it. */
struct plan {
    enum mtk_agent_kind kind; /* what the files and the chip say; the first bytes of the agent decide */
    bool was_silent;          /* taken for XFlash because it did not speak as legacy */
    struct mtk_da1 da1;
    const uint8_t *da2;
    size_t da2_len, da2_sig_len; /* length with its signature, which legacy agents get too */
    uint64_t da2_address;
    const uint8_t *emi;
    size_t emi_len;
};

static const char *file_name(const char *name, const char *fallback)
{
    return name && *name ? name : fallback;
}

/*
 * The generation [da-xflash.md 1, formats.md 1.5]: a V6 container is XML; of the others a preloader that announces
 * XFlash knows best, then the chip table. For a chip that it does not know the age of the container has to do: those of
 * up to 2015 hold legacy agents only.
 */
static enum mtk_agent_kind generation(const struct mtk_start_options *opt, const struct mtk_da *da,
                                      const struct mtk_phone_id *id)
{
    if (da->v6)
        return MTK_AGENT_XML;
    if (id->pl_cap & BROM_CAP_XFLASH)
        return MTK_AGENT_XFLASH;
    if (id->chip && id->chip->agent == MTK_AGENT_LEGACY)
        return MTK_AGENT_LEGACY;
    bool old = !id->chip && leg_numbering_of_container(opt->da, opt->da_len) == LG_N2;
    return old ? MTK_AGENT_LEGACY : MTK_AGENT_XFLASH;
}

/* A legacy agent whose chip no host knows how to configure would take the first command for a part of it. */
static int check_speaker(const struct plan *p, const struct mtk_phone_id *id, struct mtk_error *err)
{
    if (p->kind != MTK_AGENT_LEGACY || leg_chip_of(id))
        return 0;
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                    "%s has a legacy agent, and how that wants to be configured is not known", id->chip_name);
}

/* Entries of modules without Android carry sub codes that tell whole boards apart, and only their own one will do. */
static bool foreign_module(const struct mtk_da_entry *e, const struct mtk_phone_id *id)
{
    return e->hw_sub_code >= IOT_SUB_FIRST && e->hw_sub_code <= IOT_SUB_LAST && id->hw_sub_code &&
           e->hw_sub_code != id->hw_sub_code;
}

static int choose(const struct mtk_start_options *opt, const struct mtk_da *da, const struct mtk_phone_id *id,
                  char *chosen, size_t chosen_len, struct plan *p, struct mtk_error *err)
{
    const struct mtk_da_region *s1 = NULL, *s2 = NULL;
    uint32_t code = id->chip && id->chip->da_code ? id->chip->da_code : id->hw_code;
    const struct mtk_da_target target = {.da_code = code,
                                         .hw_code = id->hw_code,
                                         .hw_sub_code = id->hw_sub_code,
                                         .hw_version = id->hw_version,
                                         .sw_version = id->sw_version};
    const struct mtk_da_entry *e = mtk_da_choose_for(da, &target);
    if (!e || foreign_module(e, id))
        return mtk_fail_file(err, MTK_E_STATUS_DA_NOT_FOUND, opt->da_name, 0,
                             "none of the %zu agents in %s is for %s (code 0x%" PRIX32
                             ", sub code 0x%04" PRIX32 ", hw 0x%04" PRIX32 ", sw 0x%04" PRIX32 ")",
                             da->n_entries, da->identifier, id->chip_name, da->v6 ? id->hw_code : code,
                             id->hw_sub_code, id->hw_version, id->sw_version);
    if (mtk_da_stages(da, e, &s1, &s2, err) < 0)
        return -1;
    p->da1 = (struct mtk_da1){
        .data = da->data + s1->offset, .len = s1->len, .sig_len = s1->sig_len, .address = s1->address};
    p->da2 = da->data + s2->offset;
    p->da2_len = s2->len;
    p->da2_sig_len = s2->sig_len;
    p->da2_address = s2->address;
    if (chosen && chosen_len)
        snprintf(chosen, chosen_len, "%s, entry 0x%04X (hw 0x%04X, sw 0x%04X)", da->identifier, e->hw_code,
                 e->hw_version, e->sw_version);
    mtk_note(
        opt->boot.sink, 1,
        "agent: %s (%s), entry 0x%04X (sub 0x%04X, hw 0x%04X, sw 0x%04X), stage 1 0x%zX bytes at 0x%" PRIX32
        ", stage 2 0x%zX bytes at 0x%" PRIX64,
        da->identifier, agent_kind_name(p->kind), e->hw_code, e->hw_sub_code, e->hw_version, e->sw_version,
        p->da1.len, p->da1.address, p->da2_len, p->da2_address);
    return 0;
}

/*
 * Settings of another generation of chips would be refused by the agent at best, and hang it at worst. The chip counts
 * here, not the agent: an agent of another generation needs the settings of the board all the same.
 */
static int check_version(const struct mtk_preloader *pl, const struct mtk_phone_id *id, const char *name,
                         struct mtk_error *err)
{
    if (!id->chip || agent_emi_fits(pl->emi_version, id->chip->agent))
        return 0;
    return mtk_fail_file(
        err, MTK_E_MTK_IMAGE_INVALID, name, 0,
        "DRAM settings of version %u are of another kind of chip than %s, which has %s %s agent",
        pl->emi_version, id->chip_name, id->chip->agent == MTK_AGENT_LEGACY ? "a" : "an",
        agent_kind_name(id->chip->agent));
}

/* DRAM settings are checked before anything is sent: half a blob would only hang the phone. */
static int find_emi(const struct mtk_start_options *opt, const struct mtk_phone_id *id, struct plan *p,
                    struct mtk_error *err)
{
    struct mtk_preloader pl;
    struct mtk_error why = {0};
    const char *name = file_name(opt->preloader_name, "preloader");
    if (p->kind == MTK_AGENT_XML) /* it carries its own, and takes none */
        return 0;
    if (!opt->preloader && id->brom)
        return mtk_fail(
            err, MTK_E_MTK_NO_EMI, MTK_EV_POLICY,
            "the phone is in its boot ROM, so its DRAM is dead; a preloader image with DRAM settings is "
            "needed");
    if (!opt->preloader)
        return 0;
    if (mtk_emi_of_file(opt->preloader, opt->preloader_len, name, &pl, &p->emi, &p->emi_len, &why) == 0 &&
        check_version(&pl, id, name, &why) == 0) {
        mtk_note(opt->boot.sink, 1, "DRAM settings: EMI v%u, %" PRIu32 " records, from %s", pl.emi_version,
                 pl.emi_count, name);
        return 0;
    }
    p->emi = NULL;
    p->emi_len = 0;
    if (id->brom) {
        *err = why;
        return -1;
    }
    mtk_note(opt->boot.sink, 2,
             "DRAM settings were not found (%s); the phone's preloader has set up DRAM itself", why.what);
    return 0;
}

/* The agent has the last word about its generation. Settings that an XML agent would have brought are needed then. */
static int recognize(struct mtk_link *l, const struct mtk_start_options *opt, struct plan *p,
                     const struct mtk_phone_id *id, struct mtk_error *err)
{
    enum mtk_agent_kind expected = p->kind;
    if (agent_recognize(l, opt, id, &p->kind, err) < 0)
        return -1;
    p->was_silent = expected == MTK_AGENT_LEGACY && p->kind == MTK_AGENT_XFLASH;
    if (expected != MTK_AGENT_XML || p->kind == MTK_AGENT_XML || find_emi(opt, id, p, err) == 0)
        return 0;
    mtk_error_step(err, "da1", "JUMP_DA");
    return -1;
}

static int speak(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                 const struct plan *p, struct mtk_agent **out, struct mtk_error *err)
{
    size_t bare = p->da2_len - p->da2_sig_len; /* stage 1 hashes stage 2 without its signature */
    if (p->kind == MTK_AGENT_LEGACY)
        return mtk_legacy_start(l, opt, id, p->da2, p->da2_len, p->da2_address, p->emi, p->emi_len, out, err);
    if (p->kind == MTK_AGENT_XML)
        return mtk_xml_start(l, opt, id, p->da2, bare, p->da2_address, out, err);
    if (mtk_xflash_start(l, opt, id, p->da2, bare, p->da2_address, p->emi, p->emi_len, out, err) == 0)
        return 0;
    agent_not_understood(id, p->kind, p->was_silent, err);
    return -1;
}

static int prepare(const struct mtk_start_options *opt, const struct mtk_da *da,
                   const struct mtk_phone_id *id, char *chosen, size_t chosen_len, struct plan *p,
                   struct mtk_error *err)
{
    p->kind = generation(opt, da, id);
    if (check_speaker(p, id, err) < 0 || choose(opt, da, id, chosen, chosen_len, p, err) < 0 ||
        find_emi(opt, id, p, err) < 0) {
        mtk_error_step(err, "file", "choose agent");
        return -1;
    }
    return 0;
}

int mtk_agent_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                    char *chosen, size_t chosen_len, struct mtk_agent **out, struct mtk_error *err)
{
    struct mtk_error local = {0};
    struct mtk_da da;
    struct plan p = {0};
    err = err ? err : &local;
    *out = NULL;
    if (chosen && chosen_len)
        chosen[0] = 0;
    if (!opt->da)
        return mtk_fail(err, MTK_E_MTK_NO_AGENT, MTK_EV_POLICY, "no Download Agent file was given");
    if (mtk_da_parse(opt->da, opt->da_len, file_name(opt->da_name, "DA"), &da, err) < 0)
        return -1;
    int r = prepare(opt, &da, id, chosen, chosen_len, &p, err);
    mtk_da_release(&da); /* what the plan points at is the caller's memory */
    if (r < 0 || mtk_boot_start_da1(l, &opt->boot, id, &p.da1, err) < 0 || recognize(l, opt, &p, id, err) < 0)
        return -1;
    return speak(l, opt, id, &p, out, err);
}
