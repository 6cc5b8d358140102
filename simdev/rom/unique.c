/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/rom/unique.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/rom/images.h"

#define NVRAM_DATA  0x20000u /* one storage block */
#define NVRAM_LEN   0x10000u
#define FS_LEN      0x10000u
#define PROINFO_LEN 1024u
#define SUPERBLOCK  1024u
#define FS_BLOCKS   1024u

struct unique;
typedef void (*unique_fn)(const struct unique *u, struct prng *prng, uint8_t *buf);

struct unique {
    const char *partition;
    const char *stream; /* partitions of one stream are copies of each other */
    unique_fn make;
    size_t len;
};

/* Words are XORed and added in turn, rest bytes as one word, at the end XOR the length (5.6). */
static uint32_t nvram_checksum(const uint8_t *p, uint32_t len)
{
    uint32_t sum = 0, i = 0;
    for (; i + 4 <= len; i += 4) {
        if (i % 8 == 0)
            sum ^= get_le32(p + i);
        else
            sum += get_le32(p + i);
    }
    uint32_t rest = 0;
    for (unsigned k = 0; i + k < len; k++)
        rest |= (uint32_t)p[i + k] << 8 * k;
    return (sum + rest) ^ len;
}

static void make_nvram(const struct unique *u, struct prng *prng, uint8_t *buf)
{
    (void)u;
    prng_bytes(prng, buf + NVRAM_DATA, NVRAM_LEN);
    put_le32(buf, NVRAM_DATA);
    put_le32(buf + 4, NVRAM_LEN);
    put_le32(buf + 12, nvram_checksum(buf + NVRAM_DATA, NVRAM_LEN));
}

static void make_fs(const struct unique *u, struct prng *prng, uint8_t *buf)
{
    prng_bytes(prng, buf, u->len);
    memset(buf, 0, SUPERBLOCK);
    rom_ext4_superblock(u->stream, FS_BLOCKS, prng, buf + SUPERBLOCK);
}

static void make_proinfo(const struct unique *u, struct prng *prng, uint8_t *buf)
{
    char barcode[65];
    (void)u;
    snprintf(barcode, sizeof(barcode), "MTKSIM%010llu", (unsigned long long)prng_below(prng, 10000000000ULL));
    memcpy(buf, barcode, strlen(barcode));
}

static const struct unique uniques[] = {
    {"nvram", "nvram", make_nvram, NVRAM_DATA + NVRAM_LEN},
    {"nvdata", "nvdata", make_fs, FS_LEN},
    {"nvcfg", "nvcfg", make_fs, FS_LEN},
    {"protect1", "protect", make_fs, FS_LEN},
    {"protect2", "protect", make_fs, FS_LEN},
    {"persist", "persist", make_fs, FS_LEN},
    {"proinfo", "proinfo", make_proinfo, PROINFO_LEN},
    /* The same on phones of the PMT era. */
    {"NVRAM", "nvram", make_nvram, NVRAM_DATA + NVRAM_LEN},
    {"PROTECT_F", "protect", make_fs, FS_LEN},
    {"PROTECT_S", "protect", make_fs, FS_LEN},
    {"PRO_INFO", "proinfo", make_proinfo, PROINFO_LEN},
};

size_t unique_content(const char *partition, uint64_t seed, uint8_t *buf, size_t cap)
{
    for (size_t i = 0; i < sizeof(uniques) / sizeof(uniques[0]); i++) {
        const struct unique *u = &uniques[i];
        if (strcmp(u->partition, partition) || u->len > cap)
            continue;
        struct prng mix = prng_init(seed);
        struct prng prng =
            prng_init(prng_u64(&mix) ^ (uint64_t)crc32_buf(0, u->stream, strlen(u->stream)) << 16);
        memset(buf, 0, u->len);
        u->make(u, &prng, buf);
        return u->len;
    }
    return 0;
}
