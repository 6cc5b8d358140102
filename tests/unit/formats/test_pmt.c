/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "formats/pmt.h"

/* da-legacy.md 7.6: two entries of 0x60 bytes. */
static void put_example(uint8_t wire[0xC0])
{
    static const uint8_t preloader[] = {0, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0,
                                        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t pro_info[] = {0, 0, 0x30, 0, 0, 0, 0, 0, 8, 0, 0, 0,
                                       0, 0, 0,    0, 0, 0, 4, 0, 0, 0, 0, 0};
    memset(wire, 0, 0xC0);
    strcpy((char *)wire, "PRELOADER");
    memcpy(wire + 0x40, preloader, sizeof(preloader));
    strcpy((char *)wire + 0x60, "PRO_INFO");
    memcpy(wire + 0xA0, pro_info, sizeof(pro_info));
}

static void expect_bad(const uint8_t *data, size_t len, unsigned stride, uint64_t disk, const char *why)
{
    struct mtk_pmt t;
    struct mtk_error err = {0};
    assert_int_equal(mtk_pmt_parse(data, len, stride, disk, &t, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, why);
    assert_null(t.entries);
}

static void worked_example(void **state)
{
    (void)state;
    uint8_t wire[0xC0];
    put_example(wire);
    struct mtk_pmt t;
    struct mtk_error err = {0};
    assert_int_equal(mtk_pmt_parse(wire, sizeof(wire), 0, 0, &t, &err), 0);
    assert_int_equal(t.stride, MTK_PMT_STRIDE_V3);
    assert_int_equal(t.n, 2);
    assert_string_equal(t.entries[0].name, "PRELOADER");
    assert_int_equal(t.entries[0].size, 0x40000);
    assert_int_equal(t.entries[0].part_id, 1);
    assert_int_equal(t.entries[0].offset, 0);
    const struct mtk_pmt_entry *e = mtk_pmt_find(&t, "PRO_INFO");
    assert_ptr_equal(e, &t.entries[1]);
    assert_int_equal(e->size, 0x300000);
    assert_int_equal(e->part_id, 8);
    assert_int_equal(e->offset, 0x40000);
    assert_int_equal(e->mask, 0);
    assert_null(mtk_pmt_find(&t, "PRO_INF"));
    size_t len = 0;
    uint8_t *back = mtk_pmt_write(&t, MTK_PMT_STRIDE_V3, 0, &len);
    assert_non_null(back);
    assert_int_equal(len, sizeof(wire));
    assert_memory_equal(back, wire, len);
    free(back);
    mtk_pmt_release(&t);
}

static const struct mtk_pmt_entry rows[] = {
    {"PRELOADER", 0x40000, 0, 0, 1},
    {"MBR", 0x80000, 0, 0x600000, 0},
    {"EBR1", 0x80000, 0, 0x680000, 0x80000001},
    {"NVRAM", 0x500000, 0, 0x700000, 0},
    {"USRDATA", 0, 0, 0xC00000, 2},
};

static struct mtk_pmt table_of(const struct mtk_pmt_entry *entries, size_t n)
{
    return (struct mtk_pmt){.entries = (struct mtk_pmt_entry *)entries, .n = n};
}

static void expect_rows(const struct mtk_pmt *t)
{
    assert_int_equal(t->n, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(t->entries[i].name, rows[i].name);
        assert_int_equal(t->entries[i].size, rows[i].size);
        assert_int_equal(t->entries[i].offset, rows[i].offset);
        assert_int_equal(t->entries[i].mask, rows[i].mask);
    }
}

/* Every stride, as many entries as there are and as many as an agent sends, and told or found out. */
static void strides(void **state)
{
    (void)state;
    static const struct {
        enum mtk_pmt_stride stride;
        size_t offset_at, mask_at;
    } cases[] = {
        {MTK_PMT_STRIDE_32, 0x44, 0x48}, {MTK_PMT_STRIDE_64, 0x48, 0x50}, {MTK_PMT_STRIDE_V3, 0x50, 0x58}};
    static const size_t counts[] = {0, 40, 128};
    struct mtk_pmt t = table_of(rows, COUNT(rows));
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(counts); k++) {
            size_t len = 0, n = counts[k] ? counts[k] : COUNT(rows), stride = cases[i].stride;
            uint8_t *wire = mtk_pmt_write(&t, cases[i].stride, counts[k], &len);
            assert_non_null(wire);
            assert_int_equal(len, n * stride);
            assert_string_equal((char *)wire + 2 * stride, "EBR1");
            assert_int_equal(get_le32(wire + 2 * stride + cases[i].offset_at), 0x680000);
            assert_int_equal(get_le32(wire + 2 * stride + cases[i].mask_at), 0x80000001);
            for (unsigned told = 0; told < 2; told++) {
                struct mtk_pmt back;
                struct mtk_error err = {0};
                assert_int_equal(
                    mtk_pmt_parse(wire, len, told ? (unsigned)stride : 0, 0x1000000, &back, &err), 0);
                assert_int_equal(back.stride, stride);
                expect_rows(&back);
                mtk_pmt_release(&back);
            }
            free(wire);
        }
}

/* 11264 bytes are 128 entries of 0x58 (da-legacy.md 5.8), also when they are filled with FF behind the last. */
static void gpt_build(void **state)
{
    (void)state;
    uint8_t *wire = malloc(0x2C00);
    assert_non_null(wire);
    memset(wire, 0xFF, 0x2C00);
    memset(wire, 0, 0x58);
    strcpy((char *)wire, "proinfo");
    put_le64(wire + 0x40, 0x300000);
    put_le64(wire + 0x48, 0x80000);
    struct mtk_pmt t;
    assert_int_equal(mtk_pmt_parse(wire, 0x2C00, 0, UINT64_C(0x1D2000000), &t, NULL), 0);
    assert_int_equal(t.stride, MTK_PMT_STRIDE_64);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.entries[0].offset, 0x80000);
    mtk_pmt_release(&t);
    free(wire);
}

