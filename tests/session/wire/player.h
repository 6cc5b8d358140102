/* SPDX-License-Identifier: Apache-2.0 */
/* Plays the host's side of a transcript to a phone, and demands the phone's. */
#ifndef TESTS_SESSION_WIRE_PLAYER_H
#define TESTS_SESSION_WIRE_PLAYER_H

#include "mtksim.h"
#include "tests/session/wire/rom_set.h"

#define RUN_LONGEST (4u << 20) /* transfer that a transcript may hold */

/* One run of one transcript. */
struct run {
    const char *path;
    const struct transcript_line *at;
    struct mtksim *phone;
    const struct rom_of_chip *rom;
    unsigned level; /* checksum level that stages ask for */
    bool preloader;
    bool stream; /* a legacy agent's: where transfers end means nothing */
};

int run_set_up(void **state);
int run_tear_down(void **state);
/* Fails the running test at the line that is played. */
void run_die(const struct run *r, const char *what);
void run_line(struct run *r, const struct transcript_line *l);
/* Plays lines that stand in the runner itself. */
void run_text(struct run *r, const char *lines);
/* Brings the phone to a stage: "jump" (the agent has been started), "da1", "da2", "da2 windows". */
void run_stage(struct run *r, const char *name);

#endif
