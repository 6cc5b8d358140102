/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole sessions over everything that can differ between two phones: who answers (boot ROM, preloader), which agent
 * generation, which storage, which fuses. In each cell the ROM
 * (or a part of it) is flashed and proven by the flasher, and the phone must boot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/verified/jobs.h"
#include "formats/rom.h"
#include "include/mtksim.h"
#include "tests/session/flash/cells.h"

/* One phone model with one storage, and its ROM. */
struct model {
    const struct cell_model *what;
    char dir[4096];
};

struct outcome {
    int exit_code;
    char symbol[64], what[320], agent[16], storage[8], notes[4096];
};

static char tmp[4000];

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct outcome *o = ctx;
    size_t n = strlen(o->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(o->notes + n, sizeof(o->notes) - n, "%s\n", ev->u.note.text);
    if (ev->kind == MTK_EVENT_INFO && ev->u.info.agent) {
        snprintf(o->agent, sizeof(o->agent), "%s", ev->u.info.agent);
        snprintf(o->storage, sizeof(o->storage), "%s", ev->u.info.storage ? ev->u.info.storage : "");
    }
    if (ev->kind != MTK_EVENT_RESULT)
        return;
    o->exit_code = ev->u.result.exit_code;
    if (ev->u.result.error) {
        snprintf(o->symbol, sizeof(o->symbol), "%s", ev->u.result.error->row->symbol);
        snprintf(o->what, sizeof(o->what), "%s", ev->u.result.error->what);
    }
}

static int run_flash(struct mtksim *phone, const struct model *m, const char *only, bool keys,
                     struct outcome *o)
{
    char auth[4200], cert[4200], sla[4200], da_sla[4200];
    struct mtk_link *link = mtk_link_sim(phone);
    const struct mtkflash_selection sel = {.only = only};
    const struct mtk_rom_args args = {.rom = m->dir, .sel = &sel};
    memset(o, 0, sizeof(*o));
    snprintf(auth, sizeof(auth), "%s/vendor/auth_sv5.auth", m->dir);
    snprintf(cert, sizeof(cert), "%s/vendor/mtksim.cert", m->dir);
    snprintf(sla, sizeof(sla), "%s/vendor/sla.pem", m->dir);
    snprintf(da_sla, sizeof(da_sla), "%s/vendor/da_sla.pem", m->dir);
    struct mtkflash_options opt = {.sink = {.fn = collect, .ctx = o}};
    if (keys) {
        opt.auth = auth;
        opt.cert = cert;
        opt.sla_key = sla;
        opt.da_sla_key = da_sla;
    }
    assert_non_null(link);
    int code = mtk_session_run(&opt, link, mtk_job_flash, &args);
    mtk_link_free(link);
    return code;
}

/* The model's phone with those fuses, started by boot ROM or preloader. */
static struct mtksim *phone_of(struct model *m, unsigned fuses, enum mtksim_boot boot)
{
    char err[256] = "";
    const struct mtksim_config cfg = {.chip = m->what->chip,
                                      .boot = boot,
                                      .storage = m->what->storage,
                                      .rom_dir = m->dir,
                                      .security = cell_fuses[fuses],
                                      .seed = 1};
    struct mtksim *p = mtksim_new(&cfg, err, sizeof(err));
    if (!p)
        fail_msg("%s %s %s: %s", m->what->chip, m->what->storage, cell_fuses[fuses], err);
    return p;
}

static void check_cell(struct model *m, unsigned fuses, enum mtksim_boot boot)
{
    struct outcome o;
    char text[512];
    struct mtksim *p = phone_of(m, fuses, boot);
    int code = run_flash(p, m, m->what->only, true, &o);
    const char *stage = boot == MTKSIM_BOOT_BROM ? "brom" : "preloader";
    if (code != 0)
        fail_msg("%s %s %s [%s]: exit %d %s: %s\n%s", m->what->chip, m->what->storage, stage,
                 cell_fuses[fuses], code, o.symbol, o.what, o.notes);
    assert_string_equal(o.agent, m->what->agent);
    assert_string_equal(o.storage, m->what->storage);
    if (!mtksim_boot_check(p, text, sizeof(text)))
        fail_msg("%s %s %s [%s]: %s", m->what->chip, m->what->storage, stage, cell_fuses[fuses], text);
    mtksim_free(p);
}

