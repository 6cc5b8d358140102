/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings, read back through libpcap, and pinned where libpcap does not look. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "traces/pcapng.h"

#define START INT64_C(1234567890123)

/* A temporary file name; the folder is made for one test and removed with the file. */
struct fixture {
    char dir[256], path[300];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    const char *tmp = getenv("TMPDIR");
    snprintf(f->dir, sizeof(f->dir), "%s/pcapng-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/a.pcapng", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->dir);
    free(f);
    return 0;
}

/* The 64-byte header of one packet, as usbmon lays it out on a little-endian machine. */
struct mon {
    uint64_t id, sec;
    uint8_t type, xfer, endpoint, device, no_setup, no_data;
    uint16_t bus;
    uint32_t usec, status, length, captured, interval, start, flags, descriptors;
    uint8_t setup[8];
    const uint8_t *data;
    size_t n;
    struct pcap_pkthdr pcap;
};

/* m.data is good until the next call. */
static struct mon next(pcap_t *file)
{
    struct mon m = {0};
    struct pcap_pkthdr *h;
    const u_char *bytes;
    assert_int_equal(pcap_next_ex(file, &h, &bytes), 1);
    m.pcap = *h;
    struct rd c = rd_init(bytes, h->caplen);
    rd_le64(&c, &m.id);
    rd_u8(&c, &m.type);
    rd_u8(&c, &m.xfer);
    rd_u8(&c, &m.endpoint);
    rd_u8(&c, &m.device);
    rd_le16(&c, &m.bus);
    rd_u8(&c, &m.no_setup);
    rd_u8(&c, &m.no_data);
    rd_le64(&c, &m.sec);
    rd_le32(&c, &m.usec);
    rd_le32(&c, &m.status);
    rd_le32(&c, &m.length);
    rd_le32(&c, &m.captured);
    rd_bytes(&c, m.setup, 8);
    rd_le32(&c, &m.interval);
    rd_le32(&c, &m.start);
    rd_le32(&c, &m.flags);
    rd_le32(&c, &m.descriptors);
    assert_int_equal(c.pos, 64);
    m.n = rd_left(&c);
    rd_view(&c, &m.data, m.n);
    assert_false(c.bad);
    assert_int_equal(m.captured, m.n);
    assert_int_equal(m.bus, 1);
    assert_int_equal(m.interval | m.start | m.descriptors, 0);
    return m;
}

static pcap_t *open_recording(const char *path)
{
    char text[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!p)
        fail_msg("%s", text);
    assert_int_equal(pcap_datalink(p), 220); /* LINKTYPE_USB_LINUX_MMAPPED */
    return p;
}

static void expect_end(pcap_t *p)
{
    struct pcap_pkthdr *h;
    const u_char *bytes;
    assert_int_equal(pcap_next_ex(p, &h, &bytes), PCAP_ERROR_BREAK);
    pcap_close(p);
}

static void record(const char *path)
{
    static const uint8_t line_coding[8] = {0x21, 0x20, 0, 0, 0, 0, 7, 0};
    static const uint8_t set_interface[8] = {0x01, 0x0B, 0, 0, 1, 0, 0, 0};
    struct mtk_pcapng *w = mtk_pcapng_create(path, "test", "seed 1");
    assert_non_null(w);
    assert_int_equal(mtk_pcapng_device(w, START, 5, 0x0E8D, 0x2000), 0);
    struct mtk_pcapng_transfer t[] = {
        {START + 1, 0x00, 5, line_coding, "\x00\x10\x0E\x00\x00\x00\x08", 7, 0},
        {START + 2, 0x00, 5, set_interface, NULL, 0, -EPIPE},
        {START + 3, 0x81, 5, NULL, "READY", 5, 0},
        {START + 4, 0x01, 5, NULL, "\xA0", 1, 0},
        {START + 5, 0x01, 5, NULL, NULL, 0, 0},
    };
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
        assert_int_equal(mtk_pcapng_write(w, &t[i]), 0);
    assert_int_equal(mtk_pcapng_close(w), 0);
}

/* The enumeration is a GET_DESCRIPTOR(device) exchange whose answer names VID and PID. */
static void test_device(void **state)
{
    struct fixture *f = *state;
    record(f->path);
    pcap_t *p = open_recording(f->path);
    struct mon s = next(p), c;
    assert_int_equal(s.type, 'S');
    assert_int_equal(s.xfer, 2);
    assert_int_equal(s.endpoint, 0x80);
    assert_int_equal(s.device, 5);
    assert_int_equal(s.no_setup, 0);
    assert_memory_equal(s.setup, "\x80\x06\x00\x01\x00\x00\x12\x00", 8);
    assert_int_equal(s.no_data, '<');
    assert_int_equal(s.length, 18);
    assert_int_equal(s.n, 0);
    assert_int_equal((int32_t)s.status, -EINPROGRESS);
    assert_int_equal(s.flags, 0x200);
    assert_int_equal(s.sec, 1234);
    assert_int_equal(s.usec, 567890);
    assert_int_equal(s.pcap.ts.tv_sec, 1234);
    assert_int_equal(s.pcap.ts.tv_usec, 567890123); /* nanoseconds survive in the block's own time */
    c = next(p);
    assert_int_equal(c.type, 'C');
    assert_int_equal(c.id, s.id);
    assert_int_equal(c.no_setup, '-');
    assert_int_equal(c.no_data, 0);
    assert_int_equal(c.status, 0);
    assert_int_equal(c.n, 18);
    assert_memory_equal(c.data, "\x12\x01\x00\x02\x02\x00\x00\x40\x8D\x0E\x00\x20\x00\x01\x00\x00\x00\x01",
                        18);
    pcap_close(p);
}

