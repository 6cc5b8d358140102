/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"
#include "tests/unit/formats/two_storages.h"

#include "formats/file.h"
#include "formats/scatter.h"

/* A scatter of the general block and these records, with a record's usual rest filled in. */
#define GENERAL                                                                                     \
    "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V1.1.2\n      platform: MT6765\n" \
    "      project: demo\n      storage: EMMC\n      boot_channel: MSDC_0\n      block_size: 0x20000\n"
#define RECORD(name, start, size, region, extra)                                                    \
    "- partition_index: SYS0\n  partition_name: " name "\n  file_name: NONE\n  is_download: true\n" \
    "  type: NORMAL_ROM\n  linear_start_addr: " start "\n  physical_start_addr: " start "\n"        \
    "  partition_size: " size "\n  region: " region "\n" extra "\n"
#define USER(name, start, size)     RECORD(name, start, size, "EMMC_USER", "")
#define RESERVED(name, start, size) RECORD(name, start, size, "EMMC_USER", "  is_reserved: true\n")

static struct mtk_scatter good(const char *text, const char *storage)
{
    struct mtk_scatter s;
    struct mtk_error err = {0};
    if (mtk_scatter_parse(text, strlen(text), "scatter.txt", storage, &s, &err) != 0)
        fail_msg("%s (line %u)", err.what, err.line);
    return s;
}

static void expect_bad(const char *text, int row, unsigned line, const char *why)
{
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse(text, strlen(text), "scatter.txt", NULL, &s, &err), -1);
    assert_error(&err, row, why);
    assert_string_equal(err.file, "scatter.txt");
    assert_int_equal(err.line, line);
    assert_null(s.rows);
}

static void sample_fields(void **state)
{
    (void)state;
    struct mtk_scatter s;
    assert_int_equal(mtk_scatter_read(TEST_DATA "/MT6765_Android_scatter.txt", NULL, &s, NULL), 0);
    assert_string_equal(s.config_version, "V1.1.2");
    assert_string_equal(s.project, "harness65_demo");
    assert_string_equal(s.storage, "EMMC");
    assert_string_equal(s.boot_channel, "MSDC_0");
    assert_int_equal(s.block_size, 0x20000);
    const struct mtk_scatter_row *p = mtk_scatter_find(&s, "preloader");
    assert_ptr_equal(p, &s.rows[0]);
    assert_string_equal(p->file_name, "preloader_harness65_demo.bin");
    assert_string_equal(p->type, "SV5_BL_BIN");
    assert_string_equal(p->region, "EMMC_BOOT1_BOOT2");
    assert_string_equal(p->storage, "HW_STORAGE_EMMC");
    assert_int_equal(p->operation, MTK_OP_BOOTLOADERS);
    assert_true(p->is_download && p->boundary_check && p->is_upgradable && !p->is_reserved &&
                !p->empty_boot_needed);
    assert_int_equal(p->line, 19);
    const struct mtk_scatter_row *nvram = mtk_scatter_find(&s, "nvram");
    assert_string_equal(nvram->file_name, "");
    assert_int_equal(nvram->operation, MTK_OP_BINREGION);
    assert_int_equal(nvram->physical_start, 0x1a600000);
    assert_int_equal(nvram->size, 0x4000000);
    assert_null(mtk_scatter_find(&s, "nvra"));
    assert_null(mtk_scatter_find(&s, "NVRAM"));
    mtk_scatter_release(&s);
}

