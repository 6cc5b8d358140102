/* SPDX-License-Identifier: Apache-2.0 */
/* mtk_boot_connect against the sessions of section 10, and what may be odd on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "boot_scripts.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"
#include "script_link.h"

static struct mtk_phone_id connects_as(const char *script, uint16_t pid)
{
    struct mtk_phone_id id;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_closed(script);
    script_link_identity(l, pid ? MTK_USB_VID : 0, pid);
    if (mtk_boot_connect(l, NULL, &id, &e) != 0)
        fail_msg("%s in %s: %s (%s)", e.row->symbol, e.command, e.what, script_link_problem(l));
    script_link_finish(l);
    return id;
}

static struct mtk_error connect_fails(const char *script, int row, enum mtk_evidence evidence,
                                      const char *command)
{
    struct mtk_phone_id id;
    struct mtk_error e = {0};
    struct mtk_link *l = script_link_closed(script);
    assert_int_equal(mtk_boot_connect(l, NULL, &id, &e), -1);
    if (!mtk_error_is(&e, row))
        fail_msg("%s in %s: %s (%s)", e.row->symbol, e.command, e.what, script_link_problem(l));
    assert_int_equal(e.evidence, evidence);
    assert_string_equal(e.command, command);
    script_link_finish(l);
    return e;
}

static void session_10_1(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(S_CTRL_PL S_SYNC_PL S_IDENTIFY_PL, MTK_USB_PID_PRELOADER);
    assert_false(id.brom);
    assert_int_equal(id.hw_code, 0x0766);
    assert_string_equal(id.chip_name, "MT6765");
    assert_ptr_equal(id.chip, mtk_chip_by_hw_code(0x0766));
    assert_int_equal(id.hw_sub_code, 0x8A00);
    assert_int_equal(id.hw_version, 0xCA00);
    assert_int_equal(id.sw_version, 0);
    assert_int_equal(id.target_config, 0);
    assert_int_equal(id.bl_ver, 3);
    assert_int_equal(id.brom_version, 0);
    assert_int_equal(id.pl_cap, BROM_CAP_XFLASH | BROM_CAP_ME_ID | BROM_CAP_SOC_ID);
    assert_int_equal(id.me_id_len, 16);
    assert_int_equal(id.me_id[15], 0xA1);
    assert_int_equal(id.soc_id_len, 32);
    assert_int_equal(id.soc_id[31], 0xB2);
}

static void session_10_3(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(S_CTRL_BROM S_SYNC_BROM S_IDENTIFY_BROM("E7"), MTK_USB_PID_BROM);
    assert_true(id.brom);
    assert_int_equal(id.target_config, 0xE7);
    assert_int_equal(id.bl_ver, 0xFE);
    assert_int_equal(id.brom_version, 5);
    assert_int_equal(id.pl_cap, 0);
}

/* The same commands in the very order of section 10.3. */
static void session_10_3_in_its_own_order(void **state)
{
    (void)state;
    uint16_t hw;
    uint8_t v, me[16];
    uint32_t config;
    size_t len = sizeof(me);
    struct mtk_link *l =
        script_link_new(S_SYNC_BROM S_HW_CODE S_WATCHDOG_1 "> FE < FE " S_CONFIG("E7") "> FF < 05 " S_ME_ID);
    struct boot b = boot_begin(l, NULL);
    struct boot_sync sync;
    assert_int_equal(boot_handshake(&b, &sync, NULL), 0);
    assert_int_equal(boot_get_hw_code(&b, &hw, NULL), 0);
    assert_int_equal(boot_write_reg(&b, 32, 0x10007000, 0x22000064, NULL), 0);
    assert_int_equal(boot_get_bl_ver(&b, &v, NULL), 0);
    assert_int_equal(v, 0xFE);
    assert_int_equal(boot_get_target_config(&b, &config, NULL), 0);
    assert_int_equal(config, 0xE7);
    assert_int_equal(boot_get_version(&b, &v, NULL), 0);
    assert_int_equal(v, 5);
    assert_int_equal(boot_get_id(&b, "GET_ME_ID", BROM_GET_ME_ID, me, &len, NULL), 0);
    script_link_finish(l);
}

static void no_control_requests_without_an_identity(void **state)
{
    (void)state;
    connects_as(S_SYNC_BROM S_IDENTIFY_BROM("00"), 0);
}

static void stalled_line_coding_is_harmless(void **state)
{
    (void)state;
    connects_as(
        "!stall 21 20 00 00 00 00 07 00 00 10 0E 00 00 00 08 !stall 21 22 02 00 00 00 00 00 " S_SYNC_PL
            S_IDENTIFY_PL,
        MTK_USB_PID_PRELOADER);
}

