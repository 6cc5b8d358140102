/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing with the legacy agent, byte by byte. da-legacy.md 5.3 to 5.7, 7.3 to 7.5. */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/legacy_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define KIB  1024u

static struct wire w;
static uint8_t data[64 * KIB], back[64 * KIB];

static void open_phone(const char *setting, const char *fault)
{
    bool hidden =
        setting && strcmp(setting, "hide_storage=on") == 0; /* no preloader comes from such a storage */
    lh_da2(&w, &(struct wire_setup){
                   .chip = "mt6735", .preloader = !hidden, .settings = {setting}, .fault = fault});
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
}

static void on_flash(uint64_t at, const void *want, size_t len)
{
    assert_true(len <= sizeof(back));
    assert_int_equal(mtksim_flash_read(w.phone, "user", at, back, len), 0);
    assert_memory_equal(back, want, len);
}

/* ---- READ ---- */

static void test_read(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0x4000, data, sizeof(data)), 0);
    lh_play(&w, "H> 60\nD> 5A\nH> 08\nD> 5A\n");
    lh_read_begin(&w, 0x4000, 0x5000, 0x2000);
    for (unsigned k = 0; k < 3; k++) {
        size_t n = k < 2 ? 0x2000 : 0x1000;
        lh_receive(&w, back, n);
        assert_memory_equal(back, data + k * 0x2000, n);
        assert_int_equal(lh_u16(&w), sum16(0, back, n));
        if (k == 1) { /* once more, please */
            lh_send_u8(&w, 0xA5);
            lh_receive(&w, back, n);
            assert_memory_equal(back, data + k * 0x2000, n);
            assert_int_equal(lh_u16(&w), sum16(0, back, n));
        }
        lh_send_u8(&w, 0x5A);
    }
    lh_quiet(&w); /* no trailer */
    lh_alive(&w);
    wire_close(&w);
}

/* All FF: a sum of 0000. */
static void test_read_mebibyte(void **state)
{
    (void)state;
    uint8_t *all = malloc(1024 * KIB);
    assert_non_null(all);
    open_phone(NULL, NULL);
    memset(all, 0xFF, 1024 * KIB);
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0, all, 1024 * KIB), 0);
    lh_play(&w, "H> D6 0C 02 00*8 00 00 00 00 00 10 00 00\nD> 5A\nH> 00 10 00 00\n");
    lh_receive(&w, all, 1024 * KIB);
    for (size_t i = 0; i < 1024 * KIB; i++)
        assert_int_equal(all[i], 0xFF);
    lh_play(&w, "D> 00 00\nH> 5A\n");
    free(all);
    wire_close(&w);
}

/* Refusals come at once, the packet length behind them is dropped byte by byte, and the loop lives [X]. */
static void test_read_refused(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *play;
    } rows[] = {
        {"legacy_build=2016",
         "H> D6 0C 02 00 00 00 10 00 00 00 00 00*4 00 10 00 00 00 10 00 00\nD> A5 00 00 0B E0\n"},
        {"legacy_build=2015",
         "H> D6 0C 02 00 00 00 10 00 00 00 00 00*4 00 10 00 00 00 10 00 00\nD> A5 00 00 0B DC\n"},
        {"legacy_build=2016", "H> D6 0C 02 FF*8 00*4 00 00 02 00 00 10 00 00\nD> A5 00 00 0B E0\n"},
        {"legacy_build=2016", "H> D6 0C 01 00*8 00*4 00 00 02 00 00 10 00 00\nD> A5 00 00 0C 6A\n"},
        {"hide_storage=on", "H> D6 0C 02 00*8 00*4 00 00 02 00 00 10 00 00\nD> A5 00 00 0C 6A\n"},
        {"readback_forbidden=on", "H> D6 0C 02 00*8 00*4 00 00 02 00 00 10 00 00\nD> A5 00 00 17 7B\n"},
        {"legacy_build=2016", "H> D6 0C 02 00*8 00*4 00 00 02 00\nD> 5A\nH> 00*4\nD> A5 00 00 03 EA\n"},
        {"legacy_build=2016", "H> D6 0C 02 00*8 00*4 00 00 02 00\nD> 5A\nH> FF*4\nD> A5 00 00 03 EA\n"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        open_phone(rows[i].setting, NULL);
        lh_play(&w, rows[i].play);
        lh_quiet(&w);
        lh_alive(&w);
        wire_close(&w);
    }
}