/* Places on a phone: normal rows as written, reserved ones by their sizes from the end (3.4, 4.6). */
static void places(void **state)
{
    (void)state;
    struct mtk_scatter s;
    uint64_t start, size;
    assert_int_equal(mtk_scatter_read(TEST_DATA "/MT6737_Android_scatter.txt", NULL, &s, NULL), 0);
    static const struct {
        const char *name;
        uint64_t start, size;
    } rows[] = {
        {"proinfo", 0x80000, 0x300000},
        {"userdata", 0xC6000000, 0x60000000},
        {"flashinfo", 0x1D0F80000, 0x1000000},
        {"sgpt", 0x1D1F80000, 0x80000},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct mtk_scatter_row *row = mtk_scatter_find(&s, rows[i].name);
        assert_int_equal(mtk_scatter_resolve(&s, row, UINT64_C(0x1D2000000), &start, &size, NULL), 0);
        assert_true(start == rows[i].start && size == rows[i].size);
    }
    mtk_scatter_release(&s);
    /* here sgpt is smaller than a unit: nnnn is 0 and that of the row before is rounded down, which would overlap */
    assert_int_equal(mtk_scatter_read(TEST_DATA "/MT6765_Android_scatter.txt", NULL, &s, NULL), 0);
    uint64_t end = UINT64_C(0x3A3E00000);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "sgpt"), end, &start, &size, NULL), 0);
    assert_true(start == end - 0x8000 && size == 0x8000);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "flashinfo"), end, &start, &size, NULL), 0);
    assert_true(start == end - 0x8000 - 0x1000000 && size == 0x1000000);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "otp"), end, &start, &size, NULL), 0);
    assert_true(start == end - 0x8000 - 0x1000000 - 0x2b00000);
    /* a phone that is too small, by one byte and by a lot */
    struct mtk_error err = {0};
    const struct mtk_scatter_row *userdata = mtk_scatter_find(&s, "userdata");
    uint64_t least = userdata->physical_start + userdata->size + 0x8000 + 0x1000000 + 0x2b00000;
    assert_int_equal(mtk_scatter_resolve(&s, userdata, least, &start, &size, &err), 0);
    assert_int_equal(mtk_scatter_resolve(&s, userdata, least - 1, &start, &size, &err), -1);
    assert_error(&err, MTK_E_MTK_OUT_OF_RANGE, "\"userdata\"");
    assert_int_equal(err.line, userdata->line);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "otp"), 0x1000000, &start, &size, &err),
                     -1);
    mtk_scatter_release(&s);
}

/* Size 0 is "the rest": up to the next row, or up to the reserved rows. */
static void rest(void **state)
{
    (void)state;
    struct mtk_scatter s = good(GENERAL USER("a", "0x0", "0x1000") USER("b", "0x1000", "0")
                                    USER("c", "0x3000", "0x0") RESERVED("r", "0xFFFF0001", "0x800"),
                                NULL);
    uint64_t start, size;
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[1], 0x8000, &start, &size, NULL), 0);
    assert_true(start == 0x1000 && size == 0x2000);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[2], 0x8000, &start, &size, NULL), 0);
    assert_true(start == 0x3000 && size == 0x4800);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[2], 0x3000, &start, &size, NULL), -1);
    mtk_scatter_release(&s);
    s = good(GENERAL USER("a", "0", "1") RESERVED("r", "0xFFFF0001", "0xFFFFFFFFFFFFFFFF")
                 RESERVED("q", "1", "1"),
             NULL);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[1], UINT64_MAX, &start, &size, NULL), -1);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[0], UINT64_MAX, &start, &size, NULL), -1);
    mtk_scatter_release(&s);
}

