/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usbip_net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "flasher/link/fd.h"

/* A server answers a request before an import at once; it need not look at any device for that. */
#define ANSWER_NS (3 * NS_PER_S)

static enum mtk_usbip_result fails(struct mtk_usbip_server *s, enum mtk_usbip_result r, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum mtk_usbip_result fails(struct mtk_usbip_server *s, enum mtk_usbip_result r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->why, sizeof(s->why), fmt, ap);
    va_end(ap);
    return r;
}

static enum mtk_usbip_result dial(struct mtk_usbip_server *s, int *fd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int error = ECONNREFUSED, one = 1;
    bool hope = false;
    int r = getaddrinfo(s->host->name, s->host->service, &hints, &list);
    if (r != 0)
        return fails(s, r == EAI_AGAIN ? MTK_USBIP_NOT_YET : MTK_USBIP_NEVER, "%s: %s", s->host->name,
                     r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
    *fd = -1;
    for (struct addrinfo *ai = list; ai && *fd < 0; ai = ai->ai_next) {
        *fd = mtk_net_dial(ai->ai_addr, ai->ai_addrlen, s->deadline, &error);
        hope |= mtk_net_not_yet(error);
    }
    freeaddrinfo(list);
    if (*fd < 0)
        return fails(s, hope ? MTK_USBIP_NOT_YET : MTK_USBIP_NEVER, "%s port %s: %s", s->host->name,
                     s->host->service, strerror(error));
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(*fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    return MTK_USBIP_DONE;
}

/* Receives exactly len bytes: 1; 0 if the server closed the connection first; -1 if it went quiet. */
static int receive(int fd, void *buf, size_t len, int64_t deadline)
{
    uint8_t *p = buf;
    while (len) {
        ssize_t n = recv(fd, p, len, MSG_DONTWAIT);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return 0;
        } else if (errno == EAGAIN && mtk_fd_wait(fd, POLLIN, deadline) == 0) {
            return -1;
        }
    }
    return 1;
}

static enum mtk_usbip_result no_answer(struct mtk_usbip_server *s, int r)
{
    return r == 0 ? fails(s, MTK_USBIP_NOT_YET, "the server closed the connection in the middle of an answer")
                  : fails(s, MTK_USBIP_NOT_YET, "the server does not answer");
}

/* Sends a request (which fits into any socket's buffer) and reads the head of its reply. */
static enum mtk_usbip_result ask(struct mtk_usbip_server *s, int fd, const void *request, size_t len,
                                 enum mtk_usbip_code code, enum mtk_usbip_reply *reply, int64_t *deadline)
{
    struct mtk_clock clock = mtk_clock_real();
    int64_t limit = clock.now(clock.ctx) + ANSWER_NS;
    uint8_t head[MTK_USBIP_OP_LEN];
    uint16_t version = 0;
    *deadline = limit; /* an answer that has begun is not cut off by a short wait for a phone */
    if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
        return no_answer(s, 0);
    int r = receive(fd, head, sizeof(head), *deadline);
    if (r <= 0)
        return no_answer(s, r);
    *reply = mtk_usbip_get_reply(head, code, &version);
    if (*reply == MTK_USBIP_REPLY_GARBAGE)
        return fails(s, MTK_USBIP_NEVER, "what listens there is no USB/IP server");
    if (*reply == MTK_USBIP_REPLY_VERSION)
        return fails(s, MTK_USBIP_NEVER, "the server speaks USB/IP %u.%u.%u, not 1.1.1", version >> 8,
                     version >> 4 & 0xF, version & 0xF);
    return MTK_USBIP_DONE;
}

/* One device of a list and the interfaces behind it: 1 usable, 2 not, 0 or -1 as receive(). */
static int receive_device(int fd, struct mtk_usbip_device *d, int64_t deadline)
{
    uint8_t raw[MTK_USBIP_DEVICE_LEN], interfaces[255 * MTK_USBIP_INTERFACE];
    int r = receive(fd, raw, sizeof(raw), deadline);
    if (r <= 0)
        return r;
    bool usable = mtk_usbip_get_device(raw, d);
    r = receive(fd, interfaces, (size_t)d->n_interfaces * MTK_USBIP_INTERFACE, deadline);
    return r <= 0 ? r : usable ? 1 : 2;
}

static enum mtk_usbip_result read_list(struct mtk_usbip_server *s, int fd, struct mtk_usbip_device **devices,
                                       size_t *n, int64_t deadline)
{
    uint8_t count_raw[4];
    int r = receive(fd, count_raw, sizeof(count_raw), deadline);
    if (r <= 0)
        return no_answer(s, r);
    uint32_t count = get_be32(count_raw);
    if (count > MTK_USBIP_MAX_DEVICES)
        return fails(s, MTK_USBIP_NEVER, "the server claims to export %u devices", count);
    if (!(*devices = calloc(count ? count : 1, sizeof(**devices))))
        return fails(s, MTK_USBIP_NEVER, "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        r = receive_device(fd, &(*devices)[*n], deadline);
        if (r <= 0) {
            free(*devices);
            *devices = NULL;
            *n = 0;
            return no_answer(s, r);
        }
        *n += r == 1;
    }
    return MTK_USBIP_DONE;
}

enum mtk_usbip_result mtk_usbip_list(struct mtk_usbip_server *s, struct mtk_usbip_device **devices, size_t *n)
{
    uint8_t request[MTK_USBIP_OP_LEN];
    enum mtk_usbip_reply reply;
    int64_t deadline;
    int fd;
    *devices = NULL;
    *n = 0;
    enum mtk_usbip_result r = dial(s, &fd);
    if (r != MTK_USBIP_DONE)
        return r;
    mtk_usbip_put_devlist(request);
    r = ask(s, fd, request, sizeof(request), MTK_USBIP_REP_DEVLIST, &reply, &deadline);
    if (r == MTK_USBIP_DONE && reply == MTK_USBIP_REPLY_REFUSED)
        r = fails(s, MTK_USBIP_NOT_YET, "the server refuses to say what it exports");
    else if (r == MTK_USBIP_DONE)
        r = read_list(s, fd, devices, n, deadline);
    close(fd);
    return r;
}

static enum mtk_usbip_result import(struct mtk_usbip_server *s, int fd, const char *busid,
                                    struct mtk_usbip_device *device)
{
    uint8_t request[MTK_USBIP_IMPORT_LEN], raw[MTK_USBIP_DEVICE_LEN];
    enum mtk_usbip_reply reply;
    int64_t deadline;
    if (!mtk_usbip_put_import(request, busid))
        return fails(s, MTK_USBIP_NEVER, "'%.40s' is no bus id", busid);
    enum mtk_usbip_result r = ask(s, fd, request, sizeof(request), MTK_USBIP_REP_IMPORT, &reply, &deadline);
    if (r != MTK_USBIP_DONE)
        return r;
    if (reply == MTK_USBIP_REPLY_REFUSED)
        return fails(s, MTK_USBIP_NOT_YET, "the server does not give out %s: it is not there, or in use",
                     busid);
    int got = receive(fd, raw, sizeof(raw), deadline);
    if (got <= 0)
        return no_answer(s, got);
    if (!mtk_usbip_get_device(raw, device) || strcmp(device->busid, busid) != 0)
        return fails(s, MTK_USBIP_NEVER, "the server gave out another device than %s", busid);
    return MTK_USBIP_DONE;
}

enum mtk_usbip_result mtk_usbip_import(struct mtk_usbip_server *s, const char *busid,
                                       struct mtk_usbip_device *device, int *fd)
{
    enum mtk_usbip_result r = dial(s, fd);
    if (r != MTK_USBIP_DONE)
        return r;
    r = import(s, *fd, busid, device);
    if (r == MTK_USBIP_DONE)
        return r;
    close(*fd);
    *fd = -1;
    return r;
}
