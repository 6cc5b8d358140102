/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the ROM folder while it is written. Calls after the first failure do nothing, so that a writer may write a
 * whole image and ask once, at rom_out_close.
 */
#ifndef SIMDEV_ROM_OUT_H
#define SIMDEV_ROM_OUT_H

#include <stdint.h>

#include "simdev/rom/layout.h"

/* One line about an error for callers outside: file and line, if it has them, and what is wrong. err may be NULL. */
void rom_sentence(const struct mtk_error *e, char *err, size_t err_len);

/* Fills *err for a host file: what went wrong, and errno in words. Returns -1. */
int rom_fail_io(struct mtk_error *err, const char *path, const char *what);
/* Makes a folder and the folders above it; good if it exists. -1 and *err. */
int rom_make_folder(const char *dir, struct mtk_error *err);

struct rom_out {
    int fd; /* -1: failed to open */
    uint64_t len;
    char path[4096];
    struct mtk_error *err; /* of the caller; filled at the first failure */
    int failed;            /* -1 after a failure */
};

/* Creates (or empties) dir/file. Must be followed by rom_out_close whatever it returns. */
int rom_out_open(struct rom_out *o, const char *dir, const char *file, struct mtk_error *err);
void rom_out_bytes(struct rom_out *o, const void *buf, size_t len);
/* Pseudo-random bytes, generated as they are written. */
void rom_out_noise(struct rom_out *o, struct prng *prng, uint64_t len);
/* The byte v up to the next multiple of align. */
void rom_out_pad(struct rom_out *o, uint64_t align, uint8_t v);
/* A whole file of the job's folder at once. 0, or -1 and *err. */
int rom_write_whole(const struct rom_job *job, const char *file, const void *data, size_t len,
                    struct mtk_error *err);
/* Closes; 0 if everything was written, else -1 (*err was filled). */
int rom_out_close(struct rom_out *o);

#endif
