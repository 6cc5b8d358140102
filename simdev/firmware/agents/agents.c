/* SPDX-License-Identifier: Apache-2.0 */
/* What the agents of all generations do alike: judge their stage 2, leave their loop, and bring the DRAM up. */
#include "simdev/firmware/agents/agents.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"

#define EMI_HEADER_LEN 0x70u
#define EMI_TAG        "MTK_BLOADER_INFO_v"
#define EMI_BIN_OFFSET 0x64u
#define EMI_BIN        "MTK_BIN"
#define EMI_COUNT      0x6Cu
#define EMI_ID_LEN     16u
#define CALIBRATION_NS (300 * NS_PER_MS)
#define WDT_BITE_NS    (5 * NS_PER_S)

/* ---- chips and stages ---- */

static uint32_t da_code(const struct mtk_chip *c)
{
    return c->da_code ? c->da_code : c->hw_code;
}

bool agent_fits_chip(const struct mtk_chip *chip, uint32_t hw_code)
{
    const struct mtk_chip *built_for = mtk_chip_by_hw_code(hw_code);
    return chip->hw_code == hw_code || (built_for && da_code(built_for) == da_code(chip));
}

uint32_t agent_hw_code(struct mtksim *p)
{
    const char *lie = phone_settings(p)->chip_id;
    return lie[0] ? (uint32_t)strtoul(lie, NULL, 0) : phone_board(p)->chip->hw_code;
}

static bool find_bytes(const uint8_t *in, size_t in_len, const uint8_t *what, size_t len)
{
    return in_len >= len && memmem(in, in_len, what, len) != NULL;
}

/* Stage 1 holds the digest of stage 2, SHA-256 or (before 2019) SHA-1, somewhere in its data (formats.md 1.7). */
bool agent_accepts_stage2(struct mtksim *p, const struct agent_start *s, const uint8_t *image, size_t len)
{
    uint8_t digest[SHA256_LEN];
    if (phone_board(p)->dram.corrupts && len)
        return false; /* what is read back is not what was stored */
    if (!s->ours)
        return true;
    sha256_buf(image, len, digest);
    if (find_bytes(s->image, s->len, digest, SHA256_LEN))
        return true;
    sha1_buf(image, len, digest);
    return find_bytes(s->image, s->len, digest, SHA1_LEN);
}

bool agent_rolled_back(struct mtksim *p, const struct agent_start *s)
{
    uint32_t version = s->d.version ? s->d.version : 1;
    return phone_settings(p)->anti_rollback || (s->ours && version < phone_board(p)->fuses.arb_da);
}

/* What becomes of the loop depends on the build (da-xflash.md 11, fault-matrix.md 2). */
void agent_after_error(struct mtksim *p)
{
    switch (phone_settings(p)->after_error) {
    case AFTER_ERROR_LOOP:
        return;
    case AFTER_ERROR_DEAD:
        phone_hang(p, "agent left its command loop after an error");
    case AFTER_ERROR_WDT:
        phone_wait(p, WDT_BITE_NS);
        phone_reset(p);
    case AFTER_ERROR_DROP:
        phone_usb_disconnect(p);
        phone_hang(p, "agent left the bus after an error");
    }
}

bool agent_link_is_fast(struct mtksim *p, const struct agent_start *s)
{
    return s->from_preloader || phone_settings(p)->brom_usb_speed == BROM_SPEED_HIGH;
}

/* ---- DRAM settings ---- */

/* Layouts are those of formats.md 2.4. Version 0 is a tag without a version: how long its records are is not settled. */
uint32_t agent_emi_record_size(unsigned version)
{
    return version ? mtk_emi_record_size(version) : 0;
}

/* What a record is compared with. */
struct fitted {
    const struct board_dram *dram;
    uint8_t id[16];
    size_t id_len;
};

