/* SPDX-License-Identifier: Apache-2.0 */
/* DA1 of the legacy agent: start-up, DRAM, upload of stage 2, and the report. da-legacy.md 2 to 4. */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/legacy_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/board/board.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct wire w;

/* CID of the eMMC on a chip's phone, from the last block that came: 16 bytes. */
static void cid_of(const char *chip, uint8_t cid[16])
{
    board_emmc_cid(soc_find(chip), 1, cid);
}

static void expect_cid(const char *chip, bool swapped)
{
    uint8_t cid[16], got[16];
    cid_of(chip, cid);
    lh_receive(&w, got, sizeof(got));
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(got[i], swapped ? cid[(i & ~(size_t)3) + 3 - i % 4] : cid[i]);
}

/* 7.1, up to the DRAM status. */
static void test_start_from_preloader(void **state)
{
    (void)state;
    lh_jump(&w, &(struct wire_setup){.chip = "mt6580", .preloader = true});
    lh_play(&w, "D> C0 00 00 0B C4 00 05 00*10 00 00 00 00\n");
    expect_cid("mt6580", false);
    lh_play(&w, "H> 5A\nD> 04 02 9C\nH> FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n"
                "H> 00 00 00 01 46 46 00*14 FF 00 00 00\nD> 00 00 00 00\n");
    lh_upload(&w, w.da2, w.da2_len + 0x100, 0x80000000);
    lh_play(&w, "D> 5A\nH> 5A\n");
    wire_close(&w);
}

/* 7.2: what a BROM session hears before it sends settings; the version is made that of the example. */
static void test_dram_wanted(void **state)
{
    (void)state;
    size_t len;
    lh_da1(&w, &(struct wire_setup){.chip = "mt6580", .settings = {"emi_version=12"}});
    lh_play(&w, "D> 00 00 0B C3 00 00 00 00\n");
    expect_cid("mt6580", false);
    lh_play(&w, "D> 00 00 0B C4 00 05 00*10\nH> E8 00 00 00 0C\nD> 5A 00 00 00 BC\nH> 5A 00 00 02 34\n");
    uint8_t *r = lh_records(&(struct wire_setup){.chip = "mt6580"}, 12, 3, &len);
    assert_int_equal(len, 0x234);
    lh_send(&w, r, len);
    assert_int_equal(lh_u16(&w), sum16(0, r, len));
    lh_play(&w, "H> 5A 80 00 00 01\nD> 00 00 00 00 02 00 00 00 00 00 40 00 00 00\n");
    free(r);
    wire_close(&w);
}

/* The agent of January 2015 on MT6735, as it was executed: N2, chip number 93, swapped CID, no extras, n = 5. */
static void test_build_2015(void **state)
{
    (void)state;
    size_t len;
    lh_jump(&w, &(struct wire_setup){.chip = "mt6735", .settings = {"legacy_build=2015"}});
    lh_play(&w, "D> C0 00 00 0B C0 00 05 00*10 00 00 00 00\n");
    expect_cid("mt6735", true);
    lh_play(&w, "H> 5A\nD> 04 02 93\nH> FF 01 00 08 00 70 07 FF FF 00 00 00 00 00 01 01 02 00\n"
                "D> 00 00 0B BF 00 00 00 00\n");
    expect_cid("mt6735", false);
    lh_play(&w, "D> 00 00 0B C0 00 05 00*10\nH> E8 00 00 00 14\nD> 5A 00 00 00 BC\nH> 5A 00 00 00 BC\n");
    uint8_t *r = lh_records(&(struct wire_setup){.chip = "mt6735"}, 20, 1, &len);
    lh_send(&w, r, len);
    assert_int_equal(lh_u16(&w), sum16(0, r, len));
    lh_play(&w, "H> 5A 80 00 00 01\nD> 00 00 00 00 02 00 00 00 00 00 80 00 00 00\n");
    lh_upload(&w, w.da2, w.da2_len + 0x100, 0x40000000);
    lh_play(&w, "D> 5A\nH> 5A\n");
    uint8_t report[232];
    lh_receive(&w, report, sizeof(report));
    assert_int_equal(get_be32(report), 0xBC3);        /* no NOR */
    assert_int_equal(get_be32(report + 0x1C), 0xBC4); /* no NAND */
    assert_int_equal(get_be16(report + 0x2B), 5);
    assert_memory_equal(report + 222, "\x5A\x00\x00\x0C\x06\x00\x00\x04\x09\xC1", 10);
    assert_int_equal(get_be32(report + 0x2D + 10 + 101), 0xC4A); /* no card */
    free(r);
    lh_alive(&w);
    wire_close(&w);
}

