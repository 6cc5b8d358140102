/* SPDX-License-Identifier: Apache-2.0 */
/* A sink from inside: what storage_sink.c and storage_sparse.c share. */
#ifndef SIMDEV_FIRMWARE_AGENTS_STORAGE_SINK_H
#define SIMDEV_FIRMWARE_AGENTS_STORAGE_SINK_H

#include "simdev/firmware/agents/storage_internal.h"

#define AG_SPARSE_HEADER_LEN 28u
#define AG_SPARSE_CHUNK_LEN  12u

/* Android sparse image being expanded while it arrives (formats.md 5.1). */
struct ag_sparse {
    enum { AG_SP_HEADER, AG_SP_CHUNK, AG_SP_RAW, AG_SP_FILL, AG_SP_END } state;
    uint8_t head[AG_SPARSE_HEADER_LEN];
    size_t have;
    uint64_t skip, raw_left, fill_left;
    uint32_t chunk_header, block_size, chunks_left;
};

struct ag_sink {
    struct mtksim *p;
    struct ag_place place;
    enum ag_form form;
    bool sparse, read_back;
    uint64_t at; /* next byte to write, in the place */
    uint64_t total;
    enum ag_result error; /* latched: the storage thread stopped here */
    struct ag_sparse sp;
    uint8_t *image; /* a preloader while it is received */
    size_t image_cap;
};

/* Stores bytes at an offset of the place, in all its areas, with read-back if that was asked for. */
void ag_sink_store(struct ag_sink *s, uint64_t offset, const uint8_t *data, size_t len);
/* Expands sparse data; calls back through ag_sink_store. */
void ag_sparse_write(struct ag_sink *s, const uint8_t *data, size_t len);
/* Was the image whole? */
bool ag_sparse_done(const struct ag_sink *s);

#endif
