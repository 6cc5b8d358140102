/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rsa_padding.h"

#include <string.h>

#include "base/cursor.h"

#define PSS_TRAILER 0xBC
#define DB_END      0x01             /* between the zeros and the message or salt */
#define OAEP_DB     (1 + SHA256_LEN) /* offset of the data block in the encoded message */

/* MGF1 (B.2.1) of one digest-sized seed, XORed into p. */
static void mask(uint8_t *p, size_t len, const uint8_t *seed, size_t seed_len)
{
    struct sha256 *h = sha256_new();
    uint8_t counter[4], block[SHA256_LEN];
    for (uint32_t n = 0; h && len; n++) {
        size_t k = len < sizeof block ? len : sizeof block;
        put_be32(counter, n);
        sha256_reset(h);
        sha256_update(h, seed, seed_len);
        sha256_update(h, counter, sizeof counter);
        sha256_final(h, block);
        for (size_t i = 0; i < k; i++)
            p[i] ^= block[i];
        p += k;
        len -= k;
    }
    sha256_free(h);
}

int rsa_pss_encode(const uint8_t digest[SHA256_LEN], const uint8_t salt[SHA256_LEN], uint8_t *em,
                   size_t em_len)
{
    uint8_t m[8 + 2 * SHA256_LEN] = {0};
    if (em_len < 2 * SHA256_LEN + 2)
        return -1;
    size_t db_len = em_len - SHA256_LEN - 1;
    uint8_t *hash = em + db_len;
    memcpy(m + 8, digest, SHA256_LEN);
    memcpy(m + 8 + SHA256_LEN, salt, SHA256_LEN);
    memset(em, 0, db_len);
    em[db_len - SHA256_LEN - 1] = DB_END;
    memcpy(em + db_len - SHA256_LEN, salt, SHA256_LEN);
    sha256_buf(m, sizeof m, hash);
    mask(em, db_len, hash, SHA256_LEN);
    em[0] &= 0x7F; /* one bit shorter than the modulus */
    em[em_len - 1] = PSS_TRAILER;
    return 0;
}

int rsa_oaep_encode(const void *msg, size_t len, const uint8_t seed[SHA256_LEN], uint8_t *em, size_t em_len)
{
    if (em_len < 2 * SHA256_LEN + 2 || len > em_len - 2 * SHA256_LEN - 2)
        return -1;
    uint8_t *db = em + OAEP_DB;
    size_t db_len = em_len - OAEP_DB;
    memset(em, 0, em_len);
    sha256_buf("", 0, db); /* digest of the empty label */
    db[db_len - len - 1] = DB_END;
    if (len)
        memcpy(db + db_len - len, msg, len);
    memcpy(em + 1, seed, SHA256_LEN);
    mask(db, db_len, em + 1, SHA256_LEN);
    mask(em + 1, SHA256_LEN, db, db_len);
    return 0;
}

int rsa_oaep_decode(uint8_t *em, size_t em_len, uint8_t *out, size_t max)
{
    uint8_t label[SHA256_LEN];
    if (em_len < 2 * SHA256_LEN + 2 || em[0])
        return -1;
    uint8_t *db = em + OAEP_DB;
    size_t db_len = em_len - OAEP_DB, at = SHA256_LEN;
    mask(em + 1, SHA256_LEN, db, db_len);
    mask(db, db_len, em + 1, SHA256_LEN);
    sha256_buf("", 0, label);
    while (at < db_len && !db[at])
        at++;
    if (memcmp(db, label, SHA256_LEN) || at == db_len || db[at] != DB_END)
        return -1;
    size_t len = db_len - at - 1;
    if (len)
        memcpy(out, db + at + 1, len < max ? len : max);
    return (int)len;
}
