/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reaching a server, for tcp: and usbip:. */
#ifndef FLASHER_LINK_NET_H
#define FLASHER_LINK_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct mtk_net_host {
    char name[128];
    char service[8]; /* port number in decimal */
};

/*
 * Splits "HOST:PORT" or "[HOST]:PORT" of len bytes. fallback is the port where none is given, 0 if one must be.
 * False if it makes no sense.
 */
bool mtk_net_split(const char *text, size_t len, unsigned fallback, struct mtk_net_host *host);

/* Connection errors that mean "nobody there yet"; every other one will not get better by waiting. */
bool mtk_net_not_yet(int error);

/*
 * Connects a non-blocking stream socket to one address, by the deadline of the machine's clock at the latest (and in no
 * more than a few seconds). *error becomes an errno value, 0 when it worked. The socket, or -1 if there is none.
 */
int mtk_net_dial(const struct sockaddr *sa, socklen_t sa_len, int64_t deadline, int *error);

#endif
