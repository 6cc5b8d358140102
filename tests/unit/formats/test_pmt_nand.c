/* SPDX-License-Identifier: Apache-2.0 */
/* The PMT of a NAND, behind its data: formats.md 4.3. */
#include "tests/unit/formats/harness.h"

#include "formats/pmt.h"

#define PAGE  512u
#define PAGES 8u
#define BLOCK (PAGE * PAGES)
#define FROM  (16u * BLOCK)
#define N     6u /* blocks behind the data: table, mirror, four that replace bad ones */

struct chip {
    uint8_t data[N][BLOCK];
    unsigned reads;
    unsigned broken_at; /* a read with this number fails; 0: none */
};

static int read_chip(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct chip *c = ctx;
    if (++c->reads == c->broken_at)
        return mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, "gone");
    assert_true(offset >= FROM && range_fits(offset - FROM, len, sizeof(c->data)));
    memcpy(buf, (uint8_t *)c->data + (offset - FROM), len);
    return 0;
}

static struct chip *new_chip(void)
{
    struct chip *c = malloc(sizeof(*c));
    assert_non_null(c);
    memset(c, 0xFF, sizeof(*c));
    c->reads = c->broken_at = 0;
    return c;
}

/* A version of the table: `n` partitions, the first of that name, from a page of a block on. */
static void put(struct chip *c, unsigned block, unsigned page, const char *signature, const char *name,
                size_t n, enum mtk_pmt_stride stride)
{
    struct mtk_pmt_entry rows[40];
    struct mtk_pmt t = {.entries = rows, .n = n};
    size_t len = 0, pages;
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct mtk_pmt_entry){.size = 0x1000, .offset = 0x1000 * i};
        snprintf(rows[i].name, sizeof(rows[i].name), "P%zu", i);
    }
    snprintf(rows[0].name, sizeof(rows[0].name), "%s", name);
    uint8_t *entries = mtk_pmt_write(&t, stride, 0, &len), *p = c->data[block] + page * PAGE;
    assert_non_null(entries);
    pages = (8 + len + PAGE - 1) / PAGE;
    assert_true(page + pages <= PAGES);
    memset(p, 0, pages * PAGE);
    memcpy(p, signature, 4);
    memcpy(p + 8, entries, len);
    free(entries);
}

static const struct mtk_pmt_nand geometry = {
    .from = FROM, .end = FROM + N * BLOCK, .page = PAGE, .block = BLOCK};

/* Reads it: the first name, the number of partitions, which copy, after how many reads. */
static void expect(struct chip *c, const char *name, size_t n, bool mirror, unsigned reads)
{
    struct mtk_pmt t;
    struct mtk_error err = {0};
    c->reads = 0;
    assert_int_equal(mtk_pmt_read_nand(read_chip, c, &geometry, &t, &err), 0);
    assert_string_equal(t.entries[0].name, name);
    assert_int_equal(t.n, n);
    assert_int_equal(t.from_mirror, mirror);
    assert_int_equal(c->reads, reads);
    mtk_pmt_release(&t);
}

/* Versions follow one another: the table's from the first page up, the mirror's from the last page down. */
static void newest_by_place(void **state)
{
    (void)state;
    struct chip *c = new_chip();
    put(c, 0, 0, "3vTP", "OLD", 2, MTK_PMT_STRIDE_V3);
    put(c, 1, 7, "3TPM", "OLD", 2, MTK_PMT_STRIDE_V3);
    expect(c, "OLD", 2, false, 2);
    put(c, 1, 6, "3TPM", "NEW", 3, MTK_PMT_STRIDE_V3);
    expect(c, "OLD", 2, false, N); /* power was cut between the two copies: the phone uses the first */
    put(c, 0, 1, "3vTP", "NEW", 3, MTK_PMT_STRIDE_V3);
    expect(c, "NEW", 3, false, 2);
    memset(c->data[0], 0xFF, BLOCK);
    expect(c, "NEW", 3, true, N);
    free(c);
}

