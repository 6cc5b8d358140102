/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash store, see flash.h. Memory content is a tree of three levels, each reference-counted and copied when a
 * holder that shares it writes: root -> leaf (512 chunks, 32 MiB) -> chunk (64 KiB). A clone shares the root, so it
 * costs one allocation; the first write copies one root, one leaf and one chunk.
 *
 * A clone of a file area is such a tree laid over the file: a chunk that is not in the tree is read from the file. The
 * owner of the file hands the old content to living clones before it changes a chunk.
 */
#include "simdev/board/flash.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "simdev/board/flash_file.h"

#define CHUNK_BYTES 65536u
#define LEAF_CHUNKS 512u

struct chunk {
    atomic_uint refs;
    uint8_t data[CHUNK_BYTES];
};

struct leaf {
    atomic_uint refs;
    struct chunk *chunk[LEAF_CHUNKS];
};

struct root {
    atomic_uint refs;
    size_t n;
    struct leaf *leaf[];
};

/* An open image file: one owner that writes it, any number of clones that read through it. */
struct image_file {
    unsigned refs;
    int fd;
    struct flash_area *clones;
};

struct flash_area {
    uint64_t size;
    uint8_t erased;          /* what bytes read as that nobody has written */
    struct root *root;       /* NULL: nothing written yet (always NULL for the owner of a file) */
    struct image_file *file; /* NULL: memory only */
    bool overlay;            /* file is only read, changes go to the tree */
    struct flash_area *next_clone;
};

/* Stands in a tree over a file for "erased, whatever the file has"; never looked into, counted or freed. */
static const struct chunk erased_chunk;
#define ERASED ((struct chunk *)&erased_chunk)

/* ---- reference counts ---- */

static void chunk_put(struct chunk *c)
{
    if (c && c != ERASED && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        free(c);
}

static struct chunk *chunk_get(struct chunk *c)
{
    if (c && c != ERASED)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

static void leaf_put(struct leaf *l)
{
    if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < LEAF_CHUNKS; i++)
        chunk_put(l->chunk[i]);
    free(l);
}

static void root_put(struct root *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < r->n; i++)
        leaf_put(r->leaf[i]);
    free(r);
}

static bool shared(const atomic_uint *refs)
{
    return atomic_load_explicit(refs, memory_order_acquire) > 1;
}

/* ---- the tree, for writing: each call gives a node that only this area holds, or NULL for no memory ---- */

static size_t leaves_of(uint64_t size)
{
    uint64_t chunks = size / CHUNK_BYTES + (size % CHUNK_BYTES != 0);
    return (size_t)(chunks / LEAF_CHUNKS + (chunks % LEAF_CHUNKS != 0));
}

static struct root *own_root(struct flash_area *a)
{
    if (a->root && !shared(&a->root->refs))
        return a->root;
    size_t n = leaves_of(a->size);
    struct root *r = calloc(1, sizeof(*r) + n * sizeof(r->leaf[0]));
    if (!r)
        return NULL;
    atomic_init(&r->refs, 1);
    r->n = n;
    for (size_t i = 0; a->root && i < n; i++) {
        r->leaf[i] = a->root->leaf[i];
        if (r->leaf[i])
            atomic_fetch_add_explicit(&r->leaf[i]->refs, 1, memory_order_relaxed);
    }
    root_put(a->root);
    a->root = r;
    return r;
}

static struct leaf *own_leaf(struct flash_area *a, uint64_t chunk_no)
{
    struct root *r = own_root(a);
    if (!r)
        return NULL;
    struct leaf **slot = &r->leaf[chunk_no / LEAF_CHUNKS];
    if (*slot && !shared(&(*slot)->refs))
        return *slot;
    struct leaf *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    atomic_init(&l->refs, 1);
    for (size_t i = 0; *slot && i < LEAF_CHUNKS; i++)
        l->chunk[i] = chunk_get((*slot)->chunk[i]);
    leaf_put(*slot);
    *slot = l;
    return l;
}

/* What the tree holds for a chunk: NULL, ERASED or data. */
static struct chunk *look_up(const struct flash_area *a, uint64_t chunk_no)
{
    const struct leaf *l = a->root ? a->root->leaf[chunk_no / LEAF_CHUNKS] : NULL;
    return l ? l->chunk[chunk_no % LEAF_CHUNKS] : NULL;
}

/* Puts c (whose reference it takes over) in place of what the tree holds. */
static int put_chunk(struct flash_area *a, uint64_t chunk_no, struct chunk *c)
{
    struct leaf *l = own_leaf(a, chunk_no);
    if (!l) {
        chunk_put(c);
        return -1;
    }
    struct chunk **slot = &l->chunk[chunk_no % LEAF_CHUNKS];
    chunk_put(*slot);
    *slot = c;
    return 0;
}

/* ---- what trees are laid over ---- */

static void file_put(struct image_file *f)
{
    if (f && --f->refs == 0) {
        close(f->fd);
        free(f);
    }
}

