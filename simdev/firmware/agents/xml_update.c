/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FLASH-ALL and FLASH-UPDATE: the phone itself works through a scatter file. An update moves partitions whose content
 * must survive through a folder of the host, and keeps a record there from which it can be resumed after a cable was
 * pulled at any point. da-xml.md 4, 6.8.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/firmware/agents/xml.h"

#define PATH_CAP     (XML_FILE_NAME_MAX + 1u)
#define RECORD_NAME  "record_history.bin"
#define RECORD_MAGIC "UPDTREC1"
#define RECORD_HEAD  16u /* magic, stage, number of names */
#define RECORD_NAMES 128u
#define RECORD_MAX   (RECORD_HEAD + RECORD_NAMES * XM_NAME_MAX + 4)

struct job {
    struct xm *x;
    struct xm_package pk;
    const char *scatter, *separator;
    bool listed; /* version 2: the host names the files */
};

static bool begin_job(struct xm *x, struct job *j)
{
    *j = (struct job){.x = x};
    if (!xm_arg(x, "path_separator", &j->separator) || !xm_arg_file(x, "source_file", &j->scatter))
        return false;
    j->listed = x->major == 2;
    if (j->listed && !xm_text(x, "arg/flash_list")) {
        xm_fail(x, "%s", XML_MSG_NO_NODE);
        return false;
    }
    return true;
}

/* The file of a row as the host knows it; "" if nothing goes there. */
static bool file_of(struct job *j, const struct xm_row *row, struct xm_out *path)
{
    const struct xm_node *pt;
    path->len = 0;
    path->s[0] = 0;
    for (size_t i = 0; j->listed && (pt = xm_item(j->x, "arg/flash_list", "pt", i)); i++) {
        if (strcmp(xm_node_label(j->x, pt), row->name) == 0)
            xm_put(path, "%s", xm_node_text(j->x, pt));
    }
    if (!j->listed && row->file[0]) {
        /* Beside the scatter file. */
        const char *end = *j->separator ? strrchr(j->scatter, *j->separator) : NULL;
        xm_put(path, "%.*s%s", end ? (int)(end - j->scatter + 1) : 0, j->scatter, row->file);
    }
    if (path->over)
        xm_fail(j->x, "File name of [%s] is too long.", row->name);
    return !path->over;
}

/* All images of a scatter, or those that are not protected. */
static enum xm_result write_images(struct job *j, bool protected_too)
{
    char memory[PATH_CAP], label[XM_NAME_MAX + 32];
    size_t n = 0, k = 0;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < j->pk.n; i++) {
            const struct xm_row *row = &j->pk.rows[i];
            struct xm_out path = xm_out_init(memory, sizeof(memory)), o = xm_out_init(label, sizeof(label));
            if (!file_of(j, row, &path))
                return XM_ERR;
            if (!path.len || (row->protect && !protected_too))
                continue;
            if (pass == 0) {
                n++;
                continue;
            }
            xm_put(&o, "%s [%zu/%zu]", row->name, ++k, n);
            struct xm_write w = {.name = row->name, .source = path.s, .label = label, .pre_erase = true};
            if (xm_write_partition(j->x, &w) != XM_OK)
                return XM_ERR;
        }
    }
    return XM_OK;
}

enum xm_result xm_flash_all(struct xm *x)
{
    struct job j;
    if (!begin_job(x, &j) || !xm_get_scatter(x, j.scatter, &j.pk))
        return XM_ERR;
    if (!xm_read_table(x, &j.pk))
        return xm_fail(x, "No partition table on device. Use format-all.");
    if (!xm_same_layout(&j.pk))
        return xm_fail(x, "Partition layout changed. Use firmware upgrade or format-all.");
    return write_images(&j, true);
}

/* ---- FLASH-UPDATE ---- */

/* As far as an update got: what the record says. */
enum update_stage { UPDATE_BACKUP, UPDATE_TABLE, UPDATE_IMAGES };

