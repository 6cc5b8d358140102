/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit against which a verified flash is measured: the same bytes moved once each way through a socketpair in the
 * same chunk sizes, plus two SHA-256 passes, by two processes. Prints the seconds.
 *
 *     limit BYTES WRITE_CHUNK READ_CHUNK
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void put(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k <= 0)
            die("write");
        p += k;
        n -= (size_t)k;
    }
}

static void get(int fd, uint8_t *p, size_t n)
{
    while (n) {
        ssize_t k = read(fd, p, n);
        if (k <= 0)
            die("read");
        p += k;
        n -= (size_t)k;
    }
}

/* The phone's part: take everything, give everything back. */
static void phone(int fd, uint64_t bytes, size_t in, size_t out, uint8_t *buf)
{
    for (uint64_t left = bytes; left; left -= left < in ? left : in)
        get(fd, buf, left < in ? (size_t)left : in);
    for (uint64_t left = bytes; left; left -= left < out ? left : out)
        put(fd, buf, left < out ? (size_t)left : out);
}

/* The flasher's part: hash and send, receive and hash. */
static void host(int fd, uint64_t bytes, size_t out, size_t in, uint8_t *buf)
{
    uint8_t digest[SHA256_LEN];
    struct sha256 *h = sha256_new();
    if (!h)
        die("sha256");
    sha256_reset(h);
    for (uint64_t left = bytes; left; left -= left < out ? left : out) {
        size_t n = left < out ? (size_t)left : out;
        sha256_update(h, buf, n);
        put(fd, buf, n);
    }
    sha256_final(h, digest);
    sha256_reset(h);
    for (uint64_t left = bytes; left; left -= left < in ? left : in) {
        size_t n = left < in ? (size_t)left : in;
        get(fd, buf, n);
        sha256_update(h, buf, n);
    }
    sha256_final(h, digest);
    sha256_free(h);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: limit BYTES WRITE_CHUNK READ_CHUNK\n");
        return 2;
    }
    uint64_t bytes = strtoull(argv[1], NULL, 0);
    size_t out = strtoull(argv[2], NULL, 0), in = strtoull(argv[3], NULL, 0);
    size_t largest = out > in ? out : in;
    int fd[2];
    uint8_t *buf = largest ? malloc(largest) : NULL;
    if (!buf || socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
        die("limit");
    memset(buf, 0x5A, largest);
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        phone(fd[1], bytes, out, in, buf);
        _exit(0);
    }
    close(fd[1]);
    struct mtk_clock c = mtk_clock_real();
    int64_t start = c.now(c.ctx);
    host(fd[0], bytes, out, in, buf);
    int64_t end = c.now(c.ctx);
    waitpid(child, NULL, 0);
    free(buf);
    printf("%.6f\n", (double)(end - start) / (double)NS_PER_S);
    return 0;
}
