/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone in a folder: boot1.img, boot2.img, rpmb.img and user.img (UFS: lu0.img, lu1.img, rpmb.img, lu2.img; NAND:
 * nand.img and its spare bytes in nand.oob) are raw images that any tool opens; phone.json says whose they are. A new phone is there once its phone.json is: it is written last. Images without it are content that
 * somebody put there for a new phone; they are taken over, never overwritten.
 */
#include "simdev/firmware/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "formats/file.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/rom/factory.h"
#include "simdev/rom/out.h"
#include "simdev/rom/phone_json.h"

#define JSON_FILE "phone.json"
#define JSON_TMP  "phone.json.tmp"
#define JSON_MAX  65536

/* One folder while it is opened. */
struct folder {
    struct board *board;
    const struct mtksim_config *cfg;
    char json[4096];
    bool known;                 /* phone.json is there */
    bool created[BOARD_AREAS];  /* images that were made here and now */
    uint64_t size[BOARD_AREAS]; /* 0: what the image has */
    char *err;
    size_t err_len;
};

static int make_path(char path[4096], const char *dir, const char *name)
{
    int n = snprintf(path, 4096, "%s/%s", dir, name);
    if (n > 0 && n < 4096)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* ---- opening ---- */

/* File name of an area, NULL if the storage has none. */
static const char *area_file(const struct board *b, enum board_area a, char buf[32])
{
    const char *name = board_area_name(b->storage, a);
    if (!name)
        return NULL;
    if (a == BOARD_OOB)
        snprintf(buf, 32, "%s.oob", board_area_name(b->storage, BOARD_USER));
    else
        snprintf(buf, 32, "%s.img", name);
    return buf;
}

/* What the size of an area is a multiple of: a block of NAND with all its pages, one of the controller elsewhere. */
static uint32_t unit_of(const struct board *b, enum board_area a)
{
    if (b->storage != BOARD_NAND)
        return board_block_size(b);
    return b->nand.pages_per_block * (a == BOARD_OOB ? b->nand.spare_size : b->nand.page_size);
}

/* Opens the image of one area; a new phone gets a blank one if there is none. */
static int open_area(struct folder *f, enum board_area a, uint64_t size, uint64_t fresh_size)
{
    char path[4096], file[32];
    struct stat st;
    const char *dir = f->cfg->state_dir, *name = board_area_name(f->board->storage, a);
    if (!area_file(f->board, a, file))
        return 0;
    if (make_path(path, dir, file))
        return mtk_why(f->err, f->err_len, "%s: the name is too long", dir);
    bool there = !stat(path, &st) && st.st_size > 0;
    if (!there && f->known)
        return mtk_why(f->err, f->err_len,
                       "%s: missing or empty, though %s/" JSON_FILE " says that there is a phone", path, dir);
    if (there && size && (uint64_t)st.st_size != size)
        return mtk_why(f->err, f->err_len,
                       "%s: has %" PRIu64 " bytes, the phone has %" PRIu64 " (sizes.%s of " JSON_FILE
                       " or the size asked for)",
                       path, (uint64_t)st.st_size, size, name);
    if (there && st.st_size % unit_of(f->board, a))
        return mtk_why(f->err, f->err_len, "%s: its size is not a multiple of %u bytes", path,
                       unit_of(f->board, a));
    f->board->area[a] = flash_open_erased(path, there ? size : fresh_size, board_erased_value(f->board));
    if (!f->board->area[a])
        return mtk_why(f->err, f->err_len, "%s: %s", path, strerror(errno));
    f->created[a] = !there;
    return 0;
}

/* The area that carries the lock: it is opened first, before anything is believed. */
static enum board_area first_area(const struct board *b)
{
    return board_area_name(b->storage, BOARD_BOOT1) ? BOARD_BOOT1 : BOARD_USER;
}

static int open_locked(struct folder *f)
{
    enum board_area a = first_area(f->board);
    if (open_area(f, a, f->size[a], board_area_size(f->board, a, f->cfg->storage_size)))
        return -1;
    if (!flash_lock(f->board->area[a]))
        return 0;
    f->created[a] = false; /* whoever holds the lock may have made it just before */
    if (errno == EWOULDBLOCK)
        return mtk_why(f->err, f->err_len, "%s: another process runs this phone", f->cfg->state_dir);
    return mtk_why(f->err, f->err_len, "%s: cannot be locked: %s", f->cfg->state_dir, strerror(errno));
}

/* What phone.json says replaces what followed from the configuration; blown fuses stay blown. */
static void adopt(struct board *b, const struct board *stored)
{
    struct board_fuses asked = b->fuses;
    b->fuses = stored->fuses;
    b->fuses.sbc |= asked.sbc;
    b->fuses.sla |= asked.sla;
    b->fuses.daa |= asked.daa;
    b->fuses.epp |= asked.epp;
    b->fuses.root_cert |= asked.root_cert;
    b->fuses.da_sla |= asked.da_sla;
    b->fuses.mem_read_auth |= asked.mem_read_auth;
    b->fuses.mem_write_auth |= asked.mem_write_auth;
    b->fuses.c8_blocked |= asked.c8_blocked;
    b->fuses.usbdl_secure |= asked.usbdl_secure;
    if (asked.arb_da > b->fuses.arb_da)
        b->fuses.arb_da = asked.arb_da;
    if (asked.arb_preloader > b->fuses.arb_preloader)
        b->fuses.arb_preloader = asked.arb_preloader;
    b->soc = stored->soc;
    b->chip = stored->chip;
    b->storage = stored->storage;
    b->table_pmt = stored->table_pmt;
    b->seed = stored->seed;
    b->emmc = stored->emmc;
    b->ufs = stored->ufs;
    b->nand = stored->nand;
    b->dram.type = stored->dram.type;
    b->dram.size = stored->dram.size;
    b->battery_mv = stored->battery_mv; /* follows from the phone's own seed */
    memcpy(b->me_id, stored->me_id, sizeof(b->me_id));
    memcpy(b->soc_id, stored->soc_id, sizeof(b->soc_id));
    memcpy(b->random_id, stored->random_id, sizeof(b->random_id));
    memcpy(b->hrid, stored->hrid, sizeof(b->hrid));
}

/* A phone that exists is taken as it is: what asks for another one is refused, nothing is ignored. */
static int refuse_other(struct folder *f, const struct board *stored)
{
    const struct mtksim_config *cfg = f->cfg;
    if (cfg->chip && soc_find(cfg->chip) != stored->soc)
        return mtk_why(f->err, f->err_len, "%s: field chip: the folder holds an %s, an %s was asked for",
                       f->json, stored->soc->name, cfg->chip);
    if (cfg->storage && strcasecmp(cfg->storage, board_storage_name(stored->storage)) != 0)
        return mtk_why(f->err, f->err_len, "%s: field storage: the phone has %s, %s was asked for", f->json,
                       board_storage_name(stored->storage), cfg->storage);
    if (cfg->storage_size && cfg->storage_size != f->size[BOARD_USER])
        return mtk_why(f->err, f->err_len,
                       "%s: field sizes.%s: the phone has %" PRIu64 " bytes, %" PRIu64 " were asked for",
                       f->json, board_area_name(stored->storage, BOARD_USER), f->size[BOARD_USER],
                       cfg->storage_size);
    if (cfg->seed && cfg->seed != stored->seed)
        return mtk_why(f->err, f->err_len,
                       "%s: field seed: the phone exists already with seed 0x%" PRIx64 ", 0x%" PRIx64
                       " was asked for",
                       f->json, stored->seed, cfg->seed);
    if (cfg->rom_dir)
        return mtk_why(f->err, f->err_len, "%s: the phone exists already; a ROM (%s) fills only a new one",
                       cfg->state_dir, cfg->rom_dir);
    return 0;
}

/* Looks whether there is a phone, and what it is. */
static int learn(struct folder *f)
{
    struct mtk_blob blob;
    struct mtk_error e = {0};
    struct board stored;
    char why[160];
    f->known = !access(f->json, F_OK);
    if (!f->known)
        return 0;
    if (mtk_file_read(f->json, JSON_MAX, &blob, &e)) {
        rom_sentence(&e, f->err, f->err_len);
        return -1;
    }
    int rc = phone_json_read((const char *)blob.data, blob.len, &stored, f->size, why, sizeof(why));
    mtk_blob_release(&blob);
    if (rc)
        return mtk_why(f->err, f->err_len, "%s: %s", f->json, why);
    if (refuse_other(f, &stored))
        return -1;
    adopt(f->board, &stored);
    return 0;
}

/* A new phone has to be one that there can be. */
static int check_new(struct folder *f)
{
    const struct board *b = f->board;
    uint64_t user = f->cfg->storage_size;
    if (f->cfg->storage && strcasecmp(f->cfg->storage, board_storage_name(b->storage)) != 0)
        return mtk_why(f->err, f->err_len, "an %s does not come with %s", b->soc->name, f->cfg->storage);
    uint32_t unit = unit_of(b, BOARD_USER);
    if (user % unit)
        return mtk_why(f->err, f->err_len, "storage size %" PRIu64 " is not a multiple of %u", user, unit);
    uint32_t least = b->nand.pool_blocks + PHONE_NAND_MIN;
    if (user && b->storage == BOARD_NAND && (user / unit < least || user / unit > NAND_BLOCKS_MAX))
        return mtk_why(f->err, f->err_len,
                       "storage size %" PRIu64 ": NAND has from %u to %u blocks of %u bytes here", user,
                       least, NAND_BLOCKS_MAX, unit);
    return 0;
}

/* The other areas, and the bad blocks of a new NAND. */
static int open_rest(struct folder *f)
{
    struct board *b = f->board;
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++) {
        uint64_t user = b->area[BOARD_USER] ? flash_size(b->area[BOARD_USER]) : f->cfg->storage_size;
        if (!b->area[a] && open_area(f, a, f->size[a], board_area_size(b, a, user)))
            return -1;
    }
    /* A chip that somebody else filled has the bad blocks that its spare bytes say. */
    if (!f->known && f->created[BOARD_USER] && f->created[BOARD_OOB] && board_mark_factory_bad(b))
        return mtk_why(f->err, f->err_len, "%s: the spare bytes cannot be written: %s", f->cfg->state_dir,
                       strerror(errno));
    return 0;
}

