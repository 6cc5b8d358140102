/* SPDX-License-Identifier: Apache-2.0 */
/* Is there anything on a phone whose table cannot be read? See device.h. */
#include <inttypes.h>
#include <string.h>

#include "flasher/verified/device.h"
#include "flasher/verified/layout.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

/* Read and looked at in pieces of this size. */
#define PIECE (256u << 10)

/* 1: all 00, or all FF; 0: neither; -1 and *err. Whole blocks only. */
static int range_blank(struct mtk_session *s, const char *area, uint64_t start, uint64_t size,
                       struct mtk_error *err)
{
    uint8_t *buf = mtk_session_scratch(s, PIECE, err), first = 0;
    if (!buf)
        return -1;
    for (uint64_t at = 0; at < size;) {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        if (mtk_session_check_cancel(s, err) < 0 || mtk_device_read(s, area, start + at, buf, n, err) < 0)
            return -1;
        first = at ? first : buf[0];
        if ((first != 0x00 && first != 0xFF) || buf[0] != first || memcmp(buf, buf + 1, n - 1) != 0)
            return 0;
        at += n;
    }
    return 1;
}

/* Both places of a GPT; on NAND, whose table is nobody knows where, its first block. */
static int table_blank(struct mtk_session *s, const struct mtk_area *area, struct mtk_error *err)
{
    uint64_t n = mtk_device_erases_first(s) ? mtk_device_erase_unit(s) : mtk_table_bytes(mtk_device_block(s));
    n = n < area->size ? n : area->size;
    int blank = range_blank(s, area->name, 0, n, err);
    if (blank <= 0 || mtk_device_erases_first(s))
        return blank;
    return range_blank(s, area->name, area->size - n, n, err);
}

int mtk_device_blank(struct mtk_session *s, const struct mtk_scatter *scatter, struct mtk_error *err)
{
    const struct mtk_area *area = mtk_device_area(s, mtk_device_user_area(s));
    struct mtk_gpt t;
    if (!area)
        return 1;
    int blank = table_blank(s, area, err);
    if (blank <= 0)
        return blank;
    if (mtk_layout_target(scatter, area->name, area->size, mtk_device_block(s), mtk_device_erase_unit(s),
                          NULL, &t, err) < 0)
        return -1;
    for (size_t i = 0; blank > 0 && i < t.n_entries; i++) {
        const struct mtk_gpt_entry *e = &t.entries[i];
        if (!mtk_policy_identity(e->name))
            continue;
        blank = range_blank(s, area->name, e->start, e->size, err);
        if (blank == 0)
            mtk_note(s->sink, 2,
                     "the phone has no partition table, but there is something at 0x%" PRIX64
                     ", where the scatter has %s",
                     e->start, e->name);
    }
    mtk_gpt_release(&t);
    return blank;
}
