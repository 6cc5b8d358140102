/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of the XML agent. They are searched for tags and never parsed as a document: vendors' agents send texts in which
 * an end tag is missing, and a frame that a parser throws away is an agent that waits for ever [3.1, 11].
 */
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/xml.h"

static const struct {
    const char *entity;
    char c;
} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

/* Copies [p, end) with its entities put back. False if it does not fit. */
static bool unescape(const char *p, const char *end, char *out, size_t cap)
{
    size_t n = 0;
    while (p < end) {
        char c = *p;
        size_t used = 1;
        for (size_t i = 0; c == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
            size_t len = strlen(entities[i].entity);
            if ((size_t)(end - p) >= len && memcmp(p, entities[i].entity, len) == 0) {
                c = entities[i].c;
                used = len;
            }
        }
        if (n + 1 >= cap)
            return false;
        out[n++] = c;
        p += used;
    }
    out[n] = 0;
    return true;
}

/* The first <tag>, or </tag> if a slash is wanted, at or behind `at`; NULL if there is none. */
static const char *find_mark(const char *at, bool slash, const char *tag)
{
    size_t len = strlen(tag);
    for (; (at = strchr(at, '<')) != NULL; at++) {
        const char *name = at + 1 + slash;
        if ((at[1] == '/') == slash && *name == *tag && strncmp(name, tag, len) == 0 && name[len] == '>')
            return at;
    }
    return NULL;
}

bool v6_tag(const char *text, const char *tag, const char *stop, const char **from, char *out, size_t cap)
{
    const char *at = from && *from ? *from : text;
    out[0] = 0;
    const char *begin = find_mark(at, false, tag);
    if (!begin)
        return false;
    begin += strlen(tag) + 2;
    const char *end = find_mark(begin, true, tag), *early = stop ? strstr(begin, stop) : NULL;
    if (!end || (early && early < end))
        end = early ? early : begin + strlen(begin);
    if (from)
        *from = end;
    if (unescape(begin, end, out, cap))
        return true;
    out[0] = 0;
    return false;
}

static bool digit(char c, unsigned base, unsigned *v)
{
    if (c >= '0' && c <= '9')
        *v = (unsigned)(c - '0');
    else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        *v = (unsigned)((c | 0x20) - 'a') + 10;
    else
        return false;
    return true;
}

bool v6_number(const char *value, uint64_t *out)
{
    bool hex = value[0] == '0' && (value[1] | 0x20) == 'x';
    unsigned base = hex ? 16 : 10, v;
    const char *p = value + (hex ? 2 : 0);
    *out = 0;
    if (!digit(*p, base, &v))
        return false;
    for (; digit(*p, base, &v); p++)
        if (!mul_u64(*out, base, out) || !add_u64(*out, v, out))
            return false;
    return *p == 0;
}

bool v6_tag_number(const char *text, const char *tag, uint64_t *out)
{
    char value[32];
    *out = 0;
    return v6_tag(text, tag, NULL, NULL, value, sizeof(value)) && v6_number(value, out);
}

size_t v6_hex(const char *value, uint8_t *out, size_t cap)
{
    size_t n = 0;
    unsigned hi, lo;
    if (value[0] == '0' && (value[1] | 0x20) == 'x')
        value += 2;
    for (; n < cap && digit(value[0], 16, &hi) && digit(value[1], 16, &lo); value += 2)
        out[n++] = (uint8_t)(hi << 4 | lo);
    return n;
}

bool v6_escape(const char *s, char *out, size_t cap)
{
    size_t n = 0;
    for (; *s; s++) {
        const char *piece = NULL;
        size_t len = 1;
        for (size_t i = 0; i < 4 && !piece; i++) /* a quote of the other kind is none here */
            if (entities[i].c == *s)
                piece = entities[i].entity;
        if (piece)
            len = strlen(piece);
        if (n + len + 1 > cap)
            return false;
        memcpy(out + n, piece ? piece : s, len);
        n += len;
    }
    if (n >= cap)
        return false;
    out[n] = 0;
    return true;
}
