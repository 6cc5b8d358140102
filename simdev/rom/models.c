/* SPDX-License-Identifier: Apache-2.0 */
/* One row a chip: what its ROMs are made like. The rest follows from its profile (simdev/board/soc.c). */
#include <strings.h>

#include "simdev/rom/layout.h"

/*
 * Load addresses are those of real containers (formats.md 1.5, da-xml.md 1); lengths are about as long as theirs. The
 * neighbour's entry stands first in a container, so that a tool that takes the first entry takes the wrong one.
 */
#define AGENT(stub, one, one_len, two, two_len)                                                \
    .stub_address = stub, .stage1_address = one, .stage1_len = one_len, .stage2_address = two, \
    .stage2_len = two_len
#define LEGACY_AGENT AGENT(0x50000000, 0x200000, 0x17f00, 0x40000000, 0x1f980)
#define XFLASH_AGENT AGENT(0x50000000, 0x200000, 0x18120, 0x40000000, 0x20a40)
#define XML_AGENT    AGENT(0, 0x200000, 0x1a540, 0x40000000, 0x31214)

/* Header block and image must fit a preloader partition of 256 KiB before 2018. */
#define OLD_PRELOADER .preloader_max = 0x20000, .preloader_code = 0x1c000
#define NEW_PRELOADER .preloader_max = 0x40000, .preloader_code = 0x38000

static const struct rom_model models[] = {
    {"mt6580", &rom_family_pmt, "mt6735", AGENT(0x80000000, 0x200000, 0x16c40, 0x80000000, 0x1e800),
     OLD_PRELOADER},
    {"mt6735", &rom_family_2015, "mt6580", LEGACY_AGENT, OLD_PRELOADER},
    {"mt6737", &rom_family_2015, "mt6580", LEGACY_AGENT, OLD_PRELOADER},
    {"mt6753", &rom_family_2015, "mt6580", LEGACY_AGENT, OLD_PRELOADER},
    {"mt6739", &rom_family_2018, "mt6763", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6755", &rom_family_2018, "mt6757", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6750", &rom_family_2018, "mt6757", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6757", &rom_family_2018, "mt6755", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6761", &rom_family_2018, "mt6765", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6762", &rom_family_2018, "mt6765", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6763", &rom_family_2018, "mt6739", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6765", &rom_family_2018, "mt6761", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6768", &rom_family_2018, "mt6785", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6771", &rom_family_2018, "mt6779", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6779", &rom_family_2018, "mt6771", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6785", &rom_family_ab, "mt6768", XFLASH_AGENT, NEW_PRELOADER},
    {"mt6789", &rom_family_ab, NULL, XML_AGENT, NEW_PRELOADER},
    {"mt6855", &rom_family_ab, NULL, AGENT(0, 0x2000000, 0x1c540, 0x40000000, 0x31214), NEW_PRELOADER},
};

const struct rom_model *rom_model_find(const char *chip)
{
    const struct soc_profile *soc = soc_find(chip);
    for (size_t i = 0; soc && i < sizeof(models) / sizeof(models[0]); i++)
        if (!strcasecmp(models[i].chip, soc->name))
            return &models[i];
    return NULL;
}

/* Made-up part numbers; the first three bytes are manufacturer, device type and OEM of real makers' CIDs. */
static const struct rom_dram lpddr3[] = {
    {0x0203, "\x90\x01\x4aSIM-A1", 9, {1024, 0}},
    {0x0203, "\x15\x01\x00SIM-B2", 9, {1024, 1024}},
    {0x0003, "", 0, {1024, 1024}},
};
static const struct rom_dram lpddr4x[] = {
    {0x0206, "\x90\x01\x4aSIM-A2", 9, {1024, 1024}},
    {0x0206, "\x15\x01\x00SIM-B3", 9, {2048, 1024}},
    {0x0206, "\x13\x01\x4eSIM-C4", 9, {2048, 2048}},
    {0x0203, "\x90\x01\x4aSIM-L3", 9, {1536, 1536}},
    {0x0006, "", 0, {2048, 2048}},
};

const struct rom_dram *rom_known_dram(uint32_t type, size_t *n)
{
    bool lp3 = (type & 0xff) == 3;
    *n = lp3 ? sizeof(lpddr3) / sizeof(lpddr3[0]) : sizeof(lpddr4x) / sizeof(lpddr4x[0]);
    return lp3 ? lpddr3 : lpddr4x;
}
