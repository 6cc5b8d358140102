/* SPDX-License-Identifier: Apache-2.0 */
/* Auth files and certificates; and the lock state in seccfg, which is as short. */
#include <string.h>

#include "base/cursor.h"
#include "formats/credential.h"
#include "formats/seccfg.h"
#include "fuzz/fuzz.h"

static void check_seccfg(const uint8_t *data, size_t size)
{
    struct mtk_seccfg s;
    if (!mtk_seccfg_parse(data, size, &s))
        return;
    EXPECT(s.version == 3 || s.version == 4);
    EXPECT(!s.seal || range_fits((uint64_t)(s.seal - data), 32, size));
    EXPECT(mtk_seccfg_words(&s)[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtk_credential c;
    struct mtk_error err = {0};
    check_seccfg(data, size);
    if (mtk_credential_parse(data, size, "fuzz", &c, &err)) {
        EXPECT(err.row && err.what[0]);
        return 0;
    }
    EXPECT(c.kind == MTK_CREDENTIAL_AUTH || c.kind == MTK_CREDENTIAL_CERT);
    EXPECT(c.n_keys == (c.kind == MTK_CREDENTIAL_AUTH ? MTK_AUTH_KEYS : 1));
    EXPECT(memchr(c.comment, 0, sizeof(c.comment)));
    EXPECT(c.sig == data + c.signed_len && c.sig_len && c.signed_len + c.sig_len == size);
    return 0;
}
