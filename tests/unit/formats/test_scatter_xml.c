/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "formats/file.h"
#include "formats/scatter.h"

#define SAMPLE TEST_DATA "/MT6789_Android_scatter.xml"

#define HEAD                                                                                    \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root>\n<general name=\"MTK_PLATFORM_CFG\">\n" \
    "<config_version name=\"V2.2.0\"><platform>MT6789</platform><project>demo</project>"        \
    "</config_version></general>\n"
#define TAIL "</root>\n"
#define SECTION(storage, rows)                                                                      \
    "<storage_type name=\"" storage "\"><general name=\"MTK_STORAGE_CFG\"><storage name=\"" storage \
    "\"><block_size>0x20000</block_size></storage></general>\n" rows "</storage_type>\n"
#define ROW_OF(name, file, start, size, region)                                                     \
    "<partition_index name=\"SYS0\"><partition_name>" name "</partition_name><file_name>" file      \
    "</file_name><is_download>true</is_download><linear_start_addr>" start "</linear_start_addr>"   \
    "<physical_start_addr>" start "</physical_start_addr><partition_size>" size "</partition_size>" \
    "<region>" region "</region></partition_index>\n"
#define ROW(name, start) ROW_OF(name, "a.img", start, "0x100", "EMMC_USER")
#define ONE(rows)              \
    HEAD SECTION("EMMC", rows) \
    TAIL

static struct mtk_scatter good(const char *text, const char *storage)
{
    struct mtk_scatter s;
    struct mtk_error err = {0};
    if (mtk_scatter_parse(text, strlen(text), "scatter.xml", storage, &s, &err) != 0)
        fail_msg("%s (line %u)", err.what, err.line);
    assert_true(s.xml);
    return s;
}

static void expect_bad_at(const char *text, size_t len, int row, unsigned line, const char *why)
{
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse(text, len, "scatter.xml", NULL, &s, &err), -1);
    assert_error(&err, row, why);
    assert_string_equal(err.file, "scatter.xml");
    assert_int_equal(err.line, line);
    assert_null(s.rows);
}

static void expect_bad(const char *text, unsigned line, const char *why)
{
    expect_bad_at(text, strlen(text), MTK_E_S_DL_SCAT_INCORRECT_FORMAT, line, why);
}

