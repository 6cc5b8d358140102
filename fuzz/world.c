/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prng.h"
#include "formats/da.h"
#include "formats/rom.h"

/* A number chooses one; the first is what seeds from before there were more of them mean. */
static struct fuzz_world worlds[] = {
    {"mt6765", "xflash", "emmc", "user", .dir = ""}, {"mt6737", "legacy", "emmc", "user", .dir = ""},
    {"mt6580", "legacy", "emmc", "user", .dir = ""}, {"mt6580", "legacy", "nand", NULL, .dir = ""},
    {"mt6739", "xflash", "nand", NULL, .dir = ""},   {"mt6785", "xflash", "ufs", "lu2", .dir = ""},
    {"mt6789", "xml", "emmc", "user", .dir = ""},    {"mt6855", "xml", "ufs", "lu2", .dir = ""},
};
#define WORLDS (sizeof(worlds) / sizeof(worlds[0]))

static char image_dir[64], image_path[80];
static uint8_t image[FUZZ_IMAGE_LEN];

static void remove_folder(const char *dir)
{
    char cmd[128];
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    if (dir[0] && system(cmd) != 0)
        perror(dir);
}

static void clean_up(void)
{
    for (size_t i = 0; i < WORLDS; i++) {
        mtksim_free(worlds[i].phone);
        mtk_blob_release(&worlds[i].da);
        mtk_blob_release(&worlds[i].preloader);
        remove_folder(worlds[i].dir);
    }
    remove_folder(image_dir);
}

static void make_folder(char dir[64])
{
    snprintf(dir, 64, "/tmp/mtkproof-fuzz-XXXXXX");
    if (!mkdtemp(dir))
        abort();
}

static void make_image(void)
{
    struct prng p = prng_init(5);
    make_folder(image_dir);
    atexit(clean_up);
    snprintf(image_path, sizeof(image_path), "%s/image", image_dir);
    prng_bytes(&p, image, sizeof(image));
    FILE *f = fopen(image_path, "wb");
    if (!f || fwrite(image, 1, sizeof(image), f) != sizeof(image) || fclose(f) != 0)
        abort();
}

static void make_world(struct fuzz_world *w)
{
    struct mtk_rom rom;
    char err[200];
    make_folder(w->dir);
    const struct mtksim_rom_options opt = {.chip = w->chip, .agent = w->agent, .storage = w->storage};
    const struct mtksim_config cfg = {.chip = w->chip, .storage = w->storage, .rom_dir = w->dir};
    if (mtksim_make_rom(w->dir, &opt, err, sizeof(err)) != 0 || mtk_rom_open(w->dir, &rom, NULL) != 0 ||
        mtk_file_read(rom.da_path, 64u << 20, &w->da, NULL) != 0 ||
        mtk_file_read(rom.preloader_path, 8u << 20, &w->preloader, NULL) != 0)
        abort();
    mtk_rom_release(&rom);
    w->phone = mtksim_new(&cfg, err, sizeof(err));
    if (!w->phone)
        abort();
}

const struct fuzz_world *fuzz_world(unsigned number)
{
    struct fuzz_world *w = &worlds[number % WORLDS];
    if (!image_dir[0])
        make_image();
    if (!w->phone)
        make_world(w);
    return w;
}

/* The stages that a flasher would take from a container for its phone. */
static void find_stages(const struct fuzz_world *w, struct mtk_da *da, const struct mtk_da_region *stage[3])
{
    const struct mtk_da_entry *e = NULL;
    if (mtk_da_parse(w->da.data, w->da.len, "fuzz", da, NULL) != 0)
        abort();
    for (size_t i = 0; i < da->n_entries; i++)
        if (mtk_da_stages(da, &da->entries[i], &stage[1], &stage[2], NULL) == 0)
            e = &da->entries[i];
    EXPECT(e); /* the neighbour's entry comes first, so the last is the phone's own */
}

uint8_t *fuzz_mixed_container(const struct fuzz_world *w, const struct fuzz_world *other, unsigned stage)
{
    struct mtk_da to, from;
    const struct mtk_da_region *a[3], *b[3];
    uint8_t *mixed = malloc(w->da.len);
    EXPECT(mixed && (stage == 1 || stage == 2));
    memcpy(mixed, w->da.data, w->da.len);
    find_stages(w, &to, a);
    find_stages(other, &from, b);
    size_t n = a[stage]->len < b[stage]->len ? a[stage]->len : b[stage]->len;
    memcpy(mixed + a[stage]->offset, other->da.data + b[stage]->offset, n);
    mtk_da_release(&to);
    mtk_da_release(&from);
    return mixed;
}

static void watch(void *ctx, const struct mtk_event *ev)
{
    if (ev->kind == MTK_EVENT_VERIFIED)
        *(bool *)ctx = true;
}

int fuzz_run_session(const struct fuzz_world *w, const struct mtk_blob *da, struct mtk_link *link,
                     bool *verified)
{
    const struct mtkflash_options opt = {
        .port = "fuzz", .wait_ns = NS_PER_S, .sink = {.fn = watch, .ctx = verified}};
    const struct mtk_cycle_args args = {
        .da = *da, .preloader = w->preloader, .what = "@0x200000+0x1000", .file = image_path};
    *verified = false;
    return mtk_session_run(&opt, link, mtk_job_cycle, &args);
}

bool fuzz_image_is_there(const struct fuzz_world *w, struct mtksim *phone)
{
    uint8_t there[FUZZ_IMAGE_LEN];
    return !w->area || (mtksim_flash_read(phone, w->area, FUZZ_ADDRESS, there, sizeof(there)) == 0 &&
                        memcmp(there, image, sizeof(there)) == 0);
}
