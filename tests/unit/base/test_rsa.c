/* SPDX-License-Identifier: Apache-2.0 */
/* RSA as phones use it: seeded keys, the four paddings, and what damaged input does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "base/rsa.h"
#include "base/rsa_padding.h"
#include "protocol/error_index.h"

#define LEN RSA_2048_LEN

struct keys {
    struct rsa_key *one, *two, *public; /* public: the public half of one */
};

static int make_keys(void **state)
{
    struct keys *k = calloc(1, sizeof *k);
    uint8_t modulus[LEN];
    if (!k)
        return -1;
    *state = k;
    k->one = rsa_key_from_seed(1);
    k->two = rsa_key_from_seed(2);
    if (!k->one || !k->two)
        return -1;
    rsa_key_modulus(k->one, modulus);
    k->public = rsa_key_public(modulus, LEN, 65537);
    return k->public ? 0 : -1;
}

static int free_keys(void **state)
{
    struct keys *k = *state;
    rsa_key_free(k->one);
    rsa_key_free(k->two);
    rsa_key_free(k->public);
    free(k);
    return 0;
}

static void assert_digest(const void *data, size_t len, const char *want)
{
    uint8_t d[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    sha256_buf(data, len, d);
    hex_str(d, sizeof d, hex);
    assert_string_equal(hex, want);
}

static void seeded_keys(void **state)
{
    const struct keys *k = *state;
    uint8_t a[LEN], b[LEN], both[LEN + 4], hash[SHA256_LEN], want[SHA256_LEN];
    rsa_key_modulus(k->one, a);
    rsa_key_modulus(k->two, b);
    assert_memory_not_equal(a, b, LEN);
    assert_true(a[0] & 0x80);
    /* The same on every machine and for good: ROMs of a seed are the same bytes. */
    assert_digest(a, LEN, "e58cf086dc705373dcb6e92aa47f4e363f223f60766289bd92ad504fea653ad7");
    assert_digest(b, LEN, "7b1ca0210f5a432b9edf3c7239217f4515765ed1c69dd1801e49e34fc699f468");
    assert_int_equal(rsa_key_len(k->one), LEN);
    assert_int_equal(rsa_key_exponent(k->one), 65537);
    assert_true(rsa_key_is_private(k->one));
    assert_false(rsa_key_is_private(k->public));
    rsa_key_hash(k->public, hash);
    memcpy(both, a, LEN);
    put_be32(both + LEN, 65537);
    sha256_buf(both, sizeof both, want);
    assert_memory_equal(hash, want, SHA256_LEN);
    struct rsa_key *again = rsa_key_from_seed(1);
    assert_non_null(again);
    rsa_key_modulus(again, b);
    assert_memory_equal(a, b, LEN);
    rsa_key_free(again);
}

/* Known answers of `openssl dgst -sha256 -sign` and `openssl pkeyutl -sign` with the PEM text of key 1. */
static void known_signatures(void **state)
{
    const struct keys *k = *state;
    uint8_t sig[LEN];
    assert_int_equal(rsa_sign(k->one, RSA_PKCS1_SHA256, "abc", 3, 0, sig), 0);
    assert_digest(sig, LEN, "0cacf6525071edf87b406745454e3b7ab47a75450b997bc9d222f42e9bf1421a");
    assert_int_equal(rsa_sign(k->one, RSA_TYPE1_RAW, "0123456789abcdef", 16, 0, sig), 0);
    assert_digest(sig, LEN, "42f8ede1691488d9439f5058308622731c7823c99bfc9e037d67a45807b4c2ed");
    /* PSS with a salt from a seed: whether it is right says OpenSSL in `signatures`; here, that it stays the same. */
    assert_int_equal(rsa_sign(k->one, RSA_PSS_SHA256, "abc", 3, 7, sig), 0);
    assert_digest(sig, LEN, "4a0c4a540417f5cf891545c823383af441c1a8eeae0922b92af918db6cbc38ed");
}

static void signatures(void **state)
{
    const struct keys *k = *state;
    static const enum rsa_scheme schemes[] = {RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_TYPE1_RAW};
    uint8_t data[100], sig[LEN];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    for (size_t s = 0; s < 3; s++) {
        assert_int_equal(rsa_sign(k->one, schemes[s], data, sizeof data, 99, sig), 0);
        assert_true(rsa_verify(k->public, schemes[s], data, sizeof data, sig, LEN));
        assert_true(rsa_verify(k->one, schemes[s], data, sizeof data, sig, LEN));
        assert_false(rsa_verify(k->two, schemes[s], data, sizeof data, sig, LEN));
        assert_false(rsa_verify(k->public, schemes[(s + 1) % 3], data, sizeof data, sig, LEN));
        assert_false(rsa_verify(k->public, schemes[s], data, sizeof data - 1, sig, LEN));
        assert_false(rsa_verify(k->public, schemes[s], data, sizeof data, sig, LEN - 1));
        data[50] ^= 1;
        assert_false(rsa_verify(k->public, schemes[s], data, sizeof data, sig, LEN));
        data[50] ^= 1;
        sig[100] ^= 1;
        assert_false(rsa_verify(k->public, schemes[s], data, sizeof data, sig, LEN));
        assert_int_equal(rsa_sign(k->public, schemes[s], data, sizeof data, 0, sig), -1);
    }
    memset(sig, 0xFF, LEN); /* larger than the modulus */
    assert_false(rsa_verify(k->public, RSA_TYPE1_RAW, data, sizeof data, sig, LEN));
    assert_false(rsa_verify(k->public, RSA_OAEP_SHA256, data, sizeof data, sig, LEN));
    assert_int_equal(rsa_sign(k->one, RSA_OAEP_SHA256, data, sizeof data, 0, sig), -1);
    uint8_t large[LEN - 10] = {0};
    assert_int_equal(rsa_sign(k->one, RSA_TYPE1_RAW, large, sizeof large, 0, sig), -1);
    assert_int_equal(rsa_sign(k->one, RSA_TYPE1_RAW, large, sizeof large - 1, 0, sig), 0);
}

static void pss_salts(void **state)
{
    const struct keys *k = *state;
    uint8_t a[LEN], b[LEN];
    assert_int_equal(rsa_sign(k->one, RSA_PSS_SHA256, "x", 1, 1, a), 0);
    assert_int_equal(rsa_sign(k->one, RSA_PSS_SHA256, "x", 1, 1, b), 0);
    assert_memory_equal(a, b, LEN);
    assert_int_equal(rsa_sign(k->one, RSA_PSS_SHA256, "x", 1, 2, b), 0);
    assert_memory_not_equal(a, b, LEN);
    assert_true(rsa_verify(k->one, RSA_PSS_SHA256, "x", 1, b, LEN));
}

static void type1_tells_key_from_content(void **state)
{
    const struct keys *k = *state;
    uint8_t sig[LEN], out[32] = {0};
    assert_int_equal(rsa_sign(k->one, RSA_TYPE1_RAW, "challenge", 9, 0, sig), 0);
    assert_int_equal(rsa_type1_open(k->public, sig, LEN, out, sizeof out), 9);
    assert_memory_equal(out, "challenge\0", 10);
    memset(out, 0, sizeof out);
    assert_int_equal(rsa_type1_open(k->public, sig, LEN, out, 4), 9); /* no more than there is room for */
    assert_memory_equal(out, "chal\0", 5);
    assert_int_equal(rsa_type1_open(k->two, sig, LEN, out, sizeof out), -1);
    assert_int_equal(rsa_type1_open(k->public, sig, LEN - 1, out, sizeof out), -1);
}

/* ---- OAEP against OpenSSL's own ---- */

static EVP_PKEY *openssl_key(const struct rsa_key *k)
{
    char *pem = rsa_key_pem(k);
    assert_non_null(pem);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    free(pem);
    assert_non_null(pkey);
    return pkey;
}

static size_t openssl_rsa(EVP_PKEY *pkey, bool encrypt, int padding, const uint8_t *in, size_t len,
                          uint8_t *out)
{
    size_t n = LEN;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(encrypt ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);
    if (padding == RSA_PKCS1_OAEP_PADDING) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()), 1);
    }
    int rc = encrypt ? EVP_PKEY_encrypt(ctx, out, &n, in, len) : EVP_PKEY_decrypt(ctx, out, &n, in, len);
    assert_int_equal(rc, 1);
    EVP_PKEY_CTX_free(ctx);
    return n;
}

