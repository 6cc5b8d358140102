/* SPDX-License-Identifier: Apache-2.0 */
/* The start of an XML agent, from the frame after JUMP_DA to a stage 2 that answers: da-xml.md 6.1 to 6.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_session.h"

static void whole_start(void **state)
{
    struct start t;
    struct mtk_agent_info info;
    (void)state;
    assert_int_equal(strlen(RUNTIME) + 1, 0x160);
    assert_int_equal(strlen(X_BARE("NOTIFY-INIT-HW")) + 1, 0x6b);
    assert_int_equal(strlen(BOOT_TO) + 1, 0xe3);
    assert_int_equal(strlen(ASK_HW) + 1, 0xa0);
    assert_int_equal(strlen(SYS_PROP("DISABLED")), 0x6B);
    open_start(&t);
    add_start(&t);
    add_sys_prop(&t, SYS_PROP("DISABLED"));
    add_facts(&t);
    assert_int_equal(run_start(&t), 0);
    t.a->ops->info(t.a, &info);
    assert_string_equal(info.generation, "xml");
    assert_string_equal(info.storage, "emmc");
    assert_int_equal(info.dram_size, 0x80000000);
    assert_int_equal(info.battery_mv, 3810);
    assert_int_equal(info.n_areas, 4);
    assert_string_equal(info.areas[3].name, "user");
    assert_int_equal(info.areas[3].size, 0x1d2000000);
    assert_false(info.areas[2].readable);
    assert_int_equal(info.storage_id_len, 16);
    assert_int_equal(info.storage_id[0], 0x15);
    assert_int_equal(info.random_id[15], 0xff);
    close_start(&t);
}

/* DRAM does not come up: CMD:END ERR after EOT, and no BOOT-TO [X3]. */
static void dram_fails(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_command(t.s, RUNTIME, "OK");
    add_end(t.s, X_END("OK", ""));
    add_command(t.s, CAPABILITY, "OK");
    add_end(t.s, X_END("OK", ""));
    add_dram(&t, X_END("ERR", "DRAM Init FAIL."));
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
    close_start(&t);
}

/* All packets are taken and the hash is wrong [X4]. */
static void hash_mismatch(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_stage1(&t);
    add_boot_to(&t, X_END("ERR", "DA Hash mismatch. check EMI setting or DRAM"));
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    close_start(&t);
}

/* Rollback is told in place of a running agent [6.1]. */
static void rolled_back(void **state)
{
    struct start t;
    (void)state;
    open_start(&t);
    add_command(t.s, RUNTIME, "OK");
    phone_says(t.s, X_END("ERR", "DA Antirollback violation, can't continue"));
    host_says(t.s, "OK");
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK));
    close_start(&t);
}

/* Or before anything else, in place of the first CMD:START; and what is neither is no agent's beginning. */
static void refused_from_the_start(void **state)
{
    struct start t;
    (void)state;
    open_start_with(&t, X_END("ERR", "DA Antirollback violation, can't continue"));
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK));
    assert_non_null(strstr(t.err.what, "can't continue"));
    assert_string_equal(t.err.command, "CMD:START");
    close_start(&t);
    open_start_with(&t, X_PROGRESS("init-hw"));
    assert_int_equal(run_start(&t), -1);
    assert_true(mtk_error_is(&t.err, MTK_E_MTK_WRONG_ANSWER));
    close_start(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_start),
        cmocka_unit_test(dram_fails),
        cmocka_unit_test(hash_mismatch),
        cmocka_unit_test(rolled_back),
        cmocka_unit_test(refused_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
