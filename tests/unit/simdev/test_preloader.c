/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader's command loop, byte by byte: brom-preloader.md 4, 6.5, 8.7, 10. */
#include "host.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})
#define DA8                                                                                                  \
    "H> D7 D> D7 H> 00 20 00 00 D> 00 20 00 00 H> 00 00 00 08 D> 00 00 00 08 H> 00 00 00 00 D> 00 00 00 00 " \
    "00 00"
#define PAYLOAD "H> 01 02 03 04 05 06 07 08 D> 08 00 "

static const char *const foreign[] = {"foreign_agent=on", NULL};

/* 10.1 from the handshake on. */
static void full_session(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765", .settings = foreign));
    host_talk(p, "H> FD D> FD 07 66 00 00");
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 22 00 00 64 D> 22 00 00 64 00 00");
    host_talk(p, "H> D8 D> D8 00 00 00 00 00 00");
    host_talk(p, "H> FE D> 03 H> FF D> FF");
    host_talk(p, "H> FC D> FC 8A 00 CA 00 00 00 00 00");
    host_talk(p, "H> FE D> 03 H> E1 D> E1 00 00 00 10 R> 16 D> 00 00");
    host_talk(p, "H> FE D> 03 H> E7 D> E7 00 00 00 20 R> 32 D> 00 00");
    host_talk(p, "H> FB D> FB 00 00 00 07 00 00 00 00");
    host_talk(p, DA8 PAYLOAD "D> 00 00");
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00 C0");
    assert_string_equal(mtksim_stage(p), "da1");
    mtksim_free(p);
}

/* 4.5: every refusal is one status word and nothing else. */
static void whitelist(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765"));
#define READ(a, n) "H> D1 D> D1 H> " a " D> " a " H> " n " D> " n " "
#define ONE        "00 00 00 01"
    host_talk(p, READ("40 00 00 00", ONE) "D> 10 00");
    host_talk(p, READ("10 00 70 00", "00 00 00 00") "D> FF FE");
    host_talk(p, READ("10 00 70 02", ONE) "D> FF FF");
    host_talk(p, READ("10 00 70 00", "40 00 00 00") "D> FF FD");
    host_talk(p, READ("10 00 7F FC", ONE) "D> 00 00 R> 4 D> 00 00");            /* last word of the region */
    host_talk(p, READ("10 00 7F FC", "00 00 00 02") "D> 10 00");                /* must lie wholly inside */
    host_talk(p, READ("11 C5 00 00", "00 00 00 04") "D> 00 00 R> 16 D> 00 00"); /* efuse shadow */
    host_talk(p, READ("10 01 A0 80", ONE) "D> 00 00 44 4C 00 15 00 00"); /* flag armed with 5 s (8.1) */
    host_talk(p, "H> D4 D> D4 H> 11 C5 00 00 D> 11 C5 00 00 H> " ONE " D> " ONE " 10 01"); /* read only */
    host_talk(p, "H> D4 D> D4 H> 10 01 A1 00 D> 10 01 A1 00 H> " ONE " D> " ONE " 10 01"); /* lock key */
    host_talk(p, "H> D2 D> D2 H> 10 00 70 01 D> 10 00 70 01 H> " ONE " D> " ONE " FF FF");
    /* legacy read: its statuses are suppressed, refusals included (4.6) */
    host_talk(p, "H> A2 D> A2 H> 40 00 00 00 D> 40 00 00 00 H> " ONE " D> " ONE);
    host_quiet(p, NS_PER_S);
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

/* Chips whose watchdog is known from host tools only have it where those look for it (7.4), and there alone. */
static void whitelist_watchdog(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *mode;
    } rows[] = {{"mt6789", "10 00 70 00"}, {"mt6855", "1C 00 70 00"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim *p = host_in_preloader(CFG(.chip = rows[i].chip));
        char script[160];
        snprintf(script, sizeof script, "H> D4 D> D4 H> %s D> %s H> " ONE " D> " ONE " 00 00", rows[i].mode,
                 rows[i].mode);
        host_talk(p, script);
        host_talk(p, "H> 22 00 00 64 D> 22 00 00 64 00 00");
        host_talk(p, READ("00 00 00 00", ONE) "D> 10 00");
        host_talk(p, READ("10 01 A0 80", ONE) "D> 10 00");
        mtksim_free(p);
    }
}

/* What a build does not know is echoed and nothing more (4.2). */
static void capability_columns(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *ver, *fb, *e1, *stay, *f0;
    } rows[] = {
        {"mt6580", "H> FE D> 01", "H> FB D> FB", "H> E1 D> E1", "H> 80 D> 80", "H> F0 D> F0"},
        {"mt6755", "H> FE D> 02", "H> FB D> FB", "H> E1 D> E1", "H> 80 D> 80", "H> F0 D> F0"},
        {"mt6739", "H> FE D> 03", "H> FB D> FB 00 00 00 07 00 00 00 00",
         "H> E1 D> E1 00 00 00 10 R> 16 D> 00 00", "H> 80 D> 80", "H> F0 D> F0 H> 00 00 00 00 D> FF FF"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim *p = host_in_preloader(CFG(.chip = rows[i].chip));
        host_talk(p, rows[i].ver);
        host_talk(p, rows[i].fb);
        host_talk(p, rows[i].e1);
        host_talk(p, rows[i].stay);
        host_talk(p, rows[i].f0);
        host_talk(p, "H> DA D> DA H> DC D> DC H> DE D> DE H> E2 D> E2 H> E3 D> E3 H> 00 D> 00 H> B0 D> B0");
        host_quiet(p, NS_PER_MS);
        host_talk(p, "H> DB D> DB 00 00");
        mtksim_free(p);
    }
}

static void target_config_shows_three_bits(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.security = "sbc,sla,daa,mread,mwrite,c8"));
    host_talk(p, "H> D8 D> D8 00 00 00 07 00 00");
    mtksim_free(p);
}