static int open_folder(struct folder *f)
{
    struct mtk_error e = {0};
    if (rom_make_folder(f->cfg->state_dir, &e)) {
        rom_sentence(&e, f->err, f->err_len);
        return -1;
    }
    if (make_path(f->json, f->cfg->state_dir, JSON_FILE))
        return mtk_why(f->err, f->err_len, "%s: the name is too long", f->cfg->state_dir);
    /* The first look says which file carries the lock; only what is read under the lock is believed. */
    f->size[BOARD_USER] = f->cfg->storage_size;
    if (learn(f) || (!f->known && check_new(f)))
        return -1;
    enum board_storage storage = f->board->storage;
    if (open_locked(f) || learn(f))
        return -1;
    if (f->board->storage != storage)
        return mtk_why(f->err, f->err_len, "%s: another process made a phone here meanwhile",
                       f->cfg->state_dir);
    return open_rest(f);
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
    if (make_path(path, dir, JSON_FILE) || make_path(tmp, dir, JSON_TMP))
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
    char file[32];
    for (enum board_area a = BOARD_BOOT1; f->cfg->rom_dir && a < BOARD_AREAS; a++)
        if (!f->created[a] && area_file(f->board, a, file))
            return mtk_why(f->err, f->err_len, "%s: %s is there already; a ROM fills only an empty folder",
                           dir, file);
    if (f->cfg->rom_dir && state_fill(f->board, f->cfg->rom_dir, f->err, f->err_len))
        return -1;
    if (state_save(f->board, f->cfg))
        return mtk_why(f->err, f->err_len, "%s: cannot be written: %s", dir, strerror(errno));
    return 0;
}

/* Leaves nothing behind of a phone that could not be made. */
static void undo(const struct folder *f)
{
    char path[4096], file[32];
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++)
        if (f->created[a] && area_file(f->board, a, file) && !make_path(path, f->cfg->state_dir, file))
            unlink(path);
}

int state_open(struct board *b, const struct mtksim_config *cfg, char *err, size_t err_len)
{
    struct folder f = {.board = b, .cfg = cfg, .err = err, .err_len = err_len};
    int rc = open_folder(&f);
    if (!rc && !f.known)
        rc = create(&f);
    else if (!rc && !b->fuses.has_root_key && factory_adopt_vendor(b))
        rc = mtk_why(f.err, f.err_len, "out of memory");
    if (rc && !f.known)
        undo(&f);
    return rc;
}
