/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One whole session in which the input plays the phone. The first byte chooses how:
 *
 *   even  all further bytes are what the phone sends, in pieces as the flasher asks for them
 *   odd   a simulated phone answers, and records of five bytes say how its answers are changed on the way:
 *         skip (u16 LE, reads that pass untouched), operation, a, b
 *
 * The flasher writes one partition and proves it. Whatever comes, it must end, must not touch memory that is not its own,
 * and must not call written what is not on the phone.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/prng.h"
#include "flasher/verified/jobs.h"
#include "fuzz/fuzz.h"
#include "include/mtksim.h"

#define IMAGE_LEN 4096u

/* Made once: a ROM to start agents from, a phone to copy, an image to write. */
static struct {
    char dir[64], image[128];
    uint8_t content[IMAGE_LEN];
    struct mtk_blob da, preloader;
    struct mtksim *phone;
} world;

static void clean_up(void)
{
    char cmd[128];
    mtksim_free(world.phone);
    mtk_blob_release(&world.da);
    mtk_blob_release(&world.preloader);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", world.dir);
    if (world.dir[0] && system(cmd) != 0)
        perror(world.dir);
}

static void load(const char *start, size_t limit, struct mtk_blob *out)
{
    DIR *d = opendir(world.dir);
    char path[512] = "";
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, start, strlen(start)) == 0)
            snprintf(path, sizeof(path), "%s/%s", world.dir, e->d_name);
    closedir(d);
    if (mtk_file_read(path, limit, out, NULL) != 0)
        abort();
}

static void make_world(void)
{
    char err[200];
    snprintf(world.dir, sizeof(world.dir), "/tmp/mtkproof-fuzz-XXXXXX");
    if (!mkdtemp(world.dir) ||
        mtksim_make_rom(world.dir, &(struct mtksim_rom_options){.chip = "mt6765"}, err, sizeof(err)) != 0)
        abort();
    atexit(clean_up);
    load("MTK_AllInOne_DA", 64u << 20, &world.da);
    load("preloader_", 8u << 20, &world.preloader);
    world.phone =
        mtksim_new(&(struct mtksim_config){.chip = "mt6765", .rom_dir = world.dir}, err, sizeof(err));
    snprintf(world.image, sizeof(world.image), "%s/fuzz.img", world.dir);
    FILE *f = fopen(world.image, "wb");
    struct prng p = prng_init(5);
    prng_bytes(&p, world.content, sizeof(world.content));
    if (!world.phone || !f || fwrite(world.content, 1, IMAGE_LEN, f) != IMAGE_LEN || fclose(f) != 0)
        abort();
}

/* The link between flasher and input. */
struct wire {
    struct mtk_link link;
    struct mtk_link *phone; /* NULL: the input alone answers */
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
        w->now += timeout_ns > 0 ? timeout_ns : 1;
        return MTK_LINK_TIMEOUT;
    }
    n = n < len ? n : len;
    return rd_bytes(&w->in, buf, n) ? (ssize_t)n : MTK_LINK_TIMEOUT;
}

/* Changes what the phone answered; n bytes of at most len are in buf. */
static ssize_t mangle(struct wire *w, uint8_t *buf, size_t len, ssize_t n)
{
    static const uint32_t words[] = {0,          0xC0010003, 0xC0010004, 0xC0040030, 0xC0070004, 0x40040004,
                                     0x40040005, 0x434E5953, 0xFEEEEEEF, 0xFFFFFFFF, 0x80000000, 0x00000100};
    size_t k = n > 0 ? (size_t)n : 0;
    switch (w->op % 7) {
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
    if (!w->phone)
        return raw_read(w, buf, len, timeout_ns);
    ssize_t n = w->phone->ops->read(w->phone, buf, len, timeout_ns);
    if (!w->armed || w->skip-- != 0)
        return n;
    n = mangle(w, buf, len, n);
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

struct job {
    struct mtk_cycle_args args;
    uint64_t address;
    bool verified;
};

static void watch(void *ctx, const struct mtk_event *ev)
{
    struct job *j = ctx;
    if (ev->kind == MTK_EVENT_VERIFIED)
        j->verified = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!world.phone)
        make_world();
    if (!size)
        return 0;
    struct mtksim *phone = mtksim_clone(world.phone);
    struct job job = {.args = {.da = world.da,
                               .preloader = world.preloader,
                               .what = "@0x200000+0x1000",
                               .file = world.image},
                      .address = 0x200000};
    struct wire w = {.in = rd_init(data + 1, size - 1), .now = 0};
    w.link =
        (struct mtk_link){.ops = &wire_ops, .clock = {.now = wire_now, .sleep_ns = wire_sleep, .ctx = &w}};
    if (data[0] & 1) {
        w.phone = mtk_link_sim(phone);
        next_record(&w);
    }
    const struct mtkflash_options opt = {
        .port = "fuzz", .wait_ns = NS_PER_S, .sink = {.fn = watch, .ctx = &job}};
    int rc = mtk_session_run(&opt, &w.link, mtk_job_cycle, &job.args);
    /* The input changes answers only, so what was sent is what the phone got: a proof must be true. */
    uint8_t there[IMAGE_LEN];
    if (w.phone && (rc == 0 || job.verified))
        if (mtksim_flash_read(phone, "user", job.address, there, IMAGE_LEN) != 0 ||
            memcmp(there, world.content, IMAGE_LEN) != 0)
            abort();
    if (!w.phone && job.verified && rd_left(&w.in) == size - 1)
        abort();
    mtk_link_free(w.phone);
    mtksim_free(phone);
    return 0;
}
