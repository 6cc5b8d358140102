/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions of include/mtkflash.h: one call, one job, one session. */
#include "include/mtkflash.h"

#include "flasher/verified/jobs.h"

int mtkflash_ports(const struct mtkflash_options *opt)
{
    return mtk_session_run(opt, NULL, mtk_job_ports, NULL);
}

int mtkflash_info(const struct mtkflash_options *opt)
{
    return mtk_session_run(opt, NULL, mtk_job_info, NULL);
}

int mtkflash_parts(const struct mtkflash_options *opt, const char *scatter, const char *fix)
{
    const struct mtk_parts_args a = {.scatter = scatter, .fix = fix};
    return mtk_session_run(opt, NULL, mtk_job_parts, &a);
}

int mtkflash_plan(const struct mtkflash_options *opt, const char *rom, const struct mtkflash_selection *sel)
{
    const struct mtk_rom_args a = {.rom = rom, .sel = sel, .offline = !opt->port};
    return mtk_session_run(opt, NULL, mtk_job_plan, &a);
}

int mtkflash_flash(const struct mtkflash_options *opt, const char *rom, const struct mtkflash_selection *sel)
{
    const struct mtk_rom_args a = {.rom = rom, .sel = sel};
    return mtk_session_run(opt, NULL, mtk_job_flash, &a);
}

int mtkflash_verify(const struct mtkflash_options *opt, const char *rom, const struct mtkflash_selection *sel)
{
    const struct mtk_rom_args a = {.rom = rom, .sel = sel};
    return mtk_session_run(opt, NULL, mtk_job_verify, &a);
}

int mtkflash_read(const struct mtkflash_options *opt, const char *what, const char *file)
{
    const struct mtk_file_args a = {.what = what, .file = file};
    return mtk_session_run(opt, NULL, mtk_job_read, &a);
}

int mtkflash_write(const struct mtkflash_options *opt, const char *what, const char *file)
{
    const struct mtk_file_args a = {.what = what, .file = file};
    return mtk_session_run(opt, NULL, mtk_job_write, &a);
}

int mtkflash_erase(const struct mtkflash_options *opt, const char *what)
{
    const struct mtk_file_args a = {.what = what};
    return mtk_session_run(opt, NULL, mtk_job_erase, &a);
}

int mtkflash_backup(const struct mtkflash_options *opt, const char *dir, const char *parts)
{
    const struct mtk_backup_args a = {.dir = dir, .parts = parts};
    return mtk_session_run(opt, NULL, mtk_job_backup, &a);
}

int mtkflash_restore(const struct mtkflash_options *opt, const char *dir, const char *parts)
{
    const struct mtk_backup_args a = {.dir = dir, .parts = parts};
    return mtk_session_run(opt, NULL, mtk_job_restore, &a);
}

int mtkflash_reboot(const struct mtkflash_options *opt, const char *mode)
{
    const struct mtk_reboot_args a = {.mode = mode};
    return mtk_session_run(opt, NULL, mtk_job_reboot, &a);
}
