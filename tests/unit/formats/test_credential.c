/* SPDX-License-Identifier: Apache-2.0 */
/* Auth files and certificates: formats.md 6.1, 6.2. */
#include "harness.h"

#include "base/prng.h"
#include "base/rsa.h"
#include "formats/credential.h"

#define AUTH_BYTES 0x8E0u
#define CERT_BYTES 0x350u

struct vendor {
    struct rsa_key *key[3];
    uint8_t *auth, *cert;
    size_t auth_len, cert_len;
};

static int make_vendor(void **state)
{
    struct vendor *v = calloc(1, sizeof *v);
    if (!v)
        return -1;
    *state = v;
    for (size_t i = 0; i < 3; i++)
        if (!(v->key[i] = rsa_key_from_seed(i + 10)))
            return -1;
    const struct rsa_key *keys[] = {v->key[0], v->key[1], v->key[2]};
    v->auth = mtk_credential_write(MTK_CREDENTIAL_AUTH, "MTK", 0, keys, v->key[0], &v->auth_len);
    v->cert = mtk_credential_write(MTK_CREDENTIAL_CERT, NULL, 5, keys, v->key[0], &v->cert_len);
    return v->auth && v->cert ? 0 : -1;
}

static int free_vendor(void **state)
{
    struct vendor *v = *state;
    for (size_t i = 0; i < 3; i++)
        rsa_key_free(v->key[i]);
    free(v->auth);
    free(v->cert);
    free(v);
    return 0;
}

