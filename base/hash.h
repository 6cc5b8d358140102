/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and sums. SHA comes from OpenSSL; the sums are the protocol's own. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32
#define SHA1_LEN   20

/* A running SHA-256. */
struct sha256;
/* Allocates and starts one; NULL if out of memory. Free with sha256_free. */
struct sha256 *sha256_new(void);
/* Starts it over. */
void sha256_reset(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *data, size_t n);
/* Writes the digest of everything so far; the hash must be reset before it is used again. */
void sha256_final(struct sha256 *h, uint8_t out[SHA256_LEN]);
void sha256_free(struct sha256 *h);
/* Digests of one buffer. */
void sha256_buf(const void *data, size_t n, uint8_t out[SHA256_LEN]);
void sha1_buf(const void *data, size_t n, uint8_t out[SHA1_LEN]);
/* Lower-case hex of n bytes into out[2n + 1]. */
void hex_str(const uint8_t *p, size_t n, char *out);

/* Sum of all bytes modulo 65536, continuing from sum (Checksum.ini; XFlash block checksum). */
uint16_t sum16(uint16_t sum, const void *data, size_t n);
/* The same modulo 2^32 (packets of XML agents). */
uint32_t sum32(uint32_t sum, const void *data, size_t n);
/* CRC-32 as GPT and sparse images use it (zlib's), continuing from crc; start with 0. */
uint32_t crc32_buf(uint32_t crc, const void *data, size_t n);

#endif
