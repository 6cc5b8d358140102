/* SPDX-License-Identifier: Apache-2.0 */
/* NAND under an agent: bad blocks, the map that replaces them, and the table in its spare bytes. formats.md 4.3. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "formats/pmt.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/storage.h"

#define PAGE  2048u
#define BLOCK (64u * PAGE)
#define MIB   UINT64_C(1048576)
#define SEED  6

/* The seed is one whose chip has no factory-bad block among the first 60, which the tests count on. */
static struct mtksim *make_phone(const char *fault)
{
    struct mtksim_config cfg = {
        .chip = "mt6739", .storage = "nand", .storage_size = 32 * MIB, .seed = SEED, .fault = fault};
    char err[200] = "";
    struct mtksim *p = mtksim_new(&cfg, err, sizeof(err));
    assert_string_equal(err, "");
    assert_non_null(p);
    return p;
}

/* Blocks of a 32 MiB chip: 256, of which 80 are the pool and 2 the tables. */
#define USABLE 174u

static struct ag_place whole(struct mtksim *p)
{
    struct ag_place place;
    assert_int_equal(ag_area_size(p, BOARD_USER), (uint64_t)USABLE * BLOCK);
    assert_int_equal(ag_place_range(p, BOARD_USER, 0, (uint64_t)USABLE * BLOCK, &place), AG_OK);
    return place;
}

static uint8_t *noise(size_t n, uint64_t seed)
{
    struct prng r = prng_init(seed);
    uint8_t *b = malloc(n);
    assert_non_null(b);
    prng_bytes(&r, b, n);
    return b;
}

static void expect(struct mtksim *p, const struct ag_place *place, uint64_t offset, const uint8_t *want,
                   size_t n)
{
    uint8_t *got = malloc(n);
    assert_non_null(got);
    assert_int_equal(ag_read(p, place, offset, got, n), AG_OK);
    assert_memory_equal(got, want, n);
    free(got);
}

static uint16_t *map_of(struct mtksim *p)
{
    uint16_t *map = calloc(USABLE + NAND_TABLE_BLOCKS, sizeof(*map));
    assert_non_null(map);
    nand_map_scan(phone_board(p), map, false);
    return map;
}

static void test_bad_blocks_are_passed_over(void **state)
{
    (void)state;
    struct mtksim *p = make_phone(NULL);
    struct board *b = phone_board(p);
    for (uint32_t i = 20; i < 23; i++)
        assert_int_equal(nand_mark_bad(b, i), 0);
    struct ag_place place = whole(p);
    uint8_t *data = noise(8 * BLOCK, 1), raw[PAGE], spare[64];
    assert_int_equal(ag_write(p, &place, 18 * BLOCK, data, 8 * BLOCK), AG_OK);
    expect(p, &place, 18 * BLOCK, data, 8 * BLOCK);
    expect(p, &place, 20 * BLOCK - 100, data + 2 * BLOCK - 100, 300); /* across a border */
    /* Physically the bad ones were left alone, and the map says where their content is. */
    uint16_t *map = map_of(p);
    for (uint32_t i = 18; i < 26; i++) {
        bool bad = i >= 20 && i < 23;
        assert_int_equal(ag_block_is_bad(p, i), bad);
        assert_int_equal(map[i] == i, !bad);
        assert_true(!bad || map[i] >= USABLE + NAND_TABLE_BLOCKS);
        assert_int_equal(ag_read_raw_page(p, (uint64_t)map[i] * 64 + 1, raw, spare), AG_OK);
        assert_memory_equal(raw, data + (i - 18) * BLOCK + PAGE, PAGE);
        assert_int_equal(spare[0], 0xFF);
    }
    assert_true(ag_block_is_bad(p, 256));
    assert_int_equal(ag_read_raw_page(p, 256 * 64, raw, spare), AG_OUT_OF_RANGE);
    free(map);
    free(data);
    mtksim_free(p);
}

