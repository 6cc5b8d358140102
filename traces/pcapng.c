/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing recordings as pcapng. libpcap 1.10 reads this format but cannot write it (its dumper knows classic
 * pcap only), so the four block kinds that are needed are written here. A file is one little-endian section
 * with one interface; nothing in it depends on the machine, so that the same transfers give the same bytes.
 */
#include "traces/pcapng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

/* pcapng, draft-ietf-opsawg-pcapng: block types, the byte-order magic and the option codes that are used. */
enum {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    OPT_END = 0,
    OPT_COMMENT = 1,
    OPT_SHB_HARDWARE = 2,
    OPT_SHB_OS = 3,
    OPT_SHB_APPLICATION = 4,
    OPT_IF_NAME = 2,
    OPT_IF_DESCRIPTION = 3,
    OPT_IF_TSRESOL = 9,
};

/* LINKTYPE_USB_LINUX_MMAPPED: the 64-byte header of the kernel's usbmon (Documentation/usb/usbmon.rst) before
 * the data. */
enum { LINKTYPE_USB_LINUX_MMAPPED = 220, USBMON_HEADER = 64, USB_BUS = 1 };
enum { XFER_CONTROL = 2, XFER_BULK = 3 };
enum { URB_DIR_IN = 0x0200 };
/* What usbmon says in submissions, which have no outcome yet: -EINPROGRESS with the kernel's number. */
enum { STATUS_SUBMITTED = -115 };

enum {
    DATA_MAX = 256 * 1024, /* bytes of one transfer that are kept */
    SNAP_LENGTH = DATA_MAX + USBMON_HEADER,
    PACKET_HEAD = 28,       /* packet block up to its data */
    BUFFER = 1024 * 1024,   /* of the stream: recording must not cost a system call a transfer */
    OPTION_TEXT_MAX = 4096, /* longer texts are cut */
    SECTION_MAX = 5 * OPTION_TEXT_MAX,
    INTERFACE_MAX = 256,
};

struct mtk_pcapng {
    FILE *file;
    char *buffer;
    uint64_t next_id; /* pairs a submission with its completion; the kernel uses the URB's address */
    int failed;       /* errno of the first write that failed */
};

static void wr_option(struct wr *w, uint16_t code, const char *text)
{
    if (!text)
        return;
    size_t n = strnlen(text, OPTION_TEXT_MAX);
    wr_le16(w, code);
    wr_le16(w, (uint16_t)n);
    wr_bytes(w, text, n);
    wr_fill(w, 0, -n & 3);
}

/* Ends the options, puts the total length at both ends of the block and appends it to the file. */
static int put_block(struct mtk_pcapng *p, struct wr *w)
{
    wr_le16(w, OPT_END);
    wr_le16(w, 0);
    uint32_t total = (uint32_t)w->pos + 4;
    wr_le32(w, total);
    if (w->bad) {
        p->failed = EMSGSIZE;
    } else {
        put_le32(w->base + 4, total);
        if (fwrite(w->base, 1, w->pos, p->file) != w->pos)
            p->failed = errno ? errno : EIO;
    }
    return p->failed ? -1 : 0;
}

static int put_section(struct mtk_pcapng *p, const char *application, const char *comment)
{
    uint8_t block[SECTION_MAX];
    struct wr w = wr_init(block, sizeof(block));
    wr_le32(&w, BLOCK_SECTION);
    wr_le32(&w, 0);
    wr_le32(&w, BYTE_ORDER_MAGIC);
    wr_le16(&w, 1); /* version 1.0 */
    wr_le16(&w, 0);
    wr_le64(&w, UINT64_MAX); /* section length is not given */
    wr_option(&w, OPT_COMMENT, comment);
    wr_option(&w, OPT_SHB_HARDWARE, "transfers as the recording program saw them, no USB monitor");
    wr_option(&w, OPT_SHB_OS, "Linux");
    wr_option(&w, OPT_SHB_APPLICATION, application);
    return put_block(p, &w);
}

static int put_interface(struct mtk_pcapng *p)
{
    uint8_t block[INTERFACE_MAX];
    struct wr w = wr_init(block, sizeof(block));
    wr_le32(&w, BLOCK_INTERFACE);
    wr_le32(&w, 0);
    wr_le16(&w, LINKTYPE_USB_LINUX_MMAPPED);
    wr_le16(&w, 0);
    wr_le32(&w, SNAP_LENGTH);
    wr_option(&w, OPT_IF_NAME, "usbmon1");
    wr_option(&w, OPT_IF_DESCRIPTION, "USB bus 1");
    wr_le16(&w, OPT_IF_TSRESOL);
    wr_le16(&w, 1);
    wr_u8(&w, 9); /* nanoseconds */
    wr_fill(&w, 0, 3);
    return put_block(p, &w);
}

struct mtk_pcapng *mtk_pcapng_create(const char *path, const char *application, const char *comment)
{
    struct mtk_pcapng *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->next_id = 1;
    p->buffer = malloc(BUFFER);
    if (p->buffer)
        p->file = fopen(path, "wbe");
    if (p->file) {
        setvbuf(p->file, p->buffer, _IOFBF, BUFFER);
        if (put_section(p, application, comment) == 0 && put_interface(p) == 0)
            return p;
    }
    int saved = p->failed ? p->failed : errno;
    if (p->file)
        fclose(p->file);
    free(p->buffer);
    free(p);
    errno = saved;
    return NULL;
}

/* One of the two packets of a transfer. */
struct packet {
    uint64_t id;
    char type; /* 'S' submission, 'C' completion */
    int status;
    bool has_data; /* the data goes with this one */
};

