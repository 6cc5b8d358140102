/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/port/served.h"

#include "tests/unit/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000 };

static void keep_line(void *ctx, const char *line)
{
    struct served *s = ctx;
    pthread_mutex_lock(&s->lock);
    size_t used = strlen(s->log);
    snprintf(s->log + used, sizeof(s->log) - used, "%s\n", line);
    pthread_mutex_unlock(&s->lock);
}

bool serve_says(struct served *s, const char *text, unsigned times)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        unsigned found = 0;
        pthread_mutex_lock(&s->lock);
        for (const char *at = s->log; (at = strstr(at, text)) != NULL; at++)
            found++;
        pthread_mutex_unlock(&s->lock);
        if (found >= times)
            return true;
        poll(NULL, 0, 1);
    }
    return false;
}

static void *serve(void *ctx)
{
    struct served *s = ctx;
    char err[256];
    s->rc = port_serve(s->port, s->phone, s->phones, &s->opt, err, sizeof(err));
    if (s->rc != 0)
        keep_line(s, err);
    return NULL;
}

struct served *serve_start(struct mtksim *phone, const char *where, bool once)
{
    return serve_phones(&phone, 1, where, once);
}

struct served *serve_phones(struct mtksim *const *phones, size_t count, const char *where, bool once)
{
    char full[600], err[256];
    struct served *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    const char *tmp = getenv("TMPDIR"), *mark = strchr(where, '%');
    snprintf(s->dir, sizeof(s->dir), "%s/port-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    if (mark)
        snprintf(full, sizeof(full), "%.*s%s%s", (int)(mark - where), where, s->dir, mark + 1);
    s->port = port_open(mark ? full : where, false, err, sizeof(err));
    if (!s->port)
        fail_msg("%s", err);
    pthread_mutex_init(&s->lock, NULL);
    assert_int_equal(pipe2(s->stop, O_CLOEXEC), 0);
    assert_true(count <= SERVED_PHONES);
    s->phones = count;
    memcpy(s->phone, phones, count * sizeof(*phones));
    s->opt = (struct port_options){.once = once, .stop_fd = s->stop[0], .log = keep_line, .log_ctx = s};
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    s->running = true;
    return s;
}

int serve_stop(struct served *s, bool wait)
{
    if (s->running) {
        if (!wait)
            assert_int_equal(write(s->stop[1], "", 1), 1);
        assert_int_equal(pthread_join(s->thread, NULL), 0);
        s->running = false;
    }
    return s->rc;
}

void serve_free(struct served *s)
{
    serve_stop(s, false);
    close(s->stop[0]);
    close(s->stop[1]);
    port_close(s->port);
    pthread_mutex_destroy(&s->lock);
    /* Fails if the port left anything behind. */
    assert_int_equal(rmdir(s->dir), 0);
    free(s);
}

static int open_unix(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

static int open_tcp(const char *address)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    addr.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

int host_open(const char *address)
{
    if (strncmp(address, "unix:", 5) == 0)
        return open_unix(address + 5);
    if (strncmp(address, "tcp:", 4) == 0 || strncmp(address, "usbip:", 6) == 0)
        return open_tcp(address + 4);
    int fd = open(address + strlen("pty:"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

void host_send(int fd, const void *data, size_t len)
{
    for (const char *p = data; len > 0;) {
        ssize_t n = write(fd, p, len);
        assert_true(n > 0);
        p += n;
        len -= (size_t)n;
    }
}

size_t host_read(int fd, void *buf, size_t len)
{
    size_t got = 0;
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    while (got < len && poll(&pfd, 1, PATIENCE_MS) == 1) {
        ssize_t n = read(fd, (char *)buf + got, len - got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

bool host_sees_end(int fd)
{
    char waste[4096];
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    while (poll(&pfd, 1, PATIENCE_MS) == 1)
        if (read(fd, waste, sizeof(waste)) <= 0)
            return true;
    return false;
}
