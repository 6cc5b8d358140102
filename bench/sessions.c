/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Complete sessions in this process: connect, upload both stages of the agent, write and verify a 64 KiB partition,
 * reboot. Prints the number a second, on one core: counted are the seconds that the processor spent on this process, in
 * all its threads and in the kernel, so that neither a second core nor a busy machine changes the figure.
 *
 *     sessions CHIP AGENT STORAGE PARTITION [COUNT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/prng.h"
#include "flasher/verified/jobs.h"
#include "formats/rom.h"
#include "include/mtksim.h"

#define IMAGE_LEN 65536u

static void die(const char *what)
{
    fprintf(stderr, "sessions: %s\n", what);
    exit(1);
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

static double cpu_seconds(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u) != 0)
        die("getrusage");
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Sessions with clones of one phone; returns how many a second. */
static double measure(struct mtksim *phone, const struct mtk_cycle_args *args, long count)
{
    for (int i = 0; i < 100; i++)
        one(phone, args);
    double start = cpu_seconds();
    for (long i = 0; i < count; i++)
        one(phone, args);
    return (double)count / (cpu_seconds() - start);
}

/* A ROM in dir, a phone that a factory filled from it, and what a session with it needs. */
static struct mtksim *prepare(char **argv, const char *dir, struct mtk_cycle_args *args)
{
    struct mtk_rom files;
    struct mtk_error error = {0};
    char err[200];
    const struct mtksim_rom_options rom = {.chip = argv[1], .agent = argv[2], .storage = argv[3]};
    const struct mtksim_config cfg = {.chip = argv[1], .storage = argv[3], .rom_dir = dir};
    if (mtksim_make_rom(dir, &rom, err, sizeof(err)) != 0)
        die(err);
    if (mtk_rom_open(dir, &files, &error) != 0 ||
        mtk_file_read(files.da_path, 64u << 20, &args->da, &error) != 0 ||
        mtk_file_read(files.preloader_path, 8u << 20, &args->preloader, &error) != 0)
        die(error.what);
    mtk_rom_release(&files);
    struct mtksim *phone = mtksim_new(&cfg, err, sizeof(err));
    if (!phone)
        die(err);
    return phone;
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/mtkproof-bench-XXXXXX", image[64], cmd[96];
    long count = argc > 5 ? atol(argv[5]) : 4000;
    if (argc < 5 || argc > 6 || count < 1) {
        fprintf(stderr, "usage: sessions CHIP AGENT STORAGE PARTITION [COUNT]\n");
        return 2;
    }
    if (!mkdtemp(dir))
        die("no folder");
    struct mtk_cycle_args args = {.what = argv[4], .file = image};
    struct mtksim *phone = prepare(argv, dir, &args);
    snprintf(image, sizeof(image), "%s/bench.img", dir);
    write_image(image);
    printf("%.0f\n", measure(phone, &args, count));
    mtksim_free(phone);
    mtk_blob_release(&args.da);
    mtk_blob_release(&args.preloader);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd);
}
