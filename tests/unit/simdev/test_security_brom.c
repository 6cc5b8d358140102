/* SPDX-License-Identifier: Apache-2.0 */
/* BROM with fuses blown and a vendor who has the keys: brom-preloader.md 6.1 to 6.6, 5.2. */
#include "vendor.h"

#include "base/prng.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})
#define JUMP     "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 "

#define EMPTY_DA                                                                                             \
    "H> D7 D> D7 H> 00 20 00 00 D> 00 20 00 00 H> 00 00 00 00 D> 00 00 00 00 H> 00 00 00 00 D> 00 00 00 00 " \
    "1D 13"

static uint8_t da[VENDOR_DA_LEN];

static int make_vendors_and_agent(void **state)
{
    make_vendors(state);
    vendor_da(&ours, "mt6765", 1, da);
    return 0;
}

/* 6.2 in full: E7 in the target configuration and 10 for the certificate; then E0, E2, E3, D7, D5. */
static void all_of_it(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "sbc,sla,daa,cert,mread,mwrite,c8"));
    host_talk(p, "H> D8 D> D8 00 00 00 F7 00 00");
    vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
    vendor_send_file(p, 0xE0, ours.cert, ours.cert_len, "00 00");
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_sla(p, ours.sla, "00 00");
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    host_talk(p, JUMP "D> 00 00 C0");
    assert_string_equal(mtksim_stage(p), "da1");
    mtksim_free(p);
}

static void the_vendor_follows_from_the_seed(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "daa", .seed = 1));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "70 15");
    vendor_send_file(p, 0xE2, other.auth, other.auth_len, "00 00");
    mtksim_free(p);
}

/* Missing credentials, one after the other: what the phone asks for next. */
static void missing(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "sla,daa,cert"));
    vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
    host_talk(p, "H> E3 D> E3 70 17");
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
    vendor_sla(p, ours.sla, "00 00");
    host_talk(p, "H> E3 D> E3 70 17");                    /* passed: nothing to do */
    vendor_send_da(p, da, sizeof da, 256, "70 17", NULL); /* the certificate is still missing */
    vendor_send_file(p, 0xE0, ours.cert, ours.cert_len, "00 00");
    vendor_send_da(p, da, sizeof da, 0, "1D 15", NULL); /* unsigned */
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "daa"));
    vendor_send_da(p, da, sizeof da, 256, "70 17", NULL);
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "sla")); /* the key of the question comes with the auth file */
    host_talk(p, "H> E3 D> E3 70 17");
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_sla(p, ours.sla, "00 00");
    vendor_send_da(p, da, sizeof da, 0, "00 00", "00 00"); /* without DAA nobody looks at signatures */
    mtksim_free(p);
}

static void wrong_or_damaged_files(void **state)
{
    (void)state;
    static const size_t at[] = {0x40, 0x60, 0x200, 0x5C8, 0x700, 0x7D8, 0x7E0, 0x8DF};
    uint8_t file[0x8E0];
    struct mtksim *p = host_in_brom(CFG(.security = "daa,cert"));
    vendor_send_file(p, 0xE2, other.auth, other.auth_len, "70 15"); /* good, but another vendor's */
    vendor_send_file(p, 0xE0, other.cert, other.cert_len, "70 15");
    vendor_send_file(p, 0xE2, ours.cert, ours.cert_len, "20 00"); /* mixed up */
    vendor_send_file(p, 0xE0, ours.auth, ours.auth_len, "20 00");
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len - 1, "20 00"); /* cut off */
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        memcpy(file, ours.auth, sizeof file);
        file[at[i]] ^= 0x40;
        vendor_send_file(p, 0xE2, file, sizeof file, "20 00");
    }
    memcpy(file, ours.auth, sizeof file);
    file[0x1AC + 0x20C - 1] ^= 0x40; /* in the root key itself: somebody else's then */
    vendor_send_file(p, 0xE2, file, sizeof file, "70 15");
    vendor_send_da(p, da, sizeof da, 256, "70 17", NULL);
    /* none of it did harm */
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_send_file(p, 0xE0, ours.cert, ours.cert_len, "00 00");
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    mtksim_free(p);
}

