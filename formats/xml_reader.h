/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading XML files that are a tree of named blocks and of fields with a text, which is all that this field uses.
 * A hostile file is stopped by what a genuine one never has: a document type (and with it every entity), more than 32
 * levels, and names, attributes or texts of more than 4096 bytes.
 */
#ifndef FORMATS_XML_READER_H
#define FORMATS_XML_READER_H

#include <stddef.h>

#include "base/error.h"

/* A name or a text, UTF-8, without blanks around it. line: of the file, where its element begins. */
struct mtk_xml_text {
    const char *p;
    size_t n;
    unsigned line;
};

/* Each returns 0, or -1 with *err set to end the reading. Any may be NULL. Texts live as long as the arena. */
struct mtk_xml_handler {
    void *ctx;
    /* The outermost element begins. */
    int (*outermost)(void *ctx, struct mtk_xml_text element);
    /* An element with a name attribute begins. */
    int (*begin)(void *ctx, struct mtk_xml_text element, struct mtk_xml_text name);
    /* That element ends. */
    int (*end)(void *ctx, struct mtk_xml_text element);
    /* An element without a name attribute, without elements inside, and not the outermost one: a field. */
    int (*field)(void *ctx, struct mtk_xml_text element, struct mtk_xml_text value);
};

/*
 * Reads `text`, which begins with a '<' in line `line` of file `name`. *arena gets the memory in which the texts are,
 * to be freed by the caller in any case. -1 with catalogue row `error_index` and the line for a file that is not well
 * formed or breaks a limit, or with the error of a handler.
 */
int mtk_xml_read(const char *text, size_t len, const char *name, unsigned line, int error_index,
                 const struct mtk_xml_handler *handler, char **arena, struct mtk_error *err);

#endif
