/* SPDX-License-Identifier: Apache-2.0 */
/* A link around a link that records every transfer. What it passes on is exactly what passes through it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/link/backends.h"
#include "protocol/error_index.h"
#include "traces/pcapng.h"

#define BULK_OUT    0x01
#define BULK_IN     0x81
#define LAST_DEVICE 127 /* the highest address on a USB bus */

struct tap_link {
    struct mtk_link base;
    struct mtk_link *inner;
    struct mtk_pcapng *file; /* NULL once it is complete */
    int lost;                /* errno of the first write that failed, after which nothing more is recorded */
    bool seen;
    unsigned generation; /* of the device that has the number below */
    uint8_t device;
};

static void record(struct tap_link *t, const struct mtk_pcapng_transfer *x)
{
    struct mtk_pcapng_transfer timed = *x;
    int saved = errno; /* the caller still wants to tell what the link said */
    timed.time_ns = t->base.clock.now(t->base.clock.ctx);
    timed.device = t->device;
    if (t->file && !t->lost && mtk_pcapng_write(t->file, &timed) != 0)
        t->lost = errno ? errno : EIO;
    errno = saved;
}

static void record_device(struct tap_link *t)
{
    struct mtk_link_identity id = {0};
    if (t->inner->ops->identity)
        t->inner->ops->identity(t->inner, &id);
    if (t->seen && t->inner->ops->identity && id.generation == t->generation)
        return;
    t->seen = true;
    t->generation = id.generation;
    t->device = (uint8_t)(t->device % LAST_DEVICE + 1);
    int64_t now = t->base.clock.now(t->base.clock.ctx);
    if (!id.vid && !id.pid)
        return; /* a socket or serial line: nobody can say what device it is */
    if (t->file && !t->lost && mtk_pcapng_device(t->file, now, t->device, id.vid, id.pid) != 0)
        t->lost = errno ? errno : EIO;
}

static int tap_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct tap_link *t = (struct tap_link *)l;
    if (t->inner->ops->open(t->inner, timeout_ns, err) != 0)
        return -1;
    record_device(t);
    return 0;
}

static ssize_t tap_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct tap_link *t = (struct tap_link *)l;
    ssize_t n = t->inner->ops->read(t->inner, buf, len, timeout_ns);
    if (n > 0)
        record(t, &(struct mtk_pcapng_transfer){.endpoint = BULK_IN, .data = buf, .len = (size_t)n});
    return n;
}

static ssize_t tap_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct tap_link *t = (struct tap_link *)l;
    ssize_t n = t->inner->ops->write(t->inner, buf, len, timeout_ns);
    l->taken = t->inner->taken;
    if (n >= 0 || l->taken > 0)
        record(t, &(struct mtk_pcapng_transfer){
                      .endpoint = BULK_OUT, .data = buf, .len = n >= 0 ? len : l->taken, .status = 0});
    return n;
}

static int tap_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                       uint16_t index, void *buf, uint16_t length)
{
    struct tap_link *t = (struct tap_link *)l;
    if (!t->inner->ops->control)
        return 0;
    int n = t->inner->ops->control(t->inner, request_type, request, value, index, buf, length);
    if (n == MTK_LINK_GONE || n == MTK_LINK_TIMEOUT)
        return n;
    uint8_t setup[8] = {
        request_type,          request,         (uint8_t)value,        (uint8_t)(value >> 8), (uint8_t)index,
        (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)};
    bool in = (request_type & 0x80) != 0;
    record(t, &(struct mtk_pcapng_transfer){.endpoint = in ? 0x80 : 0x00,
                                            .setup = setup,
                                            .data = buf,
                                            .len = in ? (n > 0 ? (size_t)n : 0) : length,
                                            .status = n < 0 ? -EPIPE : 0});
    return n;
}

static void tap_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    struct tap_link *t = (struct tap_link *)l;
    *id = (struct mtk_link_identity){0};
    if (t->inner->ops->identity)
        t->inner->ops->identity(t->inner, id);
}

static void tap_hint(struct mtk_link *l, char *text, size_t len)
{
    struct tap_link *t = (struct tap_link *)l;
    *text = '\0';
    if (t->inner->ops->hint)
        t->inner->ops->hint(t->inner, text, len);
}

static void tap_close(struct mtk_link *l)
{
    struct tap_link *t = (struct tap_link *)l;
    t->inner->ops->close(t->inner);
}

static void tap_destroy(struct mtk_link *l)
{
    struct tap_link *t = (struct tap_link *)l;
    mtk_link_tap_finish(l, NULL);
    mtk_link_free(t->inner);
    free(t);
}

static const struct mtk_link_ops tap_ops = {
    .name = "tap",
    .open = tap_open,
    .read = tap_read,
    .write = tap_write,
    .control = tap_control,
    .identity = tap_identity,
    .hint = tap_hint,
    .close = tap_close,
    .destroy = tap_destroy,
};

struct mtk_link *mtk_link_tap(struct mtk_link *inner, const char *pcapng_path, struct mtk_error *err)
{
    struct tap_link *t = calloc(1, sizeof(*t));
    if (!t)
        return mtk_link_no_memory(err);
    t->file = mtk_pcapng_create(pcapng_path, "mtkproof " MTKPROOF_VERSION, NULL);
    if (!t->file) {
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the recording %.160s cannot be made: %s", pcapng_path,
                 strerror(errno));
        free(t);
        return NULL;
    }
    t->base = (struct mtk_link){.ops = &tap_ops, .clock = inner->clock};
    t->inner = inner;
    return &t->base;
}

int mtk_link_tap_finish(struct mtk_link *l, struct mtk_error *err)
{
    struct tap_link *t = (struct tap_link *)l;
    if (l->ops != &tap_ops || !t->file)
        return 0;
    int lost = t->lost;
    if (mtk_pcapng_close(t->file) != 0 && !lost)
        lost = errno ? errno : EIO;
    t->file = NULL;
    if (!lost)
        return 0;
    return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the recording is not complete: %s", strerror(lost));
}
