/* SPDX-License-Identifier: Apache-2.0 */
/* Building a scatter from keys and values, see scatter_build.h. */
#include "formats/scatter_build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/scatter_check.h"
#include "protocol/error_index.h"

enum kind { TEXT, NAME, NUMBER, FLAG };

/* One key of a record or of the general block, and where its value goes. */
struct rule {
    const char *key;
    enum kind kind;
    bool required;
    size_t offset, size;
};

#define ROW(member)     offsetof(struct mtk_scatter_row, member), sizeof(((struct mtk_scatter_row *)0)->member)
#define GENERAL(member) offsetof(struct mtk_scatter, member), sizeof(((struct mtk_scatter *)0)->member)

static const struct rule row_rules[] = {
    {"partition_name", NAME, true, ROW(name)},
    {"file_name", TEXT, true, ROW(file_name)},
    {"is_download", FLAG, true, ROW(is_download)},
    {"type", TEXT, false, ROW(type)},
    {"linear_start_addr", NUMBER, true, ROW(linear_start)},
    {"physical_start_addr", NUMBER, true, ROW(physical_start)},
    {"partition_size", NUMBER, true, ROW(size)},
    {"region", TEXT, true, ROW(region)},
    {"storage", TEXT, false, ROW(storage)},
    {"boundary_check", FLAG, false, ROW(boundary_check)},
    {"is_reserved", FLAG, false, ROW(is_reserved)},
    {"operation_type", TEXT, false, ROW(operation_text)},
    {"is_upgradable", FLAG, false, ROW(is_upgradable)},
    {"empty_boot_needed", FLAG, false, ROW(empty_boot_needed)},
};
static const struct rule general_rules[] = {
    {"config_version", TEXT, true, GENERAL(config_version)},
    {"platform", NAME, true, GENERAL(platform)},
    {"project", TEXT, false, GENERAL(project)},
    {"storage", TEXT, false, GENERAL(storage)},
    {"boot_channel", TEXT, false, GENERAL(boot_channel)},
    {"block_size", NUMBER, false, GENERAL(block_size)},
};
_Static_assert(sizeof(row_rules) / sizeof(row_rules[0]) == SCATTER_ROW_KEYS, "one value a rule");
_Static_assert(sizeof(general_rules) / sizeof(general_rules[0]) == SCATTER_GENERAL_KEYS, "one value a rule");

#define SHOWN(v) (int)((v).n < 60 ? (v).n : 60), (v).p

static bool same(struct scatter_value v, const char *s)
{
    return v.n == strlen(s) && memcmp(v.p, s, v.n) == 0;
}

static bool same_nocase(struct scatter_value v, const char *s)
{
    return v.n == strlen(s) && strncasecmp(v.p, s, v.n) == 0;
}

/* Decimal, or hexadecimal behind 0x. False if it is anything else or does not fit in 64 bits. */
static bool to_number(struct scatter_value v, uint64_t *out)
{
    unsigned base = v.n > 2 && v.p[0] == '0' && (v.p[1] | 0x20) == 'x' ? 16 : 10;
    uint64_t n = 0;
    size_t i = base == 16 ? 2 : 0;
    if (i >= v.n)
        return false;
    for (; i < v.n; i++) {
        char c = v.p[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit >= base || !mul_u64(n, base, &n) || !add_u64(n, digit, &n))
            return false;
    }
    *out = n;
    return true;
}

static int put_text(struct scatter_builder *b, const struct rule *r, struct scatter_value v, char *to)
{
    if (v.n >= r->size)
        return SCATTER_BAD(b, v.line, "%s is longer than %zu characters", r->key, r->size - 1);
    for (size_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        bool good = r->kind == NAME ? c > 0x20 && c < 0x7F && c != '/' : c >= 0x20 && c != 0x7F;
        if (!good)
            return SCATTER_BAD(b, v.line, "%s contains a character (0x%02x) that it cannot have", r->key, c);
    }
    memcpy(to, v.p, v.n);
    to[v.n] = 0;
    return 0;
}

static int put_number(struct scatter_builder *b, const struct rule *r, struct scatter_value v, void *to)
{
    uint64_t n;
    if (!to_number(v, &n) || (r->size == sizeof(uint32_t) && n > UINT32_MAX))
        return SCATTER_BAD(b, v.line, "%s is not a number: \"%.*s\"", r->key, SHOWN(v));
    if (r->size == sizeof(uint32_t))
        *(uint32_t *)to = (uint32_t)n;
    else
        *(uint64_t *)to = n;
    return 0;
}

static int put_flag(struct scatter_builder *b, const struct rule *r, struct scatter_value v, bool *to)
{
    *to = same_nocase(v, "true");
    if (!*to && !same_nocase(v, "false"))
        return SCATTER_BAD(b, v.line, "%s is neither true nor false: \"%.*s\"", r->key, SHOWN(v));
    return 0;
}

