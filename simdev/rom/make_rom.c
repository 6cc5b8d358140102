/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim_make_rom: a ROM folder as vendors ship it, with made-up content (formats.md section 7). */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/hash.h"
#include "include/mtksim.h"
#include "protocol/error_index.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define CHECKSUM_FILE "Checksum.ini"
#define CHANGE_ID \
    1561973400 /* Unix time of the one release there is: two ROMs of a seed are the same bytes */
#define SCATTER_TEXT "_Android_scatter.txt"
#define SCATTER_XML  "_Android_scatter.xml"

/* ---- the scatter ---- */

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);
    return n > k && !strcasecmp(name + n - k, suffix);
}

/* Two scatters in one folder would leave open which of them counts. The same ROM may be made again, in either form. */
static int refuse_other_scatter(const struct rom_job *job, struct mtk_error *err)
{
    DIR *d = opendir(job->dir);
    if (!d)
        return rom_fail_io(err, job->dir, "cannot be read");
    int rc = 0;
    size_t own = strlen(job->soc->platform);
    for (struct dirent *e; !rc && (e = readdir(d));)
        if ((ends_with(e->d_name, SCATTER_TEXT) || ends_with(e->d_name, SCATTER_XML)) &&
            (strncmp(e->d_name, job->soc->platform, own) || e->d_name[own] != '_'))
            rc = mtk_fail_file(err, MTK_E_MTK_HOST_IO, job->dir, 0, "holds another ROM already (%s)",
                               e->d_name);
    closedir(d);
    return rc;
}

/* What an earlier ROM of this chip may have left that the new one does not overwrite, and that would be found first. */
static int remove_leftovers(const struct rom_job *job, struct mtk_error *err)
{
    const char *const names[] = {SCATTER_TEXT, SCATTER_XML};
    const char *const agents[] = {"MTK_AllInOne_DA.bin", "download_agent/DA_BR.bin",
                                  "download_agent/flash.xml"};
    char path[4096];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s%s", job->dir, job->soc->platform, names[i]);
        if (unlink(path) && errno != ENOENT)
            return rom_fail_io(err, path, "cannot be removed");
    }
    for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", job->dir, agents[i]);
        if (unlink(path) && errno != ENOENT)
            return rom_fail_io(err, path, "cannot be removed");
    }
    return 0;
}

/*
 * An XML scatter has a section for each storage on which phones of the chip have this layout. The one of the ROM's own
 * storage stands first: who does not choose gets that one.
 */
static char *xml_text(const struct rom_job *job, const struct mtk_scatter *own, size_t *len,
                      struct mtk_error *err)
{
    struct mtk_scatter other[BOARD_NAND + 1];
    const struct mtk_scatter *sections[BOARD_NAND + 1] = {own};
    size_t n = 1;
    int rc = 0;
    for (enum board_storage s = BOARD_EMMC; s <= BOARD_NAND && !rc; s++) {
        if (s == job->storage || !(job->soc->storages & 1u << s) ||
            rom_family_of(job->model, s) != job->family)
            continue;
        rc = rom_layout_scatter(job, s, &other[n], err);
        sections[n] = &other[n];
        n += !rc;
    }
    char *text = rc ? NULL : mtk_scatter_write_xml(sections, n, len);
    while (--n)
        mtk_scatter_release(&other[n]);
    return text;
}

static int write_scatter(const struct rom_job *job, struct mtk_error *err)
{
    struct mtk_scatter scatter;
    size_t len;
    if (rom_layout_scatter(job, job->storage, &scatter, err))
        return -1;
    char *text = job->xml ? xml_text(job, &scatter, &len, err) : mtk_scatter_write(&scatter, &len);
    int rc = text ? rom_write_whole(job, job->scatter_file, text, len, err)
                  : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s: out of memory", job->scatter_file);
    free(text);
    mtk_scatter_release(&scatter);
    return rc;
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

/* File of row i, NULL if it has none. */
static const char *row_file(const struct rom_job *job, size_t i)
{
    const struct rom_row *row = &job->family->rows[i];
    return row->operation == MTK_OP_BOOTLOADERS ? job->preloader_file : row->file;
}

/* Sum of row i's file, taken from an earlier row that has the same file (tee1 and tee2). */
static int row_sum(const struct rom_job *job, size_t i, uint16_t *sums, struct mtk_error *err)
{
    for (size_t k = 0; k < i; k++)
        if (row_file(job, k) && !strcmp(row_file(job, k), row_file(job, i))) {
            sums[i] = sums[k];
            return 0;
        }
    return file_sum(job, row_file(job, i), &sums[i], err);
}

static int write_checksums(const struct rom_job *job, struct mtk_error *err)
{
    uint16_t sums[MTK_SCATTER_MAX_ROWS] = {0};
    int rc = 0;
    for (size_t i = 0; i < job->family->n_rows && !rc; i++)
        if (row_file(job, i))
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
    for (size_t i = 0; i < job->family->n_rows; i++) {
        if (!row_file(job, i))
            continue;
        n = snprintf(line, sizeof(line), "%s=0x%X\n", job->family->rows[i].name, sums[i]);
        rom_out_bytes(&out, line, (size_t)n);
    }
    return rom_out_close(&out);
}

/* ---- the whole folder ---- */

static int make_rom(struct rom_job *job, struct mtk_error *err)
{
    int rc = rom_make_folder(job->dir, err);
    if (!rc)
        rc = refuse_other_scatter(job, err);
    if (!rc)
        rc = remove_leftovers(job, err);
    if (!rc)
        rc = rom_keys_make(job, err);
    for (size_t i = 0; i < job->family->n_images && !rc; i++)
        rc = job->family->images[i]->write(job, job->family->images[i], err);
    if (!rc)
        rc = rom_write_preloader(job, err);
    if (!rc)
        rc = rom_write_da(job, err);
    if (!rc)
        rc = rom_write_vendor(job, err);
    if (!rc)
        rc = write_checksums(job, err);
    /* Last, because a folder without a scatter is no ROM: a broken-off run is not taken for a whole one. */
    if (!rc)
        rc = write_scatter(job, err);
    rom_keys_free(job);
    return rc;
}

/* ---- options ---- */

static int refuse(struct mtk_error *err, const char *option, const char *value, const char *choice)
{
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST, "no ROM can be made for %s %s%s%s", option,
                    value, choice ? ": " : "", choice ? choice : "");
}

