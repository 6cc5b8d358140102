/* SPDX-License-Identifier: Apache-2.0 */
/* BROM, byte by byte: brom-preloader.md 3.2, 4, 5.2, 6, 10. */
#include "host.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

static void handshake(void **state)
{
    (void)state;
    struct mtksim *p = host_phone(CFG(.chip = "mt6765"));
    host_attach(p, 0x0003);
    host_talk(p, "H> FD D> FE"); /* not synchronised: byte + 1 (3.2) */
    host_talk(p, "H> A0 D> 5F H> 0B D> 0C");
    host_brom_sync(p);
    host_talk(p, "H> A0 D> A0"); /* in the loop: an unknown opcode (3.3) */
    assert_string_equal(mtksim_stage(p), "brom");
    mtksim_free(p);
}

static void identification(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, "H> FD D> FD 07 66 00 00");
    host_talk(p, "H> FC D> FC 8A 00 CA 00 00 00 00 00");
    host_talk(p, "H> FE D> FE");
    host_talk(p, "H> FF D> 05");
    host_talk(p, "H> D8 D> D8 00 00 00 00 00 00");
    host_talk(p, "H> E1 D> E1 00 00 00 10 R> 16 D> 00 00");
    host_talk(p, "H> E7 D> E7 00 00 00 20 R> 32 D> 00 00");
    host_talk(p, "H> FB D> FB");
    host_quiet(p, NS_PER_S);
    mtksim_free(p);
}

