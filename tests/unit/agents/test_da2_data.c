/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 2 moves data: READ_DATA, WRITE_DATA, DOWNLOAD, UPLOAD, FORMAT. da-xflash.md section 8. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "tests/unit/agents/wire.h"

static const struct wire_setup plain;
static const char *const names[] = {"para", "boot", "seccfg"};
#define BOOT_AT (2 * MIB)

static uint8_t *noise(size_t n, uint64_t seed)
{
    struct prng r = prng_init(seed);
    uint8_t *p = malloc(n);
    assert_non_null(p);
    prng_bytes(&r, p, n);
    return p;
}

static void expect_flash(struct wire *w, const char *area, uint64_t offset, const void *want, size_t n)
{
    uint8_t *got = malloc(n);
    assert_non_null(got);
    assert_int_equal(mtksim_flash_read(w->phone, area, offset, got, n), 0);
    assert_memory_equal(got, want, n);
    free(got);
}

/* Data, ack, status until len bytes are here, in packets of at most max. */
static void receive_all(struct wire *w, uint8_t *out, size_t len, size_t max)
{
    for (size_t done = 0; done < len;) {
        size_t want = len - done < max ? len - done : max;
        assert_int_equal(wire_receive(w, out + done, max, NULL), want);
        wire_say_u32(w, 0);
        wire_hear_u32(w, 0);
        done += want;
    }
}

/* ---- 8.1 ---- */

/* The worked example: 1 MiB from user at 0 in 16 packets. */
static void test_read(void **state)
{
    (void)state;
    uint8_t *data = noise(MIB, 3), *got = malloc(MIB);
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    mtksim_flash_write(w.phone, "user", 0, data, MIB);
    wire_play(&w, "H>.. 04 00 00 00 | 05 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00"
                  " 00 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00"
                  " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                  " 00 00 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    receive_all(&w, got, MIB, 0x10000);
    assert_memory_equal(got, data, MIB);
    wire_alive(&w);
    wire_close(&w);
    free(data);
    free(got);
}

/* Odd ranges, a Windows host's packets, boot areas, length 0. */
static void test_read_ranges(void **state)
{
    (void)state;
    uint8_t *data = noise(5 * MIB, 4), *got = malloc(5 * MIB);
    struct wire w;
    wire_da2(&w, &plain, 0, false);
    mtksim_flash_write(w.phone, "user", 0xC00000, data, 5 * MIB);
    mtksim_flash_write(w.phone, "boot2", 0x800, data, 1000);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, 0xC00003, 257);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    receive_all(&w, got, 257, 0x200000);
    assert_memory_equal(got, data + 3, 257);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, 0xC00000, 5 * MIB);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    receive_all(&w, got, 5 * MIB, 0x200000);
    assert_memory_equal(got, data, 5 * MIB);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 2, 0x800, 1000);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    receive_all(&w, got, 1000, 0x200000);
    assert_memory_equal(got, data, 1000);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, 0, 0);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    wire_alive(&w);
    wire_close(&w);
    free(data);
    free(got);
}

/* ---- 8.2 ---- */

