/* SPDX-License-Identifier: Apache-2.0 */
/* XML agents on UFS and NAND: names of sections, information, whole blocks, tables. da-xml.md 4, 4.1. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/pmt.h"
#include "formats/scatter.h"
#include "simdev/board/board.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/phone.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup ufs = {.chip = "mt6789", .storage = "ufs"};
static const struct wire_setup nand = {.chip = "mt6739", .storage = "nand"};

#define TARGET "<arg><target_file>f</target_file></arg>"
#define RANGE(section, offset, length)                                                  \
    "<arg><partition>" section "</partition><offset>" offset "</offset><length>" length \
    "</length><target_file>f</target_file></arg>"
#define WRITE(section, offset) \
    "<arg><partition>" section "</partition><offset>" offset "</offset><source_file>s</source_file></arg>"

static const char *hw_info(struct xml_host *h)
{
    xh_must(h, "1.0", "GET-HW-INFO", TARGET);
    return (char *)xh_file(h, "f")->data;
}

/* The number in an element of HW-INFO. */
static uint64_t number_of(struct xml_host *h, const char *tag)
{
    char open[64];
    snprintf(open, sizeof(open), "<%s>", tag);
    const char *at = strstr(hw_info(h), open);
    assert_non_null(at);
    return strtoull(at + strlen(open), NULL, 0);
}

/* ---- UFS ---- */

static void test_ufs_info(void **state)
{
    (void)state;
    static const struct {
        const char *setting;
        bool id, cid;
    } forms[] = {
        {"xml_ufs_ids=id", true, false}, {"xml_ufs_ids=all", true, true}, {"xml_ufs_ids=cid", false, true}};
    struct xml_host h;
    for (size_t i = 0; i < 3; i++) {
        struct wire_setup setup = ufs;
        setup.settings[0] = forms[i].setting;
        xh_da2(&h, &setup, "NONE", "LINUX");
        const char *text = hw_info(&h);
        assert_non_null(strstr(text,
                               "<storage>UFS</storage><ufs><block_size>0x1000</block_size><lua0_size>0x400000"
                               "</lua0_size><lua1_size>0x400000</lua1_size><lua2_size>0x4000000</lua2_size>"
                               "<lua3_size>0</lua3_size>"));
        assert_int_equal(strstr(text, "<id>") != NULL, forms[i].id);
        assert_int_equal(strstr(text, "<ufs_cid>") != NULL, forms[i].cid);
        assert_int_equal(strstr(text, "<ufs_fwver>") != NULL, forms[i].cid);
        assert_non_null(strstr(text, "</ufs><product_id></product_id></da_hw_info>"));
        xh_close(&h);
    }
}

static void test_ufs_sections(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &ufs, "USB-STORAGE", "LINUX");
    struct xh_file *s = xh_noise(&h, "s", 0x3000);
    xh_must(&h, "1.0", "WRITE-FLASH", WRITE("UFS-LUA2", "0x2000000"));
    xh_must(&h, "1.0", "READ-FLASH", RANGE("UFS-LUA2", "0x2000000", "0x3000"));
    assert_memory_equal(xh_file(&h, "f")->data, s->data, 0x3000);
    xh_must(&h, "1.0", "ERASE-FLASH", RANGE("UFS-LUA2", "0x2000000", "0x1000"));
    uint8_t got[0x2000], zero[0x1000] = {0};
    assert_int_equal(mtksim_flash_read(h.w.phone, "lu2", 0x2000000, got, sizeof(got)), 0);
    assert_memory_equal(got, zero, 0x1000);
    assert_memory_equal(got + 0x1000, s->data + 0x1000, 0x1000);
    xh_must(&h, "1.0", "READ-FLASH", RANGE("UFS-LUA0", "0", "MAX"));
    assert_int_equal(xh_file(&h, "f")->len, 4 * MIB);
    /* Not in whole blocks. */
    assert_false(xh_run(&h, "1.0", "READ-FLASH", RANGE("UFS-LUA2", "0x200", "0x1000")));
    assert_string_equal(h.message, "Range in [UFS-LUA2] is not in whole blocks.");
    xh_noise(&h, "s", 0x1200);
    uint64_t changes = mtksim_flash_changes(h.w.phone);
    assert_false(xh_run(&h, "1.0", "WRITE-FLASH", WRITE("UFS-LUA2", "0x2000000")));
    assert_int_equal(mtksim_flash_changes(h.w.phone), changes);
    assert_false(xh_run(&h, "1.0", "READ-FLASH", RANGE("UFS-LUA3", "0", "MAX")));
    assert_string_equal(h.message, "Cannot find [UFS-LUA3] on current device storage.");
    assert_false(xh_run(&h, "1.0", "READ-FLASH", RANGE("EMMC-USER", "0", "MAX")));
    h.trace[0] = 0;
    xh_must(&h, "1.0", "ERASE-FLASH", RANGE("ALL", "0", "MAX"));
    assert_string_equal(h.trace, "PROGRESS UFS-LUA0\nPROGRESS UFS-LUA1\nPROGRESS UFS-LUA2\n");
    xh_close(&h);
}

