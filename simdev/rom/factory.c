/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory: fills a new phone's flash from a ROM folder. Partition table with its second copy, the preloader, every
 * image expanded, and then what belongs to this one phone (unique.c, boot_state.h). The vendor of the ROM becomes the
 * phone's vendor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/file.h"
#include "formats/preloader.h"
#include "formats/sparse.h"
#include "protocol/error_index.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/boot_state.h"
#include "simdev/firmware/security.h"
#include "simdev/firmware/state.h"
#include "simdev/rom/factory.h"
#include "simdev/rom/out.h"
#include "simdev/rom/unique.h"

#define BUF_SIZE (1u << 20)

int factory_no_memory(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

int factory_put(struct factory *f, enum board_area area, uint64_t offset, const void *data, size_t len)
{
    struct board *b = f->board;
    int rc = b->storage == BOARD_NAND && area == BOARD_USER ? nand_fill(b, f->flash.map, offset, data, len)
                                                            : flash_write(b->area[area], offset, data, len);
    if (!rc)
        return 0;
    return mtk_fail(f->err, MTK_E_MTK_HOST_IO, MTK_EV_HOST,
                    "%s area of the phone: writing %zu bytes at 0x%llx failed",
                    board_area_name(b->storage, area), len, (unsigned long long)offset);
}

/* ---- the preloader ---- */

/* Header block and image as they stand on flash (2.1, 2.2). malloc'd. */
static uint8_t *with_header(struct factory *f, const struct mtk_preloader *pl, size_t *len)
{
    const struct board *b = f->board;
    size_t head = boot_header_len(b), image = pl->len - pl->gfh_offset;
    uint8_t *data = malloc(head + image);
    if (!data) {
        factory_no_memory(f->err);
        return NULL;
    }
    mtk_preloader_header(boot_device(b), pl->max_size, b->nand.page_size, b->nand.spare_size,
                         b->nand.pages_per_block, data);
    memcpy(data + head, pl->data + pl->gfh_offset, image);
    *len = head + image;
    return data;
}

/* Two copies where there are two boot areas; on NAND one, in the partition that begins the chip. */
static int write_preloader(struct factory *f, const char *path)
{
    struct mtk_blob blob;
    struct mtk_preloader pl;
    size_t len = 0;
    if (mtk_file_read(path, MTK_PRELOADER_MAX_BYTES, &blob, f->err))
        return -1;
    int rc = mtk_preloader_parse(blob.data, blob.len, path, &pl, f->err);
    uint8_t *data = rc ? NULL : with_header(f, &pl, &len);
    rc = data ? 0 : -1;
    for (enum board_area a = BOARD_BOOT1; a <= BOARD_BOOT2 && !rc; a++)
        if (f->board->area[a])
            rc = factory_put(f, a, 0, data, len);
    if (!rc && f->board->storage == BOARD_NAND)
        rc = factory_put(f, BOARD_USER, 0, data, len);
    free(data);
    mtk_blob_release(&blob);
    return rc;
}

/* ---- images ---- */

static int write_extent(struct factory *f, const struct mtk_image *img, const struct mtk_extent *e,
                        uint64_t base)
{
    if (e->kind == MTK_EXTENT_FILL && !e->fill && f->board->storage != BOARD_NAND)
        return 0; /* the area was erased before: it reads as zero already */
    if (e->kind == MTK_EXTENT_FILL)
        for (size_t i = 0; i < BUF_SIZE; i += 4)
            put_le32(f->buf + i, e->fill);
    for (uint64_t done = 0; done < e->size;) {
        size_t n = e->size - done < BUF_SIZE ? (size_t)(e->size - done) : BUF_SIZE;
        if (e->kind == MTK_EXTENT_RAW && mtk_image_read(img, e, e->start + done, f->buf, n, f->err))
            return -1;
        if (factory_put(f, BOARD_USER, base + e->start + done, f->buf, n))
            return -1;
        done += n;
    }
    return 0;
}

static int write_image(struct factory *f, const struct boot_part *part, const char *path)
{
    struct mtk_image img;
    if (mtk_image_open(path, &img, f->err))
        return -1;
    int rc = 0;
    if (img.expanded_size > part->size)
        rc = mtk_fail_file(f->err, MTK_E_MTK_IMAGE_TOO_LARGE, path, 0,
                           "the image has %llu bytes, partition %s only %llu",
                           (unsigned long long)img.expanded_size, part->name, (unsigned long long)part->size);
    for (size_t i = 0; i < img.n_extents && !rc; i++)
        rc = write_extent(f, &img, &img.extents[i], part->start);
    mtk_image_release(&img);
    return rc;
}

static int write_row(struct factory *f, const struct mtk_scatter_row *row)
{
    char path[4096];
    if (mtk_rom_file(&f->rom, row, path, f->err))
        return -1;
    if (row->operation == MTK_OP_BOOTLOADERS)
        return write_preloader(f, path);
    const struct boot_part *part = boot_part_find(&f->flash, row->name);
    if (!part)
        return mtk_fail_file(f->err, MTK_E_MTK_UNSUPPORTED, f->rom.scatter.path, row->line,
                             "the factory cannot fill region %s (%s)", row->region, row->name);
    return write_image(f, part, path);
}

/* ---- what belongs to this phone ---- */

static int write_unique(struct factory *f)
{
    for (size_t i = 0; i < f->flash.n_parts; i++) {
        const struct boot_part *part = &f->flash.part[i];
        size_t n =
            unique_content(part->name, f->board->seed, f->buf, part->size < BUF_SIZE ? part->size : BUF_SIZE);
        if (n && factory_put(f, BOARD_USER, part->start, f->buf, n))
            return -1;
    }
    return 0;
}

/* The lock state, zero up to 0x200 bytes (5.5). */
static int write_lock(struct factory *f)
{
    uint8_t block[0x200] = {0};
    const struct boot_part *part = boot_part_find(&f->flash, "seccfg");
    if (!part)
        part = boot_part_find(&f->flash, "SECCFG");
    boot_lock_write(f->board, block);
    return part && part->size >= sizeof(block) ? factory_put(f, BOARD_USER, part->start, block, sizeof(block))
                                               : 0;
}

/* A phone with two slots leaves the factory with one filled, which has come up in the last test (5.7). */
static int write_slots(struct factory *f)
{
    static const struct boot_slot slots[BOOT_SLOTS] = {{15, 7, true}, {0, 0, false}};
    uint8_t data[BOOT_SLOTS_LEN];
    const struct boot_part *misc = boot_part_find(&f->flash, "misc");
    if (!misc || !boot_part_find(&f->flash, "boot_a") || !range_fits(BOOT_SLOTS_AT, sizeof(data), misc->size))
        return 0;
    boot_slots_write(slots, data);
    return factory_put(f, BOARD_USER, misc->start + BOOT_SLOTS_AT, data, sizeof(data));
}

int factory_adopt_vendor(struct board *b)
{
    struct board_fuses *fuses = &b->fuses;
    struct boot_flash flash;
    uint32_t len;
    if (!fuses->sbc && !fuses->sla && !fuses->daa && !fuses->root_cert && !fuses->da_sla &&
        !fuses->usbdl_secure)
        return 0;
    int rc = boot_flash_open(&flash, b);
    uint8_t *image = rc ? NULL : boot_preloader_image(&flash, &len);
    struct rsa_key *key = image ? security_preloader_key(image, len) : NULL;
    if (key) {
        rsa_key_hash(key, fuses->root_key_hash);
        fuses->has_root_key = true;
    }
    rsa_key_free(key);
    free(image);
    boot_flash_close(&flash);
    return rc;
}

/* ---- the phone ---- */

/* New chips are erased; NAND blocks are erased as they are filled, and keep the marks of those that came bad. */
static int erase(struct factory *f)
{
    struct board *b = f->board;
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++)
        if (b->area[a] && a != BOARD_RPMB && b->storage != BOARD_NAND &&
            flash_erase(b->area[a], 0, flash_size(b->area[a])))
            return mtk_fail(f->err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "%s area of the phone cannot be erased",
                            board_area_name(b->storage, a));
    return 0;
}

