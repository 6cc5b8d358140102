/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving names inside a ROM folder, see rom_path.h. */
#include "formats/rom_path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "protocol/error_index.h"

static int escapes(struct mtk_error *err, const char *name, const char *why)
{
    return mtk_fail_file(err, MTK_E_MTK_PATH_ESCAPES, name, 0,
                         "file name \"%.150s\" leads out of the ROM folder: %s", name, why);
}

static int missing(struct mtk_error *err, const char *name)
{
    return mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, name, 0, "file \"%.150s\" is not in the ROM folder",
                         name);
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* Appends the entry of folder `path` that equals `part` but for its case; the first in order if there are several. */
static bool append_nocase(char *path, size_t used, const char *part)
{
    char best[256] = "";
    path[used] = 0;
    DIR *d = opendir(path);
    if (!d)
        return false;
    for (struct dirent *e; (e = readdir(d));)
        if (strcasecmp(e->d_name, part) == 0 && (!best[0] || strcmp(e->d_name, best) < 0))
            snprintf(best, sizeof(best), "%s", e->d_name);
    closedir(d);
    if (!best[0] || used + 1 + strlen(best) >= PATH_MAX)
        return false;
    path[used] = '/';
    strcpy(path + used + 1, best);
    return true;
}

/* Appends one part of a name to path. False if there is no such thing. */
static bool append(char *path, const char *part)
{
    size_t used = strlen(path), n = strlen(part);
    if (used + 1 + n >= PATH_MAX)
        return false;
    path[used] = '/';
    strcpy(path + used + 1, part);
    return exists(path) || append_nocase(path, used, part);
}

/* Walks the parts of name below path. */
static int walk(char *path, const char *name, struct mtk_error *err)
{
    char parts[PATH_MAX];
    if (strlen(name) >= sizeof(parts))
        return missing(err, name);
    strcpy(parts, name);
    char *rest = parts;
    for (char *part; (part = strsep(&rest, "/\\"));) {
        if (!*part || strcmp(part, ".") == 0)
            continue;
        if (strcmp(part, "..") == 0)
            return escapes(err, name, "it contains \"..\"");
        if (!append(path, part))
            return missing(err, name);
    }
    return 0;
}

int mtk_rom_resolve(const char *dir, const char *name, char *out, struct mtk_error *err)
{
    char root[PATH_MAX], path[PATH_MAX], real[PATH_MAX];
    if (name[0] == '/' || name[0] == '\\' || (isalpha((unsigned char)name[0]) && name[1] == ':'))
        return escapes(err, name, "it is absolute");
    if (!realpath(dir, root))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, dir, 0, "cannot open the ROM folder: %s",
                             strerror(errno));
    /* Bare "/" would become "//name". */
    strcpy(path, strcmp(root, "/") == 0 ? "" : root);
    size_t n = strlen(path);
    if (walk(path, name, err))
        return -1;
    if (!realpath(path, real))
        return errno == ENOENT ? missing(err, name)
                               : mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, name, 0,
                                               "cannot open \"%.150s\": %s", name, strerror(errno));
    if (strncmp(real, path, n) != 0 || real[n] != '/')
        return escapes(err, name, "a symbolic link points outside");
    strcpy(out, real);
    return 0;
}
