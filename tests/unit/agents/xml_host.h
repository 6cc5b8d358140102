/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for tests of the XML agent, on top of wire.h: says and hears texts exactly, or carries out whole commands and
 * serves every callback from files in memory, keeping a trace of what was asked. Written from da-xml.md alone.
 */
#ifndef TESTS_UNIT_AGENTS_XML_HOST_H
#define TESTS_UNIT_AGENTS_XML_HOST_H

#include "tests/unit/agents/wire.h"

#define XH_HEAD  "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define XH_START XH_HEAD "<host><version>1.0</version><command>CMD:START</command></host>"

struct xh_file {
    char name[600];
    uint8_t *data; /* malloc'd */
    size_t len;
};

struct xml_host {
    struct wire w;
    struct xh_file files[64];
    size_t n_files;
    /* of the last command */
    char token[64], result[32], message[800];
    char trace[16384]; /* one line a callback */
    unsigned callbacks, ticks, intermediate_errors;
    bool gone;    /* the phone left the bus */
    bool no_sums; /* send 0 for every packet's checksum */
    bool bad_sum; /* send a wrong one */
    unsigned messages, heartbeats;
};

/* ---- phones ---- */

/* A phone in BROM or preloader with an XML agent in hand. key_seed of the agents' DA SLA key, 0: none. */
void xh_open(struct xml_host *h, const struct wire_setup *setup, uint64_t key_seed);
/* xh_open and the jump. The first CMD:START has not been taken. */
void xh_da1(struct xml_host *h, const struct wire_setup *setup);
/* The same up to stage 2. level: NONE, USB, STORAGE, USB-STORAGE; os: LINUX, WINDOWS. */
void xh_da2(struct xml_host *h, const struct wire_setup *setup, const char *level, const char *os);
/* From DA1's CMD:START to DA2's. */
void xh_to_da2(struct xml_host *h, const char *level, const char *os);
void xh_close(struct xml_host *h);

/* ---- exact words ---- */

void xh_say(struct xml_host *h, const char *text);  /* with NUL */
void xh_hear(struct xml_host *h, const char *text); /* with NUL, as one frame */
/* The same, and the payload has that many bytes. */
void xh_hear_len(struct xml_host *h, const char *text, size_t len);
void xh_hear_start(struct xml_host *h);
void xh_hear_end(struct xml_host *h, const char *result, const char *message);
/* CMD:START, OK, the command, and its token. */
void xh_command(struct xml_host *h, const char *version, const char *name, const char *args,
                const char *token);
/* CMD:END and the host's OK. */
void xh_end(struct xml_host *h, const char *result, const char *message);
/* A whole command without callbacks. */
void xh_plain(struct xml_host *h, const char *name, const char *args, const char *result,
              const char *message);
/* The loop lives: an unsupported command goes through its life. */
void xh_alive(struct xml_host *h);
/* No CMD:START and nothing else comes any more. */
void xh_mute(struct xml_host *h);
/* Callback texts. */
void xh_hear_transfer(struct xml_host *h, const char *kind, const char *checksum, const char *info,
                      const char *file, unsigned packet);

/* ---- whole commands ---- */

/* Carries a command out; true if its result is OK. */
bool xh_run(struct xml_host *h, const char *version, const char *name, const char *args);
/* The same and nothing else will do; frees nothing, keeps the trace. */
void xh_must(struct xml_host *h, const char *version, const char *name, const char *args);
/* A file of the host: by name, NULL if there is none. Adding replaces. */
struct xh_file *xh_file(struct xml_host *h, const char *name);
struct xh_file *xh_add_file(struct xml_host *h, const char *name, const void *data, size_t len);
/* A file of n pseudo-random bytes. */
struct xh_file *xh_noise(struct xml_host *h, const char *name, size_t n);

#endif
