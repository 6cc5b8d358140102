/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of the images inside partitions, see header.h. */
#include "formats/header.h"

#include <string.h>

#include "base/cursor.h"

#define EXT_MAGIC 0x58891689u

static void copy_text(char *out, const uint8_t *p, size_t n)
{
    size_t i = 0;
    for (; i < n && p[i]; i++)
        out[i] = p[i] >= 0x20 && p[i] < 0x7F ? (char)p[i] : '?';
    out[i] = 0;
}

bool mtk_img_header_parse(const uint8_t *p, size_t len, struct mtk_img_header *out)
{
    memset(out, 0, sizeof(*out));
    if (len < MTK_IMG_HEADER || get_le32(p) != MTK_IMG_MAGIC)
        return false;
    out->dsize = get_le32(p + 0x04);
    copy_text(out->name, p + 0x08, 32);
    out->maddr = get_le32(p + 0x28);
    out->mode = get_le32(p + 0x2C);
    out->extended = get_le32(p + 0x30) == EXT_MAGIC;
    out->header_size = MTK_IMG_HEADER;
    out->align = 1;
    if (out->extended) {
        out->header_size = get_le32(p + 0x34);
        out->img_type = get_le32(p + 0x3C);
        out->list_end = get_le32(p + 0x40);
        out->align = get_le32(p + 0x44);
    }
    return true;
}

void mtk_img_header_write(const char *name, uint32_t dsize, uint32_t maddr, uint32_t img_type,
                          uint8_t out[MTK_IMG_HEADER])
{
    memset(out, 0xFF, MTK_IMG_HEADER);
    memset(out + 0x08, 0, 32);
    put_le32(out + 0x00, MTK_IMG_MAGIC);
    put_le32(out + 0x04, dsize);
    size_t n = strlen(name);
    memcpy(out + 0x08, name, n < 32 ? n : 32);
    put_le32(out + 0x28, maddr);
    put_le32(out + 0x2C, UINT32_MAX); /* mode: forward */
    put_le32(out + 0x30, EXT_MAGIC);
    put_le32(out + 0x34, MTK_IMG_HEADER);
    put_le32(out + 0x38, 1); /* header version */
    put_le32(out + 0x3C, img_type);
    put_le32(out + 0x40, 1);  /* last image of the file */
    put_le32(out + 0x44, 16); /* align */
    put_le32(out + 0x48, 0);  /* dsize, high half */
    put_le32(out + 0x4C, 0);  /* maddr, high half */
}

/* Bytes that n bytes take in whole pages. */
static uint64_t in_pages(uint64_t n, uint32_t page)
{
    return (n + page - 1) / page * page;
}

/* Versions 0 to 2. Returns false if the header is cut off or names an impossible page size. */
static bool parse_old(const uint8_t *p, size_t len, struct mtk_boot_header *out)
{
    static const size_t header_len[] = {0x260 + 1024, 0x670, 0x67C};
    uint32_t extra[3] = {0};
    out->kernel_size = get_le32(p + 0x08);
    out->ramdisk_size = get_le32(p + 0x10);
    out->second_size = get_le32(p + 0x18);
    out->page_size = get_le32(p + 0x24);
    uint32_t v = out->version;
    if (v > 2) {
        /* Before there were versions, vendors kept the size of a device tree in this word. */
        extra[0] = v;
        out->version = v = 0;
    }
    if (len < header_len[v])
        return false;
    if (out->page_size < 2048 || out->page_size > 65536 || (out->page_size & (out->page_size - 1)))
        return false;
    if (v >= 1)
        extra[1] = get_le32(p + 0x660); /* recovery dtbo */
    if (v >= 2)
        extra[2] = get_le32(p + 0x670); /* dtb */
    uint32_t page = out->page_size;
    out->total = page + in_pages(out->kernel_size, page) + in_pages(out->ramdisk_size, page) +
                 in_pages(out->second_size, page);
    for (size_t i = 0; i < 3; i++)
        out->total += in_pages(extra[i], page);
    return true;
}

/* Versions 3 and 4: pages are 4096 bytes. */
static bool parse_new(const uint8_t *p, size_t len, struct mtk_boot_header *out)
{
    if (len < (out->version == 3 ? 0x62Cu : 0x630u))
        return false;
    out->page_size = 4096;
    out->kernel_size = get_le32(p + 0x08);
    out->ramdisk_size = get_le32(p + 0x0C);
    uint32_t signature = out->version == 4 ? get_le32(p + 0x62C) : 0;
    out->total = 4096 + in_pages(out->kernel_size, 4096) + in_pages(out->ramdisk_size, 4096) +
                 in_pages(signature, 4096);
    return true;
}

bool mtk_boot_header_parse(const uint8_t *p, size_t len, struct mtk_boot_header *out)
{
    memset(out, 0, sizeof(*out));
    if (len < 0x2C || memcmp(p, "ANDROID!", 8) != 0)
        return false;
    out->version = get_le32(p + 0x28);
    if (out->version == 3 || out->version == 4)
        return parse_new(p, len, out);
    return parse_old(p, len, out);
}

void mtk_boot_header_write(uint32_t kernel_size, uint32_t ramdisk_size, const char *cmdline,
                           uint8_t out[2048])
{
    memset(out, 0, 2048);
    memcpy(out, "ANDROID!", 8);
    put_le32(out + 0x08, kernel_size);
    put_le32(out + 0x0C, 0x40008000);
    put_le32(out + 0x10, ramdisk_size);
    put_le32(out + 0x14, 0x45000000);
    put_le32(out + 0x20, 0x44000000); /* tags */
    put_le32(out + 0x24, 2048);
    put_le32(out + 0x28, 2);
    size_t n = strlen(cmdline);
    memcpy(out + 0x40, cmdline, n < 511 ? n : 511);
    put_le32(out + 0x66C, 0x67C); /* header size */
}

bool mtk_vbmeta_parse(const uint8_t *p, size_t len, struct mtk_vbmeta_header *out)
{
    memset(out, 0, sizeof(*out));
    if (len < 256 || memcmp(p, "AVB0", 4) != 0)
        return false;
    out->major = get_be32(p + 0x04);
    out->minor = get_be32(p + 0x08);
    out->auth_size = get_be64(p + 0x0C);
    out->aux_size = get_be64(p + 0x14);
    out->algorithm = get_be32(p + 0x1C);
    out->flags = get_be32(p + 0x78);
    return true;
}

void mtk_vbmeta_write(uint8_t out[256])
{
    static const char release[] = "mtkproof";
    memset(out, 0, 256);
    memcpy(out, "AVB0", 4);
    put_be32(out + 0x04, 1);
    memcpy(out + 0x80, release, sizeof(release));
}
