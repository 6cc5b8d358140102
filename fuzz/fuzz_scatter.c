/* SPDX-License-Identifier: Apache-2.0 */
/* Scatter files: parsed, placed on storages of several sizes, written, and parsed again. */
#include "fuzz/scatter_checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_scatter((const char *)data, size);
    return 0;
}
