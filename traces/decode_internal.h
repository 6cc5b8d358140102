/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the decoder's parts. */
#ifndef TRACES_DECODE_INTERNAL_H
#define TRACES_DECODE_INTERNAL_H

#include "traces/decode.h"
#include "traces/queue.h"

enum { DIR_DEVICE, DIR_HOST };

struct brom_step;

struct decoder {
    decode_fn fn;
    void *ctx;
    enum decode_stage stage;
    struct queue q[2]; /* by direction: DIR_DEVICE, DIR_HOST */
    /* time of the message that is being put together */
    int64_t time_ns;
    uint64_t packet;

    /* start handshake */
    unsigned sync_at; /* start bytes that were answered */

    /* BROM: the command and where in it we are */
    uint8_t op;
    const struct brom_step *step;
    uint32_t arg[4];
    unsigned n_args;
    uint64_t left;  /* of a payload */
    bool was_agent; /* before the last enumeration */

    /* XFlash */
    bool have_header[2];
    uint32_t frame_type[2], frame_len[2];
    uint32_t command, control;
    char name[32];
};

/* Hands out a message about what was just taken from a queue; fmt as printf. */
void decode_say(struct decoder *d, bool from_host, uint64_t length, const char *command, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same for a status word of a catalogue family. */
void decode_say_status(struct decoder *d, uint64_t length, const char *command, const char *family,
                       uint32_t status, bool error);
/* Notes when the first byte that is about to be taken came. */
void decode_mark(struct decoder *d, const struct queue *q);
/* Takes what was cut from the recording at the head of a queue, if nothing announced these bytes: one message for all of
 * them, however many the recording claims. False: the next byte is there. */
bool decode_skip_lost(struct decoder *d, int dir);
/* Each looks at what waits and takes one message: true if it did. */
bool decode_sync(struct decoder *d);
bool decode_brom(struct decoder *d);
bool decode_xflash(struct decoder *d);

#endif
