/* SPDX-License-Identifier: Apache-2.0 */
/* A scatter and a phone that has exactly its layout, for tests of the planners to change. */
#ifndef TESTS_UNIT_VERIFIED_PLAN_WORLD_H
#define TESTS_UNIT_VERIFIED_PLAN_WORLD_H

#include "tests/unit/verified/unit.h"

#include "flasher/verified/plan.h"

#define WORLD_DISK UINT64_C(0x10000000)
#define WORLD_MB   UINT64_C(0x100000)

struct world {
    struct mtk_scatter scatter;
    struct mtk_scatter_row rows[24];
    struct mtk_area areas[4];
    struct mtk_gpt table; /* of the phone; entries is table_entries */
    struct mtk_gpt_entry table_entries[24];
    struct mtkflash_selection sel;
    struct mtk_plan_input in;
    const char *saved[8]; /* what the backup has */
    uint64_t saved_sizes[8];
    char notes[2048];
    struct mtk_plan plan;
    struct mtk_error err;
};

/*
 * eMMC: preloader, pgpt, nvram (BINREGION), proinfo (PROTECTED), oemdata (PROTECTED, but nobody's identity), nvdata and
 * cache (INVISIBLE), seccfg (PROTECTED), lk and boot (UPDATE), userdata (NEEDRESIZE), flashinfo and sgpt (reserved).
 */
void world_init(struct world *w, enum mtkflash_mode mode);
struct mtk_scatter_row *world_row(struct world *w, const char *name);
struct mtk_gpt_entry *world_entry(struct world *w, const char *name);
/* Takes a partition off the phone, or a row out of the scatter. */
void world_remove_entry(struct world *w, const char *name);
void world_remove_row(struct world *w, const char *name);
/* Gives the phone one more. */
void world_add_entry(struct world *w, const char *name, uint64_t start, uint64_t size);
/* Puts an entry into the backup folder. */
void world_save(struct world *w, const char *name, uint64_t size);
/*
 * Plans. Returns the steps as "action:name", separated by blanks, or the symbol of what spoke against it. The text is
 * valid until the next call; the plan stays in w until world_done.
 */
const char *world_plan(struct world *w);
void world_done(struct world *w);
/* Step of that action and name, NULL if there is none. */
const struct mtk_plan_step *world_step(const struct world *w, enum mtk_action action, const char *name);

#define assert_plan(w, expected)                                                \
    do {                                                                        \
        const char *got_ = world_plan(w);                                       \
        if (strcmp(got_, expected) != 0)                                        \
            fail_msg("%s\n  expected %s\n  %s", got_, expected, (w)->err.what); \
    } while (0)

#endif
