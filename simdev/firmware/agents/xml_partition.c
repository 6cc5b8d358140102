/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions by name: READ-, WRITE-, ERASE-PARTITION and WRITE-PARTITIONS. da-xml.md 4, 6.6. */
#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/xml.h"

#define EXTENTS_MAX   64u
#define SIGNATURE_MAX 0x10000u
#define PATH_MAX_XML  (XML_FILE_NAME_MAX + 16u)

static bool find_place(struct xm *x, const char *name, struct ag_place *out)
{
    enum ag_result r = ag_place_name(x->p, name, out);
    if (r != AG_OK)
        xm_fail_storage(x, r, name);
    return r == AG_OK;
}

enum xm_result xm_cmd_read_partition(struct xm *x)
{
    const char *name, *target;
    struct ag_place place;
    if (!xm_arg(x, "partition", &name) || !xm_arg_file(x, "target_file", &target) ||
        !find_place(x, name, &place))
        return XM_ERR;
    return xm_give_place(x, name, target, &place);
}

enum xm_result xm_cmd_erase_partition(struct xm *x)
{
    const char *name;
    struct ag_place place;
    if (!xm_arg(x, "partition", &name) || !find_place(x, name, &place))
        return XM_ERR;
    enum ag_result r = ag_policy(x->p, &place, AG_ERASE);
    return r == AG_OK ? xm_erase_place(x, name, &place, place.size) : xm_fail_storage(x, r, name);
}

/* ---- writing one ---- */

/* "dir/boot.img" becomes "dir/boot-verified.img". */
static void verified_name(struct xm_out *o, const char *source)
{
    const char *base = source, *dot;
    for (const char *s = source; *s; s++) {
        if (*s == '/' || *s == '\\')
            base = s + 1;
    }
    dot = strrchr(base, '.');
    size_t stem = dot ? (size_t)(dot - source) : strlen(source);
    xm_put(o, "%.*s-verified%s", (int)stem, source, source + stem);
}

/*
 * What builds with secure boot ask for before an image: a companion file with its signature, and whether the host has
 * the image in a verified form, whose name is used then.
 */
static bool ask_for_signed_forms(struct xm *x, struct xm_out *source)
{
    char memory[PATH_MAX_XML];
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    bool exists;
    size_t len;
    xm_put(&o, "%s.sig", source->s);
    if (!xm_file_exists(x, o.s, &exists))
        return false;
    if (exists) {
        if (xm_get_file(x, ".sig", o.s, SIGNATURE_MAX, &x->file, &len) != XM_GOT_IT)
            return false;
        if (!len) {
            xm_fail(x, "Signature file [%s] is invalid.", o.s);
            return false;
        }
    }
    o = xm_out_init(memory, sizeof(memory));
    verified_name(&o, source->s);
    if (!xm_file_exists(x, o.s, &exists))
        return false;
    if (exists) {
        source->len = 0;
        xm_put(source, "%s", o.s);
    }
    return true;
}

/* The longest file that goes to a partition: a preloader's header stands before it. */
static uint64_t room_of(const struct xm *x, const struct ag_place *place)
{
    static const enum mtk_boot_device devices[] = {
        [BOARD_EMMC] = MTK_BOOT_EMMC, [BOARD_UFS] = MTK_BOOT_UFS, [BOARD_NAND] = MTK_BOOT_NAND};
    const struct board *b = phone_board(x->p);
    size_t header = place->preloader ? mtk_preloader_header_len(devices[b->storage], b->nand.page_size) : 0;
    return place->size > header ? place->size - header : 0;
}

enum xm_result xm_write_partition(struct xm *x, const struct xm_write *w)
{
    char memory[PATH_MAX_XML];
    struct xm_out source = xm_out_init(memory, sizeof(memory));
    struct ag_place place;
    xm_put(&source, "%s", w->source);
    if (!find_place(x, w->name, &place))
        return XM_ERR;
    enum ag_result r = ag_policy(x->p, &place, AG_DOWNLOAD);
    if (r != AG_OK)
        return xm_fail_storage(x, r, w->name);
    if (w->pre_erase && !place.preloader && xm_erase_place(x, w->name, &place, place.size) != XM_OK)
        return XM_ERR;
    if (phone_board(x->p)->fuses.sbc && !ask_for_signed_forms(x, &source))
        return XM_ERR;
    struct xm_target t = {
        .info = w->label ? w->label : w->name,
        .source = source.s,
        .form = place.preloader ? AG_FORM_PRELOADER : AG_FORM_UNKNOWN,
        .place = &place,
        .room = room_of(x, &place),
        .extents = w->extents,
        .n_extents = w->n_extents,
    };
    for (size_t i = 0; w->extents && i < w->n_extents; i++)
        t.room = i ? t.room + w->extents[i].size : w->extents[i].size;
    return xm_take_place(x, &t);
}

