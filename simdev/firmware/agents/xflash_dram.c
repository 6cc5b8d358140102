/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM bring-up from the loader-info block: INIT_EXT_RAM. da-xflash.md section 5. */
#include "simdev/firmware/agents/xflash.h"

#define EMI_MAX 0x10000u /* buffer in SRAM */

/* Runs the DRAM routine. Returns its status; does not return if calibration hangs, the commonest failure [5.3]. */
static uint32_t bring_up(struct xf *x, const uint8_t *blob, size_t len)
{
    unsigned record;
    enum agent_emi_verdict v = agent_emi_block(x->p, blob, len, &record);
    if (v == AGENT_EMI_OTHER_VERSION)
        return XF_EMI_VERSION;
    uint32_t st = agent_dram_init(x->p, v, x->command);
    if (st == AGENT_DRAM_HANGS)
        phone_hang(x->p, "DRAM calibration hangs");
    if (st == AGENT_DRAM_NO_MATCH)
        phone_hang(x->p, "DRAM calibration hangs: no settings for this board");
    if (st == XF_OK)
        xf_message(x, "EMI: settings record %u, %llu MiB", record,
                   (unsigned long long)(phone_board(x->p)->dram.size >> 20));
    return st;
}

void xf_init_ext_ram(struct xf *x)
{
    uint32_t announced, len = 0;
    if (!xf_word(x, &announced) || !xf_header(x, &len) || len > announced || len > EMI_MAX) {
        phone_log(x->p, "[EMI] packet of %u bytes, room for %u", len, EMI_MAX);
        xf_status(x, XF_ERROR); /* the payload stays in the pipe [2.2] */
        return;
    }
    xf_reserve(x, &x->packet, &x->packet_cap, len);
    phone_read(x->p, x->packet, len, -1);
    xf_status(x, bring_up(x, x->packet, len));
}
