/* SPDX-License-Identifier: Apache-2.0 */
/* The boot-loader info tag and its EMI records, see preloader.h. */
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "formats/preloader_layout.h"
#include "protocol/error_index.h"

/* Record sizes measured by version (2.4). "08" exists, but nobody has measured it. */
static const struct {
    uint8_t version, size;
    bool type_first; /* no sub_version word */
} versions[] = {
    {0, 140, false},  {8, 0, true},     {10, 184, false}, {11, 168, true},  {12, 188, false},
    {13, 188, false}, {14, 168, true},  {15, 176, false}, {16, 188, false}, {17, 176, false},
    {20, 188, false}, {21, 188, false}, {22, 176, false}, {24, 164, false}, {25, 160, false},
    {27, 188, false}, {28, 144, false}, {30, 160, false}, {31, 160, false}, {32, 188, false},
    {35, 160, false}, {36, 160, false}, {38, 160, false}, {39, 160, false}, {40, 160, false},
    {45, 160, false}, {46, 160, false}, {47, 160, false}, {49, 84, true},   {52, 84, true},
};

/* The layouts whose rank sizes have a known place: those that come out at exactly the measured record size. */
static const struct {
    uint32_t record_size;
    unsigned offset, width;
} ranks[] = {{188, 0x6C, 4}, {160, 0x50, 8}};

uint32_t mtk_emi_record_size(unsigned version)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (versions[i].version == version)
            return versions[i].size;
    return 0;
}

bool mtk_emi_ranks_place(uint32_t record_size, unsigned *offset, unsigned *width)
{
    for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        if (ranks[i].record_size == record_size) {
            *offset = ranks[i].offset;
            *width = ranks[i].width;
            return true;
        }
    }
    return false;
}

bool mtk_emi_type_first(unsigned version)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (versions[i].version == version)
            return versions[i].type_first;
    return false;
}

/* The two decimal digits behind "_v"; -1 if they are none or something follows them. */
static int tag_version(const uint8_t *tag, size_t len)
{
    if (len < TAG_NAME_FIELD || memcmp(tag, TAG_TEXT, TAG_TEXT_LEN) != 0)
        return -1;
    const uint8_t *d = tag + TAG_DIGITS;
    if (d[0] < '0' || d[0] > '9' || d[1] < '0' || d[1] > '9' || d[2] != 0)
        return -1;
    return (d[0] - '0') * 10 + (d[1] - '0');
}

/* Size of one record: from the table, or for a version that is not in it by dividing what is there. 0: cannot be. */
static uint32_t record_size(unsigned version, size_t len, uint32_t count)
{
    uint32_t size = mtk_emi_record_size(version);
    if (size || !count || len <= MTK_EMI_HEADER_LEN)
        return size;
    size_t body = len - MTK_EMI_HEADER_LEN;
    return body % count == 0 && body / count >= EMI_HEAD_LEN ? (uint32_t)(body / count) : 0;
}