static void sample(void **state)
{
    (void)state;
    static const struct {
        const char *want, *storage, *channel, *boot, *user;
        uint32_t block;
    } cases[] = {{NULL, "EMMC", "MSDC_0", "EMMC_BOOT1", "EMMC_USER", 0x20000},
                 {"emmc", "EMMC", "MSDC_0", "EMMC_BOOT1", "EMMC_USER", 0x20000},
                 {"ufs", "UFS", "UFSHCI_0", "UFS_LU0", "UFS_LU2", 0x80000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mtk_scatter s;
        struct mtk_error err = {0};
        assert_int_equal(mtk_scatter_read(SAMPLE, cases[i].want, &s, &err), 0);
        assert_true(s.xml);
        assert_string_equal(s.path, SAMPLE);
        assert_string_equal(s.config_version, "V2.2.0");
        assert_string_equal(s.platform, "MT6789");
        assert_string_equal(s.project, "harness89_demo");
        assert_string_equal(s.storage, cases[i].storage);
        assert_string_equal(s.boot_channel, cases[i].channel);
        assert_int_equal(s.block_size, cases[i].block);
        assert_int_equal(mtk_scatter_unit(&s), cases[i].block);
        assert_int_equal(s.n_storages, 2);
        assert_true(mtk_scatter_has_storage(&s, "EMMC") && mtk_scatter_has_storage(&s, "UFS"));
        assert_int_equal(s.n_rows, 49);
        assert_string_equal(s.rows[0].name, "preloader");
        assert_string_equal(s.rows[0].file_name, "preloader_harness89_demo.bin");
        assert_int_equal(s.rows[0].operation, MTK_OP_BOOTLOADERS);
        assert_string_equal(mtk_scatter_row_area(&s, &s.rows[0]), mtk_region_area(cases[i].boot));
        const struct mtk_scatter_row *sgpt = mtk_scatter_find(&s, "sgpt");
        assert_true(sgpt->is_reserved);
        assert_int_equal(sgpt->physical_start, 0xFFFF0000);
        assert_string_equal(sgpt->region, cases[i].user);
        uint64_t start, size;
        assert_int_equal(mtk_scatter_resolve(&s, sgpt, UINT64_C(0x1D2000000), &start, &size, NULL), 0);
        assert_int_equal(start, UINT64_C(0x1D2000000) - 0x8000);
        assert_int_equal(mtk_scatter_find(&s, "userdata")->operation, MTK_OP_NEEDRESIZE);
        mtk_scatter_release(&s);
    }
}

/* What was read from both sections is written back byte for byte. */
static void sample_byte_for_byte(void **state)
{
    (void)state;
    struct mtk_blob text;
    struct mtk_scatter emmc, ufs, back;
    struct mtk_error err = {0};
    assert_int_equal(mtk_file_read(SAMPLE, MTK_SCATTER_MAX_BYTES, &text, &err), 0);
    assert_int_equal(mtk_scatter_read(SAMPLE, "EMMC", &emmc, &err), 0);
    assert_int_equal(mtk_scatter_read(SAMPLE, "UFS", &ufs, &err), 0);
    const struct mtk_scatter *const both[] = {&emmc, &ufs};
    size_t len = 0;
    char *written = mtk_scatter_write_xml(both, 2, &len);
    assert_non_null(written);
    assert_int_equal(len, text.len);
    assert_memory_equal(written, text.data, len);
    free(written);
    /* one section is a scatter of its own, and that is also what the general writer makes of it */
    written = mtk_scatter_write(&ufs, &len);
    assert_non_null(written);
    assert_int_equal(mtk_scatter_parse(written, len, "x", NULL, &back, &err), 0);
    assert_true(back.xml);
    assert_int_equal(back.n_storages, 1);
    assert_string_equal(back.storage, "UFS");
    assert_int_equal(back.n_rows, ufs.n_rows);
    mtk_scatter_release(&back);
    free(written);
    assert_null(mtk_scatter_write_xml(both, 0, &len));
    mtk_scatter_release(&emmc);
    mtk_scatter_release(&ufs);
    mtk_blob_release(&text);
}

/* A byte order mark and blanks in front, CRLF, attributes that nobody knows, comments, and the five entities of XML. */
static void spelling(void **state)
{
    (void)state;
    struct mtk_scatter s = good("\xEF\xBB\xBF" ONE(ROW("lk", "0x0")), NULL);
    mtk_scatter_release(&s);
    s = good(" \r\n\n\t<root><!-- c -->\r\n<general name=\"MTK_PLATFORM_CFG\" skip_pt_operate=\"true\">"
             "<config_version name=\"V2.2.0\">\r\n<platform> MT6789 </platform></config_version></general>"
             "<storage_type name=\"UFS\">" ROW_OF("lk", "a&amp;b&#x27;.img", "0", "1",
                                                  "UFS_LU2") "</storage_type></root>",
             NULL);
    assert_string_equal(s.platform, "MT6789");
    assert_string_equal(s.project, "");
    assert_string_equal(s.storage, "UFS");
    assert_int_equal(s.block_size, 0x80000);
    assert_string_equal(s.rows[0].file_name, "a&b'.img");
    assert_int_equal(s.rows[0].line, 5);
    size_t len = 0;
    char *written = mtk_scatter_write(&s, &len);
    assert_non_null(strstr(written, "<file_name>a&amp;b'.img</file_name>"));
    struct mtk_scatter back = good(written, NULL);
    assert_string_equal(back.rows[0].file_name, "a&b'.img");
    mtk_scatter_release(&back);
    free(written);
    mtk_scatter_release(&s);
    /* Latin-1 becomes UTF-8 */
    s = good("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><root><general name=\"MTK_PLATFORM_CFG\">"
             "<config_version name=\"V2.2.0\"><platform>MT6789</platform><project>\xE4\xE4</project>"
             "</config_version></general>" SECTION("EMMC", ROW("lk", "0")) TAIL,
             NULL);
    assert_string_equal(s.project, "\xC3\xA4\xC3\xA4");
    mtk_scatter_release(&s);
}

/* Some makers' files have the table twice in a section: rows are told apart by name and region (3.6). */
static void repeated_rows(void **state)
{
    (void)state;
    struct mtk_scatter s = good(ONE(ROW("a", "0") ROW("b", "0x100") ROW("a", "0") ROW("b", "0x100")), NULL);
    assert_int_equal(s.n_rows, 2);
    assert_string_equal(s.rows[1].name, "b");
    mtk_scatter_release(&s);
    expect_bad(ONE(ROW("a", "0") ROW("b", "0x100") ROW("a", "0x200")), 8,
               "\"a\" is there twice (before in line 6)");
    expect_bad(ONE(ROW("a", "0") ROW_OF("a", "b.img", "0", "0x100", "EMMC_USER")), 7, "\"a\" is there twice");
    expect_bad(ONE(ROW("a", "0") ROW_OF("a", "a.img", "0", "0x200", "EMMC_USER")), 7, "\"a\" is there twice");
    expect_bad(ONE(ROW("a", "0") ROW_OF("a", "a.img", "0", "0x100", "EMMC_BOOT1")), 7,
               "\"a\" is there twice");
}

static void wrong_content(void **state)
{
    (void)state;
    expect_bad("<root/>", 0, "no general block");
    expect_bad("<flash-mode><project>k6985v1_64</project></flash-mode>", 1,
               "outermost element is <flash-mode>");
    expect_bad("<!-- c -->\n<Root/>", 2, "outermost element is <Root>, that of a scatter is <root>");
    expect_bad("<root><project>k6985v1_64</project></root>", 1, "\"project\" stands outside");
    expect_bad(HEAD TAIL, 0, "no partitions");
    expect_bad(ONE(ROW("a", "0x") ROW("b", "0x100")), 6, "linear_start_addr is not a number");
    expect_bad(ONE(ROW("a b", "0")), 6, "partition_name contains a character (0x20)");
    expect_bad(ONE(ROW("a\nb", "0")), 6, "partition_name contains a character (0x0a)");
    expect_bad(ONE("<partition_index name=\"SYS0\"><partition_name>a</partition_name></partition_index>"), 6,
               "file_name is missing");
    expect_bad(HEAD SECTION("EMMC", ROW("a", "0")) SECTION("EMMC", ROW("a", "0")) TAIL, 8,
               "second section for storage EMMC");
    expect_bad(ONE("<block_size>1</block_size>"), 6, "\"block_size\" stands outside");
    expect_bad_at(ONE(ROW("a", "0x10") ROW("b", "0")), strlen(ONE(ROW("a", "0x10") ROW("b", "0"))),
                  MTK_E_S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER, 7, "\"b\"");
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse(ONE(ROW("a", "0")), strlen(ONE(ROW("a", "0"))), "x", "ufs", &s, &err),
                     -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "no section for storage ufs");
}

