/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder on the specification's own bytes: what it says of a session, and that no input makes it lose bytes. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "traces/decode.h"

struct log {
    char text[8192];
    uint64_t bytes[2];
    unsigned errors;
};

static void keep(void *ctx, const struct decode_message *m)
{
    struct log *l = ctx;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof(l->text) - n, "%c %s|%s\n", m->from_host ? 'H' : 'D', m->command, m->text);
    l->bytes[m->from_host] += m->length;
    l->errors += m->is_error;
}

/* "H 01 02" or "D 03": one transfer a line. */
static void feed(struct decoder *d, const char *lines)
{
    uint64_t packet = 0;
    while (*lines) {
        uint8_t b[256];
        size_t n = 0;
        bool host = *lines++ == 'H';
        unsigned v;
        int used;
        while (*lines && *lines != '\n' && sscanf(lines, " %2x%n", &v, &used) == 1) {
            b[n++] = (uint8_t)v;
            lines += used;
        }
        lines += *lines == '\n';
        packet++;
        assert_int_equal(decoder_bulk(d, (int64_t)packet * 1000, packet, host, b, n, n), 0);
    }
}

static void check(const char *wire, const char *want)
{
    struct log l = {.text = ""};
    struct decoder *d = decoder_new(keep, &l);
    assert_non_null(d);
    feed(d, wire);
    decoder_free(d);
    assert_string_equal(l.text, want);
}

#define SYNC "H A0\nD 5F\nH 0A\nD F5\nH 50\nD AF\nH 05\nD FA\n"
#define SYNC_TEXT                                                                                   \
    "H |start byte A0, answered 5F\nH |start byte 0A, answered F5\nH |start byte 50, answered AF\n" \
    "H |start byte 05, answered FA\n"

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
    static const char *const before[] = {"", SYNC, SYNC JUMP};
    for (size_t i = 0; i < 3; i++) {
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
    struct prng p = prng_init(3);
    for (int round = 0; round < 300; round++) {
        struct log l = {.text = ""};
        struct decoder *d = decoder_new(keep, &l);
        assert_non_null(d);
        feed(d, round % 3 ? SYNC JUMP : SYNC);
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
        cmocka_unit_test(test_jump_64),         cmocka_unit_test(test_lost_bytes),
    };
    return cmocka_run_group_tests_name("traces/decode", tests, NULL, NULL);
}