/* A version that the agent does not know: A5, the record size all the same, and the dialogue goes on [X]. */
static void test_version_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *r = lh_records(&(struct wire_setup){.chip = "mt6735"}, 20, 1, &len);
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "D> 00 00 0B C3 ??*36\nH> E8 00 00 00 0F\nD> A5 00 00 00 BC\nH> 5A 00 00 00 BC\n");
    lh_send(&w, r, len);
    assert_int_equal(lh_u16(&w), sum16(0, r, len));
    lh_play(&w, "H> 5A 80 00 00 01\nD> 00 00 00 00 02 00\n");
    assert_int_equal(lh_u64(&w), soc_find("mt6735")->dram_size);
    free(r);
    wire_close(&w);
}

/* Everything that ends ENABLE_DRAM with a word, or without one, ends DA1. */
static void test_dram_fails(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *fault;
        bool other_type, zeros;
        const char *word;
    } rows[] = {
        {"legacy_build=2016", NULL, true, false, "D> 00 00 0B C4\n"}, /* no record fits */
        {"legacy_build=2015", NULL, true, false, "D> 00 00 0B C0\n"},
        {"legacy_build=2016", "fail:dram,value=3002", false, false, "D> 00 00 0B BA\n"},
        {"legacy_build=2016", "fail:dram,value=3006", false, false, "D> 00 00 0B BE\n"},
        {"legacy_build=2016", "fail:dram,value=3008", false, false, "D> 00 00 0B C0\n"},
        {"legacy_build=2015", "fail:dram,value=3008", false, false, "D> 00 00 0B BC\n"},
        {"legacy_build=2015", "fail:dram,value=3006", false, false, "D> 00 00 0B B9\n"}, /* N2 has no 3006 */
        {"legacy_build=2016", "fail:dram,value=0", false, false, ""},
        {"legacy_build=2016", "status:da1,name=EXT_RAM,value=0xC12", false, false, "D> 00 00 0C 12\n"},
        {"legacy_link=uart", NULL, false, true, "D> 41 53 53 45 52 54 21 21 20\n"},
        {"legacy_link=usb", NULL, false, true, ""},
    };
    for (size_t i = 0; i < N(rows); i++) {
        size_t len;
        uint8_t *r = lh_records(&(struct wire_setup){.chip = "mt6735"}, 20, 1, &len), rest[64];
        if (rows[i].other_type)
            r[4] ^= 1;
        if (rows[i].zeros)
            memset(r, 0, len);
        lh_da1(&w, &(struct wire_setup){
                       .chip = "mt6735", .settings = {rows[i].settings}, .fault = rows[i].fault});
        lh_play(&w, "D> ??*40\nH> E8 00 00 00 14\nD> 5A 00 00 00 BC\nH> 5A 00 00 00 BC\n");
        lh_send(&w, r, len);
        lh_u16(&w);
        lh_play(&w, "H> 5A 80 00 00 01\n");
        lh_play(&w, rows[i].word);
        if (rows[i].zeros) /* the text goes on */
            mtksim_read(w.phone, rest, sizeof(rest), 1000);
        lh_quiet(&w);
        free(r);
        wire_close(&w);
    }
}

