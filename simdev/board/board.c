/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/board/board.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/prng.h"

#define NAND_PAGE            2048u
#define NAND_SPARE           64u
#define NAND_PAGES_PER_BLOCK 64u
#define NAND_BLOCK           (NAND_PAGE * NAND_PAGES_PER_BLOCK)
#define NAND_POOL_SHARE \
    51u /* one block of so many is in the pool: 80 of 4096, as firmware of that time had */
#define NAND_SURE_BLOCKS 8u /* makers guarantee the first ones, or no boot ROM could start from them */

/* ---- names ---- */

static const char *const storage_names[] = {
    [BOARD_EMMC] = "emmc", [BOARD_UFS] = "ufs", [BOARD_NAND] = "nand"};

static const char *const area_names[][BOARD_AREAS] = {
    [BOARD_EMMC] =
        {[BOARD_BOOT1] = "boot1", [BOARD_BOOT2] = "boot2", [BOARD_RPMB] = "rpmb", [BOARD_USER] = "user"},
    [BOARD_UFS] = {[BOARD_BOOT1] = "lu0", [BOARD_BOOT2] = "lu1", [BOARD_RPMB] = "rpmb", [BOARD_USER] = "lu2"},
    [BOARD_NAND] = {[BOARD_USER] = "nand", [BOARD_OOB] = "oob"},
};

const char *board_area_name(enum board_storage s, enum board_area a)
{
    return area_names[s][a];
}

const char *board_storage_name(enum board_storage s)
{
    return storage_names[s];
}

bool board_storage_by_name(const char *word, enum board_storage *out)
{
    for (size_t i = 0; word && i < sizeof storage_names / sizeof *storage_names; i++)
        if (!strcasecmp(word, storage_names[i])) {
            *out = (enum board_storage)i;
            return true;
        }
    return false;
}

/* ---- storage chips ---- */

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

/* UFS devices by the maker whose eMCPs the profile's phones have. */
static const struct {
    uint8_t emmc_mid;
    uint16_t manufacturer; /* wManufacturerID of the device descriptor */
    char product[17];
} ufs_chips[] = {
    {0x15, 0x01CE, "KM5V8001DM-B622"}, {0x90, 0x01AD, "H9HQ15AFAMBDAR"}, {0x13, 0x012C, "MT128GASAO4U21"}};

static void make_ufs(struct board *b)
{
    struct prng r = prng_init(b->seed ^ UINT64_C(0x554653));
    size_t k = 0;
    for (size_t i = 0; i < sizeof ufs_chips / sizeof *ufs_chips; i++)
        if (ufs_chips[i].emmc_mid == b->soc->emmc_mid)
            k = i;
    b->ufs.manufacturer = ufs_chips[k].manufacturer;
    memcpy(b->ufs.product, ufs_chips[k].product, sizeof b->ufs.product);
    snprintf(b->ufs.fw_version, sizeof b->ufs.fw_version, "%02u%02u", 1 + (unsigned)prng_below(&r, 9),
             (unsigned)prng_below(&r, 10));
    for (size_t i = 0; i + 1 < sizeof b->ufs.serial; i++)
        b->ufs.serial[i] = "0123456789ABCDEF"[prng_below(&r, 16)];
}

/* An SLC NAND of 4 Gbit with 2 KiB pages, as phones of the time had. */
static void make_nand(struct board *b)
{
    static const uint8_t id[] = {0x2C, 0xDC, 0x90, 0x95, 0x56};
    b->nand.page_size = NAND_PAGE;
    b->nand.spare_size = NAND_SPARE;
    b->nand.pages_per_block = NAND_PAGES_PER_BLOCK;
    memcpy(b->nand.id, id, sizeof id);
    b->nand.id_len = sizeof id;
    b->nand.pool_blocks = (uint32_t)(b->soc->nand_size / NAND_BLOCK / NAND_POOL_SHARE);
}