/* Long names and odd ids must not make one entry size look like another; junk behind a name is put up with. */
static void doubtful_strides(void **state)
{
    (void)state;
    static const struct mtk_pmt_entry odd[] = {{"preloader_backup", 0x1000, 0x46554C4C, 0x1000, 0x41414141},
                                               {"protect_f_and_more", 0x1000, 0x004C4F57, 0x2000, 0x42424242},
                                               {"system", 0x1000, 0, 0x3000, 0x41}};
    static const enum mtk_pmt_stride all[] = {MTK_PMT_STRIDE_32, MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_V3};
    static const size_t counts[] = {3, 22, 24, 88,
                                    96}; /* several of these are whole numbers of other entries too */
    struct mtk_pmt t = table_of(odd, COUNT(odd)), back;
    for (size_t i = 0; i < COUNT(all); i++)
        for (size_t k = 0; k < COUNT(counts); k++) {
            size_t len = 0;
            uint8_t *wire = mtk_pmt_write(&t, all[i], counts[k], &len);
            for (unsigned junk = 0; junk < 2; junk++) {
                assert_int_equal(mtk_pmt_parse(wire, len, 0, 0, &back, NULL), 0);
                assert_int_equal(back.stride, all[i]);
                assert_int_equal(back.n, 3);
                assert_string_equal(back.entries[2].name, "system");
                mtk_pmt_release(&back);
                wire[0x3F] = 0xEE;
            }
            free(wire);
        }
}

static void malformed(void **state)
{
    (void)state;
    uint8_t wire[0xC0];
    put_example(wire);
    expect_bad(wire, 0, 0, 0, "0 bytes");
    expect_bad(wire, 0xBF, 0, 0, "191 bytes");
    expect_bad(wire, 0xC0, 0x58, 0, "192 bytes");
    expect_bad(wire, 0xC0, 0x60 * 2, 0, "192 bytes");
    expect_bad(wire, 129 * 0x60, 0x60, 0, "12384 bytes"); /* not read: the length is enough */
    expect_bad(wire, 0xC0, 0, 0x33FFFF, "\"PRO_INFO\" lies outside");
    put_le64(wire + 0xB0, UINT64_MAX);
    expect_bad(wire, 0xC0, 0, 0, "\"PRO_INFO\" lies outside");
    put_example(wire);
    memset(wire + 0x60, 'X', 0x40);
    expect_bad(wire, 0xC0, 0, 0, "impossible name");
    put_example(wire);
    wire[0x62] = 0x1B;
    expect_bad(wire, 0xC0, 0, 0, "\"PR?_INFO\" has an impossible name");
    wire[0] = 0;
    expect_bad(wire, 0xC0, 0, 0, "0 partitions");
    wire[0] = 0xFF;
    expect_bad(wire, 0xC0, 0, 0, "0 partitions");
    /* one region each: no overlap; in the same region it is one */
    put_example(wire);
    put_le64(wire + 0xB0, 0x20000);
    struct mtk_pmt t;
    assert_int_equal(mtk_pmt_parse(wire, 0xC0, 0, 0, &t, NULL), 0);
    mtk_pmt_release(&t);
    wire[0x48] = 8;
    expect_bad(wire, 0xC0, 0, 0, "\"PRELOADER\" and \"PRO_INFO\" overlap");
    /* ids that are no eMMC regions do not tell places apart: NAND has FULL and LOW pages in one space */
    put_le32(wire + 0x48, 0x46554C4C);
    expect_bad(wire, 0xC0, 0, 0, "overlap");
}

