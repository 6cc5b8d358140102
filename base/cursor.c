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

bool rd_le16(struct rd *c, uint16_t *v)
{
    const uint8_t *p = rd_take(c, 2);
    *v = p ? get_le16(p) : 0;
    return p != NULL;
}

bool rd_be16(struct rd *c, uint16_t *v)
{
    const uint8_t *p = rd_take(c, 2);
    *v = p ? get_be16(p) : 0;
    return p != NULL;
}

bool rd_le32(struct rd *c, uint32_t *v)
{
    const uint8_t *p = rd_take(c, 4);
    *v = p ? get_le32(p) : 0;
    return p != NULL;
}

bool rd_be32(struct rd *c, uint32_t *v)
{
    const uint8_t *p = rd_take(c, 4);
    *v = p ? get_be32(p) : 0;
    return p != NULL;
}

bool rd_le64(struct rd *c, uint64_t *v)
{
    const uint8_t *p = rd_take(c, 8);
    *v = p ? get_le64(p) : 0;
    return p != NULL;
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
