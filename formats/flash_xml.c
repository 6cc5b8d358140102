/* SPDX-License-Identifier: Apache-2.0 */
/* Reading flash.xml, see flash_xml.h. */
#include "formats/flash_xml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/file.h"
#include "formats/xml_reader.h"
#include "protocol/error_index.h"

struct target {
    struct mtk_flash_xml *out;
    const char *name;
    struct mtk_error *err;
};

static bool is(struct mtk_xml_text t, const char *s)
{
    return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

static int put(const struct target *t, struct mtk_xml_text value, char *to, size_t size)
{
    bool good = value.n < size;
    for (size_t i = 0; i < value.n; i++)
        good = good && (unsigned char)value.p[i] >= 0x20 && value.p[i] != 0x7F;
    if (!good)
        return mtk_fail_file(t->err, MTK_E_MTK_IMAGE_INVALID, t->name, value.line,
                             "a name in it is too long or has characters that none has");
    memcpy(to, value.p, value.n);
    to[value.n] = 0;
    return 0;
}

static int on_field(void *ctx, struct mtk_xml_text element, struct mtk_xml_text value)
{
    const struct target *t = ctx;
    if (is(element, "project"))
        return put(t, value, t->out->project, sizeof(t->out->project));
    if (is(element, "dagent"))
        return put(t, value, t->out->dagent, sizeof(t->out->dagent));
    if (is(element, "scatter"))
        return put(t, value, t->out->scatter, sizeof(t->out->scatter));
    return 0; /* build_version, contact, ...: for people */
}

int mtk_flash_xml_parse(const char *text, size_t len, const char *name, struct mtk_flash_xml *out,
                        struct mtk_error *err)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t from = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
    struct target t = {.out = out, .name = name, .err = err};
    const struct mtk_xml_handler handler = {.ctx = &t, .field = on_field};
    char *arena = NULL;
    memset(out, 0, sizeof(*out));
    int r = mtk_xml_read(text + from, len - from, name, 1, MTK_E_MTK_IMAGE_INVALID, &handler, &arena, err);
    free(arena);
    return r;
}

int mtk_flash_xml_read(const char *path, struct mtk_flash_xml *out, struct mtk_error *err)
{
    struct mtk_blob blob;
    if (mtk_file_read(path, MTK_FLASH_XML_MAX_BYTES, &blob, err))
        return -1;
    int r = mtk_flash_xml_parse((const char *)blob.data, blob.len, path, out, err);
    mtk_blob_release(&blob);
    return r;
}

/* Appends the parts of `path` to out; ".." takes one away. False if there is none left, or no room. */
static bool append_parts(char *out, size_t len, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/\\"), used = strlen(out);
        if (n == 2 && strncmp(path, "..", 2) == 0) {
            char *slash = strrchr(out, '/');
            if (!used)
                return false;
            *(slash ? slash : out) = 0;
        } else if (n && !(n == 1 && *path == '.')) {
            if (used + n + 2 > len)
                return false;
            snprintf(out + used, len - used, "%s%.*s", used ? "/" : "", (int)n, path);
        }
        path += n + (path[n] != 0);
    }
    return true;
}

int mtk_flash_xml_place(const char *folder, const char *file, char *out, size_t len, struct mtk_error *err)
{
    out[0] = 0;
    bool absolute = file[0] == '/' || file[0] == '\\' || (file[0] && file[1] == ':');
    if (!absolute && append_parts(out, len, folder) && append_parts(out, len, file))
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_PATH_ESCAPES, "flash.xml", 0,
                         "file name \"%.150s\" in flash.xml leads out of the ROM folder", file);
}
