/* SPDX-License-Identifier: Apache-2.0 */
/* The byte pipe in the descriptors of real preloaders, as brom-preloader.md 1.2 has them byte by byte, and in worse ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/link/usb_descriptor.h"
#include "flasher/link/usb_known.h"

/* clang-format off */
static const uint8_t musb[] = {
    0x09, 0x02, 0x46, 0x00, 0x02, 0x01, 0x03, 0xC0, 0xFA,
    0x09, 0x04, 0x01, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x04,
    0x08, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00, 0x00,
    0x08, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00, 0x00,
    0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x05,
    0x05, 0x24, 0x00, 0x10, 0x01,
    0x04, 0x24, 0x02, 0x0F,
    0x05, 0x24, 0x06, 0x01, 0x00,
    0x05, 0x24, 0x01, 0x03, 0x00,
    0x08, 0x05, 0x83, 0x03, 0x40, 0x00, 0x10, 0x00,
};
static const uint8_t ssusb[] = {
    0x09, 0x02, 0x43, 0x00, 0x02, 0x01, 0x03, 0xC0, 0xFA,
    0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x05,
    0x05, 0x24, 0x00, 0x10, 0x01,
    0x04, 0x24, 0x02, 0x0F,
    0x05, 0x24, 0x06, 0x01, 0x00,
    0x05, 0x24, 0x01, 0x03, 0x00,
    0x07, 0x05, 0x83, 0x03, 0x40, 0x00, 0x10,
    0x09, 0x04, 0x01, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x04,
    0x07, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00,
    0x07, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00,
};
/* LG's composite build: a vendor interface with a bulk pair first, the pipe on 02/82 behind it. */
static const uint8_t composite[] = {
    0x09, 0x02, 0x49, 0x00, 0x03, 0x01, 0x00, 0xC0, 0xFA,
    0x09, 0x04, 0x00, 0x00, 0x02, 0xFF, 0xFF, 0x00, 0x00,
    0x07, 0x05, 0x04, 0x02, 0x00, 0x02, 0x00,
    0x07, 0x05, 0x84, 0x02, 0x00, 0x02, 0x00,
    0x09, 0x04, 0x01, 0x00, 0x01, 0x02, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x81, 0x03, 0x40, 0x00, 0x10,
    0x09, 0x04, 0x02, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x00,
    0x07, 0x05, 0x02, 0x02, 0x00, 0x02, 0x00,
    0x07, 0x05, 0x82, 0x02, 0x00, 0x02, 0x00,
};
/* clang-format on */

static struct mtk_usb_pipe_ends found(const uint8_t *config, size_t len)
{
    struct mtk_usb_pipe_ends e;
    assert_true(mtk_usb_find_pipe(config, len, 64, &e));
    return e;
}

static void data_interface_listed_first(void **state)
{
    (void)state;
    struct mtk_usb_pipe_ends e = found(musb, sizeof(musb));
    assert_int_equal(e.configuration, 1);
    assert_int_equal(e.interface, 1);
    assert_int_equal(e.control, 0);
    assert_int_equal(e.out, 0x01);
    assert_int_equal(e.in, 0x81);
    assert_int_equal(e.out_packet, 512);
    assert_int_equal(e.in_packet, 512);
}

static void comm_interface_listed_first(void **state)
{
    (void)state;
    struct mtk_usb_pipe_ends e = found(ssusb, sizeof(ssusb));
    assert_int_equal(e.interface, 1);
    assert_int_equal(e.control, 0);
    assert_int_equal(e.out, 0x01);
    assert_int_equal(e.in, 0x81);
}

static void data_class_beats_a_vendor_interface(void **state)
{
    (void)state;
    struct mtk_usb_pipe_ends e = found(composite, sizeof(composite));
    assert_int_equal(e.interface, 2);
    assert_int_equal(e.control, 1);
    assert_int_equal(e.out, 0x02);
    assert_int_equal(e.in, 0x82);
    /* Without the data interface, any bulk pair is better than none. */
    e = found(composite, 32);
    assert_int_equal(e.interface, 0);
    assert_int_equal(e.control, 0);
    assert_int_equal(e.out, 0x04);
    assert_int_equal(e.in, 0x84);
}