static void old_preloaders_are_not_asked_for_ids(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(
        S_SYNC_PL "> FD < FD < 03 26 < 00 00 " S_WATCHDOG S_CONFIG("00") "> FE < 02 > FF < FF " S_VERSIONS,
        0);
    assert_int_equal(id.bl_ver, 2);
    assert_int_equal(id.me_id_len, 0);
    assert_int_equal(id.soc_id_len, 0);
    assert_string_equal(id.chip_name, "MT6755");
}

static void mt6735_has_its_own_watchdog(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(
        S_SYNC_PL
        "> FD < FD < 03 21 < 00 00 > D4 < D4 > 10 21 20 00 < 10 21 20 00 > 00 00 00 01 < 00 00 00 01 "
        "< 00 00 > 22 00 00 00 < 22 00 00 00 < 00 00 " S_CONFIG("05") "> FE < 02 > FF < FF " S_VERSIONS,
        0);
    assert_string_equal(id.chip_name, "MT6735");
}

static void narrow_watchdog_is_written_by_half_words(void **state)
{
    (void)state;
    connects_as(S_SYNC_BROM "> FD < FD < 65 77 < 00 00 > D2 < D2 > C0 00 00 00 < C0 00 00 00 > 00 00 00 01 "
                            "< 00 00 00 01 < 00 00 > 22 64 < 22 64 < 00 00 " S_CONFIG(
                                "00") "> FE < FE > FF < 05 " S_VERSIONS "> FE < FE " S_ME_ID
                                      "> FE < FE " S_SOC_ID,
                0);
}

static void unknown_and_64_bit_chips_keep_their_watchdog(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(
        S_SYNC_PL "> FD < FD < EE EE < 00 00 " S_CONFIG("00") "> FE < 01 > FF < FF " S_VERSIONS, 0);
    assert_null(id.chip);
    assert_string_equal(id.chip_name, "hw 0xEEEE");
    id = connects_as(S_SYNC_PL "> FD < FD < 09 07 < 00 00 " S_CONFIG("00") "> FE < 02 > FF < FF " S_VERSIONS,
                     0);
    assert_string_equal(id.chip_name, "MT6983");
}

static void refused_watchdog_is_a_warning(void **state)
{
    (void)state;
    connects_as(S_SYNC_BROM S_HW_CODE
                "> D4 < D4 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 < 1D 02 " S_CONFIG(
                    "E7") "> FE < FE > FF < 05 " S_VERSIONS "> FE < FE " S_ME_ID "> FE < FE " S_SOC_ID,
                0);
}

static void silent_watchdog_is_an_error(void **state)
{
    (void)state;
    connect_fails(S_SYNC_PL S_HW_CODE "> D4 !timeout", MTK_E_MTK_NO_ANSWER, MTK_EV_NO_ANSWER, "WRITE32");
}

static void ids_may_be_echoed_only(void **state)
{
    (void)state;
    struct mtk_phone_id id = connects_as(
        S_SYNC_BROM S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < FE > FF < 05 " S_VERSIONS "> FE < FE " S_ME_ID
                                                        "> FE < FE > E7 < E7 !timeout !timeout",
        0);
    assert_int_equal(id.me_id_len, 16);
    assert_int_equal(id.soc_id_len, 0);
}

static void refused_id_is_no_id(void **state)
{
    (void)state;
    struct mtk_phone_id id =
        connects_as(S_SYNC_BROM S_HW_CODE S_WATCHDOG S_CONFIG(
                        "00") "> FE < FE > FF < 05 " S_VERSIONS
                              "> FE < FE > E1 < E1 < 00 00 00 10 < 00*16 < 1D 0D > FE < FE " S_SOC_ID,
                    0);
    assert_int_equal(id.me_id_len, 0);
    assert_int_equal(id.soc_id_len, 32);
}

static void id_length_may_lie(void **state)
{
    (void)state;
    struct mtk_error e =
        connect_fails(S_SYNC_BROM S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < FE > FF < 05 " S_VERSIONS
                                                                      "> FE < FE > E1 < E1 < 00 01 00 00",
                      MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "GET_ME_ID");
    assert_memory_equal(e.expected, "\0\0\0\x10", 4);
    assert_memory_equal(e.got, "\0\1\0\0", 4);
    assert_string_equal(e.stage, "brom");
}

static void out_of_step_before_an_id(void **state)
{
    (void)state;
    connect_fails(S_SYNC_PL S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < 03 > FF < FF " S_VERSIONS "> FE < 02",
                  MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "GET_BL_VER");
}

