/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1 of XFlash: start, DRAM, BOOT_TO, framing. da-xflash.md sections 2 to 7. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "tests/unit/agents/wire.h"

static const struct wire_setup plain;

/* Section 4, byte for byte; then the controls of the recorded session. */
static void test_start(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w, &plain);
    wire_jump(&w, 0x200000);
    wire_play(&w, "D>c0\n"
                  "H>.. 04 00 00 00 | 53 59 4e 43");
    wire_silent(&w);
    wire_play(&w, "H>.. 04 00 00 00 | 00 01 01 00");
    wire_silent(&w);
    wire_play(&w, "H>.. 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 01 01 01 00");
    wire_silent(&w);
    wire_play(&w, "H>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 53 59 4e 43\n"
                  /* GET_EXPIRE_DATE: not here */
                  "H>.. 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 11 00 04 00\n"
                  "D>.. 04 00 00 00 | 04 00 01 c0\n"
                  /* SET_RESET_KEY */
                  "H>.. 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 04 00 02 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 68 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  /* GET_CONNECTION_AGENT */
                  "H>.. 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 0a 00 04 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 62 72 6f 6d\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    wire_alive(&w);
    assert_string_equal(mtksim_stage(w.phone), "da1");
    wire_close(&w);
}

/* What comes before SYNC means nothing; a 16-byte environment and charger parameters of any length are taken. */
static void test_start_variants(void **state)
{
    (void)state;
    struct wire w;
    uint8_t charger[124] = {0xAA, 0xAA, 0xAD, 0x4F};
    wire_open(&w, &plain);
    wire_jump(&w, 0x200000);
    wire_play(&w, "D>c0");
    wire_say(&w, charger, sizeof(charger));
    wire_say_u32(&w, 0x010100);
    wire_say_u32(&w, 0x434E5953);
    wire_say_u32(&w, 0x010100);
    wire_say(&w, "\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
    wire_hear_u32(&w, 0);
    wire_say_u32(&w, 0x010101);
    wire_say(&w, charger, sizeof(charger));
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0x434E5953);
    wire_alive(&w);
    wire_close(&w);
}

static void test_anti_rollback(void **state)
{
    (void)state;
    const struct wire_setup old = {.settings = {"anti_rollback=1"}};
    struct wire w;
    wire_open(&w, &old);
    wire_jump(&w, 0x200000);
    wire_play(&w, "D>c0");
    wire_say_u32(&w, 0x434E5953);
    wire_say_u32(&w, 0x010100);
    wire_say(&w, "\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    wire_hear_u32(&w, 0xC0020053);
    wire_silent(&w);
    wire_close(&w);
}

/* Code that cannot run on this phone never says C0; the watchdog, which nobody stopped, ends it after a while. */
static void test_wrong_code(void **state)
{
    (void)state;
    const struct wire_setup other_chip = {.agent_hw_code = 0x707};
    uint8_t b;
    struct wire w;
    for (int how = 0; how < 4; how++) {
        wire_open(&w, how == 0 ? &other_chip : &plain);
        if (how == 1)
            w.da1[0x1000] ^= 1;
        if (how == 2)
            w.da1[0] ^= 1; /* none of ours */
        wire_jump(&w, how == 3 ? 0x201000 : 0x200000);
        assert_int_equal(mtksim_read(w.phone, &b, 1, 5 * NS_PER_S), MTKSIM_TIMEOUT);
        assert_int_equal(mtksim_read(w.phone, &b, 1, 60 * NS_PER_S), MTKSIM_GONE);
        wire_close(&w);
    }
}

/* With foreign_agent, code of unknown origin is taken for the chip's own agent. */
static void test_foreign(void **state)
{
    (void)state;
    const struct wire_setup foreign = {.settings = {"foreign_agent=1"}};
    struct wire w;
    wire_open(&w, &foreign);
    w.da1[0] ^= 1;
    wire_jump(&w, 0x200000);
    wire_play(&w, "D>c0");
    wire_close(&w);
}

static void test_preloader_start(void **state)
{
    (void)state;
    const struct wire_setup from_preloader = {.preloader = true, .load_address = 0x12345678};
    uint8_t text[16];
    struct wire w;
    wire_da1(&w, &from_preloader);
    assert_int_equal(wire_get(&w, 0x04000A, text, sizeof(text)), 9);
    assert_memory_equal(text, "preloader", 9);
    wire_boot_to(&w, 0x40000000, w.da2, w.da2_len); /* DRAM works already */
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0x434E5953);
    wire_close(&w);
}