/* Fuses that demand something of the host end the session with exit 7, and nothing on the flash has changed. */
static void check_without_keys(struct model *m)
{
    struct outcome o;
    struct mtksim *p = phone_of(m, CELL_SLA_DAA, MTKSIM_BOOT_BROM);
    int code = run_flash(p, m, m->what->only, false, &o);
    if (code != 7)
        fail_msg("%s %s: exit %d %s: %s", m->what->chip, m->what->storage, code, o.symbol, o.what);
    assert_int_equal(mtksim_flash_changes(p), 0);
    mtksim_free(p);
}

static void make_model(struct model *m, const struct cell_model *what, const char *agent)
{
    char err[256] = "";
    *m = (struct model){.what = what};
    snprintf(m->dir, sizeof(m->dir), "%s/%s-%s%s", tmp, what->chip, what->storage, agent ? "-other" : "");
    const struct mtksim_rom_options opt = {
        .chip = what->chip, .storage = what->storage, .agent = agent, .seed = 7};
    if (mtksim_make_rom(m->dir, &opt, err, sizeof(err)) < 0)
        fail_msg("%s %s: %s", what->chip, what->storage, err);
}

static void model(void **state)
{
    struct model m;
    make_model(&m, *state, NULL);
    for (unsigned fuses = 0; fuses < CELL_FUSES; fuses++) {
        check_cell(&m, fuses, MTKSIM_BOOT_BROM);
        check_cell(&m, fuses, MTKSIM_BOOT_PRELOADER);
    }
    check_without_keys(&m);
}

static void chip(void **state)
{
    struct model m;
    make_model(&m, *state, NULL);
    check_cell(&m, CELL_SLA_DAA, MTKSIM_BOOT_BROM);
    check_cell(&m, CELL_SLA_DAA, MTKSIM_BOOT_PRELOADER);
}

static void stranger(void **state)
{
    struct model m;
    make_model(&m, *state, ((const struct cell_model *)*state)->agent);
    check_cell(&m, 0, MTKSIM_BOOT_BROM);
    check_cell(&m, 0, MTKSIM_BOOT_PRELOADER);
}

/* A legacy agent tells that it does not know a later chip; the flasher understands that, and nothing has changed. */
static void no_legacy_agent_for_later_chips(void **state)
{
    (void)state;
    static const struct cell_model what = {"", "mt6765", "legacy", "emmc", "lk"};
    struct model m;
    struct outcome o;
    make_model(&m, &what, what.agent);
    for (int boot = 0; boot < 2; boot++) {
        struct mtksim *p = phone_of(&m, 0, boot ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM);
        assert_int_equal(run_flash(p, &m, what.only, false, &o), 1);
        assert_string_equal(o.symbol, "S_DA_UNSUPPORTED_BBCHIP");
        assert_non_null(strstr(o.what, "--da"));
        assert_non_null(strstr(o.notes, "expected on MT6765, but this one begins as legacy does"));
        assert_int_equal(mtksim_flash_changes(p), 0);
        mtksim_free(p);
    }
}

static struct CMUnitTest test_of(const struct cell_model *what, CMUnitTestFunction fn)
{
    return (struct CMUnitTest){.name = what->name, .test_func = fn, .initial_state = (void *)(uintptr_t)what};
}

int main(void)
{
    const char *base = getenv("TMPDIR");
    char command[4200];
    struct CMUnitTest tests[CELL_MODELS + CELL_CHIPS + CELL_STRANGERS + 1];
    snprintf(tmp, sizeof(tmp), "%.3900s/mtkproof-matrix-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(tmp))
        return 1;
    for (size_t i = 0; i < CELL_MODELS; i++)
        tests[i] = test_of(&cell_models[i], model);
    for (size_t i = 0; i < CELL_CHIPS; i++)
        tests[CELL_MODELS + i] = test_of(&cell_chips[i], chip);
    for (size_t i = 0; i < CELL_STRANGERS; i++)
        tests[CELL_MODELS + CELL_CHIPS + i] = test_of(&cell_strangers[i], stranger);
    tests[CELL_MODELS + CELL_CHIPS + CELL_STRANGERS] =
        (struct CMUnitTest)cmocka_unit_test(no_legacy_agent_for_later_chips);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf '%s'", tmp);
    return system(command) != 0 || failed;
}
