/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy agent's link, end, registers, security, and what it does not know. da-legacy.md 5, 9. */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/legacy_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct wire w;

static void open_phone(const char *setting, const char *fault)
{
    lh_da2(&w,
           &(struct wire_setup){.chip = "mt6735", .preloader = true, .settings = {setting}, .fault = fault});
}

/* ---- link ---- */

/* From BROM the link is full speed; 70 brings it back as 0E8D:2001, and the loop has not noticed. */
static void test_usb_speed(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    lh_da2(&w, &(struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "H> 72\nD> 5A 00\nH> 60\nD> 5A\nH> 01\nD> 5A\nH> 70 01\nD> 5A\n");
    mtksim_sleep(w.phone, NS_PER_S);
    assert_int_equal(mtksim_attach(w.phone, NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, 0x2001);
    lh_play(&w, "H> 72\nD> 5A 01\nH> 73 01 12 34 56 78\nD> 5A\n");
    mtksim_sleep(w.phone, NS_PER_S);
    assert_int_equal(mtksim_attach(w.phone, NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x5678);
    assert_int_equal(id.pid, 0x1234);
    lh_alive(&w);
    wire_close(&w);
}

static void test_uart_speed(void **state)
{
    (void)state;
    open_phone("legacy_link=uart", NULL);
    lh_play(&w, "H> 72\nD> 5A 00\nH> D2 01 01\nD> 5A\nH> C0\nD> C0\nH> C0\nD> C0\nH> 5A\nD> 5A\n");
    for (unsigned i = 0; i < 256; i++) {
        lh_send_u8(&w, (uint8_t)i);
        assert_int_equal(lh_u8(&w), i);
    }
    lh_alive(&w);
    wire_close(&w);
    open_phone(NULL, NULL);
    lh_play(&w, "H> D2 01 01\n");
    lh_quiet(&w);
    lh_alive(&w);
    wire_close(&w);
}

static void test_unknown(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_play(&w, "H> 01 5A 69 96 C0 71 D1 63 FE FF 00 E8\n"); /* dropped, stray acks too */
    lh_quiet(&w);
    lh_alive(&w);
    wire_close(&w);
    open_phone("legacy_unknown=bb", NULL);
    lh_play(&w, "H> 01\nD> BB\n");
    lh_alive(&w);
    wire_close(&w);
}

static void test_after_error(void **state)
{
    (void)state;
    open_phone("after_error=dead", NULL);
    lh_play(&w, "H> 60\nD> 5A\nH> 05\nD> A5 00 00 0B E0\nH> 72\n");
    lh_quiet(&w);
    wire_close(&w);
    open_phone("after_error=drop", NULL);
    lh_play(&w, "H> 60\nD> 5A\nH> 05\nD> A5 00 00 0B E0\n");
    mtksim_sleep(w.phone, NS_PER_S);
    assert_int_equal(mtksim_identity(w.phone, NULL), MTKSIM_GONE);
    wire_close(&w);
    open_phone("after_error=wdt-reset", NULL);
    lh_play(&w, "H> 60\nD> 5A\nH> 05\nD> A5 00 00 0B E0\n");
    mtksim_sleep(w.phone, 10 * NS_PER_S);
    assert_string_not_equal(mtksim_stage(w.phone), "da2");
    wire_close(&w);
}

/* ---- end ---- */

static void test_finish(void **state)
{
    (void)state;
    static const struct {
        const char *play;
        bool stays;
        const char *stage;
    } rows[] = {
        {"H> D9\nD> 5A\nH> 00 00 00 00\nD> 5A\n", false, "off"},
        {"H> D9\nD> 5A\nH> 00 00 00 01\nD> 5A\n", false, NULL},
        {"H> D9\nD> 5A\nH> 00 00 00 02\nD> 5A\n", true, "da2"},
        {"H> D9\nD> 5A\nH> 00 00 00 03\nD> 5A\n", true, "da2"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        open_phone(NULL, NULL);
        lh_play(&w, rows[i].play);
        mtksim_sleep(w.phone, NS_PER_S);
        assert_int_equal(mtksim_identity(w.phone, NULL), rows[i].stays ? 0 : MTKSIM_GONE);
        if (rows[i].stage)
            assert_string_equal(mtksim_stage(w.phone), rows[i].stage);
        if (rows[i].stays)
            lh_play(&w, "H> 72\nD> 5A 01\n");
        wire_close(&w);
    }
}

static void test_watchdog(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_play(&w, "H> DB 00 40 00 00 00 00\nD> 5A\n"); /* 64 ticks: 1 s */
    mtksim_sleep(w.phone, 900 * NS_PER_MS);
    assert_string_equal(mtksim_stage(w.phone), "da2");
    mtksim_sleep(w.phone, 300 * NS_PER_MS);
    assert_string_not_equal(mtksim_stage(w.phone), "da2");
    wire_close(&w);
    open_phone(NULL, NULL);
    lh_play(&w, "H> DB 00*6\nD> 5A\n");
    mtksim_sleep(w.phone, 100 * NS_PER_MS);
    assert_string_not_equal(mtksim_stage(w.phone), "da2");
    wire_close(&w);
}

/* ---- registers and small questions ---- */

static void test_registers(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_play(&w, "H> 7A 08 00 00 00\nD> 00 00 03 21 5A\nH> 7A 08 00 00 04\nD> 00 00 8A 00 5A\n");
    lh_play(&w, "H> D8 08 00 00 00\nD> 03 21 5A\nH> 7C 00 10\nD> ??*2 5A\nH> 7E 10\nD> ?? 5A\n");
    lh_play(&w, "H> 7B 10 00 00 00 00 00 00 01\nD> 5A\nH> D7 10 00 00 00 00 01\nD> 5A\n");
    lh_play(&w, "H> 7D 00 10 00 01\nD> 5A\nH> 7F 10 02\nD> 5A\n");
    lh_play(&w, "H> 7C 00 10\nD> 00 02 5A\nH> 7A 10 00 00 00\nD> 00 00 00 01 5A\n"); /* they keep it */
    lh_play(&w, "H> 7A 12 34 56 78\n");
    uint32_t noise = lh_u32(&w);
    lh_play(&w, "D> 5A\nH> 7A 12 34 56 78\n");
    assert_int_equal(lh_u32(&w), noise);
    lh_play(&w, "D> 5A\nH> 7B 10 21 20 14 00 00 12 09\nD> 5A\n"); /* MT6735: RGU_SWRST */
    mtksim_sleep(w.phone, 100 * NS_PER_MS);
    wire_close(&w);
}

static void test_questions(void **state)
{
    (void)state;
    open_phone("battery_mv=3987", NULL);
    lh_play(&w,
            "H> D0\nD> 00 00 00 00 00 00 0F 93\nH> A6\nD> A5 00 00 0C 68\nH> EF\nD> 6D 74 36 37 33 35 00\n");
    lh_play(&w, "H> 99\nD> 00 00 0C 63\nH> 9A\nD> 00 00 0C 63 00*4\nH> 9B 00*16\nD> 00 00 0C 63\n");
    lh_play(&w, "H> 9C 00*16\nD> 00 00 0C 63\nH> 9D 00*8\nD> 00 00 0C 63\nH> 9E 00*8\nD> 00 00 0C 63\n");
    lh_play(&w, "H> E0 00 00 00 00\nD> 5A\nH> E0 00 00 00 04 01 02 03 04\nD> 5A\n");
    lh_play(&w, "H> BF\nD> 5A 00 00 00 01\n");
    lh_alive(&w);
    wire_close(&w);
}

/* ---- security ---- */

#define CHECK "H> B9\nD> 5A\nH> 00 00 00 04 62 6F 6F 74 00 00 00 01 "

static void test_open_phone(void **state)
{
    (void)state;
    open_phone(NULL, NULL);
    lh_play(&w, "H> B4 00 00 00 00\nD> 00 00 17 99\n");
    lh_play(&w, CHECK "00*4 00*4 00*4 00*4\nD> 00 00 00 00\n");
    lh_alive(&w);
    wire_close(&w);
}

static void test_fused_phone(void **state)
{
    (void)state;
    lh_da2(&w, &(struct wire_setup){
                   .chip = "mt6735", .security = "sbc", .settings = {"accept_any_credential=on"}});
    lh_play(&w, "H> B4 00 00 00 00\nD> 00 00 17 9A ??*256 00 00 01 00 01 6D 74 36 37 33 35 00\n");
    lh_play(&w, CHECK "00*4 00*4 00*4 00*4\nD> 00 00 00 00\n");
    wire_close(&w);
    lh_da2(&w, &(struct wire_setup){.chip = "mt6735", .security = "sbc"});
    lh_play(&w, CHECK "00*4 00*4 00*4 00*4\nD> 00 00 17 9D\n");              /* no header: 6045 */
    lh_play(&w, CHECK "00 00 00 02 01 02 00*4 00*4 00*4\nD> 00 00 17 9F\n"); /* no hash: 6047 */
    lh_play(&w, CHECK "00 00 00 02 01 02 00*4 00 00 01 00 00*256 00*4\nD> 00 00 17 9E\n"); /* 6046 */
    /* What the policy of a fused phone protects is not written, nor erased. */
    lh_play(&w, "H> 62 01 01 00*8 00*6 02 00 00 10 00 00\nD> A5 00 00 17 7A\n");
    lh_play(&w, "H> 61 03 01 00*8 00*6 02 00 08 03\nD> 00 10 00 00 A5 00 00 17 7A\n");
    lh_play(&w, "H> 60\nD> 5A\nH> 01\nD> 5A\nH> D4 02 00 00 00 00*8 00*6 02 00\nD> A5 00 00 17 7C\n");
    lh_alive(&w);
    assert_int_equal(mtksim_flash_changes(w.phone), 0);
    wire_close(&w);
}

/* ---- section 9: what no healthy phone does ---- */

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *play;
    } rows[] = {
        {"status:da2,name=SDMMC_SWITCH_PART,value=0xC52", "H> 60\nD> A5 00 00 0C 52\n"},
        {"status:da2,name=READ,value=0x177B", "H> D6 0C 02 00*8 00*6 02 00\nD> A5 00 00 17 7B\n"},
        {"status:da2,name=SDMMC_READ_PMT,value=0x40D", "H> A5\nD> A5 00 00 04 0D\n"},
        {"status:da2,name=FORMAT,value=0x177C", "H> D4 02 00 00 00 00*8 00*6 02 00\nD> A5 00 00 17 7C\n"},
        {"status:da2,name=USB_CHECK_STATUS,value=0xA5", "H> 72\nD> A5\n"},
        {"inject:command,name=USB_CHECK_STATUS,bytes=C0C0", "H> 72\nD> C0 C0 5A 01\n"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        open_phone(NULL, rows[i].fault);
        wire_gpt(&w, (const char *const[]){"a"}, 1);
        lh_play(&w, rows[i].play);
        lh_alive(&w);
        wire_close(&w);
    }
    open_phone(NULL, "silence:command,name=FINISH");
    lh_play(&w, "H> D9\n");
    lh_quiet(&w);
    wire_close(&w);
    open_phone(NULL, "drop:command,name=USB_CHECK_STATUS,back=500"); /* after that it answers 72 */
    lh_send_u8(&w, 0x72);
    mtksim_sleep(w.phone, 2 * NS_PER_S);
    assert_int_equal(mtksim_attach(w.phone, NS_PER_S, NULL), 0);
    lh_play(&w, "H> 72\nD> 5A 01\n");
    wire_close(&w);
}

static void test_start_faults(void **state)
{
    (void)state;
    lh_jump(&w, &(struct wire_setup){.chip = "mt6735", .fault = "silence:da1,name=START"});
    lh_quiet(&w);
    wire_close(&w);
    lh_jump(&w, &(struct wire_setup){.chip = "mt6735", .fault = "inject:status,name=START,bytes=414243"});
    lh_play(&w, "D> 41 42 43 C0 00 00 0B C4\n");
    wire_close(&w);
    lh_jump(&w, &(struct wire_setup){.chip = "mt6735", .fault = "status:da1,name=START,value=0x3F"});
    lh_play(&w, "D> 3F 00 00 0B C4\n");
    wire_close(&w);
    lh_jump(&w, &(struct wire_setup){.chip = "mt6735", .settings = {"anti_rollback=on"}});
    lh_quiet(&w);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usb_speed),  cmocka_unit_test(test_uart_speed),
        cmocka_unit_test(test_unknown),    cmocka_unit_test(test_after_error),
        cmocka_unit_test(test_finish),     cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_registers),  cmocka_unit_test(test_questions),
        cmocka_unit_test(test_open_phone), cmocka_unit_test(test_fused_phone),
        cmocka_unit_test(test_faults),     cmocka_unit_test(test_start_faults),
    };
    return cmocka_run_group_tests_name("agents/legacy-ctrl", tests, NULL, NULL);
}