/* Stage 1 knows less than stage 2. */
static void test_commands(void **state)
{
    (void)state;
    static const uint32_t unknown[] = {0,        0x010001, 0x010004, 0x010005,   0x010006,
                                       0x010055, 0x010100, 0x010101, 0x434E5953, 0x01000F};
    uint8_t reply[256];
    struct wire w;
    wire_da1(&w, &plain);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        wire_say_u32(&w, unknown[i]);
        wire_hear_u32(&w, 0xC0010003);
    }
    wire_control(&w, 0x040008, 0xC0010004); /* RANDOM_ID */
    wire_control(&w, 0x040009, 0xC0010004);
    wire_control(&w, 0x0FFFFF, 0xC0010004);
    assert_int_equal(wire_get(&w, 0x040001, reply, sizeof(reply)), 104);
    assert_int_equal(wire_get(&w, 0x040002, reply, sizeof(reply)), 48);
    assert_int_equal(wire_get(&w, 0x040004, reply, sizeof(reply)), 208);
    assert_int_equal(wire_get(&w, 0x040007, reply, sizeof(reply)), 8);
    assert_int_equal(get_le32(reply), 4096);
    assert_int_equal(wire_get(&w, 0x04000B, reply, sizeof(reply)), 10);
    assert_memory_equal(reply, "full-speed", 10);
    assert_int_equal(wire_get(&w, 0x04000C, reply, sizeof(reply)), 48);
    assert_int_equal(get_le32(reply), 2);      /* SRAM */
    assert_int_equal(get_le32(reply + 24), 0); /* DRAM is dead */
    wire_close(&w);
}

/* Refused code, and the host sends the parameter all the same: one more refusal, or deaf [7.2]. */
static void test_parameter_of_refused_code(void **state)
{
    (void)state;
    struct wire w;
    wire_da1(&w, &plain);
    wire_control(&w, 0x020006, 0xC0010004);
    wire_say_u32(&w, 2);
    wire_hear_u32(&w, 0xC0010003);
    wire_control(&w, 0x020005, 0xC0010004);
    wire_say(&w, "MY-COMPUTER", 11);
    wire_dead(&w);
    wire_close(&w);
}

/* ---- 2.2 ---- */

static void test_wrong_magic(void **state)
{
    (void)state;
    struct wire w;
    wire_da1(&w, &plain);
    wire_play(&w, "H>ef ee ee ff 01 00 00 00 04 00 00 00");
    wire_dead(&w);
    wire_close(&w);
}

static void test_long_command(void **state)
{
    (void)state;
    struct wire w;
    wire_da1(&w, &plain);
    wire_play(&w, "H>.. 08 00 00 00 | 09 00 01 00 00 00 00 00");
    wire_dead(&w);
    wire_close(&w);
}

/* Short command packets and other types are taken; header and payload may come glued or split. */
static void test_tolerated_frames(void **state)
{
    (void)state;
    struct wire w;
    wire_da1(&w, &plain);
    wire_play(&w, "H>.. 03 00 00 00 | 55 00 01\n"
                  "D>.. 04 00 00 00 | 03 00 01 c0\n"
                  "H>.. 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 03 00 01 c0\n"
                  "H>ef ee ee fe 07 00 00 00 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 05 00 04 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 03 00 00 00 | 31 2e 30\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>ef ee | ee fe 01 00 00 00 04 | 00 00 00 55 | 00 01 00\n"
                  "D>.. 04 00 00 00 | 03 00 01 c0");
    wire_alive(&w);
    wire_close(&w);
}

/* bad_frame=desync: leftovers are read as the next header. */
static void test_desync(void **state)
{
    (void)state;
    const struct wire_setup desync = {.settings = {"bad_frame=desync"}};
    struct wire w;
    wire_da1(&w, &desync);
    wire_play(&w, "H>.. 0c 00 00 00 | 01 02 03 04 05 06 07 08 09 0a 0b 0c");
    wire_silent(&w);
    wire_alive(&w);
    wire_close(&w);
}

/* Strict transfers: the payload that is glued to its header is lost, and the agent waits for it for ever [2.1]. */
static void test_strict(void **state)
{
    (void)state;
    const struct wire_setup strict = {.settings = {"strict_transfers=1"}};
    struct wire w;
    wire_da1(&w, &strict);
    wire_play(&w, "H>.. 04 00 00 00 09 00 01 00");
    wire_silent(&w);
    wire_close(&w);
}

