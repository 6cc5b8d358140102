/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader before its command loop: windows, READY, handshake, tokens. brom-preloader.md 2, 3.1, 8. */
#include "host.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

static struct mtksim *at_listener(const struct mtksim_config *cfg)
{
    struct mtksim_config c = *cfg;
    c.boot = MTKSIM_BOOT_PRELOADER;
    struct mtksim *p = host_phone(&c);
    host_put_preloader(p);
    host_attach(p, 0x2000);
    return p;
}

static void set_line_coding(struct mtksim *p)
{
    uint8_t coding[7] = {0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08};
    assert_int_equal(mtksim_control(p, 0x21, 0x20, 0, 0, coding, sizeof coding), 7);
}

static void blank_phone_shows_brom(void **state)
{
    (void)state;
    struct mtksim *p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER));
    host_attach(p, 0x0003);
    mtksim_free(p);
    p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER));
    host_put_preloader(p);
    uint8_t b;
    assert_int_equal(mtksim_flash_read(p, "boot1", 0x1000, &b, 1), 0);
    b ^= 1;
    assert_int_equal(mtksim_flash_write(p, "boot1", 0x1000, &b, 1), 0);
    host_attach(p, 0x0003); /* one bit of the code is wrong: the hash tells */
    mtksim_free(p);
}

static void no_ready_without_a_tool(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_quiet(p, NS_PER_S);
    host_preloader_sync(p); /* A0 alone is enough (1.4) */
    host_talk(p, "H> FE D> 03");
    mtksim_free(p);
}

static void ready_every_20_ms(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    set_line_coding(p);
    host_talk(p, "D> 52 45 41 44 59");
    int64_t last = mtksim_now(p);
    for (int i = 0; i < 5; i++) {
        uint8_t ready[64];
        assert_int_equal(mtksim_read(p, ready, sizeof ready, NS_PER_S), 5); /* one transfer each */
        assert_memory_equal(ready, "READY", 5);
        assert_int_equal(mtksim_now(p) - last, 20 * NS_PER_MS);
        last = mtksim_now(p);
    }
    mtksim_free(p);
}

/* 1.5: flush gives up after 300 ms; what nobody collected comes glued. */
static void uncollected_ready_is_glued(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    uint8_t text[64];
    set_line_coding(p);
    mtksim_sleep(p,
                 1000 * NS_PER_MS); /* 300 ms of patience and a 20 ms poll each: three copies left behind */
    assert_int_equal(mtksim_read(p, text, sizeof text, 0), 15);
    assert_memory_equal(text, "READYREADYREADY", 15);
    mtksim_free(p);
}

