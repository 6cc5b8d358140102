/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the phone object, for the phone*.c, usb*.c and mtksim.c files only: firmware programs use phone.h.
 *
 * Time. `now` moves only in phone_advance, to the earliest of what is due: the wait of the running program, the
 * watchdog, the device appearing on the bus, a fault's return. Everything else happens at an instant.
 *
 * Who runs. The host's calls run the program until it waits (phone_run). A program waits for bytes, for the host to
 * collect a transfer, or for time; `ready` says that what it waits for has come.
 */
#ifndef SIMDEV_FIRMWARE_PHONE_INTERNAL_H
#define SIMDEV_FIRMWARE_PHONE_INTERNAL_H

#include "simdev/firmware/coroutine.h"
#include "simdev/firmware/phone.h"

#define PHONE_RX_FIFO     1536 /* 1024-byte ring of the firmware and 512 bytes of the controller (1.5) */
#define PHONE_TX_STALE    512  /* what the controller keeps of transfers that nobody collected */
#define PHONE_RX_DUE      8
#define PHONE_ENUMERATION (100 * NS_PER_MS)
#define PHONE_LOG_LINE    240

/* How a program ended. */
enum phone_end { END_NONE, END_EXEC, END_RESET, END_HANG, END_BOOT, END_OFF };

/* A block of phone_alloc; the bytes follow. */
struct phone_block {
    struct phone_block *next;
    max_align_t bytes[];
};

struct phone_rx {
    uint8_t *dst; /* buffer of the read that waits; NULL: none waits */
    size_t need, got;
    bool some; /* any byte ends the read */
    uint8_t fifo[PHONE_RX_FIFO];
    size_t head, count;
    bool fifo_closed;  /* strict transfers: the FIFO holds bytes of an earlier transfer */
    bool discard;      /* the rest of the transfer under way is dropped (strict transfers, faults) */
    int64_t nak_until; /* takes nothing before; NS_NEVER: never again */
    struct fault_action due[PHONE_RX_DUE]; /* faults on bytes to come; offset counts as total does */
    size_t n_due;
    size_t under_way; /* bytes of the host's transfer not taken yet */
    bool begun;       /* some of it has been taken */
    uint64_t total;   /* bytes taken since the phone was made */
};

struct phone_tx {
    const uint8_t *data; /* lent by phone_write; NULL: nothing is offered */
    size_t len, pos;
    uint8_t stale[PHONE_TX_STALE];
    size_t stale_len, stale_pos;
    int64_t patience;
    int64_t silent_until; /* sends nothing before; NS_NEVER: never again */
    uint64_t total;
};

struct phone_usb {
    bool cable;
    bool connected;  /* firmware wants to be on the bus */
    bool addressed;  /* a host has found this enumeration: endpoint 0 works, */
    bool configured; /* and chosen its configuration */
    int64_t visible_at;
    uint16_t vid, pid;
    unsigned generation;
    bool tool_present, dtr;
    bool rom;   /* it is the boot ROM's identity, whatever its numbers are */
    bool tried; /* BROM has been on the bus since power came */
    /* a fault's return */
    int64_t return_at;
    unsigned return_as;
};

struct mtksim {
    struct mtksim_config cfg; /* strings owned */
    struct phone_settings settings;
    struct board board;
    struct fault_set *faults;
    unsigned fault_points;
    struct prng prng;
    int64_t now;

    struct coroutine *co;
    firmware_fn program;
    const char *stage;
    bool alive;   /* a program runs (or waits) */
    bool ready;   /* and can go on */
    int64_t wake; /* or will be at this time */
    enum phone_end end;
    firmware_fn next;
    const char *next_stage;

    struct phone_rx rx;
    struct phone_tx tx;
    struct phone_usb usb;
    size_t taken;

    struct phone_block *blocks;
    void *baton;
    void *storage;
    const uint8_t *agent_key;
    bool download_key;

    mtksim_log_fn log;
    void *log_ctx;
    mtksim_tap_fn tap;
    void *tap_ctx;
};

/* ---- phone_run.c: programs and time ---- */
/* Power comes: BROM starts. */
void phone_power_on(struct mtksim *p);
/* Makes fn the program that runs next; whatever ran is dropped. */
void phone_start(struct mtksim *p, firmware_fn fn, const char *stage);
/* Stops whatever runs; memory of programs is freed. */
void phone_halt(struct mtksim *p, const char *stage);
/* Runs the program until it waits. */
void phone_run(struct mtksim *p);
/* Goes to the next thing that is due, if it is due by `limit`: true. Else time becomes limit (unless that is never):
 * false. */
bool phone_advance(struct mtksim *p, int64_t limit);
/* When the phone wants to run next. */
int64_t phone_next_event(const struct mtksim *p);
/* Firmware side: waits until ready or until time `until`. */
void phone_block(struct mtksim *p, int64_t until);
/* Restarts the chip from outside of a program; bites, brown-outs. */
void phone_reset_now(struct mtksim *p);
/* Stops in place from outside of a program. */
void phone_hang_now(struct mtksim *p, const char *why);

/* ---- phone_pipe.c ---- */
/* Firmware side: offers len bytes as one transfer and waits as phone_write says. No faults. */
void phone_tx_send(struct mtksim *p, const uint8_t *data, size_t len);
/* Host side: offers bytes to the firmware. Returns how many it took; 0: it has to run or to wait first. */
size_t phone_feed(struct mtksim *p, const uint8_t *data, size_t n);
/* Strict transfers apply to agents (da-xflash.md 2.1). */
bool phone_strict(const struct mtksim *p);
/* Forgets queued bytes in both directions, and a read or write that waits. */
void phone_pipe_clear(struct mtksim *p);
/* The host lost the device: what it had not collected is gone, the firmware's write is over. */
void phone_pipe_unplugged(struct mtksim *p);
void phone_tap_transfer(struct mtksim *p, uint8_t endpoint, const void *data, size_t len);

/* ---- usb.c ---- */
/* Is a device enumerable at this moment? */
bool phone_on_bus(const struct mtksim *p);
void phone_cable_out(struct mtksim *p);
void phone_cable_in(struct mtksim *p);

/* ---- phone_fault.c ---- */
/* Carries out what a fault can do wherever it happens (silence, nak, drop); true if it was one of those. A drop that
 * takes the chip down ends the program: from inside of one this does not return then. */
bool phone_fault_common(struct mtksim *p, const struct fault_action *a, bool in_program);
/* The phone that a fault took away comes back. */
void phone_fault_return(struct mtksim *p);
/* Firmware side: sends len bytes with the faults that act on this transfer. */
void phone_tx_faulty(struct mtksim *p, const uint8_t *data, size_t len);
/* Host side: a transfer of len bytes begins. Notes which faults will act on its bytes. */
void phone_rx_begin(struct mtksim *p, size_t len);
/* Host side: how many of n bytes may pass before the next fault is due; 0: phone_rx_due must be called. */
size_t phone_rx_free(const struct mtksim *p, size_t n);
/* Applies the fault that is due at this byte. Returns a mask: the byte passes, changed by it. 0: look again. */
uint8_t phone_rx_due(struct mtksim *p);
/* Asked when a program starts, inside of it. */
void phone_stage_faults(struct mtksim *p);

/* ---- usb_descriptors.c ---- */
#define USB_DESCRIPTOR_MAX 128
/* Descriptor of that type and index (wValue) of what is on the bus. Length; 0: it has none (STALL). */
size_t usb_descriptor(const struct mtksim *p, uint16_t value, uint8_t out[USB_DESCRIPTOR_MAX]);

#endif