static void unknown_opcodes_are_echoed(void **state)
{
    (void)state;
    static const uint8_t known[] = {0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5,
                                    0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0,
                                    0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xFC, 0xFD, 0xFF};
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    for (unsigned op = 0; op < 256; op++) {
        char script[32];
        if (memchr(known, (int)op, sizeof known))
            continue;
        snprintf(script, sizeof script, "H> %02X D> %02X", op, op);
        host_talk(p, script);
        host_quiet(p, NS_PER_MS);
    }
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

static void target_config_bits(void **state)
{
    (void)state;
    static const struct {
        const char *security, *script;
    } rows[] = {
        {"sbc", "H> D8 D> D8 00 00 00 01 00 00"},
        {"sla", "H> D8 D> D8 00 00 00 02 00 00"},
        {"daa", "H> D8 D> D8 00 00 00 04 00 00"},
        {"epp", "H> D8 D> D8 00 00 00 08 00 00"},
        {"sbc,daa,mread,mwrite,c8", "H> D8 D> D8 00 00 00 E5 00 00"},
        {"sbc,sla,daa,mread,mwrite,c8", "H> D8 D> D8 00 00 00 E7 00 00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mtksim *p = host_in_brom(CFG(.security = rows[i].security));
        host_talk(p, rows[i].script);
        mtksim_free(p);
    }
}

static void memory(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    /* watchdog off, and read back without the enable bit */
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 22 00 00 64 D> 22 00 00 64 00 00");
    host_talk(
        p, "H> D1 D> D1 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00 00 00 00 64 00 00");
    /* a word written is a word read, as a whole and in halves */
    host_talk(p, "H> D4 D> D4 H> 00 10 20 00 D> 00 10 20 00 H> 00 00 00 02 D> 00 00 00 02 00 00"
                 "H> 11 22 33 44 D> 11 22 33 44 H> 55 66 77 88 D> 55 66 77 88 00 00");
    host_talk(p, "H> D1 D> D1 H> 00 10 20 00 D> 00 10 20 00 H> 00 00 00 02 D> 00 00 00 02 00 00"
                 "D> 11 22 33 44 55 66 77 88 00 00");
    host_talk(p, "H> D0 D> D0 H> 00 10 20 02 D> 00 10 20 02 H> 00 00 00 01 D> 00 00 00 01 00 00 11 22 00 00");
    /* D3 has no echo of the data */
    host_talk(
        p, "H> D3 D> D3 H> 00 10 20 00 D> 00 10 20 00 H> 00 00 00 01 D> 00 00 00 01 00 00 H> AB CD D> 00 00");
    host_talk(
        p, "H> D1 D> D1 H> 00 10 20 00 D> 00 10 20 00 H> 00 00 00 01 D> 00 00 00 01 00 00 11 22 AB CD 00 00");
    /* misaligned and running out of the address space */
    host_talk(p, "H> D1 D> D1 H> 00 10 20 02 D> 00 10 20 02 H> 00 00 00 01 D> 00 00 00 01 1D 02");
    host_talk(p, "H> D1 D> D1 H> FF FF FF FC D> FF FF FF FC H> 00 00 00 02 D> 00 00 00 02 1D 02");
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

static void unwritten_memory_is_stable(void **state)
{
    (void)state;
    uint8_t first[4], second[4];
    for (int round = 0; round < 2; round++) {
        struct mtksim *p = host_in_brom(CFG(.seed = 7));
        host_talk(p, "H> D1 D> D1 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 00 00");
        assert_int_equal(mtksim_read(p, round ? second : first, 4, HOST_BYTE_NS), 4);
        host_talk(p, "D> 00 00");
        mtksim_free(p);
    }
    assert_memory_equal(first, second, 4);
}

static void write_success_word(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6580"));
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 01"
                 "H> 22 00 00 64 D> 22 00 00 64 00 01");
    host_talk(p,
              "H> D1 D> D1 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00 R> 4 D> 00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.settings = (const char *const[]){"brom_write_ok=0x0001", NULL}));
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 01");
    mtksim_free(p);
}

static void permission_table(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "mread,mwrite"));
    host_talk(p, "H> D1 D> D1 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 1D 02");
    host_talk(p, "H> D4 D> D4 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 1D 02");
    host_talk(p,
              "H> D1 D> D1 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00 R> 4 D> 00 00");
    mtksim_free(p);
    static const char *const other[] = {"brom_bad_range=0x1D00", NULL};
    p = host_in_brom(CFG(.security = "mread", .settings = other));
    host_talk(p, "H> D1 D> D1 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 1D 00");
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

static void legacy_access(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6580"));
    host_talk(p, "H> A1 D> A1 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 H> 12 34 D> 12 34");
    host_talk(p, "H> A2 D> A2 H> 00 10 00 00 D> 00 10 00 00 H> 00 00 00 01 D> 00 00 00 01 12 34");
    host_talk(p, "H> FD D> FD 65 80 00 00"); /* no status words came behind */
    mtksim_free(p);
}

static void send_da_checks(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
#define DA(a, l, s, rest) "H> D7 D> D7 H> " a " D> " a " H> " l " D> " l " H> " s " D> " s " " rest
    host_talk(p, DA("00 20 00 00", "00 00 00 00", "00 00 00 00", "1D 13")); /* length zero */
    host_talk(p, DA("00 20 00 01", "00 00 00 08", "00 00 00 00", "1D 11")); /* odd address */
    host_talk(p, DA("00 20 00 00", "00 00 00 08", "00 00 00 09", "1D 14")); /* signature longer */
    host_talk(p, DA("00 10 00 00", "00 00 00 08", "00 00 00 00", "1D 12")); /* not where DAs go */
    host_talk(p, DA("00 20 00 00", "FF FF FF FF", "00 00 00 00", "1D 12"));
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 1D 16"); /* nothing to jump to */
    host_talk(p, DA("00 20 00 00", "00 00 00 08", "00 00 00 00",
                    "00 00 H> 01 02 03 04 05 06 07 08 D> 08 00 00 00"));
    host_talk(p, DA("00 20 00 04", "00 00 00 08", "00 00 00 00", "1D 0E")); /* overlaps the first */
    host_talk(p, DA("00 20 10 00", "00 00 00 03", "00 00 00 00", "00 00 H> 01 02 03 D> 02 02 00 00"));
    host_talk(p, "H> D5 D> D5 H> 00 30 00 00 D> 00 30 00 00 1D 0F"); /* no DA there */
    host_talk(
        p, "H> D1 D> D1 H> 00 20 00 04 D> 00 20 00 04 H> 00 00 00 01 D> 00 00 00 01 00 00 08 07 06 05 00 00");
    mtksim_free(p);
}

static void too_many_das(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    for (int i = 0; i <= 8; i++) {
        char script[160];
        snprintf(script, sizeof script,
                 "H> D7 D> D7 H> 00 20 %02X 00 D> 00 20 %02X 00 H> 00 00 00 02 D> 00 00 00 02"
                 "H> 00 00 00 00 D> 00 00 00 00 %s",
                 i, i, i < 8 ? "00 00 H> 55 AA D> AA 55 00 00" : "1D 10");
        host_talk(p, script);
    }
    mtksim_free(p);
}

static void payload_in_any_pieces(void **state)
{
    (void)state;
    static uint8_t da[5001];
    uint16_t sum = 0;
    for (size_t i = 0; i < sizeof da; i++) {
        da[i] = (uint8_t)(i * 7 + i / 256);
        sum ^= (uint16_t)(i & 1 ? da[i] << 8 : da[i]);
    }
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, DA("00 20 00 00", "00 00 13 89", "00 00 00 00", "00 00"));
    for (size_t pos = 0, step = 1; pos < sizeof da; pos += step, step = step * 3 + 1) {
        if (step > sizeof da - pos)
            step = sizeof da - pos;
        assert_int_equal(mtksim_write(p, da + pos, step, HOST_BYTE_NS), (ssize_t)step);
        assert_int_equal(mtksim_write(p, NULL, 0, 0),
                         0); /* zero-length packets are swallowed anywhere (1.5) */
    }
    char script[40];
    snprintf(script, sizeof script, "D> %02X %02X 00 00", sum >> 8, sum & 0xFF);
    host_talk(p, script);
    mtksim_free(p);
}

static const char *const foreign[] = {"foreign_agent=on", NULL};

static void jump_starts_the_agent(void **state)
{
    (void)state;
    static const char *const jumps[] = {
        "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00 C0",
        "H> DE D> DE H> 00 20 00 00 D> 00 20 00 00 H> 00 D> 00 00 00 C0",
        "H> DE D> DE H> 00 20 00 00 D> 00 20 00 00 H> 01 D> 01 00 00 H> 64 D> 64 00 00 C0",
    };
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        struct mtksim *p = host_in_brom(CFG(.settings = foreign));
        host_talk(p, DA("00 20 00 00", "00 00 00 08", "00 00 00 00",
                        "00 00 H> 01 02 03 04 05 06 07 08 D> 08 00 00 00"));
        host_talk(p, jumps[i]);
        assert_string_equal(mtksim_stage(p), "da1");
        mtksim_free(p);
    }
}

