/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target begins with. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The one function of a target. Returns 0; a finding is a crash, a sanitizer report or a failed EXPECT. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold whatever the input is. Not assert(): release builds keep it. */
#define EXPECT(x)    \
    do {             \
        if (!(x))    \
            abort(); \
    } while (0)

#endif
