/* SPDX-License-Identifier: Apache-2.0 */
/* The flash store: simdev/board/flash.h. */
#include "tests/unit/cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prng.h"
#include "simdev/board/flash.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void expect_bytes(struct flash_area *a, uint64_t offset, const char *text)
{
    char got[64];
    size_t n = strlen(text);
    assert_true(n <= sizeof(got));
    assert_int_equal(flash_read(a, offset, got, n), 0);
    assert_memory_equal(got, text, n);
}

static void expect_zero(struct flash_area *a, uint64_t offset, size_t n)
{
    uint8_t *p = malloc(n);
    assert_non_null(p);
    memset(p, 0xEE, n);
    assert_int_equal(flash_read(a, offset, p, n), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], 0);
    free(p);
}

static void put(struct flash_area *a, uint64_t offset, const char *text)
{
    assert_int_equal(flash_write(a, offset, text, strlen(text)), 0);
}

/* A 64 GB area takes memory for what was written, and reads as zero elsewhere. */
static void test_sparse(void **state)
{
    (void)state;
    struct flash_area *a = flash_new(64 * GIB);
    assert_non_null(a);
    assert_int_equal(flash_size(a), 64 * GIB);
    assert_int_equal(flash_used(a), 0);
    expect_zero(a, 63 * GIB, 200000);
    put(a, 64 * GIB - 3, "end");
    put(a, 64 * KIB - 2, "four");
    assert_int_equal(flash_used(a), 3 * 64 * KIB);
    expect_bytes(a, 64 * GIB - 3, "end");
    expect_bytes(a, 64 * KIB - 2, "four");
    expect_zero(a, 0, 64 * KIB - 2);
    expect_zero(a, 64 * KIB + 2, 64 * KIB);
    flash_free(a);
    flash_free(NULL);
}

/* Zeros written where nothing is cost no memory, and do overwrite what is there. */
static void test_zeros(void **state)
{
    (void)state;
    static const uint8_t zeros[300 * 1024];
    struct flash_area *a = flash_new(GIB);
    assert_int_equal(flash_write(a, 5000, zeros, sizeof(zeros)), 0);
    assert_int_equal(flash_used(a), 0);
    put(a, 100 * KIB, "content");
    assert_int_equal(flash_write(a, 5000, zeros, sizeof(zeros)), 0);
    expect_zero(a, 0, 400 * 1024);
    flash_free(a);
}

static void test_bounds(void **state)
{
    (void)state;
    uint8_t b[16] = {1};
    struct flash_area *a = flash_new(100000); /* the last chunk is not a whole one */
    assert_int_equal(flash_write(a, 100000 - 16, b, 16), 0);
    assert_int_equal(flash_read(a, 100000 - 16, b, 16), 0);
    assert_int_equal(b[0], 1);
    errno = 0;
    assert_int_equal(flash_read(a, 100000 - 15, b, 16), -1);
    assert_int_equal(errno, ERANGE);
    assert_int_equal(flash_write(a, 100000 - 15, b, 16), -1);
    assert_int_equal(flash_write(a, UINT64_MAX - 3, b, 16), -1);
    assert_int_equal(flash_erase(a, 1, 100000), -1);
    assert_int_equal(flash_erase(a, 2, UINT64_MAX), -1);
    assert_int_equal(flash_read(a, 100000, b, 0), 0);
    assert_int_equal(flash_read(a, 100001, b, 0), -1);
    assert_int_equal(flash_erase(a, 0, 100000), 0);
    assert_int_equal(flash_used(a), 0);
    flash_free(a);
}

static void test_erase(void **state)
{
    (void)state;
    struct flash_area *a = flash_new(4 * GIB);
    for (uint64_t at = 0; at < 200 * MIB; at += 10 * MIB)
        put(a, at + 64 * KIB - 2, "abcd");
    assert_int_equal(flash_erase(a, 64 * KIB - 1, 2), 0); /* a part of two chunks */
    expect_bytes(a, 64 * KIB - 2, "a");
    expect_zero(a, 64 * KIB - 1, 2);
    expect_bytes(a, 64 * KIB + 1, "d");
    uint64_t before = flash_used(a);
    assert_int_equal(flash_erase(a, 10 * MIB, 100 * MIB), 0); /* whole leaves and edges */
    assert_int_equal(flash_used(a), before - 10 * 2 * 64 * KIB);
    expect_zero(a, 10 * MIB, 70000);
    expect_zero(a, 100 * MIB, 70000);
    expect_bytes(a, 110 * MIB + 64 * KIB - 2, "abcd");
    expect_bytes(a, 64 * KIB - 2, "a");
    assert_int_equal(flash_erase(a, 0, 4 * GIB), 0);
    assert_int_equal(flash_used(a), 0);
    flash_free(a);
}

/* Clones see what was there, and nothing of what the others do later. */
static void test_clone(void **state)
{
    (void)state;
    struct flash_area *a = flash_new(8 * GIB);
    put(a, 0, "first");
    put(a, 5 * GIB, "deep");
    struct flash_area *b = flash_clone(a), *c = flash_clone(b);
    put(b, 2, "XX");
    expect_bytes(a, 0, "first");
    expect_bytes(b, 0, "fiXXt");
    expect_bytes(c, 0, "first");
    put(a, 5 * GIB + 1, "ry");
    expect_bytes(a, 5 * GIB, "dryp");
    expect_bytes(b, 5 * GIB, "deep");
    assert_int_equal(flash_erase(c, 5 * GIB, 64 * KIB), 0);
    expect_zero(c, 5 * GIB, 4);
    expect_bytes(b, 5 * GIB, "deep");
    flash_free(a);
    expect_bytes(b, 5 * GIB, "deep");
    flash_free(b);
    expect_bytes(c, 0, "first");
    flash_free(c);
}

