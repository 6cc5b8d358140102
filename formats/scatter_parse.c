/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing text scatters, see scatter.h. They look like YAML and are not (tabs, colons in values, repeated keys):
 * a line is a comment, a "- key: value" that may begin something, or a "key: value" of what began last.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "formats/file.h"
#include "formats/scatter.h"
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
#define N_ROW_RULES     (sizeof(row_rules) / sizeof(row_rules[0]))
#define N_GENERAL_RULES (sizeof(general_rules) / sizeof(general_rules[0]))

/* A piece of a line. line 0: not there. */
struct value {
    const char *p;
    size_t n;
    unsigned line;
};

enum context { NOWHERE, IN_GENERAL, IN_STORAGE, IN_ROW };

struct parser {
    const char *name;
    const char *want; /* section wanted, NULL: first */
    struct mtk_scatter *out;
    struct mtk_error *err;
    unsigned line;
    enum context context;
    bool sections;        /* it is a multi-storage file */
    bool chosen;          /* the section wanted has been met */
    struct value section; /* its name */
    bool skip;            /* what is being read belongs to another section */
    unsigned row_line;
    size_t capacity;
    struct value general[N_GENERAL_RULES];
    struct value row[N_ROW_RULES];
};

#define BAD(p, at, ...) \
    mtk_fail_file((p)->err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, (p)->name, (at), __VA_ARGS__)
#define SHOWN(v) (int)((v).n < 60 ? (v).n : 60), (v).p

static bool same(struct value v, const char *s)
{
    return v.n == strlen(s) && memcmp(v.p, s, v.n) == 0;
}

static bool same_nocase(struct value v, const char *s)
{
    return v.n == strlen(s) && strncasecmp(v.p, s, v.n) == 0;
}

/* Decimal, or hexadecimal behind 0x. False if it is anything else or does not fit in 64 bits. */
static bool to_number(struct value v, uint64_t *out)
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

static int put_text(struct parser *p, const struct rule *r, struct value v, char *to)
{
    if (v.n >= r->size)
        return BAD(p, v.line, "%s is longer than %zu characters", r->key, r->size - 1);
    for (size_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        bool good = r->kind == NAME ? c > 0x20 && c < 0x7F && c != '/' : c >= 0x20 && c != 0x7F;
        if (!good)
            return BAD(p, v.line, "%s contains a character (0x%02x) that it cannot have", r->key, c);
    }
    memcpy(to, v.p, v.n);
    to[v.n] = 0;
    return 0;
}

static int put_number(struct parser *p, const struct rule *r, struct value v, void *to)
{
    uint64_t n;
    if (!to_number(v, &n) || (r->size == sizeof(uint32_t) && n > UINT32_MAX))
        return BAD(p, v.line, "%s is not a number: \"%.*s\"", r->key, SHOWN(v));
    if (r->size == sizeof(uint32_t))
        *(uint32_t *)to = (uint32_t)n;
    else
        *(uint64_t *)to = n;
    return 0;
}

static int put_flag(struct parser *p, const struct rule *r, struct value v, bool *to)
{
    *to = same_nocase(v, "true");
    if (!*to && !same_nocase(v, "false"))
        return BAD(p, v.line, "%s is neither true nor false: \"%.*s\"", r->key, SHOWN(v));
    return 0;
}

/* Converts collected values into the structure at `base`. line: where what they describe begins. */
static int put_values(struct parser *p, const struct rule *rules, size_t n, const struct value *values,
                      void *base, unsigned line)
{
    for (size_t i = 0; i < n; i++) {
        const struct rule *r = &rules[i];
        struct value v = values[i];
        void *to = (char *)base + r->offset;
        if (!v.line) {
            if (r->required)
                return BAD(p, line, "%s is missing here", r->key);
            continue;
        }
        int failed = r->kind == NUMBER ? put_number(p, r, v, to)
                     : r->kind == FLAG ? put_flag(p, r, v, to)
                                       : put_text(p, r, v, to);
        if (failed)
            return -1;
    }
    return 0;
}

