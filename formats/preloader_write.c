/* SPDX-License-Identifier: Apache-2.0 */
/* Making preloader images, see preloader.h. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "formats/preloader.h"
#include "formats/preloader_layout.h"

/* GFH chain of the MT67xx preloaders with a sig_type 3 signature, in their measured order (2.3); it ends at 0x300. */
#define CONTENT_OFFSET 0x300u
static const struct {
    uint8_t version;
    uint16_t size, type;
} chain[] = {
    {1, FI_LEN, GFH_FILE_INFO}, {1, 0x0C, GFH_BL_INFO},      {1, 0x64, GFH_BROM_CFG},
    {1, 0x14, GFH_ANTI_CLONE},  {1, 0x30, GFH_BROM_SEC_CFG}, {1, SK_LEN, GFH_BL_SEC_KEY},
};

static void put_file_info(uint8_t *p, const struct mtk_preloader_build *b, uint32_t file_len)
{
    memcpy(p + FI_ID, FI_ID_TEXT, FI_ID_LEN);
    put_le32(p + FI_FILE_VER, b->version ? b->version & 0xFF : 1);
    put_le16(p + FI_FILE_TYPE, FILE_TYPE_ARM_BL);
    p[FI_FLASH_DEV] = b->flash_dev ? b->flash_dev : FLASH_DEV_EMMC_BOOT;
    p[FI_SIG_TYPE] = SIG_SINGLE_AND_PHASH;
    put_le32(p + FI_LOAD_ADDR, b->load_addr);
    put_le32(p + FI_FILE_LEN, file_len);
    put_le32(p + FI_MAX_SIZE, b->max_size);
    put_le32(p + FI_CONTENT_OFFSET, CONTENT_OFFSET);
    put_le32(p + FI_SIG_LEN, PHASH_SIG_LEN);
    put_le32(p + FI_JUMP_OFFSET, CONTENT_OFFSET);
    put_le32(p + FI_ATTR, 0xC2600001);
}

/* Version 3, RSA-2048. Without a key the modulus stays zero: the place of a key, which nobody holds. */
static void put_key(uint8_t *p, const struct rsa_key *key)
{
    uint8_t modulus[RSA_2048_LEN] = {0};
    if (key)
        rsa_key_modulus(key, modulus);
    put_le32(p + SK_KEY_VERSION, SK_VERSION_3);
    put_le32(p + SK_BYTES, sizeof(modulus));
    put_le32(p + SK_EXPONENT, key ? rsa_key_exponent(key) : 0x10001);
    for (size_t i = 0; i < sizeof(modulus); i += 2)
        put_le16(p + SK_MODULUS + i, get_be16(modulus + i));
}

static void put_chain(uint8_t *out, const struct mtk_preloader_build *b, uint32_t file_len)
{
    uint8_t *p = out;
    for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
        put_le32(p, GFH_MAGIC_BYTES | (uint32_t)chain[i].version << 24);
        put_le16(p + 4, chain[i].size);
        put_le16(p + 6, chain[i].type);
        switch (chain[i].type) {
        case GFH_FILE_INFO:
            put_file_info(p, b, file_len);
            break;
        case GFH_BL_INFO:
            put_le32(p + 8, 1); /* loaded by the boot ROM */
            break;
        case GFH_BROM_CFG:
            put_le32(p + 8,
                     0x90); /* key-press timeout on, auto-detect off: the flags of every measured sample */
            put_le32(p + 0x58, 0x1388); /* that timeout, ms */
            break;
        case GFH_ANTI_CLONE:
            put_le32(p + 0x0C, 0x10);
            put_le32(p + 0x10, 0x80);
            break;
        case GFH_BROM_SEC_CFG:
            put_le32(p + 8, 3); /* JTAG and debug on */
            break;
        default: /* BL_SEC_KEY */
            put_key(p, b->key);
            break;
        }
        p += chain[i].size;
    }
}

