/* SPDX-License-Identifier: Apache-2.0 */
/* The storage engine in XFlash's words: FlashOp and names in, places out. da-xflash.md 7.5, 7.7, 8. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define OP_STORAGE   0u /* offsets in FlashOp */
#define OP_SECTION   4u
#define OP_ADDRESS   8u
#define OP_LENGTH    16u
#define OP_ADDR_TYPE 28u
#define OP_LEVEL     36u

/* ---- by number ---- */

enum target { NOTHING, AREA, BOOTS }; /* NOTHING: a part that this storage knows, but does not have */

/* Sections by storage [7.5]. */
static const struct section {
    enum board_storage storage;
    uint32_t number;
    enum target target;
    enum board_area area;
} sections[] = {
    {BOARD_EMMC, XF_EMMC_BOOT1, AREA, BOARD_BOOT1},
    {BOARD_EMMC, XF_EMMC_BOOT2, AREA, BOARD_BOOT2},
    {BOARD_EMMC, XF_EMMC_RPMB, AREA, BOARD_RPMB},
    {BOARD_EMMC, XF_EMMC_GP1, NOTHING, BOARD_USER},
    {BOARD_EMMC, XF_EMMC_GP1 + 1, NOTHING, BOARD_USER},
    {BOARD_EMMC, XF_EMMC_GP1 + 2, NOTHING, BOARD_USER},
    {BOARD_EMMC, XF_EMMC_GP4, NOTHING, BOARD_USER},
    {BOARD_EMMC, XF_EMMC_USER, AREA, BOARD_USER},
    {BOARD_EMMC, XF_EMMC_BOOT1_BOOT2, BOOTS, BOARD_BOOT1},
    {BOARD_UFS, XF_UFS_LU0, AREA, BOARD_BOOT1},
    {BOARD_UFS, XF_UFS_LU1, AREA, BOARD_BOOT2},
    {BOARD_UFS, XF_UFS_LU2, AREA, BOARD_USER},
    {BOARD_UFS, XF_UFS_LU3, AREA, BOARD_RPMB},
    {BOARD_UFS, XF_UFS_LU3 + 1, NOTHING, BOARD_USER},
    {BOARD_UFS, XF_UFS_LU3 + 2, NOTHING, BOARD_USER},
    {BOARD_UFS, XF_UFS_LU3 + 3, NOTHING, BOARD_USER},
    {BOARD_UFS, XF_UFS_LU7, NOTHING, BOARD_USER},
    {BOARD_UFS, XF_UFS_LU0_LU1, BOOTS, BOARD_BOOT1},
    {BOARD_NAND, XF_NAND_WHOLE, AREA, BOARD_USER},
    {BOARD_NAND, XF_EMMC_USER, AREA, BOARD_USER}, /* what some hosts call it */
};

static const struct section *find_section(enum board_storage storage, uint32_t number)
{
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (sections[i].storage == storage && sections[i].number == number)
            return &sections[i];
    }
    return NULL;
}

/* Is that the number of the storage that this phone has? NAND goes by its family's number or its own. */
static bool is_storage(const struct board *b, uint32_t number)
{
    switch (b->storage) {
    case BOARD_EMMC:
        return number == XF_STORAGE_EMMC;
    case BOARD_UFS:
        return number == XF_STORAGE_UFS;
    default:
        return number == XF_STORAGE_NAND || number == XF_STORAGE_NAND_SLC;
    }
}

uint32_t xf_place_from_flashop(struct xf *x, const uint8_t op[XFLASH_FLASHOP_LEN], struct ag_place *out)
{
    const struct board *b = phone_board(x->p);
    const struct section *s = find_section(b->storage, get_le32(op + OP_SECTION));
    uint64_t start = get_le64(op + OP_ADDRESS), size = get_le64(op + OP_LENGTH);
    *out = (struct ag_place){.n_areas = 0};
    if (!ag_has_storage(x->p) || !is_storage(b, get_le32(op + OP_STORAGE)))
        return XF_STORAGE_MISMATCH;
    if (!s)
        return XF_UNKNOWN_SECTION;
    if (s->target == NOTHING)
        return XF_OUT_OF_RANGE;
    if (s->target == BOOTS)
        return ag_status(x->p, ag_place_boots(x->p, start, size, out));
    if (b->storage == BOARD_NAND && get_le32(op + OP_ADDR_TYPE) != XF_NAND_LOGICAL)
        return ag_status(x->p, ag_place_physical(x->p, start, size, out));
    return ag_status(x->p, ag_place_range(x->p, s->area, start, size, out));
}

bool xf_marks_bad(struct xf *x, const uint8_t op[XFLASH_FLASHOP_LEN], const struct ag_place *place)
{
    return phone_board(x->p)->storage == BOARD_NAND && place->physical &&
           get_le32(op + OP_LEVEL) == XF_FORMAT_MARK_BAD;
}

/* ---- by name ---- */

uint32_t xf_place_from_name(struct xf *x, const char *name, struct ag_place *out)
{
    enum ag_result r = ag_place_name(x->p, name, out);
    return r == AG_NO_STORAGE ? XF_PARTITION_TABLE_FAIL : ag_status(x->p, r);
}

void xf_receive_name(struct xf *x, char name[65])
{
    memset(name, 0, 65);
    xf_param(x, name, 64, NULL); /* too long: no name, which no partition has */
}
