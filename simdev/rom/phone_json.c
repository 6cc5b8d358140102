/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/rom/phone_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define VERSION       1
#define BLOCK         512u
#define AREA_MAX      (UINT64_C(1) << 42) /* 4 TiB: beyond any phone */
#define DRAM_MAX      (UINT64_C(1) << 40)
#define HEX_MAX       32u /* bytes of the longest id */
#define EXT_CSD_MAX   255
#define DRAM_TYPE_MAX 0xffff

struct reader {
    char *why;
    size_t why_len;
};

static int fail(const struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(const struct reader *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (r->why && r->why_len)
        vsnprintf(r->why, r->why_len, fmt, ap);
    va_end(ap);
    return -1;
}

/* ---- the fields, as tables: group and key in the file, place in the board ---- */

struct field {
    const char *group, *key;
    size_t offset, len; /* in struct board */
};

#define PLACE(member) offsetof(struct board, member), sizeof(((struct board *)0)->member)

static const struct field hex_fields[] = {
    {"ids", "me_id", PLACE(me_id)},         {"ids", "soc_id", PLACE(soc_id)},
    {"ids", "random_id", PLACE(random_id)}, {"ids", "hrid", PLACE(hrid)},
    {"emmc", "cid", PLACE(emmc.cid)},       {"emmc", "fw_version", PLACE(emmc.fw_version)},
};

static const struct field byte_fields[] = {
    {"emmc", "pre_eol", PLACE(emmc.pre_eol)},
    {"emmc", "life_a", PLACE(emmc.life_a)},
    {"emmc", "life_b", PLACE(emmc.life_b)},
};

static const struct field bool_fields[] = {
    {"emmc", "write_protected", PLACE(emmc.write_protected)},
    {"security", "sbc", PLACE(fuses.sbc)},
    {"security", "sla", PLACE(fuses.sla)},
    {"security", "daa", PLACE(fuses.daa)},
    {"security", "mem_read_auth", PLACE(fuses.mem_read_auth)},
    {"security", "mem_write_auth", PLACE(fuses.mem_write_auth)},
    {"security", "c8_blocked", PLACE(fuses.c8_blocked)},
    {"security", "usbdl_secure", PLACE(fuses.usbdl_secure)},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- writing ---- */

/* The object of that name, made if it is not there. */
static json_t *group_of(json_t *root, const char *name)
{
    json_t *g = json_object_get(root, name);
    if (!g && !json_object_set_new(root, name, json_object()))
        g = json_object_get(root, name);
    return g;
}

static json_t *word(uint64_t v)
{
    return json_sprintf("0x%" PRIx64, v);
}

static int put_fields(json_t *root, const struct board *b)
{
    const uint8_t *base = (const uint8_t *)b;
    char hex[2 * HEX_MAX + 1];
    int bad = 0;
    for (size_t i = 0; i < COUNT(bool_fields); i++)
        bad |= json_object_set_new(group_of(root, bool_fields[i].group), bool_fields[i].key,
                                   json_boolean(*(const bool *)(base + bool_fields[i].offset)));
    for (size_t i = 0; i < COUNT(hex_fields); i++) {
        hex_str(base + hex_fields[i].offset, hex_fields[i].len, hex);
        bad |= json_object_set_new(group_of(root, hex_fields[i].group), hex_fields[i].key, json_string(hex));
    }
    for (size_t i = 0; i < COUNT(byte_fields); i++)
        bad |= json_object_set_new(group_of(root, byte_fields[i].group), byte_fields[i].key,
                                   json_integer(base[byte_fields[i].offset]));
    return bad;
}

char *phone_json_write(const struct board *b)
{
    json_t *root = json_object();
    int bad = json_object_set_new(root, "version", json_integer(VERSION));
    bad |= json_object_set_new(root, "chip", json_string(b->soc->name));
    bad |= json_object_set_new(root, "storage", json_string("emmc"));
    bad |= json_object_set_new(root, "seed", word(b->seed));
    for (size_t i = 0; i < BOARD_AREAS; i++)
        bad |= json_object_set_new(group_of(root, "sizes"), board_area_names[i],
                                   json_integer(b->area[i] ? (json_int_t)flash_size(b->area[i]) : 0));
    bad |= json_object_set_new(group_of(root, "dram"), "type", word(b->dram.type));
    bad |= json_object_set_new(group_of(root, "dram"), "size", json_integer((json_int_t)b->dram.size));
    bad |= put_fields(root, b);
    char *text = bad ? NULL : json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    return text;
}

/* ---- reading ---- */

/* A field of a group ("" for the top), NULL and why if it is not there. */
static json_t *get(const struct reader *r, json_t *root, const char *group, const char *key)
{
    json_t *g = *group ? json_object_get(root, group) : root;
    json_t *v = json_object_get(g, key);
    if (!v)
        fail(r, "field %s%s%s is missing", group, *group ? "." : "", key);
    return v;
}

static int get_integer(const struct reader *r, json_t *root, const char *group, const char *key, uint64_t max,
                       uint64_t *out)
{
    json_t *v = get(r, root, group, key);
    if (!v)
        return -1;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || (uint64_t)n > max)
        return fail(r, "field %s%s%s is not a number from 0 to %" PRIu64, group, *group ? "." : "", key, max);
    *out = (uint64_t)n;
    return 0;
}

/* A number in hexadecimal, as a string: JSON's own numbers end at 63 bits. */
static int get_word(const struct reader *r, json_t *root, const char *group, const char *key, uint64_t max,
                    uint64_t *out)
{
    json_t *v = get(r, root, group, key);
    if (!v)
        return -1;
    const char *s = json_string_value(v);
    size_t n = s ? strlen(s) : 0;
    if (n > 2 && n <= 18 && !strncmp(s, "0x", 2) && strspn(s + 2, "0123456789abcdefABCDEF") == n - 2)
        *out = strtoull(s + 2, NULL, 16);
    else
        s = NULL;
    if (!s || *out > max)
        return fail(r, "field %s%s%s is not a number from \"0x0\" to \"0x%" PRIx64 "\"", group,
                    *group ? "." : "", key, max);
    return 0;
}

static int get_hex(const struct reader *r, json_t *root, const struct field *f, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    json_t *v = get(r, root, f->group, f->key);
    if (!v)
        return -1;
    const char *s = json_string_value(v);
    if (!s || strlen(s) != 2 * f->len || strspn(s, digits) != 2 * f->len)
        return fail(r, "field %s.%s is not %zu bytes in lower-case hexadecimal", f->group, f->key, f->len);
    for (size_t i = 0; i < f->len; i++)
        out[i] =
            (uint8_t)((strchr(digits, s[2 * i]) - digits) << 4 | (strchr(digits, s[2 * i + 1]) - digits));
    return 0;
}

static int get_fields(const struct reader *r, json_t *root, struct board *b)
{
    uint8_t *base = (uint8_t *)b;
    for (size_t i = 0; i < COUNT(bool_fields); i++) {
        json_t *v = get(r, root, bool_fields[i].group, bool_fields[i].key);
        if (!v)
            return -1;
        if (!json_is_boolean(v))
            return fail(r, "field %s.%s is neither true nor false", bool_fields[i].group, bool_fields[i].key);
        *(bool *)(base + bool_fields[i].offset) = json_is_true(v);
    }
    for (size_t i = 0; i < COUNT(hex_fields); i++)
        if (get_hex(r, root, &hex_fields[i], base + hex_fields[i].offset))
            return -1;
    for (size_t i = 0; i < COUNT(byte_fields); i++) {
        uint64_t v;
        if (get_integer(r, root, byte_fields[i].group, byte_fields[i].key, EXT_CSD_MAX, &v))
            return -1;
        base[byte_fields[i].offset] = (uint8_t)v;
    }
    return 0;
}

static int get_sizes(const struct reader *r, json_t *root, uint64_t size[BOARD_AREAS])
{
    for (size_t i = 0; i < BOARD_AREAS; i++) {
        if (get_integer(r, root, "sizes", board_area_names[i], AREA_MAX, &size[i]))
            return -1;
        if (!size[i] || size[i] % BLOCK)
            return fail(r, "field sizes.%s is not a multiple of %u", board_area_names[i], BLOCK);
    }
    return 0;
}

static int read_root(const struct reader *r, json_t *root, struct board *b, uint64_t size[BOARD_AREAS])
{
    uint64_t version, seed, type;
    if (get_integer(r, root, "", "version", UINT32_MAX, &version))
        return -1;
    if (version != VERSION)
        return fail(r, "field version is %" PRIu64 ", this program knows %d", version, VERSION);
    json_t *chip = get(r, root, "", "chip"), *storage = chip ? get(r, root, "", "storage") : NULL;
    if (!storage)
        return -1;
    const struct soc_profile *soc = json_is_string(chip) ? soc_find(json_string_value(chip)) : NULL;
    if (!soc)
        return fail(r, "field chip names no chip that has a profile");
    if (!json_is_string(storage) || strcmp(json_string_value(storage), "emmc"))
        return fail(r, "field storage is not \"emmc\"");
    if (get_word(r, root, "", "seed", UINT64_MAX, &seed))
        return -1;
    board_init(b, soc, seed);
    if (get_sizes(r, root, size) || get_word(r, root, "dram", "type", DRAM_TYPE_MAX, &type) ||
        get_integer(r, root, "dram", "size", DRAM_MAX, &b->dram.size))
        return -1;
    b->dram.type = (uint32_t)type;
    return get_fields(r, root, b);
}

int phone_json_read(const char *text, size_t len, struct board *b, uint64_t size[BOARD_AREAS], char *why,
                    size_t why_len)
{
    const struct reader r = {why, why_len};
    json_error_t e;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        return fail(&r, "line %d: %s", e.line, e.text);
    int rc = json_is_object(root) ? read_root(&r, root, b, size) : fail(&r, "not a JSON object");
    json_decref(root);
    return rc;
}