/* Converts collected values into the structure at `base`. line: where what they describe begins. */
static int put_values(struct scatter_builder *b, const struct rule *rules, size_t n,
                      const struct scatter_value *values, void *base, unsigned line)
{
    for (size_t i = 0; i < n; i++) {
        const struct rule *r = &rules[i];
        struct scatter_value v = values[i];
        void *to = (char *)base + r->offset;
        if (!v.line) {
            if (r->required)
                return SCATTER_BAD(b, line, "%s is missing here", r->key);
            continue;
        }
        int failed = r->kind == NUMBER ? put_number(b, r, v, to)
                     : r->kind == FLAG ? put_flag(b, r, v, to)
                                       : put_text(b, r, v, to);
        if (failed)
            return -1;
    }
    return 0;
}

/* Keeps a value until the record is complete. Unknown keys are future ones. A repeated key must not contradict itself. */
static int keep(struct scatter_builder *b, const struct rule *rules, size_t n, struct scatter_value *values,
                struct scatter_value key, struct scatter_value v)
{
    for (size_t i = 0; i < n; i++) {
        if (!same(key, rules[i].key))
            continue;
        struct scatter_value *old = &values[i];
        if (old->line && (old->n != v.n || memcmp(old->p, v.p, v.n) != 0))
            return SCATTER_BAD(b, v.line, "%s is given twice with different values (before in line %u)",
                               rules[i].key, old->line);
        if (!old->line)
            *old = v;
        return 0;
    }
    return 0;
}

static int grow(struct scatter_builder *b)
{
    struct mtk_scatter *s = b->out;
    if (s->n_rows >= MTK_SCATTER_MAX_ROWS)
        return SCATTER_BAD(b, b->row_line, "more than %d partitions", MTK_SCATTER_MAX_ROWS);
    if (s->n_rows < b->capacity)
        return 0;
    size_t capacity = b->capacity ? b->capacity * 2 : 64;
    struct mtk_scatter_row *rows = realloc(s->rows, capacity * sizeof(*rows));
    if (!rows)
        return mtk_fail(b->err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    s->rows = rows;
    b->capacity = capacity;
    return 0;
}

/*
 * Some makers' XML files have the whole table twice in a section (3.6): what says the same of the same place is left
 * out. What contradicts itself stays, and is refused as a name that is there twice.
 */
static bool repeats(const struct mtk_scatter *s, const struct mtk_scatter_row *row)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct mtk_scatter_row *o = &s->rows[i];
        if (strcmp(o->name, row->name) == 0 && strcmp(o->region, row->region) == 0)
            return o->physical_start == row->physical_start && o->size == row->size &&
                   o->is_reserved == row->is_reserved && o->is_download == row->is_download &&
                   o->operation == row->operation && strcmp(o->file_name, row->file_name) == 0;
    }
    return false;
}

/* Adds the record that is being collected, if there is one. */
static int end_row(struct scatter_builder *b)
{
    if (b->context != SCATTER_IN_ROW || b->skip)
        return 0;
    if (grow(b))
        return -1;
    struct mtk_scatter_row *row = &b->out->rows[b->out->n_rows];
    memset(row, 0, sizeof(*row));
    row->line = b->row_line;
    row->boundary_check = true;
    if (put_values(b, row_rules, SCATTER_ROW_KEYS, b->row, row, b->row_line))
        return -1;
    row->operation = mtk_operation_parse(row->operation_text);
    if (strcasecmp(row->file_name, "NONE") == 0)
        row->file_name[0] = 0;
    if (!row->name[0] && row->is_download && row->file_name[0])
        return SCATTER_BAD(b, b->row_line, "a partition with an image has no name");
    if (!b->out->xml || !repeats(b->out, row))
        b->out->n_rows++;
    return 0;
}

int scatter_end_block(struct scatter_builder *b)
{
    int r = end_row(b);
    b->context = SCATTER_NOWHERE;
    return r;
}

bool scatter_begun(const struct scatter_builder *b)
{
    return b->general[0].line != 0;
}

static int begin_general(struct scatter_builder *b, struct scatter_value v)
{
    if (same(v, "MTK_PLATFORM_CFG")) {
        if (scatter_begun(b))
            return SCATTER_BAD(b, v.line, "a second general block");
        b->context = SCATTER_IN_GENERAL;
        return 0;
    }
    if (!same(v, "MTK_STORAGE_CFG"))
        return SCATTER_BAD(b, v.line, "unknown general block \"%.*s\"", SHOWN(v));
    b->context = SCATTER_IN_STORAGE;
    return 0;
}

