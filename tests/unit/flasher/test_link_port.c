/* SPDX-License-Identifier: Apache-2.0 */
/* PORT strings, and sim: links to the simulated phone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "flasher/link/link.h"
#include "include/mtksim.h"
#include "protocol/error_index.h"
#include "script_link.h"

static void assert_bad(const char *port, int row, const char *words)
{
    struct mtk_error e = {0};
    assert_null(mtk_link_new(port, &e));
    if (!mtk_error_is(&e, row) || !strstr(e.what, words))
        fail_msg("\"%s\": %s: %s", port, e.row->symbol, e.what);
}

static void kinds_that_are_built_in(void **state)
{
    (void)state;
    static const struct {
        const char *port, *name;
    } good[] = {{"unix:/nowhere/phone", "unix"},
                {"tcp:localhost:4000", "tcp"},
                {"tcp:[::1]:4000", "tcp"},
                {"tty:/dev/ttyACM0", "tty"},
                {"sim:chip=mt6765", "sim"},
                {"sim:", "sim"},
                {"usb", "usb"},
                {"usb:", "usb"},
                {"usb:1-2", "usb"},
                {"usb:3-1.4.2", "usb"},
                {"usb:0E8d:2000", "usb"},
                {"usbip:localhost", "usbip"},
                {"usbip:[::1]/1-1", "usbip"},
                {"usbip:box:4000/3-2.1", "usbip"}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct mtk_error e = {0};
        struct mtk_link *l = mtk_link_new(good[i].port, &e);
        if (!l)
            fail_msg("\"%s\": %s: %s", good[i].port, e.row->symbol, e.what);
        assert_string_equal(l->ops->name, good[i].name);
        mtk_link_free(l);
    }
    mtk_link_free(NULL);
}

static void kinds_that_are_not(void **state)
{
    (void)state;
    assert_bad("usb:x", MTK_E_MTK_USAGE, "usb:BUS-PORT");
    assert_bad("usb:1-", MTK_E_MTK_USAGE, "usb:1-");
    assert_bad("usb:1-2.", MTK_E_MTK_USAGE, "usb:VID:PID");
    assert_bad("usb:0e8d", MTK_E_MTK_USAGE, "usb:0e8d");
    assert_bad("usb:0e8d:20000", MTK_E_MTK_USAGE, "usb:0e8d:20000");
    assert_bad("usbip:", MTK_E_MTK_USAGE, "usbip:HOST");
    assert_bad("usbip:localhost/", MTK_E_MTK_USAGE, "BUSID");
    assert_bad("usbip:localhost:0/1-1", MTK_E_MTK_USAGE, "usbip:localhost:0");
    assert_bad("replay:x.pcapng", MTK_E_MTK_UNSUPPORTED, "sim:chip=");
    assert_bad("", MTK_E_MTK_USAGE, "tty:PATH");
    assert_bad("COM3", MTK_E_MTK_USAGE, "COM3");
    assert_bad("unix", MTK_E_MTK_USAGE, "unix:PATH");
    assert_bad("/dev/ttyACM0", MTK_E_MTK_USAGE, "tty:PATH");
}

static void sim_has_a_usb_identity(void **state)
{
    (void)state;
    struct mtk_link_identity id;
    struct mtk_link *l = mtk_link_new("sim:boot=brom,seed=0x12", NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, 10 * NS_PER_S, NULL), 0);
    l->ops->identity(l, &id);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, 0x0003);
    mtk_link_free(l);
}

/* Asks a phone in its boot ROM, past the handshake, for GET_HW_CODE and GET_TARGET_CONFIG. */
static void ask(const char *port, uint32_t *hw_code, uint32_t *config)
{
    static const uint8_t start[] = {0xA0, 0x0A, 0x50, 0x05};
    uint8_t got[7];
    struct mtk_link *l = mtk_link_new(port, NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, 10 * NS_PER_S, NULL), 0);
    for (size_t i = 0; i < sizeof(start); i++) {
        assert_int_equal(mtk_link_write_full(l, &start[i], 1, NS_PER_S, NULL), 0);
        assert_int_equal(mtk_link_read_full(l, got, 1, NS_PER_S, NULL), 0);
        assert_int_equal(got[0], (uint8_t)~start[i]);
    }
    assert_int_equal(mtk_link_write_full(l, "\xFD", 1, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, got, 5, NS_PER_S, NULL), 0);
    *hw_code = get_be16(got + 1);
    assert_int_equal(mtk_link_write_full(l, "\xD8", 1, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, got, 7, NS_PER_S, NULL), 0);
    *config = get_be32(got + 1);
    mtk_link_free(l);
}

static void sim_keys_reach_the_phone(void **state)
{
    (void)state;
    uint32_t hw_code, config;
    ask("sim:chip=mt6580", &hw_code, &config);
    assert_int_equal(hw_code, 0x6580);
    assert_int_equal(config & 7, 0);
    ask("sim:security=sbc,daa,chip=mt6768", &hw_code, &config);
    assert_int_equal(hw_code, 0x0707);
    assert_int_equal(config & 7, 5);
    ask("sim:chip_id=0x1234,security=sbc\\,sla", &hw_code,
        &config); /* a profile setting; a comma spelled out */
    assert_int_equal(hw_code, 0x1234);
    assert_int_equal(config & 7, 3);
}

