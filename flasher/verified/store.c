/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "formats/file.h"
#include "protocol/error_index.h"

#define PATH_LEN 4096

static void join(char out[PATH_LEN], const char *dir, const char *name, const char *suffix)
{
    snprintf(out, PATH_LEN, "%s/%s%s", dir, name, suffix);
}

static int about(const char *path, struct mtk_error *err)
{
    if (err)
        snprintf(err->file, sizeof(err->file), "%.255s", path);
    return -1;
}

static int usage(const char *path, const char *why, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "%s %s", path, why);
    return about(path, err);
}

static int io(const char *path, const char *what, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "cannot %s %s: %s", what, path, strerror(errno));
    return about(path, err);
}

/* ---- folders ---- */

static bool is_ours(const char *name)
{
    size_t n = strlen(name);
    return strcmp(name, MTK_BACKUP_MANIFEST) == 0 || (n > 4 && strcmp(name + n - 4, ".img") == 0) ||
           (n > 5 && strcmp(name + n - 5, ".part") == 0);
}

/*
 * Removes a folder with what a backup leaves in it. A folder with anything else stays, and a link is never followed: what
 * it leads to is not ours.
 */
static int remove_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return -1;
    }
    for (struct dirent *e; (e = readdir(d));)
        if (is_ours(e->d_name))
            unlinkat(fd, e->d_name, 0);
    closedir(d);
    return rmdir(path);
}

/* 1: the folder is empty; 0: it is not; -1: it cannot be read. */
static int is_empty(const char *path)
{
    int n = 1;
    DIR *d = opendir(path);
    if (!d)
        return -1;
    for (struct dirent *e; n && (e = readdir(d));)
        n = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    closedir(d);
    return n;
}

static int sync_folder(const char *path, struct mtk_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return io(path, "open", err);
    int rc = fsync(fd) < 0 && errno != EINVAL ? io(path, "flush", err) : 0;
    close(fd);
    return rc;
}

/* ---- reading ---- */

static int read_manifest(struct mtk_store *st, struct mtk_error *err)
{
    char path[PATH_LEN];
    struct mtk_blob blob;
    join(path, st->dir, MTK_BACKUP_MANIFEST, "");
    if (mtk_file_read(path, MTK_BACKUP_MAX_BYTES, &blob, err) < 0)
        return -1;
    int rc = mtk_backup_parse((const char *)blob.data, blob.len, path, &st->had, err);
    mtk_blob_release(&blob);
    st->exists = rc == 0;
    return rc;
}

static int look_at(struct mtk_store *st, bool must_exist, struct mtk_error *err)
{
    struct stat s;
    char path[PATH_LEN];
    if (lstat(st->dir, &s) < 0) {
        if (errno != ENOENT)
            return io(st->dir, "look at", err);
        return must_exist ? mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, st->dir, 0, "there is no such backup")
                          : 0;
    }
    if (S_ISLNK(s.st_mode))
        return usage(st->dir, "is a symbolic link", err);
    if (!S_ISDIR(s.st_mode))
        return usage(st->dir, "exists and is not a folder", err);
    join(path, st->dir, MTK_BACKUP_MANIFEST, "");
    if (lstat(path, &s) == 0)
        return S_ISREG(s.st_mode)
                   ? read_manifest(st, err)
                   : mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, path, 0, "not a regular file");
    int empty = is_empty(st->dir);
    if (empty < 0)
        return io(st->dir, "read", err);
    if (!must_exist && empty)
        return 0;
    if (must_exist)
        return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, path, 0, "there is no backup in this folder");
    return usage(st->dir, "is not empty and not a backup", err);
}

int mtk_store_open(const char *dir, bool must_exist, struct mtk_store **out, struct mtk_error *err)
{
    size_t n = strlen(dir);
    *out = NULL;
    while (n > 1 && dir[n - 1] == '/')
        n--;
    struct mtk_store *st = calloc(1, sizeof(*st));
    if (!st)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    if (!n || n >= sizeof(st->dir) - 80 || (n == 1 && dir[0] == '/')) {
        free(st);
        return usage(dir, "is no name for a folder", err);
    }
    snprintf(st->dir, sizeof(st->dir), "%.*s", (int)n, dir);
    snprintf(st->part, sizeof(st->part), "%s.part", st->dir);
    if (look_at(st, must_exist, err) < 0) {
        mtk_store_free(st);
        return -1;
    }
    *out = st;
    return 0;
}

int mtk_store_phone(struct mtk_store *st, const struct mtk_backup_phone *phone, struct mtk_error *err)
{
    st->now.phone = *phone;
    if (!st->exists || mtk_backup_same_phone(&st->had.phone, phone, err) == 0)
        return 0;
    return about(st->dir, err);
}

/* The file is opened once, by its own name and no link, and stays open from the check to the last byte that is used. */
int mtk_store_image(const struct mtk_store *st, const struct mtk_backup_entry *e, bool collected,
                    struct mtk_image *out, struct mtk_error *err)
{
    struct stat s;
    memset(out, 0, sizeof(*out));
    join(out->path, collected ? st->part : st->dir, e->name, ".img");
    out->fd = open(out->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (out->fd < 0 || fstat(out->fd, &s) < 0 || !S_ISREG(s.st_mode)) {
        mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, out->path, 0, "the manifest names this file: %s",
                      out->fd < 0 ? strerror(errno) : "it is not a regular one");
    } else if ((uint64_t)s.st_size != e->size) {
        mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, out->path, 0,
                      "the file has %" PRIu64 " bytes, the manifest says %" PRIu64, (uint64_t)s.st_size,
                      e->size);
    } else if (!(out->extents = calloc(1, sizeof(*out->extents)))) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    } else {
        out->extents[0] = (struct mtk_extent){.kind = MTK_EXTENT_RAW, .size = e->size};
        out->n_extents = 1;
        out->file_size = out->expanded_size = out->defined = e->size;
        return 0;
    }
    mtk_image_release(out);
    return -1;
}

