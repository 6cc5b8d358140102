/* SPDX-License-Identifier: Apache-2.0 */
/* Primes of keys that are made from a seed, for base/rsa.c. */
#ifndef BASE_RSA_PRIME_H
#define BASE_RSA_PRIME_H

#include <stdbool.h>

#include <openssl/bn.h>

#include "base/prng.h"

/*
 * The first prime p at or after `from`, an odd number of 1024 bits, for which p - 1 has an inverse modulo e, a prime.
 * The same `from` gives the same prime whatever the generator is, whose numbers only serve as witnesses. False: no memory.
 */
bool rsa_prime_from(BIGNUM *from, unsigned long e, struct prng witnesses, BN_CTX *ctx);

#endif
