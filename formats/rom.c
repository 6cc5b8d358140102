/* SPDX-License-Identifier: Apache-2.0 */
/* ROM folders, see rom.h. Names are resolved in rom_path.c, Checksum.ini is read in checksum_ini.c. */
#include "formats/rom.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "formats/checksum_ini.h"
#include "formats/rom_path.h"
#include "protocol/error_index.h"

/* Names of Download Agents (section 7.1), the likeliest first; in the ROM folder itself or in one of these below it. */
static const char *const da_patterns[] = {"MTK_AllInOne_DA.bin", "MTK_AllInOne_DA*.bin", "MTK_DA*.bin",
                                          "DA_*.bin"};
static const char *const da_folders[] = {".", "DA", "download_agent"};

/*
 * The first name in alphabetical order that fits a pattern, case ignored, and how many do. Names that `except` fits are
 * left out. -1 if the folder cannot be read.
 */
static int find_name(const char *dir, const char *pattern, const char *except, char first[256],
                     char second[256])
{
    DIR *d = opendir(dir);
    if (!d)
        return -1;
    int n = 0;
    first[0] = second[0] = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (fnmatch(pattern, e->d_name, FNM_CASEFOLD) != 0 ||
            (except && fnmatch(except, e->d_name, FNM_CASEFOLD) == 0))
            continue;
        n++;
        if (!first[0] || strcmp(e->d_name, first) < 0) {
            memcpy(second, first, 256);
            snprintf(first, 256, "%s", e->d_name);
        } else if (!second[0] || strcmp(e->d_name, second) < 0) {
            snprintf(second, 256, "%s", e->d_name);
        }
    }
    closedir(d);
    return n;
}

static int join(char out[4096], const char *dir, const char *name, struct mtk_error *err)
{
    if (snprintf(out, 4096, "%s/%s", dir, name) >= 4096)
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, name, 0, "the path is too long");
    return 0;
}

/* Exactly one scatter: a folder with two leaves open which phone it is for. */
static int find_scatter(const char *dir, char out[4096], struct mtk_error *err)
{
    static const char *const patterns[] = {"MT*scatter*.txt", "*scatter*.txt"};
    char first[256], second[256];
    for (size_t i = 0; i < 2; i++) {
        int n = find_name(dir, patterns[i], "ota_scatter*", first, second);
        if (n < 0)
            return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, dir, 0, "cannot read the folder: %s",
                                 strerror(errno));
        if (n > 1)
            return mtk_fail_file(
                err, MTK_E_S_DL_SCAT_OPEN_FAIL, dir, 0,
                "the folder has more than one scatter (%.100s, %.100s): name the one that is meant", first,
                second);
        if (n == 1)
            return join(out, dir, first, err);
    }
    if (find_name(dir, "*scatter*.xml", NULL, first, second) > 0)
        return mtk_fail_file(err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, first, 0,
                             "the folder has only an XML scatter; a text scatter is needed");
    return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, dir, 0,
                         "the folder has no scatter file (MT*_scatter.txt)");
}

/* Splits a path into its folder and the scatter in it. */
static int find_place(const char *path, struct mtk_rom *r, char scatter[4096], struct mtk_error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return mtk_fail_file(
            err, errno == ENOENT || errno == ENOTDIR ? MTK_E_MTK_FILE_MISSING : MTK_E_MTK_FILE_UNREADABLE,
            path, 0, "cannot open: %s", strerror(errno));
    if (strlen(path) >= sizeof(r->dir))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "the path is too long");
    strcpy(r->dir, path);
    if (S_ISDIR(st.st_mode))
        return find_scatter(path, scatter, err);
    strcpy(scatter, path);
    char *slash = strrchr(r->dir, '/');
    if (!slash)
        strcpy(r->dir, ".");
    else
        slash[slash == r->dir ? 1 : 0] = 0;
    return 0;
}

static void find_da(struct mtk_rom *r)
{
    char first[256], second[256], dir[4096], name[300];
    for (size_t k = 0; k < sizeof(da_folders) / sizeof(da_folders[0]); k++) {
        if (join(dir, r->dir, da_folders[k], NULL))
            continue;
        for (size_t i = 0; i < sizeof(da_patterns) / sizeof(da_patterns[0]); i++) {
            if (find_name(dir, da_patterns[i], NULL, first, second) < 1)
                continue;
            snprintf(name, sizeof(name), "%s/%s", da_folders[k], first);
            if (mtk_rom_resolve(r->dir, name, r->da_path, NULL) == 0)
                return;
            r->da_path[0] = 0;
        }
    }
}

/* The file of the bootloader row, or the only preloader_*.bin of the folder. */
static void find_preloader(struct mtk_rom *r)
{
    for (size_t i = 0; i < r->scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &r->scatter.rows[i];
        if (strcasecmp(row->name, "preloader") == 0 && row->file_name[0] &&
            mtk_rom_resolve(r->dir, row->file_name, r->preloader_path, NULL) == 0)
            return;
    }
    char first[256], second[256];
    if (find_name(r->dir, "preloader_*.bin", NULL, first, second) != 1 ||
        mtk_rom_resolve(r->dir, first, r->preloader_path, NULL) != 0)
        r->preloader_path[0] = 0;
}

int mtk_rom_open(const char *path, struct mtk_rom *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    char scatter[4096];
    if (find_place(path, out, scatter, err) || mtk_scatter_read(scatter, NULL, &out->scatter, err))
        return -1;
    if (mtk_checksum_ini_switch(out->dir, &out->has_checksums, err)) {
        mtk_rom_release(out);
        return -1;
    }
    find_da(out);
    find_preloader(out);
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
