/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of this room begins with: cmocka in its order, error checks, files in a temporary folder. */
#ifndef TESTS_FORMATS_HARNESS_H
#define TESTS_FORMATS_HARNESS_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/error.h"
#include "protocol/error_index.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The error must be that row, and its sentence must contain that text. */
#define assert_error(err, index, text)                                       \
    do {                                                                     \
        assert_non_null((err)->row);                                         \
        assert_string_equal((err)->row->symbol, mtk_err_rows[index].symbol); \
        if (!strstr((err)->what, text))                                      \
            fail_msg("\"%s\" does not contain \"%s\"", (err)->what, (text)); \
    } while (0)

/* Makes a temporary folder; remove_folder also frees the name. */
static inline char *make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = NULL;
    assert_true(asprintf(&dir, "%s/mtk-formats-XXXXXX", tmp && *tmp ? tmp : "/tmp") > 0);
    assert_non_null(mkdtemp(dir));
    return dir;
}

static inline char *path_in(const char *dir, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
    return path;
}

static inline void write_file(const char *dir, const char *name, const void *data, size_t len)
{
    char *path = path_in(dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(path);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void remove_folder(char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

#endif
