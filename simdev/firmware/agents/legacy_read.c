/* SPDX-License-Identifier: Apache-2.0 */
/* Data to the host: READ, and READPAGE of NAND. da-legacy.md 5.4, 5.12. */
#include "simdev/firmware/agents/legacy.h"

#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/firmware/agents/nand.h"

#define SUM_NAME "READ_SUM" /* of faults that spoil a packet's sum */

/* Sends a packet until the host is content. False: it gave up. */
static bool send_packet(struct lg *x, size_t len, uint8_t again)
{
    uint16_t sum = sum16(0, x->packet, len);
    for (;;) {
        lg_put_bytes(x, x->packet, len);
        lg_sum(x, SUM_NAME, sum);
        uint8_t answer = lg_u8(x);
        if (answer == LG_ACK)
            return true;
        if (answer != again)
            return false;
    }
}

/* ---- READ [5.4] ---- */

static uint32_t find_range(struct lg *x, uint8_t storage, uint64_t start, uint64_t len,
                           struct ag_place *place)
{
    enum board_area area;
    if (!lg_is_storage(x, storage))
        return LG_S_INVALID_STORAGE_TYPE;
    if (phone_settings(x->p)->readback_forbidden)
        return LG_S_CODE_READBACK_FORBIDDEN;
    enum ag_result r = lg_area(x, x->part, &area);
    if (r == AG_OK)
        r = ag_place_range(x->p, area, start, len, place);
    return lg_status_of(x, r, LG_USE_READ);
}

/* Packets until all is sent. A media error in between has no code: the agent stops sending. */
static void send_range(struct lg *x, const struct ag_place *place, uint32_t packet)
{
    lg_reserve(x, place->size < packet ? (size_t)place->size : packet);
    for (uint64_t done = 0; done < place->size;) {
        size_t n = place->size - done < packet ? (size_t)(place->size - done) : packet;
        if (ag_read(x->p, place, done, x->packet, n) != AG_OK) {
            phone_log(x->p, "[DA2] read error at 0x%llX", (unsigned long long)(place->start + done));
            x->error = LG_S_SDMMC_READ_FAILED;
            return;
        }
        if (!send_packet(x, n, LG_NACK))
            return;
        done += n;
    }
}

void lg_read(struct lg *x)
{
    struct ag_place place;
    lg_u8(x); /* host OS: decides nothing here */
    uint8_t storage = lg_u8(x);
    uint64_t start = lg_u64(x), len = lg_u64(x);
    if (!lg_settle(x, find_range(x, storage, start, len, &place)))
        return;
    uint32_t packet = lg_u32(x);
    if (!packet || packet > LG_READ_MAX) {
        lg_refuse(x, LG_S_INVALID_ARGUMENTS);
        return;
    }
    send_range(x, &place, packet);
}

/* ---- READPAGE [5.12] ---- */

/* What of a page is sent. */
enum page_part { PAGE_AND_SPARE, PAGE_ONLY, SPARE_ONLY };

struct page_read {
    uint8_t part, address_type;
    uint64_t start, len; /* bytes of main data */
    const uint16_t *map; /* logical blocks to physical ones; NULL: addresses are physical */
};

static struct page_read take_page_read(struct lg *x)
{
    bool wide = phone_settings(x->p)->nand_readpage == READPAGE_64;
    struct page_read r = {0};
    if (!wide)
        lg_u8(x); /* host OS */
    r.part = lg_u8(x);
    r.address_type = lg_u8(x);
    r.start = wide ? lg_u64(x) : lg_u32(x);
    r.len = wide ? lg_u64(x) : lg_u32(x);
    lg_u32(x); /* container length, for hosts */
    return r;
}

