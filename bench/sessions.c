/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Complete sessions in this process: connect, upload both stages of the agent, write and verify a 64 KiB partition,
 * reboot. Prints the number a second, on one core.
 *
 *     sessions [COUNT]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/prng.h"
#include "flasher/verified/jobs.h"
#include "include/mtksim.h"

#define IMAGE_LEN 65536u

static void die(const char *what)
{
    fprintf(stderr, "sessions: %s\n", what);
    exit(1);
}

static void load(const char *dir, const char *start, struct mtk_blob *out)
{
    char path[512] = "";
    DIR *d = opendir(dir);
    if (!d)
        die(dir);
    for (struct dirent *e; (e = readdir(d));)
        if (strncmp(e->d_name, start, strlen(start)) == 0)
            snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
    closedir(d);
    if (mtk_file_read(path, 64u << 20, out, NULL) != 0)
        die(path);
}

static void write_image(const char *path)
{
    static uint8_t image[IMAGE_LEN];
    struct prng p = prng_init(1);
    FILE *f = fopen(path, "wb");
    prng_bytes(&p, image, sizeof(image));
    if (!f || fwrite(image, 1, sizeof(image), f) != sizeof(image) || fclose(f) != 0)
        die(path);
}

static void one(struct mtksim *original, const struct mtk_cycle_args *args)
{
    const struct mtkflash_options opt = {.port = "sim"};
    struct mtksim *phone = mtksim_clone(original);
    struct mtk_link *link = mtk_link_sim(phone);
    if (!phone || !link || mtk_session_run(&opt, link, mtk_job_cycle, args) != 0)
        die("a session failed");
    mtk_link_free(link);
    mtksim_free(phone);
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 4000;
    char dir[] = "/tmp/mtkproof-bench-XXXXXX", image[64], cmd[96], err[200];
    struct mtk_cycle_args args = {.what = "logo", .file = image};
    if (count < 1 || !mkdtemp(dir) ||
        mtksim_make_rom(dir, &(struct mtksim_rom_options){.chip = "mt6765"}, err, sizeof(err)) != 0)
        die("no ROM");
    snprintf(image, sizeof(image), "%s/bench.img", dir);
    write_image(image);
    load(dir, "MTK_AllInOne_DA", &args.da);
    load(dir, "preloader_", &args.preloader);
    struct mtksim *phone =
        mtksim_new(&(struct mtksim_config){.chip = "mt6765", .rom_dir = dir}, err, sizeof(err));
    if (!phone)
        die(err);
    for (int i = 0; i < 100; i++)
        one(phone, &args);
    struct mtk_clock c = mtk_clock_real();
    int64_t start = c.now(c.ctx);
    for (long i = 0; i < count; i++)
        one(phone, &args);
    double seconds = (double)(c.now(c.ctx) - start) / (double)NS_PER_S;
    printf("%.0f\n", (double)count / seconds);
    mtksim_free(phone);
    mtk_blob_release(&args.da);
    mtk_blob_release(&args.preloader);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd);
}
