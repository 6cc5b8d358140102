/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A preloader with the measures of preloader_hs03s.bin (MT6765, certificate chain), the worked example of formats.md
 * 2.5. Written here byte by byte, not with the project's own writer.
 */
#ifndef TESTS_FORMATS_PRELOADER_IMAGE_H
#define TESTS_FORMATS_PRELOADER_IMAGE_H

#include "base/hash.h"
#include "tests/unit/formats/harness.h"

#define HS03S_LEN  0x3BF10
#define HS03S_SIG  (HS03S_LEN - 0x66C)
#define HS03S_TAG  0x3B330
#define HS03S_HASH (HS03S_SIG + 0x54C)

static const uint8_t hs03s_file_info[] = {
    0x4d, 0x4d, 0x4d, 0x01, 0x38, 0x00, 0x00, 0x00, 0x46, 0x49, 0x4c, 0x45, 0x5f, 0x49,
    0x4e, 0x46, 0x4f, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x05, 0x05,
    0x10, 0x0f, 0x20, 0x00, 0x10, 0xbf, 0x03, 0x00, 0x00, 0x00, 0x04, 0x00, 0xf0, 0x00,
    0x00, 0x00, 0x6c, 0x06, 0x00, 0x00, 0xf0, 0x00, 0x00, 0x00, 0x01, 0x00, 0x60, 0xc2};

/* Tag and eight records of 160 bytes, as they would be cut out for an XFlash agent. */
static inline void put_hs03s_tag(uint8_t *tag)
{
    static const uint8_t constants[] = {'V',  '1', '1', '6', 0x22, 0x88, 0x44, 0x33, 0x90, 0,
                                        0x70, 0,   'M', 'T', 'K',  '_',  'B',  'I',  'N',  0};
    memset(tag, 0, 0x570);
    memcpy(tag, "MTK_BLOADER_INFO_v35", 20);
    strcpy((char *)tag + 0x1B, "preloader_hs03s.bin");
    memcpy(tag + 0x58, constants, sizeof(constants));
    tag[0x6C] = 8;
    for (uint8_t k = 0; k < 8; k++) {
        uint8_t *r = tag + 0x70 + k * 0xA0;
        put_le32(r, 1);
        put_le32(r + 4, 0x0206);
        put_le32(r + 8, 9);
        memset(r + 0x10, 0x10 + k, 9);
        put_le64(r + 0x50, UINT64_C(0x60000000));
        put_le64(r + 0x58, UINT64_C(0x100000000));
    }
}

static inline void put_cert(uint8_t *p, uint32_t len, uint16_t kind)
{
    put_le32(p, 0xE291F358);
    put_le16(p + 6, 1);
    put_le32(p + 8, len);
    put_le16(p + 12, 0x100);
    put_le16(p + 14, kind);
}

static inline uint8_t *make_hs03s(void)
{
    static const struct {
        uint16_t at, size, type;
    } blocks[] = {{0x38, 0x0C, 1}, {0x44, 0x64, 7}, {0xA8, 0x14, 2}, {0xBC, 0x30, 8}};
    uint8_t *p = calloc(1, HS03S_LEN);
    assert_non_null(p);
    memcpy(p, hs03s_file_info, sizeof(hs03s_file_info));
    for (size_t i = 0; i < COUNT(blocks); i++) {
        put_le32(p + blocks[i].at, 0x014D4D4D);
        put_le16(p + blocks[i].at + 4, blocks[i].size);
        put_le16(p + blocks[i].at + 6, blocks[i].type);
    }
    put_hs03s_tag(p + HS03S_TAG);
    put_le32(p + HS03S_SIG - 4, 0x570);
    put_le32(p + HS03S_SIG, 2);
    put_cert(p + HS03S_SIG + 4, 0x52C, 1);
    put_cert(p + HS03S_SIG + 4 + 0x52C, 0x13C, 2);
    sha256_buf(p, HS03S_SIG, p + HS03S_HASH);
    return p;
}

#endif
