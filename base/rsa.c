/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rsa.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "base/rsa_padding.h"
#include "base/rsa_prime.h"
#include "protocol/error_index.h"

#define EXPONENT  0x10001u
#define BITS_MIN  1024
#define BITS_MAX  4096
#define LEN_MAX   (BITS_MAX / 8)
#define PRIME_LEN (RSA_2048_LEN / 2)
#define PEM_MAX   (64u << 10)

struct rsa_key {
    EVP_PKEY *pkey;
    size_t len;
    uint32_t exponent;
    bool private;
    uint8_t modulus[LEN_MAX]; /* big-endian, len bytes */
};

/* ---- keys ---- */

void rsa_key_free(struct rsa_key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

/* Takes pkey over, or frees it: NULL if it is not a key of a size and exponent that is handled here. */
static struct rsa_key *adopt(EVP_PKEY *pkey, bool private)
{
    BIGNUM *n = NULL, *e = NULL;
    struct rsa_key *k = pkey ? calloc(1, sizeof *k) : NULL;
    bool good = k && EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
                EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) && BN_num_bits(n) >= BITS_MIN &&
                BN_num_bits(n) <= BITS_MAX && BN_num_bits(n) % 8 == 0 && BN_is_odd(n) &&
                BN_num_bits(e) <= 32 && BN_is_odd(e) && !BN_is_one(e);
    if (good) {
        k->pkey = pkey;
        k->private = private;
        k->len = (size_t)BN_bn2bin(n, k->modulus);
        k->exponent = (uint32_t)BN_get_word(e);
    } else {
        EVP_PKEY_free(pkey);
        free(k);
    }
    BN_free(n);
    BN_free(e);
    return good ? k : NULL;
}

/* The numbers of a key; those of a private one beyond n and e are NULL in a public one. */
struct numbers {
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qinv;
};

static EVP_PKEY *assemble(const struct numbers *v)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    bool ok = bld && ctx && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, v->n) &&
              OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, v->e);
    if (ok && v->d)
        ok = OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_D, v->d) &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_FACTOR1, v->p) &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_FACTOR2, v->q) &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_EXPONENT1, v->dp) &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_EXPONENT2, v->dq) &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, v->qinv);
    OSSL_PARAM *params = ok ? OSSL_PARAM_BLD_to_param(bld) : NULL;
    int selection = v->d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &pkey, selection, params) <= 0)
        pkey = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* The first prime at or after a random odd number with its two highest bits set, so that two of them give 2048 bits. */
static bool find_prime(struct prng *rng, BIGNUM *out, BN_CTX *ctx)
{
    uint8_t start[PRIME_LEN];
    prng_bytes(rng, start, sizeof start);
    start[0] |= 0xC0;
    start[PRIME_LEN - 1] |= 1;
    return BN_bin2bn(start, sizeof start, out) && rsa_prime_from(out, EXPONENT, *rng, ctx);
}

/* d and what CRT takes, from p, q and e. */
static bool derive(struct numbers *v, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *p1 = BN_CTX_get(ctx), *q1 = BN_CTX_get(ctx), *phi = BN_CTX_get(ctx);
    bool ok = phi && BN_sub(p1, v->p, BN_value_one()) && BN_sub(q1, v->q, BN_value_one()) &&
              BN_mul(phi, p1, q1, ctx) && BN_mul(v->n, v->p, v->q, ctx) &&
              BN_mod_inverse(v->d, v->e, phi, ctx) && BN_mod(v->dp, v->d, p1, ctx) &&
              BN_mod(v->dq, v->d, q1, ctx) && BN_mod_inverse(v->qinv, v->q, v->p, ctx);
    BN_CTX_end(ctx);
    return ok;
}

struct rsa_key *rsa_key_from_seed(uint64_t seed)
{
    struct prng rng = prng_init(seed ^ UINT64_C(0x5253412D32303438)); /* a stream of its own: "RSA-2048" */
    struct numbers v = {BN_new(), BN_new(), BN_new(), BN_new(), BN_new(), BN_new(), BN_new(), BN_new()};
    BIGNUM *const all[] = {v.n, v.e, v.d, v.p, v.q, v.dp, v.dq, v.qinv};
    BN_CTX *ctx = BN_CTX_new();
    bool ok = ctx;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ok = ok && all[i];
    ok = ok && BN_set_word(v.e, EXPONENT) && find_prime(&rng, v.p, ctx) && find_prime(&rng, v.q, ctx) &&
         derive(&v, ctx);
    struct rsa_key *k = ok ? adopt(assemble(&v), true) : NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        BN_clear_free(all[i]);
    BN_CTX_free(ctx);
    return k;
}

