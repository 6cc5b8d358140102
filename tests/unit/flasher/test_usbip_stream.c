/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a USB/IP client byte by byte, and what it makes of a server that keeps to the protocol and of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/link/usbip_stream.h"

#define DEVID 0x0001000F

/* All that the stream wants to send, in one piece. */
static size_t sent(struct mtk_usbip_stream *s, uint8_t *buf, size_t cap)
{
    struct iovec iov[MTK_USBIP_PIECES];
    size_t n = 0;
    for (int pieces; (pieces = mtk_usbip_stream_out(s, iov)) > 0;) {
        size_t now = 0;
        for (int i = 0; i < pieces; i++) {
            assert_true(n + iov[i].iov_len <= cap);
            memcpy(buf + n, iov[i].iov_base, iov[i].iov_len);
            n += iov[i].iov_len;
            now += iov[i].iov_len;
        }
        mtk_usbip_stream_sent(s, now);
    }
    return n;
}

/* Gives the stream bytes from the server, at most `most` at a time. */
static bool feed(struct mtk_usbip_stream *s, const uint8_t *data, size_t len, size_t most)
{
    while (len) {
        struct iovec iov[2];
        size_t done = 0;
        int pieces = mtk_usbip_stream_room(s, iov);
        for (int i = 0; i < pieces && done < len && done < most; i++) {
            size_t n = iov[i].iov_len;
            n = n < len - done ? n : len - done;
            n = n < most - done ? n : most - done;
            memcpy(iov[i].iov_base, data + done, n);
            done += n;
        }
        if (!mtk_usbip_stream_got(s, done))
            return false;
        data += done;
        len -= done;
    }
    return true;
}

/* Head of an answer. */
static const uint8_t *ret(uint8_t out[48], uint32_t command, uint32_t seq, int32_t status, uint32_t actual)
{
    const uint32_t words[] = {command, seq, 0, 0, 0, (uint32_t)status, actual};
    memset(out, 0, 48);
    for (size_t i = 0; i < 7; i++)
        for (unsigned b = 0; b < 4; b++)
            out[4 * i + b] = (uint8_t)(words[i] >> (24 - 8 * b));
    return out;
}

static void requests(void **state)
{
    (void)state;
    static const uint8_t devlist[] = {0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0};
    static const uint8_t import[40] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, '1', '-', '1', '.', '4'};
    uint8_t out[MTK_USBIP_IMPORT_LEN];
    mtk_usbip_put_devlist(out);
    assert_memory_equal(out, devlist, sizeof(devlist));
    assert_true(mtk_usbip_put_import(out, "1-1.4"));
    assert_memory_equal(out, import, sizeof(import));
    assert_false(mtk_usbip_put_import(out, ""));
    assert_false(mtk_usbip_put_import(out, "12345678901234567890123456789012"));
    assert_true(mtk_usbip_put_import(out, "1234567890123456789012345678901"));
}

static void replies(void **state)
{
    (void)state;
    static const struct {
        uint8_t in[8];
        enum mtk_usbip_reply reply;
    } cases[] = {
        {{0x01, 0x11, 0x00, 0x03, 0, 0, 0, 0}, MTK_USBIP_REPLY_OK},
        {{0x01, 0x11, 0x00, 0x03, 0, 0, 0, 1}, MTK_USBIP_REPLY_REFUSED},
        {{0x01, 0x00, 0x00, 0x03, 0, 0, 0, 0}, MTK_USBIP_REPLY_VERSION},
        {{0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0}, MTK_USBIP_REPLY_GARBAGE},
        {{'H', 'T', 'T', 'P', '/', '1', '.', '1'}, MTK_USBIP_REPLY_GARBAGE},
    };
    uint16_t version;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(mtk_usbip_get_reply(cases[i].in, MTK_USBIP_REP_IMPORT, &version), cases[i].reply);
}

