/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a job does, in order, and why: decided as a whole before the first byte is written. Nothing here talks to a
 * phone: what is known of it comes in as a struct. Each mode has a file of its own: plan.c (download),
 * plan_upgrade.c, plan_format.c; what they share is in plan_steps.c. formats.md 8.3 and 8.4.
 */
#ifndef FLASHER_VERIFIED_PLAN_H
#define FLASHER_VERIFIED_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/event.h"
#include "base/hash.h"
#include "flasher/agent/agent.h"
#include "formats/gpt.h"
#include "formats/scatter.h"
#include "formats/sparse.h"
#include "include/mtkflash.h"

/* What is known about a partition of the phone. */
enum mtk_item_state {
    MTK_ITEM_UNTOUCHED, /* nothing was sent that could change it */
    MTK_ITEM_UNKNOWN,   /* a write or erase was begun and is not proven */
    MTK_ITEM_VERIFIED,  /* read back and proven */
};

/* One partition or range of a job. */
struct mtk_item {
    const struct mtk_scatter_row *row; /* borrowed; NULL if no scatter is involved */
    char name[64];
    struct mtk_image image; /* open from the checks to the end, so that what was checked is what is written */
    bool named;           /* whole partition that the agent knows by name, as opposed to a range by numbers */
    bool boot_region;     /* a boot loader: stands behind a header block that the agent makes */
    const char *area;     /* area on the phone; of a boot region the first copy */
    const char *second;   /* area of the second copy, NULL if there is none */
    uint64_t start, size; /* range in the area, known once the phone's table was read */
    uint64_t header;      /* boot regions: bytes of the header block in front of start */
    uint64_t padding;     /* bytes at the end of the image that only fill the last block of the storage */
    bool has_digest;      /* the image must be this one: a backup's manifest says so */
    uint8_t digest[SHA256_LEN];
    unsigned rank;
    const char *why;
    enum mtk_item_state state;
};

enum mtk_action {
    MTK_DO_SAVE,    /* read into the backup folder */
    MTK_DO_ERASE,   /* erase a range and prove it */
    MTK_DO_TABLE,   /* write the partition table and prove it */
    MTK_DO_WRITE,   /* write the item's image and prove it */
    MTK_DO_RESTORE, /* write the backup's copy of the item and prove it */
};

/* One step of a plan, in the order in which it is done. */
struct mtk_plan_step {
    enum mtk_action action;
    size_t item;      /* index of the item it is about */
    const char *area; /* SAVE, ERASE: where; borrowed */
    uint64_t start,
        size;   /* SAVE, ERASE, RESTORE: the range; WRITE: place, and bytes that the image defines */
    bool after; /* TABLE: the second time, behind the data */
    const char *why;
};

struct mtk_plan {
    struct mtk_item *items; /* owned */
    size_t n;
    struct mtk_plan_step *steps; /* owned */
    size_t n_steps;
    struct mtk_gpt table; /* the table that a TABLE step writes; no entries if there is none */
    bool table_is_gpt;
};

/* What a plan needs to know of the phone. Everything is borrowed. */
struct mtk_plan_phone {
    const char *storage; /* "emmc", "ufs", "nand" */
    const struct mtk_area *areas;
    size_t n_areas;
    uint32_t block;              /* smallest unit of the storage */
    uint32_t erase;              /* smallest unit that can be erased */
    const struct mtk_gpt *table; /* NULL: there is none that can be read */
    bool can_set_table;          /* the agent takes a table that is no GPT */
    bool blank;                  /* no table, and the places where one would be are empty */
};

/* The partitions that a backup has, as far as a plan is concerned with them. */
struct mtk_plan_backup {
    bool named;               /* a folder for one was named */
    const char *const *names; /* what is in it already */
    const uint64_t *sizes;
    size_t n;
};

struct mtk_plan_input {
    const struct mtk_scatter *scatter;
    const struct mtkflash_selection *sel; /* may be NULL: download of everything */
    struct mtk_plan_phone phone;
    struct mtk_plan_backup backup;
    const struct mtk_sink *sink;
};

/*
 * Chooses the rows whose images are written, in the order in which that is to happen; files are not opened yet. All
 * modes leave out rows that are hidden (is_download false), have no file, or hold data of this one phone. download
 * also leaves out operations that it never writes (formats.md 8.4), and preloader and sec_ro unless they are named.
 * Notes about what was left out go to the sink. -1 with MTK_NO_SUCH_PARTITION, MTK_USAGE, MTK_PROTECTED_PARTITION or
 * MTK_FILE_MISSING.
 */
int mtk_plan_select(const struct mtk_scatter *s, const struct mtkflash_selection *sel,
                    const struct mtk_sink *sink, struct mtk_plan *out, struct mtk_error *err);
/*
 * Makes the steps for the rows that were chosen, by the mode of the selection. Places of items are filled in. 0, or -1
 * with what speaks against the plan: ERROR_BL_INCONSISTENT and the rest of 8501 to 8506, MTK_BACKUP_NEEDED,
 * MTK_GPT_INVALID, MTK_OUT_OF_RANGE, MTK_PROTECTED_PARTITION.
 */
int mtk_plan_steps(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err);
/* The modes that have a file of their own. For mtk_plan_steps. */
int mtk_plan_upgrade(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err);
int mtk_plan_format_all(const struct mtk_plan_input *in, struct mtk_plan *p, struct mtk_error *err);

/* Closes the images and frees items, steps and table. Harmless on a zeroed plan. */
void mtk_plan_release(struct mtk_plan *p);
/* Adds an item, zeroed but for what mtk_item_init fills. *index (may be NULL) gets its place. -1: memory. */
int mtk_plan_add_item(struct mtk_plan *p, const char *name, const char *region, size_t *index,
                      struct mtk_error *err);
/* Fills name, rank, why and area facts of an item from a name and a region (NULL: the user area). */
void mtk_item_init(struct mtk_item *it, const char *name, const char *region);
/* True if a comma-separated list has that name. */
bool mtk_names_have(const char *list, const char *name);
/* Steps through a list "a, b,,c": true and the next name (at most len - 1 characters) without blanks. */
bool mtk_names_next(const char **list, char *name, size_t len);
/* Names of the items in a state, separated by commas. malloc'd; NULL: out of memory. */
char *mtk_plan_names(const struct mtk_plan *p, enum mtk_item_state state);
/* "save", "erase", ... */
const char *mtk_action_word(enum mtk_action action);

#endif
