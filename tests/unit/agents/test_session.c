/* SPDX-License-Identifier: Apache-2.0 */
/* Whole sessions: the one of da-xflash.md section 13, how they end, and hosts that make no sense. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "tests/unit/agents/wire.h"

static const char *const names[] = {"boot"};
static const struct wire_setup brom_started;

/* What crosses the wire, both ways, with its times: two equal digests mean two equal sessions. */
static void digest_transfer(void *ctx, const struct mtksim_transfer *t)
{
    sha256_update(ctx, &t->time_ns, sizeof(t->time_ns));
    sha256_update(ctx, &t->endpoint, sizeof(t->endpoint));
    sha256_update(ctx, t->data, t->len);
}

/* C0 to the blob: start-up, reset key, checksum level, agent, DRAM. */
static void stage1(struct wire *w)
{
    size_t len;
    uint8_t *blob = wire_emi(35, 5, &len);
    wire_play(w, "D>c0\n"
                 "H>.. 04 00 00 00 | 53 59 4e 43\n"
                 "H>.. 04 00 00 00 | 00 01 01 00\n"
                 "H>.. 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 01 01 01 00\n"
                 "H>.. 04 00 00 00 | 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 53 59 4e 43\n"
                 /* reset key, checksum level */
                 "H>.. 04 00 00 00 | 09 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 04 00 02 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 68 00 00 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 09 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 03 00 02 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 03 00 00 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 /* agent */
                 "H>.. 04 00 00 00 | 09 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 0a 00 04 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 62 72 6f 6d\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 /* DRAM */
                 "H>.. 04 00 00 00 | 0a 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 90 03 00 00");
    wire_say(w, blob, len);
    free(blob);
}

/* BOOT_TO, SLA, packet length, and DOWNLOAD up to its data. */
static void stage2(struct wire *w)
{
    wire_play(w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 08 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 10 00 00 00 | 00 00 00 40 00 00 00 00 00 28 00 00 00 00 00 00");
    wire_say(w, w->da2, w->da2_len);
    wire_play(w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 53 59 4e 43\n"
                 /* SLA? A build of 2019 answers so */
                 "H>.. 04 00 00 00 | 09 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 16 00 04 00\n"
                 "D>.. 04 00 00 00 | 04 00 01 c0\n"
                 /* packet length */
                 "H>.. 04 00 00 00 | 09 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 07 00 04 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "D>.. 08 00 00 00 | 00 00 20 00 00 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 /* DOWNLOAD "boot" */
                 "H>.. 04 00 00 00 | 01 00 01 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00\n"
                 "H>.. 04 00 00 00 | 62 6f 6f 74\n"
                 "H>.. 08 00 00 00 | 00 00 10 00 00 00 00 00\n"
                 "D>.. 04 00 00 00 | 00 00 00 00");
}

/* The block, then READ_DATA of the same range and compare. */
static void write_and_verify(struct wire *w)
{
    uint8_t *image = malloc(MIB), *packet = malloc(0x10000);
    struct prng noise = prng_init(1);
    prng_bytes(&noise, image, MIB);
    wire_block(w, image, MIB);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0);
    wire_command(w, 0x010005);
    wire_flashop(w, 8, MIB, MIB);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0);
    for (size_t at = 0; at < MIB; at += 0x10000) {
        assert_int_equal(wire_receive(w, packet, 0x10000, NULL), 0x10000);
        assert_memory_equal(packet, image + at, 0x10000);
        wire_say_u32(w, 0);
        wire_hear_u32(w, 0);
    }
    free(image);
    free(packet);
}

