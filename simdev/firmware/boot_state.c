/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/firmware/boot_state.h"

#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

#define SLOTS_MAGIC    "\0AB0"
#define SLOTS_VERSION  1
#define SLOTS_FIRST    8u
#define SLOT_LEN       4u
#define PRIORITY_MAX   15
#define TRIES_MAX      7
#define CRITICAL_OPEN  1
#define CRITICAL_CLOSE 2

/* ---- seccfg ---- */

/* Stands for the chip's security engine: with this the digest in seccfg is enciphered, differently on each phone. */
static void seal_mask(const struct board *b, uint8_t mask[32])
{
    static const char purpose[] = "seccfg";
    uint8_t text[sizeof(b->soc_id) + sizeof(b->hrid) + sizeof(purpose)];
    memcpy(text, b->soc_id, sizeof(b->soc_id));
    memcpy(text + sizeof(b->soc_id), b->hrid, sizeof(b->hrid));
    memcpy(text + sizeof(b->soc_id) + sizeof(b->hrid), purpose, sizeof(purpose));
    sha256_buf(text, sizeof(text), mask);
}

void boot_lock_write(const struct board *b, uint8_t out[MTK_SECCFG_V4_LEN])
{
    uint8_t mask[32];
    seal_mask(b, mask);
    if (b->fuses.sbc)
        mtk_seccfg_write(MTK_LOCK_LOCKED, CRITICAL_CLOSE, mask, out);
    else
        mtk_seccfg_write(MTK_LOCK_UNLOCKED, CRITICAL_OPEN, mask, out);
}

static bool blank(const uint8_t *p, size_t n)
{
    return n && (p[0] == 0x00 || p[0] == 0xff) && !memcmp(p, p + 1, n - 1);
}

enum boot_lock boot_lock_read(const struct board *b, const uint8_t *data, size_t len)
{
    struct mtk_seccfg s;
    uint8_t mask[32], genuine[MTK_SECCFG_V4_LEN];
    if (blank(data, len))
        return BOOT_LOCK_NONE;
    if (!mtk_seccfg_parse(data, len, &s) || s.version != 4)
        return BOOT_LOCK_DAMAGED;
    seal_mask(b, mask);
    mtk_seccfg_write(s.lock_state, s.critical_lock, mask, genuine);
    if (memcmp(genuine, data, sizeof(genuine)) != 0)
        return BOOT_LOCK_DAMAGED;
    return s.lock_state == MTK_LOCK_UNLOCKED ? BOOT_LOCK_OPEN : BOOT_LOCK_CLOSED;
}

/* ---- slots ---- */

void boot_slots_write(const struct boot_slot slot[BOOT_SLOTS], uint8_t out[BOOT_SLOTS_LEN])
{
    memset(out, 0, BOOT_SLOTS_LEN);
    memcpy(out, SLOTS_MAGIC, 4);
    out[4] = SLOTS_VERSION;
    for (unsigned i = 0; i < BOOT_SLOTS; i++) {
        uint8_t *p = out + SLOTS_FIRST + i * SLOT_LEN;
        p[0] = slot[i].priority;
        p[1] = slot[i].tries;
        p[2] = slot[i].successful;
    }
    put_be32(out + BOOT_SLOTS_LEN - 4, crc32_buf(0, out, BOOT_SLOTS_LEN - 4));
}

bool boot_slots_read(const uint8_t in[BOOT_SLOTS_LEN], struct boot_slot slot[BOOT_SLOTS])
{
    if (memcmp(in, SLOTS_MAGIC, 4) != 0 || in[4] != SLOTS_VERSION ||
        get_be32(in + BOOT_SLOTS_LEN - 4) != crc32_buf(0, in, BOOT_SLOTS_LEN - 4)) {
        for (unsigned i = 0; i < BOOT_SLOTS; i++)
            slot[i] = (struct boot_slot){(uint8_t)(PRIORITY_MAX - i), TRIES_MAX, false};
        return false;
    }
    for (unsigned i = 0; i < BOOT_SLOTS; i++) {
        const uint8_t *p = in + SLOTS_FIRST + i * SLOT_LEN;
        slot[i] = (struct boot_slot){p[0], p[1], p[2] != 0};
    }
    return true;
}

bool boot_slot_bootable(const struct boot_slot *s)
{
    return s->priority && (s->tries || s->successful);
}
