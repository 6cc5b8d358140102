/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the lock state of verified boot, see seccfg.h. formats.md 5.5. */
#include "formats/seccfg.h"

#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

#define MAGIC  0x4D4D4D4Du
#define FOOTER 0x45454545u

/* Version 3: behind a name, its states enciphered. */
#define V3_NAME     "AND_SECCFG_v\0\0\0"
#define V3_NAME_LEN 16
#define V3_OFF      0x10 /* magic, version, size follow one another here */
#define V3_LEN      0x1860u
#define V3_FOOTER   0x185C

/* Version 4. */
#define V4_LOCK     0x0C
#define V4_CRITICAL 0x10
#define V4_SBOOT    0x14
#define V4_FOOTER   0x18
#define V4_SEAL     0x1C /* also how many bytes the digest covers */

static bool parse_v4(const uint8_t *p, size_t len, struct mtk_seccfg *out)
{
    if (len < MTK_SECCFG_V4_LEN || get_le32(p) != MAGIC || get_le32(p + 4) != 4 ||
        get_le32(p + 8) != MTK_SECCFG_V4_LEN || get_le32(p + V4_FOOTER) != FOOTER)
        return false;
    *out = (struct mtk_seccfg){.version = 4,
                               .lock_state = get_le32(p + V4_LOCK),
                               .critical_lock = get_le32(p + V4_CRITICAL),
                               .seal = p + V4_SEAL};
    return true;
}

static bool parse_v3(const uint8_t *p, size_t len, struct mtk_seccfg *out)
{
    if (len < V3_LEN || memcmp(p, V3_NAME, V3_NAME_LEN) != 0 || get_le32(p + V3_OFF) != MAGIC ||
        get_le32(p + V3_OFF + 4) != 3 || get_le32(p + V3_OFF + 8) != V3_LEN ||
        get_le32(p + V3_FOOTER) != FOOTER)
        return false;
    *out = (struct mtk_seccfg){.version = 3};
    return true;
}

bool mtk_seccfg_parse(const uint8_t *data, size_t len, struct mtk_seccfg *out)
{
    memset(out, 0, sizeof(*out));
    return parse_v4(data, len, out) || parse_v3(data, len, out);
}

const char *mtk_seccfg_words(const struct mtk_seccfg *s)
{
    static const char *const words[] = {
        [MTK_LOCK_DEFAULT] = "locked (default)", [MTK_LOCK_MP_DEFAULT] = "mp-default",
        [MTK_LOCK_UNLOCKED] = "unlocked",        [MTK_LOCK_LOCKED] = "locked",
        [MTK_LOCK_VERIFIED] = "verified",        [MTK_LOCK_CUSTOM] = "custom"};
    if (s->version == 4 && s->lock_state && s->lock_state < sizeof(words) / sizeof(words[0]))
        return words[s->lock_state];
    return "unknown";
}

void mtk_seccfg_write(uint32_t lock_state, uint32_t critical_lock, const uint8_t mask[32],
                      uint8_t out[MTK_SECCFG_V4_LEN])
{
    put_le32(out, MAGIC);
    put_le32(out + 4, 4);
    put_le32(out + 8, MTK_SECCFG_V4_LEN);
    put_le32(out + V4_LOCK, lock_state);
    put_le32(out + V4_CRITICAL, critical_lock);
    put_le32(out + V4_SBOOT, 0);
    put_le32(out + V4_FOOTER, FOOTER);
    sha256_buf(out, V4_SEAL, out + V4_SEAL);
    for (size_t i = 0; i < SHA256_LEN; i++)
        out[V4_SEAL + i] ^= mask[i];
}
