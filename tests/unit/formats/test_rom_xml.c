/* SPDX-License-Identifier: Apache-2.0 */
/* ROM folders with XML scatter, flash.xml and credentials. */
#include "tests/unit/formats/harness.h"

#include <sys/stat.h>

#include "formats/flash_xml.h"
#include "formats/rom.h"

#define TEXT_OF(platform)                                                                                 \
    "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V1.1.2\n      platform: " platform "\n" \
    "- partition_index: SYS0\n  partition_name: lk\n  file_name: lk.img\n  is_download: true\n"           \
    "  linear_start_addr: 0\n  physical_start_addr: 0\n  partition_size: 1\n  region: EMMC_USER\n"
#define SECTION(storage, region)                                                                       \
    "<storage_type name=\"" storage "\"><partition_index name=\"SYS0\"><partition_name>preloader"      \
    "</partition_name><file_name>preloader_" storage ".bin</file_name><is_download>true</is_download>" \
    "<linear_start_addr>0</linear_start_addr><physical_start_addr>0</physical_start_addr>"             \
    "<partition_size>1</partition_size><region>" region "</region></partition_index></storage_type>"
#define XML_OF(platform)                                                                           \
    "<root><general name=\"MTK_PLATFORM_CFG\"><config_version name=\"V2.2.0\"><platform>" platform \
    "</platform></config_version></general>" SECTION("EMMC", "EMMC_BOOT1")                         \
        SECTION("UFS", "UFS_LU0") "</root>"
#define FLASH(dagent, scatter)                                                               \
    "<flash-mode>\n<project>k6789</project>\n<dagent>" dagent "</dagent>\n<scatter>" scatter \
    "</scatter>\n<version>1.0</version></flash-mode>\n"

static char *top; /* holds rom/ with download_agent/, and outside.bin */

static void put(const char *name, const char *text)
{
    write_file(top, name, text, strlen(text));
}

