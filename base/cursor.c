/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded cursors, see cursor.h. */
#include "base/cursor.h"

#include <string.h>

struct rd rd_init(const void *buf, size_t len)
{
    return (struct rd){.base = buf, .len = buf ? len : 0};
}

size_t rd_left(const struct rd *c)
{
    return c->bad ? 0 : c->len - c->pos;
}

/* Takes n bytes or turns the cursor bad. */
static const uint8_t *rd_take(struct rd *c, size_t n)
{
    if (c->bad || c->len - c->pos < n) {
        c->bad = true;
        return NULL;
    }
    const uint8_t *p = c->base ? c->base + c->pos : (const uint8_t *)"";
    c->pos += n;
    return p;
}

bool rd_seek(struct rd *c, size_t pos)
{
    if (c->bad || pos > c->len) {
        c->bad = true;
        return false;
    }
    c->pos = pos;
    return true;
}

bool rd_skip(struct rd *c, size_t n)
{
    return rd_take(c, n) != NULL;
}

bool rd_u8(struct rd *c, uint8_t *v)
{
    const uint8_t *p = rd_take(c, 1);
    *v = p ? *p : 0;
    return p != NULL;
}

uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] | (uint16_t)p[1] << 8);
}

void put_le16(uint8_t *p, uint16_t v)
{
    for (int i = 0; i < 2; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

bool rd_le16(struct rd *c, uint16_t *v)
{
    const uint8_t *p = rd_take(c, 2);
    *v = p ? get_le16(p) : 0;
    return p != NULL;
}

uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] << 8 | (uint16_t)p[1]);
}

void put_be16(uint8_t *p, uint16_t v)
{
    for (int i = 0; i < 2; i++)
        p[i] = (uint8_t)(v >> (8 * (1 - i)));
}

bool rd_be16(struct rd *c, uint16_t *v)
{
    const uint8_t *p = rd_take(c, 2);
    *v = p ? get_be16(p) : 0;
    return p != NULL;
}

uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

bool rd_le32(struct rd *c, uint32_t *v)
{
    const uint8_t *p = rd_take(c, 4);
    *v = p ? get_le32(p) : 0;
    return p != NULL;
}

uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * (3 - i)));
}

bool rd_be32(struct rd *c, uint32_t *v)
{
    const uint8_t *p = rd_take(c, 4);
    *v = p ? get_be32(p) : 0;
    return p != NULL;
}

uint64_t get_le64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

void put_le64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

bool rd_le64(struct rd *c, uint64_t *v)
{
    const uint8_t *p = rd_take(c, 8);
    *v = p ? get_le64(p) : 0;
    return p != NULL;
}

uint64_t get_be64(const uint8_t *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
           (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

void put_be64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * (7 - i)));
}

bool rd_be64(struct rd *c, uint64_t *v)
{
    const uint8_t *p = rd_take(c, 8);
    *v = p ? get_be64(p) : 0;
    return p != NULL;
}

bool rd_view(struct rd *c, const uint8_t **p, size_t n)
{
    *p = rd_take(c, n);
    return *p != NULL;
}

bool rd_bytes(struct rd *c, void *out, size_t n)
{
    const uint8_t *p = rd_take(c, n);
    if (!p) {
        if (n)
            memset(out, 0, n);
        return false;
    }
    if (n)
        memcpy(out, p, n);
    return true;
}

struct wr wr_init(void *buf, size_t len)
{
    return (struct wr){.base = buf, .len = buf ? len : 0};
}

static uint8_t *wr_take(struct wr *c, size_t n)
{
    if (c->bad || !c->base || c->len - c->pos < n) {
        c->bad = true;
        return NULL;
    }
    uint8_t *p = c->base + c->pos;
    c->pos += n;
    return p;
}

bool wr_u8(struct wr *c, uint8_t v)
{
    uint8_t *p = wr_take(c, 1);
    if (p)
        *p = v;
    return p != NULL;
}

bool wr_le16(struct wr *c, uint16_t v)
{
    uint8_t *p = wr_take(c, 2);
    if (p)
        put_le16(p, v);
    return p != NULL;
}

bool wr_be16(struct wr *c, uint16_t v)
{
    uint8_t *p = wr_take(c, 2);
    if (p)
        put_be16(p, v);
    return p != NULL;
}

bool wr_le32(struct wr *c, uint32_t v)
{
    uint8_t *p = wr_take(c, 4);
    if (p)
        put_le32(p, v);
    return p != NULL;
}

bool wr_be32(struct wr *c, uint32_t v)
{
    uint8_t *p = wr_take(c, 4);
    if (p)
        put_be32(p, v);
    return p != NULL;
}

bool wr_le64(struct wr *c, uint64_t v)
{
    uint8_t *p = wr_take(c, 8);
    if (p)
        put_le64(p, v);
    return p != NULL;
}

bool wr_be64(struct wr *c, uint64_t v)
{
    uint8_t *p = wr_take(c, 8);
    if (p)
        put_be64(p, v);
    return p != NULL;
}

bool wr_bytes(struct wr *c, const void *src, size_t n)
{
    uint8_t *p = wr_take(c, n);
    if (p && n)
        memcpy(p, src, n);
    return p != NULL;
}

bool wr_fill(struct wr *c, uint8_t v, size_t n)
{
    uint8_t *p = wr_take(c, n);
    if (p)
        memset(p, v, n);
    return p != NULL;
}

bool wr_str(struct wr *c, const char *s, size_t n)
{
    size_t l = strlen(s);
    if (l > n) {
        c->bad = true;
        return false;
    }
    return wr_bytes(c, s, l) && wr_fill(c, 0, n - l);
}

bool add_u64(uint64_t a, uint64_t b, uint64_t *r)
{
    *r = 0;
    if (a > UINT64_MAX - b)
        return false;
    *r = a + b;
    return true;
}

bool mul_u64(uint64_t a, uint64_t b, uint64_t *r)
{
    *r = 0;
    if (b && a > UINT64_MAX / b)
        return false;
    *r = a * b;
    return true;
}

bool range_fits(uint64_t start, uint64_t size, uint64_t limit)
{
    return start <= limit && size <= limit - start;
}
