/* SPDX-License-Identifier: Apache-2.0 */
/* The agents of a ROM and the vendor's credentials: containers, signatures, keys (formats.md 1 and 6). */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "formats/credential.h"
#include "formats/da.h"
#include "formats/preloader.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/security.h"
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

#define SIG_LEN 0x100u

/* A ROM's agent, opened. */
struct agent {
    char dir[128];
    uint8_t *file;
    struct mtk_da da;
    const struct mtk_da_entry *entry;
    const struct mtk_da_region *stage[2];
};

static void open_agent(struct agent *a, const struct mtksim_rom_options *opt, const char *file)
{
    const struct soc_profile *soc = soc_find(opt->chip);
    const struct mtk_chip *chip = soc_chip(soc);
    const struct mtk_da_target phone = {
        .da_code = chip->da_code, .hw_code = chip->hw_code, .hw_version = 0xca00, .hw_sub_code = 0x8a00};
    struct mtk_error e = {0};
    size_t len;
    fixture_folder(a->dir);
    fixture_make_rom(a->dir, opt);
    a->file = fixture_read(a->dir, file, &len);
    assert_int_equal(mtk_da_parse(a->file, len, "da", &a->da, &e), 0);
    a->entry = mtk_da_choose_for(&a->da, &phone);
    assert_non_null(a->entry);
    assert_int_equal(mtk_da_stages(&a->da, a->entry, &a->stage[0], &a->stage[1], &e), 0);
}

static void close_agent(struct agent *a)
{
    mtk_da_release(&a->da);
    free(a->file);
    fixture_remove(a->dir);
}

static struct rsa_key *read_key(const char *dir, const char *file)
{
    struct mtk_error e = {0};
    size_t len;
    uint8_t *pem = fixture_read(dir, file, &len);
    struct rsa_key *key = rsa_key_from_pem(pem, len, file, &e);
    assert_string_equal(e.what, "");
    assert_non_null(key);
    assert_true(rsa_key_is_private(key));
    free(pem);
    return key;
}

static struct agent_descriptor descriptor(const struct agent *a, unsigned stage)
{
    struct agent_descriptor d;
    const struct mtk_da_region *r = a->stage[stage - 1];
    assert_true(agent_image_parse(a->file + r->offset, r->len, &d));
    assert_true(d.intact);
    assert_int_equal(d.stage, stage);
    assert_int_equal(d.address, r->address);
    assert_int_equal(d.length, r->len - r->sig_len);
    return d;
}

/* What both stages must have: where they are loaded, and that stage 1 knows stage 2 (1.7). */
static void check_stages(const struct agent *a, enum mtk_agent_kind kind, uint32_t address1,
                         uint32_t address2)
{
    uint8_t digest[SHA256_LEN];
    const struct mtk_da_region *one = a->stage[0], *two = a->stage[1];
    for (unsigned stage = 1; stage <= 2; stage++)
        assert_int_equal(descriptor(a, stage).kind, kind);
    assert_int_equal(one->address, address1);
    assert_int_equal(two->address, address2);
    sha256_buf(a->file + two->offset, two->len - two->sig_len, digest);
    assert_memory_equal(a->file + one->offset + one->len - one->sig_len - 0x30, digest, SHA256_LEN);
}

static enum security_verdict verdict(const struct agent *a, const char *chip, const struct rsa_key *key,
                                     unsigned stage)
{
    const struct mtk_da_region *r = a->stage[stage - 1];
    return security_verify_da(soc_find(chip), key, a->file + r->offset, r->len, r->sig_len);
}

/* ---- containers ---- */

/* The neighbour's entry stands first: a tool that takes the first entry takes the wrong one. */
static void many_agents_in_one_container(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint16_t da_code, neighbour;
        enum mtk_agent_kind kind;
        uint32_t address2, stub;
    } rows[] = {{"mt6765", 0x6765, 0x6761, MTK_AGENT_XFLASH, 0x40000000, 0x50000000},
                {"mt6737", 0x6735, 0x6580, MTK_AGENT_LEGACY, 0x40000000, 0x50000000},
                {"mt6580", 0x6580, 0x6735, MTK_AGENT_LEGACY, 0x80000000, 0x80000000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct agent a;
        open_agent(&a, &(struct mtksim_rom_options){.chip = rows[i].chip}, "MTK_AllInOne_DA.bin");
        assert_false(a.da.v6);
        assert_int_equal(a.da.n_entries, 2);
        assert_int_equal(a.da.entries[0].hw_code, rows[i].neighbour);
        assert_int_equal(a.entry->hw_code, rows[i].da_code);
        assert_int_equal(a.entry->region[0].len, 0x270);
        assert_int_equal(a.entry->region[0].address, rows[i].stub);
        assert_int_equal(a.entry->region[0].sig_len, 0);
        check_stages(&a, rows[i].kind, 0x200000, rows[i].address2);
        assert_int_equal(descriptor(&a, 1).hw_code, soc_find(rows[i].chip)->hw_code);
        close_agent(&a);
    }
}

