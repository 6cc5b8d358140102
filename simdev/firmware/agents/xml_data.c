/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition data in both directions, and erasing. In the agent a second thread writes behind the one that talks to the
 * host, so a storage error shows packets later or only in CMD:END. da-xml.md 5.1 to 5.3.
 */
#include <string.h>

#include "base/hash.h"
#include "simdev/firmware/agents/xml.h"

#define ERASE_PIECES   10u
#define ERASE_PIECE    (16u << 20) /* at least so much between two ticks */
#define ERASE_ALIGN    (1u << 20)
#define ERASE_PIECE_NS (5 * NS_PER_MS)
#define PRELOADER_MASK 0xFFFFu /* of a packet's sum, "for compatibility" */
#define MESSAGE_BLOCKS 8u      /* a line of log every so many packets */

/* ---- device to host ---- */

/* The host echoes the ERR in builds whose reading has a thread of its own; others end at once. */
static enum xm_result read_failed(struct xm *x, enum ag_result r, const char *name)
{
    xm_say(x, XM_SAY_ERR);
    if (phone_settings(x->p)->xml_read_error == XML_READ_ERROR_ECHO)
        xm_hear(x, NULL);
    return xm_fail_storage(x, r, name);
}

enum xm_result xm_give_place(struct xm *x, const char *info, const char *target, const struct ag_place *place)
{
    size_t max = xm_upload_packet(x);
    uint8_t *buf = xm_reserve(x, &x->packet, max);
    if (!xm_begin_upload(x, info, target, place->size))
        return XM_ERR;
    unsigned block = 0;
    for (uint64_t done = 0; done < place->size; block++) {
        size_t n = place->size - done < max ? (size_t)(place->size - done) : max;
        enum ag_result r = ag_read(x->p, place, done, buf, n);
        if (r != AG_OK)
            return read_failed(x, r, info);
        if (!xm_say(x, XM_SAY_OK_0) || !xm_hear_yes(x, NULL))
            return XM_ERR;
        xm_send(x, buf, n);
        if (!xm_hear_yes(x, NULL))
            return XM_ERR;
        done += n;
        if (block % MESSAGE_BLOCKS == MESSAGE_BLOCKS - 1)
            xm_message(x, "%s: packet %u", x->name, block + 1);
    }
    return XM_OK;
}

/* ---- host to device ---- */

/* Where the bytes of a file go: one place, or several one after the other. */
struct writer {
    struct xm *x;
    const struct xm_target *t;
    size_t extent;    /* that the sink writes to now */
    uint64_t left;    /* of the file that still goes there */
    uint64_t to_come; /* of the file behind that */
    enum ag_result error;
};

static void next_extent(struct writer *w)
{
    const struct ag_place *place = &w->t->extents[w->extent];
    w->left = w->to_come < place->size ? w->to_come : place->size;
    w->to_come -= w->left;
    w->x->sink = ag_sink_begin(w->x->p, w->x->sink, place, AG_FORM_RAW, w->left, w->x->check_storage);
}

static void begin_write(struct writer *w, uint64_t total)
{
    if (w->t->extents) {
        w->to_come = total;
        next_extent(w);
        return;
    }
    w->left = total;
    w->x->sink = ag_sink_begin(w->x->p, w->x->sink, w->t->place, w->t->form, total, w->x->check_storage);
}

static void latch(struct writer *w, enum ag_result r)
{
    if (w->error == AG_OK && r != AG_OK) {
        w->error = r;
        phone_log(w->x->p, "[DA%u] %s: storage error %d", w->x->stage, w->t->info, (int)r);
    }
}

static void write_block(struct writer *w, const uint8_t *data, size_t len)
{
    while (len && w->error == AG_OK) {
        if (!w->left) { /* only extents end before the file does */
            latch(w, ag_sink_finish(w->x->sink));
            w->extent++;
            next_extent(w);
        }
        size_t n = len < w->left ? len : (size_t)w->left;
        latch(w, ag_sink_write(w->x->sink, data, n));
        w->left -= n;
        data += n;
        len -= n;
    }
}

/* When a storage error comes out before the end: write_lag packets after the one that caused it. */
struct lag {
    unsigned packets;
    bool latched;
    uint64_t block;
};

static bool error_shows(struct lag *lag, const struct writer *w, uint64_t block)
{
    if (w->error == AG_OK)
        return false;
    if (!lag->latched) {
        lag->latched = true;
        lag->block = block;
    }
    return lag->packets && block - lag->block >= lag->packets;
}