/* A table that is longer than a page goes on in the next one, in every form. */
static void more_than_a_page(void **state)
{
    (void)state;
    static const struct {
        const char *signature;
        enum mtk_pmt_stride stride;
    } forms[] = {{"3vTP", MTK_PMT_STRIDE_V3},
                 {"3vTP", MTK_PMT_STRIDE_32},
                 {"1vTP", MTK_PMT_STRIDE_64},
                 {"1vTP", MTK_PMT_STRIDE_32}};
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct chip *c = new_chip();
        put(c, 0, 0, forms[i].signature, "LONG", 40, forms[i].stride);
        expect(c, "LONG", 40, false, N);
        memset(c->data[0], 0xFF, BLOCK);
        put(c, 0, 0, forms[i].signature, "FIRST", 5, forms[i].stride);
        put(c, 0, 1, forms[i].signature, "LONG", 30, forms[i].stride);
        expect(c, "LONG", 30, false, N);
        free(c);
    }
}

/* A block that replaces the table's stands behind both copies; what is left in the table's own block is old. */
static void replaced_block(void **state)
{
    (void)state;
    struct chip *c = new_chip();
    put(c, 0, 0, "3vTP", "OLD", 2, MTK_PMT_STRIDE_V3);
    put(c, 1, 7, "3TPM", "NEW", 3, MTK_PMT_STRIDE_V3);
    put(c, 4, 0, "3vTP", "NEW", 3, MTK_PMT_STRIDE_V3);
    expect(c, "NEW", 3, false, N);
    memset(c->data[0], 0x00, BLOCK);
    expect(c, "NEW", 3, false, N);
    free(c);
}

static void no_table(void **state)
{
    (void)state;
    struct chip *c = new_chip();
    struct mtk_error err = {0};
    struct mtk_pmt t;
    assert_int_equal(mtk_pmt_read_nand(read_chip, c, &geometry, &t, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "no partition table (PMT) in the 0x6000 bytes");
    assert_null(t.entries);
    put(c, 0, 0, "3vTP", "BAD", 1, MTK_PMT_STRIDE_V3);
    memset(c->data[0] + 8, 'X', 64); /* a name without an end */
    memset(&err, 0, sizeof(err));
    assert_int_equal(mtk_pmt_read_nand(read_chip, c, &geometry, &t, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "impossible name");
    assert_null(t.entries);
    c->reads = 0;
    c->broken_at = 2;
    memset(&err, 0, sizeof(err));
    assert_int_equal(mtk_pmt_read_nand(read_chip, c, &geometry, &t, &err), -1);
    assert_error(&err, MTK_E_MTK_LINK_LOST, "gone");
    free(c);
}

/* A chip without anything behind its data, and geometries that no chip has. */
static void hostile_geometry(void **state)
{
    (void)state;
    static const struct mtk_pmt_nand rows[] = {
        {FROM, FROM, PAGE, BLOCK},
        {FROM, FROM + BLOCK - 1, PAGE, BLOCK},
        {FROM, FROM + N * BLOCK, 0, BLOCK},
        {FROM, FROM + N * BLOCK, PAGE, 0},
        {FROM, FROM + N * BLOCK, PAGE, PAGE / 2},
        {FROM, FROM + N * BLOCK, PAGE, BLOCK + 1},
        {FROM, FROM + N * BLOCK, PAGE, 0x80000000},
        {FROM + 1, FROM + N * BLOCK, PAGE, BLOCK},
        {FROM, FROM - BLOCK, PAGE, BLOCK},
    };
    struct chip *c = new_chip();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mtk_error err = {0};
        struct mtk_pmt t;
        assert_int_equal(mtk_pmt_read_nand(read_chip, c, &rows[i], &t, &err), -1);
        assert_error(&err, MTK_E_MTK_GPT_INVALID, "");
        assert_int_equal(c->reads, 0);
    }
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_by_place),  cmocka_unit_test(more_than_a_page),
        cmocka_unit_test(replaced_block),   cmocka_unit_test(no_table),
        cmocka_unit_test(hostile_geometry),
    };
    return cmocka_run_group_tests_name("formats-pmt-nand", tests, NULL, NULL);
}
