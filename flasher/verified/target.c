/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "flasher/verified/device.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

/* ---- words ---- */

static bool digit(char c, unsigned base, unsigned *v)
{
    if (c >= '0' && c <= '9')
        *v = (unsigned)(c - '0');
    else if (base == 16 && c >= 'a' && c <= 'f')
        *v = (unsigned)(c - 'a') + 10;
    else if (base == 16 && c >= 'A' && c <= 'F')
        *v = (unsigned)(c - 'A') + 10;
    else
        return false;
    return true;
}

/* One number with an optional suffix; *p is moved behind it. False if there is none or it does not fit 64 bits. */
static bool number(const char **p, uint64_t *out)
{
    static const char suffixes[] = "KMG";
    const char *s = *p;
    unsigned base = 10, v;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s += 2;
    }
    if (!digit(*s, base, &v))
        return false;
    for (*out = 0; digit(*s, base, &v); s++)
        if (!mul_u64(*out, base, out) || !add_u64(*out, v, out))
            return false;
    const char *suffix = *s ? strchr(suffixes, *s >= 'a' ? *s - 'a' + 'A' : *s) : NULL;
    if (suffix) {
        if (!mul_u64(*out, UINT64_C(1) << (10 * (suffix - suffixes + 1)), out))
            return false;
        s++;
    }
    *p = s;
    return true;
}

static int not_understood(const char *what, const char *why, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "\"%.80s\" %s", what, why);
}

int mtk_target_parse(const char *what, struct mtk_target *out, struct mtk_error *err)
{
    const char *at = strchr(what, '@');
    memset(out, 0, sizeof(*out));
    if (!*what || strlen(what) >= sizeof(out->text))
        return not_understood(what, "is no name of a partition", err);
    snprintf(out->text, sizeof(out->text), "%s", what);
    if (!at)
        return 0;
    size_t n = (size_t)(at - what);
    uint64_t end;
    out->range = true;
    if (n >= sizeof(out->area))
        return not_understood(what, "does not begin with the name of an area", err);
    memcpy(out->area, what, n);
    at++;
    if (!number(&at, &out->addr) || *at++ != '+' || !number(&at, &out->len) || *at)
        return not_understood(what, "is not [AREA]@ADDR+LEN", err);
    if (!out->len || !add_u64(out->addr, out->len, &end))
        return not_understood(what, "is an empty range, or one beyond all storage", err);
    return 0;
}

static int protected(const char *name, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_PROTECTED_PARTITION, MTK_EV_POLICY,
                    "%s holds data of this one phone and is never written or erased", name);
}

int mtk_target_policy(const struct mtk_target *t, struct mtk_error *err)
{
    if (t->range)
        return 0;
    if (mtk_policy_identity(t->text))
        return protected(t->text, err);
    if (mtk_policy_table(t->text))
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "the partition table is written as a range of the user area, not as %s", t->text);
    return 0;
}

/* ---- places ---- */

static int locate_range(struct mtk_session *s, const struct mtk_target *t, struct mtk_item *it,
                        struct mtk_error *err)
{
    const char *name = t->area[0] ? t->area : mtk_device_user_area(s);
    const struct mtk_area *area = mtk_device_area(s, name);
    mtk_item_init(it, t->text, NULL);
    if (!area)
        return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, "the phone has no area %s", name);
    if (!range_fits(t->addr, t->len, area->size))
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                        "0x%" PRIX64 " bytes at 0x%" PRIX64 " do not lie in %s, which has 0x%" PRIX64, t->len,
                        t->addr, name, area->size);
    it->area = area->name;
    it->start = t->addr;
    it->size = t->len;
    return 0;
}

static void whole_area(const struct mtk_area *area, const char *name, struct mtk_item *it)
{
    mtk_item_init(it, name, NULL);
    it->area = area->name;
    it->size = area->size;
}

/* Names that stand for places outside of the table. False if it is none of them. */
static bool locate_special(struct mtk_session *s, const char *name, struct mtk_item *it)
{
    const struct mtk_area *user = mtk_device_area(s, mtk_device_user_area(s)),
                          *area = mtk_device_area(s, name);
    uint64_t table = mtk_table_bytes(mtk_device_block(s));
    if (strcasecmp(name, "preloader") == 0 && !mtk_device_erases_first(s))
        area = mtk_device_area(s, mtk_region_area(mtk_storage_boot_region(s->agent_info.storage, name)));
    if (area) {
        whole_area(area, name, it);
        return true;
    }
    if (!user || !mtk_policy_table(name) || user->size < 2 * table || mtk_device_erases_first(s))
        return false;
    whole_area(user, name, it);
    it->start = strcasecmp(name, "sgpt") == 0 ? user->size - table + mtk_device_block(s) : 0;
    it->size = it->start ? table - mtk_device_block(s) : table;
    return true;
}

