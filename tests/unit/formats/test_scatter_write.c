/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of a scatter, in each of its forms, is what is read again. */
#include "tests/unit/formats/harness.h"
#include "tests/unit/formats/two_storages.h"

#include "formats/file.h"
#include "formats/scatter.h"

static struct mtk_scatter good(const char *text, const char *storage)
{
    struct mtk_scatter s;
    struct mtk_error err = {0};
    if (mtk_scatter_parse(text, strlen(text), "scatter.txt", storage, &s, &err) != 0)
        fail_msg("%s (line %u)", err.what, err.line);
    return s;
}

static void round_trip_of(const char *path, size_t rows, const char *platform)
{
    struct mtk_blob text;
    struct mtk_scatter s;
    struct mtk_error err = {0};
    assert_int_equal(mtk_file_read(path, MTK_SCATTER_MAX_BYTES, &text, &err), 0);
    assert_int_equal(mtk_scatter_read(path, NULL, &s, &err), 0);
    assert_string_equal(s.path, path);
    assert_int_equal(s.n_rows, rows);
    assert_string_equal(s.platform, platform);
    size_t len;
    char *written = mtk_scatter_write(&s, &len);
    assert_non_null(written);
    assert_int_equal(len, text.len);
    assert_memory_equal(written, text.data, len);
    free(written);
    mtk_scatter_release(&s);
    mtk_blob_release(&text);
}

static void samples_byte_for_byte(void **state)
{
    (void)state;
    round_trip_of(TEST_DATA "/MT6737_Android_scatter.txt", 26, "MT6737");
    round_trip_of(TEST_DATA "/MT6765_Android_scatter.txt", 41, "MT6765");
}

/* ---- every field of every form ---- */

#define ROW_OF(text, op, place, bytes)                                                           \
    {                                                                                            \
        .name = text, .region = "EMMC_USER", .storage = "HW_STORAGE_EMMC", .type = "NORMAL_ROM", \
        .linear_start = place, .physical_start = place, .size = bytes, .operation = MTK_OP_##op, \
        .operation_text = #op, .boundary_check = true                                            \
    }

/* Each operation once; flags that differ; numbers of 64 bits; characters that XML gives a meaning of its own. */
static struct mtk_scatter_row table[] = {
    ROW_OF("preloader", BOOTLOADERS, 0, 0x40000),
    ROW_OF("lk", UPDATE, 0x8000, 0x100000),
    ROW_OF("expdb", INVISIBLE, 0x108000, 0x80000),
    ROW_OF("nvram", BINREGION, 0x188000, 0x500000),
    ROW_OF("protect1", PROTECTED, 0x700000, 0xA00000),
    ROW_OF("userdata", NEEDRESIZE, 0x1100000, UINT64_C(0x123456789000)),
    ROW_OF("flashinfo", RESERVED, 0xFFFF0084, 0x1000000),
    ROW_OF("sgpt", RESERVED, 0xFFFF000a, 0x80000),
};

static void fill_table(void)
{
    strcpy(table[0].region, "EMMC_BOOT1_BOOT2");
    strcpy(table[0].type, "SV5_BL_BIN");
    strcpy(table[0].file_name, "preloader_a.bin");
    strcpy(table[1].file_name, "lk & <other> \"x\": 1.img");
    table[0].is_download = table[0].is_upgradable = table[1].is_download = table[1].empty_boot_needed = true;
    table[3].linear_start = 0xD88000;
    table[6].is_reserved = table[7].is_reserved = true;
    table[6].boundary_check = table[7].boundary_check = false;
}

static void same_row(const struct mtk_scatter_row *a, const struct mtk_scatter_row *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->file_name, b->file_name);
    assert_string_equal(a->type, b->type);
    assert_string_equal(a->region, b->region);
    assert_string_equal(a->storage, b->storage);
    assert_string_equal(a->operation_text, b->operation_text);
    assert_int_equal(a->operation, b->operation);
    assert_int_equal(a->linear_start, b->linear_start);
    assert_int_equal(a->physical_start, b->physical_start);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->is_download, b->is_download);
    assert_int_equal(a->boundary_check, b->boundary_check);
    assert_int_equal(a->is_reserved, b->is_reserved);
    assert_int_equal(a->is_upgradable, b->is_upgradable);
    assert_int_equal(a->empty_boot_needed, b->empty_boot_needed);
}

