/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/rom/phone_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "simdev/firmware/agents/nand.h"

#define VERSION       2
#define BLOCK         512u
#define AREA_MAX      (UINT64_C(1) << 42) /* 4 TiB: beyond any phone */
#define DRAM_MAX      (UINT64_C(1) << 40)
#define HEX_MAX       32u /* bytes of the longest id */
#define DRAM_TYPE_MAX 0xffff

struct reader {
    char *why;
    size_t why_len;
};

/* ---- the fields, as a table: group and key in the file, place in the board ---- */

/* A LATE_BOOL came after the first phones were kept: false in folders that do not have it. */
enum kind { HEX, BOOL, LATE_BOOL, BYTE, NUMBER16, NUMBER32, TEXT };

#define ON(storage) (1u << (storage))
#define ANY         (ON(BOARD_EMMC) | ON(BOARD_UFS) | ON(BOARD_NAND))
#define UFS         ON(BOARD_UFS)
#define NAND        ON(BOARD_NAND)

static const struct field {
    const char *group, *key;
    enum kind kind;
    unsigned storages;  /* phones that have it */
    size_t offset, len; /* in struct board */
    uint32_t min, max;  /* of numbers */
} fields[] = {
#define PLACE(member) offsetof(struct board, member), sizeof(((struct board *)0)->member)
    {"ids", "me_id", HEX, ANY, PLACE(me_id), 0, 0},
    {"ids", "soc_id", HEX, ANY, PLACE(soc_id), 0, 0},
    {"ids", "random_id", HEX, ANY, PLACE(random_id), 0, 0},
    {"ids", "hrid", HEX, ANY, PLACE(hrid), 0, 0},
    {"emmc", "cid", HEX, ANY, PLACE(emmc.cid), 0, 0},
    {"emmc", "fw_version", HEX, ANY, PLACE(emmc.fw_version), 0, 0},
    {"emmc", "pre_eol", BYTE, ANY, PLACE(emmc.pre_eol), 0, 255},
    {"emmc", "life_a", BYTE, ANY, PLACE(emmc.life_a), 0, 255},
    {"emmc", "life_b", BYTE, ANY, PLACE(emmc.life_b), 0, 255},
    {"emmc", "write_protected", BOOL, ANY, PLACE(emmc.write_protected), 0, 0},
    {"emmc", "table_pmt", BOOL, ON(BOARD_EMMC), PLACE(table_pmt), 0, 0},
    {"ufs", "manufacturer", NUMBER16, UFS, PLACE(ufs.manufacturer), 0, 0xffff},
    {"ufs", "product", TEXT, UFS, PLACE(ufs.product), 0, 0},
    {"ufs", "fw_version", TEXT, UFS, PLACE(ufs.fw_version), 0, 0},
    {"ufs", "serial", TEXT, UFS, PLACE(ufs.serial), 0, 0},
    {"nand", "page_size", NUMBER32, NAND, PLACE(nand.page_size), 512, 16384},
    {"nand", "spare_size", NUMBER32, NAND, PLACE(nand.spare_size), 16, 4096},
    {"nand", "pages_per_block", NUMBER32, NAND, PLACE(nand.pages_per_block), 16, 1024},
    {"nand", "pool_blocks", NUMBER32, NAND, PLACE(nand.pool_blocks), 0, NAND_BLOCKS_MAX},
    {"nand", "id_len", BYTE, NAND, PLACE(nand.id_len), 1, 12},
    {"nand", "id", HEX, NAND, PLACE(nand.id), 0, 0},
    {"security", "sbc", BOOL, ANY, PLACE(fuses.sbc), 0, 0},
    {"security", "sla", BOOL, ANY, PLACE(fuses.sla), 0, 0},
    {"security", "daa", BOOL, ANY, PLACE(fuses.daa), 0, 0},
    {"security", "epp", LATE_BOOL, ANY, PLACE(fuses.epp), 0, 0},
    {"security", "root_cert", BOOL, ANY, PLACE(fuses.root_cert), 0, 0},
    {"security", "da_sla", BOOL, ANY, PLACE(fuses.da_sla), 0, 0},
    {"security", "has_root_key", BOOL, ANY, PLACE(fuses.has_root_key), 0, 0},
    {"security", "root_key_hash", HEX, ANY, PLACE(fuses.root_key_hash), 0, 0},
    {"security", "arb_da", NUMBER32, ANY, PLACE(fuses.arb_da), 0, UINT32_MAX},
    {"security", "arb_preloader", NUMBER32, ANY, PLACE(fuses.arb_preloader), 0, UINT32_MAX},
    {"security", "mem_read_auth", BOOL, ANY, PLACE(fuses.mem_read_auth), 0, 0},
    {"security", "mem_write_auth", BOOL, ANY, PLACE(fuses.mem_write_auth), 0, 0},
    {"security", "c8_blocked", BOOL, ANY, PLACE(fuses.c8_blocked), 0, 0},
    {"security", "usbdl_secure", BOOL, ANY, PLACE(fuses.usbdl_secure), 0, 0},
#undef PLACE
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

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

static json_t *value_of(const struct field *f, const void *place)
{
    char hex[2 * HEX_MAX + 1];
    uint16_t n16;
    uint32_t n32;
    switch (f->kind) {
    case HEX:
        hex_str(place, f->len, hex);
        return json_string(hex);
    case BOOL:
    case LATE_BOOL:
        return json_boolean(*(const bool *)place);
    case BYTE:
        return json_integer(*(const uint8_t *)place);
    case NUMBER16:
        memcpy(&n16, place, sizeof(n16));
        return json_integer(n16);
    case NUMBER32:
        memcpy(&n32, place, sizeof(n32));
        return json_integer(n32);
    default:
        return json_string(place);
    }
}

char *phone_json_write(const struct board *b)
{
    json_t *root = json_object();
    int bad = json_object_set_new(root, "version", json_integer(VERSION));
    bad |= json_object_set_new(root, "chip", json_string(b->soc->name));
    bad |= json_object_set_new(root, "storage", json_string(board_storage_name(b->storage)));
    bad |= json_object_set_new(root, "seed", word(b->seed));
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++)
        if (board_area_name(b->storage, a))
            bad |= json_object_set_new(group_of(root, "sizes"), board_area_name(b->storage, a),
                                       json_integer(b->area[a] ? (json_int_t)flash_size(b->area[a]) : 0));
    bad |= json_object_set_new(group_of(root, "dram"), "type", word(b->dram.type));
    bad |= json_object_set_new(group_of(root, "dram"), "size", json_integer((json_int_t)b->dram.size));
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].storages & ON(b->storage))
            bad |= json_object_set_new(group_of(root, fields[i].group), fields[i].key,
                                       value_of(&fields[i], (const uint8_t *)b + fields[i].offset));
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
        mtk_why(r->why, r->why_len, "field %s%s%s is missing", group, *group ? "." : "", key);
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
        return mtk_why(r->why, r->why_len, "field %s%s%s is not a number from 0 to %" PRIu64, group,
                       *group ? "." : "", key, max);
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
        return mtk_why(r->why, r->why_len, "field %s%s%s is not a number from \"0x0\" to \"0x%" PRIx64 "\"",
                       group, *group ? "." : "", key, max);
    return 0;
}

