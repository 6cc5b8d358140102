/* SPDX-License-Identifier: Apache-2.0 */
/* What stage 2 tells and refuses: DEVICE_CTRL, da-xflash.md sections 7.2 to 7.6. */
#include "tests/unit/cmocka.h"

#include <string.h>

#include "base/cursor.h"
#include "simdev/board/board.h"
#include "tests/unit/agents/wire.h"

static const struct wire_setup plain;

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i])
            return false;
    }
    return true;
}

/* GET_EMMC_INFO of a 2019 agent, field by field; the other kinds of storage are zeros of full length. */
static void test_storage(void **state)
{
    (void)state;
    uint8_t r[256], cid[16];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    board_emmc_cid(soc_find("mt6765"), 1, cid);
    assert_int_equal(wire_get(&w, 0x040001, r, sizeof(r)), 0x68);
    assert_int_equal(get_le32(r), 1);
    assert_int_equal(get_le32(r + 4), 0x200);
    assert_int_equal(get_le64(r + 8), mtksim_flash_size(w.phone, "boot1"));
    assert_int_equal(get_le64(r + 0x10), mtksim_flash_size(w.phone, "boot2"));
    assert_int_equal(get_le64(r + 0x18), mtksim_flash_size(w.phone, "rpmb"));
    assert_true(all_zero(r + 0x20, 32));
    assert_int_equal(get_le64(r + 0x40), 64 * MIB);
    assert_memory_equal(r + 0x48, cid, 16);
    assert_int_equal(r[0x60], 1); /* health: a new card */
    assert_int_equal(r[0x61], 1);
    assert_int_equal(r[0x62], 1);
    assert_true(all_zero(r + 0x63, 5));
    assert_int_equal(wire_get(&w, 0x040002, r, sizeof(r)), 0x30);
    assert_true(all_zero(r, 0x30));
    assert_int_equal(wire_get(&w, 0x040003, r, sizeof(r)), 0x10);
    assert_true(all_zero(r, 0x10));
    assert_int_equal(wire_get(&w, 0x040004, r, sizeof(r)), 0xD0);
    assert_true(all_zero(r, 0xD0));
    wire_close(&w);
}

static void test_no_storage(void **state)
{
    (void)state;
    const struct wire_setup dead = {.settings = {"hide_emmc=1"}};
    uint8_t r[256];
    struct wire w;
    wire_da1(&w, &dead);
    assert_int_equal(wire_get(&w, 0x040001, r, sizeof(r)), 0x68);
    assert_true(all_zero(r, 0x68));
    wire_close(&w);
}

static void test_identity(void **state)
{
    (void)state;
    uint8_t r[256], again[16];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    assert_int_equal(wire_get(&w, 0x04000D, r, sizeof(r)), 12);
    assert_memory_equal(r, "\x66\x07\x00\x8a\x00\xca\x00\x00\x00\x00\x00\x00", 12);
    assert_int_equal(wire_get(&w, 0x040008, r, sizeof(r)), 16);
    assert_int_equal(wire_get(&w, 0x040008, again, sizeof(again)), 16);
    assert_memory_equal(r, again, 16);
    assert_int_equal(wire_get(&w, 0x040014, r, sizeof(r)), 16);
    assert_int_equal(wire_get(&w, 0x04000F, r, sizeof(r)), 4);
    assert_in_range(get_le32(r), 3000, 4500);
    assert_int_equal(wire_get(&w, 0x040010, r, sizeof(r)), 4);
    assert_int_equal(get_le32(r), 0x10);
    assert_int_equal(wire_get(&w, 0x040012, r, sizeof(r)), 4);
    assert_int_equal(get_le32(r), 6); /* LPDDR4X */
    assert_int_equal(wire_get(&w, 0x040009, r, sizeof(r)), 4);
    assert_int_equal(get_le32(r), 0x64); /* GPT */
    assert_int_equal(wire_get(&w, 0x040013, r, sizeof(r)), 4);
    assert_memory_equal(r, "\x12\x34\x56\x78", 4);
    assert_int_equal(wire_get(&w, 0x04000B, r, sizeof(r)), 10);
    assert_memory_equal(r, "full-speed", 10);
    wire_close(&w);
}

