/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Auth files and certificates as boot ROMs take them: GFH containers with public keys and a signature. Specification:
 * formats.md section 6 (and 2.3 for the GFH). Nothing here judges whether a signature is good; that takes a key.
 */
#ifndef FORMATS_CREDENTIAL_H
#define FORMATS_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rsa.h"

#define MTK_CREDENTIAL_MAX_BYTES (1u << 20)
#define MTK_AUTH_KEYS            3

enum mtk_credential_kind { MTK_CREDENTIAL_AUTH, MTK_CREDENTIAL_CERT };

/*
 * What the keys of an auth file are for. Public sources know that there are three, not which is which: our own files and
 * our phones use this order [?].
 */
enum { MTK_AUTH_KEY_ROOT, MTK_AUTH_KEY_DA, MTK_AUTH_KEY_SLA };

struct mtk_public_key {
    uint32_t version, exponent;
    uint8_t modulus[RSA_2048_LEN]; /* big-endian */
};

struct mtk_credential {
    enum mtk_credential_kind kind;
    char comment[33]; /* auth file: customer's name */
    uint32_t version; /* auth file: the word behind the comment as written; certificate: its version */
    struct mtk_public_key key[MTK_AUTH_KEYS];
    size_t n_keys;      /* 3 in an auth file, 1 in a certificate */
    size_t signed_len;  /* the signature is over [0, signed_len) */
    const uint8_t *sig; /* borrowed */
    size_t sig_len;
};

/*
 * Parses a file of either kind, every length checked (6.1: file_len == size, content_offset + sig_len == file_len).
 * data stays the caller's and must outlive *out. -1 with MTK_IMAGE_INVALID and the offset; name is for messages.
 */
int mtk_credential_parse(const uint8_t *data, size_t len, const char *name, struct mtk_credential *out,
                         struct mtk_error *err);
/*
 * Writes a file of that kind: auth file of 0x8E0 bytes (6.1) with keys[0..2], or a certificate with keys[0] (block type
 * 4 with a version and one key record: our own layout, as no real one is public); signed by `signer` (PKCS #1, SHA-256).
 * version 0: the word that the measured auth file has, 1 in a certificate; a longer comment than 32 bytes is cut.
 * malloc'd; NULL: no memory, or a key is not RSA-2048, or the signer's not private.
 */
uint8_t *mtk_credential_write(enum mtk_credential_kind kind, const char *comment, uint32_t version,
                              const struct rsa_key *const *keys, const struct rsa_key *signer, size_t *len);

#endif