/* Bits go from 1 to 0; a block is erased when its first byte is written. */
static void test_programming(void **state)
{
    (void)state;
    static const uint8_t a[4] = {0xF0, 0xFF, 0x0F, 0xAA}, b[4] = {0xFF, 0x0F, 0xFF, 0x5A},
                         both[4] = {0xF0, 0x0F, 0x0F, 0x0A}, erased[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    struct mtksim *p = make_phone(NULL);
    struct ag_place place = whole(p);
    assert_int_equal(ag_write(p, &place, 3 * BLOCK + PAGE, a, 4), AG_OK);
    assert_int_equal(ag_write(p, &place, 3 * BLOCK + PAGE, b, 4), AG_OK);
    expect(p, &place, 3 * BLOCK + PAGE, both, 4);
    assert_int_equal(ag_write(p, &place, 3 * BLOCK, a, 4), AG_OK);
    expect(p, &place, 3 * BLOCK, a, 4);
    expect(p, &place, 3 * BLOCK + PAGE, erased, 4);
    assert_int_equal(ag_erase(p, &place, 3 * BLOCK, PAGE), AG_UNALIGNED);
    assert_int_equal(ag_erase(p, &place, PAGE, BLOCK), AG_UNALIGNED);
    assert_int_equal(ag_erase(p, &place, 3 * BLOCK, BLOCK), AG_OK);
    expect(p, &place, 3 * BLOCK, erased, 4);
    assert_int_equal(ag_erase(p, &place, place.size, BLOCK), AG_OUT_OF_RANGE);
    mtksim_free(p);
}

/* A block that fails is marked, replaced, and what it held goes along; the phone remembers. */
static void test_block_wears_out(void **state)
{
    (void)state;
    struct mtksim *p = make_phone("fail:flash-write,area=nand,nth=3");
    struct ag_place place = whole(p);
    uint8_t *data = noise(2 * BLOCK, 2);
    for (size_t at = 0; at < 2 * BLOCK; at += BLOCK / 4)
        assert_int_equal(ag_write(p, &place, 30 * BLOCK + at, data + at, BLOCK / 4), AG_OK);
    expect(p, &place, 30 * BLOCK, data, 2 * BLOCK);
    uint16_t *map = map_of(p);
    assert_true(ag_block_is_bad(p, 30) && !ag_block_is_bad(p, 31));
    assert_true(map[30] >= USABLE + NAND_TABLE_BLOCKS);
    /* Written again, the replacement is erased and stays the replacement. */
    uint16_t at = map[30];
    assert_int_equal(ag_write(p, &place, 30 * BLOCK, data + BLOCK, BLOCK), AG_OK);
    nand_map_scan(phone_board(p), map, false);
    assert_int_equal(map[30], at);
    expect(p, &place, 30 * BLOCK, data + BLOCK, BLOCK);
    free(map);
    free(data);
    mtksim_free(p);
}

static void test_erase_fails(void **state)
{
    (void)state;
    uint8_t erased[16];
    memset(erased, 0xFF, sizeof(erased));
    struct mtksim *p = make_phone("fail:flash-erase,area=nand,nth=2");
    struct ag_place place = whole(p);
    assert_int_equal(ag_erase(p, &place, 40 * BLOCK, 4 * BLOCK), AG_OK);
    assert_true(ag_block_is_bad(p, 41));
    expect(p, &place, 41 * BLOCK, erased, sizeof(erased));
    mtksim_free(p);
}

static void test_pool_runs_out(void **state)
{
    (void)state;
    struct mtksim *p = make_phone("fail:flash-write,area=nand,times=always");
    struct ag_place place = whole(p);
    uint8_t byte = 0;
    assert_int_equal(ag_write(p, &place, 50 * BLOCK, &byte, 1), AG_BAD_BLOCK);
    assert_int_equal(ag_read(p, &place, 50 * BLOCK, &byte, 1), AG_BAD_BLOCK);
    /* What is left of the pool stands for blocks that were bad from the beginning. */
    uint16_t *map = map_of(p);
    for (uint32_t i = USABLE + NAND_TABLE_BLOCKS; i < 256; i++) {
        bool used = false;
        for (uint32_t k = 0; k < USABLE + NAND_TABLE_BLOCKS; k++)
            used |= map[k] == i;
        assert_true(used || ag_block_is_bad(p, i));
    }
    free(map);
    mtksim_free(p);
    /* A chip that takes nothing at all is no reason to call its blocks bad. */
    p = make_phone(NULL);
    place = whole(p);
    phone_board(p)->emmc.write_protected = true;
    assert_int_equal(ag_write(p, &place, 50 * BLOCK, &byte, 1), AG_MEDIA);
    assert_false(ag_block_is_bad(p, 50));
    mtksim_free(p);
}

static void test_physical(void **state)
{
    (void)state;
    struct mtksim *p = make_phone(NULL);
    struct ag_place place, beyond;
    uint8_t *data = noise(BLOCK, 3);
    assert_int_equal(ag_place_physical(p, 255 * BLOCK, BLOCK, &place), AG_OK);
    assert_int_equal(ag_place_physical(p, 256 * BLOCK, BLOCK, &beyond), AG_OUT_OF_RANGE);
    assert_int_equal(ag_place_physical(p, 100, BLOCK, &beyond), AG_UNALIGNED);
    assert_int_equal(ag_write(p, &place, 0, data, BLOCK), AG_OK);
    expect(p, &place, 0, data, BLOCK);
    assert_int_equal(nand_mark_bad(phone_board(p), 255), 0);
    assert_int_equal(ag_write(p, &place, 0, data, BLOCK), AG_BAD_BLOCK);
    assert_int_equal(ag_erase(p, &place, 0, BLOCK), AG_OK); /* left alone */
    expect(p, &place, 0, data, BLOCK);
    free(data);
    mtksim_free(p);
}

/* ---- the table ---- */

static const struct ag_partition rows[] = {
    {.name = "PRELOADER", .linear = 0, .size = 0x80000},
    {.name = "NVRAM", .linear = 0x80000, .size = 0x100000, .mask = 7},
    {.name = "BOOTIMG", .linear = 0x180000, .size = 0x600000},
    {.name = "USRDATA", .linear = 0x780000, .size = 0}, /* the rest */
};

static void expect_rows(struct mtksim *p)
{
    struct ag_partition *got = calloc(AG_PARTITIONS_MAX, sizeof(*got));
    size_t n;
    assert_non_null(got);
    assert_int_equal(ag_table(p, got, AG_PARTITIONS_MAX, &n), AG_OK);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(got[i].name, rows[i].name);
        assert_int_equal(got[i].start, rows[i].linear);
        assert_int_equal(got[i].mask, rows[i].mask);
        assert_false(got[i].boot);
    }
    assert_int_equal(got[2].size, 0x600000);
    assert_int_equal(got[3].size, (uint64_t)USABLE * BLOCK - 0x780000);
    free(got);
}

