/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"
#include "tests/session/wire/rom_set.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/da.h"
#include "formats/file.h"
#include "formats/preloader.h"
#include "mtksim.h"
#include "simdev/board/soc.h"

#define CHIPS 8

static struct kept {
    struct rom_of_chip rom;
    struct mtk_blob da_file, pl_file;
    struct mtk_da da;
} kept[CHIPS];
static size_t n_kept;

static void load_agents(struct kept *k, const struct mtk_chip *chip)
{
    char path[128];
    struct mtk_error e = {0};
    const struct mtk_da_region *s1, *s2;
    bool v6 = chip->agent == MTK_AGENT_XML;
    snprintf(path, sizeof(path), "%s/%s", k->rom.dir,
             v6 ? "download_agent/DA_BR.bin" : "MTK_AllInOne_DA.bin");
    assert_int_equal(mtk_file_read(path, MTK_DA_MAX_BYTES, &k->da_file, &e), 0);
    assert_int_equal(mtk_da_parse(k->da_file.data, k->da_file.len, path, &k->da, &e), 0);
    const struct mtk_da_entry *entry =
        mtk_da_choose(&k->da, chip->da_code && !v6 ? chip->da_code : chip->hw_code, 0xCA00, 0);
    assert_non_null(entry);
    assert_int_equal(mtk_da_stages(&k->da, entry, &s1, &s2, &e), 0);
    k->rom.blobs.da1 = k->da_file.data + s1->offset;
    k->rom.blobs.da1_len = s1->len;
    k->rom.blobs.da2 = k->da_file.data + s2->offset;
    k->rom.blobs.da2_len = s2->len;
    k->rom.blobs.da2_sig_len = s2->sig_len;
    k->rom.da1_address = s1->address;
    k->rom.da2_address = s2->address;
    k->rom.kind = chip->agent;
}

static void load_emi(struct kept *k)
{
    struct mtk_error e = {0};
    struct mtk_preloader pl;
    DIR *d = opendir(k->rom.dir);
    assert_non_null(d);
    for (struct dirent *f; (f = readdir(d));) {
        char path[512];
        if (strncmp(f->d_name, "preloader", 9) != 0 || k->pl_file.data)
            continue;
        snprintf(path, sizeof(path), "%s/%s", k->rom.dir, f->d_name);
        assert_int_equal(mtk_file_read(path, MTK_PRELOADER_MAX_BYTES, &k->pl_file, &e), 0);
    }
    closedir(d);
    assert_int_equal(mtk_preloader_parse(k->pl_file.data, k->pl_file.len, "preloader", &pl, &e), 0);
    assert_int_equal(mtk_preloader_emi(&pl, "preloader", &k->rom.blobs.emi, &k->rom.blobs.emi_len, &e), 0);
}

const struct rom_of_chip *rom_set_get(const char *chip)
{
    char err[256] = "";
    for (size_t i = 0; i < n_kept; i++) {
        if (strcmp(kept[i].rom.chip, chip) == 0)
            return &kept[i].rom;
    }
    const struct soc_profile *soc = soc_find(chip);
    assert_non_null(soc);
    assert_true(n_kept < CHIPS && strlen(chip) < sizeof(kept[0].rom.chip));
    struct kept *k = &kept[n_kept++];
    snprintf(k->rom.chip, sizeof(k->rom.chip), "%s", chip);
    snprintf(k->rom.dir, sizeof(k->rom.dir), "/tmp/mtkproof-wire-XXXXXX");
    assert_non_null(mkdtemp(k->rom.dir));
    if (mtksim_make_rom(k->rom.dir, &(struct mtksim_rom_options){.chip = chip}, err, sizeof(err)) != 0)
        fail_msg("make-rom: %s", err);
    load_agents(k, soc_chip(soc));
    k->rom.slc = soc->da_extras == SOC_EXTRAS_SLC;
    k->rom.blobs.emi_version = (uint8_t)soc->emi_version;
    load_emi(k);
    return &k->rom;
}

void rom_set_release(void)
{
    for (size_t i = 0; i < n_kept; i++) {
        char cmd[128];
        mtk_da_release(&kept[i].da);
        mtk_blob_release(&kept[i].da_file);
        mtk_blob_release(&kept[i].pl_file);
        snprintf(cmd, sizeof(cmd), "rm -rf '%s'", kept[i].rom.dir);
        if (system(cmd) != 0)
            fprintf(stderr, "%s stays behind\n", kept[i].rom.dir);
    }
    memset(kept, 0, sizeof(kept));
    n_kept = 0;
}
