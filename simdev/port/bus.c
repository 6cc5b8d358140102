/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/port/bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

enum {
    PASSES = 64, /* moves between two looks at the world outside */
    SET_CONFIGURATION = 9,
    TO_HOST = 0x80,
    BULK = 2,
};

/* Transfers that wait for one endpoint, oldest first. */
struct queue {
    struct bus_endpoint endpoint;
    struct urb *first, **last;
};

struct bus {
    struct mtksim *phone;
    unsigned generation;
    struct bus_device device;
    struct queue queue[BUS_ENDPOINTS];
    size_t pending, held;
    int64_t wake;
    bool configured, left;
    bus_done_fn done;
    void *ctx;
};

void port_urb_free(struct urb *urb)
{
    if (urb)
        free(urb->data);
    free(urb);
}

struct bus *port_bus_new(struct mtksim *phone, unsigned generation, bus_done_fn done, void *ctx)
{
    struct bus *b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    *b = (struct bus){.phone = phone, .generation = generation, .wake = NS_NEVER, .done = done, .ctx = ctx};
    if (!port_bus_describe(phone, &b->device)) {
        free(b);
        return NULL;
    }
    for (size_t i = 0; i < BUS_ENDPOINTS; i++) {
        b->queue[i].endpoint = b->device.endpoint[i];
        b->queue[i].last = &b->queue[i].first;
    }
    return b;
}

void port_bus_free(struct bus *b)
{
    for (size_t i = 0; b && i < BUS_ENDPOINTS; i++)
        for (struct urb *u = b->queue[i].first, *next; u; u = next) {
            next = u->next;
            port_urb_free(u);
        }
    free(b);
}

const struct bus_device *port_bus_device(const struct bus *b)
{
    return &b->device;
}

size_t port_bus_pending(const struct bus *b)
{
    return b->pending;
}

size_t port_bus_held(const struct bus *b)
{
    return b->held;
}

int64_t port_bus_wake(const struct bus *b)
{
    return b->wake;
}

bool port_bus_left(const struct bus *b)
{
    return b->left;
}

/* ---- queues ---- */

static struct queue *queue_of(struct bus *b, uint8_t address)
{
    for (size_t i = 0; i < b->device.endpoints; i++)
        if (b->queue[i].endpoint.address == address)
            return &b->queue[i];
    return NULL;
}

static size_t weight(const struct urb *u)
{
    return u->endpoint & TO_HOST ? 0 : u->length;
}

static void append(struct bus *b, struct queue *q, struct urb *u)
{
    u->next = NULL;
    *q->last = u;
    q->last = &u->next;
    b->pending++;
    b->held += weight(u);
}

/* Takes the transfer at *at out of its queue. */
static struct urb *detach(struct bus *b, struct queue *q, struct urb **at)
{
    struct urb *u = *at;
    *at = u->next;
    if (!u->next)
        q->last = at;
    u->next = NULL;
    b->pending--;
    b->held -= weight(u);
    return u;
}

static void finish(struct bus *b, struct urb *u, int status)
{
    u->status = status;
    if (status == 0 && u->short_not_ok && (u->endpoint & TO_HOST) && u->actual < u->length)
        u->status = BUS_SHORT;
    b->done(b->ctx, u);
}

static void finish_first(struct bus *b, struct queue *q, int status)
{
    finish(b, detach(b, q, &q->first), status);
}

/* ---- control ---- */

/* Runs the request; the buffer has room for wLength bytes. */
static int request(struct bus *b, const struct urb *u, uint8_t *data)
{
    return mtksim_control(b->phone, u->setup[0], u->setup[1], get_le16(u->setup + 2), get_le16(u->setup + 4),
                          data, get_le16(u->setup + 6));
}

static int control_in(struct bus *b, struct urb *u)
{
    size_t wanted = get_le16(u->setup + 6);
    u->data = malloc(wanted ? wanted : 1);
    if (!u->data)
        return BUS_NO_MEMORY;
    int n = request(b, u, u->data);
    if (n < 0)
        return n;
    u->actual = (size_t)n < u->length ? (size_t)n : u->length;
    return (size_t)n > u->length ? BUS_OVERFLOW : 0;
}

static void control(struct bus *b, struct urb *u)
{
    bool in = u->setup[0] & TO_HOST;
    size_t wanted = get_le16(u->setup + 6);
    int status;
    /* Without data the direction of the pipe means nothing; with data, pipe, request and buffer must agree. */
    if (wanted && (in != !!(u->endpoint & TO_HOST) || (!in && u->length != wanted)))
        status = BUS_INVALID;
    else if (wanted && in)
        status = control_in(b, u);
    else if ((status = request(b, u, wanted ? u->data : NULL)) >= 0) {
        u->actual = (size_t)status;
        status = 0;
    }
    if (u->setup[0] == 0 && u->setup[1] == SET_CONFIGURATION && status == 0)
        b->configured = get_le16(u->setup + 2) != 0;
    if (status == MTKSIM_STALL)
        status = BUS_STALL;
    else if (status == MTKSIM_GONE)
        status = BUS_LEFT;
    finish(b, u, status);
}

