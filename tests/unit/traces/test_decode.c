/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder on the specification's own bytes: what it says of a session, and that no input makes it lose bytes. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "tests/unit/traces/decode_check.h"

static void test_handshake(void **state)
{
    (void)state;
    check("D 52 45 41 44 59\nH A0\nH A0\nD 5F\nH 0A\nD F5\nH 50\nD AF\nH 05\nD FA\n",
          "D |READY\nH |start byte A0, not answered\n" SYNC_TEXT);
    check("H A0\nD 5F\nH 0B\nD 0C\n" SYNC,
          "H |start byte A0, answered 5F\nH |start byte 0B, answered 0C, out of step\n" SYNC_TEXT);
}

static void test_commands(void **state)
{
    (void)state;
    check(SYNC "H FD\nD FD\nD 07 66\nD 00 00\nH FE\nD 03\n",
          SYNC_TEXT "H GET_HW_CODE|opcode FD\nD GET_HW_CODE|hw_code 0x0766\nD GET_HW_CODE|status 0x0000 ok\n"
                    "H GET_BL_VER|opcode FE\nD GET_BL_VER|version 3\n");
    check(SYNC "H FE\nD FE\nH D8\nD D8\nD 00 00 00 E7\nD 00 00\n", SYNC_TEXT
          "H GET_BL_VER|opcode FE\nD GET_BL_VER|FE: this is the boot ROM\nH GET_TARGET_CONFIG|opcode D8\n"
          "D GET_TARGET_CONFIG|target_config 0x000000E7\nD GET_TARGET_CONFIG|status 0x0000 ok\n");
}

/* A refused register read is one status word; the next command must be understood. */
static void test_refusal(void **state)
{
    (void)state;
    check(SYNC "H D1\nD D1\nH 40 00 00 00\nD 40 00 00 00\nH 00 00 00 01\nD 00 00 00 01\nD 10 00\n"
               "H D4\nD D4\nH 10 00 70 00\nD 10 00 70 00\nH 00 00 00 01\nD 00 00 00 01\nD 00 00\n"
               "H 22 00 00 64\nD 22 00 00 64\nD 00 00\n",
          SYNC_TEXT "H READ32|opcode D1\nH READ32|address 0x40000000\nH READ32|count 0x1\n"
                    "D READ32|status 0x1000 READ_REGION_CHK_FAIL\n"
                    "H WRITE32|opcode D4\nH WRITE32|address 0x10007000\nH WRITE32|count 0x1\n"
                    "D WRITE32|status 0x0000 ok\nH WRITE32|value 0x22000064\nD WRITE32|status 0x0000 ok\n");
}

#define JUMP "H D5\nD D5\nH 00 20 00 00\nD 00 20 00 00\nD 00 00\nD C0\n"
#define JUMP_TEXT \
    "H JUMP_DA|opcode D5\nH JUMP_DA|address 0x200000\nD JUMP_DA|status 0x0000 ok\nD |C0: the agent is up\n"

static void test_send_da_and_agent(void **state)
{
    (void)state;
    check(SYNC "H D7\nD D7\nH 00 20 00 00\nD 00 20 00 00\nH 00 00 00 08\nD 00 00 00 08\nH 00 00 00 00\nD 00 "
               "00 00 00\n"
               "D 00 00\nH 01 02 03 04\nH 05 06 07 08\nD 08 00\nD 00 00\n" JUMP
               "H EF EE EE FE 01 00 00 00 04 00 00 00\nH 09 00 01 00\n"
               "D EF EE EE FE 01 00 00 00 04 00 00 00\nD 00 00 00 00\n"
               "H EF EE EE FE 01 00 00 00 04 00 00 00\nH 0A 00 04 00\n"
               "D EF EE EE FE 01 00 00 00 04 00 00 00\nD 00 00 00 00\n"
               "D EF EE EE FE 01 00 00 00 04 00 00 00\nD 62 72 6F 6D\n"
               "D EF EE EE FE 01 00 00 00 04 00 00 00\nD 30 00 04 C0\n",
          SYNC_TEXT "H SEND_DA|opcode D7\nH SEND_DA|address 0x200000\nH SEND_DA|length 0x8\n"
                    "H SEND_DA|signature length 0x0\nD SEND_DA|status 0x0000 ok\n"
                    "H SEND_DA|payload, 8 bytes: 0102030405060708\nD SEND_DA|checksum 0x0800\n"
                    "D SEND_DA|status 0x0000 ok\n" JUMP_TEXT
                    "H DEVICE_CTRL|command 0x010009\nD DEVICE_CTRL|status 0x00000000 ok\n"
                    "H GET_CONNECTION_AGENT|control code 0x04000A\n"
                    "D GET_CONNECTION_AGENT|status 0x00000000 ok\nD GET_CONNECTION_AGENT|\"brom\"\n"
                    "D GET_CONNECTION_AGENT|status 0xC0040030 STATUS_MMC_ERR\n");
}

