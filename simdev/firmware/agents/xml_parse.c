/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command texts. Any well-formed XML will do towards a device [3.1]; the text comes from an unknown host, so a document
 * type (and with it every entity of one's own), depth and number of elements are limited. da-xml.md 3.2.
 *
 * The parser's memory is not the phone's: it is made and freed in one call in which the program never waits, and what
 * it finds goes into memory that was taken before.
 */
#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "simdev/firmware/agents/xml.h"

struct parsing {
    XML_Parser parser;
    struct xm_doc *doc;
    uint16_t open[XM_DEPTH_MAX];
    size_t depth;
    bool bad;
};

static void give_up(struct parsing *s)
{
    s->bad = true;
    XML_StopParser(s->parser, XML_FALSE);
}

/* Appends to the pool, which always has room for one byte more: the NUL behind the last text. */
static bool pool_add(struct xm_doc *d, const char *text, size_t len)
{
    if (len >= d->pool_cap - d->pool_len)
        return false;
    memcpy(d->pool + d->pool_len, text, len);
    d->pool_len += len;
    d->pool[d->pool_len] = 0;
    return true;
}

/* A whole string, with its NUL. Returns its offset. */
static uint32_t pool_string(struct parsing *s, const char *text)
{
    uint32_t at = (uint32_t)s->doc->pool_len;
    if (!pool_add(s->doc, text, strlen(text) + 1))
        give_up(s);
    return at;
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct parsing *s = user;
    struct xm_doc *d = s->doc;
    if (s->bad)
        return;
    if (s->depth == XM_DEPTH_MAX || d->n == XM_NODES_MAX) {
        give_up(s);
        return;
    }
    struct xm_node *node = &d->nodes[d->n];
    node->parent = s->depth ? s->open[s->depth - 1] : 0;
    if (s->depth)
        d->pool_len =
            d->pool_len + 1 < d->pool_cap ? d->pool_len + 1 : d->pool_len; /* ends the parent's text */
    node->name = pool_string(s, name);
    node->attr = 0;
    for (size_t i = 0; attributes[i] && !s->bad; i += 2) {
        if (strcmp(attributes[i], "name") == 0)
            node->attr = pool_string(s, attributes[i + 1]);
    }
    node->text = (uint32_t)d->pool_len;
    d->pool[d->pool_len] = 0;
    s->open[s->depth++] = (uint16_t)d->n++;
}

/* Text counts where no element has come in between: arguments are leaves. */
static void on_text(void *user, const XML_Char *text, int len)
{
    struct parsing *s = user;
    if (s->bad || !s->depth || s->open[s->depth - 1] != s->doc->n - 1)
        return;
    if (!pool_add(s->doc, text, (size_t)len))
        give_up(s);
}

/* Blanks around a value are layout. */
static void trim(struct xm_doc *d, struct xm_node *node)
{
    static const char blanks[] = " \t\r\n";
    node->text += (uint32_t)strspn(d->pool + node->text, blanks);
    size_t len = strlen(d->pool + node->text);
    while (len && strchr(blanks, d->pool[node->text + len - 1]))
        d->pool[node->text + --len] = 0;
}

static void on_end(void *user, const XML_Char *name)
{
    struct parsing *s = user;
    struct xm_doc *d = s->doc;
    (void)name;
    if (s->bad)
        return;
    uint16_t self = s->open[--s->depth];
    if (self == d->n - 1) {
        d->pool_len = d->pool_len + 1 < d->pool_cap ? d->pool_len + 1 : d->pool_len; /* keeps the NUL */
        d->pool[d->pool_len] = 0;
    }
    trim(d, &d->nodes[self]);
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    give_up(user);
}

bool xm_parse(struct xm *x, const uint8_t *text, size_t len)
{
    struct xm_doc *d = &x->doc;
    struct xm_buffer pool = {.data = (uint8_t *)d->pool, .cap = d->pool_cap};
    while (len && text[len - 1] == 0)
        len--;
    if (!d->nodes)
        d->nodes = phone_alloc(x->p, XM_NODES_MAX * sizeof(*d->nodes));
    d->pool = NULL;
    /* Names, texts and attributes are shorter than the text they stand in; their NULs are counted apart. */
    d->pool = (char *)xm_reserve(x, &pool, len + 1 + 4 * (XM_NODES_MAX + 1));
    d->pool_cap = pool.cap;
    d->pool[0] = 0;
    d->pool_len = 1; /* offset 0 is the empty string */
    d->n = 0;
    struct parsing s = {.doc = d, .parser = XML_ParserCreate(NULL)};
    if (!s.parser)
        return false;
    /* Without a salt expat asks the system for one, a parser at a time; here nothing is random but by the seed. */
    struct prng ahead = *phone_prng(x->p);
    XML_SetHashSalt(s.parser, (unsigned long)prng_u64(&ahead) | 1);
    XML_SetUserData(s.parser, &s);
    XML_SetElementHandler(s.parser, on_start, on_end);
    XML_SetCharacterDataHandler(s.parser, on_text);
    XML_SetStartDoctypeDeclHandler(s.parser, on_doctype);
    bool good = XML_Parse(s.parser, (const char *)text, (int)len, XML_TRUE) == XML_STATUS_OK && !s.bad;
    XML_ParserFree(s.parser);
    if (!good)
        d->n = 0;
    return good && d->n;
}

/* ---- looking up ---- */

static const char *pool_at(const struct xm *x, uint32_t offset)
{
    return x->doc.pool + offset;
}

/* The first child of a node whose name is the first len bytes of name; 0 (the root, nobody's child) if none. */
static size_t child(const struct xm *x, size_t parent, const char *name, size_t len, size_t skip)
{
    for (size_t i = 1; i < x->doc.n; i++) {
        const struct xm_node *n = &x->doc.nodes[i];
        const char *own = pool_at(x, n->name);
        if (n->parent == parent && strncmp(own, name, len) == 0 && !own[len] && skip-- == 0)
            return i;
    }
    return 0;
}

/* The node at a path under the root; 0 if there is none, or the path is empty. */
static size_t walk(const struct xm *x, const char *path)
{
    size_t at = 0;
    while (*path) {
        size_t len = strcspn(path, "/");
        at = child(x, at, path, len, 0);
        if (!at)
            return 0;
        path += len + (path[len] == '/');
    }
    return at;
}

const char *xm_text(const struct xm *x, const char *path)
{
    size_t at = walk(x, path);
    return at ? pool_at(x, x->doc.nodes[at].text) : NULL;
}

const struct xm_node *xm_item(const struct xm *x, const char *path, const char *name, size_t i)
{
    size_t at = walk(x, path);
    at = at ? child(x, at, name, strlen(name), i) : 0;
    return at ? &x->doc.nodes[at] : NULL;
}

const char *xm_node_text(const struct xm *x, const struct xm_node *n)
{
    return pool_at(x, n->text);
}

const char *xm_node_label(const struct xm *x, const struct xm_node *n)
{
    return pool_at(x, n->attr);
}

bool xm_number(const char *text, uint64_t *value)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;
    const char *digits = hex ? text + 2 : text;
    *value = 0;
    if (!*digits || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
        return false;
    errno = 0;
    *value = strtoull(digits, &end, hex ? 16 : 10);
    return !errno && !*end;
}

bool xm_arg(struct xm *x, const char *name, const char **text)
{
    size_t arg = walk(x, "arg");
    size_t at = arg ? child(x, arg, name, strlen(name), 0) : 0;
    *text = at ? pool_at(x, x->doc.nodes[at].text) : "";
    if (!at)
        xm_fail(x, "%s", XML_MSG_NO_NODE);
    return at != 0;
}

bool xm_arg_number(struct xm *x, const char *name, uint64_t *value)
{
    const char *text;
    *value = 0;
    if (!xm_arg(x, name, &text))
        return false;
    if (!xm_number(text, value)) {
        xm_fail(x, "Value of %s is not a number.", name);
        return false;
    }
    return true;
}

bool xm_arg_file(struct xm *x, const char *name, const char **text)
{
    if (!xm_arg(x, name, text))
        return false;
    if (strlen(*text) > XML_FILE_NAME_MAX) {
        xm_fail(x, "File name in %s is longer than %u bytes.", name, XML_FILE_NAME_MAX);
        return false;
    }
    return true;
}
