/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a USB/IP client, without its socket: bytes in, bytes out, and the server's clock. Whatever comes in,
 * it holds a bounded amount of memory and asks for no more than it can take:
 * - A transfer beyond USBIP_URB_MAX, or more of them than USBIP_URBS_MAX or USBIP_HELD_MAX bytes, ends at once for want of
 *   memory; its data are skipped, so that a client can always take back what it has submitted.
 * - A client that does not read its answers is not read either.
 * - What is no USB/IP (versions, commands, devices, packets of isochronous transfers) ends the connection.
 */
#ifndef SIMDEV_PORT_USBIP_CONN_H
#define SIMDEV_PORT_USBIP_CONN_H

#include <sys/uio.h>

#include "simdev/port/usbip_exports.h"

enum {
    USBIP_URB_MAX = 16 * 1024 * 1024,
    USBIP_HELD_MAX = 32 * 1024 * 1024,
    USBIP_URBS_MAX = 4096,
};

struct usbip_conn;

/* A fresh connection. NULL: no memory. The exports outlive it. */
struct usbip_conn *port_usbip_conn_new(struct usbip_exports *exports);
/* Ends an import, and frees. NULL is allowed. */
void port_usbip_conn_free(struct usbip_conn *c);

/* Where to put what the client sends next, and how much of it fits; 0: nothing is wanted now. The place is good until the
 * next call of another function. */
size_t port_usbip_space(struct usbip_conn *c, void **where);
/* n bytes have been put there, at now of the server's clock. */
void port_usbip_received(struct usbip_conn *c, size_t n, int64_t now);

/* Lets an imported phone run up to now. True if there may be more to do at once. */
bool port_usbip_run(struct usbip_conn *c, int64_t now);
/* When the phone wants to run next, by the server's clock; NS_NEVER: bytes only. */
int64_t port_usbip_wake(const struct usbip_conn *c);

/* What is to be sent, in up to max pieces; 0: nothing. */
size_t port_usbip_output(const struct usbip_conn *c, struct iovec *out, size_t max);
/* The first n bytes of it were sent. */
void port_usbip_sent(struct usbip_conn *c, size_t n);

bool port_usbip_imported(const struct usbip_conn *c);
/* Nothing will come after the output that waits: close then. */
bool port_usbip_over(const struct usbip_conn *c);

#endif
