/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/rom/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/error_index.h"

#define NOISE_CHUNK 16384

void rom_sentence(const struct mtk_error *e, char *err, size_t err_len)
{
    if (!err || !err_len)
        return;
    if (!e->file[0])
        snprintf(err, err_len, "%s", e->what);
    else if (e->line)
        snprintf(err, err_len, "%s:%u: %s", e->file, e->line, e->what);
    else
        snprintf(err, err_len, "%s: %s", e->file, e->what);
}

int rom_fail_io(struct mtk_error *err, const char *path, const char *what)
{
    return mtk_fail_file(err, MTK_E_MTK_HOST_IO, path, 0, "%s: %s", what, strerror(errno));
}

int rom_make_folder(const char *dir, struct mtk_error *err)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s", dir) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return rom_fail_io(err, dir, "cannot be created");
    }
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(path, 0755) && errno != EEXIST)
            return rom_fail_io(err, path, "cannot be created");
        *p = '/';
    }
    if (mkdir(path, 0755) && errno != EEXIST)
        return rom_fail_io(err, path, "cannot be created");
    return 0;
}

static void fail(struct rom_out *o, const char *what)
{
    if (!o->failed)
        o->failed = mtk_fail_file(o->err, MTK_E_MTK_HOST_IO, o->path, 0, "%s: %s", what, strerror(errno));
}

int rom_out_open(struct rom_out *o, const char *dir, const char *file, struct mtk_error *err)
{
    *o = (struct rom_out){.fd = -1, .err = err};
    int n = snprintf(o->path, sizeof(o->path), "%s/%s", dir, file);
    if (n < 0 || (size_t)n >= sizeof(o->path)) {
        errno = ENAMETOOLONG;
        fail(o, "cannot be created");
        return -1;
    }
    o->fd = open(o->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (o->fd < 0)
        fail(o, "cannot be created");
    return o->failed;
}

void rom_out_bytes(struct rom_out *o, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    while (len && !o->failed) {
        ssize_t n = write(o->fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fail(o, "cannot be written");
            return;
        }
        p += n;
        len -= (size_t)n;
        o->len += (uint64_t)n;
    }
}

void rom_out_noise(struct rom_out *o, struct prng *prng, uint64_t len)
{
    uint8_t buf[NOISE_CHUNK];
    while (len && !o->failed) {
        size_t n = len < sizeof(buf) ? (size_t)len : sizeof(buf);
        prng_bytes(prng, buf, n);
        rom_out_bytes(o, buf, n);
        len -= n;
    }
}

void rom_out_pad(struct rom_out *o, uint64_t align, uint8_t v)
{
    uint8_t buf[NOISE_CHUNK];
    uint64_t left = (align - o->len % align) % align;
    memset(buf, v, sizeof(buf));
    while (left && !o->failed) {
        size_t n = left < sizeof(buf) ? (size_t)left : sizeof(buf);
        rom_out_bytes(o, buf, n);
        left -= n;
    }
}

int rom_out_close(struct rom_out *o)
{
    if (o->fd >= 0 && close(o->fd))
        fail(o, "cannot be written");
    o->fd = -1;
    return o->failed;
}

int rom_write_whole(const struct rom_job *job, const char *file, const void *data, size_t len,
                    struct mtk_error *err)
{
    struct rom_out out;
    rom_out_open(&out, job->dir, file, err);
    rom_out_bytes(&out, data, len);
    return rom_out_close(&out);
}
