/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA as the phones and their vendors use it, over OpenSSL. Keys are either a person's own (a PEM file) or made from a
 * seed for simulated phones: the same seed gives the same key, so that two ROMs of a seed are the same bytes. A seeded
 * key protects nothing.
 */
#ifndef BASE_RSA_H
#define BASE_RSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define RSA_2048_LEN 256

struct rsa_key; /* private or public */

/* Padding of a signature or of an encryption. */
enum rsa_scheme {
    RSA_PKCS1_SHA256, /* signature, PKCS #1 v1.5 over SHA-256 */
    RSA_PSS_SHA256,   /* signature, PSS, MGF1-SHA-256, salt as long as the digest */
    RSA_OAEP_SHA256,  /* OAEP with SHA-256 and MGF1-SHA-256, empty label (DA SLA) */
    RSA_TYPE1_RAW, /* PKCS #1 type 1 around the bytes themselves, no digest (BROM SLA, brom-preloader.md 6.3) */
};

/* RSA-2048, e = 65537, from a seed. NULL: no memory. Free with rsa_key_free. Takes tens of milliseconds. */
struct rsa_key *rsa_key_from_seed(uint64_t seed);
/* A private or public key from PEM text. NULL and *err (MTK_IMAGE_INVALID) if it is none, or not RSA of 1024 to 4096 bits. */
struct rsa_key *rsa_key_from_pem(const uint8_t *pem, size_t len, const char *name, struct mtk_error *err);
/* A public key from its numbers, modulus big-endian. NULL: no memory, or not a possible key. */
struct rsa_key *rsa_key_public(const uint8_t *modulus, size_t len, uint32_t exponent);
void rsa_key_free(struct rsa_key *k);
/* Bytes of the modulus. */
size_t rsa_key_len(const struct rsa_key *k);
bool rsa_key_is_private(const struct rsa_key *k);
uint32_t rsa_key_exponent(const struct rsa_key *k);
/* Modulus, big-endian, rsa_key_len bytes. */
void rsa_key_modulus(const struct rsa_key *k, uint8_t *out);
/* SHA-256 over modulus and big-endian exponent: what a phone has in its fuses. */
void rsa_key_hash(const struct rsa_key *k, uint8_t out[32]);
/* The key as PEM (PKCS #8 if private, else SubjectPublicKeyInfo). malloc'd, NUL-terminated; NULL: no memory. */
char *rsa_key_pem(const struct rsa_key *k);

/*
 * Signs: sig gets rsa_key_len bytes. PKCS1 and PSS hash data; TYPE1_RAW takes it as it is; OAEP is no signature.
 * PSS salts follow from salt_seed, so that the same call gives the same bytes. -1: not a private key, or data too long.
 */
int rsa_sign(const struct rsa_key *k, enum rsa_scheme scheme, const void *data, size_t len,
             uint64_t salt_seed, uint8_t *sig);
/* True if sig is the signature of data. Never fails otherwise: anything odd is "no". */
bool rsa_verify(const struct rsa_key *k, enum rsa_scheme scheme, const void *data, size_t len,
                const uint8_t *sig, size_t sig_len);
/*
 * Opens a signature of RSA_TYPE1_RAW: out gets at most max of the bytes inside, their number is returned; -1 if there is
 * no type 1 padding (another key, or damaged). For the boot ROM, which tells the two apart (brom-preloader.md 6.3).
 */
int rsa_type1_open(const struct rsa_key *k, const uint8_t *in, size_t len, uint8_t *out, size_t max);
/*
 * The answer to a DA SLA challenge: OAEP around data, then the PRIVATE operation (da-xflash.md 7.6: the phone applies
 * the public exponent and removes OAEP). out gets rsa_key_len bytes. -1: not private, or data too long.
 */
int rsa_oaep_private(const struct rsa_key *k, const void *data, size_t len, uint64_t seed, uint8_t *out);
/*
 * The phone's side of it: public operation, OAEP removed; out gets at most max of the bytes inside, their
 * number is returned; -1 if the padding is not OAEP (another key, or damaged).
 */
int rsa_oaep_public_open(const struct rsa_key *k, const uint8_t *in, size_t len, uint8_t *out, size_t max);

#endif