/* The same file with CRLF, tabs, a byte order mark, no newline at the end, upper-case hex digits and prefix. */
static void spelling(void **state)
{
    (void)state;
    struct mtk_scatter s =
        good("\xEF\xBB\xBF# comment\r\n-  general : MTK_PLATFORM_CFG\r\n\tinfo:\r\n"
             "\t- config_version: v1.1.8\r\n\tplatform:MT6765\r\n\tmodem_check: false\r\n\r\n"
             "   # indented comment\r\n"
             "-\tpartition_index: SYS7\r\npartition_name:lk\r\n  file_name:  lk: new.img \r\n"
             "  is_download: True\r\n  linear_start_addr: 0X1AbC\r\n  physical_start_addr: 6844\r\n"
             "  partition_size: 0x10\r\n  region: EMMC_USER\r\n  storage: HW_STORAGE_EMMC\r\n"
             "  future_key: whatever",
             NULL);
    assert_int_equal(s.n_rows, 1);
    assert_string_equal(s.rows[0].file_name, "lk: new.img");
    assert_int_equal(s.rows[0].linear_start, 0x1ABC);
    assert_int_equal(s.rows[0].physical_start, 0x1ABC);
    assert_int_equal(s.rows[0].line, 9);
    assert_true(s.rows[0].boundary_check);
    assert_int_equal(s.rows[0].operation, MTK_OP_UNKNOWN);
    /* what the general block leaves out follows from the rows */
    assert_string_equal(s.storage, "EMMC");
    assert_int_equal(s.block_size, 0x20000);
    mtk_scatter_release(&s);
    struct mtk_blob text;
    assert_int_equal(mtk_file_read(TEST_DATA "/MT6737_Android_scatter.txt", 1 << 20, &text, NULL), 0);
    char *crlf = malloc(2 * text.len);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n')
            crlf[n++] = '\r';
        crlf[n++] = (char)text.data[i];
    }
    assert_int_equal(mtk_scatter_parse(crlf, n, "x", NULL, &s, NULL), 0);
    size_t len;
    char *written = mtk_scatter_write(&s, &len);
    assert_int_equal(len, text.len);
    assert_memory_equal(written, text.data, len);
    free(written);
    free(crlf);
    mtk_scatter_release(&s);
    mtk_blob_release(&text);
}

/* A storage that the general block leaves out is taken from a row only as far as it is a word. */
static void derived_storage(void **state)
{
    (void)state;
#define WITHOUT_STORAGE "- general: MTK_PLATFORM_CFG\n    - config_version: V1.1.2\n      platform: MT6765\n"
    static const char *const cases[][2] = {{"HW_STORAGE_UFS", "UFS"},
                                           {"HW_STORAGE_ x", ""},
                                           {"HW_STORAGE_ABCDEFGHIJKL", "ABCDEFGHIJKL"},
                                           {"EMMC", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[1024];
        snprintf(text, sizeof(text), "%s  storage: %s\n", WITHOUT_STORAGE USER("a", "0", "1"), cases[i][0]);
        struct mtk_scatter s = good(text, NULL);
        assert_string_equal(s.storage, cases[i][1]);
        assert_int_equal(s.block_size, strcmp(s.storage, "UFS") == 0 ? 0x80000 : 0x20000);
        mtk_scatter_release(&s);
    }
}

/* What genuine and third-party files do (3.1, "Quirks"). */
static void quirks(void **state)
{
    (void)state;
    /* 1: singular operation, type NONE, a last record without a name */
    struct mtk_scatter s =
        good(GENERAL RECORD("PRELOADER", "0x0", "0x1000", "EMMC_BOOT_1", "  operation_type: BOOTLOADER\n")
                 RESERVED("", "0xFFFF0080", "0x10"),
             NULL);
    assert_int_equal(s.rows[0].operation, MTK_OP_BOOTLOADERS);
    assert_string_equal(s.rows[0].operation_text, "BOOTLOADER");
    assert_string_equal(s.rows[1].name, "");
    mtk_scatter_release(&s);
    /* 3: a reserved row with a plain address in front of others is out of order and still legal */
    s = good(GENERAL USER("a", "0x1000", "0x10") RESERVED("FLASHINFO", "0x10", "0x100")
                 USER("b", "0x2000", "0x10"),
             NULL);
    uint64_t start, size;
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[1], 0x10000, &start, &size, NULL), 0);
    assert_true(start == 0xFF00);
    mtk_scatter_release(&s);
    /* 6: preloader in one boot area, its backup in the other, both at 0 */
    s = good(GENERAL RECORD("preloader", "0x0", "0x1000", "EMMC_BOOT1", "")
                 RECORD("preloader_backup", "0x0", "0x1000", "EMMC_BOOT2", "") USER("pgpt", "0x0", "0x8000"),
             NULL);
    mtk_scatter_release(&s);
    /* a repeated key that says the same */
    s = good(GENERAL RECORD("a", "0", "1", "EMMC_USER", "  region: EMMC_USER\n"), NULL);
    mtk_scatter_release(&s);
}