/* The host may give up at the size and at the sum; the agent then waits for nothing any more. */
static void test_host_gives_up(void **state)
{
    (void)state;
    uint8_t zeros[0xBC] = {0};
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "D> ??*40\nH> E8 00 00 00 14\nD> 5A 00 00 00 BC\nH> A5 00 00 00 BC\n");
    lh_quiet(&w);
    wire_close(&w);
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735", .fault = "status:da1,name=EMI_CHECKSUM,value=0x1234"});
    lh_play(&w, "D> ??*40\nH> E8 00 00 00 14\nD> 5A 00 00 00 BC\nH> 5A 00 00 00 BC\n");
    lh_send(&w, zeros, sizeof(zeros));
    lh_play(&w, "D> 12 34\nH> A5\n");
    lh_quiet(&w);
    wire_close(&w);
}

/* "Use what is built in" goes straight to the flags; nothing is built in. */
static void test_no_setting(void **state)
{
    (void)state;
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "D> ??*40\nH> E8 FF FF FF FF\nD> 5A\nH> 80 00 00 01\nD> 00 00 0B C4\n");
    lh_quiet(&w);
    wire_close(&w);
}

static void test_prefix_and_huge_length(void **state)
{
    (void)state;
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735", .settings = {"emi_prefix=on"}});
    lh_play(&w, "D> ??*40\nH> E8 00 00 00 14\nD> 5A 00*16 00 00 00 BC\nH> 5A FF FF FF FF\n");
    lh_quiet(&w);
    wire_close(&w);
}

/* An agent that does not know its chip: FF, takes 4 bytes, one 5A, and that was it [X]. */
static void test_unknown_chip(void **state)
{
    (void)state;
    static const struct wire_setup rows[] = {
        {.chip = "mt6735", .settings = {"chip_id=0x1234"}},
        {.chip = "mt6735", .fault = "status:da1,name=BBCHIP,value=0xFF"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wire_setup setup = rows[i];
        lh_jump(&w, &setup);
        lh_play(&w, "D> C0 ??*36\nH> 5A\nD> 04 02 FF\nH> FF 01 00 08\nD> 5A\n");
        lh_quiet(&w);
        wire_close(&w);
    }
}

/* A stage 2 with another hash: every packet is acknowledged, and then nothing ever comes [X]. */
static void test_stage2_hash(void **state)
{
    (void)state;
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735", .preloader = true});
    assert_int_equal(lh_u32(&w), 0);
    w.da2[w.da2_len - 5] ^= 1;
    lh_upload(&w, w.da2, w.da2_len + 0x100, 0x40000000);
    lh_quiet(&w);
    wire_close(&w);
}

static void test_stage2_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "H> 40 00 00 00 00 00 00 00 00 00 10 00\nD> A5\n", /* empty */
        "H> 40 00 00 00 00 00 28 00 00 00 00 00\nD> A5\n", /* packets of nothing */
        "H> 40 00 00 00 FF FF FF FF 00 00 10 00\nD> A5\n",
        "H> 00 20 00 00 00 00 28 00 00 00 10 00\nD> A5\n", /* SRAM */
    };
    for (size_t i = 0; i < N(headers); i++) {
        lh_da1(&w, &(struct wire_setup){.chip = "mt6735", .preloader = true});
        assert_int_equal(lh_u32(&w), 0);
        lh_play(&w, headers[i]);
        lh_quiet(&w);
        wire_close(&w);
    }
    lh_da1(&w, &(struct wire_setup){.chip = "mt6735",
                                    .preloader = true,
                                    .fault = "status:da1,name=DA2_PACKET,nth=2,value=0xA5"});
    assert_int_equal(lh_u32(&w), 0);
    lh_play(&w, "H> 40 00 00 00 00 00 29 00 00 00 10 00\nD> 5A\n");
    lh_send(&w, w.da2, 0x1000);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_send(&w, w.da2 + 0x1000, 0x1000);
    assert_int_equal(lh_u8(&w), 0xA5);
    lh_quiet(&w);
    wire_close(&w);
}

