/* SPDX-License-Identifier: Apache-2.0 */
/* Whole packages: WRITE-PARTITIONS, FLASH-ALL, FLASH-UPDATE, and an update whose cable is pulled at any callback. */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/gpt.h"
#include "formats/scatter.h"
#include "tests/unit/agents/xml_host.h"

static const struct wire_setup healthy;

struct row {
    const char *name, *file;
    uint64_t start, size;
    enum mtk_operation operation;
};

/* The layout of the phone, and the same with `logo` grown, so that what is behind it moves. */
static const struct row before[] = {
    {"logo", "logo.bin", MIB, MIB, MTK_OP_UPDATE},
    {"nvcfg", NULL, 2 * MIB, MIB, MTK_OP_PROTECTED},
    {"boot", "boot.img", 3 * MIB, MIB, MTK_OP_UPDATE},
    {"persist", NULL, 4 * MIB, MIB, MTK_OP_PROTECTED},
};
static const struct row after[] = {
    {"logo", "logo.bin", MIB, 2 * MIB, MTK_OP_UPDATE},
    {"nvcfg", NULL, 3 * MIB, MIB, MTK_OP_PROTECTED},
    {"boot", "boot.img", 4 * MIB, MIB, MTK_OP_UPDATE},
    {"persist", NULL, 5 * MIB, MIB, MTK_OP_PROTECTED},
};
static const struct row shrunk[] = {
    {"logo", "logo.bin", MIB, MIB, MTK_OP_UPDATE},
    {"nvcfg", NULL, 2 * MIB, MIB / 2, MTK_OP_PROTECTED},
    {"boot", "boot.img", 3 * MIB, MIB, MTK_OP_UPDATE},
    {"persist", NULL, 4 * MIB, MIB, MTK_OP_PROTECTED},
};
#define ROWS 4

/* Puts a scatter file of these rows on the host. */
static void scatter(struct xml_host *h, const char *name, const struct row *rows)
{
    struct mtk_scatter s = {.config_version = "V1.1.2",
                            .platform = "MT6765",
                            .project = "test",
                            .storage = "EMMC",
                            .boot_channel = "MSDC_0",
                            .block_size = 0x20000};
    size_t len;
    s.rows = calloc(ROWS, sizeof(*s.rows));
    assert_non_null(s.rows);
    s.n_rows = ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        struct mtk_scatter_row *r = &s.rows[i];
        strcpy(r->name, rows[i].name);
        if (rows[i].file)
            strcpy(r->file_name, rows[i].file);
        r->is_download = rows[i].file != NULL;
        strcpy(r->type, "NORMAL_ROM");
        r->linear_start = r->physical_start = rows[i].start;
        r->size = rows[i].size;
        strcpy(r->region, "EMMC_USER");
        strcpy(r->storage, "HW_STORAGE_EMMC");
        r->operation = rows[i].operation;
        strcpy(r->operation_text, rows[i].operation == MTK_OP_UPDATE ? "UPDATE" : "PROTECTED");
    }
    char *text = mtk_scatter_write(&s, &len);
    assert_non_null(text);
    xh_add_file(h, name, text, len);
    free(text);
    free(s.rows);
}

static void table(struct xml_host *h, const struct row *rows)
{
    struct mtk_gpt_entry entries[ROWS] = {0};
    struct mtk_gpt gpt = {.block_size = 512, .disk_size = mtksim_flash_size(h->w.phone, "user")};
    uint8_t *made[2];
    size_t len[2];
    for (size_t i = 0; i < ROWS; i++) {
        strcpy(entries[i].name, rows[i].name);
        entries[i].start = rows[i].start;
        entries[i].size = rows[i].size;
    }
    gpt.entries = entries;
    gpt.n_entries = ROWS;
    assert_int_equal(mtk_gpt_write(&gpt, 5, &made[0], &len[0], &made[1], &len[1], NULL), 0);
    assert_int_equal(mtksim_flash_write(h->w.phone, "user", 0, made[0], len[0]), 0);
    assert_int_equal(mtksim_flash_write(h->w.phone, "user", gpt.disk_size - len[1], made[1], len[1]), 0);
    free(made[0]);
    free(made[1]);
}

static void fill(struct xml_host *h, uint64_t at, uint8_t value)
{
    uint8_t *data = malloc(MIB);
    assert_non_null(data);
    memset(data, value, MIB);
    assert_int_equal(mtksim_flash_write(h->w.phone, "user", at, data, MIB), 0);
    free(data);
}

