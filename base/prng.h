/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded pseudo-random numbers (splitmix64): same seed, same sequence, on every machine. Not for secrets. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t s;
};

struct prng prng_init(uint64_t seed);
uint64_t prng_u64(struct prng *p);
/* Uniform in [0, n); 0 if n is 0. */
uint64_t prng_below(struct prng *p, uint64_t n);
void prng_bytes(struct prng *p, void *buf, size_t n);

#endif