static void make(const char *name)
{
    char *path = path_in(top, name);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

static int make_top(void **state)
{
    (void)state;
    top = make_folder();
    make("rom");
    make("rom/download_agent");
    put("outside.bin", "x");
    put("outside.xml", XML_OF("MT6789"));
    return 0;
}

static int remove_top(void **state)
{
    (void)state;
    remove_folder(top);
    return 0;
}

static int open_rom(const char *name, struct mtk_rom *r, struct mtk_error *err)
{
    char *path = path_in(top, name);
    memset(err, 0, sizeof(*err));
    int rc = mtk_rom_open(path, r, err);
    free(path);
    return rc;
}

/* True if `path` names top/name once links are resolved on both sides. */
static bool is_file(const char *path, const char *name)
{
    char *want = path_in(top, name), *a = realpath(want, NULL), *b = realpath(path, NULL);
    bool same = a && b && strcmp(a, b) == 0;
    free(a);
    free(b);
    free(want);
    return same;
}

static void package(void)
{
    put("rom/MT6789_Android_scatter.xml", XML_OF("MT6789"));
    put("rom/preloader_EMMC.bin", "e");
    put("rom/preloader_UFS.bin", "u");
    put("rom/download_agent/DA_BR.bin", "da");
    put("rom/download_agent/auth_sv5.auth", "auth");
    put("rom/download_agent/vendor.cert", "cert");
}

static void check_package(const struct mtk_rom *r)
{
    assert_true(r->scatter.xml);
    assert_true(is_file(r->scatter.path, "rom/MT6789_Android_scatter.xml"));
    assert_true(is_file(r->dir, "rom"));
    assert_true(is_file(r->da_path, "rom/download_agent/DA_BR.bin"));
    assert_true(is_file(r->auth_path, "rom/download_agent/auth_sv5.auth"));
    assert_true(is_file(r->cert_path, "rom/download_agent/vendor.cert"));
}

/* With flash.xml and without; by folder, by flash.xml, by scatter. */
static void whole_package(void **state)
{
    (void)state;
    static const char *const ways[] = {"rom", "rom/download_agent/flash.xml",
                                       "rom/MT6789_Android_scatter.xml"};
    struct mtk_rom r;
    struct mtk_error err;
    package();
    assert_int_equal(open_rom("rom", &r, &err), 0);
    check_package(&r);
    mtk_rom_release(&r);
    put("rom/download_agent/flash.xml", FLASH("DA_BR.bin", "../MT6789_Android_scatter.xml"));
    for (size_t i = 0; i < COUNT(ways); i++) {
        if (open_rom(ways[i], &r, &err) != 0)
            fail_msg("%s: %s", ways[i], err.what);
        check_package(&r);
        mtk_rom_release(&r);
    }
    /* all in one folder, and called from inside it */
    put("rom/flash.xml", FLASH("download_agent\\DA_BR.bin", "./MT6789_Android_scatter.xml"));
    char *cwd = getcwd(NULL, 0), *rom = path_in(top, "rom");
    assert_int_equal(chdir(rom), 0);
    assert_int_equal(mtk_rom_open("flash.xml", &r, &err), 0);
    check_package(&r);
    mtk_rom_release(&r);
    assert_int_equal(chdir("download_agent"), 0);
    assert_int_equal(mtk_rom_open("flash.xml", &r, &err), 0);
    check_package(&r);
    assert_int_equal(chdir(cwd), 0);
    mtk_rom_release(&r);
    free(cwd);
    free(rom);
}

/* flash.xml decides which scatter and which agent, where the names alone would leave a choice. */
static void flash_xml_decides(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    package();
    put("rom/MT6789_Android_scatter_old.xml", XML_OF("MT6789"));
    put("rom/download_agent/other.bin", "da");
    assert_int_equal(open_rom("rom", &r, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_OPEN_FAIL, "MT6789_Android_scatter_old.xml): name the one");
    put("rom/download_agent/flash.xml", FLASH("other.bin", "../MT6789_Android_scatter_old.xml"));
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_true(is_file(r.scatter.path, "rom/MT6789_Android_scatter_old.xml"));
    assert_true(is_file(r.da_path, "rom/download_agent/other.bin"));
    mtk_rom_release(&r);
    /* an agent that is missing leaves the names; a scatter that is missing is an error */
    put("rom/download_agent/flash.xml", FLASH("gone.bin", "../MT6789_Android_scatter_old.xml"));
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_true(is_file(r.da_path, "rom/download_agent/DA_BR.bin"));
    mtk_rom_release(&r);
    put("rom/download_agent/flash.xml", FLASH("DA_BR.bin", "../gone.xml"));
    assert_int_equal(open_rom("rom", &r, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "gone.xml");
    put("rom/download_agent/flash.xml", FLASH("DA_BR.bin", ""));
    assert_int_equal(open_rom("rom", &r, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "names no scatter");
}

static void flash_xml_stays_inside(void **state)
{
    (void)state;
    static const char *const bad[] = {
        FLASH("DA_BR.bin", "../../outside.xml"),
        FLASH("../../outside.bin", "../MT6789_Android_scatter.xml"),
        FLASH("/etc/passwd", "../MT6789_Android_scatter.xml"),
        FLASH("C:\\x.bin", "../MT6789_Android_scatter.xml"),
        FLASH("DA_BR.bin", "../download_agent/../../outside.xml"),
        FLASH("DA_BR.bin", "../linked.xml"),
        FLASH("linked.bin", "../MT6789_Android_scatter.xml"),
    };
    struct mtk_rom r;
    struct mtk_error err;
    package();
    char *xml = path_in(top, "outside.xml"), *bin = path_in(top, "outside.bin");
    char *xml_link = path_in(top, "rom/linked.xml"),
         *bin_link = path_in(top, "rom/download_agent/linked.bin");
    assert_int_equal(symlink(xml, xml_link), 0);
    assert_int_equal(symlink(bin, bin_link), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        put("rom/download_agent/flash.xml", bad[i]);
        for (unsigned by_file = 0; by_file < 2; by_file++) {
            assert_int_equal(open_rom(by_file ? "rom/download_agent/flash.xml" : "rom", &r, &err), -1);
            assert_error(&err, MTK_E_MTK_PATH_ESCAPES, "leads out of the ROM folder");
        }
    }
    free(xml);
    free(bin);
    free(xml_link);
    free(bin_link);
}

static void flash_xml_text(void **state)
{
    (void)state;
    struct mtk_flash_xml x;
    struct mtk_error err = {0};
    static const char text[] = "\xEF\xBB\xBF" FLASH("DA_BR.bin", "../MT6985_21135_Android_scatter.xml");
    assert_int_equal(mtk_flash_xml_parse(text, sizeof(text) - 1, "flash.xml", &x, &err), 0);
    assert_string_equal(x.project, "k6789");
    assert_string_equal(x.dagent, "DA_BR.bin");
    assert_string_equal(x.scatter, "../MT6985_21135_Android_scatter.xml");
    static const struct {
        const char *text, *why;
        unsigned line;
    } bad[] = {
        {"", "not a usable XML file", 1},
        {"\n<flash-mode>", "not a usable XML file", 2},
        {"<!DOCTYPE a><flash-mode/>", "document type", 1},
        {"<flash-mode>\n<dagent>a\nb</dagent></flash-mode>", "too long or has characters", 2},
        {"<flash-mode><project>0123456789012345678901234567890123456789012345678901234567890123</project>"
         "</flash-mode>",
         "too long", 1},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        memset(&err, 0, sizeof(err));
        assert_int_equal(mtk_flash_xml_parse(bad[i].text, strlen(bad[i].text), "flash.xml", &x, &err), -1);
        assert_error(&err, MTK_E_MTK_IMAGE_INVALID, bad[i].why);
        assert_int_equal(err.line, bad[i].line);
        assert_string_equal(err.file, "flash.xml");
    }
    static const struct {
        const char *folder, *file, *place;
    } places[] = {{".", "a", "a"},
                  {"", "./a//b", "a/b"},
                  {"download_agent", "a", "download_agent/a"},
                  {"download_agent", "../a", "a"},
                  {"download_agent", "..\\a\\b", "a/b"},
                  {"a/b", "../../c/../d", "d"},
                  {"a", "..a/...", "a/..a/..."}};
    for (size_t i = 0; i < COUNT(places); i++) {
        char out[32];
        assert_int_equal(mtk_flash_xml_place(places[i].folder, places[i].file, out, sizeof(out), &err), 0);
        assert_string_equal(out, places[i].place);
    }
    char out[8];
    static const char *const outside[] = {"..", "a/../..", "/a", "\\a", "c:a", "1234567890"};
    for (size_t i = 0; i < COUNT(outside); i++)
        assert_int_equal(mtk_flash_xml_place(".", outside[i], out, sizeof(out), &err), -1);
}

/* One text and one XML scatter: of the same phone the text is taken, of two phones nobody can know. */
static void both_forms(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    package();
    put("rom/MT6789_Android_scatter.txt", TEXT_OF("MT6789"));
    put("rom/MTK_AllInOne_DA.bin", "v5");
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_false(r.scatter.xml);
    assert_true(is_file(r.da_path, "rom/MTK_AllInOne_DA.bin"));
    assert_true(is_file(r.auth_path, "rom/download_agent/auth_sv5.auth"));
    mtk_rom_release(&r);
    put("rom/MT6789_Android_scatter.txt", TEXT_OF("MT6765"));
    assert_int_equal(open_rom("rom", &r, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_OPEN_FAIL,
                 "(MT6789_Android_scatter.txt, MT6789_Android_scatter.xml): name the one that is meant");
    assert_int_equal(open_rom("rom/MT6789_Android_scatter.xml", &r, &err), 0);
    assert_true(r.scatter.xml);
    /* of a package of the XML generation its own agent goes first, wherever it is */
    assert_true(is_file(r.da_path, "rom/download_agent/DA_BR.bin"));
    mtk_rom_release(&r);
    put("rom/MT6789_Android_scatter.xml", "<root>");
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_false(r.scatter.xml);
    mtk_rom_release(&r);
}

static void credentials(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    put("rom/MT6765_Android_scatter.txt", TEXT_OF("MT6765"));
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_string_equal(r.auth_path, "");
    assert_string_equal(r.cert_path, "");
    mtk_rom_release(&r);
    /* beside the agent before the folder of the scatter; the usual name before another one; not one of two */
    put("rom/auth_sv5.auth", "a");
    put("rom/one.cert", "c");
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_true(is_file(r.auth_path, "rom/auth_sv5.auth"));
    assert_true(is_file(r.cert_path, "rom/one.cert"));
    mtk_rom_release(&r);
    put("rom/two.cert", "c");
    put("rom/download_agent/DA_x.bin", "da");
    put("rom/download_agent/AUTH_SV5.AUTH", "a");
    put("rom/download_agent/other.auth", "a");
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_true(is_file(r.auth_path, "rom/download_agent/AUTH_SV5.AUTH"));
    assert_string_equal(r.cert_path, "");
    mtk_rom_release(&r);
}

static void storages(void **state)
{
    (void)state;
    struct mtk_rom r;
    struct mtk_error err;
    package();
    assert_int_equal(open_rom("rom", &r, &err), 0);
    assert_string_equal(r.scatter.storage, "EMMC");
    assert_true(is_file(r.preloader_path, "rom/preloader_EMMC.bin"));
    const struct mtk_scatter_row *rows = r.scatter.rows;
    assert_int_equal(mtk_rom_select_storage(&r, "emmc", &err), 0);
    assert_ptr_equal(r.scatter.rows, rows);
    assert_int_equal(mtk_rom_select_storage(&r, "ufs", &err), 0);
    assert_string_equal(r.scatter.storage, "UFS");
    assert_string_equal(r.scatter.rows[0].region, "UFS_LU0");
    assert_true(is_file(r.preloader_path, "rom/preloader_UFS.bin"));
    rows = r.scatter.rows;
    assert_int_equal(mtk_rom_select_storage(&r, "nand", &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "no section for storage nand");
    assert_ptr_equal(r.scatter.rows, rows);
    mtk_rom_release(&r);
    char *path = path_in(top, "rom");
    assert_int_equal(mtk_rom_open_for(path, "ufs", &r, &err), 0);
    assert_string_equal(r.scatter.storage, "UFS");
    mtk_rom_release(&r);
    assert_int_equal(mtk_rom_open_for(path, "nand", &r, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "no section for storage nand");
    /* a file without sections is what it is */
    put("rom/MT6789_Android_scatter.txt", TEXT_OF("MT6789"));
    assert_int_equal(mtk_rom_open_for(path, "ufs", &r, &err), 0);
    rows = r.scatter.rows;
    assert_int_equal(mtk_rom_select_storage(&r, "ufs", &err), 0);
    assert_ptr_equal(r.scatter.rows, rows);
    mtk_rom_release(&r);
    free(path);
}

static void flash_xml_files(void **state)
{
    (void)state;
    struct mtk_flash_xml x;
    struct mtk_error err = {0};
    put("rom/flash.xml", "\xEF\xBB\xBF" FLASH("DA_BR.bin", "../a.xml"));
    char *path = path_in(top, "rom/flash.xml");
    assert_int_equal(mtk_flash_xml_read(path, &x, &err), 0);
    assert_string_equal(x.project, "k6789");
    assert_string_equal(x.dagent, "DA_BR.bin");
    assert_string_equal(x.scatter, "../a.xml");
    assert_int_equal(truncate(path, MTK_FLASH_XML_MAX_BYTES + 1), 0);
    assert_int_equal(mtk_flash_xml_read(path, &x, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_TOO_LARGE, "65537");
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(mtk_flash_xml_read(path, &x, &err), -1);
    assert_error(&err, MTK_E_MTK_IMAGE_INVALID, "not a usable XML file");
    assert_string_equal(err.file, path);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mtk_flash_xml_read(path, &x, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "");
    free(path);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(whole_package), IN_FOLDER(flash_xml_decides),     IN_FOLDER(flash_xml_stays_inside),
        IN_FOLDER(both_forms),    cmocka_unit_test(flash_xml_text), IN_FOLDER(credentials),
        IN_FOLDER(storages),      IN_FOLDER(flash_xml_files),
    };
    return cmocka_run_group_tests_name("formats-rom-xml", tests, NULL, NULL);
}
