/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded session in protocol terms. The decoder takes transfers in order and hands out messages: one a command,
 * parameter, status or payload, whatever the packets were. It only watches: neither end shares code with it. What it
 * does not understand it shows as bytes and goes on.
 */
#ifndef TRACES_DECODE_H
#define TRACES_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DECODE_AGENT: an agent runs, and has not said yet which. */
enum decode_stage {
    DECODE_BUS,
    DECODE_SYNC,
    DECODE_BROM,
    DECODE_AGENT,
    DECODE_XFLASH,
    DECODE_LEGACY,
    DECODE_XML
};

struct decode_message {
    int64_t time_ns; /* when its first byte was seen */
    uint64_t packet; /* number of that packet in the file */
    bool from_host;
    enum decode_stage stage;
    const char *command; /* command it belongs to, "" if none */
    const char *text;    /* what it says, in words */
    uint64_t length;     /* bytes on the wire */
    bool is_status, is_error;
    bool unknown; /* nothing explains these bytes */
    uint32_t status;
};

typedef void (*decode_fn)(void *ctx, const struct decode_message *m);

struct decoder;

/* NULL: out of memory. */
struct decoder *decoder_new(decode_fn fn, void *ctx);
/*
 * Bytes of one bulk transfer: captured of length bytes are known (the rest was cut from the recording). Returns 0, or
 * -1 if out of memory.
 */
int decoder_bulk(struct decoder *d, int64_t time_ns, uint64_t packet, bool from_host, const uint8_t *data,
                 size_t captured, size_t length);
/* A control request; data as above. */
void decoder_control(struct decoder *d, int64_t time_ns, uint64_t packet, const uint8_t setup[8],
                     int32_t status, const uint8_t *data, size_t captured);
/* Another device number: the phone left the bus and came back, all that was pending is void. */
void decoder_reenumerated(struct decoder *d, int64_t time_ns, uint64_t packet, unsigned device);
/* Shows what is still pending and frees. */
void decoder_free(struct decoder *d);

const char *decode_stage_name(enum decode_stage s);
/* Names of opcodes, commands and control codes; NULL if unknown. */
const char *decode_brom_name(uint8_t op);
const char *decode_legacy_name(uint8_t op);
const char *decode_xflash_command(uint32_t v);
const char *decode_xflash_control(uint32_t v);

#endif
