/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts, fuse words, whose phone it is, and the agents' challenge: simdev/firmware/security.h, agents/sla.h. */
#include "vendor.h"

#include "base/hash.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/security.h"
#include "simdev/firmware/vendor_keys.h"

static void keys_have_purposes(void **state)
{
    (void)state;
    const struct rsa_key *keys[] = {ours.root, ours.sla, ours.da_sla, other.root, other.sla, other.da_sla};
    uint8_t hash[6][32];
    for (size_t i = 0; i < 6; i++) {
        rsa_key_hash(keys[i], hash[i]);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(hash[i], hash[k], 32);
    }
    struct rsa_key *again = vendor_key(0, VENDOR_SLA);
    rsa_key_hash(again, hash[0]);
    assert_memory_equal(hash[0], hash[1], 32);
    rsa_key_free(again);
}

static void fuse_words(void **state)
{
    (void)state;
    struct board_fuses f = {0}, none = {0};
    char err[200] = "";
    assert_int_equal(security_parse(&f, NULL, err, sizeof err), 0);
    assert_int_equal(security_parse(&f, "", err, sizeof err), 0);
    assert_memory_equal(&f, &none, sizeof f);
    assert_int_equal(security_parse(&f, "sbc,SLA,,daa,dasla,cert", err, sizeof err), 0);
    assert_true(f.sbc && f.sla && f.daa && f.da_sla && f.root_cert);
    assert_false(f.mem_read_auth || f.mem_write_auth || f.c8_blocked || f.usbdl_secure);
    assert_int_equal(f.arb_da, 0);
    /* in a sim: port commas mean something else */
    struct board_fuses g = {0};
    assert_int_equal(security_parse(&g, " sbc sla  daa, dasla cert ", err, sizeof err), 0);
    assert_memory_equal(&f, &g, sizeof f);
    assert_int_equal(security_parse(&f, "mread,mwrite,c8,usbdl,arb=0x10", err, sizeof err), 0);
    assert_true(f.mem_read_auth && f.mem_write_auth && f.c8_blocked && f.usbdl_secure);
    assert_int_equal(f.arb_da, 16);
    assert_int_equal(f.arb_preloader, 16);
    assert_int_equal(security_parse(&f, "arb=0", err, sizeof err), 0);
    assert_int_equal(f.arb_da, 0);
    static const char *const bad[] = {"sb",     "sbcx",   "sbc;sla", "arb",     "arb=",
                                      "arb=-1", "arb=x",  "arb=2x",  "arb=256", "arb=99999999999999999999",
                                      "arb= 2", "sbc,xyz"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err[0] = 0;
        if (!security_parse(&f, bad[i], err, sizeof err))
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(err, "security: "));
    }
    assert_int_equal(security_parse(&f, "xyz", NULL, 0), -1);
}

static struct board board(const char *security, uint64_t seed)
{
    struct board b;
    board_init(&b, soc_find("mt6765"), seed);
    assert_int_equal(security_parse(&b.fuses, security, NULL, 0), 0);
    assert_true(security_settle(&b));
    return b;
}

static void whose_phone(void **state)
{
    (void)state;
    static const char *const settled[] = {"sbc", "sla", "daa", "cert"}, *const open[] = {
                                                                            "", "mread,mwrite,c8,arb=3"};
    uint8_t hash[32];
    rsa_key_hash(other.root, hash);
    for (size_t i = 0; i < 4; i++) {
        struct board b = board(settled[i], 1);
        assert_true(b.fuses.has_root_key);
        assert_memory_equal(b.fuses.root_key_hash, hash, 32);
    }
    for (size_t i = 0; i < 2; i++)
        assert_false(board(open[i], 1).fuses.has_root_key);
    struct board b = board("sbc", 1); /* a phone that has a vendor keeps him */
    b.seed = 0;
    assert_true(security_settle(&b));
    assert_memory_equal(b.fuses.root_key_hash, hash, 32);
}

static uint8_t *preloader(const struct rsa_key *key, uint32_t version, size_t *len)
{
    static const uint8_t code[512] = {1};
    const struct mtk_preloader_build build = {.project_file = "p.bin",
                                              .code = code,
                                              .code_len = sizeof code,
                                              .max_size = 0x40000,
                                              .load_addr = 0x201000,
                                              .version = version,
                                              .key = key};
    uint8_t *image = mtk_preloader_write(&build, len);
    assert_non_null(image);
    return image;
}

