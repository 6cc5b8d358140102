/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing recordings: pcapng with link type USB_LINUX_MMAPPED (220), the kernel's own usbmon format, so that Wireshark
 * dissects them as USB. One packet a finished transfer is not how usbmon works: it has a submission and a completion;
 * both are written. Reading goes through libpcap (trace.h).
 */
#ifndef TRACES_PCAPNG_H
#define TRACES_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

struct mtk_pcapng;

struct mtk_pcapng_transfer {
    int64_t time_ns;      /* any monotonic clock; written as nanoseconds since 1970 unchanged */
    uint8_t endpoint;     /* bit 7 = IN; 0x00/0x80 control */
    uint8_t device;       /* USB device number on bus 1; a new number after each enumeration */
    const uint8_t *setup; /* 8 bytes for control transfers, else NULL */
    const void *data;
    size_t len;
    int status; /* 0, or a negative Linux errno such as -EPIPE for a stall */
};

/* Creates the file; comment goes into its section header (NULL: none). NULL with errno set on failure. */
struct mtk_pcapng *mtk_pcapng_create(const char *path, const char *application, const char *comment);
/* Appends one transfer as submission and completion. 0, or -1 with errno. Data beyond 256 KiB is cut in the file, with
 * the true length kept in the packet header. */
int mtk_pcapng_write(struct mtk_pcapng *w, const struct mtk_pcapng_transfer *t);
/* Appends the device descriptor fetch of an enumeration, so that Wireshark knows VID and PID. */
int mtk_pcapng_device(struct mtk_pcapng *w, int64_t time_ns, uint8_t device, uint16_t vid, uint16_t pid);
/* Flushes and closes; 0, or -1 with errno if anything was lost. NULL is allowed. */
int mtk_pcapng_close(struct mtk_pcapng *w);

#endif
