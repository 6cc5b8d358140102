/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes against the layout in the Linux kernel's Documentation/usb/usbip_protocol.rst, with its captured example. */
#include "tests/unit/cmocka.h"

#include <string.h>

#include "simdev/port/usbip_codec.h"

/* The example at the end of the document: transfers of a HID device, their headers. */
static const uint8_t cmd_in[48] = {0, 0, 0, 1, 0, 0, 0x0D, 5, 0, 1, 0, 0x0F, 0,    0,    0,    1,
                                   0, 0, 0, 1, 0, 0, 2,    0, 0, 0, 0, 0x40, 0xFF, 0xFF, 0xFF, 0xFF,
                                   0, 0, 0, 0, 0, 0, 0,    4, 0, 0, 0, 0,    0,    0,    0,    0};
static const uint8_t cmd_out[48] = {0, 0, 0, 1, 0, 0, 0x0D, 6, 0, 1, 0, 0x0F, 0,    0,    0,    0,
                                    0, 0, 0, 1, 0, 0, 0,    0, 0, 0, 0, 0x40, 0xFF, 0xFF, 0xFF, 0xFF,
                                    0, 0, 0, 0, 0, 0, 0,    4, 0, 0, 0, 0,    0,    0,    0,    0};
static const uint8_t ret_out[48] = {0, 0, 0, 3, 0, 0, 0x0D, 6, 0, 0, 0, 0,    0,    0,    0,    0,
                                    0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0x40, 0xFF, 0xFF, 0xFF, 0xFF,
                                    0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0,    0,    0,    0,    0};

static void test_captured_submit(void **state)
{
    (void)state;
    const struct {
        const uint8_t *bytes;
        uint32_t seqnum, direction, flags;
    } rows[] = {{cmd_in, 0xD05, USBIP_IN, 0x200}, {cmd_out, 0xD06, USBIP_OUT, 0}};
    for (size_t i = 0; i < 2; i++) {
        struct usbip_command c;
        struct rd r = rd_init(rows[i].bytes, 48);
        assert_true(port_usbip_read_command(&r, &c));
        assert_int_equal(c.command, USBIP_CMD_SUBMIT);
        assert_int_equal(c.seqnum, rows[i].seqnum);
        assert_int_equal(c.devid, 0x1000F);
        assert_int_equal(c.direction, rows[i].direction);
        assert_int_equal(c.endpoint, 1);
        assert_int_equal(c.flags, rows[i].flags);
        assert_int_equal(c.length, 64);
        assert_int_equal(c.start_frame, 0xFFFFFFFF);
        assert_int_equal(c.packets, 0);
        assert_int_equal(c.interval, 4);
        assert_memory_equal(c.setup, "\0\0\0\0\0\0\0\0", 8);
        assert_int_equal(rd_left(&r), 0);
    }
}

static void test_captured_answer(void **state)
{
    (void)state;
    uint8_t got[48];
    struct wr w = wr_init(got, sizeof(got));
    const struct usbip_result r = {.seqnum = 0xD06, .actual = 64, .start_frame = 0xFFFFFFFF, .packets = 0};
    assert_true(port_usbip_write_submitted(&w, &r));
    assert_int_equal(w.pos, 48);
    assert_memory_equal(got, ret_out, 48);
}

static void test_control(void **state)
{
    (void)state;
    uint8_t bytes[48];
    struct usbip_command c;
    memcpy(bytes, cmd_in, 48);
    memcpy(bytes + 0x20, "\xFF\xFF\xFF\xFF", 4); /* number_of_packets, as the document wants it */
    memcpy(bytes + 0x28, "\x80\x06\x00\x01\x00\x00\x40\x00", 8); /* setup */
    struct rd r = rd_init(bytes, 48);
    assert_true(port_usbip_read_command(&r, &c));
    assert_int_equal(c.packets, USBIP_NO_PACKETS);
    assert_memory_equal(c.setup, bytes + 0x28, 8);
}

static void test_unlink(void **state)
{
    (void)state;
    uint8_t bytes[48] = {0, 0, 0, 2, 0, 0, 0, 8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}, got[48];
    static const uint8_t cancelled[48] = {0, 0, 0, 4, 0, 0, 0, 8, 0,    0,    0,    0,
                                          0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x98};
    struct usbip_command c;
    struct rd r = rd_init(bytes, sizeof(bytes));
    assert_true(port_usbip_read_command(&r, &c));
    assert_int_equal(c.command, USBIP_CMD_UNLINK);
    assert_int_equal(c.seqnum, 8);
    assert_int_equal(c.unlink_seqnum, 7);
    assert_int_equal(c.length, 0);
    struct wr w = wr_init(got, sizeof(got));
    assert_true(port_usbip_write_unlinked(&w, 8, -104));
    assert_memory_equal(got, cancelled, 48);
}

