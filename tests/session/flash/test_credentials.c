/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phones that want to know who is asking: auth file, certificate, SLA response, signature and version of the agent, and
 * the agent's own challenge; each of them missing, another vendor's, damaged, or too old. The phone answers with what
 * real ones answer (brom-preloader.md 5, 6 and 10.4, errors.md 3 and 4.1, da-xflash.md 7.6, da-xml.md 6.1 and 7); the
 * session ends with exit 7, says what is missing and where the vendor's file would go, and nothing on the flash changed.
 */
#include "tests/session/flash/harness.h"

#define LOCKED       "sbc,sla,daa"
#define FOREIGN_SEED 8
#define SIZE         (UINT64_C(2) << 30) /* of the user area */

/* One model of each agent generation, and how its agent says that it is too old. */
static const struct model {
    struct mtksim_rom_options rom;
    const char *name;
    bool da_sla; /* the agent may pose a challenge of its own */
    int too_old_exit;
    const char *too_old;
    const char *wrong_key; /* what the agent says to another key's answer */
    uint32_t too_old_status, wrong_key_status;
} models[] = {
    {.rom = {.chip = "mt6737", .seed = 7},
     .name = "MT6737M",
     .too_old_exit = 1,
     .too_old = "S_FT_DA_NO_RESPONSE"},
    {.rom = {.chip = "mt6765", .seed = 7},
     .name = "MT6765",
     .da_sla = true,
     .too_old_exit = 7,
     .too_old = "STATUS_SEC_DA_VER_ANTI_ROLLBACK_ERR",
     .too_old_status = 0xC0020053,
     .wrong_key = "STATUS_SEC_RSA_OAEP_FAIL",
     .wrong_key_status = 0xC002004A},
    {.rom = {.chip = "mt6789", .seed = 7},
     .name = "MT6789",
     .da_sla = true,
     .too_old_exit = 7,
     .too_old = "STATUS_SEC_VIOLATE_ANTI_ROLLBACK",
     .wrong_key = "S_SECURITY_SLA_FAIL"},
};
static const struct model *model;

/* Where a credential comes from. */
enum origin {
    NONE,
    OURS,
    THEIRS,  /* another vendor's for the same chip */
    DAMAGED, /* ours, with a changed bit */
    SHORT,   /* ours, without its last byte */
    TEXT,    /* something else altogether */
    EMPTY,
};

struct credentials {
    enum origin auth, cert, sla, da_sla;
};

static const struct credentials all = {OURS, OURS, OURS, OURS};

/* The path of a credential; a file of its own for each kind. damage: the byte that DAMAGED changes. */
static const char *credential(enum origin from, const char *file, size_t damage)
{
    static char paths[8][4200];
    static unsigned next;
    char *p = paths[next++ % 8];
    struct mtk_blob blob;
    if (from == NONE)
        return NULL;
    snprintf(p, sizeof(paths[0]), "%s/vendor/%s", from == THEIRS ? tmp_path("foreign") : rom_dir, file);
    if (from == OURS || from == THEIRS)
        return p;
    assert_int_equal(mtk_file_read(p, 1 << 20, &blob, NULL), 0);
    uint8_t *data = (uint8_t *)blob.data;
    data[damage] ^= from == DAMAGED;
    if (from == TEXT)
        memset(data, 'x', blob.len);
    snprintf(p, sizeof(paths[0]), "%s",
             make_file(file, data, from == EMPTY ? 0 : blob.len - (from == SHORT)));
    mtk_blob_release(&blob);
    return p;
}

/* One session with a phone that has these fuses; da NULL: the ROM's own. bench_free() the result. */
static struct bench *session(const char *fuses, const char *setting, enum mtksim_boot boot,
                             const struct credentials *c, const char *da)
{
    const char *const settings[] = {setting, NULL};
    const struct mtksim_config cfg = {
        .boot = boot, .security = fuses, .settings = settings, .seed = 1, .storage_size = SIZE};
    struct bench *b = bench_new_with(&cfg, FACTORY);
    b->opt.auth = credential(c->auth, "auth_sv5.auth", 0x7E0 + 0x40); /* in the signature */
    b->opt.cert = credential(c->cert, "mtksim.cert", 0x1AA);          /* in its key */
    b->opt.sla_key = credential(c->sla, "sla.pem", 100);              /* in the modulus */
    b->opt.da_sla_key = credential(c->da_sla, "da_sla.pem", 100);
    b->opt.da = da;
    run_flash(b, rom_dir, "logo");
    return b;
}

