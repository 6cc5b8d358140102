/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware sees of the phone besides pipes and time: its board, memory, log and flash. */
#include "simdev/firmware/phone.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simdev/firmware/phone_internal.h"

struct board *phone_board(struct mtksim *p)
{
    return &p->board;
}

const struct phone_settings *phone_settings(const struct mtksim *p)
{
    return &p->settings;
}

struct prng *phone_prng(struct mtksim *p)
{
    return &p->prng;
}

void **phone_baton(struct mtksim *p)
{
    return &p->baton;
}

void **phone_storage_slot(struct mtksim *p)
{
    return &p->storage;
}

const uint8_t **phone_agent_key(struct mtksim *p)
{
    return &p->agent_key;
}

bool phone_download_key(const struct mtksim *p)
{
    return p->download_key;
}

/* ---- memory ---- */

static void *block(struct mtksim *p, size_t n, bool zeroed)
{
    struct phone_block *b = NULL;
    if (n <= SIZE_MAX - sizeof *b)
        b = zeroed ? calloc(1, sizeof *b + n) : malloc(sizeof *b + n);
    if (!b)
        phone_hang(p, "out of memory");
    b->next = p->blocks;
    p->blocks = b;
    return b->bytes;
}

void *phone_alloc(struct mtksim *p, size_t n)
{
    return block(p, n, true);
}

void *phone_buffer(struct mtksim *p, size_t n)
{
    return block(p, n, false);
}

void phone_release(struct mtksim *p, void *memory)
{
    for (struct phone_block **at = &p->blocks; *at; at = &(*at)->next) {
        struct phone_block *b = *at;
        if ((void *)b->bytes != memory)
            continue;
        *at = b->next;
        free(b);
        return;
    }
}

/* ---- log ---- */

void phone_log(struct mtksim *p, const char *fmt, ...)
{
    char line[PHONE_LOG_LINE];
    va_list ap;
    if (!p->log)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    p->log(p->log_ctx, p->now, line);
}

/* ---- flash ---- */

static bool inside(struct mtksim *p, enum board_area a, uint64_t offset, uint64_t len)
{
    const struct flash_area *f = p->board.area[a];
    uint64_t size = f ? flash_size(f) : 0;
    return offset <= size && len <= size - offset;
}

/* Faults that act on one flash operation; the common ones have been carried out. */
static size_t flash_faults(struct mtksim *p, enum fault_point point, enum board_area a, uint64_t offset,
                           uint64_t len, struct fault_action *out, size_t max)
{
    if (!len || !(p->fault_points & 1u << point))
        return 0; /* no bytes: no operation that could go wrong */
    struct fault_event ev = {.point = point,
                             .stage = p->stage,
                             .name = board_area_name(p->board.storage, a),
                             .offset = offset,
                             .length = len};
    size_t n = fault_ask_all(p->faults, &ev, out, max), kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (out[i].kind == FAULT_DELAY)
            phone_wait(p, out[i].delay_ns);
        else
            out[kept++] = out[i];
    }
    return kept;
}

#define FLASH_ACTIONS 8

int phone_flash_read(struct mtksim *p, enum board_area a, uint64_t offset, void *buf, size_t len)
{
    struct fault_action act[FLASH_ACTIONS];
    if (!inside(p, a, offset, len))
        return -1;
    size_t n = flash_faults(p, FAULT_AT_FLASH_READ, a, offset, len, act, FLASH_ACTIONS);
    if (flash_read(p->board.area[a], offset, buf, len))
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (act[i].kind == FAULT_FAIL)
            return -1;
        if (act[i].kind == FAULT_FLIP && act[i].offset < len)
            ((uint8_t *)buf)[act[i].offset] ^= act[i].mask;
        if (act[i].kind == FAULT_IGNORE)
            memset((uint8_t *)buf + act[i].offset, 0, act[i].count);
        phone_fault_common(p, &act[i], true);
    }
    return 0;
}

/* Writes what is left of [offset, offset + len) when a piece of it is ignored. */
static int write_around(struct flash_area *f, uint64_t offset, const uint8_t *buf, size_t len, size_t hole,
                        size_t hole_len)
{
    if (hole > len)
        hole = len;
    if (hole_len > len - hole)
        hole_len = len - hole;
    size_t behind = hole + hole_len;
    if (hole && flash_write(f, offset, buf, hole))
        return -1;
    return behind < len ? flash_write(f, offset + behind, buf + behind, len - behind) : 0;
}

static int write_faulty(struct mtksim *p, enum board_area a, uint64_t offset, const uint8_t *buf, size_t len,
                        const struct fault_action *act)
{
    struct flash_area *f = p->board.area[a];
    size_t at = act->offset < len ? (size_t)act->offset : len;
    switch (act->kind) {
    case FAULT_FAIL:
        return -1;
    case FAULT_IGNORE:
        return write_around(f, offset, buf, len, at, (size_t)act->count);
    case FAULT_SHORT:
        return at ? flash_write(f, offset, buf, at) : 0;
    case FAULT_FLIP: {
        if (flash_write(f, offset, buf, len))
            return -1;
        uint8_t byte = at < len ? buf[at] ^ act->mask : 0;
        return at < len ? flash_write(f, offset + at, &byte, 1) : 0;
    }
    default: /* what takes the phone away does so in the middle of the operation */
        if (at && flash_write(f, offset, buf, at))
            return -1;
        phone_fault_common(p, act, true);
        return at < len ? flash_write(f, offset + at, buf + at, len - at) : 0;
    }
}

int phone_flash_write(struct mtksim *p, enum board_area a, uint64_t offset, const void *buf, size_t len)
{
    struct fault_action act[FLASH_ACTIONS];
    if (!inside(p, a, offset, len) || p->board.emmc.write_protected)
        return -1;
    p->board.flash_changes++;
    size_t n = flash_faults(p, FAULT_AT_FLASH_WRITE, a, offset, len, act, FLASH_ACTIONS);
    if (n)
        return write_faulty(p, a, offset, buf, len, &act[0]);
    return flash_write(p->board.area[a], offset, buf, len);
}

int phone_flash_erase(struct mtksim *p, enum board_area a, uint64_t offset, uint64_t len)
{
    struct fault_action act[FLASH_ACTIONS];
    if (!inside(p, a, offset, len) || p->board.emmc.write_protected)
        return -1;
    p->board.flash_changes++;
    size_t n = flash_faults(p, FAULT_AT_FLASH_ERASE, a, offset, len, act, FLASH_ACTIONS);
    if (n && act[0].kind == FAULT_FAIL)
        return -1;
    if (n && act[0].kind == FAULT_IGNORE) {
        uint64_t behind = act[0].offset + act[0].count;
        if (flash_erase(p->board.area[a], offset, act[0].offset))
            return -1;
        return flash_erase(p->board.area[a], offset + behind, len - behind);
    }
    if (n)
        phone_fault_common(p, &act[0], true);
    return flash_erase(p->board.area[a], offset, len);
}
