/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the files of a ROM, see rom_find.h. */
#include "formats/rom_find.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "formats/flash_xml.h"
#include "formats/rom_path.h"
#include "protocol/error_index.h"

/* Where packages put what belongs to the Download Agent; relative to the scatter's folder. */
static const char *const da_folders[] = {".", "DA", "download_agent"};

/* Names of Download Agents (section 7.1), the likeliest first; of packages of the XML generation the second list goes before. */
static const char *const da_patterns[] = {"MTK_AllInOne_DA.bin", "MTK_AllInOne_DA*.bin", "MTK_DA*.bin",
                                          "DA_*.bin"};
static const char *const da_patterns_xml[] = {"DA_BR.bin", "MTK_DA_V6*.bin"};
static const char *const auth_patterns[] = {"auth_sv5.auth", "*.auth"};
static const char *const cert_patterns[] = {"*.cert"};
static const char *const preloader_patterns[] = {"preloader_*.bin"};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

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

void rom_folder_of(const char *path, char *out)
{
    snprintf(out, 4096, "%s", path);
    char *slash = strrchr(out, '/');
    if (!slash)
        strcpy(out, ".");
    else
        slash[slash == out ? 1 : 0] = 0;
}

/* ---- flash.xml ---- */

/* Takes both files from the flash.xml `name` in the folder `sub` of the ROM `root`. A missing agent is no error here. */
static int take_flash_xml(const char *root, const char *sub, const char *name, struct rom_place *out,
                          struct mtk_error *err)
{
    char folder[4096], path[4096], inside[2048];
    struct mtk_flash_xml xml;
    struct mtk_error why = {0};
    if (join(folder, root, sub, err) || join(path, folder, name, err) || mtk_flash_xml_read(path, &xml, err))
        return -1;
    if (!xml.scatter[0])
        return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, path, 0, "it names no scatter");
    if (mtk_flash_xml_place(sub, xml.scatter, inside, sizeof(inside), err) ||
        mtk_rom_resolve(root, inside, out->scatter, err))
        return -1;
    if (!xml.dagent[0])
        return 0;
    if (mtk_flash_xml_place(sub, xml.dagent, inside, sizeof(inside), err))
        return -1;
    if (mtk_rom_resolve(root, inside, out->dagent, &why)) {
        out->dagent[0] = 0;
        if (mtk_error_is(&why, MTK_E_MTK_FILE_MISSING))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    return 0;
}

/* Looks for a flash.xml in the folders of a ROM: 1 if there was one, 0 if not. */
static int find_flash_xml(const char *root, struct rom_place *out, struct mtk_error *err)
{
    char folder[4096], first[256], second[256];
    for (size_t i = 0; i < LEN(da_folders); i++)
        if (join(folder, root, da_folders[i], NULL) == 0 &&
            find_name(folder, "flash.xml", NULL, first, second) > 0)
            return take_flash_xml(root, da_folders[i], first, out, err) ? -1 : 1;
    return 0;
}

/*
 * A flash.xml that was named itself. Its package is the folder it is in, or the one above if the scatter is there: no
 * file of the package is anywhere else.
 */
static int from_flash_xml(const char *path, struct rom_place *out, struct mtk_error *err)
{
    char folder[4096], root[4096], real[4096];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct mtk_flash_xml xml;
    if (mtk_flash_xml_read(path, &xml, err))
        return -1;
    rom_folder_of(path, folder);
    bool above = strncmp(xml.scatter, "../", 3) == 0 || strncmp(xml.scatter, "..\\", 3) == 0;
    if (!above)
        return take_flash_xml(folder, ".", name, out, err);
    if (!realpath(folder, real))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, folder, 0, "cannot open the folder: %s",
                             strerror(errno));
    rom_folder_of(real, root);
    return take_flash_xml(root, real + strlen(root) + (strcmp(root, "/") != 0), name, out, err);
}

/* ---- scatter ---- */

static int ambiguous(struct mtk_error *err, const char *dir, const char *first, const char *second)
{
    return mtk_fail_file(err, MTK_E_S_DL_SCAT_OPEN_FAIL, dir, 0,
                         "the folder has more than one scatter (%.100s, %.100s): name the one that is meant",
                         first, second);
}

/*
 * A package may hold its scatter in both forms, and then the text one is taken: it is the form of the agents before the
 * XML generation, whose packages have no other. Two phones in one folder are left to the user.
 */
static int check_both_forms(const char *dir, const char *text, const char *xml, struct mtk_error *err)
{
    char path[4096];
    struct mtk_scatter a, b;
    bool same = true;
    if (join(path, dir, text, err) || mtk_scatter_read(path, NULL, &a, err))
        return -1;
    /* One that cannot be read is none that could be meant. */
    if (join(path, dir, xml, NULL) == 0 && mtk_scatter_read(path, NULL, &b, NULL) == 0) {
        same = strcasecmp(a.platform, b.platform) == 0;
        mtk_scatter_release(&b);
    }
    mtk_scatter_release(&a);
    return same ? 0 : ambiguous(err, dir, text, xml);
}

/* The only scatter of a form: 1 and its name, 0 if there is none. */
static int only_scatter(const char *dir, const char *const *patterns, char name[256], struct mtk_error *err)
{
    char second[256];
    for (size_t i = 0; i < 2; i++) {
        int n = find_name(dir, patterns[i], "ota_scatter*", name, second);
        if (n < 0)
            return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, dir, 0, "cannot read the folder: %s",
                                 strerror(errno));
        if (n > 1)
            return ambiguous(err, dir, name, second);
        if (n == 1)
            return 1;
    }
    return 0;
}

