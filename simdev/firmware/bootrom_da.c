/* SPDX-License-Identifier: Apache-2.0 */
/* BROM: taking a DA and jumping into it (4.9 to 4.13, 5.2). */
#include <string.h>

#include "protocol/brom.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/bootrom.h"

#define EPP_MAX 0x40000u

/* What does not depend on other DAs (5.2, 10.4). */
static uint16_t check_shape(const struct download *d, const struct dl_block *k)
{
    if (!k->length)
        return BROM_DA_LENGTH_ZERO;
    if (k->address & 1)
        return BROM_DA_UNALIGNED;
    if (k->sig_len > k->length)
        return BROM_SIG_LONGER_THAN_DA;
    if (d->b->fuses.daa && !k->sig_len)
        return BROM_SIG_LENGTH_ZERO;
    return BROM_OK;
}

static uint16_t check_place(const struct download *d, const struct dl_block *k)
{
    const struct soc_profile *s = d->b->soc;
    if (k->address < s->brom_sram_start || k->address >= s->brom_sram_end ||
        k->length > s->brom_sram_end - k->address)
        return BROM_DA_BAD_RANGE;
    for (size_t i = 0; i < d->n_blocks; i++) {
        const struct dl_block *o = &d->block[i];
        if (k->address < o->address + o->length && o->address < k->address + k->length)
            return BROM_DA_OVERLAP;
    }
    return d->n_blocks == DL_BLOCKS ? BROM_DA_TOO_MANY : BROM_OK;
}

static uint16_t check_da(const struct download *d, const struct dl_block *k)
{
    if (d->b->fuses.sla && !d->sla_ok)
        return BROM_SLA_NEEDED;
    if (!brom_credentials_complete(d))
        return BROM_AUTH_NEEDED;
    uint16_t s = check_shape(d, k);
    return s == BROM_OK ? check_place(d, k) : s;
}

uint8_t *dl_da_memory(struct download *d, uint32_t len)
{
    uint8_t *block = phone_buffer(d->p, PL_DA_ARG_LEN + (size_t)len);
    memset(block, 0, PL_DA_ARG_LEN);
    return block + PL_DA_ARG_LEN;
}

void dl_da_forget(struct download *d, struct dl_block *k)
{
    if (k->data)
        phone_release(d->p, k->data - PL_DA_ARG_LEN);
    k->data = NULL;
}

/* With DAA: by the key of the auth file. Which of the two words means what is not known (6.5). */
static uint16_t check_signature(const struct download *d, const struct dl_block *k)
{
    const struct mtk_public_key *pub = &d->da_key;
    unsigned set = phone_settings(d->p)->brom_bad_signature;
    if (!d->b->fuses.daa || phone_settings(d->p)->accept_any_credential)
        return BROM_OK;
    struct rsa_key *key = rsa_key_public(pub->modulus, sizeof pub->modulus, pub->exponent);
    enum security_verdict v = security_verify_da(d->b->soc, key, k->data, k->length, k->sig_len);
    rsa_key_free(key);
    phone_log(d->p, "[SEC] DA %s", security_text(v));
    if (v == SECURITY_OK)
        return BROM_OK;
    if (set)
        return (uint16_t)set;
    return v == SECURITY_UNSIGNED ? BROM_DA_SIGNATURE : PL_DA_REFUSED;
}

/* Some ROMs are said to look at the version of the DA themselves; by default that is left to the agent (5.2). */
static uint16_t check_version(const struct download *d, const struct dl_block *k)
{
    struct agent_descriptor a;
    if (phone_settings(d->p)->brom_rollback == BROM_ROLLBACK_AGENT ||
        !agent_image_describe(k->data, k->length, &a) || a.version >= d->b->fuses.arb_da)
        return BROM_OK;
    return phone_settings(d->p)->brom_rollback == BROM_ROLLBACK_VERSION ? BROM_DA_VERSION
                                                                        : BROM_DA_BLACK_LIST;
}

static uint16_t judge_da(const struct download *d, const struct dl_block *k)
{
    uint16_t s = check_signature(d, k);
    return s == BROM_OK ? check_version(d, k) : s;
}

