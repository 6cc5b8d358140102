/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, tokens and log messages of the XML agent, device side. da-xml.md section 2. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xml.h"

#define LOG_INFO         2u /* da_log_level up to which ordinary lines are printed */
#define MESSAGE_PRIORITY 1u
#define MESSAGE_MAX      160u

/* What the phone says. Hosts compare these bytes, NUL included. */
static const char *const tokens[] = {
    [XM_SAY_OK] = XML_OK,
    [XM_SAY_ERR] = XML_ERR,
    [XM_SAY_UNSUPPORTED] = XML_UNSUPPORTED,
    [XM_SAY_CANCEL] = XML_CANCEL,
    [XM_SAY_CONTINUE] = XML_CONTINUE,
    [XM_SAY_EOT] = XML_EOT,
    [XM_SAY_OK_0] = XML_OK_AT "0x0",
};

/* ---- sending ---- */

static void send_frame(struct xm *x, uint32_t type, const void *payload, size_t len)
{
    uint8_t header[XFLASH_HEADER_LEN];
    put_le32(header, XFLASH_MAGIC);
    put_le32(header + 4, type);
    put_le32(header + 8, (uint32_t)len);
    phone_write(x->p, header, sizeof(header));
    if (len)
        phone_write(x->p, payload, len);
}

/* A message frame: the priority counts as payload, the NUL is sent. */
static void send_message(struct xm *x, const char *text)
{
    uint8_t body[4 + MESSAGE_MAX];
    size_t len = strnlen(text, MESSAGE_MAX - 1);
    put_le32(body, MESSAGE_PRIORITY);
    memcpy(body + 4, text, len);
    body[4 + len] = 0;
    x->messages++;
    send_frame(x, XFLASH_MESSAGE, body, 4 + len + 1);
}

void xm_send(struct xm *x, const void *payload, size_t len)
{
    /* Between any two flow frames, heartbeats and lines of text by turns. */
    if (phone_settings(x->p)->da_messages)
        send_message(x, x->messages % 2 ? x->name : XML_HEARTBEAT);
    send_frame(x, XFLASH_FLOW, payload, len);
}

void xm_message(struct xm *x, const char *fmt, ...)
{
    char text[MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    phone_log(x->p, "[DA%u] %s", x->stage, text);
    if (x->log_to_usb && x->log_level <= LOG_INFO)
        send_message(x, text);
}

void xm_heartbeat(struct xm *x)
{
    if (x->log_to_usb)
        send_message(x, XML_HEARTBEAT);
}

static bool is_yes(const char *token)
{
    return token[0] == 'O' && token[1] == 'K';
}

/* Sends text, or what a fault puts in its place. */
static bool say(struct xm *x, enum xm_token token, const char *text)
{
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, x->name, (uint32_t)token);
    bool wanted = is_yes(text);
    if (a.kind == FAULT_STATUS)
        text = a.value < sizeof(tokens) / sizeof(tokens[0]) ? tokens[a.value] : XML_ERR;
    xm_send(x, text, strlen(text) + 1);
    if (wanted && !is_yes(text))
        phone_log(x->p, "[DA%u] %s: fault, the host was told %s", x->stage, x->name, text);
    return !wanted || is_yes(text);
}

bool xm_say(struct xm *x, enum xm_token token)
{
    return say(x, token, tokens[token]);
}

bool xm_say_value(struct xm *x, uint64_t value)
{
    char text[XML_TOKEN_MAX];
    snprintf(text, sizeof(text), XML_OK_AT "0x%llx", (unsigned long long)value);
    return say(x, XM_SAY_OK, text);
}

/* ---- receiving ---- */

/* The type word is not looked at (da-xflash.md 2.2). False: wrong magic, the 12 bytes are gone. */
static bool take_header(struct xm *x, uint32_t *len)
{
    uint8_t header[XFLASH_HEADER_LEN];
    phone_read(x->p, header, sizeof(header), -1);
    *len = get_le32(header + 8);
    return get_le32(header) == XFLASH_MAGIC;
}

bool xm_receive(struct xm *x, void *buf, size_t cap, size_t *got)
{
    uint32_t len;
    *got = 0;
    if (!take_header(x, &len)) {
        phone_log(x->p, "[DA%u] %s: wrong magic", x->stage, x->name);
        return false;
    }
    if (len > cap) {
        phone_log(x->p, "[DA%u] %s: %u bytes come, room for %zu", x->stage, x->name, len, cap);
        return false;
    }
    if (len)
        phone_read(x->p, buf, len, -1);
    *got = len;
    return true;
}

