/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of include/mtkflash.h as functions over a session, and the same with a link that is at hand already: for
 * tests, benchmarks and whoever holds a phone object. Each returns the exit code of the contract.
 */
#ifndef FLASHER_VERIFIED_JOBS_H
#define FLASHER_VERIFIED_JOBS_H

#include "flasher/verified/session.h"

/* Arguments of the jobs. Strings are borrowed. */
struct mtk_parts_args {
    const char *scatter, *fix; /* both may be NULL */
};
struct mtk_rom_args {
    const char *rom;
    const struct mtkflash_selection *sel; /* may be NULL */
    bool offline;                         /* plan: look at the files only */
};
struct mtk_file_args {
    const char *what, *file; /* file: NULL for erase */
};
struct mtk_backup_args {
    const char *dir, *parts; /* parts: NULL for the default */
};
struct mtk_reboot_args {
    const char *mode; /* NULL: system */
};

/* The jobs. arg is a struct of the kind named above; mtk_job_ports and mtk_job_info take none. */
int mtk_job_ports(struct mtk_session *s, const void *arg, struct mtk_error *err);
int mtk_job_info(struct mtk_session *s, const void *arg, struct mtk_error *err);
int mtk_job_parts(struct mtk_session *s, const void *arg, struct mtk_error *err);   /* mtk_parts_args */
int mtk_job_plan(struct mtk_session *s, const void *arg, struct mtk_error *err);    /* mtk_rom_args */
int mtk_job_flash(struct mtk_session *s, const void *arg, struct mtk_error *err);   /* mtk_rom_args */
int mtk_job_verify(struct mtk_session *s, const void *arg, struct mtk_error *err);  /* mtk_rom_args */
int mtk_job_read(struct mtk_session *s, const void *arg, struct mtk_error *err);    /* mtk_file_args */
int mtk_job_write(struct mtk_session *s, const void *arg, struct mtk_error *err);   /* mtk_file_args */
int mtk_job_erase(struct mtk_session *s, const void *arg, struct mtk_error *err);   /* mtk_file_args */
int mtk_job_backup(struct mtk_session *s, const void *arg, struct mtk_error *err);  /* mtk_backup_args */
int mtk_job_restore(struct mtk_session *s, const void *arg, struct mtk_error *err); /* mtk_backup_args */
int mtk_job_reboot(struct mtk_session *s, const void *arg, struct mtk_error *err);  /* mtk_reboot_args */

/*
 * Writes and proves one partition, then reboots the phone: one whole session as a benchmark counts it. The Download
 * Agent and preloader come from memory, so that what is measured is the session and not the disk.
 */
struct mtk_cycle_args {
    struct mtk_blob da, preloader;
    const char *what, *file;
};
int mtk_job_cycle(struct mtk_session *s, const void *arg, struct mtk_error *err); /* mtk_cycle_args */

#endif
