/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prng.h"

#include <string.h>

#include "base/cursor.h"

struct prng prng_init(uint64_t seed)
{
    return (struct prng){.s = seed};
}

uint64_t prng_u64(struct prng *p)
{
    uint64_t z = p->s += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t prng_below(struct prng *p, uint64_t n)
{
    if (!n)
        return 0;
    /* Values past the last whole multiple of n would favour small results. */
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t v;
    do {
        v = prng_u64(p);
    } while (v >= limit);
    return v % n;
}

void prng_bytes(struct prng *p, void *buf, size_t n)
{
    uint8_t *out = buf;
    while (n) {
        uint8_t tmp[8];
        size_t k = n < 8 ? n : 8;
        put_le64(tmp, prng_u64(p));
        memcpy(out, tmp, k);
        out += k;
        n -= k;
    }
}