static void expect_filled(struct xml_host *h, uint64_t at, uint8_t value)
{
    uint8_t *data = malloc(MIB);
    assert_non_null(data);
    assert_int_equal(mtksim_flash_read(h->w.phone, "user", at, data, MIB), 0);
    for (size_t i = 0; i < MIB; i++)
        assert_int_equal(data[i], value);
    free(data);
}

static void expect_file(struct xml_host *h, uint64_t at, const char *name)
{
    struct xh_file *f = xh_file(h, name);
    uint8_t *data = malloc(f->len);
    assert_non_null(data);
    assert_int_equal(mtksim_flash_read(h->w.phone, "user", at, data, f->len), 0);
    assert_memory_equal(data, f->data, f->len);
    free(data);
}

/* A phone of the old layout with something in its protected partitions, and a package on the host. */
static void prepare(struct xml_host *h, const struct wire_setup *setup, const struct row *package)
{
    xh_da2(h, setup, "NONE", "LINUX");
    table(h, before);
    fill(h, 2 * MIB, 0xC1);
    fill(h, 4 * MIB, 0xC2);
    scatter(h, "d/s.txt", package);
    xh_noise(h, "d/logo.bin", 0x9000);
    xh_noise(h, "d/boot.img", 0x8000);
}

/* ---- WRITE-PARTITIONS and FLASH-ALL ---- */

static void test_write_partitions(void **state)
{
    (void)state;
    struct xml_host h;
    prepare(&h, &healthy, before);
    xh_must(&h, "1.0", "WRITE-PARTITIONS",
            "<arg><source_file>d/s.txt</source_file><flash_list><pt name=\"boot\">d/boot.img</pt><pt "
            "name=\"logo\">"
            "d/logo.bin</pt></flash_list></arg>");
    assert_string_equal(h.trace,
                        "DOWNLOAD scatter-file d/s.txt\nPROGRESS boot\nDOWNLOAD boot [1/2] d/boot.img\n"
                        "PROGRESS logo\nDOWNLOAD logo [2/2] d/logo.bin\n");
    expect_file(&h, 3 * MIB, "d/boot.img");
    expect_file(&h, MIB, "d/logo.bin");
    h.trace[0] = 0;
    assert_false(xh_run(
        &h, "1.0", "WRITE-PARTITIONS",
        "<arg><source_file>d/s.txt</source_file><flash_list><pt name=\"lk\">x</pt></flash_list></arg>"));
    assert_string_equal(h.message, "Partition [lk] is not in the scatter file.");
    assert_false(xh_run(&h, "1.0", "WRITE-PARTITIONS", "<arg><source_file>d/s.txt</source_file></arg>"));
    xh_add_file(&h, "d/s.txt", "no scatter", 10);
    assert_false(xh_run(&h, "1.0", "WRITE-PARTITIONS", "<arg><source_file>d/s.txt</source_file></arg>"));
    assert_string_equal(h.message, "Scatter file is invalid.");
    xh_alive(&h);
    xh_close(&h);
}

#define ALL "<arg><path_separator>/</path_separator><source_file>d/s.txt</source_file>"

static void test_flash_all(void **state)
{
    (void)state;
    struct xml_host h;
    prepare(&h, &healthy, before);
    xh_must(&h, "1.0", "FLASH-ALL", ALL "</arg>"); /* files lie beside the scatter */
    assert_string_equal(h.trace,
                        "DOWNLOAD scatter-file d/s.txt\nPROGRESS logo\nDOWNLOAD logo [1/2] d/logo.bin\n"
                        "PROGRESS boot\nDOWNLOAD boot [2/2] d/boot.img\n");
    expect_file(&h, 3 * MIB, "d/boot.img");
    expect_filled(&h, 2 * MIB, 0xC1);
    h.trace[0] = 0;
    xh_must(&h, "2.0", "FLASH-ALL", ALL "<flash_list><pt name=\"boot\">d/logo.bin</pt></flash_list></arg>");
    assert_string_equal(h.trace,
                        "DOWNLOAD scatter-file d/s.txt\nPROGRESS boot\nDOWNLOAD boot [1/1] d/logo.bin\n");
    assert_false(xh_run(&h, "2.0", "FLASH-ALL", ALL "</arg>")); /* version 2 wants the list */
    assert_false(xh_run(&h, "3.0", "FLASH-ALL", ALL "</arg>"));
    assert_string_equal(h.token, "ERR!UNSUPPORTED");
    xh_close(&h);
}

