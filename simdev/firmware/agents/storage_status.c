/* SPDX-License-Identifier: Apache-2.0 */
/* Results of the storage engine as the status words of da-xflash.md 7.7 and 12. */
#include "protocol/xflash.h"
#include "simdev/firmware/agents/storage.h"

/* What the storage itself has to say has a word of its own for each kind. */
static const uint32_t media_errors[] = {
    [BOARD_EMMC] = XF_MMC_ERROR, [BOARD_UFS] = XF_UFS_ERROR, [BOARD_NAND] = XF_NAND_ERROR};

static const uint32_t statuses[] = {
    [AG_OK] = XF_OK,
    [AG_NO_STORAGE] = XF_STORAGE_MISMATCH,
    [AG_NO_AREA] = XF_UNKNOWN_SECTION,
    [AG_NOT_ALLOWED] = XF_UNSUPPORTED_OP,
    [AG_OUT_OF_RANGE] = XF_OUT_OF_RANGE,
    [AG_UNALIGNED] = XF_INVALID_PARAMETERS,
    [AG_NO_TABLE] = XF_PARTITION_TABLE_FAIL,
    [AG_NO_PARTITION] = XF_PARTITION_NOT_FOUND,
    [AG_TOO_LARGE] = XF_TOO_LARGE,
    [AG_BAD_BLOCK] = XF_BAD_BLOCK,
    [AG_CHECKSUM] = XF_CHECKSUM_ERROR,
    [AG_SPARSE_CHUNK] = XF_UNKNOWN_SPARSE_CHUNK,
    [AG_SPARSE] = XF_SPARSE_FAIL,
    [AG_FORBIDDEN] = XF_DOWNLOAD_FORBIDDEN,
    [AG_FORBIDDEN_RANGE] = XF_WRITE_NOT_ALLOWED,
    [AG_FORBIDDEN_ERASE] = XF_FORMAT_NOT_ALLOWED,
    [AG_BAD_SIGNATURE] = XF_PRELOADER_VERIFY_FAIL,
    [AG_ROLLBACK] = XF_ROLLBACK,
};

uint32_t ag_status(struct mtksim *p, enum ag_result r)
{
    return r == AG_MEDIA ? media_errors[phone_board(p)->storage] : statuses[r];
}
