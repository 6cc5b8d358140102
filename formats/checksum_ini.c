/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Checksum.ini, see checksum_ini.h. */
#include "formats/checksum_ini.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/file.h"
#include "formats/rom_path.h"
#include "protocol/error_index.h"

#define FILE_NAME "Checksum.ini"
#define MAX_BYTES (1u << 20)

enum section { OTHER, SWITCH, SUMS };

static const struct {
    const char *name;
    enum section section;
} sections[] = {{"[IsEnableChecksum]", SWITCH}, {"[CheckSum]", SUMS}};

static int bad(struct mtk_error *err, const char *name, unsigned line, const char *why)
{
    return mtk_fail_file(err, MTK_E_MTK_CHECKSUM_INI, name, line, "%s", why);
}

static enum section section_of(const char *line)
{
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (strcasecmp(sections[i].name, line) == 0)
            return sections[i].section;
    return OTHER;
}

/* Sixteen bits in hexadecimal, with or without 0x; leading zeros may lack. */
static bool to_sum(const char *s, uint16_t *sum)
{
    if (s[0] == '0' && (s[1] | 0x20) == 'x')
        s += 2;
    size_t n = strlen(s);
    if (!n || n > 4 || strspn(s, "0123456789abcdefABCDEF") != n)
        return false;
    *sum = (uint16_t)strtoul(s, NULL, 16);
    return true;
}

static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    size_t n = strlen(s);
    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = 0;
    return s;
}

/* One "key=value" of a section that matters. *found counts the lines for this partition: 0 or 1. */
static int take(enum section section, char *line, unsigned number, const char *name, const char *partition,
                bool *on, uint16_t *sum, int *found, struct mtk_error *err)
{
    char *eq = strchr(line, '=');
    if (!eq)
        return bad(err, name, number, "neither a [section] nor \"key=value\"");
    *eq = 0;
    char *key = trim(line), *value = trim(eq + 1);
    if (section == SWITCH) {
        if (strcasecmp(key, "CHECKSUM_SWITCH") == 0)
            *on = strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0;
        return 0;
    }
    uint16_t v;
    if (!to_sum(value, &v))
        return bad(err, name, number, "a checksum is not a 16-bit hexadecimal number");
    if (!partition || strcmp(key, partition) != 0)
        return 0;
    if (*found && *sum != v)
        return bad(err, name, number, "a partition has two different checksums");
    *found = 1;
    *sum = v;
    return 0;
}

int mtk_checksum_ini_parse(const char *text, size_t len, const char *name, const char *partition, bool *on,
                           uint16_t *sum, struct mtk_error *err)
{
    *on = false;
    if (memchr(text, 0, len))
        return bad(err, name, 0, "this is not a text file");
    char *copy = strndup(text, len);
    if (!copy)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    enum section section = OTHER;
    unsigned number = 0;
    int found = 0, r = 0;
    char *rest = strncmp(copy, "\xEF\xBB\xBF", 3) == 0 ? copy + 3 : copy;
    for (char *raw; !r && (raw = strsep(&rest, "\n"));) {
        char *line = trim(raw);
        number++;
        if (!*line || *line == ';' || *line == '#')
            continue;
        if (*line == '[')
            section = section_of(line);
        else if (section != OTHER)
            r = take(section, line, number, name, partition, on, sum, &found, err);
    }
    free(copy);
    return r ? -1 : found;
}

/* Parses the folder's file. *there: it exists. */
static int read_ini(const char *dir, const char *partition, bool *there, bool *on, uint16_t *sum,
                    struct mtk_error *err)
{
    char path[4096];
    struct mtk_error why = {0};
    *there = false;
    if (mtk_rom_resolve(dir, FILE_NAME, path, &why)) {
        if (mtk_error_is(&why, MTK_E_MTK_FILE_MISSING))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    struct mtk_blob blob;
    if (mtk_file_read(path, MAX_BYTES, &blob, err))
        return -1;
    *there = true;
    int r = mtk_checksum_ini_parse((const char *)blob.data, blob.len, path, partition, on, sum, err);
    mtk_blob_release(&blob);
    return r;
}

int mtk_checksum_ini_switch(const char *dir, bool *on, struct mtk_error *err)
{
    bool there;
    uint16_t sum;
    *on = false;
    return read_ini(dir, NULL, &there, on, &sum, err) < 0 ? -1 : 0;
}

int mtk_checksum_ini_find(const char *dir, const char *partition, uint16_t *sum, struct mtk_error *err)
{
    bool there, on = false;
    int r = read_ini(dir, partition, &there, &on, sum, err);
    if (r >= 0 && !there)
        return bad(err, FILE_NAME, 0, "the file disappeared while it was in use");
    return r;
}
