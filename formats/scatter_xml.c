/* SPDX-License-Identifier: Apache-2.0 */
/* The XML form of scatters (3.6): blocks are elements with a name attribute, keys are elements with a text. */
#include <string.h>

#include "formats/scatter_build.h"
#include "formats/xml_reader.h"
#include "protocol/error_index.h"

static struct scatter_value value(struct mtk_xml_text t)
{
    return (struct scatter_value){t.p, t.n, t.line};
}

static bool is(struct mtk_xml_text t, const char *s)
{
    return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

/* Other XML files of a package must not pass for a scatter that lacks this and that. */
static int on_outermost(void *ctx, struct mtk_xml_text element)
{
    struct scatter_builder *b = ctx;
    if (is(element, "root"))
        return 0;
    return SCATTER_BAD(b, element.line, "the outermost element is <%.*s>, that of a scatter is <root>",
                       element.n < 60 ? (int)element.n : 60, element.p);
}

static int on_begin(void *ctx, struct mtk_xml_text element, struct mtk_xml_text name)
{
    return scatter_take(ctx, value(element), value(name));
}

static int on_end(void *ctx, struct mtk_xml_text element)
{
    /* config_version and storage bear names too, but are only two more values of their general block. */
    if (is(element, "partition_index") || is(element, "general") || is(element, "storage_type"))
        return scatter_end_block(ctx);
    return 0;
}

static int on_field(void *ctx, struct mtk_xml_text element, struct mtk_xml_text text)
{
    return scatter_take(ctx, value(element), value(text));
}

int scatter_take_xml(struct scatter_builder *b, const char *xml, size_t len, unsigned line, char **arena)
{
    const struct mtk_xml_handler handler = {
        .ctx = b, .outermost = on_outermost, .begin = on_begin, .end = on_end, .field = on_field};
    return mtk_xml_read(xml, len, b->name, line, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, &handler, arena, b->err);
}
