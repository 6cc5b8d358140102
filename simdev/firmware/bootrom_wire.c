/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the download dialogue as the device sends and takes them (4.1). */
#include <string.h>

#include "base/cursor.h"
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define CHUNK 4096

struct download *download_new(struct mtksim *p, bool brom)
{
    struct download *d = phone_alloc(p, sizeof *d);
    d->p = p;
    d->b = phone_board(p);
    d->brom = brom;
    d->command = "";
    return d;
}

static uint8_t get8(struct download *d)
{
    uint8_t v = 0;
    phone_read(d->p, &v, 1, -1);
    return v;
}

void dl_put(struct download *d, const void *data, size_t len)
{
    phone_write(d->p, data, len);
}

void dl_put8(struct download *d, uint8_t v)
{
    dl_put(d, &v, 1);
}

void dl_put16(struct download *d, uint16_t v)
{
    uint8_t f[2];
    put_be16(f, v);
    dl_put(d, f, sizeof f);
}

void dl_put32(struct download *d, uint32_t v)
{
    uint8_t f[4];
    put_be32(f, v);
    dl_put(d, f, sizeof f);
}

uint8_t dl_echo8(struct download *d)
{
    uint8_t v = get8(d);
    dl_put8(d, v);
    return v;
}

uint16_t dl_echo16(struct download *d)
{
    uint8_t f[2] = {0};
    phone_read(d->p, f, sizeof f, -1);
    dl_put(d, f, sizeof f);
    return get_be16(f);
}

uint32_t dl_get32(struct download *d)
{
    uint8_t f[4] = {0};
    phone_read(d->p, f, sizeof f, -1);
    return get_be32(f);
}

uint32_t dl_echo32(struct download *d)
{
    uint32_t v = dl_get32(d);
    dl_put32(d, v);
    return v;
}

uint16_t dl_status(struct download *d, uint16_t status)
{
    struct fault_action a = phone_fault(d->p, FAULT_AT_STATUS, d->command, status);
    if (a.kind == FAULT_STATUS)
        status = (uint16_t)a.value;
    dl_put16(d, status);
    d->refused_something |= status >= BROM_FIRST_FAILURE;
    return status;
}

uint16_t dl_xor16(const uint8_t *data, size_t len)
{
    uint64_t wide = 0;
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        wide ^= word;
    }
    /* XOR keeps bytes apart, so folding the wide word in memory order gives the same on any machine. */
    uint8_t fold[8], sum[2] = {0};
    memcpy(fold, &wide, 8);
    for (size_t k = 0; k < 8; k++)
        sum[k & 1] ^= fold[k];
    for (; i < len; i++)
        sum[i & 1] ^= data[i];
    return get_le16(sum);
}

uint16_t dl_payload(struct download *d, uint8_t *buf, size_t room, uint32_t len)
{
    size_t kept = len < room ? len : room;
    uint8_t scrap[CHUNK];
    phone_read(d->p, buf, kept, -1);
    uint16_t sum = dl_xor16(buf, kept);
    for (uint32_t left = len - (uint32_t)kept; left;) {
        uint32_t n = left < CHUNK ? left : CHUNK;
        phone_read(d->p, scrap, n, -1);
        uint16_t part = dl_xor16(scrap, n);
        /* A piece that starts at an odd offset has its bytes on the other side. */
        if ((len - left) & 1)
            part = (uint16_t)(part << 8 | part >> 8);
        sum ^= part;
        left -= n;
    }
    return sum;
}

uint8_t dl_next_op(struct download *d)
{
    if (!d->has_op)
        return get8(d);
    d->has_op = false;
    return d->op;
}

bool dl_run(struct download *d, const struct dl_command *table, size_t n, uint8_t op)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].op != op)
            continue;
        d->command = table[i].name;
        phone_fault(d->p, FAULT_AT_COMMAND, d->command, op);
        table[i].run(d);
        d->command = "";
        return true;
    }
    return false;
}