static bool record_fits(const uint8_t *rec, uint32_t size, unsigned version, const struct fitted *f)
{
    struct rd r = rd_init(rec, size);
    uint32_t type, id_len, fw_len;
    unsigned ranks_at, width;
    const uint8_t *id;
    bool type_first = mtk_emi_type_first(version);
    if (!type_first)
        rd_skip(&r, 4);
    rd_le32(&r, &type);
    rd_le32(&r, &id_len);
    rd_le32(&r, &fw_len);
    if (!rd_view(&r, &id, EMI_ID_LEN) || type != f->dram->type || id_len > EMI_ID_LEN)
        return false;
    if (id_len > f->id_len || memcmp(id, f->id, id_len) != 0)
        return false;
    if (type_first || !mtk_emi_ranks_place(size, &ranks_at, &width))
        return true;
    uint64_t total = 0;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *rank = rec + ranks_at + (size_t)i * width;
        if (!add_u64(total, width == 8 ? get_le64(rank) : get_le32(rank), &total))
            return false;
    }
    return total == f->dram->size;
}

enum agent_emi_verdict agent_emi_records(struct mtksim *p, const uint8_t *records, size_t len,
                                         unsigned version, unsigned *record)
{
    const struct board *b = phone_board(p);
    uint32_t size = agent_emi_record_size(version);
    struct fitted f = {.dram = &b->dram};
    *record = 0;
    if (!size)
        return AGENT_EMI_OTHER_VERSION;
    f.id_len = board_storage_id(b, f.id);
    for (unsigned i = 0; i < len / size; i++) {
        if (record_fits(records + (size_t)i * size, size, version, &f)) {
            *record = i;
            return AGENT_EMI_MATCH;
        }
    }
    return AGENT_EMI_NO_MATCH;
}

/* The two decimal digits of the tag, or -1 if this is no loader-info block. */
static int tag_version(const uint8_t *block, size_t len)
{
    const size_t n = sizeof(EMI_TAG) - 1;
    if (len < EMI_HEADER_LEN || memcmp(block, EMI_TAG, n) != 0 ||
        memcmp(block + EMI_BIN_OFFSET, EMI_BIN, sizeof(EMI_BIN)) != 0)
        return -1;
    unsigned tens = (unsigned)block[n] - '0', ones = (unsigned)block[n + 1] - '0';
    return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

enum agent_emi_verdict agent_emi_block(struct mtksim *p, const uint8_t *block, size_t len, unsigned *record)
{
    int tag = tag_version(block, len);
    uint32_t size = tag >= 0 ? agent_emi_record_size((unsigned)tag) : 0;
    unsigned set = phone_settings(p)->emi_version, known = set ? set : phone_board(p)->soc->emi_version;
    *record = 0;
    if (!size || (unsigned)tag != known) {
        phone_log(p, "[EMI] settings are not version %u", known);
        return AGENT_EMI_OTHER_VERSION;
    }
    uint64_t bytes = (uint64_t)get_le32(block + EMI_COUNT) * size;
    if (!range_fits(EMI_HEADER_LEN, bytes, len))
        return AGENT_EMI_NO_MATCH; /* cut off: the code would calibrate with what lies behind */
    return agent_emi_records(p, block + EMI_HEADER_LEN, (size_t)bytes, (unsigned)tag, record);
}

uint32_t agent_dram_init(struct mtksim *p, enum agent_emi_verdict verdict, const char *command)
{
    struct board *b = phone_board(p);
    struct fault_action a = phone_fault(p, FAULT_AT_DRAM_INIT, command, 0);
    phone_wait(p, CALIBRATION_NS);
    if (a.kind == FAULT_FAIL)
        return a.value ? a.value : AGENT_DRAM_HANGS;
    if (verdict != AGENT_EMI_MATCH)
        return AGENT_DRAM_NO_MATCH;
    if (b->dram.bad_inits) {
        b->dram.bad_inits--;
        return AGENT_DRAM_HANGS;
    }
    b->dram.up = true;
    return 0;
}
