/* SPDX-License-Identifier: Apache-2.0 */
/* The phone's tap, written as a recording. */
#include "simdev/port/record.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "traces/pcapng.h"

struct port_record {
    struct mtksim *phone;
    struct mtk_pcapng *file;
    bool seen; /* a device, whose generation is: */
    unsigned generation;
    uint8_t device;
};

struct port_record *port_record_start(struct mtksim *phone, const char *path, const char *comment)
{
    struct port_record *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->phone = phone;
    r->file = mtk_pcapng_create(path, "mtksim " MTKPROOF_VERSION, comment);
    if (!r->file) {
        int saved = errno;
        free(r);
        errno = saved;
        return NULL;
    }
    mtksim_set_tap(phone, port_record_tap, r);
    return r;
}

void port_record_tap(void *ctx, const struct mtksim_transfer *t)
{
    struct port_record *r = ctx;
    if (!r->seen || r->generation != t->generation) {
        /* The next address, as a host controller would give; they go from 1 to 127. */
        r->device = (uint8_t)(r->device % 127 + 1);
        r->generation = t->generation;
        r->seen = true;
        mtk_pcapng_device(r->file, t->time_ns, r->device, t->vid, t->pid);
    }
    struct mtk_pcapng_transfer out = {.time_ns = t->time_ns,
                                      .endpoint = t->endpoint,
                                      .device = r->device,
                                      .setup = t->setup,
                                      .data = t->data,
                                      .len = t->len,
                                      .status = t->status == MTKSIM_STALL ? -EPIPE : t->status};
    /* A failure sticks to the file and is reported when it is closed. */
    mtk_pcapng_write(r->file, &out);
}

int port_record_stop(struct port_record *r)
{
    if (!r)
        return 0;
    mtksim_set_tap(r->phone, NULL, NULL);
    int rc = mtk_pcapng_close(r->file);
    int saved = errno;
    free(r);
    errno = saved;
    return rc;
}