/* Quirk 2: every physical address 0; only the linear ones say where things are, counted from before the region. */
static void only_linear(void **state)
{
    (void)state;
#define LINEAR(name, start, size, region)                                                                   \
    "- partition_index: SYS0\n partition_name: " name "\n file_name: NONE\n is_download: true\n"            \
    " linear_start_addr: " start "\n physical_start_addr: 0x0\n partition_size: " size "\n region: " region \
    "\n"
    struct mtk_scatter s = good(GENERAL LINEAR("PRELOADER", "0x0", "0x40000", "EMMC_BOOT_1")
                                    LINEAR("MBR", "0x600000", "0x80000", "EMMC_USER")
                                        LINEAR("EBR1", "0x680000", "0x80000", "EMMC_USER"),
                                NULL);
    uint64_t start, size;
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[0], 0x400000, &start, &size, NULL), 0);
    assert_true(start == 0);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[1], 0x400000, &start, &size, NULL), 0);
    assert_true(start == 0 && size == 0x80000);
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[2], 0x400000, &start, &size, NULL), 0);
    assert_true(start == 0x80000);
    mtk_scatter_release(&s);
    expect_bad(GENERAL LINEAR("MBR", "0x600000", "0x80000", "EMMC_USER")
                   LINEAR("EBR1", "0x67FFFF", "0x80000", "EMMC_USER"),
               MTK_E_S_DL_LOAD_REGION_IS_OVERLAP, 17, "\"EBR1\"");
    expect_bad(GENERAL LINEAR("MBR", "0x600000", "0x80000", "EMMC_USER")
                   LINEAR("EBR1", "0x500000", "0x80000", "EMMC_USER"),
               MTK_E_S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER, 17, "\"EBR1\"");
}

