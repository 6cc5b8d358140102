/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include <sys/stat.h>

#include "formats/checksum_ini.h"
#include "formats/rom.h"

/* Two rows; the file name of the second is what the tests play with. */
#define SCATTER(file)                                                                                        \
    "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V1.1.2\n      platform: MT6765\n"          \
    "- partition_index: SYS0\n  partition_name: preloader\n  file_name: preloader_demo.bin\n  is_download: " \
    "true\n"                                                                                                 \
    "  linear_start_addr: 0\n  physical_start_addr: 0\n  partition_size: 1\n  region: EMMC_BOOT1_BOOT2\n"    \
    "- partition_index: SYS1\n  partition_name: lk\n  file_name: " file "\n  is_download: true\n"            \
    "  linear_start_addr: 0\n  physical_start_addr: 0\n  partition_size: 1\n  region: EMMC_USER\n"

static char *top; /* holds rom/ and outside.img */

static void put(const char *name, const char *text)
{
    write_file(top, name, text, strlen(text));
}

static int make_top(void **state)
{
    (void)state;
    top = make_folder();
    char *rom = path_in(top, "rom");
    assert_int_equal(mkdir(rom, 0700), 0);
    free(rom);
    put("outside.img", "x");
    return 0;
}

static int remove_top(void **state)
{
    (void)state;
    remove_folder(top);
    return 0;
}

static int open_rom(struct mtk_rom *r, struct mtk_error *err)
{
    char *path = path_in(top, "rom");
    memset(err, 0, sizeof(*err));
    int rc = mtk_rom_open(path, r, err);
    free(path);
    return rc;
}

/* True if `path` names top/name once links are resolved on both sides. */
static bool is_file(const char *path, const char *name)
{
    char *want = path_in(top, name), *real = realpath(want, NULL);
    bool same = real && strcmp(path, real) == 0;
    free(real);
    free(want);
    return same;
}

static void whole_folder(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/ota_scatter.txt", "not one of these");
    put("rom/MTK_AllInOne_DA.bin", "da");
    put("rom/DA_other.bin", "da");
    put("rom/preloader_demo.bin", "pl");
    put("rom/lk.img", "lk");
    assert_int_equal(open_rom(&r, &err), 0);
    assert_int_equal(r.scatter.n_rows, 2);
    assert_true(is_file(r.da_path, "rom/MTK_AllInOne_DA.bin"));
    assert_true(is_file(r.preloader_path, "rom/preloader_demo.bin"));
    assert_false(r.has_checksums);
    char path[4096];
    assert_int_equal(mtk_rom_file(&r, &r.scatter.rows[1], path, &err), 0);
    assert_true(is_file(path, "rom/lk.img"));
    uint16_t sum = 0;
    assert_int_equal(mtk_rom_checksum(&r, "lk", &sum, &err), 0);
    mtk_rom_release(&r);
}