static int get_hex(const struct reader *r, json_t *v, const struct field *f, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    const char *s = json_string_value(v);
    if (!s || strlen(s) != 2 * f->len || strspn(s, digits) != 2 * f->len)
        return mtk_why(r->why, r->why_len, "field %s.%s is not %zu bytes in lower-case hexadecimal", f->group,
                       f->key, f->len);
    for (size_t i = 0; i < f->len; i++)
        out[i] =
            (uint8_t)((strchr(digits, s[2 * i]) - digits) << 4 | (strchr(digits, s[2 * i + 1]) - digits));
    return 0;
}

/* Printable text that leaves room for its NUL. */
static int get_text(const struct reader *r, json_t *v, const struct field *f, char *out)
{
    const char *s = json_string_value(v);
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n && s; i++)
        if (s[i] < 0x20 || s[i] > 0x7e)
            s = NULL;
    if (!s || !n || n >= f->len)
        return mtk_why(r->why, r->why_len, "field %s.%s is not a text of 1 to %zu characters", f->group,
                       f->key, f->len - 1);
    memset(out, 0, f->len);
    memcpy(out, s, n);
    return 0;
}

static int get_number(const struct reader *r, json_t *root, const struct field *f, uint8_t *out)
{
    uint64_t v;
    if (get_integer(r, root, f->group, f->key, f->max, &v))
        return -1;
    if (v < f->min)
        return mtk_why(r->why, r->why_len, "field %s.%s is not a number from %" PRIu32 " to %" PRIu32,
                       f->group, f->key, f->min, f->max);
    if (f->kind == BYTE)
        *out = (uint8_t)v;
    else if (f->kind == NUMBER16)
        memcpy(out, &(uint16_t){(uint16_t)v}, sizeof(uint16_t));
    else
        memcpy(out, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
    return 0;
}

static int get_field(const struct reader *r, json_t *root, const struct field *f, uint8_t *out)
{
    if (f->kind == LATE_BOOL && !json_object_get(json_object_get(root, f->group), f->key)) {
        *(bool *)out = false;
        return 0;
    }
    json_t *v = get(r, root, f->group, f->key);
    if (!v)
        return -1;
    if (f->kind == HEX)
        return get_hex(r, v, f, out);
    if (f->kind == TEXT)
        return get_text(r, v, f, (char *)out);
    if (f->kind != BOOL && f->kind != LATE_BOOL)
        return get_number(r, root, f, out);
    if (!json_is_boolean(v))
        return mtk_why(r->why, r->why_len, "field %s.%s is neither true nor false", f->group, f->key);
    *(bool *)out = json_is_true(v);
    return 0;
}

static int get_sizes(const struct reader *r, json_t *root, enum board_storage storage,
                     uint64_t size[BOARD_AREAS])
{
    for (enum board_area a = BOARD_BOOT1; a < BOARD_AREAS; a++) {
        const char *name = board_area_name(storage, a);
        size[a] = 0;
        if (!name)
            continue;
        if (get_integer(r, root, "sizes", name, AREA_MAX, &size[a]))
            return -1;
        if (!size[a] || size[a] % BLOCK)
            return mtk_why(r->why, r->why_len, "field sizes.%s is not a multiple of %u", name, BLOCK);
    }
    return 0;
}

static bool power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

/* A NAND consists of whole blocks, and each of its pages has its spare bytes. */
static int check_nand(const struct reader *r, const struct board *b, const uint64_t size[BOARD_AREAS])
{
    const struct board_nand *n = &b->nand;
    if (!power_of_two(n->page_size) || !power_of_two(n->pages_per_block))
        return mtk_why(r->why, r->why_len,
                       "fields nand.page_size and nand.pages_per_block are not powers of two");
    uint64_t block = (uint64_t)n->page_size * n->pages_per_block, blocks = size[BOARD_USER] / block;
    if (size[BOARD_USER] % block || blocks > NAND_BLOCKS_MAX)
        return mtk_why(r->why, r->why_len, "field sizes.nand is not a number of blocks up to %u",
                       NAND_BLOCKS_MAX);
    if (blocks < (uint64_t)n->pool_blocks + PHONE_NAND_MIN)
        return mtk_why(r->why, r->why_len, "field nand.pool_blocks leaves fewer than %u blocks",
                       PHONE_NAND_MIN);
    if (size[BOARD_OOB] != size[BOARD_USER] / n->page_size * n->spare_size)
        return mtk_why(r->why, r->why_len, "field sizes.oob does not fit sizes.nand");
    return 0;
}

/* Chip and storage, which decide what else must be there. */
static int read_kind(const struct reader *r, json_t *root, struct board *b)
{
    uint64_t version, seed;
    enum board_storage s;
    if (get_integer(r, root, "", "version", UINT32_MAX, &version))
        return -1;
    if (version != VERSION)
        return mtk_why(r->why, r->why_len, "field version is %" PRIu64 ", this program knows %d", version,
                       VERSION);
    json_t *chip = get(r, root, "", "chip"), *storage = chip ? get(r, root, "", "storage") : NULL;
    if (!storage)
        return -1;
    const struct soc_profile *soc = json_is_string(chip) ? soc_find(json_string_value(chip)) : NULL;
    if (!soc)
        return mtk_why(r->why, r->why_len, "field chip names no chip that has a profile");
    if (get_word(r, root, "", "seed", UINT64_MAX, &seed))
        return -1;
    board_init(b, soc, seed);
    if (!board_storage_by_name(json_string_value(storage), &s) || !board_set_storage(b, s))
        return mtk_why(r->why, r->why_len, "field storage is none that phones with %s have", soc->platform);
    return 0;
}

static int read_root(const struct reader *r, json_t *root, struct board *b, uint64_t size[BOARD_AREAS])
{
    uint64_t type;
    if (read_kind(r, root, b) || get_sizes(r, root, b->storage, size) ||
        get_word(r, root, "dram", "type", DRAM_TYPE_MAX, &type) ||
        get_integer(r, root, "dram", "size", DRAM_MAX, &b->dram.size))
        return -1;
    b->dram.type = (uint32_t)type;
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].storages & ON(b->storage) &&
            get_field(r, root, &fields[i], (uint8_t *)b + fields[i].offset))
            return -1;
    return b->storage == BOARD_NAND ? check_nand(r, b, size) : 0;
}

int phone_json_read(const char *text, size_t len, struct board *b, uint64_t size[BOARD_AREAS], char *why,
                    size_t why_len)
{
    const struct reader r = {why, why_len};
    json_error_t e;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        return mtk_why(r.why, r.why_len, "line %d: %s", e.line, e.text);
    int rc =
        json_is_object(root) ? read_root(&r, root, b, size) : mtk_why(r.why, r.why_len, "not a JSON object");
    json_decref(root);
    return rc;
}