/* The thread that receives finds a packet damaged: no status for it, the next frame is CMD:END. */
static bool packet_is_whole(struct xm *x, const struct xm_target *t, uint32_t announced, uint32_t sum)
{
    uint32_t mask = t->form == AG_FORM_PRELOADER ? PRELOADER_MASK : UINT32_MAX;
    if (!x->check_usb || (sum & mask) == (announced & mask))
        return true;
    if (t->form == AG_FORM_PRELOADER)
        xm_say(x, XM_SAY_ERR); /* that path has no thread */
    xm_fail(x, "USB checksum error: host 0x%08x, device 0x%08x.", announced & mask, sum & mask);
    return false;
}

/* One packet of at most max bytes. False: the command is over. */
static bool take_packet(struct xm *x, struct writer *w, size_t max, size_t *len, uint32_t *total_sum)
{
    uint32_t announced;
    if (!xm_packet_sum(x, &announced))
        return false;
    if (!xm_receive(x, x->packet.data, max, len)) {
        xm_fail(x, "USB error, or buffer too small.");
        return false;
    }
    uint32_t sum = sum32(0, x->packet.data, *len);
    if (!packet_is_whole(x, w->t, announced, sum))
        return false;
    *total_sum += sum;
    write_block(w, x->packet.data, *len);
    return true;
}

static void remember(struct xm *x, const char *name, uint64_t len, uint32_t sum)
{
    struct xm_image *image = &x->images[x->n_images++ % XM_IMAGES_MAX];
    struct xm_out o = xm_out_init(image->name, sizeof(image->name));
    xm_put(&o, "%s", name);
    image->len = len;
    image->sum = sum;
}

/* The packets of a file, and what the storage makes of them. */
static enum xm_result take_packets(struct xm *x, const struct xm_target *t, uint64_t total)
{
    struct writer w = {.x = x, .t = t};
    struct lag lag = {.packets = phone_settings(x->p)->write_lag};
    uint32_t sum = 0;
    size_t len;
    xm_reserve(x, &x->packet, xm_download_packet(x));
    begin_write(&w, total);
    uint64_t done = 0;
    for (uint64_t block = 0; done < total; block++, done += len) {
        uint64_t left = total - done;
        size_t max = left < xm_download_packet(x) ? (size_t)left : xm_download_packet(x);
        if (!take_packet(x, &w, max, &len, &sum))
            return XM_ERR;
        if (error_shows(&lag, &w, block)) {
            xm_say(x, XM_SAY_ERR);
            return xm_fail_storage(x, w.error, t->info);
        }
        if (!xm_say(x, XM_SAY_OK_0))
            return XM_ERR;
        if (block % MESSAGE_BLOCKS == MESSAGE_BLOCKS - 1)
            xm_message(x, "%s: %llu bytes", t->info, (unsigned long long)(done + len));
    }
    latch(&w, ag_sink_finish(x->sink));
    if (w.error != AG_OK)
        return xm_fail_storage(x, w.error, t->info);
    remember(x, t->info, total, sum);
    return XM_OK;
}

enum xm_result xm_take_place(struct xm *x, const struct xm_target *t)
{
    uint64_t total;
    if (!xm_begin_download(x, t->info, t->source, &total))
        return XM_ERR;
    if (total > t->room) {
        /* The agents' bug: the host hears ERR here, and yet the command ends with OK. */
        xm_say(x, XM_SAY_ERR);
        xm_fail(x, "Data size 0x%llx is bigger than partition [%s], 0x%llx.", (unsigned long long)total,
                t->info, (unsigned long long)t->room);
        return XM_OK;
    }
    return xm_say(x, XM_SAY_OK) ? take_packets(x, t, total) : XM_ERR;
}

/* ---- erasing ---- */

enum xm_result xm_erase_place(struct xm *x, const char *label, const struct ag_place *place, uint64_t len)
{
    uint64_t piece = (len / ERASE_PIECES + ERASE_ALIGN - 1) / ERASE_ALIGN * ERASE_ALIGN, done = 0;
    if (piece < ERASE_PIECE)
        piece = ERASE_PIECE;
    if (!xm_begin_progress(x, label))
        return XM_ERR;
    while (done < len) {
        uint64_t n = len - done < piece ? len - done : piece;
        enum ag_result r = ag_erase(x->p, place, done, n);
        phone_wait(x->p, ERASE_PIECE_NS);
        if (r != AG_OK) {
            if (!xm_end_progress(x))
                return XM_ERR;
            return xm_fail(x, "Erase failed: [%s], address 0x%llx, length 0x%llx, code 0x%08x.", label,
                           (unsigned long long)(place->start + done), (unsigned long long)n,
                           ag_status(x->p, r));
        }
        done += n;
        if (!xm_tick(x, (unsigned)(done * 100 / len)))
            return XM_ERR;
    }
    return xm_end_progress(x) ? XM_OK : XM_ERR;
}