/* mtkclient answers a refusal with A5, which is READ_PMT: the next command is eaten as its ack [X]. */
static void test_stray_nack(void **state)
{
    (void)state;
    open_phone("legacy_build=2015", NULL);
    wire_gpt(&w, (const char *const[]){"proinfo"}, 1);
    lh_play(&w, "H> D6 0C 02 00 00 00 10 00 00 00 00 00*4 00 10 00 00 00 10 00 00\nD> A5 00 00 0B DC\n"
                "H> A5\nD> 01 00 00 2C 00\nH> 72\n");
    lh_quiet(&w);
    lh_alive(&w);
    wire_close(&w);
}

static void test_read_faults(void **state)
{
    (void)state;
    uint8_t got[0x200];
    open_phone(NULL, "status:da2,name=READ_SUM,value=0x1234,times=2");
    lh_read_begin(&w, 0, 0x200, 0x200);
    for (int k = 0; k < 3; k++) {
        lh_receive(&w, got, sizeof(got));
        assert_int_equal(lh_u16(&w) == 0x1234, k < 2);
        lh_send_u8(&w, k < 2 ? 0xA5 : 0x5A);
    }
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, "fail:flash-read,area=user,from=0x400"); /* no code: it stops sending */
    lh_read_begin(&w, 0, 0x800, 0x400);
    lh_receive(&w, back, 0x400);
    lh_u16(&w);
    lh_send_u8(&w, 0x5A);
    lh_quiet(&w);
    lh_alive(&w);
    wire_close(&w);
}

/* ---- SWITCH_PART and parts ---- */

static void test_parts(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    assert_int_equal(mtksim_flash_write(w.phone, "boot2", 0x1000, data, 0x200), 0);
    lh_play(&w, "H> 60\nD> 5A\nH> 02\nD> 5A\n");
    lh_read(&w, 0x1000, back, 0x200);
    assert_memory_equal(back, data, 0x200);
    lh_play(&w, "H> 60\nD> 5A\nH> 04\nD> A5 00 00 0B E0\n"); /* no gp1: the part stays */
    lh_read(&w, 0x1000, back, 0x200);
    assert_memory_equal(back, data, 0x200);
    wire_close(&w);
}

/* ---- WRITE_DATA ---- */

static void test_write(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_write_begin(&w, 8, 0x1D80000, 0x3200, 0x1000);
    assert_int_equal(lh_u8(&w), 0x5A);
    for (size_t done = 0; done < 0x3200; done += 0x1000) {
        lh_packet(&w, data + done, 0x3200 - done < 0x1000 ? 0x3200 - done : 0x1000, false);
        assert_int_equal(lh_u8(&w), 0x69);
    }
    lh_quiet(&w);
    lh_alive(&w);
    on_flash(0x1D80000, data, 0x3200);
    lh_write_begin(&w, 2, 0, 0x400, 0x100000);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_packet(&w, data, 0x400, false);
    assert_int_equal(lh_u8(&w), 0x69);
    assert_int_equal(mtksim_flash_read(w.phone, "boot2", 0, back, 0x400), 0);
    assert_memory_equal(back, data, 0x400);
    wire_close(&w);
}

/* The boot image of 7.4: "ANDROID!" and 4088 zeros sum to 02 22. */
static void test_write_android(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_write_begin(&w, 8, 0, 4096, 0x100000);
    lh_play(&w, "D> 5A\nH> 5A 41 4E 44 52 4F 49 44 21 00*4088 02 22\nD> 69\n");
    on_flash(0, "ANDROID!", 8);
    wire_close(&w);
}

static void test_write_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "H> 62 02 08 00*8 00*6 02 00 00 10 00 00\nD> A5 00 00 0C 6A\n", /* a card */
        "H> 62 01 07 00*8 00*6 02 00 00 10 00 00\nD> A5 00 00 0B E0\n", /* gp4 */
        "H> 62 01 08 7F FF*7 00*6 02 00 00 10 00 00\nD> A5 00 00 0B E0\n",
        "H> 62 01 08 00*8 00*6 02 00 00*4\nD> A5 00 00 03 EA\n",
    };
    open_phone(NULL, NULL);
    for (size_t i = 0; i < N(rows); i++) {
        lh_play(&w, rows[i]);
        lh_alive(&w);
    }
    assert_int_equal(mtksim_flash_changes(w.phone), 0);
    wire_close(&w);
}

