/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json of a backup: which phone it is from and what is in it. Ids are kept as digests: enough to tell phones
 * apart, and nothing personal in a file that gets copied around. Pure: text in, struct out, and back.
 */
#ifndef FLASHER_VERIFIED_BACKUP_H
#define FLASHER_VERIFIED_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"

#define MTK_BACKUP_MANIFEST    "manifest.json"
#define MTK_BACKUP_MAX_BYTES   (1u << 20)
#define MTK_BACKUP_MAX_ENTRIES 256u

/* What tells one phone from another. Which of them a phone gives depends on how it was reached. */
enum mtk_backup_id {
    MTK_BACKUP_ID_STORAGE,
    MTK_BACKUP_ID_RANDOM,
    MTK_BACKUP_ID_ME,
    MTK_BACKUP_ID_SOC,
    MTK_BACKUP_IDS
};

struct mtk_backup_phone {
    char chip[16];
    uint32_t hw_code;
    char storage[8];
    struct {
        bool known;
        uint8_t sha256[SHA256_LEN];
    } id[MTK_BACKUP_IDS];
};

struct mtk_backup_entry {
    char name[64]; /* the file is NAME.img */
    char area[8];
    uint64_t start, size;
    uint8_t sha256[SHA256_LEN];
    char time[24]; /* UTC, ISO 8601 */
};

struct mtk_backup {
    struct mtk_backup_phone phone;
    char table[12], tool[32], time[24];
    struct mtk_backup_entry *entries; /* owned */
    size_t n;
};

/*
 * Parses a manifest; name is for messages. Everything is checked: names that could leave the folder, numbers out of
 * range, names that are there twice, unknown versions. -1 with MTK_BACKUP_INVALID, or memory. Release with
 * mtk_backup_release.
 */
int mtk_backup_parse(const char *text, size_t len, const char *name, struct mtk_backup *out,
                     struct mtk_error *err);
/* The manifest as text. malloc'd, NUL-terminated; NULL: memory. */
char *mtk_backup_text(const struct mtk_backup *b, size_t *len);
void mtk_backup_release(struct mtk_backup *b);
const struct mtk_backup_entry *mtk_backup_find(const struct mtk_backup *b, const char *name);
/* Adds an entry, or replaces the one of that name. -1: memory. */
int mtk_backup_put(struct mtk_backup *b, const struct mtk_backup_entry *e, struct mtk_error *err);
/* True if a partition's name can be that of a file: letters, digits, . _ -, not beginning with a dot. */
bool mtk_backup_name_ok(const char *name);
/* Sets an id from its bytes. */
void mtk_backup_set_id(struct mtk_backup_phone *p, enum mtk_backup_id which, const void *data, size_t len);
/*
 * The same phone: same chip and storage, no id that differs, and at least one that both sides know and that no other phone
 * has. -1 with MTK_OTHER_PHONE and which it was.
 */
int mtk_backup_same_phone(const struct mtk_backup_phone *saved, const struct mtk_backup_phone *now,
                          struct mtk_error *err);

#endif
