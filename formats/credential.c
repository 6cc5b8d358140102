/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/credential.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader_layout.h"
#include "protocol/error_index.h"

/* FILE_INFO of such files (6.1, 6.2). */
#define FILE_TYPE_CERT 4
#define FILE_TYPE_AUTH 5
#define SIG_SINGLE     2
#define LOAD_ADDR      0x200820u
#define MAX_SIZE       0x40000u
#define ATTR           0xC2600000u

/* Blocks. Key records are the last thing in them, so that a v0 TOOL_AUTH, which is a word shorter, is read as well. */
#define GFH_SCTRL_CERT  0x0004
#define GFH_TOOL_AUTH   0x0005
#define GFH_TAIL        0x0060 /* 8 zero bytes, meaning unknown */
#define AUTH_LEN        0x798u
#define AUTH_COMMENT    0x08
#define COMMENT_LEN     32
#define AUTH_VERSION    0x28
#define TAIL_LEN        0x10u
#define CERT_LEN        (GFH_HEAD_LEN + 4 + KEY_LEN)
#define CERT_VERSION_AT GFH_HEAD_LEN

#define AUTH_VERSION_MEASURED 0xC2626000u

/* Key record: the content of BL_SEC_KEY (2.3), version 3. */
#define KEY_LEN      0x20Cu
#define KEY_BYTES    0x04
#define KEY_EXPONENT 0x0C
#define KEY_MODULUS  (KEY_LEN - RSA_2048_LEN)
#define KEY_VERSION  3

static const struct layout {
    uint16_t file_type, block_type;
    uint32_t block_len;
    size_t n_keys;
    uint32_t version_at, version; /* in the block; what is written for 0 */
    bool tail;
} layouts[] = {
    [MTK_CREDENTIAL_AUTH] = {FILE_TYPE_AUTH, GFH_TOOL_AUTH, AUTH_LEN, MTK_AUTH_KEYS, AUTH_VERSION,
                             AUTH_VERSION_MEASURED, true},
    [MTK_CREDENTIAL_CERT] = {FILE_TYPE_CERT, GFH_SCTRL_CERT, CERT_LEN, 1, CERT_VERSION_AT, 1, false},
};

/* ---- reading ---- */

static int bad(struct mtk_error *err, const char *name, uint64_t offset, const char *why)
{
    mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, name, 0, "not a usable auth file or certificate: %s", why);
    mtk_error_offset(err, offset);
    return -1;
}

/* FILE_INFO: kind and lengths. */
static int read_file_info(const uint8_t *data, size_t len, const char *name, struct mtk_credential *out,
                          struct mtk_error *err)
{
    if (len < FI_LEN || get_le32(data) != GFH_MAGIC || get_le16(data + 6) != GFH_FILE_INFO ||
        memcmp(data + FI_ID, FI_ID_TEXT, FI_ID_LEN) != 0)
        return bad(err, name, 0, "it does not begin with a GFH FILE_INFO block");
    uint16_t type = get_le16(data + FI_FILE_TYPE);
    if (type == layouts[MTK_CREDENTIAL_AUTH].file_type)
        out->kind = MTK_CREDENTIAL_AUTH;
    else if (type == layouts[MTK_CREDENTIAL_CERT].file_type)
        out->kind = MTK_CREDENTIAL_CERT;
    else
        return bad(err, name, FI_FILE_TYPE, "its file type is another one");
    uint64_t content = get_le32(data + FI_CONTENT_OFFSET), sig = get_le32(data + FI_SIG_LEN);
    if (get_le32(data + FI_FILE_LEN) != len)
        return bad(err, name, FI_FILE_LEN, "it is longer or shorter than its header says");
    if (content < FI_LEN || content + sig != len)
        return bad(err, name, FI_CONTENT_OFFSET, "content and signature do not fill the file");
    if (!sig)
        return bad(err, name, FI_SIG_LEN, "it has no signature");
    out->signed_len = (size_t)content;
    out->sig = data + content;
    out->sig_len = (size_t)sig;
    return 0;
}

/* The block of that type between FILE_INFO and the signature; its size in *size. NULL: none, or a broken chain. */
static const uint8_t *find_block(const uint8_t *data, const struct mtk_credential *c, uint16_t type,
                                 uint32_t *size)
{
    for (size_t pos = FI_LEN; c->signed_len - pos >= GFH_HEAD_LEN; pos += *size) {
        *size = get_le16(data + pos + 4);
        if ((get_le32(data + pos) & GFH_MAGIC_MASK) != GFH_MAGIC_BYTES || *size < GFH_HEAD_LEN ||
            *size > c->signed_len - pos)
            return NULL;
        if (get_le16(data + pos + 6) == type)
            return data + pos;
    }
    return NULL;
}

/* The modulus is stored as little-endian 16-bit words in big-endian order (2.3). */
static bool read_key(const uint8_t *record, struct mtk_public_key *out)
{
    out->version = get_le32(record);
    out->exponent = get_le32(record + KEY_EXPONENT);
    for (size_t i = 0; i < RSA_2048_LEN; i += 2)
        put_be16(out->modulus + i, get_le16(record + KEY_MODULUS + i));
    return out->version == KEY_VERSION && get_le32(record + KEY_BYTES) == RSA_2048_LEN;
}

