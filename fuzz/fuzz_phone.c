/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated phone under a host that sends what it should not. A real session begins, and records of five bytes say how
 * the host's transfers are changed on the way: skip (u16 LE, transfers that pass untouched), operation, a, b; one operation
 * sends the rest of the input in place of the session. The first byte chooses the phone, as in fuzz_session.c, and bit 4
 * where it starts. Whatever comes, the phone must not touch memory that is not its own, and must not run for ever.
 */
#include <string.h>

#include "base/cursor.h"
#include "fuzz/world.h"

#define LONGEST_WAIT (20 * NS_PER_S)

struct wire {
    struct mtk_link link;
    struct mtk_link *phone;
    struct rd in;
    uint16_t skip;
    uint8_t op, a, b;
    bool armed, over;
};

static int64_t wire_now(void *ctx)
{
    struct wire *w = ctx;
    return w->phone->clock.now(w->phone->clock.ctx);
}

static void wire_sleep(void *ctx, int64_t ns)
{
    struct wire *w = ctx;
    w->phone->clock.sleep_ns(w->phone->clock.ctx, ns);
}

static void next_record(struct wire *w)
{
    w->armed =
        rd_le16(&w->in, &w->skip) && rd_u8(&w->in, &w->op) && rd_u8(&w->in, &w->a) && rd_u8(&w->in, &w->b);
    w->skip &= 0x3FF;
}

static int wire_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct wire *w = (struct wire *)l;
    return w->phone->ops->open(w->phone, timeout_ns, err);
}

static ssize_t wire_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct wire *w = (struct wire *)l;
    return w->over ? MTK_LINK_GONE : w->phone->ops->read(w->phone, buf, len, timeout_ns);
}

static ssize_t send(struct wire *w, const void *buf, size_t len, int64_t timeout_ns)
{
    ssize_t n = w->phone->ops->write(w->phone, buf, len, timeout_ns);
    w->link.taken = w->phone->taken;
    return n;
}

/* The rest of the input is what the host sends: pieces of 1 to 64 bytes, each with what the phone says to it. */
static ssize_t rant(struct wire *w)
{
    uint8_t n, piece[64], answer[512];
    w->over = true;
    while (rd_u8(&w->in, &n)) {
        size_t len = n % sizeof(piece) + 1u;
        len = len < rd_left(&w->in) ? len : rd_left(&w->in);
        if (!len || !rd_bytes(&w->in, piece, len) || send(w, piece, len, LONGEST_WAIT) < 0)
            break;
        for (int i = 0; i < 64; i++)
            if (w->phone->ops->read(w->phone, answer, sizeof(answer), NS_PER_S / 10) <= 0)
                break;
    }
    return MTK_LINK_GONE;
}

/* Sends something else than the len bytes in buf. */
static ssize_t mangle(struct wire *w, const uint8_t *buf, size_t len, int64_t timeout_ns)
{
    static const uint32_t numbers[] = {0,          1,          0x7FFFFFFF, 0x80000000,
                                       0xFFFFFFFF, 0xFFFFFE00, 0x10000,    0x40000000};
    uint8_t copy[4096];
    size_t n = len < sizeof(copy) ? len : sizeof(copy);
    uint32_t number = numbers[w->a % (sizeof(numbers) / sizeof(numbers[0]))];
    memcpy(copy, buf, n);
    switch (w->op % 7) {
    case 0:
        copy[w->a % n] ^= w->b ? w->b : 1;
        break;
    case 1: /* the end is missing */
        n = 1 + w->a % n;
        break;
    case 2: /* it comes twice */
        if (send(w, copy, n, timeout_ns) < 0)
            return MTK_LINK_GONE;
        break;
    case 3:
        if (n >= 4)
            put_le32(copy + w->b % (n - 3), number);
        break;
    case 4:
        if (n >= 4)
            put_be32(copy + w->b % (n - 3), number);
        break;
    case 5: /* a byte too many in front */
        if (send(w, &w->b, 1, timeout_ns) < 0)
            return MTK_LINK_GONE;
        break;
    default:
        return rant(w);
    }
    return send(w, copy, n, timeout_ns) < 0 ? MTK_LINK_GONE : (ssize_t)len;
}

static ssize_t wire_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct wire *w = (struct wire *)l;
    if (w->over)
        return MTK_LINK_GONE;
    if (!len || !w->armed || w->skip-- != 0)
        return send(w, buf, len, timeout_ns);
    ssize_t n = mangle(w, buf, len, timeout_ns);
    if (n > 0)
        l->taken = len;
    next_record(w);
    return n;
}

static void wire_close(struct mtk_link *l)
{
    struct wire *w = (struct wire *)l;
    w->phone->ops->close(w->phone);
}

static const struct mtk_link_ops wire_ops = {
    .name = "fuzz", .open = wire_open, .read = wire_read, .write = wire_write, .close = wire_close};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool verified;
    if (!size)
        return 0;
    const struct fuzz_world *world = fuzz_world(data[0] >> 1 & 7);
    struct mtksim *phone = mtksim_clone(world->phone);
    struct wire w = {.in = rd_init(data + 1, size - 1), .phone = mtk_link_sim(phone)};
    w.link =
        (struct mtk_link){.ops = &wire_ops, .clock = {.now = wire_now, .sleep_ns = wire_sleep, .ctx = &w}};
    next_record(&w);
    fuzz_run_session(world, &world->da, &w.link, &verified);
    /* A phone that hangs does so in virtual time: a long while later it still answers questions about itself. */
    mtksim_sleep(phone, LONGEST_WAIT);
    EXPECT(mtksim_stage(phone)[0]);
    mtk_link_free(w.phone);
    mtksim_free(phone);
    return 0;
}