/* da-xml.md 1: the two chips load their first stage at different places; V6 files store the BROM's code. */
static void xml_agents_have_a_container_each(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint16_t hw_code;
        uint32_t address1;
    } rows[] = {{"mt6789", 0x1208, 0x200000}, {"mt6855", 0x1129, 0x2000000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct agent a;
        struct mtk_rom rom;
        open_agent(&a, &(struct mtksim_rom_options){.chip = rows[i].chip}, "download_agent/DA_BR.bin");
        assert_true(a.da.v6);
        assert_int_equal(a.da.n_entries, 1);
        assert_int_equal(a.entry->hw_code, rows[i].hw_code);
        assert_int_equal(a.entry->region[0].offset, a.entry->region[1].offset);
        check_stages(&a, MTK_AGENT_XML, rows[i].address1, 0x40000000);
        char path[256];
        struct mtk_error e = {0};
        assert_int_equal(mtk_rom_open(fixture_path(path, a.dir, "download_agent/flash.xml"), &rom, &e), 0);
        assert_string_equal(strrchr(rom.da_path, '/'), "/DA_BR.bin");
        assert_string_equal(rom.scatter.platform, soc_find(rows[i].chip)->platform);
        mtk_rom_release(&rom);
        close_agent(&a);
    }
}

static void any_generation_for_any_chip(void **state)
{
    (void)state;
    struct agent a;
    open_agent(&a, &(struct mtksim_rom_options){.chip = "mt6737", .agent = "xml", .agent_version = 7},
               "download_agent/DA_BR.bin");
    assert_int_equal(a.entry->hw_code, 0x0335);
    check_stages(&a, MTK_AGENT_XML, 0x200000, 0x40000000);
    assert_int_equal(descriptor(&a, 1).version, 7);
    assert_int_equal(descriptor(&a, 2).version, 7);
    close_agent(&a);
    open_agent(&a, &(struct mtksim_rom_options){.chip = "mt6855", .agent = "xflash"}, "MTK_AllInOne_DA.bin");
    assert_int_equal(a.da.n_entries, 1); /* no neighbour */
    check_stages(&a, MTK_AGENT_XFLASH, 0x2000000, 0x40000000);
    assert_int_equal(descriptor(&a, 1).version, 1);
    close_agent(&a);
}

/* ---- signatures ---- */

/* PSS since 2018, PKCS #1 before (6.3): security_da_scheme says which, and the other one does not fit. */
static void agents_are_signed_by_the_vendor(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *other_scheme;
        enum rsa_scheme scheme;
    } rows[] = {{"mt6765", "mt6737", RSA_PSS_SHA256}, {"mt6737", "mt6765", RSA_PKCS1_SHA256}};
    for (size_t i = 0; i < 2; i++) {
        struct agent a;
        open_agent(&a, &(struct mtksim_rom_options){.chip = rows[i].chip, .seed = 3}, "MTK_AllInOne_DA.bin");
        struct rsa_key *da = read_key(a.dir, "vendor/da.pem"), *sla = read_key(a.dir, "vendor/sla.pem");
        assert_int_equal(security_da_scheme(soc_find(rows[i].chip)), rows[i].scheme);
        for (unsigned stage = 1; stage <= 2; stage++) {
            assert_int_equal(a.stage[stage - 1]->sig_len, SIG_LEN);
            assert_int_equal(verdict(&a, rows[i].chip, da, stage), SECURITY_OK);
            assert_int_not_equal(verdict(&a, rows[i].other_scheme, da, stage), SECURITY_OK);
            assert_int_not_equal(verdict(&a, rows[i].chip, sla, stage), SECURITY_OK);
        }
        /* DA SLA: the public half of da_sla.pem stands in both stages. */
        uint8_t modulus[RSA_2048_LEN];
        struct rsa_key *da_sla = read_key(a.dir, "vendor/da_sla.pem");
        rsa_key_modulus(da_sla, modulus);
        for (unsigned stage = 1; stage <= 2; stage++)
            assert_memory_equal(descriptor(&a, stage).sla_modulus, modulus, sizeof(modulus));
        rsa_key_free(da);
        rsa_key_free(sla);
        rsa_key_free(da_sla);
        close_agent(&a);
    }
}

