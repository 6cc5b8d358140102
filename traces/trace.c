/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "protocol/error_index.h"

/* Link types of the two forms of usbmon's packets: with the 64-byte header and with the older 48-byte one. */
enum { LINK_USB_LINUX = 189, LINK_USB_LINUX_MMAPPED = 220 };
enum { XFER_CONTROL = 2, XFER_BULK = 3 };

struct trace {
    pcap_t *pcap;
    char path[256];
    size_t header;
    bool started;
    uint64_t first; /* time of the first packet */
    uint64_t packets;
    /* A submission's setup packet is kept until its completion tells how it ended. */
    uint8_t setup[8];
    uint64_t setup_id;
    bool setup_kept;
    uint8_t sent[64]; /* what an OUT request carried: it stands in the submission too */
    size_t n_sent;
};

struct trace *trace_open(const char *path, struct mtk_error *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    if (access(path, F_OK) != 0) {
        mtk_fail_file(err, MTK_E_MTK_FILE_MISSING, path, 0, "there is no recording %s", path);
        return NULL;
    }
    struct trace *t = calloc(1, sizeof(*t));
    if (!t) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        return NULL;
    }
    snprintf(t->path, sizeof(t->path), "%s", path);
    t->pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!t->pcap) {
        mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "not a recording: %s", text);
        free(t);
        return NULL;
    }
    int link = pcap_datalink(t->pcap);
    t->header = link == LINK_USB_LINUX_MMAPPED ? 64 : link == LINK_USB_LINUX ? 48 : 0;
    if (!t->header) {
        mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0,
                      "a recording of link type %d, not of USB traffic", link);
        trace_close(t);
        return NULL;
    }
    return t;
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    pcap_close(t->pcap);
    free(t);
}

/* The header of usbmon, Documentation/usb/usbmon.rst of the kernel. libpcap has put it into this machine's byte order. */
struct usbmon {
    uint64_t id;
    uint8_t event, xfer, endpoint, device, setup_flag;
    uint16_t bus;
    int32_t status;
    uint32_t length, captured;
};

static uint16_t native16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t native32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static struct usbmon parse_header(const uint8_t *p)
{
    struct usbmon h = {.event = p[8], .xfer = p[9], .endpoint = p[10], .device = p[11], .setup_flag = p[14]};
    memcpy(&h.id, p, sizeof(h.id));
    h.bus = native16(p + 12);
    h.status = (int32_t)native32(p + 28);
    h.length = native32(p + 32);
    h.captured = native32(p + 36);
    return h;
}

/* Whether this packet is the one of its pair that carries what the transfer was: OUT data stand in the submission,
 * IN data and the outcome in the completion. */
static bool tells(const struct usbmon *h)
{
    bool in = h->endpoint & 0x80;
    if (h->xfer == XFER_CONTROL)
        return h->event == 'C';
    return h->xfer == XFER_BULK && (in ? h->event == 'C' : h->event == 'S');
}

static void keep_setup(struct trace *t, const struct usbmon *h, const uint8_t *p, size_t caplen)
{
    /* setup_flag 0 means that the setup packet is there */
    if (h->xfer != XFER_CONTROL || h->event != 'S' || h->setup_flag != 0)
        return;
    memcpy(t->setup, p + 40, sizeof(t->setup));
    t->setup_id = h->id;
    t->setup_kept = true;
    size_t n = caplen - t->header;
    n = n < h->captured ? n : h->captured;
    t->n_sent = n < sizeof(t->sent) ? n : sizeof(t->sent);
    if (t->n_sent)
        memcpy(t->sent, p + t->header, t->n_sent);
}

static void fill(struct trace *t, const struct pcap_pkthdr *ph, const uint8_t *p, const struct usbmon *h,
                 struct trace_transfer *out)
{
    /* Nanoseconds were asked for at open. A damaged file may hold any time: unsigned numbers wrap without harm. */
    uint64_t now = (uint64_t)ph->ts.tv_sec * (uint64_t)NS_PER_S + (uint64_t)ph->ts.tv_usec;
    if (!t->started)
        t->first = now;
    t->started = true;
    size_t room = ph->caplen - t->header;
    *out = (struct trace_transfer){.time_ns = (int64_t)(now - t->first),
                                   .packet = t->packets,
                                   .bus = (uint8_t)h->bus,
                                   .device = h->device,
                                   .endpoint = h->endpoint,
                                   .control = h->xfer == XFER_CONTROL,
                                   .status = h->event == 'C' ? h->status : 0,
                                   .data = p + t->header,
                                   .captured = h->captured < room ? h->captured : room,
                                   .length = h->length};
    if (out->control && t->setup_kept && t->setup_id == h->id) {
        out->has_setup = true;
        memcpy(out->setup, t->setup, sizeof(out->setup));
        t->setup_kept = false;
        if (!(h->endpoint & 0x80)) {
            out->data = t->sent;
            out->captured = out->length = t->n_sent;
        }
    }
}

int trace_next(struct trace *t, struct trace_transfer *out, struct mtk_error *err)
{
    for (;;) {
        struct pcap_pkthdr *ph;
        const u_char *p;
        int rc = pcap_next_ex(t->pcap, &ph, &p);
        if (rc == PCAP_ERROR_BREAK)
            return 0;
        t->packets++;
        if (rc < 0 || ph->caplen < t->header) {
            mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, t->path, 0, "packet %llu is damaged: %s",
                          (unsigned long long)t->packets,
                          rc < 0 ? pcap_geterr(t->pcap) : "shorter than its header");
            return -1;
        }
        struct usbmon h = parse_header(p);
        keep_setup(t, &h, p, ph->caplen);
        if (!tells(&h))
            continue;
        fill(t, ph, p, &h, out);
        return 1;
    }
}
