/* SPDX-License-Identifier: Apache-2.0 */
/* The block that stands in front of a preloader on flash, see preloader.h. formats.md 2.1, 2.2 and 2.5. */
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "formats/preloader_layout.h"

#define BRLYT_FILL_END 0x400 /* FF up to here, then zero: the header-block files of the preloader sources */

/* Media whose boot areas have a device header and a BRLYT block. */
struct medium {
    const char *name;
    uint32_t unit;  /* read and write unit */
    uint32_t begin; /* of the boot loader, which is the length of the block */
    uint16_t bl_dev;
};
static const struct medium media[] = {
    [MTK_BOOT_EMMC] = {"EMMC_BOOT", 0x200, MTK_PL_HEADER_EMMC, FLASH_DEV_EMMC_BOOT},
    [MTK_BOOT_UFS] = {"UFS_BOOT", 0x1000, 0x1000, BRLYT_DEV_UFS},
};

size_t mtk_preloader_header_len(enum mtk_boot_device dev, uint32_t page)
{
    return dev == MTK_BOOT_NAND ? page : media[dev].begin;
}

static void put_brlyt_form(const struct medium *m, uint32_t max_size, uint8_t *out)
{
    const uint32_t end = m->begin + max_size;
    struct wr w = wr_init(out, m->begin);
    wr_str(&w, m->name, DEV_NAME_LEN);
    wr_le32(&w, 1); /* version */
    wr_le32(&w, m->unit);
    wr_fill(&w, 0xFF, BRLYT_AT - w.pos);
    wr_bytes(&w, BRLYT_NAME, BRLYT_NAME_LEN);
    wr_le32(&w, 1); /* version */
    wr_le32(&w, m->begin);
    wr_le32(&w, end);
    wr_le32(&w, BRLYT_EXISTS);
    wr_le16(&w, m->bl_dev);
    wr_le16(&w, FILE_TYPE_ARM_BL);
    wr_le32(&w, m->begin);
    wr_le32(&w, end);
    wr_le32(&w, 1); /* attribute */
    wr_fill(&w, 0, BRLYT_AT + BRLYT_LEN - w.pos);
    wr_fill(&w, 0xFF, BRLYT_FILL_END - w.pos);
    wr_fill(&w, 0, m->begin - w.pos);
}

static uint16_t log2_of(uint64_t n)
{
    uint16_t shift = 0;
    while (n >>= 1)
        shift++;
    return shift;
}

/* One NFIINFO record for each 128 bytes of the page. Parity stays zero: it is the controller's, as all ECC is. */
static void put_nand_form(uint32_t page, uint32_t spare, uint32_t pages_per_block, uint8_t *out)
{
    memset(out, 0, page);
    for (uint32_t at = 0; at + NFI_LEN <= page; at += NFI_LEN) {
        struct wr w = wr_init(out + at, NFI_LEN);
        wr_str(&w, NFI_NAME, DEV_NAME_LEN);
        wr_str(&w, NFI_VERSION, NFI_VERSION_LEN);
        wr_str(&w, NFI_ID, NFI_ID_LEN);
        wr_le16(&w, 0); /* eight data lines */
        wr_le16(&w, (uint16_t)page);
        wr_le16(&w, 5); /* address cycles */
        wr_le16(&w, (uint16_t)spare);
        wr_le16(&w, (uint16_t)pages_per_block);
        wr_le16(&w, 0); /* blocks of the chip: not known here */
        wr_le16(&w, log2_of(page));
        wr_le16(&w, log2_of((uint64_t)page * pages_per_block));
    }
}

void mtk_preloader_header(enum mtk_boot_device dev, uint32_t max_size, uint32_t page, uint32_t spare,
                          uint32_t pages_per_block, uint8_t *out)
{
    if (dev == MTK_BOOT_NAND)
        put_nand_form(page, spare, pages_per_block, out);
    else
        put_brlyt_form(&media[dev], max_size, out);
}

static bool nand_form_valid(uint32_t page, const uint8_t *block)
{
    static const char text[] = NFI_NAME "\0" NFI_VERSION NFI_ID;
    return page >= NFI_LEN && memcmp(block, text, sizeof(text)) == 0 &&
           get_le16(block + NFI_OFF_PAGE) == page;
}

bool mtk_preloader_header_valid(enum mtk_boot_device dev, uint32_t page, const uint8_t *block, size_t len)
{
    if (len < mtk_preloader_header_len(dev, page))
        return false;
    if (dev == MTK_BOOT_NAND)
        return nand_form_valid(page, block);
    const struct medium *m = &media[dev];
    char name[DEV_NAME_LEN] = {0};
    memcpy(name, m->name, strlen(m->name));
    const uint8_t *b = block + BRLYT_AT;
    return memcmp(block, name, sizeof(name)) == 0 && get_le32(block + DEV_NAME_LEN) == 1 &&
           memcmp(b, BRLYT_NAME, BRLYT_NAME_LEN) == 0 && get_le32(b + BRLYT_VERSION) == 1 &&
           get_le32(b + BRLYT_BOOT) == m->begin && get_le32(b + BRLYT_MAIN) > m->begin &&
           get_le32(b + BRLYT_DESC) == BRLYT_EXISTS && get_le32(b + BRLYT_DESC + 8) == m->begin;
}

void mtk_preloader_header_emmc(uint32_t max_size, uint8_t out[MTK_PL_HEADER_EMMC])
{
    put_brlyt_form(&media[MTK_BOOT_EMMC], max_size, out);
}

bool mtk_preloader_header_emmc_valid(const uint8_t *block, size_t len)
{
    return mtk_preloader_header_valid(MTK_BOOT_EMMC, 0, block, len);
}
