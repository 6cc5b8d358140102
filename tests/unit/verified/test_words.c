/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of storage in words: CID of an eMMC (JESD84-B51 7.2), ids of UFS as the agent generations give them, READ ID of NAND. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/words.h"

static char product[33];

static struct mtk_ev_storage_id words(const char *storage, const void *id, size_t len, const char *name)
{
    struct mtk_ev_storage_id w;
    mtk_storage_words(storage, id, len, name, product, &w);
    return w;
}

static void emmc(void **state)
{
    (void)state;
    static const uint8_t cid[16] = {0x15, 0x01, 0x00, 'D',  'P',  '6',  'D',  'A',
                                    'B',  0x03, 0x7B, 0x2D, 0x7B, 0xCB, 0xC1, 0xAF};
    struct mtk_ev_storage_id w = words("emmc", cid, 16, "");
    assert_string_equal(w.maker, "Samsung");
    assert_string_equal(w.product, "DP6DAB");
    assert_true(w.has_revision && w.revision == 0x03 && w.has_serial && w.serial == 0x7B2D7BCB);
    assert_true(w.has_date && w.year == 2014 && w.month == 12);
    w = words("emmc", cid, 15, ""); /* without its CRC */
    assert_string_equal(w.product, "DP6DAB");
    w = words("emmc", cid, 14, "M8G1WA"); /* cut off: what the agent knows by itself */
    assert_null(w.maker);
    assert_string_equal(w.product, "M8G1WA");
    assert_false(w.has_date || w.has_serial || w.has_revision);
}

static void emmc_that_makes_no_sense(void **state)
{
    (void)state;
    uint8_t cid[16];
    memset(cid, 0xFF, sizeof(cid));
    struct mtk_ev_storage_id w = words("emmc", cid, 16, "");
    assert_null(w.maker);
    assert_null(w.product);
    assert_false(w.has_date);
    memset(cid, 0, sizeof(cid));
    memcpy(cid + 3, "AB\x1b[2J", 6); /* what would move a terminal's cursor ends the text */
    w = words("emmc", cid, 16, "");
    assert_string_equal(w.product, "AB");
}

static void ufs(void **state)
{
    (void)state;
    static const char *const ids[] = {"\xCE\x01KM5V8001DM-B62", "\x01\xCEKM5V8001DM-B62"};
    for (size_t i = 0; i < 2; i++) {
        struct mtk_ev_storage_id w = words("ufs", ids[i], 16, "");
        assert_string_equal(w.maker, "Samsung");
        assert_string_equal(w.product, "KM5V8001DM-B62");
    }
    /* The name alone, as XML agents have it, is not taken for a maker. */
    struct mtk_ev_storage_id w = words("ufs", "KM5V8001DM-B622", 15, "");
    assert_null(w.maker);
    assert_string_equal(w.product, "KM5V8001DM-B622");
    w = words("ufs", "\x99\x99H9HQ", 6, "");
    assert_null(w.maker);
    assert_string_equal(w.product, "H9HQ");
    w = words("ufs", "K", 1, "");
    assert_null(w.product);
}

static void nand(void **state)
{
    (void)state;
    struct mtk_ev_storage_id w = words("nand", "\x2C\xDC\x90\x95\x56", 5, "");
    assert_string_equal(w.maker, "Micron");
    assert_null(w.product);
    w = words("nand", "", 0, "");
    assert_null(w.maker);
    w = words("tape", "\x2C\xDC", 2, "QIC");
    assert_null(w.maker);
    assert_string_equal(w.product, "QIC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emmc),
        cmocka_unit_test(emmc_that_makes_no_sense),
        cmocka_unit_test(ufs),
        cmocka_unit_test(nand),
    };
    return cmocka_run_group_tests_name("verified/words", tests, NULL, NULL);
}
