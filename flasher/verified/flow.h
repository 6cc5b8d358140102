/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on their way between an agent and a function of ours. Large amounts go through a pipe, so that our side (files,
 * hashes, comparing) works on a helper thread while the wire is busy; small ones are done in place, because starting a
 * thread would cost more than it gains. The functions see the same calls either way, and never emit events.
 */
#ifndef FLASHER_VERIFIED_FLOW_H
#define FLASHER_VERIFIED_FLOW_H

#include "flasher/verified/session.h"

/* From this many bytes on, a flow uses a helper thread. */
#define MTK_FLOW_THREADED (1u << 20)

/*
 * Produces up to max bytes for the phone. A piece must not reach across the end of one command's range. Returns the
 * number, 0 at the end, or -1 and *err.
 */
typedef ssize_t (*mtk_produce_fn)(void *ctx, uint8_t *buf, size_t max, struct mtk_error *err);
/* Takes n bytes that came from the phone. 0, or -1 and *err, which ends the transfer. */
typedef int (*mtk_consume_fn)(void *ctx, const uint8_t *data, size_t n, struct mtk_error *err);

/* A flow in one direction. It is one transfer of the plan, possibly of several commands. */
struct mtk_flow {
    struct mtk_source source; /* towards the phone: what the agent asks */
    struct mtk_drain drain;   /* from the phone: what the agent fills */
    /* internal */
    mtk_produce_fn produce;
    mtk_consume_fn consume;
    void *ctx;
    struct mtk_pipe *pipe; /* NULL: done in place */
    struct mtk_error err;  /* of produce or consume; the helper's until it is joined */
    uint8_t *buf;
    size_t size, len, pos;
};

/* Begins a flow of `total` bytes towards the phone. 0, or -1 and *err. */
int mtk_flow_send(struct mtk_flow *f, struct mtk_session *s, uint64_t total, mtk_produce_fn produce,
                  void *ctx, struct mtk_error *err);
/* Begins a flow of `total` bytes from the phone. 0, or -1 and *err. */
int mtk_flow_receive(struct mtk_flow *f, struct mtk_session *s, uint64_t total, mtk_consume_fn consume,
                     void *ctx, struct mtk_error *err);
/* Hands over what has come so far, at the end of each command, so that a piece lies in one range. */
int mtk_flow_flush(struct mtk_flow *f, struct mtk_error *err);
/*
 * Ends a flow and waits for the helper. ok: everything went well so far; otherwise the helper is told to give up.
 * 0, or -1 and *err with what produce or consume said.
 */
int mtk_flow_end(struct mtk_flow *f, bool ok, struct mtk_error *err);

#endif