enum xm_heard xm_hear(struct xm *x, char token[XML_TOKEN_MAX + 1])
{
    char own[XML_TOKEN_MAX + 1];
    size_t got;
    if (!token)
        token = own;
    memset(token, 0, XML_TOKEN_MAX + 1);
    if (!xm_receive(x, token, XML_TOKEN_MAX, &got))
        return XM_HEARD_NOTHING;
    return is_yes(token) ? XM_HEARD_YES : XM_HEARD_NO;
}

bool xm_hear_yes(struct xm *x, char token[XML_TOKEN_MAX + 1])
{
    switch (xm_hear(x, token)) {
    case XM_HEARD_YES:
        return true;
    case XM_HEARD_NO:
        xm_fail(x, "Host notice error, or user cancelled.");
        return false;
    default:
        xm_fail(x, "USB error, or buffer too small.");
        return false;
    }
}

/* ---- texts ---- */

enum xm_result xm_fail(struct xm *x, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->message, sizeof(x->message), fmt, ap);
    va_end(ap);
    return XM_ERR;
}

enum xm_result xm_fail_storage(struct xm *x, enum ag_result r, const char *name)
{
    /* Wordings with %s get the name. The first is the executed agents' own [8]. */
    static const struct {
        enum ag_result r;
        const char *text;
    } texts[] = {
        {AG_NO_STORAGE, "Cannot find [%s] on current device storage."},
        {AG_NO_AREA, "Cannot find [%s] on current device storage."},
        {AG_NO_PARTITION, "Cannot find [%s] on current device storage."},
        {AG_NO_TABLE, "Cannot find [%s] on current device storage."},
        {AG_NOT_ALLOWED, "[%s] cannot be accessed directly."},
        {AG_OUT_OF_RANGE, "Range exceeds the size of [%s]."},
        {AG_UNALIGNED, "Range in [%s] is not in whole blocks."},
        {AG_TOO_LARGE, "Data size is bigger than [%s]."},
        {AG_MEDIA, "Storage error in [%s]."},
        {AG_BAD_BLOCK, "No good block is left for [%s]."},
        {AG_CHECKSUM, "DRAM checksum mismatch: [%s] reads back different."},
        {AG_SPARSE_CHUNK, "Unknown chunk in sparse image of [%s]."},
        {AG_SPARSE, "Sparse image of [%s] is damaged."},
        {AG_FORBIDDEN, "Security deny for [%s]."},
        {AG_FORBIDDEN_RANGE, "Security deny for [%s]."},
        {AG_FORBIDDEN_ERASE, "Security deny for [%s]."},
        {AG_BAD_SIGNATURE, "Signature in image of [%s] is invalid."},
        {AG_ROLLBACK, "Version of [%s] is too old."},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].r == r)
            return xm_fail(x, texts[i].text, name);
    }
    return xm_fail(x, "Error 0x%08x at [%s].", ag_status(x->p, r), name);
}

struct xm_out xm_out_init(void *memory, size_t cap)
{
    struct xm_out o = {.s = memory, .cap = cap};
    o.s[0] = 0;
    return o;
}

void xm_put(struct xm_out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(o->s + o->len, o->cap - o->len, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= o->cap - o->len) {
        o->over = true;
        o->s[o->len] = 0;
        return;
    }
    o->len += (size_t)n;
}

/* As a whole or not at all, like what is formatted. */
static void put_text(struct xm_out *o, const char *text, size_t len)
{
    if (len >= o->cap - o->len) {
        o->over = true;
        return;
    }
    memcpy(o->s + o->len, text, len);
    o->len += len;
    o->s[o->len] = 0;
}

void xm_put_escaped(struct xm_out *o, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (; *text; text++) {
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            if (entities[i].c == *text)
                entity = entities[i].entity;
        }
        put_text(o, entity ? entity : text, entity ? strlen(entity) : 1);
    }
}

void xm_put_hex(struct xm_out *o, const uint8_t *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++)
        put_text(o, (const char[]){digits[data[i] >> 4], digits[data[i] & 15]}, 2);
}

uint8_t *xm_reserve(struct xm *x, struct xm_buffer *b, size_t need)
{
    if (need <= b->cap && b->data)
        return b->data;
    size_t n = 4096;
    while (n < need)
        n *= 2;
    phone_release(x->p, b->data);
    b->data = NULL; /* the next call may not return */
    b->cap = 0;
    b->data = phone_buffer(x->p, n);
    b->cap = n;
    return b->data;
}
