/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the decoder's parts. */
#ifndef TRACES_DECODE_INTERNAL_H
#define TRACES_DECODE_INTERNAL_H

#include "traces/decode.h"
#include "traces/queue.h"

enum { DIR_DEVICE, DIR_HOST };

struct brom_step;
struct tl_row;

enum { TL_SLOTS = 8 };

/* Where in the legacy agent's exchanges we are (decode_legacy.h). */
struct decode_legacy {
    const struct tl_row *row; /* NULL: the command loop */
    const char *title;        /* of a part of the start; NULL: the command is meant */
    uint8_t op, chip;         /* chip: the id that the agent gives for the phone's */
    bool v3, old_numbers;     /* kind of agent; its status words are of the older numbering */
    bool starting;            /* the command loop was not reached yet */
    bool ended, prints;       /* nothing more is understood: the agent stopped; or prints text */
    /* inside a row */
    unsigned phase;
    bool begun, refused;
    bool lost; /* a number is due that the recording does not have */
    uint64_t left, slot[TL_SLOTS];
};

/* The XML agent's command, and the file that is under way in it. */
struct decode_xml {
    char command[48];
    enum { XML_NO_FILE, XML_DOWNLOAD, XML_UPLOAD } file;
    unsigned tokens; /* of the file's giver so far */
    uint64_t left;   /* of the file */
    bool data_due;   /* the giver's next frame is data */
};

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
    uint64_t left;         /* of a payload */
    uint8_t speaker;       /* who answers: what GET_BL_VER said (decode_brom.c), 0 unknown */
    uint32_t hw_code;      /* 0: unknown */
    enum decode_stage was; /* before the last enumeration */

    bool first_byte; /* of an agent that is not known yet: C0 came */
    struct decode_legacy legacy;
    struct decode_xml xml;

    /* XFlash and XML */
    bool have_header[2];
    uint32_t frame_type[2], frame_len[2];
    uint32_t command, control;
    char name[32];
};

/* Hands out a message about what was just taken from a queue; fmt as printf. */
void decode_say(struct decoder *d, bool from_host, uint64_t length, const char *command, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same; error: it says that something failed. */
void decode_say_result(struct decoder *d, bool from_host, uint64_t length, const char *command, bool error,
                       const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* The same for bytes that nothing explains. */
void decode_say_unknown(struct decoder *d, bool from_host, uint64_t length, const char *command,
                        const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A status word of the phone. what, name: what it is about and its name in the catalogue; either may be NULL. */
void decode_say_named_status(struct decoder *d, uint64_t length, const char *command, const char *what,
                             uint32_t status, const char *name, bool error);
/* The same for a status word of a catalogue family. */
void decode_say_status(struct decoder *d, uint64_t length, const char *command, const char *family,
                       uint32_t status, bool error);
/* Notes when the first byte that is about to be taken came. */
void decode_mark(struct decoder *d, const struct queue *q);
/* The next byte of a direction was cut from the recording. */
bool decode_is_lost(const struct decoder *d, int dir);
/* Takes what was cut from the recording at the head of a queue, if nothing announced these bytes: one message for all of
 * them, however many the recording claims. False: the next byte is there. */
bool decode_skip_lost(struct decoder *d, int dir);
/* Each looks at what waits and takes one message: true if it did. */
bool decode_brom(struct decoder *d);
bool decode_agent(struct decoder *d);
bool decode_xflash(struct decoder *d);
bool decode_legacy(struct decoder *d);
bool decode_xml(struct decoder *d);

/* An agent was started: the next bytes tell which. */
void decode_agent_start(struct decoder *d);
/* Its first byte was taken. v3: one that does not begin with the ids of the flash. */
void decode_legacy_start(struct decoder *d, bool v3);
/* It came back to the bus in its command loop. */
void decode_legacy_again(struct decoder *d);
/* The header of a frame, or what stands in its place; then the payload's length is in frame_len. False: not there. */
bool decode_frame_header(struct decoder *d, int dir, const char *command);
/* The direction whose bytes came first: it is served first, so that messages stay in the order of the wire. */
int decode_first(const struct decoder *d);

#endif
