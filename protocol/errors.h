/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error catalogue as data: one row a code and name, from errors.tsv (the field's numbers and names) and
 * errors-own.tsv (conditions that only this project tells apart). The numbers of the families overlap: the key is
 * (family, code). MTK_E_<SYMBOL> of the generated error_index.h is the row number in mtk_err_rows[].
 */
#ifndef PROTOCOL_ERRORS_H
#define PROTOCOL_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mtk_retry { MTK_RETRY_NO, MTK_RETRY_MAYBE, MTK_RETRY_YES };

struct mtk_err_row {
    uint32_t code;      /* the number, valid if coded */
    bool coded;         /* false for errors that are texts only (XML agents) */
    const char *symbol; /* the vendor's name, misspellings included, or one like it; users search for it */
    const char *words;  /* what a phone or tool says where no name of the vendor is known; "" = nothing */
    const char *
        family; /* brom_dll, brom_status, da_legacy, flashtool, sft_gui, xflash_status, xml_string, mtkproof */
    const char *layer;    /* usb, brom, preloader, da1, da2, storage, security, pmt, file, host */
    const char *stage;    /* where it happens; "alias:..." rows are words that users type, for search only */
    enum mtk_retry retry; /* after re-synchronising; never the same bytes on a stream of unknown state */
    bool device_can_emit; /* a phone can cause this report */
    const char *mark;     /* confidence marks of the sources: X, D outrank H, L, ? */
    const char *meaning;
    const char *causes;   /* most likely first, separated by ';' */
    const char *remedies; /* separated by ';' */
};

extern const struct mtk_err_row mtk_err_rows[];
extern const size_t mtk_err_count;

#endif