/* A wrong sum: the same packet may come again; anything that is no answer is swallowed. */
static void test_bad_sum(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_write_begin(&w, 8, 0, 0x400, 0x200);
    lh_play(&w, "D> 5A\nH> 5A 11*512 00 00\nD> A5 00 00 0B F9\nH> 72\n");
    lh_quiet(&w); /* it is not in its command loop [X] */
    for (size_t done = 0; done < 0x400; done += 0x200) {
        lh_packet(&w, data + done, 0x200, false);
        assert_int_equal(lh_u8(&w), 0x69);
    }
    on_flash(0, data, 0x400);
    lh_alive(&w);
    lh_write_begin(&w, 8, 0, 0x400, 0x200); /* given up */
    lh_play(&w, "D> 5A\nH> 5A 11*512 00 00\nD> A5 00 00 0B F9\nH> 96\n");
    lh_alive(&w);
    on_flash(0, data, 0x400);
    wire_close(&w);
    open_phone("legacy_build=2015", NULL);
    lh_write_begin(&w, 8, 0, 0x200, 0x200);
    lh_play(&w, "D> 5A\nH> 5A 11*512 00 00\nD> A5 00 00 0B F4\nH> A5\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone("legacy_bad_sum=loop", NULL);
    lh_write_begin(&w, 8, 0, 0x200, 0x200);
    lh_play(&w, "D> 5A\nH> 5A 11*512 00 00\nD> A5 00 00 0B F9\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone("legacy_bad_sum=halt", NULL);
    lh_write_begin(&w, 8, 0, 0x200, 0x200);
    lh_play(&w, "D> 5A\nH> 5A 11*512 00 00\nD> A5 00 00 0B F9\nH> 64\n");
    lh_quiet(&w);
    wire_close(&w);
}

static void test_write_faults(void **state)
{
    (void)state;
    open_phone(NULL, "fail:flash-write,area=user,from=0x200"); /* a media error ends the command */
    lh_write_begin(&w, 8, 0, 0x400, 0x200);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_packet(&w, data, 0x200, false);
    assert_int_equal(lh_u8(&w), 0x69);
    lh_packet(&w, data + 0x200, 0x200, false);
    lh_play(&w, "D> A5 00 00 0C 52\n");
    lh_alive(&w);
    wire_close(&w);
    /* A lost packet: asked for again, and not stored twice. */
    open_phone(NULL, "status:da2,name=SDMMC_WRITE_DATA,nth=2,value=0xBF6");
    lh_write_begin(&w, 8, 0, 0x400, 0x200);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_packet(&w, data, 0x200, false);
    lh_play(&w, "D> A5 00 00 0B F6\n");
    for (size_t done = 0; done < 0x400; done += 0x200) {
        lh_packet(&w, data + done, 0x200, false);
        assert_int_equal(lh_u8(&w), 0x69);
    }
    on_flash(0, data, 0x400);
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, "status:da2,name=SDMMC_WRITE_DATA,nth=2,value=0x96"); /* the target stops */
    lh_write_begin(&w, 8, 0, 0x400, 0x200);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_packet(&w, data, 0x200, false);
    assert_int_equal(lh_u8(&w), 0x96);
    lh_alive(&w);
    wire_close(&w);
}

/* ---- WRITE_IMAGE ---- */

/* 7.4: 6 KiB at 0x1D80000, sums by USB and by storage. */
static void test_image(void **state)
{
    (void)state;
    uint8_t sum[2];
    put_be16(sum, sum16(0, data, 6144));
    open_phone(NULL, NULL);
    put_be16(sum, sum16(0, data, 6144));
    lh_play(&w, "H> 61 03 08 00 00 00 00 01 D8 00 00 00*6 18 00 08 03\nD> 00 10 00 00 5A\n");
    lh_packet(&w, data, 6144, false);
    assert_int_equal(lh_u8(&w), 0x69);
    lh_send(&w, sum, 2);
    assert_int_equal(lh_u8(&w), 0x5A);
    on_flash(0x1D80000, data, 6144);
    lh_alive(&w);
    wire_close(&w);
}

static void test_image_refused(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_play(&w, "H> 61 03 08 00 00 00 7F 01 D8 00 00 00*6 18 00 08 03\nD> 00 10 00 00 A5 00 00 0B E0\n");
    lh_play(&w, "H> 61 03 08 00*8 00*6 18 00 08 04\nD> 00 10 00 00 A5 00 00 03 EA\n");
    lh_alive(&w);
    wire_close(&w);
}

/* The host's sum is wrong, or flash does not hold what it took: any other byte, and the sum that was found. */
static void test_image_mismatch(void **state)
{
    (void)state;
    uint8_t sum[2], found[3] = {0};
    open_phone(NULL, NULL);
    put_be16(found + 1, sum16(0, data, 512));
    lh_play(&w, "H> 61 01 08 00*8 00*6 02 00 08 03\nD> 00 10 00 00 5A\n");
    lh_packet(&w, data, 512, false);
    lh_play(&w, "D> 69\nH> 12 34\n");
    lh_receive(&w, back, 3);
    assert_memory_equal(back, found, 3);
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, "ignore:flash-write,area=user,len=0x200");
    put_be16(sum, sum16(0, data, 512));
    lh_play(&w, "H> 61 03 08 00*8 00*6 02 00 08 03\nD> 00 10 00 00 5A\n");
    lh_packet(&w, data, 512, false);
    assert_int_equal(lh_u8(&w), 0x69);
    lh_send(&w, sum, 2);
    lh_play(&w, "D> 00 00 00\n"); /* zeros are there */
    lh_alive(&w);
    wire_close(&w);
}