static void a_device(void **state)
{
    (void)state;
    uint8_t raw[312] = "/sys/devices/pci0000:00/0000:00:1d.1/usb3/3-2";
    static const uint8_t rest[] = {0,    0,    0,    3,    0,    0,    0, 2, 0, 0, 0, 2,
                                   0x0E, 0x8D, 0x20, 0x00, 0x01, 0x00, 2, 0, 0, 1, 1, 2};
    struct mtk_usbip_device d;
    memcpy(raw + 256, "3-2", 3);
    memcpy(raw + 288, rest, sizeof(rest));
    assert_true(mtk_usbip_get_device(raw, &d));
    assert_string_equal(d.busid, "3-2");
    assert_int_equal(d.speed, 2);
    assert_int_equal(d.vid, 0x0E8D);
    assert_int_equal(d.pid, 0x2000);
    assert_int_equal(d.n_interfaces, 2);
    assert_int_equal(mtk_usbip_devid(&d), 0x00030002);
    raw[257] = '\n';
    assert_false(mtk_usbip_get_device(raw, &d));
    memset(raw + 256, 'x', 32); /* not terminated */
    assert_false(mtk_usbip_get_device(raw, &d));
    memset(raw + 256, 0, 32);
    assert_false(mtk_usbip_get_device(raw, &d));
}