/* X19. */
static void test_flash_all_refused(void **state)
{
    (void)state;
    struct xml_host h;
    uint8_t zero[1024] = {0};
    prepare(&h, &healthy, after);
    uint64_t changes = mtksim_flash_changes(h.w.phone);
    assert_false(xh_run(&h, "1.0", "FLASH-ALL", ALL "</arg>"));
    assert_string_equal(h.message, "Partition layout changed. Use firmware upgrade or format-all.");
    uint64_t end = mtksim_flash_size(h.w.phone, "user");
    assert_int_equal(mtksim_flash_write(h.w.phone, "user", 0, zero, sizeof(zero)), 0);
    assert_int_equal(mtksim_flash_write(h.w.phone, "user", end - sizeof(zero), zero, sizeof(zero)), 0);
    assert_false(xh_run(&h, "1.0", "FLASH-ALL", ALL "</arg>"));
    assert_string_equal(h.message, "No partition table on device. Use format-all.");
    assert_int_equal(mtksim_flash_changes(h.w.phone), changes);
    xh_close(&h);
}

/* ---- FLASH-UPDATE ---- */

#define UPDATE ALL "<backup_folder>bak</backup_folder></arg>"

/* The phone's random id, as the host finds it in HW-INFO. */
static void folder_of(struct xml_host *h, char folder[64])
{
    xh_must(h, "1.0", "GET-HW-INFO", "<arg><target_file>hw</target_file></arg>");
    const char *at = strstr((char *)xh_file(h, "hw")->data, "<random_id>");
    assert_non_null(at);
    snprintf(folder, 64, "bak/%.32s", at + strlen("<random_id>"));
    h->trace[0] = 0;
    h->callbacks = 0;
}

/* Layout, images and protected content as an update leaves them; nothing is left in the backup folder. */
static void expect_updated(struct xml_host *h)
{
    expect_file(h, MIB, "d/logo.bin");
    expect_filled(h, 3 * MIB, 0xC1);
    expect_file(h, 4 * MIB, "d/boot.img");
    expect_filled(h, 5 * MIB, 0xC2);
    for (size_t i = 0; i < h->n_files; i++)
        assert_null(strstr(h->files[i].name, "bak/"));
    xh_must(h, "1.0", "READ-PARTITION-TABLE", "<arg><target_file>pt</target_file></arg>");
    assert_string_equal((char *)xh_file(h, "pt")->data, XH_HEAD
                        "<partition_table version=\"1.0\"><pt><name>logo</name><start>0x100000</start><size>"
                        "0x200000</size></pt><pt><name>nvcfg</name><start>0x300000</start><size>0x100000"
                        "</size></pt><pt><name>boot</name><start>0x400000</start><size>0x100000</size></pt>"
                        "<pt><name>persist</name><start>0x500000</start><size>0x100000</size></pt>"
                        "</partition_table>");
}

static void test_update_with_new_layout(void **state)
{
    (void)state;
    struct xml_host h;
    char folder[64], want[2048];
    prepare(&h, &healthy, after);
    folder_of(&h, folder);
    xh_must(&h, "1.0", "FLASH-UPDATE", UPDATE);
    snprintf(
        want, sizeof(want),
        "DOWNLOAD scatter-file d/s.txt\nEXISTS %s/record_history.bin\nMKDIR %s\n"
        "UPLOAD record_history.bin %s/record_history.bin\nUPLOAD nvcfg %s/nvcfg\nUPLOAD persist %s/persist\n"
        "UPLOAD record_history.bin %s/record_history.bin\n"
        "PROGRESS PGPT\nPROGRESS SGPT\nPROGRESS nvcfg\nDOWNLOAD nvcfg %s/nvcfg\nPROGRESS persist\n"
        "DOWNLOAD persist %s/persist\nUPLOAD record_history.bin %s/record_history.bin\n"
        "PROGRESS logo\nDOWNLOAD logo [1/2] d/logo.bin\nPROGRESS boot\nDOWNLOAD boot [2/2] d/boot.img\n"
        "REMOVE-ALL %s\n",
        folder, folder, folder, folder, folder, folder, folder, folder, folder, folder);
    assert_string_equal(h.trace, want);
    expect_updated(&h);
    xh_close(&h);
}

