/* SPDX-License-Identifier: Apache-2.0 */
/* Reading recordings: pcapng or pcap of USB traffic (usbmon format), through libpcap. */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One finished transfer of a recording. */
struct trace_transfer {
    int64_t time_ns;     /* since the first packet of the file */
    uint64_t packet;     /* number of the packet in the file, from 1, as Wireshark counts */
    uint8_t bus, device; /* USB address */
    uint8_t endpoint;    /* bit 7 = IN */
    bool control;
    bool has_setup;
    uint8_t setup[8];
    int32_t status;      /* 0, or a negative Linux errno */
    const uint8_t *data; /* borrowed until the next call */
    size_t captured;     /* bytes at data */
    size_t length;       /* bytes that really went over the wire */
};

struct trace;

/* Opens a recording. NULL and *err (MTK_FILE_MISSING, MTK_FILE_UNREADABLE) if it is none of USB traffic. */
struct trace *trace_open(const char *path, struct mtk_error *err);
/* 1 and the next transfer, 0 at the end, -1 and *err if the file is damaged from here on. */
int trace_next(struct trace *t, struct trace_transfer *out, struct mtk_error *err);
void trace_close(struct trace *t);

#endif
