/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks: what the phone asks the host to do while a command runs. da-xml.md section 5. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xml.h"

uint32_t xm_download_packet(const struct xm *x)
{
    return x->stage == 1 ? XML_PACKET_DA1 : XML_PACKET_DA2;
}

uint32_t xm_upload_packet(const struct xm *x)
{
    if (x->stage == 1)
        return XML_PACKET_DA1;
    return x->os_linux ? XML_PACKET_DA2_LINUX : XML_PACKET_DA2;
}

/* ---- asking ---- */

static struct xm_out begin(char memory[XML_CALLBACK_MAX], const char *kind)
{
    struct xm_out o = xm_out_init(memory, XML_CALLBACK_MAX);
    xm_put(&o, XML_HEAD "<host><version>1.0</version><command>CMD:%s</command><arg>", kind);
    return o;
}

static void element(struct xm_out *o, const char *name, const char *text)
{
    xm_put(o, "<%s>", name);
    xm_put_escaped(o, text);
    xm_put(o, "</%s>", name);
}

/* Ends and sends a callback's text, and takes the host's OK for it. Faults see it by its kind and as CALLBACK. */
static bool ask(struct xm *x, struct xm_out *o, const char *kind)
{
    xm_put(o, "</arg></host>");
    if (o->over) {
        xm_fail(x, "Buffer too small for %s.", kind);
        return false;
    }
    phone_fault(x->p, FAULT_AT_COMMAND, "CALLBACK", 0);
    phone_fault(x->p, FAULT_AT_COMMAND, kind, 0);
    xm_send(x, o->s, o->len + 1);
    return xm_hear_yes(x, NULL);
}

static bool ask_transfer(struct xm *x, const char *kind, const char *checksum, const char *info,
                         const char *file_node, const char *file, uint32_t packet)
{
    char memory[XML_CALLBACK_MAX];
    struct xm_out o = begin(memory, kind);
    element(&o, "checksum", checksum);
    element(&o, "info", info);
    element(&o, file_node, file);
    xm_put(&o, "<packet_length>0x%x</packet_length>", packet);
    return ask(x, &o, kind);
}

/* What stands behind OK@, as a number. */
static bool token_value(const char *token, uint64_t *value)
{
    return strncmp(token, XML_OK_AT, 3) == 0 && xm_number(token + 3, value);
}

/* A token with a number. Anything else is answered with ERR, and the transfer is over [5.1]. */
static bool hear_value(struct xm *x, uint64_t *value)
{
    char token[XML_TOKEN_MAX + 1];
    enum xm_heard heard = xm_hear(x, token);
    *value = 0;
    if (heard == XM_HEARD_NOTHING) {
        xm_fail(x, "USB error, or buffer too small.");
        return false;
    }
    if (heard == XM_HEARD_YES && token_value(token, value))
        return true;
    xm_say(x, XM_SAY_ERR);
    xm_fail(x, "User cancelled.");
    return false;
}

bool xm_begin_download(struct xm *x, const char *info, const char *source, uint64_t *total)
{
    return ask_transfer(x, "DOWNLOAD-FILE", x->check_usb ? "CHK_ADD" : "CHK_NO", info, "source_file", source,
                        xm_download_packet(x)) &&
           hear_value(x, total); /* the host's two frames come in a row */
}

bool xm_packet_sum(struct xm *x, uint32_t *sum)
{
    uint64_t value;
    if (!hear_value(x, &value) || !xm_say(x, XM_SAY_OK))
        return false;
    *sum = (uint32_t)value;
    return true;
}

bool xm_begin_upload(struct xm *x, const char *info, const char *target, uint64_t total)
{
    return ask_transfer(x, "UPLOAD-FILE", "CHK_NO", info, "target_file", target, xm_upload_packet(x)) &&
           xm_say_value(x, total) && xm_hear_yes(x, NULL);
}

/* ---- files ---- */

