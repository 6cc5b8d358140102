/* SPDX-License-Identifier: Apache-2.0 */
/* Plain images: header chains, boot, vendor_boot, logo, dtbo, vbmeta, secro. */
#include "simdev/rom/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cursor.h"
#include "formats/header.h"
#include "protocol/error_index.h"
#include "simdev/rom/out.h"

#define IMG_LIST_END 0x40u /* field of the 512-byte header: 1 on the last image of a file */
#define IMG_ALIGN    16u
#define BOOT_PAGE    2048u

static size_t part_count(const struct rom_image *img)
{
    size_t n = 0;
    while (n < ROM_PARTS && img->part[n].name)
        n++;
    return n;
}

int rom_write_chain(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    size_t n = part_count(img);
    for (size_t i = 0; i < n; i++) {
        const struct rom_part *part = &img->part[i];
        uint8_t header[MTK_IMG_HEADER];
        mtk_img_header_write(part->name, part->size[job->size], part->maddr, part->img_type, header);
        put_le32(header + IMG_LIST_END, i + 1 == n);
        rom_out_bytes(&out, header, sizeof(header));
        rom_out_noise(&out, &prng, part->size[job->size]);
        rom_out_pad(&out, IMG_ALIGN, 0);
    }
    return rom_out_close(&out);
}

int rom_write_boot(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    uint32_t kernel = img->part[0].size[job->size], ramdisk = img->part[1].size[job->size];
    uint8_t header[BOOT_PAGE];
    mtk_boot_header_write(kernel, ramdisk, "bootopt=64S3,32N2,64N2 buildvariant=user", header);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, header, sizeof(header));
    rom_out_noise(&out, &prng, kernel);
    rom_out_pad(&out, BOOT_PAGE, 0);
    rom_out_noise(&out, &prng, ramdisk);
    rom_out_pad(&out, BOOT_PAGE, 0);
    return rom_out_close(&out);
}

#define VENDOR_BOOT_PAGE   4096u
#define VENDOR_BOOT_HEADER 2112u

int rom_write_vendor_boot(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    uint32_t ramdisk = img->part[0].size[job->size], dtb = img->part[1].size[job->size];
    uint8_t header[VENDOR_BOOT_HEADER];
    struct wr w = wr_init(header, sizeof(header));
    wr_str(&w, "VNDRBOOT", 8);
    wr_le32(&w, 3); /* version */
    wr_le32(&w, VENDOR_BOOT_PAGE);
    wr_le32(&w, 0x40080000); /* kernel and ramdisk addresses */
    wr_le32(&w, 0x51b00000);
    wr_le32(&w, ramdisk);
    wr_str(&w, "bootopt=64S3,32N2,64N2 buildvariant=user", 2048);
    wr_le32(&w, 0x54000000); /* tags */
    wr_str(&w, job->project, 16);
    wr_le32(&w, VENDOR_BOOT_HEADER);
    wr_le32(&w, dtb);
    wr_le64(&w, 0x54000000);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, header, sizeof(header));
    rom_out_pad(&out, VENDOR_BOOT_PAGE, 0);
    rom_out_noise(&out, &prng, ramdisk);
    rom_out_pad(&out, VENDOR_BOOT_PAGE, 0);
    rom_out_noise(&out, &prng, dtb);
    rom_out_pad(&out, VENDOR_BOOT_PAGE, 0);
    return rom_out_close(&out);
}

/* ---- logo ---- */

#define LOGO_MAX 64

struct stream {
    uint8_t *data;
    uLongf len;
};

/* A picture that compresses like one: bands of one colour with a little noise. */
static int compress_picture(struct prng *prng, uint32_t size, struct stream *out)
{
    uint8_t *raw = malloc(size);
    out->len = compressBound(size);
    out->data = malloc(out->len);
    int rc = Z_MEM_ERROR;
    if (raw && out->data) {
        uint8_t band = 0;
        for (uint32_t i = 0; i < size; i++) {
            if (i % 256 == 0)
                band = (uint8_t)prng_u64(prng);
            raw[i] = band;
            if (i % 16 == 0)
                raw[i] = (uint8_t)prng_u64(prng);
        }
        rc = compress2(out->data, &out->len, raw, size, 6);
    }
    free(raw);
    return rc == Z_OK ? 0 : -1;
}

static void put_logo(const struct rom_job *job, const struct rom_image *img, const struct stream *pictures,
                     uint32_t n, struct rom_out *out)
{
    uint8_t table[8 + 4 * LOGO_MAX], header[MTK_IMG_HEADER];
    uint32_t at = 8 + 4 * n;
    put_le32(table, n);
    for (uint32_t i = 0; i < n; i++) {
        put_le32(table + 8 + 4 * i, at);
        at += (uint32_t)pictures[i].len;
    }
    put_le32(table + 4, at);
    mtk_img_header_write("logo", at, 0xffffffffu, 0, header);
    rom_out_open(out, job->dir, img->file, out->err);
    rom_out_bytes(out, header, sizeof(header));
    rom_out_bytes(out, table, 8 + 4 * n);
    for (uint32_t i = 0; i < n; i++)
        rom_out_bytes(out, pictures[i].data, pictures[i].len);
}