/* Remembers which storages the file describes. */
static int note_section(struct scatter_builder *b, struct scatter_value v)
{
    struct mtk_scatter *s = b->out;
    for (size_t i = 0; i < s->n_storages; i++)
        if (same_nocase(v, s->storages[i]))
            return 0;
    if (s->n_storages >= MTK_SCATTER_STORAGES)
        return SCATTER_BAD(b, v.line, "sections for more than %d storages", MTK_SCATTER_STORAGES);
    bool good = v.n && v.n < sizeof(s->storages[0]);
    for (size_t i = 0; good && i < v.n; i++)
        good = v.p[i] > 0x20 && v.p[i] < 0x7F;
    if (!good)
        return SCATTER_BAD(b, v.line, "a section for an impossible storage \"%.*s\"", SHOWN(v));
    memcpy(s->storages[s->n_storages], v.p, v.n);
    s->storages[s->n_storages++][v.n] = 0;
    return 0;
}

static int begin_section(struct scatter_builder *b, struct scatter_value v)
{
    b->context = SCATTER_NOWHERE;
    b->sections = true;
    if (note_section(b, v))
        return -1;
    if (b->want)
        b->skip = !same_nocase(v, b->want);
    else
        b->skip = b->chosen && !(v.n == b->section.n && memcmp(v.p, b->section.p, v.n) == 0);
    if (b->chosen && !b->skip)
        return SCATTER_BAD(b, v.line, "a second section for storage %.*s", SHOWN(v));
    if (!b->skip)
        b->section = v;
    b->chosen = b->chosen || !b->skip;
    return 0;
}

int scatter_take(struct scatter_builder *b, struct scatter_value key, struct scatter_value v)
{
    bool row = same(key, "partition_index"), general = same(key, "general"),
         section = same(key, "storage_type");
    if (row || general || section) {
        if (end_row(b))
            return -1;
        if (general)
            return begin_general(b, v);
        if (section)
            return begin_section(b, v);
        b->context = SCATTER_IN_ROW;
        b->row_line = v.line;
        memset(b->row, 0, sizeof(b->row));
        return 0;
    }
    if (same(key, "info") || same(key, "description"))
        return 0;
    switch (b->context) {
    case SCATTER_NOWHERE:
        return SCATTER_BAD(b, v.line, "\"%.*s\" stands outside of any block", SHOWN(key));
    case SCATTER_IN_ROW:
        return b->skip ? 0 : keep(b, row_rules, SCATTER_ROW_KEYS, b->row, key, v);
    case SCATTER_IN_STORAGE:
        if (b->skip)
            return 0;
        break;
    case SCATTER_IN_GENERAL:
        break;
    }
    return keep(b, general_rules, SCATTER_GENERAL_KEYS, b->general, key, v);
}

/* "V1.1.*" has one storage, "V2.*" sections. Anything else was never seen. */
static int check_version(struct scatter_builder *b)
{
    const char *v = b->out->config_version;
    if (strncasecmp(v, "V1.1.", 5) != 0 && strncasecmp(v, "V2.", 3) != 0)
        return mtk_fail_file(b->err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, b->name, b->general[0].line,
                             "scatter version %s is not known", v);
    return 0;
}

static void set_storage(struct mtk_scatter *s, const char *word, size_t n)
{
    memcpy(s->storage, word, n < sizeof(s->storage) ? n : sizeof(s->storage) - 1);
}

/* What a file may leave out of its general block follows from its section and its rows. */
static int complete_general(struct scatter_builder *b)
{
    static const char prefix[] = "HW_STORAGE_";
    struct mtk_scatter *s = b->out;
    if (b->chosen && s->storage[0] && !same_nocase(b->section, s->storage))
        return SCATTER_BAD(b, b->section.line, "the section for storage %.*s describes storage %s",
                           SHOWN(b->section), s->storage);
    if (b->chosen)
        set_storage(s, b->section.p, b->section.n);
    if (!s->storage[0] && strncmp(s->rows[0].storage, prefix, sizeof(prefix) - 1) == 0) {
        const char *word = s->rows[0].storage + sizeof(prefix) - 1;
        set_storage(s, word, strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    }
    if (!b->sections && s->storage[0])
        strcpy(s->storages[s->n_storages++], s->storage);
    if (!s->block_size)
        s->block_size = strcasecmp(s->storage, "UFS") == 0 ? 0x80000 : 0x20000;
    return 0;
}

int scatter_finish(struct scatter_builder *b)
{
    if (scatter_end_block(b))
        return -1;
    if (!scatter_begun(b))
        return SCATTER_BAD(b, 0, "no general block (MTK_PLATFORM_CFG with config_version)");
    if (b->sections && !b->chosen)
        return SCATTER_BAD(b, 0, "no section for storage %.20s", b->want);
    if (put_values(b, general_rules, SCATTER_GENERAL_KEYS, b->general, b->out, b->general[0].line) ||
        check_version(b))
        return -1;
    if (!b->out->n_rows)
        return SCATTER_BAD(b, 0, "no partitions");
    if (complete_general(b))
        return -1;
    return mtk_scatter_check(b->out, b->name, b->err);
}
