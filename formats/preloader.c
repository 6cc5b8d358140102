/* SPDX-License-Identifier: Apache-2.0 */
/* Reading preloader images, see preloader.h. The DRAM settings inside them are in emi.c. */
#include "formats/preloader.h"

#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader_layout.h"
#include "protocol/error_index.h"

/* The boot ROM looks for the bootloader on these boundaries (2.2). */
#define GFH_SEARCH_STEP 2048u

/* Names that a device header can bear (2.1), and whether a BRLYT block follows at 0x200. */
static const struct device_name {
    const char *name;
    bool brlyt;
} device_names[] = {
    {"EMMC_BOOT", true}, {"UFS_BOOT", true},   {"SDMMC_BOOT", true},
    {"SF_BOOT", true},   {"COMBO_BOOT", true}, {"BOOTLOADER!", false},
};

/* What a GFH container can be instead of a preloader (2.3). */
static const struct {
    uint16_t type;
    const char *what;
} other_types[] = {
    {4, "a certificate"},         {5, "a tool authentication file"},   {7, "an EPP image"},
    {0x0A, "a root certificate"}, {0x0B, "an application bootloader"},
};

static int bad(struct mtk_error *err, const char *name, uint64_t offset, const char *why)
{
    mtk_fail_file(err, MTK_E_STATUS_PRELOADER_INVALID, name, 0, "not a usable preloader: %s", why);
    mtk_error_offset(err, offset);
    return -1;
}

static bool is_gfh(const uint8_t *data, size_t len, size_t at)
{
    return len >= FI_LEN && at <= len - FI_LEN && get_le32(data + at) == GFH_MAGIC &&
           get_le16(data + at + 6) == GFH_FILE_INFO && memcmp(data + at + FI_ID, FI_ID_TEXT, FI_ID_LEN) == 0;
}

static const struct device_name *device_header(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < sizeof(device_names) / sizeof(device_names[0]); i++) {
        char padded[DEV_NAME_LEN] = {0};
        memcpy(padded, device_names[i].name, strlen(device_names[i].name));
        if (len >= DEV_NAME_LEN && memcmp(data, padded, DEV_NAME_LEN) == 0)
            return &device_names[i];
    }
    return NULL;
}

/* Finds FILE_INFO: at the start, or where the header form says. */
static int find_gfh(struct mtk_preloader *p, const char *name, struct mtk_error *err)
{
    if (is_gfh(p->data, p->len, 0))
        return 0;
    const struct device_name *dev = device_header(p->data, p->len);
    if (!dev) {
        if (p->len >= TAG_TEXT_LEN && memcmp(p->data, TAG_TEXT, TAG_TEXT_LEN) == 0)
            return bad(err, name, 0, "the file holds only the DRAM settings that were cut out of one");
        return bad(err, name, 0, "it begins with neither a GFH FILE_INFO block nor a device header");
    }
    strcpy(p->device_header, dev->name);
    if (!dev->brlyt) {
        for (size_t at = GFH_SEARCH_STEP; at < p->len; at += GFH_SEARCH_STEP) {
            if (is_gfh(p->data, p->len, at)) {
                p->gfh_offset = at;
                return 0;
            }
        }
        return bad(err, name, 0, "no GFH FILE_INFO block behind the NAND header");
    }
    if (p->len < BRLYT_AT + BRLYT_LEN || memcmp(p->data + BRLYT_AT, BRLYT_NAME, BRLYT_NAME_LEN) != 0)
        return bad(err, name, BRLYT_AT, "no BRLYT block behind the device header");
    p->gfh_offset = get_le32(p->data + BRLYT_AT + BRLYT_BOOT);
    if (!is_gfh(p->data, p->len, p->gfh_offset))
        return bad(err, name, BRLYT_AT + BRLYT_BOOT, "BRLYT points to a place without a GFH FILE_INFO block");
    return 0;
}

