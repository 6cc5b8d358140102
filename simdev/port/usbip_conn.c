/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/port/usbip_conn.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    STAGING = 16 * 1024,       /* headers and small data are received here; large data where they belong */
    BACKLOG_MAX = 1024 * 1024, /* bytes that wait to be sent; more makes the client wait */
    LAST_ENDPOINT = 15,
};

/* A transfer and its answer, or an answer alone. */
struct exchange {
    struct urb urb; /* first: the bus hands it back as that */
    uint32_t start_frame, packets;
    uint8_t head[USBIP_COMMAND_LEN];
    size_t head_len, body_len; /* the body is urb.data */
};

enum state { OPERATION, BUSID, COMMAND, DATA, SKIP, OVER };

struct usbip_conn {
    struct usbip_exports *exports;
    struct usbip_export *import;
    enum state state;
    uint8_t staging[STAGING];
    size_t pos, len;             /* [pos, len) of it is not understood yet */
    struct exchange *incoming;   /* DATA, SKIP: whose data come */
    size_t got;                  /* DATA: of them */
    uint32_t skip;               /* SKIP: bytes to come */
    struct urb *out, **out_last; /* answers that wait to be sent, */
    size_t out_count, backlog;   /* how many, and their bytes; */
    size_t out_pos;              /* of the first, what has been sent */
};

struct usbip_conn *port_usbip_conn_new(struct usbip_exports *exports)
{
    struct usbip_conn *c = calloc(1, sizeof(*c));
    if (c) {
        c->exports = exports;
        c->out_last = &c->out;
    }
    return c;
}

static void release(struct usbip_conn *c)
{
    if (c->import)
        port_usbip_release(c->exports, c->import);
    c->import = NULL;
}

/* No more is read; what waits is still sent. */
static void end(struct usbip_conn *c)
{
    release(c);
    if (c->incoming)
        port_urb_free(&c->incoming->urb);
    c->incoming = NULL;
    c->state = OVER;
}

void port_usbip_conn_free(struct usbip_conn *c)
{
    if (!c)
        return;
    end(c);
    for (struct urb *u = c->out, *next; u; u = next) {
        next = u->next;
        port_urb_free(u);
    }
    free(c);
}

bool port_usbip_imported(const struct usbip_conn *c)
{
    return c->import;
}

bool port_usbip_over(const struct usbip_conn *c)
{
    return c->state == OVER;
}

/* ---- output ---- */

static void send(struct usbip_conn *c, struct exchange *x)
{
    x->urb.next = NULL;
    *c->out_last = &x->urb;
    c->out_last = &x->urb.next;
    c->out_count++;
    c->backlog += x->head_len + x->body_len;
}

size_t port_usbip_output(const struct usbip_conn *c, struct iovec *out, size_t max)
{
    size_t n = 0, skip = c->out_pos;
    for (struct urb *u = c->out; u && n + 2 <= max; u = u->next) {
        struct exchange *x = (struct exchange *)u;
        if (skip < x->head_len)
            out[n++] = (struct iovec){x->head + skip, x->head_len - skip};
        skip = skip < x->head_len ? 0 : skip - x->head_len;
        if (skip < x->body_len)
            out[n++] = (struct iovec){u->data + skip, x->body_len - skip};
        skip = 0;
    }
    return n;
}

void port_usbip_sent(struct usbip_conn *c, size_t n)
{
    c->backlog -= n;
    c->out_pos += n;
    while (c->out) {
        struct exchange *x = (struct exchange *)c->out;
        if (c->out_pos < x->head_len + x->body_len)
            break;
        c->out_pos -= x->head_len + x->body_len;
        c->out = x->urb.next;
        if (!c->out)
            c->out_last = &c->out;
        c->out_count--;
        port_urb_free(&x->urb);
    }
}

/* ---- answers ---- */

static struct exchange *exchange_new(struct usbip_conn *c)
{
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x)
        end(c);
    return x;
}

/* A transfer has ended. Nobody needs the data of an OUT transfer any more. */
static void on_done(void *ctx, struct urb *u)
{
    struct usbip_conn *c = ctx;
    struct exchange *x = (struct exchange *)u;
    struct wr w = wr_init(x->head, sizeof(x->head));
    struct usbip_result r = {
        .seqnum = u->id,
        .status = u->status,
        .actual = (uint32_t)u->actual,
        .start_frame = x->start_frame,
        .packets = x->packets,
    };
    port_usbip_write_submitted(&w, &r);
    x->head_len = w.pos;
    if (u->endpoint & 0x80) {
        x->body_len = u->actual;
    } else {
        free(u->data);
        u->data = NULL;
    }
    send(c, x);
}

static void fail(struct usbip_conn *c, struct exchange *x, int status)
{
    x->urb.status = status;
    on_done(c, &x->urb);
}