struct update {
    struct job j;
    uint32_t stage;
    uint32_t n_saved;
    char (*saved)[XM_NAME_MAX]; /* partitions in the backup folder; not NUL-terminated if full */
    char folder[PATH_CAP];
};

static bool in_folder(struct update *u, const char *name, char path[PATH_CAP])
{
    struct xm_out o = xm_out_init(path, PATH_CAP);
    xm_put(&o, "%s%s%s", u->folder, u->j.separator, name);
    if (o.over)
        xm_fail(u->j.x, "Path of backup folder is too long.");
    return !o.over;
}

static bool write_record(struct update *u)
{
    struct xm *x = u->j.x;
    char path[PATH_CAP];
    size_t len = RECORD_HEAD + (size_t)u->n_saved * XM_NAME_MAX;
    uint8_t *rec = xm_reserve(x, &x->file, RECORD_MAX);
    memcpy(rec, RECORD_MAGIC, 8);
    put_le32(rec + 8, u->stage);
    put_le32(rec + 12, u->n_saved);
    memcpy(rec + RECORD_HEAD, u->saved, len - RECORD_HEAD);
    put_le32(rec + len, crc32_buf(0, rec, len));
    return in_folder(u, RECORD_NAME, path) && xm_give_file(x, RECORD_NAME, path, rec, len + 4);
}

static bool parse_record(struct update *u, const uint8_t *rec, size_t len)
{
    if (len < RECORD_HEAD + 4 || memcmp(rec, RECORD_MAGIC, 8) != 0)
        return false;
    u->stage = get_le32(rec + 8);
    u->n_saved = get_le32(rec + 12);
    if (u->stage > UPDATE_IMAGES || u->n_saved > RECORD_NAMES ||
        len != RECORD_HEAD + (size_t)u->n_saved * XM_NAME_MAX + 4 ||
        get_le32(rec + len - 4) != crc32_buf(0, rec, len - 4))
        return false;
    memcpy(u->saved, rec + RECORD_HEAD, (size_t)u->n_saved * XM_NAME_MAX);
    return true;
}

/*
 * An update that was cut off left its record with the host. One that is itself cut off was being sent when it happened:
 * that is before anything changed, or after all that was saved is back, and both are a beginning.
 */
static bool look_for_record(struct update *u)
{
    struct xm *x = u->j.x;
    char path[PATH_CAP];
    bool exists;
    size_t len;
    if (!in_folder(u, RECORD_NAME, path) || !xm_file_exists(x, path, &exists))
        return false;
    if (!exists)
        return true;
    if (xm_get_file(x, RECORD_NAME, path, RECORD_MAX, &x->file, &len) != XM_GOT_IT)
        return false;
    if (len < RECORD_HEAD + 4 || len < RECORD_HEAD + (uint64_t)get_le32(x->file.data + 12) * XM_NAME_MAX + 4)
        return true;
    if (!parse_record(u, x->file.data, len)) {
        xm_fail(x, "Record of an earlier update is invalid.");
        return false;
    }
    xm_message(x, "update goes on at stage %u", u->stage);
    return true;
}

static bool check_protected(struct update *u)
{
    for (size_t i = 0; i < u->j.pk.n; i++) {
        const struct xm_row *row = &u->j.pk.rows[i];
        const struct ag_partition *have = xm_table_row(&u->j.pk, row->name);
        if (row->user && row->protect && have && have->size != row->full) {
            xm_fail(u->j.x, "Size of protected partition [%s] changed.", row->name);
            return false;
        }
    }
    return true;
}

