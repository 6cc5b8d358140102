/* SPDX-License-Identifier: Apache-2.0 */
/* Data from the host: WRITE_DATA, WRITE_IMAGE, and the writes of NAND. da-legacy.md 5.5, 5.6, 5.12. */
#include "simdev/firmware/agents/legacy.h"

#include "base/hash.h"

#define NAND_IMAGES_MAX 64u /* rows of an image list */
#define NAND_RETRIES    3u

/* ---- packets ---- */

enum packet { PACKET_STORED, PACKET_AGAIN, PACKET_OVER };

/* Waits for the byte that opens a packet. False: the host gives up. Anything else is swallowed [5.5]. */
static bool packet_opens(struct lg *x)
{
    for (;;) {
        uint8_t b = lg_u8(x);
        if (b == LG_ACK)
            return true;
        if (b == LG_STOP || b == LG_NACK)
            return false;
    }
}

/* A wrong sum: what becomes of the agent then differs, or is not known [5.5, 11]. */
static enum packet after_bad_sum(struct lg *x)
{
    switch (phone_settings(x->p)->legacy_bad_sum) {
    case BAD_SUM_PACKET:
        x->error = 0; /* the packet can still come right */
        return PACKET_AGAIN;
    case BAD_SUM_HALT:
        phone_hang(x->p, "agent halted after a wrong packet sum");
    case BAD_SUM_LOOP:
        break;
    }
    return PACKET_OVER;
}

/* Codes after which the same packet may come again, whether the agent meant them or a fault put them in its mouth. */
static bool asks_again(const struct lg *x, uint32_t told)
{
    return told == lg_number(x, LG_S_DATA_CKSUM_ERROR) || told == lg_number(x, LG_S_UART_GET_DATA_TIMEOUT) ||
           told == lg_number(x, LG_S_RX_BUF_FULL);
}

/* WRITE_DATA of either storage: 69, or A5 and a code. good: the sum was right, the packet went to the sink with result r. */
static enum packet answer_packet(struct lg *x, bool good, enum ag_result r)
{
    if (good && r == AG_OK) {
        uint32_t told = lg_byte(x, LG_CONT);
        return told == LG_CONT ? PACKET_STORED : asks_again(x, told) ? after_bad_sum(x) : PACKET_OVER;
    }
    lg_refuse(x, good ? lg_status_of(x, r, LG_USE_WRITE) : LG_S_DATA_CKSUM_ERROR);
    return good ? PACKET_OVER : after_bad_sum(x);
}

/* WRITE of NAND: 69, or the code alone; when the pipe is flushed 5A, and the host says whether it repeats the packet. */
static enum packet answer_nand_packet(struct lg *x, bool good, enum ag_result r)
{
    if (good && r == AG_OK)
        return lg_byte(x, LG_CONT) == LG_CONT ? PACKET_STORED : PACKET_OVER;
    lg_word(x, NULL, good ? lg_status_of(x, r, LG_USE_WRITE) : LG_S_DATA_CKSUM_ERROR);
    lg_put_u8(x, LG_ACK);
    x->error = LG_S_NAND_PROGRAM_FAIL;
    return lg_u8(x) == LG_CONT && !good ? PACKET_AGAIN : PACKET_OVER;
}

/*
 * One packet of len bytes: opened, received, checked, stored, answered. *stored: it was stored already, only the host
 * was told otherwise, so a repetition is not stored once more.
 */
static enum packet one_packet(struct lg *x, size_t len, bool lead, uint16_t *sum, bool *stored)
{
    if (lead && !packet_opens(x))
        return PACKET_OVER;
    lg_bytes(x, x->packet, len);
    uint16_t said = lg_u16(x), is = sum16(0, x->packet, len);
    bool good = said == is;
    enum ag_result r = AG_OK;
    if (good && !*stored) {
        r = ag_sink_write(x->sink, x->packet, len);
        *stored = true;
        if (sum)
            *sum = (uint16_t)(*sum + is);
    }
    return lead ? answer_packet(x, good, r) : answer_nand_packet(x, good, r);
}