static uint32_t check_page_read(struct lg *x, const struct page_read *r)
{
    const struct board *b = phone_board(x->p);
    if (!lg_is_storage(x, LG_STORAGE_NAND))
        return LG_S_INVALID_STORAGE_TYPE;
    if (phone_settings(x->p)->readback_forbidden)
        return LG_S_CODE_READBACK_FORBIDDEN;
    if (r->part > SPARE_ONLY || r->address_type > LG_PHYSICAL || r->start % b->nand.page_size ||
        r->len % b->nand.page_size)
        return LG_S_INVALID_ARGUMENTS;
    uint64_t size =
        r->address_type == LG_PHYSICAL ? flash_size(b->area[BOARD_USER]) : ag_area_size(x->p, BOARD_USER);
    return range_fits(r->start, r->len, size) ? 0 : LG_S_INVALID_RANGE;
}

static size_t page_len(const struct board *b, uint8_t part)
{
    return (part == SPARE_ONLY ? 0 : b->nand.page_size) + (part == PAGE_ONLY ? 0 : b->nand.spare_size);
}

/* Puts page k of the range into out. whole: room for a whole page with its spare bytes. */
static enum ag_result fetch_page(struct lg *x, const struct page_read *r, uint64_t k, uint8_t *whole,
                                 uint8_t *out)
{
    const struct board_nand *n = &phone_board(x->p)->nand;
    uint64_t page = r->start / n->page_size + k;
    if (r->map) {
        uint16_t block = r->map[page / n->pages_per_block];
        if (block == NAND_NO_BLOCK)
            return AG_BAD_BLOCK;
        page = (uint64_t)block * n->pages_per_block + page % n->pages_per_block;
    }
    enum ag_result res = ag_read_raw_page(x->p, page, whole, whole + n->page_size);
    size_t from = r->part == SPARE_ONLY ? n->page_size : 0;
    memcpy(out, whole + from, page_len(phone_board(x->p), r->part));
    return res;
}

static void send_pages(struct lg *x, const struct page_read *r, uint32_t pages)
{
    const struct board *b = phone_board(x->p);
    uint64_t total = r->len / b->nand.page_size;
    size_t one = page_len(b, r->part);
    uint8_t *whole = phone_alloc(x->p, b->nand.page_size + b->nand.spare_size);
    lg_reserve(x, (total < pages ? (size_t)total : pages) * one);
    for (uint64_t done = 0; done < total && !x->error;) {
        uint32_t n = total - done < pages ? (uint32_t)(total - done) : pages;
        for (uint32_t i = 0; i < n && !x->error; i++) {
            if (fetch_page(x, r, done + i, whole, x->packet + i * one) != AG_OK)
                x->error = LG_S_NAND_PAGE_READ_FAILED; /* no code in between: it stops sending */
        }
        if (x->error || !send_packet(x, n * one, LG_CONT))
            break;
        done += n;
    }
    phone_release(x->p, whole);
}

/* The agent's own view of which block replaces which. */
static const uint16_t *block_map(struct lg *x)
{
    struct board *b = phone_board(x->p);
    uint16_t *map = phone_alloc(x->p, (nand_usable_blocks(b) + NAND_TABLE_BLOCKS) * sizeof(*map));
    nand_map_scan(b, map, false);
    return map;
}

void lg_nand_readpage(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    struct page_read r = take_page_read(x);
    if (!lg_settle(x, check_page_read(x, &r)))
        return;
    size_t one = page_len(b, r.part);
    lg_put_u32(x, b->nand.page_size);
    lg_put_u32(x, b->nand.spare_size);
    lg_put_u32(x, (uint32_t)one); /* unit in which pages are sent */
    uint32_t pages = lg_u32(x);
    if (!pages || pages > LG_READ_MAX / one) {
        lg_refuse(x, LG_S_INVALID_ARGUMENTS);
        return;
    }
    lg_put_u32(x, (uint32_t)(r.len / b->nand.page_size * one));
    if (r.address_type == LG_LOGICAL)
        r.map = block_map(x);
    send_pages(x, &r, pages);
    phone_release(x->p, (void *)(uintptr_t)r.map);
}