/* The messages of the protocol's own example (an interrupt pipe there), with this stream's numbers. */
static void submits_as_on_the_wire(void **state)
{
    (void)state;
    static const uint8_t in_head[48] = {0, 0, 0, 1,    0, 0, 0x0D, 0x05, 0,    1,    0,    0x0F,
                                        0, 0, 0, 1,    0, 0, 0,    1,    0,    0,    2,    0,
                                        0, 0, 0, 0x40, 0, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t out_head[48] = {0, 0, 0, 1, 0, 0, 0x0D, 0x06, 0,    1,    0,    0x0F,
                                         0, 0, 0, 0, 0, 0, 0,    1,    0,    0,    0,    0,
                                         0, 0, 0, 3, 0, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t control_head[48] = {
        0, 0, 0, 1, 0, 0, 0x0D, 0x07, 0,    1,    0,    0x0F, 0, 0, 0, 1, 0,    0, 0, 0, 0, 0, 2, 0,
        0, 0, 0, 9, 0, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x80, 6, 0, 2, 0, 0, 9, 0};
    static const uint8_t setup[8] = {0x80, 6, 0, 2, 0, 0, 9, 0};
    struct mtk_usbip_stream s;
    uint8_t in_data[64], config[9], buf[256], out_data[] = {0xA0, 0x0A, 0x50};
    struct mtk_urb in = {.endpoint = 0x81, .data = in_data, .len = 64};
    struct mtk_urb out = {.endpoint = 0x01, .data = out_data, .len = 3};
    struct mtk_urb control = {.endpoint = 0x80, .data = config, .len = 9};
    mtk_usbip_stream_init(&s, DEVID);
    s.seq = 0x0D04;
    assert_true(mtk_usbip_stream_submit(&s, &in, NULL));
    assert_true(mtk_usbip_stream_submit(&s, &out, NULL));
    assert_true(mtk_usbip_stream_submit(&s, &control, setup));
    assert_int_equal(sent(&s, buf, sizeof(buf)), 48 + 51 + 48);
    assert_memory_equal(buf, in_head, 48);
    assert_memory_equal(buf + 48, out_head, 48);
    assert_memory_equal(buf + 96, out_data, 3);
    assert_memory_equal(buf + 99, control_head, 48);
    assert_int_equal(sent(&s, buf, sizeof(buf)), 0);
    assert_true(in.flying && out.flying && control.flying);
}

static void answers_land_in_any_order_and_any_pieces(void **state)
{
    (void)state;
    for (size_t most = 1; most < 140; most++) {
        struct mtk_usbip_stream s;
        uint8_t in_data[8] = {0}, out_data[4] = {0}, buf[256], wire[101];
        struct mtk_urb in = {.endpoint = 0x81, .data = in_data, .len = 8};
        struct mtk_urb out = {.endpoint = 0x01, .data = out_data, .len = 4};
        mtk_usbip_stream_init(&s, DEVID);
        assert_true(mtk_usbip_stream_submit(&s, &in, NULL));
        assert_true(mtk_usbip_stream_submit(&s, &out, NULL));
        sent(&s, buf, sizeof(buf));
        ret(wire, 3, 2, 0, 4);
        ret(wire + 48, 3, 1, 0, 5);
        memcpy(wire + 96, "READY", 5);
        assert_true(feed(&s, wire, sizeof(wire), most));
        assert_false(in.flying || out.flying);
        assert_int_equal(in.result, MTK_URB_OK);
        assert_int_equal(in.actual, 5);
        assert_memory_equal(in_data, "READY\0\0", 8);
        assert_int_equal(out.actual, 4);
        assert_int_equal(s.landed, 2);
    }
}

static void what_statuses_mean(void **state)
{
    (void)state;
    static const struct {
        int32_t status;
        enum mtk_urb_result result;
    } cases[] = {{0, MTK_URB_OK},           {-121, MTK_URB_OK},    {-32, MTK_URB_STALL},
                 {-104, MTK_URB_CANCELLED}, {-75, MTK_URB_BABBLE}, {-19, MTK_URB_GONE},
                 {-108, MTK_URB_GONE},      {-71, MTK_URB_ERROR},  {-84, MTK_URB_ERROR},
                 {-12345, MTK_URB_ERROR},   {1, MTK_URB_ERROR}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_usbip_stream s;
        uint8_t data[8], buf[64], wire[48];
        struct mtk_urb in = {.endpoint = 0x81, .data = data, .len = 8};
        mtk_usbip_stream_init(&s, DEVID);
        assert_true(mtk_usbip_stream_submit(&s, &in, NULL));
        sent(&s, buf, sizeof(buf));
        assert_true(feed(&s, ret(wire, 3, 1, cases[i].status, 0), 48, 48));
        assert_int_equal(in.result, cases[i].result);
        assert_int_equal(s.gone, cases[i].result == MTK_URB_GONE);
        assert_int_equal(mtk_usbip_stream_submit(&s, &in, NULL), cases[i].result != MTK_URB_GONE);
    }
}

static void cancelling(void **state)
{
    (void)state;
    static const uint8_t unlink_head[48] = {0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0, 0x0F,
                                            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct mtk_usbip_stream s;
    uint8_t a_data[8], b_data[8], buf[256], wire[48];
    struct mtk_urb a = {.endpoint = 0x81, .data = a_data, .len = 8};
    struct mtk_urb b = {.endpoint = 0x81, .data = b_data, .len = 8};
    mtk_usbip_stream_init(&s, DEVID);
    assert_true(mtk_usbip_stream_submit(&s, &a, NULL));
    sent(&s, buf, sizeof(buf));
    /* What the server has not seen is not sent at all. */
    assert_true(mtk_usbip_stream_submit(&s, &b, NULL));
    mtk_usbip_stream_cancel(&s, &b);
    assert_false(b.flying);
    assert_int_equal(b.result, MTK_URB_CANCELLED);
    assert_int_equal(sent(&s, buf, sizeof(buf)), 0);
    /* What it has seen is unlinked, once. */
    mtk_usbip_stream_cancel(&s, &a);
    mtk_usbip_stream_cancel(&s, &a);
    assert_int_equal(sent(&s, buf, sizeof(buf)), 48);
    assert_memory_equal(buf, unlink_head, 48);
    assert_true(feed(&s, ret(wire, 4, 3, -104, 0), 48, 48));
    assert_false(a.flying);
    assert_int_equal(a.result, MTK_URB_CANCELLED);
    /* A transfer that ended first keeps its data; the answer to UNLINK comes behind it. */
    assert_true(mtk_usbip_stream_submit(&s, &a, NULL));
    sent(&s, buf, sizeof(buf));
    mtk_usbip_stream_cancel(&s, &a);
    sent(&s, buf, sizeof(buf));
    assert_true(feed(&s, ret(wire, 3, 4, 0, 2), 48, 48));
    assert_true(feed(&s, (const uint8_t *)"ok", 2, 48));
    assert_int_equal(a.result, MTK_URB_OK);
    assert_int_equal(a.actual, 2);
    assert_true(feed(&s, ret(wire, 4, 5, 0, 0), 48, 48));
    assert_false(feed(&s, ret(wire, 4, 5, 0, 0), 48, 48)); /* but only once */
    assert_non_null(s.broken);
}

/* A payload that is half sent cannot be taken out of the stream any more: UNLINK follows it. */
static void cancelling_what_is_half_sent(void **state)
{
    (void)state;
    struct mtk_usbip_stream s;
    uint8_t data[100] = {0}, buf[256];
    struct mtk_urb out = {.endpoint = 0x01, .data = data, .len = sizeof(data)};
    mtk_usbip_stream_init(&s, DEVID);
    assert_true(mtk_usbip_stream_submit(&s, &out, NULL));
    mtk_usbip_stream_sent(&s, 60);
    mtk_usbip_stream_cancel(&s, &out);
    assert_true(out.flying);
    assert_int_equal(sent(&s, buf, sizeof(buf)), 148 - 60 + 48);
    assert_int_equal(buf[88 + 3], 2);
}

static void servers_that_lie(void **state)
{
    (void)state;
    static const struct {
        uint32_t command, seq, actual;
        bool send_first;
    } cases[] = {
        {3, 9, 0, true},  /* a number that is not under way */
        {3, 1, 9, true},  /* more bytes than were asked for */
        {3, 1, 0, false}, /* an end before the beginning has been sent */
        {4, 7, 0, true},  /* UNLINK was never sent */
        {4, 0, 0, true},  {1, 1, 0, true}, {0, 1, 0, true}, {5, 1, 0, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_usbip_stream s;
        uint8_t data[8], buf[64], wire[48];
        struct mtk_urb in = {.endpoint = 0x81, .data = data, .len = 8};
        mtk_usbip_stream_init(&s, DEVID);
        assert_true(mtk_usbip_stream_submit(&s, &in, NULL));
        if (cases[i].send_first)
            sent(&s, buf, sizeof(buf));
        assert_false(feed(&s, ret(wire, cases[i].command, cases[i].seq, 0, cases[i].actual), 48, 48));
        assert_non_null(s.broken);
        mtk_usbip_stream_abort(&s);
        assert_false(in.flying);
        assert_int_equal(in.result, MTK_URB_GONE);
    }
}

static void a_connection_lost_inside_a_payload(void **state)
{
    (void)state;
    struct mtk_usbip_stream s;
    uint8_t data[8], buf[64], wire[48];
    struct mtk_urb in = {.endpoint = 0x81, .data = data, .len = 8};
    mtk_usbip_stream_init(&s, DEVID);
    assert_true(mtk_usbip_stream_submit(&s, &in, NULL));
    sent(&s, buf, sizeof(buf));
    assert_true(feed(&s, ret(wire, 3, 1, 0, 8), 48, 48));
    assert_true(feed(&s, (const uint8_t *)"abc", 3, 48));
    mtk_usbip_stream_abort(&s);
    assert_int_equal(in.result, MTK_URB_GONE);
    assert_int_equal(in.actual, 3);
    assert_memory_equal(data, "abc", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(replies),
        cmocka_unit_test(a_device),
        cmocka_unit_test(submits_as_on_the_wire),
        cmocka_unit_test(answers_land_in_any_order_and_any_pieces),
        cmocka_unit_test(what_statuses_mean),
        cmocka_unit_test(cancelling),
        cmocka_unit_test(cancelling_what_is_half_sent),
        cmocka_unit_test(servers_that_lie),
        cmocka_unit_test(a_connection_lost_inside_a_payload),
    };
    return cmocka_run_group_tests_name("flasher/link usbip_stream", tests, NULL, NULL);
}
