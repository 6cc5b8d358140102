/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/board/board.h"

#include <string.h>

#include "base/clock.h"
#include "base/prng.h"

const char *const board_area_names[BOARD_AREAS] = {"boot1", "boot2", "rpmb", "user"};

struct flash_area *board_area_by_name(struct board *b, const char *name)
{
    for (size_t i = 0; name && i < BOARD_AREAS; i++)
        if (!strcmp(name, board_area_names[i]))
            return b->area[i];
    return NULL;
}

/* CRC-7 of the eMMC standard (x^7 + x^3 + 1), as the last byte of CID holds it, with the end bit set. */
static uint8_t cid_crc7(const uint8_t *p, size_t n)
{
    uint8_t crc = 0;
    for (size_t i = 0; i < n; i++)
        for (int bit = 7; bit >= 0; bit--) {
            uint8_t in = (uint8_t)((p[i] >> bit) & 1);
            uint8_t top = (uint8_t)(((crc >> 6) & 1) ^ in);
            crc = (uint8_t)((crc << 1) & 0x7F);
            if (top)
                crc ^= 0x09;
        }
    return (uint8_t)((crc << 1) | 1);
}

void board_emmc_cid(const struct soc_profile *soc, uint64_t seed, uint8_t cid[16])
{
    struct prng r = prng_init(seed ^ UINT64_C(0x434944));
    memset(cid, 0, 16);
    cid[0] = soc->emmc_mid;
    cid[1] = 0x01; /* soldered (BGA) */
    memcpy(cid + 3, soc->emmc_name, 6);
    cid[9] = (uint8_t)(1 + prng_below(&r, 8));                              /* product revision */
    prng_bytes(&r, cid + 10, 4);                                            /* serial number */
    cid[14] = (uint8_t)((1 + prng_below(&r, 12)) << 4 | prng_below(&r, 8)); /* month and year */
    cid[15] = cid_crc7(cid, 15);
}

void board_init(struct board *b, const struct soc_profile *soc, uint64_t seed)
{
    /* Every register of the phone draws from its own stream, so that adding one does not change the others. */
    struct prng ids = prng_init(seed ^ UINT64_C(0x494453));
    memset(b, 0, sizeof *b);
    b->soc = soc;
    b->chip = soc_chip(soc);
    b->seed = seed;
    b->dram.type = soc->dram_type;
    b->dram.size = soc->dram_size;
    board_emmc_cid(soc, seed, b->emmc.cid);
    b->emmc.fw_version[0] = (uint8_t)(1 + prng_below(&ids, 9));
    b->emmc.pre_eol = 1; /* EXT_CSD: normal, 0..10 % of the life used */
    b->emmc.life_a = 1;
    b->emmc.life_b = 1;
    prng_bytes(&ids, b->me_id, sizeof b->me_id);
    prng_bytes(&ids, b->soc_id, sizeof b->soc_id);
    prng_bytes(&ids, b->random_id, sizeof b->random_id);
    prng_bytes(&ids, b->hrid, sizeof b->hrid);
    b->battery_mv = (uint32_t)(3700 + prng_below(&ids, 400));
    board_power_cycle(b);
}

int board_fit_flash(struct board *b, uint64_t user_size)
{
    uint64_t sizes[BOARD_AREAS] = {
        [BOARD_BOOT1] = b->soc->emmc_boot,
        [BOARD_BOOT2] = b->soc->emmc_boot,
        [BOARD_RPMB] = b->soc->emmc_rpmb,
        [BOARD_USER] = user_size ? user_size : b->soc->emmc_user,
    };
    for (size_t i = 0; i < BOARD_AREAS; i++)
        if (!b->area[i] && !(b->area[i] = flash_new(sizes[i])))
            return -1;
    return 0;
}

int board_clone(struct board *out, const struct board *b)
{
    *out = *b;
    memset(out->area, 0, sizeof out->area);
    for (size_t i = 0; i < BOARD_AREAS; i++)
        if (b->area[i] && !(out->area[i] = flash_clone(b->area[i]))) {
            board_release(out);
            return -1;
        }
    return 0;
}

void board_release(struct board *b)
{
    for (size_t i = 0; i < BOARD_AREAS; i++) {
        if (b->area[i])
            flash_free(b->area[i]);
        b->area[i] = NULL;
    }
}

void board_reset(struct board *b)
{
    b->dram.up = false;
    if (!b->usbdl_flag_kept)
        b->usbdl_flag = 0;
    b->usbdl_flag_kept = false;
    /* Out of reset the RGU counts with its longest period; whoever runs has to stop or kick it (7.4). */
    b->wdt_enabled = true;
    b->wdt_deadline = NS_NEVER;
    b->wdt_period = 10 * NS_PER_S;
}

void board_power_cycle(struct board *b)
{
    b->usbdl_flag_kept = false;
    b->wdt_status = 0;
    board_reset(b);
}
