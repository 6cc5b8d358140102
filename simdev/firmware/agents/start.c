/* SPDX-License-Identifier: Apache-2.0 */
/* What runs after JUMP_DA: decided by the bytes that were uploaded. brom-preloader.md 4.10, 8.4. */
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/agents/agents.h"
#include "simdev/firmware/agents/xflash.h"
#include "simdev/firmware/phone.h"

/* Stage-1 programs by generation. A generation without a row crashes like code for another machine. */
static const struct {
    enum mtk_agent_kind kind;
    firmware_fn stage1;
} programs[] = {
    {MTK_AGENT_XFLASH, firmware_xflash_da1},
};

static const struct mtk_chip *chip_row(uint32_t hw_code)
{
    for (size_t i = 0; i < mtk_chip_count; i++) {
        if (mtk_chips[i].hw_code == hw_code)
            return &mtk_chips[i];
    }
    return NULL;
}

static uint32_t da_code(const struct mtk_chip *c)
{
    return c->da_code ? c->da_code : c->hw_code;
}

bool agent_fits_chip(const struct mtk_chip *chip, uint32_t hw_code)
{
    const struct mtk_chip *built_for = chip_row(hw_code);
    return chip->hw_code == hw_code || (built_for && da_code(built_for) == da_code(chip));
}

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

void firmware_start_agent(struct mtksim *p, const uint8_t *image, size_t len, uint32_t address,
                          uint32_t sig_len, bool from_preloader)
{
    const struct board *b = phone_board(p);
    const struct phone_settings *s = phone_settings(p);
    struct agent_descriptor d;
    bool ours = agent_image_parse(image, len, &d);
    if (ours) {
        const char *why = why_it_crashes(b, &d, address, from_preloader);
        if (why)
            phone_hang(p, why);
    } else if (!s->foreign_agent) {
        phone_hang(p, "uploaded code is none of make-rom's agents");
    } else {
        d.kind = b->chip->agent;
    }
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (programs[i].kind != d.kind)
            continue;
        struct xf *x = phone_alloc(p, sizeof(*x));
        x->from_preloader = from_preloader;
        x->year = s->da_year ? s->da_year : d.year ? d.year : b->soc->da_year;
        x->da1 = image;
        x->da1_len = len;
        *phone_baton(p) = x;
        phone_log(p, "[DA] stage 1 at 0x%08X, %zu bytes, signature %u", address, len, sig_len);
        phone_exec(p, programs[i].stage1, "da1");
    }
    phone_hang(p, "this agent generation is not modelled");
}
