/* SPDX-License-Identifier: Apache-2.0 */
/* SoC profiles: how BROM, preloader and agents of a platform behave, as data rows. brom-preloader.md section 8.7. */
#ifndef SIMDEV_BOARD_SOC_H
#define SIMDEV_BOARD_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/chips.h"

enum soc_usb { SOC_USB_MUSB, SOC_USB_SSUSB };

/* When the preloader verifies a DA (6.5). "Secure USB download" is a setting of its own, apart from the DAA fuse. */
enum soc_da_policy { SOC_DA_IF_USBDL, SOC_DA_IF_DAA_FUSE, SOC_DA_IF_USBDL_AND_SBC };

struct soc_profile {
    const char *name;     /* "mt6765" */
    const char *platform; /* scatter's word: "MT6765" */
    uint32_t hw_code;     /* row of the chip table */
    uint16_t hw_sub_code, hw_version, sw_version;
    enum soc_usb usb;
    bool takes_clear_halt; /* EP0 accepts CLEAR_FEATURE(endpoint) instead of stalling (1.4) */
    uint8_t bl_ver;
    bool doubled_a0;        /* second A0 of the handshake is ignored silently */
    bool has_ids;           /* FB, E1, E7 */
    bool has_stay_still;    /* 80 */
    bool preloader_as_da;   /* 70, 71 */
    uint32_t window_ms;     /* time for the first A0 */
    uint32_t phy_extra_ms;  /* added when BROM USB download had been tried before */
    uint32_t pl_da_address; /* fixed; SEND_DA's address is ignored by the preloader */
    uint16_t pl_da_refused; /* SEND_DA S2 of a bad signature */
    uint16_t pl_da_too_long;
    uint32_t pl_da_max;     /* longest DA the preloader verifies */
    uint16_t pl_jump_no_da; /* JUMP_DA without DA */
    enum soc_da_policy pl_da_policy;
    unsigned
        pl_unknown_limit; /* unknown opcodes after which the command loop is left; 0: no limit (4.1 rule 6) */
    bool brom_legacy_ops; /* BROM knows A1 and A2 (4.6) */
    bool brom_soc_id;     /* BROM answers E7 (4.8) */
    bool brom_64bit;      /* BROM knows DE, DF and DA (4.11, 4.19, 4.14) */
    uint16_t brom_write_ok;                  /* BROM's success word for WRITE32 */
    uint32_t brom_sram_start, brom_sram_end; /* where BROM lets a DA go */
    uint32_t dram_base;
    uint64_t dram_size;   /* of the phone as fitted by default */
    uint32_t dram_type;   /* as in EMI records (formats.md 2.4) */
    unsigned emi_version; /* version that this chip's agents understand */
    unsigned da_year;     /* row of the agent table, da-xflash.md 7.4 */
    uint8_t
        storages;   /* bits 1 << enum board_storage: what such phones have; the lowest is fitted by default */
    bool table_pmt; /* eMMC phones of this chip have a PMT instead of a GPT (NAND always has one) */
    uint8_t bbchip, bbchip_2015; /* what a legacy agent calls the chip, by numbering (da-legacy.md 0, 6.1) */
    enum {
        SOC_EXTRAS_NONE,
        SOC_EXTRAS_SLC,
        SOC_EXTRAS_WORD,
        SOC_EXTRAS_WORD_SLC
    } da_extras;                              /* da-legacy.md 2.4 */
    uint64_t emmc_user, emmc_boot, emmc_rpmb; /* default sizes in bytes */
    uint64_t ufs_user, ufs_boot, nand_size;   /* the same for the other storages; 0 where there is none */
    uint8_t emmc_mid; /* CID of the eMCP fitted by default: manufacturer and product name */
    char emmc_name[7];
};

/* Profile by name, case-insensitive; also by scatter platform. NULL if there is none. */
const struct soc_profile *soc_find(const char *name);
/* The i-th profile, NULL past the end. */
const struct soc_profile *soc_at(size_t i);
/* Chip table row of a profile. */
const struct mtk_chip *soc_chip(const struct soc_profile *soc);
/*
 * Base of the watchdog block (RGU). Where no device source names it, the address of its mode register, which host tools
 * know: it is the first of the block (brom-preloader.md 7.4).
 */
uint32_t soc_rgu(const struct mtk_chip *chip);

#endif
