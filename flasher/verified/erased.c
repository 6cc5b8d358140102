/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/erased.h"

bool mtk_erased_next(uint64_t size, uint64_t *start, uint64_t *len)
{
    uint64_t end = *start + *len;
    if (end >= size)
        return false;
    if (size <= MTK_ERASED_WHOLE) {
        *start = 0;
        *len = size;
        return true;
    }
    uint64_t last = size - MTK_ERASED_EDGE;
    last -= last % MTK_ERASED_SAMPLE;
    uint64_t next = end ? (*start / MTK_ERASED_STRETCH + 1) * MTK_ERASED_STRETCH : 0;
    uint64_t want = end ? MTK_ERASED_SAMPLE : MTK_ERASED_EDGE;
    bool at_end = next + want >= last;
    *start = at_end ? last : next;
    *len = at_end ? size - last : want;
    return true;
}

uint64_t mtk_erased_bytes(uint64_t size)
{
    uint64_t start = 0, len = 0, sum = 0;
    while (mtk_erased_next(size, &start, &len))
        sum += len;
    return sum;
}
