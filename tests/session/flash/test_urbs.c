/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole sessions through USB transfers, from boot ROM and preloader, with each agent generation: a ROM is flashed and
 * proven, and the phone must boot. What would wait for ever on a bus (a read that asks for more than a phone sends) fails
 * here by its timeout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/verified/jobs.h"
#include "include/mtksim.h"
#include "tests/session/flash/cells.h"
#include "tests/session/flash/urb_link.h"

static char tmp[4000];

struct outcome {
    unsigned verified;
    char what[400];
};

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct outcome *o = ctx;
    o->verified += ev->kind == MTK_EVENT_VERIFIED;
    if (ev->kind == MTK_EVENT_RESULT && ev->u.result.error)
        snprintf(o->what, sizeof(o->what), "%s: %s", ev->u.result.error->row->symbol,
                 ev->u.result.error->what);
}

static void flash(const struct cell_model *m, const char *dir, enum mtksim_boot boot)
{
    char text[512] = "";
    struct outcome o = {0};
    const struct mtksim_config cfg = {
        .chip = m->chip, .boot = boot, .storage = m->storage, .rom_dir = dir, .seed = 1};
    const struct mtkflash_selection sel = {.only = m->only};
    const struct mtk_rom_args args = {.rom = dir, .sel = &sel};
    const struct mtkflash_options opt = {.sink = {.fn = collect, .ctx = &o}};
    struct mtksim *phone = mtksim_new(&cfg, text, sizeof(text));
    if (!phone)
        fail_msg("%s: %s", m->name, text);
    struct mtk_link *l = urb_link_new(phone);
    assert_non_null(l);
    int code = mtk_session_run(&opt, l, mtk_job_flash, &args);
    mtk_link_free(l);
    if (code != 0 || o.verified < 2)
        fail_msg("%s [%s]: exit %d, %u verified: %s", m->name,
                 boot == MTKSIM_BOOT_BROM ? "brom" : "preloader", code, o.verified, o.what);
    if (!mtksim_boot_check(phone, text, sizeof(text)))
        fail_msg("%s: %s", m->name, text);
    mtksim_free(phone);
}

static void model(void **state)
{
    const struct cell_model *m = *state;
    char dir[4100], why[256] = "";
    snprintf(dir, sizeof(dir), "%s/%s-%s", tmp, m->chip, m->storage);
    const struct mtksim_rom_options rom = {.chip = m->chip, .storage = m->storage, .seed = 7};
    if (mtksim_make_rom(dir, &rom, why, sizeof(why)) < 0)
        fail_msg("%s: %s", m->name, why);
    flash(m, dir, MTKSIM_BOOT_BROM);
    flash(m, dir, MTKSIM_BOOT_PRELOADER);
}

int main(void)
{
    static const size_t chosen[] = {0, 4, 7}; /* one of each generation */
    const char *base = getenv("TMPDIR");
    char command[4200];
    struct CMUnitTest tests[sizeof(chosen) / sizeof(chosen[0])];
    snprintf(tmp, sizeof(tmp), "%.3900s/mtkproof-urbs-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(tmp))
        return 1;
    for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
        tests[i] = (struct CMUnitTest){.name = cell_models[chosen[i]].name,
                                       .test_func = model,
                                       .initial_state = (void *)(uintptr_t)&cell_models[chosen[i]]};
    int failed = cmocka_run_group_tests_name("session/flash urbs", tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf '%s'", tmp);
    return system(command) != 0 || failed;
}
