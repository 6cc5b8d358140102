/* SPDX-License-Identifier: Apache-2.0 */
/* Preloader images and bare DRAM settings. */
#include "base/cursor.h"
#include "formats/preloader.h"
#include "fuzz/fuzz.h"

static void read_records(const uint8_t *blob, size_t len)
{
    struct mtk_emi_record r;
    for (unsigned k = 0; k <= MTK_EMI_MAX_RECORDS; k++)
        if (mtk_emi_record(blob, len, k, &r))
            EXPECT(r.id_len <= sizeof(r.id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtk_preloader p;
    struct mtk_error err = {0};
    size_t need;
    mtk_preloader_header_valid(MTK_BOOT_EMMC, 0, data, size);
    mtk_preloader_header_valid(MTK_BOOT_UFS, 0, data, size);
    mtk_preloader_header_valid(MTK_BOOT_NAND, 2048, data, size);
    if (mtk_emi_check(data, size, "fuzz", &need, &err) == 0) {
        EXPECT(need <= size);
        read_records(data, size);
    }
    if (mtk_preloader_parse(data, size, "fuzz", &p, &err)) {
        EXPECT(err.row && err.what[0]);
        return 0;
    }
    EXPECT(range_fits(p.gfh_offset, p.file_len, size));
    EXPECT(p.content_offset <= p.file_len && p.sig_len <= p.file_len - p.content_offset);
    EXPECT(range_fits(p.emi_offset, p.emi_len, size));
    EXPECT(!p.rsa_sig || range_fits((uint64_t)(p.rsa_sig - data), RSA_2048_LEN, size));
    const uint8_t *blob;
    size_t len;
    if (mtk_preloader_emi(&p, "fuzz", &blob, &len, &err) == 0) {
        EXPECT(blob == data + p.emi_offset && len == p.emi_len);
        read_records(blob, len);
    }
    return 0;
}
