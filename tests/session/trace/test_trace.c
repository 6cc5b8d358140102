/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of whole sessions, one of each agent generation and storage: the decoder explains every byte. Damaged ones
 * are read as far as they make sense, and no byte of what was read goes unsaid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/prng.h"
#include "formats/file.h"
#include "include/mtkflash.h"
#include "include/mtksim.h"
#include "traces/decode.h"
#include "traces/trace.h"

#define IMAGE_LEN 65536u
#define DAMAGES   150u

/* Phones, and the partition that is written and erased. */
static const struct model {
    const char *chip, *agent, *storage, *partition;
    enum decode_stage stage; /* what the agent must be taken for */
} models[] = {
    {"mt6765", "xflash", "emmc", "logo", DECODE_XFLASH}, {"mt6785", "xflash", "ufs", "logo", DECODE_XFLASH},
    {"mt6739", "xflash", "nand", "LOGO", DECODE_XFLASH}, {"mt6737", "legacy", "emmc", "logo", DECODE_LEGACY},
    {"mt6580", "legacy", "emmc", "LOGO", DECODE_LEGACY}, {"mt6580", "legacy", "nand", "LOGO", DECODE_LEGACY},
    {"mt6789", "xml", "emmc", "logo", DECODE_XML},       {"mt6855", "xml", "ufs", "logo", DECODE_XML},
};
#define MODELS (sizeof(models) / sizeof(models[0]))

static char dir[512];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%s/mtkproof-trace-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char cmd[600];
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd);
}

/* ---- recording ---- */

static void make_image(const char *path)
{
    static uint8_t image[IMAGE_LEN];
    struct prng p = prng_init(3);
    prng_bytes(&p, image, sizeof(image));
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(image, 1, sizeof(image), f), sizeof(image));
    assert_int_equal(fclose(f), 0);
}

/* Records a job: writing or erasing a partition. The phone is a new one each time. */
static void record(const struct model *m, const char *boot, bool erase, char path[700])
{
    char rom[600], port[1500], image[600], err[200];
    snprintf(rom, sizeof(rom), "%s/%s-%s-%s", dir, m->chip, m->agent, m->storage);
    snprintf(port, sizeof(port), "sim:chip=%s,storage=%s,boot=%s,rom=%s", m->chip, m->storage, boot, rom);
    snprintf(image, sizeof(image), "%s/image", dir);
    snprintf(path, 700, "%s/%s-%s-%s-%s-%d.pcapng", dir, m->chip, m->agent, m->storage, boot, erase);
    if (access(rom, F_OK) != 0) {
        const struct mtksim_rom_options opt = {.chip = m->chip, .agent = m->agent, .storage = m->storage};
        if (mtksim_make_rom(rom, &opt, err, sizeof(err)) != 0)
            fail_msg("%s", err);
    }
    make_image(image);
    const struct mtkflash_options opt = {.port = port, .rom = rom, .record = path};
    int code = erase ? mtkflash_erase(&opt, m->partition) : mtkflash_write(&opt, m->partition, image);
    if (code != 0)
        fail_msg("%s: exit %d", path, code);
}

/* ---- reading ---- */

/* What a decoder said of a recording. */
struct heard {
    uint64_t bytes, unknown, messages, stages[DECODE_XML + 1];
    char first_unknown[200];
};

static void hear(void *ctx, const struct decode_message *m)
{
    struct heard *h = ctx;
    assert_true(m->stage <= DECODE_XML);
    h->messages++;
    h->stages[m->stage]++;
    h->bytes += m->length;
    if (m->unknown && !h->unknown)
        snprintf(h->first_unknown, sizeof(h->first_unknown), "packet %llu: %s", (unsigned long long)m->packet,
                 m->text);
    h->unknown += m->unknown ? m->length : 0;
}

/* Returns how many bytes the transfers of the recording have; what the decoder makes of them is in *h. */
static uint64_t decode(const char *path, struct heard *h)
{
    struct mtk_error err = {0};
    struct trace_transfer x;
    uint64_t bytes = 0;
    int device = -1;
    memset(h, 0, sizeof(*h));
    struct trace *t = trace_open(path, &err);
    if (!t)
        return 0;
    struct decoder *d = decoder_new(hear, h);
    assert_non_null(d);
    while (trace_next(t, &x, &err) == 1) {
        if (x.device != device)
            decoder_reenumerated(d, x.time_ns, x.packet, x.device);
        device = x.device;
        bytes += x.control ? x.captured : x.length;
        if (x.control && x.has_setup)
            decoder_control(d, x.time_ns, x.packet, x.setup, x.status, x.data, x.captured);
        else if (!x.control)
            assert_int_equal(
                decoder_bulk(d, x.time_ns, x.packet, !(x.endpoint & 0x80), x.data, x.captured, x.length), 0);
    }
    decoder_free(d);
    trace_close(t);
    return bytes;
}

static void expect_explained(const struct model *m, const char *boot, bool erase)
{
    char path[700];
    struct heard h;
    record(m, boot, erase, path);
    assert_true(decode(path, &h) > (erase ? 0 : 2 * IMAGE_LEN));
    if (h.unknown)
        fail_msg("%s: %llu bytes are not explained, the first in %s", path, (unsigned long long)h.unknown,
                 h.first_unknown);
    for (enum decode_stage s = DECODE_XFLASH; s <= DECODE_XML; s++)
        assert_true((h.stages[s] != 0) == (s == m->stage));
}

static void every_byte_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        expect_explained(&models[i], "brom", false);
        expect_explained(&models[i], "preloader", false);
        expect_explained(&models[i], "preloader", true);
    }
}

/* ---- damage ---- */

/* Changes bytes, takes some out, or cuts the rest off. */
static size_t damage(struct prng *p, uint8_t *data, size_t len)
{
    switch (prng_below(p, 4)) {
    case 0:
        return (size_t)prng_below(p, len);
    case 1: {
        size_t at = (size_t)prng_below(p, len), n = (size_t)prng_below(p, 64);
        n = n < len - at ? n : len - at;
        memmove(data + at, data + at + n, len - at - n);
        return len - n;
    }
    default:
        for (uint64_t n = 1 + prng_below(p, 40); n; n--)
            data[prng_below(p, len)] ^= (uint8_t)(1 + prng_below(p, 255));
        return len;
    }
}

static void damaged_recordings(void **state)
{
    (void)state;
    char path[700], broken[600];
    struct prng p = prng_init(11);
    struct mtk_blob whole;
    snprintf(broken, sizeof(broken), "%s/broken.pcapng", dir);
    for (size_t i = 0; i < MODELS; i++) {
        record(&models[i], "brom", false, path);
        assert_int_equal(mtk_file_read(path, 64u << 20, &whole, NULL), 0);
        uint8_t *copy = malloc(whole.len);
        assert_non_null(copy);
        for (unsigned k = 0; k < DAMAGES / MODELS; k++) {
            struct heard h;
            memcpy(copy, whole.data, whole.len);
            size_t n = damage(&p, copy, whole.len);
            FILE *f = fopen(broken, "wb");
            assert_non_null(f);
            assert_int_equal(fwrite(copy, 1, n, f), n);
            assert_int_equal(fclose(f), 0);
            uint64_t bytes = decode(broken, &h);
            /* BROM's echoes and the headers of frames are said together with what they belong to. */
            assert_true(h.bytes <= bytes);
            assert_true(h.messages <= bytes + 64);
        }
        free(copy);
        mtk_blob_release(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_explained),
        cmocka_unit_test(damaged_recordings),
    };
    return cmocka_run_group_tests_name("session/trace", tests, make_folder, remove_folder);
}
