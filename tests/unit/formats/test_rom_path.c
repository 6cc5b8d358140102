/* SPDX-License-Identifier: Apache-2.0 */
/* Names inside a ROM folder, and the Checksum.ini that lies in it. formats.md section 7. */
#include "tests/unit/formats/harness.h"

#include <sys/stat.h>

#include "formats/checksum_ini.h"
#include "formats/rom_path.h"

static char *top, *rom; /* rom is a folder in top */

static int make(void **state)
{
    (void)state;
    top = make_folder();
    rom = path_in(top, "rom");
    assert_int_equal(mkdir(rom, 0700), 0);
    char *sub = path_in(rom, "Images");
    assert_int_equal(mkdir(sub, 0700), 0);
    write_file(sub, "boot.img", "b", 1);
    free(sub);
    write_file(rom, "lk.img", "l", 1);
    write_file(rom, "LOGO.bin", "A", 1);
    write_file(rom, "logo.bin", "a", 1);
    write_file(top, "outside.img", "o", 1);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    remove_folder(top);
    free(rom);
    return 0;
}

static void expect(const char *name, const char *place)
{
    char out[4096];
    struct mtk_error err = {0};
    char *want = path_in(rom, place), *real = realpath(want, NULL);
    assert_non_null(real);
    if (mtk_rom_resolve(rom, name, out, &err) != 0)
        fail_msg("%s: %s", name, err.what);
    assert_string_equal(out, real);
    free(real);
    free(want);
}

static void refused(const char *name, int row, const char *why)
{
    char out[4096];
    struct mtk_error err = {0};
    assert_int_equal(mtk_rom_resolve(rom, name, out, &err), -1);
    assert_error(&err, row, why);
}

static void found(void **state)
{
    (void)state;
    expect("lk.img", "lk.img");
    expect("LK.IMG", "lk.img");
    expect("./lk.img", "lk.img");
    expect("Images/boot.img", "Images/boot.img");
    expect("images\\BOOT.img", "Images/boot.img");
    expect("Images//boot.img", "Images/boot.img");
    /* the exact case goes first; of two that differ in case only, always the same one */
    expect("logo.bin", "logo.bin");
    expect("LOGO.bin", "LOGO.bin");
    expect("Logo.bin", "LOGO.bin");
}

static void leading_out(void **state)
{
    (void)state;
    static const char *const names[] = {"../outside.img", "Images/../../outside.img", "..\\outside.img",
                                        ".."};
    static const char *const absolute[] = {"/etc/passwd", "\\\\host\\share", "C:\\lk.img", "c:lk.img"};
    for (size_t i = 0; i < COUNT(names); i++)
        refused(names[i], MTK_E_MTK_PATH_ESCAPES, "\"..\"");
    for (size_t i = 0; i < COUNT(absolute); i++)
        refused(absolute[i], MTK_E_MTK_PATH_ESCAPES, "it is absolute");
    char *link = path_in(rom, "link.img");
    assert_int_equal(symlink("../outside.img", link), 0);
    refused("link.img", MTK_E_MTK_PATH_ESCAPES, "symbolic link points outside");
    remove(link);
    assert_int_equal(symlink(".", link), 0);
    refused("link.img", MTK_E_MTK_PATH_ESCAPES,
            "symbolic link points outside"); /* the folder is no file in it */
    remove(link);
    assert_int_equal(symlink("Images/boot.img", link), 0);
    expect("link.img", "Images/boot.img");
    free(link);
}

static void missing(void **state)
{
    (void)state;
    char name[5000];
    refused("lk", MTK_E_MTK_FILE_MISSING, "\"lk\" is not in the ROM folder");
    refused("lk.img/x", MTK_E_MTK_FILE_MISSING, "is not in");
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    refused(name, MTK_E_MTK_FILE_MISSING, "is not in");
    name[300] = 0;
    refused(name, MTK_E_MTK_FILE_MISSING, "is not in");
    char *link = path_in(rom, "dangling");
    assert_int_equal(symlink("nowhere", link), 0);
    refused("dangling", MTK_E_MTK_FILE_MISSING, "is not in");
    free(link);
    char out[4096];
    struct mtk_error err = {0};
    char *none = path_in(top, "none");
    assert_int_equal(mtk_rom_resolve(none, "lk.img", out, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_UNREADABLE, "cannot open the ROM folder");
    free(none);
}

/* The form of 7.2: sums of 16 bits, with leading zeros or without. */
static void checksums(void **state)
{
    (void)state;
    static const char text[] = "Change_ID=1679665549\n[IsEnableChecksum]\nCHECKSUM_SWITCH=1\n[CheckSum]\n"
                               "preloader=0xBB45\nscp1=0x4060\nscp2=0x4060\nsystem_a=0x886\n";
    static const struct {
        const char *partition;
        uint16_t sum;
    } sums[] = {{"preloader", 0xBB45}, {"scp2", 0x4060}, {"system_a", 0x0886}};
    struct mtk_error err = {0};
    uint16_t sum = 0x1234;
    bool on = true;
    /* no file: no switch; one that was there a moment ago is an error */
    assert_int_equal(mtk_checksum_ini_switch(rom, &on, &err), 0);
    assert_false(on);
    assert_int_equal(mtk_checksum_ini_find(rom, "lk", &sum, &err), -1);
    assert_error(&err, MTK_E_MTK_CHECKSUM_INI, "disappeared");
    write_file(rom, "checksum.INI", text, strlen(text));
    assert_int_equal(mtk_checksum_ini_switch(rom, &on, &err), 0);
    assert_true(on);
    for (size_t i = 0; i < COUNT(sums); i++) {
        assert_int_equal(mtk_checksum_ini_find(rom, sums[i].partition, &sum, &err), 1);
        assert_int_equal(sum, sums[i].sum);
    }
    assert_int_equal(mtk_checksum_ini_find(rom, "Preloader", &sum, &err), 0);
    assert_int_equal(mtk_checksum_ini_find(rom, "lk", &sum, &err), 0);
}

static void checksums_that_cannot_be(void **state)
{
    (void)state;
    static const char text[] = "[CheckSum]\nlk=0x12345\n";
    struct mtk_error err = {0};
    uint16_t sum;
    bool on;
    write_file(rom, "Checksum.ini", text, strlen(text));
    assert_int_equal(mtk_checksum_ini_find(rom, "lk", &sum, &err), -1);
    assert_error(&err, MTK_E_MTK_CHECKSUM_INI, "not a 16-bit");
    assert_int_equal(err.line, 2);
    assert_int_equal(mtk_checksum_ini_switch(rom, &on, &err), -1);
    char *path = path_in(rom, "Checksum.ini");
    assert_int_equal(truncate(path, 2 << 20), 0);
    assert_int_equal(mtk_checksum_ini_switch(rom, &on, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_TOO_LARGE, "2097152");
    remove(path);
    assert_int_equal(symlink("../outside.img", path), 0);
    assert_int_equal(mtk_checksum_ini_switch(rom, &on, &err), -1);
    assert_error(&err, MTK_E_MTK_PATH_ESCAPES, "points outside");
    free(path);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(found),
        IN_FOLDER(leading_out),
        IN_FOLDER(missing),
        IN_FOLDER(checksums),
        IN_FOLDER(checksums_that_cannot_be),
    };
    return cmocka_run_group_tests_name("formats-rom_path", tests, NULL, NULL);
}
