/* SPDX-License-Identifier: Apache-2.0 */
/* What runs after JUMP_DA: decided by the bytes that were uploaded. brom-preloader.md 4.10, 8.4. */
#include "simdev/firmware/agents/agents.h"
#include "simdev/firmware/agents/sla.h"

/* Stage-1 programs by generation. A generation without a row crashes like code for another machine. */
static const struct {
    enum mtk_agent_kind kind;
    firmware_fn stage1;
} programs[] = {
    {MTK_AGENT_LEGACY, firmware_legacy_da1},
    {MTK_AGENT_XFLASH, firmware_xflash_da1},
    {MTK_AGENT_XML, firmware_xml_da1},
};

/* Says why an image of ours would crash on this board, or NULL. */
static const char *why_it_crashes(const struct board *b, const struct agent_descriptor *d, uint32_t address,
                                  bool from_preloader)
{
    if (!d->intact)
        return "agent image is damaged";
    if (d->stage != 1)
        return "not a stage-1 agent";
    if (!agent_fits_chip(b->chip, d->hw_code))
        return "agent is for another chip";
    if (!from_preloader && d->address != address)
        return "agent was loaded at an address it is not linked for";
    return NULL; /* the preloader relocates: one fixed DA RAM address [8.4] */
}

/* What a stranger's image is taken for. */
static struct agent_descriptor made_up(const struct board *b, uint32_t address, size_t len)
{
    return (struct agent_descriptor){
        .kind = b->chip->agent,
        .stage = 1,
        .hw_code = b->chip->hw_code,
        .address = address,
        .version = 1,
        .length = (uint32_t)len,
        .intact = true,
    };
}

void firmware_start_agent(struct mtksim *p, const uint8_t *image, size_t len, uint32_t address,
                          uint32_t sig_len, bool from_preloader)
{
    const struct board *b = phone_board(p);
    struct agent_start *s = phone_alloc(p, sizeof(*s));
    *s = (struct agent_start){
        .image = image, .len = len, .address = address, .sig_len = sig_len, .from_preloader = from_preloader};
    s->ours = agent_image_parse(image, len, &s->d);
    if (s->ours) {
        const char *why = why_it_crashes(b, &s->d, address, from_preloader);
        if (why)
            phone_hang(p, why);
    } else if (!phone_settings(p)->foreign_agent) {
        phone_hang(p, "uploaded code is none of make-rom's agents");
    } else {
        s->d = made_up(b, address, len);
    }
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (programs[i].kind != s->d.kind)
            continue;
        *phone_baton(p) = s;
        ag_sla_install(p, s->ours ? &s->d : NULL);
        phone_log(p, "[DA] stage 1 at 0x%08X, %zu bytes, signature %u", address, len, sig_len);
        phone_exec(p, programs[i].stage1, "da1");
    }
    phone_hang(p, "this agent generation is not modelled");
}
