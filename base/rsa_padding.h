/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two paddings of RFC 8017 that OpenSSL does not make with a salt or seed of the caller's, and the removal of OAEP
 * around a public operation, which it does not offer at all. SHA-256 and MGF1-SHA-256 throughout. For base/rsa.c.
 */
#ifndef BASE_RSA_PADDING_H
#define BASE_RSA_PADDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* EMSA-PSS (9.1.1) of a digest into em, as long as a modulus whose highest bit is set. -1: em is too short. */
int rsa_pss_encode(const uint8_t digest[SHA256_LEN], const uint8_t salt[SHA256_LEN], uint8_t *em,
                   size_t em_len);
/* EME-OAEP (7.1.1) with an empty label. -1: the message is too long for em. */
int rsa_oaep_encode(const void *msg, size_t len, const uint8_t seed[SHA256_LEN], uint8_t *em, size_t em_len);
/*
 * Takes the padding off (7.1.2); em is used up. The message's length, at most max of whose bytes go to out; -1 if this
 * is no OAEP padding. Not in constant time: what is opened is public.
 */
int rsa_oaep_decode(uint8_t *em, size_t em_len, uint8_t *out, size_t max);

#endif
