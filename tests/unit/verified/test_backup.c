/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of a backup: there and back, names that may be those of files, and which phone it is from. */
#include "tests/unit/verified/unit.h"

#include <stdlib.h>

#include "flasher/verified/backup.h"

static struct mtk_backup_phone phone(const char *storage)
{
    struct mtk_backup_phone p = {.chip = "MT6765", .hw_code = 0x766};
    strcpy(p.storage, storage);
    return p;
}

static void there_and_back(void **state)
{
    (void)state;
    struct mtk_backup b = {
        .phone = phone("emmc"), .table = "gpt", .tool = "mtkproof 0", .time = "2026-01-02T03:04:05Z"};
    struct mtk_backup_entry e = {
        .area = "user", .start = UINT64_C(0x123456789), .size = 0x500000, .time = "t"};
    struct mtk_backup got;
    struct mtk_error err = {0};
    size_t len;
    mtk_backup_set_id(&b.phone, MTK_BACKUP_ID_ME, "abc", 3);
    memset(e.sha256, 0x5A, sizeof(e.sha256));
    strcpy(e.name, "nvram");
    assert_int_equal(mtk_backup_put(&b, &e, &err), 0);
    strcpy(e.name, "proinfo");
    assert_int_equal(mtk_backup_put(&b, &e, &err), 0);
    e.size = 4096;
    assert_int_equal(mtk_backup_put(&b, &e, &err), 0); /* replaces */
    char *text = mtk_backup_text(&b, &len);
    assert_non_null(text);
    assert_int_equal(mtk_backup_parse(text, len, "manifest.json", &got, &err), 0);
    assert_int_equal(got.n, 2);
    assert_memory_equal(&got.phone, &b.phone, sizeof(b.phone));
    const struct mtk_backup_entry *nvram = mtk_backup_find(&got, "nvram");
    assert_true(nvram && nvram->start == UINT64_C(0x123456789) && nvram->size == 0x500000);
    assert_int_equal(nvram->sha256[31], 0x5A);
    assert_int_equal(mtk_backup_find(&got, "proinfo")->size, 4096);
    assert_null(mtk_backup_find(&got, "NVRAM"));
    mtk_backup_release(&got);
    assert_int_equal(mtk_backup_parse(text, len - 3, "manifest.json", &got, &err), -1);
    assert_error(err, MTK_E_MTK_BACKUP_INVALID);
    mtk_backup_release(&b);
    free(text);
}

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {"nvram", "lk_a", "md1img-2", "A.b"};
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      ".hidden",
                                      "a/b",
                                      "../a",
                                      "/etc",
                                      "a b",
                                      "ü",
                                      "a\n",
                                      "a\\b",
                                      "a:b",
                                      "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(mtk_backup_name_ok(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(mtk_backup_name_ok(bad[i]));
}

static int same(const struct mtk_backup_phone *a, const struct mtk_backup_phone *b)
{
    struct mtk_error err = {0};
    int rc = mtk_backup_same_phone(a, b, &err);
    if (rc < 0)
        assert_error(err, MTK_E_MTK_OTHER_PHONE);
    return rc;
}

static void the_same_phone(void **state)
{
    (void)state;
    struct mtk_backup_phone a = phone("emmc"), b = phone("emmc");
    assert_int_equal(same(&a, &b), -1); /* nothing is known of either */
    mtk_backup_set_id(&a, MTK_BACKUP_ID_ME, "abc", 3);
    assert_int_equal(same(&a, &b), -1);
    mtk_backup_set_id(&b, MTK_BACKUP_ID_SOC, "abc", 3); /* of another kind */
    assert_int_equal(same(&a, &b), -1);
    mtk_backup_set_id(&b, MTK_BACKUP_ID_ME, "abc", 3);
    assert_int_equal(same(&a, &b), 0);
    mtk_backup_set_id(&a, MTK_BACKUP_ID_SOC, "abd", 3); /* one that differs is enough */
    assert_int_equal(same(&a, &b), -1);
    mtk_backup_set_id(&a, MTK_BACKUP_ID_SOC, "abc", 3);
    b.hw_code = 0x788;
    assert_int_equal(same(&a, &b), -1);
    b.hw_code = a.hw_code;
    strcpy(b.storage, "ufs");
    assert_int_equal(same(&a, &b), -1);
}

/* A CID has a serial number; what a UFS or a NAND says of itself, all phones of its model say. */
static void the_id_of_the_storage(void **state)
{
    (void)state;
    static const char *const kinds[] = {"emmc", "ufs", "nand"};
    for (size_t i = 0; i < 3; i++) {
        struct mtk_backup_phone a = phone(kinds[i]), b = phone(kinds[i]);
        mtk_backup_set_id(&a, MTK_BACKUP_ID_STORAGE, "KM5V8001DM", 10);
        mtk_backup_set_id(&b, MTK_BACKUP_ID_STORAGE, "KM5V8001DM", 10);
        assert_int_equal(same(&a, &b), i ? -1 : 0);
        mtk_backup_set_id(&a, MTK_BACKUP_ID_RANDOM, "r", 1);
        mtk_backup_set_id(&b, MTK_BACKUP_ID_RANDOM, "r", 1);
        assert_int_equal(same(&a, &b), 0);
        mtk_backup_set_id(&b, MTK_BACKUP_ID_STORAGE, "KM5V8001DN", 10);
        assert_int_equal(same(&a, &b), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(names),
        cmocka_unit_test(the_same_phone),
        cmocka_unit_test(the_id_of_the_storage),
    };
    return cmocka_run_group_tests_name("verified/backup", tests, NULL, NULL);
}
