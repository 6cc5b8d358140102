/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real phone would do at power-on with what is on this flash: BROM takes the preloader from the first boot area
 * and, if the phone has secure boot, verifies it; the preloader finds the partition table or its second copy and loads
 * lk and tee; lk reads the lock state, loads boot and looks at vbmeta. Nothing runs here; every step looks at what that
 * program would look at (formats.md 2, 4, 5; brom-preloader.md 6).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/error.h"
#include "simdev/firmware/boot_state.h"
#include "simdev/firmware/bootcheck.h"
#include "simdev/firmware/phone.h"
#include "simdev/firmware/security.h"

#define HEADER_MAX 0x4000u /* longest block in front of a preloader: a NAND page */

struct check {
    struct boot_flash flash;
    struct boot_policy policy;
    struct boot_line chain; /* what was found good so far */
    struct boot_line fault; /* the first broken link */
};

/* ---- preloader, as BROM sees it ---- */

static bool check_header(struct check *c)
{
    static const char *const names[] = {
        [MTK_BOOT_EMMC] = "EMMC_BOOT", [MTK_BOOT_UFS] = "UFS_BOOT", [MTK_BOOT_NAND] = "BOOTLOADER!"};
    const struct board *b = c->flash.board;
    const char *area = boot_area_name(b), *name = names[boot_device(b)];
    uint8_t block[HEADER_MAX];
    size_t len = boot_header_len(b);
    if (len > sizeof(block) || boot_preloader_read(&c->flash, 0, block, len)) {
        boot_line_add(&c->fault, "preloader: %s cannot be read", area);
        return false;
    }
    if (mtk_preloader_header_valid(boot_device(b), b->nand.page_size, block, len))
        return true;
    if (memcmp(block, name, strlen(name)))
        boot_line_add(&c->fault, "preloader: no %s header at %s 0x0 (%08x is there)", name, area,
                      get_le32(block));
    else if (boot_device(b) == MTK_BOOT_NAND)
        boot_line_add(&c->fault, "preloader: the NFIINFO record at %s 0x0 does not describe this chip", area);
    else
        boot_line_add(&c->fault, "preloader: the BRLYT block at %s 0x200 names no boot loader", area);
    return false;
}

/* Secure boot, and the version that the fuses demand. */
static bool check_trust(struct check *c, const uint8_t *image, size_t len)
{
    enum security_verdict v = security_verify_preloader(c->flash.board, image, len);
    if (v == SECURITY_OK)
        return true;
    boot_line_add(&c->fault, "preloader: the image at %s 0x%zx %s", boot_area_name(c->flash.board),
                  boot_header_len(c->flash.board), security_text(v));
    return false;
}

static bool check_image(struct check *c, const uint8_t *image, size_t len)
{
    const char *area = boot_area_name(c->flash.board);
    size_t at = boot_header_len(c->flash.board);
    struct mtk_preloader pl;
    struct mtk_error e = {0};
    if (mtk_preloader_parse(image, len, area, &pl, &e)) {
        boot_line_add(&c->fault, "preloader: %s at %s 0x%zx", e.what, area, at);
        return false;
    }
    if (pl.has_hash && !pl.hash_good) {
        boot_line_add(&c->fault, "preloader: the SHA-256 of the image at %s 0x%zx is wrong", area, at);
        return false;
    }
    if (!check_trust(c, image, len))
        return false;
    boot_line_add(&c->chain, "preloader (%s)", area);
    return true;
}

static bool check_preloader(struct check *c)
{
    const char *area = boot_area_name(c->flash.board);
    size_t at = boot_header_len(c->flash.board);
    uint32_t claim;
    if (!check_header(c))
        return false;
    uint8_t *image = boot_preloader_image(&c->flash, &claim);
    bool good = false;
    if (image)
        good = check_image(c, image, claim);
    else if (claim)
        boot_line_add(&c->fault, "preloader: FILE_INFO at %s 0x%zx claims 0x%x bytes", area, at, claim);
    else
        boot_line_add(&c->fault, "preloader: no GFH at %s 0x%zx", area, at);
    free(image);
    return good;
}

/* ---- partition table ---- */

