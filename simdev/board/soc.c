/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/board/soc.h"

#include <strings.h>

#include "base/units.h"
#include "simdev/board/board.h"

/*
 * Columns that platforms share. Behaviour comes from brom-preloader.md 8.7 and 5.1, EMI versions from formats.md 2.4,
 * agent years from da-xflash.md 7.4. What is soldered on (DRAM, eMCP) is what common phones of that chip have.
 */
/* BL_VER 3: newest preloaders (mt6739 and later). */
#define PRELOADER_3                                                                                   \
    .bl_ver = 3, .doubled_a0 = true, .has_ids = true, .window_ms = 2500, .pl_da_address = 0x40200000, \
    .dram_base = 0x40000000, .pl_da_refused = 0x7024, .pl_da_too_long = 0x1D10, .pl_da_max = 0x40000, \
    .pl_jump_no_da = 0x7024, .pl_da_policy = SOC_DA_IF_USBDL, .brom_soc_id = true, .brom_64bit = true
/* BL_VER 2 of the XFlash era (mt6755, mt6750, mt6757). */
#define PRELOADER_2_XFLASH                                                                                   \
    .bl_ver = 2, .doubled_a0 = true, .preloader_as_da = true, .window_ms = 2500,                             \
    .pl_da_address = 0x40200000, .dram_base = 0x40000000, .pl_da_refused = 0x2001, .pl_da_too_long = 0x2006, \
    .pl_da_max = 0x40000, .pl_jump_no_da = 0x2001, .pl_da_policy = SOC_DA_IF_USBDL, .brom_soc_id = true,     \
    .brom_64bit = true
/* BL_VER 2 of the legacy agents: the mt6735 tree, which serves mt6735, mt6737 and mt6753. */
#define PRELOADER_2_LEGACY                                                                            \
    .bl_ver = 2, .preloader_as_da = true, .window_ms = 2500, .pl_da_address = 0x40200000,             \
    .dram_base = 0x40000000, .pl_da_refused = 0x7024, .pl_da_too_long = 0x1D10, .pl_da_max = 0x30000, \
    .pl_jump_no_da = 0x2001, .pl_da_policy = SOC_DA_IF_USBDL_AND_SBC, .pl_unknown_limit = 20,         \
    .takes_clear_halt = true, .brom_legacy_ops = true, .brom_64bit = true
/* BL_VER 1 (mt6580). */
#define PRELOADER_1                                                                                   \
    .bl_ver = 1, .window_ms = 2500, .pl_da_address = 0x80001000, .dram_base = 0x80000000,             \
    .pl_da_refused = 0x2001, .pl_da_too_long = 0x2006, .pl_da_max = 0x30000, .pl_jump_no_da = 0x2001, \
    .pl_da_policy = SOC_DA_IF_DAA_FUSE, .brom_legacy_ops = true

/* Where BROM loads DAs: L2 SRAM on all but the newest parts; the ROM's own memory lies below (4.9). */
#define CHIP_AT(code, sram, end)                                                        \
    .hw_code = code, .hw_sub_code = 0x8A00, .hw_version = 0xCA00, .sw_version = 0x0000, \
    .brom_sram_start = sram, .brom_sram_end = end
#define CHIP(code) CHIP_AT(code, 0x00200000, 0x00300000)

#define LPDDR3_EMCP  0x0203
#define LPDDR4X_EMCP 0x0206
#define LPDDR4X_UMCP 0x0306
#define FITTED(dram, ram, boot, rpmb, user, mid, product)                                         \
    .dram_type = dram, .dram_size = ram, .emmc_boot = boot, .emmc_rpmb = rpmb, .emmc_user = user, \
    .emmc_mid = mid, .emmc_name = product

/* What phones of a chip store on. The sizes of LUs and of a NAND are those of common parts. */
#define ON(s)    (1u << BOARD_##s)
#define HAS_EMMC .storages = ON(EMMC)
#define HAS_UFS(which, gib) \
    .storages = (which) | ON(UFS), .ufs_user = UINT64_C(0x3B9400000) * ((gib) / 16), .ufs_boot = 4 * MIB