static void refusals_name_their_row(void **state)
{
    (void)state;
    struct mtk_error e =
        connect_fails(S_SYNC_PL "> FD < FD < 07 66 < 1D 0D", MTK_E_STATUS_BROM_GET_BBCHIP_HW_VER_FAIL,
                      MTK_EV_REFUSED, "GET_HW_CODE");
    assert_int_equal(e.device_status, 0x1D0D);
    e = connect_fails(S_SYNC_PL S_HW_CODE S_WATCHDOG "> D8 < D8 < 00 00 00 00 < 01 00",
                      MTK_E_S_SECURITY_GET_SEC_CONFIG_FAIL, MTK_EV_REFUSED, "GET_TARGET_CONFIG");
    assert_int_equal(e.device_status, 0x0100);
    connect_fails(S_SYNC_PL S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < 03 > FF < FF "
                                                                "> FC < FC < 8A 00 < CA 00 < 00 00 < 01 00",
                  MTK_E_STATUS_BROM_GET_BBCHIP_HW_VER_FAIL, MTK_EV_REFUSED, "GET_HW_SW_VER");
}

static void odd_versions_are_refused(void **state)
{
    (void)state;
    connect_fails(S_SYNC_PL S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < 00", MTK_E_MTK_WRONG_ANSWER,
                  MTK_EV_WRONG_ANSWER, "GET_BL_VER");
    struct mtk_error e = connect_fails(S_SYNC_PL S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < 03 > FF < 05",
                                       MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "GET_VERSION");
    assert_string_equal(e.stage, "preloader");
}

static void in_the_command_loop_already(void **state)
{
    (void)state;
    connects_as("!timeout > A0 < A0 " S_IDENTIFY_PL, MTK_USB_PID_PRELOADER);
}

static void loopback_is_no_phone(void **state)
{
    (void)state;
    connect_fails("!timeout > A0 < A0 > FD < FD !timeout", MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER,
                  "GET_HW_CODE");
}

static void a_phone_that_comes_late(void **state)
{
    (void)state;
    connects_as("!absent !absent !absent !open " S_SYNC_BROM S_IDENTIFY_BROM("00"), 0);
}

static void no_phone_at_all(void **state)
{
    (void)state;
    struct mtk_phone_id id;
    struct mtk_error e = {0};
    struct mtk_boot_options opt = {.wait_ns = 1200 * NS_PER_MS};
    struct mtk_link *l = script_link_closed("!absent !absent !absent");
    assert_int_equal(mtk_boot_connect(l, &opt, &id, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    assert_int_equal(e.waited_ns, opt.wait_ns);
    assert_string_equal(e.command, "OPEN");
    script_link_finish(l);
}

static void a_phone_that_left_is_waited_for(void **state)
{
    (void)state;
    connects_as("!timeout > A0 < 5F > 0A !gone !absent !open " S_SYNC_BROM S_IDENTIFY_BROM("00"), 0);
}

static void a_phone_that_flaps_is_given_up(void **state)
{
    (void)state;
    connect_fails(
        "!timeout !gone !open !timeout !gone !open !timeout !gone !open !timeout !gone !open !timeout !gone",
        MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, "START");
}

static bool third_time(void *ctx)
{
    return ++*(int *)ctx >= 3;
}

static void waiting_can_be_ended(void **state)
{
    (void)state;
    int asked = 0;
    struct mtk_phone_id id;
    struct mtk_error e = {0};
    struct mtk_boot_options opt = {.cancelled = third_time, .cancelled_ctx = &asked};
    struct mtk_link *l = script_link_closed("!absent !absent");
    assert_int_equal(mtk_boot_connect(l, &opt, &id, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_CANCELLED));
    script_link_finish(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_10_1),
        cmocka_unit_test(session_10_3),
        cmocka_unit_test(session_10_3_in_its_own_order),
        cmocka_unit_test(no_control_requests_without_an_identity),
        cmocka_unit_test(stalled_line_coding_is_harmless),
        cmocka_unit_test(old_preloaders_are_not_asked_for_ids),
        cmocka_unit_test(mt6735_has_its_own_watchdog),
        cmocka_unit_test(narrow_watchdog_is_written_by_half_words),
        cmocka_unit_test(unknown_and_64_bit_chips_keep_their_watchdog),
        cmocka_unit_test(refused_watchdog_is_a_warning),
        cmocka_unit_test(silent_watchdog_is_an_error),
        cmocka_unit_test(ids_may_be_echoed_only),
        cmocka_unit_test(refused_id_is_no_id),
        cmocka_unit_test(id_length_may_lie),
        cmocka_unit_test(out_of_step_before_an_id),
        cmocka_unit_test(refusals_name_their_row),
        cmocka_unit_test(odd_versions_are_refused),
        cmocka_unit_test(in_the_command_loop_already),
        cmocka_unit_test(loopback_is_no_phone),
        cmocka_unit_test(a_phone_that_comes_late),
        cmocka_unit_test(no_phone_at_all),
        cmocka_unit_test(a_phone_that_left_is_waited_for),
        cmocka_unit_test(a_phone_that_flaps_is_given_up),
        cmocka_unit_test(waiting_can_be_ended),
    };
    return cmocka_run_group_tests_name("flasher/boot identify", tests, NULL, NULL);
}