bool lg_receive(struct lg *x, uint64_t total, uint32_t packet_len, bool lead, uint16_t *sum)
{
    unsigned again = 0;
    bool stored = false;
    lg_reserve(x, total < packet_len ? (size_t)total : packet_len);
    for (uint64_t done = 0; done < total;) {
        size_t n = total - done < packet_len ? (size_t)(total - done) : packet_len;
        enum packet k = one_packet(x, n, lead, sum, &stored);
        if (k == PACKET_OVER || (!lead && k == PACKET_AGAIN && ++again > NAND_RETRIES))
            return false;
        if (k == PACKET_STORED) {
            done += n;
            again = 0;
            stored = false;
        }
    }
    x->error = 0;
    return true;
}

void lg_sink_begin(struct lg *x, const struct ag_place *place, enum ag_form form, uint64_t total,
                   bool read_back)
{
    x->sink = ag_sink_begin(x->p, x->sink, place, form, total, read_back);
}

/* ---- where to ---- */

/* What becomes of a place that was found: policy, unless the vendor's signature on this image was shown [5.15]. */
static uint32_t judge_target(struct lg *x, enum ag_result r, const struct ag_place *place)
{
    if (r == AG_OK)
        r = ag_policy(x->p, place, AG_WRITE_RANGE);
    if ((r == AG_FORBIDDEN || r == AG_FORBIDDEN_RANGE) && x->image_passed)
        r = AG_OK;
    return lg_status_of(x, r, LG_USE_WRITE);
}

static uint32_t find_target(struct lg *x, uint8_t part, uint64_t start, uint64_t len, struct ag_place *place)
{
    enum board_area area;
    enum ag_result r = lg_area(x, part, &area);
    if (r == AG_OK)
        r = ag_place_range(x->p, area, start, len, place);
    return judge_target(x, r, place);
}

/* ---- WRITE_DATA [5.5] ---- */

void lg_write_data(struct lg *x)
{
    struct ag_place place;
    lg_phone_info(x);
    uint8_t storage = lg_u8(x), part = lg_u8(x);
    uint64_t start = lg_u64(x), len = lg_u64(x);
    uint32_t packet = lg_u32(x);
    uint32_t st = storage == LG_WRITE_EMMC && !lg_is_nand(x) ? find_target(x, part, start, len, &place)
                                                             : (uint32_t)LG_S_INVALID_STORAGE_TYPE;
    if (!st && (!packet || packet > LG_READ_MAX))
        st = LG_S_INVALID_ARGUMENTS;
    if (!lg_settle(x, st))
        return;
    lg_sink_begin(x, &place, AG_FORM_RAW, len, false);
    if (lg_receive(x, len, packet, true, NULL))
        ag_sink_finish(x->sink); /* errors came with their packets */
}

/* ---- WRITE_IMAGE [5.6] ---- */

enum ag_result lg_flash_sum(struct lg *x, const struct ag_place *place, uint64_t len, uint16_t *sum)
{
    lg_reserve(x, LG_DATA_PACKET);
    *sum = 0;
    for (uint64_t done = 0; done < len;) {
        size_t n = len - done < LG_DATA_PACKET ? (size_t)(len - done) : LG_DATA_PACKET;
        enum ag_result r = ag_read(x->p, place, done, x->packet, n);
        if (r != AG_OK)
            return r;
        *sum = sum16(*sum, x->packet, n);
        done += n;
    }
    return AG_OK;
}

struct image {
    uint8_t level, part, index, status;
    uint64_t start, len;
    struct ag_place place;
};

