/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: what goes wrong, where and how often. Firmware, board and port ask one question at one place (fault_ask)
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
    FAULT_AT_COMMAND,     /* a command was recognised, before it is carried out; name = command */
    FAULT_AT_STATUS,      /* a status is about to be sent; name = command it belongs to; value = the status */
    FAULT_AT_TX,          /* bytes leave the phone; offset = bytes sent in this session so far */
    FAULT_AT_RX,          /* bytes reach the phone; offset likewise */
    FAULT_AT_FLASH_READ,  /* name = area, offset, length */
    FAULT_AT_FLASH_WRITE,
    FAULT_AT_FLASH_ERASE,
    FAULT_AT_DRAM_INIT,
    FAULT_AT_STAGE,       /* a firmware program starts; name = its name */
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
    FAULT_SILENCE,   /* stop sending for ever, keep taking bytes */
    FAULT_NAK_OUT,   /* stop taking bytes for ever */
    FAULT_DROP,      /* leave the bus */
    FAULT_STATUS,    /* send `value` instead */
    FAULT_SHORT,     /* send only `count` bytes */
    FAULT_FLIP,      /* change the byte at `offset` of this transfer by xor `mask` */
    FAULT_IGNORE,    /* flash: acknowledge and do not do it */
    FAULT_FAIL,      /* flash: media error; DRAM: `value` as status, or a hang if value is 0 */
    FAULT_DELAY,     /* wait delay_ns first */
};

struct fault_action {
    enum fault_kind kind;
    uint64_t offset, count;
    uint32_t value;
    uint8_t mask;
    int64_t delay_ns;
};

struct fault_set;

/* Parses a specification; NULL and a sentence in err if it makes no sense. An empty one gives a set without faults. */
struct fault_set *fault_parse(const char *spec, uint64_t seed, char *err, size_t err_len);
struct fault_set *fault_clone(const struct fault_set *f);
void fault_free(struct fault_set *f);
/* The hook. f may be NULL (no faults; must cost nothing). */
struct fault_action fault_ask(struct fault_set *f, const struct fault_event *ev);
/* One line a fault: what it is and how often it fired. Returns how many never fired. */
unsigned fault_report(const struct fault_set *f, char *text, size_t text_len);

#endif
