/* SPDX-License-Identifier: Apache-2.0 */
/* This side of the boot protocol against the other side of it: every profile of the simulated phone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/boot/boot.h"
#include "include/mtksim.h"
#include "protocol/error_index.h"

/* What section 8.7 and the chip table say of each profile. */
static const struct profile {
    const char *chip;
    uint32_t hw_code;
    const char *name;
    uint8_t bl_ver;
    uint16_t jump_without_da;
} profiles[] = {
    {"mt6580", 0x6580, "MT6580", 1, 0x2001}, {"mt6735", 0x0321, "MT6735", 2, 0x2001},
    {"mt6739", 0x0699, "MT6739", 3, 0x7024}, {"mt6755", 0x0326, "MT6755", 2, 0x2001},
    {"mt6757", 0x0551, "MT6757", 2, 0x2001}, {"mt6761", 0x0717, "MT6761", 3, 0x7024},
    {"mt6763", 0x0690, "MT6763", 3, 0x7024}, {"mt6765", 0x0766, "MT6765", 3, 0x7024},
    {"mt6768", 0x0707, "MT6768", 3, 0x7024}, {"mt6771", 0x0788, "MT6771", 3, 0x7024},
    {"mt6779", 0x0725, "MT6779", 3, 0x7024}, {"mt6785", 0x0813, "MT6785", 3, 0x7024},
};
#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* What a factory leaves at the start of boot1: without it no preloader runs. Made once, fits every profile. */
static uint8_t boot1[1 << 20];

/* A phone of that profile, and this side of it. */
struct pair {
    struct mtksim *phone;
    struct mtk_link *l;
    struct mtk_phone_id id;
};

static struct pair connected(const char *chip, enum mtksim_boot boot, const char *security)
{
    struct pair p;
    struct mtk_error e = {0};
    char why[200] = "";
    struct mtksim_config cfg = {.chip = chip, .boot = boot, .security = security, .seed = 7};
    p.phone = mtksim_new(&cfg, why, sizeof(why));
    if (!p.phone)
        fail_msg("%s: %s", chip, why);
    assert_int_equal(mtksim_flash_write(p.phone, "boot1", 0, boot1, sizeof(boot1)), 0);
    p.l = mtk_link_sim(p.phone);
    assert_non_null(p.l);
    if (mtk_boot_connect(p.l, NULL, &p.id, &e) != 0)
        fail_msg("%s: %s in %s/%s: %s", chip, e.row->symbol, e.stage, e.command, e.what);
    return p;
}

static void release(struct pair *p)
{
    mtk_link_free(p->l);
    mtksim_free(p->phone);
}

static void every_preloader_is_identified(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROFILES; i++) {
        struct pair p = connected(profiles[i].chip, MTKSIM_BOOT_PRELOADER, NULL);
        assert_false(p.id.brom);
        assert_int_equal(p.id.hw_code, profiles[i].hw_code);
        assert_string_equal(p.id.chip_name, profiles[i].name);
        assert_int_equal(p.id.bl_ver, profiles[i].bl_ver);
        assert_int_equal(p.id.target_config, 0);
        assert_int_equal(p.id.me_id_len, profiles[i].bl_ver > 2 ? 16 : 0);
        assert_int_equal(p.id.soc_id_len, profiles[i].bl_ver > 2 ? 32 : 0);
        assert_int_equal(p.id.pl_cap, profiles[i].bl_ver > 2 ? 7 : 0);
        assert_string_equal(mtksim_stage(p.phone), "preloader");
        release(&p);
    }
}

static void every_boot_rom_is_identified(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROFILES; i++) {
        struct pair p = connected(profiles[i].chip, MTKSIM_BOOT_BROM, NULL);
        assert_true(p.id.brom);
        assert_int_equal(p.id.hw_code, profiles[i].hw_code);
        assert_int_equal(p.id.brom_version, 5);
        assert_int_equal(p.id.me_id_len, 16);
        assert_string_equal(mtksim_stage(p.phone), "brom");
        release(&p);
    }
}