static void multi_storage(void **state)
{
    (void)state;
    static const struct {
        const char *want, *storage, *region, *channel;
        uint32_t block;
    } cases[] = {{NULL, "EMMC", "EMMC_USER", "CH_EMMC", 0x20000},
                 {"EMMC", "EMMC", "EMMC_USER", "CH_EMMC", 0x20000},
                 {"ufs", "UFS", "UFS_LU2", "CH_UFS", 0x80000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mtk_scatter s = good(TWO_STORAGES, cases[i].want);
        assert_int_equal(s.n_rows, 1);
        assert_string_equal(s.storage, cases[i].storage);
        assert_string_equal(s.boot_channel, cases[i].channel);
        assert_string_equal(s.rows[0].region, cases[i].region);
        assert_int_equal(s.block_size, cases[i].block);
        assert_int_equal(mtk_scatter_unit(&s), cases[i].block);
        assert_int_equal(s.n_storages, 2);
        assert_string_equal(s.storages[0], "EMMC");
        assert_string_equal(s.storages[1], "UFS");
        assert_true(mtk_scatter_has_storage(&s, "emmc"));
        assert_true(mtk_scatter_has_storage(&s, "ufs"));
        assert_false(mtk_scatter_has_storage(&s, "nand"));
        mtk_scatter_release(&s);
    }
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse(TWO_STORAGES, strlen(TWO_STORAGES), "x", "NAND", &s, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "no section for storage NAND");
    expect_bad(TWO_STORAGES SECTION("EMMC", "1", "EMMC_USER", "0"), MTK_E_S_DL_SCAT_INCORRECT_FORMAT, 36,
               "second section for storage EMMC");
}

/* What a section says of itself must not contradict what it is called. */
static void sections_that_cannot_be(void **state)
{
    (void)state;
    static const char general[] =
        "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V2.1.0\n      platform: MT6785\n";
    static const struct {
        const char *sections, *why;
        unsigned line;
    } cases[] = {
        {"- storage_type: EMMC\n  - general: MTK_STORAGE_CFG\n      - storage: UFS\n",
         "section for storage EMMC describes storage UFS", 5},
        {"- storage_type: 0123456789012345\n", "impossible storage", 5},
        {"- storage_type:\n", "impossible storage", 5},
        {"- storage_type: A\n- storage_type: B\n- storage_type: C\n- storage_type: D\n- storage_type: E\n",
         "more than 4 storages", 9},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[2048];
        snprintf(text, sizeof(text), "%s%s%s", general, cases[i].sections, USER("lk", "0", "1"));
        expect_bad(text, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, cases[i].line, cases[i].why);
    }
}

/* MT6572: linear addresses count boot1, boot2, RPMB before the user area; MT6765: they are the physical ones (3.5). */
static void linear_bases(void **state)
{
    (void)state;
    uint64_t base;
    struct mtk_scatter s = good(GENERAL LINEAR("PRELOADER", "0x0", "0x40000", "EMMC_BOOT_1")
                                    LINEAR("MBR", "0x600000", "0x80000", "EMMC_USER")
                                        LINEAR("EBR1", "0x680000", "0x80000", "EMMC_USER"),
                                NULL);
    assert_true(mtk_scatter_linear_base(&s, "EMMC_USER", &base));
    assert_int_equal(base, 0x600000);
    assert_true(mtk_scatter_linear_base(&s, "EMMC_BOOT_1", &base));
    assert_int_equal(base, 0);
    assert_false(mtk_scatter_linear_base(&s, "EMMC_RPMB", &base));
    mtk_scatter_release(&s);
    assert_int_equal(mtk_scatter_read(TEST_DATA "/MT6765_Android_scatter.txt", NULL, &s, NULL), 0);
    assert_true(mtk_scatter_linear_base(&s, "EMMC_USER", &base));
    assert_int_equal(base, 0);
    assert_int_equal(s.n_storages, 1);
    assert_true(mtk_scatter_has_storage(&s, "emmc"));
    assert_int_equal(mtk_scatter_unit(&s), 0x20000);
    mtk_scatter_release(&s);
}

/* NAND: one region without a name; the pool of spare blocks is counted from the end of the chip. */
static void nand(void **state)
{
    (void)state;
    static const char text[] =
        "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V1.1.1\n      platform: MT6572\n"
        "      project: demo\n      storage: NAND\n      boot_channel: NONE\n      block_size: "
        "0x20000\n" RECORD("PRELOADER", "0x0", "0x80000", "NONE", "  storage: HW_STORAGE_NAND\n")
            RECORD("NVRAM", "0x80000", "0x300000", "NONE", "  d_type: FULL_PAGE\n")
                RECORD("USRDATA", "0x380000", "0x0", "NONE", "")
                    RECORD("BMTPOOL", "0xFFFF0050", "0xA00000", "NONE", "  is_reserved: true\n");
    struct mtk_scatter s = good(text, NULL);
    uint64_t start, size;
    assert_string_equal(s.storage, "NAND");
    assert_int_equal(mtk_scatter_unit(&s), 0x20000);
    for (size_t i = 0; i < s.n_rows; i++)
        assert_string_equal(mtk_scatter_row_area(&s, &s.rows[i]), "nand");
    const uint64_t chip = UINT64_C(0x20000000);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "USRDATA"), chip, &start, &size, NULL), 0);
    assert_int_equal(start, 0x380000);
    assert_int_equal(start + size, chip - 0xA00000);
    assert_int_equal(mtk_scatter_resolve(&s, mtk_scatter_find(&s, "BMTPOOL"), chip, &start, &size, NULL), 0);
    assert_int_equal(start, chip - 0x50 * UINT64_C(0x20000)); /* 0xFFFF0050: 80 blocks */
    mtk_scatter_release(&s);
    /* on eMMC a row of that region has no place, unless it says for itself that it is of NAND */
    s = good(GENERAL RECORD("a", "0", "1", "NONE", "")
                 RECORD("b", "1", "1", "NONE", "  storage: HW_STORAGE_NAND\n") USER("c", "0", "1"),
             NULL);
    assert_null(mtk_scatter_row_area(&s, &s.rows[0]));
    assert_string_equal(mtk_scatter_row_area(&s, &s.rows[1]), "nand");
    assert_string_equal(mtk_scatter_row_area(&s, &s.rows[2]), "user");
    mtk_scatter_release(&s);
}

