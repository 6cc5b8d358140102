/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and control requests: brom-preloader.md 1.2 to 1.4. */
#include "host.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

static struct mtksim *preloader(const char *chip)
{
    struct mtksim *p = host_phone(CFG(.chip = chip, .boot = MTKSIM_BOOT_PRELOADER));
    host_put_preloader(p);
    host_attach(p, 0x2000);
    return p;
}

static void descriptor_is(struct mtksim *p, uint16_t value, const uint8_t *want, int n)
{
    uint8_t got[256];
    assert_int_equal(mtksim_control(p, 0x80, 6, value, 0, got, sizeof got), n);
    assert_memory_equal(got, want, (size_t)n);
}

static void musb_family(void **state)
{
    (void)state;
    static const uint8_t device[] = {0x12, 0x01, 0x00, 0x02, 0x02, 0x00, 0x00, 0x40, 0x8D,
                                     0x0E, 0x00, 0x20, 0x00, 0x01, 0x01, 0x02, 0x00, 0x01};
    static const uint8_t qualifier[] = {0x09, 0x06, 0x00, 0x02, 0x02, 0x00, 0x00, 0x10, 0x01};
    static const uint8_t config[] = {0x09, 0x02, 0x46, 0x00, 0x02, 0x01, 0x03, 0xC0, 0xFA, 0x09, 0x04, 0x01,
                                     0x00, 0x02, 0x0A, 0x00, 0x00, 0x04, 0x08, 0x05, 0x01, 0x02, 0x00, 0x02,
                                     0x00, 0x00, 0x08, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00, 0x00, 0x09, 0x04,
                                     0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x05, 0x05, 0x24, 0x00, 0x10, 0x01,
                                     0x04, 0x24, 0x02, 0x0F, 0x05, 0x24, 0x06, 0x01, 0x00, 0x05, 0x24, 0x01,
                                     0x03, 0x00, 0x08, 0x05, 0x83, 0x03, 0x40, 0x00, 0x10, 0x00};
    uint8_t got[64];
    struct mtksim *p = preloader("mt6765");
    descriptor_is(p, 0x0100, device, sizeof device);
    descriptor_is(p, 0x0200, config, sizeof config);
    descriptor_is(p, 0x0600, qualifier, sizeof qualifier);
    assert_int_equal(sizeof config, 0x46);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0F00, 0, got, sizeof got), MTKSIM_STALL);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, got, 8), 8); /* no more than was asked for */
    mtksim_free(p);
}

static void ssusb_family(void **state)
{
    (void)state;
    uint8_t got[128];
    struct mtksim *p = preloader("mt6771");
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, got, sizeof got), 18);
    assert_int_equal(got[2] | got[3] << 8, 0x0210);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, got, sizeof got), 0x43);
    assert_int_equal(got[2], 0x43);
    assert_int_equal(got[11], 0x00); /* comm interface first */
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0F00, 0, got, sizeof got), 22);
    mtksim_free(p);
}

/* Descriptors of every device add up: the length says how long, and so does each part. */
static void descriptors_add_up(void **state)
{
    (void)state;
    static const char *const chips[] = {"mt6765", "mt6771", "mt6580"};
    for (int i = 0; i < 6; i++) {
        uint8_t d[256];
        struct mtksim *p = i & 1 ? preloader(chips[i / 2]) : host_phone(CFG(.chip = chips[i / 2]));
        mtksim_plug(p);
        assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
        int n = mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), at = 0, endpoints = 0;
        assert_int_equal(n, d[2] | d[3] << 8);
        while (at < n) {
            assert_true(d[at] >= 2 && at + d[at] <= n);
            endpoints += d[at + 1] == 5;
            at += d[at];
        }
        assert_int_equal(at, n);
        assert_int_equal(endpoints, 3);
        mtksim_free(p);
    }
}

static void brom_identity(void **state)
{
    (void)state;
    uint8_t d[128];
    struct mtksim *p = host_phone(CFG(.chip = "mt6580"));
    host_attach(p, 0x0003);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, d, sizeof d), 18);
    assert_int_equal(d[10] | d[11] << 8, 0x0003);
    assert_int_equal(d[12] | d[13] << 8, 0x0100); /* bcdDevice 1.00 */
    assert_int_equal(d[14] + d[15] + d[16], 0);   /* no strings */
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0301, 0x0409, d, sizeof d), MTKSIM_STALL);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), 0x3E);
    assert_int_equal(d[59] | d[60] << 8, 64); /* full speed on old ROMs */
    mtksim_free(p);
}

