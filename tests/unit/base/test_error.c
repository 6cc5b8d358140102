/* SPDX-License-Identifier: Apache-2.0 */
/* The error value, and the catalogue with the corrections that the field's folklore needs. */
#include "tests/unit/cmocka.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "protocol/error_index.h"

static void test_fill_and_keep(void **state)
{
    (void)state;
    struct mtk_error e;
    assert_int_equal(mtk_fail(&e, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, "gone after %d bytes", 7), -1);
    assert_string_equal(e.row->symbol, "MTK_LINK_LOST");
    assert_string_equal(e.what, "gone after 7 bytes");
    mtk_error_step(&e, "da2", "READ_DATA");
    mtk_error_step(&e, "later", "other");
    assert_string_equal(e.stage, "da2");
    assert_string_equal(e.command, "READ_DATA");
    uint8_t many[MTK_ERROR_BYTES + 10];
    memset(many, 0x5A, sizeof(many));
    mtk_error_bytes(&e, many, sizeof(many), "\x01", 1);
    assert_int_equal(e.n_expected, MTK_ERROR_BYTES);
    assert_int_equal(e.n_got, 1);
    mtk_error_status(&e, 0xC0040030);
    assert_true(e.has_status);
    assert_true(mtk_error_is(&e, MTK_E_MTK_LINK_LOST));
    assert_false(mtk_error_is(&e, MTK_E_MTK_NO_ANSWER));
    /* A caller that does not want to know is served too. */
    assert_int_equal(mtk_fail(NULL, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "x"), -1);
    mtk_error_step(NULL, "a", "b");
    assert_false(mtk_error_is(NULL, MTK_E_MTK_INTERNAL));
}

static void test_file_error(void **state)
{
    (void)state;
    struct mtk_error e;
    mtk_fail_file(&e, MTK_E_STATUS_SCATTER_FILE_INVALID, "a/scatter.txt", 17, "twice: %s", "boot");
    assert_string_equal(e.file, "a/scatter.txt");
    assert_int_equal(e.line, 17);
    assert_int_equal(e.evidence, MTK_EV_FILE);
}

static void check_code(const char *symbol, uint32_t code)
{
    const struct mtk_err_row *r = mtk_err_by_symbol(symbol);
    assert_non_null(r);
    assert_true(r->coded);
    assert_int_equal(r->code, code);
    assert_ptr_equal(mtk_err_by_code(r->family, code), r);
}

/* The pairs of code and name that reports get wrong, as errors.md section 5 corrects them. */
static void test_corrections(void **state)
{
    (void)state;
    check_code("STATUS_EXT_RAM_EXCEPTION", 0xC0050005);
    check_code("S_BROM_CMD_STARTCMD_FAIL", 2005);
    check_code("S_DL_GET_DRAM_SETTING_FAIL", 5054);
    check_code("STATUS_SEC_AUTH_FILE_NEEDED", 0xC0030012);
    check_code("S_FT_DA_NO_RESPONSE", 4001);
    check_code("S_FT_ENABLE_DRAM_FAIL", 4032);
    check_code("STATUS_BROM_CMD_SEND_DA_FAIL", 0xC0060003);
    check_code("STATUS_BROM_CMD_STARTCMD_FAIL", 0xC0060001);
    check_code("STATUS_LAYOUT_CHANGED", 0xC003000A);
}

static bool found(const char *words, const char *symbol)
{
    const struct mtk_err_row *r[64];
    size_t n = mtk_err_search(words, r, 64);
    for (size_t i = 0; i < n && i < 64; i++)
        if (strcasecmp(r[i]->symbol, symbol) == 0)
            return true;
    return false;
}

static void test_search(void **state)
{
    (void)state;
    assert_true(found("0xC0050005", "STATUS_EXT_RAM_EXCEPTION"));
    assert_true(found("c0050005", "STATUS_EXT_RAM_EXCEPTION"));
    assert_true(found("-1073414139", "STATUS_EXT_RAM_EXCEPTION"));
    assert_true(found("ext_ram", "STATUS_EXT_RAM_EXCEPTION"));
    assert_true(found("4032", "S_FT_ENABLE_DRAM_FAIL"));
    assert_true(found("0xfc0", "S_FT_ENABLE_DRAM_FAIL"));
    assert_true(found("s_ft_enable_dram_fail", "S_FT_ENABLE_DRAM_FAIL"));
    assert_false(found("4032", "STATUS_EXT_RAM_EXCEPTION"));
    /* What a phone or another tool says finds the row as well, whole or in part. */
    assert_true(found("0xC002004A", "STATUS_SEC_RSA_OAEP_FAIL"));
    assert_true(found("RSA OAEP fail", "STATUS_SEC_RSA_OAEP_FAIL"));
    assert_true(found("2nd DA address is invalid", "XML_DA2_ADDRESS_INVALID"));
    assert_true(found("ERR!UNSUPPORTED", "XML_ERR_UNSUPPORTED"));
    assert_true(found("Chip mismatch!", "CHIP_MISMATCH"));
    const struct mtk_err_row *r[1];
    assert_int_equal(mtk_err_search("", r, 1), 0);
    assert_int_equal(mtk_err_search("no such words", r, 1), 0);
    assert_true(mtk_err_search("STATUS_", r, 1) > 100);
    /* 0x7104 is in no family, whatever the web says. */
    assert_int_equal(mtk_err_search("0x7104", r, 1), 0);
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    static const char *const families[] = {"brom_dll", "brom_status",   "da_legacy",  "flashtool",
                                           "sft_gui",  "xflash_status", "xml_string", "mtkproof"};
    for (size_t i = 0; i < mtk_err_count; i++) {
        const struct mtk_err_row *r = &mtk_err_rows[i];
        bool known = false;
        for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++)
            known |= strcmp(r->family, families[k]) == 0;
        assert_true(known);
        assert_true(r->symbol[0] && r->meaning[0]);
        /* Scripts compare symbols: no blanks, no sentences. */
        for (const char *c = r->symbol; *c; c++)
            assert_true(isalnum((unsigned char)*c) || *c == '_');
        if (strcmp(r->family, "mtkproof") == 0) {
            assert_true(r->causes[0] && r->remedies[0]);
            assert_int_equal(r->code >> 16, 0xE000);
        }
        for (size_t k = 0; strcmp(r->family, "mtkproof") == 0 && k < i; k++)
            assert_true(mtk_err_rows[k].code != r->code || strcmp(mtk_err_rows[k].family, r->family) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_and_keep),  cmocka_unit_test(test_file_error),
        cmocka_unit_test(test_corrections),    cmocka_unit_test(test_search),
        cmocka_unit_test(test_rows_are_whole),
    };
    return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
