/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One whole session in which the input plays the phone. The first byte chooses how: bit 0 the way, bits 1 to 3 the phone
 * (fuzz/world.h), bits 4 and 5 a container in which a stage is the next phone's.
 *
 *   even  all further bytes are what the phone sends, in pieces as the flasher asks for them
 *   odd   a simulated phone answers, and records of five bytes say how its answers are changed on the way:
 *         skip (u16 LE, reads that pass untouched), operation, a, b; one operation lets the rest of the input be all
 *         that the phone sends from then on
 *
 * The flasher writes one range and proves it. Whatever comes, it must end, must not touch memory that is not its own, and
 * must not call written what is not on the phone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "fuzz/world.h"

/* The link between flasher and input. */
struct wire {
    struct mtk_link link;
    struct mtk_link *phone; /* NULL: the input alone answers */
    bool taken_over;        /* the phone is there, but the input answers in its place */
    bool first;             /* of the worlds: its seeds know fewer operations */
    struct rd in;
    int64_t now; /* clock without a phone */
    uint16_t skip;
    uint8_t op, a, b;
    bool armed, gone;
};

static int64_t wire_now(void *ctx)
{
    struct wire *w = ctx;
    return w->phone ? w->phone->clock.now(w->phone->clock.ctx) : w->now;
}

static void wire_sleep(void *ctx, int64_t ns)
{
    struct wire *w = ctx;
    if (w->phone)
        w->phone->clock.sleep_ns(w->phone->clock.ctx, ns);
    else
        w->now += ns;
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
    return w->phone ? w->phone->ops->open(w->phone, timeout_ns, err) : 0;
}

static ssize_t raw_read(struct wire *w, uint8_t *buf, size_t len, int64_t timeout_ns)
{
    size_t n = rd_left(&w->in);
    if (!n) {
        wire_sleep(w, timeout_ns > 0 ? timeout_ns : 1);
        return MTK_LINK_TIMEOUT;
    }
    n = n < len ? n : len;
    return rd_bytes(&w->in, buf, n) ? (ssize_t)n : MTK_LINK_TIMEOUT;
}

/* Puts what an agent might have said as bytes or text into the place of what it said. Returns its length. */
static ssize_t replace(const struct wire *w, uint8_t *buf, size_t len)
{
    static const char *const texts[] = {"OK",  "ERR",    "OK@0x0",          "OK@0xffffffffffffffff",
                                        "OK@", "OK!EOT", "ERR!UNSUPPORTED", "\xEF\xEE\xEE\xFE\2"};
    static const uint8_t bytes[] = {0x5A, 0xA5, 0x69, 0x96, 0xC0, 0xC1, 0xCF, 0xBB};
    const char *text = texts[w->b % (sizeof(texts) / sizeof(texts[0]))];
    size_t n = w->a & 1 ? 1 : strlen(text) + 1;
    const void *from = w->a & 1 ? (const void *)&bytes[w->b % sizeof(bytes)] : text;
    n = n < len ? n : len;
    memcpy(buf, from, n);
    return (ssize_t)n;
}