static void fuses_are_told(void **state)
{
    (void)state;
    struct pair p = connected("mt6765", MTKSIM_BOOT_BROM, "sbc,sla,daa");
    assert_int_equal(p.id.target_config & 7, BROM_CFG_SBC | BROM_CFG_SLA | BROM_CFG_DAA);
    release(&p);
    p = connected("mt6765", MTKSIM_BOOT_PRELOADER, "sbc,daa");
    assert_int_equal(p.id.target_config & 7, BROM_CFG_SBC | BROM_CFG_DAA);
    release(&p);
}

static void connecting_twice_finds_the_command_loop(void **state)
{
    (void)state;
    for (int boot = 0; boot < 2; boot++) {
        struct pair p = connected("mt6765", boot ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM, NULL);
        struct mtk_phone_id again;
        struct mtk_error e = {0};
        if (mtk_boot_connect(p.l, NULL, &again, &e) != 0)
            fail_msg("%s in %s: %s", e.row->symbol, e.command, e.what);
        assert_int_equal(again.hw_code, p.id.hw_code);
        assert_memory_equal(again.me_id, p.id.me_id, sizeof(again.me_id));
        release(&p);
    }
}

static void the_preloaders_whitelist(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROFILES; i++) {
        struct pair p = connected(profiles[i].chip, MTKSIM_BOOT_PRELOADER, NULL);
        struct mtk_error e = {0};
        uint32_t v = 0;
        assert_int_equal(mtk_boot_read32(p.l, NULL, p.id.chip->dev_rgu_base, &v, 1, &e), 0);
        assert_int_equal(v & RGU_MODE_ENABLE, 0); /* connecting has stopped it */
        assert_int_equal(mtk_boot_read32(p.l, NULL, 0x40000000, &v, 1, &e), -1);
        assert_int_equal(e.device_status, BROM_READ_REFUSED);
        assert_int_equal(mtk_boot_write32(p.l, NULL, 0x40000000, 0, &e), -1);
        assert_int_equal(e.device_status, BROM_WRITE_REFUSED);
        assert_int_equal(mtk_boot_read32(p.l, NULL, p.id.chip->dev_rgu_base + 1, &v, 1, &e), -1);
        assert_int_equal(e.device_status, PL_MISALIGNED);
        assert_int_equal(mtk_boot_read32(p.l, NULL, p.id.chip->dev_rgu_base, &v, 0, &e), -1);
        assert_int_equal(e.device_status, PL_COUNT_ZERO);
        release(&p);
    }
}

static void jumping_to_nothing_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROFILES; i++) {
        struct mtk_error e = {0};
        struct pair p = connected(profiles[i].chip, MTKSIM_BOOT_PRELOADER, NULL);
        assert_int_equal(mtk_boot_jump(p.l, NULL, 0x00200000, &e), -1);
        assert_int_equal(e.device_status, profiles[i].jump_without_da);
        release(&p);
        p = connected(profiles[i].chip, MTKSIM_BOOT_BROM, NULL);
        assert_int_equal(mtk_boot_jump(p.l, NULL, 0x00200000, &e), -1);
        assert_int_equal(e.device_status, BROM_NO_DA);
        release(&p);
    }
}

/* Bytes that are no agent: the phone takes and sums them like any others. */
static int start_toy(struct pair *p, size_t sig_len, struct mtk_error *e)
{
    uint8_t toy[3000];
    struct mtk_da1 da1 = {.data = toy, .len = sizeof(toy), .sig_len = sig_len, .address = 0x00200000};
    for (size_t i = 0; i < sizeof(toy); i++)
        toy[i] = (uint8_t)(i * 7 + i / 256);
    return mtk_boot_start_da1(p->l, NULL, &p->id, &da1, e);
}

static void payload_and_checksum_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROFILES; i++) {
        for (int boot = 0; boot < 2; boot++) {
            struct mtk_error e = {0};
            struct pair p =
                connected(profiles[i].chip, boot ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM, NULL);
            if (start_toy(&p, 0, &e) != 0)
                fail_msg("%s: %s in %s: %s", profiles[i].chip, e.row->symbol, e.command, e.what);
            release(&p);
        }
    }
}

