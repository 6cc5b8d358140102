/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone in a folder: boot1.img, boot2.img, rpmb.img and user.img are raw images that any tool opens; phone.json says
 * whose they are. A new phone is there once its phone.json is: it is written last. Images without it are content that
 * somebody put there for a new phone; they are taken over, never overwritten.
 */
#include "simdev/firmware/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/file.h"
#include "simdev/rom/out.h"
#include "simdev/rom/phone_json.h"

#define JSON_FILE "phone.json"
#define JSON_TMP  "phone.json.tmp"
#define JSON_MAX  65536
#define BLOCK     512u

/* One folder while it is opened. */
struct folder {
    struct board *board;
    const struct mtksim_config *cfg;
    bool known;                 /* phone.json is there */
    bool created[BOARD_AREAS];  /* images that were made here and now */
    uint64_t size[BOARD_AREAS]; /* 0: what the image has */
    char *err;
    size_t err_len;
};

static int fail(struct folder *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct folder *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (f->err && f->err_len)
        vsnprintf(f->err, f->err_len, fmt, ap);
    va_end(ap);
    return -1;
}

static int make_path(char path[4096], const char *dir, const char *name, const char *suffix)
{
    int n = snprintf(path, 4096, "%s/%s%s", dir, name, suffix);
    if (n > 0 && n < 4096)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* ---- opening ---- */

/* Opens the image of one area; a new phone gets a blank one if there is none. */
static int open_area(struct folder *f, enum board_area a, uint64_t size, uint64_t fresh_size)
{
    char path[4096];
    struct stat st;
    const char *dir = f->cfg->state_dir;
    if (make_path(path, dir, board_area_names[a], ".img"))
        return fail(f, "%s: the name is too long", dir);
    bool there = !stat(path, &st) && st.st_size > 0;
    if (!there && f->known)
        return fail(f, "%s: missing or empty, though %s/" JSON_FILE " says that there is a phone", path, dir);
    if (there && size && (uint64_t)st.st_size != size)
        return fail(f,
                    "%s: has %" PRIu64 " bytes, the phone has %" PRIu64 " (sizes.%s of " JSON_FILE
                    " or the size asked for)",
                    path, (uint64_t)st.st_size, size, board_area_names[a]);
    if (there && st.st_size % BLOCK)
        return fail(f, "%s: its size is not a multiple of %u bytes", path, BLOCK);
    f->board->area[a] = flash_open(path, there ? size : fresh_size);
    if (!f->board->area[a])
        return fail(f, "%s: %s", path, strerror(errno));
    f->created[a] = !there;
    return 0;
}

/* boot1.img carries the lock: it is opened first, before anything is believed. */
static int open_locked(struct folder *f)
{
    if (open_area(f, BOARD_BOOT1, 0, f->board->soc->emmc_boot))
        return -1;
    if (!flash_lock(f->board->area[BOARD_BOOT1]))
        return 0;
    f->created[BOARD_BOOT1] = false; /* whoever holds the lock may have made it just before */
    if (errno == EWOULDBLOCK)
        return fail(f, "%s: another process runs this phone", f->cfg->state_dir);
    return fail(f, "%s: cannot be locked: %s", f->cfg->state_dir, strerror(errno));
}

/* What phone.json says replaces what followed from the configuration; blown fuses stay blown. */
static void adopt(struct board *b, const struct board *stored)
{
    const struct board_fuses *from = &stored->fuses;
    struct board_fuses *to = &b->fuses;
    to->sbc = to->sbc || from->sbc;
    to->sla = to->sla || from->sla;
    to->daa = to->daa || from->daa;
    to->mem_read_auth = to->mem_read_auth || from->mem_read_auth;
    to->mem_write_auth = to->mem_write_auth || from->mem_write_auth;
    to->c8_blocked = to->c8_blocked || from->c8_blocked;
    to->usbdl_secure = to->usbdl_secure || from->usbdl_secure;
    b->soc = stored->soc;
    b->chip = stored->chip;
    b->seed = stored->seed;
    b->emmc = stored->emmc;
    b->dram.type = stored->dram.type;
    b->dram.size = stored->dram.size;
    b->battery_mv = stored->battery_mv; /* follows from the phone's own seed */
    memcpy(b->me_id, stored->me_id, sizeof(b->me_id));
    memcpy(b->soc_id, stored->soc_id, sizeof(b->soc_id));
    memcpy(b->random_id, stored->random_id, sizeof(b->random_id));
    memcpy(b->hrid, stored->hrid, sizeof(b->hrid));
}

static int read_json(struct folder *f, const char *path)
{
    struct mtk_blob blob;
    struct mtk_error e = {0};
    struct board stored;
    char why[160];
    if (mtk_file_read(path, JSON_MAX, &blob, &e)) {
        rom_sentence(&e, f->err, f->err_len);
        return -1;
    }
    int rc = phone_json_read((const char *)blob.data, blob.len, &stored, f->size, why, sizeof(why));
    mtk_blob_release(&blob);
    if (rc)
        return fail(f, "%s: %s", path, why);
    /* A caller who names no chip takes the phone as it is. */
    if (f->cfg->chip && soc_find(f->cfg->chip) != stored.soc)
        return fail(f, "%s: field chip: the folder holds an %s, an %s was asked for", path, stored.soc->name,
                    f->cfg->chip);
    if (f->cfg->storage_size && f->cfg->storage_size != f->size[BOARD_USER])
        return fail(f, "%s: field sizes.user: the phone has %" PRIu64 " bytes, %" PRIu64 " were asked for",
                    path, f->size[BOARD_USER], f->cfg->storage_size);
    if (f->size[BOARD_BOOT1] != flash_size(f->board->area[BOARD_BOOT1]))
        return fail(f, "%s: field sizes.boot1 is %" PRIu64 ", boot1.img has %" PRIu64 " bytes", path,
                    f->size[BOARD_BOOT1], flash_size(f->board->area[BOARD_BOOT1]));
    adopt(f->board, &stored);
    return 0;
}

static int open_folder(struct folder *f)
{
    char path[4096];
    struct mtk_error e = {0};
    const struct soc_profile *soc = f->board->soc;
    uint64_t user = f->cfg->storage_size;
    if (rom_make_folder(f->cfg->state_dir, &e)) {
        rom_sentence(&e, f->err, f->err_len);
        return -1;
    }
    if (make_path(path, f->cfg->state_dir, JSON_FILE, ""))
        return fail(f, "%s: the name is too long", f->cfg->state_dir);
    if (user % BLOCK)
        return fail(f, "storage size %" PRIu64 " is not a multiple of %u", user, BLOCK);
    f->known = !access(path, F_OK);
    f->size[BOARD_USER] = user;
    if (open_locked(f))
        return -1;
    f->known = !access(path, F_OK); /* again: another process may have finished making it before it let go */
    if (f->known && read_json(f, path))
        return -1;
    if (open_area(f, BOARD_BOOT2, f->size[BOARD_BOOT2], soc->emmc_boot) ||
        open_area(f, BOARD_RPMB, f->size[BOARD_RPMB], soc->emmc_rpmb) ||
        open_area(f, BOARD_USER, f->size[BOARD_USER], user ? user : soc->emmc_user))
        return -1;
    return 0;
}

/* ---- saving ---- */

static int write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes and flushes path; 0, or -1 with errno set. */
static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    int rc = write_all(fd, text, strlen(text));
    if (!rc)
        rc = write_all(fd, "\n", 1);
    if (!rc)
        rc = fsync(fd);
    int saved = errno;
    if (close(fd) && !rc)
        return -1;
    errno = saved;
    return rc;
}

