/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone made of springs and string behind the functions of mtksim.h that a port uses, so that the rules of
 * the port are tested without firmware. It answers every byte with its complement, except:
 *     'B'  sends "bye", leaves the bus and has booted
 *     'R'  sends "again", leaves the bus and is back in the same instant
 *     'T'  sends "tick" 10 ms later by its own clock
 *     'N'  takes no more bytes
 *     '>'  sends FAKE_LONG bytes (fake_byte) in transfers of 64 KiB, each when the one before was collected
 */
#ifndef TESTS_UNIT_PORT_FAKE_PHONE_H
#define TESTS_UNIT_PORT_FAKE_PHONE_H

#include "include/mtksim.h"

enum { FAKE_LONG = 3 * 1024 * 1024 + 5, FAKE_TRANSFER = 64 * 1024, FAKE_STALL = 0x0B };

struct mtksim {
    int64_t now, tick;            /* tick: when it is due, 0 if none */
    bool plugged, on_bus, absent; /* absent: never shows up */
    unsigned generation, plugs, unplugs, power_cycles, syncs, line_codings, control_lines;
    const char *stage;
    size_t room, taken, in_total;
    size_t long_left, long_pos;
    size_t begun, empty, ended,
        end_total; /* OUT transfers: begun, of those without data; ended, and their bytes */
    uint8_t out[4096];
    size_t out_len;
};

struct mtksim fake_phone(void);
uint8_t fake_byte(size_t i);

#endif
