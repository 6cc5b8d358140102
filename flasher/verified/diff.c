/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/diff.h"

#include <string.h>

#define SECTOR 512u
/* Equal bytes are skipped in blocks of this size; only blocks that differ are looked at byte by byte. */
#define BLOCK 4096u
/* So many stale bytes are no accident. */
#define STALE_MIN 16u

/* Whether any sample lies in this range. */
static bool is_sampled(const struct mtk_old *old, uint64_t offset, size_t len)
{
    for (size_t i = 0; old && i < old->n; i++)
        if (offset < old->window[i].offset + old->window[i].len && old->window[i].offset < offset + len)
            return true;
    return false;
}

/* What stood at this offset before, or -1 if it was not sampled. */
static int old_byte(const struct mtk_old *old, uint64_t offset)
{
    for (size_t i = 0; old && i < old->n; i++)
        if (offset >= old->window[i].offset && offset - old->window[i].offset < old->window[i].len)
            return old->window[i].data[offset - old->window[i].offset];
    return -1;
}

static unsigned bits_of(uint8_t v)
{
    unsigned n = 0;
    for (; v; v &= (uint8_t)(v - 1))
        n++;
    return n;
}

static void one_byte(struct mtk_diff *d, uint64_t offset, uint8_t expected, uint8_t got,
                     const struct mtk_old *old)
{
    if (!d->bytes)
        d->first = offset;
    d->last = offset;
    d->bytes++;
    if (d->bits < 2) /* more than one is all that matters */
        d->bits += bits_of(expected ^ got);
    d->zero += got == 0;
    int before = old_byte(old, offset);
    d->sampled += before >= 0;
    d->stale += before == got;
}

/* Keeps the bytes from the first difference on, as far as they follow each other without a gap. */
static void keep(struct mtk_diff *d, uint64_t offset, const uint8_t *expected, const uint8_t *got, size_t n)
{
    if (!d->bytes || d->n == sizeof(d->got))
        return;
    uint64_t at = d->first + d->n;
    if (at < offset || at - offset >= n)
        return;
    size_t from = (size_t)(at - offset), k = n - from;
    if (k > sizeof(d->got) - d->n)
        k = sizeof(d->got) - d->n;
    memcpy(d->expected + d->n, expected + from, k);
    memcpy(d->got + d->n, got + from, k);
    d->n += k;
}

void mtk_diff_add(struct mtk_diff *d, uint64_t offset, const uint8_t *expected, const uint8_t *got, size_t n,
                  const struct mtk_old *old)
{
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t k = n - at < BLOCK ? n - at : BLOCK;
        if (memcmp(expected + at, got + at, k) == 0)
            continue;
        const struct mtk_old *before = is_sampled(old, offset + at, k) ? old : NULL;
        for (size_t i = at; i < at + k; i++)
            if (expected[i] != got[i])
                one_byte(d, offset + i, expected[i], got[i], before);
    }
    keep(d, offset, expected, got, n);
}

const char *mtk_diff_pattern(const struct mtk_diff *d)
{
    if (d->bits == 1)
        return "one bit";
    if (d->first / SECTOR == d->last / SECTOR)
        return "one sector";
    if (d->zero == d->bytes)
        return "all zero";
    if (d->sampled >= STALE_MIN && d->stale == d->sampled)
        return "old content";
    return "scattered";
}