static void test_flash_operation(void **state)
{
    (void)state;
    check(SYNC JUMP
          "H EF EE EE FE 01 00 00 00 04 00 00 00\nH 05 00 01 00\n"
          "H EF EE EE FE 01 00 00 00 38 00 00 00\n"
          "H 01 00 00 00 08 00 00 00 00 00 10 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
          "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n",
          SYNC_TEXT JUMP_TEXT "H READ_DATA|command 0x010005\n"
                              "H READ_DATA|storage 0x1, section 8, address 0x100000, length 0x200\n");
}

/* Commands of boot ROMs, and of preloaders, which echo what they do not know (section 4.2). */
static void test_rare_commands(void **state)
{
    (void)state;
#define ROM SYNC "H FE\nD FE\n"
    check_behind(ROM,
                 "H A2\nD A2\nH 08 00 00 00\nD 08 00 00 00\nH 00 00 00 02\nD 00 00 00 02\nD 65 80 8A 00\n",
                 "H LEGACY_READ16|opcode A2\nH LEGACY_READ16|address 0x8000000\nH LEGACY_READ16|count 0x2\n"
                 "D LEGACY_READ16|data, 4 bytes: 65808a00\n");
    /* no status words on old ROMs, both of them on preloaders (4.6) */
    check_behind(
        ROM,
        "H A1\nD A1\nH 10 00 70 00\nD 10 00 70 00\nH 00 00 00 01\nD 00 00 00 01\nH 22 00\nD 22 00\n"
        "H FD\nD FD\nD 07 66\nD 00 00\n",
        "H LEGACY_WRITE16|opcode A1\nH LEGACY_WRITE16|address 0x10007000\nH LEGACY_WRITE16|count 0x1\n"
        "H LEGACY_WRITE16|value 0x2200\nH GET_HW_CODE|opcode FD\nD GET_HW_CODE|hw_code 0x0766\n"
        "D GET_HW_CODE|status 0x0000 ok\n");
    check_behind(
        SYNC "H FE\nD 03\n",
        "H A1\nD A1\nH 10 00 70 00\nD 10 00 70 00\nH 00 00 00 01\nD 00 00 00 01\nD 00 00\nH 22 00\n"
        "D 22 00\nD 00 00\n",
        "H LEGACY_WRITE16|opcode A1\nH LEGACY_WRITE16|address 0x10007000\nH LEGACY_WRITE16|count 0x1\n"
        "D LEGACY_WRITE16|status 0x0000 ok\nH LEGACY_WRITE16|value 0x2200\n"
        "D LEGACY_WRITE16|status 0x0000 ok\n");
    check_behind(
        ROM,
        "H D3\nD D3\nH 10 00 70 00\nD 10 00 70 00\nH 00 00 00 02\nD 00 00 00 02\nD 00 00\nH 22 00 00 64\n"
        "D 00 00\n",
        "H WRITE16_NO_ECHO|opcode D3\nH WRITE16_NO_ECHO|address 0x10007000\nH WRITE16_NO_ECHO|count 0x2\n"
        "D WRITE16_NO_ECHO|status 0x0000 ok\nH WRITE16_NO_ECHO|values, 4 bytes: 22000064\n"
        "D WRITE16_NO_ECHO|status 0x0000 ok\n");
    check_behind(ROM, "H C8\nD C8\nH B1\nD B1\nD 00\nD 1D 1A\n",
                 "H CACHE_CTRL|opcode C8\nH CACHE_CTRL|sub-opcode 0xB1\nD CACHE_CTRL|value 0x00\n"
                 "D CACHE_CTRL|status 0x1D1A REGISTER_ACCESS_REFUSED\n");
}