bool board_set_storage(struct board *b, enum board_storage s)
{
    /* High byte of the type in EMI records: what shares the package with the DRAM (formats.md 2.4). */
    static const uint32_t package[] = {[BOARD_EMMC] = 0x0200, [BOARD_UFS] = 0x0300, [BOARD_NAND] = 0x0100};
    if (!(b->soc->storages & 1u << s))
        return false;
    b->storage = s;
    if (b->dram.type & 0xFF00)
        b->dram.type = (b->dram.type & 0xFF) | package[s];
    memset(&b->ufs, 0, sizeof b->ufs);
    memset(&b->nand, 0, sizeof b->nand);
    if (s == BOARD_UFS)
        make_ufs(b);
    if (s == BOARD_NAND)
        make_nand(b);
    return true;
}

size_t board_storage_id(const struct board *b, uint8_t out[16])
{
    size_t n = 16;
    memset(out, 0, 16);
    if (b->storage == BOARD_EMMC) {
        memcpy(out, b->emmc.cid, 16);
    } else if (b->storage == BOARD_UFS) {
        n = strlen(b->ufs.product);
        memcpy(out, b->ufs.product, n);
    } else {
        n = b->nand.id_len;
        memcpy(out, b->nand.id, n);
    }
    return n;
}

uint32_t board_block_size(const struct board *b)
{
    return b->storage == BOARD_EMMC ? 512 : b->storage == BOARD_UFS ? 4096 : b->nand.page_size;
}

uint8_t board_erased_value(const struct board *b)
{
    return b->storage == BOARD_NAND ? 0xFF : 0;
}

/* ---- the board ---- */

void board_init(struct board *b, const struct soc_profile *soc, uint64_t seed)
{
    /* Every register of the phone draws from its own stream, so that adding one does not change the others. */
    struct prng ids = prng_init(seed ^ UINT64_C(0x494453));
    memset(b, 0, sizeof *b);
    b->soc = soc;
    b->chip = soc_chip(soc);
    b->seed = seed;
    b->table_pmt = soc->table_pmt;
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
    for (enum board_storage s = BOARD_EMMC; s <= BOARD_NAND && !board_set_storage(b, s); s++)
        ;
    board_power_cycle(b);
}

uint64_t board_area_size(const struct board *b, enum board_area a, uint64_t user_size)
{
    const struct soc_profile *soc = b->soc;
    bool ufs = b->storage == BOARD_UFS;
    uint64_t user = user_size                  ? user_size
                    : b->storage == BOARD_NAND ? soc->nand_size
                    : ufs                      ? soc->ufs_user
                                               : soc->emmc_user;
    if (!board_area_name(b->storage, a))
        return 0;
    switch (a) {
    case BOARD_BOOT1:
    case BOARD_BOOT2:
        return ufs ? soc->ufs_boot : soc->emmc_boot;
    case BOARD_RPMB:
        return soc->emmc_rpmb;
    case BOARD_OOB:
        return user / b->nand.page_size * b->nand.spare_size;
    default:
        return user;
    }
}

int board_fit_flash(struct board *b, uint64_t user_size)
{
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++) {
        uint64_t size = board_area_size(b, a, user_size);
        if (size && !b->area[a] && !(b->area[a] = flash_new_erased(size, board_erased_value(b))))
            return -1;
    }
    return board_mark_factory_bad(b);
}

int board_mark_factory_bad(struct board *b)
{
    if (b->storage != BOARD_NAND)
        return 0;
    uint64_t blocks = flash_size(b->area[BOARD_USER]) / NAND_BLOCK;
    if (blocks <= NAND_SURE_BLOCKS)
        return 0;
    struct prng r = prng_init(b->seed ^ UINT64_C(0x4E414E44));
    unsigned bad = 2 + (unsigned)prng_below(&r, 3);
    while (bad--) {
        uint64_t block = NAND_SURE_BLOCKS + prng_below(&r, blocks - NAND_SURE_BLOCKS);
        if (flash_write(b->area[BOARD_OOB], block * NAND_PAGES_PER_BLOCK * NAND_SPARE, "", 1))
            return -1;
    }
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
