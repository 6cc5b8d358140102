/* SPDX-License-Identifier: Apache-2.0 */
/* A tap passes everything through unchanged, and what it writes is a recording that libpcap reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "base/cursor.h"
#include "flasher/link/link.h"
#include "protocol/error_index.h"
#include "script_link.h"

/* Offsets in the header that the kernel's usbmon puts before the data of each packet. */
#define USBMON_HEADER  64
#define USBMON_TYPE    8
#define USBMON_XFER    9
#define USBMON_EP      10
#define USBMON_DEVICE  11
#define USBMON_STATUS  28
#define USBMON_DATALEN 36
#define XFER_CONTROL   2
#define XFER_BULK      3

static char dir[64], path[96];

static int make_dir(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%.40s/tapXXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/session.pcapng", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

/* What a recording holds of bulk transfers (completions IN, submissions OUT) and of our control requests. */
struct tally {
    unsigned in, out, control, stalled, devices;
    uint8_t last_device;
    uint8_t bytes_in[64], bytes_out[64];
    size_t n_in, n_out;
};

static void count(struct tally *t, const uint8_t *p, size_t len)
{
    uint8_t type = p[USBMON_TYPE], xfer = p[USBMON_XFER], ep = p[USBMON_EP];
    size_t data = get_le32(p + USBMON_DATALEN);
    assert_true(USBMON_HEADER + data <= len);
    if (p[USBMON_DEVICE] != t->last_device)
        t->devices++;
    t->last_device = p[USBMON_DEVICE];
    if (xfer == XFER_BULK && (ep & 0x80) && type == 'C') {
        memcpy(t->bytes_in + t->n_in, p + USBMON_HEADER, data);
        t->n_in += data;
        t->in++;
    } else if (xfer == XFER_BULK && !(ep & 0x80) && type == 'S') {
        memcpy(t->bytes_out + t->n_out, p + USBMON_HEADER, data);
        t->n_out += data;
        t->out++;
    } else if (xfer == XFER_CONTROL && ep == 0 && type == 'C') {
        t->control++;
        t->stalled += (int32_t)get_le32(p + USBMON_STATUS) == -EPIPE;
    }
}

static struct tally read_back(void)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct tally t = {0};
    struct pcap_pkthdr *h;
    const uint8_t *p;
    pcap_t *in = pcap_open_offline(path, why);
    if (!in)
        fail_msg("%s", why);
    assert_int_equal(pcap_datalink(in), DLT_USB_LINUX_MMAPPED);
    while (pcap_next_ex(in, &h, &p) == 1)
        count(&t, p, h->caplen);
    pcap_close(in);
    return t;
}

static void everything_passes_and_is_recorded(void **state)
{
    (void)state;
    uint8_t buf[16], coding[7] = {1, 2, 3, 4, 5, 6, 7};
    struct mtk_link_identity id;
    struct mtk_link *inner =
        script_link_closed("!ctrl 21 20 00 00 00 00 07 00 01 02 03 04 05 06 07 "
                           "!stall 21 22 02 00 00 00 00 00 > A0 < 5F 11 > 0A !timeout !gone "
                           "!open > 50");
    script_link_identity(inner, 0x0E8D, 0x2000);
    struct mtk_link *l = mtk_link_tap(inner, path, NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    l->ops->identity(l, &id);
    assert_int_equal(id.pid, 0x2000);
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), 7);
    assert_int_equal(l->ops->control(l, 0x21, 0x22, 2, 0, NULL, 0), MTK_LINK_IO);
    assert_int_equal(mtk_link_write_full(l, "\xA0", 1, NS_PER_S, NULL), 0);
    assert_int_equal(l->taken, 1);
    assert_int_equal(l->ops->write(l, buf, 0, NS_PER_S), 0);
    assert_int_equal(l->ops->read(l, buf, sizeof(buf), NS_PER_S), 2);
    assert_int_equal(mtk_link_write_full(l, "\x0A", 1, NS_PER_S, NULL), 0);
    assert_int_equal(l->ops->read(l, buf, 1, 7 * NS_PER_S), MTK_LINK_TIMEOUT);
    assert_int_equal(l->clock.now(l->clock.ctx), 7 * NS_PER_S); /* the inner link's clock */
    assert_int_equal(l->ops->read(l, buf, 1, NS_PER_S), MTK_LINK_GONE);
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, "\x50", 1, NS_PER_S, NULL), 0);
    assert_null(script_link_problem(inner));
    assert_int_equal(mtk_link_tap_finish(l, NULL), 0);
    assert_int_equal(mtk_link_tap_finish(l, NULL), 0);
    mtk_link_free(l);

    struct tally t = read_back();
    assert_int_equal(t.in, 1);
    assert_int_equal(t.n_in, 2);
    assert_memory_equal(t.bytes_in, "\x5F\x11", 2);
    assert_int_equal(t.out, 4); /* with the empty packet */
    assert_memory_equal(t.bytes_out, "\xA0\x0A\x50", 3);
    assert_int_equal(t.n_out, 3);
    assert_int_equal(t.control, 2);
    assert_int_equal(t.stalled, 1);
    assert_int_equal(t.devices, 2); /* one number an enumeration */
}

static void opening_an_open_link_is_no_enumeration(void **state)
{
    (void)state;
    struct mtk_link *l = mtk_link_tap(script_link_new("> 01 > 02"), path, NULL);
    assert_int_equal(l->ops->open(l, 0, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, "\x01", 1, 0, NULL), 0);
    assert_int_equal(l->ops->open(l, 0, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, "\x02", 1, 0, NULL), 0);
    mtk_link_free(l); /* completes the file by itself */
    struct tally t = read_back();
    assert_int_equal(t.out, 2);
    assert_int_equal(t.devices, 1);
}

static void a_recording_that_cannot_be_made(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *inner = script_link_new("");
    assert_null(mtk_link_tap(inner, dir, &e));
    assert_true(mtk_error_is(&e, MTK_E_MTK_HOST_IO));
    script_link_finish(inner); /* still the caller's */
}

static void a_full_disk_does_not_stop_the_session(void **state)
{
    (void)state;
    static uint8_t block[65536];
    struct mtk_error e = {0};
    if (access("/dev/full", W_OK) != 0)
        skip();
    struct mtk_link *l = mtk_link_tap(script_link_new("> 00*65536 > 00*65536 < 01"), "/dev/full", &e);
    if (!l) /* refused at once: just as good */
        return;
    uint8_t c = 0;
    assert_int_equal(l->ops->open(l, 0, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, block, sizeof(block), 0, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, block, sizeof(block), 0, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, &c, 1, 0, NULL), 0);
    assert_int_equal(c, 1);
    assert_int_equal(mtk_link_tap_finish(l, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_HOST_IO));
    mtk_link_free(l);
}

static void other_links_have_nothing_to_finish(void **state)
{
    (void)state;
    struct mtk_link *l = script_link_new("");
    assert_int_equal(mtk_link_tap_finish(l, NULL), 0);
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_passes_and_is_recorded),
        cmocka_unit_test(opening_an_open_link_is_no_enumeration),
        cmocka_unit_test(a_recording_that_cannot_be_made),
        cmocka_unit_test(a_full_disk_does_not_stop_the_session),
        cmocka_unit_test(other_links_have_nothing_to_finish),
    };
    return cmocka_run_group_tests_name("flasher/link tap", tests, make_dir, remove_dir);
}