static void reserved_pool(void **state)
{
    (void)state;
    static const struct mtk_pmt_entry pool[] = {{"USRDATA", 0x800, 0, 0xFFFF0000, 0},
                                                {"BMTPOOL", 0x1500000, 0, 0xFFFF00A8, 0}};
    struct mtk_pmt t = table_of(pool, 2), back;
    size_t len = 0;
    uint8_t *wire = mtk_pmt_write(&t, MTK_PMT_STRIDE_V3, 0, &len);
    assert_int_equal(mtk_pmt_parse(wire, len, 0, UINT64_C(0x100000000), &back, NULL), 0);
    assert_int_equal(back.entries[1].offset, 0xFFFF00A8);
    mtk_pmt_release(&back);
    wire[0x60] = 'b';
    wire[0x61] = 'X'; /* any other name there is a partition like others */
    expect_bad(wire, len, 0, UINT64_C(0x100000000), "outside the storage");
    free(wire);
}

static void does_not_fit(void **state)
{
    (void)state;
    struct mtk_pmt_entry big = {"USRDATA", 1, 0, UINT64_C(0x100000000), 0};
    struct mtk_pmt t = table_of(&big, 1);
    size_t len;
    assert_null(mtk_pmt_write(&t, MTK_PMT_STRIDE_32, 0, &len));
    uint8_t *wire = mtk_pmt_write(&t, MTK_PMT_STRIDE_64, 0, &len);
    assert_non_null(wire);
    free(wire);
}

/* ---- on flash ---- */

#define USER_SIZE 0xA00000u

struct user {
    uint8_t *data;
    uint64_t size;
    unsigned reads;
    bool broken;
};

static int read_user(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct user *u = ctx;
    u->reads++;
    if (u->broken)
        return mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, "gone");
    assert_true(range_fits(offset, len, u->size));
    memcpy(buf, u->data + offset, len);
    return 0;
}

static struct user new_user(void)
{
    struct user u = {.data = calloc(1, USER_SIZE), .size = USER_SIZE};
    assert_non_null(u.data);
    return u;
}

static void expect_read(struct user *u, uint64_t at, bool from_mirror)
{
    struct mtk_pmt t;
    struct mtk_error err = {0};
    assert_int_equal(mtk_pmt_read_emmc(read_user, u, u->size, &t, &err), 0);
    assert_int_equal(t.at, at);
    assert_int_equal(t.from_mirror, from_mirror);
    expect_rows(&t);
    mtk_pmt_release(&t);
}

static void emmc_block(void **state)
{
    (void)state;
    struct mtk_pmt t = table_of(rows, COUNT(rows));
    struct user u = new_user();
    assert_int_equal(mtk_pmt_block_emmc(&t, false, 7, u.data + 0x400), 0);
    assert_int_equal(mtk_pmt_block_emmc(&t, true, 7, u.data + 0xC00), 0);
    assert_memory_equal(u.data + 0x400, "3vTP\0\0\0\0PRELOADER", 17);
    assert_memory_equal(u.data + 0x400 + 0x7F0, "\x07\x01\0\0", 4); /* sequence 7, by a flash tool */
    assert_memory_equal(u.data + 0x400 + 0x7F8, "3vTP", 4);
    assert_memory_equal(u.data + 0xC00, "3TPM", 4);
    assert_memory_equal(u.data + 0xC00 + 0x7F8, "3TPM", 4);
    expect_read(&u, 0x400, false);
    assert_int_equal(u.reads, 1);
    /* damage at either end of the primary: the mirror is used */
    static const size_t ends[] = {0x400, 0x400 + 0x7F8};
    for (size_t i = 0; i < COUNT(ends); i++) {
        u.data[ends[i]] ^= 1;
        expect_read(&u, 0xC00, true);
        u.data[ends[i]] ^= 1;
    }
    u.data[0x400] = u.data[0xC00] = 0;
    struct mtk_error err = {0};
    struct mtk_pmt none;
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "no partition table (PMT) in the first 0xa00000 bytes");
    assert_null(none.entries);
    free(u.data);
}

