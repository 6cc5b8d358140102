/* SPDX-License-Identifier: Apache-2.0 */
/* Byte examples of the specification, as tests/data/wire/README.md describes them. */
#ifndef TESTS_SESSION_WIRE_TRANSCRIPT_H
#define TESTS_SESSION_WIRE_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSCRIPT_SEGMENTS 2

/* Bytes of one transfer; where care[i] is 0 any byte will do. Both are malloc'd. */
struct transcript_bytes {
    uint8_t *data, *care;
    size_t len, room;
};

enum transcript_kind {
    TR_PHONE,  /* text: settings */
    TR_STAGE,  /* text: jump, da1, da2, da2 windows */
    TR_LEVEL,  /* number: checksum level to set in stage 1 */
    TR_ATTACH, /* number: product id */
    TR_HOST,   /* seg[]: transfers of the host */
    TR_UPLOAD, /* seg[0]: what the host sends in packets of `number` bytes, each of which is answered with 5A */
    TR_GIVE,   /* the same in an XML agent's way: sum, OK, packet, OK */
    TR_DEVICE, /* seg[]: transfers of the phone */
    TR_CTRL,   /* setup, seg[0] */
    TR_READY,
    TR_QUIET, /* number: ms */
    TR_GONE,  /* number: ms */
    TR_PLUG,
    TR_UNPLUG,
    TR_END,
};

struct transcript_line {
    enum transcript_kind kind;
    unsigned line;
    char text[200];
    uint32_t number;
    uint8_t request_type, request;
    uint16_t value, index;
    struct transcript_bytes seg[TRANSCRIPT_SEGMENTS];
    size_t n_seg;
};

/* What the names da1, da2, da2+sig, emi, emi-records and emi-version stand for. Borrowed. */
struct transcript_blobs {
    const uint8_t *da1, *da2, *emi;
    size_t da1_len, da2_len, da2_sig_len, emi_len;
    uint8_t emi_version;
};
#define TRANSCRIPT_EMI_HEADER 0x70u /* of emi; its records follow */

struct transcript {
    struct transcript_line *lines;
    size_t n;
};

/* Reads a file; prints what is wrong with it and returns false if it is not a transcript. */
bool transcript_read(const char *path, const struct transcript_blobs *blobs, struct transcript *out);
/* The same from memory. */
bool transcript_parse(const char *text, const struct transcript_blobs *blobs, struct transcript *out);
void transcript_release(struct transcript *t);
/* Appends bytes, which matter or not. False: no memory. */
bool transcript_put(struct transcript_bytes *b, const uint8_t *data, size_t n, uint8_t care);
/* Appends what a token stands for. False: it is none. */
bool transcript_put_token(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token);
/* True if got[0..len) is what b allows; else *at is the first difference (== b->len if only the length differs). */
bool transcript_match(const struct transcript_bytes *b, const uint8_t *got, size_t len, size_t *at);

#endif
