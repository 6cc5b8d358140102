/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage images of make-rom's Download Agents, see agent_image.h. Layout:
 *
 *     0x00  07 00 00 ea ...      ARM branch and vectors, then pseudo-code from the seed
 *     0x20  descriptor           DESCRIPTOR_LEN bytes, little-endian, as agent_image_build writes it
 *     0x80  modulus              DA SLA key, 256 bytes, zeros if there is none
 *     ...   pseudo-code
 *     end - 0x30                 stage 1 only: SHA-256 of stage 2 without signature (formats.md 1.7)
 */
#include "simdev/firmware/agent_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"

#define DESCRIPTOR_VERSION 3u
#define MAGIC_LEN          12u
#define SUMS_OFFSET        (AGENT_DESCRIPTOR_OFFSET + MAGIC_LEN + 8 * 4)
#define SUMS_LEN           16u
#define DESCRIPTOR_END     (SUMS_OFFSET + SUMS_LEN)

static const uint8_t branch[] = {0x07, 0x00, 0x00, 0xEA};
static const uint8_t no_key[AGENT_SLA_KEY_LEN];

_Static_assert(DESCRIPTOR_END <= AGENT_SLA_KEY_OFFSET, "the key stands behind the descriptor");
_Static_assert(AGENT_SLA_KEY_OFFSET + AGENT_SLA_KEY_LEN <= AGENT_IMAGE_MIN - AGENT_DEP_FROM_END,
               "and before the digest of stage 2");

/* Two sums over little-endian words; the second counts a word as often as words follow, so that order matters too. */
struct sums {
    uint64_t plain, weighted;
};

static void add_words(struct sums *s, const uint8_t *p, size_t len)
{
    uint64_t last = 0;
    for (; len >= 8; p += 8, len -= 8) {
        s->plain += get_le64(p);
        s->weighted += s->plain;
    }
    for (size_t i = 0; i < len; i++) /* what is left is a word whose upper bytes are zeros */
        last |= (uint64_t)p[i] << 8 * i;
    s->plain += last;
    s->weighted += s->plain;
}

/* Over the image but for the sums' own field. */
static void image_sums(const uint8_t *image, size_t len, uint8_t out[SUMS_LEN])
{
    struct sums s = {0};
    add_words(&s, image, SUMS_OFFSET);
    add_words(&s, image + DESCRIPTOR_END, len - DESCRIPTOR_END);
    put_le64(out, s.plain);
    put_le64(out + 8, s.weighted);
}

uint8_t *agent_image_build(const struct agent_descriptor *d, const uint8_t *dep_sha256, uint64_t seed)
{
    if (d->length < AGENT_IMAGE_MIN)
        return NULL;
    uint8_t *image = malloc(d->length);
    if (!image)
        return NULL;
    struct prng rng = prng_init(seed ^ ((uint64_t)d->hw_code << 32) ^ ((uint64_t)d->kind << 8) ^ d->stage);
    prng_bytes(&rng, image, d->length);
    memcpy(image, branch, sizeof(branch));
    struct wr w = wr_init(image + AGENT_DESCRIPTOR_OFFSET, DESCRIPTOR_END - AGENT_DESCRIPTOR_OFFSET);
    wr_bytes(&w, AGENT_MAGIC, MAGIC_LEN);
    wr_le32(&w, DESCRIPTOR_VERSION);
    wr_le32(&w, (uint32_t)d->kind);
    wr_le32(&w, d->stage);
    wr_le32(&w, d->hw_code);
    wr_le32(&w, d->address);
    wr_le32(&w, d->year);
    wr_le32(&w, d->length);
    wr_le32(&w, d->version ? d->version : 1);
    memcpy(image + AGENT_SLA_KEY_OFFSET, d->sla_modulus ? d->sla_modulus : no_key, AGENT_SLA_KEY_LEN);
    if (dep_sha256)
        memcpy(image + d->length - AGENT_DEP_FROM_END, dep_sha256, SHA256_LEN);
    image_sums(image, d->length, image + SUMS_OFFSET);
    return image;
}

bool agent_image_describe(const uint8_t *image, size_t len, struct agent_descriptor *out)
{
    memset(out, 0, sizeof(*out));
    if (len < AGENT_IMAGE_MIN || memcmp(image, branch, sizeof(branch)) != 0)
        return false;
    struct rd r = rd_init(image + AGENT_DESCRIPTOR_OFFSET, DESCRIPTOR_END - AGENT_DESCRIPTOR_OFFSET);
    const uint8_t *magic;
    uint32_t format, kind, stage, year, version;
    rd_view(&r, &magic, MAGIC_LEN);
    rd_le32(&r, &format);
    if (memcmp(magic, AGENT_MAGIC, MAGIC_LEN) != 0 || format != DESCRIPTOR_VERSION)
        return false;
    rd_le32(&r, &kind);
    rd_le32(&r, &stage);
    rd_le32(&r, &out->hw_code);
    rd_le32(&r, &out->address);
    rd_le32(&r, &year);
    rd_le32(&r, &out->length);
    rd_le32(&r, &version);
    out->kind = kind <= MTK_AGENT_XML ? (enum mtk_agent_kind)kind : MTK_AGENT_UNKNOWN;
    out->stage = stage;
    out->year = year;
    out->version = version;
    if (memcmp(image + AGENT_SLA_KEY_OFFSET, no_key, AGENT_SLA_KEY_LEN) != 0)
        out->sla_modulus = image + AGENT_SLA_KEY_OFFSET;
    return true;
}

bool agent_image_parse(const uint8_t *image, size_t len, struct agent_descriptor *out)
{
    if (!agent_image_describe(image, len, out))
        return false;
    uint8_t sums[SUMS_LEN];
    if (out->length >= AGENT_IMAGE_MIN && out->length <= len) {
        image_sums(image, out->length, sums);
        out->intact = memcmp(sums, image + SUMS_OFFSET, SUMS_LEN) == 0;
    }
    return true;
}