static void unknown_limit_of_mt6735(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6735"));
    for (int i = 0; i < 20; i++)
        host_talk(p, "H> 00 D> 00");
    host_talk(p, "H> FE D> 02"); /* twenty are forgiven */
    host_talk(p, "H> 00 D> 00");
    host_talk(p, "H> FE"); /* the listener has it now */
    host_quiet(p, 100 * NS_PER_MS);
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = "mt6765"));
    for (int i = 0; i < 100; i++)
        host_talk(p, "H> 00 D> 00");
    host_talk(p, "H> FE D> 03");
    mtksim_free(p);
}

/* 10.2: unsigned DA on a phone that checks. */
static void refused_da(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *security, *s2;
    } rows[] = {
        {"mt6765", "sbc,daa", "D> 70 24"},
        {"mt6755", "daa", "D> 20 01"},
        {"mt6580", "daa", "D> 20 01"},
        {"mt6735", "sbc,daa", "D> 70 24"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim_usb_id id;
        struct mtksim *p = host_in_preloader(CFG(.chip = rows[i].chip, .security = rows[i].security));
        host_talk(p, DA8 PAYLOAD);
        host_talk(p, rows[i].s2);
        host_gone(p, 10 * NS_PER_MS);
        /* BROM for five seconds, then the preloader again */
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x0003);
        host_quiet(p, 4 * NS_PER_S);
        host_gone(p, 2 * NS_PER_S);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x2000);
        mtksim_free(p);
    }
}

static void da_policy(void **state)
{
    (void)state;
    static const char *const off[] = {"usbdl=off", NULL}, *const on[] = {"usbdl=on", NULL};
    static const char *const any[] = {"usbdl=on", "accept_any_credential=on", NULL};
    /* the policy is not the fuse (6.5) */
    struct mtksim *p = host_in_preloader(CFG(.security = "sbc,daa", .settings = off));
    host_talk(p, DA8 PAYLOAD "D> 00 00");
    mtksim_free(p);
    p = host_in_preloader(CFG(.settings = on));
    host_talk(p, DA8 PAYLOAD "D> 70 24");
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = "mt6735", .settings = on)); /* wants secure boot as well */
    host_talk(p, DA8 PAYLOAD "D> 00 00");
    mtksim_free(p);
    p = host_in_preloader(CFG(.settings = any)); /* P3: signature must be 256 bytes */
    host_talk(p, DA8 PAYLOAD "D> 70 24");
    mtksim_free(p);
}

static void upload(struct mtksim *p, size_t len, const char *sig_len, const char *s2)
{
    char script[200];
    uint8_t *da = calloc(1, len);
    assert_non_null(da);
    snprintf(script, sizeof script,
             "H> D7 D> D7 H> 00 00 00 01 D> 00 00 00 01 H> 00 %02zX %02zX %02zX D> 00 %02zX %02zX %02zX H> "
             "%s D> %s"
             "D> 00 00",
             len >> 16, len >> 8 & 0xFF, len & 0xFF, len >> 16, len >> 8 & 0xFF, len & 0xFF, sig_len,
             sig_len);
    host_talk(p, script);
    assert_int_equal(mtksim_write(p, da, len, HOST_BYTE_NS), (ssize_t)len);
    host_talk(p, s2);
    free(da);
}

static void da_too_long(void **state)
{
    (void)state;
    static const char *const any[] = {"usbdl=on", "accept_any_credential=on", NULL};
    struct mtksim *p = host_in_preloader(CFG(.settings = any));
    upload(p, 0x40000, "00 00 01 00",
           "D> 00 00 00 00"); /* exactly the window; the address is not looked at */
    upload(p, 0x40001, "00 00 01 00", "D> 00 00 1D 10");
    host_gone(p, 10 * NS_PER_MS);
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = "mt6580", .security = "daa", .settings = any));
    upload(p, 0x30001, "00 00 01 00", "D> 00 00 20 06");
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = "mt6765")); /* nobody looks at the length if nothing is verified */
    upload(p, 0x60001, "00 00 00 00", "D> 00 00 00 00");
    mtksim_free(p);
}

