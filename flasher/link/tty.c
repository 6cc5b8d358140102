/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone behind a terminal: /dev/ttyACM0 (the kernel's driver for BROM and preloader), a UART, or a pty of the
 * simulator. The terminal must be raw with ECHO off before the first byte: an echoed READY ends the preloader's
 * handshake (brom-preloader.md 1.4).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/cursor.h"
#include "flasher/link/backends.h"
#include "flasher/link/fd.h"
#include "protocol/brom.h"
#include "protocol/error_index.h"

/* A port that something holds for a moment (a modem daemon that probes it) is tried again this often. */
#define BUSY_TRIES 50

struct tty_link {
    struct mtk_fd_link fd;
    uint16_t vid, pid;
    unsigned busy; /* how often in a row it was, over all calls of open: a wait is cut into short ones */
    char path[];
};

static const struct speed {
    uint32_t baud;
    speed_t code;
} speeds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},
              {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}};

static int unreadable(const struct tty_link *t, const char *why, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "port tty:%.120s: %s", t->path, why);
}

/* Raw, no echo, no flow control, 8N1 at 921600, nothing left in the buffers, nobody else let in. */
static int make_raw(int fd)
{
    struct termios tio;
    if (tcgetattr(fd, &tio) != 0)
        return -1;
    cfmakeraw(&tio);
    tio.c_cflag |= CLOCAL | CREAD;
    tio.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    tio.c_cc[VMIN] = 1; /* with 0, "nothing yet" and "hung up" would both read as 0 bytes */
    tio.c_cc[VTIME] = 0;
    if (cfsetspeed(&tio, B921600) != 0 || tcsetattr(fd, TCSANOW, &tio) != 0)
        return -1;
    tcflush(fd, TCIOFLUSH);
    ioctl(fd, TIOCEXCL);
    return 0;
}

/* Vendor and product of the USB device behind the terminal, where the kernel tells; 0 otherwise. */
static uint16_t usb_attribute(int fd, const char *name)
{
    struct stat st;
    char path[96], text[8] = "";
    if (fstat(fd, &st) != 0)
        return 0;
    snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/../%s", major(st.st_rdev), minor(st.st_rdev),
             name);
    int f = open(path, O_RDONLY | O_CLOEXEC);
    if (f < 0)
        return 0;
    ssize_t n = read(f, text, sizeof(text) - 1);
    close(f);
    return n > 0 ? (uint16_t)strtoul(text, NULL, 16) : 0;
}

/* What an errno value of open() means: 0 for "wait on", else the sentence that ends the waiting. */
static const char *verdict(int error, unsigned *busy)
{
    if (error == ENOENT || error == ENODEV || error == ENXIO || error == EIO || error == EINTR)
        return NULL;
    if (error == EBUSY && ++*busy < BUSY_TRIES)
        return NULL;
    if (error == EBUSY)
        return "another program holds it (ModemManager does so with every new modem)";
    if (error == EACCES || error == EPERM)
        return "permission denied; the udev rules are not installed, or you are not in the group that owns "
               "it";
    return strerror(error);
}

/* 1: open, 0: not there yet, -1: failed for good. */
static int try_open(struct tty_link *t, int *why, struct mtk_error *err)
{
    struct stat st;
    if (stat(t->path, &st) == 0 && !S_ISCHR(st.st_mode))
        return unreadable(t, "it is not a terminal", err);
    int fd = open(t->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        *why = errno;
        const char *text = verdict(errno, &t->busy);
        return text ? unreadable(t, text, err) : 0;
    }
    if (!isatty(fd)) {
        close(fd);
        return unreadable(t, "it is not a terminal", err);
    }
    if (make_raw(fd) != 0) {
        *why = errno;
        close(fd);
        return 0; /* it vanished between open and here; the next try tells */
    }
    t->fd.fd = fd;
    t->busy = 0;
    t->vid = usb_attribute(fd, "idVendor");
    t->pid = usb_attribute(fd, "idProduct");
    return 1;
}

static int tty_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct tty_link *t = (struct tty_link *)l;
    int64_t start = l->clock.now(l->clock.ctx);
    int64_t deadline = mtk_deadline(start, timeout_ns);
    int why = ENOENT;
    if (t->fd.fd >= 0)
        return 0;
    do {
        int r = try_open(t, &why, err);
        if (r > 0)
            t->fd.generation++;
        if (r != 0)
            return r > 0 ? 0 : -1;
    } while (mtk_fd_retry(l, deadline));
    return mtk_fd_no_phone(l, start, t->path, why, err);
}

/* A terminal turns its speed into SET_LINE_CODING by itself; the other requests were sent by the driver at open. */
static int tty_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                       uint16_t index, void *buf, uint16_t length)
{
    struct tty_link *t = (struct tty_link *)l;
    struct termios tio;
    (void)value;
    (void)index;
    if (t->fd.fd < 0)
        return MTK_LINK_GONE;
    if (request_type != CDC_REQ_OUT || request != CDC_SET_LINE_CODING || length != 7)
        return 0;
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        if (speeds[i].baud != get_le32(buf))
            continue;
        bool ok = tcgetattr(t->fd.fd, &tio) == 0 && cfsetspeed(&tio, speeds[i].code) == 0 &&
                  tcsetattr(t->fd.fd, TCSADRAIN, &tio) == 0;
        return ok ? length : MTK_LINK_IO;
    }
    errno = EINVAL;
    return MTK_LINK_IO;
}

static void tty_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    struct tty_link *t = (struct tty_link *)l;
    *id = (struct mtk_link_identity){.vid = t->vid, .pid = t->pid, .generation = t->fd.generation};
}

static void tty_destroy(struct mtk_link *l)
{
    free(l);
}

static const struct mtk_link_ops tty_ops = {
    .name = "tty",
    .open = tty_open,
    .read = mtk_fd_read,
    .write = mtk_fd_write,
    .control = tty_control,
    .identity = tty_identity,
    .close = mtk_fd_close,
    .destroy = tty_destroy,
};

struct mtk_link *mtk_link_tty_new(const char *path, struct mtk_error *err)
{
    size_t len = strlen(path);
    if (len == 0) {
        mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "port tty: needs a path, as in tty:/dev/ttyACM0");
        return NULL;
    }
    struct tty_link *t = calloc(1, sizeof(*t) + len + 1);
    if (!t)
        return mtk_link_no_memory(err);
    t->fd = (struct mtk_fd_link){.base = {.ops = &tty_ops, .clock = mtk_clock_real()}, .fd = -1};
    memcpy(t->path, path, len + 1);
    return &t->fd.base;
}
