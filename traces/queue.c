/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/queue.h"

#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *q)
{
    q->head = NULL;
    q->tail = &q->head;
    q->length = 0;
}

void queue_release(struct queue *q)
{
    while (q->head) {
        struct queue_chunk *c = q->head;
        q->head = c->next;
        free(c);
    }
    queue_init(q);
}

bool queue_push(struct queue *q, int64_t time_ns, uint64_t packet, const uint8_t *data, size_t captured,
                size_t length)
{
    if (!length)
        return true;
    if (captured > length)
        captured = length;
    struct queue_chunk *c = malloc(sizeof(*c) + captured);
    if (!c)
        return false;
    *c = (struct queue_chunk){.time_ns = time_ns, .packet = packet, .length = length, .captured = captured};
    if (captured)
        memcpy(c->data, data, captured);
    *q->tail = c;
    q->tail = &c->next;
    q->length += length;
    return true;
}

/* Copies what is known of bytes [from, from + n) of a chunk. */
static void copy(const struct queue_chunk *c, size_t from, uint8_t *out, size_t n)
{
    size_t known = from < c->captured ? c->captured - from : 0;
    if (known > n)
        known = n;
    if (known)
        memcpy(out, c->data + from, known);
    if (n > known)
        memset(out + known, 0, n - known);
}

bool queue_peek(const struct queue *q, uint8_t *out, size_t n)
{
    if (q->length < n)
        return false;
    for (const struct queue_chunk *c = q->head; n; c = c->next) {
        size_t k = c->length - c->pos;
        if (k > n)
            k = n;
        copy(c, c->pos, out, k);
        out += k;
        n -= k;
    }
    return true;
}

uint64_t queue_take(struct queue *q, uint64_t n, uint8_t *out, size_t keep)
{
    uint64_t taken = 0;
    while (q->head && taken < n) {
        struct queue_chunk *c = q->head;
        size_t k = c->length - c->pos;
        if (k > n - taken)
            k = (size_t)(n - taken);
        if (taken < keep)
            copy(c, c->pos, out + taken, k < keep - taken ? k : (size_t)(keep - taken));
        c->pos += k;
        taken += k;
        q->length -= k;
        if (c->pos == c->length) {
            q->head = c->next;
            if (!q->head)
                q->tail = &q->head;
            free(c);
        }
    }
    return taken;
}