static void wrong_answers(void **state)
{
    (void)state;
    uint8_t challenge[2][16], answer[VENDOR_SIG];
    struct mtksim *p = host_in_brom(CFG(.security = "sla"));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_sla(p, other.sla, "70 1F"); /* not made with this key */
    vendor_sla(p, ours.root, "70 1F"); /* nor with this one, though it is the vendor's */
    vendor_take_challenge(p, challenge[0]);
    vendor_answer(ours.sla, challenge[0], answer);
    answer[9] ^= 1;
    vendor_send_answer(p, answer, "70 1F"); /* damaged */
    vendor_take_challenge(p, challenge[1]);
    assert_memory_not_equal(challenge[0], challenge[1], 16);
    vendor_answer(ours.sla, challenge[0], answer);
    vendor_send_answer(p, answer, "70 20"); /* the answer to an earlier question */
    vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
    vendor_sla(p, ours.sla, "00 00");
    mtksim_free(p);
}

/* The word order counts: a response that is right but for it is no response (6.3). */
static void unswapped_answers(void **state)
{
    (void)state;
    uint8_t challenge[16], answer[VENDOR_SIG];
    struct mtksim *p = host_in_brom(CFG(.security = "sla"));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_take_challenge(p, challenge);
    assert_int_equal(rsa_sign(ours.sla, RSA_TYPE1_RAW, challenge, 16, 0, answer), 0);
    vendor_send_answer(p, answer, "70 1F");
    vendor_take_challenge(p, challenge);
    for (size_t i = 0; i < 16; i += 2) {
        uint8_t c = challenge[i];
        challenge[i] = challenge[i + 1];
        challenge[i + 1] = c;
    }
    vendor_answer(ours.sla, challenge, answer); /* swapped twice: the content is in the wrong order */
    vendor_send_answer(p, answer, "70 20");
    mtksim_free(p);
}

static void length_orders_and_width(void **state)
{
    (void)state;
    static const char *const wide[] = {"sla_status_len=4", NULL};
    uint8_t challenge[16], answer[VENDOR_SIG];
    struct mtksim *p = host_in_brom(CFG(.security = "sla", .settings = wide));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_take_challenge(p, challenge);
    vendor_answer(ours.sla, challenge, answer);
    host_talk(p, "H> 00 01 00 00 D> 00 00 01 00 00 00"); /* little-endian, answered big-endian */
    assert_int_equal(mtksim_write(p, answer, sizeof answer, HOST_BYTE_NS), (ssize_t)sizeof answer);
    host_talk(p, "D> 00 00 00 00");
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

/* After E3 a host may go on with the payload that was refused, or send SEND_DA again (6.2). */
static void pending_send_da(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct mtksim *p = host_in_brom(CFG(.security = "sla,daa"));
        vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
        vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
        vendor_sla(p, other.sla, "70 1F");
        vendor_sla(p, ours.sla, "00 00");
        if (again)
            vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
        else
            vendor_send_payload(p, da, sizeof da, "00 00");
        host_talk(p, JUMP "D> 00 00 C0");
        mtksim_free(p);
    }
}

/* Or a ROM that forgot the SEND_DA: what comes then is read as opcodes, and only a new SEND_DA is one (6.2). */
static void send_da_again(void **state)
{
    (void)state;
    static const char *const again[] = {"sla_then_da=again", NULL};
    struct mtksim *p = host_in_brom(CFG(.security = "sla", .settings = again));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_send_da(p, da, sizeof da, 256, "1D 0D", NULL);
    vendor_sla(p, ours.sla, "00 00");
    host_talk(p, "H> A0 A1 A2 A3 D> A0 A1");
    host_talk(p, "H> FD D> A2 A3 FD"); /* A1 to A3 are no commands of this ROM */
    host_talk(p, "D> 07 66 00 00");
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    host_talk(p, JUMP "D> 00 00 C0");
    mtksim_free(p);
}