static void test_ufs_debug(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &ufs, "NONE", "LINUX");
    xh_noise(&h, "s", 0x1000);
    int64_t before = mtksim_now(h.w.phone);
    xh_must(&h, "1.0", "DEBUG:UFS",
            "<arg><function>UPDATE-FIRMWARE</function><source_file>s</source_file></arg>");
    assert_string_equal(h.trace, "DOWNLOAD FW s\n");
    assert_true(mtksim_now(h.w.phone) - before > INT64_C(30000000000));
    xh_must(&h, "1.0", "DEBUG:UFS",
            "<arg><function>SETTING</function><write_turbo>ON</write_turbo><hpb>OFF</hpb><split_last_lua>NO"
            "</split_last_lua></arg>");
    assert_false(xh_run(&h, "1.0", "DEBUG:UFS", "<arg><function>SETTING</function><hpb>OFF</hpb></arg>"));
    assert_false(xh_run(&h, "1.0", "DEBUG:UFS", "<arg><function>FORMAT</function></arg>"));
    assert_string_equal(h.message, "Unknown UFS function.");
    xh_close(&h);
}

/* ---- NAND ---- */

static void test_nand_info(void **state)
{
    (void)state;
    struct xml_host h;
    xh_da2(&h, &nand, "NONE", "LINUX");
    uint64_t block = number_of(&h, "block_size"), page = number_of(&h, "page_size"),
             spare = number_of(&h, "spare_size");
    const char *text = hw_info(&h);
    assert_non_null(strstr(text, "<storage>NAND</storage><nand><block_size>"));
    assert_non_null(strstr(text, "<sub_type>SLC</sub_type></nand><product_id></product_id></da_hw_info>"));
    assert_true(page >= 2048 && block % page == 0 && spare && number_of(&h, "page_parity_size") < spare);
    assert_int_equal(number_of(&h, "total_size") % block, 0);
    assert_true(number_of(&h, "total_size") < 64 * MIB); /* without tables and pool */
    xh_close(&h);
}

/* A file that is no whole block: what it begins in is erased whole. */
static void test_nand_sections(void **state)
{
    (void)state;
    struct xml_host h;
    char args[256];
    xh_da2(&h, &nand, "STORAGE", "WINDOWS");
    uint64_t block = number_of(&h, "block_size"), page = number_of(&h, "page_size");
    struct xh_file *s = xh_noise(&h, "s", (size_t)(block + page));
    snprintf(
        args, sizeof(args),
        "<arg><partition>NAND-WHOLE</partition><offset>0x%llx</offset><source_file>s</source_file></arg>",
        (unsigned long long)(4 * block));
    for (int again = 0; again < 2; again++) { /* a second time over the same blocks */
        xh_must(&h, "1.0", "WRITE-FLASH", args);
        snprintf(h.token, sizeof(h.token), "%llu", (unsigned long long)s->len);
        char read[256];
        snprintf(
            read, sizeof(read),
            "<arg><partition>NAND-AREA0</partition><offset>%llu</offset><length>%zu</length><target_file>f"
            "</target_file></arg>",
            (unsigned long long)(4 * block), s->len);
        xh_must(&h, "1.0", "READ-FLASH", read);
        assert_memory_equal(xh_file(&h, "f")->data, s->data, s->len);
        s->data[0] ^= 0xFF;
        s->data[s->len - 1] ^= 0xFF;
        s = xh_file(&h, "s");
    }
    h.trace[0] = 0;
    xh_must(&h, "1.0", "ERASE-FLASH", RANGE("ALL", "0", "MAX"));
    assert_string_equal(h.trace, "PROGRESS NAND-WHOLE\n"); /* once, whatever its names */
    assert_false(xh_run(&h, "1.0", "ERASE-FLASH", RANGE("NAND-BMT", "0", "MAX")));
    assert_string_equal(h.message, "[NAND-BMT] cannot be accessed directly.");
    assert_false(xh_run(&h, "1.0", "READ-FLASH", RANGE("NOR-WHOLE", "0", "MAX")));
    xh_must(&h, "1.0", "NOTIFY-INIT-HW", ""); /* the scan for bad blocks */
    xh_close(&h);
}

static const char *const nand_names[] = {"LOGO", "NVRAM", "BOOTIMG"};

/* The PMT that such a phone left the factory with: four blocks each from block 8 on. */
static void nand_pmt(struct xml_host *h, uint64_t block)
{
    struct mtk_pmt_entry entries[3] = {0};
    struct mtk_pmt t = {.stride = MTK_PMT_STRIDE_V3, .entries = entries, .n = 3};
    struct board *b = phone_board(h->w.phone);
    uint16_t *map = calloc(nand_blocks(b), sizeof(*map));
    size_t len;
    assert_non_null(map);
    for (size_t i = 0; i < 3; i++) {
        strcpy(entries[i].name, nand_names[i]);
        entries[i].offset = (8 + 4 * i) * block;
        entries[i].size = 4 * block;
        entries[i].mask = i;
    }
    uint8_t *raw = mtk_pmt_write(&t, MTK_PMT_STRIDE_V3, 0, &len);
    assert_non_null(raw);
    nand_map_scan(b, map, true);
    assert_int_equal(nand_table_store(b, map, true, 1, raw, len), 0);
    assert_int_equal(nand_table_store(b, map, false, 1, raw, len), 0);
    free(raw);
    free(map);
}