static void worked_session(uint8_t digest[SHA256_LEN])
{
    struct sha256 *h = sha256_new();
    uint8_t b;
    struct wire w;
    assert_non_null(h);
    wire_open(&w, &brom_started);
    wire_gpt(&w, names, 1);
    mtksim_set_tap(w.phone, digest_transfer, h);
    wire_jump(&w, 0x200000);
    stage1(&w);
    stage2(&w);
    write_and_verify(&w);
    wire_play(&w, "H>.. 04 00 00 00 | 07 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 1c 00 00 00 | 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
                  "00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    assert_int_equal(mtksim_read(w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
    sha256_final(h, digest);
    sha256_free(h);
    wire_close(&w);
}

static void test_worked_session(void **state)
{
    (void)state;
    uint8_t first[SHA256_LEN], second[SHA256_LEN];
    worked_session(first);
    worked_session(second);
    assert_memory_equal(first, second, SHA256_LEN);
}

/* ---- ends of a session [9, 10] ---- */

static void shut_down(struct wire *w, size_t len, bool reboot, bool download_bit)
{
    uint8_t words[32] = {reboot, 0, 0, 0, 100};
    words[16] = download_bit;
    wire_command(w, 0x010007);
    wire_say(w, words, len);
    wire_hear_u32(w, 0);
}

static void test_shutdown(void **state)
{
    (void)state;
    static const size_t lengths[] = {24, 28, 32};
    uint8_t b;
    struct wire w;
    for (size_t i = 0; i < 3; i++) {
        wire_da2(&w, &brom_started, 0, true);
        shut_down(&w, lengths[i], false, true);
        assert_int_equal(mtksim_read(w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
        mtksim_sleep(w.phone, NS_PER_S);
        assert_string_equal(mtksim_stage(w.phone), "off");
        wire_close(&w);
    }
}

/* A phone with nothing to boot does not get far, but it is not the agent that runs any more. */
static void test_reboot(void **state)
{
    (void)state;
    uint8_t b;
    struct wire w;
    wire_da2(&w, &brom_started, 0, true);
    shut_down(&w, 28, true, false);
    assert_int_equal(mtksim_read(w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
    mtksim_sleep(w.phone, NS_PER_S);
    assert_string_not_equal(mtksim_stage(w.phone), "da2");
    assert_string_not_equal(mtksim_stage(w.phone), "off");
    wire_close(&w);
}

/* The download bit is the preloader's: it comes back and waits for a tool without a time limit. */
static void test_reboot_to_download(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    struct wire w;
    wire_da2(&w, &(struct wire_setup){.preloader = true}, 0, true);
    shut_down(&w, 28, true, true);
    mtksim_sleep(w.phone, NS_PER_S);
    assert_int_equal(mtksim_attach(w.phone, 10 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x2000);
    mtksim_sleep(w.phone, 60 * NS_PER_S); /* no window ends it */
    assert_int_equal(mtksim_identity(w.phone, &id), 0);
    wire_close(&w);
}

static void test_usb_speed(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    uint8_t text[16], b;
    struct wire w;
    wire_da2(&w, &brom_started, 3, true);
    wire_play(&w, "H>.. 04 00 00 00 | 0b 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 01 20 8d 0e\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    assert_int_equal(mtksim_read(w.phone, &b, 1, NS_PER_S), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(w.phone, 5 * NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, 0x2001);
    assert_int_equal(wire_get(&w, 0x04000B, text, sizeof(text)), 10);
    assert_memory_equal(text, "high-speed", 10);
    wire_close(&w);
}

/* ---- hosts that make no sense ---- */

/* Takes whatever the phone has to say. */
static void drain(struct wire *w)
{
    uint8_t bin[4096];
    for (int i = 0; i < 64 && mtksim_read(w->phone, bin, sizeof(bin), NS_PER_MS) > 0; i++)
        ;
}

/* One frame that may mean anything: real commands, real codes, small and wild numbers, any length. */
static bool nonsense_frame(struct wire *w, struct prng *r)
{
    uint8_t frame[12 + 96];
    uint32_t len = prng_below(r, 6) == 0 ? (uint32_t)prng_below(r, 97) : 4;
    static const uint32_t bases[] = {0x010000, 0x010000, 0x010009, 0x040000, 0x020000, 0x080000};
    prng_bytes(r, frame, sizeof(frame));
    put_le32(frame, prng_below(r, 40) ? 0xFEEEEEEF : 0);
    put_le32(frame + 4, 1);
    put_le32(frame + 8, len);
    if (prng_below(r, 4))
        put_le32(frame + 12, bases[prng_below(r, 6)] + (uint32_t)prng_below(r, 0x18));
    if (len >= 56) { /* a FlashOp that may even be accepted */
        put_le32(frame + 12, 1);
        put_le32(frame + 16, 8);
        put_le64(frame + 20, prng_below(r, 64 * MIB));
        put_le64(frame + 28, prng_below(r, 300000));
    }
    return mtksim_write(w->phone, frame, 12 + len, 10 * NS_PER_MS) == (ssize_t)(12 + len);
}

/* No sequence of frames does anything but answers, silence or a way off the bus. */
static void test_nonsense(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 60; seed++) {
        const struct wire_setup setup = {.settings = {"bad_frame=desync"}};
        struct prng r = prng_init(seed);
        struct wire w;
        if (seed % 3)
            wire_da2(&w, &setup, seed % 4, seed % 2);
        else
            wire_da1(&w, &setup);
        for (int i = 0; i < 80 && nonsense_frame(&w, &r); i++)
            drain(&w);
        wire_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_session), cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_reboot),         cmocka_unit_test(test_reboot_to_download),
        cmocka_unit_test(test_usb_speed),      cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
