/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the storage by name and range: READ-FLASH, WRITE-FLASH, ERASE-FLASH. da-xml.md 4, 6.4, 6.5, 6.7. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xml.h"

#define MAX_LENGTH "MAX"

/* Those whose size the agents can tell. GP areas, RPMB and LUA3 are refused as if the name were unknown. */
static const struct section {
    const char *name;
    enum board_storage storage;
    enum board_area area;
    bool alias; /* of the row before it */
} sections[] = {
    {"EMMC-BOOT1", BOARD_EMMC, BOARD_BOOT1, false}, {"EMMC-BOOT2", BOARD_EMMC, BOARD_BOOT2, false},
    {"EMMC-USER", BOARD_EMMC, BOARD_USER, false},   {"UFS-LUA0", BOARD_UFS, BOARD_BOOT1, false},
    {"UFS-LUA1", BOARD_UFS, BOARD_BOOT2, false},    {"UFS-LUA2", BOARD_UFS, BOARD_USER, false},
    {"NAND-WHOLE", BOARD_NAND, BOARD_USER, false},  {"NAND-AREA0", BOARD_NAND, BOARD_USER, true},
};
#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool is_here(const struct xm *x, const struct section *s)
{
    return ag_has_storage(x->p) && s->storage == phone_board(x->p)->storage;
}

static const struct section *find_section(struct xm *x, const char *name)
{
    for (size_t i = 0; i < N_SECTIONS; i++) {
        if (strcmp(sections[i].name, name) == 0 && is_here(x, &sections[i]))
            return &sections[i];
    }
    xm_fail_storage(x, AG_NO_AREA, name);
    return NULL;
}

/* The arguments partition and offset. */
static const struct section *begin_range(struct xm *x, uint64_t *offset, uint64_t *space)
{
    const char *name;
    if (!xm_arg(x, "partition", &name) || !xm_arg_number(x, "offset", offset))
        return NULL;
    const struct section *s = find_section(x, name);
    if (!s)
        return NULL;
    uint64_t size = ag_area_size(x->p, s->area);
    if (*offset >= size) {
        xm_fail(x, "Offset 0x%llx exceeds size 0x%llx of [%s].", (unsigned long long)*offset,
                (unsigned long long)size, s->name);
        return NULL;
    }
    *space = size - *offset;
    return s;
}

/* The argument length: a number, or MAX for all there is. */
static bool range_length(struct xm *x, const struct section *s, uint64_t space, uint64_t *len)
{
    const char *text;
    if (!xm_arg(x, "length", &text))
        return false;
    *len = space;
    if (strcmp(text, MAX_LENGTH) == 0)
        return true;
    if (!xm_number(text, len)) {
        xm_fail(x, "Value of length is not a number.");
        return false;
    }
    if (*len > space) {
        xm_fail(x, "Length 0x%llx exceeds size of [%s].", (unsigned long long)*len, s->name);
        return false;
    }
    return true;
}

enum xm_result xm_read_flash(struct xm *x)
{
    uint64_t offset, space, len;
    const char *target;
    struct ag_place place;
    const struct section *s = begin_range(x, &offset, &space);
    if (!s || !range_length(x, s, space, &len) || !xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    enum ag_result r = ag_place_range(x->p, s->area, offset, len, &place);
    if (r != AG_OK)
        return xm_fail_storage(x, r, s->name);
    return xm_give_place(x, s->name, target, &place);
}

/* ---- writing ---- */

/* NAND is erased in whole blocks. */
static uint64_t erase_length(const struct xm *x, uint64_t len, uint64_t space)
{
    const struct board *b = phone_board(x->p);
    if (b->storage != BOARD_NAND)
        return len;
    uint64_t block = (uint64_t)b->nand.page_size * b->nand.pages_per_block;
    uint64_t rounded = (len + block - 1) / block * block;
    return rounded < space ? rounded : space;
}

/* How long the host's file is. */
static bool file_size(struct xm *x, const char *source, uint64_t space, uint64_t *len)
{
    char value[XML_TOKEN_MAX + 1];
    if (!xm_file_operation(x, "FILE-SIZE", source, value))
        return false;
    if (!xm_number(value, len)) {
        xm_fail(x, "Host notice error: no file size.");
        return false;
    }
    if (*len > space) {
        xm_fail(x, "File size 0x%llx is larger than available space 0x%llx.", (unsigned long long)*len,
                (unsigned long long)space);
        return false;
    }
    return true;
}

enum xm_result xm_write_flash(struct xm *x)
{
    uint64_t offset, space, len;
    const char *source;
    struct ag_place place, erased;
    const struct section *s = begin_range(x, &offset, &space);
    if (!s || !xm_arg_file(x, "source_file", &source) || !file_size(x, source, space, &len))
        return XM_ERR;
    enum ag_result r = ag_place_range(x->p, s->area, offset, len, &place);
    if (r == AG_OK)
        r = ag_place_range(x->p, s->area, offset, erase_length(x, len, space), &erased);
    if (r == AG_OK)
        r = ag_policy(x->p, &place, AG_WRITE_RANGE);
    if (r != AG_OK)
        return xm_fail_storage(x, r, s->name); /* before anything is erased */
    if (xm_erase_place(x, s->name, &erased, erased.size) != XM_OK)
        return XM_ERR;
    const struct xm_target t = {
        .info = s->name, .source = source, .form = AG_FORM_RAW, .place = &place, .room = len};
    return xm_take_place(x, &t);
}

/* ---- erasing ---- */

static enum xm_result erase_range(struct xm *x, const struct section *s, uint64_t offset, uint64_t len)
{
    struct ag_place place;
    enum ag_result r = ag_place_range(x->p, s->area, offset, len, &place);
    if (r == AG_OK)
        r = ag_policy(x->p, &place, AG_ERASE);
    return r == AG_OK ? xm_erase_place(x, s->name, &place, len) : xm_fail_storage(x, r, s->name);
}

/* Every section with all it has; what the policy protects is left out without a word. */
static enum xm_result erase_all(struct xm *x)
{
    bool found = false;
    for (size_t i = 0; i < N_SECTIONS; i++) {
        const struct section *s = &sections[i];
        struct ag_place place;
        if (!is_here(x, s) || s->alias)
            continue;
        found = true;
        uint64_t size = ag_area_size(x->p, s->area);
        if (ag_place_range(x->p, s->area, 0, size, &place) != AG_OK ||
            ag_policy(x->p, &place, AG_ERASE) != AG_OK)
            continue;
        if (xm_erase_place(x, s->name, &place, size) != XM_OK)
            return XM_ERR;
    }
    return found ? XM_OK : xm_fail_storage(x, AG_NO_AREA, "ALL");
}

enum xm_result xm_erase_flash(struct xm *x)
{
    uint64_t offset, space, len;
    const char *name;
    if (!xm_arg(x, "partition", &name))
        return XM_ERR;
    if (strcmp(name, "ALL") == 0)
        return erase_all(x);
    bool bmt = strcmp(name, "BMT") == 0 || strcmp(name, "NAND-BMT") == 0;
    if (bmt && ag_has_storage(x->p) && phone_board(x->p)->storage == BOARD_NAND)
        return xm_fail_storage(x, AG_NOT_ALLOWED,
                               name); /* factory's marks of bad blocks would be lost with it */
    const struct section *s = begin_range(x, &offset, &space);
    if (!s || !range_length(x, s, space, &len))
        return XM_ERR;
    return erase_range(x, s, offset, len);
}
