/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port: a phone behind something that other programs can open. One event loop drives it under the real clock and moves
 * bytes between it and one host at a time; behind usbip it drives several phones, and moves USB transfers.
 *
 * The rules, the same for every kind of port (on usbip a host connects when it imports a phone):
 * - A host that connects plugs the cable in. A phone that is off, booted or dead is switched off and on
 *   first, so that it is in the download mode it was made for; any other phone is found where it was left,
 *   as on a real bench.
 * - A host on a socket or tty has opened a serial port: the phone gets the SET_LINE_CODING and
 *   SET_CONTROL_LINE_STATE which the kernel's cdc-acm driver sends then (brom-preloader.md 1.4). A USB/IP host sends
 *   every control request itself.
 * - A phone that leaves the bus ends the connection, after what it had sent was delivered. When it has come
 *   back, the next connection finds it.
 * - A host that disconnects pulls the cable.
 * - The phone's clock runs with the real one while a host is connected and stands still otherwise, so that a
 *   phone nobody talks to does not boot away. Time until the phone is on the bus is not waited for.
 * - A second host is accepted, told nothing and closed.
 */
#ifndef SIMDEV_PORT_PORT_H
#define SIMDEV_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/mtksim.h"

struct port;

/*
 * Opens the listening end. where is one of
 *     unix:PATH       a stream socket; a dead socket file of that name is replaced
 *     tcp:ADDR:PORT   port 0 takes a free one; only loopback addresses unless expose is set
 *     pty[:LINK]      a pseudo terminal; LINK becomes a symbolic link to it, and replaces one of that name
 *     usbip[:ADDR:PORT]  a USB/IP server, 127.0.0.1:3240 if nothing is said; otherwise as tcp
 * NULL and a sentence in err (err_len bytes) when that cannot be done. Free with port_close.
 */
struct port *port_open(const char *where, bool expose, char *err, size_t err_len);

/* What a host opens, in the form of `where`, with the real port number or device. A pty's may change when a
 * connection ends; its link does not. Valid until port_serve is called again. */
const char *port_address(const struct port *port);

/* How port_serve runs. Zero means default, except stop_fd. */
struct port_options {
    bool once;   /* return when the first connection has ended */
    int stop_fd; /* port_serve returns soon after this becomes readable (nothing is read); -1: never */
    void (*log)(void *ctx, const char *line); /* what happens to connections; NULL: nobody wants to know */
    void *log_ctx;
};

/* How many phones can be behind this port. */
size_t port_capacity(const struct port *port);

/*
 * Serves phones until stopped: one, or up to port_capacity. They stay the caller's; a state folder is written after each
 * connection. 0 when stopped (or after one connection), -1 and a sentence in err when the port itself failed.
 */
int port_serve(struct port *port, struct mtksim *const *phones, size_t count, const struct port_options *opt,
               char *err, size_t err_len);

/* Stops listening and removes what port_open made in the file system. NULL is allowed. */
void port_close(struct port *port);

#endif
