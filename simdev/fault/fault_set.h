/* SPDX-License-Identifier: Apache-2.0 */
/* What a parsed fault consists of; for this room only. */
#ifndef SIMDEV_FAULT_FAULT_SET_H
#define SIMDEV_FAULT_FAULT_SET_H

#include "base/prng.h"
#include "simdev/fault/fault.h"

#define FAULT_MAX        64 /* faults in one specification */
#define FAULT_MAX_INJECT 32
#define FAULT_ALWAYS     UINT64_MAX

struct fault {
    enum fault_kind kind;
    enum fault_point point;
    bool has_point, has_offset, has_range, has_times, has_nth, has_chance, has_back;
    char stage[16], name[32]; /* "" matches everything */
    uint64_t offset;          /* tx, rx: total byte offset */
    uint64_t from, len;       /* flash: range it lives in */
    uint64_t at;              /* byte of the transfer or operation, if not given by offset */
    uint64_t nth, times;      /* first matching event it acts on, and on how many */
    uint64_t chance;          /* fires if a 32-bit draw is below; 1 << 32 = always */
    uint64_t count;
    uint32_t value;
    uint8_t mask;
    int64_t delay_ns;
    uint8_t bytes[FAULT_MAX_INJECT];
    char text[120]; /* as the user wrote it */
    /* while it runs */
    uint64_t seen, fired;
};

struct fault_set {
    unsigned points;
    uint64_t seed;
    struct prng draw;
    size_t n;
    struct fault fault[];
};

/* Parses one fault (without the separator). 0, or -1 and a sentence in err. */
int fault_parse_one(const char *text, size_t len, struct fault *out, char *err, size_t err_len);

#endif