#define HAS_NAND .storages = ON(EMMC) | ON(NAND), .nand_size = 512 * MIB
/* Numbers that legacy agents have for the chip. Where no build of 2015 is known, the later number stands for it. */
#define BBCHIP(new, old) .bbchip = new, .bbchip_2015 = old

static const struct soc_profile profiles[] = {
    {.name = "mt6580",
     .platform = "MT6580",
     CHIP(0x6580),
     .usb = SOC_USB_MUSB,
     PRELOADER_1,
     .brom_write_ok = 0x0001,
     .emi_version = 21,
     .da_year = 2017,
     HAS_NAND,
     .table_pmt = true,
     BBCHIP(0x9C, 0x9C),
     .da_extras = SOC_EXTRAS_SLC,
     FITTED(LPDDR3_EMCP, 1 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x1D2000000), 0x15, "Q8XSAB")},
    {.name = "mt6735",
     .platform = "MT6735",
     CHIP(0x0321),
     .usb = SOC_USB_MUSB,
     PRELOADER_2_LEGACY,
     .emi_version = 20,
     .da_year = 2017,
     HAS_NAND,
     BBCHIP(0x9B, 0x93),
     FITTED(LPDDR3_EMCP, 2 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x3A3E00000), 0x90, "HAG2e0")},
    {.name = "mt6737",
     .platform = "MT6737",
     CHIP(0x0335),
     .usb = SOC_USB_MUSB,
     PRELOADER_2_LEGACY,
     .emi_version = 20,
     .da_year = 2017,
     HAS_NAND,
     BBCHIP(0xA0, 0xA0),
     FITTED(LPDDR3_EMCP, 1 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x1D2000000), 0x15, "Q8XSAB")},
    {.name = "mt6753",
     .platform = "MT6753",
     CHIP(0x0337),
     .usb = SOC_USB_MUSB,
     PRELOADER_2_LEGACY,
     .emi_version = 20,
     .da_year = 2017,
     HAS_EMMC,
     BBCHIP(0x9E, 0x9E),
     FITTED(LPDDR3_EMCP, 3 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x3A3E00000), 0x90, "HBG4e0")},
    {.name = "mt6739",
     .platform = "MT6739",
     CHIP(0x0699),
     .usb = SOC_USB_MUSB,
     PRELOADER_3,
     .phy_extra_ms = 3500,
     .emi_version = 32,
     .da_year = 2018,
     HAS_NAND,
     FITTED(LPDDR3_EMCP, 2 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x3A3E00000), 0x15, "QE63MB")},
    {.name = "mt6755",
     .platform = "MT6755",
     CHIP(0x0326),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_2_XFLASH,
     .emi_version = 22,
     .da_year = 2017,
     HAS_EMMC,
     FITTED(LPDDR3_EMCP, 3 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x747C00000), 0x15, "RX1BMB")},
    {.name = "mt6750",
     .platform = "MT6750",
     CHIP(0x0601),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_2_XFLASH,
     .emi_version = 22,
     .da_year = 2017,
     HAS_EMMC,
     FITTED(LPDDR3_EMCP, 3 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x747C00000), 0x90, "HCG8e4")},
    {.name = "mt6757",
     .platform = "MT6757",
     CHIP(0x0551),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_2_XFLASH,
     .emi_version = 25,
     .da_year = 2017,
     HAS_EMMC,
     FITTED(LPDDR4X_EMCP, 4 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x747C00000), 0x15, "DX68MB")},
    {.name = "mt6761",
     .platform = "MT6761",
     CHIP(0x0717),
     .usb = SOC_USB_MUSB,
     PRELOADER_3,
     .has_stay_still = true,
     .preloader_as_da = true,
     .phy_extra_ms = 3500,
     .emi_version = 38,
     .da_year = 2018,
     HAS_EMMC,
     FITTED(LPDDR3_EMCP, 2 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x747C00000), 0x90, "hB8aP>")},
    {.name = "mt6762",
     .platform = "MT6762",
     CHIP(0x0717),
     .usb = SOC_USB_MUSB,
     PRELOADER_3,
     .has_stay_still = true,
     .preloader_as_da = true,
     .phy_extra_ms = 3500,
     .emi_version = 35,
     .da_year = 2018,
     HAS_EMMC,
     FITTED(LPDDR4X_EMCP, 3 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0x747C00000), 0x90, "hB8aP>")},
    {.name = "mt6763",
     .platform = "MT6763",
     CHIP(0x0690),
     .usb = SOC_USB_MUSB,
     PRELOADER_3,
     .has_stay_still = true,
     .phy_extra_ms = 3500,
     .emi_version = 30,
     .da_year = 2018,
     HAS_EMMC,
     FITTED(LPDDR4X_EMCP, 4 * GIB, 4 * MIB, 4 * MIB, UINT64_C(0xE8F800000), 0x15, "DH6DMB")},
    {.name = "mt6765",
     .platform = "MT6765",
     CHIP(0x0766),
     .usb = SOC_USB_MUSB,
     PRELOADER_3,
     .has_stay_still = true,
     .preloader_as_da = true,
     .phy_extra_ms = 3500,
     .emi_version = 35,
     .da_year = 2019,
     HAS_EMMC,
     FITTED(LPDDR4X_EMCP, 4 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0xE8F800000), 0x15, "DP6DAB")},
    {.name = "mt6768",
     .platform = "MT6768",
     CHIP(0x0707),
     .usb = SOC_USB_MUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 40,
     .da_year = 2019,
     HAS_UFS(ON(EMMC), 128),
     FITTED(LPDDR4X_EMCP, 4 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x15, "DV6DMB")},
    {.name = "mt6771",
     .platform = "MT6771",
     CHIP(0x0788),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 36,
     .da_year = 2022,
     HAS_UFS(ON(EMMC), 128),
     FITTED(LPDDR4X_EMCP, 6 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x15, "DUTB42")},
    {.name = "mt6779",
     .platform = "MT6779",
     CHIP(0x0725),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 39,
     .da_year = 2019,
     HAS_UFS(ON(EMMC), 128),
     FITTED(LPDDR4X_EMCP, 8 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x90, "hDEaP3")},
    {.name = "mt6785",
     .platform = "MT6785",
     CHIP(0x0813),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 45,
     .da_year = 2019,
     HAS_UFS(ON(EMMC), 128),
     FITTED(LPDDR4X_EMCP, 6 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x90, "hC9aP3")},
    /*
     * The XML agents' chips. No preloader source of them is public: they behave as the newest ones that are known. The
     * MT6789's descriptors were seen in the field (1.2); its agent is linked into L2 SRAM, that of the MT6855 not.
     */
    {.name = "mt6789",
     .platform = "MT6789",
     CHIP(0x1208),
     .usb = SOC_USB_MUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 52,
     .da_year = 2022,
     HAS_UFS(ON(EMMC), 128),
     FITTED(LPDDR4X_EMCP, 6 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x15, "DUTB42")},
    {.name = "mt6855",
     .platform = "MT6855",
     CHIP_AT(0x1129, 0x02000000, 0x02100000),
     .usb = SOC_USB_SSUSB,
     .takes_clear_halt = true,
     PRELOADER_3,
     .has_stay_still = true,
     .emi_version = 52,
     .da_year = 2022,
     HAS_UFS(0, 128),
     FITTED(LPDDR4X_UMCP, 8 * GIB, 4 * MIB, 16 * MIB, UINT64_C(0x1D1F000000), 0x90, "hDEaP3")},
};

const struct soc_profile *soc_at(size_t i)
{
    return i < sizeof profiles / sizeof *profiles ? &profiles[i] : NULL;
}

const struct soc_profile *soc_find(const char *name)
{
    const struct soc_profile *s;
    for (size_t i = 0; name && (s = soc_at(i)); i++)
        if (!strcasecmp(name, s->name) || !strcasecmp(name, s->platform))
            return s;
    return NULL;
}

const struct mtk_chip *soc_chip(const struct soc_profile *soc)
{
    return mtk_chip_by_hw_code(soc->hw_code);
}

uint32_t soc_rgu(const struct mtk_chip *chip)
{
    return chip->dev_rgu_base ? chip->dev_rgu_base : chip->wdt_addr;
}
