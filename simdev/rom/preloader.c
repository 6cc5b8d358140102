/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader of a ROM: made-up code, the DRAM settings of its model, and the vendor's signature (formats.md 2). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define CODE_ADDRESS    0x201000u /* where the code runs on all these chips (2.3) */
#define GFH_LEN         0x300u
#define ROM_INFO_OFFSET 0x1fcu /* AND_ROMINFO_v in the preloader's content (2.3) */
#define ARM_BRANCH_SELF 0xeafffffeu
#define EMCP_ID_LEN \
    9 /* eMCP records carry manufacturer, type and product name, not revision and serial number */

/* flash_dev of FILE_INFO by storage. UFS has no number of its own in public headers: BRLYT's is taken (2.2) [?]. */
static const uint8_t flash_dev[] = {[BOARD_EMMC] = 5, [BOARD_UFS] = 0x0C, [BOARD_NAND] = 2};

/* The record that a phone of this chip needs with that storage. */
static void fitted_record(const struct rom_job *job, enum board_storage storage, struct mtk_emi_record *out)
{
    struct board b;
    board_init(&b, job->soc, 0);
    board_set_storage(&b, storage);
    *out = (struct mtk_emi_record){.type = b.dram.type, .rank_size = {b.dram.size / 2, b.dram.size / 2}};
    if (b.dram.type >> 8) {
        out->id_len = (uint32_t)board_storage_id(&b, out->id);
        if (storage == BOARD_EMMC)
            out->id_len = EMCP_ID_LEN;
        memset(out->id + out->id_len, 0, sizeof(out->id) - out->id_len);
    }
}

/* Parts that other phones have, those of this one, and last the discrete DRAM that would match any storage. */
static size_t fill_records(const struct rom_job *job, struct mtk_emi_record *out)
{
    size_t known, n = 0;
    const struct rom_dram *dram = rom_known_dram(job->soc->dram_type, &known);
    for (size_t i = 0; i < known; i++) {
        for (enum board_storage s = BOARD_EMMC; i + 1 == known && s <= BOARD_NAND; s++)
            if (job->soc->storages & 1u << s)
                fitted_record(job, s, &out[n++]);
        out[n] = (struct mtk_emi_record){.type = dram[i].type, .id_len = dram[i].id_len};
        memcpy(out[n].id, dram[i].id, sizeof(out[n].id));
        for (int k = 0; k < 2; k++)
            out[n].rank_size[k] = (uint64_t)dram[i].rank_mib[k] << 20;
        n++;
    }
    return n;
}

/* Noise with an ARM branch in front and the version record where the loader looks for it. */
static void fill_code(const struct rom_job *job, uint8_t *code, size_t len)
{
    struct prng prng = rom_prng(job, job->preloader_file);
    prng_bytes(&prng, code, len);
    put_le32(code, ARM_BRANCH_SELF);
    struct wr w = wr_init(code + ROM_INFO_OFFSET, len - ROM_INFO_OFFSET);
    wr_str(&w, "AND_ROMINFO_v", 16);
    wr_le32(&w, 2);
    wr_str(&w, job->soc->platform, 16);
    wr_str(&w, job->project, 16);
    wr_fill(&w, 0, 7 * 4 + 128); /* no secro, no anti-clone area, no seccfg; reserved */
}

int rom_write_preloader(const struct rom_job *job, struct mtk_error *err)
{
    struct mtk_emi_record records[MTK_EMI_MAX_RECORDS];
    uint8_t *code = malloc(job->model->preloader_code), *image = NULL;
    size_t len = 0;
    if (code) {
        fill_code(job, code, job->model->preloader_code);
        const struct mtk_preloader_build build = {
            .project_file = job->preloader_file,
            .emi_version = job->soc->emi_version,
            .records = records,
            .n_records = fill_records(job, records),
            .code = code,
            .code_len = job->model->preloader_code,
            .max_size = job->model->preloader_max,
            .load_addr = CODE_ADDRESS - GFH_LEN,
            .flash_dev = flash_dev[job->storage],
            .version = job->agent_version,
            .key = job->keys.root,
        };
        image = mtk_preloader_write(&build, &len);
    }
    int rc = image ? rom_write_whole(job, job->preloader_file, image, len, err)
                   : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s cannot be made", job->preloader_file);
    free(image);
    free(code);
    return rc;
}