/* Anywhere on a sector up to the end of the search, also across the pieces in which the area is read. */
static void emmc_search(void **state)
{
    (void)state;
    static const size_t places[] = {0x400, 0x600, 0x10200, 0x10400, 0x10A00, USER_SIZE - MTK_PMT_BLOCK};
    struct mtk_pmt t = table_of(rows, COUNT(rows)), none;
    for (size_t i = 0; i < COUNT(places); i++) {
        struct user u = new_user();
        assert_int_equal(mtk_pmt_block_emmc(&t, false, 1, u.data + places[i]), 0);
        expect_read(&u, places[i], false);
        free(u.data);
    }
    static const size_t nowhere[] = {0, 0x200, 0x4FF, USER_SIZE - MTK_PMT_BLOCK + 1};
    for (size_t i = 0; i < COUNT(nowhere); i++) {
        struct user u = new_user();
        uint8_t block[MTK_PMT_BLOCK];
        assert_int_equal(mtk_pmt_block_emmc(&t, false, 1, block), 0);
        size_t room = USER_SIZE - nowhere[i];
        memcpy(u.data + nowhere[i], block, room < sizeof(block) ? room : sizeof(block));
        struct mtk_error err = {0};
        assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, &err), -1);
        assert_error(&err, MTK_E_MTK_GPT_INVALID, "no partition table");
        free(u.data);
    }
    /* a mirror has no business in front of 0xC00 */
    struct user u = new_user();
    assert_int_equal(mtk_pmt_block_emmc(&t, true, 1, u.data + 0x400), 0);
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, NULL), -1);
    /* areas of any size, the smallest without even a read */
    u.reads = 0;
    u.size = 0xBFF;
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, NULL), -1);
    assert_int_equal(u.reads, 0);
    u.broken = true;
    u.size = USER_SIZE;
    struct mtk_error err = {0};
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, &err), -1);
    assert_error(&err, MTK_E_MTK_LINK_LOST, "gone");
    assert_int_equal(u.reads, 1);
    free(u.data);
}

/* Version 1, which is only read: signatures of 4 bytes, entries of 0x58 or, below 4 GiB, of 0x4C. */
static void emmc_version_1(void **state)
{
    (void)state;
    static const enum mtk_pmt_stride forms[] = {MTK_PMT_STRIDE_64, MTK_PMT_STRIDE_32};
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct mtk_pmt t = table_of(rows, COUNT(rows));
        struct user u = new_user();
        size_t len = 0;
        uint8_t *entries = mtk_pmt_write(&t, forms[i], 0, &len);
        memcpy(u.data + 0x400, "1vTP", 4);
        memcpy(u.data + 0x404, entries, len);
        memcpy(u.data + 0x400 + 0x7FC, "1vTP", 4);
        expect_read(&u, 0x400, false);
        /* the tail is not where version 3 has it */
        memmove(u.data + 0x400 + 0x7F8, u.data + 0x400 + 0x7FC, 4);
        memset(u.data + 0x400 + 0x7FC, 0, 4);
        struct mtk_pmt none;
        assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, NULL), -1);
        free(entries);
        free(u.data);
    }
}

static void make_many(struct mtk_pmt_entry *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct mtk_pmt_entry){.size = 0x1000, .offset = i * 0x1000};
        snprintf(out[i].name, sizeof(out[i].name), "P%zu", i);
    }
}