/* One transfer, one read: strict transfers cut nothing off a parameter that is taken whole, however long [4]. */
static void test_strict_long_parameter(void **state)
{
    (void)state;
    const struct wire_setup strict = {.settings = {"strict_transfers=1"}};
    uint8_t charger[1200] = {0};
    struct wire w;
    wire_open(&w, &strict);
    wire_jump(&w, 0x200000);
    wire_play(&w, "D>c0\n"
                  "H>.. 04 00 00 00 | 53 59 4e 43\n"
                  "H>.. 04 00 00 00 | 00 01 01 00\n"
                  "H>.. 10 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 01 01 01 00");
    wire_say(&w, charger, sizeof(charger));
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 53 59 4e 43");
    wire_alive(&w);
    wire_close(&w);
}

/* ---- 5 ---- */

static void test_dram(void **state)
{
    (void)state;
    size_t len;
    uint8_t *blob = wire_emi(35, 5, &len), ram[64];
    struct wire w;
    assert_int_equal(len, 912);
    wire_da1(&w, &plain);
    wire_play(&w, "H>.. 04 00 00 00 | 0a 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 90 03 00 00");
    wire_silent(&w);
    int64_t before = mtksim_now(w.phone);
    wire_say(&w, blob, len);
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00");
    assert_true(mtksim_now(w.phone) - before >= 100 * NS_PER_MS); /* calibration takes its time */
    assert_int_equal(wire_get(&w, 0x04000C, ram, sizeof(ram)), 48);
    assert_int_equal(get_le32(ram + 24), 1);
    assert_int_equal(get_le64(ram + 32), 0x40000000);
    assert_true(get_le64(ram + 40) > 0);
    wire_close(&w);
    free(blob);
}

/* A blob of another version is refused, the next try works. */
static void test_dram_version(void **state)
{
    (void)state;
    size_t len, good_len;
    uint8_t *blob = wire_emi(38, 5, &len), *good = wire_emi(35, 1, &good_len);
    struct wire w;
    wire_da1(&w, &plain);
    wire_init_dram(&w, blob, len);
    wire_hear_u32(&w, 0xC0040050);
    wire_alive(&w);
    wire_init_dram(&w, good, good_len);
    wire_hear_u32(&w, 0);
    wire_close(&w);
    free(blob);
    free(good);
}

/* No record for this phone: the whole blob is taken, then silence. */
static void test_dram_no_record(void **state)
{
    (void)state;
    size_t len;
    uint8_t *blob = wire_emi(35, 3, &len);
    struct wire w;
    put_le32(blob + 0x6C, 2); /* the last one would fit */
    wire_da1(&w, &plain);
    wire_init_dram(&w, blob, len);
    wire_silent(&w);
    wire_close(&w);
    free(blob);
}

/* Errors of the DRAM routine pass unchanged; value 0 is a hang. */
static void test_dram_faults(void **state)
{
    (void)state;
    size_t len;
    uint8_t *blob = wire_emi(35, 1, &len);
    const struct wire_setup status = {.fault = "fail:dram nth=1 value=0xC0060006"};
    const struct wire_setup hang = {.fault = "fail:dram"};
    struct wire w;
    wire_da1(&w, &status);
    wire_init_dram(&w, blob, len);
    wire_hear_u32(&w, 0xC0060006);
    wire_alive(&w);
    wire_init_dram(&w, blob, len);
    wire_hear_u32(&w, 0);
    wire_close(&w);
    wire_da1(&w, &hang);
    wire_init_dram(&w, blob, len);
    wire_silent(&w);
    wire_close(&w);
    free(blob);
}

/* More than was announced is not read; what stays in the pipe makes the loop deaf. */
static void test_dram_too_long(void **state)
{
    (void)state;
    uint8_t blob[64] = {0};
    struct wire w;
    wire_da1(&w, &plain);
    wire_command(&w, 0x01000A);
    wire_say_u32(&w, 32);
    wire_say(&w, blob, sizeof(blob));
    wire_hear_u32(&w, 0xC0010001);
    wire_dead(&w);
    wire_close(&w);
}

/* ---- 6 ---- */

static void bring_up(struct wire *w, const struct wire_setup *setup)
{
    size_t len;
    uint8_t *blob = wire_emi(35, 2, &len);
    wire_da1(w, setup);
    wire_init_dram(w, blob, len);
    wire_hear_u32(w, 0);
    free(blob);
}

