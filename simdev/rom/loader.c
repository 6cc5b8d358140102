/* SPDX-License-Identifier: Apache-2.0 */
/* The two files that run on the phone during a flash: preloader and Download Agent container. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/da.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"
#include "simdev/board/board.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define ROM_INFO_OFFSET 0x1fcu /* AND_ROMINFO_v in the preloader's content (section 2.3) */
#define DA_FILE         "MTK_AllInOne_DA.bin"
#define DA_STUB_LEN     0x270u
#define DA_SIG_LEN      0x100u
#define DA_MAX_BUILD    4
#define ARM_BRANCH_SELF 0xeafffffeu

static int out_of_memory(const char *file, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s: out of memory", file);
}

static int write_whole(const struct rom_job *job, const char *file, const uint8_t *data, size_t len,
                       struct mtk_error *err)
{
    struct rom_out out;
    rom_out_open(&out, job->dir, file, err);
    rom_out_bytes(&out, data, len);
    return rom_out_close(&out);
}

/* ---- preloader ---- */

/* eMCP records carry the first nine bytes of the CID: manufacturer, type, product name. */
#define EMCP_ID_LEN 9
#define EMCP(type)  ((type) >> 8 == 2)

/* The record that the phone of this model needs. */
static void fitted_record(const struct soc_profile *soc, struct mtk_emi_record *out)
{
    *out = (struct mtk_emi_record){.type = soc->dram_type,
                                   .rank_size = {soc->dram_size / 2, soc->dram_size / 2}};
    if (EMCP(soc->dram_type)) {
        uint8_t cid[16];
        board_emmc_cid(soc, 0, cid);
        memcpy(out->id, cid, EMCP_ID_LEN);
        out->id_len = EMCP_ID_LEN;
    }
}

static void fill_record(const struct rom_dram *dram, const struct soc_profile *soc,
                        struct mtk_emi_record *out)
{
    if (!dram->type) {
        fitted_record(soc, out);
        return;
    }
    *out = (struct mtk_emi_record){.type = dram->type, .id_len = dram->id_len};
    memcpy(out->id, dram->id, sizeof(out->id));
    for (int i = 0; i < 2; i++)
        out->rank_size[i] = (uint64_t)dram->rank_mib[i] << 20;
}

/* Noise with an ARM branch in front and the version record where the loader looks for it. */
static void fill_code(const struct rom_job *job, uint8_t *code, size_t len)
{
    struct prng prng = rom_prng(job, job->layout->preloader.file);
    prng_bytes(&prng, code, len);
    put_le32(code, ARM_BRANCH_SELF);
    struct wr w = wr_init(code + ROM_INFO_OFFSET, len - ROM_INFO_OFFSET);
    wr_str(&w, "AND_ROMINFO_v", 16);
    wr_le32(&w, 2);
    wr_str(&w, job->layout->platform, 16);
    wr_str(&w, job->layout->project, 16);
    wr_fill(&w, 0, 7 * 4 + 128); /* no secro, no anti-clone area, no seccfg; reserved */
}

int rom_write_preloader(const struct rom_job *job, struct mtk_error *err)
{
    const struct rom_layout *layout = job->layout;
    const struct soc_profile *soc = soc_find(layout->chip);
    struct mtk_emi_record records[MTK_EMI_MAX_RECORDS];
    if (!soc)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, "there is no profile of %s", layout->chip);
    for (size_t i = 0; i < layout->preloader.n_dram && i < MTK_EMI_MAX_RECORDS; i++)
        fill_record(&layout->preloader.dram[i], soc, &records[i]);
    uint8_t *code = malloc(layout->preloader.code_len);
    if (!code)
        return out_of_memory(layout->preloader.file, err);
    fill_code(job, code, layout->preloader.code_len);
    const struct mtk_preloader_build build = {
        .project_file = layout->preloader.file,
        .emi_version = layout->preloader.emi_version,
        .records = records,
        .n_records = layout->preloader.n_dram,
        .code = code,
        .code_len = layout->preloader.code_len,
        .max_size = layout->preloader.max_size,
        .load_addr = layout->preloader.load_addr,
    };
    size_t len;
    uint8_t *image = mtk_preloader_write(&build, &len);
    int rc = image ? write_whole(job, layout->preloader.file, image, len, err)
                   : out_of_memory(layout->preloader.file, err);
    free(image);
    free(code);
    return rc;
}

