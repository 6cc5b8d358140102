/* SPDX-License-Identifier: Apache-2.0 */
/* A link whose cable is pulled after a number of bytes, counted in both directions. */
#ifndef TESTS_SESSION_FLASH_CUT_LINK_H
#define TESTS_SESSION_FLASH_CUT_LINK_H

#include "flasher/link/link.h"
#include "include/mtksim.h"

struct cut_link {
    struct mtk_link base; /* give this to the session */
    struct mtk_link *inner;
    struct mtksim *phone;
    uint64_t left;  /* bytes until the cable is pulled */
    uint64_t moved; /* bytes so far */
};

/* inner and phone are borrowed. */
void cut_link_init(struct cut_link *c, struct mtk_link *inner, struct mtksim *phone, uint64_t after);

#endif
