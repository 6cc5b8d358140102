/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader verifies a DA with the key that it carries itself: brom-preloader.md 6.5, 5.1, 8.7. */
#include "vendor.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

/* A phone whose preloader carries that key, in its command loop. */
static struct mtksim *phone(const char *chip, const char *security, const char *const *settings,
                            const struct rsa_key *key)
{
    struct mtksim *p = host_phone(
        CFG(.chip = chip, .security = security, .settings = settings, .boot = MTKSIM_BOOT_PRELOADER));
    vendor_put_preloader(p, key, 1);
    host_attach(p, 0x2000);
    host_preloader_sync(p);
    return p;
}

/* The wiped phone is gone at once, in BROM for five seconds, and back in the preloader (4.9, 10.2). */
static void assert_fell_into_brom(struct mtksim *p)
{
    struct mtksim_usb_id id;
    host_gone(p, 10 * NS_PER_MS);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x0003);
    host_gone(p, 6 * NS_PER_S);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x2000);
}

/* Every platform's policy, padding and statuses. */
static const struct row {
    const char *chip, *security, *refused, *no_key;
} rows[] = {
    {"mt6580", "daa", "20 01", "20 03"},   {"mt6735", "sbc,usbdl", "70 24", NULL},
    {"mt6755", "usbdl", "20 01", "20 03"}, {"mt6757", "usbdl", "20 01", "20 03"},
    {"mt6739", "usbdl", "70 24", "70 24"}, {"mt6765", "sbc,daa", "70 24", NULL},
    {"mt6768", "usbdl", "70 24", "70 24"}, {"mt6785", "usbdl", "70 24", "70 24"},
};
#define ROWS (sizeof rows / sizeof *rows)

static void signed_by_the_vendor(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t da[VENDOR_DA_LEN];
        struct mtksim *p = phone(rows[i].chip, rows[i].security, NULL, ours.root);
        vendor_da(&ours, rows[i].chip, 1, da);
        vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
        mtksim_free(p);
    }
}

static void signed_by_somebody_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t da[VENDOR_DA_LEN];
        struct mtksim *p = phone(rows[i].chip, rows[i].security, NULL, ours.root);
        vendor_da(&other, rows[i].chip, 1, da);
        vendor_send_da(p, da, sizeof da, 256, "00 00", rows[i].refused);
        assert_fell_into_brom(p);
        mtksim_free(p);
    }
}

static void damaged_or_unsigned(void **state)
{
    (void)state;
    uint8_t da[VENDOR_DA_LEN];
    vendor_da(&ours, "mt6765", 1, da);
    struct mtksim *p = phone("mt6765", "usbdl", NULL, ours.root);
    da[0x100] ^= 1;
    vendor_send_da(p, da, sizeof da, 256, "00 00", "70 24");
    mtksim_free(p);
    da[0x100] ^= 1;
    static const uint32_t sig_len[] = {0, 128, 255, 257, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof sig_len / sizeof *sig_len; i++) {
        p = phone("mt6765", "usbdl", NULL, ours.root);
        vendor_send_da(p, da, sizeof da, sig_len[i], "00 00", "70 24");
        mtksim_free(p);
    }
    p = phone("mt6765", "usbdl", NULL, ours.root);
    vendor_send_da(p, da, 100, 256, "00 00", "70 24"); /* shorter than its signature */
    mtksim_free(p);
}

/* The key counts that is in the preloader on the flash, not the fused one. */
static void another_preloader_another_key(void **state)
{
    (void)state;
    uint8_t da[VENDOR_DA_LEN];
    struct mtksim *p = phone("mt6765", "usbdl", NULL, other.root);
    vendor_da(&other, "mt6765", 1, da);
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    mtksim_free(p);
    for (size_t i = 0; i < ROWS; i++) { /* without a key nothing verifies */
        if (!rows[i].no_key)
            continue; /* SBC does not let such a preloader run */
        p = phone(rows[i].chip, rows[i].security, NULL, NULL);
        vendor_da(&ours, rows[i].chip, 1, da);
        vendor_send_da(p, da, sizeof da, 256, "00 00", rows[i].no_key);
        assert_fell_into_brom(p);
        mtksim_free(p);
    }
}

static void policies(void **state)
{
    (void)state;
    static const char *const refuse[] = {"usbdl=refuse", NULL}, *const off[] = {"usbdl=off", NULL};
    uint8_t da[VENDOR_DA_LEN];
    vendor_da(&ours, "mt6765", 1, da);
    struct mtksim *p = phone("mt6765", "", refuse, ours.root); /* takes none at all */
    vendor_send_da(p, da, sizeof da, 256, "00 00", "70 24");
    assert_fell_into_brom(p);
    mtksim_free(p);
    p = phone("mt6765", "daa", off, ours.root); /* the policy is not the fuse */
    host_talk(p, "H> D8 D> D8 00 00 00 04 00 00");
    da[0] ^= 1;
    vendor_send_da(p, da, sizeof da, 0, "00 00", "00 00");
    mtksim_free(p);
    p = phone("mt6735", "usbdl", NULL, ours.root); /* wants secure boot as well */
    vendor_send_da(p, da, sizeof da, 0, "00 00", "00 00");
    mtksim_free(p);
    p = phone("mt6580", "usbdl", NULL, ours.root); /* looks at DAA only */
    vendor_send_da(p, da, sizeof da, 0, "00 00", "00 00");
    mtksim_free(p);
    p = phone("mt6765", "sbc,sla", NULL,
              ours.root); /* SLA is BROM's business: the commands stay open (6.1) */
    vendor_send_da(p, da, sizeof da, 0, "00 00", "00 00");
    mtksim_free(p);
}

/* 5.1: newer preloaders say 0x1D18; some stay, some leave. */
static void newer_refusals(void **state)
{
    (void)state;
    static const char *const leaves[] = {"pl_refusal=1d18", NULL}, *const stays[] = {"pl_refusal=1d18-stays",
                                                                                     NULL};
    uint8_t da[VENDOR_DA_LEN];
    vendor_da(&other, "mt6785", 1, da);
    struct mtksim *p = phone("mt6785", "usbdl", leaves, ours.root);
    vendor_send_da(p, da, sizeof da, 256, "00 00", "1D 18");
    assert_fell_into_brom(p);
    mtksim_free(p);
    p = phone("mt6785", "usbdl", stays, ours.root);
    vendor_send_da(p, da, sizeof da, 256, "00 00", "1D 18");
    host_talk(p, "H> FE D> 03");
    vendor_da(&ours, "mt6785", 1, da);
    vendor_send_da(p, da, sizeof da, 256, "00 00", "00 00");
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_by_the_vendor),
        cmocka_unit_test(signed_by_somebody_else),
        cmocka_unit_test(damaged_or_unsigned),
        cmocka_unit_test(another_preloader_another_key),
        cmocka_unit_test(policies),
        cmocka_unit_test(newer_refusals),
    };
    return cmocka_run_group_tests_name("simdev/security_preloader", tests, make_vendors, free_vendors);
}
