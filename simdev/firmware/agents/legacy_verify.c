/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's own comparison with what is on flash, and its record of downloads. da-legacy.md 5.9, formats.md 4.5. */
#include "simdev/firmware/agents/legacy.h"

#include <string.h>

#include "base/cursor.h"

#define DONE_PERCENT 100u
#define NAME_LEN     16u
#define RECORD_MAGIC "DOWNLOAD INFORMATION!!"
#define RECORD_V0    20u /* images in a record without version */
#define WRITTEN_LEN  0x80u

/* ---- VERIFY_IMG_CHKSUM ---- */

struct verify {
    uint8_t storage, type, index, status;
    uint64_t start, len;
    uint16_t sum;
};

static struct verify take_verify(struct lg *x)
{
    struct verify v;
    v.storage = lg_u8(x);
    v.type = lg_u8(x);
    v.start = lg_u64(x);
    v.len = lg_u64(x);
    v.sum = lg_u16(x);
    v.index = lg_u8(x);
    v.status = lg_u8(x);
    if (phone_settings(x->p)->dl_info)
        lg_skip(x, NAME_LEN);
    return v;
}

static enum ag_result sum_range(struct lg *x, const struct verify *v, uint16_t *sum)
{
    enum board_area area;
    struct ag_place place;
    if (!lg_is_storage(x, v->storage))
        return AG_NO_STORAGE;
    enum ag_result r = lg_area(x, x->part, &area);
    if (r == AG_OK)
        r = ag_place_range(x->p, area, v->start, v->len, &place);
    return r == AG_OK ? lg_flash_sum(x, &place, v->len, sum) : r;
}

void lg_verify_image(struct lg *x)
{
    struct verify v = take_verify(x);
    uint16_t sum = 0;
    enum ag_result r = sum_range(x, &v, &sum);
    uint32_t told = lg_word(x, "VERIFY_STATUS", lg_status_of(x, r, LG_USE_READ));
    if (told) {
        lg_put_u64(x, v.start);
        x->error = told;
        return;
    }
    lg_put_u8(x, DONE_PERCENT);
    if (lg_u8(x) == LG_STOP)
        return;
    struct lg_image note = {v.index, v.sum, sum, v.sum == sum};
    lg_note_image(x, &note);
    x->info_status = note.passed ? "DL_CK_DONE" : "DL_CK_ERROR";
    if (lg_byte(x, note.passed ? LG_ACK : 0) == LG_ACK)
        return;
    lg_put_u16(x, sum);
    x->error = LG_S_CHKSUM_ERROR;
}

/* ---- the record: of this session, kept in memory ---- */

void lg_note_image(struct lg *x, const struct lg_image *image)
{
    size_t i = 0;
    while (i < x->n_images && x->images[i].index != image->index)
        i++;
    if (i == LG_INFO_IMAGES)
        return;
    x->images[i] = *image;
    if (i == x->n_images)
        x->n_images++;
    x->info_status = image->passed ? "DL_DONE" : "DL_ERROR";
}

void lg_read_download_info(struct lg *x)
{
    unsigned version = phone_settings(x->p)->dl_info;
    size_t rows = version ? LG_INFO_IMAGES : RECORD_V0;
    size_t len = 24 + (version ? 8 : 0) + rows * (version ? 20 + NAME_LEN : 20) + 32;
    if (!lg_settle(x, lg_is_storage(x, lg_u8(x)) ? 0u : LG_S_INVALID_STORAGE_TYPE))
        return;
    lg_reserve(x, len);
    memset(x->packet, 0, len);
    struct wr w = wr_init(x->packet, len);
    wr_str(&w, RECORD_MAGIC, 24);
    if (version)
        wr_str(&w, "V1.0", 8);
    for (size_t i = 0; i < rows; i++) {
        static const struct lg_image none;
        const struct lg_image *im = i < x->n_images ? &x->images[i] : &none;
        wr_le32(&w, im->index);
        wr_le32(&w, im->host_sum);
        wr_le32(&w, im->flash_sum);
        wr_str(&w, i >= x->n_images ? "" : im->passed ? "PASS" : "FAIL", 8);
    }
    wr_fill(&w, 0, 16); /* RAM checksum */
    wr_str(&w, x->info_status, 16);
    lg_put_u8(x, (uint8_t)version);
    lg_put_bytes(x, x->packet, len);
}

/* What hosts write there is theirs; the agent keeps its own. */
void lg_write_download_info(struct lg *x)
{
    if (!lg_settle(x, lg_is_storage(x, lg_u8(x)) ? 0u : LG_S_INVALID_STORAGE_TYPE))
        return;
    lg_skip(x, WRITTEN_LEN);
}