static void oaep_padding_is_openssls(void **state)
{
    const struct keys *k = *state;
    EVP_PKEY *pkey = openssl_key(k->one);
    uint8_t msg[LEN - 66], em[LEN], c[LEN], out[LEN], seed[SHA256_LEN];
    struct prng rng = prng_init(5);
    prng_bytes(&rng, msg, sizeof msg);
    prng_bytes(&rng, seed, sizeof seed);
    static const size_t lengths[] = {0, 1, 16, sizeof msg - 1, sizeof msg};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t n = lengths[i];
        assert_int_equal(rsa_oaep_encode(msg, n, seed, em, LEN), 0);
        openssl_rsa(pkey, true, RSA_NO_PADDING, em, LEN, c);
        assert_int_equal(openssl_rsa(pkey, false, RSA_PKCS1_OAEP_PADDING, c, LEN, out), n);
        assert_memory_equal(out, msg, n);
        openssl_rsa(pkey, true, RSA_PKCS1_OAEP_PADDING, msg, n, c);
        openssl_rsa(pkey, false, RSA_NO_PADDING, c, LEN, em);
        assert_int_equal(rsa_oaep_decode(em, LEN, out, sizeof out), (int)n);
        assert_memory_equal(out, msg, n);
    }
    assert_int_equal(rsa_oaep_encode(msg, sizeof msg + 1, seed, em, LEN), -1);
    assert_int_equal(rsa_oaep_encode(msg, 0, seed, em, 65), -1);
    assert_int_equal(rsa_oaep_decode(em, 65, out, sizeof out), -1);
    EVP_PKEY_free(pkey);
}

