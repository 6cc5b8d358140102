/* SPDX-License-Identifier: Apache-2.0 */
/* BROM's dialogue with fuses blown, byte by byte: brom-preloader.md 6.2 to 6.4, 10.3, 10.4. Real keys: test_security_brom.c. */
#include "host.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})
#define SECURE   "sbc,sla,daa,mread,mwrite,c8"
#define DA(sig) \
    "H> D7 D> D7 H> 00 20 00 00 D> 00 20 00 00 H> 00 00 00 08 D> 00 00 00 08 H> " sig " D> " sig " "
#define PAYLOAD      "H> 01 02 03 04 05 06 07 08 D> 08 00 "
#define AUTH         "H> E2 D> E2 H> 00 00 00 04 D> 00 00 00 04 00 00 H> DE AD BE EF D> 42 60 "
#define CHALLENGE    "H> E3 D> E3 00 00 00 00 00 10 R> 16 "
#define RESPONSE_LEN "H> 00 00 01 00 D> 00 00 01 00 00 00"

static const char *const lenient[] = {"accept_any_credential=on", "foreign_agent=on", NULL};

static void send_response(struct mtksim *p)
{
    uint8_t response[256] = {0};
    assert_int_equal(mtksim_write(p, response, sizeof response, HOST_BYTE_NS), (ssize_t)sizeof response);
}

/* 10.3 as it stands. */
static void full_session(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = SECURE, .settings = lenient));
    host_talk(p, "H> FD D> FD 07 66 00 00");
    host_talk(p, "H> D4 D> D4 H> 10 00 70 00 D> 10 00 70 00 H> 00 00 00 01 D> 00 00 00 01 00 00"
                 "H> 22 00 00 64 D> 22 00 00 64 00 00");
    host_talk(p, "H> FE D> FE H> D8 D> D8 00 00 00 E7 00 00 H> FF D> 05");
    host_talk(p, "H> E1 D> E1 00 00 00 10 R> 16 D> 00 00");
    host_talk(p, AUTH "D> 00 00");
    host_talk(p, CHALLENGE RESPONSE_LEN);
    send_response(p);
    host_talk(p, "D> 00 00");
    host_talk(p, DA("00 00 00 02") "D> 00 00 " PAYLOAD "D> 00 00");
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00 C0");
    mtksim_free(p);
}

static void refusals(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "sbc,sla,daa"));
    host_talk(p, DA("00 00 00 02") "D> 1D 0D"); /* no SLA */
    host_talk(p, "H> E3 D> E3 70 17");          /* SLA before the auth file */
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "daa"));
    host_talk(p, DA("00 00 00 02") "D> 70 17"); /* no auth file */
    mtksim_free(p);
    p = host_in_brom(CFG(.security = ""));
    host_talk(p, "H> E2 D> E2 H> 00 00 08 E0 D> 00 00 08 E0 1D 0C"); /* auth not needed */
    host_talk(p, "H> E3 D> E3 70 17");
    host_talk(p, DA("00 00 00 00") "D> 00 00 " PAYLOAD "D> 00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "daa", .settings = lenient));
    host_talk(p, AUTH "D> 00 00");
    host_talk(p, DA("00 00 00 00") "D> 1D 15");                      /* no signature with DAA */
    host_talk(p, "H> E2 D> E2 H> 00 00 00 04 D> 00 00 00 04 1D 0C"); /* once is enough */
    mtksim_free(p);
}

static void no_endless_files(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "daa"));
    host_talk(p, "H> E2 D> E2 H> FF FF FF FF D> FF FF FF FF 70 04"); /* no buffer of that size is made */
    host_talk(p, "H> E2 D> E2 H> 00 00 00 00 D> 00 00 00 00 70 04");
    host_talk(p, "H> E0 D> E0 H> 00 01 00 01 D> 00 01 00 01 70 04");
    host_talk(p, "H> FD D> FD 07 66 00 00");
    mtksim_free(p);
    p = host_in_brom(CFG(.security = "sla", .settings = lenient));
    host_talk(p, CHALLENGE "H> 00 10 10 00 D> 00 10 10 00 70 04");
    host_talk(p, CHALLENGE "H> 00 00 00 00 D> 00 00 00 00 70 04");
    mtksim_free(p);
}