static void first_a0_is_swallowed(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0");
    host_quiet(p, 50 * NS_PER_MS);
    host_brom_sync(p);
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

static void glued_start_bytes_are_lost(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0 0A 50 05");
    host_quiet(p, 100 * NS_PER_MS);
    host_brom_sync(p);
    mtksim_free(p);
    p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0 H> A0"); /* both within one poll */
    host_quiet(p, 100 * NS_PER_MS);
    host_brom_sync(p);
    mtksim_free(p);
}

static void sync_phase_lasts_300_ms(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0");
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_talk(p, "H> A0 D> 5F");
    mtksim_sleep(p, 310 * NS_PER_MS);
    host_talk(p, "H> A0"); /* the listener again: swallowed */
    host_quiet(p, 40 * NS_PER_MS);
    host_brom_sync(p);
    mtksim_free(p);
}

/* 3.1: newer builds say nothing to a second A0, older ones A1. */
static void doubled_a0(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0");
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_talk(p, "H> A0 D> 5F H> A0");
    host_quiet(p, 20 * NS_PER_MS);
    host_talk(p, "H> 0A D> F5 H> A0");
    host_quiet(p, 20 * NS_PER_MS);
    host_talk(p, "H> 0A D> F5 H> 50 D> AF H> 05 D> FA H> FE D> 03");
    mtksim_free(p);
    p = at_listener(CFG(.chip = "mt6735"));
    host_talk(p, "H> A0");
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_talk(p, "H> A0 D> 5F H> A0 D> A1");
    host_brom_sync(p);
    mtksim_free(p);
}

static void wrong_byte_is_answered_plus_one(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> A0");
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_talk(p, "H> A0 D> 5F H> FF D> 00");
    host_brom_sync(p);
    mtksim_free(p);
}

/* How long the device stays on the bus with nobody talking, from its enumeration. */
static int64_t window_of(const struct mtksim_config *cfg)
{
    struct mtksim *p = at_listener(cfg);
    int64_t start = mtksim_now(p);
    host_gone(p, 20 * NS_PER_S);
    int64_t took = mtksim_now(p) - start;
    mtksim_free(p);
    return took;
}

static void listening_window(void **state)
{
    (void)state;
    /* configured within a poll of 10 ms, listened to until a poll of 20 ms finds the window over */
    assert_in_range(window_of(CFG(.chip = "mt6765")), 2500 * NS_PER_MS, 2530 * NS_PER_MS);
    assert_in_range(window_of(CFG(.chip = "mt6580")), 2500 * NS_PER_MS, 2530 * NS_PER_MS);
}

static int64_t window_after_brom(const char *chip)
{
    static const char *const brief[] = {"brom_window_ms=1000", NULL};
    struct mtksim *p = host_phone(CFG(.chip = chip, .settings = brief));
    struct mtksim_usb_id id;
    host_put_preloader(p);
    host_attach(p, 0x0003);
    host_gone(p, 2 * NS_PER_S);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x2000);
    int64_t start = mtksim_now(p);
    host_gone(p, 20 * NS_PER_S);
    int64_t took = mtksim_now(p) - start;
    mtksim_free(p);
    return took;
}

static void window_is_longer_after_brom_was_tried(void **state)
{
    (void)state;
    assert_in_range(window_after_brom("mt6765"), 6000 * NS_PER_MS, 6030 * NS_PER_MS);
    assert_in_range(window_after_brom("mt6768"), 2500 * NS_PER_MS, 2530 * NS_PER_MS);
}

static void enumeration_window(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct mtksim *p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER));
    host_put_preloader(p);
    mtksim_plug(p);
    mtksim_sleep(p, 8 * NS_PER_S); /* nobody configures it; start-up took some of that */
    assert_int_equal(mtksim_identity(p, &id), 0);
    assert_int_equal(id.pid, 0x2000);
    mtksim_sleep(p, NS_PER_S); /* boots on, in vain: nothing is behind the preloader */
    assert_int_equal(mtksim_identity(p, &id), 0);
    assert_int_equal(id.pid, 0x0003);
    mtksim_free(p);
}

/* A phone whose chain is broken falls back to BROM again and again (8.5). */
static void broken_chain_goes_round(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    for (int i = 0; i < 3; i++) {
        host_gone(p, 20 * NS_PER_S);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x0003);
        host_gone(p, 20 * NS_PER_S);
        assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x2000);
    }
    mtksim_free(p);
}

static void dram_failure_is_never_seen_on_usb(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct mtksim *p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER, .fault = "fail:dram,stage=preloader"));
    host_put_preloader(p);
    mtksim_plug(p);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mtksim_attach(p, 20 * NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x0003);
        host_gone(p, 6 * NS_PER_S);
    }
    mtksim_free(p);
}

static void locked_tool_connection(void **state)
{
    (void)state;
    static const char *const locked[] = {"tool_locked=on", NULL};
    struct mtksim_usb_id id;
    struct mtksim *p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER, .settings = locked));
    host_put_preloader(p);
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, 20 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x0003); /* straight to the boot that fails */
    mtksim_free(p);
}