static void unsigned_and_foreign_agents(void **state)
{
    (void)state;
    struct agent a, other;
    open_agent(&other, &(struct mtksim_rom_options){.chip = "mt6765", .seed = 9}, "MTK_AllInOne_DA.bin");
    struct rsa_key *their = read_key(other.dir, "vendor/da.pem");
    open_agent(&a, &(struct mtksim_rom_options){.chip = "mt6765", .agent_unsigned = true},
               "MTK_AllInOne_DA.bin");
    for (unsigned stage = 1; stage <= 2; stage++) {
        assert_int_equal(a.stage[stage - 1]->sig_len, 0);
        assert_int_equal(verdict(&a, "mt6765", their, stage), SECURITY_UNSIGNED);
    }
    check_stages(&a, MTK_AGENT_XFLASH, 0x200000, 0x40000000);
    close_agent(&a);
    open_agent(&a, &(struct mtksim_rom_options){.chip = "mt6765", .agent_foreign = true, .foreign_seed = 9},
               "MTK_AllInOne_DA.bin");
    struct rsa_key *own = read_key(a.dir, "vendor/da.pem");
    assert_int_equal(verdict(&a, "mt6765", their, 1), SECURITY_OK);
    assert_int_equal(verdict(&a, "mt6765", own, 1), SECURITY_BAD_SIGNATURE);
    rsa_key_free(own);
    rsa_key_free(their);
    close_agent(&a);
    close_agent(&other);
}

/* ---- credentials ---- */

/* A phone whose root key is this vendor's takes auth file and certificate; another vendor's phone does not. */
static void credentials_are_those_of_the_root_key(void **state)
{
    (void)state;
    char dir[128];
    struct board b;
    struct mtk_credential c;
    uint8_t modulus[RSA_2048_LEN];
    size_t len, cert_len;
    fixture_folder(dir);
    fixture_rom(dir, "mt6765", 5, false);
    struct rsa_key *root = read_key(dir, "vendor/root.pem"), *sla = read_key(dir, "vendor/sla.pem");
    uint8_t *auth = fixture_read(dir, "vendor/auth_sv5.auth", &len);
    uint8_t *cert = fixture_read(dir, "vendor/mtksim.cert", &cert_len);
    assert_int_equal(len, 0x8e0);
    board_init(&b, soc_find("mt6765"), 1);
    rsa_key_hash(root, b.fuses.root_key_hash);
    b.fuses.has_root_key = true;
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, auth, len, &c), SECURITY_OK);
    assert_int_equal(c.n_keys, 3);
    assert_string_equal(c.comment, "MTKSIM");
    rsa_key_modulus(sla, modulus);
    assert_memory_equal(c.key[2].modulus, modulus, sizeof(modulus));
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_CERT, cert, cert_len, &c), SECURITY_OK);
    assert_int_not_equal(security_verify_credential(&b, MTK_CREDENTIAL_CERT, auth, len, &c), SECURITY_OK);
    b.fuses.root_key_hash[0] ^= 1;
    assert_int_equal(security_verify_credential(&b, MTK_CREDENTIAL_AUTH, auth, len, &c), SECURITY_WRONG_KEY);
    free(auth);
    free(cert);
    rsa_key_free(root);
    rsa_key_free(sla);
    fixture_remove(dir);
}

/* The preloader is signed with the root key, which stands in its BL_SEC_KEY block, and has the ROM's version. */
static void preloader_is_signed_with_the_root_key(void **state)
{
    (void)state;
    char dir[128];
    struct board b;
    uint8_t hash[32];
    size_t len;
    fixture_folder(dir);
    fixture_make_rom(dir, &(struct mtksim_rom_options){.chip = "mt6765", .seed = 5, .agent_version = 3});
    struct rsa_key *root = read_key(dir, "vendor/root.pem");
    uint8_t *pl = fixture_read(dir, "preloader_mtksim6765.bin", &len);
    struct rsa_key *key = security_preloader_key(pl, len);
    rsa_key_hash(root, hash);
    board_init(&b, soc_find("mt6765"), 1);
    assert_non_null(key);
    rsa_key_hash(key, b.fuses.root_key_hash);
    assert_memory_equal(b.fuses.root_key_hash, hash, sizeof(hash));
    b.fuses.has_root_key = b.fuses.sbc = true;
    b.fuses.arb_preloader = 3;
    assert_int_equal(security_verify_preloader(&b, pl, len), SECURITY_OK);
    b.fuses.arb_preloader = 4;
    assert_int_equal(security_verify_preloader(&b, pl, len), SECURITY_OLD);
    rsa_key_free(key);
    rsa_key_free(root);
    free(pl);
    fixture_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_agents_in_one_container),
        cmocka_unit_test(xml_agents_have_a_container_each),
        cmocka_unit_test(any_generation_for_any_chip),
        cmocka_unit_test(agents_are_signed_by_the_vendor),
        cmocka_unit_test(unsigned_and_foreign_agents),
        cmocka_unit_test(credentials_are_those_of_the_root_key),
        cmocka_unit_test(preloader_is_signed_with_the_root_key),
    };
    return cmocka_run_group_tests_name("download_agent", tests, NULL, NULL);
}