static void put_record(uint8_t *p, unsigned version, uint32_t size, const struct mtk_emi_record *r)
{
    unsigned at, width, shift = mtk_emi_type_first(version) ? 4 : 0;
    if (!shift)
        put_le32(p, 1); /* sub_version: new */
    put_le32(p + EMI_TYPE - shift, r->type);
    put_le32(p + EMI_ID_LENGTH - shift, r->id_len);
    memcpy(p + EMI_ID - shift, r->id, sizeof(r->id));
    if (shift || !mtk_emi_ranks_place(size, &at, &width))
        return;
    for (unsigned i = 0; i < 4; i++) {
        if (width == 8)
            put_le64(p + at + 8 * i, r->rank_size[i]);
        else
            put_le32(p + at + 4 * i, (uint32_t)r->rank_size[i]);
    }
}

static void put_tag(uint8_t *p, const struct mtk_preloader_build *b, uint32_t record_size)
{
    memcpy(p, TAG_TEXT, TAG_TEXT_LEN);
    p[TAG_DIGITS] = (uint8_t)('0' + b->emi_version / 10 % 10);
    p[TAG_DIGITS + 1] = (uint8_t)('0' + b->emi_version % 10);
    size_t n = strlen(b->project_file);
    memcpy(p + TAG_PROJECT, b->project_file, n < TAG_PROJECT_LEN ? n : TAG_PROJECT_LEN - 1);
    memcpy(p + TAG_CONSTANTS, TAG_CONSTANTS_TEXT, TAG_CONSTANTS_LEN);
    put_le32(p + TAG_COUNT, (uint32_t)b->n_records);
    for (size_t i = 0; i < b->n_records; i++)
        put_record(p + MTK_EMI_HEADER_LEN + i * record_size, b->emi_version, record_size, &b->records[i]);
}

/*
 * Version, SHA-256 of everything before, and its signature. Without a key these 256 bytes follow from the digest: nobody
 * can sign for a real phone here. False if the key is not one that can sign.
 */
static bool put_signature(uint8_t *image, size_t covered, const struct rsa_key *key)
{
    uint8_t *sig = image + covered;
    put_le32(sig, PHASH_VERSION);
    sha256_buf(image, covered, sig + PHASH_HASH);
    if (key)
        return rsa_sign(key, RSA_PKCS1_SHA256, image, covered, 0, sig + PHASH_RSA) == 0;
    struct prng rng = prng_init(get_le64(sig + PHASH_HASH));
    prng_bytes(&rng, sig + PHASH_RSA, PHASH_SIG_LEN - PHASH_RSA);
    return true;
}

uint8_t *mtk_preloader_write(const struct mtk_preloader_build *b, size_t *len)
{
    uint32_t record_size = mtk_emi_record_size(b->emi_version);
    size_t code_len = (b->code_len + 15) & ~(size_t)15;
    bool with_emi = b->n_records > 0;
    size_t tag_len = with_emi ? MTK_EMI_HEADER_LEN + b->n_records * record_size : 0;
    size_t covered = CONTENT_OFFSET + code_len + (with_emi ? tag_len + 4 : 0);
    size_t total = covered + PHASH_SIG_LEN;
    if (total > MTK_PRELOADER_MAX_BYTES || (with_emi && !record_size) ||
        (b->key && rsa_key_len(b->key) != RSA_2048_LEN))
        return NULL;
    uint8_t *image = calloc(1, total);
    if (!image)
        return NULL;
    put_chain(image, b, (uint32_t)total);
    if (b->code_len)
        memcpy(image + CONTENT_OFFSET, b->code, b->code_len);
    if (with_emi) {
        put_tag(image + CONTENT_OFFSET + code_len, b, record_size);
        put_le32(image + covered - 4, (uint32_t)tag_len);
    }
    if (!put_signature(image, covered, b->key)) {
        free(image);
        return NULL;
    }
    *len = total;
    return image;
}
