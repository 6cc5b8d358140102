/* SPDX-License-Identifier: Apache-2.0 */
/* The chip table as data, one row a chip, from chips.tsv. 0 means unknown. dev_ columns come from device sources. */
#ifndef PROTOCOL_CHIPS_H
#define PROTOCOL_CHIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mtk_agent_kind { MTK_AGENT_UNKNOWN, MTK_AGENT_LEGACY, MTK_AGENT_XFLASH, MTK_AGENT_XML };

/*
 * Words of `tested`, separated by "; ":
 *   simulator AGENT/STORAGE ...  whole sessions with the simulated phone, flashed, proven and booted, with every fuse
 *   agent                        bytes of a vendor's agent for the chip, executed in a CPU emulator, are tests
 *   log                          bytes recorded from such a phone are tests
 *   hardware                     tried on such a phone
 */
struct mtk_chip {
    uint32_t hw_code;  /* answer to GET_HW_CODE */
    const char *names; /* "MT6765/MT8768t", first one is the name shown */
    const char *marketing;
    uint32_t wdt_addr;    /* watchdog MODE register */
    unsigned wdt_width;   /* bits of one write to it: 16 or 32 */
    uint32_t wdt_disable; /* value that stops it */
    uint32_t uart_addr;
    uint32_t da1_addr_seen; /* stage-1 load address seen in the field; the DA file decides */
    uint32_t pl_da_link_addr;
    enum mtk_agent_kind agent;
    bool has64bit;
    uint32_t da_code; /* code under which DA files list the chip; 0: same as hw_code */
    uint32_t efuse_addr;
    uint32_t dev_rgu_base;
    uint32_t dev_uart0_base;
    uint32_t dev_usbdl_flag;
    uint32_t dev_misc_lock_key;
    uint32_t dev_rst_con;
    uint32_t dev_devinfo_base;
    uint32_t dev_pl_da_ram_addr;
    uint32_t dev_pl_da_max_signed_len;
    uint32_t dev_pl_bl_ver;
    const char *tested; /* what this row was tested with, see above; "" = nothing */
    const char *note;
};

extern const struct mtk_chip mtk_chips[];
extern const size_t mtk_chip_count;

/* The row of a hardware code as GET_HW_CODE tells it; NULL if there is none. */
static inline const struct mtk_chip *mtk_chip_by_hw_code(uint32_t hw_code)
{
    for (size_t i = 0; i < mtk_chip_count; i++)
        if (mtk_chips[i].hw_code == hw_code)
            return &mtk_chips[i];
    return NULL;
}

#endif
