/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/boot/sla_key.h"

#include "base/cursor.h"
#include "protocol/error_index.h"

#define CHALLENGE_LEN 16
#define KEY_MIN       (1024 / 8)
#define KEY_MAX       (3072 / 8) /* the longest response that is known of any boot ROM */

/* Does what the key signs verify? One try a boot is all that some agents give, and a damaged key would waste it. */
static bool works(const struct rsa_key *k)
{
    static const uint8_t probe[CHALLENGE_LEN] = "0123456789ABCDE";
    uint8_t sig[KEY_MAX];
    return rsa_sign(k, RSA_TYPE1_RAW, probe, sizeof(probe), 0, sig) == 0 &&
           rsa_verify(k, RSA_TYPE1_RAW, probe, sizeof(probe), sig, rsa_key_len(k));
}

struct rsa_key *mtk_sla_key_read(const uint8_t *pem, size_t len, const char *name, const char *option,
                                 struct mtk_error *err)
{
    struct rsa_key *k = rsa_key_from_pem(pem, len, name, err);
    if (!k)
        return NULL;
    if (!rsa_key_is_private(k))
        mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, name, 0,
                      "%s takes the private key that signs; this is the public one that checks", option);
    else if (rsa_key_len(k) < KEY_MIN || rsa_key_len(k) > KEY_MAX)
        mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, name, 0, "the key has %zu bits; phones take 1024 to 3072",
                      rsa_key_len(k) * 8);
    else if (!works(k))
        mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, name, 0,
                      "the key is damaged: what it signs does not verify with its own public half");
    else
        return k;
    rsa_key_free(k);
    return NULL;
}

static void swap_words(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint8_t first = p[i];
        p[i] = p[i + 1];
        p[i + 1] = first;
    }
}

/* Is there room for a response by this key? */
static bool room(const struct rsa_key *k, size_t *len, struct mtk_error *err)
{
    size_t need = rsa_key_len(k);
    if (need > *len) {
        mtk_fail(err, MTK_E_S_SECURITY_CALLBACK_SLA_CHALLENGE_FAIL, MTK_EV_HOST,
                 "the key gives a response of %zu bytes where %zu are possible", need, *len);
        return false;
    }
    *len = need;
    return true;
}

static int not_signed(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_S_SECURITY_CALLBACK_SLA_CHALLENGE_FAIL, MTK_EV_HOST,
                    "the challenge could not be signed with the given key");
}

int mtk_sla_sign_pem(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    uint8_t swapped[CHALLENGE_LEN];
    if (!room(ctx, len, err))
        return -1;
    for (size_t i = 0; i < sizeof(swapped); i++)
        swapped[i] = challenge[i ^ 1];
    if (rsa_sign(ctx, RSA_TYPE1_RAW, swapped, sizeof(swapped), 0, sig) < 0)
        return not_signed(err);
    swap_words(sig, *len);
    return 0;
}

int mtk_da_sla_sign_pem(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                        struct mtk_error *err)
{
    if (!room(ctx, len, err))
        return -1;
    /* The padding's seed is no secret here: the phone undoes it with the public key. The challenge makes it unique. */
    if (rsa_oaep_private(ctx, challenge, CHALLENGE_LEN, get_le64(challenge), sig) < 0)
        return not_signed(err);
    return 0;
}
