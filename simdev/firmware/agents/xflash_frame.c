/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of XFlash, device side, and the loop that serves commands. da-xflash.md sections 2, 3, 11. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define ERROR_BIT        0x80000000u /* severity "error" of a status [3] */
#define LOG_INFO         2u          /* da_log_level up to which ordinary lines are printed [4] */
#define LOG_CHANNEL_USB  2u
#define MESSAGE_PRIORITY 1u
#define MESSAGE_MAX      160
#define HEARTBEAT        "HB"

static void put_header(uint8_t out[XFLASH_HEADER_LEN], uint32_t type, size_t len)
{
    put_le32(out, XFLASH_MAGIC);
    put_le32(out + 4, type);
    put_le32(out + 8, (uint32_t)len);
}

void xf_answer(struct xf *x, const void *payload, size_t len)
{
    uint8_t header[XFLASH_HEADER_LEN];
    put_header(header, XFLASH_FLOW, len);
    phone_write(x->p, header, sizeof(header));
    if (len)
        phone_write(x->p, payload, len);
}

uint32_t xf_status(struct xf *x, uint32_t value)
{
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, x->command, value);
    uint8_t word[4];
    if (a.kind == FAULT_STATUS)
        value = a.value;
    if (value & ERROR_BIT)
        x->error = value;
    put_le32(word, value);
    xf_answer(x, word, sizeof(word));
    return value;
}

bool xf_header(struct xf *x, uint32_t *len)
{
    uint8_t header[XFLASH_HEADER_LEN];
    *len = 0;
    phone_read(x->p, header, sizeof(header), -1);
    if (get_le32(header) != XFLASH_MAGIC)
        return false;
    *len = get_le32(header + 8); /* the type word is not looked at [2.2] */
    return true;
}

void xf_bad_frame(struct xf *x, const char *why)
{
    phone_log(x->p, "[DA%u] %s", x->stage, why);
    if (phone_settings(x->p)->bad_frame == BAD_FRAME_DEAF)
        phone_hang(x->p, why);
}

bool xf_param(struct xf *x, void *buf, size_t cap, size_t *got)
{
    uint32_t len;
    memset(buf, 0, cap);
    if (got)
        *got = 0;
    if (!xf_header(x, &len)) {
        xf_bad_frame(x, "wrong magic in place of a parameter");
        return false;
    }
    if (len > cap) {
        phone_log(x->p, "[DA%u] %s: parameter of %u bytes, room for %zu", x->stage, x->command, len, cap);
        return false;
    }
    phone_read(x->p, buf, len, -1);
    if (got)
        *got = len;
    return true;
}

bool xf_word(struct xf *x, uint32_t *v)
{
    uint8_t word[4];
    bool ok = xf_param(x, word, sizeof(word), NULL);
    *v = get_le32(word);
    return ok;
}

void xf_discard(struct xf *x, uint32_t len)
{
    if (!x->scratch)
        x->scratch = phone_buffer(x->p, XF_SCRATCH_LEN);
    /* In large pieces: with strict transfers the end of a read is the end of its transfer. */
    while (len) {
        uint32_t n = len < XF_SCRATCH_LEN ? len : XF_SCRATCH_LEN;
        phone_read(x->p, x->scratch, n, -1);
        len -= n;
    }
}

/* A message frame: the priority counts as payload, the NUL is sent. */
static void send_message(struct xf *x, const char *text)
{
    uint8_t header[XFLASH_HEADER_LEN], body[4 + MESSAGE_MAX];
    size_t len = 4 + strlen(text) + 1;
    put_header(header, XFLASH_MESSAGE, len);
    put_le32(body, MESSAGE_PRIORITY);
    memcpy(body + 4, text, len - 4);
    phone_write(x->p, header, sizeof(header));
    phone_write(x->p, body, len);
}

void xf_message(struct xf *x, const char *fmt, ...)
{
    char text[MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    phone_log(x->p, "[DA%u] %s", x->stage, text);
    bool asked = (x->log_channel & LOG_CHANNEL_USB) && x->log_level <= LOG_INFO;
    if (!asked && !phone_settings(x->p)->da_messages)
        return;
    send_message(x, text);
    if (phone_settings(x->p)->da_messages)
        send_message(x, HEARTBEAT); /* late builds send them between two frames as well [2] */
}

void xf_reserve(struct xf *x, uint8_t **buf, size_t *cap, size_t need)
{
    if (need <= *cap)
        return;
    size_t n = 4096;
    while (n < need)
        n *= 2;
    *buf = phone_buffer(x->p, n);
    *cap = n;
}

/* A locked agent does not have most commands registered [7.6]. */
static bool locked_out(const struct xf *x, uint32_t code)
{
    return x->stage == 2 && ag_sla_required(x->p) && !x->unlocked && code != XF_DEVICE_CTRL &&
           code != XF_SHUTDOWN;
}

/* Reads a command packet. False: bad frame, nothing to answer. */
static bool next_command(struct xf *x, uint32_t *code)
{
    uint8_t word[4] = {0};
    uint32_t len;
    x->command = "LOOP";
    x->error = 0;
    if (!xf_header(x, &len)) {
        xf_bad_frame(x, "wrong magic in place of a command");
        return false;
    }
    if (len > sizeof(word)) {
        xf_bad_frame(x, "command packet longer than 4 bytes");
        return false;
    }
    phone_read(x->p, word, len, -1);
    *code = get_le32(word);
    return true;
}

/* Carries out one command that the table has. */
static void run_command(struct xf *x, const struct xf_command *c)
{
    x->command = c->name;
    phone_fault(x->p, FAULT_AT_COMMAND, c->name, c->code);
    xf_message(x, "%s", c->name);
    if (xf_status(x, XF_OK) == XF_OK)
        c->run(x);
    /* A refused control code or an info call without an answer is ordinary life, not an error. */
    if (x->error && x->error != XF_UNSUPPORTED_CMD && c->code != XF_DEVICE_CTRL)
        agent_after_error(x->p);
}

void xf_loop(struct xf *x, const struct xf_command *table, size_t n)
{
    for (;;) {
        uint32_t code;
        if (!next_command(x, &code))
            continue;
        size_t i = 0;
        while (i < n && table[i].code != code)
            i++;
        if (i < n && !locked_out(x, code)) {
            run_command(x, &table[i]);
        } else {
            x->command = "UNKNOWN";
            phone_log(x->p, "[DA%u] unsupported command 0x%06X", x->stage, code);
            xf_status(x, XF_UNSUPPORTED_CMD);
        }
    }
}
