/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes, integers and statuses of the legacy agent, and what builds do differently. da-legacy.md 0, 5, 6. */
#include "simdev/firmware/agents/legacy.h"

#include "base/cursor.h"
#include "protocol/legacy.h"

#define HW_MT6592   0x6592u
#define SKIP_PIECE  4096u
#define IDS_DEFAULT 5u /* seen in DA1 blocks of every build [2.2] */
#define IDS_REPORT  7u /* and in reports of 2016 and later; the 2015 build sends 5 there too [4] */

/* ---- builds ---- */

struct lg_build lg_build_of(struct mtksim *p, const struct agent_start *start)
{
    const struct phone_settings *s = phone_settings(p);
    const struct board *b = phone_board(p);
    const bool old = s->legacy_build == LEGACY_BUILD_2015;
    struct lg_build out = {
        .n2 = s->status_numbering == NUMBERING_AUTO ? old : s->status_numbering == NUMBERING_N2,
        .cid_swap = s->cid_swap == SETTING_AUTO ? old : s->cid_swap == SETTING_ON,
        .blank_status = s->blank_status == SETTING_AUTO ? old : s->blank_status == SETTING_ON,
        .bbchip = old && b->soc->bbchip_2015 ? b->soc->bbchip_2015 : b->soc->bbchip,
        .n_ids = s->nand_ids ? s->nand_ids : IDS_DEFAULT,
        .n_report_ids = s->nand_report_ids ? s->nand_report_ids
                        : old              ? IDS_DEFAULT
                                           : IDS_REPORT,
        .emi_version = s->emi_version ? s->emi_version : b->soc->emi_version,
    };
    bool one = s->pmt_ack == PMT_ACK_AUTO ? old : s->pmt_ack == PMT_ACK_01;
    out.pmt_lead = one ? LG_TABLE_FOLLOWS : LG_ACK;
    if (start->ours && agent_hw_code(p) != b->chip->hw_code)
        out.bbchip = 0; /* the chip says it is another one than this agent was built for */
    return out;
}

uint32_t lg_chip(const struct lg *x)
{
    return phone_board(x->p)->chip->hw_code;
}

/* ---- in ---- */

void lg_bytes(struct lg *x, void *buf, size_t len)
{
    phone_read(x->p, buf, len, -1);
}

uint8_t lg_u8(struct lg *x)
{
    uint8_t b[1];
    lg_bytes(x, b, sizeof(b));
    return b[0];
}

uint16_t lg_u16(struct lg *x)
{
    uint8_t b[2];
    lg_bytes(x, b, sizeof(b));
    return get_be16(b);
}

uint32_t lg_u32(struct lg *x)
{
    uint8_t b[4];
    lg_bytes(x, b, sizeof(b));
    return get_be32(b);
}

uint64_t lg_u64(struct lg *x)
{
    uint8_t b[8];
    lg_bytes(x, b, sizeof(b));
    return get_be64(b);
}

void lg_skip(struct lg *x, uint64_t len)
{
    uint8_t piece[SKIP_PIECE];
    while (len) {
        size_t n = len < sizeof(piece) ? (size_t)len : sizeof(piece);
        lg_bytes(x, piece, n);
        len -= n;
    }
}

/* ---- out ---- */

void lg_put_bytes(struct lg *x, const void *data, size_t len)
{
    phone_write(x->p, data, len);
}

void lg_put_u8(struct lg *x, uint8_t v)
{
    lg_put_bytes(x, &v, 1);
}

void lg_put_u16(struct lg *x, uint16_t v)
{
    uint8_t b[2];
    put_be16(b, v);
    lg_put_bytes(x, b, sizeof(b));
}

void lg_put_u32(struct lg *x, uint32_t v)
{
    uint8_t b[4];
    put_be32(b, v);
    lg_put_bytes(x, b, sizeof(b));
}

void lg_put_u64(struct lg *x, uint64_t v)
{
    uint8_t b[8];
    put_be64(b, v);
    lg_put_bytes(x, b, sizeof(b));
}

/* ---- numbers of statuses [6.1] ---- */

/* Stretches of N1 and what N2 makes of them. Codes that N2 does not have become the nearest that it has. */
static const struct {
    uint32_t first, last;
    uint32_t less; /* 0: all of them are `instead` */
    uint32_t instead;
} renumbered[] = {
    {3004, 3007, 0, LG_S_EXT_RAM_ERROR}, /* EMI PLL, type, ranks: not told apart yet */
    {3008, 3055, 4, 0},
    {3056, 3056, 0, LG_S_INVALID_ARGUMENTS},
    {3057, 3185, 5, 0},
};

uint32_t lg_number(const struct lg *x, uint32_t status)
{
    for (size_t i = 0; x->build.n2 && i < sizeof(renumbered) / sizeof(renumbered[0]); i++) {
        if (status >= renumbered[i].first && status <= renumbered[i].last)
            return renumbered[i].less ? status - renumbered[i].less : renumbered[i].instead;
    }
    return status;
}