static void test_lies(void **state)
{
    (void)state;
    const struct wire_setup liar = {.settings = {"chip_id=0x717", "battery_mv=3100"}};
    uint8_t r[64];
    struct wire w;
    wire_da2(&w, &liar, 0, true);
    assert_int_equal(wire_get(&w, 0x04000D, r, sizeof(r)), 12);
    assert_int_equal(get_le16(r), 0x717);
    assert_int_equal(wire_get(&w, 0x04000F, r, sizeof(r)), 4);
    assert_int_equal(get_le32(r), 3100);
    wire_close(&w);
}

/* The read packet follows the host's operating system, as said in SETUP_ENVIRONMENT [7.4]. */
static void test_packet_length(void **state)
{
    (void)state;
    uint8_t r[16];
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    assert_int_equal(wire_get(&w, 0x040007, r, sizeof(r)), 8);
    assert_memory_equal(r, "\x00\x00\x20\x00\x00\x00\x01\x00", 8);
    wire_close(&w);
    wire_da2(&w, &plain, 0, false);
    assert_int_equal(wire_get(&w, 0x040007, r, sizeof(r)), 8);
    assert_memory_equal(r, "\x00\x00\x20\x00\x00\x00\x20\x00", 8);
    wire_close(&w);
}

/* Codes that stage 2 refuses in every build up to 2019, and one that accepts and then has nothing. */
static void test_refused(void **state)
{
    (void)state;
    static const uint32_t codes[] = {0x020003, 0x020005, 0x040006, 0x04000A, 0x040011,
                                     0x040015, 0x040016, 0x800005, 0x0FFFFF, 0x0F0001};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        wire_control(&w, codes[i], 0xC0010004);
    wire_control(&w, 0x04000E, 0);
    wire_hear_u32(&w, 0xC0030008);
    wire_alive(&w);
    wire_close(&w);
}

static void set(struct wire *w, uint32_t code, const void *param, size_t len, uint32_t status)
{
    wire_control(w, code, 0);
    wire_say(w, param, len);
    wire_hear_u32(w, status);
}

static void test_settings_and_actions(void **state)
{
    (void)state;
    static const uint32_t actions[] = {0x080001, 0x080002, 0x080005, 0x080007};
    uint8_t zeros[256] = {0};
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    set(&w, 0x020002, "\x02\0\0\0", 4, 0);
    set(&w, 0x020004, "\x68\0\0\0", 4, 0);
    set(&w, 0x020006, "\x01\x02\x00", 3, 0);
    set(&w, 0x02000C, NULL, 0, 0); /* an empty signature [CAP] */
    set(&w, 0x02000B, "SLA", 4, 0);
    set(&w, 0x02000B, zeros, sizeof(zeros), 0);
    set(&w, 0x020007, "\x01\0\0\0", 4, 0xC0040001); /* would be for ever */
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        wire_control(&w, actions[i], 0);
        wire_hear_u32(&w, 0);
    }
    wire_alive(&w);
    /* Longer than the handler's buffer: an error, and deaf [2.2]. */
    set(&w, 0x020004, zeros, 16, 0xC0030007);
    wire_dead(&w);
    wire_close(&w);
}

static void test_read_register(void **state)
{
    (void)state;
    struct wire w;
    wire_da2(&w, &plain, 0, true);
    wire_play(&w, "H>.. 04 00 00 00 | 09 00 01 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 03 00 0e 00\n"
                  "D>.. 04 00 00 00 | 00 00 00 00\n"
                  "H>.. 04 00 00 00 | 00 00 00 08\n"
                  "D>.. 08 00 00 00 | 00 00 00 08 66 07 00 00\n"
                  "D>.. 04 00 00 00 | 0d 00 04 c0");
    wire_alive(&w);
    wire_close(&w);
}

/* ---- builds [7.4] ---- */