static void unknown_code_crashes(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, DA("00 20 00 00", "00 00 00 08", "00 00 00 00",
                    "00 00 H> 01 02 03 04 05 06 07 08 D> 08 00 00 00"));
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00");
    assert_string_equal(mtksim_stage(p), "dead");
    host_quiet(p, 5 * NS_PER_S);
    host_gone(p, 10 * NS_PER_S); /* the watchdog, which nobody had switched off */
    mtksim_free(p);
}

static void watchdog_off_stays_dead(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 22 00 00 64 D> 22 00 00 64 00 00");
    host_talk(p, DA("00 20 00 00", "00 00 00 02", "00 00 00 00", "00 00 H> 01 02 D> 02 01 00 00"));
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00");
    host_quiet(p, 1000 * NS_PER_S);
    mtksim_free(p);
}

static void software_reset(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    struct mtksim_usb_id before, after;
    assert_int_equal(mtksim_identity(p, &before), 0);
    host_talk(p, "H> D4 D> D4 H> 10 00 70 14 D> 10 00 70 14 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 00 00 12 09 D> 00 00 12 09");
    host_gone(p, NS_PER_MS);
    /* nothing to boot in boot1: BROM again, as a new device */
    assert_int_equal(mtksim_attach(p, NS_PER_S, &after), 0);
    assert_int_equal(after.pid, 0x0003);
    assert_true(after.generation > before.generation);
    host_brom_sync(p);
    mtksim_free(p);
}

