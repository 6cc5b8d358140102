/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole jobs of the flasher against a simulated phone in this process. The ROM is made once a program, the phone that a
 * factory filled from it once as well; every test works on a clone of that phone.
 */
#ifndef TESTS_SESSION_FLASH_HARNESS_H
#define TESTS_SESSION_FLASH_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flasher/verified/jobs.h"
#include "formats/rom.h"
#include "include/mtksim.h"

/* Everything that the events of one session said. */
struct seen {
    unsigned events, results, progress, steps;
    bool result_was_last;
    int exit_code;
    bool ok;
    char symbol[64], what[320], stage[24], phone[16];
    uint8_t expected[32], got[32];
    uint32_t status; /* of the phone, 0 if the error has none */
    char verified_list[512], unknown_list[512], untouched_list[512];
    char verified[1024]; /* "name:area " of each VERIFIED event */
    unsigned n_verified, n_mismatch, n_partitions;
    uint64_t erased_read, erased_unread; /* of VERIFIED events that leave something unread */
    struct mtk_ev_mismatch mismatch;     /* the first; its partition is in mismatch_name */
    char mismatch_name[64], mismatch_pattern[32];
    char differences[1024]; /* "name.field! " */
    char actions[2048];     /* "write:boot " */
    char notes[8192];
    int risk;
    char risks[512];
    char chip[16], agent[16], chip_stage[16], storage[8], auth[512];
    bool progress_bad; /* a progress event that goes backwards or beyond its total */
    uint64_t last_done, last_total;
    unsigned last_step;
};

/* A phone with the link and options of a session to it. */
struct bench {
    struct mtksim *phone;
    struct mtk_link *link;
    struct mtkflash_options opt;
    struct seen seen;
};

extern char rom_dir[4096]; /* the ROM */
extern struct mtk_rom rom; /* the same, opened */

/* Group set-up and tear-down: make the ROM and the phone of an MT6765; remove them. */
int make_world(void **state);
int remove_world(void **state);
/*
 * The same set-up with another ROM and its phone, whose user area has that many bytes (0: what such phones have);
 * remove_world removes it too.
 */
int make_world_of(const struct mtksim_rom_options *opt, uint64_t user_size);

/* A clone of the factory's phone. */
struct bench *bench_new(void);
/* A new phone with a fault, settings or security, and what is on its flash. */
enum content {
    FACTORY,    /* everything, as from the factory; takes its time */
    TABLE_ONLY, /* the partition table; the partitions are all zero */
    BLANK,      /* nothing */
};
struct bench *bench_new_with(const struct mtksim_config *cfg, enum content content);
void bench_free(struct bench *b);

/* Runs a job; returns the exit code and leaves what was said in b->seen. Fails if the events break their contract. */
int run(struct bench *b, mtk_job_fn job, const void *arg);
/* Shorthands. */
int run_flash(struct bench *b, const char *dir, const char *only);
int run_verify(struct bench *b, const char *only);
int run_write(struct bench *b, const char *what, const char *file);
/* Power cycle: after a session the phone is off the bus. */
void replug(struct bench *b);

/* Path of a file of the ROM or in the temporary folder; valid until the fourth following call. */
const char *rom_path(const char *name);
const char *tmp_path(const char *name);
/* Makes a file in the temporary folder. */
const char *make_file(const char *name, const void *data, size_t len);
/* A copy of the ROM folder by links, except for the named file, which is left out. Its path. */
const char *copy_rom(const char *name, const char *without);
/* Removes a folder of the temporary one with what is in it. */
void remove_dir(const char *name);

/* Where a partition lies on the phone, from the scatter. */
void place_of(const char *partition, uint64_t *start, uint64_t *size);
/* True if every byte that the image defines is on the flash at `start` of an area. */
bool on_flash(struct bench *b, const char *area, uint64_t start, const char *file);
/* The same for a partition of the ROM with its own image. */
bool partition_is_on_flash(struct bench *b, const char *partition);
/* Overwrites a partition behind the flasher's back. */
void scribble(struct bench *b, const char *partition, uint8_t value, size_t len);

#define assert_exit(b, code)                                                                        \
    do {                                                                                            \
        if ((b)->seen.exit_code != (code))                                                          \
            fail_msg("exit %d, expected %d: %s: %s", (b)->seen.exit_code, (code), (b)->seen.symbol, \
                     (b)->seen.what);                                                               \
    } while (0)
/* A refusal: this exit code, this symbol, and a flash that firmware never changed. */
#define assert_refused(b, code, name)                          \
    do {                                                       \
        assert_exit(b, code);                                  \
        assert_string_equal((b)->seen.symbol, name);           \
        assert_string_equal((b)->seen.phone, "unchanged");     \
        assert_int_equal(mtksim_flash_changes((b)->phone), 0); \
    } while (0)

#endif