/* Length of chunk number n: only the last one of an area may be short. */
static size_t chunk_len(const struct flash_area *a, uint64_t n)
{
    uint64_t left = a->size - n * CHUNK_BYTES;
    return left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}

/* A fresh chunk with what the area reads as at this moment; NULL for no memory or a file error. */
static struct chunk *copy_chunk(struct flash_area *a, uint64_t n, const struct chunk *from)
{
    struct chunk *c = malloc(sizeof(*c));
    if (!c)
        return NULL;
    atomic_init(&c->refs, 1);
    if (from == ERASED || (!from && !a->file)) {
        memset(c->data, a->erased, CHUNK_BYTES);
    } else if (from) {
        memcpy(c->data, from->data, CHUNK_BYTES);
    } else {
        size_t have = chunk_len(a, n);
        if (flash_file_read(a->file->fd, n * CHUNK_BYTES, c->data, have) != 0) {
            free(c);
            return NULL;
        }
        memset(c->data + have, a->erased, CHUNK_BYTES - have);
    }
    return c;
}

/* Before the owner changes a range of its file: living clones keep what they saw. Holes that are erased space are not
 * copied. */
static int preserve(struct flash_area *owner, uint64_t offset, uint64_t len)
{
    if (!len)
        return 0;
    for (struct flash_area *c = owner->file->clones; c; c = c->next_clone) {
        uint64_t last = (offset + len - 1) / CHUNK_BYTES;
        uint64_t data_from = 0; /* first offset from here on that is not a hole */
        for (uint64_t n = offset / CHUNK_BYTES; n <= last; n++) {
            if (look_up(c, n))
                continue;
            uint64_t end = n * CHUNK_BYTES + chunk_len(c, n);
            if (!owner->erased && data_from <= n * CHUNK_BYTES) {
                off_t d = lseek(owner->file->fd, (off_t)(n * CHUNK_BYTES), SEEK_DATA);
                data_from = d >= 0 ? (uint64_t)d : errno == ENXIO ? owner->size : n * CHUNK_BYTES;
            }
            bool hole = !owner->erased && data_from >= end;
            struct chunk *copy = hole ? ERASED : copy_chunk(c, n, NULL);
            if (!copy || put_chunk(c, n, copy) != 0)
                return -1;
        }
    }
    return 0;
}

/* ---- areas ---- */

struct flash_area *flash_new_erased(uint64_t size, uint8_t erased)
{
    struct flash_area *a = calloc(1, sizeof(*a));
    if (a) {
        a->size = size;
        a->erased = erased;
    }
    return a;
}

struct flash_area *flash_new(uint64_t size)
{
    return flash_new_erased(size, 0);
}