/* 1.1: fuses and vendors give other numbers; what the device is follows from its stage, not from them. */
static void other_identities(void **state)
{
    (void)state;
    static const char *const ids[] = {"brom_usb_id=0FCE:2000", "preloader_usb_id=22d9:0006", NULL};
    struct mtksim_usb_id id;
    uint8_t d[128];
    struct mtksim *p = host_phone(CFG(.settings = ids));
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x0FCE);
    assert_int_equal(id.pid, 0x2000);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, d, sizeof d), 18);
    assert_int_equal(d[8] | d[9] << 8, 0x0FCE);
    assert_int_equal(d[10] | d[11] << 8, 0x2000);
    assert_int_equal(d[14] + d[15] + d[16], 0); /* still without strings */
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), 0x3E);
    host_talk(p, "H> A0 D> 5F");
    mtksim_free(p);
    p = host_phone(CFG(.boot = MTKSIM_BOOT_PRELOADER, .settings = ids));
    host_put_preloader(p);
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x22D9);
    assert_int_equal(id.pid, 0x0006);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), 0x46);
    host_preloader_sync(p);
    mtksim_free(p);
}

/* 1.3: nobody has seen the descriptors; bulk packets of 64 bytes or of 512. */
static void brom_speed(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *setting;
        int packet;
    } rows[] = {{"mt6580", "brom_usb_speed=auto", 64},
                {"mt6580", "brom_usb_speed=high", 512},
                {"mt6765", "brom_usb_speed=auto", 512},
                {"mt6765", "brom_usb_speed=full", 64}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const settings[] = {rows[i].setting, NULL};
        uint8_t d[128];
        struct mtksim *p = host_phone(CFG(.chip = rows[i].chip, .settings = settings));
        host_attach(p, 0x0003);
        assert_int_equal(mtksim_control(p, 0x80, 6, 0x0200, 0, d, sizeof d), 0x3E);
        assert_int_equal(d[52] | d[53] << 8, rows[i].packet);
        assert_int_equal(d[59] | d[60] << 8, rows[i].packet);
        mtksim_free(p);
    }
}

static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint16_t index;
        const char *text;
    } rows[] = {{"mt6765", 1, "MediaTek"},
                {"mt6765", 2, "MT65xx Preloader"},
                {"mt6765", 3, "USB CDC ACM for preloader"},
                {"mt6765", 4, "CDC ACM Data Interface"},
                {"mt6765", 5, "CDC ACM Communication Interface"},
                {"mt6771", 5, "CDC ACM Comm Interface"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t d[256];
        struct mtksim *p = preloader(rows[i].chip);
        int n = mtksim_control(p, 0x80, 6, (uint16_t)(0x0300 | rows[i].index), 0x0409, d, sizeof d);
        assert_int_equal(n, 2 + 2 * (int)strlen(rows[i].text));
        for (size_t k = 0; k < strlen(rows[i].text); k++)
            assert_int_equal(d[2 + 2 * k] | d[3 + 2 * k] << 8, rows[i].text[k]);
        assert_int_equal(mtksim_control(p, 0x80, 6, 0x0306, 0x0409, d, sizeof d), MTKSIM_STALL);
        mtksim_free(p);
    }
}

/* 1.4: what EP0 takes and refuses. A host must not take a refusal for a broken phone. */
static void requests(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, request;
        uint16_t length;
        int musb, mt6768, ssusb;
    } rows[] = {
        {0x21, 0x20, 7, 7, 7, 7},                                  /* SET_LINE_CODING */
        {0x21, 0x22, 0, 0, 0, 0},                                  /* SET_CONTROL_LINE_STATE */
        {0x21, 0x23, 0, 0, 0, 0},                                  /* SEND_BREAK */
        {0x21, 0x24, 0, MTKSIM_STALL, MTKSIM_STALL, MTKSIM_STALL}, /* any other class request */
        {0xA1, 0x21, 7, 7, 7, 7},                                  /* GET_LINE_CODING */
        {0x40, 0x99, 0, 0, 0, 0},                                  /* vendor: not stalled */
        {0x80, 0x00, 2, 2, 2, 2},                                  /* GET_STATUS */
        {0x02, 0x01, 0, MTKSIM_STALL, 0, 0},                       /* CLEAR_FEATURE(endpoint) */
        {0x00, 0x01, 0, MTKSIM_STALL, MTKSIM_STALL, MTKSIM_STALL}, /* CLEAR_FEATURE(device) */
        {0x00, 0x03, 0, MTKSIM_STALL, MTKSIM_STALL, 0},            /* SET_FEATURE */
        {0x01, 0x0B, 0, MTKSIM_STALL, MTKSIM_STALL, MTKSIM_STALL}, /* SET_INTERFACE */
        {0x00, 0x09, 0, 0, 0, 0},                                  /* SET_CONFIGURATION */
    };
    struct mtksim *p[] = {preloader("mt6765"), preloader("mt6768"), preloader("mt6771")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int want[] = {rows[i].musb, rows[i].mt6768, rows[i].ssusb};
        for (int k = 0; k < 3; k++) {
            uint8_t buf[8] = {0};
            int got = mtksim_control(p[k], rows[i].type, rows[i].request, 0, 0, buf, rows[i].length);
            if (got != want[k])
                fail_msg("request %02x %02x on phone %d: %d instead of %d", rows[i].type, rows[i].request, k,
                         got, want[k]);
        }
    }
    for (int k = 0; k < 3; k++)
        mtksim_free(p[k]);
}