/* Of sig_type 3: version and digest come before the last 256 bytes. */
static void make_digest_right(uint8_t *image, size_t len)
{
    sha256_buf(image, len - 0x124, image + len - 0x120);
}

static void preloaders(void **state)
{
    (void)state;
    struct board b = board("sbc,arb=2", 0), open = board("", 0);
    size_t len;
    uint8_t *image = preloader(ours.root, 2, &len);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_OK);
    image = realloc(image, len + 100); /* padding behind it is none of its business */
    memset(image + len, 0xFF, 100);
    assert_int_equal(security_verify_preloader(&b, image, len + 100), SECURITY_OK);
    assert_int_equal(security_verify_preloader(&b, image, len - 1), SECURITY_DAMAGED);
    image[len - 1] ^= 1;
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_BAD_SIGNATURE);
    assert_int_equal(security_verify_preloader(&open, image, len), SECURITY_OK);
    image[len - 1] ^= 1;
    image[0x310] ^= 1;
    assert_int_equal(security_verify_preloader(&open, image, len), SECURITY_DAMAGED);
    make_digest_right(image, len);
    assert_int_equal(security_verify_preloader(&open, image, len), SECURITY_OK);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_BAD_SIGNATURE);
    free(image);
    image = preloader(ours.root, 1, &len);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_OLD);
    assert_int_equal(security_verify_preloader(&open, image, len), SECURITY_OK);
    image[0x14] = 2; /* a version that nobody signed */
    make_digest_right(image, len);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_BAD_SIGNATURE);
    free(image);
    image = preloader(other.root, 2, &len);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_WRONG_KEY);
    free(image);
    image = preloader(NULL, 2, &len);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_UNSIGNED);
    b.fuses.has_root_key = false; /* nothing to compare with */
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_OK);
    free(image);
}

static void pss_preloaders(void **state)
{
    (void)state;
    struct board b = board("sbc", 0);
    size_t len;
    uint8_t *image = preloader(ours.root, 1, &len);
    assert_int_equal(rsa_sign(ours.root, RSA_PSS_SHA256, image, len - 0x124, 1, image + len - 0x100), 0);
    assert_int_equal(security_verify_preloader(&b, image, len), SECURITY_OK);
    free(image);
}

static void preloader_keys(void **state)
{
    (void)state;
    uint8_t want[32], got[32];
    size_t len;
    uint8_t *image = preloader(ours.root, 1, &len);
    struct rsa_key *key = security_preloader_key(image, len);
    assert_non_null(key);
    rsa_key_hash(ours.root, want);
    rsa_key_hash(key, got);
    assert_memory_equal(want, got, 32);
    rsa_key_free(key);
    free(image);
    image = preloader(NULL, 1, &len);
    assert_null(security_preloader_key(image, len));
    assert_null(security_preloader_key(image, 10));
    free(image);
}

static void schemes(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        enum rsa_scheme scheme;
    } rows[] = {{"mt6580", RSA_PKCS1_SHA256}, {"mt6735", RSA_PKCS1_SHA256}, {"mt6757", RSA_PKCS1_SHA256},
                {"mt6739", RSA_PSS_SHA256},   {"mt6765", RSA_PSS_SHA256},   {"mt6785", RSA_PSS_SHA256}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(security_da_scheme(soc_find(rows[i].chip)), rows[i].scheme);
}

static void agents(void **state)
{
    (void)state;
    const struct soc_profile *soc = soc_find("mt6765");
    uint8_t da[VENDOR_DA_LEN];
    vendor_da(&ours, "mt6765", 1, da);
    assert_int_equal(security_verify_da(soc, ours.root, da, sizeof da, 256), SECURITY_OK);
    assert_int_equal(security_verify_da(soc, other.root, da, sizeof da, 256), SECURITY_BAD_SIGNATURE);
    assert_int_equal(security_verify_da(soc_find("mt6580"), ours.root, da, sizeof da, 256),
                     SECURITY_BAD_SIGNATURE);
    assert_int_equal(security_verify_da(soc, ours.root, da, sizeof da, 255), SECURITY_UNSIGNED);
    assert_int_equal(security_verify_da(soc, ours.root, da, 255, 256), SECURITY_UNSIGNED);
    assert_int_equal(security_verify_da(soc, ours.root, da, 256, 256), SECURITY_BAD_SIGNATURE);
    assert_int_equal(security_verify_da(soc, NULL, da, sizeof da, 256), SECURITY_UNSIGNED);
}

