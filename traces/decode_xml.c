/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML agent: frames of text, and of data where a file is under way (da-xml.md 2 to 5). Texts are searched for tags,
 * because agents send some that no parser takes (3.1).
 */
#include "traces/decode_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "protocol/xml.h"

enum {
    LOOK = 2048, /* bytes of a payload that are looked into */
    SHOWN = 320, /* of a text that are shown */
    HEAD = 16,   /* of data */
};

/* The text between <tag> and the next end tag, "" if there is none. */
static const char *between(const char *text, const char *tag, char *out, size_t cap)
{
    char open[48];
    snprintf(open, sizeof(open), "<%s>", tag);
    const char *at = strstr(text, open);
    size_t n = 0;
    if (at) {
        at += strlen(open);
        n = strcspn(at, "<");
        n = n < cap - 1 ? n : cap - 1;
        memcpy(out, at, n);
    }
    out[n] = 0;
    return out;
}

/* Arguments, each as name=value, without what all texts have. */
static void put_arguments(const char *text, char *out, size_t cap)
{
    size_t len = 0;
    const char *at = strstr(text, "<arg>");
    out[0] = 0;
    for (at = at ? at + 5 : NULL; at && (at = strchr(at, '<')) != NULL; at++) {
        size_t name = strcspn(at + 1, "<>"), value = name < strlen(at + 1) ? strcspn(at + name + 2, "<") : 0;
        if (at[1] == '/' || at[1 + name] != '>' || !value)
            continue;
        int n = snprintf(out + len, cap - len, " %.*s=%.*s", (int)name, at + 1, (int)value, at + name + 2);
        if (n < 0 || (size_t)n >= cap - len)
            break;
        len += (size_t)n;
    }
}

/* ---- files [5.1, 5.2] ---- */

static void begin_file(struct decode_xml *x, const char *name)
{
    x->file = strcmp(name, "CMD:DOWNLOAD-FILE") == 0 ? XML_DOWNLOAD
              : strcmp(name, "CMD:UPLOAD-FILE") == 0 ? XML_UPLOAD
                                                     : XML_NO_FILE;
    x->tokens = 0;
    x->left = 0;
    x->data_due = false;
}

static int giver(const struct decode_xml *x)
{
    return x->file == XML_DOWNLOAD ? DIR_HOST : DIR_DEVICE;
}

/* A token of whoever gives the file: the length, or what comes before each packet. The host says OK before its length. */
static void follow_token(struct decode_xml *x, const char *token)
{
    unsigned length_at = x->file == XML_DOWNLOAD ? 1 : 0;
    if (strncmp(token, XML_OK, 2) != 0) {
        x->file = XML_NO_FILE;
        return;
    }
    if (x->tokens++ < length_at)
        return;
    const char *value = strchr(token, '@');
    if (x->tokens == length_at + 1)
        x->left = value ? strtoull(value + 1, NULL, 0) : 0;
    else
        x->data_due = true;
    if (!x->left)
        x->file = XML_NO_FILE;
}

/* ---- payloads ---- */

static void say_data(struct decoder *d, bool host, const uint8_t *p, uint64_t n, size_t known)
{
    struct decode_xml *x = &d->xml;
    char hex[2 * HEAD + 1];
    size_t head = known < HEAD ? known : HEAD;
    hex_str(p, head, hex);
    x->left -= n < x->left ? n : x->left;
    decode_say(d, host, n, x->command, "data, %" PRIu64 " bytes, %" PRIu64 " left: %s%s", n, x->left, hex,
               n > head ? "..." : "");
    x->data_due = false;
    if (!x->left)
        x->file = XML_NO_FILE;
}

/* A whole document: a command of the host, a callback, or CMD:START and CMD:END. */
static void say_document(struct decoder *d, bool host, const char *text, uint64_t n)
{
    struct decode_xml *x = &d->xml;
    char name[48], arguments[SHOWN], result[24];
    between(text, "command", name, sizeof(name));
    put_arguments(text, arguments, sizeof(arguments));
    bool error = strncmp(between(text, "result", result, sizeof(result)), "ERR", 3) == 0;
    begin_file(x, name);
    if (host)
        snprintf(x->command, sizeof(x->command), "%s", strncmp(name, "CMD:", 4) == 0 ? name + 4 : name);
    decode_say_result(d, host, n, x->command, error, "%s%s", name[0] ? name : "a text without a command",
                      arguments);
    if (!host && strcmp(name, "CMD:END") == 0)
        x->command[0] = 0;
}

/* Length of what is printable before the NULs at the end; SIZE_MAX if something else is in it. */
static size_t text_length(const uint8_t *p, size_t n)
{
    while (n && !p[n - 1])
        n--;
    for (size_t i = 0; i < n; i++)
        if ((p[i] < ' ' && p[i] != '\r' && p[i] != '\n' && p[i] != '\t') || p[i] == 0x7F)
            return SIZE_MAX;
    return n;
}

static void say_payload(struct decoder *d, bool host, uint8_t *p, uint64_t n, size_t known)
{
    struct decode_xml *x = &d->xml;
    bool from_giver = x->file != XML_NO_FILE && giver(x) == (host ? DIR_HOST : DIR_DEVICE);
    char *text = (char *)p;
    p[known] = 0;
    if (from_giver && x->data_due && strncmp(text, XML_HEAD "<host>", sizeof(XML_HEAD "<host>") - 1) != 0) {
        say_data(d, host, p, n, known);
        return;
    }
    if (strncmp(text, "<?xml", 5) == 0) {
        say_document(d, host, text, n);
        return;
    }
    size_t len = text_length(p, known);
    if (len == SIZE_MAX || n >= LOOK) {
        say_data(d, host, p, n, known);
        return;
    }
    if (from_giver)
        follow_token(x, text);
    decode_say_result(d, host, n, x->command, strncmp(text, XML_ERR, 3) == 0, "\"%.*s\"",
                      len < SHOWN ? (int)len : SHOWN, text);
}

static bool take_payload(struct decoder *d, int dir)
{
    struct queue *q = &d->q[dir];
    uint64_t n = d->frame_len[dir];
    uint8_t p[LOOK + 1];
    size_t known = n < LOOK ? (size_t)n : LOOK;
    if (q->length < n)
        return false;
    if (n)
        decode_mark(d, q);
    queue_take(q, n, p, known);
    d->have_header[dir] = false;
    if (d->frame_type[dir] == XFLASH_MESSAGE && known >= 4) {
        size_t len = strnlen((char *)p + 4, known - 4);
        decode_say(d, dir == DIR_HOST, n, "", "message: %.*s", len < SHOWN ? (int)len : SHOWN, (char *)p + 4);
    } else {
        say_payload(d, dir == DIR_HOST, p, n, known);
    }
    return true;
}

bool decode_xml(struct decoder *d)
{
    int first = decode_first(d);
    for (int i = 0; i < 2; i++) {
        int dir = i == 0 ? first : !first;
        if (d->have_header[dir] ? take_payload(d, dir) : decode_frame_header(d, dir, d->xml.command))
            return true;
    }
    return false;
}