/* Changes what the phone answered; n bytes of at most len are in buf. */
static ssize_t mangle(struct wire *w, uint8_t *buf, size_t len, ssize_t n)
{
    static const uint32_t words[] = {0,          0xC0010003, 0xC0010004, 0xC0040030, 0xC0070004, 0x40040004,
                                     0x40040005, 0x434E5953, 0xFEEEEEEF, 0xFFFFFFFF, 0x80000000, 0x00000100};
    static const uint32_t legacy[] = {0, 3025, 3040, 3065, 3011, 3060, 1037, 0x5A, UINT32_MAX, 0x7FFFFFFF};
    size_t k = n > 0 ? (size_t)n : 0;
    switch (w->op % (w->first ? 7 : 10)) {
    case 0:
        if (k)
            buf[w->a % k] ^= w->b ? w->b : 1;
        return n;
    case 1:
        return k > 1 ? (ssize_t)(1 + w->a % k) : n;
    case 2:
        memset(buf, w->b, len < w->a ? len : w->a);
        return len < w->a ? (ssize_t)len : w->a ? w->a : 1;
    case 3:
        return MTK_LINK_TIMEOUT;
    case 4:
        w->gone = true;
        return MTK_LINK_GONE;
    case 5:
        if (k >= 4)
            put_le32(buf + (k - 4) % (w->b % 8 + 1u) / 4 * 4,
                     words[w->a % (sizeof(words) / sizeof(words[0]))]);
        return n;
    case 7:
        if (k >= 4)
            put_be32(buf + (k - 4) % (w->b % 8 + 1u), legacy[w->a % (sizeof(legacy) / sizeof(legacy[0]))]);
        return n;
    case 8:
        return k ? replace(w, buf, len) : n;
    case 9:
        w->taken_over = true;
        return raw_read(w, buf, len, 0);
    default:
        if (k >= 2)
            put_be16(buf, (uint16_t)(w->a << 8 | w->b));
        return n;
    }
}

static ssize_t wire_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct wire *w = (struct wire *)l;
    if (w->gone)
        return MTK_LINK_GONE;
    if (!w->phone || w->taken_over)
        return raw_read(w, buf, len, timeout_ns);
    ssize_t n = w->phone->ops->read(w->phone, buf, len, timeout_ns);
    if (!w->armed || w->skip-- != 0)
        return n;
    n = mangle(w, buf, len, n);
    if (!w->taken_over)
        next_record(w);
    return n;
}

static ssize_t wire_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct wire *w = (struct wire *)l;
    if (w->gone)
        return MTK_LINK_GONE;
    ssize_t n = w->phone ? w->phone->ops->write(w->phone, buf, len, timeout_ns) : (ssize_t)len;
    l->taken = w->phone ? w->phone->taken : len;
    return n;
}

static void wire_close(struct mtk_link *l)
{
    struct wire *w = (struct wire *)l;
    if (w->phone)
        w->phone->ops->close(w->phone);
}

static const struct mtk_link_ops wire_ops = {
    .name = "fuzz", .open = wire_open, .read = wire_read, .write = wire_write, .close = wire_close};

/* Container of a session: the world's own, or with a stage of the next world's agent. */
static struct mtk_blob container(const struct fuzz_world *w, const struct fuzz_world *next, unsigned mix,
                                 uint8_t **owned)
{
    struct mtk_blob da = w->da;
    *owned = mix == 1 || mix == 2 ? fuzz_mixed_container(w, next, mix) : NULL;
    if (*owned)
        da.data = *owned;
    return da;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    unsigned number = data[0] >> 1 & 7;
    const struct fuzz_world *world = fuzz_world(number);
    uint8_t *mixed;
    bool verified;
    struct mtk_blob da =
        container(world, fuzz_world(data[0] >> 4 & 3 ? number + 1 : number), data[0] >> 4 & 3, &mixed);
    struct mtksim *phone = mtksim_clone(world->phone);
    struct wire w = {.in = rd_init(data + 1, size - 1), .now = 0, .first = number == 0};
    w.link =
        (struct mtk_link){.ops = &wire_ops, .clock = {.now = wire_now, .sleep_ns = wire_sleep, .ctx = &w}};
    if (data[0] & 1) {
        w.phone = mtk_link_sim(phone);
        next_record(&w);
    }
    int rc = fuzz_run_session(world, &da, &w.link, &verified);
    /* The input changes answers only, so what was sent is what the phone got: a proof must be true. */
    if (w.phone && !w.taken_over && (rc == 0 || verified))
        EXPECT(fuzz_image_is_there(world, phone));
    if (!w.phone && verified)
        EXPECT(rd_left(&w.in) != size - 1);
    mtk_link_free(w.phone);
    mtksim_free(phone);
    free(mixed);
    return 0;
}