static const struct build {
    const char *chip;
    unsigned year;
    size_t emmc, ufs, dev_fw; /* 0: refused */
    bool hrid, dram_type, sla;
} builds[] = {
    {"mt6739", 2017, 96, 56, 0, false, false, false}, {"mt6763", 2017, 96, 56, 0, false, true, false},
    {"mt6739", 2018, 96, 56, 0, false, false, false}, {"mt6763", 2018, 96, 56, 4, false, true, false},
    {"mt6761", 2018, 96, 56, 4, true, true, false},   {"mt6765", 2019, 104, 208, 4, true, true, false},
    {"mt6771", 2022, 104, 208, 68, true, true, true},
};

static void expect_get(struct wire *w, uint32_t code, size_t len)
{
    uint8_t r[256];
    if (len)
        assert_int_equal(wire_get(w, code, r, sizeof(r)), len);
    else
        wire_control(w, code, 0xC0010004);
}

static void test_builds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        const struct build *b = &builds[i];
        const struct wire_setup setup = {.chip = b->chip, .year = b->year, .preloader = true};
        struct wire w;
        wire_da2(&w, &setup, 0, true);
        expect_get(&w, 0x040001, b->emmc);
        expect_get(&w, 0x040004, b->ufs);
        expect_get(&w, 0x040013, b->dev_fw);
        expect_get(&w, 0x040014, b->hrid ? 16 : 0);
        expect_get(&w, 0x040012, b->dram_type ? 4 : 0);
        expect_get(&w, 0x040016, b->sla ? 4 : 0);
        expect_get(&w, 0x040002, 48);
        expect_get(&w, 0x04000C, 48);
        wire_close(&w);
    }
}

/* The setting overrides what the agent was built as. */
static void test_year_setting(void **state)
{
    (void)state;
    const struct wire_setup setup = {.settings = {"da_year=2017"}};
    struct wire w;
    wire_da2(&w, &setup, 0, true);
    expect_get(&w, 0x040001, 96);
    expect_get(&w, 0x040014, 0);
    wire_close(&w);
}

/* ---- DA SLA [7.6] ---- */

static void test_sla(void **state)
{
    (void)state;
    const struct wire_setup locked = {.settings = {"da_sla=1"}, .year = 2022};
    uint8_t r[256], again[256], answer[256];
    struct wire w;
    wire_da2(&w, &locked, 0, true);
    assert_int_equal(wire_get(&w, 0x040016, r, sizeof(r)), 4);
    assert_int_equal(get_le32(r), 1);
    wire_say_u32(&w, 0x010005);
    wire_hear_u32(&w, 0xC0010003);
    wire_control(&w, 0x040001, 0xC0010004);
    expect_get(&w, 0x040007, 8);
    expect_get(&w, 0x04000B, 10);
    expect_get(&w, 0x04000C, 48);
    assert_int_equal(wire_get(&w, 0x040013, r, sizeof(r)), 68);
    assert_int_equal(get_le32(r), 0x10000);
    assert_int_equal(wire_get(&w, 0x040013, again, sizeof(again)), 68);
    assert_memory_not_equal(r + 4, again + 4, 4); /* a new challenge each time */
    assert_memory_equal(r + 20, again + 20, 48);
    memset(answer, 0x11, sizeof(answer));
    set(&w, 0x02000B, answer, sizeof(answer), 0xC002004A);
    wire_control(&w, 0x040001, 0xC0010004);
    wire_close(&w);
}

static void test_sla_passed(void **state)
{
    (void)state;
    const struct wire_setup locked = {.settings = {"da_sla=1", "accept_any_credential=1"}};
    uint8_t answer[256] = {0};
    struct wire w;
    wire_da2(&w, &locked, 0, true);
    wire_control(&w, 0x040001, 0xC0010004);
    set(&w, 0x02000B, answer, sizeof(answer), 0);
    expect_get(&w, 0x040001, 104);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_no_storage),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_packet_length),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_settings_and_actions),
        cmocka_unit_test(test_read_register),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_year_setting),
        cmocka_unit_test(test_sla),
        cmocka_unit_test(test_sla_passed),
    };
    return cmocka_run_group_tests_name("da2_info", tests, NULL, NULL);
}
