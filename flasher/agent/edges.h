/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage moves whole blocks or pages, callers want bytes. These stand between a caller's drain or source and a
 * transfer in whole units, and take off or add what is at its edges.
 */
#ifndef FLASHER_AGENT_EDGES_H
#define FLASHER_AGENT_EDGES_H

#include "flasher/agent/agent.h"

/* A drain that drops the first `skip` bytes, passes `take` on, and drops the rest. */
struct agent_trim {
    struct mtk_drain drain; /* to be given to the transfer */
    const struct mtk_drain *to;
    uint64_t skip, take;
    bool passing; /* the buffer that was handed out last is the caller's */
    uint8_t scrap[4096];
};
void agent_trim_init(struct agent_trim *t, const struct mtk_drain *to, uint64_t skip, uint64_t take);

/* A source of `len` bytes of another one and then of those at tail, which stay the caller's. */
struct agent_pad {
    struct mtk_source source; /* to be given to the transfer */
    const struct mtk_source *from;
    uint64_t left;
    const uint8_t *tail;
};
void agent_pad_init(struct agent_pad *p, const struct mtk_source *from, uint64_t len, const uint8_t *tail);

/* A drain into memory of exactly the bytes that are read. */
struct agent_memory {
    struct mtk_drain drain;
    uint8_t *at;
    size_t left;
};
void agent_memory_init(struct agent_memory *m, void *buf, size_t len);

#endif
