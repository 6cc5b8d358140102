/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real phone would do at power-on with what is on this flash: BROM takes the preloader from boot1, the preloader
 * finds the GPT or its backup and loads lk and tee, lk loads boot and looks at vbmeta. Nothing runs here; every step
 * looks at what that program would look at (formats.md 2, 4.2, 5).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "formats/gpt.h"
#include "formats/header.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"
#include "simdev/firmware/phone.h"

#define BLOCK         512u
#define GFH_FILE_LEN  0x20u /* of FILE_INFO (2.3) */
#define GFH_FILE_INFO 0x38u
#define CHAIN_MAX     64u /* images in one partition; a longer chain is a loop of damaged headers */

/* One line of text that is cut off when it is full. */
struct line {
    char text[512];
    size_t len;
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        l->len += (size_t)n;
    if (l->len >= sizeof(l->text))
        l->len = sizeof(l->text) - 1;
}

struct check {
    struct board *board;
    struct mtk_gpt table;
    struct line chain; /* what was found good so far */
    struct line fault; /* the first broken link */
};

/* ---- preloader, as BROM sees it ---- */

static bool check_header(struct check *c, struct flash_area *boot)
{
    uint8_t block[MTK_PL_HEADER_EMMC];
    if (flash_read(boot, 0, block, sizeof(block))) {
        add(&c->fault, "boot1: cannot be read");
        return false;
    }
    if (mtk_preloader_header_emmc_valid(block, sizeof(block)))
        return true;
    if (memcmp(block, "EMMC_BOOT", 10))
        add(&c->fault, "preloader: no EMMC_BOOT header at boot1 0x0 (%08x is there)", get_le32(block));
    else
        add(&c->fault, "preloader: the BRLYT block at boot1 0x200 names no boot loader");
    return false;
}

static bool check_image(struct check *c, const uint8_t *image, size_t len)
{
    struct mtk_preloader pl;
    struct mtk_error e = {0};
    if (mtk_preloader_parse(image, len, "boot1", &pl, &e)) {
        add(&c->fault, "preloader: %s at boot1 0x%x", e.what, MTK_PL_HEADER_EMMC);
        return false;
    }
    if (pl.has_hash && !pl.hash_good) {
        add(&c->fault, "preloader: the SHA-256 of the image at boot1 0x%x is wrong", MTK_PL_HEADER_EMMC);
        return false;
    }
    add(&c->chain, "preloader (boot1)");
    return true;
}

static bool check_preloader(struct check *c)
{
    struct flash_area *boot = c->board->area[BOARD_BOOT1];
    uint8_t info[GFH_FILE_INFO];
    if (!boot || !check_header(c, boot))
        return false;
    if (flash_read(boot, MTK_PL_HEADER_EMMC, info, sizeof(info)) || (get_le32(info) & 0xffffff) != 0x4d4d4d) {
        add(&c->fault, "preloader: no GFH at boot1 0x%x", MTK_PL_HEADER_EMMC);
        return false;
    }
    uint32_t len = get_le32(info + GFH_FILE_LEN);
    if (len < sizeof(info) || len > MTK_PRELOADER_MAX_BYTES ||
        !range_fits(MTK_PL_HEADER_EMMC, len, flash_size(boot))) {
        add(&c->fault, "preloader: FILE_INFO at boot1 0x%x claims 0x%x bytes", MTK_PL_HEADER_EMMC, len);
        return false;
    }
    uint8_t *image = malloc(len);
    bool good = false;
    if (!image || flash_read(boot, MTK_PL_HEADER_EMMC, image, len))
        add(&c->fault, "preloader: boot1 cannot be read");
    else
        good = check_image(c, image, len);
    free(image);
    return good;
}

/* ---- partition table ---- */

static int read_user(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct board *b = ctx;
    if (flash_read(b->area[BOARD_USER], offset, buf, len))
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "user 0x%" PRIx64 " cannot be read", offset);
    return 0;
}

static bool check_table(struct check *c)
{
    struct flash_area *user = c->board->area[BOARD_USER];
    struct mtk_error e = {0};
    if (!user || mtk_gpt_read(read_user, c->board, flash_size(user), BLOCK, &c->table, &e)) {
        add(&c->fault, "GPT: %s", user ? e.what : "no user area");
        return false;
    }
    add(&c->chain, " -> GPT%s", c->table.from_backup ? " (backup)" : "");
    return true;
}

/* ---- images in partitions ---- */

/*
 * Looks at one partition. False and why: it would not be loaded. True: it would; remark gets what is worth saying
 * about it, if anything.
 */
typedef bool (*image_check)(struct flash_area *user, const struct mtk_gpt_entry *part, struct line *remark);

static bool blank(const uint8_t *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (p[i] != p[0])
            return false;
    return p[0] == 0x00 || p[0] == 0xff;
}

