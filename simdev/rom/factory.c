/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory: fills a new phone's flash from a ROM folder. Partition table, both boot copies, every image expanded,
 * and then what belongs to this one phone (unique.c).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/file.h"
#include "formats/gpt.h"
#include "formats/preloader.h"
#include "formats/rom.h"
#include "formats/sparse.h"
#include "protocol/error_index.h"
#include "simdev/firmware/state.h"
#include "simdev/rom/out.h"
#include "simdev/rom/unique.h"

#define BLOCK    512u
#define BUF_SIZE (1u << 20)

struct factory {
    struct board *board;
    struct mtk_rom rom;
    struct mtk_gpt table; /* of the user area */
    uint8_t *buf;         /* BUF_SIZE bytes */
    struct mtk_error *err;
};

static int put(struct factory *f, enum board_area area, uint64_t offset, const void *data, size_t len)
{
    if (!flash_write(f->board->area[area], offset, data, len))
        return 0;
    return mtk_fail(f->err, MTK_E_MTK_HOST_IO, MTK_EV_HOST,
                    "%s area of the phone: writing %zu bytes at 0x%llx failed", board_area_names[area], len,
                    (unsigned long long)offset);
}

static int no_memory(struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
}

/* ---- partition table ---- */

static bool in_table(const struct mtk_scatter_row *row)
{
    const char *area = mtk_region_area(row->region);
    return area && !strcmp(area, "user") && strcmp(row->name, "pgpt") && strcmp(row->name, "sgpt");
}

/* The last partition before the reserved ones takes all the space that the storage has (section 4.6). */
static void grow_last(struct mtk_gpt *table, size_t n_plain)
{
    if (!n_plain || n_plain == table->n_entries)
        return;
    struct mtk_gpt_entry *last = &table->entries[n_plain - 1];
    uint64_t end = table->entries[n_plain].start;
    if (end > last->start + last->size)
        last->size = end - last->start;
}

static int make_table(struct factory *f)
{
    const struct mtk_scatter *scatter = &f->rom.scatter;
    uint64_t disk = flash_size(f->board->area[BOARD_USER]);
    size_t n_plain = 0;
    f->table = (struct mtk_gpt){.block_size = BLOCK, .disk_size = disk};
    f->table.entries = calloc(scatter->n_rows ? scatter->n_rows : 1, sizeof(*f->table.entries));
    if (!f->table.entries)
        return no_memory(f->err);
    for (size_t i = 0; i < scatter->n_rows; i++) {
        const struct mtk_scatter_row *row = &scatter->rows[i];
        if (!in_table(row))
            continue;
        struct mtk_gpt_entry *e = &f->table.entries[f->table.n_entries];
        if (mtk_scatter_resolve(scatter, row, disk, &e->start, &e->size, f->err))
            return -1;
        memcpy(e->name, row->name, sizeof(row->name));
        f->table.n_entries++;
        if (!row->is_reserved)
            n_plain = f->table.n_entries;
    }
    grow_last(&f->table, n_plain);
    return 0;
}

static int write_table(struct factory *f)
{
    uint8_t *primary, *backup;
    size_t primary_len, backup_len;
    if (mtk_gpt_write(&f->table, f->board->seed, &primary, &primary_len, &backup, &backup_len, f->err))
        return -1;
    int rc = put(f, BOARD_USER, 0, primary, primary_len);
    if (!rc)
        rc = put(f, BOARD_USER, f->table.disk_size - backup_len, backup, backup_len);
    free(primary);
    free(backup);
    return rc;
}

/* ---- images ---- */

