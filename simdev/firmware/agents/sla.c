/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/agents/sla.h"

#include <string.h>

#include "base/cursor.h"
#include "base/rsa.h"

#define EXPONENT 0x10001u

void ag_sla_install(struct mtksim *p, const struct agent_descriptor *d)
{
    *phone_agent_key(p) = d ? d->sla_modulus : NULL;
}

bool ag_sla_required(struct mtksim *p)
{
    return phone_board(p)->fuses.da_sla || phone_settings(p)->da_sla;
}

void ag_sla_challenge(struct mtksim *p, uint8_t rnd[AG_SLA_RND_LEN])
{
    uint32_t word = (uint32_t)prng_u64(phone_prng(p));
    for (size_t i = 0; i < AG_SLA_RND_LEN; i += 4)
        put_le32(rnd + i, word);
}

bool ag_sla_check(struct mtksim *p, const uint8_t rnd[AG_SLA_RND_LEN], const uint8_t *answer, size_t len,
                  bool *decrypts)
{
    uint8_t inside[AG_SLA_RND_LEN] = {0};
    const uint8_t *modulus = *phone_agent_key(p);
    *decrypts = true;
    if (phone_settings(p)->accept_any_credential)
        return true;
    struct rsa_key *key = modulus ? rsa_key_public(modulus, AGENT_SLA_KEY_LEN, EXPONENT) : NULL;
    int n = key ? rsa_oaep_public_open(key, answer, len, inside, sizeof inside) : -1;
    rsa_key_free(key);
    *decrypts = n >= 0;
    return n == AG_SLA_RND_LEN && !memcmp(inside, rnd, AG_SLA_RND_LEN);
}