/* Every key that a row needs: left out, there twice the same, there twice and contradicting itself. */
static void fields(void **state)
{
    (void)state;
    static const char *const keys[][2] = {{"partition_name", "lk"},       {"file_name", "lk.img"},
                                          {"is_download", "true"},        {"linear_start_addr", "0x0"},
                                          {"physical_start_addr", "0x0"}, {"partition_size", "0x100"},
                                          {"region", "EMMC_USER"}};
    for (size_t skip = 0; skip < COUNT(keys); skip++)
        for (unsigned times = 0; times < 4; times++) {
            char row[2048] = "<partition_index name=\"SYS0\">", text[4096], why[80] = "";
            for (size_t i = 0; i < COUNT(keys); i++)
                for (unsigned k = 0; k < (i == skip && times < 3 ? times : 1); k++)
                    snprintf(row + strlen(row), sizeof(row) - strlen(row), "<%s>%s</%s>", keys[i][0],
                             keys[i][1], keys[i][0]);
            if (times == 3)
                snprintf(row + strlen(row), sizeof(row) - strlen(row), "<%s>1</%s>", keys[skip][0],
                         keys[skip][0]);
            snprintf(text, sizeof(text),
                     HEAD "<storage_type name=\"EMMC\">\n%s</partition_index></storage_type>" TAIL, row);
            if (times == 0 || times == 3)
                snprintf(why, sizeof(why), times ? "%s is given twice" : "%s is missing here", keys[skip][0]);
            if (why[0]) {
                expect_bad(text, 6, why);
                continue;
            }
            struct mtk_scatter s = good(text, NULL);
            assert_int_equal(s.n_rows, 1);
            mtk_scatter_release(&s);
        }
}

static void not_well_formed(void **state)
{
    (void)state;
    static const char *const cases[] = {"<",
                                        "<?xml version=\"1.0\"?>\n",
                                        "<root>",
                                        "<root></toor>",
                                        "<root a=\"1\" a=\"2\"/>",
                                        "<root/><root/>",
                                        "<root>\xFF</root>",
                                        "<root>&nbsp;</root>",
                                        "<root>&#0;</root>",
                                        "<?xml version=\"1.0\" encoding=\"x\"?><root/>"};
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_bad(cases[i], i == 1 ? 2 : 1, "not a usable XML file");
    const char *text = ONE(ROW("a", "0"));
    for (size_t len = 1; len < strlen(text) - 2; len++) {
        struct mtk_scatter s;
        struct mtk_error err = {0};
        assert_int_equal(mtk_scatter_parse(text, len, "scatter.xml", NULL, &s, &err), -1);
        assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "not a usable XML file");
        assert_true(err.line > 0);
    }
    expect_bad("<root>text<general/></root>", 1, "text between the elements");
    expect_bad("<root><general name=\"MTK_PLATFORM_CFG\"/>text</root>", 1, "text between the elements");
    expect_bad("<root><general name=\"MTK_PLATFORM_CFG\">\ntext</general></root>", 2,
               "text between the elements");
}

