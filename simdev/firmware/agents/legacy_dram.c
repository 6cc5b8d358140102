/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM settings from the host: ENABLE_DRAM, with all that real agents do about wrong ones. da-legacy.md 2.6.1. */
#include "simdev/firmware/agents/legacy.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define RECORDS_MAX     0x10000u /* buffer in SRAM */
#define PREFIX_LEN      16u
#define COMBO_FROM      12u /* versions from which agents for combo parts ask for the total length */
#define RECORD_FALLBACK 0xBCu
#define ONE_BYTE        0xFFu /* statuses up to here are a single byte */

/* Chips whose agents take one record and ask for no total length, although their version is one of combo parts. */
static const uint32_t single_record[] = {0x6571, 0x6572, 0x6582, 0x6583, 0x6592, 0x8127};

static bool asks_total(const struct lg *x)
{
    for (size_t i = 0; i < sizeof(single_record) / sizeof(single_record[0]); i++) {
        if (single_record[i] == lg_chip(x))
            return false;
    }
    return x->build.emi_version >= COMBO_FROM;
}

/* The host's opinion. If it does not agree the agent gives up, and has no message for that. */
static void host_agrees(struct lg *x, const char *why)
{
    if (lg_u8(x) != LG_ACK)
        phone_hang(x->p, why);
}

static bool all_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i])
            return false;
    }
    return true;
}

/* Zeros make the vendor's DRAM code assert. It prints where the console is: on a UART, where the status is due. */
static void assert_in_dram_code(struct lg *x)
{
    char text[80];
    snprintf(text, sizeof(text), "ASSERT!! ./platform/%s/emi/emi.c(0827)", phone_board(x->p)->soc->platform);
    phone_log(x->p, "%s", text);
    if (phone_settings(x->p)->legacy_link == LEGACY_UART)
        lg_put_bytes(x, text, strlen(text));
    phone_hang(x->p, "the DRAM code asserts");
}

/* Receives the records: steps 4 to 8. *len is 0 if the host wants what is built in. */
static const uint8_t *receive_records(struct lg *x, uint32_t *len)
{
    uint32_t size = agent_emi_record_size(x->build.emi_version);
    const uint8_t prefix[PREFIX_LEN] = {0};
    if (!size)
        size = RECORD_FALLBACK;
    if (phone_settings(x->p)->emi_prefix)
        lg_put_bytes(x, prefix, sizeof(prefix));
    lg_put_u32(x, size);
    host_agrees(x, "the host's records have another size");
    *len = asks_total(x) ? lg_u32(x) : size;
    if (!*len || *len > RECORDS_MAX)
        phone_hang(x->p, "DRAM settings overrun their buffer");
    lg_reserve(x, *len);
    lg_bytes(x, x->packet, *len);
    lg_sum(x, "EMI_CHECKSUM", sum16(0, x->packet, *len));
    host_agrees(x, "the host does not agree with the sum of its settings");
    return x->packet;
}

/* What the DRAM routine says: 0, or the meaning of the word that goes out. */
static uint32_t run_dram_code(struct lg *x, const uint8_t *records, uint32_t len)
{
    enum agent_emi_verdict v = AGENT_EMI_NO_MATCH; /* nothing is built in */
    unsigned record = 0;
    if (len && all_zero(records, len))
        assert_in_dram_code(x);
    if (len)
        v = agent_emi_records(x->p, records, len, x->build.emi_version, &record);
    uint32_t st = agent_dram_init(x->p, v, x->command);
    if (st == AGENT_DRAM_HANGS)
        phone_hang(x->p, "DRAM calibration hangs");
    if (st == AGENT_DRAM_NO_MATCH)
        return LG_S_DEVICE_NOT_FOUND;
    if (!st)
        phone_log(x->p, "[DA1] DRAM settings record %u", record);
    return st;
}

void lg_enable_dram(struct lg *x)
{
    struct mtksim *p = x->p;
    const uint8_t *records = NULL;
    uint32_t len = 0;
    x->command = "ENABLE_DRAM";
    uint32_t version = lg_u32(x);
    phone_fault(p, FAULT_AT_COMMAND, x->command, LG_ENABLE_DRAM);
    bool built_in = version == LG_EMI_NO_SETTING;
    bool known = built_in || version == x->build.emi_version;
    if (!known)
        phone_log(p, "[DA1] DRAM settings version %u, this agent knows %u", version, x->build.emi_version);
    /* A version that is not known is refused, and the dialogue goes on all the same. */
    if (lg_byte(x, known ? LG_ACK : LG_NACK) > ONE_BYTE)
        phone_hang(p, "ENABLE_DRAM was refused");
    if (!built_in)
        records = receive_records(x, &len);
    uint32_t flags = lg_u32(x);
    phone_log(p, "[DA1] DRAM flags 0x%08X", flags);
    if (lg_word(x, "EXT_RAM", run_dram_code(x, records, len)) != 0)
        phone_hang(p, "no DRAM");
    lg_put_u8(x, LG_RAM_TYPE_DRAM);
    lg_put_u8(x, 0); /* chip select */
    lg_put_u64(x, phone_board(p)->dram.size);
    lg_calibration_words(x);
}