static int check_rom(struct factory *f)
{
    const struct mtk_scatter *scatter = &f->rom.scatter;
    const struct board *b = f->board;
    if (strcasecmp(scatter->platform, b->soc->platform))
        return mtk_fail_file(f->err, MTK_E_STATUS_SCATTER_HW_CHIP_ID_MISMATCH, scatter->path, 0,
                             "this ROM is for %s, the phone is an %s", scatter->platform, b->soc->platform);
    if (strcasecmp(scatter->storage, board_storage_name(b->storage)))
        return mtk_fail_file(f->err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, scatter->path, 0,
                             "this ROM is for %s, the phone has %s", scatter->storage,
                             board_storage_name(b->storage));
    return 0;
}

static int fill(struct factory *f)
{
    const struct mtk_scatter *scatter = &f->rom.scatter;
    if (check_rom(f) || erase(f))
        return -1;
    if (boot_flash_open(&f->flash, f->board))
        return factory_no_memory(f->err);
    if (f->flash.map)
        nand_map_scan(f->board, f->flash.map, true);
    if (factory_make_table(f))
        return -1;
    for (size_t i = 0; i < scatter->n_rows; i++)
        if (scatter->rows[i].is_download && scatter->rows[i].file_name[0] && write_row(f, &scatter->rows[i]))
            return -1;
    if (write_unique(f) || write_lock(f) || write_slots(f))
        return -1;
    return factory_adopt_vendor(f->board) ? factory_no_memory(f->err) : 0;
}

/* The section of the phone's storage, if the scatter has it; else whatever it has, which check_rom then names. */
static int open_rom(struct factory *f, const char *dir)
{
    if (mtk_rom_open(dir, &f->rom, f->err))
        return -1;
    const char *storage = board_storage_name(f->board->storage);
    if (!mtk_scatter_has_storage(&f->rom.scatter, storage))
        return 0;
    if (!mtk_rom_select_storage(&f->rom, storage, f->err))
        return 0;
    mtk_rom_release(&f->rom);
    return -1;
}

int state_fill(struct board *b, const char *rom_dir, char *err, size_t err_len)
{
    struct mtk_error e = {0};
    struct factory f = {.board = b, .err = &e};
    int rc = open_rom(&f, rom_dir);
    if (!rc) {
        f.buf = malloc(BUF_SIZE);
        rc = f.buf ? fill(&f) : factory_no_memory(&e);
        boot_flash_close(&f.flash);
        free(f.buf);
        mtk_rom_release(&f.rom);
    }
    if (rc)
        rom_sentence(&e, err, err_len);
    return rc;
}