static void test_prepare_environment(void **state)
{
    (void)state;
#define EPP                                                                                                  \
    "H D9\nD D9\nH 00 20 00 00\nD 00 20 00 00\nH 00 00 00 02\nD 00 00 00 02\nH 04 00 A0 00\nD 04 00 A0 00\n" \
    "H 00 00 10 00\nD 00 00 10 00\nD 00 00\nH 12 34\nD 34 12\nD 00 00\nD 00 00 00 00\n"
#define EPP_TEXT                                                                                         \
    "H SEND_ENV_PREPARE|opcode D9\nH SEND_ENV_PREPARE|address 0x200000\nH SEND_ENV_PREPARE|length 0x2\n" \
    "H SEND_ENV_PREPARE|parameter address 0x400A000\nH SEND_ENV_PREPARE|parameter length 0x1000\n"       \
    "D SEND_ENV_PREPARE|status 0x0000 ok\nH SEND_ENV_PREPARE|program, 2 bytes: 1234\n"                   \
    "D SEND_ENV_PREPARE|checksum 0x3412\nD SEND_ENV_PREPARE|status 0x0000 ok\n"                          \
    "D SEND_ENV_PREPARE|result 0x00000000\n"
    /* the last status is not sent by all (4.13) */
    check_behind(ROM, EPP "H FE\nD FE\n",
                 EPP_TEXT "H GET_BL_VER|opcode FE\nD GET_BL_VER|FE: this is the boot ROM\n");
    check_behind(ROM, EPP "D 00 00\nH FE\nD FE\n",
                 EPP_TEXT "D SEND_ENV_PREPARE|status 0x0000 ok\nH GET_BL_VER|opcode FE\n"
                          "D GET_BL_VER|FE: this is the boot ROM\n");
    /* a preloader only echoes it */
    check_behind(SYNC "H FE\nD 02\n", "H D9\nD D9\nH FE\nD 02\n",
                 "H SEND_ENV_PREPARE|opcode D9\nH GET_BL_VER|opcode FE\nD GET_BL_VER|version 2\n");
}

static void test_register_access(void **state)
{
    (void)state;
#define DA_HEAD(mode)                                                                                     \
    "H DA\nD DA\nH 00 00 00 " mode "\nD 00 00 00 " mode "\nH 00 10 00 00\nD 00 10 00 00\nH 00 00 00 04\n" \
    "D 00 00 00 04\n"
#define DA_TEXT(mode)                                             \
    "H REGISTER_ACCESS|opcode DA\nH REGISTER_ACCESS|mode 0x" mode \
    "\nH REGISTER_ACCESS|address 0x100000\nH REGISTER_ACCESS|length 0x4\n"
    check_behind(ROM, DA_HEAD("00") "D 1D 1A\n",
                 DA_TEXT("0") "D REGISTER_ACCESS|status 0x1D1A REGISTER_ACCESS_REFUSED\n");
    check_behind(
        ROM, DA_HEAD("00") "D 00 00\nD 01 02 03 04\nD 00 00\n",
        DA_TEXT("0") "D REGISTER_ACCESS|status 0x0000 ok\nD REGISTER_ACCESS|data, 4 bytes: 01020304\n"
                     "D REGISTER_ACCESS|status 0x0000 ok\n");
    check_behind(
        ROM, DA_HEAD("01") "D 00 00\nH 01 02 03 04\nD 00 00\n",
        DA_TEXT("1") "D REGISTER_ACCESS|status 0x0000 ok\nH REGISTER_ACCESS|data, 4 bytes: 01020304\n"
                     "D REGISTER_ACCESS|status 0x0000 ok\n");
}

/* An old ROM echoes GET_SOC_ID and does no more: the host gives up, and its next opcode is understood. */
static void test_unserved(void **state)
{
    (void)state;
    check_behind(ROM, "H E7\nD E7\nH FD\nD FD\nD 03 21\nD 00 00\n",
                 "H GET_SOC_ID|opcode E7\nD GET_SOC_ID|no answer\nH GET_HW_CODE|opcode FD\n"
                 "D GET_HW_CODE|hw_code 0x0321\nD GET_HW_CODE|status 0x0000 ok\n");
}