static void locked_boot_rom_wants_credentials(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct pair p = connected("mt6765", MTKSIM_BOOT_BROM, "sbc,sla,daa");
    assert_int_equal(start_toy(&p, 256, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED));
    /* Nothing was sent: the phone is still in its loop. */
    uint32_t v;
    assert_int_equal(mtk_boot_read32(p.l, NULL, p.id.chip->wdt_addr, &v, 1, &e), 0);
    release(&p);
}

static int sign(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    (void)challenge;
    (void)err;
    ++*(unsigned *)ctx;
    memset(sig, 0x5A, 256);
    *len = 256;
    return 0;
}

static void locked_boot_rom_is_passed_with_credentials(void **state)
{
    (void)state;
    static const uint8_t file[] = {0xDE, 0xAD, 0xBE, 0xEF};
    static const char *const settings[] = {"accept_any_credential=on", NULL};
    uint8_t toy[512] = {1, 2, 3};
    unsigned challenges = 0;
    struct mtk_error e = {0};
    struct mtksim_config cfg = {.security = "sbc,sla,daa", .settings = settings};
    struct mtk_boot_options opt = {
        .auth = file, .auth_len = sizeof(file), .sla_sign = sign, .sla_ctx = &challenges};
    struct mtk_da1 da1 = {.data = toy, .len = sizeof(toy), .sig_len = 256, .address = 0x00200000};
    struct pair p = {.phone = mtksim_new(&cfg, NULL, 0)};
    assert_non_null(p.phone);
    p.l = mtk_link_sim(p.phone);
    if (mtk_boot_connect(p.l, &opt, &p.id, &e) != 0 || mtk_boot_start_da1(p.l, &opt, &p.id, &da1, &e) != 0)
        fail_msg("%s in %s: %s", e.row->symbol, e.command, e.what);
    assert_int_equal(challenges, 1);
    release(&p);
}

static void reset_takes_the_phone_off_the_bus(void **state)
{
    (void)state;
    uint8_t c;
    struct mtk_error e = {0};
    struct pair p = connected("mt6765", MTKSIM_BOOT_PRELOADER, NULL);
    assert_int_equal(mtk_boot_reset(p.l, NULL, &p.id, &e), 0);
    assert_int_equal(p.l->ops->read(p.l, &c, 1, NS_PER_S), MTK_LINK_GONE);
    release(&p);
}

/* ---- the preloader that all of them have ---- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_boot1(void **state)
{
    (void)state;
    char dir[128], why[200] = "";
    const char *tmp = getenv("TMPDIR");
    struct mtksim_rom_options rom = {.chip = "mt6765", .seed = 7};
    snprintf(dir, sizeof(dir), "%.100s/boot-sim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    struct mtksim_config cfg = {.chip = "mt6765", .rom_dir = dir};
    struct mtksim *phone = NULL;
    if (mtksim_make_rom(dir, &rom, why, sizeof(why)) == 0)
        phone = mtksim_new(&cfg, why, sizeof(why));
    int r = phone ? mtksim_flash_read(phone, "boot1", 0, boot1, sizeof(boot1)) : -1;
    if (r != 0)
        print_error("%s\n", why);
    mtksim_free(phone);
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return r;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preloader_is_identified),
        cmocka_unit_test(every_boot_rom_is_identified),
        cmocka_unit_test(fuses_are_told),
        cmocka_unit_test(connecting_twice_finds_the_command_loop),
        cmocka_unit_test(the_preloaders_whitelist),
        cmocka_unit_test(jumping_to_nothing_is_refused),
        cmocka_unit_test(payload_and_checksum_agree),
        cmocka_unit_test(locked_boot_rom_wants_credentials),
        cmocka_unit_test(locked_boot_rom_is_passed_with_credentials),
        cmocka_unit_test(reset_takes_the_phone_off_the_bus),
    };
    return cmocka_run_group_tests_name("flasher/boot against the simulated phone", tests, make_boot1, NULL);
}