static void test_update_with_same_layout(void **state)
{
    (void)state;
    struct xml_host h;
    char folder[64], want[1024];
    prepare(&h, &healthy, before);
    folder_of(&h, folder);
    xh_must(
        &h, "2.0", "FLASH-UPDATE",
        ALL
        "<backup_folder>bak</backup_folder><flash_list><pt name=\"boot\">d/boot.img</pt></flash_list></arg>");
    snprintf(want, sizeof(want),
             "DOWNLOAD scatter-file d/s.txt\nEXISTS %s/record_history.bin\nMKDIR %s\n"
             "PROGRESS boot\nDOWNLOAD boot [1/1] d/boot.img\nREMOVE-ALL %s\n",
             folder, folder, folder);
    assert_string_equal(h.trace, want);
    expect_filled(&h, 2 * MIB, 0xC1);
    xh_close(&h);
}

static void test_update_refused(void **state)
{
    (void)state;
    struct xml_host h;
    char folder[64], path[128];
    prepare(&h, &healthy, shrunk);
    folder_of(&h, folder);
    uint64_t changes = mtksim_flash_changes(h.w.phone);
    assert_false(xh_run(&h, "1.0", "FLASH-UPDATE", UPDATE));
    assert_string_equal(h.message, "Size of protected partition [nvcfg] changed.");
    snprintf(path, sizeof(path), "%s/record_history.bin", folder);
    uint8_t record[20] = "NOREC"; /* as long as one without names */
    xh_add_file(&h, path, record, sizeof(record));
    assert_false(xh_run(&h, "1.0", "FLASH-UPDATE", UPDATE));
    assert_string_equal(h.message, "Record of an earlier update is invalid.");
    xh_add_file(&h, path, record, 7); /* a record that was cut off is none */
    assert_false(xh_run(&h, "1.0", "FLASH-UPDATE", UPDATE));
    assert_string_equal(h.message, "Size of protected partition [nvcfg] changed.");
    assert_int_equal(mtksim_flash_changes(h.w.phone), changes);
    xh_close(&h);
}

/* The phone is power-cycled after the cable was pulled; the host keeps its files and brings the agent back. */
static void restart(struct xml_host *h, const struct wire_setup *setup)
{
    struct xml_host again;
    uint8_t *flash = malloc(64 * MIB);
    assert_non_null(flash);
    assert_int_equal(mtksim_flash_read(h->w.phone, "user", 0, flash, 64 * MIB), 0);
    xh_da2(&again, setup, "NONE", "LINUX");
    assert_int_equal(mtksim_flash_write(again.w.phone, "user", 0, flash, 64 * MIB), 0);
    free(flash);
    for (size_t i = 0; i < again.n_files; i++)
        free(again.files[i].data);
    memcpy(again.files, h->files, sizeof(h->files));
    again.n_files = h->n_files;
    wire_close(&h->w);
    *h = again;
}

/* X15: drop at callback n, for all n; the same package again finishes what was begun. */
static void test_update_resumes(void **state)
{
    (void)state;
    char fault[80], folder[64];
    unsigned total = 18;
    for (unsigned n = 1; n <= total; n++) {
        struct xml_host h;
        /* One callback (GET-HW-INFO) comes first. */
        snprintf(fault, sizeof(fault), "drop:command,stage=da2,name=CALLBACK,nth=%u", n + 1);
        struct wire_setup setup = {.fault = fault};
        prepare(&h, &setup, after);
        folder_of(&h, folder);
        assert_false(xh_run(&h, "1.0", "FLASH-UPDATE", UPDATE));
        assert_true(h.gone);
        assert_int_equal(h.callbacks, n - 1);
        restart(&h, &healthy);
        xh_must(&h, "1.0", "FLASH-UPDATE", UPDATE);
        expect_updated(&h);
        xh_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_partitions),        cmocka_unit_test(test_flash_all),
        cmocka_unit_test(test_flash_all_refused),       cmocka_unit_test(test_update_with_new_layout),
        cmocka_unit_test(test_update_with_same_layout), cmocka_unit_test(test_update_refused),
        cmocka_unit_test(test_update_resumes),
    };
    return cmocka_run_group_tests_name("agents/xml-update", tests, NULL, NULL);
}