static void assert_accepted(struct bench *b)
{
    assert_exit(b, 0);
    assert_true(partition_is_on_flash(b, "logo"));
    bench_free(b);
}

/* What a refusal must say. words: in the sentence about what happened, NULL for none. */
static void assert_locked(struct bench *b, int code, const char *symbol, uint32_t status, const char *words)
{
    assert_refused(b, code, symbol);
    if (b->seen.status != status)
        fail_msg("status 0x%X, expected 0x%X: %s", b->seen.status, status, b->seen.what);
    if (words && !strstr(b->seen.what, words))
        fail_msg("\"%s\" is not in: %s", words, b->seen.what);
    assert_int_equal(b->seen.n_verified, 0);
    assert_string_equal(b->seen.chip, model->name); /* what is known is told even so */
    bench_free(b);
}

/* ---- boot ROM ---- */

static void everything_at_hand(void **state)
{
    (void)state;
    assert_accepted(session(LOCKED ",cert,dasla", NULL, MTKSIM_BOOT_BROM, &all, NULL));
    assert_accepted(session(LOCKED, "sla_status_len=4", MTKSIM_BOOT_BROM, &all, NULL));
    assert_accepted(session(LOCKED, "sla_length_order=big", MTKSIM_BOOT_BROM, &all, NULL));
}

