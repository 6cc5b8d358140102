/* SPDX-License-Identifier: Apache-2.0 */
/* DOWNLOAD_BLOADER: the preloader with its header block, to where the boot ROM looks for it. da-legacy.md 5.13. */
#include "simdev/firmware/agents/legacy.h"

#include <string.h>

#include "formats/preloader.h"

#define LOADERS_MAX  8u
#define KEY_HASH_LEN 32u

/* flash_dev of GFH [5.13]. */
enum flash_dev { DEV_NAND_FIRST = 2, DEV_NAND_LAST = 4, DEV_EMMC_BOOT = 5 };

/* A loader that will come. */
struct loader {
    bool present;
    uint8_t dev;
    uint32_t max_size, size;
};

/* Some agents want to know the vendor's key before anything else. */
static bool key_is_right(struct lg *x)
{
    const struct board_fuses *f = &phone_board(x->p)->fuses;
    uint8_t hash[KEY_HASH_LEN];
    uint32_t len = lg_u32(x);
    lg_bytes(x, hash, sizeof(hash));
    bool good = len == sizeof(hash) && (!f->has_root_key || !memcmp(hash, f->root_key_hash, sizeof(hash)));
    return lg_word(x, "KEY_HASH", good ? 0 : LG_S_PL_VALIDATION_FAIL) == 0 && good;
}

static bool device_fits(const struct lg *x, uint8_t dev)
{
    return lg_is_nand(x) ? dev >= DEV_NAND_FIRST && dev <= DEV_NAND_LAST : dev == DEV_EMMC_BOOT;
}

/* Is there a header block already? */
static bool header_there(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    bool nand = lg_is_nand(x);
    enum mtk_boot_device dev = nand ? MTK_BOOT_NAND : MTK_BOOT_EMMC;
    size_t len = mtk_preloader_header_len(dev, b->nand.page_size);
    struct ag_place place;
    lg_reserve(x, len);
    return ag_place_range(x->p, nand ? BOARD_USER : BOARD_BOOT1, 0, len, &place) == AG_OK &&
           ag_read(x->p, &place, 0, x->packet, len) == AG_OK &&
           mtk_preloader_header_valid(dev, b->nand.page_size, x->packet, len);
}

static struct loader take_row(struct lg *x)
{
    struct loader l = {.present = lg_u8(x) == LG_ACK};
    if (!l.present)
        return l;
    l.dev = lg_u8(x);
    lg_u16(x);             /* type */
    lg_skip(x, 4 + 4 + 4); /* begin, boundary, attribute */
    l.max_size = lg_u32(x);
    lg_skip(x, 1 + 4 + 4); /* anti-clone: enabled, offset, length */
    l.size = lg_u32(x);
    lg_skip(x, 1 + 1); /* reserved blocks, alignment */
    return l;
}

/* Takes the rows; *only is the one loader that this storage has a place for. */
static bool take_rows(struct lg *x, uint32_t n, const struct ag_place *place, struct loader *only)
{
    *only = (struct loader){0};
    for (uint32_t i = 0; i < n; i++) {
        struct loader l = take_row(x);
        uint32_t st = 0;
        if (l.present && !device_fits(x, l.dev))
            st = LG_S_STORAGE_NOT_MATCH;
        else if (l.present && only->present)
            st = LG_S_PART_NO_SPACE;
        else if (l.present && (!l.size || l.size > place->size || (l.max_size && l.size > l.max_size)))
            st = LG_S_INVALID_RANGE;
        else if (l.present)
            *only = l;
        if (!lg_settle(x, st))
            return false;
    }
    return true;
}

static bool receive_loader(struct lg *x, const struct ag_place *place, const struct loader *l,
                           uint32_t packet)
{
    x->info_status = "BL_START";
    lg_sink_begin(x, place, AG_FORM_PRELOADER, l->size, false);
    if (!lg_receive(x, l->size, packet, true, NULL))
        return false;
    x->command = "BLOADER_POST_PROCESS";
    uint32_t st = lg_status_of(x, ag_sink_finish(x->sink), LG_USE_WRITE);
    x->info_status = st ? "DL_ERROR" : "BL_DONE";
    return lg_settle(x, st);
}

void lg_download_bloader(struct lg *x)
{
    struct ag_place place = {0};
    struct loader only;
    enum ag_result r = ag_has_storage(x->p) ? ag_place_name(x->p, "preloader", &place) : AG_NO_STORAGE;
    if (r == AG_OK)
        r = ag_policy(x->p, &place, AG_DOWNLOAD);
    if (!lg_settle(x, lg_status_of(x, r, LG_USE_WRITE)))
        return;
    lg_phone_info(x);
    if (phone_settings(x->p)->bl_key_check && !key_is_right(x))
        return;
    uint32_t packet = lg_u32(x);
    uint8_t dev = lg_u8(x);
    bool packet_fits = packet && packet <= LG_READ_MAX;
    if (!lg_settle(x, !packet_fits          ? LG_S_INVALID_ARGUMENTS
                      : device_fits(x, dev) ? 0u
                                            : LG_S_STORAGE_NOT_MATCH))
        return;
    uint8_t header = header_there(x) ? LG_CONT : LG_ACK;
    if (lg_named_byte(x, "HEADER_BLOCK", header) != header)
        return;
    uint32_t n = lg_u32(x);
    if (n > LOADERS_MAX) {
        lg_refuse(x, LG_S_INVALID_ARGUMENTS);
        return;
    }
    if (!take_rows(x, n, &place, &only) || !lg_ack(x))
        return;
    if (only.present ? receive_loader(x, &place, &only, packet) : lg_ack(x))
        lg_put_u32(x, 0); /* bootloader status */
}