#define RGU(reg) "H> 10 00 70 " reg " D> 10 00 70 " reg " H> 00 00 00 01 D> 00 00 00 01 00 00 "

static void rgu_is(struct mtksim *p, const char *reg, const char *value)
{
    char script[160];
    snprintf(script, sizeof script,
             "H> D1 D> D1 H> 10 00 70 %s D> 10 00 70 %s H> 00 00 00 01 D> 00 00 00 01 00 00 %s 00 00", reg,
             reg, value);
    host_talk(p, script);
}

/* 7.4: the watchdog's registers; those with a key take nothing without it. */
static void watchdog_registers(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, "H> D4 D> D4 " RGU("00") "H> 22 00 00 64 D> 22 00 00 64 00 00");
    rgu_is(p, "00", "00 00 00 64"); /* what every host writes: enable cleared */
    host_talk(p, "H> D4 D> D4 " RGU("00") "H> 00 00 00 01 D> 00 00 00 01 00 00");
    rgu_is(p, "00", "00 00 00 64");
    host_talk(p,
              "H> D4 D> D4 " RGU("04") "H> 00 00 14 08 D> 00 00 14 08 00 00"); /* 2.5 s in units of 1/64 s */
    rgu_is(p, "04", "00 00 14 00");
    host_talk(p, "H> D4 D> D4 " RGU("04") "H> 00 00 28 00 D> 00 00 28 00 00 00"); /* no key */
    rgu_is(p, "04", "00 00 14 00");
    host_talk(p, "H> D4 D> D4 " RGU("20") "H> CA FE 00 01 D> CA FE 00 01 00 00"); /* scratch */
    host_talk(p, "H> D4 D> D4 " RGU("24") "H> CA FE 00 02 D> CA FE 00 02 00 00");
    rgu_is(p, "20", "CA FE 00 01");
    rgu_is(p, "24", "CA FE 00 02");
    rgu_is(p, "0C", "00 00 00 00");
    host_talk(p, "H> D4 D> D4 " RGU("14") "H> 00 00 12 08 D> 00 00 12 08 00 00"); /* not the key of SWRST */
    host_talk(p, "H> D4 D> D4 " RGU("14") "H> 00 00 12 09 D> 00 00 12 09");
    host_gone(p, NS_PER_MS);
    assert_int_equal(mtksim_attach(p, NS_PER_S, &id), 0);
    host_brom_sync(p);
    rgu_is(p, "0C", "40 00 00 00"); /* why: software reset */
    mtksim_free(p);
}

/* 4.15: the power chip's registers keep what is written to them, apart from memory at the same number. */
static void pmic_registers(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, "H> C7 D> C7 H> 00 0E D> 00 0E H> 10 01 D> 10 01 00 00 00 00");
    host_talk(p, "H> C7 D> C7 H> 00 10 D> 00 10 H> 20 02 D> 20 02 00 00 00 00");
    host_talk(p, "H> C6 D> C6 H> 00 0E D> 00 0E 00 00 00 00 10 01");
    host_talk(p, "H> C6 D> C6 H> 00 10 D> 00 10 00 00 00 00 20 02");
    mtksim_free(p);
}

/* 2.1: flag, lock key, RST_CON, reset: BROM opens for as long as the flag says. */
static void usbdl_flag_window(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
        struct mtksim_usb_id id;
        host_put_preloader(p);
#define WRITE(a, v) \
    "H> D4 D> D4 H> " a " D> " a " H> 00 00 00 01 D> 00 00 00 01 00 00 H> " v " D> " v " 00 00"
        host_talk(p, WRITE("10 01 A0 80", "44 4C 00 F1")); /* 60 s */
        if (kept)
            host_talk(p, WRITE("10 01 A1 00", "00 00 AD 98") WRITE("10 01 A1 08", "00 00 00 01"));
        host_talk(p, "H> D4 D> D4 H> 10 00 70 14 D> 10 00 70 14 H> 00 00 00 01 D> 00 00 00 01 00 00"
                     "H> 00 00 12 09 D> 00 00 12 09");
        host_gone(p, NS_PER_MS);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, kept ? 0x0003 : 0x2000);
        if (kept) {
            mtksim_sleep(p, 59 * NS_PER_S);
            assert_string_equal(mtksim_stage(p), "brom");
            mtksim_sleep(p, NS_PER_S);
            assert_string_equal(mtksim_stage(p), "preloader");
        }
        mtksim_free(p);
    }
}

