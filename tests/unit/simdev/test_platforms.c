/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of brom-preloader.md 8.7 as it is printed, cell by cell, each proven on a phone of that platform. The XML
 * agents' chips are in no printed row: they behave as the newest rows do.
 */
#include "host.h"

#include "simdev/board/soc.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

enum policy { USBDL, DAA_FUSE, USBDL_AND_SECURE_BOOT };

static const struct row {
    const char *chips;                      /* that the row is for */
    enum { MUSB = 0x46, SSUSB = 0x43 } usb; /* and the length of its configuration descriptor, 1.2 */
    uint8_t bl_ver;
    bool doubled_a0, fb_e1_e7, op80, op70_71;
    int window_ms, extra_ms;
    uint32_t da_ram;
    enum policy policy;
    uint16_t bad, too_long;
    uint32_t limit;
    uint16_t jump;
} rows[] = {
    {"mt6580", MUSB, 1, 0, 0, 0, 0, 2500, 0, 0x80001000, DAA_FUSE, 0x2001, 0x2006, 0x30000, 0x2001},
    {"mt6735 mt6737 mt6753", MUSB, 2, 0, 0, 0, 1, 2500, 0, 0x40200000, USBDL_AND_SECURE_BOOT, 0x7024, 0x1D10,
     0x30000, 0x2001},
    {"mt6739", MUSB, 3, 1, 1, 0, 0, 2500, 3500, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000, 0x7024},
    {"mt6755 mt6750", SSUSB, 2, 1, 0, 0, 1, 2500, 0, 0x40200000, USBDL, 0x2001, 0x2006, 0x40000, 0x2001},
    {"mt6757", SSUSB, 2, 1, 0, 0, 1, 2500, 0, 0x40200000, USBDL, 0x2001, 0x2006, 0x40000, 0x2001},
    {"mt6761 mt6762 mt6765", MUSB, 3, 1, 1, 1, 1, 2500, 3500, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000,
     0x7024},
    {"mt6763", MUSB, 3, 1, 1, 1, 0, 2500, 3500, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000, 0x7024},
    {"mt6768", MUSB, 3, 1, 1, 1, 0, 2500, 0, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000, 0x7024},
    {"mt6771 mt6779 mt6785", SSUSB, 3, 1, 1, 1, 0, 2500, 0, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000,
     0x7024},
    {"mt6789", MUSB, 3, 1, 1, 1, 0, 2500, 0, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000, 0x7024},
    {"mt6855", SSUSB, 3, 1, 1, 1, 0, 2500, 0, 0x40200000, USBDL, 0x7024, 0x1D10, 0x40000, 0x7024},
};

/* Runs a check for every chip of every row. fused: it makes phones with fuses, whose keys take time, so that only one
 * chip of a row has its turn. */
static void for_each(void (*check)(const struct row *r, const char *chip), bool fused)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char chips[64], *save = NULL;
        strcpy(chips, rows[i].chips);
        for (char *chip = strtok_r(chips, " ", &save); chip; chip = strtok_r(NULL, " ", &save), n++) {
            if (!fused || chip == chips)
                check(&rows[i], chip);
        }
    }
    assert_null(soc_at(n)); /* every profile is in the table */
}

static void talk_word(struct mtksim *p, const char *fmt, unsigned word)
{
    char script[128];
    snprintf(script, sizeof script, fmt, word >> 8, word & 0xFF);
    host_talk(p, script);
}

/* ---- what the loop answers ---- */

static void check_opcodes(const struct row *r, const char *chip)
{
    uint8_t d[128];
    struct mtksim *p = host_in_preloader(CFG(.chip = chip));
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), r->usb);
    assert_int_equal(d[11], r->usb == MUSB ? 1 : 0); /* the data interface comes first, or the other one */
    host_talk(p, (const char *[]){"H> FE D> 01", "H> FE D> 02", "H> FE D> 03"}[r->bl_ver - 1]);
    host_talk(p, r->fb_e1_e7 ? "H> FB D> FB 00 00 00 07 00 00 00 00" : "H> FB D> FB");
    host_talk(p, r->fb_e1_e7 ? "H> E1 D> E1 00 00 00 10 R> 16 D> 00 00" : "H> E1 D> E1");
    host_talk(p, r->fb_e1_e7 ? "H> E7 D> E7 00 00 00 20 R> 32 D> 00 00" : "H> E7 D> E7");
    host_talk(p, "H> 71 D> 71");
    if (r->op70_71) {
        const uint8_t nobody[64] = "nobody";
        assert_int_equal(mtksim_write(p, nobody, sizeof nobody, HOST_BYTE_NS), 64);
        host_talk(p, "D> 00 01");
    }
    host_quiet(p, 50 * NS_PER_MS);
    host_talk(p, r->op80 ? "H> 80 D> 80 00 00" : "H> 80 D> 80");
    if (r->op80)
        host_gone(p, NS_PER_S);
    else
        host_quiet(p, NS_PER_S);
    mtksim_free(p);
}

static void opcodes(void **state)
{
    (void)state;
    for_each(check_opcodes, false);
}

static void check_handshake(const struct row *r, const char *chip)
{
    struct mtksim *p = host_phone(CFG(.chip = chip, .boot = MTKSIM_BOOT_PRELOADER));
    host_put_preloader(p);
    host_attach(p, 0x2000);
    host_talk(p, "H> A0"); /* swallowed */
    host_quiet(p, 40 * NS_PER_MS);
    host_talk(p, r->doubled_a0 ? "H> A0 D> 5F H> A0" : "H> A0 D> 5F H> A0 D> A1");
    host_quiet(p, 20 * NS_PER_MS);
    if (!r->doubled_a0)
        host_talk(p, "H> A0 D> 5F");
    host_talk(p, "H> 0A D> F5 H> 50 D> AF H> 05 D> FA H> FD D> FD R> 2 D> 00 00");
    mtksim_free(p);
}

