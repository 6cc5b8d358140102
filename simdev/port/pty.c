/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port that is a pseudo terminal: pty[:LINK]. Programs open it like the ttyACM of a real phone.
 *
 * The kernel tells when the last host has closed a terminal (the master hangs up) but not when one opens it,
 * so the device file is watched with inotify. Each connection gets a fresh terminal: bytes that the last host
 * did not read must not reach the next one, and a phone that left the bus must take its tty away.
 */
#include "simdev/port/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum {
    DELIVERY_STEP_MS = 5, /* how often is asked whether the host has read everything, */
    DELIVERY_STEPS = 100, /* and how many times: half a second */
};

/* Nobody has the terminal open. */
static bool hung_up(int master)
{
    struct pollfd pfd = {.fd = master};
    return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP);
}

/*
 * Raw mode belongs to the terminal, not to who opens it, so it is set here once: an echoing terminal would
 * send READY back into the phone (brom-preloader.md 1.4). Closing the only descriptor again makes the master
 * hang up, which is how "no host" looks from then on.
 */
static int make_raw(const char *device)
{
    struct termios t;
    int fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = tcgetattr(fd, &t);
    if (rc == 0) {
        cfmakeraw(&t);
        cfsetspeed(&t, B921600);
        rc = tcsetattr(fd, TCSANOW, &t);
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

/* Opens a terminal and watches it. The watch comes before the first close, so that no open can be missed. */
static int open_terminal(struct port *p)
{
    char *device = p->device;
    p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (p->master < 0)
        return -1;
    if (grantpt(p->master) == 0 && unlockpt(p->master) == 0 &&
        ptsname_r(p->master, device, sizeof(p->device)) == 0) {
        p->watch = inotify_add_watch(p->listen_fd, device, IN_OPEN);
        if (p->watch >= 0 && make_raw(device) == 0) {
            /* Terminals change from host to host; where there is a link, it is the name that stays good. */
            snprintf(p->address, sizeof(p->address), "pty:%.500s", p->path[0] ? p->path : device);
            return 0;
        }
    }
    int saved = errno;
    close(p->master);
    p->master = -1;
    errno = saved;
    return -1;
}

/* Points the link at the terminal; one step, so that a host always finds the old or the new one. */
static int set_link(struct port *p)
{
    char temporary[PORT_ADDRESS_MAX + 8];
    struct stat st;
    if (!p->path[0])
        return 0;
    if (lstat(p->path, &st) == 0 && !S_ISLNK(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    snprintf(temporary, sizeof(temporary), "%s.new", p->path);
    unlink(temporary);
    if (symlink(p->device, temporary) != 0)
        return -1;
    if (rename(temporary, p->path) == 0)
        return 0;
    int saved = errno;
    unlink(temporary);
    errno = saved;
    return -1;
}

static void close_terminal(struct port *p)
{
    if (p->master < 0)
        return;
    inotify_rm_watch(p->listen_fd, p->watch);
    close(p->master);
    p->master = -1;
}

static int pty_open(struct port *p, const char *arg, bool expose, char *err, size_t err_len)
{
    (void)expose;
    if (strlen(arg) >= sizeof(p->path))
        return mtk_why(err, err_len, "%s: the name of the link is too long", arg);
    snprintf(p->path, sizeof(p->path), "%s", arg);
    p->listen_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (p->listen_fd < 0)
        return mtk_why(err, err_len, "pty: cannot watch files: %s", strerror(errno));
    if (open_terminal(p) != 0) {
        mtk_why(err, err_len, "pty: %s", strerror(errno));
    } else if (set_link(p) != 0) {
        mtk_why(err, err_len, "pty: link %s: %s", arg, strerror(errno));
        close_terminal(p);
    } else {
        return 0;
    }
    close(p->listen_fd);
    return -1;
}

static int pty_accept(struct port *p)
{
    /* What the events say does not matter (some come from here): what counts is who has it open now. */
    char events[4096];
    while (read(p->listen_fd, events, sizeof(events)) > 0)
        ;
    if (!hung_up(p->master))
        return p->master;
    errno = EAGAIN;
    return -1;
}

static ssize_t pty_recv(int fd, void *buf, size_t len)
{
    return read(fd, buf, len);
}

static ssize_t pty_send(int fd, const void *buf, size_t len)
{
    ssize_t n = write(fd, buf, len);
    if (n == 0) {
        errno = EAGAIN; /* a terminal that is full may say so by taking nothing */
        return -1;
    }
    return n;
}

/* Closing a terminal throws away what its host has not read, so a host that is still there gets a moment. */
static void await_delivery(struct port *p)
{
    int fd = hung_up(p->master) ? -1 : open(p->device, O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    /* poll, unlike FIONREAD, also looks at bytes that the kernel has not passed on to the terminal yet. */
    struct pollfd unread = {.fd = fd, .events = POLLIN};
    for (int i = 0; i < DELIVERY_STEPS && poll(&unread, 1, 0) == 1 && unread.revents == POLLIN; i++)
        poll(NULL, 0, DELIVERY_STEP_MS);
    close(fd);
}

static int pty_hang_up(struct port *p, int fd)
{
    (void)fd;
    await_delivery(p);
    close_terminal(p);
    return open_terminal(p) == 0 && set_link(p) == 0 ? 0 : -1;
}

static void pty_close(struct port *p)
{
    char target[PORT_ADDRESS_MAX];
    ssize_t n = p->path[0] ? readlink(p->path, target, sizeof(target) - 1) : -1;
    if (n > 0) {
        target[n] = '\0';
        if (strcmp(target, p->device) == 0)
            unlink(p->path);
    }
    close_terminal(p);
    close(p->listen_fd);
}

const struct port_kind port_pty = {
    .scheme = "pty",
    .open = pty_open,
    .accept = pty_accept,
    .recv = pty_recv,
    .send = pty_send,
    .hang_up = pty_hang_up,
    .close = pty_close,
};