static void layout_errors(void **state)
{
    (void)state;
    expect_bad(GENERAL USER("a", "0x0", "0x10") USER("a", "0x10", "0x10"), MTK_E_S_DL_SCAT_INCORRECT_FORMAT,
               19, "\"a\" is there twice (before in line 9)");
    expect_bad(GENERAL USER("a", "0x0", "0x11") USER("b", "0x10", "0x10"), MTK_E_S_DL_LOAD_REGION_IS_OVERLAP,
               19, "\"b\" at 0x10 overlaps \"a\" of line 9");
    expect_bad(GENERAL USER("a", "0x20", "0x10") USER("b", "0x10", "0x10"),
               MTK_E_S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER, 19, "runs backwards");
    expect_bad(GENERAL USER("a", "0xFFFFFFFFFFFFFFFF", "0x1"), MTK_E_S_DL_SCAT_INCORRECT_FORMAT, 9,
               "64 bits");
    /* both copies of a bootloader cover each boot area */
    expect_bad(GENERAL RECORD("a", "0", "0x10", "EMMC_BOOT1", "") RECORD("b", "0", "0x10", "EMMC_BOOT2", "")
                   RECORD("c", "0x8", "0x10", "EMMC_BOOT1_BOOT2", ""),
               MTK_E_S_DL_LOAD_REGION_IS_OVERLAP, 29, "\"c\"");
    expect_bad(GENERAL RECORD("a", "0", "0x10", "UFS_LU0_LU1", "") RECORD("b", "0", "0x10", "UFS_LU1", ""),
               MTK_E_S_DL_LOAD_REGION_IS_OVERLAP, 19, "\"b\"");
    /* regions that nobody knows are compared by their names */
    expect_bad(GENERAL RECORD("a", "0", "0x10", "X", "") RECORD("b", "0", "0x10", "X", ""),
               MTK_E_S_DL_LOAD_REGION_IS_OVERLAP, 19, "\"b\"");
}

static void syntax_errors(void **state)
{
    (void)state;
    const int format = MTK_E_S_DL_SCAT_INCORRECT_FORMAT, version = MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED;
    expect_bad("", format, 0, "no general block");
    expect_bad("# nothing\n", format, 0, "no general block");
    expect_bad(USER("a", "0", "1"), format, 0, "no general block");
    expect_bad(GENERAL, format, 0, "no partitions");
    expect_bad(GENERAL GENERAL, format, 9, "second general block");
    expect_bad("- general: OTHER\n", format, 1, "unknown general block \"OTHER\"");
    expect_bad("platform: x\n", format, 1, "outside of any block");
    expect_bad(GENERAL "nonsense\n", format, 9, "neither a comment");
    expect_bad(GENERAL USER("a", "0x", "1"), format, 14, "linear_start_addr is not a number: \"0x\"");
    expect_bad(GENERAL USER("a", "0", "-1"), format, 16, "partition_size is not a number: \"-1\"");
    expect_bad(GENERAL USER("a", "0", ""), format, 16, "partition_size is not a number");
    expect_bad(GENERAL USER("a", "0", "0x10000000000000000"), format, 16, "not a number");
    expect_bad(GENERAL USER("a", "0", "18446744073709551616"), format, 16, "not a number");
    expect_bad(GENERAL USER("a", "0", "12fg"), format, 16, "not a number");
    expect_bad(GENERAL RECORD("a", "0", "1", "EMMC_USER", "  is_reserved: maybe\n"), format, 18,
               "neither true nor");
    expect_bad(GENERAL RECORD("a", "0", "1", "EMMC_USER", "  region: OTHER\n"), format, 18, "given twice");
    expect_bad(GENERAL USER("a b", "0", "1"), format, 10, "partition_name contains a character (0x20)");
    expect_bad(GENERAL USER("a/b", "0", "1"), format, 10, "(0x2f)");
    expect_bad(GENERAL USER("a\x1b[m", "0", "1"), format, 10, "(0x1b)");
    expect_bad(GENERAL USER("0123456789012345678901234567890123456789012345678901234567890123", "0", "1"),
               format, 10, "longer than 63");
    expect_bad(GENERAL "- partition_index: SYS0\n  partition_name: a\n", format, 9, "file_name is missing");
    expect_bad(GENERAL "- partition_index: SYS0\n  partition_name:\n  file_name: x\n  is_download: true\n"
                       "  linear_start_addr: 0\n  physical_start_addr: 0\n  partition_size: 1\n  region: X\n",
               format, 9, "has no name");
    expect_bad("- general: MTK_PLATFORM_CFG\n  - config_version: V3.0\n  platform: x\n", version, 2, "V3.0");
    expect_bad("PRELOADER 0x0\n{\n}\n", version, 1, "neither an XML scatter nor a text scatter");
    expect_bad("- general: MTK_PLATFORM_CFG\n  - config_version: V1.1.2\n", format, 2, "platform is missing");
}

