/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include "simdev/firmware/phone.h"

static void values(void **state)
{
    (void)state;
    struct phone_settings s;
    phone_settings_default(&s);
    assert_int_equal(s.sla_status_len, 2);
    assert_int_equal(s.brom_write_ok, -1);
    assert_int_equal(s.bad_frame, BAD_FRAME_DEAF);
    static const char *const lines[] = {"bad_frame=desync",
                                        "after_error=wdt-reset",
                                        "upload_missing=status",
                                        "strict_transfers=on",
                                        "write_lag=3",
                                        "da_year=2018",
                                        "chip_id=0x717",
                                        "sla_status_len=4",
                                        "battery_mv=0xC00",
                                        "brom_write_ok=1",
                                        "usbdl=on",
                                        "sla_length_order=big",
                                        "brom_usb_id=0E8d:20FF",
                                        "hide_emmc=yes",
                                        "da_sla=1"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(phone_settings_parse(&s, lines[i], NULL, 0), 0);
    assert_int_equal(s.bad_frame, BAD_FRAME_DESYNC);
    assert_int_equal(s.after_error, AFTER_ERROR_WDT);
    assert_true(s.upload_missing_status && s.strict_transfers && s.hide_storage && s.da_sla);
    assert_int_equal(s.write_lag, 3);
    assert_int_equal(s.da_year, 2018);
    assert_string_equal(s.chip_id, "0x717");
    assert_int_equal(s.sla_status_len, 4);
    assert_int_equal(s.battery_mv, 0xC00);
    assert_int_equal(s.brom_write_ok, 1);
    assert_int_equal(s.usbdl, USBDL_ON);
    assert_int_equal(s.brom_usb_id, 0x0E8D20FF);
    assert_false(s.either_sla_order);
    assert_int_equal(phone_settings_parse(&s, "strict_transfers=off", NULL, 0), 0);
    assert_false(s.strict_transfers);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *line, *word;
    } rows[] = {
        {"colour=red", "colour"},
        {"strict_transfers", "="},
        {"strict_transfers=maybe", "maybe"},
        {"bad_frame=", "bad_frame"},
        {"bad_frame=dea", "dea"},
        {"write_lag=-1", "write_lag"},
        {"write_lag=1001", "write_lag"},
        {"chip_id=mt6765", "chip_id"},
        {"chip_id=0x10000", "chip_id"},
        {"sla_status_len=3", "2 or 4"},
        {"battery_mv=3900 ", "battery_mv"},
        {"brom_usb_id=0E8D", "brom_usb_id"},
        {"brom_usb_id=0E8D:003", "brom_usb_id"},
        {"brom_usb_id=0E8D:00030", "brom_usb_id"},
        {"brom_usb_id=0x0E8D:0003", "brom_usb_id"},
        {"brom_usb_id=0E8D:000g", "brom_usb_id"},
        {"brom_usb_id=0000:0000", "brom_usb_id"},
        {"=on", "unknown"},
        {"bad_framez=deaf", "bad_framez"},
        {"chip_id=0x0000000000001", "chip_id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char err[200] = "";
        struct phone_settings s;
        phone_settings_default(&s);
        assert_int_equal(phone_settings_parse(&s, rows[i].line, err, sizeof err), -1);
        if (!strstr(err, rows[i].word))
            fail_msg("%s: '%s' does not say '%s'", rows[i].line, err, rows[i].word);
    }
}

static const char *manual; /* docs/settings.md */

/* The table of the manual lists exactly the keys that there are. */
static void manual_lists_every_key(void **state)
{
    (void)state;
    char line[1024];
    size_t n = 0, documented = 0;
    FILE *f = fopen(manual, "r");
    assert_non_null(f);
    while (phone_settings_key(n))
        n++;
    while (fgets(line, sizeof line, f)) {
        char err[200] = "", *end;
        struct phone_settings s;
        if (!strncmp(line, "## ", 3))
            break; /* what follows are fuses */
        if (strncmp(line, "| `", 3) || !(end = strchr(line + 3, '`')))
            continue;
        memcpy(end, "=?", 3);
        phone_settings_default(&s);
        assert_int_equal(phone_settings_parse(&s, line + 3, err, sizeof err), -1);
        if (strstr(err, "unknown setting"))
            fail_msg("documented, but: %s", err);
        documented++;
    }
    fclose(f);
    assert_int_equal(documented, n);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(refusals),
                                       cmocka_unit_test(manual_lists_every_key)};
    manual = argc > 1 ? argv[1] : "docs/settings.md";
    return cmocka_run_group_tests_name("simdev/settings", tests, NULL, NULL);
}
