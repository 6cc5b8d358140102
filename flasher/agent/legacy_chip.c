/* SPDX-License-Identifier: Apache-2.0 */
/* What differs from chip to chip in the legacy protocol [2.4, 2.5, 4, 8], and the numberings of its statuses [6.1]. */
#include <string.h>

#include "flasher/agent/legacy.h"
#include "formats/da.h"

/* Block count and size of the bad-block pool, {eMMC phone, NAND phone}. */
#define BMT_DEFAULT .bmt = {{1, 0}, {1, 0}}

/* Hardware codes as the boot ROM gives them; 0x6735 is the alias that stands for its family. */
static const struct leg_chip chips[] = {
    {.code = 0x0321, BMT_DEFAULT},
    {.code = 0x0335, BMT_DEFAULT},
    {.code = 0x0337, BMT_DEFAULT},
    {.code = 0x0571, BMT_DEFAULT},
    {.code = 0x2601, BMT_DEFAULT},
    {.code = 0x6571, .extra = LG_EXTRA_COMBO, .single_record = true, .bmt = {{1, 0x01500000}, {1, 0}}},
    {.code = 0x6572, .single_record = true, .nand_size_32 = true, .bmt = {{0, 0xA8}, {0, 0x01500000}}},
    {.code = 0x6573, .v3 = true, .nand_size_32 = true, BMT_DEFAULT},
    {.code = 0x6575, .v3 = true, .nand_size_32 = true, BMT_DEFAULT},
    {.code = 0x6577, .v3 = true, .nand_size_32 = true, .bmt = {{1, 0}, {0, 0x00A00000}}},
    {.code = 0x6580, .extra = LG_EXTRA_SLC, BMT_DEFAULT},
    {.code = 0x6582,
     .extra = LG_EXTRA_COMBO,
     .single_record = true,
     .nand_size_32 = true,
     .bmt = {{2, 0x01500000}, {1, 0}}},
    {.code = 0x6583,
     .extra = LG_EXTRA_FORCE_DRAM,
     .single_record = true,
     .nand_size_32 = true,
     .bmt = {{1, 0}, {0, 0x00A00000}}},
    {.code = 0x6592,
     .extra = LG_EXTRA_GPT,
     .single_record = true,
     .nand_size_32 = true,
     .phone_info = true,
     .calibration_words = true,
     .bmt = {{1, 0x01500000}, {1, 0}}},
    {.code = 0x6595, BMT_DEFAULT},
    {.code = 0x6735, BMT_DEFAULT},
    {.code = 0x6752, BMT_DEFAULT},
    {.code = 0x6755, BMT_DEFAULT},
    {.code = 0x6795, BMT_DEFAULT},
    {.code = 0x6797, BMT_DEFAULT},
    {.code = 0x8127, .extra = LG_EXTRA_SKIP_SLC, .single_record = true, .bmt = {{1, 0x01500000}, {1, 0}}},
    {.code = 0x8135, .nand_size_32 = true, BMT_DEFAULT},
    {.code = 0x8163, .extra = LG_EXTRA_SLC, BMT_DEFAULT},
    {.code = 0x8172, BMT_DEFAULT},
    {.code = 0x8176, BMT_DEFAULT},
    {.code = 0x8590, BMT_DEFAULT},
};

static const struct leg_chip *by_code(uint32_t code)
{
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
        if (chips[i].code == code)
            return &chips[i];
    return NULL;
}

const struct leg_chip *leg_chip_of(const struct mtk_phone_id *id)
{
    const struct leg_chip *c = by_code(id->hw_code);
    return c || !id->chip ? c : by_code(id->chip->da_code);
}

/*
 * A legacy agent for a chip of a later generation: the tools of its time know no such chip. All agents since the end of
 * 2014 take no words behind the configuration but for two chips [2.4], so that is what is tried.
 */
const struct leg_chip *leg_chip_or_later(const struct mtk_phone_id *id)
{
    static const struct leg_chip later = {BMT_DEFAULT};
    const struct leg_chip *c = leg_chip_of(id);
    return c || !id->chip ? c : &later;
}

/* Four digits in a row at p. */
static bool four_digits(const char *p, unsigned *v)
{
    *v = 0;
    for (int i = 0; i < 4; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *v = *v * 10 + (unsigned)(p[i] - '0');
    }
    return true;
}

/*
 * v7.1504 is a release of week 4 of 2015; v3.3001.2015-01-19 says the day. Up to and including 2015 the numbers are
 * N2: seen for 1504, taken for the rest of that year [6.1].
 */
enum leg_numbering leg_numbering_of_container(const uint8_t *da, size_t len)
{
    char text[65] = {0};
    unsigned v = 0;
    if (!da || len < 0x60)
        return LG_N1;
    memcpy(text, da + 0x20, 64);
    const char *release = strstr(text, "_v7."), *build = strstr(text, "_v3.3001.");
    if (release && four_digits(release + 4, &v))
        return v <= 1504 ? LG_N2 : LG_N1;
    if (build && four_digits(build + 9, &v))
        return v <= 2015 ? LG_N2 : LG_N1;
    return LG_N1;
}

uint32_t leg_to_n1(enum leg_numbering numbering, uint32_t status)
{
    if (numbering == LG_N1 || status < 3004 || status > 3180)
        return status;
    return status <= 3051 ? status + 4 : status + 5;
}