/* 2.1: with bit 1 the flag is the boot loader's. The ROM goes on, and both time limits of the preloader are the flag's. */
static void usbdl_flag_by_bootloader(void **state)
{
    (void)state;
    static const char *const flags[] = {"44 4C FF FF", "44 4C 00 F3"}; /* for ever; 60 s */
    for (int i = 0; i < 2; i++) {
        char script[200];
        struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
        struct mtksim_usb_id id;
        host_put_preloader(p);
        snprintf(
            script, sizeof script,
            "H> D4 D> D4 H> 10 01 A0 80 D> 10 01 A0 80 H> 00 00 00 01 D> 00 00 00 01 00 00 H> %s D> %s 00 00",
            flags[i], flags[i]);
        host_talk(p, script);
        host_talk(p, WRITE("10 01 A1 00", "00 00 AD 98") WRITE("10 01 A1 08", "00 00 00 01"));
        host_talk(p, "H> D4 D> D4 H> 10 00 70 14 D> 10 00 70 14 H> 00 00 00 01 D> 00 00 00 01 00 00"
                     "H> 00 00 12 09 D> 00 00 12 09");
        host_gone(p, NS_PER_MS);
        mtksim_sleep(p, 30 * NS_PER_S); /* nobody enumerates it in the usual 8 s */
        assert_int_equal(mtksim_attach(p, NS_PER_MS, &id), 0);
        assert_int_equal(id.pid, 0x2000);
        mtksim_sleep(p, 59 * NS_PER_S); /* nor says A0 in the usual 2.5 s */
        assert_int_equal(mtksim_identity(p, &id), 0);
        assert_int_equal(id.pid, 0x2000);
        mtksim_sleep(p, 2 * NS_PER_S);
        if (i == 0)
            host_preloader_sync(p);
        else
            assert_int_equal(mtksim_read(p, script, 1, 0), MTKSIM_GONE);
        mtksim_free(p);
    }
}

/* A deadline that passes while a reply waits to be collected has passed, by however little. */
static void window_missed_by_a_nanosecond(void **state)
{
    (void)state;
    uint8_t b;
    struct mtksim *p = host_phone(CFG(.settings = (const char *const[]){"brom_window_ms=1000", NULL}));
    host_put_preloader(p);
    host_attach(p, 0x0003);
    assert_int_equal(mtksim_write(p, "\xA0", 1, 0), 1);
    mtksim_sleep(p, 1020 * NS_PER_MS + 1 - mtksim_now(p)); /* 20 ms of start-up, then the window */
    assert_int_equal(mtksim_read(p, &b, 1, 0), 1);
    host_gone(p, NS_PER_S);
    mtksim_free(p);
}

static void brom_window_setting(void **state)
{
    (void)state;
    struct mtksim *p = host_phone(CFG(.settings = (const char *const[]){"brom_window_ms=4500", NULL}));
    host_put_preloader(p);
    host_attach(p, 0x0003);
    host_quiet(p, 4 * NS_PER_S);
    host_gone(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "preloader");
    mtksim_free(p);
}

static void jump_bl(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    struct mtksim_usb_id id;
    host_put_preloader(p);
    host_talk(p, "H> D6 D> D6 00 00");
    host_gone(p, NS_PER_MS);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x2000);
    mtksim_free(p);
}

