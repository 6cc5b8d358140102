/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading scatters, see scatter.h: which form it is, and the lines of the text form. They look like YAML and are not
 * (tabs, colons in values, repeated keys): a line is a comment, a "- key: value" that may begin something, or a
 * "key: value" of what began last.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/file.h"
#include "formats/scatter.h"
#include "formats/scatter_build.h"
#include "protocol/error_index.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct scatter_value trim(const char *p, size_t n, unsigned line)
{
    while (n && blank(*p))
        p++, n--;
    while (n && blank(p[n - 1]))
        n--;
    return (struct scatter_value){p, n, line};
}

static int take_line(struct scatter_builder *b, const char *text, size_t n, unsigned line)
{
    struct scatter_value l = trim(text, n, line);
    if (!l.n || *l.p == '#')
        return 0;
    if (*l.p == '-')
        l = trim(l.p + 1, l.n - 1, line);
    const char *colon = memchr(l.p, ':', l.n);
    if (!colon) {
        if (!scatter_begun(b))
            return mtk_fail_file(b->err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, b->name, line,
                                 "neither an XML scatter nor a text scatter of version 1.1 or 2.1");
        return SCATTER_BAD(b, line, "neither a comment nor \"key: value\"");
    }
    size_t k = (size_t)(colon - l.p);
    return scatter_take(b, trim(l.p, k, line), trim(colon + 1, l.n - k - 1, line));
}

static int take_lines(struct scatter_builder *b, const char *text, size_t len)
{
    unsigned line = 0;
    for (size_t pos = 0; pos < len;) {
        const char *end = memchr(text + pos, '\n', len - pos);
        size_t n = end ? (size_t)(end - (text + pos)) : len - pos;
        if (take_line(b, text + pos, n, ++line))
            return -1;
        pos += n + 1;
    }
    return 0;
}

/* XML begins with a '<', which no line of a text scatter does; tools put a byte order mark or blanks in front of it. */
static int take_all(struct scatter_builder *b, const char *text, size_t len, char **arena)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t from = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0, pos = from;
    unsigned line = 1;
    for (; pos < len && (blank(text[pos]) || text[pos] == '\n'); pos++)
        line += text[pos] == '\n';
    if (pos == len || text[pos] != '<')
        return take_lines(b, text + from, len - from);
    b->out->xml = true;
    return scatter_take_xml(b, text + pos, len - pos, line, arena);
}

int mtk_scatter_parse(const char *text, size_t len, const char *name, const char *storage,
                      struct mtk_scatter *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    struct scatter_builder b = {.name = name, .want = storage, .out = out, .err = err};
    char *arena = NULL;
    int r = len > MTK_SCATTER_MAX_BYTES ? SCATTER_BAD(&b, 0, "the file is too large for a scatter")
                                        : take_all(&b, text, len, &arena);
    if (!r)
        r = scatter_finish(&b);
    if (r)
        mtk_scatter_release(out);
    free(arena);
    return r;
}

int mtk_scatter_read(const char *path, const char *storage, struct mtk_scatter *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (strlen(path) >= sizeof(out->path))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "the path is too long");
    struct mtk_blob blob;
    if (mtk_file_read(path, MTK_SCATTER_MAX_BYTES, &blob, err))
        return -1;
    int r = mtk_scatter_parse((const char *)blob.data, blob.len, path, storage, out, err);
    mtk_blob_release(&blob);
    if (!r)
        strcpy(out->path, path);
    return r;
}