/* A scatter file instead of its folder; its images are beside it. */
static void by_scatter_file(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err = {0};
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/MT6765_Android_scatter_ufs.txt", SCATTER("lk.img"));
    put("rom/lk.img", "lk");
    assert_int_equal(open_rom(&r, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_OPEN_FAIL,
                 "(MT6765_Android_scatter.txt, MT6765_Android_scatter_ufs.txt): name the one");
    char *file = path_in(top, "rom/MT6765_Android_scatter_ufs.txt");
    assert_int_equal(mtk_rom_open(file, &r, &err), 0);
    free(file);
    assert_string_equal(r.da_path, "");
    assert_string_equal(r.preloader_path, "");
    char path[4096];
    assert_int_equal(mtk_rom_file(&r, &r.scatter.rows[1], path, &err), 0);
    assert_true(is_file(path, "rom/lk.img"));
    mtk_rom_release(&r);
    /* in the current folder, named without any */
    char *cwd = getcwd(NULL, 0), *rom = path_in(top, "rom");
    assert_int_equal(chdir(rom), 0);
    assert_int_equal(mtk_rom_open("MT6765_Android_scatter.txt", &r, &err), 0);
    assert_string_equal(r.dir, ".");
    assert_int_equal(mtk_rom_file(&r, &r.scatter.rows[1], path, &err), 0);
    assert_true(is_file(path, "rom/lk.img"));
    assert_int_equal(chdir(cwd), 0);
    mtk_rom_release(&r);
    free(rom);
    free(cwd);
}

/* Preloaders of other boards in the folder, in order of their names, without the scatter's own. */
static void further_preloaders(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err = {0};
    char path[4096];
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/preloader_demo.bin", "own");
    put("rom/preloader_b.bin", "b");
    put("rom/PRELOADER_A.BIN", "a");
    put("rom/preloader_z.bin", "z");
    put("rom/preloader.bin", "another name");
    assert_int_equal(open_rom(&r, &err), 0);
    assert_true(mtk_rom_further_preloader(&r, NULL, path));
    assert_true(is_file(path, "rom/PRELOADER_A.BIN"));
    assert_true(mtk_rom_further_preloader(&r, "PRELOADER_A.BIN", path));
    assert_true(is_file(path, "rom/preloader_b.bin"));
    assert_true(mtk_rom_further_preloader(&r, "preloader_b.bin", path));
    assert_true(is_file(path, "rom/preloader_z.bin"));
    assert_false(mtk_rom_further_preloader(&r, "preloader_z.bin", path));
    assert_string_equal(path, "");
    strcpy(r.dir, "/nowhere");
    assert_false(mtk_rom_further_preloader(&r, NULL, path));
    mtk_rom_release(&r);
}

static void no_scatter(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    assert_int_equal(open_rom(&r, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "no scatter");
    put("rom/MT6789_Android_scatter.xml", "<root/>");
    assert_int_equal(open_rom(&r, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "no general block");
    char *path = path_in(top, "nowhere");
    assert_int_equal(mtk_rom_open(path, &r, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "No such file");
    free(path);
    put("rom/MT6765_Android_scatter.txt", "");
    assert_int_equal(open_rom(&r, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_EMPTY, "empty");
}

/* Where the DA may be: the folder itself before its sub-folders. */
static void da_places(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    char *sub = path_in(top, "rom/download_agent");
    assert_int_equal(mkdir(sub, 0700), 0);
    free(sub);
    put("rom/download_agent/DA_BR.bin", "da");
    assert_int_equal(open_rom(&r, &err), 0);
    assert_true(is_file(r.da_path, "rom/download_agent/DA_BR.bin"));
    mtk_rom_release(&r);
    put("rom/mtk_allinone_da_5.1420.bin", "da");
    put("rom/MTK_DA_V5.bin", "da");
    assert_int_equal(open_rom(&r, &err), 0);
    assert_true(is_file(r.da_path, "rom/mtk_allinone_da_5.1420.bin"));
    mtk_rom_release(&r);
}

static void file_names(void **state)
{
    (void)state;
    static const struct {
        const char *scatter, *file; /* NULL: refused */
        int row;
        const char *why;
    } cases[] = {
        {SCATTER("LK.IMG"), "rom/lk.img", 0, ""},
        {SCATTER("images/Boot.IMG"), "rom/Images/boot.img", 0, ""},
        {SCATTER("images\\boot.img"), "rom/Images/boot.img", 0, ""},
        {SCATTER("./lk.img"), "rom/lk.img", 0, ""},
        {SCATTER("inside"), "rom/lk.img", 0, ""},
        {SCATTER("both"), "rom/both", 0, ""},
        {SCATTER("missing.img"), NULL, MTK_E_MTK_FILE_MISSING, "\"missing.img\" is not in the ROM folder"},
        {SCATTER("lk.img/x"), NULL, MTK_E_MTK_FILE_MISSING, "not in the ROM folder"},
        {SCATTER("dangling"), NULL, MTK_E_MTK_FILE_MISSING, "not in the ROM folder"},
        {SCATTER("NONE"), NULL, MTK_E_MTK_FILE_MISSING, "names no file"},
        {SCATTER("../outside.img"), NULL, MTK_E_MTK_PATH_ESCAPES, "\"..\""},
        {SCATTER("images/../../outside.img"), NULL, MTK_E_MTK_PATH_ESCAPES, "\"..\""},
        {SCATTER("..\\outside.img"), NULL, MTK_E_MTK_PATH_ESCAPES, "\"..\""},
        {SCATTER("/etc/passwd"), NULL, MTK_E_MTK_PATH_ESCAPES, "absolute"},
        {SCATTER("\\x"), NULL, MTK_E_MTK_PATH_ESCAPES, "absolute"},
        {SCATTER("C:\\x"), NULL, MTK_E_MTK_PATH_ESCAPES, "absolute"},
        {SCATTER("out"), NULL, MTK_E_MTK_PATH_ESCAPES, "symbolic link"},
        {SCATTER("outdir/outside.img"), NULL, MTK_E_MTK_PATH_ESCAPES, "symbolic link"},
        {SCATTER("sibling"), NULL, MTK_E_MTK_PATH_ESCAPES, "symbolic link"},
        {SCATTER("loop"), NULL, MTK_E_MTK_FILE_UNREADABLE, "cannot open"},
    };
    static const char *const links[][2] = {{"lk.img", "rom/inside"},     {"../outside.img", "rom/out"},
                                           {"..", "rom/outdir"},         {"nothing", "rom/dangling"},
                                           {"../rom2/x", "rom/sibling"}, {"loop", "rom/loop"}};
    static const char *const folders[] = {"rom/Images", "rom2"};
    for (size_t i = 0; i < COUNT(folders); i++) {
        char *path = path_in(top, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        free(path);
    }
    for (size_t i = 0; i < COUNT(links); i++) {
        char *path = path_in(top, links[i][1]);
        assert_int_equal(symlink(links[i][0], path), 0);
        free(path);
    }
    put("rom/lk.img", "x");
    put("rom/Images/boot.img", "x");
    put("rom/both", "x"); /* the exact case wins */
    put("rom/BOTH", "x");
    put("rom2/x", "x");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mtk_rom r;
        struct mtk_error err;
        char path[4096];
        put("rom/MT6765_Android_scatter.txt", cases[i].scatter);
        assert_int_equal(open_rom(&r, &err), 0);
        int rc = mtk_rom_file(&r, &r.scatter.rows[1], path, &err);
        if (cases[i].file) {
            assert_int_equal(rc, 0);
            assert_true(is_file(path, cases[i].file));
        } else {
            assert_int_equal(rc, -1);
            assert_error(&err, cases[i].row, cases[i].why);
            assert_non_null(strstr(err.what, "\"lk\""));
            assert_int_equal(err.line, 13);
            assert_string_equal(err.file, r.scatter.path);
        }
        mtk_rom_release(&r);
    }
}

/* The folder itself may be reached through a link. */
static void linked_folder(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err = {0};
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/lk.img", "x");
    char *link = path_in(top, "link"), path[4096];
    assert_int_equal(symlink("rom", link), 0);
    assert_int_equal(mtk_rom_open(link, &r, &err), 0);
    assert_int_equal(mtk_rom_file(&r, &r.scatter.rows[1], path, &err), 0);
    assert_true(is_file(path, "rom/lk.img"));
    mtk_rom_release(&r);
    free(link);
}

#define INI "[VERSION]\r\nVERSION=V1\r\nTOOL=x\r\n[IsEnableChecksum]\r\nCHECKSUM_SWITCH=%s\r\n[CheckSum]\r\n"

static void checksum_ini(void **state)
{
    (void)state;
    static const char text[] =
        "[VERSION]\r\nVERSION=V1\r\nno key here\r\n[isenablechecksum]\r\nCHECKSUM_SWITCH=1\r\n"
        "[CheckSum]\r\n; comment\r\npreloader=0xBB45\r\nlk = 0x886\r\nboot=FFFF\r\nlk=0x0886";
    struct mtk_rom r;
    struct mtk_error err;
    uint16_t sum = 0;
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/checksum.INI", text);
    assert_int_equal(open_rom(&r, &err), 0);
    assert_true(r.has_checksums);
    assert_int_equal(mtk_rom_checksum(&r, "preloader", &sum, &err), 1);
    assert_int_equal(sum, 0xBB45);
    assert_int_equal(mtk_rom_checksum(&r, "lk", &sum, &err), 1);
    assert_int_equal(sum, 0x886);
    assert_int_equal(mtk_rom_checksum(&r, "boot", &sum, &err), 1);
    assert_int_equal(sum, 0xFFFF);
    assert_int_equal(mtk_rom_checksum(&r, "logo", &sum, &err), 0);
    mtk_rom_release(&r);
}

static void checksum_switch(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool on;
    } cases[] = {{"1", true}, {"true", true}, {"TRUE", true}, {"0", false}, {"false", false}, {"", false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        bool on = !cases[i].on;
        uint16_t sum;
        int n = snprintf(text, sizeof(text), INI, cases[i].value);
        assert_int_equal(mtk_checksum_ini_parse(text, (size_t)n, "x", NULL, &on, &sum, NULL), 0);
        assert_int_equal(on, cases[i].on);
    }
}

static void checksum_errors(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *why;
        unsigned line;
    } cases[] = {
        {"lk=0x10000\n", "16-bit", 7},    {"lk=\n", "16-bit", 7},          {"lk=0x\n", "16-bit", 7},
        {"lk=12G4\n", "16-bit", 7},       {"x=1\n\nlk=-1\n", "16-bit", 9}, {"lk\n", "key=value", 7},
        {"lk=1\nlk=2\n", "different", 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        bool on;
        uint16_t sum;
        struct mtk_error err = {0};
        int n = snprintf(text, sizeof(text), INI "%s", "1", cases[i].lines);
        assert_int_equal(mtk_checksum_ini_parse(text, (size_t)n, "Checksum.ini", "lk", &on, &sum, &err), -1);
        assert_error(&err, MTK_E_MTK_CHECKSUM_INI, cases[i].why);
        assert_int_equal(err.line, cases[i].line);
    }
    bool on;
    uint16_t sum;
    struct mtk_error err = {0};
    assert_int_equal(mtk_checksum_ini_parse("a\0b", 3, "x", "lk", &on, &sum, &err), -1);
    assert_error(&err, MTK_E_MTK_CHECKSUM_INI, "not a text file");
    /* a bad file stops the folder from being opened */
    struct mtk_rom r;
    put("rom/MT6765_Android_scatter.txt", SCATTER("lk.img"));
    put("rom/Checksum.ini", "[CheckSum]\nlk\n");
    assert_int_equal(open_rom(&r, &err), -1);
    assert_error(&err, MTK_E_MTK_CHECKSUM_INI, "key=value");
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(whole_folder),       IN_FOLDER(by_scatter_file),
        IN_FOLDER(further_preloaders), IN_FOLDER(no_scatter),
        IN_FOLDER(da_places),          IN_FOLDER(file_names),
        IN_FOLDER(linked_folder),      IN_FOLDER(checksum_ini),
        IN_FOLDER(checksum_errors),    cmocka_unit_test(checksum_switch),
    };
    return cmocka_run_group_tests_name("formats-rom", tests, NULL, NULL);
}