/* ---- FORMAT ---- */

/* 7.5. */
static void test_format(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0x1000000, data, sizeof(data)), 0);
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0x2000000, data, sizeof(data)), 0);
    lh_play(&w, "H> 60\nD> 5A\nH> 08\nD> 5A\n"
                "H> D4 02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00\nD> 5A 5A\n"
                "D> 00 00 0B D1 00\nH> 5A\nD> 00 00 0B D1 32\nH> 5A\nD> 00 00 00 00 64\nH> 5A\nD> 5A 5A\n");
    memset(back, 0, sizeof(back));
    uint8_t zeros[0x200] = {0};
    on_flash(0x1000000, zeros, sizeof(zeros));
    on_flash(0x2000000, data, sizeof(data));
    /* A small range has only the last tick [X]; validated. */
    lh_play(
        &w,
        "H> D4 02 00 01 00 00 00 00 00 02 00 00 00 00 00 00 00 00 10 00 00\nD> 5A 5A 00 00 00 00 64\nH> 5A\n"
        "D> 5A 5A\n");
    on_flash(0x2000000, zeros, sizeof(zeros));
    lh_alive(&w);
    wire_close(&w);
}

static void test_format_refused(void **state)
{
    (void)state;
    open_phone("status_numbering=N2", NULL);
    lh_play(&w, "H> D4 01 00 00 00 00*8 00*6 02 00\nD> A5 00 00 0C 65\n"); /* 3178 less 5 */
    lh_play(&w, "H> D4 02 00 00 00 00 00 00 7F 00*4 00*6 02 00\nD> 5A A5 00 00 0B DC\n");
    lh_play(&w, "H> D4 02 03 00 00 00*8 00*6 02 00\nD> A5 00 00 03 EA\n");
    lh_alive(&w);
    wire_close(&w);
}

/* RPMB as part 3: refused, or said to be erased and left alone (formats.md 8.3). */
static void test_format_rpmb(void **state)
{
    (void)state;
    static const uint8_t want[] = {0xA5, 1, 2, 3};
    uint8_t got[sizeof(want)];
    for (int accept = 0; accept < 2; accept++) {
        open_phone(accept ? "rpmb_format=accept" : "rpmb_format=refuse", NULL);
        assert_int_equal(mtksim_flash_write(w.phone, "rpmb", 0, want, sizeof(want)), 0);
        lh_play(&w, "H> 60\nD> 5A\nH> 03\nD> 5A\nH> D4 02 00 01 00 00*8 00*6 02 00\n");
        lh_play(&w, accept ? "D> 5A 5A 00*4 64\nH> 5A\nD> 5A 5A\n" : "D> 5A A5 00 00 0C 52\n");
        assert_int_equal(mtksim_flash_read(w.phone, "rpmb", 0, got, sizeof(got)), 0);
        assert_memory_equal(got, want, sizeof(want));
        lh_alive(&w);
        wire_close(&w);
    }
}