static void test_table(void **state)
{
    (void)state;
    struct mtksim *p = make_phone(NULL);
    struct board *b = phone_board(p);
    struct ag_partition none[1];
    size_t n;
    assert_true(ag_table_is_pmt(p));
    assert_int_equal(ag_table(p, none, 1, &n), AG_NO_TABLE);
    assert_int_equal(ag_table_write_pmt(p, rows, 4), AG_OK);
    expect_rows(p);
    assert_int_equal(ag_table_write_pmt(p, rows, 4), AG_OK); /* a second version replaces the first */
    expect_rows(p);
    /* The primary is lost: its mirror counts. */
    uint16_t *map = map_of(p);
    uint64_t primary = (uint64_t)map[nand_table_block(b, false)] * BLOCK;
    assert_int_equal(flash_erase(b->area[BOARD_OOB], primary / PAGE * 64, 64 * 64), 0);
    expect_rows(p);
    uint64_t mirror = (uint64_t)map[nand_table_block(b, true)] * BLOCK;
    assert_int_equal(flash_erase(b->area[BOARD_OOB], mirror / PAGE * 64, 64 * 64), 0);
    assert_int_equal(ag_table(p, none, 1, &n), AG_NO_TABLE);
    free(map);
    mtksim_free(p);
}

/* What the factory writes is what agents read, and the table's block may be a bad one. */
static void test_table_of_the_factory(void **state)
{
    (void)state;
    struct mtksim *p = make_phone(NULL);
    struct board *b = phone_board(p);
    uint16_t *map = map_of(p);
    struct mtk_pmt t = {.stride = MTK_PMT_STRIDE_V3, .n = 4};
    struct mtk_pmt_entry entries[4];
    size_t len;
    memset(entries, 0, sizeof(entries));
    t.entries = entries;
    for (size_t i = 0; i < 4; i++) {
        strcpy(entries[i].name, rows[i].name);
        entries[i].offset = rows[i].linear;
        entries[i].size = rows[i].size;
        entries[i].mask = rows[i].mask;
    }
    uint8_t *raw = mtk_pmt_write(&t, MTK_PMT_STRIDE_V3, 0, &len);
    assert_non_null(raw);
    assert_int_equal(nand_mark_bad(b, nand_table_block(b, false)), 0);
    nand_map_scan(b, map, true);
    for (int mirror = 0; mirror < 2; mirror++)
        assert_int_equal(nand_table_store(b, map, mirror, 9, raw, len), 0);
    expect_rows(p);
    uint32_t page, pages;
    uint8_t seq;
    assert_true(nand_table_find(b, map, true, &page, &pages, &seq));
    assert_int_equal(page, 63);
    assert_int_equal(pages, 1);
    assert_int_equal(seq, 9);
    free(raw);
    free(map);
    mtksim_free(p);
}

static void test_factory_fill(void **state)
{
    (void)state;
    struct mtksim *p = make_phone(NULL);
    struct board *b = phone_board(p);
    assert_int_equal(nand_mark_bad(b, 12), 0);
    uint16_t *map = map_of(p);
    assert_int_equal(map[12], NAND_NO_BLOCK);
    uint8_t *data = noise(3 * BLOCK, 4), *got = malloc(3 * BLOCK);
    assert_int_equal(nand_read(b, map, 12 * BLOCK, got, 1), -1);
    assert_int_equal(nand_fill(b, map, 11 * BLOCK, data, 3 * BLOCK), 0);
    assert_int_equal(nand_read(b, map, 11 * BLOCK, got, 3 * BLOCK), 0);
    assert_memory_equal(got, data, 3 * BLOCK);
    struct ag_place place = whole(p);
    expect(p, &place, 11 * BLOCK, data, 3 * BLOCK);
    assert_int_equal(nand_fill(b, map, (uint64_t)(USABLE + 2) * BLOCK, data, 1), -1);
    free(got);
    free(data);
    free(map);
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_blocks_are_passed_over),
        cmocka_unit_test(test_programming),
        cmocka_unit_test(test_block_wears_out),
        cmocka_unit_test(test_erase_fails),
        cmocka_unit_test(test_pool_runs_out),
        cmocka_unit_test(test_physical),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_of_the_factory),
        cmocka_unit_test(test_factory_fill),
    };
    return cmocka_run_group_tests_name("nand", tests, NULL, NULL);
}