/* Results by what was being done: reading, writing, erasing. */
static const uint32_t statuses[][3] = {
    [AG_OK] = {0, 0, 0},
    [AG_NO_STORAGE] = {LG_S_INVALID_STORAGE_TYPE, LG_S_INVALID_STORAGE_TYPE, LG_S_INVALID_STORAGE_TYPE},
    [AG_NO_AREA] = {LG_S_INVALID_RANGE, LG_S_INVALID_RANGE, LG_S_INVALID_RANGE},
    [AG_NOT_ALLOWED] = {LG_S_SDMMC_READ_FAILED, LG_S_SDMMC_WRITE_FAILED, LG_S_SDMMC_WRITE_FAILED},
    [AG_OUT_OF_RANGE] = {LG_S_INVALID_RANGE, LG_S_INVALID_RANGE, LG_S_INVALID_RANGE},
    [AG_UNALIGNED] = {LG_S_INVALID_BEGIN_ADDR, LG_S_INVALID_BEGIN_ADDR, LG_S_INVALID_BEGIN_ADDR},
    [AG_NO_TABLE] = {LG_S_NO_VALID_TABLE, LG_S_WRITE_PT_FAIL, LG_S_NO_VALID_TABLE},
    [AG_NO_PARTITION] = {LG_S_NO_VALID_TABLE, LG_S_PART_NO_SPACE, LG_S_NO_VALID_TABLE},
    [AG_TOO_LARGE] = {LG_S_INVALID_RANGE, LG_S_PART_NO_SPACE, LG_S_INVALID_RANGE},
    [AG_MEDIA] = {LG_S_SDMMC_READ_FAILED, LG_S_SDMMC_WRITE_FAILED, LG_S_SDMMC_WRITE_FAILED},
    [AG_BAD_BLOCK] = {LG_S_NAND_BAD_BLOCK, LG_S_NAND_BAD_BLOCK, LG_S_NAND_BAD_BLOCK},
    [AG_CHECKSUM] = {LG_S_CHKSUM_ERROR, LG_S_CHKSUM_ERROR, LG_S_CHKSUM_ERROR},
    [AG_SPARSE_CHUNK] = {LG_S_INVALID_ARGUMENTS, LG_S_INVALID_ARGUMENTS, LG_S_INVALID_ARGUMENTS},
    [AG_SPARSE] = {LG_S_INVALID_ARGUMENTS, LG_S_INVALID_ARGUMENTS, LG_S_INVALID_ARGUMENTS},
    [AG_FORBIDDEN] = {LG_S_CODE_READBACK_FORBIDDEN, LG_S_CODE_DOWNLOAD_FORBIDDEN, LG_S_CODE_FORMAT_FORBIDDEN},
    [AG_FORBIDDEN_RANGE] = {LG_S_CODE_READBACK_FORBIDDEN, LG_S_CODE_DOWNLOAD_FORBIDDEN,
                            LG_S_CODE_FORMAT_FORBIDDEN},
    [AG_FORBIDDEN_ERASE] = {LG_S_CODE_READBACK_FORBIDDEN, LG_S_CODE_DOWNLOAD_FORBIDDEN,
                            LG_S_CODE_FORMAT_FORBIDDEN},
    [AG_BAD_SIGNATURE] = {LG_S_PL_VALIDATION_FAIL, LG_S_PL_VALIDATION_FAIL, LG_S_PL_VALIDATION_FAIL},
    [AG_ROLLBACK] = {LG_S_ROLL_BACK, LG_S_ROLL_BACK, LG_S_ROLL_BACK},
};
/* NAND has numbers of its own for a media error. */
static const uint32_t nand_media[] = {LG_S_NAND_PAGE_READ_FAILED, LG_S_NAND_PROGRAM_FAIL,
                                      LG_S_NAND_ERASE_FAIL};

uint32_t lg_status_of(const struct lg *x, enum ag_result r, enum lg_use use)
{
    if (r == AG_MEDIA && lg_is_nand(x))
        return nand_media[use];
    return statuses[r][use];
}

/* ---- statuses ---- */

/* Sends what a fault wants to be said instead. */
static uint32_t say_instead(struct lg *x, uint32_t value)
{
    if (value <= 0xFF) {
        lg_put_u8(x, (uint8_t)value);
    } else {
        lg_put_u8(x, LG_NACK);
        lg_put_u32(x, value);
    }
    x->error = value;
    return value;
}

uint32_t lg_named_byte(struct lg *x, const char *name, uint8_t v)
{
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, name, v);
    if (a.kind == FAULT_STATUS)
        return say_instead(x, a.value);
    lg_put_u8(x, v);
    return v;
}

uint32_t lg_byte(struct lg *x, uint8_t v)
{
    return lg_named_byte(x, x->command, v);
}

bool lg_ack(struct lg *x)
{
    return lg_byte(x, LG_ACK) == LG_ACK;
}

void lg_refuse(struct lg *x, uint32_t status)
{
    uint32_t number = lg_number(x, status);
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, x->command, number);
    say_instead(x, a.kind == FAULT_STATUS ? a.value : number);
    phone_log(x->p, "[DA] %s refused: %u", x->command, number);
}

bool lg_settle(struct lg *x, uint32_t status)
{
    if (!status)
        return lg_ack(x);
    lg_refuse(x, status);
    return false;
}

uint32_t lg_word(struct lg *x, const char *name, uint32_t status)
{
    uint32_t number = lg_number(x, status);
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, name ? name : x->command, number);
    if (a.kind == FAULT_STATUS)
        number = a.value;
    lg_put_u32(x, number);
    return number;
}

void lg_sum(struct lg *x, const char *name, uint16_t sum)
{
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, name, sum);
    lg_put_u16(x, a.kind == FAULT_STATUS ? (uint16_t)a.value : sum);
}

/* ---- memory and quirks ---- */

void lg_reserve(struct lg *x, size_t need)
{
    if (need <= x->packet_cap)
        return;
    size_t cap = SKIP_PIECE;
    while (cap < need)
        cap *= 2;
    phone_release(x->p, x->packet);
    x->packet_cap = 0;
    x->packet = phone_buffer(x->p, cap);
    x->packet_cap = cap;
}

void lg_phone_info(struct lg *x)
{
    if (lg_chip(x) == HW_MT6592)
        lg_skip(x, 16);
}
