/* SPDX-License-Identifier: Apache-2.0 */
/* ROM folders, see rom.h. Their files are found in rom_find.c, names are resolved in rom_path.c. */
#include "formats/rom.h"

#include <string.h>
#include <strings.h>

#include "formats/checksum_ini.h"
#include "formats/rom_find.h"
#include "formats/rom_path.h"
#include "protocol/error_index.h"

int mtk_rom_open_for(const char *path, const char *storage, struct mtk_rom *out, struct mtk_error *err)
{
    struct rom_place place;
    memset(out, 0, sizeof(*out));
    if (rom_find_scatter(path, &place, err) || mtk_scatter_read(place.scatter, storage, &out->scatter, err))
        return -1;
    rom_folder_of(place.scatter, out->dir);
    if (mtk_checksum_ini_switch(out->dir, &out->has_checksums, err)) {
        mtk_rom_release(out);
        return -1;
    }
    rom_find_agent(out, &place);
    rom_find_preloader(out);
    return 0;
}

int mtk_rom_open(const char *path, struct mtk_rom *out, struct mtk_error *err)
{
    return mtk_rom_open_for(path, NULL, out, err);
}

int mtk_rom_select_storage(struct mtk_rom *r, const char *storage, struct mtk_error *err)
{
    struct mtk_scatter other;
    if (r->scatter.n_storages < 2 || strcasecmp(r->scatter.storage, storage) == 0)
        return 0;
    if (mtk_scatter_read(r->scatter.path, storage, &other, err))
        return -1;
    mtk_scatter_release(&r->scatter);
    r->scatter = other;
    rom_find_preloader(r);
    return 0;
}

void mtk_rom_release(struct mtk_rom *r)
{
    mtk_scatter_release(&r->scatter);
}

int mtk_rom_file(const struct mtk_rom *r, const struct mtk_scatter_row *row, char *out, struct mtk_error *err)
{
    struct mtk_error why = {0};
    out[0] = 0;
    if (!row->file_name[0])
        return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, r->scatter.path, row->line,
                             "the scatter names no file for partition \"%s\"", row->name);
    if (mtk_rom_resolve(r->dir, row->file_name, out, &why) == 0)
        return 0;
    if (err) {
        /* The same finding, told from the side of the scatter: which line asked for that file. */
        mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, r->scatter.path, row->line, "partition \"%s\": %.250s",
                      row->name, why.what);
        err->row = why.row;
    }
    return -1;
}

int mtk_rom_checksum(const struct mtk_rom *r, const char *partition, uint16_t *sum, struct mtk_error *err)
{
    if (!r->has_checksums)
        return 0;
    return mtk_checksum_ini_find(r->dir, partition, sum, err);
}