static void test_format_troubles(void **state)
{
    (void)state;
    open_phone(NULL, "fail:flash-erase,area=user,from=0x1500000");
    lh_play(
        &w,
        "H> D4 02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00\nD> 5A 5A 00 00 0B D1 00\nH> 5A\n"
        "D> 00 00 0C 52 00 00 00 00 01 50 00 00 96\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, "status:da2,name=POST_PROCESS,value=0xA5"); /* and the host stops one of them */
    lh_play(&w, "H> D4 02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00\nD> 5A 5A 00 00 0B D1 "
                "00\nH> 96\n");
    lh_alive(&w);
    lh_play(&w, "H> D4 02 00 00 00 00*8 00*6 02 00\nD> 5A 5A 00*4 64\nH> 5A\nD> 5A A5 5A\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, "status:da2,name=FORMAT_STATUS,value=0xC52");
    lh_play(
        &w,
        "H> D4 02 00 00 00 00 00 00 00 00 50 00 00 00*6 02 00\nD> 5A 5A 00 00 0C 52 00*4 00 50 00 00 96\n");
    lh_alive(&w);
    wire_close(&w);
}

/* ---- VERIFY ---- */

static void test_verify(void **state)
{
    (void)state;
    uint8_t sum[2];
    open_phone(NULL, NULL);
    put_be16(sum, sum16(0, data, 512));
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0x400, data, 512), 0);
    for (int wrong = 0; wrong < 2; wrong++) {
        lh_play(&w, "H> BD 02 01 00*6 04 00 00*6 02 00\n");
        sum[1] ^= (uint8_t)wrong;
        lh_send(&w, sum, 2);
        lh_play(&w, "H> 05 03\nD> 00 00 00 00 64\nH> 5A\n");
        assert_int_equal(lh_u8(&w), wrong ? 0 : 0x5A);
        sum[1] ^= (uint8_t)wrong;
        if (wrong)
            assert_int_equal(lh_u16(&w), get_be16(sum));
    }
    lh_play(&w, "H> BD 02 01 00 00 7F 00*5 00*6 02 00 00 00 00 03\nD> 00 00 0B E0 00 00 7F 00*5\n");
    lh_alive(&w);
    /* The record of this session. */
    lh_play(&w, "H> A7 02\nD> 5A 00\n");
    lh_receive(&w, back, 24 + 20 * 20 + 32);
    assert_string_equal((char *)back, "DOWNLOAD INFORMATION!!");
    assert_int_equal(get_le32(back + 24), 5);
    assert_string_equal((char *)back + 24 + 12, "FAIL");
    assert_string_equal((char *)back + 24 + 400 + 16, "DL_CK_ERROR");
    lh_play(&w, "H> A8 02\nD> 5A\nH> 00*128\n");
    lh_alive(&w);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),          cmocka_unit_test(test_read_mebibyte),
        cmocka_unit_test(test_read_refused),  cmocka_unit_test(test_stray_nack),
        cmocka_unit_test(test_read_faults),   cmocka_unit_test(test_parts),
        cmocka_unit_test(test_write),         cmocka_unit_test(test_write_android),
        cmocka_unit_test(test_write_refused), cmocka_unit_test(test_bad_sum),
        cmocka_unit_test(test_write_faults),  cmocka_unit_test(test_image),
        cmocka_unit_test(test_image_refused), cmocka_unit_test(test_image_mismatch),
        cmocka_unit_test(test_format),        cmocka_unit_test(test_format_refused),
        cmocka_unit_test(test_format_rpmb),   cmocka_unit_test(test_format_troubles),
        cmocka_unit_test(test_verify),
    };
    return cmocka_run_group_tests_name("agents/legacy-data", tests, NULL, NULL);
}
