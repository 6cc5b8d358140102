/* SPDX-License-Identifier: Apache-2.0 */
/* Phones that sessions are fuzzed with: one of each agent generation, storage and kind of partition table. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "flasher/verified/jobs.h"
#include "fuzz/fuzz.h"
#include "include/mtksim.h"

#define FUZZ_IMAGE_LEN 4096u
#define FUZZ_ADDRESS   0x200000u

struct fuzz_world {
    const char *chip, *agent, *storage;
    const char *area; /* of the simulated flash where addresses are those of commands; NULL: there is none */
    /* Made when first asked for, from here on. */
    char dir[64];
    struct mtk_blob da, preloader;
    struct mtksim *phone; /* to be copied */
};

/* The world of this number, whatever the number is; kept until the program ends. */
const struct fuzz_world *fuzz_world(unsigned number);
/*
 * A copy of a world's container in which the code of a stage (1 or 2) is that of another world, as far as it is as
 * long. Free with free(); its length stays.
 */
uint8_t *fuzz_mixed_container(const struct fuzz_world *w, const struct fuzz_world *other, unsigned stage);
/* One session that writes the image at FUZZ_ADDRESS and proves it. *verified: the flasher says that it is there. */
int fuzz_run_session(const struct fuzz_world *w, const struct mtk_blob *da, struct mtk_link *link,
                     bool *verified);
/* Whether the image is on the phone. */
bool fuzz_image_is_there(const struct fuzz_world *w, struct mtksim *phone);

#endif