/* The sum of the whole image against what was received, or what the flash gives back if the level says so. */
static void compare_sums(struct lg *x, const struct image *im, uint16_t received)
{
    struct lg_image note = {.index = im->index, .host_sum = lg_u16(x), .flash_sum = received};
    enum ag_result r = ag_sink_finish(x->sink);
    bool expanded = phone_settings(x->p)->legacy_sparse; /* the flash does not hold the bytes that came */
    if (r == AG_OK && (im->level & LG_CHECKSUM_STORAGE) && !expanded)
        r = lg_flash_sum(x, &im->place, im->len, &note.flash_sum);
    note.passed = r == AG_OK && note.flash_sum == note.host_sum;
    lg_note_image(x, &note);
    x->command = "WRITE_IMAGE_SUM";
    if (lg_byte(x, note.passed ? LG_ACK : 0) == LG_ACK)
        return;
    lg_put_u16(x, note.flash_sum);
    x->error = LG_S_CHKSUM_ERROR;
}

void lg_write_image(struct lg *x)
{
    struct image im;
    uint16_t sum = 0;
    lg_phone_info(x);
    im.level = lg_u8(x);
    im.part = lg_u8(x);
    im.start = lg_u64(x);
    im.len = lg_u64(x);
    im.index = lg_u8(x);
    im.status = lg_u8(x);
    uint32_t st = find_target(x, im.part, im.start, im.len, &im.place);
    if (!st && im.status > LG_IMAGE_ONLY)
        st = LG_S_INVALID_ARGUMENTS;
    lg_put_u32(x, LG_DATA_PACKET); /* the agent's choice comes first, even when it refuses */
    bool go = lg_settle(x, st);
    x->image_passed = false;
    if (!go)
        return;
    x->info_status = "DL_START";
    bool sparse = phone_settings(x->p)->legacy_sparse;
    lg_sink_begin(x, &im.place, sparse ? AG_FORM_UNKNOWN : AG_FORM_RAW, im.len, false);
    if (lg_receive(x, im.len, LG_DATA_PACKET, true, &sum))
        compare_sums(x, &im, sum);
    else
        x->info_status = "DL_ERROR";
}

/* ---- NAND [5.12] ---- */

/* Rows of an image list: which images will come. The agent does with each what its own command says. */
void lg_nand_image_list(struct lg *x)
{
    uint32_t n = lg_u32(x);
    if (!lg_settle(x, n > NAND_IMAGES_MAX ? LG_S_EXCEED_MAX_PARTITION_COUNT : 0u))
        return;
    for (uint32_t i = 0; i < n; i++) {
        lg_u8(x);       /* enable */
        lg_skip(x, 24); /* begin, end, longest end */
        lg_u32(x);      /* type */
        if (!lg_ack(x))
            return;
    }
}

/*
 * The header is that of WRITE_DATA with an address type for the part. lead: the packets are those of WRITE_DATA too
 * [protocol/legacy.h], else they have no byte in front and a dialogue of their own.
 */
static void nand_write(struct lg *x, bool lead)
{
    struct ag_place place;
    uint8_t storage = lg_u8(x), address_type = lg_u8(x);
    uint64_t start = lg_u64(x), len = lg_u64(x);
    uint32_t packet = lg_u32(x), st = 0;
    if (!lg_is_storage(x, storage) || !lg_is_nand(x))
        st = LG_S_INVALID_STORAGE_TYPE;
    else if (address_type > LG_PHYSICAL || !packet || packet > LG_READ_MAX)
        st = LG_S_INVALID_ARGUMENTS;
    else if (address_type == LG_PHYSICAL)
        st = judge_target(x, ag_place_physical(x->p, start, len, &place), &place);
    else
        st = find_target(x, LG_PART_USER, start, len, &place);
    if (!lg_settle(x, st))
        return;
    lg_sink_begin(x, &place, AG_FORM_RAW, len, false);
    if (lg_receive(x, len, packet, lead, NULL))
        ag_sink_finish(x->sink);
}

/* WRITE, NFB_WRITE_IMAGE. */
void lg_nand_write(struct lg *x)
{
    nand_write(x, false);
}

void lg_nand_write_data(struct lg *x)
{
    nand_write(x, true);
}
