/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that are stream sockets: unix:PATH and tcp:ADDR:PORT. */
#include "simdev/port/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    SOCKET_BUFFER = 1024 * 1024, /* asked for; the kernel's own limit decides */
    DRAIN_MAX = 64,              /* buffers thrown away before a connection is closed */
};

int port_stream_accept(struct port *p)
{
    int fd = accept4(p->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == ECONNABORTED || errno == EINTR)
            errno = EAGAIN;
        return -1;
    }
    int size = SOCKET_BUFFER, on = 1;
    /* Both are for speed only: a kernel that refuses them does no harm. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (p->kind != &port_unix)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static bool stream_refuse(struct port *p)
{
    int fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static ssize_t stream_recv(int fd, void *buf, size_t len)
{
    return recv(fd, buf, len, 0);
}

static ssize_t stream_send(int fd, const void *buf, size_t len)
{
    return send(fd, buf, len, MSG_NOSIGNAL);
}

int port_stream_hang_up(struct port *p, int fd)
{
    (void)p;
    /* A socket closed with unread bytes in it is reset, and the reset may overtake what was sent before:
     * throw away what the host sent last. */
    char waste[4096];
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < DRAIN_MAX && recv(fd, waste, sizeof(waste), MSG_DONTWAIT) > 0; i++)
        ;
    close(fd);
    return 0;
}

void port_stream_close(struct port *p)
{
    struct stat st;
    close(p->listen_fd);
    /* Somebody may have put another socket there meanwhile. */
    if (p->path[0] && lstat(p->path, &st) == 0 && st.st_dev == p->path_dev && st.st_ino == p->path_ino)
        unlink(p->path);
}

/* ---- unix ---- */

/* A socket file whose program has gone stays behind and would block the name: removes it, and nothing else.
 */
static int unix_remove_stale(const struct sockaddr_un *addr, char *err, size_t err_len)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) != 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return mtk_why(err, err_len, "%s exists and is no socket", addr->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return mtk_why(err, err_len, "unix socket: %s", strerror(errno));
    bool stale = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!stale)
        return mtk_why(err, err_len, "%s is in use by another program", addr->sun_path);
    if (unlink(addr->sun_path) != 0)
        return mtk_why(err, err_len, "%s: %s", addr->sun_path, strerror(errno));
    return 0;
}

static int unix_open(struct port *p, const char *arg, bool expose, char *err, size_t err_len)
{
    (void)expose;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;
    if (!*arg)
        return mtk_why(err, err_len, "unix: needs a path, as in unix:/tmp/phone");
    if (strlen(arg) >= sizeof(addr.sun_path))
        return mtk_why(err, err_len, "%s: the path of a unix socket has at most %zu characters", arg,
                       sizeof(addr.sun_path) - 1);
    memcpy(addr.sun_path, arg, strlen(arg) + 1);
    if (unix_remove_stale(&addr, err, err_len) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return mtk_why(err, err_len, "unix socket: %s", strerror(errno));
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, BACKLOG) != 0 ||
        lstat(arg, &st) != 0) {
        mtk_why(err, err_len, "%s: %s", arg, strerror(errno));
        close(fd);
        return -1;
    }
    p->listen_fd = fd;
    p->path_dev = st.st_dev;
    p->path_ino = st.st_ino;
    snprintf(p->path, sizeof(p->path), "%s", arg);
    snprintf(p->address, sizeof(p->address), "unix:%s", arg);
    return 0;
}

/* ---- tcp ---- */

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

/* Splits "ADDR:PORT" or "[ADDR]:PORT". */
static int split_host(const char *arg, char *host, size_t host_len, const char **service)
{
    const char *colon = strrchr(arg, ':'), *start = arg, *end = colon;
    if (!colon || colon == arg || !colon[1])
        return -1;
    if (*arg == '[' && colon[-1] == ']') {
        start++;
        end--;
    }
    size_t n = (size_t)(end - start);
    if (n == 0 || n >= host_len)
        return -1;
    memcpy(host, start, n);
    host[n] = '\0';
    *service = colon + 1;
    return 0;
}

static int tcp_listen(const struct addrinfo *ai)
{
    int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int tcp_name(struct port *p, const char *scheme, char *err, size_t err_len)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    char host[64], service[16];
    if (getsockname(p->listen_fd, (struct sockaddr *)&sa, &len) != 0 ||
        getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), service, sizeof(service),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return mtk_why(err, err_len, "%s: cannot tell the port's number", scheme);
    snprintf(p->address, sizeof(p->address), sa.ss_family == AF_INET6 ? "%s:[%s]:%s" : "%s:%s:%s", scheme,
             host, service);
    return 0;
}

int port_stream_listen(struct port *p, const char *scheme, const char *arg, bool expose, char *err,
                       size_t err_len)
{
    char host[256];
    const char *service;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list = NULL;
    if (split_host(arg, host, sizeof(host), &service) != 0)
        return mtk_why(err, err_len, "%s: needs an address and a port number, as in %s:127.0.0.1:0", scheme,
                       scheme);
    if (strspn(service, "0123456789") == strlen(service) && (strlen(service) > 5 || atoi(service) > 65535))
        return mtk_why(err, err_len, "%s:%s: port numbers end at 65535", scheme,
                       arg); /* getaddrinfo would wrap it */
    int rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        return mtk_why(err, err_len, "%s:%s: %s", scheme, arg,
                       rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    if (!expose && !is_loopback(list->ai_addr))
        mtk_why(err, err_len, "%s is not a loopback address; --expose lets others reach the phone", host);
    else if ((p->listen_fd = tcp_listen(list)) < 0)
        mtk_why(err, err_len, "%s:%s: %s", scheme, arg, strerror(errno));
    freeaddrinfo(list);
    if (p->listen_fd < 0)
        return -1;
    if (tcp_name(p, scheme, err, err_len) == 0)
        return 0;
    close(p->listen_fd);
    return -1;
}

static int tcp_open(struct port *p, const char *arg, bool expose, char *err, size_t err_len)
{
    return port_stream_listen(p, "tcp", arg, expose, err, err_len);
}

const struct port_kind port_unix = {
    .scheme = "unix",
    .open = unix_open,
    .accept = port_stream_accept,
    .refuse = stream_refuse,
    .recv = stream_recv,
    .send = stream_send,
    .hang_up = port_stream_hang_up,
    .close = port_stream_close,
};

const struct port_kind port_tcp = {
    .scheme = "tcp",
    .open = tcp_open,
    .accept = port_stream_accept,
    .refuse = stream_refuse,
    .recv = stream_recv,
    .send = stream_send,
    .hang_up = port_stream_hang_up,
    .close = port_stream_close,
};