int rom_write_logo(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    struct stream pictures[LOGO_MAX] = {{0}};
    struct rom_out out = {.fd = -1, .err = err};
    uint32_t n = 0;
    int rc = 0;
    for (size_t p = 0; p < part_count(img) && !rc; p++)
        for (uint32_t i = 0; i < img->count[p] && n < LOGO_MAX && !rc; i++)
            rc = compress_picture(&prng, img->part[p].size[job->size], &pictures[n++]);
    if (rc)
        rc = mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s: out of memory", img->file);
    else
        put_logo(job, img, pictures, n, &out);
    for (uint32_t i = 0; i < n; i++)
        free(pictures[i].data);
    return rc ? rc : rom_out_close(&out);
}

/* ---- dtbo: an overlay table (public AOSP format, big-endian) around one flattened device tree ---- */

#define DTBO_HEADER   32u
#define FDT_HEADER    40u
#define FDT_RSVMAP    16u
#define FDT_STRINGS   "compatible\0data"
#define FDT_DATA_NAME 11u /* offset of "data" in the strings */

static uint32_t round4(uint32_t n)
{
    return (n + 3) & ~3u;
}

/* The tree "/ { compatible = name; data = [noise]; };" up to where the noise begins; total gets the tree's size. */
static size_t tree_head(const char *name, uint32_t data_len, uint8_t *buf, size_t cap, uint32_t *total)
{
    uint32_t name_len = (uint32_t)strlen(name) + 1;
    uint32_t structs = 8 + 12 + round4(name_len) + 12 + round4(data_len) + 8;
    uint32_t strings = FDT_HEADER + FDT_RSVMAP + structs;
    *total = strings + (uint32_t)sizeof(FDT_STRINGS);
    const uint32_t header[] = {0xd00dfeed, *total, FDT_HEADER + FDT_RSVMAP,       strings, FDT_HEADER, 17,
                               16,         0,      (uint32_t)sizeof(FDT_STRINGS), structs};
    struct wr w = wr_init(buf, cap);
    for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
        wr_be32(&w, header[i]);
    wr_fill(&w, 0, FDT_RSVMAP);
    wr_be32(&w, 1); /* begin node, empty name */
    wr_be32(&w, 0);
    wr_be32(&w, 3); /* property */
    wr_be32(&w, name_len);
    wr_be32(&w, 0);
    wr_str(&w, name, round4(name_len));
    wr_be32(&w, 3);
    wr_be32(&w, data_len);
    wr_be32(&w, FDT_DATA_NAME);
    return w.bad ? 0 : w.pos;
}

int rom_write_dtbo(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    uint32_t data_len = img->part[0].size[job->size], total;
    uint8_t head[256], table[2 * DTBO_HEADER];
    char name[64];
    snprintf(name, sizeof(name), "mediatek,%s", job->project);
    size_t head_len = tree_head(name, data_len, head, sizeof(head), &total);
    const uint32_t words[] = {
        0xd7b7ab1e, 2 * DTBO_HEADER + total, DTBO_HEADER, DTBO_HEADER, 1, DTBO_HEADER, BOOT_PAGE, 0,
        total,      2 * DTBO_HEADER};
    memset(table, 0, sizeof(table));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        put_be32(table + 4 * i, words[i]);
    static const uint8_t tail[8] = {0, 0, 0, 2, 0, 0, 0, 9}; /* end of node, end of tree */
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, table, sizeof(table));
    rom_out_bytes(&out, head, head_len);
    rom_out_noise(&out, &prng, data_len);
    rom_out_pad(&out, 4, 0);
    rom_out_bytes(&out, tail, sizeof(tail));
    rom_out_bytes(&out, FDT_STRINGS, sizeof(FDT_STRINGS));
    return rom_out_close(&out);
}

/* ---- vbmeta, secro ---- */

int rom_write_vbmeta(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    uint8_t header[256];
    mtk_vbmeta_write(header);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, header, sizeof(header));
    rom_out_pad(&out, img->part[0].size[job->size], 0);
    return rom_out_close(&out);
}

int rom_write_secro(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err)
{
    struct prng prng = rom_prng(job, img->file);
    uint8_t header[20];
    struct wr w = wr_init(header, sizeof(header));
    wr_str(&w, "AND_AC_REGION", 16);
    wr_le32(&w, 0x48484848);
    struct rom_out out;
    rom_out_open(&out, job->dir, img->file, err);
    rom_out_bytes(&out, header, sizeof(header));
    rom_out_noise(&out, &prng, img->part[0].size[job->size] - sizeof(header));
    return rom_out_close(&out);
}
