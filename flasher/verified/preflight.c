/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that need no phone. Those that do are in preflight_phone.c. */
#include "flasher/verified/preflight.h"

#include <inttypes.h>
#include <string.h>

#include "flasher/verified/extent.h"
#include "flasher/verified/policy.h"
#include "formats/header.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* Files are summed in pieces of this size. */
#define PIECE (256u << 10)
/* The longest of the headers that are looked at. */
#define HEAD 4096u

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- what an image begins with ---- */

/* Says what is wrong with the beginning of an image, NULL if nothing is. Signed and packed images are not looked into. */
static const char *wrong_mtk(const uint8_t *head, size_t n, uint64_t size)
{
    struct mtk_img_header h;
    if (!mtk_img_header_parse(head, n, &h))
        return "does not begin with a MediaTek image header";
    return (uint64_t)h.dsize + MTK_IMG_HEADER > size ? "is shorter than its header says" : NULL;
}

static const char *wrong_boot(const uint8_t *head, size_t n, uint64_t size)
{
    struct mtk_boot_header h;
    if (!mtk_boot_header_parse(head, n, &h))
        return "does not begin with an Android boot header";
    return h.total > size ? "is shorter than its header says" : NULL;
}

static const char *wrong_vbmeta(const uint8_t *head, size_t n, uint64_t size)
{
    struct mtk_vbmeta_header h;
    (void)size;
    return mtk_vbmeta_parse(head, n, &h) ? NULL : "does not begin with a vbmeta header";
}

static int check_head(struct mtk_session *s, const struct mtk_item *it, struct mtk_risk_facts *facts,
                      struct mtk_error *err)
{
    static const char *(*const checks[])(const uint8_t *, size_t, uint64_t) = {
        [MTK_EXPECT_MTK] = wrong_mtk, [MTK_EXPECT_BOOT] = wrong_boot, [MTK_EXPECT_VBMETA] = wrong_vbmeta};
    enum mtk_expected_header kind = mtk_policy_header(it->name);
    if (it->image.sparse || kind == MTK_EXPECT_ANY)
        return 0;
    uint8_t head[HEAD];
    size_t n = it->image.file_size < sizeof(head) ? (size_t)it->image.file_size : sizeof(head);
    struct mtk_bytes bytes = {.img = &it->image};
    if (mtk_bytes_read(&bytes, head, n, err) < 0)
        return -1;
    const char *wrong = checks[kind](head, n, it->image.file_size);
    if (wrong) {
        facts->header_doubtful = true;
        mtk_note(s->sink, 2, "%s: %s %s", it->name, base_name(it->image.path), wrong);
    }
    return 0;
}

/* ---- preloader ---- */

/*
 * Only the plain form may be given to an agent: it puts a header block of its own in front, and a file that has one
 * already would end up with two and a boot ROM that finds nothing (formats.md section 10, item 6).
 */
static int check_preloader(struct mtk_session *s, const struct mtk_item *it, struct mtk_risk_facts *facts,
                           struct mtk_error *err)
{
    struct mtk_bytes bytes = {.img = &it->image};
    struct mtk_preloader p;
    const char *name = base_name(it->image.path);
    facts->preloader = true;
    if (it->image.sparse)
        return mtk_fail_file(err, MTK_E_MTK_IMAGE_INVALID, it->image.path, 0,
                             "%s is a sparse image and cannot go to a boot area", name);
    if (it->image.file_size > MTK_PRELOADER_MAX_BYTES)
        return mtk_fail_file(err, MTK_E_MTK_FILE_TOO_LARGE, it->image.path, 0,
                             "%s has 0x%" PRIX64 " bytes, more than any preloader", name,
                             it->image.file_size);
    /* Through the descriptor that is written from: under its name there may be another file by now. */
    size_t len = (size_t)it->image.file_size;
    uint8_t *data = mtk_session_scratch(s, len, err);
    if (!data || mtk_bytes_read(&bytes, data, len, err) < 0)
        return -1;
    int rc = mtk_preloader_parse(data, len, it->image.path, &p, err);
    if (rc == 0 && p.device_header[0])
        rc = mtk_fail_file(
            err, MTK_E_MTK_IMAGE_INVALID, it->image.path, 0,
            "%s begins with an %s header: the agent adds one itself, and with two the phone does not "
            "start; the plain preloader file of the package is needed",
            name, p.device_header);
    s->image_emi_version = rc == 0 && p.emi_len ? p.emi_version : 0;
    if (rc == 0 && p.has_hash && !p.hash_good) {
        facts->preloader_hash_bad = true;
        mtk_note(s->sink, 2, "%s: %s does not have the SHA-256 that it carries", it->name, name);
    }
    return rc;
}

/* ---- sparse images that carry a sum ---- */

static void sum_zeros(uint32_t *crc, const uint8_t *zeros, uint64_t n)
{
    for (; n; n -= n < PIECE ? n : PIECE)
        *crc = crc32_buf(*crc, zeros, n < PIECE ? (size_t)n : PIECE);
}

