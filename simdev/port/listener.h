/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of port/: what a kind of port has to be able to do. */
#ifndef SIMDEV_PORT_LISTENER_H
#define SIMDEV_PORT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "simdev/port/port.h"

#define PORT_ADDRESS_MAX 512

/* One kind of port. Functions return -1 with errno unless said otherwise. */
struct port_kind {
    const char *scheme; /* what stands before the first ':' */
    size_t phones;      /* how many it can serve; 0: one */
    /* Opens the listening end named by arg (behind the ':', "" if there is none) and fills p->address. -1 and
     * a sentence in err. Nothing is left open then. */
    int (*open)(struct port *p, const char *arg, bool expose, char *err, size_t err_len);
    /*
     * Serves phones by transfers, in an event loop of its own, as port_serve says. NULL: the hosts of this kind exchange
     * bytes, one host at a time, and serve.c drives the functions from here to hang_up. The others have none of them.
     */
    int (*serve)(struct port *p, struct mtksim *const *phones, size_t count, const struct port_options *opt,
                 char *err, size_t err_len);
    /*
     * Called when p->listen_fd is readable: returns a non-blocking file that talks to a host, or -1 with
     * errno EAGAIN if nobody is there after all. The file belongs to the kind until hang_up.
     */
    int (*accept)(struct port *p);
    /* Whether another host waits while one is connected; it is turned away. Called when listen_fd is
     * readable. May be NULL: this kind of port has one end only. */
    bool (*refuse)(struct port *p);
    /* Moves bytes like recv and send: a positive number, or -1. EAGAIN: not now. 0 from recv or any other
     * errno: the host has gone. */
    ssize_t (*recv)(int fd, void *buf, size_t len);
    ssize_t (*send)(int fd, const void *buf, size_t len);
    /* Ends the connection and is ready for the next host. */
    int (*hang_up)(struct port *p, int fd);
    void (*close)(struct port *p);
};

struct port {
    const struct port_kind *kind;
    char address[PORT_ADDRESS_MAX];
    int listen_fd;               /* readable when a host may be there */
    char path[PORT_ADDRESS_MAX]; /* unix: socket file; pty: link; "" if none */
    dev_t path_dev;              /* unix: which file it was that we made */
    ino_t path_ino;
    char device[64]; /* pty: the terminal of the moment; each host gets a fresh one */
    int master;      /* pty: our end, -1 if none */
    int watch;       /* pty: inotify watch of the device file */
};

extern const struct port_kind port_unix, port_tcp, port_pty, port_usbip;

/* ---- stream.c, for every kind that listens on a stream socket ---- */

/* Listens on "ADDR:PORT" or "[ADDR]:PORT"; the address of the port begins with scheme. */
int port_stream_listen(struct port *p, const char *scheme, const char *arg, bool expose, char *err,
                       size_t err_len);
/* As the functions of a kind. */
int port_stream_accept(struct port *p);
int port_stream_hang_up(struct port *p, int fd);
void port_stream_close(struct port *p);

#endif
