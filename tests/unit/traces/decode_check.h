/* SPDX-License-Identifier: Apache-2.0 */
/* Feeding a decoder from lines of hexadecimal bytes, and what it makes of them as lines of text. */
#ifndef TESTS_UNIT_TRACES_DECODE_CHECK_H
#define TESTS_UNIT_TRACES_DECODE_CHECK_H

#include "tests/unit/cmocka.h"

#include "traces/decode.h"

/* What a decoder said. */
struct log {
    char text[16384];  /* "H command|text" a line */
    uint64_t bytes[2]; /* by direction: phone, host */
    uint64_t unknown;
    unsigned errors;
};

/* The decode_fn whose ctx is a struct log. */
void log_keep(void *ctx, const struct decode_message *m);
/* "H 01 02" or "D 03*10": one transfer a line; NN*K is a byte K times. */
void feed(struct decoder *d, const char *lines);
/* What the wire gives must be want. */
void check(const char *wire, const char *want);
/* The same for what comes behind `before`, whose own messages are not looked at. */
void check_behind(const char *before, const char *wire, const char *want);

#define SYNC "H A0\nD 5F\nH 0A\nD F5\nH 50\nD AF\nH 05\nD FA\n"
#define SYNC_TEXT                                                                                   \
    "H |start byte A0, answered 5F\nH |start byte 0A, answered F5\nH |start byte 50, answered AF\n" \
    "H |start byte 05, answered FA\n"

#define SEND_JUMP "H D5\nD D5\nH 00 20 00 00\nD 00 20 00 00\nD 00 00\n"

#endif