void brom_take_da(struct download *d, struct dl_block k, const uint8_t *first, size_t n)
{
    k.data = dl_da_memory(d, k.length);
    if (n > k.length)
        n = k.length;
    if (n)
        memcpy(k.data, first, n);
    phone_read(d->p, k.data + n, k.length - n, -1);
    dl_put16(d, dl_xor16(k.data, k.length));
    if (dl_status(d, judge_da(d, &k)) < BROM_FIRST_FAILURE)
        d->block[d->n_blocks++] = k;
    else
        dl_da_forget(d, &k);
}

void brom_send_da(struct download *d)
{
    struct dl_block k = {0};
    k.address = dl_echo32(d);
    k.length = dl_echo32(d);
    k.sig_len = dl_echo32(d);
    d->waits_for_sla = false;
    uint16_t refusal = check_da(d, &k);
    uint16_t s = dl_status(d, refusal);
    bool again = phone_settings(d->p)->sla_then_da == SLA_THEN_AGAIN;
    if (s == BROM_SLA_NEEDED && !again && check_shape(d, &k) == BROM_OK && check_place(d, &k) == BROM_OK) {
        d->waits_for_sla = true;
        d->refused = k;
    }
    if (s < BROM_FIRST_FAILURE && refusal == BROM_OK)
        brom_take_da(d, k, NULL, 0);
}

static struct dl_block *block_at(struct download *d, uint32_t address)
{
    for (size_t i = 0; i < d->n_blocks; i++)
        if (d->block[i].address == address)
            return &d->block[i];
    return NULL;
}

static uint16_t check_jump(struct download *d, uint32_t address)
{
    if (!d->n_blocks)
        return BROM_NO_DA;
    return block_at(d, address) ? BROM_OK : BROM_JUMP_ADDRESS_INVALID;
}

static void jump(struct download *d, uint32_t address)
{
    const struct dl_block *k = block_at(d, address);
    if (!k)
        phone_hang(d->p, "jump to where no DA is");
    phone_log(d->p, "[DL] jump to 0x%08X", address);
    firmware_start_agent(d->p, k->data, k->length, k->address, k->sig_len, false);
}

void brom_jump_da(struct download *d)
{
    uint32_t address = dl_echo32(d);
    if (dl_status(d, check_jump(d, address)) < BROM_FIRST_FAILURE)
        jump(d, address);
}

void brom_jump_da64(struct download *d)
{
    uint32_t address = dl_echo32(d);
    uint8_t aarch64 = dl_echo8(d);
    if (dl_status(d, check_jump(d, address)) >= BROM_FIRST_FAILURE)
        return;
    if (aarch64 == 1) {
        uint8_t magic = dl_echo8(d);
        if (dl_status(d, magic == 0x64 ? BROM_OK : BROM_JUMP_ADDRESS_INVALID) >= BROM_FIRST_FAILURE)
            return;
    }
    jump(d, address);
}

/* The EPP image brings up DRAM and returns; what it would have returned is up to the board (4.13). */
void brom_send_env_prepare(struct download *d)
{
    dl_echo32(d); /* load address */
    uint32_t len = dl_echo32(d);
    dl_echo32(d); /* parameter address and length */
    dl_echo32(d);
    if (dl_status(d, len && len <= EPP_MAX ? BROM_OK : BROM_DA_BAD_RANGE) >= BROM_FIRST_FAILURE ||
        len > EPP_MAX)
        return;
    uint8_t *image = phone_buffer(d->p, len);
    dl_put16(d, dl_payload(d, image, len, len));
    phone_release(d->p, image);
    if (dl_status(d, BROM_OK) >= BROM_FIRST_FAILURE)
        return;
    struct fault_action a = phone_fault(d->p, FAULT_AT_DRAM_INIT, d->command, 0);
    if (a.kind == FAULT_FAIL && !a.value)
        phone_hang(d->p, "EPP does not return");
    d->b->dram.up = a.kind != FAULT_FAIL;
    dl_put32(d, a.kind == FAULT_FAIL ? a.value : 0);
    dl_status(d, BROM_OK);
}