void port_bus_submit(struct bus *b, struct urb *u)
{
    struct queue *q = queue_of(b, u->endpoint);
    u->actual = 0;
    u->begun = false;
    if (b->left)
        finish(b, u, BUS_NO_DEVICE);
    else if ((u->endpoint & ~TO_HOST) == 0)
        control(b, u);
    else if (!q || !b->configured)
        finish(b, u, BUS_NO_ANSWER);
    else
        append(b, q, u);
}

bool port_bus_cancel(struct bus *b, uint32_t id)
{
    for (size_t i = 0; i < b->device.endpoints; i++)
        for (struct urb **at = &b->queue[i].first; *at; at = &(*at)->next)
            if ((*at)->id == id) {
                struct urb *u = detach(b, &b->queue[i], at);
                if (u->begun && !(u->endpoint & TO_HOST))
                    mtksim_out_end(b->phone, u->data, u->actual);
                port_urb_free(u);
                return true;
            }
    return false;
}

/* ---- moving; each returns true if it moved anything ---- */

static void zero_packet(struct mtksim *phone)
{
    mtksim_out_begin(phone, 0);
    mtksim_out_end(phone, NULL, 0);
}

static bool move_out(struct bus *b, struct queue *q)
{
    struct urb *u = q->first;
    bool first = !u->begun;
    if (first)
        mtksim_out_begin(b->phone, u->length);
    u->begun = true;
    ssize_t n = u->actual < u->length ? mtksim_out(b->phone, u->data + u->actual, u->length - u->actual) : 0;
    if (n < 0)
        return false; /* it left the bus, as is seen soon */
    u->actual += (size_t)n;
    if (u->actual < u->length)
        return n > 0;
    mtksim_out_end(b->phone, u->data, u->actual);
    if (u->zero_packet && u->length && u->length % q->endpoint.packet == 0)
        zero_packet(b->phone);
    finish_first(b, q, 0);
    return true;
}

/* How many of the bytes that the phone offers fit in the transfer: all of them, or whole packets. */
static size_t fitting(const struct urb *u, size_t offered, size_t packet)
{
    size_t room = u->length - u->actual;
    return offered <= room ? offered : room - room % packet;
}

static bool move_in(struct bus *b, struct queue *q)
{
    struct urb *u = q->first;
    size_t offered = mtksim_pending(b->phone), packet = q->endpoint.packet;
    if (offered == 0)
        return false;
    size_t n = fitting(u, offered, packet);
    if (n == 0) {
        finish_first(b, q, BUS_OVERFLOW);
        return true;
    }
    uint8_t *data = realloc(u->data, u->actual + n);
    if (!data) {
        finish_first(b, q, BUS_NO_MEMORY);
        return true;
    }
    u->data = data;
    ssize_t got = mtksim_read(b->phone, u->data + u->actual, n, 0);
    if (got <= 0)
        return false;
    u->actual += (size_t)got;
    u->begun = true;
    if (u->actual == u->length || (size_t)got % packet != 0)
        finish_first(b, q, 0);
    return true;
}

/* Interrupt endpoints say nothing: a notification is optional in CDC, and no phone of this kind sends one. */
static bool move(struct bus *b, bool (*more)(void *ctx))
{
    bool moved = false;
    for (size_t i = 0; i < b->device.endpoints; i++) {
        struct queue *q = &b->queue[i];
        if (q->endpoint.kind == BULK && q->first && more(b->ctx))
            moved |= q->endpoint.address & TO_HOST ? move_in(b, q) : move_out(b, q);
    }
    return moved;
}

static bool gone(const struct bus *b)
{
    struct mtksim_usb_id id;
    return mtksim_identity(b->phone, &id) != 0 || id.generation != b->generation;
}

static void leave(struct bus *b)
{
    b->left = true;
    for (size_t i = 0; i < b->device.endpoints; i++)
        while (b->queue[i].first)
            finish_first(b, &b->queue[i], BUS_LEFT);
}

bool port_bus_run(struct bus *b, int64_t now_ns, bool (*more)(void *ctx))
{
    bool moved = !b->left;
    for (int i = 0; i < PASSES && moved; i++) {
        b->wake = mtksim_run_until(b->phone, now_ns);
        if (gone(b)) {
            leave(b);
            return false;
        }
        moved = move(b, more);
    }
    return moved;
}