static int sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd), saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

/* phone.json is replaced as a whole: whoever looks sees the old one or the new one. */
static int save_json(const struct board *b, const char *dir)
{
    char path[4096], tmp[4096];
    if (make_path(path, dir, JSON_FILE, "") || make_path(tmp, dir, JSON_TMP, ""))
        return -1;
    char *text = phone_json_write(b);
    if (!text) {
        errno = ENOMEM;
        return -1;
    }
    int rc = write_file(tmp, text);
    free(text);
    if (!rc)
        rc = rename(tmp, path);
    if (!rc)
        return sync_folder(dir);
    int saved = errno;
    unlink(tmp);
    errno = saved;
    return -1;
}

int state_save(struct board *b, const struct mtksim_config *cfg)
{
    if (!cfg->state_dir)
        return 0;
    for (size_t i = 0; i < BOARD_AREAS; i++)
        if (b->area[i] && flash_sync(b->area[i]))
            return -1;
    return save_json(b, cfg->state_dir);
}

/* ---- a new phone ---- */

static int create(struct folder *f)
{
    const char *dir = f->cfg->state_dir;
    if (f->cfg->rom_dir) {
        for (size_t a = 0; a < BOARD_AREAS; a++)
            if (!f->created[a])
                return fail(f, "%s: %s.img is there already; a ROM fills only an empty folder", dir,
                            board_area_names[a]);
        if (state_fill(f->board, f->cfg->rom_dir, f->err, f->err_len))
            return -1;
    }
    if (state_save(f->board, f->cfg))
        return fail(f, "%s: cannot be written: %s", dir, strerror(errno));
    return 0;
}

/* Leaves nothing behind of a phone that could not be made. */
static void undo(const struct folder *f)
{
    char path[4096];
    for (size_t a = 0; a < BOARD_AREAS; a++)
        if (f->created[a] && !make_path(path, f->cfg->state_dir, board_area_names[a], ".img"))
            unlink(path);
}

int state_open(struct board *b, const struct mtksim_config *cfg, char *err, size_t err_len)
{
    struct folder f = {.board = b, .cfg = cfg, .err = err, .err_len = err_len};
    int rc = open_folder(&f);
    if (!rc && !f.known)
        rc = create(&f);
    if (rc && !f.known)
        undo(&f);
    return rc;
}
