/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of one direction that wait to be understood, each with the time and packet that brought it. */
#ifndef TRACES_QUEUE_H
#define TRACES_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_chunk {
    struct queue_chunk *next;
    int64_t time_ns;
    uint64_t packet;
    size_t pos, length, captured; /* bytes beyond captured were cut from the recording: they read as zero */
    uint8_t data[];
};

struct queue {
    struct queue_chunk *head, **tail;
    uint64_t length; /* bytes waiting */
};

void queue_init(struct queue *q);
void queue_release(struct queue *q);
/* Appends a copy. False: out of memory. */
bool queue_push(struct queue *q, int64_t time_ns, uint64_t packet, const uint8_t *data, size_t captured,
                size_t length);
/* Looks at the first n bytes without taking them; false if there are fewer. */
bool queue_peek(const struct queue *q, uint8_t *out, size_t n);
/* Takes up to n bytes, the first `keep` of them copied into out. Returns how many were taken. */
uint64_t queue_take(struct queue *q, uint64_t n, uint8_t *out, size_t keep);

#endif
