/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: what goes wrong, where and how often. The machine that firmware runs on asks one question at one place (fault_ask_all)
 * and do what the answer says; nothing else in the phone knows that faults exist. Specification: fault-matrix.md
 * section 2; syntax for users: docs/faults.md.
 */
#ifndef SIMDEV_FAULT_FAULT_H
#define SIMDEV_FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Points at which faults act. */
enum fault_point {
    FAULT_AT_COMMAND, /* a command was recognised, before it is carried out; name = command */
    FAULT_AT_STATUS,  /* a status is about to be sent; name = command it belongs to; value = the status */
    FAULT_AT_TX,      /* bytes leave the phone; offset = bytes sent since the phone was made, length = of this
                             piece, value = 1 if it begins a transfer */
    FAULT_AT_RX,      /* bytes reach the phone; likewise */
    FAULT_AT_FLASH_READ, /* name = area, offset, length */
    FAULT_AT_FLASH_WRITE,
    FAULT_AT_FLASH_ERASE,
    FAULT_AT_DRAM_INIT, /* DRAM is brought up */
    FAULT_AT_STAGE,     /* a firmware program starts; name = its name */
    FAULT_POINTS
};

struct fault_event {
    enum fault_point point;
    const char *stage; /* brom, preloader, da1, da2 */
    const char *name;
    uint64_t offset, length;
    uint32_t value;
};

enum fault_kind {
    FAULT_NONE,
    FAULT_SILENCE, /* stop sending for ever, keep taking bytes */
    FAULT_NAK_OUT, /* stop taking bytes for ever */
    FAULT_DROP,    /* leave the bus before byte `offset`; value = enum fault_return, delay_ns = when */
    FAULT_STATUS,  /* send `value` instead */
    FAULT_SHORT,   /* cut this transfer (or flash write) down to `offset` bytes, the rest is lost */
    FAULT_FLIP,    /* change the byte at `offset` of this transfer (or flash operation) by xor `mask` */
    FAULT_IGNORE,  /* flash: acknowledge `count` bytes from `offset` and do not do it */
    FAULT_FAIL,    /* flash: media error; DRAM: `value` as status, or a hang if value is 0; stage: it hangs */
    FAULT_DELAY,   /* wait delay_ns first */
    FAULT_INJECT,  /* send `count` extra bytes before byte `offset`, as a transfer of their own */
    FAULT_KINDS
};

/* How a phone that left the bus comes back. */
enum fault_return {
    FAULT_RETURN_NEVER, /* the cable is out until somebody plugs it in; the phone stays where it is */
    FAULT_RETURN_SAME,  /* the cable wiggled: back after delay_ns, the phone stayed where it was */
    FAULT_RETURN_BROM,  /* chip reset into BROM download mode after delay_ns */
    FAULT_RETURN_RESET, /* chip reset, normal boot after delay_ns */
    FAULT_RETURN_OFF,   /* power is gone */
};

struct fault_action {
    enum fault_kind kind;
    uint64_t offset, count;
    uint32_t value;
    uint8_t mask;
    int64_t delay_ns;
    const uint8_t *bytes; /* FAULT_INJECT; borrowed from the set */
};

struct fault_set;

/* Parses a specification; NULL and a sentence in err if it makes no sense. An empty one gives a set without faults. */
struct fault_set *fault_parse(const char *spec, uint64_t seed, char *err, size_t err_len);
/* The same faults, none of which has fired yet. NULL: no memory, or f is NULL. */
struct fault_set *fault_clone(const struct fault_set *f);
void fault_free(struct fault_set *f);
/*
 * The hook. Fills at most max actions in order of their offset, returns how many fire; max 1 is the first that does. f may
 * be NULL (no faults; must cost nothing).
 */
size_t fault_ask_all(struct fault_set *f, const struct fault_event *ev, struct fault_action *out, size_t max);
/* Bit 1 << point is set if any fault acts at that point: what need not be asked can be skipped. */
unsigned fault_points(const struct fault_set *f);
/* One line a fault: what it is and how often it fired. Returns how many never fired. */
unsigned fault_report(const struct fault_set *f, char *text, size_t text_len);

#endif