static int choose_storage(struct rom_job *job, const char *word, struct mtk_error *err)
{
    struct board b;
    char have[64] = "";
    board_init(&b, job->soc, 0);
    job->storage = b.storage;
    if (word && (!board_storage_by_name(word, &job->storage) || !board_set_storage(&b, job->storage))) {
        for (enum board_storage s = BOARD_EMMC; s <= BOARD_NAND; s++)
            if (job->soc->storages & 1u << s)
                snprintf(have + strlen(have), sizeof(have) - strlen(have), "%s%s", *have ? ", " : "",
                         board_storage_name(s));
        char choice[128];
        snprintf(choice, sizeof(choice), "phones with %s have %s", job->soc->platform, have);
        return refuse(err, "storage", word, choice);
    }
    job->nand = b.nand;
    return 0;
}

static int choose_agent(struct rom_job *job, const struct mtksim_rom_options *opt, struct mtk_error *err)
{
    static const struct {
        const char *word;
        enum mtk_agent_kind kind;
    } kinds[] = {{"legacy", MTK_AGENT_LEGACY}, {"xflash", MTK_AGENT_XFLASH}, {"xml", MTK_AGENT_XML}};
    job->agent = opt->agent ? MTK_AGENT_UNKNOWN : soc_chip(job->soc)->agent;
    for (size_t i = 0; opt->agent && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcasecmp(opt->agent, kinds[i].word))
            job->agent = kinds[i].kind;
    if (job->agent == MTK_AGENT_UNKNOWN)
        return refuse(err, "agent", opt->agent, "legacy, xflash or xml");
    job->agent_version = opt->agent_version ? opt->agent_version : 1;
    job->signer = opt->agent_unsigned ? ROM_UNSIGNED : opt->agent_foreign ? ROM_SIGNED_BY_OTHER : ROM_SIGNED;
    job->other_seed = opt->foreign_seed;
    return 0;
}

static int choose(struct rom_job *job, const struct mtksim_rom_options *opt, struct mtk_error *err)
{
    const char *chip = opt->chip ? opt->chip : "mt6765";
    job->model = rom_model_find(chip);
    job->soc = soc_find(chip);
    if (!job->model || !job->soc)
        return refuse(err, "chip", chip, NULL);
    if (choose_storage(job, opt->storage, err) || choose_agent(job, opt, err))
        return -1;
    if (opt->scatter && strcasecmp(opt->scatter, "text") && strcasecmp(opt->scatter, "xml"))
        return refuse(err, "scatter", opt->scatter, "text or xml");
    job->xml = opt->scatter ? !strcasecmp(opt->scatter, "xml") : soc_chip(job->soc)->agent == MTK_AGENT_XML;
    job->family = rom_family_of(job->model, job->storage);
    snprintf(job->project, sizeof(job->project), "mtksim%s", job->soc->platform + 2);
    snprintf(job->preloader_file, sizeof(job->preloader_file), "preloader_%s.bin", job->project);
    snprintf(job->scatter_file, sizeof(job->scatter_file), "%s%s", job->soc->platform,
             job->xml ? SCATTER_XML : SCATTER_TEXT);
    return 0;
}

int mtksim_make_rom(const char *dir, const struct mtksim_rom_options *opt, char *err, size_t err_len)
{
    static const struct mtksim_rom_options defaults;
    struct mtk_error e = {0};
    if (!opt)
        opt = &defaults;
    struct rom_job job = {.dir = dir, .size = opt->full ? ROM_FULL : ROM_SMALL, .seed = opt->seed};
    int rc = !dir || !*dir ? mtk_fail(&e, MTK_E_MTK_USAGE, MTK_EV_HOST, "no folder was named")
                           : choose(&job, opt, &e);
    if (!rc)
        rc = make_rom(&job, &e);
    if (rc)
        rom_sentence(&e, err, err_len);
    return rc;
}