static void handshake(void **state)
{
    (void)state;
    for_each(check_handshake, false);
}

/* ---- windows ---- */

/* From enumeration until the preloader boots on. brom_first: BROM waited for a host before it. */
static int64_t window(const char *chip, bool brom_first)
{
    static const char *const brief[] = {"brom_window_ms=1000", NULL};
    struct mtksim *p = host_phone(
        CFG(.chip = chip, .settings = brief, .boot = brom_first ? MTKSIM_BOOT_BROM : MTKSIM_BOOT_PRELOADER));
    struct mtksim_usb_id id;
    host_put_preloader(p);
    host_attach(p, brom_first ? 0x0003 : 0x2000);
    if (brom_first) {
        host_gone(p, 2 * NS_PER_S);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x2000);
    }
    int64_t start = mtksim_now(p);
    host_gone(p, 20 * NS_PER_S);
    int64_t took = mtksim_now(p) - start;
    mtksim_free(p);
    return took;
}

static void check_windows(const struct row *r, const char *chip)
{
    const int64_t polls = 30 * NS_PER_MS; /* one to be configured, one to find the window over */
    int64_t ns = r->window_ms * NS_PER_MS, extra = r->extra_ms * NS_PER_MS;
    assert_in_range(window(chip, false), ns, ns + polls);
    assert_in_range(window(chip, true), ns + extra, ns + extra + polls);
}

static void windows(void **state)
{
    (void)state;
    for_each(check_windows, false);
}

/* ---- Download Agents ---- */

/* SEND_DA of `len` zeros to an address that is nobody's, and its last status. */
static void send_da(struct mtksim *p, uint32_t len, unsigned status)
{
    char script[200];
    uint8_t *da = calloc(1, len);
    assert_non_null(da);
    snprintf(
        script, sizeof script,
        "H> D7 D> D7 H> 00 00 00 01 D> 00 00 00 01 H> 00 %02X %02X %02X D> 00 %02X %02X %02X H> 00 00 01 00 "
        "D> 00 00 01 00 00 00",
        len >> 16, len >> 8 & 0xFF, len & 0xFF, len >> 16, len >> 8 & 0xFF, len & 0xFF);
    host_talk(p, script);
    assert_int_equal(mtksim_write(p, da, len, HOST_BYTE_NS), (ssize_t)len);
    talk_word(p, "D> 00 00 %02X %02X", status);
    free(da);
}

/* Whether a DA that nobody signed is refused with these fuses and settings. */
static void expect_verified(const struct row *r, const char *chip, const char *fuses, const char *usbdl,
                            bool verified)
{
    const char *const settings[] = {usbdl, NULL};
    struct mtksim_usb_id id;
    struct mtksim *p = host_in_preloader(CFG(.chip = chip, .security = fuses, .settings = settings));
    send_da(p, 0x1000, verified ? r->bad : 0);
    if (verified) { /* wiped, and BROM for five seconds */
        host_gone(p, 10 * NS_PER_MS);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x0003);
    }
    mtksim_free(p);
}

static void check_policy(const struct row *r, const char *chip)
{
    expect_verified(r, chip, "", "usbdl=off", false);
    expect_verified(r, chip, "", "usbdl=on", r->policy == USBDL);
    expect_verified(r, chip, "sbc", "usbdl=on", r->policy != DAA_FUSE);
    expect_verified(r, chip, "sbc,daa", "usbdl=off", r->policy == DAA_FUSE);
}

static void policy(void **state)
{
    (void)state;
    for_each(check_policy, true);
}

/* The length counts only where something is verified; as long as the window is not too long. */
static void check_limits(const struct row *r, const char *chip)
{
    static const char *const any[] = {"usbdl=on", "accept_any_credential=on", NULL};
    struct mtksim *p = host_in_preloader(CFG(.chip = chip, .security = "sbc,daa", .settings = any));
    send_da(p, r->limit, 0);
    send_da(p, r->limit + 1, r->too_long);
    host_gone(p, 10 * NS_PER_MS);
    mtksim_free(p);
    p = host_in_preloader(CFG(.chip = chip));
    send_da(p, r->limit + 1, 0);
    mtksim_free(p);
    assert_int_equal(soc_find(chip)->pl_da_address, r->da_ram); /* which nothing on the wire shows */
}

static void limits(void **state)
{
    (void)state;
    for_each(check_limits, true);
}

static void check_jump(const struct row *r, const char *chip)
{
    struct mtksim_usb_id id;
    struct mtksim *p = host_in_preloader(CFG(.chip = chip));
    talk_word(p, "H> D5 D> D5 H> 40 20 00 00 D> 40 20 00 00 %02X %02X", r->jump);
    host_gone(p, 10 * NS_PER_MS);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x0003);
    mtksim_free(p);
}

static void jump_without_da(void **state)
{
    (void)state;
    for_each(check_jump, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opcodes), cmocka_unit_test(handshake), cmocka_unit_test(windows),
        cmocka_unit_test(policy),  cmocka_unit_test(limits),    cmocka_unit_test(jump_without_da),
    };
    return cmocka_run_group_tests_name("simdev/platforms", tests, NULL, NULL);
}
