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

/* Fuses, as the `security` words of a phone. */
#define CELL_FUSES   4u
#define CELL_SLA_DAA 3u
static const char *const cell_fuses[CELL_FUSES] = {"", "sbc", "daa", "sbc,sla,daa"};

#endif