/* A package of the same partitions; `moved`: the first one has a block more. */
static void nand_scatter(struct xml_host *h, uint64_t block, bool moved)
{
    struct mtk_scatter s = {.config_version = "V1.1.2",
                            .platform = "MT6739",
                            .project = "test",
                            .storage = "NAND",
                            .boot_channel = "NONE",
                            .block_size = (uint32_t)block};
    struct mtk_scatter_row rows[3] = {0};
    uint64_t at = 8 * block;
    for (size_t i = 0; i < 3; i++) {
        strcpy(rows[i].name, nand_names[i]);
        strcpy(rows[i].type, "NORMAL_ROM");
        strcpy(rows[i].region, "NONE");
        strcpy(rows[i].storage, "HW_STORAGE_NAND");
        rows[i].is_download = i != 1;
        if (i != 1)
            strcpy(rows[i].file_name, i ? "boot.img" : "logo.bin");
        rows[i].operation = i == 1 ? MTK_OP_PROTECTED : MTK_OP_UPDATE;
        strcpy(rows[i].operation_text, i == 1 ? "PROTECTED" : "UPDATE");
        rows[i].linear_start = rows[i].physical_start = at;
        rows[i].size = (i == 0 && moved ? 5 : 4) * block;
        at += rows[i].size;
    }
    s.rows = rows;
    s.n_rows = 3;
    size_t len;
    char *text = mtk_scatter_write(&s, &len);
    assert_non_null(text);
    xh_add_file(h, "d/s.txt", text, len);
    free(text);
}

#define UPDATE                                                                                      \
    "<arg><path_separator>/</path_separator><source_file>d/s.txt</source_file><backup_folder>bak</" \
    "backup_folder></arg>"

static void expect_partition(struct xml_host *h, const char *name, const char *file)
{
    char args[128];
    struct xh_file *want = xh_file(h, file);
    snprintf(args, sizeof(args), "<arg><partition>%s</partition><target_file>f</target_file></arg>", name);
    xh_must(h, "1.0", "READ-PARTITION", args);
    assert_memory_equal(xh_file(h, "f")->data, want->data, want->len);
}

/* An update that moves a protected partition, through the PMT of a NAND. */
static void test_nand_table(void **state)
{
    (void)state;
    struct xml_host h;
    char want[600];
    xh_da2(&h, &nand, "NONE", "LINUX");
    uint64_t block = number_of(&h, "block_size");
    nand_scatter(&h, block, true);
    xh_noise(&h, "d/logo.bin", 0x1000);
    xh_noise(&h, "d/boot.img", 0x1800);
    assert_false(xh_run(&h, "1.0", "FLASH-UPDATE", UPDATE));
    assert_string_equal(h.message, "No partition table on device. Use format-all.");
    nand_pmt(&h, block);
    xh_noise(&h, "nvram", (size_t)(4 * block));
    xh_must(&h, "1.0", "WRITE-PARTITION",
            "<arg><partition>NVRAM</partition><source_file>nvram</source_file></arg>");
    xh_must(&h, "1.0", "FLASH-UPDATE", UPDATE);
    expect_partition(&h, "LOGO", "d/logo.bin");
    expect_partition(&h, "NVRAM", "nvram");
    expect_partition(&h, "BOOTIMG", "d/boot.img");
    xh_must(&h, "1.0", "READ-PARTITION-TABLE", TARGET);
    snprintf(
        want, sizeof(want),
        XH_HEAD
        "<partition_table version=\"1.0\"><pt><name>LOGO</name><start>0x%llx</start><size>0x%llx</size>"
        "</pt><pt><name>NVRAM</name><start>0x%llx</start><size>0x%llx</size></pt><pt><name>BOOTIMG</name>"
        "<start>0x%llx</start><size>0x%llx</size></pt></partition_table>",
        8ULL * block, 5ULL * block, 13ULL * block, 4ULL * block, 17ULL * block, 4ULL * block);
    assert_string_equal((char *)xh_file(&h, "f")->data, want);
    xh_must(&h, "1.0", "FLASH-ALL",
            "<arg><path_separator>/</path_separator><source_file>d/s.txt</source_file></arg>");
    xh_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ufs_info),      cmocka_unit_test(test_ufs_sections),
        cmocka_unit_test(test_ufs_debug),     cmocka_unit_test(test_nand_info),
        cmocka_unit_test(test_nand_sections), cmocka_unit_test(test_nand_table),
    };
    return cmocka_run_group_tests_name("agents/xml-storage", tests, NULL, NULL);
}
