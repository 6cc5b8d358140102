/* SPDX-License-Identifier: Apache-2.0 */
/* Reading XML files, see xml_reader.h. */
#include "formats/xml_reader.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/error_index.h"

#define MAX_DEPTH 32
#define MAX_TEXT  4096u /* of a name, an attribute, or the text of an element */

/* An element that has begun and not ended. */
struct element {
    struct mtk_xml_text key;
    size_t text; /* where its text begins in the arena */
    bool named;  /* it has a name attribute */
    bool block;  /* that, or elements inside: it has no text of its own */
};

struct reader {
    XML_Parser parser;
    const struct mtk_xml_handler *handler;
    const char *name;
    int error_index;
    struct mtk_error *err;
    unsigned first_line; /* line of the file in which the XML begins */
    char *arena;         /* names and texts, one behind the other */
    size_t used, size;
    struct element open[MAX_DEPTH];
    unsigned depth;
    bool failed;
};

static unsigned line_of(const struct reader *r)
{
    return r->first_line - 1 + (unsigned)XML_GetCurrentLineNumber(r->parser);
}

static void stop(struct reader *r)
{
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void refuse(struct reader *r, const char *why)
{
    if (r->failed)
        return;
    mtk_fail_file(r->err, r->error_index, r->name, line_of(r), "not a usable XML file: %s", why);
    stop(r);
}

/* Copies into the arena. Its size is enough for every file that expat can read, but nothing here relies on that. */
static void add_text(struct reader *r, const char *p, size_t n)
{
    if (n > r->size - r->used) {
        refuse(r, "more text than bytes");
        return;
    }
    memcpy(r->arena + r->used, p, n);
    r->used += n;
}

static struct mtk_xml_text keep_text(struct reader *r, const char *p)
{
    struct mtk_xml_text t = {r->arena + r->used, strlen(p), line_of(r)};
    if (t.n > MAX_TEXT)
        refuse(r, "a name or a text is longer than 4096 bytes");
    else
        add_text(r, p, t.n);
    return t;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text of an element, without the blanks around it. */
static struct mtk_xml_text text_of(const struct reader *r, const struct element *e)
{
    struct mtk_xml_text t = {r->arena + e->text, r->used - e->text, e->key.line};
    while (t.n && blank(*t.p))
        t.p++, t.n--;
    while (t.n && blank(t.p[t.n - 1]))
        t.n--;
    return t;
}

/* Elements inside an element make it a block, which has no text of its own. */
static void make_block(struct reader *r, struct element *e)
{
    if (!e->block && text_of(r, e).n)
        refuse(r, "there is text between the elements");
    e->block = true;
}

static const char *name_attribute(struct reader *r, const char **attributes)
{
    const char *name = NULL;
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strlen(attributes[i]) > MAX_TEXT || strlen(attributes[i + 1]) > MAX_TEXT)
            refuse(r, "an attribute is longer than 4096 bytes");
        if (strcmp(attributes[i], "name") == 0)
            name = attributes[i + 1];
    }
    return name;
}

static void XMLCALL on_start(void *user, const char *element, const char **attributes)
{
    struct reader *r = user;
    if (r->depth && !r->failed)
        make_block(r, &r->open[r->depth - 1]);
    if (r->depth == MAX_DEPTH)
        refuse(r, "elements are nested more than 32 deep");
    const char *name = r->failed ? NULL : name_attribute(r, attributes);
    if (r->failed)
        return;
    struct element *e = &r->open[r->depth++];
    *e = (struct element){.key = keep_text(r, element), .named = name != NULL, .block = name != NULL};
    if (!r->failed && r->depth == 1 && r->handler->outermost &&
        r->handler->outermost(r->handler->ctx, e->key))
        stop(r);
    if (name && !r->failed) {
        struct mtk_xml_text t = keep_text(r, name);
        if (!r->failed && r->handler->begin && r->handler->begin(r->handler->ctx, e->key, t))
            stop(r);
    }
    e->text = r->used;
}

static void XMLCALL on_text(void *user, const char *p, int n)
{
    struct reader *r = user;
    if (r->failed || !r->depth)
        return;
    const struct element *e = &r->open[r->depth - 1];
    if (!e->block) {
        if (r->used - e->text + (size_t)n > MAX_TEXT)
            refuse(r, "a name or a text is longer than 4096 bytes");
        else
            add_text(r, p, (size_t)n);
        return;
    }
    for (int i = 0; i < n; i++)
        if (!blank(p[i]))
            refuse(r, "there is text between the elements");
}

static void XMLCALL on_end(void *user, const char *element)
{
    (void)element;
    struct reader *r = user;
    if (r->failed)
        return;
    const struct mtk_xml_handler *h = r->handler;
    const struct element *e = &r->open[--r->depth];
    int rc = 0;
    if (e->named)
        rc = h->end ? h->end(h->ctx, e->key) : 0;
    else if (!e->block && r->depth && h->field)
        rc = h->field(h->ctx, e->key, text_of(r, e));
    if (rc)
        stop(r);
}

static void XMLCALL on_doctype(void *user, const char *name, const char *sysid, const char *pubid,
                               int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    refuse(user, "it has a document type, which no genuine file has");
}

int mtk_xml_read(const char *text, size_t len, const char *name, unsigned line, int error_index,
                 const struct mtk_xml_handler *handler, char **arena, struct mtk_error *err)
{
    *arena = NULL;
    if (len > INT_MAX / 2)
        return mtk_fail_file(err, error_index, name, 0, "not a usable XML file: it is too large");
    /* Twice the length: a file in Latin-1 grows when it becomes UTF-8. */
    struct reader r = {.handler = handler,
                       .name = name,
                       .error_index = error_index,
                       .err = err,
                       .first_line = line,
                       .size = 2 * len + 1,
                       .parser = XML_ParserCreate(NULL)};
    *arena = r.arena = malloc(r.size);
    if (!r.parser || !r.arena) {
        XML_ParserFree(r.parser);
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    bool good = XML_Parse(r.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK;
    if (!good)
        refuse(&r, XML_ErrorString(XML_GetErrorCode(r.parser)));
    XML_ParserFree(r.parser);
    return good ? 0 : -1;
}
