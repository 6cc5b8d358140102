/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim_make_rom: a ROM folder as vendors ship it, with made-up content (formats.md section 7). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "include/mtksim.h"
#include "protocol/error_index.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define CHECKSUM_FILE "Checksum.ini"
#define CHANGE_ID \
    1561973400 /* Unix time of the one release there is: two ROMs of a seed are the same bytes */
#define SCATTER_SUFFIX "_Android_scatter.txt"

/* Two scatters in one folder would leave open which of them counts. */
static int refuse_other_scatter(const char *dir, const char *own, struct mtk_error *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return rom_fail_io(err, dir, "cannot be read");
    int rc = 0;
    for (struct dirent *e; !rc && (e = readdir(d));) {
        size_t n = strlen(e->d_name), suffix = strlen(SCATTER_SUFFIX);
        if (n > suffix && !strcasecmp(e->d_name + n - suffix, SCATTER_SUFFIX) && strcmp(e->d_name, own))
            rc = mtk_fail_file(err, MTK_E_MTK_HOST_IO, dir, 0, "holds another ROM already (%s)", e->d_name);
    }
    closedir(d);
    return rc;
}

static int write_scatter(const struct rom_job *job, const char *file, const struct mtk_scatter *scatter,
                         struct mtk_error *err)
{
    size_t len;
    char *text = mtk_scatter_write(scatter, &len);
    if (!text)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    struct rom_out out;
    rom_out_open(&out, job->dir, file, err);
    rom_out_bytes(&out, text, len);
    free(text);
    return rom_out_close(&out);
}

/* ---- Checksum.ini (7.2): the sum of each file's bytes, by partition ---- */

static int file_sum(const struct rom_job *job, const char *file, uint16_t *sum, struct mtk_error *err)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", job->dir, file);
    FILE *f = fopen(path, "rb");
    if (!f)
        return rom_fail_io(err, path, "cannot be read");
    uint8_t buf[65536];
    size_t n;
    *sum = 0;
    while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
        *sum = sum16(*sum, buf, n);
    int rc = ferror(f) ? rom_fail_io(err, path, "cannot be read") : 0;
    fclose(f);
    return rc;
}

/* Sum of row i's file, taken from an earlier row that has the same file (tee1 and tee2). */
static int row_sum(const struct rom_job *job, size_t i, uint16_t *sums, struct mtk_error *err)
{
    const struct rom_row *rows = job->layout->rows;
    for (size_t k = 0; k < i; k++)
        if (rows[k].file && !strcmp(rows[k].file, rows[i].file)) {
            sums[i] = sums[k];
            return 0;
        }
    return file_sum(job, rows[i].file, &sums[i], err);
}

static int write_checksums(const struct rom_job *job, struct mtk_error *err)
{
    const struct rom_layout *layout = job->layout;
    uint16_t sums[MTK_SCATTER_MAX_ROWS] = {0};
    int rc = 0;
    for (size_t i = 0; i < layout->n_rows && !rc; i++)
        if (layout->rows[i].file)
            rc = row_sum(job, i, sums, err);
    if (rc)
        return rc;
    struct rom_out out;
    char line[128];
    rom_out_open(&out, job->dir, CHECKSUM_FILE, err);
    int n = snprintf(line, sizeof(line),
                     "[VERSION]\nVERSION=V1\nTOOL=mtksim\nChange_ID=%u\n"
                     "[IsEnableChecksum]\nCHECKSUM_SWITCH=1\n[CheckSum]\n",
                     CHANGE_ID);
    rom_out_bytes(&out, line, (size_t)n);
    for (size_t i = 0; i < layout->n_rows; i++) {
        if (!layout->rows[i].file)
            continue;
        n = snprintf(line, sizeof(line), "%s=0x%X\n", layout->rows[i].name, sums[i]);
        rom_out_bytes(&out, line, (size_t)n);
    }
    return rom_out_close(&out);
}

/* ---- the whole folder ---- */

static int make_rom(const struct rom_job *job, struct mtk_error *err)
{
    struct mtk_scatter scatter;
    char scatter_file[64];
    snprintf(scatter_file, sizeof(scatter_file), "%s" SCATTER_SUFFIX, job->layout->platform);
    int rc = rom_make_folder(job->dir, err);
    if (!rc)
        rc = refuse_other_scatter(job->dir, scatter_file, err);
    if (!rc)
        rc = rom_layout_scatter(job->layout, job->size, &scatter, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < job->layout->n_images && !rc; i++)
        rc = job->layout->images[i].write(job, &job->layout->images[i], err);
    if (!rc)
        rc = rom_write_preloader(job, err);
    if (!rc)
        rc = rom_write_da(job, err);
    if (!rc)
        rc = write_checksums(job, err);
    /* Last, because a folder without a scatter is no ROM: a broken-off run is not taken for a whole one. */
    if (!rc)
        rc = write_scatter(job, scatter_file, &scatter, err);
    mtk_scatter_release(&scatter);
    return rc;
}

int mtksim_make_rom(const char *dir, const struct mtksim_rom_options *opt, char *err, size_t err_len)
{
    static const struct mtksim_rom_options defaults;
    struct mtk_error e = {0};
    if (!opt)
        opt = &defaults;
    const char *chip = opt->chip ? opt->chip : "mt6765";
    struct rom_job job = {
        .dir = dir,
        .layout = rom_layout_find(chip),
        .size = opt->full ? ROM_FULL : ROM_SMALL,
        .seed = opt->seed,
    };
    int rc;
    if (!dir || !*dir)
        rc = mtk_fail(&e, MTK_E_MTK_USAGE, MTK_EV_HOST, "no folder was named");
    else if (!job.layout)
        rc = mtk_fail(&e, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, "no ROM can be made for chip %s", chip);
    else if (opt->storage && strcasecmp(opt->storage, "emmc"))
        rc = mtk_fail(&e, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, "no ROM can be made for storage %s",
                      opt->storage);
    else
        rc = make_rom(&job, &e);
    if (rc)
        rom_sentence(&e, err, err_len);
    return rc;
}