/* The forms of sections 3.1, 3.3 and 3.6; other versions of the first are kept as they are called. */
static void every_field_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        bool xml;
    } forms[] = {
        {"V1.1.1", false}, {"V1.1.2", false}, {"V1.1.8", false}, {"V2.1.0", false}, {"V2.2.0", true}};
    fill_table();
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct mtk_scatter s = {.platform = "MT6765",
                                .project = "k65 v1: 64",
                                .storage = "EMMC",
                                .boot_channel = "MSDC_0",
                                .block_size = 0x20000,
                                .xml = forms[i].xml,
                                .rows = table,
                                .n_rows = COUNT(table)};
        strcpy(s.config_version, forms[i].version);
        size_t len;
        char *text = mtk_scatter_write(&s, &len);
        assert_non_null(text);
        struct mtk_scatter back = good(text, "EMMC");
        assert_int_equal(back.xml, s.xml);
        assert_string_equal(back.config_version, s.config_version);
        assert_string_equal(back.platform, s.platform);
        assert_string_equal(back.project, s.project);
        assert_string_equal(back.storage, s.storage);
        assert_string_equal(back.boot_channel, s.boot_channel);
        assert_int_equal(back.block_size, s.block_size);
        assert_int_equal(back.n_rows, s.n_rows);
        for (size_t k = 0; k < back.n_rows; k++)
            same_row(&back.rows[k], &table[k]);
        mtk_scatter_release(&back);
        free(text);
    }
}

/* ---- sections ---- */

/* Both sections are written again as the specification prints them, records two blanks further in (3.3). */
static void multi_storage_written(void **state)
{
    (void)state;
    struct mtk_scatter emmc = good(TWO_STORAGES, "EMMC"), ufs = good(TWO_STORAGES, "UFS");
    const struct mtk_scatter *const both[] = {&emmc, &ufs};
    size_t len;
    char *text = mtk_scatter_write_sections(both, 2, &len);
    assert_non_null(text);
    assert_int_equal(len, strlen(text));
    static const char *const pieces[] = {
        "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V2.1.0\n      platform: MT6785\n"
        "      project: k85v1_64\n#",
        "#\n- storage_type: EMMC\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n      - storage: "
        "EMMC\n"
        "        boot_channel: CH_EMMC\n        block_size: 0x20000\n  - partition_index: SYS0\n"
        "    partition_name: lk\n    file_name: lk.img\n    is_download: true\n    type: NORMAL_ROM\n"
        "    linear_start_addr: 0x1000\n",
        "\n\n- storage_type: UFS\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n      - storage: "
        "UFS\n"
        "        boot_channel: CH_UFS\n        block_size: 0x80000\n  - partition_index: SYS0\n",
    };
    for (size_t i = 0; i < COUNT(pieces); i++)
        if (!strstr(text, pieces[i]))
            fail_msg("piece %zu is not in\n%s", i, text);
    struct mtk_scatter back = good(text, "UFS");
    assert_int_equal(back.n_storages, 2);
    assert_string_equal(back.storages[0], "EMMC");
    assert_memory_equal(back.rows[0].region, ufs.rows[0].region, sizeof(back.rows[0].region));
    assert_int_equal(back.rows[0].physical_start, 0x2000);
    mtk_scatter_release(&back);
    free(text);
    /* one section alone is such a file too */
    text = mtk_scatter_write(&ufs, &len);
    back = good(text, NULL);
    assert_int_equal(back.n_storages, 1);
    assert_string_equal(back.storage, "UFS");
    assert_string_equal(back.config_version, "V2.1.0");
    mtk_scatter_release(&back);
    free(text);
    assert_null(mtk_scatter_write_sections(both, 0, &len));
    /* the form of one storage has no room for two */
    strcpy(emmc.config_version, "V1.1.2");
    assert_null(mtk_scatter_write_sections(both, 2, &len));
    mtk_scatter_release(&emmc);
    mtk_scatter_release(&ufs);
}

/* ---- what a program leaves out ---- */

/* A table made by a program, without the texts that a file would have. */
static void written_from_scratch(void **state)
{
    (void)state;
    struct mtk_scatter_row row = {.name = "lk",
                                  .region = "EMMC_USER",
                                  .storage = "HW_STORAGE_EMMC",
                                  .size = 0x100,
                                  .operation = MTK_OP_NEEDRESIZE};
    struct mtk_scatter s = {
        .config_version = "V3.0.0", .platform = "MT6765", .storage = "EMMC", .rows = &row};
    s.n_rows = 1;
    size_t len;
    char *text = mtk_scatter_write(&s, &len);
    assert_non_null(text);
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "config_version: V1.1.2\n"));
    assert_non_null(strstr(text, "file_name: NONE\n"));
    assert_non_null(strstr(text, "operation_type: NEEDRESIZE\n"));
    assert_null(strstr(text, "boot_channel"));
    struct mtk_scatter back = good(text, NULL);
    assert_int_equal(back.rows[0].operation, MTK_OP_NEEDRESIZE);
    mtk_scatter_release(&back);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_byte_for_byte),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(multi_storage_written),
        cmocka_unit_test(written_from_scratch),
    };
    return cmocka_run_group_tests_name("formats-scatter_write", tests, NULL, NULL);
}