/* JUMP_DA64 of an AArch32 agent has one status and no magic; what follows is the agent's. */
static void test_jump_64(void **state)
{
    (void)state;
    check(SYNC "H DE\nD DE\nH 00 20 00 00\nD 00 20 00 00\nH 00\nD 00\nD 00 00\nD C0\n",
          SYNC_TEXT "H JUMP_DA64|opcode DE\nH JUMP_DA64|address 0x200000\nH JUMP_DA64|aarch64 0x0\n"
                    "D JUMP_DA64|status 0x0000 ok\nD |C0: the agent is up\n");
    check(SYNC "H DE\nD DE\nH 00 20 00 00\nD 00 20 00 00\nH 01\nD 01\nD 00 00\nH 64\nD 64\nD 00 00\nD C0\n",
          SYNC_TEXT "H JUMP_DA64|opcode DE\nH JUMP_DA64|address 0x200000\nH JUMP_DA64|aarch64 0x1\n"
                    "D JUMP_DA64|status 0x0000 ok\nH JUMP_DA64|magic 0x64\nD JUMP_DA64|status 0x0000 ok\n"
                    "D |C0: the agent is up\n");
}

/* The first of a legacy agent, and of an XML one. */
#define LEGACY "D 00 00 0B C4 00 00\n"
#define XML    "D EF EE EE FE 01 00 00 00 03 00 00 00\nD 4F 4B 00\n"

static void count(void *ctx, const struct decode_message *m)
{
    unsigned *n = ctx;
    (void)m;
    ++*n;
}

/* A recording that claims gigabytes which it does not have costs one message, not one a byte, in every stage. */
static void test_lost_bytes(void **state)
{
    (void)state;
    static const char *const before[] = {
        "", SYNC, SYNC JUMP, SYNC SEND_JUMP, SYNC JUMP LEGACY, SYNC SEND_JUMP XML};
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        unsigned n = 0, behind;
        struct decoder *d = decoder_new(count, &n);
        assert_non_null(d);
        feed(d, before[i]);
        behind = n;
        assert_int_equal(decoder_bulk(d, 99, 99, true, NULL, 0, UINT32_MAX), 0);
        assert_int_equal(decoder_bulk(d, 99, 99, false, NULL, 0, UINT32_MAX), 0);
        assert_int_equal(n - behind, 2);
        decoder_free(d);
    }
}

/* Whatever comes, every byte is accounted for in some message and nothing is read out of bounds. */
static void test_noise(void **state)
{
    (void)state;
    static const char *const starts[] = {SYNC, SYNC JUMP, SYNC SEND_JUMP, SYNC JUMP LEGACY,
                                         SYNC SEND_JUMP XML};
    struct prng p = prng_init(3);
    for (int round = 0; round < 300; round++) {
        struct log l = {.text = ""};
        struct decoder *d = decoder_new(log_keep, &l);
        assert_non_null(d);
        feed(d, starts[round % (sizeof(starts) / sizeof(starts[0]))]);
        for (int i = 0; i < 20; i++) {
            uint8_t b[64];
            size_t n = (size_t)prng_below(&p, sizeof(b));
            prng_bytes(&p, b, sizeof(b));
            if (prng_below(&p, 2))
                memcpy(b, "\xEF\xEE\xEE\xFE\x01\x00\x00\x00\x08\x00\x00\x00", 12);
            assert_int_equal(decoder_bulk(d, i, (uint64_t)i, prng_below(&p, 2) == 1, b, n / 2, n), 0);
        }
        decoder_reenumerated(d, 99, 99, 2);
        decoder_control(d, 99, 99, (const uint8_t *)"\x21\x20\0\0\0\0\x07\0", 0,
                        (const uint8_t *)"\0\x10\x0E\0", 4);
        decoder_free(d);
        l.text[0] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),       cmocka_unit_test(test_commands),
        cmocka_unit_test(test_refusal),         cmocka_unit_test(test_send_da_and_agent),
        cmocka_unit_test(test_flash_operation), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_rare_commands),   cmocka_unit_test(test_prepare_environment),
        cmocka_unit_test(test_register_access), cmocka_unit_test(test_unserved),
        cmocka_unit_test(test_jump_64),         cmocka_unit_test(test_lost_bytes),
    };
    return cmocka_run_group_tests_name("traces/decode", tests, NULL, NULL);
}
