/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded byte cursors. Every buffer that came from a phone, a file or a socket is read through one of these.
 *
 * A cursor never moves past its end. A read that does not fit returns false, leaves the output at zero and makes
 * the cursor "bad": every later read fails too, so that a parser may read a whole structure and ask once.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reading cursor over borrowed memory. */
struct rd {
    const uint8_t *base;
    size_t len;
    size_t pos;
    bool bad;
};

/* A writing cursor over borrowed memory of capacity len. */
struct wr {
    uint8_t *base;
    size_t len;
    size_t pos;
    bool bad;
};

/* Starts reading len bytes at buf. The memory stays the caller's and must outlive the cursor. */
struct rd rd_init(const void *buf, size_t len);
/* Bytes that can still be read (0 if bad). */
size_t rd_left(const struct rd *c);
/* Sets the absolute position; false (and bad) if pos > len. */
bool rd_seek(struct rd *c, size_t pos);
/* Skips n bytes. */
bool rd_skip(struct rd *c, size_t n);
/* Fixed width reads; the suffix names the byte order on the wire or in the file. */
bool rd_u8(struct rd *c, uint8_t *v);
bool rd_le16(struct rd *c, uint16_t *v);
bool rd_le32(struct rd *c, uint32_t *v);
bool rd_le64(struct rd *c, uint64_t *v);
bool rd_be16(struct rd *c, uint16_t *v);
bool rd_be32(struct rd *c, uint32_t *v);
bool rd_be64(struct rd *c, uint64_t *v);
/* Copies n bytes out. */
bool rd_bytes(struct rd *c, void *out, size_t n);
/* Borrows n bytes of the underlying memory; *p is NULL on failure. */
bool rd_view(struct rd *c, const uint8_t **p, size_t n);

/* Starts writing into buf of capacity len. */
struct wr wr_init(void *buf, size_t len);
bool wr_u8(struct wr *c, uint8_t v);
bool wr_le16(struct wr *c, uint16_t v);
bool wr_le32(struct wr *c, uint32_t v);
bool wr_le64(struct wr *c, uint64_t v);
bool wr_be16(struct wr *c, uint16_t v);
bool wr_be32(struct wr *c, uint32_t v);
bool wr_be64(struct wr *c, uint64_t v);
bool wr_bytes(struct wr *c, const void *p, size_t n);
/* Writes n times the byte v. */
bool wr_fill(struct wr *c, uint8_t v, size_t n);
/* Writes s into a field of exactly n bytes, NUL padded; false if s is longer than n. */
bool wr_str(struct wr *c, const char *s, size_t n);

/* Unbounded helpers for memory whose size the caller has checked already. Here, so that a loop over them stays a loop. */
static inline uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] | (uint16_t)p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] << 8 | (uint16_t)p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t get_be64(const uint8_t *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
           (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
    for (int i = 0; i < 2; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
    for (int i = 0; i < 2; i++)
        p[i] = (uint8_t)(v >> (8 * (1 - i)));
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * (3 - i)));
}

static inline void put_be64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * (7 - i)));
}

/* Checked arithmetic: true and *r = a + b (a * b) when it fits in 64 bits, false and *r = 0 otherwise. */
static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *r)
{
    if (!__builtin_add_overflow(a, b, r))
        return true;
    *r = 0;
    return false;
}

static inline bool mul_u64(uint64_t a, uint64_t b, uint64_t *r)
{
    if (!__builtin_mul_overflow(a, b, r))
        return true;
    *r = 0;
    return false;
}

/* True if [start, start + size) lies wholly inside [0, limit), without overflow. */
static inline bool range_fits(uint64_t start, uint64_t size, uint64_t limit)
{
    return start <= limit && size <= limit - start;
}

#endif