/* DRAM that was never initialised swallows what is stored in it; nothing works after that. */
static void mind_the_memory(struct xm *x)
{
    if (!phone_board(x->p)->dram.up)
        phone_hang(x->p, "download into DRAM that was never initialised");
}

enum xm_got xm_get_file(struct xm *x, const char *info, const char *source, uint64_t max,
                        struct xm_buffer *into, size_t *len)
{
    uint64_t total, left;
    uint32_t ignored; /* small files are not checked */
    *len = 0;
    if (!xm_begin_download(x, info, source, &total))
        return XM_GOT_NOTHING;
    if (total > max) {
        xm_say(x, XM_SAY_ERR);
        xm_fail(x, "File %s is too large.", info);
        return XM_GOT_TOO_LONG;
    }
    uint8_t *to = xm_reserve(x, into, (size_t)total + 1);
    if (!xm_say(x, XM_SAY_OK))
        return XM_GOT_NOTHING;
    for (left = total; left;) {
        size_t n = left < xm_download_packet(x) ? (size_t)left : xm_download_packet(x), got;
        if (!xm_packet_sum(x, &ignored))
            return XM_GOT_NOTHING;
        if (!xm_receive(x, to + (total - left), n, &got)) {
            xm_fail(x, "USB error, or buffer too small.");
            return XM_GOT_NOTHING;
        }
        mind_the_memory(x);
        left -= got;
        if (!xm_say(x, XM_SAY_OK))
            return XM_GOT_NOTHING;
    }
    to[total] = 0;
    *len = (size_t)total;
    return XM_GOT_IT;
}

bool xm_give_file(struct xm *x, const char *info, const char *target, const void *data, size_t len)
{
    const uint8_t *from = data;
    if (!xm_begin_upload(x, info, target, len))
        return false;
    while (len) {
        size_t n = len < xm_upload_packet(x) ? len : xm_upload_packet(x);
        if (!xm_say(x, XM_SAY_OK) || !xm_hear_yes(x, NULL))
            return false;
        xm_send(x, from, n);
        if (!xm_hear_yes(x, NULL))
            return false;
        from += n;
        len -= n;
    }
    return true;
}

/* ---- progress ---- */

bool xm_begin_progress(struct xm *x, const char *message)
{
    char memory[XML_CALLBACK_MAX];
    struct xm_out o = begin(memory, "PROGRESS-REPORT");
    element(&o, "message", message);
    return ask(x, &o, "PROGRESS-REPORT");
}

bool xm_tick(struct xm *x, unsigned percent)
{
    char text[XML_TOKEN_MAX];
    struct xm_out o = xm_out_init(text, sizeof(text));
    xm_put(&o, XML_PROGRESS "@%u@", percent);
    xm_heartbeat(x);
    xm_send(x, o.s, o.len + 1);
    return xm_hear_yes(x, NULL);
}

bool xm_end_progress(struct xm *x)
{
    return xm_say(x, XM_SAY_EOT) && xm_hear_yes(x, NULL);
}

/* ---- the host's file system ---- */

bool xm_file_operation(struct xm *x, const char *key, const char *path, char value[XML_TOKEN_MAX + 1])
{
    char memory[XML_CALLBACK_MAX], token[XML_TOKEN_MAX + 1];
    struct xm_out o = begin(memory, "FILE-SYS-OPERATION");
    element(&o, "key", key);
    element(&o, "file_path", path);
    if (!ask(x, &o, "FILE-SYS-OPERATION") || !xm_hear_yes(x, token))
        return false; /* nothing answers the value, good or bad */
    const char *at = strchr(token, '@');
    if (value)
        strcpy(value, at ? at + 1 : "");
    return true;
}

bool xm_file_exists(struct xm *x, const char *path, bool *exists)
{
    char value[XML_TOKEN_MAX + 1];
    *exists = false;
    if (!xm_file_operation(x, "EXISTS", path, value))
        return false;
    *exists = strcmp(value, "EXISTS") == 0;
    return true;
}
