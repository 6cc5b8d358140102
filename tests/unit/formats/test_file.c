/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include <sys/stat.h>

#include "formats/file.h"

static void reads(void **state)
{
    (void)state;
    char *dir = make_folder(), *path = path_in(dir, "f");
    write_file(dir, "f", "abc\0d", 5);
    struct mtk_blob b;
    struct mtk_error err = {0};
    assert_int_equal(mtk_file_read(path, 5, &b, &err), 0);
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "abc\0d\0", 6);
    mtk_blob_release(&b);
    assert_null(b.data);
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
}

/* What is wrong with a file is said, each in its own way. */
static void refuses(void **state)
{
    (void)state;
    char *dir = make_folder(), *path = path_in(dir, "f"), *below = path_in(dir, "f/g"),
         *fifo = path_in(dir, "fifo");
    struct mtk_blob b;
    struct mtk_error err = {0};
    assert_int_equal(mtk_file_read(path, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "No such file");
    assert_string_equal(err.file, path);
    write_file(dir, "f", "", 0);
    assert_int_equal(mtk_file_read(path, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_EMPTY, "empty");
    assert_int_equal(mtk_file_read(below, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_MISSING, "Not a directory");
    write_file(dir, "f", "123456", 6);
    assert_int_equal(mtk_file_read(path, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_TOO_LARGE, "6 bytes");
    assert_int_equal(mtk_file_read(dir, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_UNREADABLE, "not a regular file");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(mtk_file_read(fifo, 5, &b, &err), -1);
    assert_error(&err, MTK_E_MTK_FILE_UNREADABLE, "not a regular file");
    assert_null(b.data);
    unlink(fifo);
    unlink(path);
    rmdir(dir);
    free(fifo);
    free(below);
    free(path);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests_name("formats-file", tests, NULL, NULL);
}
