/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmtkflash: flash MediaTek phones and prove it. One call is one job: it opens the port, identifies the phone, starts
 * the agent where the job needs one, does the work, and closes. Everything it has to say comes as events; nothing is
 * printed. What the program mtkflash does, it does through this header alone.
 */
#ifndef MTKFLASH_H
#define MTKFLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a session reaches the phone and what it brings along. Zero means default; strings are borrowed for the call. */
struct mtkflash_options {
    const char *port; /* usb[:BUS-PORT|:VID:PID], usbip:HOST[:PORT][/BUSID], unix:PATH, ...; default "usb" */
    const char *da;   /* DA container file; NULL: the one in the ROM folder */
    const char *preloader; /* preloader file for its DRAM settings; NULL: the one in the ROM folder */
    const char *rom; /* folder or scatter from which da and preloader are taken if not given; may be NULL */
    const char *auth, *cert; /* vendor's files, NULL if none */
    /*
     * Private keys (PEM) of whoever owns them, for the two challenges a phone may pose: the boot ROM's SLA and the
     * agent's DA SLA. NULL: a phone that asks ends the session with exit 7. Signing stays on this computer.
     */
    const char *sla_key, *da_sla_key;
    const char *record;       /* pcapng file that records the session, NULL for none */
    int64_t wait_ns;          /* how long to wait for a phone; 0: 30 s */
    unsigned timeout_percent; /* scales every timeout; 0: 100 */
    bool linux_packets;       /* ask the agent for 64 KiB read packets instead of 2 MiB */
    struct mtk_sink sink;
    /* Asked between packets; true ends the session cleanly with MTK_CANCELLED. May be called from one thread only. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
};

enum mtkflash_mode { MTKFLASH_DOWNLOAD, MTKFLASH_UPGRADE, MTKFLASH_FORMAT_ALL };

/* Which partitions of a ROM a job is about, and what it may do to them. */
struct mtkflash_selection {
    const char *only, *skip; /* comma-separated names; NULL: all that the mode takes */
    enum mtkflash_mode mode;
    /*
     * Folder of a backup of this phone, for modes that move or erase what exists only once. If there is none at that
     * place, it is made there before anything is changed; if there is one, it is checked and used. NULL: a job that
     * would need one is refused.
     */
    const char *backup;
};

/*
 * Every job returns the exit code of the contract (docs/exit-codes.md): 0 done and verified; 1 failed, phone
 * unchanged; 2 usage; 3 no phone in time; 4 failed, phone changed and rolled back; 5 failed, phone changed and not
 * fully restored; 6 refused before writing; 7 authentication needed or rejected. The last event is always a RESULT
 * that says the same.
 */

/*
 * Which phones and ports are there, and what stands in the way of using them: a PORT event each. opt->port: NULL for this
 * machine, or usb, tty or usbip:HOST to look at that only. Exit 0 if it could be looked.
 */
int mtkflash_ports(const struct mtkflash_options *opt);
/* Fingerprint: INFO event. With a DA (option or none) the agent is started and tells about storage and DRAM. */
int mtkflash_info(const struct mtkflash_options *opt);
/*
 * The phone's partition table, and its boot areas: a PARTITION event each. With a scatter, a DIFFERENCE event each, exit 6 if any is fatal;
 * fix (may be NULL) is the file that gets a corrected scatter.
 */
int mtkflash_parts(const struct mtkflash_options *opt, const char *scatter, const char *fix);
/*
 * What flash would do, as STEP events, with the RISK event. Writes nothing. With a port the phone is asked as flash
 * would ask it; without one (port NULL) the plan is made from the files alone.
 */
int mtkflash_plan(const struct mtkflash_options *opt, const char *rom, const struct mtkflash_selection *sel);
/*
 * Flashes and proves a ROM (folder or scatter file). What each mode does to each partition, and what it never does, is
 * the table in docs/modes.md.
 */
int mtkflash_flash(const struct mtkflash_options *opt, const char *rom, const struct mtkflash_selection *sel);
/* Compares the phone with a ROM without writing: VERIFIED or MISMATCH events; exit 1 on a mismatch. */
int mtkflash_verify(const struct mtkflash_options *opt, const char *rom,
                    const struct mtkflash_selection *sel);
/*
 * Reads a partition, or a range "@ADDR+LEN" of the user area (or "boot1@ADDR+LEN"), into a file that must not be a
 * link; hex and decimal numbers, suffixes K M G. The file appears under its name only when it is complete.
 */
int mtkflash_read(const struct mtkflash_options *opt, const char *what, const char *file);
/* Writes an image (plain or sparse) to a partition or range and proves it. */
int mtkflash_write(const struct mtkflash_options *opt, const char *what, const char *file);
/* Erases a partition or range and proves that it reads as erased. */
int mtkflash_erase(const struct mtkflash_options *opt, const char *what);
/*
 * Saves partitions into a folder: by default those that hold data of this one phone (docs/backup.md). One NAME.img each
 * and a manifest.json that says which phone they are from; the folder appears complete or not at all. A folder with a
 * backup of this phone is added to, one of another phone is refused.
 */
int mtkflash_backup(const struct mtkflash_options *opt, const char *dir, const char *parts);
/*
 * Writes a backup back to the phone that it was taken from, and proves it. parts: only these of it; NULL: all. Nothing
 * is written unless every file has the digest that the manifest gives for it and the phone is the same.
 */
int mtkflash_restore(const struct mtkflash_options *opt, const char *dir, const char *parts);
/* Ends whatever runs: "system" (default), "recovery", "fastboot", "off". */
int mtkflash_reboot(const struct mtkflash_options *opt, const char *mode);

#ifdef __cplusplus
}
#endif
#endif