static void test_control(void **state)
{
    struct fixture *f = *state;
    record(f->path);
    pcap_t *p = open_recording(f->path);
    next(p);
    next(p);
    struct mon s = next(p);
    assert_int_equal(s.type, 'S');
    assert_int_equal(s.xfer, 2);
    assert_int_equal(s.endpoint, 0x00);
    assert_int_equal(s.no_data, 0);
    assert_int_equal(s.n, 7);
    assert_memory_equal(s.data, "\x00\x10\x0E\x00\x00\x00\x08", 7);
    assert_int_equal(s.flags, 0);
    struct mon c = next(p);
    assert_int_equal(c.no_data, '>');
    assert_int_equal(c.length, 7);
    assert_int_equal(c.n, 0);
    struct mon stalled = next(p);
    assert_true(stalled.id > s.id);
    c = next(p);
    assert_int_equal(c.id, stalled.id);
    assert_int_equal((int32_t)c.status, -EPIPE);
    pcap_close(p);
}

static void test_bulk(void **state)
{
    struct fixture *f = *state;
    record(f->path);
    pcap_t *p = open_recording(f->path);
    for (int i = 0; i < 6; i++)
        next(p);
    struct mon s = next(p), c = next(p);
    assert_int_equal(s.xfer, 3);
    assert_int_equal(s.endpoint, 0x81);
    assert_int_equal(s.no_setup, '-');
    assert_int_equal(s.n, 0);
    assert_int_equal(c.n, 5);
    assert_memory_equal(c.data, "READY", 5);
    assert_int_equal(c.flags, 0x200);
    s = next(p);
    assert_int_equal(s.endpoint, 0x01);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.data[0], 0xA0);
    c = next(p);
    assert_int_equal(c.n, 0);
    assert_int_equal(c.no_data, '>');
    /* a zero-length packet has no data, and nothing that explains its absence */
    s = next(p);
    c = next(p);
    assert_int_equal(s.length, 0);
    assert_int_equal(s.no_data, 0);
    assert_int_equal(c.no_data, 0);
    expect_end(p);
}

/* Long data is cut in the file; lengths in the headers stay true. The packet after it is still found. */
static void test_long(void **state)
{
    enum { LEN = 256 * 1024 + 5 };
    struct fixture *f = *state;
    uint8_t *data = malloc(LEN);
    assert_non_null(data);
    for (size_t i = 0; i < LEN; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    struct mtk_pcapng *w = mtk_pcapng_create(f->path, NULL, NULL);
    assert_non_null(w);
    struct mtk_pcapng_transfer t = {.time_ns = 1, .endpoint = 0x01, .device = 1, .data = data, .len = LEN};
    assert_int_equal(mtk_pcapng_write(w, &t), 0);
    t.endpoint = 0x81;
    assert_int_equal(mtk_pcapng_write(w, &t), 0);
    t.len = 3;
    assert_int_equal(mtk_pcapng_write(w, &t), 0);
    assert_int_equal(mtk_pcapng_close(w), 0);

    pcap_t *p = open_recording(f->path);
    struct mon s = next(p);
    assert_int_equal(s.length, LEN);
    assert_int_equal(s.n, 256 * 1024);
    assert_int_equal(s.pcap.len, 64 + LEN);
    assert_memory_equal(s.data, data, 256 * 1024);
    next(p);
    next(p);
    struct mon c = next(p);
    assert_int_equal(c.length, LEN);
    assert_int_equal(c.n, 256 * 1024);
    next(p);
    c = next(p);
    assert_int_equal(c.n, 3);
    expect_end(p);
    free(data);
}

static size_t slurp(const char *path, uint8_t *buf, size_t len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(buf, 1, len, file);
    assert_true(n < len);
    fclose(file);
    return n;
}

/* Same transfers, same bytes; and the blocks form a chain whose lengths agree at both ends. */
static void test_deterministic(void **state)
{
    struct fixture *f = *state;
    uint8_t a[4096], b[4096];
    record(f->path);
    size_t n = slurp(f->path, a, sizeof(a));
    record(f->path);
    assert_int_equal(slurp(f->path, b, sizeof(b)), n);
    assert_memory_equal(a, b, n);

    static const uint32_t types[] = {0x0A0D0D0A, 1, 6};
    size_t blocks = 0;
    for (size_t at = 0; at < n; blocks++) {
        uint32_t len = get_le32(a + at + 4);
        assert_int_equal(get_le32(a + at), types[blocks < 2 ? blocks : 2]);
        assert_int_equal(len % 4, 0);
        assert_true(len >= 12 && len <= n - at);
        assert_int_equal(get_le32(a + at + len - 4), len);
        at += len;
    }
    assert_int_equal(blocks, 2 + 12);
    assert_int_equal(get_le32(a + 8), 0x1A2B3C4D);
    assert_non_null(memmem(a, n, "seed 1", 6));
}

/* A full disk is reported at the latest when the file is closed. */
static void test_full_disk(void **state)
{
    (void)state;
    struct mtk_pcapng *w = mtk_pcapng_create("/dev/full", "test", NULL);
    assert_non_null(w);
    assert_int_equal(mtk_pcapng_device(w, 0, 1, 1, 2), 0);
    errno = 0;
    assert_int_equal(mtk_pcapng_close(w), -1);
    assert_int_equal(errno, ENOSPC);
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    char path[400];
    snprintf(path, sizeof(path), "%s/missing/a.pcapng", f->dir);
    errno = 0;
    assert_null(mtk_pcapng_create(path, NULL, NULL));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(mtk_pcapng_close(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_control, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deterministic, setup, teardown),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
    };
    return cmocka_run_group_tests_name("pcapng", tests, NULL, NULL);
}
