/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM bring-up from the loader-info block: INIT_EXT_RAM. da-xflash.md section 5, formats.md 2.4. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define EMI_MAX         0x10000u /* buffer in SRAM */
#define EMI_HEADER_LEN  0x70u
#define EMI_TAG         "MTK_BLOADER_INFO_v"
#define EMI_BIN_OFFSET  0x64u
#define EMI_BIN         "MTK_BIN"
#define EMI_COUNT       0x6Cu
#define EMI_ID_LEN      16u
#define EMI_RECORD_HEAD 0x28u
#define CALIBRATION_NS  (300 * NS_PER_MS)

/* Record layouts by version of the tag: size, and where and how wide the four rank sizes are (0: not known). */
static const struct emi_layout {
    uint8_t version;
    uint8_t size, rank_offset, rank_bytes;
} layouts[] = {
    {10, 184, 0, 0},    {11, 168, 0, 0},    {12, 188, 0x6C, 4}, {13, 188, 0x6C, 4}, {14, 168, 0, 0},
    {15, 176, 0x60, 8}, {16, 188, 0x6C, 4}, {17, 176, 0x60, 8}, {20, 188, 0x6C, 4}, {21, 188, 0x6C, 4},
    {22, 176, 0x60, 8}, {24, 164, 0, 0},    {25, 160, 0x50, 8}, {27, 188, 0x6C, 4}, {28, 144, 0, 0},
    {30, 160, 0x50, 8}, {31, 160, 0x50, 8}, {32, 188, 0x6C, 4}, {35, 160, 0x50, 8}, {36, 160, 0x50, 8},
    {38, 160, 0x50, 8}, {39, 160, 0x50, 8}, {40, 160, 0x50, 8}, {45, 160, 0x50, 8}, {46, 160, 0x50, 8},
    {47, 160, 0x50, 8}, {49, 84, 0, 0},     {52, 84, 0, 0},
};

/* Versions whose records begin with the type instead of a sub-version word. */
static bool type_comes_first(unsigned version)
{
    return version == 11 || version == 14 || version == 49 || version == 52;
}

static const struct emi_layout *layout_of(unsigned version)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        if (layouts[i].version == version)
            return &layouts[i];
    }
    return NULL;
}

/* The two decimal digits of the tag, or -1 if this is no loader-info block. */
static int tag_version(const uint8_t *blob, size_t len)
{
    const size_t n = sizeof(EMI_TAG) - 1;
    if (len < EMI_HEADER_LEN || memcmp(blob, EMI_TAG, n) != 0 ||
        memcmp(blob + EMI_BIN_OFFSET, EMI_BIN, sizeof(EMI_BIN)) != 0)
        return -1;
    unsigned tens = (unsigned)blob[n] - '0', ones = (unsigned)blob[n + 1] - '0';
    return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

static bool record_fits(const uint8_t *rec, const struct emi_layout *l, const struct board_dram *dram,
                        const uint8_t *cid)
{
    struct rd r = rd_init(rec, l->size);
    uint32_t type, id_len, fw_len;
    const uint8_t *id;
    if (!type_comes_first(l->version))
        rd_skip(&r, 4);
    rd_le32(&r, &type);
    rd_le32(&r, &id_len);
    rd_le32(&r, &fw_len);
    if (!rd_view(&r, &id, EMI_ID_LEN) || type != dram->type || id_len > EMI_ID_LEN)
        return false;
    if (id_len && (!cid || memcmp(id, cid, id_len) != 0))
        return false;
    if (!l->rank_bytes)
        return true;
    uint64_t total = 0;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *rank = rec + l->rank_offset + (size_t)i * l->rank_bytes;
        if (!add_u64(total, l->rank_bytes == 8 ? get_le64(rank) : get_le32(rank), &total))
            return false;
    }
    return total == dram->size;
}

enum xf_emi_verdict xf_emi_check(const uint8_t *blob, size_t len, unsigned version,
                                 const struct board_dram *dram, const uint8_t *cid, unsigned *record)
{
    int tag = tag_version(blob, len);
    const struct emi_layout *l = tag >= 0 ? layout_of((unsigned)tag) : NULL;
    *record = 0;
    if (tag < 0 || (unsigned)tag != version || !l)
        return XF_EMI_OTHER_VERSION;
    uint32_t n = get_le32(blob + EMI_COUNT);
    if (!range_fits(EMI_HEADER_LEN, (uint64_t)n * l->size, len))
        return XF_EMI_NO_MATCH; /* cut off: the code would calibrate with what lies behind */
    for (uint32_t i = 0; i < n; i++) {
        if (record_fits(blob + EMI_HEADER_LEN + (size_t)i * l->size, l, dram, cid)) {
            *record = i;
            return XF_EMI_MATCH;
        }
    }
    return XF_EMI_NO_MATCH;
}

/* Runs the DRAM routine. Returns its status; does not return if calibration hangs, the commonest failure [5.3]. */
static uint32_t bring_up(struct xf *x, const uint8_t *blob, size_t len)
{
    struct mtksim *p = x->p;
    struct board *b = phone_board(p);
    struct fault_action a = phone_fault(p, FAULT_AT_DRAM_INIT, "INIT_EXT_RAM", 0);
    unsigned record;
    enum xf_emi_verdict v = xf_emi_check(blob, len, b->soc->emi_version, &b->dram,
                                         xf_has_storage(x) ? b->emmc.cid : NULL, &record);
    if (v == XF_EMI_OTHER_VERSION) {
        phone_log(p, "[EMI] settings are not version %u", b->soc->emi_version);
        return XF_EMI_VERSION;
    }
    phone_wait(p, CALIBRATION_NS);
    if (a.kind == FAULT_FAIL) {
        if (!a.value)
            phone_hang(p, "DRAM calibration hangs");
        return a.value;
    }
    if (v == XF_EMI_NO_MATCH)
        phone_hang(p, "DRAM calibration hangs: no settings for this board");
    if (b->dram.bad_inits) {
        b->dram.bad_inits--;
        phone_hang(p, "DRAM calibration hangs: marginal DRAM");
    }
    b->dram.up = true;
    xf_message(x, "EMI: settings record %u, %llu MiB", record, (unsigned long long)(b->dram.size >> 20));
    return XF_OK;
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
