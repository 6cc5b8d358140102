/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/security.h"

#include <string.h>

#include "formats/preloader.h"
#include "simdev/firmware/vendor_keys.h"

#define NEWEST_PRELOADER 3 /* BL_VER of the platforms of 2018 and later */

const char *security_text(enum security_verdict v)
{
    static const char *const texts[] = {
        [SECURITY_OK] = "is good",
        [SECURITY_UNSIGNED] = "is not signed",
        [SECURITY_WRONG_KEY] = "is signed by another vendor's key",
        [SECURITY_BAD_SIGNATURE] = "has a signature that does not belong to its content",
        [SECURITY_DAMAGED] = "is damaged",
        [SECURITY_OLD] = "is older than the anti-rollback fuse allows",
    };
    return texts[v];
}

static bool is_root(const struct board *b, const struct rsa_key *key)
{
    uint8_t hash[sizeof b->fuses.root_key_hash];
    rsa_key_hash(key, hash);
    return b->fuses.has_root_key && !memcmp(hash, b->fuses.root_key_hash, sizeof hash);
}

/* ---- preloaders ---- */

static struct rsa_key *key_of(const struct mtk_preloader *pl)
{
    return pl->has_key ? rsa_key_public(pl->key_modulus, sizeof pl->key_modulus, pl->key_exponent) : NULL;
}

struct rsa_key *security_preloader_key(const uint8_t *image, size_t len)
{
    struct mtk_preloader pl;
    return mtk_preloader_layout(image, len, "preloader", &pl, NULL) ? NULL : key_of(&pl);
}

static enum security_verdict check_signature(const struct board *b, const struct mtk_preloader *pl)
{
    const uint8_t *signed_part = pl->data + pl->gfh_offset;
    size_t signed_len = pl->file_len - pl->sig_len;
    struct rsa_key *key = pl->rsa_sig ? key_of(pl) : NULL;
    if (!key)
        return SECURITY_UNSIGNED;
    enum security_verdict v = SECURITY_OK;
    if (!is_root(b, key))
        v = SECURITY_WRONG_KEY;
    else if (!rsa_verify(key, RSA_PKCS1_SHA256, signed_part, signed_len, pl->rsa_sig, RSA_2048_LEN) &&
             !rsa_verify(key, RSA_PSS_SHA256, signed_part, signed_len, pl->rsa_sig, RSA_2048_LEN))
        v = SECURITY_BAD_SIGNATURE;
    rsa_key_free(key);
    return v;
}

enum security_verdict security_verify_preloader(const struct board *b, const uint8_t *image, size_t len)
{
    struct mtk_preloader pl;
    if (mtk_preloader_parse(image, len, "preloader", &pl, NULL) || (pl.has_hash && !pl.hash_good))
        return SECURITY_DAMAGED;
    enum security_verdict v = SECURITY_OK;
    if (b->fuses.sbc && b->fuses.has_root_key)
        v = check_signature(b, &pl);
    if (v == SECURITY_OK && pl.version < b->fuses.arb_preloader)
        v = SECURITY_OLD;
    return v;
}

/* ---- Download Agents ---- */

enum rsa_scheme security_da_scheme(const struct soc_profile *soc)
{
    return soc->bl_ver >= NEWEST_PRELOADER ? RSA_PSS_SHA256 : RSA_PKCS1_SHA256;
}

enum security_verdict security_verify_da(const struct soc_profile *soc, const struct rsa_key *key,
                                         const uint8_t *image, size_t len, uint32_t sig_len)
{
    if (!key || sig_len != rsa_key_len(key) || sig_len > len)
        return SECURITY_UNSIGNED;
    const uint8_t *sig = image + len - sig_len;
    return rsa_verify(key, security_da_scheme(soc), image, len - sig_len, sig, sig_len)
               ? SECURITY_OK
               : SECURITY_BAD_SIGNATURE;
}

/* ---- auth files and certificates ---- */

enum security_verdict security_verify_credential(const struct board *b, enum mtk_credential_kind kind,
                                                 const uint8_t *file, size_t len, struct mtk_credential *out)
{
    if (mtk_credential_parse(file, len, "credential", out, NULL) || out->kind != kind)
        return SECURITY_DAMAGED;
    const struct mtk_public_key *k = &out->key[MTK_AUTH_KEY_ROOT];
    struct rsa_key *root = rsa_key_public(k->modulus, sizeof k->modulus, k->exponent);
    enum security_verdict v = SECURITY_OK;
    if (!root || !is_root(b, root))
        v = SECURITY_WRONG_KEY;
    else if (!rsa_verify(root, RSA_PKCS1_SHA256, file, out->signed_len, out->sig, out->sig_len))
        v = SECURITY_BAD_SIGNATURE;
    rsa_key_free(root);
    return v;
}

/* ---- the vendor of a phone without one ---- */

bool security_settle(struct board *b)
{
    struct board_fuses *f = &b->fuses;
    if (f->has_root_key || !(f->sbc || f->sla || f->daa || f->root_cert))
        return true;
    struct rsa_key *root = vendor_key(b->seed, VENDOR_ROOT);
    if (!root)
        return false;
    rsa_key_hash(root, f->root_key_hash);
    f->has_root_key = true;
    rsa_key_free(root);
    return true;
}
