/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage moves whole blocks or pages, callers want bytes. These stand between a caller's drain or source and a
 * transfer in whole units, and take off or add what is at its edges.
 */
#ifndef FLASHER_AGENT_EDGES_H
#define FLASHER_AGENT_EDGES_H

#include "flasher/agent/agent.h"

/*
 * One piece of a source: 1 to `want` bytes that stay valid until the next piece is asked for. 0, or -1 with *err; the step
 * is the caller's to add, here and below.
 */
int agent_source_next(const struct mtk_source *from, size_t want, const uint8_t **data, size_t *n,
                      struct mtk_error *err);
/* Exactly n bytes of a source, copied. */
int agent_source_copy(const struct mtk_source *from, uint8_t *to, size_t n, struct mtk_error *err);

/* A drain's room for up to n bytes: at least one, *room says how many. NULL and *err. */
uint8_t *agent_drain_room(const struct mtk_drain *to, size_t n, size_t *room, struct mtk_error *err);
/* Hands n bytes out that were received in our own memory. */
int agent_drain_copy(const struct mtk_drain *to, const uint8_t *data, size_t n, struct mtk_error *err);

/* A drain that drops the first `skip` bytes, passes `take` on, and drops the rest. */
struct agent_trim {
    struct mtk_drain drain; /* to be given to the transfer */
    const struct mtk_drain *to;
    uint64_t skip, take;
    bool passing; /* the buffer that was handed out last is the caller's */
    uint8_t scrap[4096];
};
void agent_trim_init(struct agent_trim *t, const struct mtk_drain *to, uint64_t skip, uint64_t take);

/* A range of bytes, and the whole units that are moved for it. */
struct agent_span {
    uint64_t addr, len; /* in whole units */
    uint64_t own;       /* bytes of the range itself */
    uint32_t before;    /* of the first unit; those behind the range are what is left */
};
/* unit 0 or 1: the range as it is. The range and the area that it lies in must be checked before. */
struct agent_span agent_span_of(uint64_t addr, uint64_t len, uint32_t unit);
/* How many of the first `moved` bytes belong to the range. */
uint64_t agent_span_done(const struct agent_span *s, uint64_t moved);

#define AGENT_UNIT_MAX 0x8000u /* largest NAND page */

/* What stands around a range in its first and last unit. */
struct agent_edges {
    struct agent_span span;
    uint8_t head[AGENT_UNIT_MAX], tail[AGENT_UNIT_MAX]; /* span.before bytes; what is left behind the range */
};
/*
 * Gets ready for a write of [addr, addr + len) in whole units. Where units can be overwritten (keep), what stands around
 * the range is read from the phone, because nothing outside of it may change. On NAND, where a page is programmed once,
 * the last one is filled up with FF, and a range cannot begin inside of one: -1 with MTK_OUT_OF_RANGE. Reads are made
 * without progress, and cannot be cancelled.
 */
int agent_edges_get(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, uint32_t unit,
                    bool keep, struct agent_edges *out, struct mtk_error *err);

/* A source of whole units: another one's bytes between those of the edges, which stay the caller's. */
struct agent_pad {
    struct mtk_source source; /* to be given to the transfer */
    const struct mtk_source *from;
    const uint8_t *head, *tail;
    size_t head_left;
    uint64_t left;
};
void agent_pad_init(struct agent_pad *p, const struct mtk_source *from, const struct agent_edges *e);

/* A drain into memory of exactly the bytes that are read. */
struct agent_memory {
    struct mtk_drain drain;
    uint8_t *at;
    size_t left;
};
void agent_memory_init(struct agent_memory *m, void *buf, size_t len);

#endif