int mtk_credential_parse(const uint8_t *data, size_t len, const char *name, struct mtk_credential *out,
                         struct mtk_error *err)
{
    memset(out, 0, sizeof *out);
    if (len > MTK_CREDENTIAL_MAX_BYTES)
        return bad(err, name, 0, "it is larger than any such file");
    if (read_file_info(data, len, name, out, err))
        return -1;
    const struct layout *l = &layouts[out->kind];
    uint32_t size;
    const uint8_t *block = find_block(data, out, l->block_type, &size);
    if (!block)
        return bad(err, name, FI_LEN, "the block with the keys is missing");
    uint64_t at = (uint64_t)(block - data);
    if (size < l->n_keys * KEY_LEN + GFH_HEAD_LEN + (l->tail ? COMMENT_LEN : 4))
        return bad(err, name, at + 4, "the block with the keys is too short");
    const uint8_t *keys = block + size - l->n_keys * KEY_LEN;
    for (size_t i = 0; i < l->n_keys; i++)
        if (!read_key(keys + i * KEY_LEN, &out->key[i]))
            return bad(err, name, (uint64_t)(keys - data) + i * KEY_LEN,
                       "a key record is not of version 3 with 2048 bits");
    out->n_keys = l->n_keys;
    if (out->kind == MTK_CREDENTIAL_AUTH)
        memcpy(out->comment, block + AUTH_COMMENT, COMMENT_LEN);
    if (get_le32(block) >> 24) /* v0 blocks lack the word */
        out->version = get_le32(block + l->version_at);
    return 0;
}

/* ---- writing ---- */

static void put_file_info(uint8_t *p, const struct layout *l, uint32_t content, uint32_t total)
{
    put_le32(p, GFH_MAGIC);
    put_le16(p + 4, FI_LEN);
    put_le16(p + 6, GFH_FILE_INFO);
    memcpy(p + FI_ID, FI_ID_TEXT, FI_ID_LEN);
    put_le32(p + FI_FILE_VER, 1);
    put_le16(p + FI_FILE_TYPE, l->file_type);
    p[FI_FLASH_DEV] = FLASH_DEV_EMMC_BOOT;
    p[FI_SIG_TYPE] = SIG_SINGLE;
    put_le32(p + FI_LOAD_ADDR, LOAD_ADDR);
    put_le32(p + FI_FILE_LEN, total);
    put_le32(p + FI_MAX_SIZE, MAX_SIZE);
    put_le32(p + FI_CONTENT_OFFSET, content);
    put_le32(p + FI_SIG_LEN, RSA_2048_LEN);
    put_le32(p + FI_ATTR, ATTR);
}

static void put_head(uint8_t *p, uint16_t type, uint32_t size)
{
    put_le32(p, GFH_MAGIC);
    put_le16(p + 4, (uint16_t)size);
    put_le16(p + 6, type);
}

static void put_key(uint8_t *p, const struct rsa_key *key)
{
    uint8_t modulus[RSA_2048_LEN];
    rsa_key_modulus(key, modulus);
    put_le32(p, KEY_VERSION);
    put_le32(p + KEY_BYTES, RSA_2048_LEN);
    put_le32(p + KEY_EXPONENT, rsa_key_exponent(key));
    for (size_t i = 0; i < RSA_2048_LEN; i += 2)
        put_le16(p + KEY_MODULUS + i, get_be16(modulus + i));
}

uint8_t *mtk_credential_write(enum mtk_credential_kind kind, const char *comment, uint32_t version,
                              const struct rsa_key *const *keys, const struct rsa_key *signer, size_t *len)
{
    const struct layout *l = &layouts[kind];
    uint32_t content = FI_LEN + l->block_len + (l->tail ? TAIL_LEN : 0), total = content + RSA_2048_LEN;
    if (rsa_key_len(signer) != RSA_2048_LEN || !rsa_key_is_private(signer))
        return NULL;
    for (size_t i = 0; i < l->n_keys; i++)
        if (rsa_key_len(keys[i]) != RSA_2048_LEN)
            return NULL;
    uint8_t *file = calloc(1, total);
    if (!file)
        return NULL;
    put_file_info(file, l, content, total);
    uint8_t *block = file + FI_LEN;
    put_head(block, l->block_type, l->block_len);
    put_le32(block + l->version_at, version ? version : l->version);
    if (kind == MTK_CREDENTIAL_AUTH && comment)
        memcpy(block + AUTH_COMMENT, comment, strnlen(comment, COMMENT_LEN));
    for (size_t i = 0; i < l->n_keys; i++)
        put_key(block + l->block_len - (l->n_keys - i) * KEY_LEN, keys[i]);
    if (l->tail)
        put_head(block + l->block_len, GFH_TAIL, TAIL_LEN);
    if (rsa_sign(signer, RSA_PKCS1_SHA256, file, content, 0, file + content)) {
        free(file);
        return NULL;
    }
    *len = total;
    return file;
}