struct flash_area *flash_open_erased(const char *path, uint64_t size, uint8_t erased)
{
    int fd = flash_file_open(path, &size, erased);
    if (fd < 0)
        return NULL;
    struct flash_area *a = flash_new_erased(size, erased);
    struct image_file *f = calloc(1, sizeof(*f));
    if (!a || !f) {
        free(a);
        free(f);
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    f->refs = 1;
    f->fd = fd;
    a->file = f;
    return a;
}

struct flash_area *flash_open(const char *path, uint64_t size)
{
    return flash_open_erased(path, size, 0);
}

struct flash_area *flash_clone(struct flash_area *a)
{
    struct flash_area *c = flash_new_erased(a->size, a->erased);
    if (!c)
        return NULL;
    if (a->root) {
        atomic_fetch_add_explicit(&a->root->refs, 1, memory_order_relaxed);
        c->root = a->root;
    }
    if (a->file) {
        a->file->refs++;
        c->file = a->file;
        c->overlay = true;
        c->next_clone = a->file->clones;
        a->file->clones = c;
    }
    return c;
}

void flash_free(struct flash_area *a)
{
    if (!a)
        return;
    if (a->overlay) {
        struct flash_area **p = &a->file->clones;
        while (*p != a)
            p = &(*p)->next_clone;
        *p = a->next_clone;
    }
    root_put(a->root);
    file_put(a->file);
    free(a);
}

uint64_t flash_size(const struct flash_area *a)
{
    return a->size;
}

static int in_range(const struct flash_area *a, uint64_t offset, uint64_t len)
{
    if (range_fits(offset, len, a->size))
        return 0;
    errno = ERANGE;
    return -1;
}

int flash_read(struct flash_area *a, uint64_t offset, void *buf, size_t len)
{
    if (in_range(a, offset, len) != 0)
        return -1;
    if (a->file && !a->overlay)
        return flash_file_read(a->file->fd, offset, buf, len);
    uint8_t *out = buf;
    while (len) {
        size_t at = (size_t)(offset % CHUNK_BYTES);
        size_t n = CHUNK_BYTES - at < len ? CHUNK_BYTES - at : len;
        const struct chunk *c = look_up(a, offset / CHUNK_BYTES);
        if (c == ERASED || (!c && !a->file))
            memset(out, a->erased, n);
        else if (c)
            memcpy(out, c->data + at, n);
        else if (flash_file_read(a->file->fd, offset, out, n) != 0)
            return -1;
        out += n;
        offset += n;
        len -= n;
    }
    return 0;
}

static bool all_equal(const uint8_t *p, size_t n, uint8_t value)
{
    return n == 0 || (p[0] == value && memcmp(p, p + 1, n - 1) == 0);
}

/* Writes into one chunk of a tree; without bytes: erases that part of it. */
static int write_chunk(struct flash_area *a, uint64_t no, size_t at, const uint8_t *p, size_t n)
{
    struct chunk *c = look_up(a, no);
    bool is_erased = c == ERASED || (!c && !a->file);
    if (is_erased && (!p || all_equal(p, n, a->erased)))
        return 0; /* what reads so already costs no memory */
    struct leaf *l = own_leaf(a, no);
    if (!l)
        return -1;
    struct chunk **slot = &l->chunk[no % LEAF_CHUNKS];
    c = *slot; /* own_leaf may have added a holder, so "shared" is asked now */
    if (!c || c == ERASED || shared(&c->refs)) {
        struct chunk *fresh;
        if (n == CHUNK_BYTES) {
            fresh = malloc(sizeof(*fresh));
            if (fresh)
                atomic_init(&fresh->refs, 1);
        } else {
            fresh = copy_chunk(a, no, c);
        }
        if (!fresh)
            return -1;
        chunk_put(c);
        *slot = c = fresh;
    }
    if (p)
        memcpy(c->data + at, p, n);
    else
        memset(c->data + at, a->erased, n);
    return 0;
}

int flash_write(struct flash_area *a, uint64_t offset, const void *buf, size_t len)
{
    if (in_range(a, offset, len) != 0)
        return -1;
    if (a->file && !a->overlay) {
        if (a->file->clones && preserve(a, offset, len) != 0)
            return -1;
        return flash_file_write(a->file->fd, offset, buf, len);
    }
    const uint8_t *p = buf;
    while (len) {
        size_t at = (size_t)(offset % CHUNK_BYTES);
        size_t n = CHUNK_BYTES - at < len ? CHUNK_BYTES - at : len;
        if (write_chunk(a, offset / CHUNK_BYTES, at, p, n) != 0)
            return -1;
        p += n;
        offset += n;
        len -= n;
    }
    return 0;
}

/* Erases a part of one chunk of a tree. */
static int erase_part(struct flash_area *a, uint64_t no, size_t at, size_t n)
{
    struct chunk *c = look_up(a, no);
    if (c == ERASED || (!c && !a->file))
        return 0;
    if (n < chunk_len(a, no))
        return write_chunk(a, no, at, NULL, n);
    return put_chunk(a, no, a->file ? ERASED : NULL);
}

int flash_erase(struct flash_area *a, uint64_t offset, uint64_t len)
{
    if (in_range(a, offset, len) != 0)
        return -1;
    if (a->file && !a->overlay) {
        if (a->file->clones && preserve(a, offset, len) != 0)
            return -1;
        return flash_file_erase(a->file->fd, offset, len, a->erased);
    }
    const uint64_t leaf_bytes = (uint64_t)LEAF_CHUNKS * CHUNK_BYTES;
    while (len && (a->root || a->file)) {
        uint64_t n = leaf_bytes - offset % leaf_bytes;
        size_t leaf_no = (size_t)(offset / leaf_bytes);
        bool empty = !a->file && !a->root->leaf[leaf_no];
        if (!empty && (n != leaf_bytes || len < n || a->file)) {
            size_t at = (size_t)(offset % CHUNK_BYTES);
            n = CHUNK_BYTES - at;
            if (n > len)
                n = len;
            if (erase_part(a, offset / CHUNK_BYTES, at, (size_t)n) != 0)
                return -1;
        } else if (!empty) {
            struct root *r = own_root(a);
            if (!r)
                return -1;
            leaf_put(r->leaf[leaf_no]);
            r->leaf[leaf_no] = NULL;
        }
        if (n > len)
            n = len;
        offset += n;
        len -= n;
    }
    return 0;
}

int flash_sync(struct flash_area *a)
{
    return a->file && !a->overlay ? fdatasync(a->file->fd) : 0;
}

int flash_lock(struct flash_area *a)
{
    return a->file && !a->overlay ? flock(a->file->fd, LOCK_EX | LOCK_NB) : 0;
}

uint64_t flash_used(const struct flash_area *a)
{
    if (a->file && !a->overlay) {
        struct stat st;
        return fstat(a->file->fd, &st) == 0 ? (uint64_t)st.st_blocks * 512u : 0;
    }
    uint64_t chunks = 0;
    for (size_t i = 0; a->root && i < a->root->n; i++) {
        const struct leaf *l = a->root->leaf[i];
        for (size_t k = 0; l && k < LEAF_CHUNKS; k++)
            chunks += l->chunk[k] && l->chunk[k] != ERASED;
    }
    return chunks * CHUNK_BYTES;
}