static int read_file_info(struct mtk_preloader *p, const char *name, struct mtk_error *err)
{
    const uint8_t *g = p->data + p->gfh_offset;
    size_t room = p->len - p->gfh_offset;
    p->version = g[FI_FILE_VER];
    p->file_type = get_le16(g + FI_FILE_TYPE);
    p->flash_dev = g[FI_FLASH_DEV];
    p->sig_type = g[FI_SIG_TYPE];
    p->load_addr = get_le32(g + FI_LOAD_ADDR);
    p->file_len = get_le32(g + FI_FILE_LEN);
    p->max_size = get_le32(g + FI_MAX_SIZE);
    p->content_offset = get_le32(g + FI_CONTENT_OFFSET);
    p->sig_len = get_le32(g + FI_SIG_LEN);
    for (size_t i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++) {
        if (p->file_type == other_types[i].type) {
            mtk_fail_file(err, MTK_E_STATUS_PRELOADER_INVALID, name, 0, "this is %s, not a preloader",
                          other_types[i].what);
            mtk_error_offset(err, p->gfh_offset + FI_FILE_TYPE);
            return -1;
        }
    }
    if (p->file_len > room) {
        mtk_fail_file(err, MTK_E_STATUS_PRELOADER_INVALID, name, 0,
                      "truncated preloader: file_len is 0x%" PRIx32 ", but only 0x%zx bytes are there",
                      p->file_len, room);
        mtk_error_offset(err, p->gfh_offset + FI_FILE_LEN);
        return -1;
    }
    if (p->sig_len > p->file_len)
        return bad(err, name, p->gfh_offset + FI_SIG_LEN, "the signature is longer than the file");
    if (p->content_offset < FI_LEN || p->content_offset > p->file_len - p->sig_len)
        return bad(err, name, p->gfh_offset + FI_CONTENT_OFFSET, "content_offset lies outside the file");
    if (p->max_size && p->file_len > p->max_size)
        return bad(err, name, p->gfh_offset + FI_MAX_SIZE, "the file is longer than its own max_size");
    return 0;
}

/*
 * The vendor's public key. Only version 3 is read: version 2 says its length in another unit and no sample of it is
 * known. A modulus of zeros is the place of a key, not a key.
 */
static void read_key(struct mtk_preloader *p, const uint8_t *block, uint16_t size)
{
    if (size < SK_LEN || get_le32(block + SK_KEY_VERSION) != SK_VERSION_3 ||
        get_le32(block + SK_BYTES) != sizeof(p->key_modulus))
        return;
    uint8_t any = 0;
    for (size_t i = 0; i < sizeof(p->key_modulus); i += 2) {
        put_be16(p->key_modulus + i, get_le16(block + SK_MODULUS + i));
        any |= p->key_modulus[i] | p->key_modulus[i + 1];
    }
    p->has_key = any != 0;
    p->key_exponent = p->has_key ? get_le32(block + SK_EXPONENT) : 0;
}

/* Walks the GFH blocks by their sizes. Their order is not fixed; up to 7 bytes of slack before the content are real. */
static int walk_chain(struct mtk_preloader *p, const char *name, struct mtk_error *err)
{
    const uint8_t *g = p->data + p->gfh_offset;
    size_t pos = 0;
    while (p->content_offset - pos >= GFH_HEAD_LEN) {
        uint32_t magic = get_le32(g + pos);
        if (magic == GFH_END_MARKER)
            return 0;
        if ((magic & GFH_MAGIC_MASK) != GFH_MAGIC_BYTES)
            return bad(err, name, p->gfh_offset + pos,
                       "the chain of GFH blocks breaks off before the content");
        uint16_t size = get_le16(g + pos + 4);
        if (size < GFH_HEAD_LEN || size > p->content_offset - pos)
            return bad(err, name, p->gfh_offset + pos + 4, "a GFH block has an impossible size");
        if (get_le16(g + pos + 6) == GFH_BL_SEC_KEY && !p->has_key)
            read_key(p, g + pos, size);
        pos += size;
    }
    return 0;
}