static void da_sla_answer(void **state)
{
    const struct keys *k = *state;
    uint8_t rnd[16], answer[LEN], again[LEN], out[16];
    memset(rnd, 0xA5, sizeof rnd);
    assert_int_equal(rsa_oaep_private(k->one, rnd, sizeof rnd, 3, answer), 0);
    assert_int_equal(rsa_oaep_private(k->one, rnd, sizeof rnd, 3, again), 0);
    assert_memory_equal(answer, again, LEN);
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN, out, sizeof out), 16);
    assert_memory_equal(out, rnd, 16);
    memset(out, 0, sizeof out);
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN, out, 3), 16);
    assert_memory_equal(out, "\xA5\xA5\xA5\0", 4);
    assert_int_equal(rsa_oaep_public_open(k->two, answer, LEN, out, sizeof out), -1);
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN - 1, out, sizeof out), -1);
    answer[17] ^= 0x10;
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN, out, sizeof out), -1);
    memset(answer, 0xFF, LEN);
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN, out, sizeof out), -1);
    memset(answer, 0, LEN);
    assert_int_equal(rsa_oaep_public_open(k->public, answer, LEN, out, sizeof out), -1);
    assert_int_equal(rsa_oaep_private(k->public, rnd, sizeof rnd, 3, answer), -1);
    assert_int_equal(rsa_oaep_private(k->one, again, LEN, 3, answer), -1);
}

/* ---- PEM ---- */

