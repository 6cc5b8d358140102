/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files, see file.h. */
#include "formats/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/error_index.h"

static int read_all(int fd, const char *path, struct mtk_blob *out, struct mtk_error *err)
{
    size_t done = 0;
    while (done < out->len) {
        ssize_t n = read(fd, out->data + done, out->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mtk_fail_file(err, MTK_E_MTK_HOST_IO, path, 0, "cannot read: %s", strerror(errno));
        if (n == 0)
            return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0,
                                 "the file became shorter while it was read");
        done += (size_t)n;
    }
    return 0;
}

static int check(int fd, const char *path, size_t limit, struct mtk_blob *out, struct mtk_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "cannot read: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "not a regular file");
    if (st.st_size <= 0)
        return mtk_fail_file(err, MTK_E_MTK_FILE_EMPTY, path, 0, "the file is empty");
    if ((uint64_t)st.st_size > limit)
        return mtk_fail_file(err, MTK_E_MTK_FILE_TOO_LARGE, path, 0,
                             "the file has %lld bytes, more than %zu is not a file of this kind",
                             (long long)st.st_size, limit);
    out->len = (size_t)st.st_size;
    out->data = malloc(out->len + 1);
    if (!out->data)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    out->data[out->len] = 0;
    return 0;
}

int mtk_file_read(const char *path, size_t limit, struct mtk_blob *out, struct mtk_error *err)
{
    *out = (struct mtk_blob){0};
    /* O_NONBLOCK: opening a FIFO must not wait for somebody to write into it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mtk_fail_file(
            err, errno == ENOENT || errno == ENOTDIR ? MTK_E_MTK_FILE_MISSING : MTK_E_MTK_FILE_UNREADABLE,
            path, 0, "cannot open: %s", strerror(errno));
    int r = check(fd, path, limit, out, err);
    if (!r)
        r = read_all(fd, path, out, err);
    close(fd);
    if (r)
        mtk_blob_release(out);
    return r;
}

void mtk_blob_release(struct mtk_blob *b)
{
    free(b->data);
    *b = (struct mtk_blob){0};
}