struct rsa_key *rsa_key_public(const uint8_t *modulus, size_t len, uint32_t exponent)
{
    struct numbers v = {0};
    if (len > LEN_MAX)
        return NULL;
    ERR_set_mark();
    v.n = BN_bin2bn(modulus, (int)len, NULL);
    v.e = BN_new();
    EVP_PKEY *pkey = v.n && v.e && BN_set_word(v.e, exponent) ? assemble(&v) : NULL;
    struct rsa_key *k = adopt(pkey, false);
    BN_free(v.n);
    BN_free(v.e);
    ERR_pop_to_mark();
    return k;
}

/* A library asks nobody for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)ctx;
    return -1;
}

struct rsa_key *rsa_key_from_pem(const uint8_t *pem, size_t len, const char *name, struct mtk_error *err)
{
    EVP_PKEY *pkey = NULL;
    bool private = true;
    ERR_set_mark();
    BIO *bio = len <= PEM_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    if (bio)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (bio && !pkey && BIO_reset(bio) == 1) {
        private = false;
        pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    }
    BIO_free(bio);
    bool some = pkey != NULL;
    struct rsa_key *k = adopt(pkey, private);
    ERR_pop_to_mark();
    if (!k)
        mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, name, 0, "%s",
                      some ? "the key is not RSA of 1024 to 4096 bits in whole bytes"
                           : "this is no PEM text of a key, or the key is encrypted");
    return k;
}

size_t rsa_key_len(const struct rsa_key *k)
{
    return k->len;
}

bool rsa_key_is_private(const struct rsa_key *k)
{
    return k->private;
}

uint32_t rsa_key_exponent(const struct rsa_key *k)
{
    return k->exponent;
}

void rsa_key_modulus(const struct rsa_key *k, uint8_t *out)
{
    memcpy(out, k->modulus, k->len);
}

void rsa_key_hash(const struct rsa_key *k, uint8_t out[SHA256_LEN])
{
    uint8_t both[LEN_MAX + 4];
    memcpy(both, k->modulus, k->len);
    put_be32(both + k->len, k->exponent);
    sha256_buf(both, k->len + 4, out);
}

char *rsa_key_pem(const struct rsa_key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL, *data;
    if (bio && (k->private ? PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL)
                           : PEM_write_bio_PUBKEY(bio, k->pkey))) {
        long n = BIO_get_mem_data(bio, &data);
        text = n > 0 ? strndup(data, (size_t)n) : NULL;
    }
    BIO_free(bio);
    return text;
}

/* ---- operations ---- */

/* One operation of EVP_PKEY with the padding that OpenSSL does by itself (RSA_NO_PADDING: none). */
struct operation {
    int (*init)(EVP_PKEY_CTX *ctx);
    int (*run)(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *out_len, const unsigned char *in, size_t len);
};
static const struct operation private_op = {EVP_PKEY_decrypt_init, EVP_PKEY_decrypt};
static const struct operation public_op = {EVP_PKEY_encrypt_init, EVP_PKEY_encrypt};
static const struct operation sign_op = {EVP_PKEY_sign_init, EVP_PKEY_sign};
static const struct operation open_op = {EVP_PKEY_verify_recover_init, EVP_PKEY_verify_recover};

/* Bytes put into out, which has room for the modulus; -1 if it cannot be done. */
static int operate(const struct rsa_key *k, const struct operation *op, int padding, const void *in,
                   size_t len, uint8_t *out)
{
    size_t n = k->len;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
    ERR_set_mark();
    bool ok = ctx && op->init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) > 0 &&
              op->run(ctx, out, &n, in, len) > 0;
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    return ok ? (int)n : -1;
}

static void fill_from(uint64_t seed, uint8_t out[SHA256_LEN])
{
    struct prng rng = prng_init(seed);
    prng_bytes(&rng, out, SHA256_LEN);
}