static void measured_layout(void **state)
{
    const struct vendor *v = *state;
    const uint8_t *f = v->auth;
    static const uint8_t head[] = {
        0x4D, 0x4D, 0x4D, 0x01, 0x38, 0x00, 0x00, 0x00, 'F', 'I', 'L', 'E', '_',  'I',
        'N',  'F',  'O',  0,    0,    0,    1,    0,    0,   0,   5,   0,   5,    2,
        0x20, 0x08, 0x20, 0x00, 0xE0, 0x08, 0,    0,    0,   0,   4,   0,   0xE0, 0x07,
        0,    0,    0,    1,    0,    0,    0,    0,    0,   0,   0,   0,   0x60, 0xC2,
    };
    static const uint8_t block[] = {0x4D, 0x4D, 0x4D, 0x01, 0x98, 0x07, 0x05, 0x00, 'M', 'T', 'K', 0};
    static const uint8_t key[] = {3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0};
    static const uint8_t tail[] = {0x4D, 0x4D, 0x4D, 0x01, 0x10, 0, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(v->auth_len, AUTH_BYTES);
    assert_memory_equal(f, head, sizeof head);
    assert_memory_equal(f + 0x38, block, sizeof block);
    assert_int_equal(get_le32(f + 0x60), 0xC2626000);
    for (size_t i = 0; i < 3; i++) {
        uint8_t modulus[256], words[256];
        assert_memory_equal(f + 0x1AC + i * 0x20C, key, sizeof key);
        rsa_key_modulus(v->key[i], modulus);
        for (size_t k = 0; k < 256; k++) /* the order of the words is big-endian, that inside them is not */
            words[k] = modulus[k ^ 1];
        assert_memory_equal(f + 0x1AC + (i + 1) * 0x20C - 256, words, 256);
    }
    assert_memory_equal(f + 0x7D0, tail, sizeof tail);
    assert_true(rsa_verify(v->key[0], RSA_PKCS1_SHA256, f, 0x7E0, f + 0x7E0, 0x100));
}

static void auth_and_back(void **state)
{
    const struct vendor *v = *state;
    struct mtk_credential c;
    assert_int_equal(mtk_credential_parse(v->auth, v->auth_len, "a", &c, NULL), 0);
    assert_int_equal(c.kind, MTK_CREDENTIAL_AUTH);
    assert_string_equal(c.comment, "MTK");
    assert_int_equal(c.version, 0xC2626000);
    assert_int_equal(c.n_keys, 3);
    for (size_t i = 0; i < 3; i++) {
        uint8_t modulus[256];
        rsa_key_modulus(v->key[i], modulus);
        assert_memory_equal(c.key[i].modulus, modulus, 256);
        assert_int_equal(c.key[i].exponent, 0x10001);
        assert_int_equal(c.key[i].version, 3);
    }
    assert_int_equal(c.signed_len, 0x7E0);
    assert_ptr_equal(c.sig, v->auth + 0x7E0);
    assert_int_equal(c.sig_len, 0x100);
}

static void cert_and_back(void **state)
{
    const struct vendor *v = *state;
    struct mtk_credential c;
    uint8_t modulus[256];
    assert_int_equal(v->cert_len, CERT_BYTES);
    assert_int_equal(mtk_credential_parse(v->cert, v->cert_len, "c", &c, NULL), 0);
    assert_int_equal(c.kind, MTK_CREDENTIAL_CERT);
    assert_int_equal(c.version, 5);
    assert_int_equal(c.n_keys, 1);
    assert_string_equal(c.comment, "");
    rsa_key_modulus(v->key[0], modulus);
    assert_memory_equal(c.key[0].modulus, modulus, 256);
    assert_int_equal(c.signed_len, CERT_BYTES - 0x100);
    assert_true(rsa_verify(v->key[0], RSA_PKCS1_SHA256, v->cert, c.signed_len, c.sig, c.sig_len));
}

static void options_of_the_writer(void **state)
{
    const struct vendor *v = *state;
    const struct rsa_key *keys[] = {v->key[2], v->key[1], v->key[0]};
    struct mtk_credential c;
    size_t len;
    uint8_t *f = mtk_credential_write(MTK_CREDENTIAL_AUTH, "0123456789012345678901234567890123456789", 9,
                                      keys, v->key[1], &len);
    assert_non_null(f);
    assert_int_equal(mtk_credential_parse(f, len, "a", &c, NULL), 0);
    assert_string_equal(c.comment, "01234567890123456789012345678901"); /* 32 of them */
    assert_int_equal(c.version, 9);
    assert_true(rsa_verify(v->key[1], RSA_PKCS1_SHA256, f, c.signed_len, c.sig, c.sig_len));
    free(f);
    uint8_t modulus[256];
    rsa_key_modulus(v->key[0], modulus);
    struct rsa_key *public = rsa_key_public(modulus, 256, 0x10001), *small = rsa_key_public(modulus, 128, 3);
    assert_null(mtk_credential_write(MTK_CREDENTIAL_AUTH, "", 0, keys, public, &len)); /* cannot sign */
    if (small) {
        const struct rsa_key *odd[] = {v->key[0], small, v->key[0]};
        assert_null(mtk_credential_write(MTK_CREDENTIAL_AUTH, "", 0, odd, v->key[0], &len));
    }
    rsa_key_free(public);
    rsa_key_free(small);
}

/* A v0 block is a word shorter and has no version. */
static void auth_of_version_0(void **state)
{
    const struct vendor *v = *state;
    struct mtk_credential c;
    uint8_t f[AUTH_BYTES - 4];
    memcpy(f, v->auth, 0x60);
    memcpy(f + 0x60, v->auth + 0x64, sizeof f - 0x60);
    f[0x3B] = 0;
    put_le16(f + 0x3C, 0x794);
    put_le32(f + 0x20, sizeof f);
    put_le32(f + 0x28, 0x7DC);
    assert_int_equal(mtk_credential_parse(f, sizeof f, "a", &c, NULL), 0);
    assert_int_equal(c.version, 0);
    assert_string_equal(c.comment, "MTK");
    assert_int_equal(c.key[2].exponent, 0x10001);
}

static void damage(void **state)
{
    const struct vendor *v = *state;
    static const struct {
        size_t at;
        uint32_t value;
        unsigned width;
        const char *text;
    } rows[] = {
        {0x00, 0x024D4D4D, 4, "does not begin"},
        {0x08, 0, 4, "does not begin"},
        {0x18, 1, 2, "another one"},
        {0x20, 0x8DF, 4, "longer or shorter"},
        {0x28, 0x30, 4, "do not fill"},
        {0x28, 0xFFFFFFE0, 4, "do not fill"},
        {0x2C, 0xFFFFFFFF, 4, "do not fill"},
        {0x38, 0, 4, "missing"},
        {0x3C, 7, 2, "missing"},
        {0x3C, 0, 2, "missing"},
        {0x3C, 0xFFFF, 2, "missing"},
        {0x3E, 6, 2, "missing"},
        {0x3C, 0x640, 2, "too short"},
        {0x1AC, 2, 4, "not of version 3"},
        {0x3BC, 0x80, 4, "not of version 3"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mtk_credential c;
        struct mtk_error e = {0};
        uint8_t f[AUTH_BYTES];
        memcpy(f, v->auth, sizeof f);
        if (rows[i].width == 2)
            put_le16(f + rows[i].at, (uint16_t)rows[i].value);
        else
            put_le32(f + rows[i].at, rows[i].value);
        assert_int_equal(mtk_credential_parse(f, sizeof f, "a.auth", &c, &e), -1);
        assert_error(&e, MTK_E_MTK_IMAGE_INVALID, rows[i].text);
        assert_string_equal(e.file, "a.auth");
        assert_true(e.has_offset);
    }
}

static void any_length(void **state)
{
    const struct vendor *v = *state;
    struct mtk_credential c;
    struct mtk_error e = {0};
    for (size_t n = 0; n < AUTH_BYTES; n++) {
        uint8_t *f = malloc(n + 1); /* exactly that much, for the sanitizer */
        assert_non_null(f);
        memcpy(f, v->auth, n);
        assert_int_equal(mtk_credential_parse(f, n, "a", &c, &e), -1);
        free(f);
    }
    assert_int_equal(mtk_credential_parse(v->auth, MTK_CREDENTIAL_MAX_BYTES + 1, "a", &c, &e), -1);
    assert_error(&e, MTK_E_MTK_IMAGE_INVALID, "larger than any");
}

static void noise(void **state)
{
    const struct vendor *v = *state;
    struct prng rng = prng_init(3);
    for (int i = 0; i < 20000; i++) {
        struct mtk_credential c;
        uint8_t f[AUTH_BYTES];
        memcpy(f, i & 1 ? v->auth : v->cert, i & 1 ? AUTH_BYTES : CERT_BYTES);
        for (int k = 0; k < 3; k++)
            f[prng_below(&rng, 0x1C0)] = (uint8_t)prng_u64(&rng);
        size_t len = i & 1 ? AUTH_BYTES : CERT_BYTES;
        if (!mtk_credential_parse(f, len, "a", &c, NULL)) {
            assert_true(c.signed_len + c.sig_len == len);
            assert_ptr_equal(c.sig, f + c.signed_len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_layout),   cmocka_unit_test(auth_and_back),
        cmocka_unit_test(cert_and_back),     cmocka_unit_test(options_of_the_writer),
        cmocka_unit_test(auth_of_version_0), cmocka_unit_test(damage),
        cmocka_unit_test(any_length),        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests_name("formats/credential", tests, make_vendor, free_vendor);
}