/* Nothing shorter than a whole message is one. */
static void test_truncated(void **state)
{
    (void)state;
    struct usbip_command c;
    struct usbip_op op;
    char busid[USBIP_BUSID_LEN];
    for (size_t n = 0; n < 48; n++) {
        struct rd r = rd_init(cmd_in, n), s = rd_init(cmd_in, n), t = rd_init("1-1", n < 4 ? n : 4);
        assert_false(port_usbip_read_command(&r, &c));
        assert_int_equal(port_usbip_read_op(&s, &op), n >= 8);
        assert_false(port_usbip_read_busid(&t, busid));
    }
}

static void test_operations(void **state)
{
    (void)state;
    uint8_t bytes[40] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, '1', '-', '2'};
    char busid[USBIP_BUSID_LEN];
    struct usbip_op op;
    struct rd r = rd_init(bytes, sizeof(bytes));
    assert_true(port_usbip_read_op(&r, &op));
    assert_int_equal(op.version, USBIP_VERSION);
    assert_int_equal(op.code, USBIP_REQ_IMPORT);
    assert_true(port_usbip_read_busid(&r, busid));
    assert_string_equal(busid, "1-2");

    memset(bytes + 8, '1', 32); /* a name without an end */
    r = rd_init(bytes + 8, 32);
    assert_false(port_usbip_read_busid(&r, busid));
}

static struct usbip_device device(void)
{
    struct usbip_device d = {
        .path = "/sys/devices/x/usb1/1-2",
        .busid = "1-2",
        .bus = 1,
        .number = 0x0203,
        .usb = {.vid = 0x0E8D,
                .pid = 0x2000,
                .version = 0x0100,
                .class = 2,
                .subclass = 3,
                .protocol = 4,
                .configuration = 1,
                .configurations = 5,
                .interfaces = 2,
                .interface = {{0x02, 0x02, 0x01}, {0x0A, 0x06, 0x07}},
                .high_speed = true},
    };
    return d;
}

/* Offsets as the document's tables have them, relative to the path. */
static void check_device(const uint8_t *at)
{
    static const uint8_t tail[] = {0,    0,    0,    1, 0, 0, 2, 3, 0, 0, 0, 3,
                                   0x0E, 0x8D, 0x20, 0, 1, 0, 2, 3, 4, 1, 5, 2};
    char path[256] = "/sys/devices/x/usb1/1-2", busid[32] = "1-2";
    assert_memory_equal(at, path, 256);
    assert_memory_equal(at + 0x100, busid, 32);
    assert_memory_equal(at + 0x120, tail, sizeof(tail));
}

static void test_devlist(void **state)
{
    (void)state;
    uint8_t got[0x14C];
    struct usbip_device d = device();
    struct wr w = wr_init(got, sizeof(got));
    assert_true(port_usbip_write_devlist(&w, 1));
    assert_true(port_usbip_write_device(&w, &d));
    assert_int_equal(w.pos, 0x14C);
    assert_memory_equal(got, "\x01\x11\0\x05\0\0\0\0\0\0\0\1", 12);
    check_device(got + 12);
    assert_memory_equal(got + 0x144, "\x02\x02\x01\0\x0A\x06\x07\0", 8);

    w = wr_init(got, sizeof(got) - 1); /* one byte too little room */
    assert_true(port_usbip_write_devlist(&w, 1));
    assert_false(port_usbip_write_device(&w, &d));
}

static void test_import(void **state)
{
    (void)state;
    uint8_t got[0x140];
    struct usbip_device d = device();
    d.usb.high_speed = false;
    struct wr w = wr_init(got, sizeof(got));
    assert_true(port_usbip_write_import(&w, USBIP_OK, &d));
    assert_int_equal(w.pos, 0x140);
    assert_memory_equal(got, "\x01\x11\0\x03\0\0\0\0", 8);
    assert_memory_equal(got + 0x130, "\0\0\0\2", 4); /* full speed */
    got[0x133] = 3;
    check_device(got + 8);

    w = wr_init(got, sizeof(got));
    assert_true(port_usbip_write_import(&w, USBIP_NO_DEVICE, NULL));
    assert_int_equal(w.pos, 8);
    assert_memory_equal(got, "\x01\x11\0\x03\0\0\0\4", 8);
    assert_int_equal(usbip_devid(&d), 0x10203);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured_submit), cmocka_unit_test(test_captured_answer),
        cmocka_unit_test(test_control),         cmocka_unit_test(test_unlink),
        cmocka_unit_test(test_truncated),       cmocka_unit_test(test_operations),
        cmocka_unit_test(test_devlist),         cmocka_unit_test(test_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
