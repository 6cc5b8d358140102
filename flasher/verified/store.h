/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of a backup: NAME.img for each partition, and manifest.json. What is saved is collected in DIR.part and
 * takes DIR's place as a whole, so that a folder called DIR is always a complete backup. Only the owner can read it.
 */
#ifndef FLASHER_VERIFIED_STORE_H
#define FLASHER_VERIFIED_STORE_H

#include "flasher/verified/backup.h"
#include "flasher/verified/outfile.h"
#include "formats/sparse.h"

struct mtk_store {
    char dir[3900], part[3920];
    bool exists;           /* DIR has a backup: had */
    struct mtk_backup had; /* what is in DIR */
    bool collecting;       /* DIR.part exists: now */
    struct mtk_backup now; /* what is in DIR.part */
};

/*
 * Looks at a folder. It may be missing (then *out has nothing in it) unless must_exist; an empty folder counts as
 * missing. -1 with MTK_USAGE (a link, a file, a folder with other things in it), MTK_FILE_MISSING, MTK_BACKUP_INVALID.
 * Free with mtk_store_free.
 */
int mtk_store_open(const char *dir, bool must_exist, struct mtk_store **out, struct mtk_error *err);
/* Says which phone is at hand: -1 with MTK_OTHER_PHONE if the folder has a backup of another. */
int mtk_store_phone(struct mtk_store *st, const struct mtk_backup_phone *phone, struct mtk_error *err);
/* Begins collecting: makes DIR.part (0700). Does nothing if it was done. */
int mtk_store_collect(struct mtk_store *st, const char *table, struct mtk_error *err);
/* Opens the file for a partition in DIR.part (0600); after it was committed mtk_store_add makes it part of the backup. */
int mtk_store_create(struct mtk_store *st, const char *name, struct mtk_outfile *f, struct mtk_error *err);
int mtk_store_add(struct mtk_store *st, const char *name, const char *area, uint64_t start, uint64_t size,
                  const uint8_t sha256[SHA256_LEN], struct mtk_error *err);
/* Removes a partition's file from DIR.part again, so that the one of DIR stays. */
void mtk_store_drop(struct mtk_store *st, const char *name);
/*
 * Ends collecting: what DIR has and DIR.part has not is taken over, manifest.json is written, everything is flushed to
 * the disk, and DIR.part becomes DIR. Does nothing if nothing was collected.
 */
int mtk_store_commit(struct mtk_store *st, struct mtk_error *err);
/*
 * Opens the file of an entry, in DIR.part (collected) or in DIR, as a plain image whatever its first bytes look like.
 * -1 with MTK_BACKUP_INVALID if it is missing, a link, or not as long as the manifest says.
 */
int mtk_store_image(const struct mtk_store *st, const struct mtk_backup_entry *e, bool collected,
                    struct mtk_image *out, struct mtk_error *err);
/* Frees it; what was collected and not committed is removed. NULL is allowed. */
void mtk_store_free(struct mtk_store *st);

#endif
