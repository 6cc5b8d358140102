/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/error_index.h"

static int usage(const char *path, const char *why, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "%s %s", path, why);
    if (err)
        snprintf(err->file, sizeof(err->file), "%.255s", path);
    return -1;
}

static int io(const char *path, const char *what, struct mtk_error *err)
{
    int e = errno;
    mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "cannot %s %s: %s", what, path, strerror(e));
    if (err)
        snprintf(err->file, sizeof(err->file), "%.255s", path);
    return -1;
}

int mtk_outfile_check(const char *path, struct mtk_error *err)
{
    struct stat st;
    size_t n = strlen(path);
    if (!n || path[n - 1] == '/' || n >= sizeof(((struct mtk_outfile *)0)->path))
        return usage(path, "is no name for a file", err);
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : io(path, "look at", err);
    if (S_ISLNK(st.st_mode))
        return usage(path, "is a symbolic link", err);
    return S_ISREG(st.st_mode) ? 0 : usage(path, "exists and is not a regular file", err);
}

int mtk_outfile_open(struct mtk_outfile *f, const char *path, unsigned mode, struct mtk_error *err)
{
    f->fd = -1;
    if (mtk_outfile_check(path, err) < 0)
        return -1;
    snprintf(f->path, sizeof(f->path), "%s", path);
    snprintf(f->part, sizeof(f->part), "%s.part", path);
    f->fd = open(f->part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    return f->fd < 0 ? io(f->part, "create", err) : 0;
}

int mtk_outfile_write(struct mtk_outfile *f, const void *data, size_t n, struct mtk_error *err)
{
    const char *p = data;
    while (n) {
        ssize_t k = write(f->fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return io(f->part, "write", err);
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

/* The new name must be on the disk as well as the content; a folder that cannot be synced is none of our business. */
static void sync_folder(const char *path)
{
    char dir[4096];
    snprintf(dir, sizeof(dir), "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = 0;
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

int mtk_outfile_commit(struct mtk_outfile *f, struct mtk_error *err)
{
    int rc = fsync(f->fd) < 0 ? io(f->part, "flush", err) : 0;
    if (close(f->fd) < 0 && rc == 0)
        rc = io(f->part, "close", err);
    f->fd = -1;
    if (rc == 0 && rename(f->part, f->path) < 0)
        rc = io(f->path, "create", err);
    if (rc == 0)
        sync_folder(f->path);
    else
        unlink(f->part);
    return rc;
}

void mtk_outfile_abandon(struct mtk_outfile *f)
{
    if (f->fd < 0)
        return;
    close(f->fd);
    unlink(f->part);
    f->fd = -1;
}

int mtk_outfile_put(const char *path, unsigned mode, const void *data, size_t n, struct mtk_error *err)
{
    struct mtk_outfile f;
    if (mtk_outfile_open(&f, path, mode, err) < 0)
        return -1;
    int rc = mtk_outfile_write(&f, data, n, err);
    if (rc == 0)
        rc = mtk_outfile_commit(&f, err);
    mtk_outfile_abandon(&f);
    return rc;
}
