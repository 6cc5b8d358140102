/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <zlib.h>

struct sha256 {
    EVP_MD_CTX *ctx;
    EVP_MD *md; /* fetched once: an implicit fetch at every reset costs more than hashing a block */
};

struct sha256 *sha256_new(void)
{
    struct sha256 *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->ctx = EVP_MD_CTX_new();
    h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!h->ctx || !h->md || !EVP_DigestInit_ex(h->ctx, h->md, NULL)) {
        sha256_free(h);
        return NULL;
    }
    return h;
}

void sha256_reset(struct sha256 *h)
{
    EVP_DigestInit_ex(h->ctx, h->md, NULL);
}

void sha256_update(struct sha256 *h, const void *data, size_t n)
{
    if (n)
        EVP_DigestUpdate(h->ctx, data, n);
}

void sha256_final(struct sha256 *h, uint8_t out[SHA256_LEN])
{
    EVP_DigestFinal_ex(h->ctx, out, NULL);
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_free(h->md);
    free(h);
}

void sha256_buf(const void *data, size_t n, uint8_t out[SHA256_LEN])
{
    EVP_Digest(data, n, out, NULL, EVP_sha256(), NULL);
}

void sha1_buf(const void *data, size_t n, uint8_t out[SHA1_LEN])
{
    EVP_Digest(data, n, out, NULL, EVP_sha1(), NULL);
}

void hex_str(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = 0;
}

uint16_t sum16(uint16_t sum, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint32_t s = sum;
    while (n) {
        /* A block of 2^16 bytes cannot overflow 32 bits, and the inner loop is one that compilers vectorise. */
        size_t k = n < 65536 ? n : 65536;
        uint32_t part = 0;
        for (size_t i = 0; i < k; i++)
            part += p[i];
        s += part;
        s &= 0xFFFF;
        p += k;
        n -= k;
    }
    return (uint16_t)s;
}

uint32_t crc32_buf(uint32_t crc, const void *data, size_t n)
{
    return (uint32_t)crc32_z(crc, data, n);
}