static void pem_and_back(void **state)
{
    const struct keys *k = *state;
    const struct rsa_key *of[] = {k->one, k->public};
    static const char *const head[] = {"-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----"};
    for (size_t i = 0; i < 2; i++) {
        struct mtk_error e = {0};
        uint8_t a[SHA256_LEN], b[SHA256_LEN];
        char *pem = rsa_key_pem(of[i]);
        assert_non_null(pem);
        assert_memory_equal(pem, head[i], strlen(head[i]));
        struct rsa_key *back = rsa_key_from_pem((const uint8_t *)pem, strlen(pem), "key.pem", &e);
        assert_non_null(back);
        assert_int_equal(rsa_key_is_private(back), i == 0);
        rsa_key_hash(k->one, a);
        rsa_key_hash(back, b);
        assert_memory_equal(a, b, SHA256_LEN);
        rsa_key_free(back);
        /* cut off at any place of its body it is no key */
        for (size_t n = 0; n < strlen(pem) - 30; n += 97)
            assert_null(rsa_key_from_pem((const uint8_t *)pem, n, "key.pem", &e));
        assert_true(mtk_error_is(&e, MTK_E_MTK_IMAGE_INVALID));
        assert_string_equal(e.file, "key.pem");
        free(pem);
    }
}

static char *generated(const char *type, int bits, const EVP_CIPHER *cipher)
{
    EVP_PKEY *pkey = bits ? EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)bits)
                          : EVP_PKEY_Q_keygen(NULL, NULL, type, "P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, secret[] = "secret";
    assert_non_null(pkey);
    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, cipher ? secret : NULL, cipher ? 6 : 0, NULL, NULL),
        1);
    long n = BIO_get_mem_data(bio, &data);
    char *text = strndup(data, (size_t)n);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return text;
}

static void pem_of_other_keys(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    char *const texts[] = {generated("EC", 0, NULL), generated("RSA", 512, NULL),
                           generated("RSA", 1024, EVP_aes_128_cbc())}; /* nobody is asked for a passphrase */
    for (size_t i = 0; i < 3; i++) {
        assert_null(rsa_key_from_pem((const uint8_t *)texts[i], strlen(texts[i]), "k", &e));
        assert_true(mtk_error_is(&e, MTK_E_MTK_IMAGE_INVALID));
        free(texts[i]);
    }
    char *small = generated("RSA", 1024, NULL);
    struct rsa_key *k = rsa_key_from_pem((const uint8_t *)small, strlen(small), "k", &e);
    assert_non_null(k);
    assert_int_equal(rsa_key_len(k), 128);
    rsa_key_free(k);
    free(small);
}

static void impossible_public_keys(void **state)
{
    const struct keys *k = *state;
    uint8_t n[LEN], long_one[513];
    rsa_key_modulus(k->one, n);
    assert_null(rsa_key_public(n, LEN, 0));
    assert_null(rsa_key_public(n, LEN, 1));
    assert_null(rsa_key_public(n, LEN, 65536));
    assert_null(rsa_key_public(n, 100, 65537));
    assert_null(rsa_key_public(n, 0, 65537));
    n[LEN - 1] &= 0xFE;
    assert_null(rsa_key_public(n, LEN, 65537)); /* even */
    memset(n, 0, LEN);
    assert_null(rsa_key_public(n, LEN, 65537));
    memset(long_one, 0xFF, sizeof long_one);
    assert_null(rsa_key_public(long_one, sizeof long_one, 65537));
    rsa_key_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeded_keys),
        cmocka_unit_test(known_signatures),
        cmocka_unit_test(signatures),
        cmocka_unit_test(pss_salts),
        cmocka_unit_test(type1_tells_key_from_content),
        cmocka_unit_test(oaep_padding_is_openssls),
        cmocka_unit_test(da_sla_answer),
        cmocka_unit_test(pem_and_back),
        cmocka_unit_test(pem_of_other_keys),
        cmocka_unit_test(impossible_public_keys),
    };
    return cmocka_run_group_tests_name("base/rsa", tests, make_keys, free_keys);
}
