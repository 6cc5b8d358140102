/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the contract. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/exitcode.h"

static const struct {
    int index;
    enum mtk_evidence evidence;
    int code; /* with an unchanged phone */
} cases[] = {
    {MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, 3},
    {MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, 1},
    {MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER, 1},
    {MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, 1},
    {MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, 1},
    {MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, 1},
    {MTK_E_MTK_VERIFY_MISMATCH, MTK_EV_MISMATCH, 1},
    {MTK_E_MTK_CANCELLED, MTK_EV_HOST, 1},
    {MTK_E_MTK_HOST_IO, MTK_EV_HOST, 1},
    {MTK_E_MTK_INTERNAL, MTK_EV_NONE, 1},
    {MTK_E_MTK_USAGE, MTK_EV_HOST, 2},
    {MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_HOST, 2},
    {MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, 2},
    {MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, 2},
    {MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, 6},
    {MTK_E_MTK_FILE_MISSING, MTK_EV_FILE, 6},
    {MTK_E_MTK_FILE_EMPTY, MTK_EV_FILE, 6},
    {MTK_E_MTK_PATH_ESCAPES, MTK_EV_FILE, 6},
    {MTK_E_MTK_IMAGE_TOO_LARGE, MTK_EV_FILE, 6},
    {MTK_E_MTK_SPARSE_INVALID, MTK_EV_FILE, 6},
    {MTK_E_MTK_CHECKSUM_INI, MTK_EV_FILE, 6},
    {MTK_E_MTK_NO_AGENT, MTK_EV_FILE, 6},
    {MTK_E_MTK_PROTECTED_PARTITION, MTK_EV_POLICY, 6},
    {MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY, 6},
    {MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER, 6},
    {MTK_E_STATUS_SCATTER_HW_CHIP_ID_MISMATCH, MTK_EV_POLICY, 6},
    {MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY, 6},
    {MTK_E_STATUS_LAYOUT_CHANGED, MTK_EV_POLICY, 6},
    {MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_REFUSED,
     1}, /* as the answer of an agent it is a failure like others */
    {MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY, 7},
    {MTK_E_SLA_REQUIRED, MTK_EV_REFUSED, 7},
    {MTK_E_DAA_SECURITY_ERROR, MTK_EV_REFUSED, 7},
    {MTK_E_DAA_SIGNATURE_ERROR, MTK_EV_REFUSED, 7},
    {MTK_E_E_DAA_SIG_VERIFY_FAILED, MTK_EV_REFUSED, 7},
    {MTK_E_ERR_DA_IMAGE_SIG_VERIFY_FAIL, MTK_EV_REFUSED, 7},
    {MTK_E_UNKNOWN_1D18, MTK_EV_REFUSED, 7},
    {MTK_E_STATUS_SEC_DL_FORBIDDEN, MTK_EV_REFUSED, 7},
    {MTK_E_E_DA_LEN_IS_ZERO, MTK_EV_REFUSED, 1},
};

static void unchanged_phone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_error err = {0};
        mtk_fail(&err, cases[i].index, cases[i].evidence, "a test");
        if ((int)mtk_exit_code(&err, false) != cases[i].code)
            fail_msg("%s: exit %d, expected %d", err.row->symbol, (int)mtk_exit_code(&err, false),
                     cases[i].code);
    }
}

static void changed_phone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mtk_error err = {0};
        mtk_fail(&err, cases[i].index, cases[i].evidence, "a test");
        assert_int_equal(mtk_exit_code(&err, true), MTK_EXIT_CHANGED);
    }
}

/* What boot ROMs and preloaders say to SEND_DA and JUMP_DA, under the one row that the command has. */
static void refused_agents(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        int code;
    } rows[] = {{0x7024, 7}, {0x7015, 7}, {0x2001, 7}, {0x1D18, 7}, {0x1D15, 7},
                {0x7017, 7}, {0x7003, 1}, {0x1D0E, 1}, {0xABCD, 1}};
    static const int commands[] = {MTK_E_STATUS_BROM_CMD_SEND_DA_FAIL, MTK_E_STATUS_BROM_CMD_JUMP_DA_FAIL};
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct mtk_error err = {0};
        mtk_fail(&err, commands[i % 2], MTK_EV_REFUSED, "a test");
        mtk_error_status(&err, rows[i / 2].status);
        if ((int)mtk_exit_code(&err, false) != rows[i / 2].code)
            fail_msg("status 0x%04X: exit %d, expected %d", rows[i / 2].status,
                     (int)mtk_exit_code(&err, false), rows[i / 2].code);
        assert_int_equal(mtk_exit_code(&err, true), MTK_EXIT_CHANGED);
    }
}

static void no_error(void **state)
{
    (void)state;
    const struct mtk_error none = {0};
    assert_int_equal(mtk_exit_code(&none, true), 0);
    assert_int_equal(mtk_exit_code(&none, false), 0);
    assert_int_equal(mtk_exit_code(NULL, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unchanged_phone),
        cmocka_unit_test(changed_phone),
        cmocka_unit_test(refused_agents),
        cmocka_unit_test(no_error),
    };
    return cmocka_run_group_tests_name("verified/exitcode", tests, NULL, NULL);
}