static void credentials(void **state)
{
    (void)state;
    struct board b = board("daa", 0);
    struct mtk_credential c;
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, ours.auth, ours.auth_len, &c),
                     SECURITY_OK);
    assert_string_equal(c.comment, "test");
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_CERT, ours.cert, ours.cert_len, &c),
                     SECURITY_OK);
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, ours.cert, ours.cert_len, &c),
                     SECURITY_DAMAGED);
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, other.auth, other.auth_len, &c),
                     SECURITY_WRONG_KEY);
    b.fuses.has_root_key = false;
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, ours.auth, ours.auth_len, &c),
                     SECURITY_WRONG_KEY);
}

static void verdicts_have_words(void **state)
{
    (void)state;
    for (int v = SECURITY_OK; v <= SECURITY_OLD; v++)
        for (int w = SECURITY_OK; w < v; w++)
            assert_string_not_equal(security_text((enum security_verdict)v),
                                    security_text((enum security_verdict)w));
}

/* ---- agents/sla.h ---- */

static void agent_challenge(void **state)
{
    (void)state;
    struct mtksim *p = host_phone(&(struct mtksim_config){.security = "dasla"});
    uint8_t modulus[256], rnd[AG_SLA_RND_LEN], stale[AG_SLA_RND_LEN], answer[AG_SLA_ANSWER_LEN];
    bool decrypts;
    rsa_key_modulus(ours.da_sla, modulus);
    struct agent_descriptor d = {.sla_modulus = modulus};
    assert_true(ag_sla_required(p));
    ag_sla_challenge(p, stale);
    ag_sla_challenge(p, rnd);
    assert_memory_not_equal(rnd, stale, sizeof rnd);
    assert_memory_equal(rnd, rnd + 4, 12); /* one word four times */
    assert_int_equal(rsa_oaep_private(ours.da_sla, rnd, sizeof rnd, 1, answer), 0);
    assert_false(ag_sla_check(p, rnd, answer, sizeof answer, &decrypts)); /* an agent without a key */
    assert_false(decrypts);
    ag_sla_install(p, &d);
    assert_true(ag_sla_check(p, rnd, answer, sizeof answer, &decrypts));
    assert_true(decrypts);
    assert_false(ag_sla_check(p, stale, answer, sizeof answer, &decrypts));
    assert_true(decrypts);
    assert_false(ag_sla_check(p, rnd, answer, sizeof answer - 1, &decrypts));
    assert_false(decrypts);
    assert_false(ag_sla_check(p, rnd, answer, 0, &decrypts));
    assert_int_equal(rsa_oaep_private(other.da_sla, rnd, sizeof rnd, 1, answer), 0);
    assert_false(ag_sla_check(p, rnd, answer, sizeof answer, &decrypts));
    assert_false(decrypts);
    assert_int_equal(rsa_oaep_private(ours.da_sla, rnd, sizeof rnd - 1, 1, answer), 0);
    assert_false(ag_sla_check(p, rnd, answer, sizeof answer, &decrypts)); /* its beginning is not enough */
    assert_true(decrypts);
    ag_sla_install(p, NULL);
    assert_false(ag_sla_check(p, rnd, answer, sizeof answer, &decrypts));
    mtksim_free(p);
}

static void agent_challenge_switched(void **state)
{
    (void)state;
    static const char *const on[] = {"da_sla=on", "accept_any_credential=on", NULL};
    uint8_t rnd[AG_SLA_RND_LEN] = {0};
    bool decrypts;
    struct mtksim *p = host_phone(&(struct mtksim_config){.settings = on});
    assert_true(ag_sla_required(p));
    assert_true(ag_sla_check(p, rnd, (const uint8_t *)"SLA", 4, &decrypts));
    mtksim_free(p);
    p = host_phone(&(struct mtksim_config){.security = "sla,daa"});
    assert_false(ag_sla_required(p));
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_purposes),
        cmocka_unit_test(fuse_words),
        cmocka_unit_test(whose_phone),
        cmocka_unit_test(preloaders),
        cmocka_unit_test(pss_preloaders),
        cmocka_unit_test(preloader_keys),
        cmocka_unit_test(schemes),
        cmocka_unit_test(agents),
        cmocka_unit_test(credentials),
        cmocka_unit_test(verdicts_have_words),
        cmocka_unit_test(agent_challenge),
        cmocka_unit_test(agent_challenge_switched),
    };
    return cmocka_run_group_tests_name("simdev/security", tests, make_vendors, free_vendors);
}
