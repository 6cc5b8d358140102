/* SPDX-License-Identifier: Apache-2.0 */
/* A phone with a ROM on it: what happens when nobody uses the tool window. brom-preloader.md 8.1, 8.2. */
#include "host.h"

#include <ftw.h>
#include <unistd.h>

static char rom[256];
static struct mtksim *factory_fresh; /* never run: tests take clones */

static int make_phone(void **state)
{
    (void)state;
    char err[256] = "";
    struct mtksim_rom_options opt = {.chip = "mt6765", .seed = 1};
    struct mtksim_config cfg = {.chip = "mt6765", .boot = MTKSIM_BOOT_PRELOADER, .rom_dir = rom};
    const char *tmp = getenv("TMPDIR");
    snprintf(rom, sizeof rom, "%s/mtksim-boot-XXXXXX", tmp && strlen(tmp) < 200 ? tmp : "/tmp");
    if (!mkdtemp(rom) || mtksim_make_rom(rom, &opt, err, sizeof err) ||
        !(factory_fresh = mtksim_new(&cfg, err, sizeof err))) {
        print_error("%s\n", err);
        return -1;
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_rom(void **state)
{
    (void)state;
    mtksim_free(factory_fresh);
    return nftw(rom, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct mtksim *phone(void)
{
    struct mtksim *p = mtksim_clone(factory_fresh);
    assert_non_null(p);
    return p;
}

static void boots_when_the_window_has_passed(void **state)
{
    (void)state;
    char why[256];
    struct mtksim *p = phone();
    assert_true(mtksim_boot_check(p, why, sizeof why));
    host_attach(p, 0x2000);
    host_gone(p, 5 * NS_PER_S);
    assert_string_equal(mtksim_stage(p), "boot");
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT); /* the system is no tool port */
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_power_cycle(p);
    host_attach(p, 0x2000);
    mtksim_free(p);
}

static void boots_without_a_cable(void **state)
{
    (void)state;
    struct mtksim *p = phone();
    mtksim_power_cycle(p);
    mtksim_sleep(p, NS_PER_S); /* nothing to wait for */
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_free(p);
}

/* 8.3: after a token of another mode the phone boots as well. */
static void boots_after_a_token(void **state)
{
    (void)state;
    struct mtksim *p = phone();
    host_attach(p, 0x2000);
    assert_int_equal(mtksim_write(p, "FASTBOOT", 8, NS_PER_S), 8);
    host_talk(p, "D> 54 4F 4F 42 54 53 41 46");
    host_gone(p, NS_PER_S);
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_free(p);
}

/* The loop has no time limit: a session that was left open keeps the phone from booting (2.1). */
static void a_session_is_never_timed_out(void **state)
{
    (void)state;
    struct mtksim *p = phone();
    host_attach(p, 0x2000);
    host_preloader_sync(p);
    mtksim_sleep(p, 3600 * NS_PER_S);
    host_talk(p, "H> FE D> 03");
    mtksim_free(p);
}

/* One damaged link is enough, and the phone says which. */
static void a_broken_link_ends_in_brom(void **state)
{
    (void)state;
    struct mtksim_usb_id id;
    char why[256];
    uint8_t zero[64 * 1024] = {0};
    struct mtksim *p = phone();
    assert_int_equal(mtksim_flash_write(p, "user", 0, zero, sizeof zero), 0); /* the GPT */
    assert_int_equal(
        mtksim_flash_write(p, "user", mtksim_flash_size(p, "user") - sizeof zero, zero, sizeof zero), 0);
    assert_false(mtksim_boot_check(p, why, sizeof why));
    host_attach(p, 0x2000);
    host_gone(p, 5 * NS_PER_S);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.pid, 0x0003);
    host_brom_sync(p); /* and can be repaired there */
    mtksim_free(p);
}

static void log_line(void *ctx, int64_t time_ns, const char *line)
{
    FILE *f = ctx;
    fprintf(f, "%lld %s\n", (long long)time_ns, line);
}

/* 8.6: the lines that people look for, in their order. */
static void uart_log(void **state)
{
    (void)state;
    static const char *const marks[] = {"[BLDR]",
                                        "Init PWRAP: OK(0)",
                                        "mem test pass",
                                        "Init Boot Device: OK(0)",
                                        "unlocked",
                                        "USB cable in",
                                        "Enumeration(Start)",
                                        "Enumeration(End): OK",
                                        "usb listen timeout",
                                        "jump to ATF"};
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct mtksim *p = phone();
    mtksim_set_log(p, log_line, f);
    host_attach(p, 0x2000);
    host_gone(p, 5 * NS_PER_S);
    mtksim_free(p);
    fclose(f);
    const char *at = text;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(at, marks[i]);
        if (!found)
            fail_msg("no '%s' after this point of the log:\n%s", marks[i], at);
        at = found;
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boots_when_the_window_has_passed),
        cmocka_unit_test(boots_without_a_cable),
        cmocka_unit_test(boots_after_a_token),
        cmocka_unit_test(a_session_is_never_timed_out),
        cmocka_unit_test(a_broken_link_ends_in_brom),
        cmocka_unit_test(uart_log),
    };
    return cmocka_run_group_tests_name("simdev/boot", tests, make_phone, remove_rom);
}
