/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host controller with one port, and a phone in it: transfers (URBs) instead of bytes. Whoever speaks for a host
 * submits them; they complete in the order of their endpoint, as the phone moves.
 *
 * The rules are those of the wire, at the packet size that the phone's own descriptors name:
 * - An IN transfer ends when it is full or when a packet comes that is shorter than the endpoint's size. The phone
 *   appends no zero-length packet (brom-preloader.md 1.5), so data that end with a full packet leave the transfer open.
 * - A packet that is longer than the room that is left ends the transfer with BUS_OVERFLOW and stays with the phone,
 *   because a host controller does not acknowledge it.
 * - What a transfer has taken from the phone is lost when it is cancelled.
 * - Endpoint 0 works as soon as the phone has an address, the others when it is configured. An endpoint that does not
 *   exist does not answer: BUS_NO_ANSWER.
 * - When the phone leaves the bus every transfer ends with BUS_LEFT.
 */
#ifndef SIMDEV_PORT_BUS_H
#define SIMDEV_PORT_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/mtksim.h"

/* Status of a finished transfer: 0, or one of these, which are Linux's numbers on every machine because USB/IP puts them
 * on the wire. */
enum {
    BUS_NO_MEMORY = -12,  /* ENOMEM */
    BUS_NO_DEVICE = -19,  /* ENODEV: submitted after the phone had left */
    BUS_INVALID = -22,    /* EINVAL */
    BUS_STALL = -32,      /* EPIPE */
    BUS_NO_ANSWER = -71,  /* EPROTO */
    BUS_OVERFLOW = -75,   /* EOVERFLOW */
    BUS_CANCELLED = -104, /* ECONNRESET */
    BUS_LEFT = -108,      /* ESHUTDOWN */
    BUS_SHORT = -121,     /* EREMOTEIO: a short packet where none was wanted */
};

enum {
    BUS_ENDPOINTS = 8,   /* that a phone may have besides endpoint 0 */
    BUS_INTERFACES = 8,  /* that are described */
    BUS_CONFIG_MAX = 512 /* bytes of a configuration that are looked at */
};

/* A device as it is described to hosts that have not enumerated it yet. */
struct bus_device {
    uint16_t vid, pid, version; /* version: bcdDevice */
    uint8_t class, subclass, protocol;
    uint8_t configuration, configurations; /* its value, and how many there are */
    uint8_t interfaces;                    /* as bNumInterfaces says */
    struct bus_interface {
        uint8_t class, subclass, protocol;
    } interface[BUS_INTERFACES]; /* by number; zeros where there is none */
    struct bus_endpoint {
        uint8_t address; /* bit 7: IN */
        uint8_t kind;    /* 0 control, 1 isochronous, 2 bulk, 3 interrupt */
        uint16_t packet;
    } endpoint[BUS_ENDPOINTS];
    size_t endpoints;
    bool high_speed; /* its bulk packets have 512 bytes, which only high speed has (USB 2.0, 5.8.3) */
};

/* Reads the descriptors of what is on the bus, without a transfer. False: nothing there, or nothing sensible. */
bool port_bus_describe(const struct mtksim *phone, struct bus_device *out);

/* A transfer. */
struct urb {
    struct urb *next;
    uint32_t id;       /* the host's number */
    uint8_t endpoint;  /* bit 7: IN; control transfers: by the pipe, while setup says which way the data go */
    uint8_t setup[8];  /* control */
    bool zero_packet;  /* OUT: end with a short packet even if the last one is full */
    bool short_not_ok; /* IN */
    size_t length;     /* OUT: bytes in data; IN: room */
    uint8_t *data;     /* malloc'ed, belongs to the transfer. IN: made by the bus, actual bytes */
    size_t actual;
    int status;
    bool begun;
};

struct bus;

/* A transfer has ended: it is the callee's now. */
typedef void (*bus_done_fn)(void *ctx, struct urb *urb);

/* A bus for the device of that generation, which is on the phone's bus now. NULL: no memory, or nothing sensible there.
 * The phone stays the caller's. */
struct bus *port_bus_new(struct mtksim *phone, unsigned generation, bus_done_fn done, void *ctx);
/* Frees the bus and every transfer in it; done is not called. NULL is allowed. */
void port_bus_free(struct bus *bus);
const struct bus_device *port_bus_device(const struct bus *bus);

/* Hands a transfer over. It may end at once. */
void port_bus_submit(struct bus *bus, struct urb *urb);
/* Takes a transfer back: it is freed, and not reported. False if none of that number is pending. */
bool port_bus_cancel(struct bus *bus, uint32_t id);
/* How many transfers are pending, and how many bytes their OUT data take. */
size_t port_bus_pending(const struct bus *bus);
size_t port_bus_held(const struct bus *bus);

/*
 * Runs the phone up to now_ns of its clock and moves what can be moved without waiting. more() is asked before each
 * transfer whether the host takes another one. True if there may be more to move.
 */
bool port_bus_run(struct bus *bus, int64_t now_ns, bool (*more)(void *ctx));
/* When the phone wants to run next, by its clock. */
int64_t port_bus_wake(const struct bus *bus);
/* Whether the device is gone; every transfer has ended then. */
bool port_bus_left(const struct bus *bus);

/* Frees a transfer. */
void port_urb_free(struct urb *urb);

#endif
