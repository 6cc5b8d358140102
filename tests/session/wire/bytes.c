/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that stand in a line of a transcript. */
#include "tests/session/wire/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

bool transcript_put(struct transcript_bytes *b, const uint8_t *data, size_t n, uint8_t care)
{
    if (b->len + n > b->room) {
        size_t room = (b->len + n) * 2;
        uint8_t *d = realloc(b->data, room);
        if (d)
            b->data = d;
        uint8_t *c = realloc(b->care, room);
        if (c)
            b->care = c;
        if (!d || !c)
            return false;
        b->room = room;
    }
    if (n) {
        memcpy(b->data + b->len, data, n);
        memset(b->care + b->len, care, n);
    }
    b->len += n;
    return true;
}

#define XML_DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

/* One blob by name; NULL if it is none. */
static const uint8_t *blob(const struct transcript_blobs *s, const char *name, size_t *len)
{
    if (strcmp(name, "da1") == 0)
        return *len = s->da1_len, s->da1;
    if (strcmp(name, "da2") == 0)
        return *len = s->da2_len - s->da2_sig_len, s->da2;
    if (strcmp(name, "da2+sig") == 0)
        return *len = s->da2_len, s->da2;
    if (strcmp(name, "emi") == 0)
        return *len = s->emi_len, s->emi;
    if (strcmp(name, "emi-version") == 0)
        return *len = 1, &s->emi_version;
    if (strcmp(name, "emi-records") == 0)
        return *len = s->emi_len - TRANSCRIPT_EMI_HEADER, s->emi + TRANSCRIPT_EMI_HEADER;
    return NULL;
}

static bool put_length(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16];
    char width[8];
    size_t len;
    uint8_t out[8];
    if (sscanf(token, "len%7[0-9be](%15[^)])", width, name) != 2 || !blob(s, name, &len))
        return false;
    if (strcmp(width, "32") == 0)
        return put_le32(out, (uint32_t)len), transcript_put(b, out, 4, 1);
    if (strcmp(width, "64") == 0)
        return put_le64(out, len), transcript_put(b, out, 8, 1);
    if (strcmp(width, "32be") == 0)
        return put_be32(out, (uint32_t)len), transcript_put(b, out, 4, 1);
    return false;
}

/* hex(name): its length as agents print it, lower-case digits and nothing before them. */
static bool put_hex_length(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16], digits[20];
    size_t len;
    if (sscanf(token, "hex(%15[^)])", name) != 1 || !blob(s, name, &len))
        return false;
    int n = snprintf(digits, sizeof(digits), "%zx", len);
    return transcript_put(b, (const uint8_t *)digits, (size_t)n, 1);
}

/* flip(name): the same bytes with one bit in the middle the other way round. */
static bool put_flipped(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16];
    size_t len, at = b->len;
    const uint8_t *data = sscanf(token, "flip(%15[^)])", name) == 1 ? blob(s, name, &len) : NULL;
    if (!data || !len || !transcript_put(b, data, len, 1))
        return false;
    b->data[at + len / 2] ^= 0x10;
    return true;
}

/* 'text': its characters, without a NUL. \\r, \\n, \\' and \\\\ stand for what they do in C. */
static bool put_text(struct transcript_bytes *b, const char *token, size_t n)
{
    if (n < 2 || token[n - 1] != '\'')
        return false;
    for (size_t i = 1; i + 1 < n; i++) {
        uint8_t c = (uint8_t)token[i];
        if (c == '\\' && i + 2 < n) {
            c = (uint8_t)token[++i];
            c = c == 'r' ? '\r' : c == 'n' ? '\n' : c;
        }
        if (!transcript_put(b, &c, 1, 1))
            return false;
    }
    return true;
}

/* Texts of fixed form (da-xml.md 2 and 3.1) under the names that the specification's sessions give them. */
static const char *named_text(const char *token)
{
    static const struct {
        const char *name, *text;
    } texts[] = {
        {"OK", "OK"},
        {"OK@0x0", "OK@0x0"},
        {"ERR", "ERR"},
        {"OK!EOT", "OK!EOT"},
        {"ERR!UNSUPPORTED", "ERR!UNSUPPORTED"},
        {"CMD:START", XML_DECLARATION "<host><version>1.0</version><command>CMD:START</command></host>"},
        {"CMD:END", XML_DECLARATION "<host><version>1.0</version><command>CMD:END</command><arg><result>OK"
                                    "</result><message></message></arg></host>"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].name, token) == 0)
            return texts[i].text;
    }
    return NULL;
}

/* sum16be(name): the sum of its bytes, big-endian. */
static bool put_sum(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16];
    size_t len;
    uint8_t out[2];
    const uint8_t *data = sscanf(token, "sum16be(%15[^)])", name) == 1 ? blob(s, name, &len) : NULL;
    if (!data)
        return false;
    put_be16(out, sum16(0, data, len));
    return transcript_put(b, out, sizeof(out), 1);
}

/* 5A, ??, 5A*N or ??*N. */
static bool put_byte(struct transcript_bytes *b, const char *token)
{
    char hex[3] = {token[0], token[0] ? token[1] : 0, 0};
    char *end;
    unsigned long times = 1;
    uint8_t care = strcmp(hex, "??") != 0;
    uint8_t v = care ? (uint8_t)strtoul(hex, &end, 16) : 0;
    if (strlen(token) < 2 || (care && *end))
        return false;
    if (token[2] == '*')
        times = strtoul(token + 3, &end, 10);
    else if (token[2])
        return false;
    for (; times; times--)
        if (!transcript_put(b, &v, 1, care))
            return false;
    return true;
}

bool transcript_put_token(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    static const uint8_t header[] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0};
    size_t len = 0;
    const uint8_t *named = blob(s, token, &len);
    const char *text = named_text(token);
    if (named)
        return transcript_put(b, named, len, 1);
    if (text)
        return transcript_put(b, (const uint8_t *)text, strlen(text) + 1, 1);
    if (strcmp(token, "zlp") == 0)
        return true;
    if (strcmp(token, "xml") == 0)
        return transcript_put(b, (const uint8_t *)XML_DECLARATION, strlen(XML_DECLARATION), 1);
    if (token[0] == '\'')
        return put_text(b, token, strlen(token));
    if (strcmp(token, "..") == 0)
        return transcript_put(b, header, sizeof(header), 1);
    if (strncmp(token, "len", 3) == 0)
        return put_length(b, s, token);
    if (strncmp(token, "sum", 3) == 0)
        return put_sum(b, s, token);
    if (strncmp(token, "hex(", 4) == 0)
        return put_hex_length(b, s, token);
    if (strncmp(token, "flip(", 5) == 0)
        return put_flipped(b, s, token);
    return put_byte(b, token);
}
