/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded pipe of buffers between two threads: one fills, one empties, so that reading a file, hashing and the wire
 * overlap. Exactly one producer and one consumer; one of the two may be a helper thread that the pipe starts itself.
 * Memory is what mtk_pipe_new says and never more.
 */
#ifndef BASE_PIPE_H
#define BASE_PIPE_H

#include <stddef.h>
#include <stdint.h>

struct mtk_pipe;

/* A pipe of count buffers of size bytes each, nothing in it. NULL: out of memory. */
struct mtk_pipe *mtk_pipe_new(size_t count, size_t size);
/* Frees it. A helper thread must have been joined. NULL is allowed. */
void mtk_pipe_free(struct mtk_pipe *p);
/* Bytes of one buffer. */
size_t mtk_pipe_buffer_size(const struct mtk_pipe *p);

/* Producer: waits for an empty buffer. NULL: the pipe was closed, nobody wants more. The same one until pushed. */
uint8_t *mtk_pipe_reserve(struct mtk_pipe *p);
/* Producer: hands over the first len bytes of the reserved buffer; len 0 keeps it reserved. */
void mtk_pipe_push(struct mtk_pipe *p, size_t len);
/* Producer: nothing more will come. The consumer still gets what was pushed. */
void mtk_pipe_end(struct mtk_pipe *p);

/* Consumer: waits for a full buffer. NULL: ended and empty, or closed. The same one until popped. */
const uint8_t *mtk_pipe_peek(struct mtk_pipe *p, size_t *len);
/* Consumer: gives the buffer back. */
void mtk_pipe_pop(struct mtk_pipe *p);

/* Either side: gives up. Whoever waits, now or later, gets NULL. */
void mtk_pipe_close(struct mtk_pipe *p);

/*
 * Empties the pipe and runs fn(ctx) on a helper thread that takes no signals. 0, or -1 with errno set. At most one
 * helper at a time.
 */
int mtk_pipe_start(struct mtk_pipe *p, void (*fn)(void *ctx), void *ctx);
/* Waits for the helper to return. What it wrote is visible to the caller afterwards. Harmless if there is none. */
void mtk_pipe_join(struct mtk_pipe *p);

#endif