/* Gives every protected partition that moves to the host. */
static bool save_protected(struct update *u)
{
    struct xm *x = u->j.x;
    u->n_saved = 0;
    for (size_t i = 0; i < u->j.pk.n; i++) {
        const struct xm_row *row = &u->j.pk.rows[i];
        const struct ag_partition *have = xm_table_row(&u->j.pk, row->name);
        struct ag_place place;
        char path[PATH_CAP];
        if (!row->user || !row->protect || !have || have->start == row->start)
            continue;
        if (u->n_saved == RECORD_NAMES || ag_place_name(x->p, row->name, &place) != AG_OK) {
            xm_fail(x, "Protected partition [%s] cannot be saved.", row->name);
            return false;
        }
        if (!in_folder(u, row->name, path) || xm_give_place(x, row->name, path, &place) != XM_OK)
            return false;
        memset(u->saved[u->n_saved], 0, XM_NAME_MAX);
        memcpy(u->saved[u->n_saved++], row->name, strlen(row->name));
    }
    return true;
}

/* S0: nothing on the phone changes yet. */
static bool stage_backup(struct update *u)
{
    struct xm *x = u->j.x;
    if (!xm_read_table(x, &u->j.pk)) {
        xm_fail(x, "No partition table on device. Use format-all.");
        return false;
    }
    if (!check_protected(u) || !xm_file_operation(x, "MKDIR", u->folder, NULL))
        return false;
    if (xm_same_layout(&u->j.pk)) {
        u->stage = UPDATE_IMAGES;
        return true;
    }
    if (!write_record(u) || !save_protected(u))
        return false;
    u->stage = UPDATE_TABLE;
    return write_record(u);
}

/* S1: the new table, and what was saved back to its new places. */
static bool stage_table(struct update *u)
{
    struct xm *x = u->j.x;
    if (xm_write_table(x, &u->j.pk) != XM_OK)
        return false;
    for (uint32_t i = 0; i < u->n_saved; i++) {
        char name[XM_NAME_MAX + 1] = "", path[PATH_CAP];
        struct ag_place place;
        memcpy(name, u->saved[i], XM_NAME_MAX);
        enum ag_result r = ag_place_name(x->p, name, &place);
        if (r != AG_OK) {
            xm_fail_storage(x, r, name);
            return false;
        }
        const struct xm_target t = {
            .info = name, .source = path, .form = AG_FORM_RAW, .place = &place, .room = place.size};
        if (!in_folder(u, name, path) || xm_erase_place(x, name, &place, place.size) != XM_OK ||
            xm_take_place(x, &t) != XM_OK)
            return false;
        if (x->message[0]) /* the backup is longer than what it came from: that is no success here */
            return false;
    }
    u->stage = UPDATE_IMAGES;
    return write_record(u);
}

/* Finds the folder that belongs to this phone. */
static bool begin_update(struct update *u, struct xm *x)
{
    const char *backup;
    if (!begin_job(x, &u->j) || !xm_arg_file(x, "backup_folder", &backup))
        return false;
    struct xm_out o = xm_out_init(u->folder, sizeof(u->folder));
    xm_put(&o, "%s%s", backup, u->j.separator);
    xm_put_hex(&o, phone_board(x->p)->random_id, sizeof(phone_board(x->p)->random_id));
    if (o.over) {
        xm_fail(x, "Path of backup folder is too long.");
        return false;
    }
    u->saved = phone_alloc(x->p, RECORD_NAMES * sizeof(*u->saved));
    return true;
}

enum xm_result xm_flash_update(struct xm *x)
{
    struct update *u = phone_alloc(x->p, sizeof(*u));
    if (!begin_update(u, x) || !xm_get_scatter(x, u->j.scatter, &u->j.pk) || !look_for_record(u))
        return XM_ERR;
    if (u->stage == UPDATE_BACKUP && !stage_backup(u))
        return XM_ERR;
    if (u->stage == UPDATE_TABLE && !stage_table(u))
        return XM_ERR;
    if (write_images(&u->j, false) != XM_OK)
        return XM_ERR;
    return xm_file_operation(x, "REMOVE-ALL", u->folder, NULL) ? XM_OK : XM_ERR;
}
