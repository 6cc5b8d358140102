/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
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

/*
 * The bytes of eight, added in pairs into four 16-bit lanes: no compiler flag is needed for this to be fast. Each step adds
 * at most 2 * 255 to a lane, so 128 steps fit.
 */
static uint32_t sum_lanes(const uint8_t *p, size_t steps)
{
    const uint64_t low = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t lanes = 0;
    for (size_t i = 0; i < steps; i++, p += 8) {
        uint64_t v;
        memcpy(&v, p, sizeof(v));
        lanes += (v & low) + (v >> 8 & low);
    }
    return (uint32_t)((lanes & 0xFFFF) + (lanes >> 16 & 0xFFFF) + (lanes >> 32 & 0xFFFF) + (lanes >> 48));
}

uint32_t sum32(uint32_t sum, const void *data, size_t n)
{
    const uint8_t *p = data;
    while (n >= 8) {
        size_t steps = n / 8 < 128 ? n / 8 : 128;
        sum += sum_lanes(p, steps);
        p += 8 * steps;
        n -= 8 * steps;
    }
    while (n--)
        sum += *p++;
    return sum;
}

uint16_t sum16(uint16_t sum, const void *data, size_t n)
{
    return (uint16_t)sum32(sum, data, n);
}

uint32_t crc32_buf(uint32_t crc, const void *data, size_t n)
{
    return (uint32_t)crc32_z(crc, data, n);
}