int mtk_target_for_reading(struct mtk_session *s, const struct mtk_target *t, struct mtk_item *it,
                           struct mtk_error *err)
{
    int rc = 0;
    if (t->range) {
        rc = locate_range(s, t, it, err);
    } else if (!locate_special(s, t->text, it)) {
        mtk_item_init(it, t->text, NULL);
        rc = mtk_device_locate(s, it, err);
    }
    if (rc < 0)
        return -1;
    const struct mtk_area *area = mtk_device_area(s, it->area);
    if (area && area->readable)
        return 0;
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, "area %s cannot be read through this agent",
                    it->area);
}

/* Does [start, start + size) touch [addr, addr + len)? All were checked to be inside the area. */
static bool touches(uint64_t start, uint64_t size, uint64_t addr, uint64_t len)
{
    return start < addr + len && addr < start + size;
}

static int never_erased(struct mtk_error *err)
{
    return mtk_fail(
        err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
        "a preloader is replaced by writing another, never erased: without one only the boot ROM is left");
}

static bool is_boot_area(const char *area)
{
    return strncmp(area, "boot", 4) == 0 || strcmp(area, "lu0") == 0 || strcmp(area, "lu1") == 0;
}

/* Does the range touch one of the places where a GPT is? */
static bool hits_table(const struct mtk_session *s, const struct mtk_item *it)
{
    const struct mtk_area *user = mtk_device_area(s, it->area);
    uint64_t table = mtk_table_bytes(mtk_device_block(s)), second = table - mtk_device_block(s);
    return touches(0, table, it->start, it->size) ||
           (user->size >= second && touches(user->size - second, second, it->start, it->size));
}

/* Does it lie wholly in one of them? */
static bool inside_table(const struct mtk_session *s, const struct mtk_item *it)
{
    const struct mtk_area *user = mtk_device_area(s, it->area);
    uint64_t table = mtk_table_bytes(mtk_device_block(s));
    return it->start + it->size <= table || (user->size >= table && it->start >= user->size - table);
}

/* Without a readable table only the table's own blocks may be written: that is how a table is brought back. */
static int check_without_table(struct mtk_session *s, const struct mtk_item *it, bool erase,
                               const struct mtk_error *why, struct mtk_error *err)
{
    if (!mtk_error_is(why, MTK_E_MTK_GPT_INVALID) || erase || mtk_device_erases_first(s) ||
        !inside_table(s, it)) {
        *err = *why;
        return -1;
    }
    mtk_note(s->sink, 2,
             "the phone has no readable partition table; only the table's own blocks are written");
    return 0;
}

/* A range by numbers may hit anything, so it is held against the phone's own table. */
static int check_range(struct mtk_session *s, const struct mtk_item *it, bool erase, struct mtk_error *err)
{
    struct mtk_error why = {0};
    if (erase && is_boot_area(it->area))
        return never_erased(err);
    if (strcmp(it->area, mtk_device_user_area(s)) != 0)
        return 0;
    if (mtk_device_table(s, &why) < 0)
        return check_without_table(s, it, erase, &why, err);
    if (erase && s->table_kind == MTK_TABLE_GPT && hits_table(s, it))
        return mtk_fail(
            err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
            "the partition table is in this range; it is replaced by writing another, never erased");
    for (size_t i = 0; i < s->table.n_entries; i++) {
        const struct mtk_gpt_entry *e = &s->table.entries[i];
        if (!touches(e->start, e->size, it->start, it->size))
            continue;
        if (mtk_policy_identity(e->name))
            return protected(e->name, err);
        if (erase && mtk_policy_preloader(e->name))
            return never_erased(err);
    }
    return 0;
}

static int locate_named(struct mtk_session *s, const struct mtk_target *t, bool erase, struct mtk_item *it,
                        struct mtk_error *err)
{
    bool preloader = mtk_policy_preloader(t->text);
    mtk_item_init(it, t->text, preloader ? mtk_storage_boot_region(s->agent_info.storage, t->text) : NULL);
    it->named = true;
    if (preloader && erase)
        return never_erased(err);
    return mtk_device_locate(s, it, err);
}

int mtk_target_for_writing(struct mtk_session *s, const struct mtk_target *t, bool erase, struct mtk_item *it,
                           struct mtk_error *err)
{
    bool whole = erase || mtk_device_erases_first(s);
    uint32_t block = whole ? mtk_device_erase_unit(s) : mtk_device_block(s);
    if (mtk_target_policy(t, err) < 0 || mtk_device_supported(s, err) < 0)
        return -1;
    if ((t->range ? locate_range(s, t, it, err) : locate_named(s, t, erase, it, err)) < 0)
        return -1;
    const struct mtk_area *area = mtk_device_area(s, it->area);
    if (!area || !area->writable)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "area %s cannot be written through this agent", it->area);
    if (!t->range)
        return 0;
    if (it->start % block || (whole && it->size % block))
        return mtk_fail(err, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY,
                        "%s is not in whole blocks of %" PRIu32 " bytes", t->text, block);
    return check_range(s, it, erase, err);
}