static void put_usbmon(struct wr *w, const struct mtk_pcapng_transfer *t, const struct packet *k,
                       size_t captured)
{
    bool in = t->endpoint & 0x80;
    bool setup = t->setup && k->type == 'S';
    /* A submission says how much was asked for, a completion how much moved. Bulk requests are not known: the
     * same. */
    size_t length = setup ? get_le16(t->setup + 6) : t->len;
    /* usbmon's flags are 0 when the thing is there, else a character that says why not. */
    uint8_t no_data = k->has_data || length == 0 ? 0 : in ? '<' : '>';
    wr_le64(w, k->id);
    wr_u8(w, (uint8_t)k->type);
    wr_u8(w, t->setup ? XFER_CONTROL : XFER_BULK);
    wr_u8(w, t->endpoint);
    wr_u8(w, t->device);
    wr_le16(w, USB_BUS);
    wr_u8(w, setup ? 0 : '-');
    wr_u8(w, no_data);
    wr_le64(w, (uint64_t)(t->time_ns / NS_PER_S));
    wr_le32(w, (uint32_t)(t->time_ns % NS_PER_S / NS_PER_US));
    wr_le32(w, (uint32_t)k->status);
    wr_le32(w, (uint32_t)length);
    wr_le32(w, (uint32_t)captured);
    if (setup)
        wr_bytes(w, t->setup, 8);
    else
        wr_fill(w, 0, 8);
    wr_le32(w, 0); /* interval */
    wr_le32(w, 0); /* start frame */
    wr_le32(w, in ? URB_DIR_IN : 0);
    wr_le32(w, 0); /* isochronous descriptors */
}

static int put_packet(struct mtk_pcapng *p, const struct mtk_pcapng_transfer *t, const struct packet *k)
{
    size_t captured = k->has_data ? t->len : 0, total = captured;
    if (captured > DATA_MAX)
        captured = DATA_MAX;
    size_t pad = -captured & 3;
    uint32_t block = (uint32_t)(PACKET_HEAD + USBMON_HEADER + captured + pad + 4);

    uint8_t head[PACKET_HEAD + USBMON_HEADER], tail[3 + 4] = {0};
    struct wr w = wr_init(head, sizeof(head));
    uint64_t time = (uint64_t)t->time_ns;
    wr_le32(&w, BLOCK_PACKET);
    wr_le32(&w, block);
    wr_le32(&w, 0); /* interface */
    wr_le32(&w, (uint32_t)(time >> 32));
    wr_le32(&w, (uint32_t)time);
    wr_le32(&w, (uint32_t)(USBMON_HEADER + captured));
    wr_le32(&w, (uint32_t)(USBMON_HEADER + total));
    put_usbmon(&w, t, k, captured);
    put_le32(tail + pad, block);

    bool good = fwrite(head, 1, sizeof(head), p->file) == sizeof(head) &&
                (captured == 0 || fwrite(t->data, 1, captured, p->file) == captured) &&
                fwrite(tail, 1, pad + 4, p->file) == pad + 4;
    if (!good)
        p->failed = errno ? errno : EIO;
    return good ? 0 : -1;
}

int mtk_pcapng_write(struct mtk_pcapng *p, const struct mtk_pcapng_transfer *transfer)
{
    struct mtk_pcapng_transfer t = *transfer;
    if (!p->failed && t.len > UINT32_MAX - SNAP_LENGTH)
        p->failed = EMSGSIZE; /* the format's lengths have 32 bits */
    if (p->failed) {
        /* After a gap the file would lie about the session: nothing follows the first failure. */
        errno = p->failed;
        return -1;
    }
    if (t.time_ns < 0)
        t.time_ns = 0;
    /*
     * Who records sees a transfer when it is over, so both packets carry that time. Data goes where usbmon
     * has it: OUT data with the submission, IN data with the completion.
     */
    bool in = t.endpoint & 0x80;
    uint64_t id = p->next_id++;
    struct packet submission = {.id = id, .type = 'S', .status = STATUS_SUBMITTED, .has_data = !in};
    struct packet completion = {.id = id, .type = 'C', .status = t.status, .has_data = in};
    if (put_packet(p, &t, &submission) != 0 || put_packet(p, &t, &completion) != 0) {
        errno = p->failed;
        return -1;
    }
    return 0;
}

int mtk_pcapng_device(struct mtk_pcapng *p, int64_t time_ns, uint8_t device, uint16_t vid, uint16_t pid)
{
    static const uint8_t get_device_descriptor[8] = {0x80, 0x06, 0x00, 0x01, 0x00, 0x00, 0x12, 0x00};
    /* Class 02 and EP0 size 64 as BROM and preloader have them (brom-preloader.md 1.2, 1.3); no strings,
     * since who records knows only the two numbers. */
    uint8_t descriptor[18] = {0x12, 0x01, 0x00, 0x02, 0x02, 0x00, 0x00, 0x40, 0,
                              0,    0,    0,    0x00, 0x01, 0x00, 0x00, 0x00, 0x01};
    put_le16(descriptor + 8, vid);
    put_le16(descriptor + 10, pid);
    struct mtk_pcapng_transfer t = {.time_ns = time_ns,
                                    .endpoint = 0x80,
                                    .device = device,
                                    .setup = get_device_descriptor,
                                    .data = descriptor,
                                    .len = sizeof(descriptor)};
    return mtk_pcapng_write(p, &t);
}

int mtk_pcapng_close(struct mtk_pcapng *p)
{
    if (!p)
        return 0;
    int failed = p->failed;
    if (fclose(p->file) != 0 && !failed)
        failed = errno;
    free(p->buffer);
    free(p);
    errno = failed;
    return failed ? -1 : 0;
}