/* The worked example with both checksums: 0x200400 bytes at 0x2000000 in two packets. */
static void test_write(void **state)
{
    (void)state;
    uint8_t *data = malloc(0x200400);
    struct wire w;
    memset(data, 0xA5, 0x200000);
    memset(data + 0x200000, 0x5A, 0x400);
    wire_da2(&w, &plain, 3, true);
    uint64_t changes = mtksim_flash_changes(w.phone);
    wire_play(&w, "H>.. 04 00 00 00 | 04 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 02 00 00 00 00"
                  " 00 04 20 00 00 00 00 00 00 00 00 00 00 00 00 00"
                  " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                  " 00 00 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 00");
    wire_say(&w, data, 0x200000);
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 68 00 00");
    wire_say(&w, data + 0x200000, 0x400);
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    expect_flash(&w, "user", 0x2000000, data, 0x200400);
    assert_int_equal(mtksim_flash_changes(w.phone) - changes, 2);
    wire_alive(&w);
    wire_close(&w);
    free(data);
}

/* Packets of any size, unpadded length, both boot areas at once, nothing added to what is sent. */
static void test_write_ranges(void **state)
{
    (void)state;
    uint8_t *data = noise(0x3F0 + 1024, 5), zeros[64] = {0};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_command(&w, 0x010004);
    wire_flashop(&w, 10, 0, 1024);
    wire_hear_u32(&w, 0);
    wire_block(&w, data, 512);
    wire_hear_u32(&w, 0);
    wire_block(&w, data + 512, 512);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    expect_flash(&w, "boot1", 0, data, 1024);
    expect_flash(&w, "boot2", 0, data, 1024);
    expect_flash(&w, "boot1", 1024, zeros, sizeof(zeros));
    wire_command(&w, 0x010004);
    wire_flashop(&w, 8, 4096, 0x3F0);
    wire_hear_u32(&w, 0);
    wire_block(&w, data, 0x3F0);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    expect_flash(&w, "user", 4096, data, 0x3F0);
    expect_flash(&w, "user", 4096 + 0x3F0, zeros, sizeof(zeros));
    wire_close(&w);
    free(data);
}

/* ---- 8.3 ---- */

static void begin_download(struct wire *w, const char *name, uint64_t len)
{
    uint8_t size[8];
    put_le64(size, len);
    wire_command(w, 0x010001);
    wire_say(w, name, strlen(name));
    wire_say(w, size, sizeof(size));
    wire_hear_u32(w, 0);
}

static void download(struct wire *w, const char *name, const uint8_t *data, size_t len, size_t packet,
                     uint32_t final)
{
    begin_download(w, name, len);
    for (size_t done = 0; done < len;) {
        size_t n = len - done < packet ? len - done : packet;
        wire_block(w, data + done, n);
        wire_hear_u32(w, 0);
        done += n;
    }
    wire_hear_u32(w, final);
}

/* Worked example; the name is taken with and without its NUL, no status comes for it. */
static void test_download(void **state)
{
    (void)state;
    uint8_t *data = noise(0x425AC, 6);
    struct wire w;
    wire_da2(&w, &plain, 3, true);
    wire_gpt(&w, names, 3);
    wire_play(&w, "H>.. 04 00 00 00 | 01 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 62 6f 6f 74");
    wire_silent(&w);
    wire_play(&w, "H>.. 08 00 00 00 | ac 25 04 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    wire_block(&w, data, 0x425AC);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    expect_flash(&w, "user", BOOT_AT, data, 0x425AC);
    wire_play(&w, "H>.. 04 00 00 00 | 01 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 05 00 00 00 | 62 6f 6f 74 00\n"
                  "H>.. 08 00 00 00 | 04 00 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    wire_block(&w, "ABCD", 4);
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    expect_flash(&w, "user", BOOT_AT, "ABCD", 4);
    wire_alive(&w);
    wire_close(&w);
    free(data);
}

/* The primary table is damaged: names are found through the backup. */
static void test_download_backup_table(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_gpt(&w, names, 3);
    mtksim_flash_write(w.phone, "user", 0x200 + 0x48, "X", 1);
    download(&w, "boot", (const uint8_t *)"content!", 8, 8, 0);
    expect_flash(&w, "user", BOOT_AT, "content!", 8);
    wire_close(&w);
}

/* formats.md 2.5: what boot1 and boot2 hold after a preloader download. */
static void test_download_preloader(void **state)
{
    (void)state;
    static const uint8_t header[] = {0x45, 0x4d, 0x4d, 0x43, 0x5f, 0x42, 0x4f, 0x4f, 0x54, 0x00, 0x00,
                                     0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0xff};
    static const uint8_t brlyt[] = {0x42, 0x52, 0x4c, 0x59, 0x54, 0x00, 0x00, 0x00, 0x01, 0x00,
                                    0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08, 0x04, 0x00,
                                    0x42, 0x42, 0x42, 0x42, 0x05, 0x00, 0x01, 0x00, 0x00, 0x08,
                                    0x00, 0x00, 0x00, 0x08, 0x04, 0x00, 0x01};
    uint8_t *image = noise(0x5000, 7), *old = noise(0x6000, 8);
    struct wire w;
    memcpy(image,
           "MMM\x01\x38\x00\x00\x00"
           "FILE_INFO\0\0\0",
           20);
    put_le32(image + 0x24, 0x40000); /* max_size */
    wire_da2(&w, &plain, 3, true);
    download(&w, "preloader", image, 0x5000, 0x2000, 0);
    for (int i = 0; i < 2; i++) {
        const char *area = i ? "boot2" : "boot1";
        expect_flash(&w, area, 0, header, sizeof(header));
        expect_flash(&w, area, 0x200, brlyt, sizeof(brlyt));
        expect_flash(&w, area, 0x800, image, 0x5000);
    }
    /* Only boot2; an image that brings a header gets another one in front of it. */
    memcpy(old, header, sizeof(header));
    download(&w, "preloader_backup", old, 0x6000, 0x200000, 0);
    expect_flash(&w, "boot1", 0x800, image, 0x5000);
    expect_flash(&w, "boot2", 0, header, sizeof(header));
    expect_flash(&w, "boot2", 0x800, old, 0x6000);
    wire_close(&w);
    free(image);
    free(old);
}

/* ---- sparse ---- */

static size_t sparse_header(uint8_t *p, uint32_t blocks, uint32_t chunks)
{
    memset(p, 0, 28);
    put_le32(p, 0xED26FF3A);
    put_le16(p + 4, 1);
    put_le16(p + 8, 28);
    put_le16(p + 10, 12);
    put_le32(p + 12, 4096);
    put_le32(p + 16, blocks);
    put_le32(p + 20, chunks);
    return 28;
}

static size_t sparse_chunk(uint8_t *p, uint16_t type, uint32_t blocks, uint32_t body)
{
    memset(p, 0, 12);
    put_le16(p, type);
    put_le32(p + 4, blocks);
    put_le32(p + 8, 12 + body);
    return 12;
}

/* raw 2, fill 9, don't care 3, crc, raw 1: 15 blocks. */
static size_t make_sparse(uint8_t *p, uint8_t *expanded)
{
    uint8_t *data = noise(3 * 4096, 9);
    size_t n = sparse_header(p, 15, 5);
    n += sparse_chunk(p + n, 0xCAC1, 2, 8192);
    memcpy(p + n, data, 8192);
    n += 8192;
    n += sparse_chunk(p + n, 0xCAC2, 9, 4);
    memcpy(p + n, "\x01\x02\x03\x04", 4);
    n += 4;
    n += sparse_chunk(p + n, 0xCAC3, 3, 0);
    n += sparse_chunk(p + n, 0xCAC4, 0, 4);
    put_le32(p + n, 0x12345678);
    n += 4;
    n += sparse_chunk(p + n, 0xCAC1, 1, 4096);
    memcpy(p + n, data + 8192, 4096);
    n += 4096;
    memcpy(expanded, data, 8192);
    for (size_t i = 0; i < 9 * 4096; i++)
        expanded[8192 + i] = (uint8_t)(i % 4 + 1);
    memcpy(expanded + 14 * 4096, data + 8192, 4096);
    free(data);
    return n;
}

/* Expanded while it arrives, in packets that cut it anywhere; what "don't care" covers keeps its content. */
static void test_sparse(void **state)
{
    (void)state;
    static const size_t packets[] = {0x200000, 4096, 1000, 37};
    uint8_t image[20000], want[15 * 4096];
    struct wire w;
    wire_da2(&w, &plain, 3, true);
    wire_gpt(&w, names, 3);
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        memset(want, (int)(0x60 + i), sizeof(want));
        mtksim_flash_write(w.phone, "user", BOOT_AT, want, sizeof(want));
        size_t n = make_sparse(image, want);
        download(&w, "boot", image, n, packets[i], 0);
        expect_flash(&w, "user", BOOT_AT, want, sizeof(want));
    }
    wire_close(&w);
}

static void test_bad_sparse(void **state)
{
    (void)state;
    uint8_t image[20000], want[15 * 4096];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_gpt(&w, names, 3);
    size_t n = make_sparse(image, want);
    put_le16(image + 28, 0xCAC5);
    download(&w, "boot", image, n, 0x200000, 0xC0040005);
    n = make_sparse(image, want);
    put_le32(image + 28 + 8, 8192 + 13); /* chunk length and blocks disagree */
    download(&w, "boot", image, n, 0x200000, 0xC004000C);
    n = make_sparse(image, want);
    put_le32(image + 16, 257); /* larger than the partition when expanded */
    download(&w, "boot", image, n, 0x200000, 0xC004000C);
    n = make_sparse(image, want);
    put_le32(image + 28 + 12 + 8192 + 4, 255); /* a chunk that leaves it */
    download(&w, "boot", image, n, 0x200000, 0xC004000C);
    n = make_sparse(image, want);
    download(&w, "boot", image, n - 1, 0x200000, 0xC004000C); /* cut off */
    wire_alive(&w);
    wire_close(&w);
}

/* ---- 8.4 ---- */

static void test_upload(void **state)
{
    (void)state;
    uint8_t *data = noise(MIB, 10), *got = malloc(4 * MIB), table[0x8000];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_gpt(&w, names, 3);
    mtksim_flash_write(w.phone, "user", BOOT_AT, data, MIB);
    wire_play(&w, "H>.. 04 00 00 00 | 02 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 50 47 50 54\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 08 00 00 00 | 00 80 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    receive_all(&w, got, 0x8000, 0x10000);
    mtksim_flash_read(w.phone, "user", 0, table, sizeof(table));
    assert_memory_equal(got, table, sizeof(table));
    wire_play(&w, "H>.. 04 00 00 00 | 02 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 05 00 00 00 | 53 47 50 54 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 08 00 00 00 | 00 42 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    receive_all(&w, got, 0x4200, 0x10000);
    mtksim_flash_read(w.phone, "user", 64 * MIB - 0x4200, table, 0x4200);
    assert_memory_equal(got, table, 0x4200);
    assert_memory_equal(got + 0x4000, "EFI PART", 8);
    wire_play(&w, "H>.. 04 00 00 00 | 02 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 62 6f 6f 74\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 08 00 00 00 | 00 00 10 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    receive_all(&w, got, MIB, 0x10000);
    assert_memory_equal(got, data, MIB);
    wire_close(&w);
    free(data);
    free(got);
}

/* ---- 8.5 ---- */

/* 1 MiB: exactly one CONTINUE, 100 percent. 8 MiB: the worked example. */
static void test_format(void **state)
{
    (void)state;
    uint8_t *data = noise(10 * MIB, 11), *zeros = calloc(1, 8 * MIB);
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    mtksim_flash_write(w.phone, "user", 0x2000000, data, 10 * MIB);
    wire_command(&w, 0x010003);
    wire_flashop(&w, 8, 0x2000000 + 9 * MIB, MIB);
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 04 00 04 40\n"
                  "D>.. 04 00 00 00 | 64 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 05 00 04 40");
    expect_flash(&w, "user", 0x2000000 + 9 * MIB, zeros, MIB);
    wire_play(
        &w,
        "H>.. 04 00 00 00 | 03 00 01 00\n"
        "D>.. 04 00 00 00 | 00 00 00 00\n"
        "H>.. 38 00 00 00 | 01 00 00 00 08 00 00 00 00 00 00 02 00 00 00 00 00 00 80 00 00 00 00 00"
        " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
        "D>.. 04 00 00 00 | 00 00 00 00\n"
        "D>.. 04 00 00 00 | 04 00 04 40\n"
        "D>.. 04 00 00 00 | 32 00 00 00\n"
        "H>.. 04 00 00 00 | 00 00 00 00\n"
        "D>.. 04 00 00 00 | 04 00 04 40\n"
        "D>.. 04 00 00 00 | 64 00 00 00\n"
        "H>.. 04 00 00 00 | 00 00 00 00\n"
        "D>.. 04 00 00 00 | 05 00 04 40");
    expect_flash(&w, "user", 0x2000000, zeros, 8 * MIB);
    expect_flash(&w, "user", 0x2000000 + 8 * MIB, data + 8 * MIB, MIB);
    wire_alive(&w);
    wire_close(&w);
    free(data);
    free(zeros);
}

static void test_format_partition(void **state)
{
    (void)state;
    uint8_t *data = noise(3 * MIB, 12), *zeros = calloc(1, MIB);
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_gpt(&w, names, 3);
    mtksim_flash_write(w.phone, "user", MIB, data, 3 * MIB);
    wire_play(&w, "H>.. 04 00 00 00 | 06 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 62 6f 6f 74\n"
                  "D>.. 04 00 00 00 | 04 00 04 40\n"
                  "D>.. 04 00 00 00 | 64 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 05 00 04 40");
    expect_flash(&w, "user", MIB, data, MIB);
    expect_flash(&w, "user", BOOT_AT, zeros, MIB);
    expect_flash(&w, "user", 3 * MIB, data + 2 * MIB, MIB);
    wire_alive(&w);
    wire_close(&w);
    free(data);
    free(zeros);
}

/* A whole area takes a hundred steps at most, and never goes backwards. */
static void test_format_all(void **state)
{
    (void)state;
    const struct wire_setup big = {.user_size = 4096 * MIB};
    uint8_t word[4];
    unsigned steps = 0, last = 0;
    struct wire w;
    wire_da2(&w, &big, 0, true);
    wire_command(&w, 0x010003);
    wire_flashop(&w, 8, 0, 4096 * MIB);
    wire_hear_u32(&w, 0);
    for (;; steps++) {
        assert_int_equal(wire_receive(&w, word, 4, NULL), 4);
        if (get_le32(word) != 0x40040004)
            break;
        assert_int_equal(wire_receive(&w, word, 4, NULL), 4);
        assert_in_range(get_le32(word), last, 100);
        last = get_le32(word);
        wire_say_u32(&w, 0);
    }
    assert_int_equal(get_le32(word), 0x40040005);
    assert_int_equal(last, 100);
    assert_in_range(steps, 2, 100);
    wire_close(&w);
}

/* Behind the last ack comes one status: a fault meant for the next read does not strike before there is one. */
static void test_read_error_later(void **state)
{
    (void)state;
    const struct wire_setup bad = {.fault = "fail:flash-read area=user nth=2 times=1"};
    uint8_t packet[512];
    struct wire w;
    wire_da2(&w, &bad, 0, true);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, MIB, sizeof(packet));
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0);
    assert_int_equal(wire_receive(&w, packet, sizeof(packet), NULL), sizeof(packet));
    wire_say_u32(&w, 0);
    wire_hear_u32(&w, 0);
    wire_silent(&w);
    wire_command(&w, 0x010005);
    wire_flashop(&w, 8, MIB, sizeof(packet));
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0xC0040030);
    wire_hear_u32(&w, 0xC0040030);
    wire_alive(&w);
    wire_close(&w);
}

/* Takes the name off an entry of the primary table. */
static void unname(struct wire *w, size_t entry)
{
    uint8_t head[512], table[128 * 128];
    assert_int_equal(mtksim_flash_read(w->phone, "user", 512, head, sizeof(head)), 0);
    assert_int_equal(mtksim_flash_read(w->phone, "user", 1024, table, sizeof(table)), 0);
    size_t n = (size_t)get_le32(head + 80) * get_le32(head + 84);
    assert_true(n <= sizeof(table));
    memset(table + entry * 128 + 56, 0, 72);
    put_le32(head + 88, crc32_buf(0, table, n));
    put_le32(head + 16, 0);
    put_le32(head + 16, crc32_buf(0, head, get_le32(head + 12)));
    assert_int_equal(mtksim_flash_write(w->phone, "user", 512, head, sizeof(head)), 0);
    assert_int_equal(mtksim_flash_write(w->phone, "user", 1024, table, sizeof(table)), 0);
}

/* A name that is missing or does not fit the buffer is no partition's, not that of an entry without a name. */
static void test_no_name(void **state)
{
    (void)state;
    static const char *const parts[] = {"boot", "nameless"};
    static const size_t lengths[] = {0, 65};
    uint8_t mark[4] = {1, 2, 3, 4}, got[4], name[65];
    memset(name, 'x', sizeof(name));
    for (size_t i = 0; i < 2; i++) {
        struct wire w;
        wire_da2(&w, &(struct wire_setup){.year = 2019}, 0, true);
        wire_gpt(&w, parts, 2);
        unname(&w, 1);
        assert_int_equal(mtksim_flash_write(w.phone, "user", 2 * MIB, mark, sizeof(mark)), 0);
        wire_command(&w, 0x010006);
        wire_say(&w, name, lengths[i]);
        wire_hear_u32(&w, 0xC0040006);
        assert_int_equal(mtksim_flash_read(w.phone, "user", 2 * MIB, got, sizeof(got)), 0);
        assert_memory_equal(got, mark, sizeof(mark));
        wire_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_ranges),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_ranges),
        cmocka_unit_test(test_download),
        cmocka_unit_test(test_download_backup_table),
        cmocka_unit_test(test_download_preloader),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_bad_sparse),
        cmocka_unit_test(test_upload),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_partition),
        cmocka_unit_test(test_format_all),
        cmocka_unit_test(test_read_error_later),
        cmocka_unit_test(test_no_name),
    };
    return cmocka_run_group_tests_name("da2_data", tests, NULL, NULL);
}