static void tokens(void **state)
{
    (void)state;
    static const struct {
        const char *token, *reply, *security;
    } rows[] = {
        {"FACTFACT", "TCAFTCAF", ""},    {"ADVEMETA", "ATEMEVDX", ""},    {"FACTORYM", "MYROTCAF", ""},
        {"FASTBOOT", "TOOBTSAF", ""},    {"AT+NBOOT", "AT+OK", ""},       {"AT+XXXXX", "AT+UNKONWN", ""},
        {"SWITCHMD", "DMHCTIWS", ""},    {"METAMETA", "METAFORB", "sla"}, {"FACTFACT", "METAFORB", "sla"},
        {"FASTBOOT", "TOOBTSAF", "sla"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t got[64] = {0};
        struct mtksim *p = at_listener(CFG(.security = rows[i].security));
        assert_int_equal(mtksim_write(p, rows[i].token, 8, NS_PER_S), 8);
        assert_int_equal(mtksim_read(p, got, sizeof got, NS_PER_S), (ssize_t)strlen(rows[i].reply));
        assert_string_equal((char *)got, rows[i].reply);
        host_gone(p, 3 * NS_PER_S);
        mtksim_free(p);
    }
}

static void meta_blocks(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    host_talk(p, "H> 4D 45 54 41 H> 4D 45 54 41"); /* the token may come in pieces */
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_talk(p, "H> 04 00 00 00 01 00 00 00 01 00 00 C0 D> 41 54 45 4D 30 30 30 32");
    host_talk(p, "H> 06 00 00 00 01 00 00 00 01 00 00 C0 00 80 00 00 D> 41 54 45 4D 41 54 45 4D");
    host_gone(p, 2 * NS_PER_S);
    mtksim_free(p);
}

/* 1.4: a tty that echoes READY makes a token of it, which nobody knows, and the window is over. */
static void echoed_ready_ends_it(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    set_line_coding(p);
    for (int i = 0; i < 2; i++) {
        host_talk(p, "D> 52 45 41 44 59");
        host_talk(p, "H> 52 45 41 44 59");
    }
    host_gone(p, 200 * NS_PER_MS);
    mtksim_free(p);
}

static void port_still_open_delays_the_end(void **state)
{
    (void)state;
    struct mtksim *p = at_listener(CFG(.chip = "mt6765"));
    assert_int_equal(mtksim_control(p, 0x21, 0x22, 3, 0, NULL, 0), 0); /* DTR and RTS */
    int64_t start = mtksim_now(p);
    assert_int_equal(mtksim_write(p, "FASTBOOT", 8, NS_PER_S), 8);
    host_talk(p, "D> 54 4F 4F 42 54 53 41 46");
    host_gone(p, 3 * NS_PER_S);
    assert_in_range(mtksim_now(p) - start, 1000 * NS_PER_MS, 1100 * NS_PER_MS);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blank_phone_shows_brom),
        cmocka_unit_test(no_ready_without_a_tool),
        cmocka_unit_test(ready_every_20_ms),
        cmocka_unit_test(uncollected_ready_is_glued),
        cmocka_unit_test(first_a0_is_swallowed),
        cmocka_unit_test(glued_start_bytes_are_lost),
        cmocka_unit_test(sync_phase_lasts_300_ms),
        cmocka_unit_test(doubled_a0),
        cmocka_unit_test(wrong_byte_is_answered_plus_one),
        cmocka_unit_test(listening_window),
        cmocka_unit_test(window_is_longer_after_brom_was_tried),
        cmocka_unit_test(enumeration_window),
        cmocka_unit_test(broken_chain_goes_round),
        cmocka_unit_test(dram_failure_is_never_seen_on_usb),
        cmocka_unit_test(locked_tool_connection),
        cmocka_unit_test(tokens),
        cmocka_unit_test(meta_blocks),
        cmocka_unit_test(echoed_ready_ends_it),
        cmocka_unit_test(port_still_open_delays_the_end),
    };
    return cmocka_run_group_tests_name("simdev/listener", tests, NULL, NULL);
}
