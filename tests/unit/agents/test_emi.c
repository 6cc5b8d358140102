/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM settings as stage 1 reads them: xf_emi_check, formats.md 2.4. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define GIB (UINT64_C(1) << 30)

/* One record as far as anybody knows its fields. */
struct record {
    uint32_t type, id_len;
    const char *id;
    uint64_t rank0, rank1;
};

static const uint8_t cid[16] = {0x90, 0x01, 0x4A, 0x68, 0x42, 0x38, 0x61, 0x50, 0x3E, 0x03};

/* A tag and its records. Head with sub-version, ranks of `wide` bytes at rank_at (formats.md 2.4). */
static uint8_t *make(unsigned version, size_t size, size_t rank_at, size_t wide, const struct record *rec,
                     unsigned n, size_t *len)
{
    uint8_t *blob = calloc(1, 0x70 + n * size);
    assert_non_null(blob);
    *len = 0x70 + n * size;
    memcpy(blob, "MTK_BLOADER_INFO_v", 18);
    blob[18] = (uint8_t)('0' + version / 10);
    blob[19] = (uint8_t)('0' + version % 10);
    memcpy(blob + 0x64, "MTK_BIN", 8);
    put_le32(blob + 0x6C, n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *p = blob + 0x70 + i * size;
        put_le32(p, 1);
        put_le32(p + 4, rec[i].type);
        put_le32(p + 8, rec[i].id_len);
        memcpy(p + 16, rec[i].id, rec[i].id_len);
        if (wide == 8) {
            put_le64(p + rank_at, rec[i].rank0);
            put_le64(p + rank_at + 8, rec[i].rank1);
        } else {
            put_le32(p + rank_at, (uint32_t)rec[i].rank0);
            put_le32(p + rank_at + 4, (uint32_t)rec[i].rank1);
        }
    }
    return blob;
}

#define CID "\x90\x01\x4A\x68\x42\x38\x61\x50\x3E"

static const struct board_dram three_gib = {.type = 0x0206, .size = 3 * GIB};

/* The records of the recorded MT6765 session: discrete parts, then the eMCP of this board. */
static void test_record_is_chosen(void **state)
{
    (void)state;
    static const struct record rec[] = {
        {0x0006, 0, "", GIB / 2, 0},
        {0x0206, 9, "\x15\x01\x00\x51\x45\x36\x33\x4D\x42", 3 * GIB / 2, 3 * GIB / 2},
        {0x0206, 9, CID, 2 * GIB, 2 * GIB},
        {0x0203, 9, CID, 3 * GIB / 2, 3 * GIB / 2},
        {0x0206, 9, CID, 3 * GIB / 2, 3 * GIB / 2},
    };
    size_t len;
    unsigned k;
    uint8_t *blob = make(35, 160, 0x50, 8, rec, 5, &len);
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_MATCH);
    assert_int_equal(k, 4);
    /* Storage does not answer: only records that ask for no id can match. */
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, NULL, &k), XF_EMI_NO_MATCH);
    struct board_dram discrete = {.type = 0x0006, .size = GIB / 2};
    assert_int_equal(xf_emi_check(blob, len, 35, &discrete, NULL, &k), XF_EMI_MATCH);
    assert_int_equal(k, 0);
    /* Extra tail bytes may be dropped; a record short is too short. */
    put_le32(blob + 0x6C, 4);
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_NO_MATCH);
    put_le32(blob + 0x6C, 5);
    assert_int_equal(xf_emi_check(blob, len - 1, 35, &three_gib, cid, &k), XF_EMI_NO_MATCH);
    free(blob);
}

static void test_versions(void **state)
{
    (void)state;
    static const struct record rec = {0x0203, 9, CID, GIB, GIB};
    static const struct {
        unsigned version;
        size_t size, rank_at, wide;
    } layouts[] = {{38, 160, 0x50, 8}, {22, 176, 0x60, 8}, {20, 188, 0x6C, 4}, {32, 188, 0x6C, 4}};
    struct board_dram dram = {.type = 0x0203, .size = 2 * GIB};
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        size_t len;
        unsigned k;
        uint8_t *blob =
            make(layouts[i].version, layouts[i].size, layouts[i].rank_at, layouts[i].wide, &rec, 1, &len);
        assert_int_equal(xf_emi_check(blob, len, layouts[i].version, &dram, cid, &k), XF_EMI_MATCH);
        assert_int_equal(xf_emi_check(blob, len, 35, &dram, cid, &k), XF_EMI_OTHER_VERSION);
        dram.size++;
        assert_int_equal(xf_emi_check(blob, len, layouts[i].version, &dram, cid, &k), XF_EMI_NO_MATCH);
        dram.size--;
        free(blob);
    }
}

static void test_not_settings(void **state)
{
    (void)state;
    static const struct record rec = {0x0206, 9, CID, 3 * GIB, 0};
    size_t len;
    unsigned k;
    uint8_t *blob = make(35, 160, 0x50, 8, &rec, 1, &len);
    assert_int_equal(xf_emi_check(blob, 0x6F, 35, &three_gib, cid, &k), XF_EMI_OTHER_VERSION);
    assert_int_equal(xf_emi_check(blob, 0x70, 35, &three_gib, cid, &k), XF_EMI_NO_MATCH);
    put_le32(blob + 0x6C, UINT32_MAX);
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_NO_MATCH);
    put_le32(blob + 0x6C, 1);
    put_le32(blob + 0x70 + 8, 17); /* longer than the id field */
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_NO_MATCH);
    blob[0] = 'm';
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_OTHER_VERSION);
    blob[0] = 'M';
    blob[18] = ' ';
    assert_int_equal(xf_emi_check(blob, len, 35, &three_gib, cid, &k), XF_EMI_OTHER_VERSION);
    assert_int_equal(xf_emi_check(blob, 0, 35, &three_gib, cid, &k), XF_EMI_OTHER_VERSION);
    free(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_is_chosen),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_not_settings),
    };
    return cmocka_run_group_tests_name("emi", tests, NULL, NULL);
}