/* The recorded sessions: one flipped bit, signature attached, then the right image. */
static void test_boot_to(void **state)
{
    (void)state;
    struct wire w;
    bring_up(&w, &plain);
    w.da2[0x1234] ^= 0x40;
    wire_boot_to(&w, 0x40000000, w.da2, w.da2_len);
    wire_hear_u32(&w, 0xC0070004);
    wire_alive(&w);
    w.da2[0x1234] ^= 0x40;
    wire_boot_to(&w, 0x40000000, w.da2, w.da2_len + 0x100);
    wire_hear_u32(&w, 0xC0070004);
    wire_alive(&w);
    wire_play(&w, "H>.. 04 00 00 00 | 08 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 10 00 00 00 | 00 00 00 40 00 00 00 00 00 28 00 00 00 00 00 00");
    wire_silent(&w);
    wire_say(&w, w.da2, w.da2_len);
    wire_play(&w, "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 04 00 00 00 | 53 59 4e 43\n"
                  /* GET_DA_VERSION */
                  "H>.. 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 05 00 04 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "D>.. 03 00 00 00 | 31 2e 30\n"
                  "D>.. 04 00 00 00 | 00 00 00 00");
    assert_string_equal(mtksim_stage(w.phone), "da2");
    wire_close(&w);
}

/* An address outside of DRAM cannot hold it; another one inside is code at the wrong place: 0, and no SYNC. */
static void test_boot_to_elsewhere(void **state)
{
    (void)state;
    struct wire w;
    bring_up(&w, &plain);
    wire_boot_to(&w, 0x10000000, w.da2, w.da2_len);
    wire_hear_u32(&w, 0xC0070004);
    wire_boot_to(&w, 0xFFFFFFFFFFFFFF00, w.da2, w.da2_len);
    wire_hear_u32(&w, 0xC0070004);
    wire_boot_to(&w, 0x48000000, w.da2, w.da2_len);
    wire_hear_u32(&w, 0);
    wire_silent(&w);
    wire_close(&w);
}

/* Started by BROM and no INIT_EXT_RAM: the image is swallowed, nothing ever comes. */
static void test_boot_to_dead_dram(void **state)
{
    (void)state;
    struct wire w;
    wire_da1(&w, &plain);
    wire_boot_to(&w, 0x40000000, w.da2, w.da2_len);
    wire_silent(&w);
    wire_close(&w);
}

static void test_after_error(void **state)
{
    (void)state;
    static const char *const how[] = {"after_error=dead", "after_error=wdt-reset", "after_error=drop"};
    for (size_t i = 0; i < 3; i++) {
        const struct wire_setup s = {.settings = {how[i]}};
        uint8_t b;
        struct wire w;
        bring_up(&w, &s);
        wire_control(&w, 0x040011, 0xC0010004); /* a refusal is no error */
        wire_say_u32(&w, 0x010055);
        wire_hear_u32(&w, 0xC0010003);
        wire_alive(&w);
        w.da2[0x1234] ^= 0x40;
        wire_boot_to(&w, 0x40000000, w.da2, w.da2_len);
        wire_hear_u32(&w, 0xC0070004);
        if (i == 0)
            wire_dead(&w);
        else
            assert_int_equal(mtksim_read(w.phone, &b, 1, 10 * NS_PER_S), MTKSIM_GONE);
        wire_close(&w);
    }
}

/* Message frames come between flow packets, before a status; type 2, priority first, a NUL at the end. */
static void test_messages(void **state)
{
    (void)state;
    uint8_t body[256];
    uint32_t type;
    const struct wire_setup noisy = {.settings = {"da_messages=1"}};
    struct wire w;
    wire_da1(&w, &noisy);
    wire_say_u32(&w, 0x010009);
    size_t n = wire_receive(&w, body, sizeof(body), &type);
    assert_int_equal(type, 2);
    assert_true(n > 5);
    assert_int_equal(get_le32(body), 1);
    assert_int_equal(body[n - 1], 0);
    assert_int_equal(strlen((char *)body + 4), n - 5);
    assert_int_equal(wire_receive(&w, body, sizeof(body), &type), 7);
    assert_int_equal(type, 2);
    assert_memory_equal(body, "\1\0\0\0HB", 7);
    wire_hear_u32(&w, 0);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_start_variants),
        cmocka_unit_test(test_anti_rollback),
        cmocka_unit_test(test_wrong_code),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_preloader_start),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_parameter_of_refused_code),
        cmocka_unit_test(test_wrong_magic),
        cmocka_unit_test(test_long_command),
        cmocka_unit_test(test_tolerated_frames),
        cmocka_unit_test(test_desync),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_strict_long_parameter),
        cmocka_unit_test(test_dram),
        cmocka_unit_test(test_dram_version),
        cmocka_unit_test(test_dram_no_record),
        cmocka_unit_test(test_dram_faults),
        cmocka_unit_test(test_dram_too_long),
        cmocka_unit_test(test_boot_to),
        cmocka_unit_test(test_boot_to_elsewhere),
        cmocka_unit_test(test_boot_to_dead_dram),
        cmocka_unit_test(test_after_error),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests_name("da1", tests, NULL, NULL);
}