static bool check_table(struct check *c)
{
    struct mtk_error e = {0};
    int rc = boot_table_read(&c->flash, &e);
    const char *kind = c->flash.pmt ? "PMT" : "GPT", *second = c->flash.pmt ? "mirror" : "backup";
    if (rc)
        boot_line_add(&c->fault, "%s: %s", kind, e.what);
    else if (c->flash.from_backup)
        boot_line_add(&c->chain, " -> %s (%s)", kind, second);
    else
        boot_line_add(&c->chain, " -> %s", kind);
    return !rc;
}

/* ---- what the phone remembers ---- */

/* The partition under its name of either era, NULL if it is not listed. */
static const struct boot_part *find_either(const struct check *c, const char *name, const char *old)
{
    const struct boot_part *part = boot_part_find(&c->flash, name);
    return part ? part : boot_part_find(&c->flash, old);
}

/* Whether vbmeta must be obeyed. A phone that cannot believe its own lock state takes itself for locked. */
static void read_lock(struct check *c)
{
    uint8_t raw[0x200];
    const struct boot_part *part = find_either(c, "seccfg", "SECCFG");
    enum boot_lock lock = BOOT_LOCK_NONE;
    if (part)
        lock = part->size < sizeof(raw) || boot_read(&c->flash, part->start, raw, sizeof(raw))
                   ? BOOT_LOCK_DAMAGED
                   : boot_lock_read(c->flash.board, raw, sizeof(raw));
    c->policy.locked = lock == BOOT_LOCK_CLOSED || lock == BOOT_LOCK_DAMAGED ||
                       (lock == BOOT_LOCK_NONE && c->flash.board->fuses.sbc);
    if (lock == BOOT_LOCK_DAMAGED)
        boot_line_add(&c->chain, " -> %s is damaged or not of this phone (taken as locked)", part->name);
}

/* ---- the links ---- */

enum need {
    NEEDED,
    IF_LISTED, /* older layouts have no such partition */
    COSMETIC,  /* its absence is seen on the screen, not in the boot */
};

struct link {
    const char *name, *spare; /* spare: second copy, tried when the first is broken; NULL if there is none */
    boot_image_check check;
    enum need need;
    bool in_slots; /* A/B: each slot has its own */
};

static const struct link links_gpt[] = {
    {"lk", "lk2", boot_check_headers, NEEDED, false},
    {"tee1", "tee2", boot_check_headers, NEEDED, false},
    {"boot", NULL, boot_check_android, NEEDED, false},
    {"vbmeta", NULL, boot_check_vbmeta, IF_LISTED, false},
    {"logo", NULL, boot_check_headers, COSMETIC, false},
    {NULL, NULL, NULL, NEEDED, false},
};
static const struct link links_slots[] = {
    {"lk", NULL, boot_check_headers, NEEDED, true},
    {"tee", NULL, boot_check_headers, NEEDED, true},
    {"boot", NULL, boot_check_android, NEEDED, true},
    {"vendor_boot", NULL, boot_check_vendor, IF_LISTED, true},
    {"vbmeta", NULL, boot_check_vbmeta, NEEDED, true},
    {"logo", NULL, boot_check_headers, COSMETIC, false},
    {NULL, NULL, NULL, NEEDED, false},
};
static const struct link links_pmt[] = {
    {"UBOOT", NULL, boot_check_headers, NEEDED, false},
    {"BOOTIMG", NULL, boot_check_android, NEEDED, false},
    {"LOGO", NULL, boot_check_headers, COSMETIC, false},
    {NULL, NULL, NULL, NEEDED, false},
};

/* What is walked through, and what came of it. */
struct walk {
    struct check *c;
    const char *suffix; /* of the slot, "" without slots */
    struct boot_line chain, fault;
};

static bool check_partition(struct walk *w, const char *name, const struct link *l, struct boot_line *remark)
{
    const struct boot_part *part = boot_part_find(&w->c->flash, name);
    if (part)
        return l->check(&w->c->flash, &w->c->policy, part, remark);
    boot_line_add(remark, "not in the %s", w->c->flash.pmt ? "PMT" : "GPT");
    return false;
}

