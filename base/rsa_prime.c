/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding primes. OpenSSL's own test runs 64 rounds of Miller and Rabin whoever chose the number, which is most of what
 * a key costs. Numbers here are random, nobody's choice: for these 5 rounds are enough (FIPS 186-4, table C.3, which
 * asks for as many with primes of 1024 bits).
 */
#include "base/rsa_prime.h"

#include <stddef.h>
#include <stdint.h>

#define ROUNDS       5
#define SMALL_PRIMES 1024

/* Remainders of the number at which the search began, so that a step on costs no division of a large number. */
struct sieve {
    uint16_t prime[SMALL_PRIMES], remainder[SMALL_PRIMES];
};

/* The odd primes from 3 on. */
static void small_primes(uint16_t *out)
{
    size_t n = 0;
    for (uint16_t c = 3; n < SMALL_PRIMES; c = (uint16_t)(c + 2)) {
        size_t i = 0;
        while (i < n && out[i] * out[i] <= c && c % out[i])
            i++;
        if (i == n || out[i] * out[i] > c)
            out[n++] = c;
    }
}

static void sieve_init(struct sieve *s, const BIGNUM *from)
{
    small_primes(s->prime);
    for (size_t i = 0; i < SMALL_PRIMES; i++)
        s->remainder[i] = (uint16_t)BN_mod_word(from, s->prime[i]);
}

/* Has the number `steps` behind the first one a small factor? */
static bool sieved_out(const struct sieve *s, uint32_t steps)
{
    for (size_t i = 0; i < SMALL_PRIMES; i++)
        if ((s->remainder[i] + steps) % s->prime[i] == 0)
            return true;
    return false;
}

/* A number under test, n - 1 = odd * 2^twos. */
struct candidate {
    BIGNUM *n, *less_one, *odd, *x;
    int twos;
    BN_MONT_CTX *mont;
};

/* One round: 1 n may be a prime, 0 it is none, -1 no memory. */
static int witness(struct candidate *c, struct prng *rng, BN_CTX *ctx)
{
    if (!BN_set_word(c->x, (BN_ULONG)(prng_u64(rng) >> 1 | 2)) ||
        !BN_mod_exp_mont(c->x, c->x, c->odd, c->n, ctx, c->mont))
        return -1;
    if (BN_is_one(c->x) || BN_cmp(c->x, c->less_one) == 0)
        return 1;
    for (int i = 1; i < c->twos; i++) {
        if (!BN_mod_sqr(c->x, c->x, c->n, ctx))
            return -1;
        if (BN_cmp(c->x, c->less_one) == 0)
            return 1;
    }
    return 0;
}

static int is_prime(struct candidate *c, struct prng *rng, BN_CTX *ctx)
{
    int maybe = 1;
    if (!BN_sub(c->less_one, c->n, BN_value_one()) || !BN_MONT_CTX_set(c->mont, c->n, ctx))
        return -1;
    for (c->twos = 1; !BN_is_bit_set(c->less_one, c->twos);)
        c->twos++;
    if (!BN_rshift(c->odd, c->less_one, c->twos))
        return -1;
    for (int i = 0; i < ROUNDS && maybe == 1; i++)
        maybe = witness(c, rng, ctx);
    return maybe;
}

bool rsa_prime_from(BIGNUM *from, unsigned long e, struct prng witnesses, BN_CTX *ctx)
{
    struct sieve s;
    BN_CTX_start(ctx);
    struct candidate c = {
        .n = from, .less_one = BN_CTX_get(ctx), .odd = BN_CTX_get(ctx), .x = BN_CTX_get(ctx)};
    c.mont = c.x ? BN_MONT_CTX_new() : NULL;
    int found = c.mont ? 0 : -1;
    sieve_init(&s, from);
    for (uint32_t steps = 0; !found; steps += 2) {
        if (steps && !BN_add_word(from, 2))
            found = -1;
        else if (!sieved_out(&s, steps) && BN_mod_word(from, e) != 1)
            found = is_prime(&c, &witnesses, ctx);
    }
    BN_MONT_CTX_free(c.mont);
    BN_CTX_end(ctx);
    return found == 1;
}