/* The same calls on an area and on plain memory give the same content, through clones. */
static void test_against_model(void **state)
{
    (void)state;
    enum { SIZE = 3 * 1024 * 1024 + 777 };
    struct prng r = prng_init(7);
    uint8_t *model = calloc(1, SIZE), *buf = malloc(SIZE);
    struct flash_area *a = flash_new(SIZE), *older = NULL;
    for (int i = 0; i < 400; i++) {
        size_t at = (size_t)prng_below(&r, SIZE), n = (size_t)prng_below(&r, i % 7 ? 5000 : 300000);
        if (n > SIZE - at)
            n = SIZE - at;
        if (i % 3 == 0) {
            memset(model + at, 0, n);
            assert_int_equal(flash_erase(a, at, n), 0);
        } else {
            prng_bytes(&r, model + at, n);
            assert_int_equal(flash_write(a, at, model + at, n), 0);
        }
        if (i % 50 == 0) {
            flash_free(older);
            older = a;
            a = flash_clone(older);
        }
    }
    assert_int_equal(flash_read(a, 0, buf, SIZE), 0);
    assert_memory_equal(buf, model, SIZE);
    flash_free(older);
    flash_free(a);
    free(model);
    free(buf);
}

/* ---- files ---- */

static char dir[256];

static int make_dir(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%s/flash-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    char path[300];
    snprintf(path, sizeof(path), "%s/user.img", dir);
    unlink(path);
    return rmdir(dir);
}

static const char *image_path(void)
{
    static char path[300];
    snprintf(path, sizeof(path), "%s/user.img", dir);
    unlink(path);
    return path;
}

static void test_file(void **state)
{
    (void)state;
    const char *path = image_path();
    struct stat st;
    assert_null(flash_open(path, 0)); /* nothing to take the size from */
    assert_int_equal(errno, ENOENT);
    struct flash_area *a = flash_open(path, 6 * GIB);
    assert_non_null(a);
    assert_true(flash_used(a) < MIB);
    put(a, 5 * GIB, "kept");
    assert_int_equal(flash_sync(a), 0);
    flash_free(a);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 6 * GIB);
    assert_true(st.st_blocks * UINT64_C(512) < MIB); /* sparse */
    assert_null(flash_open(path, 5 * GIB));
    assert_int_equal(errno, EINVAL);
    a = flash_open(path, 0);
    assert_int_equal(flash_size(a), 6 * GIB);
    expect_bytes(a, 5 * GIB, "kept");
    expect_zero(a, 5 * GIB + 4, 100000);
    assert_int_equal(flash_write(a, 6 * GIB - 1, "xy", 2), -1);
    assert_int_equal(flash_erase(a, 5 * GIB, 64 * KIB), 0);
    expect_zero(a, 5 * GIB, 4);
    assert_int_equal(flash_used(a), 0);
    flash_free(a);
}

/* A clone of a file area never writes the file, and does not see what the owner writes later. */
static void test_file_clone(void **state)
{
    (void)state;
    struct flash_area *a = flash_open(image_path(), GIB + 1000);
    put(a, 10, "original");
    put(a, GIB + 990, "tail");
    struct flash_area *b = flash_clone(a), *c = flash_clone(b);
    put(b, 10, "O");
    assert_int_equal(flash_erase(c, 0, GIB), 0);
    expect_bytes(a, 10, "original");
    expect_bytes(b, 10, "Original");
    expect_zero(c, 0, 100);
    expect_bytes(c, GIB + 990, "tail");
    put(a, 12, "IG");
    put(a, GIB + 990, "TAIL");
    assert_int_equal(flash_erase(a, 600 * MIB, 200 * MIB), 0);
    expect_bytes(a, 10, "orIGinal");
    expect_bytes(b, 10, "Original");
    expect_bytes(b, GIB + 990, "tail");
    expect_bytes(c, GIB + 990, "tail");
    expect_zero(b, 600 * MIB, 10);
    put(a, 600 * MIB, "new");
    expect_zero(b, 600 * MIB, 10);
    flash_free(a);
    expect_bytes(b, 10, "Original");
    expect_zero(c, 10, 8);
    flash_free(c);
    put(b, 500 * MIB, "alone");
    expect_bytes(b, 500 * MIB, "alone");
    flash_free(b);
    a = flash_open(image_path(), MIB); /* a new file: the old one was removed */
    expect_zero(a, 10, 8);
    flash_free(a);
}

static void test_not_a_file(void **state)
{
    (void)state;
    assert_null(flash_open(dir, MIB));
    assert_null(flash_open("/dev/null", MIB));
    assert_int_equal(errno, EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse),     cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_bounds),     cmocka_unit_test(test_erase),
        cmocka_unit_test(test_clone),      cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_file),       cmocka_unit_test(test_file_clone),
        cmocka_unit_test(test_not_a_file),
    };
    return cmocka_run_group_tests_name("flash", tests, make_dir, remove_dir);
}