static int sign_pkcs1(const struct rsa_key *k, const void *data, size_t len, uint8_t *sig)
{
    size_t n = k->len;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, k->pkey) > 0 &&
              EVP_DigestSign(md, sig, &n, data, len) > 0;
    EVP_MD_CTX_free(md);
    return ok ? 0 : -1;
}

static int sign_pss(const struct rsa_key *k, const void *data, size_t len, uint64_t salt_seed, uint8_t *sig)
{
    uint8_t digest[SHA256_LEN], salt[SHA256_LEN], em[LEN_MAX];
    sha256_buf(data, len, digest);
    fill_from(salt_seed, salt);
    if (rsa_pss_encode(digest, salt, em, k->len))
        return -1;
    return operate(k, &private_op, RSA_NO_PADDING, em, k->len, sig) < 0 ? -1 : 0;
}

int rsa_sign(const struct rsa_key *k, enum rsa_scheme scheme, const void *data, size_t len,
             uint64_t salt_seed, uint8_t *sig)
{
    if (!k->private)
        return -1;
    switch (scheme) {
    case RSA_PKCS1_SHA256:
        return sign_pkcs1(k, data, len, sig);
    case RSA_PSS_SHA256:
        return sign_pss(k, data, len, salt_seed, sig);
    case RSA_TYPE1_RAW:
        return operate(k, &sign_op, RSA_PKCS1_PADDING, data, len, sig) < 0 ? -1 : 0;
    case RSA_OAEP_SHA256:
        break;
    }
    return -1;
}

static bool verify_digest(const struct rsa_key *k, int padding, const void *data, size_t len,
                          const uint8_t *sig, size_t sig_len)
{
    EVP_PKEY_CTX *ctx;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    ERR_set_mark();
    bool ok = md && EVP_DigestVerifyInit(md, &ctx, EVP_sha256(), NULL, k->pkey) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, padding) > 0 &&
              (padding != RSA_PKCS1_PSS_PADDING ||
               EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0) &&
              EVP_DigestVerify(md, sig, sig_len, data, len) == 1;
    ERR_pop_to_mark();
    EVP_MD_CTX_free(md);
    return ok;
}

bool rsa_verify(const struct rsa_key *k, enum rsa_scheme scheme, const void *data, size_t len,
                const uint8_t *sig, size_t sig_len)
{
    uint8_t inside[LEN_MAX];
    if (sig_len != k->len)
        return false;
    switch (scheme) {
    case RSA_PKCS1_SHA256:
        return verify_digest(k, RSA_PKCS1_PADDING, data, len, sig, sig_len);
    case RSA_PSS_SHA256:
        return verify_digest(k, RSA_PKCS1_PSS_PADDING, data, len, sig, sig_len);
    case RSA_TYPE1_RAW: {
        int n = rsa_type1_open(k, sig, sig_len, inside, sizeof inside);
        return n >= 0 && (size_t)n == len && !memcmp(inside, data, len);
    }
    case RSA_OAEP_SHA256:
        break;
    }
    return false;
}

int rsa_type1_open(const struct rsa_key *k, const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
    uint8_t inside[LEN_MAX];
    int n = len == k->len ? operate(k, &open_op, RSA_PKCS1_PADDING, in, len, inside) : -1;
    if (n > 0)
        memcpy(out, inside, (size_t)n < max ? (size_t)n : max);
    return n;
}

int rsa_oaep_private(const struct rsa_key *k, const void *data, size_t len, uint64_t seed, uint8_t *out)
{
    uint8_t bytes[SHA256_LEN], em[LEN_MAX];
    fill_from(seed, bytes);
    if (!k->private || rsa_oaep_encode(data, len, bytes, em, k->len))
        return -1;
    return operate(k, &private_op, RSA_NO_PADDING, em, k->len, out) < 0 ? -1 : 0;
}

int rsa_oaep_public_open(const struct rsa_key *k, const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
    uint8_t em[LEN_MAX];
    if (len != k->len || operate(k, &public_op, RSA_NO_PADDING, in, len, em) < 0)
        return -1;
    return rsa_oaep_decode(em, k->len, out, max);
}
