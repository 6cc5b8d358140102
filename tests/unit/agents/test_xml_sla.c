/* SPDX-License-Identifier: Apache-2.0 */
/* DA SLA of an XML agent: what a locked one knows, the dialogue, wrong answers. da-xml.md section 7. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/rsa.h"
#include "tests/unit/agents/xml_host.h"

#define KEY_SEED   77
#define OTHER_SEED 78
#define LOCKED     "Server is not authenticated. Locked."

static const struct wire_setup locked = {.settings = {"da_sla=on"}};
static const struct wire_setup locked_dead = {.settings = {"da_sla=on", "xml_after_err=dead"}};

static void to_da2(struct xml_host *h, const struct wire_setup *setup)
{
    xh_open(h, setup, KEY_SEED);
    wire_jump(&h->w, 0x200000);
    xh_to_da2(h, "NONE", "LINUX");
}

/* The challenge of SECURITY-GET-DEV-FW-INFO. */
static void challenge(struct xml_host *h, uint8_t rnd[16])
{
    xh_must(h, "1.0", "SECURITY-GET-DEV-FW-INFO", "<arg><target_file>info</target_file></arg>");
    struct xh_file *f = xh_file(h, "info");
    static const char head[] = XH_HEAD "<sla version=\"1.0\"><rnd>";
    const char *text = (char *)f->data;
    assert_int_equal(f->len, strlen(text) + 1);
    assert_int_equal(strlen(text), strlen(head) + 32 + strlen("</rnd><hrid>") + 32 +
                                       strlen("</hrid><socid>") + 64 + strlen("</socid></sla>"));
    assert_int_equal(strncmp(text, head, strlen(head)), 0);
    for (size_t i = 0; i < 16; i++) {
        char pair[3] = {text[strlen(head) + 2 * i], text[strlen(head) + 2 * i + 1], 0};
        rnd[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    assert_memory_equal(rnd, rnd + 4, 12); /* one word four times */
}

static bool answer(struct xml_host *h, const uint8_t rnd[16], uint64_t seed)
{
    uint8_t sig[RSA_2048_LEN];
    struct rsa_key *key = rsa_key_from_seed(seed);
    assert_non_null(key);
    assert_int_equal(rsa_oaep_private(key, rnd, 16, 1, sig), 0);
    rsa_key_free(key);
    xh_add_file(h, "policy", sig, sizeof(sig));
    return xh_run(h, "1.0", "SECURITY-SET-FLASH-POLICY", "<arg><source_file>policy</source_file></arg>");
}

/* X6: five commands, and not even REBOOT. */
static void test_locked_set(void **state)
{
    (void)state;
    static const char *const known[] = {"NOTIFY-INIT-HW", "SECURITY-SET-ALLINONE-SIGNATURE",
                                        "GET-SYS-PROPERTY", "SECURITY-GET-DEV-FW-INFO",
                                        "SECURITY-SET-FLASH-POLICY"};
    static const char *const unknown[] = {"REBOOT",     "READ-PARTITION-TABLE", "GET-HW-INFO",
                                          "READ-FLASH", "WRITE-FLASH",          "SET-HOST-INFO"};
    struct xml_host h;
    to_da2(&h, &locked);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        xh_run(&h, "1.0", known[i], "");
        assert_string_equal(h.token, "OK");
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        xh_run(&h, "1.0", unknown[i], "<arg><action>IMMEDIATE</action></arg>");
        assert_string_equal(h.token, "ERR!UNSUPPORTED");
        assert_string_equal(h.result, "ERR!UNSUPPORTED");
    }
    xh_close(&h);
}

static void test_unlock(void **state)
{
    (void)state;
    uint8_t rnd[16];
    struct xml_host h;
    to_da2(&h, &locked);
    challenge(&h, rnd);
    h.trace[0] = 0;
    assert_true(answer(&h, rnd, KEY_SEED));
    assert_string_equal(h.trace, "DOWNLOAD SEC-POLICY policy\n");
    xh_must(&h, "1.0", "READ-PARTITION-TABLE", "<arg><target_file>t</target_file></arg>");
    xh_must(&h, "1.0", "GET-SYS-PROPERTY", "<arg><key>DA.SLA</key><target_file>p</target_file></arg>");
    assert_non_null(strstr((char *)xh_file(&h, "p")->data, ">ENABLED<"));
    xh_close(&h);
}

/* X7, where the loop survives: another key, an old challenge, bytes that mean nothing; then the right answer. */
static void test_wrong_answers(void **state)
{
    (void)state;
    uint8_t rnd[16], old[16], zero[256] = {0};
    struct xml_host h;
    to_da2(&h, &locked);
    challenge(&h, old);
    challenge(&h, rnd);
    assert_memory_not_equal(old, rnd, 16);
    xh_add_file(&h, "policy", zero, sizeof(zero)); /* MC's dummy */
    assert_false(
        xh_run(&h, "1.0", "SECURITY-SET-FLASH-POLICY", "<arg><source_file>policy</source_file></arg>"));
    assert_string_equal(h.message, LOCKED);
    xh_add_file(&h, "policy", zero, 0);
    assert_false(
        xh_run(&h, "1.0", "SECURITY-SET-FLASH-POLICY", "<arg><source_file>policy</source_file></arg>"));
    assert_false(answer(&h, rnd, OTHER_SEED));
    assert_string_equal(h.message, LOCKED);
    assert_false(answer(&h, old, KEY_SEED));
    assert_string_equal(h.message, LOCKED);
    xh_run(&h, "1.0", "READ-PARTITION-TABLE", "<arg><target_file>t</target_file></arg>");
    assert_string_equal(h.token, "ERR!UNSUPPORTED");
    assert_true(answer(&h, rnd, KEY_SEED));
    xh_must(&h, "1.0", "READ-PARTITION-TABLE", "<arg><target_file>t</target_file></arg>");
    xh_close(&h);
}

/* V6D: one attempt per start of the agent. */
static void test_one_attempt(void **state)
{
    (void)state;
    uint8_t rnd[16];
    struct xml_host h;
    to_da2(&h, &locked_dead);
    challenge(&h, rnd);
    assert_false(answer(&h, rnd, OTHER_SEED));
    assert_string_equal(h.message, LOCKED);
    xh_mute(&h);
    xh_close(&h);
}

/* A phone without SLA does not have the two commands. */
static void test_not_an_sla_build(void **state)
{
    (void)state;
    static const struct wire_setup open = {0};
    struct xml_host h;
    to_da2(&h, &open);
    xh_run(&h, "1.0", "SECURITY-GET-DEV-FW-INFO", "<arg><target_file>info</target_file></arg>");
    assert_string_equal(h.token, "ERR!UNSUPPORTED");
    xh_run(&h, "1.0", "SECURITY-SET-FLASH-POLICY", "<arg><source_file>policy</source_file></arg>");
    assert_string_equal(h.token, "ERR!UNSUPPORTED");
    xh_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locked_set),       cmocka_unit_test(test_unlock),
        cmocka_unit_test(test_wrong_answers),    cmocka_unit_test(test_one_attempt),
        cmocka_unit_test(test_not_an_sla_build),
    };
    return cmocka_run_group_tests_name("agents/xml-sla", tests, NULL, NULL);
}