static void little_endian_length(void **state)
{
    (void)state;
    struct mtksim *p = host_in_brom(CFG(.security = "sla", .settings = lenient));
    host_talk(p, CHALLENGE "H> 00 01 00 00 D> 00 00 01 00 00 00"); /* 0x100 either way, answered big-endian */
    send_response(p);
    host_talk(p, "D> 00 00");
    mtksim_free(p);
    static const char *const strict[] = {"sla_length_order=big", "accept_any_credential=on", NULL};
    p = host_in_brom(CFG(.security = "sla", .settings = strict));
    host_talk(p, CHALLENGE "H> 00 01 00 00 D> 00 01 00 00 70 04");
    mtksim_free(p);
}

static void wide_last_status(void **state)
{
    (void)state;
    static const char *const wide[] = {"accept_any_credential=on", "sla_status_len=4", NULL};
    struct mtksim *p = host_in_brom(CFG(.security = "sla", .settings = wide));
    host_talk(p, CHALLENGE RESPONSE_LEN);
    send_response(p);
    host_talk(p, "D> 00 00 00 00 H> FD D> FD 07 66 00 00");
    mtksim_free(p);
}

/* After E3 a host may go on with the data of the refused SEND_DA, or send SEND_DA again (6.2). */
static void pending_send_da(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct mtksim *p = host_in_brom(CFG(.security = "sla", .settings = lenient));
        host_talk(p, DA("00 00 00 00") "D> 1D 0D");
        host_talk(p, CHALLENGE RESPONSE_LEN);
        send_response(p);
        host_talk(p, "D> 00 00");
        if (again)
            host_talk(p, DA("00 00 00 00") "D> 00 00");
        host_talk(p, PAYLOAD "D> 00 00");
        host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 00 00 C0");
        mtksim_free(p);
    }
}

static void signature_is_refused(void **state)
{
    (void)state;
    /* The auth file's refusal is overridden by a fault, so that the DA's own check is reached. */
    struct mtksim *p = host_in_brom(CFG(.security = "daa", .fault = "status:name=SEND_AUTH,nth=2,value=0"));
    host_talk(p, AUTH "D> 00 00");
    host_talk(p, DA("00 00 00 02") "D> 00 00 " PAYLOAD "D> 70 15");
    host_talk(p, "H> D5 D> D5 H> 00 20 00 00 D> 00 20 00 00 1D 16"); /* nothing was kept */
    assert_int_equal(mtksim_faults(p, NULL, 0), 0);
    mtksim_free(p);
}

static void challenges_differ(void **state)
{
    (void)state;
    uint8_t c[3][16];
    static const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        struct mtksim *p = host_in_brom(CFG(.security = "sla", .seed = seeds[i], .settings = lenient));
        host_talk(p, "H> E3 D> E3 00 00 00 00 00 10");
        assert_int_equal(mtksim_read(p, c[i], 16, HOST_BYTE_NS), 16);
        mtksim_free(p);
    }
    assert_memory_equal(c[0], c[1], 16);
    assert_memory_not_equal(c[0], c[2], 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_session),         cmocka_unit_test(refusals),
        cmocka_unit_test(no_endless_files),     cmocka_unit_test(little_endian_length),
        cmocka_unit_test(wide_last_status),     cmocka_unit_test(pending_send_da),
        cmocka_unit_test(signature_is_refused), cmocka_unit_test(challenges_differ),
    };
    return cmocka_run_group_tests_name("simdev/brom_auth", tests, NULL, NULL);
}
