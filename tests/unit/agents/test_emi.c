/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM settings as stage 1 reads them: agents.h, formats.md 2.4. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/agents.h"

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
        } else if (wide) {
            put_le32(p + rank_at, (uint32_t)rec[i].rank0);
            put_le32(p + rank_at + 4, (uint32_t)rec[i].rank1);
        }
    }
    return blob;
}

#define CID "\x90\x01\x4A\x68\x42\x38\x61\x50\x3E"

/* A phone of that chip with the DRAM and the card of the recorded session. */
static struct mtksim *make_phone(const char *chip, uint32_t type, uint64_t dram, const char *storage)
{
    struct mtksim_config cfg = {.chip = chip, .seed = 1, .storage = storage};
    char err[200] = "";
    struct mtksim *p = mtksim_new(&cfg, err, sizeof(err));
    assert_string_equal(err, "");
    assert_non_null(p);
    struct board *b = phone_board(p);
    b->dram.type = type;
    b->dram.size = dram;
    memcpy(b->emmc.cid, cid, sizeof(cid));
    return p;
}

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
    struct mtksim *p = make_phone("mt6765", 0x0206, 3 * GIB, NULL);
    struct board *b = phone_board(p);
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_MATCH);
    assert_int_equal(k, 4);
    /* Another card: only records that ask for no id can match. */
    b->emmc.cid[8] ^= 1;
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_NO_MATCH);
    b->dram.type = 0x0006;
    b->dram.size = GIB / 2;
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_MATCH);
    assert_int_equal(k, 0);
    b->emmc.cid[8] ^= 1;
    b->dram.type = 0x0206;
    b->dram.size = 3 * GIB;
    /* Extra tail bytes may be dropped; a record short is too short. */
    put_le32(blob + 0x6C, 4);
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_NO_MATCH);
    put_le32(blob + 0x6C, 5);
    assert_int_equal(agent_emi_block(p, blob, len - 1, &k), AGENT_EMI_NO_MATCH);
    mtksim_free(p);
    free(blob);
}

/* Layouts by the version that a chip's agents know. */
static void test_versions(void **state)
{
    (void)state;
    static const struct record rec = {0x0203, 9, CID, GIB, GIB};
    static const struct {
        const char *chip;
        unsigned version;
        size_t size, rank_at, wide;
    } layouts[] = {{"mt6761", 38, 160, 0x50, 8},
                   {"mt6755", 22, 176, 0, 0}, /* the place of the ranks is not known: not compared */
                   {"mt6737", 20, 188, 0x6C, 4},
                   {"mt6739", 32, 188, 0x6C, 4}};
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        size_t len;
        unsigned k;
        uint8_t *blob =
            make(layouts[i].version, layouts[i].size, layouts[i].rank_at, layouts[i].wide, &rec, 1, &len);
        struct mtksim *p = make_phone(layouts[i].chip, 0x0203, 2 * GIB, NULL);
        assert_int_equal(agent_emi_record_size(layouts[i].version), layouts[i].size);
        assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_MATCH);
        assert_int_equal(agent_emi_records(p, blob + 0x70, len - 0x70, layouts[i].version, &k),
                         AGENT_EMI_MATCH);
        assert_int_equal(agent_emi_records(p, blob + 0x70, len - 0x70, 99, &k), AGENT_EMI_OTHER_VERSION);
        phone_board(p)->dram.size++;
        assert_int_equal(agent_emi_block(p, blob, len, &k),
                         layouts[i].wide ? AGENT_EMI_NO_MATCH : AGENT_EMI_MATCH);
        phone_board(p)->dram.size--;
        blob[19]++;
        assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_OTHER_VERSION);
        mtksim_free(p);
        free(blob);
    }
}

/* What identifies the package is the storage in it: a UFS device's product name, a NAND's id. */
static void test_other_packages(void **state)
{
    (void)state;
    static const struct {
        const char *chip, *storage;
        uint32_t type;
        unsigned version;
        size_t size, rank_at, wide;
    } phones[] = {{"mt6785", "ufs", 0x0306, 45, 160, 0x50, 8}, {"mt6739", "nand", 0x0103, 32, 188, 0x6C, 4}};
    for (size_t i = 0; i < 2; i++) {
        struct mtksim *p = make_phone(phones[i].chip, phones[i].type, 2 * GIB, phones[i].storage);
        uint8_t id[16];
        size_t len, n = board_storage_id(phone_board(p), id);
        struct record rec = {phones[i].type, (uint32_t)n, (const char *)id, GIB, GIB};
        unsigned k;
        assert_true(n >= 5);
        uint8_t *blob =
            make(phones[i].version, phones[i].size, phones[i].rank_at, phones[i].wide, &rec, 1, &len);
        assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_MATCH);
        blob[0x70 + 16 + n - 1] ^= 1;
        assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_NO_MATCH);
        mtksim_free(p);
        free(blob);
    }
}

static void test_not_settings(void **state)
{
    (void)state;
    static const struct record rec = {0x0206, 9, CID, 3 * GIB, 0};
    struct mtksim *p = make_phone("mt6765", 0x0206, 3 * GIB, NULL);
    size_t len;
    unsigned k;
    uint8_t *blob = make(35, 160, 0x50, 8, &rec, 1, &len);
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_MATCH);
    assert_int_equal(agent_emi_block(p, blob, 0x6F, &k), AGENT_EMI_OTHER_VERSION);
    assert_int_equal(agent_emi_block(p, blob, 0x70, &k), AGENT_EMI_NO_MATCH);
    put_le32(blob + 0x6C, UINT32_MAX);
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_NO_MATCH);
    put_le32(blob + 0x6C, 1);
    put_le32(blob + 0x70 + 8, 17); /* longer than the id field */
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_NO_MATCH);
    blob[0] = 'm';
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_OTHER_VERSION);
    blob[0] = 'M';
    blob[18] = ' ';
    assert_int_equal(agent_emi_block(p, blob, len, &k), AGENT_EMI_OTHER_VERSION);
    assert_int_equal(agent_emi_block(p, blob, 0, &k), AGENT_EMI_OTHER_VERSION);
    mtksim_free(p);
    free(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_is_chosen),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_other_packages),
        cmocka_unit_test(test_not_settings),
    };
    return cmocka_run_group_tests_name("emi", tests, NULL, NULL);
}
