/* SPDX-License-Identifier: Apache-2.0 */
/* The Download Agents of a ROM: a container of many (V5), or one of the XML generation with its flash.xml (V6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/da.h"
#include "protocol/error_index.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/security.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define DA_FILE         "MTK_AllInOne_DA.bin"
#define DA6_FOLDER      "download_agent"
#define DA6_FILE        DA6_FOLDER "/DA_BR.bin"
#define DA6_XML         DA6_FOLDER "/flash.xml"
#define STUB_LEN        0x270u
#define ARM_BRANCH_SELF 0xeafffffeu

/* What one entry of a container is built from. */
struct entry {
    const struct rom_job *job;
    const struct rom_model *model;
    const struct soc_profile *soc;
    const struct mtk_chip *chip;
    enum mtk_agent_kind kind;
    uint64_t seed;
};

/* Puts the vendor's signature, or another's, behind an image. */
static int sign(const struct entry *e, const uint8_t *image, uint32_t len, uint8_t *sig)
{
    const struct rom_keys *keys = &e->job->keys;
    struct prng salt = prng_init(e->seed ^ len);
    return rsa_sign(keys->other ? keys->other : keys->root, security_da_scheme(e->soc), image, len,
                    prng_u64(&salt), sig);
}

/* One stage as a region of the container; its data is malloc'd, NULL if it could not be made. */
static void build_stage(const struct entry *e, struct agent_descriptor *d, const uint8_t *dep,
                        struct mtk_da_build_region *out)
{
    uint32_t sig_len = e->job->signer == ROM_UNSIGNED ? 0 : RSA_2048_LEN;
    uint8_t *code = agent_image_build(d, dep, e->seed + d->stage);
    uint8_t *image = code ? realloc(code, (size_t)d->length + RSA_2048_LEN) : NULL;
    if (!image)
        free(code);
    else if (sig_len && sign(e, image, d->length, image + d->length)) {
        free(image);
        image = NULL;
    }
    *out = (struct mtk_da_build_region){image, d->length + sig_len, d->address, sig_len};
}

static void build_stub(const struct entry *e, struct mtk_da_build_region *out)
{
    uint8_t *stub = malloc(STUB_LEN);
    struct prng prng = prng_init(e->seed);
    if (stub) {
        prng_bytes(&prng, stub, STUB_LEN);
        put_le32(stub, ARM_BRANCH_SELF);
    }
    *out = (struct mtk_da_build_region){stub, STUB_LEN, e->model->stub_address, 0};
}

/* Fills one container entry; the data of its regions is malloc'd, also when -1 is returned. */
static int build_entry(const struct entry *e, struct mtk_da_build_entry *out)
{
    bool v6 = e->kind == MTK_AGENT_XML;
    uint8_t digest[SHA256_LEN] = {0}, modulus[RSA_2048_LEN];
    rsa_key_modulus(e->job->keys.da_sla, modulus);
    struct agent_descriptor d = {.kind = e->kind,
                                 .stage = 2,
                                 .hw_code = e->soc->hw_code,
                                 .address = e->model->stage2_address,
                                 .year = e->soc->da_year,
                                 .version = e->job->agent_version,
                                 .length = e->model->stage2_len,
                                 .sla_modulus = modulus};
    *out = (struct mtk_da_build_entry){
        .hw_code = (uint16_t)(v6 || !e->chip->da_code ? e->chip->hw_code : e->chip->da_code),
        .hw_sub_code = e->soc->hw_sub_code,
        .hw_version = e->soc->hw_version,
        .sw_version = e->soc->sw_version,
    };
    build_stage(e, &d, NULL, &out->region[2]);
    if (out->region[2].data)
        sha256_buf(out->region[2].data, d.length, digest);
    d.stage = 1;
    d.address = e->model->stage1_address;
    d.length = e->model->stage1_len;
    build_stage(e, &d, digest, &out->region[1]);
    if (!v6)
        build_stub(e, &out->region[0]);
    return out->region[1].data && out->region[2].data && (v6 || out->region[0].data) ? 0 : -1;
}

static struct entry entry_of(const struct rom_job *job, const char *chip, uint64_t seed)
{
    const struct rom_model *model = rom_model_find(chip);
    const struct soc_profile *soc = soc_find(chip);
    bool own = model == job->model;
    return (struct entry){job, model, soc, soc_chip(soc), own ? job->agent : soc_chip(soc)->agent, seed};
}

static int write_v6(const struct rom_job *job, const struct mtk_da_build_entry *entry, struct mtk_error *err)
{
    char identifier[64], xml[1024], path[4096];
    size_t len;
    snprintf(identifier, sizeof(identifier), "MTK_DA_v6_%u-03-03 22:42:56 mtksim", job->soc->da_year);
    uint8_t *file = mtk_da_write_v6(identifier, entry, &len);
    if (!file)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s cannot be made", DA6_FILE);
    snprintf(path, sizeof(path), "%s/%s", job->dir, DA6_FOLDER);
    int rc = rom_make_folder(path, err);
    if (!rc)
        rc = rom_write_whole(job, DA6_FILE, file, len, err);
    free(file);
    if (rc)
        return rc;
    snprintf(xml, sizeof(xml),
             "<flash-mode>\n  <project>%s</project>\n  <dagent>DA_BR.bin</dagent>\n"
             "  <scatter>../%s</scatter>\n  <build_version>mtksim</build_version>\n"
             "  <build_time>%u-03-03 22:42:50</build_time>\n  <version>1.0</version>\n</flash-mode>\n",
             job->project, job->scatter_file, job->soc->da_year);
    return rom_write_whole(job, DA6_XML, xml, strlen(xml), err);
}

static int write_v5(const struct rom_job *job, const struct mtk_da_build_entry *entries, size_t n,
                    struct mtk_error *err)
{
    char identifier[64];
    size_t len;
    snprintf(identifier, sizeof(identifier), "MTK_AllInOne_DA_v3.3001.%u/07/01.09:30_mtksim",
             job->soc->da_year);
    uint8_t *file = mtk_da_write(identifier, entries, n, &len);
    int rc = file ? rom_write_whole(job, DA_FILE, file, len, err)
                  : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s cannot be made", DA_FILE);
    free(file);
    return rc;
}

int rom_write_da(const struct rom_job *job, struct mtk_error *err)
{
    struct mtk_da_build_entry entries[2];
    struct prng prng = rom_prng(job, DA_FILE);
    bool v6 = job->agent == MTK_AGENT_XML;
    size_t n = 0;
    int rc = 0;
    memset(entries, 0, sizeof(entries));
    if (!v6 && job->model->neighbour) {
        struct entry e = entry_of(job, job->model->neighbour, prng_u64(&prng));
        rc = build_entry(&e, &entries[n++]);
    }
    struct entry own = entry_of(job, job->model->chip, prng_u64(&prng));
    if (!rc)
        rc = build_entry(&own, &entries[n++]);
    if (rc)
        rc = mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "the Download Agent cannot be made");
    else
        rc = v6 ? write_v6(job, &entries[n - 1], err) : write_v5(job, entries, n, err);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            free((void *)(uintptr_t)entries[i].region[k].data);
    return rc;
}