/* Keeps a value until the record is complete. Unknown keys are future ones. A repeated key must not contradict itself. */
static int keep(struct parser *p, const struct rule *rules, size_t n, struct value *values, struct value key,
                struct value v)
{
    for (size_t i = 0; i < n; i++) {
        if (!same(key, rules[i].key))
            continue;
        struct value *old = &values[i];
        if (old->line && (old->n != v.n || memcmp(old->p, v.p, v.n) != 0))
            return BAD(p, v.line, "%s is given twice with different values (before in line %u)", rules[i].key,
                       old->line);
        if (!old->line)
            *old = v;
        return 0;
    }
    return 0;
}

static int grow(struct parser *p)
{
    struct mtk_scatter *s = p->out;
    if (s->n_rows >= MTK_SCATTER_MAX_ROWS)
        return BAD(p, p->row_line, "more than %d partitions", MTK_SCATTER_MAX_ROWS);
    if (s->n_rows < p->capacity)
        return 0;
    size_t capacity = p->capacity ? p->capacity * 2 : 64;
    struct mtk_scatter_row *rows = realloc(s->rows, capacity * sizeof(*rows));
    if (!rows)
        return mtk_fail(p->err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    s->rows = rows;
    p->capacity = capacity;
    return 0;
}

/* Ends the record that is being collected, if there is one. */
static int end_row(struct parser *p)
{
    if (p->context != IN_ROW || p->skip)
        return 0;
    if (grow(p))
        return -1;
    struct mtk_scatter_row *row = &p->out->rows[p->out->n_rows];
    memset(row, 0, sizeof(*row));
    row->line = p->row_line;
    row->boundary_check = true;
    if (put_values(p, row_rules, N_ROW_RULES, p->row, row, p->row_line))
        return -1;
    row->operation = mtk_operation_parse(row->operation_text);
    if (strcasecmp(row->file_name, "NONE") == 0)
        row->file_name[0] = 0;
    if (!row->name[0] && row->is_download && row->file_name[0])
        return BAD(p, p->row_line, "a partition with an image has no name");
    p->out->n_rows++;
    return 0;
}

static int begin_general(struct parser *p, struct value v)
{
    if (same(v, "MTK_PLATFORM_CFG")) {
        if (p->general[0].line)
            return BAD(p, v.line, "a second general block");
        p->context = IN_GENERAL;
        return 0;
    }
    if (!same(v, "MTK_STORAGE_CFG"))
        return BAD(p, v.line, "unknown general block \"%.*s\"", SHOWN(v));
    p->context = IN_STORAGE;
    return 0;
}

static int begin_section(struct parser *p, struct value v)
{
    p->context = NOWHERE;
    p->sections = true;
    if (p->want)
        p->skip = !same_nocase(v, p->want);
    else
        p->skip = p->chosen && !(v.n == p->section.n && memcmp(v.p, p->section.p, v.n) == 0);
    if (p->chosen && !p->skip)
        return BAD(p, v.line, "a second section for storage %.*s", SHOWN(v));
    if (!p->skip)
        p->section = v;
    p->chosen = p->chosen || !p->skip;
    return 0;
}

static int take(struct parser *p, struct value key, struct value v)
{
    bool row = same(key, "partition_index"), general = same(key, "general"),
         section = same(key, "storage_type");
    if (row || general || section) {
        if (end_row(p))
            return -1;
        if (general)
            return begin_general(p, v);
        if (section)
            return begin_section(p, v);
        p->context = IN_ROW;
        p->row_line = v.line;
        memset(p->row, 0, sizeof(p->row));
        return 0;
    }
    if (same(key, "info") || same(key, "description"))
        return 0;
    switch (p->context) {
    case NOWHERE:
        return BAD(p, v.line, "\"%.*s\" stands outside of any block", SHOWN(key));
    case IN_ROW:
        return p->skip ? 0 : keep(p, row_rules, N_ROW_RULES, p->row, key, v);
    case IN_STORAGE:
        if (p->skip)
            return 0;
        break;
    case IN_GENERAL:
        break;
    }
    return keep(p, general_rules, N_GENERAL_RULES, p->general, key, v);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct value trim(const char *p, size_t n, unsigned line)
{
    while (n && blank(*p))
        p++, n--;
    while (n && blank(p[n - 1]))
        n--;
    return (struct value){p, n, line};
}

static int take_line(struct parser *p, const char *text, size_t n)
{
    struct value l = trim(text, n, ++p->line);
    if (!l.n || *l.p == '#')
        return 0;
    if (*l.p == '-')
        l = trim(l.p + 1, l.n - 1, p->line);
    const char *colon = memchr(l.p, ':', l.n);
    if (!colon) {
        if (!p->general[0].line)
            return mtk_fail_file(p->err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, p->name, p->line,
                                 "not a text scatter of version 1.1 or 2.1");
        return BAD(p, p->line, "neither a comment nor \"key: value\"");
    }
    size_t k = (size_t)(colon - l.p);
    return take(p, trim(l.p, k, p->line), trim(colon + 1, l.n - k - 1, p->line));
}

static int take_lines(struct parser *p, const char *text, size_t len)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t pos = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
    if (pos < len && text[pos] == '<')
        return mtk_fail_file(p->err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, p->name, 1,
                             "this is an XML scatter; a text scatter is needed");
    while (pos < len) {
        const char *end = memchr(text + pos, '\n', len - pos);
        size_t n = end ? (size_t)(end - (text + pos)) : len - pos;
        if (take_line(p, text + pos, n))
            return -1;
        pos += n + 1;
    }
    return end_row(p);
}

/* "V1.1.*" has one storage, "V2.*" sections. Anything else was never seen. */
static int check_version(struct parser *p)
{
    const char *v = p->out->config_version;
    unsigned line = p->general[0].line;
    if (strncasecmp(v, "V1.1.", 5) != 0 && strncasecmp(v, "V2.", 3) != 0)
        return mtk_fail_file(p->err, MTK_E_S_DL_SCAT_VERSION_UNSUPPORTED, p->name, line,
                             "scatter version %s is not known", v);
    return 0;
}

/* What a file may leave out of its general block follows from its rows. */
static void complete_general(struct mtk_scatter *s)
{
    static const char prefix[] = "HW_STORAGE_";
    if (!s->storage[0] && strncmp(s->rows[0].storage, prefix, sizeof(prefix) - 1) == 0) {
        const char *word = s->rows[0].storage + sizeof(prefix) - 1;
        size_t n = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        memcpy(s->storage, word, n < sizeof(s->storage) ? n : sizeof(s->storage) - 1);
    }
    if (!s->block_size)
        s->block_size = strcasecmp(s->storage, "UFS") == 0 ? 0x80000 : 0x20000;
}

static int parse(struct parser *p, const char *text, size_t len)
{
    if (len > MTK_SCATTER_MAX_BYTES)
        return BAD(p, 0, "the file is too large for a scatter");
    if (take_lines(p, text, len))
        return -1;
    if (!p->general[0].line)
        return BAD(p, 0, "no general block (MTK_PLATFORM_CFG with config_version)");
    if (p->sections && !p->chosen)
        return BAD(p, 0, "no section for storage %.20s", p->want);
    if (put_values(p, general_rules, N_GENERAL_RULES, p->general, p->out, p->general[0].line) ||
        check_version(p))
        return -1;
    if (!p->out->n_rows)
        return BAD(p, 0, "no partitions");
    complete_general(p->out);
    return mtk_scatter_check(p->out, p->name, p->err);
}

int mtk_scatter_parse(const char *text, size_t len, const char *name, const char *storage,
                      struct mtk_scatter *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    struct parser p = {.name = name, .want = storage, .out = out, .err = err};
    int r = parse(&p, text, len);
    if (r)
        mtk_scatter_release(out);
    return r;
}

int mtk_scatter_read(const char *path, const char *storage, struct mtk_scatter *out, struct mtk_error *err)
{
    memset(out, 0, sizeof(*out));
    if (strlen(path) >= sizeof(out->path))
        return mtk_fail_file(err, MTK_E_MTK_FILE_UNREADABLE, path, 0, "the path is too long");
    struct mtk_blob blob;
    if (mtk_file_read(path, MTK_SCATTER_MAX_BYTES, &blob, err))
        return -1;
    int r = mtk_scatter_parse((const char *)blob.data, blob.len, path, storage, out, err);
    mtk_blob_release(&blob);
    if (!r)
        strcpy(out->path, path);
    return r;
}