/* One link with its spare. False: broken, and the fault says why. */
static bool check_link(struct walk *w, const struct link *l)
{
    struct boot_line first = {.len = 0}, second = {.len = 0};
    char name[64];
    snprintf(name, sizeof(name), "%s%s", l->name, l->in_slots ? w->suffix : "");
    if (l->need != NEEDED && !boot_part_find(&w->c->flash, name))
        return true;
    if (check_partition(w, name, l, &first)) {
        if (l->need != COSMETIC)
            boot_line_add(&w->chain, first.len ? " -> %s (%s)" : " -> %s", name, first.text);
        return true;
    }
    if (l->need == COSMETIC) {
        boot_line_add(&w->chain, "; no picture (%s: %s)", name, first.text);
        return true;
    }
    if (l->spare && check_partition(w, l->spare, l, &second)) {
        boot_line_add(&w->chain, " -> %s (%s: %s)", l->spare, name, first.text);
        return true;
    }
    boot_line_add(&w->fault, "%s: %s", name, first.text);
    if (l->spare)
        boot_line_add(&w->fault, "; %s: %s", l->spare, second.text);
    return false;
}

static bool check_links(struct walk *w, const struct link *links)
{
    bool boots = true;
    for (; boots && links->name; links++)
        boots = check_link(w, links);
    return boots;
}

/* ---- slots ---- */

/* Slots in the order in which they are tried; returns how many. */
static size_t read_slots(struct check *c, unsigned order[BOOT_SLOTS])
{
    uint8_t raw[BOOT_SLOTS_LEN] = {0};
    struct boot_slot slot[BOOT_SLOTS];
    const struct boot_part *misc = boot_part_find(&c->flash, "misc");
    if (!misc || !range_fits(BOOT_SLOTS_AT, sizeof(raw), misc->size) ||
        boot_read(&c->flash, misc->start + BOOT_SLOTS_AT, raw, sizeof(raw)))
        memset(raw, 0, sizeof(raw));
    if (!boot_slots_read(raw, slot))
        boot_line_add(&c->chain, " -> misc says nothing about slots");
    unsigned best = slot[1].priority > slot[0].priority;
    size_t n = 0;
    for (unsigned i = 0; i < BOOT_SLOTS; i++)
        if (boot_slot_bootable(&slot[i ? !best : best]))
            order[n++] = i ? !best : best;
    return n;
}

/* A slot that does not boot gives way to the other one, if that may be booted. */
static bool check_slots(struct check *c)
{
    static const char *const suffixes[BOOT_SLOTS] = {"_a", "_b"};
    unsigned order[BOOT_SLOTS];
    size_t n = read_slots(c, order);
    if (!n)
        boot_line_add(&c->fault, "misc: neither slot may be booted");
    for (size_t i = 0; i < n; i++) {
        struct walk w = {.c = c, .suffix = suffixes[order[i]]};
        if (check_links(&w, links_slots)) {
            boot_line_add(&c->chain, c->fault.len ? " -> slot %c (%s)%s" : " -> slot %c%s%s", w.suffix[1],
                          c->fault.text, w.chain.text);
            return true;
        }
        boot_line_add(&c->fault, "%sslot %c: %s", c->fault.len ? "; " : "", w.suffix[1], w.fault.text);
    }
    return false;
}

static bool check_system(struct check *c)
{
    if (boot_part_find(&c->flash, "boot_a"))
        return check_slots(c);
    struct walk w = {.c = c, .suffix = ""};
    bool boots = check_links(&w, c->flash.pmt ? links_pmt : links_gpt);
    boot_line_add(&c->chain, "%s", w.chain.text);
    boot_line_add(&c->fault, "%s", w.fault.text);
    return boots;
}

bool bootcheck(struct board *b, char *text, size_t text_len)
{
    struct check c = {.policy = {.locked = false}};
    bool boots = false;
    if (boot_flash_open(&c.flash, b))
        boot_line_add(&c.fault, "%s", b->area[BOARD_USER] ? "out of memory" : "there is no flash");
    else if (check_preloader(&c) && check_table(&c)) {
        read_lock(&c);
        boots = check_system(&c);
    }
    boot_flash_close(&c.flash);
    if (text && text_len)
        snprintf(text, text_len, "%s", boots ? c.chain.text : c.fault.text);
    return boots;
}
