/* SPDX-License-Identifier: Apache-2.0 */
/* A phone that is served in a thread, and the host's side of its port. Shared by the tests of this room. */
#ifndef TESTS_UNIT_PORT_SERVED_H
#define TESTS_UNIT_PORT_SERVED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "simdev/port/port.h"

enum { SERVED_PHONES = 4 };

struct served {
    char dir[256]; /* temporary, for sockets and links */
    struct port *port;
    struct mtksim *phone[SERVED_PHONES];
    size_t phones;
    struct port_options opt;
    int stop[2];
    pthread_t thread;
    bool running;
    int rc;               /* of port_serve, after serve_stop */
    pthread_mutex_t lock; /* of the log */
    char log[4096];
};

/* Opens the port (a '%' in where stands for the temporary folder) and serves the phone. Fails the test if it
 * cannot. */
struct served *serve_start(struct mtksim *phone, const char *where, bool once);
/* The same with several phones. */
struct served *serve_phones(struct mtksim *const *phones, size_t count, const char *where, bool once);
/* Stops serving (or waits until it has stopped by itself, if wait) and returns what port_serve did. */
int serve_stop(struct served *s, bool wait);
/* Waits, at most a second, until the port has logged text that many times. */
bool serve_says(struct served *s, const char *text, unsigned times);
/* Frees everything but the phone. */
void serve_free(struct served *s);

/* The host's side: opens what port_address says, or the terminal or link behind "pty:". A file descriptor. */
int host_open(const char *address);
/* Sends everything. */
void host_send(int fd, const void *data, size_t len);
/* Reads up to len bytes until that many are there, the end, or a second has passed without any. */
size_t host_read(int fd, void *buf, size_t len);
/* True if the port ends the connection within a second; bytes that come before are dropped. */
bool host_sees_end(int fd);

#endif