static void jump_without_da(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *script;
    } rows[] = {{"mt6765", "H> D5 D> D5 H> 40 20 00 00 D> 40 20 00 00 70 24"},
                {"mt6735", "H> D5 D> D5 H> 40 20 00 00 D> 40 20 00 00 20 01"}};
    for (size_t i = 0; i < 2; i++) {
        struct mtksim_usb_id id;
        struct mtksim *p = host_in_preloader(CFG(.chip = rows[i].chip));
        host_talk(p, rows[i].script);
        host_gone(p, 10 * NS_PER_MS);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x0003);
        mtksim_free(p);
    }
}

/* 10.5: the cable comes out in the middle of SEND_DA, and back in. */
static void replug_keeps_the_place(void **state)
{
    (void)state;
    struct mtksim_usb_id before, after;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765"));
    mtksim_identity(p, &before);
    host_talk(p, DA8 "H> 01 02 03");
    mtksim_unplug(p);
    assert_int_equal(mtksim_identity(p, &after), MTKSIM_GONE);
    assert_int_equal(mtksim_write(p, "x", 1, NS_PER_S), MTKSIM_GONE);
    mtksim_sleep(p, 60 * NS_PER_S);
    assert_string_equal(mtksim_stage(p), "preloader");
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, &after), 0);
    assert_int_equal(after.pid, 0x2000);
    assert_int_not_equal(after.generation, before.generation);
    host_quiet(p, NS_PER_S); /* no READY */
    host_talk(p, "H> A0");   /* swallowed as payload */
    host_quiet(p, NS_PER_S);
    host_talk(p, "H> 05 06 07 08 D> AC 00 00 00"); /* the rest of it: 01 02 03 A0 05 06 07 08 */
    mtksim_free(p);
}

static void stay_still(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765"));
    host_talk(p, "H> 80 D> 80 00 00");
    host_quiet(p, 90 * NS_PER_MS);
    host_gone(p, 20 * NS_PER_MS);
    mtksim_sleep(p, 1000 * NS_PER_S); /* kicks its watchdog */
    assert_string_equal(mtksim_stage(p), "preloader");
    mtksim_unplug(p);
    mtksim_sleep(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "off");
    mtksim_free(p);
}

static void re_entering_brom(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765"));
    /* 6.6: flag for 60 s, then software reset; lock key and RST_CON were set by the preloader itself */
    host_talk(p, "H> D4 D> D4 H> 10 01 A0 80 D> 10 01 A0 80 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 44 4C 00 F1 D> 44 4C 00 F1 00 00");
    host_talk(p, "H> D4 D> D4 H> 10 00 70 14 D> 10 00 70 14 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 00 00 12 09 D> 00 00 12 09");
    host_gone(p, NS_PER_MS);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x0003);
    mtksim_sleep(p, 50 * NS_PER_S);
    host_brom_sync(p);
    host_talk(p, "H> FE D> FE");
    mtksim_free(p);
}

static void name64(struct mtksim *p, const char *name)
{
    uint8_t field[64] = {0};
    memcpy(field, name, strlen(name));
    assert_int_equal(mtksim_write(p, field, sizeof field, HOST_BYTE_NS), 64);
}

/* 4.20: the checksum is a sum of words with the odd bytes added as bytes; it is never answered. */
static void preloader_as_da(void **state)
{
    (void)state;
    struct mtksim *p = host_in_preloader(CFG(.chip = "mt6765"));
    host_talk(p, "H> 71 D> 71");
    name64(p, "boot");
    host_talk(p, "D> 00 01");
    for (int good = 0; good < 2; good++) {
        host_talk(p, "H> 70 D> 70");
        name64(p, "lk");
        host_talk(p, "H> 00 00 00 07 D> 00 00 H> 01 00 00 80 02 03 FF");
        host_talk(p, good ? "H> 80 00 01 05" : "H> 80 00 01 04");
        host_quiet(p, NS_PER_S);
    }
    host_talk(p, "H> 71 D> 71");
    name64(p, "lk");
    host_talk(p, "D> 00 00");
    host_gone(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = "mt6763")); /* not in this build */
    host_talk(p, "H> 70 D> 70 H> 71 D> 71 H> FE D> 03");
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_session),
        cmocka_unit_test(whitelist),
        cmocka_unit_test(whitelist_watchdog),
        cmocka_unit_test(capability_columns),
        cmocka_unit_test(target_config_shows_three_bits),
        cmocka_unit_test(unknown_limit_of_mt6735),
        cmocka_unit_test(refused_da),
        cmocka_unit_test(da_policy),
        cmocka_unit_test(da_too_long),
        cmocka_unit_test(jump_without_da),
        cmocka_unit_test(replug_keeps_the_place),
        cmocka_unit_test(stay_still),
        cmocka_unit_test(re_entering_brom),
        cmocka_unit_test(preloader_as_da),
    };
    return cmocka_run_group_tests_name("simdev/preloader", tests, NULL, NULL);
}