/* 10.4 in full, if a ROM does not stay after a refusal: each of them ends the session. */
static void reset_after_a_refusal(void **state)
{
    (void)state;
    static const char *const reset[] = {"brom_after_error=reset", NULL};
    static const char *const refused[] = {
        "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 1D 16",
        "H> E2 D> E2 H> 00 00 00 04 D> 00 00 00 04 1D 0C",
        EMPTY_DA,
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct mtksim *p = host_in_brom(CFG(.settings = reset));
        host_talk(p, "H> FD D> FD 07 66 00 00 H> 80 D> 80"); /* nothing was refused */
        host_talk(p, refused[i]);
        host_gone(p, NS_PER_S);
        mtksim_free(p);
        p = host_in_brom(CFG(.chip = NULL));
        host_talk(p, refused[i]);
        host_talk(p, "H> FD D> FD 07 66 00 00");
        mtksim_free(p);
    }
}

/* 6.5: accepted, and failed when the bytes are there. */
static void bad_da_signatures(void **state)
{
    (void)state;
    static const char *const one_word[] = {"brom_bad_signature=0x7015", NULL};
    uint8_t bad[VENDOR_DA_LEN];
    struct mtksim *p = host_in_brom(CFG(.security = "daa"));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_da(&other, "mt6765", 1, bad);
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "70 24");
    vendor_da(&ours, "mt6580", 1, bad); /* the padding of an older chip */
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "70 24");
    memcpy(bad, da, sizeof bad);
    bad[0x800] ^= 1;
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "70 24");
    vendor_send_da(p, da, sizeof da, 128, "00 00", "70 15");       /* no key here makes such a short one */
    vendor_send_da(p, da, sizeof da - 256, 256, "00 00", "70 24"); /* stripped, and the length still told */
    host_talk(p, JUMP "D> 1D 16");                                 /* nothing of it was kept */
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "daa", .settings = one_word));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    memcpy(bad, da, sizeof bad);
    bad[0] ^= 1;
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "70 15");
    mtksim_free(p);
    p = host_in_brom(CFG(.chip = "mt6580", .security = "daa"));
    vendor_da(&ours, "mt6580", 1, bad);
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "00 00");
    mtksim_free(p);
}

/* An agent older than the fuse: by default it refuses itself, some ROMs are said to do so (5.2). */
static void rolled_back(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *status;
    } rows[] = {
        {"brom_rollback=agent", "00 00"}, {"brom_rollback=1d21", "1D 21"}, {"brom_rollback=5a5b", "5A 5B"}};
    for (size_t i = 0; i < 3; i++) {
        const char *const settings[] = {rows[i].setting, NULL};
        uint8_t old[VENDOR_DA_LEN], fresh[VENDOR_DA_LEN];
        vendor_da(&ours, "mt6765", 2, old);
        vendor_da(&ours, "mt6765", 3, fresh);
        struct mtksim *p = host_in_brom(CFG(.security = "daa,arb=3", .settings = settings));
        vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
        vendor_send_da(p, old, sizeof old, 256, "00 00", rows[i].status);
        if (i) /* else the place is taken */
            vendor_send_da(p, fresh, sizeof fresh, 256, "00 00", "00 00");
        mtksim_free(p);
    }
    /* the signature is looked at first */
    static const char *const brom[] = {"brom_rollback=1d21", NULL};
    uint8_t bad[VENDOR_DA_LEN];
    vendor_da(&other, "mt6765", 1, bad);
    struct mtksim *p = host_in_brom(CFG(.security = "daa,arb=3", .settings = brom));
    vendor_send_file(p, 0xE2, ours.auth, ours.auth_len, "00 00");
    vendor_send_da(p, bad, sizeof bad, 256, "00 00", "70 24");
    mtksim_free(p);
}

/* 1D21 and 5A5B are BROM's words: a preloader takes the old agent, which then refuses itself (5.2). */
static void no_preloader_looks_at_the_version(void **state)
{
    (void)state;
    static const char *const words[] = {"brom_rollback=agent", "brom_rollback=1d21", "brom_rollback=5a5b"};
    uint8_t old[VENDOR_DA_LEN];
    vendor_da(&ours, "mt6765", 2, old);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *const settings[] = {words[i], NULL};
        struct mtksim *p =
            host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER, .security = "daa,arb=3", .settings = settings));
        vendor_put_preloader(p, ours.root, 3); /* an older one would leave the phone in BROM */
        host_attach(p, 0x2000);
        host_preloader_sync(p);
        vendor_send_da(p, old, sizeof old, 256, "00 00", "00 00");
        mtksim_free(p);
    }
}

