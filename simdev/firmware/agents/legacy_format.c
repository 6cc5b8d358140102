/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT: erases a range and tells how far it is; bad blocks of NAND are reported and passed over. da-legacy.md 5.7. */
#include "simdev/firmware/agents/legacy.h"

#include "base/cursor.h"
#include "simdev/firmware/agents/nand.h"

#define SEGMENT         (8u << 20) /* a small range has one: no tick before the last one [X] */
#define SEGMENTS_MAX    10u
#define DONE_PERCENT    100u
#define POST_PROCESS_NS (30 * NS_PER_S)
#define CHECK_PIECE     4096u

struct format {
    uint8_t storage, flag, validation, address_type;
    uint64_t start, len;
    struct ag_place place;
    uint64_t unit; /* bytes that are erased at a time */
    uint32_t blocks, bad, errors;
};

static uint32_t check_range(struct lg *x, struct format *f)
{
    struct board *b = phone_board(x->p);
    enum board_area area;
    if (f->address_type == LG_PHYSICAL && lg_is_nand(x)) {
        uint64_t size = flash_size(b->area[BOARD_USER]);
        if (f->start % f->unit || f->len % f->unit)
            return LG_S_INVALID_BEGIN_ADDR;
        return range_fits(f->start, f->len, size) ? 0 : LG_S_INVALID_RANGE;
    }
    enum ag_result r = lg_area(x, x->part, &area);
    if (r == AG_OK)
        r = ag_place_to_erase(x->p, &f->place, ag_place_range(x->p, area, f->start, f->len, &f->place));
    return lg_status_of(x, r, LG_USE_ERASE);
}

/* Policy of a locked phone. What it forbids it forbids before the range is looked at. */
static uint32_t check_allowed(struct lg *x, const struct format *f)
{
    struct ag_place all;
    enum board_area area;
    if (!lg_is_storage(x, f->storage))
        return LG_S_INVALID_STORAGE_TYPE;
    if (f->flag > LG_ERASE_MARK_BAD || f->address_type > LG_PHYSICAL)
        return LG_S_INVALID_ARGUMENTS;
    if (lg_area(x, x->part, &area) != AG_OK || ag_place_range(x->p, area, f->start, f->len, &all) != AG_OK)
        return 0;
    return lg_status_of(x, ag_policy(x->p, &all, AG_ERASE), LG_USE_ERASE);
}

/* ---- erasing ---- */

static enum ag_result erased_well(struct lg *x, const struct format *f, uint64_t offset, uint64_t len)
{
    const uint8_t want = lg_is_nand(x) ? 0xFF : 0;
    uint8_t piece[CHECK_PIECE];
    while (len) {
        size_t n = len < sizeof(piece) ? (size_t)len : sizeof(piece);
        enum ag_result r = ag_read(x->p, &f->place, offset, piece, n);
        for (size_t i = 0; i < n && r == AG_OK; i++)
            r = piece[i] == want ? AG_OK : AG_MEDIA;
        if (r != AG_OK)
            return r;
        offset += n;
        len -= n;
    }
    return AG_OK;
}

/* A physical block of NAND: as it is, without replacement. */
static enum ag_result erase_block(struct lg *x, const struct format *f, uint64_t at)
{
    struct board *b = phone_board(x->p);
    uint64_t block = at / f->unit;
    uint64_t spare = (uint64_t)b->nand.spare_size * b->nand.pages_per_block;
    if (f->flag == LG_ERASE_MARK_BAD) {
        const uint8_t mark = 0;
        return phone_flash_write(x->p, BOARD_OOB, block * spare, &mark, 1) ? AG_MEDIA : AG_OK;
    }
    if (f->flag == LG_ERASE_NORMAL && ag_block_is_bad(x->p, block))
        return AG_BAD_BLOCK;
    if (phone_flash_erase(x->p, BOARD_USER, at, f->unit) ||
        phone_flash_erase(x->p, BOARD_OOB, block * spare, spare))
        return AG_MEDIA;
    return AG_OK;
}