/* ---- operations ---- */

/* An answer of up to max bytes that are still to be written. NULL: the connection ended for want of memory. */
static struct exchange *reply_new(struct usbip_conn *c, size_t max, struct wr *w)
{
    struct exchange *x = exchange_new(c);
    if (!x)
        return NULL;
    x->urb.data = malloc(max);
    if (!x->urb.data) {
        port_urb_free(&x->urb);
        end(c);
        return NULL;
    }
    *w = wr_init(x->urb.data, max);
    return x;
}

static void reply(struct usbip_conn *c, struct exchange *x, const struct wr *w)
{
    x->body_len = w->pos;
    send(c, x);
}

static void list(struct usbip_conn *c)
{
    const struct usbip_device *device[USBIP_EXPORTS_MAX];
    uint32_t n = 0;
    struct wr w;
    for (size_t i = 0; i < c->exports->count; i++)
        if ((device[n] = port_usbip_look(c->exports, i)) != NULL)
            n++;
    struct exchange *x = reply_new(c, USBIP_OP_LEN + 4 + n * (USBIP_DEVICE_LEN + 4 * BUS_INTERFACES), &w);
    if (!x)
        return;
    port_usbip_write_devlist(&w, n);
    for (uint32_t i = 0; i < n; i++)
        port_usbip_write_device(&w, device[i]);
    reply(c, x, &w);
    end(c);
}

static bool on_operation(struct usbip_conn *c, struct rd *r)
{
    struct usbip_op op;
    if (!port_usbip_read_op(r, &op))
        return false;
    if (op.version != USBIP_VERSION)
        end(c);
    else if (op.code == USBIP_REQ_DEVLIST)
        list(c);
    else if (op.code == USBIP_REQ_IMPORT)
        c->state = BUSID;
    else
        end(c);
    return true;
}

static bool on_busid(struct usbip_conn *c, struct rd *r, int64_t now)
{
    char busid[USBIP_BUSID_LEN];
    struct wr w;
    if (rd_left(r) < sizeof(busid))
        return false;
    bool named = port_usbip_read_busid(r, busid);
    uint32_t status = USBIP_NO_DEVICE;
    if (named)
        status = port_usbip_import(c->exports, busid, now, on_done, c, &c->import);
    struct exchange *x = reply_new(c, USBIP_OP_LEN + USBIP_DEVICE_LEN, &w);
    if (!x)
        return true;
    port_usbip_write_import(&w, status, status == USBIP_OK ? &c->import->device : NULL);
    reply(c, x, &w);
    if (status == USBIP_OK)
        c->state = COMMAND;
    else
        end(c);
    return true;
}

/* ---- commands ---- */

static bool too_much(const struct usbip_conn *c, const struct usbip_command *cmd)
{
    const struct bus *b = c->import->bus;
    return cmd->length > USBIP_URB_MAX || port_bus_pending(b) + c->out_count >= USBIP_URBS_MAX ||
           (cmd->direction == USBIP_OUT && port_bus_held(b) + cmd->length > USBIP_HELD_MAX);
}

/* The data of an OUT transfer come next, for x. */
static void expect_data(struct usbip_conn *c, struct exchange *x, const struct usbip_command *cmd,
                        bool refused)
{
    c->incoming = x;
    c->got = 0;
    c->skip = cmd->length;
    x->urb.data = refused ? NULL : malloc(cmd->length);
    c->state = x->urb.data ? DATA : SKIP;
}

static void on_submit(struct usbip_conn *c, const struct usbip_command *cmd)
{
    bool in = cmd->direction == USBIP_IN, refused = too_much(c, cmd);
    struct exchange *x = exchange_new(c);
    if (!x)
        return;
    x->start_frame = cmd->start_frame;
    x->packets = cmd->packets;
    x->urb.id = cmd->seqnum;
    x->urb.endpoint = (uint8_t)(cmd->endpoint | (in ? 0x80 : 0));
    x->urb.length = cmd->length;
    x->urb.zero_packet = cmd->flags & USBIP_ZERO_PACKET;
    x->urb.short_not_ok = cmd->flags & USBIP_SHORT_NOT_OK;
    memcpy(x->urb.setup, cmd->setup, sizeof(cmd->setup));
    if (!in && cmd->length)
        expect_data(c, x, cmd, refused);
    else if (refused)
        fail(c, x, BUS_NO_MEMORY);
    else
        port_bus_submit(c->import->bus, &x->urb);
}

static void on_unlink(struct usbip_conn *c, const struct usbip_command *cmd)
{
    /* Of one that has ended, or never was, there is nothing to take back. */
    int status = port_bus_cancel(c->import->bus, cmd->unlink_seqnum) ? BUS_CANCELLED : 0;
    struct exchange *x = exchange_new(c);
    if (!x)
        return;
    struct wr w = wr_init(x->head, sizeof(x->head));
    port_usbip_write_unlinked(&w, cmd->seqnum, status);
    x->head_len = w.pos;
    send(c, x);
}

