/* SPDX-License-Identifier: Apache-2.0 */
/* The dimensions of the matrix of whole sessions, as data. */
#ifndef TESTS_SESSION_FLASH_CELLS_H
#define TESTS_SESSION_FLASH_CELLS_H

/* Phone models: every agent generation on each storage that its phones have, with both kinds of partition table. */
static const struct cell_model {
    const char *name, *chip, *agent, *storage;
    const char *only; /* partitions that are flashed: something small, something critical */
} cell_models[] = {
    {"legacy, eMMC with GPT", "mt6737", "legacy", "emmc", "lk,logo"},
    {"legacy, eMMC with PMT", "mt6580", "legacy", "emmc", NULL},
    {"legacy, NAND", "mt6737", "legacy", "nand", NULL},
    {"legacy, NAND of a PMT chip", "mt6580", "legacy", "nand", NULL},
    {"XFlash, eMMC", "mt6765", "xflash", "emmc", "lk,logo,preloader"},
    {"XFlash, UFS", "mt6785", "xflash", "ufs", "lk_a,logo,preloader"},
    {"XFlash, NAND", "mt6739", "xflash", "nand", NULL},
    {"XML, eMMC", "mt6789", "xml", "emmc", NULL},
    {"XML, UFS", "mt6855", "xml", "ufs", NULL},
};
#define CELL_MODELS (sizeof(cell_models) / sizeof(cell_models[0]))

/* The other chips and what they come with: one session from each stage, with everything that fuses can demand. */
static const struct cell_model cell_chips[] = {
    {"mt6735", "mt6735", "legacy", "emmc", "lk,logo"},
    {"mt6735, NAND", "mt6735", "legacy", "nand", "UBOOT,LOGO"},
    {"mt6753", "mt6753", "legacy", "emmc", "lk,logo"},
    {"mt6739", "mt6739", "xflash", "emmc", "lk,logo"},
    {"mt6750", "mt6750", "xflash", "emmc", "lk,logo"},
    {"mt6755", "mt6755", "xflash", "emmc", "lk,logo"},
    {"mt6757", "mt6757", "xflash", "emmc", "lk,logo"},
    {"mt6761", "mt6761", "xflash", "emmc", "lk,logo"},
    {"mt6762", "mt6762", "xflash", "emmc", "lk,logo"},
    {"mt6763", "mt6763", "xflash", "emmc", "lk,logo"},
    {"mt6768", "mt6768", "xflash", "emmc", "lk,logo"},
    {"mt6768, UFS", "mt6768", "xflash", "ufs", "lk,logo"},
    {"mt6771", "mt6771", "xflash", "emmc", "lk,logo"},
    {"mt6771, UFS", "mt6771", "xflash", "ufs", "lk,logo"},
    {"mt6779", "mt6779", "xflash", "emmc", "lk,logo"},
    {"mt6779, UFS", "mt6779", "xflash", "ufs", "lk,logo"},
    {"mt6785, eMMC", "mt6785", "xflash", "emmc", "lk_a,logo"},
    {"mt6789, UFS", "mt6789", "xml", "ufs", "lk_a,logo"},
};
#define CELL_CHIPS (sizeof(cell_chips) / sizeof(cell_chips[0]))

/* Phones whose ROM brings agents of another generation than the chip's own. No container tells legacy from XFlash. */
static const struct cell_model cell_strangers[] = {
    {"mt6737 with XFlash", "mt6737", "xflash", "emmc", "lk,logo"},
    {"mt6737 with XML", "mt6737", "xml", "emmc", "lk,logo"},
    {"mt6580 with XFlash", "mt6580", "xflash", "emmc", "LOGO"},
    {"mt6737 with XFlash, NAND", "mt6737", "xflash", "nand", "LOGO"},
    {"mt6765 with XML", "mt6765", "xml", "emmc", "lk,logo"},
    {"mt6785 with XML, UFS", "mt6785", "xml", "ufs", "lk_a,logo"},
    {"mt6789 with XFlash", "mt6789", "xflash", "emmc", "lk_a,logo"},
    {"mt6855 with XFlash, UFS", "mt6855", "xflash", "ufs", "lk_a,logo"},
};
#define CELL_STRANGERS (sizeof(cell_strangers) / sizeof(cell_strangers[0]))

/* Fuses, as the `security` words of a phone. */
#define CELL_FUSES   4u
#define CELL_SLA_DAA 3u
static const char *const cell_fuses[CELL_FUSES] = {"", "sbc", "daa", "sbc,sla,daa"};

#endif