/* ---- writing ---- */

static void utc_now(char out[24])
{
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int mtk_store_collect(struct mtk_store *st, const char *table, struct mtk_error *err)
{
    if (st->collecting)
        return 0;
    /* What an interrupted session left behind was never a backup. */
    if (remove_folder(st->part) < 0)
        return usage(st->part, "is in the way", err);
    if (mkdir(st->part, 0700) < 0)
        return io(st->part, "create", err);
    st->collecting = true;
    snprintf(st->now.table, sizeof(st->now.table), "%s", table ? table : "none");
    snprintf(st->now.tool, sizeof(st->now.tool), "mtkproof %s", MTKPROOF_VERSION);
    utc_now(st->now.time);
    return 0;
}

int mtk_store_create(struct mtk_store *st, const char *name, struct mtk_outfile *f, struct mtk_error *err)
{
    char path[PATH_LEN];
    f->fd = -1;
    if (!mtk_backup_name_ok(name))
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "partition \"%.64s\" cannot be saved: its name cannot be that of a file", name);
    join(path, st->part, name, ".img");
    return mtk_outfile_open(f, path, 0600, err);
}

int mtk_store_add(struct mtk_store *st, const char *name, const char *area, uint64_t start, uint64_t size,
                  const uint8_t sha256[SHA256_LEN], struct mtk_error *err)
{
    struct mtk_backup_entry e = {.start = start, .size = size};
    snprintf(e.name, sizeof(e.name), "%s", name);
    snprintf(e.area, sizeof(e.area), "%s", area);
    memcpy(e.sha256, sha256, SHA256_LEN);
    utc_now(e.time);
    return mtk_backup_put(&st->now, &e, err);
}

void mtk_store_drop(struct mtk_store *st, const char *name)
{
    char path[PATH_LEN];
    for (size_t i = 0; i < st->now.n; i++) {
        if (strcmp(st->now.entries[i].name, name) != 0)
            continue;
        memmove(&st->now.entries[i], &st->now.entries[i + 1],
                (st->now.n - i - 1) * sizeof(st->now.entries[0]));
        st->now.n--;
        break;
    }
    join(path, st->part, name, ".img");
    unlink(path);
}

/* What was saved before and not again stays in the backup: the same file under a second name. */
static int take_over(struct mtk_store *st, struct mtk_error *err)
{
    for (size_t i = 0; i < st->had.n; i++) {
        const struct mtk_backup_entry *e = &st->had.entries[i];
        char from[PATH_LEN], to[PATH_LEN];
        if (mtk_backup_find(&st->now, e->name))
            continue;
        join(from, st->dir, e->name, ".img");
        join(to, st->part, e->name, ".img");
        if (link(from, to) < 0)
            return io(from, "take over", err);
        if (mtk_backup_put(&st->now, e, err) < 0)
            return -1;
    }
    return 0;
}

static int write_manifest(struct mtk_store *st, struct mtk_error *err)
{
    char path[PATH_LEN];
    size_t len;
    char *text = mtk_backup_text(&st->now, &len);
    if (!text)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    join(path, st->part, MTK_BACKUP_MANIFEST, "");
    int rc = mtk_outfile_put(path, 0600, text, len, err);
    free(text);
    return rc;
}

/* Both folders change names in one step where the file system can, so that there is a backup at every moment. */
static int swap(struct mtk_store *st, struct mtk_error *err)
{
    char old[PATH_LEN];
    if (!st->exists)
        return rename(st->part, st->dir) < 0 ? io(st->dir, "create", err) : 0;
    if (renameat2(AT_FDCWD, st->part, AT_FDCWD, st->dir, RENAME_EXCHANGE) == 0) {
        remove_folder(st->part);
        return 0;
    }
    snprintf(old, sizeof(old), "%s.old", st->dir);
    if (remove_folder(old) < 0 || rename(st->dir, old) < 0)
        return io(st->dir, "replace", err);
    if (rename(st->part, st->dir) < 0) {
        io(st->dir, "replace", err);
        if (rename(old, st->dir) < 0)
            return io(old, "bring back", err);
        return -1;
    }
    remove_folder(old);
    return 0;
}

static int sync_parent(const struct mtk_store *st, struct mtk_error *err)
{
    char path[PATH_LEN];
    snprintf(path, sizeof(path), "%s", st->dir);
    char *slash = strrchr(path, '/');
    if (!slash)
        return sync_folder(".", err);
    slash[slash == path] = 0;
    return sync_folder(path, err);
}

int mtk_store_commit(struct mtk_store *st, struct mtk_error *err)
{
    if (!st->collecting)
        return 0;
    if (take_over(st, err) < 0 || write_manifest(st, err) < 0 || sync_folder(st->part, err) < 0 ||
        swap(st, err) < 0)
        return -1;
    st->collecting = false;
    st->exists = true;
    mtk_backup_release(&st->had);
    st->had = st->now;
    st->now = (struct mtk_backup){.phone = st->had.phone};
    return sync_parent(st, err);
}

void mtk_store_free(struct mtk_store *st)
{
    if (!st)
        return;
    if (st->collecting)
        remove_folder(st->part);
    mtk_backup_release(&st->had);
    mtk_backup_release(&st->now);
    free(st);
}