static bool sensible(const struct usbip_conn *c, const struct usbip_command *cmd)
{
    if (cmd->devid != usbip_devid(&c->import->device))
        return false;
    if (cmd->command == USBIP_CMD_UNLINK)
        return true;
    return cmd->command == USBIP_CMD_SUBMIT && cmd->direction <= USBIP_IN && cmd->endpoint <= LAST_ENDPOINT &&
           cmd->length <= INT32_MAX && (cmd->packets == 0 || cmd->packets == USBIP_NO_PACKETS);
}

static bool on_command(struct usbip_conn *c, struct rd *r)
{
    struct usbip_command cmd;
    if (!port_usbip_read_command(r, &cmd))
        return false;
    if (!sensible(c, &cmd)) {
        port_usbip_say(c->exports, "%s: what its host sends is no USB/IP", c->import->device.busid);
        end(c);
    } else if (cmd.command == USBIP_CMD_SUBMIT) {
        on_submit(c, &cmd);
    } else {
        on_unlink(c, &cmd);
    }
    return true;
}

/* ---- data ---- */

static void data_complete(struct usbip_conn *c)
{
    struct exchange *x = c->incoming;
    c->incoming = NULL;
    c->state = COMMAND;
    port_bus_submit(c->import->bus, &x->urb);
}

static bool on_data(struct usbip_conn *c, struct rd *r)
{
    struct exchange *x = c->incoming;
    size_t rest = x->urb.length - c->got, n = rd_left(r) < rest ? rd_left(r) : rest;
    rd_bytes(r, x->urb.data + c->got, n);
    c->got += n;
    if (c->got == x->urb.length)
        data_complete(c);
    return n > 0;
}

static bool on_skip(struct usbip_conn *c, struct rd *r)
{
    size_t n = rd_left(r) < c->skip ? rd_left(r) : c->skip;
    rd_skip(r, n);
    c->skip -= (uint32_t)n;
    if (c->skip == 0) {
        struct exchange *x = c->incoming;
        c->incoming = NULL;
        c->state = COMMAND;
        fail(c, x, BUS_NO_MEMORY);
    }
    return n > 0;
}

/* ---- input ---- */

static bool step(struct usbip_conn *c, struct rd *r, int64_t now)
{
    switch (c->state) {
    case OPERATION:
        return on_operation(c, r);
    case BUSID:
        return on_busid(c, r, now);
    case COMMAND:
        return on_command(c, r);
    case DATA:
        return on_data(c, r);
    case SKIP:
        return on_skip(c, r);
    case OVER:
        break;
    }
    return false;
}

/* Understands what has come, as far as its answers find room. */
static void parse(struct usbip_conn *c, int64_t now)
{
    bool moved = true;
    while (moved && c->pos < c->len && c->backlog < BACKLOG_MAX) {
        struct rd r = rd_init(c->staging + c->pos, c->len - c->pos);
        moved = step(c, &r, now);
        if (moved)
            c->pos += r.pos;
    }
    if (c->pos == c->len)
        c->pos = c->len = 0;
}

size_t port_usbip_space(struct usbip_conn *c, void **where)
{
    if (c->state == OVER || c->backlog >= BACKLOG_MAX)
        return 0;
    if (c->state == DATA && c->len == 0) {
        *where = c->incoming->urb.data + c->got;
        return c->incoming->urb.length - c->got;
    }
    memmove(c->staging, c->staging + c->pos, c->len - c->pos);
    c->len -= c->pos;
    c->pos = 0;
    *where = c->staging + c->len;
    return sizeof(c->staging) - c->len;
}

void port_usbip_received(struct usbip_conn *c, size_t n, int64_t now)
{
    if (c->state == DATA && c->len == 0) {
        c->got += n;
        if (c->got == c->incoming->urb.length)
            data_complete(c);
        return;
    }
    c->len += n;
    parse(c, now);
}

/* ---- time ---- */

static bool has_room(void *ctx)
{
    return ((const struct usbip_conn *)ctx)->backlog < BACKLOG_MAX;
}

bool port_usbip_run(struct usbip_conn *c, int64_t now)
{
    parse(c, now);
    if (!c->import)
        return false;
    bool busy = port_bus_run(c->import->bus, now - c->import->offset, has_room);
    if (port_bus_left(c->import->bus))
        end(c);
    return busy;
}

int64_t port_usbip_wake(const struct usbip_conn *c)
{
    int64_t wake = c->import ? port_bus_wake(c->import->bus) : NS_NEVER;
    return wake == NS_NEVER ? NS_NEVER : wake + c->import->offset;
}