static void full_speed_and_packets_of_no_size(void **state)
{
    (void)state;
    uint8_t c[sizeof(musb)];
    memcpy(c, musb, sizeof(c));
    c[22] = 0x40;
    c[23] = 0x00;
    c[30] = c[31] = 0; /* wMaxPacketSize 0: what the speed says */
    struct mtk_usb_pipe_ends e = found(c, sizeof(c));
    assert_int_equal(e.out_packet, 64);
    assert_int_equal(e.in_packet, 64);
    c[31] = 0x07; /* 1792 bytes: no USB has that */
    assert_int_equal(found(c, sizeof(c)).in_packet, 64);
}

static void padding_that_no_length_counts(void **state)
{
    (void)state;
    uint8_t c[sizeof(musb)];
    memcpy(c, musb, sizeof(c));
    c[18] = c[26] = 7; /* endpoint descriptors of 7 bytes, and one zero byte behind each */
    struct mtk_usb_pipe_ends e = found(c, sizeof(c));
    assert_int_equal(e.out, 0x01);
    assert_int_equal(e.in, 0x81);
    assert_int_equal(e.control, 0);
}

static void other_settings_do_not_count(void **state)
{
    (void)state;
    uint8_t c[sizeof(musb)];
    struct mtk_usb_pipe_ends e;
    memcpy(c, musb, sizeof(c));
    c[12] = 1; /* alternate setting 1 of the data interface, and there is no setting 0 */
    assert_false(mtk_usb_find_pipe(c, sizeof(c), 64, &e));
}

/* However a configuration is cut off: the pipe once both endpoints are in, no pipe before, and no byte beyond it read. */
static void cut_off_anywhere(void **state)
{
    (void)state;
    for (size_t len = 0; len <= sizeof(musb); len++) {
        struct mtk_usb_pipe_ends e;
        uint8_t *exact = test_malloc(len ? len : 1);
        memcpy(exact, musb, len);
        assert_int_equal(mtk_usb_find_pipe(exact, len, 512, &e), len >= 34);
        test_free(exact);
    }
}

static void interrupts_are_no_pipe(void **state)
{
    (void)state;
    uint8_t c[sizeof(ssusb)];
    struct mtk_usb_pipe_ends e;
    memcpy(c, ssusb, sizeof(c));
    c[sizeof(c) - 4] = 3;
    assert_false(mtk_usb_find_pipe(c, sizeof(c), 64, &e));
}

static void identities(void **state)
{
    (void)state;
    assert_int_equal(mtk_usb_known(0x0E8D, 0x0003)->kind, MTK_USB_BROM);
    assert_int_equal(mtk_usb_known(0x0E8D, 0x2000)->kind, MTK_USB_PRELOADER);
    assert_int_equal(mtk_usb_known(0x0E8D, 0x2001)->kind, MTK_USB_AGENT);
    assert_true(mtk_usb_listens(0x1004, 0x6000));
    assert_true(mtk_usb_listens(0x22D9, 0x0006));
    assert_int_equal(mtk_usb_known(0x0E8D, 0x2007)->kind, MTK_USB_WRONG_MODE);
    assert_false(mtk_usb_listens(0x0E8D, 0x2007));
    assert_false(mtk_usb_listens(0x1D6B, 0x0002));
    assert_null(mtk_usb_known(0x1D6B, 0x0002));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_interface_listed_first),
        cmocka_unit_test(comm_interface_listed_first),
        cmocka_unit_test(data_class_beats_a_vendor_interface),
        cmocka_unit_test(full_speed_and_packets_of_no_size),
        cmocka_unit_test(padding_that_no_length_counts),
        cmocka_unit_test(other_settings_do_not_count),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(interrupts_are_no_pipe),
        cmocka_unit_test(identities),
    };
    return cmocka_run_group_tests_name("flasher/link usb_descriptor", tests, NULL, NULL);
}