static void limits(void **state)
{
    (void)state;
    for (unsigned n = 512; n <= 513; n++) {
        char *text = NULL;
        size_t len = 0;
        FILE *f = open_memstream(&text, &len);
        assert_non_null(f);
        fputs(GENERAL, f);
        for (unsigned i = 0; i < n; i++)
            fprintf(
                f,
                "- partition_index: SYS%u\n partition_name: p%u\n file_name: NONE\n is_download: false\n"
                " linear_start_addr: %u\n physical_start_addr: %u\n partition_size: 1\n region: EMMC_USER\n",
                i, i, i + 1, i + 1);
        fclose(f);
        if (n == 513) {
            expect_bad(text, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, 9 + 512 * 8, "more than 512");
        } else {
            struct mtk_scatter s = good(text, NULL);
            assert_int_equal(s.n_rows, 512);
            mtk_scatter_release(&s);
        }
        free(text);
    }
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_scatter_parse("", (size_t)MTK_SCATTER_MAX_BYTES + 1, "x", NULL, &s, &err), -1);
    assert_error(&err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, "too large");
    assert_int_equal(mtk_scatter_read(TEST_DATA "/no such file", NULL, &s, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "");
}

static void regions(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"EMMC_BOOT1_BOOT2", "boot1"},
        {"EMMC_BOOT1", "boot1"},
        {"EMMC_BOOT_1", "boot1"},
        {"EMMC_BOOT2", "boot2"},
        {"EMMC_BOOT_2", "boot2"},
        {"EMMC_USER", "user"},
        {"EMMC_RPMB", "rpmb"},
        {"EMMC_GP3", "gp3"},
        {"UFS_LU0_LU1", "lu0"},
        {"UFS_LU0", "lu0"},
        {"UFS_LU1", "lu1"},
        {"UFS_LU2", "lu2"},
        {"NONE", "nand"},
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_string_equal(mtk_region_area(table[i][0]), table[i][1]);
    assert_null(mtk_region_area("EMMC"));
    assert_true(mtk_region_both_boots("EMMC_BOOT1_BOOT2"));
    assert_true(mtk_region_both_boots("UFS_LU0_LU1"));
    assert_false(mtk_region_both_boots("EMMC_BOOT1"));
    assert_false(mtk_region_both_boots("EMMC"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_fields),
        cmocka_unit_test(places),
        cmocka_unit_test(rest),
        cmocka_unit_test(spelling),
        cmocka_unit_test(quirks),
        cmocka_unit_test(only_linear),
        cmocka_unit_test(multi_storage),
        cmocka_unit_test(sections_that_cannot_be),
        cmocka_unit_test(linear_bases),
        cmocka_unit_test(nand),
        cmocka_unit_test(layout_errors),
        cmocka_unit_test(syntax_errors),
        cmocka_unit_test(limits),
        cmocka_unit_test(regions),
        cmocka_unit_test(derived_storage),
    };
    return cmocka_run_group_tests_name("formats-scatter", tests, NULL, NULL);
}