/* 6.1: with SBC, BROM starts no preloader that the vendor has not signed. */
static void secure_boot(void **state)
{
    (void)state;
    static const struct {
        const char *security;
        bool sign, ours;
        uint32_t version;
        uint16_t pid;
    } rows[] = {
        {"sbc", true, true, 1, 0x2000},       {"sbc", true, false, 1, 0x0003},
        {"sbc", false, false, 1, 0x0003},     {"", false, false, 1, 0x2000},
        {"sbc,arb=2", true, true, 2, 0x2000}, {"sbc,arb=2", true, true, 1, 0x0003},
        {"arb=2", false, false, 1, 0x0003},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim *p = host_phone(CFG(.security = rows[i].security, .boot = MTKSIM_BOOT_PRELOADER));
        const struct rsa_key *key = rows[i].ours ? ours.root : other.root;
        vendor_put_preloader(p, rows[i].sign ? key : NULL, rows[i].version);
        host_attach(p, rows[i].pid);
        mtksim_free(p);
    }
}

/* A preloader of which one byte was changed and the digest made right again. */
static void secure_boot_looks_at_every_byte(void **state)
{
    (void)state;
    uint8_t byte;
    struct mtksim *p = host_phone(CFG(.security = "sbc", .boot = MTKSIM_BOOT_PRELOADER));
    vendor_put_preloader(p, ours.root, 1);
    mtksim_flash_read(p, "boot1", 0x1000, &byte, 1);
    byte ^= 1;
    mtksim_flash_write(p, "boot1", 0x1000, &byte, 1);
    host_attach(p, 0x0003);
    mtksim_free(p);
}

/* Files of any content and length: the phone answers, and stays in its loop. */
static void noise(void **state)
{
    (void)state;
    struct prng rng = prng_init(11);
    struct mtksim *p = host_in_brom(CFG(.security = "sla,daa,cert"));
    for (int i = 0; i < 300; i++) {
        char script[64];
        uint8_t file[0x8E0], op = i & 1 ? 0xE0 : 0xE2;
        size_t len = 1 + (size_t)prng_below(&rng, sizeof file);
        if (i % 3)
            memcpy(file, ours.auth, sizeof file);
        else
            prng_bytes(&rng, file, sizeof file);
        if (i % 3 == 2)
            len = sizeof file;
        file[prng_below(&rng, len < 0x800 ? len : 0x800)] ^= (uint8_t)(1 + prng_below(&rng, 255));
        snprintf(script, sizeof script, "H> %02X D> %02X H> 00 00 %02zX %02zX D> 00 00 %02zX %02zX 00 00", op,
                 op, len >> 8, len & 0xFF, len >> 8, len & 0xFF);
        host_talk(p, script);
        assert_int_equal(mtksim_write(p, file, len, HOST_BYTE_NS), (ssize_t)len);
        uint8_t reply[4];
        for (size_t n = 0; n < sizeof reply;) {
            ssize_t k = mtksim_read(p, reply + n, sizeof reply - n, HOST_BYTE_NS);
            assert_true(k > 0);
            n += (size_t)k;
        }
        assert_true(reply[2] == 0x20 || reply[2] == 0x70);
    }
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(the_vendor_follows_from_the_seed),
        cmocka_unit_test(missing),
        cmocka_unit_test(wrong_or_damaged_files),
        cmocka_unit_test(wrong_answers),
        cmocka_unit_test(unswapped_answers),
        cmocka_unit_test(length_orders_and_width),
        cmocka_unit_test(pending_send_da),
        cmocka_unit_test(send_da_again),
        cmocka_unit_test(reset_after_a_refusal),
        cmocka_unit_test(bad_da_signatures),
        cmocka_unit_test(rolled_back),
        cmocka_unit_test(no_preloader_looks_at_the_version),
        cmocka_unit_test(secure_boot),
        cmocka_unit_test(secure_boot_looks_at_every_byte),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests_name("simdev/security_brom", tests, make_vendors_and_agent, free_vendors);
}