/* A document type is refused before anything in it is looked at. */
static void document_types(void **state)
{
    (void)state;
    expect_bad("<!DOCTYPE root>\n" HEAD, 1, "document type");
    expect_bad(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE root [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;\">]>\n<root>&c;</root>",
        2, "document type");
    expect_bad("<!DOCTYPE root [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><root>&x;</root>", 1,
               "document type");
    expect_bad("<!DOCTYPE root SYSTEM \"http://localhost/a.dtd\"><root/>", 1, "document type");
}

static char *repeated(const char *before, const char *piece, size_t n, const char *after, size_t *len)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    assert_non_null(f);
    fputs(before, f);
    for (size_t i = 0; i < n; i++)
        fputs(piece, f);
    fputs(after, f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *before, *piece, *after;
        size_t good, bad; /* times the piece: what is still no fault of its own, and what is */
        const char *why;
    } cases[] = {
        {"<root>", "<a>", "", 31, 32, "32 deep"},
        {"<root>", "<a>", "", 31, 1000000, "32 deep"},
        {"<root a=\"", "x", "\"/>", 4096, 4097, "longer than 4096"},
        {"<root name=\"", "x", "\"/>", 4096, 4097, "longer than 4096"},
        {"<root><", "x", "/></root>", 4096, 4097, "longer than 4096"},
        {"<", "x", " name=\"\"/>", 4096, 4097, "longer than 4096"},
        {"<root><a>", "x", "</a></root>", 4096, 4097, "longer than 4096"},
        {"<root><a>", "&lt;", "</a></root>", 4096, 4097, "longer than 4096"},
        {"<root b=\"", "x", "\"/>", 4096, 3000000, "longer than 4096"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned over = 0; over < 2; over++) {
            size_t len = 0;
            char *text = repeated(cases[i].before, cases[i].piece, over ? cases[i].bad : cases[i].good,
                                  cases[i].after, &len);
            struct mtk_scatter s;
            struct mtk_error err = {0};
            assert_int_equal(mtk_scatter_parse(text, len, "x", NULL, &s, &err), -1);
            assert_non_null(err.row);
            bool said = strstr(err.what, cases[i].why) != NULL;
            if (said != (over == 1))
                fail_msg("case %zu, %u: %s", i, over, err.what);
            free(text);
        }
    /* a file of any size is cut off before a byte of it is parsed */
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse("<", (size_t)1 << 30, "x", NULL, &s, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "too large");
    char *dir = make_folder(), *path = path_in(dir, "huge.xml");
    write_file(dir, "huge.xml", "<root a=\"", 9);
    assert_int_equal(truncate(path, 1 << 30), 0);
    assert_int_equal(mtk_scatter_read(path, NULL, &s, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_TOO_LARGE, "1073741824");
    assert_int_equal(remove(path), 0);
    assert_int_equal(remove(dir), 0);
    free(path);
    free(dir);
}

/* Rows of a section that is not wanted are not even judged, as in the text form. */
static void other_section(void **state)
{
    (void)state;
    struct mtk_scatter s =
        good(HEAD SECTION("UFS", ROW("a", "nonsense")) SECTION("EMMC", ROW("a", "0")) TAIL, "EMMC");
    assert_int_equal(s.n_rows, 1);
    assert_string_equal(s.storage, "EMMC");
    assert_int_equal(s.n_storages, 2);
    mtk_scatter_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample),          cmocka_unit_test(sample_byte_for_byte), cmocka_unit_test(spelling),
        cmocka_unit_test(repeated_rows),   cmocka_unit_test(wrong_content),        cmocka_unit_test(fields),
        cmocka_unit_test(not_well_formed), cmocka_unit_test(document_types),       cmocka_unit_test(limits),
        cmocka_unit_test(other_section),
    };
    return cmocka_run_group_tests_name("formats-scatter-xml", tests, NULL, NULL);
}