/* More than 21 entries go on in a second block, which has to be there. */
static void emmc_chain(void **state)
{
    (void)state;
    struct mtk_pmt_entry many[41];
    uint8_t block[MTK_PMT_BLOCK], two[2 * MTK_PMT_BLOCK];
    make_many(many, COUNT(many));
    struct mtk_pmt t = table_of(many, 21), back;
    assert_int_equal(mtk_pmt_blocks_emmc(&t, false, 1, two), 1);
    assert_int_equal(mtk_pmt_block_emmc(&t, false, 1, block), 0);
    t.n = 22;
    assert_int_equal(mtk_pmt_block_emmc(&t, false, 1, block), -1);
    t.n = 41;
    assert_int_equal(mtk_pmt_blocks_emmc(&t, false, 1, two), -1);
    t.n = 40;
    struct user u = new_user();
    assert_int_equal(mtk_pmt_blocks_emmc(&t, false, 1, u.data + 0x400), 2);
    assert_int_equal(mtk_pmt_blocks_emmc(&t, true, 1, u.data + 0x1400), 2);
    assert_int_equal(u.data[0x400 + 0x7F1], 0x11); /* by a flash tool, continued */
    assert_int_equal(u.data[0xC00 + 0x7F1], 0x01);
    /* what is damaged one after the other, and where the table is then read: never from a second block alone */
    static const struct {
        size_t damage;
        uint64_t at;
    } steps[] = {{0, 0x400}, {0xC00, 0x1400}, {0x400, 0x1400}, {0x1C00, 0}};
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct mtk_error err = {0};
        u.data[steps[i].damage] ^= 1;
        if (!steps[i].at) {
            assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &back, &err), -1);
            assert_error(&err, MTK_E_MTK_GPT_INVALID, "no partition table");
            continue;
        }
        assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &back, &err), 0);
        assert_int_equal(back.at, steps[i].at);
        assert_int_equal(back.from_mirror, i > 0);
        assert_int_equal(back.n, 40);
        assert_string_equal(back.entries[39].name, "P39");
        assert_int_equal(back.entries[39].offset, 39 * 0x1000);
        mtk_pmt_release(&back);
    }
    u.data[0xC00] ^= 1; /* the second block of the primary is good again, the first is not */
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &back, NULL), -1);
    free(u.data);
}

/* A primary that is whole but makes no sense is what the phone would use: the mirror does not help. */
static void emmc_nonsense(void **state)
{
    (void)state;
    struct mtk_pmt t = table_of(rows, COUNT(rows)), none;
    struct user u = new_user();
    assert_int_equal(mtk_pmt_block_emmc(&t, false, 1, u.data + 0x400), 0);
    assert_int_equal(mtk_pmt_block_emmc(&t, true, 1, u.data + 0xC00), 0);
    memset(u.data + 0x408, 'X', 64);
    struct mtk_error err = {0};
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "impossible name");
    memset(u.data + 0x408, 0, 64);
    assert_int_equal(mtk_pmt_read_emmc(read_user, &u, u.size, &none, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "0 partitions");
    free(u.data);
}

static void nand_spare(void **state)
{
    (void)state;
    static const uint8_t expected[2][MTK_PMT_SPARE_LEN] = {{'3', 'v', 'T', 'P', 0, 0, 0, 0, 9, 1, 0, 0},
                                                           {'3', 'T', 'P', 'M', 0, 0, 0, 0, 9, 1, 0, 0}};
    uint8_t spare[MTK_PMT_SPARE_LEN], sequence;
    for (unsigned mirror = 0; mirror < 2; mirror++) {
        mtk_pmt_spare(mirror, 9, spare);
        assert_memory_equal(spare, expected[mirror], sizeof(spare));
        sequence = 0;
        assert_true(mtk_pmt_spare_check(spare, sizeof(spare), mirror, &sequence));
        assert_int_equal(sequence, 9);
        assert_false(mtk_pmt_spare_check(spare, sizeof(spare), !mirror, &sequence));
        assert_false(mtk_pmt_spare_check(spare, sizeof(spare) - 1, mirror, &sequence));
        spare[0] = '1';
        assert_true(mtk_pmt_spare_check(spare, sizeof(spare), mirror, &sequence));
        spare[0] = '2';
        assert_false(mtk_pmt_spare_check(spare, sizeof(spare), mirror, &sequence));
    }
    memset(spare, 0xFF, sizeof(spare));
    assert_false(mtk_pmt_spare_check(spare, sizeof(spare), false, &sequence));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example), cmocka_unit_test(strides),          cmocka_unit_test(gpt_build),
        cmocka_unit_test(malformed),      cmocka_unit_test(doubtful_strides), cmocka_unit_test(reserved_pool),
        cmocka_unit_test(does_not_fit),   cmocka_unit_test(emmc_block),       cmocka_unit_test(emmc_search),
        cmocka_unit_test(emmc_version_1), cmocka_unit_test(emmc_chain),       cmocka_unit_test(emmc_nonsense),
        cmocka_unit_test(nand_spare),
    };
    return cmocka_run_group_tests_name("formats-pmt", tests, NULL, NULL);
}