static void small_commands(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, "H> DB D> DB 00 00");
    host_talk(p, "H> DC D> DC H> 00 07 08 00 D> 00 07 08 00 00 00");
    host_talk(p, "H> DC D> DC H> 00 2D C6 C0 D> 00 2D C6 C0 1D 1D");
    host_talk(p, "H> DA D> DA H> 00 00 00 00 D> 00 00 00 00 H> 00 00 00 00 D> 00 00 00 00 H> 00 00 00 01"
                 "D> 00 00 00 01 1D 1A");
    host_talk(p, "H> C4 D> C4 H> 80 00 00 00 D> 80 00 00 00 H> 00 00 00 00 D> 00 00 00 00 00 00");
    host_talk(p, "H> C6 D> C6 H> 00 0E D> 00 0E 00 00 00 00 R> 2");
    host_talk(p, "H> C7 D> C7 H> 00 0E D> 00 0E H> 10 01 D> 10 01 00 00 00 00");
    host_talk(p, "H> C5 D> C5 00 00");
    host_talk(p, "H> C8 D> C8 H> B1 D> B1 R> 1 D> 00 00");
    host_talk(p, "H> E4 D> E4 70 3A H> E5 D> E5 70 54 H> E6 D> E6 70 54");
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "c8"));
    host_talk(p, "H> C8 D> C8 H> B1 D> B1 R> 1 D> 1D 1A");
    mtksim_free(p);
}

static void logs(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    uint8_t length[4];
    static const char *const ops[] = {"H> DD D> DD", "H> DF D> DF"};
    for (int i = 0; i < 2; i++) {
        char text[256] = "";
        host_talk(p, ops[i]);
        assert_int_equal(mtksim_read(p, length, 4, HOST_BYTE_NS), 4);
        size_t n = (size_t)length[2] << 8 | length[3];
        assert_true(n > 0 && n < sizeof text);
        assert_int_equal(mtksim_read(p, text, sizeof text, HOST_BYTE_NS), (ssize_t)n);
        assert_non_null(strstr(text, "[DL]"));
        assert_non_null(strstr(text, "BP: "));
        if (i)
            host_talk(p, "D> 00 00");
        host_quiet(p, NS_PER_MS);
    }
    mtksim_free(p);
}

static void env_prepare(void **state)
{
    (void)state;
    static const char *const script =
        "H> D9 D> D9 H> 00 20 00 00 D> 00 20 00 00 H> 00 00 00 04 D> 00 00 00 04"
        "H> 04 00 A0 00 D> 04 00 A0 00 H> 00 00 10 00 D> 00 00 10 00 00 00"
        "H> DE AD BE EF D> 42 60 00 00";
    struct mtksim *p = host_in_brom(CFG(.chip = "mt6765"));
    host_talk(p, script);
    host_talk(p, "D> 00 00 00 00 00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.fault = "fail:dram,value=0x0BBE"));
    host_talk(p, script);
    host_talk(p, "D> 00 00 0B BE 00 00");
    assert_int_equal(mtksim_faults(p, NULL, 0), 0);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake),
        cmocka_unit_test(identification),
        cmocka_unit_test(unknown_opcodes_are_echoed),
        cmocka_unit_test(target_config_bits),
        cmocka_unit_test(memory),
        cmocka_unit_test(unwritten_memory_is_stable),
        cmocka_unit_test(write_success_word),
        cmocka_unit_test(permission_table),
        cmocka_unit_test(legacy_access),
        cmocka_unit_test(send_da_checks),
        cmocka_unit_test(too_many_das),
        cmocka_unit_test(payload_in_any_pieces),
        cmocka_unit_test(jump_starts_the_agent),
        cmocka_unit_test(unknown_code_crashes),
        cmocka_unit_test(watchdog_off_stays_dead),
        cmocka_unit_test(software_reset),
        cmocka_unit_test(watchdog_registers),
        cmocka_unit_test(pmic_registers),
        cmocka_unit_test(usbdl_flag_window),
        cmocka_unit_test(usbdl_flag_by_bootloader),
        cmocka_unit_test(window_missed_by_a_nanosecond),
        cmocka_unit_test(brom_window_setting),
        cmocka_unit_test(jump_bl),
        cmocka_unit_test(small_commands),
        cmocka_unit_test(logs),
        cmocka_unit_test(env_prepare),
    };
    return cmocka_run_group_tests_name("simdev/brom", tests, NULL, NULL);
}
