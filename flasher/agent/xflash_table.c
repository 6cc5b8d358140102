/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables other than GPT [7.3 code 0x040009, F14]. These agents have no command that gives a PMT, so it is read
 * as it stands on the storage: in the user area of an eMMC, and behind the data of a NAND (formats.md 4.3).
 */
#include <string.h>

#include "flasher/agent/edges.h"
#include "flasher/agent/pmt_table.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

bool xf_on_nand(const struct xflash *x)
{
    return x->storage >= XF_STORAGE_NAND && x->storage <= XF_STORAGE_NAND_LAST;
}

static int read_user(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct xflash *x = ctx;
    struct agent_memory m;
    agent_memory_init(&m, buf, len);
    return x->s.agent.ops->read(&x->s.agent, "user", offset, len, &m.drain, err);
}

/* A block that cannot be read may be a bad one, and then the table is elsewhere. */
static int read_block(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct xflash *x = ctx;
    struct mtk_error why = {0};
    if (xf_read_physical(x, offset, buf, len, &why) == 0)
        return 0;
    if (x->s.agent.usable && why.has_status) {
        mtk_note(x->s.agent.sink, 1, "partition table: %s", why.what);
        memset(buf, 0xFF, len);
        return 0;
    }
    *err = why;
    return -1;
}

static int read_pmt(struct xflash *x, const struct pmt_place *place, struct mtk_pmt *out,
                    struct mtk_error *err)
{
    if (!place->nand)
        return mtk_pmt_read_emmc(read_user, x, place->room, out, err);
    struct mtk_pmt_nand where = {
        .from = place->room, .end = x->nand_size, .page = place->unit, .block = x->s.info.erase_size};
    return mtk_pmt_read_nand(read_block, x, &where, out, err);
}

/* The storage as a PMT counts it. False if it has no area that could hold partitions. */
static bool find_place(const struct xflash *x, struct pmt_place *out)
{
    const char *holds = xf_on_nand(x) ? "nand" : "user";
    *out = (struct pmt_place){.nand = xf_on_nand(x), .unit = x->s.info.block_size};
    for (size_t i = 0; i < x->s.info.n_areas; i++) {
        const struct mtk_area *a = &x->s.info.areas[i];
        if (strcmp(a->name, holds) == 0 && a->readable)
            out->room = a->size;
        else
            out->before += a->size;
    }
    return out->room != 0;
}

int xf_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err)
{
    struct xflash *x = (struct xflash *)a;
    struct mtk_error local = {0};
    struct pmt_place place;
    struct mtk_pmt pmt;
    err = err ? err : &local;
    if (agent_begin(&x->s, "partition table", err) < 0)
        return -1;
    bool has_place = find_place(x, &place);
    int r = -1;
    if (!has_place || (x->s.info.gpt && !place.nand))
        mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                 has_place ? "this phone has a GPT, which is read as it stands in the user area"
                           : "this phone's storage has no place for a partition table");
    else
        r = read_pmt(x, &place, &pmt, err);
    if (r == 0) {
        r = pmt_to_table(&pmt, &place, out, err);
        mtk_pmt_release(&pmt);
    }
    if (r < 0)
        agent_failed(&x->s, err);
    return r;
}