/* Told before anything is uploaded, by the option that takes it. */
static void missing(void **state)
{
    (void)state;
    static const struct {
        const char *fuses;
        struct credentials c;
        const char *option;
    } cases[] = {
        {LOCKED,
         {NONE, NONE, NONE, NONE},
         "an auth file and none was given; the manufacturer's would go to --auth"},
        {LOCKED, {NONE, NONE, OURS, OURS}, "--auth"},
        {"sbc,daa", {NONE, NONE, NONE, NONE}, "--auth"},
        {"sla", {NONE, NONE, OURS, NONE}, "--auth"},
        {LOCKED, {OURS, NONE, NONE, OURS}, "an SLA challenge, which only the manufacturer's key gives"},
        {"sla", {OURS, NONE, NONE, NONE}, "--sla-key"},
        {"cert", {OURS, NONE, OURS, NONE}, "a root certificate and none was given"},
        {LOCKED ",cert", {OURS, NONE, OURS, NONE}, "--cert"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = session(cases[i].fuses, NULL, MTKSIM_BOOT_BROM, &cases[i].c, NULL);
        assert_string_equal(b->seen.agent, "");
        assert_locked(b, 7, "STATUS_SEC_AUTH_FILE_NEEDED", 0, cases[i].option);
    }
}

static void refused(void **state)
{
    (void)state;
    static const char auth[] = "the file given with --auth is not this phone's",
                      cert[] = "the file given with --cert is not this phone's";
    static const struct {
        struct credentials c;
        const char *symbol;
        uint32_t status;
        const char *words;
    } cases[] = {
        {{THEIRS, OURS, OURS, NONE}, "S_SECURITY_SEND_AUTH_FAIL", 0x7015, auth},
        {{DAMAGED, OURS, OURS, NONE}, "S_SECURITY_SEND_AUTH_FAIL", 0x2000, auth},
        {{SHORT, OURS, OURS, NONE}, "S_SECURITY_SEND_AUTH_FAIL", 0x2000, auth},
        {{TEXT, OURS, OURS, NONE}, "S_SECURITY_SEND_AUTH_FAIL", 0x2000, auth},
        {{OURS, THEIRS, OURS, NONE}, "S_SECURITY_SEND_CERT_FAIL", 0x7015, cert},
        {{OURS, DAMAGED, OURS, NONE}, "S_SECURITY_SEND_CERT_FAIL", 0x7015, cert},
        {{OURS, SHORT, OURS, NONE}, "S_SECURITY_SEND_CERT_FAIL", 0x2000, cert},
        {{OURS, TEXT, OURS, NONE}, "S_SECURITY_SEND_CERT_FAIL", 0x2000, cert},
        {{OURS, OURS, THEIRS, NONE},
         "S_SECURITY_SLA_CHALLENGE_FAIL",
         0x701F,
         "--sla-key is not the key of this phone's auth file"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_locked(session(LOCKED ",cert", NULL, MTKSIM_BOOT_BROM, &cases[i].c, NULL), 7, cases[i].symbol,
                      cases[i].status, cases[i].words);
    /* A verdict of four bytes is the same verdict. */
    assert_locked(session(LOCKED ",cert", "sla_status_len=4", MTKSIM_BOOT_BROM, &cases[8].c, NULL), 7,
                  cases[8].symbol, cases[8].status, cases[8].words);
}

/* What is no credential at all is known from the file, and the phone is not bothered with it. */
static void unusable_files(void **state)
{
    (void)state;
    static const struct {
        struct credentials c;
        const char *symbol, *words;
    } cases[] = {
        {{EMPTY, OURS, OURS, NONE}, "MTK_FILE_EMPTY", NULL},
        {{OURS, EMPTY, OURS, NONE}, "MTK_FILE_EMPTY", NULL},
        {{OURS, OURS, EMPTY, NONE}, "MTK_FILE_EMPTY", NULL},
        {{OURS, OURS, TEXT, NONE}, "MTK_IMAGE_INVALID", "no PEM text"},
        {{OURS, OURS, SHORT, TEXT}, "MTK_IMAGE_INVALID", NULL},
        {{OURS, OURS, DAMAGED, NONE}, "MTK_IMAGE_INVALID", "damaged"},
        {{OURS, OURS, OURS, DAMAGED}, "MTK_IMAGE_INVALID", "damaged"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = session(LOCKED ",cert", NULL, MTKSIM_BOOT_BROM, &cases[i].c, NULL);
        assert_refused(b, 6, cases[i].symbol);
        if (cases[i].words && !strstr(b->seen.what, cases[i].words))
            fail_msg("\"%s\" is not in: %s", cases[i].words, b->seen.what);
        bench_free(b);
    }
}

/* A preloader asks for nothing, whatever the fuses are; it only looks at the agent (6.6). */
static void a_preloader_asks_for_nothing(void **state)
{
    (void)state;
    static const struct credentials none = {NONE, NONE, NONE, NONE}, wrong = {TEXT, TEXT, THEIRS, NONE};
    assert_accepted(session(LOCKED ",cert", NULL, MTKSIM_BOOT_PRELOADER, &none, NULL));
    assert_accepted(session(LOCKED ",cert", NULL, MTKSIM_BOOT_PRELOADER, &wrong, NULL));
}

/* ---- the agent ---- */

/* The Download Agent of a ROM that differs in how its agent is signed. */
static const char *agent_of(const char *name, struct mtksim_rom_options opt)
{
    static char path[4096];
    struct mtk_rom r;
    char err[256];
    if (mtksim_make_rom(tmp_path(name), &opt, err, sizeof(err)) < 0)
        fail_msg("%s", err);
    assert_int_equal(mtk_rom_open(tmp_path(name), &r, NULL), 0);
    snprintf(path, sizeof(path), "%s", r.da_path);
    mtk_rom_release(&r);
    return path;
}

static void agents_without_the_vendors_signature(void **state)
{
    (void)state;
    struct mtksim_rom_options opt = model->rom;
    static const char signed_agent[] = "give the signed agent of its own firmware with --da";
    opt.agent_unsigned = true;
    const char *da = agent_of("unsigned", opt);
    assert_locked(session(LOCKED, NULL, MTKSIM_BOOT_BROM, &all, da), 7, "STATUS_BROM_CMD_SEND_DA_FAIL",
                  0x1D15, "this phone takes signed agents only (--da)");
    assert_locked(session(LOCKED, NULL, MTKSIM_BOOT_PRELOADER, &all, da), 7, "STATUS_BROM_CMD_SEND_DA_FAIL",
                  0x7024, signed_agent);
    assert_accepted(session("sbc", NULL, MTKSIM_BOOT_BROM, &all, da)); /* nobody looks */
    opt.agent_unsigned = false;
    opt.agent_foreign = true;
    opt.foreign_seed = FOREIGN_SEED;
    da = agent_of("foreign-agent", opt);
    assert_locked(session(LOCKED, NULL, MTKSIM_BOOT_BROM, &all, da), 7, "STATUS_BROM_CMD_SEND_DA_FAIL",
                  0x7024, signed_agent);
    assert_locked(session(LOCKED, "brom_bad_signature=0x7015", MTKSIM_BOOT_BROM, &all, da), 7,
                  "STATUS_BROM_CMD_SEND_DA_FAIL", 0x7015, "--da and --auth are not a pair");
    assert_locked(session(LOCKED, NULL, MTKSIM_BOOT_PRELOADER, &all, da), 7, "STATUS_BROM_CMD_SEND_DA_FAIL",
                  0x7024, signed_agent);
    assert_locked(session(LOCKED, "pl_refusal=1d18", MTKSIM_BOOT_PRELOADER, &all, da), 7,
                  "STATUS_BROM_CMD_SEND_DA_FAIL", 0x1D18, "only the signed agent of their own firmware");
}

static void agents_of_an_older_version(void **state)
{
    (void)state;
    static const char newer[] = "give the one of its present firmware with --da";
    struct mtksim_rom_options opt = model->rom;
    struct bench *b = session("arb=2", NULL, MTKSIM_BOOT_BROM, &all, NULL);
    /* Where the agent itself refuses, a legacy one can only fall silent: it has no status for this. */
    if (model->too_old_exit == 7) {
        assert_locked(b, 7, model->too_old, model->too_old_status, newer);
    } else {
        assert_refused(b, model->too_old_exit, model->too_old);
        bench_free(b);
    }
    assert_locked(session("arb=2", "brom_rollback=1d21", MTKSIM_BOOT_BROM, &all, NULL), 7,
                  "STATUS_BROM_CMD_SEND_DA_FAIL", 0x1D21, newer);
    assert_locked(session("arb=2", "brom_rollback=5a5b", MTKSIM_BOOT_BROM, &all, NULL), 7,
                  "STATUS_BROM_CMD_SEND_DA_FAIL", 0x5A5B, "of the phone's present firmware with --da");
    opt.agent_version = 2;
    assert_accepted(session("arb=2", NULL, MTKSIM_BOOT_BROM, &all, agent_of("newer", opt)));
}

/* The agent's own challenge (DA SLA): another key and another scheme than the boot ROM's. */
static void the_agents_own_challenge(void **state)
{
    (void)state;
    static const enum mtksim_boot boots[] = {MTKSIM_BOOT_BROM, MTKSIM_BOOT_PRELOADER};
    static const struct credentials right = {NONE, NONE, NONE, OURS}, wrong = {NONE, NONE, NONE, THEIRS},
                                    other = {NONE, NONE, OURS, NONE};
    for (size_t i = 0; model->da_sla && i < 2; i++) {
        struct bench *b = session("dasla", NULL, boots[i], &right, NULL);
        assert_non_null(strstr(b->seen.auth, "the answer to the agent's own challenge: /"));
        assert_null(strstr(b->seen.auth, "none"));
        assert_accepted(b);
        b = session("dasla", NULL, boots[i], &other, NULL);
        assert_non_null(
            strstr(b->seen.auth, "challenge: no key at hand, the manufacturer's would go to --da-sla-key"));
        bench_free(b);
        assert_locked(session("dasla", NULL, boots[i], &other, NULL), 7, "STATUS_SEC_AUTH_FILE_NEEDED", 0,
                      "--da-sla-key");
        assert_locked(session("dasla", NULL, boots[i], &wrong, NULL), 7, model->wrong_key,
                      model->wrong_key_status, "--da-sla-key is not the key of this agent");
    }
    /* A legacy agent has no such thing, and asks for nothing. */
    if (!model->da_sla)
        assert_accepted(session("dasla", NULL, MTKSIM_BOOT_BROM, &other, NULL));
}

static int make_model(void **state)
{
    (void)state;
    struct mtksim_rom_options foreign = model->rom;
    char err[256];
    foreign.seed = FOREIGN_SEED;
    if (make_world_of(&model->rom, SIZE) < 0)
        return -1;
    return mtksim_make_rom(tmp_path("foreign"), &foreign, err, sizeof(err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_hand),
        cmocka_unit_test(missing),
        cmocka_unit_test(refused),
        cmocka_unit_test(unusable_files),
        cmocka_unit_test(a_preloader_asks_for_nothing),
        cmocka_unit_test(agents_without_the_vendors_signature),
        cmocka_unit_test(agents_of_an_older_version),
        cmocka_unit_test(the_agents_own_challenge),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        model = &models[i];
        failed += cmocka_run_group_tests_name(model->rom.chip, tests, make_model, remove_world);
    }
    return failed;
}