/*
 * space_list: pairs of <offset> and <length>, ranges of the partition over which the image is spread. False: wrong. *n
 * stays 0 if there is no list.
 */
static bool read_extents(struct xm *x, const char *name, struct ag_place **out, size_t *n)
{
    struct ag_place whole;
    *out = NULL;
    *n = 0;
    if (x->minor < 2 || !xm_text(x, "arg/space_list"))
        return true;
    if (!find_place(x, name, &whole))
        return false;
    *out = phone_alloc(x->p, EXTENTS_MAX * sizeof(**out));
    const struct xm_node *offset, *length;
    while (*n < EXTENTS_MAX && (offset = xm_item(x, "arg/space_list", "offset", *n)) &&
           (length = xm_item(x, "arg/space_list", "length", *n))) {
        uint64_t at, len;
        if (!xm_number(xm_node_text(x, offset), &at) || !xm_number(xm_node_text(x, length), &len) || !len ||
            !range_fits(at, len, whole.size)) {
            xm_fail(x, "Space list of [%s] is invalid.", name);
            return false;
        }
        (*out)[*n] = whole;
        (*out)[*n].start += at;
        (*out)[*n].size = len;
        ++*n;
    }
    if (!*n)
        xm_fail(x, "Space list of [%s] is invalid.", name);
    return *n != 0;
}

enum xm_result xm_cmd_write_partition(struct xm *x)
{
    struct xm_write w = {.pre_erase = true};
    struct ag_place *extents;
    if (!xm_arg(x, "partition", &w.name) || !xm_arg_file(x, "source_file", &w.source) ||
        !read_extents(x, w.name, &extents, &w.n_extents))
        return XM_ERR;
    w.extents = extents;
    const char *pre_erase = xm_text(x, "arg/pre_erase");
    if (x->minor >= 1 && pre_erase && strcmp(pre_erase, "NO") == 0)
        w.pre_erase = false;
    enum xm_result result = xm_write_partition(x, &w);
    phone_release(x->p, extents);
    return result;
}

/* ---- several ---- */

/* The scatter must know every partition of the list. */
static bool list_is_known(struct xm *x, const struct xm_package *pk, size_t *n)
{
    const struct xm_node *pt;
    for (*n = 0; (pt = xm_item(x, "arg/flash_list", "pt", *n)); ++*n) {
        size_t i = 0;
        while (i < pk->n && strcmp(pk->rows[i].name, xm_node_label(x, pt)) != 0)
            i++;
        if (i == pk->n) {
            xm_fail(x, "Partition [%s] is not in the scatter file.", xm_node_label(x, pt));
            return false;
        }
    }
    if (!*n)
        xm_fail(x, "%s", XML_MSG_NO_NODE);
    return *n != 0;
}

enum xm_result xm_cmd_write_partitions(struct xm *x)
{
    const char *scatter;
    struct xm_package pk = {0};
    size_t n;
    if (!xm_arg_file(x, "source_file", &scatter) || !xm_get_scatter(x, scatter, &pk) ||
        !list_is_known(x, &pk, &n))
        return XM_ERR;
    for (size_t i = 0; i < n; i++) {
        const struct xm_node *pt = xm_item(x, "arg/flash_list", "pt", i);
        char label[XM_NAME_MAX + 32];
        struct xm_out o = xm_out_init(label, sizeof(label));
        xm_put(&o, "%.64s [%zu/%zu]", xm_node_label(x, pt), i + 1, n);
        struct xm_write w = {
            .name = xm_node_label(x, pt), .source = xm_node_text(x, pt), .label = label, .pre_erase = true};
        if (xm_write_partition(x, &w) != XM_OK)
            return XM_ERR;
    }
    return XM_OK;
}
