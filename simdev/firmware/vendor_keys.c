/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/vendor_keys.h"

#include <stddef.h>

#include "base/prng.h"

/* Sub-seeds: ASCII names, so that keys of one vendor have nothing in common, nor with anything else made of its seed. */
static const uint64_t purpose[] = {
    [VENDOR_ROOT] = UINT64_C(0x524F4F54204B4559),   /* "ROOT KEY" */
    [VENDOR_SLA] = UINT64_C(0x42524F4D20534C41),    /* "BROM SLA" */
    [VENDOR_DA_SLA] = UINT64_C(0x4441322D2D534C41), /* "DA2--SLA" */
};

struct rsa_key *vendor_key(uint64_t seed, enum vendor_key which)
{
    /* Through the generator, not by XOR alone: seeds that differ in few bits must not share sub-seeds. */
    struct prng rng = prng_init(seed);
    return rsa_key_from_seed(prng_u64(&rng) ^ purpose[which]);
}
