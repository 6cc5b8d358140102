/* SPDX-License-Identifier: Apache-2.0 */
/* A USB/IP client made of a socket and hand-made bytes, with no code of the server. */
#ifndef TESTS_UNIT_PORT_USBIP_HOST_H
#define TESTS_UNIT_PORT_USBIP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_OUT = 0, HOST_IN = 1, HOST_SUBMITTED = 3, HOST_UNLINKED = 4, HOST_IMPORTED_LEN = 0x140 };

/* A connection after OP_REQ_IMPORT. */
struct usbip_host {
    int fd;
    uint32_t seqnum, devid;
    uint8_t device[HOST_IMPORTED_LEN]; /* OP_REP_IMPORT */
};

/* What came for a command. */
struct usbip_answer {
    uint32_t command, seqnum, actual;
    int32_t status;
    uint8_t data[4096]; /* of an IN transfer, as much as fits here; the rest is read and dropped */
};

/* Asks for a device on a fresh connection (which is closed if the answer is no). The status of OP_REP_IMPORT. */
uint32_t usbip_host_import(struct usbip_host *h, const char *address, const char *busid);
void usbip_host_close(struct usbip_host *h);
/* Submits a transfer and returns its number; setup is NULL unless endpoint is 0. */
uint32_t usbip_host_submit(struct usbip_host *h, uint32_t direction, uint32_t endpoint, uint32_t flags,
                           const void *data, size_t len, const char *setup);
/* Sends CMD_UNLINK; returns its own number. */
uint32_t usbip_host_unlink(struct usbip_host *h, uint32_t victim);
/* The next answer, within a second; in says whether data follow. False: none came. */
bool usbip_host_answer(struct usbip_host *h, bool in, struct usbip_answer *a);
/* A control request with its answer: actual length, or its negative status. in gets the data. */
int usbip_host_control(struct usbip_host *h, const char *setup, void *in);
/* Bulk OUT on endpoint 1, its answer; then bulk IN that must bring exactly these bytes. */
void usbip_host_exchange(struct usbip_host *h, const void *out, size_t out_len, const void *in,
                         size_t in_len);

#endif