/* Where the SHA-256 is inside the signature block, 0 if there is none (2.3). */
static size_t hash_place(const struct mtk_preloader *p, const uint8_t *sig)
{
    if (p->sig_len < 4)
        return 0;
    uint32_t version = get_le32(sig);
    if (p->sig_type == SIG_SINGLE_AND_PHASH && version == PHASH_VERSION)
        return p->sig_len >= PHASH_HASH + SHA256_LEN ? PHASH_HASH : 0;
    if (p->sig_type != SIG_CERT_CHAIN || version != CERT_VERSION)
        return 0;
    size_t pos = 4;
    while (p->sig_len - pos >= CERT_HEAD_LEN) {
        uint32_t len = get_le32(sig + pos + CERT_OFF_LEN);
        if (get_le32(sig + pos) != CERT_MAGIC || len < CERT_HEAD_LEN || len > p->sig_len - pos)
            return 0;
        if (get_le16(sig + pos + CERT_OFF_KIND) == CERT_KIND_CONTENT)
            return len >= CERT_CONTENT_HASH + SHA256_LEN ? pos + CERT_CONTENT_HASH : 0;
        pos += len;
    }
    return 0;
}

/* The RSA part of a sig_type 3 signature: 256 bytes behind the digest (2.3). */
static void find_rsa(struct mtk_preloader *p)
{
    const uint8_t *sig = p->data + p->gfh_offset + p->file_len - p->sig_len;
    if (p->sig_type == SIG_SINGLE_AND_PHASH && p->sig_len >= PHASH_SIG_LEN && get_le32(sig) == PHASH_VERSION)
        p->rsa_sig = sig + PHASH_RSA;
}

static void check_hash(struct mtk_preloader *p)
{
    const uint8_t *g = p->data + p->gfh_offset;
    size_t covered = p->file_len - p->sig_len;
    size_t at = hash_place(p, g + covered);
    if (!at)
        return;
    uint8_t digest[SHA256_LEN];
    sha256_buf(g, covered, digest);
    p->has_hash = true;
    p->hash_good = memcmp(digest, g + covered + at, SHA256_LEN) == 0;
}

/* Bytes before `end` (GFH-relative) that the length word there claims for the tag: true if a tag begins there. */
static bool tag_before(struct mtk_preloader *p, size_t end)
{
    const uint8_t *g = p->data + p->gfh_offset;
    if (end < 4 || end - 4 < p->content_offset)
        return false;
    uint32_t n = get_le32(g + end - 4);
    if (n < TAG_NAME_FIELD || n > end - 4 - p->content_offset)
        return false;
    size_t start = end - 4 - n;
    if (memcmp(g + start, TAG_TEXT, TAG_TEXT_LEN) != 0)
        return false;
    p->emi_offset = p->gfh_offset + start;
    p->emi_len = n;
    return true;
}

/*
 * The tag is the last thing before the signature. Some images count the header block of the boot area in file_len:
 * then the length word is 0 and the real end is 0x800 earlier (2.4).
 */
static void find_emi(struct mtk_preloader *p)
{
    size_t end = p->file_len - p->sig_len;
    if (!tag_before(p, end)) {
        bool zero = end >= 4 && get_le32(p->data + p->gfh_offset + end - 4) == 0;
        if (!zero || end < MTK_PL_HEADER_EMMC || !tag_before(p, end - MTK_PL_HEADER_EMMC))
            return;
    }
    mtk_emi_describe(p->data + p->emi_offset, p->emi_len, p);
}

int mtk_preloader_layout(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                         struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    out->data = data;
    out->len = len;
    if (len > MTK_PRELOADER_MAX_BYTES)
        return bad(err, name, 0, "it is larger than any boot area");
    if (find_gfh(out, name, err) || read_file_info(out, name, err) || walk_chain(out, name, err))
        return -1;
    find_rsa(out);
    find_emi(out);
    return 0;
}

int mtk_preloader_parse(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                        struct mtk_error *err)
{
    if (mtk_preloader_layout(data, len, name, out, err) != 0)
        return -1;
    check_hash(out);
    return 0;
}
