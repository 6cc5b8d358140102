/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/net.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flasher/link/fd.h"

/* One attempt to connect to another machine. */
#define CONNECT_NS (3 * NS_PER_S)

bool mtk_net_not_yet(int error)
{
    return error == ECONNREFUSED || error == ENOENT || error == EAGAIN || error == ECONNRESET ||
           error == ETIMEDOUT || error == EINPROGRESS || error == ECONNABORTED;
}

/* Where the port begins: behind the last colon, unless that is one of a bare address in brackets. */
static const char *find_colon(const char *text, size_t len)
{
    const char *colon = memrchr(text, ':', len);
    return colon && memchr(colon, ']', len - (size_t)(colon - text)) ? NULL : colon;
}

bool mtk_net_split(const char *text, size_t len, unsigned fallback, struct mtk_net_host *host)
{
    const char *colon = find_colon(text, len), *name = text;
    const char *end = colon ? colon : text + len;
    unsigned long port = fallback;
    if (colon) {
        char number[8] = "", *rest = NULL;
        size_t n = (size_t)(text + len - colon) - 1;
        if (n == 0 || n >= sizeof(number) || colon[1] < '0' || colon[1] > '9')
            return false;
        memcpy(number, colon + 1, n);
        port = strtoul(number, &rest, 10);
        if (*rest)
            return false;
    }
    if (name < end && *name == '[' && end > name + 1 && end[-1] == ']') {
        name++;
        end--;
    }
    size_t n = (size_t)(end - name);
    if (port < 1 || port > 65535 || n == 0 || n >= sizeof(host->name))
        return false;
    memcpy(host->name, name, n);
    host->name[n] = '\0';
    snprintf(host->service, sizeof(host->service), "%lu", port);
    return true;
}

/* Finishes a connect that is under way; 0 or an errno value. */
static int finish_connect(int fd, int64_t deadline)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (mtk_fd_wait(fd, POLLOUT, deadline) == 0)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

int mtk_net_dial(const struct sockaddr *sa, socklen_t sa_len, int64_t deadline, int *error)
{
    struct mtk_clock clock = mtk_clock_real();
    int64_t limit = clock.now(clock.ctx) + CONNECT_NS;
    int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *error = errno;
        return -1;
    }
    *error = connect(fd, sa, sa_len) == 0 ? 0 : errno;
    if (*error == EINPROGRESS)
        *error = finish_connect(fd, deadline < limit ? deadline : limit);
    if (!*error)
        return fd;
    close(fd);
    return -1;
}