/* The preloader stands behind a header block in both boot areas (2.1, 2.2). */
static int write_preloader(struct factory *f, const char *path)
{
    struct mtk_blob blob;
    struct mtk_preloader pl;
    uint8_t header[MTK_PL_HEADER_EMMC];
    if (mtk_file_read(path, MTK_PRELOADER_MAX_BYTES, &blob, f->err))
        return -1;
    int rc = mtk_preloader_parse(blob.data, blob.len, path, &pl, f->err);
    if (!rc) {
        mtk_preloader_header_emmc(pl.max_size, header);
        for (enum board_area a = BOARD_BOOT1; a <= BOARD_BOOT2 && !rc; a++) {
            rc = put(f, a, 0, header, sizeof(header));
            if (!rc)
                rc = put(f, a, sizeof(header), blob.data + pl.gfh_offset, blob.len - pl.gfh_offset);
        }
    }
    mtk_blob_release(&blob);
    return rc;
}

static int write_extent(struct factory *f, const struct mtk_image *img, const struct mtk_extent *e,
                        uint64_t base)
{
    if (e->kind == MTK_EXTENT_FILL && !e->fill)
        return 0; /* the area was erased before: it reads as zero already */
    if (e->kind == MTK_EXTENT_FILL)
        for (size_t i = 0; i < BUF_SIZE; i += 4)
            put_le32(f->buf + i, e->fill);
    for (uint64_t done = 0; done < e->size;) {
        size_t n = e->size - done < BUF_SIZE ? (size_t)(e->size - done) : BUF_SIZE;
        if (e->kind == MTK_EXTENT_RAW && mtk_image_read(img, e, e->start + done, f->buf, n, f->err))
            return -1;
        if (put(f, BOARD_USER, base + e->start + done, f->buf, n))
            return -1;
        done += n;
    }
    return 0;
}

static int write_image(struct factory *f, const struct mtk_gpt_entry *part, const char *path)
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
    const struct mtk_gpt_entry *part = mtk_gpt_find(&f->table, row->name);
    if (!part)
        return mtk_fail_file(f->err, MTK_E_MTK_UNSUPPORTED, f->rom.scatter.path, row->line,
                             "the factory cannot fill region %s (%s)", row->region, row->name);
    return write_image(f, part, path);
}

/* ---- the phone ---- */

static int write_unique(struct factory *f)
{
    for (size_t i = 0; i < f->table.n_entries; i++) {
        const struct mtk_gpt_entry *part = &f->table.entries[i];
        size_t n =
            unique_content(part->name, f->board->seed, f->buf, part->size < BUF_SIZE ? part->size : BUF_SIZE);
        if (n && put(f, BOARD_USER, part->start, f->buf, n))
            return -1;
    }
    return 0;
}

static int fill(struct factory *f)
{
    const struct mtk_scatter *scatter = &f->rom.scatter;
    if (strcasecmp(scatter->platform, f->board->soc->platform))
        return mtk_fail_file(f->err, MTK_E_STATUS_SCATTER_HW_CHIP_ID_MISMATCH, scatter->path, 0,
                             "this ROM is for %s, the phone is an %s", scatter->platform,
                             f->board->soc->platform);
    for (size_t a = 0; a < BOARD_AREAS; a++)
        if (a != BOARD_RPMB && flash_erase(f->board->area[a], 0, flash_size(f->board->area[a])))
            return mtk_fail(f->err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "%s area of the phone cannot be erased",
                            board_area_names[a]);
    if (make_table(f) || write_table(f))
        return -1;
    for (size_t i = 0; i < scatter->n_rows; i++)
        if (scatter->rows[i].is_download && scatter->rows[i].file_name[0] && write_row(f, &scatter->rows[i]))
            return -1;
    return write_unique(f);
}

int state_fill(struct board *b, const char *rom_dir, char *err, size_t err_len)
{
    struct mtk_error e = {0};
    struct factory f = {.board = b, .err = &e};
    int rc = mtk_rom_open(rom_dir, &f.rom, &e);
    if (!rc) {
        f.buf = malloc(BUF_SIZE);
        rc = f.buf ? fill(&f) : no_memory(&e);
        free(f.table.entries);
        free(f.buf);
        mtk_rom_release(&f.rom);
    }
    if (rc)
        rom_sentence(&e, err, err_len);
    return rc;
}