/* The preloader walks the 512-byte headers until one says that it is the last (5.3). */
static bool check_headers(struct flash_area *user, const struct mtk_gpt_entry *part, struct line *remark)
{
    uint64_t at = 0;
    for (unsigned n = 0; n < CHAIN_MAX; n++) {
        uint8_t raw[MTK_IMG_HEADER];
        struct mtk_img_header h;
        if (!range_fits(at, sizeof(raw), part->size) || flash_read(user, part->start + at, raw, sizeof(raw)))
            break;
        if (!mtk_img_header_parse(raw, sizeof(raw), &h)) {
            /* An unsigned image may leave list_end at 0 with nothing behind it (5.3). */
            if (n && blank(raw, sizeof(raw)))
                return true;
            add(remark, "magic is %08x at user 0x%" PRIx64, get_le32(raw), part->start + at);
            return false;
        }
        if (!h.dsize || !range_fits(at + sizeof(raw), h.dsize, part->size)) {
            add(remark, "image %s at user 0x%" PRIx64 " claims 0x%x bytes, the partition has 0x%" PRIx64,
                h.name, part->start + at, h.dsize, part->size);
            return false;
        }
        if (!h.extended || h.list_end == 1)
            return true;
        uint64_t align = h.align ? h.align : 1;
        at += sizeof(raw) + h.dsize;
        at = (at + align - 1) / align * align;
    }
    add(remark, "the list of images at user 0x%" PRIx64 " has no end", part->start);
    return false;
}

static bool check_android(struct flash_area *user, const struct mtk_gpt_entry *part, struct line *remark)
{
    uint8_t raw[4096];
    struct mtk_boot_header h;
    size_t n = part->size < sizeof(raw) ? (size_t)part->size : sizeof(raw);
    if (flash_read(user, part->start, raw, n)) {
        add(remark, "user 0x%" PRIx64 " cannot be read", part->start);
        return false;
    }
    if (!mtk_boot_header_parse(raw, n, &h)) {
        add(remark, "no ANDROID! header at user 0x%" PRIx64, part->start);
        return false;
    }
    if (!h.kernel_size || h.total > part->size) {
        add(remark,
            "header at user 0x%" PRIx64 " claims 0x%" PRIx64
            " bytes with a kernel of 0x%x, the partition has 0x%" PRIx64,
            part->start, h.total, h.kernel_size, part->size);
        return false;
    }
    return true;
}

static bool check_vbmeta(struct flash_area *user, const struct mtk_gpt_entry *part, struct line *remark)
{
    uint8_t raw[256];
    struct mtk_vbmeta_header h;
    uint64_t total;
    if (part->size < sizeof(raw) || flash_read(user, part->start, raw, sizeof(raw))) {
        add(remark, "user 0x%" PRIx64 " cannot be read", part->start);
        return false;
    }
    if (!mtk_vbmeta_parse(raw, sizeof(raw), &h)) {
        add(remark, "no AVB0 header at user 0x%" PRIx64, part->start);
        return false;
    }
    if (h.major != 1) {
        add(remark, "AVB0 header at user 0x%" PRIx64 " has version %u.%u, 1.x is understood", part->start,
            h.major, h.minor);
        return false;
    }
    if (!add_u64(h.auth_size, h.aux_size, &total) || !range_fits(sizeof(raw), total, part->size)) {
        add(remark, "AVB0 header at user 0x%" PRIx64 " claims blocks larger than the partition", part->start);
        return false;
    }
    if (h.flags & 2)
        add(remark, "verification disabled");
    else if (h.flags & 1)
        add(remark, "hashtree disabled");
    return true;
}

enum need {
    NEEDED,
    IF_LISTED, /* older layouts have no such partition */
    COSMETIC,  /* its absence is seen on the screen, not in the boot */
};

static const struct {
    const char *name, *spare; /* spare: second copy, tried when the first is broken; NULL if there is none */
    image_check check;
    enum need need;
} links[] = {
    {"lk", "lk2", check_headers, NEEDED},    {"tee1", "tee2", check_headers, NEEDED},
    {"boot", NULL, check_android, NEEDED},   {"vbmeta", NULL, check_vbmeta, IF_LISTED},
    {"logo", NULL, check_headers, COSMETIC},
};

static bool check_partition(struct check *c, const char *name, image_check check, struct line *remark)
{
    const struct mtk_gpt_entry *part = mtk_gpt_find(&c->table, name);
    if (part)
        return check(c->board->area[BOARD_USER], part, remark);
    add(remark, "not in the GPT");
    return false;
}

/* One link with its spare. False: broken, and the fault says why. */
static bool check_link(struct check *c, size_t i)
{
    struct line first = {.len = 0}, second = {.len = 0};
    const char *name = links[i].name, *spare = links[i].spare;
    bool listed = mtk_gpt_find(&c->table, name) != NULL;
    if (links[i].need != NEEDED && !listed)
        return true;
    if (check_partition(c, name, links[i].check, &first)) {
        if (links[i].need != COSMETIC)
            add(&c->chain, first.len ? " -> %s (%s)" : " -> %s", name, first.text);
        return true;
    }
    if (links[i].need == COSMETIC) {
        add(&c->chain, "; no picture (%s: %s)", name, first.text);
        return true;
    }
    if (spare && check_partition(c, spare, links[i].check, &second)) {
        add(&c->chain, " -> %s (%s: %s)", spare, name, first.text);
        return true;
    }
    add(&c->fault, "%s: %s", name, first.text);
    if (spare)
        add(&c->fault, "; %s: %s", spare, second.text);
    return false;
}

bool bootcheck(struct board *b, char *text, size_t text_len)
{
    struct check c = {.board = b};
    bool boots = check_preloader(&c) && check_table(&c);
    for (size_t i = 0; boots && i < sizeof(links) / sizeof(links[0]); i++)
        boots = check_link(&c, i);
    mtk_gpt_release(&c.table);
    if (text && text_len)
        snprintf(text, text_len, "%s", boots ? c.chain.text : c.fault.text);
    return boots;
}
