/* SPDX-License-Identifier: Apache-2.0 */
/* What preloader and lk look at in the images that they load, see bootcheck.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/header.h"
#include "simdev/firmware/bootcheck.h"

#define CHAIN_MAX           64u /* images in one partition; a longer chain is a loop of damaged headers */
#define VBMETA_HEADER       256u
#define VBMETA_NO_HASHTREE  1u
#define VBMETA_NO_VERIFYING 2u

void boot_line_add(struct boot_line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        l->len += (size_t)n;
    if (l->len >= sizeof(l->text))
        l->len = sizeof(l->text) - 1;
}

static bool blank(const uint8_t *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (p[i] != p[0])
            return false;
    return p[0] == 0x00 || p[0] == 0xff;
}

static bool unreadable(const struct boot_flash *f, const struct boot_part *part, struct boot_line *remark)
{
    boot_line_add(remark, "%s 0x%" PRIx64 " cannot be read", boot_user_name(f), part->start);
    return false;
}

/* The preloader walks the 512-byte headers until one says that it is the last. */
bool boot_check_headers(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                        struct boot_line *remark)
{
    const char *area = boot_user_name(f);
    uint64_t at = 0;
    (void)policy;
    for (unsigned n = 0; n < CHAIN_MAX; n++) {
        uint8_t raw[MTK_IMG_HEADER];
        struct mtk_img_header h;
        if (!range_fits(at, sizeof(raw), part->size))
            break;
        if (boot_read(f, part->start + at, raw, sizeof(raw)))
            return unreadable(f, part, remark);
        if (!mtk_img_header_parse(raw, sizeof(raw), &h)) {
            /* An unsigned image may leave list_end at 0 with nothing behind it. */
            if (n && blank(raw, sizeof(raw)))
                return true;
            boot_line_add(remark, "magic is %08x at %s 0x%" PRIx64, get_le32(raw), area, part->start + at);
            return false;
        }
        if (!h.dsize || !range_fits(at + sizeof(raw), h.dsize, part->size)) {
            boot_line_add(remark,
                          "image %s at %s 0x%" PRIx64 " claims 0x%x bytes, the partition has 0x%" PRIx64,
                          h.name, area, part->start + at, h.dsize, part->size);
            return false;
        }
        if (!h.extended || h.list_end == 1)
            return true;
        uint64_t align = h.align ? h.align : 1;
        at += sizeof(raw) + h.dsize;
        at = (at + align - 1) / align * align;
    }
    boot_line_add(remark, "the list of images at %s 0x%" PRIx64 " has no end", area, part->start);
    return false;
}

bool boot_check_android(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                        struct boot_line *remark)
{
    const char *area = boot_user_name(f);
    uint8_t raw[4096];
    struct mtk_boot_header h;
    size_t n = part->size < sizeof(raw) ? (size_t)part->size : sizeof(raw);
    (void)policy;
    if (boot_read(f, part->start, raw, n))
        return unreadable(f, part, remark);
    if (!mtk_boot_header_parse(raw, n, &h)) {
        boot_line_add(remark, "no ANDROID! header at %s 0x%" PRIx64, area, part->start);
        return false;
    }
    if (!h.kernel_size || h.total > part->size) {
        boot_line_add(remark,
                      "header at %s 0x%" PRIx64 " claims 0x%" PRIx64
                      " bytes with a kernel of 0x%x, the partition has 0x%" PRIx64,
                      area, part->start, h.total, h.kernel_size, part->size);
        return false;
    }
    return true;
}

bool boot_check_vendor(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                       struct boot_line *remark)
{
    uint8_t magic[8];
    (void)policy;
    if (part->size < sizeof(magic) || boot_read(f, part->start, magic, sizeof(magic)))
        return unreadable(f, part, remark);
    if (!memcmp(magic, "VNDRBOOT", sizeof(magic)))
        return true;
    boot_line_add(remark, "no VNDRBOOT header at %s 0x%" PRIx64, boot_user_name(f), part->start);
    return false;
}

/* Flags of a sound header. A locked phone boots nothing that tells it not to look. */
static bool check_flags(const struct boot_policy *policy, uint32_t flags, struct boot_line *remark)
{
    if (flags & VBMETA_NO_VERIFYING && policy->locked)
        boot_line_add(remark, "verification is disabled, which a locked phone does not accept");
    else if (flags & VBMETA_NO_VERIFYING)
        boot_line_add(remark, "verification disabled");
    else if (flags & VBMETA_NO_HASHTREE)
        boot_line_add(remark, "hashtree disabled");
    return !(flags & VBMETA_NO_VERIFYING && policy->locked);
}

bool boot_check_vbmeta(struct boot_flash *f, const struct boot_policy *policy, const struct boot_part *part,
                       struct boot_line *remark)
{
    const char *area = boot_user_name(f);
    uint8_t raw[VBMETA_HEADER];
    struct mtk_vbmeta_header h;
    uint64_t total;
    if (part->size < sizeof(raw) || boot_read(f, part->start, raw, sizeof(raw)))
        return unreadable(f, part, remark);
    if (!mtk_vbmeta_parse(raw, sizeof(raw), &h)) {
        boot_line_add(remark, "no AVB0 header at %s 0x%" PRIx64, area, part->start);
        return false;
    }
    if (h.major != 1) {
        boot_line_add(remark, "AVB0 header at %s 0x%" PRIx64 " has version %u.%u, 1.x is understood", area,
                      part->start, h.major, h.minor);
        return false;
    }
    if (!add_u64(h.auth_size, h.aux_size, &total) || !range_fits(sizeof(raw), total, part->size)) {
        boot_line_add(remark, "AVB0 header at %s 0x%" PRIx64 " claims blocks larger than the partition", area,
                      part->start);
        return false;
    }
    return check_flags(policy, h.flags, remark);
}