void mtk_emi_describe(const uint8_t *tag, size_t len, struct mtk_preloader *out)
{
    int version = tag_version(tag, len);
    if (version < 0 || len < MTK_EMI_HEADER_LEN)
        return;
    out->emi_version = (unsigned)version;
    size_t n = 0;
    for (; n < TAG_PROJECT_LEN && tag[TAG_PROJECT + n]; n++) {
        uint8_t c = tag[TAG_PROJECT + n];
        out->project_file[n] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    out->project_file[n] = 0;
    out->emi_count = get_le32(tag + TAG_COUNT);
    out->emi_record_size = record_size(out->emi_version, len, out->emi_count);
}

int mtk_emi_check(const uint8_t *tag, size_t len, const char *name, size_t *need, struct mtk_error *err)
{
    int version = tag_version(tag, len);
    if (version < 0)
        return mtk_fail_file(err, MTK_E_STATUS_EMI_HDR_INVALID, name, 0,
                             "the DRAM settings do not begin with " TAG_TEXT "NN");
    if (len < MTK_EMI_HEADER_LEN)
        return mtk_fail_file(err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, name, 0,
                             "the DRAM settings are cut off inside their header (%zu bytes)", len);
    if (memcmp(tag + TAG_CONSTANTS, TAG_CONSTANTS_TEXT, TAG_CONSTANTS_LEN) != 0)
        return mtk_fail_file(err, MTK_E_STATUS_EMI_HDR_INVALID, name, 0,
                             "the header of the DRAM settings lacks its constants (V116 ... MTK_BIN)");
    uint32_t count = get_le32(tag + TAG_COUNT);
    if (!count || count > MTK_EMI_MAX_RECORDS)
        return mtk_fail_file(err, MTK_E_STATUS_EMI_HDR_INVALID, name, 0,
                             "the DRAM settings claim %u records, 1 to %d are possible", count,
                             MTK_EMI_MAX_RECORDS);
    uint32_t size = record_size((unsigned)version, len, count);
    size_t whole = MTK_EMI_HEADER_LEN + (size_t)count * size;
    if (!size || len < whole)
        return mtk_fail_file(
            err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, name, 0,
            "the DRAM settings v%02d are incomplete: %u records need %zu bytes, %zu are there", version,
            count, whole, len);
    *need = whole;
    return 0;
}

int mtk_preloader_emi(const struct mtk_preloader *p, const char *name, const uint8_t **blob, size_t *len,
                      struct mtk_error *err)
{
    if (!p->emi_len)
        return mtk_fail_file(err, MTK_E_MTK_NO_EMI, name, 0,
                             "no " TAG_TEXT "NN record stands before the preloader's signature");
    size_t need = 0;
    if (mtk_emi_check(p->data + p->emi_offset, p->emi_len, name, &need, err)) {
        mtk_error_offset(err, p->emi_offset);
        return -1;
    }
    if (need != p->emi_len) {
        /* Inside a preloader the length word and the records are from one hand: if they differ, one of them is damaged. */
        mtk_fail_file(
            err, MTK_E_STATUS_EMI_INFO_LEN_INVALID, name, 0,
            "the DRAM settings contradict themselves: %u records make %zu bytes, the length word says %zu",
            p->emi_count, need, p->emi_len);
        mtk_error_offset(err, p->emi_offset);
        return -1;
    }
    *blob = p->data + p->emi_offset;
    *len = p->emi_len;
    return 0;
}

int mtk_emi_of_file(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                    const uint8_t **blob, size_t *blob_len, struct mtk_error *err)
{
    size_t text = sizeof(TAG_TEXT) - 1;
    if (len < text || memcmp(data, TAG_TEXT, text) != 0)
        return mtk_preloader_layout(data, len, name, out, err) < 0
                   ? -1
                   : mtk_preloader_emi(out, name, blob, blob_len, err);
    memset(out, 0, sizeof(*out));
    if (mtk_emi_check(data, len, name, blob_len, err) < 0)
        return -1;
    mtk_emi_describe(data, *blob_len, out);
    out->data = data;
    out->len = len;
    out->emi_len = *blob_len;
    *blob = data;
    return 0;
}

bool mtk_emi_record(const uint8_t *blob, size_t len, unsigned k, struct mtk_emi_record *out)
{
    memset(out, 0, sizeof(*out));
    size_t need = 0;
    if (mtk_emi_check(blob, len, "", &need, NULL) || k >= get_le32(blob + TAG_COUNT))
        return false;
    unsigned version = (unsigned)tag_version(blob, len);
    uint32_t size = (uint32_t)((need - MTK_EMI_HEADER_LEN) / get_le32(blob + TAG_COUNT));
    const uint8_t *r = blob + MTK_EMI_HEADER_LEN + (size_t)k * size;
    size_t shift = mtk_emi_type_first(version) ? 4 : 0;
    out->type = get_le32(r + EMI_TYPE - shift);
    out->id_len = get_le32(r + EMI_ID_LENGTH - shift);
    if (out->id_len > sizeof(out->id))
        return false;
    memcpy(out->id, r + EMI_ID - shift, sizeof(out->id));
    unsigned at, width;
    if (!shift && mtk_emi_ranks_place(size, &at, &width))
        for (unsigned i = 0; i < 4; i++)
            out->rank_size[i] = width == 8 ? get_le64(r + at + 8 * i) : get_le32(r + at + 4 * i);
    return true;
}