/* GET_STATUS of device and interface, GET_CONFIGURATION before and after, GET_INTERFACE. */
static void standard_answers(void **state)
{
    (void)state;
    uint8_t d[2];
    struct mtksim *p = preloader("mt6765");
    assert_int_equal(mtksim_control(p, 0x80, 0x00, 0, 0, d, 2), 2);
    assert_int_equal(d[0] | d[1] << 8, 1); /* self powered */
    assert_int_equal(mtksim_control(p, 0x81, 0x00, 0, 0, d, 2), 2);
    assert_int_equal(d[0] | d[1] << 8, 0);
    assert_int_equal(mtksim_control(p, 0x80, 0x08, 0, 0, d, 1), 1);
    assert_int_equal(d[0], 1); /* attaching has configured it */
    assert_int_equal(mtksim_control(p, 0x81, 0x0A, 0, 0, d, 1), 1);
    assert_int_equal(d[0], 0);
    mtksim_free(p);
}

static void line_coding_is_never_what_was_set(void **state)
{
    (void)state;
    static const uint8_t fixed[] = {0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08};
    uint8_t coding[7] = {0x00, 0xC2, 0x01, 0x00, 0x00, 0x00, 0x08}, got[7];
    struct mtksim *p = preloader("mt6765");
    assert_int_equal(mtksim_control(p, 0x21, 0x20, 0, 0, coding, 7), 7);
    assert_int_equal(mtksim_control(p, 0xA1, 0x21, 0, 0, got, 7), 7);
    assert_memory_equal(got, fixed, 7);
    mtksim_free(p);
}

/* A host that enumerates by itself: endpoint 0 works with an address, the pipe with a configuration. */
static void enumeration_step_by_step(void **state)
{
    (void)state;
    uint8_t d[256], same[256];
    struct mtksim *p = host_phone(CFG(.chip = "mt6765", .boot = MTKSIM_BOOT_BROM));
    assert_int_equal(mtksim_descriptor(p, 0x0100, d, sizeof d), 0); /* nothing on the bus */
    mtksim_plug(p);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, d, 18), MTKSIM_GONE);
    assert_int_equal(mtksim_address(p, 60 * NS_PER_S, NULL), 0);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, d, 18), 18);
    assert_int_equal(mtksim_descriptor(p, 0x0100, same, 4), 18); /* its length, whatever fits */
    assert_memory_equal(same, d, 4);
    assert_int_equal(mtksim_descriptor(p, 0x0301, same, sizeof same), 0);
    assert_int_equal(mtksim_write(p, "\xA0", 1, 0), MTKSIM_GONE);
    assert_int_equal(mtksim_room(p), 0);
    assert_int_equal(mtksim_control(p, 0x00, 9, 2, 0, NULL, 0), MTKSIM_STALL); /* it has one configuration */
    assert_int_equal(mtksim_control(p, 0x00, 9, 1, 0, NULL, 0), 0);
    assert_int_equal(mtksim_write(p, "\xA0", 1, 0), 1);
    assert_int_equal(mtksim_read(p, d, sizeof d, NS_PER_S), 1);
    assert_int_equal(mtksim_control(p, 0x00, 9, 0, 0, NULL, 0), 0);
    assert_int_equal(mtksim_write(p, "\x0A", 1, 0), MTKSIM_GONE);
    mtksim_unplug(p);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, d, 18), MTKSIM_GONE);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(musb_family),
        cmocka_unit_test(ssusb_family),
        cmocka_unit_test(descriptors_add_up),
        cmocka_unit_test(brom_identity),
        cmocka_unit_test(other_identities),
        cmocka_unit_test(brom_speed),
        cmocka_unit_test(strings),
        cmocka_unit_test(requests),
        cmocka_unit_test(standard_answers),
        cmocka_unit_test(line_coding_is_never_what_was_set),
        cmocka_unit_test(enumeration_step_by_step),
    };
    return cmocka_run_group_tests_name("simdev/usb", tests, NULL, NULL);
}