/* CRC-32 of the expanded image, what is left open counting as zeros (formats.md 5.1). */
static int check_crc(struct mtk_session *s, const struct mtk_image *img, struct mtk_error *err)
{
    uint8_t *buf = mtk_session_scratch(s, 2 * PIECE, err);
    struct mtk_bytes bytes = {.img = img};
    uint64_t at = 0, left;
    uint32_t crc = 0;
    if (!buf)
        return -1;
    memset(buf + PIECE, 0, PIECE);
    while ((left = mtk_bytes_run_left(&bytes))) {
        size_t n = left < PIECE ? (size_t)left : PIECE;
        sum_zeros(&crc, buf + PIECE, mtk_bytes_offset(&bytes) - at);
        at = mtk_bytes_offset(&bytes) + n;
        if (mtk_session_check_cancel(s, err) < 0 || mtk_bytes_read(&bytes, buf, n, err) < 0)
            return -1;
        crc = crc32_buf(crc, buf, n);
    }
    sum_zeros(&crc, buf + PIECE, img->expanded_size - at);
    if (crc == img->crc)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_SPARSE_INVALID, img->path, 0,
                         "the checksum of the expanded image is 0x%08" PRIX32 ", the file says 0x%08" PRIX32,
                         crc, img->crc);
}

int mtk_preflight_image(struct mtk_session *s, const struct mtk_item *it, struct mtk_risk_facts *facts,
                        struct mtk_error *err)
{
    /* Writing nothing would have nothing to read back either, and must not be called proven. */
    if (!it->image.defined)
        return mtk_fail_file(err, MTK_E_MTK_FILE_EMPTY, it->image.path, 0,
                             "%s leaves all its blocks open: there is nothing in it to write",
                             base_name(it->image.path));
    if (it->boot_region)
        return check_preloader(s, it, facts, err);
    if (it->image.has_crc && check_crc(s, &it->image, err) < 0)
        return -1;
    return check_head(s, it, facts, err);
}

/* ---- Checksum.ini ---- */

/* Sum of the file's bytes as they are, a sparse image unexpanded (formats.md 7.2). */
static int file_sum(struct mtk_session *s, const struct mtk_image *img, uint16_t *sum, struct mtk_error *err)
{
    uint8_t *buf = mtk_session_scratch(s, PIECE, err);
    const struct mtk_extent file = {.kind = MTK_EXTENT_RAW, .size = img->file_size};
    *sum = 0;
    for (uint64_t at = 0; buf && at < img->file_size;) {
        size_t n = img->file_size - at < PIECE ? (size_t)(img->file_size - at) : PIECE;
        if (mtk_session_check_cancel(s, err) < 0 || mtk_image_read(img, &file, at, buf, n, err) < 0)
            return -1;
        *sum = sum16(*sum, buf, n);
        at += n;
    }
    return buf ? 0 : -1;
}

static int check_sum(struct mtk_session *s, const struct mtk_item *it, struct mtk_risk_facts *facts,
                     struct mtk_error *err)
{
    uint16_t expected, got;
    int listed = mtk_rom_checksum(&s->rom, it->name, &expected, err);
    if (listed < 0)
        return -1;
    if (!listed) {
        facts->checksums_partial = true;
        mtk_note(s->sink, 2, "Checksum.ini does not list %s: its file cannot be checked", it->name);
        return 0;
    }
    if (file_sum(s, &it->image, &got, err) < 0)
        return -1;
    if (got == expected)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_CHECKSUM_INI, it->image.path, 0,
                         "%s has sum 0x%04X, Checksum.ini says 0x%04X for %s", base_name(it->image.path), got,
                         expected, it->name);
}

/* ---- all files of a plan ---- */

static int check_size(const struct mtk_item *it, struct mtk_error *err)
{
    const struct mtk_scatter_row *row = it->row;
    if (!row->boundary_check || !row->size || it->image.expanded_size <= row->size)
        return 0;
    return mtk_fail_file(err, MTK_E_MTK_IMAGE_TOO_LARGE, it->image.path, 0,
                         "%s %s 0x%" PRIX64 " bytes, partition %s has 0x%" PRIX64, base_name(it->image.path),
                         it->image.sparse ? "expands to" : "has", it->image.expanded_size, it->name,
                         row->size);
}

static int check_item(struct mtk_session *s, struct mtk_item *it, struct mtk_risk_facts *facts,
                      struct mtk_error *err)
{
    char path[4096];
    if (mtk_session_check_cancel(s, err) < 0 || mtk_rom_file(&s->rom, it->row, path, err) < 0)
        return -1;
    if (mtk_image_open(path, &it->image, err) < 0) {
        it->image.fd = -1;
        return -1;
    }
    if (check_size(it, err) < 0 || mtk_preflight_image(s, it, facts, err) < 0)
        return -1;
    return s->rom.has_checksums ? check_sum(s, it, facts, err) : 0;
}

int mtk_preflight_files(struct mtk_session *s, struct mtk_risk_facts *facts, struct mtk_error *err)
{
    for (size_t i = 0; i < s->plan.n; i++) {
        if (s->plan.items[i].row && check_item(s, &s->plan.items[i], facts, err) < 0) {
            mtk_error_step(err, "file", s->plan.items[i].name);
            return -1;
        }
    }
    facts->no_checksums = !s->rom.has_checksums;
    facts->foreign_agent = s->opt->da || s->opt->preloader;
    return 0;
}
