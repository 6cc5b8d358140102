/* SPDX-License-Identifier: Apache-2.0 */
/*
 * USB/IP 1.1.1 messages, as the server reads and writes them: the Linux kernel's Documentation/usb/usbip_protocol.rst.
 * Every field is big-endian. Pure: bytes in, structures out, and back.
 *
 * A connection begins with one operation (list or import). After a successful import it carries commands, each with a
 * header of 48 bytes, and their answers.
 */
#ifndef SIMDEV_PORT_USBIP_CODEC_H
#define SIMDEV_PORT_USBIP_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "simdev/port/bus.h"

enum {
    USBIP_VERSION = 0x0111,
    USBIP_REQ_DEVLIST = 0x8005,
    USBIP_REP_DEVLIST = 0x0005,
    USBIP_REQ_IMPORT = 0x8003,
    USBIP_REP_IMPORT = 0x0003,
};

/* Status of an operation. The document knows 0 and 1; Linux's tools tell more apart, and take any of these for no. */
enum { USBIP_OK = 0, USBIP_NOT_AVAILABLE = 1, USBIP_BUSY = 2, USBIP_DEVICE_ERROR = 3, USBIP_NO_DEVICE = 4 };

enum { USBIP_CMD_SUBMIT = 1, USBIP_CMD_UNLINK = 2, USBIP_RET_SUBMIT = 3, USBIP_RET_UNLINK = 4 };
enum { USBIP_OUT = 0, USBIP_IN = 1 };
enum { USBIP_SHORT_NOT_OK = 0x0001, USBIP_ZERO_PACKET = 0x0040 }; /* of the transfer flags */
enum { USBIP_SPEED_FULL = 2, USBIP_SPEED_HIGH = 3 };

/* number_of_packets of what is not isochronous: this, or 0 as Linux sends it. */
#define USBIP_NO_PACKETS 0xFFFFFFFFu

enum {
    USBIP_OP_LEN = 8,
    USBIP_BUSID_LEN = 32,
    USBIP_PATH_LEN = 256,
    USBIP_DEVICE_LEN = 312, /* without its interfaces, which take four bytes each */
    USBIP_COMMAND_LEN = 48,
};

struct usbip_op {
    uint16_t version, code;
    uint32_t status;
};

/* An exported device. */
struct usbip_device {
    char path[USBIP_PATH_LEN], busid[USBIP_BUSID_LEN]; /* with their NUL */
    uint32_t bus, number;
    struct bus_device usb;
};

/* What commands carry to tell which device they are for. */
static inline uint32_t usbip_devid(const struct usbip_device *d)
{
    return d->bus << 16 | d->number;
}

/* A header. Of the fields behind endpoint, those of its command are set. */
struct usbip_command {
    uint32_t command, seqnum, devid, direction, endpoint;
    uint32_t flags, length, start_frame, packets, interval; /* CMD_SUBMIT */
    uint8_t setup[8];
    uint32_t unlink_seqnum; /* CMD_UNLINK */
};

/* An answer to CMD_SUBMIT; the fields that the document wants at zero are. */
struct usbip_result {
    uint32_t seqnum;
    int32_t status;
    uint32_t actual, start_frame, packets; /* the last two as the command had them */
};

/* ---- reading; false: not enough bytes ---- */

bool port_usbip_read_op(struct rd *r, struct usbip_op *out);
/* The rest of OP_REQ_IMPORT. False also if the name does not end within its field. */
bool port_usbip_read_busid(struct rd *r, char out[USBIP_BUSID_LEN]);
bool port_usbip_read_command(struct rd *r, struct usbip_command *out);

/* ---- writing; false: no room ---- */

/* The head of OP_REP_DEVLIST; port_usbip_write_device follows for each device. */
bool port_usbip_write_devlist(struct wr *w, uint32_t devices);
/* An entry of the list, with its interfaces. */
bool port_usbip_write_device(struct wr *w, const struct usbip_device *d);
/* OP_REP_IMPORT; d is NULL unless status is USBIP_OK. */
bool port_usbip_write_import(struct wr *w, uint32_t status, const struct usbip_device *d);
/* The data of an IN transfer follow. */
bool port_usbip_write_submitted(struct wr *w, const struct usbip_result *r);
bool port_usbip_write_unlinked(struct wr *w, uint32_t seqnum, int32_t status);

#endif