/* 7.1: the report of an MT6580 with eMMC, field by field. */
static void test_report(void **state)
{
    (void)state;
    uint8_t cid[16], got[16];
    cid_of("mt6580", cid);
    lh_da1(&w, &(struct wire_setup){.chip = "mt6580", .preloader = true});
    assert_int_equal(lh_u32(&w), 0);
    lh_upload(&w, w.da2, w.da2_len + 0x100, 0x80000000);
    lh_play(&w, "D> 5A\nH> 5A\n"
                "D> 00 00 0B C7 00 08 FF FF 00*4 00*8 00*4 00*4\n"
                "D> 00 00 0B C8 00 FF FF 00*8 00 07 00*14 00*6 00*3\n"
                "D> 00*4 00 00 00 00 00 40 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 40 00 00 00*32\n"
                "D> 00 00 00 00 04 00 00 00\n");
    lh_receive(&w, got, sizeof(got));
    assert_memory_equal(got, cid, sizeof(cid));
    lh_play(&w, "D> ??*8 00 00 0C 4F 00*8 00*16 00*4 00 02 00 00 00*4 02 00 00 00 00 00 40 00 00 00 ??*16\n"
                "D> 5A 00*4 00 00 04 09 C1\nH> 72\nD> 5A 01\n");
    wire_close(&w);
}

/* Bytes of the report that faults and settings change. */
static void test_report_variants(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *fault, *tail;
        bool dead;
    } rows[] = {
        {"hide_storage=on", NULL, "D> 5A 00*4 00 00 04 09 C1\n", false},
        {"status_numbering=N2", NULL, "D> 5A 00*4 00 00 04 09 C1\n", false},
        {"blank_status=on", NULL, "D> 5A 00 00 0C 0B 00 00 04 09 C1\n", false},
        {"nand_report_ids=5", NULL, "D> 5A 00*4 00 00 04 09 C1\n", false},
        {"legacy_build=2016", "status:da2,name=PRE_PROCESS,value=0xA5", "D> A5 5A 00*4 00 00 04 09 C1\n",
         false},
        {"legacy_build=2016", "status:da2,name=SOC_CHECK,value=0xCF", "D> 5A 00*4 00 00 04 09 CF\n", true},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wire_setup setup = {
            .chip = "mt6735", .preloader = i != 0, .settings = {rows[i].setting}, .fault = rows[i].fault};
        lh_da1(&w, &setup);
        if (setup.preloader)
            assert_int_equal(lh_u32(&w), 0);
        else
            lh_dram(&w, &setup);
        lh_upload(&w, w.da2, w.da2_len + 0x100, 0x40000000);
        lh_play(&w, "D> 5A\nH> 5A\nD> ??*28 ??*15\n");
        unsigned n = lh_u16(&w);
        assert_int_equal(n, strcmp(rows[i].setting, "nand_report_ids=5") ? 7 : 5);
        uint8_t middle[14 + 9 + 92 + 28 + 38];
        lh_receive(&w, middle, 2 * n + 9 + 92 + 28 + 38);
        uint32_t emmc = get_be32(middle + 2 * n + 9);
        assert_int_equal(emmc, i == 0 ? 0xC4D : 0);
        lh_play(&w, rows[i].tail);
        if (rows[i].dead)
            lh_quiet(&w);
        else
            lh_alive(&w);
        wire_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_from_preloader), cmocka_unit_test(test_dram_wanted),
        cmocka_unit_test(test_build_2015),           cmocka_unit_test(test_version_refused),
        cmocka_unit_test(test_dram_fails),           cmocka_unit_test(test_host_gives_up),
        cmocka_unit_test(test_no_setting),           cmocka_unit_test(test_prefix_and_huge_length),
        cmocka_unit_test(test_unknown_chip),         cmocka_unit_test(test_stage2_hash),
        cmocka_unit_test(test_stage2_refused),       cmocka_unit_test(test_report),
        cmocka_unit_test(test_report_variants),
    };
    return cmocka_run_group_tests_name("agents/legacy-da1", tests, NULL, NULL);
}
