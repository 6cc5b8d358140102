/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the contract, decided in one place from the error and from what was done to the phone. */
#ifndef FLASHER_VERIFIED_EXITCODE_H
#define FLASHER_VERIFIED_EXITCODE_H

#include <stdbool.h>

#include "base/error.h"

enum mtk_exit {
    MTK_EXIT_OK = 0,       /* done, and verified where that applies */
    MTK_EXIT_FAILED = 1,   /* failed, phone unchanged */
    MTK_EXIT_USAGE = 2,    /* the request makes no sense */
    MTK_EXIT_NO_PHONE = 3, /* no phone in time */
    MTK_EXIT_RESTORED = 4, /* failed, phone changed and rolled back */
    MTK_EXIT_CHANGED = 5,  /* failed, phone changed and not fully restored */
    MTK_EXIT_REFUSED = 6,  /* refused before writing */
    MTK_EXIT_AUTH = 7,     /* authentication needed or rejected */
};

/* Exit code for an error (row NULL: none) of a session; changed: a write or erase command had been sent. */
enum mtk_exit mtk_exit_code(const struct mtk_error *err, bool changed);

#endif