/* ---- Download Agents ---- */

static const struct mtk_chip *chip_row(uint32_t hw_code)
{
    for (size_t i = 0; i < mtk_chip_count; i++)
        if (mtk_chips[i].hw_code == hw_code)
            return &mtk_chips[i];
    return NULL;
}

/* One stage with a signature of noise behind it: only a phone with fused keys looks at it. malloc'd. */
static uint8_t *build_stage(const struct agent_descriptor *d, const uint8_t *dep, uint64_t seed)
{
    uint8_t *code = agent_image_build(d, dep, seed);
    uint8_t *image = code ? realloc(code, (size_t)d->length + DA_SIG_LEN) : NULL;
    if (!image) {
        free(code);
        return NULL;
    }
    struct prng prng = prng_init(seed ^ d->address);
    prng_bytes(&prng, image + d->length, DA_SIG_LEN);
    return image;
}

static uint8_t *build_stub(uint64_t seed)
{
    uint8_t *stub = malloc(DA_STUB_LEN);
    if (!stub)
        return NULL;
    struct prng prng = prng_init(seed);
    prng_bytes(&prng, stub, DA_STUB_LEN);
    put_le32(stub, ARM_BRANCH_SELF);
    return stub;
}

/* Fills one container entry; the data of its regions is malloc'd. */
static int build_entry(const struct rom_da_entry *e, uint64_t seed, struct mtk_da_build_entry *out)
{
    const struct mtk_chip *chip = chip_row(e->hw_code);
    if (!chip)
        return -1;
    struct agent_descriptor d = {.kind = chip->agent,
                                 .stage = 2,
                                 .hw_code = e->hw_code,
                                 .address = e->stage2_address,
                                 .year = e->year};
    d.length = e->stage2_len;
    uint8_t *stage2 = build_stage(&d, NULL, seed + 2);
    uint8_t digest[SHA256_LEN] = {0};
    if (stage2)
        sha256_buf(stage2, d.length, digest);
    d.stage = 1;
    d.address = e->stage1_address;
    d.length = e->stage1_len;
    uint8_t *stage1 = build_stage(&d, digest, seed + 1);
    uint8_t *stub = build_stub(seed);
    *out = (struct mtk_da_build_entry){
        .hw_code = (uint16_t)(chip->da_code ? chip->da_code : chip->hw_code),
        .hw_sub_code = e->hw_sub_code,
        .hw_version = e->hw_version,
        .sw_version = e->sw_version,
        .region = {{stub, DA_STUB_LEN, e->stub_address, 0},
                   {stage1, e->stage1_len + DA_SIG_LEN, e->stage1_address, DA_SIG_LEN},
                   {stage2, e->stage2_len + DA_SIG_LEN, e->stage2_address, DA_SIG_LEN}},
    };
    return stub && stage1 && stage2 ? 0 : -1;
}

int rom_write_da(const struct rom_job *job, struct mtk_error *err)
{
    const struct rom_layout *layout = job->layout;
    struct mtk_da_build_entry entries[DA_MAX_BUILD];
    struct prng prng = rom_prng(job, DA_FILE);
    memset(entries, 0, sizeof(entries));
    int rc = layout->n_da <= DA_MAX_BUILD ? 0 : -1;
    for (size_t i = 0; i < layout->n_da && !rc; i++)
        rc = build_entry(&layout->da[i], prng_u64(&prng), &entries[i]);
    size_t len = 0;
    uint8_t *container = rc ? NULL : mtk_da_write(layout->da_identifier, entries, layout->n_da, &len);
    rc = container ? write_whole(job, DA_FILE, container, len, err) : out_of_memory(DA_FILE, err);
    free(container);
    for (size_t i = 0; i < DA_MAX_BUILD; i++)
        for (size_t k = 0; k < 3; k++)
            free((void *)(uintptr_t)entries[i].region[k].data);
    return rc;
}