static enum ag_result erase_unit(struct lg *x, const struct format *f, uint64_t offset, uint64_t len)
{
    if (f->address_type == LG_PHYSICAL && lg_is_nand(x))
        return erase_block(x, f, f->start + offset);
    enum ag_result r = ag_erase(x->p, &f->place, offset, len);
    bool compare = f->validation && f->place.area[0] != BOARD_RPMB; /* nobody can read that one back */
    return r == AG_OK && compare ? erased_well(x, f, offset, len) : r;
}

/* A block error: status, address, and whether the agent goes on. On eMMC it does not. */
static bool report_error(struct lg *x, struct format *f, uint64_t address, enum ag_result r)
{
    bool goes_on = lg_is_nand(x);
    if (r == AG_BAD_BLOCK)
        f->bad++;
    else
        f->errors++;
    uint32_t number = lg_word(x, "FORMAT_STATUS", lg_status_of(x, r, LG_USE_ERASE));
    lg_put_u64(x, address);
    lg_put_u8(x, goes_on ? LG_CONT : LG_STOP);
    if (!goes_on)
        x->error = number;
    return goes_on;
}

/* Says how far it is. False: the host stops, or was told of an error that there was not. */
static bool tick(struct lg *x, const struct format *f, uint32_t status, uint64_t percent)
{
    uint32_t told = lg_word(x, "FORMAT_STATUS", status);
    if (told != lg_number(x, status)) {
        lg_put_u64(x, f->start);
        lg_put_u8(x, LG_STOP);
        x->error = told;
        return false;
    }
    lg_put_u8(x, (uint8_t)percent);
    return lg_u8(x) != LG_STOP;
}

/* Erases [from, to) of the range. False: stopped by an error. */
static bool erase_segment(struct lg *x, struct format *f, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint64_t n = to - from < f->unit ? to - from : f->unit;
        enum ag_result r = erase_unit(x, f, from, n);
        f->blocks++;
        if (r != AG_OK && !report_error(x, f, f->start + from, r))
            return false;
        from += n;
    }
    return true;
}

static bool erase_all(struct lg *x, struct format *f)
{
    uint64_t segments = f->len / SEGMENT;
    if (!segments)
        segments = 1;
    if (segments > SEGMENTS_MAX)
        segments = SEGMENTS_MAX;
    uint64_t piece = f->len / segments / f->unit * f->unit;
    for (uint64_t i = 0; i < segments; i++) {
        uint64_t from = i * piece, to = i + 1 < segments ? from + piece : f->len;
        if (segments > 1 && !tick(x, f, LG_S_IN_PROGRESS, i * DONE_PERCENT / segments))
            return false;
        if (!erase_segment(x, f, from, to))
            return false;
    }
    return tick(x, f, 0, DONE_PERCENT);
}

/* Bytes erased at a time: a block of NAND; on eMMC as much as is done between two ticks. */
static uint64_t erase_unit_of(struct lg *x)
{
    return lg_is_nand(x) ? nand_block_bytes(phone_board(x->p)) : (uint64_t)SEGMENT / 8;
}

static void say_result(struct lg *x, const struct format *f)
{
    if (!f->bad && !f->errors) {
        lg_ack(x);
        return;
    }
    lg_put_u8(x, LG_CONT); /* statistics follow */
    lg_put_u64(x, f->start);
    lg_put_u64(x, f->len);
    lg_put_u32(x, f->blocks);
    lg_put_u32(x, f->bad);
    lg_put_u32(x, f->errors);
}

void lg_format(struct lg *x)
{
    struct format f = {.unit = erase_unit_of(x)};
    f.storage = lg_u8(x);
    f.flag = lg_u8(x);
    f.validation = lg_u8(x);
    lg_phone_info(x);
    f.address_type = lg_u8(x);
    f.start = lg_u64(x);
    f.len = lg_u64(x);
    if (!lg_settle(x, check_allowed(x, &f)) || !lg_settle(x, check_range(x, &f)))
        return;
    x->info_status = "FORMAT_START";
    if (!erase_all(x, &f))
        return;
    say_result(x, &f);
    x->info_status = "FORMAT_DONE";
    if (lg_named_byte(x, "POST_PROCESS", LG_ACK) == LG_NACK) {
        phone_wait(x->p, POST_PROCESS_NS);
        lg_put_u8(x, LG_ACK);
    }
}