static void bad_sim_keys(void **state)
{
    (void)state;
    assert_bad("sim:mt6765", MTK_E_MTK_USAGE, "key=value");
    assert_bad("sim:=x", MTK_E_MTK_USAGE, "key=value");
    assert_bad("sim:boot=fastboot", MTK_E_MTK_USAGE, "boot=brom");
    assert_bad("sim:seed=many", MTK_E_MTK_USAGE, "number");
    assert_bad("sim:seed=", MTK_E_MTK_USAGE, "number");
    assert_bad("sim:chip=mt6765,chip=mt6580", MTK_E_MTK_USAGE, "twice");
    assert_bad("sim:chip=mt0000", MTK_E_MTK_USAGE, "no such phone");
    assert_bad("sim:chip=mt6765,no_such_setting=1", MTK_E_MTK_USAGE, "no such phone");
}

static void time_is_the_phones(void **state)
{
    (void)state;
    uint8_t c;
    struct mtk_link *l = mtk_link_new("sim:boot=brom", NULL);
    assert_int_equal(l->ops->open(l, 10 * NS_PER_S, NULL), 0);
    int64_t before = l->clock.now(l->clock.ctx);
    assert_int_equal(l->ops->read(l, &c, 1, 100 * NS_PER_MS), MTK_LINK_TIMEOUT);
    assert_int_equal(l->clock.now(l->clock.ctx) - before, 100 * NS_PER_MS);
    l->clock.sleep_ns(l->clock.ctx, 50 * NS_PER_MS);
    assert_int_equal(l->clock.now(l->clock.ctx) - before, 150 * NS_PER_MS);
    mtk_link_free(l);
}

static void a_phone_of_the_callers(void **state)
{
    (void)state;
    uint8_t c = 0;
    struct mtksim_config cfg = {.chip = "mt6765"};
    struct mtksim *phone = mtksim_new(&cfg, NULL, 0);
    assert_non_null(phone);
    struct mtk_link *l = mtk_link_sim(phone);
    assert_int_equal(l->ops->read(l, &c, 1, NS_PER_S), MTK_LINK_GONE);
    assert_int_equal(l->ops->open(l, 10 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, "\xA0", 1, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, &c, 1, NS_PER_S, NULL), 0);
    assert_int_equal(c, 0x5F);
    /* It leaves and is back before anybody looks: for this link it is gone all the same. */
    mtksim_power_cycle(phone);
    assert_int_equal(mtksim_attach(phone, 10 * NS_PER_S, NULL), 0);
    assert_int_equal(l->ops->read(l, &c, 1, 0), MTK_LINK_GONE);
    assert_int_equal(l->ops->write(l, &c, 1, 0), MTK_LINK_GONE);
    assert_int_equal(l->ops->control(l, 0x21, 0x22, 2, 0, NULL, 0), MTK_LINK_GONE);
    assert_int_equal(l->ops->open(l, 10 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, "\xA0", 1, NS_PER_S, NULL), 0);
    mtk_link_free(l);
    mtksim_free(phone);
}

/* A byte that was looked at is read again, in front of the rest, and only once. */
static void a_peeked_byte_stays(void **state)
{
    (void)state;
    struct mtk_link *l = script_link_new("< C0 00 < 01 02 03 !timeout < 04 05 !timeout !timeout !gone");
    uint8_t b = 0, got[4] = {0};
    struct mtk_error err = {0};
    assert_int_equal(mtk_link_peek(l, &b, NS_PER_S, &err), 0);
    assert_int_equal(b, 0xC0);
    assert_int_equal(mtk_link_peek(l, &b, NS_PER_S, &err), 0);
    assert_int_equal(b, 0xC0);
    assert_int_equal(mtk_link_read_full(l, got, 0, NS_PER_S, &err), 0);
    assert_int_equal(mtk_link_read_full(l, got, 4, NS_PER_S, &err), 0);
    assert_memory_equal(got, "\xC0\0\x01\x02", 4);
    assert_int_equal(mtk_link_read_full(l, got, 1, NS_PER_S, &err), 0);
    assert_int_equal(got[0], 3);
    assert_int_equal(mtk_link_peek(l, &b, NS_PER_S, &err), -1);
    assert_int_equal(err.evidence, MTK_EV_NO_ANSWER);
    assert_int_equal(mtk_link_peek(l, &b, NS_PER_S, &err), 0);
    assert_int_equal(b, 4);
    assert_int_equal(mtk_link_drain(l, NS_PER_S), 2);
    assert_int_equal(mtk_link_read_full(l, got, 1, NS_PER_S, &err), -1);
    assert_int_equal(mtk_link_peek(l, &b, NS_PER_S, &err), -1);
    assert_int_equal(err.evidence, MTK_EV_LEFT_BUS);
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_that_are_built_in),
        cmocka_unit_test(kinds_that_are_not),
        cmocka_unit_test(sim_has_a_usb_identity),
        cmocka_unit_test(sim_keys_reach_the_phone),
        cmocka_unit_test(bad_sim_keys),
        cmocka_unit_test(time_is_the_phones),
        cmocka_unit_test(a_phone_of_the_callers),
        cmocka_unit_test(a_peeked_byte_stays),
    };
    return cmocka_run_group_tests_name("flasher/link port", tests, NULL, NULL);
}