static int in_folder(const char *dir, struct rom_place *out, struct mtk_error *err)
{
    static const char *const text_patterns[] = {"MT*scatter*.txt", "*scatter*.txt"};
    static const char *const xml_patterns[] = {"MT*scatter*.xml", "*scatter*.xml"};
    char text[256], xml[256], second[256];
    int n = only_scatter(dir, text_patterns, text, err);
    if (n < 0)
        return -1;
    if (n && find_name(dir, xml_patterns[1], NULL, xml, second) > 0 && check_both_forms(dir, text, xml, err))
        return -1;
    if (n)
        return join(out->scatter, dir, text, err);
    n = find_flash_xml(dir, out, err);
    if (n)
        return n < 0 ? -1 : 0;
    n = only_scatter(dir, xml_patterns, xml, err);
    if (n)
        return n < 0 ? -1 : join(out->scatter, dir, xml, err);
    return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, dir, 0,
                         "the folder has no scatter file (MT*_scatter.txt, MT*_scatter.xml)");
}

int rom_find_scatter(const char *path, struct rom_place *out, struct mtk_error *err)
{
    struct stat st;
    memset(out, 0, sizeof(*out));
    if (stat(path, &st) < 0)
        return mtk_fail_file(
            err, errno == ENOENT || errno == ENOTDIR ? MTK_E_MTK_FILE_MISSING : MTK_E_MTK_FILE_UNREADABLE,
            path, 0, "cannot open: %s", strerror(errno));
    if (strlen(path) >= sizeof(out->scatter))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "the path is too long");
    if (S_ISDIR(st.st_mode))
        return in_folder(path, out, err);
    const char *slash = strrchr(path, '/');
    if (strcasecmp(slash ? slash + 1 : path, "flash.xml") == 0)
        return from_flash_xml(path, out, err);
    strcpy(out->scatter, path);
    return 0;
}

/* ---- what belongs to the agent ---- */

/* The first file of those names below r->dir. A pattern that is not exact counts only if it fits one file. */
static bool find_file(const char *dir, const char *sub, const char *const *patterns, size_t n, bool only,
                      char *out)
{
    char folder[4096], first[256], second[256], name[4096];
    if (join(folder, dir, sub, NULL))
        return false;
    for (size_t i = 0; i < n; i++) {
        int found = find_name(folder, patterns[i], NULL, first, second);
        if (found < 1 || (only && found > 1) || join(name, sub, first, NULL))
            continue;
        if (mtk_rom_resolve(dir, name, out, NULL) == 0)
            return true;
    }
    out[0] = 0;
    return false;
}

/* Of text packages this folder goes before those below it; of XML ones the right name does, wherever it is. */
static void find_da(struct mtk_rom *r)
{
    for (size_t i = 0; r->scatter.xml && i < LEN(da_patterns_xml); i++)
        for (size_t k = 0; k < LEN(da_folders); k++)
            if (find_file(r->dir, da_folders[k], &da_patterns_xml[i], 1, false, r->da_path))
                return;
    for (size_t k = 0; k < LEN(da_folders); k++)
        if (find_file(r->dir, da_folders[k], da_patterns, LEN(da_patterns), false, r->da_path))
            return;
}

/* Credentials are beside the agent, else where an agent could be. */
static void find_credential(const struct mtk_rom *r, const char *const *patterns, size_t n, char *out)
{
    char folder[4096];
    if (r->da_path[0]) {
        rom_folder_of(r->da_path, folder);
        if (find_file(folder, ".", patterns, n, true, out))
            return;
    }
    for (size_t i = 0; i < LEN(da_folders); i++)
        if (find_file(r->dir, da_folders[i], patterns, n, true, out))
            return;
}

void rom_find_agent(struct mtk_rom *r, const struct rom_place *place)
{
    strcpy(r->da_path, place->dagent);
    if (!r->da_path[0])
        find_da(r);
    find_credential(r, auth_patterns, LEN(auth_patterns), r->auth_path);
    find_credential(r, cert_patterns, LEN(cert_patterns), r->cert_path);
}

/* The file of the boot loader's row, or the only preloader_*.bin of the folder. */
void rom_find_preloader(struct mtk_rom *r)
{
    for (size_t i = 0; i < r->scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &r->scatter.rows[i];
        bool preloader = strcasecmp(row->name, "preloader") == 0 || strcasecmp(row->name, "preloader_a") == 0;
        if (preloader && row->file_name[0] &&
            mtk_rom_resolve(r->dir, row->file_name, r->preloader_path, NULL) == 0)
            return;
    }
    find_file(r->dir, ".", preloader_patterns, LEN(preloader_patterns), true, r->preloader_path);
}

bool mtk_rom_further_preloader(const struct mtk_rom *r, const char *after, char *out)
{
    char best[256] = "", path[4096];
    DIR *d = opendir(r->dir);
    out[0] = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        bool later = !after || strcmp(e->d_name, after) > 0, sooner = !*best || strcmp(e->d_name, best) < 0;
        if (!later || !sooner || fnmatch(preloader_patterns[0], e->d_name, FNM_CASEFOLD) != 0 ||
            mtk_rom_resolve(r->dir, e->d_name, path, NULL) < 0 || strcmp(path, r->preloader_path) == 0)
            continue;
        snprintf(best, sizeof(best), "%s", e->d_name);
        strcpy(out, path);
    }
    if (d)
        closedir(d);
    return *best != 0;
}
